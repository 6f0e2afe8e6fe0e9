"""A matrix that is constant along each diagonal.

The one idea: a Toeplitz matrix is a corner of a circulant one of twice its size, and a circulant
matrix is a convolution. So a product costs a Fourier transform, and no matrix is written out.

Read next: circulant.py.
"""

from typing import Any

from headrace._src.core.dtypes import complex64, complex128, float64
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.linear_operator.batches import (
    batch_shape,
    batch_sizes,
    broadcast_batches,
    common_shape,
    common_sizes,
    in_dtype,
    joined,
    spread,
)
from headrace._src.objects.linear_operator.hints import arguments, parameter
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.spec import composite
from headrace._src.ops.array import broadcast_to, expand_dims, length, positions
from headrace._src.ops.cast import cast
from headrace._src.ops.complex import conj
from headrace._src.ops.fft import fft, ifft
from headrace._src.ops.gather import gather
from headrace._src.ops.joining import concat
from headrace._src.ops.linalg import adjoint as adjoint_of
from headrace._src.ops.linalg import matrix_transpose
from headrace._src.ops.padding import reverse


@composite
class LinearOperatorToeplitz(LinearOperator):
    """The operator of a square Toeplitz matrix, or of a batch of them.

    col: the first column, [B1, ..., Bb, N]. row: the first row, of the same size; its first element
    is ignored. Variables are kept, and followed. is_non_singular, is_self_adjoint,
    is_positive_definite, is_square: hints.

    >>> tf.linalg.LinearOperatorToeplitz([1., 2., 3.], [1., 5., 6.]).to_dense().numpy()
    array([[1., 5., 6.],
           [2., 1., 5.],
           [3., 2., 1.]], dtype=float32)

    Raises ValueError for scalars, and where the sizes differ.
    """

    _matrix_axes = {"col": 1, "row": 1}

    def __init__(
        self,
        col: Any,
        row: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = "LinearOperatorToeplitz",
    ) -> None:
        given = arguments(locals())
        self._row, self._col = parameter(row), parameter(col)
        for which, vector in (("row", self._row), ("col", self._col)):
            if vector.shape.rank == 0:
                raise ValueError(
                    f"Argument {which} must have at least 1 dimension.  Found: {given[which]}"
                )
        sizes = [v.shape[-1] if v.shape.rank else None for v in (self._row, self._col)]
        if None not in sizes and sizes[0] != sizes[1]:
            raise ValueError("Expected square matrix, got row and col with mismatched dimensions.")
        if is_square is False:
            raise ValueError("Only square Toeplitz operators currently supported.")
        self._initialize(self._row.dtype, given, is_square=True)

    @property
    def col(self) -> Any:
        """The first column."""
        return self._col

    @property
    def row(self) -> Any:
        """The first row."""
        return self._row

    def _shape(self) -> TensorShape:
        batch = common_shape([batch_shape(self._row, 1), batch_shape(self._col, 1)])
        rank = self._row.shape.rank
        size = None if rank is None else self._row.shape[-1]
        return batch.concatenate([size, size])

    def _shape_tensor(self) -> Any:
        batch = common_sizes([batch_sizes(self._row, 1), batch_sizes(self._col, 1)])
        size = length(convert(self._row), -1)
        return joined(batch, size, size)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = adjoint_of(x) if adjoint_arg else x
        col, row = broadcast_batches([self._col, self._row], 1)
        if adjoint:
            col, row = concat([conj(col[..., :1]), conj(row[..., 1:])], -1), conj(col)
        circle = concat([col, col[..., :1] * 0, reverse(row[..., 1:], [-1])], -1)
        kind = complex128 if self.dtype in (float64, complex128) else complex64
        # Along the last axis, where transforms run: columns of x become rows.
        x = matrix_transpose(x)
        padded = cast(concat([x, x * 0], -1), kind)
        spectrum = expand_dims(fft(cast(circle, kind)), -2)
        product = ifft(fft(padded) * spectrum)[..., : self._rows()]
        return in_dtype(matrix_transpose(product), self.dtype)

    def _to_dense(self) -> Tensor:
        col, row = broadcast_batches([self._col, self._row], 1)
        size = self._rows()
        line = concat([reverse(row[..., 1:], [-1]), col], -1)
        places = positions(size)
        return gather(line, expand_dims(places, 1) - places + (size - 1), axis=-1)

    def _diag_part(self) -> Tensor:
        batch = common_sizes([batch_sizes(self._row, 1), batch_sizes(self._col, 1)])
        return broadcast_to(convert(self._col)[..., :1], joined(batch, self._rows()))

    def _trace(self) -> Tensor:
        batch = common_sizes([batch_sizes(self._row, 1), batch_sizes(self._col, 1)])
        return spread(convert(self._col)[..., 0], batch, 0) * cast(
            convert(self._rows()), self.dtype
        )
