"""Values against NumPy's: each line of `LINES` runs with `n` as NumPy and as tf.experimental.numpy.

In eager mode, in a traced function, and in one that does not know the sizes of its arguments.
A, B: [2, 3] floats; C: [2, 3, 4]; M: [3, 3]; V: [3]; I, J: [2, 3] integers; T: [2, 3] bools;
Z: [2, 3] complex.

Read next: test_promotion.py.
"""

import numpy as np
import pytest

import headrace as tf

tnp = tf.experimental.numpy

random = np.random.RandomState(0)
ARRAYS = {
    "A": random.randn(2, 3),
    "B": random.randn(2, 3) + 3,
    "C": random.randn(2, 3, 4),
    "M": random.randn(3, 3),
    "V": random.randn(3),
    "I": np.array([[3, -7, 12], [0, 5, 8]]),
    "J": np.array([[2, 3, -5], [4, 5, 1]]),
    "Z": random.randn(2, 3) + 1j * random.randn(2, 3),
    "T": np.array([[True, False, True], [False, False, True]]),
}

LINES = """
n.add(A, B)
n.subtract(A, V)
n.multiply(A, I)
n.divide(I, J)
n.true_divide(T, I + 20)
n.floor_divide(I, J)
n.floor_divide(A, B)
n.mod(I, J)
n.remainder(A, B)
n.divmod(I, J)
n.maximum(A, 0)
n.minimum(T, True)
n.power(B, A)
n.arctan2(A, B)
n.nextafter(A, B)
n.abs(A)
n.absolute(C)
n.negative(I)
n.positive(A)
n.reciprocal(B)
n.square(I)
n.sqrt(B)
n.cbrt(A)
n.hypot(A, B)
n.heaviside(A, 0.5)
n.gcd(I, J)
n.lcm(I, J)
n.exp(A)
n.exp2(A)
n.expm1(A)
n.log(B)
n.log1p(B)
n.log2(B)
n.log10(B)
n.logaddexp(A, B)
n.logaddexp2(A, B)
n.sin(A)
n.cos(I)
n.tan(A)
n.arcsin(A / 9)
n.arccos(A / 9)
n.arctan(A)
n.sinh(A)
n.cosh(A)
n.tanh(A)
n.arcsinh(A)
n.arccosh(B)
n.arctanh(A / 9)
n.deg2rad(A)
n.rad2deg(A)
n.sinc(A)
n.sinc(I)
n.angle(Z)
n.real(Z)
n.imag(Z)
n.conj(Z)
n.conjugate(Z)
n.iscomplex(Z)
n.isreal(A)
n.ceil(A)
n.floor(A)
n.fix(A)
n.around(A, 2)
n.round(A)
n.round(B, 1)
n.sign(I)
n.signbit(A)
n.equal(I, J)
n.not_equal(I, J)
n.less(A, B)
n.less_equal(I, J)
n.greater(T, False)
n.greater_equal(A, V)
n.isfinite(A / 0.0)
n.isinf(A / 0.0)
n.isnan(A * np.nan)
n.isneginf(A / 0.0)
n.isposinf(A / 0.0)
n.isclose(A, A + 1e-9)
n.allclose(A, A + 1e-9)
n.array_equal(A, A)
n.logical_and(I, T)
n.logical_or(I, T)
n.logical_xor(I, T)
n.logical_not(I)
n.bitwise_and(I, J)
n.bitwise_or(I, J)
n.bitwise_xor(T, True)
n.bitwise_not(I)
n.clip(A, -0.5, 0.5)
n.clip(I, 0, None)
n.all(T, axis=1)
n.any(T, axis=0, keepdims=True)
n.sum(I)
n.sum(C, axis=(0, 2))
n.sum(T, axis=1, keepdims=True)
n.prod(J, axis=0)
n.mean(I, axis=-1)
n.mean(C, axis=(1, 2), keepdims=True)
n.var(A, axis=0)
n.var(A, ddof=1)
n.var(A, axis=1, ddof=1, keepdims=True)
n.std(I, axis=1)
n.max(C, axis=1)
n.min(I)
n.amax(A, axis=0)
n.amin(A, axis=(0, 1))
n.ptp(I, axis=1)
n.argmax(A)
n.argmin(C, axis=1)
n.count_nonzero(I, axis=1)
n.cumsum(I)
n.cumsum(A, axis=1)
n.cumprod(J, axis=0)
n.sort(C, axis=1)
n.sort(I, axis=None)
n.argsort(I)
n.diff(C, n=2)
n.diff(A, axis=0)
n.nansum(A, axis=0)
n.nanprod(A)
n.nanmean(A, axis=1)
n.average(A, axis=1, weights=V)
n.average(A, weights=B)
n.average(I)
n.ones_like(I)
n.zeros_like(A)
n.full_like(A, 2)
n.full((2, 3), V)
n.tril(M)
n.triu(C, 1)
n.diag(V)
n.diag(V, -1)
n.diag(M, 1)
n.diagflat(A)
n.vander(V)
n.vander(V, increasing=True)
n.linspace(0, V, 4)
n.linspace(V, 1, 4, endpoint=False, axis=1)
n.logspace(0, 2, 5)
n.geomspace(1, 256, 9)
n.meshgrid(V, I[0])
n.meshgrid(V, I[0], indexing="ij")
n.ix_(V, I[0])
n.array(A)
n.array(V, ndmin=2)
n.asarray(I)
n.copy(A)
n.expand_dims(A, 1)
n.squeeze(A[:1])
n.reshape(A, (3, 2))
n.reshape(C, (4, -1))
n.reshape(A, (3, 2), order="F")
n.reshape(A, -1)
n.ravel(C)
n.atleast_1d(V)
n.atleast_2d(V)
n.atleast_3d(A)
n.broadcast_to(V, (2, 3))
n.broadcast_arrays(A, V)
n.transpose(C)
n.transpose(C, (1, 0, 2))
n.swapaxes(C, 0, -1)
n.moveaxis(C, 0, 2)
n.moveaxis(C, (0, 1), (-1, 0))
n.flip(A)
n.flip(C, (0, 2))
n.fliplr(A)
n.flipud(A)
n.rot90(A)
n.rot90(A, 2)
n.rot90(A, -1)
n.rot90(C, 1, (1, 2))
n.roll(A, 2)
n.roll(C, (1, -1), axis=(0, 2))
n.concatenate((A, I))
n.concatenate([A, B], axis=1)
n.append(A, V)
n.append(A, B, axis=0)
n.stack([A, B], axis=1)
n.stack([A, I])
n.hstack((A, B))
n.hstack((V, V))
n.vstack((A, V))
n.dstack((A, B))
n.split(C, 2, axis=2)
n.split(V, [1, 2])
n.hsplit(A, 3)
n.vsplit(A, 2)
n.dsplit(C, [1, 3])
n.repeat(A, 2)
n.repeat(A, 2, axis=1)
n.repeat(A, [1, 2], axis=0)
n.tile(A, 2)
n.tile(V, (2, 2))
n.tile(C, (2, 1))
n.pad(A, ((1, 0), (0, 2)), "constant")
n.pad(A, ((1, 0), (0, 2)), "reflect")
n.pad(A, ((1, 0), (0, 2)), "symmetric")
n.pad(A, ((1, 0), (0, 2)), "constant", constant_values=5)
n.take(A, [0, 5], mode="clip")
n.take(A, I, mode="wrap")
n.take(C, [2, 0], axis=1)
n.take_along_axis(A, np.array([[2], [0]]), 1)
n.take_along_axis(A, np.array([[-1, 0, 1]]), 0)
n.take_along_axis(C, np.array([[[1], [0], [2]]]), 2)
n.where(T, A, 0)
n.where(T)
n.nonzero(I)
n.select([T, A > 0], [A, B], 7)
n.compress([True, False, True], A, axis=1)
n.compress([False, True], A, axis=0)
n.diagonal(A)
n.diagonal(C, 1, 0, 2)
n.diagonal(C, -1, -1, 0)
n.trace(M)
n.trace(C, 1, 1, 2)
n.dot(A, V)
n.dot(A, M)
n.dot(M, C)
n.dot(A, 2)
n.inner(A, B)
n.inner(V, C[:, :, :1].reshape(2, 3)) if n is np else n.inner(V, n.reshape(C[:, :, :1], (2, 3)))
n.vdot(A, B)
n.vdot(Z, A)
n.outer(A, V)
n.matmul(A, M)
n.matmul(A, V)
n.matmul(V, M)
n.matmul(V, C)
n.matmul(A, C)
n.tensordot(A, M, 1)
n.tensordot(C, A, [[0, 1], [0, 1]])
n.einsum("ij,kj->ik", A, B)
n.kron(A, B)
n.kron(V, M)
n.cross(A, B)
n.cross(A, V)
n.cross(M, M[::-1], axis=0)
n.polyval(V, A)
n.iscomplexobj(A)
n.isrealobj(I)
n.isscalar(A)
n.ndim(C)
""".strip().splitlines()

