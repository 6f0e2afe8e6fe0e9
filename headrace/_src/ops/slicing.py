"""Slices: `t[...]`, `slice`, `strided_slice` and assigning to a slice of a copy.

The one idea: NumPy's basic indexing and TensorFlow's StridedSlice say the same in two notations. A
Python key becomes begin, end, strides and five bit masks (`Spec`), which is what graphs, gradients
and saved models speak; a kernel turns them back into a key (`key_of`) and lets the array do the
rest. Eager `t[i]` and `t[a:b]` outside of tapes skip the notation: the key goes straight to NumPy
once its parts are known to be plain.

A small slice of a big array is copied, for a view would keep all of the big one in memory.

Read next: ops/gather.py, for indices that are tensors.
"""

from typing import Any, NamedTuple

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import bool as bool_
from headrace._src.core.dtypes import int16, int32, int64
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, unknown, unknown_shape
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine import gradient
from headrace._src.engine.convert import convert
from headrace._src.engine.op import Static, op
from headrace._src.ops.array import dims
from headrace._src.ops.gather import boolean_mask

# A slice with fewer than this part of its base's elements is copied.
_KEPT_FROM = 1 / 8

# Python's own: `slice` below is TensorFlow's.
Slice = slice

# An index that adds an axis of size 1: `x[:, tf.newaxis]`.
newaxis = None

_NONE = type(None)
_ELLIPSIS = type(Ellipsis)
_BOUNDS = frozenset({int, _NONE})


def getitem(tensor: Tensor, key: Any) -> Tensor:
    """`tensor[key]` for integers, slices, `...`, `tf.newaxis`, integer scalars, boolean masks."""
    context = thread.context
    if context.is_quick and not context.recorders and type(tensor) is EagerTensor:
        plain = _plain(key)
        if plain is not None:
            array = array_of(tensor)
            try:
                value = array[plain]
            except (IndexError, ValueError):
                pass  # the careful way says what is wrong
            else:
                base = value.base
                if base is not None and value.size < _KEPT_FROM * array.size:
                    value = value.copy()
                return EagerTensor(value, tensor._dtype)
    return _careful(tensor, key)


def _plain(key: Any) -> Any:
    """`key` as NumPy may take it to mean the same, or None where it is not that simple.

    Every plain key ends in `...`: then NumPy answers a view, of rank 0 too, and never a scalar.
    """
    kind = type(key)
    if kind is int:
        return key, Ellipsis
    if kind is Slice:
        if type(key.start) in _BOUNDS and type(key.stop) in _BOUNDS and type(key.step) in _BOUNDS:
            return key
        return None
    if kind is not tuple:
        return (key, Ellipsis) if key is None or key is Ellipsis else None
    has_ellipsis = False
    for part in key:
        kind = type(part)
        if kind is int or kind is _NONE:
            continue
        if kind is Slice:
            if (
                type(part.start) not in _BOUNDS
                or type(part.stop) not in _BOUNDS
                or type(part.step) not in _BOUNDS
            ):
                return None
        elif kind is _ELLIPSIS and not has_ellipsis:
            has_ellipsis = True
        else:
            return None
    return key if has_ellipsis else (*key, Ellipsis)


# ---- TensorFlow's notation -----------------------------------------------------------------------


class Spec(NamedTuple):
    """A key in StridedSlice's notation; bit `i` of a mask speaks of part `i`.

    begin, end, strides: one number (an int or a scalar tensor) for each part of the key.
    begin_mask, end_mask: the bound is not given.
    ellipsis_mask, new_axis_mask: the part is `...`, or `tf.newaxis`.
    shrink_axis_mask: the part is an integer, and its axis goes.
    """

    begin: list
    end: list
    strides: list
    begin_mask: int
    end_mask: int
    ellipsis_mask: int
    new_axis_mask: int
    shrink_axis_mask: int


_INDEX_ERROR = (
    "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar "
    "tf.int32/tf.int64 tensors are valid indices, got {!r}"
)


