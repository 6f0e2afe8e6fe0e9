"""Powers, exponentials, logarithms and their curves: ops/powers.py."""

import numpy as np

import headrace as tf
from headrace._src.ops import powers
from tests.cases.row import array, case, each, error, floats, ints, plain, positive

Invalid = tf.errors.InvalidArgumentError
NEGATIVE = "Integers to negative integer powers are not allowed"


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softplus(x):
    return np.logaddexp(x, 0 * x)


ROWS = [
    case(tf.pow, positive(3, 2), each(floats(2), floats(3, 1)), ref=np.power),
    case(tf.pow, positive(3), 2.0, ref=lambda x, y: x * x, dtypes=["float32", "complex64"]),
    case(tf.pow, array([2, 3, -2]), array([3, 0, 2]), ref=np.power, dtypes=["int32", "int64"]),
    case(tf.pow, plain(np.array([0.0, -2.0])), plain(np.array([0.0, 0.5])), ref=np.power),
    error(tf.pow, ints(3), -1, raises=Invalid, match=NEGATIVE),
    error(tf.pow, 2, 2.5, raises=TypeError, match="Cannot convert 2.5 to EagerTensor"),
    error(
        tf.pow,
        array([True, False], "bool"),
        array([True, False], "bool"),
        raises=Invalid,
        match="Value for attr 'T' of bool",
    ),
    case(tf.sqrt, positive(3), ref=np.sqrt),
    case(tf.sqrt, -1.0, ref=lambda x: np.float32(np.nan)),
    case(powers.sqrt_grad, positive(3), floats(3), ref=lambda y, dy: dy / (2 * np.conj(y))),
    case(tf.math.rsqrt, positive(3), ref=lambda x: 1 / np.sqrt(x)),
    case(powers.rsqrt_grad, positive(3), floats(3), ref=lambda y, dy: -dy / 2 * np.conj(y) ** 3),
    case(tf.math.reciprocal, positive(3), ref=np.reciprocal),
    case(powers.reciprocal_grad, positive(3), floats(3), ref=lambda y, dy: -dy * np.conj(y) ** 2),
    error(tf.sqrt, ints(2, dtype="int32"), raises=Invalid, match="Value for attr 'T' of int32"),
    error(
        tf.math.reciprocal,
        ints(2, dtype="int32"),
        raises=tf.errors.NotFoundError,
        match="Reciprocal",
    ),
    case(tf.exp, floats(3), ref=np.exp),
    case(tf.math.expm1, floats(3), ref=np.expm1),
    case(tf.math.log, positive(3), ref=np.log),
    case(tf.math.log1p, positive(3), ref=np.log1p),
    error(tf.exp, 1, raises=Invalid, match="Value for attr 'T' of int32"),
    error(tf.math.log, plain("a"), raises=Invalid, match="Value for attr 'T' of string"),
    error(tf.math.log, None, raises=ValueError, match="Attempt to convert a value (None)"),
    case(tf.math.xlogy, floats(3, 2), positive(2), ref=lambda x, y: x * np.log(y)),
    case(tf.math.xlog1py, floats(3, 2), positive(2), ref=lambda x, y: x * np.log1p(y)),
    case(tf.math.xdivy, floats(3, 2), positive(2), ref=np.divide),
    case(tf.math.xlogy, plain(np.array([0.0])), plain(np.array([0.0])), ref=lambda x, y: x),
    case(tf.math.xdivy, plain(np.array([0.0])), plain(np.array([0.0])), ref=lambda x, y: x),
    case(tf.math.xlog1py, plain(np.array([0.0])), plain(np.array([-1.0])), ref=lambda x, y: x),
    error(
        tf.math.xlogy,
        ints(2, dtype="int32"),
        ints(2, dtype="int32"),
        raises=Invalid,
        match="Value for attr 'T' of int32",
    ),
    case(tf.sigmoid, floats(3), ref=sigmoid),
    case(tf.sigmoid, array([-100.0, 100.0]), ref=lambda x: np.array([0, 1], x.dtype)),
    case(powers.sigmoid_grad, floats(3), floats(3), ref=lambda y, dy: dy * np.conj(y * (1 - y))),
    case(tf.nn.softplus, floats(3), ref=softplus),
    case(tf.math.softplus, array([-100.0, 100.0]), ref=softplus),
    case(powers.softplus_grad, floats(3), floats(3), ref=lambda g, x: g * sigmoid(x)),
    case(
        tf.math.log_sigmoid, floats(3), ref=lambda x: -softplus(-x), dtypes=["float32", "float64"]
    ),
    case(tf.nn.softsign, floats(3), ref=lambda x: x / (1 + abs(x))),
    case(powers.softsign_grad, floats(3), floats(3), ref=lambda g, x: g / (1 + abs(x)) ** 2),
    error(tf.sigmoid, ints(2, dtype="int32"), raises=Invalid, match="Value for attr 'T' of int32"),
    error(
        tf.nn.softplus,
        array(["a", "b"], "string"),
        raises=Invalid,
        match="Value for attr 'T' of string",
    ),
]
