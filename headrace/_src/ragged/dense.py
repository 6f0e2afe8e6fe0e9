"""Between ragged and dense: `RaggedTensor.from_tensor`, `RaggedTensor.to_tensor`.

The one idea: a ragged tensor leaves out the padding that a dense one needs. So the way here is a
mask that says what is no padding, or nothing at all where there is none; and the way back is one op
(ops/ragged_conversion.py), or nothing but another shape where all rows have one length.

Read next: ragged/sparse.py.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from headrace._src.core.dtypes import as_dtype, int32, int64
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.ops.array import expand_dims_op, reshape_op, shape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import equal
from headrace._src.ops.constant import fill, zeros
from headrace._src.ops.gather import boolean_mask
from headrace._src.ops.joining import concat, stack
from headrace._src.ops.math import maximum, minimum
from headrace._src.ops.ragged_conversion import ragged_tensor_to_tensor
from headrace._src.ops.ranges import range as range_of
from headrace._src.ops.reduce import reduce_all, reduce_max, reduce_prod, reduce_sum
from headrace._src.ops.select import select
from headrace._src.ragged.ragged_tensor import RaggedTensor, scope

# ---- from dense ----------------------------------------------------------------------------------


def from_tensor(
    cls: type,
    tensor: Any,
    lengths: Any = None,
    padding: Any = None,
    ragged_rank: int = 1,
    name: str | None = None,
    row_splits_dtype: Any = int64,
) -> RaggedTensor:
    """A ragged tensor with the elements of a dense one, without its padding.

    tensor: of rank 2 or more. lengths: how many elements each row has, [rows]; a list of such for
        several ragged dimensions. padding: what ends the rows instead, of the shape of an element.
    ragged_rank: how many ragged dimensions there are. row_splits_dtype: `tf.int32` or `tf.int64`.

    >>> tf.RaggedTensor.from_tensor([[5, 7, 0], [0, 3, 0], [6, 0, 0]], lengths=[2, 0, 3])
    <tf.RaggedTensor [[5, 7], [], [6, 0, 0]]>
    >>> tf.RaggedTensor.from_tensor([[5, 7, 0], [0, 3, 0], [6, 0, 0]], padding=0)
    <tf.RaggedTensor [[5, 7], [0, 3], [6]]>

    Raises ValueError for both `lengths` and `padding`, or shapes that do not fit.
    """
    dtype = as_dtype(row_splits_dtype)
    if lengths is not None and padding is not None:
        raise ValueError("Specify argument `lengths` or `padding`, but not both.")
    if not isinstance(ragged_rank, int):
        raise TypeError(f"Argument `ragged_rank` must be an int. Received {ragged_rank}.")
    if ragged_rank <= 0:
        raise ValueError(f"Argument `ragged_rank` must be greater than 0. Received {ragged_rank}.")
    with scope(name, "RaggedFromTensor"):
        tensor = convert(tensor)
        if tensor.shape.rank is not None and tensor.shape.rank < 2:
            raise ValueError(
                "The rank of a RaggedTensor must be greater than 1, i.e., a list of scalars won't "
                "have ragged dimensions. Received argument `tensor` with rank "
                f"{tensor.shape.rank}."
            )
        tensor.shape.with_rank_at_least(ragged_rank + 1)
        if _is_nested(lengths):
            return _from_nested_lengths(tensor, lengths, dtype)
        if ragged_rank > 1:
            return _from_deep(tensor, lengths, padding, ragged_rank, dtype)
        if padding is not None:
            lengths = _unpadded_lengths(tensor, padding, dtype)
        if lengths is None:
            return _from_full(tensor, dtype)
        return _from_lengths(tensor, lengths, dtype)


def _is_nested(lengths: Any) -> bool:
    return (
        isinstance(lengths, (list, tuple))
        and len(lengths) > 0
        and not isinstance(lengths[0], (int, float, np.number))
    )


def _size(tensor: Tensor, axis: int) -> Any:
    """The size along an axis: an int where it is known, else a scalar tensor."""
    known = tensor.shape[axis] if tensor.shape.rank is not None else None
    return shape_op(tensor, int64)[axis] if known is None else known


def _number(size: Any, dtype: Any) -> Tensor:
    return convert(size, dtype) if type(size) is int else cast(size, dtype)


def _merged(tensor: Tensor, count: int) -> Tensor:
    """The first `count` dimensions made one."""
    known = tensor.shape
    if known.rank is not None:
        inner = known[count:].as_list()
        outer = known[:count].num_elements()
        if None not in inner:
            return reshape_op(tensor, (-1 if outer is None else outer, *inner))
    whole = shape_op(tensor, int64)
    return reshape_op(tensor, concat([convert([-1], int64), whole[count:]], 0))


def _from_full(tensor: Tensor, dtype: Any) -> RaggedTensor:
    """All rows as long as the tensor is wide."""
    width, rows = (_number(_size(tensor, axis), dtype) for axis in (1, 0))
    return RaggedTensor.from_uniform_row_length(_merged(tensor, 2), width, rows, validate=False)


def _from_deep(
    tensor: Tensor, lengths: Any, padding: Any, ragged_rank: int, dtype: Any
) -> RaggedTensor:
    """Several ragged dimensions, of which all but the last have rows of one length."""
    found = from_tensor(
        RaggedTensor, _merged(tensor, ragged_rank), lengths, padding, row_splits_dtype=dtype
    )
    for axis in range(ragged_rank - 1, 0, -1):
        rows: Any = 1
        for outer in range(axis):
            rows = rows * _size(tensor, outer)
        width = _size(tensor, axis)
        width, rows = (
            convert(n, dtype) if type(n) is int else cast(n, dtype) for n in (width, rows)
        )
        found = RaggedTensor.from_uniform_row_length(found, width, rows, validate=False)
    return found


def _unpadded_lengths(tensor: Tensor, padding: Any, dtype: Any) -> Tensor:
    """How long the rows are without what is equal to `padding` at their ends."""
    padding = convert(padding, tensor.dtype)
    padding.shape.assert_is_compatible_with(tensor.shape[2:])
    is_padding = equal(tensor, padding)
    if tensor.shape.rank is None:
        rows = shape_op(tensor)
        inner = reduce_prod(rows[2:])
        is_padding = reduce_all(reshape_op(is_padding, stack([rows[0], rows[1], inner])), 2)
    elif tensor.shape.rank > 2:
        is_padding = reduce_all(is_padding, tuple(range(2, tensor.shape.rank)))
    places = range_of(1, cast(_size(tensor, 1), int32) + 1, dtype=int32)
    ends = select(is_padding, convert(0, int32), expand_dims_op(places, 0))
    return cast(maximum(reduce_max(ends, 1), convert(0, int32)), dtype)


def _from_lengths(tensor: Tensor, lengths: Any, dtype: Any) -> RaggedTensor:
    """The first elements of each row."""
    lengths = convert(lengths, None, dtype)
    lengths.shape.assert_has_rank(1)
    width = cast(_size(tensor, 1), dtype)
    lengths = maximum(minimum(cast(lengths, dtype), width), convert(0, dtype))
    is_there = expand_dims_op(range_of(width, dtype=dtype), 0) < expand_dims_op(lengths, 1)
    tensor.shape[:2].assert_is_compatible_with(is_there.shape)
    return RaggedTensor.from_row_lengths(boolean_mask(tensor, is_there), lengths, validate=False)


def _from_nested_lengths(tensor: Tensor, lengths: Sequence[Any], dtype: Any) -> RaggedTensor:
    """Several ragged dimensions, each with lengths of its own."""
    parts = [cast(convert(each, None, dtype), dtype) for each in lengths]
    total = fill(stack([reduce_sum(parts[-1])]), True)
    mask = RaggedTensor.from_nested_row_lengths(total, parts).to_tensor(False)
    tensor.shape.assert_is_compatible_with(mask.shape.concatenate(tensor.shape[mask.shape.rank :]))
    values = boolean_mask(tensor, mask)
    return RaggedTensor.from_nested_row_lengths(values, parts, validate=False)


# ---- to dense ------------------------------------------------------------------------------------


def to_tensor(
    self: RaggedTensor, default_value: Any = None, name: str | None = None, shape: Any = None
) -> Tensor:
    """A dense tensor with the rows, filled up with `default_value`.

    default_value: a scalar, or of the shape of the flat values' elements; 0, an empty string or
        False by default. shape: of the result; rows that are longer are cut, and None (or -1) is a
        size that follows from the longest row.

    >>> tf.ragged.constant([[9, 8, 7], [], [6, 5], [4]]).to_tensor().numpy()
    array([[9, 8, 7],
           [0, 0, 0],
           [6, 5, 0],
           [4, 0, 0]], dtype=int32)

    Raises tf.errors.InvalidArgumentError for a shape of another rank. Op: RaggedTensorToTensor.
    """
    with scope(name, "RaggedToTensor"):
        if default_value is None:
            default_value = zeros((), self.dtype)
        elif isinstance(default_value, Tensor) and default_value.dtype is not self.dtype:
            raise ValueError(
                f"default_value: Tensor conversion requested dtype {self.dtype.name} for Tensor "
                f"with dtype {default_value.dtype.name}: {default_value!r}"
            )
        else:
            default_value = convert(default_value, self.dtype)
        if shape is None and _is_uniform(self):
            return reshape_op(self.flat_values, self.shape.as_list())
        splits = self.nested_row_splits
        return ragged_tensor_to_tensor(
            _wanted_shape(self, shape),
            self.flat_values,
            default_value,
            list(splits),
            ("ROW_SPLITS",) * len(splits),
        )


def _is_uniform(x: RaggedTensor) -> bool:
    """Whether the partitions are of one length each, and all sizes are known."""
    return x.shape.is_fully_defined()


def _wanted_shape(x: RaggedTensor, shape: Any) -> Any:
    """The shape of the result for the op; a size that is known without looking is told to it."""
    if isinstance(shape, Tensor):
        known = known_value(shape)
        if known is None or known.ndim == 0:
            return shape
        shape = known.tolist()
    known = x.shape
    if shape is None:
        if known.rank is None:
            return convert(-1)
        told: Any = [None] * known.rank
    else:
        told = TensorShape(
            [None if n == -1 else n for n in shape] if isinstance(shape, (list, tuple)) else shape
        )
        if told.rank is None:
            return convert(-1)
        told = told.as_list()
    if known.rank == len(told):
        told = [mine if n is None else n for n, mine in zip(told, known.as_list(), strict=True)]
    return tuple(-1 if n is None else n for n in told)


RaggedTensor.from_tensor = classmethod(from_tensor)  # type: ignore[assignment]
RaggedTensor.to_tensor = to_tensor
