"""Fourier transforms along the last axes: the ops of the registry, and their gradients.

The one idea: a transform is a matrix whose inverse is its conjugate transpose, divided by the
number of points; so the gradient of each op is the op of the opposite direction. Of real numbers
only half of the spectrum is kept, for the other half is its mirror image: there the gradient weighs
what is its own mirror image (frequency 0, and the highest one if the length is even) once and all
else twice, or one half.

SciPy works on the host (in float32 as in float64), `jax.numpy` under XLA, which is faster from
2^18 elements on. The real ops crop what is too long and refuse what is too short; the functions of
`tf.signal` fill it up with zeros.

Read next: ops/fftnd.py, then ops/transforms.py.
"""

import math
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, complex64, complex128, float32, float64
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, ValueRefused, bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.engine.op import Static, op
from headrace._src.ops.array import length, positions, rank_op
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import equal, logical_or
from headrace._src.ops.constant import zeros
from headrace._src.ops.joining import concat, stack
from headrace._src.ops.math import maximum
from headrace._src.ops.padding import pad_op
from headrace._src.ops.reduce import reduce_prod
from headrace._src.ops.select import where

COMPLEX_OF = {float32: complex64, float64: complex128}


@cache
def _scipy() -> ModuleType:
    # Here rather than above: most programs transform nothing, and the import takes 0.1 s.
    import scipy.fft

    return scipy.fft


def transformed(kind: str, x: Any, lengths: Any, axes: tuple[int, ...]) -> Any:
    """SciPy's or JAX's function of that kind ("fft", "rfft", ...), cropped to `lengths`."""
    if len(axes) == 1:
        size, along, name = lengths and lengths[0], axes[0], kind
    else:
        size, along, name = lengths, axes, f"{kind}n"
    if isinstance(x, np.ndarray):
        return getattr(_scipy(), name)(x, size, along)
    return getattr(xp(x).fft, name)(x, size, along)


def _last(count: int) -> tuple[int, ...]:
    return tuple(range(-count, 0))


# ---- sizes in gradients --------------------------------------------------------------------------


def known_sizes(sizes: Any) -> Any:
    """A vector of sizes as a tuple of ints where it is known, else as it is."""
    known = known_value(sizes) if isinstance(sizes, Tensor) else None
    return sizes if known is None else tuple(known.tolist())


def sizes_along(x: Tensor, axes: tuple[int, ...]) -> Any:
    """The sizes of `x` along `axes`: a tuple of ints where they are known, else a vector."""
    found = [length(x, axis) for axis in axes]
    return tuple(found) if all(type(n) is int for n in found) else stack(found)


def grown(x: Tensor, sizes: Any, axes: tuple[int, ...]) -> Tensor:
    """`x` with zeros at the end of `axes`, so that it is at least `sizes` there.

    sizes: a tuple of ints, or a vector. axes: the last ones if the rank is not known.
    """
    now, rank = sizes_along(x, axes), x.shape.rank
    if type(sizes) is type(now) is tuple:
        if all(n <= m for n, m in zip(sizes, now, strict=True)):
            return x
        missing: Any = [max(0, n - m) for n, m in zip(sizes, now, strict=True)]
    else:
        missing = maximum(convert(sizes) - convert(now), 0)
    if rank is None:
        inner = stack([zeros([len(axes)], missing.dtype), missing], 1)
        outer = zeros(stack([rank_op(x) - len(axes), 2]), inner.dtype)
        return pad_op(x, concat([outer, inner], 0))
    at_end: list[Any] = [0] * rank
    for i, axis in enumerate(axes):
        at_end[axis] = missing[i]
    if all(type(n) is int for n in at_end):
        return pad_op(x, tuple((0, n) for n in at_end))
    return pad_op(x, stack([convert([0] * rank), stack(at_end)], 1))


def product(sizes: Any, dtype: DType) -> Tensor:
    """The number of points, as `dtype`."""
    if type(sizes) is tuple:
        return convert(np.asarray(math.prod(sizes), dtype.array_dtype))
    return cast(reduce_prod(sizes), dtype)


