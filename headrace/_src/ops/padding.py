"""The same elements more often or elsewhere: `pad`, `tile`, `repeat`, `reverse`, `roll`.

The one idea: each of these is a reshape, a transpose and a copy with clever shapes; what is left
of an element in several places adds up again in the gradient.

Read next: ops/array.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.dtypes import int32
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, ValueRefused, bracketed
from headrace._src.core.shapes import TensorShape, unknown_shape
from headrace._src.core.tensor import Tensor
from headrace._src.engine import gradient
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.engine.numbers import number
from headrace._src.engine.op import Static, op
from headrace._src.ops.array import (
    broadcast_to_op,
    dims,
    expand_dims_op,
    length,
    positions,
    rank_op,
    reshape,
    reshape_op,
    shape_op,
)
from headrace._src.ops.cast import cast
from headrace._src.ops.gather import boolean_mask, gather_op
from headrace._src.ops.joining import stack
from headrace._src.ops.math import maximum
from headrace._src.ops.reduce import reduce_max
from headrace._src.ops.slicing import slice_op


def nested(values: Any) -> Any:
    """Lists as nested tuples of ints where they are that, so that ops take them as they are."""
    if isinstance(values, (list, tuple)):
        found = tuple(nested(v) for v in values)
        return found if all(type(v) in (int, tuple) for v in found) else values
    return values


# ---- pad -----------------------------------------------------------------------------------------


def pad(
    tensor: Any,
    paddings: Any,
    mode: str = "CONSTANT",
    constant_values: Any = 0,
    name: str | None = None,
) -> Tensor:
    """`tensor` with more elements before and after along each axis.

    paddings: [rank, 2] integers: how many before and after. mode: "CONSTANT" fills with
    `constant_values`, "REFLECT" mirrors without repeating the edge, "SYMMETRIC" with it; in any
    case.

    >>> tf.pad([[1, 2, 3]], [[0, 1], [2, 0]]).numpy()
    array([[0, 0, 1, 2, 3],
           [0, 0, 0, 0, 0]], dtype=int32)
    >>> tf.pad([1, 2, 3], [[2, 2]], "reflect").numpy()
    array([3, 2, 1, 2, 3, 2, 1], dtype=int32)

    Raises ValueError for another mode, tf.errors.InvalidArgumentError where `paddings` do not fit.
    Ops: PadV2, MirrorPad.
    """
    mode = mode.upper()
    paddings = nested(paddings)
    if mode == "CONSTANT":
        if (
            not isinstance(constant_values, Tensor)
            and np.isscalar(constant_values)
            and constant_values == 0
        ):
            return pad_op(tensor, paddings, name)
        return pad_v2(tensor, paddings, constant_values, name)
    if mode not in ("REFLECT", "SYMMETRIC"):
        raise ValueError(
            'Value of argument `mode` expected to be one of "CONSTANT", "REFLECT", '
            f'or "SYMMETRIC". Received `mode` = {mode}'
        )
    return mirror_pad(tensor, paddings, mode, name)


def _padded(x: TensorShape, paddings: Any, *_: Any) -> TensorShape:
    if paddings is None:
        return unknown_shape(x.rank)
    shape = np.shape(paddings)
    if len(shape) != 2 or shape[1] != 2:
        raise ShapeError(
            f"paddings must be a matrix with 2 columns: {bracketed(TensorShape(shape))}"
        )
    if x.rank is None:
        return unknown_shape(len(paddings))
    if len(paddings) != x.rank:
        raise ShapeError(
            "The first dimension of paddings must be the rank of inputs"
            f"[{len(paddings)},2] {bracketed(x)}"
        )
    sizes: list[int | None] = []
    for size, (before, after) in zip(x, paddings, strict=True):
        if None in (size, before, after):
            sizes.append(None)
            continue
        if before < 0 or after < 0:
            raise ShapeError(f"Paddings must be non-negative: {before} {after}")
        sizes.append(size + before + after)
    return TensorShape(sizes)


@op("Pad", shape=_padded, cost="light")
def pad_op(input: Tensor, paddings: Static, name: str | None = None) -> Tensor:
    """`input` with zeros around it."""
    _padded(TensorShape(input.shape), paddings)
    return xp(input).pad(input, paddings)


@pad_op.kernel("host")
def _(input, paddings):
    # A fifth of the cost of `np.pad`.
    return _around(input, paddings, b"" if input.dtype == object else 0)


def _around(x: np.ndarray, paddings: tuple, value: Any) -> np.ndarray:
    sizes = tuple(_padded(TensorShape(x.shape), paddings))
    out = np.empty(sizes, x.dtype)
    out[...] = value
    out[tuple([slice(b, b + n) for (b, _), n in zip(paddings, x.shape, strict=True)])] = x
    return out


@pad_op.gradient
def _(dz, input, paddings):
    return _middle(dz, input, paddings)


def _middle(dz: Tensor, x: Tensor, paddings: Any) -> Tensor:
    """What lies where `x` was put."""
    if isinstance(paddings, tuple):
        return slice_op(dz, tuple(before for before, _ in paddings), dims(x))
    return slice_op(dz, paddings[:, 0], shape_op(x, paddings.dtype))


@op("PadV2", shape=_padded, cost="light")
def pad_v2(
    input: Tensor, paddings: Static, constant_values: Tensor, name: str | None = None
) -> Tensor:
    """`input` with `constant_values` around it."""
    return xp(input).pad(input, paddings, constant_values=constant_values)


@pad_v2.kernel("host")
def _(input, paddings, constant_values):
    if constant_values.ndim:
        raise ValueError(f"constant_values must be a scalar. Found: {list(constant_values.shape)}")
    return _around(input, paddings, constant_values)


@pad_v2.gradient
def _(dz, input, paddings):
    # TensorFlow takes what fills for a constant.
    return _middle(dz, input, paddings), None


def _mirrored(x: TensorShape, paddings: Any, mode: str) -> TensorShape:
    out = _padded(x, paddings)
    if paddings is None or x.rank is None:
        return out
    for size, pair in zip(x, paddings, strict=True):
        if size is None or None in pair:
            continue
        most = size if mode == "SYMMETRIC" else size - 1
        if max(pair) > most and max(pair) > 0:
            limit = "no greater" if mode == "SYMMETRIC" else "less"
            raise ValueRefused(
                f"paddings must be {limit} than the dimension size: {pair[0]}, {pair[1]} "
                f"{'not less than' if mode == 'REFLECT' else 'greater than'} {size}"
            )
    return out


@op("MirrorPad", shape=_mirrored, cost="light")
def mirror_pad(input: Tensor, paddings: Static, mode: str, name: str | None = None) -> Tensor:
    """`input` with its mirror image around it."""
    _mirrored(TensorShape(input.shape), paddings, mode)
    return input[np.ix_(*_sources(input.shape, paddings, mode))] if input.ndim else input


def _sources(shape: tuple, paddings: tuple, mode: str) -> list[np.ndarray]:
    """For each axis where the elements of the padded tensor come from."""
    fold = {"REFLECT": "reflect", "SYMMETRIC": "symmetric"}[mode]
    return [np.pad(np.arange(n), pair, fold) for n, pair in zip(shape, paddings, strict=True)]


@mirror_pad.gradient
def _(dz, paddings, mode):
    return mirror_pad_grad(dz, paddings, mode)


def _unmirrored(x: TensorShape, paddings: Any, mode: str) -> TensorShape:
    if paddings is None or x.rank is None:
        return unknown_shape(x.rank)
    return TensorShape(
        [None if n is None else n - b - a for n, (b, a) in zip(x, paddings, strict=True)]
    )


@op("MirrorPadGrad", shape=_unmirrored, cost="host")
def mirror_pad_grad(input: Tensor, paddings: Static, mode: str, name: str | None = None) -> Tensor:
    """The sum of each element's mirror images."""
    out = input
    inner = tuple(_unmirrored(TensorShape(input.shape), paddings, mode))
    for axis, source in enumerate(_sources(inner, paddings, mode)):
        # A matrix of zeros and ones, applied along one axis after the other.
        images = (source == np.arange(inner[axis])[:, None]).astype(input.dtype)
        out = xp(out).moveaxis(xp(out).tensordot(images, out, (1, axis)), 0, axis)
    return out.astype(input.dtype)


