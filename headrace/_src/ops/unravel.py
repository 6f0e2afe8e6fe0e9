"""Numbers of elements as places: `tf.unravel_index`.

The one idea: the number of an element, counted row by row, is written with the sizes of the axes
as its digits' bases; the digits are the place.

Read next: ops/gather.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op


def _places(indices: TensorShape, dims: TensorShape) -> TensorShape:
    if dims.rank not in (None, 1):
        raise ShapeError(
            f'The indices can only be 1-D, got "{_listed(dims)}"',
            f"Shape must be rank 1 but is rank {dims.rank}",
        )
    if indices.rank is not None and indices.rank > 1:
        raise ShapeError(
            f'The indices can only be scalar or vector, got "{_listed(indices)}"',
            f"Shape must be at most rank 1 but is rank {indices.rank}",
        )
    return vector(dims[0] if dims.rank else None).concatenate(indices)


def _listed(shape: TensorShape) -> str:
    return f"[{','.join(map(str, shape))}]"


@op("UnravelIndex", shape=_places, cost="host")
def unravel_index(indices: Tensor, dims: Tensor, name: str | None = None) -> Tensor:
    """The places of elements that are given by their numbers, counted row by row.

    indices: int32 or int64, a scalar or a vector `[n]`. dims: the sizes of the axes, `[rank]`. The
    result is `[rank]` or `[rank, n]`: one row for each axis.

    >>> tf.unravel_index([2, 5, 7], [3, 3]).numpy()
    array([[0, 1, 2],
           [2, 2, 1]], dtype=int32)

    Raises tf.errors.InvalidArgumentError for an index beyond the last element. Op: UnravelIndex.
    """
    _places(TensorShape(indices.shape), TensorShape(dims.shape))
    if not indices.size:
        kind = indices.dtype.name
        raise ValueError(f"received empty tensor indices: Tensor<type: {kind} shape: [0] values: >")
    return np.stack(_digits(indices, dims)) if dims.size else _refuse()


def _refuse() -> Any:
    raise ValueError("index is out of bound as with dims")


def _digits(indices: np.ndarray, dims: np.ndarray) -> list[np.ndarray]:
    sizes = dims.tolist()
    for i, size in enumerate(sizes):
        if size == 0:
            raise ValueError(
                f"Input dims cannot contain a dim of zero, but dims contains zero at index {i}"
            )
        if size < 0:
            raise ValueError(f"Input dims cannot be negative. Got dim = {size} at index {i}")
    if math.prod(sizes) > np.iinfo(dims.dtype).max:
        raise ValueError(
            f"Input dims product is causing integer overflow: ({' '.join(map(str, sizes))})"
        )
    if (indices >= math.prod(sizes)).any():
        _refuse()
    digits = []
    rest = indices
    for size in reversed(sizes):
        # Cut towards zero, so that what a negative number gives is TensorFlow's.
        digit = np.fmod(rest, dims.dtype.type(size))
        digits.append(np.asarray(digit))
        rest = (rest - digit) // dims.dtype.type(size)
    return digits[::-1]


no_gradient(unravel_index, why="Its inputs are integers.", is_error=True)
