"""Strings in ragged tensors, and ragged tensors as text.

Read next: tests/ragged/test_recorded.py.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import headrace as tf

R = tf.ragged.constant
LETTERS = st.lists(st.lists(st.sampled_from(["a", "B", "cd", ""]), max_size=3), min_size=1)


def ragged(rows):
    return R(rows, dtype=tf.string, ragged_rank=1)


@given(LETTERS)
def test_functions_of_each_string(rows):
    x = ragged(rows)
    assert tf.strings.length(x).to_list() == [[len(s) for s in row] for row in rows]
    assert tf.strings.upper(x).to_list() == [[s.upper().encode() for s in row] for row in rows]
    assert tf.strings.regex_replace(x, "[Bc]", "-").to_list() == [
        [s.replace("B", "-").replace("c", "-").encode() for s in row] for row in rows
    ]
    assert (x + "!").to_list() == [[f"{s}!".encode() for s in row] for row in rows]


@given(LETTERS)
def test_joining_along_axes(rows):
    x = ragged(rows)
    expected = ["-".join(row).encode() for row in rows]
    assert tf.strings.reduce_join(x, axis=1, separator="-").numpy().tolist() == expected
    assert tf.strings.reduce_join(x).numpy() == "".join(s for row in rows for s in row).encode()
    assert tf.strings.join([x, x]).to_list() == [[(s + s).encode() for s in row] for row in rows]


@pytest.mark.parametrize(
    "value, summarize, text",
    [
        (R([[1, 2, 1], [], [3]]), 3, "[[1, 2, 1], [], [3]]"),
        (R([["a"], ["b", "c"]]), 3, "[['a'], ['b', 'c']]"),
        (R([[1.5], [0, 1, 2, 3]]), 1, "[[1.500000], [0.000000, ..., 3.000000]]"),
        (R([[i] for i in range(9)]), 1, "[[0], ..., [8]]"),
        (R([[i] for i in range(5)]), -1, "[[0], [1], [2], [3], [4]]"),
        (R([[[1, 2]], [[3, 4], [5, 6]]], ragged_rank=1), 3, "[[[1, 2]], [[3, 4], [5, 6]]]"),
        (R([], ragged_rank=1), 3, "[]"),
    ],
)  # fmt: skip
def test_a_ragged_tensor_is_written(value, summarize, text):
    found = tf.strings.format("<{}>", value, summarize=summarize)
    assert found.numpy().decode() == f"<{text}>"


@pytest.mark.parametrize("wrap", [lambda fn: fn, tf.function], ids=["eager", "function"])
def test_a_ragged_tensor_is_printed(capfd, wrap):
    def show(x):
        tf.print("x:", x, {"y": R([["a"]])}, tf.constant([1, 2]))

    wrap(show)(R([[1], []]))
    assert capfd.readouterr().err == "x: [[1], []] {'y': [['a']]} [1 2]\n"


def test_a_function_writes_it():
    spec = tf.RaggedTensorSpec([None, None], tf.float32)
    write = tf.function(lambda x: tf.strings.format("{} of {}", (x, 2)), input_signature=[spec])
    assert write(R([[1.5], []])).numpy() == b"[[1.500000], []] of 2"
