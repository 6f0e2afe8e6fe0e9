"""RaggedTensorSpec: what is known of a ragged tensor before it has values.

The one idea: a ragged tensor is a flat tensor and one vector of row splits for each ragged
dimension; the spec says how many there are, and what is known of their shapes. Sizes that the
partition knows besides (a number of rows, one length for all) are in `shape`.

A ragged rank of 0 is no ragged tensor at all but a tensor whose shape this spec describes; so a
batch of tensors of several shapes has a spec too.

Read next: ragged/dense.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, as_dtype, float32, int64
from headrace._src.core.pickling import pickled_from
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import (
    BatchableTypeSpec,
    TensorSpec,
    register_type_spec_from_value_converter,
)
from headrace._src.core.spec_registry import register
from headrace._src.core.tensor import Tensor
from headrace._src.ops.identity import identity
from headrace._src.ragged.ragged_tensor import RaggedTensor
from headrace._src.ragged.ragged_tensor_value import RaggedTensorValue
from headrace._src.ragged.row_partition_spec import RowPartitionSpec


class RaggedTensorSpec(BatchableTypeSpec):
    """What is known of a ragged tensor: its shape, dtype and number of ragged dimensions.

    shape: of which None is a ragged dimension, or a size not known. dtype: of the values.
    ragged_rank: how many times the flat values are partitioned; one less than the rank by default.
    row_splits_dtype: `tf.int32` or `tf.int64`. flat_values_spec: the spec of the flat values, if
    they are no plain tensor; then `dtype` must be theirs or None.

    >>> tf.RaggedTensorSpec([2, None], tf.int32)
    RaggedTensorSpec(TensorShape([2, None]), tf.int32, 1, tf.int64)

    Raises ValueError where dtypes and ranks do not fit.
    """

    __slots__ = ("_dtype", "_flat_values_spec", "_ragged_rank", "_row_splits_dtype", "_shape")

    def __init__(
        self,
        shape: Any = None,
        dtype: Any = float32,
        ragged_rank: Any = None,
        row_splits_dtype: Any = int64,
        flat_values_spec: Any = None,
    ) -> None:
        self._shape = TensorShape(shape)
        self._row_splits_dtype = as_dtype(row_splits_dtype)
        if flat_values_spec is not None:
            if dtype is None:
                dtype = flat_values_spec.dtype
            elif dtype != flat_values_spec.dtype:
                raise ValueError("dtype must be the same as flat_values_spec.dtype")
        elif dtype is None:
            raise ValueError("At least one of dtype or flat_values_spec must be provided")
        self._dtype = as_dtype(dtype)
        self._flat_values_spec = flat_values_spec
        rank = self._shape.rank
        if ragged_rank is None:
            if rank is None:
                raise ValueError("Must specify ragged_rank or a shape with a known rank.")
            ragged_rank = rank - 1
        if not isinstance(ragged_rank, int):
            raise TypeError(f"Argument `ragged_rank` must be an int. Received {ragged_rank}.")
        if rank is not None and ragged_rank >= rank:
            raise ValueError(
                f"Argument `ragged_rank` ({ragged_rank}) must be less than rank ({rank})."
            )
        self._ragged_rank = ragged_rank

    @property
    def shape(self) -> TensorShape:
        """The shape; None is a ragged dimension or a size not known."""
        return self._shape

    @property
    def dtype(self) -> DType:
        """The dtype of the values."""
        return self._dtype

    @property
    def ragged_rank(self) -> int:
        """How many times the flat values are partitioned."""
        return self._ragged_rank

    @property
    def row_splits_dtype(self) -> DType:
        """The dtype of the row splits: `tf.int32` or `tf.int64`."""
        return self._row_splits_dtype

    @property
    def flat_values_spec(self) -> Any:
        """The spec of the flat values where they are no plain tensor; else None."""
        return self._flat_values_spec

    @property
    def value_type(self) -> type:
        """`tf.RaggedTensor`, or `tf.Tensor` where the ragged rank is 0."""
        return RaggedTensor if self._ragged_rank > 0 else Tensor

    @classmethod
    def from_value(cls, value: Any) -> "RaggedTensorSpec":
        """The spec of a `RaggedTensor` or `RaggedTensorValue`."""
        dtype = as_dtype(value.flat_values.dtype)
        return cls(value.shape, dtype, value.ragged_rank, as_dtype(value.row_splits.dtype))

    def _serialize(self) -> tuple[Any, ...]:
        told = (self._shape, self._dtype, self._ragged_rank, self._row_splits_dtype)
        return told if self._flat_values_spec is None else (*told, self._flat_values_spec)

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether some value is of both types; a value stands for its own type."""
        other = spec_or_value
        if self._ragged_rank == 0:
            if isinstance(other, Tensor):
                other = TensorSpec(other.shape, other.dtype)
            if isinstance(other, TensorSpec):
                return self._shape.is_compatible_with(other.shape) and self._dtype is other.dtype
        return super().is_compatible_with(spec_or_value)

    # ---- components ------------------------------------------------------------------------------

    @property
    def _component_specs(self) -> Any:
        flat = self._flat_spec()
        if self._ragged_rank <= 0:
            return [flat]
        rows = self._shape[0] if self._shape.rank else None
        outer = TensorSpec([None if rows is None else rows + 1], self._row_splits_dtype)
        inner = TensorSpec([None], self._row_splits_dtype)
        return [flat, outer, *[inner] * (self._ragged_rank - 1)]

    def _flat_spec(self) -> Any:
        if self._flat_values_spec is not None:
            return self._flat_values_spec
        if self._shape.rank is None:
            return TensorSpec(None, self._dtype)
        if self._ragged_rank <= 0:
            return TensorSpec(self._shape, self._dtype)
        inner = self._shape[self._ragged_rank + 1 :]
        return TensorSpec(TensorShape([None]).concatenate(inner), self._dtype)

    def _to_components(self, value: Any) -> list[Any]:
        if isinstance(value, RaggedTensorValue):
            value = value._to_ragged_tensor()
        if isinstance(value, RaggedTensor):
            return [value.flat_values, *value.nested_row_splits]
        return [value]

    def _from_components(self, components: Any) -> Any:
        value, *splits = components
        if any(isinstance(part, np.ndarray) for part in components):
            for part in reversed(splits):
                value = RaggedTensorValue(value, part)
            return value
        for axis, part in reversed(list(enumerate(splits))):
            rows = self._shape[axis] if self._shape.rank and axis == 0 else None
            size = self._shape[axis + 1] if self._shape.rank else None
            spec = RowPartitionSpec(rows, None, size, self._row_splits_dtype)
            value = RaggedTensor(value, spec._from_components(part), internal=True)
        if self._shape.rank is not None and isinstance(value, RaggedTensor):
            flat = value.flat_values
            if isinstance(flat, Tensor) and hasattr(flat, "set_shape"):
                flat.set_shape(
                    TensorShape([None]).concatenate(self._shape[self._ragged_rank + 1 :])
                )
        return value

    def _batch(self, batch_size: int | None) -> "RaggedTensorSpec":
        if self._flat_values_spec is not None:
            raise ValueError("Customized flat_values_spec is not supported.")
        return RaggedTensorSpec(
            TensorShape([batch_size]).concatenate(self._shape),
            self._dtype,
            self._ragged_rank + 1,
            self._row_splits_dtype,
        )

    def _unbatch(self) -> "RaggedTensorSpec":
        if self._flat_values_spec is not None:
            raise ValueError("Customized flat_values_spec is not supported.")
        return RaggedTensorSpec(
            self._shape[1:], self._dtype, self._ragged_rank - 1, self._row_splits_dtype
        )

    def _to_legacy_output_types(self) -> DType:
        return self._dtype

    def _to_legacy_output_shapes(self) -> TensorShape:
        return self._shape

    def _to_legacy_output_classes(self) -> "RaggedTensorSpec":
        return self


def copied(x: RaggedTensor, name: str | None = None) -> RaggedTensor:
    """`tf.identity` of each part."""
    spec = x._type_spec
    return spec._from_components([identity(part, name) for part in spec._to_components(x)])


RaggedTensor.__tf_identity__ = copied  # type: ignore[attr-defined]
RaggedTensorSpec.__module__ = RaggedTensor.__module__
register("tf.RaggedTensorSpec")(RaggedTensorSpec)
pickled_from(__name__, RaggedTensorSpec, RaggedTensor)
RaggedTensor._spec_of = staticmethod(RaggedTensorSpec.from_value)
register_type_spec_from_value_converter(RaggedTensorValue, RaggedTensorSpec.from_value)
