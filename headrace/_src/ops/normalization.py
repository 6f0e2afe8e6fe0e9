"""Normalization: means and variances, and what is scaled by them.

The one idea: a variance is the mean square of differences from the mean, computed in two passes,
so that it is never the small difference of two large numbers. `sufficient_statistics` with
`normalize_moments` is the exception: it adds up over batches, for which users pick a shift near
the mean.

Everything but local response normalization is written in other ops, so its gradients are theirs.

Read next: ops/reduce.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import bfloat16, float16, float32, int32
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert, in_graph
from headrace._src.engine.op import op
from headrace._src.ops.array import shape as shape_of
from headrace._src.ops.array import squeeze
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import ones_like
from headrace._src.ops.gather import gather
from headrace._src.ops.math import add, multiply, square, squared_difference, truediv
from headrace._src.ops.powers import reciprocal, rsqrt
from headrace._src.ops.reduce import reduce_mean, reduce_prod, reduce_sum

# ---- moments
# -------------------------------------------------------------------------------------


def moments(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The mean and the variance of `x` over `axes`.

    x: a tensor; float16 and bfloat16 are computed in float32. axes: a list of axes, None for all.
    shift: not used, as in TensorFlow. keepdims: whether the axes stay with size 1.

    >>> tf.nn.moments(tf.constant([1., 3.]), [0])
    (<tf.Tensor: shape=(), dtype=float32, numpy=2.0>, <tf.Tensor: shape=(), dtype=float32,
    numpy=1.0>)
    """
    del shift, name
    narrow = x.dtype in (float16, bfloat16)
    y = cast(x, float32) if narrow else convert(x)
    mean = reduce_mean(y, axes, True)
    # Through the mean flows no first gradient (differences from it add up to 0), but a second one.
    variance = reduce_mean(squared_difference(y, mean), axes, True)
    if not keepdims:
        mean, variance = squeeze(mean, axes), squeeze(variance, axes)
    return (cast(mean, x.dtype), cast(variance, x.dtype)) if narrow else (mean, variance)


def weighted_moments(
    x: Any, axes: Any, frequency_weights: Any, keepdims: bool = False, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The mean and the variance of `x` over `axes`, in which elements count by their weights.

    frequency_weights: numbers that broadcast with `x`, cast to its dtype.

    >>> tf.nn.weighted_moments([1., 3.], [0], [3., 1.])[0].numpy()
    np.float32(1.5)
    """
    del name
    x = convert(x)
    weights = convert(frequency_weights)
    own = x.dtype
    narrow = own in (float16, bfloat16)
    if narrow:
        x = cast(x, float32)
    weights = cast(weights, x.dtype)
    weighted = reduce_sum(multiply(weights, x), axes, True)
    total = reduce_sum(multiply(weights, ones_like(x)), axes, True)
    mean = truediv(weighted, total)
    spread = reduce_sum(multiply(weights, squared_difference(x, mean)), axes, True)
    variance = truediv(spread, total)
    if not keepdims:
        mean, variance = squeeze(mean, axes), squeeze(variance, axes)
    return (cast(mean, own), cast(variance, own)) if narrow else (mean, variance)


def sufficient_statistics(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """What a mean and a variance follow from, and what can be added up over batches.

    axes: a list of axes. shift: a number near the mean, which makes the variance accurate.

    Answers the number of elements, their sum, the sum of their squares (both of `x - shift`), and
    `shift` as a tensor or None.

    >>> count, total, squares, _ = tf.nn.sufficient_statistics([1., 2., 3.], [0])
    >>> count.numpy(), total.numpy(), squares.numpy()
    (np.float32(3.0), np.float32(6.0), np.float32(14.0))
    """
    scope = name or "sufficient_statistics"
    axes = list(set(axes))
    x = convert(x)
    if x.shape.rank is not None and all(x.shape.as_list()[axis] is not None for axis in axes):
        sizes = [x.shape.as_list()[axis] for axis in axes]
        count = convert(int(np.prod(sizes)) if sizes else 1, x.dtype)
    else:
        count = cast(reduce_prod(gather(shape_of(x), convert(axes, int32))), x.dtype)
    if shift is None:
        first, second = x, square(x)
    else:
        shift = in_graph(convert(shift), f"{scope}/shift")
        first, second = x - shift, squared_difference(x, shift)
    sums = reduce_sum(first, axes, keepdims), reduce_sum(second, axes, keepdims)
    return in_graph(count, f"{scope}/count"), *sums, shift


def normalize_moments(
    counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The mean and the variance from what `tf.nn.sufficient_statistics` answers.

    counts, mean_ss, variance_ss, shift: the numbers, sums, sums of squares and shift (or None).

    >>> mean, variance = tf.nn.normalize_moments(2., [2., 4.], [4., 10.], None)
    >>> mean.numpy(), variance.numpy()
    (array([1., 2.], dtype=float32), array([1., 1.], dtype=float32))
    """
    del name
    share = reciprocal(convert(counts))
    shifted = multiply(mean_ss, share)
    mean = shifted if shift is None else add(shifted, shift)
    return mean, multiply(variance_ss, share) - square(shifted)


# ---- normalized by them
# --------------------------------------------------------------------------


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: Any,
    name: str | None = None,
) -> Tensor:
    """`(x - mean) / sqrt(variance + variance_epsilon) * scale + offset`.

    mean, variance: numbers or tensors that broadcast with `x`. offset, scale: the same, or None.

    >>> tf.nn.batch_normalization(tf.constant([1., 3.]), 2., 1., 0.5, 2., 0.).numpy()
    array([-1.5,  2.5], dtype=float32)

    Source: Ioffe and Szegedy 2015, "Batch normalization".
    """
    factor = rsqrt(variance + variance_epsilon)
    if scale is not None:
        factor = factor * scale
    x = convert(x)
    if offset is None:
        rest = -multiply(mean, factor)
    else:
        rest = offset - multiply(mean, factor)
    return add(x * cast(factor, x.dtype), cast(rest, x.dtype), name)


