"""Sums and maxima of sparse tensors over axes: `reduce_sum`, `reduce_max`.

The one idea: the columns of the axes that stay say which values belong together. An element without
any value is 0 in a dense result, and absent in a sparse one.

Read next: ops/sparse_matmul.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core.errors import InternalError
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, unknown, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.ops.array import broadcast_to_op, dims, reshape_op
from headrace._src.ops.gather import gather_op
from headrace._src.ops.ranges import range as range_of
from headrace._src.ops.scatter import gather_nd_op
from headrace._src.ops.sparse_positions import check_lengths, places, positions
from headrace._src.ops.sparse_tensor import SparseTensor, shape_of


def reduce_sum(
    sp_input: SparseTensor,
    axis: Any = None,
    keepdims: bool | None = None,
    output_is_sparse: bool = False,
    name: str | None = None,
) -> Any:
    """The sum of a sparse tensor over axes.

    axis: an integer, or a list of integers, in [-rank, rank); all axes by default. keepdims:
    whether they stay, with size 1. output_is_sparse: whether the result is a `SparseTensor`.

    >>> x = tf.SparseTensor([[0, 0], [0, 2]], [5, 7], [2, 3])
    >>> tf.sparse.reduce_sum(x, 1).numpy()
    array([12,  0], dtype=int32)

    Raises tf.errors.InvalidArgumentError for an axis out of range. Ops: SparseReduceSum,
    SparseReduceSumSparse.
    """
    return _reduced(sparse_reduce_sum, sparse_reduce_sum_sparse,
                    sp_input, axis, keepdims, output_is_sparse, name)  # fmt: skip


def reduce_max(
    sp_input: SparseTensor,
    axis: Any = None,
    keepdims: bool | None = None,
    output_is_sparse: bool = False,
    name: str | None = None,
) -> Any:
    """The largest value of a sparse tensor along axes; what is missing does not count.

    An element of the dense result to which no value belongs is 0. Arguments as in
    `tf.sparse.reduce_sum`.

    >>> x = tf.SparseTensor([[0, 0], [0, 2]], [-5, -7], [2, 3])
    >>> tf.sparse.reduce_max(x, 1).numpy()
    array([-5,  0], dtype=int32)

    Raises tf.errors.InvalidArgumentError for an axis out of range. Ops: SparseReduceMax,
    SparseReduceMaxSparse.
    """
    return _reduced(sparse_reduce_max, sparse_reduce_max_sparse,
                    sp_input, axis, keepdims, output_is_sparse, name)  # fmt: skip


def _reduced(
    dense: Any, sparse: Any, x: SparseTensor, axis: Any, keep: Any, is_sparse: bool, name: Any
) -> Any:
    if axis is None:
        rank = x.indices.shape[1]
        axis = range_of(dims(x.dense_shape)[0]) if rank is None else tuple(range(rank))
    keep = bool(keep)
    if is_sparse:
        return SparseTensor(*sparse(x.indices, x.values, x.dense_shape, axis, keep, name))
    return dense(x.indices, x.values, shape_of(x), axis, keep, name)


def _axes(axes: Any, rank: int) -> list[int]:
    """The axes that are reduced, in order."""
    axes = (axes,) if type(axes) is int else axes
    for axis in axes:
        if not -rank <= axis < rank:
            raise ShapeError(
                f"Invalid reduction dimension {axis}, for input with {rank} dimensions."
            )
    return sorted({axis % rank for axis in axes})


def _left(
    indices: TensorShape, values: TensorShape, shape: Any, axes: Any, keep_dims: bool
) -> TensorShape:
    axes = (axes,) if type(axes) is int else axes
    # What is out of range only the kernel says, as in TensorFlow.
    if shape is None or axes is None or any(not -len(shape) <= axis < len(shape) for axis in axes):
        return unknown
    gone = _axes(axes, len(shape))
    if keep_dims:
        return TensorShape([1 if i in gone else n for i, n in enumerate(shape)])
    return TensorShape([n for i, n in enumerate(shape) if i not in gone])


class _Groups:
    """Which values belong together, by the columns of the axes that stay."""

    def __init__(self, indices: Any, shape: Any, axes: Any, keep_dims: bool) -> None:
        gone = _axes(axes, len(shape))
        self.kept = [i for i in range(len(shape)) if i not in gone]
        self.sizes = [shape[i] for i in self.kept]
        self.shape = (
            [1 if i in gone else n for i, n in enumerate(shape)] if keep_dims else self.sizes
        )
        self.count = math.prod(self.sizes)
        self.place = places(indices[:, np.array(self.kept, int)], self.sizes)

    def check(self) -> None:
        outside = (self.place < 0) | (self.place >= self.count)
        if outside.any():
            raise InternalError(
                None,
                None,
                f"Obtained a write index of {self.place[outside][0]} which is outside of bounds of "
                f"[0, {self.count})",
            )

    def folded(self, ufunc: Any, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The places that have values, in order, and what these come to."""
        if not len(values):
            return self.place, values
        order = np.argsort(self.place, kind="stable")
        place = self.place[order]
        starts = np.flatnonzero(np.concatenate([[True], np.diff(place) != 0]))
        wide = values.dtype.itemsize == 2 and values.dtype.kind in "fV"
        values = values[order].astype(np.float32) if wide else values[order]
        return place[starts], ufunc.reduceat(values, starts, dtype=values.dtype)


def _dense(ufunc: Any, indices: Any, values: Any, shape: Any, axes: Any, keep: bool) -> Any:
    check_lengths(indices, values)
    groups = _Groups(indices, shape, axes, keep)
    groups.check()
    out = np.zeros(groups.count, values.dtype)
    place, found = groups.folded(ufunc, values)
    out[place] = found
    return out.reshape(groups.shape)


