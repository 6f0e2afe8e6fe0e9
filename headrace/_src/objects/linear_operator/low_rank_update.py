"""A simple operator plus a product of two thin matrices.

The one idea: if `L` is easy to solve with and `U`, `V` are thin, then so is `A = L + U D V^H`: all
it takes is the small matrix `C = D^-1 + V^H L^-1 U`, of which the Woodbury identity makes the
solution and the matrix determinant lemma the determinant.

Read next: operator.py.
"""

from typing import Any

from headrace._src.core.shapes import Dimension, TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.linear_operator.batches import (
    batch_shape,
    batch_sizes,
    broadcast_batches,
    common_shape,
    common_sizes,
    joined,
)
from headrace._src.objects.linear_operator.diag import LinearOperatorDiag
from headrace._src.objects.linear_operator.hints import NAMES, arguments, parameter
from headrace._src.objects.linear_operator.identity import LinearOperatorIdentity
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.spec import composite
from headrace._src.ops.array import length
from headrace._src.ops.cast import cast
from headrace._src.ops.complex import conj
from headrace._src.ops.decompositions import cholesky
from headrace._src.ops.inverse import det, slogdet, solve
from headrace._src.ops.linalg import adjoint as adjoint_of
from headrace._src.ops.matmul import matmul
from headrace._src.ops.reduce import reduce_sum
from headrace._src.ops.solvers import cholesky_solve, logdet


