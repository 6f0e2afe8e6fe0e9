"""CriticalSection: code that one thread at a time may run.

The one idea: a lock. In eager mode it is held while the code runs. In a graph two steps take it and
give it back around the nodes of the code, in the program's order; a program that fails gives back
what it holds (engine/execute.py), so that nobody waits for it.

Read next: engine/step.py.
"""

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from headrace._src.core import nest
from headrace._src.core.context import thread
from headrace._src.core.dtypes import resource, variant
from headrace._src.core.shapes import scalar
from headrace._src.core.tensor import EagerTensor
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import Operation
from headrace._src.engine.step import step
from headrace._src.ops.identity import identity

_WHY = "the host holds the lock"


class Mutex:
    """What a resource tensor holds: a lock."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lock = threading.Lock()

    def __repr__(self) -> str:
        return (
            f'<ResourceHandle(name="{self.name}", device="/job:localhost/replica:0/task:0/device:'
            'CPU:0", container="localhost", type="tensorflow::(anonymous namespace)::Mutex", '
            'dtype and shapes : "[  ]")>'
        )


_shared: weakref.WeakValueDictionary[str, Mutex] = weakref.WeakValueDictionary()


class _Inside(threading.local):
    """The sections that the current thread is in, tracing or running."""

    def __init__(self) -> None:
        self.mutexes: list[Mutex] = []


_inside = _Inside()


class CriticalSection:
    """A section of code that one thread at a time may run.

    shared_name: sections with the same one are one. name: without effect. critical_section_def:
    refused with ValueError. import_scope: without effect.

    >>> section = tf.CriticalSection()
    >>> count = tf.Variable(0)
    >>> section.execute(lambda: count.assign_add(1)).numpy()
    np.int32(1)

    Ops: MutexV2, MutexLock, ConsumeMutexLock.
    """

    def __init__(
        self,
        name: str | None = None,
        shared_name: str | None = None,
        critical_section_def: Any = None,
        import_scope: Any = None,
    ) -> None:
        if critical_section_def is not None and name is not None:
            raise ValueError(
                f"Arguments critical_section_def={critical_section_def} and "
                f"shared_name={shared_name} are mutually exclusive. Please only specify one of "
                "them."
            )
        if critical_section_def is not None:
            raise ValueError("Argument `critical_section_def` is not supported.")
        mutex = Mutex(shared_name or "")
        self._mutex = _shared.setdefault(shared_name, mutex) if shared_name else mutex
        box = np.empty((), object)
        box[()] = self._mutex
        self._handle = EagerTensor(box, resource)

    @property
    def name(self) -> str:
        """Refused with AttributeError: an eager section's operation has no name."""
        return self._handle.op.name

    def execute(
        self, fn: Callable[[], Any], exclusive_resource_access: bool = True, name: str | None = None
    ) -> Any:
        """What `fn()` answers, as tensors, while no other thread is in this section.

        exclusive_resource_access: in a graph, whether nobody in another section of this graph may
        use the variables that `fn` uses. name: of the scope of its operations.

        Raises ValueError where `fn` enters this section again, which would wait forever, and where
        exclusive access cannot be given.
        """
        with self._entered():
            graph = thread.context.graph
            if graph is None:
                with self._mutex.lock:
                    return nest.map_structure(_as_tensor, fn())
            with graph.name_scope(name or "critical_section_execute"):
                return self._in_graph(graph, fn, exclusive_resource_access)

    @contextmanager
    def _entered(self) -> Iterator[None]:
        if self._mutex in _inside.mutexes:
            raise ValueError(
                f"Attempting to lock a CriticalSection (signature={self._mutex!r}) in which we are "
                "already running. This is illegal and may cause deadlocks."
            )
        _inside.mutexes.append(self._mutex)
        try:
            yield
        finally:
            _inside.mutexes.pop()

    def _in_graph(self, graph: Any, fn: Callable[[], Any], is_exclusive: bool) -> Any:
        label = graph.unique_name("MutexLock")
        handle = graph.input(self._handle, f"{label}/mutex")
        taken = graph.add(mutex_lock, [handle], {}, [(variant, scalar)], label).outputs[0]
        begun = len(graph.nodes)
        found = nest.map_structure(_as_tensor, fn())
        used = {
            x._id or id(x): x
            for node in graph.nodes[begun:]
            for x in node.inputs
            if x.dtype is resource
        }
        self._check_access(graph, used, is_exclusive)
        graph.add(consume_lock, [taken], {}, [], graph.unique_name("ConsumeMutexLock"))
        return found

    def _check_access(self, graph: Any, used: dict[int, Any], is_exclusive: bool) -> None:
        """Raises ValueError where another section of the graph uses what must not be shared."""
        before = graph.notes.setdefault("critical_sections", [])
        for mutex, others, was_exclusive in before:
            if mutex is self._mutex or not (is_exclusive or was_exclusive):
                continue
            if both := [used[key] for key in used if key in others]:
                raise ValueError(
                    f"This execution would access resources: {both}. Either this lock "
                    f"(CriticalSection: {self._mutex!r}) or lock '{mutex!r}' requested exclusive "
                    "resource access of this resource. Did you mean to call execute with keyword "
                    "argument exclusive_resource_access=False?"
                )
        before.append((self._mutex, used, is_exclusive))


def _as_tensor(value: Any) -> Any:
    if value is None or isinstance(value, Operation):
        return value
    return identity(convert(value))


@step("MutexLock", is_stateful=True, is_host=_WHY)
def mutex_lock(machine: Any, node: Operation, mutex: Any) -> Any:
    """Takes a lock; waits for it."""
    lock = mutex[()].lock
    lock.acquire()
    machine.held.append(lock)
    box = np.empty((), object)
    box[()] = lock
    return box


@step("ConsumeMutexLock", is_stateful=True, is_host=_WHY)
def consume_lock(machine: Any, node: Operation, taken: Any) -> tuple:
    """Gives a lock back."""
    lock = taken[()]
    machine.held.remove(lock)
    lock.release()
    return ()


CriticalSection.__module__ = "tensorflow.python.ops.critical_section_ops"
