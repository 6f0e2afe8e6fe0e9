"""Biases, embeddings and dropout: ops/nn.py, ops/dropout.py."""

import numpy as np

import headrace as tf
from headrace._src.ops import nn
from tests.cases.row import array, case, each, error, floats, ints

Invalid = tf.errors.InvalidArgumentError
IDS = array([[2, 0], [2, 1]], dtype="int32")


def shortened(table, ids, max_norm):
    rows = table[ids]
    norm = np.sqrt((rows * rows).sum(-1, keepdims=True))
    return rows * max_norm / np.maximum(norm, max_norm)


ROWS = [
    case(tf.nn.bias_add, floats(2, 3), floats(3), ref=np.add),
    case(tf.nn.bias_add, ints(2, 2, 3), ints(3), ref=np.add, gradient=False),
    case(
        tf.nn.bias_add,
        floats(2, 3, 2, 2),
        floats(3),
        "NCHW",
        ref=lambda x, b, f: x + b.reshape(3, 1, 1),
    ),
    case(
        nn.bias_add_grad,
        floats(2, 3, 4),
        each("NHWC", "NCHW"),
        ref=lambda x, f: x.sum((0, 1) if f == "NHWC" else (0, 2)),
    ),
    case(tf.nn.embedding_lookup, floats(3, 2), IDS, ref=lambda t, i: t[i]),
    case(tf.nn.embedding_lookup, floats(3, 2), IDS, 0.5, ref=shortened),
    case(
        tf.nn.embedding_lookup,
        [floats(2, 2), floats(1, 2)],
        IDS,
        ref=lambda parts, i: np.concatenate(parts)[i],
    ),
    case(tf.nn.dropout, floats(3), 0.0, ref=lambda x, rate: x),
    case(
        tf.nn.experimental.stateless_dropout,
        floats(4),
        0.5,
        seed=[1, 2],
        ref=lambda x, rate, seed: x * np.array([2, 0, 2, 0], x.dtype),
        dtypes=["float32"],
    ),
    error(
        tf.nn.bias_add,
        floats(2, 2),
        floats(3),
        raises=Invalid,
        match="as the last dimension of the input tensor: [3] vs. [2,2]",
    ),
    error(tf.nn.bias_add, floats(2, 2), floats(2), "FOO", raises=ValueError, match="`data_format`"),
    error(tf.nn.embedding_lookup, floats(2, 2), [5], raises=Invalid, match="is not in [0, 2)"),
    error(tf.nn.embedding_lookup, None, [0], raises=ValueError, match="params must be specified"),
    error(tf.nn.dropout, floats(3), 1.0, raises=ValueError, match="in the range [0, 1)"),
    error(tf.nn.dropout, ints(3), 0.5, raises=ValueError, match="must be a floating point tensor"),
]
