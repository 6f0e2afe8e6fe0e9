"""Tests of functions that classes of one's own take part in (headrace/_src/ops/dispatch.py)."""

# The older forms of types are what signatures may be made of; `X | Y` is refused, as in TensorFlow.
# ruff: noqa: UP006, UP007, UP035, UP045

import inspect
from typing import Any, List, Optional, Union

import numpy as np
import pytest

import headrace as tf
from headrace._src.ops import dispatch

register = tf.experimental.dispatch_for_api
forget = tf.experimental.unregister_dispatch_for


class Masked:
    """A composite value: it says by `_type_spec` what it consists of."""

    def __init__(self, values):
        self.values = tf.constant(values)

    @property
    def _type_spec(self):
        return tf.TensorSpec(self.values.shape, self.values.dtype)


class Twice(Masked):
    pass


@pytest.fixture(autouse=True)
def _clean():
    yield
    for dispatcher in dispatch._dispatchers.values():
        for target in list(dispatcher.targets):
            dispatcher.remove(target.owner)
    dispatch._handlers.clear()


def sum_of_masked(x, y, name=None):
    return "sum", x, y, name


def test_a_target_serves_the_types_of_its_signature():
    add = tf.add  # an old reference
    assert register(tf.add, {"x": Masked, "y": Masked})(sum_of_masked) is sum_of_masked
    a, b = Masked(1), Twice(2)
    assert add(a, b) == ("sum", a, b, None)
    assert tf.math.add(x=a, y=b, name="q") == ("sum", a, b, "q")
    assert add(1, 2).numpy() == 3
    with pytest.raises(ValueError, match="Attempt to convert a value"):
        add(a, 2)


def test_forgotten_targets_leave_no_trace():
    before = tf.add.__code__, tf.add.__defaults__, tf.add.__kwdefaults__, vars(tf.add).copy()
    signature = inspect.signature(tf.add)
    register(tf.add, {"x": Masked})(sum_of_masked)
    assert inspect.signature(tf.add) == signature
    forget(sum_of_masked)
    assert (tf.add.__code__, tf.add.__defaults__, tf.add.__kwdefaults__, vars(tf.add)) == before
    with pytest.raises(ValueError, match="was not registered using a `@dispatch_for_"):
        forget(sum_of_masked)


def test_functions_that_close_over_others_can_be_dispatched():
    scope = tf.variable_creator_scope
    assert scope.__closure__
    register(scope, {"variable_creator": Masked})(lambda *args, **kwargs: "scope")
    assert scope(Masked([1])) == "scope"
    with scope(lambda create, **kwargs: create(**kwargs)):
        assert tf.Variable(1.0).numpy() == 1


class Wrapped:
    """A value that is no tensor, for which `serve` has handlers."""

    __tf_op__ = staticmethod(dispatch.answered)

    def __init__(self, value):
        self.value = value


@pytest.fixture
def _served():
    codes = {f: f.__code__ for f in (tf.add.behind, tf.concat, tf.exp, tf.matmul.behind)}

    @dispatch.serve(Wrapped, tf.add, tf.concat, tf.exp, tf.matmul)
    def answer(first, second=None, *more, name=None, **kwargs):
        name = name or (more[0] if len(more) == 1 else None)
        return NotImplemented if name == "no" else ("served", first, second, name)

    assert tf.exp.__code__ is codes[tf.exp]  # an op's function stays as it is
    yield
    for dispatcher in dispatch._dispatchers.values():
        if dispatcher.guests.pop(Wrapped, None) and dispatcher.original and not dispatcher.guests:
            dispatcher._leave()
    assert codes == {f: f.__code__ for f in codes}


