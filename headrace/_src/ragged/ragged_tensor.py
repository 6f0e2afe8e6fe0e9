"""RaggedTensor: a tensor whose rows have several lengths.

The one idea: the values of all rows one after the other, and a partition that says where the rows
are. The values may be ragged themselves; then there are several ragged dimensions, and under them
all lies one dense tensor, `flat_values`. Nothing is padded and nothing is copied: `with_values`
exchanges what is in the rows, the partition stays.

It is no tensor: ops take it where they say so. `tf.nest`, `tf.function`, `tf.cond` and
`tf.while_loop` look into it by its spec. Indexing, operators, conversions and the spec live in
files of their own, which fill the slots below; importing anything of this folder does
(ragged/__init__.py).

Read next: ragged/ragged_tensor_spec.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, int32, int64
from headrace._src.core.names import name_scope
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.convert import convert, in_graph
from headrace._src.engine.graph import SymbolicTensor
from headrace._src.engine.node import known_value
from headrace._src.ops.array import length, shape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import fill
from headrace._src.ops.debugging import assert_equal
from headrace._src.ops.joining import concat, stack
from headrace._src.ops.math import maximum
from headrace._src.ops.reduce import reduce_max
from headrace._src.ragged.row_partition import RowPartition
from headrace._src.ragged.written import array_text, nested_array, nested_list

_MODULE = "tensorflow.python.ops.ragged.ragged_tensor"


class RaggedTensor:
    """Rows of several lengths: `values` one after the other, cut where the partition says.

    Made by `tf.ragged.constant`, `RaggedTensor.from_row_splits` and its like, or by ops.

    >>> x = tf.RaggedTensor.from_row_lengths([3, 1, 4, 1, 5], [4, 0, 1])
    >>> x
    <tf.RaggedTensor [[3, 1, 4, 1], [], [5]]>
    >>> x.row_splits.numpy()
    array([0, 4, 4, 5])

    Raises ValueError where the constructor is called, or shapes do not fit;
    tf.errors.InvalidArgumentError for a partition that does not fit the values.
    """

    __slots__ = ("__dict__", "__weakref__", "_row_partition", "_values")

    # Filled by the other files of this folder: ragged_tensor_spec, dense, sparse, indexing,
    # operators, merging.
    _spec_of: Callable[["RaggedTensor"], Any]
    from_nested_row_splits: Callable[..., "RaggedTensor"]
    from_nested_row_lengths: Callable[..., "RaggedTensor"]
    from_nested_value_rowids: Callable[..., "RaggedTensor"]
    from_tensor: Callable[..., "RaggedTensor"]
    from_sparse: Callable[..., "RaggedTensor"]
    to_tensor: Callable[..., Tensor]
    to_sparse: Callable[..., Any]
    merge_dims: Callable[..., Any]
    __getitem__: Callable[..., Any]
    __tf_op__: Callable[..., Any]

    def __init__(self, values: Any, row_partition: Any, internal: Any = False) -> None:
        if not internal:
            raise ValueError(
                "RaggedTensor constructor is private; please use one of the factory methods "
                "instead (e.g., RaggedTensor.from_row_lengths())"
            )
        if not isinstance(row_partition, RowPartition):
            raise TypeError(
                f"Argument `row_partition` must be a RowPartition. Received {row_partition}."
            )
        if not isinstance(values, (Tensor, RaggedTensor)):
            raise TypeError(f"type(values) must be one of: Tensor, RaggedTensor, got {values}.")
        if isinstance(values, RaggedTensor):
            _agreeing(values, row_partition)
        else:
            values.shape.with_rank_at_least(1)
            row_splits = row_partition.row_splits()
            if type(row_splits) is SymbolicTensor and row_partition._beside is None:
                row_partition = row_partition._with_beside(values)
        self._values: Any = values
        self._row_partition: RowPartition = row_partition

    # ---- factories -------------------------------------------------------------------------------

    @classmethod
    def _from_row_partition(
        cls, values: Any, row_partition: RowPartition, validate: bool = True
    ) -> "RaggedTensor":
        """The rows of `values` that a partition says."""
        if not isinstance(row_partition, RowPartition):
            raise TypeError(
                f"Argument `row_partition` must be a RowPartition. Received {row_partition}."
            )
        check_validate(validate)
        values, row_partition = _agreeing(as_values(values), row_partition)
        told = row_partition.static_nvals
        values.shape[:1].assert_is_compatible_with(TensorShape([told]))
        if validate and (told is None or values.shape[0] is None):
            _check_count(row_partition.nvals(), values)
        return cls(values, row_partition, internal=True)

    @classmethod
    def from_row_splits(
        cls, values: Any, row_splits: Any, name: str | None = None, validate: bool = True
    ) -> "RaggedTensor":
        """Row i is the values from `row_splits[i]` up to `row_splits[i + 1]`.

        values: a tensor [nvals, ...] or a ragged tensor. row_splits: integers [nrows + 1] in
        ascending order; the first is 0, the last nvals.

        >>> tf.RaggedTensor.from_row_splits([3, 1, 4, 1, 5], [0, 4, 4, 5])
        <tf.RaggedTensor [[3, 1, 4, 1], [], [5]]>
        """
        check_validate(validate)
        with scope(name, "RaggedFromRowSplits"):
            values = as_values(values)
            hint = _splits_dtype(values)
            partition = RowPartition.from_row_splits(row_splits, validate, dtype_hint=hint)
            return cls._from_row_partition(values, partition, validate)

    @classmethod
    def from_row_lengths(
        cls, values: Any, row_lengths: Any, name: str | None = None, validate: bool = True
    ) -> "RaggedTensor":
        """Row i has `row_lengths[i]` values; they add up to all there are.

        >>> tf.RaggedTensor.from_row_lengths([3, 1, 4, 1, 5], [4, 0, 1])
        <tf.RaggedTensor [[3, 1, 4, 1], [], [5]]>
        """
        check_validate(validate)
        with scope(name, "RaggedFromRowLengths"):
            values = as_values(values)
            hint = _splits_dtype(values)
            partition = RowPartition.from_row_lengths(row_lengths, validate, dtype_hint=hint)
            return cls._from_row_partition(values, partition, validate)

    @classmethod
    def from_value_rowids(
        cls,
        values: Any,
        value_rowids: Any,
        nrows: Any = None,
        name: str | None = None,
        validate: bool = True,
    ) -> "RaggedTensor":
        """Value i is in row `value_rowids[i]`; these ascend.

        nrows: how many rows there are; up to the last that has a value by default.

        >>> tf.RaggedTensor.from_value_rowids([3, 1, 4], [0, 0, 2], nrows=4)
        <tf.RaggedTensor [[3, 1], [], [4], []]>
        """
        check_validate(validate)
        with scope(name, "RaggedFromValueRowIds"):
            values = as_values(values)
            hint = _splits_dtype(values)
            partition = RowPartition.from_value_rowids(
                value_rowids, nrows, validate, dtype_hint=hint
            )
            return cls._from_row_partition(values, partition, validate)

    @classmethod
    def from_row_starts(
        cls, values: Any, row_starts: Any, name: str | None = None, validate: bool = True
    ) -> "RaggedTensor":
        """Row i begins at value `row_starts[i]`; the first at 0.

        >>> tf.RaggedTensor.from_row_starts([3, 1, 4, 1, 5], [0, 4, 4])
        <tf.RaggedTensor [[3, 1, 4, 1], [], [5]]>
        """
        check_validate(validate)
        with scope(name, "RaggedFromRowStarts"):
            values = as_values(values)
            hint = _splits_dtype(values)
            partition = RowPartition.from_row_starts(
                row_starts, count_of(values), validate, dtype_hint=hint
            )
            return cls._from_row_partition(values, partition, validate)

    @classmethod
    def from_row_limits(
        cls, values: Any, row_limits: Any, name: str | None = None, validate: bool = True
    ) -> "RaggedTensor":
        """Row i ends before value `row_limits[i]`; the last after all.

        >>> tf.RaggedTensor.from_row_limits([3, 1, 4, 1, 5], [4, 4, 5])
        <tf.RaggedTensor [[3, 1, 4, 1], [], [5]]>
        """
        check_validate(validate)
        with scope(name, "RaggedFromRowLimits"):
            values = as_values(values)
            hint = _splits_dtype(values)
            partition = RowPartition.from_row_limits(row_limits, validate, dtype_hint=hint)
            return cls._from_row_partition(values, partition, validate)

    @classmethod
    def from_uniform_row_length(
        cls,
        values: Any,
        uniform_row_length: Any,
        nrows: Any = None,
        validate: bool = True,
        name: str | None = None,
    ) -> "RaggedTensor":
        """Every row has `uniform_row_length` values.

        nrows: how many rows there are; it must be given where the length is 0.

        >>> tf.RaggedTensor.from_uniform_row_length(tf.ragged.constant([[1], [2, 3]]), 2).shape
        TensorShape([1, 2, None])
        """
        check_validate(validate)
        with scope(name, "RaggedFromUniformRowLength"):
            values = as_values(values)
            hint = _splits_dtype(values)
            partition = RowPartition.from_uniform_row_length(
                uniform_row_length, count_of(values), nrows, validate, dtype_hint=hint
            )
            return cls._from_row_partition(values, partition, validate)

    # ---- what it is ------------------------------------------------------------------------------

    @property
    def dtype(self) -> DType:
        """The dtype of the values."""
        return self._values.dtype

    @property
    def shape(self) -> TensorShape:
        """The shape as far as it is known; a ragged dimension is None."""
        partition = self._row_partition
        outer = TensorShape([partition.static_nrows, partition.static_uniform_row_length])
        return outer.concatenate(self._values.shape[1:])

    def get_shape(self) -> TensorShape:
        """The shape as far as it is known; the same as `shape`."""
        return self.shape

    @property
    def ragged_rank(self) -> int:
        """How many times the flat values are partitioned."""
        rank, values = 1, self._values
        while isinstance(values, RaggedTensor):
            rank, values = rank + 1, values._values
        return rank

    @property
    def values(self) -> Any:
        """The values of all rows one after the other: a tensor or a ragged tensor."""
        return self._values

    @property
    def flat_values(self) -> Tensor:
        """The values without any ragged dimension: a tensor."""
        values = self._values
        while isinstance(values, RaggedTensor):
            values = values._values
        return values

    @property
    def _nested_row_partitions(self) -> tuple[RowPartition, ...]:
        """The partitions, that of the outermost dimension first."""
        partitions, values = [self._row_partition], self._values
        while isinstance(values, RaggedTensor):
            partitions.append(values._row_partition)
            values = values._values
        return tuple(partitions)

    @property
    def row_splits(self) -> Tensor:
        """Where the rows begin, and after them where the last one ends: [nrows + 1]."""
        return self._row_partition.row_splits()

    @property
    def nested_row_splits(self) -> tuple[Tensor, ...]:
        """The `row_splits` of all ragged dimensions, that of the outermost first."""
        return tuple(partition.row_splits() for partition in self._nested_row_partitions)

    @property
    def uniform_row_length(self) -> Tensor | None:
        """The one length of all rows where it was made with one, else None."""
        return self._row_partition.uniform_row_length()

    def value_rowids(self, name: str | None = None) -> Tensor:
        """The row of each value: [nvals]."""
        with scope(name, "RaggedValueRowIds"):
            return self._row_partition.value_rowids()

    def nested_value_rowids(self, name: str | None = None) -> tuple[Tensor, ...]:
        """The `value_rowids` of all ragged dimensions, that of the outermost first."""
        with scope(name, "RaggedNestedValueRowIds"):
            return tuple(partition.value_rowids() for partition in self._nested_row_partitions)

    def nrows(self, out_type: Any = None, name: str | None = None) -> Tensor:
        """How many rows there are: a scalar, of `out_type` or the dtype of `row_splits`."""
        with scope(name, "RaggedNRows"):
            count = self._row_partition.nrows()
            return count if out_type is None else cast(count, out_type)

    def row_starts(self, name: str | None = None) -> Tensor:
        """Where the rows begin: [nrows]."""
        with scope(name, "RaggedRowStarts"):
            return self._row_partition.row_starts()

    def row_limits(self, name: str | None = None) -> Tensor:
        """Where the rows end: [nrows]."""
        with scope(name, "RaggedRowLimits"):
            return self._row_partition.row_limits()

    def row_lengths(self, axis: int = 1, name: str | None = None) -> Any:
        """How many values each row has; with `axis`, the lengths along a deeper dimension.

        >>> tf.ragged.constant([[[3, 1], [4]], [[1]]]).row_lengths(axis=2)
        <tf.RaggedTensor [[2, 1], [1]]>
        """
        if axis == 0:
            return self._row_partition.nrows()
        if axis == 1:
            return self._row_partition.row_lengths()
        with scope(name, "RaggedRowLengths"):
            axis = checked_axis(axis, self.shape.rank, "rank(self)")
            if axis == 0:
                return self.nrows()
            if axis == 1:
                return self._row_partition.row_lengths()
            if isinstance(self._values, RaggedTensor):
                return self.with_values(self._values.row_lengths(axis - 1))
            size = shape_op(self._values, self._row_partition.dtype)
            inner = concat([size[:1], size[1 : axis - 1]], 0)
            return self.with_values(fill(inner, size[axis - 1]))

    def nested_row_lengths(self, name: str | None = None) -> tuple[Tensor, ...]:
        """The `row_lengths` of all ragged dimensions, that of the outermost first."""
        with scope(name, "RaggedNestedRowLengths"):
            return tuple(partition.row_lengths() for partition in self._nested_row_partitions)

    def bounding_shape(
        self, axis: Any = None, name: str | None = None, out_type: Any = None
    ) -> Tensor:
        """The shape of the smallest dense tensor that it fits in, or the sizes along `axis`.

        axis: an integer or a list of them, all by default. out_type: the dtype of the result.

        >>> tf.ragged.constant([[1, 2, 3, 4], [5], [], [6, 7]]).bounding_shape().numpy()
        array([4, 4])
        """
        dtype = self._row_partition.dtype if out_type is None else as_dtype(out_type)
        with scope(name, "RaggedBoundingBox"):
            if isinstance(axis, int):
                return cast(self._bounding_sizes(dtype)[axis], dtype)
            sizes = self._bounding_sizes(dtype)
            if axis is None:
                return sizes
            places = [checked_axis(i, self.shape.rank, "rank(self)") for i in _numbers(axis)]
            return stack([sizes[i] for i in places])

    def _bounding_sizes(self, dtype: DType) -> Tensor:
        outer = [cast(self._row_partition.nrows(), dtype)]
        for partition in self._nested_row_partitions:
            lengths = partition.row_lengths()
            zero = convert(0, lengths.dtype)
            outer.append(cast(maximum(reduce_max(lengths), zero), dtype))
        flat = self.flat_values
        sizes = stack(outer)
        if flat.shape.rank == 1:
            return sizes
        return concat([sizes, shape_op(flat, dtype)[1:]], 0)

    # ---- others like it --------------------------------------------------------------------------

    def with_values(self, new_values: Any) -> "RaggedTensor":
        """The same rows of other values, as many as there are.

        Raises ValueError where there are more or fewer.
        """
        new_values, partition = _agreeing(as_values(new_values), self._row_partition)
        new_values.shape.with_rank_at_least(1)
        self._values.shape[:1].assert_is_compatible_with(new_values.shape[:1])
        return RaggedTensor(new_values, partition, internal=True)

    def with_flat_values(self, new_values: Any) -> "RaggedTensor":
        """The same rows, in all ragged dimensions, of other flat values."""
        if isinstance(self._values, RaggedTensor):
            return self.with_values(self._values.with_flat_values(new_values))
        return self.with_values(new_values)

    def with_row_splits_dtype(self, dtype: Any) -> "RaggedTensor":
        """A copy whose partitions are in `tf.int32` or `tf.int64`."""
        dtype = as_dtype(dtype)
        if dtype not in (int32, int64):
            raise ValueError(
                f"Argument `row_splits` dtype must be int32 or int64. Received {dtype}."
            )
        if self._row_partition.dtype is dtype:
            return self
        values = self._values
        if isinstance(values, RaggedTensor):
            values = values.with_row_splits_dtype(dtype)
        return RaggedTensor(values, self._row_partition.with_dtype(dtype), internal=True)

    # ---- as Python and NumPy have it -------------------------------------------------------------

    def _is_eager(self) -> bool:
        parts = (self.flat_values, *self.nested_row_splits)
        return all(type(part) is EagerTensor for part in parts)

    def numpy(self) -> np.ndarray:
        """The rows as an array: an array of arrays where they have several lengths.

        Raises ValueError where there is no value, in a graph.
        """
        if not self._is_eager():
            raise ValueError("RaggedTensor.numpy() is only supported in eager mode.")
        return nested_array(self._values.numpy(), array_of(self.row_splits))

    def to_list(self) -> list:
        """The rows as nested lists.

        Raises ValueError where there is no value, in a graph.
        """
        if not self._is_eager():
            raise ValueError("to_list can only be used in eager mode.")
        values = self._values
        inner = values.to_list() if isinstance(values, RaggedTensor) else values.numpy().tolist()
        return nested_list(inner, array_of(self.row_splits))

    def consumers(self) -> list[Any]:
        """The operations that take a part, in a graph; none in eager mode."""
        found: list[Any] = []
        for part in (self.flat_values, *self.nested_row_splits):
            if hasattr(part, "op"):
                found += [user for user in part.consumers() if user not in found]
        return found

    def __bool__(self) -> bool:
        raise TypeError("RaggedTensor may not be used as a boolean.")

    def __nonzero__(self) -> bool:
        raise TypeError("RaggedTensor may not be used as a boolean.")

    def __hash__(self) -> int:
        raise TypeError("RaggedTensor is unhashable.")

    def __repr__(self) -> str:
        if self._is_eager():
            return f"<tf.RaggedTensor {array_text(self.numpy())}>"
        return f"tf.RaggedTensor(values={self._values}, row_splits={self.row_splits})"

    # ---- as a composite --------------------------------------------------------------------------

    @property
    def _type_spec(self) -> Any:
        return RaggedTensor._spec_of(self)

    def __tf_tracing_type__(self, context: Any) -> Any:
        """What a traced function knows of it."""
        return self._type_spec


# ---- parts of the above --------------------------------------------------------------------------


def scope(name: str | None, otherwise: str) -> Any:
    """What the nodes of a method are under, in a graph."""
    return _NOWHERE if thread.context.graph is None else name_scope(name or otherwise)


class _Nowhere:
    """No scope: in eager mode nothing is named."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: Any) -> None:
        return None


