"""What every string is asked alone: its length, its letters in another case, its stripped ends.

The one idea: a string is bytes. Only what says UTF-8 looks at characters, and there bytes that are
none count as TensorFlow counts them, or become U+FFFD. The work over many strings is done by the
kernels of native/strings.py.

Read next: substr.py, then string_joining.py.
"""

from collections.abc import Callable

import numpy as np

from headrace._src.core.shape_rules import bracketed, same
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op
from headrace._src.native.strings import (
    string_are_plain,
    string_length,
    string_lower,
    string_strip,
    string_upper,
)

WHY = "Strings have no derivative."


def word(value: str | bytes) -> str:
    """An attribute as text: attributes that are strings may come as either."""
    return value.decode() if isinstance(value, bytes) else value


def octets(value: str | bytes) -> bytes:
    """An attribute as bytes."""
    return value.encode() if isinstance(value, str) else value


def check_int32(name: str, value: int) -> None:
    """Raises ValueError for an attribute that the kernels keep in an int32 and that is none."""
    if not -(2**31) <= value < 2**31:
        raise ValueError(f"Attr {name} has value {value} out of range for an int32")


def each(function: Callable[[bytes], bytes], strings: np.ndarray) -> np.ndarray:
    """An array of what `function` makes of every string."""
    found = np.fromiter(map(function, strings.ravel()), object, strings.size)
    return found.reshape(strings.shape)


def flat(strings: np.ndarray) -> np.ndarray:
    """An array as a vector, as kernels take it."""
    return np.ascontiguousarray(strings).reshape(-1)


def filled(kernel: Callable[..., int], strings: np.ndarray) -> np.ndarray:
    """What a kernel makes of every string."""
    out = np.empty(strings.size, object)
    kernel(strings.size, flat(strings), out)
    return out.reshape(strings.shape)


def clash(one: TensorShape, other: TensorShape, of_ranks: str) -> str:
    """What tracing says of two shapes that ought to be the same."""
    if one.rank != other.rank:
        return of_ranks.format(one.rank, other.rank)
    sizes = enumerate(zip(one, other, strict=True))
    axis, (a, b) = next((i, pair) for i, pair in sizes if None not in pair and pair[0] != pair[1])
    return (
        f"Dimension {axis} in both shapes must be equal, but are {a} and {b}. Shapes are "
        f"{bracketed(one)} and {bracketed(other)}."
    )


# ---- length --------------------------------------------------------------------------------------


@op("StringLength", shape=lambda input, unit: input, cost="host")
def length(input: Tensor, unit: str = "BYTE", name: str | None = None) -> Tensor:
    """The number of bytes of each string, or of its characters, as int32.

    unit: "BYTE", or "UTF8_CHAR" for characters; a byte that is no UTF-8 counts as one unless it
    looks like the middle of a character.

    >>> tf.strings.length(["caf\\u00e9", ""]).numpy()
    array([5, 0], dtype=int32)
    >>> tf.strings.length("caf\\u00e9", unit="UTF8_CHAR").numpy()
    np.int32(4)

    Raises tf.errors.InvalidArgumentError for another unit. Op: StringLength.
    """
    out = np.empty(input.size, np.int32)
    string_length(input.size, flat(input), int(word(unit) == "UTF8_CHAR"), out)
    return out.reshape(input.shape)


no_gradient(length, why=WHY)


# ---- case ----------------------------------------------------------------------------------------


@op("StringLower", shape=lambda input, encoding: input, cost="host")
def lower(input: Tensor, encoding: str = "", name: str | None = None) -> Tensor:
    """Strings with small letters.

    encoding: "" for the letters A to Z alone; "utf-8" for all letters that Unicode has, where bytes
    that are no UTF-8 become U+FFFD and a string ends at its first NUL, as in TensorFlow. Which
    letters there are says Python's version of Unicode.

    >>> tf.strings.lower(["ABC", "\\u00c9"]).numpy()
    array([b'abc', b'\\xc3\\x89'], dtype=object)
    >>> tf.strings.lower("\\u00c9", encoding="utf-8").numpy()
    b'\\xc3\\xa9'

    Raises tf.errors.InvalidArgumentError for another encoding. Op: StringLower.
    """
    return _in_case(input, encoding, string_lower, str.lower)


@op("StringUpper", shape=lambda input, encoding: input, cost="host")
def upper(input: Tensor, encoding: str = "", name: str | None = None) -> Tensor:
    """Strings with capital letters.

    encoding: "" for the letters a to z alone; "utf-8" for all letters that Unicode has, where bytes
    that are no UTF-8 become U+FFFD and a string ends at its first NUL, as in TensorFlow. Which
    letters there are says Python's version of Unicode.

    >>> tf.strings.upper(["abc", "stra\\u00dfe"], encoding="utf-8").numpy()
    array([b'ABC', b'STRASSE'], dtype=object)

    Raises tf.errors.InvalidArgumentError for another encoding. Op: StringUpper.
    """
    return _in_case(input, encoding, string_upper, str.upper)


def _in_case(
    strings: np.ndarray,
    encoding: str | bytes,
    kernel: Callable[..., int],
    of_text: Callable[[str], str],
) -> np.ndarray:
    encoding = word(encoding)
    if encoding not in ("", "utf-8"):
        raise ValueError(f"only utf-8 or '' (no encoding) is supported, received {encoding}")
    if not encoding or string_are_plain(strings.size, flat(strings)):
        return filled(kernel, strings)
    # All at once: NUL is no letter, so strings do not meet across it.
    together = b"\0".join(s.partition(b"\0")[0] for s in strings.flat)
    found = of_text(together.decode("utf-8", "replace")).encode().split(b"\0")
    return np.fromiter(found, object, strings.size).reshape(strings.shape)


no_gradient(lower, why=WHY)
no_gradient(upper, why=WHY)


# ---- ends ----------------------------------------------------------------------------------------


@op("StringStrip", shape=same, cost="host")
def strip(input: Tensor, name: str | None = None) -> Tensor:
    """Strings without the white space of ASCII at both ends.

    >>> tf.strings.strip([" a b ", "c\\n"]).numpy()
    array([b'a b', b'c'], dtype=object)

    Raises TypeError for what is no string. Op: StringStrip.
    """
    return filled(string_strip, input)


no_gradient(strip, why=WHY)
