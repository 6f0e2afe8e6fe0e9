"""cond, case, switch_case and while_loop in eager mode.

Read next: headrace/_src/objects/control_flow.py.
"""

import numpy as np
import pytest

import headrace as tf

T, F = tf.constant(True), tf.constant(False)


def never():
    raise AssertionError("the branch not taken must not run")


def answer(value):
    return lambda: value


class TestCond:
    @pytest.mark.parametrize("pred", [True, T, 5, 0.5, "a", [1], np.array(True), [[True]]])
    def test_true(self, pred):
        assert tf.cond(pred, lambda: (1, [2]), never) == (1, [2])

    @pytest.mark.parametrize("pred", [False, F, 0, "", np.float64(0)])
    def test_false(self, pred):
        assert tf.cond(pred, never, lambda: None) is None

    def test_a_variable_decides(self):
        assert tf.cond(tf.Variable(True), lambda: 1, never) == 1

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ((True, 1, 2), TypeError, "'true_fn' must be callable"),
            ((True, never), TypeError, "'false_fn' argument required"),
            ((True, None, never), TypeError, "'true_fn' argument required"),
            ((None, never, never), ValueError, "Attempt to convert a value"),
            (([True, False], never, never), ValueError, "ambiguous"),
            (([], never, never), ValueError, "truth value of an empty array"),
        ],
    )
    def test_errors(self, arguments, error, message):
        with pytest.raises(error, match=message):
            tf.cond(*arguments)

    def test_gradients_of_first_and_second_order(self):
        x = tf.constant(3.0)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.cond(x > 2, lambda: x**3, lambda: x)
            dx = inner.gradient(y, x)
        assert dx.numpy() == 27
        assert outer.gradient(dx, x).numpy() == 18


class TestCase:
    def test_the_first_true_one_wins(self):
        assert tf.case([(F, never), (T, answer(2)), (T, never)]) == 2
        assert tf.case([(F, never)], default=answer(3)) == 3
        assert tf.case(((F, never), (T, answer(2))), exclusive=True) == 2
        # Without a default the last pair is not counted.
        assert tf.case([(T, answer(1)), (T, never)], exclusive=True) == 1

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            (([(F, never), (F, never)],), tf.errors.InvalidArgumentError, "None of conditions"),
            ((5,), TypeError, "must be a list, tuple, or dict"),
            (([5],), TypeError, "2-tuple. Received 5"),
            (([(True, never)],), TypeError, "pred must be a Tensor, got: True"),
            (([(tf.constant(1), never)],), AttributeError, "bool"),
            (([(T, 1)],), AttributeError, "callable"),
            (([],), ValueError, "not enough values"),
            (({},), ValueError, "Unordered dictionaries"),
            (([(T, never)], 4), TypeError, "'false_fn' must be callable"),
            (
                ([(T, never), (F, never), (T, never)], never, True),
                tf.errors.InvalidArgumentError,
                r"(?s)more than 1 conditions \(\?, \?, \?\).*True, False, True",
            ),
        ],
    )
    def test_errors(self, arguments, error, message):
        with pytest.raises(error, match=message):
            tf.case(*arguments)


class TestSwitchCase:
    def test_branches(self):
        functions = [answer(0), answer(1), answer(2)]
        assert [tf.switch_case(tf.constant(i), functions) for i in (0, 1, 2, 5, -1)] == [
            0, 1, 2, 2, 2,
        ]  # fmt: skip
        assert tf.switch_case(tf.constant(5), functions, default=answer("d")) == "d"
        assert tf.switch_case(tf.constant(0), {1: never, 0: answer(9)}) == 9
        assert tf.switch_case(tf.constant(0, tf.int64), [(1, never), (0, answer(9))]) == 9

    @pytest.mark.parametrize(
        ("index", "functions", "error", "message"),
        [
            (1, [never], TypeError, "must be a Tensor, got <class 'int'>"),
            (tf.constant(1.0), [never], TypeError, "integer Tensor, got <dtype: 'float32'>"),
            (tf.constant(0), 7, TypeError, "must be a list, tuple, or dict"),
            (tf.constant(0), [], ValueError, "at least one item"),
            (tf.constant(0), [3], TypeError, "2-tuple"),
            (tf.constant(0), {"a": never}, TypeError, "must be a Python `int`"),
            (tf.constant(0), {0: 3}, TypeError, "fn for key 0 must be callable"),
            (tf.constant(0), {0: never, 2: never}, ValueError, r"\[0 to 2\) but found {0,2}"),
            (tf.constant([0]), [never], tf.errors.InvalidArgumentError, "at least a vector"),
        ],
    )
    def test_errors(self, index, functions, error, message):
        with pytest.raises(error, match=message):
            tf.switch_case(index, functions)


