"""Pooling: the public functions over the ops of ops/pool.py.

The one idea: everything is a call of an op. A sequence is pooled as an image one pixel high, and
a dilated window is an ordinary one over blocks of the image that are moved into the batch.

`data_format` says where the channels are, as in ops/convolution.py: an eager op on a CPU takes
them last.

Read next: ops/windows.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import as_dtype, int64
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.array import expand_dims_op, length, squeeze_op
from headrace._src.ops.blocks import batch_to_space_nd, space_to_batch_nd
from headrace._src.ops.pool import (
    avg_pool3d_op,
    avg_pool_op,
    max_pool3d_op,
    max_pool_op,
    max_pool_with_argmax_op,
)
from headrace._src.ops.windows import (
    is_on_cpu,
    one_of,
    padding_of,
    per_axis,
    refuse_channels_first,
    with_height,
)

_WORDS = ("SAME", "VALID")
_WORDS_AND_PAIRS = ("SAME", "VALID", "EXPLICIT")


def _channels_last(op: str, kind: str, last: str, data_format: str) -> None:
    """Refuses channels before spatial axes where a CPU kernel would."""
    if is_on_cpu() and data_format not in ("NWC", "NHWC", "NDHWC"):
        fact = f"Default {kind} only supports {last} on device type CPU"
        refuse_channels_first(op, fact, lambda: None)


# ---- the largest
# -----------------------------------------------------------------------------------


def max_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    name: str | None = None,
) -> Tensor:
    """The largest element of every window of images.

    input: [batch, height, width, channels]. ksize, strides: the size and the steps of the window:
    a number, a pair, or four. padding: "SAME", "VALID" or four pairs.

    >>> x = tf.reshape(tf.range(16.), [1, 4, 4, 1])
    >>> tf.nn.max_pool2d(x, 2, 2, "VALID")[0, :, :, 0].numpy()
    array([[ 5.,  7.],
           [13., 15.]], dtype=float32)

    Raises tf.errors.InvalidArgumentError where the window is too large. Op: MaxPool.
    """
    data_format = data_format or "NHWC"
    channel = 1 if data_format.startswith("NC") else 3
    one_of("data_format", data_format, ("NHWC", "NCHW", "NCHW_VECT_C"), "MaxPool")
    sizes = per_axis(ksize, 2, channel, "ksize")
    steps = per_axis(strides, 2, channel, "strides")
    word, explicit = padding_of(padding, "MaxPool", _WORDS_AND_PAIRS)
    _channels_last("MaxPool", "MaxPoolingOp", "NHWC", data_format)
    return max_pool_op(input, sizes, steps, word, explicit, data_format, name)


def max_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NWC",
    name: str | None = None,
) -> Tensor:
    """The largest element of every window of sequences.

    input: [batch, width, channels]. The rest as in `tf.nn.max_pool2d`.

    >>> tf.nn.max_pool1d([[[1.], [3.], [2.], [0.]]], 2, 2, "VALID").numpy()
    array([[[3.],
            [2.]]], dtype=float32)

    Op: MaxPool.
    """
    channel = 1 if data_format.startswith("NC") else 2
    sizes = with_height(per_axis(ksize, 1, channel, "ksize"), channel)
    steps = with_height(per_axis(strides, 1, channel, "strides"), channel)
    word, explicit = padding_of(padding, "MaxPool", _WORDS_AND_PAIRS, 3)
    _channels_last("MaxPool", "MaxPoolingOp", "NHWC", data_format)
    if explicit:
        at = 4 if channel == 1 else 2
        explicit = (*explicit[:at], 0, 0, *explicit[at:])
    axis = 2 if channel == 1 else 1
    image = expand_dims_op(convert(input), axis)
    out = max_pool_op(image, sizes, steps, word, explicit, _image_format(channel), name)
    return squeeze_op(out, (axis,))


def _image_format(channel: int) -> str:
    return "NCHW" if channel == 1 else "NHWC"


def max_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """The largest element of every window of volumes.

    input: [batch, depth, height, width, channels]. ksize, strides: a number, three or five.
    padding: "SAME" or "VALID".

    >>> tf.nn.max_pool3d(tf.ones([1, 4, 4, 4, 1]), 2, 2, "VALID").shape
    TensorShape([1, 2, 2, 2, 1])

    Op: MaxPool3D.
    """
    how = _volume("MaxPool3D", ksize, strides, padding, data_format)
    return max_pool3d_op(input, *how, name)


def _volume(op: str, ksize: Any, strides: Any, padding: Any, data_format: str | None) -> tuple:
    """The attributes of an op over volumes."""
    data_format = data_format or "NDHWC"
    channel = 1 if data_format.startswith("NC") else 4
    one_of("data_format", data_format, ("NDHWC", "NCDHW"), op)
    sizes = per_axis(ksize, 3, channel, "ksize")
    steps = per_axis(strides, 3, channel, "strides")
    word, _ = padding_of(padding, op, _WORDS)
    _channels_last(op, "Pooling3DOp", "NDHWC", data_format)
    return sizes, steps, word, data_format


def max_pool(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The largest element of every window of sequences, images or volumes, by the input's rank.

    input: [batch, *spatial, channels] with one to three spatial axes. ksize, strides: a number,
    or one for each spatial axis.

    >>> tf.nn.max_pool(tf.ones([1, 4, 4, 1]), 2, 2, "VALID").shape
    TensorShape([1, 2, 2, 1])

    Raises ValueError for an input of another rank. Ops: MaxPool, MaxPool3D.
    """
    n = _spatial_rank(input)
    function = (max_pool1d, max_pool2d, max_pool3d)[n - 1]
    return function(input, ksize, strides, padding, data_format or _LAST[n - 1], name)


