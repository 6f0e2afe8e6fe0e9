"""Every combination of features: `tf.sparse.cross`, `tf.sparse.cross_hashed`.

The one idea: a row of the result holds the combinations of that row's features, one of each input.
Sparse inputs come before dense ones.

Read next: crossing.py. Source: ops SparseCrossV2, SparseCross, SparseCrossHashed.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, int64, string
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import Readable, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op
from headrace._src.native.hashes import fingerprint_buckets, sip_buckets
from headrace._src.ops.cast import cast
from headrace._src.ops.crossing import (
    DEFAULT_KEY,
    Column,
    combinations,
    dense_column,
    fingerprints,
    hashed,
    joined,
    sparse_column,
)
from headrace._src.ops.sparse_tensor import SparseTensor


def cross(inputs: Any, name: str | None = None, separator: Any = None) -> SparseTensor:
    """The combinations of one feature of each input, row by row: strings [rows, combinations].

    inputs: a list of matrices with the same number of rows, sparse or dense, of strings or numbers
    (which count as int64); of sparse ones the absent features count as none. separator: what stands
    between the features, `"_X_"` by default. Those of sparse inputs come first.

    >>> words = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], ["a", "b", "c"], [2, 2])
    >>> found = tf.sparse.cross([words, tf.constant([[1], [2]])], separator="-")
    >>> tf.sparse.to_dense(found).numpy()
    array([[b'a-1', b''],
           [b'b-2', b'c-2']], dtype=object)

    Raises TypeError for what is no list of tensors, tf.errors.InvalidArgumentError where the
    numbers of rows differ. Op: SparseCrossV2.
    """
    if not isinstance(inputs, (list, tuple)):
        raise TypeError("Inputs must be a list")
    if not all(isinstance(x, (SparseTensor, Tensor, Readable)) for x in inputs):
        raise TypeError("All inputs must be Tensor or SparseTensor.")
    separator = convert("_X_" if separator is None else separator, string)
    return SparseTensor(*sparse_cross_v2(*_parts(inputs), separator, name))


def cross_hashed(
    inputs: Any, num_buckets: int = 0, hash_key: Any = None, name: str | None = None
) -> SparseTensor:
    """The combinations of one feature of each input, row by row, each as a hash: int64.

    inputs: a list of matrices with the same number of rows, sparse or dense, of strings or numbers
    (which count as int64). num_buckets: over how many buckets they are spread; 0 for the hash
    itself. hash_key: to hash otherwise than by default.

    >>> words = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], ["a", "b", "c"], [2, 2])
    >>> found = tf.sparse.cross_hashed([words, tf.constant([[1], [2]])], num_buckets=1000)
    >>> found.values.numpy()
    array([485, 357, 523])

    Raises TypeError for what is no list of tensors, tf.errors.InvalidArgumentError where the
    numbers of rows differ and for a negative number of buckets. Op: SparseCross.
    """
    if not isinstance(inputs, (list, tuple)):
        raise TypeError("Inputs must be a list")
    if not all(isinstance(x, (SparseTensor, Tensor, Readable)) for x in inputs):
        raise TypeError("All inputs must be SparseTensors")
    key = hash_key or DEFAULT_KEY
    return SparseTensor(*sparse_cross(*_parts(inputs), True, num_buckets, key, int64, int64, name))


def _parts(inputs: Any) -> tuple[list, list, list, list]:
    """What the ops take: indices, values and shapes of sparse inputs, and the dense ones."""
    sparse = [x for x in inputs if isinstance(x, SparseTensor)]
    dense = [convert(x) for x in inputs if not isinstance(x, SparseTensor)]
    return (
        [x.indices for x in sparse],
        [_feature(x.values) for x in sparse],
        [x.dense_shape for x in sparse],
        [_feature(x) for x in dense],
    )


def _feature(x: Tensor) -> Tensor:
    return x if x.dtype is string else cast(x, int64)


# ---- ops -----------------------------------------------------------------------------------------


def _combined(*_: Any) -> list[TensorShape]:
    return [TensorShape([None, 2]), vector(None), vector(2)]


@op("SparseCrossV2", shape=_combined, cost="host")
def sparse_cross_v2(
    indices: list[Tensor],
    values: list[Tensor],
    shapes: list[Tensor],
    dense_inputs: list[Tensor],
    sep: Tensor,
    name: str | None = None,
) -> Any:
    """The positions, values and shape of the combinations, as text."""
    columns, rows = _columns(indices, values, shapes, dense_inputs)
    splits, places = combinations(columns, rows)
    return _sparse(splits, joined(columns, places, np.asarray(sep).reshape(-1)[0]))


def _from_buckets(*shapes_and_attributes: Any) -> list[TensorShape]:
    num_buckets = shapes_and_attributes[5]
    if num_buckets is None:
        raise TypeError("Expected int for argument 'num_buckets' not None.")
    if num_buckets < 0:
        raise ShapeError(
            f"Value for attr 'num_buckets' of {num_buckets} must be at least minimum 0"
        )
    return _combined()


@op("SparseCross", shape=_from_buckets, cost="host")
def sparse_cross(
    indices: list[Tensor],
    values: list[Tensor],
    shapes: list[Tensor],
    dense_inputs: list[Tensor],
    hashed_output: bool,
    num_buckets: int,
    hash_key: int,
    out_type: DType,
    internal_type: DType,
    name: str | None = None,
) -> Any:
    """The positions, values and shape of the combinations, as text or as hashes under a key."""
    _from_buckets(indices, values, shapes, dense_inputs, hashed_output, num_buckets)
    wanted = int64 if hashed_output else string
    if out_type is not wanted:
        raise ValueError(f"hashed_output={hashed_output} gives {wanted.name}, not {out_type.name}")
    columns, rows = _columns(indices, values, shapes, dense_inputs)
    if internal_type is string and any(x.dtype != object for x in dense_inputs):
        raise ValueError("Dense inputs should be of internal type 7 but received 9")
    splits, places = combinations(columns, rows)
    if not hashed_output:
        return _sparse(splits, joined(columns, places, b"_X_"))
    features = [fingerprints(own.values)[at] for own, at in zip(columns, places)]
    return _sparse(splits, hashed(features, num_buckets, hash_key))


@op("SparseCrossHashed", shape=_combined, cost="host")
def sparse_cross_hashed(
    indices: list[Tensor],
    values: list[Tensor],
    shapes: list[Tensor],
    dense_inputs: list[Tensor],
    num_buckets: Tensor,
    strong_hash: Tensor,
    salt: Tensor,
    name: str | None = None,
) -> Any:
    """The positions, values and shape of the combinations, as hashes.

    strong_hash: strings are hashed by SipHash under the key `salt`. TensorFlow ends the process
    for strong hashes of numbers; of the numbers of sparse inputs it hashes the lower four bytes.
    """
    if np.size(salt) != 2:
        raise ValueError(f'Input "salt" must have length 2 but has length {np.size(salt)}')
    columns, rows = _columns(indices, values, shapes, dense_inputs)
    splits, places = combinations(columns, rows)
    is_strong = bool(np.asarray(strong_hash).reshape(-1)[0])
    features = []
    for i, own in enumerate(columns):
        if is_strong:
            found = _under_key(own.values, *np.asarray(salt).reshape(-1).tolist())
        elif i < len(values) and own.values.dtype != object:
            found = _of_four_bytes(own.values)
        else:
            found = fingerprints(own.values)
        features.append(found[places[i]])
    buckets = max(int(np.asarray(num_buckets).reshape(-1)[0]), 0)
    return _sparse(splits, hashed(features, buckets, None))


for _op in (sparse_cross_v2, sparse_cross, sparse_cross_hashed):
    no_gradient(_op, why="A string is not differentiable.", is_error=True)


def _sparse(splits: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The parts of a sparse matrix whose rows begin at `splits`."""
    counts = np.diff(splits)
    positions = np.empty((len(values), 2), np.int64)
    positions[:, 0] = np.repeat(np.arange(len(counts)), counts)
    positions[:, 1] = np.arange(len(values)) - np.repeat(splits[:-1], counts)
    return positions, values, np.array([len(counts), counts.max(initial=0)], np.int64)


