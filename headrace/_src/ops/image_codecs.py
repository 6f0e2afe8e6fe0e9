"""Pictures read from files' bytes: `tf.io.decode_jpeg`, `decode_image` and their like.

The one idea: what a file is, its first bytes say. The ops of JPEG, PNG and GIF read each other's
files, as in TensorFlow, so `_decoded` looks at the bytes and the op's name matters only for what it
promises of channels, dtype and rank. The formats themselves are functions from bytes to arrays and
back, one file each. All of it runs on the host, inside functions too: XLA has no strings.

Read next: image_encoding.py, then jpeg.py, png.py, gif.py, bmp.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.dtypes import DType, as_dtype, int32, uint8, uint16
from headrace._src.core.names import name_scope
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.ops import bmp, gif, jpeg, png
from headrace._src.ops.compare import equal
from headrace._src.ops.image import convert_image_dtype
from headrace._src.ops.substr import substr_op

_STARTS = {b"\xff\xd8\xff": "JPEG", png.SIGNATURE: "PNG", b"GIF8": "GIF", b"BM": "BMP"}
_FRIENDS = {"PNG": "decode_png", "JPEG": "decode_jpeg", "GIF": "decode_gif"}
NO_SLOPE = "Pixels do not depend smoothly on the bytes of a file."


# ---- shapes --------------------------------------------------------------------------------------


def _check_scalar(contents: TensorShape) -> None:
    if contents.rank not in (None, 0):
        raise ShapeError(
            f"`contents` must be scalar but got shape{bracketed(contents)}",
            f"Shape must be rank 0 but is rank {contents.rank}",
        )


def _pixels(contents: TensorShape, channels: int, *_: Any) -> TensorShape:
    """[height, width, channels]"""
    _check_scalar(contents)
    return TensorShape([None, None, channels or None])


def _cropped(contents: TensorShape, crop_window: Any, channels: int, *_: Any) -> TensorShape:
    _check_scalar(contents)
    height = width = None
    if crop_window is not None:
        shape = np.shape(crop_window)
        if len(shape) != 1:
            text = ",".join(map(str, shape))
            raise ShapeError(
                f"crop_window must be 1-D, got shape [{text}]",
                f"Shape must be rank 1 but is rank {len(shape)}",
            )
        if shape != (4,):
            raise ShapeError(
                f"crop_size must have four elements [{shape[0]}]",
                f"Dimension must be 4 but is {shape[0]}",
            )
        height, width = crop_window[2:]
    return TensorShape([height, width, channels or None])


def _frames(contents: TensorShape) -> TensorShape:
    _check_scalar(contents)
    return TensorShape([None, None, None, 3])


def _any_picture(
    contents: TensorShape, channels: int, dtype: DType, expand_animations: bool
) -> TensorShape:
    _check_scalar(contents)
    return unknown if expand_animations else _pixels(contents, channels)


def _three(contents: TensorShape, output_type: DType) -> TensorShape:
    if contents.rank not in (None, 0):
        raise ShapeError(
            f"contents must be scalar, got shape {bracketed(contents)}",
            f"Shape must be rank 0 but is rank {contents.rank}",
        )
    return TensorShape([3])


# ---- decoding ------------------------------------------------------------------------------------

_AS_IT_IS = (1, True, False, 1.0, "")


def _checked(contents: np.ndarray, channels: int, ratio: int = 1, dct_method: Any = "") -> bytes:
    """The bytes to decode, all arguments being in order."""
    if channels not in (0, 1, 3, 4):
        raise ValueError(f"`channels` must be 0, 1, 3 or 4 but got {channels}")
    if ratio not in (1, 2, 4, 8):
        raise ValueError(f"ratio must be 1, 2, 4, or 8, got {ratio}")
    if text_of(dct_method) not in jpeg.DCT_METHODS:
        listed = ", ".join(repr(m) for m in jpeg.DCT_METHODS)
        raise ValueError(f"dct_method must be one of {{{listed}}}")
    _check_scalar(TensorShape(contents.shape))
    found = contents[()]
    if not found:
        raise ValueError("Input is empty.")
    return found


def text_of(value: Any) -> str:
    """An attribute that is a string, which a GraphDef has as bytes."""
    return value.decode() if isinstance(value, bytes) else value


def _kind(contents: bytes) -> str:
    """What the file is; raises for what no op reads."""
    for start, kind in _STARTS.items():
        if contents.startswith(start):
            return kind
    if contents[:4] == b"RIFF" and contents[8:12] == b"WEBP":
        raise NotImplementedError("headrace cannot decode WebP pictures yet.")
    if contents.startswith((b"\xff\x0a", b"\x00\x00\x00\x0cJXL ")):
        raise NotImplementedError("headrace cannot decode JPEG XL pictures yet.")
    raise ValueError(
        "Unknown image file format. One of JPEG, JPEG XL, PNG, GIF, BMP, WebP required."
    )


def _decoded(
    contents: bytes,
    op: str,
    channels: int,
    dtype: np.dtype,
    rules: tuple = _AS_IT_IS,
) -> np.ndarray:
    """The pixels of any file, as `op` answers them: [frames, height, width, 3] for a GIF.

    rules: how a JPEG is decoded.
    """
    kind = _kind(contents)
    if kind == "BMP":
        bmp.check_channels(channels)
        if op != "DecodeImage":
            raise ValueError(
                "Trying to decode BMP format using a wrong op. Use `decode_bmp` or `decode_image` "
                f"instead. Op used: {op}"
            )
        pixels = bmp.decoded(contents, channels)
    elif kind == "GIF":
        if channels not in (0, 3):
            raise ValueError(f"channels must be 0 or 3 for GIF, got {channels}")
        pixels = gif.decoded(contents)
    elif kind == "PNG":
        pixels = png.decoded(contents, channels, is_wide=dtype != np.uint8)
    else:
        if channels == 4:
            raise ValueError("JPEG does not support 4 channels")
        pixels = jpeg.decoded(contents, channels, *rules)
    if dtype == np.float32:
        return pixels * (np.float32(1) / np.float32(np.iinfo(pixels.dtype).max))
    if dtype == np.uint16 and pixels.dtype == np.uint8:
        return pixels.astype(np.uint16) << 8
    return pixels


def _picture(pixels: np.ndarray) -> np.ndarray:
    """The only frame, of a GIF that an op for single pictures has read."""
    if pixels.ndim == 3:
        return pixels
    if len(pixels) > 1:
        raise ValueError(
            f"Got {len(pixels)} frames, but animated gifs can only be decoded by tf.io.decode_gif "
            "or tf.io.decode_image"
        )
    return pixels[0]


@op("DecodeJpeg", shape=_pixels, cost="host")
def decode_jpeg_op(
    contents: Tensor,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1.0,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """The pixels of a JPEG, uint8."""
    given = _checked(contents, channels, ratio, dct_method)
    rules = (
        ratio, fancy_upscaling, try_recover_truncated, acceptable_fraction, text_of(dct_method)
    )  # fmt: skip
    return _picture(_decoded(given, "DecodeJpeg", channels, np.dtype(np.uint8), rules))


no_gradient(decode_jpeg_op, why=NO_SLOPE)


def decode_jpeg(
    contents: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """The pixels of a JPEG: uint8 [height, width, channels].

    contents: the bytes of the file, a string scalar. channels: 1 for grey, 3 for colours, 0 for
    what the file has. ratio: 1, 2, 4 or 8; how much smaller than in the file the image shall be.
    fancy_upscaling: whether colours, of which the file has fewer than pixels, are interpolated.
    try_recover_truncated: whether what is missing at the file's end is grey, not an error.
    acceptable_fraction: how much of a truncated file is enough; what is not 1 is refused for such
    files. dct_method: "INTEGER_ACCURATE", or "INTEGER_FAST", which "" also means.

    >>> image = tf.fill([2, 3, 1], tf.constant(128, tf.uint8))
    >>> tf.io.decode_jpeg(tf.io.encode_jpeg(image))[..., 0].numpy()
    array([[128, 128, 128],
           [128, 128, 128]], dtype=uint8)

    A PNG or a GIF of one frame is decoded too. Raises tf.errors.InvalidArgumentError for other
    bytes, NotImplementedError for a truncated file with an `acceptable_fraction`. Op: DecodeJpeg.
    """
    return decode_jpeg_op(
        contents,
        channels,
        ratio,
        fancy_upscaling,
        try_recover_truncated,
        float(acceptable_fraction),
        dct_method,
        name,
    )


@op("DecodeAndCropJpeg", shape=_cropped, cost="host")
def decode_and_crop_jpeg_op(
    contents: Tensor,
    crop_window: Static,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1.0,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """A part of the pixels of a JPEG, uint8."""
    given = _checked(contents, channels, ratio, dct_method)
    kind = _kind(given)
    if kind != "JPEG":
        raise ValueError(f"DecodeAndCropJpeg operation can run on JPEG only, but detected {kind}.")
    _cropped(TensorShape([]), crop_window, channels)
    rules = (
        ratio, fancy_upscaling, try_recover_truncated, acceptable_fraction, text_of(dct_method)
    )  # fmt: skip
    pixels = _decoded(given, "DecodeAndCropJpeg", channels, np.dtype(np.uint8), rules)
    top, left, height, width = crop_window
    part = pixels[max(top, 0) : top + height, max(left, 0) : left + width]
    if part.shape[:2] != (height, width) or not part.size:
        raise ValueError("jpeg::Uncompress failed. Invalid JPEG data or crop window.")
    return np.ascontiguousarray(part)


no_gradient(decode_and_crop_jpeg_op, why=NO_SLOPE)


def decode_and_crop_jpeg(
    contents: Any,
    crop_window: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """A part of the pixels of a JPEG: uint8 [height, width, channels].

    crop_window: int32 [4], the first row, the first column, height and width, within the image.
    The other arguments are those of `tf.io.decode_jpeg`; the result is that one's, cut out.

    >>> image = tf.fill([9, 9, 3], tf.constant(128, tf.uint8))
    >>> tf.io.decode_and_crop_jpeg(tf.io.encode_jpeg(image), [1, 2, 3, 4]).shape
    TensorShape([3, 4, 3])

    Raises tf.errors.InvalidArgumentError for a window that is not within the image, or bytes that
    are no JPEG. Op: DecodeAndCropJpeg.
    """
    return decode_and_crop_jpeg_op(
        contents,
        crop_window,
        channels,
        ratio,
        fancy_upscaling,
        try_recover_truncated,
        float(acceptable_fraction),
        dct_method,
        name,
    )


@op("DecodePng", shape=_pixels, cost="host")
def decode_png_op(
    contents: Tensor, channels: int = 0, dtype: DType = uint8, name: str | None = None
) -> Tensor:
    """The pixels of a PNG, uint8 or uint16."""
    given = _checked(contents, channels)
    return _picture(_decoded(given, "DecodePng", channels, dtype.array_dtype))


no_gradient(decode_png_op, why=NO_SLOPE)


def decode_png(
    contents: Any, channels: int = 0, dtype: Any = uint8, name: str | None = None
) -> Tensor:
    """The pixels of a PNG: [height, width, channels].

    contents: the bytes of the file, a string scalar. channels: 1 for grey, 3 for colours, 4 for
    colours and opacity, 0 for what the file has. dtype: `tf.uint8` or `tf.uint16`.

    >>> png = tf.io.encode_png(tf.constant([[[1], [2]]], tf.uint8))
    >>> tf.io.decode_png(png).numpy()
    array([[[1],
            [2]]], dtype=uint8)

    A JPEG or a GIF of one frame is decoded too. Raises tf.errors.InvalidArgumentError for other
    bytes. Op: DecodePng.
    """
    return decode_png_op(contents, channels, as_dtype(dtype), name)


@op("DecodeGif", shape=_frames, cost="host")
def decode_gif(contents: Tensor, name: str | None = None) -> Tensor:
    """The frames of a GIF: uint8 [frames, height, width, 3].

    contents: the bytes of the file, a string scalar. What a frame leaves out or has as transparent
    is as in the frame before, in the first frame black.

    >>> gif = (b"GIF89a\\x02\\0\\x01\\0\\x80\\0\\0\\x07\\x08\\x09\\xff\\xff\\xff"
    ...        b",\\0\\0\\0\\0\\x02\\0\\x01\\0\\0\\x02\\x02\\x44\\x0a\\0;")
    >>> tf.io.decode_gif(gif).numpy()
    array([[[[  7,   8,   9],
             [255, 255, 255]]]], dtype=uint8)

    A PNG or JPEG is decoded too, as one frame. Raises tf.errors.InvalidArgumentError for other
    bytes. Op: DecodeGif.
    """
    pixels = _decoded(_checked(contents, 0), "DecodeGif", 3, np.dtype(np.uint8))
    return pixels if pixels.ndim == 4 else pixels[None]


no_gradient(decode_gif, why=NO_SLOPE)


@op("DecodeBmp", shape=_pixels, cost="host")
def decode_bmp(contents: Tensor, channels: int = 0, name: str | None = None) -> Tensor:
    """The pixels of an uncompressed BMP: uint8 [height, width, channels].

    contents: the bytes of the file, a string scalar. channels: 3 for colours, 4 for colours and
    opacity, 0 for what the file has.

    >>> bmp = (b"BM" + bytes([58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0])
    ...        + bytes([1, 0, 0, 0, 1, 0, 24, 0]) + bytes(24) + bytes([30, 20, 10, 0]))
    >>> tf.io.decode_bmp(bmp).numpy()
    array([[[10, 20, 30]]], dtype=uint8)

    Raises tf.errors.InvalidArgumentError for other bytes. Op: DecodeBmp.
    """
    given = _checked(contents, channels)
    kind = _kind(given)
    if kind != "BMP":
        raise ValueError(
            f"Trying to decode {kind} format using DecodeBmp op. Use `{_FRIENDS[kind]}` or "
            "`decode_image` instead."
        )
    return bmp.decoded(given, channels)


no_gradient(decode_bmp, why=NO_SLOPE)


@op("DecodeImage", shape=_any_picture, cost="host")
def decode_image_op(
    contents: Tensor,
    channels: int = 0,
    dtype: DType = uint8,
    expand_animations: bool = True,
    name: str | None = None,
) -> Tensor:
    """The pixels of a picture in any format; of an animation the frames, or the first one."""
    given = _checked(contents, channels)
    pixels = _decoded(given, "DecodeImage", channels, dtype.array_dtype)
    return pixels[0] if pixels.ndim == 4 and not expand_animations else pixels


no_gradient(decode_image_op, why=NO_SLOPE)


def decode_image(
    contents: Any,
    channels: int | None = None,
    dtype: Any = uint8,
    name: str | None = None,
    expand_animations: bool = True,
) -> Tensor:
    """The pixels of a JPEG, PNG, GIF or BMP: [height, width, channels], of a GIF a batch of these.

    contents: the bytes of the file, a string scalar. channels: 1, 3 or 4; None or 0 for what the
    file has. dtype: `tf.uint8`, or what the pixels are scaled to as by
    `tf.image.convert_image_dtype`. expand_animations: whether a GIF answers all its frames,
    [frames, height, width, 3], or only the first one; with False the rank is known in a graph.

    >>> png = tf.io.encode_png(tf.constant([[[0], [255]]], tf.uint8))
    >>> tf.io.decode_image(png, dtype=tf.float32).numpy()
    array([[[0.],
            [1.]]], dtype=float32)

    Raises tf.errors.InvalidArgumentError for other bytes. Op: DecodeImage.
    """
    channels = 0 if channels is None else channels
    dtype = as_dtype(dtype)
    with name_scope(name or "decode_image"):
        if dtype in (uint8, uint16, dtypes.float32):
            return decode_image_op(contents, channels, dtype, expand_animations)
        pixels = decode_image_op(contents, channels, uint16, expand_animations)
        return convert_image_dtype(pixels, dtype)


# ---- what a file is ------------------------------------------------------------------------------


@op("ExtractJpegShape", shape=_three, cost="host")
def extract_jpeg_shape_op(
    contents: Tensor, output_type: DType = int32, name: str | None = None
) -> Tensor:
    """Height, width and channels of the image in a JPEG."""
    _three(TensorShape(contents.shape), output_type)
    return np.array(jpeg.shape(contents[()]), output_type.array_dtype)


no_gradient(extract_jpeg_shape_op, why=NO_SLOPE)


def extract_jpeg_shape(contents: Any, output_type: Any = int32, name: str | None = None) -> Tensor:
    """Height, width and channels of the image in a JPEG, from the file's header alone.

    contents: the bytes of the file, a string scalar. output_type: `tf.int32` or `tf.int64`.

    >>> tf.io.extract_jpeg_shape(tf.io.encode_jpeg(tf.zeros([2, 3, 1], tf.uint8))).numpy()
    array([2, 3, 1], dtype=int32)

    Raises tf.errors.InvalidArgumentError for bytes that are no JPEG. Op: ExtractJpegShape.
    """
    return extract_jpeg_shape_op(contents, as_dtype(output_type), name)


def is_jpeg(contents: Any, name: str | None = None) -> Tensor:
    """Whether bytes begin as a JPEG does, elementwise.

    contents: strings.

    >>> tf.io.is_jpeg([b"\\xff\\xd8\\xff\\xe0", b"GIF89a"]).numpy()
    array([ True, False])

    Raises TypeError for what is no string. Ops: Substr, Equal.
    """
    with name_scope(name or "is_jpeg"):
        start = substr_op(contents, 0, 3)
        return equal(start, b"\xff\xd8\xff", name=name)
