"""Functions over the slices of tensors: `map_fn`, `scan`, `foldl`, `foldr`, `vectorized_map`.

The one idea: tensors are unstacked along their first axis, a function is called on slice after
slice, and its results are written to `TensorArray`s, which stack them and say what is wrong with a
dtype or shape. In eager mode this is a Python loop of ops, with their gradients; a function that
works on whole tensors at once is always quicker. While a graph is built it is a loop of that graph
(objects/graph_mapping.py).

Read next: objects/tensor_array.py, objects/graph_mapping.py.
"""

import logging
from collections.abc import Callable
from typing import Any

from headrace._src.core import nest
from headrace._src.core.context import thread
from headrace._src.core.errors import InvalidArgumentError
from headrace._src.core.spec import type_spec_from_value
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.objects import graph_mapping
from headrace._src.objects.control_flow import while_loop
from headrace._src.objects.graph_array import TensorArray
from headrace._src.objects.mapped_rows import (
    Source,
    arrays_like,
    first_value,
    is_composite,
    joined_rows,
    kept_parts,
    result_arrays,
    result_spec,
    row,
)
from headrace._src.ops.array import length
from headrace._src.ops.constant import zeros
from headrace._src.ops.joining import stack, unstack
from headrace._src.ops.rows import rows_of

logger = logging.getLogger("tensorflow")


def map_fn(
    fn: Callable,
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
    fn_output_signature: Any = None,
) -> Any:
    """The results of `fn` for each slice of `elems` along the first axis, stacked.

    elems: a tensor of rank 1 or more, or a nest of these with equal first axes; `fn` is called on
        such a nest of slices.
    fn_output_signature: the dtypes or `tf.TensorSpec`s of a result, nested like it. By default a
        result is nested like `elems` and has its dtypes. `dtype` is an older name for it.
    infer_shape: whether all results must have one shape.
    parallel_iterations, back_prop, swap_memory: without effect: slices come one after the other,
        and gradients always flow. name: in a graph, of the scope around the nodes.

    An empty `elems` gives an empty result: of the signature's shape, or of shape [0].

    >>> tf.map_fn(lambda x: x * x, tf.constant([1., 2., 3.])).numpy()
    array([1., 4., 9.], dtype=float32)
    >>> tf.map_fn(tf.reduce_all, tf.constant([[True, False], [True, True]])).numpy()
    array([False,  True])

    Raises ValueError for scalars, first axes that differ, and results that are nested otherwise or
    differ in shape; tf.errors.InvalidArgumentError for a result of another dtype.
    """
    fn = _function(fn)
    is_eager = thread.context.graph is None
    if is_eager and parallel_iterations is not None and parallel_iterations > 1:
        logger.warning(
            "Setting parallel_iterations > 1 has no effect when executing eagerly. Consider "
            "calling map_fn with tf.function to execute fn in parallel."
        )
    sources = [
        Source(elem, lambda x: TensorArray(x.dtype, length(x, 0)).unstack(x))
        for elem in nest.flatten(elems)
    ]
    if not sources:
        raise ValueError(
            "elems must be a Tensor or (possibly nested) sequence of Tensors. Got "
            f"{elems}, which does not contain any Tensors."
        )
    count = _common_length(sources)
    signature = dtype if fn_output_signature is None else fn_output_signature
    if signature is None:
        signature, specs = elems, [source.row_spec() for source in sources]
    else:
        specs = [result_spec(part) for part in nest.flatten(signature)]
    if not is_eager:
        label = name or "map"
        return graph_mapping.mapped(fn, elems, sources, signature, specs, infer_shape, label)
    arrays = result_arrays(specs, count, infer_shape)
    slices = [[] if source.is_composite else unstack(source.value) for source in sources]
    for i in range(count):
        here = [
            source.row([], i) if source.is_composite else parts[i]
            for source, parts in zip(sources, slices, strict=True)
        ]
        result = fn(nest.pack_sequence_as(elems, here))
        nest.assert_same_structure(signature, result)
        for array, part in zip(arrays, kept_parts(specs, result), strict=True):
            array.write(i, part)
    return nest.pack_sequence_as(signature, joined_rows(specs, arrays, count))


def _common_length(sources: list[Source]) -> Any:
    """The number of rows, which must be the same in all."""
    first = sources[0]
    if not first.is_composite and first.value.shape.rank == 0:
        raise ValueError("Elements in elems must be 1+ dimensional Tensors, not scalars")
    count = first.count
    for source in sources[1:]:
        if not source.is_composite and source.value.shape.rank == 0:
            raise ValueError("Shape () must have rank at least 1")
        own = source.count
        if None not in (own, count) and own != count:
            raise ValueError(f"Dimensions {count} and {own} are not compatible")
    return count


