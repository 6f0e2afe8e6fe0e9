"""TensorArrays in functions: values, what is known beforehand, errors, and how they travel.

Read next: headrace/_src/objects/graph_array.py, tests/objects/test_graph_gradients.py.
"""

import numpy as np
import pytest

import headrace as tf
from headrace._src.engine import changing_shapes, execute

InvalidArgumentError = tf.errors.InvalidArgumentError
F32 = tf.float32
X = tf.constant([1.0, 2.0, 3.0])


@pytest.fixture(params=["host", "compiled"])
def machine(request, monkeypatch):
    """Runs a test op by op, and again with everything compiled that can be."""
    if request.param == "host":
        monkeypatch.setattr(execute.Program, "run", _on_the_host)
    else:
        monkeypatch.setattr(execute, "FEW_NODES", 0)
        monkeypatch.setattr(changing_shapes, "BACK", 1)


def _on_the_host(program, machine, places):
    machine.nodes(program.nodes, places)
    return True


def run(function, *arguments):
    return tf.function(function)(*arguments)


def array(size=2, **options):
    return tf.TensorArray(F32, size, **options)


VALUES = {
    "write and stack": (lambda: array().write(0, 1.0).write(1, X[1]).stack(), [1, 2]),
    "zeros where not written": (lambda: array().write(1, [1.0, 2.0]).stack(), [[0, 0], [1, 2]]),
    "a write that is thrown away": (lambda: _thrown_away(), [0, 0]),
    "zeros of a known shape": (lambda: array(element_shape=[]).read(1), 0),
    "no elements": (lambda: array(0, element_shape=[3]).stack(), np.zeros((0, 3))),
    "grown": (lambda: array(1, dynamic_size=True).write(3, 5.0).stack(), [0, 0, 0, 5]),
    "read twice": (lambda: _read_twice(), 4),
    "unstack": (lambda: array(3).unstack(X).read(2), 3),
    "gather": (lambda: array(3).unstack(X).gather([2, 0, 2]), [3, 1, 3]),
    "gather nothing": (lambda: array(3).unstack(X).gather([]), []),
    "scatter": (lambda: array(3).scatter([2, 0], [1.0, 2.0]).stack(), [2, 0, 1]),
    "scatter past the end": (
        lambda: array(1, dynamic_size=True).scatter([3, 0], [1.0, 2.0]).stack(), [2, 0, 0, 1],
    ),
    "concat": (lambda: array().unstack([[1.0, 2.0], [3.0, 4.0]]).concat(), [1, 2, 3, 4]),
    "concat of different lengths": (
        lambda: array(infer_shape=False).write(0, [1.0]).write(1, [2.0, 3.0]).concat(), [1, 2, 3],
    ),
    "split": (lambda: array(3).split(X, [1, 1, 1]).stack(), [[1], [2], [3]]),
    "split unevenly": (lambda: array().split(X, [1, 2]).read(1), [2, 3]),
    "size": (lambda: array(5).size(), 5),
    "size of a grown one": (lambda: array(1, dynamic_size=True).write(3, 5.0).size(), 4),
    "identity": (lambda: array(3).unstack(X).identity().stack(), [1, 2, 3]),
    "from its flow": (lambda: array(None, flow=array(3).unstack(X).flow).stack(), [1, 2, 3]),
    "strings": (lambda: tf.TensorArray(tf.string, 2).write(0, "a").stack(), [b"a", b""]),
}  # fmt: skip


def _thrown_away():
    a = array()
    a.write(0, 1.0)
    return a.stack()


def _read_twice():
    a = array(3, clear_after_read=True).unstack(X)
    return a.read(1) + a.read(1)


@pytest.mark.parametrize("name", VALUES)
def test_values(machine, name):
    function, expected = VALUES[name]
    got = run(function).numpy()
    assert got.shape == np.shape(expected)
    assert got.tolist() == np.asarray(expected).tolist()


