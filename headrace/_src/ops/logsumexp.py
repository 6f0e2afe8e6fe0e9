"""The logarithm of a sum of exponentials, over axes and running along one.

The one idea: exp overflows at 89, so the largest element is taken out before and added back after;
what is far below it vanishes, as it would in the sum. Both functions hold for infinities: the
log-sum of nothing, or of minus infinities only, is minus infinity.

Read next: ops/reduce.py, ops/scan.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.namespace import xp
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import Static, op
from headrace._src.ops.array import dims, reshape
from headrace._src.ops.compare import is_finite
from headrace._src.ops.identity import stop_gradient
from headrace._src.ops.math import add, maximum, subtract
from headrace._src.ops.powers import exp, log
from headrace._src.ops.reduce import axes_of, max, sum
from headrace._src.ops.scan import only, run_along, scanned
from headrace._src.ops.select import where


def reduce_logsumexp(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """`log(sum(exp(x)))` over some axes, or over all, without overflow.

    input_tensor: float tensor. The other arguments as in `tf.reduce_sum`.

    >>> tf.reduce_logsumexp([[1000., 0.], [3., -1000.]], axis=1).numpy()
    array([1000.,    3.], dtype=float32)
    """
    if type(input_tensor) is not EagerTensor:
        input_tensor = convert(input_tensor)
    axes = axes_of(input_tensor, axis)
    peak = max(input_tensor, axes, True)
    peak = stop_gradient(where(is_finite(peak), peak, convert(0, peak.dtype)))
    total = log(sum(exp(subtract(input_tensor, peak)), axes, bool(keepdims)))
    return add(total, peak if keepdims else reshape(peak, dims(total)), name)


def cumulative_logsumexp(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """The logarithm of the running sum of `exp(x)`, without overflow. Arguments as in `tf.cumsum`.

    x: float tensor. With `exclusive` the first result is minus infinity.

    >>> tf.math.cumulative_logsumexp([0., 0., 0.]).numpy().round(4)
    array([0.    , 0.6931, 1.0986], dtype=float32)

    Op: CumulativeLogsumexp.
    """
    if type(x) is not EagerTensor:
        x = convert(x)
    return cumulative_logsumexp_op(x, axis, bool(exclusive), bool(reverse), name)


@op("CumulativeLogsumexp", shape=scanned, cost="host")
def cumulative_logsumexp_op(
    x: Tensor,
    axis: Static,
    exclusive: bool = False,
    reverse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The running log-sum-exp."""
    wide = x.astype(np.float32) if x.dtype.itemsize == 2 else x
    out = run_along(_running_logsumexp, wide, only(axis), exclusive, reverse, -np.inf)
    return out.astype(x.dtype)


def _running_logsumexp(x: Any, axis: int) -> Any:
    return xp(x).logaddexp.accumulate(x, axis)


@cumulative_logsumexp_op.gradient
def _(dz, x, axis, exclusive, reverse, out):
    # d out[i] / d x[j] is exp(x[j] - out[i]). The logarithms of the positive and the negative parts
    # of dz are scanned back, so that nothing overflows.
    nothing = convert(-np.inf, out.dtype)

    def back(log_dz):
        share = where(out == nothing, nothing, log_dz - out)
        return exp(cumulative_logsumexp_op(share, axis, exclusive, not reverse) + x)

    return back(log(maximum(dz, convert(0, dz.dtype)))) - back(
        log(maximum(-dz, convert(0, dz.dtype)))
    )
