"""Characters: strings from one encoding to another, as code points and back, and their scripts.

The one idea: between bytes and bytes lie code points. `encodings.decoded` finds them, `_Policy`
says what becomes of those that are none, `encoded` writes them down.

Read next: encodings.py; ragged/strings.py, which makes the public functions of the flat ops here.
"""

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from headrace._src.core.dtypes import DType, int64
from headrace._src.core.shape_rules import same
from headrace._src.core.shapes import TensorShape, unknown, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.encodings import Characters, decoded, is_mark, is_valid_utf8, known
from headrace._src.ops.strings import WHY, word

REPLACEMENT = 0xFFFD
LAST = 0x10FFFF


class _Policy(NamedTuple):
    """What becomes of bytes that spell nothing, and of control characters if these are to go.

    errors: "strict", "replace" or "ignore". replacement: the code point for "replace". of_controls:
    whether the code points below a space are treated so, too.
    """

    errors: str
    replacement: int
    of_controls: bool = False

    def check(self) -> None:
        """Raises ValueError where the replacement is no code point."""
        if not 0 <= self.replacement <= LAST:
            raise ValueError("replacement_char out of unicode codepoint range")

    def applied(self, found: Characters) -> Characters:
        """The characters that are left."""
        points, starts, counts = found
        bad = is_mark(points)
        if self.of_controls:
            bad |= points < 0x20
        if not bad.any():
            return found
        if self.errors == "strict":
            raise ValueError("Invalid formatting on input string")
        if self.errors == "replace":
            return Characters(np.where(bad, np.int32(self.replacement), points), starts, counts)
        good = ~bad
        left = np.add.reduceat(np.append(good, False), np.cumsum(counts) - counts, dtype=np.int64)
        return Characters(
            points[good], None if starts is None else starts[good], np.where(counts, left, 0)
        )


def _splits(counts: np.ndarray, dtype: DType) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(dtype.array_dtype)


def _is_no_character(points: np.ndarray) -> np.ndarray:
    """Which numbers are no code points, or halves of a pair."""
    return (points < 0) | (points > LAST) | (points & ~0x7FF == 0xD800)


_PYTHON_NAMES = {"UTF-8": "utf-8", "UTF-16-BE": "utf-16-be", "UTF-32-BE": "utf-32-be"}


def encoded(points: np.ndarray, counts: np.ndarray, encoding: str) -> np.ndarray:
    """Rows of code points as strings; what is no character becomes U+FFFD."""
    points = np.where(_is_no_character(points), np.int32(REPLACEMENT), points).astype("<i4")
    text = points.tobytes().decode("utf-32-le")
    name = _PYTHON_NAMES[encoding]
    if (counts == 1).all():
        return _one_by_one(points, name)
    ends = np.cumsum(counts).tolist()
    rows = (text[begin:end].encode(name) for begin, end in zip([0, *ends], ends))
    return np.fromiter(rows, object, len(ends))


def _one_by_one(points: np.ndarray, name: str) -> np.ndarray:
    """Code points as strings of one character; each that occurs is encoded once."""
    table = np.empty(points.max(initial=0) + 1, object)
    distinct = np.flatnonzero(np.bincount(points, minlength=1))
    table[distinct] = [chr(point).encode(name) for point in distinct.tolist()]
    return table[points]


# ---- strings to strings --------------------------------------------------------------------------


