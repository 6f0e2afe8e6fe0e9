"""Sparse tensors: ops/sparse_*.py, ops/sets.py, ops/embedding.py, ops/edit_distance.py.

A reference gets the dense array of a sparse input; `parts` makes of its answer what comes out.
"""

import numpy as np

import headrace as tf
from headrace._src.ops import sets as set_ops
from headrace._src.ops.sparse_tensor import (
    SparseTensorValue,
    sparse_dense_cwise_add,
    sparse_dense_cwise_div,
    sparse_dense_cwise_mul,
)
from tests.cases.row import array, case, each, error, floats, ints, plain, positive, sparse

Invalid = tf.errors.InvalidArgumentError
ROWS_2D = [[0, 1], [1, 0], [1, 2]]
X = sparse(ROWS_2D, positive(3), (3, 4))
Y = sparse([[0, 1], [2, 3]], positive(2), (3, 4))
N = sparse(ROWS_2D, array(np.array([1, 4, 2], np.int32)), (3, 4))
OUT_OF_ORDER = sparse([[1, 2], [0, 1]], positive(2), (3, 4))
DEEP = sparse([[0, 1, 1], [1, 0, 0], [1, 2, 0]], positive(3), (2, 3, 2))
OUTSIDE = plain(tf.SparseTensor([[0, 1], [3, 2]], [1.0, 2.0], [3, 4]))
FIXED = plain(tf.SparseTensor([[0, 1], [1, 2]], [1.0, 2.0], [3, 4]))
WORDS = plain(tf.SparseTensor([[0, 0], [0, 1], [1, 0]], ["a", "b", "x"], [2, 2]))
TRUTH = plain(tf.SparseTensor([[0, 0], [0, 1], [0, 2]], ["a", "c", "d"], [2, 3]))
REAL = ["float32", "float64", "int32"]
FLOAT = ["float32", "float64"]
PLACES = plain(np.array(ROWS_2D))
SHAPE = plain(np.array([3, 4]))


def parts(dense):
    """What a sparse tensor of the elements other than 0 consists of."""
    return np.argwhere(dense), dense[dense != 0], np.array(dense.shape)


def sparsely(function):
    return lambda *args, **kwargs: parts(function(*args, **kwargs))


def beside(x, y):
    """The dense values beside those of a sparse matrix."""
    return np.broadcast_to(y, x.shape)[tuple(np.array(ROWS_2D).T)]


def sparse_softmax(x):
    with np.errstate(divide="ignore"):
        shares = np.where(x != 0, np.exp(x), 0)
    total = shares.sum(-1, keepdims=True)
    return parts((shares / np.where(total == 0, 1, total)).astype(x.dtype))


def filled(x, default):
    out = x.copy()
    empty = ~x.any(1)
    out[empty, 0] = default
    return *parts(out), empty


def folded(how):
    def reference(data, indices, ids, count=None):
        count = ids[-1] + 1 if count is None else count
        out = np.zeros((count, *data.shape[1:]), data.dtype)
        for i in set(ids):
            out[i] = how(data[np.array(indices)[np.array(ids) == i]].astype(np.float64))
        return out

    return reference


def root_n(rows):
    return rows.sum(0) / np.sqrt(len(rows))


def embedded(table, ids, weights, combiner):
    out = np.zeros((2, table.shape[1]), table.dtype)
    for row, own in enumerate(([0, 2], [1])):
        w = np.ones(len(own), table.dtype) if weights is None else weights[row, : len(own)]
        total = (table[own] * w[:, None]).sum(0)
        by = {"sum": 1, "mean": w.sum(), "sqrtn": np.sqrt((w * w).sum())}[combiner]
        out[row] = total / by
    return out


IDS = plain(tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [0, 2, 1], [2, 2]))
WEIGHTS = sparse([[0, 0], [0, 1], [1, 0]], positive(3), (2, 2))
SEGMENTED = ([0, 2, 2, 1], [0, 0, 2, 2])
A = plain([[1, 2, 3], [4, 4, 5]])
B = plain([[2, 3, 9], [4, 6, 7]])

