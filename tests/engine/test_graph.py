"""Graphs as users see them: operations, tensors, names, scopes, control dependencies."""

import pytest

import headrace as tf


def build():
    g = tf.Graph()
    with g.as_default():
        a = tf.constant([1.0, 2.0], name="a")
        with tf.name_scope("outer"):
            b = tf.add(a, 1.0, name="b")
        c = b * 2.0
    return g, a, b, c


def test_operations_in_their_order_under_tensorflow_s_names():
    g, *_ = build()
    assert [op.name for op in g.get_operations()] == ["a", "outer/b/y", "outer/b", "mul/y", "mul"]
    assert [op.type for op in g.get_operations()] == ["Const", "Const", "AddV2", "Const", "Mul"]


def test_elements_by_name():
    g, a, b, c = build()
    assert g.get_operation_by_name("outer/b") is b.op
    assert g.get_tensor_by_name("mul:0") is c
    assert g.as_graph_element("a:0") is a
    assert g.as_graph_element(b.op) is b.op
    with pytest.raises(KeyError, match="refers to an Operation not in the graph"):
        g.get_operation_by_name("nothing")
    with pytest.raises(KeyError, match="does not exist"):
        g.get_tensor_by_name("nothing:0")
    with pytest.raises(ValueError, match="refers to an Operation, not a Tensor"):
        g.get_tensor_by_name("mul")


def test_names_are_numbered_whatever_their_case():
    g = tf.Graph()
    with g.as_default():
        names = [tf.constant(1, name=n).op.name for n in ("x", "x", "X", "x_1", "x")]
    assert names == ["x", "x_1", "X_2", "x_1_1", "x_3"]


def test_an_operation_knows_its_surroundings():
    g, a, b, c = build()
    op = b.op
    assert op.graph is g
    assert [t.name for t in op.inputs] == ["a:0", "outer/b/y:0"]
    assert op.outputs[0] is b
    assert a.consumers() == [op]
    assert op.get_attr("T") is tf.float32
    assert repr(op) == "<tf.Operation 'outer/b' type=AddV2>"
    with pytest.raises(ValueError, match="has no attr named 'foo'"):
        op.get_attr("foo")


def test_control_dependencies_are_inputs_of_another_kind():
    g = tf.Graph()
    with g.as_default():
        a = tf.constant(1)
        with g.control_dependencies([a]):
            b = tf.constant(2)
            with g.control_dependencies(None):
                c = tf.constant(3)
    assert b.op.control_inputs == [a.op]
    assert c.op.control_inputs == []


def test_a_finalized_graph_is_closed():
    g, *_ = build()
    g.finalize()
    with g.as_default(), pytest.raises(RuntimeError, match="finalized"):
        tf.constant(1)


def test_the_message_reads_back():
    g, *_ = build()
    message = g.as_graph_def()
    assert [node.name for node in message.node] == [op.name for op in g.get_operations()]


def test_a_graph_s_tensor_is_no_value():
    _, a, _, c = build()
    with pytest.raises(TypeError, match="out of scope"):
        c + 1.0
    with pytest.raises(tf.errors.OperatorNotAllowedInGraphError):
        bool(c)
    with pytest.raises(AttributeError, match="SymbolicTensor"):
        c.numpy()
    assert str(a) == 'Tensor("a:0", shape=(2,), dtype=float32)'
