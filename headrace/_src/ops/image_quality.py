"""How much one image is like another: peak signal-to-noise ratio and structural similarity.

The one idea of structural similarity: two images are compared in every small window by their means,
their variances and their covariance there, each of which is a weighted mean under a bell of
Gaussian weights. A bell is the product of its profiles, so it slides once down and once across.

Images of any dtype are compared as float32, integers as numbers between 0 and 1.

Sources: Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to
structural similarity" (2004); Wang, Simoncelli and Bovik, "Multiscale structural similarity for
image quality assessment" (2003).

Read next: ops/image.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import float32, int32
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.ops.activations import relu, softmax
from headrace._src.ops.array import reshape, shape_n, shape_op, sizes
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import equal, greater_equal
from headrace._src.ops.debugging import Assert
from headrace._src.ops.image import convert_image_dtype
from headrace._src.ops.image_patches import whole_shape
from headrace._src.ops.joining import concat, stack, unstack
from headrace._src.ops.math import square, squared_difference
from headrace._src.ops.padding import mirror_pad
from headrace._src.ops.pooling import avg_pool2d
from headrace._src.ops.powers import log, pow
from headrace._src.ops.reduce import reduce_all, reduce_mean, reduce_prod

# ---- checks --------------------------------------------------------------------------------------


def _check_alike(one: Tensor, other: Tensor) -> None:
    """Raises ValueError where it is known that two images, or batches, cannot be compared."""
    shapes = [image.shape.with_rank_at_least(3) for image in (one, other)]
    if None in (shapes[0].rank, shapes[1].rank):
        return
    shapes[0][-3:].assert_is_compatible_with(shapes[1][-3:])
    batches = (shape.as_list()[-4::-1] for shape in shapes)
    for n, m in zip(*batches, strict=False):
        if 1 not in (n, m) and None not in (n, m) and n != m:
            raise ValueError(f"Two images are not compatible: {shapes[0]} and {shapes[1]}")


def _assert_alike(one: Tensor, other: Tensor) -> None:
    """The same for what only the running program knows; and the images have one dtype."""
    shapes = shape_n([one, other])
    if not (one.shape.is_fully_defined() and other.shape.is_fully_defined()):
        same = reduce_all(equal(shapes[0][-3:], shapes[1][-3:]))
        Assert(same, shapes, summarize=10)


def _compared(one: Any, other: Any, max_val: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Two images and the largest value, all as float32."""
    largest = convert_image_dtype(cast(max_val, one.dtype), float32)
    return *(convert_image_dtype(image, float32) for image in (one, other)), largest


# ---- signal and noise ----------------------------------------------------------------------------


def psnr(a: Any, b: Any, max_val: Any, name: str | None = None) -> Tensor:
    """The peak signal-to-noise ratio between images, in decibels: more where they are more alike.

    a, b: arrays or tensors [..., height, width, channels] whose leading axes broadcast. max_val:
    the difference between the largest and the smallest value that there may be. The result,
    [...], is infinite for equal images.

    >>> a = tf.constant([[[10.], [20.]]])
    >>> tf.image.psnr(a, a + 1., max_val=255).numpy().round(2)
    np.float32(48.13)

    Raises ValueError for sizes that differ, tf.errors.InvalidArgumentError where they do not
    broadcast.
    """
    a, b, largest = _compared(a, b, max_val)
    error = reduce_mean(squared_difference(a, b), (-3, -2, -1))
    tenfold = np.float32(10 / np.log(10))
    ratio = 2 * tenfold * log(largest) - tenfold * log(error)
    _check_alike(a, b)
    _assert_alike(a, b)
    return ratio


# ---- structure -----------------------------------------------------------------------------------


def _size(filter_size: Any) -> int:
    """The size of a bell as an int: for so many images are added up."""
    known = known_value(convert(filter_size, int32))
    if known is None:
        raise NotImplementedError(
            "filter_size must be known while a function is traced: pass a Python integer."
        )
    if known < 1:
        raise ValueError(f"filter_size must be at least 1. Received: {known}")
    return int(known)


def _bell(size: int, sigma: Any) -> list[Tensor]:
    """The profile of a bell: `size` weights that add up to 1."""
    at = convert(np.arange(size, dtype=np.float32) - np.float32((size - 1) / 2))
    return unstack(softmax(square(at) * (-0.5 / square(cast(sigma, float32)))), size)


def _slid(images: Tensor, bell: list[Tensor]) -> Tensor:
    """The means of `images` under a bell, at each place where it fits.

    A sum of shifted images: of so few channels it is quicker than XLA's convolution.
    """
    last = len(bell) - 1
    for rest in ((slice(None), slice(None)), (slice(None),)):
        total = None
        for i, weight in enumerate(bell):
            part = images[(..., slice(i, i - last or None), *rest)] * weight
            total = part if total is None else total + part
        images = total
    return images