ROWS = [
    # between sparse and dense
    case(tf.sparse.to_dense, X, ref=lambda x: x, dtypes=[*REAL, "complex64", "bool", "bfloat16"]),
    case(tf.sparse.to_dense, X, positive(), dtypes=FLOAT, ref=lambda x, y: np.where(x == 0, y, x)),
    case(tf.sparse.to_dense, OUT_OF_ORDER, validate_indices=False, dtypes=REAL,
         ref=lambda x, validate_indices: x),
    case(tf.sparse.to_dense, WORDS, ref=lambda x: np.array([[b"a", b"b"], [b"x", b""]], object)),
    case(tf.sparse.from_dense, floats(3, 4), ref=parts),
    case(tf.sparse.from_dense, [["a", ""]],
         ref=lambda x: (np.array([[0, 0]]), np.array([b"a"], object), np.array([1, 2]))),
    case(tf.sparse.to_indicator, N, 5,
         ref=lambda x, n: np.array([[0, 1, 0, 0, 0], [0, 0, 1, 0, 1], [0, 0, 0, 0, 0]], bool)),
    case(tf.sparse.eye, each(3, 2), each(None, 3), ref=lambda n, m: parts(np.eye(n, m, dtype="f"))),
    error(tf.sparse.to_dense, OUTSIDE, raises=Invalid,
          match=r"indices\[1\] = \[3,2\] is out of bo"),
    error(tf.sparse.to_dense, OUT_OF_ORDER, raises=Invalid,
          match="is out of order. Many sparse ops"),
    error(tf.sparse.to_dense, sparse([[0], [0]], floats(2), (3,)), raises=Invalid,
          match=r"indices\[1\] = \[0\] is repeated"),
    error(tf.sparse.to_dense, FIXED, [1.0], raises=Invalid, match="default_value should be a scal"),
    error(tf.sparse.to_dense, 3, raises=TypeError, match="Input must be a SparseTensor"),
    error(tf.sparse.from_dense, 3, raises=Invalid, match="Unhandled input dimensions: 0"),
    error(tf.sparse.to_indicator, N, 3, raises=Invalid,
          match=r"\(out of bounds\).  Shape: \[3,3\]"),
    error(tf.sparse.eye, 2.5, raises=TypeError, match="num_rows must be an integer value"),
    # operators
    case(lambda x, y: x * y, X, floats(each(3, 1).options[0], 4), name="sparse * dense",
         dtypes=REAL, ref=sparsely(np.multiply)),
    case(lambda x, y: x / y, X, positive(4), name="sparse / dense", dtypes=FLOAT,
         ref=sparsely(np.divide)),
    case(lambda x, y: y * x, X, positive(3, 1), name="dense * sparse", dtypes=REAL,
         ref=sparsely(np.multiply)),
    case(sparse_dense_cwise_mul, PLACES, positive(3), SHAPE, positive(),
         ref=lambda i, v, s, y: v * y, dtypes=REAL),
    case(sparse_dense_cwise_div, PLACES, ints(3, low=-9), SHAPE, array([[2], [3], [-4]]),
         ref=lambda i, v, s, y: np.trunc(v / y[[0, 1, 1], 0]).astype(v.dtype), dtypes=["int32"]),
    case(sparse_dense_cwise_add, PLACES, floats(3), SHAPE, floats(4),
         ref=lambda i, v, s, y: v + y[[1, 0, 2]], dtypes=FLOAT),
    error(lambda x: x * [1.0, 2.0], X, name="sparse * vector", raises=Invalid,
          match=r"dense to sparse only; got incompatible shapes: \[3,4\] vs. \[2\]"),
    error(lambda x: x / 0.0, X, name="sparse / 0", raises=Invalid, match="cannot divide by zero"),
    error(lambda x: x + 1.0, X, name="sparse + 1", raises=TypeError, match="unsupported operand"),
    # the same values elsewhere
    case(tf.sparse.reorder, OUT_OF_ORDER, ref=parts, dtypes=REAL),
    case(tf.sparse.transpose, X, ref=sparsely(np.transpose), dtypes=REAL),
    case(tf.sparse.transpose, DEEP, plain([1, 0, 2]), ref=sparsely(np.transpose), dtypes=REAL),
    case(tf.sparse.reshape, X, plain([2, -1]), ref=sparsely(np.reshape), dtypes=REAL),
    case(tf.sparse.expand_dims, X, each(None, 0, -2),
         ref=lambda x, axis: parts(np.expand_dims(x, -1 if axis is None else axis)), dtypes=REAL),
    case(tf.sparse.reset_shape, X, ref=lambda x: parts(x[:2, :3]), dtypes=REAL),
    case(tf.sparse.reset_shape, X, plain([5, 6]),
         ref=lambda x, s: parts(np.pad(x, [(0, 2), (0, 2)])), dtypes=REAL),
    case(tf.sparse.slice, X, plain([1, 0]), plain([5, 2]), ref=lambda x, s, n: parts(x[1:, :2]),
         dtypes=REAL),
    case(tf.sparse.retain, X, plain([True, False, True]), dtypes=REAL,
         ref=lambda x, kept: (np.array([[0, 1], [1, 2]]), x[[0, 1], [1, 2]], np.array([3, 4]))),
    error(tf.sparse.reorder, 3, raises=TypeError, match="Input must be a SparseTensor"),
    error(tf.sparse.transpose, X, [0], raises=ValueError, match="Dimensions 1 and 2 are not comp"),
    error(tf.sparse.reshape, X, [5], raises=Invalid, match=r"tensor with 12 dense values, but the"),
    error(tf.sparse.reshape, X, [-1, -1], raises=Invalid, match="only one output dimension may be"),
    error(tf.sparse.expand_dims, X, "a", raises=TypeError, match="axis must be an integer value"),
    error(tf.sparse.expand_dims, X, 3, raises=Invalid, match=r"Expected size\[1\] in \[0, 2\]"),
    error(tf.sparse.reset_shape, X, [2, 2], raises=ValueError, match="should have dimension sizes"),
    error(tf.sparse.slice, X, [0], [1], raises=Invalid, match="start to be a vector of length 2"),
    error(tf.sparse.slice, X, [0, 0], [-1, 1], raises=Invalid, match="a non-negative size, got -1"),
    error(tf.sparse.retain, X, [True], raises=ValueError, match="Dimensions 3 and 1 are not comp"),
    # together and apart
    case(tf.sparse.concat, each(0, -1), [X, Y], gradient=False, dtypes=REAL,
         ref=lambda axis, xs: parts(np.concatenate(xs, axis))),
    case(tf.sparse.concat, 0, [X, sparse([[0, 0]], positive(1), (1, 2))], True, gradient=False,
         dtypes=REAL,
         ref=lambda axis, xs, e: parts(np.vstack([xs[0], np.pad(xs[1], [(0, 0), (0, 2)])]))),
    case(tf.sparse.split, X, 3, 1, gradient="error", dtypes=REAL,
         ref=lambda x, n, axis: [parts(p) for p in np.split(x, [2, 3], 1)]),
    case(tf.sparse.fill_empty_rows, X, positive(), ref=filled, dtypes=FLOAT),
    error(tf.sparse.concat, 2, [X, Y], raises=Invalid, match=r"in range \[-2, 2\), got 2"),
    error(tf.sparse.concat, 0, [X, DEEP], raises=Invalid, match="Ranks of all input tensors must"),
    error(tf.sparse.concat, 0, X, raises=TypeError, match="Inputs must be a list or tuple"),
    error(tf.sparse.split, X, 5, 1, raises=Invalid, match=r"dimension size \(4\), got 5"),
    error(tf.sparse.split, X, raises=ValueError, match="num_split is required"),
    error(tf.sparse.fill_empty_rows, OUTSIDE, 1.0, raises=Invalid, match="is invalid: 3 >= 3"),
    # arithmetic
    case(tf.sparse.add, X, Y, ref=sparsely(np.add), dtypes=REAL),
    case(tf.sparse.add, N, plain(SparseTensorValue([[0, 1]], [5], [3, 4])), threshold=7,
         ref=lambda x, y, threshold: parts(x * (x != 1))),
    case(tf.sparse.add, X, floats(3, 4), ref=np.add, dtypes=[*REAL, "complex64"]),
    case(tf.sparse.add, floats(3, 4), X, ref=np.add, dtypes=REAL),
    case(tf.sparse.maximum, X, Y, ref=sparsely(np.maximum), gradient="error", dtypes=REAL),
    case(tf.sparse.minimum, X, X, ref=sparsely(np.minimum), gradient="error", dtypes=REAL),
    case(tf.sparse.softmax, X, ref=sparse_softmax, dtypes=FLOAT),
    case(tf.sparse.softmax, DEEP, ref=sparse_softmax, dtypes=FLOAT),
    case(tf.sparse.map_values, tf.square, X, ref=lambda f, x: parts(x * x), dtypes=REAL),
    case(tf.sparse.map_values, tf.add, X, 2.0, ref=lambda f, x, y: parts(x + 2 * (x != 0)),
         dtypes=FLOAT),
    error(tf.sparse.add, [1.0], [1.0], raises=TypeError, match="do you mean to use tf.add"),
    error(tf.sparse.add, X, DEEP, raises=Invalid, match="the same dimension, got 2 and 3"),
    error(tf.sparse.add, X, [1.0], raises=Invalid, match="different ranks; received: 2 and 1"),
    error(tf.sparse.add, OUTSIDE, floats(3, 4), raises=Invalid, match=r"a_indices\(1,0\) = 3"),
    error(tf.sparse.maximum, X, DEEP, raises=Invalid, match="shapes: 3 4 and 2 3 2"),
    error(tf.sparse.minimum, OUTSIDE, X, raises=Invalid,
          match=r"indices\[1, :\] = \[3, 2\] is out"),
    error(tf.sparse.softmax, sparse([[0]], floats(1), (2,)), raises=Invalid,
          match="rank >= 2, but"),
    error(tf.sparse.map_values, tf.add, 1.0, 2.0, raises=ValueError,
          match="No SparseTensor in arg"),
    error(tf.sparse.map_values, tf.add, FIXED, OUTSIDE, raises=Invalid, match="Mismatched indices"),
    # sums
    case(tf.sparse.reduce_sum, X, each(None, 0, -1, plain([0, 1])), each(None, True), dtypes=REAL,
         ref=lambda x, axis, keep: np.sum(x, axis, keepdims=bool(keep), dtype=x.dtype)),
    case(tf.sparse.reduce_sum, DEEP, 1, dtypes=REAL, ref=lambda x, axis: x.sum(1, dtype=x.dtype)),
    case(tf.sparse.reduce_sum, X, plain([]), dtypes=REAL, ref=lambda x, axis: x),
    case(tf.sparse.reduce_max, X, each(None, 0, 1), dtypes=REAL, gradient="error",
         ref=lambda x, axis: np.max(x, axis)),
    case(tf.sparse.reduce_max, plain(tf.SparseTensor([[0, 0]], [-2], [2, 2])), 1,
         ref=lambda x, axis: np.array([-2, 0], np.int32)),
    case(tf.sparse.reduce_sum, X, 1, each(False, True), True, gradient="error", dtypes=REAL,
         ref=lambda x, axis, keep, _: parts(x.sum(1, keepdims=keep, dtype=x.dtype))),
    case(tf.sparse.reduce_max, X, 1, False, True, gradient="error", dtypes=REAL,
         ref=lambda x, axis, keep, _: parts(x.max(1))),
    error(tf.sparse.reduce_sum, X, 2, raises=Invalid,
          match="Invalid reduction dimension 2, for in"),
    error(tf.sparse.reduce_max, X, -3, raises=Invalid, match="Invalid reduction dimension -3, for"),
    error(tf.sparse.reduce_sum, OUTSIDE, 1, raises=tf.errors.InternalError,
          match="write index of 3"),
    # products
    case(tf.sparse.sparse_dense_matmul, X, floats(4, 2), ref=np.matmul,
         dtypes=["float32", "float64", "int32", "complex64"]),
    case(tf.sparse.sparse_dense_matmul, X, floats(2, 3), True, True, dtypes=[*FLOAT, "complex64"],
         ref=lambda x, y, *_: x.conj().T @ y.conj().T),
    case(tf.sparse.sparse_dense_matmul, floats(2, 3), X, ref=np.matmul, dtypes=FLOAT),
    error(tf.sparse.sparse_dense_matmul, X, floats(3, 2), raises=Invalid,
          match="4 vs. 3.  Did you"),
    error(tf.sparse.sparse_dense_matmul, X, floats(4), raises=Invalid, match="'b' is not a matrix"),
    error(tf.sparse.sparse_dense_matmul, OUTSIDE, floats(4, 2), raises=Invalid,
          match=r"m \(3\) from index\[1,0\] out of bounds \(>=3\)"),
    error(tf.sparse.sparse_dense_matmul, 3, 4, raises=TypeError, match="Input must be a SparseTen"),
    # groups
    case(tf.sparse.segment_sum, floats(4, 2), *SEGMENTED, dtypes=REAL,
         ref=folded(lambda rows: rows.sum(0))),
    case(tf.sparse.segment_sum, floats(4, 2), *SEGMENTED, 4, dtypes=REAL,
         ref=folded(lambda rows: rows.sum(0))),
    case(tf.sparse.segment_mean, floats(4, 2), *SEGMENTED, each(None, 4), dtypes=FLOAT,
         ref=folded(lambda rows: rows.mean(0))),
    case(tf.sparse.segment_sqrt_n, floats(4, 2), *SEGMENTED, each(None, 4), dtypes=FLOAT,
         ref=folded(root_n)),
    case(tf.sparse.segment_sum, floats(4), *SEGMENTED, sparse_gradient=True, dtypes=FLOAT,
         ref=lambda x, i, j, sparse_gradient: folded(lambda rows: rows.sum(0))(x, i, j)),
    error(tf.sparse.segment_sum, floats(3), [0, 1], [1, 0], raises=Invalid, match="not increasing"),
    error(tf.sparse.segment_mean, floats(3), [9], [0], raises=Invalid,
          match=r"Bad: indices\[0\] == 9 out of range \[0, 3\)"),
    error(tf.sparse.segment_sqrt_n, floats(3), [0], [2], 1, raises=Invalid,
          match="segment ids must be < num_segments"),
    case(tf.nn.embedding_lookup_sparse, floats(3, 2), IDS, None, each("sum", "mean", "sqrtn"),
         dtypes=FLOAT, ref=embedded),
    case(tf.nn.embedding_lookup_sparse, floats(3, 2), IDS, WEIGHTS, each("sum", "mean", "sqrtn"),
         dtypes=FLOAT, ref=embedded),
    case(tf.nn.safe_embedding_lookup_sparse, floats(3, 2),
         plain(tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [0, 2, -1], [3, 2])), dtypes=FLOAT,
         ref=lambda x, ids: np.stack([x[[0, 2]].mean(0), 0 * x[0], 0 * x[0]])),
    case(tf.nn.safe_embedding_lookup_sparse, floats(3, 2),
         plain(tf.SparseTensor([[0, 0, 0], [1, 1, 0]], [0, 2], [2, 2, 1])), default_id=1,
         dtypes=FLOAT, ref=lambda x, ids, default_id: x[[[0, 1], [1, 2]]]),
    error(tf.nn.embedding_lookup_sparse, floats(3, 2), 3, None, raises=TypeError,
          match="sp_ids must"),
    error(tf.nn.embedding_lookup_sparse, floats(3, 2), IDS, None, "x", raises=ValueError,
          match="combiner must be one of 'mean', 'sqrtn' or 'sum', got x"),
    error(tf.nn.safe_embedding_lookup_sparse, None, IDS, raises=ValueError,
          match="Missing embedding"),
    case(tf.sparse.mask,
         plain(tf.IndexedSlices(tf.constant([[1.0], [2.0]]), tf.constant([12, 26]))),
         [12], ref=lambda x, i: (np.array([[2.0]], np.float32), np.array([26], np.int32))),
    error(tf.sparse.mask, plain(tf.IndexedSlices(tf.constant([1.0]), tf.constant([1]))), [[1]],
          raises=Invalid, match="y should be a 1D vector"),
    # counts, sets and distances
    case(tf.sparse.bincount, plain([1, 5, 5]),
         ref=lambda x: (np.array([[1], [5]]), np.array([1, 2], np.int32), np.array([6]))),
    case(tf.sparse.bincount, plain([[1, 2], [2, 3]]), axis=-1, maxlength=3, minlength=2,
         ref=lambda x, **_: parts(np.array([[0, 1, 1], [0, 0, 1]], np.int32))),
    case(tf.sparse.bincount, N, axis=-1, binary_output=True,
         ref=lambda x, **_: parts(np.array([[0, 1, 0, 0, 0], [0, 0, 1, 0, 1], [0] * 5], np.int32))),
    case(tf.sparse.bincount, plain([1, 2, 2]), weights=[0.5, 1.0, 2.0], gradient=False,
         ref=lambda x, weights: parts(np.array([0, 0.5, 3], np.float32))),
    error(tf.sparse.bincount, [-1], raises=Invalid, match="Input values must all be non-negative"),
    error(tf.sparse.bincount, [1], axis=1, raises=ValueError,
          match="argument axis=1. Only 0 and -1"),
    case(tf.sets.intersection, A, B,
         ref=lambda a, b: (np.array([[0, 0], [0, 1], [1, 0]]), np.array([2, 3, 4], np.int32),
                           np.array([2, 2]))),
    case(tf.sets.union, A, plain(tf.SparseTensor([[0, 0], [1, 1]], [3, 9], [2, 2])),
         ref=lambda a, b: parts(np.array([[1, 2, 3], [4, 5, 9]], np.int32))),
    case(tf.sets.difference, A, B, each(True, False),
         ref=lambda a, b, first: parts(np.array([[1], [5]]
         if first else [[9, 0], [6, 7]], np.int32))),
    case(tf.sets.difference, N, plain(tf.SparseTensor([[1, 0]], [2], [3, 1])),
         ref=lambda x, y: parts(np.array([[1], [4], [0]], np.int32))),
    case(tf.sets.size, N, ref=lambda x: np.array([1, 2, 0], np.int32)),
    error(tf.sets.intersection, [1], [2], raises=Invalid, match=r"Shape \[1\] has rank 1 < 2"),
    error(tf.sets.union, A, [[1]], raises=Invalid, match=r"Mismatched shapes \[2\] vs \[1\]"),
    error(tf.sets.difference, [[1.0]], [[1.0]], raises=TypeError, match="'a' has invalid dtype"),
    error(tf.sets.size, A, raises=TypeError, match="Expected `SparseTensor`, got"),
    case(tf.edit_distance, WORDS, TRUTH,
         ref=lambda a, b: np.array([2 / 3, np.inf], np.float32)),
    case(tf.edit_distance, WORDS, TRUTH, False, ref=lambda a, b, n: np.array([2, 1], np.float32)),
    error(tf.edit_distance, 3, WORDS, raises=TypeError, match="Hypothesis must be a SparseTensor"),
    error(tf.edit_distance, FIXED, DEEP, raises=Invalid, match=r"shapes are: \[3\] and \[2\]"),
    case(set_ops.list_diff, array(np.array([1, 2, 3, 2], np.int32)), array(np.array([2], np.int32)),
         ref=lambda x, y: (np.array([1, 3], np.int32), np.array([0, 2], np.int32))),
]  # fmt: skip
