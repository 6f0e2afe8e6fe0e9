"""Constants and counting: ops/constant.py and ops/ranges.py."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, each, error, floats, plain, strings

BAD = tf.errors.InvalidArgumentError


def as_float32(function):
    return lambda *args: function(*args).astype(np.float32)


def one_hot(indices, depth, axis=-1):
    axis = -1 if axis is None else axis
    hot = np.eye(depth, dtype=np.float32)[np.clip(indices, 0, depth - 1)]
    hot[(indices < 0) | (indices >= depth)] = 0
    return np.moveaxis(hot, -1, axis)


ROWS = [
    case(tf.constant, each(1, [1, 2], [[1], [2]]), ref=np.int32),
    case(tf.constant, plain([1.5, 2.0]), ref=np.float32),
    case(
        tf.constant,
        plain([1, 2, 3, 4]),
        shape=[2, 2],
        ref=lambda x, shape: np.int32(x).reshape(shape),
    ),
    case(tf.constant, 7, shape=[2, 2], ref=lambda x, shape: np.full(shape, np.int32(x))),
    case(
        tf.constant,
        plain(np.array([1.5, 300.0])),
        tf.int8,
        ref=lambda x, t: np.array([1, 44], np.int8),
    ),
    error(tf.constant, plain([1, 2, 3]), shape=[2], raises=TypeError, match="unsupported shape"),
    error(
        tf.constant,
        1.5,
        tf.int32,
        raises=TypeError,
        match="Cannot convert 1.5 to EagerTensor of dtype int32",
    ),
    error(tf.constant, None, raises=ValueError, match="Attempt to convert a value (None)"),
    error(tf.constant, plain([[1], [1, 2]]), raises=ValueError, match="non-rectangular"),
    error(tf.constant, plain([True, 1]), raises=ValueError, match="mixed types"),
    case(tf.zeros, each([2, 3], 3, (), [0, 2]), ref=as_float32(np.zeros)),
    case(tf.zeros, [2], tf.string, ref=lambda shape, t: np.array([b"", b""], object)),
    error(tf.zeros, [2, -1], raises=BAD, match="Dimension -1 must be >= 0"),
    error(
        tf.zeros,
        [2.5],
        raises=TypeError,
        match="Cannot convert [2.5] to EagerTensor of dtype int32",
    ),
    case(tf.ones, each([2, 3], 3, ()), ref=as_float32(np.ones)),
    case(tf.ones, [2], tf.bool, ref=np.ones),
    error(
        tf.ones,
        [2],
        tf.string,
        raises=TypeError,
        match="Cannot convert 1 to EagerTensor of dtype string",
    ),
    case(tf.fill, [2, 3], floats(), ref=np.full),
    case(tf.fill, [], floats(), ref=np.full),
    error(tf.fill, [-2], 5, raises=BAD, match="Dimension -2 must be >= 0"),
    error(tf.fill, [2], [1, 2], raises=BAD, match="value must represent a scalar"),
    case(tf.zeros_like, each(floats(2, 3), floats()), ref=np.zeros_like, gradient=False),
    case(tf.zeros_like, strings(2), ref=lambda x: np.array([b"", b""], object), gradient=False),
    case(tf.zeros_like, floats(2), tf.int64, ref=np.zeros_like, gradient=False),
    case(tf.ones_like, floats(2, 3), ref=np.ones_like, gradient=False),
    case(tf.ones_like, floats(2, 3), tf.int64, ref=np.ones_like, gradient=False),
    error(tf.ones_like, strings(2), raises=BAD, match="Value for attr 'T' of string"),
    case(tf.eye, 2, each(None, 3), ref=lambda n, m: np.eye(n, m, dtype=np.float32)),
    case(
        tf.eye,
        2,
        batch_shape=[2],
        ref=lambda n, batch_shape: np.stack([np.eye(n, dtype=np.float32)] * 2),
    ),
    error(tf.eye, 2.5, raises=TypeError, match="must be positive integer values"),
    error(tf.eye, -1, raises=BAD, match="Dimension -1 must be >= 0"),
    case(tf.convert_to_tensor, floats(2, 3), ref=np.array),
    error(
        tf.convert_to_tensor,
        floats(2, dtype="float32"),
        tf.float64,
        raises=ValueError,
        match="requested dtype float64",
    ),
    case(tf.is_tensor, each(1, None), ref=lambda x: False),
    case(tf.is_tensor, floats(2), ref=lambda x: True),
    case(tf.get_static_value, floats(), ref=np.array, eager_only="an argument has no value yet"),
    case(tf.range, each(0, 5), ref=lambda n: np.arange(n, dtype=np.int32)),
    case(tf.range, 3.5, ref=lambda n: np.arange(n, dtype=np.float32)),
    case(tf.range, 1, 10, each(1, 3), ref=lambda *a: np.arange(*a, dtype=np.int32)),
    case(tf.range, 0, -3, -1, ref=lambda *a: np.arange(*a, dtype=np.int32)),
    case(tf.range, 0, 1, 0.1, ref=lambda *a: np.arange(10, dtype=np.float32) * np.float32(0.1)),
    case(
        tf.range,
        3,
        dtype=each(tf.float16, tf.float64, tf.int64),
        ref=lambda n, dtype: np.arange(n).astype(dtype),
    ),
    error(tf.range, 5, 0, raises=BAD, match="Requires start <= limit when delta > 0: 5/0"),
    error(tf.range, 0, 3, 0, raises=BAD, match="Requires delta != 0: 0"),
    error(tf.range, [1, 2], raises=BAD, match="limit must be a scalar, not shape [2]"),
    case(
        tf.linspace,
        floats(dtype="float64"),
        floats(dtype="float64"),
        each(0, 1, 2, 5),
        ref=np.linspace,
    ),
    case(
        tf.linspace,
        floats(2),
        floats(2),
        3,
        axis=each(0, 1, -1),
        ref=lambda a, b, n, axis: np.linspace(a, b, n, axis=axis).astype(a.dtype),
    ),
    case(tf.linspace, 0, 1, 3, ref=np.linspace),
    error(tf.linspace, 0.0, 1.0, 2.5, raises=TypeError, match="must be of type integer"),
    case(
        tf.one_hot,
        each(array([0, 2, 5, -1]), array([[1], [0]])),
        3,
        ref=one_hot,
        gradient=False,
        dtypes=["int32", "int64"],
    ),
    case(
        tf.one_hot,
        array([[1, 0]]),
        3,
        axis=each(0, 1, 2),
        ref=one_hot,
        gradient=False,
        dtypes=["int32"],
    ),
    case(
        tf.one_hot,
        array([1], "int32"),
        3,
        floats(),
        floats(),
        ref=lambda i, n, on, off: np.array([[off, on, off]]),
        gradient=False,
    ),
    error(tf.one_hot, [0, 1], -1, raises=BAD, match="depth must be non-negative, got: -1"),
    error(tf.one_hot, [1], 3, 5.0, 1, raises=TypeError, match="does not match dtype"),
    error(
        tf.one_hot,
        [1],
        3,
        axis=5,
        raises=BAD,
        match="Expected axis to be -1 or between [0, 2).  But received: 5",
    ),
    case(
        tf.sequence_mask,
        array([1, 3, 2]),
        each(2, 5),
        ref=lambda n, m: np.arange(m) < n[:, None],
        dtypes=["int32", "int64"],
    ),
    case(
        tf.sequence_mask,
        array([[1], [2]]),
        ref=lambda n: np.arange(2) < n[..., None],
        dtypes=["int32"],
    ),
    case(
        tf.sequence_mask,
        array([1, 3], "int32"),
        4,
        tf.float32,
        ref=lambda n, m, t: np.float32(np.arange(m) < n[:, None]),
    ),
    error(
        tf.sequence_mask, [1, 3], [4], raises=ValueError, match="Argument `maxlen` must be scalar"
    ),
]
