"""Images in another size: ops/resize.py.

The matrices are those of TensorFlow 2.21: what becomes of an image with a single bright pixel, for
each pixel. They cover both directions, along one axis; the other is checked by the product.
"""

import numpy as np

import headrace as tf
from tests.cases.row import case, each, error, floats, ints

Invalid = tf.errors.InvalidArgumentError
NARROW = ["float32"]

# From 3 pixels to 5 and from 5 to 3: half of the matrix, for the other half is its mirror image.
UP = {
    "bilinear": [[1, 0, 0], [0.6, 0.4, 0], [0, 1, 0]],
    "nearest": [[1, 0, 0], [1, 0, 0], [0, 1, 0]],
    "bicubic": [[1.075526, -0.075526, 0], [0.648801, 0.396034, -0.044835], [0, 1, 0]],
    "smooth bicubic": [[1.075472, -0.075472, 0], [0.649254, 0.395522, -0.044776], [0, 1, 0]],
    "area": [[1, 0, 0], [0.666667, 0.333333, 0], [0, 1, 0]],
    "lanczos3": [[1.108064, -0.140796, 0.032732], [0.671385, 0.431216, -0.102601], [0, 1, 0]],
    "lanczos5": [[1.095224, -0.166164, 0.07094], [0.691708, 0.455069, -0.146776], [0, 1, 0]],
    "gaussian": [[0.942676, 0.057324, 0], [0.598688, 0.401312, 0], [0.106507, 0.786986, 0.106507]],
    "mitchellcubic": [
        [1.017689, -0.017689, 0],
        [0.621193, 0.406263, -0.027456],
        [0.055556, 0.888889, 0.055556],
    ],
}
DOWN = {
    "bilinear": [[0.666667, 0.333333, 0, 0, 0], [0, 0, 1, 0, 0]],
    "nearest": [[1, 0, 0, 0, 0], [0, 0, 1, 0, 0]],
    "bicubic": [[0.724491, 0.309941, -0.034432, 0, 0], [0, 0, 1, 0, 0]],
    "area": [[0.6, 0.4, 0, 0, 0], [0, 0.2, 0.6, 0.2, 0]],
    "lanczos3": [[0.729769, 0.342879, -0.084051, 0.011403, 0], [0, 0, 1, 0, 0]],
    "lanczos5": [[0.731176, 0.357599, -0.121824, 0.054648, -0.021599], [0, 0, 1, 0, 0]],
    "gaussian": [[0.660756, 0.339244, 0, 0, 0], [0, 0.106507, 0.786986, 0.106507, 0]],
    "mitchellcubic": [
        [0.687251, 0.334661, -0.021912, 0, 0],
        [0, 0.055556, 0.888889, 0.055556, 0],
    ],
}
# The same, details smoothed away.
SMOOTH = {
    "bilinear": [[0.571429, 0.428571, 0, 0, 0], [0, 0.222222, 0.555556, 0.222222, 0]],
    "nearest": DOWN["nearest"],
    "bicubic": [
        [0.584615, 0.446154, 0, -0.030769, 0],
        [-0.037209, 0.246512, 0.581395, 0.246512, -0.037209],
    ],
    "area": DOWN["area"],
    "lanczos3": [
        [0.588254, 0.465508, 0, -0.071139, 0.017377],
        [-0.069087, 0.276347, 0.585479, 0.276347, -0.069087],
    ],
    "lanczos5": [
        [0.589242, 0.472948, 0, -0.100357, 0.038166],
        [-0.083158, 0.28943, 0.587456, 0.28943, -0.083158],
    ],
    "gaussian": [
        [0.517268, 0.406897, 0.075835, 0, 0],
        [0.026913, 0.233368, 0.479438, 0.233368, 0.026913],
    ],
    "mitchellcubic": [
        [0.549552, 0.432239, 0.037313, -0.019105, 0],
        [-0.008355, 0.247258, 0.522193, 0.247258, -0.008355],
    ],
}
METHODS = list(DOWN)


def whole(half):
    half = np.array(half)
    rest = half[::-1, ::-1][1:]
    return np.concatenate([half, rest])


def resized(x, size, method="bilinear", antialias=False):
    """Images of 3 by 5 in a size of 5 by 3, by the matrices."""
    # Smoothing cubics are not read from a table with 1024 steps, as the plain ones are.
    up = "smooth bicubic" if antialias and method == "bicubic" else method
    rows, columns = whole(UP[up]), whole((SMOOTH if antialias else DOWN)[method])
    result = np.einsum("ih,jw,...hwc->...ijc", rows, columns, x)
    return result.astype(x.dtype if method == "nearest" else np.float32)


def nearest_corners(x, size, align_corners, half_pixel_centers):
    return x[:, [0, 1, 1, 2, 2]][:, :, [0, 2, 4]]


