"""`RaggedTensor.__getitem__`: rows, slices of rows and slices within rows.

The one idea: a key is read from the left. Its first part chooses among rows: an integer leads into
one row, where the rest of the key goes on; a slice keeps several, and the rest applies inside each
of them (`_inside`). Inside, a slice of every row is a range of places for each, and all ranges
together one gather of values. An integer would need all rows to have that place, so it takes a
uniform dimension; once only the dense part is left, the key goes to the tensor.

Read next: ragged/gathering.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.ops import slicing
from headrace._src.ops.array import length
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import less
from headrace._src.ops.debugging import assert_greater_equal, assert_less
from headrace._src.ops.gather import gather_op
from headrace._src.ops.math import maximum, minimum
from headrace._src.ops.ragged_range import ragged_range
from headrace._src.ops.select import where
from headrace._src.ops.slice_spec import spec_of
from headrace._src.ragged.gathering import rows_at
from headrace._src.ragged.ragged_tensor import RaggedTensor, count_of, scope
from headrace._src.ragged.row_partition import RowPartition

_WHOLE = slice(None)


def ragged_getitem(rt_input: Any, key: Any) -> Any:
    """`rt_input[key]` of a ragged tensor.

    key: integers, slices, `...`, `tf.newaxis` and integer scalars. An integer takes one row, and a
    slice some; within rows a slice takes a part of each, an integer only of a uniform dimension.

    >>> x = tf.ragged.constant([[1, 2, 3], [], [4, 5]])
    >>> x[0].numpy()
    array([1, 2, 3], dtype=int32)
    >>> x[:, -1:]
    <tf.RaggedTensor [[3], [], [5]]>

    Raises TypeError for what is no key or no ragged tensor, ValueError for an integer in a ragged
    dimension, IndexError or tf.errors.InvalidArgumentError for a row that there is not.
    """
    if not isinstance(rt_input, RaggedTensor):
        raise TypeError("Ragged __getitem__ expects a ragged_tensor.")
    return getitem(rt_input, key)


def getitem(self: RaggedTensor, key: Any) -> Any:
    """`self[key]`; see `ragged_getitem`."""
    if type(key) is int and thread.context.graph is None:
        return _row_at_once(self, key)
    parts = list(key) if isinstance(key, (list, tuple)) else [key]
    with scope(None, "RaggedGetItem"):
        if isinstance(key, bool):
            raise ValueError("mask cannot be scalar.")
        spec_of(parts)  # which says what is no key
        return _chosen(self, parts)


def _row_at_once(x: RaggedTensor, index: int) -> Any:
    """One row, in eager mode."""
    splits = x.row_splits
    if type(splits) is EagerTensor:
        cuts = array_of(splits)
        rows = len(cuts) - 1
        if index >= rows:
            raise IndexError(f"Row key {index} out of bounds")
        if index >= -rows:
            index %= rows
            return _between(x.values, int(cuts[index]), int(cuts[index + 1]))
    return _row(x, index)


def _between(values: Any, start: Any, stop: Any) -> Any:
    """The values from one place up to another."""
    if isinstance(values, Tensor):
        return slicing.getitem(values, slice(start, stop))
    return _rows_of(values, slice(start, stop))


# ---- the first dimension -------------------------------------------------------------------------


def _chosen(x: Any, key: list) -> Any:
    """`x[key]`."""
    if not key:
        return x
    if isinstance(x, Tensor):
        return slicing.getitem(x, tuple(key))
    first, rest = key[0], key[1:]
    if first is Ellipsis:
        return _chosen(x, _filled(x.shape.rank, rest))
    if first is None:
        inner = _chosen(x, rest)
        if isinstance(inner, Tensor):
            return slicing.getitem(inner, (None,))
        return RaggedTensor.from_uniform_row_length(inner, count_of(inner), nrows=1, validate=False)
    if isinstance(first, slice):
        return _inside(_rows_of(x, first), rest)
    return _chosen(_row(x, first), rest)


def _filled(rank: int | None, rest: list) -> list:
    """The rest of a key behind `...`, with whole slices for the dimensions that it stands for."""
    if rank is None:
        raise ValueError("Ellipsis not supported for unknown shape RaggedTensors")
    used = sum(1 for part in rest if part is not None and part is not Ellipsis)
    return [_WHOLE] * (rank - used) + rest


def _row(x: RaggedTensor, index: Any) -> Any:
    starts, limits = x._row_partition.row_starts(), x._row_partition.row_limits()
    rows, index = starts.shape[0], _number(index)
    if type(starts) is EagerTensor and type(index) is int and index >= rows:
        raise IndexError(f"Row key {index} out of bounds")
    return _between(x.values, starts[index], limits[index])


def _rows_of(x: RaggedTensor, key: slice) -> RaggedTensor:
    """Some of the rows."""
    if _is_whole(key):
        return x
    partition = x._row_partition
    size = partition.uniform_row_length()
    if _is_one(key.step):
        # They lie together, so no value has to be looked for.
        splits = _splits_between(partition.row_splits(), key)
        first = splits[0]
        values = _between(x.values, first, splits[-1])
        if size is None:
            return RaggedTensor.from_row_splits(values, splits - first, validate=False)
        rows = _row_count(splits)
        return RaggedTensor.from_uniform_row_length(values, size, nrows=rows, validate=False)
    starts, limits = partition.row_starts()[key], partition.row_limits()[key]
    taken = RowPartition.from_row_lengths(limits - starts, validate=False)
    places = gather_op(starts, taken.value_rowids(), 0) + taken.offsets_in_rows()
    values = rows_at(x.values, places)
    if size is None:
        return RaggedTensor._from_row_partition(values, taken, validate=False)
    rows = taken.nrows()
    return RaggedTensor.from_uniform_row_length(values, size, nrows=rows, validate=False)


def _row_count(splits: Tensor) -> Any:
    """How many rows there are between splits: an int where it is known, else a scalar tensor."""
    known = splits.shape[0]
    if known is not None:
        return known - 1
    return length(splits, 0) - 1


def _splits_between(splits: Tensor, key: slice) -> Tensor:
    """The splits of the rows that a slice without steps takes."""
    rows = splits.shape[0]
    bounds = [_number(bound) for bound in (key.start, key.stop)]
    if rows is not None and not any(isinstance(bound, Tensor) for bound in bounds):
        start, stop, _ = slice(*bounds).indices(rows - 1)
        return splits[start : max(start, stop) + 1]
    kind = splits.dtype
    count = cast(_row_count(splits), kind) if rows is None else convert(rows - 1, kind)
    start, stop = (
        _clipped(bound, count, otherwise)
        for bound, otherwise in zip(bounds, (convert(0, kind), count), strict=True)
    )
    return splits[start : maximum(start, stop) + 1]


def _clipped(bound: Any, count: Tensor, otherwise: Tensor) -> Tensor:
    """A bound of a slice as a place from 0 to `count`, elementwise."""
    if bound is None:
        return otherwise
    bound = cast(bound, count.dtype) if isinstance(bound, Tensor) else convert(bound, count.dtype)
    zero = convert(0, count.dtype)
    return minimum(maximum(where(less(bound, zero), bound + count, bound), zero), count)


# ---- inside rows ---------------------------------------------------------------------------------


def _inside(x: Any, key: list) -> Any:
    """`x` with `key` applied to each of its rows."""
    if not key:
        return x
    if isinstance(x, Tensor):
        return slicing.getitem(x, (_WHOLE, *key))
    first, rest = key[0], key[1:]
    if first is Ellipsis:
        rank = x.shape.rank
        return _inside(x, _filled(None if rank is None else rank - 1, rest))
    if first is None:
        rows = _inside(x, rest)
        return RaggedTensor.from_uniform_row_length(rows, 1, nrows=count_of(rows), validate=False)
    if not isinstance(first, slice):
        return _inside(_place_in_rows(x, first), rest)
    x = x if _is_whole(first) else _part_of_rows(x, first)
    return x.with_values(_inside(x.values, rest)) if rest else x


def _place_in_rows(x: RaggedTensor, index: Any) -> Any:
    """The value at one place of each row, which must all be of one length."""
    size = x._row_partition.uniform_row_length()
    if size is None:
        raise ValueError("Cannot index into an inner ragged dimension.")
    index = _number(index)
    place = convert(index, size.dtype) if type(index) is int else cast(index, size.dtype)
    told = "Index out of bounds when indexing into a ragged tensor"
    if not _holds(place, size):
        assert_less(place, size, told)
        assert_greater_equal(place, -size, told)
    place = where(less(place, convert(0, size.dtype)), place + size, place)
    return rows_at(x.values, x._row_partition.row_starts() + place)


def _holds(place: Tensor, size: Tensor) -> bool:
    at, limit = known_value(place), known_value(size)
    return at is not None and limit is not None and bool(-limit <= at < limit)


def _part_of_rows(x: RaggedTensor, key: slice) -> RaggedTensor:
    """The slice of each row."""
    partition = x._row_partition
    size = partition.uniform_row_length()
    kind = partition.dtype
    lengths = partition.row_lengths() if size is None else size
    start, step, count = _range_within(key, lengths)
    first = partition.row_starts() + start
    if size is None:
        splits, places = ragged_range(first, first + count * step, step, kind)
        return RaggedTensor.from_row_splits(rows_at(x.values, places), splits, validate=False)
    known = known_value(count)
    taken = RowPartition.from_uniform_row_length(
        count if known is None else int(known), nrows=partition.nrows(), validate=False, dtype=kind
    )
    origin = gather_op(first, taken.value_rowids(), 0)
    places = origin + taken.offsets_in_rows() * step
    return RaggedTensor._from_row_partition(rows_at(x.values, places), taken, validate=False)


def _range_within(key: slice, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Where a slice of rows of some lengths starts, its step, and how many places it takes."""
    kind = lengths.dtype
    zero, one = convert(0, kind), convert(1, kind)
    step = 1 if key.step is None else _number(key.step)
    if not isinstance(step, int):
        found = known_value(step)
        step = cast(step, kind) if found is None else int(found)
    if isinstance(step, int) and step == 0:
        ragged_range([0], [1], [0])  # which says that a step may not be zero
    start, stop = _number(key.start), _number(key.stop)
    if isinstance(step, int) and step > 0:
        low, high = _clipped(start, lengths, zero), _clipped(stop, lengths, lengths)
        count = (high - low + (step - 1)) // step
        return low, convert(step, kind), maximum(count, zero)
    if not isinstance(step, int):
        raise NotImplementedError(
            "A slice of ragged rows must have a step that is known before the program runs."
        )
    # Backwards from the last place to before the first, which is -1.
    high = _clipped(start, lengths, lengths - one) if start is None else _below(start, lengths)
    low = zero - one if stop is None else _below(stop, lengths)
    count = (high - low + (-step - 1)) // -step
    return high, convert(step, kind), maximum(count, zero)


def _below(bound: Any, lengths: Tensor) -> Tensor:
    """A bound of a slice that goes backwards: a place from -1 to the last one."""
    kind = lengths.dtype
    bound = cast(bound, kind) if isinstance(bound, Tensor) else convert(bound, kind)
    zero, one = convert(0, kind), convert(1, kind)
    bound = where(less(bound, zero), bound + lengths, bound)
    return minimum(maximum(bound, zero - one), lengths - one)


# ---- parts of a key ------------------------------------------------------------------------------


def _is_whole(key: slice) -> bool:
    return key.start is None and key.stop is None and key.step is None


def _is_one(step: Any) -> bool:
    return step is None or (not isinstance(step, Tensor) and step == 1)


def _number(bound: Any) -> Any:
    """A bound as None, an int, or a scalar tensor where it is not known."""
    if bound is None or type(bound) is int:
        return bound
    if isinstance(bound, Tensor):
        return int(array_of(bound)) if type(bound) is EagerTensor else bound
    return int(np.asarray(bound))


RaggedTensor.__getitem__ = getitem
