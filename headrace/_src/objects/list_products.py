"""Sums of matrix products over lists: how the gradient of a loop's weights is added up.

What an iteration of a recurrent network adds to the gradient of a weight matrix is a product
`a' d` of two thin matrices. Added up one by one, as the chain rule says it, every iteration reads
and writes a matrix as large as the weights. Here the iterations only push `a` and `d` onto two
lists, and one large product at the end is the sum of all the small ones (measured on the LSTM of
benchmarks/: the backward loop takes half the time).

The steps are ours; TensorFlow has no ops like them.

Read next: objects/loops.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import variant
from headrace._src.core.shapes import TensorShape, scalar
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.graph import Operation, SymbolicTensor
from headrace._src.engine.step import own_step
from headrace._src.objects.tensor_list import Element, listed


def factors(graph: FuncGraph, dx: Any) -> tuple[SymbolicTensor, SymbolicTensor] | None:
    """`a` and `d` if `dx` is their product `a' d` in `graph`, of known widths; else None."""
    if not isinstance(dx, SymbolicTensor) or dx.graph is not graph or dx.op.type != "MatMul":
        return None
    attributes = dx.op.attributes
    if not attributes["transpose_a"] or attributes["transpose_b"] or not dx.dtype.is_floating:
        return None
    a, d = dx.op.inputs
    if not (a.shape.is_fully_defined() and d.shape.is_fully_defined()):
        return None
    # Thick matrices are better multiplied where they are: there is nothing to be won.
    return (a, d) if a.shape[0] < min(a.shape[1], d.shape[1]) else None


@own_step("HeadraceSumOfProducts")
def sum_of_products(machine: Any, node: Operation, a: Any, d: Any) -> Any:
    """The sum of `a[i]' d[i]` over two lists of matrices of one length."""
    if not machine.is_host:
        return machine.sum_of_products(a, d, node.outputs[0])
    a, d = listed(a), listed(d)
    if not a:
        return np.zeros(tuple(node.outputs[0].shape), node.outputs[0].dtype.array_dtype)
    return np.concatenate(a).T @ np.concatenate(d)


@sum_of_products.gradient
def _(node: Operation, dz: Any) -> list[Any]:
    a, d = node.inputs
    return [times(d, dz, True), times(a, dz, False)]


@own_step("HeadraceListTimes")
def list_times(machine: Any, node: Operation, items: Any, matrix: Any) -> Any:
    """Each matrix of a list times one matrix, which may be transposed first."""
    if node.attributes["transpose_b"]:
        matrix = matrix.T
    if not machine.is_host:
        return machine.list_times(items, matrix)
    return [np.asarray(item) @ np.asarray(matrix) for item in listed(items)]


@list_times.gradient
def _(node: Operation, dz: Any) -> list[Any]:
    items, matrix = node.inputs
    if node.attributes["transpose_b"]:
        return [times(dz, matrix, False), total(dz, items)]
    return [times(dz, matrix, True), total(items, dz)]


def total(a: SymbolicTensor, d: SymbolicTensor) -> SymbolicTensor:
    """The sum of the products of two lists."""
    shape = TensorShape([a.element.shape[1], d.element.shape[1]])
    return _add(sum_of_products, [a, d], {}, (a.element.dtype, shape), None)


def times(items: SymbolicTensor, matrix: Any, transpose: bool) -> SymbolicTensor:
    """A list whose elements are those of `items` times `matrix`."""
    width = matrix.shape[0 if transpose else 1]
    element = Element(items.element.dtype, TensorShape([items.element.shape[0], width]))
    attributes = {"transpose_b": transpose}
    return _add(list_times, [items, matrix], attributes, (variant, scalar), element)


def _add(kind: Any, inputs: list[Any], attributes: dict, output: Any, element: Any) -> Any:
    context = thread.context
    graph = context.graph
    name = graph.unique_name(kind.name)
    taken = [graph.input(x, f"{name}/input_{i}") for i, x in enumerate(inputs)]
    node = graph.add(kind, taken, attributes, [output], name)
    node.outputs[0].element = element
    for recorder in context.recorders:
        recorder.step(node)
    return node.outputs[0]
