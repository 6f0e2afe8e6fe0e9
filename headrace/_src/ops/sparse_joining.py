"""Sparse tensors put together and taken apart: `concat`, `split`, `fill_empty_rows`.

The one idea: along the axis in question positions are shifted, then all are put in order again.

Read next: ops/sparse_arithmetic.py.
"""

import itertools
import operator
from typing import Any

import numpy as np

from headrace._src.core.dtypes import int64
from headrace._src.core.errors import InvalidArgumentError
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.array import reshape_op, size_op
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import ones_like
from headrace._src.ops.gather import gather_op
from headrace._src.ops.joining import concat as concat_dense
from headrace._src.ops.joining import stack
from headrace._src.ops.reduce import reduce_max, reduce_sum
from headrace._src.ops.segment import unsorted_segment_sum
from headrace._src.ops.sparse_positions import check_inside, check_lengths, faults, order_of
from headrace._src.ops.sparse_tensor import SparseTensor, as_sparse


def concat(
    axis: int, sp_inputs: Any, expand_nonconcat_dims: bool = False, name: str | None = None
) -> SparseTensor:
    """Sparse tensors side by side along `axis`.

    axis: an integer in [-rank, rank). sp_inputs: a list of `SparseTensor`s of one rank and dtype.
    expand_nonconcat_dims: whether the other sizes may differ; the largest then holds.

    >>> x = tf.SparseTensor([[0, 1]], [5], [1, 2])
    >>> tf.sparse.to_dense(tf.sparse.concat(0, [x, x])).numpy()
    array([[0, 5],
           [0, 5]], dtype=int32)

    Raises TypeError where the inputs are no list of sparse tensors,
    tf.errors.InvalidArgumentError where their shapes do not fit. Op: SparseConcat.
    """
    if not isinstance(sp_inputs, (list, tuple)):
        raise TypeError("Inputs must be a list or tuple.")
    inputs = [as_sparse(x) for x in sp_inputs]
    if len(inputs) == 1:
        return inputs[0]
    if not inputs:
        raise InvalidArgumentError(
            None, None, "tf.sparse.concat: `sp_inputs` holds no sparse tensor."
        )
    try:
        axis = operator.index(axis)
    except TypeError:
        raise TypeError(f"Expected int for argument 'concat_dim' not {axis!r}.") from None
    shapes = [x.dense_shape for x in inputs]
    if expand_nonconcat_dims:
        largest = reduce_max(stack(shapes), 0)
        at = axis % largest.shape[0] if largest.shape[0] else axis
        rest = largest[at + 1 :] if at != -1 else largest[:0]
        lengths = [shape[at:][:1] for shape in shapes]
        shapes = [concat_dense([largest[:at], length, rest], 0) for length in lengths]
    found = sparse_concat(
        [x.indices for x in inputs], [x.values for x in inputs], shapes, axis, name
    )
    made = SparseTensor(*found)
    if not expand_nonconcat_dims:
        made.set_shape(_known_shape([x.shape for x in inputs], axis))
    return made


def _known_shape(shapes: list[TensorShape], axis: int) -> TensorShape:
    """What is known of the shape of the whole."""
    rank = shapes[0].rank
    if rank is None or any(shape.rank != rank for shape in shapes) or not -rank <= axis < rank:
        return TensorShape(None)
    sizes = []
    for i, column in enumerate(zip(*(shape.as_list() for shape in shapes), strict=True)):
        if i == axis % rank:
            sizes.append(None if None in column else sum(column))
        else:
            sizes.append(next((n for n in column if n is not None), None))
    return TensorShape(sizes)


def _joined(indices: list, values: list, shapes: list, concat_dim: int) -> list[TensorShape]:
    rank = next((s[0] for s in shapes if s.rank), None)
    return [TensorShape([None, rank]), vector(None), vector(rank)]


@op("SparseConcat", shape=_joined, cost="host")
def sparse_concat(
    indices: list[Tensor],
    values: list[Tensor],
    shapes: list[Tensor],
    concat_dim: int,
    name: str | None = None,
) -> Any:
    """The positions, values and shape of the whole."""
    sizes = [np.asarray(shape).tolist() for shape in shapes]
    first = sizes[0]
    axis = concat_dim + len(first) if concat_dim < 0 else concat_dim
    if not 0 <= axis < len(first):
        raise ValueError(
            f"Concat dimension must be in range [{-len(first)}, {len(first)}), got {concat_dim}"
        )
    for i, shape in enumerate(sizes):
        if len(shape) != len(first):
            raise ValueError(
                f"Ranks of all input tensors must match: expected {len(first)} but got "
                f"{len(shape)} at position {i}"
            )
        for j, (n, m) in enumerate(zip(first, shape, strict=True)):
            if j != axis and n != m:
                raise ValueError(
                    f"Input shapes must match: expected {n} for dimension {j} but got {m} at "
                    f"position {i}"
                )
    for rows, own in zip(indices, values, strict=True):
        check_lengths(rows, own)
    start, moved = 0, []
    for rows, shape in zip(indices, sizes, strict=True):
        rows = np.array(rows)
        rows[:, axis] += start
        start += shape[axis]
        moved.append(rows)
    whole = np.concatenate(moved)
    order, joined = order_of(whole), np.concatenate(values)
    first[axis] = start
    if order is not None:
        whole, joined = whole[order], joined[order]
    return whole, joined, np.array(first, np.int64)


