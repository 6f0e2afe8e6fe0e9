"""Matrices that act by convolution on a circle, a torus, or a torus of three dimensions.

The one idea: Fourier's transform makes such a matrix diagonal. So the spectrum is all there is to
an operator; it multiplies by transforming, scaling and transforming back.

Read next: ops/fft.py, toeplitz.py.
"""

import math
from collections.abc import Callable
from typing import Any, ClassVar

from headrace._src.core.dtypes import as_dtype, complex64, complex128, float64
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.linear_operator.batches import (
    as_tensor,
    batch_shape,
    batch_sizes,
    common_sizes,
    in_dtype,
    joined,
    matrix_sizes,
    reshaped,
    spread,
    times,
)
from headrace._src.objects.linear_operator.checks import assert_no_zeros, assert_real
from headrace._src.objects.linear_operator.hints import arguments, parameter
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.spec import composite
from headrace._src.ops.array import expand_dims, length
from headrace._src.ops.cast import cast
from headrace._src.ops.complex import conj, imag, real
from headrace._src.ops.constant import ones
from headrace._src.ops.debugging import assert_less, assert_positive
from headrace._src.ops.fft import fft, fft2d, fft3d, ifft, ifft2d, ifft3d
from headrace._src.ops.linalg import adjoint as adjoint_of
from headrace._src.ops.linalg import matrix_transpose
from headrace._src.ops.math import abs
from headrace._src.ops.powers import log
from headrace._src.ops.reduce import reduce_max, reduce_min, reduce_prod, reduce_sum

_FORWARD: list[Callable] = [fft, fft2d, fft3d]
_BACK: list[Callable] = [ifft, ifft2d, ifft3d]


class BlockCirculant(LinearOperator):
    """What circulant operators of any depth share."""

    _depth: ClassVar[int]

    def _prepare(self, given: dict[str, Any]) -> None:
        spectrum = self._spectrum = parameter(given["spectrum"])
        if spectrum.shape.rank is not None and spectrum.shape.rank < self._depth:
            raise ValueError(
                f"Argument `spectrum` must have at least {self._depth} dimensions. "
                f"Received: {given['spectrum']}."
            )
        is_self_adjoint = given["is_self_adjoint"]
        if not spectrum.dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError(
                    "A real spectrum always corresponds to a self-adjoint operator. Expected "
                    "argument `is_self_adjoint` to be True when `spectrum.dtype.is_complex` = "
                    "True. Received: False."
                )
            is_self_adjoint = True
        if given["is_square"] is False:
            raise ValueError(
                "A [[nested] block] circulant operator is always square. Expected argument "
                "`is_square` to be True. Received: False."
            )
        dtype = as_dtype(given["input_output_dtype"])
        self._initialize(dtype, given, is_self_adjoint=is_self_adjoint, is_square=True)

    @property
    def spectrum(self) -> Any:
        """The eigenvalues, arranged as frequencies."""
        return self._spectrum

    @property
    def input_output_dtype(self) -> Any:
        """The dtype of what it acts on."""
        return self.dtype

    @property
    def block_depth(self) -> int:
        """How many axes the convolution has."""
        return self._depth

    @property
    def block_shape(self) -> TensorShape:
        """What is known of the sizes of these axes."""
        return self._spectrum.shape[-self._depth :]

    def block_shape_tensor(self) -> Tensor:
        """The sizes of these axes as an int32 vector."""
        return as_tensor(self._blocks())

    def _blocks(self) -> Any:
        return matrix_sizes(convert(self._spectrum), self._depth)

    def _shape(self) -> TensorShape:
        batch, blocks = batch_shape(self._spectrum, self._depth), self.block_shape
        known = blocks.rank is not None and blocks.is_fully_defined()
        size = math.prod(blocks.as_list()) if known else None  # type: ignore[arg-type]
        return batch.concatenate([size, size])

    def _shape_tensor(self) -> Any:
        size: Any = 1
        for axis in range(-self._depth, 0):
            size = times(size, length(convert(self._spectrum), axis))
        return joined(batch_sizes(self._spectrum, self._depth), size, size)

    def _kind(self) -> Any:
        """The complex dtype to transform in."""
        return complex128 if self.dtype in (float64, complex128) else complex64

    def convolution_kernel(self, name: str = "convolution_kernel") -> Tensor:
        """What it convolves with: the spectrum, transformed back, of the operator's dtype."""
        with self._scope(name):
            return in_dtype(self._kernel(), self.dtype)

    def _kernel(self) -> Tensor:
        return _BACK[self._depth - 1](cast(self._spectrum, self._kind()))

    def _through(self, x: Tensor, spectrum: Tensor) -> Tensor:
        """`x` scaled by a spectrum, frequency by frequency."""
        batch = common_sizes([batch_sizes(spectrum, self._depth), batch_sizes(x, 2)])
        # Along the last axes, where transforms run: each column of `x` is a signal.
        x = spread(matrix_transpose(x), joined(batch))
        columns = length(x, -2)
        signals = reshaped(cast(x, self._kind()), batch, columns, self._blocks())
        scaled = _FORWARD[self._depth - 1](signals) * expand_dims(spectrum, -self._depth - 1)
        answer = reshaped(_BACK[self._depth - 1](scaled), batch, columns, -1)
        return in_dtype(matrix_transpose(answer), self.dtype)

    def _scale(self, adjoint: bool) -> Tensor:
        spectrum = cast(self._spectrum, self._kind())
        return conj(spectrum) if adjoint else spectrum

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._through(adjoint_of(x) if adjoint_arg else x, self._scale(adjoint))

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._through(adjoint_of(rhs) if adjoint_arg else rhs, 1 / self._scale(adjoint))

    def _over_blocks(self, reduce: Callable, x: Any) -> Tensor:
        return reduce(x, list(range(-self._depth, 0)))

    def _diag_part(self) -> Tensor:
        rows = self._rows()
        mean = self._trace() / cast(convert(rows), self.dtype)
        return expand_dims(mean, -1) * ones(joined(rows), self.dtype)

    def _trace(self) -> Tensor:
        return in_dtype(self._over_blocks(reduce_sum, self._spectrum), self.dtype)

    def _determinant(self) -> Tensor:
        return in_dtype(self._over_blocks(reduce_prod, self._spectrum), self.dtype)

    def _log_abs_determinant(self) -> Tensor:
        return in_dtype(self._over_blocks(reduce_sum, log(abs(self._spectrum))), self.dtype)

    def _eigvals(self) -> Tensor:
        return reshaped(convert(self._spectrum), batch_sizes(self._spectrum, self._depth), -1)

    def _cond(self) -> Tensor:
        size = abs(self._spectrum)
        return self._over_blocks(reduce_max, size) / self._over_blocks(reduce_min, size)

    def assert_hermitian_spectrum(self, name: str = "assert_hermitian_spectrum") -> Any:
        """A check that the spectrum is Hermitian, which makes the matrix real.

        Raises tf.errors.InvalidArgumentError where it is not, up to rounding.
        """
        with self._scope(name):
            kernel = self._kernel()
            size = self._over_blocks(reduce_max, abs(self._spectrum))
            bound = cast(size, self._kind().real_dtype) * 1e-5 + 1e-30
            return assert_less(
                self._over_blocks(reduce_max, abs(imag(kernel))),
                bound,
                message="Spectrum was not Hermitian",
            )

    def _assert_non_singular(self) -> Any:
        return assert_no_zeros(
            convert(self._spectrum), "Singular operator:  Spectrum contained zero values."
        )

    def _assert_positive_definite(self) -> Any:
        return assert_positive(
            real(self._spectrum),
            message="Not positive definite:  Real part of spectrum was not all positive.",
        )

    def _assert_self_adjoint(self) -> Any:
        return assert_real(
            convert(self._spectrum),
            "Not self-adjoint:  The spectrum contained non-zero imaginary part.",
        )


