"""The rest of `tf.compat`: text and bytes, kinds of numbers, and the horizon of compatibility.

The one idea: TensorFlow keeps strings as bytes while Python keeps text, and old code crosses that
line by these functions rather than by `encode` and `decode`, because they take either.
`dimension_value` and `dimension_at_index`, the other two names of the namespace, live with the
shapes that they read.

Read next: `shapes.py`.
"""

from __future__ import annotations

import codecs
import contextlib
import datetime
import logging
import numbers
from collections.abc import Iterator
from typing import Any

import numpy as np

bytes_or_text_types = (bytes, str)
integral_types = (numbers.Integral, np.integer)
real_types = (numbers.Real, np.integer, np.floating)
complex_types = (numbers.Complex, np.number)


def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    """The bytes of a text; bytes come back as they are.

    Raises:
        TypeError: neither text nor bytes (nor a bytearray).
        LookupError: there is no such encoding.

    >>> tf.compat.as_bytes("é")
    b'\\xc3\\xa9'
    """
    codecs.lookup(encoding)  # a wrong name shows even where nothing is to be encoded
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text
    if isinstance(bytes_or_text, bytearray):
        return bytes(bytes_or_text)
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """The text that bytes spell; text comes back as it is.

    Raises:
        TypeError: neither text nor bytes.
        LookupError: there is no such encoding.
        UnicodeDecodeError: the bytes are no text in that encoding.

    >>> tf.compat.as_text(b"abc")
    'abc'
    """
    codecs.lookup(encoding)
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


def as_str(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """The `str` that bytes spell: `tf.compat.as_text` under its older name.

    Raises: as `tf.compat.as_text`.

    >>> tf.compat.as_str(b"abc")
    'abc'
    """
    return as_text(bytes_or_text, encoding)


def as_str_any(value: Any, encoding: str = "utf-8") -> str:
    """The text that bytes spell, and `str(value)` of anything else.

    Raises: as `tf.compat.as_text`, for bytes.

    >>> tf.compat.as_str_any(b"abc"), tf.compat.as_str_any(12)
    ('abc', '12')
    """
    return as_text(value, encoding) if isinstance(value, bytes) else str(value)


def path_to_str(path: Any) -> Any:
    """The text of a path object; what is none, such as a `str`, comes back as it is.

    >>> import pathlib
    >>> tf.compat.path_to_str(pathlib.PurePosixPath("a", "b"))
    'a/b'
    """
    return as_str_any(path.__fspath__()) if hasattr(path, "__fspath__") else path


# A program may use what is younger than this day only if it does not care that older versions
# cannot read what it writes. This is the day of TensorFlow 2.21.
_horizon = datetime.date(2026, 1, 16)


def forward_compatible(year: int, month: int, day: int) -> bool:
    """Whether a feature of that day may be used: whether it is older than the horizon.

    Args:
        year, month, day: the day on which readers learnt the feature; it need not exist.

    >>> tf.compat.forward_compatible(2020, 1, 1)
    True
    """
    return (year, month, day) < (_horizon.year, _horizon.month, _horizon.day)


@contextlib.contextmanager
def forward_compatibility_horizon(year: int, month: int, day: int) -> Iterator[None]:
    """A context in which the horizon of `tf.compat.forward_compatible` lies on a later day.

    A day before the present horizon is ignored, with a warning in the log. The horizon belongs to
    the process, not to the thread. On leaving, the horizon from before comes back.

    Raises:
        ValueError: there is no such day.

    >>> with tf.compat.forward_compatibility_horizon(2099, 1, 1):
    ...     tf.compat.forward_compatible(2098, 1, 1)
    True
    """
    global _horizon
    before, wanted = _horizon, datetime.date(year, month, day)
    if wanted < before:
        logging.getLogger("tensorflow").warning(
            "Trying to set the forward compatibility date to the past date %s. "
            "This will be ignored by TensorFlow.",
            wanted,
        )
        wanted = before
    _horizon = wanted
    try:
        yield
    finally:
        _horizon = before
