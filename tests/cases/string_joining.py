"""Strings end to end: ops/string_joining.py. Expected values are TensorFlow's."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, each, error, plain, strings
from tests.cases.strings import words

Invalid = tf.errors.InvalidArgumentError
Range = tf.errors.OutOfRangeError

PAIRS = array([["a", "b"], ["c", "d"]])
CUBE = array([[["a", "b"], ["c", "d"]], [["e", "f"], ["g", "h"]]])


def is_(value):
    return lambda *_, **__: np.array(value, object)


ROWS = [
    case(
        tf.strings.join,
        [strings(3), strings(3)],
        "-",
        ref=lambda xs, sep: np.array([a + b"-" + b for a, b in zip(*xs, strict=True)], object),
    ),
    case(tf.strings.join, [array(["a", "b"]), "c"], ref=is_([b"ac", b"bc"])),
    case(tf.strings.join, ["a", "b"], separator="\u00e9", ref=is_("a\u00e9b".encode())),
    case(tf.strings.join, plain([]), ref=is_(b""), name="join(no tensor)"),
    error(tf.strings.join, [["a", "b"], ["c"]], raises=Invalid, match="do not match: [2] vs. [1]"),
    error(tf.strings.join, "abc", raises=TypeError, match="Expected list for 'inputs'"),
    error(tf.strings.join, ["a", 1], raises=TypeError, match="Cannot convert 1"),
    error(tf.strings.join, ["a"], 3, raises=TypeError, match="argument 'separator' not 3"),
    case(tf.strings.reduce_join, PAIRS, ref=is_(b"abcd")),
    case(tf.strings.reduce_join, PAIRS, each(0, -2), ref=is_([b"ac", b"bd"])),
    case(tf.strings.reduce_join, PAIRS, [0, 1], separator=",", ref=is_(b"a,c,b,d")),
    case(tf.strings.reduce_join, PAIRS, [1, 0], separator=",", ref=is_(b"a,b,c,d")),
    case(tf.strings.reduce_join, PAIRS, 1, keepdims=True, ref=is_([[b"ab"], [b"cd"]])),
    case(tf.strings.reduce_join, PAIRS, [], ref=lambda x, _: x),
    case(tf.strings.reduce_join, CUBE, [2, 0], ref=is_([b"abef", b"cdgh"])),
    case(tf.strings.reduce_join, CUBE, [0, 2], True, ref=is_([[[b"aebf"], [b"cgdh"]]])),
    case(tf.strings.reduce_join, array(np.empty((0, 2), object)), 0, ref=is_([b"", b""])),
    case(tf.strings.reduce_join, "a", ref=is_(b"a")),
    error(tf.strings.reduce_join, [["a"]], 2, raises=Range, match="Invalid reduction dimension 2"),
    error(tf.strings.reduce_join, [["a"]], [0, -2], raises=Invalid, match="dimension -2"),
    error(tf.strings.reduce_join, ["a"], "x", raises=TypeError, match="Cannot convert 'x'"),
    case(
        tf.strings.unsorted_segment_join,
        array(["a", "b", "c"]),
        each([0, 1, 0], np.array([0, 1, 0])),
        3,
        "-",
        ref=is_([b"a-c", b"b", b""]),
    ),
    case(
        tf.strings.unsorted_segment_join,
        PAIRS,
        [0, 0],
        2,
        separator=":",
        ref=is_([[b"a:c", b"b:d"], [b"", b""]]),
    ),
    case(tf.strings.unsorted_segment_join, PAIRS, [[0, 1], [1, 0]], 2, ref=is_([b"ad", b"bc"])),
    case(
        tf.strings.unsorted_segment_join,
        array(words()),
        plain(np.array([], np.int32)),
        1,
        ref=is_([b""]),
    ),
    error(tf.strings.unsorted_segment_join, ["a"], [-1], 1, raises=Invalid, match="not allowed"),
    error(tf.strings.unsorted_segment_join, ["a"], [1], 1, raises=Invalid, match="not allowed"),
    error(tf.strings.unsorted_segment_join, ["a"], [0], -1, raises=Invalid, match="non-negative"),
    error(tf.strings.unsorted_segment_join, ["a"], [0], [1], raises=Invalid, match="a scalar"),
    error(tf.strings.unsorted_segment_join, "a", 0, 1, raises=Invalid, match="cannot have rank 0"),
    error(tf.strings.unsorted_segment_join, ["a"], [[0]], 1, raises=Range, match="rank 2"),
    error(
        tf.strings.unsorted_segment_join,
        ["a", "b"],
        [0, 1, 0],
        2,
        raises=Invalid,
        match="Segment dimension is 3 while input dimension is 1 in rank 0",
    ),
]
