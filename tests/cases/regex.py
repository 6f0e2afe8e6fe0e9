"""Regular expressions: ops/regex.py. The answers are TensorFlow 2.21's."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, each, error, plain

Invalid = tf.errors.InvalidArgumentError
WORDS = ["aab", "b", "", "h\u00e9 1", "\n"]


def words(*values):
    return lambda *_, **__: np.array(values, object)


def bools(*values):
    return lambda *_, **__: np.array(values, bool)


def tensor(value):
    return plain(tf.constant(value))


ROWS = [
    case(
        tf.strings.regex_full_match,
        array(WORDS),
        each("a*b", b"a*b"),
        ref=bools(True, True, False, False, False),
    ),
    case(
        tf.strings.regex_full_match,
        array(WORDS),
        tensor(r"\w\w? \d|"),
        ref=bools(False, False, True, False, False),
    ),
    case(tf.strings.regex_full_match, array(WORDS), ".*", ref=bools(*[True] * 4, False)),
    case(
        tf.strings.regex_full_match,
        array([["TF lib"], ["lib TF"]]),
        ".*lib$",
        ref=bools([True], [False]),
    ),
    case(tf.strings.regex_full_match, array(["h\u00e9"]), "h.", ref=bools(True)),
    case(
        tf.strings.regex_replace,
        array(WORDS),
        each("a", b"a"),
        "<\\0>",
        ref=words(b"<a><a>b", b"b", b"", "h\u00e9 1".encode(), b"\n"),
    ),
    case(
        tf.strings.regex_replace,
        array(WORDS),
        "a",
        "x",
        False,
        ref=words(b"xab", b"b", b"", "h\u00e9 1".encode(), b"\n"),
    ),
    case(
        tf.strings.regex_replace,
        array(WORDS),
        tensor("(a)(b)"),
        tensor(r"\2\1\\"),
        ref=words(b"aba\\", b"b", b"", "h\u00e9 1".encode(), b"\n"),
    ),
    # An empty match does not count right after another match; characters are not cut.
    case(
        tf.strings.regex_replace,
        array(WORDS),
        "a*",
        "-",
        ref=words(b"-b-", b"-b-", b"-", "-h-\u00e9- -1-".encode(), b"-\n-"),
    ),
    case(
        tf.strings.regex_replace,
        array(WORDS),
        each("", "^"),
        "-",
        False,
        ref=words(b"-aab", b"-b", b"-", "-h\u00e9 1".encode(), b"-\n"),
    ),
    # Fewer groups than the rewrite asks for: nothing happens.
    case(tf.strings.regex_replace, array(["ab"]), "a", each("\\1", "x\\9"), ref=words(b"ab")),
    # A backslash that means nothing ends the rewrite, or undoes the only one.
    case(tf.strings.regex_replace, array(["ab"]), "a", "x\\q", ref=words(b"xb")),
    case(tf.strings.regex_replace, array(["ab"]), "a", "x\\", False, ref=words(b"ab")),
    case(tf.compat.v1.regex_replace, array(["ab"]), "[ab]", "", ref=words(b"")),
    error(
        tf.strings.regex_full_match,
        ["a"],
        each("a(b", tensor("a(b")),
        raises=Invalid,
        match="Invalid pattern: a(b, error: missing ): a(b",
    ),
    error(
        tf.strings.regex_full_match,
        ["a"],
        r"(?=a)",
        raises=Invalid,
        match="error: invalid perl operator: (?=",
    ),
    error(
        tf.strings.regex_full_match,
        ["a"],
        ["ab"],
        raises=Invalid,
        match="Pattern must be scalar, but received [1]",
    ),
    error(tf.strings.regex_full_match, 1, "a", raises=TypeError, match="Cannot convert 1"),
    error(tf.strings.regex_full_match, "a", None, raises=ValueError, match="unsupported type"),
    error(
        tf.strings.regex_replace,
        ["a"],
        "[z-a]",
        "",
        raises=Invalid,
        match="Invalid pattern: [z-a], error: invalid character class range: z-a",
    ),
    error(
        tf.strings.regex_replace,
        "a",
        tensor(["a", "b"]),
        "x",
        raises=Invalid,
        match="Pattern must be scalar, but received [2]",
    ),
    error(
        tf.strings.regex_replace,
        "a",
        "a",
        ["x"],
        raises=Invalid,
        match="Rewrite must be scalar, but received [1]",
    ),
    error(tf.strings.regex_replace, "a", "a", 3, raises=TypeError, match="Cannot convert 3"),
    error(tf.compat.v1.regex_replace, "a", "*", "", raises=Invalid, match="no argument for rep"),
]
