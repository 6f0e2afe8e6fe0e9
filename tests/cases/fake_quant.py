"""Rows for fake quantization. The expected numbers are TensorFlow's."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, error, floats, plain

Invalid = tf.errors.InvalidArgumentError
quantization = tf.quantization
X = np.float32([-7, -1.3, 0, 0.26, 0.9, 3, 8])
ROUNDED = np.float32([-1.1333333, -1.1333333, 0, 0.22666667, 0.9066667, 2.2666667, 2.2666667])
PASSED = np.float32([0, 0, 0, 0.26, 0.9, 0, 0])
TABLE = np.float32([[0, 1, 2], [3, 4, 5]])
LOW, HIGH = [0.0, 0.0, -1.0], [1.0, 0.0, 2.0]


def of(value):
    """A reference that answers `value`."""
    return lambda *_, **__: value


ROWS = [
    case(
        quantization.fake_quant_with_min_max_args,
        plain(X),
        -1.1,
        2.3,
        4,
        ref=of(ROUNDED),
        gradient=False,
    ),
    case(
        quantization.fake_quant_with_min_max_args,
        plain(X),
        3.0,
        5.0,
        narrow_range=True,
        ref=of(np.float32([0, 0, 0, 0.25984251, 0.8976378, 2, 2])),
        gradient=False,
    ),
    error(
        quantization.fake_quant_with_min_max_args,
        floats(3),
        1.0,
        0.0,
        raises=Invalid,
        match="min has to be smaller than max, was: 1 >= 0",
    ),
    error(
        quantization.fake_quant_with_min_max_args,
        floats(3),
        num_bits=17,
        raises=Invalid,
        match="num_bits must be between 2 and 16",
    ),
    case(
        quantization.fake_quant_with_min_max_args_gradient,
        array(X),
        array(X),
        -1.1,
        2.3,
        4,
        ref=of(PASSED),
        gradient=False,
    ),
    error(
        quantization.fake_quant_with_min_max_args_gradient,
        floats(3),
        floats(2),
        raises=Invalid,
        match="must have the same size and shape",
    ),
    case(
        quantization.fake_quant_with_min_max_vars,
        plain(X),
        -1.1,
        2.3,
        4,
        ref=of(ROUNDED),
        gradient=False,
    ),
    case(
        quantization.fake_quant_with_min_max_vars,
        plain(X),
        0.0,
        0.0,
        ref=lambda x, *_: np.zeros_like(x),
        gradient=False,
    ),
    error(
        quantization.fake_quant_with_min_max_vars,
        floats(5),
        [1.0],
        [2.0],
        raises=Invalid,
        match="`min` must be rank 0 but is rank 1",
    ),
    case(
        quantization.fake_quant_with_min_max_vars_gradient,
        array(X),
        array(X),
        -1.1,
        2.3,
        4,
        ref=of((PASSED, np.float32(-8.3), np.float32(11))),
        gradient=False,
    ),
    error(
        quantization.fake_quant_with_min_max_vars_gradient,
        floats(5),
        floats(4),
        -1.0,
        1.0,
        raises=Invalid,
        match="gradient and input must be the same size",
    ),
    case(
        quantization.fake_quant_with_min_max_vars_per_channel,
        plain(TABLE),
        LOW,
        HIGH,
        ref=of(np.float32([[0, 0, 2], [1, 0, 2]])),
        gradient=False,
    ),
    error(
        quantization.fake_quant_with_min_max_vars_per_channel,
        floats(2, 3),
        [0.0, -1.0],
        [1.0, 2.0],
        raises=Invalid,
        match="min has incorrect size, expected 3 was 2",
    ),
    case(
        quantization.fake_quant_with_min_max_vars_per_channel_gradient,
        array(TABLE),
        array(TABLE),
        LOW,
        HIGH,
        ref=of(
            (
                np.float32([[0, 1, 2], [0, 4, 0]]),
                np.float32([0, 0, 0]),
                np.float32([3, 0, 5]),
            )
        ),
        gradient=False,
    ),
    error(
        quantization.fake_quant_with_min_max_vars_per_channel_gradient,
        floats(2, 3),
        floats(3, 2),
        LOW,
        HIGH,
        raises=Invalid,
        match="gradient and input must be the same size",
    ),
]
