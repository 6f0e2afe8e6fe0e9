"""`tf.gather`, `gather_nd`, `boolean_mask` and `dynamic_partition` of ragged tensors.

The one idea: a place in a row is a place among all values, once the start of the row is added. So
whatever is wanted in which dimension becomes a list of numbers of values, and they are taken at
once; ragged values by op RaggedGather, which does the same for all dimensions further in.

As in TensorFlow a place beyond its row is not refused: it is a value of a row that follows.

Read next: ops/ragged_gather.py, ragged/getitem.py.
"""

from typing import Any

from headrace._src.core.dtypes import bool as bool_
from headrace._src.core.dtypes import int32, int64
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.ops import gather as dense
from headrace._src.ops import scatter, select, unique
from headrace._src.ops.array import expand_dims_op, reshape_op, shape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import zeros
from headrace._src.ops.debugging import assert_equal, assert_less
from headrace._src.ops.dispatch import serve
from headrace._src.ops.gather import gather_op
from headrace._src.ops.joining import concat
from headrace._src.ops.ragged_gather import ragged_gather
from headrace._src.ops.ranges import range as range_of
from headrace._src.ops.reduce import reduce_max
from headrace._src.ops.scan import cumsum
from headrace._src.ops.select import where_op
from headrace._src.ragged.broadcasting import broadcast_dynamic_shape, broadcast_to
from headrace._src.ragged.dynamic_shape import DynamicRaggedShape
from headrace._src.ragged.elementwise import have_same_rows, splits_dtype, with_flat_values
from headrace._src.ragged.ragged_tensor import RaggedTensor, as_values, checked_axis, count_of
from headrace._src.ragged.row_partition import RowPartition

# ---- gather --------------------------------------------------------------------------------------


@serve(RaggedTensor, dense.gather)
def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: Any = None,
    batch_dims: int = 0,
    name: str | None = None,
) -> Any:
    """What is in `params` along `axis` at `indices`; either or both may be ragged.

    Raises ValueError for an axis or a number of batch dimensions that there is not,
    tf.errors.InvalidArgumentError for a row that there is not.
    """
    del validate_indices, name
    params, indices = as_values(params), as_values(indices)
    splits_dtype(params, indices)
    rank, places = params.shape.rank, indices.shape.rank
    if batch_dims < 0:
        if places is None:
            raise ValueError("batch_dims may only be negative if rank(indices) is statically known")
        batch_dims += places
    if rank is not None and batch_dims >= rank:
        raise ValueError("batch_dims must be less than rank(params)")
    axis = batch_dims if axis is None else checked_axis(axis, rank, "rank(params)")
    if axis < batch_dims:
        raise ValueError("axis must be greater than or equal to batch_dims")
    if not params.shape[:batch_dims].is_compatible_with(indices.shape[:batch_dims]):
        raise ValueError(
            f"batch shape from indices {indices.shape[:batch_dims]} does not match params shape "
            f"{params.shape}"
        )
    return _gathered(params, indices, axis, batch_dims)


def _gathered(params: Any, indices: Any, axis: int, batch_dims: int) -> Any:
    if isinstance(params, Tensor) and isinstance(indices, Tensor):
        return gather_op(params, indices, axis, batch_dims)
    if batch_dims:
        return _by_rows(params, indices, axis, batch_dims)
    if axis == 0:
        return rows_at(params, indices)
    # The rows of an outer dimension, one after the other, and the same cut as before.
    values, starts, count = _rows(params)
    if axis > 1:
        return _cut_like(params, _gathered(values, indices, axis - 1, 0))
    if isinstance(indices, Tensor):
        shape = [-1] + [1] * (indices.shape.rank or 0)
        return rows_at(values, cast(indices, starts.dtype) + reshape_op(starts, shape))
    return _everywhere(values, starts, count, indices)


