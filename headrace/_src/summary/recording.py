"""Writing one summary: a tensor, a message, a graph.

The one idea is `recorded`: where summaries are not written at all, what would be written is not
even computed; where that is known only when the graph runs, it is computed in a branch.

Read next: dashboards.py, whose functions all end here.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import int64, string
from headrace._src.core.names import name_scope
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import Graph, Operation
from headrace._src.function.protos import GraphDef
from headrace._src.objects.control_flow import cond
from headrace._src.ops.identity import identity
from headrace._src.summary import steps
from headrace._src.summary.events import graph_event
from headrace._src.summary.writer import FileWriter, SummaryWriter, holds, recording

# What the name of an operation cannot have in it.
_FOREIGN = re.compile(r"[^A-Za-z0-9_.\-/]")


@contextmanager
def summary_scope(
    name: Any, default_name: str = "summary", values: Any = None
) -> Iterator[tuple[str, str]]:
    """A name scope for the making of a summary: (tag, scope).

    The tag is `name` after the name scopes around it. name: or else `default_name`. values: without
    effect: in a graph, operations know which it is.

    >>> with tf.name_scope("train"):
    ...     with tf.summary.experimental.summary_scope("loss per step") as (tag, scope):
    ...         print(tag, scope)
    train/loss per step train/lossperstep/

    Raises TypeError for a name that is no text.
    """
    name = name or default_name
    around = thread.context.scope
    tag = f"{around}{name}"
    cleaned = _FOREIGN.sub("", name)
    with name_scope(cleaned or default_name) as scope:
        yield tag, scope


def recorded(act: Callable[[FileWriter], Operation | None]) -> Tensor:
    """Whether a summary was written: what `act` does with the default writer.

    Called inside the scope of the summary.
    """
    condition = holds()
    graph = thread.context.graph
    writer = recording.writer
    if condition is False:
        return _answer(False)
    if not isinstance(writer, FileWriter):
        raise NotImplementedError(f"The default writer is not one of files: {writer!r}.")

    def done() -> Tensor:
        node = act(writer)
        if node is None:
            return _answer(True)
        with node.graph.control_dependencies([node]):
            return _answer(True)

    if condition is True:
        return done()
    assert graph is not None
    return cond(condition, done, lambda: _answer(False), name="summary_cond")


def _answer(value: bool) -> Tensor:
    graph = thread.context.graph
    tensor = convert(value)
    if graph is None:
        return tensor
    return graph.constant(value, tensor.dtype, f"{thread.context.scope}Const")


def _step(step: Any) -> Tensor:
    if step is None:
        step = recording.step
        if step is None:
            raise ValueError(
                "No step set. Please specify one either through the `step` argument or through "
                "tf.summary.experimental.set_step()"
            )
    tensor = convert(step, int64)
    if tensor.shape.rank not in (None, 0):
        raise ValueError(
            f"Argument `step` must be a scalar. Received step with shape {tensor.shape}."
        )
    return tensor


def _label() -> str:
    """What the node of the current scope is called: like the scope."""
    return thread.context.scope.removesuffix("/")


def write(
    tag: Any, tensor: Any, step: Any = None, metadata: Any = None, name: str | None = None
) -> Tensor:
    """A tensor, written under a tag by the default writer; answers whether it was.

    tag: a string. tensor: of any dtype, or a function without arguments that makes it, called only
    if it is written. step: an int64 scalar, by default the default step. metadata: a
    `SummaryMetadata`, or one serialized, which tells TensorBoard how to show it. name: of the
    operation in a graph.

    >>> tf.summary.write("weights", tf.ones([2, 2]), step=1).numpy()    # there is no writer
    np.False_

    Raises ValueError for no step or one that is no scalar, tf.errors.NotFoundError for a writer
    that was closed. Op: WriteSummary.
    """
    with name_scope(name or "write_summary"):
        label = _label()

        def act(writer: FileWriter) -> Operation | None:
            at = _step(step)
            told = metadata
            if hasattr(metadata, "SerializeToString"):
                told = metadata.SerializeToString()
            value = tensor() if callable(tensor) else identity(convert(tensor))
            return steps.write_summary(
                writer._handle,
                label,
                step=at,
                tensor=value,
                tag=convert(tag, string),
                summary_metadata=convert(b"" if told is None else told, string),
            )

        return recorded(act)


def write_raw_pb(tensor: Any, step: Any = None, name: str | None = None) -> Tensor:
    """Serialized `Summary` messages, written by the default writer; answers whether they were.

    tensor: strings. step: an int64 scalar, by default the default step. name: of the operation in a
    graph.

    >>> tf.summary.experimental.write_raw_pb(b"", step=1).numpy()    # there is no writer
    np.False_

    Raises ValueError for no step, tf.errors.DataLossError for what is no such message,
    tf.errors.InvalidArgumentError for what is no string. Op: WriteRawProtoSummary.
    """
    with name_scope(name or "write_raw_pb"):
        label = _label()

        def act(writer: FileWriter) -> Operation | None:
            at = _step(step)
            serialized = convert(tensor)
            _check_string(serialized)
            return steps.write_raw_proto_summary(writer._handle, label, step=at, tensor=serialized)

        return recorded(act)


def _check_string(tensor: Tensor) -> None:
    if tensor.dtype is string:
        return
    op = "WriteRawProtoSummary"
    if thread.context.graph is not None:
        raise TypeError(
            f"Input 'tensor' of '{op}' Op has type {tensor.dtype.name} that does not match "
            "expected type of string."
        )
    raise errors.InvalidArgumentError(
        None,
        None,
        f"cannot compute {op} as input #2(zero-based) was expected to be a string tensor but is a "
        f"{tensor.dtype.kernel_name} tensor [Op:{op}] name: ",
    )


def graph(graph_data: Any) -> Tensor:
    """A graph, written by the default writer; answers whether it was.

    graph_data: a `tf.Graph` or a GraphDef.

    >>> f = tf.function(lambda x: x + 1).get_concrete_function(tf.TensorSpec([]))
    >>> tf.summary.graph(f.graph).numpy()    # there is no writer
    np.False_

    Raises ValueError for anything else and inside a function.
    """
    if thread.context.graph is not None:
        raise ValueError("graph() cannot be invoked inside a graph context.")
    writer: SummaryWriter | None = recording.writer
    if holds() is False or not isinstance(writer, FileWriter):
        return _answer(False)
    if isinstance(graph_data, Graph):
        message = graph_data.as_graph_def()
    elif isinstance(graph_data, GraphDef):
        message = graph_data
    else:
        raise ValueError(
            "Argument 'graph_data' is not tf.Graph or tf.compat.v1.GraphDef. Received "
            f"graph_data={graph_data!r} of type {type(graph_data).__name__}."
        )
    writer._file.add(graph_event(message))
    return _answer(True)
