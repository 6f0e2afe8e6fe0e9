"""Ragged tensors from nested lists: `tf.ragged.constant`, and with NumPy arrays as their parts.

The one idea: lists nest as deep as their elements lie. All dimensions but the last are cut by row
splits, unless the caller says that inner ones are dense: by `ragged_rank`, how many are cut, or by
`inner_shape`, the sizes of those that are not.

Read next: ragged/ragged_tensor.py.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import as_dtype, int32, int64
from headrace._src.core.tensor import EagerTensor
from headrace._src.ops import constant as dense
from headrace._src.ragged.ragged_tensor import RaggedTensor, scope
from headrace._src.ragged.ragged_tensor_value import RaggedTensorValue


def constant(
    pylist: Any,
    dtype: Any = None,
    ragged_rank: int | None = None,
    inner_shape: Any = None,
    name: str | None = None,
    row_splits_dtype: Any = int64,
) -> Any:
    """A ragged tensor with the elements of nested lists, all of which lie equally deep.

    dtype: of the elements, as in `tf.constant`. ragged_rank: how many dimensions are ragged, all
    but the first and the last dense ones; by default all but the first. inner_shape: the sizes of
    the dense dimensions. row_splits_dtype: `tf.int32` or `tf.int64`.

    >>> tf.ragged.constant([[1, 2], [3], [4, 5, 6]])
    <tf.RaggedTensor [[1, 2], [3], [4, 5, 6]]>
    >>> tf.ragged.constant([[[1, 2], [3, 4]], [[5, 6]]], ragged_rank=1).shape
    TensorShape([2, None, 2])

    A scalar, and a list of scalars, become a `tf.Tensor`. Raises ValueError where lists do not
    nest, TypeError for elements that are not of `dtype`.
    """
    splits_dtype = as_dtype(row_splits_dtype)

    def values_of(values: Any, shape: Any) -> Any:
        return dense.constant(values, dtype, shape, "values" if thread.context.graph else None)

    def ragged_of(values: Any, splits: list[int]) -> RaggedTensor:
        if splits_dtype not in (int32, int64):
            raise ValueError("row_splits must have dtype int32 or int64")
        made = EagerTensor(np.array(splits, splits_dtype.array_dtype), splits_dtype)
        return RaggedTensor.from_row_splits(values, made, validate=False)

    with scope(name, "RaggedConstant"):
        return _nested(pylist, ragged_rank, inner_shape, values_of, ragged_of)


def constant_value(
    pylist: Any,
    dtype: Any = None,
    ragged_rank: int | None = None,
    inner_shape: Any = None,
    row_splits_dtype: Any = "int64",
) -> Any:
    """A `RaggedTensorValue` with the elements of nested lists; as `tf.ragged.constant`.

    >>> tf.compat.v1.ragged.constant_value([[1, 2], [3]])
    tf.RaggedTensorValue(values=array([1, 2, 3]), row_splits=array([0, 2, 3]))
    """
    splits_dtype = as_dtype(row_splits_dtype).as_numpy_dtype
    kind = None if dtype is None else as_dtype(dtype).as_numpy_dtype

    def values_of(values: Any, shape: Any) -> Any:
        array = np.array(values, kind)
        return array if shape is None else array.reshape(shape)

    def ragged_of(values: Any, splits: list[int]) -> RaggedTensorValue:
        return RaggedTensorValue(values, np.array(splits, splits_dtype))

    return _nested(pylist, ragged_rank, inner_shape, values_of, ragged_of)


def _nested(
    pylist: Any,
    ragged_rank: int | None,
    inner_shape: Any,
    values_of: Callable[[Any, Any], Any],
    ragged_of: Callable[[Any, list[int]], Any],
) -> Any:
    """The elements by `values_of(elements, shape)`, in rows by `ragged_of(values, splits)`."""
    if ragged_rank is not None and ragged_rank < 0:
        raise ValueError(f"Invalid ragged_rank={ragged_rank}: must be nonnegative")
    if not _is_list(pylist):
        if ragged_rank:
            raise ValueError(
                f"Invalid pylist={pylist}: incompatible with ragged_rank={ragged_rank}"
            )
        if inner_shape:
            raise ValueError(
                f"Invalid pylist={pylist}: incompatible with dim(inner_shape)={len(inner_shape)}"
            )
        return values_of(pylist, ())
    depth, deepest = _depths(pylist)
    if depth is not None and deepest > depth:
        raise ValueError(
            f"Invalid pylist={pylist}: empty list nesting is greater than scalar value nesting"
        )
    if inner_shape is not None:
        _check_inner(pylist, inner_shape, ragged_rank, depth)
    if ragged_rank is None:
        inner = 0 if inner_shape is None else len(inner_shape)
        ragged_rank = max(0, deepest - 1 - inner)
    elif depth is not None and deepest < ragged_rank:
        raise ValueError(
            f"Invalid pylist={pylist}, max depth smaller than ragged_rank={ragged_rank}"
        )
    elif depth is not None and depth <= ragged_rank:
        raise ValueError(
            f"pylist has scalar values depth {depth}, but ragged_rank={ragged_rank} requires "
            f"scalar value depth greater than {ragged_rank}"
        )
    if ragged_rank == 0:
        return values_of(pylist, inner_shape)
    nested_splits, values = [], pylist
    for _ in range(ragged_rank):
        nested_splits.append(_splits(values))
        values = [element for row in values for element in row]
    if inner_shape is None:
        inner_shape = _inner_shape(values)
    found = values_of(values, (len(values), *inner_shape))
    for splits in reversed(nested_splits):
        found = ragged_of(found, splits)
    return found


def _is_list(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return isinstance(value, (list, tuple, range))


def _depths(value: Any) -> tuple[int | None, int]:
    """How deep the scalars lie, None where there are none, and how deep the deepest list."""
    if isinstance(value, np.ndarray):
        return (value.ndim if value.size else None), value.ndim
    if not any(_is_list(element) for element in value):
        return (1 if len(value) else None), 1
    found = [_depths(element) if _is_list(element) else (0, 0) for element in value]
    depths = {scalars for scalars, _ in found if scalars is not None}
    if len(depths) > 1:
        raise ValueError("all scalar values must have the same nesting depth")
    return (1 + depths.pop() if depths else None), 1 + max(lists for _, lists in found)


def _check_inner(pylist: Any, inner_shape: Any, ragged_rank: int | None, depth: Any) -> None:
    size = len(inner_shape)
    if ragged_rank is not None and depth is not None and depth != ragged_rank + size + 1:
        raise ValueError(
            f"Invalid pylist={pylist}: incompatible with ragged_rank={ragged_rank} and "
            f"dim(inner_shape)={size}"
        )


def _splits(rows: Any) -> list[int]:
    splits = [0]
    for row in rows:
        splits.append(splits[-1] + len(row))
    return splits


def _inner_shape(values: Any) -> tuple[int, ...]:
    """The shape that all elements have; ValueError where they have several."""
    shape: list[int] = []
    level: Any = values
    while len(level) and any(map(_is_list, level)):
        sizes = {len(element) if _is_list(element) else None for element in level}
        if len(sizes) > 1:
            raise ValueError("inner values have inconsistent shape")
        shape.append(sizes.pop())
        level = list(_elements(level))
    return tuple(shape)


def _elements(level: Any) -> Iterator[Any]:
    for row in level:
        yield from row
