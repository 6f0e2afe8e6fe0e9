"""A lock for tracing: one thread traces a function, the others wait for the trace.

Tracing a function may call another one, which then is traced too, so locks are taken inside locks,
and in any order: thread A traces f, which calls g, while thread B traces g, which calls f. The one
idea: a thread that would have to wait for one that (directly or not) waits for it does not wait but
goes on without the lock. The worst that comes of it is a trace made twice.

Read next: function/function.py.
"""

import threading
from typing import Any


class TracingLock:
    """A lock that its owner may take again, and that nobody waits for in a circle."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner: int | None = None
        self._depth = 0

    def __enter__(self) -> "TracingLock":
        me = threading.get_ident()
        if self._owner == me:
            self._depth += 1
            return self
        with _mutex:
            if self._leads_to(me):
                return self
            _awaited[me] = self
        self._lock.acquire()
        with _mutex:
            del _awaited[me]
            self._owner = me
            self._depth = 1
        return self

    def _leads_to(self, thread: int) -> bool:
        """Whether the lock's owner waits for `thread`."""
        lock: TracingLock | None = self
        while lock is not None and lock._owner is not None:
            if lock._owner == thread:
                return True
            lock = _awaited.get(lock._owner)
        return False

    def __exit__(self, *_: Any) -> None:
        if self._owner != threading.get_ident():
            return  # passed without it
        self._depth -= 1
        if self._depth == 0:
            with _mutex:
                self._owner = None
            self._lock.release()


# For each thread that waits: for which lock.
_awaited: dict[int, TracingLock] = {}
_mutex = threading.Lock()
