"""Operators in a lower triangle: solved block by block, from the top.

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
from headrace._src.objects.linear_operator.block_diag import known_sum, product, total
from headrace._src.objects.linear_operator.blocks import Blockwise
from headrace._src.objects.linear_operator.checks import together
from headrace._src.objects.linear_operator.hints import all_true, arguments, checked_operators
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.spec import composite
from headrace._src.ops.joining import concat


@composite
class LinearOperatorBlockLowerTriangular(Blockwise):
    """The operator of a matrix of operators, zero above its diagonal.

    operators: a list of rows, of which row i has i + 1 operators, all of one dtype; the last of
    each row is square. Batch shapes broadcast. is_non_singular, is_self_adjoint,
    is_positive_definite, is_square: hints. `matmul`, `solve` and their vector forms also take lists
    of blocks.

    >>> a, b = tf.linalg.LinearOperatorDiag([2.]), tf.linalg.LinearOperatorIdentity(1)
    >>> tf.linalg.LinearOperatorBlockLowerTriangular([[a], [a, b]]).to_dense().numpy()
    array([[2., 0.],
           [2., 1.]], dtype=float32)

    Raises ValueError where rows have other lengths or sizes do not fit, TypeError where dtypes
    differ.
    """

    _matrix_axes = {"operators": 2}

    def __init__(
        self,
        operators: Sequence[Sequence[LinearOperator]],
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorBlockLowerTriangular",
    ) -> None:
        given = arguments(locals())
        if not operators:
            raise ValueError(
                f"Argument `operators` must be a list of >=1 operators. Received: {operators}."
            )
        for i, row in enumerate(operators):
            if len(row) != i + 1:
                raise ValueError(
                    f"Argument `operators[{i}]` must contain `{i + 1}` blocks. Received: "
                    f"{len(row)} blocks."
                )
        checked_operators([operator for row in operators for operator in row])
        self._operators = [list(row) for row in operators]
        _check_sizes(self._operators)
        diagonal = self._diagonal_blocks()
        if all_true(diagonal, "is_non_singular"):
            if is_non_singular is False:
                raise ValueError(
                    "A blockwise lower-triangular operator with non-singular operators on the main "
                    "diagonal is always non-singular."
                )
            is_non_singular = True
        if any(operator.is_non_singular is False for operator in diagonal):
            if is_non_singular:
                raise ValueError(
                    "A blockwise lower-triangular operator with a singular operator on the main "
                    "diagonal is always singular."
                )
            is_non_singular = False
        if is_square is False:
            raise ValueError("A blockwise lower-triangular operator is always square.")
        self._initialize(
            self._operators[0][0].dtype,
            given,
            is_non_singular=is_non_singular,
            is_square=True,
        )

    @property
    def operators(self) -> list[list[LinearOperator]]:
        """The rows of operators."""
        return self._operators

    def _diagonal_blocks(self) -> list[LinearOperator]:
        return [row[-1] for row in self._operators]

    def _every(self) -> list[LinearOperator]:
        return [operator for row in self._operators for operator in row]

    def _shape(self) -> TensorShape:
        batch = common_shape([operator.batch_shape for operator in self._every()])
        diagonal = self._diagonal_blocks()
        rows = known_sum([operator.range_dimension.value for operator in diagonal])
        columns = known_sum([operator.domain_dimension.value for operator in diagonal])
        return batch.concatenate([rows, columns])

    def _shape_tensor(self) -> Any:
        batch = common_sizes([operator._batch() for operator in self._every()])
        return joined(batch, sum(self._block_sizes(True)), sum(self._block_sizes(False)))

    def _matmul_blocks(self, blocks: list[Tensor], adjoint: bool) -> list[Tensor]:
        rows = self._operators
        if adjoint:
            return [
                total([rows[i][j].matmul(blocks[i], adjoint=True) for i in range(j, len(rows))])
                for j in range(len(rows))
            ]
        return [total([op.matmul(blocks[j]) for j, op in enumerate(row)]) for row in rows]

    def _solve_blocks(self, blocks: list[Tensor], adjoint: bool) -> list[Tensor]:
        rows = self._operators
        places = range(len(rows))
        found: dict[int, Tensor] = {}
        for i in reversed(places) if adjoint else places:
            rest = blocks[i]
            for j, solution in found.items():
                factor = rows[j][i] if adjoint else rows[i][j]
                rest = rest - factor.matmul(solution, adjoint=adjoint)
            found[i] = rows[i][i].solve(rest, adjoint=adjoint)
        return [found[i] for i in places]

    def _diag_part(self) -> Tensor:
        parts = [operator.diag_part() for operator in self._diagonal_blocks()]
        return concat(broadcast_batches(parts, 1), -1)

    def _trace(self) -> Tensor:
        return total([operator.trace() for operator in self._diagonal_blocks()])

    def _determinant(self) -> Tensor:
        return product([operator.determinant() for operator in self._diagonal_blocks()])

    def _log_abs_determinant(self) -> Tensor:
        return total([operator.log_abs_determinant() for operator in self._diagonal_blocks()])

    def _assert_non_singular(self) -> Any:
        return together([operator.assert_non_singular() for operator in self._diagonal_blocks()])


def _check_sizes(rows: list[list[LinearOperator]]) -> None:
    """That blocks above each other have as many columns, and blocks beside each other as many rows;
    ValueError if not.
    """
    for i, row in enumerate(rows):
        for j, operator in enumerate(row):
            if i == j:
                if operator.is_square is False:
                    raise ValueError(
                        f"Argument `operators[{i}][{j}]` must be square. Received shape: "
                        f"{operator.shape}."
                    )
                continue
            for what, other, place in (
                ("domain_dimension", rows[j][j], f"operators[{j}][{j}]"),
                ("range_dimension", rows[i][i], f"operators[{i}][{i}]"),
            ):
                own, wanted = getattr(operator, what).value, getattr(other, what).value
                if own is not None and wanted is not None and own != wanted:
                    raise ValueError(
                        f"Argument `operators[{i}][{j}].{what}` ({own}) must be the same as "
                        f"`{place}.{what}` ({wanted})."
                    )
