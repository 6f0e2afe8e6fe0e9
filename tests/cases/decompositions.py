"""Decompositions and what is made of them: ops/decompositions.py, inverse.py, triangular.py,
solvers.py, matrix_functions.py, tridiagonal.py.

A decomposition's kernel reads half of its matrix, or answers up to a sign; so rows call `of_...`,
which makes a fit matrix first, or a function that answers what is unique.
"""

import numpy as np
import scipy.linalg

import headrace as tf
from tests.cases.row import case, complexes, each, error, floats, ints, plain

Invalid = tf.errors.InvalidArgumentError
# Several solutions of systems lose some digits, in float32 most of all.
WIDE = {"dtypes": ["float64", "complex128"], "tol": 1e-8}
REAL = {"dtypes": ["float64"], "tol": 1e-8}


def definite(x):
    """A positive definite matrix made of `x`."""
    return tf.matmul(x, x, adjoint_b=True) + np.eye(x.shape[-1], dtype=x.dtype.as_numpy_dtype) * 2


def definite_array(x):
    return x @ np.swapaxes(x.conj(), -1, -2) + np.eye(x.shape[-1]) * 2


def of_definite(function):
    """`function` of a positive definite matrix."""

    def called(x, *rest):
        return function(definite(x), *rest)

    called.__name__ = function.__name__
    return called


def regular(x):
    """A matrix well away from having no inverse."""
    return x + np.eye(x.shape[-1], dtype=x.dtype.as_numpy_dtype) * 5


def regular_array(x):
    return x + np.eye(x.shape[-1]) * 5


def of_regular(function):
    """`function` of a matrix with an inverse."""

    def called(x, *rest, **options):
        return function(regular(x), *rest, **options)

    called.__name__ = function.__name__
    return called


def qr_invariants(x):
    q, r = tf.linalg.qr(x)
    return tf.abs(q) ** 2, tf.abs(r) ** 2


def svd_invariants(x):
    s, u, v = tf.linalg.svd(x)
    return s, tf.abs(u) ** 2, tf.abs(v) ** 2


def eigh_invariants(x):
    e, v = tf.linalg.eigh(definite(x))
    return tf.math.real(e), tf.abs(v) ** 2


def eig_invariants(x):
    # Of a matrix with real eigenvalues far apart, so that their order is clear.
    e, v = tf.linalg.eig(x * 0.1 + np.diag([1.0, 5.0, 9.0]))
    return tf.math.real(e), tf.abs(v) ** 2


def lu_factors(x):
    return tf.linalg.lu(regular(x)).lu


def numpy_qr(x):
    q, r = np.linalg.qr(x)
    return np.abs(q) ** 2, np.abs(r) ** 2


def numpy_svd(x):
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return s, np.abs(u) ** 2, np.abs(np.swapaxes(vh, -1, -2)) ** 2


def numpy_eigh(x):
    e, v = np.linalg.eigh(definite_array(x))
    return e, np.abs(v) ** 2


def numpy_eig(x):
    e, v = np.linalg.eig(x * 0.1 + np.diag([1.0, 5.0, 9.0]))
    return e.real, np.abs(v) ** 2


def numpy_lu(x):
    packed, _ = scipy.linalg.lu_factor(regular_array(x))
    return packed


def turned(a, adjoint):
    return np.swapaxes(a.conj(), -1, -2) if adjoint else a


def solve(a, b, adjoint=False):
    return np.linalg.solve(turned(regular_array(a), adjoint), b)


def triangular(a, b, lower=True, adjoint=False):
    half = np.tril(regular_array(a)) if lower else np.triu(regular_array(a))
    return np.linalg.solve(turned(half, adjoint), b)


def ridge(a, b, l2_regularizer=0.0):
    if a.shape[-2] < a.shape[-1]:
        eye = np.eye(a.shape[-2]) * l2_regularizer
        return a.conj().T @ np.linalg.solve(a @ a.conj().T + eye, b)
    eye = np.eye(a.shape[-1]) * l2_regularizer
    return np.linalg.solve(a.conj().T @ a + eye, a.conj().T @ b)