# What makes positions or shapes of values: NumPy's words have no answer for unknown sizes.
SIZES_NEEDED = ("n.cross(",)
EAGER_ONLY = ("n.isscalar", "n.ndim", "n.iscomplexobj", "n.isrealobj")


def by(module, line, arrays):
    return eval(line, {"n": module, "np": np, **arrays})


def check(result, reference):
    if isinstance(reference, (tuple, list)):
        assert len(result) == len(reference)
        for one, other in zip(result, reference, strict=True):
            check(one, other)
        return
    result = np.asarray(result)
    assert result.shape == np.shape(reference)
    if not isinstance(reference, (bool, int)):
        assert result.dtype == np.asarray(reference).dtype
    np.testing.assert_allclose(result, reference, rtol=1e-10, atol=1e-12)


@pytest.fixture(autouse=True)
def _quiet():
    with np.errstate(all="ignore"):
        yield


@pytest.mark.parametrize("line", LINES)
def test_as_numpy_answers(line):
    reference = by(np, line, ARRAYS)
    tensors = {name: tf.constant(array) for name, array in ARRAYS.items()}
    check(by(tnp, line, tensors), reference)
    if "[" not in line:  # arrays do as well as tensors
        check(by(tnp, line, ARRAYS), reference)


@pytest.mark.parametrize("line", [line for line in LINES if not line.startswith(EAGER_ONLY)])
def test_in_a_function(line):
    reference = by(np, line, ARRAYS)
    used = [name for name in ARRAYS if name in line]

    def function(*tensors):
        return by(tnp, line, dict(zip(used, tensors, strict=True)))

    arrays = [ARRAYS[name] for name in used]
    check(tf.function(function)(*arrays), reference)
    if not line.startswith(SIZES_NEEDED):
        specs = [tf.TensorSpec([None] * array.ndim, array.dtype) for array in arrays]
        check(tf.function(function, input_signature=specs)(*arrays), reference)


