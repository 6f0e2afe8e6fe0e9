"""Distinct slices along an axis: the ops UniqueV2 and UniqueWithCountsV2.

The one idea: slices along an axis, each flattened, are the rows of a matrix, and rows are compared
as a whole. Without an axis the tensor has to be a vector, as for `tf.unique`.

Read next: ops/unique.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, int32
from headrace._src.core.shapes import TensorShape, unknown_shape, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import Static, no_gradient, op

_NONE = "TensorFlow has none: which slices are kept depends on equality."


def _shapes(x: TensorShape, axis: Any, out_idx: DType) -> list[TensorShape]:
    sizes = [None] * x.rank if x.rank is not None else None
    place: Any = None
    if sizes is not None and type(axis) is tuple and len(axis) <= 1 and x.rank:
        place = axis[0] if axis else 0
        if not -x.rank <= place < x.rank:
            return [unknown_shape(x.rank), vector(None)]
        sizes = x.as_list()
        size, sizes[place] = sizes[place], None
        return [TensorShape(sizes), vector(size)]
    return [unknown_shape(x.rank), vector(None)]


@op("UniqueV2", shape=_shapes, cost="host")
def unique_v2(
    x: Tensor, axis: Static, out_idx: DType = int32, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The distinct slices along an axis as they first occur, and for each slice which it is.

    axis: a vector of one axis, or an empty one for a vector `x`.

    >>> y, idx = tf.raw_ops.UniqueV2(x=[[1, 2], [1, 2], [3, 4]], axis=[0])
    >>> y.numpy(), idx.numpy()
    (array([[1, 2],
           [3, 4]], dtype=int32), array([0, 0, 1], dtype=int32))

    Raises tf.errors.InvalidArgumentError for more than one axis. Op: UniqueV2.
    """
    y, idx, _ = _found(x, axis)
    return y, idx.astype(out_idx.array_dtype)


no_gradient(unique_v2, why=_NONE, is_error=True)


@op(
    "UniqueWithCountsV2",
    shape=lambda x, axis, out_idx: [*_shapes(x, axis, out_idx), vector(None)],
    cost="host",
)
def unique_with_counts_v2(
    x: Tensor, axis: Static, out_idx: DType = int32, name: str | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """As `UniqueV2`, with how often each slice occurs.

    >>> tf.raw_ops.UniqueWithCountsV2(x=[7, 7, 3], axis=[0]).count.numpy()
    array([2, 1], dtype=int32)

    Raises tf.errors.InvalidArgumentError for more than one axis. Op: UniqueWithCountsV2.
    """
    y, idx, count = _found(x, axis)
    return y, idx.astype(out_idx.array_dtype), count.astype(out_idx.array_dtype)


no_gradient(unique_with_counts_v2, why=_NONE, is_error=True)


def _found(x: np.ndarray, axis: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if type(axis) is not tuple:
        raise ValueError("axis expects a 1D vector.")
    if len(axis) > 1:
        raise ValueError("axis does not support input tensors larger than 1 elements")
    if not axis and x.ndim != 1:
        raise ValueError("unique expects a 1D vector.")
    place = axis[0] if axis else 0
    if not -x.ndim <= place < x.ndim:
        raise ValueError(f"axis has to be between [0, {x.ndim})")
    slices = np.moveaxis(np.asarray(x), place, 0)
    rows = slices.reshape(len(slices), -1)
    numbers: dict[Any, int] = {}
    # NaN differs from itself here, too: a tuple of new objects is equal only by value.
    idx = [numbers.setdefault(tuple(row), len(numbers)) for row in rows.tolist()]
    which = np.array(idx, np.int64)
    first = np.full(len(numbers), len(rows))
    np.minimum.at(first, which, np.arange(len(rows)))
    count = np.bincount(which, minlength=len(numbers))
    return np.moveaxis(slices[first], 0, place), which, count
