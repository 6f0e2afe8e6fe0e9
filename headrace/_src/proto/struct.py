"""Specs of tensors as messages: TensorSpecProto and BoundedTensorSpecProto.

The one idea: for each class of specs there is a message, and a pair of functions between them. A
class that is derived from one of these is written like it.

Read next: proto/tensor.py, which has shapes and arrays.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from headrace._src.core.dtypes import DType, as_dtype
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import BoundedTensorSpec, TensorSpec
from headrace._src.proto import tensor
from headrace._src.proto.table import define, message_class
from headrace._src.proto.tensor import TensorShapeProto, array_of, shape_of, shape_proto

_TABLE = """
TensorSpecProto
    1 name string
    2 shape TensorShapeProto
    3 dtype DataType
BoundedTensorSpecProto
    1 name string
    2 shape TensorShapeProto
    3 dtype DataType
    4 minimum TensorProto
    5 maximum TensorProto
"""

define("struct", _TABLE, tensor.FILE)

BoundedTensorSpecProto: Any = message_class("BoundedTensorSpecProto", __name__)
TensorSpecProto: Any = message_class("TensorSpecProto", __name__)


class _Form(NamedTuple):
    """How objects of a class are written: the message, and the functions to it and back."""

    message: Any
    write: Callable[[Any], Any]
    read: Callable[[Any, Any], Any]


def _common(spec: TensorSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "shape": shape_proto(spec.shape),
        "dtype": spec.dtype.as_datatype_enum,
    }


def _dtype(number: int) -> DType:
    return as_dtype(number)


def _bounded(spec: BoundedTensorSpec) -> Any:
    bounds = {
        "minimum": tensor.tensor_proto(spec.minimum, spec.dtype),
        "maximum": tensor.tensor_proto(spec.maximum, spec.dtype),
    }
    return BoundedTensorSpecProto(**_common(spec), **bounds)


def _read_bounded(cls: Any, proto: Any) -> Any:
    bounds = array_of(proto.minimum)[0], array_of(proto.maximum)[0]
    return cls(shape_of(proto.shape), _dtype(proto.dtype), *bounds, proto.name or None)


_FORMS: dict[type, _Form] = {
    TensorShape: _Form(TensorShapeProto, shape_proto, lambda cls, proto: shape_of(proto)),
    BoundedTensorSpec: _Form(BoundedTensorSpecProto, _bounded, _read_bounded),
    TensorSpec: _Form(
        TensorSpecProto,
        lambda spec: TensorSpecProto(**_common(spec)),
        lambda cls, proto: cls(shape_of(proto.shape), _dtype(proto.dtype), proto.name or None),
    ),
}


def _form(cls: type) -> _Form:
    return next(_FORMS[base] for base in cls.__mro__ if base in _FORMS)


def written(value: Any) -> Any:
    """A shape or spec as a message."""
    return _form(type(value)).write(value)


def read(cls: Any, proto: Any) -> Any:
    """The object of the class `cls` that a message describes."""
    return _form(cls).read(cls, proto)


def message_of(cls: type) -> Any:
    """The class of messages that objects of `cls` are written as."""
    return _form(cls).message
