"""Row splits as the numbers of rows, and back: what the segment ops want and what ragged has.

Read next: ragged/row_partition.py.
"""

from typing import Any

from headrace._src.core.dtypes import as_dtype, int32, int64
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import fill
from headrace._src.ops.joining import concat
from headrace._src.ops.reduce import reduce_max
from headrace._src.ragged.ragged_tensor import scope
from headrace._src.ragged.row_partition import RowPartition, counts, ends


def row_splits_to_segment_ids(splits: Any, name: str | None = None, out_type: Any = None) -> Tensor:
    """The number of the row of each value.

    splits: integers [nrows + 1], where the rows begin and the last one ends. out_type: the dtype
    of the result, by default that of `splits`.

    >>> tf.ragged.row_splits_to_segment_ids([0, 3, 3, 5, 6]).numpy()
    array([0, 0, 0, 2, 2, 3])

    Raises ValueError for splits that are no vector, empty or no integers.
    """
    with scope(name, "RaggedSplitsToSegmentIds"):
        kind = None if out_type is None else as_dtype(out_type)
        splits = convert(splits, None, int64)
        if splits.dtype not in (int32, int64):
            raise ValueError("splits must have dtype int32 or int64")
        splits.shape.assert_has_rank(1)
        if splits.shape[0] == 0:
            raise ValueError("Invalid row_splits: []")
        ids = RowPartition.from_row_splits(splits, validate=False).value_rowids()
        return ids if kind in (None, ids.dtype) else cast(ids, kind)


def segment_ids_to_row_splits(
    segment_ids: Any, num_segments: Any = None, out_type: Any = None, name: str | None = None
) -> Tensor:
    """Where rows begin and the last one ends, from the row of each value.

    segment_ids: integers [nvals], ascending. num_segments: how many rows there are, up to the last
    that has a value by default. out_type: the dtype of the result.

    >>> tf.ragged.segment_ids_to_row_splits([0, 0, 0, 2, 2, 3, 4, 4, 4]).numpy()
    array([0, 3, 3, 5, 6, 9])

    Raises TypeError where they are no integers, tf.errors.InvalidArgumentError for negative ones.
    """
    with scope(name, "SegmentIdsToRaggedSplits"):
        kind = None if out_type is None else as_dtype(out_type)
        segment_ids = convert(segment_ids, None, int64)
        if not segment_ids.dtype.is_integer:
            raise TypeError(
                "Argument `tensor` (name: segment_ids) must be of type integer. Received `tensor` "
                f"= {segment_ids.numpy()} of dtype: <dtype: '{segment_ids.dtype.name}'>"
            )
        segment_ids.shape.assert_has_rank(1)
        if kind is None and isinstance(num_segments, Tensor):
            kind = num_segments.dtype
        kind = segment_ids.dtype if kind is None else kind
        segment_ids = cast(segment_ids, kind)
        if num_segments is None:
            count = reduce_max(concat([fill((1,), convert(-1, kind)), segment_ids], 0)) + 1
        else:
            count = cast(convert(num_segments), kind)
            count.shape.assert_has_rank(0)
        return ends(counts(segment_ids, count))
