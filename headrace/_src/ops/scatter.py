"""Elements taken from positions along several axes, and put there.

The one idea: the last axis of `indices` is a position, and taking and adding are each other's
gradients. All that puts is one walk over the rows of `indices` (`_scattered`): check the
positions, then let NumPy's `ufunc.at` (or XLA's scatter) add, take the smaller, or put there. A
position that is named twice counts twice; for `tensor_scatter_nd_update` the last one wins.

Read next: ops/gather.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core.dtypes import int32
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.gradient import ones, zeros, zeros_for
from headrace._src.engine.op import Static, op
from headrace._src.ops.array import (
    broadcast_to_op,
    dims,
    expand_dims_op,
    positions,
    reshape_op,
    shape_op,
    sizes,
)
from headrace._src.ops.cast import cast
from headrace._src.ops.joining import concat_v2
from headrace._src.ops.select import select


def check_rows(rows: np.ndarray, shape: Any, outer: tuple, what: str) -> None:
    """Raises where a row of `rows`, [n, k], is no position in the first k axes of `shape`."""
    if not rows.size:
        return
    limits = shape[: rows.shape[1]]
    if rows.min() >= 0 and (rows < (limits if len(limits) > 1 else limits[0])).all():
        return
    wrong = ((rows < 0) | (rows >= np.array(limits))).any(axis=1)
    if wrong.any():
        first = int(np.argmax(wrong))
        place = ",".join(map(str, np.unravel_index(first, outer))) if outer else "0"
        position = ", ".join(map(str, rows[first]))
        brackets = f"[{','.join(map(str, shape))}]"
        if what == "params":
            raise ValueError(
                f"indices[{place}] = [{position}] does not index into param shape {brackets}, "
                "node name: GatherNd"
            )
        raise ValueError(f"indices[{place}] = [{position}] does not index into shape {brackets}")


def _check_shapes(
    shape: TensorShape, indices: TensorShape, updates: TensorShape, copies: bool = False
) -> None:
    """Raises unless `updates` are as many slices of `shape` as `indices` has rows.

    copies: whether the op puts them into a copy, which has words of its own.
    """
    for which, x in (("Indices", indices), ("Updates", updates)):
        if x.rank == 0:
            raise ShapeError(f"{which} shape must have rank at least one. Found:[]")
    if None in (shape.rank, indices.rank, updates.rank) or indices[-1] is None:
        return
    depth, outer = indices[-1], indices[:-1]
    if not updates[: outer.rank].is_compatible_with(outer):
        raise ShapeError(
            f"Dimensions [0,{outer.rank}) of indices[shape={bracketed(indices)}] must match "
            f"dimensions [0,{outer.rank}) of updates[shape={bracketed(updates)}]"
        )
    if depth > shape.rank or not updates[outer.rank :].is_compatible_with(shape[depth:]):
        if copies:
            raise ShapeError(
                "Inner dimensions of output shape must match inner dimensions of updates shape. "
                f"Output: {bracketed(shape)} updates: {bracketed(updates)}"
            )
        raise ShapeError(
            f"Dimensions [{depth},{shape.rank}) of input[shape={bracketed(shape)}] must match "
            f"dimensions [{outer.rank},{updates.rank}) of updates[shape={bracketed(updates)}]"
        )


def _scattered(
    out: np.ndarray, indices: np.ndarray, updates: np.ndarray, policy: str, put: Callable
) -> np.ndarray:
    """`out`, an array of our own, after `put(out, key, updates)` at all positions."""
    depth = indices.shape[-1]
    outer = indices.shape[:-1]
    if not depth:
        # Positions of no coordinates: all updates meet in the whole.
        for update in updates.reshape((-1, *out.shape)):
            put(out, Ellipsis, update)
        return out
    rows = indices.reshape((-1, depth))
    updates = updates.reshape((len(rows), *out.shape[depth:]))
    if policy == "IGNORE":
        inside = ((rows >= 0) & (rows < np.array(out.shape[:depth]))).all(axis=1)
        rows, updates = rows[inside], updates[inside]
    else:
        check_rows(rows, out.shape, outer, "out")
    put(out, tuple(rows.T) if depth > 1 else rows[:, 0], updates)
    return out


def _under_xla(out: Any, indices: Any, updates: Any, how: str) -> Any:
    """The same in XLA, which leaves out what is out of range."""
    depth = indices.shape[-1]
    columns = tuple(indices[..., i] for i in range(depth))
    if not depth:
        updates = updates.reshape((-1, *out.shape))
        return {"add": out + updates.sum(0), "set": updates[-1]}.get(how, out)
    # XLA counts a negative index from the end; out of range it is to be left out.
    columns = tuple(xp(out).where(c < 0, n, c) for c, n in zip(columns, out.shape, strict=False))
    return getattr(out.at[columns], how)(updates, mode="drop")


def _are_inside(indices: Any, shape: Any, policy: str) -> Any:
    """Whether all positions are in an array of `shape`, or may be elsewhere."""
    depth = indices.shape[-1]
    if policy == "IGNORE" or not depth:
        return np.True_
    limits = np.array(shape[:depth], indices.dtype)
    return ((indices >= 0) & (indices < limits)).all()


def _add(out: np.ndarray, key: Any, updates: np.ndarray) -> None:
    if out.dtype == bool:
        np.logical_or.at(out, key, updates)
    else:
        np.add.at(out, key, updates)


def _put(out: np.ndarray, key: Any, updates: np.ndarray) -> None:
    out[key] = updates


# ---- taking --------------------------------------------------------------------------------------


def gather_nd(
    params: Any,
    indices: Any,
    batch_dims: int = 0,
    name: str | None = None,
    bad_indices_policy: str = "",
) -> Tensor:
    """The elements or slices of `params` at the positions that the last axis of `indices` holds.

    params: of rank r. indices: [..., k] integers with k <= r; the result has shape
    `indices.shape[:-1] + params.shape[k:]`. batch_dims: how many leading axes both share.
    bad_indices_policy: "" or "ERROR" raises for a position out of range, "IGNORE" answers zeros
    there.

    >>> tf.gather_nd([[1, 2], [3, 4]], [[0, 1], [1, 0]]).numpy()
    array([2, 3], dtype=int32)

    Raises tf.errors.InvalidArgumentError for a position out of range. Op: GatherNd.
    """
    if batch_dims:
        return _batch_gather_nd(convert(params), convert(indices), batch_dims, bad_indices_policy)
    # Converted here, for the op's front door knows tensors only.
    if type(indices) is not EagerTensor:
        indices = convert(indices)
    return gather_nd_op(params, indices, bad_indices_policy, name)


def _batch_gather_nd(params: Tensor, indices: Tensor, batch_dims: int, policy: str) -> Tensor:
    """`gather_nd` with batch axes: the place in the batch comes before each position."""
    rank = indices.shape.rank
    if rank is None or params.shape.rank is None:
        raise ValueError(
            "tf.gather_nd: with `batch_dims` the ranks of `params` and `indices` must be known."
        )
    batch = batch_dims + rank if batch_dims < 0 else batch_dims
    if not 0 <= batch < rank:
        raise ValueError(
            f"Argument `batch_dims` = {batch_dims} must be less than rank(`indices`) = {rank}"
        )
    if batch >= params.shape.rank:
        raise ValueError(
            f"Argument `batch_dims` = {batch_dims} must be less than rank(`params`) = "
            f"{params.shape.rank}"
        )
    outer = sizes(indices)[:-1]
    if all(type(n) is int for n in outer):
        inner = (1,) * (rank - 1 - batch)
        grid = np.indices(outer[:batch]).reshape((batch, *outer[:batch], *inner))
        grid = np.moveaxis(np.broadcast_to(grid, (batch, *outer)), 0, -1)
        places = [convert(grid.astype(indices.dtype.array_dtype))]
    else:
        places = []
        for axis in range(batch):
            along = cast(positions(outer[axis]), indices.dtype)
            along = reshape_op(along, tuple(-1 if i == axis else 1 for i in range(rank)))
            places.append(broadcast_to_op(along, (*outer, 1)))
    return gather_nd_op(params, concat_v2([*places, indices], -1), policy)


def _picked(params: TensorShape, indices: TensorShape, bad_indices_policy: str) -> TensorShape:
    if indices.rank == 0:
        raise ShapeError(
            "indices must be at least a vector", "Shape must be at least rank 1 but is rank 0"
        )
    if params.rank is None or indices.rank is None or indices[-1] is None:
        return unknown
    if params.rank == 0 and indices[-1] == 0:
        return indices[:-1]  # so TensorFlow traces it; its kernel refuses
    if indices[-1] > params.rank:
        _check_params(params.rank)
        raise ShapeError(
            "index innermost dimension length must be <= params rank; saw: "
            f"{indices[-1]} vs. {params.rank}"
        )
    return indices[:-1].concatenate(params[indices[-1] :])


def _check_params(rank: int) -> None:
    if not rank:
        raise ShapeError("params must be at least a vector")


@op("GatherNd", shape=_picked, cost="host")
def gather_nd_op(
    params: Tensor, indices: Tensor, bad_indices_policy: str = "", name: str | None = None
) -> Tensor:
    """The slices of `params` at positions `indices`."""
    _check_params(params.ndim)
    np_ = xp(params)
    columns = [indices[..., i] for i in range(indices.shape[-1])]
    limits = [np_.clip(c, 0, n - 1) for c, n in zip(columns, params.shape, strict=False)]
    found = (
        params[tuple(limits)]
        if limits
        else np_.broadcast_to(params, indices.shape[:-1] + params.shape)
    )
    if bad_indices_policy != "IGNORE":
        return found
    inside = np_.ones(indices.shape[:-1], bool)
    for place, size in zip(columns, params.shape, strict=False):
        inside &= (place >= 0) & (place < size)
    inside = inside.reshape(inside.shape + (1,) * (found.ndim - inside.ndim))
    return np_.where(inside, found, np_.zeros((), params.dtype))


@gather_nd_op.kernel("host")
def _(params, indices, bad_indices_policy):
    # Checks what XLA clamps.
    _check_params(params.ndim)
    if not (indices.ndim and 0 < indices.shape[-1] <= params.ndim):
        _picked(TensorShape(params.shape), TensorShape(indices.shape), bad_indices_policy)
    if bad_indices_policy == "IGNORE":
        return gather_nd_op.op.body(params, indices, bad_indices_policy)
    depth = indices.shape[-1]
    rows = indices.reshape((-1, depth)) if depth else indices
    if depth:
        check_rows(rows, params.shape, indices.shape[:-1], "params")
        if len(rows) >= 2**12 and depth > 1 and params.flags.c_contiguous:
            # By one index: NumPy takes twice as long with several.
            place = rows[:, 0].astype(np.int64)
            for i in range(1, depth):
                place = place * params.shape[i] + rows[:, i]
            found = params.reshape(-1, *params.shape[depth:]).take(place, 0)
            return found.reshape(indices.shape[:-1] + params.shape[depth:])
        return params[tuple(indices[..., i] for i in range(depth)) + (Ellipsis,)]
    return np.broadcast_to(params, indices.shape[:-1] + params.shape).copy()


@gather_nd_op.check
def _(params, indices, bad_indices_policy):
    return _are_inside(indices, params.shape, bad_indices_policy)


@gather_nd_op.gradient
def _(dz, params, indices, bad_indices_policy):
    whole: Any = dims(params)
    if indices.shape.rank == 2 and indices.shape[-1] == 1:
        return IndexedSlices(dz, reshape_op(indices, (-1,)), convert(whole, int32)), None
    if not isinstance(whole, tuple):
        whole = shape_op(params, indices.dtype)
    if indices.shape.rank == 1:
        indices, dz = expand_dims_op(indices, 0), expand_dims_op(dz, 0)
    return scatter_nd_op(indices, dz, whole, bad_indices_policy), None


# ---- into zeros ----------------------------------------------------------------------------------


def scatter_nd(
    indices: Any, updates: Any, shape: Any, bad_indices_policy: str = "", name: str | None = None
) -> Tensor:
    """Zeros of `shape` with `updates` added at the positions that the last axis of `indices` holds.

    indices: [..., k] integers. updates: `indices.shape[:-1] + shape[k:]`. bad_indices_policy: ""
    or "ERROR" raises for a position out of range, "IGNORE" leaves it out.

    >>> tf.scatter_nd([[4], [3], [1], [4]], [9, 10, 11, 12], [6]).numpy()
    array([ 0, 11,  0, 10, 21,  0], dtype=int32)

    Raises tf.errors.InvalidArgumentError for a position out of range or shapes that do not fit.
    Op: ScatterNd.
    """
    if type(shape) is list:
        shape = tuple(shape)
    return scatter_nd_op(indices, updates, shape, bad_indices_policy, name)


def _scatter_shape(
    indices: TensorShape, updates: TensorShape, shape: Any, bad_indices_policy: str
) -> TensorShape:
    if shape is None:
        return unknown
    wanted = TensorShape((shape,) if type(shape) is int else shape)
    _check_shapes(wanted, indices, updates)
    return wanted


@op("ScatterNd", shape=_scatter_shape, cost="host")
def scatter_nd_op(
    indices: Tensor,
    updates: Tensor,
    shape: Static,
    bad_indices_policy: str = "",
    name: str | None = None,
) -> Tensor:
    """Zeros of `shape` with `updates` added at `indices`."""
    return _under_xla(xp(updates).zeros(shape, updates.dtype), indices, updates, "add")


@scatter_nd_op.kernel("host")
def _(indices, updates, shape, bad_indices_policy):
    # Checks what XLA leaves out.
    if type(shape) is int:
        raise ValueError("Shape must be a vector")
    if any(n < 0 for n in shape):
        raise ValueError(f"Dimension {min(shape)} must be >= 0")
    _check_shapes(*(TensorShape(n) for n in (shape, indices.shape, updates.shape)))
    out = np.zeros(shape, updates.dtype)
    if updates.dtype == object:
        out[...] = b""
    return _scattered(out, indices, updates, bad_indices_policy, _add)


@scatter_nd_op.check
def _(indices, updates, shape, bad_indices_policy):
    return _are_inside(indices, shape, bad_indices_policy)


@scatter_nd_op.gradient
def _(dz, indices, bad_indices_policy):
    return None, gather_nd_op(dz, indices, bad_indices_policy)


# ---- into a copy ---------------------------------------------------------------------------------


def _into(tensor: TensorShape, indices: TensorShape, updates: TensorShape, *_: str) -> TensorShape:
    _check_shapes(tensor, indices, updates, copies=True)
    return tensor


def _into_copy(tensor, indices, updates, policy: str, put: Callable) -> np.ndarray:
    inner = tensor.shape[indices.shape[-1] :] if indices.ndim else ()
    if updates.shape != indices.shape[:-1] + inner or not (indices.ndim and updates.ndim):
        _into(*(TensorShape(x.shape) for x in (tensor, indices, updates)))
    return _scattered(tensor.copy(), indices, updates, policy, put)


def _fit(tensor: Any, indices: Any, updates: Any, bad_indices_policy: str) -> Any:
    """What the ops below check beside the shapes."""
    return _are_inside(indices, tensor.shape, bad_indices_policy)


@op("TensorScatterUpdate", shape=_into, cost="host")
def tensor_scatter_update(
    tensor: Tensor,
    indices: Tensor,
    updates: Tensor,
    bad_indices_policy: str = "",
    name: str | None = None,
) -> Tensor:
    """A copy of `tensor` with `updates` at `indices`."""
    return _under_xla(tensor, indices, updates, "set")


tensor_scatter_update.check(_fit)


@tensor_scatter_update.kernel("host")
def _(tensor, indices, updates, bad_indices_policy):
    # Checks what XLA leaves out.
    return _into_copy(tensor, indices, updates, bad_indices_policy, _put)


@tensor_scatter_update.gradient
def _(dz, indices, updates, bad_indices_policy):
    nothing = zeros_for(updates)
    return (
        lambda: tensor_scatter_update(dz, indices, nothing, bad_indices_policy),
        None,
        lambda: gather_nd_op(dz, indices, bad_indices_policy),
    )


def tensor_scatter_nd_update(
    tensor: Any, indices: Any, updates: Any, name: str | None = None
) -> Tensor:
    """A copy of `tensor` with `updates` at the positions that the last axis of `indices` holds.

    indices: [..., k] integers. updates: `indices.shape[:-1] + tensor.shape[k:]`; where a position
    comes twice, the last one stays.

    >>> tf.tensor_scatter_nd_update([0, 0, 0, 0], [[1], [3]], [5, 6]).numpy()
    array([0, 5, 0, 6], dtype=int32)

    Raises tf.errors.InvalidArgumentError for a position out of range or shapes that do not fit.
    Op: TensorScatterUpdate.
    """
    # Converted here, for the op's front door knows tensors only.
    if type(tensor) is EagerTensor and type(updates) in (list, float):
        updates = convert(updates, None, tensor._dtype)
    if type(indices) is list:
        indices = convert(indices)
    return tensor_scatter_update(tensor, indices, updates, "", name)


@op("TensorScatterAdd", shape=_into, cost="host")
def tensor_scatter_nd_add(
    tensor: Tensor,
    indices: Tensor,
    updates: Tensor,
    bad_indices_policy: str = "",
    name: str | None = None,
) -> Tensor:
    """A copy of `tensor` with `updates` added at positions, the last axis of `indices`.

    >>> tf.tensor_scatter_nd_add([1, 1, 1, 1], [[1], [1]], [5, 6]).numpy()
    array([ 1, 12,  1,  1], dtype=int32)

    bad_indices_policy: "" or "ERROR" raises tf.errors.InvalidArgumentError for a position out of
    range, "IGNORE" leaves it out. Op: TensorScatterAdd.
    """
    return _under_xla(tensor, indices, updates, "add")


tensor_scatter_nd_add.check(_fit)


@tensor_scatter_nd_add.kernel("host")
def _(tensor, indices, updates, bad_indices_policy):
    # Checks what XLA leaves out.
    return _into_copy(tensor, indices, updates, bad_indices_policy, np.add.at)


@tensor_scatter_nd_add.gradient
def _(dz, indices, bad_indices_policy):
    return dz, None, lambda: gather_nd_op(dz, indices, bad_indices_policy)


@op("TensorScatterSub", shape=_into, cost="host")
def tensor_scatter_nd_sub(
    tensor: Tensor,
    indices: Tensor,
    updates: Tensor,
    bad_indices_policy: str = "",
    name: str | None = None,
) -> Tensor:
    """A copy of `tensor` with `updates` subtracted at positions, the last axis of `indices`.

    >>> tf.tensor_scatter_nd_sub([1, 1, 1, 1], [[1], [1]], [5, 6]).numpy()
    array([  1, -10,   1,   1], dtype=int32)

    bad_indices_policy: "" or "ERROR" raises tf.errors.InvalidArgumentError for a position out of
    range, "IGNORE" leaves it out. Op: TensorScatterSub.
    """
    return _under_xla(tensor, indices, -updates, "add")


tensor_scatter_nd_sub.check(_fit)


@tensor_scatter_nd_sub.kernel("host")
def _(tensor, indices, updates, bad_indices_policy):
    # Checks what XLA leaves out.
    return _into_copy(tensor, indices, updates, bad_indices_policy, np.subtract.at)


@tensor_scatter_nd_sub.gradient
def _(dz, indices, bad_indices_policy):
    return dz, None, lambda: -gather_nd_op(dz, indices, bad_indices_policy)


@op("TensorScatterMin", shape=_into, cost="host")
def tensor_scatter_nd_min(
    tensor: Tensor,
    indices: Tensor,
    updates: Tensor,
    bad_indices_policy: str = "",
    name: str | None = None,
) -> Tensor:
    """A copy of `tensor` lowered to `updates` at positions, the last axis of `indices`.

    >>> tf.tensor_scatter_nd_min([3, 3, 3], [[0], [2]], [1, 5]).numpy()
    array([1, 3, 3], dtype=int32)

    bad_indices_policy: "" or "ERROR" raises tf.errors.InvalidArgumentError for a position out of
    range, "IGNORE" leaves it out. Op: TensorScatterMin.
    """
    return _under_xla(tensor, indices, updates, "min")


tensor_scatter_nd_min.check(_fit)


@tensor_scatter_nd_min.kernel("host")
def _(tensor, indices, updates, bad_indices_policy):
    # Checks what XLA leaves out.
    return _into_copy(tensor, indices, updates, bad_indices_policy, np.minimum.at)


@op("TensorScatterMax", shape=_into, cost="host")
def tensor_scatter_nd_max(
    tensor: Tensor,
    indices: Tensor,
    updates: Tensor,
    bad_indices_policy: str = "",
    name: str | None = None,
) -> Tensor:
    """A copy of `tensor` raised to `updates` at positions, the last axis of `indices`.

    >>> tf.tensor_scatter_nd_max([3, 3, 3], [[0], [2]], [1, 5]).numpy()
    array([3, 3, 5], dtype=int32)

    bad_indices_policy: "" or "ERROR" raises tf.errors.InvalidArgumentError for a position out of
    range, "IGNORE" leaves it out. Op: TensorScatterMax.
    """
    return _under_xla(tensor, indices, updates, "max")


tensor_scatter_nd_max.check(_fit)


@tensor_scatter_nd_max.kernel("host")
def _(tensor, indices, updates, bad_indices_policy):
    # Checks what XLA leaves out.
    return _into_copy(tensor, indices, updates, bad_indices_policy, np.maximum.at)


def _of_extreme(dz, tensor, indices, updates, bad_indices_policy, out):
    # Whatever equals the result took part in it, the old value like the updates; they share alike.
    best = gather_nd_op(out, indices, bad_indices_policy)
    stayed = _ones_where(tensor, out)
    won = _ones_where(updates, best)
    shares = tensor_scatter_nd_add(stayed, indices, won, bad_indices_policy)
    part = dz / shares
    return part * stayed, None, won * gather_nd_op(part, indices, bad_indices_policy)


def _ones_where(x: Tensor, y: Tensor) -> Tensor:
    """One where `x` equals `y`, else zero, as numbers."""
    zero, one = zeros((), x.dtype), ones((), x.dtype)
    return select(x == y, one, zero)


tensor_scatter_nd_min.gradient(_of_extreme)
tensor_scatter_nd_max.gradient(_of_extreme)
