"""Variables: making, reading, assigning, parts of them, copies, names, threads.

Read next: headrace/_src/objects/variable.py.
"""

import copy
import pickle
import threading

import numpy as np
import pytest

import headrace as tf


def rows(values, indices):
    return tf.IndexedSlices(tf.constant(values), tf.constant(indices))


def value(variable):
    return variable.numpy().tolist()


# ---- making --------------------------------------------------------------------------------------


def test_repr():
    v = tf.Variable([1.0, 2.0])
    text = "shape=(2,) dtype=float32, numpy=array([1., 2.], dtype=float32)>"
    assert repr(v) == f"<tf.Variable 'Variable:0' {text}"
    assert repr(v.assign(v)) == f"<tf.Variable 'UnreadVariable' {text}"
    assert str(tf.Variable("s")) == "<tf.Variable 'Variable:0' shape=() dtype=string, numpy=b's'>"


def test_classes():
    v = tf.Variable(1)
    assert f"{type(v).__module__}.{type(v).__name__}" == (
        "tensorflow.python.ops.resource_variable_ops.ResourceVariable"
    )
    assert type(v.assign(2)).__name__ == "_UnreadVariable"
    assert isinstance(v, tf.Variable) and isinstance(v.assign(2), tf.Variable)
    assert repr(tf.Variable) == "<class 'tensorflow.python.ops.variables.Variable'>"


@pytest.mark.parametrize(
    ("arguments", "exception", "match"),
    [
        ({}, ValueError, "The `initial_value` arg to `tf.Variable` must be specified"),
        ({"initial_value": [1.5], "dtype": tf.int32}, TypeError, "Cannot convert"),
        ({"initial_value": [1.0, 2.0], "shape": [3]}, ValueError, "is not compatible with"),
        ({"initial_value": 1, "synchronization": 5}, ValueError, "synchronization mode: 5 for"),
        ({"initial_value": 1, "aggregation": 5}, ValueError, "aggregation mode: 5 for variable"),
        ({"initial_value": 1, "constraint": 5}, ValueError, "must be None or a callable"),
        ({"initial_value": 1, "name": 5}, ValueError, "name for name_scope must be a string"),
        ({"initial_value": 1, "variable_def": 5}, ValueError, "mutually exclusive"),
        ({"variable_def": 5}, ValueError, "not supported when eager execution"),
        ({"initial_value": 1, "caching_device": "CPU:0"}, NotImplementedError, "caching_device"),
        ({"initial_value": 1, "import_scope": "x"}, NotImplementedError, "import_scope"),
        ({"initial_value": 1, "foo": 1}, TypeError, "foo"),
    ],
)
def test_wrong_arguments(arguments, exception, match):
    with pytest.raises(exception, match=match):
        tf.Variable(**arguments)


def test_initial_values():
    assert value(tf.Variable(lambda: [1, 2])) == [1, 2]
    assert value(tf.Variable(tf.Variable(3.0))) == 3.0
    assert tf.Variable(np.ones(2), dtype=tf.float32).dtype == tf.float32
    with pytest.raises(ValueError, match="initial_value: Tensor conversion requested"):
        tf.Variable(tf.constant(1.0), dtype=tf.int32)


def test_what_is_told_is_kept():
    v = tf.Variable(
        1.0,
        constraint=abs,
        synchronization=tf.VariableSynchronization.ON_WRITE,
        aggregation=tf.VariableAggregation.MEAN,
    )
    assert v.constraint is abs and v.trainable is True
    assert v.synchronization is tf.VariableSynchronization.ON_WRITE
    assert v.aggregation is tf.VariableAggregation.MEAN
    assert not tf.Variable(1.0, synchronization=tf.VariableSynchronization.ON_READ).trainable


def test_names():
    with tf.name_scope("a"), tf.name_scope("b"):
        assert tf.Variable(1.0).name == "a/b/Variable:0"
        assert tf.Variable(1.0, name="c/d").name == "a/b/c/d:0"
    assert tf.Variable(1.0, name="").name == ":0"
    assert tf.Variable(1.0, name="a:0").name == "a:0:0"


def test_what_graphs_have():
    v = tf.Variable(1.0)
    assert v.initializer is None and bool(v.is_initialized()) and v.handle.dtype == tf.resource
    for attribute in ("op", "graph"):
        with pytest.raises(AttributeError, match="undefined when eager"):
            getattr(v, attribute)
    for method in (v.eval, v.to_proto, lambda: v.from_proto(None), lambda: v.initial_value):
        with pytest.raises(RuntimeError, match="not supported when eager execution is enabled"):
            method()
    v.load(5.0)
    assert value(v) == 5.0


