"""Tables in files of text: columns, numbers of lines, and what is no such file.

Values and texts are TensorFlow 2.21's.

Read next: headrace/_src/objects/lookup/text_file.py.
"""

import pathlib

import numpy as np
import pytest

import headrace as tf

File = tf.lookup.TextFileInitializer
LINE, NUMBER = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
NAMES = "emerson 10\nlake 20\npalmer 30\n"


@pytest.fixture
def written(tmp_path):
    """Writes a file and answers its path."""

    def write(text):
        path = tmp_path / "file"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def contents(*arguments, default=-1, **kwargs):
    keys, values = tf.lookup.StaticHashTable(File(*arguments, **kwargs), default).export()
    return dict(zip(keys.numpy().tolist(), values.numpy().tolist(), strict=True))


def test_columns_lines_and_their_numbers(written):
    path = written(NAMES)
    by_name = {b"emerson": 10, b"lake": 20, b"palmer": 30}
    assert contents(path, tf.string, 0, tf.int64, 1, delimiter=" ") == by_name
    assert contents(path, tf.string, 0, tf.float32, 1, delimiter=" ", default=0.0) == by_name
    lines = [b"emerson 10", b"lake 20", b"palmer 30"]
    places = dict(zip(lines, range(3), strict=True))
    assert contents(path, tf.string, LINE, tf.int64, NUMBER) == places
    assert contents(path, tf.int64, NUMBER, tf.string, LINE, default="") == dict(enumerate(lines))
    offset = contents(path, tf.string, LINE, tf.int64, NUMBER, value_index_offset=7)
    assert list(offset.values()) == [7, 8, 9]
    two = contents(path, tf.string, 0, tf.int64, NUMBER, vocab_size=2, delimiter=" ")
    assert two == {b"emerson": 0, b"lake": 1}


def test_paths_may_be_tensors_assets_and_path_likes(written):
    path = written(NAMES)
    for given in (tf.constant(path), tf.saved_model.Asset(path), pathlib.Path(path)):
        assert len(contents(given, tf.string, LINE, tf.int64, NUMBER)) == 3
    source = File(path, tf.string, LINE, tf.int64, NUMBER)
    assert (source.key_dtype, source.value_dtype) == (tf.string, tf.int64)
    (asset,) = source._trackable_children().values()
    assert asset.asset_path.numpy() == path.encode()
    assert isinstance(asset, tf.saved_model.Asset)


def test_assets_stand_for_their_paths():
    asset = tf.saved_model.Asset("words")
    assert tf.convert_to_tensor(asset).numpy() == b"words"
    with pytest.raises(TypeError, match="Cannot convert 3 to EagerTensor of dtype string"):
        tf.saved_model.Asset(3)


def test_ends_of_lines(written):
    def lines(text):
        return contents(written(text), tf.string, LINE, tf.int64, NUMBER)

    assert lines("a\r\nb") == {b"a": 0, b"b": 1}
    assert lines(b"a\rb\nc\x00\n") == {b"a\rb": 0, b"c\x00": 1}
    assert lines("é\n") == {"é".encode(): 0}


def test_fields(written):
    def field(text, dtype):
        path = written(f"k,{text}\n")
        none = tf.cast(0, dtype)
        return contents(path, tf.string, 0, dtype, 1, delimiter=",", default=none)[b"k"]

    assert [field(text, tf.int64) for text in (" 1 ", "+1", "-0", "007")] == [1, 1, 0, 7]
    assert [field(text, tf.float64) for text in ("0x10", "1e3", "-inf")] == [16, 1000, -np.inf]
    for dtype, texts in (
        (tf.int32, ("1_0", "1.5", "", "3000000000", "１")),
        (tf.float32, ("1_0", "", "1 2", "１")),
    ):
        for text in texts:
            kind = "float" if dtype is tf.float32 else "int32"
            with pytest.raises(tf.errors.InvalidArgumentError) as caught:
                field(text, dtype)
            assert f" Field {text} in line 0 is not a valid {kind}. [Op" in str(caught.value)


