"""Batches of boxes: objects/padded_suppression.py."""

import numpy as np
import pytest

import headrace as tf
from tests.cases.bounding_boxes import MANY, MANY_SCORES, greedy


def padded(boxes, scores, most, **options):
    return tf.image.non_max_suppression_padded(
        boxes, scores, most, pad_to_max_output_size=True, **options
    )


def batch():
    """Two images: the same boxes in two orders."""
    return np.stack([MANY, MANY[::-1]]), np.stack([MANY_SCORES, MANY_SCORES[::-1]])


@pytest.mark.parametrize("most", [10, 310])
@pytest.mark.parametrize("tile_size", [64, 512])
@pytest.mark.parametrize("form", ["eager", "function", "unknown sizes", "compiled"])
def test_every_image_is_chosen_from_by_itself(form, most, tile_size):
    def call(boxes, scores):
        return padded(boxes, scores, most, tile_size=tile_size)

    if form != "eager":
        sizes = [None, None] if form == "unknown sizes" else [2, 300]
        call = tf.function(
            call,
            autograph=False,
            jit_compile=form == "compiled",
            input_signature=[tf.TensorSpec([*sizes, 4]), tf.TensorSpec(sizes)],
        )
    boxes, scores = batch()
    indices, counts = call(tf.constant(boxes), tf.constant(scores))
    assert indices.shape == (2, most)
    for i in range(2):
        wanted = greedy(boxes[i], scores[i], most)
        assert counts[i] == len(wanted)
        np.testing.assert_array_equal(indices[i, : len(wanted)], wanted)
        assert not indices[i, len(wanted) :].numpy().any()


def test_without_padding_the_indices_end_with_the_last_box():
    indices, count = tf.image.non_max_suppression_padded(MANY, MANY_SCORES, 20, 0.2)
    wanted = greedy(MANY, MANY_SCORES, 20, 0.2)
    assert count == len(wanted)
    np.testing.assert_array_equal(indices, wanted)


def test_scores_that_fall_need_no_sorting():
    order = np.argsort(-MANY_SCORES)
    found = padded(MANY[order], MANY_SCORES[order], 20, sorted_input=True)
    wanted = padded(MANY[order], MANY_SCORES[order], 20)
    np.testing.assert_array_equal(found[0], wanted[0])


def test_corners_the_other_way_round():
    found = padded(MANY[:, [2, 3, 0, 1]], MANY_SCORES, 20)
    np.testing.assert_array_equal(found[0], padded(MANY, MANY_SCORES, 20)[0])
    same = padded(MANY, MANY_SCORES, 20, canonicalized_coordinates=True)
    np.testing.assert_array_equal(same[0], found[0])


def test_a_batch_has_to_be_padded():
    with pytest.raises(ValueError, match="must be True for batched input"):
        tf.image.non_max_suppression_padded(*batch(), 3)
