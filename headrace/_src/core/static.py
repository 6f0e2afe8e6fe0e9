"""Values that a compiler must know, as Python has them: axes, shapes, permutations.

An array may not be a key of a dictionary nor an argument that JAX treats as static; a number or a
nested tuple of numbers may.

Read next: engine/op.py (`Static`).
"""

from typing import Any

import numpy as np


def static_value(value: Any) -> Any:
    """An array, or what becomes one, as a scalar or a nested tuple of scalars.

    >>> static_value(np.array([[0, 1], [2, 3]]))
    ((0, 1), (2, 3))
    """
    return _frozen(np.asarray(value).tolist())


def _frozen(value: Any) -> Any:
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value
