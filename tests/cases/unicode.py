"""Characters: ops/unicode.py and ops/encodings.py. Expected values are TensorFlow's."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, each, error, ints
from tests.cases.strings import words

Invalid = tf.errors.InvalidArgumentError
TRANSCODE = tf.strings.unicode_transcode


def decode(input, encoding, **options):
    return tf.raw_ops.UnicodeDecode(input=input, input_encoding=encoding, **options)


def decode_with_offsets(input, encoding, **options):
    return tf.raw_ops.UnicodeDecodeWithOffsets(input=input, input_encoding=encoding, **options)


def encode(values, splits, encoding="UTF-8", **options):
    return tf.raw_ops.UnicodeEncode(
        input_values=values, input_splits=splits, output_encoding=encoding, **options
    )


def says(*values):
    return lambda *_, **__: words(*values)


def found(splits, points, starts=None):
    def ref(*_, Tsplits=np.int64, **__):
        known = [np.array(splits, Tsplits), np.array(points, np.int32)]
        return (*known, np.array(starts, np.int64)) if starts is not None else tuple(known)

    return ref


TEXT = array(words("a\u00e9\u20ac", "", "\U0001f600"))
BAD = array(words(b"a\xffb", b"\xe2\x82", b"", b"\xed\xa0\x80c"))
CONTROLS = array(words(b"a\0\x01\t\x1f\x7f\xc2\x80b"))
LAST = [97, 0xD800, 0x110000, -1]
ROWS = [
    case(TRANSCODE, TEXT, "UTF-8", each("UTF-8", "UTF-16-BE", "UTF-32-BE"),
         ref=lambda x, _, to: words(*(s.decode().encode(to.lower()) for s in x))),
    case(TRANSCODE, BAD, "UTF8", "UTF-8", ref=says("a\ufffdb", "\ufffd", "", "\ufffd" * 3 + "c")),
    case(TRANSCODE, BAD, "UTF-8", "UTF-8", "ignore", ref=says("ab", "", "", "c")),
    case(TRANSCODE, BAD, "UTF-8", "UTF-8", replacement_char=32, ref=says("a b", " ", "", "   c")),
    case(TRANSCODE, array(words(b"\xc3", b"\xa9")), "UTF-8", "UTF-8", ref=says("\ufffd", "\ufffd"),
         name="unicode_transcode(halves)"),
    case(TRANSCODE, CONTROLS, "UTF-8", "UTF-8", replace_control_characters=True,
         ref=says("a\ufffd\ufffd\ufffd\ufffd\x7f\x80b")),
    case(TRANSCODE, array(words(b"a\xe9\x80")), each("latin1", "ISO-8859-1"), "UTF-8",
         ref=says("a\u00e9\x80")),
    case(TRANSCODE, array(words(b"a\x80\x81")), "windows-1252", "UTF-8", ref=says("a\u20ac\x81")),
    case(TRANSCODE, array(words(b"a\x80\xff")), "US-ASCII", "UTF-8", ref=says("a\ufffd\ufffd")),
    case(TRANSCODE, array(words(b"\x82\xa0\x83A")), "shift_jis", "UTF-8", ref=says("\u3042\u30a2")),
    case(TRANSCODE, array(words(b"\0a", b"\xfe\xff\0a", b"\xff\xfea\0")), "UTF-16", "UTF-8",
         ref=says("a", "a", "a")),
    case(TRANSCODE, array(words(b"\xd8\0\0a", b"\xdc\0\0a", b"\0a\0", b"\xfe\xff\0a")), "UTF-16-BE",
         "UTF-8", ref=says("\ufffda", "\ufffda", "a\ufffd", "\ufeffa")),
    case(TRANSCODE, array(words(b"\0\x11\0\0\0\0\xd8\0", b"\0\0\0a\0")), "UTF-32-BE", "UTF-8",
         ref=says("\ufffd\ufffd", "a\ufffd")),
    error(TRANSCODE, b"\xff", "UTF-8", "UTF-8", "strict", raises=Invalid, match="Invalid format"),
    error(TRANSCODE, "a", "xyz", "UTF-8", raises=Invalid, match="for input encoding: xyz"),
    error(TRANSCODE, "a", "rot13", "UTF-8", raises=Invalid, match="for input encoding: rot13"),
    error(TRANSCODE, "a", "UTF-8", "utf-8", raises=Invalid, match="attr 'output_encoding'"),
    error(TRANSCODE, "a", "UTF-8", "UTF-8", "X", raises=Invalid, match="attr 'errors' of \"X\""),
    error(TRANSCODE, "a", "UTF-8", "UTF-8", replacement_char=-1, raises=Invalid,
          match="replacement_char out of unicode codepoint range"),
    error(TRANSCODE, "a", 3, "UTF-8", raises=TypeError, match="argument 'input_encoding' not 3"),
    case(decode, TEXT, "UTF-8", Tsplits=each(tf.int64, tf.int32),
         ref=found([0, 3, 3, 4], [97, 233, 8364, 128512])),
    case(decode, array([["ab"], ["c"]]), "UTF-8", ref=found([0, 2, 3], [97, 98, 99])),
    error(decode, ["a"], "foo", raises=Invalid, match="for input encoding: foo"),
    case(decode_with_offsets, TEXT, "UTF-8",
         ref=found([0, 3, 3, 4], [97, 233, 8364, 128512], [0, 1, 3, 0])),
    case(decode_with_offsets, BAD, "UTF-8", ref=found(
         [0, 3, 4, 4, 8], [97, *[65533, 98], *[65533] * 4, 99], [0, 1, 2, 0, 0, 1, 2, 3])),
    case(decode_with_offsets, BAD, "UTF-8", errors="ignore",
         ref=found([0, 2, 2, 2, 3], [97, 98, 99], [0, 2, 3])),
    case(decode_with_offsets, array(words(b"a\x01b")), "UTF-8", errors="ignore",
         replace_control_characters=True, ref=found([0, 2], [97, 98], [0, 2])),
    case(decode_with_offsets, array(words(b"\0a\xd8\0\xdc\0\0b")), "UTF-16-BE",
         ref=found([0, 3], [97, 65536, 98], [0, 2, 6])),
    case(decode_with_offsets, array(words(b"\xfe\xff\0a\0b")), "UTF-16",
         ref=found([0, 2], [97, 98], [0, 4])),
    case(decode_with_offsets, array(words(b"\x82\xa0a\xfe\x83A\x82")), "shift_jis",
         ref=found([0, 5], [12354, 97, 65533, 12450, 65533], [0, 2, 3, 4, 6])),
    case(decode_with_offsets, array(words(b"a\xe9")), "latin-1",
         ref=found([0, 2], [97, 233], [0, 1])),
    error(decode_with_offsets, [b"\xff"], "UTF-8", errors="strict", raises=Invalid,
          match="Invalid formatting on input string"),
    case(encode, array([97, 233, 128512], "int32"), [0, 1, 3], each("UTF-8", "UTF-16-BE"),
         ref=lambda x, _, to: words(*(s.encode(to.lower()) for s in ("a", "\u00e9\U0001f600")))),
    case(encode, array(LAST, "int32"), [0, 4], ref=says("a\ufffd\ufffd\ufffd")),
    case(encode, array(LAST, "int32"), [0, 4], errors="ignore", ref=says("a")),
    case(encode, array(LAST, "int32"), [0, 1, 4], replacement_char=32, ref=says("a", "   ")),
    error(encode, LAST, [0, 4], errors="strict", raises=Invalid, match="or is a surrogate."),
    error(encode, [97], [0, 4], raises=Invalid, match="Last value in input_splits must be equal"),
    error(encode, [97], [1, 1], raises=Invalid, match="First value in input_splits must be zero."),
    error(encode, [97], [0, 1, 0, 1], raises=Invalid, match="equal or in ascending order"),
    error(encode, [[97]], [0, 1], raises=Invalid, match="should be of rank 1"),
    error(encode, [97], np.array([], np.int64), raises=Invalid, match="should contain"),
    case(tf.strings.unicode_script, array([0x41, 0x3B1, 0x5D0, 0x4E00, 0x20, 0x378, -1, 0x110000],
         "int32"), ref=lambda x: np.array([25, 14, 19, 17, 0, 103, -1, -1], np.int32)),
    case(tf.strings.unicode_script, ints(2, 3, low=97, high=122),
         ref=lambda x: np.full((2, 3), 25, np.int32), gradient=False),
    error(tf.strings.unicode_script, "a", raises=TypeError, match="Cannot convert 'a'"),
]  # fmt: skip
