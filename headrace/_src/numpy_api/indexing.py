"""Elements by their positions or by a condition: `take`, `where`, `select`, `nonzero`, `diagonal`.

The one idea: positions come from a few public ops, `tf.gather` and `tf.where`; what NumPy allows
beyond them, negative and out-of-range positions and missing axes, is made right before.

Read next: behaviour.py, which gives tensors NumPy's `[]`.
"""

from typing import Any

from headrace._src.core import dtypes
from headrace._src.numpy_api.manipulation import moveaxis
from headrace._src.numpy_api.promotion import flat, result_type, tensor
from headrace._src.ops import clip as clipping
from headrace._src.ops import math
from headrace._src.ops import select as selecting
from headrace._src.ops.array import broadcast_dynamic_shape, broadcast_to, length, reshape
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import zeros
from headrace._src.ops.diagonal import diag_part
from headrace._src.ops.gather import boolean_mask, gather


def take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "clip") -> Any:
    """The elements of `a` at positions along `axis`; in the flattened array by default.

    mode: "clip" takes the nearest element for a position out of range, 0 for a negative one; "wrap"
    counts positions round and round.

    >>> tf.experimental.numpy.take([1, 2, 3], [0, 5]).numpy()
    array([1, 3])

    Raises ValueError for another mode, and for `out`. Source: numpy.take.
    """
    if out is not None:
        raise ValueError("out argument is not supported in take.")
    if mode not in ("clip", "wrap"):
        raise ValueError(f"The '{mode}' mode to take is not supported.")
    a, indices = tensor(a), tensor(indices)
    if axis is None:
        a, axis = flat(a), 0
    size = cast(length(a, axis), indices.dtype)
    if mode == "clip":
        indices = clipping.clip_by_value(indices, cast(0, indices.dtype), size - 1)
    else:
        indices = math.floormod(indices, size)
    return gather(a, indices, axis=axis)


def take_along_axis(arr: Any, indices: Any, axis: Any) -> Any:
    """For each place of `indices`, the element of `arr` at that position along `axis`.

    axis: None means the flattened array.

    >>> tf.experimental.numpy.take_along_axis([[3, 1, 2]], [[1, 2, 0]], 1).numpy()
    array([[1, 2, 3]])

    Source: numpy.take_along_axis.
    """
    arr, indices = tensor(arr), tensor(indices)
    if axis is None:
        return take_along_axis(flat(arr), indices, 0)
    rank = arr.shape.rank
    axis = axis + rank if axis < 0 else axis
    # The other axes broadcast, as if both had one element along `axis`.
    sizes = [1 if i == axis else length(arr, i) for i in range(rank)]
    places = [1 if i == axis else length(indices, i) for i in range(indices.shape.rank)]
    shape = broadcast_dynamic_shape(tensor_of(sizes), tensor_of(places))
    count, size = length(indices, axis), length(arr, axis)
    indices = broadcast_to(indices, _with(shape, axis, count, rank))
    arr = broadcast_to(arr, _with(shape, axis, size, rank))
    indices = selecting.where(indices < 0, indices + cast(size, indices.dtype), indices)
    arr, indices = moveaxis(arr, axis, -1), moveaxis(indices, axis, -1)
    return moveaxis(gather(arr, indices, batch_dims=rank - 1), -1, axis)


def tensor_of(sizes: list) -> Any:
    """Sizes, some of which may be tensors, as one vector of int32."""
    return cast(tensor(sizes), dtypes.int32)


def _with(shape: Any, axis: int, size: Any, rank: int) -> Any:
    return [size if i == axis else shape[i] for i in range(rank)]


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """`x` where `condition` is true and `y` elsewhere; without both, the positions: see `nonzero`.

    >>> tf.experimental.numpy.where([True, False], [1., 2.], 3).numpy()
    array([1., 3.])

    Raises ValueError where only one of `x` and `y` is given. Source: numpy.where.
    """
    condition = cast(tensor(condition), dtypes.bool)
    if x is None and y is None:
        return nonzero(condition)
    if x is None or y is None:
        raise ValueError("Both x and y must be ndarrays, or both must be None.")
    dtype = result_type(x, y)
    return selecting.where(condition, tensor(x, dtype), tensor(y, dtype))


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """For each place the first of `choicelist` whose condition is true there, else `default`.

    >>> tf.experimental.numpy.select([[True, False, False], [True, True, False]],
    ...                              [[1, 2, 3], [4, 5, 6]]).numpy()
    array([1, 5, 0])

    Raises ValueError for no conditions, or not as many choices. Source: numpy.select.
    """
    if len(condlist) != len(choicelist):
        raise ValueError(
            f"condlist must have length equal to choicelist ({len(condlist)} vs {len(choicelist)})"
        )
    if not condlist:
        raise ValueError("condlist must be non-empty")
    dtype = result_type(default, *choicelist)
    result = tensor(default, dtype)
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = where(condition, tensor(choice, dtype), result)
    return result


def compress(condition: Any, a: Any, axis: Any = None) -> Any:
    """The elements of `a` along `axis` where the vector `condition` is true.

    axis: None means the flattened array. What `condition` is too short for is left out.

    >>> tf.experimental.numpy.compress([False, True], [[1, 2], [3, 4]], axis=0).numpy()
    array([[3, 4]])

    Raises ValueError for a condition that is longer than `a`. Source: numpy.compress.
    """
    condition, a = cast(tensor(condition), dtypes.bool), tensor(a)
    if condition.shape.rank != 1:
        raise ValueError("condition must be a 1-d array.")
    if axis is None:
        a, axis = flat(a), 0
    rank = a.shape.rank
    axis = axis + rank if axis < 0 else axis
    count = length(condition, 0)
    if isinstance(count, int) and isinstance(length(a, axis), int) and count < length(a, axis):
        whole = [slice(None)] * rank
        whole[axis] = slice(0, count)
        a = a[tuple(whole)]
    return boolean_mask(a, condition, axis=axis)


def nonzero(a: Any) -> Any:
    """The positions of what is not 0: a list with a vector for each axis.

    >>> [i.numpy().tolist() for i in tf.experimental.numpy.nonzero([[0, 1], [2, 0]])]
    [[0, 1], [1, 0]]

    Raises ValueError for an unknown rank. Source: numpy.nonzero.
    """
    a = tensor(a)
    if a.shape.rank == 0:
        a = reshape(a, [1])
    if a.shape.rank is None:
        raise ValueError(
            "The rank of `a` is unknown, so we can't decide how many arrays to return."
        )
    places = selecting.where_op(cast(a, dtypes.bool))
    return [places[:, i] for i in range(a.shape.rank)]


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonal `offset` of the matrices in two axes of `a`, put in a new last axis.

    >>> tf.experimental.numpy.diagonal([[1, 2], [3, 4]], 1).numpy()
    array([2])

    Source: numpy.diagonal.
    """
    a = moveaxis(tensor(a), (axis1, axis2), (-2, -1))
    rows, columns = a.shape[-2], a.shape[-1]
    if rows is not None and columns is not None and not -rows < offset < columns:
        return zeros([*(length(a, i) for i in range(a.shape.rank - 2)), 0], a.dtype)
    return diag_part(a, k=offset)
