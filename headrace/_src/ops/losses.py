"""Losses: how far logits are from labels.

The one idea: a cross entropy is computed from logits, never from probabilities, so that nothing
overflows and nothing is lost where a probability is near 0 or 1. The two softmax losses are ops
with two outputs, the loss and its slope (`backprop`), because both need the same exponentials;
the gradient is then one product. The slope is itself an output with a gradient, which is what
second derivatives go through.

Sixteen-bit logits are widened to float32 for the whole computation.

Read next: ops/normalization.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.dtypes import bfloat16, float16, float32
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed, broadcast
from headrace._src.core.shapes import TensorShape, scalar, unknown
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine import gradient
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import SymbolicTensor
from headrace._src.engine.op import op
from headrace._src.ops.activations import log_softmax_op, relu, softmax_op
from headrace._src.ops.array import (
    all_axes,
    dims,
    expand_dims_op,
    length,
    reshape_op,
    transpose_op,
)
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import logical_and
from headrace._src.ops.constant import zeros_like
from headrace._src.ops.joining import concat
from headrace._src.ops.math import abs, add, divide_no_nan, multiply, negative, truediv
from headrace._src.ops.powers import exp, log, log1p
from headrace._src.ops.reduce import reduce_sum, sum
from headrace._src.ops.select import select

# ---- softmax against labels
# ----------------------------------------------------------------------


def softmax_cross_entropy_with_logits(
    labels: Any, logits: Any, axis: int = -1, name: str | None = None
) -> Tensor:
    """The cross entropy between `labels`, a distribution over classes, and softmax of `logits`.

    labels: like `logits`; along `axis` they should add up to 1. logits: floats of any shape with
    the classes along `axis`. The result has the shape of `logits` without `axis`. Gradients go to
    both.

    >>> tf.nn.softmax_cross_entropy_with_logits([[1., 0.]], [[1., 2.]]).numpy()
    array([1.3132616], dtype=float32)

    Raises tf.errors.InvalidArgumentError where the numbers of classes differ or `axis` is out of
    range. Op: SoftmaxCrossEntropyWithLogits.
    """
    logits, labels = convert(logits), convert(labels)
    precise = _widened(logits)
    labels = cast(labels, precise.dtype)
    rank = logits.shape.rank
    if rank == 0:
        raise errors.InvalidArgumentError(None, None, "logits must have >= 1 dimension, got []")
    if axis not in (-1, rank and rank - 1):
        order = _to_the_end(axis, precise)
        precise, labels = transpose_op(precise, order), transpose_op(labels, order)
    shape = dims(precise)
    if rank != 2:
        precise = _as_matrix(precise)
    if labels.shape.rank != 2:
        labels = _as_matrix(labels)
    cost, _ = softmax_cross_entropy_op(precise, labels, name)
    if rank != 2 or type(shape) is not tuple or cost.shape != shape[:-1]:
        cost = reshape_op(cost, shape[:-1])
    return cost if cost.dtype is logits.dtype else cast(cost, logits.dtype)


def _widened(logits: Tensor) -> Tensor:
    return cast(logits, float32) if logits.dtype in (float16, bfloat16) else logits


def _to_the_end(axis: int, x: Tensor) -> Any:
    """The permutation that puts `axis` last; axes other than -1 may not be counted from the end."""
    rank = x.shape.rank
    if rank is None:
        axes = all_axes(x)
        return concat([axes[:axis], axes[axis + 1 :], axes[axis : axis + 1]], 0)
    if not 0 <= axis < rank:
        start, limit = (axis + 1, rank) if axis >= rank else (0, axis)
        raise errors.InvalidArgumentError(
            None,
            None,
            "{{function_node __wrapped__Range_device_/job:localhost/replica:0/task:0/device:CPU:0}}"
            f" Requires start <= limit when delta > 0: {start}/{limit} [Op:Range] name: ",
        )
    return (*range(axis), *range(axis + 1, rank), axis)


def _as_matrix(x: Tensor) -> Tensor:
    """All axes but the last as one."""
    shape = dims(x)
    if type(shape) is not tuple:
        return reshape_op(x, [-1, shape[-1]])
    return reshape_op(x, (math.prod(shape[:-1]), *shape[-1:]))


def _matrices(features: TensorShape, labels: TensorShape) -> tuple[TensorShape, TensorShape]:
    try:
        both = broadcast(features, labels)
    except ShapeError:
        raise ShapeError(
            f"logits and labels must be broadcastable: logits_size={bracketed(features)} "
            f"labels_size={bracketed(labels)}"
        ) from None
    if both.rank not in (2, None):
        raise ShapeError(
            "logits and labels must be either 2-dimensional, or broadcasted to be 2-dimensional"
        )
    return both[:1], both


@op("SoftmaxCrossEntropyWithLogits", shape=_matrices)
def softmax_cross_entropy_op(
    features: Tensor, labels: Tensor, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The cross entropy of each row and its slope by the logits, `softmax(features) - labels`."""
    _matrices(TensorShape(features.shape), TensorShape(labels.shape))
    wide, labels = _in_float32(features), _in_float32(labels)
    shifted, powers, total = _exponentials(wide)
    loss = (labels * (xp(wide).log(total) - shifted)).sum(axis=1)
    return loss.astype(features.dtype), (powers / total - labels).astype(features.dtype)


