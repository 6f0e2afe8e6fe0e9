"""Pooling: ops/pooling.py, ops/pool.py."""

import itertools

import numpy as np

import headrace as tf
from tests.cases.row import array, case, each, error, floats, ints

Invalid = tf.errors.InvalidArgumentError
WIDE = ["float32", "float64"]
# In volumes TensorFlow's CPU has kernels for float32 and bfloat16 only.
NARROW = ["float32"]


def pooled(function):
    """Pooling by the definition: `function` of every window, without what is padded."""

    def reference(x, ksize, strides, padding="VALID"):
        n = x.ndim - 2
        out, places = [], []
        for size in x.shape[1:-1]:
            same = padding == "SAME"
            count = -(-size // strides) if same else (size - ksize) // strides + 1
            before = max((count - 1) * strides + ksize - size, 0) // 2 if same else 0
            starts = [i * strides - before for i in range(count)]
            out.append(count)
            places.append([slice(max(i, 0), min(i + ksize, size)) for i in starts])
        result = np.empty((x.shape[0], *out, x.shape[-1]), x.dtype)
        for at in itertools.product(*map(range, out)):
            window = tuple(axis[i] for axis, i in zip(places, at, strict=True))
            part = x[(slice(None), *window)]
            result[(slice(None), *at)] = function(part, axis=tuple(range(1, n + 1)))
        return result

    return reference


largest, mean = pooled(np.max), pooled(np.mean)


def with_argmax(x, ksize, strides, padding):
    places = np.arange(x[0].size).reshape(x[:1].shape)
    y = largest(x, ksize, strides, padding)
    return y, np.array(
        [
            [p for p in places.ravel() if image.ravel()[p] == v]
            for image, row in zip(x, y, strict=True)
            for v in row.ravel()
        ]
    ).reshape(y.shape)


ROWS = [
    case(
        tf.nn.max_pool2d,
        floats(2, 5, 4, 2),
        each(2, 3),
        each(1, 2),
        each("SAME", "VALID"),
        ref=largest,
        dtypes=WIDE,
    ),
    case(tf.nn.max_pool2d, ints(1, 4, 4, 2), 2, 2, "VALID", ref=largest, gradient=False),
    case(
        tf.nn.max_pool2d,
        floats(1, 3, 3, 1),
        2,
        1,
        [[0, 0], [1, 0], [0, 1], [0, 0]],
        ref=lambda x, k, s, p: largest(np.pad(x, p, constant_values=-9), k, s),
        dtypes=WIDE,
        name="max_pool2d with explicit padding",
    ),
    # More than 64 elements take XLA's own windowed reduction.
    case(
        tf.nn.max_pool2d,
        floats(1, 10, 9, 1),
        9,
        1,
        "VALID",
        ref=largest,
        dtypes=WIDE,
    ),
    case(tf.nn.avg_pool2d, floats(1, 10, 9, 1), 9, 1, "VALID", ref=mean, dtypes=WIDE),
    case(
        tf.nn.max_pool2d,
        array([[[[np.nan], [1.0]], [[2.0], [3.0]]]]),
        2,
        2,
        "VALID",
        ref=lambda x, k, s, p: np.nanmax(x).reshape(1, 1, 1, 1),
        gradient=False,
        dtypes=WIDE,
        name="max_pool2d passes over NaN",
    ),
    case(tf.nn.max_pool1d, floats(2, 5, 2), 2, each(1, 2), "SAME", ref=largest, dtypes=WIDE),
    case(
        tf.nn.max_pool3d, floats(1, 3, 3, 2, 1), 2, each(1, 2), "SAME", ref=largest, dtypes=NARROW
    ),
    case(tf.nn.max_pool, floats(1, 4, 4, 1), 2, 2, "VALID", ref=largest, dtypes=WIDE),
    case(
        tf.nn.avg_pool2d,
        floats(2, 5, 4, 2),
        each(2, 3),
        each(1, 2),
        each("SAME", "VALID"),
        ref=mean,
        dtypes=WIDE,
    ),
    case(tf.nn.avg_pool1d, floats(2, 5, 2), 2, each(1, 2), "SAME", ref=mean, dtypes=WIDE),
    case(tf.nn.avg_pool3d, floats(1, 3, 3, 2, 1), 2, each(1, 2), "SAME", ref=mean, dtypes=NARROW),
    case(tf.nn.avg_pool, floats(1, 4, 1), 2, 2, "VALID", ref=mean, dtypes=WIDE),
    case(
        tf.nn.pool,
        floats(1, 5, 4, 1),
        [2, 2],
        each("MAX", "AVG"),
        ref=lambda x, k, kind: (largest if kind == "MAX" else mean)(x, 2, 1),
        dtypes=WIDE,
    ),
    case(
        tf.nn.pool,
        floats(1, 5, 3, 1),
        [2, 2],
        "AVG",
        dilations=[2, 2],
        ref=lambda x, k, kind, dilations: (
            (x[:, :-2, :-2] + x[:, 2:, :-2] + x[:, :-2, 2:] + x[:, 2:, 2:]) / 4
        ),
        dtypes=WIDE,
    ),
    case(
        tf.nn.max_pool_with_argmax, floats(2, 4, 4, 2), 2, 2, "VALID", ref=with_argmax, dtypes=WIDE
    ),
    error(
        tf.nn.max_pool,
        floats(1, 4, 4, 1),
        8,
        1,
        "VALID",
        raises=Invalid,
        match="Computed output size would be negative: -3 [input_size: 4",
    ),
    error(
        tf.nn.max_pool2d, floats(1, 4, 4, 1), 0, 1, "SAME", raises=Invalid, match="must be positive"
    ),
    error(
        tf.nn.max_pool, floats(4, 1), 2, 2, "VALID", raises=ValueError, match="must be 3, 4 or 5"
    ),
    error(
        tf.nn.avg_pool2d,
        floats(1, 4, 4, 1),
        2,
        2,
        "VALID",
        data_format="NCHW",
        raises=Invalid,
        match="only supports NHWC on device type CPU",
    ),
    error(
        tf.nn.pool, floats(1, 4, 4, 1), [2, 2], "FOO", raises=ValueError, match="is not supported"
    ),
]
