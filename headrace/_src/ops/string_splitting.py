"""Strings in parts: the ops StringSplit and StringSplitV2, and what goes over windows of parts.

The one idea: a row of strings has rows of parts, told as a flat list of these and how many each
string has. The ops answer that as a sparse matrix; what answers ragged tensors asks `split_rows`
for the rows themselves.

Read next: unicode.py; ragged/strings.py, which makes the public functions.
"""

from typing import Any

import numpy as np

from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op
from headrace._src.native.strings import (
    split_counts,
    split_parts,
    string_bytes,
    string_length,
    string_windows,
)
from headrace._src.ops.strings import WHY, check_int32, flat, octets


def split_rows(
    strings: np.ndarray, separator: bytes, limit: int = -1
) -> tuple[np.ndarray, np.ndarray]:
    """The parts of a vector of strings, and how many each string has.

    separator: empty for runs of white space. limit: how often to split, or a negative number.
    """
    strings = np.ascontiguousarray(strings)
    how = len(strings), strings, separator, len(separator), max(limit, -1)
    counts = np.empty(len(strings), np.int64)
    split_counts(*how, counts)
    found = np.empty(int(counts.sum()), object)
    split_parts(*how, found)
    return found, counts


def byte_rows(strings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The bytes of a vector of strings, each a string, and how many each string has."""
    strings = np.ascontiguousarray(strings)
    # Not by `string_length`: its int32 would be too few places for a string of 4 GB.
    counts = np.fromiter(map(len, strings), np.int64, len(strings))
    found = np.empty(int(counts.sum()), object)
    string_bytes(len(strings), strings, found)
    return found, counts


def _sparse(found: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows as indices, values and shape of a sparse matrix."""
    rows = np.repeat(np.arange(len(counts)), counts)
    begins = np.cumsum(counts) - counts
    indices = np.stack([rows, np.arange(len(found)) - begins[rows]], axis=1)
    shape = np.array([len(counts), counts.max(initial=0)], np.int64)
    return indices, found, shape


def _split_shape(
    input: TensorShape, delimiter: TensorShape, option: Any, word: str = "delimiter"
) -> list[TensorShape]:
    if input.rank not in (None, 1):
        raise ShapeError(
            f"input must be a vector, got shape: {bracketed(input)}",
            f"Shape must be rank 1 but is rank {input.rank}",
        )
    if delimiter.rank not in (None, 0):
        raise ShapeError(
            f"{word} must be a scalar, got shape: {bracketed(delimiter)}",
            f"Shape must be rank 0 but is rank {delimiter.rank}",
        )
    return [TensorShape([None, 2]), vector(None), vector(2)]


@op("StringSplit", shape=_split_shape, cost="host")
def string_split(
    input: Tensor, delimiter: Tensor, skip_empty: bool = True, name: str | None = None
) -> Any:
    """Strings in parts, each byte of `delimiter` a separator; without any, in their bytes."""
    _split_shape(TensorShape(input.shape), TensorShape(delimiter.shape), skip_empty)
    separators = delimiter.item()
    if not separators:
        return _sparse(*byte_rows(input))
    if len(separators) > 1:
        alike = bytes.maketrans(separators, separators[:1] * len(separators))
        input = np.fromiter((s.translate(alike) for s in input), object, len(input))
    found, counts = split_rows(input, separators[:1])
    # An empty string has no parts here, not even an empty one.
    lengths = np.empty(len(found), np.int32)
    string_length(len(found), found, 0, lengths)
    keep = lengths != 0
    if not skip_empty:
        keep |= np.repeat(counts > 1, counts)
    rows = np.repeat(np.arange(len(input)), counts)[keep]
    return _sparse(found[keep], np.bincount(rows, minlength=len(input)))


no_gradient(string_split, why=WHY)


def _split_op_shape(input: TensorShape, sep: TensorShape, maxsplit: int) -> list[TensorShape]:
    return _split_shape(input, sep, maxsplit, "sep")


@op("StringSplitV2", shape=_split_op_shape, cost="host")
def split_op(input: Tensor, sep: Tensor, maxsplit: int = -1, name: str | None = None) -> Any:
    """Strings in parts, `sep` the separator; without one, runs of white space are."""
    _split_op_shape(TensorShape(input.shape), TensorShape(sep.shape), maxsplit)
    return _sparse(*split_rows(input, sep.item(), maxsplit))


no_gradient(split_op, why=WHY)


# ---- windows -------------------------------------------------------------------------------------


def _ngrams_shape(data: TensorShape, data_splits: TensorShape, *_: Any) -> list[TensorShape]:
    return [vector(None), data_splits]


@op("StringNGrams", shape=_ngrams_shape, cost="host")
def string_n_grams(
    data: Tensor,
    data_splits: Tensor,
    separator: str,
    ngram_widths: tuple,
    left_pad: str,
    right_pad: str,
    pad_width: int,
    preserve_short_sequences: bool,
    name: str | None = None,
) -> Any:
    """The windows over each row of strings, joined; row after row, width after width."""
    check_int32("pad_width", pad_width)
    for width in ngram_widths:
        check_int32("ngram_widths", width)
    if min(ngram_widths, default=1) < 1:
        raise ValueError("ngram_widths must contain positive values")
    splits, texts = data_splits.reshape(-1).astype(np.int64), flat(data)
    if not splits.size:
        return np.full(texts.size, b"", object), data_splits
    _check_splits(splits, texts.size)
    ends = np.zeros(splits.size, np.int64)
    np.cumsum(
        _windows(np.diff(splits), ngram_widths, pad_width, preserve_short_sequences), out=ends[1:]
    )
    ngrams = np.empty(ends[-1], object)
    put_there = np.fromiter(map(octets, (separator, left_pad, right_pad)), object, 3)
    widths = np.array(ngram_widths, np.int64)
    string_windows(
        splits.size - 1, splits, texts, put_there, widths.size, widths, pad_width,
        int(preserve_short_sequences), ngrams,
    )  # fmt: skip
    return ngrams, ends.astype(data_splits.dtype).reshape(data_splits.shape)


no_gradient(string_n_grams, why=WHY)


def _windows(lengths: np.ndarray, widths: tuple, pad_width: int, keeps_short: bool) -> np.ndarray:
    """How many windows rows of these lengths have."""
    found = np.zeros_like(lengths)
    for width in widths:
        padding = width - 1 if pad_width < 0 else min(pad_width, width - 1)
        found += np.maximum(lengths + (2 * padding - width + 1), 0)
    if keeps_short:
        found[(found == 0) & (lengths > 0)] = 1
    return found


def _check_splits(splits: np.ndarray, count: int) -> None:
    if splits[0] != 0:
        raise ValueError(f"First split value must be 0, got {splits[0]}")
    wrong = np.flatnonzero((splits[1:] < splits[:-1]) | (splits[1:] > count))
    if wrong.size:
        before, split = splits[wrong[0] :][:2]
        raise ValueError(f"Invalid split value {split}, must be in [{before}, {count}]")
    if splits[-1] != count:
        raise ValueError(f"Last split value must be data size. Expected {count}, got {splits[-1]}")
