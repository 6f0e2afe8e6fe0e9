"""Signals cut into frames that overlap, and put together again: `frame`, `overlap_and_add`.

The one idea: frames of `frame_length` that start every `frame_step` are made of whole blocks, as
long as the greatest common divisor of the two; so cutting them is to gather rows of blocks rather
than single samples, and adding them up again is to sum frames cut into steps, each row of steps
moved on by one.

Read next: ops/spectral.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.dtypes import DType, int32
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import SymbolicTensor
from headrace._src.engine.node import known_value
from headrace._src.ops.array import length, positions, reshape_op, shape_op, transpose_op
from headrace._src.ops.cast import cast
from headrace._src.ops.gather import gather_op
from headrace._src.ops.joining import concat, stack
from headrace._src.ops.math import maximum
from headrace._src.ops.padding import pad, pad_op
from headrace._src.ops.reduce import reduce_prod, reduce_sum
from headrace._src.ops.slicing import slice_op

# ---- arguments -----------------------------------------------------------------------------------


def scalar(value: Any, what: str, dtype: DType | None = None) -> Any:
    """An integer argument as an int where it is known, else as a scalar tensor."""
    found = convert(value, dtype, None, what)
    if found.shape.rank not in (None, 0):
        raise ValueError(f"Shape {found.shape} must have rank 0")
    if not found.dtype.is_integer:
        raise errors.InvalidArgumentError(
            None, None, f"{what} must be an integer, not a {found.dtype.name}: {value!r}"
        )
    known = known_value(found)
    return cast(found, int32) if known is None else int(known)


def of_rank(x: Tensor, least: int) -> Tensor:
    """`x`, which must have so many axes as far as they are known."""
    if x.shape.rank is not None and x.shape.rank < least:
        raise ValueError(f"Shape {x.shape} must have rank at least {least}")
    return x


def known_ints(*values: Any) -> bool:
    """Whether all sizes are known."""
    return all(type(value) is int for value in values)


def vector(sizes: Any) -> Any:
    """Sizes for an op: a tuple where they are known, else a tensor."""
    return tuple(sizes) if known_ints(*sizes) else stack(list(sizes))


def _at_least_0(n: Any) -> Any:
    return max(n, 0) if type(n) is int else maximum(n, 0)


def _product(sizes: Any) -> Any:
    return math.prod(sizes) if type(sizes) is list else reduce_prod(sizes)


def _around(x: Tensor, first: int, last: int) -> tuple[Any, Any]:
    """The sizes before axis `first` and after axis `last`: lists of ints, or else vectors.

    first, last: counted from the same end.
    """
    known = x.shape
    found: Any = known.as_list() if known.is_fully_defined() else shape_op(x)
    return found[:first], found[last + 1 :] if last != -1 else found[:0]


def _shaped(x: Tensor, before: Any, middle: list[Any], after: Any) -> Tensor:
    """`x` in the shape (*before, *middle, *after)."""
    if type(before) is list and known_ints(*middle):
        return reshape_op(x, (*before, *middle, *after))
    pieces = [before, stack(middle), after]
    return reshape_op(x, concat([convert(piece, int32) for piece in pieces], 0))


def _told(x: Tensor, known: list[Any] | None) -> Tensor:
    """`x`, of whose shape so much is known, `None` for what is not; in a graph it may not know."""
    if type(x) is SymbolicTensor and known is not None:
        x.set_shape([n if type(n) is int else None for n in known])
    return x


# ---- into frames ---------------------------------------------------------------------------------


def frame(
    signal: Any,
    frame_length: Any,
    frame_step: Any,
    pad_end: bool = False,
    pad_value: Any = 0,
    axis: int = -1,
    name: str | None = None,
) -> Tensor:
    """`signal` cut into frames along `axis`, which becomes two: [..., frames, frame_length, ...].

    frame_length: how many samples a frame has. frame_step: how many lie between the starts of two
    frames. pad_end: whether frames that reach over the end are there too, filled up with
    `pad_value`; else only whole ones are.

    >>> tf.signal.frame([1., 2., 3., 4., 5.], frame_length=3, frame_step=2).numpy()
    array([[1., 2., 3.],
           [3., 4., 5.]], dtype=float32)

    Raises ValueError where a scalar is expected and there is none, IndexError for an axis out of
    range, tf.errors.InvalidArgumentError for a negative length or a step of 0. Source: a
    composition of array ops.
    """
    x = of_rank(convert(signal), 1)
    size, step = scalar(frame_length, "frame_length"), scalar(frame_step, "frame_step")
    if type(size) is int and size < 0:
        raise errors.InvalidArgumentError(
            None, None, f"frame_length must not be negative, got {size}"
        )
    if type(step) is int and step == 0:
        raise errors.InvalidArgumentError(
            None, None, "Integer division by zero: frame_step must not be 0"
        )
    axis = _axis(axis, x.shape.rank)
    samples = length(x, axis)
    before, after = _around(x, axis, axis)
    inner = _product(after)
    table = _shaped(x, [], [_product(before), samples, inner], [])
    if pad_end:
        count = _at_least_0(-(-samples // step))
        missing = _at_least_0((count - 1) * step + size - samples)
        table = _filled(table, missing, pad_value)
        samples = samples + missing
    else:
        count = _at_least_0((samples - size) // step + 1)
    block = math.gcd(size, step) if known_ints(size, step) else 1
    whole = samples // block
    if block > 1:
        if not known_ints(samples) or samples % block:
            table = slice_op(table, (0, 0, 0), vector([-1, whole * block, -1]))
        table = _shaped(table, [], [_product(before), whole, block * inner], [])
    rows = _rows(count, step // block, size // block)
    found = _shaped(gather_op(table, rows, 1), before, [count, size], after)
    known = x.shape.as_list() if x.shape.rank is not None else None
    if known is not None:
        known[axis : axis + 1 or None] = [count, size]
    return _told(found, known)


def _axis(axis: Any, rank: int | None) -> int:
    """`axis`, from the front where that can be said."""
    found = convert(axis)
    if found.shape.rank not in (None, 0):
        raise ValueError(f"Shape {found.shape} must have rank 0")
    known = known_value(found)
    if known is None:
        raise NotImplementedError("tf.signal.frame needs an axis that is known.")
    if not found.dtype.is_integer:
        raise TypeError(f"axis must be an integer, not a {found.dtype.name}: {axis!r}")
    place = int(known)
    if rank is None:
        return place
    if not -rank <= place < rank:
        raise IndexError(f"axis {place} is out of range [-{rank}, {rank})")
    return place % rank


def _filled(table: Tensor, missing: Any, value: Any) -> Tensor:
    """`table` with so many more places along its second axis."""
    value = convert(value, table.dtype)
    if value.shape.rank not in (None, 0):
        raise ValueError(f"Shape {value.shape} must have rank 0")
    if type(missing) is int:
        return pad(table, ((0, 0), (0, missing), (0, 0)), constant_values=value)
    return pad(table, stack([[0, 0], stack([0, missing]), [0, 0]]), constant_values=value)


def _rows(count: Any, step: Any, size: Any) -> Tensor:
    """Which rows are in which frame: [frames, rows of a frame]."""
    if known_ints(count, step, size):
        starts = np.arange(count, dtype=np.int32)[:, None] * step
        return convert(starts + np.arange(size, dtype=np.int32))
    return positions(count)[:, None] * step + positions(size)


# ---- and out of them -----------------------------------------------------------------------------


def overlap_and_add(signal: Any, frame_step: Any, name: str | None = None) -> Tensor:
    """The signal of frames that start every `frame_step`, added up where they overlap.

    signal: [..., frames, frame_length]. Result: [..., (frames - 1) * frame_step + frame_length].

    >>> tf.signal.overlap_and_add([[1., 2., 3.], [10., 20., 30.]], 1).numpy()
    array([ 1., 12., 23., 30.], dtype=float32)

    Raises ValueError for a smaller rank and a step that is no integer scalar,
    tf.errors.InvalidArgumentError for a step that is not positive. Source: a composition of array
    ops.
    """
    x = of_rank(convert(signal), 2)
    given = convert(frame_step)
    if not given.dtype.is_integer:
        raise ValueError(f"frame_step must be an integer. Got {given.dtype}")
    step = scalar(given, "frame_step")
    if type(step) is int and step <= 0:
        raise errors.InvalidArgumentError(None, None, f"frame_step must be positive, got {step}")
    count, size = length(x, -2), length(x, -1)
    before, _ = _around(x, -2, -1)
    batch, total = _product(before), _at_least_0((count - 1) * step + size)
    # A frame is so many steps long. Frames that are zero follow, so that in rows which are one
    # step shorter, each step of the frames begins one place further to the right.
    steps = -(-size // step)
    frames = _shaped(x, [], [batch, count, size], [])
    padding = [[0, 0], vector([0, steps]), vector([0, steps * step - size])]
    if known_ints(count, size, step):
        frames = pad_op(frames, tuple(tuple(pair) for pair in padding))
    else:
        frames = pad_op(frames, stack(padding))
    frames = _shaped(frames, [], [batch, count + steps, steps, step], [])
    rows = _shaped(
        transpose_op(frames, (0, 2, 1, 3)), [], [batch, steps * (count + steps), step], []
    )
    width = _at_least_0(count + steps - 1)
    rows = slice_op(rows, (0, 0, 0), vector([-1, steps * width, -1]))
    added = reduce_sum(_shaped(rows, [], [batch, steps, width, step], []), 1)
    flat = _shaped(added, [], [batch, width * step], [])
    found = _shaped(slice_op(flat, (0, 0), vector([-1, total])), before, [total], [])
    known = x.shape.as_list() if x.shape.rank is not None else None
    return _told(found, None if known is None else [*known[:-2], total])