RUNTIME_ERRORS = {
    "Trying to access element 5 in a list with 2 elements": lambda: array(element_shape=[]).read(5),
    "Trying to access element -1": lambda: array(element_shape=[]).read(-1),
    "Trying to modify element 2": lambda: array().write(2, 1.0).stack(),
    "uninitialized tensor but element_shape is not fully defined: <unknown>": lambda: array().read(
        0
    ),
    "only contains uninitialized tensors .* element_shape: \\[\\?\\]": lambda: array(
        element_shape=[None]
    ).stack(),
    "an empty list with non-fully-defined element_shape": lambda: array(0).stack(),
    "All except the first dimension": lambda: array(0).concat(),
    "Concat saw a scalar shape at index 0": lambda: array().unstack([1.0, 2.0]).concat(),
    "Trying to gather element 5": lambda: array().unstack([1.0, 2.0]).gather([0, 5]),
    "gather 0-elements": lambda: array().gather([]),
    "saw: 1 vs. 2": lambda: array().scatter([0], [1.0, 2.0]).stack(),
    "list with 2 elements but got a list with 6": lambda: array().scatter([5], [1.0]).stack(),
    "list with 2 elements but got a list with 3": lambda: array().unstack(X).stack(),
    "must be at least a vector": lambda: array().unstack(1.0).stack(),
    "Unused values in tensor. Length of tensor: 3": lambda: array().split(X, [1, 1]).stack(),
    "Invalid value in lengths: -1": lambda: array().split(X, [-1, 4]).stack(),
    "different shapes": lambda: array(infer_shape=False).write(0, 1.0).write(1, [1.0]).stack(),
    "op elements int32 but list elements float": lambda: array().write(0, tf.constant(1)).stack(),
    "must be a non negative number, but got -1": lambda: array(-1, element_shape=[]).stack(),
}


@pytest.mark.parametrize("message", RUNTIME_ERRORS)
def test_errors_of_running(machine, message):
    with pytest.raises(InvalidArgumentError, match=message) as raised:
        run(RUNTIME_ERRORS[message])
    assert "Detected at node" in str(raised.value)


def test_an_index_that_only_the_program_knows_is_checked(machine):
    function = tf.function(lambda i: array().unstack([1.0, 2.0]).write(i, 3.0).read(i))
    assert function(1).numpy() == 3
    for i in (2, -1):
        with pytest.raises(InvalidArgumentError, match=f"element {i} in a list with 2"):
            function(tf.constant(i))


@pytest.mark.parametrize(
    ("error", "message", "function"),
    [
        (ValueError, "saw \\(2,\\) but expected \\(1,\\)",
         lambda: array().write(0, [1.0]).write(1, [1.0, 2.0])),
        (ValueError, "saw \\(\\) but expected \\(2,\\)",
         lambda: array(element_shape=[2], infer_shape=False).write(0, 1.0)),
        (ValueError, "List has type int32 but expected type float",
         lambda: array().unstack(tf.constant([1, 2])).stack()),
        (ValueError, "at least rank 1", lambda: array().split(1.0, [1])),
        (ValueError, "rank 1 but is rank 2", lambda: array().split(X, [[1, 2]])),
        (ValueError, "`size` must be provided", lambda: tf.TensorArray(F32)),
        (ValueError, "both `flow` and `size`", lambda: array(flow=array().flow)),
        (TypeError, "`flow` to be a variant tensor", lambda: array(flow=X)),
        (TypeError, "'num_elements' of op 'TensorListReserve'", lambda: array(1.5)),
        (TypeError, "'index' of op 'TensorListSetItem', got 1.0", lambda: array().write(1.0, 1.0)),
        (TypeError, "has type int64 that does not match expected type of int32",
         lambda: array().read(tf.constant(1, tf.int64))),
        (TypeError, "Failed to convert elements", lambda: tf.convert_to_tensor(array())),
        (NotImplementedError, "tf.GradientTape", lambda: array().grad("source")),
    ],
)  # fmt: skip
def test_errors_of_tracing(error, message, function):
    with pytest.raises(error, match=message):
        run(function)


def test_names():
    def function(x):
        a = tf.TensorArray(F32, 3).write(0, x).write(1, 2.0)
        return a.read(0), a.stack(), a.gather([0]), a.unstack([1.0]).scatter([0], [2.0]).stack()

    graph = tf.function(function).get_concrete_function(tf.TensorSpec([])).graph
    names = [node.name for node in graph.get_operations() if node.type.startswith("TensorList")]
    assert names == [
        "TensorArrayV2",
        "TensorArrayV2Write/TensorListSetItem",
        "TensorArrayV2Write_1/TensorListSetItem",
        "TensorArrayV2Read/TensorListGetItem",
        "TensorArrayV2Stack/TensorListStack",
        "TensorListGather",
        "TensorArrayUnstack/TensorListFromTensor",
        "TensorArrayScatter/TensorListScatterIntoExistingList",
        "TensorArrayV2Stack_1/TensorListStack",
    ]


