"""A reordering of rows.

Read next: operator.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import as_dtype, float32
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.objects.linear_operator.batches import batch_sizes, common_sizes, joined, spread
from headrace._src.objects.linear_operator.hints import arguments, parameter
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.spec import composite
from headrace._src.ops.array import expand_dims, length, positions, shape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import equal
from headrace._src.ops.constant import ones, zeros
from headrace._src.ops.debugging import nothing_to_check
from headrace._src.ops.gather import gather
from headrace._src.ops.linalg import adjoint as adjoint_of
from headrace._src.ops.sort import argsort


@composite
class LinearOperatorPermutation(LinearOperator):
    """The operator that puts row `perm[i]` of its argument into row `i`.

    perm: [B1, ..., Bb, N], the integers from 0 to N - 1 in some order. dtype: of what it acts on.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square: hints.

    >>> tf.linalg.LinearOperatorPermutation([1, 2, 0]).matvec([10., 20., 30.]).numpy()
    array([20., 30., 10.], dtype=float32)

    Raises ValueError where `perm` is no such order, TypeError where it is not of integers.
    """

    _matrix_axes = {"perm": 1}

    def __init__(
        self,
        perm: Any,
        dtype: Any = float32,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorPermutation",
    ) -> None:
        given = arguments(locals())
        self._perm = parameter(perm)
        if not self._perm.dtype.is_integer:
            raise TypeError(
                f"Argument `perm` must be integer dtype. Received: {_shown(self._perm)}."
            )
        if self._perm.shape.rank == 0:
            raise ValueError(
                f"Argument `perm` must have at least 1 dimension. Received: {_shown(self._perm)}."
            )
        known = known_value(self._perm)
        if known is not None:
            size = known.shape[-1]
            if not (np.sort(known, -1) == np.arange(size)).all():
                raise ValueError(
                    f"Argument `perm` must be a vector of unique integers from 0 to {size - 1}."
                )
        for hint, said in (("is_non_singular", "non-singular"), ("is_square", "square")):
            if given[hint] is False:
                raise ValueError(
                    f"A Permutation operator is always {said}. Expected argument `{hint}` to be "
                    "True. Received: False."
                )
        self._initialize(as_dtype(dtype), given, is_square=True)

    @property
    def perm(self) -> Any:
        """The order."""
        return self._perm

    def _shape(self) -> TensorShape:
        known = self._perm.shape
        return known if known.rank is None else known.concatenate(known[-1:])

    def _shape_tensor(self) -> Any:
        perm = convert(self._perm)
        return joined(shape_op(perm), length(perm, -1))

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = adjoint_of(x) if adjoint_arg else x
        order = argsort(self._perm, axis=-1) if adjoint else convert(self._perm)
        batch = common_sizes([batch_sizes(order, 1), batch_sizes(x, 2)])
        x, order = spread(x, batch), spread(order, batch, 1)
        return gather(x, order, axis=-2, batch_dims=len(order.shape) - 1)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._matmul(rhs, not adjoint, adjoint_arg)

    def _to_dense(self) -> Tensor:
        columns = cast(positions(self._rows()), self._perm.dtype)
        return cast(equal(columns, expand_dims(self._perm, -1)), self.dtype)

    def _diag_part(self) -> Tensor:
        return cast(equal(cast(positions(self._rows()), self._perm.dtype), self._perm), self.dtype)

    def _log_abs_determinant(self) -> Tensor:
        return zeros(batch_sizes(self._perm, 1), self.dtype)

    def _cond(self) -> Tensor:
        return ones(batch_sizes(self._perm, 1), self.dtype.real_dtype)

    def _assert_non_singular(self) -> Any:
        return nothing_to_check("assert_non_singular")


def _shown(x: Any) -> Any:
    known = known_value(convert(x))
    return x if known is None else known
