"""Reductions: ops/reduce.py, ops/logsumexp.py, ops/statistics.py, one of ops/norms.py."""

import numpy as np

import headrace as tf
from tests.cases.row import (
    array,
    bools,
    case,
    complexes,
    each,
    error,
    floats,
    ints,
    plain,
    positive,
    strings,
)

nan, inf = np.nan, np.inf
Invalid = tf.errors.InvalidArgumentError
AXES = {"axis": each(None, 1, -2, [0, 1], []), "keepdims": each(False, True)}


def fixed(*values):
    return plain(np.array(values, np.float32))


def over(function):
    """A NumPy reduction with our words for the arguments, in the dtype of its input."""

    def reference(x, axis=None, keepdims=False):
        axis = tuple(axis) if isinstance(axis, (list, tuple)) else axis
        wide = x.astype(np.float64) if x.dtype.kind in "fV" else x
        return function(wide, axis=axis, keepdims=bool(keepdims)).astype(x.dtype)

    return reference


def mean(x, axis=None, keepdims=False):
    axis = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    wide = x.astype(np.float64) if x.dtype.kind in "iufV" else x
    found = np.mean(wide, axis=axis, keepdims=keepdims)
    return (np.trunc(found) if x.dtype.kind in "iu" else found).astype(x.dtype)


def logsumexp(x, axis=None, keepdims=False):
    wide = x.astype(np.float64)
    return np.log(np.exp(wide).sum(axis, keepdims=keepdims)).astype(x.dtype)


def variance(x, axis=None, keepdims=False):
    found = np.var(x if x.dtype.kind == "c" else x.astype(np.float64), axis=axis, keepdims=keepdims)
    return found.astype(x.real.dtype)


