"""Resampling along an axis: where the values of an image in another size come from.

Along an axis every place of the result is a weighted sum of a few places of the image, its *taps*:
`Taps(indices, weights)`, both [out, count]. Each method is a function that says what the taps are,
for it is nothing else; `mapped` applies the taps of two axes, and with `Taps.transposed` it carries
gradients back.

Positions are computed in float32, in the order of TensorFlow's kernels: in a large image a rounding
of the position is worth more than one of the value.

Sources: Keys, "Cubic convolution interpolation for digital image processing" (1981); Mitchell and
Netravali, "Reconstruction filters in computer graphics" (1988); Turkowski, "Filters for common
resampling tasks" (1990), for the windowed sinc functions of Lanczos.

Read next: ops/resize.py.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError

# ---- the map along one axis ----------------------------------------------------------------------


class Taps(NamedTuple):
    """For each place of the result, which places of the image it is made of, and by how much.

    indices: [out, count], each a place of the image.
    weights: [out, count]; zero where a place has fewer taps than others.
    size: the number of places that the image has.
    """

    indices: np.ndarray
    weights: np.ndarray
    size: int

    def transposed(self) -> "Taps":
        """The taps of the transposed map, which carries gradients back."""
        out, count = self.indices.shape
        used = self.weights.ravel() != 0
        target = self.indices.ravel()[used]
        order = np.argsort(target, kind="stable")
        target = target[order]
        source = np.repeat(np.arange(out), count)[used][order]
        counts = np.bincount(target, minlength=self.size)
        slot = np.arange(target.size) - np.repeat(np.cumsum(counts) - counts, counts)
        shape = (self.size, max(1, int(counts.max(initial=0))))
        indices, weights = np.zeros(shape, np.intp), np.zeros(shape, np.float32)
        indices[target, slot] = source
        weights[target, slot] = self.weights.ravel()[used][order]
        return _tidy(indices, weights, out)

    def matrix(self) -> np.ndarray:
        """The map as a matrix, [out, size]."""
        matrix = np.zeros((len(self.indices), self.size), np.float32)
        rows = np.arange(len(self.indices))[:, None]
        np.add.at(matrix, (rows, self.indices), self.weights)
        return matrix


def _tidy(indices: np.ndarray, weights: np.ndarray, size: int) -> Taps:
    """Taps whose empty slots repeat the heaviest one: what is not read cannot bring in a NaN."""
    heaviest = np.abs(weights).argmax(1)[:, None]
    indices = np.where(weights == 0, np.take_along_axis(indices, heaviest, 1), indices)
    return Taps(indices, weights.astype(np.float32), size)


# From so many taps on a product of matrices is quicker than a sum of slices.
_MANY = 16


def mapped(x: Any, rows: Taps, columns: Taps) -> Any:
    """Images [n, h, w, c] with both maps applied."""
    return _along(_along(x, columns, 2), rows, 1)


def _along(x: Any, taps: Taps, axis: int) -> Any:
    count = taps.indices.shape[1]
    if count > _MANY and x.dtype == np.float32:
        flat = x.reshape(*x.shape[:axis], taps.size, -1)
        result = xp(x).matmul(taps.matrix(), flat)
        return result.reshape(*x.shape[:axis], -1, *x.shape[axis + 1 :])
    wide = (-1,) + (1,) * (x.ndim - axis - 1)
    weights = taps.weights.astype(x.dtype)
    result = 0
    for i in range(count):
        part = xp(x).take(x, taps.indices[:, i], axis) * weights[:, i].reshape(wide)
        result = part if i == 0 else result + part
    return result


# ---- the taps of each method ---------------------------------------------------------------------


def _step(size: int, out: int, align_corners: bool) -> np.float32:
    """How far apart in the image two neighbours of the result are."""
    if align_corners and out > 1:
        return np.float32(size - 1) / np.float32(out - 1)
    return np.float32(size) / np.float32(out)


def _positions(size: int, out: int, align_corners: bool, half_pixel_centers: bool) -> np.ndarray:
    """Where in the image the places of the result lie, pixel i being at i."""
    at, half = np.arange(out, dtype=np.float32), np.float32(0.5)
    step = _step(size, out, align_corners)
    return (at + half) * step - half if half_pixel_centers else at * step


@lru_cache(256)
def linear(size: int, out: int, align_corners: bool, half_pixel_centers: bool) -> Taps:
    """Between the two neighbours, in proportion."""
    at = _positions(size, out, align_corners, half_pixel_centers)
    below = np.floor(at)
    share = at - below
    low = np.maximum(below, 0).astype(np.intp)
    high = np.minimum(np.ceil(at), size - 1).astype(np.intp)
    return Taps(np.stack([low, high], 1), np.stack([1 - share, share], 1), size)


@lru_cache(256)
def nearest(size: int, out: int, align_corners: bool, half_pixel_centers: bool) -> Taps:
    """The nearest place alone."""
    at = np.arange(out, dtype=np.float32)
    half = np.float32(0.5)
    at = (at + half if half_pixel_centers else at) * _step(size, out, align_corners)
    chosen = np.floor(at + half if align_corners else at)
    chosen = np.minimum(chosen, size - 1).astype(np.intp)[:, None]
    return Taps(chosen, np.ones(chosen.shape, np.float32), size)


# The kernel reads cubic weights from a table with so many steps between two pixels.
_STEPS = np.float32(1024)


@lru_cache(256)
def cubic(size: int, out: int, align_corners: bool, half_pixel_centers: bool) -> Taps:
    """Four neighbours by cubic convolution."""
    at = _positions(size, out, align_corners, half_pixel_centers)
    below = np.floor(at)
    share = np.rint((at - below) * _STEPS) / _STEPS
    offsets = np.arange(-1, 3)
    indices = below.astype(np.intp)[:, None] + offsets
    weights = _convolution(share[:, None] - offsets, -0.5 if half_pixel_centers else -0.75)
    inside = np.clip(indices, 0, size - 1)
    if half_pixel_centers:  # what lies outside does not count; without, the border is repeated
        weights = np.where(inside == indices, weights, 0)
        weights = weights / weights.sum(1, keepdims=True)
    return _tidy(inside, weights, size)


@lru_cache(256)
def area(size: int, out: int, align_corners: bool) -> tuple[Taps, np.float32]:
    """Taps by covered length, not divided by the length of the whole, which comes second."""
    step = _step(size, out, align_corners)
    if step == 0:  # a single pixel with its corners aligned
        return nearest(size, out, align_corners, False), np.float32(1)
    at = np.arange(out, dtype=np.float32)[:, None]
    start, end = at * step, (at + 1) * step
    first = np.floor(start)
    count = int((np.ceil(end) - first).max())
    pixel = first + np.arange(count, dtype=np.float32)
    weights = np.maximum(np.minimum(pixel + 1, end) - np.maximum(pixel, start), 0)
    # Within one pixel the length is known better than as a difference of positions.
    weights = np.where((pixel < start) & (pixel + 1 > end), step, weights)
    return _tidy(np.minimum(pixel, size - 1).astype(np.intp), weights, size), step


def _convolution(x: Any, a: float = -0.5) -> Any:
    """Keys' cubic convolution kernel."""
    x = np.abs(x.astype(np.float64))
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((x - 5) * x + 8) * a * x - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def _lanczos(radius: int) -> Callable:
    def kernel(x: Any) -> Any:
        return np.where(np.abs(x) < radius, np.sinc(x) * np.sinc(x / radius), 0)

    return kernel


