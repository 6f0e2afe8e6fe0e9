"""Sound files: WAV with samples of 16 bits, to tensors and back.

The one idea: such a file is a list of chunks (RIFF), each with a name and a size; "fmt " says how
the samples of "data" are laid out, and all others are passed over.

Read next: ops/spectral.py.
"""

import struct
from typing import Any

import numpy as np

from headrace._src.core.shape_rules import ShapeError, ValueRefused, bracketed
from headrace._src.core.shapes import TensorShape, scalar
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op

_LARGEST = 2**31 - 1
_FULL_SCALE = np.float32(2**15)

# ---- from a file ---------------------------------------------------------------------------------


def decode_wav(
    contents: Any, desired_channels: int = -1, desired_samples: int = -1, name: str | None = None
) -> Any:
    """The samples of a WAV file: (audio, sample_rate).

    contents: a scalar string, the file; 16 bits per sample, PCM. desired_channels: how many
    channels there shall be, by default as many as the file has; the last one is repeated, or the
    rest is left out. desired_samples: how many samples; zeros are added, or the rest is left out.

    audio is float32, [samples, channels], from -1 to 1; sample_rate an int32, in hertz.

    >>> wav = tf.audio.encode_wav([[0.], [0.5], [-1.]], 8000)
    >>> audio, sample_rate = tf.audio.decode_wav(wav)
    >>> audio.numpy().ravel(), int(sample_rate)
    (array([ 0. ,  0.5, -1. ], dtype=float32), 8000)

    Raises tf.errors.InvalidArgumentError for what is no such file. Op: DecodeWav.
    """
    channels = -1 if desired_channels is None else int(desired_channels)
    samples = -1 if desired_samples is None else int(desired_samples)
    return decode_wav_op(contents, channels, samples, name)


def _decoded(
    contents: TensorShape, desired_channels: int, desired_samples: int
) -> list[TensorShape]:
    if contents.rank not in (None, 0):
        raise ShapeError(
            f"contents must be scalar, got shape {bracketed(contents)}",
            f"Shape must be rank 0 but is rank {contents.rank}",
        )
    for which, wanted in (("channels", desired_channels), ("samples", desired_samples)):
        if wanted < -1:
            raise ShapeError(
                f"desired_{which} must be >= -1, got {wanted}",
                f"{which} must be non-negative, got {wanted}",
            )
    sizes = [None if n == -1 else n for n in (desired_samples, desired_channels)]
    return [TensorShape(sizes), scalar]


@op("DecodeWav", shape=_decoded, cost="host")
def decode_wav_op(
    contents: Tensor, desired_channels: int = -1, desired_samples: int = -1, name: str | None = None
) -> Any:
    """The samples and the sample rate of a WAV file."""
    _decoded(TensorShape(np.shape(contents)), desired_channels, desired_samples)
    audio, rate = _read(np.asarray(contents).item())
    count, channels = audio.shape
    if desired_channels not in (-1, channels):
        audio = audio[:, np.minimum(np.arange(desired_channels), channels - 1)]
    if desired_samples not in (-1, count):
        kept = audio[:desired_samples]
        audio = np.zeros((desired_samples, audio.shape[1]), np.float32)
        audio[: len(kept)] = kept
    return np.ascontiguousarray(audio), np.array(rate, np.uint32).astype(np.int32)


no_gradient(decode_wav_op, why="the contents are a string", is_error=True)


class _Reader:
    """The bytes of a file, read one after the other."""

    def __init__(self, contents: bytes) -> None:
        self.contents = contents
        self.place = 0

    def bytes(self, count: int) -> bytes:
        """The next bytes."""
        found = self.contents[self.place : self.place + count]
        if len(found) < count:
            raise ValueError("Data too short when trying to read string")
        self.place += count
        return found

    def numbers(self, layout: str) -> tuple:
        """The next numbers, of so many bytes each."""
        return struct.unpack(f"<{layout}", self.bytes(struct.calcsize(f"<{layout}")))

    def expect(self, *names: bytes) -> None:
        """Passes over a name that must be there."""
        found = self.bytes(4)
        if found not in names:
            raise ValueError(
                f"Header mismatch: Expected {names[0].decode()} but found {_text(found)}"
            )


def _text(name: bytes) -> str:
    return name.decode("latin-1")


