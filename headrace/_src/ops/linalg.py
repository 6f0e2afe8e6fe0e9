"""Linear algebra by composition: tensordot, trace, transposing, and the cross product.

Nothing here is a kernel but `cross`: the functions arrange axes and call matmul, reductions and
elementwise ops, and their gradients come with those.

Read next: ops/matmul.py, ops/norms.py, ops/decompositions.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core.dtypes import int32
from headrace._src.core.errors import FailedPreconditionError
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.engine.op import op
from headrace._src.ops import complex as complex_numbers
from headrace._src.ops.array import (
    all_axes,
    expand_dims,
    rank_op,
    reshape,
    shape_op,
    sizes,
    transpose_op,
)
from headrace._src.ops.compare import not_equal
from headrace._src.ops.diagonal import diag_part
from headrace._src.ops.gather import boolean_mask, gather
from headrace._src.ops.joining import concat
from headrace._src.ops.math import floormod
from headrace._src.ops.matmul import matmul
from headrace._src.ops.ranges import range_op
from headrace._src.ops.reduce import reduce_all, reduce_prod, reduce_sum

# ---- products ------------------------------------------------------------------------------------


def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """The product of two tensors, summed over pairs of axes.

    a, b: tensors of one dtype. axes: how many axes to sum over, the last ones of `a` with the first
    of `b`; or two lists of axes, of `a` and of `b`, paired in order. The result has the other axes
    of `a`, then those of `b`.

    >>> tf.tensordot([[1, 2], [3, 4]], [[1, 0], [0, 2]], axes=1).numpy()
    array([[1, 4],
           [3, 8]], dtype=int32)

    Raises ValueError for axes that do not pair, tf.errors.InvalidArgumentError where sizes
    disagree.
    """
    a, b = convert(a), convert(b)
    of_a, of_b = _contraction(a, axes)
    left, free_a = _as_matrix(a, of_a, last=True)
    right, free_b = _as_matrix(b, of_b, last=False)
    product = matmul(left, right)
    if type(free_a) is type(free_b) is tuple:
        return reshape(product, free_a + free_b, name)
    return reshape(product, concat([convert(free, int32) for free in (free_a, free_b)], 0), name)


def _contraction(a: Tensor, axes: Any) -> tuple[Any, Any]:
    """The axes of the first tensor and of the second that are summed over: lists of ints; a tensor
    where they are counted from an end that is not known.
    """
    if isinstance(axes, int):
        if axes < 0:
            raise ValueError(f"`axes` must be at least 0. Received: {axes}.")
        rank = a.shape.rank
        if rank is not None and axes > rank:
            shown = array_of(a) if type(a) is EagerTensor else a
            raise ValueError(
                f"`axes` must not be larger than the number of dimensions of tensor {shown}.  "
                f"Received {axes}, vs tensor dimensions {rank}."
            )
        if rank is None:
            return range_op(rank_op(a) - axes, rank_op(a), 1), list(range(axes))
        return list(range(rank - axes, rank)), list(range(axes))
    if isinstance(axes, (list, tuple)):
        if len(axes) != 2:
            raise ValueError(f"`axes` must be an integer or have length 2. Received {axes}.")
        of_a, of_b = ([x] if isinstance(x, int) else list(x) for x in axes)
        if len(of_a) != len(of_b):
            raise ValueError(
                f"Different number of contraction axes `a` and `b`, {len(of_a)} != {len(of_b)}."
            )
        return of_a, of_b
    pair = known_value(convert(axes, int32))
    if pair is None:
        raise ValueError(f"`axes` must be known while a function is traced. Received: {axes}.")
    if pair.ndim == 0:
        return _contraction(a, int(pair))
    return [int(x) for x in np.atleast_1d(pair[0])], [int(x) for x in np.atleast_1d(pair[1])]


def _as_matrix(x: Tensor, summed: Any, last: bool) -> tuple[Tensor, Any]:
    """`x` as a matrix whose last (first) axis is the summed ones; and the sizes of its free
    axes, as a tuple or, where the rank is not known, a tensor.
    """
    if x.shape.rank is None:
        return _as_matrix_of_any_rank(x, summed, last)
    shape = sizes(x)
    rank = len(shape)
    for axis in summed:
        if not -rank <= axis < rank:
            raise IndexError(
                f"tf.tensordot: axis {axis} is out of range for a tensor of rank {rank}."
            )
    summed = [axis % rank for axis in summed]
    if len(set(summed)) < len(summed):
        raise ValueError(f"tf.tensordot: an axis is named twice in {summed}.")
    free = [axis for axis in range(rank) if axis not in summed]
    order = free + summed if last else summed + free
    if order != list(range(rank)):
        x = transpose_op(x, tuple(order))
    outer = tuple(shape[axis] for axis in free)
    rows, inner = math.prod(outer), math.prod([shape[axis] for axis in summed])
    return reshape(x, (rows, inner) if last else (inner, rows)), outer


def _as_matrix_of_any_rank(x: Tensor, summed: Any, last: bool) -> tuple[Tensor, Tensor]:
    shape, axes = shape_op(x), all_axes(x)
    summed = floormod(convert(summed, int32), rank_op(x))
    free = boolean_mask(axes, reduce_all(not_equal(expand_dims(axes, 1), summed), 1))
    x = transpose_op(x, concat([free, summed] if last else [summed, free], 0))
    outer = gather(shape, free)
    rows, inner = reduce_prod(outer), reduce_prod(gather(shape, summed))
    return reshape(x, [rows, inner] if last else [inner, rows]), outer


def _crossed(a: TensorShape, b: TensorShape) -> TensorShape:
    if a.rank is not None and b.rank is not None and not a.is_compatible_with(b):
        raise ShapeError(
            f"Both inputs must be of same shape: {bracketed(a)} vs. {bracketed(b)}",
            "Shapes must be equal",
        )
    if a.rank == 0:
        raise ShapeError(f"Input must be at least 1D{bracketed(a)}")
    return a


def _of_threes(a: TensorShape, b: TensorShape) -> TensorShape:
    _crossed(a, b)
    if a.rank and a[-1] not in (None, 3):
        raise ShapeError(f"Dimension must be 3 but is {a[-1]}")
    return a


@op("Cross", shape=_of_threes)
def cross(a: Tensor, b: Tensor, name: str | None = None) -> Tensor:
    """The cross product of vectors of three elements, along the last axis.

    a, b: [..., 3], of one shape and real dtype.

    >>> tf.linalg.cross([1, 0, 0], [0, 1, 0]).numpy()
    array([0, 0, 1], dtype=int32)

    Raises tf.errors.FailedPreconditionError where the last axis is not 3. Op: Cross.
    """
    _crossed(TensorShape(a.shape), TensorShape(b.shape))
    if a.shape[-1] != 3:
        raise FailedPreconditionError(
            None, None, "Cross-products are only defined for 3-element vectors."
        )
    a1, a2, a3 = a[..., 0], a[..., 1], a[..., 2]
    b1, b2, b3 = b[..., 0], b[..., 1], b[..., 2]
    parts = [a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1]
    return xp(a).stack(parts, -1)


@cross.gradient
def _(dz, a, b):
    return lambda: cross(b, dz), lambda: cross(dz, a)


# ---- transposing ---------------------------------------------------------------------------------


def matrix_transpose(
    a: Any, name: str | None = "matrix_transpose", conjugate: bool = False
) -> Tensor:
    """`a` with its last two axes swapped.

    a: [..., n, m]; the result is [..., m, n]. conjugate: whether to conjugate complex elements too.

    >>> tf.linalg.matrix_transpose([[1, 2], [3, 4]]).numpy()
    array([[1, 3],
           [2, 4]], dtype=int32)

    Raises ValueError for a vector or scalar.
    """
    if type(a) is not EagerTensor:
        a = convert(a)
    rank = a.shape.rank
    if rank is not None and rank < 2:
        shown = array_of(a) if type(a) is EagerTensor else a
        raise ValueError(
            "Argument `a` should be a (batch) matrix with rank >= 2.  "
            f"Received `a` = {shown} with shape: {a.shape}"
        )
    if conjugate and a.dtype.is_complex:
        a = complex_numbers.conj(a)
    if rank is None:
        axes = all_axes(a)
        return transpose_op(a, concat([axes[:-2], axes[-1:], axes[-2:-1]], 0), name)
    return transpose_op(a, (*range(rank - 2), rank - 1, rank - 2), name)


def adjoint(matrix: Any, name: str | None = None) -> Tensor:
    """The last two axes swapped and complex elements conjugated.

    matrix: [..., n, m]; the result is [..., m, n].

    >>> tf.linalg.adjoint([[1 + 2j, 3 + 0j]]).numpy()
    array([[1.-2.j],
           [3.-0.j]])
    """
    return matrix_transpose(matrix, name, conjugate=True)


def trace(x: Any, name: str | None = None) -> Tensor:
    """The sum along the main diagonal of a matrix, or of each matrix of a stack.

    x: [..., n, m]; the result is [...].

    >>> tf.linalg.trace([[1, 2], [3, 4]]).numpy()
    np.int32(5)
    """
    return reduce_sum(diag_part(x), [-1], name=name)
