"""BMP: pixels of the uncompressed bitmaps of 8, 24 and 32 bits.

The one idea: such a file is an array with a header, so NumPy reads it as it lies: rows from the
bottom to the top, each padded to four bytes, channels as blue, green, red and alpha. A palette is
not looked at, as in TensorFlow: the bytes of an 8-bit bitmap are grey.

Read next: image_codecs.py.
"""

import struct

import numpy as np

_HEADER = struct.Struct("<10xI4xii2xH")  # offset of the pixels, width, height, bits of a pixel
_HEADER_BYTES = 32
_LARGEST = 2**31 - 1


def decoded(contents: bytes, channels: int) -> np.ndarray:
    """The pixels, uint8 [height, width, channels]; of as many channels as the file has for 0."""
    check_channels(channels)
    if len(contents) < _HEADER_BYTES:
        raise ValueError(
            f"Incomplete bmp content, requires at least {_HEADER_BYTES} bytes to find the header "
            f"size, width, height, and bpp, got {len(contents)} bytes"
        )
    offset, width, height, bits = _HEADER.unpack_from(contents)
    own, rows = bits // 8, abs(height)
    if own not in (1, 3, 4):
        raise ValueError(f"Number of channels inherent in the image must be 1, 3 or 4, was {own}")
    if width <= 0:
        raise ValueError("Width must be positive")
    if height == 0:
        raise ValueError("Height must be nonzero")
    if rows * width * max(own, channels) > _LARGEST:
        raise ValueError(f"Total possible pixel bytes must be less than 2^31 [{width}, {height}]")
    row_size = (own * width + 3) // 4 * 4
    rest = len(contents) - offset - row_size * rows
    if rest < 0 or (rest > 0 and offset < _HEADER_BYTES):
        raise ValueError(
            "Input size should match (header_size + row_size * abs_height) but they differ by "
            f"{rest}"
        )
    lines = np.frombuffer(contents, np.uint8, row_size * rows, offset).reshape(rows, row_size)
    pixels = lines[:, : own * width].reshape(rows, width, own)
    if height > 0:
        pixels = pixels[::-1]
    if own == 1:
        return _with_alpha(np.repeat(pixels, min(channels or 1, 3), -1), channels)
    pixels = pixels[..., [2, 1, 0, 3][: min(own, channels or own)]]
    return _with_alpha(pixels, channels)


def check_channels(channels: int) -> None:
    """Raises ValueError for one channel, which no bitmap is turned into."""
    if channels == 1:
        raise ValueError("`channels` must be 0, 3 or 4 for BMP, but got 1")


def _with_alpha(pixels: np.ndarray, channels: int) -> np.ndarray:
    """The pixels, opaque if they are to have a fourth channel that the file has not."""
    if channels == 4 and pixels.shape[-1] == 3:
        pixels = np.pad(pixels, ((0, 0), (0, 0), (0, 1)), constant_values=255)
    return np.ascontiguousarray(pixels)
