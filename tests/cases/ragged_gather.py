"""Rows of a ragged tensor by number: ops/ragged_gather.py.

Read next: tests/cases/row.py.
"""

import numpy as np

import headrace as tf
from headrace._src.ops.ragged_gather import ragged_gather
from tests.cases.row import case, error, floats, ints, plain

Invalid = tf.errors.InvalidArgumentError
SPLITS = plain(np.array([0, 3, 3, 4]))
OUTER = plain(np.array([0, 2, 3], np.int32))
INNER = plain(np.array([0, 3, 3, 4], np.int32))


def one(splits, values, indices):
    return ragged_gather([splits], values, indices, np.ndim(indices))


def two(outer, inner, values, indices):
    return ragged_gather([outer, inner], values, indices, np.ndim(indices) + 1)


def rows_of_rows(outer, inner, values, indices):
    pieces = [values[a:b] for a, b in zip(inner[:-1], inner[1:], strict=True)]
    rows = [pieces[outer[i] : outer[i + 1]] for i in indices]
    inside = [piece for row in rows for piece in row]
    splits = [np.cumsum([0, *map(len, parts)]).astype(outer.dtype) for parts in (rows, inside)]
    return *splits, np.concatenate([values[:0], *inside])


def rows(splits, values, indices):
    pieces = [values[splits[i] : splits[i + 1]] for i in indices.reshape(-1)]
    found = [np.cumsum([0, *map(len, pieces)]), np.concatenate([values[:0], *pieces])]
    if indices.ndim == 2:
        found.insert(0, np.arange(len(indices) + 1) * indices.shape[1])
    return tuple(found)


ROWS = [
    case(one, SPLITS, floats(4), ints(3, low=0, high=3), ref=rows),
    case(one, SPLITS, floats(4, 2), ints(2, 2, low=0, high=3), ref=rows),
    case(two, OUTER, INNER, floats(4), ints(3, low=0, high=2), ref=rows_of_rows),
    error(one, SPLITS, plain([1, 2, 3, 4]), plain([[1], [3]]), raises=Invalid,
          match=r"indices\[1,0\] = 3 is not in \[0, 3\)"),
    error(one, SPLITS, plain([1, 2]), plain([0]), raises=Invalid, match="must not point past"),
    error(one, plain(np.array([0, 3, 2, 4])), plain([1, 2, 3, 4]), plain([0]), raises=Invalid,
          match="must be sorted"),
    error(ragged_gather, [np.array([0, 1])], [5], [[0]], 1, raises=Invalid, match="Ragged Rank"),
]  # fmt: skip
