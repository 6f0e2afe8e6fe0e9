"""What many elements are handed to instead of few: the same answers.

The rows of tests/cases hold a handful of elements each; some kernels serve thousands in another
way, and these tests hold that way to NumPy's plain words for the op.
"""

import numpy as np
import pytest

import headrace as tf

RANDOM = np.random.default_rng(0)
MANY = 2**20
WITH_ODD = RANDOM.normal(size=(4, 5000)).round(1).astype(np.float32)
WITH_ODD[:, ::7] = [[np.nan], [np.inf], [-np.inf], [-0.0]]


def floats(*shape, dtype=np.float32):
    return RANDOM.normal(size=shape).astype(dtype)


def equal(found, wanted):
    np.testing.assert_array_equal(found.numpy(), wanted)
    assert found.dtype == wanted.dtype


@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "float16", "int32", "int8", "complex64", "bool"]
)
def test_select(dtype):
    x, y = floats(1024, 1024).astype(dtype), floats(1024, 1024).astype(dtype)
    condition = x.real > 0 if dtype == "complex64" else x > 0
    equal(tf.where(condition, x, y), np.where(condition, x, y))
    equal(tf.where(condition, x, y[0, 0]), np.where(condition, x, y[0, 0]))
    equal(tf.where(condition, x[0, 0], y[0, 0]), np.where(condition, x[0, 0], y[0, 0]))
    equal(tf.where(condition[:, :1], x, y), np.where(condition[:, :1], x, y))
    equal(tf.where(condition.T, x, y), np.where(condition.T, x, y))


@pytest.mark.parametrize("alpha", [0.2, 1.0, 3.0, 0.0, -1.0])
def test_leaky_relu(alpha):
    x = floats(MANY)
    x[:5] = [np.nan, np.inf, -np.inf, 0.0, -0.0]
    slope = np.float32(alpha)
    with np.errstate(invalid="ignore"):
        wanted = np.where(x > 0, x, x * slope)
        equal(tf.nn.leaky_relu(x, alpha), wanted)
        y = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(y)
            z = tf.nn.leaky_relu(y, alpha)
    equal(tape.gradient(z, y), np.where(x > 0, np.float32(1), slope))


def test_refusals_name_the_whole_shape():
    x, y = tf.ones([2**10, 2**10]), tf.ones([2**20])
    with pytest.raises(tf.errors.InvalidArgumentError, match="1024,1024"):
        tf.raw_ops.ReluGrad(gradients=x, features=y)


@pytest.mark.parametrize("divisor", [7, -7, 1, -1])
def test_remainders(divisor):
    x = RANDOM.integers(-(2**31), 2**31, MANY).astype(np.int32)
    x[0] = -(2**31)
    equal(tf.math.floormod(x, divisor), np.remainder(x.astype(np.int64), divisor).astype(np.int32))


@pytest.mark.parametrize("direction", ["ASCENDING", "DESCENDING"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "float64", "int32", "int8", "int64"])
@pytest.mark.parametrize("axis", [-1, 0])
def test_argsort(direction, dtype, axis):
    x = RANDOM.integers(-100, 100, (90, 70)).astype(dtype)
    key = -x if direction == "DESCENDING" else x
    if dtype == "int8":
        x[0, 0], key = -128, x.astype(int) * (1 if direction == "ASCENDING" else -1)
        key[0, 0] = -128 if direction == "ASCENDING" else 128
    equal(tf.argsort(x, axis, direction), np.argsort(key, axis, kind="stable").astype(np.int32))


def test_argsort_of_odd_numbers():
    wanted = np.argsort(WITH_ODD, -1, kind="stable").astype(np.int32)
    equal(tf.argsort(WITH_ODD), wanted)
    wanted = np.argsort(-WITH_ODD, -1, kind="stable").astype(np.int32)
    equal(tf.argsort(WITH_ODD, direction="DESCENDING"), wanted)
    # As in the small: what the way through top_k says.
    x = tf.constant(WITH_ODD)
    with tf.GradientTape() as tape:
        tape.watch(x)
        equal(tf.argsort(x, direction="DESCENDING"), wanted)


def test_top_k_with_ties():
    x = RANDOM.integers(0, 50, (20, 1000)).astype(np.float32)
    wanted = np.argsort(-x, -1, kind="stable")[:, :300].astype(np.int32)
    equal(tf.math.top_k(x, 300).indices, wanted)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "float16"])
@pytest.mark.parametrize("row", [(), (3,), (2, 3)])
def test_unsorted_segment_sum(dtype, row):
    data = RANDOM.integers(-9, 9, (5000, *row)).astype(dtype)
    ids = RANDOM.integers(-2, 40, 5000)
    wanted = np.zeros((50, *row), dtype)
    np.add.at(wanted, ids[ids >= 0], data[ids >= 0])
    equal(tf.math.unsorted_segment_sum(data, ids, 50), wanted)
    wanted[:] = np.finfo(dtype).min if dtype[0] == "f" else np.iinfo(dtype).min
    np.maximum.at(wanted, ids[ids >= 0], data[ids >= 0])
    equal(tf.math.unsorted_segment_max(data, ids, 50), wanted)