_LAST = ("NWC", "NHWC", "NDHWC")


def _spatial_rank(input: Any) -> int:
    shape = input.shape
    rank = len(shape)
    if rank not in (3, 4, 5):
        raise ValueError(
            f"`input.shape.rank` must be 3, 4 or 5. Received: input.shape={shape} of rank {rank}."
        )
    return rank - 2


def max_pool_with_argmax(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    output_dtype: Any = int64,
    include_batch_in_index: bool = False,
    name: str | None = None,
) -> Any:
    """The largest element of every window of images, and where it is.

    Answers `(output, argmax)`; argmax counts through height, width and channels, and through the
    batch too if wanted. output_dtype: `tf.int32` or `tf.int64`.

    >>> x = tf.reshape(tf.range(4.), [1, 2, 2, 1])
    >>> tf.nn.max_pool_with_argmax(x, 2, 2, "VALID").argmax.numpy()
    array([[[[3]]]])

    Raises ValueError for another data_format. Op: MaxPoolWithArgmax.
    """
    if data_format != "NHWC":
        raise ValueError(
            "`data_format` values other  than 'NHWC' are not supported. "
            f"Received: data_format={data_format}"
        )
    sizes = per_axis(ksize, 2, 3, "ksize")
    steps = per_axis(strides, 2, 3, "strides")
    word, _ = padding_of(padding, "MaxPoolWithArgmax", _WORDS)
    return max_pool_with_argmax_op(
        input, sizes, steps, as_dtype(output_dtype), word, include_batch_in_index, name
    )


# ---- the mean
# --------------------------------------------------------------------------------------


def avg_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    name: str | None = None,
) -> Tensor:
    """The mean of every window of images; what is padded does not count.

    input: [batch, height, width, channels], floats. ksize, strides: a number, a pair, or four.
    padding: "SAME" or "VALID".

    >>> x = tf.reshape(tf.range(16.), [1, 4, 4, 1])
    >>> tf.nn.avg_pool2d(x, 2, 2, "VALID")[0, :, :, 0].numpy()
    array([[ 2.5,  4.5],
           [10.5, 12.5]], dtype=float32)

    Raises tf.errors.InvalidArgumentError where the window is too large. Op: AvgPool.
    """
    data_format = data_format or "NHWC"
    channel = 1 if data_format.startswith("NC") else 3
    one_of("data_format", data_format, ("NHWC", "NCHW"), "AvgPool")
    sizes = per_axis(ksize, 2, channel, "ksize")
    steps = per_axis(strides, 2, channel, "strides")
    word, _ = padding_of(padding, "AvgPool", _WORDS)
    _channels_last("AvgPool", "AvgPoolingOp", "NHWC", data_format)
    return avg_pool_op(input, sizes, steps, word, data_format, name)


