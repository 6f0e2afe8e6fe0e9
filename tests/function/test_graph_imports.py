"""GraphDefs in the graph that is being built, and what asks for XLA by name.

Read next: headrace/_src/function/graph_imports.py, headrace/_src/function/xla_scopes.py.
"""

import pytest

import headrace as tf

importer = tf.graph_util.import_graph_def


@pytest.fixture(scope="module")
def message():
    @tf.function
    def f(x):
        return tf.multiply(x + 1.0, 2.0, name="c")

    return f.get_concrete_function(tf.TensorSpec([2], name="a")).graph.as_graph_def()


def names(graph):
    return [node.name for node in graph.get_operations()]


def test_names_get_a_prefix(message):
    plain = [node.name for node in message.node]
    with tf.Graph().as_default() as graph:
        assert importer(message) is None
        importer(message)
        with tf.name_scope("s"):
            importer(message, name="q")
    prefixes = ["import", "import_1", "s/q"]
    assert sorted(names(graph)) == sorted(f"{p}/{name}" for p in prefixes for name in plain)
    with tf.Graph().as_default() as graph:
        importer(message, name="")
    assert sorted(names(graph)) == sorted(plain)


def test_elements(message):
    with tf.Graph().as_default():
        operation, tensor = importer(message, return_elements=["c", "c:0"])
    assert (operation.type, tensor.name) == ("Mul", "import/c:0")
    (tensor,) = importer(message, return_elements=["c:0"])
    assert tf.is_symbolic_tensor(tensor)


@pytest.mark.parametrize("key", ["a", "a:0"])
def test_inputs_are_replaced(message, key):
    @tf.function
    def f(x):
        return importer(message, input_map={key: x}, return_elements=["c:0"])[0]

    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    assert y.numpy().tolist() == [4.0, 6.0]
    assert tape.gradient(y, x).numpy().tolist() == [2.0, 2.0]


@pytest.mark.parametrize(
    "kwargs, error, text",
    [
        ({"return_elements": ["nope"]}, ValueError, "return node 'nope'"),
        ({"return_elements": ["nope:0"]}, ValueError, "return tensor 'nope:0'"),
        ({"return_elements": ["c:4"]}, ValueError, "Invalid return output 4 of node 'c'"),
        ({"return_elements": 3}, TypeError, "not iterable"),
        ({"input_map": 3}, TypeError, "`input_map` must be a dictionary"),
        ({"input_map": {"nope": [1.0]}}, ValueError, r"\[nope:0\]"),
        ({"producer_op_list": [1]}, NotImplementedError, "producer_op_list"),
    ],
)
def test_what_is_wrong(message, kwargs, error, text):
    with tf.Graph().as_default(), pytest.raises(error, match=text):
        importer(message, **kwargs)


def test_what_is_no_message():
    with pytest.raises(TypeError, match="GraphDef proto"):
        tf.import_graph_def(3)


def test_xla_by_name():
    both = tf.xla.experimental.compile(lambda x, y: (x + y, x * y), [tf.ones(2), 3.0])
    assert [x.numpy().tolist() for x in both] == [[4.0, 4.0], [3.0, 3.0]]
    scope = tf.xla.experimental.jit_scope
    with pytest.raises(RuntimeError, match="eager"), scope():
        pass
    with tf.Graph().as_default():
        for kwargs in ({"compile_ops": False}, {"separate_compiled_gradients": True}):
            with pytest.raises(NotImplementedError, match=next(iter(kwargs))), scope(**kwargs):
                pass
