"""Operators of every class, with what the tests need to know of them: one of each shape of thing.

A sample is made by a function of a few float64 arrays (its parameters), so that tests can feed
arrays, variables or placeholders of unknown shape, and differentiate.

Read next: test_laws.py.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import headrace as tf

L = tf.linalg
POSITIVE: dict[str, Any] = {"is_self_adjoint": True, "is_positive_definite": True}


class Sample(NamedTuple):
    """A name, what makes the operator, its parameters, and the dense matrix they should make."""

    name: str
    make: Callable[..., Any]
    parameters: list[np.ndarray]
    dense: np.ndarray | None = None


def _random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def well(n: int, *batch: int, seed: int = 0) -> np.ndarray:
    """A matrix that is easy to solve with."""
    return _random(*batch, n, n, seed=seed) + 3 * np.eye(n)


def positive(n: int, *batch: int, seed: int = 0) -> np.ndarray:
    """A positive definite matrix."""
    a = _random(*batch, n, n, seed=seed)
    return a @ np.swapaxes(a, -1, -2) + np.eye(n)


def toeplitz(col: np.ndarray, row: np.ndarray) -> np.ndarray:
    """The matrix by its definition."""
    n = len(col)
    return np.array([[col[i - j] if i >= j else row[j - i] for j in range(n)] for i in range(n)])


def tridiagonal(bands: np.ndarray) -> np.ndarray:
    """The matrix of bands in compact format."""
    above, main, below = bands
    return np.diag(main) + np.diag(above[:-1], 1) + np.diag(below[1:], -1)


def block(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """[[a, 0], [c, b]]."""
    return np.block([[a, np.zeros((a.shape[0], b.shape[1]))], [c, b]])


def circulant(spectrum: np.ndarray) -> np.ndarray:
    """The matrix that Fourier's transform makes diagonal, of a spectrum of any rank."""
    n = spectrum.size
    units = np.eye(n).reshape(n, *spectrum.shape)
    axes = tuple(range(1, units.ndim))
    columns = np.fft.ifftn(np.fft.fftn(units, axes=axes) * spectrum, axes=axes)
    return columns.real.reshape(n, n).T


a2, b2, a3, p3 = well(2), well(2, seed=1), well(3), positive(3)
diag = np.array([1.5, -2.0, 3.0])
col, row = np.array([4.0, 1.0, -1.0]), np.array([4.0, 2.0, 0.5])
bands = np.array([[1.0, 2.0, 9.0], [4.0, 5.0, 6.0], [9.0, 1.0, -1.0]])
even = np.array([5.0, 2.0, 3.0, 2.0])
even2 = np.array([[5.0, 2.0], [3.0, 4.0]])
axis = np.array([1.0, 2.0, -1.0])
u, v = _random(3, 2), _random(3, 2, seed=1)

