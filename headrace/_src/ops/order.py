"""What says when things run rather than what: control dependencies, groups, `init_scope`, time.

The one idea: in eager mode everything runs at once and in the order of the program, so there is
nothing to order and these are short; in a graph they become edges between operations.

Read next: core/context.py, engine/schedule.py.
"""

import contextlib
import time as clock
from collections.abc import Iterator
from typing import Any

import numpy as np

from headrace._src.core import dtypes, nest
from headrace._src.core.context import thread
from headrace._src.core.device import is_on_cpu
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Readable, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import Operation
from headrace._src.engine.step import no_op as no_op_step
from headrace._src.engine.step import step
from headrace._src.ops.identity import identity


def executing_eagerly() -> bool:
    """Whether ops run at once, rather than being traced into a graph.

    >>> tf.executing_eagerly()
    True
    """
    return thread.context.graph is None


def inside_function() -> bool:
    """Whether a function is being traced: whether ops are added to its graph.

    >>> tf.inside_function()
    False
    """
    graph = thread.context.graph
    return graph is not None and graph.building_function


@contextlib.contextmanager
def init_scope() -> Iterator[None]:
    """A block outside of the functions that are being traced, unheard by gradient tapes.

    Its ops run at once, while tracing, unless the outermost graph is a `tf.Graph`: then they are
    added to that one. The name scope stays.

    >>> @tf.function
    ... def f(x):
    ...     with tf.init_scope():
    ...         once = tf.constant(2.) * 3.
    ...     return x * once
    >>> f(tf.constant(1.))
    <tf.Tensor: shape=(), dtype=float32, numpy=6.0>
    """
    context = thread.context
    before = context.graph, context.is_quick, context.recorders, context.streams
    graph = context.graph
    while graph is not None and graph.building_function:
        graph = graph.outer
    context.graph, context.streams = graph, None
    context.recorders = [recorder for recorder in context.recorders if recorder.stays]
    context.is_quick = graph is None and is_on_cpu(context.device)
    try:
        with contextlib.nullcontext() if graph is None else graph.control_dependencies(None):
            yield
    finally:
        context.graph, context.is_quick, context.recorders, context.streams = before


class NullContextmanager(contextlib.AbstractContextManager):
    """A block in which everything is as outside."""

    def __exit__(self, *_: Any) -> None:
        return None


def control_dependencies(control_inputs: Any) -> contextlib.AbstractContextManager:
    """A block whose ops run after `control_inputs`.

    control_inputs: tensors, variables or operations; a function among them is called; or None,
        which in a graph forgets the blocks around this one.

    In eager mode everything that was called before has run before.

    >>> v = tf.Variable(1)
    >>> with tf.control_dependencies([v.assign_add(1)]):
    ...     print(v.read_value())
    tf.Tensor(2, shape=(), dtype=int32)

    Raises TypeError for what is no list.
    """
    graph = thread.context.graph
    if graph is not None:
        return graph.control_dependencies(control_inputs)
    if control_inputs is not None:
        for control in control_inputs:
            if callable(control) and not isinstance(control, Tensor):
                control()
    return NullContextmanager()


def no_op(name: str | None = None) -> Operation | None:
    """Nothing, done; in a graph the operation that does it, called `name`. Op: NoOp.

    >>> tf.no_op()
    """
    graph = thread.context.graph
    if graph is None:
        return None
    return graph.add(no_op_step, [], {}, [], graph.unique_name(name or "NoOp"))


def group(*inputs: Any, **kwargs: Any) -> Operation | None:
    """Nothing, done after all `inputs`; in a graph the operation that waits for them, `name`.

    inputs: tensors, operations and nested structures of these.

    >>> tf.group(tf.constant(1), [tf.constant(2)])

    Raises TypeError, in a graph, for an input that is neither.
    """
    name = kwargs.pop("name", None) or "group_deps"
    if kwargs:
        raise ValueError(f"Unknown keyword arguments: {', '.join(kwargs)}")
    flat = nest.flatten(inputs, expand_composites=True)
    graph = thread.context.graph
    if graph is None:
        return None
    for item in flat:
        if not isinstance(item, (Tensor, Readable, Operation)):
            raise TypeError(
                "'inputs' should be zero or more (nested) Tensors. Received "
                f"'{item}' with type '{type(item)}'."
            )
    with graph.control_dependencies(flat):
        return no_op(name)


def tuple(tensors: Any, control_inputs: Any = None, name: str | None = None) -> Any:
    """`tensors`, all of which are there before anyone gets one of them.

    tensors: a list of tensors, operations and None. control_inputs: what must have run before.
    name: of the scope of the operations in a graph.

    In eager mode that is so without doing anything.

    >>> tf.tuple([tf.constant(1), None])
    [<tf.Tensor: shape=(), dtype=int32, numpy=1>, None]

    Raises ValueError, in a graph, where there is no tensor at all.
    """
    graph = thread.context.graph
    if graph is None:
        control_dependencies(control_inputs)
        return tensors
    if not any(t is not None for t in tensors):
        raise ValueError(f"'tensors' must have at least one Tensor. Received: {tensors}.")
    with graph.name_scope(name or "tuple") as scope:
        flat = [t if t is None or isinstance(t, Operation) else convert(t) for t in tensors]
        waited = [t for t in flat if t is not None]
        gate = group(*waited, *(control_inputs or ()))
        with graph.control_dependencies([gate]):
            return [
                identity(t, name=f"{scope}control_dependency/") if isinstance(t, Tensor) else t
                for t in flat
            ]


@step("Timestamp", is_stateful=True, is_host="only the host has a clock")
def timestamp_step(machine: Any, node: Operation) -> np.ndarray:
    """The time at which it runs."""
    return np.array(clock.time())


def timestamp(name: str | None = None) -> Tensor:
    """The time now, in seconds since 1970 as a float64 scalar. Op: Timestamp.

    In a graph that is the time at which it runs.

    >>> tf.timestamp().dtype
    tf.float64
    """
    graph = thread.context.graph
    if graph is None:
        return EagerTensor(np.array(clock.time()), dtypes.float64)
    node_name = graph.unique_name(name or "Timestamp")
    node = graph.add(timestamp_step, [], {}, [(dtypes.float64, TensorShape([]))], node_name)
    return node.outputs[0]


NullContextmanager.__module__ = "tensorflow.python.framework.ops"
