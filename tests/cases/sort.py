"""Sorting: ops/sort.py."""

import numpy as np

import headrace as tf
from headrace._src.ops.sort import nth_element
from tests.cases.row import array, bools, case, complexes, each, error, floats, ints, plain, strings

nan, inf = np.nan, np.inf
Invalid = tf.errors.InvalidArgumentError
DIRECTIONS = each("ASCENDING", "DESCENDING")


def ordered(x, axis=-1, direction="ASCENDING"):
    out = np.sort(x, axis)
    return np.flip(out, axis) if direction == "DESCENDING" else out


def positions(x, axis=-1, direction="ASCENDING"):
    if direction == "ASCENDING":
        return np.argsort(x, axis, kind="stable").astype(np.int32)
    mirrored = np.argsort(np.flip(x, axis), axis, kind="stable")
    return np.flip(x.shape[axis] - 1 - mirrored, axis).astype(np.int32)


def largest(x, k, **_):
    at = positions(x, -1, "DESCENDING")[..., :k]
    return np.take_along_axis(x, at, -1), at


ROWS = [
    case(tf.sort, floats(3, 4), axis=each(0, -1), direction=DIRECTIONS, ref=ordered),
    case(tf.sort, plain(np.array([3, 1, 2], np.uint8)), direction=DIRECTIONS, ref=ordered),
    case(tf.sort, plain(np.array([-(2**31), 5, 2], np.int32)), direction=DIRECTIONS, ref=ordered),
    case(tf.sort, plain(np.array([3, nan, 1], np.float32)), ref=ordered),
    case(tf.argsort, ints(3, 9, low=0, high=4), axis=each(0, -1), direction=DIRECTIONS,
         ref=positions, gradient=False),
    case(tf.math.top_k, floats(2, 5), k=each(0, 2, 5), ref=largest),
    case(tf.math.top_k, ints(3, 60, low=0, high=9), k=3, ref=largest),
    case(tf.math.top_k, floats(3, 60), k=3, ref=largest),
    case(tf.math.top_k, array([1.0, 3.0, 2.0, 5.0, 4.0]), k=3, sorted=False,
         ref=lambda x, k, sorted: (x[[1, 3, 4]], np.array([1, 3, 4], np.int32))),
    case(tf.math.top_k, plain(np.array([nan, 1, 3], np.float32)), k=2, gradient=False,
         ref=lambda x, k: (x[[0, 2]], np.array([0, 2], np.int32))),
    case(tf.math.in_top_k, plain(np.array([1, 0, 5])),
         plain(np.array([[0.1, 0.9], [0.2, 0.8], [0.3, 0.4]], np.float32)), k=1,
         ref=lambda t, p, k: np.array([True, False, False]), gradient=False),
    case(tf.math.in_top_k, plain(np.array([0])), plain(np.array([[0.9, nan]], np.float32)), k=1,
         ref=lambda t, p, k: np.array([False]), gradient=False),
    case(tf.searchsorted, array([1.0, 3.0, 5.0]), array([0.0, 1.0, 2.0, 5.0, 6.0]),
         side=each("left", "right"), gradient=False,
         ref=lambda x, v, side: np.searchsorted(x, v, side).astype(np.int32)),
    case(tf.searchsorted, array([[1, 3], [2, 4]]), array([[2], [4]]), out_type=tf.int64,
         ref=lambda x, v, out_type: np.array([[1], [1]])),
    case(nth_element, floats(3, 5), 1, reverse=each(False, True),
         ref=lambda x, n, reverse: np.sort(x)[:, -1 - n if reverse else n]),
    error(nth_element, floats(3), 3, raises=Invalid, match="at least n+1 columns"),
    error(tf.sort, floats(3), direction="foo", raises=ValueError,
          match="Argument `direction` should be one of ASCENDING, DESCENDING"),
    error(tf.sort, strings(2), raises=Invalid, match="Value for attr 'T' of string"),
    error(tf.sort, complexes(2), raises=Invalid, match="Value for attr 'T' of complex64"),
    error(tf.argsort, floats(3), 3, raises=Invalid,
          match="slice index 3 of dimension 0 out of bounds."),
    error(tf.math.top_k, floats(3), 5, raises=Invalid,
          match="input must have at least k columns. Had 3, needed 5"),
    error(tf.math.top_k, floats(3), -1, raises=Invalid, match="Need k >= 0, got -1"),
    error(tf.math.top_k, floats(), raises=Invalid, match="input must be >= 1-D, got shape []"),
    error(tf.math.top_k, bools(2), raises=Invalid, match="Value for attr 'T' of bool"),
    error(tf.math.in_top_k, plain([0]), plain([0.9, 0.9]), 1, raises=Invalid,
          match="predictions must be 2-dimensional"),
    error(tf.searchsorted, floats(3), floats(2), side="foo", raises=ValueError,
          match="must be either 'right' or 'left'"),
    error(tf.searchsorted, floats(2, 3), floats(1, 3), raises=Invalid,
          match="Leading dim_size of both tensors must match."),
]  # fmt: skip