@pytest.mark.parametrize("spread", [100, 2**40])
def test_unique(spread):
    x = RANDOM.integers(-spread, spread, 5000)
    y, idx, count = tf.unique_with_counts(x)
    _, first, counts = np.unique(x, return_index=True, return_counts=True)
    equal(y, x[np.sort(first)])
    equal(count, counts[np.argsort(first)].astype(np.int32))
    np.testing.assert_array_equal(y.numpy()[idx.numpy()], x)


def test_coordinates():
    x = RANDOM.random((30, 40, 50)) > 0.5
    equal(tf.where(x), np.argwhere(x))


def test_products():
    x = RANDOM.uniform(0.9, 1.1, (33, 1001))
    np.testing.assert_allclose(tf.reduce_prod(x, 1), x.prod(1), rtol=1e-13)
    np.testing.assert_allclose(tf.reduce_prod(x, -1, keepdims=True), x.prod(1, keepdims=True))
    np.testing.assert_allclose(tf.reduce_prod(x, 0), x.prod(0))


def test_bands_and_diagonals():
    x = floats(3, 70, 90)
    for low, high in [(-1, 0), (0, -1), (2, 3), (69, 89), (-1, -1)]:
        above = np.arange(90) - np.arange(70)[:, None]
        inside = ((low < 0) | (above >= -low)) & ((high < 0) | (above <= high))
        equal(tf.linalg.band_part(x, low, high), np.where(inside, x, np.float32(0)))


def test_one_hot():
    x = RANDOM.integers(-5, 300, (10, 20))
    wanted = np.where(x[..., None] == np.arange(200), np.float32(3), np.float32(-1))
    equal(tf.one_hot(x, 200, 3.0, -1.0), wanted)
    equal(
        tf.one_hot(x.astype(np.uint8), 200, 3.0, -1.0),
        wanted * 0
        + np.where(x.astype(np.uint8)[..., None] == np.arange(200), np.float32(3), np.float32(-1)),
    )


def test_rows_on_all_cores():
    table, ids = floats(500, 16), RANDOM.integers(0, 500, (MANY // 16, 2))
    equal(tf.gather(table, ids), table[ids])
    ids[-1, 1] = 500
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[65535,1\] = 500 is not in"):
        tf.gather(table, ids)


def test_gather_nd():
    x = floats(30, 40, 5)
    at = np.stack([RANDOM.integers(0, 30, 5000), RANDOM.integers(0, 40, 5000)], -1).astype(np.int32)
    equal(tf.gather_nd(x, at), x[at[:, 0], at[:, 1]])
    equal(tf.gather_nd(x, at.reshape(50, 100, 2)), x[at[:, 0], at[:, 1]].reshape(50, 100, 5))


def test_cholesky():
    x = floats(150, 150, dtype=np.float64)
    for dtype in (np.float32, np.float64, np.complex128):
        a = (x @ x.T + 150 * np.eye(150)).astype(dtype)
        if dtype is np.complex128:
            skew = x - x.T
            a += 1j * skew
        low = tf.linalg.cholesky(a)
        assert low.dtype == dtype
        np.testing.assert_allclose(low, np.linalg.cholesky(a), rtol=1e-3, atol=1e-4)
        equal(tf.linalg.cholesky(np.tril(a)), low.numpy())  # the lower triangle alone
    lost = tf.linalg.cholesky(-a).numpy()
    assert np.isnan(lost[1, 0]) and lost[0, 1] == 0


def test_search_in_pieces():
    row, wanted = np.sort(floats(100)), floats(2**18)
    for side in ("left", "right"):
        found = tf.searchsorted(row, wanted, side)
        equal(found, np.searchsorted(row, wanted, side).astype(np.int32))


@pytest.mark.parametrize("to", ["int8", "uint8", "int16", "uint16"])
def test_casts_wrap(to):
    x = np.array([-1.5, 300.7, 70000.2, -70000.9, np.nan, np.inf, 2e10], np.float64)
    few = np.array([-1, 300, 70000, -70000, -(2**31), -(2**31), -(2**31)]).astype(to)
    equal(tf.cast(x, to), few)


def test_draws_do_not_depend_on_pieces():
    a = tf.random.stateless_uniform([2**20], [1, 2]).numpy()
    b = tf.random.stateless_uniform([2**12], [1, 2]).numpy()
    np.testing.assert_array_equal(a[: 2**12], b)
    assert len(np.unique(a)) > 900_000


@pytest.mark.parametrize("axis", [0, 1])
def test_extremes_beside_nan(axis):
    x = floats(150, 200)
    x[3, 4], x[5], x[6, 7] = np.nan, np.nan, np.inf
    for found, missing, extreme in (
        (tf.argmax(x, axis), -np.inf, np.argmax),
        (tf.argmin(x, axis), np.inf, np.argmin),
    ):
        equal(found, extreme(np.where(np.isnan(x), np.float32(missing), x), axis))


def test_complex_from_parts():
    x, y = floats(1024, 1024), floats(1024, 1024)
    wanted = np.empty(x.shape, np.complex64)
    wanted.real, wanted.imag = x, y
    equal(tf.complex(x, y), wanted)
    equal(tf.complex(x.T, y), wanted * 0 + tf.complex(x.T.copy(), y).numpy())


def test_sum_of_many():
    x = [floats(2**19) for _ in range(3)]
    kept = x[0].copy()
    equal(tf.add_n(x), x[0] + x[1] + x[2])
    np.testing.assert_array_equal(x[0], kept)
