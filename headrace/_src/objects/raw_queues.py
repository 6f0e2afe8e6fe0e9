"""Forms (ops/forms.py) of the ops of queues and optionals, for `tf.raw_ops`.

The one idea: an op that makes a queue answers its handle, and the others take one. A queue has no
name that another op could find it by, so `container` and `shared_name` must be empty.

Read next: objects/queues.py, objects/optional.py.
"""

from typing import Any

from headrace._src.core.context import thread
from headrace._src.core.dtypes import bool as bool_
from headrace._src.core.dtypes import int32
from headrace._src.core.shapes import TensorShape, scalar
from headrace._src.core.spec import TensorSpec
from headrace._src.core.tensor import Tensor
from headrace._src.objects import queue_steps
from headrace._src.objects.optional import Optional, VariantOptional
from headrace._src.objects.queue_steps import QueueOp
from headrace._src.objects.queues import (
    FIFOQueue,
    PaddingFIFOQueue,
    PriorityQueue,
    RandomShuffleQueue,
)
from headrace._src.ops.forms import form

# `tf.raw_ops` reads its face by way of here, so that these forms are there too.
from headrace._src.ops.raw import face as face


def _alone(op: str, container: Any, shared_name: Any) -> None:
    """Raises NotImplementedError for a queue that is to be found by a name."""
    for argument, value in (("container", container), ("shared_name", shared_name)):
        if value:
            raise NotImplementedError(f"tf.raw_ops.{op}: headrace has no `{argument}` yet.")


# ---- making queues -------------------------------------------------------------------------------


@form("FIFOQueueV2")
def _(
    component_types: Any,
    shapes: Any = (),
    capacity: int = -1,
    container: str = "",
    shared_name: str = "",
    name: str | None = None,
) -> Tensor:
    """A queue: first in, first out."""
    _alone("FIFOQueueV2", container, shared_name)
    return FIFOQueue(capacity, list(component_types), list(shapes) or None).queue_ref


@form("PaddingFIFOQueueV2")
def _(
    component_types: Any,
    shapes: Any = (),
    capacity: int = -1,
    container: str = "",
    shared_name: str = "",
    name: str | None = None,
) -> Tensor:
    """A queue whose batches are padded."""
    _alone("PaddingFIFOQueueV2", container, shared_name)
    return PaddingFIFOQueue(capacity, list(component_types), list(shapes)).queue_ref


@form("PriorityQueueV2")
def _(
    shapes: Any,
    component_types: Any = (),
    capacity: int = -1,
    container: str = "",
    shared_name: str = "",
    name: str | None = None,
) -> Tensor:
    """A queue with priorities, which come before the components."""
    _alone("PriorityQueueV2", container, shared_name)
    return PriorityQueue(capacity, list(component_types), list(shapes)[1:]).queue_ref


@form("RandomShuffleQueueV2")
def _(
    component_types: Any,
    shapes: Any = (),
    capacity: int = -1,
    min_after_dequeue: int = 0,
    seed: int = 0,
    seed2: int = 0,
    container: str = "",
    shared_name: str = "",
    name: str | None = None,
) -> Tensor:
    """A queue that shuffles."""
    _alone("RandomShuffleQueueV2", container, shared_name)
    if seed or seed2:
        raise NotImplementedError(
            "tf.raw_ops.RandomShuffleQueueV2: headrace has no `seed` yet; "
            "tf.queue.RandomShuffleQueue takes one."
        )
    made = RandomShuffleQueue(
        capacity, min_after_dequeue, list(component_types), list(shapes) or None
    )
    return made.queue_ref


# ---- using them ----------------------------------------------------------------------------------


def _put(op: QueueOp, handle: Tensor, components: Any, timeout: int, name: str | None) -> Any:
    attributes = {"Tcomponents": [x.dtype for x in components], "timeout_ms": timeout}
    made = op(handle, list(components), attributes, [], name)
    return None if thread.context.graph is None else made


def _got(
    op: QueueOp, handle: Tensor, inputs: list[Tensor], dtypes: Any, timeout: int, name: str | None
) -> Any:
    attributes = {"component_types": list(dtypes), "timeout_ms": timeout}
    promised = [(dtype, TensorShape(None)) for dtype in dtypes]
    found = op(handle, inputs, attributes, promised, name)
    return found if thread.context.graph is None else list(found.outputs)


@form("QueueEnqueueV2")
def _(handle: Any, components: Any, timeout_ms: int = -1, name: str | None = None) -> Any:
    """Puts an element in."""
    return _put(queue_steps.enqueue, handle, components, timeout_ms, name)


@form("QueueEnqueueManyV2")
def _(handle: Any, components: Any, timeout_ms: int = -1, name: str | None = None) -> Any:
    """Puts elements in."""
    return _put(queue_steps.enqueue_many, handle, components, timeout_ms, name)


@form("QueueDequeueV2")
def _(handle: Any, component_types: Any, timeout_ms: int = -1, name: str | None = None) -> Any:
    """Takes an element out."""
    return _got(queue_steps.dequeue, handle, [], component_types, timeout_ms, name)


@form("QueueDequeueManyV2")
def _(
    handle: Any, n: Any, component_types: Any, timeout_ms: int = -1, name: str | None = None
) -> Any:
    """Takes `n` elements out."""
    return _got(queue_steps.dequeue_many, handle, [n], component_types, timeout_ms, name)


@form("QueueDequeueUpToV2")
def _(
    handle: Any, n: Any, component_types: Any, timeout_ms: int = -1, name: str | None = None
) -> Any:
    """Takes `n` elements out, or what is left."""
    return _got(queue_steps.dequeue_up_to, handle, [n], component_types, timeout_ms, name)


def _asked(op: QueueOp, handle: Tensor, dtype: Any, name: str | None) -> Any:
    made = op(handle, [], {}, [(dtype, scalar)], name)
    return made[0] if thread.context.graph is None else made.outputs[0]


@form("QueueSizeV2")
def _(handle: Any, name: str | None = None) -> Any:
    """The number of elements."""
    return _asked(queue_steps.size, handle, int32, name)


@form("QueueIsClosedV2")
def _(handle: Any, name: str | None = None) -> Any:
    """Whether it is closed."""
    return _asked(queue_steps.is_closed, handle, bool_, name)


@form("QueueCloseV2")
def _(handle: Any, cancel_pending_enqueues: bool = False, name: str | None = None) -> Any:
    """Lets no more elements in."""
    attributes = {"cancel_pending_enqueues": cancel_pending_enqueues}
    made = queue_steps.close(handle, [], attributes, [], name)
    return None if thread.context.graph is None else made


# ---- optionals -----------------------------------------------------------------------------------


@form("OptionalFromValue")
def _(components: Any, name: str | None = None) -> Any:
    """An optional with a value."""
    return Optional.from_value(tuple(components))._variant_tensor


@form("OptionalNone")
def _(name: str | None = None) -> Any:
    """An optional without a value."""
    return Optional.empty(None)._variant_tensor


@form("OptionalHasValue")
def _(optional: Any, name: str | None = None) -> Any:
    """Whether it has a value."""
    return VariantOptional(optional, None).has_value(name)


@form("OptionalGetValue")
def _(optional: Any, output_types: Any, output_shapes: Any, name: str | None = None) -> Any:
    """The tensors of its value."""
    specs = [
        TensorSpec(shape, dtype) for shape, dtype in zip(output_shapes, output_types, strict=True)
    ]
    return VariantOptional(optional, specs).get_value(name)