@pytest.mark.usefixtures("_served")
def test_a_class_of_this_house_answers_what_a_function_refuses():
    x = Wrapped(1)
    assert tf.add(1.0, x) == ("served", 1.0, x, None)
    assert tf.add(x, 1.0, name="n") == ("served", x, 1.0, "n")
    assert tf.concat([[1], x], 0) == ("served", [[1], x], 0, None)
    assert tf.matmul(x, x) == ("served", x, x, None)
    assert tf.exp(x) == ("served", x, None, None)
    assert isinstance(tf.constant(1.0) + x, tuple)
    np.testing.assert_array_equal(tf.concat([[1], [2]], 0), [1, 2])


@pytest.mark.usefixtures("_served")
def test_what_the_class_refuses_too_stays_refused():
    with pytest.raises(ValueError, match="Attempt to convert a value"):
        tf.add(Wrapped(1), 1.0, name="no")
    with pytest.raises(ValueError, match="Attempt to convert a value"):
        tf.concat([Wrapped(1)], 0, name="no")
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.concat([[1], [[2]]], 0)


def test_a_plain_class_and_a_variable_lead_to_no_target():
    class Plain:
        def __array__(self, dtype=None, copy=None):
            return np.array(3.0)

    register(tf.add, {"x": Union[Plain, tf.Variable]})(sum_of_masked)
    assert tf.add(Plain(), 2.0).numpy() == 5
    assert tf.add(tf.Variable(1.0), 2.0).numpy() == 3


def test_several_signatures_are_alternatives():
    register(tf.subtract, {"x": Masked}, {1: Masked})(sum_of_masked)
    a = Masked(1)
    assert tf.subtract(a, 1)[1:3] == (a, 1)
    assert tf.subtract(1, a)[1:3] == (1, a)


def test_lists_unions_and_defaults():
    @register(tf.concat, {"values": List[Union[Masked, tf.Tensor]]})
    def joined(values, axis, name="concat"):
        return len(values), axis, name

    @register(tf.reduce_sum, {"input_tensor": Masked, "axis": Optional[int]})
    def total(input_tensor, axis=None, keepdims=False, name=None):
        return axis, keepdims

    assert tf.concat([Masked(1), tf.constant(2)], 0) == (2, 0, "concat")
    assert tf.concat((Masked(1),), axis=1) == (1, 1, "concat")
    assert tf.reduce_sum(Masked(1)) == (None, False)
    assert tf.reduce_sum(Masked(1), 0, keepdims=True) == (0, True)
    with pytest.raises(ValueError, match="Attempt to convert"):
        tf.reduce_sum(Masked(1), "a")
    with pytest.raises((TypeError, ValueError)):
        tf.concat([Masked(1), 2], 0)
    np.testing.assert_array_equal(tf.concat([[1], [2]], 0), [1, 2])


def test_annotations_are_a_signature():
    @register(tf.divide)
    def quotient(x: Masked, y: Any, name=None):
        return "quotient"

    assert tf.divide(Masked(1), 2) == "quotient"


