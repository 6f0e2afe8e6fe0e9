"""Rows for places from numbers of elements."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, error

Invalid = tf.errors.InvalidArgumentError

ROWS = [
    case(
        tf.unravel_index,
        array([2, 5, 7]),
        array([3, 3]),
        ref=lambda i, sizes: np.stack(np.unravel_index(i, sizes)).astype(i.dtype),
        gradient=False,
    ),
    case(tf.unravel_index, array(11), array([2, 3, 4]), ref=lambda *_: [0, 2, 3], gradient=False),
    error(
        tf.unravel_index, [22], [3, 3], raises=Invalid, match="index is out of bound as with dims"
    ),
    error(tf.unravel_index, [1], 3, raises=Invalid, match="The indices can only be 1-D"),
    error(tf.unravel_index, [1], [3, 0], raises=Invalid, match="dims contains zero at index 1"),
    error(tf.unravel_index, [], [3, 3], raises=Invalid, match="received empty tensor indices"),
]
