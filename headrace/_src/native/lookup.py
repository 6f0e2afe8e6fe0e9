"""Kernels that search many keys at once: hash tables with open addressing, in arrays.

The one idea: a table is an array of slots, a power of two of them, at most half full. A key's hash
says where to begin, and from there the next free slot is its own. A slot holds two numbers: of a
table of numbers the key and its row, of a table of words the hash and the place of the word among
`keys`, or -1 where it is free. These are the definitions of native/lookup.cpp; where that is
missing, a dictionary is quicker (objects/lookup/index.py).

Read next: objects/lookup/index.py.
"""

import numpy as np

from headrace._src.native import kernel

MASK = (1 << 64) - 1
# 2**64 divided by the golden ratio: multiples of it are spread evenly over a word.
GOLDEN = 0x9E3779B97F4A7C15


def number_hash(key: int) -> int:
    """The upper half of the product, folded onto the lower: there the bits are well mixed."""
    product = key * GOLDEN & MASK
    return product ^ product >> 32


def word_hash(key: bytes) -> int:
    """The same for word after word of eight bytes, begun with the length."""
    found = len(key)
    for at in range(0, len(key), 8):
        found = number_hash(found ^ int.from_bytes(key[at : at + 8], "little"))
    return number_hash(found)


@kernel
def lay_numbers(
    count: int, keys: np.ndarray, rows: np.ndarray, mask: int, slots: np.ndarray
) -> int:
    """Puts int64 keys into slots, `mask` + 1 of them, all free."""
    for key, row in zip(keys.tolist(), rows.tolist(), strict=True):
        at = number_hash(key) & mask
        while slots[at, 1] >= 0:
            at = at + 1 & mask
        slots[at] = key, row
    return 0


@kernel
def find_numbers(
    count: int, wanted: np.ndarray, mask: int, slots: np.ndarray, out: np.ndarray
) -> int:
    """The rows of int64 keys, -1 for those that are in no slot."""
    for i, key in enumerate(wanted.tolist()):
        at = number_hash(key) & mask
        while slots[at, 1] >= 0 and slots[at, 0] != key:
            at = at + 1 & mask
        out[i] = slots[at, 1]
    return 0


@kernel
def lay_words(count: int, keys: np.ndarray, mask: int, slots: np.ndarray) -> int:
    """Puts words into slots, `mask` + 1 of them, all free."""
    for i, key in enumerate(keys):
        code = word_hash(key)
        at = code & mask
        while slots[at, 1] >= 0:
            at = at + 1 & mask
        slots[at] = _signed(code), i
    return 0


@kernel
def find_words(
    count: int,
    wanted: np.ndarray,
    mask: int,
    slots: np.ndarray,
    keys: np.ndarray,
    rows: np.ndarray,
    out: np.ndarray,
) -> int:
    """The rows of words, -1 for those that are in no slot; `rows` has those of `keys`."""
    for i, key in enumerate(wanted):
        at = word_hash(key) & mask
        while (place := slots[at, 1]) >= 0 and keys[place] != key:
            at = at + 1 & mask
        out[i] = rows[place] if place >= 0 else -1
    return 0


def _signed(code: int) -> int:
    return code - (1 << 64) if code >> 63 else code
