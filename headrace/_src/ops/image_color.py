"""Colours: between red, green, blue and other spaces, and turned, strengthened or bent.

The last axis of an image is its three channels. The one idea: hue is where a colour lies on a
circle of six sectors, and each sector is told by which channel is the largest; so all of it is a
few comparisons of channels, the same over every machine. Hue, saturation and value all lie between
0 and 1, and yiq and yuv are matrices.

Sources: Smith, "Color gamut transform pairs" (1978), for hue, saturation and value; the NTSC and
PAL standards, for yiq and yuv.

Read next: ops/image.py.
"""

from typing import Any

from headrace._src.core import errors
from headrace._src.core.dtypes import float16, float32
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import SymbolicTensor
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.cast import cast
from headrace._src.ops.image import convert_image_dtype, require
from headrace._src.ops.joining import stack
from headrace._src.ops.linalg import tensordot
from headrace._src.ops.math import divide_no_nan, maximum
from headrace._src.ops.powers import pow
from headrace._src.ops.select import where

# ---- hue, saturation and value -------------------------------------------------------------------


def _of_colours(images: TensorShape) -> TensorShape:
    if images.rank == 0:
        raise ShapeError(
            "input must be at least 1D[]", "Shape must be at least rank 1 but is rank 0"
        )
    if images.rank and images[-1] not in (3, None):
        raise ShapeError(
            f"input must have 3 channels but input only has {images[-1]} channels.",
            f"Dimension must be 3 but is {images[-1]}",
        )
    return TensorShape([*images[:-1], 3]) if images.rank else images


def _channels(images: Any) -> tuple[Any, Any, Any]:
    """The three channels; raises for another number of them."""
    if images.ndim and images.shape[-1] != 3:
        raise errors.FailedPreconditionError(
            None,
            None,
            f"input must have 3 channels but input only has {images.shape[-1]} channels.",
        )
    _of_colours(TensorShape(images.shape))
    return images[..., 0], images[..., 1], images[..., 2]


def _hue(r: Any, g: Any, b: Any, high: Any, spread: Any) -> Any:
    """Where on the circle, in sectors: -1 to 5; 0 where there is no hue."""
    choose = xp(r).where
    width = choose(spread > 0, spread, 1)
    from_green = choose(g == high, (b - r) / width + 2, (r - g) / width + 4)
    return choose(spread > 0, choose(r == high, (g - b) / width, from_green), 0)


def _shares(sectors: Any) -> tuple[Any, Any, Any]:
    """How much of each channel there is in pure colours: numbers between 0 and 1."""
    numbers = xp(sectors)
    return (
        numbers.clip(numbers.abs(sectors - 3) - 1, 0, 1),
        numbers.clip(2 - numbers.abs(sectors - 2), 0, 1),
        numbers.clip(2 - numbers.abs(sectors - 4), 0, 1),
    )


@op("RGBToHSV", shape=_of_colours, cost="heavy")
def rgb_to_hsv(images: Tensor, name: str | None = None) -> Tensor:
    """Colours as hue, saturation and value.

    images: floats [..., 3], red, green and blue, as a rule between 0 and 1.

    >>> tf.image.rgb_to_hsv([[1., 0.5, 0.]]).numpy().round(4)
    array([[0.0833, 1.    , 1.    ]], dtype=float32)

    Raises tf.errors.FailedPreconditionError for another number of channels. Op: RGBToHSV.
    """
    r, g, b = _channels(images)
    numbers = xp(images)
    # What is not a number does not take part, as in TensorFlow's kernel.
    high = numbers.fmax(numbers.fmax(r, g), b)
    spread = high - numbers.fmin(numbers.fmin(r, g), b)
    hue = _hue(r, g, b, high, spread) / 6
    hue = numbers.where(hue < 0, hue + 1, hue)
    saturation = numbers.where(high > 0, spread / numbers.where(high > 0, high, 1), 0)
    return numbers.stack([hue, saturation, high], -1).astype(images.dtype)


@rgb_to_hsv.gradient
def _(dz, images):
    r, g, b = (images[..., i] for i in range(3))
    # One channel is the largest and one the smallest; of equal ones the largest is the first of
    # them and the smallest the last.
    largest = [(r >= b) & (r >= g), (g > r) & (g >= b), (b > r) & (b > g)]
    smallest = [(r < b) & (r < g), (g <= r) & (g < b), (b <= r) & (b <= g)]
    high = where(largest[0], r, where(largest[1], g, b))
    spread = high - where(smallest[0], r, where(smallest[1], g, b))
    ahead = where(largest[0], g - b, where(largest[1], b - r, r - g))
    by_hue, by_saturation, by_value = (dz[..., i] for i in range(3))
    by_ahead = divide_no_nan(by_hue / 6, spread)
    by_share = divide_no_nan(by_saturation, maximum(high, 0))
    by_spread = by_share - divide_no_nan(by_ahead * ahead, spread)
    by_high = by_value - divide_no_nan(by_share * spread, maximum(high, 0)) + by_spread
    signs = [(0, -1, 1), (1, 0, -1), (-1, 1, 0)]
    return stack(
        [
            sum(by_ahead * cast(largest[j], dz.dtype) * sign for j, sign in enumerate(row) if sign)
            + where(largest[i], by_high, 0)
            - where(smallest[i], by_spread, 0)
            for i, row in enumerate(signs)
        ],
        -1,
    )


