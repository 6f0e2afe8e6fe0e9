"""Regular expressions over many strings: by a table and by RE2, with and without the library.

Read next: tests/native/test_automata.py, which compares the two on patterns nobody thought of.
"""

import numpy as np
import pytest

import headrace as tf
from headrace._src import native
from headrace._src.ops import regex

STRINGS = [b"word %d-%d" % (i, i % 7) for i in range(1000)] + ["h\u00e9 9".encode(), b"", b"\xff1"]
CALLS = [
    lambda x: tf.strings.regex_full_match(x, r"\w+ \d+-[0-3]"),
    lambda x: tf.strings.regex_full_match(x, r"(\w+ )?\d*.?.*"),
    lambda x: tf.strings.regex_replace(x, "[0-9]+", "#"),
    lambda x: tf.strings.regex_replace(x, "[0-9]+", "#", replace_global=False),
    lambda x: tf.strings.regex_replace(x, "[0-9]+", r"<\0>"),
    lambda x: tf.strings.regex_replace(x, "(\\d+)-(\\d+)", r"\2-\1"),
    lambda x: tf.strings.regex_replace(x, "9*", "."),
    lambda x: tf.strings.regex_replace(x, r"\bword\b", ""),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("shape", [[1003], [17, 59]])
def test_many_strings_are_answered_as_few_are(call, shape, monkeypatch):
    few = [call([string]).numpy()[0] for string in STRINGS]
    many = tf.reshape(tf.constant(STRINGS), shape)
    assert call(many).numpy().reshape(-1).tolist() == few
    assert call(tf.transpose(many)).numpy().T.reshape(-1).tolist() == few
    monkeypatch.setattr(native, "library", None)
    assert call(many).numpy().reshape(-1).tolist() == few


def test_strings_that_take_a_table_too_long_go_to_re2():
    strings = [b"a" * 500 + b"c", b"aab"] * regex.MANY
    found = tf.strings.regex_replace(strings, "a+b", "-").numpy()
    assert found.tolist() == [b"a" * 500 + b"c", b"-"] * regex.MANY


def test_patterns_are_kept_and_errors_are_raised_again():
    for _ in range(2):
        with pytest.raises(tf.errors.InvalidArgumentError, match="missing"):
            tf.strings.regex_full_match(np.array(["a"]), "(")
