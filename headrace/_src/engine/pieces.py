"""Large arrays in pieces, one for each core: NumPy frees Python's lock while it works.

A pass over 4M numbers takes 0.9 ms on two cores and 1.9 on one (benchmarks/large_arrays.py).
Handing a piece to a waiting thread takes some 30 µs, so it pays from about half a million elements.

Read next: engine/placement.py.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from headrace._src.core.context import thread

# Fewer elements are served by one core.
PIECES_FROM = 2**19

_CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
_workers: ThreadPoolExecutor | None = None


def elementwise(ufunc: np.ufunc, arrays: list[Any]) -> Any:
    """`ufunc(*arrays)`, on all cores where the arrays are large, of one shape and contiguous."""
    largest = max(arrays, key=np.size)
    shape = largest.shape
    if largest.size < PIECES_FROM or _CORES < 2 or not all(_fits(a, shape) for a in arrays):
        return ufunc(*arrays)
    out = np.empty(shape, ufunc.resolve_dtypes((*(a.dtype for a in arrays), None))[-1])
    flat = [a.reshape(-1) if a.size > 1 else a.reshape(()) for a in (*arrays, out)]
    _on_all_cores(lambda part: ufunc(*(a[part] if a.ndim else a for a in flat)), largest.size)
    return out


def folded(ufunc: np.ufunc, array: np.ndarray) -> Any:
    """`ufunc` folded over all elements of a contiguous array; a scalar."""
    if array.size < PIECES_FROM or _CORES < 2:
        return ufunc.reduce(array, None, array.dtype)
    flat = array.reshape(-1)
    parts = _on_all_cores(lambda part: ufunc.reduce(flat[part], None, array.dtype), array.size)
    return ufunc.reduce(np.array(parts, array.dtype), None, array.dtype)


def _fits(array: Any, shape: tuple[int, ...]) -> bool:
    """Whether the result has `shape` and a piece of it needs the same piece of `array`, or all."""
    if array.size == 1:
        return array.ndim <= len(shape)
    return array.shape == shape and array.flags.c_contiguous


def _on_all_cores(work: Any, size: int) -> list[Any]:
    """What `work` answers for each piece of `range(size)`; the caller does one itself."""
    global _workers
    if _workers is None:
        _workers = ThreadPoolExecutor(_CORES - 1, "headrace-pieces")
    step = -(-size // _CORES // 64) * 64  # whole cache lines
    parts = [slice(start, start + step) for start in range(0, size, step)]
    waiting = [_workers.submit(_quietly, work, part) for part in parts[1:]]
    return [work(parts[0]), *(future.result() for future in waiting)]


def _quietly(work: Any, part: slice) -> Any:
    """A worker's piece without NumPy's floating-point warnings; the caller sees to its own."""
    return thread.context.run(work, part)


def _forget_workers() -> None:
    global _workers
    _workers = None


# A forked child has none of its parent's threads.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_workers)
