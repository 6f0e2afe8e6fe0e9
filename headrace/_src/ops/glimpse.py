"""Windows of images around points, with noise where they reach over the edge: `extract_glimpse`.

The one idea: a point and a size say where each window begins; rows and columns that lie outside are
looked up at 0 and covered by noise afterwards. The noise is one field for all windows, stretched to
the values of each image, as TensorFlow's kernel does it.

Read next: crop_and_resize.py. Source: ops ExtractGlimpse, ExtractGlimpseV2; Mnih et al., "Recurrent
models of visual attention" (2014).
"""

from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import float32, int32
from headrace._src.core.shape_rules import ShapeError, ValueRefused, bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.ops import philox
from headrace._src.ops.random import state

# ---- checks --------------------------------------------------------------------------------------


def _windows(input: TensorShape, size: Any, offsets: TensorShape, *_: Any) -> TensorShape:
    if input.rank not in (None, 4):
        raise ShapeError(
            f"input must be 4-dimensional (batch_size, height, width, depth){bracketed(input)}",
            f"Shape must be rank 4 but is rank {input.rank}",
        )
    if size is not None and not isinstance(size, tuple):
        raise ShapeError(
            "input must be a vector of size 2 (height, width)[]",
            "Shape must be rank 1 but is rank 0",
        )
    if size is not None and len(size) != 2:
        raise ShapeError(
            f"input must be a vector of size 2 (height, width)[{len(size)}]",
            f"Dimension must be 2 but is {len(size)}",
        )
    if offsets.rank not in (None, 2):
        raise ShapeError(
            f"input must be a matrix{bracketed(offsets)}",
            f"Shape must be rank 2 but is rank {offsets.rank}",
        )
    batch, channels = (input[0], input[3]) if input.rank else (None, None)
    count, axes = offsets.as_list() if offsets.rank else (None, None)
    if None not in (batch, count) and batch != count:
        raise ShapeError(
            f"first dimension should be batch{bracketed(offsets)}",
            f"Dimensions must be equal, but are {batch} and {count}",
        )
    if axes not in (None, 2):
        raise ShapeError(
            f"second dimension should be of size 2 (y,x){bracketed(offsets)}",
            f"Dimension must be 2 but is {axes}",
        )
    # Tracing takes a negative size for one that is not known.
    height, width = (None if n is None or n < 0 else n for n in size or (None, None))
    return TensorShape([count if batch is None else batch, height, width, channels])


def _noise(noise: Any, uniform_noise: bool) -> str:
    """The kind of noise; raises ValueError for others."""
    text = noise.decode() if isinstance(noise, bytes) else noise
    if uniform_noise and text not in ("", "uniform"):
        raise ValueError("The uniform_noise and noise could not be specified at the same time")
    if text not in ("", "uniform", "gaussian", "zero"):
        raise ValueError(f"The noise could only be uniform, gaussian, or zero, got{text}")
    return text or "uniform"


# ---- windows -------------------------------------------------------------------------------------


def _glimpses(input: Any, size: tuple, begins: Any, noise: str, op_name: str) -> np.ndarray:
    """The windows that begin at `begins`, floats [batch, 2]."""
    for n in size:
        if n < 0:
            raise ValueRefused(f"Expected a non-negative size, got {n}")
    # A window that begins further away holds nothing either.
    least, most = -np.array(size, np.float32), np.array(input.shape[1:3], np.float32)
    begins = np.trunc(np.clip(np.nan_to_num(begins, nan=-np.inf), least, most)).astype(np.int64)
    places, inside = [], []
    for axis in (0, 1):
        place = begins[:, axis, None] + np.arange(size[axis])
        inside.append((place >= 0) & (place < input.shape[1 + axis]))
        places.append(np.where(inside[-1], place, 0))
    is_inside = inside[0][:, :, None] & inside[1][:, None, :]
    if is_inside.all():
        return _looked_up(input, places)
    shape = (*size, input.shape[3])
    if not input.size or not is_inside.size:
        # TensorFlow scales noise to the values of an image that has none.
        return np.full((len(input), *shape), 0 if noise == "zero" else np.nan, np.float32)
    covered = _field(input, shape, noise, op_name)
    return np.where(is_inside[..., None], _looked_up(input, places), covered)


def _looked_up(input: Any, places: list) -> np.ndarray:
    rows, columns = places
    return input[np.arange(len(input))[:, None, None], rows[:, :, None], columns[:, None, :]]


