"""TFRecord files: a row of byte strings, each with its length and two checksums.

    length of the data   8 bytes, little-endian
    its checksum         4
    the data             length
    its checksum         4

A checksum is a CRC-32C (Castagnoli), turned and shifted so that data which hold checksums of their
own do not look right by chance. The whole may be compressed as one stream, as ZLIB or GZIP. Format:
https://www.tensorflow.org/tutorials/load_data/tfrecord.

Read next: files/systems.py.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import IO, Any

import google_crc32c

from headrace._src.core import errors
from headrace._src.files.gfile import text_of
from headrace._src.files.systems import system_of

_LENGTH = struct.Struct("<Q")
_CHECKSUM = struct.Struct("<I")
_HEADER = struct.Struct("<QI")
_BUFFER = 256 * 1024

# zlib's window bits for each kind of stream: 16 more for a gzip header.
_WINDOW_BITS = {"ZLIB": 15, "GZIP": 31}


def checksum(data: bytes) -> int:
    """The masked CRC-32C of `data`."""
    crc = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


class TFRecordOptions:
    """How a TFRecord file is compressed.

    compression_type: "", "ZLIB" or "GZIP", or other options, whose type it is then.
    compression_level: 0 to 9, or -1, for the usual one. compression_method: 8, the only one.
    window_bits, mem_level, compression_strategy: as in zlib. flush_mode: zlib's, done after each
    record; none by default. input_buffer_size, output_buffer_size: how many bytes are gathered
    before they are compressed, and before they are written.

    >>> tf.io.TFRecordOptions.get_compression_type_string(tf.io.TFRecordOptions("GZIP"))
    'GZIP'

    Raises ValueError for another type.
    """

    compression_type_map = {1: "ZLIB", 2: "GZIP", 0: ""}

    def __init__(
        self,
        compression_type: Any = None,
        flush_mode: int | None = None,
        input_buffer_size: int | None = None,
        output_buffer_size: int | None = None,
        window_bits: int | None = None,
        compression_level: int | None = None,
        compression_method: int | None = None,
        mem_level: int | None = None,
        compression_strategy: int | None = None,
    ) -> None:
        self.get_compression_type_string(compression_type)
        self.compression_type = compression_type
        self.flush_mode = flush_mode
        self.input_buffer_size = input_buffer_size
        self.output_buffer_size = output_buffer_size
        self.window_bits = window_bits
        self.compression_level = compression_level
        self.compression_method = compression_method
        self.mem_level = mem_level
        self.compression_strategy = compression_strategy

    @classmethod
    def get_compression_type_string(cls, options: Any) -> str:
        """The type as text: of options, of a type or of its number."""
        if not options:
            return ""
        if isinstance(options, TFRecordOptions):
            return cls.get_compression_type_string(options.compression_type)
        if options in cls.compression_type_map:
            return cls.compression_type_map[options]
        if options in cls.compression_type_map.values():
            return options
        raise ValueError(f'Not a valid compression_type: "{options}"')

    def _compressor(self, kind: str) -> Any:
        def given(value: int | None, otherwise: int) -> int:
            return otherwise if value is None else value

        return zlib.compressobj(
            given(self.compression_level, zlib.Z_DEFAULT_COMPRESSION),
            given(self.compression_method, zlib.DEFLATED),
            given(self.window_bits, _WINDOW_BITS[kind]),
            given(self.mem_level, 9),
            given(self.compression_strategy, zlib.Z_DEFAULT_STRATEGY),
        )


# As its repr tells it.
TFRecordOptions.__module__ = "tensorflow.python.lib.io.tf_record"


class TFRecordWriter:
    """A TFRecord file that is being written.

    path: where. options: a compression type or `TFRecordOptions`.

    >>> with tf.io.TFRecordWriter("memory://rows.tfrecord") as writer:
    ...     writer.write(b"one")
    >>> tf.io.gfile.stat("memory://rows.tfrecord").length
    19

    Raises tf.errors.NotFoundError where the folder does not exist.
    """

    def __init__(self, path: Any, options: Any = None) -> None:
        if not isinstance(options, TFRecordOptions):
            options = TFRecordOptions(options)
        kind = TFRecordOptions.get_compression_type_string(options)
        self._flush_mode = options.flush_mode or zlib.Z_NO_FLUSH
        self._gathers = options.input_buffer_size or _BUFFER
        self._compressor: Any = options._compressor(kind) if kind else None
        self._waiting: list[bytes] = []
        self._size = 0
        name = text_of(path)
        raw = system_of(name).open(name, "wb")
        self._file: IO[bytes] | None = raw
        if options.output_buffer_size and isinstance(raw, io.BufferedWriter):
            self._file = io.BufferedWriter(raw.detach(), options.output_buffer_size)

    def write(self, record: Any) -> None:
        """Adds a record: bytes, or text in UTF-8.

        Raises tf.errors.FailedPreconditionError after `close`, TypeError for anything else.
        """
        if isinstance(record, str):
            record = record.encode()
        elif not isinstance(record, (bytes, bytearray)):
            raise TypeError(
                f"TFRecordWriter.write: a record is bytes, not {type(record).__name__}: "
                f"{record!r}. Serialize it first."
            )
        file = self._opened()
        record = bytes(record)
        length = _LENGTH.pack(len(record))
        checked = _CHECKSUM.pack(checksum(length)), record, _CHECKSUM.pack(checksum(record))
        data = b"".join((length, *checked))
        if self._compressor is None:
            file.write(data)
            return
        self._waiting.append(data)
        self._size += len(data)
        if self._flush_mode or self._size >= self._gathers:
            self._compress(file, self._flush_mode)

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            raise errors.FailedPreconditionError(None, None, "Writer is closed.")
        return self._file

    def _compress(self, file: IO[bytes], flush_mode: int) -> None:
        file.write(self._compressor.compress(b"".join(self._waiting)))
        self._waiting.clear()
        self._size = 0
        if flush_mode:
            file.write(self._compressor.flush(flush_mode))

    def flush(self) -> None:
        """Sees to it that what was written can be read."""
        file = self._opened()
        if self._compressor is not None:
            self._compress(file, zlib.Z_SYNC_FLUSH)
        file.flush()

    def close(self) -> None:
        """Ends the file."""
        file = self._file
        if file is None:
            return
        if self._compressor is not None:
            self._compress(file, zlib.Z_FINISH)
        self._file = None
        file.close()

    def __enter__(self) -> "TFRecordWriter":
        return self

    def __exit__(self, *unused: Any) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_file", None) is not None:
            self.close()


# ---- reading -------------------------------------------------------------------------------------


def tf_record_iterator(path: Any, options: Any = None) -> Iterator[bytes]:
    """The records of a TFRecord file.

    options: a compression type or `TFRecordOptions`.

    >>> with tf.io.TFRecordWriter("memory://words.tfrecord") as writer:
    ...     writer.write("a"), writer.write("b")
    (None, None)
    >>> from headrace._src.files.tfrecord import tf_record_iterator
    >>> list(tf_record_iterator("memory://words.tfrecord"))
    [b'a', b'b']

    Raises tf.errors.NotFoundError where there is no such file, DataLossError for one that is no
    such file or was damaged.
    """
    kind = TFRecordOptions.get_compression_type_string(options)
    name = text_of(path)
    return records(system_of(name).open(name, "rb"), kind)


def records(file: Any, kind: str = "", buffer_size: int = _BUFFER) -> Iterator[bytes]:
    """The records of an open TFRecord file, which is closed after the last one.

    kind: "", "ZLIB" or "GZIP".
    """
    raw = _Inflated(file, _WINDOW_BITS[kind], buffer_size) if kind else file
    place = 0
    with file, io.BufferedReader(raw, buffer_size) as source:
        while len(header := source.read(12)) == 12:
            length, check = _HEADER.unpack(header)
            if checksum(header[:8]) != check:
                said = " (Is this even a TFRecord file?)" if place == 0 else ""
                raise errors.DataLossError(None, None, f"corrupted record at {place}{said}")
            data = source.read(length)
            check_of_data = source.read(4)
            if len(data) < length or len(check_of_data) < 4:
                why = "EOF reached" if kind else "Read less bytes than requested"
                raise errors.DataLossError(
                    None, None, f"truncated record at {place}' failed with {why}"
                )
            if checksum(data) != _CHECKSUM.unpack(check_of_data)[0]:
                raise errors.DataLossError(None, None, f"corrupted record at {place}")
            place += 16 + length
            yield data


class _Inflated(io.RawIOBase):
    """A compressed file as the bytes that are in it; several streams may follow each other."""

    def __init__(self, file: IO[bytes], window_bits: int, size: int) -> None:
        self._file = file
        self._window_bits = window_bits
        self._size = size
        self._stream = zlib.decompressobj(window_bits)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        room = len(buffer)
        while True:
            data = self._stream.unconsumed_tail or self._stream.unused_data
            if self._stream.eof:
                data = data or self._file.read(self._size)
                if not data:
                    return 0
                self._stream = zlib.decompressobj(self._window_bits)
            data = data or self._file.read(self._size)
            found = inflated(self._stream, data, room)
            if found:
                buffer[: len(found)] = found
                return len(found)
            if not data:
                return 0


def inflated(stream: Any, data: bytes, most: int = 0) -> bytes:
    """What comes out of a zlib stream when `data` is put in, no more than `most` bytes if not 0."""
    try:
        return stream.decompress(data, most)
    except zlib.error as error:
        found = str(error).partition("Error ")[2].partition(" while")[0]
        said = str(error).rpartition(": ")[2]
        raise errors.DataLossError(
            None, None, f"inflate() failed with error {found}: {said}"
        ) from None
