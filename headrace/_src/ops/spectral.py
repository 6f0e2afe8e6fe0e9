"""Spectra of the frames of a signal, and back: STFT and MDCT.

The one idea: cut the signal into frames (ops/framing.py), multiply each by a window
(ops/signal_windows.py), transform it (ops/transforms.py, ops/dct.py); the way back does the same
the other way round and adds the frames up.

Read next: ops/mel.py.
"""

import math
from collections.abc import Callable
from typing import Any

from headrace._src.core import errors
from headrace._src.core.dtypes import DType, float64, int32
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.array import length, reshape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.dct import dct, idct
from headrace._src.ops.fft import grown
from headrace._src.ops.framing import frame, known_ints, of_rank, overlap_and_add, scalar, vector
from headrace._src.ops.joining import concat, split
from headrace._src.ops.math import square
from headrace._src.ops.padding import reverse_op, tile_op
from headrace._src.ops.powers import log
from headrace._src.ops.reduce import reduce_sum
from headrace._src.ops.rounding import ceil
from headrace._src.ops.signal_windows import hann_window, vorbis_window
from headrace._src.ops.transforms import irfft, rfft

# ---- STFT ----------------------------------------------------------------------------------------


def _points(fft_length: Any, size: Any) -> Any:
    """How many points are transformed: by default the next power of two that holds a frame."""
    if fft_length is not None:
        found = convert(fft_length, int32)
        if found.shape.rank not in (None, 0):
            raise TypeError(f"fft_length must be a scalar, not of shape {found.shape}")
        return scalar(found, "fft_length")
    if known_ints(size):
        return 1 << (size - 1).bit_length() if size > 0 else 0
    # Logarithms of powers of two may be a little too large.
    exponent = ceil(log(cast(size, float64)) / math.log(2.0) - 1e-9)
    return cast(convert(2.0, float64) ** exponent, int32)


def stft(
    signals: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Callable | None = hann_window,
    pad_end: bool = False,
    name: str | None = None,
) -> Tensor:
    """The short-time Fourier transform: the spectrum of each frame.

    signals: [..., samples], float32 or float64. frame_length, frame_step, fft_length: integers, in
    samples; fft_length is by default the next power of two. window_fn: from a length and a dtype to
    a window; None for none. pad_end: whether there are frames that reach over the end. name: not
    used.

    The result is [..., frames, fft_length // 2 + 1], complex64 or complex128.

    >>> tf.signal.stft([1., 2., 3., 4., 5., 6.], frame_length=4, frame_step=2).numpy().real
    array([[ 6., -3.,  0.],
           [10., -5.,  0.]], dtype=float32)

    Raises ValueError for another dtype or rank, tf.errors.InvalidArgumentError for a step of 0 or a
    negative length. Source: Allen 1977, "Short term spectral analysis, synthesis, and modification
    by discrete Fourier transform".
    """
    x = of_rank(convert(signals), 1)
    if not x.dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Found {x.dtype!r}")
    size = scalar(frame_length, "frame_length")
    points = _points(fft_length, size)
    frames = frame(x, size, frame_step, pad_end=pad_end)
    if window_fn is not None:
        frames = frames * convert(window_fn(size, dtype=x.dtype))
    return rfft(frames, vector([points]))


