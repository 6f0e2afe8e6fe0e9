"""Cosine transforms: `dct`, `idct`, and what is made of them: MDCT, MFCC.

The one idea: a cosine transform is the real part of a Fourier transform of the signal and its
mirror image, turned by half a sample. So each type is an `rfft` or `irfft` of twice the length and
a multiplication, and gradients come with them.

The types are numbered and scaled as in SciPy. `idct` does not divide: it is the transform that
`dct` is undone by, up to a factor of 2 n (without `norm="ortho"`).

Read next: ops/spectral.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.dtypes import DType, float64
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.array import length, positions
from headrace._src.ops.cast import cast
from headrace._src.ops.complex import complex, real
from headrace._src.ops.fft import COMPLEX_OF, grown
from headrace._src.ops.framing import known_ints, scalar, vector
from headrace._src.ops.joining import concat
from headrace._src.ops.padding import reverse_op
from headrace._src.ops.transforms import irfft, rfft
from headrace._src.ops.trigonometry import cos, sin

_INVERSE = {1: 1, 2: 3, 3: 2, 4: 4}


def _checked(input: Any, type: Any, n: Any, axis: Any, norm: Any) -> tuple[Tensor, Any]:
    """The signal, cropped or filled up with zeros to `n` samples, and how many it has."""
    if axis != -1:
        raise NotImplementedError(f"axis must be -1. Got: {axis}")
    if norm not in (None, "ortho"):
        raise ValueError(f"Unknown normalization. Expected None or 'ortho', got: {norm}")
    if type not in (1, 2, 3, 4):
        raise ValueError("Types I, II, III and IV (I)DCT are supported.")
    if type == 1 and norm == "ortho":
        raise ValueError("Normalization is not supported for the Type-I DCT.")
    x = convert(input)
    if x.dtype not in COMPLEX_OF:
        raise TypeError(f"A cosine transform takes float32 or float64, not {x.dtype.name}.")
    if x.shape.rank == 0:
        raise IndexError("A scalar has no axis to transform along.")
    if n is not None:
        if not isinstance(n, (int, np.integer, Tensor)):
            raise TypeError(f"n must be an integer or None, not {n!r}")
        count = scalar(n, "n")
        if known_ints(count) and count < 1:
            raise ValueError("n should be a positive integer or None")
        x = grown(x, vector([count]), (-1,))[..., :count]
    count = length(x, -1)
    if type == 1 and known_ints(count) and count < 2:
        raise ValueError("Type-I DCT requires the dimension to be greater than one.")
    return x, count


def dct(
    input: Any,
    type: int = 2,
    n: Any = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The discrete cosine transform along the last axis.

    input: float32 or float64. type: 1, 2, 3 or 4. n: how many samples are taken, by default all;
    zeros are added, or the rest is left out. axis: must be -1. norm: "ortho" makes the transform
    orthogonal; not for type 1. name: not used.

    >>> tf.signal.dct([1., 2., 4.]).numpy().round(3)
    array([14.   , -5.196,  1.   ], dtype=float32)

    Raises ValueError for another type, `n` or `norm`, NotImplementedError for another axis,
    TypeError for another dtype. Source: scipy.fft.dct.
    """
    x, count = _checked(input, type, n, axis, norm)
    return _TRANSFORMS[type](x, count, norm == "ortho")