@composite
class LinearOperatorCirculant(BlockCirculant):
    """The operator of a circulant matrix: each row is the one above it, moved on by one.

    spectrum: its eigenvalues, [B1, ..., Bb, N], in the order of `tf.signal.fft`; a
    variable is kept, and followed. input_output_dtype: of what it acts on. is_non_singular,
    is_self_adjoint, is_positive_definite, is_square: hints; a real spectrum makes it self-adjoint.

    >>> operator = tf.linalg.LinearOperatorCirculant([6., 4., 4.], tf.float32)
    >>> operator.convolution_kernel().numpy().round(3)
    array([4.667, 0.667, 0.667], dtype=float32)

    Raises ValueError for too few axes, and for hints that no such matrix has.
    """

    _depth = 1
    _matrix_axes = {"spectrum": 1}

    def __init__(
        self,
        spectrum: Any,
        input_output_dtype: Any = complex64,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str | None = "LinearOperatorCirculant",
    ) -> None:
        self._prepare(arguments(locals()))


@composite
class LinearOperatorCirculant2D(BlockCirculant):
    """The operator of a block-circulant matrix: convolution on a torus.

    spectrum: its eigenvalues, [B1, ..., Bb, N0, N1], in the order of `tf.signal.fft`; a
    variable is kept, and followed. input_output_dtype: of what it acts on. is_non_singular,
    is_self_adjoint, is_positive_definite, is_square: hints; a real spectrum makes it self-adjoint.

    >>> operator = tf.linalg.LinearOperatorCirculant2D([[1., 2.], [3., 4.]], tf.float32)
    >>> operator.shape, operator.determinant().numpy()
    (TensorShape([4, 4]), np.float32(24.0))

    Raises ValueError for too few axes, and for hints that no such matrix has.
    """

    _depth = 2
    _matrix_axes = {"spectrum": 2}

    def __init__(
        self,
        spectrum: Any,
        input_output_dtype: Any = complex64,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str | None = "LinearOperatorCirculant2D",
    ) -> None:
        self._prepare(arguments(locals()))


@composite
class LinearOperatorCirculant3D(BlockCirculant):
    """The operator of a nested block-circulant matrix: convolution on a torus of three dimensions.

    spectrum: its eigenvalues, [B1, ..., Bb, N0, N1, N2], in the order of `tf.signal.fft`; a
    variable is kept, and followed. input_output_dtype: of what it acts on. is_non_singular,
    is_self_adjoint, is_positive_definite, is_square: hints; a real spectrum makes it self-adjoint.

    >>> operator = tf.linalg.LinearOperatorCirculant3D(tf.ones([2, 2, 2]), tf.float32)
    >>> operator.shape, operator.block_shape
    (TensorShape([8, 8]), TensorShape([2, 2, 2]))

    Raises ValueError for too few axes, and for hints that no such matrix has.
    """

    _depth = 3
    _matrix_axes = {"spectrum": 3}

    def __init__(
        self,
        spectrum: Any,
        input_output_dtype: Any = complex64,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str | None = "LinearOperatorCirculant3D",
    ) -> None:
        self._prepare(arguments(locals()))
