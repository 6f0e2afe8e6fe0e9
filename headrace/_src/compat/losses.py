"""`tf.compat.v1.losses`: losses of predictions, weighted and brought down to one number.

The one idea: each is a loss of every element, given to `compute_weighted_loss`, which multiplies it
by the weights and reduces it. Collections of losses belong to graphs; eagerly nothing is collected,
as in TensorFlow.

Read next: ops/losses.py.
"""

from typing import Any

from headrace._src.core import dtypes
from headrace._src.core.context import thread
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops import losses as todays
from headrace._src.ops.array import size
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import not_equal
from headrace._src.ops.constant import ones_like
from headrace._src.ops.identity import stop_gradient
from headrace._src.ops.math import abs as magnitude
from headrace._src.ops.math import divide_no_nan, minimum, squared_difference
from headrace._src.ops.reduce import reduce_sum

LOSSES = "losses"


class Reduction:
    """How the losses of all elements become one.

    >>> tf.compat.v1.losses.Reduction.SUM
    'weighted_sum'
    """

    NONE = "none"
    SUM = "weighted_sum"
    MEAN = "weighted_mean"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    SUM_BY_NONZERO_WEIGHTS = SUM_OVER_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """All of them."""
        return (
            cls.NONE,
            cls.SUM,
            cls.MEAN,
            cls.SUM_OVER_BATCH_SIZE,
            cls.SUM_OVER_NONZERO_WEIGHTS,
            cls.SUM_BY_NONZERO_WEIGHTS,
        )

    @classmethod
    def validate(cls, key: str) -> None:
        """Raises ValueError for what is none of them."""
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}. Should be one of {cls.all()}.")


_BY_WEIGHTS = Reduction.SUM_BY_NONZERO_WEIGHTS


def compute_weighted_loss(
    losses: Any,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = LOSSES,
    reduction: str = _BY_WEIGHTS,
) -> Tensor:
    """Losses times weights, reduced to a number.

    weights: a scalar, or of the rank of `losses` with each size the same or 1. scope,
    loss_collection: not used eagerly, as in TensorFlow. reduction: by default the sum over the
    number of weights that are not 0.

    >>> tf.compat.v1.losses.compute_weighted_loss([1., 3.], [1., 0.]).numpy()
    np.float32(1.0)

    Raises ValueError for another reduction or weights of another shape, NotImplementedError in a
    graph with a collection.
    """
    Reduction.validate(reduction)
    if loss_collection and thread.context.graph is not None:
        raise NotImplementedError(
            "tf.compat.v1.losses: headrace collects none in a graph; pass loss_collection=None."
        )
    losses = convert(losses)
    kind = losses.dtype
    losses = cast(losses, dtypes.float32)
    weights = cast(convert(weights), dtypes.float32)
    _check(losses, weights)
    result = losses * weights
    if reduction != Reduction.NONE:
        total = reduce_sum(result)
        every = ones_like(losses)
        if reduction == Reduction.SUM:
            result = total
        elif reduction == Reduction.MEAN:
            result = divide_no_nan(total, reduce_sum(every * weights))
        elif reduction == _BY_WEIGHTS:
            present = cast(not_equal(weights, 0.0), dtypes.float32)
            result = divide_no_nan(total, reduce_sum(every * present))
        else:
            result = divide_no_nan(total, cast(size(losses), dtypes.float32))
    return cast(result, kind)


def _check(losses: Tensor, weights: Tensor) -> None:
    """Weights must be a scalar, or fit the losses axis by axis."""
    wanted, found = losses.shape, weights.shape
    if wanted.rank is None or found.rank in (None, 0):
        return
    fits = wanted.rank == found.rank and all(
        n is None or m is None or m in (1, n) for n, m in zip(wanted, found, strict=True)
    )
    if not fits:
        raise ValueError(
            f"weights can not be broadcast to values. values.rank={wanted.rank}. "
            f"weights.rank={found.rank}. values.shape={wanted}. weights.shape={found}."
        )


def _pair(labels: Any, predictions: Any, of: str = "predictions") -> tuple[Tensor, Tensor]:
    """Both as float32 of one shape."""
    for name, value in (("labels", labels), (of, predictions)):
        if value is None:
            raise ValueError(f"Argument `{name}` must not be None.")
    predictions = cast(convert(predictions), dtypes.float32)
    labels = cast(convert(labels), dtypes.float32)
    if not predictions.shape.is_compatible_with(labels.shape):
        raise ValueError(f"Shapes {predictions.shape} and {labels.shape} are incompatible")
    return labels, predictions


def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = LOSSES,
    reduction: str = _BY_WEIGHTS,
) -> Tensor:
    """The squares of the differences; arguments as of `compute_weighted_loss`.

    >>> tf.compat.v1.losses.mean_squared_error([1., 2.], [2., 4.]).numpy()
    np.float32(2.5)
    """
    labels, predictions = _pair(labels, predictions)
    losses = squared_difference(predictions, labels)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def absolute_difference(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = LOSSES,
    reduction: str = _BY_WEIGHTS,
) -> Tensor:
    """The differences without sign; arguments as of `compute_weighted_loss`.

    >>> tf.compat.v1.losses.absolute_difference([1., 2.], [2., 4.]).numpy()
    np.float32(1.5)
    """
    labels, predictions = _pair(labels, predictions)
    losses = magnitude(predictions - labels)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def huber_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    delta: float = 1.0,
    scope: Any = None,
    loss_collection: Any = LOSSES,
    reduction: str = _BY_WEIGHTS,
) -> Tensor:
    """Half the square of a difference up to `delta`, and beyond it straight on.

    >>> tf.compat.v1.losses.huber_loss([1.], [4.]).numpy()
    np.float32(2.5)

    Source: P. J. Huber, Robust estimation of a location parameter, 1964.
    """
    labels, predictions = _pair(labels, predictions)
    error = magnitude(predictions - labels)
    square = minimum(error, delta)
    losses = 0.5 * square * square + delta * (error - square)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def sigmoid_cross_entropy(
    multi_class_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: Any = None,
    loss_collection: Any = LOSSES,
    reduction: str = _BY_WEIGHTS,
) -> Tensor:
    """The cross entropy of classes that do not exclude each other.

    label_smoothing: how far the labels are moved towards 1/2.

    >>> tf.compat.v1.losses.sigmoid_cross_entropy([[1., 0.]], [[0., 0.]]).numpy()
    np.float32(0.6931472)
    """
    labels, logits = _pair(multi_class_labels, logits, "logits")
    if label_smoothing > 0:
        labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
    losses = todays.sigmoid_cross_entropy_with_logits(labels, logits)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def softmax_cross_entropy(
    onehot_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: Any = None,
    loss_collection: Any = LOSSES,
    reduction: str = _BY_WEIGHTS,
) -> Tensor:
    """The cross entropy of classes that exclude each other; no gradient goes to labels.

    label_smoothing: how far the labels are moved towards all classes alike.

    >>> tf.compat.v1.losses.softmax_cross_entropy([[1., 0.]], [[0., 0.]]).numpy()
    np.float32(0.6931472)
    """
    labels, logits = _pair(onehot_labels, logits, "logits")
    if label_smoothing > 0:
        classes = cast(size(labels), dtypes.float32) / cast(size(labels[..., 0]), dtypes.float32)
        labels = labels * (1 - label_smoothing) + label_smoothing / classes
    losses = todays.softmax_cross_entropy_with_logits(stop_gradient(labels), logits)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)
