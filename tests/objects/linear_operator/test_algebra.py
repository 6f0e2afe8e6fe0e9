"""Which class comes of which operators, with which hints: as TensorFlow 2.21 answers.

Hints are written as four letters, for non-singular, self-adjoint, positive definite and square: T
for True, F for False, - for None.

Read next: headrace/_src/objects/linear_operator/algebra.py.
"""

import numpy as np
import pytest

import headrace as tf
from tests.objects.linear_operator.samples import POSITIVE

L = tf.linalg
A = np.array([[4, 1, 0, 0], [1, 4, 1, 0], [0, 1, 4, 1], [0, 0, 1, 4.0]], np.float32)
B = np.array([[4, 1], [1, 4.0]], np.float32)
ALL = {**POSITIVE, "is_non_singular": True}
full, spd = L.LinearOperatorFullMatrix(A), L.LinearOperatorFullMatrix(A, **ALL)
small, small_spd = L.LinearOperatorFullMatrix(B), L.LinearOperatorFullMatrix(B, **ALL)
diag, identity = L.LinearOperatorDiag([1.0, 2.0, 3.0, 4.0]), L.LinearOperatorIdentity(4)
scaled, zeros = L.LinearOperatorScaledIdentity(4, 2.0), L.LinearOperatorZeros(4)
triangular = L.LinearOperatorLowerTriangular(A)
kronecker = L.LinearOperatorKronecker([small_spd, small_spd])
blocks = L.LinearOperatorBlockDiag([small, small])
spd_blocks = L.LinearOperatorBlockDiag([small_spd, small_spd])
circulant = L.LinearOperatorCirculant([5.0, 2.0, 3.0, 2.0], tf.float32)
householder = L.LinearOperatorHouseholder([1.0, 0.0, 0.0, 0.0])


def told(operator):
    hints = ("is_non_singular", "is_self_adjoint", "is_positive_definite", "is_square")
    letters = {True: "T", False: "F", None: "-"}
    name = type(operator).__name__.removeprefix("LinearOperator")
    return f"{name} {''.join(letters[getattr(operator, hint)] for hint in hints)}"


@pytest.mark.parametrize(
    ("left", "right", "product", "quotient"),
    [
        (full, full, "Composition ---T", "Composition ---T"),
        (spd, spd, "Composition TTTT", "Composition T--T"),
        (full, identity, "FullMatrix ---T", "Inversion ---T"),
        (identity, full, "FullMatrix ---T", "FullMatrix ---T"),
        (full, zeros, "Zeros FTFT", "Composition F--T"),
        (diag, diag, "Diag -T-T", "Diag -T-T"),
        (diag, scaled, "Diag -T-T", "Diag -T-T"),
        (scaled, diag, "Diag -T-T", "Diag -T-T"),
        (scaled, scaled, "ScaledIdentity -T-T", "ScaledIdentity -T-T"),
        (diag, triangular, "LowerTriangular ---T", "LowerTriangular ---T"),
        (triangular, diag, "LowerTriangular ---T", "Composition ---T"),
        (kronecker, spd, "Composition T--T", "Composition T--T"),
        (kronecker, identity, "Kronecker TTTT", "Kronecker TTTT"),
        (blocks, blocks, "BlockDiag ---T", "BlockDiag ---T"),
        (spd_blocks, spd_blocks, "BlockDiag TTTT", "BlockDiag T--T"),
        (circulant, circulant, "Circulant -T-T", "Circulant -T-T"),
        (householder, householder, "Composition -T-T", "Composition ---T"),
    ],
)
def test_products_and_solutions(left, right, product, quotient):
    assert told(left @ right) == product
    assert told(left.solve(right)) == quotient
    np.testing.assert_allclose(
        (left @ right).to_dense(), left.to_dense() @ right.to_dense(), rtol=1e-5, atol=1e-5
    )
    expected = np.linalg.solve(left.to_dense(), right.to_dense())
    np.testing.assert_allclose(left.solve(right).to_dense(), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("operator", "adjoint", "inverse", "factor"),
    [
        (spd, "FullMatrix TTTT", "Inversion TTTT", "LowerTriangular TF-T"),
        (identity, "Identity TTTT", "Identity TTTT", "Identity TTTT"),
        (kronecker, "Kronecker TTTT", "Kronecker TTTT", "Kronecker T--T"),
        (spd_blocks, "BlockDiag TTTT", "BlockDiag TTTT", "BlockDiag T--T"),
        (full, "Adjoint ---T", "Inversion ---T", None),
        (diag, "Diag -T-T", "Diag -T-T", None),
        (scaled, "ScaledIdentity -T-T", "ScaledIdentity -T-T", None),
        (householder, "Householder -TFT", "Householder -TFT", None),
        (circulant, "Circulant -T-T", "Circulant -T-T", None),
    ],
)
def test_of_one_operator(operator, adjoint, inverse, factor):
    assert told(operator.H) == adjoint
    assert told(operator.inverse()) == inverse
    if factor is None:
        with pytest.raises(ValueError, match="Not a positive definite self adjoint matrix"):
            operator.cholesky()
    else:
        assert told(operator.cholesky()) == factor


