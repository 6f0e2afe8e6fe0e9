"""Rows of a table by the ids of a sparse tensor, folded into one for each of its rows.

The one idea: the ids of a row belong together, so it is a segment sum, mean or sum by the root of
the number, with or without weights. What is folded are the rows that occur, each looked up once; so
the gradient for the table is an `IndexedSlices` of these, however large the table is.

Read next: ops/sparse_segment.py, ops/nn.py (`embedding_lookup`).
"""

from typing import Any

from headrace._src.core.dtypes import int32
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.array import dims, rank_op, reshape_op, shape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import fill, zeros_like
from headrace._src.ops.gather import gather_op
from headrace._src.ops.joining import concat
from headrace._src.ops.math import divide_no_nan, square
from headrace._src.ops.nn import embedding_lookup
from headrace._src.ops.powers import sqrt
from headrace._src.ops.reduce import reduce_prod
from headrace._src.ops.segment import segment_sum as sorted_segment_sum
from headrace._src.ops.select import select
from headrace._src.ops.sparse_joining import fill_empty_rows
from headrace._src.ops.sparse_segment import segment_mean, segment_sqrt_n, segment_sum
from headrace._src.ops.sparse_structure import reshape as sparse_reshape
from headrace._src.ops.sparse_structure import retain
from headrace._src.ops.sparse_tensor import SparseTensor
from headrace._src.ops.unique import unique

_FOLDS = {"mean": segment_mean, "sqrtn": segment_sqrt_n, "sum": segment_sum}


def embedding_lookup_sparse(
    params: Any,
    sp_ids: SparseTensor,
    sp_weights: SparseTensor | None,
    combiner: str | None = None,
    max_norm: float | None = None,
    name: str | None = None,
    allow_fast_lookup: bool = False,
) -> Tensor:
    """For each row of `sp_ids` the rows of `params` with these ids, folded into one.

    params: a table, or a list of its parts, as in `tf.nn.embedding_lookup`. sp_ids: a
    `SparseTensor` [rows, ids] of integers with its rows in order. sp_weights: a weight for each id
    at the same positions, or None for ones. combiner: "sum", "mean" (the default; by the sum of the
    weights) or "sqrtn" (by the root of the sum of their squares). max_norm: how long a row of the
    table may be; longer ones are shortened. allow_fast_lookup: changes nothing, as the result
    is the same. Without any id, the last rows are missing.

    >>> ids = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [0, 2, 1], [2, 2])
    >>> tf.nn.embedding_lookup_sparse([[1.], [2.], [3.]], ids, None, combiner="sum").numpy()
    array([[4.],
           [2.]], dtype=float32)

    Raises TypeError where ids or weights are not sparse, ValueError for another combiner,
    tf.errors.InvalidArgumentError for an id out of range.
    """
    del allow_fast_lookup
    tables = tables_of(params)
    if not isinstance(sp_ids, SparseTensor):
        raise TypeError(f"sp_ids must be SparseTensor, got {type(sp_ids)}")
    if sp_weights is not None:
        if not isinstance(sp_weights, SparseTensor):
            raise TypeError(
                f"sp_weights must be either None or SparseTensor,got {type(sp_weights)}"
            )
        for part in ("values", "indices", "dense_shape"):
            mine, theirs = getattr(sp_ids, part), getattr(sp_weights, part)
            mine.shape.assert_is_compatible_with(theirs.shape)
    weights = None if sp_weights is None else sp_weights.values
    groups = cast(sp_ids.indices[:, 0], int32)
    return folded(tables, sp_ids.values, groups, weights, combiner, max_norm, name)


