"""Converted functions in real graphs: results, and TensorFlow's words where they cannot be traced.

Read next: test_user_errors.py.
"""

from contextlib import nullcontext

import numpy as np
import pytest

import headrace as tf
from headrace._src.function.autograph.api import do_not_convert, set_loop_options
from headrace._src.function.autograph.options import Feature
from tests.function.autograph.programs import Program
from tests.function.autograph.test_random_programs import Object, defined, run


def values(result):
    return tf.nest.map_structure(lambda x: np.asarray(x.numpy()).tolist(), result)


def traced(function, *arguments):
    return values(tf.function(function)(*arguments))


@pytest.mark.parametrize("seed", [3, 11, 14, 27, 31])
def test_random_programs(seed):
    program = defined(Program(seed).text, f"<program {seed}>")

    @tf.function
    def whole(n, items):
        o, d = Object(), {"k": tf.constant(1)}
        o.x = tf.constant(3)
        return program(n, 2, o, d, items, nullcontext), o.x, d["k"]

    try:
        found = values(whole(tf.constant(3), tf.constant([1, 3])))
    except NotImplementedError as error:
        assert "TF" in str(error)
    else:
        assert found == run(program, 3, 2, [1, 3], int)


class TestLoops:
    def test_over_a_range(self):
        def f(n):
            s = 0
            for i in tf.range(n):
                if i == 2:
                    continue
                if i > 4:
                    break
                s += i
            return s, i

        assert traced(f, tf.constant(10)) == (8, 5)
        assert traced(f, tf.constant(0)) == (0, 0)

    @pytest.mark.parametrize(("start", "limit", "step"), [(0, 5, 2), (5, 0, -2), (3, 3, 1)])
    def test_over_a_range_with_a_step(self, start, limit, step):
        def f(start, limit, step):
            s = 0
            for i in tf.range(start, limit, step):
                s = s * 10 + i
            return s

        expected = 0
        for i in range(start, limit, step):
            expected = expected * 10 + i
        assert traced(f, start, limit, step) == expected
        assert traced(f, *map(tf.constant, (start, limit, step))) == expected

    def test_a_range_is_not_made(self):
        @tf.function
        def f():
            s = 0.0
            for _ in tf.range(1000):
                s += 1.0
            return s

        graph = f.get_concrete_function().graph
        assert len(graph.get_operations()) < 20
        assert f().numpy() == 1000.0

    def test_over_rows(self):
        def f(x):
            total = tf.zeros([2])
            for row in x:
                total += row
            return total

        x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
        assert traced(f, x) == [4.0, 6.0]
        unknown = tf.function(f, input_signature=[tf.TensorSpec([None, 2])])
        assert values(unknown(x)) == [4.0, 6.0]
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.function(f)(x)
        assert values(tape.gradient(y, x)) == [[1.0, 1.0], [1.0, 1.0]]

    def test_of_python(self):
        def f(x):
            for i in range(3):
                x = x * 2 + i
            return x

        assert traced(f, tf.constant(1)) == 12

    def test_over_a_python_range_with_a_tensor(self):
        def f(n):
            s = 0
            for i in range(n, 0, -1):
                s += i
            return s

        assert traced(f, tf.constant(4)) == 10

    def test_while_and_its_test(self):
        calls = []

        def f(n):
            def test(i):
                calls.append(1)
                return i < n

            i = 0
            while test(i):
                i += 1
            return i

        function = tf.function(f)
        assert values(function(tf.constant(3))) == 3
        # Once to see what it is, once in the loop.
        assert len(calls) == 2
        operations = function.get_concrete_function(tf.constant(3)).graph.get_operations()
        assert "Less" not in [op.type for op in operations]

    def test_for_effects_alone(self):
        v = tf.Variable(0)

        @tf.function
        def f(n):
            while v < n:
                v.assign_add(1)

        f(tf.constant(4))
        assert v.numpy() == 4

    def test_return_inside(self):
        def f(n):
            for i in tf.range(n):
                if i == 3:
                    return i * 100
            return -1

        assert traced(f, tf.constant(10)) == 300
        assert traced(f, tf.constant(2)) == -1

    def test_none_before(self):
        def f(n):
            x = None
            for i in tf.range(n):
                x = i
            return x

        assert traced(f, tf.constant(3)) == 2

    def test_state_in_objects(self):
        def f(n):
            o, d, l = Object(), {"k": tf.constant(1)}, [tf.constant(0)]
            o.x = tf.constant(0)

            def bump():
                nonlocal n
                n = n + 1

            bump()
            for i in tf.range(n):
                o.x += i
                l[0] += 1
                d["k"] *= 2
            if n > 2:
                o.y = 1
            else:
                o.y = 2
            return o.x, l[0], d["k"], o.y

        assert traced(f, tf.constant(3)) == (6, 4, 16, 1)

    def test_options(self):
        def f(n):
            i = 0
            while i < n:
                set_loop_options(maximum_iterations=3, parallel_iterations=1, swap_memory=True)
                i += 1
            return i

        assert traced(f, tf.constant(10)) == 3

        def g(n):
            x = tf.ones([1])
            while tf.shape(x)[0] < n:
                set_loop_options(shape_invariants=[(x, tf.TensorShape([None]))])
                x = tf.concat([x, x], 0)
            return x

        assert traced(g, tf.constant(3)) == [1.0] * 4


