"""The contents of a `DenseHashTable`: buckets, of which two keys say that they are free.

The one idea: what such a table exports, and a checkpoint holds, are its buckets as they lie. So a
key gets the bucket that TensorFlow gives it: its hash says where to begin, and the steps from there
grow by one. A key that was removed leaves `deleted_key` behind, and its value. A key's row is its
bucket, so looking up needs no hash.

Read next: native/hashes.py, which has the hash of strings.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType
from headrace._src.native.hashes import MASK, murmur64
from headrace._src.objects.lookup.contents import Contents
from headrace._src.objects.lookup.index import Index
from headrace._src.objects.state import brackets

# How full the buckets may be before there are twice as many.
FULL = 0.8


class Buckets(Contents):
    """Keys and values in buckets.

    empty_key, deleted_key: what no key may be; scalars, or vectors where keys are vectors.
    buckets: how many there are at first.
    """

    def __init__(
        self,
        key_dtype: DType,
        value_dtype: DType,
        value_shape: tuple[int, ...],
        empty_key: np.ndarray,
        deleted_key: np.ndarray,
        buckets: int,
        **names: Any,
    ) -> None:
        if empty_key.ndim > 1:
            raise ValueError(
                f"Empty key must be a scalar or a vector, got shape {brackets(empty_key.shape)}"
            )
        if empty_key.shape != deleted_key.shape:
            raise ValueError(
                "Empty and deleted keys must have same shape, got shapes: "
                f"{brackets(empty_key.shape)} and {brackets(deleted_key.shape)}"
            )
        if (empty_key == deleted_key).all():
            raise ValueError("Empty and deleted keys cannot be equal")
        if len(value_shape) > 1:
            raise ValueError(
                f"Empty value must be a scalar or a vector, got shape {brackets(value_shape)}"
            )
        if buckets < 4 or buckets & (buckets - 1):
            raise ValueError(
                f"Number of buckets must be at least 4 and a power of 2, got: {buckets}"
            )
        super().__init__(key_dtype, value_dtype, value_shape, **names)
        self.key_shape = empty_key.shape
        self._width = math.prod(self.key_shape)
        self._empty, self._deleted = self._hashable(empty_key)[0], self._hashable(deleted_key)[0]
        self._clear(buckets)

    def _clear(self, buckets: int) -> None:
        self._index = Index(self.key_dtype)
        self._keys: list[Any] = [self._empty] * buckets
        self._values = self._room(buckets)

    # ---- keys

    def _hashable(self, keys: np.ndarray) -> list[Any]:
        """Each key as a number, a string or a tuple of these."""
        if not self.key_shape:
            return keys.ravel().tolist()
        return list(map(tuple, keys.reshape(-1, self._width).tolist()))

    def _check(self, keys: np.ndarray) -> None:
        """Raises ValueError for a shape that keys cannot have: they stand in one row."""
        self._shape_for(keys)
        count = keys.shape[0] if keys.ndim else 1
        if keys.size != count * self._width:
            raise ValueError(
                f"Expected key shape {brackets((count, *self.key_shape))} got "
                f"{brackets(keys.shape)}"
            )

    def _allowed(self, keys: list[Any]) -> int:
        """How many keys come before one that no key may be."""
        places = [keys.index(key) for key in (self._empty, self._deleted) if key in keys]
        return min(places, default=len(keys))

    def _refusal(self, key: Any) -> ValueError:
        what = "empty_key" if key == self._empty else "deleted_key"
        return ValueError(f"Using the {what} as a table key is not allowed")

    def _rows_of(self, keys: np.ndarray) -> np.ndarray:
        """The buckets of all keys, -1 for those that are not there."""
        self._check(keys)
        if self.key_shape:
            listed = self._hashable(keys)
            if (at := self._allowed(listed)) < len(listed):
                raise self._refusal(listed[at])
            return self._index.rows_of_each(listed)
        flat = keys.ravel()
        is_bad = (flat == self._empty) | (flat == self._deleted)
        if is_bad.any():
            raise self._refusal(flat[is_bad.argmax()])
        return self._index.rows_of(flat)

    # ---- changes

    def insert(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Puts values into the buckets of keys; those before a key that may not be stay."""
        self._check_values(keys, values)
        self._check(keys)
        flat = self._hashable(keys)
        with self.lock:
            self._widen(len(self) + len(flat))
            at = self._allowed(flat)
            rows = self._index.added(flat[:at], self._bucket_for)
            self._values[rows] = values.reshape(-1, *self.value_shape)[:at]
        if at < len(flat):
            raise self._refusal(flat[at])

    def _bucket_for(self, key: Any) -> int:
        """A free bucket for a key that has none, which is now its own."""
        mask = len(self._keys) - 1
        at, step = _hash(key) & mask, 0
        while self._keys[at] not in (self._empty, self._deleted):
            step += 1
            at = at + step & mask
        self._keys[at] = key
        return at

    def _widen(self, count: int) -> None:
        """Makes room for so many keys."""
        buckets = len(self._keys)
        while count > buckets * FULL:
            buckets *= 2
        if buckets == len(self._keys):
            return
        before, values = self._keys, self._values
        used = [at for at, key in enumerate(before) if key in self._index]
        self._clear(buckets)
        rows = self._index.added([before[at] for at in used], self._bucket_for)
        self._values[rows] = values[used]

    def remove(self, keys: np.ndarray) -> None:
        """Forgets keys; their buckets keep their values."""
        self._check(keys)
        flat = self._hashable(keys)
        at = self._allowed(flat)
        with self.lock:
            for row in self._index.removed(flat[:at]):
                self._keys[row] = self._deleted
        if at < len(flat):
            raise self._refusal(flat[at])

    # ---- the whole

    def export(self) -> tuple[np.ndarray, np.ndarray]:
        """The buckets, free ones too: [buckets, size of a key] and [buckets, size of a value]."""
        with self.lock:
            keys = np.empty((len(self._keys), self._width), self.key_dtype.array_dtype)
            keys[:] = self._keys if self.key_shape else [[key] for key in self._keys]
            return keys, self._values[:-1].reshape(len(keys), -1).copy()

    def replace(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Takes over buckets as `export` answers them."""
        wanted = (*keys.shape[:-1], math.prod(self.value_shape))
        if values.shape != wanted:
            raise ValueError(
                f"Expected shape {brackets(wanted)} for value, got {brackets(values.shape)}"
            )
        flat = self._hashable(keys)
        free = {self._empty, self._deleted}
        with self.lock:
            self._clear(len(flat))
            self._keys = flat
            self._values[:-1] = values.reshape(-1, *self.value_shape)
            used = {key: at for at, key in enumerate(flat) if key not in free}
            self._index.added(used, used.__getitem__)


def _hash(key: Any) -> int:
    """Where a key's search begins: a number itself, MurmurHash of a string, and a mix of many."""
    if isinstance(key, tuple):
        found = 0
        for part in key:
            mixed = _hash(part) + 0x9E3779B97F4A7800 + (found << 10) + (found >> 4)
            found = (found ^ mixed) & MASK
        return found
    return murmur64(key) if isinstance(key, bytes) else key
