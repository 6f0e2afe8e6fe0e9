"""Tests in combinations.

Read next: headrace/_src/testing/combinations.py.
"""

import unittest

import pytest
from absl.testing import parameterized

import headrace as tf

combinations = tf.__internal__.test.combinations
combine, times = combinations.combine, combinations.times


def test_lists_of_combinations():
    assert combine(a=[1, 2], b=3) == [{"a": 1, "b": 3}, {"a": 2, "b": 3}]
    assert times(combine(a=1), combine(b=[2, 3])) == [{"a": 1, "b": 2}, {"a": 1, "b": 3}]
    assert times([], combine(a=1)) == []
    with pytest.raises(ValueError, match="overlap"):
        times(combine(a=1), combine(a=2))


def test_every_combination_is_a_test():
    ran = []
    named = combinations.NamedObject("nm", lambda x: x + 1)

    class Case(tf.test.TestCase, parameterized.TestCase):
        @combinations.generate(combine(mode=["graph", "eager"], x=[1, 2]))
        def test_a(self, x):
            ran.append((self._testMethodName, x, tf.executing_eagerly()))

        @combinations.generate(combine(f=named, mode="eager"))
        def test_b(self, f, mode):
            ran.append((self._testMethodName, f(1), mode))

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
    assert result.wasSuccessful(), result.errors
    # The names are TensorFlow's.
    assert ran == [
        ("test_a_test_mode_eager_x_1", 1, True),
        ("test_a_test_mode_eager_x_2", 2, True),
        ("test_a_test_mode_graph_x_1", 1, False),
        ("test_a_test_mode_graph_x_2", 2, False),
        ("test_b_test_f_nm_mode_eager", 2, "eager"),
    ]


def test_parameters_that_a_test_does_not_take():
    class Case(tf.test.TestCase, parameterized.TestCase):
        @combinations.generate(combine(y=1))
        def test_a(self):
            pass

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
    assert "does not take" in result.errors[0][1]
    with pytest.raises(NotImplementedError, match="test_combinations"):
        combinations.generate([], test_combinations=(1,))
