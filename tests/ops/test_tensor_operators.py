"""Tests of the operators as functions (headrace/_src/ops/tensor_operators.py)."""

import pytest

import headrace as tf

of = tf.__operators__


def test_add():
    assert of.add(tf.constant([1.0]), 2).numpy().tolist() == [3]
    assert of.add(tf.constant("a"), "b").numpy() == b"ab"
    with pytest.raises(AttributeError, match="'int' object has no attribute 'dtype'"):
        of.add(1, 2)
    with pytest.raises(tf.errors.InvalidArgumentError, match="AddV2"):
        of.add(tf.constant(1), tf.constant(1.0))


def test_equality():
    assert of.eq(tf.constant([1, 2]), [1, 3]).numpy().tolist() == [True, False]
    assert of.ne([1, 2], tf.constant([1, 3])).numpy().tolist() == [False, True]
    assert of.eq(tf.constant(1), None) is False
    assert of.ne(tf.constant(1), None) is True
    assert not of.eq(tf.constant([1, 2]), tf.constant([1, 2, 3])).numpy()
    with pytest.raises(ValueError, match="Attempt to convert a value"):
        of.eq(None, 1)


def test_getitem():
    assert of.getitem([1, 2], 0).numpy() == 1
    v = tf.Variable([1, 2])
    of.getitem(v.read_value(), 0, var=v).assign(5)
    assert v.numpy().tolist() == [5, 2]
    with pytest.raises(TypeError, match="valid indices, got 'a'"):
        of.getitem(tf.constant([1]), "a")


def test_the_names_of_the_operators():
    assert {"__add__", "__rsub__", "__eq__", "__getitem__"} <= tf.Tensor.OVERLOADABLE_OPERATORS
    assert all(hasattr(tf.Tensor, name) for name in tf.Tensor.OVERLOADABLE_OPERATORS)
    assert "__round__" not in tf.Tensor.OVERLOADABLE_OPERATORS