no_gradient(sparse_concat, why="TensorFlow answers None: it does not follow the values.")


def split(
    sp_input: Any = None, num_split: Any = None, axis: Any = None, name: str | None = None
) -> list[SparseTensor]:
    """A sparse tensor in `num_split` parts along `axis`.

    Where the size does not divide evenly, the first parts are one longer.

    >>> x = tf.SparseTensor([[0, 1], [1, 2]], [5, 7], [2, 4])
    >>> [part.values.numpy().tolist() for part in tf.sparse.split(x, 2, axis=1)]
    [[5], [7]]

    Raises ValueError where an argument is missing, TypeError where `sp_input` is not sparse,
    tf.errors.InvalidArgumentError for more parts than the axis is long. Op: SparseSplit.
    """
    for argument, value in (("sp_input", sp_input), ("num_split", num_split), ("axis", axis)):
        if value is None:
            raise ValueError(f"{argument} is required")
    x = as_sparse(sp_input)
    axis = axis if isinstance(axis, Tensor) else cast(convert(axis), int64)
    found = sparse_split(axis, x.indices, x.values, x.dense_shape, operator.index(num_split), name)
    return [SparseTensor(*parts) for parts in zip(*found, strict=True)]


def _parts(
    axis: TensorShape, indices: TensorShape, values: TensorShape, shape: TensorShape, num_split: int
) -> list[TensorShape]:
    if num_split < 1:
        raise InvalidArgumentError(
            None, None, f"Value for attr 'num_split' of {num_split} must be at least minimum 1"
        )
    rank = shape[0] if shape.rank else None
    one = [TensorShape([None, rank]), vector(None), vector(rank)]
    return [kind for kind in one for _ in range(num_split)]


@op("SparseSplit", shape=_parts, cost="host")
def sparse_split(
    split_dim: Tensor,
    indices: Tensor,
    values: Tensor,
    shape: Tensor,
    num_split: int,
    name: str | None = None,
) -> Any:
    """The positions, values and shapes of the parts."""
    if num_split < 1:
        raise InvalidArgumentError(
            None, None, f"Value for attr 'num_split' of {num_split} must be at least minimum 1"
        )
    rows, sizes = np.asarray(indices), np.asarray(shape)
    rank, given = len(sizes), int(np.asarray(split_dim).reshape(()))
    if not -rank <= given < rank:
        raise ValueError(f"Input axis should be in range [{-rank}, {rank}), got {given}")
    axis = given % rank
    if num_split > sizes[axis]:
        raise ValueError(
            "Input num_split should be between 1 and the splitting dimension size "
            f"({sizes[axis]}), got {num_split}"
        )
    check_lengths(rows, values)
    check_inside(rows, sizes)
    each, extra = divmod(int(sizes[axis]), num_split)
    ends = np.cumsum([each + (i < extra) for i in range(num_split)])
    found: tuple[list, list, list] = ([], [], [])
    values, bounds = np.asarray(values), [0, *ends]
    if axis or faults(rows).late < len(rows):
        # By parts; within a part they stand as before.
        which = np.searchsorted(ends, rows[:, axis], side="right")
        order = np.argsort(which.astype(np.min_scalar_type(num_split)), kind="stable")
        rows, values = rows.take(order, 0), values[order]
        cuts = np.cumsum([0, *np.bincount(which, minlength=num_split)])
    else:
        cuts = np.searchsorted(rows[:, 0], bounds)
    for i, (begin, end) in enumerate(itertools.pairwise(bounds)):
        inside = slice(cuts[i], cuts[i + 1])
        part, length = rows[inside], sizes.copy()
        if begin:
            shift = np.zeros(rank, np.int64)
            shift[axis] = begin
            part = part - shift
        length[axis] = end - begin
        for column, piece in zip(found, (part, values[inside], length), strict=True):
            column.append(piece)
    return found