NO_SIZES = """
n.zeros((2, 3))
n.ones(3, dtype="float32")
n.empty((2, 0), int)
n.full((2,), 3)
n.eye(3, 4, -1)
n.identity(2, dtype=bool)
n.tri(3, 4, 1)
n.arange(5)
n.arange(1, 9, 3)
n.arange(2.0, 0.0, -0.5)
n.arange(3, dtype="float32")
n.linspace(0, 1)
n.linspace(2, 5, 4, retstep=True)
n.linspace(0, 1, 1)
n.empty_like([1, 2]).shape
n.array([[1, 2.5]])
n.array([1, 2], ndmin=3)
n.array([])
n.asanyarray([True, False])
n.ascontiguousarray(5)
n.atleast_1d(5)
n.atleast_2d(5)
n.atleast_3d(5)
n.sum([[1, 2], [3, 4]], axis=0)
n.broadcast_to(1, 3)
n.argmax(5)
n.hstack([1, 2])
n.float_power([1.0, 2.0], 3)
""".strip().splitlines()


@pytest.mark.parametrize("line", NO_SIZES)
def test_of_plain_values(line):
    if "empty" in line and "like" not in line:
        assert by(tnp, line, {}).shape == by(np, line, {}).shape
        return
    check(by(tnp, line, {}), by(np, line, {}))
    if "shape" not in line:
        check(tf.function(lambda: by(tnp, line, {}))(), by(np, line, {}))


# ---- what NumPy answers otherwise, or TensorFlow makes of it -------------------------------------


def test_other_than_numpy():
    assert tnp.signbit([-0.0]).numpy().tolist() == [False]
    assert tnp.isclose([np.inf], [np.inf]).numpy().tolist() == [False]
    assert tnp.heaviside([np.nan], 2.0).numpy().tolist() == [2.0]
    assert tnp.float_power(2, 3).dtype == tf.int64
    assert tnp.take([1, 2, 3], [-1, 7]).numpy().tolist() == [1, 3]
    assert tnp.angle(np.float64(-1)).dtype == tf.float32
    np.testing.assert_allclose(tnp.sign([3 + 4j]), [0.6 + 0.8j])
    assert tnp.promote_types(np.int8, np.uint8) == np.int16
    assert isinstance(tnp.shape([[1]]), tf.TensorShape)
    assert [i.numpy().tolist() for i in tnp.diag_indices(2)] == [[0, 1], [0, 1]]
    assert tnp.flatten([[1, 2], [3, 4]], "F").numpy().tolist() == [1, 3, 2, 4]
    assert tnp.isscalar(tf.constant(1))
    assert tnp.size([[1, 2]]) == 2
    assert tnp.linspace(0, 1, 3, dtype=np.float32).dtype == tf.float64


