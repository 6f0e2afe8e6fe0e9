"""Sobol's sequence: points that fill a cube evenly, `tf.math.sobol_sample`.

The one idea: the points, in Gray code's order, are SciPy's, which takes the direction numbers from
the same tables as TensorFlow; only the first point, the origin, is left out.

Joe and Kuo, "Constructing Sobol sequences with better two-dimensional projections" (2008).

Read next: ops/random.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, as_dtype, float32
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import Static, no_gradient, op

_LARGEST = 2**31 - 1


def sobol_sample(
    dim: Any, num_results: Any, skip: Any = 0, dtype: Any = float32, name: str | None = None
) -> Tensor:
    """Points of Sobol's sequence in the unit cube of `dim` dimensions.

    dim: an integer from 1 to 21201. num_results: how many points. skip: how many of the sequence to
    leave out before. dtype: float32 or float64. The result is `[num_results, dim]`.

    >>> tf.math.sobol_sample(2, 3).numpy()
    array([[0.5 , 0.5 ],
           [0.75, 0.25],
           [0.25, 0.75]], dtype=float32)

    Raises tf.errors.InvalidArgumentError for numbers that are too small or too large. Op:
    SobolSample.
    """
    return sobol_sample_op(dim, num_results, skip, as_dtype(dtype), name)


def _points(dim: Any, num_results: Any, skip: Any, dtype: DType) -> TensorShape:
    for word, number in (("dim", dim), ("num_results", num_results), ("skip", skip)):
        if type(number) is tuple:
            raise ShapeError(f"{word} must be a scalar", "Shape must be rank 0 but is rank 1")
    sizes = [n if n is not None and n > 0 else None for n in (num_results, dim)]
    return TensorShape(sizes)


@op("SobolSample", shape=_points, cost="host")
def sobol_sample_op(
    dim: Static,
    num_results: Static,
    skip: Static,
    dtype: DType = float32,
    name: str | None = None,
) -> Tensor:
    """Points of Sobol's sequence."""
    _points(dim, num_results, skip, dtype)
    for word, number in (("dim", dim), ("num_results", num_results)):
        if number < 1:
            raise ValueError(f"{word} must be at least one")
    if skip < 0:
        raise ValueError("skip must be non-negative")
    if num_results + skip >= _LARGEST - 1:
        raise ValueError(f"num_results+skip must be less than {_LARGEST}")
    from scipy.stats import qmc  # half a second, so only for those who need it

    if dim > qmc.Sobol.MAXDIM:
        raise ValueError(f"dim must be at most {qmc.Sobol.MAXDIM}, got {dim}")
    sequence = qmc.Sobol(dim, scramble=False, bits=32).fast_forward(skip + 1)
    return np.asarray(sequence.random(num_results), dtype.array_dtype)


no_gradient(sobol_sample_op, why="It depends on integers only.")
