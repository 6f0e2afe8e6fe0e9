"""Products: `dot`, `matmul`, `tensordot`, `einsum`, `outer`, `cross`, `kron`; `polyval`.

The one idea: NumPy's products are one contraction with different axes; scalars multiply.

Read next: ops/matmul.py, ops/linalg.py.
"""

from functools import reduce
from typing import Any

from headrace._src.core.errors import InvalidArgumentError
from headrace._src.numpy_api.elementwise import multiply
from headrace._src.numpy_api.indexing import diagonal
from headrace._src.numpy_api.manipulation import moveaxis
from headrace._src.numpy_api.promotion import dtype_of, flat, tensor, tensors
from headrace._src.numpy_api.reductions import sum
from headrace._src.objects.mapping import foldl
from headrace._src.ops import complex, linalg
from headrace._src.ops import einsum as sums_of_products
from headrace._src.ops import matmul as products
from headrace._src.ops.array import (
    broadcast_dynamic_shape,
    broadcast_to,
    dims,
    expand_dims,
    length,
    reshape,
)
from headrace._src.ops.constant import zeros_like
from headrace._src.ops.joining import concat


def dot(a: Any, b: Any) -> Any:
    """The sum of products along the last axis of `a` and the last but one of `b`.

    A vector `b` is summed along its only axis; with a scalar, the product.

    >>> tf.experimental.numpy.dot([[1, 2], [3, 4]], [1, 1]).numpy()
    array([3, 7])

    Source: numpy.dot.
    """
    a, b = tensors(a, b)
    if a.shape.rank == 0 or b.shape.rank == 0:
        return a * b
    if b.shape.rank == 1:
        return linalg.tensordot(a, b, [[-1], [-1]])
    return linalg.tensordot(a, b, [[-1], [-2]])


def inner(a: Any, b: Any) -> Any:
    """The sum of products along the last axes of both; with a scalar, the product.

    >>> tf.experimental.numpy.inner([[1, 2], [3, 4]], [1, 1]).numpy()
    array([3, 7])

    Source: numpy.inner.
    """
    a, b = tensors(a, b)
    if a.shape.rank == 0 or b.shape.rank == 0:
        return a * b
    return linalg.tensordot(a, b, [[-1], [-1]])


def vdot(a: Any, b: Any) -> Any:
    """The sum of the products of all elements, those of `a` conjugated.

    >>> tf.experimental.numpy.vdot([[1, 2]], [[3, 4]])
    <tf.Tensor: shape=(), dtype=int64, numpy=11>

    Source: numpy.vdot.
    """
    a, b = tensors(a, b)
    a, b = flat(a), flat(b)
    return linalg.tensordot(complex.conj(a) if a.dtype.is_complex else a, b, 1)


def outer(a: Any, b: Any) -> Any:
    """The products of every element of `a` with every one of `b`: a matrix.

    >>> tf.experimental.numpy.outer([1, 2], [3, 4]).numpy()
    array([[3, 4],
           [6, 8]])

    Source: numpy.outer.
    """
    a, b = tensors(a, b)
    return multiply(expand_dims(flat(a), 1), expand_dims(flat(b), 0))


