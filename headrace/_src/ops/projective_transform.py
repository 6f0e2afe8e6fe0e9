"""Images turned, sheared, moved and seen from aside: the op ImageProjectiveTransformV3.

The one idea: eight numbers (a0, a1, a2, b0, b1, b2, c0, c1) say for each pixel (x, y) of the result
where it comes from, ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k) with k = c0 x + c1 y + 1. What
lies outside of the image is folded back into it, or filled; in between lies a neighbour's value, or
a mean of four. The gradient is the inverse transform of the gradient, as in TensorFlow.

The public API has it in `tf.raw_ops` only; Keras's image layers are built on it.

Read next: crop_and_resize.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import bfloat16, float16, float32, float64
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, ValueRefused, bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import Static, op
from headrace._src.ops.array import dims, reshape
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import ones_like
from headrace._src.ops.inverse import inv
from headrace._src.ops.joining import concat

_FLOATS = (bfloat16, float16, float32, float64)
_INTERPOLATIONS = ("NEAREST", "BILINEAR")

# ---- shapes --------------------------------------------------------------------------------------


def _shape(
    images: TensorShape, transforms: TensorShape, output_shape: Any, *rest: Any
) -> TensorShape:
    if images.rank not in (None, 4):
        raise ShapeError(
            "Input images must have rank 4", f"Shape must be rank 4 but is rank {images.rank}"
        )
    count, columns = transforms.as_list() if transforms.rank == 2 else (None, 8)
    batch, _, _, channels = images.as_list() if images.rank else (None,) * 4
    if (
        transforms.rank not in (None, 2)
        or columns not in (None, 8)
        or (count not in (None, 1) and batch not in (None, count))
    ):
        raise ShapeError("Input transform should be num_images x 8 or 1 x 8")
    if output_shape is not None:
        shape = np.shape(output_shape)
        if len(shape) != 1:
            text = ",".join(map(str, shape))
            raise ShapeError(f"output shape must be 1-dimensional[{text}]")
        if shape != (2,):
            raise ShapeError(f"output shape must have two elements[{shape[0]}]")
        if any(n is not None and n <= 0 for n in output_shape):
            raise ValueRefused("output dimensions must be positive")
    fill_value = rest[0] if rest else None
    if getattr(fill_value, "rank", None):
        raise ShapeError(f"fill_value must be a scalar{bracketed(fill_value)}")
    return TensorShape([batch, *(output_shape or (None, None)), channels])


def _shape_without_fill(
    images: TensorShape, transforms: TensorShape, output_shape: Any, *_: Any
) -> TensorShape:
    return _shape(images, transforms, output_shape)


# ---- where the pixels come from ------------------------------------------------------------------


def _constant(at: Any, size: int) -> Any:
    return at


def _nearest(at: Any, size: int) -> Any:
    return xp(at).clip(at, 0, size - 1)


def _reflected(at: Any, size: int) -> Any:
    """dcba|abcd|dcba: the axis, and on either side its mirror image."""
    whole = np.float32(2 * size)
    where, trunc = xp(at).where, xp(at).trunc
    below = xp(at).where(at < whole, at + whole * trunc(-at / whole), at)
    below = where(below < -size, below + whole, -below - 1)
    above = at - whole * trunc(at / whole)
    above = where(above >= size, whole - above - 1, above)
    return _nearest(where(at < 0, below, where(at > size - 1, above, at)), size)


def _wrapped(at: Any, size: int) -> Any:
    """abcd|abcd|abcd: the axis, again and again."""
    if size <= 1:
        return _nearest(at, size)
    where, trunc = xp(at).where, xp(at).trunc
    span = np.float32(size - 1)
    below = at + np.float32(size) * (trunc(-at / span) + 1)
    above = at - np.float32(size) * trunc(at / span)
    return _nearest(where(at < 0, below, where(at > size - 1, above, at)), size)


_FOLDS = {"CONSTANT": _constant, "NEAREST": _nearest, "REFLECT": _reflected, "WRAP": _wrapped}


def _sources(transforms: Any, height: int, width: int) -> tuple[Any, Any, Any]:
    """Where each pixel of the result comes from, y and x, and whether it comes from anywhere:
    [transforms, height, width].
    """
    a0, a1, a2, b0, b1, b2, c0, c1 = (transforms[:, i, None, None] for i in range(8))
    y = np.arange(height, dtype=np.float32)[:, None]
    x = np.arange(width, dtype=np.float32)
    depth = c0 * x + c1 * y + np.float32(1)
    is_there = depth != 0
    depth = xp(depth).where(is_there, depth, np.float32(1))
    return (b0 * x + b1 * y + b2) / depth, (a0 * x + a1 * y + a2) / depth, is_there


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else value


@op("ImageProjectiveTransformV3", shape=_shape, cost="heavy")
def image_projective_transform_v3(
    images: Tensor,
    transforms: Tensor,
    output_shape: Static,
    fill_value: Tensor,
    interpolation: str,
    fill_mode: str = "CONSTANT",
    name: str | None = None,
) -> Tensor:
    """Images whose pixels come from elsewhere.

    images: [batch, height, width, channels]. transforms: float32 [batch or 1, 8]. output_shape: two
    int32. fill_value: what lies outside, for "CONSTANT". interpolation: "NEAREST" or "BILINEAR".
    fill_mode: "CONSTANT", "REFLECT" (dcba|abcd|dcba), "WRAP" (abcd|abcd|abcd) or "NEAREST"
    (aaaa|abcd|dddd).

    >>> image = tf.reshape(tf.range(4.), [1, 2, 2, 1])
    >>> tf.raw_ops.ImageProjectiveTransformV3(
    ...     images=image, transforms=[[1., 0., 1., 0., 1., 0., 0., 0.]], output_shape=[2, 2],
    ...     fill_value=-1., interpolation="NEAREST")[0, :, :, 0].numpy()
    array([[ 1., -1.],
           [ 3., -1.]], dtype=float32)

    Raises tf.errors.InvalidArgumentError for other shapes and modes.
    """
    return _transformed(images, transforms, output_shape, fill_value, interpolation, fill_mode)


def _transformed(
    images: Any, transforms: Any, size: tuple, fill_value: Any, interpolation: Any, mode: Any
) -> Any:
    _shape(TensorShape(images.shape), TensorShape(transforms.shape), size)
    if fill_value.ndim:
        raise ValueError(f"fill_value must be a scalar{bracketed(TensorShape(fill_value.shape))}")
    interpolation, mode = _text(interpolation), _text(mode)
    if interpolation not in _INTERPOLATIONS or mode not in _FOLDS:
        raise ValueError(
            f"interpolation must be one of {_INTERPOLATIONS}, fill_mode one of {tuple(_FOLDS)}. "
            f"Received: {interpolation!r}, {mode!r}"
        )
    batch, height, width, channels = images.shape
    np_ = xp(images)
    if 0 in images.shape:
        empty = np_.zeros((batch, *size, channels), images.dtype)
        return empty + fill_value.astype(images.dtype)
    y, x, is_there = _sources(transforms, *size)
    y, x = _FOLDS[mode](y, height), _FOLDS[mode](x, width)
    flat = images.reshape(-1, channels)
    first = np.arange(batch, dtype=np.int32 if len(flat) < 2**31 else np.int64)[:, None, None]
    outside = fill_value.astype(images.dtype)

    def pixels(rows: Any, columns: Any) -> Any:
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width) & is_there
        row = np_.where(inside, rows, 0).astype(first.dtype)
        column = np_.where(inside, columns, 0).astype(first.dtype)
        found = np_.take(flat, (first * height + row) * width + column, 0)
        return np_.where(inside[..., None], found, outside)

    half = np.float32(0.5)
    if interpolation == "NEAREST":
        # To the nearest pixel, of two the one further from 0.
        rows, columns = (np_.trunc(at + np_.copysign(half, at)) for at in (y, x))
        return pixels(rows, columns)
    top, left = np_.floor(y), np_.floor(x)
    down, right = (y - top)[..., None], (x - left)[..., None]
    up, back = (top + 1 - y)[..., None], (left + 1 - x)[..., None]

    def row(at: Any) -> Any:
        kind = np.float64 if images.dtype == np.float64 else np.float32
        one, other = pixels(at, left).astype(kind), pixels(at, left + 1).astype(kind)
        return back * one + right * other

    found = up * row(top) + down * row(top + 1)
    if np.dtype(images.dtype).kind in "iu":
        found = np_.trunc(found)
    return np_.where(is_there[..., None], found.astype(images.dtype), outside)


@image_projective_transform_v3.gradient
def _(dz, images, transforms, interpolation, fill_mode):
    return _backwards(dz, images, transforms, interpolation, fill_mode), None, None


def _backwards(dz: Any, images: Any, transforms: Any, interpolation: str, fill_mode: str) -> Any:
    """The gradient with respect to the images: what went there comes back."""
    if images.dtype not in _FLOATS:
        return None
    matrices = inv(reshape(concat([transforms, ones_like(transforms[:, :1])], 1), [-1, 3, 3]))
    flat = reshape(matrices, [-1, 9])
    flat = flat / flat[:, 8:]
    size = dims(images)[1:3]
    return image_projective_transform_v3(
        dz, flat[:, :8], size, cast(0.0, float32), interpolation, fill_mode
    )


@op("ImageProjectiveTransformV2", shape=_shape_without_fill, cost="heavy")
def image_projective_transform_v2(
    images: Tensor,
    transforms: Tensor,
    output_shape: Static,
    interpolation: str,
    fill_mode: str = "CONSTANT",
    name: str | None = None,
) -> Tensor:
    """ImageProjectiveTransformV3 with zeros outside."""
    zero = xp(transforms).zeros((), np.float32)
    return _transformed(images, transforms, output_shape, zero, interpolation, fill_mode)


@image_projective_transform_v2.gradient
def _(dz, images, transforms, interpolation, fill_mode):
    return _backwards(dz, images, transforms, interpolation, fill_mode), None
