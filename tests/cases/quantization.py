"""Rows for quantization to integers and back. The expected numbers are TensorFlow's."""

import numpy as np

import headrace as tf
from headrace._src.ops.quantization import quantize_and_dequantize_v4_grad
from tests.cases.row import case, each, error, floats, plain

Invalid = tf.errors.InvalidArgumentError
quantization = tf.quantization
X = np.float32([-7, -1.3, 0, 0.26, 0.9, 3, 8])
WHOLE = np.float32([-6.992126, -1.3228346, 0, 0.2519685, 0.88188976, 3.023622, 8])
WITHIN = np.float32([-2.015748, -1.3070866, 0, 0.26771653, 0.8976378, 2, 2])


def of(value):
    """A reference that answers `value`."""
    return lambda *_, **__: value


def integers(x, *_, **__):
    """What `x` becomes in eight bits over [-1, 2]."""
    return np.round((np.clip(x, -1, 2) + 1) * 85).astype(np.uint8), np.float32(-1), np.float32(2)


def there_and_back(x, dtype, mode):
    """The floats that the integers of `x` stand for."""
    return quantization.dequantize(
        quantization.quantize(x, -1.0, 2.0, dtype, mode)[0], -1.0, 2.0, mode
    )


ROWS = [
    case(
        quantization.quantize_and_dequantize_v2, plain(X), 0.0, 0.0, ref=of(WHOLE), gradient=False
    ),
    case(
        quantization.quantize_and_dequantize_v2,
        plain(X),
        -1.0,
        2.0,
        range_given=True,
        ref=of(WITHIN),
        gradient=False,
    ),
    case(
        quantization.quantize_and_dequantize_v2,
        plain(X),
        -1.0,
        2.0,
        False,
        4,
        True,
        "HALF_UP",
        ref=of(np.float32([0, 0, 0, 0.26666668, 0.9333334, 2, 2])),
        gradient=False,
    ),
    case(
        quantization.quantize_and_dequantize_v2,
        plain(np.float32([[-3, -2, -1], [0, 1, 2]])),
        0.0,
        0.0,
        axis=each(1, -1),
        ref=of(np.float32([[-3, -2, -1.007874], [0, 1, 2]])),
        gradient=False,
    ),
    error(
        quantization.quantize_and_dequantize_v2,
        floats(3),
        2.0,
        1.0,
        range_given=True,
        raises=Invalid,
        match="Invalid range: input_min 2 > input_max 1",
    ),
    error(
        quantization.quantize_and_dequantize_v2,
        floats(3),
        0.0,
        1.0,
        num_bits=64,
        raises=Invalid,
        match="num_bits is out of range: 64 with signed_input_ 1",
    ),
    case(quantization.quantize_and_dequantize, plain(X), 0.0, 0.0, ref=of(WHOLE), gradient=False),
    error(
        quantization.quantize_and_dequantize,
        floats(3),
        0.0,
        0.0,
        axis=4,
        raises=Invalid,
        match="Shape must be at least rank 5 but is rank 1",
    ),
    case(
        quantize_and_dequantize_v4_grad,
        plain(X[:5]),
        plain(np.float32([-2, -1, 0, 1, 2])),
        -1.0,
        1.0,
        ref=lambda dz, x, *_: (dz * (abs(x) <= 1), np.float32(0), np.float32(0)),
        gradient=False,
    ),
    case(quantization.quantize, plain(X), -1.0, 2.0, tf.quint8, ref=integers, gradient=False),
    case(
        quantization.quantize,
        plain(X),
        -1.0,
        2.0,
        tf.qint8,
        mode="SCALED",
        ref=of(
            (
                np.int8([-128, -83, 0, 17, 57, 127, 127]),
                np.float32(-2.0157480239868164),
                np.float32(2),
            )
        ),
        gradient=False,
    ),
    case(
        quantization.quantize,
        plain(np.float32([[-3, -2, -1], [0, 1, 2]])),
        [1.0, 2.0, 3.0],
        [2.0, 3.0, 4.0],
        tf.quint8,
        axis=1,
        ref=of((np.uint8([[0, 0, 0], [0, 85, 128]]), np.float32([0, 0, 0]), np.float32([2, 3, 4]))),
        gradient=False,
    ),
    error(
        quantization.quantize,
        floats(3),
        2.0,
        1.0,
        tf.quint8,
        raises=Invalid,
        match="input_max_range must be larger than input_min_range",
    ),
    error(
        quantization.quantize,
        floats(3),
        1.0,
        2.0,
        tf.quint8,
        round_mode="HALF_TO_EVEN",
        raises=Invalid,
        match="only supported for mode 'SCALED'",
    ),
    case(
        there_and_back,
        plain(X),
        each(tf.quint8, tf.qint8, tf.qint16),
        each("MIN_COMBINED", "MIN_FIRST"),
        ref=lambda x, *_: np.clip(x, -1, 2),
        tol=0.012,  # two levels of eight bits
        gradient=False,
    ),
    error(
        quantization.dequantize,
        [1],
        -1.0,
        2.0,
        raises=Invalid,
        match="attr 'T' of int32",
    ),
]
