"""The product of a sparse and a dense matrix: `sparse_dense_matmul`; `sampled_addmm`.

The one idea: each value of the sparse matrix adds a multiple of one row of the dense one to one row
of the product. Under XLA that is a gather and a scatter; on the host SciPy does it without the rows
in between, from a size on where its import (0.1 s) and its set-up are worth it.

Read next: ops/sparse_rows.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import as_dtype, float32, int32
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.engine.op import Static, op
from headrace._src.ops.array import transpose_op
from headrace._src.ops.complex import conj
from headrace._src.ops.gather import gather_op
from headrace._src.ops.linalg import matrix_transpose
from headrace._src.ops.math import multiply
from headrace._src.ops.reduce import reduce_sum
from headrace._src.ops.scatter import gather_nd
from headrace._src.ops.sparse_positions import faults
from headrace._src.ops.sparse_rows import is_remembered, product
from headrace._src.ops.sparse_tensor import SparseTensor, SparseTensorValue, as_sparse, shape_of


def sparse_dense_matmul(
    sp_a: Any, b: Any, adjoint_a: bool = False, adjoint_b: bool = False, name: str | None = None
) -> Tensor:
    """The product of two matrices of which one is sparse, dense.

    sp_a, b: a `SparseTensor` and a dense matrix of the same dtype, in either order. adjoint_a,
    adjoint_b: whether a factor is transposed and conjugated first.

    >>> x = tf.SparseTensor([[0, 1], [1, 0]], [2., 3.], [2, 2])
    >>> tf.sparse.sparse_dense_matmul(x, [[1., 1.], [5., 0.]]).numpy()
    array([[10.,  0.],
           [ 3.,  3.]], dtype=float32)

    Raises TypeError where neither is sparse, tf.errors.InvalidArgumentError where the inner sizes
    differ or a position is out of range. Op: SparseTensorDenseMatMul.
    """
    sparse = (SparseTensor, SparseTensorValue)
    if isinstance(b, sparse) and not isinstance(sp_a, sparse):
        product = sparse_dense_matmul(b, sp_a, not adjoint_b, not adjoint_a, name)
        return transpose_op(product, (1, 0))
    x = as_sparse(sp_a)
    if isinstance(b, sparse):
        raise TypeError(
            "tf.sparse.sparse_dense_matmul: one of the matrices must be dense; both are sparse. "
            "tf.sparse.to_dense makes one dense."
        )
    return sparse_tensor_dense_mat_mul(
        x.indices,
        x.values,
        shape_of(x),
        convert(b),
        bool(adjoint_a),
        bool(adjoint_b),
        name,
    )


def _product(
    indices: TensorShape,
    values: TensorShape,
    shape: Any,
    b: TensorShape,
    adjoint_a: bool,
    adjoint_b: bool,
) -> TensorShape:
    if b.rank not in (None, 2):
        raise ShapeError("Tensor 'b' is not a matrix", f"Shape must be rank 2 but is rank {b.rank}")
    if shape is not None and len(shape) != 2:
        raise ShapeError(
            "Tensor 'a_shape' must have 2 elements",
            f"Shape must be rank 2 but is rank {len(shape)}",
        )
    rows = None if shape is None else shape[1 if adjoint_a else 0]
    columns = None if b.rank is None else b[0 if adjoint_b else 1]
    if shape is not None and b.rank is not None:
        mine, theirs = shape[0 if adjoint_a else 1], b[1 if adjoint_b else 0]
        if None not in (mine, theirs) and mine != theirs:
            raise ShapeError(
                "Cannot multiply A and B because inner dimension does not match: "
                f"{mine} vs. {theirs}.  Did you forget a transpose?  Dimensions of A: "
                f"[{shape[0]}, {shape[1]}).  Dimensions of B: {bracketed(b)}",
                f"Dimensions must be equal, but are {mine} and {theirs}",
            )
    return TensorShape([rows, columns])


@op("SparseTensorDenseMatMul", shape=_product, cost="host")
def sparse_tensor_dense_mat_mul(
    a_indices: Tensor,
    a_values: Tensor,
    a_shape: Static,
    b: Tensor,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of a sparse and a dense matrix."""
    rows, columns, values, b = _sides(a_indices, a_values, b, adjoint_a, adjoint_b)
    parts = values[:, None] * b[columns]
    out = xp(parts).zeros((a_shape[1 if adjoint_a else 0], b.shape[1]), parts.dtype)
    return out.at[rows].add(parts, mode="drop")


def _sides(indices: Any, values: Any, b: Any, adjoint_a: bool, adjoint_b: bool) -> tuple:
    """Rows, columns and values of the left factor and the right one, as they are multiplied."""
    rows, columns = (1, 0) if adjoint_a else (0, 1)
    if adjoint_a and values.dtype.kind == "c":
        values = values.conj()
    if adjoint_b:
        b = b.T.conj() if b.dtype.kind == "c" else b.T
    return indices[:, rows], indices[:, columns], values, b


@sparse_tensor_dense_mat_mul.check
def _(a_indices, a_values, a_shape, b, adjoint_a, adjoint_b):
    return ((a_indices >= 0) & (a_indices < np.array(a_shape, a_indices.dtype))).all()


# How many products are worth SciPy.
_MANY = 20_000


