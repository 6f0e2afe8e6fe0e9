"""The protocol buffers that describe graphs: GraphDef, NodeDef, AttrValue, FunctionDef and theirs.

The table says which fields they have; proto/table.py makes classes of it. Only imported late.

Read next: proto/table.py, function/graph_def.py.
"""

from typing import Any

from headrace._src.proto import tensor
from headrace._src.proto.table import define, message_class

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
    |value 1 list ListValue
    |value 2 s bytes
    |value 3 i int64
    |value 4 f float
    |value 5 b bool
    |value 6 type DataType
    |value 7 shape TensorShapeProto
    |value 8 tensor TensorProto
    |value 9 placeholder string
    |value 10 func NameAttrList
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

define("graph", _TABLE, tensor.FILE)

AttrValue: Any = message_class("AttrValue", __name__)
FunctionDef: Any = message_class("FunctionDef", __name__)
FunctionDefLibrary: Any = message_class("FunctionDefLibrary", __name__)
GraphDef: Any = message_class("GraphDef", __name__)
NodeDef: Any = message_class("NodeDef", __name__)
OpDef: Any = message_class("OpDef", __name__)
VersionDef: Any = message_class("VersionDef", __name__)
