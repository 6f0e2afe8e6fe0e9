"""Files in graphs: they are read and written when the graph runs, in the order of the program.

Read next: headrace/_src/ops/files.py.
"""

import pytest

import headrace as tf


def test_writing(tmp_path):
    path = str(tmp_path / "new" / "folder" / "file")
    assert tf.io.write_file(path, b"a\0b\0") is None
    for _ in range(3):  # also the quick way
        assert tf.io.read_file(path).numpy() == b"a\0b\0"
    with pytest.raises(tf.errors.FailedPreconditionError, match="Is a directory"):
        tf.io.write_file(str(tmp_path), "a")
    with pytest.raises(tf.errors.FailedPreconditionError, match=r"[Nn]ot a directory"):
        tf.io.write_file(f"{path}/inside", "a")
    with pytest.raises(tf.errors.NotFoundError):
        tf.io.write_file("", "a")


def test_what_is_written_is_read_afterwards(tmp_path):
    path = str(tmp_path / "file")

    @tf.function
    def f(text):
        tf.io.write_file(path, text)
        first = tf.io.read_file(path)
        tf.io.write_file(path, tf.constant("second"))
        return first, tf.io.read_file(path)

    for text in ("a", "b"):
        assert [t.numpy() for t in f(tf.constant(text))] == [text.encode(), b"second"]


def test_a_constant_path_is_read_each_time(tmp_path):
    path = tmp_path / "size"

    @tf.function
    def f():
        size = tf.io.decode_raw(tf.io.read_file(str(path)), tf.int32, fixed_length=4)
        return tf.zeros(size)

    for size in (2, 3):
        path.write_bytes(bytes([size]))
        assert f().shape == [size]


def test_paths_are_found_when_the_graph_runs(tmp_path):
    @tf.function
    def f():
        return tf.io.matching_files(f"{tmp_path}/*")

    assert f().shape == [0]
    (tmp_path / "file").touch()
    assert f().numpy().tolist() == [f"{tmp_path}/file".encode()]


def test_what_is_wrong_in_a_graph():
    @tf.function
    def write(path):
        return tf.io.write_file(path, "a")

    with pytest.raises(ValueError, match="Shape must be rank 0 but is rank 1"):
        write(tf.constant(["a"]))

    @tf.function
    def read():
        return tf.io.read_file("/no/such/file")

    with pytest.raises(tf.errors.NotFoundError, match="/no/such/file; No such file"):
        read()


def test_shapes_in_graphs():
    parse = tf.io.parse_example
    kinds = {
        "a": tf.io.FixedLenFeature([2], tf.float32),
        "b": tf.io.FixedLenSequenceFeature([3], tf.string, allow_missing=True),
        "s": tf.io.VarLenFeature(tf.int64),
        "x": tf.io.SparseFeature("i", "v", tf.float32, 10),
    }

    def traced(shape):
        found = {}

        @tf.function(input_signature=[tf.TensorSpec(shape, tf.string)])
        def f(x):
            found.update(parse(x, kinds))
            return x

        f.get_concrete_function()
        return {key: value.shape for key, value in found.items()}

    assert [s.as_list() for s in traced([5]).values()] == [
        [None, None],
        [5, 2],
        [5, None, 3],
        [None, 10],
    ]
    assert [s.as_list() for s in traced([]).values()] == [[None], [2], [None, 3], [10]]
    assert traced(None)["a"].rank is None
