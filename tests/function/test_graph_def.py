"""Graphs as messages and back: TensorFlow's own files, and every call that can be traced.

tensorflow_graphs.json holds GraphDefs as TensorFlow wrote them (tools/record_graphs.py), with what
went in and came out.

Read next: headrace/_src/function/graph_def.py, headrace/_src/function/import_graph_def.py.
"""

import base64
import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import headrace as tf
from headrace._src.core.dtypes import DType, as_dtype
from headrace._src.core.tensor import EagerTensor, array_of
from headrace._src.engine.call import call as run
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.graph import Graph, SymbolicTensor
from headrace._src.function import protos
from headrace._src.function.graph_def import function_def, function_name, graph_def
from headrace._src.function.import_graph_def import (
    Library,
    from_function_def,
    from_graph_def,
    function_from_graph_def,
    parsed,
)
from headrace._src.proto import tensor as messages
from tests.function.calls import NamedCall, calls
from tests.function.test_names import leaves

PROGRAMS = json.loads(Path(__file__).with_name("tensorflow_graphs.json").read_text())
DTYPES = [DType(n) for n in range(1, 34) if n not in (20, 21)]


# ---- TensorFlow's files --------------------------------------------------------------------------


@pytest.fixture(params=PROGRAMS, ids=lambda row: row["program"])
def program(request):
    return request.param


def written(program: dict) -> bytes:
    return zlib.decompress(base64.b64decode(program["graph_def"]))


def tensor(row: dict) -> tf.Tensor:
    values = np.array(row["values"])
    if row["dtype"].startswith("complex"):
        values = values[..., 0] + 1j * values[..., 1]
    return tf.constant(values, row["dtype"])


def test_nothing_of_tensorflows_message_is_lost(program):
    message = parsed(written(program))
    assert message.SerializeToString(deterministic=True) == written(program)
    assert all(node.name and node.op for node in message.node)


def test_tensorflows_graph_runs(program):
    graph = function_from_graph_def(written(program), program["inputs"], program["outputs"])
    answered = run(graph, [tensor(row) for row in program["given"]])
    for found, row in zip(answered, program["answered"], strict=True):
        wanted = tensor(row)
        assert found.dtype is wanted.dtype
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), 1e-5, 1e-6)


# ---- every call ----------------------------------------------------------------------------------


def traced(call: NamedCall) -> FuncGraph:
    graph = FuncGraph("call")
    with graph.as_default():
        inputs = [
            graph.placeholder(as_dtype(dtype), array.shape, f"argument_{place}")
            for place, (array, dtype) in enumerate(zip(call.inputs, call.dtypes, strict=True))
        ]
        found = leaves(call.run(tf, inputs))
        graph.outputs = [leaf for leaf in found if isinstance(leaf, SymbolicTensor)]
    return graph


def plain(message: Any) -> Any:
    """A message without the waits that keep stateful nodes in order."""
    copy = type(message).FromString(message.SerializeToString())
    for node in copy.node:
        kept = [name for name in node.input if name[0] != "^"]
        del node.input[:]
        node.input.extend(kept)
    del copy.library.function[:]
    return copy


# Not traced: what other tests are about. They need Python, a variable, or another graph's parts.
ELSEWHERE = {"py_function", "numpy_function", "gradients"}
CALLS = {
    f"{call.name}-{call.title}": call
    for call in calls()
    if not call.has_variable and call.name not in ELSEWHERE
}


@pytest.mark.parametrize("key", CALLS)
def test_a_graph_survives_the_message(key):
    call = CALLS[key]
    graph = traced(call)
    message = graph_def(graph)
    again = from_graph_def(message.SerializeToString())
    assert [(n.name, n.type) for n in again.get_operations()] == [
        (n.name, n.type) for n in graph.get_operations()
    ]
    assert plain(graph_def(again)) == plain(message)

    inside = from_function_def(function_def(graph), Library(message.library))
    cut = function_from_graph_def(
        message, [t.name for t in graph.inputs], [t.name for t in graph.outputs]
    )
    if any(node.op.definition.is_stateful for node in graph.get_operations()):
        return  # two runs need not agree
    given = [
        EagerTensor(np.asarray(array), as_dtype(dtype))
        for array, dtype in zip(call.inputs, call.dtypes, strict=True)
    ]
    wanted = run(graph, given)
    for twin in (inside, cut):
        for found, value in zip(run(twin, given), wanted, strict=True):
            assert found.dtype is value.dtype
            np.testing.assert_array_equal(array_of(found), array_of(value))