def _in_float32(x: Any) -> Any:
    return x.astype(np.float32) if x.dtype.itemsize == 2 else x


def _exponentials(logits: Any) -> tuple[Any, Any, Any]:
    """Logits less the largest of their row, the exponentials of these, and the rows' sums."""
    peaks = logits.max(axis=1, keepdims=True) if logits.shape[1] else logits.dtype.type(0)
    shifted = logits - peaks
    powers = xp(logits).exp(shifted)
    return shifted, powers, powers.sum(axis=1, keepdims=True)


@softmax_cross_entropy_op.gradient
def _(dloss, dbackprop, features, labels, backprop):
    def of_features():
        return _slope(dloss, dbackprop, features, backprop)

    def of_labels():
        dx = negative(multiply(_column(dloss), log_softmax_op(features)))
        return _as_many_rows(dx if _is_nothing(dbackprop) else dx - dbackprop, labels)

    return of_features, of_labels


def _slope(dloss: Tensor, dbackprop: Tensor, features: Tensor, backprop: Tensor) -> Tensor:
    """The gradient by the logits: through the loss, and through its slope where that was used."""
    dx = multiply(_column(dloss), backprop)
    if not _is_nothing(dbackprop):
        p = softmax_op(features)
        dx = dx + (dbackprop - sum(dbackprop * p, (1,), True)) * p
    return _as_many_rows(dx, features)


def _as_many_rows(dx: Tensor, x: Tensor) -> Tensor:
    """`dx` summed over its rows, where one row of `x` met many on the other side."""
    rows, wide = (None if t.shape.rank is None else t.shape[0] for t in (x, dx))
    if rows is not None and rows == wide:
        return dx
    return sum(dx, (0,), True) if rows == 1 else gradient.unbroadcast(dx, x)


def _column(x: Tensor) -> Tensor:
    return expand_dims_op(x, 1)


def _is_nothing(dz: Tensor) -> bool:
    """Whether `dz` is the walk's zeros for an output that nobody used: no tape knows them."""
    if type(dz) is SymbolicTensor:
        return dz.op.type == "ZerosLike"
    return type(dz) is EagerTensor and not dz._id and not array_of(dz).any()


