"""Several tensors made one, and one made several: `concat`, `stack`, `split`, `unstack`.

The one idea: joining and parting undo each other, and so each is the other's gradient: what went
in at one place comes back from there. On the host joining copies memory once and parting makes
views.

The public functions serve eager tensors of one dtype themselves: an op over a list has no front
door.

Read next: ops/slicing.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import errors, shape_rules
from headrace._src.core.context import thread
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, unknown, unknown_shape
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine import convert as conversion
from headrace._src.engine.convert import convert, in_graph
from headrace._src.engine.op import Static, op
from headrace._src.ops.array import broadcast_to, length, reshape, size
from headrace._src.ops.identity import identity_op


def _arrays(values: Any) -> list[np.ndarray] | None:
    """The arrays of a list of eager tensors of one dtype; None where they are not that."""
    arrays = []
    dtype = None
    for value in values:
        if type(value) is not EagerTensor:
            return None
        if dtype is None:
            dtype = value._dtype
        elif value._dtype is not dtype:
            return None
        arrays.append(array_of(value))
    return arrays or None


def concat(values: Any, axis: Any, name: str | None = "concat") -> Tensor:
    """Tensors joined along `axis`, which all have; their other sizes agree.

    values: a list of tensors of one dtype and rank. axis: an integer in [-rank, rank).

    >>> tf.concat([[[1, 2]], [[3, 4], [5, 6]]], axis=0).numpy()
    array([[1, 2],
           [3, 4],
           [5, 6]], dtype=int32)

    Raises tf.errors.InvalidArgumentError for scalars, and where ranks or other sizes differ. Op:
    ConcatV2.
    """
    if not isinstance(values, (list, tuple)):
        values = [values]
    if not values and thread.context.graph is not None:
        raise ValueError(
            "tf.concat needs at least one tensor: the list argument 'values' of op 'ConcatV2' has "
            "length 0, shorter than its minimum length 2."
        )
    if not values:
        raise errors.InvalidArgumentError(
            None,
            None,
            "tf.concat needs at least one tensor: attr 'T' of op ConcatV2 is not known for N=0",
        )
    if len(values) == 1:
        return _alone(values[0], axis, name)
    context = thread.context
    if context.is_quick and type(axis) is int and (arrays := _arrays(values)):
        try:
            joined = np.concatenate(arrays, axis)
        except ValueError:
            pass  # the careful way says what is wrong
        else:
            result = EagerTensor(joined, values[0]._dtype)
            for recorder in context.recorders:
                recorder.record(concat_v2.op, (list(values), axis), (), result)
            return result
    return concat_v2(list(values), axis, name)


def _alone(value: Any, axis: Any, name: str | None) -> Tensor:
    """One tensor joined: itself, if the axis is one."""
    place = convert(axis)
    if place.shape.rank != 0 and place.shape.rank is not None:
        raise ValueError(f"Shape {place.shape} must have rank 0")
    return identity_op(value, name)


def _joined(values: list[TensorShape], axis: Any) -> TensorShape:
    return shape_rules.concat(values, None if axis is None else _only(axis))


@op("ConcatV2", shape=_joined, cost="light")
def concat_v2(values: list[Tensor], axis: Static, name: str | None = None) -> Tensor:
    """`values` joined along `axis`."""
    if not values[0].ndim or type(axis) is not int:
        _refuse(values, axis)
    return xp(values[0]).concatenate(values, _only(axis))


def _refuse(values: list, axis: Any) -> None:
    if type(axis) is not int and len(axis) != 1:
        raise ValueError(
            "ConcatOp : Expected concat_dim to be a scalar, but got tensor of shape "
            f"{list(np.shape(axis))}"
        )
    shape_rules.concat([TensorShape(v.shape) for v in values], _only(axis))


@concat_v2.gradient
def _(dz, values, axis):
    if len(values) == 1:
        return [dz]
    axis = _only(axis)
    return split_v(dz, [length(v, axis) for v in values], axis, len(values))


def stack(values: Any, axis: int = 0, name: str | None = "stack") -> Tensor:
    """Tensors of one shape and dtype side by side along a new axis.

    axis: the position of the new axis, in [-rank - 1, rank].

    >>> tf.stack([[1, 2], [3, 4], [5, 6]], axis=1).numpy()
    array([[1, 3, 5],
           [2, 4, 6]], dtype=int32)

    Raises ValueError for an axis out of range, tf.errors.InvalidArgumentError where shapes differ.
    Op: Pack.
    """
    context = thread.context
    if context.is_quick and type(values) in (list, tuple) and type(axis) is int:
        arrays = _arrays(values)
        if arrays is not None:
            value = _stacked(arrays, axis)
            if value is not None:
                result = EagerTensor(value, values[0]._dtype)
                for recorder in context.recorders:
                    recorder.record(pack.op, (list(values),), (axis,), result)
                return result
    is_traced = context.graph is not None
    if axis == 0 and not (is_traced and _has_tensors(values)):
        try:
            whole = convert(values)
        except (TypeError, ValueError):
            pass  # the op below says what is wrong
        else:
            return identity_op(whole, name) if whole is values else in_graph(whole, name or "stack")
    if isinstance(values, Tensor):
        values = unstack(values)
    first = convert(values[0]).shape
    if first.rank is not None and not -first.rank - 1 <= axis <= first.rank:
        raise ValueError(
            f"Argument `axis` = {axis} not in range [{-first.rank - 1}, {first.rank + 1})"
        )
    return pack(list(values), axis, name)


def _has_tensors(values: Any) -> bool:
    return isinstance(values, (list, tuple)) and any(isinstance(v, Tensor) for v in values)


def _stacked(arrays: list[np.ndarray], axis: int) -> np.ndarray | None:
    """The arrays along a new axis, or None where they are not alike."""
    shape = arrays[0].shape
    rank = len(shape)
    if not -rank - 1 <= axis <= rank or any(a.shape != shape for a in arrays):
        return None
    if axis < 0:
        axis += rank + 1
    # Half the cost of `np.stack`.
    if not axis:
        return np.concatenate([a[None] for a in arrays])
    wide = shape[:axis] + (1,) + shape[axis:]
    return np.concatenate([a.reshape(wide) for a in arrays], axis)


@op("Pack", shape=shape_rules.stacked, cost="light")
def pack(values: list[Tensor], axis: int = 0, name: str | None = None) -> Tensor:
    """`values` side by side along a new `axis`."""
    return xp(values[0]).stack(values, axis)


@pack.gradient
def _(dz, values, axis):
    return unpack(dz, len(values), axis)


conversion.pack = pack


def unstack(
    value: Any, num: int | None = None, axis: int = 0, name: str | None = "unstack"
) -> list[Tensor]:
    """The slices of `value` along `axis`, as a list of tensors that lack this axis.

    num: how many there are; needed only where the shape does not say.

    >>> [t.numpy().tolist() for t in tf.unstack([[1, 2], [3, 4]])]
    [[1, 2], [3, 4]]

    Raises ValueError for an axis out of range or where the number is not known. Op: Unpack.
    """
    context = thread.context
    is_plain = type(value) is EagerTensor and context.is_quick and not context.recorders
    if is_plain and num is None and 0 <= axis < value._array.ndim:
        return [EagerTensor(part, value._dtype) for part in _slices(array_of(value), axis)]
    if num is None:
        value = convert(value)
        rank = value.shape.rank
        if rank is not None:
            if not -rank <= axis < rank:
                raise ValueError(f"Argument `axis` = {axis} not in range [{-rank}, {rank})")
            num = value.shape[axis]
        if num is None:
            raise ValueError(f"Cannot infer argument `num` from shape {value.shape}")
    return unpack(value, num, axis, name) if num else []


def _parts(value: TensorShape, num: int, axis: int) -> list[TensorShape]:
    if value.rank is None:
        return [unknown] * num
    rank = value.rank
    if not rank:
        raise ShapeError("input must be at least 1-dimensional, got shape []")
    if not -rank <= axis < rank:
        raise ShapeError(f"axis = {axis} not in [{-rank}, {rank})")
    axis %= rank
    if value[axis] not in (None, num):
        raise ShapeError(
            f"Input shape axis {axis} must equal {num}, got shape {shape_rules.bracketed(value)}"
        )
    sizes = list(value)
    return [TensorShape(sizes[:axis] + sizes[axis + 1 :])] * num


@op("Unpack", shape=_parts, cost="host")
def unpack(value: Tensor, num: int, axis: int = 0, name: str | None = None) -> list[Tensor]:
    """The `num` slices of `value` along `axis`."""
    _parts(TensorShape(value.shape), num, axis)
    return _slices(value, axis % value.ndim)


def _slices(value: Any, axis: int) -> list:
    """The slices along an axis; views, and arrays even where they are of rank 0."""
    lead = (slice(None),) * axis
    return [value[(*lead, i, ...)] for i in range(value.shape[axis])]


@unpack.gradient
def _(dzs, axis):
    return pack(list(dzs), axis)


def split(
    value: Any,
    num_or_size_splits: Any,
    axis: Any = 0,
    num: int | None = None,
    name: str | None = "split",
) -> list[Tensor]:
    """`value` cut along `axis`, as a list of tensors.

    num_or_size_splits: how many equal parts, or the sizes of the parts, of which one may be -1.
    num: how many sizes there are; needed only where they are a tensor of unknown shape.

    >>> [t.shape[1] for t in tf.split(tf.ones([2, 6]), 3, axis=1)]
    [2, 2, 2]
    >>> [t.shape[1] for t in tf.split(tf.ones([2, 6]), [1, -1], axis=1)]
    [1, 5]

    Raises tf.errors.InvalidArgumentError where the parts do not add up. Ops: Split, SplitV.
    """
    context = thread.context
    if type(value) is EagerTensor and context.is_quick and not context.recorders:
        parts = _quickly(array_of(value), num_or_size_splits, axis)
        if parts is not None:
            return [EagerTensor(part, value._dtype) for part in parts]
    if isinstance(num_or_size_splits, (int, np.integer)):
        return split_op(axis, value, int(num_or_size_splits), name)
    sizes = convert(num_or_size_splits)
    if sizes.shape.rank == 0:
        raise ValueError(
            "Rank-0 tensors are not supported as the num_or_size_splits argument to split. "
            f"Argument provided: {num_or_size_splits!s}"
        )
    if num is None:
        num = sizes.shape[0] if sizes.shape.rank == 1 else None
        if num is None:
            raise ValueError(f"Cannot infer argument `num` from shape {num_or_size_splits}")
    if sizes.shape.rank == 1 and sizes.shape[0] not in (None, num):
        raise errors.InvalidArgumentError(
            None,
            None,
            "size of the split_tensor must be 1-D and have the same elements as outputs "
            f"got 1 -D and {sizes.shape[0]} elements",
        )
    known = tuple(array_of(sizes).tolist()) if isinstance(sizes, EagerTensor) else sizes
    return split_v(value, known, axis, num, name)


def _quickly(array: np.ndarray, count: Any, axis: Any) -> list | None:
    """The equal parts of an array where all is plain and in order, else None."""
    if type(count) is not int or type(axis) is not int or count < 1:
        return None
    if not -array.ndim <= axis < array.ndim or array.shape[axis] % count:
        return None
    axis %= array.ndim
    return _cut(array, axis, [array.shape[axis] // count] * count)


def _axis(axis: Any, rank: int, what: str = "split_dim") -> int:
    if type(axis) is tuple:
        if len(axis) != 1:
            raise ShapeError("split_dim must be a scalar but has rank 1")
        axis = axis[0]
    if not -rank <= axis < rank:
        raise ShapeError(f"-input rank(-{rank}) <= {what} < input rank ({rank}), but got {axis}")
    return axis % rank


def _equal_parts(split_dim: Any, value: TensorShape, num_split: int) -> list[TensorShape]:
    if num_split <= 0:
        raise ShapeError(f"Number of ways to split should be > 0, but got {num_split}")
    if value.rank is None or split_dim is None:
        return [unknown_shape(value.rank)] * num_split
    axis = _axis(split_dim, value.rank)
    sizes = list(value)
    if sizes[axis] is not None:
        if sizes[axis] % num_split:
            raise ShapeError(
                f"Number of ways to split should evenly divide the split dimension, but got "
                f"split_dim {axis} (size = {sizes[axis]}) and num_split {num_split}",
                f"Dimension size must be evenly divisible by {num_split} but is {sizes[axis]}",
            )
        sizes[axis] //= num_split
    return [TensorShape(sizes)] * num_split


@op("Split", shape=_equal_parts, cost="host")
def split_op(
    split_dim: Static, value: Tensor, num_split: int, name: str | None = None
) -> list[Tensor]:
    """`value` cut along `split_dim` into `num_split` equal parts."""
    part = _equal_parts(split_dim, TensorShape(value.shape), num_split)[0]
    axis = _axis(split_dim, value.ndim)
    return _cut(value, axis, [part[axis]] * num_split)


def _cut(value: Any, axis: int, sizes: Any) -> list:
    lead = (slice(None),) * axis
    parts = []
    start = 0
    for count in sizes:
        parts.append(value[(*lead, slice(start, start + count))])
        start += count
    return parts


@split_op.gradient
def _(dzs, split_dim):
    return concat_v2(list(dzs), _only(split_dim))


def _only(axis: Any) -> int:
    return axis[0] if type(axis) is tuple else axis


def _sized_parts(
    value: TensorShape, size_splits: Any, split_dim: Any, num_split: int
) -> list[TensorShape]:
    if value.rank is None or split_dim is None:
        return [unknown_shape(value.rank)] * num_split
    axis = _axis(split_dim, value.rank)
    sizes = list(value)
    if size_splits is None:
        size_splits = (None,) * num_split
    found = _sizes(size_splits, sizes[axis], axis)
    return [TensorShape([*sizes[:axis], n, *sizes[axis + 1 :]]) for n in found]


def _sizes(splits: tuple, whole: int | None, axis: int) -> list:
    """The sizes of the parts, with what is left over in the place of a -1."""
    found = list(splits)
    if None in found or whole is None:
        return [None if n == -1 else n for n in found]
    if found.count(-1) > 1:
        raise ShapeError("There can only be one -1 in the input.")
    total = sum(n for n in found if n != -1)
    if -1 in found:
        if total > whole:
            raise ShapeError(
                "Determined shape must either match input shape along split_dim exactly if fully "
                "specified, or be less than the size of the input along split_dim if not fully "
                f"specified.  Got: {total}"
            )
        found[found.index(-1)] = whole - total
    elif total != whole:
        raise ShapeError(
            "Determined shape must either match input shape along split_dim exactly if fully "
            "specified, or be less than the size of the input along split_dim if not fully "
            f"specified.  Got: {total}",
            f"can't split axis of size {whole} into pieces of size {list(splits)}",
        )
    for i, n in enumerate(found):
        if n < 0:
            raise ShapeError(f"Split size at index {i} must be >= 0. Got: {n}")
    return found


@op("SplitV", shape=_sized_parts, cost="host")
def split_v(
    value: Tensor, size_splits: Static, split_dim: Static, num_split: int, name: str | None = None
) -> list[Tensor]:
    """`value` cut along `split_dim` into parts of `size_splits`."""
    axis = _axis(split_dim, value.ndim)
    return _cut(value, axis, _sizes(size_splits, value.shape[axis], axis))


@split_v.gradient
def _(dzs, split_dim):
    return concat_v2(list(dzs), _only(split_dim))


def parallel_stack(values: Any, name: str | None = "parallel_stack") -> Tensor:
    """Tensors of one shape and dtype stacked along a new first axis, in traced functions only.

    Inside a `tf.function` it is `tf.stack`. In eager mode, as in TensorFlow:

    >>> tf.parallel_stack([[1, 2], [3, 4]])
    Traceback (most recent call last):
    RuntimeError: tf.parallel_stack() is not compatible with eager execution.
    """
    if thread.context.graph is None:
        raise RuntimeError("tf.parallel_stack() is not compatible with eager execution.")
    return pack([values[i] for i in range(len(values))], 0, name)


def meshgrid(*args: Any, **kwargs: Any) -> list[Tensor]:
    """Coordinate matrices from coordinate vectors: each repeated over the axes of the others.

    args: n vectors (scalars count as one element). indexing: "xy" (the default: the first two axes
    are swapped, as in plots) or "ij". Answers n tensors of rank n.

    >>> x, y = tf.meshgrid([1, 2, 3], [4, 5])
    >>> x.numpy()
    array([[1, 2, 3],
           [1, 2, 3]], dtype=int32)

    Raises TypeError for other arguments, ValueError for another `indexing`. Source: numpy.meshgrid.
    """
    indexing = kwargs.pop("indexing", "xy")
    kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"'{next(iter(kwargs))}' is an invalid keyword argument for this function")
    if indexing not in ("xy", "ij"):
        raise ValueError(
            f"Argument `indexing` parameter must be either 'xy' or 'ij', got '{indexing}'"
        )
    if not args:
        return []
    tensors = [convert(a) for a in args]
    for tensor in tensors[1:]:
        if tensor.dtype is not tensors[0].dtype:
            raise errors.InvalidArgumentError(
                None,
                None,
                "tf.meshgrid takes vectors of one dtype, got "
                f"{', '.join(t.dtype.name for t in tensors)}",
            )
    rank = len(tensors)
    order = list(range(rank))
    if indexing == "xy" and rank > 1:
        order[:2] = 1, 0
    lengths: list[Any] = [None] * rank
    for axis, tensor in zip(order, tensors, strict=True):
        count = tensor.shape.num_elements()
        lengths[axis] = size(tensor) if count is None else count
    outputs = []
    for axis, tensor in zip(order, tensors, strict=True):
        column = [1] * rank
        column[axis] = -1
        outputs.append(broadcast_to(reshape(tensor, column), lengths))
    return outputs
