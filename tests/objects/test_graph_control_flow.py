"""cond, case, switch_case and while_loop in functions.

Read next: headrace/_src/objects/control_flow.py, tests/objects/test_graph_gradients.py.
"""

from collections import namedtuple

import numpy as np
import pytest

import headrace as tf

T = tf.constant(True)
ONE = tf.constant(1)
X = tf.constant(2.0)
Pair = namedtuple("Pair", "a b")
InvalidArgumentError = tf.errors.InvalidArgumentError


def run(function, *arguments):
    return tf.function(function)(*arguments)


def values(structure):
    """The values of all leaves as Python's."""
    return tf.nest.map_structure(
        lambda leaf: None if leaf is None else np.asarray(leaf).astype(object).tolist(), structure
    )


def names(function, *arguments):
    graph = tf.function(function).get_concrete_function(*arguments).graph
    kinds = ("If", "Case", "While")
    return [node.name for node in graph.get_operations() if node.type.endswith(kinds)]


class TestCond:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (lambda: Pair(X, [X]), lambda: Pair(X * 2, [X])),
            (lambda: {"a": X, "b": (X,)}, lambda: {"b": (X,), "a": X}),
            (lambda: (X, None), lambda: (X, None)),
            (lambda: None, lambda: None),
            (list, list),
            (lambda: np.ones(2), lambda: np.zeros(2)),
            (lambda: b"a", lambda: b"b"),
        ],
    )
    def test_structures(self, one, other):
        for pred, function in ((T, one), (tf.constant(False), other)):
            found = run(lambda p: tf.cond(p, one, other), pred)
            tf.nest.assert_same_structure(found, function())
            assert values(found) == values(function())

    def test_variables_and_slices(self):
        v, w = tf.Variable(1.0), tf.Variable(2.0)
        function = tf.function(lambda p: tf.cond(p, lambda: v.assign_add(1.0), lambda: w))
        assert [function(T).numpy(), function(tf.constant(False)).numpy()] == [2, 2]
        assert v.numpy() == 2

        def slices(value):
            return tf.IndexedSlices(tf.constant([value]), tf.constant([0]), tf.constant([3]))

        got = run(lambda p: tf.cond(p, lambda: slices(1.0), lambda: slices(2.0)), T)
        assert tf.convert_to_tensor(got).numpy().tolist() == [1, 0, 0]

    def test_shapes_that_differ(self):
        function = tf.function(
            lambda p: tf.cond(p, lambda: tf.ones([2, 3]), lambda: tf.ones([4, 3]))
        )
        assert function.get_concrete_function(T).output_shapes == [None, 3]
        assert function(T).shape == [2, 3]

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (lambda: 1, lambda: 2.0),
            (lambda: (X, 1), lambda: (X, 2.0)),
            (lambda: {"a": X}, lambda: {"b": X}),
            (lambda: [X], lambda: (X,)),
            (lambda: (X, None), lambda: (None, X)),
        ],
    )
    def test_what_the_branches_answer_must_agree(self, one, other):
        text = "true_fn and false_fn arguments to tf.cond must have the same number, type"
        with pytest.raises(TypeError, match=text):
            run(lambda p: tf.cond(p, one, other), T)
        text = text.replace("true_fn", "branches.0.").replace("false_fn", "branches.1.")
        with pytest.raises(TypeError, match=text.replace("cond", "switch_case")):
            run(lambda i: tf.switch_case(i, [one, other]), ONE)

    @pytest.mark.parametrize(
        ("function", "error", "message"),
        [
            (lambda p: tf.cond(True, lambda: 1, lambda: 2), TypeError, "not be a Python bool"),
            (lambda p: tf.cond(p, 1, lambda: 2), TypeError, "'true_fn' must be callable"),
            (lambda p: tf.cond(p, lambda: 1), TypeError, "'false_fn' argument required"),
            (lambda p: tf.cond(None, lambda: 1, lambda: 2), ValueError, "None"),
            (
                lambda p: tf.cond(p, lambda: 1, lambda: None),
                ValueError,
                "outputs of cond must match",
            ),
            (lambda p: tf.cond([p, p], lambda: 1, lambda: 2), InvalidArgumentError, "a scalar"),
            (lambda p: tf.cond(ONE, lambda: 1, lambda: 2), InvalidArgumentError, "expected bool"),
        ],
    )
    def test_errors(self, function, error, message):
        with pytest.raises(error, match=message):
            run(function, T)

    def test_names(self):
        def function(p):
            tf.cond(p, lambda: X, lambda: X * 2)
            return tf.cond(p, lambda: X, lambda: X * 2), tf.cond(p, lambda: X, lambda: X, name="c")

        assert names(function, T) == ["cond", "cond_1", "c"]


