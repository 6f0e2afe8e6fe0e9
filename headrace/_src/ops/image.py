"""Images: turned, cropped, padded, and with other values.

An image is [height, width, channels], a batch of them [batch, height, width, channels]; the one
idea is that nearly all of it is a composition of array ops along the axes -3, -2 and -1,
so that both ranks, every dtype and all gradients come by themselves. Values of floating images lie
between 0 and 1, of integer images between 0 and the largest integer; `convert_image_dtype` goes
from one to the other.

Read next: ops/resize.py, then ops/image_color.py, image_random.py, image_patches.py and
image_quality.py, which go on in `tf.image`.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core.dtypes import as_dtype, float16, float32, float64, int32
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import SymbolicTensor
from headrace._src.engine.node import known_value
from headrace._src.engine.numbers import number
from headrace._src.engine.op import op
from headrace._src.ops.array import (
    all_axes,
    dims,
    expand_dims,
    length,
    rank_op,
    reshape,
    shape_op,
    sizes,
    squeeze,
    transpose_op,
)
from headrace._src.ops.cast import cast
from headrace._src.ops.clip import saturate_cast
from headrace._src.ops.constant import ones, zeros_like
from headrace._src.ops.debugging import Assert
from headrace._src.ops.gather import gather
from headrace._src.ops.joining import concat, stack, unstack
from headrace._src.ops.math import abs, floordiv, floormod, maximum, minimum
from headrace._src.ops.matmul import matmul
from headrace._src.ops.padding import pad_op, reverse_op, tile_op
from headrace._src.ops.powers import rsqrt
from headrace._src.ops.reduce import reduce_max, reduce_mean, reduce_prod, reduce_sum
from headrace._src.ops.resize import ResizeMethod, quotients, resize
from headrace._src.ops.rounding import floor
from headrace._src.ops.slicing import slice_op
from headrace._src.ops.statistics import reduce_std

# ---- checks --------------------------------------------------------------------------------------


def checked_image(image: Any, ranks: tuple[int, ...] = (3, 4)) -> Tensor:
    """`image` as a tensor that is an image, or a batch of them."""
    image = convert(image)
    rank = image.shape.rank
    if rank is None:
        return image
    if rank < 3:
        raise ValueError(f"'image' (shape {image.shape}) must be at least three-dimensional.")
    if 0 in image.shape.as_list()[-3:]:
        raise ValueError(f"inner 3 dims of 'image.shape' must be > 0: {image.shape}")
    if ranks and rank not in ranks:
        raise ValueError(f"'image' (shape {image.shape}) must have either 3 or 4 dimensions.")
    return image


def _batch(image: Any) -> tuple[Tensor, bool]:
    """`image` as a batch of four dimensions, alone where it is a single one; and whether it was a
    batch. What has no known rank counts as a single image, as in TensorFlow.
    """
    image = convert(image)
    rank = image.shape.rank
    if rank not in (3, 4, None):
        raise ValueError(f"'image' (shape {image.shape}) must have either 3 or 4 dimensions.")
    if rank == 4:
        return checked_image(image), True
    batch = expand_dims(image, 0)
    if rank is None:
        batch.set_shape([1, None, None, None])
    return checked_image(batch), False


def _of_size(batch: Tensor, is_batch: bool, like: Tensor, height: Any, width: Any) -> Tensor:
    """The result of a change of size: a batch, or the single image in it."""
    if type(batch) is SymbolicTensor:
        known = [n if isinstance(n, int) else None for n in (height, width)]
        batch.set_shape([like.shape[0], *known, like.shape[3]])
    return batch if is_batch else squeeze(batch, [0])


def require(condition: Any, text: str) -> None:
    """Raises ValueError, for a tensor InvalidArgumentError, where the condition is false."""
    if isinstance(condition, Tensor):
        Assert(condition, [text])
    elif not condition:
        raise ValueError(text)


# ---- turned --------------------------------------------------------------------------------------


def flip_left_right(image: Any) -> Tensor:
    """`image`, one or a batch, with left and right exchanged.

    >>> tf.image.flip_left_right([[[1], [2]]]).numpy().ravel()
    array([2, 1], dtype=int32)

    Raises ValueError for another rank than 3 or 4. Op: ReverseV2.
    """
    return reverse_op(checked_image(image), (-2,))


def flip_up_down(image: Any) -> Tensor:
    """`image`, one or a batch, upside down.

    >>> tf.image.flip_up_down([[[1]], [[2]]]).numpy().ravel()
    array([2, 1], dtype=int32)

    Raises ValueError for another rank than 3 or 4. Op: ReverseV2.
    """
    return reverse_op(checked_image(image), (-3,))


def transpose(image: Any, name: str | None = None) -> Tensor:
    """`image`, one or a batch, with height and width exchanged.

    >>> tf.image.transpose([[[1], [2], [3]]]).shape
    TensorShape([3, 1, 1])

    Raises ValueError for another rank than 3 or 4. Op: Transpose.
    """
    image = checked_image(image)
    if image.shape.rank is None:
        axes = all_axes(image)
        order = concat([axes[:-3], axes[-2:-1], axes[-3:-2], axes[-1:]], 0)
        return transpose_op(image, order, name)
    return transpose_op(image, (1, 0, 2) if image.shape.rank == 3 else (0, 2, 1, 3), name)


def rot90(image: Any, k: Any = 1, name: str | None = None) -> Tensor:
    """`image`, one or a batch, turned counter-clockwise by `k` quarters of a circle.

    k: an int32 scalar; negative numbers turn clockwise.

    >>> tf.image.rot90([[[1], [2]], [[3], [4]]])[..., 0].numpy()
    array([[2, 4],
           [1, 3]], dtype=int32)

    Raises ValueError for another rank than 3 or 4. Ops: Transpose, ReverseV2.
    """
    image = checked_image(image)
    quarters = convert(k, int32)
    if quarters.shape.rank:
        raise ValueError(f"Shape {quarters.shape} must have rank 0")
    known = known_value(quarters)
    if known is None:
        return _turned(image, floormod(quarters, 4), name)
    turns = int(known) % 4
    if turns == 0:
        return image
    if turns == 2:
        return reverse_op(image, (-3, -2), name)
    if turns == 1:
        return reverse_op(transpose(image), (-3,), name)
    return transpose(reverse_op(image, (-3,)), name)


def _turned(image: Tensor, turns: Tensor, name: str | None) -> Tensor:
    """`image` turned by a number that the running program knows: all four, and one is chosen."""
    all_four = [rot90(image, k) for k in range(4)]
    shape = gather(stack([shape_op(turned) for turned in all_four]), turns)
    if image.shape.rank is not None:
        *lead, height, width, channels = image.shape.as_list()
        square = height if height == width else None
        known = [*lead, square, square, channels]
        shape = [shape[i] if n is None else n for i, n in enumerate(known)]
    flat = stack([reshape(turned, [-1]) for turned in all_four])
    return reshape(gather(flat, turns), shape, name)


# ---- cropped and padded --------------------------------------------------------------------------


def crop_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """A part of `image`, one or a batch: `target_height` by `target_width` from the offsets on.

    >>> tf.image.crop_to_bounding_box(tf.ones([4, 5, 3]), 1, 0, 2, 3).shape
    TensorShape([2, 3, 3])

    Raises ValueError where the part is empty or not all inside (InvalidArgumentError where a
    number in question is a tensor). Op: Slice.
    """
    batch, is_batch = _batch(image)
    _, height, width, _ = sizes(batch)
    require(offset_width >= 0, "offset_width must be >= 0.")
    require(offset_height >= 0, "offset_height must be >= 0.")
    require(target_width > 0, "target_width must be > 0.")
    require(target_height > 0, "target_height must be > 0.")
    require(width >= (target_width + offset_width), "width must be >= target + offset.")
    require(height >= (target_height + offset_height), "height must be >= target + offset.")
    begin, size = [0, offset_height, offset_width, 0], [-1, target_height, target_width, -1]
    return _of_size(slice_op(batch, begin, size), is_batch, batch, target_height, target_width)


def pad_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """`image`, one or a batch, in a frame of zeros of `target_height` by `target_width`.

    offset_height, offset_width: rows of zeros above the image, and columns left of it.

    >>> tf.image.pad_to_bounding_box([[[1]]], 0, 1, 1, 3).numpy().ravel()
    array([0, 1, 0], dtype=int32)

    Raises ValueError where the image does not fit (InvalidArgumentError where a number in question
    is a tensor). Op: Pad.
    """
    batch, is_batch = _batch(image)
    _, height, width, _ = sizes(batch)
    below = target_height - offset_height - height
    right = target_width - offset_width - width
    require(offset_height >= 0, "offset_height must be >= 0")
    require(offset_width >= 0, "offset_width must be >= 0")
    require(right >= 0, "width must be <= target - offset")
    require(below >= 0, "height must be <= target - offset")
    padded = pad_op(batch, [[0, 0], [offset_height, below], [offset_width, right], [0, 0]])
    return _of_size(padded, is_batch, batch, target_height, target_width)


def central_crop(image: Any, central_fraction: Any) -> Tensor:
    """The middle of `image`, one or a batch: `central_fraction` of its height and of its width.

    central_fraction: a number in (0, 1]. Where the rest is odd, the middle gets the pixel.

    >>> tf.image.central_crop(tf.ones([4, 6, 3]), 0.5).shape
    TensorShape([2, 4, 3])

    Raises ValueError for another fraction or rank. Op: StridedSlice.
    """
    image = convert(image)
    if type(central_fraction) is SymbolicTensor:
        image = checked_image(image, ())
    if central_fraction <= 0.0 or central_fraction > 1.0:
        raise ValueError("central_fraction must be within (0, 1]")
    if central_fraction == 1.0:
        return image
    image = checked_image(image, ())
    if image.shape.rank not in (3, 4):
        raise ValueError(
            "`image` should either be a Tensor with rank = 3 or rank = 4. "
            f"Had rank = {image.shape.rank}."
        )
    fraction = float(central_fraction)
    height, width = sizes(image)[-3:-1]
    top, left = (_rim(n, fraction) for n in (height, width))
    return image[..., top : height - top, left : width - left, :]


def _rim(size: Any, fraction: float) -> Any:
    """How much of `size` lies on either side of its middle part."""
    if type(size) is int:
        return int((size - size * fraction) / 2)
    size = cast(size, float64)
    return cast((size - size * fraction) / 2, int32)


def resize_with_crop_or_pad(image: Any, target_height: Any, target_width: Any) -> Tensor:
    """`image`, one or a batch, cut at its borders or framed with zeros to the size asked for.

    >>> tf.image.resize_with_crop_or_pad(tf.ones([4, 5, 3]), 6, 3).shape
    TensorShape([6, 3, 3])

    Raises ValueError where the size is not positive (InvalidArgumentError where it is a tensor).
    Ops: Slice, Pad.
    """
    batch, is_batch = _batch(image)
    require(target_width > 0, "target_width must be > 0.")
    require(target_height > 0, "target_height must be > 0.")
    wanted = tuple(_int(n) for n in (target_height, target_width))
    have = sizes(batch)[1:3]
    kept = [_least(n, size) for n, size in zip(wanted, have, strict=True)]
    cuts = [(size - n) // 2 for n, size in zip(kept, have, strict=True)]
    rims = [(n - size) // 2 for n, size in zip(wanted, kept, strict=True)]
    result = pad_to_bounding_box(crop_to_bounding_box(batch, *cuts, *kept), *rims, *wanted)
    return _of_size(result, is_batch, batch, *wanted)


def resize_with_pad(
    image: Any,
    target_height: Any,
    target_width: Any,
    method: str = ResizeMethod.BILINEAR,
    antialias: bool = False,
) -> Tensor:
    """`image`, one or a batch, resized in its proportions and framed with zeros.

    target_height, target_width: the size of the frame, which the image fills one way. method,
    antialias: as for `tf.image.resize`, which also says what dtype the result has.

    >>> tf.image.resize_with_pad([[[1.], [2.]]], 2, 2)[..., 0].numpy()
    array([[1., 2.],
           [0., 0.]], dtype=float32)

    Raises ValueError where the size is not positive (InvalidArgumentError where it is a tensor).
    Ops: those of `tf.image.resize`, Pad.
    """
    batch, is_batch = _batch(image)
    require(target_width > 0, "target_width must be > 0.")
    require(target_height > 0, "target_height must be > 0.")
    wanted = tuple(_int(n) for n in (target_height, target_width))
    have = sizes(batch)[1:3]
    if all(type(n) is int for n in (*wanted, *have)):
        # In float32, whose rounding decides about a pixel.
        frame, old = np.array(wanted, np.float32), np.array(have, np.float32)
        exact = old / (old / frame).max()
        new = tuple(map(int, np.floor(exact)))
        rims = [max(0, int(n)) for n in np.floor((frame - exact) / 2)]
    else:
        frame, old = cast(stack(wanted), float32), cast(stack(have), float32)
        exact = quotients(old, reduce_max(quotients(old, frame)))
        new = cast(floor(exact), int32)
        rims = unstack(maximum(cast(floor((frame - exact) / 2), int32), 0), 2)
    result = pad_to_bounding_box(resize(batch, new, method, False, antialias), *rims, *wanted)
    return _of_size(result, is_batch, batch, *wanted)


def _int(number: Any) -> Any:
    """A number of pixels as an int where it is known, else as a tensor."""
    tensor = convert(number, int32)
    known = known_value(tensor)
    return tensor if known is None else int(known)


def _least(one: Any, other: Any) -> Any:
    return min(one, other) if type(one) is type(other) is int else minimum(one, other)


# ---- dtypes and colours --------------------------------------------------------------------------


def convert_image_dtype(
    image: Any, dtype: Any, saturate: bool = False, name: str | None = None
) -> Tensor:
    """`image` as `dtype`, its values scaled to the range of images of that dtype.

    saturate: whether values out of that range are brought to its bounds, not cast as they are.

    >>> tf.image.convert_image_dtype([[0.2, 1.0]], tf.uint8).numpy()
    array([[ 51, 255]], dtype=uint8)

    Raises AttributeError for what is neither floating nor an integer.
    """
    image = convert(image)
    dtype = as_dtype(dtype)
    for what, kind in (("dtype", dtype), ("image dtype", image.dtype)):
        if not (kind.is_floating or kind.is_integer):
            raise AttributeError(f"{what} must be either floating point or integer")
    own = image.dtype
    to = saturate_cast if saturate else cast
    if own is dtype or (own.is_floating and dtype.is_floating):
        return cast(image, dtype)
    if own.is_floating:
        return to(image * number(float(dtype.max) + 0.5, own), dtype, name)
    if dtype.is_floating:
        return cast(image, dtype) * number(1.0 / float(own.max), dtype)
    have, wanted = int(own.max) + 1, int(dtype.max) + 1
    if have > wanted:
        return to(floordiv(image, number(have // wanted, own)), dtype, name)
    return to(image, dtype) * number(wanted // have, dtype)


def rgb_to_grayscale(images: Any, name: str | None = None) -> Tensor:
    """The brightness of coloured images, in one channel; the dtype stays.

    images: [..., 3], red, green and blue, which count 0.2989, 0.587 and 0.114.

    >>> tf.image.rgb_to_grayscale([[[1., 1., 0.]]]).numpy().round(4)
    array([[[0.8859]]], dtype=float32)

    Raises InvalidArgumentError for another number of channels. Op: MatMul.
    """
    images = convert(images)
    values = convert_image_dtype(images, float32)
    if values.shape.rank is None:
        shape = shape_op(values)
        rows, whole = -1, concat([shape[:-1], [1]], 0)
        channels = shape[-1]
    else:
        *outer, channels = sizes(values) or [][0]
        rows, whole = math.prod(outer), (*outer, 1)
    colours = reshape(values, (rows, channels))
    grey = reshape(matmul(colours, convert([[0.2989], [0.587], [0.114]])), whole)
    return convert_image_dtype(grey, images.dtype, name=name)


def grayscale_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """Grey images in three equal channels.

    images: a tensor [..., 1] of at least two dimensions.

    >>> tf.image.grayscale_to_rgb(tf.constant([[[7]]])).numpy()
    array([[[7, 7, 7]]], dtype=int32)

    Raises ValueError for another shape. Op: Tile.
    """
    rank = images.get_shape().rank
    if rank is not None and rank < 2:
        raise ValueError(
            f"A grayscale image (shape {images.shape}) must be at least two-dimensional."
        )
    channels = length(images, -1)
    require(channels == 1, "Last dimension of a grayscale image should be size 1.")
    if rank is None:
        return tile_op(images, concat([ones([rank_op(images) - 1], int32), [3]], 0), name)
    return tile_op(images, (1,) * (rank - 1) + (3,), name)


# ---- values --------------------------------------------------------------------------------------


def per_image_standardization(image: Any) -> Tensor:
    """Each image with mean 0 and variance 1, as float32.

    image: [..., height, width, channels]. The divisor is at least one over the square root of the
    number of values, so a uniform image becomes zeros.

    >>> tf.image.per_image_standardization([[[1, 3]]]).numpy()
    array([[[-1.,  1.]]], dtype=float32)

    Raises ValueError for fewer than three dimensions.
    """
    image = cast(checked_image(image, ()), float32)
    axes = (-3, -2, -1)
    mean = reduce_mean(image, axes, True)
    whole = dims(image)
    if type(whole) is tuple:
        least = 1 / np.sqrt(np.float32(np.prod(whole[-3:])))
    else:
        least = rsqrt(cast(reduce_prod(whole[-3:]), float32))
    return (image - mean) / maximum(reduce_std(image, axes, True), least)


def adjust_brightness(image: Any, delta: Any) -> Tensor:
    """`image` with `delta` added to its values, where those of integer images lie in [0, 1] too.

    delta: a number, in [-1, 1) as a rule. Integer images end at their bounds.

    >>> tf.image.adjust_brightness(tf.constant([[[100, 250]]], tf.uint8), 0.1).numpy()
    array([[[125, 255]]], dtype=uint8)

    Raises AttributeError for what is neither floating nor an integer. Op: AddV2.
    """
    image = convert(image)
    values = _floating(image)
    return convert_image_dtype(values + cast(delta, values.dtype), image.dtype, saturate=True)


def _floating(image: Tensor) -> Tensor:
    """`image` in a dtype in which values are adjusted."""
    return image if image.dtype in (float16, float32) else convert_image_dtype(image, float32)


def adjust_contrast(images: Any, contrast_factor: Any) -> Tensor:
    """`images` with the distance to the mean of each channel multiplied by `contrast_factor`.

    images: [..., height, width, channels]. contrast_factor: a float32 scalar.

    >>> tf.image.adjust_contrast([[[1.], [3.]]], 2.0).numpy().ravel()
    array([0., 4.], dtype=float32)

    Raises InvalidArgumentError for fewer than three dimensions. Op: AdjustContrastv2.
    """
    images = convert(images)
    adjusted = adjust_contrast_op(_floating(images), contrast_factor)
    return convert_image_dtype(adjusted, images.dtype, saturate=True)


def _contrasted(images: TensorShape, contrast_factor: TensorShape) -> TensorShape:
    if images.rank is not None and images.rank < 3:
        raise ShapeError(
            f"input must be at least 3-D, got shape{bracketed(images)}",
            f"Shape must be at least rank 3 but is rank {images.rank}",
        )
    if contrast_factor.rank:
        raise ShapeError(
            f"contrast_factor must be scalar: {bracketed(contrast_factor)}",
            f"Shape must be rank 0 but is rank {contrast_factor.rank}",
        )
    return images


@op("AdjustContrastv2", shape=_contrasted, cost="heavy")
def adjust_contrast_op(images: Tensor, contrast_factor: Tensor, name: str | None = None) -> Tensor:
    """Values with their distance to the mean over height and width multiplied."""
    _contrasted(TensorShape(images.shape), TensorShape(contrast_factor.shape))
    height, width = images.shape[-3:-1]
    # Not `mean`: of an image without pixels NumPy warns.
    mean = xp(images).sum(images, axis=(-3, -2), keepdims=True) / np.float32(height * width)
    return (images - mean) * contrast_factor.astype(images.dtype) + mean


@adjust_contrast_op.gradient
def _(dz, images, contrast_factor):
    axes = (-3, -2)

    def by_factor():
        return cast(reduce_sum(dz * (images - reduce_mean(images, axes, True))), float32)

    factor = cast(contrast_factor, dz.dtype)
    return dz * factor + reduce_mean(dz, axes, True) * (1 - factor), by_factor


def total_variation(images: Any, name: str | None = None) -> Tensor:
    """The sum of the absolute differences between neighbouring pixels, for each image.

    images: a tensor [height, width, channels], for a scalar, or [batch, height, width, channels],
    for [batch].

    >>> tf.image.total_variation(tf.constant([[[1.], [3.]], [[2.], [3.]]])).numpy().item()
    4.0

    Raises ValueError for another rank.
    """
    rank = images.get_shape().ndims
    if rank not in (3, 4):
        raise ValueError("'images' must be either 3 or 4-dimensional.")
    down = images[..., 1:, :, :] - images[..., :-1, :, :]
    right = images[..., :, 1:, :] - images[..., :, :-1, :]
    axes = None if rank == 3 else (1, 2, 3)
    return reduce_sum(abs(down), axes) + reduce_sum(abs(right), axes)


def image_gradients(image: Any) -> tuple[Tensor, Tensor]:
    """How much each pixel's lower and right neighbour differ from it: (dy, dx).

    image: a tensor [batch, height, width, channels]. The last row of dy, and the last column of dx,
    is zero.

    >>> dy, dx = tf.image.image_gradients(tf.constant([[[[1.], [3.]], [[2.], [9.]]]]))
    >>> dy[0, ..., 0].numpy()
    array([[1., 6.],
           [0., 0.]], dtype=float32)

    Raises ValueError for another rank.
    """
    if image.get_shape().ndims != 4:
        raise ValueError(
            f"image_gradients expects a 4D tensor [batch_size, h, w, d], not {image.get_shape()}."
        )
    zeros = zeros_like(image)
    dy = concat([image[:, 1:] - image[:, :-1], zeros[:, :1]], 1)
    dx = concat([image[:, :, 1:] - image[:, :, :-1], zeros[:, :, :1]], 2)
    return dy, dx
