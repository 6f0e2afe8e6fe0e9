"""Ragged tensors in another form: `tf.expand_dims`, `squeeze`, `split`, `reverse`.

The one idea: most of these are keys. A new dimension, the reverse and each part of a split are what
`x[...]` says with the right slices (ragged/getitem.py). Only a dimension that goes has to be looked
at: its rows must have one value each, and then they are the values.

Read next: ragged/getitem.py, ragged/joining.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.ops import array, padding
from headrace._src.ops import joining as dense
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import equal
from headrace._src.ops.debugging import Assert, assert_equal, assert_non_negative
from headrace._src.ops.dispatch import serve
from headrace._src.ops.reduce import reduce_all, reduce_sum
from headrace._src.ops.scan import cumsum
from headrace._src.ragged.dynamic_shape import DynamicRaggedShape
from headrace._src.ragged.getitem import getitem
from headrace._src.ragged.ragged_tensor import RaggedTensor, checked_axis, scope

_WHOLE = slice(None)
_BACKWARDS = slice(None, None, -1)

# ---- dimensions of size 1 ------------------------------------------------------------------------


@serve(RaggedTensor, array.expand_dims)
def expand_dims(input: Any, axis: int, name: str | None = None) -> Any:
    """A ragged tensor with a dimension of size 1 at `axis`; TypeError or ValueError for no axis."""
    with scope(name, "RaggedExpandDims"):
        rank = input.shape.rank
        axis = checked_axis(axis, None if rank is None else rank + 1, "rank(input)")
        return getitem(input, (*[_WHOLE] * axis, None))


@serve(RaggedTensor, array.squeeze)
def squeeze(input: Any, axis: Any = None, name: str | None = None) -> Any:
    """A ragged tensor without some dimensions, of size 1.

    Raises ValueError where `axis` is not given or there is no such dimension,
    tf.errors.InvalidArgumentError where it is of another size.
    """
    with scope(name, "RaggedSqueeze"):
        if axis is None:
            raise ValueError("Ragged.squeeze must have an axis argument.")
        axes = [axis] if isinstance(axis, int) else list(axis)
        rank = input.shape.rank
        places = [checked_axis(a, rank, "rank(input)", f"axis[{i}]") for i, a in enumerate(axes)]
        partitions = input._nested_row_partitions
        for place in sorted(places, reverse=True):
            if place <= len(partitions):
                sizes = partitions[place - 1].row_lengths() if place else input.nrows()
                _check_one(sizes, place)
        return _squeezed(input, set(places))


def _check_one(sizes: Tensor, axis: int) -> None:
    known = known_value(sizes)
    if known is None or not (known == 1).all():
        told = f"the given axis (axis = {axis}) is not squeezable!"
        Assert(reduce_all(equal(sizes, convert(1, sizes.dtype))), [told])


def _squeezed(x: Any, axes: set[int]) -> Any:
    """`x` without some dimensions, of which those that are ragged are known to be of size 1."""
    if not axes:
        return x
    if isinstance(x, Tensor):
        return array.squeeze(x, sorted(axes))
    if 0 in axes:
        # The one row is all values: the next dimension is now the first.
        return _squeezed(x.values, {axis - 1 for axis in axes if axis})
    inner = _squeezed(x.values, {axis - 1 for axis in axes if axis > 1})
    return inner if 1 in axes else x.with_values(inner)


# ---- parts and order -----------------------------------------------------------------------------


@serve(RaggedTensor, dense.split)
def split(
    value: Any,
    num_or_size_splits: Any,
    axis: Any = 0,
    num: Any = None,
    name: str | None = "split",
) -> list[Any]:
    """A ragged tensor cut into parts along a uniform dimension.

    Raises ValueError for a ragged dimension or numbers that are no sizes, TypeError for what is no
    number, tf.errors.InvalidArgumentError where the sizes do not add up.
    """
    with scope(name, "RaggedSplit"):
        if isinstance(num_or_size_splits, int) and num_or_size_splits < 1:
            raise ValueError(
                f"`num_or_size_splits` must be >=1 if it is an `int`.Received {num_or_size_splits}."
            )
        axis = checked_axis(axis, value.shape.rank, "rank(value)")
        partitions = value._nested_row_partitions
        if axis > len(partitions):
            parts = dense.split(value.flat_values, num_or_size_splits, axis - len(partitions), num)
            return [value.with_flat_values(part) for part in parts]
        whole = partitions[axis - 1].uniform_row_length() if axis else value.nrows()
        if whole is None:
            raise ValueError(
                "Cannot split a ragged dimension. Got `value` with shape "
                f"{DynamicRaggedShape.from_tensor(value)} and `axis` {axis}."
            )
        cuts = _cuts(num_or_size_splits, whole, num)
        outer = [_WHOLE] * axis
        return [
            getitem(value, (*outer, slice(a, b))) for a, b in zip(cuts[:-1], cuts[1:], strict=True)
        ]


def _cuts(wanted: Any, whole: Tensor, num: Any) -> list[Any]:
    """The places of the cuts, ints or scalar tensors, with the first and the last."""
    told = (
        "Cannot exactly split the `axis` dimension of `value` with the given `num_or_size_split`."
    )
    known = known_value(whole)
    if isinstance(wanted, int):
        if known is None:
            size = whole // wanted
            assert_equal(whole, size * wanted, told)
            return [size * i for i in range(wanted + 1)]
        size = int(known) // wanted
        if size * wanted != known:
            assert_equal(whole, convert(size * wanted, whole.dtype), told)
        return [size * i for i in range(wanted + 1)]
    sizes = convert(wanted)
    word = "`num_or_size_splits` must be an `int` or 1-D list or `Tensor`"
    if not sizes.dtype.is_integer:
        raise TypeError(
            f'{word} of integers..  Expected "x" to be integer type.  Found: tensor of dtype '
            f"<dtype: '{sizes.dtype.name}'>"
        )
    if sizes.shape.rank != 1:
        raise TypeError(f"{word}. Received {wanted}.")
    count = sizes.shape[0]
    if num is not None and count is not None and num != count:
        raise ValueError(
            "`num` does not match the size of `num_or_size_split`. Received `num`: "
            f"{num} and size of `num_or_size_split`: {count}."
        )
    count = num if count is None else count
    if count is None:
        raise ValueError("`num` must be given where the size of `num_or_size_splits` is not known.")
    told_sizes = known_value(sizes)
    if told_sizes is None or (told_sizes < 0).any():
        assert_non_negative(sizes, "`num_or_size_splits` must be non-negative.")
    if told_sizes is None or known is None or told_sizes.sum() != known:
        assert_equal(whole, cast(reduce_sum(sizes), whole.dtype), told)
    if told_sizes is not None:
        return [0, *np.cumsum(told_sizes).tolist()]
    ends = cumsum(sizes)
    return [0, *(ends[i] for i in range(count))]


@serve(RaggedTensor, padding.reverse)
def reverse(tensor: Any, axis: Any, name: str | None = None) -> Any:
    """A ragged tensor with the order along some dimensions reversed.

    axis: a list of integers, or a constant.

    Raises TypeError for another `axis`, ValueError where there is no such dimension.
    """
    with scope(name, "Reverse"):
        if isinstance(axis, Tensor):
            known = known_value(axis)
            axis = None if known is None else known.tolist()
        if not isinstance(axis, (list, tuple)):
            raise TypeError(
                "`axis` must be a list of int or a constant tensor"
                "when reversing axes in a ragged tensor"
            )
        rank = tensor.shape.rank
        places = {checked_axis(a, rank, "rank(tensor)", f"axis[{i}]") for i, a in enumerate(axis)}
        if not places:
            return tensor
        key = [_BACKWARDS if i in places else _WHOLE for i in range(max(places) + 1)]
        return getitem(tensor, tuple(key))
