"""Where: one tensor or another by a condition, and the coordinates of what is true.

These ops stand alone, below `gather` and `scatter`, because gradients everywhere are written with
them.

Read next: ops/gather.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed, broadcast
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine import gradient
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op


def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """`x` where `condition` is true and `y` elsewhere; or, without both, where `condition` is true.

    condition, x, y: tensors that broadcast together, `x` and `y` of one dtype. Without them the
    result is [n, rank] int64: a row of coordinates for each element of `condition` that is true or
    not zero.

    >>> tf.where([True, False, True], [1, 2, 3], -1).numpy()
    array([ 1, -1,  3], dtype=int32)
    >>> tf.where([True, False, True]).numpy()
    array([[0],
           [2]])

    Raises ValueError where only one of `x` and `y` is given. Ops: SelectV2, Where.
    """
    if x is None and y is None:
        return where_op(condition, name)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    if not isinstance(condition, Tensor) and not hasattr(condition, "dtype"):
        condition = convert(condition, dtypes.bool)
    return select(condition, x, y, name)


def _coordinates(x: TensorShape) -> TensorShape:
    return TensorShape([None, x.rank])


@op("Where", shape=_coordinates, cost="host")
def where_op(input: Tensor, name: str | None = None) -> Tensor:
    """The coordinates of the elements of `input` that are true or not zero."""
    if not input.ndim:
        raise ValueError("WhereOp : Unhandled input dimensions: 0")
    if input.ndim == 1 or input.size < 2**12:
        return np.stack(input.nonzero(), axis=-1)
    # NumPy counts along many axes one element after the other.
    places = np.flatnonzero(input)
    found = np.empty((places.size, input.ndim), np.int64)
    for axis in range(input.ndim - 1, 0, -1):
        rows = places // input.shape[axis]
        found[:, axis] = places - rows * input.shape[axis]
        places = rows
    found[:, 0] = places
    return found


no_gradient(where_op, why="Coordinates are integers.")


def broadcast_select(condition: TensorShape, t: TensorShape, e: TensorShape) -> TensorShape:
    """The shape that all three broadcast to."""
    try:
        return broadcast(condition, t, e)
    except ShapeError as error:
        sides = [bracketed(x) for x in (condition, t, e)]
        raise ShapeError(
            f"condition {sides[0]}, then {sides[1]}, and else {sides[2]} must be broadcastable",
            error.traced,
        ) from None


@op("SelectV2", shape=broadcast_select, host=np.where, cost="passes")
def select(condition: Tensor, t: Tensor, e: Tensor, name: str | None = None) -> Tensor:
    """`t` where `condition` is true, else `e`."""
    return xp(condition).where(condition, t, e)


@select.kernel("pieces")
def _(condition, t, e):
    # By the bits, which takes a fifth of the time: np.where asks about each element, and the
    # processor cannot guess the answers.
    if t.itemsize not in (1, 2, 4, 8) or t.dtype.hasobject:
        return np.where(condition, t, e)
    bits = np.dtype(f"i{t.itemsize}")
    mask = np.negative(condition.view(np.int8)).astype(bits)
    chosen = (t.view(bits) ^ e.view(bits)) & mask
    chosen ^= e.view(bits)
    return chosen.view(t.dtype)


# The rule has words of its own, and is a broadcast all the same: the engine undoes it in gradients.
select.op.broadcasts = True


@select.gradient
def _(dz, condition):
    nothing = gradient.zeros((), dz.dtype)
    return None, lambda: select(condition, dz, nothing), lambda: select(condition, nothing, dz)
