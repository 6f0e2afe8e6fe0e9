"""What TensorFlow answers to calls with ragged tensors, in eager mode and while a graph is built.

recorded.tsv holds a line for each call: the call, the answer's repr, and the answer of a function
around it where that is another. An error is `!`, its class, and the beginning of its text. In the
calls `R` is `tf.ragged.constant`.

Read next: tests/ragged/test_elementwise.py.
"""

from pathlib import Path

import numpy as np
import pytest

import headrace as tf

LINES = (Path(__file__).parent / "recorded.tsv").read_text().splitlines()
ROWS = [line.split("\t") for line in LINES]
NAMES = {"tf": tf, "np": np, "R": tf.ragged.constant}


def check(run, expected):
    if not expected.startswith("!"):
        assert " ".join(repr(run()).split()) == expected
        return
    name, _, text = expected[1:].partition(" ")
    with pytest.raises(Exception) as caught:
        run()
    assert type(caught.value).__name__ == name
    assert text in " ".join(str(caught.value).split())


@pytest.mark.parametrize("call, expected", [row[:2] for row in ROWS], ids=[r[0] for r in ROWS])
def test_it_answers_what_tensorflow_does(call, expected):
    check(lambda: eval(call, dict(NAMES)), expected)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_function_around_it_does_too(row):
    run = tf.function(lambda: eval(row[0], dict(NAMES)), autograph=False)
    check(run, row[-1])
