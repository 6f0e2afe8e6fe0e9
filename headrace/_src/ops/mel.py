"""From frequencies to the mel scale, which is even to the ear.

The one idea: on the mel scale bins are triangles of one width that overlap by half; the matrix says
how much of each frequency of a spectrum falls into each.

Read next: ops/dct.py (`mfccs_from_log_mel_spectrograms`).
"""

import math
from typing import Any

from headrace._src.core.dtypes import DType, float32, int32
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.ops.array import expand_dims
from headrace._src.ops.cast import cast
from headrace._src.ops.math import maximum, minimum
from headrace._src.ops.padding import pad_op
from headrace._src.ops.powers import log
from headrace._src.ops.ranges import linspace

# O'Shaughnessy's formula, as in HTK: 1127 * ln(1 + hertz / 700).
_MELS, _HERTZ = 1127.0, 700.0


def _mel(hertz: Tensor) -> Tensor:
    return _MELS * log(1.0 + hertz / _HERTZ)


def _number(value: Any) -> Any:
    """A number for comparisons, all of which NaN fails: what a tensor is that is not yet known."""
    if not isinstance(value, Tensor):
        return value
    known = known_value(value)
    return math.nan if known is None else known.item()


def _check(num_mel_bins: Any, sample_rate: Any, low: Any, high: Any, dtype: DType) -> None:
    bins, rate, bottom, top = map(_number, (num_mel_bins, sample_rate, low, high))
    if bins <= 0:
        raise ValueError(f"num_mel_bins must be positive. Got: {num_mel_bins}")
    if bottom < 0:
        raise ValueError(f"lower_edge_hertz must be non-negative. Got: {bottom}")
    if bottom >= top:
        raise ValueError(f"lower_edge_hertz {bottom} >= upper_edge_hertz {top}")
    if rate <= 0:
        raise ValueError(f"sample_rate must be positive. Got: {rate}")
    if top > rate / 2:
        raise ValueError(
            "upper_edge_hertz must not be larger than the Nyquist frequency (sample_rate / 2). "
            f"Got {high} for sample_rate: {rate}"
        )
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Got: {dtype!r}")


def linear_to_mel_weight_matrix(
    num_mel_bins: Any = 20,
    num_spectrogram_bins: Any = 129,
    sample_rate: Any = 8000,
    lower_edge_hertz: Any = 125.0,
    upper_edge_hertz: Any = 3800.0,
    dtype: DType = float32,
    name: str | None = None,
) -> Tensor:
    """The matrix [num_spectrogram_bins, num_mel_bins] that takes a spectrum to the mel scale.

    num_spectrogram_bins: how many frequencies a spectrum has, from 0 to half of `sample_rate`.
    lower_edge_hertz, upper_edge_hertz: where the mel bins begin and end. dtype: a floating type.
    name: not used.

    >>> tf.signal.linear_to_mel_weight_matrix(2, 5, 8000, 100., 3000.).numpy().round(3)
    array([[0.   , 0.   ],
           [0.523, 0.477],
           [0.   , 0.617],
           [0.   , 0.   ],
           [0.   , 0.   ]], dtype=float32)

    Raises ValueError where the numbers fit no spectrum, and for another dtype, TypeError for what
    is no number. Source: O'Shaughnessy 1987, in the form of HTK.
    """
    _check(num_mel_bins, sample_rate, lower_edge_hertz, upper_edge_hertz, dtype)
    rate, low, high = (
        cast(convert(value), dtype) for value in (sample_rate, lower_edge_hertz, upper_edge_hertz)
    )
    count = convert(num_spectrogram_bins)
    if not count.dtype.is_integer:
        raise TypeError(f"num_spectrogram_bins must be an integer, not a {count.dtype.name}.")
    bins = convert(num_mel_bins)
    if not bins.dtype.is_integer:
        raise TypeError(f"num_mel_bins must be an integer, not a {bins.dtype.name}.")
    # Frequency 0 is in no bin.
    place = expand_dims(_mel(linspace(rate * 0, rate / 2, cast(count, int32))[1:]), 1)
    edges = linspace(_mel(low), _mel(high), cast(bins, int32) + 2)
    start, middle, end = edges[:-2], edges[1:-1], edges[2:]
    rise = (place - start) / (middle - start)
    fall = (end - place) / (end - middle)
    return pad_op(maximum(convert(0.0, dtype), minimum(rise, fall)), ((1, 0), (0, 0)))
