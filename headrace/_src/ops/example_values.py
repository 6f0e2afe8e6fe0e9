"""The values of one feature of many examples, out of the bytes that they are in.

A feature is one of three lists; nearly always its bytes are

    kind  length  10  length  the values, packed

so that its length tells what comes before the values. The one idea: features of that form are read
all at once, as one array of bytes; whatever else the wire format allows is brought into it by
protobuf, feature by feature.

Wire format: https://protobuf.dev/programming-guides/encoding.

Read next: ops/examples.py.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, float32, int64, string
from headrace._src.ops.serialization import varint

# What the first byte of a feature's bytes tells.
_KINDS = {10: "string", 18: "float", 26: "int64"}
_BYTES = {string: 10, float32: 18, int64: 26}
_FIELDS = {string: "bytes_list", float32: "float_list", int64: "int64_list"}


class WrongKind(Exception):
    """A feature holds values of another dtype: the place of the feature, and what it holds."""


def values_of(features: Sequence[bytes | None], dtype: DType) -> tuple[np.ndarray, np.ndarray]:
    """All values of all features in one row, and how many each feature has.

    features: the bytes of each; None or none at all where there is no such feature. dtype: float32,
        int64 or string.

    Raises WrongKind, and ValueError for bytes that are no feature; both name the place first.
    """
    where = None
    present: Any = features
    if None in features or b"" in features:
        present = [each for each in features if each]
        where = np.array([*map(bool, features)], bool)
    try:
        values, counts = _read(present, dtype)
    except (WrongKind, ValueError) as error:
        place = error.args[0] if where is None else int(np.flatnonzero(where)[error.args[0]])
        raise type(error)(place, *error.args[1:]) from None
    if where is not None:
        all_counts = np.zeros(len(features), np.int64)
        all_counts[where] = counts
        counts = all_counts
    return values, counts


def _read(features: list[bytes], dtype: DType) -> tuple[np.ndarray, np.ndarray]:
    if dtype is string:
        return _strings(features)
    data, sizes = _packed(features, dtype)
    if dtype is float32:
        if data.size % 4 or (sizes % 4).any():
            raise ValueError(int(np.flatnonzero(sizes % 4)[0]))
        return data.view("<f4").astype(np.float32, copy=False), sizes // 4
    return _integers(data, sizes)


# ---- numbers -------------------------------------------------------------------------------------


def _packed(features: list[bytes], dtype: DType) -> tuple[np.ndarray, np.ndarray]:
    """The packed values of all features, and how many bytes of them each has."""
    heads = _usual_heads(features, _BYTES[dtype])
    if type(heads) is int:
        rows = np.frombuffer(b"".join(features), np.uint8).reshape(len(features), -1)[:, heads:]
        return rows.reshape(-1), np.full(len(features), rows.shape[1])
    if heads is None:
        pieces = [_payload(each, dtype, place) for place, each in enumerate(features)]
    else:
        pieces = [each[head:] for each, head in zip(features, heads)]
    sizes = np.array([*map(len, pieces)], np.int64)
    return np.frombuffer(b"".join(pieces), np.uint8), sizes


def _usual_heads(features: list[bytes], kind: int) -> Any:
    """How many bytes come before the values of each feature: a number if all are of one length,
    else a list; None where some feature has not the usual form.
    """
    lengths = {*map(len, features)}
    if len(lengths) == 1:
        head = _head(kind, lengths.pop())
        return len(head) if all(map(bytes.startswith, features, repeat(head))) else None
    heads = [_head(kind, len(each)) for each in features]
    return [*map(len, heads)] if all(map(bytes.startswith, features, heads)) else None


@lru_cache(maxsize=4096)
def _head(kind: int, length: int) -> bytes:
    """With what a feature of so many bytes begins if it has the usual form."""
    for inner in range(length - 4, length - 16, -1):
        if inner > 0:
            part = b"\n" + varint(inner)
            head = bytes([kind]) + varint(len(part) + inner) + part
            if len(head) + inner == length:
                return head
    return b"\0"  # with which no feature begins


def _payload(feature: bytes, dtype: DType, place: int) -> bytes:
    """The packed values of one feature."""
    kind = feature[0]
    if kind == _BYTES[dtype]:
        size, start = _length(feature, 1)
        if size == 0 and start == len(feature):
            return b""
        if start + size == len(feature) and feature[start] == 10:
            size, start = _length(feature, start + 1)
            if start + size == len(feature):
                return feature[start:]
    message = _message(feature, dtype, place)
    packed = getattr(message, _FIELDS[dtype]).SerializeToString()
    return packed[_length(packed, 1)[1] :] if packed else b""


def _length(data: bytes, place: int) -> tuple[int, int]:
    """The length that stands at `place`, and the place behind it."""
    size = shift = 0
    while place < len(data):
        byte = data[place]
        place += 1
        size |= (byte & 127) << shift
        if byte < 128:
            return size, place
        shift += 7
    return -1, place


def _message(feature: bytes, dtype: DType, place: int) -> Any:
    """A feature as protobuf reads it."""
    from google.protobuf.message import DecodeError

    from headrace._src.proto.example import Feature

    try:
        message = Feature.FromString(feature)
    except DecodeError:
        raise ValueError(place) from None
    kind = message.WhichOneof("kind")
    if kind is not None and kind != _FIELDS[dtype]:
        byte = next(_BYTES[d] for d, field in _FIELDS.items() if field == kind)
        raise WrongKind(place, _KINDS[byte])
    return message


def _integers(data: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Varints: seven bits in each byte, the lowest first; the highest bit says that more follow."""
    is_last = data < 128
    if is_last.all():
        return data.astype(np.int64), sizes
    ends = np.flatnonzero(is_last)
    row_ends = np.cumsum(sizes)
    filled = np.flatnonzero(sizes)
    open_rows = filled[~is_last[row_ends[filled] - 1]]
    if open_rows.size:
        raise ValueError(int(open_rows[0]))
    counts = np.diff(np.searchsorted(ends, row_ends), prepend=0)
    starts = np.empty_like(ends)
    starts[0] = 0
    starts[1:] = ends[:-1] + 1
    lengths = ends - starts + 1
    if lengths.max() > 10:
        raise ValueError(int(np.searchsorted(row_ends, starts[lengths.argmax()], "right")))
    values = (data[starts] & 127).astype(np.uint64)
    for place in range(1, int(lengths.max())):
        longer = np.flatnonzero(lengths > place)
        part = (data[starts[longer] + place] & 127).astype(np.uint64)
        values[longer] |= part << np.uint64(7 * place)
    return values.view(np.int64), counts


# ---- strings -------------------------------------------------------------------------------------


def _strings(features: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    heads = _usual_heads(features, _BYTES[string])
    if heads is not None:  # one string in each
        each_head = repeat(heads) if type(heads) is int else heads
        out = np.empty(len(features), object)
        out[:] = [feature[head:] for feature, head in zip(features, each_head)]
        return out, np.ones(len(features), np.int64)
    items: list[bytes] = []
    counts = np.empty(len(features), np.int64)
    for place, feature in enumerate(features):
        before = len(items)
        items += _message(feature, string, place).bytes_list.value
        counts[place] = len(items) - before
    out = np.empty(len(items), object)
    out[:] = items
    return out, counts
