"""Rows for ops that only `tf.raw_ops` names."""

import numpy as np

import headrace as tf
from headrace._src.ops.bucketize import bucketize
from headrace._src.ops.diagonal_parts import matrix_diag_part_v2
from headrace._src.ops.prevent_gradient import prevent_gradient
from headrace._src.ops.unique_slices import unique_v2, unique_with_counts_v2
from tests.cases.row import array, case, error, floats, plain

Invalid = tf.errors.InvalidArgumentError
BOUNDARIES = (0.0, 10.0, 100.0)


def gradient_through(x):
    """Asks for the gradient that is not to be had."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = prevent_gradient(x, "it is a test")
    return tape.gradient(y, x)


NO_AXIS = plain(np.zeros(0, np.int64))

ROWS = [
    case(
        bucketize,
        array([-5, 3, 10, 99]),
        BOUNDARIES,
        ref=lambda x, edges: np.digitize(x, edges).astype(np.int32),
        gradient=False,
    ),
    case(
        bucketize,
        floats(4),
        (-1.0, 1.0),
        ref=lambda x, edges: np.digitize(x, edges).astype(np.int32),
        gradient=False,
    ),
    case(
        bucketize,
        floats(9),
        tuple(np.linspace(-2, 2, 33).tolist()),
        ref=lambda x, edges: np.digitize(x, edges).astype(np.int32),
        gradient=False,
    ),
    error(bucketize, [1.0], (10.0, 0.0), raises=Invalid, match="Expected sorted boundaries"),
    case(
        unique_v2,
        array([[1, 2], [1, 2], [3, 4]]),
        (0,),
        ref=lambda x, axis: (x[[0, 2]], np.int32([0, 0, 1])),
        gradient=False,
    ),
    case(
        unique_v2,
        array([5, 7, 5]),
        NO_AXIS,
        ref=lambda x, axis: (x[:2], np.int32([0, 1, 0])),
        gradient=False,
    ),
    error(unique_v2, [[1, 2]], (0, 1), raises=Invalid, match="larger than 1 elements"),
    error(unique_v2, [[1, 2]], NO_AXIS, raises=Invalid, match="unique expects a 1D vector"),
    error(unique_v2, [[1, 2]], (5,), raises=Invalid, match=r"axis has to be between \[0, 2\)"),
    case(
        unique_with_counts_v2,
        array([[1, 0, 1], [1, 0, 1]]),
        (1,),
        ref=lambda x, axis: (x[:, :2], np.int32([0, 1, 0]), np.int32([2, 1])),
        gradient=False,
    ),
    case(
        prevent_gradient,
        plain(np.float32([1, 2])),
        "it is a test",
        ref=lambda x, _: x,
        gradient=False,
    ),
    error(gradient_through, 3.0, raises=LookupError, match="Reason: b'it is a test'"),
    case(
        matrix_diag_part_v2,
        floats(2, 2),
        (-1, 1),
        9.0,
        ref=lambda x, *_: np.array([[x[0, 1], 9], [x[0, 0], x[1, 1]], [x[1, 0], 9]], x.dtype),
        dtypes=["float32"],
    ),
    error(matrix_diag_part_v2, [1.0], 0, 0.0, raises=Invalid, match="2-dim"),
]
