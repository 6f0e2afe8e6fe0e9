"""Arithmetic of sparse tensors: `add`, `maximum`, `minimum`, `softmax`, `map_values`.

The one idea: two sparse tensors in order are merged like sorted lists (`merged`): a position that
both have takes a value of each, any other one value and nothing.

Read next: ops/sparse_reduce.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core import nest
from headrace._src.core.context import thread
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.array import dims
from headrace._src.ops.array import positions as positions_of
from headrace._src.ops.debugging import assert_equal
from headrace._src.ops.order import control_dependencies
from headrace._src.ops.scatter import gather_nd_op
from headrace._src.ops.segment import unsorted_segment_sum
from headrace._src.ops.sparse_positions import (
    check_counts,
    check_inside,
    check_lengths,
    faults,
    merged,
    numbers,
    order_of,
    places,
)
from headrace._src.ops.sparse_reduce import sparse_reduce_sum
from headrace._src.ops.sparse_tensor import (
    SparseTensor,
    SparseTensorValue,
    as_sparse,
    shape_of,
)

# ---- two sparse tensors --------------------------------------------------------------------------


def _spread(values: np.ndarray, rows: Any, count: int) -> np.ndarray:
    """The values in these rows of `count`, 0 in the others."""
    if type(rows) is slice:
        return values
    out = np.zeros(count, values.dtype)
    out[rows] = values
    return out


def _check_shapes(a: np.ndarray, b: np.ndarray) -> None:
    for i, (n, m) in enumerate(zip(a, b, strict=True)):
        if n != m:
            raise ValueError(f"Operands' shapes do not match: got {n} and {m} for dimension {i}")


def add(a: Any, b: Any, threshold: Any = 0) -> Any:
    """The sum of two tensors of which one or both are sparse.

    a, b: of one shape and dtype. threshold: of two sparse ones; where both have a value and the
    absolute sum is less than this, it is left out. Answers a sparse tensor where both are sparse,
    else a dense one.

    >>> x = tf.SparseTensor([[0, 1]], [5.], [2, 2])
    >>> tf.sparse.add(x, tf.ones([2, 2])).numpy()
    array([[1., 6.],
           [1., 1.]], dtype=float32)
    >>> tf.sparse.add(x, x).values.numpy()
    array([10.], dtype=float32)

    Raises TypeError where neither is sparse, tf.errors.InvalidArgumentError where the shapes
    differ. Ops: SparseAdd, SparseTensorDenseAdd.
    """
    sparse = (SparseTensor, SparseTensorValue)
    if isinstance(a, sparse) and isinstance(b, sparse):
        x, y = as_sparse(a), as_sparse(b)
        if thread.context.graph is not None:
            x.shape.assert_is_compatible_with(y.shape)
        least = convert(threshold, x.dtype.real_dtype)
        total = SparseTensor(
            *sparse_add(
                x.indices, x.values, x.dense_shape, y.indices, y.values, y.dense_shape, least
            )
        )
        if thread.context.graph is not None:
            shape = x.shape.merge_with(y.shape)
            # TensorFlow tells all sizes or none.
            if shape.is_fully_defined() and None not in (x.shape.rank, y.shape.rank):
                total.set_shape(shape)
        return total
    if isinstance(b, sparse):
        a, b = b, a
    if not isinstance(a, sparse):
        raise TypeError("At least one input should be SparseTensor; do you mean to use tf.add()?")
    x = as_sparse(a)
    return sparse_tensor_dense_add(x.indices, x.values, x.dense_shape, b)


def _union(*shapes: TensorShape) -> list[TensorShape]:
    rank = shapes[2][0] if shapes[2].rank else None
    return [TensorShape([None, rank]), vector(None), vector(rank)]


@op("SparseAdd", shape=_union, cost="host")
def sparse_add(
    a_indices: Tensor,
    a_values: Tensor,
    a_shape: Tensor,
    b_indices: Tensor,
    b_values: Tensor,
    b_shape: Tensor,
    thresh: Tensor,
    name: str | None = None,
) -> Any:
    """The positions, values and shape of the sum of two sparse tensors."""
    a_shape, b_shape = np.asarray(a_shape), np.asarray(b_shape)
    if a_indices.ndim != 2 or b_indices.ndim != 2:
        shapes = [bracketed(TensorShape(x.shape)) for x in (a_indices, b_indices)]
        raise ValueError(
            f"Input indices should be matrices but received shapes: {' and '.join(shapes)}"
        )
    counts, lengths = (len(a_indices), len(b_indices)), (len(a_values), len(b_values))
    if counts != lengths:
        raise ValueError(
            f"Expected {counts[0]} and {counts[1]} non-empty input values, got {lengths[0]} and "
            f"{lengths[1]}"
        )
    if thresh.ndim:
        raise ValueError(
            "The magnitude threshold must be a scalar: got shape "
            f"{bracketed(TensorShape(thresh.shape))}"
        )
    if len(a_shape) != len(b_shape):
        raise ValueError(
            f"Input indices must have the same dimension, got {len(a_shape)} and {len(b_shape)}"
        )
    if not len(a_shape):
        raise ValueError("Tesors must not be empty")
    _check_shapes(a_shape, b_shape)
    indices, of_a, of_b = merged(np.asarray(a_indices), np.asarray(b_indices))
    values = _spread(np.asarray(a_values), of_a, len(indices))
    if type(of_b) is slice:
        values = values + b_values
    else:
        values[of_b] += b_values
    small = ~(abs(values) >= np.asarray(thresh))
    if not small.any():
        return indices, values, a_shape
    # What only one of them has stays, however small.
    own = [np.zeros(len(indices), bool) for _ in range(2)]
    own[0][of_a] = own[1][of_b] = True
    kept = ~(small & own[0] & own[1])
    return indices[kept], values[kept], a_shape


@sparse_add.gradient
def _(d_indices, d_values, d_shape, a_indices, b_indices, sum_indices):
    back = sparse_add_grad(d_values, a_indices, b_indices, sum_indices)
    return None, back[0], None, None, back[1], None, None


def _one_for_each(
    back: TensorShape, a: TensorShape, b: TensorShape, total: TensorShape
) -> list[TensorShape]:
    return [vector(x[0] if x.rank else None) for x in (a, b)]


@op("SparseAddGrad", shape=_one_for_each, cost="host")
def sparse_add_grad(
    backprop_val_grad: Tensor,
    a_indices: Tensor,
    b_indices: Tensor,
    sum_indices: Tensor,
    name: str | None = None,
) -> Any:
    """For each value of both operands the gradient at its position in the sum, else 0."""
    total = np.asarray(sum_indices)
    # A 0 behind the gradients is what -1 finds.
    back = np.append(np.asarray(backprop_val_grad), np.zeros(1, backprop_val_grad.dtype))
    return tuple(back[_rows_in(total, np.asarray(own))] for own in (a_indices, b_indices))


def _rows_in(table: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Where each of `rows` stands in `table`, or -1."""
    both, of_table, of_rows = merged(table, rows)
    found = np.full(len(both), -1)
    found[of_table] = np.arange(len(table))
    return found[of_rows]


