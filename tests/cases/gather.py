"""Positions: ops/gather.py, ops/scatter.py, ops/select.py and ops/unique.py."""

import numpy as np

import headrace as tf
from tests.cases.row import array, bools, case, each, error, floats, strings

BAD = tf.errors.InvalidArgumentError
SMALL = ["float32", "float64", "bfloat16", "int32", "complex64"]
REAL = ["float32", "float64", "bfloat16", "int32"]


def at(*rows):
    return array(np.array(rows, np.int32))


def scattered(function, start=None):
    def ref(tensor, indices, updates):
        out = tensor.copy()
        function(out, tuple(np.moveaxis(indices, -1, 0)), updates)
        return out

    return ref


def scatter_nd(indices, updates, shape):
    return scattered(np.add.at)(np.zeros(shape, updates.dtype), indices, updates)


def put(out, key, updates):
    out[key] = updates


def batched(x, indices):
    return np.stack([row[places] for row, places in zip(x, indices, strict=True)])


def unique(x):
    y = np.array(list(dict.fromkeys(x.tolist())), x.dtype)
    return y, np.int32([y.tolist().index(v) for v in x.tolist()])


def counted(x):
    y, idx = unique(x)
    return y, idx, np.int32([x.tolist().count(v) for v in y.tolist()])


def partitioned(x, partitions, n):
    return [x[partitions == i] for i in range(n)]