_NOWHERE = _Nowhere()


def as_values(values: Any) -> Any:
    """What may be in the rows: a ragged tensor as it is, all else as a tensor."""
    if isinstance(values, RaggedTensor):
        return values
    return in_graph(convert(values), "values")


def count_of(values: Any) -> Any:
    """How many values there are: an int where it is known, else a scalar tensor."""
    if isinstance(values, RaggedTensor):
        known = values._row_partition.static_nrows
        return values._row_partition.nrows() if known is None else known
    return length(values, 0)


def _splits_dtype(values: Any) -> DType:
    return values._row_partition.dtype if isinstance(values, RaggedTensor) else int64


def _agreeing(values: Any, partition: RowPartition) -> tuple[Any, RowPartition]:
    """Values and a partition of one dtype of `row_splits`."""
    if isinstance(values, RaggedTensor) and values._row_partition.dtype is not partition.dtype:
        raise ValueError(
            "Argument `row_partition` of RaggedTensor with name: partition must have same dtype "
            f"as Argument `values`. (<dtype: '{partition.dtype.name}'> vs. <dtype: "
            f"'{values._row_partition.dtype.name}'>)."
        )
    return values, partition


def check_validate(validate: Any) -> None:
    if not isinstance(validate, bool):
        raise TypeError(f"Argument `validate` must have type bool. Received {validate}.")


def _check_count(nvals: Tensor, values: Any) -> None:
    count = count_of(values)
    known = known_value(nvals)
    if known is not None and type(count) is int and known == count:
        return
    count = count if isinstance(count, Tensor) else convert(count, nvals.dtype)
    told = "Arguments to _from_row_partition do not form a valid RaggedTensor"
    assert_equal(nvals, cast(count, nvals.dtype), told)


def _numbers(axis: Any) -> list[int]:
    return [int(i) for i in np.asarray(axis).reshape(-1)]


def checked_axis(axis: int, rank: int | None, name: str, what: str = "axis") -> int:
    """`axis` counted from the front; ValueError where there is no such dimension."""
    if not isinstance(axis, int):
        raise TypeError(f"{what} must be an int; got {type(axis).__name__}")
    if rank is None:
        if axis < 0:
            raise ValueError(f"{what}={axis} may only be negative if {name} is statically known.")
        return axis
    if not -rank <= axis < rank:
        raise ValueError(f"{what}={axis} out of bounds: expected {-rank}<={what}<{rank}")
    return axis % rank


RaggedTensor.__module__ = _MODULE
