"""How alike images are: ops/image_quality.py. What is written out is of TensorFlow 2.21."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, error, floats, plain

Invalid = tf.errors.InvalidArgumentError
NARROW = ["float32"]

x = np.linspace(0, 1, 2 * 13 * 14 * 2, dtype=np.float32).reshape(2, 13, 14, 2)
y = x * x


def noise(a, b, max_val):
    error = np.square(a.astype(np.float64) - b).mean((-3, -2, -1))
    return (10 * np.log10(max_val**2 / error)).astype(np.float32)


def recorded(*values):
    return lambda *_, **__: np.array(values, np.float32)


def bytes_of(image):
    return plain((image * 255).astype(np.uint8))


ROWS = [
    case(tf.image.psnr, floats(2, 4, 3, 2), floats(2, 4, 3, 2), 4.0, ref=noise, dtypes=NARROW),
    case(tf.image.psnr, floats(2, 4, 3, 2), floats(4, 3, 2), 4.0, ref=noise, dtypes=NARROW),
    case(
        tf.image.psnr,
        bytes_of(x),
        bytes_of(y),
        255,
        ref=recorded(14.777738571166992, 14.776273727416992),
    ),
    case(
        tf.image.ssim,
        array(x),
        array(y),
        1.0,
        ref=recorded(0.40938600897789, 0.890267014503479),
        gradient="first",
        tol=1e-5,  # differences of means of squares
    ),
    case(
        tf.image.ssim,
        plain(x),
        plain(y),
        1.0,
        filter_size=5,
        filter_sigma=1.0,
        k1=0.02,
        k2=0.05,
        ref=recorded(0.44110000133514404, 0.8993260264396667),
        tol=1e-5,  # differences of means of squares
    ),
    case(
        tf.image.ssim,
        plain(x),
        plain(y),
        1.0,
        13,
        return_index_map=True,
        ref=recorded([[0.406865, 0.412449]], [[0.891681, 0.891383]]),
        tol=2e-5,  # differences of means of squares
    ),
    case(
        tf.image.ssim,
        bytes_of(x),
        bytes_of(y),
        255,
        ref=recorded(0.40106499195098877, 0.8893899917602539),
        tol=1e-5,  # differences of means of squares
    ),
    case(
        tf.image.ssim_multiscale,
        plain(x),
        plain(y),
        1.0,
        power_factors=(0.5, 0.3, 0.2),
        filter_size=3,
        ref=recorded(0.7656819820404053, 0.918982982635498),
        tol=1e-5,  # differences of means of squares
    ),
    error(
        tf.image.psnr,
        floats(1, 1, 4, 2),
        floats(1, 3, 4, 2),
        1.0,
        raises=ValueError,
        match="are incompatible",
    ),
    error(
        tf.image.ssim,
        floats(3, 12, 12, 1),
        floats(2, 12, 12, 1),
        1.0,
        raises=ValueError,
        match="Two images are not compatible",
    ),
    error(
        tf.image.ssim, floats(12, 12), floats(12, 12), 1.0, raises=ValueError, match="at least 3"
    ),
    error(tf.image.ssim, floats(8, 12, 1), floats(8, 12, 1), 1.0, raises=(Invalid, ValueError)),
    error(
        tf.image.ssim_multiscale,
        floats(16, 16, 1),
        floats(16, 16, 1),
        1.0,
        raises=(Invalid, ValueError),
    ),
]