def test_save_slice_info():
    info = tf.Variable.SaveSliceInfo("a", [4, 2], [0, 0], [2, 2])
    assert info.spec == "4 2 0,2:0,2"


# ---- as a value ----------------------------------------------------------------------------------


def test_as_python_and_numpy_value():
    v = tf.Variable(6)
    assert (int(v), float(v), complex(v), bool(v)) == (6, 6.0, 6 + 0j, True)
    assert np.asarray(tf.Variable([1, 2])).tolist() == [1, 2]
    assert [int(x) for x in tf.Variable([1, 2])] == [1, 2]
    with pytest.raises(TypeError, match="has no len"):
        len(tf.Variable([1, 2]))
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        range(v)


def test_hash_and_reference():
    v = tf.Variable(1)
    with pytest.raises(TypeError, match="Variable is unhashable"):
        hash(v)
    assert {v.ref(): 1}[v.ref()] == 1 and v.ref().deref() is v


def test_operators():
    v = tf.Variable([1.0, 2.0])
    assert value(v + 1) == [2, 3] and value(1 - v) == [0, -1] and value(-v) == [-1, -2]
    assert value(v > 1) == [False, True] and value(v == v) == [True, True]


@pytest.mark.parametrize(
    ("operator", "match"),
    [
        ("__iadd__", r"`variable \+= value`.*`variable.assign_add\(value\)`"),
        ("__isub__", r"`variable -= value`.*`variable.assign_sub\(value\)`"),
        ("__imul__", r"`var \*= value`.*`var.assign\(var \* value\)`"),
        ("__itruediv__", r"`var /= value`"),
        ("__ipow__", r"`var \*\*= value`"),
    ],
)
def test_operators_in_place_are_refused(operator, match):
    with pytest.raises(RuntimeError, match=match):
        getattr(tf.Variable(1.0), operator)(1.0)


def test_an_older_value_does_not_change():
    v = tf.Variable([1.0, 2.0])
    before = v.value()
    v.assign_add([1.0, 1.0])
    v[0].assign(9.0)
    assert value(before) == [1.0, 2.0]


# ---- assigning -----------------------------------------------------------------------------------


def test_assign():
    v = tf.Variable([1.0, 2.0])
    assert value(v.assign([3, 4])) == [3.0, 4.0]
    assert value(v.assign_add([1, 1]).assign_sub([2.0, 0.0])) == [2.0, 5.0]
    assert v.assign([0.0, 0.0], read_value=False) is None
    assert v.assign_add([1.0, 1.0], read_value=False) is None
    assert value(v) == [1.0, 1.0]


@pytest.mark.parametrize(
    ("given", "exception", "match"),
    [
        ([1.0], ValueError, r"Cannot assign value to variable ' w:0': Shape mismatch.The variable"),
        (None, ValueError, "Attempt to convert a value"),
        ("a", TypeError, "Cannot convert 'a' to EagerTensor of dtype float"),
        (tf.constant([1, 2]), ValueError, "Tensor conversion requested dtype float32"),
    ],
)
def test_assign_wrong(given, exception, match):
    with pytest.raises(exception, match=match):
        tf.Variable([1.0, 2.0], name="w").assign(given)


@pytest.mark.parametrize("method", ["assign_add", "assign_sub"])
def test_update_does_not_broadcast(method):
    op = {"assign_add": "AssignAdd", "assign_sub": "AssignSub"}[method]
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=rf"__wrapped__{op}VariableOp.* Cannot update variable with shape \[2\] using a "
        rf"Tensor with shape \[\], shapes must be equal. \[Op:{op}VariableOp\] name: q",
    ):
        getattr(tf.Variable([1.0, 2.0]), method)(1, name="q")


def test_update_of_what_is_no_number():
    for given in (True, "a"):
        with pytest.raises(tf.errors.InvalidArgumentError, match="No OpKernel was registered"):
            tf.Variable(given).assign_add(given)


