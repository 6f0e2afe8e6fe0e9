"""Rows of positions: in bounds, in order, as places in a dense tensor, two lists of them merged.

The one idea: most positions stand in order, once each, as TensorFlow wants them. So they are read
once (`faults`), and only what is found out of order is sorted, by one number for each row
(`numbers`) that compares as the row does. On the host native/sparse.py does the reading.

Read next: ops/sparse_conversion.py.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from headrace._src.core.namespace import xp
from headrace._src.native.sparse import first_faults, merge_rows

# ---- places --------------------------------------------------------------------------------------


def places(indices: Any, shape: Any) -> Any:
    """For each row of `indices`, [n, rank], its place among the elements of a dense tensor."""
    if not len(shape):
        return xp(indices).zeros(indices.shape[:1], np.int64)
    out = indices[:, 0]
    for axis, size in enumerate(shape[1:], 1):
        out = out * size + indices[:, axis]
    return out


def positions(places: np.ndarray, shape: Any) -> np.ndarray:
    """The rows of positions, [n, rank], of places among the elements of a dense tensor."""
    if not len(shape):
        return np.zeros((len(places), 0), np.int64)
    out = np.empty((len(places), len(shape)), np.int64)
    for axis in reversed(range(1, len(shape))):
        size = max(int(shape[axis]), 1)
        whole = places // size
        np.subtract(places, whole * size, out=out[:, axis])
        places = whole
    out[:, 0] = places
    return out


def numbers(indices: np.ndarray) -> np.ndarray:
    """For each row of `indices` a number from 0 on; they are in the order of the rows, and equal
    where these are.
    """
    if not len(indices) or not indices.shape[1]:
        return np.zeros(len(indices), np.int64)
    columns = [indices[:, axis] for axis in range(indices.shape[1])]
    low = [int(column.min()) for column in columns]
    box = [int(column.max()) - least + 1 for column, least in zip(columns, low, strict=True)]
    if math.prod(box) < 2**63:
        out = columns[0] - low[0]
        for column, least, size in zip(columns[1:], low[1:], box[1:], strict=True):
            out = out * size + (column - least)
        return out
    order = np.lexsort(columns[::-1])
    step = (np.diff(indices[order], axis=0) != 0).any(1)
    out = np.zeros(len(indices), np.int64)
    out[order[1:]] = np.cumsum(step)
    return out


# ---- bounds and order ----------------------------------------------------------------------------


class Faults(NamedTuple):
    """The first row that is out of bounds, comes before the one before it, equals that one.

    Each is the number of rows where there is none.
    """

    outside: int
    late: int
    repeated: int


def faults(indices: np.ndarray, shape: Any = None) -> Faults:
    """What is wrong with rows of positions; without a shape only what is negative is outside.

    Raises ValueError where the shape has another rank than they have.
    """
    count, rank = indices.shape
    if shape is not None and len(shape) != rank:
        raise ValueError(f"Index rank ({rank}) and shape rank ({len(shape)}) do not match")
    if shape is None:
        limits = np.full(rank, np.iinfo(np.int64).max)
    else:
        limits = np.maximum(np.asarray(shape, np.int64), 0)
    found = np.empty(3, np.int64)
    first_faults(count, rank, np.ascontiguousarray(indices, np.int64), limits, found)
    return Faults(*found.tolist())


def are_inside(indices: Any, shape: Any) -> Any:
    """Whether all positions are in a tensor of `shape`; by columns, for rows are short."""
    if not indices.shape[0]:
        return np.ones((), bool)
    if isinstance(indices, np.ndarray):
        return np.bool_(faults(indices, shape).outside == len(indices))
    fine: Any = np.ones((), bool)
    for axis in range(indices.shape[1]):
        column = indices[:, axis]
        fine = fine & (column.min() >= 0) & (column.max() < shape[axis])
    return fine


def check_lengths(indices: Any, values: Any) -> None:
    """Raises where there is not one value for each row of positions."""
    if len(indices) != len(values):
        raise ValueError(
            "indices and values rows (indexing dimension) must match. (indices = "
            f"{len(indices)}, values = {len(values)})"
        )


def check_counts(indices: Any, values: Any) -> None:
    """The same in the words of other kernels."""
    if len(indices) != len(values):
        raise ValueError(
            f"Number of elements in indices ({len(indices)}) and values ({len(values)}) do not "
            "match"
        )


def check_inside(indices: np.ndarray, shape: Any) -> None:
    """Raises where a position is out of bounds."""
    row = faults(indices, shape).outside
    if row < len(indices):
        raise ValueError(
            f"Sparse index tuple indices[{row}, :] = [{', '.join(map(str, indices[row]))}] is out "
            "of bounds"
        )


def check_positions(indices: np.ndarray, shape: Any) -> None:
    """Raises where a position is out of bounds, out of order or repeated, in this order of rows."""
    wrong = faults(indices, shape)
    row = min(wrong)
    if row == len(indices):
        return
    position = f"indices[{row}] = [{','.join(map(str, indices[row]))}]"
    if row == wrong.outside:
        whole = ",".join(map(str, np.asarray(shape)))
        raise ValueError(f"{position} is out of bounds: need 0 <= index < [{whole}]")
    if row == wrong.repeated:
        raise ValueError(f"{position} is repeated")
    raise ValueError(
        f"{position} is out of order. Many sparse ops require sorted indices.\n"
        "    Use `tf.sparse.reorder` to create a correctly ordered copy.\n\n"
    )


def order_of(indices: Any) -> Any:
    """The permutation that puts rows of positions in the order of the dense tensor, stable.

    On the host None where they are in order.
    """
    if not isinstance(indices, np.ndarray):
        np_ = xp(indices)
        if not indices.shape[1]:
            return np_.arange(indices.shape[0])
        return np_.lexsort(tuple(indices[:, i] for i in reversed(range(indices.shape[1]))))
    if faults(indices).late == len(indices):
        return None
    place = numbers(indices)
    bits = len(place).bit_length()
    if int(place.max()) >> (63 - bits):
        return np.argsort(place, kind="stable")
    # The row's number in the lower bits: sorting numbers is four times as fast as sorting an order.
    place <<= bits
    place |= np.arange(len(place))
    place.sort()
    place &= (1 << bits) - 1
    return place


# ---- two lists -----------------------------------------------------------------------------------


def merged(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Any, Any]:
    """The rows of both, and for each row of `a` and of `b` its number there.

    Both are lists in order: equal rows become one, of those repeated in one list the first meets
    the first. Out of order they are merged as they stand, of which TensorFlow asks no more.
    Raises ValueError where one has longer rows.
    """
    if a.shape[1:] != b.shape[1:]:
        ranks = f"{a.shape[-1]} and {b.shape[-1]}"
        raise ValueError(f"Input indices must have the same dimension, got {ranks}")
    if a is b or np.array_equal(a, b):
        return a, slice(None), slice(None)
    a, b = np.ascontiguousarray(a, np.int64), np.ascontiguousarray(b, np.int64)
    (n, rank), m = a.shape, len(b)
    rows = np.empty((n + m, rank), np.int64)
    of_a, of_b = np.empty(n, np.int64), np.empty(m, np.int64)
    count = merge_rows(n, m, rank, a, b, rows, of_a, of_b)
    return rows[:count], of_a, of_b
