"""Every combination of features: `tf.sparse.cross`.

The one idea: a row of the result is the product of that row's features, one of each input, joined
by a separator; the last input varies fastest. Sparse inputs come before dense ones.

Read next: sparse_joining.py. Source: op SparseCrossV2.
"""

import itertools
from typing import Any

import numpy as np

from headrace._src.core.dtypes import int64, string
from headrace._src.core.shape_rules import bracketed
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import Readable, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.cast import cast
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
    sparse = [x for x in inputs if isinstance(x, SparseTensor)]
    dense = [convert(x) for x in inputs if not isinstance(x, SparseTensor)]
    found = sparse_cross_v2(
        [x.indices for x in sparse],
        [_feature(x.values) for x in sparse],
        [x.dense_shape for x in sparse],
        [_feature(x) for x in dense],
        convert("_X_" if separator is None else separator, string),
        name,
    )
    return SparseTensor(*found)


def _feature(x: Tensor) -> Tensor:
    return x if x.dtype is string else cast(x, int64)


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
    """The positions, values and shape of the combinations."""
    _check(indices, values, shapes, dense_inputs)
    count = _row_count(shapes, dense_inputs)
    columns = [
        *(_by_row(rows, _texts(own), count) for rows, own in zip(indices, values, strict=True)),
        *(_texts(x).tolist() for x in dense_inputs),
    ]
    separator = np.asarray(sep).reshape(-1)[0]
    rows = [
        [separator.join(some) for some in itertools.product(*features)]
        for features in zip(*columns, strict=True)
    ]
    counts = np.array([len(row) for row in rows], np.int64)
    positions = np.empty((counts.sum(), 2), np.int64)
    positions[:, 0] = np.repeat(np.arange(count), counts)
    positions[:, 1] = [i for row in rows for i in range(len(row))]
    joined = np.empty(len(positions), object)
    joined[:] = [text for row in rows for text in row]
    return positions, joined, np.array([count, counts.max(initial=0)], np.int64)


no_gradient(sparse_cross_v2, why="A string is not differentiable.", is_error=True)


def _texts(x: np.ndarray) -> np.ndarray:
    """Features as bytes."""
    if x.dtype == object:
        return x
    out = np.empty(x.shape, object)
    out.reshape(-1)[:] = [b"%d" % n for n in x.reshape(-1).tolist()]
    return out


def _by_row(indices: np.ndarray, texts: np.ndarray, count: int) -> list[list[bytes]]:
    """The features of each row of a sparse input."""
    features: list[list[bytes]] = [[] for _ in range(count)]
    for row, text in zip(indices[:, 0].tolist(), texts.tolist(), strict=True):
        if not 0 <= row < count:
            raise ValueError(f"Got row {row} outside of the batch of {count}")
        features[row].append(text)
    return features


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
