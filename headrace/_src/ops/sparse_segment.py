"""Rows looked up and folded by group: `segment_sum`, `segment_mean`, `segment_sqrt_n`.

The one idea: it is `gather` followed by a segment reduction. With `num_segments` the shape of the
result is known, and XLA can do it.

Read next: ops/segment.py, ops/embedding.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core.dtypes import int32
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import FrontDoor, Static, op
from headrace._src.ops.array import dims, reshape_op, shape_op
from headrace._src.ops.constant import ones_like
from headrace._src.ops.gather import gather_op
from headrace._src.ops.math import maximum
from headrace._src.ops.powers import sqrt
from headrace._src.ops.segment import _folded, unsorted_segment_sum


def segment_sum(
    data: Any,
    indices: Any,
    segment_ids: Any,
    num_segments: Any = None,
    name: str | None = None,
    sparse_gradient: bool = False,
) -> Tensor:
    """The sums of the rows of `data` at `indices` that belong together.

    data: numbers of rank >= 1. indices: [n], rows of `data`. segment_ids: [n], for each the row of
    the result that it is added to, in ascending order. num_segments: how many rows the result has;
    by default, as many as the last id says. sparse_gradient: whether the gradient for `data` is an
    `IndexedSlices`.

    >>> tf.sparse.segment_sum([[1, 2], [3, 4], [5, 6]], [0, 2, 1], [0, 0, 1]).numpy()
    array([[6, 8],
           [3, 4]], dtype=int32)

    Raises tf.errors.InvalidArgumentError for an index out of range or ids out of order. Ops:
    SparseSegmentSum, SparseSegmentSumWithNumSegments.
    """
    if num_segments is None:
        return sparse_segment_sum(data, indices, segment_ids, bool(sparse_gradient), name)
    return sparse_segment_sum_with_num_segments(
        data, indices, segment_ids, num_segments, bool(sparse_gradient), name
    )


def segment_mean(
    data: Any,
    indices: Any,
    segment_ids: Any,
    num_segments: Any = None,
    name: str | None = None,
    sparse_gradient: bool = False,
) -> Tensor:
    """The means of the rows of `data` at `indices` that belong together; 0 for none.

    data: floats. Other arguments as in `tf.sparse.segment_sum`.

    >>> tf.sparse.segment_mean([[1., 2.], [3., 4.], [5., 6.]], [0, 2, 1], [0, 0, 1]).numpy()
    array([[3., 4.],
           [3., 4.]], dtype=float32)

    Ops: SparseSegmentMean, SparseSegmentMeanWithNumSegments.
    """
    if num_segments is None:
        return sparse_segment_mean(data, indices, segment_ids, bool(sparse_gradient), name)
    return sparse_segment_mean_with_num_segments(
        data, indices, segment_ids, num_segments, bool(sparse_gradient), name
    )


def segment_sqrt_n(
    data: Any,
    indices: Any,
    segment_ids: Any,
    num_segments: Any = None,
    name: str | None = None,
    sparse_gradient: bool = False,
) -> Tensor:
    """The sums of the rows of `data` at `indices` that belong together, by the root of their
    number.

    data: floats. Other arguments as in `tf.sparse.segment_sum`.

    >>> tf.sparse.segment_sqrt_n([2., 3.], [0, 0, 0, 0], [0, 0, 0, 0]).numpy()
    array([4.], dtype=float32)

    Ops: SparseSegmentSqrtN, SparseSegmentSqrtNWithNumSegments.
    """
    if num_segments is None:
        return sparse_segment_sqrt_n(data, indices, segment_ids, bool(sparse_gradient), name)
    return sparse_segment_sqrt_n_with_num_segments(
        data, indices, segment_ids, num_segments, bool(sparse_gradient), name
    )


# ---- kernels -------------------------------------------------------------------------------------


def _rows_left(
    data: TensorShape, indices: TensorShape, ids: TensorShape, *more: Any
) -> TensorShape:
    if data.rank == 0:
        raise ShapeError(
            "Shape must be at least rank 1", "Shape must be at least rank 1 but is rank 0"
        )
    for what, shape in (("indices", indices), ("segment_ids", ids)):
        if shape.rank not in (None, 1):
            raise ShapeError(
                f"{what} should be a vector.", f"Shape must be rank 1 but is rank {shape.rank}"
            )
    if indices.rank and ids.rank and None not in (indices[0], ids[0]) and indices[0] != ids[0]:
        raise ShapeError("segment_ids and indices should have same size.")
    count = more[0] if len(more) == 2 else None
    if count is not None and type(count) is not int:
        raise ShapeError(f"num_segments should be a scalar, not shape [{len(count)}]")
    if count is not None and count < 0:
        raise ShapeError("segment ids must be >= 0")
    return unknown if data.rank is None else TensorShape([count, *data[1:]])


def _checked(data: np.ndarray, indices: np.ndarray, ids: np.ndarray, count: Any) -> int:
    """How many rows the result has; raises where the arguments do not fit."""
    shapes = [TensorShape(x.shape) for x in (data, indices, ids)]
    _rows_left(*shapes, *([] if count is None else [count, None]))
    if ids.size:
        if (np.diff(ids) < 0).any():
            raise ValueError("segment ids are not increasing")
        if ids[0] < 0:
            raise ValueError("segment ids must be >= 0")
        if count is not None and ids[-1] >= count:
            raise ValueError("segment ids must be < num_segments")
        wrong = (indices < 0) | (indices >= len(data))
        if wrong.any():
            at = int(np.argmax(wrong))
            raise ValueError(f"Bad: indices[{at}] == {indices[at]} out of range [0, {len(data)})")
    return (int(ids[-1]) + 1 if ids.size else 0) if count is None else count


def _on_host(data: Any, indices: Any, ids: Any, count: Any, divisor: Callable | None) -> np.ndarray:
    """The rows folded; `divisor` says by what, from how many there are."""
    data, indices, ids = np.asarray(data), np.asarray(indices), np.asarray(ids)
    rows = _checked(data, indices, ids, count)
    if not divisor:
        return _sums(data, indices, ids, rows)
    wide = np.float32 if data.dtype.itemsize == 2 else data.dtype
    total = _sums(data.astype(wide, copy=False), indices, ids, rows)
    counts = np.maximum(np.bincount(ids.astype(np.int64), minlength=rows), 1).astype(wide)
    share = (1 / divisor(counts)).reshape((-1,) + (1,) * (data.ndim - 1))
    return (total * share).astype(data.dtype)


# How many numbers are worth SciPy, whose import takes 0.1 s.
_MANY = 2**18


def _sums(data: np.ndarray, indices: np.ndarray, ids: np.ndarray, rows: int) -> np.ndarray:
    """The sums of the rows looked up; many as the product with a sparse matrix of ones, which looks
    up and adds in one go.
    """
    length = data[:1].size
    if indices.size * length < _MANY or data.dtype.char not in "fd":
        return _folded(np.add, data[indices], ids, rows, 0)
    from scipy.sparse import csr_array

    ends = np.searchsorted(ids, np.arange(rows + 1))
    ones = np.ones(indices.size, data.dtype)
    chosen = csr_array((ones, indices, ends), shape=(rows, len(data)))
    return (chosen @ data.reshape(len(data), -1)).reshape((rows, *data.shape[1:]))


def _under_xla(data: Any, indices: Any, ids: Any, count: int, divisor: Callable | None) -> Any:
    np_ = xp(data)
    out = np_.zeros((count, *data.shape[1:]), data.dtype).at[ids].add(data[indices], mode="drop")
    if not divisor:
        return out
    counts = np_.maximum(np_.zeros(count, data.dtype).at[ids].add(1, mode="drop"), 1)
    return out * (1 / divisor(counts)).reshape((-1,) + (1,) * (data.ndim - 1))


def _is_fine(data: Any, indices: Any, segment_ids: Any, num_segments: int, *_: Any) -> Any:
    np_ = xp(data)
    return (
        ((indices >= 0) & (indices < data.shape[0])).all()
        & ((segment_ids >= 0) & (segment_ids < num_segments)).all()
        & (np_.diff(segment_ids) >= 0).all()
    )


def _root(counts: Any) -> Any:
    return xp(counts).sqrt(counts)


def _same(counts: Any) -> Any:
    return counts


def _back(
    dz: Tensor, data: Tensor, indices: Tensor, ids: Tensor, is_sparse: bool, divisor: Any
) -> Any:
    """The gradient for `data`: of each row looked up that of its group, shared out."""
    if divisor:
        rows = dims(dz)[0]
        counts = unsorted_segment_sum(ones_like(indices, dz.dtype), ids, rows)
        rank = dz.shape.rank
        if rank is None:
            raise NotImplementedError(
                "The gradient of a mean of segments needs the rank of the data to be known."
            )
        by = divisor(maximum(counts, convert(1, dz.dtype)))
        dz = dz / reshape_op(by, (-1,) + (1,) * (rank - 1))
    back = gather_op(dz, ids, 0)
    if is_sparse:
        return IndexedSlices(back, indices, shape_op(data, int32))
    return unsorted_segment_sum(back, indices, dims(data)[0])


# ---- the ops -------------------------------------------------------------------------------------


@op("SparseSegmentSum", shape=_rows_left, cost="host")
def sparse_segment_sum(
    data: Tensor,
    indices: Tensor,
    segment_ids: Tensor,
    sparse_gradient: bool = False,
    name: str | None = None,
) -> Tensor:
    """Sums, in as many rows as the last id says."""
    return _on_host(data, indices, segment_ids, None, None)


@op("SparseSegmentMean", shape=_rows_left, cost="host")
def sparse_segment_mean(
    data: Tensor,
    indices: Tensor,
    segment_ids: Tensor,
    sparse_gradient: bool = False,
    name: str | None = None,
) -> Tensor:
    """Means, in as many rows as the last id says."""
    return _on_host(data, indices, segment_ids, None, _same)


@op("SparseSegmentSqrtN", shape=_rows_left, cost="host")
def sparse_segment_sqrt_n(
    data: Tensor,
    indices: Tensor,
    segment_ids: Tensor,
    sparse_gradient: bool = False,
    name: str | None = None,
) -> Tensor:
    """Sums by the roots of their numbers, in as many rows as the last id says."""
    return _on_host(data, indices, segment_ids, None, _root)


@op("SparseSegmentSumWithNumSegments", shape=_rows_left, cost="host")
def sparse_segment_sum_with_num_segments(
    data: Tensor,
    indices: Tensor,
    segment_ids: Tensor,
    num_segments: Static,
    sparse_gradient: bool = False,
    name: str | None = None,
) -> Tensor:
    """Sums, in `num_segments` rows."""
    return _under_xla(data, indices, segment_ids, num_segments, None)


@op("SparseSegmentMeanWithNumSegments", shape=_rows_left, cost="host")
def sparse_segment_mean_with_num_segments(
    data: Tensor,
    indices: Tensor,
    segment_ids: Tensor,
    num_segments: Static,
    sparse_gradient: bool = False,
    name: str | None = None,
) -> Tensor:
    """Means, in `num_segments` rows."""
    return _under_xla(data, indices, segment_ids, num_segments, _same)


@op("SparseSegmentSqrtNWithNumSegments", shape=_rows_left, cost="host")
def sparse_segment_sqrt_n_with_num_segments(
    data: Tensor,
    indices: Tensor,
    segment_ids: Tensor,
    num_segments: Static,
    sparse_gradient: bool = False,
    name: str | None = None,
) -> Tensor:
    """Sums by the roots of their numbers, in `num_segments` rows."""
    return _under_xla(data, indices, segment_ids, num_segments, _root)


def _completed(door: FrontDoor, counted: FrontDoor, divisor: Any, by: Any) -> None:
    """Gives two ops that differ in `num_segments` their kernels, checks and gradients."""

    def on_host(data, indices, segment_ids, num_segments, sparse_gradient):
        return _on_host(data, indices, segment_ids, num_segments, divisor)

    def rule(dz, data, indices, segment_ids, sparse_gradient):
        return _back(dz, data, indices, segment_ids, sparse_gradient, by), None, None

    counted.kernel("host")(on_host)  # type: ignore[attr-defined]
    counted.check(_is_fine)  # type: ignore[attr-defined]
    door.gradient(rule)
    counted.gradient(rule)


_completed(sparse_segment_sum, sparse_segment_sum_with_num_segments, None, None)
_completed(sparse_segment_mean, sparse_segment_mean_with_num_segments, _same, lambda n: n)
_completed(sparse_segment_sqrt_n, sparse_segment_sqrt_n_with_num_segments, _root, sqrt)
