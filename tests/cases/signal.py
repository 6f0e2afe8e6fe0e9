"""Frames, windows and spectra: ops/framing.py, signal_windows.py, spectral.py, dct.py, mel.py.

What has no counterpart in NumPy or SciPy is compared with numbers recorded from TensorFlow 2.21.
"""

import math

import numpy as np
import scipy.fft
import scipy.signal.windows
import scipy.special

import headrace as tf
from tests.cases.row import array, bools, case, complexes, each, error, floats, ints, plain, strings

Invalid = tf.errors.InvalidArgumentError
LONG = ["float64", "float32"]
COMPLEX = ["complex128", "complex64"]


# ---- references ----------------------------------------------------------------------------------


def framed(x, frame_length, frame_step, pad_end=False, pad_value=0, axis=-1):
    x = np.moveaxis(x, axis, 0)
    if pad_end:
        count = -(-len(x) // frame_step)
        missing = max(0, (count - 1) * frame_step + frame_length - len(x))
        x = np.concatenate([x, np.full((missing, *x.shape[1:]), pad_value, x.dtype)])
    else:
        count = max(0, (len(x) - frame_length) // frame_step + 1)
    starts = np.arange(count) * frame_step
    found = x[starts[:, None] + np.arange(frame_length)]
    place = axis if axis >= 0 else axis - 1
    return np.moveaxis(found, [0, 1], [place, place + 1])


def added(x, frame_step):
    count, size = x.shape[-2:]
    out = np.zeros((*x.shape[:-2], (count - 1) * frame_step + size), x.dtype)
    for i in range(count):
        out[..., i * frame_step : i * frame_step + size] += x[..., i, :]
    return out


def cosines(start):
    def window(n, periodic=True, dtype=np.float32):
        if n == 1:
            return np.ones(1, dtype)
        period = n if periodic and n % 2 == 0 else n - 1
        return (start - (1 - start) * np.cos(2 * np.pi * np.arange(n) / period)).astype(dtype)

    return window


hann, hamming = cosines(0.5), cosines(0.54)


def kaiser(n, beta=12.0, dtype=np.float32):
    return np.kaiser(n, beta).astype(dtype)


def derived(n, beta=12.0, dtype=np.float32):
    window = scipy.signal.windows.kaiser_bessel_derived(n - n % 2, beta)
    return window.astype(dtype)


def vorbis(n, dtype=np.float32):
    return np.sin(np.pi / 2 * np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2).astype(dtype)


def narrow(found, x):
    short = np.complex64 if np.iscomplexobj(found) else np.float32
    return found.astype(short) if x.dtype in (np.float32, np.complex64) else found


def short_time(x, size, step, fft_length=None, window_fn=tf.signal.hann_window, pad_end=False):
    window = {tf.signal.hann_window: hann, tf.signal.hamming_window: hamming}.get(window_fn)
    frames = framed(x, size, step, pad_end).astype(np.float64)
    if window is not None:
        frames = frames * window(size, dtype=np.float64)
    return narrow(np.fft.rfft(frames, fft_length or 2 ** math.ceil(math.log2(size))), x)


def inverse_short_time(x, size, step, fft_length=None, window_fn=tf.signal.hann_window):
    frames = np.fft.irfft(x, fft_length or 2 ** math.ceil(math.log2(size)))
    wide = np.zeros((*frames.shape[:-1], max(size, frames.shape[-1])))
    wide[..., : frames.shape[-1]] = frames
    window = np.ones(size) if window_fn is None else hann(size, dtype=np.float64)
    return narrow(added(wide[..., :size] * window, step), x)


def there_and_back(x, size, step):
    """What a perfect reconstruction leaves as it is."""
    spectra = tf.signal.stft(x, size, step)
    window = tf.signal.inverse_stft_window_fn(step)
    return tf.signal.inverse_stft(spectra, size, step, window_fn=window)[..., size:-size]


def lapped(x, size, norm=None, window_fn=tf.signal.vorbis_window):
    """The definition of the MDCT, frame by frame."""
    half = size // 2
    window = np.full(size, math.sqrt(0.5)) if window_fn is None else vorbis(size, np.float64)
    n, k = np.arange(size), np.arange(half)
    matrix = 2 * np.cos(np.pi / half * np.outer(n + 0.5 + half / 2, k + 0.5))
    scale = 1 / math.sqrt(2 * half) if norm == "ortho" else 1
    return narrow(framed(x, size, half) * window @ matrix * scale, x)


def lapped_and_back(x, size, norm, window_fn):
    spectra = tf.signal.mdct(x, size, window_fn=window_fn, norm=norm)
    found = tf.signal.inverse_mdct(spectra, window_fn=window_fn, norm=norm)
    return found[..., size // 2 : -size // 2]


def cosine(transform):
    def reference(x, type=2, n=None, axis=-1, norm=None):
        return transform(x, type, n, axis, norm or "backward")

    return reference


def undone(x, type=2, n=None, axis=-1, norm=None):
    return scipy.fft.dct(x, {1: 1, 2: 3, 3: 2, 4: 4}[type], n, axis, norm or "backward")


def with_tensors(function):
    """Every integer argument as a tensor."""

    def call(x, *sizes, **kwargs):
        sizes = [tf.constant(n) for n in sizes]
        return function(x, *sizes, **{k: tf.constant(v) for k, v in kwargs.items()})

    call.__name__ = f"{function.__name__} of tensors"
    return call


# Recorded: linear_to_mel_weight_matrix(3, 5, 8000, 125.0, 3800.0), float64.
MEL = [
    [0.0, 0.0, 0.0],
    [0.2952625859, 0.7047374141, 0.0],
    [0.0, 0.20445834, 0.79554166],
    [0.0, 0.0, 0.4615394715],
    [0.0, 0.0, 0.0],
]
# Recorded: inverse_mdct([[0, 1, 2, 3], [4, 5, 6, 7]]), float64.
LAPPED = [
    0.0284377266, -0.21380633, 0.4058760887, -0.4751007239, 1.0185028456, -1.0105404094,
    0.5623776865, -1.0182603451, 1.8525035429, -2.8266746775, -1.4890281932, 0.1108838331,
]  # fmt: skip

ROWS = [
    # ---- frames ----
    case(
        tf.signal.frame,
        floats(2, 11),
        each(1, 3, 4, 12),
        each(1, 2, 4, 5),
        pad_end=each(False, True),
        pad_value=0.5,
        ref=framed,
        dtypes=LONG,
    ),
    case(
        tf.signal.frame,
        floats(3, 8, 2),
        4,
        2,
        axis=each(0, 1, -2, 2),
        pad_end=True,
        ref=framed,
        dtypes=LONG,
    ),
    case(tf.signal.frame, ints(9), 3, 2, ref=framed),
    case(tf.signal.frame, strings(5), 2, 1, ref=framed),
    case(tf.signal.frame, bools(5), 2, 1, ref=framed),
    case(tf.signal.frame, floats(5), 0, 1, ref=framed, gradient=False, dtypes=LONG),
    case(tf.signal.frame, floats(3, 0), 2, 1, True, ref=framed, gradient=False, dtypes=LONG),
    case(with_tensors(tf.signal.frame), floats(9), 4, 2, ref=framed, dtypes=LONG),
    case(
        tf.signal.overlap_and_add,
        floats(2, 3, 4),
        each(1, 2, 3, 4, 5, 7),
        ref=added,
        dtypes=LONG,
    ),
    case(tf.signal.overlap_and_add, ints(3, 4), 2, ref=added, dtypes=["int32"]),
    case(tf.signal.overlap_and_add, complexes(3, 4), 3, ref=added),
    case(
        tf.signal.overlap_and_add,
        floats(0, 4),
        2,
        ref=lambda x, n: np.zeros(2, x.dtype),
        gradient=False,
        dtypes=LONG,
    ),
    case(with_tensors(tf.signal.overlap_and_add), floats(2, 3, 4), 3, ref=added, dtypes=LONG),
    # ---- windows ----
    case(tf.signal.hann_window, each(0, 1, 2, 3, 8, 9), each(True, False), ref=hann),
    case(tf.signal.hann_window, 6, dtype=each(tf.float64, tf.float16), ref=hann),
    case(tf.signal.hann_window, plain(np.int64(6)), ref=hann),
    case(tf.signal.hamming_window, each(0, 1, 2, 7, 8), each(True, False), ref=hamming),
    case(tf.signal.kaiser_window, each(1, 2, 3, 8), each(12.0, 2.0, 0.0), ref=kaiser),
    case(tf.signal.kaiser_window, 5, dtype=tf.float64, ref=kaiser),
    # TensorFlow's result of a negative beta.
    case(
        tf.signal.kaiser_window,
        4,
        -3.0,
        ref=lambda n, beta: np.float32([82.656395, 1.227906, 1.227906, 82.656395]),
    ),
    case(
        lambda beta: tf.signal.kaiser_window(5, beta),
        array(3.0, "float32"),
        ref=lambda beta: np.kaiser(5, beta).astype(np.float32),
        name="kaiser_window of a tensor's beta",
    ),
    case(tf.signal.kaiser_bessel_derived_window, each(2, 3, 8, 9), each(12.0, 2.0), ref=derived),
    case(
        tf.signal.kaiser_bessel_derived_window,
        each(0, 1),
        ref=lambda n: np.zeros(0, np.float32),
        name="kaiser_bessel_derived_window of nothing",
    ),
    case(tf.signal.vorbis_window, each(0, 1, 2, 5, 8), ref=vorbis),
    case(tf.signal.vorbis_window, 6, tf.float64, ref=vorbis),
    # ---- STFT ----
    case(
        tf.signal.stft,
        floats(2, 13),
        each(4, 5),
        2,
        fft_length=each(None, 8, 3),
        ref=short_time,
        dtypes=LONG,
    ),
    case(
        tf.signal.stft,
        floats(13),
        4,
        3,
        window_fn=each(None, tf.signal.hamming_window),
        pad_end=each(False, True),
        ref=short_time,
        dtypes=LONG,
    ),
    case(with_tensors(tf.signal.stft), floats(13), each(4, 5), 3, ref=short_time, dtypes=LONG),
    case(with_tensors(tf.signal.stft), floats(13), 5, 3, 8, ref=short_time, dtypes=LONG),
    case(
        tf.signal.inverse_stft,
        complexes(2, 4, 5),
        each(6, 8),
        each(2, 3),
        fft_length=each(None, 7, 4),
        ref=inverse_short_time,
        dtypes=COMPLEX,
    ),
    case(
        tf.signal.inverse_stft,
        complexes(4, 3),
        4,
        5,
        window_fn=None,
        ref=inverse_short_time,
        dtypes=COMPLEX,
    ),
    case(
        with_tensors(tf.signal.inverse_stft),
        complexes(4, 5),
        8,
        3,
        ref=inverse_short_time,
        dtypes=COMPLEX,
    ),
    case(there_and_back, floats(2, 24), 6, each(2, 3), ref=lambda x, n, _: x[:, n:-n], dtypes=LONG),
    case(
        lambda step, size: tf.signal.inverse_stft_window_fn(step)(size, dtype=tf.float32),
        2,
        each(1, 4, 5),
        ref=lambda step, size: np.float32({1: [1], 4: [0, 1, 1, 1], 5: [0, 1, 1, 1, 0]}[size]),
        name="inverse_stft_window_fn",
    ),
    case(
        lambda: tf.signal.inverse_stft_window_fn(2, tf.signal.hamming_window)(4, tf.float64),
        ref=lambda: np.array([0.08, 0.54, 1, 0.54]) / np.tile([1.0064, 0.5832], 2),
        name="inverse_stft_window_fn of another window",
    ),
    # ---- cosine transforms ----
    case(
        tf.signal.dct,
        floats(2, 5),
        each(2, 3, 4),
        n=each(None, 3, 7),
        norm=each(None, "ortho"),
        ref=cosine(scipy.fft.dct),
        dtypes=LONG,
    ),
    case(tf.signal.dct, floats(2, 5), 1, each(None, 3, 7), ref=cosine(scipy.fft.dct), dtypes=LONG),
    case(
        tf.signal.idct,
        floats(2, 5),
        each(2, 3, 4),
        n=each(None, 3, 7),
        norm=each(None, "ortho"),
        ref=undone,
        dtypes=LONG,
    ),
    case(tf.signal.idct, floats(2, 5), 1, ref=undone, dtypes=LONG),
    case(tf.signal.dct, floats(1), each(2, 3, 4), ref=cosine(scipy.fft.dct), dtypes=LONG),
    case(
        lambda x, n: tf.signal.dct(x, n=tf.constant(n)),
        floats(5),
        each(3, 8),
        ref=lambda x, n: scipy.fft.dct(x, n=n),
        dtypes=LONG,
        name="dct of a tensor's length",
    ),
    case(tf.signal.mdct, floats(2, 13), 8, norm=each(None, "ortho"), ref=lapped, dtypes=LONG),
    case(tf.signal.mdct, floats(9), 4, window_fn=None, ref=lapped, dtypes=LONG),
    case(
        lapped_and_back,
        floats(2, 24),
        8,
        norm=each(None, "ortho"),
        window_fn=each(None, tf.signal.vorbis_window, tf.signal.kaiser_bessel_derived_window),
        ref=lambda x, n, **_: x[:, n // 2 : -n // 2],
        dtypes=LONG,
    ),
    case(
        tf.signal.inverse_mdct,
        array([[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]]),
        ref=lambda x: np.array(LAPPED, x.dtype),
        dtypes=LONG,
        tol=1e-9,  # as many digits as are recorded
    ),
    case(
        tf.signal.mfccs_from_log_mel_spectrograms,
        floats(2, 5),
        ref=lambda x: scipy.fft.dct(x) / np.sqrt(x.dtype.type(10)),
        dtypes=LONG,
    ),
    # ---- mel ----
    case(
        tf.signal.linear_to_mel_weight_matrix,
        3,
        5,
        8000,
        125.0,
        3800.0,
        dtype=each(tf.float64, tf.float32),
        ref=lambda *_, dtype: np.array(MEL, dtype),
        tol=1e-9,  # as many digits as are recorded
    ),
    case(
        lambda rate: tf.signal.linear_to_mel_weight_matrix(3, 5, rate, 125.0, 3800.0),
        plain(tf.constant(8000)),
        ref=lambda rate: np.float32(MEL),
        name="linear_to_mel_weight_matrix of a tensor",
    ),
    # ---- errors ----
    error(tf.signal.frame, floats(5), [2], 1, raises=ValueError, match="Shape (1,) must have rank"),
    error(tf.signal.frame, floats(), 2, 1, raises=ValueError, match="must have rank at least 1"),
    error(tf.signal.frame, floats(5), -1, 1, raises=Invalid, match="must not be negative"),
    error(tf.signal.frame, floats(5), 2, 0, raises=Invalid, match="Integer division by zero"),
    error(tf.signal.frame, floats(5), 2.0, 1, raises=Invalid, match="must be an integer"),
    error(tf.signal.frame, floats(5), 2, 1, axis=1, raises=IndexError, match="axis 1 is out of"),
    error(tf.signal.frame, floats(5), 2, 1, axis=0.5, raises=TypeError, match="must be an integer"),
    error(tf.signal.frame, ints(5), 2, 1, True, 2.5, raises=TypeError, match="Cannot convert 2.5"),
    error(tf.signal.overlap_and_add, floats(5), 1, raises=ValueError, match="rank at least 2"),
    error(tf.signal.overlap_and_add, floats(2, 3), 1.5, raises=ValueError, match="an integer. Got"),
    error(tf.signal.overlap_and_add, floats(2, 3), 0, raises=Invalid, match="must be positive"),
    error(tf.signal.hann_window, 4, dtype=tf.int32, raises=ValueError, match="must be a floating"),
    error(tf.signal.hann_window, 4, None, raises=ValueError, match="Attempt to convert a value"),
    error(tf.signal.hann_window, -1, raises=Invalid, match="window_length must be at least 0"),
    error(tf.signal.hamming_window, [4], raises=ValueError, match="Shape (1,) must have rank 0"),
    error(tf.signal.hamming_window, 4.5, raises=TypeError, match="Cannot convert 4.5"),
    error(tf.signal.kaiser_window, 0, raises=Invalid, match="must be at least 1"),
    error(tf.signal.kaiser_window, 4, [1.0, 2.0], raises=Invalid, match="Incompatible shapes"),
    error(tf.signal.kaiser_bessel_derived_window, -1, raises=Invalid, match="at least 0, got -1"),
    error(tf.signal.vorbis_window, 4, tf.int32, raises=ValueError, match="must be a floating"),
    error(tf.signal.vorbis_window, "a", raises=TypeError, match="Cannot convert 'a'"),
    error(tf.signal.stft, ints(5), 2, 1, raises=ValueError, match="must be a floating point type"),
    error(tf.signal.stft, floats(), 2, 1, raises=ValueError, match="must have rank at least 1"),
    error(tf.signal.stft, floats(9), 4, 0, raises=Invalid, match="division by zero"),
    error(
        tf.signal.stft, floats(9), 4, 2, [8], raises=TypeError, match="fft_length must be a scal"
    ),
    error(tf.signal.stft, floats(9), 4, 2, -1, raises=Invalid, match="must >= 0, but got: -1"),
    error(tf.signal.inverse_stft, floats(3, 4), 4, 2, raises=ValueError, match="IRFFT requires"),
    error(tf.signal.inverse_stft, complexes(3), 4, 2, raises=ValueError, match="rank at least 2"),
    error(tf.signal.inverse_stft, complexes(3, 3), 4, 0, raises=Invalid, match="must be positive"),
    error(
        lambda: tf.signal.inverse_stft_window_fn(2)([4], tf.float32),
        raises=ValueError,
        match="Shape (1,) must have rank 0",
    ),
    error(tf.signal.dct, floats(5), 5, raises=ValueError, match="Types I, II, III and IV"),
    error(tf.signal.dct, floats(5), n=0, raises=ValueError, match="n should be a positive integer"),
    error(tf.signal.dct, floats(5), axis=0, raises=NotImplementedError, match="axis must be -1"),
    error(tf.signal.dct, floats(5), norm="foo", raises=ValueError, match="Unknown normalization"),
    error(tf.signal.dct, floats(5), 1, norm="ortho", raises=ValueError, match="not supported for"),
    error(tf.signal.dct, floats(1), 1, raises=ValueError, match="greater than one"),
    error(tf.signal.dct, ints(5), raises=TypeError, match="takes float32 or float64, not int32"),
    error(tf.signal.dct, floats(), raises=IndexError, match="scalar"),
    error(tf.signal.idct, floats(5), 0, raises=ValueError, match="Types I, II, III and IV"),
    error(tf.signal.mdct, floats(9), 6, raises=ValueError, match="must be a multiple of 4"),
    error(tf.signal.mdct, floats(9), 0, raises=Invalid, match="division by zero"),
    error(tf.signal.mdct, floats(9), 4.0, raises=ValueError, match="must be an integer"),
    error(tf.signal.mdct, floats(9), 4, norm="foo", raises=ValueError, match="Unknown normalizat"),
    error(tf.signal.inverse_mdct, floats(9), raises=ValueError, match="must have rank at least 2"),
    error(tf.signal.inverse_mdct, ints(3, 4), raises=TypeError, match="takes float32 or float64"),
    error(tf.signal.inverse_mdct, floats(3, 3), raises=Invalid, match="evenly divide"),
    error(
        tf.signal.mfccs_from_log_mel_spectrograms,
        floats(3, 0),
        raises=ValueError,
        match="num_mel_bins must be positive",
    ),
    error(tf.signal.linear_to_mel_weight_matrix, 0, raises=ValueError, match="must be positive. G"),
    error(
        tf.signal.linear_to_mel_weight_matrix, 3, 5.0, raises=TypeError, match="must be an integer"
    ),
    error(
        tf.signal.linear_to_mel_weight_matrix, 3, 5, 8000, 9.0, 8.0, raises=ValueError, match=">="
    ),
    error(
        tf.signal.linear_to_mel_weight_matrix,
        sample_rate=100,
        raises=ValueError,
        match="must not be larger than the Nyquist frequency",
    ),
]
