"""Several operators along a diagonal: each acts on its own part.

Read next: blocks.py, which cuts and joins.
"""

from collections.abc import Sequence
from typing import Any

from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.objects.linear_operator.batches import (
    broadcast_batches,
    common_shape,
    common_sizes,
    joined,
)
from headrace._src.objects.linear_operator.blocks import Blockwise
from headrace._src.objects.linear_operator.checks import together
from headrace._src.objects.linear_operator.hints import all_true, arguments, checked_operators
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.spec import composite
from headrace._src.ops.joining import concat


@composite
class LinearOperatorBlockDiag(Blockwise):
    """The operator of a matrix with other operators' matrices along its diagonal.

    operators: a list of at least one, of one dtype; their batch shapes broadcast. is_non_singular,
    is_self_adjoint, is_positive_definite, is_square: hints; what follows from the operators' own is
    filled in. `matmul`, `solve` and their vector forms also take lists of blocks.

    >>> a = tf.linalg.LinearOperatorDiag([2.])
    >>> both = tf.linalg.LinearOperatorBlockDiag([a, tf.linalg.LinearOperatorIdentity(1)])
    >>> both.to_dense().numpy()
    array([[2., 0.],
           [0., 1.]], dtype=float32)

    Raises ValueError where there is none, TypeError where dtypes differ.
    """

    _matrix_axes = {"operators": 2}

    def __init__(
        self,
        operators: Sequence[LinearOperator],
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str | None = None,
    ) -> None:
        given = arguments(locals())
        self._operators = checked_operators(operators)
        known: dict[str, Any] = {}
        for hint in ("is_non_singular", "is_self_adjoint", "is_positive_definite"):
            if all_true(self._operators, hint):
                if given[hint] is False:
                    said = hint.removeprefix("is_").replace("_", "-")
                    said = "positive definite" if said == "positive-definite" else said
                    raise ValueError(f"The direct sum of {said} operators is always {said}.")
                known[hint] = True
        if not all(operator.is_square is not False for operator in self._operators):
            known["is_square"] = None
        self._initialize(
            self._operators[0].dtype,
            given,
            **known,
            name=name or "_ds_".join(operator.name for operator in self._operators),
        )

    @property
    def operators(self) -> list[LinearOperator]:
        """The operators along the diagonal."""
        return self._operators

    def _diagonal_blocks(self) -> list[LinearOperator]:
        return self._operators

    def _shape(self) -> TensorShape:
        batch = common_shape([operator.batch_shape for operator in self._operators])
        return batch.concatenate(
            [
                known_sum([operator.range_dimension.value for operator in self._operators]),
                known_sum([operator.domain_dimension.value for operator in self._operators]),
            ]
        )

    def _shape_tensor(self) -> Any:
        batch = common_sizes([operator._batch() for operator in self._operators])
        return joined(batch, sum(self._block_sizes(True)), sum(self._block_sizes(False)))

    def _matmul_blocks(self, blocks: list[Tensor], adjoint: bool) -> list[Tensor]:
        pairs = zip(self._operators, blocks, strict=True)
        return [operator.matmul(block, adjoint=adjoint) for operator, block in pairs]

    def _solve_blocks(self, blocks: list[Tensor], adjoint: bool) -> list[Tensor]:
        pairs = zip(self._operators, blocks, strict=True)
        return [operator.solve(block, adjoint=adjoint) for operator, block in pairs]

    def _are_square(self) -> bool:
        return all(operator.is_square for operator in self._operators)

    def _diag_part(self) -> Tensor:
        if not self._are_square():
            return super()._diag_part()
        parts = [operator.diag_part() for operator in self._operators]
        return concat(broadcast_batches(parts, 1), -1)

    def _trace(self) -> Tensor:
        if not self._are_square():
            return super()._trace()
        return total([operator.trace() for operator in self._operators])

    def _eigvals(self) -> Tensor:
        if not all_true(self._operators, "is_self_adjoint"):
            return super()._eigvals()
        parts = [operator.eigvals() for operator in self._operators]
        return concat(broadcast_batches(parts, 1), -1)

    def _determinant(self) -> Tensor:
        if not self._are_square():
            return super()._determinant()
        return product([operator.determinant() for operator in self._operators])

    def _log_abs_determinant(self) -> Tensor:
        if not self._are_square():
            return super()._log_abs_determinant()
        return total([operator.log_abs_determinant() for operator in self._operators])

    def _assert_non_singular(self) -> Any:
        return together([operator.assert_non_singular() for operator in self._operators])

    def _assert_self_adjoint(self) -> Any:
        return together([operator.assert_self_adjoint() for operator in self._operators])

    def _assert_positive_definite(self) -> Any:
        return together([operator.assert_positive_definite() for operator in self._operators])


def known_sum(sizes: Sequence[int | None]) -> int | None:
    """The sum of sizes, or None where one is not known."""
    return None if None in sizes else sum(sizes)  # type: ignore[arg-type]


def total(tensors: Sequence[Tensor]) -> Tensor:
    """The sum of tensors that broadcast."""
    result = tensors[0]
    for tensor in tensors[1:]:
        result = result + tensor
    return result


def product(tensors: Sequence[Tensor]) -> Tensor:
    """The product of tensors that broadcast."""
    result = tensors[0]
    for tensor in tensors[1:]:
        result = result * tensor
    return result
