"""Sound files: ops/audio.py."""

import io
import struct
import wave

import numpy as np

import headrace as tf
from tests.cases.row import array, case, each, error, floats, ints

Invalid = tf.errors.InvalidArgumentError
SAMPLES = np.array([-(2**15), -1, 1, 2**15 - 1], "<i2")


def file(channels=1, *, kind=1, bits=16, layout=b"", before=b"", after=b"", size=None):
    """A WAV file with the four samples."""
    data = SAMPLES.tobytes()
    per_sample = channels * bits // 8
    form = struct.pack("<HHIIHH", kind, channels, 8000, 8000 * per_sample, per_sample, bits)
    form += layout
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + before
    chunks += b"data" + struct.pack("<I", len(data) if size is None else size) + data + after
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def literal(contents):
    found = np.empty((), object)
    found[()] = contents
    return array(found)


def from_python(samples, sample_rate):
    """The same file by Python's own writer."""
    found = io.BytesIO()
    with wave.open(found, "wb") as writer:
        writer.setnchannels(samples.shape[1])
        writer.setsampwidth(2)
        writer.setframerate(sample_rate)
        writer.writeframes((samples * 2**15).astype("<i2").tobytes())
    return np.array(found.getvalue(), object)


def back(samples, sample_rate):
    return tf.audio.decode_wav(tf.audio.encode_wav(samples, sample_rate))


def decoded(*rows):
    """What comes of `rows` of samples."""
    return lambda *_, **__: (np.float32(rows) / 2**15, np.int32(8000))


LOW, HIGH = -(2**15), 2**15 - 1
ALL = decoded([LOW], [-1], [1], [HIGH])

ROWS = [
    case(tf.audio.decode_wav, literal(file()), ref=ALL),
    case(tf.audio.decode_wav, literal(file(2)), ref=decoded([LOW, -1], [1, HIGH])),
    case(tf.audio.decode_wav, literal(file(2)), 1, ref=decoded([LOW], [1])),
    case(tf.audio.decode_wav, literal(file(2)), 3, ref=decoded([LOW, -1, -1], [1, HIGH, HIGH])),
    case(tf.audio.decode_wav, literal(file()), desired_samples=2, ref=decoded([LOW], [-1])),
    case(
        tf.audio.decode_wav,
        literal(file()),
        desired_samples=5,
        ref=decoded([LOW], [-1], [1], [HIGH], [0]),
    ),
    case(tf.audio.decode_wav, literal(file(layout=b"\0\0")), ref=ALL, name="a longer format"),
    case(
        tf.audio.decode_wav,
        literal(file(before=b"LIST\3\0\0\0abc", after=b"junk\1\0\0\0")),
        ref=ALL,
        name="other chunks",
    ),
    case(
        tf.audio.encode_wav,
        array([[0.0, 0.5], [-0.25, -1.0], [0.125, 0.75]]),
        each(8000, 44100),
        ref=from_python,
        dtypes=["float32"],
        gradient=False,
    ),
    case(
        back,
        array([[0.5], [1.5], [-2.5], [1e9], [-1e9]]),
        7,
        ref=lambda x, n: (np.float32([[2**14], [HIGH], [LOW], [HIGH], [LOW]]) / 2**15, np.int32(n)),
        dtypes=["float32"],
        gradient=False,
    ),
    case(
        back,
        array(np.float32([[0.5], [1.5], [-0.5], [-1.5], [np.nan]]) / 2**15),
        7,
        ref=lambda x, n: (np.float32([[1], [2], [-1], [-2], [0]]) / 2**15, np.int32(n)),
        gradient=False,
        name="halves go away from 0",
    ),
    error(tf.audio.encode_wav, floats(3), 8000, raises=Invalid, match="must be 2-dimensional[3]"),
    error(tf.audio.encode_wav, floats(3, 0), 8000, raises=Invalid, match="audio is null"),
    error(tf.audio.encode_wav, floats(3, 1), 0, raises=Invalid, match="sample_rate must be in"),
    error(tf.audio.encode_wav, floats(3, 1), [1], raises=Invalid, match="should be a scalar tens"),
    error(tf.audio.encode_wav, floats(3, 1), 8.5, raises=TypeError, match="Cannot convert 8.5"),
    error(tf.audio.encode_wav, ints(3, 1), 8000, raises=Invalid, match="expected to be a float te"),
    error(tf.audio.decode_wav, 1, raises=TypeError, match="Cannot convert 1 to"),
    error(tf.audio.decode_wav, [file()], raises=Invalid, match="must be scalar, got shape [1]"),
    error(tf.audio.decode_wav, file(), -2, raises=Invalid, match="desired_channels must be >= -1"),
    error(tf.audio.decode_wav, file(), -1, -2, raises=Invalid, match="desired_samples must be >="),
    error(tf.audio.decode_wav, b"", raises=Invalid, match="Data too short when trying to read"),
    error(
        tf.audio.decode_wav, b"RIFX" + file()[4:], raises=Invalid, match="Expected RIFF but found"
    ),
    error(
        tf.audio.decode_wav,
        file().replace(b"WAVE", b"WAVX"),
        raises=Invalid,
        match="Header mismatch: Expected WAVE but found WAVX",
    ),
    error(tf.audio.decode_wav, file()[:-3], raises=Invalid, match="Data too short"),
    error(tf.audio.decode_wav, file(size=100), raises=Invalid, match="Data too short"),
    error(tf.audio.decode_wav, file(kind=3), raises=Invalid, match="Bad audio format for WAV"),
    error(
        tf.audio.decode_wav, file(bits=8), raises=Invalid, match="Can only read 16-bit WAV files"
    ),
    error(tf.audio.decode_wav, file(0), raises=Invalid, match="Bad number of channels for WAV"),
    error(tf.audio.decode_wav, file(layout=b"1234"), raises=Invalid, match="Bad format chunk size"),
    error(
        tf.audio.decode_wav,
        file().replace(b"fmt ", b"fmx "),
        raises=Invalid,
        match="Unexpected field fmx",
    ),
    error(
        tf.audio.decode_wav,
        file().replace(b"data", b"datx"),
        raises=Invalid,
        match="No data chunk found in WAV",
    ),
    error(
        tf.audio.decode_wav,
        file(after=b"data\0\0\0\0"),
        raises=Invalid,
        match="More than one data chunk",
    ),
    error(
        tf.audio.decode_wav, file(size=2**32 - 1), raises=Invalid, match="is too large: 4294967295"
    ),
]
