"""Pictures as bytes: ops/image_codecs.py, image_encoding.py, jpeg.py, png.py, gif.py, bmp.py.

Expected pixels are literal results of TensorFlow 2.21, or those that the file was made of. Every
kind of file, cut off and in other channels: tests/ops/test_image_codecs.py.
"""

import io

import numpy as np
from PIL import Image

import headrace as tf
from headrace._src.ops import png
from tests.cases.row import array, case, each, error, plain

Invalid = tf.errors.InvalidArgumentError

PIXELS = (np.arange(4 * 6 * 3).reshape(4, 6, 3) * 7 % 256).astype(np.uint8)
WIDE = (np.arange(3 * 4 * 3).reshape(3, 4, 3) * 1789 % 65536).astype(np.uint16)


def saved(pixels, kind, **options):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


JPEG = saved(PIXELS, "JPEG", quality=80, subsampling=2)
PNG = png.encoded(PIXELS, -1)
PNG16 = png.encoded(WIDE, -1)
GIF = (
    b"GIF89a\x02\0\x01\0\x80\0\0\x07\x08\x09\xff\xff\xff,\0\0\0\0\x02\0\x01\0\0\x02\x02\x44\x0a\0;"
)
BMP = (
    b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0"
    + bytes(24)
    + b"\x1e\x14\x0a\x01"
)

# The second row of JPEG.
FAST = [
    [167, 128, 133], [159, 137, 139], [155, 166, 162],
    [173, 200, 195], [202, 228, 229], [214, 242, 245],
]  # fmt: skip
ACCURATE = [
    [168, 128, 136], [160, 138, 141], [157, 166, 163],
    [174, 201, 196], [203, 229, 230], [216, 244, 247],
]  # fmt: skip
PLAIN = [
    [165, 129, 133], [169, 133, 137], [144, 171, 164],
    [173, 200, 193], [200, 228, 231], [214, 242, 245],
]  # fmt: skip


def second_row(contents, **options):
    return tf.io.decode_jpeg(contents, **options)[1]


def expected_row(contents, dct_method="", fancy_upscaling=True):
    row = ACCURATE if dct_method == "INTEGER_ACCURATE" else FAST if fancy_upscaling else PLAIN
    return np.array(row, np.uint8)


def bytes_of(pixels, **options):
    out = np.empty((), object)
    out[()] = saved(pixels, "JPEG", quality=95, subsampling=2, dpi=(300, 300))
    return out


def twice(function):
    """Encoded and decoded again."""

    def call(image):
        return tf.io.decode_png(function(image), dtype=image.dtype)

    call.__name__ = f"decoded {function.__name__}"
    return call


def in_quality(image, quality):
    return tf.raw_ops.EncodeJpegVariableQuality(images=image, quality=quality)


