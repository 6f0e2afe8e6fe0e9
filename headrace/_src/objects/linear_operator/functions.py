"""The functions of `tf.linalg` that take operators, and what each asks of them.

Read next: ops/dispatch.py, operator.py.
"""

from typing import Any

from headrace._src.core.tensor import Tensor
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.ops import decompositions, diagonal, inverse, linalg, solvers
from headrace._src.ops import matmul as products
from headrace._src.ops.dispatch import answered, serve


@serve(LinearOperator, products.matmul)
def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    output_type: Any = None,
    grad_a: bool = False,
    grad_b: bool = False,
    name: str | None = None,
) -> Any:
    """The product of two factors of which one is an operator, or both are.

    Raises ValueError for factors that are to be transposed or are said to be sparse, and for
    another dtype of the result.
    """
    if transpose_a or transpose_b:
        raise ValueError("Transposing not supported at this time.")
    if a_is_sparse or b_is_sparse:
        raise ValueError("Sparse methods not supported at this time.")
    if output_type is not None or grad_a or grad_b:
        raise ValueError("`output_type`, `grad_a` and `grad_b` are not supported for operators.")
    if isinstance(a, LinearOperator):
        return a.matmul(b, adjoint=adjoint_a, adjoint_arg=adjoint_b, name=name or "matmul")
    product = b.matmul(a, adjoint=not adjoint_b, adjoint_arg=not adjoint_a)
    return linalg.adjoint(product)


@serve(LinearOperator, products.matvec)
def matvec(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of an operator and a vector; ValueError as for `matmul`."""
    if transpose_a:
        raise ValueError("Transposing not supported at this time.")
    if a_is_sparse or b_is_sparse:
        raise ValueError("Sparse methods not supported at this time.")
    if not isinstance(a, LinearOperator):
        return NotImplemented
    return a.matvec(b, adjoint=adjoint_a, name=name or "matvec")


@serve(LinearOperator, inverse.solve)
def solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Any:
    """The solution of an operator's equation."""
    if not isinstance(matrix, LinearOperator):
        return NotImplemented
    return matrix.solve(rhs, adjoint=adjoint, name=name or "solve")


@serve(LinearOperator, inverse.inv)
def inv(input: Any, adjoint: bool = False, name: str | None = None) -> Any:
    """The inverse of an operator, or of its adjoint."""
    inverse = input.inverse(name=name or "inverse")
    return inverse.adjoint() if adjoint else inverse


@serve(LinearOperator, linalg.adjoint)
def adjoint(matrix: Any, name: str | None = None) -> Any:
    """The adjoint of an operator."""
    return matrix.adjoint(name=name or "adjoint")


@serve(LinearOperator, linalg.trace)
def trace(x: Any, name: str | None = None) -> Tensor:
    """The trace of an operator."""
    return x.trace(name=name or "trace")


@serve(LinearOperator, diagonal.diag_part)
def diag_part(
    input: Any,
    name: str | None = "diag_part",
    k: Any = 0,
    padding_value: Any = 0,
    align: str = "RIGHT_LEFT",
) -> Tensor:
    """The main diagonal of an operator; NotImplementedError for another."""
    if k != 0 or padding_value != 0 or align != "RIGHT_LEFT":
        raise NotImplementedError("tf.linalg.diag_part of an operator answers its main diagonal.")
    return input.diag_part(name=name or "diag_part")


@serve(LinearOperator, solvers.logdet)
def logdet(matrix: Any, name: str | None = None) -> Tensor:
    """The logarithm of the determinant of an operator."""
    return matrix.log_abs_determinant(name=name or "log_abs_det")


@serve(LinearOperator, inverse.det)
def det(input: Any, name: str | None = None) -> Tensor:
    """The determinant of an operator."""
    return input.determinant(name=name or "det")


@serve(LinearOperator, decompositions.cholesky)
def cholesky(input: Any, name: str | None = None) -> LinearOperator:
    """The Cholesky factor of an operator."""
    return input.cholesky(name=name or "cholesky")


LinearOperator.__tf_op__ = staticmethod(answered)  # type: ignore[attr-defined]
