"""Rows for candidate samplers and the losses over what they draw.

The expected numbers are TensorFlow's. Samplers are seeded inside the row, so that a row means the
same however often it runs.
"""

import functools

import numpy as np

import headrace as tf
from tests.cases.row import case, error, floats, plain

Invalid = tf.errors.InvalidArgumentError
TRUE = [[0], [3]]
WEIGHTS = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


def seeded(function):
    """The function, called right after the global seed is set."""

    @functools.wraps(function)
    def called(*args, **kwargs):
        tf.random.set_seed(42)
        return function(*args, **kwargs)

    return called


uniform = seeded(tf.random.uniform_candidate_sampler)
log_uniform = seeded(tf.random.log_uniform_candidate_sampler)
fixed = seeded(tf.random.fixed_unigram_candidate_sampler)
every = seeded(tf.random.all_candidate_sampler)


def gives(classes, true, sampled):
    """A reference that answers what a sampler did."""
    parts = np.array(classes), np.float32(true)[:, None], np.float32(sampled)
    return lambda *_, **__: parts


SAMPLED = plain(
    (
        np.array([3, 1, 7, 2]),
        np.float32([[0.5], [0.2], [0.1]]),
        np.float32([0.3, 0.4, 0.2, 0.1]),
    )
)
LABELS = plain(np.array([[1], [2], [9]]))


def logits(weights, biases, labels, inputs, sampled, drops_hits):
    """The logits of the true classes, then of the sampled ones."""
    classes, true_expected, expected = sampled
    true_expected, expected = (x.astype(np.float64) for x in (true_expected, expected))
    own = (inputs * weights[labels[:, 0]]).sum(1) + biases[labels[:, 0]]
    others = inputs @ weights[classes].T + biases[classes]
    if drops_hits:
        others = np.where(classes == labels, -np.inf, others)
    own = own - np.log(true_expected[:, 0])
    return np.concatenate([own[:, None], others - np.log(expected)], 1)


def nce(weights, biases, labels, inputs, _, __, sampled_values, remove_accidental_hits=False):
    """The true classes told from the sampled ones, each by itself."""
    z = logits(weights, biases, labels, inputs, sampled_values, remove_accidental_hits)
    return np.logaddexp(0, -z[:, 0]) + np.logaddexp(0, z[:, 1:]).sum(1)


def softmax(weights, biases, labels, inputs, _, __, sampled_values, remove_accidental_hits=True):
    """The cross entropy over true and sampled classes."""
    z = logits(weights, biases, labels, inputs, sampled_values, remove_accidental_hits)
    return np.logaddexp.reduce(z, 1) - z[:, 0]


ROWS = [
    case(
        uniform,
        TRUE,
        1,
        5,
        True,
        10,
        ref=gives([1, 7, 6, 2, 8], [0.5695328] * 2, [0.5695328] * 5),
        eager_only="a function's ops have seeds of their own",
    ),
    case(
        uniform,
        TRUE,
        1,
        5,
        False,
        10,
        seed=7,
        ref=None,
        eager_only="a function's ops have seeds of their own",
    ),
    error(uniform, TRUE, 1, 5, True, 4, raises=Invalid, match="Sampler's range is too small"),
    error(uniform, TRUE, 2, 5, True, 9, raises=Invalid, match="must have num_true columns"),
    error(uniform, [[20]], 1, 5, True, 9, raises=Invalid, match=r"out of range \[0, 9\)"),
    error(uniform, [1, 2], 1, 5, True, 9, raises=Invalid, match="must be a matrix"),
    case(
        log_uniform,
        TRUE,
        1,
        5,
        True,
        10,
        ref=gives(
            [1, 6, 0, 8, 5],
            [1.4453242, 0.46529043],
            [0.8454604, 0.27843457, 1.4453242, 0.21969375, 0.32142913],
        ),
        eager_only="a function's ops have seeds of their own",
    ),
    error(log_uniform, TRUE, 1, 0, True, 9, raises=Invalid, match="must be at least minimum 1"),
    case(
        fixed,
        TRUE,
        1,
        12,
        False,
        6,
        unigrams=WEIGHTS,
        seed=4,
        ref=gives(
            [3, 5, 5, 5, 4, 5, 1, 1, 5, 4, 5, 1],
            [0.5714286, 2.2857144],
            np.array([4, 6, 6, 6, 5, 6, 2, 2, 6, 5, 6, 2]) * 12 / 21,
        ),
        eager_only="a function's ops have seeds of their own",
    ),
    error(fixed, TRUE, 1, 5, True, 6, raises=Invalid, match="either vocab_file or unigrams"),
    error(fixed, TRUE, 1, 1, True, 6, unigrams=[1.0], raises=Invalid, match="weights size  1"),
    error(
        fixed,
        TRUE,
        1,
        1,
        True,
        6,
        vocab_file="/nowhere/at all",
        raises=tf.errors.NotFoundError,
        match="No such file",
    ),
    case(every, TRUE, 1, 3, True, ref=gives([0, 1, 2], [1, 1], [1, 1, 1])),
    error(every, TRUE, 2, 3, True, raises=Invalid, match="must have num_true columns"),
    case(
        tf.nn.compute_accidental_hits,
        plain(np.array([[1, 2], [3, 1]])),
        plain(np.array([1, 5, 3, 1])),
        2,
        ref=lambda *_: (
            np.int32([0, 1, 1]),
            np.array([3, 2, 3]),
            np.full(3, np.finfo(np.float32).min),
        ),
    ),
    error(
        tf.nn.compute_accidental_hits,
        [[1, 2]],
        [1],
        1,
        raises=Invalid,
        match="must be a batch_size . num_true matrix",
    ),
    case(
        tf.nn.nce_loss,
        floats(10, 4),
        floats(10),
        LABELS,
        floats(3, 4),
        4,
        10,
        sampled_values=SAMPLED,
        ref=nce,
    ),
    case(
        tf.nn.nce_loss,
        floats(10, 4),
        floats(10),
        LABELS,
        floats(3, 4),
        4,
        10,
        sampled_values=SAMPLED,
        remove_accidental_hits=True,
        ref=nce,
    ),
    case(
        tf.nn.sampled_softmax_loss,
        floats(10, 4),
        floats(10),
        LABELS,
        floats(3, 4),
        4,
        10,
        sampled_values=SAMPLED,
        ref=softmax,
    ),
    error(
        tf.nn.nce_loss,
        floats(10, 4),
        floats(10),
        LABELS,
        floats(3, 4),
        40,
        10,
        raises=Invalid,
        match="Sampler's range is too small",
    ),
    error(
        tf.nn.sampled_softmax_loss,
        floats(10, 4),
        floats(10),
        LABELS,
        floats(3, 2),
        4,
        10,
        sampled_values=SAMPLED,
        raises=Invalid,
        match="Matrix size-incompatible",
    ),
]
