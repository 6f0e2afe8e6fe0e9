"""Images of several sizes in one."""

import numpy as np
import pytest

import headrace as tf

SMALL = tf.reshape(tf.range(6.0), [2, 3, 1])
TALL = tf.reshape(tf.range(8.0), [4, 2, 1])


@pytest.mark.parametrize("method", ["bilinear", "nearest"])
def test_images_come_out_in_one_size(method):
    images = tf.RaggedTensor.from_nested_row_lengths(
        tf.concat([tf.reshape(SMALL, [-1, 1]), tf.reshape(TALL, [-1, 1])], 0),
        [[2, 4], [3, 3, 2, 2, 2, 2]],
    )
    found = tf.image.resize(images, (2, 2), method=method)
    for image, got in zip((SMALL, TALL), found, strict=True):
        np.testing.assert_array_equal(got, tf.image.resize(image, (2, 2), method=method))


def test_a_batch_has_rank_four():
    with pytest.raises(ValueError, match="rank must be 4 if images is ragged"):
        tf.image.resize(tf.ragged.constant([[1.0]]), (2, 2))
