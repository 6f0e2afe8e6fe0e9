"""Rows of ops/sparse_serialization.py and ops/sparse_cross.py, and of `sampled_addmm`.

The bytes are those that TensorFlow 2.21 writes.
"""

import numpy as np

import headrace as tf
from headrace._src.ops.sparse_serialization import deserialize_sparse
from tests.cases.row import case, each, error, floats, plain

Invalid = tf.errors.InvalidArgumentError
NUMBERS = plain(tf.SparseTensor([[0, 1], [2, 3]], [1.5, 2.5], [3, 4]))
WORDS = tf.SparseTensor([[0, 1], [2, 3]], ["a", "bc"], [3, 4])
FLAT = plain(tf.SparseTensor([[3]], np.array([7], np.int32), [5]))
SHAPE = b'\x08\t\x12\x04\x12\x02\x08\x02"\x10\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0'
INSIDE = b'\x08\t\x12\x04\x12\x02\x08\x01"\x08\x04\0\0\0\0\0\0\0'
PLACES = b'\x08\t\x12\x08\x12\x02\x08\x02\x12\x02\x08\x02" '
LETTERS = plain(tf.SparseTensor([[0, 0], [1, 0], [1, 1]], ["a", "b", "c"], [2, 2]))
NUMERALS = plain(tf.SparseTensor([[0, 0], [1, 0], [1, 1]], np.array([5, -6, 7]), [2, 2]))
XY = plain(tf.constant([["x"], ["y"]]))
DIGITS = plain(tf.constant([[5], [-6]], tf.int64))
ONE_ROW = plain(tf.constant([[1]]))


def words(*items):
    """Bytes as an array of strings."""
    out = np.empty(len(items), object)
    out[:] = items
    return out


def and_back(sparse):
    """A batch that became strings, read again."""
    return tf.io.deserialize_many_sparse(tf.io.serialize_many_sparse(sparse), sparse.dtype)


def read(texts, dtype):
    """What TensorFlow's op makes of strings."""
    return deserialize_sparse(tf.convert_to_tensor(texts, tf.string), dtype)


def read_batches(sparse):
    """Four of the same in a batch of batches."""
    texts = tf.io.serialize_sparse(sparse)
    return read([[texts, texts], [texts, texts]], sparse.dtype)


def crossed(sparse, dense, buckets, salt=None):
    """The values of the op that no public function calls; strong hashes where there is salt."""
    return tf.raw_ops.SparseCrossHashed(
        indices=[sparse.indices],
        values=[sparse.values],
        shapes=[sparse.dense_shape],
        dense_inputs=[dense],
        num_buckets=buckets,
        strong_hash=salt is not None,
        salt=salt or [0, 0],
    )[1]


