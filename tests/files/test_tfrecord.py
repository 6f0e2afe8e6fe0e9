"""TFRecord files: TensorFlow's are read, ours come back, damage is told.

Read next: headrace/_src/files/tfrecord.py.
"""

import numpy as np
import pytest

import headrace as tf
from headrace._src.files.tfrecord import checksum, records, tf_record_iterator

RECORDS = [b"one", b"", b"x" * 20]
# Written by TensorFlow 2.21.
WRITTEN = {
    "": "0300000000000000b099490e6f6e6501405508000000000000000029039807d8ea82a214000000000000005e3d"
    "291578787878787878787878787878787878787878780d2dd320",
    "GZIP": "1f8b0800000000000003636680800d333df9f2f352191d4239a0220c9acc33d86fbc6a5a2402e5c7d96a8a"
    "566001bcba9715002cdbd44047000000",
    "ZLIB": "789c636680800d333df9f2f352191d4239a0220c9acc33d86fbc6a5a2402e5c7d96a8a566001bcba971500"
    "06b812af",
}
lost = tf.errors.DataLossError


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "records")


def write(path, rows, options=None):
    with tf.io.TFRecordWriter(path, options) as writer:
        for row in rows:
            writer.write(row)


@pytest.mark.parametrize("kind", WRITTEN)
def test_tensorflows_files_are_read(path, kind):
    data = bytes.fromhex(WRITTEN[kind])
    with open(path, "wb") as file:
        file.write(data)
    assert list(tf_record_iterator(path, kind)) == RECORDS
    if not kind:
        write(path, RECORDS)
        with open(path, "rb") as file:
            assert file.read() == data


OPTIONS = [
    None,
    "GZIP",
    2,
    tf.io.TFRecordOptions("ZLIB", compression_level=9, mem_level=8, compression_strategy=2),
    tf.io.TFRecordOptions("GZIP", flush_mode=2, input_buffer_size=100, output_buffer_size=1000),
    tf.io.TFRecordOptions("ZLIB", window_bits=12, compression_method=8),
]


@pytest.mark.parametrize("options", OPTIONS)
def test_records_come_back(path, options):
    rows = [bytes([n % 256]) * n for n in (0, 1, 5, 1000, 300_000)] * 3
    write(path, rows, options)
    assert list(tf_record_iterator(path, options)) == rows


def test_streams_may_follow_each_other(path, tmp_path):
    write(path, [b"a"], "GZIP")
    write(tmp_path / "other", [b"b"], "GZIP")
    with open(path, "ab") as file:
        file.write((tmp_path / "other").read_bytes())
    assert list(tf_record_iterator(path, "GZIP")) == [b"a", b"b"]


def test_what_is_flushed_can_be_read(path):
    for kind in WRITTEN:
        writer = tf.io.TFRecordWriter(path, kind)
        writer.write("text")
        writer.flush()
        assert next(tf_record_iterator(path, kind)) == b"text"
        writer.close()
        writer.close()
        for call in (writer.flush, lambda: writer.write(b"a")):  # noqa: B023
            with pytest.raises(tf.errors.FailedPreconditionError, match="Writer is closed"):
                call()


def test_what_can_be_written(path):
    with tf.io.TFRecordWriter(path) as writer:
        writer.write(bytearray(b"a"))
        writer.write(np.bytes_(b"b"))
        for wrong in (None, 3, tf.constant(b"a")):
            with pytest.raises(TypeError, match="a record is bytes, not"):
                writer.write(wrong)
    assert list(tf_record_iterator(path)) == [b"a", b"b"]


def test_buffers_of_any_size(path):
    rows = [b"abc" * n for n in range(40)]
    for kind in WRITTEN:
        write(path, rows, kind)
        for size in (1, 7, 100):
            with open(path, "rb") as file:
                assert list(records(file, kind, size)) == rows


# ---- damage --------------------------------------------------------------------------------------

WHOLE = bytes.fromhex(WRITTEN[""])


@pytest.mark.parametrize(
    ("data", "rows", "said"),
    [
        (b"", 0, None),
        (WHOLE[:5], 0, None),
        (WHOLE[:25], 1, None),
        (WHOLE[:-2], 2, "truncated record at 35' failed with Read less bytes than requested"),
        (WHOLE[:14], 0, "truncated record at 0'"),
        (b"\1" + WHOLE[1:], 0, r"corrupted record at 0 \(Is this even a TFRecord file\?\)"),
        (WHOLE[:19] + b"\1" + WHOLE[20:], 1, "corrupted record at 19"),
        (WHOLE[:50] + b"z" + WHOLE[51:], 2, "corrupted record at 35"),
    ],
)
def test_damage(path, data, rows, said):
    with open(path, "wb") as file:
        file.write(data)
    found = tf_record_iterator(path)
    assert [next(found) for _ in range(rows)] == RECORDS[:rows]
    if said is None:
        assert not list(found)
    else:
        with pytest.raises(lost, match=said):
            next(found)


def test_compression_that_is_none(path):
    write(path, RECORDS)
    with pytest.raises(lost, match=r"inflate\(\) failed with error -3: incorrect header check"):
        list(tf_record_iterator(path, "GZIP"))
    write(path, RECORDS, "GZIP")
    with pytest.raises(lost, match="Is this even a TFRecord file"):
        list(tf_record_iterator(path))
    write(path, [np.random.default_rng(0).bytes(1000)], "GZIP")
    with open(path, "r+b") as file:
        file.truncate(500)
    with pytest.raises(lost, match="failed with EOF reached"):
        list(tf_record_iterator(path, "GZIP"))


def test_no_file(path):
    with pytest.raises(tf.errors.NotFoundError, match="No such file"):
        tf_record_iterator(path)
    with pytest.raises(tf.errors.NotFoundError, match="No such file"):
        tf.io.TFRecordWriter(f"{path}/inside")
    with pytest.raises(TypeError, match="got None"):
        tf.io.TFRecordWriter(None)


def test_options():
    options = tf.io.TFRecordOptions
    assert options.compression_type_map == {0: "", 1: "ZLIB", 2: "GZIP"}
    assert options.get_compression_type_string(options(options(1))) == "ZLIB"
    assert options.get_compression_type_string(None) == ""
    for wrong in ("FOO", 3):
        with pytest.raises(ValueError, match=f'Not a valid compression_type: "{wrong}"'):
            options(wrong)


def test_checksum():
    # CRC-32C of nine digits is the standard's check value.
    crc = 0xE3069283
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    assert checksum(b"123456789") == masked
