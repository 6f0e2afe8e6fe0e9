"""The value of a tensor, or of a structure of them, as NumPy: what assertions compare.

The one idea: a test should not mind whether it has tensors, variables, arrays or lists, so every
assertion asks here for an array. In eager mode a tensor knows its value; in a graph only a session
could find it, and headrace has none.

Read next: testing/arrays.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import nest
from headrace._src.core.context import thread
from headrace._src.core.sparse_tensor import SparseTensor, SparseTensorValue
from headrace._src.core.tensor import Tensor
from headrace._src.objects.variable import Variable
from headrace._src.ragged.ragged_tensor import RaggedTensor
from headrace._src.ragged.ragged_tensor_value import RaggedTensorValue


def evaluated(tensors: Any) -> Any:
    """The structure with an array for each tensor; see `tf.test.TestCase.evaluate`."""
    if thread.context.graph is not None:
        raise NotImplementedError(
            "tf.test.TestCase.evaluate: inside a graph it needs a session, and headrace has no "
            "tf.compat.v1.Session yet. Evaluate outside of `with graph.as_default()`, or trace a "
            "tf.function and evaluate what it answers."
        )
    if nest.is_nested(tensors):
        return nest.map_structure(_value, tensors)
    return _value(tensors)


def _value(tensor: Any) -> Any:
    if tensor is None:
        return None
    if isinstance(tensor, (Tensor, Variable)):
        return tensor.numpy()  # type: ignore[union-attr]
    if isinstance(tensor, SparseTensor):
        parts = (tensor.indices, tensor.values, tensor.dense_shape)
        return SparseTensorValue(*map(_value, parts))
    if isinstance(tensor, RaggedTensor):
        return RaggedTensorValue(_value(tensor.values), _value(tensor.row_splits))
    if callable(tensor):
        return evaluated(tensor())
    raise ValueError(f"Unsupported type {type(tensor).__name__!r}.")


def is_tensor(x: Any) -> bool:
    """Whether `x` is something whose value `evaluated` finds."""
    return isinstance(x, (Tensor, Variable, SparseTensor, RaggedTensor))


def array(x: Any) -> np.ndarray:
    """Anything as an array: tensors, sparse ones made dense, arrays, and lists of them."""
    if isinstance(x, np.ndarray):
        return x
    if isinstance(x, SparseTensor):
        x = evaluated(x)
    if isinstance(x, SparseTensorValue):
        dense = np.zeros(x.dense_shape, np.asarray(x.values).dtype)
        dense[tuple(np.asarray(x.indices).T)] = x.values
        return dense
    if is_tensor(x):
        x = evaluated(x)
    elif isinstance(x, (list, tuple)):
        x = _without_tensors(x)
    return np.array(x)


def _without_tensors(x: Any) -> Any:
    if isinstance(x, (list, tuple)):
        return [_without_tensors(item) for item in x]
    return evaluated(x) if is_tensor(x) else x
