"""Kinds of structures, and turning one into another: what Keras's forks ask of `nest`.

Read next: core/nest.py.
"""

from collections.abc import Mapping
from typing import Any

from headrace._src.core import nest_paths


def is_mapping(obj: Any) -> bool:
    """Whether an object is a dictionary of some kind.

    >>> tf.__internal__.nest.is_mapping({"a": 1})
    True
    """
    return isinstance(obj, Mapping)


def is_attrs(obj: Any) -> bool:
    """Whether an object's class was made by the package attrs.

    >>> tf.__internal__.nest.is_attrs({"a": 1})
    False
    """
    return hasattr(type(obj), "__attrs_attrs__")


def sequence_like(instance: Any, args: Any) -> Any:
    """The values `args` in a structure like `instance`; those for a dictionary by sorted key.

    >>> tf.__internal__.nest.sequence_like({"b": 1, "a": 2}, [3, 4])
    {'b': 4, 'a': 3}
    """
    return nest_paths.sequence_like(instance, args)


def list_to_tuple(structure: Any) -> Any:
    """The structure with a tuple in place of every list.

    >>> tf.__internal__.nest.list_to_tuple([1, [2, {"a": [3]}]])
    (1, (2, {'a': (3,)}))
    """
    if isinstance(structure, Mapping):
        return nest_paths.sequence_like(
            structure, [list_to_tuple(structure[key]) for key in sorted(structure)]
        )
    if isinstance(structure, list):
        return tuple(map(list_to_tuple, structure))
    if isinstance(structure, tuple):
        return nest_paths.sequence_like(structure, list(map(list_to_tuple, structure)))
    return structure
