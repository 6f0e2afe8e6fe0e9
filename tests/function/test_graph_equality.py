"""Whether two GraphDefs describe the same graph.

Read next: headrace/_src/function/graph_equality.py.
"""

import math

import pytest

import headrace as tf

equal = tf.__internal__.graph_util.graph_defs_equal


def message(value, name="a", order=1):
    graph = tf.Graph()
    with graph.as_default():
        x = tf.constant(value, name=name)
        tf.identity(x, name="b")
    made = graph.as_graph_def()
    nodes = list(made.node)[::order]
    del made.node[:]
    made.node.extend(nodes)
    return made


def test_the_order_does_not_matter():
    tf.test.assert_equal_graph_def(message(1.0), message(1.0, order=-1))
    assert equal(message(1.0), message(1.0, order=-1))


def test_nan():
    nan = message(math.nan)
    tf.test.assert_equal_graph_def(nan, message(math.nan))
    for value in (math.nan, [math.nan] * 3, [1.0, math.nan]):
        assert equal(message(value), message(value), treat_nan_as_equal=True)
        assert not equal(message(value), message(value))


@pytest.mark.parametrize(
    "one, two, text",
    [
        (message(1.0), message(2.0), "Node named 'a' has attr 'value'"),
        (message(1.0), message(1.0, name="c"), "Did not find expected node 'a'"),
        (tf.Graph().as_graph_def(), message(1.0), "Found unexpected node 'a'"),
        (message(1.0), message(1), "attr 'dtype'"),
    ],
)
def test_differences(one, two, text):
    with pytest.raises(AssertionError, match=text):
        tf.test.assert_equal_graph_def(one, two)
    assert not equal(one, two)


def test_inputs_and_types_matter():
    one, two = message(1.0), message(1.0)
    two.node[1].input[0] = "z"
    with pytest.raises(AssertionError, match="inputs"):
        tf.test.assert_equal_graph_def(one, two)
    two = message(1.0)
    two.node[1].op = "Neg"
    with pytest.raises(AssertionError, match="op 'Neg'"):
        tf.test.assert_equal_graph_def(one, two)


def test_what_is_no_graph_def():
    with pytest.raises(TypeError, match="expected, got int"):
        tf.test.assert_equal_graph_def(3, message(1.0))
    with pytest.raises(TypeError, match="actual, got int"):
        tf.test.assert_equal_graph_def(message(1.0), 3)
    with pytest.raises(TypeError, match="graph_def_1"):
        equal(3, message(1.0))
