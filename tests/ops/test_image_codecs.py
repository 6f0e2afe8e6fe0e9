"""Files of pictures: what the rows of tests/cases/image_codecs.py are too short for.

Checksums are those of what TensorFlow 2.21 makes of the same pixels.
"""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

import headrace as tf
from headrace._src.ops import png
from tests.cases.image_codecs import GIF, JPEG, PIXELS, PNG, WIDE


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width, height, bits, colours, rows, *chunks, interlace=0):
    header = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, interlace)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return png.SIGNATURE + b"".join(chunk(*part) for part in parts)


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


# ---- JPEG ----------------------------------------------------------------------------------------


def test_a_jpeg_is_tensorflows_byte_for_byte():
    assert len(tf.io.encode_jpeg(PIXELS, quality=80).numpy()) == 657
    assert tf.io.encode_jpeg(PIXELS, quality=80).numpy()[20:] == JPEG[20:]


def test_densities_and_metadata():
    contents = tf.io.encode_jpeg(
        PIXELS, density_unit="cm", x_density=10, y_density=20, xmp_metadata="<x/>"
    ).numpy()
    assert contents[13:18] == b"\2\0\x0a\0\x14"
    assert b"http://ns.adobe.com/xap/1.0/\0<x/>" in contents


@pytest.mark.parametrize("options", [{"progressive": True}, {"chroma_downsampling": False}])
def test_other_ways_to_write(options):
    contents = tf.io.encode_jpeg(PIXELS, **options)
    found = tf.io.decode_jpeg(contents, dct_method="INTEGER_ACCURATE")
    with Image.open(io.BytesIO(contents.numpy())) as image:
        assert bool(image.info.get("progressive")) == ("progressive" in options)
        np.testing.assert_array_equal(found, np.asarray(image))


@pytest.mark.parametrize("is_adobe", [True, False])
def test_four_inks(is_adobe):
    inks = np.full((8, 8, 4), [200, 100, 50, 128], np.uint8)
    contents = saved(Image.fromarray(inks, "CMYK"), "JPEG", quality=100)
    if not is_adobe:
        begin = contents.index(b"\xff\xee")
        size = int.from_bytes(contents[begin + 2 : begin + 4], "big")
        contents = contents[:begin] + contents[begin + 2 + size :]
    stored = 255 - inks.astype(int)  # by Pillow, as Adobe does
    plain = stored if is_adobe else 255 - stored
    wanted = plain[..., :3] * plain[..., 3:] // 255
    assert np.abs(tf.io.decode_jpeg(contents).numpy() - wanted).max() <= 1
    assert tf.io.extract_jpeg_shape(contents).numpy().tolist() == [8, 8, 4]
    with pytest.raises(tf.errors.InvalidArgumentError, match="Uncompress failed"):
        tf.io.decode_jpeg(contents, channels=1)


