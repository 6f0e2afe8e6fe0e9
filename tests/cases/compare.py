"""Comparisons and logic: ops/compare.py."""

import numpy as np

import headrace as tf
from headrace._src.ops.compare import approximate_equal
from tests.cases.row import (
    array,
    bools,
    case,
    complexes,
    each,
    error,
    floats,
    ints,
)

Invalid = tf.errors.InvalidArgumentError
nan, inf = np.nan, np.inf

ROWS = [
    case(tf.equal, array([1.0, 2.0, nan]), array([1.0, 3.0, nan]), ref=np.equal, gradient=False),
    case(tf.equal, array(["a", "b"]), array(["a", "c"]), ref=np.equal, gradient=False),
    case(tf.equal, bools(3), bools(3), ref=np.equal, gradient=False),
    case(tf.equal, array([[1], [2]]), array([1, 2]), ref=np.equal, gradient=False),
    case(tf.not_equal, array([1.0, nan]), array([1.0, nan]), ref=np.not_equal, gradient=False),
    case(tf.less, floats(3, 2), floats(2), ref=np.less, gradient=False),
    case(tf.less_equal, ints(3, 2), ints(2), ref=np.less_equal, gradient=False),
    case(tf.greater, floats(3, 2), each(floats(2), floats(3, 1)), ref=np.greater, gradient=False),
    case(tf.greater_equal, ints(3, 2), ints(2), ref=np.greater_equal, gradient=False),
    case(
        approximate_equal,
        array([1.0, 2.0]),
        array([1.0, 2.1]),
        tolerance=each(1e-5, 0.5),
        ref=lambda x, y, tolerance: abs(x - y) < tolerance,
        gradient=False,
    ),
    case(tf.math.is_nan, array([1.0, nan, inf]), ref=np.isnan, gradient=False),
    case(tf.math.is_inf, array([1.0, nan, -inf]), ref=np.isinf, gradient=False),
    case(tf.math.is_finite, array([1.0, nan, inf]), ref=np.isfinite, gradient=False),
    case(tf.logical_and, bools(3, 2), bools(2), ref=np.logical_and, gradient=False),
    case(tf.logical_or, bools(3, 2), bools(2), ref=np.logical_or, gradient=False),
    case(tf.logical_not, bools(3), ref=np.logical_not, gradient=False),
    case(tf.math.logical_xor, bools(3, 2), bools(2), ref=np.logical_xor, gradient=False),
    error(tf.equal, floats(3), floats(2), raises=Invalid, match="Incompatible shapes: [3] vs. [2]"),
    error(tf.equal, floats(3), ints(3), raises=Invalid, match="cannot compute Equal as input #1"),
    error(tf.equal, floats(3), None, raises=ValueError, match="Attempt to convert a value (None)"),
    error(tf.not_equal, floats(3), "a", raises=TypeError, match="Cannot convert 'a'"),
    error(
        tf.less,
        array([True, False], "bool"),
        array([True, False], "bool"),
        raises=Invalid,
        match="Value for attr 'T' of bool",
    ),
    error(
        tf.greater,
        array(["a", "b"], "string"),
        array(["a", "b"], "string"),
        raises=Invalid,
        match="Value for attr 'T' of string",
    ),
    error(
        tf.less,
        complexes(2, dtype="complex64"),
        complexes(2, dtype="complex64"),
        raises=Invalid,
        match="of complex64",
    ),
    error(
        approximate_equal,
        floats(2),
        floats(1),
        raises=Invalid,
        match="x and y must be of the same shape. x shape: [2]. y shape: [1]",
    ),
    error(
        tf.math.is_nan, ints(2, dtype="int32"), raises=Invalid, match="Value for attr 'T' of int32"
    ),
    error(
        tf.logical_and,
        ints(2, dtype="int32"),
        ints(2, dtype="int32"),
        raises=Invalid,
        match="expected to be a bool tensor",
    ),
    error(
        tf.logical_not,
        floats(2, dtype="float32"),
        raises=Invalid,
        match="expected to be a bool tensor",
    ),
]
