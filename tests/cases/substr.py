"""Parts of strings: ops/substr.py."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, each, error

Invalid = tf.errors.InvalidArgumentError
WORDS = ["abc", "defg"]


def words(*values):
    return np.array(values, object)


ROWS = [
    case(tf.strings.substr, array(WORDS), 1, 2, ref=lambda *_: words(b"bc", b"ef")),
    case(
        tf.strings.substr,
        array(WORDS),
        [[1, -2], [0, 4]][:1],
        [[9, -1]],
        ref=lambda *_: np.array([[b"bc", b"fg"]], object),
    ),
    case(
        tf.strings.substr,
        array(["h\u00e9llo"]),
        each(1, -4),
        2,
        "UTF8_CHAR",
        ref=lambda *_: words("\u00e9l".encode()),
    ),
    error(tf.strings.substr, "ab", 3, 1, raises=Invalid, match="pos 3 out of range for string b'a"),
    error(tf.strings.substr, ["a"], [0], 1, raises=Invalid, match=r"same shape, got: [1] vs. []"),
    error(tf.strings.substr, "ab", 0, 1, "X", raises=Invalid, match="attr 'unit' of \"X\""),
    error(tf.strings.substr, 3, 0, 1, raises=TypeError, match="Cannot convert 3"),
]
