"""A function as a graph and the graph run node by node: tracing without `tf.function`.

What ops do while a graph is built can be looked at by itself so, and costs no compilation.

Read next: tests/ops/test_graphs.py.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, of_array
from headrace._src.core.shapes import TensorShape
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.graph import SymbolicTensor
from headrace._src.engine.machine import HostMachine


class Traced:
    """The graph of `function(*placeholders)`.

    inputs: dtype and shape of each argument; they are called "x0", "x1", ...
    result: what the function answered.
    """

    def __init__(self, function: Callable, inputs: Sequence[tuple[DType, Any]]) -> None:
        self.graph = FuncGraph("f")
        with self.graph.as_default():
            placeholders = [
                self.graph.placeholder(dtype, shape, f"x{i}")
                for i, (dtype, shape) in enumerate(inputs)
            ]
            self.result = function(*placeholders)

    def run(self, outputs: Sequence[SymbolicTensor], arrays: Sequence[Any]) -> list[np.ndarray]:
        """The values of some tensors of the graph."""
        self.graph.outputs = list(outputs)
        captured = [
            outer._array for outer, inner in self.graph.captures if inner.op.type == "Placeholder"
        ]
        return HostMachine(None, "f").run(self.graph, [*arrays, *captured])


def run(function: Callable, *arrays: Any, shape: Any = "known") -> Any:
    """What a function of arrays answers as a graph; `shape` is what is known of each array."""
    given = [np.asarray(a) for a in arrays]
    traced = Traced(
        function,
        [(of_array(a.dtype), a.shape if shape == "known" else shape) for a in given],
    )
    found = traced.result
    tensors = found if isinstance(found, (list, tuple)) else [found]
    tensors = [t for t in tensors if isinstance(t, SymbolicTensor)]
    values = traced.run(tensors, given)
    for tensor, value in zip(tensors, values, strict=True):
        assert tensor.shape.is_compatible_with(TensorShape(np.shape(value)))
    return values[0] if isinstance(found, SymbolicTensor) else values
