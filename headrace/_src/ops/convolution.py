"""Convolutions: the public functions over the ops of ops/convolve.py and ops/depthwise.py.

The one idea: everything is a call of an op. In one dimension the image is one pixel high; a
separable convolution is a depthwise one and then one by single pixels; a dilated one uses the op's
own attribute.

`data_format` says where the channels are: last ("NWC", "NHWC", "NDHWC", the defaults) or second.
TensorFlow's CPU kernels take only the former, and so do these functions when they run eagerly on
a CPU.

Read next: ops/transposed_convolution.py, ops/pooling.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.dtypes import int32
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.ops.array import expand_dims_op, squeeze_op
from headrace._src.ops.convolve import (
    conv2d_map,
    conv2d_op,
    conv3d_map,
    conv3d_op,
)
from headrace._src.ops.depthwise import (
    depthwise_conv2d_native,
    depthwise_conv2d_native_backprop_filter,
    depthwise_conv2d_native_backprop_input,
)
from headrace._src.ops.windows import (
    integer,
    is_on_cpu,
    one_of,
    padding_of,
    per_axis,
    refuse_channels_first,
    sequence_format,
    with_height,
    with_one_batch_axis,
)

_FORMATS = ("NHWC", "NCHW")
_FORMATS_3D = ("NDHWC", "NCDHW")
_PADDINGS = ("SAME", "VALID", "EXPLICIT")


def _image(input: Any) -> Tensor:
    """`input` as a tensor; asking for its shape first refuses a list, as TensorFlow does."""
    return convert(input) if input.shape is not None else input


def _listed(value: Any, what: str, op: str, size: int) -> tuple:
    """Strides or dilations that must be given for every axis."""
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"Expected list for '{what}' argument to '{op}' Op, not {value!r}.")
    if len(value) < size:
        name = "".join(word.capitalize() for word in op.split("_")).replace("3d", "3D")
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Length for attr '{what}' of {len(value)} must be at least minimum {size}\n"
            f"\t; NodeDef: {{{{node {name}}}}} [Op:{name}] name: ",
        )
    return tuple(integer(n, what) for n in value)


# ---- forwards
# ------------------------------------------------------------------------------------


def conv2d(
    input: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """Images convolved with filters: at every place the sum of products of a window with a filter.

    input: [..., height, width, in_channels], with one or more batch axes. filters: [height,
    width, in_channels / groups, out_channels]; the filters are not turned round. strides,
    dilations: the steps of the window, and between its elements: a number, a pair, or four.
    padding: "SAME" (the result is as large as the input, divided by the strides), "VALID" (no
    padding), or four pairs.

    >>> x = tf.reshape(tf.range(9.), [1, 3, 3, 1])
    >>> tf.nn.conv2d(x, tf.ones([2, 2, 1, 1]), 1, "VALID")[0, :, :, 0].numpy()
    array([[ 8., 12.],
           [20., 24.]], dtype=float32)

    Raises tf.errors.InvalidArgumentError where shapes do not fit. Op: Conv2D.
    """
    input = _image(input)
    data_format = data_format or "NHWC"
    one_of("data_format", data_format, _FORMATS, "Conv2D")
    channel = 1 if data_format == "NCHW" else 3
    word, explicit = padding_of(padding, "Conv2D", _PADDINGS)
    steps = per_axis(strides, 2, channel, "strides")
    rates = per_axis(dilations, 2, channel, "dilations")
    if channel == 1 and is_on_cpu():
        sizes = tuple(input.shape), tuple(convert(filters, None, input.dtype).shape)
        refuse_channels_first(
            "Conv2D",
            "The Conv2D op currently only supports the NHWC tensor format on the CPU. The op was "
            "given the format: NCHW",
            lambda: conv2d_map(*sizes, steps, word, explicit, data_format, rates),
            errors.UnimplementedError,
        )

    def over(x: Tensor) -> Tensor:
        return conv2d_op(x, filters, steps, True, word, explicit, data_format, rates, name)

    return with_one_batch_axis(over, input, 4)


def conv1d(
    input: Any,
    filters: Any,
    stride: Any,
    padding: str,
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """Sequences convolved with filters.

    input: [..., width, in_channels]. filters: [width, in_channels / groups, out_channels]. stride,
    dilations: a number, or one for each axis. padding: "SAME" or "VALID".

    >>> tf.nn.conv1d(tf.constant([[[1.], [2.], [4.]]]), [[[1.]], [[1.]]], 1, "VALID").numpy()
    array([[[3.],
            [6.]]], dtype=float32)

    Op: Conv2D.
    """
    data_format, axis = sequence_format(data_format)
    channel = 1 if axis == 2 else 2
    steps = per_axis(stride, 1, channel, "stride")
    rates = per_axis(dilations, 1, channel, "dilations")
    input = convert(input)
    axis = -3 if axis == 1 else -2
    image = expand_dims_op(input, axis)
    flat = expand_dims_op(convert(filters, None, input.dtype), 0)
    word, _ = padding_of(padding, "Conv2D", ("SAME", "VALID"), 3)
    tall = with_height(steps, channel), word, data_format, with_height(rates, channel), name
    return squeeze_op(conv2d(image, flat, *tall), (axis,))


def conv3d(
    input: Any,
    filters: Any,
    strides: Any,
    padding: str,
    data_format: str = "NDHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """Volumes convolved with filters.

    input: [batch, depth, height, width, in_channels]. filters: [depth, height, width,
    in_channels, out_channels]. strides, dilations: five numbers, the first and the last of them
    1. padding: "SAME" or "VALID".

    >>> tf.nn.conv3d(tf.ones([1, 2, 2, 2, 1]), tf.ones([2, 2, 2, 1, 1]), [1] * 5, "VALID").numpy()
    array([[[[[8.]]]]], dtype=float32)

    Raises tf.errors.InvalidArgumentError where shapes do not fit. Op: Conv3D.
    """
    steps = _listed(strides, "strides", "conv3d", 5)
    rates = (1,) * 5 if dilations is None else _listed(dilations, "dilations", "conv3d", 5)
    word, _ = padding_of(padding, "Conv3D", ("SAME", "VALID"))
    one_of("data_format", data_format, _FORMATS_3D, "Conv3D")
    if data_format == "NCDHW" and is_on_cpu():
        input = convert(input)
        sizes = tuple(input.shape), tuple(convert(filters, None, input.dtype).shape)
        refuse_channels_first(
            "Conv3D",
            "CPU implementation of Conv3D currently only supports the NHWC tensor format.",
            lambda: conv3d_map(*sizes, steps, word, data_format, rates),
        )
    return conv3d_op(input, filters, steps, word, data_format, rates, name)


def convolution(
    input: Any,
    filters: Any,
    strides: Any = None,
    padding: Any = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """Sequences, images or volumes convolved with filters, by the filters' rank.

    input: [..., *spatial, in_channels]. filters: [*window, in_channels / groups, out_channels]
    with one to three spatial axes. strides, dilations: a number, or one for each spatial axis;
    not both above 1.

    >>> tf.nn.convolution(tf.ones([1, 4, 3]), tf.ones([2, 3, 5])).shape
    TensorShape([1, 3, 5])

    Raises ValueError for filters of another rank. Ops: Conv2D, Conv3D.
    """
    input = convert(input)
    filters = convert(filters, None, input.dtype)
    rank = input.shape.rank if filters.shape.rank is None else filters.shape.rank
    if rank is None:
        raise ValueError(
            "When `num_spatial_dims` is not set, one of `input.shape.rank` or `filters.shape.rank` "
            f"must be known. Received: input.shape={input.shape} of rank None and "
            f"filters.shape={filters.shape} of rank None"
        )
    n = rank - 2
    if n not in (1, 2, 3):
        raise ValueError(f"`num_spatial_dims` must be 1, 2, or 3. Received: num_spatial_dims={n}.")
    channel = 1 if data_format is not None and data_format.startswith("NC") else n + 1
    rates = _spatial(per_axis(dilations, n, channel, "dilations"), channel)
    if min(rates) < 1:
        raise ValueError(
            "all values of `dilation_rate` must be positive. Received: "
            f"dilation_rate={np.array(rates)}"
        )
    if max(rates) > 1:
        steps = _spatial(per_axis(strides, n, channel, "strides"), channel)
        if max(steps) > 1:
            raise ValueError(
                "`strides > 1` not supported in conjunction with `dilation_rate > 1`. Received: "
                f"strides={np.array(steps)} and dilation_rate={np.array(rates)}"
            )
        if padding not in ("SAME", "VALID") and not isinstance(padding, (list, tuple)):
            raise ValueError(
                f"`padding` must be one of 'SAME' or 'VALID'. Received: padding={padding}"
            )
    if n == 1:
        return conv1d(input, filters, strides, padding, data_format, rates, name)
    if n == 2:
        return conv2d(input, filters, strides, padding, data_format, rates, name)
    whole = per_axis(strides, 3, channel, "strides")
    format_3d = data_format or "NDHWC"
    return with_one_batch_axis(
        lambda x: conv3d(
            x, filters, whole, padding, format_3d, per_axis(rates, 3, channel, ""), name
        ),
        input,
        5,
    )


def _spatial(sizes: tuple, channel: int) -> tuple:
    return sizes[2:] if channel == 1 else sizes[1:-1]


def atrous_conv2d(
    value: Any, filters: Any, rate: int, padding: str, name: str | None = None
) -> Tensor:
    """Images convolved with filters between whose elements `rate - 1` pixels lie.

    value: [batch, height, width, in_channels]. filters: [height, width, in_channels,
    out_channels].

    >>> tf.nn.atrous_conv2d(tf.ones([1, 3, 3, 1]), tf.ones([2, 2, 1, 1]), 2, "VALID").numpy()
    array([[[[4.]]]], dtype=float32)

    Op: Conv2D.
    """
    rate = integer(rate, "rate")
    return convolution(value, filters, None, padding, None, [rate, rate], name)


# ---- channel by channel
# --------------------------------------------------------------------------


def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """Images convolved channel by channel, each with filters of its own.

    input: [batch, height, width, channels]. filter: [height, width, channels, multiplier]; the
    result has `channels * multiplier` channels. strides: four numbers, height's and width's
    equal. padding: "SAME", "VALID" or four pairs. dilations: one number for height, one for
    width.

    >>> tf.nn.depthwise_conv2d(
    ...     tf.ones([1, 2, 2, 2]), tf.ones([2, 2, 2, 1]), [1, 1, 1, 1], "VALID").numpy()
    array([[[[4., 4.]]]], dtype=float32)

    Raises tf.errors.InvalidArgumentError where shapes do not fit. Op: DepthwiseConv2dNative.
    """
    input = convert(input)
    data_format = data_format or "NHWC"
    rank = input.shape.rank
    if rank is not None and rank < 3:
        raise ValueError(
            "`input.shape.rank` must be at least 3. Received: "
            f"input.shape={input.shape} with rank {rank}"
        )
    word, explicit = padding_of(padding, "DepthwiseConv2dNative", _PADDINGS)
    one_of("data_format", data_format, _FORMATS, "DepthwiseConv2dNative")
    channel = 1 if data_format == "NCHW" else 3
    steps = _four(strides)
    rates = (1, 1) if dilations is None else tuple(integer(n, "dilations") for n in dilations)
    rates = rates if len(rates) == 4 else per_axis(rates, 2, channel, "dilations")
    if channel == 1 and is_on_cpu():
        refuse_channels_first(
            "DepthwiseConv2dNative",
            "Depthwise convolution on CPU is only supported for NHWC format",
            lambda: None,
            errors.UnimplementedError,
        )
    return depthwise_conv2d_native(input, filter, steps, word, explicit, data_format, rates, name)


def _four(strides: Any) -> tuple:
    if strides is None:
        strides = []
    if not isinstance(strides, (list, tuple)):
        raise TypeError(
            "Expected list for 'strides' argument to 'depthwise_conv2d_native' Op, not "
            f"{strides!r}."
        )
    if len(strides) != 4:
        op = "DepthwiseConv2dNative"
        raise errors.InvalidArgumentError(
            None, None, f"Sliding window strides field must specify 4 dimensions [Op:{op}] name: "
        )
    return tuple(integer(n, "strides") for n in strides)


def known_sizes(shape: Any) -> Any:
    """A shape as a tuple of ints where it is known."""
    if isinstance(shape, Tensor) and (known := known_value(shape)) is not None:
        return tuple(known.tolist())
    if isinstance(shape, (list, tuple, TensorShape)):
        items = list(shape)
        if all(isinstance(n, int) for n in items):
            return tuple(items)
    return convert(shape, None, int32)


def depthwise_conv2d_backprop_input(
    input_sizes: Any,
    filter: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of `tf.nn.depthwise_conv2d` by its input, of shape `input_sizes`.

    out_backprop: the gradient of the result. The other arguments as they were.

    >>> tf.nn.depthwise_conv2d_backprop_input(
    ...     [1, 2, 2, 1], tf.ones([2, 2, 1, 1]), tf.ones([1, 1, 1, 1]), [1] * 4, "VALID").shape
    TensorShape([1, 2, 2, 1])

    Op: DepthwiseConv2dNativeBackpropInput.
    """
    word, explicit = padding_of(padding, "DepthwiseConv2dNativeBackpropInput", _PADDINGS)
    return depthwise_conv2d_native_backprop_input(
        known_sizes(input_sizes), filter, out_backprop, _four(strides), word, explicit, data_format,
        tuple(dilations), name,
    )  # fmt: skip


