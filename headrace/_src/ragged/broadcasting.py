"""Broadcasting of ragged tensors: `tf.broadcast_to`, `tf.broadcast_dynamic_shape`, fills.

The one idea: dimension by dimension, from the outside in, each item of the wanted shape is told
which item of the given one it repeats. A dimension of size 1 repeats its one item, any other must
have the same lengths; at the innermost partition one gather of flat values does it all. Where the
lengths are the same from the outside on there is nothing to tell (None stands for "the same"), and
the values stay where they are. Below the partitions all is dense, and an op knows how.

Only a uniform dimension is repeated: rows that happen to have one value each are not.

Read next: ragged/dynamic_shape.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import float32
from headrace._src.core.shapes import TensorShape, broadcast_dims
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.convert import convert
from headrace._src.ops import array, constant
from headrace._src.ops.array import broadcast_to_op, reshape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import equal, logical_or
from headrace._src.ops.debugging import assert_equal
from headrace._src.ops.dispatch import serve
from headrace._src.ops.gather import gather_op
from headrace._src.ops.joining import concat
from headrace._src.ops.ranges import range as range_of
from headrace._src.ops.select import where
from headrace._src.ragged.dynamic_shape import DynamicRaggedShape
from headrace._src.ragged.ragged_tensor import RaggedTensor
from headrace._src.ragged.row_partition import RowPartition

# ---- to a shape ----------------------------------------------------------------------------------


@serve(DynamicRaggedShape, array.broadcast_to)
@serve(RaggedTensor, array.broadcast_to)
def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Any:
    """A tensor, ragged or not, repeated up to a `tf.experimental.DynamicRaggedShape`.

    Raises ValueError for a shape of lower rank or of another dtype of row splits,
    tf.errors.InvalidArgumentError where the lengths do not fit.
    """
    if not isinstance(shape, DynamicRaggedShape):
        return NotImplemented
    if isinstance(input, RaggedTensor):
        if input.row_splits.dtype is not shape.dtype:
            raise ValueError("Cannot coerce row_splits.dtype")
    else:
        input = convert(input)
    given = DynamicRaggedShape.from_tensor(input, shape.dtype)
    if given.rank is None or shape.rank is None:
        raise ValueError("Unable to broadcast: unknown rank")
    if given.rank > shape.rank:
        raise ValueError("Cannot broadcast to a shape with smaller rank")
    flat = input.flat_values if isinstance(input, RaggedTensor) else input
    if not (given.num_row_partitions or shape.num_row_partitions):
        known = shape._static_inner_shape
        return broadcast_to_op(
            flat, tuple(known) if known.is_fully_defined() else shape.inner_shape, name
        )
    count = max(given.num_row_partitions, shape.num_row_partitions)
    source = given._with_rank(shape.rank)
    count = max(count, source.num_row_partitions)
    source, target = source._with_partitions(count), shape._with_partitions(count)
    flat = reshape_op(flat, _sizes(source))
    items = _outermost(source, target)
    for one, other in zip(source.row_partitions, target.row_partitions, strict=True):
        _check_lengths(one, items, other)
        items = _inner(one, items, other)
    if items is not None:
        flat = gather_op(flat, items, 0)
    known, wanted = source._static_inner_shape[1:], target._static_inner_shape[1:]
    if not (known.is_fully_defined() and known == wanted):
        flat = broadcast_to_op(flat, _sizes(target))
    return shape._filled_with(flat)


def _sizes(shape: DynamicRaggedShape) -> Any:
    """The shape of the flat values: a tuple of ints where it is known, else a vector."""
    known = shape._static_inner_shape
    return tuple(known) if known.is_fully_defined() else shape.inner_shape


def _outermost(source: DynamicRaggedShape, target: DynamicRaggedShape) -> Any:
    """Which of the outermost items each wanted one repeats, None where it is the same one."""
    one, other = source.row_partitions[0], target.row_partitions[0]
    given, wanted = _count(one.static_nrows, one.nrows()), _count(other.static_nrows, other.nrows())
    if type(given) is type(wanted) is int and given == wanted:
        return None
    if type(given) is not int or given != 1:
        fits = logical_or(equal(given, wanted), equal(given, convert(1, source.dtype)))
        assert_equal(fits, True, "Cannot broadcast")
    return _repeated(given, wanted, source.dtype)


def _repeated(given: Any, wanted: Any, dtype: Any) -> Tensor:
    """0, 1, ... where as many are given as wanted, zeros where one is."""
    places = range_of(_as(wanted, dtype), dtype=dtype)
    if type(given) is int:
        return places * (0 if given == 1 else 1)
    return where(equal(given, convert(1, dtype)), convert(0, dtype), places)


def _check_lengths(source: RowPartition, items: Any, target: RowPartition) -> None:
    """Raises tf.errors.InvalidArgumentError unless rows have the wanted lengths or are repeated."""
    if _is_same(source, target) and items is None:
        return
    wanted = target.row_lengths()
    size = source.uniform_row_length()
    if size is None:
        given = source.row_lengths()
        given = given if items is None else gather_op(given, items, 0)
        assert_equal(given, wanted, "Cannot broadcast")
    elif source.static_uniform_row_length != 1:
        given = _filled_like(wanted, size)
        one = convert(1, size.dtype)
        # A row of one value fits any length: it is compared with what is wanted.
        assert_equal(where(equal(size, one), wanted, given), wanted, "Cannot broadcast")


def _inner(source: RowPartition, items: Any, target: RowPartition) -> Any:
    """Which value of `source` each value of `target` repeats, given that for their rows."""
    if items is None and _is_same(source, target):
        return None
    rows = target.value_rowids()
    if items is not None:
        rows = gather_op(items, rows, 0)
    size = source.static_uniform_row_length
    if size == 1:
        return rows
    places = target.offsets_in_rows()
    if size is not None:
        return rows * convert(size, rows.dtype) + places
    if source.is_uniform():
        length = source.uniform_row_length()
        is_one = equal(length, convert(1, rows.dtype))
        return where(is_one, rows, rows * length + places)
    return gather_op(source.row_starts(), rows, 0) + places


def _is_same(one: RowPartition, other: RowPartition) -> bool:
    """Whether two partitions are known to be equal without computing anything."""
    if one is other or one.row_splits() is other.row_splits():
        return True
    a, b = one.static_uniform_row_length, other.static_uniform_row_length
    if a is not None and b is not None:
        return a == b and one.static_nrows is not None and one.static_nrows == other.static_nrows
    left, right = one.row_splits(), other.row_splits()
    if type(left) is type(right) is EagerTensor:
        return np.array_equal(array_of(left), array_of(right))
    return False


# ---- two shapes ----------------------------------------------------------------------------------


@serve(DynamicRaggedShape, array.broadcast_dynamic_shape)
def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> DynamicRaggedShape:
    """The shape of an elementwise op between tensors of two shapes, ragged or not.

    Raises ValueError for row splits of two dtypes, tf.errors.InvalidArgumentError where the lengths
    do not fit.
    """
    x, y = _agreeing(_as_shape(shape_x), _as_shape(shape_y))
    if x.rank is None or y.rank is None:
        raise ValueError("Unable to broadcast: unknown rank")
    rank = max(x.rank, y.rank)
    x, y = x._with_rank(rank), y._with_rank(rank)
    count = max(x.num_row_partitions, y.num_row_partitions)
    if not count:
        return _both_dense(x, y)
    x, y = x._with_partitions(count), y._with_partitions(count)
    one, other = x.row_partitions[0], y.row_partitions[0]
    rows, x_items, y_items = _both_outermost(
        _count(one.static_nrows, one.nrows()), _count(other.static_nrows, other.nrows()), x.dtype
    )
    parts: list[RowPartition] = []
    for one, other in zip(x.row_partitions, y.row_partitions, strict=True):
        found = _both(one, x_items, other, y_items, rows)
        parts.append(found)
        if len(parts) < count:
            x_items, y_items = _inner(one, x_items, found), _inner(other, y_items, found)
            rows = _count(found.static_nvals, found.nvals())
    inner = _both_dense(x, y, skip=1)
    last = _as(_count(parts[-1].static_nvals, parts[-1].nvals()), x.dtype)
    known = TensorShape([parts[-1].static_nvals]).concatenate(inner._static_inner_shape)
    sizes = concat([reshape_op(last, (1,)), inner.inner_shape], 0)
    return DynamicRaggedShape(parts, sizes, static_inner_shape=known)


def _as_shape(shape: Any) -> DynamicRaggedShape:
    if isinstance(shape, DynamicRaggedShape):
        return shape
    if isinstance(shape, TensorShape):
        shape = shape.as_list()
    return DynamicRaggedShape([], shape)


def _agreeing(
    x: DynamicRaggedShape, y: DynamicRaggedShape
) -> tuple[DynamicRaggedShape, DynamicRaggedShape]:
    """Two shapes in one dtype: that of the ragged one, or int64."""
    if x.dtype is y.dtype:
        return x, y
    if x.num_row_partitions and y.num_row_partitions:
        raise ValueError("Dtypes don't match")
    if x.num_row_partitions:
        return x, y.with_dtype(x.dtype)
    if y.num_row_partitions:
        return x.with_dtype(y.dtype), y
    return x.with_dtype("int64"), y.with_dtype("int64")


def _both_dense(x: DynamicRaggedShape, y: DynamicRaggedShape, skip: int = 0) -> DynamicRaggedShape:
    """The dense parts of two shapes, without the first `skip` dimensions, broadcast together."""
    one, other = x._static_inner_shape[skip:], y._static_inner_shape[skip:]
    if one.is_fully_defined() and other.is_fully_defined():
        found = broadcast_dims(tuple(one), tuple(other))
        if found is None:
            assert_equal(False, True)  # in the words of a check that runs later
        return DynamicRaggedShape([], convert(list(found or one), x.dtype))
    sizes = array.broadcast_args(x.inner_shape[skip:], y.inner_shape[skip:])
    return DynamicRaggedShape([], sizes, static_inner_shape=[None] * len(one))


def _both_outermost(one: Any, other: Any, dtype: Any) -> tuple[Any, Any, Any]:
    """How many rows two numbers of rows make together, and which of each they are."""
    if type(one) is type(other) is int:
        if one == other:
            return one, None, None
        if 1 not in (one, other):
            assert_equal(False, True)
        rows = other if one == 1 else one
        places = range_of(_as(rows, dtype), dtype=dtype)
        return rows, (places * 0 if one == 1 else None), (places * 0 if other == 1 else None)
    one, other, unit = _as(one, dtype), _as(other, dtype), convert(1, dtype)
    fits = logical_or(equal(one, other), logical_or(equal(one, unit), equal(other, unit)))
    assert_equal(fits, True)
    rows = where(equal(one, unit), other, one)
    return rows, _repeated(one, rows, dtype), _repeated(other, rows, dtype)


def _both(x: RowPartition, x_items: Any, y: RowPartition, y_items: Any, rows: Any) -> RowPartition:
    """The partition that two partitions make together, given which rows of each come to meet."""
    if x.is_uniform() and y.is_uniform():
        a = _count(x.static_uniform_row_length, x.uniform_row_length())
        b = _count(y.static_uniform_row_length, y.uniform_row_length())
        if type(a) is type(b) is int and (a == b or 1 in (a, b)):
            size: Any = b if a == 1 else a
        else:
            a, b, unit = _as(a, x.dtype), _as(b, x.dtype), convert(1, x.dtype)
            fits = logical_or(equal(a, b), logical_or(equal(a, unit), equal(b, unit)))
            assert_equal(fits, True)
            size = where(equal(a, unit), b, a)
        return RowPartition.from_uniform_row_length(size, nrows=rows, validate=False, dtype=x.dtype)
    if y.is_uniform():
        x, x_items, y, y_items = y, y_items, x, x_items
    found = y if y_items is None else _taken(y, y_items)
    if x.is_uniform():
        if x.static_uniform_row_length != 1:
            size = x.uniform_row_length()
            same = range_of(_as(rows, x.dtype) + 1, dtype=x.dtype) * size
            splits = found.row_splits()
            given = where(equal(size, convert(1, x.dtype)), splits, same)
            assert_equal(given, splits)
        return found
    if not (x_items is None and _is_same(x, found)):
        given = x if x_items is None else _taken(x, x_items)
        assert_equal(given.row_splits(), found.row_splits())
    return found


def _taken(partition: RowPartition, rows: Tensor) -> RowPartition:
    """The partition with some of the rows."""
    lengths = gather_op(partition.row_lengths(), rows, 0)
    return RowPartition.from_row_lengths(lengths, validate=False)


def _count(known: int | None, otherwise: Tensor) -> Any:
    return otherwise if known is None else known


def _as(count: Any, dtype: Any) -> Tensor:
    return cast(count, dtype) if isinstance(count, Tensor) else convert(count, dtype)


def _filled_like(lengths: Tensor, size: Tensor) -> Tensor:
    return lengths * 0 + size


# ---- fills ---------------------------------------------------------------------------------------


@serve(DynamicRaggedShape, constant.fill)
def fill(dims: Any, value: Any, name: str | None = None, layout: Any = None) -> Any:
    """A tensor of a ragged shape with `value` everywhere."""
    constant._no_layout(layout)
    return dims._filled_with(constant.fill(_sizes(dims), value, name))


@serve(DynamicRaggedShape, constant.ones)
def ones(shape: Any, dtype: Any = float32, name: str | None = None, layout: Any = None) -> Any:
    """A tensor of a ragged shape of ones."""
    return shape._filled_with(constant.ones(_sizes(shape), dtype, name, layout))


@serve(DynamicRaggedShape, constant.zeros)
def zeros(shape: Any, dtype: Any = float32, name: str | None = None, layout: Any = None) -> Any:
    """A tensor of a ragged shape of zeros."""
    return shape._filled_with(constant.zeros(_sizes(shape), dtype, name, layout))


@serve(DynamicRaggedShape, array.reshape)
@serve(RaggedTensor, array.reshape)
def reshape(tensor: Any, shape: Any, name: str | None = None) -> Any:
    """The elements of a tensor, ragged or not, in another shape, ragged or not."""
    flat = tensor.flat_values if isinstance(tensor, RaggedTensor) else convert(tensor)
    if isinstance(shape, DynamicRaggedShape):
        return shape._filled_with(flat)
    return array.reshape(flat, shape, name)
