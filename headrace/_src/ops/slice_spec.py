"""The two notations of a slice: Python's keys, and TensorFlow's StridedSlice.

The one idea: they say the same. A Python key becomes begin, end, strides and five bit masks
(`Spec`), which is what graphs, gradients and saved models speak; `key_of` turns them back into a
key that arrays take, and `sliced` says what shape comes out. What only the running program knows is
None to the shape rule, and a tracer to a kernel.

Read next: ops/slicing.py.
"""

from typing import Any, NamedTuple

import numpy as np

from headrace._src.core import errors
from headrace._src.core.dtypes import int16, int32, int64
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.convert import convert


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
        if isinstance(part, slice):
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
    elif value.dtype in (int16, int32, int64) and value.shape.rank in (0, None):
        return value
    if isinstance(value, bool):
        raise errors.InvalidArgumentError(
            None,
            None,
            "Value for attr 'Index' of bool is not in the list of allowed values: int16, int32, "
            "int64\n\t; NodeDef: {{node StridedSlice}} [Op:StridedSlice] name: ",
        )
    raise TypeError(_INDEX_ERROR.format(value))


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
    if type(stride) is int and stride == 0:
        raise ShapeError(f"strides[{i}] must be non-zero")
    if not shrinks:
        return slice(None if no_begin else begin, None if no_end else end, stride)
    if type(stride) is int and stride < 0:
        raise ShapeError("only stride 1 allowed on non-range indexing.")
    size = shape[axis]
    index = 0 if no_begin else begin
    # What only the running program knows is None to the shape rule, and a tracer to the kernel.
    if type(index) is int and size is not None:
        where = index + size if index < 0 else index
        if not 0 <= where < size:
            raise ShapeError(
                f"slice index {where if index < 0 else index} of dimension {axis} out of bounds."
            )
    return index


def sliced(x: TensorShape, begin: Any, end: Any, strides: Any, *masks: int) -> TensorShape:
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
        elif isinstance(part, slice):
            sizes.append(_length(x[axis], part, begin[i], end[i], strides[i], masks, i))
            axis += 1
        else:
            axis += 1
    return TensorShape(sizes)


def _length(
    size: Any, part: slice, begin: Any, end: Any, stride: Any, masks: tuple, i: int
) -> int | None:
    """How many elements a slice takes of an axis of `size`, None where that is not known."""
    is_known = stride is not None
    is_known &= begin is not None or bool(masks[0] >> i & 1)
    is_known &= end is not None or bool(masks[1] >> i & 1)
    if size is None or not is_known:
        return None
    return len(range(*part.indices(size)))
