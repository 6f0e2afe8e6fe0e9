"""Counts of values, as a sparse tensor: `tf.sparse.bincount`.

The one idea: a row of the input and a value make one number, and the distinct numbers are counted.

Read next: ops/counting.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import plain
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.array import reshape_op
from headrace._src.ops.debugging import assert_equal
from headrace._src.ops.order import control_dependencies
from headrace._src.ops.sparse_tensor import SparseTensor


def bincount(
    values: Any,
    weights: Any = None,
    axis: int | None = 0,
    minlength: int | None = None,
    maxlength: int | None = None,
    binary_output: bool = False,
    name: str | None = None,
) -> SparseTensor:
    """How often each number occurs, as a sparse tensor.

    values: a tensor or `SparseTensor` of integers from 0. weights: what each counts, a tensor like
    `values`; 1 by default. axis: 0 to count everything, -1 to count each row of a matrix by itself.
    minlength, maxlength: how many numbers the result has room for, at least and at most; larger
    numbers are left out. binary_output: whether to say 1 for every number that occurs at all.

    >>> found = tf.sparse.bincount([1, 5, 5])
    >>> found.indices.numpy().tolist(), found.values.numpy()
    ([[1], [5]], array([1, 2], dtype=int32))

    Raises ValueError for another axis, or where both `weights` and `binary_output` are given;
    tf.errors.InvalidArgumentError for a negative number. Ops: DenseCountSparseOutput,
    SparseCountSparseOutput.
    """
    is_sparse = isinstance(values, SparseTensor)
    if not is_sparse:
        values = convert(values)
    if weights is not None:
        if binary_output:
            raise ValueError(
                "Arguments `binary_output` and `weights` are mutually exclusive. Please specify "
                "only one."
            )
        if not isinstance(weights, SparseTensor):
            weights = convert(weights)
    axis = 0 if axis is None else axis
    if axis not in (0, -1):
        raise ValueError(
            f"Unsupported value for argument axis={axis}. Only 0 and -1 are currently supported."
        )
    if is_sparse and weights is not None:
        weights = _values_beside(values, weights)
    elif weights is not None and axis == 0:
        weights = reshape_op(weights, (-1,))
    if weights is None:
        weights = plain(EagerTensor(np.zeros(0, values.dtype.array_dtype), values.dtype))
    low = -1 if minlength is None else int(minlength)
    high = -1 if maxlength is None else int(maxlength)
    flag = bool(binary_output)
    if is_sparse and axis == -1:
        found = sparse_count_sparse_output(
            values.indices, values.values, values.dense_shape, weights, flag, low, high, name
        )
    else:
        if axis == 0:
            values = values.values if is_sparse else reshape_op(values, (-1,))
        found = dense_count_sparse_output(values, weights, flag, low, high, name)
    return SparseTensor(*found)


def _values_beside(values: SparseTensor, weights: Any) -> Tensor:
    """The values of sparse weights, which must stand where the values stand."""
    if not isinstance(weights, SparseTensor):
        raise ValueError(
            "Argument `weights` must be a SparseTensor if `values` is a SparseTensor. Received "
            f"weights={weights} of type: {type(weights).__name__}"
        )
    checks = [
        assert_equal(getattr(weights, part), getattr(values, part),
                     message=f"'weights' and 'values' must have the same {part}.")
        for part in ("dense_shape", "indices")
    ]  # fmt: skip
    with control_dependencies([check for check in checks if check is not None]):
        return weights.values


def counted(rank: Any) -> list[TensorShape]:
    return [TensorShape([None, rank]), vector(None), vector(rank)]


def counts(
    rows: np.ndarray, count: int, values: np.ndarray, weights: np.ndarray, flags: tuple
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows and numbers that occur, how often, and the shape of the whole."""
    binary, low, high = flags
    if (values < 0).any():
        raise ValueError("Input values must all be non-negative")
    size = int(values.max(initial=0)) + 1
    size = max(size, low) if low >= 0 else size
    size = min(size, high) if high >= 0 else size
    kept = values < size
    numbers, which = np.unique(
        rows[kept] * size + values[kept].astype(np.int64), return_inverse=True
    )
    out = np.zeros(len(numbers), weights.dtype)
    if binary:
        out[:] = 1
    else:
        np.add.at(out, which.reshape(-1), weights.reshape(-1)[kept] if weights.size else 1)
    where = np.stack(np.divmod(numbers, max(size, 1)), 1)
    return where, out, np.array([count, size], np.int64)


def check_weights(data: tuple, weights: np.ndarray) -> None:
    if weights.size and weights.shape != data:
        texts = [f"[{','.join(map(str, shape))}]" for shape in (weights.shape, data)]
        raise ValueError(
            "Weights and data must have the same shape. Weight shape: "
            f"{texts[0]}; data shape: {texts[1]}"
        )


@op("DenseCountSparseOutput", shape=lambda values, *_: counted(values.rank), cost="host")
def dense_count_sparse_output(
    values: Tensor,
    weights: Tensor,
    binary_output: bool,
    minlength: int = -1,
    maxlength: int = -1,
    name: str | None = None,
) -> Any:
    """The counts of a vector, or of each row of a matrix."""
    values, weights = np.asarray(values), np.asarray(weights)
    if values.ndim not in (1, 2):
        shape = ",".join(map(str, values.shape))
        raise ValueError(f"Input must be a 1 or 2-dimensional tensor. Got: [{shape}]")
    check_weights(values.shape, weights)
    rows = np.zeros(len(values), np.int64)
    if values.ndim == 2:
        rows = np.repeat(np.arange(len(values)), values.shape[1])
    flags = (binary_output, minlength, maxlength)
    where, found, shape = counts(rows, len(values), values.reshape(-1), weights, flags)
    return (where, found, shape) if values.ndim == 2 else (where[:, 1:], found, shape[1:])


@op("SparseCountSparseOutput",
    shape=lambda indices, values, shape, *_: counted(shape[0] if shape.rank else None),
    cost="host")  # fmt: skip
def sparse_count_sparse_output(
    indices: Tensor,
    values: Tensor,
    dense_shape: Tensor,
    weights: Tensor,
    binary_output: bool,
    minlength: int = -1,
    maxlength: int = -1,
    name: str | None = None,
) -> Any:
    """The counts of a sparse vector, or of each row of a sparse matrix."""
    indices, values = np.asarray(indices), np.asarray(values)
    sizes, weights = np.asarray(dense_shape).tolist(), np.asarray(weights)
    if len(sizes) not in (1, 2):
        shape = ",".join(map(str, sizes))
        raise ValueError(f"Input must be a 1 or 2-dimensional tensor. Got: [{shape}]")
    check_weights(values.shape, weights)
    is_matrix = len(sizes) == 2
    rows = indices[:, 0] if is_matrix else np.zeros(len(values), np.int64)
    count = sizes[0] if is_matrix else 1
    if ((rows < 0) | (rows >= count)).any():
        wrong = rows[(rows < 0) | (rows >= count)][0]
        raise ValueError(f"Index value along the first dimension is out of range: {wrong}")
    flags = (binary_output, minlength, maxlength)
    where, found, shape = counts(rows, count, values, weights, flags)
    return (where, found, shape) if is_matrix else (where[:, 1:], found, shape[1:])


for _door in (dense_count_sparse_output, sparse_count_sparse_output):
    no_gradient(_door, why="TensorFlow has none.", is_error=True)
