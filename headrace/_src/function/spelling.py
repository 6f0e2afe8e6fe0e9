"""How a call of a function is spelled: the key by which the quick look-up knows it again.

The one idea: a key is cheap to make and never wrong, but not canonical. `f(1, n=2)` and `f(1, 2)`
have two keys that lead to one trace, and what no key can be made of goes the careful way.

Read next: function/function.py.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from headrace._src.core.tensor import EagerTensor
from headrace._src.engine.convert import convert
from headrace._src.objects.variable import ResourceVariable

_LITERALS = frozenset([int, float, bool, str, bytes, type(None)])
# Stands in a key before the names of keyword arguments.
_KEYWORDS = object()


def spelled(args: tuple, kwargs: dict[str, Any], arrays: bool) -> tuple[Any, Any]:
    """What tells a call from others, for the quick look-up, and its tensors and variables.

    arrays: whether an array counts as a tensor. Both answers are None for calls with anything else
    in them than tensors, variables, plain values, and plain containers of these. Unlike types, keys
    tell variables apart by identity, and 1 from True.
    """
    key: list[Any] = []
    leaves: list[Any] = []
    if not _spell(args, key, leaves, arrays):
        return None, None
    if kwargs:
        key += _KEYWORDS, tuple(kwargs)
        if not _spell(kwargs.values(), key, leaves, arrays):
            return None, None
    return tuple(key), leaves


def _spell(items: Iterable[Any], key: list[Any], leaves: list[Any], arrays: bool) -> bool:
    for x in items:
        cls = type(x)
        if cls is EagerTensor or (arrays and isinstance(x, (np.ndarray, np.generic))):
            tensor = x if cls is EagerTensor else convert(x)
            key += tensor._dtype, tensor._array.shape
            leaves.append(tensor)
        elif cls in _LITERALS:
            key += cls, x
        elif cls is ResourceVariable:
            key += cls, x._id
            leaves.append(x)
        elif cls is tuple or cls is list:
            key += cls, len(x)
            if not _spell(x, key, leaves, arrays):
                return False
        elif cls is dict:
            key += cls, tuple(x)
            if not _spell(x.values(), key, leaves, arrays):
                return False
        else:
            return False
    return True


def mapped(leaf: Callable[[Any], Any], value: Any) -> Any:
    """`value` with `leaf` of everything in it, as deep as plain containers go."""
    cls = type(value)
    if cls is tuple or cls is list:
        return cls([mapped(leaf, item) for item in value])
    if cls is dict:
        return {key: mapped(leaf, item) for key, item in value.items()}
    return leaf(value)


def tensor_for_array(value: Any) -> Any:
    """An array as a tensor; all else as it is."""
    return convert(value) if isinstance(value, (np.ndarray, np.generic)) else value


def another(value: Any) -> Any:
    """A tensor like `value`, if it is one."""
    return EagerTensor(value._array, value._dtype) if type(value) is EagerTensor else value
