"""What a thread is doing right now: one record, looked at once per call.

Every op asks a single question of a single object, `thread.context`: may I take the quick way, and
is anybody recording? Tapes, devices and name scopes are entered and left by putting their mark into
that record. Each thread has its own, so eight threads that train eight models never meet.

`run` is the `run` method of a `contextvars.Context` in which NumPy's floating-point warnings are
off: TensorFlow computes `log(0)` without a word, and switching `np.errstate` around each op would
cost more than the op (1.0 µs against 0.03 µs: benchmarks/dispatch.py). Only leaf calls go through
it, for a context cannot be entered twice.

Read next: engine/op.py.
"""

import contextvars
import threading
from typing import Any

import numpy as np


class Context:
    """The state of one thread.

    run: calls a NumPy function with floating-point warnings off.
    is_quick: eager mode with the CPU as the current device: ops may take the quick way.
    graph: the graph that ops are added to (engine/graph.py), or None: ops run at once. `is_quick`
        is false wherever there is one.
    recorders: the tapes and forward accumulators that listen, outermost first.
    device: the innermost `tf.device` as a canonical string, or "" where none is asked for.
    scope: the innermost `tf.name_scope` with its trailing slash, or "".
    streams: while a graph is run, (machine, node): where a random op draws from; else None.
    """

    __slots__ = ("device", "graph", "is_quick", "recorders", "run", "scope", "streams")

    def __init__(self) -> None:
        quiet = contextvars.Context()
        quiet.run(np.seterr, all="ignore")
        self.run = quiet.run
        self.is_quick = not accelerated
        self.graph: Any = None
        self.recorders: list[Any] = []
        self.device = ""
        self.scope = ""
        self.streams: Any = None


class Thread(threading.local):
    """The current thread; `thread.context` is its record."""

    def __init__(self) -> None:
        self.context = Context()


# Whether ops run on an accelerator unless told otherwise; core/device.py finds out.
accelerated = False

thread = Thread()
