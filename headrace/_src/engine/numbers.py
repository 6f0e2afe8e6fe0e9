"""Python numbers as tensors, remembered: programs use few, and looking one up costs a fifth of
converting it.

Read next: engine/convert.py.
"""

from headrace._src.core.dtypes import DType
from headrace._src.core.tensor import EagerTensor
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import plain

# (number, its type, dtype) -> tensor. Zeros stay out, for -0.0 equals 0.0, and NaN, which equals
# nothing.
_tensors: dict[tuple[float, type, DType], EagerTensor] = {}
_MOST = 10_000


def number(value: float, dtype: DType) -> EagerTensor:
    """A Python int or float as a scalar of `dtype`; raises TypeError where it is none."""
    kind = type(value)
    try:
        return _tensors[value, kind, dtype]
    except KeyError:
        tensor = plain(convert(value, dtype))
        if value and value == value and len(_tensors) < _MOST:
            _tensors[value, kind, dtype] = tensor
        return tensor
