"""Images in another size: `tf.image.resize` and the ops behind it.

The one idea: a resize is a separable linear map. A method says what the map is along each axis
(ops/resampling.py), and the gradient is the transposed map. What is written here per op is its
registry entry, what it complains about, and whose gradient it is.

Read next: ops/resampling.py, ops/image.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core.dtypes import float32, float64, int32
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, ValueRefused, bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.engine.op import Static, op
from headrace._src.ops.array import dims, expand_dims, length, squeeze
from headrace._src.ops.cast import cast
from headrace._src.ops.einsum import einsum
from headrace._src.ops.reduce import reduce_min
from headrace._src.ops.resampling import area, cubic, filtered, linear, mapped, nearest
from headrace._src.ops.rounding import round

# ---- shapes --------------------------------------------------------------------------------------


def _resized(x: TensorShape, size: Any, *_: Any) -> TensorShape:
    if x.rank not in (None, 4):
        raise ShapeError(
            f"input must be 4-dimensional{bracketed(x)}",
            f"Shape must be rank 4 but is rank {x.rank}",
        )
    if size is not None:
        if not isinstance(size, tuple):
            raise ShapeError(
                "shape_t must be 1-dimensional[]", "Shape must be rank 1 but is rank 0"
            )
        if len(size) != 2:
            raise ShapeError(
                f"shape_t must have two elements[{len(size)}]",
                f"Dimension must be 2 but is {len(size)}",
            )
        if any(n is not None and n <= 0 for n in size):
            raise ValueRefused("output dimensions must be positive")
    n, height, width, channels = (None,) * 4 if x.rank is None else x
    if channels == 0:
        raise ShapeError("image must have at least one channel")
    if 0 in (height, width):
        raise ShapeError("input image must be of non-zero size")
    return TensorShape([n, *(size or (None, None)), channels])


def _resized_by(x: TensorShape, size: Any, align_corners: bool, half_pixel_centers: bool):
    result = _resized(x, size)
    if align_corners and half_pixel_centers:
        raise ShapeError("If half_pixel_centers is True, align_corners must be False.")
    return result


def _restored(grads: TensorShape, original_image: TensorShape, *_: Any) -> TensorShape:
    return original_image


def _restored_to(grads: TensorShape, size: Any, *_: Any) -> TensorShape:
    n, _, _, channels = (None,) * 4 if grads.rank is None else grads
    return TensorShape([n, *(size or (None, None)), channels])


def _sizes(x: Any, size: tuple[int, int]) -> tuple:
    """(height, new height), (width, new width)."""
    return (x.shape[1], size[0]), (x.shape[2], size[1])


# ---- ops -----------------------------------------------------------------------------------------


@op("ResizeBilinear", shape=_resized_by, cost="heavy")
def resize_bilinear(
    images: Tensor,
    size: Static,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
    name: str | None = None,
) -> Tensor:
    """Images in a new size, each value between its four neighbours in proportion."""
    _resized_by(TensorShape(images.shape), size, align_corners, half_pixel_centers)
    images = images.astype(np.float32)
    for axis, (old, new) in zip((2, 1), reversed(_sizes(images, size)), strict=True):
        taps = linear(old, new, align_corners, half_pixel_centers)
        low, high = (xp(images).take(images, taps.indices[:, i], axis) for i in (0, 1))
        # Not a weighted sum: between two equal values lies exactly that value.
        images = low + (high - low) * taps.weights[:, 1].reshape((-1,) + (1,) * (3 - axis))
    return images


@resize_bilinear.gradient
def _(dz, images, align_corners, half_pixel_centers):
    return resize_bilinear_grad(dz, images, align_corners, half_pixel_centers)


def _carried_back(grads: Any, original_image: Any, taps: Callable, *flags: bool) -> Any:
    """The transposed map, from gradients of the result to those of the image."""
    rows, columns = (taps(*n, *flags) for n in _sizes(original_image, grads.shape[1:3]))
    grads = grads.astype(np.float32)
    return mapped(grads, rows.transposed(), columns.transposed()).astype(original_image.dtype)


@op("ResizeBilinearGrad", shape=_restored, cost="heavy")
def resize_bilinear_grad(
    grads: Tensor,
    original_image: Tensor,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
    name: str | None = None,
) -> Tensor:
    """The gradient of ResizeBilinear by the images."""
    return _carried_back(grads, original_image, linear, align_corners, half_pixel_centers)


@resize_bilinear_grad.gradient
def _(dz, grads, align_corners, half_pixel_centers):
    return resize_bilinear(dz, dims(grads)[1:3], align_corners, half_pixel_centers), None


@op("ResizeBicubic", shape=_resized_by, cost="heavy")
def resize_bicubic(
    images: Tensor,
    size: Static,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
    name: str | None = None,
) -> Tensor:
    """Images in a new size, by cubic convolution of sixteen neighbours."""
    _resized_by(TensorShape(images.shape), size, align_corners, half_pixel_centers)
    maps = (cubic(*n, align_corners, half_pixel_centers) for n in _sizes(images, size))
    return mapped(images.astype(np.float32), *maps)


@resize_bicubic.gradient
def _(dz, images, align_corners, half_pixel_centers):
    if images.dtype not in (float32, float64):
        return None
    return resize_bicubic_grad(dz, images, align_corners, half_pixel_centers)


@op("ResizeBicubicGrad", shape=_restored, cost="heavy")
def resize_bicubic_grad(
    grads: Tensor,
    original_image: Tensor,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
    name: str | None = None,
) -> Tensor:
    """The gradient of ResizeBicubic by the images."""
    return _carried_back(grads, original_image, cubic, align_corners, half_pixel_centers)


@resize_bicubic_grad.gradient
def _(dz, grads, align_corners, half_pixel_centers):
    return resize_bicubic(dz, dims(grads)[1:3], align_corners, half_pixel_centers), None


@op("ResizeNearestNeighbor", shape=_resized_by, cost="light")
def resize_nearest_neighbor(
    images: Tensor,
    size: Static,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
    name: str | None = None,
) -> Tensor:
    """Images in a new size, each value that of the nearest pixel."""
    _resized_by(TensorShape(images.shape), size, align_corners, half_pixel_centers)
    rows, columns = (nearest(*n, align_corners, half_pixel_centers) for n in _sizes(images, size))
    images = xp(images).take(images, rows.indices[:, 0], 1)
    return xp(images).take(images, columns.indices[:, 0], 2)


@resize_nearest_neighbor.gradient
def _(dz, images, align_corners, half_pixel_centers):
    size = dims(images)[1:3]
    return resize_nearest_neighbor_grad(dz, size, align_corners, half_pixel_centers)


@op("ResizeNearestNeighborGrad", shape=_restored_to, cost="heavy")
def resize_nearest_neighbor_grad(
    grads: Tensor,
    size: Static,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
    name: str | None = None,
) -> Tensor:
    """The gradient of ResizeNearestNeighbor by images of height and width `size`."""
    _, height, width, _ = grads.shape
    rows, columns = (
        nearest(*n, align_corners, half_pixel_centers).transposed()
        for n in ((size[0], height), (size[1], width))
    )
    # 16-bit floats are added in 32 bits; integers and longer floats as they are.
    is_short = grads.dtype.itemsize == 2
    wide = grads.astype(np.float32) if is_short else grads
    return mapped(wide, rows, columns).astype(grads.dtype)


@resize_nearest_neighbor_grad.gradient
def _(dz, grads, align_corners, half_pixel_centers):
    return resize_nearest_neighbor(dz, dims(grads)[1:3], align_corners, half_pixel_centers)


@op("ResizeArea", shape=_resized, cost="heavy")
def resize_area(
    images: Tensor, size: Static, align_corners: bool = False, name: str | None = None
) -> Tensor:
    """Images in a new size, each value the mean of the area that it covers."""
    _resized(TensorShape(images.shape), size)
    (rows, down), (columns, right) = (area(*n, align_corners) for n in _sizes(images, size))
    scale = np.float32(1) / (down * right)
    return mapped(images.astype(np.float32), rows, columns) * scale


@resize_area.gradient
def _(dz, images, align_corners):
    # The registry has no op for this gradient (TensorFlow has none): a product of matrices.
    if not images.shape.is_fully_defined() or not dz.shape.is_fully_defined():
        raise NotImplementedError(
            "The gradient of tf.image.resize with method 'area' needs sizes that are known while a "
            f"function is traced. Received images of shape {images.shape}."
        )
    (rows, down), (columns, right) = (
        area(old, new, align_corners)
        for old, new in zip(dims(images)[1:3], dims(dz)[1:3], strict=True)
    )
    by_rows, by_columns = convert(rows.matrix() / down), convert(columns.matrix() / right)
    return cast(einsum("ih,jw,nijc->nhwc", by_rows, by_columns, dz), images.dtype)


def _scaled(x: TensorShape, size: Any, scale: Any, translation: Any, *_: Any) -> TensorShape:
    result = _resized(x, size)
    for pair in (scale, translation):
        if isinstance(pair, tuple) and len(pair) != 2:
            raise ShapeError(f"t must have two elements[{len(pair)}]")
    return result


@op("ScaleAndTranslate", shape=_scaled, cost="heavy")
def scale_and_translate(
    images: Tensor,
    size: Static,
    scale: Static,
    translation: Static,
    kernel_type: str = "lanczos3",
    antialias: bool = True,
    name: str | None = None,
) -> Tensor:
    """Images scaled and moved by a resampling kernel, in a canvas of height and width `size`."""
    _scaled(TensorShape(images.shape), size, scale, translation)
    rows, columns = (
        filtered(*n, s, t, kernel_type, antialias)
        for n, s, t in zip(_sizes(images, size), scale, translation, strict=True)
    )
    return mapped(images.astype(np.float32), rows, columns)


@scale_and_translate.gradient
def _(dz, images, scale, translation, kernel_type, antialias):
    return scale_and_translate_grad(dz, images, scale, translation, kernel_type, antialias)


@op("ScaleAndTranslateGrad", shape=_restored, cost="heavy")
def scale_and_translate_grad(
    grads: Tensor,
    original_image: Tensor,
    scale: Static,
    translation: Static,
    kernel_type: str = "lanczos3",
    antialias: bool = True,
    name: str | None = None,
) -> Tensor:
    """The gradient of ScaleAndTranslate by the images."""
    rows, columns = (
        filtered(*n, s, t, kernel_type, antialias).transposed()
        for n, s, t in zip(
            _sizes(original_image, grads.shape[1:3]), scale, translation, strict=True
        )
    )
    return mapped(grads, rows, columns)


@scale_and_translate_grad.gradient
def _(dz, grads, scale, translation, kernel_type, antialias):
    size = dims(grads)[1:3]
    return scale_and_translate(dz, size, scale, translation, kernel_type, antialias), None


# ---- tf.image.resize -----------------------------------------------------------------------------


class ResizeMethod:
    """The methods of `tf.image.resize`, by their names.

    >>> tf.image.ResizeMethod.BICUBIC
    'bicubic'
    """

    BILINEAR = "bilinear"
    NEAREST_NEIGHBOR = "nearest"
    BICUBIC = "bicubic"
    AREA = "area"
    LANCZOS3 = "lanczos3"
    LANCZOS5 = "lanczos5"
    GAUSSIAN = "gaussian"
    MITCHELLCUBIC = "mitchellcubic"


ResizeMethod.__module__ = "tensorflow.python.ops.image_ops_impl"

# The methods that are an op of their own, and those that are a kernel of ScaleAndTranslate: always,
# or only to smooth what a smaller image cannot show.
_OPS = {
    "bilinear": resize_bilinear, "bicubic": resize_bicubic, "nearest": resize_nearest_neighbor,
}  # fmt: skip
_ALWAYS = {m: m for m in ("lanczos3", "lanczos5", "gaussian", "mitchellcubic")}
_SMOOTH = {**_ALWAYS, "bilinear": "triangle", "bicubic": "keyscubic"}


def resize(
    images: Any,
    size: Any,
    method: str = ResizeMethod.BILINEAR,
    preserve_aspect_ratio: bool = False,
    antialias: bool = False,
    name: str | None = None,
) -> Tensor:
    """`images` in the height and width `size`.

    images: [height, width, channels] or [batch, height, width, channels]. size: two int32. method:
    one of `tf.image.ResizeMethod`. preserve_aspect_ratio: whether `size` is a limit, within which
    the image keeps its proportions. antialias: whether details that a smaller image cannot show are
    smoothed away; "nearest" and "area" take no notice.

    The result is float32, for "nearest" of the dtype of `images`.

    >>> image = tf.constant([[[1.], [2.]], [[3.], [4.]]])
    >>> tf.image.resize(image, [3, 3])[..., 0].numpy()
    array([[1. , 1.5, 2. ],
           [2. , 2.5, 3. ],
           [3. , 3.5, 4. ]], dtype=float32)

    Raises ValueError for another rank, size or method, InvalidArgumentError where there is no pixel
    to take or to make. Ops: ResizeBilinear, ResizeBicubic, ResizeNearestNeighbor, ResizeArea,
    ScaleAndTranslate.
    """
    images, is_single = batched(images)
    old, new = sizes_of(images, size, preserve_aspect_ratio)
    if (_SMOOTH if antialias else _ALWAYS).get(method):
        scale = _ratios(new, old)
        kernel = _SMOOTH[method]
        result = scale_and_translate(images, new, scale, (0.0, 0.0), kernel, antialias, name)
    elif method == ResizeMethod.AREA:
        result = resize_area(images, new, False, name)
    elif method in _OPS:
        result = _OPS[method](images, new, False, True, name)
    else:
        raise ValueError(f"Resize method is not implemented: {method}")
    return squeeze(result, 0) if is_single else result


def _is_known(*sizes: Any) -> bool:
    return all(type(size) is tuple and all(type(n) is int for n in size) for size in sizes)


def _ratios(new: Any, old: Any) -> Any:
    """How much larger the new height and width are: floats, or a vector."""
    if _is_known(new, old):
        pairs = zip(new, old, strict=True)
        return tuple(float(np.float32(n) / np.float32(o or 1)) for n, o in pairs)
    return quotients(new, old)


def quotients(x: Any, y: Any) -> Tensor:
    """x / y in float32, rounded to the nearest.

    XLA divides by what is the same for all through a reciprocal, which is off by one unit often,
    and at a border of a kernel one unit decides whether a pixel counts.
    """
    return cast(cast(convert(x), float64) / cast(convert(y), float64), float32)


def batched(images: Any) -> tuple[Tensor, bool]:
    """One image or several as several, and whether it was one."""
    images = convert(images)
    if images.shape.rank is None:
        raise ValueError("'images' contains no shape.")
    if images.shape.rank not in (3, 4):
        raise ValueError("'images' must have either 3 or 4 dimensions.")
    is_single = images.shape.rank == 3
    return (expand_dims(images, 0) if is_single else images), is_single


def sizes_of(images: Tensor, size: Any, preserve_aspect_ratio: bool) -> tuple[Any, Any]:
    """The height and width that images have, and those that they are to have."""
    old = length(images, 1), length(images, 2)
    new = _size(size)
    if preserve_aspect_ratio and not any(type(n) is int and n == 0 for n in old):
        new = _within(new, old)
    return old, new


def _within(limit: Any, old: Any) -> Any:
    """The largest size of the proportions of `old` within `limit`."""
    if _is_known(limit, old):
        ratio = min(_ratios(limit, old))
        return tuple(int(np.rint(np.float32(ratio) * np.float32(o))) for o in old)
    ratio = reduce_min(_ratios(limit, old))
    return cast(round(ratio * cast(convert(old), float32)), int32)


def _size(size: Any) -> Any:
    try:
        size = convert(size, int32)
    except (TypeError, ValueError):
        raise ValueError("'size' must be a 1-D int32 Tensor") from None
    if size.shape.rank != 1 or size.shape[0] != 2:
        raise ValueError("'size' must be a 1-D Tensor of 2 elements: new_height, new_width")
    known = known_value(size)
    return size if known is None else tuple(known.tolist())