def spec_of(key: Any) -> Spec:
    """`key` in StridedSlice's notation; raises TypeError for what is no index."""
    begin: list[Any] = []
    end: list[Any] = []
    strides: list[Any] = []
    begin_mask = end_mask = ellipsis_mask = new_axis_mask = shrink_axis_mask = 0
    for i, part in enumerate(key):
        bit = 1 << i
        if isinstance(part, Slice):
            start, stop, step = part.start, part.stop, part.step
            if start is None:
                begin_mask |= bit
            if stop is None:
                end_mask |= bit
            begin.append(0 if start is None else _bound(start))
            end.append(0 if stop is None else _bound(stop))
            strides.append(1 if step is None else _bound(step))
        elif part is Ellipsis or part is None:
            begin.append(0)
            end.append(0)
            strides.append(1)
            if part is None:
                new_axis_mask |= bit
            else:
                ellipsis_mask |= bit
        else:
            index = _bound(part)
            begin.append(index)
            end.append(index + 1)
            strides.append(1)
            shrink_axis_mask |= bit
    return Spec(
        begin, end, strides, begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
    )


def _bound(value: Any) -> Any:
    """A part of a key as an int, or as a scalar tensor where its value is not known."""
    if type(value) is int:
        return value
    if isinstance(value, EagerTensor) or not isinstance(value, Tensor):
        if hasattr(type(value), "read_value"):
            value = convert(value)
        if isinstance(value, EagerTensor):
            if value.dtype in (int16, int32, int64) and not value.ndim:
                return int(array_of(value))
        elif (isinstance(value, (np.integer, int)) and not isinstance(value, bool)) or (
            isinstance(value, np.ndarray) and not value.ndim and value.dtype.kind in "iu"
        ):
            return int(value)
        elif type(value).__name__ == "Dimension":
            return value.value
    elif value.dtype in (int32, int64) and value.shape.rank in (0, None):
        return value
    if isinstance(value, bool):
        raise errors.InvalidArgumentError(
            None,
            None,
            "Value for attr 'Index' of bool is not in the list of allowed values: int16, int32, "
            "int64\n\t; NodeDef: {{node StridedSlice}} [Op:StridedSlice] name: ",
        )
    raise TypeError(_INDEX_ERROR.format(value))


def _careful(tensor: Tensor, key: Any) -> Tensor:
    if getattr(key, "dtype", None) is bool_:
        return boolean_mask(tensor, key)
    if isinstance(key, bool) or (isinstance(key, np.ndarray) and key.dtype == bool):
        return boolean_mask(tensor, key)
    parts = key if isinstance(key, (list, tuple)) else (key,)
    if not isinstance(tensor, Tensor):
        tensor = convert(tensor)
    spec = spec_of(parts)
    # In eager mode the name is seen in errors alone, and there TensorFlow writes it as a scope.
    name = "strided_slice/" if type(tensor) is EagerTensor else "strided_slice"
    return strided_slice_op(tensor, *_packed(spec[:3]), *spec[3:], name)


def _packed(lists: tuple) -> tuple:
    """Lists of bounds as tuples of ints, or where a bound is not known as vectors."""
    if all(type(n) is int for numbers in lists for n in numbers):
        return tuple(map(tuple, lists))
    return tuple(list(numbers) for numbers in lists)


