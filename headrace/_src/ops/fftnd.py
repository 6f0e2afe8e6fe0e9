"""Fourier transforms along any axes: FFTND, IFFTND, RFFTND, IRFFTND.

The one idea is that of ops/fft.py, where its pieces are; here the axes are an input of the op.
TensorFlow has these ops without a CPU kernel.

Read next: ops/transforms.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core.dtypes import DType, complex64, float32
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, unknown_shape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import Static, op
from headrace._src.ops.cast import cast
from headrace._src.ops.fft import (
    at_least,
    grown,
    halved,
    known_sizes,
    of_lengths,
    product,
    sizes_along,
    transformed,
    vector_of,
    weights,
)


def _along(kind: str) -> Callable:
    """The rule of the transforms along any axes."""

    def rule(x: TensorShape, fft_length: Any, axes: Any, *_: Any) -> TensorShape:
        at_least(1)(x)
        if axes is None or x.rank is None:
            return unknown_shape(x.rank)
        if type(axes) is not tuple:
            raise ShapeError("axes must be a vector", "Shape must be rank 1 but is rank 0")
        places = []
        for axis in axes:
            if axis is None:
                return unknown_shape(x.rank)
            if not -x.rank <= axis < x.rank:
                raise ShapeError(f"axis {axis} is out of range [-{x.rank}, {x.rank})")
            places.append(axis % x.rank)
        if len(set(places)) < len(places):
            raise ShapeError(f"axes must be unique, but got: {list(axes)}")
        return of_lengths(x, vector_of(len(axes), fft_length), tuple(places), kind)

    return rule


def places(axes: Any, rank: int | None, what: str) -> tuple[int, ...]:
    """`axes` counted from the front; raises where neither they nor the rank are known."""
    axes = known_sizes(axes)
    if type(axes) is not tuple or rank is None:
        raise NotImplementedError(
            f"{what} needs axes and a rank that are known while a function is traced."
        )
    return tuple(axis % rank for axis in axes)


def _many(kind: str, x: Any, fft_length: Any, axes: tuple) -> Any:
    shape = _along(kind)(TensorShape(x.shape), fft_length, axes)
    if not axes or 0 in shape:
        return xp(x).zeros(tuple(shape), x.dtype) if axes else x
    return transformed(kind, x, fft_length, axes)


def _of_many(dz: Tensor, input: Tensor, fft_length: Any, axes: Any, opposite: Any) -> Tensor:
    along = places(axes, input.shape.rank, "The gradient of an FFT along many axes")
    sizes = known_sizes(fft_length)
    there = opposite(dz, fft_length, along)
    scale = product(sizes, dz.dtype)
    return grown(
        there * scale if opposite is ifftnd else there / scale, sizes_along(input, along), along
    )


@op("FFTND", shape=_along("fft"), cost="heavy")
def fftnd(input: Tensor, fft_length: Static, axes: Static, name: str | None = None) -> Tensor:
    """The discrete Fourier transform along `axes`, which is cropped to `fft_length` there.

    input: complex64 or complex128. fft_length, axes: int32 vectors of one length.

    >>> x = tf.constant([[1., 2.], [3., 4.]], tf.complex64)
    >>> tf.fftnd(x, [2], [0]).numpy()
    array([[ 4.+0.j,  6.+0.j],
           [-2.+0.j, -2.+0.j]], dtype=complex64)

    Raises tf.errors.InvalidArgumentError for an axis that is not there or too short. Op: FFTND.
    """
    return _many("fft", input, fft_length, axes)


@fftnd.gradient
def _(dz, input, fft_length, axes):
    return _of_many(dz, input, fft_length, axes, ifftnd)


@op("IFFTND", shape=_along("ifft"), cost="heavy")
def ifftnd(input: Tensor, fft_length: Static, axes: Static, name: str | None = None) -> Tensor:
    """The inverse of `tf.fftnd`.

    input: complex64 or complex128. fft_length, axes: int32 vectors of one length.

    >>> x = tf.constant([[4., 6.], [-2., -2.]], tf.complex64)
    >>> tf.ifftnd(x, [2], [0]).numpy()
    array([[1.+0.j, 2.+0.j],
           [3.+0.j, 4.+0.j]], dtype=complex64)

    Raises tf.errors.InvalidArgumentError for an axis that is not there or too short. Op: IFFTND.
    """
    return _many("ifft", input, fft_length, axes)


@ifftnd.gradient
def _(dz, input, fft_length, axes):
    return _of_many(dz, input, fft_length, axes, fftnd)


@op("RFFTND", shape=_along("rfft"), cost="heavy")
def rfftnd(
    input: Tensor,
    fft_length: Static,
    axes: Static,
    Tcomplex: DType = complex64,
    name: str | None = None,
) -> Tensor:
    """The spectrum of real numbers along `axes`, of the last of which half is kept.

    input: float32 or float64. fft_length, axes: int32 vectors of one length. Tcomplex: the
    result's dtype, complex64 or complex128 as the input.

    >>> tf.rfftnd([[1., 2.], [3., 4.]], [2], [0]).numpy()
    array([[ 4.+0.j,  6.+0.j],
           [-2.+0.j, -2.+0.j]], dtype=complex64)

    Raises tf.errors.InvalidArgumentError for an axis that is not there or too short. Op: RFFTND.
    """
    shape = _along("rfft")(TensorShape(input.shape), fft_length, axes)
    if not axes:
        return input.astype(Tcomplex.array_dtype)
    return halved("rfft", input, fft_length, axes, shape, Tcomplex)


def _aligned(vector: Tensor, axis: int, rank: int) -> Tensor:
    """A vector that broadcasts along one axis."""
    return vector[(slice(None),) + (None,) * (rank - 1 - axis)]


@rfftnd.gradient
def _(dz, input, fft_length, axes):
    rank = input.shape.rank
    along = places(axes, rank, "The gradient of an FFT along many axes")
    sizes = known_sizes(fft_length)
    if not along:
        return cast(dz, input.dtype)
    weighed = _aligned(weights(sizes[len(along) - 1], 0.5, dz.dtype), along[-1], rank)
    back = irfftnd(dz * weighed, fft_length, along, input.dtype) * product(sizes, input.dtype)
    return grown(back, sizes_along(input, along), along)


@op("IRFFTND", shape=_along("irfft"), cost="heavy")
def irfftnd(
    input: Tensor,
    fft_length: Static,
    axes: Static,
    Treal: DType = float32,
    name: str | None = None,
) -> Tensor:
    """The inverse of `tf.rfftnd`.

    input: complex64 or complex128. fft_length, axes: int32 vectors of one length, of the result.
    Treal: the result's dtype, float32 or float64 as the input.

    >>> tf.irfftnd(tf.constant([[4., 6.], [-2., -2.]], tf.complex64), [2], [0]).numpy()
    array([[1., 2.],
           [3., 4.]], dtype=float32)

    Raises tf.errors.InvalidArgumentError for an axis that is not there or too short. Op: IRFFTND.
    """
    shape = _along("irfft")(TensorShape(input.shape), fft_length, axes)
    if not axes:
        return xp(input).real(input).astype(Treal.array_dtype)
    return halved("irfft", input, fft_length, axes, shape, Treal)


@irfftnd.gradient
def _(dz, input, fft_length, axes):
    rank, dtype = input.shape.rank, input.dtype
    along = places(axes, rank, "The gradient of an FFT along many axes")
    sizes = known_sizes(fft_length)
    if not along:
        return cast(dz, dtype)
    weighed = _aligned(weights(sizes[len(along) - 1], 2.0, dtype), along[-1], rank)
    there = rfftnd(dz, fft_length, along, dtype) / product(sizes, dtype)
    return grown(there * weighed, sizes_along(input, along), along)
