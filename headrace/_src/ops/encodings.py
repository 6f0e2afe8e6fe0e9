"""Bytes as characters: what strings spell in an encoding, and where the bytes of each begin.

The one idea: a string becomes text in which every place that spells nothing is a mark, one of the
code points that no text can hold. What is to become of the marks (an error, another character,
nothing) is decided afterwards, for all strings at once. Valid UTF-8, by far the commonest, is
decoded in one piece for all strings.

The tables are Python's. Those of ICU, which TensorFlow asks, differ in some code points of IBM's
and East Asian encodings.

Read next: unicode.py.
"""

import codecs
from functools import cache
from typing import Any, NamedTuple

import numpy as np

MARK = 0xDC00  # for no bytes; plus one for each byte that spells nothing
_HANDLER = "headrace.mark"


def _mark(error: Any) -> tuple[str, int]:
    return chr(MARK + error.end - error.start), error.end


codecs.register_error(_HANDLER, _mark)


def is_mark(points: np.ndarray) -> np.ndarray:
    """Which code points stand for bytes that spell nothing."""
    return points & ~0x3FF == MARK


# What both Python and ICU have, as Python calls it.
_COMMON = frozenset(
    """ascii utf-8 utf-7 utf-16 utf-16-be utf-16-le utf-32 utf-32-be utf-32-le big5 big5hkscs euc_jp
    euc_kr gb18030 gb2312 gbk hz shift_jis iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_kr cp037
    cp1026 cp1125 cp1140 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp273 cp424
    cp437 cp500 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866 cp869
    cp932 cp949 cp950 hp-roman8 koi8-r koi8-u mac-cyrillic mac-latin2 mac-roman tis-620 iso8859-1
    iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10
    iso8859-11 iso8859-13 iso8859-14 iso8859-15""".split()
)
# Without a mark of the order of bytes, the larger ones come first.
_BY_MARK = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}


class Characters(NamedTuple):
    """The characters of many strings.

    points: their code points, a mark where bytes spell nothing. starts: for each the place of its
    first byte in its string; None where nobody asked. counts: how many each string has.
    """

    points: np.ndarray
    starts: np.ndarray | None
    counts: np.ndarray


@cache
def known(encoding: str) -> str:
    """Python's name of an encoding; raises ValueError where there is none."""
    if encoding is None:
        raise TypeError("Expected string for argument 'input_encoding' not None.")
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        name = ""
    if name not in _COMMON:
        raise ValueError(f"Could not create converter for input encoding: {encoding}")
    return name


def decoded(strings: np.ndarray, encoding: str, with_starts: bool) -> Characters:
    """The characters of a vector of strings."""
    name = known(encoding)
    if name in ("utf-8", "ascii"):
        found = _in_one_piece(strings, name, with_starts)
        if found is not None:
            return found
    rows = [_one(string, name, with_starts) for string in strings]
    counts = np.fromiter((len(points) for points, _ in rows), np.int64, len(rows))
    points = np.concatenate([np.empty(0, np.int32), *(points for points, _ in rows)])
    starts = None
    if with_starts:
        starts = np.concatenate([np.empty(0, np.int64), *(starts for _, starts in rows)])
    return Characters(points, starts, counts)


def is_valid_utf8(strings: np.ndarray) -> bool:
    """Whether every string is UTF-8."""
    return _in_one_piece(strings, "utf-8", False) is not None


def _in_one_piece(strings: np.ndarray, name: str, with_starts: bool) -> Characters | None:
    """All strings end to end, decoded at once; None where that is not valid."""
    together = b"".join(strings)
    try:
        text = together.decode(name)
    except UnicodeDecodeError:
        return None
    begins_one = (np.frombuffer(together, np.uint8) & 0xC0) != 0x80
    at = np.flatnonzero(begins_one)
    ends = np.cumsum(np.fromiter(map(len, strings), np.int64, len(strings)))
    begins = np.concatenate([[0], ends[:-1]]) if len(ends) else ends
    inner = begins[begins < len(together)]
    if not begins_one[inner].all():
        return None  # the end of one string and the beginning of the next made a character
    counts = np.diff(np.searchsorted(at, np.append(begins, len(together))))
    points = np.frombuffer(text.encode("utf-32-le"), np.int32)
    starts = at - np.repeat(begins, counts) if with_starts else None
    return Characters(points, starts, counts)


# ---- one string ----------------------------------------------------------------------------------


def _one(string: bytes, name: str, with_starts: bool) -> tuple[np.ndarray, np.ndarray]:
    """Code points and where their bytes begin."""
    skipped = 0
    if name in _BY_MARK:
        little, big = _BY_MARK[name]
        order = "-le" if string.startswith(little) else "-be"
        skipped = len(little) if string.startswith((little, big)) else 0
        name += order
    data = string[skipped:]
    if (table := _table(name)) is not None:
        points = table[np.frombuffer(data, np.uint8)]
        return points, np.arange(len(points))
    if not with_starts:
        return _points(data.decode(name, _HANDLER)), _NOWHERE
    points, starts = _with_starts(data, name)
    # The first character owns the bytes that tell the order.
    starts[1:] += skipped
    return points, starts


_NOWHERE = np.empty(0, np.int64)


def _points(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.int32)


@cache
def _table(name: str) -> np.ndarray | None:
    """The code points of all bytes, where each is a character; else None."""
    if name.startswith(("utf-", "iso2022", "hz")):
        return None
    points = [_points(bytes([byte]).decode(name, _HANDLER)) for byte in range(256)]
    is_single = len(bytes(range(256)).decode(name, _HANDLER)) == 256
    if not is_single or any(len(point) != 1 for point in points):
        return None
    table = np.concatenate(points)
    if name.startswith("cp125"):  # Windows has the controls of C1 where it has nothing else
        table = np.where(is_mark(table), np.arange(256, dtype=np.int32), table)
    return table


def _with_starts(data: bytes, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Code points and where their bytes begin, from how many bytes each is made of."""
    if not name.startswith("utf-") or name == "utf-7":
        return _byte_by_byte(data, name)
    points = _points(data.decode(name, _HANDLER))
    if name == "utf-8":
        above = [points >= first for first in (0x80, 0x800, 0x10000)]
        lengths = 1 + np.sum(above, axis=0, dtype=np.int64)
    elif name.startswith("utf-16"):
        lengths = np.where(points >= 0x10000, 4, 2)
    else:
        lengths = np.full(len(points), 4)
    lengths = np.where(is_mark(points), points - MARK, lengths)
    return points, np.cumsum(lengths) - lengths


def _byte_by_byte(data: bytes, name: str) -> tuple[np.ndarray, np.ndarray]:
    """The same for an encoding that only its decoder understands."""
    decoder = codecs.getincrementaldecoder(name)(_HANDLER)
    points: list[int] = []
    starts: list[int] = []
    start = 0
    for place in range(len(data) + 1):
        text = decoder.decode(data[place : place + 1], place == len(data))
        for point in map(ord, text):
            points.append(point)
            starts.append(start)
            start += point - MARK if point & ~0x3FF == MARK else 0
        if text and not is_mark(np.array(points[-1])):
            start = place + 1
    return np.array(points, np.int32), np.array(starts, np.int64)