def weights(size: Any, mirrored: float, dtype: DType) -> Tensor:
    """A weight for each frequency kept of `size`: `mirrored`, or 1 if it mirrors itself."""
    if type(size) is int:
        found = np.full(_half(size), mirrored, dtype.array_dtype)
        found[:1] = 1
        if size % 2 == 0:
            found[-1:] = 1
        return convert(found)
    places = positions(size // 2 + 1)
    alone = logical_or(equal(places, 0), equal(2 * places, size))
    return cast(where(alone, 1.0, mirrored), dtype)


def _half(size: int) -> int:
    """How many frequencies of `size` real numbers are kept."""
    return size // 2 + 1 if size else 0


# ---- shapes --------------------------------------------------------------------------------------


def at_least(least: int) -> Callable:
    """The rule of the complex transforms along the last axes: the shape stays."""

    def rule(x: TensorShape, *_: Any) -> TensorShape:
        if x.rank is not None and x.rank < least:
            raise ShapeError(
                f"Input must have rank of at least {least} but got: {bracketed(x)}",
                f"Shape must be at least rank {least} but is rank {x.rank}",
            )
        return x

    return rule


def vector_of(count: int, fft_length: Any) -> tuple:
    """The static `fft_length`, which is to have `count` elements; `None` for what is not known."""
    if fft_length is None:
        return (None,) * count
    if type(fft_length) is not tuple:
        raise ShapeError(
            f"fft_length must have shape [{count}]", "Shape must be rank 1 but is rank 0"
        )
    if len(fft_length) != count:
        raise ShapeError(
            f"fft_length must have shape [{count}]",
            f"Dimension must be {count} but is {len(fft_length)}",
        )
    for i, n in enumerate(fft_length):
        if n is not None and n < 0:
            raise ValueRefused(f"fft_length[{i}] must >= 0, but got: {n}")
    return fft_length


def _halving(count: int, is_inverse: bool) -> Callable:
    """The rule of the real transforms along the last `count` axes."""

    def rule(x: TensorShape, fft_length: Any, *_: Any) -> TensorShape:
        at_least(count)(x)
        lengths = vector_of(count, fft_length)
        if x.rank is None:
            return x
        return of_lengths(x, lengths, _last(count), "irfft" if is_inverse else "rfft")

    return rule


def of_lengths(x: TensorShape, lengths: tuple, axes: tuple[int, ...], kind: str) -> TensorShape:
    """The shape of `x` transformed along `axes`, the last of which is halved or doubled."""
    sizes = list(x)
    for n, axis in zip(lengths, axes, strict=True):
        if n is None:
            sizes[axis] = None
            continue
        is_half = axis == axes[-1]
        least = _half(n) if kind == "irfft" and is_half else n
        if x[axis] is not None and x[axis] < least:
            raise ValueRefused(
                f"Input dimension {axis % len(sizes)} must have length of at least {least} but "
                f"got: {x[axis]}"
            )
        sizes[axis] = _half(n) if kind == "rfft" and is_half else n
    return TensorShape(sizes)


# ---- complex numbers -----------------------------------------------------------------------------


def _complex(kind: str, x: Any, count: int) -> Any:
    at_least(count)(TensorShape(x.shape))
    return transformed(kind, x, None, _last(count)) if x.size else x


def _points(x: Tensor, count: int) -> Tensor:
    return product(sizes_along(x, _last(count)), x.dtype)


@op("FFT", shape=at_least(1), cost="heavy")
def fft(input: Tensor, name: str | None = None) -> Tensor:
    """The discrete Fourier transform along the last axis.

    input: complex64 or complex128 of rank 1 or more. The result has its shape.

    >>> x = tf.constant([1., 2., 3., 4.], tf.complex64)
    >>> tf.signal.fft(x).numpy()
    array([10.+0.j, -2.+2.j, -2.+0.j, -2.-2.j], dtype=complex64)

    Raises tf.errors.InvalidArgumentError for another dtype and for a scalar. Op: FFT.
    """
    return _complex("fft", input, 1)


@fft.gradient
def _(dz):
    return ifft(dz) * _points(dz, 1)


@op("IFFT", shape=at_least(1), cost="heavy")
def ifft(input: Tensor, name: str | None = None) -> Tensor:
    """The inverse of `tf.signal.fft`, along the last axis.

    input: complex64 or complex128 of rank 1 or more.

    >>> x = tf.constant([10. + 0.j, -2. + 2.j, -2. + 0.j, -2. - 2.j], tf.complex64)
    >>> tf.signal.ifft(x).numpy()
    array([1.+0.j, 2.+0.j, 3.+0.j, 4.+0.j], dtype=complex64)

    Raises tf.errors.InvalidArgumentError for another dtype and for a scalar. Op: IFFT.
    """
    return _complex("ifft", input, 1)


@ifft.gradient
def _(dz):
    return fft(dz) / _points(dz, 1)


@op("FFT2D", shape=at_least(2), cost="heavy")
def fft2d(input: Tensor, name: str | None = None) -> Tensor:
    """The discrete Fourier transform along the last two axes.

    input: complex64 or complex128 of rank 2 or more. The result has its shape.

    >>> x = tf.constant([[1., 2.], [3., 4.]], tf.complex64)
    >>> tf.signal.fft2d(x).numpy()
    array([[10.+0.j, -2.+0.j],
           [-4.+0.j,  0.+0.j]], dtype=complex64)

    Raises tf.errors.InvalidArgumentError for another dtype or a smaller rank. Op: FFT2D.
    """
    return _complex("fft", input, 2)


@fft2d.gradient
def _(dz):
    return ifft2d(dz) * _points(dz, 2)


@op("IFFT2D", shape=at_least(2), cost="heavy")
def ifft2d(input: Tensor, name: str | None = None) -> Tensor:
    """The inverse of `tf.signal.fft2d`, along the last two axes.

    input: complex64 or complex128 of rank 2 or more.

    >>> x = tf.constant([[10., -2.], [-4., 0.]], tf.complex64)
    >>> tf.signal.ifft2d(x).numpy()
    array([[1.+0.j, 2.+0.j],
           [3.+0.j, 4.+0.j]], dtype=complex64)

    Raises tf.errors.InvalidArgumentError for another dtype or a smaller rank. Op: IFFT2D.
    """
    return _complex("ifft", input, 2)


@ifft2d.gradient
def _(dz):
    return fft2d(dz) / _points(dz, 2)


@op("FFT3D", shape=at_least(3), cost="heavy")
def fft3d(input: Tensor, name: str | None = None) -> Tensor:
    """The discrete Fourier transform along the last three axes.

    input: complex64 or complex128 of rank 3 or more. The result has its shape.

    >>> x = tf.constant([[[1., 2.]]], tf.complex64)
    >>> tf.signal.fft3d(x).numpy()
    array([[[ 3.+0.j, -1.+0.j]]], dtype=complex64)

    Raises tf.errors.InvalidArgumentError for another dtype or a smaller rank. Op: FFT3D.
    """
    return _complex("fft", input, 3)


@fft3d.gradient
def _(dz):
    return ifft3d(dz) * _points(dz, 3)


@op("IFFT3D", shape=at_least(3), cost="heavy")
def ifft3d(input: Tensor, name: str | None = None) -> Tensor:
    """The inverse of `tf.signal.fft3d`, along the last three axes.

    input: complex64 or complex128 of rank 3 or more.

    >>> x = tf.constant([[[3., -1.]]], tf.complex64)
    >>> tf.signal.ifft3d(x).numpy()
    array([[[1.+0.j, 2.+0.j]]], dtype=complex64)

    Raises tf.errors.InvalidArgumentError for another dtype or a smaller rank. Op: IFFT3D.
    """
    return _complex("ifft", input, 3)


@ifft3d.gradient
def _(dz):
    return fft3d(dz) / _points(dz, 3)


# ---- real numbers --------------------------------------------------------------------------------


def halved(kind: str, x: Any, lengths: Any, axes: tuple, shape: TensorShape, dtype: DType) -> Any:
    """A real transform whose result is of `shape` and `dtype`."""
    pair = {np.dtype(a.array_dtype): b for one in COMPLEX_OF.items() for a, b in (one, one[::-1])}
    if pair[x.dtype] is not dtype:
        direction = "forward" if kind == "rfft" else "backward"
        raise ValueError(
            f"Wrong types for {direction} real FFT: in={x.dtype.name} out={dtype.name}"
        )
    if not x.size or 0 in shape:
        return xp(x).zeros(tuple(shape), dtype.array_dtype)
    return transformed(kind, x, lengths, axes)


def _forward(x: Any, fft_length: Any, count: int, dtype: DType) -> Any:
    shape = _halving(count, False)(TensorShape(x.shape), fft_length)
    return halved("rfft", x, fft_length, _last(count), shape, dtype)


def _backward(x: Any, fft_length: Any, count: int, dtype: DType) -> Any:
    shape = _halving(count, True)(TensorShape(x.shape), fft_length)
    return halved("irfft", x, fft_length, _last(count), shape, dtype)


def _of_forward(dz: Tensor, input: Tensor, fft_length: Any, inverse: Any, count: int) -> Tensor:
    """The gradient of a real transform forward."""
    sizes = known_sizes(fft_length)
    weighed = dz * weights(sizes[count - 1], 0.5, dz.dtype)
    back = inverse(weighed, fft_length, input.dtype) * product(sizes, input.dtype)
    return grown(back, sizes_along(input, _last(count)), _last(count))


def _of_backward(dz: Tensor, input: Tensor, fft_length: Any, forward: Any, count: int) -> Tensor:
    """The gradient of a real transform backward."""
    sizes, dtype = known_sizes(fft_length), input.dtype
    there = forward(dz, fft_length, dtype) / product(sizes, dtype)
    weighed = there * weights(sizes[count - 1], 2.0, dtype)
    return grown(weighed, sizes_along(input, _last(count)), _last(count))


@op("RFFT", shape=_halving(1, False), cost="heavy")
def rfft_op(
    input: Tensor, fft_length: Static, Tcomplex: DType = complex64, name: str | None = None
) -> Tensor:
    """The lower half of the spectrum of real numbers along the last axis."""
    return _forward(input, fft_length, 1, Tcomplex)


@rfft_op.gradient
def _(dz, input, fft_length):
    return _of_forward(dz, input, fft_length, irfft_op, 1)


@op("IRFFT", shape=_halving(1, True), cost="heavy")
def irfft_op(
    input: Tensor, fft_length: Static, Treal: DType = float32, name: str | None = None
) -> Tensor:
    """The real numbers of which the last axis is the lower half of the spectrum."""
    return _backward(input, fft_length, 1, Treal)


@irfft_op.gradient
def _(dz, input, fft_length):
    return _of_backward(dz, input, fft_length, rfft_op, 1)


@op("RFFT2D", shape=_halving(2, False), cost="heavy")
def rfft2d_op(
    input: Tensor, fft_length: Static, Tcomplex: DType = complex64, name: str | None = None
) -> Tensor:
    """Half of the spectrum of real numbers along the last two axes."""
    return _forward(input, fft_length, 2, Tcomplex)


@rfft2d_op.gradient
def _(dz, input, fft_length):
    return _of_forward(dz, input, fft_length, irfft2d_op, 2)


@op("IRFFT2D", shape=_halving(2, True), cost="heavy")
def irfft2d_op(
    input: Tensor, fft_length: Static, Treal: DType = float32, name: str | None = None
) -> Tensor:
    """The real numbers of which the last two axes are half of the spectrum."""
    return _backward(input, fft_length, 2, Treal)


@irfft2d_op.gradient
def _(dz, input, fft_length):
    return _of_backward(dz, input, fft_length, rfft2d_op, 2)


@op("RFFT3D", shape=_halving(3, False), cost="heavy")
def rfft3d_op(
    input: Tensor, fft_length: Static, Tcomplex: DType = complex64, name: str | None = None
) -> Tensor:
    """Half of the spectrum of real numbers along the last three axes."""
    return _forward(input, fft_length, 3, Tcomplex)


@rfft3d_op.gradient
def _(dz, input, fft_length):
    return _of_forward(dz, input, fft_length, irfft3d_op, 3)


@op("IRFFT3D", shape=_halving(3, True), cost="heavy")
def irfft3d_op(
    input: Tensor, fft_length: Static, Treal: DType = float32, name: str | None = None
) -> Tensor:
    """The real numbers of which the last three axes are half of the spectrum."""
    return _backward(input, fft_length, 3, Treal)


@irfft3d_op.gradient
def _(dz, input, fft_length):
    return _of_backward(dz, input, fft_length, rfft3d_op, 3)
