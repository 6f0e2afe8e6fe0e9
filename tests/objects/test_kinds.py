"""Questions for `isinstance`, modes, and branches decided at once.

Read next: headrace/_src/objects/kinds.py, headrace/_src/objects/smart_cond.py.
"""

import pytest

import headrace as tf

INTERNAL = tf.__internal__
smart_cond = INTERNAL.smart_cond.smart_cond


def one():
    return 1


def two():
    return 2


def test_what_consists_of_tensors():
    slices = tf.IndexedSlices(tf.ones([1, 2]), tf.constant([0]))
    array = tf.TensorArray(tf.float32, size=1)
    for x in (tf.SparseTensor([[0]], [1.0], [2]), slices, tf.Variable(1)):
        assert isinstance(x, INTERNAL.CompositeTensor)
    for x in (tf.constant(1), array, 3):
        assert not isinstance(x, INTERNAL.CompositeTensor)


def test_what_is_a_tensor():
    assert isinstance(tf.constant(1), INTERNAL.types.Tensor)
    assert not isinstance(tf.Variable(1), INTERNAL.types.Tensor)
    assert type(tf.constant(1)) is INTERNAL.EagerTensor

    class Weight(INTERNAL.types.Tensor):
        def __tf_tensor__(self, dtype=None, name=None):
            return tf.constant([1.0, 2.0], dtype)

    assert not isinstance(Weight(), tf.Tensor)
    assert tf.reduce_sum(Weight()).numpy() == 3


def test_symbolic_tensors():
    seen = []

    @tf.function
    def f(x):
        seen.append((tf.is_symbolic_tensor(x), type(x) is INTERNAL.SymbolicTensor))
        seen.append(isinstance(x.graph, INTERNAL.FuncGraph))
        return x

    f(tf.constant(1))
    assert seen == [(True, True), True]
    for x in (tf.constant(1), tf.Variable(1), 3, None):
        assert not tf.is_symbolic_tensor(x)


def test_the_current_name_scope():
    assert tf.get_current_name_scope() == INTERNAL.get_name_scope() == ""
    with tf.name_scope("a"), tf.name_scope("b"):
        assert tf.get_current_name_scope() == "a/b"
    with tf.Graph().as_default(), tf.name_scope("a"), tf.name_scope("b"):
        assert tf.get_current_name_scope() == "a/b"


def test_eager_mode_inside_a_function():
    seen = []

    @tf.function
    def f():
        with INTERNAL.eager_context.eager_mode():
            seen.append((tf.executing_eagerly(), int(tf.constant(1) + 1)))
        seen.append(tf.executing_eagerly())
        return tf.constant(1)

    assert f().numpy() == 1
    assert seen == [(True, 2), False]
    assert INTERNAL.tf2.enabled() and not INTERNAL.is_tfrt_enabled()


@pytest.mark.parametrize(
    "pred, expected", [(True, 1), (0, 2), (tf.constant(False), 2), (tf.constant(True), 1)]
)
def test_smart_cond(pred, expected):
    assert smart_cond(pred, one, two) == expected


def test_smart_cond_in_a_function():
    called = []

    def told(x):
        called.append(x)
        return tf.constant(x)

    @tf.function
    def f(pred):
        known = smart_cond(tf.constant(True), lambda: told(1), lambda: told(2))
        return known, smart_cond(pred, lambda: told(3), lambda: told(4))

    assert [x.numpy() for x in f(tf.constant(False))] == [1, 4]
    assert called == [1, 3, 4]


@pytest.mark.parametrize("pred", [3, "a", None])
def test_smart_cond_of_what_is_no_truth_value(pred):
    with pytest.raises(TypeError, match="Argument `pred`"):
        smart_cond(pred, one, two)


def test_smart_cond_of_what_is_no_function():
    with pytest.raises(TypeError, match="`true_fn` must be callable"):
        smart_cond(True, 1, two)
    with pytest.raises(TypeError, match="`false_fn` must be callable"):
        smart_cond(True, one)


def test_structures():
    nest = INTERNAL.nest
    assert nest.flatten_up_to([0, 0], [[1, 2], {"a": 3}]) == [[1, 2], {"a": 3}]
    assert nest.map_structure_up_to([0, 0], len, [[1, 2], [3]]) == [2, 1]
    with pytest.raises(ValueError, match="same sequence length"):
        nest.map_structure_up_to([0, 0], len, [1, 2, 3])
    with pytest.raises(TypeError, match="non-bool"):
        nest.get_traverse_shallow_structure(lambda x: 3, [1, [2]])
    assert nest.sequence_like({"b": 1, "a": 2}, [3, 4]) == {"b": 4, "a": 3}
    assert list(nest.yield_flat_paths({"a": [1, 2], "b": 3})) == [("a", 0), ("a", 1), ("b",)]
    assert nest.list_to_tuple([1, [2, (3, [4])], {"a": [1]}]) == (1, (2, (3, (4,))), {"a": (1,)})
    assert nest.is_mapping({}) and not nest.is_mapping([]) and not nest.is_attrs({})
