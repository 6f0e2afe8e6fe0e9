"""Rows of positions: the kernels against their definitions, in order and out of it.

Read next: headrace/_src/native/sparse.py.
"""

import numpy as np
import pytest

from headrace._src.native import sparse


def kernel(function):
    return function


def definition(function):
    return function.body


def rows(seed, count, rank, sizes=4, in_order=True):
    found = np.random.default_rng(seed).integers(0, sizes, (count, rank))
    return found[np.lexsort(found.T[::-1])] if in_order and rank else found


KINDS = [(0, 2), (1, 2), (9, 1), (9, 2), (40, 2), (40, 3), (2, 0)]


@pytest.mark.parametrize("in_order", [True, False])
@pytest.mark.parametrize(("count", "rank"), KINDS)
def test_faults(count, rank, in_order):
    given = rows(1, count, rank, in_order=in_order)
    for limits in (np.full(rank, 4), np.full(rank, 3)):
        found = []
        for chosen in (kernel, definition):
            out = np.full(3, -7)
            chosen(sparse.first_faults)(count, rank, given, limits, out)
            found.append(out.tolist())
        assert found[0] == found[1]


@pytest.mark.parametrize("in_order", [True, False])
@pytest.mark.parametrize(("count", "rank"), KINDS)
def test_merged_rows(count, rank, in_order):
    a, b = (rows(seed, n, rank, 9, in_order) for seed, n in ((1, count), (2, 7)))
    found = []
    for chosen in (kernel, definition):
        whole, of_a = np.empty((count + 7, rank), np.int64), np.empty(count, np.int64)
        of_b = np.empty(7, np.int64)
        total = chosen(sparse.merge_rows)(count, 7, rank, a, b, whole, of_a, of_b)
        assert (whole[of_a] == a).all()
        assert (whole[of_b] == b).all()
        found.append((whole[:total].tolist(), of_a.tolist(), of_b.tolist()))
    assert found[0] == found[1]


@pytest.mark.parametrize("in_order", [True, False])
@pytest.mark.parametrize("count", [0, 1, 30])
def test_compressed_rows(count, in_order):
    given = rows(3, count, 2, 6, in_order)
    found = []
    for chosen in (kernel, definition):
        ends, columns = np.empty(7, np.int32), np.empty(count, np.int32)
        order = np.arange(count, dtype=np.int32)
        stands = chosen(sparse.compress_rows)(count, 6, given, ends, columns, order)
        assert (given[order, 1] == columns).all()
        assert (given[order, 0] == np.repeat(np.arange(6), np.diff(ends))).all()
        found.append((stands, ends.tolist(), columns.tolist(), order.tolist()))
    assert found[0] == found[1]
