"""DynamicRaggedShape.Spec: what is known of a shape before it has lengths.

The one idea: specs of the partitions, and a shape for the dense part. A batch of such shapes is one
more dimension in front: a dense one where there is no partition and its size is known, else a
partition. In the rows of a batch nothing is known but what all of them have in common.

Read next: ragged/broadcasting.py.
"""

from collections.abc import Iterable
from typing import Any

from headrace._src.core.dtypes import DType, as_dtype, int32, int64
from headrace._src.core.pickling import pickled_from
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import BatchableTypeSpec, TensorSpec
from headrace._src.core.spec_registry import register
from headrace._src.core.tensor import Tensor
from headrace._src.engine.node import known_value
from headrace._src.ragged.dynamic_shape import DynamicRaggedShape
from headrace._src.ragged.row_partition_spec import RowPartitionSpec


class DynamicRaggedShapeSpec(BatchableTypeSpec):
    """What is known of a `DynamicRaggedShape` before it has lengths.

    row_partitions: specs of the partitions. static_inner_shape: what is known of the dense part.
    dtype: `tf.int32` or `tf.int64`.

    >>> shape = tf.experimental.DynamicRaggedShape.from_lengths([2, 3])
    >>> tf.type_spec_from_value(shape)
    DynamicRaggedShape.Spec(row_partitions=(), static_inner_shape=TensorShape([2, 3]), \
dtype=tf.int64)

    Raises TypeError for partitions that are none, ValueError for parts that contradict.
    """

    __slots__ = ("_dtype", "_row_partitions", "_static_inner_shape")

    def __init__(self, row_partitions: Any, static_inner_shape: Any, dtype: Any) -> None:
        if not isinstance(row_partitions, Iterable):
            raise TypeError("row_partitions should be an Iterable")
        parts = list(row_partitions)
        if not all(isinstance(part, RowPartitionSpec) for part in parts):
            raise TypeError("row_partitions should be an Iterable of RowPartitionSpecs")
        dtype = as_dtype(dtype)
        if dtype not in (int32, int64):
            raise ValueError("dtype must be tf.int32 or tf.int64")
        for part in parts:
            if part.dtype is not dtype:
                raise ValueError(f"dtype of {part!r} is {part.dtype!r}: expected {dtype!r}")
        if isinstance(static_inner_shape, int):
            static_inner_shape = [static_inner_shape]
        inner = TensorShape(static_inner_shape)
        if parts:
            if inner.rank == 0:
                raise ValueError("If row_partitions are provided, must have inner_rank > 0")
            # Each partition has as many values as the next has rows, and the last as many as there
            # are: what one knows the other does.
            follow = [TensorShape([part.nrows]) for part in parts[1:]]
            follow.append(inner[:1] if inner.rank is not None else TensorShape([None]))
            for i, part in enumerate(parts):
                (count,) = TensorShape([part.nvals]).merge_with(follow[i])
                parts[i] = RowPartitionSpec(part.nrows, count, part.uniform_row_length, dtype)
            if inner.rank is not None:
                inner = TensorShape([parts[-1].nvals]).concatenate(inner[1:])
        self._row_partitions = tuple(parts)
        self._static_inner_shape = inner
        self._dtype = dtype

    @property
    def dtype(self) -> DType:
        """The dtype of lengths and row splits."""
        return self._dtype

    @property
    def num_row_partitions(self) -> int:
        """How many partitions there are."""
        return len(self._row_partitions)

    @property
    def inner_rank(self) -> int | None:
        """How many dimensions the dense part has, None where that is not known."""
        return self._static_inner_shape.rank

    @property
    def rank(self) -> int | None:
        """How many dimensions there are, None where that is not known."""
        inner = self._static_inner_shape.rank
        return None if inner is None else inner + len(self._row_partitions)

    @property
    def value_type(self) -> type:
        """The class of the values: `tf.experimental.DynamicRaggedShape`."""
        return DynamicRaggedShape

    def with_dtype(self, dtype: Any) -> "DynamicRaggedShapeSpec":
        """The spec with `tf.int32` or `tf.int64`."""
        parts = [
            RowPartitionSpec(p.nrows, p.nvals, p.uniform_row_length, dtype)
            for p in self._row_partitions
        ]
        return DynamicRaggedShapeSpec(parts, self._static_inner_shape, dtype)

    @classmethod
    def from_value(cls, value: Any) -> "DynamicRaggedShapeSpec":
        """The spec of a shape."""
        parts = [RowPartitionSpec.from_value(part) for part in value._row_partitions]
        return cls(parts, value._static_inner_shape, value.dtype)

    def _to_tensor_shape(self) -> TensorShape:
        """The shape as far as it is known; a ragged dimension is None."""
        inner = self._static_inner_shape
        if inner.rank is None:
            return TensorShape(None)
        if not self._row_partitions:
            return inner
        outer = [self._row_partitions[0].nrows]
        outer += [part.uniform_row_length for part in self._row_partitions]
        return TensorShape(outer).concatenate(inner[1:])

    def _serialize(self) -> tuple[Any, ...]:
        return self._row_partitions, self._static_inner_shape, self._dtype

    @property
    def _component_specs(self) -> list[TensorSpec]:
        splits = [part._component_specs for part in self._row_partitions]
        return [TensorSpec([self._static_inner_shape.rank], self._dtype), *splits]

    def _to_components(self, value: DynamicRaggedShape) -> list[Tensor]:
        return [value._inner_shape, *(part.row_splits() for part in value._row_partitions)]

    def _from_components(self, components: Any) -> DynamicRaggedShape:
        inner, *splits = components
        pairs = zip(self._row_partitions, splits, strict=True)
        parts = [part._from_components(given) for part, given in pairs]
        # Components that have values need not be those that the spec was made of.
        known = self._static_inner_shape if known_value(inner) is None else None
        return DynamicRaggedShape(parts, inner, static_inner_shape=known)

    def _batch(self, batch_size: int | None) -> "DynamicRaggedShapeSpec":
        parts, inner = self._row_partitions, self._static_inner_shape
        if inner.rank is None and not parts:
            return self
        if not parts and (batch_size is not None or inner.rank == 0):
            return self._like([], TensorShape([batch_size]).concatenate(inner))
        rows = parts[0].nrows if parts else inner[0]
        outer = RowPartitionSpec(batch_size, None, rows, self._dtype)
        more = [
            RowPartitionSpec(
                _times(batch_size, part.nrows),
                _times(batch_size, part.nvals),
                part.uniform_row_length,
                self._dtype,
            )
            for part in parts
        ]
        if inner.rank is not None:
            inner = TensorShape([_times(batch_size, inner[0])]).concatenate(inner[1:])
        return self._like([outer, *more], inner)

    def _unbatch(self) -> "DynamicRaggedShapeSpec":
        parts, inner = self._row_partitions, self._static_inner_shape
        if not parts:
            return self._like([], inner[1:] if inner.rank else inner)
        sizes = [parts[0].uniform_row_length, *[None] * (len(parts) - 1)]
        rest = [
            RowPartitionSpec(rows, None, part.uniform_row_length, self._dtype)
            for rows, part in zip(sizes, parts[1:], strict=False)
        ]
        if inner.rank is not None:
            inner = TensorShape([None if rest else sizes[0]]).concatenate(inner[1:])
        return self._like(rest, inner)

    def _like(self, parts: list[RowPartitionSpec], inner: TensorShape) -> "DynamicRaggedShapeSpec":
        return DynamicRaggedShapeSpec(parts, inner, self._dtype)

    def __repr__(self) -> str:
        return (
            f"DynamicRaggedShape.Spec(row_partitions={self._row_partitions!r}, "
            f"static_inner_shape={self._static_inner_shape!r}, dtype={self._dtype!r})"
        )


def _times(count: int | None, size: int | None) -> int | None:
    return None if count is None or size is None else count * size


DynamicRaggedShape.Spec = DynamicRaggedShapeSpec  # type: ignore[attr-defined]
DynamicRaggedShape._spec_of = staticmethod(DynamicRaggedShapeSpec.from_value)  # type: ignore[attr-defined]
DynamicRaggedShapeSpec.__module__ = DynamicRaggedShape.__module__
DynamicRaggedShapeSpec.__qualname__ = DynamicRaggedShapeSpec.__name__ = "DynamicRaggedShape.Spec"
register("tf.DynamicRaggedShape.Spec")(DynamicRaggedShapeSpec)
pickled_from(__name__, DynamicRaggedShapeSpec, DynamicRaggedShape)