# ---- gradients -----------------------------------------------------------------------------------

SMOOTH = """
n.sinc(A)
n.hypot(A, B)
n.logaddexp(A, B)
n.logaddexp2(A, B)
n.power(B, A)
n.cbrt(B)
n.clip(A, -0.5, 0.5)
n.var(A, axis=1, ddof=1)
n.std(A)
n.mean(A, axis=0)
n.average(A, weights=B)
n.nanmean(A)
n.cumprod(B, axis=1)
n.sort(A)
n.diff(A)
n.tril(M)
n.vander(V)
n.linspace(V, 1.0, 4)
n.geomspace(B, 20.0, 4)
n.roll(A, 1)
n.rot90(A)
n.tile(A, (2, 1))
n.pad(A, ((1, 0), (0, 1)), "reflect")
n.take(A, [0, 2], axis=1)
n.take_along_axis(A, [[2], [0]], 1)
n.where(T, A, B)
n.select([T], [A], B)
n.diagonal(M)
n.trace(M)
n.dot(A, M)
n.kron(A, V)
n.cross(A, B)
n.polyval(V, A)
n.einsum("ij,kj->ik", A, B)
n.matmul(V, M)
n.moveaxis(A, 0, 1) * n.sin(n.moveaxis(B, 0, 1))
""".strip().splitlines()


@pytest.mark.parametrize("line", SMOOTH)
def test_gradients(line):
    used = [name for name in "ABMV" if name in line]
    arrays = [ARRAYS[name] for name in used]
    fixed = {"T": tf.constant(ARRAYS["T"])}

    def function(*tensors):
        result = by(tnp, line, fixed | dict(zip(used, tensors, strict=True)))
        return tf.reduce_sum(tf.sin(result * 1.3))

    inputs = [tf.constant(array) for array in arrays]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        value = function(*inputs)
    slopes = tape.gradient(value, inputs)
    direction = [random.randn(*array.shape) for array in arrays]
    ahead, behind = (
        function(*(array + step * d for array, d in zip(arrays, direction, strict=True)))
        for step in (1e-6, -1e-6)
    )
    slope = sum(np.sum(s * d) for s, d in zip(slopes, direction, strict=True))
    np.testing.assert_allclose(slope, (ahead - behind) / 2e-6, rtol=1e-5, atol=1e-7)


# ---- errors --------------------------------------------------------------------------------------

