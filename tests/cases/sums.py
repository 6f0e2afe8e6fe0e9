"""Lists of tensors added up: ops/sums.py."""

import headrace as tf
from tests.cases.row import case, error, floats, plain

Invalid = tf.errors.InvalidArgumentError

ROWS = [
    case(tf.add_n, [floats(2, 3), floats(2, 3), floats(2, 3)], ref=lambda xs: sum(xs)),
    case(tf.add_n, [floats(2)], ref=lambda xs: xs[0]),
    case(tf.math.accumulate_n, [floats(2, 3), floats(2, 3)], ref=lambda xs: xs[0] + xs[1]),
    case(tf.math.accumulate_n, [floats(2), floats(2)], shape=[2], ref=lambda xs, shape: sum(xs)),
    error(tf.add_n, plain([]), raises=ValueError, match="at least one Tensor/IndexedSlices"),
    error(tf.add_n, [floats(2), floats(3)], raises=Invalid, match="Input 0: [2] != input 1: [3]"),
    error(tf.add_n, None, raises=TypeError, match="'NoneType' object is not iterable"),
    error(tf.math.accumulate_n, plain([]), raises=ValueError, match="at least one Tensor"),
    error(
        tf.math.accumulate_n, [floats(2), floats(1)], raises=ValueError, match="(2,) and (1,) are"
    ),
    error(
        tf.math.accumulate_n,
        [floats(2)],
        tensor_dtype=tf.int32,
        raises=TypeError,
        match="`tensor_dtype` argument is <dtype: 'int32'>",
    ),
]
