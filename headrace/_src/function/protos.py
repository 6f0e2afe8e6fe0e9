"""The protocol buffers that describe graphs: GraphDef, NodeDef, AttrValue, FunctionDef and theirs.

The wire format is TensorFlow's: the numbers below are the format, and what is written here is read
by TensorFlow, TensorBoard and Netron. The one idea: a message is a row of numbered fields, so the
table is the definition, and the classes are made of it by the protobuf package when somebody first
asks for them (docs/decisions/007-protobuf.md). They live in a pool of their own: a process that
also has TensorFlow's or TensorBoard's generated classes does not clash with them.

Protobuf takes 50 ms to import and few programs need it, so this file is only imported late.

Read next: function/graph_def.py.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from headrace._src.core import dtypes

# A message, then its fields: number, name, type. "[]" repeats it; "a -> b" is a map; a field that
# begins with "|" is one of a choice called `value`.
_TABLE = """
GraphDef
    1 node NodeDef[]
    2 library FunctionDefLibrary
    3 version int32
    4 versions VersionDef
NodeDef
    1 name string
    2 op string
    3 input string[]
    4 device string
    5 attr string -> AttrValue
AttrValue
    | 1 list ListValue
    | 2 s bytes
    | 3 i int64
    | 4 f float
    | 5 b bool
    | 6 type DataType
    | 7 shape TensorShapeProto
    | 8 tensor TensorProto
    | 9 placeholder string
    | 10 func NameAttrList
AttrValue.ListValue
    2 s bytes[]
    3 i int64[]
    4 f float[]
    5 b bool[]
    6 type DataType[]
    7 shape TensorShapeProto[]
    8 tensor TensorProto[]
    9 func NameAttrList[]
NameAttrList
    1 name string
    2 attr string -> AttrValue
TensorShapeProto
    2 dim Dim[]
    3 unknown_rank bool
TensorShapeProto.Dim
    1 size int64
    2 name string
TensorProto
    1 dtype DataType
    2 tensor_shape TensorShapeProto
    3 version_number int32
    4 tensor_content bytes
    5 float_val float[]
    6 double_val double[]
    7 int_val int32[]
    8 string_val bytes[]
    9 scomplex_val float[]
    10 int64_val int64[]
    11 bool_val bool[]
    12 dcomplex_val double[]
    13 half_val int32[]
    16 uint32_val uint32[]
    17 uint64_val uint64[]
    18 float8_val bytes
VersionDef
    1 producer int32
    2 min_consumer int32
    3 bad_consumers int32[]
FunctionDefLibrary
    1 function FunctionDef[]
    2 gradient GradientDef[]
    3 registered_gradients RegisteredGradient[]
GradientDef
    1 function_name string
    2 gradient_func string
RegisteredGradient
    1 gradient_func string
    2 registered_op_type string
FunctionDef
    1 signature OpDef
    3 node_def NodeDef[]
    4 ret string -> string
    5 attr string -> AttrValue
    6 control_ret string -> string
    7 arg_attr uint32 -> ArgAttrs
    8 resource_arg_unique_id uint32 -> uint32
FunctionDef.ArgAttrs
    1 attr string -> AttrValue
OpDef
    1 name string
    2 input_arg ArgDef[]
    3 output_arg ArgDef[]
    4 attr AttrDef[]
    5 summary string
    6 description string
    8 deprecation OpDeprecation
    16 is_aggregate bool
    17 is_stateful bool
    18 is_commutative bool
    19 allows_uninitialized_input bool
    20 control_output string[]
    21 is_distributed_communication bool
OpDef.ArgDef
    1 name string
    2 description string
    3 type DataType
    4 type_attr string
    5 number_attr string
    6 type_list_attr string
    16 is_ref bool
OpDef.AttrDef
    1 name string
    2 type string
    3 default_value AttrValue
    4 description string
    5 has_minimum bool
    6 minimum int64
    7 allowed_values AttrValue
OpDeprecation
    1 version int32
    2 explanation string
"""

_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    name: getattr(_Field, f"TYPE_{name.upper()}")
    for name in "bool bytes double float int32 int64 string uint32 uint64".split()
}


def _file() -> descriptor_pb2.FileDescriptorProto:
    """The table as protobuf's own description of a file."""
    file = descriptor_pb2.FileDescriptorProto(
        name="headrace/graph.proto", package="tensorflow", syntax="proto3"
    )
    enum = file.enum_type.add(name="DataType")
    enum.value.add(name="DT_INVALID", number=0)
    for number in range(1, 1 + int(dtypes.float4_e2m1fn)):
        dtype = dtypes.DType(number)
        enum.value.add(name=f"DT_{dtype.kernel_name.upper()}", number=dtype.as_datatype_enum)
    messages: dict[str, Any] = {}
    fields: list[tuple[str, list[str]]] = []
    message = ""
    for line in _TABLE.strip().splitlines():
        if line[0] != " ":
            message = line
            outer, _, name = line.rpartition(".")
            home = messages[outer].nested_type if outer else file.message_type
            messages[line] = home.add(name=name)
        else:
            fields.append((message, line.split()))
    for message, words in fields:
        _add(messages, message, words)
    return file


def _add(messages: dict[str, Any], message: str, words: list[str]) -> None:
    """Adds one field to its message."""
    inside = messages[message]
    is_choice = words[0] == "|"
    number, name, *kind = words[is_choice:]
    field = inside.field.add(name=name, number=int(number))
    field.label = _Field.LABEL_REPEATED if kind[-1].endswith("[]") else _Field.LABEL_OPTIONAL
    if is_choice:
        if not inside.oneof_decl:
            inside.oneof_decl.add(name="value")
        field.oneof_index = 0
    if len(kind) == 3:  # a map is a list of pairs
        entry = inside.nested_type.add(name=f"{name.title().replace('_', '')}Entry")
        entry.options.map_entry = True
        for place, (part, of) in enumerate(zip(("key", "value"), kind[::2], strict=True), 1):
            pair = entry.field.add(name=part, number=place, label=_Field.LABEL_OPTIONAL)
            _type(pair, messages, message, of)
        field.label = _Field.LABEL_REPEATED
        _type(field, {**messages, f"{message}.{entry.name}": entry}, message, entry.name)
    else:
        _type(field, messages, message, kind[0].removesuffix("[]"))


def _type(field: Any, messages: dict[str, Any], message: str, kind: str) -> None:
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    elif kind == "DataType":
        field.type = _Field.TYPE_ENUM
        field.type_name = ".tensorflow.DataType"
    else:
        field.type = _Field.TYPE_MESSAGE
        nested = f"{message}.{kind}"
        field.type_name = f".tensorflow.{nested if nested in messages else kind}"


_pool = descriptor_pool.DescriptorPool()
_pool.Add(_file())


def _class(name: str) -> Any:
    return message_factory.GetMessageClass(_pool.FindMessageTypeByName(f"tensorflow.{name}"))


AttrValue: Any = _class("AttrValue")
FunctionDef: Any = _class("FunctionDef")
FunctionDefLibrary: Any = _class("FunctionDefLibrary")
GraphDef: Any = _class("GraphDef")
NodeDef: Any = _class("NodeDef")
OpDef: Any = _class("OpDef")
TensorProto: Any = _class("TensorProto")
TensorShapeProto: Any = _class("TensorShapeProto")
VersionDef: Any = _class("VersionDef")