def folded(
    tables: list,
    ids: Tensor,
    groups: Tensor,
    weights: Tensor | None,
    combiner: str | None,
    max_norm: float | None,
    name: str | None = None,
) -> Tensor:
    """The rows with these `ids`, folded with those of the same group; `groups` ascend.

    Raises ValueError for an unknown combiner.
    """
    combiner = combiner or "mean"
    if combiner not in _FOLDS:
        raise ValueError(f"combiner must be one of 'mean', 'sqrtn' or 'sum', got {combiner}")
    # Each row is looked up once, so that it stands once in the gradient for the table.
    ids, which = unique(ids)
    rows = embedding_lookup(tables, ids, max_norm)
    if weights is None:
        return _FOLDS[combiner](rows, which, groups, name=name)
    weights = cast(weights, rows.dtype)
    total = sorted_segment_sum(gather_op(rows, which, 0) * _beside(weights, rows), groups)
    if combiner == "sum":
        return total
    if combiner == "mean":
        return divide_no_nan(total, _beside(sorted_segment_sum(weights, groups), rows))
    squares = sorted_segment_sum(square(weights), groups)
    return divide_no_nan(total, _beside(sqrt(squares), rows))


def tables_of(params: Any) -> list:
    """The parts of a table; a list of numbers is one table."""
    is_list = isinstance(params, (list, tuple)) and any(
        hasattr(type(part), "dtype") for part in params
    )
    return list(params) if is_list else [params]


def _beside(vector: Tensor, rows: Tensor) -> Tensor:
    """A vector shaped to multiply rows."""
    rank = rows.shape.rank
    if rank is None:
        ones = fill(reshape_op(rank_op(rows) - 1, (1,)), 1)
        return reshape_op(vector, concat([shape_op(vector), ones], 0))
    return reshape_op(vector, (-1,) + (1,) * (rank - 1))


def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: SparseTensor,
    sparse_weights: SparseTensor | None = None,
    combiner: str = "mean",
    default_id: int | None = None,
    max_norm: float | None = None,
    name: str | None = None,
    allow_fast_lookup: bool = False,
) -> Tensor:
    """As `tf.nn.embedding_lookup_sparse`, for ids of which some are missing or negative.

    sparse_ids: of any rank >= 2; the last axis is folded. Negative ids are left out and, but for
    "sum", so are those with weights that are not positive. default_id: what stands for a row
    without any id; by default the result is zero there.

    >>> ids = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [0, 2, -1], [3, 2])
    >>> tf.nn.safe_embedding_lookup_sparse(tf.constant([[1.], [2.], [3.]]), ids).numpy()
    array([[2.],
           [0.],
           [0.]], dtype=float32)

    Raises ValueError without a table.
    """
    if embedding_weights is None or (
        isinstance(embedding_weights, (list, tuple)) and not embedding_weights
    ):
        raise ValueError(f"Missing embedding_weights {embedding_weights}.")
    lead = sparse_ids.dense_shape[:-1]
    flat = concat([reshape_op(reduce_prod(lead), (1,)), sparse_ids.dense_shape[-1:]], 0)
    ids = sparse_reshape(sparse_ids, flat)
    weights = None
    if sparse_weights is not None:
        weights = SparseTensor(ids.indices, sparse_weights.values, ids.dense_shape)
    ids, weights = _pruned(ids, weights, ids.values >= convert(0, ids.dtype))
    if combiner != "sum" and weights is not None:
        ids, weights = _pruned(ids, weights, weights.values > convert(0, weights.dtype))
    ids, is_empty = fill_empty_rows(ids, default_id or 0)
    if weights is not None:
        weights, _ = fill_empty_rows(weights, 1.0)
    found = embedding_lookup_sparse(
        embedding_weights, ids, weights, combiner, max_norm, name, allow_fast_lookup
    )
    if default_id is None:
        found = select(_beside(is_empty, found), zeros_like(found), found)
    if sparse_ids.shape.rank == 2:
        return found
    rest: Any = dims(found)
    rest = rest[1:] if type(rest) is tuple else shape_op(found)[1:]
    return reshape_op(found, concat([cast(lead, int32), convert(rest, int32)], 0))


def _pruned(
    ids: SparseTensor, weights: SparseTensor | None, kept: Tensor
) -> tuple[SparseTensor, SparseTensor | None]:
    return retain(ids, kept), None if weights is None else retain(weights, kept)
