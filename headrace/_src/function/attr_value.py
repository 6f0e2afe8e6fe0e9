"""Values in messages: the attributes of nodes as AttrValue.

What kind of value an attribute has, the op's registry entry says ("list(int)", "type", "tensor"),
so encoding asks the kind and never guesses from the Python type. Decoding reads off the message
which kind it is.

Read next: proto/tensor.py (arrays and shapes), function/graph_def.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.dtypes import DType
from headrace._src.function.protos import AttrValue
from headrace._src.proto.tensor import (
    TensorProto,
    array_of,
    as_bytes,
    shape_of,
    shape_proto,
    tensor_proto,
)


def attr_value(kind: str, value: Any, function_name: Callable[[Any], str] = str) -> Any:
    """An attribute as an AttrValue.

    kind: what the registry calls it. function_name: what the library calls a graph.

    Raises TypeError for a value that is not of the kind.
    """
    message = AttrValue()
    if kind.startswith("list("):
        message.list.SetInParent()
        for item in value:
            _put(message.list, kind[5:-1], item, function_name, is_list=True)
    else:
        _put(message, kind, value, function_name, is_list=False)
    return message


_LETTERS = {"string": "s", "int": "i", "float": "f", "bool": "b"}


def _put(home: Any, kind: str, value: Any, function_name: Callable, is_list: bool) -> None:
    plain: Any
    if kind == "type":
        field, plain = "type", int(dtypes.as_dtype(value))
    elif kind in _LETTERS:
        field = _LETTERS[kind]
        plain = as_bytes(value) if kind == "string" else value
        if isinstance(plain, np.generic):
            plain = plain.item()
    else:
        field = kind
        if is_list:
            slot = getattr(home, field).add()
        else:
            slot = getattr(home, field)
            slot.SetInParent()
        if kind == "shape":
            slot.CopyFrom(shape_proto(value))
        elif kind == "func":
            slot.name = function_name(value)
        elif kind == "tensor":
            slot.CopyFrom(value if isinstance(value, TensorProto) else tensor_proto(*value))
        else:
            raise TypeError(f"An attribute cannot be of kind {kind!r}.")
        return
    if is_list:
        getattr(home, field).append(plain)
    else:
        setattr(home, field, plain)


def value_of(message: Any, graph_of: Callable[[str], Any] = str) -> Any:
    """The value of an attribute: lists as tuples, tensors as (array, dtype), functions as graphs.

    graph_of: the graph that the library has under a name.
    """
    which = message.WhichOneof("value")
    if which == "list":
        found = next((f.name for f, _ in message.list.ListFields()), None)
        items = getattr(message.list, found) if found else ()
        return tuple(_taken(found, item, graph_of) for item in items)
    return None if which is None else _taken(which, getattr(message, which), graph_of)


def _taken(field: Any, value: Any, graph_of: Callable[[str], Any]) -> Any:
    if field == "s":
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    if field == "type":
        return DType(value)
    if field == "shape":
        return shape_of(value)
    if field == "tensor":
        return array_of(value)
    if field == "func":
        return graph_of(value.name)
    return value