class TestWhileLoop:
    def test_values(self):
        i, total = tf.while_loop(lambda i, s: i < 5, lambda i, s: (i + 1, s + i), [0, 0])
        assert (i.numpy(), total.numpy()) == (5, 10)
        (x,) = tf.while_loop(lambda x: False, never, [np.zeros(2)])
        assert x.dtype == tf.float64
        nested = tf.while_loop(
            lambda i, d: i < 3, lambda i, d: [i + 1, {"b": d["b"] * 2}], [0, {"b": tf.constant(1)}]
        )
        assert nested[1]["b"].numpy() == 8

    def test_shapes_are_free(self):
        (x,) = tf.while_loop(
            lambda x: len(x) < 8,
            lambda x: [tf.concat([x, x], 0)],
            [tf.ones(3)],
            shape_invariants=[tf.TensorShape([None])],
        )
        assert x.shape == [12]

    @pytest.mark.parametrize("limit", [3, tf.constant(3, tf.int64), 3.5])
    def test_a_limit(self, limit):
        (i,) = tf.while_loop(lambda i: True, lambda i: [i + 1], [0], maximum_iterations=limit)
        assert i.numpy() == 3

    def test_no_iterations(self):
        (i,) = tf.while_loop(lambda i: True, never, [7], maximum_iterations=0)
        assert i.numpy() == 7

    def test_arrays_and_composites_pass_through(self):
        array = tf.TensorArray(tf.int32, 3)
        _, array = tf.while_loop(
            lambda i, a: i < 3, lambda i, a: (i + 1, a.write(i, i * i)), (tf.constant(0), array)
        )
        assert array.stack().numpy().tolist() == [0, 1, 4]
        slices = tf.IndexedSlices(tf.constant([1]), tf.constant([0]))
        _, slices = tf.while_loop(
            lambda i, s: i < 3,
            lambda i, s: (i + 1, tf.IndexedSlices(s.values * 2, s.indices)),
            [0, slices],
        )
        assert slices.values.numpy().tolist() == [8]

    @pytest.mark.parametrize(
        ("arguments", "options", "error", "message"),
        [
            ((1, never, [0]), {}, TypeError, "'cond' must be callable"),
            ((never, 1, [0]), {}, TypeError, "'body' must be callable"),
            ((never, never, []), {}, ValueError, "'loop_vars' must be provided"),
            ((never, never, None), {}, ValueError, "'loop_vars' must be provided"),
            ((lambda i: i < 3, lambda i: i + 1, [0]), {}, TypeError, "not iterable"),
            (
                (lambda i: i < 3, lambda i: i + 1, [tf.constant(0)]),
                {},
                TypeError,
                "iterate over a scalar",
            ),
            (
                (lambda i: i < 3, lambda i: (i + 1, i), [0]),
                {},
                ValueError,
                "same nested structure",
            ),
            (
                (lambda i: 5, lambda i: i, [0]),
                {"maximum_iterations": 3},
                TypeError,
                "Cannot convert 5 to EagerTensor of dtype bool",
            ),
            (
                (lambda i: True, lambda i: i, [0]),
                {"maximum_iterations": [3]},
                ValueError,
                r"must be a scalar. Received shape: \(1,\)",
            ),
            (
                (never, never, [0]),
                {"parallel_iterations": 0},
                TypeError,
                "must be a positive integer",
            ),
        ],
    )
    def test_errors(self, arguments, options, error, message):
        with pytest.raises(error, match=message):
            tf.while_loop(*arguments, **options)

    @pytest.mark.parametrize("options", [{}, {"maximum_iterations": 3}, {"back_prop": False}])
    def test_gradients_of_first_and_second_order(self, options):
        x = tf.constant(2.0)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.while_loop(
                    lambda i, a: i < 3, lambda i, a: [i + 1, a * x], [0, x], **options
                )[1]
            dx = inner.gradient(y, x)
        assert (y.numpy(), dx.numpy()) == (16, 32)
        assert outer.gradient(dx, x).numpy() == 48


@pytest.mark.parametrize("refused", [tf.gradients, tf.hessians])
def test_gradients_of_graphs_are_refused(refused):
    with pytest.raises(RuntimeError, match=r"Use tf\.GradientTape instead"):
        refused(tf.constant(1.0), tf.constant(1.0))
