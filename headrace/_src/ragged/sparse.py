"""Between ragged and sparse: `RaggedTensor.from_sparse`, `RaggedTensor.to_sparse`.

The one idea: a sparse matrix whose rows are full from the left is a ragged tensor: the columns of
the positions only count up, and the rows are the numbers of the values' rows.

Read next: ragged/merging.py.
"""

from typing import Any

from headrace._src.core.dtypes import as_dtype, int64
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import equal
from headrace._src.ops.constant import zeros_like
from headrace._src.ops.debugging import Assert
from headrace._src.ops.joining import concat
from headrace._src.ops.ragged_conversion import ragged_tensor_to_sparse
from headrace._src.ops.reduce import reduce_all
from headrace._src.ops.select import select
from headrace._src.ops.sparse_tensor import SparseTensor
from headrace._src.ragged.ragged_tensor import RaggedTensor, scope


def from_sparse(
    cls: type, st_input: Any, name: str | None = None, row_splits_dtype: Any = int64
) -> RaggedTensor:
    """A ragged tensor with the values of a sparse matrix whose rows are full from the left.

    >>> st = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], [5, 7, 3], [3, 4])
    >>> tf.RaggedTensor.from_sparse(st)
    <tf.RaggedTensor [[5, 7], [], [3]]>

    Raises TypeError where it is not sparse, ValueError where it is no matrix,
    tf.errors.InvalidArgumentError where a row has a gap.
    """
    dtype = as_dtype(row_splits_dtype)
    if not isinstance(st_input, SparseTensor):
        raise TypeError(
            "Argument `st_input` must be of type SparseTensor, but is of type "
            f"{type(st_input).__name__}."
        )
    with scope(name, "RaggedFromSparse"):
        if st_input.shape.rank is None and st_input.dense_shape.shape[0] is None:
            raise ValueError("rank(st_input) must be 2.")
        if st_input.shape.rank != 2:
            raise ValueError("rank(st_input) must be 2.")
        rows, columns = st_input.indices[:, 0], st_input.indices[:, 1]
        is_same_row = equal(rows[1:], rows[:-1])
        expected = select(is_same_row, columns[:-1] + 1, zeros_like(columns[1:]))
        wanted = concat([zeros_like(columns[:1]), expected], 0)
        Assert(
            reduce_all(equal(columns, wanted)),
            ["SparseTensor is not right-ragged", "SparseTensor.indices =", st_input.indices],
        )
        return RaggedTensor.from_value_rowids(
            st_input.values,
            cast(rows, dtype),
            cast(st_input.dense_shape[0], dtype),
            validate=False,
        )


def to_sparse(self: RaggedTensor, name: str | None = None) -> SparseTensor:
    """A sparse tensor with the values, in the shape of the longest rows.

    >>> tf.ragged.constant([[1, 2, 3], [4], [], [5, 6]]).to_sparse().indices.numpy()
    array([[0, 0],
           [0, 1],
           [0, 2],
           [1, 0],
           [3, 0],
           [3, 1]])

    Op: RaggedTensorToSparse.
    """
    with scope(name, "RaggedToSparse"):
        made = ragged_tensor_to_sparse(list(self.nested_row_splits), self.flat_values)
        return SparseTensor(*made)


RaggedTensor.from_sparse = classmethod(from_sparse)  # type: ignore[assignment]
RaggedTensor.to_sparse = to_sparse
