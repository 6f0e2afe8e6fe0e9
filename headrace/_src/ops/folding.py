"""Folding an axis with a NumPy ufunc: quick over narrow rows, and exact to the last bits.

`np.add.reduce` adds pairwise along the axis that lies in one piece in memory, and its error stays
small. Along any other axis it adds row after row: of 100,000 rows the sum of 0.1 is wrong in the
fourth digit, and where rows are narrow NumPy spends its time on starting them (1.5 ms for [100000,
4]).

The one idea cures both: a long axis of n rows is read as about sqrt(n) wide rows, which are folded
first, and then the pieces of the wide row (0.06 ms, and an error of a hundredth of a unit in the
last place per step). `benchmarks/folding.py` measures it. All elements of a large array are folded
on all cores (engine/pieces.py).

Read next: ops/reduce.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.shape_rules import reduced
from headrace._src.core.shapes import TensorShape
from headrace._src.engine.pieces import folded

# Below this many elements one call of the ufunc is all that can be won.
_SMALL = 2048
# A shorter axis is folded row by row: the error of so few steps is below the bound of every test.
_LONG = 64


def fold(ufunc: Any, x: np.ndarray, axes: Any, keep_dims: bool) -> Any:
    """`ufunc` folded over `axes` (an int or a tuple of ints) of `x`, in the dtype of `x`."""
    if type(axes) is int:
        axes = (axes,)  # to NumPy a scalar has an axis 0 if it is asked for as an int
    if x.size <= _SMALL:
        return ufunc.reduce(x, axes, x.dtype, None, keep_dims)
    result = reduced(TensorShape.of(x.shape), axes, keep_dims)
    gone = {axis % x.ndim for axis in axes}
    last = x.ndim
    while last and last - 1 in gone:
        last -= 1
    if last == 0 and x.flags.c_contiguous:
        return np.asarray(folded(ufunc, x)).reshape(tuple(result))
    outer = sorted((axis for axis in gone if axis < last), reverse=True)
    if not any(x.shape[axis] > _LONG for axis in outer):
        return ufunc.reduce(x, axes, x.dtype, None, keep_dims)
    if last < x.ndim:
        x = ufunc.reduce(x, tuple(range(last, x.ndim)), x.dtype)
    for axis in outer:
        x = _folded(ufunc, np.ascontiguousarray(x), axis)
    return x.reshape(tuple(result))


def _folded(ufunc: Any, x: np.ndarray, axis: int) -> np.ndarray:
    """One axis of a contiguous array folded, a long one in two steps."""
    n = x.shape[axis]
    if n <= _LONG:
        return ufunc.reduce(x, axis, x.dtype)
    before, after = x.shape[:axis], x.shape[axis + 1 :]
    steps = int(n**0.5)
    pieces = n // steps
    whole, rest = np.split(x, [steps * pieces], axis)
    wide = ufunc.reduce(whole.reshape(*before, steps, -1), axis, x.dtype)
    out = ufunc.reduce(wide.reshape(*before, pieces, *after), axis, x.dtype)
    return ufunc(out, ufunc.reduce(rest, axis, x.dtype)) if rest.size else out


# From so many elements it pays to shorten an axis first.
_SHORTENED_FROM = 2**14


def shortened(ufunc: Any, x: np.ndarray, axes: Any) -> np.ndarray:
    """`x` with its last axis, if `axes` are that, folded to a few elements, where that is quicker.

    Along one row NumPy multiplies one number after the other; a half row by the other half it
    multiplies sixteen at a time.
    """
    if x.size < _SHORTENED_FROM or x.shape[-1] <= _LONG or x.dtype.kind != "f":
        return x
    if axes not in (-1, (-1,), x.ndim - 1, (x.ndim - 1,)):
        return x
    while (n := x.shape[-1]) > 8:
        half = n // 2
        pairs = ufunc(x[..., :half], x[..., half : 2 * half])
        if n % 2:
            pairs[..., 0] = ufunc(pairs[..., 0], x[..., -1])
        x = pairs
    return x