@op("HSVToRGB", shape=_of_colours, cost="heavy")
def hsv_to_rgb(images: Tensor, name: str | None = None) -> Tensor:
    """Hue, saturation and value as red, green and blue.

    images: floats [..., 3], as a rule between 0 and 1. TensorFlow has no gradient, nor is there
    one here.

    >>> tf.image.hsv_to_rgb([[0.5, 1., 1.]]).numpy()
    array([[0., 1., 1.]], dtype=float32)

    Raises tf.errors.FailedPreconditionError for another number of channels. Op: HSVToRGB.
    """
    hue, saturation, value = _channels(images)
    pale = 1 - saturation
    pure = [(pale + saturation * share) * value for share in _shares(hue * 6)]
    return xp(images).stack(pure, -1).astype(images.dtype)


no_gradient(hsv_to_rgb, why="TensorFlow declares it not differentiable.")


# ---- hue and saturation adjusted -----------------------------------------------------------------


def _of_image(images: TensorShape, by: TensorShape) -> TensorShape:
    if images.rank is not None and images.rank < 3:
        raise ShapeError(
            f"input must be at least 3-D, got shape{bracketed(images)}",
            f"Shape must be at least rank 3 but is rank {images.rank}",
        )
    return images


def _adjustable(images: Any, by: Any, what: str) -> tuple[Any, Any, Any]:
    """The channels; raises where the kernels of TensorFlow do."""
    _of_image(TensorShape(images.shape), TensorShape(by.shape))
    if by.ndim:
        raise ValueError(f"{what} must be scalar: {bracketed(TensorShape(by.shape))}")
    if images.shape[-1] != 3:
        raise ValueError(f"input must have 3 channels but instead has {images.shape[-1]} channels.")
    return images[..., 0], images[..., 1], images[..., 2]


@op("AdjustHue", shape=_of_image, cost="heavy")
def adjust_hue_op(images: Tensor, delta: Tensor, name: str | None = None) -> Tensor:
    """Colours turned on the circle of hues; value and saturation stay."""
    r, g, b = _adjustable(images, delta, "delta")
    numbers = xp(images)
    high = numbers.maximum(numbers.maximum(r, g), b)
    low = numbers.minimum(numbers.minimum(r, g), b)
    spread = high - low
    sectors = _hue(r, g, b, high, spread) + delta.astype(images.dtype) * 6
    sectors = sectors - 6 * numbers.floor(sectors / 6)
    turned = [low + spread * share for share in _shares(sectors)]
    return numbers.stack(turned, -1).astype(images.dtype)


@adjust_hue_op.gradient
def _(dz):
    raise LookupError("gradient registry has no entry for: AdjustHue")


@op("AdjustSaturation", shape=_of_image, cost="heavy")
def adjust_saturation_op(images: Tensor, scale: Tensor, name: str | None = None) -> Tensor:
    """Colours stronger or paler; value and hue stay."""
    r, g, b = _adjustable(images, scale, "scale")
    numbers = xp(images)
    high = numbers.maximum(numbers.maximum(r, g), b)[..., None]
    spread = high - numbers.minimum(numbers.minimum(r, g), b)[..., None]
    saturation = spread / numbers.where(high > 0, high, 1)
    wanted = numbers.clip(saturation * scale.astype(images.dtype), 0, 1)
    # Each channel keeps its place between the largest and the smallest.
    ratio = high * wanted / numbers.where(spread > 0, spread, 1)
    out = numbers.where(high > 0, high - (high - images) * ratio, images)
    return out.astype(images.dtype)


@adjust_saturation_op.gradient
def _(dz):
    raise LookupError("gradient registry has no entry for: AdjustSaturation")


def _in_floats(image: Any, adjusted: Any) -> Tensor:
    """What `adjusted` makes of the image in floats, in the image's own dtype again."""
    image = convert(image)
    floats = image if image.dtype in (float16, float32) else convert_image_dtype(image, float32)
    return convert_image_dtype(adjusted(floats), image.dtype, saturate=True)


