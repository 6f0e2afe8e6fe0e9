"""tf.experimental.Optional and tf.OptionalSpec: eager, in functions, branches, loops and nest."""

from collections import namedtuple

import numpy as np
import pytest

import headrace as tf

Optional, OptionalSpec = tf.experimental.Optional, tf.OptionalSpec
SCALAR = tf.TensorSpec([], tf.int32)

Point = namedtuple("Point", ["x", "y"])


def test_a_value_and_none():
    there = Optional.from_value(42)
    assert there.has_value().numpy()
    assert there.get_value().numpy() == 42
    assert there.element_spec == SCALAR
    missing = Optional.empty(SCALAR)
    assert not missing.has_value().numpy()
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        missing.get_value()
    assert str(caught.value) == (
        "{{function_node __wrapped__OptionalGetValue_output_types_1_device_/job:localhost/replica:0"
        "/task:0/device:CPU:0}} The given optional does not have a value. [Op:OptionalGetValue] "
        "name: "
    )
    assert repr(there).startswith("<tensorflow.python.data.ops.optional_ops._OptionalImpl object")
    assert isinstance(there, Optional) and not tf.is_tensor(there)


def test_structures():
    value = (1, {"b": Point(2.0, "x"), "a": [3, 4]}, None)
    optional = Optional.from_value(value)
    one, found, none = optional.get_value()
    assert one.numpy() == 1 and none is None
    assert found["a"].numpy().tolist() == [3, 4]  # a list is a tensor
    assert isinstance(found["b"], Point) and found["b"].y.numpy() == b"x"
    assert optional.element_spec == (
        SCALAR,
        {
            "b": Point(tf.TensorSpec([], tf.float32), tf.TensorSpec([], tf.string)),
            "a": tf.TensorSpec([2], tf.int32),
        },
        tf.NoneTensorSpec(),
    )


def test_composite_values():
    sparse = tf.sparse.from_dense([[1, 0]])
    slices = tf.IndexedSlices(tf.constant([1.0]), tf.constant([0]))
    optional = Optional.from_value({"s": sparse, "i": slices})
    found = optional.get_value()
    assert tf.sparse.to_dense(found["s"]).numpy().tolist() == [[1, 0]]
    assert found["i"].values.numpy().tolist() == [1.0]
    assert optional.element_spec["s"] == tf.SparseTensorSpec([1, 2], tf.int32)
    assert Optional.from_value(Optional.from_value(7)).get_value().get_value().numpy() == 7


def test_refusals():
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be at least minimum 1"):
        Optional.from_value(())
    with pytest.raises(TypeError, match=r"Could not build a `TypeSpec` for .* with type object"):
        Optional.from_value(object())
    with pytest.raises(TypeError, match="Can't instantiate abstract class Optional"):
        Optional()


def test_specs():
    optional = Optional.from_value((1, np.zeros(3)))
    spec = OptionalSpec.from_value(optional)
    assert spec == OptionalSpec((SCALAR, tf.TensorSpec([3], tf.float64)))
    assert hash(spec) == hash(OptionalSpec((SCALAR, tf.TensorSpec([3], tf.float64))))
    assert repr(OptionalSpec(SCALAR)) == (
        "OptionalSpec(TensorSpec(shape=(), dtype=tf.int32, name=None),)"
    )
    assert spec.is_compatible_with(optional)
    assert not spec.is_compatible_with(OptionalSpec(SCALAR))
    one, two, free = (OptionalSpec(tf.TensorSpec([n])) for n in (1, 2, None))
    assert one.is_subtype_of(free) and not free.is_subtype_of(one)
    assert one.most_specific_common_supertype([two]) == free
    assert one.most_specific_compatible_type(two) == free
    assert spec.flatten() == [tf.TensorSpec([], tf.variant)]
    assert tf.type_spec_from_value(optional) == spec
    assert spec.value_type is type(optional)


def test_nest():
    optional = Optional.from_value(3)
    assert tf.nest.flatten(optional) == [optional]
    (tensor,) = tf.nest.flatten(optional, expand_composites=True)
    assert tensor.dtype is tf.variant
    assert "OptionalVariant" in repr(tensor)
    again = tf.nest.pack_sequence_as(optional, [tensor], expand_composites=True)
    assert again.get_value().numpy() == 3


def test_gradients_find_their_way():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = Optional.from_value((x * x, x)).get_value()[0]
    assert tape.gradient(y, x).numpy() == 6.0


def test_gradients_find_their_way_in_a_function():
    @tf.function
    def go(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            optional = Optional.from_value({"a": x * x, "b": x})
            y = tf.cond(x > 0.0, lambda: optional.get_value()["a"], lambda: x)
            y += optional.get_value()["b"]
        return tape.gradient(y, x)

    assert go(tf.constant(3.0)).numpy() == 7.0
    assert go(tf.constant(-3.0)).numpy() == 2.0


# ---- in functions --------------------------------------------------------------------------------


def test_arguments_results_and_captures():
    outside = Optional.from_value(10)
    traces = []

    @tf.function
    def go(optional):
        traces.append(optional.element_spec)
        return optional.has_value(), optional, outside.get_value()

    there, same, ten = go(Optional.from_value(1))
    assert there.numpy() and same.get_value().numpy() == 1 and ten.numpy() == 10
    there, same, _ = go(Optional.empty(SCALAR))
    assert not there.numpy() and not same.has_value().numpy()
    assert traces == [SCALAR]  # a value and none are of one type
    types = [node.type for node in go.get_concrete_function(outside).graph.get_operations()]
    assert {"OptionalHasValue", "OptionalGetValue"} <= set(types)


def test_made_inside():
    @tf.function
    def go(x):
        return Optional.from_value({"a": x, "b": (x, tf.sparse.from_dense(x))})

    found = go(tf.constant([0, 1])).get_value()
    assert found["a"].numpy().tolist() == [0, 1]
    assert found["b"][1].indices.numpy().tolist() == [[1]]


def test_a_missing_value_in_a_function():
    @tf.function
    def go(optional):
        return optional.get_value()

    assert go(Optional.from_value(3)).numpy() == 3
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        go(Optional.empty(SCALAR))
    message = str(caught.value)
    assert message.startswith("Graph execution error:\n\nDetected at node OptionalGetValue defined")
    assert "The given optional does not have a value." in message


def test_branches():
    @tf.function
    def go(x):
        made = tf.cond(x > 0, lambda: Optional.from_value(x), lambda: Optional.empty(SCALAR))
        return tf.cond(made.has_value(), made.get_value, lambda: -1)

    assert go(tf.constant(5)).numpy() == 5
    assert go(tf.constant(-5)).numpy() == -1


def test_branches_that_only_pass_on():
    one, none = Optional.from_value(1), Optional.empty(SCALAR)

    @tf.function
    def go(p, a, b):
        return tf.cond(p, lambda: a, lambda: b)

    for p in (True, False):
        assert go(tf.constant(p), one, none).has_value().numpy() == p


def test_loops():
    @tf.function
    def go(n):
        optional = Optional.from_value(0)
        for i in tf.range(n):
            optional = Optional.from_value(optional.get_value() + i)
        return optional

    assert go(tf.constant(5)).get_value().numpy() == 10
    assert go(tf.constant(0)).get_value().numpy() == 0


def test_a_tape_over_a_function_that_passes_one_on():
    @tf.function
    def go(x, optional):
        return x * x, tf.cond(x > 0.0, lambda: optional, lambda: optional)

    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y, same = go(x, Optional.from_value(2))
    assert tape.gradient(y, x).numpy() == 6.0
    assert same.get_value().numpy() == 2
