"""The product of several operators, kept as its factors.

Read next: algebra.py, which makes most of them.
"""

from collections.abc import Sequence
from typing import Any

from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.objects.linear_operator.adjoint import LinearOperatorAdjoint
from headrace._src.objects.linear_operator.batches import common_shape, common_sizes, joined
from headrace._src.objects.linear_operator.checks import together
from headrace._src.objects.linear_operator.hints import all_true, arguments, checked_operators
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.spec import composite


@composite
class LinearOperatorComposition(LinearOperator):
    """The operator `A1 A2 ... Ak` of operators of one dtype whose sizes fit.

    operators: a list of at least one; their batch shapes broadcast. is_non_singular,
    is_self_adjoint, is_positive_definite, is_square: hints; what follows from the operators' own is
    filled in.

    >>> a = tf.linalg.LinearOperatorFullMatrix([[1., 2.], [3., 4.]])
    >>> tf.linalg.LinearOperatorComposition([a, a]).matvec([1., 0.]).numpy()
    array([ 7., 15.], dtype=float32)

    Raises ValueError where there is none or sizes do not fit, TypeError where dtypes differ.
    """

    _matrix_axes = {"operators": 2}

    def __init__(
        self,
        operators: Sequence[LinearOperator],
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        given = arguments(locals())
        self._operators = checked_operators(operators)
        if all_true(self._operators, "is_non_singular"):
            if is_non_singular is False:
                raise ValueError(
                    "The composition of non-singular operators is always non-singular."
                )
            is_non_singular = True
        if _is_gram(self._operators):
            is_self_adjoint = True
            is_positive_definite = True if is_non_singular else is_positive_definite
        if len(self._operators) == 1:
            is_self_adjoint = is_self_adjoint or self._operators[0].is_self_adjoint
            is_positive_definite = is_positive_definite or self._operators[0].is_positive_definite
        self._initialize(
            self._operators[0].dtype,
            given,
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=all_true(self._operators, "is_square") if is_square is None else is_square,
            name=name or "_o_".join(operator.name for operator in self._operators),
        )

    @property
    def operators(self) -> list[LinearOperator]:
        """The factors, in order."""
        return self._operators

    def _shape(self) -> TensorShape:
        for left, right in zip(self._operators, self._operators[1:], strict=False):
            left.domain_dimension.assert_is_compatible_with(right.range_dimension)
        batch = common_shape([operator.batch_shape for operator in self._operators])
        rows, columns = self._operators[0].range_dimension, self._operators[-1].domain_dimension
        return batch.concatenate([rows.value, columns.value])

    def _shape_tensor(self) -> Any:
        batch = common_sizes([operator._batch() for operator in self._operators])
        return joined(batch, self._operators[0]._rows(), self._operators[-1]._columns())

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        for operator in self._operators if adjoint else reversed(self._operators):
            x = operator.matmul(x, adjoint=adjoint, adjoint_arg=adjoint_arg)
            adjoint_arg = False
        return x

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        for operator in reversed(self._operators) if adjoint else self._operators:
            rhs = operator.solve(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)
            adjoint_arg = False
        return rhs

    def _determinant(self) -> Tensor:
        result = self._operators[0].determinant()
        for operator in self._operators[1:]:
            result = result * operator.determinant()
        return result

    def _log_abs_determinant(self) -> Tensor:
        result = self._operators[0].log_abs_determinant()
        for operator in self._operators[1:]:
            result = result + operator.log_abs_determinant()
        return result

    def _assert_non_singular(self) -> Any:
        if not all_true(self._operators, "is_square"):
            return super()._assert_non_singular()
        return together([operator.assert_non_singular() for operator in self._operators])


def _is_gram(operators: Sequence[LinearOperator]) -> bool:
    """Whether it is the product of one operator and its adjoint."""
    if len(operators) != 2:
        return False
    left, right = operators
    if left is right:
        return left.is_self_adjoint is True
    return (isinstance(left, LinearOperatorAdjoint) and left.operator is right) or (
        isinstance(right, LinearOperatorAdjoint) and right.operator is left
    )
