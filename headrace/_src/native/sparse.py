"""Kernels over rows of positions: what is wrong with them, two lists merged, a matrix by its rows.

The one idea: each says in NumPy what native/sparse.cpp says in C++. A position is a row of int64;
rows are in order where they stand as the elements of a dense tensor lie in memory.

Read next: ops/sparse_positions.py, which calls them.
"""

import numpy as np

from headrace._src.native import kernel


@kernel
def first_faults(
    count: int, rank: int, rows: np.ndarray, limits: np.ndarray, out: np.ndarray
) -> int:
    """The first row outside of `limits`, the first that comes before the one before it, and the
    first that equals it; `count` where there is none.
    """
    outside = ((rows < 0) | (rows >= limits)).any(1)
    sign = _signs(rows[:-1], rows[1:])
    for kind, wrong in enumerate((outside, sign > 0, sign == 0)):
        found = np.flatnonzero(wrong)
        out[kind] = found[0] + (kind > 0) if found.size else count
    return 0


def _signs(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Of each pair of rows -1 where the first comes before the second, 0 where they are equal."""
    sign = np.zeros(len(a), np.int64)
    for axis in reversed(range(a.shape[1])):
        step = np.sign(a[:, axis] - b[:, axis])
        sign = np.where(step, step, sign)
    return sign


@kernel
def merge_rows(
    many: int,
    others: int,
    rank: int,
    a: np.ndarray,
    b: np.ndarray,
    rows: np.ndarray,
    of_a: np.ndarray,
    of_b: np.ndarray,
) -> int:
    """Two lists of rows merged into `rows`: how many there are, and where each row went.

    Equal rows of both become one. Lists out of order are merged as they stand.
    """
    left, right = list(map(tuple, a.tolist())), list(map(tuple, b.tolist()))
    i = j = count = 0
    while i < many or j < others:
        takes_a = j == others or (i < many and left[i] <= right[j])
        takes_b = i == many or (j < others and right[j] <= left[i])
        rows[count] = left[i] if takes_a else right[j]
        if takes_a:
            of_a[i] = count
        if takes_b:
            of_b[j] = count
        i, j, count = i + takes_a, j + takes_b, count + 1
    return count


@kernel
def compress_rows(
    count: int,
    sizes: int,
    rows: np.ndarray,
    ends: np.ndarray,
    columns: np.ndarray,
    order: np.ndarray,
) -> int:
    """Positions of a matrix by its rows, of which there are `sizes`: where each ends, the columns.

    1 where the positions stand so already; else 0, and `order` says which came to stand where.
    """
    ends[0] = 0
    np.cumsum(np.bincount(rows[:, 0], minlength=sizes), out=ends[1:])
    if (np.diff(rows[:, 0]) >= 0).all():
        columns[:] = rows[:, 1]
        return 1
    order[:] = np.argsort(rows[:, 0], kind="stable")
    columns[:] = rows[order, 1]
    return 0
