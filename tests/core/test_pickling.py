"""Composite values and their specs survive pickle and copy, though their modules are by name only.

Read next: headrace/_src/core/pickling.py.
"""

import copy
import pickle

import numpy as np
import pytest

import headrace as tf

SPECS = [
    tf.SparseTensorSpec([None, 3], tf.string),
    tf.IndexedSlicesSpec([4, 2], tf.float64, tf.int32),
    tf.TensorArraySpec([2], tf.int32, dynamic_size=True),
    tf.OptionalSpec(tf.SparseTensorSpec([2])),
    tf.NoneTensorSpec(),
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: type(spec).__name__)
@pytest.mark.parametrize("again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_spec_is_the_same_afterwards(spec, again):
    assert again(spec) == spec and type(again(spec)) is type(spec)


def test_so_is_a_value():
    x = tf.SparseTensor([[0, 1], [2, 0]], ["a", "b\0"], [3, 2])
    back = pickle.loads(pickle.dumps({"x": [x]}))["x"][0]
    assert back.shape == [3, 2]
    for one, two in zip(
        tf.nest.flatten(x, expand_composites=True),
        tf.nest.flatten(back, expand_composites=True),
        strict=True,
    ):
        np.testing.assert_array_equal(one.numpy(), two.numpy())
    rows = tf.IndexedSlices(tf.ones([2, 3]), tf.constant([0, 4]), tf.constant([5, 3]))
    assert pickle.loads(pickle.dumps(rows)).dense_shape.numpy().tolist() == [5, 3]
