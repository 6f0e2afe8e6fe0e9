"""Strings in parts: functions whose results have rows of several lengths.

The one idea: an op takes a vector of strings and answers the parts of all, and where those of each
begin. Whatever the shape of the input, its strings are made a vector for the op, and its dimensions
are put around the rows afterwards.

Read next: ops/string_splitting.py and ops/unicode.py, where the ops are.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core.dtypes import int64, string
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops import string_splitting, unicode
from headrace._src.ops.array import length, reshape
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import fill
from headrace._src.ops.joining import concat, stack
from headrace._src.ops.ranges import range as range_of
from headrace._src.ragged.ragged_tensor import RaggedTensor, scope

# From a vector of strings to ragged tensors with a row for each.
_OfVector = Callable[[Tensor], list[RaggedTensor]]


def _each(of_vector: _OfVector, input: Any, unknown_rank: str = "") -> list[Any]:
    """What `of_vector` makes of strings of any shape, ragged or not.

    unknown_rank: what to say where the rank is not known; without it, that means a vector.
    """
    if isinstance(input, RaggedTensor):
        found = _each(of_vector, input.flat_values, unknown_rank)
        return [input.with_flat_values(values) for values in found]
    rank = input.shape.rank
    if rank is None and unknown_rank:
        raise ValueError(unknown_rank)
    if rank == 0:
        return [found.values for found in of_vector(reshape(input, [1]))]
    if rank in (None, 1):
        return of_vector(input)
    return [_around(found, input) for found in of_vector(reshape(input, [-1]))]


def _around(found: RaggedTensor, like: Tensor) -> RaggedTensor:
    """Rows, one for each element of a tensor, in the dimensions of that tensor."""
    sizes = _sizes(like)
    counts = sizes[:1]
    for size in sizes[1:-1]:
        counts.append(counts[-1] * size)
    for size, count in zip(sizes[:0:-1], counts[::-1], strict=True):
        found = RaggedTensor.from_uniform_row_length(found, size, count, validate=False)
    return found


def _sizes(x: Tensor) -> list[Tensor]:
    """The sizes of a tensor whose rank is known, each an int64."""
    return [cast(length(x, axis), int64) for axis, _ in enumerate(x.shape)]


def _as_strings(input: Any) -> Any:
    return input if isinstance(input, RaggedTensor) else convert(input, string)


# ---- by separators -------------------------------------------------------------------------------


def split(input: Any, sep: Any = None, maxsplit: int = -1, name: str | None = None) -> Any:
    """The parts of strings, in a ragged tensor with one dimension more; of one string, a vector.

    input: strings of any shape, ragged or not. sep: the separator; by default runs of white space,
    which separate nothing at the ends. maxsplit: how often to split at most; -1 for always.

    >>> tf.strings.split(["hello world", "a b c"])
    <tf.RaggedTensor [[b'hello', b'world'], [b'a', b'b', b'c']]>
    >>> tf.strings.split("1,2,3", sep=",", maxsplit=1).numpy()
    array([b'1', b'2,3'], dtype=object)

    Raises tf.errors.InvalidArgumentError where `sep` is no scalar. Op: StringSplitV2.
    """
    separator = "" if sep is None else sep

    def of_vector(strings: Tensor) -> list[RaggedTensor]:
        return [rows(string_splitting.split_op(strings, separator, maxsplit))]

    with scope(name, "StringSplit"):
        return _each(of_vector, _as_strings(input))[0]


def bytes_split(input: Any, name: str | None = None) -> Any:
    """The bytes of strings, in a ragged tensor with one dimension more; of one string, a vector.

    input: strings of any shape, ragged or not.

    >>> tf.strings.bytes_split(["hello", "ab"])
    <tf.RaggedTensor [[b'h', b'e', b'l', b'l', b'o'], [b'a', b'b']]>

    Raises ValueError where the rank is not known. Op: StringSplit.
    """

    def of_vector(strings: Tensor) -> list[RaggedTensor]:
        return [rows(string_splitting.string_split(convert(strings, string), "", False))]

    with scope(name, "StringsByteSplit"):
        if not isinstance(input, RaggedTensor):
            input = convert(input, None, string)
        return _each(of_vector, input, "input must have a statically-known rank.")[0]


def rows(sparse: Any) -> RaggedTensor:
    """The rows of a sparse matrix that is full on the left."""
    indices, values, shape = sparse
    return RaggedTensor.from_value_rowids(values, indices[:, 0], shape[0], validate=False)


# ---- by characters -------------------------------------------------------------------------------

_RANK = "Rank of `input` must be statically known."


def unicode_decode(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = unicode.REPLACEMENT,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Any:
    """The code points of strings, in a ragged tensor with one dimension more; of one, a vector.

    input: strings of any shape, ragged or not. input_encoding: such as "UTF-8", "UTF-16-BE" or
    "latin1". errors: what becomes of bytes that spell nothing: "replace" by `replacement_char`,
    "ignore", or "strict" for an error. replace_control_characters: whether the characters below a
    space are treated like these.

    >>> tf.strings.unicode_decode(["caf\\u00e9", "ab"], "UTF-8")
    <tf.RaggedTensor [[99, 97, 102, 233], [97, 98]]>

    Raises tf.errors.InvalidArgumentError for an encoding that is not known, and for bytes that
    spell nothing if errors="strict". Op: UnicodeDecode.
    """
    policy = errors, replacement_char, replace_control_characters

    def of_vector(strings: Tensor) -> list[RaggedTensor]:
        splits, points = unicode.unicode_decode(strings, input_encoding, *policy)
        return [RaggedTensor.from_row_splits(points, splits, validate=False)]

    with scope(name, "UnicodeDecode"):
        return _each(of_vector, _as_tensor(input), _RANK)[0]


def unicode_decode_with_offsets(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = unicode.REPLACEMENT,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The code points of strings, and for each the place of its first byte in its string.

    The arguments are those of `tf.strings.unicode_decode`.

    >>> points, starts = tf.strings.unicode_decode_with_offsets(["\\u00e9t\\u00e9"], "UTF-8")
    >>> points, starts
    (<tf.RaggedTensor [[233, 116, 233]]>, <tf.RaggedTensor [[0, 2, 3]]>)

    Raises tf.errors.InvalidArgumentError for an encoding that is not known, and for bytes that
    spell nothing if errors="strict". Op: UnicodeDecodeWithOffsets.
    """
    policy = errors, replacement_char, replace_control_characters

    def of_vector(strings: Tensor) -> list[RaggedTensor]:
        decoded = unicode.unicode_decode_with_offsets(strings, input_encoding, *policy)
        points = RaggedTensor.from_row_splits(
            decoded.char_values, decoded.row_splits, validate=False
        )
        return [points, points.with_values(decoded.char_to_byte_starts)]

    with scope(name, "UnicodeDecodeWithOffsets"):
        points, starts = _each(of_vector, _as_tensor(input), _RANK)
    return points, starts


