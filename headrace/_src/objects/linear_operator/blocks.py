"""What operators made of blocks share: arguments that come in blocks too, as lists.

The one idea: a subclass says what it does to a list of blocks; a single tensor is cut into blocks,
and what comes out is joined again.

Read next: block_diag.py, block_lower_triangular.py.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from headrace._src.core import nest
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.linear_operator.batches import broadcast_batches, joined
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.ops.array import expand_dims, squeeze
from headrace._src.ops.joining import concat, split
from headrace._src.ops.linalg import adjoint as adjoint_of


class Blockwise(LinearOperator):
    """An operator that takes lists of blocks."""

    @abstractmethod
    def _diagonal_blocks(self) -> list[LinearOperator]:
        """The operators on the diagonal, whose sizes are those of the blocks."""

    @abstractmethod
    def _matmul_blocks(self, blocks: list[Tensor], adjoint: bool) -> list[Tensor]:
        """The product with blocks [..., Ni, R]."""

    @abstractmethod
    def _solve_blocks(self, blocks: list[Tensor], adjoint: bool) -> list[Tensor]:
        """The solution for blocks [..., Mi, R]."""

    def _block_sizes(self, rows: bool) -> list[Any]:
        """The numbers of rows, or of columns: ints where they are known, else tensors."""
        parts = self._diagonal_blocks()
        return [part._rows() if rows else part._columns() for part in parts]

    def matmul(
        self, x: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "matmul"
    ) -> Any:
        """The product `A x`, or for a list of blocks the list of the product's blocks.

        x: as for any operator, or a list with a tensor for each block of columns.
        """
        sizes = self._block_sizes(adjoint)
        if not is_blockwise(x, sizes, -1 if adjoint_arg else -2):
            return super().matmul(x, adjoint, adjoint_arg, name)
        with self._scope(name):
            return self._matmul_blocks(self._checked(x, adjoint, adjoint_arg), adjoint)

    def solve(
        self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "solve"
    ) -> Any:
        """The `X` for which `A X = rhs`, or for a list of blocks the list of the solution's.

        rhs: as for any operator, or a list with a tensor for each block of rows.
        """
        sizes = self._block_sizes(not adjoint)
        if not is_blockwise(rhs, sizes, -1 if adjoint_arg else -2):
            return super().solve(rhs, adjoint, adjoint_arg, name)
        self._check_solvable()
        with self._scope(name):
            return self._solve_blocks(self._checked(rhs, not adjoint, adjoint_arg), adjoint)

    def matvec(self, x: Any, adjoint: bool = False, name: str = "matvec") -> Any:
        """The product with a vector, or with the blocks of one."""
        if not is_blockwise(x, self._block_sizes(adjoint), -1):
            return super().matvec(x, adjoint, name)
        columns = [expand_dims(block, -1) for block in x]
        return [squeeze(block, -1) for block in self.matmul(columns, adjoint, name=name)]

    def solvevec(self, rhs: Any, adjoint: bool = False, name: str = "solve") -> Any:
        """The solution for a vector, or for the blocks of one."""
        if not is_blockwise(rhs, self._block_sizes(not adjoint), -1):
            return super().solvevec(rhs, adjoint, name)
        columns = [expand_dims(block, -1) for block in rhs]
        return [squeeze(block, -1) for block in self.solve(columns, adjoint, name=name)]

    def _checked(self, blocks: Any, adjoint: bool, adjoint_arg: bool) -> list[Tensor]:
        tensors = [convert(block) for block in blocks]
        for part, block in zip(self._diagonal_blocks(), tensors, strict=True):
            part._check(block, adjoint, -1 if adjoint_arg else -2)
        return [adjoint_of(block) for block in tensors] if adjoint_arg else tensors

    def _through(
        self, x: Tensor, rows: bool, adjoint_arg: bool, act: Callable[[list[Tensor]], list[Tensor]]
    ) -> Tensor:
        """`x` cut into blocks, acted on, and joined again."""
        x = adjoint_of(x) if adjoint_arg else x
        sizes = joined(*self._block_sizes(rows))
        blocks = split(x, list(sizes) if isinstance(sizes, tuple) else sizes, -2, self._count())
        return concat(broadcast_batches(act(blocks)), -2)

    def _count(self) -> int:
        return len(self._diagonal_blocks())

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._through(
            x, adjoint, adjoint_arg, lambda blocks: self._matmul_blocks(blocks, adjoint)
        )

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._through(
            rhs, not adjoint, adjoint_arg, lambda blocks: self._solve_blocks(blocks, adjoint)
        )


def is_blockwise(x: Any, sizes: list[Any], axis: int) -> bool:
    """Whether an argument is a list of blocks of these sizes, and not a tensor as a list."""
    if not isinstance(x, (list, tuple)) or len(x) != len(sizes):
        return False
    if not any(nest.is_nested(block) for block in x):
        return all(getattr(block, "shape", ()) != () for block in x)
    shapes = [convert(block).shape for block in x]
    if any(shape.rank < -axis for shape in shapes):
        return False
    return all(
        not isinstance(size, int) or size == shape[axis]
        for size, shape in zip(sizes, shapes, strict=True)
    )
