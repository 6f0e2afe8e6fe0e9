"""Fake quantization: floats rounded to a grid of few bits, still as floats, and its gradients.

The one idea: zero must be a point of the grid, so the range that the user gives is moved a little
(`_nudged`) until it is; then values are cut to the range and rounded to a multiple of the step. The
gradient passes where a value was inside the moved range, and what was cut off goes to the end at
which it was cut. The range comes as attributes, as two scalars or as two vectors with one number
for each channel; the mathematics is the same three times.

Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only
inference" (2018).

Read next: ops/quantization.py, which makes integers.
"""

from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import float32
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed, same
from headrace._src.core.shapes import TensorShape, scalar, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import door, no_gradient, op

_FLAT = "TensorFlow has none: it is constant but for steps."


def _nudged(low: Any, high: Any, num_bits: int, narrow_range: bool) -> tuple[Any, Any, Any]:
    """The range moved so that zero is a point of its grid, and the distance between points."""
    if not 2 <= num_bits <= 16:
        raise ValueError("num_bits must be between 2 and 16, inclusive")
    numbers = xp(low)
    first, last = np.float32(narrow_range), np.float32(2**num_bits - 1)
    step = (high - low) / (last - first)
    zero = first - low / step
    zero = numbers.where(
        zero < first,
        first,
        numbers.where(zero > last, last, numbers.floor(zero + np.float32(0.5))),
    )
    return (first - zero) * step, (last - zero) * step, step


def _rounded(x: Any, low: Any, high: Any, step: Any) -> Any:
    """`x` cut to the range and rounded to its grid."""
    numbers = xp(x)
    per_step = np.float32(1) / step
    half = np.float32(0.5)
    zero = numbers.floor(half - low * per_step)
    inside = numbers.maximum(numbers.minimum(x, high), low)
    return numbers.floor((inside - low) * per_step - zero + half) * step


# ---- the range as attributes ---------------------------------------------------------------------


def _given_range(low: float, high: float, num_bits: int, narrow_range: bool) -> tuple:
    if not low < high:
        raise ValueError(f"min has to be smaller than max, was: {low:g} >= {high:g}")
    return _nudged(np.float32(low), np.float32(high), num_bits, narrow_range)


