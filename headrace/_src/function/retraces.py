"""Why a function was traced, and the warning when that happens too often.

Tracing costs a thousand times what a call costs, and a program that traces at every call does so
unnoticed. So every trace leaves a `Reason`: which argument was of a new type, what it was before
and what it is now. `Function.explain_retraces()` lists them; TensorFlow's warning, given when five
of the last calls traced, ends with the latest.

The one idea of the warning: calls are counted for the code of the Python function, not for the
`tf.function` object, so that it also comes when such objects are made in a loop.

Read next: function/function.py.
"""

import inspect
import logging
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from headrace._src.core.spec import TensorSpec
from headrace._src.function.trace_type import Container

# How many of the last calls are looked at, how many of them may trace, how often we warn.
_WINDOW = 10
_TRACES = 5
_WARNINGS = 2


class History:
    """The latest calls of one piece of code. `untraced` counts those since the last trace."""

    def __init__(self) -> None:
        self.untraced = 0
        # For each trace: it, and the calls that followed.
        self._counts: deque[int] = deque()
        self._warnings = 0

    def traced(self) -> tuple[int, int] | None:
        """Counts a call that traced; (traces, calls) when it is time to warn."""
        counts = self._counts
        if counts:
            counts[-1] += self.untraced
        self.untraced = 0
        counts.append(1)
        while sum(counts) - counts[0] > _WINDOW:
            counts.popleft()
        if len(counts) < _TRACES or self._warnings == _WARNINGS:
            return None
        self._warnings += 1
        return len(counts), sum(counts)


# By the identity of the code: pieces of code of two files may well be equal.
_histories: dict[int, History] = {}


def history_of(function: Callable) -> History:
    """The history of a Python function: one for all functions of the same code.

    What a decorator made counts as what it was made of.
    """
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return History()
    known = _histories.get(id(code))
    if known is None:
        known = _histories[id(code)] = History()
        weakref.finalize(code, _histories.pop, id(code), None).atexit = False
    return known


def warn(function: Callable, traces: int, calls: int, reason: "Reason") -> None:
    """Logs that too many calls trace."""
    logging.getLogger("tensorflow").warning(
        "%d out of the last %d calls to %r triggered tf.function retracing. Tracing is expensive "
        "and the excessive number of tracings could be due to (1) creating @tf.function repeatedly "
        "in a loop, (2) passing tensors with different shapes, (3) passing Python objects instead "
        "of tensors. For (1), please define your @tf.function outside of the loop. For (2), "
        "@tf.function has reduce_retracing=True option that can avoid unnecessary retracing. For "
        "(3), please refer to https://www.tensorflow.org/guide/function#controlling_retracing and "
        "https://www.tensorflow.org/api_docs/python/tf/function for  more details. %s",
        traces,
        calls,
        function,
        reason.sentence(),
    )


# ---- reasons -------------------------------------------------------------------------------------


class Change(NamedTuple):
    """A part of an argument whose type is new: where, what it was and what it is."""

    path: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"argument {self.path!r}: {self.old} -> {self.new}"


class Reason(NamedTuple):
    """Why one trace was made.

    call: the number of the call that traced, from 1; 0 for `get_concrete_function`.
    changes: what differs from the trace most like it; none for the first.
    runs: how often Python ran for it.
    where: the user's file and line that called.
    """

    call: int
    changes: tuple[Change, ...]
    runs: int
    where: str

    def sentence(self) -> str:
        """The reason as the last sentence of the warning."""
        if not self.changes:
            return "The last trace was the first of a new tf.function object."
        return f"The last retrace was caused by {'; '.join(map(str, self.changes))}."


def changes(
    names: Sequence[str], types: Sequence[Any], known: Sequence[tuple[Sequence[str], Sequence[Any]]]
) -> tuple[Change, ...]:
    """How arguments differ from those of the most similar known trace; the latest among equals."""
    best: list[Change] | None = None
    for old_names, old_types in reversed(known):
        found = list(_compared(dict(zip(old_names, old_types, strict=True)), names, types))
        if best is None or len(found) < len(best):
            best = found
    return tuple(best or ())


def _compared(old: dict[str, Any], names: Sequence[str], types: Sequence[Any]) -> Iterator[Change]:
    for name, new in zip(names, types, strict=True):
        if name not in old:
            yield Change(name, "not given", repr(new))
        else:
            yield from _differences(name, old[name], new)
    for name in old:
        if name not in names:
            yield Change(name, repr(old[name]), "not given")


def _differences(path: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    if type(old) is type(new) is TensorSpec:
        if old.dtype is not new.dtype:
            yield Change(path, f"dtype {old.dtype.name}", new.dtype.name)
        if repr(old.shape) != repr(new.shape):
            yield Change(path, f"shape {old.shape}", str(new.shape))
        elif old.dtype is new.dtype:
            yield Change(path, f"name {old.name!r}", repr(new.name))
    elif isinstance(old, Container) and old._matches(new):
        for key, a, b in zip(old.keys, old.types, new.types, strict=True):
            yield from _differences(f"{path}[{key!r}]", a, b)
    else:
        yield Change(path, repr(old), repr(new))


class Retraces(Sequence[Reason]):
    """The traces of a function and why each was made; printed, a table."""

    def __init__(self, name: str, calls: int, runs: int, reasons: Sequence[Reason]) -> None:
        self.name = name
        self.calls = calls
        self.runs = runs
        self._reasons = tuple(reasons)

    def __getitem__(self, index: Any) -> Any:
        return self._reasons[index]

    def __len__(self) -> int:
        return len(self._reasons)

    def __repr__(self) -> str:
        """Traces by number: the call, where it stands, and what was new."""
        lines = [
            f"{self.name}: {len(self)} traces in {self.calls} calls; Python ran {self.runs} times."
        ]
        for i, reason in enumerate(self._reasons, 1):
            call = f"call {reason.call}" if reason.call else "get_concrete_function"
            why = "; ".join(map(str, reason.changes)) or "the first trace"
            runs = f" (Python ran {reason.runs} times)" if reason.runs != 1 else ""
            lines.append(f"  {i}. {call} at {reason.where}: {why}{runs}")
        return "\n".join(lines)
