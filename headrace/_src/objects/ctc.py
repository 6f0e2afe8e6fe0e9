"""The CTC loss as users call it: for labels as rows of a matrix or as a sparse tensor.

The one idea: sparse labels go to TensorFlow's op (ops/ctc_loss.py), which runs on the host. Dense
ones are for compiled programs: the walk through the states of all rows is a `scan` over time,
forwards and backwards, which makes both the loss and its gradient, so that nothing is recorded.

Graves et al., "Connectionist temporal classification" (2006).

Read next: ops/ctc_loss.py, ops/ctc_decoding.py.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from headrace._src.core.dtypes import bfloat16, float16, float32, int32, int64
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.custom_gradient import custom_gradient
from headrace._src.objects.mapping import map_fn, scan
from headrace._src.ops.activations import log_softmax
from headrace._src.ops.array import length, reshape, transpose
from headrace._src.ops.array import shape as shape_of
from headrace._src.ops.cast import cast
from headrace._src.ops.clip import clip_by_value
from headrace._src.ops.compare import (
    equal,
    greater_equal,
    less,
    less_equal,
    logical_and,
    logical_or,
    not_equal,
)
from headrace._src.ops.constant import fill, ones_like, zeros, zeros_like
from headrace._src.ops.ctc_loss import NO_SECOND, ctc_loss_op
from headrace._src.ops.gather import boolean_mask, gather
from headrace._src.ops.identity import stop_gradient
from headrace._src.ops.joining import concat, stack
from headrace._src.ops.logsumexp import reduce_logsumexp
from headrace._src.ops.math import maximum, minimum, multiply_no_nan
from headrace._src.ops.padding import pad
from headrace._src.ops.powers import exp, log
from headrace._src.ops.prevent_gradient import prevent_gradient
from headrace._src.ops.ranges import range_op, sequence_mask
from headrace._src.ops.reduce import reduce_max, reduce_sum
from headrace._src.ops.scatter import scatter_nd, tensor_scatter_nd_add
from headrace._src.ops.select import where
from headrace._src.ops.sparse_tensor import SparseTensor
from headrace._src.ops.unique import unique as unique_of

# A logarithm of nothing that is still a number, so that no difference of two is NaN.
_NOTHING = -1e30
# What TensorFlow's loss comes to, about, where labels cannot be aligned: -log(1e-307).
_IMPOSSIBLE = 706.893624


def ctc_loss(
    labels: Any,
    logits: Any,
    label_length: Any,
    logit_length: Any,
    logits_time_major: bool = True,
    unique: Any = None,
    blank_index: int | None = None,
    name: str | None = None,
) -> Tensor:
    """The negative logarithm of the chance of `labels`, over all alignments with the frames.

    labels: integers `[batch, longest]`, or an int32 SparseTensor of that shape. logits: floats
    `[time, batch, classes]`, or `[batch, time, classes]` without `logits_time_major`. label_length:
    `[batch]`; not used for a SparseTensor, as in TensorFlow. logit_length: `[batch]`, how many
    frames each row has. unique: what `ctc_unique_labels` answers, which saves TensorFlow time and
    changes nothing. blank_index: the class that is no label, 0 by default and required for a
    SparseTensor; negative ones count from the end. The result is `[batch]`. It has a gradient by
    the logits and no second one.

    >>> logits = tf.math.log([[[0.6, 0.4]], [[0.6, 0.4]]])
    >>> tf.exp(-tf.nn.ctc_loss([[1]], logits, [1], [2])).numpy().round(3)
    array([0.64], dtype=float32)

    Where dense labels are too long for their frames the loss is about 700; for sparse ones that is
    a tf.errors.InvalidArgumentError. Raises ValueError for a SparseTensor without `blank_index`.
    Op: CTCLoss for a SparseTensor, else a scan of others.
    """
    del unique, name
    if isinstance(labels, SparseTensor):
        if blank_index is None:
            raise ValueError(
                "Argument `blank_index` must be provided when `labels` is a `SparseTensor`."
            )
        return _of_sparse(labels, convert(logits), logit_length, logits_time_major, blank_index)
    labels, logits = convert(labels), convert(logits)
    dtype = logits.dtype
    if dtype in (float16, bfloat16):
        logits = cast(logits, float32)
    if not logits_time_major:
        logits = transpose(logits, [1, 0, 2])
    task = _Task(
        cast(labels, int32),
        cast(convert(label_length), int32),
        minimum(cast(convert(logit_length), int32), length(logits, 0)),
        0 if blank_index is None else blank_index,
    )
    loss = _with_slope(logits, task)
    return loss if loss.dtype is dtype else cast(loss, dtype)


def _of_sparse(
    labels: SparseTensor, logits: Tensor, lengths: Any, is_time_major: bool, blank: int
) -> Tensor:
    """The loss by the op, whose blank is the last class."""
    if not is_time_major:
        logits = transpose(logits, [1, 0, 2])
    classes = length(logits, 2)
    if blank < 0:
        blank = blank + classes
    values = where(labels.values < cast(blank, labels.dtype), labels.values, labels.values - 1)
    if not (type(classes) is int and blank == classes - 1):
        rest = [logits[:, :, :blank], logits[:, :, blank + 1 :], logits[:, :, blank : blank + 1]]
        logits = concat(rest, 2)
    if not isinstance(lengths, Tensor):
        lengths = convert(lengths, int32)
    return ctc_loss_op(logits, labels.indices, values, lengths)[0]


# ---- dense labels --------------------------------------------------------------------------------


class _Task(NamedTuple):
    """What is to be aligned: labels, their lengths, those of the rows of frames, and the blank."""

    labels: Tensor
    label_length: Tensor
    logit_length: Tensor
    blank: int


def _with_slope(logits: Tensor, task: _Task) -> Tensor:
    """The loss of each row, whose gradient by the logits is a constant to further gradients."""

    @custom_gradient
    def loss(logits: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        found, slope = _loss_and_slope(stop_gradient(logits), task)

        def grad(upstream: Tensor) -> Tensor:
            # It depends on the logits, so that who asks for a second gradient is told, not given
            # None.
            fixed = prevent_gradient(where(True, slope, logits), NO_SECOND)
            return multiply_no_nan(upstream[None, :, None], fixed)

        return found, grad

    return loss(logits)


def _loss_and_slope(logits: Tensor, task: _Task) -> tuple[Tensor, Tensor]:
    """The loss of each row, and its gradient by the logits."""
    frames, rows, classes = (length(logits, axis) for axis in range(3))
    logs = log_softmax(logits)
    nothing = convert(_NOTHING, logs.dtype)
    blank = task.blank if task.blank >= 0 else task.blank + classes
    labels = task.labels
    if task.blank:  # as in TensorFlow, which leaves the blank out of its count of classes
        labels = where(equal(labels, blank), labels - 1, labels)
    blanks = fill(shape_of(labels), cast(blank, int32))
    states = _between(blanks, labels, cast(blank, int32))
    is_class = logical_and(greater_equal(states, 0), less(states, classes))
    safe = clip_by_value(states, 0, classes - 1)
    by_row = gather(transpose(logs, [1, 0, 2]), safe, axis=2, batch_dims=1)
    seen = transpose(where(is_class[:, None], by_row, zeros_like(by_row)), [1, 0, 2])
    differ = not_equal(labels[:, 1:], labels[:, :-1])
    differ = pad(differ, [[0, 0], [1, 0]])[:, : length(labels, 1)]
    leaps = _between(zeros_like(differ), differ, False)
    leap = where(leaps, zeros_like(nothing), nothing)
    count = length(states, 1)
    places = range_op(0, count, 1)
    last = 2 * task.label_length[:, None]
    is_end = logical_or(equal(places, last), equal(places, last - 1))
    steps = range_op(0, frames, 1)

    def forward(before: Tensor, frame: Any) -> Tensor:
        seen, t = frame
        one, two = _pushed(before, 1, nothing), _pushed(before, 2, nothing) + leap
        after = _log_of_three(before, one, two) + seen
        return where(less(t, task.logit_length)[:, None], after, before)

    def backward(after: Tensor, frame: Any) -> Tensor:
        seen, t = frame
        both = after + seen
        one, two = _pulled(both, 1, nothing), _pulled(both + leap, 2, nothing)
        before = _log_of_three(both, one, two)
        return where(less(t + 1, task.logit_length)[:, None], before, after)

    start = fill(stack([rows, count]), nothing) * cast(not_equal(places, 0), logs.dtype)
    alphas = scan(forward, (seen, steps), start)
    end = where(is_end, zeros_like(start), nothing)
    following = concat([seen[1:], seen[:1]], 0)
    betas = scan(backward, (following, steps), end, reverse=True)
    final = where(equal(task.logit_length, 0)[:, None], start, alphas[-1])
    whole = reduce_logsumexp(where(is_end, final, nothing), 1)
    is_possible = not_equal(less_equal(whole, nothing / 10), True)
    share = exp(alphas + betas - where(is_possible, whole, zeros_like(whole))[:, None])
    share = where(is_class, share, zeros_like(share))
    row_of = fill(stack([1, count]), cast(1, int32)) * range_op(0, rows, 1)[:, None]
    target = zeros(stack([rows, classes, frames]), logs.dtype)
    found = tensor_scatter_nd_add(target, stack([row_of, safe], 2), transpose(share, [1, 2, 0]))
    slope = exp(logs) - transpose(found, [2, 0, 1])
    is_frame = less(steps[:, None], task.logit_length)
    slope = where(is_frame[:, :, None], slope, zeros_like(slope))
    loss = where(is_possible, -whole, fill(shape_of(whole), convert(_IMPOSSIBLE, logs.dtype)))
    return loss, slope


def _between(outer: Tensor, inner: Tensor, last: Any) -> Tensor:
    """`outer` and `inner` by turns along the rows, and one more of `outer`, `last`, at the end."""
    both = reshape(stack([outer, inner], 2), stack([length(inner, 0), 2 * length(inner, 1)]))
    return pad(both, [[0, 0], [0, 1]], constant_values=last)


def _pushed(x: Tensor, by: int, nothing: Tensor) -> Tensor:
    """The states moved towards the end of their row."""
    return pad(x, [[0, 0], [by, 0]], constant_values=nothing)[:, : length(x, 1)]


def _pulled(x: Tensor, by: int, nothing: Tensor) -> Tensor:
    """The states moved towards the beginning of their row."""
    return pad(x, [[0, 0], [0, by]], constant_values=nothing)[:, by:]


def _log_of_three(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """The logarithm of the sum of three exponentials."""
    peak = maximum(maximum(a, b), c)
    return log(exp(a - peak) + exp(b - peak) + exp(c - peak)) + peak


# ---- labels --------------------------------------------------------------------------------------


def ctc_unique_labels(labels: Any, name: str | None = None) -> list[Tensor]:
    """The distinct labels of each row, and for each label which it is: for `ctc_loss(unique=)`.

    labels: numbers `[batch, longest]`. Answers a list of two: int64 `[batch, longest]`, with zeros
    behind, and int32 of that shape.

    >>> found, which = tf.nn.ctc_unique_labels([[3, 4, 4, 3]])
    >>> found.numpy(), which.numpy()
    (array([[3, 4, 0, 0]]), array([[0, 1, 1, 0]], dtype=int32))

    Raises ValueError for a scalar, tf.errors.InvalidArgumentError for a vector. Op: Unique.
    """

    def of_row(row: Tensor) -> list[Tensor]:
        y, which = unique_of(row)
        missing = length(row, 0) - length(y, 0)
        return [pad(cast(y, int64), [[0, missing]]), which]

    return map_fn(of_row, convert(labels), fn_output_signature=[int64, int32], name=name)


def collapse_repeated(
    labels: Any, seq_length: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Rows of labels in which a label that is repeated comes once, and their lengths.

    labels: `[batch, longest]`. seq_length: `[batch]`, the lengths of the rows. Answers labels
    `[batch, longest now]`, with zeros behind, and int32 lengths `[batch]`.

    >>> labels, lengths = tf.nn.collapse_repeated([[7, 7, 5, 0], [3, 3, 3, 3]], [3, 4])
    >>> labels.numpy(), lengths.numpy()
    (array([[7, 5],
           [3, 0]], dtype=int32), array([2, 1], dtype=int32))

    Raises tf.errors.InvalidArgumentError where `labels` is no matrix. Op: ScatterNd.
    """
    labels, seq_length = convert(labels), convert(seq_length)
    first = ones_like(labels[:, :1], bool)
    is_new = concat([first, not_equal(labels[:, 1:], labels[:, :-1])], 1)
    is_kept = logical_and(is_new, sequence_mask(seq_length, length(labels, 1)))
    lengths = reduce_sum(cast(is_kept, int32), 1)
    is_taken = sequence_mask(lengths, reduce_max(lengths))
    places = where(is_taken)
    kept = boolean_mask(labels, is_kept)
    shape = stack([cast(length(labels, 0), int64), cast(reduce_max(lengths), int64)])
    return scatter_nd(places, kept, shape), lengths
