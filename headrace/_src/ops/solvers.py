"""What is solved with decompositions: least squares, pseudo-inverses, ranks, and systems already
factored.

Nothing here is a kernel: each function is a few products and triangular systems, and its gradient
is theirs.

Read next: ops/decompositions.py, ops/triangular.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import int32
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops import complex as complex_numbers
from headrace._src.ops.array import broadcast_to_op, dims, expand_dims, length, positions
from headrace._src.ops.cast import cast
from headrace._src.ops.decompositions import cholesky, svd
from headrace._src.ops.diagonal import band_part, diag_part, set_diag
from headrace._src.ops.math import maximum
from headrace._src.ops.matmul import matmul
from headrace._src.ops.powers import log
from headrace._src.ops.reduce import reduce_max, reduce_sum
from headrace._src.ops.select import where
from headrace._src.ops.triangular import triangular_solve


def logdet(matrix: Any, name: str | None = None) -> Tensor:
    """The logarithm of the determinant of a positive definite matrix, or of each matrix of a stack.

    matrix: [..., n, n], float or complex; the result is [...], and NaN where a matrix is not
    positive definite.

    >>> tf.linalg.logdet([[2., 0.], [0., 2.]]).numpy().round(4)
    np.float32(1.3863)
    """
    factor = cholesky(convert(matrix))
    return reduce_sum(log(complex_numbers.real(diag_part(factor))), [-1], name=name) * 2.0


def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """The solution x of `A @ x = rhs`, given the Cholesky factor of A.

    chol: [..., n, n], as `tf.linalg.cholesky` gives it. rhs: [..., n, k].

    >>> tf.linalg.cholesky_solve([[2., 0.], [0., 1.]], [[4.], [3.]]).numpy()
    array([[1.],
           [3.]], dtype=float32)
    """
    return triangular_solve(chol, triangular_solve(chol, rhs), adjoint=True, name=name)


def lstsq(
    matrix: Any, rhs: Any, l2_regularizer: float = 0.0, fast: bool = True, name: str | None = None
) -> Tensor:
    """The x for which `matrix @ x` comes nearest to `rhs`, in the sense of least squares.

    matrix: [..., m, n], float or complex. rhs: [..., m, k]. l2_regularizer: the weight of the
    squared norm of x. fast: by the normal equations, which need a matrix of full rank; False for a
    complete orthogonal decomposition, which finds the shortest solution whatever the rank, and
    knows no regularizer. With more unknowns than equations the shortest solution is returned.

    >>> tf.linalg.lstsq([[1., 0.], [0., 1.], [0., 0.]], [[1.], [2.], [3.]]).numpy()
    array([[1.],
           [2.]], dtype=float32)
    """
    matrix = convert(matrix)
    rhs = convert(rhs, None, matrix.dtype)
    if not fast:
        # The pseudo-inverse gives the same shortest solution, and has a gradient.
        return matmul(pinv(matrix), rhs, name=name)
    m, n = _known(matrix, -2), _known(matrix, -1)
    if None in (m, n) and not l2_regularizer:
        # Which of the two Gram matrices is the one to invert only the running program knows.
        return matmul(pinv(matrix), rhs, name=name)
    wide = None not in (m, n) and m < n
    if wide:
        gram = matmul(matrix, matrix, adjoint_b=True)
        if _known(rhs, -2) not in (m, None):
            matmul(matrix, rhs, adjoint_a=True)  # raises, and says what does not fit
    else:
        gram, rhs = matmul(matrix, matrix, adjoint_a=True), matmul(matrix, rhs, adjoint_a=True)
    if l2_regularizer:
        gram = set_diag(gram, diag_part(gram) + convert(l2_regularizer, gram.dtype))
    solution = cholesky_solve(cholesky(gram), rhs)
    return matmul(matrix, solution, adjoint_a=True) if wide else solution


def _known(x: Tensor, axis: int) -> Any:
    """The size of `x` along an axis, or None where tracing does not know it."""
    return None if x.shape.rank is None else x.shape[axis]


def _longer(a: Tensor, dtype: Any) -> Any:
    """The larger of a matrix's two sizes: an int, or a scalar of `dtype`."""
    m, n = length(a, -2), length(a, -1)
    return max(m, n) if type(m) is type(n) is int else cast(maximum(m, n), dtype)


def _check_float_matrix(a: Tensor) -> None:
    if not a.dtype.is_floating:
        raise TypeError(f"Input `a` must have `float`-like `dtype` (saw {a.dtype.name}).")
    rank = a.shape.rank
    if rank is not None and rank < 2:
        raise ValueError(f"Input `a` must have at least 2 dimensions (saw: {rank}).")


def pinv(a: Any, rcond: Any = None, validate_args: bool = False, name: str | None = None) -> Tensor:
    """The Moore-Penrose pseudo-inverse of a matrix, or of each matrix of a stack.

    a: [..., m, n], float; the result is [..., n, m]. rcond: singular values below `rcond` times the
    largest count as zero; `10 * max(m, n) * eps` by default. validate_args: has no effect, for
    shapes are always checked.

    >>> tf.linalg.pinv([[2., 0.], [0., 4.], [0., 0.]]).numpy()
    array([[0.5 , 0.  , 0.  ],
           [0.  , 0.25, 0.  ]], dtype=float32)

    Raises TypeError for integers, ValueError for vectors.
    """
    a = convert(a)
    if not a.dtype.is_floating:
        raise TypeError(f"Input `a` must have `float`-like `dtype` (saw {a.dtype.name}).")
    _check_float_matrix(a)
    s, u, v = svd(a)
    if rcond is None:
        rcond = _longer(a, a.dtype) * (10.0 * float(np.finfo(a.dtype.array_dtype).eps))
    cutoff = convert(rcond, a.dtype) * reduce_max(s, -1)
    inverse = where(s > expand_dims(cutoff, -1), s, convert(np.inf, s.dtype))
    return matmul(v / expand_dims(inverse, -2), u, adjoint_b=True)