SAMPLES = [
    Sample("full", L.LinearOperatorFullMatrix, [a3], a3),
    Sample("full batch", L.LinearOperatorFullMatrix, [well(3, 2, 1)], well(3, 2, 1)),
    Sample("positive", lambda x: L.LinearOperatorFullMatrix(x, **POSITIVE), [p3], p3),
    Sample("triangular", L.LinearOperatorLowerTriangular, [a3], np.tril(a3)),
    Sample("diag", L.LinearOperatorDiag, [diag], np.diag(diag)),
    Sample("diag batch", L.LinearOperatorDiag, [np.array([[1.0, 2.0], [3.0, 4.0]])]),
    Sample(
        "scaled", lambda x: L.LinearOperatorScaledIdentity(3, x), [np.array(2.5)], 2.5 * np.eye(3)
    ),
    Sample(
        "scaled batch",
        lambda x: L.LinearOperatorScaledIdentity(2, x),
        [np.array([2.0, -1.0])],
    ),
    Sample("identity", lambda: L.LinearOperatorIdentity(3, dtype="float64"), [], np.eye(3)),
    Sample(
        "identity batch",
        lambda: L.LinearOperatorIdentity(2, batch_shape=[2], dtype="float64"),
        [],
        np.stack([np.eye(2)] * 2),
    ),
    Sample(
        "kronecker",
        lambda x, y: L.LinearOperatorKronecker(
            [L.LinearOperatorFullMatrix(x), L.LinearOperatorFullMatrix(y)]
        ),
        [a2, a3],
        np.kron(a2, a3),
    ),
    Sample(
        "block diag",
        lambda x, y: L.LinearOperatorBlockDiag(
            [L.LinearOperatorFullMatrix(x), L.LinearOperatorDiag(y)]
        ),
        [a2, diag],
        block(a2, np.diag(diag), np.zeros((3, 2))),
    ),
    Sample(
        "block triangular",
        lambda x, y, z: L.LinearOperatorBlockLowerTriangular(
            [
                [L.LinearOperatorFullMatrix(x)],
                [L.LinearOperatorFullMatrix(z), L.LinearOperatorFullMatrix(y)],
            ]
        ),
        [a2, a3, _random(3, 2)],
        block(a2, a3, _random(3, 2)),
    ),
    Sample(
        "low rank",
        lambda x, d, u, v: L.LinearOperatorLowRankUpdate(L.LinearOperatorDiag(x), u, d, v),
        [diag, np.array([1.0, -0.5]), u, v],
        np.diag(diag) + u @ np.diag([1.0, -0.5]) @ v.T,
    ),
    Sample(
        "low rank positive",
        lambda x, u: L.LinearOperatorLowRankUpdate(
            L.LinearOperatorDiag(x, is_positive_definite=True), u
        ),
        [np.abs(diag), u],
        np.diag(np.abs(diag)) + u @ u.T,
    ),
    Sample("toeplitz", L.LinearOperatorToeplitz, [col, row], toeplitz(col, row)),
    Sample("tridiag", L.LinearOperatorTridiag, [bands], tridiagonal(bands)),
    Sample(
        "tridiag sequence",
        lambda x, y, z: L.LinearOperatorTridiag([x, y, z], "sequence"),
        list(bands),
        tridiagonal(bands),
    ),
    Sample(
        "tridiag matrix",
        lambda x: L.LinearOperatorTridiag(x, "matrix"),
        [tridiagonal(bands)],
        tridiagonal(bands),
    ),
    Sample(
        "composition",
        lambda x, y: L.LinearOperatorComposition(
            [L.LinearOperatorFullMatrix(x), L.LinearOperatorDiag(y)]
        ),
        [a3, diag],
        a3 @ np.diag(diag),
    ),
    Sample(
        "householder",
        L.LinearOperatorHouseholder,
        [axis],
        np.eye(3) - 2 * np.outer(axis, axis) / (axis @ axis),
    ),
    Sample("adjoint", lambda x: L.LinearOperatorAdjoint(L.LinearOperatorFullMatrix(x)), [a3], a3.T),
    Sample(
        "inversion",
        lambda x: L.LinearOperatorInversion(L.LinearOperatorFullMatrix(x)),
        [a3],
        np.linalg.inv(a3),
    ),
    Sample(
        "permutation",
        lambda: L.LinearOperatorPermutation([2, 0, 1], dtype="float64"),
        [],
        np.eye(3)[[2, 0, 1]],
    ),
    Sample(
        "permutation batch",
        lambda: L.LinearOperatorPermutation([[2, 0, 1], [0, 2, 1]], dtype="float64"),
        [],
        np.stack([np.eye(3)[[2, 0, 1]], np.eye(3)[[0, 2, 1]]]),
    ),
    Sample("circulant", lambda x: L.LinearOperatorCirculant(x, "float64"), [even], circulant(even)),
    Sample(
        "circulant 2d",
        lambda x: L.LinearOperatorCirculant2D(x, "float64"),
        [even2],
        circulant(even2),
    ),
    Sample(
        "circulant 3d",
        lambda x: L.LinearOperatorCirculant3D(x, "float64"),
        [np.arange(1.0, 9.0).reshape(2, 2, 2)],
        circulant(np.arange(1.0, 9.0).reshape(2, 2, 2)),
    ),
]
