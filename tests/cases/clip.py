"""Values within bounds: ops/clip.py."""

import numpy as np

import headrace as tf
from headrace._src.ops.clip import clip_by_value_op
from tests.cases.row import array, bools, case, each, error, floats, ints, plain, positive

Invalid = tf.errors.InvalidArgumentError
BOTH = ["float32", "float64"]
nan, inf = np.nan, np.inf


def by_norm(t, clip_norm, axes=None):
    norm = np.sqrt((t * t).sum(axes, keepdims=True))
    return t * clip_norm / np.maximum(norm, clip_norm)


def norm_of_all(ts):
    return np.sqrt(sum((t.astype(np.float64) ** 2).sum() for t in ts)).astype(ts[0].dtype)


def by_global_norm(ts, clip_norm):
    norm = norm_of_all(ts)
    return [t * clip_norm / max(norm, clip_norm) for t in ts], norm


def clipped_list(t_list, clip_norm):
    tensors, norm = tf.clip_by_global_norm(t_list, clip_norm)
    return (*tensors, norm)


def saturated(values):
    return lambda x, dtype: np.array(values, dtype)


ROWS = [
    case(tf.clip_by_value, floats(5), -1.0, 1.0, ref=np.clip, dtypes=BOTH),
    case(
        tf.clip_by_value,
        floats(2, 3),
        floats(3, low=-1, high=0),
        positive(),
        ref=np.clip,
        dtypes=BOTH,
    ),
    case(tf.clip_by_value, ints(5), 0, 2, ref=np.clip, dtypes=["int32"]),
    case(tf.clip_by_value, plain(np.float32([nan, 1.0])), 0.0, 1.0, ref=np.clip),
    case(
        tf.clip_by_value,
        array([1.0, 2.0, 3.0]),
        2,
        1,
        ref=lambda t, a, b: t * 0 + 2,
        gradient=False,
    ),
    case(
        clip_by_value_op,
        floats(5),
        each(floats(5, low=-1, high=0), floats(low=-1, high=0)),
        positive(5),
        ref=np.clip,
        dtypes=BOTH,
    ),
    case(tf.clip_by_norm, floats(4), each(0.5, 100.0), ref=by_norm, dtypes=BOTH),
    case(tf.clip_by_norm, floats(2, 3), 0.5, axes=each(0, [1], [0, 1]), ref=by_norm, dtypes=BOTH),
    case(tf.clip_by_norm, array([0.0, 0.0]), 1.0, ref=lambda t, n: t, dtypes=["float32"]),
    case(
        tf.clip_by_norm,
        array([3.0, 4.0]),
        -1.0,
        ref=lambda t, n: 0 * t,
        dtypes=["float32"],
        gradient=False,
    ),
    case(tf.linalg.global_norm, [floats(2, 3), floats(4)], ref=norm_of_all, dtypes=BOTH),
    case(tf.linalg.global_norm, plain([]), ref=lambda ts: np.float32(0)),
    case(
        tf.linalg.global_norm,
        [array([3.0]), None, array([4.0])],
        ref=lambda ts: np.float32(5),
        dtypes=["float32"],
    ),
    case(
        clipped_list,
        [floats(2, 3), floats(4)],
        each(0.5, 100.0),
        dtypes=BOTH,
        ref=lambda ts, n: (*by_global_norm(ts, n)[0], by_global_norm(ts, n)[1]),
    ),
    case(
        clipped_list,
        [plain(np.float32([inf, 1.0]))],
        1.0,
        dtypes=["float32"],
        ref=lambda ts, n: (ts[0] * nan, np.float32(inf)),
    ),
    case(
        tf.saturate_cast,
        array([nan, 300.0, -5.0, inf, -inf]),
        tf.uint8,
        ref=saturated([0, 255, 0, 255, 0]),
        dtypes=BOTH,
        gradient=False,
    ),
    case(
        tf.saturate_cast,
        array([3e9, -3e9, inf]),
        tf.int32,
        gradient=False,
        ref=saturated([2147483520, -(2**31), 2147483520]),
        dtypes=["float32"],
    ),
    case(
        tf.saturate_cast,
        array([300, -300]),
        tf.int8,
        ref=saturated([127, -128]),
        dtypes=["int32", "int64"],
    ),
    case(
        tf.saturate_cast,
        plain(np.array([1e30, inf, nan])),
        tf.float16,
        ref=saturated([65504, 65504, nan]),
    ),
    case(tf.saturate_cast, array([-1, 5]), tf.uint64, ref=saturated([0, 5]), dtypes=["int32"]),
    case(
        tf.saturate_cast,
        array([3e9 + 1j]),
        tf.int32,
        ref=saturated([2**31 - 1]),
        dtypes=["complex128"],
        gradient=False,
    ),
    case(
        tf.saturate_cast,
        array([1e300 + 1e300j]),
        tf.complex64,
        gradient=False,
        ref=lambda x, dtype: np.array([3.4028235e38 * (1 + 1j)], dtype),
        dtypes=["complex128"],
    ),
    error(
        tf.clip_by_value,
        floats(3),
        floats(2, 3),
        2.0,
        raises=ValueError,
        match="Shapes (3,) and (2, 3) are incompatible",
    ),
    error(
        tf.clip_by_value,
        floats(3),
        0,
        plain([1.0, 2.0]),
        raises=Invalid,
        match="Incompatible shapes: [3] vs. [2]",
    ),
    error(tf.clip_by_value, floats(3), None, 1, raises=ValueError, match="Attempt to convert"),
    error(tf.clip_by_value, ints(3), 0.5, 1.5, raises=TypeError, match="Cannot convert 1.5"),
    error(tf.clip_by_norm, ints(3), 1, raises=Invalid, match="Value for attr 'T' of int32"),
    error(tf.linalg.global_norm, floats(3), raises=TypeError, match="`t_list` should be a sequ"),
    error(tf.clip_by_global_norm, None, 1.0, raises=TypeError, match="`t_list` should be a seq"),
    error(
        tf.saturate_cast, bools(2), tf.int8, raises=TypeError, match="minimum value of <dtype: '"
    ),
]
