"""One trace: what it tells about itself, and calling it with arguments or with flat tensors.

Read next: test_function.py.
"""

import copy
import re

import numpy as np
import pytest

import headrace as tf
from headrace._src.function.concrete import packer
from tests.function.counting import function

F32 = "TensorSpec(shape=(None,), dtype=tf.float32, name=None)"
INP = "TensorSpec(shape=(None,), dtype=tf.float32, name='inp')"


@pytest.fixture
def concrete():
    @function
    def f(x, k=2, *, o=None):
        return {"out": x * k, "l": [x, None]}

    return f.get_concrete_function(tf.TensorSpec([None], tf.float32, name="inp"), k=3)


def test_what_it_tells(concrete):
    result = f"Dict[['out', {F32}], ['l', List[{F32}, Literal[None]]]]"
    line = f"(x: {INP}, k: Literal[3], *, o: Literal[None]) -> {result}"
    table = (
        f"Input Parameters:\n  x (POSITIONAL_OR_KEYWORD): {INP}\n"
        "  k (POSITIONAL_OR_KEYWORD): Literal[3]\n  o (KEYWORD_ONLY): Literal[None]\n"
        f"Output Type:\n  {result}\nCaptures:\n  None"
    )
    assert str(concrete) == f"ConcreteFunction {table}"
    assert re.fullmatch(rf"<ConcreteFunction {re.escape(line)} at 0x[0-9A-F]+>", repr(concrete))
    assert str(concrete.function_type) == concrete.pretty_printed_signature(verbose=False) == line
    assert repr(concrete.function_type) == concrete.pretty_printed_signature() == table
    args, kwargs = concrete.structured_input_signature
    assert args == (tf.TensorSpec([None], tf.float32, name="inp"), 3)
    assert kwargs == {"o": None}
    assert [t.op.name for t in concrete.inputs] == ["inp"]
    assert [t.op.name for t in concrete.outputs] == ["Identity", "Identity_1"]
    assert concrete.structured_outputs["out"] is concrete.outputs[1]
    assert re.fullmatch(rb"__inference_f_\d+", concrete.name)
    assert concrete.output_shapes["l"][0].as_list() == [None]
    assert concrete.output_shapes["l"][1].rank is None
    assert concrete.output_dtypes == {"out": tf.float32, "l": [tf.float32, None]}
    assert concrete.variables == concrete.trainable_variables == ()
    assert concrete.captured_inputs == []
    assert concrete.graph.name == "f"
    assert concrete.function_type.output is not None
    assert len(concrete.function_type.flat_inputs) == 1
    assert copy.deepcopy(concrete) is copy.copy(concrete) is concrete


def test_calls(concrete):
    for result in (
        concrete(tf.constant([1.0])),
        concrete(inp=tf.constant([1.0])),
        concrete(tf.constant([1.0]), 3, o=None),
        concrete([1.0], k=3, o=None),
        concrete(x=np.ones(1), k=3, o=None),
    ):
        assert result["out"].numpy() == [3.0]
        assert result["l"][1] is None
    assert concrete(tf.constant(1.0))["out"].numpy() == 3.0  # shapes are not checked
    name = concrete.name.decode()
    with pytest.raises(tf.errors.InvalidArgumentError) as raised:
        concrete(tf.constant([1, 2]))
    assert raised.value.message == (
        f"cannot compute {name} as input #0(zero-based) was expected to be a float tensor but is a "
        f"int32 tensor [Op:{name}]"
    )


@pytest.mark.parametrize(
    ("args", "kwargs", "why", "flat"),
    [
        ((), {}, "missing a required argument: 'x'", "f(inp) missing required arguments: inp."),
        (
            (1.5,),
            {"bad": 1},
            "missing a required argument: 'k'",
            "f(inp) got unexpected keyword arguments: bad.",
        ),
        (
            (1.5, 5),
            {},
            "missing a required argument: 'o'",
            "f(inp) takes 1 positional arguments, got 2.",
        ),
        (
            ([1.0],),
            {},
            "missing a required argument: 'k'",
            "f(inp): expected argument #0(zero-based) to be a Tensor; got list ([1.0]).",
        ),
        ((1,), {"inp": 2}, "missing a required argument: 'k'", "f(inp) got two values for 'inp'."),
        (
            ([1.0], 4),
            {"o": None},
            "Can not cast 4 to Literal[3]",
            "f(inp) takes 1 positional arguments, got 2.",
        ),
    ],
)
def test_what_does_not_fit(concrete, args, kwargs, why, flat):
    with pytest.raises(TypeError) as raised:
        concrete(*args, **kwargs)
    assert str(raised.value) == (
        f"Binding inputs to tf.function failed due to `{why}`. Received args: {args} and kwargs: "
        f"{kwargs} for signature: {concrete.function_type}.\n"
        f"Fallback to flat signature also failed due to: {flat}"
    )


