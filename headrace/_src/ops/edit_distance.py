"""How many insertions, deletions and replacements turn one sequence into another.

The one idea: Wagner and Fischer's table, a row at a time: what comes from above and from the left
above is elementwise, and what comes from the left is a running minimum. The tables of a block of
sequences are made at once.

Read next: ops/sparse_tensor.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core.errors import InternalError
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.sparse_positions import places
from headrace._src.ops.sparse_tensor import SparseTensor, SparseTensorValue, as_sparse


def edit_distance(
    hypothesis: Any, truth: Any, normalize: bool = True, name: str | None = "edit_distance"
) -> Tensor:
    """The Levenshtein distances between the sequences along the last axis of two sparse tensors.

    hypothesis, truth: `SparseTensor`s of one dtype and rank >= 2. normalize: whether a distance is
    divided by the length of the truth; if that is empty, it is inf, or 0 where both are. The result
    is float32 and has the shape of both without the last axis, the larger sizes.

    >>> one = tf.SparseTensor([[0, 0], [0, 1]], ["a", "b"], [1, 2])
    >>> other = tf.SparseTensor([[0, 0], [0, 1]], ["a", "c"], [1, 2])
    >>> tf.edit_distance(one, other).numpy()
    array([0.5], dtype=float32)

    Raises TypeError where an input is not sparse, tf.errors.InvalidArgumentError where the ranks
    differ. Op: EditDistance.
    """
    sparse = (SparseTensor, SparseTensorValue)
    for what, value in (("Hypothesis", hypothesis), ("Truth", truth)):
        if not isinstance(value, sparse):
            raise TypeError(f"{what} must be a SparseTensor.")
    x, y = as_sparse(hypothesis), as_sparse(truth)
    return edit_distance_op(
        x.indices, x.values, x.dense_shape, y.indices, y.values, y.dense_shape,
        bool(normalize), name,
    )  # fmt: skip


def _lead(*shapes: Any) -> TensorShape:
    ranks = [s[0] for s in (shapes[2], shapes[5]) if s.rank and s[0] is not None]
    return TensorShape([None] * max(ranks[0] - 1, 0)) if ranks else unknown


@op("EditDistance", shape=_lead, cost="host")
def edit_distance_op(
    hypothesis_indices: Tensor,
    hypothesis_values: Tensor,
    hypothesis_shape: Tensor,
    truth_indices: Tensor,
    truth_values: Tensor,
    truth_shape: Tensor,
    normalize: bool = True,
    name: str | None = None,
) -> Tensor:
    """The distances between the sequences along the last axis."""
    mine, theirs = np.asarray(hypothesis_shape), np.asarray(truth_shape)
    if len(theirs) < 2:
        raise ValueError(
            f"Input SparseTensors must have rank at least 2, but truth_shape rank is: {len(theirs)}"
        )
    if len(mine) != len(theirs):
        raise ValueError(
            "Expected truth and hypothesis to have matching ranks, but their shapes are: "
            f"[{len(theirs)}] and [{len(mine)}]"
        )
    lead = np.maximum(mine, theirs)[:-1].tolist()
    x, y = np.asarray(hypothesis_values), np.asarray(truth_values)
    if x.dtype == object:  # strings, which numbers stand for: these compare faster
        codes = np.unique(np.concatenate([x, y]), return_inverse=True)[1].reshape(-1)
        x, y = codes[: len(x)], codes[len(x) :]
    one = _sequences(hypothesis_indices, x, lead)
    other = _sequences(truth_indices, y, lead)
    count = math.prod(lead)
    mine, theirs = (np.bincount(place, minlength=count) for place, _ in (one, other))
    out = np.zeros(count, np.float32)
    given = np.flatnonzero(mine + theirs)
    # Blocks of sequences of like lengths, so that little is filled up.
    given = given[np.argsort((mine + theirs)[given], kind="stable")]
    for start in range(0, len(given), _BLOCK):
        block = given[start : start + _BLOCK]
        x, y = _filled(*one, mine, block), _filled(*other, theirs, block)
        out[block] = _distances(x, mine[block], y, theirs[block])
    if normalize:
        out[given] = np.where(theirs[given], out[given] / np.maximum(theirs[given], 1), np.inf)
    return out.reshape(lead)


_BLOCK = 256


def _sequences(indices: Any, values: Any, lead: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """The elements of all sequences, one after the other, and the places of these in the result."""
    indices, values = np.asarray(indices), np.asarray(values)
    place = places(indices[:, :-1], lead)
    total = math.prod(lead)
    outside = (place < 0) | (place >= total)
    if outside.any():
        raise InternalError(
            None,
            None,
            f"Got an inner product {place[outside][0]} which would require writing to outside of "
            f"the buffer for the output tensor (max elements {total})",
        )
    order = np.argsort(place, kind="stable")
    return place[order], values[order]


def _filled(
    place: np.ndarray, values: np.ndarray, lengths: np.ndarray, block: np.ndarray
) -> np.ndarray:
    """The sequences at the places `block` as a matrix; what is beyond their ends does not count."""
    starts = np.searchsorted(place, block)
    steps = np.arange(lengths[block].max())
    if not len(steps):
        return np.empty((len(block), 0), values.dtype)
    return values[np.minimum(starts[:, None] + steps, len(values) - 1)]


def _distances(x: np.ndarray, ends: np.ndarray, y: np.ndarray, lasts: np.ndarray) -> np.ndarray:
    """The distance of each row of `x`, up to its end, from that of `y` up to its last."""
    # A row of the table less 0, 1, 2, ...: so a step to the right, an insertion, costs nothing.
    # The sequences are along the last axis, for a running minimum along another one is faster.
    x, y = x.T, np.ascontiguousarray(y.T)
    row = np.zeros((len(y) + 1, len(ends)), np.int32)
    out = lasts.copy()
    for i, item in enumerate(x):
        # From above: a deletion. From the left above: a replacement, unless both are the same.
        best = row + 1
        np.minimum(best[1:], row[:-1] - (y == item), out=best[1:])
        row = np.minimum.accumulate(best, 0)
        done = np.flatnonzero(ends == i + 1)
        out[done] = row[lasts[done], done] + lasts[done]
    return out


no_gradient(edit_distance_op, why="It counts.")
