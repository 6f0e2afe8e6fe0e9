"""Op RaggedRange: several ranges of numbers, one after the other.

The one idea: all of them are one range, of which each number is told where its own begins.

Read next: ragged/constant.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.dtypes import DType, int64
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op
from headrace._src.native.ragged import rows_that_count

_UNLIKE = "starts, limits, and deltas must have the same shape"


def _range_shapes(
    starts: TensorShape, limits: TensorShape, deltas: TensorShape, Tsplits: DType
) -> list[TensorShape]:
    known = [x[0] for x in (starts, limits, deltas) if x.rank == 1 and x[0] is not None]
    if len(set(known)) > 1:
        first, other = sorted(set(known), key=known.index)[:2]
        raise ShapeError(_UNLIKE, f"Dimensions must be equal, but are {first} and {other}")
    if not known and any(x.rank != 0 for x in (starts, limits, deltas)):
        return [vector(None), vector(None)]
    return [vector((known[0] if known else 1) + 1), vector(None)]


@op("RaggedRange", shape=_range_shapes, cost="host")
def ragged_range(
    starts: Tensor,
    limits: Tensor,
    deltas: Tensor,
    Tsplits: DType = int64,
    name: str | None = None,
) -> Any:
    """The splits and the values of the rows that count from each start to before its limit."""
    for name_, x in (("starts", starts), ("limits", limits), ("deltas", deltas)):
        if x.ndim > 1:
            raise ValueError(f"{name_} must be a scalar or vector")
    if len({x.shape for x in (starts, limits, deltas) if x.ndim}) > 1:
        raise ValueError(_UNLIKE)
    if not np.all(deltas):
        raise ValueError("Requires delta != 0")
    starts, limits, deltas = np.broadcast_arrays(*map(np.atleast_1d, (starts, limits, deltas)))
    counts, most = _counts(starts, limits, deltas), int(Tsplits.max)
    if (counts > most).any():
        raise ValueError(f"Requires ((limit - start) / delta) <= {most}")
    # Rounded, but it does not wrap around.
    total = int(counts.sum(dtype=np.float64))
    if total > most:
        raise ValueError(
            "The total range size overflowed. Consider using int64 instead of int32 for "
            "row_splits_dtype."
        )
    if total > _MOST:
        raise errors.ResourceExhaustedError(
            None,
            None,
            f"OOM when allocating tensor with shape[{total}] and type int64 on "
            "/job:localhost/replica:0/task:0/device:CPU:0 by allocator cpu",
        )
    splits = np.zeros(len(counts) + 1, Tsplits.array_dtype)
    np.cumsum(counts.astype(np.int64), out=splits[1:])
    return splits, _numbers(starts, deltas, splits, int(splits[-1]))


# More numbers than any machine of these days keeps.
_MOST = 2**38


def _counts(starts: np.ndarray, limits: np.ndarray, deltas: np.ndarray) -> np.ndarray:
    """How many numbers each row has, as uint64: no way is too long for that."""
    is_ahead = np.where(deltas > 0, limits > starts, limits < starts)
    if starts.dtype.kind == "i":
        start, limit, delta = (x.astype(np.int64).view(np.uint64) for x in (starts, limits, deltas))
        way = np.where(deltas > 0, limit - start, start - limit)
        step = np.where(deltas > 0, delta, -delta)
        return np.where(is_ahead, (way - np.uint64(1)) // step + np.uint64(1), np.uint64(0))
    steps = np.where(is_ahead, np.ceil(np.abs((limits - starts) / deltas)), 0)
    return np.minimum(steps, 2.0**63).astype(np.uint64)


def _numbers(starts: np.ndarray, deltas: np.ndarray, splits: np.ndarray, total: int) -> np.ndarray:
    out, kind = np.empty(total, starts.dtype), starts.dtype.kind
    # What C++ has no name for, NumPy counts.
    kernel = rows_that_count if kind in "if" else rows_that_count.body  # type: ignore[attr-defined]
    starts, deltas = np.ascontiguousarray(starts), np.ascontiguousarray(deltas)
    ends = splits.astype(np.int64, copy=False)
    kernel(len(starts), ends, starts, deltas, starts.itemsize, int(kind != "i"), out)
    return out


no_gradient(ragged_range, why="TensorFlow has none.")