def adjust_hue(image: Any, delta: Any, name: str | None = None) -> Tensor:
    """`image` with all its hues turned by `delta` of the circle.

    image: [..., height, width, 3]; integers and longer floats are adjusted as float32. delta: a
    number in [-1, 1]. There is no gradient, as in TensorFlow.

    >>> tf.image.adjust_hue([[[1., 0., 0.]]], 0.5).numpy()
    array([[[0., 1., 1.]]], dtype=float32)

    Raises ValueError for another `delta`, tf.errors.InvalidArgumentError for another number of
    channels or fewer than three dimensions. Op: AdjustHue.
    """
    if type(delta) is not SymbolicTensor and (delta < -1 or delta > 1):
        raise ValueError("delta must be in the interval [-1, 1]")
    return _in_floats(image, lambda floats: adjust_hue_op(floats, delta, name))


def adjust_saturation(image: Any, saturation_factor: Any, name: str | None = None) -> Tensor:
    """`image` with its saturation multiplied by `saturation_factor`, within its bounds.

    image: [..., height, width, 3]; integers and longer floats are adjusted as float32.
    saturation_factor: a number; 0 leaves a grey image. There is no gradient, as in TensorFlow.

    >>> tf.image.adjust_saturation([[[1., 0.5, 0.5]]], 2.).numpy()
    array([[[1., 0., 0.]]], dtype=float32)

    Raises tf.errors.InvalidArgumentError for another number of channels or fewer than three
    dimensions. Op: AdjustSaturation.
    """
    return _in_floats(image, lambda floats: adjust_saturation_op(floats, saturation_factor, name))


def adjust_gamma(image: Any, gamma: Any = 1, gain: Any = 1) -> Tensor:
    """`image` with each value raised to the power `gamma`, then multiplied by `gain`.

    image: of any shape; integers and longer floats are adjusted as float32, so that values are
    between 0 and 1. gamma: a number from 0 on; above 1 the image gets darker.

    >>> tf.image.adjust_gamma([[[0.5]]], 2.).numpy()
    array([[[0.25]]], dtype=float32)

    Raises ValueError for a negative `gamma`, tf.errors.InvalidArgumentError where it is a tensor.
    Op: Pow.
    """

    def bent(floats: Tensor) -> Tensor:
        require(gamma >= 0, "Gamma should be a non-negative real number.")
        return gain * pow(floats, gamma)

    return _in_floats(image, bent)


# ---- brightness and two differences --------------------------------------------------------------

_YIQ = [
    [0.299, 0.59590059, 0.2115],
    [0.587, -0.27455667, -0.52273617],
    [0.114, -0.32134392, 0.31119955],
]
_FROM_YIQ = [
    [1, 1, 1],
    [0.95598634, -0.27201283, -1.10674021],
    [0.6208248, -0.64720424, 1.70423049],
]
_YUV = [
    [0.299, -0.14714119, 0.61497538],
    [0.587, -0.28886916, -0.51496512],
    [0.114, 0.43601035, -0.10001026],
]
_FROM_YUV = [[1, 1, 1], [0, -0.394642334, 2.03206185], [1.13988303, -0.58062185, 0]]


def _mixed(images: Any, matrix: list) -> Tensor:
    """The channels of `images` mixed by a matrix, in the dtype of the images."""
    images = convert(images)
    return tensordot(images, convert(matrix, images.dtype), [[images.shape.rank - 1], [0]])


def rgb_to_yiq(images: Any) -> Tensor:
    """Colours as brightness (y) and two differences (in-phase and quadrature).

    images: floats [..., 3], red, green and blue.

    >>> tf.image.rgb_to_yiq([[1., 1., 1.]]).numpy().round(3)[0, 0]
    np.float32(1.0)

    Raises TypeError for integers, tf.errors.InvalidArgumentError for another number of channels.
    """
    return _mixed(images, _YIQ)


def yiq_to_rgb(images: Any) -> Tensor:
    """Brightness and two differences (in-phase and quadrature) as red, green and blue.

    images: floats [..., 3].

    >>> tf.image.yiq_to_rgb([[0.5, 0., 0.]]).numpy()
    array([[0.5, 0.5, 0.5]], dtype=float32)

    Raises TypeError for integers, tf.errors.InvalidArgumentError for another number of channels.
    """
    return _mixed(images, _FROM_YIQ)


def rgb_to_yuv(images: Any) -> Tensor:
    """Colours as brightness (y) and two differences (towards blue and towards red).

    images: floats [..., 3], red, green and blue.

    >>> tf.image.rgb_to_yuv([[1., 1., 1.]]).numpy().round(3)[0, 0]
    np.float32(1.0)

    Raises TypeError for integers, tf.errors.InvalidArgumentError for another number of channels.
    """
    return _mixed(images, _YUV)


def yuv_to_rgb(images: Any) -> Tensor:
    """Brightness and two differences (towards blue and towards red) as red, green and blue.

    images: floats [..., 3].

    >>> tf.image.yuv_to_rgb([[0.5, 0., 0.]]).numpy()
    array([[0.5, 0.5, 0.5]], dtype=float32)

    Raises TypeError for integers, tf.errors.InvalidArgumentError for another number of channels.
    """
    return _mixed(images, _FROM_YUV)