def matrix_rank(
    a: Any, tol: Any = None, validate_args: bool = False, name: str | None = None
) -> Tensor:
    """How many singular values of a matrix are not zero, as int32.

    a: [..., m, n], numbers; the result is [...]. tol: what counts as zero; by default
    `eps * max(m, n)` times the largest singular value. validate_args: has no effect, for shapes are
    always checked.

    >>> tf.linalg.matrix_rank([[1., 2.], [2., 4.]]).numpy()
    np.int32(1)

    Raises ValueError for vectors.
    """
    a = convert(a)
    _check_float_matrix(a)
    if a.dtype.is_integer:
        a = cast(a, "float64")
    s = svd(a, compute_uv=False)
    if tol is None:
        eps = float(np.finfo(a.dtype.array_dtype).eps)
        tol = reduce_max(s, -1, True) * (_longer(a, s.dtype) * eps)
    return reduce_sum(cast(s > tol, int32), -1, name=name)


# ---- systems factored by tf.linalg.lu ------------------------------------------------------------


def _permuted(x: Tensor, perm: Tensor, back: bool) -> Tensor:
    """The rows of `x` in the order `perm`, or back from it."""
    order = _order(length(perm, -1), perm.dtype)
    matrix = cast(expand_dims(perm, -1) == order, x.dtype)
    return matmul(matrix, x, transpose_a=back)


def _order(n: Any, dtype: Any) -> Tensor:
    """The numbers before `n`, an int or a tensor."""
    if type(n) is int:
        return convert(np.arange(n, dtype=dtype.array_dtype))
    return cast(positions(n), dtype)


def _factors(lower_upper: Tensor) -> tuple[Tensor, Tensor]:
    shape, dtype = dims(lower_upper)[:-1], lower_upper.dtype
    if isinstance(shape, Tensor):
        one = broadcast_to_op(convert(1, dtype), shape)
    else:
        one = convert(np.ones(shape, dtype.array_dtype))
    return set_diag(band_part(lower_upper, -1, 0), one), band_part(lower_upper, 0, -1)


def _check_factored(lower_upper: Tensor, perm: Tensor) -> None:
    shape = lower_upper.shape
    if shape.rank is None:
        return
    if shape.rank < 2:
        raise ValueError(f"Input `lower_upper` must have at least 2 dimensions. Received: {shape}.")
    if not shape[-1:].is_compatible_with(shape[-2:-1]):
        raise ValueError(f"`lower_upper` must be square. Received: {shape}.")
    if perm.shape.rank not in (None, shape.rank - 1):
        raise ValueError(
            "Input `lower_upper` and `perm` must have ranks one apart. "
            f"Received: {shape} and {perm.shape}."
        )


def lu_solve(
    lower_upper: Any, perm: Any, rhs: Any, validate_args: bool = False, name: str | None = None
) -> Tensor:
    """The solution x of `A @ x = rhs`, given `tf.linalg.lu(A)`.

    lower_upper: [..., n, n]. perm: [..., n]. rhs: [..., n, k]. validate_args: has no effect, for
    shapes are always checked.

    >>> factors = tf.linalg.lu([[1., 2.], [3., 4.]])
    >>> tf.linalg.lu_solve(*factors, [[5.], [11.]]).numpy().round(3)
    array([[1.],
           [2.]], dtype=float32)
    """
    lower_upper, perm = convert(lower_upper), convert(perm)
    rhs = convert(rhs, None, lower_upper.dtype)
    _check_factored(lower_upper, perm)
    if rhs.shape.rank is not None and rhs.shape.rank < 2:
        raise ValueError("Input `rhs` must have at least 2 dimensions.")
    sizes = {_known(rhs, -2), _known(lower_upper, -2)}
    if len(sizes - {None}) > 1:
        raise ValueError(
            "`lower_upper.shape[-1]` must equal `rhs.shape[-2]`. "
            f"Received: {lower_upper.shape} and {rhs.shape}."
        )
    lower, upper = _factors(lower_upper)
    halfway = triangular_solve(lower, _permuted(rhs, perm, False))
    return triangular_solve(upper, halfway, lower=False, name=name)


def lu_matrix_inverse(
    lower_upper: Any, perm: Any, validate_args: bool = False, name: str | None = None
) -> Tensor:
    """The inverse of A, given `tf.linalg.lu(A)`. Arguments as in `tf.linalg.lu_solve`.

    >>> tf.linalg.lu_matrix_inverse(*tf.linalg.lu([[2., 0.], [0., 4.]])).numpy()
    array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)
    """
    lower_upper = convert(lower_upper)
    order = _order(length(lower_upper, -1), int32)
    eye = cast(expand_dims(order, -1) == order, lower_upper.dtype)
    return lu_solve(lower_upper, perm, eye, validate_args, name)


def lu_reconstruct(
    lower_upper: Any, perm: Any, validate_args: bool = False, name: str | None = None
) -> Tensor:
    """The matrix that `tf.linalg.lu` was given, from what it returned.

    >>> tf.linalg.lu_reconstruct(*tf.linalg.lu([[1., 2.], [3., 4.]])).numpy()
    array([[1., 2.],
           [3., 4.]], dtype=float32)
    """
    lower_upper, perm = convert(lower_upper), convert(perm)
    _check_factored(lower_upper, perm)
    return _permuted(matmul(*_factors(lower_upper)), perm, True)
