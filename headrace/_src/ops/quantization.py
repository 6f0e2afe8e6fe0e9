"""Quantization: floats as integers of few bits and back.

The one idea: an integer stands for `scale * integer + offset`, and the range of floats that the
integers shall cover says what scale and offset are. How it does so is a mode. MIN_COMBINED spreads
the range over all integers; MIN_FIRST does too, and makes zero an integer; SCALED has no offset, so
that the wider side of the range decides. The integers are of dtypes of their own (`tf.qint8` and
its like), so that nobody adds them up by chance.

`quantize_and_dequantize` goes there and back at once. Its result is as the integers would give it.

Read next: ops/fake_quant.py, which does the same for training.
"""

from typing import Any, NamedTuple

import numpy as np

from headrace._src.core.dtypes import DType, as_dtype, float32
from headrace._src.core.errors import UnimplementedError
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, scalar, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.constant import zeros_like
from headrace._src.ops.windows import one_of

_MODES = ("MIN_COMBINED", "MIN_FIRST", "SCALED")
_ONE_RANGE = "MIN_FIRST mode is not implemented for {} with axis != -1."
_INTEGERS = "TensorFlow has none: its outputs are integers."


def _ends(dtype: Any) -> tuple[Any, Any]:
    """The smallest and the largest integer of a dtype, as float32."""
    info = np.iinfo(dtype)
    return np.float32(info.min), np.float32(info.max)


def _along(values: Any, rank: int, axis: int) -> Any:
    """Numbers for each place of an axis, so that they broadcast with an array of `rank`."""
    if axis == -1:
        return values.reshape(())
    return values.reshape(tuple(-1 if i == axis else 1 for i in range(rank)))


def _half_away(x: Any) -> Any:
    """`x` rounded to integers, halves away from zero."""
    numbers = xp(x)
    whole = numbers.trunc(x)
    return whole + numbers.where(numbers.abs(x - whole) >= 0.5, numbers.sign(x), x.dtype.type(0))


def _cut(x: Any, low: Any, high: Any) -> Any:
    return xp(x).maximum(xp(x).minimum(x, high), low)


# ---- there and back ------------------------------------------------------------------------------


class _Grid(NamedTuple):
    """What all ops that go there and back are told."""

    signed_input: bool
    num_bits: int
    range_given: bool
    round_mode: str
    narrow_range: bool
    axis: int


def quantize_and_dequantize_within(
    input: Any,
    input_min: Any,
    input_max: Any,
    signed_input: bool = True,
    num_bits: int = 8,
    range_given: bool = False,
    round_mode: str = "HALF_TO_EVEN",
    name: str | None = None,
    narrow_range: bool = False,
    axis: int | None = None,
) -> Tensor:
    """`input` as integers of `num_bits` bits would represent it.

    input: float32 or float64. input_min, input_max: the range to cover, scalars; they count only
    if `range_given`, else the range is that of the values (of each slice along `axis`, if given).
    signed_input: whether negative integers are used. round_mode: "HALF_TO_EVEN" or "HALF_UP".
    narrow_range: whether the most negative integer is left out. The gradient passes where the input
    was within `input_min` and `input_max`.

    >>> tf.quantization.quantize_and_dequantize_v2([-1.3, 0.2, 3.], -1., 1., num_bits=3,
    ...     range_given=True).numpy().round(3)
    array([-1.333,  0.333,  1.   ], dtype=float32)

    Raises tf.errors.InvalidArgumentError for a range that is none or too many bits. Op:
    QuantizeAndDequantizeV4.
    """
    one_of("round_mode", round_mode, ("HALF_TO_EVEN", "HALF_UP"), "QuantizeAndDequantizeV4")
    return quantize_and_dequantize_v4(
        *_three(input, input_min, input_max),
        signed_input,
        num_bits,
        range_given,
        round_mode,
        narrow_range,
        -1 if axis is None else _axis(axis, input),
        name,
    )


def quantize_and_dequantize(
    input: Any,
    input_min: Any,
    input_max: Any,
    signed_input: bool = True,
    num_bits: int = 8,
    range_given: bool = False,
    round_mode: str = "HALF_TO_EVEN",
    name: str | None = None,
    narrow_range: bool = False,
    axis: int | None = None,
) -> Tensor:
    """As `tf.quantization.quantize_and_dequantize_v2`, with a gradient that passes everywhere.

    >>> tf.quantization.quantize_and_dequantize([-1.3, 0.2, 3.], 0., 0., num_bits=3).numpy()
    array([-1.,  0.,  3.], dtype=float32)

    Op: QuantizeAndDequantizeV2.
    """
    one_of("round_mode", round_mode, ("HALF_TO_EVEN", "HALF_UP"), "QuantizeAndDequantizeV2")
    return quantize_and_dequantize_op(
        *_three(input, input_min, input_max),
        signed_input,
        num_bits,
        range_given,
        round_mode,
        narrow_range,
        -1 if axis is None else _axis(axis, input),
        name,
    )


