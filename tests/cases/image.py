"""Images: ops/image.py."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, each, error, floats, ints, positive

Invalid = tf.errors.InvalidArgumentError


def turned(x, k=1):
    return np.rot90(x, k, (-3, -2))


def padded(x, top, left, height, width):
    out = np.zeros((*x.shape[:-3], height, width, x.shape[-1]), x.dtype)
    out[..., top : top + x.shape[-3], left : left + x.shape[-2], :] = x
    return out


def variation(x):
    return sum(np.abs(np.diff(x, axis=axis)).sum((-3, -2, -1)) for axis in (-3, -2))


def contrasted(x, factor):
    mean = x.mean((-3, -2), keepdims=True)
    return (x - mean) * factor + mean


def standardized(x):
    axes = (-3, -2, -1)
    return (x - x.mean(axes, keepdims=True)) / x.std(axes, keepdims=True)


def slopes(x):
    dy, dx = np.zeros_like(x), np.zeros_like(x)
    dy[:, :-1], dx[:, :, :-1] = np.diff(x, axis=1), np.diff(x, axis=2)
    return dy, dx


def doubled(x, axis):
    """Twice as many places along an axis, a quarter of a step beside the old ones."""
    x = np.moveaxis(x, axis, 0)
    before, after = np.concatenate([x[:1], x[:-1]]), np.concatenate([x[1:], x[-1:]])
    both = np.stack([0.75 * x + 0.25 * before, 0.75 * x + 0.25 * after], 1)
    return np.moveaxis(both.reshape(-1, *x.shape[1:]), 0, axis).astype(x.dtype)


ROWS = [
    case(tf.image.flip_left_right, floats(2, 3, 2), ref=lambda x: x[:, ::-1]),
    case(tf.image.flip_left_right, floats(2, 3, 4, 1), ref=lambda x: x[:, :, ::-1]),
    case(tf.image.flip_up_down, floats(2, 3, 2), ref=lambda x: x[::-1]),
    case(tf.image.flip_up_down, floats(2, 3, 4, 1), ref=lambda x: x[:, ::-1]),
    case(tf.image.transpose, floats(2, 3, 2), ref=lambda x: x.swapaxes(0, 1)),
    case(tf.image.transpose, floats(2, 3, 4, 1), ref=lambda x: x.swapaxes(1, 2)),
    case(tf.image.rot90, floats(2, 3, 2), each(-1, 0, 1, 2, 7), ref=turned),
    case(tf.image.rot90, floats(2, 3, 4, 1), ref=turned),
    case(tf.image.crop_to_bounding_box, floats(4, 5, 2), 1, 2, 3, 2, ref=lambda x, *_: x[1:4, 2:4]),
    case(
        tf.image.crop_to_bounding_box,
        floats(2, 4, 5, 1),
        0,
        0,
        1,
        5,
        ref=lambda x, *_: x[:, :1],
    ),
    case(tf.image.pad_to_bounding_box, floats(2, 3, 2), 1, 0, 4, 5, ref=padded),
    case(tf.image.pad_to_bounding_box, floats(2, 2, 3, 1), 0, 2, 2, 5, ref=padded),
    case(tf.image.central_crop, floats(4, 5, 2), 0.5, ref=lambda x, _: x[1:3, 1:4]),
    case(tf.image.central_crop, floats(1, 4, 5, 2), 0.01, ref=lambda x, _: x[:, 1:3, 2:3]),
    case(tf.image.central_crop, floats(4, 5, 2), 1.0, ref=lambda x, _: x),
    case(
        tf.image.resize_with_crop_or_pad,
        floats(3, 6, 2),
        6,
        3,
        ref=lambda x, *_: padded(x[:, 1:4], 1, 0, 6, 3),
    ),
    case(
        tf.image.resize_with_crop_or_pad,
        floats(1, 3, 2, 1),
        2,
        5,
        ref=lambda x, *_: padded(x[:, :2], 0, 1, 2, 5),
    ),
    case(
        tf.image.resize_with_pad,
        floats(2, 4, 2),
        each(4, 7),
        2,
        "nearest",
        ref=lambda x, height, *_: padded(x[1:, 1::2], (height - 1) // 2, 0, height, 2),
    ),
    case(
        tf.image.resize_with_pad,
        floats(2, 3, 1),
        4,
        8,
        ref=lambda x, *_: padded(doubled(doubled(x, 0), 1), 0, 1, 4, 8),
        name="resize_with_pad between pixels",
        dtypes=["float32"],
    ),
    case(
        tf.image.convert_image_dtype,
        array([0.0, 0.2, 0.5, 1.0]),
        tf.uint8,
        ref=lambda x, _: np.array([0, 51, 127, 255], np.uint8),
        gradient=False,
        dtypes=["float32", "float64"],
    ),
    case(
        tf.image.convert_image_dtype,
        array([-1.0, 0.2, 1.5]),
        tf.int16,
        saturate=True,
        ref=lambda x, _, saturate: np.array([-32767, 6553, 32767], np.int16),
        gradient=False,
        dtypes=["float32", "float64"],
    ),
    case(
        tf.image.convert_image_dtype,
        array([-5, 5, 30000, -30000], dtype="int16"),
        tf.uint8,
        saturate=each(False, True),
        ref=lambda x, _, saturate: np.array(
            [0, 0, 234, 0] if saturate else [255, 0, 234, 21], np.uint8
        ),
    ),
    case(
        tf.image.convert_image_dtype,
        array([0, 127, 255], dtype="uint8"),
        tf.float32,
        ref=lambda x, _: (x / 255).astype(np.float32),
    ),
    case(
        tf.image.rgb_to_grayscale,
        positive(2, 3, 3),
        ref=lambda x: x @ np.array([[0.2989], [0.587], [0.114]], x.dtype),
        dtypes=["float32"],
    ),
    case(tf.image.grayscale_to_rgb, floats(2, 3, 1), ref=lambda x: np.tile(x, 3)),
    case(
        tf.image.per_image_standardization,
        floats(2, 3, 4, 2),
        ref=standardized,
        dtypes=["float32"],
        tol=1e-4,  # squares of float32 are added
    ),
    case(
        tf.image.adjust_brightness,
        floats(2, 3, 2),
        0.25,
        ref=lambda x, delta: x + np.float32(delta),
        dtypes=["float32"],
    ),
    case(
        tf.image.adjust_brightness,
        array([0, 100, 250], dtype="uint8"),
        each(0.1, -0.9),
        ref=lambda x, delta: np.array([25, 125, 255] if delta > 0 else [0, 0, 20], np.uint8),
    ),
    case(
        tf.image.adjust_contrast,
        floats(2, 3, 4, 2),
        floats(),
        ref=contrasted,
        dtypes=["float32"],
    ),
    case(tf.image.total_variation, floats(3, 4, 2), ref=variation, dtypes=["float32", "float64"]),
    case(tf.image.total_variation, floats(2, 3, 2, 1), ref=variation, dtypes=["float64"]),
    case(tf.image.image_gradients, floats(2, 3, 2, 1), ref=slopes, dtypes=["float32", "float64"]),
    error(
        tf.image.flip_left_right, floats(4, 4), raises=ValueError, match="at least three-dimension"
    ),
    error(tf.image.flip_up_down, floats(0, 2, 3), raises=ValueError, match="inner 3 dims of"),
    error(tf.image.transpose, floats(1, 1, 1, 1, 1), raises=ValueError, match="either 3 or 4"),
    error(tf.image.rot90, floats(2, 2, 1), [1, 2], raises=ValueError, match="must have rank 0"),
    error(
        tf.image.crop_to_bounding_box,
        floats(2, 2, 1),
        0,
        1,
        2,
        2,
        raises=ValueError,
        match="width must be >= target + offset.",
    ),
    error(
        tf.image.crop_to_bounding_box,
        floats(2, 2, 1),
        ints(low=-3, high=-2),
        0,
        1,
        1,
        raises=Invalid,
        match="offset_height must be >= 0.",
    ),
    error(
        tf.image.pad_to_bounding_box,
        floats(4, 4, 1),
        1,
        0,
        4,
        4,
        raises=ValueError,
        match="height must be <= target - offset",
    ),
    error(
        tf.image.central_crop, floats(4, 4, 1), each(0.0, 1.5), raises=ValueError, match="(0, 1]"
    ),
    error(
        tf.image.resize_with_crop_or_pad,
        floats(4, 4, 1),
        0,
        2,
        raises=ValueError,
        match="target_height must be > 0.",
    ),
    error(
        tf.image.resize_with_pad,
        floats(4, 4, 1),
        2,
        each(0, -1),
        raises=ValueError,
        match="target_width must be > 0.",
    ),
    error(
        tf.image.convert_image_dtype,
        floats(2),
        tf.bool,
        raises=AttributeError,
        match="dtype must be either floating point or integer",
    ),
    error(
        tf.image.rgb_to_grayscale,
        floats(2, 2, 4),
        raises=Invalid,
        match="Matrix size-incompatible: In[0]: [4,4], In[1]: [3,1]",
    ),
    error(tf.image.grayscale_to_rgb, floats(2, 3), raises=ValueError, match="should be size 1"),
    error(tf.image.adjust_contrast, floats(4, 4), 2.0, raises=Invalid, match="at least 3-D, got"),
    error(tf.image.total_variation, floats(4, 4), raises=ValueError, match="either 3 or 4-dim"),
    error(tf.image.image_gradients, floats(4, 4, 1), raises=ValueError, match="expects a 4D"),
]
