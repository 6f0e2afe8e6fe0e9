"""The same values elsewhere: `reorder`, `transpose`, `reshape`, `expand_dims`, `slice`, `retain`.

The one idea: positions are a matrix of integers, so what moves a sparse tensor's elements is
arithmetic on its columns; the values are permuted or chosen, never changed. How many are left
depends on positions, so the host does it.

Read next: ops/sparse_joining.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core.dtypes import int32, int64
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value, partial_value
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.array import dims, length, reshape_op, size_op
from headrace._src.ops.array import positions as positions_of
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import fill
from headrace._src.ops.debugging import assert_less_equal
from headrace._src.ops.gather import gather_op
from headrace._src.ops.identity import identity
from headrace._src.ops.joining import concat
from headrace._src.ops.math import maximum
from headrace._src.ops.order import control_dependencies
from headrace._src.ops.reduce import reduce_max
from headrace._src.ops.segment import unsorted_segment_sum
from headrace._src.ops.select import where, where_op
from headrace._src.ops.slicing import slice as slice_of
from headrace._src.ops.sparse_positions import check_counts, faults, order_of, places, positions
from headrace._src.ops.sparse_tensor import SparseTensor, as_sparse

# ---- order ---------------------------------------------------------------------------------------


def reorder(sp_input: Any, name: str | None = None) -> SparseTensor:
    """A sparse tensor with its positions in the order in which a dense tensor lies in memory.

    >>> x = tf.SparseTensor([[1, 0], [0, 1]], [7, 5], [2, 2])
    >>> tf.sparse.reorder(x).values.numpy()
    array([5, 7], dtype=int32)

    Raises TypeError where `sp_input` is not sparse. Op: SparseReorder.
    """
    x = as_sparse(sp_input)
    indices, values = sparse_reorder(x.indices, x.values, x.dense_shape, name)
    if x.shape.is_fully_defined():
        return SparseTensor(indices, values, tuple(x.shape))
    made = SparseTensor(indices, values, identity(x.dense_shape))
    made.set_shape(x.shape)
    return made


def _rows_and_values(indices: TensorShape, values: TensorShape, shape: TensorShape) -> list:
    if indices.rank not in (None, 2):
        raise ShapeError(
            "Input indices should be a matrix but received shape "
            f"{_text(indices) if indices.is_fully_defined() else indices}",
            f"Shape must be rank 2 but is rank {indices.rank}",
        )
    if values.rank not in (None, 1):
        raise ShapeError(
            "Input values should be a vector but received shape "
            f"{_text(values) if values.is_fully_defined() else values}",
            f"Shape must be rank 1 but is rank {values.rank}",
        )
    return [indices, values]


def _text(sizes: Any) -> str:
    return f"[{','.join(map(str, sizes))}]"


@op("SparseReorder", shape=_rows_and_values, cost="host")
def sparse_reorder(
    input_indices: Tensor, input_values: Tensor, input_shape: Tensor, name: str | None = None
) -> Any:
    """Positions in order, and the values with them."""
    order = order_of(input_indices)
    return input_indices[order], input_values[order]


@sparse_reorder.kernel("host")
def _(input_indices, input_values, input_shape):
    # Most often there is nothing to do.
    if input_indices.ndim != 2:
        raise ValueError(f"Sparse indices must be rank 2 but is rank {input_indices.ndim}")
    _rows_and_values(*(TensorShape(x.shape) for x in (input_indices, input_values, input_shape)))
    check_counts(input_indices, input_values)
    order = order_of(input_indices)
    if order is None:
        return input_indices, input_values
    return input_indices[order], input_values[order]


@sparse_reorder.gradient
def _(d_indices, d_values, input_indices, input_shape):
    # The rows' numbers, put in order like the values, say where each value came from.
    count = dims(input_indices)[0]
    rows = sparse_reorder(input_indices, positions_of(count), input_shape)[1]
    return None, unsorted_segment_sum(d_values, rows, count), None


def transpose(sp_input: Any, perm: Any = None, name: str | None = None) -> SparseTensor:
    """A sparse tensor with its axes permuted, and its positions in order.

    perm: the axes of the input in their new order; reversed by default.

    >>> x = tf.SparseTensor([[0, 1], [1, 0]], [5, 7], [2, 3])
    >>> tf.sparse.transpose(x).indices.numpy()
    array([[0, 1],
           [1, 0]])

    Raises tf.errors.InvalidArgumentError for an axis that there is not.
    """
    x = sp_input
    rank = x.shape.rank
    if perm is None:
        if rank is None:
            perm = size_op(x.dense_shape) - 1 - positions_of(size_op(x.dense_shape))
        else:
            perm = tuple(reversed(range(rank)))
    order = convert(perm, None, int32)
    indices = gather_op(x.indices, order, 1)
    shape = gather_op(x.dense_shape, order, 0)
    if order.shape.rank == 1 and x.shape.is_fully_defined():
        order.shape.dims[0].assert_is_compatible_with(x.dense_shape.shape.dims[0])  # type: ignore[index]
    moved = reorder(SparseTensor(indices, x.values, shape), name)
    known = known_value(order)
    if rank is not None and known is not None and None not in (sizes := x.shape.as_list()):
        moved.set_shape([sizes[i] for i in known.tolist()])
    return moved


# ---- shape ---------------------------------------------------------------------------------------


def reshape(sp_input: Any, shape: Any, name: str | None = None) -> SparseTensor:
    """The elements of a sparse tensor, in row-major order, in another shape.

    shape: integers; one of them may be -1, which the number of elements decides.

    >>> x = tf.SparseTensor([[0, 1], [1, 2]], [5, 7], [2, 3])
    >>> tf.sparse.reshape(x, [3, -1]).indices.numpy()
    array([[0, 1],
           [2, 1]])

    Raises tf.errors.InvalidArgumentError where the numbers of elements differ. Op: SparseReshape.
    """
    x = as_sparse(sp_input)
    wanted = cast(convert(shape), int64)
    indices, sizes = sparse_reshape(x.indices, x.dense_shape, wanted, name)
    made = SparseTensor(indices, identity(x.values), sizes)
    told = known_value(wanted)
    if told is not None and told.ndim == 1 and type(indices) is not EagerTensor:
        if x.shape.is_fully_defined():
            total = math.prod(x.shape.as_list())  # type: ignore[type-var, arg-type]
            made.set_shape(_promised(total, told))
        else:
            made.set_shape([None] * len(told))
    return made


def _promised(total: int, told: np.ndarray) -> list[int | None]:
    """What is known of the new shape of `total` elements while a function is traced."""
    found = [None if n < 0 else int(n) for n in told]
    unknown = found.count(None)
    if unknown > 1:
        raise ValueError(f"At most one dimension can be inferred (-1). Found: {told}")
    rest = math.prod(n for n in found if n is not None)
    if not total or not rest:
        return [None] * len(found)
    if total % rest if unknown else total != rest:
        raise ValueError(
            f"Cannot reshape a tensor with {total} elements to shape {found} "
            f"({total // rest * rest if unknown else rest} elements)."
        )
    return [total // rest if n is None else n for n in found]


def _reshaped(indices: TensorShape, shape: TensorShape, new: TensorShape) -> list[TensorShape]:
    if indices.rank not in (None, 2):
        raise ShapeError(
            f"Input indices should be a matrix but received shape {_text(indices)}",
            f"Shape must be rank 2 but is rank {indices.rank}",
        )
    if new.rank not in (None, 1):
        raise ShapeError(
            f"Target shape should be a vector but received shape {_text(new)}",
            f"Shape must be rank 1 but is rank {new.rank}",
        )
    rank = None if new.rank is None else new[0]
    return [TensorShape([None if indices.rank is None else indices[0], rank]), vector(rank)]


@op("SparseReshape", shape=_reshaped, cost="host")
def sparse_reshape(
    input_indices: Tensor, input_shape: Tensor, new_shape: Tensor, name: str | None = None
) -> Any:
    """Positions in the new shape, and the new shape without -1."""
    _reshaped(*(TensorShape(np.shape(x)) for x in (input_indices, input_shape, new_shape)))
    old = np.asarray(input_shape).tolist()
    new = _settled(old, np.asarray(new_shape).tolist())
    if new == old:
        return input_indices, np.array(new, np.int64)
    return positions(places(input_indices, old), new), np.array(new, np.int64)


def _settled(old: list[int], new: list[int]) -> list[int]:
    """The new shape with its -1 replaced; raises where it has another number of elements."""
    open_ = None
    for i, n in enumerate(new):
        if n == -1:
            if open_ is not None:
                raise ValueError(f"only one output dimension may be -1, not both {open_} and {i}")
            open_ = i
        elif n < 0:
            raise ValueError(f"size {i} must be non-negative, not {n}")
    total = math.prod(old)
    if open_ is not None:
        rest = math.prod(n for n in new if n != -1)
        if not rest:
            raise ValueError(
                "reshape cannot infer the missing input size for an empty tensor unless all "
                "specified input sizes are non-zero"
            )
        new = [total // rest if i == open_ else n for i, n in enumerate(new)]
        if math.prod(new) != total:
            new[open_] = 1
            raise ValueError(
                f"Input to reshape is a SparseTensor with {total} dense values, but the requested "
                f"shape requires a multiple of {rest}. input_shape={_text(old)} output_shape="
                f"{_text(new)}"
            )
    if math.prod(new) != total:
        raise ValueError(
            f"Input to reshape is a tensor with {total} dense values, but the requested shape has "
            f"{math.prod(new)}. input_shape={_text(old)} output_shape={_text(new)}"
        )
    return new


no_gradient(sparse_reshape, why="Positions are integers.")


def expand_dims(sp_input: Any, axis: Any = None, name: str | None = None) -> SparseTensor:
    """A sparse tensor with another axis, of size 1.

    axis: where it stands in the result, in [-rank - 1, rank]; the last by default.

    >>> x = tf.SparseTensor([[1]], [5], [3])
    >>> tf.sparse.expand_dims(x, 0).indices.numpy()
    array([[0, 1]])

    Raises TypeError for an axis that is no integer, tf.errors.InvalidArgumentError for one out of
    range.
    """
    x = sp_input
    rank = x.dense_shape.shape[0]
    place = -1 if axis is None else axis
    try:
        place = convert(place)
    except (TypeError, ValueError):
        place = None
    if place is None or not place.dtype.is_integer or place.shape.rank not in (None, 0):
        raise TypeError(
            "axis must be an integer value in range [-rank(sp_input) - 1, rank(sp_input)]"
        )
    known = known_value(place)
    at: Any
    if known is not None and (known >= 0 or rank is not None):
        at = int(known) if known >= 0 else int(known) + rank + 1
    else:
        place = cast(place, int32)
        at = where(place < 0, place + size_op(x.dense_shape) + 1, place)
    # Slices complain about an axis out of range, in their own words.
    parts = (slice_of(x.indices, [0, 0], [-1, at]), slice_of(x.indices, [0, at], [-1, -1]))
    zeros = fill((length(x.indices, 0), 1), convert(0, int64))
    indices = concat([parts[0], zeros, parts[1]], 1)
    one = convert([1], int64)
    shape = concat([x.dense_shape[:at], one, x.dense_shape[at:]], 0)
    return SparseTensor(indices, x.values, shape)


def reset_shape(sp_input: Any, new_shape: Any = None) -> SparseTensor:
    """A sparse tensor with the same positions and values in another, larger shape.

    new_shape: of the same rank, no size smaller than before; by default the smallest shape that has
    room for all positions.

    >>> x = tf.SparseTensor([[0, 1]], [5], [9, 9])
    >>> tf.sparse.reset_shape(x).dense_shape.numpy()
    array([1, 2])

    Raises ValueError where the new shape has another rank or a size that is too small.
    """
    x = as_sparse(sp_input)
    indices, values = identity(x.indices), identity(x.values)
    if new_shape is None:
        tight = maximum(convert(0, int64), reduce_max(indices, 0) + 1)
        return SparseTensor(indices, values, tight)
    wanted = cast(convert(new_shape), int64)
    wanted.shape.with_rank(1).dims[0].assert_is_compatible_with(  # type: ignore[index]
        x.dense_shape.shape.with_rank(1).dims[0]  # type: ignore[index]
    )
    old, new = partial_value(x.dense_shape), partial_value(wanted)
    if old is not None and new is not None and None not in (*old, *new):
        if any(n < m for n, m in zip(new, old, strict=True)):
            raise ValueError(
                "Requested new_shape should have dimension sizes >= sp_input.shape.  Found "
                f"new_shape ({np.array(old)}), sp_input.shape ({np.array(new)})."
            )
    else:
        with control_dependencies([assert_less_equal(x.dense_shape, wanted)]):
            wanted = identity(wanted)
    return SparseTensor(indices, values, wanted)


# ---- parts ---------------------------------------------------------------------------------------


def slice(sp_input: Any, start: Any, size: Any, name: str | None = None) -> SparseTensor:
    """The part of a sparse tensor that begins at `start` and is at most of `size`.

    start, size: an integer for each axis. What lies beyond the tensor is left out.

    >>> x = tf.SparseTensor([[0, 1], [1, 2]], [5, 7], [2, 3])
    >>> tf.sparse.to_dense(tf.sparse.slice(x, [0, 1], [2, 5])).numpy()
    array([[5, 0],
           [0, 7]], dtype=int32)

    Raises TypeError where `sp_input` is not sparse, tf.errors.InvalidArgumentError for a negative
    size or too few numbers. Op: SparseSlice.
    """
    x = as_sparse(sp_input)
    start, size = convert(start, int64), convert(size, int64)
    found = sparse_slice(x.indices, x.values, x.dense_shape, start, size, name)
    return SparseTensor(*found)


def _sliced(indices: TensorShape, values: TensorShape, shape: TensorShape, *_: Any) -> list:
    rank = shape[0] if shape.rank else (indices[1] if indices.rank else None)
    return [TensorShape([None, rank]), vector(None), vector(rank)]


@op("SparseSlice", shape=_sliced, cost="host")
def sparse_slice(
    indices: Tensor,
    values: Tensor,
    shape: Tensor,
    start: Tensor,
    size: Tensor,
    name: str | None = None,
) -> Any:
    """Positions from `start` on, the values there, and the shape that is left."""
    rows, begin, sizes = _chosen(indices, shape, start, size)
    part = indices[rows]
    return part - begin if begin.any() else part, values[rows], sizes


def _chosen(indices: Any, shape: Any, start: Any, size: Any) -> tuple[Any, Any, Any]:
    """Which rows are in the part, where it begins and how large it is."""
    indices, whole = np.asarray(indices), np.asarray(shape)
    begin, length = np.asarray(start), np.asarray(size)
    for what, given in (("start", begin), ("size", length)):
        if given.ndim != 1:
            raise ValueError(
                f"Input {what} should be a vector but received shape {_text(given.shape)}"
            )
        if len(given) != len(whole):
            raise ValueError(
                f"Expected {what} to be a vector of length {len(whole)} but got length {len(given)}"
            )
    if (length < 0).any():
        raise ValueError(f"Expected a non-negative size, got {length[length < 0][0]}")
    first, last, axes = 0, len(indices), range(len(whole))
    ends = begin + length
    if len(whole) and faults(indices).late == len(indices):
        # Rows in order: the first axis is a range of them.
        first, last = np.searchsorted(indices[:, 0], (begin[0], ends[0]))
        axes = range(1, len(whole))
    inside = np.ones(last - first, bool)
    for axis in axes:
        column = indices[first:last, axis]
        inside &= (column >= begin[axis]) & (column < ends[axis])
    return (
        np.flatnonzero(inside) + first,
        begin,
        np.clip(np.minimum(length, whole - begin), 0, None),
    )


@sparse_slice.gradient
def _(d_indices, d_values, d_shape, indices, shape, start, size):
    # The same slice of the rows' numbers says which values it kept.
    count = dims(indices)[0]
    rows = sparse_slice(indices, positions_of(count), shape, start, size)[1]
    back = unsorted_segment_sum(d_values, rows, count)
    return None, back, None, None, None


def retain(sp_input: Any, to_retain: Any) -> SparseTensor:
    """A sparse tensor with some of the values.

    to_retain: a bool for each value, whether it stays.

    >>> x = tf.SparseTensor([[0, 1], [1, 2]], [5, 7], [2, 3])
    >>> tf.sparse.retain(x, [False, True]).values.numpy()
    array([7], dtype=int32)

    Raises TypeError where `sp_input` is not sparse, ValueError where the lengths differ.
    """
    x = as_sparse(sp_input)
    kept = convert(to_retain)
    (length,) = kept.shape.with_rank(1).dims  # type: ignore[misc]
    x.values.shape.with_rank(1).dims[0].assert_is_compatible_with(length)  # type: ignore[index]
    rows = reshape_op(where_op(kept), (-1,))
    return SparseTensor(
        gather_op(x.indices, rows, 0), gather_op(x.values, rows, 0), identity(x.dense_shape)
    )
