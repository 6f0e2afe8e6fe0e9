"""Strings that hold something else: numbers as they lie in memory, base64, compressed data.

Read next: ops/serialization.py.
"""

import base64
import binascii
import re
import zlib
from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, as_dtype
from headrace._src.core.shape_rules import ShapeError, same
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.files.tfrecord import inflated


def decode_raw(
    input_bytes: Any,
    out_type: Any,
    little_endian: bool = True,
    fixed_length: Any = None,
    name: str | None = None,
) -> Tensor:
    """The numbers whose bytes are in strings, along a new last axis.

    input_bytes: strings of one length, unless `fixed_length` is given. little_endian: whether the
        smallest byte of a number comes first. fixed_length: the number of bytes to which strings
        are cut or filled with zeros.

    >>> tf.io.decode_raw(tf.constant([b"ab", b"cd"]), tf.uint8).numpy()
    array([[ 97,  98],
           [ 99, 100]], dtype=uint8)

    Raises tf.errors.InvalidArgumentError where the strings differ in length, or the length is no
    multiple of a number's. Ops: DecodeRaw, DecodePaddedRaw.
    """
    if out_type is None:
        raise TypeError("Expected DataType for argument 'out_type' not None.")
    dtype = as_dtype(out_type)
    if fixed_length is None:
        return decode_raw_op(input_bytes, dtype, little_endian, name)
    return decode_padded_raw_op(input_bytes, fixed_length, dtype, little_endian, name)


def _longer(bytes: TensorShape, out_type: DType, little_endian: bool) -> TensorShape:
    return unknown if bytes.rank is None else bytes.concatenate([None])


# So many strings are looked at twice before they leave the processor's cache.
_PIECE = 2048


@op("DecodeRaw", shape=_longer, cost="host")
def decode_raw_op(
    bytes: Tensor, out_type: DType, little_endian: bool = True, name: str | None = None
) -> Tensor:
    """The numbers in strings."""
    if not bytes.size:
        return np.empty((*bytes.shape, 0), out_type.array_dtype)
    flat = bytes.reshape(-1).tolist()
    length = len(flat[0])
    pieces = []
    for begin in range(0, len(flat), _PIECE):
        piece = flat[begin : begin + _PIECE]
        if set(map(len, piece)) != {length}:
            place = next(i for i, item in enumerate(flat) if len(item) != length)
            raise ValueError(
                "DecodeRaw requires input strings to all be the same size, but element "
                f"{place} has size {length} != {len(flat[place])}"
            )
        pieces.append(b"".join(piece))
    if length % out_type.size:
        raise ValueError(
            f"Input to DecodeRaw has length {length} that is not a multiple of {out_type.size}, "
            f"the size of {out_type.kernel_name}"
        )
    return _numbers(b"".join(pieces), out_type, little_endian).reshape(
        *bytes.shape, length // out_type.size
    )


def _numbers(data: bytes, dtype: DType, is_little: bool) -> np.ndarray:
    if dtype.is_bool:
        return np.frombuffer(data, np.uint8) != 0
    found = np.frombuffer(data, dtype.array_dtype).copy()
    if is_little != (np.dtype(np.int16).newbyteorder("=") == np.dtype("<i2")):
        found = found.byteswap()
    return found


no_gradient(decode_raw_op, why="Bytes are not differentiable.")


def _filled(
    input_bytes: TensorShape, fixed_length: Any, out_type: DType, little_endian: bool
) -> TensorShape:
    if fixed_length is not None and type(fixed_length) is not int:
        raise ShapeError(f"k must be scalar, got shape [{len(fixed_length)}]")
    if fixed_length is not None and fixed_length < 0:
        raise ShapeError(
            f"fixed_length ({fixed_length}) must be greater than zero.",
            f"Dimension size, given by scalar input 1, must be non-negative but is {fixed_length}",
        )
    if fixed_length is not None and fixed_length % out_type.size:
        raise ShapeError(
            f"fixed_length ({fixed_length}) must be a multiple of the size of out_type "
            f"({out_type.size})",
            f"Dimension size must be evenly divisible by {out_type.size} but is {fixed_length}",
        )
    if input_bytes.rank is None:
        return unknown
    length = None if fixed_length is None else fixed_length // out_type.size
    return input_bytes.concatenate([length])


