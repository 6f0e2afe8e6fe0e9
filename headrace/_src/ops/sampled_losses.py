"""Losses over very many classes, of which only some are looked at.

The one idea: the logits of the true classes and of a few sampled ones stand side by side, each less
the logarithm of how often it is to be expected in the sample; then an ordinary loss follows.

Gutmann and Hyvarinen, "Noise-contrastive estimation" (2010); Jean et al., "On using very large
target vocabulary for neural machine translation" (2015).

Read next: ops/losses.py, ops/candidate_sampling.py.
"""

from typing import Any

from headrace._src.core.dtypes import int64
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.array import length, reshape
from headrace._src.ops.candidate_sampling import (
    compute_accidental_hits,
    log_uniform_candidate_sampler,
)
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import ones_like, zeros_like
from headrace._src.ops.identity import stop_gradient
from headrace._src.ops.joining import concat, stack
from headrace._src.ops.losses import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits,
)
from headrace._src.ops.matmul import matmul
from headrace._src.ops.nn import embedding_lookup
from headrace._src.ops.powers import log
from headrace._src.ops.reduce import reduce_sum
from headrace._src.ops.scatter import tensor_scatter_nd_add


def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    name: str | None = "nce_loss",
) -> Tensor:
    """The noise-contrastive loss: true classes told apart from sampled ones, each by itself.

    weights: `[num_classes, dim]`, or a list of parts of it. biases: `[num_classes]`. labels: int64
    `[batch, num_true]`, a tensor or an array. inputs: `[batch, dim]`. sampled_values: what a
    candidate sampler answers; by default `tf.random.log_uniform_candidate_sampler` draws
    `num_sampled` different classes.
    remove_accidental_hits: whether sampled classes that are true ones do not count. The result is
    `[batch]`.

    >>> sampled = tf.random.all_candidate_sampler([[1]], 1, 2, True)
    >>> weights, biases, labels = tf.zeros([2, 3]), tf.zeros([2]), tf.constant([[1]])
    >>> tf.nn.nce_loss(
    ...     weights, biases, labels, tf.ones([1, 3]), 2, 2, sampled_values=sampled).numpy()
    array([2.0794415], dtype=float32)

    Raises tf.errors.InvalidArgumentError where shapes do not fit. Op: LogUniformCandidateSampler,
    GatherV2 and others.
    """
    logits, targets = _logits_and_labels(
        weights,
        biases,
        labels,
        inputs,
        num_sampled,
        num_classes,
        num_true,
        sampled_values,
        remove_accidental_hits,
        None,
    )
    return reduce_sum(sigmoid_cross_entropy_with_logits(targets, logits), 1, name=name)


def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    seed: int | None = None,
    name: str | None = "sampled_softmax_loss",
) -> Tensor:
    """The cross entropy of a softmax over the true classes and sampled ones only.

    weights: `[num_classes, dim]`, or a list of parts of it. biases: `[num_classes]`. labels: int64
    `[batch, num_true]`, a tensor or an array. inputs: `[batch, dim]`. sampled_values: what a
    candidate sampler answers; by default `tf.random.log_uniform_candidate_sampler` draws
    `num_sampled` different classes by `seed`. remove_accidental_hits: whether sampled classes that
    are true ones do not count. The result is `[batch]`. For training; the true loss is
    `softmax_cross_entropy_with_logits`.

    >>> sampled = tf.random.all_candidate_sampler([[1]], 1, 2, True)
    >>> weights, biases, labels = tf.zeros([2, 3]), tf.zeros([2]), tf.constant([[1]])
    >>> tf.nn.sampled_softmax_loss(
    ...     weights, biases, labels, tf.ones([1, 3]), 2, 2, sampled_values=sampled).numpy()
    array([0.6931472], dtype=float32)

    Raises tf.errors.InvalidArgumentError where shapes do not fit. Op: LogUniformCandidateSampler,
    GatherV2 and others.
    """
    logits, targets = _logits_and_labels(
        weights,
        biases,
        labels,
        inputs,
        num_sampled,
        num_classes,
        num_true,
        sampled_values,
        remove_accidental_hits,
        seed,
    )
    return softmax_cross_entropy_with_logits(stop_gradient(targets), logits, name=name)


def _logits_and_labels(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int,
    sampled_values: Any,
    removes_hits: bool,
    seed: int | None,
) -> tuple[Tensor, Tensor]:
    """Logits `[batch, num_true + num_sampled]`, the true classes' first, and their labels."""
    if labels.dtype != int64:
        labels = cast(labels, int64)
    flat = reshape(labels, [-1])
    if sampled_values is None:
        sampled_values = log_uniform_candidate_sampler(
            labels, num_true, num_sampled, True, num_classes, seed
        )
    sampled, true_expected, expected = (stop_gradient(value) for value in sampled_values)
    sampled = cast(sampled, int64)
    classes = concat([flat, sampled], 0)
    rows, offsets = embedding_lookup(weights, classes), embedding_lookup(biases, classes)
    inputs = convert(inputs)
    if inputs.dtype is not rows.dtype:
        rows = cast(rows, inputs.dtype)
        offsets = cast(offsets, inputs.dtype)
    count = length(flat, 0)
    others = matmul(inputs, rows[count:], transpose_b=True)
    own = reshape(rows[:count], [-1, num_true, length(rows, 1)])
    scores = reduce_sum(inputs[:, None] * own, 2)
    true_logits = scores + reshape(offsets[:count], [-1, num_true])
    others = others + offsets[count:]
    if removes_hits:
        hits = compute_accidental_hits(labels, sampled, num_true)
        places = stack([cast(hits.indices, int64), hits.ids], 1)
        others = tensor_scatter_nd_add(others, places, cast(hits.weights, others.dtype))
    true_logits = true_logits - log(cast(true_expected, inputs.dtype))
    others = others - log(cast(expected, inputs.dtype))
    targets = [ones_like(true_logits) / num_true, zeros_like(others)]
    return concat([true_logits, others], 1), concat(targets, 1)
