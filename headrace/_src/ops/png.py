"""PNG: bytes to pixels and back, in 8 and 16 bits.

The one idea: Pillow unpacks what it can hold, and it has no 16-bit colours. But of these its
decoder reads the high bytes or, taking them for little-endian, the low ones, so it is asked for
both. Writing needs one filter only, which is a subtraction.

What TensorFlow makes of channels and bits (`decoded`) is libpng's way, with its roundings.

Read next: image_codecs.py. Source: Portable Network Graphics, third edition (W3C, 2025).
"""

import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np

from headrace._src.core.errors import InternalError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">IIBBBBB")
_GREY, _RGB, _PALETTE, _GREY_ALPHA, _RGBA = 0, 2, 3, 4, 6
_CHANNELS = {_GREY: 1, _RGB: 3, _PALETTE: 1, _GREY_ALPHA: 2, _RGBA: 4}
# libpng's weights of red, green and blue, in parts of 2^15.
_WEIGHTS = np.array([9797, 19234, 3737], np.int64)


@dataclass
class _File:
    """What the chunks of a file say."""

    width: int
    height: int
    bits: int
    colours: int
    is_interlaced: bool
    transparency: bytes | None
    data: bytes


def decoded(contents: bytes, channels: int, is_wide: bool) -> np.ndarray:
    """The pixels, uint8 or (`is_wide`) uint16 [height, width, channels].

    channels: 0 for what the file has, 1, 3, 4.
    """
    file = _parsed(contents)
    try:
        pixels = _unpacked(file, contents)
    except (OSError, SyntaxError, ValueError, zlib.error):
        raise _invalid(contents) from None
    own = pixels.shape[-1]
    if channels == 4 and own in (1, 3):
        pixels = np.concatenate([_coloured(pixels), _alpha(file, pixels)], -1)
    elif channels == 4 and own == 2:
        pixels = pixels[..., [0, 0, 0, 1]]
    elif channels == 3:
        pixels = _coloured(pixels[..., :1] if own < 3 else pixels[..., :3])
    elif channels == 1:
        pixels = _grey(pixels[..., :3]) if own > 2 else pixels[..., :1]
    if is_wide and pixels.dtype == np.uint8:
        pixels = pixels.astype(np.uint16) * np.uint16(257)
    elif not is_wide and pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    return np.ascontiguousarray(pixels)


def _coloured(pixels: np.ndarray) -> np.ndarray:
    return np.repeat(pixels, 3, -1) if pixels.shape[-1] == 1 else pixels


def _grey(pixels: np.ndarray) -> np.ndarray:
    """One channel for three: libpng rounds 16 bits and cuts 8 bits off."""
    half = 2**14 if pixels.dtype == np.uint16 else 0
    grey = (pixels @ _WEIGHTS + half) >> 15
    is_grey = (pixels == pixels[..., :1]).all(-1)
    return np.where(is_grey, pixels[..., 0], grey)[..., None].astype(pixels.dtype)


