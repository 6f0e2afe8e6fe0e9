"""The functions of `tf.linalg` that take operators, and what each asks of them.

Read next: ops/guests.py, operator.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core.tensor import Tensor
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.ops.linalg import adjoint as adjoint_of


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
    return adjoint_of(product)


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


def solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Any:
    """The solution of an operator's equation."""
    if not isinstance(matrix, LinearOperator):
        return NotImplemented
    return matrix.solve(rhs, adjoint=adjoint, name=name or "solve")


def inv(input: Any, adjoint: bool = False, name: str | None = None) -> Any:
    """The inverse of an operator, or of its adjoint."""
    inverse = input.inverse(name=name or "inverse")
    return inverse.adjoint() if adjoint else inverse


def adjoint(matrix: Any, name: str | None = None) -> Any:
    """The adjoint of an operator."""
    return matrix.adjoint(name=name or "adjoint")


def trace(x: Any, name: str | None = None) -> Tensor:
    """The trace of an operator."""
    return x.trace(name=name or "trace")


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


def logdet(matrix: Any, name: str | None = None) -> Tensor:
    """The logarithm of the determinant of an operator."""
    return matrix.log_abs_determinant(name=name or "log_abs_det")


_FUNCTIONS: dict[str, Callable] = {
    function.__name__: function
    for function in (matmul, matvec, solve, inv, adjoint, trace, diag_part, logdet)
}


def answered(name: str, args: tuple, kwargs: dict[str, Any]) -> Any:
    """What a function makes of arguments among which there is an operator, or NotImplemented."""
    function = _FUNCTIONS.get(name)
    return NotImplemented if function is None else function(*args, **kwargs)


def answered_op(op: Any, inputs: tuple, attributes: tuple, name: str | None) -> Any:
    """What an op makes of an operator, or NotImplemented."""
    (x,) = inputs if len(inputs) == 1 else (None,)
    if not isinstance(x, LinearOperator):
        return NotImplemented
    if op.name == "MatrixDeterminant":
        return x.determinant(name=name or "det")
    return x.cholesky(name=name or "cholesky") if op.name == "Cholesky" else NotImplemented


LinearOperator.__tf_function__ = staticmethod(answered)  # type: ignore[attr-defined]
LinearOperator.__tf_op__ = staticmethod(answered_op)  # type: ignore[attr-defined]