ROWS = [
    case(tf.reduce_sum, floats(2, 3), **AXES, ref=over(np.sum)),
    case(tf.reduce_sum, floats(), ref=over(np.sum)),
    case(tf.reduce_sum, floats(3, 0), axis=each(0, 1), ref=over(np.sum)),
    # One in ten thousand: added row after row this is wrong in the fourth digit.
    case(tf.reduce_sum, np.full((70000, 3), 0.1, np.float32), 0, ref=over(np.sum), tol=1e-6),
    case(tf.reduce_sum, plain(np.arange(70 * 3 * 90.0).reshape(70, 3, 90)),
         axis=each(0, 1, 2, [0, 2], [0, 1]), ref=over(np.sum)),
    case(tf.reduce_mean, floats(2, 3), **AXES, ref=mean),
    case(tf.reduce_mean, array([[-3, 0, 1]]), 1, ref=mean, gradient=False),
    case(tf.reduce_mean, fixed(), ref=lambda x: np.float32(nan)),
    case(tf.reduce_mean, np.zeros((0, 2), np.int32), 0, ref=lambda x, a: np.zeros(2, np.int32)),
    case(tf.reduce_max, floats(2, 3), **AXES, ref=over(np.max)),
    case(tf.reduce_max, fixed(1, nan), ref=over(np.max)),
    case(tf.reduce_max, fixed(), ref=lambda x: np.float32(-inf)),
    case(tf.reduce_max, np.zeros(0, np.int32), ref=lambda x: np.int32(-(2**31))),
    case(tf.reduce_max, np.arange(7000.0).reshape(1000, 7), 0, ref=over(np.max)),
    case(tf.reduce_min, floats(2, 3), **AXES, ref=over(np.min)),
    case(tf.reduce_min, fixed(1, nan), ref=over(np.min)),
    case(tf.reduce_min, fixed(), ref=lambda x: np.float32(inf)),
    case(tf.reduce_prod, positive(2, 3), **AXES, ref=over(np.prod)),
    case(tf.reduce_prod, positive(2, 3, 2), axis=each([0, 2], 1), ref=over(np.prod)),
    case(tf.reduce_prod, fixed(), ref=lambda x: np.float32(1)),
    case(tf.reduce_any, bools(2, 3), **AXES, ref=over(np.any), gradient=False),
    case(tf.reduce_all, bools(2, 3), **AXES, ref=over(np.all), gradient=False),
    case(tf.reduce_all, [], ref=lambda x: np.bool_(True), gradient=False),
    case(tf.reduce_logsumexp, floats(2, 3), axis=each(None, 0, -1), keepdims=each(False, True),
         ref=logsumexp, dtypes=["float32", "float64"]),
    case(tf.reduce_logsumexp, fixed(1000, 1000), ref=lambda x: np.float32(1000 + np.log(2))),
    case(tf.reduce_logsumexp, fixed(-inf, -inf), ref=lambda x: np.float32(-inf)),
    case(tf.math.reduce_euclidean_norm, positive(2, 3),
         axis=each(None, 1), keepdims=each(False, True),
         ref=lambda x, axis, keepdims: np.sqrt(
             (np.abs(x) ** 2).sum(axis, keepdims=keepdims)).astype(x.dtype),
         dtypes=["float32", "float64", "complex128"], gradient="first"),
    case(tf.math.reduce_variance, each(floats(2, 3), complexes(2, 3, dtype="complex64")),
         axis=each(None, 1),
         keepdims=each(False, True), ref=variance),
    case(tf.math.reduce_std, floats(2, 3), axis=each(None, 1),
         ref=lambda x, axis: np.std(x, axis=axis)),
    case(tf.math.count_nonzero, ints(3, 4, low=-1, high=2), axis=each(None, 0), gradient=False,
         ref=lambda x, axis: np.int64(np.count_nonzero(x, axis))),
    case(tf.math.count_nonzero, array(["", "a"]), dtype=tf.int32, gradient=False,
         ref=lambda x, dtype: np.int32(1)),
    case(tf.math.zero_fraction, ints(3, 4, low=-1, high=2), gradient=False,
         ref=lambda x: np.float32((x == 0).mean())),
    case(tf.argmax, floats(3, 4), axis=each(0, 1, -1), gradient=False, ref=np.argmax),
    case(tf.argmax, fixed(nan, 1, 3, 3), gradient=False, ref=lambda x: np.int64(2)),
    case(tf.argmax, floats(3), output_type=tf.int32, gradient=False,
         ref=lambda x, output_type: np.argmax(x).astype(np.int32)),
    case(tf.argmin, floats(3, 4), axis=each(0, 1, -1), gradient=False, ref=np.argmin),
    case(tf.argmin, fixed(nan, inf, 2), gradient=False, ref=lambda x: np.int64(2)),
    error(tf.reduce_sum, floats(3), 1, raises=Invalid,
          match="Invalid reduction dimension (1 for input with 1 dimension(s)"),
    error(tf.reduce_sum, floats(), 0, raises=Invalid,
          match="Invalid reduction dimension (0 for input with 0 dimension(s)"),
    error(tf.reduce_sum, floats(2, 3), [0, -2], raises=Invalid,
          match="Axes contains duplicate dimension: 0"),
    error(tf.reduce_sum, strings(2), raises=Invalid, match="Value for attr 'T' of string"),
    error(tf.reduce_mean, bools(2), raises=Invalid, match="Value for attr 'T' of bool"),
    error(tf.reduce_max, complexes(2), raises=Invalid, match="Value for attr 'T' of complex64"),
    error(tf.reduce_all, floats(2), raises=Invalid, match="expected to be a bool tensor"),
    error(tf.reduce_logsumexp, ints(2), raises=Invalid, match="Value for attr 'T' of int32"),
    error(tf.math.reduce_std, ints(2), raises=TypeError, match="Received integer type"),
    error(tf.argmax, floats(3), 2, raises=Invalid,
          match="Expected dimension in the range [-1, 1), but got 2"),
    error(tf.argmax, np.zeros((0, 3)), 0, raises=Invalid,
          match="Reduction axis 0 is empty in shape [0,3]"),
    error(tf.argmax, floats(3), [0], raises=TypeError, match="axis must be int"),
    error(tf.argmin, floats(3), output_type=tf.uint16, raises=Invalid,
          match="Value for attr 'output_type' of uint16"),
]  # fmt: skip