def _under_key(values: np.ndarray, first: int, second: int) -> np.ndarray:
    if values.dtype != object:
        raise NotImplementedError("SparseCrossHashed: strong_hash=True is for strings only.")
    out = np.empty(values.shape, np.uint64)
    sip_buckets(values.size, np.ascontiguousarray(values), first, second, 0, out)
    return out


def _of_four_bytes(numbers: np.ndarray) -> np.ndarray:
    strings = np.empty(numbers.shape, object)
    strings[:] = [number.tobytes() for number in numbers.astype("<i4")]
    out = np.empty(numbers.shape, np.uint64)
    fingerprint_buckets(strings.size, strings, 0, out)
    return out


def _columns(
    indices: list, values: list, shapes: list, dense_inputs: list
) -> tuple[list[Column], int]:
    """The inputs as columns, and the number of rows."""
    _check(indices, values, shapes, dense_inputs)
    rows = _row_count(shapes, dense_inputs)
    sparse = [sparse_column(own, some, rows) for own, some in zip(indices, values, strict=True)]
    return sparse + [dense_column(np.asarray(x)) for x in dense_inputs], rows


def _row_count(shapes: list, dense_inputs: list) -> int:
    if shapes:
        return int(shapes[0][0])
    return len(dense_inputs[0]) if dense_inputs else 0


def _check(indices: list, values: list, shapes: list, dense_inputs: list) -> None:
    """Raises ValueError unless all inputs are matrices with the same number of rows."""
    for what, kind, rank, some in (
        ("indices", "matrix", 2, indices),
        ("values", "vector", 1, values),
        ("shapes", "vector", 1, shapes),
    ):
        for i, x in enumerate(some):
            if x.ndim != rank:
                raise ValueError(
                    f"Input {what} should be a {kind} but received shape "
                    f"{bracketed(TensorShape(x.shape))} at position {i}"
                )
    for i, (rows, own, sizes) in enumerate(zip(indices, values, shapes, strict=True)):
        if rows.shape[1] != 2:
            raise ValueError(f"Expected D2 of index to be 2 got {rows.shape[1]} at position {i}")
        if len(sizes) != 2:
            raise ValueError(
                f"Shape should imply a 2D tensor, but got {len(sizes)} at position {i}"
            )
        if len(rows) != len(own):
            raise ValueError(f"Expected size of values to be {len(rows)} got {len(own)} at {i}")
    count = _row_count(shapes, dense_inputs)
    for i, sizes in enumerate(shapes):
        if sizes[0] != count:
            raise ValueError(f"Expected batch size {count} got {sizes[0]} at position {i}")
    for i, x in enumerate(dense_inputs):
        if x.ndim != 2:
            raise ValueError(
                "Dense inputs should be a matrix but received shape "
                f"{bracketed(TensorShape(x.shape))} at position {i}"
            )
        if len(x) != count:
            raise ValueError(f"Expected batch size {count} got {len(x)} at dense tensor {i}")