@op("DecodePaddedRaw", shape=_filled, cost="host")
def decode_padded_raw_op(
    input_bytes: Tensor,
    fixed_length: Static,
    out_type: DType,
    little_endian: bool = True,
    name: str | None = None,
) -> Tensor:
    """The numbers in strings, which are cut or filled to one length."""
    _filled(TensorShape(input_bytes.shape), fixed_length, out_type, little_endian)
    length: Any = fixed_length
    if length == 0:
        raise ValueError("fixed_length (0) must be greater than zero.")
    data = b"".join(item[:length].ljust(length, b"\0") for item in input_bytes.reshape(-1))
    found = _numbers(data, out_type, little_endian)
    return found.reshape(*input_bytes.shape, length // out_type.size)


no_gradient(decode_padded_raw_op, why="Bytes are not differentiable.")


# ---- string by string ----------------------------------------------------------------------------


def _each(function: Any, strings: np.ndarray) -> np.ndarray:
    """An array of what `function` makes of every string."""
    out = np.empty(strings.shape, object)
    flat = out.reshape(-1)
    flat[:] = [function(item) for item in strings.reshape(-1)]
    return out


@op("EncodeBase64", shape=lambda input, pad: input, cost="host")
def encode_base64(input: Tensor, pad: bool = False, name: str | None = None) -> Tensor:
    """Strings as base64 that is safe in URLs: with "-" and "_" for "+" and "/".

    pad: whether the end is filled with "=".

    >>> tf.io.encode_base64(["hello"], pad=True).numpy()
    array([b'aGVsbG8='], dtype=object)

    Raises TypeError for what is no string. Op: EncodeBase64.
    """

    # All strings as one text with a line for each: what is left to do for each is its encoding.
    text = b"".join(map(binascii.b2a_base64, input.reshape(-1).tolist()))
    lines = text.translate(_URL_SAFE, b"" if pad else b"=").split(b"\n")[:-1]
    return np.fromiter(lines, object, len(lines)).reshape(input.shape)


_URL_SAFE = bytes.maketrans(b"+/", b"-_")

no_gradient(encode_base64, why="Strings are not differentiable.")

_BASE64 = re.compile(rb"[A-Za-z0-9_-]*(={0,2})")


@op("DecodeBase64", shape=same, cost="host")
def decode_base64(input: Tensor, name: str | None = None) -> Tensor:
    """The strings of which base64 was made, that of URLs, with its end filled or not.

    >>> tf.io.decode_base64(["aGVsbG8", "aGVsbG8="]).numpy()
    array([b'hello', b'hello'], dtype=object)

    Raises tf.errors.InvalidArgumentError for what is no such base64. Op: DecodeBase64.
    """
    return _each(_decoded, input)


def _decoded(item: bytes) -> bytes:
    if not _BASE64.fullmatch(item[: (len(item) - 1) // 4 * 4] + b"AA"):
        raise ValueError("Invalid character found in base64.")
    if len(item) % 4 == 1:
        raise ValueError("Base64 string length cannot be 1 modulo 4.")
    found = _BASE64.fullmatch(item)
    if found is None or (found[1] and len(item) % 4):
        raise ValueError("Invalid character found in base64.")
    try:
        return base64.urlsafe_b64decode(item + b"=" * (-len(item) % 4))
    except binascii.Error:
        raise ValueError("Invalid character found in base64.") from None


no_gradient(decode_base64, why="Strings are not differentiable.")


def decode_compressed(bytes: Any, compression_type: str = "", name: str | None = None) -> Tensor:
    """The strings that were compressed.

    compression_type: "ZLIB", "GZIP", or "" for strings that are not. Of a string that ends too
        early comes what there is.

    >>> import zlib
    >>> tf.io.decode_compressed(zlib.compress(b"hello"), "ZLIB")
    <tf.Tensor: shape=(), dtype=string, numpy=b'hello'>

    Raises tf.errors.DataLossError for other strings, InvalidArgumentError for another type. Op:
    DecodeCompressed.
    """
    kind = "" if compression_type is None else compression_type
    if kind == "ZSTD":
        raise NotImplementedError(
            "tf.io.decode_compressed: headrace does not read 'ZSTD' yet, only 'ZLIB' and 'GZIP'."
        )
    return decode_compressed_op(bytes, kind, name)


@op("DecodeCompressed", shape=lambda bytes, compression_type: bytes, cost="host")
def decode_compressed_op(
    bytes: Tensor, compression_type: str = "", name: str | None = None
) -> Tensor:
    """Strings that were compressed."""
    if compression_type == "":
        return bytes
    if compression_type not in ("ZLIB", "GZIP"):
        raise ValueError("Only ZLIB, ZSTD, GZIP or NONE are supported compressions")
    window = 15 if compression_type == "ZLIB" else 31
    return _each(lambda item: _inflated(item, window), bytes)


def _inflated(item: bytes, window: int) -> bytes:
    """All streams of a string, one after the other."""
    pieces = []
    while item:
        stream = zlib.decompressobj(window)
        pieces.append(inflated(stream, item))
        item = stream.unused_data
    return b"".join(pieces)


no_gradient(decode_compressed_op, why="Strings are not differentiable.")
