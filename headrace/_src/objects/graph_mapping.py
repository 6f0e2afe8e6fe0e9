"""`map_fn`, `scan`, `foldl` and `foldr` while a graph is built: loops over TensorArrays.

The tensors are unstacked into arrays, a `while_loop` reads row after row, calls the function and
writes what it answers to other arrays, which are stacked at the end. The arrays that are read are
variables of the loop like those that are written, although they never change: so their gradient is
one list, carried by the loop back, to which each round adds one element.

Read next: objects/loops.py, objects/graph_array.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core import nest
from headrace._src.core.context import thread
from headrace._src.core.shapes import unknown
from headrace._src.core.spec import TensorSpec
from headrace._src.engine.convert import convert, in_graph
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.objects.control_flow import while_loop
from headrace._src.objects.graph_array import TensorArray
from headrace._src.objects.mapped_rows import (
    Source,
    arrays_like,
    first_value,
    joined_rows,
    kept_parts,
    result_arrays,
    row,
)
from headrace._src.objects.trace import trace
from headrace._src.ops.array import length


def mapped(
    fn: Callable,
    elems: Any,
    given: list[Source],
    signature: Any,
    specs: list[Any],
    infer_shape: bool,
    name: str,
) -> Any:
    """The results of `fn` for each row, which are nested like `signature` and as `specs` say."""
    with thread.context.graph.name_scope(name):
        for source in given:
            if not source.is_composite:
                source.value = in_graph(source.value, "elems")
        count = given[0].length()
        sources = [array for source in given for array in source.arrays()]
        start = in_graph(convert(0), "Const")
        results = result_arrays(specs, count, infer_shape)

        def body(i: Any, results: list[Any], sources: list[Any]) -> Any:
            arrays = list(sources)
            result = fn(nest.pack_sequence_as(elems, [x.row(arrays, i) for x in given]))
            nest.assert_same_structure(signature, result)
            parts = kept_parts(specs, result)
            results = [a._fill(i, part) for a, part in zip(results, parts, strict=True)]
            return i + 1, results, sources

        _, results, _ = while_loop(
            lambda i, *_: i < count, body, (start, results, sources), maximum_iterations=count
        )
        return nest.pack_sequence_as(signature, joined_rows(specs, results, count))


def scanned(
    fn: Callable, elems: Any, initializer: Any, infer_shape: bool, reverse: bool, name: str
) -> Any:
    """All values of `fn(value, row)`."""
    with thread.context.graph.name_scope(name):
        tensors = _tensors(elems)
        count = _count(tensors)
        sources = _sources(tensors, count, True)
        place = count - 1 if reverse else 0
        pattern, flat = first_value(elems, initializer, sources, place)
        results = arrays_like(flat, count, infer_shape)
        start = place
        if initializer is None:
            results = _written(results, place, flat)
            start = place - 1 if reverse else 1
        value = nest.pack_sequence_as(pattern, flat)

        def body(i: Any, value: Any, results: list[Any], sources: list[Any]) -> Any:
            value = fn(value, row(elems, sources, i))
            nest.assert_same_structure(pattern, value)
            results = _written(results, i, value)
            return (i - 1 if reverse else i + 1), value, results, sources

        _, _, results, _ = while_loop(
            (lambda i, *_: i >= 0) if reverse else (lambda i, *_: i < count),
            body,
            (in_graph(convert(start), "Const"), value, results, sources),
            maximum_iterations=count,
        )
        return nest.pack_sequence_as(pattern, [array.stack() for array in results])


def folded(fn: Callable, elems: Any, initializer: Any, reverse: bool, name: str) -> Any:
    """The last value of `fn(value, row)`."""
    with thread.context.graph.name_scope(name):
        tensors = _tensors(elems)
        count = _count(tensors)
        sources = _sources(tensors, count, False)
        start = count if reverse else 0
        value = initializer
        if initializer is None:
            place = count - 1 if reverse else 0
            value, start = row(elems, sources, place), place if reverse else 1

        def body(i: Any, value: Any, sources: list[Any]) -> Any:
            if reverse:
                i = i - 1
            value = fn(value, row(elems, sources, i))
            return (i if reverse else i + 1), value, sources

        _, value, _ = while_loop(
            (lambda i, *_: i > 0) if reverse else (lambda i, *_: i < count),
            body,
            (in_graph(convert(start), "Const"), value, sources),
            maximum_iterations=count,
        )
        return value


def vectorized(fn: Callable, elems: Any) -> Any:
    """The results of `fn` for each row, in whatever way they are nested.

    A first axis of 1 goes with any other, if it is known to be 1.
    """
    tensors = _tensors(elems)
    lengths = [length(tensor, 0) for tensor in tensors]
    is_row = [isinstance(n, int) and n == 1 for n in lengths]
    if all(is_row):
        is_row = [False] * len(is_row)
    known = {
        n for n, alone in zip(lengths, is_row, strict=True) if isinstance(n, int) and not alone
    }
    if len(known) > 1:
        raise ValueError(f"The first axes of `elems` must be equal or 1, but are {lengths}.")

    def rows(graph: FuncGraph) -> Any:
        shapes = [t.shape[1:] if t.shape.rank else unknown for t in tensors]
        made = [graph.placeholder(t.dtype, s, "row") for t, s in zip(tensors, shapes, strict=True)]
        return (nest.pack_sequence_as(elems, made),), {}

    found = trace(fn, "loop_body", rows, is_top=False).structured_outputs
    parts = [part for part in nest.flatten(found) if part is not None]
    specs = [TensorSpec(None, part.dtype) for part in parts]

    def of_row(many: list[Any]) -> list[Any]:
        rest = iter(many)
        here = [t[0] if alone else next(rest) for t, alone in zip(tensors, is_row, strict=True)]
        result = fn(nest.pack_sequence_as(elems, here))
        return [part for part in nest.flatten(result) if part is not None]

    many = [tensor for tensor, alone in zip(tensors, is_row, strict=True) if not alone]
    sources = [Source(x, _array_of) for x in many]
    stacked = iter(mapped(of_row, many, sources, parts, specs, True, "vectorized_map"))
    flat = [None if part is None else next(stacked) for part in nest.flatten(found)]
    return nest.pack_sequence_as(found, flat)


def _array_of(tensor: Any) -> TensorArray:
    return TensorArray(tensor.dtype, length(tensor, 0)).unstack(tensor)


def _tensors(elems: Any) -> list[Any]:
    return [in_graph(convert(elem), "elems") for elem in nest.flatten(elems)]


def _count(tensors: list[Any]) -> Any:
    """The number of rows, which must not be scalars."""
    if tensors[0].shape.rank == 0:
        raise IndexError("tuple index out of range: a scalar has no rows")
    return length(tensors[0], 0)


def _sources(tensors: list[Any], count: Any, has_shape: bool) -> list[Any]:
    """Arrays of the rows; `has_shape`: which say beforehand what shape these have."""
    arrays = []
    for tensor in tensors:
        shape = tensor.shape[1:] if has_shape and tensor.shape.rank else None
        array = TensorArray(tensor.dtype, count, element_shape=shape)
        arrays.append(array.unstack(tensor))
    return arrays


def _written(arrays: list[Any], i: Any, value: Any) -> list[Any]:
    return [a._fill(i, part) for a, part in zip(arrays, nest.flatten(value), strict=True)]
