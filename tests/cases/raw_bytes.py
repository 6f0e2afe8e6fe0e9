"""Rows for ops/raw_bytes.py; expected values are TensorFlow's, or of Python's own libraries.

Read next: tests/cases/row.py.
"""

import base64
import gzip
import zlib

import ml_dtypes
import numpy as np

import headrace as tf
from tests.cases.row import array, case, each, error, plain

BAD = tf.errors.InvalidArgumentError
LOST = tf.errors.DataLossError
DTYPES = "uint8 int8 int16 uint16 int32 int64 float16 float32 float64 complex64 bool".split()


def data(*items: bytes):
    out = np.empty(len(items), object)
    out[:] = items
    return array(out)


def raw(strings, dtype):
    found = [np.frombuffer(item, dtype) for item in strings]
    return np.stack(found) != 0 if dtype == np.bool_ else np.stack(found)


def answer(value):
    return lambda *args, **kwargs: np.array(value, object)


TWO = data(b"\1\0\0\0\0\0\x80?", b"\0\0\xc0?\2\0\0\0")
ROWS = [
    case(tf.io.decode_raw, TWO, each(*map(tf.as_dtype, DTYPES)), ref=raw, gradient=False),
    case(
        tf.io.decode_raw,
        data(b"\x80?\0@"),
        tf.bfloat16,
        ref=lambda *_: np.array([[1, 2]], ml_dtypes.bfloat16),
        gradient=False,
    ),
    case(
        tf.io.decode_raw,
        data(b"abcd"),
        tf.int16,
        little_endian=False,
        ref=lambda *_, **__: np.array([[24930, 25444]], np.int16),
        gradient=False,
    ),
    case(
        tf.io.decode_raw,
        data(b"abc", b"abcdefg"),
        tf.int16,
        fixed_length=4,
        ref=lambda *_, **__: np.array([[25185, 99], [25185, 25699]], np.int16),
        gradient=False,
    ),
    error(tf.io.decode_raw, b"abc", tf.int32, raises=BAD, match="length 3 that is not a multiple"),
    error(tf.io.decode_raw, [b"a", b"bc"], tf.uint8, raises=BAD, match="element 1 has size 1 != 2"),
    error(tf.io.decode_raw, [b"a"] * 3000 + [b"bc"], tf.uint8, raises=BAD, match="element 3000"),
    error(tf.io.decode_raw, b"abcd", tf.string, raises=BAD, match="Value for attr 'out_type'"),
    error(tf.io.decode_raw, b"abcd", None, raises=TypeError, match="Expected DataType"),
    error(tf.io.decode_raw, b"a", tf.int32, fixed_length=3, raises=BAD, match="must be a multiple"),
    error(tf.io.decode_raw, b"a", tf.int32, fixed_length=0, raises=BAD, match="greater than zero"),
    error(tf.io.decode_raw, b"a", tf.int32, fixed_length=[4], raises=BAD, match="must be scalar"),
    case(
        tf.io.encode_base64,
        data(b"hello", b"", b"\xff\xef>"),
        pad=each(True, False),
        ref=lambda x, pad: np.array(
            [base64.urlsafe_b64encode(i).rstrip(b"" if pad else b"=") for i in x], object
        ),
        gradient=False,
    ),
    case(
        tf.io.decode_base64,
        data(b"aGVsbG8", b"aGVsbG8=", b"", b"_-8", b"aH"),
        ref=answer([b"hello", b"hello", b"", b"\xff\xef", b"h"]),
        gradient=False,
    ),
    error(tf.io.encode_base64, 3, raises=TypeError),
    error(tf.io.decode_base64, "a+/b", raises=BAD, match="Invalid character found in base64"),
    error(tf.io.decode_base64, "aG=", raises=BAD, match="Invalid character found in base64"),
    error(tf.io.decode_base64, "aGVsb", raises=BAD, match="length cannot be 1 modulo 4"),
    case(
        tf.io.decode_compressed,
        data(zlib.compress(b"hello"), b""),
        "ZLIB",
        ref=answer([b"hello", b""]),
        gradient=False,
        name="decode_compressed(zlib)",
    ),
    case(
        tf.io.decode_compressed,
        data(gzip.compress(b"a") + gzip.compress(b"b"), gzip.compress(b"hello")[:-4]),
        "GZIP",
        ref=answer([b"ab", b"hello"]),
        gradient=False,
        name="decode_compressed(gzip)",
    ),
    case(tf.io.decode_compressed, data(b"a"), plain(""), ref=answer([b"a"]), gradient=False),
    error(tf.io.decode_compressed, "abc", "ZLIB", raises=LOST, match="error -3: incorrect header"),
    error(tf.io.decode_compressed, "abc", "gzip", raises=BAD, match="Only ZLIB, ZSTD, GZIP or NON"),
    error(tf.io.decode_compressed, "abc", "ZSTD", raises=NotImplementedError, match="ZSTD"),
]