# ---- particulars ---------------------------------------------------------------------------------


def small() -> FuncGraph:
    graph = FuncGraph("Small one")
    with graph.as_default():
        x = graph.placeholder(tf.float32, [None, 2], "X")
        with graph.control_dependencies([x.op]):
            y = tf.add(x, 1.0)
        values, places = tf.math.top_k(y, 1)
        graph.outputs = [places, values, x]
    return graph


def test_names_of_inputs():
    message = graph_def(small())
    nodes = {node.name: list(node.input) for node in message.node}
    assert nodes["Add"] == ["X", "Add/y", "^X"]
    assert message.versions.producer == tf.version.GRAPH_DEF_VERSION
    x = next(node for node in message.node if node.name == "X")
    assert [dim.size for dim in x.attr["shape"].shape.dim] == [-1, 2]


def test_a_function_names_its_arguments_and_outputs():
    graph = small()
    message = function_def(graph)
    assert message.signature.name == function_name(graph) == f"__inference_Small_one_{graph.serial}"
    assert [(a.name, a.type) for a in message.signature.input_arg] == [("x", 1)]
    assert [a.name for a in message.signature.output_arg] == ["topkv2", "topkv2_1", "x"]
    assert dict(message.ret) == {
        "topkv2": "TopKV2:indices:0",
        "topkv2_1": "TopKV2:values:0",
        "x": "x",
    }
    assert not any(node.op == "Placeholder" for node in message.node_def)


def test_shapes_are_told_when_asked_for():
    message = graph_def(small(), add_shapes=True)
    told = {n.name: n.attr["_output_shapes"].list.shape for n in message.node}
    assert [[d.size for d in shape.dim] for shape in told["TopKV2"]] == [[-1, 1], [-1, 1]]


def test_stateful_nodes_wait_for_each_other():
    graph = FuncGraph("draws")
    with graph.as_default():
        tf.random.uniform([2])
        tf.random.uniform([2])
    first, second = (node for node in graph_def(graph).node if node.op == "RandomUniform")
    assert not [name for name in first.input if name[0] == "^"]
    assert f"^{first.name}" in second.input


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.name)
@pytest.mark.parametrize("size", [0, 1, 3])
def test_arrays_of_every_dtype(dtype, size):
    if dtype is tf.string:
        array = np.array([b"a", b"", b"\xff\x00"][:size], object)
    elif dtype.is_complex:
        array = np.array([1 - 2j, 0, 3j][:size], dtype.array_dtype)
    else:
        array = np.array([1, 0, 1][:size]).astype(dtype.array_dtype)
    message = messages.tensor_proto(array, dtype)
    again = messages.TensorProto.FromString(message.SerializeToString())
    found, of = messages.array_of(again)
    assert of is dtype
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)
    found[...] = array  # nobody else's memory


def test_the_last_element_stands_for_the_rest():
    shape = messages.shape_proto([2, 2])
    message = messages.TensorProto(dtype=1, tensor_shape=shape, float_val=[1.0, 2.0])
    np.testing.assert_array_equal(messages.array_of(message)[0], [[1, 2], [2, 2]])
    empty = messages.TensorProto(dtype=3, tensor_shape=shape)
    np.testing.assert_array_equal(messages.array_of(empty)[0], np.zeros((2, 2), np.int32))
    long = messages.TensorProto(dtype=1, tensor_shape=shape, float_val=[1.0] * 5)
    with pytest.raises(ValueError, match="holds 5 elements where its shape has 4"):
        messages.array_of(long)


