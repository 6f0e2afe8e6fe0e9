"""The product of two batches of matrices of several sizes: `tf.matmul` of ragged tensors.

The one idea: the matrices are filled up with zeros to one size, which changes no product, are
multiplied all at once, and what was filled up is cut off again. What must be known of each batch is
how many rows and columns its matrices have (`_Batch`).

Read next: ragged/dense.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.ops import matmul as products
from headrace._src.ops.array import shape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import fill
from headrace._src.ops.debugging import assert_equal
from headrace._src.ops.dispatch import serve
from headrace._src.ops.gather import gather_op
from headrace._src.ops.math import maximum
from headrace._src.ops.segment import unsorted_segment_max, unsorted_segment_sum
from headrace._src.ragged.elementwise import splits_dtype
from headrace._src.ragged.ragged_tensor import RaggedTensor
from headrace._src.ragged.row_partition import RowPartition, check_alike

_TOLD = "The matrices in `a` and `b` may not be ragged in their innermost dimension."


@serve(RaggedTensor, products.matmul)
def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    output_type: Any = None,
    grad_a: bool = False,
    grad_b: bool = False,
    name: str | None = None,
) -> Any:
    """The products of the matrices of two batches, of which one at least is ragged.

    a_is_sparse, b_is_sparse: only a hint, of which nothing depends.
    Two ragged matrices make a tensor. Raises ValueError for ranks or dtypes that differ,
    tf.errors.InvalidArgumentError for batches of two sizes, for matrices with rows of several
    lengths, and for sizes that do not fit.
    """
    if transpose_a and adjoint_a:
        raise ValueError("Only one of transpose_a and adjoint_a can be True.")
    if transpose_b and adjoint_b:
        raise ValueError("Only one of transpose_b and adjoint_b can be True.")
    if output_type is not None or grad_a or grad_b:
        raise NotImplementedError("tf.matmul of ragged tensors has no other type of output.")
    a, b = (x if isinstance(x, RaggedTensor) else convert(x) for x in (a, b))
    if a.shape.rank != b.shape.rank:
        raise ValueError("`a` and `b` must have the same rank.")
    if a.dtype is not b.dtype:
        raise ValueError("`a` and `b` must have the same dtype.")
    how = {
        "transpose_a": transpose_a,
        "transpose_b": transpose_b,
        "adjoint_a": adjoint_a,
        "adjoint_b": adjoint_b,
    }
    if a.shape.rank == 2:
        return products.matmul(_matrix(a), _matrix(b), **how, name=name)
    a.shape[:-2].assert_is_compatible_with(b.shape[:-2])
    if a.shape.rank > 3:
        return _in_rows(a, b, how)
    dtype = splits_dtype(a, b)
    first = _Batch(a, dtype, transpose_a or adjoint_a)
    second = _Batch(b, dtype, transpose_b or adjoint_b)
    # A matrix without rows has any number of columns.
    inner = first.columns * first.rows, second.rows * first.rows
    known = [known_value(sizes) for sizes in inner]
    if known[0] is not None and known[1] is not None:
        for i in np.flatnonzero(known[0] != known[1])[:1].tolist():
            return matmul(a[i], b[i], **how)  # which refuses the two
    else:
        assert_equal(*inner, "Matrix size-incompatible")
    product = products.matmul(first.padded, second.padded, **how, name=name)
    return _cut(product, first, second)


def _in_rows(a: Any, b: Any, how: dict[str, bool]) -> RaggedTensor:
    """The products of batches of batches, which must be cut alike."""
    dtype = splits_dtype(a, b)
    a, b = (
        x if isinstance(x, RaggedTensor) else RaggedTensor.from_tensor(x, row_splits_dtype=dtype)
        for x in (a, b)
    )
    told = "Batch dimensions of `a` and `b` do not have the same size."
    check_alike(a.row_splits, b.row_splits, told)
    return a.with_values(matmul(a.values, b.values, **how))


def _matrix(x: Any) -> Tensor:
    """A matrix as a tensor; its rows must have one length."""
    if not isinstance(x, RaggedTensor):
        return x
    dense = x.to_tensor()
    sizes = shape_op(dense, x.row_splits.dtype)
    assert_equal(x.row_splits[-1], sizes[0] * sizes[1], _TOLD)
    return dense


class _Batch:
    """Matrices filled up to one size, and of each the rows and columns that count, as they will be.

    is_even: whether all have one number of rows, and whether they have one of columns.
    """

    def __init__(self, x: Any, dtype: Any, is_transposed: bool) -> None:
        if isinstance(x, RaggedTensor):
            outer, values = x._row_partition, x.values
            self.padded = x.to_tensor()
            rows, even_rows = outer.row_lengths(), outer.is_uniform()
            if isinstance(values, RaggedTensor):
                columns, even_columns = _widths(outer, values._row_partition), False
            else:
                width = shape_op(values, dtype)[1]
                columns, even_columns = fill(shape_op(rows), width), True
        else:
            self.padded, sizes = x, shape_op(x, dtype)
            rows, columns = fill(sizes[:1], sizes[1]), fill(sizes[:1], sizes[2])
            even_rows = even_columns = True
        self.rows, self.columns, self.is_even = rows, columns, (even_rows, even_columns)
        if is_transposed:
            self.rows, self.columns, self.is_even = columns, rows, (even_columns, even_rows)


def _widths(outer: RowPartition, inner: RowPartition) -> Tensor:
    """How long the rows of each matrix are, if those of one have one length."""
    lengths, matrix, count = inner.row_lengths(), outer.value_rowids(), outer.nrows()
    widest = unsorted_segment_max(lengths, matrix, count)
    widest = maximum(widest, convert(0, widest.dtype))
    total = unsorted_segment_sum(lengths, matrix, count)
    assert_equal(total, outer.row_lengths() * widest, _TOLD)
    return widest


def _cut(product: Tensor, a: _Batch, b: _Batch) -> RaggedTensor:
    """The products without what was filled up."""
    rows, dtype = a.rows, a.rows.dtype
    if b.is_even[1]:
        return RaggedTensor.from_tensor(product, rows, row_splits_dtype=dtype)
    outer = RowPartition.from_row_lengths(rows, validate=False)
    columns = gather_op(b.columns, outer.value_rowids(), 0)
    found = RaggedTensor.from_tensor(product, [rows, columns], row_splits_dtype=dtype)
    if not a.is_even[0]:
        return found
    size = cast(shape_op(product, dtype)[1], dtype)
    if product.shape[1] is not None:
        size = convert(product.shape[1], dtype)
    count = found.nrows()
    return RaggedTensor.from_uniform_row_length(found.values, size, count, validate=False)
