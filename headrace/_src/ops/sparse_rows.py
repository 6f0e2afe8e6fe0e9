"""The positions of a matrix by its rows (CSR), and the product with a dense matrix.

The one idea: SciPy's product wants to know where each row ends and the columns of its values.
Neither depends on the values, and the positions of a tensor never change; so what was found of an
array of positions is remembered for as long as that array lives (`compressed`), and the next
product with it, forward or transposed, begins at once. Remembered are at most `_MOST` arrays, by
their identity; a weak reference forgets one when its array is gone.

Read next: ops/sparse_matmul.py. Source: Saad, "Iterative Methods for Sparse Linear Systems", 3.4.
"""

import weakref
from typing import Any, NamedTuple

import numpy as np

from headrace._src.native.sparse import compress_rows


class Rows(NamedTuple):
    """Positions by rows.

    ends: [rows + 1], where the values of each row begin and end. columns: of each value. order:
    which value stands where, None where they stand so already.
    """

    shape: tuple[int, int]
    ends: np.ndarray
    columns: np.ndarray
    order: np.ndarray | None


_MOST = 64
_remembered: dict[int, tuple[weakref.ref, Rows]] = {}


def compressed(indices: np.ndarray, shape: tuple[int, int]) -> Rows:
    """The positions `indices`, [n, 2] and all inside of `shape`, by rows."""
    key = id(indices)
    found = _remembered.get(key)
    if found is not None and found[0]() is indices and found[1].shape == shape:
        return found[1]
    count = len(indices)
    rows = np.ascontiguousarray(indices, np.int64)
    ends = np.empty(shape[0] + 1, np.int32)
    columns, order = np.empty(count, np.int32), np.empty(count, np.int32)
    in_order = compress_rows(count, shape[0], rows, ends, columns, order)
    made = Rows(shape, ends, columns, None if in_order else order)
    while len(_remembered) >= _MOST:
        _remembered.pop(next(iter(_remembered)), None)
    _remembered[key] = weakref.ref(indices, lambda _: _remembered.pop(key, None)), made
    return made


def is_remembered(indices: np.ndarray, shape: tuple[int, int]) -> bool:
    """Whether these very positions were compressed, and so found inside of `shape`, before."""
    found = _remembered.get(id(indices))
    return found is not None and found[0]() is indices and found[1].shape == shape


def product(
    indices: np.ndarray, values: np.ndarray, shape: tuple[int, int], b: Any, transposed: bool
) -> np.ndarray:
    """The matrix with these values, or its transpose, times the dense matrix `b`."""
    from scipy.sparse import csc_array, csr_array

    rows = compressed(indices, shape)
    if rows.order is not None:
        values = values[rows.order]
    # By rows, a matrix is its transpose by columns.
    kind, shape = (csc_array, shape[::-1]) if transposed else (csr_array, shape)
    matrix = kind(shape, dtype=values.dtype)
    # Not by the constructor: it copies what lies in a larger buffer, as aligned arrays do.
    matrix.data, matrix.indices, matrix.indptr = values, rows.columns, rows.ends
    return matrix @ b
