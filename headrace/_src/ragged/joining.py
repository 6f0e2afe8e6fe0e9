"""Ragged tensors put together and repeated: `tf.concat`, `stack`, `tile`.

The one idea: what is joined along the first dimension is joined as it is: values after values, and
row splits after row splits. Along the second dimension the rows of all inputs are first joined one
after the other, then gathered in the order in which they meet (row 0 of each, row 1 of each, ...),
and last the cuts between those that meet are left out. What is further in is done to the values.

Dense tensors among the inputs become ragged; a result in which nothing is ragged stays dense.

Read next: ragged/reshaping.py.
"""

from typing import Any

from headrace._src.core.dtypes import int64
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value, partial_value
from headrace._src.ops import joining as dense
from headrace._src.ops import padding
from headrace._src.ops.array import reshape_op, transpose_op
from headrace._src.ops.cast import cast
from headrace._src.ops.debugging import assert_equal
from headrace._src.ops.dispatch import serve
from headrace._src.ops.gather import gather_op
from headrace._src.ops.ranges import range as range_of
from headrace._src.ragged.elementwise import splits_dtype
from headrace._src.ragged.gathering import rows_at
from headrace._src.ragged.ragged_tensor import (
    RaggedTensor,
    as_values,
    checked_axis,
    count_of,
    scope,
)

# ---- concat and stack ----------------------------------------------------------------------------


@serve(RaggedTensor, dense.concat)
def concat(values: Any, axis: int, name: str | None = "concat") -> Any:
    """Tensors, ragged or not, one after the other along `axis`.

    Raises ValueError for other ranks or dtypes of row splits,
    tf.errors.InvalidArgumentError where rows do not meet.
    """
    if isinstance(values, RaggedTensor):
        values = [values]
    with scope(name, "RaggedConcat"):
        return _joined(values, axis, stacks=False)


@serve(RaggedTensor, dense.stack)
def _stack(values: Any, axis: int = 0, name: str | None = "stack") -> Any:
    if isinstance(values, RaggedTensor):
        return NotImplemented
    return stack(values, axis, name)


def stack(values: Any, axis: int = 0, name: str | None = None) -> Any:
    """Tensors of one rank, ragged or of several sizes, side by side in a new dimension.

    values: a list of tensors or ragged tensors. axis: the place of the new dimension.

    >>> tf.ragged.stack([[1, 2], [3, 4, 5]])
    <tf.RaggedTensor [[1, 2], [3, 4, 5]]>

    Raises ValueError where there are none, or of several ranks; tf.errors.InvalidArgumentError
    where rows do not meet.
    """
    if not isinstance(values, (list, tuple)):
        values = [values]
    with scope(name, "RaggedStack"):
        return _joined(values, axis, stacks=True)


def _joined(values: Any, axis: int, stacks: bool) -> Any:
    if not values:
        raise ValueError("rt_inputs may not be empty.")
    inputs = [as_values(value) for value in values]
    ranks = [value.shape.rank for value in inputs]
    rank = next((n for n in ranks if n is not None), None)
    if rank is not None:
        for value in inputs:
            if value.shape.rank not in (None, rank):
                raise ValueError(f"Shape {value.shape} must have rank {rank}")
    axis = checked_axis(axis, None if rank is None else rank + stacks, "rank(values)")
    is_dense = all(isinstance(value, Tensor) for value in inputs)
    if is_dense and not (stacks and axis == 0 and rank != 0):
        return dense.stack(inputs, axis) if stacks else dense.concat(inputs, axis)
    kind = int64 if is_dense else splits_dtype(*inputs)
    if is_dense and rank is not None and rank > 1:
        inputs = [_ragged(value, 1, kind) for value in inputs]
    return _along(inputs, axis, stacks, kind)


def _along(inputs: list, axis: int, stacks: bool, kind: Any) -> Any:
    if axis == 0:
        return _stacked_first(inputs, kind) if stacks else _first(inputs, kind)
    if all(isinstance(value, Tensor) for value in inputs):
        return dense.stack(inputs, axis) if stacks else dense.concat(inputs, axis)
    inputs = [_ragged(value, 1, kind) for value in inputs]
    if axis == 1:
        return _within(inputs, stacks, kind)
    _check_rows(inputs)
    inner = _along([value.values for value in inputs], axis - 1, stacks, kind)
    return RaggedTensor.from_row_splits(inner, inputs[0].row_splits, validate=False)


def _ragged(value: Any, depth: int, kind: Any) -> RaggedTensor:
    """A value whose first `depth` dimensions are ragged."""
    if isinstance(value, Tensor):
        return RaggedTensor.from_tensor(value, ragged_rank=depth, row_splits_dtype=kind)
    if value.ragged_rank < depth:
        return value.with_values(_ragged(value.values, depth - 1, kind))
    return value


def _check_rows(inputs: list) -> None:
    """Raises tf.errors.InvalidArgumentError unless all are cut into the same rows."""
    first = inputs[0].row_splits
    for other in inputs[1:]:
        if other.row_splits is not first:
            assert_equal(first, other.row_splits, "Inputs must have identical ragged splits")