def matmul(x1: Any, x2: Any) -> Any:
    """The product of matrices, or of stacks of them; a vector is a row on the left, else a column.

    >>> tf.experimental.numpy.matmul([[1, 2], [3, 4]], [1, 1]).numpy()
    array([3, 7])

    Raises ValueError for scalars and where the sizes do not fit. Source: numpy.matmul.
    """
    x1, x2 = tensors(x1, x2)
    left, right = x1.shape.rank, x2.shape.rank
    try:
        if right == 1 or left == 0 or right == 0:
            return linalg.tensordot(x1, x2, 1)
        if left == 1:
            return linalg.tensordot(x1, x2, [[0], [-2]])
        return products.matmul(x1, x2)
    except InvalidArgumentError as error:
        # As NumPy and, of the functions here, only this one.
        raise ValueError(str(error)) from error


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum of products along `axes`: a number of them, or two lists, of `a` and of `b`.

    >>> tf.experimental.numpy.tensordot([[1, 2]], [[3], [4]], 1).numpy()
    array([[11]])

    Source: numpy.tensordot.
    """
    a, b = tensors(a, b)
    return linalg.tensordot(a, b, axes)


def einsum(subscripts: Any, *operands: Any, **kwargs: Any) -> Any:
    """Sums of products as `subscripts` say ("ij,jk->ik" is a product of matrices).

    optimize: see `tf.einsum`. casting: "safe" or "no"; `order`: "K" or "C"; neither changes
    anything, nor does `dtype`, as in TensorFlow.

    >>> tf.experimental.numpy.einsum("ij->ji", [[1, 2], [3, 4]]).numpy()
    array([[1, 3],
           [2, 4]])

    Raises ValueError for another casting or order. Source: numpy.einsum.
    """
    casting = kwargs.get("casting", "safe")
    optimize = kwargs.get("optimize", False)
    if casting not in ("safe", "no"):
        raise ValueError(
            "Invalid value for argument `casting`. Expected casting='safe' or casting='no'. "
            f"Received: casting={casting}"
        )
    if optimize not in (True, False):
        raise ValueError(
            "Invalid value for argument `optimize`. Expected `optimize=True` or "
            f"`optimize=False`. Received: optimize={optimize}"
        )
    if kwargs.get("order", "K") not in ("K", "C"):
        raise ValueError(
            "Invalid value for argument `order`. Expected `order='K'` or `order='C'`. "
            f"Received: order={kwargs['order']}"
        )
    if casting == "safe":
        operands = tuple(tensors(*operands))
    else:
        operands = tuple(tensor(x) for x in operands)
    return sums_of_products.einsum(
        subscripts, *operands, optimize="greedy" if optimize is False else "optimal"
    )


def kron(a: Any, b: Any) -> Any:
    """The Kronecker product: `b` once for each element of `a`, multiplied by it.

    >>> tf.experimental.numpy.kron([1, 2], [1, 1]).numpy()
    array([1, 1, 2, 2])

    Source: numpy.kron.
    """
    a, b = tensors(a, b)
    rank = max(a.shape.rank, b.shape.rank)
    left, right = (
        [*[1] * (rank - x.shape.rank), *(length(x, i) for i in range(x.shape.rank))] for x in (a, b)
    )
    if not rank:
        return multiply(a, b)
    wide = reshape(a, [n for size in left for n in (size, 1)])
    deep = reshape(b, [n for size in right for n in (1, size)])
    return reshape(multiply(wide, deep), [m * n for m, n in zip(left, right, strict=True)])


def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None
) -> Any:
    """The cross product of vectors of 3 elements; of 2, whose third is 0.

    axisa, axisb: where the vectors lie. axisc: where to put those of the result. axis: all three.
    Where both have 2 elements the result is the third element alone. Raises ValueError in a graph
    that does not know how many they have.

    >>> tf.experimental.numpy.cross([1, 2, 3], [4, 5, 6]).numpy()
    array([-3,  6, -3])

    Source: numpy.cross.
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = tensors(a, b)
    a, b = moveaxis(a, axisa, -1), moveaxis(b, axisb, -1)
    if a.shape[-1] is None or b.shape[-1] is None:
        raise ValueError(
            "tf.experimental.numpy.cross: the sizes of the vectors must be known. Received: "
            f"{a.shape} and {b.shape}"
        )
    is_flat = a.shape[-1] == b.shape[-1] == 2
    a, b = _in_space(a), _in_space(b)
    shape = broadcast_dynamic_shape(dims(a), dims(b))
    result = linalg.cross(broadcast_to(a, shape), broadcast_to(b, shape))
    if is_flat:
        return result[..., 2]
    return moveaxis(result, -1, axisc) if result.shape.rank > 1 else result


def _in_space(x: Any) -> Any:
    """Vectors of 2 elements with a third one, 0."""
    return concat([x, zeros_like(x[..., :1])], -1) if x.shape[-1] == 2 else x


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
    """The sum of the elements of a diagonal. See `diagonal` and `sum`.

    >>> tf.experimental.numpy.trace([[1, 2], [3, 4]])
    <tf.Tensor: shape=(), dtype=int64, numpy=5>

    Source: numpy.trace.
    """
    a = tensor(a) if dtype is None else tensor(a, dtype_of(dtype))
    return sum(diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


def polyval(p: Any, x: Any) -> Any:
    """The polynomial with the coefficients `p`, the highest power first, at `x`.

    >>> tf.experimental.numpy.polyval([1, 2, 3], 2)
    <tf.Tensor: shape=(), dtype=int64, numpy=11>

    Raises ValueError where `p` is no vector. Source: numpy.polyval.
    """
    p, x = tensors(p, x)
    if p.shape.rank == 0:
        p = flat(p)

    def horner(value: Any, coefficient: Any) -> Any:
        return value * x + coefficient

    start = zeros_like(x)
    if p.shape.rank is None or p.shape[0] is None:
        return foldl(horner, p, start)
    return reduce(horner, [p[i] for i in range(p.shape[0])], start)
