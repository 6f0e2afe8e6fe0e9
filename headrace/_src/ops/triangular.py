"""Triangular systems.

The one idea: a triangular matrix is solved by substitution, row by row. BLAS does it for each
matrix of a stack; it neither looks at the other triangle nor minds a zero on the diagonal (the
answer is then infinite, as TensorFlow's is).

Read next: ops/solvers.py, ops/decompositions.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import namespace
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, broadcast_dims, unknown
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import op
from headrace._src.ops import lapack
from headrace._src.ops.diagonal import band_part
from headrace._src.ops.matmul import matmul


def triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """The solution x of `matrix @ x = rhs` for a triangular matrix, or a stack of such systems.

    matrix: [..., n, n], float or complex; only the triangle that `lower` names is read. rhs: [...,
    n, k], of the same dtype; the leading axes broadcast. adjoint: whether to solve with the
    matrix's adjoint.

    >>> tf.linalg.triangular_solve([[2., 0.], [1., 1.]], [[2.], [3.]]).numpy()
    array([[1.],
           [2.]], dtype=float32)

    Op: MatrixTriangularSolve.
    """
    return matrix_triangular_solve(matrix, rhs, bool(lower), bool(adjoint), name)


def _solved(matrix: TensorShape, rhs: TensorShape, *_: Any) -> TensorShape:
    for i, x in enumerate((matrix, rhs)):
        if x.rank is not None and x.rank < 2:
            raise ShapeError(
                f"In[{i}] ndims must be >= 2: {x.rank}",
                f"Shape must be at least rank 2 but is rank {x.rank}",
            )
    if matrix.rank is None or rhs.rank is None:
        return unknown
    rows, n = matrix[-2:]
    if None not in (rows, n) and rows != n:
        raise ShapeError(
            f"In[0] matrices in the last dimensions must be square ({n} =/= {rows})",
            f"Dimensions must be equal, but are {rows} and {n}",
        )
    batch = broadcast_dims(tuple(matrix[:-2]), tuple(rhs[:-2]))
    if batch is None:
        raise ShapeError(
            "In[0] and In[1] must have compatible batch dimensions: "
            f"{bracketed(matrix)} vs. {bracketed(rhs)}"
        )
    if None not in (n, rhs[-2]) and n != rhs[-2]:
        raise ShapeError(
            f"In[0] mismatch In[1] shape: {n} vs. {rhs[-2]}: {bracketed(matrix)} {bracketed(rhs)}",
            f"Dimensions must be equal, but are {n} and {rhs[-2]}",
        )
    return TensorShape([*batch, rhs[-2], rhs[-1]])


@op("MatrixTriangularSolve", shape=_solved, cost="host")
def matrix_triangular_solve(
    matrix: Tensor,
    rhs: Tensor,
    lower: bool = True,
    adjoint: bool = False,
    name: str | None = None,
) -> Tensor:
    """The solutions of triangular systems."""
    return namespace.linalg_under_xla.triangular_solve(matrix, rhs, lower, adjoint)


# Where one side's stack was repeated for the other's, its gradient is summed over the repetitions.
matrix_triangular_solve.op.broadcasts = True


@matrix_triangular_solve.kernel("host")
def _(matrix, rhs, lower, adjoint):
    shape = tuple(_solved(TensorShape(matrix.shape), TensorShape(rhs.shape)))
    n, k = shape[-2:]
    out = np.empty(shape, matrix.dtype)
    if not out.size:
        return out
    matrices = np.broadcast_to(matrix, (*shape[:-2], n, n)).reshape(-1, n, n)
    sides = np.broadcast_to(rhs, shape).reshape(-1, n, k)
    with lapack.one_thread(n):
        for result, a, b in zip(out.reshape(-1, n, k), matrices, sides, strict=True):
            result[...] = lapack.substitution(a, b, lower, adjoint)
    return out


@matrix_triangular_solve.gradient
def _(dz, matrix, lower, adjoint, out):
    drhs = matrix_triangular_solve(matrix, dz, lower, not adjoint)

    def dmatrix():
        if adjoint:
            outer = matmul(out, drhs, adjoint_b=True)
        else:
            outer = matmul(drhs, out, adjoint_b=True)
        return band_part(-outer, -1, 0) if lower else band_part(-outer, 0, -1)

    return dmatrix, drhs
