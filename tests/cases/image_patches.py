"""Patches and edges: ops/image_patches.py."""

import numpy as np
from scipy import ndimage

import headrace as tf
from tests.cases.row import case, each, error, floats

Invalid = tf.errors.InvalidArgumentError


def patched(x, ksizes, strides, rates, padding):
    """One window after the other."""
    spatial = range(1, x.ndim - 1)
    reach = {a: (ksizes[a] - 1) * rates[a] + 1 for a in spatial}
    pads, counts = [(0, 0)], []
    for a in spatial:
        n = x.shape[a]
        count = -(-n // strides[a]) if padding == "SAME" else (n - reach[a]) // strides[a] + 1
        extra = (count - 1) * strides[a] + reach[a] - n if padding == "SAME" else 0
        pads.append((max(extra, 0) // 2, max(extra, 0) - max(extra, 0) // 2))
        counts.append(count)
    x = np.pad(x, [*pads, (0, 0)])
    out = np.zeros((len(x), *counts, np.prod(ksizes) * x.shape[-1]), x.dtype)
    for place in np.ndindex(*counts):
        cut = [
            slice(i * strides[a], i * strides[a] + reach[a], rates[a])
            for a, i in zip(spatial, place, strict=True)
        ]
        out[:, *place] = x[:, *cut].reshape(len(x), -1)
    return out


def volumes(x, ksizes, strides, padding):
    return patched(x, ksizes, strides, (1,) * 5, padding)


def edges(x):
    x = x.astype(np.float64)

    def slope(along, across):
        smooth = ndimage.correlate1d(x, [1, 2, 1], across, mode="mirror")
        return ndimage.correlate1d(smooth, [-1, 0, 1], along, mode="mirror")

    return np.stack([slope(1, 2), slope(2, 1)], -1)


ONES = [1, 1, 1, 1]

ROWS = [
    case(
        tf.image.extract_patches,
        floats(2, 5, 6, 2),
        [1, 3, 2, 1],
        each([1, 1, 1, 1], [1, 2, 3, 1]),
        each([1, 1, 1, 1], [1, 2, 1, 1]),
        each("SAME", "VALID"),
        ref=patched,
        dtypes=["float32", "float64"],
    ),
    case(
        tf.raw_ops.ExtractImagePatches,
        images=floats(1, 3, 4, 2),
        ksizes=[1, 2, 2, 1],
        strides=ONES,
        rates=ONES,
        padding="VALID",
        ref=lambda images, ksizes, strides, rates, padding: patched(
            images, ksizes, strides, rates, padding
        ),
    ),
    case(
        tf.extract_volume_patches,
        floats(1, 4, 3, 5, 2),
        [1, 2, 1, 3, 1],
        each([1, 1, 1, 1, 1], [1, 2, 1, 2, 1]),
        each("SAME", "VALID"),
        ref=volumes,
        dtypes=["float32", "float64"],
    ),
    case(tf.image.sobel_edges, floats(2, 4, 5, 3), ref=edges, dtypes=["float32", "float64"]),
    error(
        tf.image.extract_patches,
        floats(3, 4, 2),
        ONES,
        ONES,
        ONES,
        "SAME",
        raises=(Invalid, ValueError),
        match="4-dimensional|rank 4",
    ),
    error(
        tf.image.extract_patches,
        floats(1, 3, 4, 2),
        each([1, 2, 2], ONES),
        ONES,
        ONES,
        "FULL",
        raises=(Invalid, ValueError),
        match="minimum 4|'padding'",
    ),
    error(
        tf.image.extract_patches,
        floats(1, 3, 4, 2),
        [2, 1, 1, 1],
        ONES,
        ONES,
        "SAME",
        raises=tf.errors.UnimplementedError,
        match="Only support ksizes across space",
    ),
    error(
        tf.image.extract_patches,
        floats(1, 3, 4, 2),
        ONES,
        [1, 0, 1, 1],
        ONES,
        "SAME",
        raises=tf.errors.OutOfRangeError,
        match="strides is out of range",
    ),
    error(
        tf.image.extract_patches,
        floats(1, 3, 4, 2),
        [1, 9, 1, 1],
        ONES,
        ONES,
        "VALID",
        raises=(Invalid, ValueError),
        match="would be negative|Negative dimension",
    ),
    error(
        tf.extract_volume_patches,
        floats(1, 3, 4, 2, 1),
        [1, 2, 2, 2],
        [1, 1, 1, 1, 1],
        "SAME",
        raises=(Invalid, ValueError),
        match="minimum 5",
    ),
    error(
        tf.image.sobel_edges,
        floats(1, 1, 4, 1),
        raises=(Invalid, ValueError),
        match="less than the dimension",
    ),
]