@op("UnicodeTranscode", shape=lambda input, *_: input, cost="host")
def unicode_transcode(
    input: Tensor,
    input_encoding: str,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = REPLACEMENT,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Tensor:
    """Strings in another encoding.

    input_encoding: a name such as "UTF-8", "UTF-16-BE", "latin1" or "shift_jis". output_encoding:
    "UTF-8", "UTF-16-BE" or "UTF-32-BE". errors: what becomes of bytes that spell nothing: "replace"
    by `replacement_char`, "ignore", or "strict" for an error. replace_control_characters: whether
    the characters below a space are treated like these.

    >>> tf.strings.unicode_transcode(["caf\\u00e9", b"a\\xffb"], "UTF-8", "UTF-16-BE").numpy()
    array([b'\\x00c\\x00a\\x00f\\x00\\xe9', b'\\x00a\\xff\\xfd\\x00b'], dtype=object)

    Raises tf.errors.InvalidArgumentError for an encoding that is not known, a replacement that is
    no code point, and bytes that spell nothing if errors="strict". Op: UnicodeTranscode.
    """
    policy = _Policy(word(errors), replacement_char, replace_control_characters)
    policy.check()
    source, target = word(input_encoding), word(output_encoding)
    flat = input.reshape(-1)
    is_same = known(source) == "utf-8" and target == "UTF-8" and not replace_control_characters
    if is_same and is_valid_utf8(flat):
        return input
    points, _, counts = policy.applied(decoded(flat, source, with_starts=False))
    return encoded(points, counts, target).reshape(input.shape)


no_gradient(unicode_transcode, why=WHY)


# ---- strings to code points ----------------------------------------------------------------------


def _decode_shape(input: TensorShape, *attributes: Any) -> list[TensorShape]:
    size = input.num_elements()
    return [vector(None if size is None else size + 1), vector(None)]


def _decode_with_offsets_shape(input: TensorShape, *attributes: Any) -> list[TensorShape]:
    return [*_decode_shape(input), vector(None)]


@op("UnicodeDecode", shape=_decode_shape, cost="host")
def unicode_decode(
    input: Tensor,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = REPLACEMENT,
    replace_control_characters: bool = False,
    Tsplits: DType = int64,
    name: str | None = None,
) -> Any:
    """The code points of strings, flat, and where those of each begin and end."""
    policy = _Policy(word(errors), replacement_char, replace_control_characters)
    policy.check()
    found = policy.applied(decoded(input.reshape(-1), word(input_encoding), with_starts=False))
    return _splits(found.counts, Tsplits), found.points


no_gradient(unicode_decode, why=WHY)


@op("UnicodeDecodeWithOffsets", shape=_decode_with_offsets_shape, cost="host")
def unicode_decode_with_offsets(
    input: Tensor,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = REPLACEMENT,
    replace_control_characters: bool = False,
    Tsplits: DType = int64,
    name: str | None = None,
) -> Any:
    """The same, and for each code point the place of its first byte in its string."""
    policy = _Policy(word(errors), replacement_char, replace_control_characters)
    policy.check()
    found = policy.applied(decoded(input.reshape(-1), word(input_encoding), with_starts=True))
    return _splits(found.counts, Tsplits), found.points, found.starts


no_gradient(unicode_decode_with_offsets, why=WHY)


# ---- code points to strings ----------------------------------------------------------------------


def _encode_shape(
    input_values: TensorShape, input_splits: TensorShape, *attributes: Any
) -> TensorShape:
    if input_splits.rank is None:
        return unknown
    size = input_splits[0] if input_splits.rank else None
    return vector(None if size is None else max(size - 1, 0))


@op("UnicodeEncode", shape=_encode_shape, cost="host")
def unicode_encode(
    input_values: Tensor,
    input_splits: Tensor,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = REPLACEMENT,
    name: str | None = None,
) -> Tensor:
    """Rows of code points as strings."""
    policy = _Policy(word(errors), replacement_char)
    policy.check()
    if input_values.ndim != 1 or input_splits.ndim != 1:
        raise ValueError("Both the input_tensor and input_splits should be of rank 1. ")
    _check_splits(input_splits, len(input_values))
    points = input_values
    counts = np.diff(input_splits.astype(np.int64))
    bad = _is_no_character(points)
    if bad.any():
        if policy.errors == "strict":
            raise ValueError("Code point is out of range for Unicode, or is a surrogate.")
        marked = np.where(bad, np.int32(0xDC00), points)
        points, _, counts = policy.applied(Characters(marked, None, counts))
    return encoded(points, counts, word(output_encoding))


no_gradient(unicode_encode, why=WHY)


def _check_splits(splits: np.ndarray, count: int) -> None:
    if not splits.size:
        raise ValueError(
            "Input_splits should contain elements, but given input_values has 0 elements"
        )
    if splits[0] != 0:
        raise ValueError("First value in input_splits must be zero.")
    if splits[-1] != count:
        raise ValueError("Last value in input_splits must be equal to length of input_tensor.")
    if (np.diff(splits) < 0).any():
        raise ValueError("Values in input_splits must be equal or in ascending order.")


# ---- scripts -------------------------------------------------------------------------------------


@op("UnicodeScript", shape=same, cost="host")
def unicode_script(input: Tensor, name: str | None = None) -> Tensor:
    """The scripts to which code points belong, as ICU numbers them; -1 for what is no code point.

    input: int32.

    >>> tf.strings.unicode_script([ord("a"), ord("\\u03b1"), -1]).numpy()
    array([25, 14, -1], dtype=int32)

    Raises TypeError for what is no int32. Op: UnicodeScript.
    """
    begins, scripts = _scripts()
    found = scripts[np.searchsorted(begins, input, side="right") - 1]
    return np.where((input < 0) | (input > LAST), np.int32(-1), found)


no_gradient(unicode_script, why="A script is a name.")


@cache
def _scripts() -> tuple[np.ndarray, np.ndarray]:
    """Where runs of one script begin, and which it is: the Script property of Unicode 13."""
    lines = (Path(__file__).parent / "unicode_scripts.tsv").read_text("ascii").splitlines()[1:]
    pairs = [line.split("\t") for line in lines]
    begins = np.array([int(begin, 16) for begin, _ in pairs], np.int32)
    return begins, np.array([int(script) for _, script in pairs], np.int32)
