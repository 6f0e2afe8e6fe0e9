"""The ops over the parts of ragged tensors: ops/ragged_conversion.py, ops/ragged_range.py.

Read next: tests/cases/row.py.
"""

import numpy as np

import headrace as tf
from headrace._src.ops.ragged_conversion import (
    ragged_tensor_to_sparse,
    ragged_tensor_to_tensor,
)
from headrace._src.ops.ragged_range import ragged_range
from tests.cases.row import case, error, floats, plain

Invalid = tf.errors.InvalidArgumentError
SPLITS = plain(np.array([0, 2, 2, 3]))
OUTER = plain(np.array([0, 2, 3]))
KINDS = ("ROW_SPLITS",)
DEEP = ("ROW_SPLITS", "ROW_SPLITS")
REAL = ["float32", "float64", "int32"]


def rows(values, splits):
    return [values[a:b] for a, b in zip(splits[:-1], splits[1:], strict=True)]


def dense(shape, values, default, splits, kinds):
    """By loops, for one partition."""
    (part,) = splits
    found = rows(values, part)
    width = max(map(len, found)) if shape[1] == -1 else shape[1]
    count = len(found) if shape[0] == -1 else shape[0]
    out = np.empty((count, width, *values.shape[1:]), values.dtype)
    out[...] = default
    for i, row in enumerate(found[:count]):
        out[i, : len(row)] = row[:width]
    return out


def nested_dense(shape, values, default, splits, kinds):
    inner = dense((-1, -1), values, default, splits[1:], kinds)
    return dense((-1, -1), inner, default, splits[:1], kinds)


def sparse(splits, values):
    places = [(i, j) for i, row in enumerate(rows(values, splits[0])) for j in range(len(row))]
    places = [(*p, *q) for p in places for q in np.ndindex(values.shape[1:])]
    longest = max(np.diff(splits[0]))
    shape = np.array([len(splits[0]) - 1, longest, *values.shape[1:]])
    return np.array(places), values.reshape(-1), shape


def counting(starts, limits, deltas):
    starts, limits, deltas = np.broadcast_arrays(*map(np.atleast_1d, (starts, limits, deltas)))
    found = [np.arange(*each) for each in zip(starts, limits, deltas, strict=True)]
    return np.cumsum([0, *map(len, found)]), np.concatenate(found).astype(starts.dtype)


def ints(*values):
    return plain(np.array(values, np.int32))


def to_dense(shape, *inputs, ref=dense, kinds=KINDS, **told):
    inputs = (shape, *inputs, kinds)
    return case(ragged_tensor_to_tensor, *inputs, ref=ref, dtypes=REAL, **told)


def bad_dense(shape, splits, kinds, match):
    inputs = (shape, floats(3), floats(), splits, kinds)
    return error(ragged_tensor_to_tensor, *inputs, raises=Invalid, match=match)


def bad_sparse(splits, match):
    return error(ragged_tensor_to_sparse, splits, floats(3), raises=Invalid, match=match)


def bad_range(*inputs, match):
    return error(ragged_range, *inputs, raises=Invalid, match=match)


ROWS = [
    to_dense((-1, -1), floats(3), floats(), [SPLITS]),
    to_dense((3, 1), floats(3), floats(), [SPLITS], name="cut"),
    to_dense((2, 3), floats(3), floats(), [SPLITS], name="fewer rows"),
    to_dense((5, 2), floats(3), floats(), [SPLITS], name="more rows"),
    to_dense((-1, -1, 2), floats(3, 2), floats(), [SPLITS], name="of rows"),
    to_dense((-1, 3, -1), floats(3, 2), floats(2), [SPLITS], name="a default row"),
    to_dense((-1, -1, -1), floats(3), floats(), [OUTER, SPLITS], ref=nested_dense, kinds=DEEP),
    to_dense((-1, 70), floats(200), floats(), [plain(np.array([0, 90, 200]))], name="long rows"),
    case(
        ragged_tensor_to_tensor,
        (-1, -1),
        floats(3),
        floats(),
        [plain(np.array(3)), plain(np.array([0, 0, 2]))],
        ("FIRST_DIM_SIZE", "VALUE_ROWIDS"),
        ref=lambda shape, values, default, _, kinds: dense(
            shape, values, default, [np.array([0, 2, 2, 3])], kinds
        ),
        dtypes=REAL,
    ),
    bad_dense((-1,), [SPLITS], KINDS, "rt_input.rank = 2 but shape.rank = 1"),
    bad_dense((-1, -1), [SPLITS], ("FOO",), "Unknown string for partition info type: FOO"),
    bad_dense((-1, -1), [SPLITS], ("VALUE_ROWIDS",), "Cannot handle VALUE_ROWIDS in first dim"),
    bad_dense((-1, -1), [plain(np.array([0, 2, 1]))], KINDS, "Invalid row split size"),
    case(ragged_tensor_to_sparse, [SPLITS], floats(3), ref=sparse, dtypes=REAL),
    case(ragged_tensor_to_sparse, [SPLITS], floats(3, 2), ref=sparse, dtypes=REAL),
    bad_sparse([plain(np.array([1, 3]))], "First value of ragged splits must be 0"),
    bad_sparse([plain(np.array([0, 2]))], "Final value of ragged splits must match the length"),
    bad_sparse([plain(np.array([0, 2, 1, 3]))], "should be non decreasing, but we got 2 followed"),
    bad_sparse([plain(np.zeros(0, np.int64))], "ragged splits may not be empty"),
    case(ragged_range, ints(0, 5, 8), ints(3, 3, 12), ints(1, -1, 2), ref=counting),
    case(ragged_range, ints(0, 5), plain(np.array(7, np.int32)), ints(2, 3), ref=counting),
    case(ragged_range, ints(0), ints(0), ints(1), ref=counting),
    bad_range(ints(0), ints(3), ints(0), match="Requires delta != 0"),
    bad_range(ints(0, 1), ints(3, 4, 5), ints(1), match="must have the same shape"),
    bad_range(
        plain(np.zeros((1, 1))), plain(np.ones(1)), plain(np.ones(1)), match="starts must be"
    ),
]
