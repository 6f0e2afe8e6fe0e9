"""How many insertions, deletions and replacements turn one sequence into another.

The one idea: Wagner and Fischer's table, a row at a time: what comes from above and from the left
above is elementwise, and what comes from the left is a running minimum.

Read next: ops/sparse_tensor.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core.errors import InternalError
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.sparse_conversion import places
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
    one = _sequences(hypothesis_indices, hypothesis_values, lead)
    other = _sequences(truth_indices, truth_values, lead)
    out = np.zeros(math.prod(lead), np.float32)
    empty = np.asarray(truth_values)[:0]
    for place in one.keys() | other.keys():
        x, y = one.get(place, empty), other.get(place, empty)
        out[place] = _distance(x, y)
        if normalize:
            out[place] = out[place] / len(y) if len(y) else np.inf
    return out.reshape(lead)


def _sequences(indices: Any, values: Any, lead: list[int]) -> dict[int, np.ndarray]:
    """The sequences that are not empty, by their place in the result."""
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
    if not len(place):
        return {}
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order])) + 1
    rows = np.split(order, starts)
    return {int(place[row[0]]): values[row] for row in rows}


def _distance(x: np.ndarray, y: np.ndarray) -> int:
    steps = np.arange(len(y) + 1)
    row = steps
    for i, item in enumerate(x):
        # From above: a deletion. From the left above: a replacement, unless both are the same.
        best = np.minimum(row[1:] + 1, row[:-1] + (y != item))
        best = np.concatenate([[i + 1], best])
        row = np.minimum.accumulate(best - steps) + steps
    return int(row[-1])


no_gradient(edit_distance_op, why="It counts.")
