"""Lists of tensors added up.

Unlike `add` these broadcast nothing: all tensors have one shape.

Read next: ops/math.py.
"""

from functools import reduce
from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import op
from headrace._src.engine.pieces import elementwise


def add_n(inputs: Any, name: str | None = None) -> Tensor:
    """The sum of a list of tensors of one shape and dtype; nothing is broadcast.

    inputs: an iterable of tensors or `tf.IndexedSlices`.

    >>> tf.add_n([[1., 2.], [3., 4.], [5., 6.]])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([ 9., 12.], dtype=float32)>

    Raises ValueError for an empty list. Op: AddN.
    """
    items = list(inputs)
    if not items or any(item is None for item in items):
        raise ValueError(
            "Inputs must be an iterable of at least one Tensor/IndexedSlices with the same dtype "
            "and shape."
        )
    tensors = [convert(i.dense() if isinstance(i, IndexedSlices) else i) for i in items]
    return tensors[0] if len(tensors) == 1 else add_n_op(tensors, name)


def _all_the_same(inputs: list[TensorShape]) -> TensorShape:
    first = inputs[0]
    for i, shape in enumerate(inputs):
        if not shape.is_compatible_with(first):
            raise ShapeError(
                "Inputs to operation AddN of type AddN must have the same size and shape.  "
                f"Input 0: {bracketed(first)} != input {i}: {bracketed(shape)}",
                f"Shapes must be equal rank, but are {first.rank} and {shape.rank}"
                if first.rank != shape.rank
                else f"Dimension 0 in both shapes must be equal: shapes are {bracketed(first)} "
                f"and {bracketed(shape)}.",
            )
        first = first.merge_with(shape)
    return first


@op("AddN", shape=_all_the_same, cost="light")
def add_n_op(inputs: list[Tensor], name: str | None = None) -> Tensor:
    """The sum of tensors of one shape."""
    return reduce(xp(inputs[0]).add, inputs)


@add_n_op.kernel("host")
def _(inputs):
    if any(x.shape != inputs[0].shape for x in inputs):
        raise ValueError("Inputs to operation AddN must have the same size and shape.")
    return elementwise(_summed, inputs)


def _summed(*arrays: np.ndarray) -> np.ndarray:
    if len(arrays) < 3 or arrays[0].size < 2**12:
        return reduce(np.add, arrays)
    total = arrays[0] + arrays[1]
    for array in arrays[2:]:
        total += array
    return total


@add_n_op.gradient
def _(dz, inputs):
    return [dz for _ in inputs]


def accumulate_n(
    inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: str | None = None
) -> Tensor:
    """The sum of a list of tensors of one shape and dtype, as `tf.add_n`, with both checked first.

    inputs: a list or tuple of tensors.
    shape, tensor_dtype: what the tensors must have, if given.

    >>> tf.math.accumulate_n([[1., 2.], [3., 4.]])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([4., 6.], dtype=float32)>

    Raises ValueError where dtypes or shapes differ, TypeError where they are not `tensor_dtype`.
    Op: AddN.
    """
    complaint = "inputs must be a list of at least one Tensor with the same dtype and shape"
    if not inputs or not isinstance(inputs, (list, tuple)):
        raise ValueError(complaint)
    tensors = [convert(x) for x in inputs]
    if any(x.dtype is not tensors[0].dtype for x in tensors):
        raise ValueError(complaint)
    wanted = TensorShape(shape)
    for x in tensors:
        if not wanted.is_compatible_with(x.shape):
            raise ValueError(f"Shapes {wanted} and {x.shape} are not compatible")
        wanted = wanted.merge_with(x.shape)
    if tensor_dtype is not None and dtypes.as_dtype(tensor_dtype) is not tensors[0].dtype:
        raise TypeError(
            f"The `tensor_dtype` argument is {dtypes.as_dtype(tensor_dtype)!s}, but `input` is of "
            f"type {tensors[0].dtype!s}. These must be equal. Try casting the input to the desired "
            "type."
        )
    return tensors[0] if len(tensors) == 1 else add_n_op(tensors, name)
