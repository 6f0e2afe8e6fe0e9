"""Matrix decompositions: Cholesky, QR, singular values, eigenvalues, LU. Each works on stacks of
matrices.

LAPACK does the work: through NumPy on the host, through XLA in compiled programs. What the two
sides leave open (a matrix that is not positive definite, one that has no inverse) is settled here
as TensorFlow settles it: the Cholesky factor of the former is NaN, the LU decomposition of the
latter an error. Signs of singular and eigenvectors are nobody's to choose; they may differ from
TensorFlow's.

The gradients are written with the factors themselves; each names its source. Where two singular
values or eigenvalues agree, vectors have no derivative, and the terms that would be infinite are
left out.

Read next: ops/solvers.py, ops/linalg.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import namespace
from headrace._src.core.dtypes import DType, complex64, complex128, float64, int32
from headrace._src.core.namespace import xp
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import op
from headrace._src.ops import complex as complex_numbers
from headrace._src.ops import lapack
from headrace._src.ops.array import expand_dims, length, positions
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import ones_like_op
from headrace._src.ops.diagonal import band_part, diag, diag_part, set_diag
from headrace._src.ops.inverse import at_least_matrix, matrix_solve, square_matrix
from headrace._src.ops.joining import concat
from headrace._src.ops.linalg import adjoint
from headrace._src.ops.math import divide_no_nan
from headrace._src.ops.matmul import matmul
from headrace._src.ops.triangular import triangular_solve

# ---- what all share ------------------------------------------------------------------------------


def _gaps(values: Tensor) -> Tensor:
    """`1 / (values[j] - values[i])` at [i, j], and 0 where both agree."""
    gaps = expand_dims(values, -2) - expand_dims(values, -1)
    return divide_no_nan(gaps * 0 + 1, gaps)


def _scaled(matrix: Tensor, values: Tensor) -> Tensor:
    """`matrix @ diag(values)`."""
    return matrix * cast(expand_dims(values, -2), matrix.dtype)


# ---- Cholesky ------------------------------------------------------------------------------------


@op("Cholesky", shape=square_matrix, cost="host")
def cholesky(input: Tensor, name: str | None = None) -> Tensor:
    """The lower triangular matrix L with `L @ adjoint(L)` equal to a positive definite matrix.

    input: [..., n, n], float or complex; only its lower triangle is read. Where a matrix is not
    positive definite its factor is NaN.

    >>> tf.linalg.cholesky([[4., 2.], [2., 5.]]).numpy()
    array([[2., 0.],
           [1., 2.]], dtype=float32)

    Op: Cholesky. The gradient is by I. Murray, "Differentiation of the Cholesky decomposition"
    (2016).
    """
    return xp(input).linalg.cholesky(input, symmetrize_input=False)


@cholesky.kernel("host")
def _(input):
    if lapack.is_large(input):
        factor = lapack.cholesky(input)
        return np.tril(np.full_like(input, np.nan)) if factor is None else factor
    try:
        return np.linalg.cholesky(input)
    except np.linalg.LinAlgError:
        if input.ndim < 2 or input.shape[-1] != input.shape[-2]:
            raise
    if input.ndim > 2:  # one of the stack fails, the others have their factors
        return np.stack([_cholesky_or_nan(matrix) for matrix in input])
    return np.tril(np.full_like(input, np.nan))


def _cholesky_or_nan(matrix: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        if matrix.ndim > 2:
            return np.stack([_cholesky_or_nan(m) for m in matrix])
        return np.tril(np.full_like(matrix, np.nan))


@cholesky.gradient
def _(dz, out):
    middle = matmul(out, dz, adjoint_a=True)
    middle = band_part(set_diag(middle, diag_part(middle) * 0.5), -1, 0)
    left = triangular_solve(out, middle, adjoint=True)
    half = adjoint(triangular_solve(out, adjoint(left), adjoint=True))
    return (half + adjoint(half)) * 0.5


# ---- QR ------------------------------------------------------------------------------------------


def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> Any:
    """A matrix as an orthogonal (unitary) one times an upper triangular one.

    input: [..., m, n], float or complex. full_matrices: whether q is [..., m, m] and r [..., m, n];
    else they are [..., m, k] and [..., k, n] with k = min(m, n). Returns a named tuple (q, r).

    >>> q, r = tf.linalg.qr([[3., 1.], [4., 2.]])
    >>> tf.matmul(q, r).numpy().round(4)
    array([[3., 1.],
           [4., 2.]], dtype=float32)

    Op: Qr. The gradient is by Roberts and Roberts, "QR and LQ decomposition matrix backpropagation
    algorithms for square, wide, and deep matrices" (2020).
    """
    return qr_op(convert(input), bool(full_matrices), name)


def _qr_shapes(x: TensorShape, full_matrices: bool = False) -> list[TensorShape]:
    at_least_matrix(x)
    if x.rank is None:
        return [unknown, unknown]
    m, n = x[-2], x[-1]
    k = m if full_matrices else None if None in (m, n) else min(m, n)
    return [TensorShape([*x[:-2], m, k]), TensorShape([*x[:-2], k, n])]


@op("Qr", shape=_qr_shapes, cost="host")
def qr_op(input: Tensor, full_matrices: bool = False, name: str | None = None) -> Any:
    """The factors q and r."""
    _qr_shapes(TensorShape(input.shape))
    return tuple(xp(input).linalg.qr(input, mode="complete" if full_matrices else "reduced"))


def _inner_sizes(x: Tensor, name: str) -> tuple[int, int]:
    """How many rows and columns a matrix has, on which the form of its gradient depends."""
    m, n = (None, None) if x.shape.rank is None else x.shape[-2:]
    if m is None or n is None:
        raise NotImplementedError(
            f"The gradient of tf.linalg.{name} needs to know how many rows and columns there are, "
            f"while the function is traced. Received a matrix of shape {x.shape}."
        )
    return m, n


@qr_op.gradient
def _(dq, dr, input, q, r, full_matrices):
    m, n = _inner_sizes(input, "qr")
    if full_matrices and m > n:
        raise NotImplementedError(
            "The gradient of tf.linalg.qr with full_matrices=True needs no more rows than columns."
        )
    if m >= n:
        return _qr_back(q, r, dq, dr)
    # input = [X, Y] and r = [U, V] with X = q U and Y = q V.
    y = input[..., m:]
    du, dv = dr[..., :m], dr[..., m:]
    dq = dq + matmul(y, dv, adjoint_b=True)
    return concat([_qr_back(q, r[..., :m], dq, du), matmul(q, dv)], -1)


def _qr_back(q: Tensor, r: Tensor, dq: Tensor, dr: Tensor) -> Tensor:
    """The gradient of a matrix with no more columns than rows."""
    m = matmul(r, dr, adjoint_b=True) - matmul(dq, q, adjoint_a=True)
    lower = band_part(m, -1, 0)
    diagonal = diag_part(m)
    if m.dtype.is_complex:
        diagonal = cast(complex_numbers.real(diagonal), m.dtype)
    lower = set_diag(lower, diagonal * 0.5)
    inner = dq + matmul(q, lower + adjoint(lower))
    return adjoint(triangular_solve(r, adjoint(inner), lower=False))


# ---- singular values -----------------------------------------------------------------------------


def svd(
    tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None
) -> Any:
    """The singular values of a matrix, and its singular vectors.

    tensor: [..., m, n], float or complex. Returns (s, u, v) with tensor = u @ diag(s) @ adjoint(v):
    s is [..., k] with k = min(m, n), descending; u is [..., m, k] and v [..., n, k]. full_matrices:
    whether u is [..., m, m] and v [..., n, n]. compute_uv: False for s alone.

    >>> s, u, v = tf.linalg.svd([[3., 0.], [0., 4.]])
    >>> s.numpy()
    array([4., 3.], dtype=float32)

    Op: Svd. The gradient is by J. Townsend, "Differentiating the singular value decomposition"
    (2016), and for complex matrices by Wan and Zhang, "Automatic differentiation for complex valued
    SVD" (2019).
    """
    s, u, v = svd_op(convert(tensor), bool(compute_uv), bool(full_matrices), name)
    if s.dtype.is_complex:
        s = complex_numbers.real(s)
    return (s, u, v) if compute_uv else s


def _svd_shapes(
    x: TensorShape, compute_uv: bool = True, full_matrices: bool = False
) -> list[TensorShape]:
    at_least_matrix(x)
    if x.rank is None:
        return [unknown] * 3
    m, n = x[-2], x[-1]
    k = None if None in (m, n) else min(m, n)
    s = TensorShape([*x[:-2], k])
    if not compute_uv:
        return [s, TensorShape([0]), TensorShape([0])]
    ku, kv = (m, n) if full_matrices else (k, k)
    return [s, TensorShape([*x[:-2], m, ku]), TensorShape([*x[:-2], n, kv])]


@op("Svd", shape=_svd_shapes, cost="host")
def svd_op(
    input: Tensor, compute_uv: bool = True, full_matrices: bool = False, name: str | None = None
) -> Any:
    """The singular values s, and the vectors u and v (empty where they are not wanted)."""
    _svd_shapes(TensorShape(input.shape))
    np_ = xp(input)
    if not compute_uv:
        empty = np_.zeros((0,), input.dtype)
        return np_.linalg.svd(input, compute_uv=False).astype(input.dtype), empty, empty
    u, s, vh = np_.linalg.svd(input, full_matrices=full_matrices)
    v = np_.swapaxes(vh.conj(), -1, -2)
    return s.astype(input.dtype), u, v


@svd_op.kernel("host")
def _(input, compute_uv, full_matrices):
    _svd_shapes(TensorShape(input.shape))
    try:
        return svd_op.op.body(input, compute_uv, full_matrices)
    except np.linalg.LinAlgError:  # NumPy gives up on NaN; TensorFlow passes it on
        shapes = _svd_shapes(TensorShape(input.shape), compute_uv, full_matrices)
        return tuple(np.full(tuple(shape), np.nan, input.dtype) for shape in shapes)


@svd_op.gradient
def _(ds, du, dv, input, s, u, v, compute_uv, full_matrices):
    if not compute_uv:
        _, u, v = svd_op(input)
        return matmul(_scaled(u, ds), v, adjoint_b=True)
    m, n = _inner_sizes(input, "svd")
    if full_matrices and m != n:
        raise NotImplementedError(
            "The gradient of tf.linalg.svd with full_matrices=True needs a square matrix."
        )
    gaps = _gaps(s * s)
    one = s * 0 + 1
    inverse = divide_no_nan(one, s)
    of_u = matmul(u, du, adjoint_a=True)
    of_v = matmul(v, dv, adjoint_a=True)
    j, k = gaps * of_u, gaps * of_v
    middle = _scaled(j + adjoint(j), s) + adjoint(_scaled(k + adjoint(k), s)) + diag(ds)
    if input.dtype.is_complex:
        phase = diag(diag_part(of_v))
        middle = middle + adjoint(_scaled((phase - adjoint(phase)) * 0.5, inverse))
    found = matmul(matmul(u, middle), v, adjoint_b=True)
    if m > n:
        outside = du - matmul(u, of_u)
        found = found + matmul(_scaled(outside, inverse), v, adjoint_b=True)
    elif n > m:
        outside = dv - matmul(v, of_v)
        found = found + matmul(_scaled(u, inverse), outside, adjoint_b=True)
    return found


# ---- eigenvalues ---------------------------------------------------------------------------------


def eigh(tensor: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """The eigenvalues of a self-adjoint matrix, ascending, and its eigenvectors, as columns.

    tensor: [..., n, n], float or complex; only its lower triangle is read. Returns (e, v), e [...,
    n] and v [..., n, n], both of the input's dtype.

    >>> e, v = tf.linalg.eigh([[2., 0.], [0., 1.]])
    >>> e.numpy()
    array([1., 2.], dtype=float32)

    Op: SelfAdjointEigV2.
    """
    e, v = self_adjoint_eig(convert(tensor), True, name)
    return e, v


def eigvalsh(tensor: Any, name: str | None = None) -> Tensor:
    """The eigenvalues of a self-adjoint matrix, ascending. Argument as in `tf.linalg.eigh`.

    >>> tf.linalg.eigvalsh([[2., 0.], [0., 1.]]).numpy()
    array([1., 2.], dtype=float32)

    Op: SelfAdjointEigV2.
    """
    return self_adjoint_eig(convert(tensor), False, name)[0]


def _eigen_shapes(x: TensorShape, compute_v: bool = True, *_: Any) -> list[TensorShape]:
    square_matrix(x)
    if x.rank is None:
        return [unknown, unknown]
    return [x[:-1], x if compute_v else TensorShape([0])]


@op("SelfAdjointEigV2", shape=_eigen_shapes, cost="host")
def self_adjoint_eig(input: Tensor, compute_v: bool = True, name: str | None = None) -> Any:
    """The eigenvalues, and the eigenvectors (empty where they are not wanted)."""
    _eigen_shapes(TensorShape(input.shape))
    np_ = xp(input)
    if not compute_v:
        values = np_.linalg.eigvalsh(input, UPLO="L")
        return values.astype(input.dtype), np_.zeros((0,), input.dtype)
    values, vectors = np_.linalg.eigh(input, UPLO="L")
    return values.astype(input.dtype), vectors


@self_adjoint_eig.kernel("xla")
def _(input, compute_v):
    # XLA averages both triangles, where NumPy reads the lower one: so both say the same.
    np_ = xp(input)
    lower = np_.tril(input, -1)
    whole = np_.tril(input) + np_.swapaxes(lower.conj(), -1, -2)
    return self_adjoint_eig.op.body(whole, compute_v)


@self_adjoint_eig.gradient
def _(de, dv, input, e, v, compute_v):
    if compute_v:
        middle = diag(de) + _gaps(e) * matmul(v, dv, adjoint_a=True)
    else:
        _, v = self_adjoint_eig(input)
        middle = diag(de)
    whole = matmul(matmul(v, middle), v, adjoint_b=True)
    # The kernel reads the lower triangle only, so what belongs to both halves goes there.
    return set_diag(band_part(whole + adjoint(whole), -1, 0), diag_part(whole))


def eig(tensor: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """The eigenvalues of a square matrix and its eigenvectors, as columns. Both are complex.

    tensor: [..., n, n], float or complex. Returns (e, v), e [..., n] and v [..., n, n], complex64
    for float32.

    >>> e, v = tf.linalg.eig(tf.constant([[0., 1.], [-1., 0.]]))
    >>> e.numpy()
    array([0.+1.j, 0.-1.j], dtype=complex64)

    Op: Eig. The gradient is by Boeddeker et al., "On the computation of complex-valued gradients
    with application to statistically optimum beamforming" (2017).
    """
    tensor = convert(tensor)
    e, v = eig_op(tensor, True, _complex_of(tensor), name)
    return e, v


def eigvals(tensor: Any, name: str | None = None) -> Tensor:
    """The eigenvalues of a square matrix, complex. Argument as in `tf.linalg.eig`.

    >>> tf.linalg.eigvals(tf.constant([[0., 1.], [-1., 0.]])).numpy()
    array([0.+1.j, 0.-1.j], dtype=complex64)

    Op: Eig.
    """
    tensor = convert(tensor)
    return eig_op(tensor, False, _complex_of(tensor), name)[0]


def _complex_of(x: Tensor) -> DType:
    return complex128 if x.dtype in (float64, complex128) else complex64


@op("Eig", shape=_eigen_shapes, cost="host")
def eig_op(
    input: Tensor, compute_v: bool = True, Tout: DType = complex64, name: str | None = None
) -> Any:
    """The eigenvalues, and the eigenvectors (empty where they are not wanted)."""
    _eigen_shapes(TensorShape(input.shape))
    np_, dtype = xp(input), Tout.array_dtype
    if not compute_v:
        return np_.linalg.eigvals(input).astype(dtype), np_.zeros((0,), dtype)
    values, vectors = np_.linalg.eig(input)
    return values.astype(dtype), vectors.astype(dtype)


@eig_op.gradient
def _(de, dv, input, e, v, compute_v, Tout):
    middle = diag(de)
    if compute_v:
        of_v = matmul(v, dv, adjoint_a=True)
        along = cast(complex_numbers.real(diag_part(of_v)), v.dtype)
        turned = of_v - _scaled(matmul(v, v, adjoint_a=True), along)
        middle = middle + complex_numbers.conj(_gaps(e)) * turned
    else:
        _, v = eig_op(input, True, Tout)
    right = matmul(middle, v, adjoint_b=True)
    found = matrix_solve(v, right, adjoint=True)
    return found if input.dtype.is_complex else complex_numbers.real(found)


# ---- LU ------------------------------------------------------------------------------------------


def lu(input: Any, output_idx_type: Any = int32, name: str | None = None) -> Any:
    """A square matrix, its rows permuted, as a lower triangular matrix times an upper triangular
    one.

    input: [..., n, n], float or complex. Returns a named tuple (lu, p): both factors in one matrix
    (the lower one's diagonal is 1 and not stored), and the permutation p, [..., n], with input[p] =
    L @ U. output_idx_type: the dtype of p.

    >>> tf.linalg.lu([[1., 2.], [4., 4.]]).lu.numpy()
    array([[4.  , 4.  ],
           [0.25, 1.  ]], dtype=float32)

    Raises tf.errors.InvalidArgumentError where a matrix has no inverse. Op: Lu.
    """
    return lu_op(convert(input), output_idx_type, name)


def _lu_shapes(x: TensorShape, *_: Any) -> list[TensorShape]:
    at_least_matrix(x, "Input tensor must have rank >= 2, got ")
    x = square_matrix(x)
    return [x, unknown if x.rank is None else x[:-1]]


@op("Lu", shape=_lu_shapes, cost="host")
def lu_op(input: Tensor, output_idx_type: DType = int32, name: str | None = None) -> Any:
    """The packed factors and the permutation."""
    packed, permutation = namespace.linalg_under_xla.lu(input)
    return packed, permutation.astype(output_idx_type.array_dtype)


@lu_op.check
def _(input, output_idx_type):
    packed = lu_op.op.body(input)[0]
    return (abs(xp(packed).diagonal(packed, 0, -2, -1)) > 0).all()


@lu_op.kernel("host")
def _(input, output_idx_type):
    _lu_shapes(TensorShape(input.shape))
    packed = np.array(input)
    n = packed.shape[-1]
    permutation = np.zeros(packed.shape[:-1], output_idx_type.array_dtype)
    stack = packed.reshape(-1, n, n)
    rows = permutation.reshape(-1, n)
    # LAPACK measures a complex pivot by the sum of its parts, TensorFlow by its absolute value.
    if n >= 64 and packed.dtype.char in "fd":
        for i, matrix in enumerate(stack):
            stack[i], rows[i] = lapack.lu(matrix)
        if not (np.abs(stack.diagonal(0, 1, 2)) > 0).all():
            raise ValueError("Input is not invertible.")
        return packed, permutation
    # Column by column, all matrices of the stack at once.
    rows[:] = np.arange(n)
    every = np.arange(len(stack))
    for i in range(n):
        pivot = i + np.abs(stack[:, i:, i]).argmax(1)
        stack[every, i], stack[every, pivot] = stack[every, pivot], stack[every, i].copy()
        rows[every, i], rows[every, pivot] = rows[every, pivot], rows[every, i].copy()
        if not (np.abs(stack[:, i, i]) > 0).all():
            raise ValueError("Input is not invertible.")
        stack[:, i + 1 :, i] /= stack[:, i, None, i]
        stack[:, i + 1 :, i + 1 :] -= stack[:, i + 1 :, i, None] * stack[:, i, None, i + 1 :]
    return packed, permutation


@lu_op.gradient
def _(dlu, dp, lu, p):
    one = ones_like_op(diag_part(lu))
    lower, upper = set_diag(band_part(lu, -1, 0), one), band_part(lu, 0, -1)
    dl, du = dlu - band_part(dlu, 0, -1), band_part(dlu, 0, -1)
    below = matmul(lower, dl, adjoint_a=True)
    above = matmul(du, upper, adjoint_b=True)
    middle = below - band_part(below, 0, -1) + band_part(above, 0, -1)
    left = triangular_solve(lower, middle, adjoint=True)
    rows = adjoint(triangular_solve(upper, adjoint(left), lower=False))
    order = cast(positions(length(lu, -1)), p.dtype)
    permutation = cast(expand_dims(p, -1) == order, lu.dtype)
    return matmul(permutation, rows, transpose_a=True)