def _field(input: Any, shape: tuple, noise: str, op_name: str) -> Any:
    """Noise of the given shape for each image."""
    if noise == "zero":
        return np.float32(0)
    if noise == "uniform":
        low, high = (f(input, axis=(1, 2, 3), keepdims=True) for f in (np.min, np.max))
        return low + philox.uniform(np, *_start(op_name, shape), shape) * (high - low)
    low, high, mean, deviation = (
        f(input, axis=(1, 2), keepdims=True) for f in (np.min, np.max, np.mean, np.std)
    )
    # All channels of a pixel are as far from their means.
    field = philox.normal(np, *_start(op_name, shape), (*shape[:2], 1))
    return np.clip(mean + field * deviation, low, high)


def _start(op_name: str, shape: tuple) -> tuple:
    """The key and the counter of noise for a window, from a sequence without a seed."""
    blocks = philox.blocks_reserved(op_name, int(np.prod(shape)))
    streams = thread.context.streams
    if streams is None:
        return state.draw(op_name, float32, 0, 0, blocks)
    machine, node = streams
    return machine.draw(node, 0, 0, blocks)


# ---- ops -----------------------------------------------------------------------------------------


@op("ExtractGlimpse", shape=_windows, cost="host")
def extract_glimpse_v1(
    input: Tensor,
    size: Static,
    offsets: Tensor,
    centered: bool = True,
    normalized: bool = True,
    uniform_noise: bool = True,
    noise: str = "uniform",
    name: str | None = None,
) -> Tensor:
    """Windows whose middles are given."""
    kind = _noise(noise, uniform_noise)
    _windows(TensorShape(input.shape), size, TensorShape(offsets.shape))
    sizes = np.array(input.shape[1:3], np.float32)
    half = np.array(size, np.float32) / 2
    middles = offsets * sizes if normalized else offsets
    if centered:
        middles = (middles + sizes) / 2
    return _glimpses(input, size, middles - half, kind, "ExtractGlimpse")


@op("ExtractGlimpseV2", shape=_windows, cost="host")
def extract_glimpse_v2(
    input: Tensor,
    size: Static,
    offsets: Tensor,
    centered: bool = True,
    normalized: bool = True,
    uniform_noise: bool = True,
    noise: str = "uniform",
    name: str | None = None,
) -> Tensor:
    """Windows whose middles are given if `centered` and `normalized`, else their beginnings."""
    kind = _noise(noise, uniform_noise)
    _windows(TensorShape(input.shape), size, TensorShape(offsets.shape))
    sizes = np.array(input.shape[1:3], np.float32)
    begins = offsets * sizes if normalized else offsets
    if centered and normalized:
        begins = (begins + sizes) / 2 - np.array(size, np.float32) / 2
    elif centered:
        begins = begins + sizes / 2
    return _glimpses(input, size, begins, kind, "ExtractGlimpseV2")


no_gradient(extract_glimpse_v1, why="TensorFlow has none.", is_error=True)
no_gradient(extract_glimpse_v2, why="TensorFlow has none.", is_error=True)


def extract_glimpse(
    input: Any,
    size: Any,
    offsets: Any,
    centered: bool = True,
    normalized: bool = True,
    noise: str = "uniform",
    name: str | None = None,
) -> Tensor:
    """A window of each image, with noise where it reaches over the edge.

    input: float32 [batch, height, width, channels]. size: int32, height and width of the windows.
    offsets: float32 [batch, 2], y and x of each. normalized: whether they are parts of the image's
    sizes, else pixels. centered: whether 0 is the middle of the image, else its upper left corner;
    the point is the window's middle where both are set (-1 and 1 are the image's edges then), else
    its upper left corner, as in TensorFlow.
    noise: "zero"; "uniform", between the least and the largest value of the image; "gaussian", of
    the mean and deviation of each channel, within its values. `tf.random.set_seed` has no influence
    on it, as in TensorFlow.

    >>> image = tf.reshape(tf.range(9.), [1, 3, 3, 1])
    >>> tf.image.extract_glimpse(image, [2, 2], [[1., 0.]], noise="zero").numpy()[0, :, :, 0]
    array([[6., 7.],
           [0., 0.]], dtype=float32)

    Raises tf.errors.InvalidArgumentError for other shapes, a negative size or another noise. Op:
    ExtractGlimpseV2.
    """
    return extract_glimpse_v2(
        convert(input, float32),
        convert(size, int32),
        convert(offsets, float32),
        centered,
        normalized,
        False,
        "" if noise is None else noise,
        name,
    )