def _likeness(x: Tensor, y: Tensor, largest: Tensor, window: tuple) -> tuple[Tensor, Tensor]:
    """For each image and channel the structural similarity at each place, and the part of it that
    is contrast and structure, without brightness.

    window: the size of the bell, its width, and what keeps quotients of small numbers steady: two
    parts of the largest value.
    """
    filter_size, filter_sigma, k1, k2 = window
    for image in (x, y):
        shape = shape_op(image)
        fits = reduce_all(greater_equal(shape[-3:-1], filter_size))
        Assert(fits, [shape, filter_size], summarize=8)
        for n in image.shape.as_list()[-3:-1] if image.shape.rank else ():
            if n is not None and n < filter_size:  # only a graph gets here
                raise ValueError(
                    f"Negative dimension size caused by subtracting {filter_size} from {n}"
                )
    c1, c2 = square(largest * k1), square(largest * k2)
    bell = _bell(filter_size, filter_sigma)
    mean_x, mean_y = _slid(x, bell), _slid(y, bell)
    product, squares = 2 * mean_x * mean_y, square(mean_x) + square(mean_y)
    brightness = (product + c1) / (squares + c1)
    covariance = 2 * _slid(x * y, bell) - product
    variance = _slid(square(x) + square(y), bell) - squares
    structure = (covariance + c2) / (variance + c2)
    return brightness * structure, structure


def ssim(
    img1: Any,
    img2: Any,
    max_val: Any,
    filter_size: Any = 11,
    filter_sigma: Any = 1.5,
    k1: Any = 0.01,
    k2: Any = 0.03,
    return_index_map: bool = False,
) -> Tensor:
    """The structural similarity of images: 1 where they are equal.

    img1, img2: [..., height, width, channels], whose leading axes broadcast. max_val: the
    difference between the largest and the smallest value that there may be. filter_size,
    filter_sigma: of the bell under which windows are compared. k1, k2: what keeps the quotient
    steady where images are dark or even. return_index_map: whether to answer the similarity of each
    window, [..., rows, columns], and not the mean, [...].

    >>> x = tf.reshape(tf.linspace(0., 1., 144), [12, 12, 1])
    >>> tf.image.ssim(x, x, max_val=1.).numpy().round(4)
    np.float32(1.0)

    Raises ValueError for sizes that differ, tf.errors.InvalidArgumentError where an image is
    smaller than the filter.
    """
    img1, img2 = convert(img1), convert(img2)
    _check_alike(img1, img2)
    _assert_alike(img1, img2)
    window = _size(filter_size), filter_sigma, k1, k2
    similarity, _ = _likeness(*_compared(img1, img2, max_val), window)
    return reduce_mean(similarity, -1 if return_index_map else (-3, -2, -1))


_POWER_FACTORS = 0.0448, 0.2856, 0.3001, 0.2363, 0.1333


def ssim_multiscale(
    img1: Any,
    img2: Any,
    max_val: Any,
    power_factors: Any = _POWER_FACTORS,
    filter_size: Any = 11,
    filter_sigma: Any = 1.5,
    k1: Any = 0.01,
    k2: Any = 0.03,
) -> Tensor:
    """The structural similarity of images at several scales, each half as large as the one before.

    img1, img2: [..., height, width, channels], whose leading axes broadcast. max_val: the
    difference between the largest and the smallest value that there may be. power_factors: the
    weight of each scale, the finest first. filter_size, filter_sigma, k1, k2: as for
    `tf.image.ssim`; the images must be as large as the filter at the last scale too.

    >>> x = tf.reshape(tf.linspace(0., 1., 144), [12, 12, 1])
    >>> y = tf.image.ssim_multiscale(x, x, 1., power_factors=(0.5, 0.5), filter_size=5)
    >>> y.numpy().round(4)
    np.float32(1.0)

    Raises ValueError for sizes that differ, tf.errors.InvalidArgumentError where an image is
    smaller than the filter.
    """
    img1, img2 = convert(img1), convert(img2)
    _check_alike(img1, img2)
    _assert_alike(img1, img2)
    x, y, largest = _compared(img1, img2, max_val)
    window = _size(filter_size), filter_sigma, k1, k2
    parts = []
    similarity = None
    for scale in range(len(power_factors)):
        if scale:
            x, y = _halved(x), _halved(y)
        similarity, structure = _likeness(x, y, largest, window)
        parts.append(relu(reduce_mean(structure, (-3, -2))))
    parts.pop()  # of the last scale brightness counts too
    parts.append(relu(reduce_mean(similarity, (-3, -2))))
    weighted = pow(stack(parts, -1), convert(power_factors, float32))
    return reduce_mean(reduce_prod(weighted, -1), -1)


def _halved(images: Tensor) -> Tensor:
    """`images` with half the height and width: an odd last row or column counts twice."""
    if images.shape.rank is None:
        shape = shape_op(images)
        batch = reshape(images, concat([[-1], shape[-3:]], 0))
        batch.set_shape([None] * 4)
        out = _halved(batch)
        return reshape(out, concat([shape[:-3], shape_op(out)[1:]], 0))
    *lead, height, width, channels = sizes(images)
    if len(lead) != 1:
        out = _halved(reshape(images, whole_shape([-1, height, width, channels])))
        return reshape(out, whole_shape([*lead, *sizes(out)[1:]]))
    paddings = ((0, 0), (0, height % 2), (0, width % 2), (0, 0))
    if not (type(height) is type(width) is int):
        paddings = stack([whole_shape(pair) for pair in paddings])
    elif height % 2 == width % 2 == 0:
        return avg_pool2d(images, 2, 2, "VALID")
    return avg_pool2d(mirror_pad(images, paddings, "SYMMETRIC"), 2, 2, "VALID")
