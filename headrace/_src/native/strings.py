"""Kernels over many strings: how long they are, their case, their ends, their parts,
the numbers they spell.

The one idea: each says in Python what native/string_ops.cpp says in C++. Both fill arrays that the
caller has made, and bytes that are no ASCII are nobody's letters and nobody's space.

Read next: ops/strings.py, which calls them.
"""

import re

import numpy as np

from headrace._src.native import kernel

CONTINUATIONS = bytes(range(0x80, 0xC0))  # in UTF-8: the bytes that begin no character


@kernel
def string_length(count: int, strings: np.ndarray, in_characters: int, out: np.ndarray) -> int:
    if in_characters:
        out[:] = [len(string.translate(None, CONTINUATIONS)) for string in strings]
    else:
        out[:] = np.fromiter(map(len, strings), np.int32, count)
    return 0


@kernel
def string_lower(count: int, strings: np.ndarray, out: np.ndarray) -> int:
    out[:] = np.fromiter(map(bytes.lower, strings), object, count)
    return 0


@kernel
def string_upper(count: int, strings: np.ndarray, out: np.ndarray) -> int:
    out[:] = np.fromiter(map(bytes.upper, strings), object, count)
    return 0


@kernel
def string_strip(count: int, strings: np.ndarray, out: np.ndarray) -> int:
    out[:] = np.fromiter(map(bytes.strip, strings), object, count)
    return 0


@kernel
def string_are_plain(count: int, strings: np.ndarray) -> int:
    """1 if no string holds NUL or a byte above 127."""
    return int(all(string.isascii() and b"\0" not in string for string in strings))


@kernel
def string_join(
    count: int, rows: int, strings: np.ndarray, separator: bytes, size: int, out: np.ndarray
) -> int:
    """`strings` holds `count` rows of `rows` strings each; every row becomes one."""
    out[:] = list(map(separator.join, strings.reshape(count, rows)))
    return 0


@kernel
def segment_join(
    count: int,
    width: int,
    strings: np.ndarray,
    segments: np.ndarray,
    separator: bytes,
    size: int,
    rows: int,
    out: np.ndarray,
) -> int:
    """`strings` holds `count` rows of `width` strings; those of one segment become one row."""
    order = np.argsort(segments, kind="stable")
    ends = np.searchsorted(segments[order], np.arange(rows), side="right").tolist()
    columns = strings.reshape(count, width)[order].T
    for place, column in enumerate(columns.tolist()):
        bounds = zip([0, *ends], ends, strict=False)
        out[place::width] = [separator.join(column[begin:end]) for begin, end in bounds]
    return 0


@kernel
def string_substr(
    count: int,
    strings: np.ndarray,
    each: int,
    begins: np.ndarray,
    sizes: np.ndarray,
    out: np.ndarray,
) -> int:
    """Parts by bytes; the place of the first string that has none there, or -1.

    A negative begin counts from the end, and a negative size means all that follows. `each` is 1
    where every string has its own begin and size, 0 where there is one of them for all.
    """
    bounds = np.broadcast_to(np.stack([begins, sizes], 1), (count, 2)).tolist()
    for i, (string, (begin, size)) in enumerate(zip(strings, bounds, strict=True)):
        if not -len(string) <= begin <= len(string):
            return i
        begin += len(string) if begin < 0 else 0
        out[i] = string[begin : begin + size if size >= 0 else None]
    return -1


@kernel
def string_windows(
    rows: int,
    splits: np.ndarray,
    strings: np.ndarray,
    texts: np.ndarray,
    kinds: int,
    widths: np.ndarray,
    padding: int,
    keeps_short: int,
    out: np.ndarray,
) -> int:
    """The windows over each row of strings, joined; width after width.

    texts: what is put between strings, before a row and after it. padding: how many are put there,
    or a negative number for one less than the width. keeps_short: whether a row that has strings
    and no window becomes one as it is.
    """
    between, left, right = texts
    found: list[bytes] = []
    for begin, end in zip(splits[:-1].tolist(), splits[1:].tolist(), strict=True):
        row, before = strings[begin:end].tolist(), len(found)
        for width in widths.tolist():
            pads = width - 1 if padding < 0 else min(padding, width - 1)
            padded = [left] * pads + row + [right] * pads
            found += map(between.join, zip(*(padded[i:] for i in range(width)), strict=False))
        if keeps_short and len(found) == before and row:
            pads = max(padding, 0)
            found.append(between.join([left] * pads + row + [right] * pads))
    out[:] = found
    return 0


