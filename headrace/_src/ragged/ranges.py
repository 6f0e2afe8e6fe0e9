"""`tf.ragged.range`: rows that count.

Read next: ops/ragged_range.py.
"""

from typing import Any

from headrace._src.core.dtypes import as_dtype, float32, float64, int32, int64
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.cast import cast
from headrace._src.ops.ragged_range import ragged_range
from headrace._src.ragged.ragged_tensor import RaggedTensor, scope

# TensorFlow's order: the widest of the arguments' dtypes is the result's.
_ORDER = (int32, int64, float32, float64)


def range(
    starts: Any,
    limits: Any = None,
    deltas: Any = 1,
    dtype: Any = None,
    name: str | None = None,
    row_splits_dtype: Any = int64,
) -> RaggedTensor:
    """A ragged tensor whose rows count from a start to before a limit.

    starts, limits, deltas: vectors of one length, or scalars, which hold for all rows; with starts
    alone, rows count from 0 to before these. dtype: of the numbers, by default the widest of the
    arguments'. row_splits_dtype: `tf.int32` or `tf.int64`.

    >>> tf.ragged.range([3, 5, 2])
    <tf.RaggedTensor [[0, 1, 2], [0, 1, 2, 3, 4], [0, 1]]>
    >>> tf.ragged.range([0, 5, 8], [3, 3, 12], [1, -1, 2])
    <tf.RaggedTensor [[0, 1, 2], [5, 4], [8, 10]]>

    Raises tf.errors.InvalidArgumentError for a delta of 0 or vectors of several lengths.
    Op: RaggedRange.
    """
    if limits is None:
        starts, limits = 0, starts
    with scope(name, "RaggedRange"):
        given = [
            convert(x, None if dtype is None else _wanted(x, dtype))
            for x in (starts, limits, deltas)
        ]
        if dtype is None:
            assert all(x.dtype in _ORDER for x in given)
            kind = max((x.dtype for x in given), key=_ORDER.index)
        else:
            kind = as_dtype(dtype)
        starts, limits, deltas = (_as(x, kind) for x in given)
        splits, values = ragged_range(starts, limits, deltas, as_dtype(row_splits_dtype))
        return RaggedTensor.from_row_splits(values, splits, validate=False)


def _wanted(value: Any, dtype: Any) -> Any:
    return None if isinstance(value, Tensor) else as_dtype(dtype)


def _as(x: Tensor, dtype: Any) -> Tensor:
    return x if x.dtype is dtype else cast(x, dtype)
