"""Rows without values get one: op RaggedFillEmptyRows, and its gradient as an op of its own.

The one idea: the values and one filler for each empty row are put in the order of their rows. Where
each value went is part of the answer (`reverse_index_map`), and what is left over are the fillers;
so gradients are a gather for the values, and a sum of the rest for the filler.

Read next: ops/sparse_joining.py, where `tf.sparse.fill_empty_rows` does the same.
"""

from typing import Any

import numpy as np

from headrace._src.core.shapes import TensorShape, scalar, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import op
from headrace._src.ops.array import dims
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import ones_like
from headrace._src.ops.segment import unsorted_segment_sum


def _filled(
    value_rowids: TensorShape, values: TensorShape, nrows: TensorShape, default: TensorShape
) -> list[TensorShape]:
    count = value_rowids[0] if value_rowids.rank == 1 else None
    return [vector(None), vector(None), vector(None), vector(count)]


@op("RaggedFillEmptyRows", shape=_filled, cost="host")
def ragged_fill_empty_rows(
    value_rowids: Tensor,
    values: Tensor,
    nrows: Tensor,
    default_value: Tensor,
    name: str | None = None,
) -> Any:
    """The values of a ragged tensor with `default_value` in each row that has none.

    value_rowids: int64, the row of each value. nrows: how many rows there are. Answers
    `(output_value_rowids, output_values, empty_row_indicator, reverse_index_map)`; the last says
    where each of the values went.

    >>> found = tf.ragged_fill_empty_rows([0, 0, 2], [1, 2, 3], 4, -1)
    >>> found.output_values.numpy()
    array([ 1,  2, -1,  3, -1], dtype=int32)
    >>> found.reverse_index_map.numpy()
    array([0, 1, 3])

    Raises tf.errors.InvalidArgumentError for a row that there is not. Op: RaggedFillEmptyRows.
    """
    for what, given, rank in (
        ("value_rowids must be a vector", value_rowids, 1), ("values must be a vector", values, 1),
        ("nrows must be a scalar", nrows, 0), ("default_value must be a scalar", default_value, 0),
    ):  # fmt: skip
        if given.ndim != rank:
            raise ValueError(f"{what}, saw: {_text(given)}")
    if len(values) != len(value_rowids):
        raise ValueError(
            f"The length of `values` ({len(values)}) must match the first dimension of "
            f"`value_rowids` ({len(value_rowids)})."
        )
    count = int(nrows)
    if not count and len(values):
        raise ValueError(
            f"Received SparseTensor with dense_shape[0] = 0 but indices.shape[0] = {len(values)}"
        )
    wrong = (value_rowids < 0) | (value_rowids >= count)
    if wrong.any():
        place = int(np.argmax(wrong))
        raise ValueError(f"indices({place}, 0) is invalid: {value_rowids[place]} >= {count}")
    empty = np.bincount(value_rowids, minlength=count)[:count] == 0
    rows = np.concatenate([value_rowids, np.flatnonzero(empty)])
    order = np.argsort(rows, kind="stable")
    went = np.empty(len(order), np.int64)
    went[order] = np.arange(len(order))
    filler = np.full(int(empty.sum()), default_value.item(), values.dtype)
    return rows[order], np.concatenate([values, filler])[order], empty, went[: len(values)]


@ragged_fill_empty_rows.gradient
def _(d_rowids, d_values, d_empty, d_map, reverse_index_map):
    back = ragged_fill_empty_rows_grad(reverse_index_map, d_values)
    return None, back[0], None, back[1]


def _given_back(reverse_index_map: TensorShape, grad_values: TensorShape) -> list[TensorShape]:
    count = reverse_index_map[0] if reverse_index_map.rank == 1 else None
    return [vector(count), scalar]


@op("RaggedFillEmptyRowsGrad", shape=_given_back, cost="host")
def ragged_fill_empty_rows_grad(
    reverse_index_map: Tensor, grad_values: Tensor, name: str | None = None
) -> Any:
    """The gradients of `tf.ragged_fill_empty_rows`: of the values, and of the default value.

    >>> tf.ragged_fill_empty_rows_grad([0, 1, 3], [1., 2., 3., 4.]).d_values.numpy()
    array([1., 2., 4.], dtype=float32)

    Raises tf.errors.InvalidArgumentError for a place that there is not. Op:
    RaggedFillEmptyRowsGrad.
    """
    for what, given in (("reverse_index_map", reverse_index_map), ("grad_values", grad_values)):
        if given.ndim != 1:
            raise ValueError(f"{what} must be a vector, saw: {_text(given)}")
    size = len(grad_values)
    wrong = (reverse_index_map < 0) | (reverse_index_map >= size)
    if wrong.any():
        place = reverse_index_map[int(np.argmax(wrong))]
        raise ValueError(f"Elements in reverse index must be in [0, {size}) but got {place}")
    is_filler = np.ones(size, bool)
    is_filler[reverse_index_map] = False
    total = grad_values[is_filler].sum(dtype=grad_values.dtype)
    return grad_values[reverse_index_map], np.asarray(total, grad_values.dtype)


@ragged_fill_empty_rows_grad.gradient
def _(d_values, d_default, reverse_index_map, grad_values):
    count = dims(grad_values)[0]
    own = unsorted_segment_sum(d_values, reverse_index_map, count)
    is_own = unsorted_segment_sum(ones_like(reverse_index_map), reverse_index_map, count)
    return None, own + d_default * cast(1 - is_own, own.dtype)


def _text(x: Any) -> str:
    return f"[{','.join(map(str, x.shape))}]"
