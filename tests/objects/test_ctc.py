"""The CTC loss of dense labels, against all alignments written out and the op for sparse ones."""

import numpy as np
import pytest

import headrace as tf
from tests.cases.ctc import LABEL_LENGTHS, LABELS, LENGTHS, loss

LOGITS = np.random.default_rng(3).normal(size=(6, 2, 3)).astype(np.float32)


def slope(logits, function):
    """The gradient of the summed loss."""
    logits = tf.convert_to_tensor(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        out = function(logits)
    return tape.gradient(out, logits)


def dense(logits, **how):
    return tf.nn.ctc_loss(LABELS, logits, LABEL_LENGTHS, LENGTHS, **how)


def sparse(logits, blank_index):
    places = [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1]]
    labels = tf.SparseTensor(places, tf.constant([1, 2, 2, 2, 1]), [2, 3])
    return tf.nn.ctc_loss(labels, logits, None, LENGTHS, blank_index=blank_index)


def test_it_is_the_sum_over_all_alignments():
    wanted = loss(LABELS, LOGITS, LABEL_LENGTHS, LENGTHS)
    np.testing.assert_allclose(dense(LOGITS), wanted, rtol=1e-5)
    turned = tf.transpose(LOGITS, [1, 0, 2])
    np.testing.assert_allclose(dense(turned, logits_time_major=False), wanted, rtol=1e-5)
    unique = tf.nn.ctc_unique_labels(LABELS)
    np.testing.assert_allclose(dense(LOGITS, unique=unique), wanted, rtol=1e-5)


def test_another_class_may_be_the_blank():
    wide = np.concatenate([LOGITS, LOGITS[:, :, :1] / 2], 2)
    wanted = loss(LABELS, wide, LABEL_LENGTHS, LENGTHS, True, 3)
    for blank in (3, -1):
        np.testing.assert_allclose(dense(wide, blank_index=blank), wanted, rtol=1e-5)


def test_its_gradient_is_the_ops():
    found = slope(LOGITS, dense)
    np.testing.assert_allclose(found, slope(LOGITS, lambda x: sparse(x, 0)), atol=1e-5)
    assert not found.numpy()[5, 1].any(), "beyond the length of its row a frame does not count"


@pytest.mark.parametrize("loss_of", [dense, lambda x: sparse(x, 0)])
def test_a_second_gradient_is_refused(loss_of):
    with pytest.raises(LookupError, match="Gradient explicitly disabled"):
        slope(LOGITS, lambda x: slope(x, loss_of))


@pytest.mark.parametrize("shape", [[6, 2, 3], [None, 2, 3], [None, None, None]])
def test_it_runs_in_a_function(shape):
    both = tf.function(lambda x: (dense(x), slope(x, dense)))
    both = both.get_concrete_function(tf.TensorSpec(shape))
    value, gradient = both(tf.constant(LOGITS))
    np.testing.assert_allclose(value, dense(LOGITS), rtol=1e-5)
    np.testing.assert_allclose(gradient, slope(LOGITS, dense), atol=1e-5)


def test_sizes_of_labels_may_be_unknown():
    spec = tf.TensorSpec([None, None], tf.int32)
    function = tf.function(lambda y: tf.nn.ctc_loss(y, LOGITS, LABEL_LENGTHS, LENGTHS))
    found = function.get_concrete_function(spec)(tf.constant(LABELS))
    np.testing.assert_allclose(found, dense(LOGITS), rtol=1e-5)


def test_labels_longer_than_their_frames_are_hardly_possible():
    found = tf.nn.ctc_loss(LABELS, LOGITS, LABEL_LENGTHS, [2, 5]).numpy()
    assert found[0] > 700
    np.testing.assert_allclose(found[1], dense(LOGITS)[1], rtol=1e-5)


def test_what_is_behind_the_labels_does_not_matter():
    labels = [[1, 2, 2], [2, 1, -7]]
    found = tf.nn.ctc_loss(labels, LOGITS, LABEL_LENGTHS, LENGTHS)
    np.testing.assert_allclose(found, dense(LOGITS), rtol=1e-6)


def test_impossible_classes_do_no_harm():
    logits = LOGITS.copy()
    logits[2, 0, 1] = -np.inf
    wanted = loss(LABELS, logits, LABEL_LENGTHS, LENGTHS)
    np.testing.assert_allclose(dense(logits), wanted, rtol=1e-5)
    assert np.isfinite(slope(logits, dense)).all()


def test_unique_labels():
    found, which = tf.nn.ctc_unique_labels([[1, 2, 2], [0, 0, 0]])
    assert found.numpy().tolist() == [[1, 2, 0], [0, 0, 0]]
    assert which.numpy().tolist() == [[0, 1, 1], [0, 0, 0]]
    assert found.dtype is tf.int64
    assert which.dtype is tf.int32
    with pytest.raises(ValueError, match="not scalars"):
        tf.nn.ctc_unique_labels(3)
