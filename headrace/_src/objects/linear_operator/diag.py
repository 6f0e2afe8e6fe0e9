"""An operator of a diagonal matrix: everything it does is elementwise.

Read next: operator.py.
"""

from typing import Any

from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.linear_operator.batches import joined
from headrace._src.objects.linear_operator.checks import assert_no_zeros, assert_real
from headrace._src.objects.linear_operator.hints import arguments, parameter
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.spec import composite
from headrace._src.ops.array import expand_dims, length, shape_op
from headrace._src.ops.complex import conj, real
from headrace._src.ops.debugging import assert_positive, nothing_to_check
from headrace._src.ops.diagonal import diag as matrix_of
from headrace._src.ops.linalg import adjoint as adjoint_of
from headrace._src.ops.math import abs
from headrace._src.ops.powers import log
from headrace._src.ops.reduce import reduce_max, reduce_min, reduce_prod, reduce_sum


@composite
class LinearOperatorDiag(LinearOperator):
    """The operator of a diagonal matrix, or of a batch of them.

    diag: [B1, ..., Bb, N]; a variable is kept, and followed. is_non_singular, is_self_adjoint,
    is_positive_definite, is_square: hints; a real diagonal is self-adjoint.

    >>> tf.linalg.LinearOperatorDiag([1., 2.]).inverse().to_dense().numpy()
    array([[1. , 0. ],
           [0. , 0.5]], dtype=float32)

    Raises ValueError for a scalar, and for hints that no diagonal matrix can have.
    """

    _matrix_axes = {"diag": 1}

    def __init__(
        self,
        diag: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorDiag",
    ) -> None:
        given = arguments(locals())
        self._diag = parameter(diag)
        rank = self._diag.shape.rank
        if rank is not None and rank < 1:
            raise ValueError(
                f"Argument diag must have at least 1 dimension.  Found: {self._diag!s}"
            )
        if not self._diag.dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError("A real diagonal operator is always self adjoint.")
            is_self_adjoint = True
        if is_square is False:
            raise ValueError("Only square diagonal operators currently supported.")
        self._initialize(self._diag.dtype, given, is_self_adjoint=is_self_adjoint, is_square=True)

    @property
    def diag(self) -> Any:
        """The diagonal."""
        return self._diag

    def _shape(self) -> TensorShape:
        known = self._diag.shape
        return known if known.rank is None else known.concatenate(known[-1:])

    def _shape_tensor(self) -> Any:
        diag = convert(self._diag)
        return joined(shape_op(diag), length(diag, -1))

    def _diagonal(self, adjoint: bool) -> Tensor:
        return conj(self._diag) if adjoint else convert(self._diag)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return expand_dims(self._diagonal(adjoint), -1) * (adjoint_of(x) if adjoint_arg else x)

    def _matvec(self, x: Tensor, adjoint: bool = False) -> Tensor:
        return self._diagonal(adjoint) * x

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return (adjoint_of(rhs) if adjoint_arg else rhs) / expand_dims(self._diagonal(adjoint), -1)

    def _solvevec(self, rhs: Tensor, adjoint: bool = False) -> Tensor:
        self._check_solvable()
        return rhs / self._diagonal(adjoint)

    def _to_dense(self) -> Tensor:
        return matrix_of(self._diag)

    def _diag_part(self) -> Tensor:
        return convert(self._diag)

    def _determinant(self) -> Tensor:
        return reduce_prod(self._diag, -1)

    def _log_abs_determinant(self) -> Tensor:
        return reduce_sum(log(abs(self._diag)), -1)

    def _eigvals(self) -> Tensor:
        return convert(self._diag)

    def _cond(self) -> Tensor:
        size = abs(self._diag)
        return reduce_max(size, -1) / reduce_min(size, -1)

    def _assert_non_singular(self) -> Any:
        return assert_no_zeros(self._diag, "Singular operator:  Diagonal contained zero values.")

    def _assert_positive_definite(self) -> Any:
        told = (
            "Diagonal operator had diagonal entries with non-positive real part, thus was not "
            "positive definite."
            if self.dtype.is_complex
            else "Real diagonal operator had non-positive diagonal entries, thus was not positive "
            "definite."
        )
        return assert_positive(real(self._diag), message=told)

    def _assert_self_adjoint(self) -> Any:
        if not self.dtype.is_complex:
            return nothing_to_check("assert_self_adjoint")
        return assert_real(
            convert(self._diag),
            "This diagonal operator contained non-zero imaginary values.   Thus it was not "
            "self-adjoint.",
        )