ROWS = [
    case(tf.io.serialize_sparse, plain(WORDS),
         ref=lambda x: words(PLACES + np.array([0, 1, 2, 3]).tobytes(),
                             b'\x08\x07\x12\x04\x12\x02\x08\x02"\x05\x01\x02abc', SHAPE)),
    case(tf.io.serialize_sparse, FLAT,
         ref=lambda x: words(b'\x08\t\x12\x08\x12\x02\x08\x01\x12\x02\x08\x01"\x08\x03' + bytes(7),
                             b'\x08\x03\x12\x04\x12\x02\x08\x01"\x04\x07\0\0\0',
                             b'\x08\t\x12\x04\x12\x02\x08\x01"\x08\x05\0\0\0\0\0\0\0')),
    case(lambda x: tf.io.serialize_many_sparse(x)[1], NUMBERS,
         ref=lambda x: words(b"\x08\t\x12\x06\x12\0\x12\x02\x08\x01", b"\x08\x01\x12\x02\x12\0",
                             INSIDE)),
    error(tf.io.serialize_sparse, [1], raises=TypeError, match="Input must be a SparseTensor"),
    error(tf.io.serialize_sparse, FLAT, tf.variant, raises=NotImplementedError,
          match="tf.io.serialize_sparse: out_type=tf.variant"),
    error(tf.io.serialize_many_sparse, FLAT, raises=Invalid,
          match="should be > 1, but saw rank: 1"),
    error(tf.io.serialize_many_sparse, NUMBERS, tf.int32, raises=Invalid,
          match="Value for attr 'out_type' of int32"),
    error(tf.io.serialize_many_sparse, plain(tf.SparseTensor([[5, 1]], [1.0], [3, 4])),
          raises=Invalid, match=r"\[0\] = \[5,1\] is out of bounds: need 0 <= index < \[3,4\]"),
    error(tf.io.serialize_many_sparse, plain(tf.SparseTensor([[2, 1], [0, 1]], [1, 2], [3, 4])),
          raises=Invalid, match=r"indices\[1\] = \[0,1\] is out of order"),
    error(tf.io.serialize_many_sparse, plain(tf.SparseTensor([[0, 1], [0, 1]], [1, 2], [3, 4])),
          raises=Invalid, match=r"indices\[1\] = \[0,1\] is repeated"),
    case(and_back, plain(WORDS),
         ref=lambda x: (np.array([[0, 1], [2, 3]]), words(b"a", b"bc"), np.array([3, 4]))),
    case(read_batches, FLAT,
         ref=lambda x: (np.array([[0, 0, 3], [0, 1, 3], [1, 0, 3], [1, 1, 3]]),
                        np.full(4, 7, np.int32), np.array([2, 2, 5]))),
    error(tf.io.deserialize_many_sparse, [["a", "b", "c"]], tf.int32, raises=Invalid,
          match="Could not parse serialized proto"),
    error(tf.io.deserialize_many_sparse, [["", "", ""]], tf.int32, raises=Invalid,
          match="Could not construct tensor from proto"),
    error(tf.io.deserialize_many_sparse, [["a", "b"]], tf.int32, raises=Invalid,
          match=r"should have 3 as the last dimension \[1,2\]"),
    error(tf.io.deserialize_many_sparse, [[SHAPE, SHAPE, SHAPE]], tf.int32, raises=Invalid,
          match=r"serialized_sparse\[0, 0\] to represent an index matrix but received shape \[2\]"),
    error(read, [[INSIDE] * 3][:0], tf.int32, raises=Invalid, match="3 as the last dimension"),
    error(read, "a", tf.int32, raises=Invalid, match="should have non-zero rank"),
    # combinations
    case(tf.sparse.cross, [LETTERS, plain(tf.constant([["d"], ["e"]]))],
         ref=lambda xs: (np.array([[0, 0], [1, 0], [1, 1]]), words(b"a_X_d", b"b_X_e", b"c_X_e"),
                         np.array([2, 2]))),
    case(tf.sparse.cross, [plain(tf.constant([[1, 2], [3, 4]])), LETTERS], separator="-",
         ref=lambda xs, separator: (
             np.array([[0, 0], [0, 1], [1, 0], [1, 1], [1, 2], [1, 3]]),
             words(b"a-1", b"a-2", b"b-3", b"b-4", b"c-3", b"c-4"), np.array([2, 4]))),
    error(tf.sparse.cross, LETTERS, raises=TypeError, match="Inputs must be a list"),
    error(tf.sparse.cross, [LETTERS, ["a"]], raises=TypeError, match="must be Tensor or Sparse"),
    error(tf.sparse.cross, [LETTERS, ONE_ROW], raises=Invalid,
          match="Expected batch size 2 got 1 at dense tensor 0"),
    error(tf.sparse.cross, [LETTERS, FLAT], raises=Invalid,
          match="Expected D2 of index to be 2 got 1 at position 1"),
    error(tf.sparse.cross, [LETTERS, plain(tf.constant(["d"]))], raises=Invalid,
          match=r"Dense inputs should be a matrix but received shape \[1\] at position 0"),
    case(tf.sparse.cross_hashed, [LETTERS, plain(tf.constant([[1], [2]]))], each(0, 1000),
         ref=lambda xs, buckets: (
             np.array([[0, 0], [1, 0], [1, 1]]),
             np.array([485, 357, 523] if buckets else
                      [2928842892298887678, 85918459618309357, 8046540229177717716]),
             np.array([2, 2]))),
    case(lambda xs: tf.sparse.cross_hashed(xs, 1000, -7).values,
         [LETTERS, plain(tf.constant([["x", "y"], ["z", ""]]))],
         ref=lambda xs: np.array([100, 785, 985, 93, 996, 286])),
    case(crossed, LETTERS, DIGITS, each(0, 100),
         ref=lambda x, y, buckets: np.array(
             [9, 19, 91] if buckets else
             [1581116392146741802, 8376390854691727212, 8209924619183753784])),
    # of a sparse number four bytes are hashed, in TensorFlow too
    case(crossed, NUMERALS, XY, 100, ref=lambda *_: np.array([53, 3, 99])),
    case(crossed, LETTERS, XY, 0, each([1, 2], [-5, 9]),
         ref=lambda x, y, buckets, salt: np.array(
             [7324330830475149127, 7844677534625648961, 7592269141358217486] if salt[0] == 1 else
             [6218372301077485428, 6056794513600183524, 4507445913686981525])),
    error(tf.sparse.cross_hashed, LETTERS, raises=TypeError, match="Inputs must be a list"),
    error(tf.sparse.cross_hashed, [1.0], raises=TypeError, match="must be SparseTensors"),
    error(tf.sparse.cross_hashed, [LETTERS], -1, raises=Invalid,
          match="attr 'num_buckets' of -1 must be at least minimum 0"),
    error(tf.sparse.cross_hashed, [LETTERS, ONE_ROW], raises=Invalid,
          match="Expected batch size 2 got 1 at dense tensor 0"),
    error(crossed, LETTERS, XY, 0, [1], raises=Invalid,
          match='"salt" must have length 2 but has length 1'),
    # a product at some places
    case(lambda values, a, b, alpha: tf.sparse.sampled_addmm(
             [[0, 1], [2, 0]], values, [3, 2], a, b, 0.5, alpha)[1],
         floats(2, dtype="float32"), floats(3, 2, dtype="float32"), floats(2, 2, dtype="float32"),
         each(1.0, 2.0),
         ref=lambda v, a, b, alpha: 0.5 * v + alpha * (a @ b)[[0, 2], [1, 0]]),
    error(tf.sparse.sampled_addmm, [[0, 1]], [1.0], [3, 3], floats(3, 2), floats(2, 2),
          raises=ValueError, match=r"Dense shape: \[3 3\] does not match output shape: \[3 2\]"),
    error(tf.sparse.sampled_addmm, [[0, 7]], [1.0], [3, 2], floats(3, 2), floats(2, 2),
          raises=Invalid, match=r"indices\[0\] = \[7\] does not index into param shape \[2,2\]"),
]  # fmt: skip
