"""An operator that has nothing but its matrix.

Read next: operator.py, whose definitions serve it.
"""

from typing import Any

from headrace._src.core import dtypes
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.linear_operator.hints import arguments, parameter
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.spec import composite
from headrace._src.ops.array import shape_op
from headrace._src.ops.matmul import matmul

_ALLOWED = [
    dtypes.float16,
    dtypes.float32,
    dtypes.float64,
    dtypes.complex64,
    dtypes.complex128,
]


@composite
class LinearOperatorFullMatrix(LinearOperator):
    """The operator of a dense matrix, or of a batch of them.

    matrix: [B1, ..., Bb, M, N], float or complex; a variable is kept, and followed.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square: hints, True, False or None.

    >>> operator = tf.linalg.LinearOperatorFullMatrix([[1., 2.], [3., 4.]])
    >>> operator.determinant().numpy().round(3)
    np.float32(-2.0)

    Raises ValueError for a vector or scalar, TypeError for another dtype.
    """

    _matrix_axes = {"matrix": 2}

    def __init__(
        self,
        matrix: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorFullMatrix",
    ) -> None:
        given = arguments(locals())
        self._matrix = parameter(matrix)
        if self._matrix.dtype not in _ALLOWED:
            raise TypeError(
                f"Argument `matrix` must have dtype in {_ALLOWED}. Received: {self._matrix.dtype}."
            )
        rank = self._matrix.shape.rank
        if rank is not None and rank < 2:
            raise ValueError(
                f"Argument `matrix` must have at least 2 dimensions. Received: {matrix}."
            )
        self._initialize(self._matrix.dtype, given)

    @property
    def matrix(self) -> Any:
        """The matrix."""
        return self._matrix

    def _shape(self) -> TensorShape:
        return self._matrix.shape

    def _shape_tensor(self) -> Tensor:
        return shape_op(convert(self._matrix))

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return matmul(self._matrix, x, adjoint_a=adjoint, adjoint_b=adjoint_arg)

    def _to_dense(self) -> Tensor:
        return convert(self._matrix)