def _three(x: Any, low: Any, high: Any) -> tuple[Tensor, Tensor, Tensor]:
    x = convert(x)
    return x, _as(low, x.dtype), _as(high, x.dtype)


def _as(x: Any, dtype: DType) -> Tensor:
    """`x` as a tensor; what is none yet becomes one of `dtype`."""
    return convert(x) if isinstance(x, Tensor) else convert(x, dtype)


def _axis(axis: int, x: Any) -> int:
    """An axis counted from the front; to the ops -1 is not the last axis but none."""
    if axis < 0:
        rank = convert(x).shape.rank
        if rank is None:
            raise ValueError("input should have known rank to use negative axis.")
        return axis + rank
    return axis


def _checked(x: TensorShape, low: TensorShape, high: TensorShape, *attributes: Any) -> TensorShape:
    grid = _Grid(*attributes)
    if grid.axis < -1:
        raise ShapeError(f"axis should be at least -1, got {grid.axis}")
    if grid.axis != -1:
        if x.rank is not None and x.rank <= grid.axis:
            raise ShapeError(f"Shape must be at least rank {grid.axis + 1} but is rank {x.rank}")
        for word, shape in (("input_min", low), ("input_max", high)):
            if grid.range_given and shape.rank == 0:
                raise ShapeError(
                    f"Shape must be rank 1 for {word}_tensor when the axis is specified"
                )
    return x


def _traced(x: TensorShape, low: TensorShape, high: TensorShape, *attributes: Any) -> TensorShape:
    """As `_checked`, with what a graph refuses and the kernel does not look at."""
    _checked(x, low, high, *attributes)
    if _Grid(*attributes).axis == -1:
        for shape in (low, high):
            if shape.rank not in (None, 0):
                raise ShapeError(f"Shape must be rank 0 but is rank {shape.rank}")
    return x


@op("QuantizeAndDequantizeV4", shape=_traced)
def quantize_and_dequantize_v4(
    input: Tensor,
    input_min: Tensor,
    input_max: Tensor,
    signed_input: bool = True,
    num_bits: int = 8,
    range_given: bool = False,
    round_mode: str = "HALF_TO_EVEN",
    narrow_range: bool = False,
    axis: int = -1,
    name: str | None = None,
) -> Tensor:
    """`input` as integers would represent it; the gradient passes inside the range."""
    grid = _Grid(signed_input, num_bits, range_given, round_mode, narrow_range, axis)
    return _there_and_back(input, input_min, input_max, grid)


@quantize_and_dequantize_v4.gradient
def _(dz, input, input_min, input_max, axis):
    return quantize_and_dequantize_v4_grad(dz, input, input_min, input_max, axis)


@op("QuantizeAndDequantizeV2", shape=_traced)
def quantize_and_dequantize_op(
    input: Tensor,
    input_min: Tensor,
    input_max: Tensor,
    signed_input: bool = True,
    num_bits: int = 8,
    range_given: bool = False,
    round_mode: str = "HALF_TO_EVEN",
    narrow_range: bool = False,
    axis: int = -1,
    name: str | None = None,
) -> Tensor:
    """`input` as integers would represent it; the gradient passes."""
    grid = _Grid(signed_input, num_bits, range_given, round_mode, narrow_range, axis)
    return _there_and_back(input, input_min, input_max, grid)


@quantize_and_dequantize_op.gradient
def _(dz):
    return dz, None, None


def _there_and_back(x: Any, low: Any, high: Any, grid: _Grid) -> Any:
    _checked(*(TensorShape(each.shape) for each in (x, low, high)), *grid)
    if not 0 < grid.num_bits < (63 if grid.signed_input else 64):
        raise ValueError(
            f"num_bits is out of range: {grid.num_bits} with signed_input_ {grid.signed_input:d}"
        )
    if not x.size:
        return x
    low, high = _covered(x, low, high, grid)
    numbers, kind = xp(x), x.dtype.type
    bits = grid.num_bits - grid.signed_input
    last = kind(2**bits - 1)
    first = kind(-(2**bits) + grid.narrow_range) if grid.signed_input else kind(0)
    largest = np.finfo(x.dtype).max
    # Zero stands for zero, so the side that needs the larger step decides.
    by_low = numbers.where(first * low > 0, first / low, largest)
    by_high = numbers.where(last * high > 0, last / high, largest)
    is_low = by_low < by_high
    scale = numbers.where(is_low, by_low, by_high)
    step = numbers.where(is_low, low / first, high / last) if grid.signed_input else high / last
    if grid.range_given:
        x = _cut(x, first * step, last * step)
    if grid.round_mode == "HALF_UP":
        return numbers.floor(x * scale + kind(0.5)) * step
    return numbers.round(x * scale) * step