@mirror_pad_grad.gradient
def _(dz, paddings, mode):
    return mirror_pad(dz, paddings, mode)


# ---- tile and repeat -----------------------------------------------------------------------------


def tile(input: Any, multiples: Any, name: str | None = None) -> Tensor:
    """`input` repeated as a whole along each axis.

    multiples: one integer for each axis: how often.

    >>> tf.tile([[1, 2]], [2, 2]).numpy()
    array([[1, 2, 1, 2],
           [1, 2, 1, 2]], dtype=int32)

    Raises tf.errors.InvalidArgumentError where `multiples` does not have one number per axis. Op:
    Tile.
    """
    if type(multiples) is list:
        multiples = tuple(multiples)
    return tile_op(input, multiples, name)


def _tiled(x: TensorShape, multiples: Any) -> TensorShape:
    if multiples is None:
        return unknown_shape(x.rank)
    if type(multiples) is int:
        raise ShapeError("Expected multiples to be 1-D, but got shape []")
    if x.rank is None:
        return unknown_shape(len(multiples))
    if len(multiples) != x.rank:
        raise ShapeError(
            f"Expected multiples argument to be a vector of length {x.rank} but got length "
            f"{len(multiples)}"
        )
    for i, times in enumerate(multiples):
        if times is not None and times < 0:
            raise ValueRefused(f"Expected multiples[{i}] >= 0, but got {times}")
    return TensorShape(
        [None if None in (n, m) else n * m for n, m in zip(x, multiples, strict=True)]
    )


