"""Large arrays in pieces, one for each core: NumPy frees Python's lock while it works.

A pass over 4M numbers takes 0.9 ms on two cores and 1.9 on one (benchmarks/large_arrays.py).
Handing a piece to a waiting thread takes some 30 µs, so it pays from about half a million elements.
The threads wait each at a lock of its own: an executor's queue and futures take twice as long.

Read next: engine/placement.py.
"""

import os
from threading import Lock, Thread
from typing import Any

import numpy as np

from headrace._src.core.context import thread

# Fewer elements, or elements that lie in fewer bytes, are served by one core.
PIECES_FROM = 2**19
_BYTES_FROM = 2**21
# From so many elements a body of several passes is told apart: it may have another for large ones.
PASSES_FROM = 2**14

_CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
# What a body of several passes is given at a time: small enough to stay in a core's cache, and
# large enough to be worth the two locks that each pass takes.
_BLOCK = 2**17


def elementwise(kernel: Any, arrays: list[Any], attributes: tuple = ()) -> Any:
    """`kernel(*arrays, *attributes)`, each of whose results needs the elements at one place alone.

    On all cores where the arrays are large, of one shape and contiguous; what is no ufunc makes
    several passes, and gets block after block.
    """
    largest = max(arrays, key=np.size)
    shape, size = largest.shape, largest.size
    if size < (PIECES_FROM if isinstance(kernel, np.ufunc) else _BLOCK) or not all(
        _fits(a, shape) for a in arrays
    ):
        return kernel(*arrays, *attributes)
    if largest.nbytes < _BYTES_FROM and isinstance(kernel, np.ufunc):
        return kernel(*arrays)
    flat = [a.reshape(-1) if a.size > 1 else a.reshape(()) for a in arrays]
    if isinstance(kernel, np.ufunc):
        out = np.empty(size, kernel.resolve_dtypes((*(a.dtype for a in arrays), None))[-1])
        on_all_cores(lambda part: kernel(*_cut([*flat, out], part)), size)
        return out.reshape(shape)
    try:
        out = np.empty(size, kernel(*_cut(flat, slice(0, 1)), *attributes).dtype)
        on_all_cores(lambda part: _in_blocks(kernel, flat, attributes, out, part), size)
    except ValueError:
        return kernel(*arrays, *attributes)  # whose complaint tells the shapes as they are
    return out.reshape(shape)


def _cut(flat: list[Any], part: slice) -> list[Any]:
    """That part of each array; scalars are for all."""
    return [a[part] if a.ndim else a for a in flat]


def _in_blocks(kernel: Any, flat: list[Any], attributes: tuple, out: Any, part: slice) -> None:
    """One core's part, block after block."""
    for start in range(part.start, min(part.stop, out.size), _BLOCK):
        block = slice(start, min(start + _BLOCK, part.stop))
        out[block] = kernel(*_cut(flat, block), *attributes)


def folded(ufunc: np.ufunc, array: np.ndarray) -> Any:
    """`ufunc` folded over all elements of a contiguous array; a scalar."""
    if array.size < PIECES_FROM or _CORES < 2:
        return ufunc.reduce(array, None, array.dtype)
    flat = array.reshape(-1)
    parts = on_all_cores(lambda part: ufunc.reduce(flat[part], None, array.dtype), array.size)
    return ufunc.reduce(np.array(parts, array.dtype), None, array.dtype)


def _fits(array: Any, shape: tuple[int, ...]) -> bool:
    """Whether the result has `shape` and a piece of it needs the same piece of `array`, or all."""
    if array.size == 1:
        return array.ndim <= len(shape)
    return array.shape == shape and array.flags.c_contiguous


def on_all_cores(work: Any, size: int, least: int = 2**17) -> list[Any]:
    """What `work` answers for each piece of `range(size)`; the caller does one itself.

    least: how many elements are worth a thread.
    """
    step = -(-size // min(_CORES, max(1, size // least)) // 64) * 64  # whole cache lines
    parts = [slice(start, min(start + step, size)) for start in range(0, size, step)]
    if len(parts) < 2 or not _in_use.acquire(blocking=False):
        return [work(part) for part in parts]  # another thread has the workers
    try:
        while len(_workers) < len(parts) - 1:
            _workers.append(_Worker())
        busy = [worker.given(work, part) for worker, part in zip(_workers, parts[1:], strict=False)]
        try:
            return [work(parts[0]), *(worker.answer() for worker in busy)]
        finally:
            for worker in busy:
                worker.wait()
    finally:
        _in_use.release()


class _Worker:
    """A thread that does one piece at a time."""

    def __init__(self) -> None:
        self._begin, self._end = Lock(), Lock()
        self._begin.acquire()
        self._is_done = True
        Thread(target=self._serve, name="headrace-pieces", daemon=True).start()

    def given(self, work: Any, part: slice) -> "_Worker":
        self._work, self._part, self._is_done = work, part, False
        self._end.acquire()
        self._begin.release()
        return self

    def answer(self) -> Any:
        self.wait()
        if self._error is not None:
            raise self._error
        return self._value

    def wait(self) -> None:
        if not self._is_done:
            self._end.acquire()
            self._end.release()
            self._is_done = True

    def _serve(self) -> None:
        while True:
            self._begin.acquire()
            self._value = self._error = None
            try:
                # Without NumPy's floating-point warnings; the caller sees to its own.
                self._value = thread.context.run(self._work, self._part)
            except BaseException as error:  # the caller raises it
                self._error = error
            self._work = None
            self._end.release()


_workers: list[_Worker] = []
_in_use = Lock()


def _forget_workers() -> None:
    global _in_use
    _workers.clear()
    _in_use = Lock()


# A forked child has none of its parent's threads.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_workers)
