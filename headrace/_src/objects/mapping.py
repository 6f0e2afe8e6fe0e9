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
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import TensorSpec, TypeSpec
from headrace._src.core.tensor import Readable, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.objects import graph_mapping
from headrace._src.objects.control_flow import while_loop
from headrace._src.objects.graph_array import TensorArray
from headrace._src.objects.mapped_rows import arrays_like, first_value, row
from headrace._src.ops.constant import zeros
from headrace._src.ops.joining import stack, unstack

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
    tensors = [_dense(elem) for elem in nest.flatten(elems)]
    if not tensors:
        raise ValueError(
            "elems must be a Tensor or (possibly nested) sequence of Tensors. Got "
            f"{elems}, which does not contain any Tensors."
        )
    count = _common_length(tensors)
    signature = dtype if fn_output_signature is None else fn_output_signature
    if signature is None:
        signature, specs = elems, [TensorSpec(None, tensor.dtype) for tensor in tensors]
    else:
        specs = [_spec(part) for part in nest.flatten(signature)]
    if not is_eager:
        return graph_mapping.mapped(fn, elems, signature, specs, infer_shape, name or "map")
    arrays = [
        TensorArray(spec.dtype, count, infer_shape=infer_shape, element_shape=spec.shape)
        for spec in specs
    ]
    slices = [unstack(tensor) for tensor in tensors]
    for i in range(count):
        result = fn(nest.pack_sequence_as(elems, [parts[i] for parts in slices]))
        nest.assert_same_structure(signature, result)
        _write(arrays, i, result)
    results: list[Any] = [array.stack() for array in arrays]
    for result, spec in zip(results, specs, strict=True):
        result.set_shape(TensorShape([count]).concatenate(spec.shape))
    return nest.pack_sequence_as(signature, results)


def _dense(elem: Any) -> Tensor:
    if hasattr(type(elem), "_type_spec") and not isinstance(elem, Readable):
        elem._type_spec._unbatch()  # raises where a value of its type has no slices
        raise NotImplementedError(
            f"headrace's tf.map_fn does not take a {type(elem).__name__} apart yet: pass its "
            "tensors."
        )
    return convert(elem)


def _common_length(tensors: list[Tensor]) -> Any:
    """The length of the first axis, which must be the same in all."""
    first = tensors[0].shape
    if first.rank == 0:
        raise ValueError("Elements in elems must be 1+ dimensional Tensors, not scalars")
    count = first[0] if first.rank else None
    for tensor in tensors[1:]:
        if tensor.shape.rank == 0:
            raise ValueError("Shape () must have rank at least 1")
        own = tensor.shape[0] if tensor.shape.rank else None
        if None not in (own, count) and own != count:
            raise ValueError(f"Dimensions {count} and {own} are not compatible")
    return count


def _spec(part: Any) -> TensorSpec:
    """The spec of one part of a result, given as a spec or a dtype."""
    if isinstance(part, TensorSpec):
        return part
    if isinstance(part, TypeSpec):
        raise NotImplementedError(
            f"headrace's tf.map_fn does not make a {part.value_type.__name__} of the results yet."
        )
    return TensorSpec(None, part)


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
    tensors = [convert(elem) for elem in nest.flatten(elems)]
    lengths = [_length(tensor) for tensor in tensors]
    if thread.context.graph is not None:
        return graph_mapping.vectorized(fn, elems)
    count = max(lengths)
    if not count:
        blank = [zeros(tuple(tensor.shape)[1:], tensor.dtype) for tensor in tensors]
        result = fn(nest.pack_sequence_as(elems, blank))
        return nest.map_structure(_nothing_like, result)
    for length in lengths:
        if length not in (1, count):
            raise InvalidArgumentError(
                None,
                None,
                f"indices[{length}] = {length} is not in [0, {length}): the first axes of `elems` "
                f"must be equal or 1, but are {lengths}",
            )
    slices = [
        unstack(tensor) * (count // length) for tensor, length in zip(tensors, lengths, strict=True)
    ]
    results = [fn(nest.pack_sequence_as(elems, list(parts))) for parts in zip(*slices, strict=True)]
    for result in results[1:]:
        nest.assert_same_structure(results[0], result)
    flat = zip(*[nest.flatten(result) for result in results], strict=True)
    return nest.pack_sequence_as(results[0], [_piled(parts) for parts in flat])


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