@op("Tile", shape=_tiled, cost="light")
def tile_op(input: Tensor, multiples: Static, name: str | None = None) -> Tensor:
    """`input` repeated `multiples` times."""
    sizes = tuple(_tiled(TensorShape(input.shape), multiples))
    if not input.ndim:
        return input
    paired = [n for m, size in zip(multiples, input.shape, strict=True) for n in (m, size)]
    wide = input.reshape([n for size in input.shape for n in (1, size)])
    return xp(input).broadcast_to(wide, paired).reshape(sizes)


@tile_op.gradient
def _(dz, input, multiples):
    # Each axis becomes two, of which the first counts the copies.
    known, rank = dims(input), input.shape.rank
    axes: Any = 2 * positions(rank_op(input)) if rank is None else tuple(range(0, 2 * rank, 2))
    if type(known) is type(multiples) is tuple:
        paired: Any = tuple(n for m, size in zip(multiples, known, strict=True) for n in (m, size))
    else:
        times = convert(multiples)
        known = shape_op(input, times.dtype)
        paired = reshape_op(stack([times, known], 1), (-1,))
    return gradient.reduce_to(reshape_op(dz, paired), axes, known) if rank != 0 else dz


def repeat(input: Any, repeats: Any, axis: int | None = None, name: str | None = None) -> Tensor:
    """Each element (or slice along `axis`) of `input` repeated, one after the other.

    repeats: how often: one integer for all, or one for each. axis: None repeats the elements of the
    flattened `input`.

    >>> tf.repeat([[1, 2], [3, 4]], [1, 2], axis=0).numpy()
    array([[1, 2],
           [3, 4],
           [3, 4]], dtype=int32)

    Raises tf.errors.InvalidArgumentError where `repeats` does not fit. Source: numpy.repeat.
    """
    if axis is None:
        input = reshape(input, (-1,))  # of a ragged tensor, too
        axis = 0
    input = convert(input)
    repeats = convert(repeats, None, int32)
    if not repeats.dtype.is_integer:
        raise TypeError(f"tf.repeat: `repeats` must be integers, not {repeats.dtype!r}")
    rank = input.shape.rank
    if rank is None and axis < 0:
        raise ValueError(f"axis={axis} may only be negative if the rank of `input` is known.")
    if rank is not None and not -rank <= axis < rank:
        raise ValueError(f"axis={axis} out of bounds: expected {-rank}<=axis<{rank}")
    axis = axis if rank is None else axis % rank
    if repeats.shape.rank not in (None, 0, 1):
        raise ValueError(
            f"tf.repeat: `repeats` must be a scalar or a vector, not of shape {repeats.shape}"
        )
    size, times = length(input, axis), known_value(repeats)
    if times is None or type(size) is not int:
        return gather_op(input, _repeated(size, cast(repeats, int32)), axis, 0, name)
    if times.ndim and times.shape[0] not in (1, size):
        raise ValueError(f"Dimensions {size} and {times.shape[0]} are not compatible")
    if (times < 0).any():
        raise errors.InvalidArgumentError(
            None, None, f"tf.repeat: `repeats` must not be negative, got {times}"
        )
    times = np.broadcast_to(times, (size,))
    places = np.repeat(np.arange(size, dtype=np.int32), times)
    return gather_op(input, convert(places), axis, 0, name)


