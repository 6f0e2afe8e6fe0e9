"""What is done with queues, at once or as steps of a graph.

The one idea: an op on a queue is a function of the queue, of arrays and of the dtypes that the
caller speaks of, which are held against the queue's. In eager mode it is called; while a graph is
built it becomes a node (engine/step.py) whose first input stands for the queue. Steps run on the
host, where the program has them, and hold no lock while they wait, so that another thread can feed
what this one waits for.

Read next: objects/queues.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, resource
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.graph import Operation
from headrace._src.engine.step import Step, own_step, step
from headrace._src.objects.queue_rows import TensorQueue

DEVICE = "/job:localhost/replica:0/task:0/device:CPU:0"


class QueueHandle:
    """What a resource tensor holds: a pointer to a queue."""

    def __init__(self, queue: TensorQueue) -> None:
        self.queue = queue

    def __repr__(self) -> str:
        return (
            f'<ResourceHandle(name="{self.queue.name}", device="{DEVICE}", container="localhost", '
            'type="tensorflow::QueueInterface", dtype and shapes : "[  ]")>'
        )


def handle_of(queue: TensorQueue) -> EagerTensor:
    """A tensor that stands for a queue: what graphs capture."""
    box = np.empty((), object)
    box[()] = QueueHandle(queue)
    return EagerTensor(box, resource)


def queue_of(name: str, box: Any) -> TensorQueue:
    """The queue that the array of a resource tensor holds."""
    held = box[()] if isinstance(box, np.ndarray) and box.dtype == object else box
    if not isinstance(held, QueueHandle):
        raise errors.InvalidArgumentError(
            None, None, f"{name} takes the handle of a queue, which came as {held!r}."
        )
    return held.queue


class QueueOp:
    """Something that is done with a queue: `do(queue, dtypes, attributes, *arrays)`.

    The dtypes are those of its list of tensors, be they inputs or outputs. It answers a list of
    arrays.
    """

    def __init__(self, name: str, do: Callable[..., list[Any]]) -> None:
        self.name = name
        self.do = do
        # Where the registry has the list of tensors.
        self.takes = name.startswith("QueueEnqueue")

        def run(machine: Any, node: Operation, handle: Any, *values: Any) -> tuple:
            tensors = node.inputs[1:] if self.takes else node.outputs
            dtypes = [tensor.dtype for tensor in tensors]
            return tuple(do(queue_of(name, handle), dtypes, node.attributes, *values))

        run.__doc__ = do.__doc__
        self.step: Step = step(name, is_stateful=True, is_host="a queue lives on the host")(run)
        arguments = self.step.definition.inputs
        self.labels = "component" if self.takes else [argument.name for argument in arguments[1:]]

    def __call__(
        self,
        handle: Tensor,
        inputs: list[Any],
        attributes: dict[str, Any],
        outputs: list[tuple[DType, TensorShape]],
        name: str | None = None,
    ) -> Any:
        """Does it, and answers the outputs; in a graph, the node that will.

        handle: that of a queue. outputs: dtypes and shapes.
        """
        if thread.context.graph is not None:
            return self._node(handle, inputs, attributes, outputs, name)
        taken = inputs if self.takes else outputs
        try:
            dtypes = [t.dtype for t in inputs] if self.takes else [dtype for dtype, _ in outputs]
            queue = queue_of(self.name, handle._array)  # type: ignore[attr-defined]
            found = self.do(queue, dtypes, attributes, *(array_of(t) for t in inputs))
        except errors.OpError as error:
            kind: Any = type(error)
            raise kind(None, None, self._told(error.message, len(taken), name)) from None
        return [EagerTensor(x, dtype) for x, (dtype, _) in zip(found, outputs, strict=True)]

    def _told(self, message: str, length: int, name: str | None) -> str:
        attribute = "Tcomponents" if self.takes else "component_types"
        is_list = any(argument.count for argument in self.step.definition.outputs) or self.takes
        counts = f"_{attribute}_{length}" if is_list else ""
        return (
            f"{{{{function_node __wrapped__{self.name}{counts}_device_{DEVICE}}}}} {message} "
            f"[Op:{self.name}] name: {'' if self.takes else name or ''}"
        )

    def _node(
        self,
        handle: Tensor,
        inputs: list[Tensor],
        attributes: dict[str, Any],
        outputs: list[tuple[DType, TensorShape]],
        name: str | None,
    ) -> Operation:
        graph = thread.context.graph
        label = graph.unique_name(name or self.name)
        labels = [f"component_{i}" for i in range(len(inputs))] if self.takes else self.labels
        taken = [graph.input(handle, f"{label}/handle")]
        taken += [graph.input(t, f"{label}/{x}") for t, x in zip(inputs, labels, strict=True)]
        return graph.add(self.step, taken, attributes, outputs, label)


def _queue_op(name: str) -> Callable[[Callable[..., list[Any]]], QueueOp]:
    """Makes the function below it such an op; `name` is in TensorFlow's registry."""
    return lambda do: QueueOp(name, do)


