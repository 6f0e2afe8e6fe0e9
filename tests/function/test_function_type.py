"""Signatures: binding, canonical calls, input signatures, and the texts of both.

Read next: test_function.py.
"""

import functools
import inspect

import numpy as np
import pytest

import headrace as tf
from headrace._src.function.function_type import canonical, constrained, of_callable
from tests.function.counting import function

SCALAR = tf.TensorSpec([], tf.float32)
T = tf.constant(1.0)


def f(a, b=2, *c, d=4, **e):
    return 0


def canon(function, *args, **kwargs):
    call = canonical(*of_callable(function, False), args, kwargs)
    return dict(zip(call.names, call.values, strict=True)), [k.name for k in call.kinds]


def test_equivalent_spellings_are_one_call():
    first = canon(f, 1)
    assert first == ({"a": 1, "b": 2, "d": 4}, ["POSITIONAL_OR_KEYWORD"] * 2 + ["KEYWORD_ONLY"])
    assert canon(f, 1, 2) == canon(f, a=1) == canon(f, 1, d=4, b=2) == first
    assert list(canon(f, 1, 2, 3, z=1, y=2)[0]) == ["a", "b", "c_0", "d", "y", "z"]
    assert canon(f, 1, 2, 3)[1] == ["POSITIONAL_ONLY"] * 3 + ["KEYWORD_ONLY"]


@pytest.mark.parametrize(
    ("python", "text"),
    [
        (f, "(a, b=<captured_default_value>, *c, d=<captured_default_value>, **e)"),
        (functools.partial(lambda a, b, k=1: 0, 2, k=3), "(b, *, k=<captured_default_value>)"),
        (lambda a, /, b: 0, "(a, /, b)"),
        (lambda x: 0, "(x)"),
    ],
)
def test_texts(python, text):
    kind = function(python).function_type
    assert str(kind) == text
    assert isinstance(kind, inspect.Signature)


def test_hints_are_no_types():
    def hinted(x: int = 1) -> int:
        return x

    assert str(function(hinted).function_type) == "(x=<captured_default_value>)"


def test_a_function_that_cannot_tell_its_signature():
    assert str(of_callable(max, False)[0]) == "(*args, **kwargs)"


def test_the_table():
    assert repr(function(lambda x, k=2: x).function_type) == (
        "Input Parameters:\n  x (POSITIONAL_OR_KEYWORD): None\n  k (POSITIONAL_OR_KEYWORD): None\n"
        "Output Type:\n  None\nCaptures:\n  None"
    )


@pytest.mark.parametrize(
    ("args", "kwargs", "why"),
    [
        ((), {}, "missing a required argument: 'a'"),
        ((T,), {"a": 2}, "multiple values for argument 'a'"),
    ],
)
def test_binding_errors(args, kwargs, why):
    with pytest.raises(TypeError) as raised:
        function(f)(*args, **kwargs)
    assert str(raised.value) == (
        f"Binding inputs to tf.function failed due to `{why}`. Received args: {args} and kwargs: "
        f"{kwargs} for signature: (a, b=<captured_default_value>, *c, d=<captured_default_value>, "
        "**e)."
    )


# ---- input signatures ----------------------------------------------------------------------------


def types(python, signature):
    return str(constrained(*of_callable(python, False), signature))


def test_a_signature_gives_types():
    spec = "TensorSpec(shape=(), dtype=tf.float32, name=None)"
    assert types(lambda a, b=2: a, [SCALAR]) == (
        f"(a: {spec}, b: Literal[2] = <captured_default_value>)"
    )
    assert types(lambda a, *r, **k: a, [SCALAR] * 3) == (
        f"(a: {spec}, r_0: {spec}, r_1: {spec}, /)"
    )
    assert types(lambda a, *, k=1: a, [SCALAR]) == (
        f"(a: {spec}, *, k: Literal[1] = <captured_default_value>)"
    )
    assert types(lambda: 1, []) == "()"