class TestSwitchCase:
    def test_values(self):
        def function(i):
            return tf.switch_case(i, {1: lambda: 10, 0: lambda: 0}, default=lambda: 7)

        assert [run(function, tf.constant(i)).numpy() for i in (0, 1, 2, -1)] == [0, 10, 7, 7]
        assert names(function, ONE) == ["switch_case/indexed_case"]

    @pytest.mark.parametrize(
        ("index", "branches", "error", "message"),
        [
            (1, [lambda: 1], TypeError, "must be a Tensor"),
            (X, [lambda: 1], TypeError, "must be an integer Tensor"),
            (tf.constant(1, tf.int64), [lambda: 1], TypeError, "expected type of int32"),
            (tf.constant([1]), [lambda: 1, lambda: 2], InvalidArgumentError, "must be a scalar"),
            (ONE, [], ValueError, "at least one item"),
            (ONE, {0: lambda: 1, 2: lambda: 2}, ValueError, "contiguous range"),
            (ONE, [lambda: 1, lambda: None], ValueError, "outputs of case must match"),
        ],
    )
    def test_errors(self, index, branches, error, message):
        with pytest.raises(error, match=message):
            run(lambda: tf.switch_case(index, branches))


class TestCase:
    def test_values(self):
        def function(i):
            pairs = [(i < 3, lambda: "small"), (i < 9, lambda: "medium")]
            return tf.case(pairs, default=lambda: "large")

        function = tf.function(function)
        found = [function(tf.constant(i)).numpy() for i in (1, 5, 20)]
        assert found == [b"small", b"medium", b"large"]
        assert names(function.python_function, ONE) == ["case/cond"]

    def test_without_a_default_one_condition_must_be_true(self):
        function = tf.function(lambda i: tf.case([(i < 3, lambda: 1), (i < 9, lambda: 2)]))
        assert [function(tf.constant(i)).numpy() for i in (1, 5)] == [1, 2]
        with pytest.raises(InvalidArgumentError, match="None of conditions evaluated as True"):
            function(tf.constant(20))
        alone = tf.function(lambda i: tf.case([(i < 3, lambda: 1)]))
        assert alone(ONE).numpy() == 1
        with pytest.raises(InvalidArgumentError, match="None of conditions"):
            alone(tf.constant(5))

    def test_exclusive(self):
        pairs = ((3, 1), (6, 2))

        def function(i, default):
            return tf.case(
                [(i < n, lambda k=k: k) for n, k in pairs], default=default, exclusive=True
            )

        assert run(lambda i: function(i, None), ONE).numpy() == 1  # the last one is not counted
        assert run(lambda i: function(i, lambda: 3), tf.constant(4)).numpy() == 2
        with pytest.raises(InvalidArgumentError, match="more than 1 conditions"):
            run(lambda i: function(i, lambda: 3), ONE)

    @pytest.mark.parametrize(
        ("pairs", "error", "message"),
        [
            (lambda i: [(True, lambda: 1)], TypeError, "pred must be a Tensor"),
            (lambda i: [(i, lambda: 1)], TypeError, "of dtype bool"),
            (lambda i: [(i < 3, 1)], TypeError, "must be callable"),
            (lambda i: [[i < 3, lambda: 1]], TypeError, "must be a 2-tuple"),
            (lambda i: [], ValueError, "not enough values"),
            (lambda i: 5, TypeError, "must be a list, tuple, or dict"),
        ],
    )
    def test_errors(self, pairs, error, message):
        with pytest.raises(error, match=message):
            run(lambda i: tf.case(pairs(i), default=lambda: 1), ONE)


