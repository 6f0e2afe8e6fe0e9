"""Transposed convolutions: the way back from a convolution's result to a larger image.

The one idea: a transposed convolution is the gradient of a convolution by its input, called
forwards. As several sizes of input can lead to one size of result, the caller says which is meant.

Read next: ops/convolve.py.
"""

from typing import Any

from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.array import expand_dims_op, squeeze_op
from headrace._src.ops.convolution import known_sizes
from headrace._src.ops.convolve import conv2d_backprop_input, conv3d_backprop_input
from headrace._src.ops.windows import (
    is_on_cpu,
    one_of,
    padding_of,
    per_axis,
    refuse_channels_first,
    sequence_format,
    with_height,
)

_FORMATS = ("NHWC", "NCHW")
_FORMATS_3D = ("NDHWC", "NCDHW")
_PADDINGS = ("SAME", "VALID", "EXPLICIT")


def conv2d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of a convolution of images: from its result back to a larger image.

    input: [batch, height, width, in_channels]. filters: [height, width, out_channels,
    in_channels]: those of the convolution that goes the other way. output_shape: [batch, height,
    width, out_channels] or [height, width]; more than one can be right. strides, padding,
    dilations: of that convolution.

    >>> tf.nn.conv2d_transpose(tf.ones([1, 2, 2, 3]), tf.ones([2, 2, 4, 3]), [1, 4, 4, 4], 2).shape
    TensorShape([1, 4, 4, 4])

    Raises tf.errors.InvalidArgumentError where `output_shape` does not fit. Op:
    Conv2DBackpropInput.
    """
    op = "Conv2DBackpropInput"
    data_format = data_format or "NHWC"
    one_of("data_format", data_format, _FORMATS, op)
    channel = 1 if data_format == "NCHW" else 3
    word, explicit = padding_of(padding, op, _PADDINGS)
    steps = per_axis(strides, 2, channel, "strides")
    rates = per_axis(dilations, 2, channel, "dilations")
    if channel == 1 and is_on_cpu():
        what = "Conv2DCustomBackpropInputOp only supports NHWC."
        refuse_channels_first(op, what, lambda: None)
    sizes = known_sizes(output_shape)
    return conv2d_backprop_input(
        sizes, filters, input, steps, True, word, explicit, data_format, rates, name
    )


def conv1d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of a convolution of sequences.

    input: [batch, width, in_channels]. filters: [width, out_channels, in_channels]. output_shape:
    [batch, width, out_channels]. The rest as in `tf.nn.conv1d`.

    >>> tf.nn.conv1d_transpose(tf.ones([1, 2, 3]), tf.ones([2, 4, 3]), [1, 4, 4], 2).shape
    TensorShape([1, 4, 4])

    Op: Conv2DBackpropInput.
    """
    data_format, axis = sequence_format(data_format)
    channel = 1 if axis == 2 else 2
    word, _ = padding_of(padding, "Conv2DBackpropInput", _PADDINGS, 3)
    steps = with_height(per_axis(strides, 1, channel, "strides"), channel)
    rates = with_height(per_axis(dilations, 1, channel, "dilations"), channel)
    sizes = known_sizes(output_shape)
    if isinstance(sizes, tuple) and len(sizes) == 3:
        sizes = with_height(sizes, channel)
    input = convert(input)
    flat = expand_dims_op(convert(filters, None, input.dtype), 0)
    image = expand_dims_op(input, axis)
    out = conv2d_transpose(image, flat, sizes, steps, word, data_format, rates, name)
    return squeeze_op(out, (axis,))


def conv3d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str = "NDHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of a convolution of volumes.

    input: [batch, depth, height, width, in_channels]. filters: [depth, height, width,
    out_channels, in_channels]. output_shape: [batch, depth, height, width, out_channels].

    >>> tf.nn.conv3d_transpose(
    ...     tf.ones([1, 1, 1, 1, 2]), tf.ones([2, 2, 2, 1, 2]), [1, 2, 2, 2, 1], 2).shape
    TensorShape([1, 2, 2, 2, 1])

    Op: Conv3DBackpropInputV2.
    """
    op = "Conv3DBackpropInputV2"
    data_format = data_format or "NDHWC"
    one_of("data_format", data_format, _FORMATS_3D, op)
    channel = 1 if data_format == "NCDHW" else 4
    word, _ = padding_of(padding, op, ("SAME", "VALID"))
    steps = per_axis(strides, 3, channel, "strides")
    rates = per_axis(dilations, 3, channel, "dilations")
    if channel == 1 and is_on_cpu():
        what = "Conv3DBackpropInputOpV2 only supports NDHWC on the CPU."
        refuse_channels_first(op, what, lambda: None)
    return conv3d_backprop_input(
        known_sizes(output_shape), filters, input, steps, word, data_format, rates, name
    )


def conv_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of a convolution, in as many dimensions as `output_shape` has.

    >>> tf.nn.conv_transpose(tf.ones([1, 2, 3]), tf.ones([2, 4, 3]), [1, 4, 4], 2).shape
    TensorShape([1, 4, 4])

    Raises ValueError for an `output_shape` that has no length. Ops: Conv2DBackpropInput,
    Conv3DBackpropInputV2.
    """
    if isinstance(output_shape, Tensor):
        n = output_shape.shape[0] - 2
    elif hasattr(output_shape, "__len__"):
        n = len(output_shape) - 2
    else:
        raise ValueError(
            "`output_shape` must be a tensor or sized collection. Received: "
            f"output_shape={output_shape}"
        )
    if n not in (1, 2, 3):
        raise ValueError(
            "`output_shape` must be of length 3, 4 or 5. Received: "
            f"output_shape={output_shape} of length {n + 2}."
        )
    function = (conv1d_transpose, conv2d_transpose, conv3d_transpose)[n - 1]
    data_format = data_format or ("NWC", "NHWC", "NDHWC")[n - 1]
    return function(input, filters, output_shape, strides, padding, data_format, dilations, name)


def atrous_conv2d_transpose(
    value: Any, filters: Any, output_shape: Any, rate: int, padding: str, name: str | None = None
) -> Tensor:
    """The transpose of `tf.nn.atrous_conv2d`.

    value: [batch, height, width, in_channels]. filters: [height, width, out_channels,
    in_channels]. output_shape: [batch, height, width, out_channels].

    >>> tf.nn.atrous_conv2d_transpose(
    ...     tf.ones([1, 1, 1, 1]), tf.ones([2, 2, 1, 1]), [1, 3, 3, 1], 2, "VALID").shape
    TensorShape([1, 3, 3, 1])

    Raises ValueError where the channels do not fit or `rate` is below 1. Op: Conv2DBackpropInput.
    """
    value = convert(value)
    filters = convert(filters, None, value.dtype)
    depth, expected = value.shape[3], filters.shape[3]
    if depth != expected and None not in (depth, expected):
        raise ValueError(
            "`value` channel count must be compatible with `filters` input channel count. "
            f"Received: value.shape={value.shape} with channel count {depth} and "
            f"filters.shape={filters.shape} with input channel count {expected}."
        )
    if rate < 1:
        raise ValueError(f"`rate` cannot be less than one. Received: rate={rate}")
    return conv2d_transpose(value, filters, output_shape, 1, padding, "NHWC", rate, name)
