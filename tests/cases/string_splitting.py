"""Strings in parts: ops/string_splitting.py. Expected values are TensorFlow's."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, each, error
from tests.cases.strings import words

Invalid = tf.errors.InvalidArgumentError


def split_by_bytes(input, delimiter, skip_empty=True):
    return tf.raw_ops.StringSplit(input=input, delimiter=delimiter, skip_empty=skip_empty)


def split(input, sep, maxsplit=-1):
    return tf.raw_ops.StringSplitV2(input=input, sep=sep, maxsplit=maxsplit)


def ngrams(data, splits, widths, pad_width=0, keep=False):
    return tf.raw_ops.StringNGrams(
        data=data, data_splits=splits, separator="|", ngram_widths=widths, left_pad="L",
        right_pad="R", pad_width=pad_width, preserve_short_sequences=keep,
    )  # fmt: skip


def rows(*found):
    """The sparse matrix of rows."""
    indices = [(i, j) for i, row in enumerate(found) for j in range(len(row))]
    shape = [len(found), max(map(len, found), default=0)]
    values = words(*(value for row in found for value in row))
    return lambda *_: (np.reshape(indices, (-1, 2)).astype(np.int64), values, np.array(shape))


def flat(values, splits):
    return lambda *_, **__: (words(*values.split()), np.array(splits))


SPACED = array(words("a b  c", " d ", "", "   "))
ABCD = array(["a", "b", "c", "d"])
SPLITS = np.array([0, 3, 4])
ROWS = [
    case(split_by_bytes, array(["abc", ""]), "", ref=rows("abc", "")),
    case(split_by_bytes, array(words("", ",", ",a,")), ",", ref=rows("", "", "a")),
    case(split_by_bytes, array(words("", ",", ",a,")), ",", False,
         ref=rows([], ["", ""], ["", "a", ""])),
    case(split_by_bytes, array(words("a,b;", "c,,d")), ",;", ref=rows("ab", "cd")),
    case(split_by_bytes, array(words("a\u00e9b")), "\u00e9", False, ref=rows(["a", "", "b"])),
    case(split_by_bytes, array(words()), " ", ref=rows(), name="string_split(nothing)"),
    error(split_by_bytes, "a", "", raises=Invalid, match="input must be a vector, got shape: []"),
    error(split_by_bytes, ["a"], ["", ""], raises=Invalid, match="delimiter must be a scalar"),
    case(split, SPACED, "", ref=rows("abc", "d", "", "")),
    case(
        split,
        SPACED,
        " ",
        ref=rows(["a", "b", "", "c"], ["", "d", ""], [""], ["", "", "", ""]),
    ),
    case(split, SPACED, "", 1, ref=rows(["a", "b  c"], ["d", ""], [], [])),
    case(split, SPACED, "", 0, ref=rows(["a b  c"], [" d "], [""], ["   "])),
    case(split, array(words(" a b ", "a b c  ", "a")), "", 2,
         ref=rows(["a", "b", ""], ["a", "b", "c  "], ["a"])),
    case(split, array(words("aaaa", "aaa", "b")), "aa", each(-1, -2),
         ref=rows(["", "", ""], ["", "a"], ["b"])),
    case(split, array(words("a\tb\vc\x1cd\u00a0e\f\r\nf")), "",
         ref=rows(["a", "b", "c\x1cd\u00a0e", "f"]), name="string_split_v2(white space)"),
    error(split, [["a"]], "", raises=Invalid, match="input must be a vector, got shape: [1,1]"),
    error(split, ["a"], ["b"], raises=Invalid, match="sep must be a scalar, got shape: [1]"),
    case(ngrams, ABCD, SPLITS, [2], 1, ref=flat("L|a a|b b|c c|R L|d d|R", [0, 4, 6])),
    case(ngrams, ABCD, SPLITS, [3, 2], keep=True, ref=flat("a|b|c a|b b|c d", [0, 3, 4])),
    case(ngrams, ABCD, SPLITS, [4], 1, True, ref=flat("L|a|b|c a|b|c|R L|d|R", [0, 2, 3])),
    case(ngrams, ABCD, SPLITS, [3], -1,
         ref=flat("L|L|a L|a|b a|b|c b|c|R c|R|R L|L|d L|d|R d|R|R", [0, 5, 8])),
    case(ngrams, array(["a"]), np.array([0, 0, 1]), [8], 1, True, ref=flat("L|a|R", [0, 0, 1])),
    error(ngrams, ["a"], SPLITS[:1], [0], raises=Invalid, match="must contain positive values"),
    error(ngrams, ["a"], [1, 1], [1], raises=Invalid, match="First split value must be 0, got 1"),
    error(ngrams, ["a"], [0, 2], [1], raises=Invalid, match="value 2, must be in [0, 1]"),
    error(ngrams, ["a"], [0, 0], [1], raises=Invalid, match="data size. Expected 1, got 0"),
]  # fmt: skip
