"""The adjoint of an operator, where nothing is known that is simpler.

Read next: algebra.py.
"""

from typing import Any

from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.objects.linear_operator.batches import joined
from headrace._src.objects.linear_operator.hints import NAMES, arguments, inherited
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.spec import composite
from headrace._src.ops.complex import conj
from headrace._src.ops.linalg import adjoint as adjoint_of


@composite
class LinearOperatorAdjoint(LinearOperator):
    """The operator of the conjugate transpose of another.

    operator: the other. is_non_singular, is_self_adjoint, is_positive_definite, is_square: hints;
    by default the other's.

    >>> operator = tf.linalg.LinearOperatorFullMatrix([[1., 2.], [3., 4.]])
    >>> tf.linalg.LinearOperatorAdjoint(operator).to_dense().numpy()
    array([[1., 3.],
           [2., 4.]], dtype=float32)

    Raises ValueError for hints that contradict the other's.
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
        hints = inherited(operator, {name: given[name] for name in NAMES}, "adjoint")
        self._operator = operator
        self._initialize(operator.dtype, given, **hints, name=name or f"{operator.name}_adjoint")

    @property
    def operator(self) -> LinearOperator:
        """The operator whose adjoint this is."""
        return self._operator

    def _shape(self) -> TensorShape:
        known = self._operator.shape
        return known if known.rank is None else known[:-2].concatenate([known[-1], known[-2]])

    def _shape_tensor(self) -> Any:
        inner = self._operator
        return joined(inner._batch(), inner._columns(), inner._rows())

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._operator.matmul(x, adjoint=not adjoint, adjoint_arg=adjoint_arg)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._operator.solve(rhs, adjoint=not adjoint, adjoint_arg=adjoint_arg)

    def _to_dense(self) -> Tensor:
        return adjoint_of(self._operator.to_dense())

    def _diag_part(self) -> Tensor:
        return conj(self._operator.diag_part())

    def _determinant(self) -> Tensor:
        return conj(self._operator.determinant())

    def _log_abs_determinant(self) -> Tensor:
        return self._operator.log_abs_determinant()

    def _eigvals(self) -> Tensor:
        return conj(self._operator.eigvals())

    def _cond(self) -> Tensor:
        return self._operator.cond()

    def _assert_non_singular(self) -> Any:
        return self._operator.assert_non_singular()

    def _assert_positive_definite(self) -> Any:
        return self._operator.assert_positive_definite()

    def _assert_self_adjoint(self) -> Any:
        return self._operator.assert_self_adjoint()
