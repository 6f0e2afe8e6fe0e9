"""Texts with tensors in them: ops/string_format.py. Expected values are TensorFlow's."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, error, plain

FORMAT = tf.strings.format


def is_(value):
    return lambda *_, **__: np.array(value, object)


def raw(*inputs, **attributes):
    return tf.raw_ops.StringFormat(inputs=list(inputs), **attributes)


ROWS = [
    case(raw, array([1, 2], "int32"), template="x %s", ref=is_(b"x [1 2]")),
    case(FORMAT, "a {} b {}", [array([1, 2], "int32"), array(["x"])], ref=is_(b'a [1 2] b ["x"]')),
    case(FORMAT, "{}", array(range(9), "int64"), ref=is_(b"[0 1 2 ... 6 7 8]")),
    case(FORMAT, "{}", array(range(9), "int64"), summarize=1, ref=is_(b"[0 ... 8]")),
    case(FORMAT, "%s", array(1.5, "float32"), placeholder="%s", ref=is_(b"1.5")),
    case(FORMAT, "a", plain(()), ref=is_(b"a"), name="format(nothing)"),
    error(FORMAT, "a {}", plain([1, 2]), raises=ValueError, match="The template expects 1 tensors"),
    error(FORMAT, "{}", 3, raises=TypeError, match="has no len"),
    error(FORMAT, "{}", [1], summarize="a", raises=TypeError, match="argument 'summarize'"),
]