def test_what_is_known_beforehand():
    def function(x, n):
        a = tf.TensorArray(F32, 3)
        _, b = tf.while_loop(lambda i, _: i < 3, lambda i, b: (i + 1, b.write(i, x)), [0, a])
        assert b.element_shape == a.element_shape == [2]
        assert b.stack().shape == [3, 2]
        assert b.gather([0, 1]).shape == [2, 2]
        assert b.concat().shape == [None]
        assert tf.TensorArray(F32, n).unstack(x).stack().shape == [None]
        assert array(dynamic_size=True).unstack(x).stack().shape == [None]
        assert (a.dtype, a.dynamic_size, a.handle, a.flow.dtype) == (F32, None, None, tf.variant)
        c = tf.cond(n > 0, lambda: array(3).unstack(x), lambda: array(2).unstack(x))
        assert c.stack().shape == [None]
        d = tf.cond(n > 0, lambda: b.write(0, x), lambda: b)
        assert d.stack().shape == [3, 2]
        return c.size()

    concrete = tf.function(function).get_concrete_function(
        tf.TensorSpec([2]), tf.TensorSpec([], tf.int32)
    )
    assert concrete(tf.zeros(2), tf.constant(1)).numpy() == 2


class TestTravelling:
    def test_through_a_function(self, machine):
        @tf.function
        def made(x):
            return tf.TensorArray(F32, 3).unstack(x)

        @tf.function
        def taken(a, x):
            return a.write(1, x).stack()

        @tf.function
        def both(x):
            assert isinstance(made(x), tf.TensorArray)
            return taken(made(x), x[2])

        assert both(X).numpy().tolist() == [1, 3, 3]

    def test_one_trace_does_not_serve_arrays_of_other_shapes(self):
        taken = tf.function(lambda a: a.stack())
        one = run(lambda: taken(array().unstack([1.0, 2.0])))
        two = run(lambda: taken(array().unstack([[1.0], [2.0]])))
        assert (one.shape, two.shape) == ([2], [2, 1])

    def test_to_eager_code_goes_the_flow(self):
        flow = run(lambda: array().unstack([1.0, 2.0]))
        assert repr(flow) == "<tf.Tensor: shape=(), dtype=variant, value=<TensorList>>"

    @pytest.mark.parametrize(
        "function",
        [
            lambda a: tf.while_loop(lambda i, _: i < 1, lambda i, b: (i + 1, b), [0, a]),
            lambda a: tf.cond(X[0] > 0, lambda: a, lambda: a),
            lambda a: a,
        ],
    )
    def test_an_eager_array_cannot_come_in(self, function):
        eager = array().write(0, 1.0)
        with pytest.raises(NotImplementedError, match="construct a new TensorArray inside"):
            run(lambda: function(eager))

    def test_in_loops_and_branches_of_autograph(self, machine):
        @tf.function
        def function(n):
            a = tf.TensorArray(tf.int32, 0, dynamic_size=True, clear_after_read=False)
            for i in tf.range(n):
                if i % 2 == 0:
                    a = a.write(i, i * 10)
                else:
                    a = a.write(i, a.read(i - 1) + 1)
            total = 0
            for i in tf.range(a.size()):
                total += a.read(i)
            return a.stack(), total

        for n in (1, 5, 40):  # more than a program's lists have room for at first
            stacked, total = function(tf.constant(n))
            assert stacked.numpy().tolist() == [i // 2 * 20 + i % 2 for i in range(n)]
            assert total.numpy() == sum(i // 2 * 20 + i % 2 for i in range(n))

    def test_compiled_on_demand(self):
        @tf.function(jit_compile=True)
        def function(x):
            a, b = tf.TensorArray(F32, 3), tf.TensorArray(F32, 0, dynamic_size=True)
            for i in tf.range(3):
                a, b = a.write(i, x[i] * 2), b.write(i, x[i])
            return a.stack(), b.stack()

        a, b = function(X)
        assert (a.numpy().tolist(), b.numpy().tolist()) == ([2, 4, 6], [1, 2, 3])
