"""RaggedGather: rows of a ragged tensor, by number.

The one idea: what is wanted of each partition is a list of its rows, and the values in these rows,
as one list of numbers, are the rows wanted of the next. So one repeat and one sum for each ragged
dimension lead to the rows of flat values, which are copied one after the other. How long the result
is depends on which rows are wanted, so the host does it.

Read next: ragged/gathering.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core.dtypes import int32
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import op
from headrace._src.native.ragged import copy_rows, numbers_from
from headrace._src.ops.array import dims, positions


def _rows_at(splits: Any, at: Any) -> tuple[Any, Any]:
    """Where the rows with these numbers start, and their splits.

    Raises ValueError where these do not fit into the dtype: then they would wrap around.
    """
    starts = splits[:-1][at]
    cut = np.zeros(len(at) + 1, np.int64)
    np.cumsum(splits[1:][at] - starts, out=cut[1:])
    if cut[-1] > np.iinfo(splits.dtype).max:
        raise ValueError(f"{cut[-1]} values are too many for row splits of {splits.dtype}")
    return starts, cut.astype(splits.dtype, copy=False)


def _taken(values: Any, starts: Any, splits: Any) -> Any:
    """The rows of the values that begin at `starts`, cut as `splits` say."""
    if values.dtype.hasobject or not values.flags.c_contiguous:
        return values.take(numbers_from(starts, splits), 0)
    out = np.empty((splits[-1], *values.shape[1:]), values.dtype)
    size = values.itemsize * math.prod(values.shape[1:])
    cut, begins = (np.ascontiguousarray(x, np.int64) for x in (splits, starts))
    copy_rows(len(starts), cut, begins, size, values, out)
    return out


def _rows(splits: list, values: TensorShape, indices: TensorShape, OUTPUT_RAGGED_RANK: int) -> list:
    known = None if not splits or splits[0].rank is None else splits[0][0]
    if known == 0:
        raise ShapeError("Split tensors must not be scalars.")
    found = [vector(None) for _ in range(OUTPUT_RAGGED_RANK)]
    if indices.rank and found:
        count: Any = 1
        for i, size in enumerate(indices):
            count = None if count is None or size is None else count * size
            if i < len(found):
                found[i] = vector(None if count is None else count + 1)
    rest = TensorShape(None) if values.rank is None else values[1:]
    return [*found, TensorShape([None]).concatenate(rest)]


@op("RaggedGather", shape=_rows, cost="host")
def ragged_gather(
    params_nested_splits: list[Tensor],
    params_dense_values: Tensor,
    indices: Tensor,
    OUTPUT_RAGGED_RANK: int,
    name: str | None = None,
) -> tuple[list[Tensor], Tensor]:
    """The rows at `indices`: their splits, then the flat values."""
    if len(params_nested_splits) + indices.ndim - 1 != OUTPUT_RAGGED_RANK:
        raise ValueError("Ragged Rank doesn't match params_nested_splits and indices.")
    _check(params_nested_splits, params_dense_values, indices)
    found: list[np.ndarray] = []
    kind = params_nested_splits[0].dtype
    count = indices.shape[0] if indices.ndim else 1
    for size in indices.shape[1:]:
        found.append(np.arange(count + 1, dtype=kind) * kind.type(size))
        count *= size
    first, *others = params_nested_splits
    starts, cut = _rows_at(first, indices.reshape(-1))
    found.append(cut)
    for splits in others:
        starts, cut = _rows_at(splits, numbers_from(starts, cut))
        found.append(cut)
    return found[len(found) - OUTPUT_RAGGED_RANK :], _taken(params_dense_values, starts, cut)


def _check(splits: list, values: Any, indices: Any) -> None:
    """Raises ValueError, in the kernel's words, for splits that are none or rows there are not."""
    if not values.ndim:
        raise ValueError("params.rank must be nonzero")
    for i, part in enumerate(splits):
        if not part.size:
            raise ValueError("Split tensors must not be empty.")
        if part[0] < 0:
            raise ValueError("Ragged splits must be non-negative")
        limit = splits[i + 1].size - 1 if i + 1 < len(splits) else len(values)
        if part[-1] > limit:
            raise ValueError("Ragged splits must not point past values")
        if (part[1:] < part[:-1]).any():
            raise ValueError("Ragged splits must be sorted")
    rows = splits[0].size - 1
    wrong = (indices < 0) | (indices >= rows)
    if wrong.any():
        place = tuple(np.argwhere(wrong)[0])
        at = f"[{','.join(map(str, place))}]" if place else ""
        raise ValueError(f"indices{at} = {indices[place]} is not in [0, {rows})")


@ragged_gather.gradient
def _(d_splits, dz, params_nested_splits, params_dense_values, indices, OUTPUT_RAGGED_RANK):
    # The numbers of the flat values, gathered the same way, say where each value came from.
    count = dims(params_dense_values)[0]
    numbers = positions(count)
    places = ragged_gather(params_nested_splits, numbers, indices, OUTPUT_RAGGED_RANK)[-1]
    back = IndexedSlices(dz, places, convert(dims(params_dense_values), int32))
    return [None] * len(params_nested_splits), back, None
