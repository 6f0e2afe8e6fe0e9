"""An operator that maps everything to zero.

Read next: identity.py, with which it shares what is known of sizes.
"""

from typing import Any

from headrace._src.core.dtypes import as_dtype, float32
from headrace._src.core.errors import InvalidArgumentError
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.node import known_value
from headrace._src.objects.linear_operator.batches import batch_sizes, common_sizes, joined, spread
from headrace._src.objects.linear_operator.hints import arguments
from headrace._src.objects.linear_operator.identity import (
    Sized,
    checked_batch,
    checked_size,
    known_shape,
    size_of,
)
from headrace._src.objects.linear_operator.spec import composite
from headrace._src.ops.array import length
from headrace._src.ops.constant import zeros
from headrace._src.ops.math import minimum
from headrace._src.ops.powers import log


@composite
class LinearOperatorZeros(Sized):
    """The zero matrix of some size, or a batch of them.

    num_rows: an integer scalar. num_columns: by default as many. batch_shape: an integer vector; by
    default no batch. dtype: by default float32. is_non_singular, is_self_adjoint,
    is_positive_definite, is_square: hints; say so where it is not square. assert_proper_shapes:
    whether products check sizes that are only known when they run.

    >>> zeros = tf.linalg.LinearOperatorZeros(1, 2, is_square=False, is_self_adjoint=False)
    >>> zeros.to_dense().numpy()
    array([[0., 0.]], dtype=float32)

    Raises TypeError for a size that is no integer, ValueError for a negative one and for hints that
    are not true.
    """

    _static_names = ("num_rows", "num_columns", "batch_shape")

    def __init__(
        self,
        num_rows: Any,
        num_columns: Any = None,
        batch_shape: Any = None,
        dtype: Any = None,
        is_non_singular: bool | None = False,
        is_self_adjoint: bool | None = True,
        is_positive_definite: bool | None = False,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str | None = "LinearOperatorZeros",
    ) -> None:
        given = arguments(locals())
        self._assert_proper_shapes = assert_proper_shapes
        self._num_rows = checked_size(num_rows, "num_rows")
        self._num_columns = (
            self._num_rows if num_columns is None else checked_size(num_columns, "num_columns")
        )
        self._batch_sizes = checked_batch(batch_shape)
        rows, columns = known_value(self._num_rows), known_value(self._num_columns)
        if is_square and rows is not None and columns is not None and rows != columns:
            raise ValueError(
                f"LinearOperatorZeros initialized as is_square=True, but got num_rows({rows}) != "
                f"num_columns({columns})"
            )
        if is_non_singular:
            raise ValueError("A zero operator is always singular.")
        if is_positive_definite:
            raise ValueError("A zero operator is always not positive-definite.")
        self._initialize(float32 if dtype is None else as_dtype(dtype), given)

    def _argument(self, name: str) -> Any:
        return self._columns() if name == "num_columns" else super()._argument(name)

    def _columns(self) -> Any:
        return size_of(self._num_columns)

    def _shape(self) -> TensorShape:
        sizes = [known_value(size) for size in (self._num_rows, self._num_columns)]
        return known_shape(self._batch_sizes).concatenate(
            [None if size is None else int(size) for size in sizes]
        )

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        self._check_proper(x, -1 if adjoint_arg else -2)
        rows = self._columns() if adjoint else self._rows()
        batch = common_sizes([self._batch(), batch_sizes(x, 2)])
        return zeros(joined(batch, rows, length(x, -2 if adjoint_arg else -1)), self.dtype)

    def _to_dense(self) -> Tensor:
        return zeros(joined(self._batch(), self._rows(), self._columns()), self.dtype)

    def _add_to_tensor(self, x: Tensor) -> Tensor:
        return spread(x, common_sizes([self._batch(), batch_sizes(x, 2)]))

    def _diag_part(self) -> Tensor:
        rows, columns = self._rows(), self._columns()
        both_known = isinstance(rows, int) and isinstance(columns, int)
        size = min(rows, columns) if both_known else minimum(rows, columns)
        return zeros(joined(self._batch(), size), self.dtype)

    def _trace(self) -> Tensor:
        return zeros(self._batch(), self.dtype)

    def _determinant(self) -> Tensor:
        return zeros(self._batch(), self.dtype)

    def _log_abs_determinant(self) -> Tensor:
        return log(self._determinant())

    def _eigvals(self) -> Tensor:
        return self._diag_part()

    def _assert_non_singular(self) -> Any:
        raise InvalidArgumentError(None, None, "Zero operators are always non-invertible.")

    def _assert_positive_definite(self) -> Any:
        raise InvalidArgumentError(None, None, "Zero operators are always non-positive definite.")