def unicode_split(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = unicode.REPLACEMENT,
    name: str | None = None,
) -> Any:
    """The characters of strings, in a ragged tensor with one dimension more; of one, a vector.

    input: strings of any shape, ragged or not. input_encoding: "UTF-8", "UTF-16-BE" or "UTF-32-BE",
    which the characters stay in. errors: what becomes of bytes that spell nothing: "replace" by
    `replacement_char`, "ignore", or "strict" for an error.

    >>> tf.strings.unicode_split(["caf\\u00e9", "ab"], "UTF-8")
    <tf.RaggedTensor [[b'c', b'a', b'f', b'\\xc3\\xa9'], [b'a', b'b']]>

    Raises tf.errors.InvalidArgumentError for another encoding, and for bytes that spell nothing if
    errors="strict". Ops: UnicodeDecode, UnicodeEncode.
    """
    with scope(name, "UnicodeSplit"):
        points = unicode_decode(input, input_encoding, errors, replacement_char)
        return _characters(points, input_encoding)


def unicode_split_with_offsets(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = unicode.REPLACEMENT,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The characters of strings, and for each the place of its first byte in its string.

    The arguments are those of `tf.strings.unicode_split`.

    >>> characters, starts = tf.strings.unicode_split_with_offsets("\\u00e9t\\u00e9", "UTF-8")
    >>> characters.numpy(), starts.numpy()
    (array([b'\\xc3\\xa9', b't', b'\\xc3\\xa9'], dtype=object), array([0, 2, 3]))

    Raises tf.errors.InvalidArgumentError for another encoding, and for bytes that spell nothing if
    errors="strict". Ops: UnicodeDecodeWithOffsets, UnicodeEncode.
    """
    with scope(name, "UnicodeSplitWithOffsets"):
        points, starts = unicode_decode_with_offsets(
            input, input_encoding, errors, replacement_char
        )
        return _characters(points, input_encoding), starts


def _characters(points: Any, encoding: str) -> Any:
    """Each code point as a string."""
    if isinstance(points, RaggedTensor):
        return points.with_flat_values(_characters(points.flat_values, encoding))
    ends = range_of(_sizes(points)[0] + 1)
    return unicode.unicode_encode(points, ends, encoding)


def _as_tensor(input: Any) -> Any:
    return input if isinstance(input, RaggedTensor) else convert(input)


# ---- and back ------------------------------------------------------------------------------------


def unicode_encode(
    input: Any,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = unicode.REPLACEMENT,
    name: str | None = None,
) -> Any:
    """The strings that rows of code points spell; the last dimension is gone.

    input: int32, ragged or not. output_encoding: "UTF-8", "UTF-16-BE" or "UTF-32-BE". errors: what
    becomes of numbers that are no code points, or halves of a pair: "replace" by
    `replacement_char`, "ignore", or "strict" for an error.

    >>> tf.strings.unicode_encode(tf.ragged.constant([[99, 97, 102, 233], [97]]), "UTF-8").numpy()
    array([b'caf\\xc3\\xa9', b'a'], dtype=object)

    Raises ValueError for a scalar, or a rank that is not known; tf.errors.InvalidArgumentError for
    another encoding, and for what is no code point if errors="strict". Op: UnicodeEncode.
    """
    with scope(name, "UnicodeEncode"):
        return _encoded(_as_tensor(input), (output_encoding, errors, replacement_char))


def _encoded(input: Any, how: tuple) -> Any:
    if isinstance(input, RaggedTensor):
        if input.values.shape.rank == 1:
            return unicode.unicode_encode(input.values, input.row_splits, *how)
        return input.with_values(_encoded(input.values, how))
    rank = input.shape.rank
    if rank is None:
        raise ValueError("Rank of input_tensor must be statically known.")
    if rank == 0:
        raise ValueError("input_tensor's rank must be at least 1.")
    sizes = _sizes(input)
    splits = range_of(_product(sizes[:-1]) + 1) * sizes[-1]
    found = unicode.unicode_encode(reshape(input, [-1]), splits, *how)
    return reshape(found, stack(sizes[:-1]) if rank > 1 else [])


def _product(sizes: list[Tensor]) -> Tensor:
    found: Any = convert(1, int64)
    for size in sizes:
        found = found * size
    return found


# ---- windows -------------------------------------------------------------------------------------


def ngrams(
    data: Any,
    ngram_width: Any,
    separator: str = " ",
    pad_values: Any = None,
    padding_width: int | None = None,
    preserve_short_sequences: bool = False,
    name: str | None = None,
) -> Any:
    """The windows over the last dimension of strings, each joined to one string.

    data: strings, ragged or not; so is the result. ngram_width: the number of strings in a window,
    or a list of such; then the windows of one width come after those of the other. separator: what
    is put between two strings. pad_values: a string that is put before and after each row, or a
    pair; as often as fills a window, or `padding_width` times at most. preserve_short_sequences:
    whether a row that is too short for any window becomes one.

    >>> tf.strings.ngrams(["a", "b", "c"], 2).numpy()
    array([b'a b', b'b c'], dtype=object)
    >>> tf.strings.ngrams(tf.ragged.constant([["a", "b"], ["c"]]), 2, pad_values="#", separator="")
    <tf.RaggedTensor [[b'#a', b'ab', b'b#'], [b'#c', b'c#']]>

    Raises ValueError for scalars, a width below one, or a padding width without values. Op:
    StringNGrams.
    """
    with scope(name, "StringNGrams"):
        left, right = _pads(pad_values)
        if padding_width is not None and pad_values is None:
            raise ValueError("pad_values must be provided if padding_width is set.")
        if padding_width is not None and padding_width < 1:
            raise ValueError("padding_width must be greater than 0.")
        if pad_values is None:
            padding_width = 0
        widths = list(ngram_width) if isinstance(ngram_width, (list, tuple)) else [ngram_width]
        if any(width < 1 for width in widths):
            raise ValueError(f"All ngram_widths must be greater than 0. Got {ngram_width}")
        padding = -1 if padding_width is None else padding_width
        return _windows(
            _as_strings(data), (separator, widths, left, right, padding, preserve_short_sequences)
        )


def _pads(values: Any) -> tuple[Any, Any]:
    """The strings before and after a row."""
    if values is None:
        return "", ""
    if isinstance(values, (list, tuple)):
        left, right = values[0], values[1]
    else:
        left = right = values
    if not isinstance(left, (str, bytes)) or not isinstance(right, (str, bytes)):
        raise TypeError("pad_values must be a string, tuple of strings, or None.")
    return left, right


def _windows(data: Any, how: tuple) -> Any:
    if isinstance(data, RaggedTensor):
        if isinstance(data.values, RaggedTensor):
            return data.with_values(_windows(data.values, how))
        found, splits = string_splitting.string_n_grams(data.values, data.row_splits, *how)
        return RaggedTensor.from_row_splits(found, splits, validate=False)
    rank = data.shape.rank
    if rank is None:
        raise ValueError("Rank of data must be known.")
    if rank == 0:
        raise ValueError("Data must have rank>0")
    sizes = _sizes(data)
    if rank == 1:
        return string_splitting.string_n_grams(data, stack([0, sizes[0]]), *how)[0]
    # Rows of one length have equally many windows. How many, a row more tells, if there is none.
    one_more = concat([reshape(data, [-1]), fill([sizes[-1]], "")], 0)
    splits = range_of(_product(sizes[:-1]) + 2) * sizes[-1]
    found, splits = string_splitting.string_n_grams(one_more, splits, *how)
    end = splits[-2]
    return reshape(found[:end], stack([*sizes[:-1], splits[-1] - end]))