def key_of(
    shape: Any,
    begin: tuple,
    end: tuple,
    strides: tuple,
    begin_mask: int,
    end_mask: int,
    ellipsis_mask: int,
    new_axis_mask: int,
    shrink_axis_mask: int,
) -> tuple:
    """NumPy's key for a slice of an array of `shape` given in StridedSlice's notation.

    Raises ShapeError, in the kernel's words, for an index out of range, a stride of zero, or more
    parts than the shape has axes.
    """
    rank = len(shape)
    if not rank and shrink_axis_mask:
        raise ShapeError("Attempting to slice scalar input.")
    if not len(begin) == len(end) == len(strides):
        raise ShapeError(
            "Expected begin, end, and strides to be 1D equal size tensors, but got shapes "
            f"[{len(begin)}], [{len(end)}], and [{len(strides)}] instead."
        )
    if ellipsis_mask & (ellipsis_mask - 1):
        raise ShapeError("Multiple ellipses in slice spec not allowed")
    parts = range(len(begin))
    used = sum(1 for i in parts if not (ellipsis_mask | new_axis_mask) >> i & 1)
    key: list[Any] = []
    axis = 0
    for i in parts:
        bit = 1 << i
        if ellipsis_mask & bit:
            key.append(Ellipsis)
            axis += rank - used
        elif new_axis_mask & bit:
            key.append(None)
        elif axis >= rank:
            raise ShapeError(
                f"Index out of range using input dim {axis}; input has only {rank} dims"
            )
        else:
            key.append(_part(shape, axis, i, begin[i], end[i], strides[i], begin_mask & bit,
                             end_mask & bit, shrink_axis_mask & bit))  # fmt: skip
            axis += 1
    if not ellipsis_mask:
        key.append(Ellipsis)
    return tuple(key)


def _part(
    shape: Any, axis: int, i: int, begin: Any, end: Any, stride: Any, no_begin: int, no_end: int,
    shrinks: int,
) -> Any:  # fmt: skip
    if stride == 0:
        raise ShapeError(f"strides[{i}] must be non-zero")
    if not shrinks:
        return Slice(None if no_begin else begin, None if no_end else end, stride)
    if stride is not None and stride < 0:
        raise ShapeError("only stride 1 allowed on non-range indexing.")
    size = shape[axis]
    index = 0 if no_begin else begin
    if index is not None and size is not None:
        where = index + size if index < 0 else index
        if not 0 <= where < size:
            raise ShapeError(
                f"slice index {where if index < 0 else index} of dimension {axis} out of bounds."
            )
    return index


def _sliced(x: TensorShape, begin: Any, end: Any, strides: Any, *masks: int) -> TensorShape:
    """The shape of a strided slice."""
    ellipsis_mask, new_axis_mask, shrink_axis_mask = masks[2:]
    if begin is None or end is None or strides is None:
        known = next((v for v in (begin, end, strides) if v is not None), None)
        if known is None or x.rank is None:
            return unknown
        begin, end, strides = (
            (None,) * len(known) if v is None else v for v in (begin, end, strides)
        )
    if x.rank is None:
        if ellipsis_mask:
            return unknown
        return unknown
    key = key_of(tuple(x), begin, end, strides, *masks)
    sizes: list[int | None] = []
    axis = 0
    used = sum(1 for part in key if part is not None and part is not Ellipsis)
    # An index that is not known is None, like a new axis; the mask tells them apart.
    hidden = [
        i for i in range(len(begin)) if shrink_axis_mask >> i & 1 and not (ellipsis_mask |
        new_axis_mask) >> i & 1 and begin[i] is None
    ]  # fmt: skip
    used += len(hidden)
    for i, part in enumerate(key):
        if part is Ellipsis:
            rest = x.rank - used
            sizes.extend(x[axis : axis + rest])
            axis += rest
        elif i in hidden:
            axis += 1
        elif part is None:
            sizes.append(1)
        elif isinstance(part, Slice):
            sizes.append(_length(x[axis], part, begin[i], end[i], strides[i], masks, i))
            axis += 1
        else:
            axis += 1
    return TensorShape(sizes)


def _length(
    size: Any, part: Slice, begin: Any, end: Any, stride: Any, masks: tuple, i: int
) -> int | None:
    """How many elements a slice takes of an axis of `size`, None where that is not known."""
    is_known = stride is not None
    is_known &= begin is not None or bool(masks[0] >> i & 1)
    is_known &= end is not None or bool(masks[1] >> i & 1)
    if size is None or not is_known:
        return None
    return len(range(*part.indices(size)))


@op("StridedSlice", shape=_sliced, cost="host")
def strided_slice_op(
    input: Tensor,
    begin: Static,
    end: Static,
    strides: Static,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    name: str | None = None,
) -> Tensor:
    """`input` from `begin` to `end` in steps of `strides`; the masks are those of `Spec`."""
    key = key_of(
        input.shape, begin, end, strides, begin_mask, end_mask, ellipsis_mask, new_axis_mask,
        shrink_axis_mask,
    )  # fmt: skip
    return input[key]


