"""`RaggedTensor.merge_dims`: several dimensions made one.

The one idea: two partitions, one inside the other, are one: the outer cuts are looked up among the
inner ones. A dense dimension inside is a partition into rows of one length.

Read next: ragged/ragged_tensor.py.
"""

from typing import Any

from headrace._src.core.tensor import Tensor
from headrace._src.ops.array import reshape_op, shape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.gather import gather_op
from headrace._src.ops.joining import concat
from headrace._src.ragged.ragged_tensor import RaggedTensor, checked_axis
from headrace._src.ragged.row_partition import RowPartition


def merge_dims(self: RaggedTensor, outer_axis: int, inner_axis: int) -> Any:
    """The dimensions from `outer_axis` to `inner_axis`, both included, made one.

    >>> tf.ragged.constant([[[1, 2], [3]], [[4]]]).merge_dims(1, 2)
    <tf.RaggedTensor [[1, 2, 3], [4]]>

    Raises ValueError where there are no such dimensions.
    """
    rank = self.shape.rank
    outer = checked_axis(outer_axis, rank, "rank(self)", "outer_axis")
    inner = checked_axis(inner_axis, rank, "rank(self)", "inner_axis")
    if outer > inner:
        raise ValueError(
            f"Expected outer_axis ({outer_axis}) to be less than or equal to inner_axis "
            f"({inner_axis})."
        )
    return merged(self, outer, inner)


def merged(x: Any, outer: int, inner: int) -> Any:
    """The dimensions `outer` to `inner` of a tensor or ragged tensor made one."""
    if outer == inner:
        return x
    if isinstance(x, Tensor):
        return _merged_dense(x, outer, inner)
    if outer == 0:
        return merged(x.values, 0, inner - 1)
    if outer > 1:
        return x.with_values(merged(x.values, outer - 1, inner - 1))
    for _ in range(inner - 1):
        x = _merged_rows(x)
    return x


def _merged_rows(x: RaggedTensor) -> RaggedTensor:
    """The first two dimensions inside the rows made one."""
    values, partition = x.values, x._row_partition
    splits = partition.row_splits()
    if isinstance(values, Tensor):
        width = values.shape[1]
        width = shape_op(values, splits.dtype)[1] if width is None else width
        inside, size, made = _merged_dense(values, 0, 1), width, splits * width
    else:
        inside = values.values
        size = values._row_partition.uniform_row_length()
        made = gather_op(values.row_splits, splits, 0)
    if size is None or not partition.is_uniform():
        return RaggedTensor._from_row_partition(
            inside, RowPartition.from_row_splits(made, validate=False), validate=False
        )
    return RaggedTensor.from_uniform_row_length(
        inside,
        cast(partition.uniform_row_length() * size, splits.dtype),
        partition.nrows(),
        validate=False,
    )


def _merged_dense(x: Tensor, outer: int, inner: int) -> Tensor:
    known = x.shape
    if known.rank is not None:
        sizes = known.as_list()
        whole = known[outer : inner + 1].num_elements()
        wanted = [*sizes[:outer], -1 if whole is None else whole, *sizes[inner + 1 :]]
        if sum(n in (None, -1) for n in wanted) <= 1:
            return reshape_op(x, [-1 if n is None else n for n in wanted])
    shape = shape_op(x)
    return reshape_op(x, concat([shape[:outer], [-1], shape[inner + 1 :]], 0))


RaggedTensor.merge_dims = merge_dims