def test_what_is_missing_at_the_end_is_grey():
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    contents = tf.io.encode_jpeg(pixels).numpy()
    whole = tf.io.decode_jpeg(contents).numpy()
    half = tf.io.decode_jpeg(contents[: len(contents) // 2], try_recover_truncated=True).numpy()
    np.testing.assert_array_equal(half[:15], whole[:15])
    assert (half[-16:] == 128).all()


# ---- PNG -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits(bits):
    contents = png_of(8 // bits, 1, bits, 0, b"\0\x1b", (b"tRNS", b"\0\1"))
    values = [0x1B >> (8 - bits * (i + 1)) & (2**bits - 1) for i in range(8 // bits)]
    found = tf.io.decode_png(contents, channels=4).numpy()[0]
    assert found[:, 0].tolist() == [v * 255 // (2**bits - 1) for v in values]
    assert found[:, 3].tolist() == [0 if v == 1 else 255 for v in values]


def test_a_palette():
    palette = (b"PLTE", bytes([10, 20, 30, 40, 50, 60]))
    contents = png_of(2, 1, 8, 3, b"\0\0\1", palette)
    assert tf.io.decode_png(contents).numpy().tolist() == [[[10, 20, 30], [40, 50, 60]]]
    contents = png_of(2, 1, 8, 3, b"\0\0\1", palette, (b"tRNS", b"\x80"))
    assert tf.io.decode_png(contents).numpy().tolist() == [[[10, 20, 30, 128], [40, 50, 60, 255]]]


def test_grey_with_opacity():
    contents = png.encoded(PIXELS[..., :2], 9)
    np.testing.assert_array_equal(tf.io.decode_png(contents), PIXELS[..., :2])
    np.testing.assert_array_equal(tf.io.decode_png(contents, 4), PIXELS[..., [0, 0, 0, 1]])
    np.testing.assert_array_equal(tf.io.decode_png(contents, 1), PIXELS[..., :1])


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sixteen_bits_of_every_filter(channels):
    random = np.random.default_rng(0)
    pixels = random.integers(0, 65536, (11, 7, channels)).astype(np.uint16)
    colours, size = (0, 4, 2, 6)[channels - 1], 2 * channels
    plain = np.zeros((12, 8, size), int)
    plain[1:, 1:] = pixels.astype(">u2").view(np.uint8).reshape(11, 7, size)
    left, above, corner = plain[1:, :-1], plain[:-1, 1:], plain[:-1, :-1]
    guess = left + above - corner
    near = np.stack([left, above, corner])
    paeth = np.take_along_axis(near, np.abs(near - guess).argmin(0)[None], 0)[0]
    guesses = np.stack([0 * left, left, above, (left + above) // 2, paeth])
    kinds = np.arange(11) % 5
    rows = (plain[1:, 1:] - guesses[kinds, np.arange(11)]) % 256
    data = b"".join(bytes([k, *row]) for k, row in zip(kinds, rows.reshape(11, -1), strict=True))
    contents = png_of(7, 11, 16, colours, data)
    np.testing.assert_array_equal(tf.io.decode_png(contents, dtype=tf.uint16), pixels)
    np.testing.assert_array_equal(tf.io.decode_png(contents), pixels >> 8)


# Adam7: where each pass begins and how far its pixels are apart, down and across.
PASSES = (
    (0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)
)  # fmt: skip


def test_sixteen_bits_interlaced():
    pixels = np.random.default_rng(0).integers(0, 65536, (9, 11, 3)).astype(np.uint16)
    data = b"".join(
        b"\0" + row.astype(">u2").tobytes()
        for top, left, down, across in PASSES
        for row in pixels[top::down, left::across]
        if row.size
    )
    contents = png_of(11, 9, 16, 2, data, interlace=1)
    np.testing.assert_array_equal(tf.io.decode_png(contents, dtype=tf.uint16), pixels)


def test_others_read_what_is_written():
    with Image.open(io.BytesIO(tf.io.encode_png(PIXELS).numpy())) as image:
        np.testing.assert_array_equal(np.asarray(image), PIXELS)
    files = tf.io.encode_png(np.stack([WIDE, WIDE[::-1]])[None])
    assert files.shape == (1, 2)
    np.testing.assert_array_equal(tf.io.decode_png(files[0, 1], dtype=tf.uint16), WIDE[::-1])


def test_a_byte_that_is_wrong():
    broken = bytearray(PNG)
    broken[60] ^= 1
    with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid PNG data, size"):
        tf.io.decode_png(bytes(broken))


# ---- GIF and BMP ---------------------------------------------------------------------------------


def test_what_a_frame_leaves_out_is_as_before():
    # A second frame: one pixel at (1, 0); a third: two pixels, the first of which is transparent.
    second = b",\1\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    third = b"!\xf9\4\1\0\0\0\0" + GIF[19:-1]
    found = tf.io.decode_gif(GIF[:-1] + second + third + b";").numpy()[:, 0]
    dark, light = [7, 8, 9], [255, 255, 255]
    assert found.tolist() == [[dark, light], [dark, dark], [dark, light]]


def test_an_animation_is_no_picture():
    frames = [Image.fromarray(PIXELS), Image.fromarray(PIXELS[::-1])]
    contents = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert tf.io.decode_image(contents).shape == (2, 4, 6, 3)
    assert tf.io.decode_image(contents, expand_animations=False).shape == (4, 6, 3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Got 2 frames, but animated gifs"):
        tf.io.decode_png(contents)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_bitmaps(channels):
    pixels = np.dstack([PIXELS, PIXELS[..., :1]])[..., :channels]
    image = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    contents = saved(image, "BMP")
    np.testing.assert_array_equal(tf.io.decode_bmp(contents), pixels)
    turned = bytearray(contents)
    struct.pack_into("<i", turned, 22, -4)  # a negative height: from the top to the bottom
    np.testing.assert_array_equal(tf.io.decode_bmp(bytes(turned)), pixels[::-1])


# ---- in graphs -----------------------------------------------------------------------------------


def test_what_a_graph_knows():
    @tf.function(autograph=False, input_signature=[tf.TensorSpec([], tf.string)])
    def shapes(contents):
        found = [
            tf.io.decode_jpeg(contents, channels=3),
            tf.io.decode_gif(contents),
            tf.io.decode_image(contents, expand_animations=False),
            tf.io.decode_and_crop_jpeg(contents, [0, 0, 1, 2]),
            tf.io.extract_jpeg_shape(contents),
        ]
        known.extend(t.shape.as_list() for t in found)
        known.append(tf.io.decode_image(contents).shape.rank)
        return tf.image.resize(found[0], [2, 2])

    known = []
    assert shapes(JPEG).shape == (2, 2, 3)
    assert known == [[None, None, 3], [None, None, None, 3], [None] * 3, [1, 2, None], [3], None]