def _everywhere(values: Any, starts: Tensor, count: Tensor, indices: RaggedTensor) -> RaggedTensor:
    """The same ragged indices in each of `count` rows."""
    flat = cast(indices.flat_values, starts.dtype)
    size = cast(shape_op(flat)[0], starts.dtype)
    number = range_of(count * size, dtype=starts.dtype)
    at = gather_op(flat, number % size, 0) + gather_op(starts, number // size, 0)
    rows = indices.nrows()
    parts = []
    items = range_of(count * rows, dtype=starts.dtype)
    for part in indices._nested_row_partitions:
        inner = part.nrows()
        parts.append(
            RowPartition.from_row_lengths(
                gather_op(part.row_lengths(), items % inner, 0), validate=False
            )
        )
        items = range_of(parts[-1].nvals(), dtype=starts.dtype)
    found = rows_at(values, at)
    for part in reversed(parts):
        found = RaggedTensor._from_row_partition(found, part, validate=False)
    return RaggedTensor.from_uniform_row_length(found, rows, nrows=count, validate=False)


def rows_at(x: Any, indices: Any) -> Any:
    """The rows of `x` at `indices`; any of both may be ragged."""
    if isinstance(indices, RaggedTensor):
        return indices.with_values(rows_at(x, indices.values))
    if isinstance(x, Tensor):
        return gather_op(x, indices, 0)
    if indices.shape.rank is None:
        raise ValueError("rank(indices) must be known statically")
    depth = x.ragged_rank + indices.shape.rank - 1
    if indices.shape.rank == 0:
        return rows_at(x, reshape_op(indices, (1,))).values
    *splits, values = _flattened(ragged_gather(x.nested_row_splits, x.flat_values, indices, depth))
    for part in reversed(splits):
        values = RaggedTensor.from_row_splits(values, part, validate=False)
    return values


def _flattened(found: Any) -> list[Tensor]:
    splits, values = found
    return [*splits, values]


def _rows(x: Any) -> tuple[Any, Tensor, Tensor]:
    """What is in the rows of `x`, where each begins, and how many rows there are."""
    if isinstance(x, RaggedTensor):
        return x.values, x._row_partition.row_starts(), x._row_partition.nrows()
    sizes = shape_op(x, int64)
    merged = reshape_op(x, concat([convert([-1], int64), sizes[2:]], 0))
    return merged, range_of(sizes[0], dtype=int64) * sizes[1], sizes[0]


def _cut_like(x: Any, values: Any) -> RaggedTensor:
    """`values` in rows like those of `x`."""
    if isinstance(x, RaggedTensor):
        return x.with_values(values)
    sizes = shape_op(x, int64)
    return RaggedTensor.from_uniform_row_length(values, sizes[1], nrows=sizes[0], validate=False)


def _by_rows(params: Any, indices: Any, axis: int, batch_dims: int) -> Any:
    """`gather` in which row i of the indices is for row i of the parameters."""
    values, starts, _ = _rows(params)
    if batch_dims > 1:
        inner = _gathered(values, _rows(indices)[0], axis - 1, batch_dims - 1)
        return _cut_like(indices if isinstance(indices, RaggedTensor) else params, inner)
    if axis > 1:
        rowids = _rowids(params)
        inner = _gathered(values, rows_at(indices, rowids), axis - 1, 1)
        return _cut_like(params, inner)
    if isinstance(indices, Tensor):
        shape = [-1] + [1] * ((indices.shape.rank or 1) - 1)
        return rows_at(values, cast(indices, starts.dtype) + reshape_op(starts, shape))
    return rows_at(values, _moved(indices, starts))


def _rowids(x: Any) -> Tensor:
    if isinstance(x, RaggedTensor):
        return x._row_partition.value_rowids()
    sizes = shape_op(x, int64)
    return range_of(sizes[0] * sizes[1], dtype=int64) // sizes[1]


def _moved(indices: RaggedTensor, starts: Tensor) -> RaggedTensor:
    """Ragged indices, to those in row i of which `starts[i]` is added."""
    for part in indices._nested_row_partitions:
        starts = gather_op(starts, part.value_rowids(), 0)
    flat = cast(indices.flat_values, starts.dtype)
    shape = [-1] + [1] * ((flat.shape.rank or 1) - 1)
    return indices.with_flat_values(flat + reshape_op(starts, shape))


@serve(RaggedTensor, scatter.gather_nd)
def gather_nd(
    params: Any,
    indices: Any,
    batch_dims: Any = 0,
    name: str | None = None,
    bad_indices_policy: str = "",
) -> Any:
    """What is in `params` at places that have a number for each of the first dimensions.

    Raises ValueError for ragged places or batch dimensions.
    """
    del name, bad_indices_policy
    if not isinstance(batch_dims, int) or batch_dims != 0:
        raise ValueError("batch_dims != 0 is not supported for ragged gather yet.")
    params, indices = as_values(params), as_values(indices)
    rank = indices.shape.rank
    if rank is None:
        raise ValueError("indices.rank be statically known.")
    if rank == 0:
        raise ValueError("indices.rank must be at least 1.")
    if isinstance(indices, RaggedTensor):
        if rank == indices.ragged_rank + 1:
            raise ValueError("The innermost dimension of indices may not be ragged")
        return indices.with_values(gather_nd(params, indices.values))
    count = indices.shape[-1]
    if count is None:
        raise ValueError("The innermost dimension of indices must be statically known")
    if not count:
        return rows_at(_alone(params), zeros(shape_op(indices)[:-1], int32))
    while count > 1 and isinstance(params, RaggedTensor):
        starts = gather_op(params.row_splits, indices[..., 0], 0)
        place = starts + cast(indices[..., 1], starts.dtype)
        rest = cast(indices[..., 2:], starts.dtype)
        indices = concat([expand_dims_op(place, -1), rest], -1)
        params, count = params.values, count - 1
    if count == 1:
        return rows_at(params, indices[..., 0])
    return scatter.gather_nd(params, indices)


def _alone(x: Any) -> Any:
    """A tensor whose one row is `x`."""
    if isinstance(x, Tensor):
        return expand_dims_op(x, 0)
    return RaggedTensor.from_uniform_row_length(x, count_of(x), nrows=1, validate=False)


# ---- by a condition ------------------------------------------------------------------------------


def boolean_mask(data: Any, mask: Any, name: str | None = None) -> Any:
    """The elements of `data` at which `mask` is true, each dimension of the mask kept.

    data, mask: tensors or ragged tensors; the mask has the shape of the first dimensions of the
    data. A dense mask of more than one dimension makes a ragged result.

    >>> tf.ragged.boolean_mask([[1, 2, 3], [4, 5, 6]], [[True, False, True], [False, False, True]])
    <tf.RaggedTensor [[1, 3], [6]]>

    Raises ValueError where the mask is a scalar or its rank is not known.
    """
    del name
    mask = mask if isinstance(mask, RaggedTensor) else convert(mask, bool_)
    data = as_values(data)
    is_ragged = isinstance(data, RaggedTensor) or isinstance(mask, RaggedTensor)
    kind = splits_dtype(data, mask) if is_ragged else int64
    rank = mask.shape.rank
    if rank is None:
        raise ValueError("mask.shape.ndims must be known statically.")
    if rank == 0:
        raise ValueError("mask cannot be scalar.")
    if isinstance(mask, RaggedTensor):
        depth = rank - 1
        if depth > mask.ragged_rank:
            flat = RaggedTensor.from_tensor(
                mask.flat_values, ragged_rank=depth - mask.ragged_rank, row_splits_dtype=kind
            )
            mask = mask.with_flat_values(flat)
    elif rank > 1:
        mask = RaggedTensor.from_tensor(mask, ragged_rank=rank - 1, row_splits_dtype=kind)
    if isinstance(mask, RaggedTensor) and isinstance(data, Tensor):
        data = RaggedTensor.from_tensor(data, ragged_rank=mask.ragged_rank, row_splits_dtype=kind)
    return _masked(data, mask)


def _masked(data: Any, mask: Any) -> Any:
    if isinstance(mask, Tensor):
        data.shape[:1].assert_is_compatible_with(mask.shape)
        if isinstance(data, Tensor):
            return dense.boolean_mask(data, mask)
        return rows_at(data, reshape_op(where_op(mask), (-1,)))
    if isinstance(data, Tensor) or mask.ragged_rank > data.ragged_rank:
        raise ValueError("Inputs must have identical ragged splits")
    if mask.row_splits is not data.row_splits:
        assert_equal(mask.row_splits, data.row_splits, "Inputs must have identical ragged splits")
    values = _masked(data.values, mask.values)
    if isinstance(mask.values, RaggedTensor):
        return data.with_values(values)
    kind = mask.row_splits.dtype
    ends = concat([convert([0], kind), cumsum(cast(mask.values, kind))], 0)
    splits = gather_op(ends, mask.row_splits, 0)
    return RaggedTensor.from_row_splits(values, splits, validate=False)


def places_of(condition: RaggedTensor, name: str | None = None) -> Tensor:
    """The coordinates of what is true or not zero: [n, rank] int64."""
    found = where_op(condition.flat_values, name)
    place, columns = found[:, 0], [found[:, 1:]]
    for part in reversed(condition._nested_row_partitions):
        row = gather_op(cast(part.value_rowids(), int64), place, 0)
        start = gather_op(cast(part.row_starts(), int64), row, 0)
        columns.append(expand_dims_op(place - start, -1))
        place = row
    columns.append(expand_dims_op(place, -1))
    return concat(columns[::-1], 1)


@serve(RaggedTensor, select.where)
def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Any:
    """`x` where `condition` is true and `y` elsewhere, broadcast together; or where it is true.

    Raises ValueError where only one of `x` and `y` is given.
    """
    if (x is None) is not (y is None):
        raise ValueError("x and y must be either both None or both non-None")
    if x is None:
        return places_of(condition, name)
    given = [as_values(condition), *_alike(x, y)]
    ragged = [value for value in given if isinstance(value, RaggedTensor)]
    kind = splits_dtype(*ragged)
    if not all(_is_cut_like(ragged[0], value) for value in given):
        shapes = [DynamicRaggedShape.from_tensor(value, kind) for value in given]
        shape = broadcast_dynamic_shape(broadcast_dynamic_shape(*shapes[:2]), shapes[2])
        given = [broadcast_to(value, shape) for value in given]
        ragged = given
    flat = [value.flat_values if isinstance(value, RaggedTensor) else value for value in given]
    return with_flat_values(ragged[0], select.select(*flat, name))


def _alike(x: Any, y: Any) -> tuple[Any, Any]:
    """Two values, of which a Python number becomes what the other is."""
    hints = [value.dtype for value in (x, y) if hasattr(value, "dtype")]
    made = [
        value if isinstance(value, (RaggedTensor, Tensor)) else convert(value, None, *hints[:1])
        for value in (x, y)
    ]
    return made[0], made[1]


def _is_cut_like(x: RaggedTensor, value: Any) -> bool:
    """Whether flat values can be taken as they are: a scalar, or rows known to be the same."""
    if isinstance(value, RaggedTensor):
        return have_same_rows(x, value)
    return value.shape.rank == 0


# ---- into parts ----------------------------------------------------------------------------------


@serve(RaggedTensor, unique.dynamic_partition)
def dynamic_partition(
    data: Any, partitions: Any, num_partitions: int, name: str | None = None
) -> list[Any]:
    """The rows of `data` in lists, by the number of the list that each belongs to.

    Raises TypeError for a negative number of lists, tf.errors.InvalidArgumentError for a row that
    belongs to none.
    """
    del name
    if not isinstance(num_partitions, int) or num_partitions < 0:
        raise TypeError("num_partitions must be a non-negative integer")
    data, partitions = as_values(data), as_values(partitions)
    partitions.shape.assert_is_compatible_with(data.shape[: partitions.shape.rank])
    while isinstance(partitions, RaggedTensor):
        if not isinstance(data, RaggedTensor):
            raise ValueError("data must be ragged as deep as partitions are.")
        if partitions.row_splits is not data.row_splits:
            assert_equal(
                partitions.row_splits, data.row_splits, "data and partitions are cut differently"
            )
        data, partitions = data.values, partitions.values
    if isinstance(data, Tensor):
        return unique.dynamic_partition(data, partitions, num_partitions)
    if partitions.shape.rank != 1:
        raise ValueError("partitions of ragged rows must be a vector or as ragged as the data.")
    known = known_value(partitions)
    if known is None or (known.size and known.max() >= num_partitions):
        largest = cast(reduce_max(partitions), int32)
        assert_less(largest, num_partitions, "partitions must be less than num_partitions")
    places = range_of(cast(count_of(data), int64), dtype=int64)
    chosen = unique.dynamic_partition(places, partitions, num_partitions)
    return [rows_at(data, rows) for rows in chosen]
