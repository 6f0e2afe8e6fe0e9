"""What operators refuse, what users derive from them, and how they sit in modules.

Read next: test_laws.py.
"""

import re

import numpy as np
import pytest

import headrace as tf

L = tf.linalg
A = np.array([[4, 1], [1, 4.0]], np.float32)
full = L.LinearOperatorFullMatrix(A)
wide = L.LinearOperatorFullMatrix(np.ones((2, 3), np.float32))
singular = L.LinearOperatorFullMatrix(A, is_non_singular=False)
Invalid = tf.errors.InvalidArgumentError


@pytest.mark.parametrize(
    ("make", "raises", "match"),
    [
        (lambda: L.LinearOperatorFullMatrix([1.0]), ValueError, "at least 2 dimensions"),
        (lambda: L.LinearOperatorFullMatrix([[1]]), TypeError, "must have dtype in"),
        (
            lambda: L.LinearOperatorFullMatrix(A, is_non_singular=False, is_positive_definite=True),
            ValueError,
            "always non-singular",
        ),
        (lambda: L.LinearOperatorLowerTriangular([1.0]), ValueError, "at least 2 dimensions"),
        (lambda: L.LinearOperatorDiag(1.0), ValueError, "at least 1 dimension"),
        (lambda: L.LinearOperatorDiag([1.0], is_self_adjoint=False), ValueError, "self adjoint"),
        (lambda: L.LinearOperatorIdentity(-1), ValueError, "non-negative.  Found: -1"),
        (lambda: L.LinearOperatorIdentity(2.5), TypeError, "must be integer type"),
        (lambda: L.LinearOperatorIdentity([2]), ValueError, "must be a 0-D Tensor"),
        (lambda: L.LinearOperatorIdentity(2, batch_shape=3), ValueError, "must be a 1-D Tensor"),
        (lambda: L.LinearOperatorIdentity(2, is_square=False), ValueError, "always square"),
        (lambda: L.LinearOperatorScaledIdentity(2, 1.0, is_square=False), ValueError, "square"),
        (lambda: L.LinearOperatorZeros(2, 3), ValueError, "is_square=True"),
        (lambda: L.LinearOperatorZeros(2, is_non_singular=True), ValueError, "always singular"),
        (lambda: L.LinearOperatorKronecker([]), ValueError, ">=1 operators"),
        (lambda: L.LinearOperatorBlockDiag([]), ValueError, "non-empty list"),
        (lambda: L.LinearOperatorBlockDiag([A]), AttributeError, "is_non_singular"),
        (lambda: L.LinearOperatorComposition([wide, wide]).shape, ValueError, "3 and 2"),
        (
            lambda: L.LinearOperatorBlockLowerTriangular([[full], [full]]),
            ValueError,
            "must contain `2` blocks",
        ),
        (lambda: L.LinearOperatorLowRankUpdate(full, np.ones((3, 1))), ValueError, "2 and 3"),
        (lambda: L.LinearOperatorToeplitz([1.0, 2.0], [1.0]), ValueError, "mismatched"),
        (lambda: L.LinearOperatorHouseholder(1.0), ValueError, "at least 1 dimension"),
        (lambda: L.LinearOperatorPermutation([1, 1]), ValueError, "unique integers from 0 to 1"),
        (lambda: L.LinearOperatorPermutation([1.0]), TypeError, "integer dtype"),
        (lambda: L.LinearOperatorTridiag(A, "other"), ValueError, "compact, matrix, or sequence"),
        (lambda: L.LinearOperatorCirculant(1.0), ValueError, "at least 1 dimensions"),
        (lambda: L.LinearOperatorCirculant2D([1.0]), ValueError, "at least 2 dimensions"),
        (lambda: L.LinearOperatorCirculant3D([1.0]), ValueError, "at least 3 dimensions"),
        (lambda: L.LinearOperatorInversion(singular), ValueError, "`is_non_singular`"),
        (lambda: L.LinearOperatorAdjoint(full, is_square=False), ValueError, "if and only if"),
        (lambda: wide.determinant(), NotImplementedError, "not be square"),
        (lambda: wide.solve(A), NotImplementedError, "not be square"),
        (lambda: singular.solve(A), NotImplementedError, "be singular"),
        (lambda: singular.inverse(), ValueError, "singular matrix"),
        (lambda: full.eigvals(), NotImplementedError, "Only self-adjoint"),
        (lambda: full.matmul(np.ones((3, 1), np.float32)), ValueError, "2 and 3"),
        (lambda: full.matmul(np.ones((2, 1))), TypeError, "Expected argument to have dtype"),
        (lambda: full.matmul([1.0, 2.0]), IndexError, "tuple index out of range"),
        (lambda: full @ L.LinearOperatorDiag([1.0] * 3), ValueError, "dimension 2 but got 3"),
        (lambda: L.LinearOperatorDiag([0.0]).assert_non_singular(), Invalid, "zero values"),
        (lambda: L.LinearOperatorDiag([-1.0]).assert_positive_definite(), Invalid, "positive"),
        (lambda: L.LinearOperatorZeros(2).assert_non_singular(), Invalid, "non-invertible"),
        (lambda: full.assert_positive_definite(), NotImplementedError, "not implemented"),
        (lambda: full[0], Invalid, "slice scalar input"),
        (lambda: L.LinearOperator(tf.float32), TypeError, "abstract"),
    ],
)
def test_refusals(make, raises, match):
    with pytest.raises(raises, match=re.escape(match)):
        make()


