"""An operator of a matrix that is zero but for three diagonals.

Read next: ops/tridiagonal.py.
"""

from typing import Any

from headrace._src.core.shapes import TensorShape
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
from headrace._src.objects.linear_operator.hints import arguments, parameter
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.spec import composite
from headrace._src.ops.array import length, shape_op
from headrace._src.ops.complex import conj
from headrace._src.ops.debugging import assert_equal
from headrace._src.ops.diagonal import diag, diag_part
from headrace._src.ops.joining import stack
from headrace._src.ops.linalg import adjoint as adjoint_of
from headrace._src.ops.padding import roll
from headrace._src.ops.tridiagonal import (
    three_diagonals,
    tridiagonal_matmul,
    tridiagonal_solve,
)

_FORMATS = ("compact", "matrix", "sequence")


@composite
class LinearOperatorTridiag(LinearOperator):
    """The operator of a tridiagonal matrix, or of a batch of them.

    diagonals: with `diagonals_format` "compact", [B1, ..., Bb, 3, N]: the superdiagonal, whose last
    element is ignored, the diagonal, and the subdiagonal, whose first is; with "sequence", a list
    of the three; with "matrix", [B1, ..., Bb, N, N], of which the rest is ignored. Variables are
    kept, and followed. is_non_singular, is_self_adjoint, is_positive_definite, is_square: hints.

    >>> bands = [[1., 1., 0.], [2., 2., 2.], [0., 3., 3.]]
    >>> tf.linalg.LinearOperatorTridiag(bands).to_dense().numpy()
    array([[2., 1., 0.],
           [3., 2., 1.],
           [0., 3., 2.]], dtype=float32)

    Raises ValueError for another format.
    """

    _matrix_axes = {"diagonals": 2}

    def __init__(
        self,
        diagonals: Any,
        diagonals_format: str = "compact",
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorTridiag",
    ) -> None:
        given = arguments(locals())
        if diagonals_format not in _FORMATS:
            raise ValueError(
                "Argument `diagonals_format` must be one of compact, matrix, or sequence. "
                f"Received : {diagonals_format}."
            )
        self._diagonals_format = diagonals_format
        self._diagonals: Any
        if diagonals_format == "sequence":
            self._diagonals = [parameter(each) for each in diagonals]
        else:
            self._diagonals = parameter(diagonals)
        first = self._diagonals[0] if diagonals_format == "sequence" else self._diagonals
        self._initialize(first.dtype, given, is_square=True if is_square is None else is_square)

    @property
    def diagonals(self) -> Any:
        """The diagonals, as they were given."""
        return self._diagonals

    @property
    def diagonals_format(self) -> str:
        """How they were given."""
        return self._diagonals_format

    def _shape(self) -> TensorShape:
        if self._diagonals_format == "matrix":
            return self._diagonals.shape
        if self._diagonals_format == "compact":
            known = self._diagonals.shape
            return known if known.rank is None else known[:-2].concatenate([known[-1]] * 2)
        batch = common_shape([batch_shape(each, 1) for each in self._diagonals])
        known = self._diagonals[1].shape
        size = None if known.rank is None else known[-1]
        return batch.concatenate([size, size])

    def _shape_tensor(self) -> Any:
        if self._diagonals_format == "matrix":
            return shape_op(convert(self._diagonals))
        if self._diagonals_format == "compact":
            size = length(convert(self._diagonals), -1)
            return joined(batch_sizes(self._diagonals, 2), size, size)
        batch = common_sizes([batch_sizes(each, 1) for each in self._diagonals])
        size = length(convert(self._diagonals[1]), -1)
        return joined(batch, size, size)

    def _compact(self, adjoint: bool = False) -> Tensor:
        """The diagonals in compact format, or those of the adjoint."""
        three = three_diagonals(self._diagonals, self._diagonals_format)
        above, main, below = broadcast_batches(three, 1)
        if adjoint:
            above, below = roll(conj(below), -1, -1), roll(conj(above), 1, -1)
            main = conj(main)
        return stack([above, main, below], -2)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = adjoint_of(x) if adjoint_arg else x
        return tridiagonal_matmul(self._compact(adjoint), x)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        rhs = adjoint_of(rhs) if adjoint_arg else rhs
        diagonals, rhs = broadcast_batches([self._compact(adjoint), rhs])
        return tridiagonal_solve(diagonals, rhs)

    def _to_dense(self) -> Tensor:
        return diag(self._compact(), k=(-1, 1), align="LEFT_RIGHT")

    def _diag_part(self) -> Tensor:
        if self._diagonals_format == "matrix":
            return diag_part(self._diagonals)
        return self._compact()[..., 1, :]

    def _assert_self_adjoint(self) -> Any:
        above, _, below = three_diagonals(self._diagonals, self._diagonals_format)
        return assert_equal(
            conj(below[..., 1:]),
            above[..., :-1],
            message="This tridiagonal operator has non-conjugate subdiagonal and superdiagonal.",
        )