def _covered(x: Any, low: Any, high: Any, grid: _Grid) -> tuple[Any, Any]:
    """The range to cover."""
    if not grid.range_given:
        axes = tuple(i for i in range(x.ndim) if grid.axis == -1 or i != grid.axis)
        return x.min(axes, keepdims=True), x.max(axes, keepdims=True)
    for word, end in (("input_min", low), ("input_max", high)):
        if end.ndim:
            raise ValueError(f"{word} must be a scalar.")
    if xp(x) is np and low > high:
        raise ValueError(f"Invalid range: input_min {low:g} > input_max {high:g}")
    return low, high


def _is_range(input, input_min, input_max, signed_input, num_bits, range_given, *_):
    return not range_given or (input_min <= input_max).all()


quantize_and_dequantize_v4.check(_is_range)
quantize_and_dequantize_op.check(_is_range)


def _four(dz: TensorShape, x: TensorShape, low: TensorShape, high: TensorShape, axis: int) -> list:
    if not dz.is_compatible_with(x):
        raise ShapeError("gradient and input must be the same size")
    return [dz.merge_with(x), low, high]


@op("QuantizeAndDequantizeV4Grad", shape=_four)
def quantize_and_dequantize_v4_grad(
    gradients: Tensor,
    input: Tensor,
    input_min: Tensor,
    input_max: Tensor,
    axis: int = -1,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """`gradients` where `input` is inside the range, and nothing for its ends."""
    numbers = xp(input)
    low, high = (_along(end, input.ndim, axis) for end in (input_min, input_max))
    inside = ((input >= low) & (input <= high)).astype(input.dtype)
    return gradients * inside, numbers.zeros_like(input_min), numbers.zeros_like(input_max)


@quantize_and_dequantize_v4_grad.gradient
def _(dz, dlow, dhigh, input, input_min, input_max, axis):
    passed, _, _ = quantize_and_dequantize_v4_grad(dz, input, input_min, input_max, axis)
    return (
        passed,
        lambda: zeros_like(input),
        lambda: zeros_like(input_min),
        lambda: zeros_like(input_max),
    )


# ---- there ---------------------------------------------------------------------------------------


def quantize(
    input: Any,
    min_range: Any,
    max_range: Any,
    T: Any,
    mode: str = "MIN_COMBINED",
    round_mode: str = "HALF_AWAY_FROM_ZERO",
    name: str | None = None,
    narrow_range: bool = False,
    axis: int | None = None,
    ensure_minimum_range: float = 0.01,
) -> Any:
    """Floats as integers of few bits, and the range that these cover.

    input: float32. min_range, max_range: the range to cover, float32 scalars, or vectors with one
    number for each place of `axis`; it is made to hold zero and to be no narrower than
    `ensure_minimum_range` (times the larger of the ends, if that is over 1). T: `tf.quint8`,
    `tf.qint8`, `tf.quint16`, `tf.qint16` or `tf.qint32`. mode: "MIN_COMBINED", "MIN_FIRST" or
    "SCALED". round_mode: "HALF_AWAY_FROM_ZERO" or, for "SCALED", "HALF_TO_EVEN". narrow_range: for
    "SCALED", whether the smallest integer is left out. Answers a named tuple (output, output_min,
    output_max).

    >>> output, low, high = tf.quantization.quantize([-1., 0., 0.5, 2.], -1., 2., tf.quint8)
    >>> output.numpy(), low.numpy(), high.numpy()
    (array([  0,  85, 128, 255], dtype=uint8), np.float32(-1.0), np.float32(2.0))

    Raises tf.errors.InvalidArgumentError for a range or a dtype that is none. Op: QuantizeV2.
    """
    one_of("mode", mode, _MODES, "QuantizeV2")
    one_of("round_mode", round_mode, ("HALF_AWAY_FROM_ZERO", "HALF_TO_EVEN"), "QuantizeV2")
    axis = -1 if axis is None else _axis(axis, input)
    ensured = float(ensure_minimum_range)
    how = as_dtype(T), mode, round_mode, narrow_range, axis, ensured
    ends = _as(min_range, float32), _as(max_range, float32)
    return quantize_v2(_as(input, float32), *ends, *how, name)


def _quantized(x: TensorShape, low: TensorShape, high: TensorShape, *attributes: Any) -> list:
    axis = attributes[-2]
    if axis == -1:
        for word, end in (("min_range", low), ("max_range", high)):
            count = end.num_elements()
            if count not in (None, 1):
                raise ShapeError(
                    f"If axis is not specified, {word} must contain a single float element, but "
                    f"it contains {count} elements",
                    f"Shape must be rank 0 but is rank {end.rank}",
                )
        return [x, scalar, scalar]
    if x.rank is not None and axis >= x.rank:
        raise ShapeError(
            f"Axis must be less than input dimension({x.rank}), got {axis}",
            f"Shape must be at least rank {axis + 1} but is rank {x.rank}",
        )
    size = None if x.rank is None else x[axis]
    for word, end in (("min_range", low), ("max_range", high)):
        if not end.is_compatible_with([size]):
            count = end.num_elements()
            raise ShapeError(
                f"If axis is specified, {word} must be a 1-D tensor whose size matches the axis "
                f"dimension of the input and output tensors, but {word} is a {end.rank}-D tensor "
                f"of size {count} and input's axis dimension is of size {size}",
                f"Dimensions must be equal, but are {count} and {size}",
            )
    return [x, vector(size), vector(size)]


@op("QuantizeV2", shape=_quantized)
def quantize_v2(
    input: Tensor,
    min_range: Tensor,
    max_range: Tensor,
    T: DType,
    mode: str = "MIN_COMBINED",
    round_mode: str = "HALF_AWAY_FROM_ZERO",
    narrow_range: bool = False,
    axis: int = -1,
    ensure_minimum_range: float = 0.01,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Floats as integers, and the range that these cover."""
    numbers = xp(input)
    shapes = [TensorShape(each.shape) for each in (input, min_range, max_range)]
    _quantized(*shapes, axis, ensure_minimum_range)
    if round_mode == "HALF_TO_EVEN" and mode != "SCALED":
        raise ValueError(
            f"Round mode 'HALF_TO_EVEN' only supported for mode 'SCALED', but mode is '{mode}'."
        )
    if mode == "MIN_FIRST" and axis != -1:
        raise UnimplementedError(None, None, _ONE_RANGE.format("Quantize"))
    if numbers is np and (min_range > max_range).any():
        raise ValueError("input_max_range must be larger than input_min_range.")
    ends = [end.reshape((-1,) if axis != -1 else ()) for end in (min_range, max_range)]
    low = numbers.minimum(np.float32(0), ends[0])
    least = np.float32(max(ensure_minimum_range, 0)) * numbers.maximum(
        np.float32(1), numbers.maximum(numbers.abs(ends[0]), numbers.abs(ends[1]))
    )
    high = numbers.maximum(np.float32(0), numbers.maximum(ends[1], low + least))
    integers = np.dtype(T.array_dtype)
    if mode == "SCALED":
        scale, low, high = _scaled(low, high, integers, narrow_range)
        cut = _cut(input, *(_along(end, input.ndim, axis) for end in (low, high)))
        steps = cut * _along(scale, input.ndim, axis)
        whole = numbers.round(steps) if round_mode == "HALF_TO_EVEN" else _half_away(steps)
    else:
        pair = (_along(end, input.ndim, axis) for end in (low, high))
        whole = (_spread if mode == "MIN_COMBINED" else _from_zero)(input, *pair, integers)
    return numbers.nan_to_num(whole).astype(integers), low, high


@quantize_v2.check
def _(input, min_range, max_range, *_):
    return (min_range <= max_range).all()


no_gradient(quantize_v2, why=_INTEGERS, is_error=True)


def _scaled(low: Any, high: Any, integers: Any, narrow_range: bool) -> tuple[Any, Any, Any]:
    """The scale that covers both ends, and the range that it covers."""
    numbers = xp(low)
    first, last = _ends(integers)
    first = first + np.float32(narrow_range)
    largest = np.finfo(np.float32).max
    by_low = numbers.where(first * low > 0, first / low, largest)
    by_high = numbers.where(last * high > 0, last / high, largest)
    scale = numbers.minimum(by_low, by_high)
    return scale, first / scale, last / scale


def _spread(x: Any, low: Any, high: Any, integers: Any) -> Any:
    first, last = _ends(integers)
    scale = (last - first) / (high - low)
    steps = (_cut(x, low, high) - low) * scale
    if not first:
        return xp(x).trunc(steps + np.float32(0.5))
    return _half_away(steps - (last - first + np.float32(1)) / np.float32(2))


def _from_zero(x: Any, low: Any, high: Any, integers: Any) -> Any:
    info = np.iinfo(integers)
    scale = np.float64(info.max - info.min) / (high - low).astype(np.float64)
    steps = _half_away(x * scale.astype(np.float32))
    origin = _half_away(low * scale) - info.min
    # The largest float32 that is no larger than the largest integer.
    last = np.float32(min(info.max, 2**31 - 128))
    return _cut(steps - origin.astype(np.float32), np.float32(info.min), last)


# ---- back ----------------------------------------------------------------------------------------


def dequantize(
    input: Any,
    min_range: Any,
    max_range: Any,
    mode: str = "MIN_COMBINED",
    name: str | None = None,
    axis: int | None = None,
    narrow_range: bool = False,
    dtype: Any = float32,
) -> Tensor:
    """The floats that integers of `tf.quantization.quantize` stand for.

    input: of `tf.quint8`, `tf.qint8`, `tf.quint16`, `tf.qint16` or `tf.qint32`. min_range,
    max_range: the range that they cover, float32 scalars, or vectors with one number for each
    place of `axis`. mode, narrow_range: as they were quantized. dtype: `tf.float32` or
    `tf.bfloat16`.

    >>> output, low, high = tf.quantization.quantize([-1., 0., 0.5, 2.], -1., 2., tf.quint8)
    >>> tf.quantization.dequantize(output, low, high).numpy().round(3)
    array([-1.   ,  0.   ,  0.506,  2.   ], dtype=float32)

    Raises tf.errors.InvalidArgumentError for other dtypes. Op: Dequantize.
    """
    one_of("mode", mode, _MODES, "Dequantize")
    axis = -1 if axis is None else _axis(axis, input)
    ends = _as(min_range, float32), _as(max_range, float32)
    return dequantize_op(convert(input), *ends, mode, narrow_range, axis, as_dtype(dtype), name)


def _dequantized(
    x: TensorShape, low: TensorShape, high: TensorShape, mode: str, narrow: bool, axis: int, *_: Any
) -> TensorShape:
    if axis < -1:
        raise ShapeError(f"axis should be at least -1, got {axis}")
    if axis != -1 and x.rank is not None and axis >= x.rank:
        raise ShapeError(
            f"Axis must be less than input dimension({x.rank}), got {axis}",
            f"Shape must be at least rank {axis + 1} but is rank {x.rank}",
        )
    size = 1 if axis == -1 else None if x.rank is None else x[axis]
    for word, end in (("min", low), ("max", high)):
        count = end.num_elements()
        if None not in (count, size) and count != size:
            raise ShapeError(
                f"input_{word}_tensor must have as many elements as input on the dequantization "
                f"axis ({axis}), got {count}, expected {size}",
                f"Dimensions must be equal, but are {count} and {size}",
            )
    return x


@op("Dequantize", shape=_dequantized)
def dequantize_op(
    input: Tensor,
    min_range: Tensor,
    max_range: Tensor,
    mode: str = "MIN_COMBINED",
    narrow_range: bool = False,
    axis: int = -1,
    dtype: DType = float32,
    name: str | None = None,
) -> Tensor:
    """The floats that integers stand for."""
    shapes = [TensorShape(each.shape) for each in (input, min_range, max_range)]
    _dequantized(*shapes, mode, narrow_range, axis)
    if mode == "MIN_FIRST" and axis != -1:
        raise UnimplementedError(None, None, _ONE_RANGE.format("Dequantize"))
    numbers = xp(input)
    low, high = (_along(end, input.ndim, axis) for end in (min_range, max_range))
    first, last = _ends(input.dtype)
    wide = input.astype(np.float32)
    if mode == "SCALED":
        scale = high / last
        if first:
            scale = numbers.maximum(low / (first + np.float32(narrow_range)), scale)
        out = wide * scale
    elif mode == "MIN_COMBINED":
        half = (last - first + np.float32(1)) / np.float32(2) if first else np.float32(0)
        out = (wide + half) * ((high - low) / (last - first)) + low
    else:
        # Zero is an integer: the offset is a multiple of the step.
        info = np.iinfo(input.dtype)
        step = (high - low) / np.float32(info.max - info.min)
        out = wide * step + (_half_away(low / step) * step - first * step)
        out = numbers.where(low == high, low, out)
    return out.astype(dtype.array_dtype)


no_gradient(dequantize_op, why="TensorFlow has none: its input is integers.", is_error=True)
