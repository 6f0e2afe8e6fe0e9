"""The ops of pooling: the largest element or the mean of every window of an image or a volume.

The one idea: which elements were the largest is found again from the input and the output, so no
mask is kept. `MaxPoolGrad` sends a gradient there, `MaxPoolGradGrad` fetches one from there, and
each is the gradient of the other; a mean's gradient is spread evenly (`AvgPoolGrad`), and its
transpose is the mean again.

As TensorFlow's kernels do, the maximum passes over NaN, and of equal elements the first gets the
gradient; in volumes each of them gets it whole. Pooling runs on XLA (xla/pooling.py).

Read next: ops/pooling.py, the public functions.
"""

from typing import Any

import numpy as np

from headrace._src.core import namespace, window_rules
from headrace._src.core.dtypes import DType, int64
from headrace._src.core.shapes import TensorShape, unknown_shape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import Static, op
from headrace._src.ops.array import dims, length, positions, reshape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import zeros_like
from headrace._src.ops.gather import gather
from headrace._src.ops.padding import pad_op, pad_v2
from headrace._src.ops.windows import paddings, places, refuse, unimplemented


def _xla() -> Any:
    return namespace.pooling_under_xla


def _plan(shape: tuple, ksize: tuple, strides: tuple, padding: str, explicit: tuple = ()) -> tuple:
    """Window, strides and paddings for every axis, after the checks of the eager kernels."""
    for i, (size, k, stride) in enumerate(zip(shape, ksize, strides, strict=True)):
        places(size, k, stride, padding, 1, explicit[2 * i : 2 * i + 2] or (0, 0))
    pairs = paddings(shape, ksize, strides, padding, (1,) * len(shape), explicit)
    return ksize, strides, pairs


def _pooled(x: TensorShape, ksize: tuple, strides: tuple, padding: str, *rest: Any) -> TensorShape:
    """The shape rule of all pooling ops; only MaxPool has explicit paddings before the format."""
    explicit, data_format = rest if len(rest) == 2 else ((), rest[0])
    return window_rules.window(x, ksize, strides, padding, None, explicit, data_format)


def _as_image(x: TensorShape, *_: Any) -> TensorShape:
    return x


# ---- the largest of an image
# -----------------------------------------------------------------------


def _max_plan(
    shape: tuple, ksize: tuple, strides: tuple, padding: str, explicit: tuple, data_format: str
) -> tuple:
    """The plan of a maximum over images, in the words of the kernel MaxPool."""
    if len(shape) != 4:
        refuse(f"tensor_in_shape must have 2 spatial dimensions. {len(shape)} 0")
    if min(ksize) < 1:
        shown = ",".join(map(str, ksize))
        refuse(
            f"Sliding window ksize must be positive. The specified or inferred ksize is: {shown}"
        )
    if min(strides) < 1:
        refuse(f"Stride must be > 0, but got {min(strides)}")
    channel = 1 if data_format == "NCHW" else 3
    if ksize[0] != 1 or strides[0] != 1:
        unimplemented("Pooling is not yet supported on the batch dimension.")
    if ksize[channel] != 1:
        if any(k != 1 for i, k in enumerate(ksize) if i != channel):
            unimplemented(
                "MaxPooling supports exactly one of pooling across depth or pooling across "
                "width/height."
            )
        if shape[channel] % ksize[channel]:
            unimplemented(
                "Depthwise max pooling requires the depth window to evenly divide the input depth"
            )
        if strides[channel] != ksize[channel]:
            unimplemented(
                "Depthwise max pooling requires the depth window to equal the depth stride"
            )
    for i, side in enumerate(("Top", "Bottom", "Left", "Right")):
        axis = (2 if channel == 1 else 1) + i // 2
        if explicit and explicit[2 * axis + i % 2] >= ksize[axis]:
            refuse(
                f"{side} padding {explicit[2 * axis + i % 2]} needs to be smaller than the window "
                f"size {ksize[axis]}"
            )
    return _plan(shape, ksize, strides, padding, explicit)


