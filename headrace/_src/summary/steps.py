"""What writers do, at once or as steps of a graph.

The one idea: an action on a writer is a function of its file and of arrays. In eager mode it is
called; while a graph is built, it becomes a node (engine/step.py) whose first input stands for the
file, and is called whenever the graph runs, in the program's order.

Read next: recording.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import resource
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.graph import Operation
from headrace._src.engine.step import Step, step
from headrace._src.summary.events import EventFile, summary_events, tensor_event

_WHY = "it writes to a file"


class Action:
    """Something that is done with a writer's file: `do(file, dtypes, *arrays)`."""

    def __init__(self, name: str, do: Callable[..., None]) -> None:
        self.name = name
        self.do = do

        def run(machine: Any, node: Operation, handle: Any, *values: Any) -> tuple:
            dtypes = [tensor.dtype for tensor in node.inputs[1:]]
            do(handle[()], dtypes, *map(np.asarray, values))
            return ()

        run.__doc__ = do.__doc__
        self.step: Step = step(name, is_stateful=True, is_host=_WHY)(run)

    def __call__(self, handle: EagerTensor, label: str, **inputs: Tensor) -> Operation | None:
        """Does it; in a graph, the node that will.

        handle: that of a file. label: what the node is called.
        """
        graph = thread.context.graph
        if graph is not None:
            node = label if label not in graph._by_name else graph.unique_name(self.name)
            taken = [graph.input(handle, f"{node}/writer")]
            taken += [graph.input(t, f"{node}/{name}") for name, t in inputs.items()]
            attributes = {"T": inputs["tensor"].dtype} if self.name == "WriteSummary" else {}
            return graph.add(self.step, taken, attributes, [], node)
        tensors = inputs.values()
        try:
            self.do(
                handle._array[()], [tensor.dtype for tensor in tensors], *map(array_of, tensors)
            )
        except errors.OpError as error:
            kind: Any = type(error)
            where = (
                f"{{{{function_node __wrapped__{self.name}_device_/job:localhost/replica:0/task:0"
                "/device:CPU:0}}"
            )
            text = f"{where} {error.message} [Op:{self.name}] name: "
            raise kind(None, None, text) from None
        return None


def handle_of(file: EventFile) -> EagerTensor:
    """A tensor that stands for a file: what graphs capture."""
    box = np.empty((), object)
    box[()] = file
    return EagerTensor(box, resource)


def action(name: str) -> Callable[[Callable[..., None]], Action]:
    """Makes the function below it such an action; `name` is in TensorFlow's registry."""
    return lambda do: Action(name, do)


@action("WriteSummary")
def write_summary(
    file: EventFile, dtypes: list, step: Any, tensor: Any, tag: Any, summary_metadata: Any
) -> None:
    """Writes a tensor."""
    if tag.size != 1:
        raise errors.InvalidArgumentError(None, None, f"tag must be scalar, got {tag.shape}")
    event = tensor_event(int(step), tag.item(), tensor, dtypes[1], summary_metadata.item())
    file.add(event)


@action("WriteRawProtoSummary")
def write_raw_proto_summary(file: EventFile, dtypes: list, step: Any, tensor: Any) -> None:
    """Writes summaries that are serialized already."""
    for event in summary_events(int(step), tensor):
        file.add(event)


@action("FlushSummaryWriter")
def flush_summary_writer(file: EventFile, dtypes: list) -> None:
    """Writes what waits."""
    file.flush()


@action("CloseSummaryWriter")
def close_summary_writer(file: EventFile, dtypes: list) -> None:
    """Ends the file."""
    file.close()
