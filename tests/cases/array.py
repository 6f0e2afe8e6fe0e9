"""Shapes: ops/array.py and ops/identity.py."""

import numpy as np

import headrace as tf
from headrace._src.ops.array import broadcast_gradient_args, rank_op, shape_op, size_op
from tests.cases.row import array, case, complexes, each, error, floats, strings

BAD = tf.errors.InvalidArgumentError

ROWS = [
    # What is known needs no op; these are for what is not.
    case(shape_op, floats(2, 3), ref=lambda x: np.int32(x.shape)),
    case(size_op, floats(2, 3), ref=lambda x: np.int32(x.size)),
    case(rank_op, floats(2, 3), ref=lambda x: np.int32(x.ndim)),
    case(
        tf.shape,
        each(floats(2, 3), floats(), floats(0, 2), strings(2)),
        ref=lambda x: np.int32(x.shape),
    ),
    case(tf.shape, floats(2, 3), out_type=tf.int64, ref=lambda x, out_type: np.int64(x.shape)),
    error(tf.shape, floats(2), out_type=tf.float32, raises=BAD, match="out_type"),
    case(tf.shape_n, [floats(2, 3), floats(4)], ref=lambda xs: [np.int32(x.shape) for x in xs]),
    case(tf.size, each(floats(2, 3), floats(), floats(0)), ref=lambda x: np.int32(x.size)),
    case(tf.rank, each(floats(2, 3), floats()), ref=lambda x: np.int32(x.ndim)),
    case(tf.reshape, floats(2, 3), each([3, -1], (6,), [1, 2, 3, 1]), ref=np.reshape),
    case(
        tf.reshape,
        floats(2, 3),
        -1,
        ref=np.reshape,
        eager_only="one size that is no vector is a ValueError in graphs",
    ),
    case(tf.reshape, floats(0, 3), [-1, 3], ref=np.reshape),
    case(tf.reshape, floats(0), [-1, 0], ref=lambda x, shape: x.reshape(1, 0)),
    case(tf.reshape, floats(1), [], ref=np.reshape),
    case(tf.reshape, strings(2, 3), [3, 2], ref=np.reshape, gradient=False),
    error(tf.reshape, floats(4), [3], raises=BAD, match="4 values, but the requested shape has 3"),
    error(tf.reshape, floats(4), [-2], raises=BAD, match="Size 0 must be non-negative, not -2"),
    error(tf.reshape, floats(4), [[2, 2]], raises=BAD, match="sizes input must be 1-D, not [1,2]"),
    error(tf.reshape, floats(4), [2.0, 2.0], raises=BAD, match="'Tshape' of float"),
    case(tf.expand_dims, floats(2, 3), each(0, 1, 2, -1, -3), ref=np.expand_dims),
    case(tf.expand_dims, floats(), 0, ref=np.expand_dims),
    error(tf.expand_dims, floats(2), 5, raises=BAD, match="Tried to expand dim index 5"),
    case(
        tf.squeeze,
        floats(1, 2, 1),
        each(None, 0, [0, 2], -1),
        ref=lambda x, a: np.squeeze(x, a if a is None or type(a) is int else tuple(a)),
    ),
    error(
        tf.squeeze,
        floats(2),
        0,
        raises=BAD,
        match="Can not squeeze dim[0], expected a dimension of 1, got 2",
    ),
    error(
        tf.squeeze,
        floats(1),
        "a",
        raises=TypeError,
        match="Expected int for argument 'axis' not 'a'",
    ),
    case(tf.transpose, each(floats(2, 3), floats(2, 3, 4), floats()), ref=np.transpose),
    case(tf.transpose, floats(2, 3, 4), each([1, 0, 2], [2, 0, 1], (-1, 0, 1)), ref=np.transpose),
    case(
        tf.transpose,
        complexes(2, 3),
        conjugate=True,
        ref=lambda x, conjugate: x.conj().T,
        dtypes=["complex64", "complex128"],
    ),
    error(tf.transpose, floats(2, 3), [0, 0], raises=BAD, match="1 is missing from {0,0}"),
    error(
        tf.transpose, floats(2, 3), [0], raises=BAD, match="transpose expects a vector of size 2"
    ),
    case(tf.math.invert_permutation, array([2, 0, 1]), ref=np.argsort),
    error(
        tf.math.invert_permutation, array([1, 1]), raises=BAD, match="1 is duplicated in the input"
    ),
    case(
        tf.broadcast_to,
        each(floats(3), floats(2, 1), floats(), floats(2, 3)),
        [2, 3],
        ref=np.broadcast_to,
    ),
    case(tf.broadcast_to, floats(1), [2, 0], ref=np.broadcast_to),
    error(tf.broadcast_to, floats(3), [2], raises=BAD, match="Incompatible shapes: [3] vs. [2]"),
    error(tf.broadcast_to, floats(1, 3), [3], raises=BAD, match="Rank of input (2)"),
    error(tf.broadcast_to, floats(3), [-1, 3], raises=BAD, match="Dimension -1 must be >= 0"),
    case(
        tf.broadcast_dynamic_shape,
        array([4, 1]),
        array([3]),
        ref=lambda x, y: np.array([4, 3], x.dtype),
    ),
    error(
        tf.broadcast_dynamic_shape,
        [4, 2],
        [3],
        raises=BAD,
        match="Incompatible shapes: [4,2] vs. [3]",
    ),
    case(
        broadcast_gradient_args,
        array([2, 1, 4]),
        array([3, 1]),
        ref=lambda x, y: [np.array([1], x.dtype), np.array([0, 2], x.dtype)],
    ),
    case(
        broadcast_gradient_args,
        array([3, 1]),
        array([3, 1]),
        ref=lambda x, y: [np.array([], x.dtype), np.array([], x.dtype)],
    ),
    error(
        broadcast_gradient_args,
        array([2]),
        array([3]),
        raises=BAD,
        match="Incompatible shapes: [2] vs. [3]",
    ),
    case(tf.identity, each(floats(2, 3), floats()), ref=np.array),
    case(tf.identity, strings(2), ref=np.array, gradient=False),
    case(tf.identity_n, [floats(2), floats(3)], ref=list),
    case(tf.stop_gradient, floats(2), ref=np.array, gradient=False),
    case(tf.guarantee_const, floats(2), ref=np.array, gradient=False),
    case(tf.ensure_shape, floats(2, 3), each([None, 3], None, [2, 3]), ref=lambda x, shape: x),
    error(
        tf.ensure_shape,
        floats(2, 3),
        [2, 2],
        raises=BAD,
        match="Shape of tensor input [2,3] is not compatible",
    ),
    case(
        tf.bitcast,
        floats(2, dtype="float32"),
        tf.int32,
        ref=lambda x, t: x.view(np.int32),
        gradient=False,
    ),
    case(
        tf.bitcast,
        floats(2, dtype="float32"),
        tf.uint8,
        ref=lambda x, t: x.view(np.uint8).reshape(2, 4),
        gradient=False,
    ),
    case(
        tf.bitcast,
        floats(3, 2, dtype="float32"),
        tf.float64,
        ref=lambda x, t: x.view(np.float64)[:, 0],
        gradient="error",
    ),
    error(
        tf.bitcast, floats(3, dtype="float32"), tf.float64, raises=BAD, match="Cannot bitcast from"
    ),
]
