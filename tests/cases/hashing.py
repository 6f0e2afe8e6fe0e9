"""Hashes of strings: ops/hashing.py. The numbers are TensorFlow 2.21's.

More of them are in tests/native/test_hashes.py.
"""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, error

Invalid = tf.errors.InvalidArgumentError
WORDS = ["Hello", "TensorFlow", "2.x", "", "a" * 100]
NO_BUCKETS = "attr 'num_buckets' of 0 must be at least minimum 1"


def numbers(*values, dtype=np.int64):
    return lambda *_, **__: np.array(values, dtype)


ROWS = [
    case(tf.strings.to_hash_bucket_fast, array(WORDS), 1000, ref=numbers(151, 254, 357, 263, 618)),
    case(
        tf.strings.to_hash_bucket_strong,
        array(WORDS),
        1000,
        [1, 2],
        ref=numbers(274, 926, 778, 435, 610),
    ),
    case(tf.strings.to_hash_bucket, array(WORDS), 1000, ref=numbers(941, 232, 300, 899, 179)),
    case(
        tf.compat.v1.string_to_hash_bucket, array(WORDS), 1000, ref=numbers(941, 232, 300, 899, 179)
    ),
    case(tf.strings.to_hash_bucket_fast, array([["b"], ["c"]]), 10, ref=numbers([2], [2])),
    error(tf.strings.to_hash_bucket_fast, ["a"], 0, raises=Invalid, match=NO_BUCKETS),
    error(tf.strings.to_hash_bucket_strong, ["a"], 0, [1, 2], raises=Invalid, match=NO_BUCKETS),
    error(tf.strings.to_hash_bucket, ["a"], 0, raises=Invalid, match=NO_BUCKETS),
    error(tf.compat.v1.string_to_hash_bucket, ["a"], 0, raises=Invalid, match=NO_BUCKETS),
    error(tf.strings.to_hash_bucket_fast, [1], 3, raises=TypeError, match="Cannot convert [1]"),
    error(tf.strings.to_hash_bucket_strong, ["a"], 3, [1], raises=Invalid, match="2 elements"),
    error(tf.strings.to_hash_bucket_strong, ["a"], 3, 1, raises=TypeError, match="Expected list"),
    case(
        tf.fingerprint,
        array([["a", "b"], ["", "c"]]),
        ref=numbers(
            [122, 64, 59, 169, 136, 60, 55, 83], [146, 4, 241, 178, 47, 233, 29, 30], dtype=np.uint8
        ),
    ),
    case(
        tf.fingerprint,
        array([[1, 2], [3, 4]], "int32"),
        ref=numbers(
            [76, 18, 253, 133, 168, 204, 240, 10],
            [254, 162, 60, 240, 103, 244, 53, 255],
            dtype=np.uint8,
        ),
    ),
    error(tf.fingerprint, "a", raises=Invalid, match="at least one dimension"),
    error(
        tf.fingerprint, ["a"], "md5", raises=Invalid, match="Unsupported fingerprint method: md5"
    ),
    error(tf.fingerprint, ["a"], ["farmhash64"], raises=Invalid, match="scalar string: [1]"),
]