def _read(contents: bytes) -> tuple[np.ndarray, int]:
    """The samples [samples, channels] and the sample rate."""
    file = _Reader(contents)
    file.expect(b"RIFF")
    file.bytes(4)  # the size of the file, which many writers leave wrong
    file.expect(b"WAVE")
    channels, rate = _format(file)
    audio = None
    while file.place < len(contents):
        name, (size,) = file.bytes(4), file.numbers("I")
        if size > _LARGEST:
            raise ValueError(
                f"WAV data chunk '{_text(name)}' is too large: {size} bytes, but the limit is "
                f"{_LARGEST}"
            )
        if name == b"data":
            if audio is not None:
                raise ValueError("More than one data chunk found in WAV")
            count = size // (2 * channels)
            samples = np.frombuffer(file.bytes(count * 2 * channels), "<i2")
            audio = samples.reshape(count, channels).astype(np.float32) / _FULL_SCALE
        else:
            file.place += size
    if audio is None:
        raise ValueError("No data chunk found in WAV")
    return audio, rate


def _format(file: _Reader) -> tuple[int, int]:
    """The number of channels and the sample rate, from the chunk "fmt "."""
    name = file.bytes(4)
    if name != b"fmt ":
        raise ValueError(f"Unexpected field {_text(name)}")
    (size,) = file.numbers("I")
    if size not in (16, 18):
        raise ValueError(f"Bad format chunk size for WAV: Expected 16 or 18, but got{size}")
    kind, channels, rate, per_second, per_sample, bits = file.numbers("HHIIHH")
    file.bytes(size - 16)
    if kind != 1:
        raise ValueError(f"Bad audio format for WAV: Expected 1 (PCM), but got{kind}")
    if channels < 1:
        raise ValueError(f"Bad number of channels for WAV: Expected at least 1, but got {channels}")
    if bits != 16:
        raise ValueError(f"Can only read 16-bit WAV files, but received {bits}")
    if per_sample != 2 * channels:
        raise ValueError(
            f"Bad bytes per sample in WAV header: Expected {2 * channels} but got {per_sample}"
        )
    if per_second != rate * per_sample:
        raise ValueError(
            f"Bad bytes per second in WAV header: Expected {rate * per_sample} but got "
            f"{per_second} (sample_rate={rate}, bytes_per_sample={per_sample})"
        )
    return channels, rate


# ---- to a file -----------------------------------------------------------------------------------


def encode_wav(audio: Any, sample_rate: Any, name: str | None = None) -> Tensor:
    """A WAV file of 16 bits per sample: a scalar string.

    audio: float32, [samples, channels]; what is not from -1 to 1 is clipped. sample_rate: an int32
    scalar, in hertz.

    >>> tf.audio.encode_wav([[0.5]], 8000).numpy()[-6:]
    b'\\x02\\x00\\x00\\x00\\x00@'

    Raises tf.errors.InvalidArgumentError for another rank and a rate that is not positive. Op:
    EncodeWav.
    """
    return encode_wav_op(audio, sample_rate, name)


def _encoded(audio: TensorShape, sample_rate: TensorShape) -> TensorShape:
    if audio.rank not in (None, 2):
        raise ShapeError(
            f"audio must be 2-dimensional{bracketed(audio)}",
            f"Shape must be rank 2 but is rank {audio.rank}",
        )
    if sample_rate.rank not in (None, 0):
        raise ShapeError(
            f"Input sample_rate should be a scalar tensor, got {bracketed(sample_rate)} instead.",
            f"Shape must be rank 0 but is rank {sample_rate.rank}",
        )
    if audio.rank == 2 and audio[1] == 0:
        raise ValueRefused("audio is null")
    return scalar


@op("EncodeWav", shape=_encoded, cost="host")
def encode_wav_op(audio: Tensor, sample_rate: Tensor, name: str | None = None) -> Tensor:
    """The bytes of a WAV file."""
    _encoded(TensorShape(np.shape(audio)), TensorShape(np.shape(sample_rate)))
    rate = int(sample_rate)
    if rate <= 0:
        raise ValueError(f"sample_rate must be in (0, 2^32), got: {rate % 2**64}")
    channels = audio.shape[1]
    scaled = np.asarray(audio) * _FULL_SCALE
    scaled += np.copysign(np.float32(0.5), scaled)  # halves go away from 0
    np.clip(scaled, -(2**15), 2**15 - 1, out=scaled)
    scaled[np.isnan(scaled)] = 0
    data = scaled.astype("<i2").tobytes()
    layout = struct.pack("<HHIIHH", 1, channels, rate, 2 * channels * rate, 2 * channels, 16)
    body = b"WAVEfmt " + struct.pack("<I", len(layout)) + layout
    body += b"data" + struct.pack("<I", len(data)) + data
    found = np.empty((), object)
    found[()] = b"RIFF" + struct.pack("<I", len(body)) + body
    return found


no_gradient(encode_wav_op, why="the result is a string", is_error=True)