@_queue_op("QueueEnqueueV2")
def enqueue(queue: TensorQueue, dtypes: list[DType], attributes: dict, *arrays: Any) -> list[Any]:
    """Puts a row into a queue."""
    _refuse_timeout(attributes)
    queue.check_dtypes(dtypes)
    queue.enqueue(arrays)
    return []


@_queue_op("QueueEnqueueManyV2")
def enqueue_many(
    queue: TensorQueue, dtypes: list[DType], attributes: dict, *arrays: Any
) -> list[Any]:
    """Puts rows into a queue."""
    _refuse_timeout(attributes)
    queue.check_dtypes(dtypes)
    queue.enqueue_many(arrays)
    return []


@_queue_op("QueueDequeueV2")
def dequeue(queue: TensorQueue, dtypes: list[DType], attributes: dict) -> list[Any]:
    """Takes a row out of a queue."""
    _refuse_timeout(attributes)
    _check_promised(queue, dtypes)
    return queue.dequeue()


@_queue_op("QueueDequeueManyV2")
def dequeue_many(queue: TensorQueue, dtypes: list[DType], attributes: dict, n: Any) -> list[Any]:
    """Takes exactly `n` rows out of a queue."""
    _refuse_timeout(attributes)
    _check_promised(queue, dtypes)
    return queue.dequeue_many(_number(n), is_lenient=False)


@_queue_op("QueueDequeueUpToV2")
def dequeue_up_to(queue: TensorQueue, dtypes: list[DType], attributes: dict, n: Any) -> list[Any]:
    """Takes `n` rows out of a queue, or those that are left when it is closed."""
    _refuse_timeout(attributes)
    _check_promised(queue, dtypes)
    return queue.dequeue_many(_number(n), is_lenient=True)


@_queue_op("QueueSizeV2")
def size(queue: TensorQueue, dtypes: list[DType], attributes: dict) -> list[Any]:
    """The number of rows in a queue."""
    return [np.array(len(queue.rows), np.int32)]


@_queue_op("QueueIsClosedV2")
def is_closed(queue: TensorQueue, dtypes: list[DType], attributes: dict) -> list[Any]:
    """Whether a queue is closed."""
    return [np.array(queue.rows.is_closed)]


@_queue_op("QueueCloseV2")
def close(queue: TensorQueue, dtypes: list[DType], attributes: dict) -> list[Any]:
    """Closes a queue."""
    queue.rows.close(attributes["cancel_pending_enqueues"])
    return []


def _refuse_timeout(attributes: dict) -> None:
    if attributes["timeout_ms"] != -1:
        raise errors.InvalidArgumentError(None, None, "Timeout not supported yet.")


def _check_promised(queue: TensorQueue, dtypes: list[DType]) -> None:
    if dtypes != queue.dtypes:
        have, expected = (
            ", ".join(dtype.kernel_name for dtype in given) for given in (dtypes, queue.dtypes)
        )
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Signature mismatch, have: resource->{have} expected: resource->{expected}",
        )


def _number(n: Any) -> int:
    return int(np.asarray(n).reshape(()))


# ---- choosing a queue while a graph runs ---------------------------------------------------------


@own_step("HeadraceQueueFromList")
def queue_from_list(machine: Any, node: Operation, index: Any, *handles: Any) -> Any:
    """One of some queues."""
    place = _number(index)
    if not 0 <= place < len(handles):
        raise errors.InvalidArgumentError(
            None, None, f"indices = {place} is not in [0, {len(handles)})"
        )
    return handles[place]


queue_from_list.is_host = "a queue lives on the host"


def chosen(index: Tensor, handles: list[Tensor]) -> Tensor:
    """The handle of one of some queues; `index` is an int32 scalar."""
    graph = thread.context.graph
    name = graph.unique_name("QueueFromList")
    taken = [graph.input(index, f"{name}/index")]
    taken += [graph.input(handle, f"{name}/queues_{i}") for i, handle in enumerate(handles)]
    return graph.add(queue_from_list, taken, {}, [(resource, TensorShape([]))], name).outputs[0]
