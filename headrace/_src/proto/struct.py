"""Specs as messages: TensorSpecProto, BoundedTensorSpecProto, and TypeSpecProto for all others.

The one idea: for each class of specs there is a message, and a pair of functions between them. A
class that is derived from one of these is written like it. A spec of several tensors is what its
class is registered as, and its `_serialize()`, a nest of plain values, shapes, dtypes and specs:
a StructuredValue.

Read next: proto/tensor.py, which has shapes and arrays.
"""

from collections import namedtuple
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from headrace._src.core import spec_registry
from headrace._src.core.dtypes import DType, as_dtype
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import BoundedTensorSpec, TensorSpec, TypeSpec
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
NoneValue
ListValue
    1 values StructuredValue[]
TupleValue
    1 values StructuredValue[]
DictValue
    1 fields string -> StructuredValue
PairValue
    1 key string
    2 value StructuredValue
NamedTupleValue
    1 name string
    2 values PairValue[]
TypeSpecProto
TypeSpecProto.TypeSpecClass: UNKNOWN=0 SPARSE_TENSOR_SPEC=1 INDEXED_SLICES_SPEC=2 \
RAGGED_TENSOR_SPEC=3 TENSOR_ARRAY_SPEC=4 DATA_DATASET_SPEC=5 DATA_ITERATOR_SPEC=6 OPTIONAL_SPEC=7 \
PER_REPLICA_SPEC=8 VARIABLE_SPEC=9 ROW_PARTITION_SPEC=10 REGISTERED_TYPE_SPEC=12 \
EXTENSION_TYPE_SPEC=13
    1 type_spec_class TypeSpecClass
    2 type_state StructuredValue
    3 type_spec_class_name string
    4 num_flat_components int32
StructuredValue
    |kind 1 none_value NoneValue
    |kind 11 float64_value double
    |kind 12 int64_value sint64
    |kind 13 string_value string
    |kind 14 bool_value bool
    |kind 31 tensor_shape_value TensorShapeProto
    |kind 32 tensor_dtype_value DataType
    |kind 33 tensor_spec_value TensorSpecProto
    |kind 34 type_spec_value TypeSpecProto
    |kind 35 bounded_tensor_spec_value BoundedTensorSpecProto
    |kind 51 list_value ListValue
    |kind 52 tuple_value TupleValue
    |kind 53 dict_value DictValue
    |kind 54 named_tuple_value NamedTupleValue
    |kind 55 tensor_value TensorProto
    |kind 56 numpy_value TensorProto
