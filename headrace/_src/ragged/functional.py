"""`tf.ragged.map_flat_values`, and `tf.ragged.stack_dynamic_partitions`.

The one idea: what works on each value needs to see nothing but the flat values; the rows stay, once
it is certain that all that go in are cut alike.

Read next: ragged/ragged_tensor.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core.dtypes import int32, int64
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.ops.array import reshape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.debugging import assert_less, assert_non_negative
from headrace._src.ops.gather import gather
from headrace._src.ops.sort import argsort
from headrace._src.ragged.merging import merged
from headrace._src.ragged.ragged_tensor import RaggedTensor, as_values, scope


def map_flat_values(op: Callable, *args: Any, **kwargs: Any) -> Any:
    """What `op` makes of the flat values, in the rows of the ragged arguments.

    op: a function that keeps the number of values. args, kwargs: its arguments, of which ragged
    tensors, also in lists, are replaced by their flat values; all must have the same rows.

    >>> x = tf.ragged.constant([[1, 2, 3], [], [4, 5], [6]])
    >>> tf.ragged.map_flat_values(tf.multiply, x, x)
    <tf.RaggedTensor [[1, 4, 9], [], [16, 25], [36]]>

    Raises ValueError where rows or numbers of values do not fit,
    tf.errors.InvalidArgumentError where the values say so.
    """
    found: list[RaggedTensor] = []
    flat_args = _flat(args, found)
    flat_kwargs = _flat(kwargs, found)
    if not found:
        return op(*args, **kwargs)
    if len({x._row_partition.dtype for x in found}) > 1:
        raise ValueError(
            "Input RaggedTensors have mismatched row partition dtypes; use "
            "RaggedTensor.with_row_splits_dtype() to convert them to compatible dtypes."
        )
    sizes = {x.flat_values.shape[0] for x in found if x.flat_values.shape.rank} - {None}
    if len(sizes) > 1:
        raise ValueError(
            "Input RaggedTensors' flat_values must all have the same outer-dimension size.  Got "
            f"sizes: {sizes}"
        )
    partitions = _merged_partitions(found)
    size = sizes.pop() if sizes else None
    values = op(*flat_args, **flat_kwargs)
    if values.shape.rank == 0 or not values.shape[:1].is_compatible_with(TensorShape([size])):
        raise ValueError(
            "tf.ragged.map_flat_values requires that the output of `op` have the same "
            "outer-dimension size as flat_values of any ragged inputs. (output shape: "
            f"{values.shape}; expected outer dimension size: {size})"
        )
    for partition in reversed(partitions):
        values = RaggedTensor._from_row_partition(values, partition, validate=False)
    return values


def _flat(value: Any, found: list[RaggedTensor]) -> Any:
    """A structure with the flat values of its ragged tensors, which are put into `found`."""
    if isinstance(value, RaggedTensor):
        found.append(value)
        return value.flat_values
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return type(value)(_flat(item, found) for item in value)
    if type(value) is dict:
        return {key: _flat(item, found) for key, item in value.items()}
    return value


def _merged_partitions(found: list[RaggedTensor]) -> list[Any]:
    nested = [x._nested_row_partitions for x in found]
    if len({len(each) for each in nested}) > 1:
        raise ValueError("All ragged inputs must have the same ragged_rank.")
    merged_ones = list(nested[0])
    for other in nested[1:]:
        merged_ones = [
            mine._merge_precomputed_encodings(theirs)
            for mine, theirs in zip(merged_ones, other, strict=True)
        ]
    return merged_ones


def stack_dynamic_partitions(
    data: Any, partitions: Any, num_partitions: Any, name: str | None = None
) -> RaggedTensor:
    """A ragged tensor whose row i has the elements of `data` whose partition is i, in their order.

    data: a tensor or ragged tensor. partitions: integers in [0, num_partitions), of the shape of
    the first dimensions of `data`. num_partitions: a scalar.

    >>> tf.ragged.stack_dynamic_partitions([1, 2, 3, 4], [1, 0, 1, 3], num_partitions=4)
    <tf.RaggedTensor [[2], [1, 3], [], [4]]>

    Raises tf.errors.InvalidArgumentError for a partition out of range.
    """
    with scope(name, "SegmentStack"):
        data = as_values(data)
        partitions = partitions if isinstance(partitions, RaggedTensor) else convert(partitions)
        count = convert(num_partitions, None, partitions.dtype)
        if partitions.shape.rank is None:
            raise ValueError("partitions must have known rank.")
        count.shape.assert_has_rank(0)
        partitions.shape.assert_is_compatible_with(data.shape[: partitions.shape.rank])
        data, partitions = _as_list(data, partitions)
        if partitions.dtype not in (int32, int64):
            raise ValueError("value_rowids must have dtype int32 or int64")
        count = cast(count, partitions.dtype)
        order = argsort(partitions, stable=True)
        rowids = gather(partitions, order)
        _check_range(rowids, count)
        if isinstance(data, RaggedTensor):
            splits_dtype = data.row_splits.dtype
            rowids, count = cast(rowids, splits_dtype), cast(count, splits_dtype)
        return RaggedTensor.from_value_rowids(gather(data, order), rowids, count, validate=False)


def _as_list(data: Any, partitions: Any) -> tuple[Any, Tensor]:
    """Elements and partitions along one dimension."""
    rank = partitions.shape.rank
    if rank == 0:
        inner = data.shape.as_list()
        return reshape_op(data, [1, *inner]), reshape_op(partitions, (1,))
    if rank > 1:
        return merged(data, 0, rank - 1), merged(partitions, 0, rank - 1)
    return data, partitions


def _check_range(rowids: Tensor, count: Tensor) -> None:
    known, most = known_value(rowids), known_value(count)
    if known is not None and most is not None and ((known >= 0) & (known < most)).all():
        return
    assert_non_negative(rowids[:1], "partitions must be non-negative.")
    assert_less(rowids[-1:], count, "partitions must be less than num_partitions")
