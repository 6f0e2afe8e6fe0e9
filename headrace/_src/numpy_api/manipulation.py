"""The same elements in another order or shape: `reshape`, `concatenate`, `flip`, `split`, `pad`.

The one idea: an axis may be negative, a shape may be a single int, and what is joined takes the
common dtype.

Read next: indexing.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.tensor import Tensor
from headrace._src.numpy_api.promotion import (
    answer,
    flat,
    result_type,
    tensor,
)
from headrace._src.ops import array, joining, padding
from headrace._src.ops.array import broadcast_dynamic_shape, dims, length
from headrace._src.ops.identity import identity


def ndim(a: Any) -> Any:
    """The number of axes: a Python int. Source: numpy.ndim.

    >>> tf.experimental.numpy.ndim([[1, 2]])
    2
    """
    return tensor(a).ndim


def shape(a: Any) -> Any:
    """The shape, a `tf.TensorShape`. Source: numpy.shape.

    >>> tf.experimental.numpy.shape([[1, 2]])
    TensorShape([1, 2])
    """
    return tensor(a).shape


def size(x: Any, axis: Any = None) -> Any:
    """The number of elements: a NumPy int; in a graph that does not know it yet, a tensor.

    >>> tf.experimental.numpy.size([[1, 2]])
    np.int64(2)

    Raises NotImplementedError for an `axis`, as TensorFlow does. Source: numpy.size.
    """
    if axis is not None:
        raise NotImplementedError(
            "axis argument is not supported in the current `np.size` implementation"
        )
    if isinstance(x, (int, float, complex, np.generic)):
        return 1
    x = tensor(x)
    if x.shape.is_fully_defined():
        return np.prod(x.shape.as_list(), dtype=np.int64)
    return array.size_op(x, dtypes.int32)


def isscalar(num: Any) -> Any:
    """Whether `num` is a number, a string or a tensor of rank 0. Source: numpy.isscalar.

    >>> tf.experimental.numpy.isscalar(tf.constant(1.)), tf.experimental.numpy.isscalar([1.])
    (True, False)
    """
    if isinstance(num, Tensor) or num is None:  # which is refused
        return tensor(num).shape.rank == 0
    return np.isscalar(num)


# ---- shapes --------------------------------------------------------------------------------------


def reshape(a: Any, newshape: Any, order: str = "C") -> Any:
    """The elements of `a` in another shape, of which one size may be -1.

    order: "C", by rows, or "F", by columns.

    >>> tf.experimental.numpy.reshape([1, 2, 3, 4], (2, 2), "F").numpy()
    array([[1, 3],
           [2, 4]])

    Raises ValueError for another order. Source: numpy.reshape.
    """
    if order not in ("C", "F"):
        raise ValueError(f"Unsupported order argument {order}")
    a = tensor(a)
    target = [newshape] if isinstance(newshape, (int, np.integer)) else newshape
    if order == "C":
        return array.reshape(a, target)
    return transpose(array.reshape(transpose(a), padding.reverse(tensor(target), [0])))


def ravel(a: Any) -> Any:
    """`a` as a vector. Source: numpy.ravel.

    >>> tf.experimental.numpy.ravel([[1, 2], [3, 4]]).numpy()
    array([1, 2, 3, 4])
    """
    return flat(tensor(a))


def flatten(a: Any, order: str = "C") -> Any:
    """`a` as a vector, by rows for "C", "A" and "K", by columns for "F".

    >>> tf.experimental.numpy.flatten([[1, 2], [3, 4]], "F").numpy()
    array([1, 3, 2, 4])

    Raises ValueError for another order. Source: numpy.ndarray.flatten.
    """
    if order not in ("C", "A", "K", "F"):
        raise ValueError("order can only be C, A, K (all row major) or F (column major).")
    a = tensor(a)
    return flat(transpose(a) if order == "F" else a)


def expand_dims(a: Any, axis: Any) -> Any:
    """`a` with a new axis of size 1. Source: numpy.expand_dims.

    >>> tf.experimental.numpy.expand_dims([1, 2], 1).shape
    TensorShape([2, 1])
    """
    return array.expand_dims(tensor(a), axis)


def squeeze(a: Any, axis: Any = None) -> Any:
    """`a` without its axes of size 1, all or those given. Source: numpy.squeeze.

    >>> tf.experimental.numpy.squeeze([[1], [2]]).shape
    TensorShape([2])
    """
    return array.squeeze(tensor(a), list(axis) if isinstance(axis, tuple) else axis)


def atleast_1d(*arys: Any) -> Any:
    """Each argument with at least one axis; of several, a list. Source: numpy.atleast_1d.

    >>> tf.experimental.numpy.atleast_1d(1).shape
    TensorShape([1])
    """
    return _each(arys, lambda x: array.reshape(x, [1]) if x.shape.rank == 0 else x)


def atleast_2d(*arys: Any) -> Any:
    """Each argument with at least two axes, new ones in front. Source: numpy.atleast_2d.

    >>> tf.experimental.numpy.atleast_2d([1, 2]).shape
    TensorShape([1, 2])
    """
    return _each(arys, _as_matrix)


def atleast_3d(*arys: Any) -> Any:
    """Each argument with at least three axes: a vector becomes [1, n, 1], a matrix [m, n, 1].

    >>> tf.experimental.numpy.atleast_3d([1, 2]).shape
    TensorShape([1, 2, 1])

    Source: numpy.atleast_3d.
    """

    def deepened(x: Any) -> Any:
        x = _as_matrix(x)
        return array.expand_dims(x, 2) if x.shape.rank == 2 else x

    return _each(arys, deepened)


def _as_matrix(x: Any) -> Any:
    rank = x.shape.rank
    if rank is None or rank >= 2:
        return x
    return array.reshape(x, [1, 1]) if rank == 0 else array.expand_dims(x, 0)


def _each(arys: tuple, function: Any) -> Any:
    results = [answer(function(tensor(x))) for x in arys]
    return results[0] if len(results) == 1 else results


def broadcast_to(array: Any, shape: Any) -> Any:
    """`array` repeated into a shape that it fits. Source: numpy.broadcast_to.

    >>> tf.experimental.numpy.broadcast_to([1, 2], (2, 2)).numpy()
    array([[1, 2],
           [1, 2]])
    """
    return _broadcast(tensor(array), shape)


def _broadcast(x: Any, shape: Any) -> Any:
    return array.broadcast_to(x, [shape] if isinstance(shape, (int, np.integer)) else shape)


def broadcast_arrays(*args: Any, **kwargs: Any) -> Any:
    """The arguments, all broadcast to one shape: a list.

    >>> [x.shape.as_list() for x in tf.experimental.numpy.broadcast_arrays([1, 2], [[1], [2]])]
    [[2, 2], [2, 2]]

    Raises ValueError for `subok=True` and arguments that are none. Source: numpy.broadcast_arrays.
    """
    subok = kwargs.pop("subok", False)
    if subok:
        raise ValueError("subok=True is not supported.")
    if kwargs:
        raise ValueError(f"Received unsupported arguments {kwargs.keys()}")
    xs = [tensor(x) for x in args]
    if not xs:
        return ()
    target = dims(xs[0])
    for x in xs[1:]:
        target = broadcast_dynamic_shape(target, dims(x))
    return [array.broadcast_to(x, target) for x in xs]


# ---- the order of axes and elements --------------------------------------------------------------


def transpose(a: Any, axes: Any = None) -> Any:
    """`a` with its axes in the order `axes`, reversed by default. Source: numpy.transpose.

    >>> tf.experimental.numpy.transpose(tf.zeros([2, 3, 4]), (1, 0, 2)).shape
    TensorShape([3, 2, 4])
    """
    return array.transpose(tensor(a), None if axes is None else list(axes))


def swapaxes(a: Any, axis1: Any, axis2: Any) -> Any:
    """`a` with two axes swapped. Source: numpy.swapaxes.

    >>> tf.experimental.numpy.swapaxes(tf.zeros([2, 3, 4]), 0, -1).shape
    TensorShape([4, 3, 2])
    """
    a = tensor(a)
    order = _axes_in_order(a)
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return array.transpose(a, order)


def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """`a` with axes moved to other places; the others keep their order.

    >>> tf.experimental.numpy.moveaxis(tf.zeros([2, 3, 4]), 0, -1).shape
    TensorShape([3, 4, 2])

    Raises ValueError where not as many places as axes are given. Source: numpy.moveaxis.
    """
    a = tensor(a)
    sources: Any = [source] if isinstance(source, (int, np.integer)) else list(source)
    places: Any = [destination] if isinstance(destination, (int, np.integer)) else list(destination)
    if len(sources) != len(places):
        raise ValueError("The lengths of source and destination must equal")
    rank = len(_axes_in_order(a))
    sources, places = ([_axis(i, rank) for i in each] for each in (sources, places))
    order = [i for i in range(rank) if i not in sources]
    for place, moved in sorted(zip(places, sources, strict=True)):
        order.insert(place, moved)
    return array.transpose(a, order)


def _axes_in_order(a: Any) -> list[int]:
    rank = a.shape.rank
    if rank is None:
        raise ValueError(f"The rank of {a!r} must be known for its axes to be reordered.")
    return list(range(rank))


def _axis(axis: int, rank: int) -> int:
    return axis + rank if axis < 0 else axis


def flip(m: Any, axis: Any = None) -> Any:
    """`m` with the elements along `axis`, or all axes, in reverse. Source: numpy.flip.

    >>> tf.experimental.numpy.flip([[1, 2], [3, 4]], 0).numpy()
    array([[3, 4],
           [1, 2]])
    """
    m = tensor(m)
    if axis is None:
        return padding.reverse(m, _axes_in_order(m))
    rank = m.shape.rank
    axes = list(axis) if isinstance(axis, (tuple, list)) else [axis]
    return padding.reverse(m, [i if rank is None else _axis(i, rank) for i in axes])


def fliplr(m: Any) -> Any:
    """`m` with its columns (axis 1) in reverse. Source: numpy.fliplr.

    >>> tf.experimental.numpy.fliplr([[1, 2], [3, 4]]).numpy()
    array([[2, 1],
           [4, 3]])
    """
    return flip(m, 1)


def flipud(m: Any) -> Any:
    """`m` with its rows (axis 0) in reverse. Source: numpy.flipud.

    >>> tf.experimental.numpy.flipud([[1, 2], [3, 4]]).numpy()
    array([[3, 4],
           [1, 2]])
    """
    m = tensor(m)
    return m if m.shape.rank == 0 else flip(m, 0)


def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """`m` turned by `k` right angles, from the first of `axes` towards the second.

    >>> tf.experimental.numpy.rot90([[1, 2], [3, 4]]).numpy()
    array([[2, 4],
           [1, 3]])

    Source: numpy.rot90.
    """
    m = tensor(m)
    first, second = axes
    if k % 4 == 0:
        return answer(m)
    if k % 4 == 2:
        return flip(flip(m, first), second)
    if k % 4 == 1:
        return swapaxes(flip(m, second), first, second)
    return flip(swapaxes(m, first, second), second)


def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """`a` with its elements moved along `axis`, those at the end to the front.

    axis: None moves along the flattened array and gives the shape back.

    >>> tf.experimental.numpy.roll([1, 2, 3], 1).numpy()
    array([3, 1, 2])

    Source: numpy.roll.
    """
    a = tensor(a)
    if axis is not None:
        return padding.roll(a, shift, axis)
    return array.reshape(padding.roll(flat(a), shift, 0), dims(a))


# ---- joining and splitting -----------------------------------------------------------------------


def concatenate(arys: Any, axis: int = 0) -> Any:
    """Arrays joined along an axis that they have. Source: numpy.concatenate.

    >>> tf.experimental.numpy.concatenate([[1, 2], [3.5]]).numpy()
    array([1. , 2. , 3.5])

    Raises ValueError for no arrays.
    """
    if not isinstance(arys, (list, tuple)):
        arys = [arys]
    if not arys:
        raise ValueError(
            f"Need at least one array to concatenate. Received empty input: arys={arys}"
        )
    return joining.concat(_alike(arys), axis)


def _alike(arys: Any) -> list[Any]:
    """The arrays as tensors of their common dtype."""
    dtype = result_type(*arys)
    return [tensor(x, dtype) for x in arys]


def append(arr: Any, values: Any, axis: Any = None) -> Any:
    """`arr` followed by `values`; both flattened where no axis is given.

    >>> tf.experimental.numpy.append([1, 2], [[3]]).numpy()
    array([1, 2, 3])

    Source: numpy.append.
    """
    if axis is None:
        arr, values = ravel(arr), ravel(values)
        axis = 0
    return concatenate([arr, values], axis)


def stack(arrays: Any, axis: int = 0) -> Any:
    """Arrays of one shape side by side in a new axis. Source: numpy.stack.

    >>> tf.experimental.numpy.stack([[1, 2], [3, 4]], axis=1).numpy()
    array([[1, 3],
           [2, 4]])
    """
    if isinstance(arrays, (Tensor, np.ndarray)):
        arrays = tensor(arrays)
        return identity(arrays) if axis == 0 else swapaxes(arrays, 0, axis)
    return joining.stack(_alike(arrays), axis)


def hstack(tup: Any) -> Any:
    """Arrays joined along the second axis; vectors along their only one. Source: numpy.hstack.

    >>> tf.experimental.numpy.hstack([[1, 2], [3]]).numpy()
    array([1, 2, 3])
    """
    arys = [atleast_1d(x) for x in tup]
    return concatenate(arys, 0 if arys[0].shape.rank == 1 else 1)


def vstack(tup: Any) -> Any:
    """Arrays joined along the first axis; vectors count as rows. Source: numpy.vstack.

    >>> tf.experimental.numpy.vstack([[1, 2], [3, 4]]).numpy()
    array([[1, 2],
           [3, 4]])
    """
    return concatenate([atleast_2d(x) for x in tup], 0)


def dstack(tup: Any) -> Any:
    """Arrays joined along the third axis, which is made first. Source: numpy.dstack.

    >>> tf.experimental.numpy.dstack([[1, 2], [3, 4]]).numpy()
    array([[[1, 3],
            [2, 4]]])
    """
    return concatenate([atleast_3d(x) for x in tup], 2)


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Parts of `ary` along `axis`: so many equal ones, or the parts between positions.

    >>> [x.numpy().tolist() for x in tf.experimental.numpy.split([1, 2, 3, 4], [1, 3])]
    [[1], [2, 3], [4]]

    Source: numpy.split.
    """
    ary = tensor(ary)
    if not isinstance(indices_or_sections, (list, tuple)):
        return joining.split(ary, indices_or_sections, axis)
    ends = [0, *indices_or_sections, length(ary, axis)]
    counts = [end - start for start, end in zip(ends[:-1], ends[1:], strict=True)]
    return joining.split(ary, counts, axis)