def linear_corners(x, size, align_corners, half_pixel_centers):
    rows = [[1, 0, 0], [0.5, 0.5, 0], [0, 1, 0], [0, 0.5, 0.5], [0, 0, 1]]
    return np.einsum("ih,nhwc->niwc", np.array(rows, x.dtype), x)[:, :, [0, 2, 4]]


def cubic_corners(x, size, align_corners, half_pixel_centers):
    rows = [[1, 0, 0], [0.5, 0.59375, -0.09375], [0, 1, 0], [-0.09375, 0.59375, 0.5], [0, 0, 1]]
    return np.einsum("ih,nhwc->niwc", np.array(rows, x.dtype), x)[:, :, [0, 2, 4]]


def raw(name):
    function = getattr(tf.raw_ops, name)

    def call(images, size, align_corners=False, half_pixel_centers=False):
        return function(
            images=images,
            size=size,
            align_corners=align_corners,
            half_pixel_centers=half_pixel_centers,
        )

    call.__name__ = name
    return call


def moved(images, kernel_type):
    return tf.raw_ops.ScaleAndTranslate(
        images=images,
        size=[1, 5],
        scale=[1.0, 1.0],
        translation=[0.0, 1.5],
        kernel_type=kernel_type,
    )


def half_moved(x, kernel_type):
    rows = [[0] * 4, [1, 0, 0, 0], [0.5, 0.5, 0, 0], [0, 0.5, 0.5, 0], [0, 0, 0.5, 0.5]]
    return np.einsum("jw,nhwc->nhjc", np.array(rows, x.dtype), x)


ROWS = [
    case(
        tf.image.resize,
        floats(2, 3, 5, 2),
        [5, 3],
        each(*METHODS),
        antialias=each(False, True),
        ref=resized,
        dtypes=NARROW,
    ),
    case(
        tf.image.resize,
        floats(3, 5, 2),
        (5, 3),
        each("bilinear", "area"),
        ref=resized,
        dtypes=NARROW,
    ),
    case(
        tf.image.resize,
        floats(1, 3, 5, 1),
        [5, 3],
        "nearest",
        ref=resized,
        dtypes=["float16", "bfloat16"],
        gradient=False,
        name="resize of short floats",
    ),
    case(tf.image.resize, ints(1, 3, 5, 1), [5, 3], each(*METHODS), ref=resized, dtypes=["int32"]),
    # So many taps that they are applied as a matrix.
    case(
        tf.image.resize,
        floats(1, 40, 1, 1),
        [1, 1],
        each("area", "bilinear"),
        antialias=True,
        dtypes=NARROW,
        name="resize of many pixels into one",
    ),
    case(
        tf.image.resize,
        floats(4, 5, 1),
        each([8, 8], [3, 3]),
        preserve_aspect_ratio=True,
        method="area",
        dtypes=NARROW,
    ),
    case(
        raw("ResizeNearestNeighbor"),
        floats(1, 3, 5, 1),
        [5, 3],
        True,
        False,
        ref=nearest_corners,
        dtypes=NARROW,
    ),
    case(
        raw("ResizeBilinear"),
        floats(1, 3, 5, 1),
        [5, 3],
        True,
        False,
        ref=linear_corners,
        dtypes=NARROW,
    ),
    case(
        raw("ResizeBicubic"),
        floats(1, 3, 5, 1),
        [5, 3],
        True,
        False,
        ref=cubic_corners,
        dtypes=NARROW,
    ),
    case(moved, floats(1, 1, 4, 2), each("box", "triangle"), ref=half_moved, dtypes=NARROW),
    error(tf.image.resize, floats(4, 4), [2, 2], raises=ValueError, match="either 3 or 4 dimens"),
    error(tf.image.resize, floats(4, 4, 3), [2], raises=ValueError, match="1-D Tensor of 2 elem"),
    error(
        tf.image.resize, floats(4, 4, 3), [2.0, 2.0], raises=ValueError, match="1-D int32 Tensor"
    ),
    error(
        tf.image.resize,
        floats(4, 4, 3),
        [0, 2],
        each(*METHODS),
        raises=Invalid,
        match="output dimensions must be positive",
    ),
    error(
        tf.image.resize,
        floats(0, 4, 3),
        [2, 2],
        each("bilinear", "lanczos3"),
        raises=Invalid,
        match="input image must be of non-zero size",
    ),
    error(tf.image.resize, floats(4, 4, 0), [2, 2], raises=Invalid, match="at least one channel"),
    error(
        tf.image.resize,
        floats(4, 4, 3),
        [2, 2],
        each("foo", "BILINEAR", 0),
        raises=ValueError,
        match="Resize method is not implemented",
    ),
]