def inverse_stft_window_fn(
    frame_step: Any, forward_window_fn: Callable = hann_window, name: str | None = None
) -> Callable:
    """The `window_fn` with which `inverse_stft` gives back what `stft` was given.

    frame_step: that of the STFT. forward_window_fn: its `window_fn`. name: not used.

    >>> tf.signal.inverse_stft_window_fn(2)(4, dtype=tf.float32).numpy()
    array([0., 1., 1., 1.], dtype=float32)

    Raises ValueError, when the window is asked for, where a length is no scalar. Source: Griffin
    and Lim 1984, "Signal estimation from modified short-time Fourier transform".
    """

    def inverse_stft_window_fn_inner(frame_length: Any, dtype: DType) -> Tensor:
        """The forward window, divided by what its squares add up to where frames overlap."""
        size, step = scalar(frame_length, "frame_length"), scalar(frame_step, "frame_step")
        if known_ints(step) and step == 0:
            raise errors.InvalidArgumentError(
                None, None, "Integer division by zero: frame_step must not be 0"
            )
        window = convert(forward_window_fn(size, dtype=dtype))
        steps = -(-size // step)
        powers = grown(square(window), vector([steps * step]), (0,))
        sums = reduce_sum(reshape_op(powers, vector([steps, step])), 0)
        return window / tile_op(sums, vector([steps]))[:size]

    return inverse_stft_window_fn_inner


def inverse_stft(
    stfts: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Callable | None = hann_window,
    name: str | None = None,
) -> Tensor:
    """The signal of which `stfts` are the spectra of the frames.

    stfts: [..., frames, fft_length // 2 + 1], complex64 or complex128. frame_length, frame_step,
    fft_length: as in `stft`. window_fn: by what each frame is multiplied before they are added up;
    `tf.signal.inverse_stft_window_fn` undoes the window of `stft`. name: not used.

    >>> x = tf.constant([1., 2., 3., 4., 5., 6.])
    >>> window = tf.signal.inverse_stft_window_fn(2)
    >>> tf.signal.inverse_stft(tf.signal.stft(x, 4, 2), 4, 2, window_fn=window)[2:4].numpy()
    array([3., 4.], dtype=float32)

    Raises ValueError for another dtype or rank, tf.errors.InvalidArgumentError for a step that is
    not positive. Source: Griffin and Lim 1984.
    """
    x = of_rank(convert(stfts), 2)
    size = scalar(frame_length, "frame_length")
    points = _points(fft_length, size)
    frames = irfft(x, vector([points]))
    frames = grown(frames, vector([size]), (-1,))[..., :size]
    if window_fn is not None:
        frames = frames * convert(window_fn(size, dtype=frames.dtype))
    return overlap_and_add(frames, frame_step)


# ---- MDCT ----------------------------------------------------------------------------------------


def mdct(
    signals: Any,
    frame_length: Any,
    window_fn: Callable | None = vorbis_window,
    pad_end: bool = False,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The modified discrete cosine transform of frames that overlap by half.

    signals: [..., samples], float32 or float64. frame_length: a multiple of 4. window_fn: from a
    length and a dtype to a window; None for none. pad_end: whether there are frames that reach
    over the end. norm: None or "ortho". name: not used.

    The result is [..., frames, frame_length // 2].

    >>> tf.signal.mdct([1., 2., 3., 4., 5., 6.], 4).numpy().round(3)
    array([[ -8.398,   0.243],
           [-13.981,   1.159]], dtype=float32)

    Raises ValueError for another length, rank, dtype or `norm`, tf.errors.InvalidArgumentError for
    a length that is not positive. Source: Princen, Johnson and Bradley 1987.
    """
    x = of_rank(convert(signals), 1)
    if norm not in (None, "ortho"):
        raise ValueError(f"Unknown normalization. Expected None or 'ortho', got: {norm}")
    given = convert(frame_length)
    if not given.dtype.is_integer:
        raise ValueError(f"frame_length must be an integer, not a {given.dtype.name}")
    size = scalar(given, "frame_length")
    if known_ints(size) and size % 4:
        raise ValueError("The frame length must be a multiple of 4.")
    frames = frame(x, size, size // 2, pad_end=pad_end)
    if window_fn is None:
        # What the orthogonal transform has in its window.
        frames = frames * math.sqrt(0.5)
    else:
        frames = frames * convert(window_fn(size, dtype=x.dtype))
    # Half of a frame is its own mirror image and goes: quarters a b c d become (-c' - d, a - b').
    quarter = size // 4
    a, b = frames[..., :quarter], frames[..., quarter : 2 * quarter]
    c, d = frames[..., 2 * quarter : 3 * quarter], frames[..., 3 * quarter :]
    folded = concat([-reverse_op(c, (-1,)) - d, a - reverse_op(b, (-1,))], -1)
    return dct(folded, type=4, norm=norm)


def inverse_mdct(
    mdcts: Any,
    window_fn: Callable | None = vorbis_window,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The signal of which `mdcts` are the cosine spectra.

    mdcts: [..., frames, half of the frame's length], float32 or float64. window_fn, norm: as in
    `mdct`. name: not used.

    >>> x = tf.constant([0., 0., 1., 2., 3., 4., 0., 0.])
    >>> tf.signal.inverse_mdct(tf.signal.mdct(x, 4)).numpy()[2:6].round(3)
    array([1., 2., 3., 4.], dtype=float32)

    Raises ValueError for a smaller rank, an odd size or another `norm`, TypeError for another
    dtype. Source: Princen, Johnson and Bradley 1987.
    """
    x = of_rank(convert(mdcts), 2)
    half = length(x, -1)
    folded = idct(x, type=4, norm=norm)
    if norm is None:
        folded = folded * (0.5 / half if known_ints(half) else 0.5 / cast(half, x.dtype))
    first, second = split(folded, 2, axis=-1)
    turned = -reverse_op(second, (-1,))
    frames = concat([second, turned, -reverse_op(first, (-1,)), -first], -1)
    if window_fn is None:
        frames = frames * math.sqrt(0.5)
    else:
        frames = frames * convert(window_fn(2 * half, dtype=x.dtype))
    return overlap_and_add(frames, half)