def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    """`split` along the second axis; of a vector along its only one. Source: numpy.hsplit.

    >>> [x.numpy().tolist() for x in tf.experimental.numpy.hsplit([[1, 2], [3, 4]], 2)]
    [[[1], [3]], [[2], [4]]]

    Raises ValueError for a rank below 1.
    """
    ary = _of_rank(ary, 1, "hsplit")
    return split(ary, indices_or_sections, 0 if ary.shape.rank == 1 else 1)


def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    """`split` along the first axis. Source: numpy.vsplit.

    >>> [x.numpy().tolist() for x in tf.experimental.numpy.vsplit([[1, 2], [3, 4]], 2)]
    [[[1, 2]], [[3, 4]]]

    Raises ValueError for a rank below 2.
    """
    return split(_of_rank(ary, 2, "vsplit"), indices_or_sections, 0)


def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    """`split` along the third axis. Source: numpy.dsplit.

    >>> [x.numpy().tolist() for x in tf.experimental.numpy.dsplit([[[1, 2]]], 2)]
    [[[[1]]], [[[2]]]]

    Raises ValueError for a rank below 3.
    """
    return split(_of_rank(ary, 3, "dsplit"), indices_or_sections, 2)


def _of_rank(ary: Any, least: int, caller: str) -> Any:
    ary = tensor(ary)
    if ary.shape.rank is not None and ary.shape.rank < least:
        raise ValueError(
            f"Argument to {caller} must have rank at least {least}. Received: {ary.shape}"
        )
    return ary


