"""Normalization: ops/normalization.py."""

import numpy as np

import headrace as tf
from tests.cases.row import case, each, error, floats, ints, positive

Invalid = tf.errors.InvalidArgumentError


def moments(x, axes, keepdims=False):
    axes = None if axes is None else tuple(axes)
    return x.mean(axes, keepdims=keepdims), x.var(axes, keepdims=keepdims)


def weighted_moments(x, axes, weights):
    axes, total = tuple(axes), np.broadcast_to(weights, x.shape).sum(tuple(axes), keepdims=True)
    mean = (weights * x).sum(axes, keepdims=True) / total
    variance = (weights * (x - mean) ** 2).sum(axes, keepdims=True) / total
    return mean.squeeze(axes), variance.squeeze(axes)


def normalized(x, mean, variance, offset, scale, epsilon):
    return (x - mean) / np.sqrt(variance + epsilon) * scale + offset


def lrn(x, depth_radius=5, bias=1.0, alpha=1.0, beta=0.5):
    depth = x.shape[-1]
    near = [slice(max(i - depth_radius, 0), i + depth_radius + 1) for i in range(depth)]
    total = np.stack([(x[..., at] ** 2).sum(-1) for at in near], -1)
    return x / (bias + alpha * total) ** beta


ROWS = [
    case(
        tf.nn.moments, floats(3, 4), axes=each([0], [0, 1]), keepdims=each(False, True), ref=moments
    ),
    case(tf.nn.weighted_moments, floats(3, 4), [0], positive(3, 1), ref=weighted_moments),
    case(
        tf.nn.sufficient_statistics,
        floats(3, 4),
        [0],
        shift=0.5,
        ref=lambda x, axes, shift: (
            np.asarray(3, x.dtype),
            (x - shift).sum(0),
            ((x - shift) ** 2).sum(0),
            np.float32(0.5),
        ),
        dtypes=["float32"],
    ),
    case(
        tf.nn.normalize_moments,
        positive(),
        floats(3),
        floats(3),
        None,
        ref=lambda n, s, q, shift: (s / n, q / n - (s / n) ** 2),
    ),
    case(
        tf.nn.batch_normalization,
        floats(2, 3),
        floats(3),
        positive(3),
        floats(3),
        floats(3),
        0.25,
        ref=normalized,
    ),
    case(
        tf.nn.batch_norm_with_global_normalization,
        floats(2, 3),
        floats(3),
        positive(3),
        floats(3),
        floats(3),
        0.25,
        False,
        ref=lambda x, m, v, b, g, e, s: (x - m) / np.sqrt(v + e) + b,
    ),
    # TensorFlow has no second gradient here either.
    case(
        tf.nn.lrn,
        floats(1, 2, 2, 5),
        depth_radius=each(1, 9),
        ref=lrn,
        gradient="first",
        dtypes=["float32"],
    ),
    error(tf.nn.moments, floats(3), [2], raises=Invalid, match="Invalid reduction dimension"),
    error(tf.nn.lrn, floats(2, 2), raises=Invalid, match="in must be 4-dimensional"),
    error(tf.nn.lrn, ints(1, 1, 1, 1), raises=Invalid, match="Value for attr 'T'"),
]