@strided_slice_op.gradient
def _(
    dz, input, begin, end, strides, begin_mask, end_mask, ellipsis_mask, new_axis_mask,
    shrink_axis_mask,
):  # fmt: skip
    return strided_slice_grad(
        dims(input), begin, end, strides, dz, begin_mask, end_mask, ellipsis_mask, new_axis_mask,
        shrink_axis_mask,
    )  # fmt: skip


def _as_wide_as(shape: Any, *_: Any) -> TensorShape:
    return unknown if shape is None else TensorShape(shape)


@op("StridedSliceGrad", shape=_as_wide_as, cost="host")
def strided_slice_grad(
    shape: Static,
    begin: Static,
    end: Static,
    strides: Static,
    dy: Tensor,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    name: str | None = None,
) -> Tensor:
    """Zeros of `shape` with `dy` in the place of the slice."""
    key = key_of(
        shape, begin, end, strides, begin_mask, end_mask, ellipsis_mask, new_axis_mask,
        shrink_axis_mask,
    )  # fmt: skip
    return xp(dy).zeros(shape, dy.dtype).at[key].set(dy)


@strided_slice_grad.kernel("host")
def _(shape, begin, end, strides, dy, *masks):
    # NumPy has no `.at`: it assigns.
    out = np.zeros(shape, dy.dtype)
    out[key_of(shape, begin, end, strides, *masks)] = dy
    return out


@strided_slice_grad.gradient
def _(
    dz, begin, end, strides, begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
):
    return strided_slice_op(
        dz, begin, end, strides, begin_mask, end_mask, ellipsis_mask, new_axis_mask,
        shrink_axis_mask,
    )  # fmt: skip


def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: str | None = None,
) -> Tensor:
    """`input_` from `begin` to before `end` in steps of `strides`: `t[...]` spelt out.

    begin, end, strides: one integer for each axis, from the first on; strides are 1 by default.
    Bit `i` of a mask speaks of axis `i`: begin_mask and end_mask ignore the bound, ellipsis_mask
    stands for as many axes as needed, new_axis_mask adds one, shrink_axis_mask takes the single
    element at `begin` and drops the axis.

    >>> tf.strided_slice([[1, 2, 3], [4, 5, 6]], [0, 0], [2, 3], [1, 2]).numpy()
    array([[1, 3],
           [4, 6]], dtype=int32)

    Raises tf.errors.InvalidArgumentError for a stride of zero or an element out of range. Op:
    StridedSlice.
    """
    if var is not None:
        raise NotImplementedError(
            "tf.strided_slice: `var` belongs to TensorFlow 1 and must be None."
        )
    begin, end = _vector(begin), _vector(end)
    if strides is None:
        count = len(begin) if isinstance(begin, tuple) else begin.shape[0]
        strides = (1,) * count
    return strided_slice_op(
        input_, begin, end, _vector(strides), begin_mask, end_mask, ellipsis_mask, new_axis_mask,
        shrink_axis_mask, name,
    )  # fmt: skip


def _vector(values: Any) -> Any:
    """Numbers as a tuple of ints where they are known, else as a tensor."""
    if type(values) in (list, tuple) and all(type(v) is int for v in values):
        return tuple(values)
    tensor = convert(values)
    if isinstance(tensor, EagerTensor) and tensor.dtype.is_integer:
        array = array_of(tensor)
        return tuple(array.tolist()) if array.ndim == 1 else tensor
    return tensor