@pytest.mark.parametrize(
    ("python", "signature", "message"),
    [
        (lambda a: a, SCALAR, "must be either a tuple or a list, got <class 'tensorflow.python."),
        (lambda a: a, [1], r"possibly nested sequence .* got invalid args \[1\] with types"),
        (lambda a: a, [None], r"got invalid args \[None\]"),
        (lambda a: a, [SCALAR] * 2, "^input_signature contains 1 extra type constraints.$"),
        (lambda a, b: a, [SCALAR], "^input_signature missing type constraint for b$"),
        (lambda a, *, b: a, [SCALAR], "keyword-only parameter `b` must have a default value"),
    ],
)
def test_signatures_that_do_not_fit(python, signature, message):
    with pytest.raises(TypeError, match=message):
        function(python, input_signature=signature)


def test_values_are_converted_and_tensors_are_not():
    traces = []

    @function(input_signature=[tf.TensorSpec([None, 2], name="inp"), tf.TensorSpec([], tf.int32)])
    def g(x, y):
        traces.append((x.name, y.name))
        return x * 2

    for x in (tf.ones([3, 2]), [[1, 2]], np.ones([4, 2]), tf.Variable([[1.0, 2.0]])):
        assert g(x, 1).dtype is tf.float32
    assert traces == [("inp:0", "y:0")]
    for x, message in [
        (tf.ones([3]), r"Can not cast TensorSpec\(shape=\(3,\), dtype=tf.float32, name='inp'\) to"),
        (tf.ones([3, 2], tf.int32), r"Can not cast TensorSpec\(shape=\(3, 2\), dtype=tf.int32"),
        ("a", "Received args: "),
    ]:
        with pytest.raises(
            TypeError, match=f"^Binding inputs to tf.function failed due.*{message}"
        ):
            g(x, 1)
    with pytest.raises(TypeError, match=r"Cannot convert 1\.5 to EagerTensor of dtype int32"):
        g(tf.ones([3, 2]), 1.5)
    with pytest.raises(TypeError, match="got an unexpected keyword argument 'z'"):
        g(tf.ones([3, 2]), 1, z=2)
    assert g.get_concrete_function() is g.get_concrete_function(tf.TensorSpec([3, 2]), 1)
    with pytest.raises(TypeError, match=r"to TensorSpec\(shape=\(None, 2\)"):
        g.get_concrete_function(tf.TensorSpec([3]), 1)


def test_structures_in_a_signature():
    @function(input_signature=[{"x": SCALAR, "y": [tf.TensorSpec([None], tf.int32)]}])
    def g(a):
        return a["x"] + tf.cast(a["y"][0][0], tf.float32)

    assert g({"x": 1.0, "y": [[2, 3]]}).numpy() == 3.0
    args, kwargs = g.get_concrete_function().structured_input_signature
    assert (args[0]["x"].name, args[0]["y"][0].name, kwargs) == ("a_x", "a_y_0", {})
    with pytest.raises(TypeError, match="has different keys with the TraceType"):
        g({"x": 1.0})


def test_a_default_must_not_change_under_a_signature():
    g = function(lambda a, b=2: a * b, input_signature=[SCALAR])
    assert g(1.0).numpy() == g(1.0, 2).numpy() == 2.0
    with pytest.raises(TypeError, match=r"Can not cast 3 to Literal\[2\]"):
        g(1.0, 3)


def test_function_spec():
    spec = function(f).function_spec
    assert type(spec).__module__.endswith("function_type_utils")
    assert spec.arg_names == ["a", "b"]
    assert spec.default_values == {"b": 2, "d": 4}
    assert spec.flat_input_signature == (None, None)
    assert spec.input_signature is None
    assert spec.fullargspec == inspect.getfullargspec(f)
    assert spec.jit_compile is None
    assert spec.signature_summary(True).endswith("Defaults:\n  b: 2\n  d: 4")
    signed = function(lambda x: x, input_signature=[SCALAR]).function_spec
    assert signed.flat_input_signature == (SCALAR,)


def test_placeholder_names():
    @function
    def q(_x, x_, self, d, x):
        return 0

    t = tf.constant(1)
    concrete = q.get_concrete_function(t, t, t, {"b": t, "a": [t, (t, t)]}, t)
    assert [i.op.name for i in concrete.inputs] == (
        ["Placeholder", "x_", "self", "d_1", "d_2", "d_3", "d", "x"]
    )