Invalid = tf.errors.InvalidArgumentError
ERRORS = {
    "tnp.linspace(0, 1, -1)": ValueError,
    "tnp.geomspace(1, 2, -1)": ValueError,
    "tnp.arange(0, 5, 0)": ValueError,
    "tnp.tril([1, 2])": ValueError,
    "tnp.diag(np.zeros((2, 2, 2)))": ValueError,
    "tnp.diag_indices(-1)": ValueError,
    "tnp.vander([[1]])": ValueError,
    "tnp.vander([1], -1)": ValueError,
    "tnp.meshgrid([1], sparse=True)": ValueError,
    "tnp.meshgrid([1], copy=False)": ValueError,
    "tnp.meshgrid([1], indexing='yx')": ValueError,
    "tnp.ix_([[1]])": ValueError,
    "tnp.array([[1, 2], [3]])": ValueError,
    "tnp.array(2**70)": ValueError,
    "tnp.array(None)": ValueError,
    "tnp.zeros(-1)": Invalid,
    "tnp.full((2,), [1, 2, 3])": Invalid,
    "tnp.full_like([1], 1, order='C')": ValueError,
    "tnp.full_like([1], 1, subok=False)": ValueError,
    "tnp.full_like([1], 1, shape=(3,))": ValueError,
    "tnp.size([1], 0)": NotImplementedError,
    "tnp.result_type('foo')": TypeError,
    "tnp.finfo(np.int32)": ValueError,
    "tnp.add(np.ones(2), np.ones(3))": Invalid,
    "tnp.subtract([True], [False])": Invalid,
    "tnp.add(tf.constant([1], tf.bfloat16), tf.constant([1]))": TypeError,
    "tnp.gcd(1.0, 2)": ValueError,
    "tnp.cbrt([1j])": Invalid,
    "tnp.sqrt('a')": Exception,
    "tnp.bitwise_xor(5.0, 1)": Invalid,
    "tnp.clip([1], None, None)": ValueError,
    "tnp.sign([1], out=1)": ValueError,
    "tnp.sign([1], where=1)": ValueError,
    "tnp.sign([1], foo=1)": ValueError,
    "tnp.mean([1, 2], out=1)": ValueError,
    "tnp.var([1, 2], out=1)": ValueError,
    "tnp.var([1, 2], dtype=int)": TypeError,
    "tnp.amax([1, 2], out=3)": ValueError,
    "tnp.sum([1, 2], axis=3)": Invalid,
    "tnp.sort([1], kind='heapsort')": ValueError,
    "tnp.argsort([1], order='x')": ValueError,
    "tnp.diff([1, 2], n=-1)": ValueError,
    "tnp.diff([1, 2], axis=2)": ValueError,
    "tnp.average([1, 2], axis=(0,))": ValueError,
    "tnp.broadcast_arrays([1], subok=True)": ValueError,
    "tnp.broadcast_arrays([1], foo=True)": ValueError,
    "tnp.concatenate([])": ValueError,
    "tnp.concatenate([1, 2])": Invalid,
    "tnp.flatten([1], 'X')": ValueError,
    "tnp.reshape([1, 2], (1, 2), order='A')": ValueError,
    "tnp.reshape([1, 2, 3], (2, 2))": Invalid,
    "tnp.moveaxis(np.ones((2, 3)), 0, (0, 1))": ValueError,
    "tnp.split([1, 2, 3], 2)": Invalid,
    "tnp.vsplit([1, 2], 2)": ValueError,
    "tnp.pad([1], [(1, 1)], 'edge')": ValueError,
    "tnp.take([1], [0], mode='raise')": ValueError,
    "tnp.take([1], [0], out=1)": ValueError,
    "tnp.where([True], 1)": ValueError,
    "tnp.select([], [])": ValueError,
    "tnp.select([[True]], [[1], [2]])": ValueError,
    "tnp.compress([[True]], [1])": ValueError,
    "tnp.compress([True, True], [1])": ValueError,
    "tnp.matmul(2, [1])": ValueError,
    "tnp.einsum('i', [1], casting='unsafe')": ValueError,
    "tnp.einsum('i', [1], order='F')": ValueError,
    "tnp.einsum('i', [1], optimize=3)": ValueError,
    "tnp.cross([1], [2])": tf.errors.FailedPreconditionError,
    "tnp.random.randint(5, 2)": Invalid,
    "tnp.random.randint(5, dtype=np.int8)": ValueError,
    "tnp.random.seed('a')": ValueError,
}


@pytest.mark.parametrize("line", ERRORS)
def test_errors(line):
    with pytest.raises(ERRORS[line]):
        eval(line, {"tnp": tnp, "np": np, "tf": tf})


# ---- random numbers ------------------------------------------------------------------------------


def test_random_numbers_are_those_of_tensorflow():
    tnp.random.seed(1)
    assert np.round(tnp.random.rand(3), 5).tolist() == [0.32105, 0.04779, 0.33551]
    tnp.random.seed(1)
    assert np.round(tnp.random.randn(3), 4).tolist() == [0.4459, 1.44, -1.3864]
    tnp.random.seed(1)
    assert tnp.random.randint(10, size=4).numpy().tolist() == [6, 3, 4, 2]
    tnp.random.seed(7)
    assert tnp.random.poisson(4.0, 5).numpy().tolist() == [3, 4, 3, 1, 4]


def test_shapes_and_dtypes_of_random_numbers():
    assert tnp.random.rand().shape == tnp.random.random().shape == ()
    assert tnp.random.standard_normal((2, 3)).shape == (2, 3)
    assert tnp.random.uniform([0.0, 1.0], [2.0, 3.0]).shape == (2,)
    assert tnp.random.poisson([1.0, 2.0], (3, 2)).shape == (3, 2, 2)
    assert tnp.random.randint(2, 5, size=3, dtype=np.int32).dtype == tf.int32
    assert tf.function(lambda: tnp.random.randn(2, 3))().shape == (2, 3)