"""

define("struct", _TABLE, tensor.FILE)

BoundedTensorSpecProto: Any = message_class("BoundedTensorSpecProto", __name__)
StructuredValue: Any = message_class("StructuredValue", __name__)
TensorSpecProto: Any = message_class("TensorSpecProto", __name__)
TypeSpecProto: Any = message_class("TypeSpecProto", __name__)


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


# ---- specs of several tensors --------------------------------------------------------------------

# Which have a number of their own, by the names under which they are registered.
_NUMBERS = {
    "tf.SparseTensorSpec": "SPARSE_TENSOR_SPEC",
    "tf.IndexedSlicesSpec": "INDEXED_SLICES_SPEC",
    "tf.RaggedTensorSpec": "RAGGED_TENSOR_SPEC",
    "tf.TensorArraySpec": "TENSOR_ARRAY_SPEC",
    "tf.OptionalSpec": "OPTIONAL_SPEC",
    "tf.VariableSpec": "VARIABLE_SPEC",
    "tf.RowPartitionSpec": "ROW_PARTITION_SPEC",
}


class NotEncodableError(Exception):
    """A value that no message is for."""


def _composite(spec: TypeSpec) -> Any:
    try:
        name = spec_registry.get_name(type(spec))
    except ValueError:
        raise NotEncodableError(f"No encoder for object {spec} of type {type(spec)}.") from None
    number = _NUMBERS.get(name, "REGISTERED_TYPE_SPEC")
    if name in _NUMBERS:
        name = type(spec).__name__
    elif hasattr(type(spec), "_tf_extension_type_fields"):
        number = "EXTENSION_TYPE_SPEC"
    return TypeSpecProto(
        type_spec_class=number,
        type_state=encoded(spec._serialize()),
        type_spec_class_name=name,
        num_flat_components=len(spec._flat_tensor_specs),
    )


def _read_composite(cls: Any, proto: Any) -> Any:
    name = proto.type_spec_class_name
    if proto.type_spec_class < TypeSpecProto.REGISTERED_TYPE_SPEC:
        name = f"tf.{name}"
    return spec_registry.lookup(name)._deserialize(decoded(proto.type_state))  # type: ignore[attr-defined]


# ---- values --------------------------------------------------------------------------------------


def encoded(value: Any) -> Any:
    """A nest of plain values, shapes, dtypes and specs as a StructuredValue.

    Raises NotEncodableError where anything else is in it.
    """
    if value is None:
        return StructuredValue(none_value={})
    for kind, name in _PLAIN.items():
        if isinstance(value, kind):
            return StructuredValue(**{name: value})
    if isinstance(value, DType):
        return StructuredValue(tensor_dtype_value=value.as_datatype_enum)
    for kind, name in _WRITTEN.items():
        if isinstance(value, kind):
            return StructuredValue(**{name: written(value)})
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        pairs = [{"key": k, "value": encoded(v)} for k, v in value._asdict().items()]
        return StructuredValue(named_tuple_value={"name": type(value).__name__, "values": pairs})
    if isinstance(value, (list, tuple)):
        name = "list_value" if isinstance(value, list) else "tuple_value"
        return StructuredValue(**{name: {"values": [encoded(item) for item in value]}})
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        fields = {key: encoded(item) for key, item in value.items()}
        return StructuredValue(dict_value={"fields": fields})
    if isinstance(value, np.ndarray):
        return StructuredValue(numpy_value=tensor.tensor_proto(value, as_dtype(value.dtype)))
    raise NotEncodableError(f"No encoder for object {value} of type {type(value)}.")


# In this order: a truth value is an integer too.
_PLAIN = {
    bool: "bool_value",
    int: "int64_value",
    float: "float64_value",
    str: "string_value",
}
_WRITTEN = {
    TensorShape: "tensor_shape_value",
    BoundedTensorSpec: "bounded_tensor_spec_value",
    TensorSpec: "tensor_spec_value",
    TypeSpec: "type_spec_value",
}


def decoded(proto: Any) -> Any:
    """The nest that a StructuredValue is the message of."""
    name = proto.WhichOneof("kind")
    value = getattr(proto, name)
    if name == "none_value":
        return None
    if name in _PLAIN.values():
        return value
    if name == "tensor_dtype_value":
        return as_dtype(value)
    for kind, own in _WRITTEN.items():
        if name == own:
            return read(kind, value)
    if name == "dict_value":
        return {key: decoded(item) for key, item in value.fields.items()}
    if name == "named_tuple_value":
        made = namedtuple(value.name, [pair.key for pair in value.values])  # type: ignore[misc]
        return made(*[decoded(pair.value) for pair in value.values])
    if name in ("tensor_value", "numpy_value"):
        return array_of(value)[0]
    items = [decoded(item) for item in value.values]
    return items if name == "list_value" else tuple(items)


# ---- what is written how -------------------------------------------------------------------------

_FORMS: dict[type, _Form] = {
    TensorShape: _Form(TensorShapeProto, shape_proto, lambda cls, proto: shape_of(proto)),
    BoundedTensorSpec: _Form(BoundedTensorSpecProto, _bounded, _read_bounded),
    TensorSpec: _Form(
        TensorSpecProto,
        lambda spec: TensorSpecProto(**_common(spec)),
        lambda cls, proto: cls(shape_of(proto.shape), _dtype(proto.dtype), proto.name or None),
    ),
    TypeSpec: _Form(TypeSpecProto, _composite, _read_composite),
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
