"""The inverse of a square matrix, systems of equations, and determinants.

All three begin with the same elimination, and all three meet matrices that have no inverse: for the
first two that is an error, a determinant is then 0.

Read next: ops/triangular.py, ops/solvers.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import op
from headrace._src.ops import complex as complex_numbers
from headrace._src.ops import lapack
from headrace._src.ops.array import expand_dims
from headrace._src.ops.cast import cast
from headrace._src.ops.matmul import matmul


def at_least_matrix(x: TensorShape, text: str = "Input tensor 0 must have rank >= 2, got ") -> None:
    """Raises for a shape that is no matrix and no stack of them."""
    if x.rank is not None and x.rank < 2:
        raise ShapeError(f"{text}{x.rank}", f"Shape must be at least rank 2 but is rank {x.rank}")


def square_matrix(x: TensorShape, *_: Any) -> TensorShape:
    """The shape of a square matrix or a stack of them; raises for any other."""
    at_least_matrix(x)
    if x.rank is not None and None not in (x[-1], x[-2]) and x[-1] != x[-2]:
        raise ShapeError(
            "Input matrix must be square.", f"Dimensions must be equal, but are {x[-2]} and {x[-1]}"
        )
    if x.rank is not None and None in (x[-1], x[-2]):
        side = x[-1] if x[-2] is None else x[-2]
        return x[:-2].concatenate([side, side])
    return x


# ---- inverse and systems -------------------------------------------------------------------------


def inv(input: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The inverse of a square matrix, or of each matrix of a stack.

    input: [..., n, n], float or complex. adjoint: whether to invert the adjoint.

    >>> tf.linalg.inv([[2., 0.], [0., 4.]]).numpy()
    array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)

    Raises tf.errors.InvalidArgumentError where there is none. Op: MatrixInverse.
    """
    return matrix_inverse(input, bool(adjoint), name)