def avg_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NWC",
    name: str | None = None,
) -> Tensor:
    """The mean of every window of sequences.

    input: [batch, width, channels], floats. The rest as in `tf.nn.avg_pool2d`.

    >>> tf.nn.avg_pool1d([[[1.], [3.], [2.], [0.]]], 2, 2, "VALID").numpy()
    array([[[2.],
            [1.]]], dtype=float32)

    Op: AvgPool.
    """
    channel = 1 if data_format.startswith("NC") else 2
    sizes = with_height(per_axis(ksize, 1, channel, "ksize"), channel)
    steps = with_height(per_axis(strides, 1, channel, "strides"), channel)
    word, _ = padding_of(padding, "AvgPool", _WORDS)
    _channels_last("AvgPool", "AvgPoolingOp", "NHWC", data_format)
    axis = 2 if channel == 1 else 1
    image = expand_dims_op(convert(input), axis)
    return squeeze_op(avg_pool_op(image, sizes, steps, word, _image_format(channel), name), (axis,))


def avg_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """The mean of every window of volumes.

    input: [batch, depth, height, width, channels], floats. The rest as in `tf.nn.max_pool3d`.

    >>> tf.nn.avg_pool3d(tf.ones([1, 4, 4, 4, 1]), 2, 2, "VALID").shape
    TensorShape([1, 2, 2, 2, 1])

    Op: AvgPool3D.
    """
    how = _volume("AvgPool3D", ksize, strides, padding, data_format)
    return avg_pool3d_op(input, *how, name)


def avg_pool(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The mean of every window of sequences, images or volumes, by the input's rank.

    >>> tf.nn.avg_pool(tf.ones([1, 4, 4, 1]), 2, 2, "VALID").shape
    TensorShape([1, 2, 2, 1])

    Raises ValueError for an input of another rank. Ops: AvgPool, AvgPool3D.
    """
    n = _spatial_rank(input)
    function = (avg_pool1d, avg_pool2d, avg_pool3d)[n - 1]
    return function(input, ksize, strides, padding, data_format or _LAST[n - 1], name)


# ---- either
# ----------------------------------------------------------------------------------------


def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    strides: Any = None,
    padding: str = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The largest element ("MAX") or the mean ("AVG") of every window.

    input: [batch, *spatial, channels]. window_shape: one to three sizes. strides, dilations: one
    for each spatial axis, 1 by default; not both above 1, and dilations only with padding
    "VALID".

    >>> tf.nn.pool(tf.ones([1, 4, 4, 1]), [2, 2], "MAX").shape
    TensorShape([1, 3, 3, 1])

    Raises ValueError for another kind or rank.
    """
    n = len(window_shape)
    if n not in (1, 2, 3):
        raise ValueError(
            "`len(window_shape)` must be 1, 2, or 3. Received: "
            f"window_shape={window_shape} of length {n}"
        )
    input = convert(input)
    input.shape.with_rank(n + 2)
    kinds = {
        "MAX": (max_pool1d, max_pool2d, max_pool3d),
        "AVG": (avg_pool1d, avg_pool2d, avg_pool3d),
    }
    if pooling_type not in kinds:
        raise ValueError(f"{n}-D {pooling_type} pooling is not supported.")
    function = kinds[pooling_type][n - 1]
    steps = [1] * n if strides is None else list(strides)
    rates = [1] * n if dilations is None else list(dilations)
    if min(rates) < 1:
        raise ValueError(
            "all values of `dilation_rate` must be positive. Received: "
            f"dilation_rate={np.array(rates)}"
        )
    data_format = data_format or _LAST[n - 1]
    if max(rates) == 1:
        return function(input, window_shape, steps, padding, data_format, name)
    if max(steps) > 1:
        raise ValueError(
            "`strides > 1` not supported in conjunction with `dilation_rate > 1`. Received: "
            f"strides={np.array(steps)} and dilation_rate={np.array(rates)}"
        )
    if padding != "VALID":
        raise ValueError(
            "pooling with 'SAME' padding is not implemented for `dilation_rate` > 1. Received: "
            f"padding={padding} and dilation_rate={np.array(rates)}"
        )
    if data_format.startswith("NC"):
        raise NotImplementedError("tf.nn.pool: dilations need the channels last.")
    over = [-length(input, 1 + i) % rate for i, rate in enumerate(rates)]
    pairs: Any = tuple((0, extra) for extra in over)
    if not all(type(extra) is int for extra in over):
        pairs = convert(pairs)
    apart = space_to_batch_nd(input, tuple(rates), pairs)
    pooled = function(apart, window_shape, 1, "VALID", data_format)
    return batch_to_space_nd(pooled, tuple(rates), pairs, name)