def depthwise_conv2d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of `tf.nn.depthwise_conv2d` by its filter, of shape `filter_sizes`.

    out_backprop: the gradient of the result. The other arguments as they were.

    >>> tf.nn.depthwise_conv2d_backprop_filter(
    ...     tf.ones([1, 2, 2, 1]), [2, 2, 1, 1], tf.ones([1, 1, 1, 1]), [1] * 4, "VALID").shape
    TensorShape([2, 2, 1, 1])

    Op: DepthwiseConv2dNativeBackpropFilter.
    """
    word, explicit = padding_of(padding, "DepthwiseConv2dNativeBackpropFilter", _PADDINGS)
    return depthwise_conv2d_native_backprop_filter(
        input, known_sizes(filter_sizes), out_backprop, _four(strides), word, explicit, data_format,
        tuple(dilations), name,
    )  # fmt: skip


def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """Images convolved channel by channel, and then the channels of each pixel mixed.

    input: [batch, height, width, channels]. depthwise_filter: [height, width, channels,
    multiplier]. pointwise_filter: [1, 1, channels * multiplier, out_channels]. The rest as in
    `tf.nn.depthwise_conv2d`.

    >>> tf.nn.separable_conv2d(
    ...     tf.ones([1, 2, 2, 2]), tf.ones([2, 2, 2, 1]), tf.ones([1, 1, 2, 3]), [1] * 4, "VALID"
    ... ).numpy()
    array([[[[8., 8., 8.]]]], dtype=float32)

    Raises ValueError for a pointwise filter of another shape.
    """
    input = convert(input)
    pointwise = convert(pointwise_filter, None, input.dtype)
    shape = TensorShape(pointwise.shape).with_rank(4)
    for size in shape[:2]:
        if size not in (1, None):
            raise ValueError(f"Dimensions {size} and 1 are not compatible")
    middle = depthwise_conv2d(input, depthwise_filter, strides, padding, data_format, dilations)
    return conv2d(middle, pointwise, [1, 1, 1, 1], "VALID", data_format, None, name)