@op("FakeQuantWithMinMaxArgs", shape=same)
def fake_quant_with_min_max_args_op(
    inputs: Tensor,
    min: float = -6.0,
    max: float = 6.0,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """`inputs` rounded to a grid of `2**num_bits` points between `min` and `max`."""
    return _rounded(inputs, *_given_range(min, max, num_bits, narrow_range))


@door(fake_quant_with_min_max_args_op)
def fake_quant_with_min_max_args(
    inputs: Any,
    min: float = -6,
    max: float = 6,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """`inputs` rounded to a grid of `2**num_bits` points between `min` and `max`.

    inputs: float32 of any shape. min, max: numbers with min < max, moved so that zero is a point
    of the grid. num_bits: 2 to 16. narrow_range: whether the grid has one point less. The gradient
    passes inside the range.

    >>> tf.quantization.fake_quant_with_min_max_args([-9., 0.3, 1.], -1., 2., 4).numpy()
    array([-1. ,  0.4,  1. ], dtype=float32)

    Raises tf.errors.InvalidArgumentError where min >= max or for another number of bits. Op:
    FakeQuantWithMinMaxArgs.
    """
    if thread.context.graph is None:
        inputs = convert(inputs, float32)
    return fake_quant_with_min_max_args_op(inputs, min, max, num_bits, narrow_range, name)


@fake_quant_with_min_max_args_op.gradient
def _(dz, inputs, min, max, num_bits, narrow_range):
    return fake_quant_with_min_max_args_gradient_op(dz, inputs, min, max, num_bits, narrow_range)


def _of_equal_shape(gradients: TensorShape, inputs: TensorShape, *_: Any) -> TensorShape:
    if not gradients.is_compatible_with(inputs):
        name = "FakeQuantWithMinMaxArgsGradient"
        raise ShapeError(
            f"Inputs to operation {name} of type {name} must have the same size and shape.  Input "
            f"0: {bracketed(gradients)} != input 1: {bracketed(inputs)}"
        )
    return gradients.merge_with(inputs)


@op("FakeQuantWithMinMaxArgsGradient", shape=_of_equal_shape)
def fake_quant_with_min_max_args_gradient_op(
    gradients: Tensor,
    inputs: Tensor,
    min: float = -6.0,
    max: float = 6.0,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """`gradients` where `inputs` are inside the range of `fake_quant_with_min_max_args`, else 0."""
    _of_equal_shape(TensorShape(gradients.shape), TensorShape(inputs.shape))
    low, high, _ = _given_range(min, max, num_bits, narrow_range)
    return gradients * ((inputs >= low) & (inputs <= high)).astype(np.float32)


@door(fake_quant_with_min_max_args_gradient_op)
def fake_quant_with_min_max_args_gradient(
    gradients: Any,
    inputs: Any,
    min: float = -6,
    max: float = 6,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """`gradients` where `inputs` are inside the range of `fake_quant_with_min_max_args`, else 0.

    gradients, inputs: float32 of one shape. min, max, num_bits, narrow_range: as given there.

    >>> tf.quantization.fake_quant_with_min_max_args_gradient([1., 1.], [0.5, 7.]).numpy()
    array([1., 0.], dtype=float32)

    Raises tf.errors.InvalidArgumentError where the shapes differ. Op:
    FakeQuantWithMinMaxArgsGradient.
    """
    if thread.context.graph is None:
        gradients, inputs = convert(gradients, float32), convert(inputs, float32)
    return fake_quant_with_min_max_args_gradient_op(
        gradients,
        inputs,
        min,
        max,
        num_bits,
        narrow_range,
        name,
    )


no_gradient(fake_quant_with_min_max_args_gradient_op, why=_FLAT)


# ---- the range as tensors ------------------------------------------------------------------------


def _ranks(rank: int, low: TensorShape, high: TensorShape) -> None:
    for word, shape in (("min", low), ("max", high)):
        if shape.rank not in (None, rank):
            raise ShapeError(
                f"`{word}` must be rank {rank} but is rank {shape.rank}",
                f"Shape must be rank {rank} but is rank {shape.rank}",
            )


def _by_scalars(x: TensorShape, low: TensorShape, high: TensorShape, *_: Any) -> TensorShape:
    _ranks(0, low, high)
    return x


def _by_channels(x: TensorShape, low: TensorShape, high: TensorShape, *_: Any) -> TensorShape:
    _ranks(1, low, high)
    if x.rank is None:
        return x
    if not x.rank:
        raise ShapeError(
            "inputs must have channels, but are a scalar",
            "Shape must be at least rank 1 but is rank 0",
        )
    for word, shape in (("min", low), ("max", high)):
        size = shape[0] if shape.rank else None
        if None not in (size, x[-1]) and size != x[-1]:
            raise ShapeError(
                f"{word} has incorrect size, expected {x[-1]} was {size}",
                f"Dimensions must be equal, but are {x[-1]} and {size}",
            )
    return x


def _check(rule: Any, *arrays: Any) -> None:
    rule(*(TensorShape(array.shape) for array in arrays))


def _by_tensors(x: Any, low: Any, high: Any, num_bits: int, narrow_range: bool) -> Any:
    """`x` on the grid; a range without width, from 0 to 0, gives zeros."""
    numbers = xp(x)
    rounded = _rounded(x, *_nudged(low, high, num_bits, narrow_range))
    return numbers.where((low == 0) & (high == 0), np.float32(0), rounded)


@op("FakeQuantWithMinMaxVars", shape=_by_scalars)
def fake_quant_with_min_max_vars(
    inputs: Tensor,
    min: Tensor,
    max: Tensor,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """`inputs` rounded to a grid of `2**num_bits` points between the scalars `min` and `max`.

    inputs: float32 of any shape. min, max: float32 scalars, moved so that zero is a point of the
    grid; where both are 0 the result is. num_bits: 2 to 16. narrow_range: whether the grid has
    one point less. Gradients go to all three: that of a value below the range to `min`, above it
    to `max`.

    >>> tf.quantization.fake_quant_with_min_max_vars([-9., 0.3, 1.], -1., 2., 4).numpy()
    array([-1. ,  0.4,  1. ], dtype=float32)

    Raises tf.errors.InvalidArgumentError where `min` or `max` is no scalar or for another number
    of bits. Op: FakeQuantWithMinMaxVars.
    """
    _check(_by_scalars, inputs, min, max)
    return _by_tensors(inputs, min, max, num_bits, narrow_range)


@fake_quant_with_min_max_vars.gradient
def _(dz, inputs, min, max, num_bits, narrow_range):
    return fake_quant_with_min_max_vars_gradient(dz, inputs, min, max, num_bits, narrow_range)


@op("FakeQuantWithMinMaxVarsPerChannel", shape=_by_channels)
def fake_quant_with_min_max_vars_per_channel(
    inputs: Tensor,
    min: Tensor,
    max: Tensor,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """`inputs` rounded as by `fake_quant_with_min_max_vars`, with a range for each channel.

    inputs: float32 `[..., channels]`. min, max: float32 `[channels]`. num_bits: 2 to 16.
    narrow_range: whether the grids have one point less. Gradients go to all three.

    >>> tf.quantization.fake_quant_with_min_max_vars_per_channel(
    ...     [[0.3, 9.]], [-1., 0.], [2., 3.], num_bits=4).numpy()
    array([[0.4, 3. ]], dtype=float32)

    Raises tf.errors.InvalidArgumentError where `min` and `max` do not fit the channels. Op:
    FakeQuantWithMinMaxVarsPerChannel.
    """
    _check(_by_channels, inputs, min, max)
    return _by_tensors(inputs, min, max, num_bits, narrow_range)


@fake_quant_with_min_max_vars_per_channel.gradient
def _(dz, inputs, min, max, num_bits, narrow_range):
    return fake_quant_with_min_max_vars_per_channel_gradient(
        dz, inputs, min, max, num_bits, narrow_range
    )


def _shared(dz: Any, x: Any, low: Any, high: Any, num_bits: int, narrow_range: bool) -> tuple:
    """The part of `dz` that goes to each of `x`, `low` and `high`."""
    numbers = xp(x)
    nudged_low, nudged_high, _ = _nudged(low, high, num_bits, narrow_range)
    is_empty = (low == 0) & (high == 0)
    below = (x < nudged_low) & ~is_empty
    above = (x > nudged_high) & ~is_empty
    inside = ((x >= nudged_low) & (x <= nudged_high)) | is_empty
    axes = tuple(range(x.ndim - low.ndim))
    zero = np.float32(0)
    return (
        dz * inside.astype(np.float32),
        numbers.where(below, dz, zero).sum(axes, dtype=np.float32),
        numbers.where(above, dz, zero).sum(axes, dtype=np.float32),
    )


def _three(by: Any, last: Any) -> Any:
    """The rule of a gradient: the shapes of the inputs and of the two ends of the range."""

    def rule(gradients: TensorShape, inputs: TensorShape, low: TensorShape, high: TensorShape, *_):
        if not gradients.is_compatible_with(inputs):
            raise ShapeError(
                "gradient and input must be the same size",
                f"Shapes must be equal, but are {bracketed(gradients)} and {bracketed(inputs)}",
            )
        by(inputs, low, high)
        whole = gradients.merge_with(inputs)
        return [whole, last(whole), last(whole)]

    return rule


_three_by_scalars = _three(_by_scalars, lambda x: scalar)
_three_by_channels = _three(_by_channels, lambda x: vector(x[-1] if x.rank else None))


@op("FakeQuantWithMinMaxVarsGradient", shape=_three_by_scalars)
def fake_quant_with_min_max_vars_gradient(
    gradients: Tensor,
    inputs: Tensor,
    min: Tensor,
    max: Tensor,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of `fake_quant_with_min_max_vars` by its inputs, `min` and `max`.

    gradients: of its output. inputs, min, max, num_bits, narrow_range: as given there. Answers a
    named tuple.

    >>> of_x, of_min, of_max = tf.quantization.fake_quant_with_min_max_vars_gradient(
    ...     [1., 2., 4.], [-9., 0.5, 9.], -1., 2.)
    >>> of_x.numpy(), of_min.numpy(), of_max.numpy()
    (array([0., 2., 0.], dtype=float32), np.float32(1.0), np.float32(4.0))

    Raises tf.errors.InvalidArgumentError where the shapes do not fit. Op:
    FakeQuantWithMinMaxVarsGradient.
    """
    _check(_three_by_scalars, gradients, inputs, min, max)
    return _shared(gradients, inputs, min, max, num_bits, narrow_range)


no_gradient(fake_quant_with_min_max_vars_gradient, why=_FLAT)


@op("FakeQuantWithMinMaxVarsPerChannelGradient", shape=_three_by_channels)
def fake_quant_with_min_max_vars_per_channel_gradient(
    gradients: Tensor,
    inputs: Tensor,
    min: Tensor,
    max: Tensor,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of `fake_quant_with_min_max_vars_per_channel` by its inputs, `min` and `max`.

    gradients: of its output. inputs, min, max, num_bits, narrow_range: as given there. Answers a
    named tuple.

    >>> tf.quantization.fake_quant_with_min_max_vars_per_channel_gradient(
    ...     [[1., 2.]], [[-9., 0.5]], [-1., -1.], [2., 2.])[1].numpy()
    array([1., 0.], dtype=float32)

    Raises tf.errors.InvalidArgumentError where the shapes do not fit. Op:
    FakeQuantWithMinMaxVarsPerChannelGradient.
    """
    _check(_three_by_channels, gradients, inputs, min, max)
    return _shared(gradients, inputs, min, max, num_bits, narrow_range)


no_gradient(fake_quant_with_min_max_vars_per_channel_gradient, why=_FLAT)
