"""Between sparse and dense: `to_dense`, `from_dense`, `to_indicator`, `eye`.

The one idea: a position is one number, its place in the dense tensor's memory, so putting values
there is one assignment. Order and repetition are seen in the rows of positions before.

Read next: ops/sparse_structure.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import as_dtype, float32, int64, string
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.engine.op import Static, op
from headrace._src.ops.array import dims, expand_dims_op, reshape_op, shape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import not_equal
from headrace._src.ops.constant import fill, ones
from headrace._src.ops.joining import concat, stack
from headrace._src.ops.math import minimum
from headrace._src.ops.ranges import range as range_of
from headrace._src.ops.reduce import reduce_sum
from headrace._src.ops.scatter import gather_nd_op
from headrace._src.ops.select import where_op
from headrace._src.ops.sparse_positions import are_inside, check_positions, places
from headrace._src.ops.sparse_tensor import SparseTensor, as_sparse, shape_of

# ---- to dense ------------------------------------------------------------------------------------


def to_dense(
    sp_input: Any,
    default_value: Any = None,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """A dense tensor with the values of a sparse one.

    sp_input: a `SparseTensor`. default_value: a scalar, what all other elements are; 0, an empty
    string or False by default. validate_indices: whether positions must be in order and occur once;
    where they need not, the last value at a position stays.

    >>> x = tf.SparseTensor([[0, 1], [1, 0]], [5, 7], [2, 2])
    >>> tf.sparse.to_dense(x).numpy()
    array([[0, 5],
           [7, 0]], dtype=int32)

    Raises TypeError where `sp_input` is not sparse, tf.errors.InvalidArgumentError for a position
    out of bounds, out of order or repeated. Op: SparseToDense.
    """
    x = as_sparse(sp_input)
    if default_value is None:
        default_value = convert("" if x.dtype is string else x.dtype.as_numpy_dtype(0))
    return sparse_to_dense(
        x.indices, shape_of(x), x.values, default_value, bool(validate_indices), name
    )


def _whole(
    indices: TensorShape, shape: Any, values: TensorShape, default: TensorShape, validate: bool
) -> TensorShape:
    if indices.rank is not None and indices.rank > 2:
        raise ShapeError(
            f"sparse_indices should be a scalar, vector, or matrix, got shape {bracketed(indices)}"
        )
    if shape is None:
        rank = None if indices.rank != 2 else indices[1]
        return unknown if rank is None else TensorShape([None] * rank)
    return TensorShape(shape)


@op("SparseToDense", shape=_whole, cost="host")
def sparse_to_dense(
    sparse_indices: Tensor,
    output_shape: Static,
    sparse_values: Tensor,
    default_value: Tensor,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """`sparse_values` at `sparse_indices` in a tensor of `output_shape`, else `default_value`."""
    whole = xp(sparse_values).full(output_shape, default_value, sparse_values.dtype)
    rows = _as_rows(sparse_indices)
    return whole.at[tuple(rows[:, i] for i in range(rows.shape[1]))].set(sparse_values)


def _as_rows(indices: Any) -> Any:
    """Positions as rows: a vector holds those of a vector, a scalar is a single one."""
    return indices if indices.ndim == 2 else indices.reshape((-1, 1))


@sparse_to_dense.check
def _(sparse_indices, output_shape, sparse_values, default_value, validate_indices):
    rows, np_ = _as_rows(sparse_indices), xp(sparse_indices)
    if rows.shape[1] != len(output_shape):
        return np.zeros((), bool)
    limits = np.array(output_shape, rows.dtype)
    inside = ((rows >= 0) & (rows < limits)).all()
    if not validate_indices:
        return inside
    return inside & (np_.diff(places(rows, output_shape)) > 0).all()


@sparse_to_dense.kernel("host")
def _(sparse_indices, output_shape, sparse_values, default_value, validate_indices):
    # Checks what XLA leaves out.
    if sparse_indices.ndim > 2:
        _whole(TensorShape(sparse_indices.shape), *[None] * 4)
    if type(output_shape) is not tuple:
        raise ValueError("output_shape must be rank 1, got shape []")
    rows = _as_rows(sparse_indices)
    if len(output_shape) != rows.shape[1]:
        raise ValueError(
            f"output_shape has incorrect number of elements: {len(output_shape)} should be: "
            f"{rows.shape[1]}"
        )
    if sparse_values.shape not in ((), (len(rows),)):
        text = ",".join(map(str, sparse_values.shape))
        raise ValueError(
            f"sparse_values has incorrect shape [{text}], should be [] or [{len(rows)}]"
        )
    if default_value.ndim:
        raise ValueError("default_value should be a scalar.")
    if min(output_shape, default=0) < 0:
        raise ValueError(f"Dimension {min(output_shape)} must be >= 0")
    if validate_indices:
        check_positions(rows, output_shape)
    elif not are_inside(rows, output_shape):
        whole = ",".join(map(str, output_shape))
        raise ValueError(f"Indices are not valid (out of bounds).  Shape: [{whole}]")
    kind, default = sparse_values.dtype, default_value.item()
    # Memory of zeros costs nothing until it is written.
    is_zero = kind.kind != "O" and not default
    out = np.zeros(output_shape, kind) if is_zero else np.full(output_shape, default, kind)
    out.reshape(-1)[places(rows, output_shape)] = sparse_values
    return out


@sparse_to_dense.gradient
def _(dz, sparse_indices, sparse_values):
    rows = sparse_indices
    if rows.shape.rank != 2:
        rows = reshape_op(rows, (-1, 1))
    at = gather_nd_op(dz, rows)
    back = reduce_sum(at) if sparse_values.shape.rank == 0 else at
    return None, back, lambda: reduce_sum(dz) - reduce_sum(at)


# ---- from dense ----------------------------------------------------------------------------------


def from_dense(tensor: Any, name: str | None = None) -> SparseTensor:
    """A sparse tensor with the elements of `tensor` that are not zero (empty, False).

    tensor: of rank >= 1.

    >>> tf.sparse.from_dense([[0, 5], [7, 0]]).indices.numpy()
    array([[0, 1],
           [1, 0]])

    Raises tf.errors.InvalidArgumentError for a scalar. Ops: Where, GatherNd.
    """
    tensor = convert(tensor)
    empty = convert("" if tensor.dtype is string else tensor.dtype.as_numpy_dtype(0))
    indices = where_op(not_equal(tensor, empty))
    values = gather_nd_op(tensor, indices)
    shape = dims(tensor)
    return SparseTensor(indices, values, shape if type(shape) is tuple else shape_op(tensor, int64))


def to_indicator(sp_input: Any, vocab_size: Any, name: str | None = None) -> Tensor:
    """A dense tensor of bools whose last axis says which numbers a row of a sparse one holds.

    sp_input: a `SparseTensor` of integers in [0, vocab_size), of shape [..., n]. The result has
    shape [..., vocab_size]: True where the row has a value with that number.

    >>> ids = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [2, 0, 1], [2, 2])
    >>> tf.sparse.to_indicator(ids, 3).numpy()
    array([[ True, False,  True],
           [False,  True, False]])

    Raises TypeError where `sp_input` is not sparse, tf.errors.InvalidArgumentError for a number out
    of range.
    """
    x = as_sparse(sp_input)
    last = expand_dims_op(cast(x.values, int64), 1)
    indices = concat([x.indices[:, :-1], last], 1)
    size = known_value(convert(vocab_size))
    lead = shape_of(x)
    if type(lead) is tuple and size is not None:
        shape: Any = (*lead[:-1], int(size))
    else:
        shape = concat([x.dense_shape[:-1], reshape_op(cast(vocab_size, int64), (1,))], 0)
    trues = fill(shape_op(x.values), True)
    return sparse_to_dense(indices, shape, trues, convert(False), False, name)


def eye(
    num_rows: Any, num_columns: Any = None, dtype: Any = float32, name: str | None = None
) -> SparseTensor:
    """A sparse identity matrix: ones on the diagonal.

    num_rows, num_columns: integers; as many columns as rows by default.

    >>> tf.sparse.to_dense(tf.sparse.eye(2, 3)).numpy()
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)

    Raises TypeError where a size is no integer.
    """
    rows = _count(num_rows, "num_rows")
    columns = rows if num_columns is None else _count(num_columns, "num_columns")
    size = min(rows, columns) if type(rows) is type(columns) is int else minimum(rows, columns)
    diagonal = range_of(size, dtype=int64)
    return SparseTensor(
        stack([diagonal, diagonal], 1),
        ones((size,) if type(size) is int else stack([size]), as_dtype(dtype)),
        (rows, columns) if type(size) is int else stack([rows, columns]),
    )


def _count(value: Any, name: str) -> Any:
    """A number of rows or columns: an int, or an int64 scalar where it is not known."""
    if isinstance(value, Tensor):
        # What is no scalar is left to the ops that need one.
        tensor = cast(value, int64)
        known = known_value(tensor)
        return tensor if known is None or known.ndim else int(known)
    try:
        tensor = convert(value)
    except (TypeError, ValueError):
        tensor = None
    if tensor is None or not tensor.dtype.is_integer or tensor.shape.rank not in (None, 0):
        raise TypeError(f"{name} must be an integer value")
    known = known_value(tensor)
    return cast(tensor, int64) if known is None else int(known)