def test_nodes_in_any_order():
    message = graph_def(small())
    nodes = list(message.node)
    del message.node[:]
    message.node.extend(reversed(nodes))
    names = [node.name for node in from_graph_def(message).get_operations()]
    assert set(names) == {node.name for node in nodes}
    assert names.index("X") < names.index("Add") < names.index("TopKV2")


# ---- what cannot be read, and how that is told ---------------------------------------------------


def message_of(*nodes: tuple) -> Any:
    message = protos.GraphDef()
    for name, kind, *inputs in nodes:
        message.node.add(name=name, op=kind, input=inputs)
    return message


@pytest.mark.parametrize(
    ("nodes", "error", "words"),
    [
        ([("a", "NoSuchOp")], NotImplementedError, "no op 'NoSuchOp', which the node 'a'"),
        ([("a", "Neg", "b")], ValueError, "'a' takes 'b', which is not there"),
        ([("a", "Neg", "b"), ("b", "Neg", "a")], NotImplementedError, "form a loop"),
        ([("a", "EagerPyFunc")], NotImplementedError, "'a' .EagerPyFunc. calls a Python function"),
    ],
)
def test_what_is_refused(nodes, error, words):
    with pytest.raises(error, match=words):
        from_graph_def(message_of(*nodes))


def test_a_function_that_is_missing():
    message = message_of(("a", "PartitionedCall"))
    message.node[0].attr["f"].func.name = "g"
    with pytest.raises(ValueError, match="calls a function 'g' that it does not hold"):
        from_graph_def(message)


def test_names_that_are_not_there():
    message = graph_def(small())
    with pytest.raises(ValueError, match="Of the outputs, 'z:0' is not in the GraphDef"):
        function_from_graph_def(message, ["X:0"], ["z:0"])
    with pytest.raises(NotImplementedError, match="only placeholders can be inputs"):
        function_from_graph_def(message, ["Add:0"], ["TopKV2:1"])


def test_graphs_are_written_without_importing_protobuf_first():
    code = "import headrace as tf, sys; tf.add(1, 2); print('google.protobuf' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"


def test_a_graph_answers_its_message():
    graph = Graph()
    with graph.as_default():
        tf.constant(2.0) * 3.0
    assert [node.op for node in graph.as_graph_def().node] == ["Const", "Const", "Mul"]
    assert graph.get_operations()[-1].node_def.name == "mul"


@tf.custom_gradient
def twice(x):
    return 2.0 * x, lambda dz: 3.0 * dz


@pytest.mark.parametrize(
    "function",
    [
        twice,
        lambda x: tf.map_fn(lambda row: row * 2.0, x),
        lambda x: tf.scan(lambda a, row: a + row, x),
    ],
    ids=["custom_gradient", "map_fn", "scan"],
)
def test_functions_within_survive_the_message(function):
    graph = FuncGraph("f")
    with graph.as_default():
        x = graph.placeholder(tf.float32, [3, 2], "x")
        graph.outputs = [function(x)]
    message = graph_def(graph)
    again = from_graph_def(message.SerializeToString())
    assert plain(graph_def(again)) == plain(message)
    inside = from_function_def(function_def(graph), Library(message.library))
    given = [EagerTensor(np.arange(6, dtype=np.float32).reshape(3, 2), tf.float32)]
    np.testing.assert_array_equal(array_of(*run(inside, given)), array_of(*run(graph, given)))


def test_a_gradient_in_python_is_not_forgotten_in_silence():
    graph = FuncGraph("f")
    with graph.as_default():
        x = graph.placeholder(tf.float32, [], "x")
        graph.outputs = [twice(x)]
    again = from_graph_def(graph_def(graph).SerializeToString())
    node = next(n for n in again.get_operations() if n.type == "IdentityN")
    with again.as_default(), pytest.raises(LookupError, match="CustomGradient"):
        tf.gradients(node.outputs[0], node.inputs[0])