def _sparse(ufunc: Any, indices: Any, values: Any, shape: Any, axes: Any, keep: bool) -> Any:
    indices, values = np.asarray(indices), np.asarray(values)
    shape = np.asarray(shape).tolist()
    check_lengths(indices, values)
    groups = _Groups(indices, shape, axes, keep)
    place, found = groups.folded(ufunc, values)
    rows = positions(place, groups.sizes)
    if keep:
        whole = np.zeros((len(rows), len(shape)), np.int64)
        whole[:, groups.kept] = rows
        rows = whole
    return rows, found.astype(values.dtype, copy=False), np.array(groups.shape, np.int64)


@op("SparseReduceSum", shape=_left, cost="host")
def sparse_reduce_sum(
    input_indices: Tensor,
    input_values: Tensor,
    input_shape: Static,
    reduction_axes: Static,
    keep_dims: bool = False,
    name: str | None = None,
) -> Tensor:
    """The sum over axes, dense."""
    groups = _Groups(input_indices, input_shape, reduction_axes, keep_dims)
    out = xp(input_values).zeros(groups.count, input_values.dtype)
    return out.at[groups.place].add(input_values, mode="drop").reshape(groups.shape)


@op("SparseReduceMax", shape=_left, cost="host")
def sparse_reduce_max(
    input_indices: Tensor,
    input_values: Tensor,
    input_shape: Static,
    reduction_axes: Static,
    keep_dims: bool = False,
    name: str | None = None,
) -> Tensor:
    """The largest value along axes, dense."""
    np_ = xp(input_values)
    groups = _Groups(input_indices, input_shape, reduction_axes, keep_dims)
    kind = input_values.dtype
    lowest = np.iinfo(kind).min if kind.kind in "iu" else -np.inf
    # NaN is passed over, as the host's `fmax` does.
    values = np_.where(input_values == input_values, input_values, np.array(lowest, kind))
    largest = np_.full(groups.count, lowest, kind).at[groups.place].max(values, mode="drop")
    has = np_.zeros(groups.count, bool).at[groups.place].set(True, mode="drop")
    return np_.where(has, largest, np.zeros((), kind)).reshape(groups.shape)


def _inside(
    input_indices: Any, input_values: Any, input_shape: Any, reduction_axes: Any, keep_dims: bool
) -> Any:
    groups = _Groups(input_indices, input_shape, reduction_axes, keep_dims)
    return ((groups.place >= 0) & (groups.place < groups.count)).all()


sparse_reduce_sum.check(_inside)
sparse_reduce_max.check(_inside)


@sparse_reduce_sum.kernel("host")
def _(input_indices, input_values, input_shape, reduction_axes, keep_dims):
    # Checks what XLA drops; so does the next one.
    return _dense(np.add, input_indices, input_values, input_shape, reduction_axes, keep_dims)


@sparse_reduce_max.kernel("host")
def _(input_indices, input_values, input_shape, reduction_axes, keep_dims):
    return _dense(np.fmax, input_indices, input_values, input_shape, reduction_axes, keep_dims)


@sparse_reduce_sum.gradient
def _(dz, input_indices, input_values, input_shape, reduction_axes):
    rank = input_indices.shape[1]
    if isinstance(reduction_axes, Tensor) or rank is None:
        raise NotImplementedError(
            "The gradient of tf.sparse.reduce_sum needs axes and rank to be known."
        )
    gone = _axes(reduction_axes, rank)
    kept = tuple(i for i in range(rank) if i not in gone)
    if not kept:
        return None, broadcast_to_op(reshape_op(dz, (1,)), dims(input_values))
    if isinstance(input_shape, Tensor):
        sizes: Any = gather_op(input_shape, kept, 0)
    else:
        sizes = tuple(input_shape[i] for i in kept)
    return None, gather_nd_op(reshape_op(dz, sizes), gather_op(input_indices, kept, 1))


no_gradient(sparse_reduce_max, why="TensorFlow has none.", is_error=True)


def _left_sparse(
    indices: TensorShape, values: TensorShape, shape: TensorShape, axes: Any, keep_dims: bool
) -> list[TensorShape]:
    rank = shape[0] if shape.rank else None
    if rank is None or axes is None:
        return [TensorShape([None, None]), vector(None), vector(None)]
    left = rank if keep_dims else rank - len(_axes(axes, rank))
    return [TensorShape([None, left]), vector(None), vector(left)]


@op("SparseReduceSumSparse", shape=_left_sparse, cost="host")
def sparse_reduce_sum_sparse(
    input_indices: Tensor,
    input_values: Tensor,
    input_shape: Tensor,
    reduction_axes: Static,
    keep_dims: bool = False,
    name: str | None = None,
) -> Any:
    """The sum over axes, sparse."""
    return _sparse(np.add, input_indices, input_values, input_shape, reduction_axes, keep_dims)


@op("SparseReduceMaxSparse", shape=_left_sparse, cost="host")
def sparse_reduce_max_sparse(
    input_indices: Tensor,
    input_values: Tensor,
    input_shape: Tensor,
    reduction_axes: Static,
    keep_dims: bool = False,
    name: str | None = None,
) -> Any:
    """The largest value along axes, sparse."""
    return _sparse(np.fmax, input_indices, input_values, input_shape, reduction_axes, keep_dims)


for _door in (sparse_reduce_sum_sparse, sparse_reduce_max_sparse):
    no_gradient(_door, why="TensorFlow has none.", is_error=True)