def test_unknown_shape():
    v = tf.Variable(1.0, shape=tf.TensorShape(None))
    assert value(v.assign([[1.0]])) == [[1.0]] and v.shape.rank is None
    v.assign([1.0, 2.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Cannot update variable"):
        v.assign_add([1.0])
    v.set_shape([2])
    with pytest.raises(ValueError, match="Shape mismatch"):
        v.assign([[1.0]])
    with pytest.raises(ValueError, match="not compatible"):
        v.set_shape([3])


def test_count_up_to():
    v = tf.Variable(5)
    assert int(v.count_up_to(7)) == 5 and int(v.count_up_to(7)) == 6 and value(v) == 7
    with pytest.raises(tf.errors.OutOfRangeError, match="Reached limit of 7"):
        v.count_up_to(7)
    with pytest.raises(tf.errors.InvalidArgumentError, match="input is not a scalar"):
        tf.Variable([1]).count_up_to(7)
    with pytest.raises(tf.errors.InvalidArgumentError, match="list of allowed values"):
        tf.Variable(1.0).count_up_to(7)


def test_threads_lose_no_update():
    v = tf.Variable(np.zeros(4, np.int64))
    one = tf.ones([4], tf.int64)

    def work():
        for _ in range(500):
            v.assign_add(one)
            v.scatter_nd_add([[0]], [1])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert value(v) == [8000, 4000, 4000, 4000]


# ---- parts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "given", "expected"),
    [
        ((0, 1), 42, [[1, 42], [3, 4]]),
        (0, [7, 8], [[7, 8], [3, 4]]),
        (0, [[7, 8]], [[7, 8], [3, 4]]),
        (-1, 0, [[1, 2], [0, 0]]),
        (..., [[5, 6], [7, 8]], [[5, 6], [7, 8]]),
        ((slice(None), 1), 0, [[1, 0], [3, 0]]),
        (slice(None, None, -1), [[1, 2], [3, 4]], [[3, 4], [1, 2]]),
        ((slice(None), None), [[[5, 6]], [[7, 8]]], [[5, 6], [7, 8]]),
        (slice(0, 0), [[9, 9]], [[1, 2], [3, 4]]),
        ([0, 1], 77, [[1, 77], [3, 4]]),
    ],
)
def test_sliced_assignment(key, given, expected):
    v = tf.Variable([[1, 2], [3, 4]])
    result = v[key].assign(given)
    assert value(v) == expected and type(result).__name__ == "_UnreadVariable"


def test_sliced_assignment_wrong():
    v = tf.Variable([[1, 2], [3, 4]])
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"ResourceStridedSliceAssign.*Cannot broadcast input shape \[3\] into final shape",
    ):
        v[0].assign([1, 2, 3])
    with pytest.raises(TypeError, match=r"Cannot convert 1.5 to EagerTensor of dtype int32"):
        v[0].assign(1.5)
    assert not hasattr(v[v > 1], "assign") and not hasattr(v[0][0], "assign")


@pytest.mark.parametrize(
    ("method", "values", "indices", "expected"),
    [
        ("scatter_add", [1.0, 2.0], [0, 0], [5.0, 4.0]),
        ("scatter_sub", [1.0, 2.0], [0, 1], [1.0, 2.0]),
        ("scatter_max", [1.0, 9.0], [0, 0], [9.0, 4.0]),
        ("scatter_min", [1.0, 9.0], [0, 1], [1.0, 4.0]),
        ("scatter_mul", [2.0, 3.0], [1, 1], [2.0, 24.0]),
        ("scatter_div", [2.0, 2.0], [1, 0], [1.0, 2.0]),
        ("scatter_update", [7.0], [1], [2.0, 7.0]),
        ("scatter_update", 7.0, [0, 1], [7.0, 7.0]),
        ("scatter_add", [[1.0]], [[1]], [2.0, 5.0]),
        ("batch_scatter_update", [7.0], [1], [2.0, 7.0]),
    ],
)
def test_rows(method, values, indices, expected):
    v = tf.Variable([2.0, 4.0])
    assert value(getattr(v, method)(rows(values, indices))) == expected == value(v)


def test_rows_of_integers_are_divided_towards_zero():
    v = tf.Variable([7, -7, 9])
    assert value(v.scatter_div(rows([2, 2], [0, 1]))) == [3, -3, 9]


def test_rows_of_a_scalar_and_of_strings():
    assert value(tf.Variable(5).scatter_add(tf.IndexedSlices(1, 0))) == 6
    assert value(tf.Variable(["a", "b"]).scatter_update(rows(["z"], [0]))) == [b"z", b"b"]


def test_rows_within_batches():
    v = tf.Variable([[1, 2], [3, 4]])
    assert value(v.batch_scatter_update(rows([[10], [20]], [[1], [0]]))) == [[1, 10], [20, 4]]
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"ResourceScatterNdUpdate.*indices\[0,0\] = \[0, 5\] does not index into shape",
    ):
        v.batch_scatter_update(rows([[10], [20]], [[5], [0]]))


