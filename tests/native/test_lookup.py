"""Searching many keys: the kernels against their definitions, and against a dictionary.

Read next: headrace/_src/native/lookup.py.
"""

import numpy as np
import pytest

from headrace._src.native import lookup

NUMBERS = np.array([0, 1, -1, 2**63 - 1, -(2**63), *range(8, 4096, 8)], np.int64)
WORDS = np.array([b"", b"a", b"a\0", b"12345678", *map(b"%d".__mod__, range(300))], object)


def slots(count):
    return np.full((4 * (1 << count.bit_length()), 2), -1, np.int64)


def of_numbers(chosen):
    keys, rows = NUMBERS, np.arange(len(NUMBERS))[::-1].copy()
    table = slots(len(keys))
    chosen(lookup.lay_numbers)(len(keys), keys, rows, len(table) - 1, table)
    asked = np.concatenate([keys, keys + 3])
    out = np.empty(len(asked), np.int64)
    chosen(lookup.find_numbers)(len(asked), asked, len(table) - 1, table, out)
    known = dict(zip(keys.tolist(), rows.tolist(), strict=True))
    assert out.tolist() == [known.get(key, -1) for key in asked.tolist()]
    return table


def of_words(chosen):
    rows = np.arange(len(WORDS))[::-1].copy()
    table = slots(len(WORDS))
    chosen(lookup.lay_words)(len(WORDS), WORDS, len(table) - 1, table)
    asked = np.concatenate([WORDS, WORDS + b"?"])
    out = np.empty(len(asked), np.int64)
    find = chosen(lookup.find_words)
    find(len(asked), asked, len(table) - 1, table, WORDS, rows, out)
    assert out.tolist() == [*rows.tolist(), *[-1] * len(WORDS)]
    return table


@pytest.mark.parametrize("search", [of_numbers, of_words])
def test_kernels_do_as_their_definitions(search):
    defined = search(lambda kernel: kernel.body)
    assert (search(lambda kernel: kernel) == defined).all()
