"""Fourier transforms as `tf.signal` has them: any length, any axes, any normalization.

The one idea: the ops (ops/fft.py, ops/fftnd.py) take a length for each axis and crop; here the
length is found where none is given, and what is shorter is filled up with zeros.

Read next: ops/spectral.py.
"""

from typing import Any

from headrace._src.core.context import thread
from headrace._src.core.dtypes import complex64, float32, int32
from headrace._src.core.static import static_value
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.ops import fft
from headrace._src.ops import fftnd as nd
from headrace._src.ops.array import all_axes, rank_op, shape_op
from headrace._src.ops.fft import COMPLEX_OF, grown, known_sizes, product, sizes_along
from headrace._src.ops.gather import gather
from headrace._src.ops.joining import stack
from headrace._src.ops.math import maximum
from headrace._src.ops.padding import roll
from headrace._src.ops.powers import sqrt
from headrace._src.ops.select import where

_REAL_OF = {b: a for a, b in COMPLEX_OF.items()}

# ---- along the last axes -------------------------------------------------------------------------


def _real(input_tensor: Any) -> Tensor:
    x = convert(input_tensor, None, float32)
    if x.dtype not in COMPLEX_OF:
        raise ValueError(f"RFFT requires tf.float32 or tf.float64 inputs, got: {x}")
    return x


def _complex(input_tensor: Any) -> Tensor:
    x = convert(input_tensor, None, complex64)
    if x.dtype not in _REAL_OF:
        raise ValueError(f"IRFFT requires tf.complex64 or tf.complex128 inputs, got: {x}")
    return x


def _of_rank(x: Tensor, least: int) -> tuple[int, ...]:
    """The last `least` axes of `x`, which must have them."""
    if x.shape.rank is not None and x.shape.rank < least:
        raise ValueError(f"Shape {x.shape} must have rank at least {least}")
    return tuple(range(-least, 0))


def _vector(fft_length: Any) -> Any:
    """`fft_length` as a tuple of ints where it is known, else as a vector."""
    found = convert(fft_length, int32)
    if found.shape.rank == 0:
        kind = TypeError if thread.context.graph is None else ValueError
        raise kind(f"fft_length must be a list of lengths, one for each axis, not {fft_length!r}")
    return known_sizes(found)


def _doubled(sizes: Any, count: int) -> Any:
    """How many real numbers so many frequencies stand for: the last size is that of a half."""
    if type(sizes) is tuple:
        return (*sizes[:-1], max(0, 2 * (sizes[-1] - 1)))
    last = maximum(2 * (sizes[count - 1] - 1), 0)
    return stack([*(sizes[i] for i in range(count - 1)), last])


