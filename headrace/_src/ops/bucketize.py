"""Numbers by the interval they are in: the op Bucketize, which preprocessing layers call.

The one idea: boundaries are sorted, so the interval of a number is where it would be put in.

Read next: ops/sort.py.
"""

import numpy as np

from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import same
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op


@op("Bucketize", shape=same, cost="host")
def bucketize(input: Tensor, boundaries: tuple[float, ...], name: str | None = None) -> Tensor:
    """For each number how many of the boundaries are not above it, int32.

    input: int32, int64, float32 or float64. boundaries: floats in ascending order.

    >>> tf.raw_ops.Bucketize(input=[-5., 3., 10.], boundaries=[0., 10., 100.]).numpy()
    array([0, 1, 2], dtype=int32)

    Raises tf.errors.InvalidArgumentError where boundaries are not in order. Op: Bucketize.
    """
    if list(boundaries) != sorted(boundaries):
        raise ValueError("Expected sorted boundaries")
    edges = np.array(boundaries, np.float32).astype(np.float64)
    numbers = xp(input)
    if len(edges) > 16:
        wide = input.astype(np.float64)
        return numbers.searchsorted(numbers.asarray(edges), wide, side="right").astype(np.int32)
    # Few comparisons of all numbers are several times faster than a search for each.
    below = numbers.zeros(input.shape, np.int32)
    for edge in edges.tolist():
        below = below + (input < edge)
    return np.int32(len(edges)) - below


no_gradient(bucketize, why="Its output is integers.")