def _repeated(size: Any, repeats: Tensor) -> Tensor:
    """The positions before `size`, each as often as `repeats` says, by ops."""
    places = expand_dims_op(positions(size), 1)
    if repeats.shape.rank == 0:
        return reshape_op(broadcast_to_op(places, stack([size, repeats])), (-1,))
    repeats = broadcast_to_op(repeats, stack([size]))
    most = maximum(reduce_max(repeats), 0)
    is_one = positions(most) < expand_dims_op(repeats, 1)
    return boolean_mask(broadcast_to_op(places, stack([size, most])), is_one)


# ---- elsewhere -----------------------------------------------------------------------------------


def reverse(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """`tensor` backwards along the axes of the list `axis`.

    >>> tf.reverse([[1, 2], [3, 4]], [1]).numpy()
    array([[2, 1],
           [4, 3]], dtype=int32)

    Raises tf.errors.InvalidArgumentError for an axis out of range or named twice. Op: ReverseV2.
    """
    if type(axis) is list:
        axis = tuple(axis)
    return reverse_op(tensor, axis, name)


def _reversed(x: TensorShape, axis: Any) -> TensorShape:
    if axis is None or x.rank is None:
        return x
    if type(axis) is int:
        raise ShapeError("'dims' must be 1-dimension, not 0")
    seen = set()
    for a in axis:
        place = a + x.rank if a < 0 else a
        if not 0 <= place < x.rank:
            raise ShapeError(
                f"'axis'[{list(axis).index(a)}] = {a} is out of valid range [0, {x.rank - 1}"
            )
        if place in seen:
            raise ShapeError(f"axis {place} specified more than once.")
        seen.add(place)
    return x


@op("ReverseV2", shape=_reversed, cost="host")
def reverse_op(tensor: Tensor, axis: Static, name: str | None = None) -> Tensor:
    """`tensor` backwards along `axis`."""
    _reversed(TensorShape(tensor.shape), axis)
    return xp(tensor).flip(tensor, axis)


@reverse_op.gradient
def _(dz, axis):
    return reverse_op(dz, axis)


def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Tensor:
    """`input` with its elements moved on by `shift` along `axis`; the last come in at the front.

    shift, axis: integers, or lists of them of one length.

    >>> tf.roll([0, 1, 2, 3], shift=1, axis=0).numpy()
    array([3, 0, 1, 2], dtype=int32)

    Raises tf.errors.InvalidArgumentError for an axis out of range. Op: Roll.
    """
    # Converted here, for the op's front door knows tensors only.
    shift = number(shift, int32) if type(shift) is int else convert(shift)
    return roll_op(input, shift, convert(axis) if type(axis) is float else nested(axis), name)


def _rolled(x: TensorShape, shift: TensorShape, axis: Any) -> TensorShape:
    if x.rank == 0:
        raise ShapeError("input must be 1-D or higher")
    if axis is None:
        return x
    axes = TensorShape(np.shape(axis))
    for which, shape in (("shift", shift), ("axis", axes)):
        if shape.rank is not None and shape.rank > 1:
            found = bracketed(shape)
            raise ShapeError(f"{which} must be a scalar or a 1-D vector. Found: {found}")
    if not shift.is_compatible_with(axes):
        raise ShapeError("shift and axis must have the same size")
    for a in np.atleast_1d(axis).tolist():
        if x.rank is not None and not -x.rank <= a < x.rank:
            raise ValueRefused(f"axis {a} is out of range")
    return x


@op("Roll", shape=_rolled, cost="light")
def roll_op(input: Tensor, shift: Tensor, axis: Static, name: str | None = None) -> Tensor:
    """`input` moved on by `shift` along `axis`."""
    _rolled(TensorShape(input.shape), TensorShape(shift.shape), axis)
    return xp(input).roll(input, shift, axis)


@roll_op.gradient
def _(dz, shift, axis):
    return roll_op(dz, -shift, axis), None


def reverse_sequence(
    input: Any,
    seq_lengths: Any,
    seq_axis: int | None = None,
    batch_axis: int | None = None,
    name: str | None = None,
) -> Tensor:
    """`input` with the first `seq_lengths[i]` elements of each sequence backwards.

    seq_lengths: [batch] integers, at most the size of the axis. seq_axis: the axis along which
    sequences run. batch_axis: the axis that counts them, by default 0.

    >>> tf.reverse_sequence([[1, 2, 3], [4, 5, 6]], [2, 3], seq_axis=1).numpy()
    array([[2, 1, 3],
           [6, 5, 4]], dtype=int32)

    Raises tf.errors.InvalidArgumentError where a length is out of range. Op: ReverseSequence.
    """
    if seq_axis is None:
        raise TypeError("Expected int for argument 'seq_dim' not None.")
    return reverse_sequence_op(input, seq_lengths, seq_axis, batch_axis or 0, name)


def _sequences(x: TensorShape, lengths: TensorShape, seq_dim: int, batch_dim: int) -> TensorShape:
    if lengths.rank not in (None, 1):
        raise ShapeError(f"seq_lens input must be 1-dim, not {lengths.rank}")
    if x.rank is None:
        return x
    for which, axis in (("seq_dim", seq_dim), ("batch_dim", batch_dim)):
        if axis >= x.rank:
            raise ShapeError(f"{which} must be < input rank ( {axis} vs. {x.rank})")
    if seq_dim == batch_dim:
        raise ShapeError(f"batch_dim == seq_dim == {seq_dim}")
    if not x[batch_dim : batch_dim + 1].is_compatible_with(lengths):
        raise ShapeError(
            f"Length of seq_lengths != input.dims({batch_dim}), ({lengths[0]} vs. {x[batch_dim]})"
        )
    return x


@op("ReverseSequence", shape=_sequences, cost="light")
def reverse_sequence_op(
    input: Tensor, seq_lengths: Tensor, seq_dim: int, batch_dim: int = 0, name: str | None = None
) -> Tensor:
    """`input` with the start of each sequence backwards."""
    _sequences(TensorShape(input.shape), TensorShape(seq_lengths.shape), seq_dim, batch_dim)
    size = input.shape[seq_dim]
    places = np.arange(size)
    length = seq_lengths.astype(np.int64)[:, None]
    source = xp(input).where(places < length, length - 1 - places, places)
    around = [1] * input.ndim
    around[batch_dim], around[seq_dim] = source.shape
    if batch_dim > seq_dim:
        source = source.T
    return xp(input).take_along_axis(input, source.reshape(around), seq_dim)


@reverse_sequence_op.kernel("host")
def _(input, seq_lengths, seq_dim, batch_dim):
    # Checks what XLA cannot.
    size = input.shape[seq_dim] if seq_dim < input.ndim else 0
    for i, n in enumerate(seq_lengths.reshape(-1).tolist()):
        if n < 0:
            raise ValueError(f"seq_lens({i}) < 0")
        if n > size and seq_dim < input.ndim:
            raise ValueError(f"seq_lens({i}) > input.dims({seq_dim})")
    return reverse_sequence_op.op.body(input, seq_lengths, seq_dim, batch_dim)


@reverse_sequence_op.check
def _(input, seq_lengths, seq_dim, batch_dim):
    return ((seq_lengths >= 0) & (seq_lengths <= input.shape[seq_dim])).all()


@reverse_sequence_op.gradient
def _(dz, seq_lengths, seq_dim, batch_dim):
    return reverse_sequence_op(dz, seq_lengths, seq_dim, batch_dim), None
