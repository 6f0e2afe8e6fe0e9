"""Counts of the values in each row of a ragged tensor, dense and sparse.

The one idea: a row and a value make one number, and these are counted all at once.

Read next: ops/sparse_bincount.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.namespace import xp
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.ops.sparse_bincount import check_weights, counted, counts


def _rows(splits: TensorShape, values: TensorShape, size: Any, *_: Any) -> TensorShape:
    count = splits[0] if splits.rank else None
    return TensorShape([None if count is None else count - 1, size])


@op("RaggedBincount", shape=_rows, cost="host")
def ragged_bincount(
    splits: Tensor,
    values: Tensor,
    size: Static,
    weights: Tensor,
    binary_output: bool = False,
    name: str | None = None,
) -> Tensor:
    """How often each number below `size` occurs in each row, or the sums of their weights."""
    np_: Any = xp(values)
    dtype: Any = weights.dtype
    count = splits.shape[0] - 1
    rows = np_.searchsorted(splits[1:], np_.arange(values.shape[0]), side="right")
    out = np_.zeros((count, size), dtype)
    at = out.at[rows, np_.where(values < 0, size, values)]
    if binary_output:
        return at.set(np_.ones((), dtype), mode="drop")
    return at.add(weights if weights.size else np_.ones((), dtype), mode="drop")


@ragged_bincount.check
def _(splits, values, size, weights, binary_output):
    return (values >= 0).all()


@ragged_bincount.kernel("host")
def _(splits, values, size, weights, binary_output):
    if (values < 0).any():
        raise ValueError("Input must be non-negative")
    count = len(splits) - 1
    rows = np.repeat(np.arange(count), np.diff(splits))
    kept = values < size
    places = rows[kept] * size + values[kept]
    out = np.zeros(count * size, weights.dtype)
    if binary_output:
        out[places] = 1
    elif weights.size:
        np.add.at(out, places, weights[kept])
    else:
        out += np.bincount(places, minlength=count * size).astype(out.dtype)
    return out.reshape(count, size)


def _sparse(splits: TensorShape, *_: Any) -> list[TensorShape]:
    return counted(2)


@op("RaggedCountSparseOutput", shape=_sparse, cost="host")
def ragged_count_sparse_output(
    splits: Tensor,
    values: Tensor,
    weights: Tensor,
    binary_output: bool,
    minlength: int = -1,
    maxlength: int = -1,
    name: str | None = None,
) -> Any:
    """The same as the parts of a sparse tensor."""
    cuts, numbers, shares = (np.asarray(x) for x in (splits, values, weights))
    check_weights(numbers.shape, shares)
    count = len(cuts) - 1
    rows = np.repeat(np.arange(count), np.diff(cuts))
    return counts(rows, count, numbers, shares, (binary_output, minlength, maxlength))


_WHY = "TensorFlow has none: counts do not vary with what is counted."
no_gradient(ragged_bincount, why=_WHY, is_error=True)
no_gradient(ragged_count_sparse_output, why=_WHY, is_error=True)