@sparse_add_grad.gradient
def _(da, db, backprop_val_grad, a_indices, b_indices, sum_indices):
    # Numbers from 1 instead of gradients say which row of the sum each value belongs to.
    count = dims(sum_indices)[0]
    numbers = positions_of(count) + 1
    rows = sparse_add_grad(numbers, a_indices, b_indices, sum_indices)
    back = [unsorted_segment_sum(d, at - 1, count) for d, at in zip((da, db), rows, strict=True)]
    return back[0] + back[1], None, None, None


def maximum(sp_a: SparseTensor, sp_b: SparseTensor, name: str | None = None) -> SparseTensor:
    """The greater of two sparse tensors, elementwise; what is missing in one is 0.

    sp_a, sp_b: of one shape and dtype. The result has a value where either has one.

    >>> x = tf.SparseTensor([[0]], [-5], [2])
    >>> y = tf.SparseTensor([[1]], [7], [2])
    >>> tf.sparse.maximum(x, y).values.numpy()
    array([0, 7], dtype=int32)

    Raises tf.errors.InvalidArgumentError where the shapes differ. Op: SparseSparseMaximum.
    """
    return _elementwise(sparse_sparse_maximum, sp_a, sp_b, name)


def minimum(sp_a: SparseTensor, sp_b: SparseTensor, name: str | None = None) -> SparseTensor:
    """The lesser of two sparse tensors, elementwise; what is missing in one is 0.

    sp_a, sp_b: of one shape and dtype. The result has a value where either has one.

    >>> x = tf.SparseTensor([[0]], [-5], [2])
    >>> y = tf.SparseTensor([[1]], [7], [2])
    >>> tf.sparse.minimum(x, y).values.numpy()
    array([-5,  0], dtype=int32)

    Raises tf.errors.InvalidArgumentError where the shapes differ. Op: SparseSparseMinimum.
    """
    return _elementwise(sparse_sparse_minimum, sp_a, sp_b, name)


def _elementwise(op: Callable, a: SparseTensor, b: SparseTensor, name: str | None) -> SparseTensor:
    indices, values = op(
        a.indices, a.values, a.dense_shape, b.indices, b.values, b.dense_shape, name
    )
    return SparseTensor(indices, values, a.dense_shape)


