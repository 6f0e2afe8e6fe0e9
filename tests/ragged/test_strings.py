"""Strings in parts, in ragged tensors: ragged/strings.py and compat/strings.py.

Read next: headrace/_src/ragged/strings.py.
"""

import pytest

import headrace as tf

NESTED = [["a b"], ["c", "d e"]]


def ragged(value=NESTED, **options):
    return tf.ragged.constant(value, **options)


# Of a scalar, a vector, a matrix and a ragged tensor: what comes, as TensorFlow prints it.
SHAPES = {
    tf.strings.split: {
        "'a b'": "[b'a', b'b']",
        "['a b', '']": "<tf.RaggedTensor [[b'a', b'b'], []]>",
        "[['a b'], ['c']]": "<tf.RaggedTensor [[[b'a', b'b']],\n [[b'c']]]>",
        "ragged()": "<tf.RaggedTensor [[[b'a', b'b']], [[b'c'], [b'd', b'e']]]>",
    },
    tf.strings.bytes_split: {
        "'ab'": "[b'a', b'b']",
        "['ab', '', '\u00e9']": "<tf.RaggedTensor [[b'a', b'b'], [], [b'\\xc3', b'\\xa9']]>",
        "[['ab'], ['c']]": "<tf.RaggedTensor [[[b'a', b'b']],\n [[b'c']]]>",
        "ragged([['ab'], ['c', 'd']])": "<tf.RaggedTensor [[[b'a', b'b']], [[b'c'], [b'd']]]>",
    },
    lambda x: tf.strings.unicode_decode(x, "UTF-8"): {
        "'a\u00e9'": "[97, 233]",
        "['a\u00e9', '']": "<tf.RaggedTensor [[97, 233], []]>",
        "[['a', 'b']]": "<tf.RaggedTensor [[[97],\n  [98]]]>",
        "ragged([['a'], ['b', '']])": "<tf.RaggedTensor [[[97]], [[98], []]]>",
    },
    lambda x: tf.strings.unicode_split(x, "UTF-8"): {
        "'a\u00e9'": "[b'a', b'\\xc3\\xa9']",
        "['a\u00e9', '']": "<tf.RaggedTensor [[b'a', b'\\xc3\\xa9'], []]>",
        "[['ab', 'c']]": "<tf.RaggedTensor [[[b'a', b'b'], [b'c']]]>",
        "[b'a\\xff']": "<tf.RaggedTensor [[b'a', b'\\xef\\xbf\\xbd']]>",
    },
    lambda x: tf.strings.unicode_split_with_offsets(x, "UTF-8")[1]: {
        "'\u00e9a'": "[0, 2]",
        "['\u00e9a', 'b']": "<tf.RaggedTensor [[0, 2], [0]]>",
        "ragged([['\u00e9a'], []])": "<tf.RaggedTensor [[[0, 2]], []]>",
    },
    lambda x: tf.strings.unicode_encode(x, "UTF-8"): {
        "[97, 233]": "b'a\\xc3\\xa9'",
        "[[97, 233], [98, 99]]": "[b'a\\xc3\\xa9', b'bc']",
        "[[[97, 98]], [[99, 100]]]": "[[b'ab'], [b'cd']]",
        "ragged([[97, 233], [], [98]])": "[b'a\\xc3\\xa9', b'', b'b']",
        "ragged([[[97], []], [[98, 99]]])": "<tf.RaggedTensor [[b'a', b''], [b'bc']]>",
        "ragged([[97], [98]], row_splits_dtype=tf.int32)": "[b'a', b'b']",
        "tf.zeros([2, 0], tf.int32)": "[b'', b'']",
    },
    lambda x: tf.strings.ngrams(x, 2): {
        "['a', 'b', 'c']": "[b'a b', b'b c']",
        "[['a', 'b'], ['c', 'd']]": "[[b'a b'], [b'c d']]",
        "ragged([['a', 'b', 'c'], ['d'], []])": "<tf.RaggedTensor [[b'a b', b'b c'], [], []]>",
        "ragged([[['a', 'b'], ['d']], []])": "<tf.RaggedTensor [[[b'a b'], []], []]>",
        "tf.zeros([2, 0], tf.string)": "[[], []]",
    },
}
CALLS = [(f, given, wanted) for f, calls in SHAPES.items() for given, wanted in calls.items()]


def shown(value):
    if isinstance(value, tf.RaggedTensor):
        return repr(value)
    array = value.numpy()
    return repr(array if isinstance(array, bytes) else array.tolist())


def made(given):
    value = eval(given, {"tf": tf, "ragged": ragged})
    return value if isinstance(value, tf.RaggedTensor) else tf.constant(value)


@pytest.mark.parametrize(("function", "given", "wanted"), CALLS)
def test_shapes(function, given, wanted):
    value = made(given)
    assert shown(function(value)) == wanted
    assert shown(tf.function(function)(value)) == wanted


