"""GIF: the frames of an animation, each as the whole picture that one sees.

The one idea: Pillow knows how to unpack one frame, TensorFlow has its own rule for how frames make
a picture: a frame is laid over the one before it, where it is transparent or has no pixels that one
shines through, and what a frame wants done with itself afterwards is not asked. So the file is cut
into its blocks here, every frame goes to Pillow as a file of its own, and its colours are put
together by that rule. Frames that are cut off are not there.

Read next: image_codecs.py. Source: Graphics Interchange Format, version 89a (CompuServe, 1990).
"""

import io
import struct
from dataclasses import dataclass

import numpy as np

_SCREEN = struct.Struct("<6sHHBBB")
_PLACE = struct.Struct("<HHHHB")
_TRAILER, _EXTENSION, _IMAGE = 0x3B, 0x21, 0x2C
_GRAPHIC_CONTROL = 0xF9


@dataclass
class _Frame:
    """A frame: its place on the canvas, its colours, the one that is transparent, its bytes."""

    left: int
    top: int
    width: int
    height: int
    flags: int
    palette: bytes
    transparent: int
    data: bytes

    def indices(self) -> np.ndarray:
        """What colour each pixel has: uint8 [height, width]."""
        from PIL import Image  # Pillow takes 20 ms, and most programs read no picture

        size = len(self.palette).bit_length() - 3  # 3 * 2^(n + 1) bytes for a size of n
        alone = (
            _SCREEN.pack(b"GIF89a", self.width, self.height, 0x80 | size, 0, 0)
            + self.palette
            + bytes([_IMAGE])
            + _PLACE.pack(0, 0, self.width, self.height, self.flags & 0x40)
            + self.data
            + bytes([_TRAILER])
        )
        with Image.open(io.BytesIO(alone)) as image:
            return np.asarray(image)


def decoded(contents: bytes) -> np.ndarray:
    """The frames, uint8 [frames, height, width, 3]."""
    (width, height), frames = _parsed(contents)
    out = np.zeros((len(frames), height, width, 3), np.uint8)
    for i, frame in enumerate(frames):
        if i:
            out[i] = out[i - 1]
        place = (
            slice(frame.top, frame.top + frame.height),
            slice(frame.left, frame.left + frame.width),
        )
        canvas = out[i][place]
        try:
            indices = frame.indices()[: canvas.shape[0], : canvas.shape[1]]
        except (OSError, SyntaxError, ValueError) as error:
            raise ValueError(
                f"Invalid GIF data (size {len(contents)}), failed to slurp gif file: {error}"
            ) from None
        colours = np.frombuffer(frame.palette, np.uint8).reshape(-1, 3)
        seen = indices != frame.transparent
        canvas[seen] = colours[np.minimum(indices, len(colours) - 1)[seen]]
    return out


def _parsed(contents: bytes) -> tuple[tuple[int, int], list[_Frame]]:
    """The size of the canvas, and the frames that are complete."""
    if len(contents) < 6:
        raise _unopened(contents, "Failed to read from given file")
    if len(contents) < _SCREEN.size:
        raise _unopened(contents, "No screen descriptor detected")
    _, width, height, flags, _, _ = _SCREEN.unpack_from(contents)
    at = _SCREEN.size
    shared, at = _palette(contents, at, flags)
    if len(contents) < at:
        raise _unopened(contents, "No screen descriptor detected")
    frames: list[_Frame] = []
    transparent = -1
    while at < len(contents) and contents[at] != _TRAILER:
        kind = contents[at]
        if kind == _EXTENSION:
            label = contents[at + 1 : at + 2]
            block = contents[at + 3 : at + 7]
            if label == bytes([_GRAPHIC_CONTROL]) and len(block) == 4:
                transparent = block[3] if block[0] & 1 else -1
            end = _after_blocks(contents, at + 2)
        elif kind == _IMAGE and len(contents) > at + _PLACE.size:
            left, top, wide, high, flags = _PLACE.unpack_from(contents, at + 1)
            own, begin = _palette(contents, at + 1 + _PLACE.size, flags)
            end = _after_blocks(contents, begin + 1)
            if end is not None:
                data = contents[begin:end]
                palette = own or shared
                frames.append(_Frame(left, top, wide, high, flags, palette, transparent, data))
                transparent = -1
        else:
            break
        if end is None:
            break
        at = end
    if not frames:
        raise ValueError(
            f"Invalid GIF data (size {len(contents)}), failed to slurp gif file: "
            "Failed to read from given file"
        )
    return (width, height), frames


def _palette(contents: bytes, at: int, flags: int) -> tuple[bytes, int]:
    """A table of colours, empty where `flags` announce none, and what comes after it."""
    end = at + 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else at
    return contents[at:end], end


def _after_blocks(contents: bytes, at: int) -> int | None:
    """What comes after a row of blocks, each of which begins with its length; None if cut off."""
    while at < len(contents):
        if not contents[at]:
            return at + 1
        at += 1 + contents[at]
    return None


def _unopened(contents: bytes, reason: str) -> ValueError:
    return ValueError(f"Invalid GIF data (size {len(contents)}), failed to open gif file: {reason}")