def _compared(np_op: Callable, parts: tuple) -> tuple[np.ndarray, np.ndarray]:
    a, a_values, a_shape, b, b_values, b_shape = map(np.asarray, parts)
    if not len(a_shape) or not len(b_shape):
        raise ValueError("Tensors must not be empty")
    for indices, values in ((a, a_values), (b, b_values)):
        check_counts(indices, values)
    if len(a_shape) != len(b_shape):
        shapes = [" ".join(map(str, shape)) for shape in (a_shape, b_shape)]
        raise ValueError(
            f"Operands do not have the same ranks; got shapes: {shapes[0]} and {shapes[1]}"
        )
    _check_shapes(a_shape, b_shape)
    for indices in (a, b):
        check_inside(indices, a_shape)
    indices, of_a, of_b = merged(a, b)
    count = len(indices)
    return indices, np_op(_spread(a_values, of_a, count), _spread(b_values, of_b, count))


@op("SparseSparseMaximum", shape=lambda *_: [TensorShape([None, None]), vector(None)], cost="host")
def sparse_sparse_maximum(
    a_indices: Tensor,
    a_values: Tensor,
    a_shape: Tensor,
    b_indices: Tensor,
    b_values: Tensor,
    b_shape: Tensor,
    name: str | None = None,
) -> Any:
    """The positions and values of the greater of two sparse tensors."""
    return _compared(np.maximum, (a_indices, a_values, a_shape, b_indices, b_values, b_shape))


@op("SparseSparseMinimum", shape=lambda *_: [TensorShape([None, None]), vector(None)], cost="host")
def sparse_sparse_minimum(
    a_indices: Tensor,
    a_values: Tensor,
    a_shape: Tensor,
    b_indices: Tensor,
    b_values: Tensor,
    b_shape: Tensor,
    name: str | None = None,
) -> Any:
    """The positions and values of the lesser of two sparse tensors."""
    return _compared(np.minimum, (a_indices, a_values, a_shape, b_indices, b_values, b_shape))


for _door in (sparse_sparse_maximum, sparse_sparse_minimum):
    no_gradient(_door, why="TensorFlow's fails: it takes one gradient where there are two.",
                is_error=True)  # fmt: skip

# ---- sparse and dense ----------------------------------------------------------------------------


@op("SparseTensorDenseAdd", shape=lambda indices, values, shape, b: b, cost="host")
def sparse_tensor_dense_add(
    a_indices: Tensor, a_values: Tensor, a_shape: Tensor, b: Tensor, name: str | None = None
) -> Tensor:
    """A dense tensor plus a sparse one."""
    return b.at[tuple(a_indices[:, i] for i in range(b.ndim))].add(a_values, mode="drop")


@sparse_tensor_dense_add.check
def _(a_indices, a_values, a_shape, b):
    if a_shape.shape[0] != b.ndim:
        return np.zeros((), bool)
    sizes = np.array(b.shape, a_shape.dtype)
    return (a_shape == sizes).all() & ((a_indices >= 0) & (a_indices < sizes)).all()


@sparse_tensor_dense_add.kernel("host")
def _(a_indices, a_values, a_shape, b):
    # Checks what XLA drops.
    if len(a_indices) != len(a_values):
        raise ValueError(f"Dimensions {len(a_indices)} and {len(a_values)} are not compatible")
    if len(a_shape) != b.ndim:
        raise ValueError(
            f"Two operands have different ranks; received: {len(a_shape)} and {b.ndim}"
        )
    for i, (n, m) in enumerate(zip(a_shape.tolist(), b.shape, strict=True)):
        if n != m:
            raise ValueError(
                f"Dimension {i} does not equal (no broadcasting is supported): sparse side {n} vs "
                f"dense side {m}"
            )
    row = faults(a_indices, a_shape).outside
    if row < len(a_indices):
        axis = int(np.argmax((a_indices[row] < 0) | (a_indices[row] >= a_shape)))
        raise ValueError(
            f"Sparse tensor has an invalid index on dimension {axis}: a_indices({row},{axis}) = "
            f"{a_indices[row, axis]}, dense tensor shape: {' '.join(map(str, b.shape))}"
        )
    out, at = b.copy(), places(a_indices, b.shape)
    if min(faults(a_indices)) == len(a_indices):  # in order, so each place occurs once
        out.reshape(-1)[at] += a_values
    else:
        np.add.at(out.reshape(-1), at, a_values)
    return out


@sparse_tensor_dense_add.gradient
def _(dz, a_indices):
    return None, lambda: gather_nd_op(dz, a_indices), None, dz


# ---- softmax -------------------------------------------------------------------------------------