@sparse_tensor_dense_mat_mul.kernel("host")
def _(a_indices, a_values, a_shape, b, adjoint_a, adjoint_b):
    # Checks what XLA drops, and multiplies without the rows in between.
    _check(a_indices, a_values, a_shape, b, adjoint_a, adjoint_b)
    rows, columns, values, b = _sides(a_indices, a_values, b, adjoint_a, adjoint_b)
    dtype = values.dtype
    if dtype.itemsize == 2 and dtype.kind in "fV":  # float16 and bfloat16
        values, b = values.astype(np.float32), b.astype(np.float32)
    if len(values) * b.shape[1] < _MANY or max(*a_shape, len(values)) >= 2**31:
        out = np.zeros((a_shape[1 if adjoint_a else 0], b.shape[1]), values.dtype)
        np.add.at(out, rows, values[:, None] * b[columns])
    else:
        out = product(a_indices, values, a_shape, b, adjoint_a)
    return out.astype(dtype, copy=False)


def _check(indices: Any, values: Any, shape: Any, b: Any, adjoint_a: bool, adjoint_b: bool) -> None:
    _product(*(TensorShape(x.shape) for x in (indices, values)),
             None, TensorShape(b.shape), adjoint_a, adjoint_b)  # fmt: skip
    if type(shape) is not tuple or len(shape) != 2:
        raise ValueError("Tensor 'a_shape' must have 2 elements")
    if values.ndim != 1:
        raise ValueError("Tensor 'a_values' is not a vector")
    if indices.ndim != 2:
        raise ValueError("Tensor 'a_indices' is not a matrix")
    if len(values) != len(indices):
        raise ValueError("Number of rows of a_indices does not match number of entries in a_values")
    if indices.shape[1] != 2:
        raise ValueError(
            "Number of columns of a_indices does not match number of entries in a_shape"
        )
    _product(*(TensorShape(x.shape) for x in (indices, values)),
             shape, TensorShape(b.shape), adjoint_a, adjoint_b)  # fmt: skip
    if is_remembered(indices, shape):
        return
    row = faults(indices, shape).outside
    if row < len(indices):
        axis = int(np.argmax((indices[row] < 0) | (indices[row] >= shape)))
        # Of the left factor as it is multiplied: m numbers its rows, k its columns.
        letter = "mk"[1 - axis if adjoint_a else axis]
        raise ValueError(
            f"{letter} ({indices[row, axis]}) from index[{row},{axis}] out of bounds "
            f"(>={shape[axis]})"
        )


@sparse_tensor_dense_mat_mul.gradient
def _(dz, a_indices, a_values, a_shape, b, adjoint_a, adjoint_b):
    def to_values():
        left, right = (1, 0) if adjoint_a else (0, 1)
        factor = b
        if adjoint_b:
            factor = conj(transpose_op(b, (1, 0)))
        rows = gather_op(dz, a_indices[:, left], 0)
        found = reduce_sum(rows * conj(gather_op(factor, a_indices[:, right], 0)), 1)
        return conj(found) if adjoint_a else found

    def to_b():
        back = sparse_tensor_dense_mat_mul(a_indices, a_values, a_shape, dz, not adjoint_a)
        return conj(transpose_op(back, (1, 0))) if adjoint_b else back

    return None, to_values, to_b


# ---- a product at some places --------------------------------------------------------------------


def sampled_addmm(
    indices: Any,
    values: Any,
    dense_shape: Any,
    mat1: Any,
    mat2: Any,
    beta: Any = 1.0,
    alpha: Any = 1.0,
    output_type: Any = float32,
) -> tuple[Tensor, Tensor, Tensor]:
    """`beta` times a sparse matrix plus `alpha` times a dense product at the sparse one's places.

    indices: int32 or int64 [..., count, 2]. values: [..., count]. dense_shape: the sizes of one
    matrix, int32 [2]. mat1, mat2: [..., rows, inner] and [..., inner, columns] with the same
    leading sizes, all of dtype `output_type`. Answers `indices`, the values [..., count] and
    `dense_shape`.

    >>> identity = tf.constant([[1., 0.], [0., 1.]])
    >>> mat = tf.constant([[1., 2.], [3., 4.]])
    >>> _, values, _ = tf.sparse.sampled_addmm([[1, 0]], [10.], [2, 2], mat, identity)
    >>> values.numpy()
    array([13.], dtype=float32)

    Raises ValueError for another dtype or `dense_shape`, tf.errors.InvalidArgumentError for
    positions outside. Ops: GatherNd, Mul, Sum.
    """
    dtype = as_dtype(output_type)
    indices, dense_shape = convert(indices), convert(dense_shape, int32)
    values, mat1, mat2 = (convert(x, dtype) for x in (values, mat1, mat2))
    for mat, axis in ((mat1, 2), (mat2, 1)):
        if mat.shape.rank is not None and mat.shape.rank < axis:
            raise IndexError(
                f"index -{axis} is out of bounds for axis 0 with size {mat.shape.rank}"
            )
    batch = indices.shape.with_rank_at_least(2).rank
    if batch is None:
        raise ValueError("tf.sparse.sampled_addmm: the rank of `indices` must be known.")
    batch -= 2
    wanted, rows, columns = known_value(dense_shape), mat1.shape[-2], mat2.shape[-1]
    if wanted is not None and None not in (rows, columns) and [*wanted] != [rows, columns]:
        raise ValueError(f"Dense shape: {wanted} does not match output shape: [{rows} {columns}]")
    left = gather_nd(mat1, indices[..., :1], batch_dims=batch)
    right = gather_nd(matrix_transpose(mat2), indices[..., 1:], batch_dims=batch)
    found = multiply(reduce_sum(left * right, -1), convert(alpha, dtype))
    return indices, multiply(values, convert(beta, dtype)) + found, dense_shape