# ---- splitting: first how many parts, then the parts ---------------------------------------------


def parts(string: bytes, separator: bytes, limit: int) -> list[bytes]:
    """The parts of a string as the op StringSplitV2 has them.

    separator: empty for runs of white space, which at the ends separate nothing. limit: how often
    to split, or a negative number. As TensorFlow has it, white space that is left over after the
    last split leaves an empty part.
    """
    if limit == 0:
        return [string]
    if separator:
        return string.split(separator, limit)
    found = string.split(None, limit)
    if len(found) == limit:
        found.append(b"")
    return found


@kernel
def split_counts(
    count: int, strings: np.ndarray, separator: bytes, size: int, limit: int, out: np.ndarray
) -> int:
    """How many parts each string has."""
    out[:] = [len(parts(string, separator, limit)) for string in strings]
    return 0


@kernel
def split_parts(
    count: int, strings: np.ndarray, separator: bytes, size: int, limit: int, out: np.ndarray
) -> int:
    """All parts of all strings; `out` has as many places as `split_counts` says."""
    out[:] = [part for string in strings for part in parts(string, separator, limit)]
    return 0


@kernel
def string_bytes(count: int, strings: np.ndarray, out: np.ndarray) -> int:
    """All bytes of all strings, each a string."""
    out[:] = ALL_BYTES[np.frombuffer(b"".join(strings), np.uint8)]
    return 0


# ---- numbers -------------------------------------------------------------------------------------


@kernel
def decimal_floats(count: int, strings: np.ndarray, size: int, out: np.ndarray) -> int:
    """Floats of `size` bytes; the place of the first string that is no plain decimal, or -1.

    What is left to others: hexadecimal numbers, numbers out of range, and what is none.
    """
    for place, string in enumerate(strings):
        try:
            found = float(string) if b"_" not in string else None
        except ValueError:
            found = None
        if found is None or (size == 4 and not _is_rounded_once(found, string)):
            return place
        out[place] = found
    return -1


def _is_rounded_once(value: float, string: bytes) -> bool:
    """Whether the float32 next to `value` is surely the one next to what the string spells."""
    found = np.float32(value)
    other = np.nextafter(found, np.float32(np.inf if value > found else -np.inf))
    return value == found or value - float(found) != float(other) - value or found != found


@kernel
def decimal_integers(count: int, strings: np.ndarray, low: int, high: int, out: np.ndarray) -> int:
    """The place of the first string that is no decimal number from `low` to `high`, or -1.

    From zero on there is no -0 either.
    """
    for place, string in enumerate(strings):
        form = _INTEGER if low < 0 else _NO_MINUS
        found = form.fullmatch(string)
        if not found or not low <= (value := int(found[1] + found[2])) <= high:
            return place
        out[place] = value
    return -1


# Sign and digits. Twenty are more than 64 bits have, and Python refuses to read thousands.
_INTEGER = re.compile(rb"\s*([+-]?)0*([0-9]{1,20})\s*")
_NO_MINUS = re.compile(rb"\s*(\+?)0*([0-9]{1,20})\s*")


@kernel
def floats_written(count: int, values: np.ndarray, form: bytes, out: np.ndarray) -> int:
    """Every number in C's format."""
    # One format for all: a call for each would take three times as long.
    out[:] = ((form + b"\0") * count % tuple(values.tolist())).split(b"\0")[:-1]
    for place in np.flatnonzero(~np.isfinite(values)).tolist():
        out[place] = _not_finite(values[place], form)
    return 0


def _not_finite(value: np.floating, form: bytes) -> bytes:
    """C fills with zeros only in front of digits, and knows the sign of NaN."""
    form = form.replace(b"%0", b"%")
    if np.isnan(value) and np.signbit(value):
        return (form % float("-inf")).replace(b"inf", b"nan")
    return form % float(value)


@kernel
def integers_written(count: int, values: np.ndarray, out: np.ndarray) -> int:
    out[:] = (b"%d " * count % tuple(values.tolist())).split()
    return 0


ALL_BYTES = np.fromiter((bytes([i]) for i in range(256)), object, 256)
