"""Libraries and clusters: what cannot be had here says so.

Read next: headrace/_src/config/libraries.py, headrace/_src/config/clusters.py.
"""

import pytest

import headrace as tf


class Spec:
    """A cluster."""

    def __init__(self, **jobs):
        self.jobs = jobs

    def as_dict(self):
        return self.jobs

    def cluster_spec(self):
        return self


@pytest.mark.parametrize("load", [tf.load_op_library, tf.load_library])
def test_libraries(load, tmp_path):
    missing = tf.errors.NotFoundError if load is tf.load_op_library else FileNotFoundError
    with pytest.raises(missing):
        load(str(tmp_path / "nothing.so"))
    text = tmp_path / "text.so"
    text.write_text("hi")
    with pytest.raises(tf.errors.NotFoundError, match="file too short"):
        load(str(text))
    text.write_text("hi" * 100)
    with pytest.raises(tf.errors.NotFoundError, match="invalid ELF header"):
        load(str(text))
    text.write_bytes(b"\x7fELF" + bytes(100))
    with pytest.raises(NotImplementedError, match=r"C\+\+ runtime"):
        load(str(text))
    with pytest.raises(TypeError):
        load([])


def test_folders_of_libraries(tmp_path):
    tf.load_library(str(tmp_path))
    (tmp_path / "a.so").write_bytes(b"\x7fELF" + bytes(100))
    with pytest.raises(NotImplementedError, match=r"a\.so"):
        tf.load_library(str(tmp_path))


def test_clusters():
    connect = tf.config.experimental_connect_to_cluster
    connect(Spec())
    with pytest.raises(ValueError, match="ClusterSpec"):
        connect(None)
    with pytest.raises(NotImplementedError, match="worker"):
        connect(Spec(worker=["a:1"]))
    with pytest.raises(ValueError, match="at least one"):
        tf.config.experimental_connect_to_host()
    with pytest.raises(NotImplementedError, match="a:1"):
        tf.config.experimental_connect_to_host("a:1")


def test_asynchronous_blocks():
    with tf.experimental.async_scope():
        x = tf.constant(1.0) + 1.0
    tf.experimental.async_clear_error()
    assert x.numpy() == 2.0