class TestBranches:
    def test_gradients(self):
        @tf.function
        def f(x, w):
            if x > 0:
                return x * w
            return x * x

        x, w = tf.constant(-2.0), tf.constant(5.0)
        with tf.GradientTape() as tape:
            tape.watch([x, w])
            y = f(x, w)
        assert values(tape.gradient(y, [x, w])) == [-4.0, 0.0]

    def test_a_partial_return(self):
        def f(x):
            if x > 0:
                if x > 10:
                    return x
                x = x + 100
            return x * 2

        assert [traced(f, tf.constant(x)) for x in (5, 50, -5)] == [210, 50, -10]

    def test_only_the_other_branch_returns(self):
        def f(x):
            y = 0
            if x > 0:
                y = 1
            elif x > -5:
                return x
            return y + 10

        assert [traced(f, tf.constant(x)) for x in (5, -2, -9)] == [11, -2, 10]

    def test_a_variable_decides(self):
        v = tf.Variable(True)

        def f(x):
            if v:
                return x
            return -x

        assert traced(f, tf.constant(2)) == 2

    def test_logic(self):
        def f(x, y):
            a = x > 0 and y > 0
            b = x > 0 or y > 0
            c = not x > 0
            e = 0 < x < 10
            return a, b, c, 1 if x > 0 else 2, e, x is None, x == 1 or False

        expected = (False, True, False, 1, True, False, True)
        assert traced(f, tf.constant(1), tf.constant(-1)) == expected


class TestBuiltins:
    def test_of_tensors(self):
        def f(x):
            return len(x), abs(x), int(x[0]), float(x[0]), range(x[1]), sorted(x)

        expected = (3, [3, 1, 2], 3, 3.0, [0], [1, 2, 3])
        assert traced(f, tf.constant([3, 1, 2])) == expected

    def test_sorted(self):
        def f(x):
            return sorted(x, reverse=True), sorted(x, key=lambda t: -t)

        assert traced(f, tf.constant([3, 1, 2])) == ([3, 2, 1], [3, 2, 1])

    def test_of_python(self):
        def f(x):
            return len([1]), abs(-2), int("3"), float("4"), sorted([3, 1]), max(1, 2), x

        assert traced(f, tf.constant(0)) == (1, 2, 3, 4.0, [1, 3], 2, 0)

    def test_an_unknown_length(self):
        def f(x):
            return len(x)

        for shape in (None, [None]):
            function = tf.function(f, input_signature=[tf.TensorSpec(shape)])
            assert values(function(tf.ones([2]))) == 2

    def test_what_there_is_not(self):
        def base(x):
            return int(x, 2)

        def scalar(x):
            return len(x)

        with pytest.raises(NotImplementedError, match="base 2 not supported for int"):
            traced(base, tf.constant(1))
        message = (
            r"len requires a non-scalar tensor, got one of shape Tensor\(\"Shape:0\", shape=\(0,"
        )
        with pytest.raises(ValueError, match=message):
            traced(scalar, tf.constant(1))


def test_asserts():
    def f(x):
        assert x > 0, "must be positive"
        return x

    with pytest.raises(tf.errors.OperatorNotAllowedInGraphError, match="as a Python `bool`"):
        tf.function(f)(tf.constant(1))
    g = tf.function(f, experimental_autograph_options=Feature.ASSERT_STATEMENTS)
    assert g(tf.constant(1)).numpy() == 1
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be positive"):
        g(tf.constant(-1))


def test_what_is_left_alone_cannot_branch():
    @do_not_convert
    def g(x):
        return x if x > 0 else -x

    with pytest.raises(tf.errors.OperatorNotAllowedInGraphError):
        traced(lambda x: g(x), tf.constant(1))


def branches(a, b):
    def f(x):
        if x > 0:
            y = a
        else:
            y = b
        return y

    return f


STRUCTURE = "'y' must have the same nested structure in the main and else branches:\n"

REFUSED_BRANCHES = [
    (1, 2.0, TypeError, "'y' has dtype int32 in the main branch, but dtype float32 in the else br"),
    ([1], [2, 3], TypeError, STRUCTURE),
    ((1, 2), 3, TypeError, STRUCTURE),
    ({"a": 1}, {"b": 1}, TypeError, STRUCTURE),
    (None, 1, ValueError, "'y' is None at the end of the main branch."),
    (1, None, ValueError, "'y' is None at the end of the else branch."),
    (None, None, ValueError, "'y' is None at the end of the main branch."),
    ((1, None), (2, None), ValueError, "'y' is None at the end of the main branch."),
    (object(), 1, TypeError, "found return value of type object, which is not a Tensor"),
]