@op("MatrixInverse", shape=square_matrix, cost="host")
def matrix_inverse(input: Tensor, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The inverses."""
    return xp(input).linalg.inv(_adjoint(input) if adjoint else input)


@matrix_inverse.check
def _(input, adjoint):
    # What a singular matrix leads to under XLA.
    return xp(input).isfinite(matrix_inverse.op.body(input, adjoint)).all()


@matrix_inverse.kernel("host")
def _(input, adjoint):
    square_matrix(TensorShape(input.shape))
    matrix = _adjoint(input) if adjoint else input
    try:
        inverse = lapack.inverse(matrix) if lapack.is_large(matrix) else np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        inverse = None
    if inverse is None or np.isnan(input).any():
        raise ValueError("Input is not invertible.")
    return inverse


def _adjoint(x: Any) -> Any:
    return xp(x).swapaxes(x.conj() if x.dtype.kind == "c" else x, -1, -2)


@matrix_inverse.gradient
def _(dz, adjoint, out):
    if adjoint:
        return -matmul(matmul(out, dz, adjoint_b=True), out)
    return -matmul(matmul(out, dz, adjoint_a=True), out, adjoint_b=True)


def solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The solution x of `matrix @ x = rhs`, or of each system of a stack.

    matrix: [..., n, n], float or complex. rhs: [..., n, k], with the same leading axes. adjoint:
    whether to solve with the matrix's adjoint.

    >>> tf.linalg.solve([[2., 0.], [0., 4.]], [[2.], [8.]]).numpy()
    array([[1.],
           [2.]], dtype=float32)

    Raises tf.errors.InvalidArgumentError where the matrix has no inverse. Op: MatrixSolve.
    """
    return matrix_solve(matrix, rhs, bool(adjoint), name)


def _solution(matrix: TensorShape, rhs: TensorShape, adjoint: bool = False) -> TensorShape:
    if matrix.rank is None or rhs.rank is None:
        return rhs
    if matrix.rank != rhs.rank:
        raise ShapeError("All input tensors must have the same rank.")
    at_least_matrix(matrix)
    if not matrix[:-2].is_compatible_with(rhs[:-2]):
        raise ShapeError("All input tensors must have the same outer dimensions.")
    if None not in (matrix[-1], matrix[-2]) and matrix[-1] != matrix[-2]:
        raise ShapeError("First input (lhs) must be a square matrix.")
    if None not in (matrix[-2], rhs[-2]) and matrix[-2] != rhs[-2]:
        raise ShapeError("Input matrix and rhs are incompatible.")
    return rhs


@op("MatrixSolve", shape=_solution, cost="host")
def matrix_solve(
    matrix: Tensor, rhs: Tensor, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """The solutions of systems of equations."""
    return xp(matrix).linalg.solve(_adjoint(matrix) if adjoint else matrix, rhs)


@matrix_solve.check
def _(matrix, rhs, adjoint):
    return xp(matrix).isfinite(matrix_solve.op.body(matrix, rhs, adjoint)).all()


@matrix_solve.kernel("host")
def _(matrix, rhs, adjoint):
    _solution(TensorShape(matrix.shape), TensorShape(rhs.shape))
    left = _adjoint(matrix) if adjoint else matrix
    solve = lapack.solution if lapack.is_large(left) and rhs.size else np.linalg.solve
    try:
        found = solve(left, rhs)
    except np.linalg.LinAlgError:
        found = None
    if found is None or np.isnan(matrix).any():
        raise ValueError("Input matrix is not invertible.")
    return found


@matrix_solve.gradient
def _(dz, matrix, adjoint, out):
    drhs = matrix_solve(matrix, dz, not adjoint)
    if adjoint:
        return lambda: -matmul(out, drhs, adjoint_b=True), drhs
    return lambda: -matmul(drhs, out, adjoint_b=True), drhs


# ---- determinants --------------------------------------------------------------------------------


def _without_matrix(x: TensorShape) -> TensorShape:
    square_matrix(x)
    return unknown if x.rank is None else x[:-2]


@op("MatrixDeterminant", shape=_without_matrix, cost="host")
def det(input: Tensor, name: str | None = None) -> Tensor:
    """The determinant of a square matrix, or of each matrix of a stack.

    input: [..., n, n], float or complex; the result is [...].

    >>> tf.linalg.det([[1., 2.], [3., 4.]]).numpy().round(4)
    np.float32(-2.0)

    The gradient needs the inverse: it raises where there is none. Op: MatrixDeterminant.
    """
    return xp(input).linalg.det(input)


@det.kernel("host")
def _(input):
    _without_matrix(TensorShape(input.shape))
    with lapack.one_thread(input.shape[-1]):
        return np.linalg.det(input)


@det.gradient
def _(dz, input, out):
    factor = dz * (complex_numbers.conj(out) if out.dtype.is_complex else out)
    return expand_dims(expand_dims(factor, -1), -1) * matrix_inverse(input, True)


def _sign_and_log(x: TensorShape) -> list[TensorShape]:
    return [_without_matrix(x)] * 2


@op("LogMatrixDeterminant", shape=_sign_and_log, cost="host")
def slogdet(input: Tensor, name: str | None = None) -> Any:
    """The sign of the determinant and the logarithm of its absolute value.

    input: [..., n, n], float or complex. Returns a named tuple (sign, log_abs_determinant), both
    [...] and of the input's dtype; the sign of a complex determinant has absolute value 1.

    >>> sign, log = tf.linalg.slogdet([[0., 2.], [2., 0.]])
    >>> sign.numpy(), log.numpy().round(4)
    (np.float32(-1.0), np.float32(1.3863))

    Op: LogMatrixDeterminant.
    """
    _without_matrix(TensorShape(input.shape))
    sign, log = xp(input).linalg.slogdet(input)
    return sign, log.astype(input.dtype)


@slogdet.kernel("host")
def _(input):
    with lapack.one_thread(input.shape[-1] if input.ndim else 0):
        return slogdet.op.body(input)


@slogdet.gradient
def _(dsign, dlog, input, sign, log_abs_determinant):
    factor = dlog
    if input.dtype.is_complex:
        # Only the real part of the logarithm varies; the sign turns with the imaginary part.
        turned = dsign * complex_numbers.conj(sign)
        turned = turned - cast(complex_numbers.real(turned), turned.dtype)
        factor = cast(complex_numbers.real(dlog), dlog.dtype) + turned
    return expand_dims(expand_dims(factor, -1), -1) * matrix_inverse(input, True)