def _block(x: TensorShape, begin: Any, size: Any) -> TensorShape:
    if begin is None or size is None:
        return unknown_shape(x.rank)
    if x.rank is None:
        return unknown_shape(len(size))
    if np.shape(begin) != (x.rank,) or np.shape(size) != (x.rank,):
        shapes = [bracketed(TensorShape(np.shape(v))) for v in (begin, size)]
        raise ShapeError(
            "Expected begin and size arguments to be 1-D tensors of size "
            f"{x.rank}, but got shapes {shapes[0]} and {shapes[1]} instead.",
            f"Shape must be rank {len(shapes[0])} but is rank {x.rank}",
        )
    sizes: list[int | None] = []
    for axis, (start, count, whole) in enumerate(zip(begin, size, x, strict=True)):
        if start is None or count is None or whole is None:
            sizes.append(None if count is None or count < 0 else count)
            continue
        if not 0 <= start <= whole:
            raise ShapeError(f"Expected begin[{axis}] in [0, {whole}], but got {start}")
        if count == -1:
            count = whole - start
        if not 0 <= count <= whole - start:
            raise ShapeError(
                f"Expected size[{axis}] in [0, {whole - start}], but got {count}",
                f"Out of bounds: axis {axis} has {whole} elements, not {start + count}",
            )
        sizes.append(count)
    return TensorShape(sizes)


@op("Slice", shape=_block, cost="host")
def slice_op(input: Tensor, begin: Static, size: Static, name: str | None = None) -> Tensor:
    """The block of `input` that starts at `begin` and has `size` elements along each axis."""
    sizes = _block(TensorShape(input.shape), begin, size)
    # One part too many, so that NumPy answers a view and not a scalar.
    return input[(*(Slice(b, b + n) for b, n in zip(begin, sizes, strict=True)), Ellipsis)]


@slice_op.gradient
def _(dz, input, begin):
    known = dims(input)
    start = begin
    if isinstance(known, tuple) and isinstance(start, tuple) and dz.shape.is_fully_defined():
        stop = tuple(b + n for b, n in zip(start, dz.shape, strict=True))
    else:
        start = convert(start)
        stop = start + dims(dz)
    return strided_slice_grad(known, start, stop, (1,) * dz.shape.rank, dz)


def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """The block of `input_` that starts at `begin` and has `size` elements along each axis.

    begin, size: one integer for each axis; a size of -1 means all that follow.

    >>> tf.slice([[1, 2, 3], [4, 5, 6]], [0, 1], [2, -1]).numpy()
    array([[2, 3],
           [5, 6]], dtype=int32)

    Raises tf.errors.InvalidArgumentError where the block reaches beyond the tensor. Op: Slice.
    """
    return slice_op(input_, _vector(begin), _vector(size), name)


def _updated(input: TensorShape, *_: Any) -> TensorShape:
    return input


@op("TensorStridedSliceUpdate", shape=_updated, cost="host")
def strided_slice_update(
    input: Tensor,
    begin: Static,
    end: Static,
    strides: Static,
    value: Tensor,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    name: str | None = None,
) -> Tensor:
    """`input` with `value`, which may broadcast, in the place of a strided slice."""
    key = key_of(
        input.shape, begin, end, strides, begin_mask, end_mask, ellipsis_mask, new_axis_mask,
        shrink_axis_mask,
    )  # fmt: skip
    return input.at[key].set(value)


@strided_slice_update.kernel("host")
def _(input, begin, end, strides, value, *masks):
    # NumPy has no `.at`: it assigns, to a copy.
    out = input.copy()
    out[key_of(input.shape, begin, end, strides, *masks)] = value
    return out


@strided_slice_update.gradient
def _(
    dz, begin, end, strides, value, begin_mask, end_mask, ellipsis_mask, new_axis_mask,
    shrink_axis_mask,
):  # fmt: skip
    masks = (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    nothing = gradient.zeros(tuple(value.shape), value.dtype)

    def of_value() -> Tensor:
        piece = strided_slice_op(dz, begin, end, strides, *masks)
        return gradient.unbroadcast(piece, tuple(value.shape))

    return (
        lambda: tensor_strided_slice_update(dz, begin, end, strides, nothing, *masks),
        of_value,
    )


def tensor_strided_slice_update(
    input: Any, begin: Any, end: Any, strides: Any, value: Any, *masks: int
) -> Tensor:
    """`input` with `value` in the place of a strided slice; the masks are those of `Spec`."""
    return strided_slice_update(input, begin, end, strides, value, *masks)
