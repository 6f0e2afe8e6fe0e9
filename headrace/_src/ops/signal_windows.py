"""Windows, by which a frame of a signal is multiplied before its transform.

The one idea: a window is a function of the position, computed in float64 and then rounded to the
dtype that is wanted. A periodic window of even length is a symmetric one of the next length, whose
last sample is left out; TensorFlow makes no difference where the length is odd.

Read next: ops/spectral.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.dtypes import DType, float32, float64, int32
from headrace._src.core.dtypes import bool as bool_
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.ops.array import positions
from headrace._src.ops.bessel import bessel_i0e
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import equal
from headrace._src.ops.framing import known_ints, scalar, vector
from headrace._src.ops.joining import concat
from headrace._src.ops.math import maximum
from headrace._src.ops.padding import reverse_op
from headrace._src.ops.powers import exp, sqrt, square
from headrace._src.ops.scan import cumsum
from headrace._src.ops.select import where
from headrace._src.ops.slicing import slice_op
from headrace._src.ops.trigonometry import cos, sin


def _length(window_length: Any, dtype: DType, least: int = 0) -> Any:
    """The length as an int where it is known; complains of one that no window has."""
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Found {dtype!r}")
    found = scalar(window_length, "window_length", int32)
    if type(found) is int and found < least:
        raise errors.InvalidArgumentError(
            None, None, f"window_length must be at least {least}, got {found}"
        )
    return found


def _places(count: Any) -> Tensor:
    """0, 1, ... before `count`, as float64."""
    if type(count) is int:
        return convert(np.arange(count, dtype=np.float64))
    return cast(positions(count), float64)


def _wide(n: Any) -> Any:
    return float(n) if type(n) is int else cast(n, float64)


def _raised_cosine(
    window_length: Any, periodic: Any, dtype: DType, name: str | None, start: float
) -> Tensor:
    """`start - (1 - start) * cos`, over a whole period."""
    size = _length(window_length, dtype)
    is_periodic = convert(periodic, bool_)
    if is_periodic.shape.rank not in (None, 0):
        raise ValueError(f"Shape {is_periodic.shape} must have rank 0")
    flag = known_value(is_periodic)
    longer = cast(is_periodic, int32) if flag is None else int(flag)
    period = size + longer * (1 - size % 2) - 1
    period = max(period, 1) if type(period) is int else maximum(period, 1)
    window = start - (1 - start) * cos(2 * math.pi * _places(size) / _wide(period))
    return cast(_of_one(size, window), dtype, name)


def _of_one(size: Any, window: Tensor) -> Tensor:
    """`window`, or a 1 where it has a single sample."""
    if type(size) is int:
        return convert(np.ones(1)) if size == 1 else window
    return where(equal(size, 1), convert(1.0, float64), window)


def hann_window(
    window_length: Any, periodic: Any = True, dtype: DType = float32, name: str | None = None
) -> Tensor:
    """The Hann window: one period of a cosine, raised to lie between 0 and 1.

    window_length: an int32 scalar. periodic: whether the window is meant for spectra rather than
    for filters; matters for even lengths only. dtype: a floating type.

    >>> tf.signal.hann_window(4).numpy()
    array([0. , 0.5, 1. , 0.5], dtype=float32)

    Raises ValueError for another dtype or a length that is no scalar,
    tf.errors.InvalidArgumentError for a negative length. Source: Harris 1978, "On the use of
    windows for harmonic analysis with the discrete Fourier transform".
    """
    return _raised_cosine(window_length, periodic, dtype, name, 0.5)


def hamming_window(
    window_length: Any, periodic: Any = True, dtype: DType = float32, name: str | None = None
) -> Tensor:
    """The Hamming window: a cosine raised to lie between 0.08 and 1. Arguments as `hann_window`.

    >>> tf.signal.hamming_window(4).numpy()
    array([0.08, 0.54, 1.  , 0.54], dtype=float32)

    Raises ValueError for another dtype or a length that is no scalar,
    tf.errors.InvalidArgumentError for a negative length. Source: Harris 1978.
    """
    return _raised_cosine(window_length, periodic, dtype, name, 0.54)


def kaiser_window(
    window_length: Any, beta: Any = 12.0, dtype: DType = float32, name: str | None = None
) -> Tensor:
    """The Kaiser window: `I0(beta * sqrt(1 - t**2)) / I0(beta)`, t from -1 to 1.

    window_length: an int32 scalar, at least 1. beta: how narrow the window is. dtype: a floating
    type.

    >>> tf.signal.kaiser_window(3, beta=2.).numpy().round(4)
    array([0.4387, 1.    , 0.4387], dtype=float32)

    Raises ValueError for another dtype or a length that is no scalar,
    tf.errors.InvalidArgumentError for a length below 1. Source: Harris 1978.
    """
    return cast(_kaiser(_length(window_length, dtype, 1), beta, dtype), dtype, name)


def _kaiser(size: Any, beta: Any, dtype: DType) -> Tensor:
    """The Kaiser window in float64."""
    beta = cast(convert(beta, None, dtype), float64)
    middle = (_wide(size) - 1) / 2
    middle = max(middle, 0.5) if type(size) is int else maximum(middle, 0.5)
    place = _places(size) / middle - 1
    inner = beta * sqrt(maximum(1 - square(place), 0))
    # Scaled Bessel functions do not overflow. A negative `beta` is taken as TensorFlow takes it.
    window = exp(inner - beta) * bessel_i0e(inner) / bessel_i0e(beta)
    return _of_one(size, window)


def kaiser_bessel_derived_window(
    window_length: Any, beta: Any = 12.0, dtype: DType = float32, name: str | None = None
) -> Tensor:
    """The Kaiser-Bessel derived window: its squares, moved on by half of it, add up to 1.

    window_length: an int32 scalar; of an odd one the next lower is taken. beta: how narrow the
    Kaiser window is that it is made of. dtype: a floating type.

    >>> tf.signal.kaiser_bessel_derived_window(4, beta=2.).numpy().round(4)
    array([0.4834, 0.8754, 0.8754, 0.4834], dtype=float32)

    Raises ValueError for another dtype or a length that is no scalar,
    tf.errors.InvalidArgumentError for a negative length. Source: Princen, Johnson and Bradley 1987.
    """
    half = _length(window_length, dtype) // 2
    sums = cumsum(_kaiser(half + 1, beta, dtype))
    rise = sqrt(slice_op(sums, (0,), vector([half])) / slice_op(sums, vector([half]), (1,)))
    return cast(concat([rise, reverse_op(rise, (0,))], 0), dtype, name)


def vorbis_window(window_length: Any, dtype: DType = float32, name: str | None = None) -> Tensor:
    """The Vorbis power complementary window: its squares, moved on by half of it, add up to 1.

    window_length: an int32 scalar. dtype: a floating type.

    >>> tf.signal.vorbis_window(4).numpy().round(4)
    array([0.228 , 0.9737, 0.9737, 0.228 ], dtype=float32)

    Raises ValueError for another dtype or a length that is no scalar,
    tf.errors.InvalidArgumentError for a negative length. Source: the Vorbis I specification, 4.3.1.
    """
    size = _length(window_length, dtype)
    least = max(size, 1) if known_ints(size) else maximum(size, 1)
    angle = (_places(size) + 0.5) * math.pi / _wide(least)
    return cast(sin(math.pi / 2 * square(sin(angle))), dtype, name)
