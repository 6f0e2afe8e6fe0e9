"""LAPACK and BLAS on the host, for one matrix at a time, by SciPy.

The one idea: a moderate matrix is worked by one thread (`one_thread`). BLAS divides even small
matrices among threads that wait for each other by spinning; NumPy, SciPy and XLA bring a pool each,
and where these pools, or other processes, want the same cores, a millisecond becomes a hundred.

SciPy takes as long to import as all of Headrace, so it is imported at the first call.

Read next: ops/inverse.py, ops/triangular.py, ops/decompositions.py.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from threading import Lock
from typing import Any

import numpy as np

# From here on threads win more than they lose.
_FOR_MANY_THREADS = 1200
# Below this NumPy, which has no SciPy to import, is as good.
_FOR_SCIPY = 128

_lock = Lock()
_inside = 0
_limits = ExitStack()


def is_large(matrix: np.ndarray) -> bool:
    """Whether this is one square matrix, large enough for the functions here."""
    return (
        matrix.ndim == 2
        and matrix.shape[0] == matrix.shape[1] >= _FOR_SCIPY
        and matrix.dtype.char in "fdFD"
    )


@cache
def routine(name: str, dtype: np.dtype) -> Callable:
    """A routine of LAPACK, or of BLAS, for a dtype."""
    from scipy.linalg import get_blas_funcs, get_lapack_funcs

    get = get_blas_funcs if name in ("trsm",) else get_lapack_funcs
    return get(name, dtype=dtype)


@cache
def _pools() -> Any:
    """The pools of threads of the BLAS libraries that are loaded: NumPy's and SciPy's."""
    import scipy.linalg  # noqa: F401  (loaded now, if it was not before)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


@contextmanager
def one_thread(n: int) -> Iterator[None]:
    """While this lasts, BLAS uses one thread, if matrices of `n` rows have no need of more."""
    global _inside
    if not _FOR_SCIPY // 2 <= n < _FOR_MANY_THREADS:
        yield
        return
    with _lock:
        if not _inside:
            _limits.enter_context(_pools().limit(limits=1))
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                _limits.close()


def inverse(matrix: np.ndarray) -> np.ndarray | None:
    """The inverse of a large matrix, or None where it has none."""
    n = len(matrix)
    with one_thread(n):
        factors, pivots, failed = routine("getrf", matrix.dtype)(matrix)
        if failed:
            return None
        # LAPACK asks for room for a block of columns; 64 are as many as it uses.
        found, failed = routine("getri", matrix.dtype)(factors, pivots, 64 * n, overwrite_lu=True)
    return None if failed else np.ascontiguousarray(found)


def solution(matrix: np.ndarray, rhs: np.ndarray) -> np.ndarray | None:
    """The solution of `matrix @ x = rhs` for a large matrix, or None where there is no inverse."""
    with one_thread(len(matrix)):
        _, _, found, failed = routine("gesv", matrix.dtype)(matrix, rhs)
    return None if failed else np.ascontiguousarray(found)


def lu(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The packed factors of a real matrix, and the order of its rows."""
    with one_thread(len(matrix)):
        packed, pivots, _ = routine("getrf", matrix.dtype)(matrix)
    rows = list(range(len(matrix)))
    for i, pivot in enumerate(pivots.tolist()):
        rows[i], rows[pivot] = rows[pivot], rows[i]
    return packed, np.array(rows)


def cholesky(matrix: np.ndarray) -> np.ndarray | None:
    """The lower factor of a large matrix, or None where it is not positive definite."""
    # The transpose lies as LAPACK wants it, by columns; and has the factor's transpose for factor.
    with one_thread(len(matrix)):
        factor, failed = routine("potrf", matrix.dtype)(matrix.T, lower=False, clean=True)
    return None if failed else factor.T


def substitution(matrix: np.ndarray, rhs: np.ndarray, lower: bool, adjoint: bool) -> Any:
    """The solution of a triangular system."""
    # As transposes all three lie as BLAS wants them, by columns; the matrix is then on the right.
    found = routine("trsm", matrix.dtype)(
        1.0, matrix.T, rhs.T, side=1, lower=not lower, trans_a=2 if adjoint else 0
    )
    return found.T