# ---- repeating and padding -----------------------------------------------------------------------


def repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    """Each element along `axis` so many times; of the flattened array by default.

    >>> tf.experimental.numpy.repeat([1, 2], [1, 2]).numpy()
    array([1, 2, 2])

    Source: numpy.repeat.
    """
    return padding.repeat(tensor(a), repeats, axis)


def tile(a: Any, reps: Any) -> Any:
    """`a` as a whole, so many times along each axis; missing axes are made in front.

    >>> tf.experimental.numpy.tile([1, 2], (2, 2)).numpy()
    array([[1, 2, 1, 2],
           [1, 2, 1, 2]])

    Source: numpy.tile.
    """
    a = tensor(a)
    counts = [reps] if isinstance(reps, (int, np.integer)) else reps
    if isinstance(counts, Tensor):
        counts = flat(counts)
        number = length(counts, 0)
    else:
        number = len(counts)
    rank = len(_axes_in_order(a))
    if number > rank:
        a = array.reshape(a, [*[1] * (number - rank), *_sizes(a)])
    elif number < rank:
        counts = (
            joining.concat([[1] * (rank - number), counts], 0)
            if isinstance(counts, Tensor)
            else [*[1] * (rank - number), *counts]
        )
    return padding.tile(a, counts) if a.shape.rank else answer(a)


def _sizes(a: Any) -> list[Any]:
    return [length(a, i) for i in _axes_in_order(a)]


_MODES = ("constant", "reflect", "symmetric")


def pad(array: Any, pad_width: Any, mode: Any, **kwargs: Any) -> Any:
    """`array` with so many elements put before and after it along each axis.

    pad_width: a pair for each axis. mode: "constant" (`constant_values`, 0 by default), "reflect"
    (mirrored at the outermost element) or "symmetric" (mirrored with it). Other keyword arguments
    are not looked at, as in TensorFlow.

    >>> tf.experimental.numpy.pad([1, 2], [(1, 2)], "constant", constant_values=5).numpy()
    array([5, 1, 2, 5, 5])

    Raises ValueError for another mode. Source: numpy.pad.
    """
    if mode not in _MODES:
        raise ValueError(f"Unsupported padding mode: {mode}")
    x = tensor(array)
    value = tensor(kwargs.get("constant_values", 0), x.dtype)
    return padding.pad(x, pad_width, mode.upper(), value)
