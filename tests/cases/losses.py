"""Losses: ops/losses.py."""

import numpy as np

import headrace as tf
from headrace._src.ops import losses
from tests.cases.row import array, case, each, error, floats, positive, unit

Invalid = tf.errors.InvalidArgumentError
LABELS = array([0, 2], dtype="int32")


def log_softmax(x, axis=-1):
    x = x - x.max(axis=axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))


def cross_entropy(labels, logits, axis=-1):
    return -(labels * log_softmax(logits, axis)).sum(axis=axis)


def softmax(x, axis=-1):
    return np.exp(log_softmax(x, axis))


# Labels are a distribution; those that are a softmax remain one whichever way they are moved.
def distributed(z, logits, axis=-1):
    labels = tf.nn.softmax(z, axis)
    return tf.nn.softmax_cross_entropy_with_logits(labels, logits, axis)


def of_distribution(z, logits, axis=-1):
    return cross_entropy(softmax(z, axis), logits, axis)


def both(z, logits):
    return losses.softmax_cross_entropy_op(logits, tf.nn.softmax(z))


def sparse(labels, logits):
    return -np.take_along_axis(log_softmax(logits), labels[..., None], -1)[..., 0]


def of_sigmoid(labels, logits):
    return np.maximum(logits, 0) - logits * labels + np.log1p(np.exp(-abs(logits)))


def weighted(labels, logits, weight):
    softplus = np.log1p(np.exp(-abs(logits))) + np.maximum(-logits, 0)
    return (1 - labels) * logits + (1 + (weight - 1) * labels) * softplus


ROWS = [
    case(distributed, floats(2, 3), floats(2, 3), ref=of_distribution),
    case(distributed, floats(2, 3, 4), floats(2, 3, 4), axis=each(0, 1), ref=of_distribution),
    case(distributed, floats(3), floats(2, 3), ref=of_distribution, name="one label for all rows"),
    # Both outputs, so that gradients also go through the slope.
    case(
        both,
        floats(2, 3),
        floats(2, 3),
        ref=lambda z, x: (of_distribution(z, x), softmax(x) - softmax(z)),
    ),
    case(
        tf.nn.softmax_cross_entropy_with_logits,
        array([[0, 0, 1]], dtype="int32"),
        array([[0.5, -1.0, 2.0]]),
        ref=cross_entropy,
        name="labels are cast to the dtype of logits",
    ),
    case(tf.nn.sparse_softmax_cross_entropy_with_logits, LABELS, floats(2, 3), ref=sparse),
    case(
        tf.nn.sparse_softmax_cross_entropy_with_logits,
        array([[0, 2], [1, 1]], dtype="int64"),
        floats(2, 2, 3),
        ref=sparse,
    ),
    case(
        losses.sparse_softmax_cross_entropy_op,
        floats(2, 3),
        LABELS,
        ref=lambda x, y: (sparse(y, x), softmax(x) - np.eye(3)[y].astype(x.dtype)),
    ),
    case(tf.nn.sigmoid_cross_entropy_with_logits, unit(2, 3), floats(2, 3), ref=of_sigmoid),
    case(tf.nn.weighted_cross_entropy_with_logits, unit(2, 3), floats(2, 3), 2.5, ref=weighted),
    case(tf.nn.log_poisson_loss, positive(4), floats(4), ref=lambda c, z: np.exp(z) - z * c),
    case(
        tf.nn.log_poisson_loss,
        array([0.5, 2.5]),
        floats(2),
        True,
        ref=lambda c, z, full: (
            np.exp(z) - z * c + np.where(c <= 1, 0, c * np.log(c) - c + 0.5 * np.log(2 * np.pi * c))
        ),
    ),
    case(tf.nn.l2_loss, floats(2, 3), ref=lambda x: (x * x).sum() / 2),
    case(tf.nn.scale_regularization_loss, floats(3), ref=np.sum),
    case(tf.nn.compute_average_loss, floats(3), ref=np.mean),
    error(
        tf.nn.softmax_cross_entropy_with_logits,
        floats(1, 3),
        floats(1, 2),
        raises=Invalid,
        match="logits and labels must be broadcastable: logits_size=[1,2] labels_size=[1,3]",
    ),
    error(
        tf.nn.sparse_softmax_cross_entropy_with_logits,
        labels=[5],
        logits=[[1.0, 2.0]],
        raises=Invalid,
        match="Received a label value of 5 which is outside the valid range of [0, 2)",
    ),
    error(
        tf.nn.sparse_softmax_cross_entropy_with_logits,
        labels=[0, 1],
        logits=[[1.0, 2.0]],
        raises=ValueError,
        match="must equal `logits.shape` except for the last dimension",
    ),
    error(
        tf.nn.sigmoid_cross_entropy_with_logits,
        floats(2),
        floats(3),
        raises=ValueError,
        match="`logits` and `labels` must have the same shape",
    ),
    error(tf.nn.compute_average_loss, array(1.0), raises=ValueError, match="at least rank 1"),
]
