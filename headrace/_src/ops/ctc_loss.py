"""The op CTCLoss: how unlikely a sequence of labels is, over all ways to align it with frames.

The one idea: an alignment is a walk through states, a blank before, between and after the labels.
How likely it is to be in a state at a time, by all walks up to then (`_forward`) and by all walks
from then on (`_backward`), is computed for all rows and states at once, one frame after the other,
in logarithms. Their product says how much each state, hence each class, has to do with the result:
the gradient, which is an output of the op.

Graves et al., "Connectionist temporal classification" (2006).

Read next: objects/ctc.py, the public functions.
"""

from typing import Any

import numpy as np

from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import op
from headrace._src.ops.array import expand_dims
from headrace._src.ops.prevent_gradient import prevent_gradient

# Why a gradient of the gradient raises LookupError.
NO_SECOND = "The loss comes with its gradient, and that is computed as a value: it has none itself."


def _shapes(
    inputs: TensorShape, indices: TensorShape, values: TensorShape, lengths: TensorShape, *_: Any
) -> list[TensorShape]:
    if inputs.rank not in (None, 3):
        raise ShapeError(
            "inputs is not a 3-Tensor", f"Shape must be rank 3 but is rank {inputs.rank}"
        )
    if lengths.rank not in (None, 1):
        raise ShapeError(
            "sequence_length is not a vector", f"Shape must be rank 1 but is rank {lengths.rank}"
        )
    for word, shape, rank in (("labels_indices", indices, 2), ("labels_values", values, 1)):
        if shape.rank not in (None, rank):
            kind = "matrix" if rank == 2 else "vector"
            raise ShapeError(
                f"{word} is not a {kind}", f"Shape must be rank {rank} but is rank {shape.rank}"
            )
    return [vector(inputs[1] if inputs.rank else None), inputs]