def test_a_variable_is_no_flat_tensor(concrete):
    with pytest.raises(TypeError, match="Item 0 is type: ResourceVariable"):
        concrete(tf.Variable([1.0]))
    assert concrete(tf.Variable([1.0]), 3, o=None)["out"].numpy() == [3.0]


def test_literals_may_be_left_out():
    f = function(lambda a, b: a + b)
    concrete = f.get_concrete_function(1, tf.constant(2))
    t = tf.constant(5)
    assert concrete(1, t).numpy() == concrete(t).numpy() == concrete(b=t).numpy() == 6
    with pytest.raises(TypeError, match=r"Can not cast 2 to Literal\[1\]"):
        concrete(2, t)


def test_spec_names_may_repeat():
    spec = tf.TensorSpec([], name="a")
    concrete = function(lambda a, b: a - b).get_concrete_function(spec, spec)
    one, two = tf.constant(1.0), tf.constant(2.0)
    assert concrete(a=one, b=two).numpy() == concrete(a=one, a_1=two).numpy() == -1.0


def test_captures():
    v, w = tf.Variable(2.0, name="v"), tf.Variable(3.0, trainable=False)
    c = tf.ones([200])
    concrete = function(lambda x: x * v + w + c).get_concrete_function(tf.TensorSpec([]))
    assert [x is y for x, y in zip(concrete.variables, (v, w), strict=True)] == [True, True]
    assert [x.name for x in concrete.trainable_variables] == ["v:0"]
    assert [x.dtype.name for x in concrete.captured_inputs] == ["resource", "resource", "float32"]
    assert len(concrete.inputs) == 4
    captures = list(concrete.function_type.captures.values())
    assert captures[0] == tf.TensorSpec([], tf.resource)
    assert captures[2] == tf.TensorSpec([200], tf.float32)
    assert concrete(tf.constant(2.0)).numpy()[0] == 8.0
    v.assign(10.0)
    assert concrete(tf.constant(2.0)).numpy()[0] == 24.0


def test_a_trace_keeps_its_variables():
    def made():
        w = tf.Variable(2.0)
        return function(lambda: w + 1).get_concrete_function()

    assert made()().numpy() == 3.0


def test_variable_arguments():
    v = tf.Variable(2.0, name="mine")

    @function
    def f(a, b):
        return a.assign_add(b)

    concrete = f.get_concrete_function(v, tf.constant(1.0))
    assert [t.dtype.name for t in concrete.inputs] == ["resource", "float32"]
    assert concrete(v, tf.constant(1.0)).numpy() == 3.0
    other = tf.Variable(10.0)
    assert concrete(other, tf.constant(1.0)).numpy() == 11.0
    assert v.numpy() == 3.0
    assert concrete.variables == ()


def test_function_def():
    @function(experimental_implements="mine", jit_compile=True)
    def f(x):
        return x + 1

    concrete = f.get_concrete_function(tf.constant(1))
    message = concrete.function_def
    assert message.signature.name == concrete.name.decode()
    assert [(a.name, a.type) for a in message.signature.input_arg] == [("x", 3)]
    assert message.attr["_implements"].s == b"mine"
    assert message.attr["_XlaMustCompile"].b


def test_packers():
    a, b = tf.constant(1), tf.constant(2)
    assert packer(a)([b]) is b
    assert packer(None)([]) is None
    assert packer((a, a))([a, b]) == (a, b)
    assert packer([a, a])([a, b]) == [a, b]
    assert packer({"y": [a, None], "x": a})([a, b]) == {"y": [b, None], "x": a}
    slices = tf.IndexedSlices(a, b)
    assert packer([slices])([b, a])[0].values is b
