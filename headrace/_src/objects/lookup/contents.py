"""What a table holds, and what its kernels do with it.

The one idea: every key has a row, and its value lies in that row of one array. So looking up many
keys is finding their rows (objects/lookup/index.py) and then picking rows from an array, which is
the same for numbers, words and vectors.

A `HashTable` gets its contents once and keeps them; a `MutableTable` is written by several threads,
one at a time. The third kind is in objects/lookup/buckets.py. All take and answer arrays.

Read next: index.py.
"""

import itertools
import threading
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.dtypes import DType
from headrace._src.objects.lookup.index import Index
from headrace._src.objects.state import brackets

numbers = itertools.count(1)


class Contents:
    """Keys and values behind a handle.

    key_dtype, value_dtype; key_shape, value_shape: of one key and one value. name: of the handle,
    in reprs.
    """

    key_shape: tuple[int, ...] = ()

    def __init__(
        self,
        key_dtype: DType,
        value_dtype: DType,
        value_shape: tuple[int, ...] = (),
        name: str = "",
        is_anonymous: bool = False,
    ) -> None:
        self.key_dtype, self.value_dtype = key_dtype, value_dtype
        self.value_shape = value_shape
        self.name = f"Resource-{next(numbers)}-at-{id(self):#x}" if is_anonymous else name
        self.container = "Anonymous" if is_anonymous else "localhost"
        self.lock = threading.RLock()
        self._index = Index(key_dtype)
        self._values = self._room(1)

    def __repr__(self) -> str:
        return (
            f'<ResourceHandle(name="{self.name}", device="/job:localhost/replica:0/task:0/device:'
            f'CPU:0", container="{self.container}", type="tensorflow::lookup::LookupInterface", '
            'dtype and shapes : "[  ]")>'
        )

    def __len__(self) -> int:
        return len(self._index)

    def _room(self, count: int) -> np.ndarray:
        """Space for so many values and one more: what is not there has row -1, so there a lookup
        puts its default.
        """
        return np.zeros((count + 1, *self.value_shape), self.value_dtype.array_dtype)

    # ---- checks

    def check(self, key_dtype: DType, value_dtype: DType) -> None:
        """Raises for keys or values of other dtypes."""
        if (key_dtype, value_dtype) != (self.key_dtype, self.value_dtype):
            have, expected = (
                f"resource, {keys.kernel_name}, {values.kernel_name}->{values.kernel_name}"
                for keys, values in (
                    (key_dtype, value_dtype),
                    (self.key_dtype, self.value_dtype),
                )
            )
            raise ValueError(f"Signature mismatch, have: {have} expected: {expected}")

    def _shape_for(self, keys: np.ndarray) -> tuple[int, ...]:
        """The shape of the values of `keys`."""
        outer = keys.ndim - len(self.key_shape)
        if outer < 0 or keys.shape[outer:] != self.key_shape:
            raise ValueError(
                f"Input key shape {brackets(keys.shape)} must end with the table's key shape "
                f"{brackets(self.key_shape)}"
            )
        return keys.shape[:outer] + self.value_shape

    def _check_values(self, keys: np.ndarray, values: np.ndarray) -> None:
        wanted = self._shape_for(keys)
        if values.shape != wanted:
            raise ValueError(
                f"Expected shape {brackets(wanted)} for value, got {brackets(values.shape)}"
            )

    # ---- what every table can

    def find(self, keys: np.ndarray, default: np.ndarray) -> np.ndarray:
        """The values of `keys`; of those that are not there `default`, one for all or for each."""
        wanted = self._shape_for(keys)
        if default.shape not in (self.value_shape, wanted):
            raise ValueError(
                f"Expected shape {brackets(self.value_shape)} or {brackets(wanted)} for default "
                f"value, got {brackets(default.shape)}"
            )
        with self.lock:
            rows = self._rows_of(keys)
            if default.shape == self.value_shape:
                self._values[-1] = default[()]  # a 0-d array of strings is no string
            found = self._values[rows]
        if default.shape != self.value_shape:
            missing = rows < 0
            found[missing] = default.reshape(found.shape)[missing]
        return found.reshape(wanted)

    def _rows_of(self, keys: np.ndarray) -> np.ndarray:
        """The rows of all keys, -1 for those that are not there."""
        return self._index.rows_of(keys.ravel())

    def export(self) -> tuple[np.ndarray, np.ndarray]:
        """All keys, and their values."""
        with self.lock:
            return self._index.keys(), self._values[self._index.rows()]

    def insert(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Puts values in the place of those that the keys had."""
        raise NotImplementedError

    def remove(self, keys: np.ndarray) -> None:
        """Forgets keys; those that are not there already are."""
        raise NotImplementedError

    def replace(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Makes these all that the table holds."""
        raise NotImplementedError


class HashTable(Contents):
    """A table that is filled once."""

    is_ready = False

    def find(self, keys: np.ndarray, default: np.ndarray) -> np.ndarray:
        """The values; raises FailedPreconditionError before there are any."""
        if not self.is_ready:
            raise errors.FailedPreconditionError(None, None, "Table not initialized.")
        return super().find(keys, default)

    def export(self) -> tuple[np.ndarray, np.ndarray]:
        """All keys and values; raises AbortedError before there are any."""
        if not self.is_ready:
            raise errors.AbortedError(None, None, "HashTable is not initialized.")
        return super().export()

    def insert(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Refused: UnimplementedError."""
        raise _unimplemented("Insert")

    def remove(self, keys: np.ndarray) -> None:
        """Refused: UnimplementedError."""
        raise _unimplemented("Remove")

    def replace(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Fills the table.

        Raises FailedPreconditionError for a key with two values, and for other contents than it
        has; doing the same again is nothing.
        """
        self._check_values(keys, values)
        if not keys.size:
            raise ValueError("keys and values cannot be empty tensors.")
        keys, values = keys.ravel(), values.ravel()
        with self.lock:
            index = Index(self.key_dtype)
            rows = np.array(index.added(keys.tolist(), lambda key: len(index)))
            room = self._room(len(index))
            room[rows[::-1]] = values[::-1]  # each row keeps the first of its values
            differs = room[rows] != values
            if differs.any():
                at = int(differs.argmax())
                raise errors.FailedPreconditionError(
                    None,
                    None,
                    f"HashTable has different value for same key. Key {told(keys[at])} has "
                    f"{told(room[rows[at]])} and trying to add value {told(values[at])}",
                )
            if self.is_ready and len(index) != len(self):
                text = "Table was already initialized with different data."
                raise errors.FailedPreconditionError(None, None, text)
            if not self.is_ready:
                self._index, self._values, self.is_ready = index, room, True


def _unimplemented(what: str) -> errors.UnimplementedError:
    text = f"{what} not supported by InitializableLookupTable implementations"
    return errors.UnimplementedError(None, None, text)


def told(value: Any) -> str:
    """A key or a value as error texts show it."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, np.floating):
        return f"{value:g}"
    return str(int(value))


class MutableTable(Contents):
    """A table that changes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._free: list[int] = []

    def insert(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Puts values in the place of those that the keys had."""
        self._check_values(keys, values)
        with self.lock:
            rows = self._index.added(keys.ravel().tolist(), self._place)
            self._grow(len(self) + len(self._free))
            self._values[rows] = values.reshape(-1, *self.value_shape)

    def _place(self, key: Any) -> int:
        """A row for a new key: one given up, or the next."""
        return self._free.pop() if self._free else len(self)

    def _grow(self, least: int) -> None:
        if least >= len(self._values):
            room = self._room(max(least, 2 * len(self._values)))
            room[: len(self._values)] = self._values
            self._values = room

    def remove(self, keys: np.ndarray) -> None:
        """Forgets keys."""
        self._shape_for(keys)
        with self.lock:
            self._free += self._index.removed(keys.ravel().tolist())

    def replace(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Makes these all that the table holds."""
        self._check_values(keys, values)
        with self.lock:
            self._index, self._free = Index(self.key_dtype), []
            self._values = self._room(1)
            self.insert(keys, values)
