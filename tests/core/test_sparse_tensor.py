"""SparseTensor and what is known of one before it has a value.

Read next: headrace/_src/core/sparse_tensor.py.
"""

import copy
import re

import numpy as np
import pytest

import headrace as tf
from headrace._src.ops.sparse_tensor import SparseTensorValue

X = tf.SparseTensor([[0, 1], [1, 2]], [1.0, 2.0], [3, 4])
TEXT = (
    "SparseTensor(indices=tf.Tensor(\n[[0 1]\n [1 2]], shape=(2, 2), dtype=int64), "
    "values=tf.Tensor([1. 2.], shape=(2,), dtype=float32), "
    "dense_shape=tf.Tensor([3 4], shape=(2,), dtype=int64))"
)


def doubled(x):
    return x.with_values(x.values * 2)


def same(one, other):
    for part in ("indices", "values", "dense_shape"):
        np.testing.assert_array_equal(getattr(one, part), getattr(other, part))
    return one.shape.is_compatible_with(other.shape)


def test_what_it_says_of_itself():
    assert repr(X) == str(X) == TEXT
    assert X.shape == X.get_shape() == [3, 4] and X.dtype is tf.float32 and X.consumers() == []
    assert X.indices.dtype is X.dense_shape.dtype is tf.int64
    assert tf.is_tensor(X) and tf.sparse.SparseTensor is tf.SparseTensor
    assert (X == X) is True and hash(X) == hash(X) and bool(X)
    assert same(copy.copy(X), X) and same(copy.deepcopy(X), X)


@pytest.mark.parametrize("name", ["op", "graph", "name", "numpy", "rank", "device"])
def test_what_an_eager_one_has_not(name):
    with pytest.raises(AttributeError):
        getattr(X, name)
    with pytest.raises(AttributeError, match=r"Tensor\.graph is undefined when eager execution"):
        X.eval()


@pytest.mark.parametrize(
    ("parts", "error", "message"),
    [
        (([0, 1], [1.0, 2.0], [3, 4]), ValueError, "Shape (2,) must have rank 2"),
        (([[0, 1]], [[1.0]], [3, 4]), ValueError, "Shape (1, 1) must have rank 1"),
        (([[0, 1]], [1.0, 2.0], [3, 4]), ValueError, "Dimensions 1 and 2 are not compatible"),
        (([[0, 1]], [1.0], [3]), ValueError, "Dimensions 2 and 1 are not compatible"),
        (([[0, 1]], [1.0], [-3, 4]), ValueError, "Dimension -3 must be >= 0"),
        (([[0.0, 1]], [1.0], [3, 4]), TypeError, "Cannot convert [[0.0, 1]] to EagerTensor of dty"),
        (
            (tf.constant([[0, 1]]), [1.0], [3, 4]),
            ValueError,
            "indices: Tensor conversion requested",
        ),
        (([[0, 1]], None, [3, 4]), ValueError, "Attempt to convert a value (None)"),
    ],
)
def test_parts_that_do_not_fit(parts, error, message):
    with pytest.raises(error, match=re.escape(message)):
        tf.SparseTensor(*parts)


def test_values_and_specs():
    plain = SparseTensorValue([[0, 1]], [2.0], [3, 4])
    assert repr(plain) == "SparseTensorValue(indices=[[0, 1]], values=[2.0], dense_shape=[3, 4])"
    assert tf.SparseTensor.from_value(plain).shape == [3, 4]
    with pytest.raises(TypeError, match="sparse_tensor_value=3 is neither a SparseTensor nor"):
        tf.SparseTensor.from_value(3)
    spec = tf.SparseTensorSpec([3, 4])
    assert repr(spec) == "SparseTensorSpec(TensorShape([3, 4]), tf.float32)"
    assert tf.type_spec_from_value(X) == spec == tf.type_spec_from_value(plain)
    wide = tf.SparseTensorSpec([None, 4])
    assert wide.is_compatible_with(X) and spec.is_subtype_of(wide) and wide != spec
    assert wide.most_specific_compatible_type(spec) == wide and spec.value_type is tf.SparseTensor
    assert spec._batch(5)._unbatch() == spec
    with pytest.raises(TypeError, match="Expected SparseTensor or SparseTensorValue"):
        tf.SparseTensorSpec.from_value(3)


def test_set_shape():
    unknown = tf.SparseTensor([[0, 1]], [1.0], [3, 4])
    unknown.set_shape([None, 4])
    assert unknown.shape == [3, 4]
    with pytest.raises(ValueError, match=r"Shapes \(3, 4\) and \(3, 5\) are not compatible"):
        unknown.set_shape([3, 5])


