"""Length, case, ends: ops/strings.py. Expected values are Python's or TensorFlow's."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, each, error, strings

Invalid = tf.errors.InvalidArgumentError


def words(*values):
    out = np.empty(len(values), object)
    out[:] = [v.encode() if isinstance(v, str) else v for v in values]
    return out


def one_by_one(function):
    return lambda x, *_, **__: np.array(np.frompyfunc(function, 1, 1)(x), object)


def says(*values):
    return lambda *_, **__: words(*values)


MIXED = array(words("AbC", "\u00c9t\u00e9\u00df", "", b"a\xff\xc3B", "x\0Y"))
ROWS = [
    case(tf.strings.length, strings(2, 3), ref=lambda x: np.vectorize(len)(x).astype(np.int32)),
    case(
        tf.strings.length,
        array(words("caf\u00e9", b"a\x80\x80", b"\xff\xfe\xc3", "")),
        unit=each("UTF8_CHAR"),
        ref=lambda x, unit: np.array([4, 1, 3, 0], np.int32),
    ),
    error(tf.strings.length, "a", "X", raises=Invalid, match="attr 'unit' of \"X\""),
    error(tf.strings.length, 3, raises=TypeError, match="Cannot convert 3"),
    case(tf.strings.lower, MIXED, ref=one_by_one(bytes.lower)),
    case(tf.strings.upper, MIXED, ref=one_by_one(bytes.upper)),
    case(
        tf.strings.lower,
        MIXED,
        encoding="utf-8",
        ref=says("abc", "\u00e9t\u00e9\u00df", "", "a\ufffd\ufffdb", "x"),
    ),
    case(
        tf.strings.upper,
        MIXED,
        "utf-8",
        ref=says("ABC", "\u00c9T\u00c9SS", "", "A\ufffd\ufffdB", "X"),
    ),
    case(
        tf.strings.lower,
        array(words("\u0391\u03a3", "\u0130\u03a3\u0391")),
        "utf-8",
        ref=says("\u03b1\u03c2", "i\u0307\u03c3\u03b1"),
        name="lower(final sigma)",
    ),
    error(tf.strings.lower, "a", "utf8", raises=Invalid, match="only utf-8 or ''"),
    error(tf.strings.upper, "a", "UTF-8", raises=Invalid, match="received UTF-8"),
    case(
        tf.strings.strip,
        array(words(" a b ", "\t\n\v\f\rc", "\u00a0d", "\x1ce\x1f", "\0 f \0", "  ")),
        ref=one_by_one(bytes.strip),
    ),
    error(tf.strings.strip, 1, raises=TypeError, match="Cannot convert 1"),
]
