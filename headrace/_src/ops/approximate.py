"""Approximate selection of the largest or smallest: `approx_max_k`, `approx_min_k`.

The one idea: a guarantee of recall below 1 may be kept by being right. On TPUs the op trades recall
for speed; here, as on TensorFlow's CPU, it is `tf.math.top_k` along any axis.

Chern et al., "TPU-KNN" (2022), where the op comes from.

Read next: ops/sort.py.
"""

from typing import Any

from headrace._src.core.dtypes import int32
from headrace._src.core.errors import InvalidArgumentError
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import op
from headrace._src.ops.array import dims, length, reshape_op, transpose
from headrace._src.ops.ranges import range_op
from headrace._src.ops.segment import unsorted_segment_sum
from headrace._src.ops.sort import top_k_v2
from headrace._src.ops.windows import integer


def approx_max_k(
    operand: Any,
    k: int,
    reduction_dimension: int = -1,
    recall_target: float = 0.95,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
    name: str | None = None,
) -> Any:
    """The `k` largest elements along an axis, and their positions.

    operand: float16, bfloat16 or float32. reduction_dimension: the axis. recall_target,
    reduction_input_size_override, aggregate_to_topk: what an approximation may miss; the result is
    exact here, so they change nothing, as on TensorFlow's CPU. Answers a named tuple (values,
    indices); the largest come first, the indices are int32.

    >>> values, indices = tf.math.approx_max_k([1., 5., 2., 4.], 2)
    >>> values.numpy(), indices.numpy()
    (array([5., 4.], dtype=float32), array([1, 3], dtype=int32))

    Raises tf.errors.InvalidArgumentError where there are fewer than `k`. Op: ApproxTopK.
    """
    how = reduction_dimension, recall_target, True, reduction_input_size_override
    return approx_top_k_op(operand, integer(k, "k"), *how, aggregate_to_topk, name)


def approx_min_k(
    operand: Any,
    k: int,
    reduction_dimension: int = -1,
    recall_target: float = 0.95,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
    name: str | None = None,
) -> Any:
    """The `k` smallest elements along an axis, and their positions.

    The arguments and the result are as in `tf.math.approx_max_k`, the smallest first.

    >>> tf.math.approx_min_k([1., 5., 2., 4.], 2).indices.numpy()
    array([0, 2], dtype=int32)

    Raises tf.errors.InvalidArgumentError where there are fewer than `k`. Op: ApproxTopK.
    """
    how = reduction_dimension, recall_target, False, reduction_input_size_override
    return approx_top_k_op(operand, integer(k, "k"), *how, aggregate_to_topk, name)


def _chosen(x: TensorShape, k: int, reduction_dimension: int, *_: Any) -> list[TensorShape]:
    if k < 0:
        raise InvalidArgumentError(
            None, None, f"Value for attr 'k' of {k} must be at least minimum 0"
        )
    if x.rank is None:
        return [unknown, unknown]
    if not x.rank:
        raise ShapeError(
            "input must be >= 1-D, got shape []", "Shape must be at least rank 1 but is rank 0"
        )
    if not -x.rank <= reduction_dimension < x.rank:
        raise ShapeError(
            f"Invalid reduction dimension: {reduction_dimension}. Must be within the range of "
            f"[{-x.rank}, {x.rank - 1}]"
        )
    sizes = x.as_list()
    size = sizes[reduction_dimension]
    if size is not None and size < k:
        text = f"input must have at least k columns. Had {size}, needed {k}"
        raise ShapeError(text, f"{text}: {bracketed(x)}")
    sizes[reduction_dimension] = k
    return [TensorShape(sizes)] * 2


@op("ApproxTopK", shape=_chosen, cost="host")
def approx_top_k_op(
    input: Tensor,
    k: int,
    reduction_dimension: int = -1,
    recall_target: float = 0.95,
    is_max_k: bool = True,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The `k` largest, or smallest, elements along an axis, and their positions."""
    return _exact(top_k_v2.op.body, input, k, reduction_dimension, is_max_k)


def approx_top_k(
    input: Any,
    k: int,
    reduction_dimension: int = -1,
    recall_target: float = 0.95,
    is_max_k: bool = True,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
    name: str | None = None,
) -> Any:
    """The `k` largest, or smallest, elements along an axis, and their positions.

    input: float16, bfloat16 or float32. is_max_k: whether the largest or the smallest. The other
    arguments and the result are as in `tf.math.approx_max_k`.

    >>> tf.approx_top_k([1., 5., 2., 4.], 1, is_max_k=False).values.numpy()
    array([1.], dtype=float32)

    Raises tf.errors.InvalidArgumentError where there are fewer than `k`. Op: ApproxTopK.
    """
    how = reduction_dimension, recall_target, is_max_k, reduction_input_size_override
    return approx_top_k_op(input, integer(k, "k"), *how, aggregate_to_topk, name)


@approx_top_k_op.kernel("host")
def _(input, k, reduction_dimension, recall_target, is_max_k, *_):
    # The host's own way to select, which does not sort what is not wanted.
    return _exact(top_k_v2.op.host_kernel(), input, k, reduction_dimension, is_max_k)


def _exact(top: Any, x: Any, k: int, axis: int, is_max: bool) -> tuple[Any, Any]:
    _chosen(TensorShape(x.shape), k, axis)
    numbers = xp(x)
    last = numbers.moveaxis(x, axis, -1)
    values, indices = top(last if is_max else -last, k, True, int32)
    back = (numbers.moveaxis(out, -1, axis) for out in (values if is_max else -values, indices))
    return tuple(back)


@approx_top_k_op.gradient
def _(dvalues, dindices, input, reduction_dimension, indices):
    rank = input.shape.rank
    if rank is None:
        if reduction_dimension != -1:
            raise NotImplementedError(
                "The gradient of tf.approx_top_k along another axis than -1 needs a known rank."
            )
        return _scattered(dvalues, indices, input)
    order = list(range(rank))
    axis = reduction_dimension % rank
    order[axis], order[-1] = order[-1], order[axis]  # doing it again undoes it
    moved = [transpose(x, order) for x in (dvalues, indices, input)]
    return transpose(_scattered(*moved), order)


def _scattered(dvalues: Tensor, indices: Tensor, like: Tensor) -> Tensor:
    """`dvalues` at their positions along the last axis of zeros like `like`."""
    size, k = length(like, -1), length(indices, -1)
    rows = reshape_op(indices, (-1, k))
    ids = rows + size * range_op(0, length(rows, 0), 1)[:, None]
    back = unsorted_segment_sum(reshape_op(dvalues, (-1, k)), ids, size * length(rows, 0))
    return reshape_op(back, dims(like))
