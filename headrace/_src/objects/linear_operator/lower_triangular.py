"""An operator of a lower triangular matrix: solved by substitution, its determinant a product.

Read next: operator.py, ops/triangular.py.
"""

from typing import Any

from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.linear_operator.batches import broadcast_batches
from headrace._src.objects.linear_operator.checks import assert_no_zeros
from headrace._src.objects.linear_operator.hints import arguments, parameter
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.spec import composite
from headrace._src.ops.array import shape_op
from headrace._src.ops.diagonal import band_part, diag_part
from headrace._src.ops.linalg import adjoint as adjoint_of
from headrace._src.ops.math import abs
from headrace._src.ops.matmul import matmul
from headrace._src.ops.powers import log
from headrace._src.ops.reduce import reduce_prod, reduce_sum
from headrace._src.ops.triangular import triangular_solve


@composite
class LinearOperatorLowerTriangular(LinearOperator):
    """The operator of a lower triangular matrix, or of a batch of them.

    tril: [B1, ..., Bb, N, N]; what stands above the diagonal is ignored. A variable is kept, and
    followed. is_non_singular, is_self_adjoint, is_positive_definite, is_square: hints.

    >>> operator = tf.linalg.LinearOperatorLowerTriangular([[1., 9.], [2., 4.]])
    >>> operator.solvevec([1., 4.]).numpy()
    array([1. , 0.5], dtype=float32)

    Raises ValueError for a vector or scalar, or where it is said not to be square.
    """

    _matrix_axes = {"tril": 2}

    def __init__(
        self,
        tril: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorLowerTriangular",
    ) -> None:
        given = arguments(locals())
        if is_square is False:
            raise ValueError("Only square lower triangular operators supported at this time.")
        self._tril = parameter(tril)
        rank = self._tril.shape.rank
        if rank is not None and rank < 2:
            raise ValueError(
                f"Argument tril must have at least 2 dimensions.  Found: {self._tril!s}"
            )
        self._initialize(self._tril.dtype, given, is_square=True)

    @property
    def tril(self) -> Any:
        """The matrix, as it was given."""
        return self._tril

    def _shape(self) -> TensorShape:
        return self._tril.shape

    def _shape_tensor(self) -> Tensor:
        return shape_op(convert(self._tril))

    def _to_dense(self) -> Tensor:
        return band_part(self._tril, -1, 0)

    def _diag_part(self) -> Tensor:
        return diag_part(self._tril)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return matmul(self._to_dense(), x, adjoint_a=adjoint, adjoint_b=adjoint_arg)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        rhs = adjoint_of(rhs) if adjoint_arg else rhs
        tril, rhs = broadcast_batches([self._tril, rhs])
        return triangular_solve(tril, rhs, lower=True, adjoint=adjoint)

    def _determinant(self) -> Tensor:
        return reduce_prod(self._diag_part(), -1)

    def _log_abs_determinant(self) -> Tensor:
        return reduce_sum(log(abs(self._diag_part())), -1)

    def _assert_non_singular(self) -> Any:
        return assert_no_zeros(
            self._diag_part(), "Singular operator:  Diagonal contained zero values."
        )
