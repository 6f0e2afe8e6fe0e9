"""Casts: ops/cast.py. Where C leaves a cast open, the results are those of TensorFlow's kernels."""

import numpy as np

import headrace as tf
from tests.cases.row import array, bools, case, complexes, each, error, floats, ints, plain, strings

ODD = [np.nan, np.inf, -np.inf, 1e20, -1e20, -1.7, 300.0, -300.0, 3e9, 5e9]
LOWEST, LOWEST_LONG = -(2**31), -(2**63)
CUT = {
    tf.int32: [LOWEST] * 5 + [-1, 300, -300, LOWEST, LOWEST],
    tf.int64: [LOWEST_LONG] * 5 + [-1, 300, -300, 3_000_000_000, 5_000_000_000],
    tf.uint8: [0] * 5 + [255, 44, 212, 0, 0],
    tf.int8: [0] * 5 + [-1, 44, -44, 0, 0],
    tf.uint16: [0] * 5 + [65535, 300, 65236, 0, 0],
    tf.int16: [0] * 5 + [-1, 300, -300, 0, 0],
    tf.uint32: [0] * 5 + [4294967295, 300, 4294966996, 3_000_000_000, 705032704],
    tf.uint64: [2**63] * 5 + [2**64 - 1, 300, 2**64 - 300, 3_000_000_000, 5_000_000_000],
}


def as_type(x, dtype):
    return x.astype(dtype)


ROWS = [
    case(tf.cast, floats(3), tf.float64, ref=as_type, dtypes=["float32", "float16", "bfloat16"]),
    case(tf.cast, floats(3), tf.complex128, ref=as_type, dtypes=["float64"]),
    *(
        case(tf.cast, plain(np.array([1.25, -3.5, 1e6], of)), to, ref=as_type)
        for of in (np.float32, np.float64)
        for to in (tf.float16, tf.bfloat16, tf.float32, tf.complex64)
    ),
    case(
        tf.cast,
        ints(3),
        each(tf.float32, tf.int8, tf.uint8, tf.int64, tf.bool),
        ref=as_type,
        dtypes=["int32", "int64", "int8"],
        gradient=False,
    ),
    case(tf.cast, bools(3), each(tf.float32, tf.int32), ref=as_type, gradient=False),
    case(tf.cast, array([300, -1, 127, 128]), tf.int8, ref=as_type, dtypes=["int32"]),
    case(tf.cast, complexes(3), tf.complex128, ref=as_type, dtypes=["complex64", "complex128"]),
    case(
        tf.cast, complexes(3), tf.int32, ref=lambda x, dtype: x.real.astype(dtype), gradient=False
    ),
    case(
        tf.cast, array([1j, 0j, 1 + 0j]), tf.bool, ref=lambda x, dtype: x.real != 0, gradient=False
    ),
    case(tf.cast, array([np.nan, 0.0, -0.0, 2.0]), tf.bool, ref=as_type, gradient=False),
    case(tf.cast, floats(3), tf.float32, ref=as_type, dtypes=["float32"]),
    *(
        case(
            tf.cast,
            array(ODD),
            dtype,
            dtypes=["float32", "float64"],
            gradient=False,
            ref=lambda x, dtype, cut=cut: np.array(cut, dtype),
        )
        for dtype, cut in CUT.items()
    ),
    case(
        tf.cast,
        array([1e19, 2.0**63]),
        tf.uint64,
        dtypes=["float64"],
        gradient=False,
        ref=lambda x, dtype: np.array([10**19, 2**63], dtype),
    ),
    error(
        tf.cast, floats(2), None, raises=TypeError, match="Cannot convert the argument `type_val"
    ),
    error(tf.cast, floats(2), "foo", raises=TypeError, match="'foo' to a TensorFlow DType"),
    error(
        tf.cast,
        strings(2),
        tf.int32,
        raises=tf.errors.UnimplementedError,
        match="Cast string to int32 is not supported",
    ),
    error(
        tf.cast,
        1,
        tf.string,
        raises=tf.errors.UnimplementedError,
        match="Cast int32 to string is not supported",
    ),
    error(tf.cast, None, tf.int8, raises=ValueError, match="Attempt to convert a value (None)"),
]
