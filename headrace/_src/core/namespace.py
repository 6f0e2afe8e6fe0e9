"""The array namespace that a kernel's mathematics is written over: NumPy or `jax.numpy`.

A body says `xp(x).exp(x)`. On the host `x` is a NumPy array and `xp(x)` is `numpy`; while XLA
compiles the same body, `x` is a tracer and `xp(x)` is `jax.numpy`. Core does not import JAX: the
folder xla/ puts its namespace into the slot below when it is loaded.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

# Filled by xla/ when it loads: `jax.numpy`.
under_xla: ModuleType | None = None
# Filled likewise: special functions under SciPy's names (xla/special.py).
special_under_xla: ModuleType | None = None
# Filled likewise: `jax.lax.while_loop`, for bodies that try until all is accepted.
while_under_xla: Callable | None = None
# Filled likewise: factorisations that `jax.numpy` does not name (xla/linalg.py).
linalg_under_xla: ModuleType | None = None
# Filled likewise: sliding windows (xla/convolution.py, xla/pooling.py).
convolution_under_xla: ModuleType | None = None
pooling_under_xla: ModuleType | None = None


def xp(x: Any) -> Any:
    """The namespace whose functions work on `x`."""
    if isinstance(x, (np.ndarray, np.generic)):
        return np
    return under_xla
