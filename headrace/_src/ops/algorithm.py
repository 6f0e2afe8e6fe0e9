"""Algorithm: which generator of random bits an op uses.

The one idea: TensorFlow has two, Philox and ThreeFry, but only XLA devices have the second; on the
CPU, and so here, "auto_select" is Philox, and ThreeFry is refused where the bits would be made.

Read next: stateless_random.py.
"""

import enum
from typing import Any

from headrace._src.core.tensor import Tensor, array_of


class Algorithm(enum.Enum):
    """The generators of random bits: `PHILOX`, `THREEFRY`, and `AUTO_SELECT`, which is Philox.

    >>> tf.random.Algorithm.PHILOX
    <Algorithm.PHILOX: 1>
    """

    PHILOX = 1
    THREEFRY = 2
    AUTO_SELECT = 3


Algorithm.__module__ = "tensorflow.python.ops.random_ops_util"

_BY_NAME = {a.name.lower(): a for a in Algorithm}
_BY_NUMBER = {a.value: a for a in Algorithm}


def algorithm_of(alg: Any) -> Algorithm:
    """The algorithm that a name, a number, a scalar tensor or an `Algorithm` stands for.

    Raises ValueError for another name or number, TypeError for what is neither.
    """
    if isinstance(alg, Algorithm):
        return alg
    if isinstance(alg, str):
        if alg in _BY_NAME:
            return _BY_NAME[alg]
        raise ValueError(
            f"Argument `alg` got unsupported value {alg}. Supported values are philox for the "
            "Philox algorithm, threefry for the ThreeFry algorithm, and auto_select for "
            "auto-selection."
        )
    number = array_of(alg).item() if isinstance(alg, Tensor) else alg
    if not hasattr(number, "__index__"):
        raise TypeError(
            f"Can't convert argument `alg` (of value {alg} and type {type(alg)}) to int."
        )
    if number in _BY_NUMBER:
        return _BY_NUMBER[number]
    raise ValueError(
        f"Argument `alg` got unsupported value {number}. Supported values are 1 for the Philox "
        "algorithm, 2 for the ThreeFry algorithm, and 3 for auto-selection."
    )
