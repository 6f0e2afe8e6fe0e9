"""A reflection at the plane through zero that is orthogonal to a vector.

Read next: operator.py.
"""

from typing import Any

from headrace._src.core.errors import InvalidArgumentError
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.linear_operator.batches import batch_sizes, joined
from headrace._src.objects.linear_operator.hints import arguments, parameter
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.spec import composite
from headrace._src.ops.array import expand_dims, length, shape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.complex import conj
from headrace._src.ops.constant import ones
from headrace._src.ops.debugging import nothing_to_check
from headrace._src.ops.diagonal import eye
from headrace._src.ops.joining import concat
from headrace._src.ops.linalg import adjoint as adjoint_of
from headrace._src.ops.matmul import matmul
from headrace._src.ops.norms import l2_normalize


@composite
class LinearOperatorHouseholder(LinearOperator):
    """The operator `I - 2 v v^H` for a direction `v`, or a batch of them.

    reflection_axis: [B1, ..., Bb, N], of any length; a variable is kept, and followed.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square: hints; a reflection is
    self-adjoint, and never positive definite.

    >>> tf.linalg.LinearOperatorHouseholder([0., 3.]).matvec([1., 2.]).numpy()
    array([ 1., -2.], dtype=float32)

    Raises ValueError for a scalar, and for hints that no reflection has. Source: Householder,
    Unitary triangularization of a nonsymmetric matrix, 1958.
    """

    _matrix_axes = {"reflection_axis": 1}

    def __init__(
        self,
        reflection_axis: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorHouseholder",
    ) -> None:
        given = arguments(locals())
        self._axis = parameter(reflection_axis)
        rank = self._axis.shape.rank
        if rank is not None and rank < 1:
            raise ValueError(
                f"Argument reflection_axis must have at least 1 dimension.  Found: {self._axis!s}"
            )
        if is_self_adjoint is False:
            raise ValueError("A Householder operator is always self adjoint.")
        if is_positive_definite:
            raise ValueError("A Householder operator is always non-positive definite.")
        if is_square is False:
            raise ValueError("A Householder operator is always square.")
        self._initialize(
            self._axis.dtype,
            given,
            is_self_adjoint=True,
            is_positive_definite=False,
            is_square=True,
        )

    @property
    def reflection_axis(self) -> Any:
        """The direction, as it was given."""
        return self._axis

    def _shape(self) -> TensorShape:
        known = self._axis.shape
        return known if known.rank is None else known.concatenate(known[-1:])

    def _shape_tensor(self) -> Any:
        axis = convert(self._axis)
        return joined(shape_op(axis), length(axis, -1))

    def _unit(self) -> Tensor:
        return l2_normalize(self._axis, axis=-1)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = adjoint_of(x) if adjoint_arg else x
        unit = expand_dims(self._unit(), -1)
        return x - 2 * unit * matmul(unit, x, adjoint_a=True)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._matmul(rhs, adjoint, adjoint_arg)

    def _to_dense(self) -> Tensor:
        unit = self._unit()
        outer = expand_dims(unit, -1) * expand_dims(conj(unit), -2)
        return eye(self._rows(), dtype=self.dtype) - 2 * outer

    def _diag_part(self) -> Tensor:
        unit = self._unit()
        return 1 - 2 * unit * conj(unit)

    def _trace(self) -> Tensor:
        rows = cast(convert(self._rows()), self.dtype)
        return rows + self._filled(-2)

    def _determinant(self) -> Tensor:
        return self._filled(-1)

    def _log_abs_determinant(self) -> Tensor:
        return self._filled(0)

    def _filled(self, value: int) -> Tensor:
        """The batch with one value everywhere."""
        return ones(batch_sizes(self._axis, 1), self.dtype) * value

    def _eigvals(self) -> Tensor:
        batch = batch_sizes(self._axis, 1)
        minus = -ones(joined(batch, 1), self.dtype)
        return concat([minus, ones(joined(batch, self._rows() - 1), self.dtype)], -1)

    def _cond(self) -> Tensor:
        return ones(batch_sizes(self._axis, 1), self.dtype.real_dtype)

    def _assert_non_singular(self) -> Any:
        return nothing_to_check("assert_non_singular")

    def _assert_positive_definite(self) -> Any:
        raise InvalidArgumentError(
            None, None, "Householder operators are always non-positive definite."
        )

    def _assert_self_adjoint(self) -> Any:
        return nothing_to_check("assert_self_adjoint")