@op("MaxPool", shape=_pooled, cost="xla")
def max_pool_op(
    input: Tensor,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    explicit_paddings: tuple[int, ...] = (),
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """The largest element of every window of images."""
    how = (ksize, strides, padding, explicit_paddings, data_format)
    return _xla().largest(input, *_max_plan(input.shape, *how))


@max_pool_op.gradient
def _(dz, input, ksize, strides, padding, explicit_paddings, data_format, out):
    return max_pool_grad(input, out, dz, ksize, strides, padding, explicit_paddings, data_format)


@op("MaxPoolGrad", shape=_as_image, cost="xla")
def max_pool_grad(
    orig_input: Tensor,
    orig_output: Tensor,
    grad: Tensor,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    explicit_paddings: tuple[int, ...] = (),
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """`grad`, each element at the first largest element of its window."""
    how = (ksize, strides, padding, explicit_paddings, data_format)
    plan = _max_plan(orig_input.shape, *how)
    return _xla().to_largest(orig_input, orig_output, grad, *plan, False)


@max_pool_grad.gradient
def _(dz, orig_input, orig_output, ksize, strides, padding, explicit_paddings, data_format):
    def of_grad():
        x, beside, word = orig_input, dz, padding
        if padding == "EXPLICIT":
            # The registry's MaxPoolGradGrad knows no such padding: pad, and no more is needed.
            pairs = tuple(zip(explicit_paddings[::2], explicit_paddings[1::2], strict=True))
            lowest = convert(x.dtype.min, x.dtype)
            x, beside, word = pad_v2(x, pairs, lowest), pad_op(dz, pairs), "VALID"
        return max_pool_grad_grad(x, orig_output, beside, ksize, strides, word, data_format)

    return lambda: zeros_like(orig_input), lambda: zeros_like(orig_output), of_grad


@op("MaxPoolGradGrad", shape=lambda x, y, *_: y, cost="xla")
def max_pool_grad_grad(
    orig_input: Tensor,
    orig_output: Tensor,
    grad: Tensor,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """For every window what `grad` has at its first largest element."""
    plan = _max_plan(orig_input.shape, ksize, strides, padding, (), data_format)
    return _xla().at_largest(orig_input, orig_output, grad, *plan, False)


@max_pool_grad_grad.gradient
def _(dz, orig_input, orig_output, ksize, strides, padding, data_format):
    def of_grad():
        return max_pool_grad(orig_input, orig_output, dz, ksize, strides, padding, (), data_format)

    return lambda: zeros_like(orig_input), lambda: zeros_like(orig_output), of_grad


# ---- the mean of an image
# --------------------------------------------------------------------------


def _mean_plan(shape: tuple, ksize: tuple, strides: tuple, padding: str, data_format: str) -> tuple:
    """The plan of a mean over images, in the words of the kernel AvgPool."""
    if len(shape) != 4:
        refuse(f"tensor_in_shape must have 2 spatial dimensions. {len(shape)} 0")
    if min(ksize) < 1:
        refuse(f"ksize must be a positive int32 value, got:{min(ksize)}")
    if min(strides) < 1:
        refuse(f"Stride must be > 0, but got {min(strides)}")
    channel = 1 if data_format == "NCHW" else 3
    if any(sizes[axis] != 1 for sizes in (ksize, strides) for axis in (0, channel)):
        unimplemented("Non-spatial pooling is not yet supported.")
    return _plan(shape, ksize, strides, padding)


def _mean(x: Any, plan: tuple) -> Any:
    wide = x.astype(np.float32) if x.dtype.itemsize == 2 else x
    count = _xla().counts(x.shape, *plan, wide.dtype)
    return (_xla().total(wide, *plan) / count).astype(x.dtype)


def _shared(dy: Any, sizes: tuple, plan: tuple) -> Any:
    wide = dy.astype(np.float32) if dy.dtype.itemsize == 2 else dy
    count = _xla().counts(sizes, *plan, wide.dtype)
    return _xla().spread(wide / count, sizes, *plan).astype(dy.dtype)


@op("AvgPool", shape=_pooled, cost="xla")
def avg_pool_op(
    value: Tensor,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """The mean of every window of images; what is padded does not count."""
    return _mean(value, _mean_plan(value.shape, ksize, strides, padding, data_format))


@avg_pool_op.gradient
def _(dz, value, ksize, strides, padding, data_format):
    return avg_pool_grad(dims(value), dz, ksize, strides, padding, data_format)


def _sized(rank: int) -> Any:
    def rule(sizes: Any, *_: Any) -> TensorShape:
        return TensorShape(sizes) if isinstance(sizes, tuple) else unknown_shape(rank)

    return rule


@op("AvgPoolGrad", shape=_sized(4), cost="xla")
def avg_pool_grad(
    orig_input_shape: Static,
    grad: Tensor,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """`grad`, each element in equal parts over its window."""
    plan = _mean_plan(orig_input_shape, ksize, strides, padding, data_format)
    return _shared(grad, orig_input_shape, plan)


@avg_pool_grad.gradient
def _(dz, ksize, strides, padding, data_format):
    return avg_pool_op(dz, ksize, strides, padding, data_format)


# ---- volumes
# ---------------------------------------------------------------------------------------


def _volume_plan(
    shape: tuple, ksize: tuple, strides: tuple, padding: str, data_format: str
) -> tuple:
    """The plan of a maximum or a mean over volumes, in the words of their kernels."""
    if len(shape) != 5:
        refuse("tensor_in must be 5-dimensional")
    if min(ksize) < 1:
        refuse("Sliding window ksize field must have non-negative dimensions")
    if min(strides) < 1:
        refuse(f"Stride must be > 0, but got {min(strides)}")
    channel = 1 if data_format == "NCDHW" else 4
    for axis, word in ((0, "batch"), (channel, "depth")):
        if ksize[axis] != 1 or strides[axis] != 1:
            unimplemented(f"Pooling is not yet supported on the {word} dimension.")
    return _plan(shape, ksize, strides, padding)


@op("MaxPool3D", shape=_pooled, cost="xla")
def max_pool3d_op(
    input: Tensor,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    data_format: str = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """The largest element of every window of volumes."""
    plan = _volume_plan(input.shape, ksize, strides, padding, data_format)
    return _xla().largest(input, *plan)


@max_pool3d_op.gradient
def _(dz, input, ksize, strides, padding, data_format, out):
    return max_pool3d_grad(input, out, dz, ksize, strides, padding, data_format)


@op("MaxPool3DGrad", shape=_as_image, cost="xla")
def max_pool3d_grad(
    orig_input: Tensor,
    orig_output: Tensor,
    grad: Tensor,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    data_format: str = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """`grad`, each element at every largest element of its window."""
    plan = _volume_plan(orig_input.shape, ksize, strides, padding, data_format)
    return _xla().to_largest(orig_input, orig_output, grad, *plan, True)


@max_pool3d_grad.gradient
def _(dz, orig_input, orig_output, ksize, strides, padding, data_format):
    how = (ksize, strides, padding, data_format)
    return (
        lambda: zeros_like(orig_input),
        lambda: zeros_like(orig_output),
        lambda: max_pool3d_grad_grad(orig_input, orig_output, dz, *how),
    )


@op("MaxPool3DGradGrad", shape=lambda x, y, *_: y, cost="xla")
def max_pool3d_grad_grad(
    orig_input: Tensor,
    orig_output: Tensor,
    grad: Tensor,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    data_format: str = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """For every window the sum of what `grad` has at its largest elements."""
    plan = _volume_plan(orig_input.shape, ksize, strides, padding, data_format)
    return _xla().at_largest(orig_input, orig_output, grad, *plan, True)


@max_pool3d_grad_grad.gradient
def _(dz, orig_input, orig_output, ksize, strides, padding, data_format):
    how = (ksize, strides, padding, data_format)
    return (
        lambda: zeros_like(orig_input),
        lambda: zeros_like(orig_output),
        lambda: max_pool3d_grad(orig_input, orig_output, dz, *how),
    )


@op("AvgPool3D", shape=_pooled, cost="xla")
def avg_pool3d_op(
    input: Tensor,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    data_format: str = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """The mean of every window of volumes."""
    return _mean(input, _volume_plan(input.shape, ksize, strides, padding, data_format))


@avg_pool3d_op.gradient
def _(dz, input, ksize, strides, padding, data_format):
    return avg_pool3d_grad(dims(input), dz, ksize, strides, padding, data_format)


@op("AvgPool3DGrad", shape=_sized(5), cost="xla")
def avg_pool3d_grad(
    orig_input_shape: Static,
    grad: Tensor,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    data_format: str = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """`grad`, each element in equal parts over its window."""
    plan = _volume_plan(orig_input_shape, ksize, strides, padding, data_format)
    return _shared(grad, orig_input_shape, plan)


@avg_pool3d_grad.gradient
def _(dz, ksize, strides, padding, data_format):
    return avg_pool3d_op(dz, ksize, strides, padding, data_format)


# ---- the largest and where it is
# -------------------------------------------------------------------


def _both(
    input: TensorShape, ksize: tuple, strides: tuple, Targmax: DType, padding: str, *_: Any
) -> tuple[TensorShape, TensorShape]:
    out = window_rules.window(input, ksize, strides, padding)
    return out, out


@op("MaxPoolWithArgmax", shape=_both, cost="xla")
def max_pool_with_argmax_op(
    input: Tensor,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    Targmax: DType = int64,
    padding: str = "VALID",
    include_batch_in_index: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The largest element of every window, and its place in the flattened image (or batch)."""
    if len(input.shape) != 4:
        refuse("tensor_in must be 4-dimensional (2)")
    plan = _max_plan(input.shape, ksize, strides, padding, (), "NHWC")
    y, place = _xla().where_largest(input, *plan)
    if include_batch_in_index:
        step = int(np.prod(input.shape[1:], dtype=np.int64))
        place = place + step * np.arange(input.shape[0]).reshape((-1, 1, 1, 1))
    return y, place.astype(Targmax.array_dtype)


@max_pool_with_argmax_op.gradient
def _(doutput, dargmax, input, ksize, strides, padding, include_batch_in_index, argmax):
    return max_pool_grad_with_argmax(
        input, doutput, argmax, ksize, strides, padding, include_batch_in_index
    )


@op("MaxPoolGradWithArgmax", shape=_as_image, cost="xla")
def max_pool_grad_with_argmax(
    input: Tensor,
    grad: Tensor,
    argmax: Tensor,
    ksize: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    include_batch_in_index: bool = False,
    name: str | None = None,
) -> Tensor:
    """`grad`, each element at the place that `argmax` names."""
    return _xla().to_places(input.shape, grad, argmax, include_batch_in_index)


@max_pool_grad_with_argmax.gradient
def _(dz, input, argmax, include_batch_in_index):
    def of_grad():
        # What lies at the same places: by tf.gather over the flattened images.
        batch, *rest = (length(input, axis) for axis in range(4))
        size = rest[0] * rest[1] * rest[2]
        places_ = argmax
        if not include_batch_in_index:
            first = reshape_op(positions(batch) * size, (-1, 1, 1, 1))
            places_ = argmax + cast(first, argmax.dtype)
        return gather(reshape_op(dz, (-1,)), places_)

    return lambda: zeros_like(input), of_grad, None