def test_a_product_with_its_own_adjoint_is_known_to_be_self_adjoint():
    regular = L.LinearOperatorFullMatrix(B, is_non_singular=True)
    assert told(regular @ regular.H) == "Composition TTTT"
    assert told(small @ small.H) == "Composition -T-T"
    assert told(regular @ regular) == "Composition T--T"


def test_an_adjoint_triangular_operator_times_a_diagonal_one():
    # TensorFlow answers a lower triangular operator here, and a wrong matrix.
    product = triangular.matmul(diag, adjoint=True)
    np.testing.assert_allclose(product.to_dense(), np.tril(A).T @ np.diag([1, 2, 3, 4]))


def test_names():
    assert (full @ diag).name == "LinearOperatorFullMatrix_o_LinearOperatorDiag"
    assert full.H.name == "LinearOperatorFullMatrix_adjoint"
    assert full.inverse().name == "LinearOperatorFullMatrix_inv"
    assert blocks.name == "LinearOperatorFullMatrix_ds_LinearOperatorFullMatrix"


def test_functions_of_linalg_take_operators():
    x = np.ones((4, 1), np.float32)
    np.testing.assert_allclose(tf.matmul(full, x), A @ x)
    np.testing.assert_allclose(tf.matmul(x.T, full), x.T @ A)
    np.testing.assert_allclose(tf.constant(x.T) @ full, x.T @ A)
    np.testing.assert_allclose(tf.linalg.matvec(full, x[:, 0]), A @ x[:, 0])
    np.testing.assert_allclose(tf.linalg.solve(full, x), np.linalg.solve(A, x), rtol=1e-5)
    np.testing.assert_allclose(tf.linalg.det(full), np.linalg.det(A), rtol=1e-5)
    np.testing.assert_allclose(tf.linalg.logdet(spd), np.linalg.slogdet(A)[1], rtol=1e-5)
    np.testing.assert_allclose(tf.linalg.trace(full), 16)
    np.testing.assert_allclose(tf.linalg.diag_part(full), [4] * 4)
    assert told(tf.linalg.adjoint(full)) == "Adjoint ---T"
    assert told(tf.linalg.inv(full)) == "Inversion ---T"
    assert told(tf.linalg.cholesky(spd)) == "LowerTriangular TF-T"
    assert told(tf.matmul(diag, diag)) == "Diag -T-T"
    with pytest.raises(ValueError, match="Transposing not supported"):
        tf.matmul(full, x.T, transpose_b=True)
    with pytest.raises(ValueError, match="unsupported type"):
        tf.linalg.expm(full)


def test_conjugate_gradients():
    solve = tf.linalg.experimental.conjugate_gradient
    rhs = tf.constant([1.0, 2.0, 3.0, 4.0])
    state = solve(spd, rhs)
    np.testing.assert_allclose(state.x, np.linalg.solve(A, rhs), rtol=1e-4)
    assert state.i.numpy() <= 4
    inverse = L.LinearOperatorDiag([0.25] * 4, is_positive_definite=True)
    compiled = tf.function(lambda b: solve(spd, b, preconditioner=inverse).x)
    np.testing.assert_allclose(compiled(rhs), np.linalg.solve(A, rhs), rtol=1e-4)
    with pytest.raises(ValueError, match="Expected a self-adjoint, positive definite operator"):
        solve(full, rhs)
