"""Every row of tests/cases inside `tf.function`: what a function answers is what eager mode does.

For each row, in the longest dtype that has a gradient, else in the plainest:

    compiled   values, and gradients by a tape inside, where the whole graph is compiled
    outside    gradients by a tape around the function: its forward and backward twins
    message    the graph of both, as the bytes of a GraphDef and back, answers the same

Each row is compiled once; the others run node by node. All that is known of the shapes is known
here; tests/ops/test_graphs.py traces the same rows with less.

Read next: tests/test_ops.py, tests/ops/test_graphs.py.
"""

from collections.abc import Callable
from typing import Any

import pytest

import headrace as tf
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine import changing_shapes, execute
from headrace._src.engine.call import call
from headrace._src.function.graph_def import graph_def
from headrace._src.function.import_graph_def import function_from_graph_def
from headrace._src.objects.gradient_tape import GradientTape
from tests.cases.row import Case
from tests.rows import arrays, call_with, cases_in_graphs, dense, leaves, listening, value
from tests.test_ops import check_equal, has_slope, is_repeatable, main_dtype, tolerance

each_row = pytest.mark.parametrize(
    "row", [pytest.param(row, id=title) for title, row in cases_in_graphs()]
)


class Program:
    """A row as functions of its drawn inputs.

    inputs: the inputs, eager tensors. is_repeatable: whether it answers the same again.
    """

    def __init__(self, row: Case) -> None:
        self.row, self.dtype = row, main_dtype(row)
        wide = [d for d in row.dtypes() if d.name in ("float64", "float32", "complex128")]
        self.has_gradients = bool(wide) and row.has_gradient and has_slope(row, wide[0])
        if self.has_gradients:
            self.dtype = wide[0]
        self.inputs = [EagerTensor(*pair) for pair in arrays(row, self.dtype)]
        with listening() as calls:
            self.values(*self.inputs)
        self.is_repeatable = is_repeatable(calls)

    def values(self, *given: Tensor) -> list[Tensor]:
        """The tensors that the row answers."""
        found = leaves(call_with(self.row, self.dtype, given))
        return [leaf for leaf in found if isinstance(leaf, Tensor)]

    def with_gradients(self, *given: Tensor) -> list[Any]:
        """The same, and the gradients by the inputs of their sum."""
        return self.differentiated(self.values, *given)

    def differentiated(self, function: Callable, *given: Tensor) -> list[Any]:
        """What `function` answers, and its gradients by a tape around it."""
        if not self.has_gradients:
            return function(*given)
        xs = [x for x in given if x.dtype.is_differentiable]
        with GradientTape() as tape:
            for x in xs:
                tape.watch(x)
            results = function(*given)
        ys = [y for y in results if y.dtype.is_differentiable]
        return [*results, *map(dense, tape.gradient(ys, xs))]

    def check(self, found: list[Any]) -> None:
        """Whether values and gradients are those of eager mode."""
        for wanted, got in zip(self.with_gradients(*self.inputs), found, strict=True):
            if wanted is None or got is None:
                # A step that leaves nothing in eager mode may leave zeros in a graph.
                rest = wanted if got is None else got
                assert rest is None or not value(rest).any()
                continue
            assert type(got) is EagerTensor
            assert got.dtype is wanted.dtype
            assert value(got).dtype == wanted.dtype.array_dtype
            if self.is_repeatable:
                error = tolerance(self.row, wanted.dtype.array_dtype)
                check_equal(value(got), value(wanted), error)
            else:
                assert got.shape == wanted.shape


@pytest.fixture
def is_compiled(monkeypatch):
    """Graphs are compiled, however few nodes they have."""
    monkeypatch.setattr(execute, "FEW_NODES", 0)
    monkeypatch.setattr(changing_shapes, "BACK", 1)


@pytest.fixture
def is_not_compiled(monkeypatch):
    """Graphs over small arrays run node by node, however many nodes they have."""
    monkeypatch.setattr(execute, "FEW_NODES", 10**6)


@each_row
def test_compiled(row, is_compiled):
    program = Program(row)
    program.check(tf.function(program.with_gradients, autograph=False)(*program.inputs))


@each_row
def test_outside(row, is_not_compiled):
    program = Program(row)
    function = tf.function(program.values, autograph=False)
    program.check(program.differentiated(function, *program.inputs))


@each_row
def test_message(row, is_not_compiled):
    program = Program(row)
    concrete = tf.function(program.with_gradients, autograph=False).get_concrete_function(
        *program.inputs
    )
    graph = concrete.graph
    inside = graph.all_inputs()
    captured = [
        outer
        for outer, inner in graph.captures
        if any(inner is tensor for tensor in inside)  # the others are constants
    ]
    message = graph_def(graph)
    again = function_from_graph_def(
        message.SerializeToString(), [t.name for t in inside], [t.name for t in graph.outputs]
    )
    assert graph_def(again) == message
    wanted = call(graph, program.inputs)
    found = call(again, [*program.inputs, *captured])
    for one, other in zip(wanted, found, strict=True):
        assert other.dtype is one.dtype
        if program.is_repeatable:
            check_equal(value(other), value(one), 0)