def idct(
    input: Any,
    type: int = 2,
    n: Any = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The transform that undoes `tf.signal.dct` of that type, for the same arguments.

    Without `norm="ortho"` what comes back is 2 * n times too large, for type 1 2 * (n - 1) times.

    >>> tf.signal.idct(tf.signal.dct([1., 2., 3.], norm="ortho"), norm="ortho").numpy().round(4)
    array([1., 2., 3.], dtype=float32)

    Raises ValueError for another type, `n` or `norm`, NotImplementedError for another axis,
    TypeError for another dtype. Source: scipy.fft.idct.
    """
    x, count = _checked(input, type, n, axis, norm)
    return _TRANSFORMS[_INVERSE[type]](x, count, norm == "ortho")


# ---- the four types ------------------------------------------------------------------------------


def _turns(count: Any, direction: int, first: float, rest: float, root: float, dtype: DType) -> Any:
    """The complex numbers of which each turns its frequency by half a sample.

    first, rest: how long the first one is and all others, times `2 * count` to the power of `root`.
    """
    if known_ints(count):
        angle = np.arange(count) * (direction * math.pi / 2 / max(count, 1))
        turns = np.exp(1j * angle) * (rest * (2.0 * max(count, 1)) ** root)
        turns[:1] *= first / rest
        return convert(turns.astype(COMPLEX_OF[dtype].array_dtype))
    wide = cast(count, float64)
    angle = cast(positions(count), float64) * (direction * math.pi / 2) / wide
    scale = (rest + (first - rest) * cast(positions(count) < 1, float64)) * (2 * wide) ** root
    return cast(complex(scale * cos(angle), scale * sin(angle)), COMPLEX_OF[dtype])


def _root(count: Any, dtype: DType) -> Tensor:
    """One over the root of `2 * count`: what makes a transform orthogonal."""
    if known_ints(count):
        return convert((2.0 * max(count, 1)) ** -0.5, dtype)
    return cast((2 * cast(count, float64)) ** -0.5, dtype)


def _first(x: Tensor, count: Any, is_ortho: bool) -> Tensor:
    # The mirror image repeats neither end.
    mirrored = concat([x, reverse_op(x, (-1,))[..., 1:-1]], -1)
    return real(rfft(mirrored))


def _second(x: Tensor, count: Any, is_ortho: bool) -> Tensor:
    scales = (math.sqrt(2), 2.0, -0.5) if is_ortho else (2.0, 2.0, 0.0)
    spectrum = rfft(x, vector([2 * count]))[..., :count]
    return real(spectrum * _turns(count, -1, *scales, x.dtype))


def _third(x: Tensor, count: Any, is_ortho: bool) -> Tensor:
    # Of each frequency irfft takes the real part twice, of the first one once, and divides by 2 n.
    scales = (math.sqrt(2), 1.0, 0.5) if is_ortho else (1.0, 1.0, 1.0)
    turned = cast(x, COMPLEX_OF[x.dtype]) * _turns(count, 1, *scales, x.dtype)
    return irfft(turned, vector([2 * count]))[..., :count]


def _fourth(x: Tensor, count: Any, is_ortho: bool) -> Tensor:
    # Every other frequency of the second type, of twice as many samples.
    wide = grown(x, vector([2 * count]), (-1,))
    found = _second(wide, 2 * count, False)[..., 1::2]
    return found * _root(count, x.dtype) if is_ortho else found


_TRANSFORMS = {1: _first, 2: _second, 3: _third, 4: _fourth}


# ---- of audio ------------------------------------------------------------------------------------


def mfccs_from_log_mel_spectrograms(log_mel_spectrograms: Any, name: str | None = None) -> Tensor:
    """The mel frequency cepstral coefficients: an orthogonal `dct` of spectra on the mel scale.

    log_mel_spectrograms: [..., mel bins], float32 or float64. name: not used. Result: of that
    shape; most programs keep the first 13 coefficients.

    >>> tf.signal.mfccs_from_log_mel_spectrograms([1., 2., 4.]).numpy().round(3)
    array([ 5.715, -2.121,  0.408], dtype=float32)

    All coefficients are scaled alike, as in HTK. Raises ValueError where there are no bins,
    tf.errors.InvalidArgumentError for a scalar, TypeError for another dtype. Source: Davis and
    Mermelstein 1980.
    """
    x = convert(log_mel_spectrograms)
    if x.shape.rank == 0:
        raise errors.InvalidArgumentError(None, None, "A scalar has no axis of mel bins.")
    count = length(x, -1)
    if known_ints(count) and count == 0:
        raise ValueError(f"num_mel_bins must be positive. Got: {log_mel_spectrograms}")
    return dct(x) * _root(count, x.dtype)
