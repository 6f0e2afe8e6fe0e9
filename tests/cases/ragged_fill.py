"""Rows without values get one: ops/ragged_fill.py.

Read next: tests/cases/row.py.
"""

import numpy as np

import headrace as tf
from tests.cases.row import case, error, floats, plain

Invalid = tf.errors.InvalidArgumentError
ROWIDS = plain(np.array([0, 0, 2]))
COUNT = plain(np.int64(4))


def filled(rowids, values, nrows, default):
    out, went = [], np.zeros(len(rowids), np.int64)
    for row in range(nrows):
        own = np.flatnonzero(rowids == row)
        went[own] = len(out) + np.arange(len(own))
        out += [(row, v) for v in (values[own] if len(own) else [default])]
    rows, found = zip(*out, strict=True)
    empty = np.bincount(rowids, minlength=nrows) == 0
    return np.array(rows), np.array(found, values.dtype), empty, went


def given_back(places, grads):
    return grads[places], np.delete(grads, places).sum(dtype=grads.dtype)


ROWS = [
    case(tf.ragged_fill_empty_rows, ROWIDS, floats(3), COUNT, floats(), ref=filled),
    case(tf.ragged_fill_empty_rows, plain(np.array([2, 0, 2])), floats(3), COUNT, floats(),
         ref=filled),
    case(tf.ragged_fill_empty_rows_grad, plain(np.array([0, 1, 3])), floats(5), ref=given_back),
    error(tf.ragged_fill_empty_rows, ROWIDS, [1, 2, 3], 2, 0, raises=Invalid,
          match=r"indices\(2, 0\) is invalid: 2 >= 2"),
    error(tf.ragged_fill_empty_rows, ROWIDS, [1, 2], 3, 0, raises=Invalid, match="must match"),
    error(tf.ragged_fill_empty_rows, ROWIDS, [1, 2, 3], 3, [0], raises=Invalid,
          match="must be a scalar"),
    error(tf.ragged_fill_empty_rows_grad, plain(np.array([0, 7])), [1.0, 2.0], raises=Invalid,
          match=r"must be in \[0, 2\) but got 7"),
]  # fmt: skip