def test_a_target_may_give_way_leave_out_name_and_fail():
    register(tf.pow, {"x": Masked})(lambda x, y, name=None: NotImplemented)
    with pytest.raises(ValueError, match="Attempt to convert"):
        tf.pow(Masked(1), 2)
    register(tf.minimum, {"x": Masked})(lambda x, y: y)
    assert tf.minimum(Masked(1), 2, "name") == 2
    register(tf.maximum, {"x": Masked})(lambda x, y, name=None: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tf.maximum(Masked(1), 2)


def test_two_matches_are_an_error():
    register(tf.add, {"x": Masked})(sum_of_masked)
    register(tf.add, {"y": Masked})(lambda x, y, name=None: 0)
    with pytest.raises(
        ValueError, match=r"Multiple dispatch targets .* match the arguments to add"
    ):
        tf.add(Masked(1), Masked(1))


def target(x, y, name=None):
    return 0


@pytest.mark.parametrize(
    ("api", "signatures", "function", "kind", "match"),
    [
        (len, [{"x": Masked}], target, ValueError, "len> does not support dispatch"),
        (None, [{"x": Masked}], target, ValueError, "None does not support dispatch"),
        (tf.Variable, [{"x": Masked}], target, ValueError, "does not support dispatch"),
        (tf.add, [{"z": Masked}], target, ValueError, "annotation for unknown parameter 'z'"),
        (tf.add, [{9: Masked}], target, ValueError, "annotation for unknown parameter 9"),
        (tf.add, [], target, ValueError, "must be called with at least one signature"),
        (tf.add, [[Masked]], target, TypeError, "must be dictionaries mapping parameter names"),
        (tf.add, [{"x": 5}], target, ValueError, "Type annotation 5 is not currently supported"),
        (tf.add, [{"x": "M"}], target, ValueError, "Type annotation M is not currently supported"),
        (tf.add, [{"x": dict[str, int]}], target, ValueError, "is not currently supported"),
        (tf.add, [{"x": Masked}], 3, TypeError, "Expected dispatch_target to be callable; got 3"),
        (
            tf.add,
            [{"x": Masked}],
            lambda a, b, name=None: 0,
            ValueError,
            r"signature \(a, b, name=None\) does not match API's signature \(x, y, name=None\)",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(api, signatures, function, kind, match):
    with pytest.raises(kind, match=match):
        register(api, *signatures)(function)


# ---- elementwise functions -----------------------------------------------------------------------


def test_one_handler_serves_all_functions_of_one_tensor():
    seen = []

    @tf.experimental.dispatch_for_unary_elementwise_apis(Masked)
    def handler(api, x):
        seen.append(api)
        return Masked(api(x.values))

    assert tf.abs(Masked(-1), name="q").values.numpy() == 1
    assert seen == [tf.abs]
    assert tf.cast(Masked(1), tf.float32).values.dtype == tf.float32
    assert tf.clip_by_value(Masked(5), 0, 3).values.numpy() == 3
    assert tf.ones_like(Masked([3.0, 4.0])).values.numpy().tolist() == [1, 1]
    with pytest.raises(ValueError, match=r"A unary elementwise dispatch handler .* has already"):
        tf.experimental.dispatch_for_unary_elementwise_apis(Masked)(handler)
    forget(handler)
    with pytest.raises(ValueError, match="Attempt to convert"):
        tf.abs(Masked(-1))
    tf.experimental.dispatch_for_unary_elementwise_apis(Masked)(handler)


def test_one_handler_serves_all_functions_of_two_tensors():
    @tf.experimental.dispatch_for_binary_elementwise_apis(Masked, Union[Masked, tf.Tensor])
    def handler(api, x, y):
        return api(x.values, getattr(y, "values", y))

    assert tf.multiply(Masked(2), tf.constant(3)).numpy() == 6
    assert tf.equal(Masked(2), Masked(2), name="same").numpy()
    assert tf.function(lambda: tf.pow(Masked(2.0), Masked(3.0)))().numpy() == 8
    with pytest.raises(ValueError, match="A binary elementwise dispatch handler"):
        tf.experimental.dispatch_for_binary_elementwise_apis(Masked, Union[Masked, tf.Tensor])(
            handler
        )


def test_one_handler_serves_all_assertions():
    @tf.experimental.dispatch_for_binary_elementwise_assert_apis(Masked, Masked)
    def handler(assertion, x, y):
        return assertion(x.values, y.values)

    tf.debugging.assert_equal(Masked(1), Masked(1), name="n")
    with pytest.raises(tf.errors.InvalidArgumentError, match="hey"):
        tf.debugging.assert_less(Masked(3), Masked(2), message="hey")


def test_the_tables_name_functions():
    for table in (dispatch.UNARY, dispatch.BINARY, dispatch.ASSERTIONS):
        found = dispatch.functions(table)
        assert len({function.__name__ for function in found}) == len(found)
        assert all(inspect.isfunction(function) for function in found)


def test_only_types_can_have_handlers():
    with pytest.raises(ValueError, match="Type annotation 3 is not currently supported"):
        tf.experimental.dispatch_for_unary_elementwise_apis(3)