def _first(inputs: list, kind: Any) -> Any:
    """Along the first dimension."""
    depth = max(value.ragged_rank if isinstance(value, RaggedTensor) else 0 for value in inputs)
    if not depth:
        return dense.concat(inputs, 0)
    inputs = [_ragged(value, depth, kind) for value in inputs]
    if len(inputs) == 1:
        return inputs[0]
    values = _first([value.values for value in inputs], kind)
    return RaggedTensor.from_row_splits(values, _splits_after(inputs), validate=False)


def _splits_after(inputs: list) -> Tensor:
    """The row splits of several ragged tensors one after the other."""
    splits, offset = [inputs[0].row_splits], None
    for before, value in zip(inputs[:-1], inputs[1:], strict=True):
        ends = before.row_splits[-1]
        offset = ends if offset is None else offset + ends
        splits.append(value.row_splits[1:] + offset)
    return dense.concat(splits, 0)


def _stacked_first(inputs: list, kind: Any) -> RaggedTensor:
    values = _first(inputs, kind)
    counts = [count_of(value) for value in inputs]
    lengths = convert([cast(n, kind) if isinstance(n, Tensor) else n for n in counts], kind)
    return RaggedTensor.from_row_lengths(values, lengths, validate=False)


def _within(inputs: list, stacks: bool, kind: Any) -> RaggedTensor:
    """Along the second dimension: the rows that meet become one row, or a row of rows."""
    counts = [count_of(value) for value in inputs]
    for i, count in enumerate(counts[1:], 1):
        if not (type(count) is type(counts[0]) is int and count == counts[0]):
            told = f"Input tensors at index 0 (=x) and {i} (=y) have incompatible shapes."
            assert_equal(cast(counts[0], kind), cast(count, kind), told)
    if len(inputs) == 1 and not stacks:
        return inputs[0]
    rows, number = cast(counts[0], kind), len(inputs)
    order = reshape_op(range_of(rows * number, dtype=kind), (number, -1))
    met = rows_at(_first(inputs, kind), reshape_op(transpose_op(order, (1, 0)), (-1,)))
    if stacks:
        splits = range_of(rows + 1, dtype=kind) * number
        return RaggedTensor.from_row_splits(met, splits, validate=False)
    # Of the cuts only those stay that are between two rows of the result.
    places = range_of(rows + 1, dtype=kind) * number
    splits = gather_op(met.row_splits, places, 0)
    return RaggedTensor.from_row_splits(met.values, splits, validate=False)


# ---- tile ----------------------------------------------------------------------------------------


@serve(RaggedTensor, padding.tile)
def tile(input: Any, multiples: Any, name: str | None = None) -> Any:
    """A ragged tensor repeated: `multiples[i]` times along dimension i.

    Raises ValueError where `multiples` is no vector, IndexError where it is too short.
    """
    with scope(name, "RaggedTile"):
        kind = input.row_splits.dtype
        multiples = convert(multiples, None if isinstance(multiples, Tensor) else kind)
        multiples.shape.assert_has_rank(1)
        if multiples.dtype is not kind:
            multiples = cast(multiples, kind)
        known = partial_value(multiples)
        if known is None:
            known = (None,) * (input.shape.rank or 0)
        if len(known) <= input.ragged_rank:
            raise IndexError(
                f"index {len(known)} is out of bounds for axis 0 with size {len(known)}"
            )
        return _tiled(input, multiples, known)


def _tiled(x: Any, multiples: Tensor, known: tuple) -> Any:
    """`x` repeated inside its rows first, then within rows, then as a whole."""
    if isinstance(x, Tensor):
        return x if all(n == 1 for n in known) else padding.tile(x, multiples)
    inner = _tiled_inside(x, multiples[1:], known[1:])
    return inner if known[0] == 1 else _repeated(inner, multiples[0])


def _tiled_inside(x: Any, multiples: Tensor, known: tuple) -> Any:
    """`x` with each of its rows repeated."""
    if all(n == 1 for n in known):
        return x
    if isinstance(x, Tensor):
        one = convert([1], multiples.dtype)
        return padding.tile(x, dense.concat([one, multiples], 0))
    x = x.with_values(_tiled_inside(x.values, multiples[1:], known[1:]))
    if known[0] == 1:
        return x
    # The same row, as many times as wanted, is as many neighbours made one.
    times, rows = multiples[0], x.nrows()
    kind = rows.dtype
    places = range_of(rows * times, dtype=kind) // times
    met = rows_at(x, places)
    cuts = range_of(rows + 1, dtype=kind) * times
    return RaggedTensor.from_row_splits(
        met.values, gather_op(met.row_splits, cuts, 0), validate=False
    )


def _repeated(x: RaggedTensor, times: Tensor) -> RaggedTensor:
    """All rows, one after the other, and again."""
    rows = x.nrows()
    known, count = known_value(times), x.row_splits.shape[0]
    found = rows_at(x, range_of(rows * times, dtype=rows.dtype) % rows)
    if known is not None and count is not None:
        found.row_splits.shape.assert_is_compatible_with([int(known) * (count - 1) + 1])
    return found