def sparse_softmax_cross_entropy_with_logits(
    labels: Any, logits: Any, name: str | None = None
) -> Tensor:
    """The cross entropy between `labels`, each the number of a class, and softmax of `logits`.

    labels: [...], int32 or int64, each in [0, classes). logits: [..., classes], floats. The
    result has the shape of `labels`. The gradient goes to the logits.

    >>> tf.nn.sparse_softmax_cross_entropy_with_logits([0], [[1., 2.]]).numpy()
    array([1.3132616], dtype=float32)

    Raises ValueError where the shapes do not fit, tf.errors.InvalidArgumentError for a label out
    of range. Op: SparseSoftmaxCrossEntropyWithLogits.
    """
    _both_given(labels, logits, "sparse_softmax_cross_entropy_with_logits")
    labels, logits = convert(labels), convert(logits)
    precise = _widened(logits)
    classes, places = logits.shape, labels.shape
    if classes.rank == 0:
        raise ValueError(f"`logits` cannot be a scalar. Received logits={_shown(logits)}`")
    if None not in (classes.rank, places.rank):
        if places.rank != classes.rank - 1:
            raise ValueError(
                "`labels.shape.rank` must equal `logits.shape.rank - 1`. Received: "
                f"labels.shape={places} of rank {places.rank} and logits.shape={classes} of rank "
                f"{classes.rank}"
            )
        if not places.is_compatible_with(classes[:-1]):
            raise ValueError(
                "`labels.shape` must equal `logits.shape` except for the last dimension. Received: "
                f"labels.shape={places} and logits.shape={classes}"
            )
    if classes.rank == 2:
        cost = _sparse_cost(precise, labels, name)
    else:
        cost = _sparse_cost(_as_matrix(precise), reshape_op(labels, (-1,)), name)
        cost = reshape_op(cost, dims(labels))
    return cost if cost.dtype is logits.dtype else cast(cost, logits.dtype)


def _both_given(labels: Any, logits: Any, caller: str) -> None:
    if labels is None or logits is None:
        raise ValueError(
            f"Both `labels` and `logits` must be provided for {caller}"
            f"Received: labels={_shown(labels)} and logits={_shown(logits)}"
        )


def _shown(value: Any) -> Any:
    return array_of(value) if isinstance(value, EagerTensor) else value


def _sparse_cost(logits: Tensor, labels: Tensor, name: str | None) -> Tensor:
    if type(labels) is EagerTensor and (logits.shape.num_elements() or 0) >= _XLA_FROM:
        # A compiled program cannot raise.
        _check_range(array_of(labels), logits.shape[1])
    return sparse_softmax_cross_entropy_op(logits, labels, name)[0]


def _check_range(labels: np.ndarray, classes: int) -> None:
    if labels.dtype.kind not in "iu" or not labels.size:
        return
    if np.minimum.reduce(labels, None) < 0 or np.maximum.reduce(labels, None) >= classes:
        raise errors.InvalidArgumentError(None, None, _out_of_range(labels, classes))


def _out_of_range(labels: np.ndarray, classes: int) -> str:
    worst = labels.min() if labels.min() < 0 else labels.max()
    return (
        f"Received a label value of {worst} which is outside the valid range of [0, {classes}).  "
        f"Label values: {' '.join(map(str, labels.tolist()))}"
    )


def _matrix_and_labels(
    features: TensorShape, labels: TensorShape
) -> tuple[TensorShape, TensorShape]:
    if features.rank not in (2, None):
        raise ShapeError(
            f"logits must be 2-D, but got shape {bracketed(features)}",
            f"Shape must be rank 2 but is rank {features.rank}",
        )
    if labels.rank not in (1, None):
        raise ShapeError(
            f"labels must be 1-D, but got shape {bracketed(labels)}",
            f"Shape must be rank 1 but is rank {labels.rank}",
        )
    if features.rank is None:
        return (labels, unknown)
    if labels.rank is not None and not labels.is_compatible_with(features[:1]):
        raise ShapeError(
            "logits and labels must have the same first dimension, got logits shape "
            f"{bracketed(features)} and labels shape {bracketed(labels)}",
            f"Dimensions must be equal, but are {features[0]} and {labels[0]}",
        )
    if features[1] == 0:
        raise ShapeError(
            f"Must have at least one class, but got logits shape {bracketed(features)}"
        )
    return features[:1], features


