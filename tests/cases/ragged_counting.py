"""The ops that count the values in each row: ops/ragged_counting.py.

Read next: tests/cases/row.py.
"""

import numpy as np

import headrace as tf
from headrace._src.ops.ragged_counting import ragged_bincount, ragged_count_sparse_output
from tests.cases.row import case, each, error, plain

SPLITS = plain(np.array([0, 3, 3, 4]))
VALUES = plain(np.array([1, 2, 1, 3]))
NONE = plain(np.zeros(0, np.int32))
WEIGHTS = plain(np.array([1.5, 2, 1, 3], np.float32))


def counted(splits, values, size, weights, binary_output=False):
    out = np.zeros((len(splits) - 1, size), weights.dtype)
    for i, (start, limit) in enumerate(zip(splits[:-1], splits[1:], strict=True)):
        for place in range(start, limit):
            if values[place] < size:
                out[i, values[place]] += weights[place] if weights.size else 1
    return out.clip(max=1) if binary_output else out


def sparse(splits, values, weights, binary_output, minlength, maxlength):
    size = max(values.max() + 1, minlength)
    size = size if maxlength < 0 else min(size, maxlength)
    dense = counted(splits, values, size, weights, binary_output)
    return np.argwhere(dense), dense[dense != 0], np.array(dense.shape)


ROWS = [
    case(ragged_bincount, SPLITS, VALUES, each(2, 6), NONE, binary_output=each(False, True),
         ref=counted),
    case(ragged_bincount, SPLITS, VALUES, 4, WEIGHTS, ref=counted),
    case(ragged_count_sparse_output, SPLITS, VALUES, NONE, each(False, True), each(-1, 7),
         each(-1, 2), ref=sparse),
    case(ragged_count_sparse_output, SPLITS, VALUES, WEIGHTS, False, -1, -1, ref=sparse),
    error(ragged_bincount, SPLITS, plain(np.array([1, -2, 1, 3])), 4, NONE,
          raises=tf.errors.InvalidArgumentError, match="Input must be non-negative"),
    error(ragged_count_sparse_output, SPLITS, plain(np.array([1, -2, 1, 3])), NONE, False, -1, -1,
          raises=tf.errors.InvalidArgumentError, match="Input values must all be non-negative"),
]  # fmt: skip