def softmax(sp_input: SparseTensor, name: str | None = None) -> SparseTensor:
    """The softmax of each row of a sparse tensor over the values that it has.

    sp_input: floats of rank >= 2 with positions in order; rows are along the last axis. What is
    missing has no share, as if it were -inf.

    >>> x = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [1., 1., 5.], [2, 2])
    >>> tf.sparse.softmax(x).values.numpy()
    array([0.5, 0.5, 1. ], dtype=float32)

    Raises tf.errors.InvalidArgumentError for a vector. Op: SparseSoftmax.
    """
    x = sp_input
    found = sparse_softmax(x.indices, x.values, x.dense_shape, name)
    return SparseTensor(x.indices, found, x.dense_shape)


def _of_rows(indices: TensorShape, values: TensorShape, shape: TensorShape) -> TensorShape:
    if shape.rank and shape[0] is not None and shape[0] < 2:
        raise ShapeError(f"Input should have rank >= 2, but received shape: {shape[0]}")
    return values


@op("SparseSoftmax", shape=lambda indices, values, shape: values, cost="host")
def sparse_softmax(
    sp_indices: Tensor, sp_values: Tensor, sp_shape: Tensor, name: str | None = None
) -> Tensor:
    """The softmax of the values of each row."""
    np_ = xp(sp_values)
    if not sp_values.shape[0]:
        return sp_values
    starts = (np_.diff(sp_indices[:, :-1], axis=0) != 0).any(1)
    group = np_.concatenate([np_.zeros(1, np.int64), np_.cumsum(starts)])
    empty = np_.zeros_like(sp_values)
    largest = (empty - np.inf).at[group].max(sp_values)
    parts = np_.exp(sp_values - largest[group])
    return parts / empty.at[group].add(parts)[group]


@sparse_softmax.check
def _(sp_indices, sp_values, sp_shape):
    # Rows that are in pieces need the host, which puts them in order.
    if sp_shape.shape[0] < 2:
        return np.zeros((), bool)
    np_, rank = xp(sp_indices), sp_indices.shape[1]
    ordered = np_.ones(max(sp_indices.shape[0] - 1, 0), bool)
    for axis in reversed(range(rank - 1)):
        step = np_.diff(sp_indices[:, axis])
        ordered = (step > 0) | ((step == 0) & ordered)
    return ordered.all()


@sparse_softmax.kernel("host")
def _(sp_indices, sp_values, sp_shape):
    if len(sp_shape) < 2:
        raise ValueError(
            f"Input should have rank >= 2, but received shape: {' '.join(map(str, sp_shape))}"
        )
    check_lengths(sp_indices, sp_values)
    if not len(sp_values):
        return sp_values
    # Out of order, TensorFlow answers the values in order, beside the positions as they stand.
    order, rows, values = order_of(sp_indices), sp_indices[:, :-1], sp_values
    if order is not None:
        rows, values = rows[order], values[order]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(numbers(rows)) != 0]))
    lengths = np.diff([*starts, len(values)])
    parts = np.exp(values - np.repeat(np.maximum.reduceat(values, starts), lengths))
    return parts / np.repeat(np.add.reduceat(parts, starts), lengths)


@sparse_softmax.gradient
def _(dz, sp_indices, sp_shape, out):
    product = dz * out
    sizes = shape_of(SparseTensor(sp_indices, product, sp_shape))
    total = sparse_reduce_sum(sp_indices, product, sizes, -1, False)
    return None, product - out * gather_nd_op(total, sp_indices[:, :-1]), None


# ---- any function --------------------------------------------------------------------------------


def map_values(op: Callable, *args: Any, **kwargs: Any) -> SparseTensor:
    """A sparse tensor with the values that `op` makes of the values of others.

    op: called with `args` and `kwargs`, in which each `SparseTensor`, in lists and dictionaries
    too, is replaced by its values; it answers as many values. All have the same positions.

    >>> x = tf.SparseTensor([[0, 1]], [5], [2, 2])
    >>> tf.sparse.map_values(tf.add, x, 2).values.numpy()
    array([7], dtype=int32)

    Raises ValueError where no argument is sparse, tf.errors.InvalidArgumentError where positions
    or shapes differ.
    """
    found: list[SparseTensor] = []

    def plain(x: Any) -> Any:
        if isinstance(x, SparseTensor):
            found.append(x)
            return x.values
        return x

    args, kwargs = nest.map_structure(plain, (args, kwargs))
    if not found:
        raise ValueError("No SparseTensor in argument list of map_values")
    first, checks = found[0], []
    for other in found[1:]:
        for what in ("shapes", "indices"):
            mine, theirs = (
                x.dense_shape if what == "shapes" else x.indices for x in (first, other)
            )
            checks.append(assert_equal(mine, theirs, message=f"Mismatched {what}!"))
    with control_dependencies([check for check in checks if check is not None]):
        return SparseTensor(first.indices, op(*args, **kwargs), first.dense_shape)
