"""Convolutions: ops/convolution.py, ops/convolve.py, ops/depthwise.py."""

import itertools

import numpy as np

import headrace as tf
from tests.cases.row import case, each, error, floats, ints

Invalid = tf.errors.InvalidArgumentError
Unimplemented = tf.errors.UnimplementedError
# The gradients of float64 are checked; the narrow dtypes would only compile more programs.
WIDE = ["float32", "float64"]


def both(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def padded(x, window, strides, padding, dilations):
    pairs = [(0, 0)]
    for n, k, s, d in zip(x.shape[1:-1], window, strides, dilations, strict=True):
        reach = (k - 1) * d + 1
        total = max((-(-n // s) - 1) * s + reach - n, 0) if padding == "SAME" else 0
        pairs.append((total // 2, total - total // 2))
    if not isinstance(padding, str):
        return np.pad(x, padding)
    return np.pad(x, [*pairs, (0, 0)])


def convolved(x, filters, strides=1, padding="VALID", dilations=1):
    """By the definition: for every element of the window one product of matrices."""
    window = filters.shape[:-2]
    n = len(window)
    strides = (strides,) * n if isinstance(strides, int) else tuple(strides)
    dilations = (dilations,) * n if isinstance(dilations, int) else tuple(dilations)
    x = padded(x, window, strides, padding, dilations)
    reach = [(k - 1) * d + 1 for k, d in zip(window, dilations, strict=True)]
    out = [(m - r) // s + 1 for m, r, s in zip(x.shape[1:-1], reach, strides, strict=True)]
    depth, groups = filters.shape[-2], x.shape[-1] // filters.shape[-2]
    parts = []
    for group, part in enumerate(np.split(filters, groups, -1)):
        total = 0
        for at in itertools.product(*map(range, window)):
            steps = [
                slice(i * d, i * d + (m - 1) * s + 1, s)
                for i, d, m, s in zip(at, dilations, out, strides, strict=True)
            ]
            channels = slice(group * depth, (group + 1) * depth)
            total = total + x[(slice(None), *steps, channels)] @ part[at]
        parts.append(total)
    return np.concatenate(parts, -1)


def depthwise(x, filters, strides, padding, dilations=None):
    height, width, depth, multiplier = filters.shape
    grouped = filters.reshape(height, width, 1, depth * multiplier)
    return convolved(x, grouped, strides[1:3], padding, both(dilations or 1))


def transposed(x, filters, sizes, strides, padding="SAME"):
    """The transpose, as a matrix: what a convolution does to every unit vector."""
    n = int(np.prod(sizes))
    units = np.eye(n, dtype=x.dtype).reshape(n, *sizes)
    rows = np.stack([convolved(u, filters, strides, padding).ravel() for u in units])
    return (rows @ x.ravel()).reshape(sizes)


ROWS = [
    case(
        tf.nn.conv2d,
        floats(2, 5, 4, 2),
        floats(3, 2, 2, 3),
        each(1, (2, 1)),
        each("SAME", "VALID"),
        ref=convolved,
        dtypes=WIDE,
    ),
    case(
        tf.nn.conv2d,
        floats(1, 5, 5, 2),
        floats(2, 2, 2, 2),
        1,
        "SAME",
        dilations=2,
        ref=convolved,
        dtypes=WIDE,
    ),
    case(
        tf.nn.conv2d,
        floats(1, 3, 3, 4),
        floats(2, 2, 2, 4),
        1,
        "SAME",
        ref=convolved,
        dtypes=WIDE,
        name="conv2d in groups",
    ),
    case(
        tf.nn.conv2d,
        floats(1, 3, 4, 1),
        floats(2, 2, 1, 2),
        1,
        [[0, 0], [1, 0], [0, 2], [0, 0]],
        ref=convolved,
        dtypes=WIDE,
        name="conv2d with explicit padding",
    ),
    case(
        tf.nn.conv2d,
        ints(1, 3, 3, 2),
        ints(2, 2, 2, 1),
        1,
        "VALID",
        ref=convolved,
        gradient=False,
        dtypes=["int32"],
    ),
    # 16-bit: the products are added in float32 and rounded once.
    case(
        tf.nn.conv2d,
        floats(1, 3, 3, 2),
        floats(2, 2, 2, 1),
        1,
        "VALID",
        ref=convolved,
        gradient=False,
        dtypes=["float16", "bfloat16"],
    ),
    case(
        tf.nn.conv1d,
        floats(2, 5, 2),
        floats(3, 2, 2),
        each(1, 2),
        each("SAME", "VALID"),
        ref=convolved,
        dtypes=WIDE,
    ),
    case(
        tf.nn.conv3d,
        floats(1, 3, 3, 2, 2),
        floats(2, 2, 2, 2, 1),
        [1, 2, 1, 1, 1],
        "SAME",
        ref=lambda x, w, s, p: convolved(x, w, s[1:4], p),
        dtypes=WIDE,
    ),
    case(
        tf.nn.convolution,
        floats(1, 5, 4, 2),
        floats(2, 2, 2, 1),
        padding="VALID",
        dilations=[2, 1],
        ref=convolved,
        dtypes=WIDE,
    ),
    case(
        tf.nn.atrous_conv2d,
        floats(1, 5, 5, 1),
        floats(2, 2, 1, 2),
        2,
        "VALID",
        ref=lambda x, w, r, p: convolved(x, w, 1, p, r),
        dtypes=WIDE,
    ),
    case(
        tf.nn.depthwise_conv2d,
        floats(1, 4, 3, 2),
        floats(2, 2, 2, 2),
        each([1, 1, 1, 1], [1, 2, 2, 1]),
        "SAME",
        ref=depthwise,
        dtypes=WIDE,
    ),
    case(
        tf.nn.separable_conv2d,
        floats(1, 3, 3, 2),
        floats(2, 2, 2, 1),
        floats(1, 1, 2, 3),
        [1, 1, 1, 1],
        "VALID",
        ref=lambda x, d, p, s, padding: convolved(depthwise(x, d, s, padding), p),
        dtypes=WIDE,
    ),
    case(
        tf.nn.conv2d_transpose,
        floats(1, 2, 2, 3),
        floats(2, 2, 1, 3),
        [1, 4, 3, 1],
        2,
        ref=transposed,
        dtypes=WIDE,
    ),
    case(
        tf.nn.conv1d_transpose,
        floats(1, 2, 3),
        floats(2, 1, 3),
        [1, 4, 1],
        2,
        ref=transposed,
        dtypes=WIDE,
    ),
    case(
        tf.nn.conv3d_transpose,
        floats(1, 1, 2, 1, 2),
        floats(2, 2, 2, 1, 2),
        [1, 2, 3, 2, 1],
        2,
        ref=transposed,
        dtypes=WIDE,
    ),
    case(
        tf.nn.conv_transpose,
        floats(1, 2, 3),
        floats(2, 1, 3),
        [1, 4, 1],
        2,
        ref=transposed,
        dtypes=WIDE,
    ),
    case(
        tf.nn.atrous_conv2d_transpose,
        floats(1, 2, 2, 1),
        floats(2, 2, 1, 1),
        [1, 4, 4, 1],
        2,
        "VALID",
        ref=lambda x, w, sizes, r, p: sum(
            np.pad(w[i, j, 0, 0] * x[0, :, :, 0], ((2 * i, 2 - 2 * i), (2 * j, 2 - 2 * j)))
            for i in range(2)
            for j in range(2)
        ).reshape(sizes),
        dtypes=WIDE,
    ),
    case(
        tf.nn.depthwise_conv2d_backprop_input,
        [1, 3, 3, 1],
        floats(2, 2, 1, 1),
        floats(1, 2, 2, 1),
        [1, 1, 1, 1],
        "VALID",
        ref=lambda sizes, w, dy, s, p: transposed(dy, w, sizes, 1, p),
        dtypes=WIDE,
    ),
    case(
        tf.nn.depthwise_conv2d_backprop_filter,
        floats(1, 3, 3, 1),
        [2, 2, 1, 1],
        floats(1, 2, 2, 1),
        [1, 1, 1, 1],
        "VALID",
        ref=lambda x, sizes, dy, s, p: convolved(x, dy.reshape(2, 2, 1, 1)).reshape(sizes),
        dtypes=WIDE,
    ),
    error(
        tf.nn.conv2d,
        floats(4, 4, 3),
        floats(2, 2, 3, 1),
        1,
        "SAME",
        raises=Invalid,
        match="convolution input must be 4-dimensional: [4,4,3]",
    ),
    error(
        tf.nn.conv2d,
        floats(1, 4, 4, 3),
        floats(2, 2, 3, 1),
        1,
        "FOO",
        raises=Invalid,
        match="Value for attr 'padding' of \"FOO\" is not in the list of allowed values",
    ),
    error(
        tf.nn.conv2d,
        floats(1, 4, 4, 3),
        floats(2, 2, 3, 1),
        [1, 1, 1, 1, 1],
        "SAME",
        raises=ValueError,
        match="strides should be of length 1, 2 or 4",
    ),
    error(
        tf.nn.conv2d,
        floats(1, 3, 4, 4),
        floats(2, 2, 3, 1),
        1,
        "SAME",
        data_format="NCHW",
        raises=Unimplemented,
        match="only supports the NHWC tensor format on the CPU",
    ),
    error(
        tf.nn.conv2d,
        floats(1, 4, 4, 3),
        floats(2, 2, 2, 1),
        1,
        "SAME",
        raises=Invalid,
        match="input depth must be evenly divisible by filter depth: 3 vs 2",
    ),
    error(
        tf.nn.conv2d_transpose,
        floats(1, 2, 2, 3),
        floats(2, 2, 4, 3),
        [1, 5, 5, 4],
        2,
        raises=Invalid,
        match="Size of out_backprop doesn't match computed: actual = 2, computed = 3",
    ),
]
