"""Circular and hyperbolic functions: ops/trigonometry.py."""

import numpy as np

import headrace as tf
from headrace._src.ops.trigonometry import tanh_grad
from tests.cases.row import case, complexes, each, error, floats, ints, plain, positive, unit

Invalid = tf.errors.InvalidArgumentError

ROWS = [
    case(tf.sin, floats(3), ref=np.sin),
    case(tf.cos, floats(3), ref=np.cos),
    case(tf.tan, unit(3), ref=np.tan),
    case(tf.asin, unit(3), ref=np.arcsin),
    case(tf.acos, unit(3), ref=np.arccos),
    case(tf.atan, unit(3), ref=np.arctan),
    case(tf.atan2, floats(3, 2), each(floats(2), floats(3, 1)), ref=np.arctan2),
    case(tf.sinh, floats(3), ref=np.sinh),
    case(tf.cosh, floats(3), ref=np.cosh),
    case(tf.tanh, floats(3), ref=np.tanh),
    case(tanh_grad, floats(3), floats(3), ref=lambda y, dy: dy * (1 - np.conj(y) ** 2)),
    case(tf.asinh, floats(3), ref=np.arcsinh),
    case(tf.acosh, floats(3, low=1.1, high=3.0), ref=np.arccosh),
    case(tf.atanh, unit(3), ref=np.arctanh),
    case(tf.acos, plain(np.array([2.0])), ref=np.arccos),
    error(tf.sin, ints(2, dtype="int32"), raises=Invalid, match="Value for attr 'T' of int32"),
    error(
        tf.atan2,
        complexes(2, dtype="complex64"),
        complexes(2, dtype="complex64"),
        raises=Invalid,
        match="of complex64",
    ),
    error(tf.atan2, positive(3), positive(4), raises=Invalid, match="Incompatible shapes"),
]