def tridiagonal(bands):
    return np.diag(bands[0, :-1], 1) + np.diag(bands[1] + 9) + np.diag(bands[2, 1:], -1)


def tridiagonal_solve(bands, rhs):
    return tf.linalg.tridiagonal_solve(bands + np.array([[0.0], [9.0], [0.0]]), rhs)


def tridiagonal_matmul(bands, rhs):
    return tf.linalg.tridiagonal_matmul(bands + np.array([[0.0], [9.0], [0.0]]), rhs)


def eigh_tridiagonal(alpha, beta):
    return tf.linalg.eigh_tridiagonal(alpha, beta)


def banded_lower(bands, rhs):
    return tf.linalg.banded_triangular_solve(bands + 5.0, rhs)


BAD = plain(np.array([[1, 1], [1, 1]], np.float32))

ROWS = [
    case(of_definite(tf.linalg.cholesky), each(floats(3, 3), floats(2, 3, 3)),
         ref=lambda x: np.linalg.cholesky(definite_array(x)), **WIDE),
    case(tf.linalg.cholesky, plain(np.array([[1, 2], [2, 1]], np.float32)),
         ref=lambda x: np.array([[np.nan, 0], [np.nan, np.nan]], np.float32), gradient=False),
    case(qr_invariants, each(floats(4, 3), floats(3, 3), floats(2, 4)),
         ref=numpy_qr, **WIDE),
    case(tf.linalg.svd, floats(4, 3), compute_uv=False, **REAL,
         ref=lambda x, compute_uv: np.linalg.svd(x, compute_uv=False)),
    case(svd_invariants, each(floats(4, 3), floats(3, 4), floats(3, 3)),
         ref=numpy_svd, gradient="first", **WIDE),
    case(eigh_invariants, floats(3, 3), ref=numpy_eigh, **WIDE),
    case(of_definite(tf.linalg.eigvalsh), floats(3, 3), **REAL,
         ref=lambda x: np.linalg.eigvalsh(definite_array(x))),
    case(eig_invariants, floats(3, 3), ref=numpy_eig, gradient="first", **REAL),
    case(tf.linalg.eigvals, plain(np.array([[0, 1], [-1, 0]], np.float32)), gradient=False,
         ref=lambda x: np.array([1j, -1j], np.complex64)),
    case(lu_factors, floats(3, 3), ref=numpy_lu, **REAL),
    case(of_regular(tf.linalg.inv), floats(2, 3, 3),
         adjoint=each(False, True),
         ref=lambda x, adjoint: np.linalg.inv(turned(regular_array(x), adjoint)), **WIDE),
    case(of_regular(tf.linalg.solve), floats(3, 3), floats(3, 2), adjoint=each(False, True),
         ref=solve, **WIDE),
    case(of_regular(tf.linalg.det), floats(2, 3, 3),
         ref=lambda x: np.linalg.det(regular_array(x)), **WIDE),
    case(of_regular(tf.linalg.slogdet), floats(3, 3), **REAL,
         ref=lambda x: tuple(np.linalg.slogdet(regular_array(x)))),
    case(of_definite(tf.linalg.logdet), floats(3, 3), **REAL,
         ref=lambda x: np.linalg.slogdet(definite_array(x))[1]),
    case(of_regular(tf.linalg.triangular_solve), floats(3, 3), floats(2, 3, 2),
         lower=each(True, False), adjoint=each(False, True), ref=triangular, **WIDE),
    case(tf.linalg.cholesky_solve, plain(np.array([[2, 0], [1, 1]], np.float32)), floats(2, 1),
         ref=lambda c, b: np.linalg.solve(c @ c.T, b), dtypes=["float32"]),
    case(tf.linalg.lstsq, floats(4, 2), floats(4, 1), l2_regularizer=each(0.0, 0.5), ref=ridge,
         **REAL),
    case(tf.linalg.lstsq, floats(2, 4), floats(2, 1), l2_regularizer=each(0.0, 0.5), ref=ridge,
         **REAL),
    case(tf.linalg.lstsq, floats(4, 2), floats(4, 1), fast=False, gradient="first",
         ref=lambda a, b, fast: np.linalg.lstsq(a, b)[0], **REAL),
    case(tf.linalg.pinv, floats(4, 2), ref=np.linalg.pinv, gradient="first", **REAL),
    case(tf.linalg.matrix_rank, plain(np.array([[1, 2], [2, 4]], np.float32)),
         ref=lambda a: np.int32(1), gradient=False),
    case(lambda a, b: tf.linalg.lu_solve(*tf.linalg.lu(regular(a)), b), floats(3, 3), floats(3, 2),
         ref=solve, name="lu_solve", **REAL),
    case(lambda a: tf.linalg.lu_matrix_inverse(*tf.linalg.lu(regular(a))), floats(3, 3),
         ref=lambda a: np.linalg.inv(regular_array(a)), name="lu_matrix_inverse", **REAL),
    case(lambda a: tf.linalg.lu_reconstruct(*tf.linalg.lu(regular(a))), floats(3, 3),
         ref=regular_array, name="lu_reconstruct", **REAL),
    case(tf.linalg.expm, floats(3, 3), ref=scipy.linalg.expm, **WIDE),
    case(tf.linalg.expm, plain(np.array([[5.0, 8.0], [-9.0, 7.0]])), ref=scipy.linalg.expm,
         tol=1e-8),
    case(of_regular(tf.linalg.logm), complexes(2, 2), gradient="first",
         ref=lambda x: scipy.linalg.logm(regular_array(x)), dtypes=["complex128"], tol=1e-7),
    case(of_definite(tf.linalg.sqrtm), floats(3, 3),
         ref=lambda x: scipy.linalg.sqrtm(definite_array(x)), **WIDE),
    case(tridiagonal_solve, floats(3, 4), floats(4, 2), dtypes=["float64"],
         ref=lambda d, b: np.linalg.solve(tridiagonal(d), b)),
    case(tridiagonal_matmul, floats(3, 4), floats(4, 2), dtypes=["float64"],
         ref=lambda d, b: tridiagonal(d) @ b),
    case(eigh_tridiagonal, floats(4), floats(3), dtypes=["float64"], tol=1e-8,
         ref=lambda a, b: np.linalg.eigvalsh(np.diag(a) + np.diag(b, -1))),
    case(banded_lower, floats(2, 3), floats(3, 1), dtypes=["float64"],
         ref=lambda d, b: np.linalg.solve(np.diag(d[0] + 5) + np.diag(d[1, 1:] + 5, -1), b)),
    error(tf.linalg.cholesky, floats(2, 3), raises=Invalid, match="Input matrix must be square."),
    error(tf.linalg.cholesky, floats(2), raises=Invalid,
          match="Input tensor 0 must have rank >= 2, got 1"),
    error(tf.linalg.inv, BAD, raises=Invalid, match="Input is not invertible."),
    error(tf.linalg.inv, ints(2, 2), raises=Invalid, match="Value for attr 'T' of int32"),
    error(tf.linalg.solve, BAD, floats(2, 1), raises=Invalid,
          match="Input matrix is not invertible."),
    error(tf.linalg.solve, floats(2, 2), floats(2), raises=Invalid,
          match="All input tensors must have the same rank."),
    error(tf.linalg.det, floats(2, 3), raises=Invalid, match="Input matrix must be square."),
    error(tf.linalg.triangular_solve, floats(2, 2), floats(2), raises=Invalid,
          match="In[1] ndims must be >= 2: 1"),
    error(tf.linalg.lu, BAD, raises=Invalid, match="Input is not invertible."),
    error(tf.linalg.qr, floats(2), raises=Invalid, match="must have rank >= 2, got 1"),
    error(tf.linalg.pinv, ints(2, 2), raises=TypeError, match="must have `float`-like `dtype`"),
    error(tf.linalg.matrix_rank, floats(2), raises=ValueError, match="at least 2 dimensions"),
    error(tf.linalg.expm, ints(2, 2), raises=ValueError, match="does not support matrices of type"),
    error(tf.linalg.sqrtm, floats(2, 3), raises=Invalid, match="Input matrix must be square."),
    error(tf.linalg.tridiagonal_solve, floats(3, 3), floats(3), diagonals_format="foo",
          raises=ValueError, match="Unrecognized diagonals_format: foo"),
]  # fmt: skip
