"""The ops of depthwise convolution, in which every channel has filters of its own.

The one idea: it is a convolution with as many groups as there are channels. The filters, [height,
width, channels, multiplier], are read as [height, width, 1, channels * multiplier], and the rest
is XLA's (xla/convolution.py). As for all convolutions, the gradient of each op is written with
the other two.

Read next: ops/convolution.py, the public functions.
"""

from typing import Any

from headrace._src.core import window_rules
from headrace._src.core.shape_rules import bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import Static, op
from headrace._src.ops.array import dims
from headrace._src.ops.convolve import Convolution, sized, xla
from headrace._src.ops.windows import refuse

_ONES = (1, 1, 1, 1)


def _map(input: tuple, filter: tuple, strides: tuple, *how: Any) -> Convolution:
    """Input and filters of these shapes, after the checks of the kernel DepthwiseConv2dNative."""
    padding, explicit, data_format, dilations = how
    if len(input) != 4:
        refuse(f"input must be 4-dimensional{bracketed(TensorShape(input))}")
    if len(filter) != 4:
        refuse(f"filter must be 4-dimensional: {bracketed(TensorShape(filter))}")
    channel = 1 if data_format == "NCHW" else 3
    if input[channel] != filter[2]:
        refuse(f"input and filter must have the same depth: {input[channel]} vs {filter[2]}")
    rows, columns = strides[2:] if channel == 1 else strides[1:3]
    if rows != columns:
        refuse(
            "Current implementation only supports equal length strides in the row and column "
            "dimensions."
        )
    if strides[0] != 1 or strides[channel] != 1:
        refuse(
            "Current implementation does not yet support strides in the batch and depth dimensions."
        )
    return Convolution(input, filter[:2], strides, padding, explicit, data_format, dilations)


def _grouped(filter: Any) -> Any:
    height, width, depth, multiplier = filter.shape
    return filter.reshape((height, width, 1, depth * multiplier))


def _convolved(
    input: TensorShape,
    filter: TensorShape,
    strides: tuple,
    padding: str,
    explicit_paddings: tuple,
    data_format: str,
    dilations: tuple,
) -> TensorShape:
    return window_rules.convolution(
        input, filter, strides, padding, dilations, explicit_paddings, data_format, depthwise=True
    )


@op("DepthwiseConv2dNative", shape=_convolved, cost="xla")
def depthwise_conv2d_native(
    input: Tensor,
    filter: Tensor,
    strides: tuple[int, ...],
    padding: str = "VALID",
    explicit_paddings: tuple[int, ...] = (),
    data_format: str = "NHWC",
    dilations: tuple[int, ...] = _ONES,
    name: str | None = None,
) -> Tensor:
    """Images convolved channel by channel."""
    plan = _map(
        input.shape, filter.shape, strides, padding, explicit_paddings, data_format, dilations
    )
    return xla().convolve(input, _grouped(filter), *plan.how())


@depthwise_conv2d_native.gradient
def _(dz, input, filter, strides, padding, explicit_paddings, data_format, dilations):
    how = (strides, padding, explicit_paddings, data_format, dilations)
    return (
        lambda: depthwise_conv2d_native_backprop_input(dims(input), filter, dz, *how),
        lambda: depthwise_conv2d_native_backprop_filter(input, dims(filter), dz, *how),
    )


def _checked(input: tuple, filter: tuple, dy: tuple, what: str, how: tuple) -> Convolution:
    plan = _map(input, filter, *how)
    channel = 1 if plan.first else 3
    if len(dy) != 4:
        refuse(f"{what}: out_backprop must be 4-dimensional")
    if input[0] != dy[0]:
        refuse(f"{what}: input and out_backprop must have the same batch size")
    if filter[2] * filter[3] != dy[channel]:
        refuse(f"{what}: depth_multiplier * in_depth not equal to out_depth")
    plan.check_out(dy, what)
    return plan


@op("DepthwiseConv2dNativeBackpropInput", shape=lambda sizes, *_: sized(sizes, 4), cost="xla")
def depthwise_conv2d_native_backprop_input(
    input_sizes: Static,
    filter: Tensor,
    out_backprop: Tensor,
    strides: tuple[int, ...],
    padding: str = "VALID",
    explicit_paddings: tuple[int, ...] = (),
    data_format: str = "NHWC",
    dilations: tuple[int, ...] = _ONES,
    name: str | None = None,
) -> Tensor:
    """The transpose of a depthwise convolution in its input."""
    how = (strides, padding, explicit_paddings, data_format, dilations)
    what = "DepthwiseConv2DBackpropInput"
    plan = _checked(input_sizes, filter.shape, out_backprop.shape, what, how)
    return xla().by_input(input_sizes, _grouped(filter), out_backprop, *plan.how())


@depthwise_conv2d_native_backprop_input.gradient
def _(dz, filter, out_backprop, strides, padding, explicit_paddings, data_format, dilations):
    how = (strides, padding, explicit_paddings, data_format, dilations)
    return (
        lambda: depthwise_conv2d_native_backprop_filter(dz, dims(filter), out_backprop, *how),
        lambda: depthwise_conv2d_native(dz, filter, *how),
    )


@op(
    "DepthwiseConv2dNativeBackpropFilter",
    shape=lambda input, sizes, *_: sized(sizes, 4),
    cost="xla",
)
def depthwise_conv2d_native_backprop_filter(
    input: Tensor,
    filter_sizes: Static,
    out_backprop: Tensor,
    strides: tuple[int, ...],
    padding: str = "VALID",
    explicit_paddings: tuple[int, ...] = (),
    data_format: str = "NHWC",
    dilations: tuple[int, ...] = _ONES,
    name: str | None = None,
) -> Tensor:
    """The transpose of a depthwise convolution in its filters."""
    how = (strides, padding, explicit_paddings, data_format, dilations)
    what = "DepthwiseConv2DBackpropFilter"
    plan = _checked(input.shape, filter_sizes, out_backprop.shape, what, how)
    height, width, depth, multiplier = filter_sizes
    grouped = (height, width, 1, depth * multiplier)
    return xla().by_filters(input, grouped, out_backprop, *plan.how()).reshape(filter_sizes)


@depthwise_conv2d_native_backprop_filter.gradient
def _(dz, input, out_backprop, strides, padding, explicit_paddings, data_format, dilations):
    how = (strides, padding, explicit_paddings, data_format, dilations)
    return (
        lambda: depthwise_conv2d_native_backprop_input(dims(input), dz, out_backprop, *how),
        lambda: depthwise_conv2d_native(input, dz, *how),
    )
