"""Slices: ops/slicing.py."""

import numpy as np

import headrace as tf
from headrace._src.ops.slicing import getitem, tensor_strided_slice_update
from tests.cases.row import array, case, each, error, floats, plain, strings

BAD = tf.errors.InvalidArgumentError
KEYS = [
    1,
    -1,
    (0, 2),
    ...,
    None,
    slice(1, None),
    slice(None, None, -1),
    slice(5, 10),
    slice(-2, None),
    (slice(None), slice(2, 0, -1)),
    (..., 0),
    (0, ...),
    (None, ..., None, 1),
    (slice(None), None, 1),
    (slice(0, 2), slice(None, None, 2)),
    (),
]


def value_at(x, key):
    return x[key]


def changed(x, begin, end, strides, value):
    out = x.copy()
    out[tuple(slice(*s) for s in zip(begin, end, strides, strict=True))] = value
    return out


ROWS = [
    case(getitem, floats(3, 4), each(*map(plain, KEYS)), ref=lambda x, key: x[key]),
    case(
        getitem,
        strings(3),
        each(0, plain(slice(None, None, 2))),
        ref=lambda x, key: np.array(x[key], object),
        gradient=False,
    ),
    case(getitem, floats(3), array([True, False, True]), ref=value_at),
    error(getitem, floats(3), 3, raises=BAD, match="slice index 3 of dimension 0 out of bounds."),
    error(getitem, floats(3), -4, raises=BAD, match="slice index -1 of dimension 0 out of bounds."),
    error(
        getitem,
        floats(3),
        (0, 0),
        raises=BAD,
        match="Index out of range using input dim 1; input has only 1 dims",
    ),
    error(getitem, floats(), 0, raises=BAD, match="Attempting to slice scalar input."),
    error(
        getitem,
        floats(3),
        plain(slice(None, None, 0)),
        raises=BAD,
        match="strides[0] must be non-zero",
    ),
    error(getitem, floats(3), plain((..., ...)), raises=BAD, match="Multiple ellipses"),
    error(getitem, floats(3), 1.5, raises=TypeError, match="Only integers, slices (`:`)"),
    error(
        getitem,
        floats(3),
        plain(np.array([0, 1])),
        raises=TypeError,
        match="Only integers, slices (`:`)",
    ),
    error(getitem, floats(3), True, raises=ValueError, match="mask cannot be scalar."),
    case(
        tf.slice,
        floats(3, 4),
        [1, 0],
        each([2, 2], [-1, -1], [0, 4]),
        ref=lambda x, b, s: x[
            b[0] : None if s[0] < 0 else b[0] + s[0], b[1] : None if s[1] < 0 else b[1] + s[1]
        ],
    ),
    error(tf.slice, floats(3), [1], [5], raises=BAD, match="Expected size[0] in [0, 2], but got 5"),
    error(
        tf.slice, floats(3), [5], [1], raises=BAD, match="Expected begin[0] in [0, 3], but got 5"
    ),
    error(
        tf.slice,
        floats(3, 4),
        [0],
        [1],
        raises=BAD,
        match="1-D tensors of size 2, but got shapes [1] and [1]",
    ),
    case(
        tf.strided_slice,
        floats(3, 4),
        [0, 1],
        [3, 4],
        each(None, [2, 1], [1, 2]),
        ref=lambda x, b, e, s: x[:: s[0] if s else 1, 1 : 4 : s[1] if s else 1],
    ),
    case(
        tf.strided_slice,
        floats(3, 4),
        [1],
        [2],
        shrink_axis_mask=1,
        ref=lambda x, b, e, shrink_axis_mask: x[1],
    ),
    case(
        tf.strided_slice,
        floats(3, 4),
        [0, 1, 0],
        [0, 2, 0],
        new_axis_mask=1,
        ellipsis_mask=4,
        ref=lambda x, b, e, **_: x[None, 1:2],
    ),
    error(
        tf.strided_slice, floats(3), [0], [2], [0], raises=BAD, match="strides[0] must be non-zero"
    ),
    error(
        tf.strided_slice,
        floats(3),
        [1],
        [0],
        [-1],
        shrink_axis_mask=1,
        raises=BAD,
        match="only stride 1 allowed",
    ),
    case(
        tensor_strided_slice_update, floats(3, 4), (0, 1), (3, 3), (2, 1), floats(2, 2), ref=changed
    ),
]