@pytest.mark.parametrize(
    ("function", "given", "wanted"), [c for c in CALLS if "ragged" not in c[1] and c[1][0] == "["]
)
def test_unknown_sizes(function, given, wanted):
    value = made(given)
    spec = tf.TensorSpec([None] * value.shape.rank, value.dtype)
    assert shown(tf.function(function, input_signature=[spec])(value)) == wanted


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: tf.strings.split(5), TypeError, "Cannot convert 5"),
        (lambda: tf.strings.split(["a"], [","]), tf.errors.InvalidArgumentError, "sep must be a"),
        (lambda: tf.strings.split(["a"], maxsplit="x"), TypeError, "argument 'maxsplit'"),
        (
            lambda: tf.strings.unicode_decode(["a"], "foo"),
            tf.errors.InvalidArgumentError,
            "Could not create converter for input encoding: foo",
        ),
        (
            lambda: tf.strings.unicode_split([b"\xff"], "UTF-8", "strict"),
            tf.errors.InvalidArgumentError,
            "Invalid formatting on input string",
        ),
        (
            lambda: tf.strings.unicode_split(["a"], "latin1"),
            tf.errors.InvalidArgumentError,
            "attr 'output_encoding' of \"latin1\"",
        ),
        (lambda: tf.strings.unicode_encode(97, "UTF-8"), ValueError, "rank must be at least 1"),
        (lambda: tf.strings.ngrams("a", 2), ValueError, "Data must have rank>0"),
        (lambda: tf.strings.ngrams(["a"], [1, 0]), ValueError, r"0. Got \[1, 0\]"),
        (lambda: tf.strings.ngrams(["a"], 2, padding_width=1), ValueError, "pad_values must be"),
        (lambda: tf.strings.ngrams(["a"], 2, pad_values=3), TypeError, "pad_values must be a str"),
        (
            lambda: tf.strings.ngrams(["a"], 2, pad_values="x", padding_width=0),
            ValueError,
            "padding_width must be greater than 0",
        ),
    ],
)
def test_errors(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (tf.strings.bytes_split, "input must have a statically-known rank."),
        (lambda x: tf.strings.unicode_decode(x, "UTF-8"), "Rank of `input` must be statically"),
        (lambda x: tf.strings.ngrams(x, 2), "Rank of data must be known."),
    ],
)
def test_unknown_ranks(function, words):
    with pytest.raises(ValueError, match=words):
        tf.function(function, input_signature=[tf.TensorSpec(None, tf.string)])(["a"])
    splitting = tf.function(tf.strings.split, input_signature=[tf.TensorSpec(None, tf.string)])
    assert splitting(tf.constant(["a b"])).to_list() == [[b"a", b"b"]]


def test_windows_with_pads():
    def found(*arguments, **options):
        return tf.strings.ngrams(["a", "b", "c"], *arguments, **options).numpy().tolist()

    assert found([2, 3]) == [b"a b", b"b c", b"a b c"]
    assert found(2, pad_values="#", separator="") == [b"#a", b"ab", b"bc", b"c#"]
    assert found(3, pad_values=("<", ">"), padding_width=1) == [b"< a b", b"a b c", b"b c >"]
    assert found(5, preserve_short_sequences=True) == [b"a b c"]
    assert found(5) == []


def test_in_a_loop():
    @tf.function
    def longest(lines):
        found = tf.constant(0)
        for line in lines:
            words = tf.strings.split(line)
            found = tf.maximum(found, tf.reduce_max(tf.strings.length(words)))
        return found

    assert longest(tf.constant(["a bcd e", "fghij k"])).numpy() == 5


def test_of_tensorflow_1():
    split = tf.compat.v1.strings.split
    assert split(["a b", "c"]).indices.numpy().tolist() == [[0, 0], [0, 1], [1, 0]]
    assert split("a b").dense_shape.numpy().tolist() == [1, 2]
    assert split([["a b"]]).indices.numpy().tolist() == [[0, 0, 0], [0, 0, 1]]
    assert split(source=["a b"], result_type="RaggedTensor").to_list() == [[b"a", b"b"]]
    with pytest.raises(ValueError, match="Cannot specify both 'source' and 'input'"):
        split(["a"], source=["a"])
    with pytest.raises(ValueError, match="result_type must be 'RaggedTensor' or 'SparseTensor'"):
        split(["a"], result_type="x")
    old = tf.compat.v1.string_split
    assert old(["a,b;", "c,,d"], ",;").values.numpy().tolist() == [b"a", b"b", b"c", b"d"]
    assert old(["a,,b"], ",", skip_empty=False).dense_shape.numpy().tolist() == [1, 3]
    assert old(["a b"], result_type="RaggedTensor").to_list() == [[b"a", b"b"]]
    with pytest.raises(ValueError, match="Cannot specify both 'delimiter' and 'sep'"):
        old(["a"], ",", delimiter=",")
    with pytest.raises(ValueError, match="result_type must be"):
        old(["a"], result_type="x")
    assert tf.compat.v1.strings.to_number(input="4").numpy() == 4
    assert tf.compat.v1.reduce_join([["a", "b"]], reduction_indices=1).numpy() == [b"ab"]
    assert tf.compat.v1.strings.length("caf\u00e9", None, "UTF8_CHAR").numpy() == 4
    assert tf.compat.v1.substr("abc", 1, 2).numpy() == b"bc"
