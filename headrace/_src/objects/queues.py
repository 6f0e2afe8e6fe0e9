"""The queues of `tf.queue`: FIFO, padding, priority and shuffling.

The one idea: a queue object is a handle with what Python knows of it, dtypes, shapes and names of
the components. Its methods turn values into tensors and call the ops of objects/queue_steps.py; so
a queue made from another one's `queue_ref` is the same queue. A function captures the handle.

Enqueuing waits for room and dequeuing for elements, also inside of a `tf.function`; Ctrl-C ends the
wait. `shared_name` is without effect outside of sessions, as in TensorFlow.

Read next: objects/blocking_queue.py.
"""

from itertools import repeat
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import as_dtype, int32, int64, resource, variant
from headrace._src.core.dtypes import bool as bool_
from headrace._src.core.shape_rules import bracketed
from headrace._src.core.shapes import Dimension, TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.objects import queue_steps
from headrace._src.objects.blocking_queue import ByPriority, FirstInFirstOut, Shuffled
from headrace._src.objects.queue_rows import TensorQueue, random_words
from headrace._src.objects.queue_steps import DEVICE, QueueOp
from headrace._src.ops.random import seeds
from headrace._src.ops.seeds import entropy

_SCALAR = TensorShape([])
_WAITING = {"timeout_ms": -1}


