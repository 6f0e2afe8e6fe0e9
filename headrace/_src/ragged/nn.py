"""What neural networks do to ragged tensors: embeddings, softmax, dropout, sums of several.

The one idea: rows are segments. An embedding looks up flat ids and keeps the rows; one that folds
them folds by the row of each id; a softmax divides each exponential by the sum of its row. What
looks at one element at a time is a matter of the flat values.

Read next: ragged/reductions.py, ragged/matmul.py.
"""

from typing import Any

from headrace._src.core.dtypes import int32, int64
from headrace._src.ops import activations, embedding, nn, scan, sums
from headrace._src.ops import dropout as dropouts
from headrace._src.ops.array import dims, reshape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.debugging import assert_equal
from headrace._src.ops.dispatch import serve
from headrace._src.ops.gather import gather_op
from headrace._src.ops.powers import exp
from headrace._src.ops.segment import unsorted_segment_max, unsorted_segment_sum
from headrace._src.ops.sparse_tensor import SparseTensor
from headrace._src.ragged.elementwise import with_flat_values
from headrace._src.ragged.ragged_tensor import RaggedTensor, checked_axis
from headrace._src.ragged.reductions import MAX, SUM, reduced

# ---- embeddings ----------------------------------------------------------------------------------


@serve(RaggedTensor, nn.embedding_lookup)
def embedding_lookup(
    params: Any, ids: Any, max_norm: float | None = None, name: str | None = None
) -> Any:
    """The rows of a table, by ragged ids.

    Raises ValueError without a table and for ids that are no integers.
    """
    if params is None:
        raise ValueError("params must be specified.")
    if isinstance(params, (list, tuple)) and not params:
        raise ValueError("params should not be empty.")
    if not isinstance(ids, RaggedTensor):
        return NotImplemented
    if ids.dtype not in (int32, int64):
        raise ValueError(
            f"The values contained by the inputs have type {ids.dtype!s} and cannot be processed. "
            "All values should be indices, either of type `int32` or `int64`."
        )
    return with_flat_values(ids, nn.embedding_lookup(params, ids.flat_values, max_norm, name))


@serve(RaggedTensor, embedding.embedding_lookup_sparse)
def embedding_lookup_sparse(
    params: Any,
    sp_ids: Any,
    sp_weights: Any,
    combiner: str | None = None,
    max_norm: float | None = None,
    name: str | None = None,
    allow_fast_lookup: bool = False,
) -> Any:
    """For each row of ids the rows of a table with these, folded into one.

    Raises TypeError where only one of ids and weights is ragged.
    """
    del allow_fast_lookup  # the result is the same
    if not isinstance(sp_ids, RaggedTensor):
        return NotImplemented
    if sp_weights is not None and not isinstance(sp_weights, RaggedTensor):
        raise TypeError(
            f"sp_ids must be of the same type as sp_weights, received {type(sp_ids).__name__!r} "
            f"for sp_ids and {type(sp_weights).__name__!r} for sp_weights."
        )
    if isinstance(params, (list, tuple)) and not params:
        raise ValueError("Length of params is currently 0. Need at least one param.")
    weights = None if sp_weights is None else sp_weights.flat_values
    groups = cast(sp_ids.value_rowids(), int32)
    tables = embedding.tables_of(params)
    return embedding.folded(tables, sp_ids.flat_values, groups, weights, combiner, max_norm, name)


@serve(RaggedTensor, embedding.safe_embedding_lookup_sparse)
def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: Any,
    sparse_weights: Any = None,
    combiner: str = "mean",
    default_id: int | None = None,
    max_norm: float | None = None,
    name: str | None = None,
    allow_fast_lookup: bool = False,
) -> Any:
    """The same for ids of which some are missing or negative."""

    def sparse(x: Any) -> SparseTensor:
        return x.to_sparse() if isinstance(x, RaggedTensor) else x

    return embedding.safe_embedding_lookup_sparse(
        embedding_weights,
        sparse(sparse_ids),
        sparse(sparse_weights),
        combiner,
        default_id,
        max_norm,
        name,
        allow_fast_lookup,
    )


# ---- softmax and dropout -------------------------------------------------------------------------


