"""DynamicRaggedShape: the shape of a ragged tensor, with the lengths of all its rows.

The one idea: a ragged tensor without its values. The outer dimensions are row partitions, what lies
under them is dense and has a shape as any tensor does (`inner_shape`, whose first size is the
number of values of the last partition). A dense shape is one with no partitions. What is known of
it before the program runs is `static_lengths`, and its type `DynamicRaggedShape.Spec`.

A dimension that is uniform can stand in either part; `_with_partitions` moves it from the dense
part to a partition, so that two shapes can be compared dimension by dimension.

Read next: ragged/dynamic_shape_spec.py, ragged/broadcasting.py.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, as_dtype, int32, int64
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value, partial_value
from headrace._src.ops.array import reshape_op, shape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import equal, logical_and, logical_not
from headrace._src.ops.debugging import assert_equal
from headrace._src.ops.joining import concat
from headrace._src.ops.reduce import reduce_all
from headrace._src.ragged.ragged_tensor import RaggedTensor
from headrace._src.ragged.row_partition import RowPartition

_Slice = slice


class DynamicRaggedShape:
    """The shape of a tensor or of a ragged tensor.

    row_partitions: a list of `tf.experimental.RowPartition`, that of the outermost ragged dimension
        first; empty for a dense shape. inner_shape: integers, the shape of what is partitioned.
    dtype: `tf.int32` or `tf.int64`. validate: whether to check that the parts fit.
    static_inner_shape: a `tf.TensorShape`, what is known of `inner_shape`.

    >>> tf.shape(tf.ragged.constant([[1, 2, 3], [], [4]]))
    <DynamicRaggedShape lengths=[3, (3, 0, 1)] num_row_partitions=1>
    >>> tf.experimental.DynamicRaggedShape.from_lengths([2, (1, 3), 5]).rank
    3

    Raises TypeError for partitions that are none, ValueError for another dtype or a
    `static_inner_shape` that contradicts, tf.errors.InvalidArgumentError if validated and wrong.
    """

    __slots__ = ("__weakref__", "_inner_shape", "_row_partitions", "_static_inner_shape")

    def __init__(
        self,
        row_partitions: Any,
        inner_shape: Any,
        dtype: Any = None,
        validate: bool = False,
        static_inner_shape: Any = None,
    ) -> None:
        if not isinstance(row_partitions, Iterable):
            raise TypeError(
                f"row_partitions should be a list of row partitions. Instead, got {row_partitions}"
            )
        parts = tuple(row_partitions)
        for part in parts:
            if not isinstance(part, RowPartition):
                raise TypeError(f"row_partitions contains {part} which is not a RowPartition")
        wanted = _common_dtype(parts, inner_shape, dtype)
        self._row_partitions = tuple(part.with_dtype(wanted) for part in parts)
        sizes = convert(inner_shape, None if hasattr(inner_shape, "dtype") else wanted)
        self._inner_shape: Tensor = sizes if sizes.dtype is wanted else cast(sizes, wanted)
        self._inner_shape.shape.assert_has_rank(1)
        self._static_inner_shape = _known_sizes(self._inner_shape).merge_with(
            TensorShape(static_inner_shape)
        )
        if parts:
            if self._static_inner_shape.rank == 0:
                raise IndexError("tuple index out of range")
            if validate:
                self._check()

    def _check(self) -> None:
        """Raises tf.errors.InvalidArgumentError unless each partition has the next one's rows."""
        parts = self._row_partitions
        for i, (outer, inner) in enumerate(zip(parts[:-1], parts[1:], strict=True)):
            assert_equal(
                outer.nvals(), inner.nrows(), f"RowPartition {i} and {i + 1} are inconsistent."
            )
        told = "Last row partition does not match inner_shape."
        assert_equal(parts[-1].nvals(), self._inner_shape[0], told)

    def __validate__(self) -> None:
        """Checks nothing more: what is wrong is found when the shape is made."""

    # ---- factories -------------------------------------------------------------------------------

    @classmethod
    def from_lengths(
        cls, lengths: Any, num_row_partitions: int | None = None, dtype: Any = int64
    ) -> "DynamicRaggedShape":
        """The shape with these lengths: an integer for a uniform dimension, a tuple for a ragged.

        num_row_partitions: into how many partitions to cut; as many as needed by default.

        >>> tf.experimental.DynamicRaggedShape.from_lengths([2, (1, 3), 5])
        <DynamicRaggedShape lengths=[2, (1, 3), 5] num_row_partitions=1>

        Raises ValueError for lengths that contradict each other.
        """
        if not isinstance(lengths, list):
            raise ValueError("lengths should be a list")
        for entry in lengths:
            if not _is_length(entry):
                raise ValueError(
                    f"element of lengths should be int or tuple of ints: instead {entry}"
                )
        ragged = [axis for axis, entry in enumerate(lengths) if isinstance(entry, tuple)]
        if num_row_partitions is None:
            num_row_partitions = ragged[-1] if ragged else 0
        elif not isinstance(num_row_partitions, int):
            raise ValueError("num_row_partitions should be an int or None")
        elif num_row_partitions < 0:
            raise ValueError("num_row_partitions should be nonnegative")
        elif lengths and num_row_partitions >= len(lengths):
            raise ValueError(
                "num_row_partitions should be less than `len(lengths)` if shape is not scalar."
            )
        if not lengths:
            return cls([], [], dtype=dtype)
        if isinstance(lengths[0], tuple):
            raise ValueError("Can't convert non-rectangular Python sequence to Tensor.")
        if ragged and ragged[-1] > num_row_partitions:
            raise ValueError("Can't convert Python sequence with mixed types to Tensor.")
        dtype = _integer(dtype)
        parts = []
        count = lengths[0]
        for entry in lengths[1 : num_row_partitions + 1]:
            if isinstance(entry, tuple):
                if len(entry) != count:
                    raise ValueError("Shape not consistent.")
                parts.append(RowPartition.from_row_lengths(np.array(entry, dtype.array_dtype)))
                count = sum(entry)
            else:
                part = RowPartition.from_uniform_row_length(entry, nrows=count, dtype=dtype)
                parts.append(part)
                count *= entry
        return cls(parts, [count, *lengths[num_row_partitions + 1 :]], dtype=dtype)

    @classmethod
    def from_row_partitions(cls, row_partitions: Any, dtype: Any = None) -> "DynamicRaggedShape":
        """The shape of scalars partitioned so; ValueError without a partition."""
        if not row_partitions:
            raise ValueError("row_partitions cannot be empty")
        last = row_partitions[-1]
        known = last.static_nvals
        sizes = reshape_op(last.nvals(), (1,)) if known is None else [known]
        return cls(row_partitions, sizes, dtype=dtype)

    @classmethod
    def from_tensor(cls, t: Any, dtype: Any = None) -> "DynamicRaggedShape":
        """The shape of a tensor or a ragged tensor.

        >>> tf.experimental.DynamicRaggedShape.from_tensor([[1, 2]])
        <DynamicRaggedShape lengths=[1, 2] num_row_partitions=0>
        """
        if isinstance(t, RaggedTensor):
            flat, parts = t.flat_values, t._nested_row_partitions
            wanted = parts[0].dtype if dtype is None else _integer(dtype)
        else:
            flat, parts = convert(t), ()
            wanted = int64 if dtype is None else _integer(dtype)
        sizes = shape_op(flat, wanted)
        return cls(parts, sizes, dtype=wanted, static_inner_shape=flat.shape)

    # ---- what it is ------------------------------------------------------------------------------

    @property
    def dtype(self) -> DType:
        """The dtype of lengths and row splits: `tf.int32` or `tf.int64`."""
        return self._inner_shape.dtype

    @property
    def row_partitions(self) -> tuple[RowPartition, ...]:
        """The partitions of the outer dimensions, that of the outermost first."""
        return self._row_partitions

    @property
    def num_row_partitions(self) -> int:
        """How many partitions there are."""
        return len(self._row_partitions)

    @property
    def inner_shape(self) -> Tensor:
        """The shape of what is partitioned, as a vector."""
        return self._inner_shape

    @property
    def inner_rank(self) -> int | None:
        """How many dimensions the dense part has, None where that is not known."""
        return self._static_inner_shape.rank

    @property
    def rank(self) -> int | None:
        """How many dimensions there are, None where that is not known."""
        inner = self._static_inner_shape.rank
        return None if inner is None else inner + len(self._row_partitions)

    def is_uniform(self, axis: int) -> bool:
        """Whether all rows along `axis` are of one length by construction; IndexError beyond."""
        if not isinstance(axis, int):
            raise TypeError("axis must be an integer")
        if axis < 0:
            raise IndexError(f"Negative axis values are not supported, got axis={axis}")
        if self.rank is not None and axis >= self.rank:
            raise IndexError(f"Expected axis={axis} < rank={self.rank}")
        if not 0 < axis <= len(self._row_partitions):
            return True
        return self._row_partitions[axis - 1].is_uniform()

    def static_lengths(self, ragged_lengths: bool = True) -> list:
        """What is known of the lengths: an int, None, or a tuple for each dimension.

        ragged_lengths: whether ragged dimensions show the lengths of their rows, where known,
        rather than None. An Ellipsis at the end stands for dimensions that are not known.
        """
        found: list[Any] = []
        if self._row_partitions:
            found.append(self._row_partitions[0].static_nrows)
        for part in self._row_partitions:
            if part.is_uniform():
                found.append(part.static_uniform_row_length)
                continue
            lengths = known_value(part.row_lengths()) if ragged_lengths else None
            found.append(None if lengths is None else tuple(lengths.tolist()))
        inner = self._static_inner_shape
        if inner.rank is None:
            return [*found, ...]
        return [*found, *inner.as_list()[1 if found else 0 :]]

    # ---- others like it --------------------------------------------------------------------------

    def with_dtype(self, dtype: Any) -> "DynamicRaggedShape":
        """The shape in `tf.int32` or `tf.int64`; ValueError for another dtype."""
        dtype = _integer(dtype)
        if dtype is self.dtype:
            return self
        return DynamicRaggedShape(
            self._row_partitions, self._inner_shape, dtype, False, self._static_inner_shape
        )

    def _with_partitions(self, count: int) -> "DynamicRaggedShape":
        """The shape with `count` partitions or more, the inner ones uniform."""
        missing = count - len(self._row_partitions)
        if missing <= 0:
            return self
        parts, known = list(self._row_partitions), self._static_inner_shape.as_list()
        sizes = [_size(self._inner_shape, i, n) for i, n in enumerate(known)]
        rows: Any = sizes[0]
        for size in sizes[1 : missing + 1]:
            part = RowPartition.from_uniform_row_length(
                size, nrows=rows, validate=False, dtype=self.dtype
            )
            parts.append(part)
            rows = rows * size
        return DynamicRaggedShape(parts, _vector([rows, *sizes[missing + 1 :]], self.dtype))

    def _with_rank(self, rank: int) -> "DynamicRaggedShape":
        """The shape with dimensions of size 1 in front, up to `rank`."""
        missing = rank - _rank(self)
        if missing <= 0:
            return self
        inner = self._inner_shape
        if not self._row_partitions:
            ones = EagerTensor(np.ones(missing, self.dtype.array_dtype), self.dtype)
            known = TensorShape([1] * missing).concatenate(self._static_inner_shape)
            return DynamicRaggedShape([], concat([ones, inner], 0), static_inner_shape=known)
        outer = self._row_partitions[0]
        count = outer.static_nrows
        lengths = [*[1] * (missing - 1), outer.nrows() if count is None else count]
        parts = [
            RowPartition.from_uniform_row_length(n, nrows=1, validate=False, dtype=self.dtype)
            for n in lengths
        ]
        return DynamicRaggedShape(
            [*parts, *self._row_partitions], inner, static_inner_shape=self._static_inner_shape
        )

    def _filled_with(self, flat_values: Tensor) -> Any:
        """The tensor of this shape whose elements are those of `flat_values`, in order."""
        known = self._static_inner_shape
        target = tuple(known) if known.is_fully_defined() else self._inner_shape
        if not (known.is_fully_defined() and flat_values.shape == known):
            flat_values = reshape_op(flat_values, target)
        found: Any = flat_values
        for part in reversed(self._row_partitions):
            found = RaggedTensor._from_row_partition(found, part, validate=False)
        return found

    # ---- as a sequence ---------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Any:
        """The length along a uniform dimension, or for a slice the shape of some dimensions.

        Raises IndexError for a dimension that there is not, ValueError for one that is ragged.
        """
        if isinstance(index, _Slice):
            return self._slice(index)
        if not isinstance(index, int) or isinstance(index, bool):
            raise TypeError("Argument is not an int or a slice")
        rank = self.rank
        if index < 0:
            if rank is None:
                raise ValueError("Rank must be known to use __getitem__ on a large index.")
            if index + rank < 0:
                raise IndexError(f"Index must be non-negative: {index + rank}")
            index += rank
        if rank is not None and index >= rank:
            raise IndexError(f"Index is too big: {index}>={rank}")
        return self._length(index)

    def _length(self, axis: int) -> Tensor:
        parts = self._row_partitions
        if not parts:
            return self._inner_shape[axis]
        if axis == 0:
            return parts[0].nrows()
        if axis > len(parts):
            return self._inner_shape[axis - len(parts)]
        found = parts[axis - 1].uniform_row_length()
        if found is None:
            raise ValueError(f"Index {axis} is not uniform")
        return found

    def _slice(self, key: Any) -> "DynamicRaggedShape":
        if key.step not in (None, 1):
            raise IndexError("Cannot stride through a shape")
        rank = self.rank
        start, stop = key.start or 0, key.stop
        if rank is None:
            if start < 0 or stop is None or stop < 0 or (self._row_partitions and start):
                raise ValueError("Rank must be known to use __getitem__ on a large index.")
            start, stop = start, max(start, stop)
        else:
            start, stop, _ = _Slice(start, stop).indices(rank)
            stop = max(start, stop)
        if start == stop:
            return DynamicRaggedShape([], [], dtype=self.dtype)
        if start == 0 and 1 < stop <= len(self._row_partitions) + 1:
            return DynamicRaggedShape.from_row_partitions(self._row_partitions[: stop - 1])
        if start == 0 and stop > 1 and self._row_partitions:
            inner = self._inner_shape[: stop - len(self._row_partitions)]
            return DynamicRaggedShape(self._row_partitions, inner)
        if not self._row_partitions:
            known = self._static_inner_shape
            known = TensorShape(None) if known.rank is None else known[start:stop]
            return DynamicRaggedShape([], self._inner_shape[start:stop], static_inner_shape=known)
        if start and not all(map(self.is_uniform, range(rank or 0))):
            raise ValueError("All relevant dimensions must be uniform")
        sizes = [self._length(axis) for axis in range(start, stop)]
        return DynamicRaggedShape([], _vector(sizes, self.dtype))

    def __iter__(self) -> Iterator:
        for axis in range(_rank(self)):
            yield self[axis]

    # ---- as a value ------------------------------------------------------------------------------

    def __eq__(self, other: object) -> Any:
        """Whether all lengths are equal: a boolean tensor, or False for one of another type."""
        if not isinstance(other, DynamicRaggedShape) or self._type_spec != other._type_spec:
            return False
        found = reduce_all(equal(self._inner_shape, other._inner_shape))
        for one, two in zip(self._row_partitions, other._row_partitions, strict=True):
            found = logical_and(found, reduce_all(equal(one.row_splits(), two.row_splits())))
        return found

    def __ne__(self, other: object) -> Any:
        """Whether some length differs."""
        found = self == other
        return True if found is False else logical_not(found)

    __hash__ = None  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"'DynamicRaggedShape' object has no attribute {name!r}")

    def __repr__(self) -> str:
        lengths = ", ".join("..." if n is ... else str(n) for n in self.static_lengths())
        return (
            f"<DynamicRaggedShape lengths=[{lengths}] num_row_partitions={self.num_row_partitions}>"
        )

    @property
    def _type_spec(self) -> Any:
        return DynamicRaggedShape._spec_of(self)

    def __tf_tracing_type__(self, context: Any) -> Any:
        """What a traced function knows of it."""
        return self._type_spec