@pytest.mark.parametrize(
    "text, arguments, error, told",
    [
        ("a\n\nb\n", (tf.string, LINE, tf.int64, NUMBER), tf.errors.InvalidArgumentError,
         "Invalid content in {}: empty line found at position 3."),
        ("a 1\n", (tf.string, 0, tf.int64, 1), tf.errors.InvalidArgumentError,
         "Invalid number of columns in {} line 0 (a 1) : expected at least 2 got 1"),
        ("a\nb\na\n", (tf.string, LINE, tf.int64, NUMBER), tf.errors.FailedPreconditionError,
         "HashTable has different value for same key. Key a has 0 and trying to add value 2"),
        ("a\n", (tf.string, LINE, tf.int64, NUMBER, 5), tf.errors.InvalidArgumentError,
         "Invalid vocab_size in {}: expected 5 but got 1"),
        ("", (tf.string, LINE, tf.int64, NUMBER), tf.errors.OutOfRangeError,
         "Read less bytes than requested"),
        ("a 1\n", (tf.string, 0, tf.bool, 1, None, " "), tf.errors.InvalidArgumentError,
         "Data type bool not supported."),
        ("a 1\n", (tf.string, 0, tf.int64, 1, None, "ab"), tf.errors.InvalidArgumentError,
         "delimiter should be only 1 char"),
    ],
)  # fmt: skip
def test_files_that_are_refused(written, text, arguments, error, told):
    path = written(text)
    default = tf.zeros([], arguments[2])
    with pytest.raises(error) as caught:
        tf.lookup.StaticHashTable(File(path, *arguments), default)
    told = f"}}}} {told.format(path)} [Op:InitializeTableFromTextFileV2] name: "
    assert told in str(caught.value)


def test_paths_that_are_refused(written):
    with pytest.raises(tf.errors.NotFoundError, match="/no/file; No such file or directory"):
        contents("/no/file", tf.string, LINE, tf.int64, NUMBER)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"a single string, but got \[1\]"):
        contents([written(NAMES)], tf.string, LINE, tf.int64, NUMBER)


@pytest.mark.parametrize(
    "arguments, text",
    [
        (("", tf.string, LINE, tf.int64, NUMBER),
         "`filename` argument required for tf.lookup.TextFileInitializer"),
        (("f", tf.string, -3, tf.int64, NUMBER), "`key_index` should be >= -2, received: -3."),
        (("f", tf.string, LINE, tf.int64, -3), "`value_index` should be >= -2, received: -3"),
        (("f", tf.string, NUMBER, tf.string, LINE),
         "`key_dtype` must be int64 if `key_index` is -1, received: <dtype: 'string'>"),
        (("f", tf.string, LINE, tf.int32, NUMBER),
         "`value_dtype` must be int64 for `value_index` -1, received: <dtype: 'int32'>"),
        (("f", tf.float32, LINE, tf.int64, NUMBER),
         "`key_dtype` should be either integer or string for `key_index` -2, received: <float32>"),
        (("f", tf.string, LINE, tf.int64, NUMBER, 0), "`vocab_size` should be > 0, received: 0"),
    ],
)  # fmt: skip
def test_columns_that_are_refused(arguments, text):
    with pytest.raises(ValueError) as caught:
        File(*arguments)
    assert str(caught.value).replace("dtype: 'float32'", "float32") == text


def test_functions_read_files(written):
    path = written(NAMES)

    @tf.function
    def number(line):
        return tf.lookup.StaticHashTable(File(path, tf.string, LINE, tf.int64, NUMBER), -1)[line]

    assert int(number(tf.constant("lake 20"))) == 1

    @tf.function
    def number_in(path, line):
        return tf.lookup.StaticHashTable(File(path, tf.string, LINE, tf.int64, NUMBER), -1)[line]

    assert int(number_in(tf.constant(path), tf.constant("lake 20"))) == 1
