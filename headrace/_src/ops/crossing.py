"""Combinations of features, row by row: as joined text or as one hash.

The one idea: a column gives every row some features, whatever it was made of: values one after the
other, and where each row begins. A row's combinations are numbered like the digits of a clock, the
last column fastest, so which feature of a column stands in which combination is arithmetic, done
for all rows at once.

Read next: sparse_cross.py, ragged/cross.py.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from headrace._src.native.hashes import MURMUR, fingerprint_buckets

# The hash key where none is given.
DEFAULT_KEY = 0xDECAFCAFFE


class Column(NamedTuple):
    """values: strings or int64. splits: where each row begins in them, and the end."""

    values: np.ndarray
    splits: np.ndarray


def dense_column(matrix: np.ndarray) -> Column:
    """A matrix as a column: every row has as many features as it is wide."""
    rows, width = matrix.shape
    return Column(matrix.reshape(-1), np.arange(rows + 1) * width)


def sparse_column(indices: np.ndarray, values: np.ndarray, rows: int) -> Column:
    """A sparse matrix as a column; raises ValueError for a row that there is not."""
    own = indices[:, 0]
    outside = own[(own < 0) | (own >= rows)]
    if outside.size:
        raise ValueError(f"Got row {outside[0]} outside of the batch of {rows}")
    if (np.diff(own) < 0).any():
        order = np.argsort(own, kind="stable")
        own, values = own[order], values[order]
    return Column(values, np.searchsorted(own, np.arange(rows + 1)))


def combinations(columns: Sequence[Column], rows: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Where the combinations of each row begin, and the places of their features in each column."""
    counts = [np.diff(column.splits) for column in columns]
    every = np.multiply.reduce(counts, axis=0) if counts else np.zeros(rows, np.int64)
    splits = np.concatenate([[0], np.cumsum(every)]).astype(np.int64)
    row = np.repeat(np.arange(rows), every)
    number = np.arange(splits[-1]) - splits[row]
    places: list[np.ndarray] = []
    for column, count in zip(reversed(columns), reversed(counts)):
        number, digit = np.divmod(number, count[row])
        places.insert(0, column.splits[row] + digit)
    return splits, places


def texts(values: np.ndarray) -> np.ndarray:
    """Features as strings."""
    if values.dtype == object:
        return values
    out = np.empty(values.shape, object)
    out[:] = [b"%d" % number for number in values.tolist()]
    return out


def joined(columns: Sequence[Column], places: list[np.ndarray], separator: bytes) -> np.ndarray:
    """The text of each combination."""
    features = [texts(own.values)[at].tolist() for own, at in zip(columns, places)]
    out = np.empty(len(places[0]) if places else 0, object)
    out[:] = [separator.join(some) for some in zip(*features)]
    return out


# ---- hashes --------------------------------------------------------------------------------------


def fingerprints(values: np.ndarray) -> np.ndarray:
    """Features as 64 bits: of a string its fingerprint, a number as it is."""
    if values.dtype != object:
        return values.astype(np.int64).view(np.uint64)
    out = np.empty(values.shape, np.uint64)
    fingerprint_buckets(values.size, np.ascontiguousarray(values), 0, out)
    return out


def mixed(fingerprint: np.ndarray, other: np.ndarray) -> np.ndarray:
    """One fingerprint of two, in their order (TensorFlow's FingerprintCat64)."""
    factor = np.uint64(MURMUR)
    found = fingerprint ^ factor ^ _shift_mix(other * factor) * factor
    return _shift_mix(_shift_mix(found * factor) * factor)


def _shift_mix(x: np.ndarray) -> np.ndarray:
    return x ^ x >> np.uint64(47)


def hashed(features: Sequence[np.ndarray], buckets: int, key: int | None) -> np.ndarray:
    """The bucket of each combination, of its features' fingerprints: int64.

    buckets: 0 for all that a positive int64 can be. key: mixed in first; None for none.
    """
    if not features:
        return np.empty(0, np.int64)
    found = features[0]
    if key is not None:
        first = np.full(found.shape, key & 2**64 - 1, np.uint64)
        found = mixed(first, found)
    for other in features[1:]:
        found = mixed(found, other)
    return (found % np.uint64(buckets or 2**63 - 1)).astype(np.int64)