@serve(RaggedTensor, activations.softmax)
def softmax(logits: Any, axis: Any = None, name: str | None = None) -> Any:
    """The exponentials along an axis as parts of their sum."""
    place = checked_axis(-1 if axis is None else axis, logits.shape.rank, "rank(logits)")
    if not isinstance(logits, RaggedTensor):
        return NotImplemented
    if place > 1:
        return logits.with_values(activations.softmax(logits.values, place - 1, name))
    if place == 0 or isinstance(logits.values, RaggedTensor):
        powers = exp(logits - reduced(MAX, logits, place, keepdims=True))
        return powers / reduced(SUM, powers, place, keepdims=True)
    rows, count = logits._row_partition.value_rowids(), logits._row_partition.nrows()
    values = logits.values
    powers = exp(values - gather_op(unsorted_segment_max(values, rows, count), rows, 0))
    totals = unsorted_segment_sum(powers, rows, count)
    return logits.with_values(powers / gather_op(totals, rows, 0))


def _check_noise(noise_shape: Any) -> None:
    if noise_shape is not None:
        raise ValueError("noise_shape is not supported yet for RaggedTensor x")


@serve(RaggedTensor, dropouts.dropout)
def dropout(
    x: Any, rate: Any, noise_shape: Any = None, seed: Any = None, name: str | None = None
) -> RaggedTensor:
    """The values with some set to 0 at random; ValueError for a `noise_shape`."""
    _check_noise(noise_shape)
    return with_flat_values(x, dropouts.dropout(x.flat_values, rate, None, seed, name))


@serve(RaggedTensor, dropouts.stateless_dropout)
def stateless_dropout(
    x: Any,
    rate: Any,
    seed: Any,
    rng_alg: Any = None,
    noise_shape: Any = None,
    name: str | None = None,
) -> RaggedTensor:
    """The same with noise that depends on nothing but `seed`."""
    _check_noise(noise_shape)
    found = dropouts.stateless_dropout(x.flat_values, rate, seed, rng_alg, None, name)
    return with_flat_values(x, found)


# ---- sums ----------------------------------------------------------------------------------------


@serve(RaggedTensor, sums.add_n)
def add_n(inputs: Any, name: str | None = None) -> Any:
    """The sum of values, ragged ones of the same rows; a tensor goes with the flat values.

    Raises ValueError for partitions of another number or dtype,
    tf.errors.InvalidArgumentError for rows that differ.
    """
    ragged = [x for x in inputs if isinstance(x, RaggedTensor)]
    if not ragged:
        return NotImplemented
    first = ragged[0]
    if any(x.ragged_rank != first.ragged_rank for x in ragged):
        raise ValueError("All ragged inputs must have the same ragged_rank.")
    if any(x.row_splits.dtype is not first.row_splits.dtype for x in ragged):
        raise ValueError(
            "Input RaggedTensors have mismatched row partition dtypes; use "
            "RaggedTensor.with_row_splits_dtype() to convert them to compatible dtypes."
        )
    for x in ragged[1:]:
        check_same_rows(first, x)
    flat = [x.flat_values if isinstance(x, RaggedTensor) else x for x in inputs]
    return with_flat_values(first, sums.add_n(flat, name))


def check_same_rows(x: RaggedTensor, y: RaggedTensor) -> None:
    """Raises tf.errors.InvalidArgumentError where two ragged tensors are not cut alike."""
    told = "RowPartition._merge_precomputed_encodings: partitions have incompatible row_splits"
    for mine, theirs in zip(x.nested_row_splits, y.nested_row_splits, strict=True):
        if mine is not theirs:
            assert_equal(mine, theirs, told)


@serve(RaggedTensor, scan.cumsum)
def cumsum(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> RaggedTensor:
    """Running sums along an axis; along the first, of the elements at one place in the rows."""
    place = checked_axis(axis, x.shape.rank, "rank(x)")
    # A reshape between makes the gradient a tensor, not slices of one, as in TensorFlow.
    flat = reshape_op(x.flat_values, dims(x.flat_values))
    padded = with_flat_values(x, flat).to_tensor()
    padded = scan.cumsum(padded, place, exclusive, reverse, name)
    lengths = x.nested_row_lengths()
    return RaggedTensor.from_tensor(padded, lengths, row_splits_dtype=x.row_splits.dtype)