@op("SparseSoftmaxCrossEntropyWithLogits", shape=_matrix_and_labels)
def sparse_softmax_cross_entropy_op(
    features: Tensor, labels: Tensor, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The cross entropy of each row and its slope by the logits; NaN where a label is no class."""
    _matrix_and_labels(TensorShape(features.shape), TensorShape(labels.shape))
    wide = _in_float32(features)
    shifted, powers, total = _exponentials(wide)
    classes = xp(labels).arange(features.shape[1], dtype=labels.dtype)
    is_label = labels[:, None] == classes
    # `where`, not a product: the logit of another class may be infinite.
    own = xp(wide).where(is_label, xp(wide).log(total) - shifted, 0).sum(axis=1)
    backprop = powers / total - is_label.astype(wide.dtype)
    is_class = (labels >= 0) & (labels < features.shape[1])
    loss = xp(wide).where(is_class, own, np.nan).astype(features.dtype)
    backprop = xp(wide).where(is_class[:, None], backprop, np.nan).astype(features.dtype)
    return loss, backprop


@sparse_softmax_cross_entropy_op.check
def _(features, labels):
    return ((labels >= 0) & (labels < features.shape[1])).all()


@sparse_softmax_cross_entropy_op.kernel("host")
def _(features, labels):
    # Here the label's own logit is looked up, and a label that is no class is an error.
    _matrix_and_labels(TensorShape(features.shape), TensorShape(labels.shape))
    _check_range(labels, features.shape[1])
    wide = _in_float32(features)
    shifted, powers, total = _exponentials(wide)
    rows = np.arange(len(labels))
    loss = np.log(total[:, 0]) - shifted[rows, labels]
    powers /= total
    powers[rows, labels] -= 1
    return loss.astype(features.dtype, copy=False), powers.astype(features.dtype, copy=False)


_XLA_FROM = sparse_softmax_cross_entropy_op.op.xla_from


@sparse_softmax_cross_entropy_op.gradient
def _(dloss, dbackprop, features, backprop):
    return lambda: _slope(dloss, dbackprop, features, backprop), None


# ---- yes or no
# -----------------------------------------------------------------------------------


def sigmoid_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """The cross entropy between `labels`, probabilities, and sigmoid of `logits`, elementwise.

    labels, logits: floats of one shape and dtype.

    >>> tf.nn.sigmoid_cross_entropy_with_logits(labels=[1., 0.], logits=[1., 2.]).numpy().round(4)
    array([0.3133, 2.1269], dtype=float32)

    Raises ValueError where one is missing or the shapes differ.
    """
    _both_given(labels, logits, "sigmoid_cross_entropy_with_logits")
    logits, labels = convert(logits), convert(labels)
    _same_shapes(logits, labels, "logits", "labels")
    # max(x, 0) - x * labels + log(1 + exp(-abs(x))). By select, whose gradients are the sigmoid's
    # at 0.
    zeros = zeros_like(logits)
    is_positive = logits >= zeros
    positive = select(is_positive, logits, zeros)
    minus_size = select(is_positive, negative(logits), logits)
    return add(positive - multiply(logits, labels), log1p(exp(minus_size)), name)


def _same_shapes(one: Tensor, other: Tensor, first: str, second: str) -> None:
    if not one.shape.is_compatible_with(other.shape):
        raise ValueError(
            f"`{first}` and `{second}` must have the same shape, received "
            f"({one.shape} vs {other.shape})."
        )


def weighted_cross_entropy_with_logits(
    labels: Any, logits: Any, pos_weight: Any, name: str | None = None
) -> Tensor:
    """The sigmoid cross entropy in which `labels` near 1 count `pos_weight` times, elementwise.

    labels, logits: floats of one shape and dtype. pos_weight: a number or tensor that broadcasts.

    >>> tf.nn.weighted_cross_entropy_with_logits([1., 0.], [1., 2.], 2.).numpy().round(4)
    array([0.6265, 2.1269], dtype=float32)

    Raises ValueError where the shapes differ.
    """
    logits, labels = convert(logits), convert(labels)
    _same_shapes(logits, labels, "logits", "labels")
    weight = 1 + (pos_weight - 1) * labels
    return add(
        (1 - labels) * logits,
        weight * (log1p(exp(negative(abs(logits)))) + relu(negative(logits))),
        name,
    )


# ---- counts and squares
# --------------------------------------------------------------------------


def log_poisson_loss(
    targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None
) -> Tensor:
    """The negative log-likelihood of counts under a Poisson distribution, elementwise.

    targets: the counts, floats. log_input: the logarithm of the expected counts, of the same
    shape. compute_full_loss: whether to add Stirling's approximation of `log(targets!)`, which
    does not depend on the input, where the target is above 1.

    >>> tf.nn.log_poisson_loss([1., 0.], [1., 2.]).numpy().round(4)
    array([1.7183, 7.3891], dtype=float32)

    Raises ValueError where the shapes differ.
    """
    log_input, targets = convert(log_input), convert(targets)
    _same_shapes(log_input, targets, "log_input", "targets")
    loss = exp(log_input) - multiply(log_input, targets)
    if not compute_full_loss:
        return loss
    stirling = targets * log(targets) - targets + 0.5 * log(2 * math.pi * targets)
    is_small = logical_and(targets >= 0, targets <= 1)
    return add(loss, select(is_small, zeros_like(targets), stirling), name)


@op("L2Loss", shape=lambda t: scalar, cost="light")
def l2_loss(t: Tensor, name: str | None = None) -> Tensor:
    """Half the sum of the squares, a scalar.

    t: floats of any shape.

    >>> tf.nn.l2_loss([1., 2., 3.])
    <tf.Tensor: shape=(), dtype=float32, numpy=7.0>

    Op: L2Loss.
    """
    wide = _in_float32(t).reshape(-1)
    return (xp(wide).dot(wide, wide) / 2).astype(t.dtype)


@l2_loss.gradient
def _(dz, t):
    return t * dz


# ---- averages over replicas
# ----------------------------------------------------------------------


def scale_regularization_loss(regularization_loss: Any) -> Tensor:
    """The sum of the losses in `regularization_loss`; with one replica nothing is to be scaled.

    regularization_loss: a number, a tensor, or a list of them.

    >>> tf.nn.scale_regularization_loss([1., 2.])
    <tf.Tensor: shape=(), dtype=float32, numpy=3.0>
    """
    total = reduce_sum(convert(regularization_loss))
    return truediv(total, cast(1, total.dtype))


def compute_average_loss(
    per_example_loss: Any, sample_weight: Any = None, global_batch_size: Any = None
) -> Tensor:
    """The sum of the losses of a batch, weighted if wanted, divided by the size of the whole batch.

    per_example_loss: of rank >= 1. sample_weight: a number or tensor that broadcasts, or one
    number for each example. global_batch_size: by default the number of examples here.

    >>> tf.nn.compute_average_loss([1., 2.])
    <tf.Tensor: shape=(), dtype=float32, numpy=1.5>

    Raises ValueError for a scalar loss, TypeError for a batch size that is no integer.
    """
    loss = convert(per_example_loss)
    if loss.shape.rank == 0:
        raise ValueError(
            "Invalid value passed for `per_example_loss`. Expected a tensor with at least rank 1. "
            f"Received per_example_loss={_shown(loss)} with rank 0"
        )
    if sample_weight is not None:
        weight = cast(convert(sample_weight), loss.dtype)
        if weight.shape.rank and weight.shape.rank == loss.shape.rank - 1:
            weight = expand_dims_op(weight, -1)
        loss = multiply(loss, weight)
    size = length(loss, 0) if global_batch_size is None else global_batch_size
    return divide_no_nan(reduce_sum(loss), cast(_batch_size(size), loss.dtype))


def _batch_size(size: Any) -> Tensor:
    size = convert(size)
    if size.shape.rank:
        raise ValueError(
            f"global_batch_size must be scalar..  Expected scalar shape, saw shape: {size.shape}."
        )
    if not size.dtype.is_integer:
        raise TypeError(
            'global_batch_size must be an integer..  Expected "x" to be integer type.  Found: '
            f"tensor of dtype {size.dtype}"
        )
    if isinstance(size, EagerTensor) and array_of(size) < 0:
        raise errors.InvalidArgumentError(
            None,
            None,
            "global_batch_size must be non-negative..  \nCondition x >= 0 did not hold "
            f"element-wise:\nx (shape=() dtype={size.dtype.name}) = \n{array_of(size)}",
        )
    return size
