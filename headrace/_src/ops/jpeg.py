"""JPEG: bytes to pixels and back, bit for bit as TensorFlow has them.

The one idea: TensorFlow's JPEG is libjpeg-turbo with the fast integer DCT, so ours is too. Pixels
come from simplejpeg, which is that library and lets one choose the DCT and the upsampling; Pillow,
which does not, writes the files, byte for byte the same ones
(docs/decisions/010-image-codecs.md has the measurements).

Read next: image_codecs.py.
"""

import io
import struct
from typing import Any

import numpy as np

from headrace._src.core.errors import InternalError

DCT_METHODS = ("", "INTEGER_FAST", "INTEGER_ACCURATE")
_FAILED = "jpeg::Uncompress failed. Invalid JPEG data or crop window."
_CHANNELS = {"Gray": 1, "CMYK": 4, "YCCK": 4}
_UNITS = {"in": 1, "cm": 2}


def decoded(
    contents: bytes,
    channels: int,
    ratio: int,
    fancy_upscaling: bool,
    try_recover_truncated: bool,
    acceptable_fraction: float,
    dct_method: str,
) -> np.ndarray:
    """The pixels, uint8 [height, width, channels]; of as many channels as the file has for 0.

    ratio: of the size of the image in the file to that of the result. acceptable_fraction: how much
    of a truncated file is enough; the library does not say how far it got, so that a number below
    1 is refused for such a file.
    """
    from simplejpeg import decode_jpeg  # as Pillow: only programs that read pictures load it

    try:
        height, width, colours = _header(contents)
        target = "CMYK" if colours == 4 else "GRAY" if (channels or colours) == 1 else "RGB"
        if target == "CMYK" and channels == 1:
            raise ValueError(_FAILED)
        pixels = decode_jpeg(
            contents,
            target,
            fastdct=dct_method != "INTEGER_ACCURATE",
            fastupsample=not fancy_upscaling,
            min_height=-(-height // ratio) if ratio > 1 else 0,
            min_width=-(-width // ratio) if ratio > 1 else 0,
            min_factor=ratio,
            strict=not try_recover_truncated,
        )
    except ValueError as error:
        if acceptable_fraction < 1 and "Premature end" in str(error):
            raise NotImplementedError(
                "headrace cannot decode a truncated JPEG with acceptable_fraction="
                f"{acceptable_fraction}. Use try_recover_truncated=True."
            ) from None
        raise ValueError(_FAILED) from None
    return _plain(pixels, contents) if target == "CMYK" else pixels


def _header(contents: bytes) -> tuple[int, int, int]:
    """Height, width and number of channels of the image in the file."""
    from simplejpeg import decode_jpeg_header

    try:
        height, width, colours, _ = decode_jpeg_header(contents, strict=False)
    except KeyError:  # how simplejpeg says that there is no header
        raise ValueError("The file ends before the image's size.") from None
    return height, width, _CHANNELS.get(colours, 3)


def _plain(pixels: np.ndarray, contents: bytes) -> np.ndarray:
    """RGB of CMYK, which Adobe's programs store upside down."""
    inks = pixels.astype(np.int32)
    if b"Adobe\0" not in contents[: contents.find(b"\xff\xda")]:
        inks = 255 - inks
    return (inks[..., :3] * inks[..., 3:] // 255).astype(np.uint8)


def shape(contents: bytes) -> tuple[int, int, int]:
    """Height, width and number of channels of the image in the file, from its header alone."""
    try:
        return _header(contents)
    except ValueError:
        raise ValueError(f"Invalid JPEG data, size {len(contents)}") from None


def encoded(
    image: np.ndarray,
    form: str,
    quality: int,
    progressive: bool,
    optimize_size: bool,
    chroma_downsampling: bool,
    density_unit: str,
    x_density: int,
    y_density: int,
    xmp_metadata: bytes,
) -> bytes:
    """The file of an image, uint8 [height, width, 1 or 3].

    form: "grayscale" or "rgb" where the number of channels shall be checked, else "".
    """
    from PIL import Image

    text = ",".join(map(str, image.shape))
    if image.ndim != 3:
        raise ValueError(f"image must be 3-dimensional[{text}]")
    channels = {"grayscale": (1,), "rgb": (3,), "": (1, 3)}[form]
    if image.shape[2] not in channels:
        if form:
            raise ValueError(f"format {form} expects {channels[0]} channels, got [{text}]")
        raise ValueError(f"image must have 1 or 3 channels, got [{text}]")
    if not 0 <= quality <= 100:
        raise ValueError(f"quality must be in [0,100], got {quality}")
    if 0 in image.shape:
        raise InternalError(None, None, "JPEG encoding failed")
    pixels = np.ascontiguousarray(image)
    options: dict[str, Any] = {"progressive": progressive, "optimize": optimize_size}
    if image.shape[2] == 1:
        pixels = pixels[..., 0]
    else:
        options["subsampling"] = 2 if chroma_downsampling else 0
    if xmp_metadata:
        options["xmp"] = xmp_metadata
    out = io.BytesIO()
    try:
        # For Pillow a quality of 0 is none; the library makes 1 of it.
        Image.fromarray(pixels).save(out, "JPEG", quality=quality or 1, **options)
    except (OSError, ValueError):
        raise InternalError(None, None, "JPEG encoding failed") from None
    contents = bytearray(out.getbuffer())
    # The JFIF header, which always comes first: the densities that TensorFlow writes.
    density = _UNITS[density_unit], x_density & 0xFFFF, y_density & 0xFFFF
    struct.pack_into(">BHH", contents, 13, *density)
    return bytes(contents)
