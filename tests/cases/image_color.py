"""Colours: ops/image_color.py."""

import colorsys

import numpy as np

import headrace as tf
from tests.cases.row import array, case, each, error, floats, plain

Invalid = tf.errors.InvalidArgumentError
NARROW = ["float32"]


def by_pixel(function):
    def whole(images, *_):
        flat = [function(*pixel) for pixel in images.reshape(-1, 3).tolist()]
        return np.array(flat).reshape(images.shape).astype(images.dtype)

    return whole


def adjusted(change):
    def pixel(r, g, b):
        return colorsys.hsv_to_rgb(*change(*colorsys.rgb_to_hsv(r, g, b)))

    return by_pixel(pixel)


def turned(images, delta):
    return adjusted(lambda h, s, v: ((h + delta) % 1, s, v))(images)


def coloured(images, factor):
    return adjusted(lambda h, s, v: (h, min(s * factor, 1), v))(images)


# Red, green and blue in the new space, as rows; of the standards, to three digits.
YIQ = np.array([[0.299, 0.596, 0.2115], [0.587, -0.2746, -0.5227], [0.114, -0.3213, 0.3112]])
YUV = np.array([[0.299, -0.14714, 0.61498], [0.587, -0.28887, -0.51497], [0.114, 0.43601, -0.1]])


def mixed(matrix):
    return lambda images: images @ matrix.astype(images.dtype)


colours = floats(2, 3, 4, 3, low=0.05, high=0.95)

ROWS = [
    case(tf.image.rgb_to_hsv, colours, ref=by_pixel(colorsys.rgb_to_hsv)),
    case(
        tf.image.rgb_to_hsv,
        plain(np.array([[0.0, 0, 0], [0.5, 0.5, 0.5], [1, 2, 2], [2, 1, 2], [2, 2, 1]], "f")),
        ref=by_pixel(colorsys.rgb_to_hsv),
        name="rgb_to_hsv of equal channels",
    ),
    case(tf.image.hsv_to_rgb, colours, ref=by_pixel(colorsys.hsv_to_rgb), gradient=False),
    case(
        tf.image.adjust_hue,
        colours,
        each(0.3, -0.7, 1.0),
        ref=turned,
        gradient="error",
        dtypes=NARROW,
    ),
    case(
        tf.image.adjust_hue,
        array([[[162, 241, 201], [32, 9, 221]]], dtype="uint8"),
        0.3,
        ref=lambda *_: np.array([[[185, 162, 241], [221, 9, 28]]], np.uint8),
    ),
    case(
        tf.image.adjust_saturation,
        colours,
        each(0.0, 0.3, 2.0),
        ref=coloured,
        gradient="error",
        dtypes=NARROW,
    ),
    case(
        tf.image.adjust_saturation,
        array([[[16000, 24000, 52000]]], dtype="uint16"),
        0.5,
        ref=lambda *_: np.array([[[34000, 38000, 52000]]], np.uint16),
    ),
    case(
        tf.image.adjust_gamma,
        colours,
        each(0.5, 2.0),
        each(1.0, 2.0),
        ref=lambda x, gamma, gain: gain * x**gamma,
        dtypes=NARROW,
    ),
    case(
        tf.image.adjust_gamma,
        array([0, 100, 255], dtype="uint8"),
        2.0,
        ref=lambda *_: np.array([0, 39, 255], np.uint8),
    ),
    case(tf.image.rgb_to_yiq, floats(2, 3, 3), ref=mixed(YIQ), tol=1e-3),  # the matrix is rounded
    case(tf.image.rgb_to_yuv, floats(2, 3, 3), ref=mixed(YUV), tol=1e-3),  # the matrix is rounded
    case(tf.image.yiq_to_rgb, floats(2, 3, 3), ref=mixed(np.linalg.inv(YIQ)), tol=5e-3),  # as well
    case(tf.image.yuv_to_rgb, floats(2, 3, 3), ref=mixed(np.linalg.inv(YUV)), tol=5e-3),  # as well
    error(
        tf.image.rgb_to_hsv,
        floats(4, 2),
        raises=(tf.errors.FailedPreconditionError, ValueError),
        match="must (have|be) 3",
    ),
    error(
        tf.image.hsv_to_rgb, floats(), raises=(Invalid, ValueError), match="at least (1D|rank 1)"
    ),
    error(tf.image.adjust_hue, floats(2, 2, 3), 1.5, raises=ValueError, match=r"interval \[-1, 1]"),
    error(tf.image.adjust_hue, floats(2, 2, 4), 0.5, raises=Invalid, match="must have 3 channels"),
    error(
        tf.image.adjust_saturation,
        floats(2, 3),
        0.5,
        raises=(Invalid, ValueError),
        match="at least (3-D|rank 3)",
    ),
    error(
        tf.image.adjust_saturation,
        floats(2, 2, 3),
        [0.5],
        raises=Invalid,
        match="scale must be scalar",
    ),
    error(tf.image.adjust_gamma, floats(2, 2, 3), -1.0, raises=ValueError, match="non-negative"),
    error(
        tf.image.adjust_gamma,
        floats(2, 2, 3),
        floats(low=-2, high=-1),
        raises=Invalid,
        match="non-negative",
    ),
    *[
        error(function, floats(2, 4), raises=(Invalid, ValueError), match="[Ss]ize|equal")
        for function in (
            tf.image.rgb_to_yiq,
            tf.image.rgb_to_yuv,
            tf.image.yiq_to_rgb,
            tf.image.yuv_to_rgb,
        )
    ],
]