def _halved(sizes: Any, count: int) -> Any:
    """How many frequencies of so many real numbers are kept."""
    if type(sizes) is tuple:
        return (*sizes[:-1], sizes[-1] // 2 + 1 if sizes[-1] else 0)
    return stack([*(sizes[i] for i in range(count - 1)), sizes[count - 1] // 2 + 1])


def _fits(sizes: Any, count: int) -> bool:
    """Whether zeros can be filled in; if not, the op will say what is wrong."""
    if type(sizes) is tuple:
        return len(sizes) == count and min(sizes, default=0) >= 0
    return sizes.shape.rank is None or sizes.shape[0] in (None, count)


def _is_none(x: Tensor, count: int) -> bool:
    """Whether there is nothing to transform, known before it runs. As in TensorFlow it is not
    filled up, so the op refuses what is too short: `tf.signal.stft` of less than a frame, say.
    """
    return x.shape.rank is not None and 0 in x.shape[: x.shape.rank - count].as_list()


def _forward(op: Any, input_tensor: Any, fft_length: Any, count: int, name: str | None) -> Tensor:
    x = _real(input_tensor)
    axes = _of_rank(x, count)
    if fft_length is None:
        sizes = sizes_along(x, axes)
    else:
        sizes = _vector(fft_length)
        if _fits(sizes, count) and not _is_none(x, count):
            x = grown(x, sizes, axes)
    return op(x, sizes, COMPLEX_OF[x.dtype], name)


def _backward(op: Any, input_tensor: Any, fft_length: Any, count: int, name: str | None) -> Tensor:
    x = _complex(input_tensor)
    axes = _of_rank(x, count)
    if fft_length is None:
        sizes = _doubled(sizes_along(x, axes), count)
    else:
        sizes = _vector(fft_length)
        if type(sizes) is tuple and min(sizes, default=0) < 0:
            raise ValueError(f"Dimension {min(sizes)} must be >= 0")
        if _fits(sizes, count) and not _is_none(x, count):
            x = grown(x, _halved(sizes, count), axes)
    return op(x, sizes, _REAL_OF[x.dtype], name)


def rfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The lower half of the spectrum of real numbers, along the last axis.

    input_tensor: float32 or float64 of rank 1 or more. fft_length: a list of one int32, by default
    the size of the axis: how many numbers are taken; zeros are added, or the rest is left out.

    The result has `fft_length // 2 + 1` frequencies, complex64 or complex128.

    >>> tf.signal.rfft([1., 2., 3., 4.]).numpy()
    array([10.+0.j, -2.+2.j, -2.+0.j], dtype=complex64)

    Raises ValueError for another dtype and for a scalar, tf.errors.InvalidArgumentError for a
    negative length. Op: RFFT.
    """
    return _forward(fft.rfft_op, input_tensor, fft_length, 1, name)


def rfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Half of the spectrum of real numbers, along the last two axes.

    input_tensor: float32 or float64 of rank 2 or more. fft_length: two int32, by default the sizes.
    The last axis of the result has `fft_length[1] // 2 + 1` frequencies.

    >>> tf.signal.rfft2d([[1., 2.], [3., 4.]]).numpy()
    array([[10.+0.j, -2.+0.j],
           [-4.+0.j,  0.+0.j]], dtype=complex64)

    Raises ValueError for another dtype or a smaller rank. Op: RFFT2D.
    """
    return _forward(fft.rfft2d_op, input_tensor, fft_length, 2, name)


def rfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Half of the spectrum of real numbers, along the last three axes.

    input_tensor: float32 or float64 of rank 3 or more. fft_length: three int32, by default the
    sizes. The last axis of the result has `fft_length[2] // 2 + 1` frequencies.

    >>> tf.signal.rfft3d([[[1., 2.]]]).numpy()
    array([[[ 3.+0.j, -1.+0.j]]], dtype=complex64)

    Raises ValueError for another dtype or a smaller rank. Op: RFFT3D.
    """
    return _forward(fft.rfft3d_op, input_tensor, fft_length, 3, name)


def irfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The real numbers of which the last axis is the lower half of the spectrum.

    input_tensor: complex64 or complex128 of rank 1 or more. fft_length: a list of one int32: how
    many numbers there are, by default `2 * (size - 1)`; say so if they were odd.

    >>> tf.signal.irfft(tf.signal.rfft([1., 2., 3.]), [3]).numpy()
    array([1., 2., 3.], dtype=float32)

    Raises ValueError for another dtype, a scalar and a negative length. Op: IRFFT.
    """
    return _backward(fft.irfft_op, input_tensor, fft_length, 1, name)


def irfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The real numbers of which the last two axes are half of the spectrum.

    input_tensor: complex64 or complex128 of rank 2 or more. fft_length: two int32, the sizes of the
    result; by default those of the input, the last one `2 * (size - 1)`.

    >>> tf.signal.irfft2d(tf.signal.rfft2d([[1., 2.], [3., 4.]])).numpy()
    array([[1., 2.],
           [3., 4.]], dtype=float32)

    Raises ValueError for another dtype, a smaller rank and a negative length. Op: IRFFT2D.
    """
    return _backward(fft.irfft2d_op, input_tensor, fft_length, 2, name)


def irfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The real numbers of which the last three axes are half of the spectrum.

    input_tensor: complex64 or complex128 of rank 3 or more. fft_length: three int32, the sizes of
    the result; by default those of the input, the last one `2 * (size - 1)`.

    >>> tf.signal.irfft3d(tf.signal.rfft3d([[[1., 2.]]])).numpy()
    array([[[1., 2.]]], dtype=float32)

    Raises ValueError for another dtype, a smaller rank and a negative length. Op: IRFFT3D.
    """
    return _backward(fft.irfft3d_op, input_tensor, fft_length, 3, name)


# ---- along any axes ------------------------------------------------------------------------------


def _axes(x: Tensor, fft_length: Any, axes: Any) -> Any:
    """The axes to transform along: given, or the last ones that `fft_length` counts, or all."""
    if axes is not None:
        return known_sizes(convert(axes, int32))
    if x.shape.rank is None:
        raise ValueError("Cannot take the length of shape with unknown rank.")
    if fft_length is None:
        return tuple(range(x.shape.rank))
    count = len(fft_length) if type(fft_length) is tuple else fft_length.shape[0]
    if count is None:
        raise NotImplementedError("tf.signal.fftnd and its kin need `axes` beside such a length.")
    return tuple(range(-count, 0))


def _sizes(x: Tensor, axes: Any) -> Any:
    """The sizes along `axes`, which may not be known."""
    if type(axes) is tuple:
        rank = x.shape.rank
        if rank is None or all(-rank <= axis < rank for axis in axes):
            return sizes_along(x, axes)
        return tuple(1 for _ in axes)  # the op will say what is wrong
    return gather(shape_op(x), axes)


def _along(op: Any, x: Tensor, fft_length: Any, axes: Any, norm: Any, name: str | None) -> Tensor:
    if norm not in (None, "backward", "ortho", "forward"):
        raise ValueError(
            f"`norm` must be None, 'backward', 'ortho' or 'forward'. Received: norm={norm!r}"
        )
    is_inverse = op in (nd.ifftnd, nd.irfftnd)
    lengths = None if fft_length is None else _vector(fft_length)
    axes = _axes(x, lengths, axes)
    if lengths is None:
        lengths = _sizes(x, axes)
        if op is nd.irfftnd and axes != ():
            lengths = _doubled(lengths, len(axes))
    elif type(axes) is not tuple or _fits(lengths, len(axes)):
        along = nd.places(axes, x.shape.rank, "tf.signal.fftnd with `fft_length`")
        wanted = _halved(lengths, len(along)) if op is nd.irfftnd and along else lengths
        x = grown(x, wanted, along)
    dtypes = ()
    if op is nd.rfftnd:
        dtypes = (COMPLEX_OF[x.dtype],)
    elif op is nd.irfftnd:
        dtypes = (_REAL_OF[x.dtype],)
    result = op(x, lengths, axes, *dtypes, name=name)
    if norm in (None, "backward"):
        return result
    scale = product(lengths, result.dtype)
    scale = sqrt(scale) if norm == "ortho" else scale
    return result * scale if is_inverse else result / scale


def fftnd(
    input_tensor: Any,
    fft_length: Any = None,
    axes: Any = None,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The discrete Fourier transform along `axes`.

    input_tensor: complex64 or complex128. fft_length: how many numbers are taken along each axis,
    by default all; zeros are added, or the rest is left out. axes: by default the last ones that
    `fft_length` counts, or all. norm: by what is divided: "backward" or None by nothing, "ortho"
    by the square root of the number of points, "forward" by that number.

    >>> tf.signal.fftnd([[1. + 0.j, 2.], [3., 4.]], norm="forward").numpy()
    array([[ 2.5+0.j, -0.5+0.j],
           [-1. +0.j,  0. +0.j]])

    Raises tf.errors.InvalidArgumentError for another dtype or axis, ValueError for another `norm`.
    TensorFlow has no kernel for this op on a CPU. Op: FFTND.
    """
    return _along(nd.fftnd, convert(input_tensor), fft_length, axes, norm, name)


def ifftnd(
    input_tensor: Any,
    fft_length: Any = None,
    axes: Any = None,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The inverse of `tf.signal.fftnd`, for the same arguments.

    >>> tf.signal.ifftnd([[10. + 0.j, -2.], [-4., 0.]]).numpy()
    array([[1.+0.j, 2.+0.j],
           [3.+0.j, 4.+0.j]])

    Raises tf.errors.InvalidArgumentError for another dtype or axis, ValueError for another `norm`.
    TensorFlow has no kernel for this op on a CPU. Op: IFFTND.
    """
    return _along(nd.ifftnd, convert(input_tensor), fft_length, axes, norm, name)


def rfftnd(
    input_tensor: Any,
    fft_length: Any = None,
    axes: Any = None,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The spectrum of real numbers along `axes`, of the last of which half is kept.

    input_tensor: float32 or float64. fft_length, axes, norm: see `tf.signal.fftnd`.

    >>> tf.signal.rfftnd([[1., 2.], [3., 4.]]).numpy()
    array([[10.+0.j, -2.+0.j],
           [-4.+0.j,  0.+0.j]], dtype=complex64)

    Raises ValueError for another dtype or `norm`, tf.errors.InvalidArgumentError for another axis.
    TensorFlow has no kernel for this op on a CPU. Op: RFFTND.
    """
    return _along(nd.rfftnd, _real(input_tensor), fft_length, axes, norm, name)


def irfftnd(
    input_tensor: Any,
    fft_length: Any = None,
    axes: Any = None,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The inverse of `tf.signal.rfftnd`.

    input_tensor: complex64 or complex128. fft_length: the sizes of the result along `axes`; by
    default those of the input, the last one `2 * (size - 1)`. norm: see `tf.signal.fftnd`.

    >>> tf.signal.irfftnd(tf.signal.rfftnd([[1., 2.], [3., 4.]])).numpy()
    array([[1., 2.],
           [3., 4.]], dtype=float32)

    Raises ValueError for another dtype or `norm`, tf.errors.InvalidArgumentError for another axis.
    TensorFlow has no kernel for this op on a CPU. Op: IRFFTND.
    """
    return _along(nd.irfftnd, _complex(input_tensor), fft_length, axes, norm, name)


# ---- the order of frequencies --------------------------------------------------------------------


def _shifted(x: Any, axes: Any, is_inverse: bool, name: str | None) -> Tensor:
    x = convert(x)
    axes = convert(all_axes(x) if axes is None else axes)
    shift = gather(shape_op(x), where(axes < 0, axes + rank_op(x), axes)) // 2
    known = known_value(axes)
    axes = axes if known is None else static_value(known)
    return roll(x, -shift if is_inverse else shift, axes, name)


def fftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """`x` with frequency 0 in the middle of `axes`, by default of all.

    >>> tf.signal.fftshift([0., 1., 2., -2., -1.]).numpy()
    array([-2., -1.,  0.,  1.,  2.], dtype=float32)

    Raises tf.errors.InvalidArgumentError for an axis that is not there. Op: Roll.
    """
    return _shifted(x, axes, False, name)


def ifftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """The inverse of `tf.signal.fftshift`: frequency 0 comes first again.

    >>> tf.signal.ifftshift([-2., -1., 0., 1., 2.]).numpy()
    array([ 0.,  1.,  2., -2., -1.], dtype=float32)

    Raises tf.errors.InvalidArgumentError for an axis that is not there. Op: Roll.
    """
    return _shifted(x, axes, True, name)