@composite
class LinearOperatorLowRankUpdate(LinearOperator):
    """The operator `L + U D V^H`, for an operator `L` and thin matrices `U` and `V`.

    base_operator: `L`, [B1, ..., Bb, M, N]. u: [B1, ..., Bb, M, K]. diag_update: the diagonal of
    `D`, [B1, ..., Bb, K]; by default ones. v: [B1, ..., Bb, N, K]; by default `u`. Variables are
    kept, and followed. is_diag_update_positive: whether `D` is known to be positive.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square: hints.

    >>> base = tf.linalg.LinearOperatorDiag([1., 2.], is_positive_definite=True)
    >>> operator = tf.linalg.LinearOperatorLowRankUpdate(base, u=[[1.], [1.]])
    >>> operator.determinant().numpy().round(3)
    np.float32(5.0)

    Raises ValueError where sizes do not fit or hints contradict what follows from the arguments.
    Sources: Woodbury, Inverting modified matrices, 1950; Harville, Matrix Algebra, 1997, 18.1.
    """

    _matrix_axes = {"base_operator": 2, "u": 2, "v": 2, "diag_update": 1}

    def __init__(
        self,
        base_operator: LinearOperator,
        u: Any,
        diag_update: Any = None,
        v: Any = None,
        is_diag_update_positive: bool | None = None,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorLowRankUpdate",
    ) -> None:
        given = arguments(locals())
        if diag_update is None:
            if is_diag_update_positive is False:
                raise ValueError(
                    "Default diagonal is the identity, which is positive.  However, user set "
                    "'is_diag_update_positive' to False."
                )
            is_diag_update_positive = True
        self._is_diag_update_positive = is_diag_update_positive
        symmetric = base_operator.is_self_adjoint and v is None
        known = {hint: given[hint] for hint in NAMES}
        if base_operator.is_positive_definite and is_diag_update_positive and symmetric:
            if any(hint is False for hint in known.values()):
                raise ValueError("Arguments imply this is self-adjoint positive-definite operator.")
            known = dict.fromkeys(known, True)
        elif symmetric and (diag_update is None or not _is_complex(diag_update)):
            known["is_self_adjoint"] = True if is_self_adjoint is None else is_self_adjoint
        self._base_operator = base_operator
        self._u = parameter(u)
        self._v = self._u if v is None else parameter(v)
        self._diag_update = None if diag_update is None else parameter(diag_update)
        self._initialize(base_operator.dtype, given, **known)
        self._check_shapes()

    def _check_shapes(self) -> None:
        base, u, diag = self._base_operator, self._u, self._diag_update
        common_shape([base.batch_shape, batch_shape(u, 2), batch_shape(self._v, 2)])
        if u.shape.rank is not None:
            if u.shape.rank < 2:
                raise IndexError(
                    f"tuple index out of range: `u` must be a matrix, and has shape {u.shape}."
                )
            base.range_dimension.assert_is_compatible_with(u.shape[-2])
            if diag is not None and diag.shape.rank:
                Dimension(u.shape[-1]).assert_is_compatible_with(diag.shape[-1])

    @property
    def base_operator(self) -> LinearOperator:
        """The operator `L`."""
        return self._base_operator

    @property
    def u(self) -> Any:
        """The matrix `U`."""
        return self._u

    @property
    def v(self) -> Any:
        """The matrix `V`."""
        return self._v

    @property
    def diag_update(self) -> Any:
        """The diagonal of `D`, or None."""
        return self._diag_update

    @property
    def is_diag_update_positive(self) -> bool | None:
        """Whether `D` is known to be positive."""
        return self._is_diag_update_positive

    @property
    def diag_operator(self) -> LinearOperator:
        """The operator `D`."""
        if self._diag_update is None:
            return LinearOperatorIdentity(length(convert(self._u), -1), dtype=self.dtype)
        return LinearOperatorDiag(
            self._diag_update, is_positive_definite=self._is_diag_update_positive
        )

    def _shape(self) -> TensorShape:
        base = self._base_operator
        batches = [base.batch_shape, batch_shape(self._u, 2), batch_shape(self._v, 2)]
        return common_shape(batches).concatenate(
            [base.range_dimension.value, base.domain_dimension.value]
        )

    def _shape_tensor(self) -> Any:
        base = self._base_operator
        batches = [base._batch(), batch_sizes(self._u, 2), batch_sizes(self._v, 2)]
        return joined(common_sizes(batches), base._rows(), base._columns())

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        left, right = (self._v, self._u) if adjoint else (self._u, self._v)
        inner = matmul(right, x, adjoint_a=True, adjoint_b=adjoint_arg)
        update = matmul(left, self.diag_operator.matmul(inner, adjoint=adjoint))
        return self._base_operator.matmul(x, adjoint=adjoint, adjoint_arg=adjoint_arg) + update

    def _capacitance(self) -> Tensor:
        """The small matrix `D^-1 + V^H L^-1 U`."""
        inner = matmul(self._v, self._base_operator.solve(self._u), adjoint_a=True)
        return self.diag_operator.inverse().add_to_tensor(inner)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        rhs = adjoint_of(rhs) if adjoint_arg else rhs
        base = self._base_operator
        left, right = (self._v, self._u) if adjoint else (self._u, self._v)
        solved = base.solve(rhs, adjoint=adjoint)
        inner = matmul(right, solved, adjoint_a=True)
        capacitance, inner = broadcast_batches([self._capacitance(), inner])
        if self._can_use_cholesky():
            inner = cholesky_solve(cholesky(capacitance), inner)
        else:
            inner = solve(capacitance, inner, adjoint=adjoint)
        return solved - base.solve(matmul(left, inner), adjoint=adjoint)

    def _determinant(self) -> Tensor:
        if self._can_use_cholesky():
            return super()._determinant()
        small = self._capacitance()
        return det(small) * self.diag_operator.determinant() * self._base_operator.determinant()

    def _log_abs_determinant(self) -> Tensor:
        small = self._capacitance()
        if self._can_use_cholesky():
            of_small = cast(logdet(small), self.dtype)
        else:
            of_small = slogdet(small)[1]
        of_diag = self.diag_operator.log_abs_determinant()
        return of_small + of_diag + self._base_operator.log_abs_determinant()

    def _diag_part(self) -> Tensor:
        if not self.is_square:
            return super()._diag_part()
        update = self._u * conj(self._v)
        if self._diag_update is not None:
            update = update * convert(self._diag_update)[..., None, :]
        return reduce_sum(update, -1) + self._base_operator.diag_part()


def _is_complex(diag_update: Any) -> bool:
    return parameter(diag_update).dtype.is_complex
