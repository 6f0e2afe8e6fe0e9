"""From keys to rows: the search in a lookup table.

The one idea: a dictionary knows the row of every key, and few keys are looked up there one by one.
For many keys a copy of it is laid out in arrays, which the kernels of native/lookup.py search by
several threads; it is made when it is wanted and thrown away when a key comes or goes.

Read next: buckets.py.
"""

from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, string
from headrace._src.native import library
from headrace._src.native.lookup import find_numbers, find_words, lay_numbers, lay_words

# So many keys are worth a layout in arrays, if they are more than an eighth of those in the table.
MANY = 4096


class Index:
    """The rows of keys."""

    def __init__(self, dtype: DType) -> None:
        self._dtype = dtype
        self._row: dict[Any, int] = {}
        self._layout: Any = None

    def __len__(self) -> int:
        return len(self._row)

    def __contains__(self, key: Any) -> bool:
        return key in self._row

    def keys(self) -> np.ndarray:
        """The keys, in the order in which they came."""
        return np.fromiter(self._row, self._dtype.array_dtype, len(self._row))

    def rows(self) -> np.ndarray:
        """The rows of all keys, in the same order."""
        return np.fromiter(self._row.values(), np.int64, len(self._row))

    def rows_of_each(self, keys: list[Any]) -> np.ndarray:
        """The rows of keys, -1 for those that are not there."""
        return np.fromiter(map(self._row.get, keys, repeat(-1)), np.int64, len(keys))

    def rows_of(self, keys: np.ndarray) -> np.ndarray:
        """The same for a flat array of numbers or strings."""
        if not hasattr(library, "find_words") or keys.size < max(MANY, len(self._row) // 8):
            return self.rows_of_each(keys.tolist())
        if self._layout is None:
            kind = _Words if self._dtype is string else _Numbers
            self._layout = kind(self.keys(), self.rows())
        return self._layout.rows_of(np.ascontiguousarray(keys))

    def added(self, keys: Iterable[Any], place: Callable[[Any], int]) -> list[int]:
        """The rows of keys, of which those that are new get what `place` answers."""
        self._layout = None
        row, found = self._row, []
        for key in keys:
            at = row.get(key)
            if at is None:
                at = row[key] = place(key)
            found.append(at)
        return found

    def removed(self, keys: Iterable[Any]) -> list[int]:
        """The rows that keys had which are forgotten now."""
        self._layout = None
        rows = [self._row.pop(key, None) for key in keys]
        return [row for row in rows if row is not None]


def _slots(count: int) -> np.ndarray:
    """Free slots for so many keys: at least twice as many, and a power of two."""
    return np.full((1 << max(count, 1).bit_length() + 1, 2), -1, np.int64)


class _Numbers:
    """The layout of keys that are numbers."""

    def __init__(self, keys: np.ndarray, rows: np.ndarray) -> None:
        self._slots = _slots(keys.size)
        self._mask = len(self._slots) - 1
        lay_numbers(keys.size, keys.astype(np.int64), rows, self._mask, self._slots)

    def rows_of(self, keys: np.ndarray) -> np.ndarray:
        """The rows of keys, -1 for those that are not there."""
        out = np.empty(keys.size, np.int64)
        find_numbers(keys.size, keys.astype(np.int64, copy=False), self._mask, self._slots, out)
        return out


class _Words:
    """The layout of keys that are words."""

    def __init__(self, keys: np.ndarray, rows: np.ndarray) -> None:
        self._keys, self._rows, self._slots = keys, rows, _slots(keys.size)
        self._mask = len(self._slots) - 1
        lay_words(keys.size, keys, self._mask, self._slots)

    def rows_of(self, keys: np.ndarray) -> np.ndarray:
        """The rows of keys, -1 for those that are not there."""
        out = np.empty(keys.size, np.int64)
        find_words(keys.size, keys, self._mask, self._slots, self._keys, self._rows, out)
        return out