no_gradient(sparse_split, why="TensorFlow has none: it does not follow the values.", is_error=True)


def fill_empty_rows(
    sp_input: Any, default_value: Any, name: str | None = None
) -> tuple[SparseTensor, Tensor]:
    """A sparse tensor in which every row has a value: `default_value` at [row, 0] where none was.

    sp_input: a `SparseTensor`; its rows are along the first axis. default_value: a scalar of its
    dtype. Answers the tensor, its rows in order, and a bool for each row: whether it was empty.

    >>> x = tf.SparseTensor([[0, 1]], [5], [2, 2])
    >>> filled, was_empty = tf.sparse.fill_empty_rows(x, 9)
    >>> filled.values.numpy(), was_empty.numpy()
    (array([5, 9], dtype=int32), array([False,  True]))

    Raises TypeError where `sp_input` is not sparse, tf.errors.InvalidArgumentError for a row out of
    range. Op: SparseFillEmptyRows.
    """
    x = as_sparse(sp_input)
    default = convert(default_value, x.dtype)
    found = sparse_fill_empty_rows(x.indices, x.values, x.dense_shape, default, name)
    return SparseTensor(found[0], found[1], x.dense_shape), found[2]


def _filled(
    indices: TensorShape, values: TensorShape, shape: TensorShape, default: TensorShape
) -> list[TensorShape]:
    rank = shape[0] if shape.rank else None
    count = indices[0] if indices.rank else None
    return [TensorShape([None, rank]), vector(None), vector(None), vector(count)]


def _shape_text(x: Any) -> str:
    return f"[{','.join(map(str, x.shape))}]"


@op("SparseFillEmptyRows", shape=_filled, cost="host")
def sparse_fill_empty_rows(
    indices: Tensor,
    values: Tensor,
    dense_shape: Tensor,
    default_value: Tensor,
    name: str | None = None,
) -> Any:
    """Positions, values, which rows were empty, and where each value went."""
    indices, values = np.asarray(indices), np.asarray(values)
    shape, default = np.asarray(dense_shape), np.asarray(default_value)
    for what, given, rank in (
        ("dense_shape must be a vector", shape, 1), ("indices must be a matrix", indices, 2),
        ("values must be a vector", values, 1), ("default_value must be a scalar", default, 0),
    ):  # fmt: skip
        if given.ndim != rank:
            raise ValueError(f"{what}, saw: {_shape_text(given)}")
    if len(values) != len(indices):
        raise ValueError(
            f"The length of `values` ({len(values)}) must match the first dimension of `indices` "
            f"({len(indices)})."
        )
    if len(shape) != indices.shape[1]:
        raise ValueError(
            f"The length of `dense_shape` ({len(shape)}) must match the second dimension of "
            f"`indices` ({indices.shape[1]})."
        )
    if not len(shape):
        raise ValueError("Dense shape cannot be empty.")
    rows, count = indices[:, 0], int(shape[0])
    if not count and len(rows):
        raise ValueError(
            f"Received SparseTensor with dense_shape[0] = 0 but indices.shape[0] = {len(rows)}"
        )
    in_order = faults(indices).late == len(rows)
    extremes = rows[[0, -1]] if in_order and len(rows) else rows
    if ((extremes < 0) | (extremes >= count)).any():
        row = int(np.argmax((rows < 0) | (rows >= count)))
        sign = "< 0" if rows[row] < 0 else f">= {count}"
        raise ValueError(f"indices({row}, 0) is invalid: {rows[row]} {sign}")
    empty = np.ones(count, bool)
    empty[rows] = False
    if in_order and not empty.any():
        return indices, values, empty, np.arange(len(rows))
    added = np.zeros((int(empty.sum()), len(shape)), np.int64)
    added[:, 0] = np.flatnonzero(empty)
    order = np.argsort(np.concatenate([rows, added[:, 0]]), kind="stable")
    went = np.empty(len(order), np.int64)
    went[order] = np.arange(len(order))
    filler = np.full(len(added), default.item(), values.dtype)
    return (
        np.concatenate([indices, added])[order],
        np.concatenate([values, filler])[order],
        empty,
        went[: len(rows)],
    )


@sparse_fill_empty_rows.gradient
def _(d_indices, d_values, d_empty, d_map, reverse_index_map):
    def to_default():
        kept = ones_like(reverse_index_map)
        count = reshape_op(size_op(d_values), ())
        is_own = cast(unsorted_segment_sum(kept, reverse_index_map, count), d_values.dtype)
        return reduce_sum(d_values * (1 - is_own))

    return None, gather_op(d_values, reverse_index_map, 0), None, to_default