@op("CTCLoss", shape=_shapes, cost="host")
def ctc_loss_op(
    inputs: Tensor,
    labels_indices: Tensor,
    labels_values: Tensor,
    sequence_length: Tensor,
    preprocess_collapse_repeated: bool = False,
    ctc_merge_repeated: bool = True,
    ignore_longer_outputs_than_inputs: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The loss `[batch]` and its gradient by the logits `[time, batch, classes]`."""
    arrays = inputs, labels_indices, labels_values, sequence_length
    _shapes(*(TensorShape(array.shape) for array in arrays))
    _check(*arrays)
    frames, rows, classes = inputs.shape
    counts, labels = _labels(rows, classes - 1, labels_indices, labels_values)
    if preprocess_collapse_repeated:
        labels = [[x for i, x in enumerate(row) if not i or row[i - 1] != x] for row in labels]
    lengths = sequence_length.astype(np.int64)
    short = counts > lengths
    if short.any() and not ignore_longer_outputs_than_inputs:
        first = int(np.argmax(short))
        raise ValueError(
            "Not enough time for target transition sequence (required: "
            f"{counts[first]}, available: {lengths[first]}){first}You can turn this error "
            "into a warning by using the flag ignore_longer_outputs_than_inputs"
        )
    lengths[short] = 0
    labels = [[] if short[i] else row for i, row in enumerate(labels)]
    loss, gradient = _aligned(inputs, labels, lengths, ctc_merge_repeated)
    loss[short] = 0
    return loss, gradient


@ctc_loss_op.gradient
def _(dloss, dgradient, gradient):
    weights = expand_dims(expand_dims(dloss, -1), 0)
    return weights * prevent_gradient(gradient, NO_SECOND), None, None, None


def _check(inputs: Any, indices: Any, values: Any, lengths: Any) -> None:
    frames, rows, _ = inputs.shape
    if len(indices) != len(values):
        raise ValueError(
            "labels_indices and labels_values must contain the same number of rows, but saw "
            f"shapes: [{','.join(map(str, indices.shape))}] vs. [{len(values)}]"
        )
    if len(lengths) != rows:
        raise ValueError(
            f"len(sequence_length) != batch_size.  len(sequence_length):  {len(lengths)} "
            f"batch_size: {rows}"
        )
    if not frames:
        raise ValueError("Max time or first dimension of input cannot be 0.")
    if (lengths > frames).any():
        raise ValueError(f"sequence_length({int(np.argmax(lengths > frames))}) <= {frames}")


def _labels(
    rows: int, null: int, indices: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, list[list[int]]]:
    """How many labels each row has, and those up to the first null label (the blank or beyond)."""
    found: list[list[int]] = [[] for _ in range(rows)]
    last = (-1, -1)
    size = int(indices[:, 1].max(initial=-1)) + 1
    for i, (place, value) in enumerate(zip(indices.tolist(), values.tolist(), strict=True)):
        at = ",".join(map(str, place))
        if not (0 <= place[0] < rows and 0 <= place[1] < size):
            raise ValueError(
                f"label SparseTensor is not valid: indices[{i}] = [{at}] is out of bounds: need "
                f"0 <= index < [{rows},{size}]"
            )
        if tuple(place) <= last:
            what = "repeated" if tuple(place) == last else "out of order"
            raise ValueError(
                f"label SparseTensor is not valid: indices[{i}] = [{at}] is {what}. Many sparse "
                "ops require sorted indices.\n    Use `tf.sparse.reorder` to create a correctly "
                "ordered copy.\n\n"
            )
        last = tuple(place)
        found[place[0]].append(value)
    counts = np.array([len(row) for row in found])
    return counts, [_until_null(row, i, null) for i, row in enumerate(found)]


def _until_null(row: list[int], number: int, null: int) -> list[int]:
    if not row:
        raise ValueError(f"Labels length is zero in batch {number}")
    text = ",".join(map(str, row))
    if min(row) < 0:
        raise ValueError(f"All labels must be nonnegative integers, batch: {number} labels: {text}")
    count = next((i for i, label in enumerate(row) if label >= null), len(row))
    if any(label < null for label in row[count:]):
        seen = ",".join(map(str, row[:count]))
        raise ValueError(
            "Saw a non-null label (index >= num_classes - 1) following a null label, batch: "
            f"{number} num_classes: {null + 1} labels: {text} labels seen so far: {seen}"
        )
    return row[:count]


# ---- walks ---------------------------------------------------------------------------------------


def _aligned(
    inputs: np.ndarray, labels: list[list[int]], lengths: np.ndarray, merges: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The loss of each row and its gradient by the logits; the blank is the last class."""
    frames, rows, classes = inputs.shape
    blank = classes - 1
    counts = np.array([len(row) for row in labels])
    width = int(counts.max(initial=0))
    padded = np.full((rows, width), blank)
    for i, row in enumerate(labels):
        padded[i, : len(row)] = row
    states = np.full((rows, 2 * width + 1), blank)
    states[:, 1::2] = padded
    logs = inputs - inputs.max(2, keepdims=True)
    logs -= np.log(np.exp(logs).sum(2, keepdims=True))
    seen = logs[:, np.arange(rows)[:, None], states]
    leaps = np.zeros(states.shape, bool)
    leaps[:, 3::2] = (padded[:, 1:] != padded[:, :-1]) | (not merges)
    rests = np.ones(states.shape[1], bool)
    if not merges:
        rests[1::2] = False
    steps = _Steps(leaps, rests)
    forward = _forward(seen, lengths, steps)
    # A row ends after its last label or after the blank that follows.
    is_end = np.arange(states.shape[1]) - 2 * counts[:, None]
    is_end = (is_end == 0) | (is_end == -1)
    whole = _logsum(np.where(is_end, forward[-1], -np.inf))
    backward = _backward(seen, lengths, steps, is_end)
    share = np.exp(forward[1:] + backward - np.where(np.isneginf(whole), 0, whole)[:, None])
    is_frame = np.arange(frames)[:, None] < lengths
    gradient = np.exp(logs)
    gradient[:, :, blank] -= share[:, :, ::2].sum(2)
    every = np.arange(rows)
    for i in range(width):  # within one place of the labels no row meets a class twice
        gradient[:, every, padded[:, i]] -= share[:, :, 2 * i + 1]
    return -whole, np.where(is_frame[:, :, None], gradient, gradient.dtype.type(0))


class _Steps:
    """Which steps there are: from a state to itself, to the next and, over a blank, to the one
    after. `leaps` `[rows, states]` says where that last one may arrive, `rests` who may stay.
    """

    def __init__(self, leaps: np.ndarray, rests: np.ndarray) -> None:
        self.leap = np.where(leaps, np.float32(0), np.float32(-np.inf))
        self.rest = np.where(rests, np.float32(0), np.float32(-np.inf))

    def forward(self, logs: np.ndarray) -> np.ndarray:
        """The logarithm of what arrives in each state."""
        one, two = (_moved(logs, n) for n in (1, 2))
        return _sum_of_three(logs + self.rest, one, two + self.leap)

    def backward(self, logs: np.ndarray) -> np.ndarray:
        """The logarithm of what each state leads to."""
        one, two = _moved(logs, -1), _moved(logs + self.leap, -2)
        return _sum_of_three(logs + self.rest, one, two)


def _moved(logs: np.ndarray, by: int) -> np.ndarray:
    """States moved along, with nothing at the end that is left."""
    out = np.full_like(logs, -np.inf)
    if by > 0:
        out[:, by:] = logs[:, :-by]
    else:
        out[:, :by] = logs[:, -by:]
    return out


def _sum_of_three(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """The logarithm of the sum of three exponentials. (`np.logaddexp` is three times slower.)"""
    peak = np.maximum(np.maximum(a, b), c)
    base = np.where(np.isneginf(peak), a.dtype.type(0), peak)
    return np.log(np.exp(a - base) + np.exp(b - base) + np.exp(c - base)) + base


def _logsum(logs: np.ndarray) -> np.ndarray:
    peak = logs.max(1)
    base = np.where(np.isneginf(peak), logs.dtype.type(0), peak)
    return np.log(np.exp(logs - base[:, None]).sum(1)) + base


def _forward(seen: np.ndarray, lengths: np.ndarray, steps: _Steps) -> np.ndarray:
    """For each number of frames the logarithm of being in each state after them."""
    frames, rows, states = seen.shape
    out = np.full((frames + 1, rows, states), -np.inf, seen.dtype)
    out[0, :, 0] = 0  # as if after a blank: the first frame is of the blank or the first label
    for t in range(frames):
        arrived = steps.forward(out[t])
        is_on = (t < lengths)[:, None]
        out[t + 1] = np.where(is_on, arrived + seen[t], out[t])
    return out


def _backward(
    seen: np.ndarray, lengths: np.ndarray, steps: _Steps, is_end: np.ndarray
) -> np.ndarray:
    """For each frame and state the logarithm of coming to an end from there."""
    frames, rows, states = seen.shape
    out = np.empty((frames, rows, states), seen.dtype)
    out[-1] = np.where(is_end, seen.dtype.type(0), seen.dtype.type(-np.inf))
    for t in range(frames - 2, -1, -1):
        is_on = (t + 1 < lengths)[:, None]
        out[t] = np.where(is_on, steps.backward(out[t + 1] + seen[t + 1]), out[t + 1])
    return out
