"""Strings as a handbook presents them: code points, words, patterns, vocabularies, sets of words.

Beside the recorded session, what such a chapter leads to: texts that become padded numbers, also
inside functions that are traced once.

Read next: tests/sessions.py, handbook_strings.txt.
"""

from pathlib import Path

import numpy as np
import pytest

import headrace as tf
from tests.sessions import chapters, replay


@pytest.mark.parametrize("session", chapters(Path(__file__).parent / "handbook_strings.txt"))
def test_answers_as_tensorflow(session):
    replay(session)


def test_letters_of_each_script_become_words():
    text = tf.constant(["Hello, dam", "堰の水 weir"])
    points = tf.strings.unicode_decode(text, "UTF-8")
    script = tf.strings.unicode_script(points)
    first = tf.fill([script.nrows(), 1], True)
    is_start = tf.concat([first, script[:, 1:] != script[:, :-1]], axis=1)
    starts = tf.squeeze(tf.where(is_start.values), 1)
    words = tf.RaggedTensor.from_row_starts(points.values, starts)
    count = tf.reduce_sum(tf.cast(is_start, tf.int64), axis=1)
    found = tf.RaggedTensor.from_row_lengths(tf.strings.unicode_encode(words, "UTF-8"), count)
    assert [[word.decode() for word in row] for row in found.to_list()] == [
        ["Hello", ", ", "dam"],
        ["堰", "の", "水", " ", "weir"],
    ]


def test_texts_become_padded_numbers_in_one_function():
    names = tf.lookup.KeyValueTensorInitializer(["the", "mill", "wheel"], tf.range(1, 4))
    table = tf.lookup.StaticHashTable(names, -1)
    traces = []

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def numbers(texts):
        traces.append(texts)
        clean = tf.strings.regex_replace(tf.strings.lower(texts), r"[^a-z ]", "")
        words = table.lookup(tf.strings.split(clean))
        padded = words.to_tensor()
        return padded, tf.sequence_mask(words.row_lengths(), tf.shape(padded)[1])

    padded, mask = numbers(["The mill!", "A wheel; the wheel."])
    np.testing.assert_array_equal(padded, [[1, 2, 0, 0], [-1, 3, 1, 3]])
    np.testing.assert_array_equal(mask, [[1, 1, 0, 0], [1, 1, 1, 1]])
    padded, mask = numbers(["", "mill"])
    np.testing.assert_array_equal(padded, [[0], [2]])
    np.testing.assert_array_equal(mask, [[False], [True]])
    assert len(traces) == 1


def test_a_table_counts_the_words_of_many_lines():
    counts = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, default_value=0)

    @tf.function(input_signature=[tf.TensorSpec([], tf.string)])
    def add(line):
        words, _, times = tf.unique_with_counts(tf.strings.split(line), out_idx=tf.int64)
        counts.insert(words, counts.lookup(words) + times)

    for line in ["round and round", "and", "the wheel goes round"]:
        add(line)
    words, times = counts.export()
    assert dict(zip(words.numpy(), times.numpy().tolist(), strict=True)) == {
        b"round": 3,
        b"and": 2,
        b"the": 1,
        b"wheel": 1,
        b"goes": 1,
    }
