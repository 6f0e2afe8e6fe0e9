"""The inverse of an operator, where nothing is known that is simpler.

Read next: algebra.py.
"""

from typing import Any

from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.objects.linear_operator.hints import NAMES, arguments, inherited
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.spec import composite


@composite
class LinearOperatorInversion(LinearOperator):
    """The operator of the inverse of another: multiplies by solving, and the other way round.

    operator: the other. is_non_singular, is_self_adjoint, is_positive_definite, is_square: hints;
    by default the other's.

    >>> operator = tf.linalg.LinearOperatorFullMatrix([[2., 0.], [0., 4.]])
    >>> tf.linalg.LinearOperatorInversion(operator).to_dense().numpy()
    array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)

    Raises ValueError for an operator that is singular or not square by its hints.
    """

    _matrix_axes = {"operator": 2}

    def __init__(
        self,
        operator: LinearOperator,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        given = arguments(locals())
        for hint in ("is_square", "is_non_singular"):
            own = getattr(operator, hint)
            if own is False or given[hint] is False:
                raise ValueError(
                    f"Argument `{hint}` or argument `operator` must have supplied hint "
                    f"`{hint}` equal to `True` or `None`. Found `operator.{hint}`: {own}, "
                    f"`{hint}`: {given[hint]}."
                )
        hints = inherited(operator, {name: given[name] for name in NAMES}, "inverse")
        self._operator = operator
        self._initialize(operator.dtype, given, **hints, name=name or f"{operator.name}_inv")

    @property
    def operator(self) -> LinearOperator:
        """The operator whose inverse this is."""
        return self._operator

    def _shape(self) -> TensorShape:
        return self._operator.shape

    def _shape_tensor(self) -> Any:
        return self._operator.shape_tensor()

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._operator.solve(x, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._operator.matmul(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _determinant(self) -> Tensor:
        return 1 / self._operator.determinant()

    def _log_abs_determinant(self) -> Tensor:
        return -self._operator.log_abs_determinant()

    def _eigvals(self) -> Tensor:
        return 1 / self._operator.eigvals()

    def _cond(self) -> Tensor:
        return self._operator.cond()

    def _assert_non_singular(self) -> Any:
        return self._operator.assert_non_singular()

    def _assert_positive_definite(self) -> Any:
        return self._operator.assert_positive_definite()

    def _assert_self_adjoint(self) -> Any:
        return self._operator.assert_self_adjoint()
