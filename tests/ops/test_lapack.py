"""LAPACK on the host: large matrices agree with NumPy, and the threads of OpenBLAS come back."""

import numpy as np
import pytest
import scipy.linalg

import headrace as tf
from headrace._src.ops import lapack

N = 130


def matrix(dtype):
    rng = np.random.default_rng(5)
    x = rng.standard_normal((N, N))
    if np.dtype(dtype).kind == "c":
        x = x + 1j * rng.standard_normal((N, N))
    return (x + N * np.eye(N)).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("adjoint", [False, True])
def test_solutions_of_large_systems(dtype, adjoint):
    a, b = matrix(dtype), matrix(dtype)[:, :3]
    seen = a.conj().T if adjoint else a
    near = {"rtol": 1e-3, "atol": 1e-3}
    found = tf.linalg.solve(a, b, adjoint=adjoint).numpy()
    assert found.dtype == dtype
    np.testing.assert_allclose(seen @ found, b, **near)
    np.testing.assert_allclose(seen @ tf.linalg.inv(a, adjoint).numpy(), np.eye(N), **near)
    for lower in (False, True):
        part = np.tril(a) if lower else np.triu(a)
        found = tf.linalg.triangular_solve(a, b, lower, adjoint).numpy()
        np.testing.assert_allclose((part.conj().T if adjoint else part) @ found, b, **near)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_lu_of_a_stack_of_large_matrices(dtype):
    stack = np.stack([matrix(dtype)[::-1], matrix(dtype)])
    factors, order = tf.linalg.lu(stack, tf.int64)
    assert order.dtype == tf.int64
    np.testing.assert_allclose(tf.linalg.lu_reconstruct(factors, order), stack, 1e-3, 1e-3)
    rows = scipy.linalg.lu(stack[0], p_indices=True)[0]
    np.testing.assert_array_equal(order.numpy()[0], np.argsort(rows))


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_large_matrices_without_inverse(value):
    a = np.eye(N, dtype=np.float32)
    a[2, 2] = value
    for function in (tf.linalg.inv, tf.linalg.lu, lambda x: tf.linalg.solve(x, x)):
        with pytest.raises(tf.errors.InvalidArgumentError, match="not invertible"):
            function(a)


def threads():
    return [pool.num_threads for pool in lapack._pools().lib_controllers]


def test_threads_come_back():
    before = threads()
    with lapack.one_thread(N), lapack.one_thread(N):
        assert set(threads()) <= {1}
    assert threads() == before
