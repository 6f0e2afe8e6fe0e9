"""Ragged tensors as a handbook presents them, and as programs use them.

Beside the recorded session: gradients with respect to ragged tensors, a bag of words that learns
from batches of all sizes in one trace, attention within rows, a recurrent layer over padded rows.

Read next: tests/sessions.py, handbook_ragged.txt.
"""

from pathlib import Path

import numpy as np
import pytest

import headrace as tf
from tests.sessions import chapters, replay

R = tf.ragged.constant
IDS = tf.RaggedTensorSpec([None, None], tf.int32)


@pytest.mark.parametrize("session", chapters(Path(__file__).parent / "handbook_ragged.txt"))
def test_answers_as_tensorflow(session):
    replay(session)


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (lambda x: x * x, [[2, 4, 6], [], [8]]),
        (lambda x: tf.concat([x, x * 2.0], axis=1)[:, 1:], [[2, 3, 3], [], [2]]),
        (lambda x: tf.gather(x, [0, 0]), [[2, 2, 2], [], [0]]),
        (lambda x: tf.reverse(x, [0]), [[1, 1, 1], [], [1]]),
        (lambda x: x.to_tensor(), [[1, 1, 1], [], [1]]),
        (lambda x: x.to_sparse().values, [[1, 1, 1], [], [1]]),
        (lambda x: tf.reduce_sum(x, axis=1) ** 2, [[12, 12, 12], [], [8]]),
        (lambda x: tf.ragged.stack([x, x]), [[2, 2, 2], [], [2]]),
        (lambda x: tf.map_fn(tf.square, x), [[2, 4, 6], [], [8]]),
    ],
)
def test_the_gradient_with_respect_to_a_ragged_tensor_is_one(compute, expected):
    x = R([[1.0, 2.0, 3.0], [], [4.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = compute(x)
    found = tape.gradient(y, x)
    assert isinstance(found, tf.RaggedTensor)
    assert found.to_list() == expected


@pytest.mark.parametrize("splits", [tf.int32, tf.int64])
def test_rows_are_mapped_to_rows_however_many_there_are(splits):
    @tf.function(input_signature=[tf.RaggedTensorSpec([None, None], tf.float32, 1, splits)])
    def twice(x):
        return tf.map_fn(lambda row: row * 2.0, x)

    for rows in ([[1.0, 2.0], [], [4.0]], [[]]):
        x = R(rows, dtype=tf.float32, ragged_rank=1, row_splits_dtype=splits)
        assert twice(x).to_list() == [[2 * v for v in row] for row in rows]


def test_a_bag_of_words_learns_from_batches_of_all_sizes_in_one_trace():
    rng = np.random.default_rng(0)
    table = tf.Variable(rng.normal(size=(6, 4)).astype(np.float32))
    weights = tf.Variable(rng.normal(size=(4, 1)).astype(np.float32))
    variables = [table, weights]
    means, squares = ([tf.Variable(tf.zeros_like(v)) for v in variables] for _ in range(2))
    traces = []

    @tf.function(input_signature=[IDS, tf.TensorSpec([None]), tf.TensorSpec([])])
    def step(ids, labels, count):
        traces.append(ids)
        with tf.GradientTape() as tape:
            bags = tf.reduce_mean(tf.nn.embedding_lookup(table, ids), axis=1)
            logits = tf.squeeze(bags @ weights, 1)
            losses = tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, variables)
        for v, gradient, m, s in zip(variables, gradients, means, squares, strict=True):
            gradient = tf.convert_to_tensor(gradient)
            m.assign(0.9 * m + 0.1 * gradient)
            s.assign(0.99 * s + 0.01 * gradient**2)
            v.assign_sub(0.1 * m / (1 - 0.9**count) / (tf.sqrt(s / (1 - 0.99**count)) + 1e-7))
        return loss

    # A row is good if it holds more of 0, 1, 2 than of 3, 4, 5.
    rows = [[0, 1], [3], [2, 2, 4], [5, 4, 3, 0], [1], [4, 5]]
    labels = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0]
    losses = []
    for i in range(60):
        chosen = [(i + k) % 6 for k in range(1 + i % 4)]
        batch = R([rows[c] for c in chosen], ragged_rank=1)
        losses.append(float(step(batch, [labels[c] for c in chosen], float(i + 1))))
    assert len(traces) == 1
    assert np.mean(losses[-10:]) < 0.1 < 0.5 < np.mean(losses[:10])


def test_attention_within_rows_is_that_of_masked_rows():
    keys = tf.constant(np.random.default_rng(1).normal(size=(5, 3)), tf.float32)
    query = tf.constant([1.0, -1.0, 0.5])

    @tf.function(input_signature=[IDS])
    def ragged(ids):
        rows = tf.nn.embedding_lookup(keys, ids)
        scores = tf.ragged.map_flat_values(lambda values: tf.linalg.matvec(values, query), rows)
        return tf.reduce_sum(tf.expand_dims(tf.nn.softmax(scores), 2) * rows, axis=1)

    @tf.function(input_signature=[IDS])
    def masked(ids):
        padded = ids.to_tensor()
        rows = tf.gather(keys, padded)
        mask = tf.sequence_mask(ids.row_lengths(), tf.shape(padded)[1])
        scores = tf.where(mask, tf.linalg.matvec(rows, query), -1e9)
        return tf.einsum("bt,btd->bd", tf.nn.softmax(scores), rows)

    for ids in (R([[0, 1, 4], [2], [3, 3]]), R([[4, 2, 1, 0, 3]])):
        np.testing.assert_allclose(ragged(ids), masked(ids), rtol=1e-5, atol=1e-6)


def test_a_loop_over_rows_and_one_over_steps_are_the_same_layer():
    rng = np.random.default_rng(2)
    table, inner = (tf.Variable(rng.normal(size=s), dtype=tf.float32) for s in [(5, 3), (3, 3)])

    @tf.function(input_signature=[IDS])
    def by_steps(ids):
        x = tf.gather(table, ids.to_tensor())
        mask = tf.sequence_mask(ids.row_lengths())
        state = tf.zeros([tf.shape(x)[0], 3])
        for t in tf.range(tf.shape(x)[1]):
            state = tf.where(mask[:, t, None], tf.tanh(x[:, t] + state @ inner), state)
        return state

    @tf.function(input_signature=[IDS])
    def by_rows(ids):
        def last(row):
            state = tf.zeros([1, 3])
            for word in row:
                state = tf.tanh(table[word] + state @ inner)
            return state[0]

        return tf.map_fn(last, ids, fn_output_signature=tf.float32)

    ids = R([[0, 1, 4], [], [2, 2, 3, 1]])
    found = []
    for layer in (by_steps, by_rows):
        with tf.GradientTape() as tape:
            state = layer(ids)
        found.append([state, *map(tf.convert_to_tensor, tape.gradient(state, [table, inner]))])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
