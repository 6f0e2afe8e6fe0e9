"""Kernels over rows of values: rows copied, rows that count, where each value is.

The one idea: each says in NumPy what native/ragged.cpp says in C++. Rows are told by int64 splits:
row i is what lies from `splits[i]` up to `splits[i + 1]`, the first split is 0, none is less than
the one before it.

Read next: ops/ragged_gather.py, ops/ragged_range.py and ops/ragged_conversion.py, which call them.
"""

import numpy as np

from headrace._src.native import kernel


@kernel
def rows_that_count(
    rows: int,
    splits: np.ndarray,
    starts: np.ndarray,
    steps: np.ndarray,
    size: int,
    is_float: int,
    out: np.ndarray,
) -> int:
    """Rows of numbers of `size` bytes, each the one before it and the row's step."""
    lengths = np.diff(splits)
    if not is_float:
        out[:] = np.repeat(starts - splits[:-1].astype(out.dtype) * steps, lengths)
        out += np.arange(len(out), dtype=out.dtype) * np.repeat(steps, lengths)
        return 0
    # Column by column, for a sum of many steps is rounded after each; the rows in the order of
    # their lengths, so that those that go on are the first.
    order = np.argsort(-lengths, kind="stable")
    places, running, steps = splits[:-1][order], starts[order], steps[order]
    ahead = rows - np.cumsum(np.bincount(lengths))
    for column, count in enumerate(ahead[:-1].tolist()):
        out[places[:count] + column] = running[:count]
        running = running[:count] + steps[:count]
    return 0


@kernel
def copy_rows(
    rows: int,
    splits: np.ndarray,
    starts: np.ndarray,
    size: int,
    values: np.ndarray,
    out: np.ndarray,
) -> int:
    """Into each row of `out` as many of `values`, of `size` bytes each, from its start on."""
    out[:] = values.take(numbers_from(starts, splits), 0)
    return 0


def numbers_from(starts: np.ndarray, splits: np.ndarray) -> np.ndarray:
    """In each row the numbers from its start on."""
    found = np.repeat(starts - splits[:-1], np.diff(splits))
    found += np.arange(len(found), dtype=found.dtype)
    return found


@kernel
def row_positions(
    rows: int, rank: int, splits: np.ndarray, around: np.ndarray, out: np.ndarray
) -> int:
    """The position of each value: that of its row, [rows, rank], and its place there."""
    lengths = np.diff(splits)
    out[:, :rank] = np.repeat(around, lengths, 0)
    out[:, rank] = numbers_from(np.zeros(rows, np.int64), splits)
    return 0
