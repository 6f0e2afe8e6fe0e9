"""Attributes as ops take them: what a caller wrote, made hashable and of the registry's kind.

An attribute is part of an op's identity, so a value is settled before the inputs are looked at, in
eager mode and in graphs alike: a dtype becomes a DType, a list a tuple, whatever can be an int an
int (2.5 is 2, as in TensorFlow, but "2" is refused). What is of another kind is a TypeError that
names the argument; a word that is not among those the registry lists is an InvalidArgumentError in
eager mode and a ValueError in a graph.

Read next: engine/run.py.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import as_dtype

if TYPE_CHECKING:
    from headrace._src.engine.op import Op

# Values of these types are what they should be.
_SETTLED = {"int": int, "bool": bool, "float": float}


def settled(op: "Op", attributes: tuple) -> tuple:
    """The attributes of one call; raises TypeError where one is of another kind.

    None stands for what the op's body takes as the default.
    """
    kinds = op.definition.attrs
    plain = []
    for name, value in zip(op.attributes, attributes, strict=True):
        if name in kinds and value is not None:
            kind, _, allowed = kinds[name]
            if kind == "type":
                value = as_dtype(value)
            elif type(value) is not _SETTLED.get(kind):
                value = _of_kind(op, name, kind, value)
                if allowed is not None and kind == "string":
                    _check_word(op, name, value, allowed)
        plain.append(tuple(value) if isinstance(value, list) else value)
    return tuple(plain)


def python_name(name: str) -> str:
    """What TensorFlow calls the function of an op.

    >>> python_name("MaxPool3DGrad"), python_name("IdentityN"), python_name("Conv2D")
    ('max_pool3d_grad', 'identity_n', 'conv2d')
    """
    edges = r"(?<=[a-z])(?=[A-Z])|(?<=[0-9])(?=[A-Z][a-z])|(?<=[A-Z])(?=[A-Z][a-z])"
    return re.sub(edges, "_", name).lower()


def _of_kind(op: "Op", name: str, kind: str, value: Any) -> Any:
    if kind.startswith("list(") and kind[5:-1] in _ITEMS:
        if not isinstance(value, (list, tuple)):
            raise TypeError(
                f"Expected list for '{name}' argument to '{python_name(op.name)}' Op, "
                f"not {value!r}."
            )
        item = _ITEMS[kind[5:-1]]
        return tuple(item(name, each) for each in value)
    return _ITEMS[kind](name, value) if kind in _ITEMS else value


def _int(name: str, value: Any) -> int:
    if type(value) is int:
        return value
    if not isinstance(value, (str, bytes)):
        with suppress(TypeError, ValueError):
            return int(value)
    raise TypeError(f"Expected int for argument '{name}' not {value!r}.")


def _float(name: str, value: Any) -> float:
    if isinstance(value, (int, float, np.integer, np.floating)):
        return float(value)
    raise TypeError(f"Expected float for argument '{name}' not {value!r}.")


def _bool(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError(f"Expected bool for argument '{name}' not {value!r}.")


def _string(name: str, value: Any) -> str | bytes:
    if isinstance(value, (str, bytes)):
        return value
    raise TypeError(f"Expected string for argument '{name}' not {value!r}.")


_ITEMS: dict[str, Callable] = {"int": _int, "float": _float, "bool": _bool, "string": _string}


def _check_word(op: "Op", name: str, value: Any, allowed: list[str]) -> None:
    word = value.decode() if isinstance(value, bytes) else value
    if word in allowed:
        return
    listed = ", ".join(f'"{each}"' for each in allowed)
    if thread.context.graph is not None:
        raise ValueError(
            f"Attr '{name}' of '{op.name}' Op passed string '{word}' not in: {listed}."
        )
    raise errors.InvalidArgumentError(
        None,
        None,
        f"Value for attr '{name}' of \"{word}\" is not in the list of allowed values: {listed}\n"
        f"\t; NodeDef: {{{{node {op.name}}}}} [Op:{op.name}] name: ",
    )
