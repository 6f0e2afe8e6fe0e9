"""The messages: bytes and text are TensorFlow's, and they are real protobuf messages.

Read next: headrace/_src/proto/table.py.
"""

import pickle

import numpy as np
import pytest
from google.protobuf import json_format, text_format
from google.protobuf.message import DecodeError

import headrace as tf

# Written by TensorFlow 2.21.
BYTES = (
    b"\n5\n\x14\n\x01a\x12\x0f\x1a\r\n\x0b\x01\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\n\x11\n\x01b"
    b"\x12\x0c\x12\n\n\x08\x00\x00\xc0?\x00\x00\x00@\n\n\n\x01c\x12\x05\n\x03\n\x01x"
)
TEXT = """features {
  feature {
    key: "a"
    value {
      int64_list {
        value: 1
        value: -2
      }
    }
  }
  feature {
    key: "b"
    value {
      float_list {
        value: 1.5
        value: 2.0
      }
    }
  }
  feature {
    key: "c"
    value {
      bytes_list {
        value: "x"
      }
    }
  }
}
"""


@pytest.fixture
def example():
    feature = {
        "a": tf.train.Feature(int64_list=tf.train.Int64List(value=[1, -2])),
        "b": tf.train.Feature(float_list=tf.train.FloatList(value=np.float32([1.5, 2]))),
        "c": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"x"])),
    }
    return tf.train.Example(features=tf.train.Features(feature=feature))


def test_bytes_and_text(example):
    assert example.SerializeToString(deterministic=True) == BYTES
    assert text_format.MessageToString(example) == TEXT
    assert tf.train.Example.FromString(BYTES) == example
    assert text_format.Parse(TEXT, tf.train.Example()) == example
    assert json_format.Parse(json_format.MessageToJson(example), tf.train.Example()) == example
    assert str(tf.train.Example()) == ""


def test_messages_are_pickled_and_copied(example):
    assert pickle.loads(pickle.dumps(example)) == example
    copy = tf.train.Example()
    copy.CopyFrom(example)
    assert copy == example
    assert type(example).__name__ == "Example"
    assert type(example).DESCRIPTOR.full_name == "tensorflow.Example"


def test_a_feature_is_one_of_three():
    feature = tf.train.Feature()
    assert feature.WhichOneof("kind") is None
    feature.int64_list.value.append(3)
    assert feature.WhichOneof("kind") == "int64_list"
    feature.float_list.value.append(3.0)
    assert feature.WhichOneof("kind") == "float_list"
    assert tf.train.Features.FeatureEntry.DESCRIPTOR.full_name.endswith("Features.FeatureEntry")


@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        (lambda: tf.train.Int64List(value=["a"]), TypeError),
        (lambda: tf.train.Int64List(value=[1.5]), TypeError),
        (lambda: tf.train.Int64List(value=[2**63]), ValueError),
        (lambda: tf.train.BytesList(value=["a"]), TypeError),
        (lambda: tf.train.FloatList(value=["a"]), TypeError),
        (lambda: tf.train.Feature(x=1), ValueError),
        (lambda: tf.train.Example.FromString(b"abc"), DecodeError),
    ],
)
def test_what_messages_refuse(make, wrong):
    with pytest.raises(wrong):
        make()


def test_clusters():
    job = tf.train.JobDef(name="worker", tasks={0: "host:1"})
    cluster = tf.train.ClusterDef(job=[job])
    assert cluster.SerializeToString() == b"\n\x14\n\x06worker\x12\n\x08\x00\x12\x06host:1"


# ---- tensors -------------------------------------------------------------------------------------

make = tf.make_tensor_proto


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        (lambda: make(1), b"\x08\x03\x12\x00:\x01\x01"),
        (lambda: make([1, 2]), b'\x08\x03\x12\x04\x12\x02\x08\x02"\x08\1\0\0\0\2\0\0\0'),
        (lambda: make(1.5), b"\x08\x01\x12\x00*\x04\0\0\xc0?"),
        (lambda: make(["a", b"b"]), b"\x08\x07\x12\x04\x12\x02\x08\x02B\x01aB\x01b"),
        (lambda: make([True, False]), b"\x08\n\x12\x04\x12\x02\x08\x02Z\x02\x01\x00"),
        (
            lambda: make([1 + 2j], tf.complex64),
            b"\x08\x08\x12\x04\x12\x02\x08\x01J\x08\0\0\x80?\0\0\0@",
        ),
        (lambda: make(1.5, tf.half), b"\x08\x13\x12\x00j\x02\x80|"),
        (lambda: make(1.5, tf.bfloat16), b"\x08\x0e\x12\x00j\x02\xc0\x7f"),
        (lambda: make(-1, tf.int8), b"\x08\x06\x12\x00:\n" + b"\xff" * 9 + b"\x01"),
        (lambda: make([], tf.float32), b"\x08\x01\x12\x02\x12\x00"),
        (lambda: make([1, 2], shape=[5]), b"\x08\x03\x12\x04\x12\x02\x08\x05:\x02\x01\x02"),
        (
            lambda: make(1, shape=[2], allow_broadcast=True),
            b"\x08\x03\x12\x04\x12\x02\x08\x02:\1\1",
        ),
        (lambda: make(1, shape=[0]), b"\x08\x01\x12\x02\x12\x00"),
        (lambda: make(np.uint32(3)), b"\x08\x16\x12\x00\x82\x01\x01\x03"),
        (
            lambda: make(tf.constant([1, 2])),
            b'\x08\x03\x12\x04\x12\x02\x08\x02"\x08\1\0\0\0\2\0\0\0',
        ),
    ],
)
def test_tensors_as_messages(message, wanted):
    assert message().SerializeToString() == wanted
    assert make(message()) == message()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "int8", "uint64", "complex128", "bool"])
def test_arrays_come_back(dtype):
    array = np.array([[1, 0], [1, 1]]).astype(tf.as_dtype(dtype).as_numpy_dtype)
    for each in (array, array[0, 0]):
        found = tf.make_ndarray(make(each))
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found, each)
        found[...] = 0  # it is the caller's own


def test_strings_come_back():
    assert tf.make_ndarray(make("a", shape=[3])).tolist() == [b"a"] * 3
    assert tf.make_ndarray(make(np.array(["x", "yy"]))).tolist() == [b"x", b"yy"]


def test_a_tensor_of_a_graph_has_no_message():
    @tf.function
    def f(x):
        with pytest.raises(TypeError, match="a tensor of a graph"):
            make(x)
        return x

    f(tf.constant(1.0))
