"""Activations: ops/activations.py."""

import numpy as np

import headrace as tf
from headrace._src.ops import activations
from tests.cases.row import array, case, each, error, floats, ints

Invalid = tf.errors.InvalidArgumentError


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def log_softmax(x, axis=-1):
    return np.log(softmax(x, axis))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gelu(x, approximate=False):
    import math

    if approximate:
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + np.vectorize(math.erf, otypes=[x.dtype])(x / np.sqrt(2)))


ROWS = [
    case(tf.nn.relu, floats(3, 4), ref=lambda x: np.maximum(x, 0)),
    case(tf.nn.relu, ints(5), ref=lambda x: np.maximum(x, 0), gradient=False),
    case(tf.nn.relu6, array([-1.5, 2.5, 7.5]), ref=lambda x: np.clip(x, 0, 6)),
    case(
        tf.nn.leaky_relu,
        floats(3, 4),
        alpha=each(0.25, 2.0),
        ref=lambda x, alpha: np.where(x > 0, x, alpha * x),
    ),
    case(tf.nn.elu, floats(3, 4), ref=lambda x: np.where(x > 0, x, np.expm1(x))),
    case(
        tf.nn.selu,
        floats(3, 4),
        ref=lambda x: np.where(x > 0, 1.0507009873554805 * x, 1.7580993408473768 * np.expm1(x)),
    ),
    case(
        tf.nn.crelu,
        floats(2, 3),
        axis=each(-1, 0),
        ref=lambda x, axis: np.maximum(np.concatenate([x, -x], axis), 0),
    ),
    case(tf.nn.silu, floats(3, 4), ref=lambda x: x * sigmoid(x)),
    case(tf.nn.silu, floats(3), beta=array(1.5), ref=lambda x, beta: x * sigmoid(beta * x)),
    case(tf.nn.gelu, floats(3, 4), approximate=each(False, True), ref=gelu),
    case(tf.nn.softmax, floats(2, 3, 4), axis=each(-1, 0, 1), ref=softmax),
    case(tf.nn.log_softmax, floats(2, 3, 4), axis=each(-1, 0, 1), ref=log_softmax),
    case(tf.nn.softmax, array([1000.0, 1000.0]), ref=softmax, name="softmax without overflow"),
    case(
        activations.relu_grad,
        floats(4),
        array([-1.0, -0.5, 1.0, 2.0]),
        ref=lambda dy, x: dy * (x > 0),
    ),
    error(tf.nn.softmax, floats(3), axis=2, raises=Invalid, match="must be in the range [-1, 1)"),
    error(tf.nn.softmax, array(1.0), raises=Invalid, match="logits must have >= 1 dimension"),
    error(tf.nn.elu, ints(3), raises=Invalid, match="Value for attr 'T' of int"),
    error(tf.nn.gelu, ints(3), raises=ValueError, match="must be a floating point tensor"),
    error(tf.nn.leaky_relu, floats(3), alpha="a", raises=TypeError, match="Expected float"),
    error(activations.relu_grad, floats(2), floats(1), raises=Invalid, match="same size and shape"),
]
