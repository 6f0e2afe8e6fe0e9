"""Running sums and products along an axis.

The one idea: a scan keeps the shape, and two flags cover the four kinds. `reverse` runs from the
end; `exclusive` leaves the element itself out, so that the first result is the scan's neutral
element. The gradient of a running sum is the running sum the other way round.

NumPy scans on the host at every size: XLA's scans on a CPU are slower (engine/placement.py).

Read next: ops/reduce.py, ops/logsumexp.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import Static, op
from headrace._src.ops import complex as complex_numbers
from headrace._src.ops.math import divide_no_nan


def scanned(
    x: TensorShape, axis: Any, exclusive: bool = False, reverse: bool = False
) -> TensorShape:
    axis = only(axis)
    if x.rank is not None and axis is not None and not -x.rank <= axis < x.rank:
        axis += x.rank if axis < 0 else 0
        raise ShapeError(
            f"ScanOp: Expected scan axis in the range [{-x.rank}, {x.rank}), but got {axis}"
        )
    return x


def only(axis: Any) -> Any:
    if isinstance(axis, tuple):
        raise ShapeError(
            "ScanOp: axis must be a scalar, not " + str(list(np.shape(axis))).replace(" ", "")
        )
    return axis


def run_along(step: Any, x: Any, axis: int, exclusive: bool, reverse: bool, neutral: Any) -> Any:
    """`step(x, axis)`, run the other way round or shifted by one where that is wanted."""
    np_ = xp(x)
    if not x.ndim:
        scanned(TensorShape(()), axis)
    if reverse:
        x = np_.flip(x, axis)
    if exclusive:
        axis %= x.ndim
        before = (slice(None),) * axis
        first = np_.full_like(x[(*before, slice(0, 1))], neutral)
        x = np_.concatenate([first, x[(*before, slice(0, -1))]], axis) if x.shape[axis] else x
    out = step(x, axis)
    return np_.flip(out, axis) if reverse else out


def _wide(step: Any) -> Any:
    """A scan that keeps the dtype, computed in float32 where that has 16 bits."""

    def widened(x: Any, axis: int) -> Any:
        if x.dtype.itemsize == 2 and x.dtype.kind in "fV":
            return step(x.astype(np.float32), axis, dtype=np.float32).astype(x.dtype)
        return step(x, axis, dtype=x.dtype)

    return widened


def cumsum(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """The running sum of `x` along an axis; shape and dtype as those of `x`.

    x: numbers. axis: an integer in [-rank, rank). exclusive: whether an element's own value is left
    out of its sum. reverse: whether to run from the end.

    >>> tf.cumsum([1, 2, 3]).numpy(), tf.cumsum([1, 2, 3], exclusive=True, reverse=True).numpy()
    (array([1, 3, 6], dtype=int32), array([5, 3, 0], dtype=int32))

    Raises tf.errors.InvalidArgumentError for an axis out of range. Op: Cumsum.
    """
    if type(x) is not EagerTensor:
        x = convert(x)
    return cumsum_op(x, axis, bool(exclusive), bool(reverse), name)


@op("Cumsum", shape=scanned, cost="host")
def cumsum_op(
    x: Tensor,
    axis: Static,
    exclusive: bool = False,
    reverse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The running sum."""
    return run_along(_wide(xp(x).cumsum), x, only(axis), exclusive, reverse, 0)


@cumsum_op.gradient
def _(dz, axis, exclusive, reverse):
    return cumsum_op(dz, axis, exclusive, not reverse)


def cumprod(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """The running product of `x` along an axis. Arguments as in `tf.cumsum`.

    >>> tf.math.cumprod([2, 3, 4]).numpy()
    array([ 2,  6, 24], dtype=int32)

    The gradient divides by `x`, and where an element is 0 it is 0, as TensorFlow's. Op: Cumprod.
    """
    if type(x) is not EagerTensor:
        x = convert(x)
    return cumprod_op(x, axis, bool(exclusive), bool(reverse), name)


@op("Cumprod", shape=scanned, cost="host")
def cumprod_op(
    x: Tensor,
    axis: Static,
    exclusive: bool = False,
    reverse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The running product."""
    return run_along(_wide(xp(x).cumprod), x, only(axis), exclusive, reverse, 1)


@cumprod_op.gradient
def _(dz, x, axis, exclusive, reverse, out):
    if x.dtype.is_complex:
        x, out = complex_numbers.conj(x), complex_numbers.conj(out)
    return divide_no_nan(cumsum_op(out * dz, axis, exclusive, not reverse), x)