# ---- parts of the above --------------------------------------------------------------------------


def _integer(dtype: Any) -> DType:
    dtype = as_dtype(dtype)
    if dtype not in (int32, int64):
        raise ValueError(f"Illegal dtype: {dtype}")
    return dtype


def _is_length(entry: Any) -> bool:
    if isinstance(entry, tuple):
        return all(isinstance(n, int) and not isinstance(n, bool) for n in entry)
    return isinstance(entry, int) and not isinstance(entry, bool)


def _common_dtype(parts: tuple, inner_shape: Any, dtype: Any) -> DType:
    """The dtype asked for, else the one of the parts, int64 where they have both."""
    if dtype is not None:
        return _integer(dtype)
    found = {part.dtype for part in parts}
    if not found and isinstance(inner_shape, Tensor):
        found = {inner_shape.dtype}
    return found.pop() if found == {int32} else int64


def _known_sizes(inner_shape: Tensor) -> TensorShape:
    known = partial_value(inner_shape)
    if known is not None:
        return TensorShape(known)
    count = inner_shape.shape[0] if inner_shape.shape.rank else None
    return TensorShape(None) if count is None else TensorShape([None] * count)


def _rank(shape: DynamicRaggedShape) -> int:
    rank = shape.rank
    if rank is None:
        raise ValueError("The rank of a shape must be known before the program runs.")
    return rank


def _size(vector: Tensor, place: int, known: int | None) -> Any:
    return vector[place] if known is None else known


def _vector(sizes: list, dtype: DType) -> Any:
    """Sizes, ints and scalar tensors, as a vector."""
    if all(type(n) is int or type(n) is EagerTensor for n in sizes):
        plain = [int(array_of(n)) if type(n) is EagerTensor else n for n in sizes]
        return EagerTensor(np.array(plain, dtype.array_dtype), dtype)
    return convert([cast(n, dtype) if isinstance(n, Tensor) else n for n in sizes], dtype)


DynamicRaggedShape.__module__ = "tensorflow.python.ops.ragged.dynamic_ragged_shape"
