"""Counts of the values in ragged tensors: `tf.math.bincount`, `tf.sparse.bincount`.

The one idea: counting everything is counting the flat values; counting each row needs an op that
knows the row splits (ops/ragged_counting.py).

Read next: ops/ragged_counting.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import as_dtype, int32
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.graph import plain
from headrace._src.ops import counting, ragged_counting, sparse_bincount
from headrace._src.ops.cast import cast
from headrace._src.ops.debugging import assert_equal
from headrace._src.ops.dispatch import serve
from headrace._src.ops.sparse_tensor import SparseTensor
from headrace._src.ragged.ragged_tensor import RaggedTensor


def _checked(values: Any, weights: Any, axis: int, binary_output: bool) -> Any:
    """The flat weights, or None; raises where they do not go with the values, or for the axis."""
    if weights is not None and binary_output:
        raise ValueError(
            "Arguments `binary_output` and `weights` are mutually exclusive. Please specify only "
            "one."
        )
    if axis not in (0, -1):
        raise ValueError(
            f"Unsupported value for argument axis={axis}. Only 0 and -1 are currently supported."
        )
    if weights is None:
        return None
    if not isinstance(weights, RaggedTensor):
        shown = array_of(weights) if type(weights) is EagerTensor else weights
        raise ValueError(
            "`weights` must be a RaggedTensor if `values` is a RaggedTensor. Received argument "
            f"weights={shown} of type: {type(weights).__name__}."
        )
    if weights.row_splits is not values.row_splits:
        told = "'weights' and 'values' must have the same row splits."
        assert_equal(weights.row_splits, values.row_splits, told)
    return weights.flat_values


def _without(dtype: Any) -> Tensor:
    """What stands for weights of 1."""
    return plain(EagerTensor(np.zeros(0, dtype.array_dtype), dtype))


@serve(RaggedTensor, counting.bincount)
def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = int32,
    name: str | None = None,
    axis: int | None = None,
    binary_output: bool = False,
) -> Any:
    """How often each number occurs, in all or in each row."""
    if not isinstance(arr, RaggedTensor) or (arr.shape.rank or 0) > 2:
        return NotImplemented
    flat, axis = arr.flat_values, 0 if axis is None else axis
    weights = _checked(arr, weights, axis, binary_output)
    if axis == 0:
        return counting.bincount(
            flat, weights, minlength, maxlength, dtype, name, None, binary_output
        )
    if not flat.dtype.is_integer:
        flat = cast(flat, int32)
    size = counting.bins_of(flat, minlength, maxlength)
    weights = _without(as_dtype(dtype)) if weights is None else weights
    return ragged_counting.ragged_bincount(
        arr.row_splits, flat, size, weights, bool(binary_output), name
    )


@serve(RaggedTensor, sparse_bincount.bincount)
def sparse_counts(
    values: Any,
    weights: Any = None,
    axis: int | None = 0,
    minlength: int | None = None,
    maxlength: int | None = None,
    binary_output: bool = False,
    name: str | None = None,
) -> Any:
    """The same as a sparse tensor."""
    if not isinstance(values, RaggedTensor):
        return NotImplemented
    flat, axis = values.flat_values, 0 if axis is None else axis
    weights = _checked(values, weights, axis, binary_output)
    if axis == 0:
        return sparse_bincount.bincount(
            flat, weights, axis, minlength, maxlength, binary_output, name
        )
    found = ragged_counting.ragged_count_sparse_output(
        values.row_splits,
        flat,
        _without(flat.dtype) if weights is None else weights,
        bool(binary_output),
        -1 if minlength is None else int(minlength),
        -1 if maxlength is None else int(maxlength),
        name,
    )
    return SparseTensor(*found)
