"""Running sums, products and log-sums: ops/scan.py, ops/logsumexp.py."""

import numpy as np

import headrace as tf
from tests.cases.row import bools, case, each, error, floats, ints, plain, positive

Invalid = tf.errors.InvalidArgumentError
FLAGS = {"axis": each(0, -1), "exclusive": each(False, True), "reverse": each(False, True)}


def running(scan, neutral):
    def reference(x, axis=0, exclusive=False, reverse=False):
        wide = x.astype(np.float64) if x.dtype.kind in "fV" else x
        wide = np.flip(wide, axis) if reverse else wide
        out = scan(wide, axis)
        if exclusive:
            out = np.roll(out, 1, axis)
            np.moveaxis(out, axis, 0)[0] = neutral
        return (np.flip(out, axis) if reverse else out).astype(x.dtype)

    return reference


def summed(x, axis):
    return np.cumsum(x, axis, dtype=x.dtype)


def multiplied(x, axis):
    return np.cumprod(x, axis, dtype=x.dtype)


ROWS = [
    case(tf.cumsum, floats(2, 3), **FLAGS, ref=running(summed, 0)),
    case(tf.cumsum, np.zeros((0, 3), np.float32), exclusive=True, ref=lambda x, exclusive: x),
    case(tf.math.cumprod, positive(2, 3), **FLAGS, ref=running(multiplied, 1)),
    case(tf.math.cumulative_logsumexp, floats(2, 3), axis=each(0, -1), reverse=each(False, True),
         ref=running(np.logaddexp.accumulate, -np.inf), dtypes=["float32", "float64"],
         gradient="first"),
    case(tf.math.cumulative_logsumexp, plain(np.array([1, 2, 4], np.float32)), exclusive=True,
         ref=running(np.logaddexp.accumulate, -np.inf)),
    case(tf.math.cumulative_logsumexp, plain(np.array([-np.inf, 1000, 1000], np.float32)),
         ref=np.logaddexp.accumulate),
    error(tf.cumsum, ints(3), 1, raises=Invalid,
          match="ScanOp: Expected scan axis in the range [-1, 1), but got 1"),
    error(tf.cumsum, ints(3), [0], raises=Invalid, match="ScanOp: axis must be a scalar, not [1]"),
    error(tf.cumsum, floats(), raises=Invalid, match="in the range [0, 0), but got 0"),
    error(tf.cumsum, bools(3), raises=Invalid, match="Value for attr 'T' of bool"),
    error(tf.math.cumulative_logsumexp, ints(3), raises=Invalid,
          match="Value for attr 'T' of int32"),
]  # fmt: skip
