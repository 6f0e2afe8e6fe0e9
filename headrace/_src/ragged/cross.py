"""Every combination of features: `tf.ragged.cross`, `tf.ragged.cross_hashed`.

The one idea: a row of the result holds the combinations of that row's features, one of each input,
in the order of the inputs; of however many features a row has, so it is ragged.

Read next: ops/ragged_cross.py.
"""

from typing import Any

from headrace._src.core.dtypes import DType, int32, int64, string
from headrace._src.core.names import name_scope
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.cast import cast
from headrace._src.ops.crossing import DEFAULT_KEY
from headrace._src.ops.ragged_cross import ragged_cross
from headrace._src.ops.sparse_tensor import SparseTensor
from headrace._src.ragged.ragged_tensor import RaggedTensor


def cross(inputs: Any, name: str | None = None) -> RaggedTensor:
    """The combinations of one feature of each input, row by row: strings [rows, (combinations)].

    inputs: a list of matrices with the same number of rows, ragged, sparse or dense, of strings or
    integers. Features are joined by `"_X_"`.

    >>> tf.ragged.cross([tf.ragged.constant([["a"], ["b", "c"]]), tf.constant([[1], [2]])])
    <tf.RaggedTensor [[b'a_X_1'], [b'b_X_2', b'c_X_2']]>

    Raises TypeError for what is no list, ValueError for other dtypes and ragged tensors of another
    rank, tf.errors.InvalidArgumentError for other matrices and where the numbers of rows differ.
    Op: RaggedCross.
    """
    return _crossed(inputs, False, 0, None, name)


def cross_hashed(
    inputs: Any, num_buckets: int = 0, hash_key: Any = None, name: str | None = None
) -> RaggedTensor:
    """The combinations of one feature of each input, row by row, each as a hash: int64.

    inputs: as of `tf.ragged.cross`. num_buckets: over how many buckets they are spread; 0 for the
    hash itself. hash_key: to hash otherwise than by default.

    >>> words = tf.ragged.constant([["p"], ["q", "r"]])
    >>> tf.ragged.cross_hashed([words, tf.ragged.constant([[1], [2, -3]])], num_buckets=100)
    <tf.RaggedTensor [[72], [15, 50, 36, 35]]>

    Raises as `tf.ragged.cross` does, and tf.errors.InvalidArgumentError for a negative number of
    buckets. Op: RaggedCross.
    """
    return _crossed(inputs, True, num_buckets, hash_key, name)


def _crossed(
    inputs: Any, is_hashed: bool, num_buckets: int, hash_key: Any, name: str | None
) -> RaggedTensor:
    if not isinstance(inputs, (list, tuple)):
        raise TypeError("Inputs must be a list")
    with name_scope(name or "RaggedCross"):
        tensors = [x if isinstance(x, (RaggedTensor, SparseTensor)) else convert(x) for x in inputs]
        for i, x in enumerate(tensors):
            if isinstance(x, RaggedTensor) and x.shape.rank not in (None, 2):
                raise ValueError("tf.ragged.cross only supports inputs with rank=2")
            if not (x.dtype is string or x.dtype.is_integer):
                raise ValueError(f"Unexpected dtype for inputs[{i}]: {x.dtype}")
        ragged = [x for x in tensors if isinstance(x, RaggedTensor)]
        sparse = [x for x in tensors if isinstance(x, SparseTensor)]
        values, splits = ragged_cross(
            [_feature(x.values) for x in ragged],
            [x.row_splits for x in ragged],
            [x.indices for x in sparse],
            [_feature(x.values) for x in sparse],
            [x.dense_shape for x in sparse],
            [_feature(x) for x in tensors if isinstance(x, Tensor)],
            "".join(map(_letter, tensors)),
            is_hashed,
            num_buckets,
            hash_key or DEFAULT_KEY,
            int64 if is_hashed else string,
            _splits_dtype(ragged),
        )
        return RaggedTensor.from_row_splits(values, splits, validate=False)


def _letter(x: Any) -> str:
    return "R" if isinstance(x, RaggedTensor) else "S" if isinstance(x, SparseTensor) else "D"


def _feature(x: Tensor) -> Tensor:
    return x if x.dtype is string else cast(x, int64)


def _splits_dtype(ragged: list[RaggedTensor]) -> DType:
    """int32 only where all have that."""
    are_small = ragged and all(x.row_splits.dtype is int32 for x in ragged)
    return int32 if are_small else int64