class QueueBase:
    """A bounded queue of elements that threads hand to each other; the base of all kinds.

    An element is one tensor, or a list of tensors, its components. dtypes, shapes, names: of the
    components; shapes and names may be None. queue_ref: the `queue_ref` of a queue.

    >>> queue = tf.queue.FIFOQueue(3, tf.int32, shapes=[[]])
    >>> queue.enqueue_many([[1, 2]])
    >>> tf.queue.QueueBase(queue.dtypes, queue.shapes, None, queue.queue_ref).dequeue().numpy()
    np.int32(1)

    Raises ValueError where the lists differ in length.
    """

    def __init__(self, dtypes: Any, shapes: Any, names: Any, queue_ref: Any) -> None:
        self._dtypes = dtypes
        self._kinds = [as_dtype(dtype) for dtype in dtypes]
        if shapes is not None and len(shapes) != len(dtypes):
            raise ValueError(
                "Queue shapes must have the same length as dtypes, received "
                f"len(shapes)={len(shapes)}, len(dtypes)={len(dtypes)}"
            )
        given = repeat(None, len(dtypes)) if shapes is None else shapes
        self._shapes = [TensorShape(shape) for shape in given]
        if names is not None and len(names) != len(dtypes):
            raise ValueError(
                "Queue names must have the same length as dtypes,received "
                f"len(names)={len(names)},len {len(dtypes)}"
            )
        self._names = names
        self._queue_ref = queue_ref
        # An eager queue's operation has no name of its own.
        self._name = "Empty" if type(queue_ref) is EagerTensor else queue_ref.op.name
        self._promised = list(zip(self._kinds, self._shapes, strict=True))

    @staticmethod
    def from_list(index: Any, queues: list["QueueBase"]) -> "QueueBase":
        """The queue `queues[index]`; in a graph, `index` may be known only when it runs.

        Raises TypeError for something else than a list of queues with the same dtypes and names,
        tf.errors.InvalidArgumentError for an index out of range.
        """
        if (
            not isinstance(queues, list)
            or not queues
            or not all(isinstance(queue, QueueBase) for queue in queues)
        ):
            raise TypeError("A list of queues expected")
        first = queues[0]
        if any(queue._kinds != first._kinds for queue in queues):
            raise TypeError("Queues do not have matching component dtypes.")
        if any(queue.names != first.names for queue in queues):
            raise TypeError("Queues do not have matching component names.")
        shapes = [
            shape if all(queue.shapes[i] == shape for queue in queues) else TensorShape(None)
            for i, shape in enumerate(first.shapes)
        ]
        handles = [queue.queue_ref for queue in queues]
        place = convert(index, int32)
        known = known_value(place)
        if known is None:
            handle = queue_steps.chosen(place, handles)
        else:
            if not 0 <= known < len(queues):
                raise _refusal("GatherV2", f"indices = {known} is not in [0, {len(queues)})")
            handle = handles[int(known)]
        return QueueBase(first.dtypes, shapes, first.names, handle)

    @property
    def queue_ref(self) -> Tensor:
        """A resource tensor that stands for the queue."""
        return self._queue_ref

    @property
    def name(self) -> str:
        """The name of the operation that made it; "Empty" for a queue of eager mode."""
        return self._name

    @property
    def dtypes(self) -> list[Any]:
        """The dtypes of the components, as they were given."""
        return self._dtypes

    @property
    def shapes(self) -> list[TensorShape]:
        """The shapes of the components."""
        return self._shapes

    @property
    def names(self) -> list[str] | None:
        """The names of the components, or None: elements are lists then, not dictionaries."""
        return self._names

    # ---- in

    def enqueue(self, vals: Any, name: str | None = None) -> Any:
        """Puts an element in; waits while the queue is full.

        vals: a tensor, a list of the components or, where they have names, a dictionary. Answers
        None, in a graph the operation.

        Raises ValueError for wrong shapes, dtypes or names, tf.errors.CancelledError if the queue
        is closed or is closed with `cancel_pending_enqueues` meanwhile. Op: QueueEnqueueV2.
        """
        tensors = self._components(vals)
        for tensor, shape in zip(tensors, self._shapes, strict=False):
            tensor.shape.assert_is_compatible_with(shape)
        label = name or f"{self._name}_enqueue"
        return self._put(queue_steps.enqueue, tensors, label)

    def enqueue_many(self, vals: Any, name: str | None = None) -> Any:
        """Puts in one element for each place of the first dimension, which all components share.

        It waits for room whenever the queue is full; others may take elements meanwhile. vals,
        result and errors: as of `enqueue`. Op: QueueEnqueueManyV2.
        """
        tensors = self._components(vals)
        length = Dimension(None)
        for tensor, shape in zip(tensors, self._shapes, strict=False):
            if (dimensions := tensor.shape.with_rank_at_least(1).dims) is not None:
                length = length.merge_with(dimensions[0])
            tensor.shape[1:].assert_is_compatible_with(shape)
        label = name or f"{self._name}_EnqueueMany"
        return self._put(queue_steps.enqueue_many, tensors, label)

    def _components(self, vals: Any) -> list[Tensor]:
        """An element as tensors."""
        if isinstance(vals, dict):
            if self._names is None:
                raise ValueError("Queue must have names to enqueue a dictionary")
            if sorted(self._names) != sorted(vals):
                raise ValueError(
                    "Keys in dictionary to enqueue do not match names of Queue.  Dictionary: "
                    f"{sorted(vals)},Queue: {sorted(self._names)}"
                )
            vals = [vals[key] for key in self._names]
        elif self._names is not None:
            raise ValueError("You must enqueue a dictionary in a Queue with names")
        elif not isinstance(vals, (list, tuple)):
            vals = [vals]
        tensors = []
        # What there is too much of is not looked at.
        for i, (value, dtype) in enumerate(zip(vals, self._kinds, strict=False)):
            try:
                tensors.append(convert(value, dtype))
            except ValueError as error:
                if isinstance(value, Tensor):
                    raise ValueError(f"component_{i}: {error}") from None
                raise
            except TypeError:
                if thread.context.graph is None or not np.isscalar(value):
                    raise
                raise TypeError(
                    f"Expected {dtype.name}, but got {value!s} of type '{type(value).__name__}'."
                ) from None
        return tensors

    def _put(self, op: QueueOp, tensors: list[Tensor], name: str) -> Any:
        attributes = {"Tcomponents": [tensor.dtype for tensor in tensors], **_WAITING}
        made = op(self._queue_ref, tensors, attributes, [], name)
        return None if thread.context.graph is None else made

    # ---- out

    def dequeue(self, name: str | None = None) -> Any:
        """Takes the next element out; waits while there is none.

        Answers a tensor, a list of them if there are several components, or a dictionary if they
        have names.

        Raises tf.errors.OutOfRangeError if the queue is empty and closed, also meanwhile.
        Op: QueueDequeueV2.
        """
        label = name or f"{self._name}_Dequeue"
        return self._got(queue_steps.dequeue, [], self._promised, label)

    def dequeue_many(self, n: Any, name: str | None = None) -> Any:
        """Takes `n` elements out, stacked in a new first dimension; waits until there are so many.

        Raises tf.errors.OutOfRangeError if the queue is closed and has too few, which then stay;
        tf.errors.InvalidArgumentError for `n` below 0 or components of unknown shapes.
        Op: QueueDequeueManyV2.
        """
        count = convert(n, int32)
        known = known_value(count)
        label = name or f"{self._name}_DequeueMany"
        if known is not None and known < 0 and thread.context.graph is not None:
            kinds = ", ".join(f"DT_{dtype.kernel_name.upper()}" for dtype in self._kinds)
            raise ValueError(
                f"Input 'n' must be >= 0, but is {known} for '{{{{node {label}}}}} = "
                f"QueueDequeueManyV2[component_types=[{kinds}], timeout_ms=-1]"
                f"({label}/handle, {label}/n)' with input shapes: [], [] and with computed input "
                f"tensors: input[1] = <{known}>."
            )
        length = None if known is None or known.ndim or known < 0 else int(known)
        return self._got(queue_steps.dequeue_many, [count], self._batches(length), label)

    def dequeue_up_to(self, n: Any, name: str | None = None) -> Any:
        """Like `dequeue_many`, but takes what is left if the queue is closed.

        Raises tf.errors.OutOfRangeError if nothing is left. Op: QueueDequeueUpToV2.
        """
        label = name or f"{self._name}_DequeueUpTo"
        return self._got(queue_steps.dequeue_up_to, [convert(n, int32)], self._batches(None), label)

    def _batches(self, length: int | None) -> list[Any]:
        return [
            (dtype, TensorShape([length]).concatenate(shape)) for dtype, shape in self._promised
        ]

    def _got(self, op: QueueOp, inputs: list[Tensor], promised: list[Any], name: str) -> Any:
        attributes = {"component_types": self._kinds, **_WAITING}
        found = op(self._queue_ref, inputs, attributes, promised, name)
        if thread.context.graph is not None:
            found = found.outputs
        if self._names is not None:
            return dict(zip(self._names, found, strict=True))
        return found[0] if len(found) == 1 else found

    # ---- the queue as such

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Any:
        """Lets no more elements in; those that are in may be taken out.

        cancel_pending_enqueues: whether enqueues that wait for room fail with
        tf.errors.CancelledError; otherwise they are waited for. Answers None, in a graph the
        operation.

        Raises tf.errors.CancelledError if it is closed already, and not to cancel.
        Op: QueueCloseV2.
        """
        if not isinstance(cancel_pending_enqueues, (bool, int)):
            raise TypeError(
                "Expected bool for argument 'cancel_pending_enqueues' not "
                f"{cancel_pending_enqueues!r}."
            )
        attributes = {"cancel_pending_enqueues": bool(cancel_pending_enqueues)}
        label = name or f"{self._name}_Close"
        made = queue_steps.close(self._queue_ref, [], attributes, [], label)
        return None if thread.context.graph is None else made

    def is_closed(self, name: str | None = None) -> Tensor:
        """Whether it is closed. Op: QueueIsClosedV2."""
        return self._asked(queue_steps.is_closed, bool_, name or f"{self._name}_Is_Closed")

    def size(self, name: str | None = None) -> Tensor:
        """The number of elements that are in it: int32. Op: QueueSizeV2."""
        return self._asked(queue_steps.size, int32, name or f"{self._name}_Size")

    def _asked(self, op: QueueOp, dtype: Any, name: str) -> Tensor:
        made = op(self._queue_ref, [], {}, [(dtype, _SCALAR)], name)
        return made[0] if thread.context.graph is None else made.outputs[0]


