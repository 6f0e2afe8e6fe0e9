"""Hashes of strings, and of whatever has bytes: buckets and fingerprints.

The one idea: the numbers are TensorFlow's, so that a model finds its words where it left them. The
functions that compute them are in native/hashes.py; here they go over arrays.

Read next: sparse_cross.py, which hashes combinations.
"""

from typing import Any

import numpy as np

from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op
from headrace._src.native.hashes import fingerprint_buckets, murmur_buckets, sip_buckets

WHY = "A hash has no derivative."


def _same(input: TensorShape, num_buckets: int, *_: Any) -> TensorShape:
    if num_buckets is None:
        raise TypeError("Expected int for argument 'num_buckets' not None.")
    if num_buckets < 1:
        raise ShapeError(
            f"Value for attr 'num_buckets' of {num_buckets} must be at least minimum 1"
        )
    return input


def _spread(kernel: Any, strings: np.ndarray, buckets: int, *key: int) -> np.ndarray:
    """The bucket of every string."""
    _same(TensorShape(strings.shape), buckets)
    out = np.empty(strings.shape, np.int64)
    kernel(strings.size, np.ascontiguousarray(strings), *key, buckets, out.view(np.uint64))
    return out


@op("StringToHashBucketFast", shape=_same, cost="host")
def to_hash_bucket_fast(input: Tensor, num_buckets: int, name: str | None = None) -> Tensor:
    """The bucket of each string by FarmHash, int64 from 0 to below `num_buckets`.

    Whoever chooses the strings can fill one bucket; `tf.strings.to_hash_bucket_strong` has a key.

    >>> tf.strings.to_hash_bucket_fast(["Hello", "TensorFlow", "2.x"], 3).numpy()
    array([0, 2, 2])

    Raises tf.errors.InvalidArgumentError for no buckets. Op: StringToHashBucketFast.
    """
    return _spread(fingerprint_buckets, input, num_buckets)


@op("StringToHashBucketStrong", shape=_same, cost="host")
def to_hash_bucket_strong(
    input: Tensor, num_buckets: int, key: Any, name: str | None = None
) -> Tensor:
    """The bucket of each string by SipHash under a key, int64 from 0 to below `num_buckets`.

    key: a list of two integers. Who does not know it cannot foresee the buckets.

    >>> tf.strings.to_hash_bucket_strong(["Hello", "TF"], 3, [1, 2]).numpy()
    array([2, 0])

    Raises TypeError for a key that is no list, tf.errors.InvalidArgumentError for one of another
    length and for no buckets. Op: StringToHashBucketStrong.
    """
    _same(TensorShape(input.shape), num_buckets)
    if key is None:
        raise TypeError(
            "Expected list for 'key' argument to 'string_to_hash_bucket_strong' Op, not None."
        )
    if len(key) != 2:
        raise ValueError("Key must have 2 elements")
    if not all(-(2**63) <= word < 2**63 for word in key):
        raise OverflowError("int too big to convert")
    return _spread(sip_buckets, input, num_buckets, *key)


def to_hash_bucket(input: Any, num_buckets: int, name: str | None = None) -> Tensor:
    """The bucket of each string by TensorFlow's oldest hash, int64 from 0 to below `num_buckets`.

    New programs had better take `tf.strings.to_hash_bucket_fast`.

    >>> tf.strings.to_hash_bucket(["Hello", "TensorFlow"], 10).numpy()
    array([1, 2])

    Raises tf.errors.InvalidArgumentError for no buckets. Op: StringToHashBucket.
    """
    return to_hash_bucket_op(input, num_buckets, name)


@op("StringToHashBucket", shape=_same, cost="host")
def to_hash_bucket_op(string_tensor: Tensor, num_buckets: int, name: str | None = None) -> Tensor:
    """The bucket of each string."""
    return _spread(murmur_buckets, string_tensor, num_buckets)


# ---- fingerprints --------------------------------------------------------------------------------


def fingerprint(data: Any, method: Any = "farmhash64", name: str | None = None) -> Tensor:
    """The fingerprint of each row: the eight bytes of a hash of its bytes, uint8 [rows, 8].

    data: any tensor but a scalar; its first axis counts the rows. Of a string's bytes comes a
    fingerprint first; a row of several strings has that of theirs. method: "farmhash64".

    >>> tf.fingerprint(["a", "b"]).numpy()
    array([[227, 117, 223, 182, 101,  66,  69, 179],
           [ 22, 241, 200,  94,  33,  96, 178, 163]], dtype=uint8)

    Raises tf.errors.InvalidArgumentError for a scalar and for another method. Op: Fingerprint.
    """
    return fingerprint_op(data, method, name)


def _eight_each(data: TensorShape, method: TensorShape) -> TensorShape:
    if data.rank == 0:
        raise ShapeError(
            "`data` should have at least one dimension: []",
            "Shape must be at least rank 1 but is rank 0",
        )
    if method.rank not in (None, 0):
        raise ShapeError(
            f"`method` should be a scalar string: {bracketed(method)}",
            f"Shape must be rank 0 but is rank {method.rank}",
        )
    return TensorShape([data[0] if data.rank else None, 8])


@op("Fingerprint", shape=_eight_each, cost="host")
def fingerprint_op(data: Tensor, method: Tensor, name: str | None = None) -> Tensor:
    """The fingerprint of each row."""
    _eight_each(TensorShape(data.shape), TensorShape(np.shape(method)))
    way = np.asarray(method, object).reshape(-1)[0]
    if way != b"farmhash64":
        raise ValueError(f"Unsupported fingerprint method: {way.decode(errors='replace')}")
    count = len(data)
    if data.dtype == object:
        words = np.empty(data.size, np.uint64)
        fingerprint_buckets(data.size, np.ascontiguousarray(data), 0, words)
        if data.size == count:
            return _little(words)
        data = words
    rows = np.empty(count, object)
    rows[:] = [row.tobytes() for row in data.reshape(count, data.size // max(count, 1))]
    found = np.empty(count, np.uint64)
    fingerprint_buckets(count, rows, 0, found)
    return _little(found)


def _little(words: np.ndarray) -> np.ndarray:
    """The bytes of each word, the smallest one first."""
    return words.astype("<u8").view(np.uint8).reshape(len(words), 8)


for _op in (to_hash_bucket_fast, to_hash_bucket_strong, to_hash_bucket_op, fingerprint_op):
    no_gradient(_op, why=WHY)
