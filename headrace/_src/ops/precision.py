"""In how many digits a body computes: 16-bit floats in float32, some of float32 in float64.

float16 and bfloat16 hold three decimal digits or fewer. TensorFlow's kernels widen them, compute,
and round once; so does a body under `in_float32`. It also spares bodies a trap: over bfloat16
arrays NumPy turns `2.0 * x` into float32.

Read next: ops/powers.py.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

_NARROW = 2  # bytes


def in_float32(body: Callable) -> Callable:
    """`body` with arrays of 16-bit floats widened before and its result rounded after."""

    @wraps(body)
    def kernel(x: Any, *others: Any) -> Any:
        if x.dtype.itemsize > _NARROW:
            return body(x, *others)
        wide = [o.astype(np.float32) if hasattr(o, "dtype") else o for o in others]
        return body(x.astype(np.float32), *wide).astype(x.dtype)

    return kernel


def in_float64(body: Callable) -> Callable:
    """`body` over float64, its result rounded once: where XLA's digits over float32 are too few."""

    @wraps(body)
    def kernel(x: Any) -> Any:
        return body(x.astype(np.float64)).astype(x.dtype)

    return kernel