def _gaussian(x: Any) -> Any:
    sigma = 0.5
    return np.where(np.abs(x) < 1.5, np.exp(-x * x / (2 * sigma * sigma)), 0)


def _mitchell(x: Any) -> Any:
    x = np.abs(x)
    near = (7 * x - 12) * x * x + 16 / 3
    far = ((-7 / 3 * x + 12) * x - 20) * x + 32 / 3
    return np.where(x < 1, near, np.where(x < 2, far, 0)) / 6


def _box(x: Any) -> Any:
    x = np.abs(x)
    return np.where(x < 0.5, 1.0, np.where(x == 0.5, 0.5, 0.0))


# For each kernel type of ScaleAndTranslate: how far it reaches, and the kernel.
_KERNELS: dict[str, tuple[float, Callable]] = {
    "lanczos1": (1, _lanczos(1)),
    "lanczos3": (3, _lanczos(3)),
    "lanczos5": (5, _lanczos(5)),
    "gaussian": (1.5, _gaussian),
    "box": (1, _box),
    "triangle": (1, lambda x: np.maximum(1 - np.abs(x), 0)),
    "keyscubic": (2, _convolution),
    "mitchellcubic": (2, _mitchell),
}


@lru_cache(256)
def filtered(
    size: int, out: int, scale: float, translation: float, kernel_type: str, antialias: bool
) -> Taps:
    """All within reach of a kernel, in an image scaled and then moved."""
    if kernel_type not in _KERNELS:
        raise ShapeError(f"Unrecognized kernel type: {kernel_type}")
    if not scale > 0:
        raise ShapeError("Scale must be greater than zero.")
    radius, kernel = _KERNELS[kernel_type]
    step = np.float32(1) / np.float32(scale)
    width = max(step, np.float32(1)) if antialias else np.float32(1)
    half = np.float32(0.5)
    at = (np.arange(out, dtype=np.float32) + half) * step - np.float32(translation) * step
    reach = np.float32(radius) * width
    first = np.ceil(at - reach - half)
    pixel = first[:, None] + np.arange(int(2 * np.ceil(reach)) + 2, dtype=np.float32)
    weights = kernel((pixel + half - at[:, None]) / width)
    inside = np.clip(pixel, 0, size - 1)
    weights = np.where((inside == pixel) & (at >= 0)[:, None] & (at <= size)[:, None], weights, 0)
    total = weights.sum(1, keepdims=True)
    weights = np.divide(weights, total, out=np.zeros_like(weights), where=np.abs(total) > 1e-30)
    return _tidy(inside.astype(np.intp), weights, size)