ROWS = [
    case(
        tf.gather,
        floats(4, 3),
        each(at(0, 0, 2), at([1, 3]), array(np.int32(1)), array(np.zeros(0, np.int32))),
        ref=lambda x, i: x[i],
        dtypes=SMALL,
    ),
    case(
        tf.gather,
        floats(2, 3, 2),
        at(0, 2, 2),
        axis=each(1, -2),
        ref=lambda x, i, axis: x.take(i, 1),
        dtypes=SMALL,
    ),
    case(
        tf.gather,
        floats(2, 3, 2),
        at([0, 2], [1, 1]),
        axis=1,
        batch_dims=each(1, -1),
        ref=lambda x, i, **_: batched(x, i),
        dtypes=SMALL,
    ),
    case(
        tf.gather,
        floats(2, 3, 4),
        at([0, 2], [1, 1]),
        axis=2,
        batch_dims=1,
        ref=lambda x, i, **_: np.stack([a[:, b] for a, b in zip(x, i, strict=True)]),
        dtypes=SMALL,
    ),
    case(tf.gather, strings(3), at(2, 0), ref=lambda x, i: x[i], gradient=False),
    error(tf.gather, floats(3), [0, 5], raises=BAD, match="indices[1] = 5 is not in [0, 3)"),
    error(tf.gather, floats(3), -1, raises=BAD, match="indices = -1 is not in [0, 3)"),
    error(
        tf.gather,
        floats(3),
        [[0, 1], [7, 1]],
        raises=BAD,
        match="indices[1,0] = 7 is not in [0, 3)",
    ),
    error(
        tf.gather,
        floats(3),
        [0],
        axis=2,
        raises=BAD,
        match="Shape must be at least rank 3 but is rank 1",
    ),
    error(tf.gather, floats(3), [0.5], raises=BAD, match="'Tindices' of float"),
    error(tf.gather, floats(), [0], raises=BAD, match="params must be at least 1 dimensional"),
    case(
        tf.gather_nd,
        floats(2, 3),
        each(at([0, 1], [1, 1], [0, 1]), at([1], [0], [1]), at([[0, 0]])),
        ref=lambda x, i: x[tuple(np.moveaxis(i, -1, 0))],
        dtypes=SMALL,
    ),
    case(
        tf.gather_nd,
        floats(2, 3),
        at([0], [2]),
        batch_dims=1,
        ref=lambda x, i, batch_dims: x[[0, 1], i[:, 0]],
        dtypes=SMALL,
    ),
    error(
        tf.gather_nd,
        floats(2, 3),
        [[0, 5]],
        raises=BAD,
        match="indices[0] = [0, 5] does not index into param shape [2,3]",
    ),
    error(tf.gather_nd, floats(2), 1, raises=BAD, match="indices must be at least a vector"),
    error(
        tf.gather_nd,
        floats(2),
        [[0, 0]],
        raises=BAD,
        match="index innermost dimension length must be <= params rank; saw: 2 vs. 1",
    ),
    case(tf.scatter_nd, each(at([1], [3], [1])), floats(3), [5], ref=scatter_nd, dtypes=SMALL),
    case(tf.scatter_nd, at([1], [0]), floats(2, 3), [2, 3], ref=scatter_nd, dtypes=SMALL),
    case(tf.scatter_nd, at([1, 2], [1, 2]), floats(2), [2, 3], ref=scatter_nd, dtypes=SMALL),
    error(
        tf.scatter_nd,
        [[4]],
        [5.0],
        [4],
        raises=BAD,
        match="indices[0] = [4] does not index into shape [4]",
    ),
    error(
        tf.scatter_nd, [0], 5.0, [4], raises=BAD, match="Updates shape must have rank at least one"
    ),
    case(
        tf.tensor_scatter_nd_update,
        floats(4),
        at([1], [3]),
        floats(2),
        ref=scattered(put),
        dtypes=SMALL,
    ),
    case(
        tf.tensor_scatter_nd_update,
        floats(3, 2),
        at([2]),
        floats(1, 2),
        ref=scattered(put),
        dtypes=SMALL,
    ),
    case(
        tf.tensor_scatter_nd_update,
        strings(3),
        at([1]),
        strings(1),
        ref=scattered(put),
        gradient=False,
    ),
    case(
        tf.tensor_scatter_nd_add,
        floats(4),
        at([1], [3], [1]),
        floats(3),
        ref=scattered(np.add.at),
        dtypes=SMALL,
    ),
    case(
        tf.tensor_scatter_nd_sub,
        floats(4),
        at([1], [3], [1]),
        floats(3),
        ref=scattered(np.subtract.at),
        dtypes=SMALL,
    ),
    case(
        tf.tensor_scatter_nd_max,
        floats(4),
        at([1], [3]),
        floats(2),
        ref=scattered(np.maximum.at),
        dtypes=REAL,
    ),
    case(
        tf.tensor_scatter_nd_min,
        floats(4),
        at([1], [3]),
        floats(2),
        ref=scattered(np.minimum.at),
        dtypes=REAL,
    ),
    error(
        tf.tensor_scatter_nd_update,
        floats(3),
        [[5]],
        [5.0],
        raises=BAD,
        match="indices[0] = [5] does not index into shape [3]",
    ),
    error(
        tf.tensor_scatter_nd_add,
        floats(3),
        [[1]],
        [[5.0]],
        raises=BAD,
        match="Inner dimensions of output shape must match",
    ),
    case(tf.where, bools(3), each(floats(3), floats(2, 1, 3), floats()), floats(3), ref=np.where),
    case(tf.where, bools(2, 1), floats(3), floats(1), ref=np.where),
    case(tf.where, each(bools(3), bools(2, 3), floats(3)), ref=np.argwhere),
    error(tf.where, array([True]), 1.0, raises=ValueError, match="x and y must both be non-None"),
    error(
        tf.where,
        array([True, False]),
        floats(3),
        floats(3),
        raises=BAD,
        match="condition [2], then [3], and else [3] must be broadcastable",
    ),
    case(tf.boolean_mask, floats(3, 2), array([True, False, True]), ref=lambda x, m: x[m]),
    case(
        tf.boolean_mask, floats(2, 2), array([[True, False], [True, True]]), ref=lambda x, m: x[m]
    ),
    case(
        tf.boolean_mask,
        floats(2, 3),
        array([True, False, True]),
        axis=1,
        ref=lambda x, m, axis: x[:, m],
    ),
    error(
        tf.boolean_mask,
        floats(3),
        array([True, False]),
        raises=ValueError,
        match="(3,) and (2,) are incompatible",
    ),
    error(tf.boolean_mask, floats(3), True, raises=ValueError, match="mask cannot be scalar."),
    case(
        tf.unique,
        each(array([3, 1, 3, 2]), array([1.5, 0.5, 1.5]), array(["b", "a", "b"])),
        ref=unique,
        gradient="error",
    ),
    case(tf.unique_with_counts, array([3, 1, 3, 2]), ref=counted, gradient=False),
    error(tf.unique, [[1, 2]], raises=BAD, match="unique expects a 1D vector."),
    case(tf.dynamic_partition, floats(4, 2), at(0, 1, 0, 1), 2, ref=partitioned, dtypes=SMALL),
    error(
        tf.dynamic_partition,
        [1, 2, 3],
        [0, 1, 5],
        2,
        raises=BAD,
        match="partitions[2] = 5 is not in [0, 2)",
    ),
    case(
        tf.dynamic_stitch,
        [at(0, 2), at(1)],
        [floats(2, 2), floats(1, 2)],
        ref=lambda i, x: np.stack([x[0][0], x[1][0], x[0][1]]),
        dtypes=SMALL,
    ),
    error(tf.dynamic_stitch, [[-1]], [[1.0]], raises=BAD, match="indices[0] is out of range"),
]
