"""What is refused as in TensorFlow: too short frames, matrices that do not fit, missing inputs."""

import numpy as np
import pytest

import headrace as tf


@pytest.mark.parametrize("shape", [[100], [2, 100], [0, 1000]])
def test_no_frame_to_fill_up(shape):
    with pytest.raises(tf.errors.InvalidArgumentError, match="at least 512 but got: 400"):
        tf.signal.stft(tf.ones(shape), 400, 160)


def test_no_frame_is_fine_where_nothing_is_to_be_filled_up():
    assert tf.signal.stft(tf.ones([100]), 400, 160, fft_length=300).shape == [0, 151]
    assert tf.signal.stft(tf.ones([100]), 400, 160, pad_end=True).shape == [1, 257]


@pytest.mark.parametrize("left, right", [([2, 3], [2, 3]), ([3], [2, 4]), ([3], [2])])
def test_a_product_of_numpy_raises_what_numpy_does(left, right):
    with pytest.raises(ValueError, match="incompatible"):
        tf.experimental.numpy.matmul(np.ones(left), np.ones(right))


def test_a_raw_op_names_itself_and_what_is_missing():
    with pytest.raises(TypeError, match=r"^add\(\) missing 1 required .* argument: 'y'$"):
        tf.raw_ops.Add(x=1.0)
    with pytest.raises(TypeError, match=r"^mat_mul\(\) missing 2 .* arguments: 'a' and 'b'$"):
        tf.raw_ops.MatMul()