class TestWhileLoop:
    @pytest.mark.parametrize(
        ("cond", "body", "start", "end"),
        [
            (lambda i: i < 3, lambda i: i + 1, [0], [3]),
            (lambda i: i < 3, lambda i: (i + 1,), (0,), (3,)),
            (lambda a, b: a < 3, lambda a, b: Pair(a + 1, b * 2), Pair(0, 1), Pair(3, 8)),
            (lambda p: p.a < 3, lambda p: [Pair(p.a + 1, p.b)], [Pair(0, 1)], [Pair(3, 1)]),
            (lambda d: d["a"] < 3, lambda d: [{"a": d["a"] + 1}], [{"a": 0}], [{"a": 3}]),
            (lambda i, j: i < 3, lambda i, j: (i + 1, [j[0] * 2]), (0, [1]), (3, [8])),
            (lambda i, s: i < 2, lambda i, s: (i + 1, s + "a"), [0, "b"], [2, b"baa"]),
            (lambda b: b[0] < 3, lambda b: b + 1, [np.zeros(2)], [[3, 3]]),
            (lambda b: b, tf.logical_not, [True], [False]),
        ],
    )
    def test_structures(self, cond, body, start, end):
        assert values(run(lambda: tf.while_loop(cond, body, start))) == end

    def test_the_number_of_rounds(self):
        def function(most):
            return tf.while_loop(lambda i: True, lambda i: i + 1, [0], maximum_iterations=most)

        assert [run(lambda n=n: function(n))[0].numpy() for n in (0, 3)] == [0, 3]
        assert run(function, tf.constant(4))[0].numpy() == 4
        assert run(function, tf.constant(-4))[0].numpy() == 0
        with pytest.raises(ValueError, match="must be a scalar"):
            run(lambda: function([3]))

    @pytest.mark.parametrize(
        "invariant", [tf.TensorShape([None]), tf.TensorSpec([None]), tf.TensorShape(None)]
    )
    def test_shapes_that_change(self, invariant):
        def function(x):
            return tf.while_loop(
                lambda x: tf.shape(x)[0] < 6,
                lambda x: tf.concat([x, x], 0),
                [x],
                shape_invariants=[invariant],
            )

        assert run(function, tf.ones(3))[0].shape == [6]

    def test_variables(self):
        v = tf.Variable(1.0)

        def function(n):
            ends = tf.while_loop(lambda i: i < n, lambda i: (v.assign_add(1.0), i + 1)[1:], [0])
            return ends, v.read_value()

        assert values(run(function, tf.constant(3))) == ([3], 4)
        assert values(run(lambda: tf.while_loop(lambda x: x < 9, lambda x: x + 2, [v]))) == [10]
        assert v.numpy() == 4

    @pytest.mark.parametrize(
        ("loop", "error", "message"),
        [
            (lambda: tf.while_loop(1, 2, [0]), TypeError, "'cond' must be callable"),
            (lambda: tf.while_loop(lambda i: True, 2, [0]), TypeError, "'body' must be callable"),
            (lambda: tf.while_loop(lambda i: True, lambda i: i, None), ValueError, "'loop_vars'"),
            (lambda: tf.while_loop(lambda i: True, lambda i: i, X), TypeError, "len"),
            (lambda: tf.while_loop(lambda i: True, lambda i: (i, i), [0]), ValueError, "structure"),
            (lambda: tf.while_loop(lambda i: True, lambda i: X, [ONE]), TypeError,
             "enters the loop with type <dtype: 'int32'> but has type <dtype: 'float32'> after 1"),
            (lambda: tf.while_loop(lambda i: True, lambda i: tf.concat([i, i], 0), [tf.ones(3)]),
             ValueError, "enters the loop with shape \\(3,\\), but has shape \\(6,\\) after one"),
            (lambda: tf.while_loop(lambda i: 5, lambda i: i, [0]),
             InvalidArgumentError, "expected bool"),
        ],
    )  # fmt: skip
    def test_errors(self, loop, error, message):
        with pytest.raises(error, match=message):
            run(loop)

    def test_names(self):
        def function():
            tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0], name="mine")
            return tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0])

        assert names(function) == ["mine", "while"]