@pytest.mark.parametrize(
    ("values", "indices", "match"),
    [
        ([1.0], [5], r"ResourceScatterAdd_device.*indices\[0\] = 5 is not in \[0, 2\)"),
        ([1.0, 1.0], [0, -1], r"indices\[1\] = -1 is not in \[0, 2\)"),
        ([1.0, 2.0], [0], r"The shape of indices \(\[1\]\) must be a prefix of the shape of upd"),
        ([[1.0]], [0], r"Must have updates.shape = indices.shape \+ params.shape\[1:\]"),
        ([1.0], [0.5], "Value for attr 'Tindices' of float is not in the list of allowed values"),
    ],
)
def test_rows_wrong(values, indices, match):
    with pytest.raises(tf.errors.InvalidArgumentError, match=match):
        tf.Variable([2.0, 4.0]).scatter_add(rows(values, indices))


def test_rows_of_what_they_are_not_for():
    with pytest.raises(TypeError, match=r"must be a `tf.IndexedSlices`. Received arg: 5"):
        tf.Variable([1.0]).scatter_add(5)
    with pytest.raises(ValueError, match="Tensor conversion requested"):
        tf.Variable([1.0]).scatter_add(rows([1], [0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="attr 'dtype' of string"):
        tf.Variable(["a"]).scatter_add(rows(["b"], [0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="updates must not contain 0"):
        tf.Variable([1.0]).scatter_div(rows([0.0], [0]))


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("scatter_nd_add", [3.0, 4.0, 8.0]),
        ("scatter_nd_sub", [1.0, 4.0, 4.0]),
        ("scatter_nd_update", [1.0, 4.0, 2.0]),
        ("scatter_nd_max", [2.0, 4.0, 6.0]),
        ("scatter_nd_min", [1.0, 4.0, 2.0]),
    ],
)
def test_elements(method, expected):
    v = tf.Variable([2.0, 4.0, 6.0])
    assert value(getattr(v, method)([[0], [2]], [1, 2])) == expected == value(v)


def test_elements_wrong():
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"__wrapped__ResourceScatterNdAdd_.*indices\[0\] = \[5\] does not index into shape",
    ):
        tf.Variable([1.0]).scatter_nd_add([[5]], [1.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match="No OpKernel"):
        tf.Variable(["a"]).scatter_nd_add([[0]], ["b"])


def test_reading_parts():
    v = tf.Variable([[1, 2], [3, 4]])
    assert value(v.sparse_read([1])) == [[3, 4]] and value(v.gather_nd([[0, 1]])) == [2]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"ResourceGather_.*indices\[0\] = 5"):
        v.sparse_read([5])
    with pytest.raises(tf.errors.InvalidArgumentError, match="ResourceGatherNd"):
        v.gather_nd([[0, 9]])


# ---- tapes ---------------------------------------------------------------------------------------


def test_assignments_are_not_recorded():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = v * v
        v.assign_add([1.0, 1.0])
        v.scatter_mul(rows([5.0], [0]))
        v[1].assign(0.0)
        y = y + 3.0 * v
    assert value(tape.gradient(y, v)) == [2 * 1.0 + 3.0, 2 * 2.0 + 3.0]


def test_gradient_through_the_result_of_an_assignment():
    v = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = v.assign(3.0) * v
    assert float(tape.gradient(y, v)) == 6.0


def test_rows_read_have_a_sparse_gradient():
    v = tf.Variable([[1.0], [2.0]])
    with tf.GradientTape() as tape:
        y = v.sparse_read([1, 1])
    gradient = tape.gradient(y, v)
    assert isinstance(gradient, tf.IndexedSlices)
    assert value(tf.convert_to_tensor(gradient)) == [[0.0], [2.0]]


# ---- copies --------------------------------------------------------------------------------------


def test_copies():
    v = tf.Variable([1.0], name="q", trainable=False, constraint=abs)
    assert copy.copy(v) is v
    for other in (copy.deepcopy(v), pickle.loads(pickle.dumps(v))):
        other.assign([5.0])
        assert value(v) == [1.0]
        assert (other.name, other.trainable, other.constraint) == ("q:0", False, abs)
    pair = copy.deepcopy([v, v])
    assert pair[0] is pair[1]


# ---- creators ------------------------------------------------------------------------------------


def test_creators_see_all_arguments_and_may_change_them():
    seen = []

    def inner(next_creator, **arguments):
        seen.append("inner")
        return next_creator(**{**arguments, "name": "z"})

    def outer(next_creator, **arguments):
        seen.append(("outer", arguments["name"], len(arguments)))
        return next_creator(**arguments)

    with tf.variable_creator_scope(inner), tf.variable_creator_scope(outer):
        v = tf.Variable(1.0)
    assert v.name == "z:0" and seen == [("outer", None, 13), "inner"]
    assert tf.Variable(1.0).name == "Variable:0"


def test_a_creator_may_answer_something_else():
    with tf.variable_creator_scope(lambda next_creator, **arguments: 5):
        assert tf.Variable(1.0) == 5
