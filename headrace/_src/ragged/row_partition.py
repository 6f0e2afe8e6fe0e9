"""RowPartition: how a list of values is cut into rows.

The one idea: there are many ways to say where the cuts are, and one that all others follow from.
`row_splits` are the places of the cuts, from 0 to the number of values; what a partition was made
from (lengths, the row of each value, one length for all) is kept beside them, so that nothing is
computed that was given. A partition may therefore know more or less of itself *statically*, that
is, without looking at values: the `static_...` properties say what.

Row numbers of values are a lookup in `row_splits`. How many there are is the last split, which a
compiler does not know; but the length of a tensor of values it does. So a partition of a graph
knows its values (`beside`), for their length alone.

Read next: ragged/row_partition_spec.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, as_dtype, int32, int64
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.convert import convert, in_graph
from headrace._src.engine.node import known_value
from headrace._src.ops.array import length, reshape_op, shape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import equal
from headrace._src.ops.constant import fill, zeros
from headrace._src.ops.counting import dense_bincount
from headrace._src.ops.debugging import (
    Assert,
    assert_equal,
    assert_less,
    assert_less_equal,
    assert_non_negative,
    traced_value,
)
from headrace._src.ops.gather import gather_op
from headrace._src.ops.joining import concat
from headrace._src.ops.math import maximum, minimum
from headrace._src.ops.ranges import range as range_of
from headrace._src.ops.scan import cumsum


class RowPartition:
    """Where a list of `nvals` values is cut into `nrows` rows.

    Made by one of the factories `from_row_splits`, `from_row_lengths` and so on; they check what
    they are given unless `validate=False`.

    >>> rows = tf.experimental.RowPartition.from_row_lengths([4, 0, 3, 1])
    >>> rows
    tf.RowPartition(row_splits=[0 4 4 7 8])
    >>> rows.value_rowids().numpy()
    array([0, 0, 0, 0, 2, 2, 2, 3])

    Raises ValueError where the constructor is called, or shapes or dtypes do not fit;
    tf.errors.InvalidArgumentError for numbers that are no partition.
    """

    __slots__ = (
        "__weakref__",
        "_beside",
        "_found_rowids",
        "_nrows",
        "_nvals",
        "_row_lengths",
        "_row_splits",
        "_uniform_row_length",
        "_value_rowids",
    )

    # Filled by row_partition_spec.
    _spec_of: Callable[["RowPartition"], Any]

    def __init__(
        self,
        row_splits: Any,
        row_lengths: Any = None,
        value_rowids: Any = None,
        nrows: Any = None,
        uniform_row_length: Any = None,
        nvals: Any = None,
        internal: Any = False,
    ) -> None:
        if internal is not _INSIDE:
            raise ValueError(
                "RowPartition constructor is private; please use one of the factory methods "
                "instead (e.g., RowPartition.from_row_lengths())"
            )
        self._row_splits: Tensor = row_splits
        self._row_lengths = row_lengths
        self._value_rowids = value_rowids
        self._nrows = nrows
        self._uniform_row_length = uniform_row_length
        self._nvals = nvals
        self._beside: Tensor | None = None
        self._found_rowids: Tensor | None = None

    # ---- factories -------------------------------------------------------------------------------

    @classmethod
    def from_row_splits(
        cls, row_splits: Any, validate: bool = True, dtype: Any = None, dtype_hint: Any = None
    ) -> "RowPartition":
        """The partition whose row i is the values from `row_splits[i]` up to `row_splits[i + 1]`.

        row_splits: integers [nrows + 1] in ascending order; the first is 0.
        """
        _check_validate(validate)
        if isinstance(row_splits, (list, tuple)) and not row_splits:
            raise ValueError("row_splits tensor may not be empty.")
        row_splits = _integers(row_splits, "row_splits", dtype, dtype_hint)
        row_splits.shape.assert_has_rank(1)
        if row_splits.shape[0] == 0:
            raise ValueError("row_splits tensor may not be empty.")
        if validate:
            _check_splits(row_splits)
        return cls(row_splits, internal=_INSIDE)

    @classmethod
    def from_row_lengths(
        cls, row_lengths: Any, validate: bool = True, dtype: Any = None, dtype_hint: Any = None
    ) -> "RowPartition":
        """The partition into rows of these lengths: integers [nrows], not negative."""
        _check_validate(validate)
        row_lengths = _integers(row_lengths, "row_lengths", dtype, dtype_hint)
        row_lengths.shape.assert_has_rank(1)
        if validate:
            _check_sign(
                row_lengths, "Arguments to from_row_lengths do not form a valid RowPartition"
            )
        return cls(ends(row_lengths), row_lengths=row_lengths, internal=_INSIDE)

    @classmethod
    def from_value_rowids(
        cls,
        value_rowids: Any,
        nrows: Any = None,
        validate: bool = True,
        dtype: Any = None,
        dtype_hint: Any = None,
    ) -> "RowPartition":
        """The partition in which value i is in row `value_rowids[i]`.

        value_rowids: integers [nvals] in ascending order. nrows: how many rows there are; up to the
        last that has a value by default.
        """
        _check_validate(validate)
        value_rowids = _integers(value_rowids, "value_rowids", dtype, dtype_hint)
        value_rowids.shape.assert_has_rank(1)
        if nrows is None:
            count = _last_or(value_rowids, -1) + 1
        else:
            count = _integers(nrows, "nrows", value_rowids.dtype, None)
            known = known_value(count)
            if known is not None:
                _check_count(known, value_rowids, validate)
            count.shape.assert_has_rank(0)
        if validate:
            _check_rowids(value_rowids, count)
        splits = ends(counts(value_rowids, count))
        return cls(splits, value_rowids=value_rowids, nrows=count, internal=_INSIDE)

    @classmethod
    def from_row_starts(
        cls,
        row_starts: Any,
        nvals: Any,
        validate: bool = True,
        dtype: Any = None,
        dtype_hint: Any = None,
    ) -> "RowPartition":
        """The partition of `nvals` values whose row i begins at value `row_starts[i]`."""
        _check_validate(validate)
        row_starts = _integers(row_starts, "row_starts", dtype, dtype_hint)
        row_starts.shape.assert_has_rank(1)
        nvals = _like(nvals, row_starts.dtype)
        if validate:
            told = "Arguments to from_row_starts do not form a valid RaggedTensor"
            _check(row_starts[:1], _zero(row_starts), assert_equal, np.equal, told)
            _check_sign(_steps(row_starts), told)
            _check(row_starts[-1:], nvals, assert_less_equal, np.less_equal, told)
        splits = concat([row_starts, reshape_op(nvals, (1,))], 0)
        return cls(splits, nvals=nvals, internal=_INSIDE)

    @classmethod
    def from_row_limits(
        cls, row_limits: Any, validate: bool = True, dtype: Any = None, dtype_hint: Any = None
    ) -> "RowPartition":
        """The partition whose row i ends before value `row_limits[i]`, where the next begins."""
        _check_validate(validate)
        row_limits = _integers(row_limits, "row_limits", dtype, dtype_hint)
        row_limits.shape.assert_has_rank(1)
        if validate:
            told = "Arguments to from_row_limits do not form a valid RaggedTensor"
            _check_sign(row_limits[:1], told)
            _check_sign(_steps(row_limits), told)
        splits = concat([zeros((1,), row_limits.dtype), row_limits], 0)
        return cls(splits, internal=_INSIDE)

    @classmethod
    def from_uniform_row_length(
        cls,
        uniform_row_length: Any,
        nvals: Any = None,
        nrows: Any = None,
        validate: bool = True,
        dtype: Any = None,
        dtype_hint: Any = None,
    ) -> "RowPartition":
        """The partition into rows of one length.

        uniform_row_length: the length, an integer scalar. nvals: how many values there are;
        nrows: how many rows. One of the two follows from the other, unless the length is 0.
        """
        _check_validate(validate)
        if nrows is None and nvals is None:
            raise ValueError("At least one of `nvals` and `nrows` must be specified.")
        given = [uniform_row_length, nvals, nrows]
        if dtype is None:
            found = {x.dtype for x in given if isinstance(x, Tensor)}
            dtype = found.pop() if len(found) == 1 else dtype_hint
        size = _integers(uniform_row_length, "uniform_row_length", dtype, dtype_hint)
        size.shape.assert_has_rank(0)
        known = known_value(size)
        if known is not None and known < 0:
            raise ValueError("uniform_row_length must be >= 0.")
        kind = size.dtype
        values = None if nvals is None else _like(nvals, kind)
        rows = None if nrows is None else _like(nrows, kind)
        if rows is None:
            rows = _rows_of(values, size)
        rows_known = known_value(rows)
        values_known = None if values is None else known_value(values)
        if rows_known is not None and known is not None and values_known is None and nvals is None:
            values_known = rows_known * known
        if values is None:
            values = rows * size
        if None not in (known, rows_known, values_known) and known * rows_known != values_known:
            raise ValueError(
                f"uniform_row_length={known} times nrows={rows_known} must equal "
                f"nvals={values_known}"
            )
        if rows_known is not None and rows_known < 0:
            raise ValueError(f"Expected nrows >= 0; got {rows_known}")
        if validate and (known is None or rows_known is None or values_known is None):
            told = "uniform_row_length", size, "times nrows", rows, "must equal nvals", values
            Assert(equal(rows * size, cast(values, size.dtype)), told)
            assert_non_negative(rows)
            assert_non_negative(size)
        splits = range_of(cast(rows + 1, kind), dtype=kind) * size
        return cls(splits, uniform_row_length=size, nrows=rows, nvals=values, internal=_INSIDE)

    @classmethod
    def _of_uniform_splits(cls, row_splits: Tensor, uniform_row_length: int) -> "RowPartition":
        """The partition with these splits, of which it is known that they are even."""
        count = _like(length(row_splits, 0), row_splits.dtype) - 1
        size = _like(uniform_row_length, row_splits.dtype)
        return cls(
            row_splits,
            uniform_row_length=size,
            nrows=count,
            nvals=row_splits[-1],
            internal=_INSIDE,
        )

    # ---- what it says ----------------------------------------------------------------------------

    @property
    def dtype(self) -> DType:
        """The dtype of all that it says: `tf.int32` or `tf.int64`."""
        return self._row_splits.dtype

    def row_splits(self) -> Tensor:
        """Where the rows begin, and after them where the last one ends: [nrows + 1]."""
        return self._row_splits

    def value_rowids(self) -> Tensor:
        """The row of each value: [nvals]."""
        if self._value_rowids is not None:
            return self._value_rowids
        splits = self._row_splits
        if type(splits) is EagerTensor:
            if self._found_rowids is not None:
                return self._found_rowids
            array = array_of(splits)
            ids = np.repeat(
                np.arange(len(array) - 1, dtype=array.dtype), np.maximum(np.diff(array), 0)
            )
            self._found_rowids = EagerTensor(ids, splits.dtype)
            return self._found_rowids
        # At each value, how many rows have begun; a row that begins after all values is none.
        return cumsum(counts(splits[1:-1], self.nvals()))

    def nvals(self) -> Tensor:
        """How many values there are: a scalar."""
        if self._nvals is not None:
            return self._nvals
        if self._value_rowids is not None:
            return _like(length(self._value_rowids, 0), self.dtype)
        if self._beside is not None:
            return _like(length(self._beside, 0), self.dtype)
        return self._row_splits[-1]

    def nrows(self) -> Tensor:
        """How many rows there are: a scalar."""
        if self._nrows is not None:
            return self._nrows
        static = self.static_nrows
        if static is not None:
            return in_graph(_like(static, self.dtype), "Const")
        return shape_op(self._row_splits, self.dtype)[0] - 1

    def uniform_row_length(self) -> Tensor | None:
        """The one length of all rows, a scalar, where the partition was made from it; else None."""
        return self._uniform_row_length

    def row_starts(self) -> Tensor:
        """Where the rows begin: [nrows]."""
        return self._row_splits[:-1]

    def row_limits(self) -> Tensor:
        """Where the rows end: [nrows]."""
        return self._row_splits[1:]

    def row_lengths(self) -> Tensor:
        """How many values each row has: [nrows]."""
        if self._row_lengths is not None:
            return self._row_lengths
        return _steps(self._row_splits)

    def offsets_in_rows(self) -> Tensor:
        """The place of each value in its row: [nvals]."""
        places = range_of(self.nvals(), dtype=self.dtype)
        return places - gather_op(self.row_starts(), self.value_rowids(), 0)

    def is_uniform(self) -> bool:
        """Whether it was made from one length for all rows."""
        return self._uniform_row_length is not None

    # ---- what is known without looking -----------------------------------------------------------

    @property
    def static_nrows(self) -> int | None:
        """How many rows there are if that is known; else None."""
        if self._row_splits is not None:
            size = self._row_splits.shape[:1].as_list() if self._row_splits.shape.rank else [None]
            if size[0] is not None:
                return size[0] - 1
        if self._row_lengths is not None and self._row_lengths.shape[0] is not None:
            return self._row_lengths.shape[0]
        return _as_int(self._nrows)

    @property
    def static_nvals(self) -> int | None:
        """How many values there are if that is known; else None."""
        found = _as_int(self._nvals)
        if found is not None:
            return found
        if self._value_rowids is not None:
            return self._value_rowids.shape[0]
        return None

    @property
    def static_uniform_row_length(self) -> int | None:
        """The one length of all rows if there is one and it is known; else None."""
        return _as_int(self._uniform_row_length)

    # ---- others like it --------------------------------------------------------------------------

    def with_dtype(self, dtype: Any) -> "RowPartition":
        """The partition in `tf.int32` or `tf.int64`."""
        dtype = as_dtype(dtype)
        if dtype not in (int32, int64):
            raise ValueError(f"Argument `dtype` must be int32 or int64. Received {dtype}.")
        if self.dtype is dtype:
            return self

        def made(part: Tensor | None) -> Tensor | None:
            return None if part is None else cast(part, dtype)

        return self._made_of(*map(made, self._parts()))

    def _parts(self) -> tuple:
        return (
            self._row_splits, self._row_lengths, self._value_rowids, self._nrows,
            self._uniform_row_length, self._nvals,
        )  # fmt: skip

    def _made_of(self, *parts: Any) -> "RowPartition":
        made = type(self)(*parts, internal=_INSIDE)
        made._beside = self._beside
        return made

    def _with_beside(self, values: Tensor) -> "RowPartition":
        """The partition, told of a tensor that has as many rows as there are values."""
        made = self._made_of(*self._parts())
        made._beside = values
        return made

    def _has_precomputed_row_splits(self) -> bool:
        """Whether `row_splits` costs nothing: always."""
        return True

    def _has_precomputed_row_lengths(self) -> bool:
        """Whether `row_lengths` costs nothing."""
        return self._row_lengths is not None

    def _has_precomputed_value_rowids(self) -> bool:
        """Whether `value_rowids` costs nothing."""
        return self._value_rowids is not None

    def _has_precomputed_nrows(self) -> bool:
        """Whether `nrows` costs nothing."""
        return self._nrows is not None

    def _has_precomputed_nvals(self) -> bool:
        """Whether `nvals` costs nothing."""
        return self._nvals is not None

    def _with_parts_of(self, other: "RowPartition") -> "RowPartition":
        both = zip(self._parts(), other._parts(), strict=True)
        return self._made_of(*(mine if mine is not None else theirs for mine, theirs in both))

    def _merge_precomputed_encodings(
        self, other: "RowPartition", validate: bool = True
    ) -> "RowPartition":
        """The partition, with what `other`, an equal one, has besides."""
        if self is other:
            return self
        if validate and self.dtype is not other.dtype:
            raise ValueError(
                f"dtype mismatch: self.dtype={self.dtype!r}, other.dtype={other.dtype!r}"
            )
        told = "RowPartition._merge_precomputed_encodings: partitions have incompatible row_splits"
        for mine, theirs in zip(self._parts(), other._parts(), strict=True):
            if validate and mine is not None and theirs is not None and mine is not theirs:
                check_alike(mine, theirs, told)
        return self._with_parts_of(other)

    @property
    def _type_spec(self) -> Any:
        return RowPartition._spec_of(self)

    def __tf_tracing_type__(self, context: Any) -> Any:
        """What a traced function knows of it."""
        return self._type_spec

    def __repr__(self) -> str:
        if self._uniform_row_length is not None:
            return (
                f"tf.RowPartition(nrows={_shown(self._nrows)}, "
                f"uniform_row_length={_shown(self._uniform_row_length)})"
            )
        return f"tf.RowPartition(row_splits={_shown(self._row_splits)})"


_INSIDE = object()

# ---- parts of the above --------------------------------------------------------------------------


def _check_validate(validate: Any) -> None:
    if not isinstance(validate, bool):
        raise TypeError("validate must have type bool")


def _integers(value: Any, name: str, dtype: Any, hint: Any) -> Tensor:
    """A tensor of row numbers: int64 unless asked for otherwise or there already."""
    wanted = None if dtype is None else as_dtype(dtype)
    hint = int64 if hint is None else as_dtype(hint)
    if isinstance(value, np.ndarray) and value.dtype in (np.int32, np.int64):
        hint = None
    try:
        tensor = convert(value, wanted, hint)
    except ValueError as error:
        if isinstance(value, Tensor) and str(error).startswith("Tensor conversion"):
            raise ValueError(f"{name}: {error}") from None
        raise
    if tensor.dtype not in (int32, int64):
        raise ValueError(f"{name} must have dtype int32 or int64")
    return in_graph(tensor, name)


def _like(value: Any, dtype: DType) -> Tensor:
    tensor = value if isinstance(value, Tensor) else convert(value, dtype)
    return tensor if tensor.dtype is dtype else cast(tensor, dtype)


def _zero(x: Tensor) -> Tensor:
    return convert(0, x.dtype)


def _as_int(tensor: Any) -> int | None:
    known = None if tensor is None else known_value(tensor)
    return None if known is None or known.ndim else int(known)


def _steps(splits: Tensor) -> Tensor:
    return splits[1:] - splits[:-1]


def ends(lengths: Tensor) -> Tensor:
    """The splits of rows of these lengths."""
    if type(lengths) is EagerTensor:
        array = array_of(lengths)
        splits = np.zeros(len(array) + 1, array.dtype)
        np.cumsum(array, out=splits[1:])
        return EagerTensor(splits, lengths.dtype)
    return concat([zeros((1,), lengths.dtype), cumsum(lengths)], 0)


def counts(ids: Tensor, size: Tensor) -> Tensor:
    """How often each of the numbers before `size` occurs, in the dtype of `ids`."""
    return dense_bincount(ids, size, zeros((0,), ids.dtype))


def _last_or(x: Tensor, otherwise: int) -> Tensor:
    """The last element of a vector, or a number where it has none or a smaller one."""
    return concat([fill((1,), convert(otherwise, x.dtype)), x], 0)[-1]


def _rows_of(nvals: Tensor, size: Tensor) -> Tensor:
    """How many rows of a length there are: none where the length is 0."""
    one = convert(1, size.dtype)
    return (nvals // maximum(size, one)) * minimum(size, one)


def _check_count(nrows: np.ndarray, value_rowids: Tensor, validate: bool) -> None:
    if nrows < 0:
        raise ValueError(f"Expected nrows >= 0; got {nrows}")
    known = traced_value(value_rowids)
    if known is not None and known.size and nrows <= known[-1]:
        raise ValueError(
            f"Expected nrows >= value_rowids[-1] + 1; got nrows={nrows}, "
            f"value_rowids[-1]={known[-1]}"
        )


def _check(x: Tensor, y: Tensor, assertion: Callable, holds: Callable, message: str) -> None:
    """An assertion, which costs a comparison of arrays where there are values."""
    if type(x) is type(y) is EagerTensor and holds(array_of(x), array_of(y)).all():
        return
    assertion(x, y, message)


def check_alike(mine: Tensor, theirs: Tensor, message: str) -> None:
    """An assertion that rows are cut alike; while tracing, where both ways are known."""
    mine.shape.assert_is_compatible_with(theirs.shape)
    one, other = known_value(mine), known_value(theirs)
    if one is None or other is None:
        assert_equal(mine, theirs, message)
    elif not np.array_equal(one, other):
        assert_equal(convert(one), convert(other), message)


def _check_sign(x: Tensor, message: str) -> None:
    if type(x) is EagerTensor and (array_of(x) >= 0).all():
        return
    assert_non_negative(x, message)


def _check_splits(splits: Tensor) -> None:
    told = "Arguments to from_row_splits do not form a valid RaggedTensor"
    if type(splits) is EagerTensor:
        array = array_of(splits)
        if array[0] == 0 and (array[1:] >= array[:-1]).all():
            return
    assert_equal(splits[:1], _zero(splits), f"{told}:zero")
    assert_non_negative(_steps(splits), f"{told}:monotonic")


def _check_rowids(rowids: Tensor, nrows: Tensor) -> None:
    told = "Arguments to from_value_rowids do not form a valid RowPartition"
    if type(rowids) is type(nrows) is EagerTensor:
        array = array_of(rowids)
        if not array.size or (
            array[0] >= 0 and array[-1] < array_of(nrows) and (array[1:] >= array[:-1]).all()
        ):
            return
    assert_non_negative(nrows, told)
    assert_non_negative(rowids[:1], told)
    assert_non_negative(_steps(rowids), told)
    if type(rowids) is not EagerTensor or array_of(rowids).size:
        assert_less(rowids[-1:], nrows, told)


def _shown(tensor: Tensor) -> Any:
    return array_of(tensor) if type(tensor) is EagerTensor else tensor


RowPartition.__module__ = "tensorflow.python.ops.ragged.row_partition"