def test_nest():
    flat = tf.nest.flatten(X, expand_composites=True)
    assert [t.dtype for t in flat] == [tf.int64, tf.float32, tf.int64]
    assert same(tf.nest.pack_sequence_as(X, flat, expand_composites=True), X)
    assert tf.nest.flatten(X) == [X]


@pytest.mark.parametrize(
    "function",
    [tf.abs, tf.negative, tf.sign, tf.square, tf.sqrt, tf.sin, tf.tan, tf.tanh, tf.math.erf,
     tf.atan, tf.stop_gradient, tf.identity],
)  # fmt: skip
@pytest.mark.parametrize("mode", [lambda f: f, tf.function])
def test_functions_of_its_values(function, mode):
    found = mode(lambda x: function(x))(X)
    np.testing.assert_array_equal(found.values, function(X.values))
    assert same(found.with_values(X.values), X)


def test_shape_size_rank_and_cast():
    def facts(x):
        return tf.shape(x), tf.size(x, tf.int64), tf.rank(x), tf.cast(x, tf.int32).values

    f = tf.function(facts, input_signature=[tf.SparseTensorSpec([None, 4])])
    for shape, size, rank, values in (facts(X), f(X)):
        assert shape.numpy().tolist() == [3, 4] and shape.dtype is tf.int32
        assert (int(size), int(rank), values.dtype) == (12, 2, tf.int32)


@pytest.mark.parametrize("function", [tf.convert_to_tensor, tf.exp, tf.reduce_sum])
def test_what_takes_no_sparse_tensor(function):
    with pytest.raises(ValueError, match="Attempt to convert a value"):
        function(X)
    with pytest.raises(TypeError, match="Failed to convert elements of SparseTensor"):
        tf.function(function, autograph=False)(X)


def test_functions_take_and_answer_it():
    traces = []

    @tf.function
    def f(x):
        traces.append((x.shape, x.values.shape, str(x.op.name)))
        return doubled(x), X

    for x in (X, tf.SparseTensor([[0, 0]], [5.0], [3, 4])):
        twice, captured = f(x)
        assert same(twice, doubled(x)) and same(captured, X)
    assert len(traces) == 1 and traces[0][0] == [3, 4]
    assert traces[0][1].as_list() == [None] and traces[0][2] == "x_1"
    concrete = f.get_concrete_function(tf.SparseTensorSpec([None, 4]))
    assert concrete.structured_outputs[0].shape.rank == 2
    assert same(concrete(X)[0], doubled(X))
    assert f.get_concrete_function(tf.SparseTensorSpec()).structured_outputs[0].shape.rank is None


def test_names_in_a_graph():
    @tf.function
    def f():
        for _ in range(2):
            x = tf.SparseTensor([[0, 1]], [1.0], [3, 4])
        assert x.indices.name == "SparseTensor_1/indices:0"
        assert x.dense_shape.name == "SparseTensor_1/dense_shape:0"
        return x

    assert f().shape == [3, 4]


@pytest.mark.parametrize("mode", [lambda f: f, tf.function])
def test_control_flow(mode):
    choose = mode(lambda p, x: tf.cond(p, lambda: x, lambda: doubled(x)))
    assert same(choose(tf.constant(True), X), X)
    assert same(choose(tf.constant(False), X), doubled(X))
    loop = mode(
        lambda x: tf.while_loop(lambda i, _: i < 3, lambda i, x: (i + 1, doubled(x)), [0, x])
    )
    assert loop(X)[1].values.numpy().tolist() == [8, 16]


@pytest.mark.parametrize("mode", [lambda f: f, tf.function])
def test_gradients(mode):
    @mode
    def slope(v):
        with tf.GradientTape() as tape:
            tape.watch(v)
            y = tf.sparse.to_dense(tf.SparseTensor(X.indices, v, X.dense_shape) * 3.0)
        return tape.gradient(y, v)

    assert slope(tf.constant([1.0, 2.0])).numpy().tolist() == [3, 3]


def test_the_gradient_of_a_sparse_tensor():
    with tf.GradientTape() as tape:
        tape.watch(X.values)
        y = X * 3.0
    message = "Type SparseTensor is not supported as a gradient source or gradient target."
    for target, source in ((y, X.values), (y.values, X)):
        with pytest.raises(ValueError, match=message):
            tape.gradient(target, source)
        with tf.GradientTape() as tape:
            tape.watch(X.values)
            y = X * 3.0