ROWS = [
    case(
        second_row,
        array(JPEG),
        dct_method=each("", "INTEGER_FAST", "INTEGER_ACCURATE"),
        ref=expected_row,
    ),
    case(second_row, array(JPEG), fancy_upscaling=False, ref=expected_row),
    case(
        tf.io.decode_jpeg,
        array(JPEG),
        channels=1,
        ratio=2,
        ref=lambda *_, **__: np.array([[79, 120, 162], [98, 115, 158]], np.uint8)[..., None],
    ),
    case(
        tf.io.decode_and_crop_jpeg,
        array(JPEG),
        [1, 0, 1, 6],
        ref=lambda *_: np.array([FAST], np.uint8),
    ),
    case(tf.io.extract_jpeg_shape, array(JPEG), ref=lambda _: np.array([4, 6, 3], np.int32)),
    case(
        tf.io.is_jpeg,
        array([JPEG, PNG, b"\xff", b""]),
        ref=lambda _: np.array([True, False, False, False]),
    ),
    case(tf.io.decode_png, array(PNG), ref=lambda _: PIXELS),
    case(
        tf.io.decode_png,
        array(PNG),
        each(3, 4),
        tf.uint16,
        ref=lambda _, channels, __: np.dstack(
            [PIXELS * np.uint16(257), np.full((4, 6, channels - 3), 65535, np.uint16)]
        ),
    ),
    case(
        tf.io.decode_png,
        array(PNG16),
        1,
        tf.uint16,
        ref=lambda *_: np.array(
            [
                [1458, 6825, 12192, 17559],
                [22926, 28293, 33660, 39027],
                [44394, 49761, 55128, 60495],
            ],
            np.uint16,
        )[..., None],
    ),
    case(
        tf.io.decode_gif,
        array(GIF),
        ref=lambda _: np.array([[[[7, 8, 9], [255, 255, 255]]]], np.uint8),
    ),
    case(tf.io.decode_bmp, array(BMP), ref=lambda _: np.array([[[10, 20, 30]]], np.uint8)),
    case(tf.io.decode_bmp, array(BMP), 4, ref=lambda *_: np.array([[[10, 20, 30, 255]]], np.uint8)),
    case(
        tf.io.decode_image,
        array(PNG),
        dtype=tf.float32,
        ref=lambda *_, **__: PIXELS / np.float32(255),
    ),
    case(
        tf.io.decode_image,
        array(GIF),
        dtype=tf.uint16,
        expand_animations=False,
        ref=lambda *_, **__: np.array([[[7, 8, 9], [255, 255, 255]]], np.uint16) * 256,
    ),
    case(tf.io.encode_jpeg, array(PIXELS), ref=bytes_of),
    case(
        in_quality,
        array(PIXELS),
        95,
        ref=lambda pixels, _: bytes_of(pixels),
        name="EncodeJpegVariableQuality",
    ),
    case(twice(tf.io.encode_png), array(WIDE), ref=lambda _: WIDE),
    case(
        tf.image.adjust_jpeg_quality,
        array(PIXELS[1:2, :1].repeat(3, 1)),
        40,
        ref=lambda *_: np.tile(np.array([125, 136, 142], np.uint8), (1, 3, 1)),
    ),
    case(tf.image.stateless_random_jpeg_quality, array(PIXELS), 30, 60, (1, 2)),
    # ---- errors
    error(tf.io.decode_jpeg, b"", raises=Invalid, match="Input is empty."),
    error(
        tf.io.decode_png,
        b"abc",
        raises=Invalid,
        match="Unknown image file format. One of JPEG, JPEG XL, PNG, GIF, BMP, WebP required.",
    ),
    error(tf.io.decode_jpeg, [JPEG], raises=Invalid, match="must be scalar but got shape[1]"),
    error(tf.io.decode_jpeg, 3, raises=TypeError, match="Cannot convert 3 to EagerTensor"),
    error(tf.io.decode_jpeg, JPEG, 2, raises=Invalid, match="must be 0, 1, 3 or 4 but got 2"),
    error(tf.io.decode_jpeg, JPEG, 4, raises=Invalid, match="JPEG does not support 4 channels"),
    error(tf.io.decode_jpeg, JPEG, ratio=3, raises=Invalid, match="ratio must be 1, 2, 4, or 8"),
    error(tf.io.decode_jpeg, JPEG, dct_method="FAST", raises=Invalid, match="dct_method must be"),
    error(
        tf.io.decode_jpeg,
        JPEG[:-40],
        raises=Invalid,
        match="jpeg::Uncompress failed. Invalid JPEG data or crop window.",
    ),
    error(
        tf.io.decode_jpeg,
        JPEG[:-10],
        acceptable_fraction=0.5,
        raises=NotImplementedError,
        match="acceptable_fraction=0.5",
    ),
    error(tf.io.decode_jpeg, BMP, raises=Invalid, match="Op used: DecodeJpeg"),
    error(
        tf.io.decode_and_crop_jpeg,
        JPEG,
        each([0, 0, 5, 1], [0, 0, 0, 1], [-1, 0, 2, 2]),
        raises=Invalid,
        match="Invalid JPEG data or crop window.",
    ),
    error(tf.io.decode_and_crop_jpeg, JPEG, [1, 2], raises=Invalid, match="four elements [2]"),
    error(tf.io.decode_and_crop_jpeg, PNG, [0, 0, 1, 1], raises=Invalid, match="detected PNG"),
    error(tf.io.decode_png, PNG[:-20], raises=Invalid, match="Invalid PNG data, size"),
    error(tf.io.decode_png, PNG[:20], raises=Invalid, match="Failed to initialize decoder."),
    error(tf.io.decode_png, PNG, dtype=tf.float32, raises=Invalid, match="attr 'dtype' of float"),
    error(tf.io.decode_gif, GIF[:10], raises=Invalid, match="No screen descriptor detected"),
    error(tf.io.decode_gif, GIF[:-5], raises=Invalid, match="failed to slurp gif file"),
    error(tf.io.decode_bmp, PNG, raises=Invalid, match="Trying to decode PNG format"),
    error(tf.io.decode_bmp, BMP, 1, raises=Invalid, match="must be 0, 3 or 4 for BMP"),
    error(tf.io.decode_bmp, BMP[:-2], raises=Invalid, match="but they differ by -2"),
    error(tf.io.decode_image, b"abc", raises=Invalid, match="Unknown image file format"),
    error(tf.io.decode_image, GIF, 1, raises=Invalid, match="channels must be 0 or 3 for GIF"),
    error(
        tf.io.decode_image,
        b"RIFF\x1a\0\0\0WEBPVP8L",
        raises=NotImplementedError,
        match="cannot decode WebP",
    ),
    error(tf.io.extract_jpeg_shape, PNG, raises=Invalid, match="Invalid JPEG data, size"),
    error(tf.io.is_jpeg, 3, raises=TypeError, match="Cannot convert 3"),
    error(tf.io.encode_jpeg, plain(PIXELS), quality=101, raises=Invalid, match=r"in [0,100]"),
    error(tf.io.encode_jpeg, plain(PIXELS[..., :2]), raises=Invalid, match="1 or 3 channels"),
    error(tf.io.encode_jpeg, plain(PIXELS[0]), raises=Invalid, match="must be 3-dimensional[6,3]"),
    error(
        tf.io.encode_jpeg,
        plain(PIXELS),
        "grayscale",
        raises=Invalid,
        match="format grayscale expects 1 channels, got [4,6,3]",
    ),
    error(tf.io.encode_jpeg, plain(PIXELS), "x", raises=Invalid, match="attr 'format' of \"x\""),
    error(
        tf.io.encode_jpeg,
        plain(PIXELS[:0]),
        raises=tf.errors.InternalError,
        match="JPEG encoding failed",
    ),
    error(in_quality, plain(PIXELS), [50], raises=Invalid, match="quality must be scalar: [1]"),
    error(tf.io.encode_png, plain(PIXELS[0]), raises=Invalid, match="at least rank 3[6,3]"),
    error(tf.io.encode_png, plain(PIXELS), 10, raises=Invalid, match="should be in [-1,9]"),
    error(tf.io.encode_png, [[[1.0]]], raises=Invalid, match="attr 'T' of float"),
    error(tf.image.adjust_jpeg_quality, plain(PIXELS), 101, raises=Invalid, match="got 101"),
    error(
        tf.image.random_jpeg_quality,
        plain(PIXELS),
        20,
        10,
        raises=ValueError,
        match="`min_jpeg_quality` must be less than `max_jpeg_quality`.",
    ),
    error(
        tf.image.stateless_random_jpeg_quality,
        plain(PIXELS),
        -1,
        10,
        (1, 2),
        raises=ValueError,
        match="between 0 and 100",
    ),
]
