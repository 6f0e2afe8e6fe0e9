"""Complex numbers and their parts.

TensorFlow's gradients of complex functions are conjugates of the derivative, so that a step against
them descends: where z = f(x), dx = dz * conj(f'(x)). That is why `conj` appears in so many gradient
rules; of a real tensor it is the tensor itself.

The functions that also take real tensors (`real`, `imag`, `conj`, `angle`) are plain functions
beside their ops, which take complex ones only.

Read next: ops/math.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core import shape_rules
from headrace._src.core.dtypes import DType, complex64, complex128, float32, float64
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import same
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import op
from headrace._src.engine.pieces import PIECES_FROM, on_all_cores
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import less
from headrace._src.ops.constant import zeros_like

_COMPLEX_OF = {float32: complex64, float64: complex128}


def complex(real: Any, imag: Any, name: str | None = None) -> Tensor:
    """The complex numbers `real + 1j * imag`, elementwise with broadcasting.

    real, imag: float32 or float64, both alike; the result is complex64 or complex128.

    >>> tf.complex([1., 2.], [3., 4.]).numpy()
    array([1.+3.j, 2.+4.j], dtype=complex64)

    Raises TypeError for other dtypes. Op: Complex.
    """
    real, imag = convert(real), convert(imag)
    if real.dtype is not imag.dtype or real.dtype not in _COMPLEX_OF:
        raise TypeError(
            f"The `real` and `imag` components have incorrect types: {real.dtype.name} "
            f"{imag.dtype.name}. They must be consistent, and one of [tf.float32, tf.float64]"
        )
    return complex_op(real, imag, _COMPLEX_OF[real.dtype], name)


# The name tells the engine that gradients need summing over broadcast axes.
def broadcast(real: TensorShape, imag: TensorShape, Tout: DType) -> TensorShape:
    """The shape that `real` and `imag` broadcast to."""
    return shape_rules.broadcast(real, imag)


@op("Complex", shape=broadcast, cost="light")
def complex_op(
    real: Tensor, imag: Tensor, Tout: DType = complex64, name: str | None = None
) -> Tensor:
    """`real + 1j * imag`, as `Tout`."""
    # Pairs seen as complex numbers: multiplying by 1j would make NaN of an infinity's other part.
    pairs = xp(real).stack(xp(real).broadcast_arrays(real, imag), -1)
    return pairs.view(Tout.array_dtype)[..., 0]


@complex_op.kernel("host")
def _(real, imag, Tout):
    out = np.empty(np.broadcast_shapes(real.shape, imag.shape), Tout.array_dtype)
    if real.shape == imag.shape and out.size >= PIECES_FROM:
        flat, real, imag = out.reshape(-1), real.reshape(-1), imag.reshape(-1)

        def fill(part: slice) -> None:
            flat.real[part], flat.imag[part] = real[part], imag[part]

        on_all_cores(fill, out.size)
    else:
        out.real, out.imag = real, imag
    return out


@complex_op.gradient
def _(dz):
    dtype = dz.dtype.real_dtype
    return lambda: real_op(dz, dtype), lambda: imag_op(dz, dtype)


def real(input: Any, name: str | None = None) -> Tensor:
    """The real part, elementwise; a real tensor is its own.

    >>> tf.math.real([1. + 2.j, 3.j]).numpy()
    array([1., 0.])

    Raises TypeError for strings and bools. Op: Real.
    """
    input = convert(input)
    if input.dtype.is_complex:
        return real_op(input, input.dtype.real_dtype, name)
    if input.dtype.is_numeric:
        return input
    raise TypeError(f"input must be a numeric tensor, but got tensor with dtype {input.dtype!s}")


@op("Real", shape=same, cost="light")
def real_op(input: Tensor, Tout: DType = float32, name: str | None = None) -> Tensor:
    """The real part, as `Tout`."""
    return xp(input).real(input).astype(Tout.array_dtype)


@real_op.gradient
def _(dz):
    return complex_op(dz, convert(0.0, dz.dtype), _COMPLEX_OF[dz.dtype])


def imag(input: Any, name: str | None = None) -> Tensor:
    """The imaginary part, elementwise; zeros for a real tensor.

    >>> tf.math.imag([1. + 2.j, 3.j]).numpy()
    array([2., 3.])

    Op: Imag.
    """
    input = convert(input)
    if input.dtype.is_complex:
        return imag_op(input, input.dtype.real_dtype, name)
    return zeros_like(input)


@op("Imag", shape=same, cost="light")
def imag_op(input: Tensor, Tout: DType = float32, name: str | None = None) -> Tensor:
    """The imaginary part, as `Tout`."""
    return xp(input).imag(input).astype(Tout.array_dtype)


@imag_op.gradient
def _(dz):
    return complex_op(convert(0.0, dz.dtype), dz, _COMPLEX_OF[dz.dtype])


def conj(x: Any, name: str | None = None) -> Tensor:
    """The complex conjugate, elementwise; a real tensor is its own.

    >>> tf.math.conj([1. + 2.j, 3.j]).numpy()
    array([1.-2.j, 0.-3.j])

    Raises TypeError for strings and bools. Op: Conj.
    """
    if type(x) is not EagerTensor:
        x = convert(x)
    dtype = x.dtype
    if dtype is float32:  # what nearly every gradient rule asks for
        return x
    if dtype.is_complex or dtype.name == "variant":
        return conj_op(x, name)
    if dtype.is_numeric:
        return x
    raise TypeError(f"Expected numeric or variant tensor, got dtype {dtype!r}.")


@op("Conj", shape=same, cost="light")
def conj_op(input: Tensor, name: str | None = None) -> Tensor:
    """The complex conjugate."""
    return xp(input).conj(input)


@conj_op.gradient
def _(dz):
    return conj_op(dz)


def angle(input: Any, name: str | None = None) -> Tensor:
    """The angle of a complex number in radians, from -pi to pi; of a real one 0, or pi if negative.

    >>> tf.math.angle([1. + 1.j, -1.j]).numpy()
    array([ 0.78539816, -1.57079633])

    Op: Angle.
    """
    input = convert(input)
    if input.dtype.is_complex:
        return angle_op(input, input.dtype.real_dtype, name)
    is_negative = less(input, convert(0, input.dtype))
    return cast(is_negative, input.dtype, name) * convert(math.pi, input.dtype)


@op("Angle", shape=same)
def angle_op(input: Tensor, Tout: DType = float32, name: str | None = None) -> Tensor:
    """The angle in radians, as `Tout`."""
    return xp(input).angle(input).astype(Tout.array_dtype)


@angle_op.gradient
def _(dz, input):
    # The angle grows at right angles to the number, as its inverse in size: 1j / conj(x).
    dtype = _COMPLEX_OF[dz.dtype]
    turned = complex_op(convert(0.0, dz.dtype), dz, dtype)
    return turned / conj_op(input)