@pytest.mark.parametrize(("a", "b", "kind", "message"), REFUSED_BRANCHES)
def test_branches_that_disagree(a, b, kind, message):
    with pytest.raises(kind) as caught:
        traced(branches(a, b), tf.constant(1))
    assert message in str(caught.value).replace("\n    ", "\n")
    assert type(caught.value) is kind


def test_branches_that_agree():
    assert traced(branches("a", "b"), tf.constant(1)) == b"a"
    assert traced(branches([1], [2]), tf.constant(-1)) == [2]
    assert traced(branches({"a": (1, 2.0)}, {"a": (3, 4.0)}), tf.constant(-1)) == {"a": (3, 4.0)}
    ones = branches(tf.ones([2]), np.ones(3, np.float32))
    assert traced(ones, tf.constant(-1)) == [1.0] * 3


def dtype_changes(n):
    x = 1
    for _ in tf.range(n):
        x = 2.5
    return x


def shape_changes(n):
    x = tf.ones([1])
    while tf.shape(x)[0] < n:
        x = tf.concat([x, x], 0)
    return x


def structure_changes(n):
    x = (1, 2)
    for _ in tf.range(n):
        x = (1, 2, 3)
    return x


def turns_none(n):
    x = 5
    while n > 0:
        x = None
        n -= 1
    return x


def is_no_tensor(n):
    x = object()
    for _ in tf.range(n):
        x = object()
    return x


def breaks_its_invariant(n):
    y = 1
    for _ in tf.range(n):
        set_loop_options(shape_invariants=[(y, tf.TensorShape([2]))])
        y = y + 1
    return y


def is_defined_in_one_branch(n):
    i = 0
    while i < n:
        if i > 2:
            y = i
        i += 1
    return y


def asks_a_number(n):
    if n:
        return 1
    return 2


def asks_a_vector(n):
    while tf.constant([True, False]):
        n += 1
    return n


def ternary_dtypes(n):
    return 1 if n > 0 else 2.0


def ternary_none(n):
    return None if n > 0 else 2


def return_dtypes(n):
    if n > 0:
        return 1
    else:
        return 2.0


def return_none(n):
    if n > 0:
        return 1
    else:
        return None


def reads_what_is_not_there(n):
    z = 1
    if z < 0:
        y = 1
    return y + n


REFUSED = [
    (
        dtype_changes,
        TypeError,
        "'x' has dtype int32 before the loop, but dtype float32 after one iteration",
    ),
    (
        shape_changes,
        ValueError,
        (
            "'x' has shape (1,) before the loop, but shape (2,) after one iteration. Use "
            "tf.autograph.experimental.set_loop_options to set shape invariants."
        ),
    ),
    (
        structure_changes,
        TypeError,
        "'x' does not have the same nested structure after one iteration.\n",
    ),
    (turns_none, ValueError, "'x' is None at the end of the iteration."),
    (is_no_tensor, TypeError, "Failed to convert elements of <object object at "),
    (
        breaks_its_invariant,
        ValueError,
        "'y' has shape () before the loop, which does not conform with the shape invariant (2,).",
    ),
    (
        is_defined_in_one_branch,
        ValueError,
        (
            "'y' must be defined before the loop\n    Note: AutoGraph tried to define it "
            "automatically, but ran into a ValueError: 'y' must also be initialized in the else "
            "branch"
        ),
    ),
    (
        asks_a_number,
        ValueError,
        (
            'condition of if statement expected to be `tf.bool` scalar, got Tensor("n:0", '
            "shape=(), dtype=int32); to use as boolean Tensor, use `tf.cast`; to check for None, "
            "use `is not None`"
        ),
    ),
    (
        asks_a_vector,
        ValueError,
        "condition of while loop expected to be `tf.bool` scalar, got Tensor(",
    ),
    (
        ternary_dtypes,
        TypeError,
        "'n > 0' has dtype int32 in the main branch, but dtype float32 in the else branch",
    ),
    (ternary_none, ValueError, "'n > 0' is None at the end of the main branch."),
    (
        return_dtypes,
        TypeError,
        "'retval_' has dtype int32 in the main branch, but dtype float32 in the else branch",
    ),
    (return_none, ValueError, "'retval_' is None at the end of the else branch."),
    (reads_what_is_not_there, UnboundLocalError, "'y' is used before assignment"),
]


@pytest.mark.parametrize(
    ("function", "kind", "message"), REFUSED, ids=[row[0].__name__ for row in REFUSED]
)
def test_what_is_refused(function, kind, message):
    with pytest.raises(kind) as caught:
        traced(function, tf.constant(3))
    assert f"\n    {kind.__name__}: {message}" in str(caught.value)
    assert type(caught.value) is kind