# ---- the kinds -----------------------------------------------------------------------------------


class FIFOQueue(QueueBase):
    """A queue whose elements come out in the order in which they came in.

    capacity: how many elements fit; without bound if negative. dtypes: of the components, a list,
    or one dtype. shapes: fully known shapes of the components, or None: elements may differ then,
    and come out one by one only. names: of the components; elements are dictionaries then.
    shared_name, name: without effect in eager mode.

    >>> queue = tf.queue.FIFOQueue(3, [tf.int32, tf.string], shapes=[[], []])
    >>> queue.enqueue((1, "one"))
    >>> queue.enqueue((2, "two"))
    >>> queue.dequeue_many(2)[1].numpy()
    array([b'one', b'two'], dtype=object)

    Raises ValueError for partial shapes. Op: FIFOQueueV2.
    """

    def __init__(
        self,
        capacity: Any,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "fifo_queue",
    ) -> None:
        dtypes = _listed(dtypes)
        shapes = _known_shapes(shapes)
        names = _named(names, dtypes)
        queue = _made(type(self), dtypes, shapes, capacity, FirstInFirstOut(), name)
        super().__init__(dtypes, shapes, names, queue_steps.handle_of(queue))


class PaddingFIFOQueue(QueueBase):
    """A FIFO queue whose elements may differ in size; batches are padded with zeros or "".

    capacity, dtypes, names, shared_name, name: as of FIFOQueue. shapes: of the components, with
    None for sizes that differ.

    >>> queue = tf.queue.PaddingFIFOQueue(3, tf.int32, shapes=[[None]])
    >>> queue.enqueue([[1]])
    >>> queue.enqueue([[2, 3]])
    >>> queue.dequeue_many(2).numpy()
    array([[1, 0],
           [2, 3]], dtype=int32)

    Raises ValueError for shapes of unknown rank. Op: PaddingFIFOQueueV2.
    """

    def __init__(
        self,
        capacity: Any,
        dtypes: Any,
        shapes: Any,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "padding_fifo_queue",
    ) -> None:
        dtypes = _listed(dtypes)
        if shapes is None or (isinstance(shapes, (list, tuple)) and any(s is None for s in shapes)):
            raise ValueError("When providing partial shapes, a list of shapes must be provided.")
        shapes = _shapes_of(shapes)
        if any(shape.rank is None for shape in shapes):
            raise ValueError(f"All shapes must have a defined rank: {shapes}")
        names = _named(names, dtypes)
        if len(dtypes) != len(shapes):
            raise ValueError(
                f"Shapes must be provided for all components, but received {len(dtypes)} dtypes "
                f"and {len(shapes)} shapes."
            )
        queue = _made(type(self), dtypes, shapes, capacity, FirstInFirstOut(), name)
        super().__init__(dtypes, shapes, names, queue_steps.handle_of(queue))