def _alpha(file: _File, pixels: np.ndarray) -> np.ndarray:
    """A fourth channel for pixels of one or three: one value is transparent if the file says so."""
    opaque = np.iinfo(pixels.dtype).max
    if file.transparency is None or file.colours == _PALETTE:
        # libpng fills in as many ones as a value of the file has bits.
        opaque = min(opaque, 2**file.bits - 1)
        return np.full((*pixels.shape[:2], 1), opaque, pixels.dtype)
    key = np.frombuffer(file.transparency, ">u2", _CHANNELS[file.colours]).astype(np.int64)
    if file.bits < 8:
        key = key * (255 // (2**file.bits - 1))
    is_clear = (pixels == key).all(-1, keepdims=True)
    return np.where(is_clear, 0, opaque).astype(pixels.dtype)


# ---- chunks --------------------------------------------------------------------------------------


def _invalid(contents: bytes) -> ValueError:
    return ValueError(f"Invalid PNG data, size {len(contents)}")


def _parsed(contents: bytes) -> _File:
    """The header, and the data of the pixels; raises ValueError where a chunk is not in order."""
    chunks: dict[bytes, list[bytes]] = {}
    at = len(SIGNATURE)
    view = memoryview(contents)
    while b"IEND" not in chunks:
        begin = at + 8
        size = int.from_bytes(view[at : at + 4], "big")
        kind = bytes(view[at + 4 : begin])
        end = begin + size
        is_critical = bool(kind) and not kind[0] & 32
        is_whole = end + 4 <= len(contents)
        if not is_whole or (
            is_critical and zlib.crc32(view[at + 4 : end]) != int.from_bytes(view[end : end + 4])
        ):
            if b"IHDR" not in chunks or (kind != b"IDAT" and b"IDAT" not in chunks):
                raise ValueError("Invalid PNG. Failed to initialize decoder.")
            raise _invalid(contents)
        chunks.setdefault(kind, []).append(bytes(view[begin:end]))
        at = end + 4
    if len(chunks.get(b"IHDR", [b""])[0]) != _HEADER.size or b"IDAT" not in chunks:
        raise ValueError("Invalid PNG. Failed to initialize decoder.")
    width, height, bits, colours, _, _, interlace = _HEADER.unpack(chunks[b"IHDR"][0])
    if not width or not height or colours not in _CHANNELS:
        raise ValueError("Invalid PNG. Failed to initialize decoder.")
    clear = chunks.get(b"tRNS")
    return _File(
        width,
        height,
        bits,
        colours,
        bool(interlace),
        clear[0] if clear else None,
        b"".join(chunks[b"IDAT"]),
    )


def _unpacked(file: _File, contents: bytes) -> np.ndarray:
    """The pixels with the channels that the file has, a palette looked up."""
    from PIL import Image  # Pillow takes 20 ms, and most programs read no picture

    if file.bits == 16 and file.colours != _GREY:
        return _sixteen_bits(file)
    with Image.open(io.BytesIO(contents)) as image:
        if file.colours == _PALETTE:
            image = image.convert("RGB" if file.transparency is None else "RGBA")
        elif image.mode == "1":
            image = image.convert("L")
        pixels = np.asarray(image)
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    return pixels if pixels.dtype == np.uint8 else pixels.astype(np.uint16)


# ---- 16-bit colours ------------------------------------------------------------------------------

# How Pillow's decoder is told to read high bytes and low bytes into 8-bit pixels. Grey with alpha
# has four bytes a pixel, which are those of a colour with alpha.
_BYTES = {
    _RGB: ("RGB", ("RGB;16B", "RGB;16L")),
    _RGBA: ("RGBA", ("RGBA;16B", "RGBA;16L")),
    _GREY_ALPHA: ("RGBA", ("RGBA",)),
}


def _sixteen_bits(file: _File) -> np.ndarray:
    """The pixels of colours that Pillow would narrow."""
    from PIL import Image

    mode, ways = _BYTES[file.colours]
    size = file.width, file.height
    parts = [
        np.asarray(Image.frombytes(mode, size, file.data, "zip", way, file.is_interlaced))
        for way in ways
    ]
    pairs = np.stack(parts, -1)
    pixels = pairs.reshape(file.height, file.width, -1).view(">u2")
    return pixels.astype(np.uint16)


def encoded(image: np.ndarray, compression: int) -> bytes:
    """The file of an image, uint8 or uint16 [height, width, 1 to 4].

    compression: zlib's level, 0 to 9; -1 for its own choice.
    """
    height, width, channels = image.shape
    if not image.size:
        raise InternalError(
            None, None, "PNG encoding failed at the following flattened batch indices: 0"
        )
    lines = np.ascontiguousarray(image.astype(image.dtype.newbyteorder(">")))
    lines = lines.view(np.uint8).reshape(height, width * channels * image.itemsize)
    # The difference from the pixel above is what photographs and drawings both pack well by.
    rows = np.empty((height, 1 + lines.shape[1]), np.uint8)
    rows[:, 0], rows[0, 1:] = 2, lines[0]
    np.subtract(lines[1:], lines[:-1], out=rows[1:, 1:])
    colours = (_GREY, _GREY_ALPHA, _RGB, _RGBA)[channels - 1]
    header = _HEADER.pack(width, height, 8 * image.itemsize, colours, 0, 0, 0)
    return b"".join(
        [
            SIGNATURE,
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(rows, compression)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return (
        len(data).to_bytes(4, "big")
        + kind
        + data
        + zlib.crc32(data, zlib.crc32(kind)).to_bytes(4, "big")
    )