def _function(fn: Any) -> Callable:
    """The user's function, as AutoGraph makes it if the function being traced is converted."""
    if not callable(fn):
        # TensorFlow fails with this class, on its way to a trace.
        raise AttributeError(
            f"fn must be callable: {type(fn).__name__!r} object has no attribute '__name__'"
        )
    graph: Any = thread.context.graph
    while isinstance(graph, FuncGraph):
        if "convert" in graph.notes:
            return graph.notes["convert"](fn)
        graph = graph.outer
    return fn


def scan(
    fn: Callable,
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """All the values on the way of a fold: `fn(value, slice)` again and again, stacked.

    elems: a tensor of rank 1 or more, or a nest of these; slices are along the first axis.
    initializer: the first value, which fixes how values are nested, and their dtypes. By default
        it is the first slice, and the first value of the result.
    infer_shape: whether all values must have one shape.
    reverse: whether to begin with the last slice; the result is in the order of `elems` still.
    parallel_iterations, back_prop, swap_memory: without effect. name: in a graph, of the scope
        around the nodes.

    >>> tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3])).numpy()
    array([1, 3, 6], dtype=int32)
    >>> tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3]), initializer=10, reverse=True).numpy()
    array([16, 15, 13], dtype=int32)

    Raises ValueError for values that are nested otherwise or differ in shape,
    tf.errors.InvalidArgumentError for another dtype, tf.errors.OutOfRangeError for an empty `elems`
    without an initializer, IndexError for scalars.
    """
    fn = _function(fn)
    if thread.context.graph is not None:
        label = name or "scan"
        return graph_mapping.scanned(fn, elems, initializer, infer_shape, reverse, label)
    count, slices = _slices(elems)
    order = list(range(count))[:: -1 if reverse else 1]
    place = order[0] if order else -1 if reverse else 0
    pattern, flat = first_value(elems, initializer, slices, place)
    results = arrays_like(flat, count, infer_shape)
    if initializer is None:
        _write(results, order.pop(0), flat)
    value = nest.pack_sequence_as(pattern, flat)
    for i in order:
        value = fn(value, row(elems, slices, i))
        nest.assert_same_structure(pattern, value)
        _write(results, i, value)
    return nest.pack_sequence_as(pattern, [array.stack() for array in results])


def _slices(elems: Any) -> tuple[int, list[TensorArray]]:
    """The number of slices, that of the first tensor, and the slices of all."""
    tensors = [convert(elem) for elem in nest.flatten(elems)]
    sizes: Any = tuple(tensors[0].shape)
    count = sizes[0]
    return count, [
        TensorArray(tensor.dtype, count, element_shape=tuple(tensor.shape)[1:]).unstack(tensor)
        for tensor in tensors
    ]


def _write(arrays: list[TensorArray], i: int, value: Any) -> None:
    for array, part in zip(arrays, nest.flatten(value), strict=True):
        array.write(i, part)


def _folded(fn: Callable, elems: Any, initializer: Any, reverse: bool) -> Any:
    """The last value of `fn(value, slice)`."""
    count, slices = _slices(elems)
    first, step = (count - 1, -1) if reverse else (0, 1)
    value = initializer
    if initializer is None:
        value, first = row(elems, slices, first), first + step
    return while_loop(
        lambda i, _: 0 <= i < count,
        lambda i, value: [i + step, fn(value, row(elems, slices, i))],
        [first, value],
        maximum_iterations=count,
    )[1]


def foldl(
    fn: Callable,
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """The value that `fn(value, slice)` ends with, from the first slice of `elems` to the last.

    elems: a tensor of rank 1 or more, or a nest of these; slices are along the first axis.
    initializer: the first value; the first slice by default.
    parallel_iterations, back_prop, swap_memory: without effect. name: in a graph, of the scope
        around the nodes.

    >>> tf.foldl(lambda a, x: a - x, tf.constant([1, 2, 3]))
    <tf.Tensor: shape=(), dtype=int32, numpy=-4>

    Raises ValueError for values that are nested otherwise, tf.errors.OutOfRangeError for an empty
    `elems` without an initializer, IndexError for scalars.
    """
    fn = _function(fn)
    if thread.context.graph is not None:
        return graph_mapping.folded(fn, elems, initializer, False, name or "foldl")
    return _folded(fn, elems, initializer, False)


def foldr(
    fn: Callable,
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """The value that `fn(value, slice)` ends with, from the last slice of `elems` to the first.

    Everything else as in `tf.foldl`.

    >>> tf.foldr(lambda a, x: a - x, tf.constant([1, 2, 3]))
    <tf.Tensor: shape=(), dtype=int32, numpy=0>
    """
    fn = _function(fn)
    if thread.context.graph is not None:
        return graph_mapping.folded(fn, elems, initializer, True, name or "foldr")
    return _folded(fn, elems, initializer, True)


def vectorized_map(
    fn: Callable, elems: Any, fallback_to_while_loop: bool = True, warn: bool = True
) -> Any:
    """The results of `fn` for each slice of `elems` along the first axis, stacked.

    elems: a tensor of rank 1 or more, or a nest of these. A first axis of 1 goes with any other.
    fallback_to_while_loop, warn: what TensorFlow does with ops that it cannot vectorize. Here `fn`
        is called on slice after slice, in a graph by a loop of the graph, so there are none such.

    Results may be nested in any way. For an empty `elems` `fn` is called once on zeros, to find out
    what its results are like.

    >>> tf.vectorized_map(lambda x: tf.reduce_sum(x * x), tf.constant([[1., 2.], [3., 4.]])).numpy()
    array([ 5., 25.], dtype=float32)

    Raises IndexError for scalars, tf.errors.InvalidArgumentError for first axes that differ and
    results of different shapes.
    """
    if not callable(fn):
        raise TypeError(f"{type(fn).__name__!r} object is not callable")
    fn = _function(fn)
    if any(map(is_composite, nest.flatten(elems))):
        return _vectorized_composites(fn, elems)
    tensors = [convert(elem) for elem in nest.flatten(elems)]
    lengths = [_length(tensor) for tensor in tensors]
    if thread.context.graph is not None:
        return graph_mapping.vectorized(fn, elems)
    count = max(lengths)
    if not count:
        blank = [zeros(tuple(tensor.shape)[1:], tensor.dtype) for tensor in tensors]
        result = fn(nest.pack_sequence_as(elems, blank))
        return nest.map_structure(_nothing_like, result)
    for n in lengths:
        if n not in (1, count):
            raise InvalidArgumentError(
                None,
                None,
                f"indices[{n}] = {n} is not in [0, {n}): the first axes of `elems` must be equal "
                f"or 1, but are {lengths}",
            )
    slices = [unstack(x) * (count // n) for x, n in zip(tensors, lengths, strict=True)]
    results = [fn(nest.pack_sequence_as(elems, list(parts))) for parts in zip(*slices, strict=True)]
    for result in results[1:]:
        nest.assert_same_structure(results[0], result)
    flat = zip(*[nest.flatten(result) for result in results], strict=True)
    return nest.pack_sequence_as(results[0], [_piled(parts) for parts in flat])


def _vectorized_composites(fn: Callable, elems: Any) -> Any:
    """A map over values that are stacked tensor by tensor, as one over their tensors."""
    specs = [type_spec_from_value(elem) for elem in nest.flatten(elems)]
    result: Any = None

    def of_tensors(tensors: list[Any]) -> list[Any]:
        nonlocal result
        rest = iter(tensors)
        result = fn(nest.pack_sequence_as(elems, [_by_tensor(s).from_tensors(rest) for s in specs]))
        return nest.flatten(result, expand_composites=True)

    found = iter(vectorized_map(of_tensors, nest.flatten(elems, expand_composites=True)))
    leaves = []
    for leaf in nest.flatten(result):
        if is_composite(leaf):
            _by_tensor(leaf._type_spec._batch(None))
            leaves.append(leaf._type_spec._batch(None).from_tensors(found))
        else:
            leaves.append(next(found))
    return nest.pack_sequence_as(result, leaves)


def _by_tensor(spec: Any) -> Any:
    """The type of a row of `spec`, whose tensors are rows of its tensors."""
    known = rows_of(spec)
    if known is None or any(kept.varies for kept in known.kept(spec)):
        raise NotImplementedError(
            f"headrace's tf.vectorized_map does not take or make a {spec.value_type.__name__}, "
            "whose rows differ in size: use tf.map_fn."
        )
    return spec._unbatch()


def _length(tensor: Tensor) -> Any:
    if tensor.shape.rank == 0:
        raise IndexError(
            "list index out of range: the elements of `elems` must have a first axis, got a scalar"
        )
    return tensor.shape[0] if tensor.shape.rank else None


def _piled(parts: tuple) -> Any:
    return None if parts[0] is None else stack([convert(part) for part in parts])


def _nothing_like(part: Any) -> Any:
    if part is None:
        return None
    tensor = convert(part)
    return zeros((0, *tuple(tensor.shape)), tensor.dtype)
