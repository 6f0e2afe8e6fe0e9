"""Pictures written as files' bytes: `tf.io.encode_jpeg`, `encode_png`; what a JPEG leaves of them.

The one idea: an image in another JPEG quality is an image encoded and decoded again, so
`tf.image.adjust_jpeg_quality` and its random forms are compositions of the ops here and in
image_codecs.py.

Read next: jpeg.py, png.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import int32, uint8
from headrace._src.core.names import name_scope
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops import jpeg, png
from headrace._src.ops.image import convert_image_dtype
from headrace._src.ops.image_codecs import decode_jpeg, text_of
from headrace._src.ops.random import uniform
from headrace._src.ops.stateless_random import stateless_uniform

_NO_SLOPE = "A file's bytes do not depend smoothly on the pixels."


def _file(image: TensorShape, *_: Any) -> TensorShape:
    if image.rank not in (None, 3):
        raise ShapeError(
            f"image must be 3-dimensional{bracketed(image)}",
            f"Shape must be rank 3 but is rank {image.rank}",
        )
    return TensorShape([])


def _files(image: TensorShape, *_: Any) -> TensorShape:
    if image.rank is None:
        return unknown
    if image.rank < 3:
        raise ShapeError(
            f"images must be at least rank 3{bracketed(image)}",
            f"Shape must be at least rank 3 but is rank {image.rank}",
        )
    return image[:-3]


@op("EncodeJpeg", shape=_file, cost="host")
def encode_jpeg(
    image: Tensor,
    format: str = "",
    quality: int = 95,
    progressive: bool = False,
    optimize_size: bool = False,
    chroma_downsampling: bool = True,
    density_unit: str = "in",
    x_density: int = 300,
    y_density: int = 300,
    xmp_metadata: str = "",
    name: str | None = None,
) -> Tensor:
    """The bytes of a JPEG of an image, a string scalar.

    image: uint8 [height, width, 1 or 3]. format: "grayscale" or "rgb" to insist on one. quality: 0
    to 100. progressive: whether the file becomes a picture by and by while it is loaded.
    optimize_size: whether time is taken for a smaller file. chroma_downsampling: whether colours
    are kept for four pixels together. density_unit: "in" or "cm". x_density, y_density: pixels in a
    unit. xmp_metadata: XML to put into the file.

    >>> tf.io.encode_jpeg(tf.zeros([2, 2, 3], tf.uint8)).numpy()[:4]
    b'\\xff\\xd8\\xff\\xe0'

    Raises tf.errors.InvalidArgumentError for another rank, number of channels or quality,
    tf.errors.InternalError for no pixels. Op: EncodeJpeg.
    """
    metadata = xmp_metadata.encode() if isinstance(xmp_metadata, str) else xmp_metadata
    _check_one_of("format", text_of(format), ("", "grayscale", "rgb"), "EncodeJpeg")
    _check_one_of("density_unit", text_of(density_unit), ("in", "cm"), "EncodeJpeg")
    contents = jpeg.encoded(
        image,
        text_of(format),
        quality,
        progressive,
        optimize_size,
        chroma_downsampling,
        text_of(density_unit),
        x_density,
        y_density,
        metadata,
    )
    return np.array(contents, object)


no_gradient(encode_jpeg, why=_NO_SLOPE)


def _check_one_of(attr: str, value: str, allowed: tuple[str, ...], op: str) -> None:
    if value not in allowed:
        listed = ", ".join(f'"{a}"' for a in allowed)
        raise ValueError(
            f"Value for attr '{attr}' of \"{value}\" is not in the list of allowed values: "
            f"{listed}\n\t; NodeDef: {{{{node {op}}}}} [Op:{op}]"
        )


@op("EncodeJpegVariableQuality", shape=_file, cost="host")
def encode_jpeg_variable_quality(
    images: Tensor, quality: Tensor, name: str | None = None
) -> Tensor:
    """The bytes of a JPEG of an image, in a quality that is a tensor: int32, 0 to 100."""
    if quality.ndim:
        text = ",".join(map(str, quality.shape))
        raise ValueError(f"quality must be scalar: [{text}]")
    contents = jpeg.encoded(images, "", int(quality), False, False, True, "in", 300, 300, b"")
    return np.array(contents, object)


no_gradient(encode_jpeg_variable_quality, why=_NO_SLOPE)


@op("EncodePng", shape=_files, cost="host")
def encode_png_op(image: Tensor, compression: int = -1, name: str | None = None) -> Tensor:
    """The bytes of a PNG of each image."""
    _files(TensorShape(image.shape))
    if not -1 <= compression <= 9:
        raise ValueError(f"compression should be in [-1,9], got {compression}")
    *batch, height, width, channels = image.shape
    if channels not in (1, 2, 3, 4):
        raise ValueError(f"image must have 1, 2, 3, or 4 channels, got {channels}")
    files = np.empty(batch, object)
    for index in np.ndindex(*batch):
        files[index] = png.encoded(image[index], compression)
    return files


no_gradient(encode_png_op, why=_NO_SLOPE)


def encode_png(image: Any, compression: int = -1, name: str | None = None) -> Tensor:
    """The bytes of a PNG of each image, strings.

    image: uint8 or uint16 [..., height, width, channels], of 1 (grey), 2 (grey and opacity), 3
    (colours) or 4 (colours and opacity) channels. compression: from 0, fast, to 9, small; -1 for a
    middle.

    >>> tf.io.encode_png(tf.zeros([2, 2, 3], tf.uint8)).numpy()[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'

    Raises tf.errors.InvalidArgumentError for another rank, dtype, number of channels or
    compression, tf.errors.InternalError for no pixels. Op: EncodePng.
    """
    return encode_png_op(convert(image), compression, name)


# ---- in another quality --------------------------------------------------------------------------


def adjust_jpeg_quality(
    image: Any, jpeg_quality: Any, dct_method: str = "", name: str | None = None
) -> Tensor:
    """`image` as it comes out of a JPEG of it: with the marks that the quality leaves.

    image: [height, width, 1 or 3], of any dtype that `tf.image.convert_image_dtype` takes.
    jpeg_quality: int32 scalar, 0 to 100. dct_method: see `tf.io.decode_jpeg`.

    >>> image = tf.fill([2, 2, 1], 0.5)
    >>> tf.image.adjust_jpeg_quality(image, 75)[..., 0].numpy().round(2)
    array([[0.5, 0.5],
           [0.5, 0.5]], dtype=float32)

    Raises tf.errors.InvalidArgumentError for another rank, number of channels or quality. Ops:
    EncodeJpegVariableQuality, DecodeJpeg.
    """
    with name_scope(name or "adjust_jpeg_quality"):
        image = convert(image)
        channels = image.shape.as_list()[-1] if image.shape.rank else None
        original = image.dtype
        image = convert_image_dtype(image, uint8, saturate=True)
        contents = encode_jpeg_variable_quality(image, jpeg_quality)
        image = decode_jpeg(contents, channels or 0, dct_method=dct_method)
        return convert_image_dtype(image, original, saturate=True)


def _check_qualities(lowest: Any, highest: Any) -> None:
    if lowest < 0 or highest < 0 or lowest > 100 or highest > 100:
        raise ValueError("jpeg encoding range must be between 0 and 100.")
    if lowest >= highest:
        raise ValueError("`min_jpeg_quality` must be less than `max_jpeg_quality`.")


def random_jpeg_quality(
    image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: Any = None
) -> Tensor:
    """`image` as it comes out of a JPEG of it, in a random quality.

    image: [height, width, 1 or 3]. min_jpeg_quality, max_jpeg_quality: 0 to 100, the second
    excluded. seed: see `tf.random.uniform`.

    >>> tf.image.random_jpeg_quality(tf.fill([2, 2, 1], 0.5), 75, 95).shape
    TensorShape([2, 2, 1])

    Raises ValueError for bounds that are out of range or order. Op: RandomUniformInt.
    """
    _check_qualities(min_jpeg_quality, max_jpeg_quality)
    quality = uniform((), min_jpeg_quality, max_jpeg_quality, int32, seed)
    return adjust_jpeg_quality(image, quality)


def stateless_random_jpeg_quality(
    image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: Any
) -> Tensor:
    """`image` as it comes out of a JPEG of it, in a quality that follows from the seed.

    image: [height, width, 1 or 3]. min_jpeg_quality, max_jpeg_quality: 0 to 100, the second
    excluded. seed: two integers.

    >>> tf.image.stateless_random_jpeg_quality(tf.fill([2, 2, 1], 0.5), 75, 95, (1, 2)).shape
    TensorShape([2, 2, 1])

    Raises ValueError for bounds that are out of range or order. Op: StatelessRandomUniformIntV2.
    """
    _check_qualities(min_jpeg_quality, max_jpeg_quality)
    quality = stateless_uniform((), seed, min_jpeg_quality, max_jpeg_quality, int32)
    return adjust_jpeg_quality(image, quality)
