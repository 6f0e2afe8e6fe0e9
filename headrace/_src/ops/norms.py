"""Norms of vectors and matrices, and tensors scaled to norm one.

The one idea: a norm is a composition of `abs`, powers and reductions over one axis (vectors) or two
(matrices), so its gradient is theirs: the Euclidean norm has none at 0, and says NaN there, as
TensorFlow does.

Read next: ops/linalg.py, ops/clip.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import reduced
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import Static, op
from headrace._src.ops import complex as complex_numbers
from headrace._src.ops.array import reshape, sizes, squeeze, transpose_op
from headrace._src.ops.cast import cast
from headrace._src.ops.decompositions import svd
from headrace._src.ops.folding import fold
from headrace._src.ops.math import abs, divide, maximum, multiply, square
from headrace._src.ops.powers import pow, rsqrt, sqrt
from headrace._src.ops.reduce import axes_of, kept, reduce_max, reduce_sum, widened

_VECTOR_NORMS = ("euclidean", 1, 2, np.inf)
_MATRIX_NORMS = ("euclidean", "fro", 1, 2, np.inf)


def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
) -> Tensor:
    """The norm of vectors or matrices.

    tensor: float or complex. ord: for vectors "euclidean", 1, 2, `np.inf` or any other positive
    number p, (sum of abs(x)**p)**(1/p); for matrices "euclidean" or "fro" (Frobenius), 1, 2 (the
    largest singular value) or `np.inf`. axis: an integer for vectors, a pair of integers for
    matrices, None for all elements as one vector. keepdims: whether the axes stay with size 1.

    >>> tf.norm([[3., 4.], [0., 5.]], axis=1)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([5., 5.], dtype=float32)>

    Raises ValueError for a norm or an axis of another kind. In the gradient of the Euclidean norm 0
    gives NaN.
    """
    is_matrix = isinstance(axis, (list, tuple)) and len(axis) == 2
    if is_matrix:
        axis = tuple(axis)
        if axis[0] == axis[1]:
            raise ValueError(
                f"'axis' must be None, an integer, or a tuple of 2 unique integers, got {axis}"
            )
        if ord not in _MATRIX_NORMS:
            raise ValueError(
                f"'ord' must be a supported matrix norm in {list(_MATRIX_NORMS)}, got {ord}"
            )
    else:
        if not (axis is None or isinstance(axis, (int, np.integer, Tensor))):
            raise ValueError(
                f"'axis' must be None, an integer, or a tuple of 2 unique integers, got {axis}"
            )
        if ord not in _VECTOR_NORMS and (isinstance(ord, str) or ord <= 0):
            raise ValueError(f"'ord' must be a supported vector norm, got {ord}")
    keep = bool(keepdims)
    tensor = convert(tensor)
    if ord in ("fro", "euclidean") or (ord == 2 and not is_matrix):
        return _euclidean(tensor, axis, keep, name)
    size = abs(tensor)
    if ord == 1:
        by, over = (axis[1], axis[0]) if is_matrix else (None, axis)
        summed = reduce_sum(size, over, is_matrix or keep)
        return _largest(summed, by, over, keep) if is_matrix else summed
    if ord == np.inf:
        if is_matrix:
            return _largest(reduce_sum(size, axis[1], True), axis[0], axis[1], keep)
        return reduce_max(size, axis, keep)
    if is_matrix:
        return _spectral(tensor, axis, keep)
    total = reduce_sum(pow(size, convert(ord, size.dtype)), axis, keep)
    return pow(total, convert(1.0 / ord, size.dtype))


def _euclidean(x: Tensor, axis: Any, keep: bool, name: str | None) -> Tensor:
    if x.dtype.is_complex:
        return sqrt(reduce_sum(multiply(x, complex_numbers.conj(x)), axis, keep), name)
    return sqrt(reduce_sum(multiply(x, x), axis, keep), name)


def _largest(x: Tensor, axis: int, summed: int, keep: bool) -> Tensor:
    """The maximum along `axis`, where `summed` has size 1 already."""
    found = reduce_max(x, axis, True)
    return found if keep else squeeze(found, (axis, summed))


def _spectral(x: Tensor, axis: tuple[int, int], keep: bool) -> Tensor:
    """The largest singular value of the matrices that two axes span."""
    rank = x.shape.rank
    if rank is None:
        raise NotImplementedError("The spectral norm of tf.norm needs a tensor of known rank.")
    pair = [a % rank for a in axis]
    order = [i for i in range(rank) if i not in pair] + pair
    values = svd(transpose_op(x, tuple(order)), compute_uv=False)
    largest = reduce_max(values, -1, True)
    whole = sizes(x)
    shape = [1 if i in pair else n for i, n in enumerate(whole)]
    return reshape(largest, shape if keep else [n for i, n in enumerate(whole) if i not in pair])


def normalize(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """A tensor divided by its norm, and the norm.

    The arguments are those of `tf.norm`; the norm keeps its axes with size 1.

    >>> unit, length = tf.linalg.normalize([3., 4.])
    >>> unit.numpy(), length.numpy()
    (array([0.6, 0.8], dtype=float32), array([5.], dtype=float32))
    """
    tensor = convert(tensor)
    length = norm(tensor, ord, axis, True)
    if tensor.dtype is not length.dtype:  # norms other than the Euclidean one are real
        length = cast(length, tensor.dtype)
    return divide(tensor, length, name), length


def l2_normalize(
    x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None, dim: Any = None
) -> Tensor:
    """`x / sqrt(max(sum(x**2), epsilon))`, the sum over some axes or all.

    x: float or complex tensor. epsilon: keeps the division safe near zero. dim: an older word for
    `axis`.

    >>> tf.math.l2_normalize([3., 4.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.6, 0.8], dtype=float32)>

    Raises ValueError where both `axis` and `dim` are given.
    """
    if dim is not None:
        if axis is not None:
            raise ValueError("Cannot specify both 'dim' and 'axis'.")
        axis = dim
    x = convert(x)
    if x.dtype.is_complex:
        re, im = complex_numbers.real(x), complex_numbers.imag(x)
        total = reduce_sum(square(re) + square(im), axis, True)
        scale = rsqrt(maximum(total, epsilon))
        return complex_numbers.complex(multiply(re, scale), multiply(im, scale))
    total = reduce_sum(square(x), axis, True)
    return multiply(x, rsqrt(maximum(total, convert(epsilon, x.dtype))), name)


def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The square root of the sum of squared magnitudes, over some axes or over all.

    Arguments and dtype as in `tf.reduce_sum`; for integers it is cut off.

    >>> tf.math.reduce_euclidean_norm([[3., 4.], [5., 12.]], axis=1)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([ 5., 13.], dtype=float32)>

    Op: EuclideanNorm.
    """
    if type(input_tensor) is not EagerTensor:
        input_tensor = convert(input_tensor)
    axes = axes_of(input_tensor, axis)
    return euclidean_norm(input_tensor, axes, bool(keepdims), name)


@op("EuclideanNorm", shape=reduced, cost="light")
def euclidean_norm(
    input: Tensor, reduction_indices: Static, keep_dims: bool = False, name: str | None = None
) -> Tensor:
    """The square root of the sum of squares over `reduction_indices`."""
    wide = widened(input)
    squares = (wide * wide.conj()).real if wide.dtype.kind == "c" else wide * wide
    total = xp(input).sum(squares, reduction_indices, keepdims=keep_dims, dtype=squares.dtype)
    return xp(input).sqrt(total).astype(input.dtype)


@euclidean_norm.kernel("host")
def _(x, axes, keep_dims):
    wide = widened(x)
    squares = (wide * wide.conj()).real if wide.dtype.kind == "c" else wide * wide
    return np.sqrt(fold(np.add, squares, axes, keep_dims)).astype(x.dtype)


@euclidean_norm.gradient
def _(dz, input, reduction_indices, keep_dims, out):
    if dz.dtype.is_complex:  # a norm has no imaginary part, whatever its dtype
        dz = cast(complex_numbers.real(dz), dz.dtype)
    return input * kept(dz / out, input, reduction_indices, keep_dims)