class Mine(L.LinearOperator):
    """A user's operator, of the least that one must define."""

    def __init__(self, matrix):
        self.matrix = tf.Variable(matrix)
        super().__init__(self.matrix.dtype, is_square=True, parameters={"matrix": matrix})

    def _shape(self):
        return self.matrix.shape

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        return tf.matmul(self.matrix, x, adjoint_a=adjoint, adjoint_b=adjoint_arg)


def test_a_class_of_a_users_own():
    mine = Mine(A)
    np.testing.assert_allclose(mine.to_dense(), A)
    np.testing.assert_allclose(mine.solve(A), np.eye(2), atol=1e-6)
    np.testing.assert_allclose(mine.determinant(), 15, rtol=1e-6)
    np.testing.assert_allclose((mine @ mine.H).to_dense(), A @ A.T)
    assert mine.name == "Mine"
    assert mine.variables == (mine.matrix,)
    assert tf.function(lambda op: op.trace())(mine).numpy() == 8
    with pytest.raises(NotImplementedError, match="Define __getitem__"):
        mine[0]


def test_in_a_module():
    class Model(tf.Module):
        def __init__(self):
            super().__init__()
            self.scale = L.LinearOperatorDiag(tf.Variable([1.0, 2.0]))

    model = Model()
    assert [v.shape for v in model.trainable_variables] == [[2]]
    assert model.submodules == (model.scale,)
    model.scale.diag.assign([3.0, 4.0])
    assert model.scale.trace().numpy() == 7


def test_a_gradient_for_an_operator_is_an_operator():
    operator = L.LinearOperatorDiag(tf.constant([1.0, 2.0]))
    with tf.GradientTape() as tape:
        tape.watch(operator)
        y = operator.log_abs_determinant()
    np.testing.assert_allclose(tape.gradient(y, operator).diag, [1, 0.5])


def test_the_same_variable_as_argument_traces_once():
    @tf.function
    def trace(op):
        return op.trace()

    variable = tf.Variable([1.0, 2.0])
    assert trace(L.LinearOperatorDiag(variable)).numpy() == 3
    variable.assign([3.0, 4.0])
    assert trace(L.LinearOperatorDiag(variable)).numpy() == 7
    assert trace(L.LinearOperatorDiag(tf.Variable([5.0, 5.0]))).numpy() == 10
    assert trace.experimental_get_tracing_count() == 1


def test_lists_of_blocks():
    both = L.LinearOperatorBlockDiag([full, L.LinearOperatorIdentity(1)])
    x, y = tf.constant([1.0, 2.0]), tf.constant([3.0])
    first, second = both.matvec([x, y])
    np.testing.assert_allclose(first, A @ x.numpy())
    np.testing.assert_allclose(second, [3])
    whole = both.solvevec(tf.concat([x, y], 0))
    np.testing.assert_allclose(tf.concat(both.solvevec([x, y]), 0), whole)


def test_complex_operators():
    values = np.array([[1 + 1j, 2], [0.5j, 3]])
    operator = L.LinearOperatorFullMatrix(values)
    np.testing.assert_allclose(operator.H.to_dense(), values.conj().T)
    np.testing.assert_allclose(operator.matvec([1j, 1], adjoint=True), values.conj().T @ [1j, 1])
    diagonal = L.LinearOperatorDiag(np.array([1j, 2]))
    assert diagonal.is_self_adjoint is None
    np.testing.assert_allclose(diagonal.H.diag, [-1j, 2])
    circulant = L.LinearOperatorCirculant(np.array([1j, 2, 3]), "complex128")
    np.testing.assert_allclose(circulant.H.to_dense(), circulant.to_dense().numpy().conj().T)


def test_operators_show_their_class():
    assert re.fullmatch(
        r"<tensorflow.python.ops.linalg.linear_operator_identity.LinearOperatorIdentity object at "
        r"0x[0-9a-f]+>",
        repr(L.LinearOperatorIdentity(2)),
    )
