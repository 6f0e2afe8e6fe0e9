"""Slices: `t[...]`, `slice`, `strided_slice` and assigning to a slice of a copy.

The one idea: an eager `t[i]` or `t[a:b]` outside of tapes goes straight to NumPy once its parts are
known to be plain; everything else goes through TensorFlow's notation (ops/slice_spec.py), of which
a kernel makes a key again and lets the array do the rest.

A small slice of a big array is copied, for a view would keep all of the big one in memory.

Read next: ops/gather.py, for indices that are tensors.
"""

from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import bool as bool_
from headrace._src.core.dtypes import int32, int64
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, ValueRefused, bracketed
from headrace._src.core.shapes import TensorShape, unknown, unknown_shape
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine import gradient
from headrace._src.engine.convert import convert
from headrace._src.engine.op import Static, op
from headrace._src.ops.array import dims, shape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.gather import boolean_mask
from headrace._src.ops.slice_spec import key_of, sliced, spec_of

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
    name = "strided_slice/" if thread.context.graph is None else "strided_slice"
    bounds = _packed(spec[:3], type(tensor) is EagerTensor)
    return strided_slice_op(tensor, *bounds, *spec[3:], name)


def _packed(lists: tuple, is_eager: bool) -> tuple:
    """Lists of bounds as tuples of ints, or where a bound is not known as vectors of one dtype."""
    bounds = [n for numbers in lists for n in numbers]
    if all(type(n) is int for n in bounds) and (is_eager or all(map(_fits, bounds))):
        return tuple(map(tuple, lists))
    if all(n.dtype is int32 if isinstance(n, Tensor) else _fits(n) for n in bounds):
        return tuple(list(numbers) for numbers in lists)
    return tuple(
        convert([cast(n, int64) if isinstance(n, Tensor) else n for n in numbers], int64)
        for numbers in lists
    )


def _fits(bound: int) -> bool:
    """Whether a bound can be an int32, as they are by default."""
    return -(2**31) <= bound < 2**31


@op("StridedSlice", shape=sliced, cost="host")
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


# An index may be what only the running program knows; a bound may not, for it makes the shape.
strided_slice_op.kernel("dynamic")(strided_slice_op.op.body)


@strided_slice_op.check
def _(input, begin, end, strides, *masks):
    shrinks, holds = masks[-1], np.True_
    key = key_of(input.shape, begin, end, strides, *masks)
    axis = 0
    used = sum(1 for part in key if part is not None and part is not Ellipsis)
    for i, part in enumerate(key):
        if part is Ellipsis:
            axis += input.ndim - used
        elif part is not None:
            if shrinks >> i & 1 and type(part) is not int:
                holds = holds & (part >= -input.shape[axis]) & (part < input.shape[axis])
            axis += 1
    return holds


@strided_slice_op.gradient
def _(
    dz, input, begin, end, strides, begin_mask, end_mask, ellipsis_mask, new_axis_mask,
    shrink_axis_mask,
):  # fmt: skip
    whole = _dims_beside(input, begin, end, strides)
    return strided_slice_grad(
        whole, begin, end, strides, dz, begin_mask, end_mask, ellipsis_mask, new_axis_mask,
        shrink_axis_mask,
    )  # fmt: skip


def _dims_beside(x: Tensor, *bounds: Any) -> Any:
    """The shape of `x`: a tuple, or a tensor of the dtype of those bounds that are tensors."""
    dtype = next((b.dtype for b in bounds if isinstance(b, Tensor)), int32)
    return tuple(x.shape) if x.shape.is_fully_defined() else shape_op(x, dtype)


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


@strided_slice_grad.kernel("dynamic")
def _(shape, begin, end, strides, dy, *masks):
    # How long a slice is whose bounds only the running program knows, `dy` says: that is put at the
    # front and rolled to its place.
    key = list(key_of(shape, begin, end, strides, *masks))
    shrinks, moves, axis, source = masks[-1], [], 0, 0
    used = sum(1 for part in key if part is not None and part is not Ellipsis)
    for i, part in enumerate(key):
        if part is Ellipsis:
            axis, source = axis + len(shape) - used, source + len(shape) - used
        elif part is None:
            source += 1
        elif shrinks >> i & 1:
            axis += 1
        else:
            if not all(type(n) in _BOUNDS for n in (part.start, part.stop, part.step)):
                if part.step != 1:
                    raise NotImplementedError("A slice between unknown bounds has to be dense.")
                key[i] = Slice(0, dy.shape[source])
                moves.append((0 if part.start is None else part.start, axis))
            axis, source = axis + 1, source + 1
    out = xp(dy).zeros(shape, dy.dtype).at[tuple(key)].set(dy)
    for start, along in moves:
        start = xp(dy).where(start < 0, start + shape[along], start)
        out = xp(dy).roll(out, start, along)
    return out


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
    if size is None:
        return unknown_shape(x.rank)
    if begin is None or x.rank is None:
        return TensorShape([None if n is None or n < 0 else n for n in size])
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
            raise ValueRefused(f"Expected begin[{axis}] in [0, {whole}], but got {start}")
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


@slice_op.kernel("dynamic")
def _(input, begin, size):
    # Where the block begins only the running program knows; its size may not hang on that.
    if any(type(n) is not int or (n < 0 and type(b) is not int) for b, n in _pairs(begin, size)):
        raise NotImplementedError("The size of a slice has to be known.")
    for axis, (start, count) in enumerate(_pairs(begin, size)):
        if type(start) is int:
            stop = input.shape[axis] if count < 0 else start + count
            places = np.arange(start, stop)
        else:
            first = xp(input).clip(start, 0, input.shape[axis] - count)
            places = first + np.arange(count, dtype=start.dtype)
        input = xp(input).take(input, places, axis)
    return input


def _pairs(begin: tuple, size: tuple) -> list:
    return list(zip(begin, size, strict=True))


@slice_op.check
def _(input, begin, size):
    holds = np.True_
    for (start, count), whole in zip(_pairs(begin, size), input.shape, strict=True):
        if type(start) is not int:
            holds = holds & (start >= 0) & (start <= whole - count)
    return holds


@slice_op.gradient
def _(dz, input, begin):
    rank = dz.shape.rank
    whole = _dims_beside(input, begin)
    if isinstance(begin, tuple) and dz.shape.is_fully_defined():
        stop: Any = tuple(b + n for b, n in zip(begin, dz.shape, strict=True))
    else:
        begin = convert(begin)
        stop = begin + shape_op(dz, begin.dtype)
    strides = begin * 0 + 1 if rank is None else (1,) * rank
    return strided_slice_grad(whole, begin, stop, strides, dz)


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


strided_slice_update.kernel("dynamic")(strided_slice_update.op.body)


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
    nothing = gradient.zeros((), value.dtype)

    def of_value() -> Tensor:
        piece = strided_slice_op(dz, begin, end, strides, *masks)
        shape = dims(value)
        return gradient.unbroadcast(piece, shape if type(shape) is tuple else value)

    return (
        lambda: tensor_strided_slice_update(dz, begin, end, strides, nothing, *masks),
        of_value,
    )


def tensor_strided_slice_update(
    input: Any, begin: Any, end: Any, strides: Any, value: Any, *masks: int
) -> Tensor:
    """`input` with `value` in the place of a strided slice; the masks are those of `Spec`."""
    return strided_slice_update(input, begin, end, strides, value, *masks)