class PriorityQueue(QueueBase):
    """A queue whose elements come out by priority, smallest first, and earliest among equals.

    capacity, names, shared_name, name: as of FIFOQueue. types, shapes: of the components after the
    first, which is the priority, an int64 scalar.

    >>> queue = tf.queue.PriorityQueue(3, tf.string, shapes=[[]])
    >>> queue.enqueue((2, "later"))
    >>> queue.enqueue((1, "soon"))
    >>> queue.dequeue()[1].numpy()
    b'soon'

    Raises TypeError without shapes. Op: PriorityQueueV2.
    """

    def __init__(
        self,
        capacity: Any,
        types: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "priority_queue",
    ) -> None:
        types = _listed(types)
        shapes = _known_shapes(shapes)
        if shapes is None:
            raise TypeError(
                "Expected list for 'shapes' argument to 'priority_queue_v2' Op, not None."
            )
        types, shapes = [int64, *types], [_SCALAR, *shapes]
        queue = _made(type(self), types, shapes, capacity, ByPriority(), name)
        super().__init__(types, shapes, names, queue_steps.handle_of(queue))


class RandomShuffleQueue(QueueBase):
    """A queue whose elements come out in random order.

    capacity, dtypes, shapes, names, shared_name, name: as of FIFOQueue. min_after_dequeue: so many
    elements stay in until the queue is closed, to be shuffled among. seed: with one, elements come
    out in TensorFlow's order.

    >>> queue = tf.queue.RandomShuffleQueue(8, 0, tf.int32, shapes=[[]], seed=7)
    >>> queue.enqueue_many([range(8)])
    >>> queue.dequeue_many(8).numpy()
    array([7, 4, 1, 6, 0, 2, 3, 5], dtype=int32)

    Raises tf.errors.InvalidArgumentError unless 0 <= min_after_dequeue < capacity.
    Op: RandomShuffleQueueV2.
    """

    def __init__(
        self,
        capacity: Any,
        min_after_dequeue: Any,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        seed: Any = None,
        shared_name: str | None = None,
        name: str = "random_shuffle_queue",
    ) -> None:
        dtypes = _listed(dtypes)
        shapes = _known_shapes(shapes)
        names = _named(names, dtypes)
        pair = seeds(seed)
        words = random_words(*(pair if any(pair) else entropy(2)))
        order = Shuffled(words.__next__)
        reserve = _whole(min_after_dequeue, "min_after_dequeue")
        queue = _made(type(self), dtypes, shapes, capacity, order, name, reserve)
        super().__init__(dtypes, shapes, names, queue_steps.handle_of(queue))


