"""Elements by their positions along an axis, or by a condition: `gather`, `boolean_mask`.

The one idea: positions are checked, never wrapped or clamped: on the host an index that is out of
range (a negative one is, too) raises, and names itself and its place. A gradient of rows that were
looked up is an `IndexedSlices`: a few rows of a table, not a table of zeros.

Read next: ops/scatter.py, for positions along several axes.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core.dtypes import int32, int64
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, unknown, unknown_shape
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert, register_tensor_conversion_function
from headrace._src.engine.node import known_value, partial_value
from headrace._src.engine.op import Static, op
from headrace._src.engine.pieces import PIECES_FROM, on_all_cores
from headrace._src.ops.array import (
    dims,
    positions,
    rank_op,
    reshape_op,
    shape_op,
    size_op,
    sizes,
    transpose_op,
)
from headrace._src.ops.cast import cast
from headrace._src.ops.joining import concat_v2
from headrace._src.ops.math import floordiv, maximum
from headrace._src.ops.reduce import reduce_prod
from headrace._src.ops.scatter import scatter_nd_op
from headrace._src.ops.select import where_op


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: Any = None,
    batch_dims: int = 0,
    name: str | None = None,
) -> Tensor:
    """The slices of `params` along `axis` at positions `indices`.

    params: of rank > `axis`. indices: integers of any shape; it takes the place of the axis in the
    result's shape. axis: `batch_dims` by default. batch_dims: how many leading axes `params` and
    `indices` share. validate_indices: not used; indices are always checked on a CPU.

    >>> tf.gather([10, 20, 30], [2, 0])
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([30, 10], dtype=int32)>
    >>> tf.gather([[1, 2, 3], [4, 5, 6]], [0, 2], axis=1).numpy()
    array([[1, 3],
           [4, 6]], dtype=int32)

    Raises tf.errors.InvalidArgumentError for an index out of range. Op: GatherV2.
    """
    del validate_indices
    if axis is None:
        axis = batch_dims
    elif type(axis) is float:
        axis = convert(axis)  # the op refuses it in its words
    method = getattr(type(params), "sparse_read", None)
    if method is not None and type(axis) is int and axis == 0 and not batch_dims:
        return method(params, indices, name)
    # Converted here, for the op's front door knows tensors only.
    if type(indices) is not EagerTensor:
        indices = convert(indices)
    return gather_op(params, indices, axis, batch_dims, name)


def _gathered(params: TensorShape, indices: TensorShape, axis: Any, batch_dims: int) -> TensorShape:
    if indices.rank is not None and not -indices.rank <= batch_dims <= indices.rank:
        raise ShapeError(
            f"Shape must be at least rank {batch_dims + 1 if batch_dims > 0 else -batch_dims} "
            f"but is rank {indices.rank}"
        )
    if params.rank is None or indices.rank is None:
        return unknown
    rank = params.rank
    if axis is None:
        batch = batch_dims % indices.rank if batch_dims < 0 else batch_dims
        return unknown_shape(rank + indices.rank - 1 - batch)
    if not rank:
        raise ShapeError("params must be at least 1 dimensional")
    if type(axis) is tuple:
        raise ShapeError("axis must be scalar")
    if not -rank <= axis < rank:
        raise ShapeError(
            f"Shape must be at least rank {axis + 1 if axis >= 0 else -axis} but is rank {rank}",
        )
    axis %= rank
    batch = batch_dims + indices.rank if batch_dims < 0 else batch_dims
    if batch > rank:
        raise ShapeError(f"batch_dims ({batch}) must be less than rank(params) ({rank}).")
    if batch > axis:
        raise ShapeError(f"batch_dims ({batch}) must be less than or equal to axis ({axis}).")
    for i in range(batch):
        if None not in (params[i], indices[i]) and params[i] != indices[i]:
            raise ShapeError(
                f"params.shape[{i}]: {params[i]} should be equal to "
                f"indices.shape[{i}]: {indices[i]}"
            )
    return params[:axis].concatenate(indices[batch:]).concatenate(params[axis + 1 :])


@op("GatherV2", shape=_gathered, cost="host")
def gather_op(
    params: Tensor, indices: Tensor, axis: Static, batch_dims: int = 0, name: str | None = None
) -> Tensor:
    """The slices of `params` along `axis` at `indices`."""
    axis = axis % params.ndim
    batch = batch_dims + indices.ndim if batch_dims < 0 else batch_dims
    return _taken(params, indices, axis, batch, mode="clip")


def _taken(params: Any, indices: Any, axis: int, batch: int, **mode: Any) -> Any:
    """`np.take` with batch axes, which become part of one long axis."""
    if not batch:
        return xp(params).take(params, indices, axis, **mode)
    np_ = xp(params)
    lead, size = params.shape[:batch], params.shape[axis]
    count = int(np.prod(lead))
    middle, rest = params.shape[batch:axis], params.shape[axis + 1 :]
    # [batch, middle, size, rest] -> [batch * size, middle, rest]
    rows = np_.moveaxis(params.reshape((count, -1, size, *rest)), 2, 1)
    rows = rows.reshape((count * size, int(np.prod(middle)), *rest))
    if "mode" in mode:
        indices = np_.clip(indices, 0, size - 1)
    start = (np.arange(count) * size).reshape(lead + (1,) * (indices.ndim - batch))
    found = rows[indices + start]
    where = indices.ndim
    found = np_.moveaxis(found, where, batch)
    return found.reshape(params.shape[:axis] + indices.shape[batch:] + rest)


@gather_op.check
def _(params, indices, axis, batch_dims):
    return ((indices >= 0) & (indices < params.shape[axis])).all()


@gather_op.kernel("host")
def _(params, indices, axis, batch_dims):
    # Checks what XLA clamps.
    if type(axis) is not int or axis < 0 or axis >= params.ndim or batch_dims:
        _gathered(TensorShape(params.shape), TensorShape(indices.shape), axis, batch_dims)
        axis %= params.ndim
        if batch_dims < 0:
            batch_dims += indices.ndim
    size = params.shape[axis]
    if indices.size and np.minimum.reduce(indices, None) < 0:
        raise ValueError(_out_of_range(indices, size))
    try:
        if batch_dims:
            if np.maximum.reduce(indices, None) >= size:
                raise ValueError(_out_of_range(indices, size))
            return _taken(params, indices, axis, batch_dims)
        if not indices.ndim:  # `take` would answer a scalar, and of strings the bytes themselves
            return params[(slice(None),) * axis + (indices.item(), Ellipsis)].copy()
        return _rows(params, indices, axis)
    except IndexError:
        raise ValueError(_out_of_range(indices, size)) from None


def _rows(params: np.ndarray, indices: np.ndarray, axis: int) -> np.ndarray:
    """`params.take`, on all cores where many rows are wanted; IndexError for one there is not."""
    count = indices.size
    size = count * math.prod(params.shape[1:])
    if axis or size < PIECES_FROM or params.dtype.hasobject or not params.flags.c_contiguous:
        return params.take(indices, axis)
    if np.maximum.reduce(indices, None) >= len(params):
        raise IndexError
    flat, out = indices.reshape(-1), np.empty((count, *params.shape[1:]), params.dtype)
    # Checked already; to raise by itself, `take` would write what it answers twice.
    on_all_cores(
        lambda part: params.take(flat[part], 0, out[part], "clip"),
        count,
        -(-PIECES_FROM * count // size),
    )
    return out.reshape(indices.shape + params.shape[1:])


def _out_of_range(indices: np.ndarray, size: int) -> str:
    """What is said of the first index outside [0, size)."""
    if not indices.ndim:
        return f"indices = {indices} is not in [0, {size})"
    place = np.argwhere((indices < 0) | (indices >= size))[0]
    return f"indices[{','.join(map(str, place))}] = {indices[tuple(place)]} is not in [0, {size})"


@gather_op.gradient
def _(dz, params, indices, axis, batch_dims):
    whole, rank = dims(params), params.shape.rank
    if not batch_dims and type(axis) is int and axis in (0, -rank if rank else 0):
        table = convert(whole, int32)
        rest: Any = table[1:]
        if type(whole) is tuple:
            rest = whole[1:]
        rows = reshape_op(dz, _shape(_count(indices), rest))
        return IndexedSlices(rows, reshape_op(indices, (-1,)), table), None
    # With axes joined, params are [batch, middle, size, rest], and dz is [batch, middle, places,
    # rest]: its rows belong at [batch, place] of [batch, size, middle, rest].
    axis = axis % (rank_op(params) if rank is None else rank)
    if batch_dims < 0:
        batch_dims += rank_op(indices) if indices.shape.rank is None else indices.shape.rank
    lead, middle = _product(whole[:batch_dims]), _product(whole[batch_dims:axis])
    size, rest = whole[axis], _product(whole[axis + 1 :])
    count = _count(indices)
    rows = reshape_op(dz, (lead, middle, _share(count, lead), rest))
    rows = reshape_op(transpose_op(rows, (0, 2, 1, 3)), (count, middle, rest))
    start = cast(positions(lead) * size, indices.dtype)
    flat = reshape_op(indices, (lead, _share(count, lead))) + reshape_op(start, (-1, 1))
    shape = _in_dtype((lead * size, middle, rest), indices.dtype)
    table = scatter_nd_op(reshape_op(flat, (-1, 1)), rows, shape)
    table = transpose_op(reshape_op(table, (lead, size, middle, rest)), (0, 2, 1, 3))
    return reshape_op(table, whole), None


def _in_dtype(shape: Any, dtype: Any) -> Any:
    """Sizes, or a vector of them, for an op beside indices of `dtype`: known ones need none."""
    if isinstance(shape, Tensor):
        known = known_value(shape)
        return cast(shape, dtype) if known is None else tuple(known.tolist())
    return shape if all(type(n) is int for n in shape) else cast(convert(list(shape)), dtype)


def _count(x: Tensor) -> Any:
    """The number of elements: an int where it is known, else a scalar tensor."""
    known = x.shape.num_elements()
    return size_op(x) if known is None else known


def _product(sizes: Any) -> Any:
    return math.prod(sizes) if type(sizes) is tuple else reduce_prod(sizes)


def _share(count: Any, parts: Any) -> Any:
    if type(count) is type(parts) is int:
        return count // max(parts, 1)
    return floordiv(count, maximum(parts, 1))


def _shape(first: Any, rest: Any) -> Any:
    return (first, *rest) if type(rest) is tuple else concat_v2([convert([first]), rest], 0)


# ---- by a condition
# ------------------------------------------------------------------------------------


def boolean_mask(
    tensor: Any, mask: Any, axis: Any = None, name: str | None = "boolean_mask"
) -> Tensor:
    """The elements of `tensor` at which `mask` is true, in order.

    mask: booleans of rank >= 1 that match axes `axis`, `axis + 1`, ... of `tensor`, which become
    one in the result. axis: 0 by default.

    >>> tf.boolean_mask([[1, 2], [3, 4], [5, 6]], [True, False, True]).numpy()
    array([[1, 2],
           [5, 6]], dtype=int32)

    Raises ValueError where the mask is a scalar or its shape does not match.
    """
    tensor = convert(tensor)
    mask = convert(mask)
    rank, size = mask.shape.rank, tensor.shape
    axis = 0 if axis is None else _known_axis(axis)
    if rank == 0:
        raise ValueError("mask cannot be scalar.")
    if rank is None:
        raise ValueError(
            "Number of mask dimensions must be specified, even if some dimensions are None.  "
            "E.g. shape=[None] is ok, but shape=None is not."
        )
    size[axis : axis + rank].assert_is_compatible_with(mask.shape)
    if axis < 0:
        if size.rank is None:
            raise ValueError(
                "tf.boolean_mask: `axis` cannot be counted from the end of a tensor of unknown "
                f"rank. Received: axis={axis}"
            )
        axis += size.rank
    # With one axis too: it makes the gradient a tensor, not slices of one, as in TensorFlow.
    if rank:
        if size.rank is None:
            known = shape_op(tensor)
            joined = reduce_prod(known[axis : axis + rank], keepdims=True)
            merged: Any = concat_v2([known[:axis], joined, known[axis + rank :]], 0)
        else:
            whole = sizes(tensor)
            joined = math.prod(whole[axis : axis + rank])
            merged = (*whole[:axis], joined, *whole[axis + rank :])
        tensor = reshape_op(tensor, merged)
        mask = reshape_op(mask, (-1,))
    return gather_op(tensor, reshape_op(where_op(mask), (-1,)), axis, 0, name)


def _known_axis(axis: Any) -> int:
    value = known_value(axis) if isinstance(axis, Tensor) else np.asarray(axis)
    if value is None:
        raise ValueError(
            f"tf.boolean_mask: `axis` must be known while a function is traced. Received: {axis}"
        )
    if value.ndim:
        raise ValueError("tf.boolean_mask: `axis` must be a scalar.")
    return int(value)


# ---- slots ---------------------------------------------------------------------------------------


def to_dense(slices: IndexedSlices) -> Tensor:
    """Rows added up into the whole tensor."""
    if slices.dense_shape is None:
        raise ValueError(
            "Tensor conversion requested for IndexedSlices for argument `value` without "
            f"dense_shape: {slices!s}"
        )
    indices = convert(slices.indices)
    whole = _in_dtype(convert(slices.dense_shape), indices.dtype)
    return scatter_nd_op(reshape_op(indices, (-1, 1)), slices.values, whole)


def join(one: IndexedSlices, other: IndexedSlices) -> IndexedSlices:
    """Two sets of rows, one after the other."""
    first, second = one.indices, other.indices
    if first.dtype is not second.dtype:
        first, second = cast(first, int64), cast(second, int64)
    return IndexedSlices(
        concat_v2([one.values, other.values], 0), concat_v2([first, second], 0), one.dense_shape
    )


def _as_tensor(value: Any, dtype: Any = None, name: Any = None, as_ref: bool = False) -> Tensor:
    del name, as_ref
    if dtype is not None and dtype is not value.dtype:
        raise ValueError(
            f"Incompatible tensor conversion requested to `dtype` {dtype.name} for IndexedSlices "
            f"({value}) with dtype {value.dtype.name}"
        )
    return value.dense()


def known_shape(value: IndexedSlices) -> TensorShape:
    """As much as is known of the shape of the whole tensor."""
    return TensorShape(partial_value(value.dense_shape))


IndexedSlices.to_dense = staticmethod(to_dense)
IndexedSlices._known_shape = staticmethod(known_shape)
IndexedSlices.join = staticmethod(join)
register_tensor_conversion_function(IndexedSlices, _as_tensor)
