"""Rows for dilation and erosion."""

import numpy as np

import headrace as tf
from headrace._src.ops.morphology import dilation2d_backprop_filter, dilation2d_backprop_input
from tests.cases.row import case, each, error, floats

Invalid = tf.errors.InvalidArgumentError
ONES = [1, 1, 1, 1]


def dilation(x, filters, strides, padding, _, rates):
    """The largest sum of each window, window by window."""
    x, filters = np.asarray(x), np.asarray(filters)
    sizes, window = x.shape[1:3], filters.shape[:2]
    steps, gaps = strides[1:3], rates[1:3]
    reach = [(k - 1) * gap + 1 for k, gap in zip(window, gaps, strict=True)]
    if padding == "SAME":
        counts = [-(-n // s) for n, s in zip(sizes, steps, strict=True)]
    else:
        counts = [(n - r) // s + 1 for n, r, s in zip(sizes, reach, steps, strict=True)]
    before = [0, 0]
    if padding == "SAME":
        before = [
            max((c - 1) * s + r - n, 0) // 2
            for c, s, r, n in zip(counts, steps, reach, sizes, strict=True)
        ]
    out = np.full((x.shape[0], *counts, x.shape[3]), -np.inf)
    for row, column, i, j in np.ndindex(*counts, *window):
        y = row * steps[0] + i * gaps[0] - before[0]
        z = column * steps[1] + j * gaps[1] - before[1]
        if 0 <= y < sizes[0] and 0 <= z < sizes[1]:
            own = out[:, row, column]
            out[:, row, column] = np.maximum(own, x[:, y, z] + filters[i, j])
    return out.astype(x.dtype)


def erosion(x, filters, *rest):
    """Dilation of the negative by the filter turned around."""
    return -dilation(-np.asarray(x), np.asarray(filters)[::-1, ::-1], *rest)


ROWS = [
    case(
        tf.nn.dilation2d,
        floats(2, 5, 4, 2),
        floats(2, 3, 2),
        each(ONES, [1, 2, 1, 1]),
        each("VALID", "SAME"),
        "NHWC",
        each(ONES, [1, 2, 1, 1]),
        ref=dilation,
        gradient="first",
    ),
    case(
        tf.nn.erosion2d,
        floats(1, 4, 5, 2),
        floats(2, 2, 2),
        [1, 1, 2, 1],
        each("VALID", "SAME"),
        "NHWC",
        ONES,
        ref=erosion,
        gradient="first",
    ),
    case(
        dilation2d_backprop_input,
        floats(1, 3, 3, 1),
        floats(2, 2, 1),
        floats(1, 2, 2, 1),
        (1, 1, 1, 1),
        (1, 1, 1, 1),
        "VALID",
        gradient="error",
    ),
    case(
        dilation2d_backprop_filter,
        floats(1, 3, 3, 1),
        floats(2, 2, 1),
        floats(1, 2, 2, 1),
        (1, 1, 1, 1),
        (1, 1, 1, 1),
        "VALID",
        gradient="error",
    ),
    error(
        tf.nn.dilation2d,
        floats(1, 4, 5, 2),
        floats(2, 2, 1),
        ONES,
        "VALID",
        "NHWC",
        ONES,
        raises=Invalid,
        match="input and filter must have the same depth: 2 vs 1",
    ),
    error(
        tf.nn.dilation2d,
        floats(1, 4, 5, 2),
        floats(2, 2, 2),
        [2, 1, 1, 1],
        "VALID",
        "NHWC",
        ONES,
        raises=tf.errors.UnimplementedError,
        match="Stride is only supported across spatial dimensions",
    ),
    error(
        tf.nn.erosion2d,
        floats(1, 4, 5, 2),
        floats(2, 2, 2),
        ONES,
        "VALID",
        "NCHW",
        ONES,
        raises=ValueError,
        match="`data_format` values other",
    ),
    error(
        tf.nn.dilation2d,
        floats(1, 4, 5, 2),
        floats(2, 2, 2),
        1,
        "VALID",
        "NHWC",
        ONES,
        raises=TypeError,
        match="Expected list for 'strides'",
    ),
]