def _made(
    cls: type, dtypes: list[Any], shapes: list[TensorShape] | None, capacity: Any, order: Any,
    name: str, reserve: int = 0,
) -> TensorQueue:  # fmt: skip
    """The queue itself; raises InvalidArgumentError for what TensorFlow's kernel refuses."""
    kind, op = cls.__name__, f"{cls.__name__}V2"
    kinds = [as_dtype(dtype) for dtype in dtypes]
    if not kinds:
        raise errors.InvalidArgumentError(
            None,
            None,
            "Length for attr 'component_types' of 0 must be at least minimum 1\n\t; NodeDef: "
            f"{{{{node {op}}}}} [Op:{op}] name: {name}",
        )
    if resource in kinds or variant in kinds:
        raise NotImplementedError(f"tf.queue.{kind}: components of dtype resource or variant.")
    if shapes and len(shapes) != len(kinds):
        raise _refusal(
            op,
            f"Different number of component types.  Types: {', '.join(d.name for d in kinds)}, "
            f"Shapes: [{', '.join(map(bracketed, shapes))}]",
            name,
        )
    room = -1 if capacity is None else _whole(capacity, "capacity")
    if reserve < 0:
        raise _refusal(op, f"min_after_dequeue {reserve} must be >= 0", name)
    if reserve and 0 <= room <= reserve:
        raise _refusal(op, f"min_after_dequeue {reserve} must be < capacity {room}", name)
    return TensorQueue(kind, kinds, shapes or [], room, order, reserve)


def _whole(value: Any, argument: str) -> int:
    if isinstance(value, (str, bytes)):
        raise TypeError(f"Expected int for argument '{argument}' not {value!r}.")
    return int(value.numpy() if isinstance(value, EagerTensor) else value)


def _listed(dtypes: Any) -> list[Any]:
    return list(dtypes) if isinstance(dtypes, (list, tuple)) else [dtypes]


def _shapes_of(shapes: Any) -> list[TensorShape]:
    """A list of shapes, or one shape, as a list."""
    is_list = isinstance(shapes, (list, tuple)) and not isinstance(shapes, TensorShape)
    if not is_list or all(size is None or isinstance(size, _SIZES) for size in shapes):
        shapes = [shapes]
    return [TensorShape(shape) for shape in shapes]


_SIZES = (int, np.integer, Dimension)


def _known_shapes(shapes: Any) -> list[TensorShape] | None:
    if shapes is None:
        return None
    found = _shapes_of(shapes)
    if not all(shape.is_fully_defined() for shape in found):
        raise ValueError(f"All shapes must be fully defined: {found}")
    return found


def _named(names: Any, dtypes: list[Any]) -> list[str] | None:
    if names is None:
        return None
    names = list(names) if isinstance(names, (list, tuple)) else [names]
    if len(names) != len(dtypes):
        raise ValueError(
            "List of names must have the same length as the list of dtypes, received "
            f"len(names)={len(names)},len(dtypes)={len(dtypes)}"
        )
    return names


def _refusal(op: str, fact: str, name: str = "") -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(
        None,
        None,
        f"{{{{function_node __wrapped__{op}_device_{DEVICE}}}}} {fact} [Op:{op}] name: {name}",
    )


for _class in (QueueBase, FIFOQueue, PaddingFIFOQueue, PriorityQueue, RandomShuffleQueue):
    _class.__module__ = "tensorflow.python.ops.data_flow_ops"