def batch_norm_with_global_normalization(
    input: Any,
    mean: Any,
    variance: Any,
    beta: Any,
    gamma: Any,
    variance_epsilon: Any,
    scale_after_normalization: bool,
    name: str | None = None,
) -> Tensor:
    """`tf.nn.batch_normalization` with `beta` as offset and, if wanted, `gamma` as scale.

    >>> tf.nn.batch_norm_with_global_normalization(
    ...     tf.constant([1., 3.]), 2., 1., 0.5, 2., 0., True).numpy()
    array([-1.5,  2.5], dtype=float32)
    """
    scale = gamma if scale_after_normalization else None
    return batch_normalization(input, mean, variance, beta, scale, variance_epsilon, name)


# ---- local response
# ------------------------------------------------------------------------------


def local_response_normalization(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1,
    alpha: float = 1,
    beta: float = 0.5,
    name: str | None = None,
) -> Tensor:
    """`x / (bias + alpha * s) ** beta`, where s adds the squares of the channels nearby.

    input: [batch, height, width, channels], float32 or float16. depth_radius: how far, in
    channels, nearby goes.

    >>> tf.nn.lrn([[[[1., 2.]]]], depth_radius=1, beta=1.).numpy().round(4)
    array([[[[0.1667, 0.3333]]]], dtype=float32)

    Op: LRN. Source: Krizhevsky et al. 2012, "ImageNet classification".
    """
    return lrn_op(input, int(depth_radius), float(bias), float(alpha), float(beta), name)


def _images(input: TensorShape, depth_radius: int = 5, *_: Any) -> TensorShape:
    if input.rank not in (4, None):
        raise ShapeError(
            "in must be 4-dimensional", f"Shape must be rank 4 but is rank {input.rank}"
        )
    if depth_radius < 0:
        raise ShapeError(f"depth_radius = {depth_radius} larger than int max")
    return input


@op("LRN", shape=_images)
def lrn_op(
    input: Tensor,
    depth_radius: int = 5,
    bias: float = 1.0,
    alpha: float = 1.0,
    beta: float = 0.5,
    name: str | None = None,
) -> Tensor:
    """`input` divided by a power of the sum of squares around."""
    _images(TensorShape(input.shape), depth_radius)
    x = input.astype(np.float32)
    return (x * (bias + alpha * _nearby(x * x, depth_radius)) ** -beta).astype(input.dtype)


def _nearby(x: Any, radius: int) -> Any:
    """For each channel the sum of the channels at most `radius` away."""
    radius = min(radius, x.shape[-1])
    wide = xp(x).pad(x, ((0, 0), (0, 0), (0, 0), (radius, radius)))
    depth = x.shape[-1]
    total = wide[..., :depth]
    for i in range(1, 2 * radius + 1):
        total = total + wide[..., i : i + depth]
    return total


@lrn_op.gradient
def _(dz, input, depth_radius, bias, alpha, beta, out):
    return lrn_grad(dz, input, out, depth_radius, bias, alpha, beta)


def _like_the_image(grads: TensorShape, image: TensorShape, *_: Any) -> TensorShape:
    return image


@op("LRNGrad", shape=_like_the_image)
def lrn_grad(
    input_grads: Tensor,
    input_image: Tensor,
    output_image: Tensor,
    depth_radius: int = 5,
    bias: float = 1.0,
    alpha: float = 1.0,
    beta: float = 0.5,
    name: str | None = None,
) -> Tensor:
    """The gradient of local response normalization."""
    dy, x, y = (a.astype(np.float32) for a in (input_grads, input_image, output_image))
    base = bias + alpha * _nearby(x * x, depth_radius)
    through_others = _nearby(dy * y / base, depth_radius)
    dx = dy * base**-beta - 2 * alpha * beta * x * through_others
    return dx.astype(input_image.dtype)


@lrn_grad.gradient
def _(dz):
    raise LookupError("gradient registry has no entry for: LRNGrad")
