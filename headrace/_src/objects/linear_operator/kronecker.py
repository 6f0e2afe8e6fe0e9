"""The Kronecker product of several operators, which never writes out the large matrix.

The one idea: an argument of `N1 N2 ... Nk` rows is a tensor with one axis per operator, and each
operator acts along its own. The loop turns the tensor once round, axis by axis.

Read next: operator.py.
"""

from collections.abc import Callable, Sequence
from typing import Any

from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.linear_operator.batches import (
    batch_sizes,
    common_shape,
    common_sizes,
    joined,
    reshaped,
    spread,
    times,
)
from headrace._src.objects.linear_operator.checks import together
from headrace._src.objects.linear_operator.hints import all_true, arguments, checked_operators
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.spec import composite
from headrace._src.ops.array import expand_dims, length
from headrace._src.ops.cast import cast
from headrace._src.ops.linalg import adjoint as adjoint_of
from headrace._src.ops.linalg import matrix_transpose
from headrace._src.ops.powers import pow


@composite
class LinearOperatorKronecker(LinearOperator):
    """The operator `A1 (x) A2 (x) ... (x) Ak` of operators of one dtype.

    operators: a list of at least one; their batch shapes broadcast. is_non_singular,
    is_self_adjoint, is_positive_definite, is_square: hints; what follows from the operators' own is
    filled in.

    >>> a = tf.linalg.LinearOperatorFullMatrix([[1., 2.], [3., 4.]])
    >>> tf.linalg.LinearOperatorKronecker([a, tf.linalg.LinearOperatorIdentity(1)]).shape
    TensorShape([2, 2])

    Raises ValueError where there is none, TypeError where dtypes differ.
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
        if not operators:
            raise ValueError(
                f"Argument `operators` must be a list of >=1 operators. Received: {operators}."
            )
        self._operators = checked_operators(operators)
        known: dict[str, Any] = {}
        for hint in ("is_non_singular", "is_self_adjoint", "is_positive_definite", "is_square"):
            if all_true(self._operators, hint):
                if given[hint] is False and hint != "is_square":
                    said = hint.removeprefix("is_").replace("_", "-")
                    raise ValueError(
                        f"The Kronecker product of {said} operators is always {said}. Expected "
                        f"argument `{hint}` to be True. Received: False."
                    )
                known[hint] = given[hint] if given[hint] is not None else True
        self._initialize(
            self._operators[0].dtype,
            given,
            **known,
            name=name or "_x_".join(operator.name for operator in self._operators),
        )

    @property
    def operators(self) -> list[LinearOperator]:
        """The factors, in order."""
        return self._operators

    def _shape(self) -> TensorShape:
        batch = common_shape([operator.batch_shape for operator in self._operators])
        rows: int | None = 1
        columns: int | None = 1
        for operator in self._operators:
            m, n = operator.range_dimension.value, operator.domain_dimension.value
            rows = None if rows is None or m is None else rows * m
            columns = None if columns is None or n is None else columns * n
        return batch.concatenate([rows, columns])

    def _shape_tensor(self) -> Any:
        rows = columns = 1
        for operator in self._operators:
            rows = times(rows, operator._rows())
            columns = times(columns, operator._columns())
        return joined(self._batch(), rows, columns)

    def _batch(self) -> Any:
        return common_sizes([operator._batch() for operator in self._operators])

    def _turned(self, x: Tensor, sizes: list[Any], act: Callable[[Any, Tensor], Tensor]) -> Tensor:
        """`x` after each operator has acted along its own axis.

        sizes: how many rows of its argument each operator takes. act: of an operator and an
        argument.
        """
        x = spread(x, common_sizes([self._batch(), batch_sizes(x, 2)]))
        batch, columns = batch_sizes(x, 2), length(x, -1)
        for operator, size in zip(self._operators, sizes, strict=True):
            # The operator's axis is in front, and goes to the end.
            x = matrix_transpose(act(operator, reshaped(x, batch, size, -1)))
        # The columns of `x` are in front now.
        return matrix_transpose(reshaped(x, batch, columns, -1))

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = adjoint_of(x) if adjoint_arg else x
        sizes = [op._rows() if adjoint else op._columns() for op in self._operators]
        return self._turned(x, sizes, lambda op, part: op.matmul(part, adjoint=adjoint))

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        rhs = adjoint_of(rhs) if adjoint_arg else rhs
        sizes = [op._columns() if adjoint else op._rows() for op in self._operators]
        return self._turned(rhs, sizes, lambda op, part: op.solve(part, adjoint=adjoint))

    def _outer(self, vectors: list[Tensor]) -> Tensor:
        """The Kronecker product of vectors."""
        result = vectors[0]
        for vector in vectors[1:]:
            product = expand_dims(result, -1) * expand_dims(vector, -2)
            result = reshaped(product, batch_sizes(product, 2), -1)
        return result

    def _diag_part(self) -> Tensor:
        if not all_true(self._operators, "is_square"):
            return super()._diag_part()
        return self._outer([operator.diag_part() for operator in self._operators])

    def _trace(self) -> Tensor:
        if not all_true(self._operators, "is_square"):
            return super()._trace()
        result = self._operators[0].trace()
        for operator in self._operators[1:]:
            result = result * operator.trace()
        return result

    def _eigvals(self) -> Tensor:
        if not all_true(self._operators, "is_self_adjoint"):
            return super()._eigvals()
        return self._outer([operator.eigvals() for operator in self._operators])

    def _others(self, place: int, dtype: Any) -> Tensor:
        """How often the eigenvalues of an operator recur: the size of all the others."""
        rows = 1
        for other in self._operators[:place] + self._operators[place + 1 :]:
            rows = times(rows, other._rows())
        return cast(convert(rows), dtype)

    def _determinant(self) -> Tensor:
        if not all_true(self._operators, "is_square"):
            return super()._determinant()
        result: Any = 1
        for place, operator in enumerate(self._operators):
            part = operator.determinant()
            result = pow(part, self._others(place, part.dtype)) * result
        return result

    def _log_abs_determinant(self) -> Tensor:
        if not all_true(self._operators, "is_square"):
            return super()._log_abs_determinant()
        result: Any = 0
        for place, operator in enumerate(self._operators):
            part = operator.log_abs_determinant()
            result = part * self._others(place, part.dtype) + result
        return result

    def _assert_non_singular(self) -> Any:
        if not all_true(self._operators, "is_square"):
            return super()._assert_non_singular()
        return together([operator.assert_non_singular() for operator in self._operators])

    def _assert_self_adjoint(self) -> Any:
        if not all_true(self._operators, "is_square"):
            return super()._assert_self_adjoint()
        return together([operator.assert_self_adjoint() for operator in self._operators])
