"""Protocol buffers of a table: message classes without generated files.

The wire format is TensorFlow's: the numbers in the tables are the format, and what is written with
them is read by TensorFlow, TensorBoard and Netron. The one idea: a message is a row of numbered
fields, so the table is the definition, and the classes are made of it by the protobuf package when
somebody first asks for them (docs/decisions/007-protobuf.md). They live in a pool of their own: a
process that also has TensorFlow's or TensorBoard's generated classes does not clash with them.

A table has a line for each message and below it, indented, one for each field: number, name, type.
"[]" repeats it; "a -> b" is a map; a line that begins with "|x" is one of the choice called `x`. A
line "M.E: A=0 B=1" is an enum E of the message M.

Read next: proto/tensor.py, the smallest table.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from headrace._src.core import dtypes

_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    name: getattr(_Field, f"TYPE_{name.upper()}")
    for name in "bool bytes double float int32 int64 sint64 string uint32 uint64".split()
}
_pool = descriptor_pool.DescriptorPool()


def define(file: str, table: str, *needs: str) -> None:
    """Adds the messages of a table to the pool.

    file: its name there. needs: the files whose messages the table mentions besides its own.
    """
    _pool.Add(_file(file, table, needs))


def message_class(name: str, module: str) -> Any:
    """The class of a message, which says that `module` is where it lives; so it can be pickled."""
    made: Any = message_factory.GetMessageClass(_pool.FindMessageTypeByName(f"tensorflow.{name}"))
    made.__module__ = module
    return made


def _file(file: str, table: str, needs: tuple[str, ...]) -> descriptor_pb2.FileDescriptorProto:
    """The table as protobuf's own description of a file."""
    described = descriptor_pb2.FileDescriptorProto(
        name=_path(file), package="tensorflow", syntax="proto3", dependency=map(_path, needs)
    )
    messages: dict[str, Any] = {}
    fields: list[tuple[str, list[str]]] = []
    message = ""
    for line in table.strip().splitlines():
        if ": " in line:
            _add_enum(messages, line)
        elif line[0] != " ":
            message = line
            outer, _, name = line.rpartition(".")
            home = messages[outer].nested_type if outer else described.message_type
            messages[line] = home.add(name=name)
        else:
            fields.append((message, line.split()))
    if not needs:  # the file at the bottom
        _add_dtypes(described)
    for message, words in fields:
        _add(messages, message, words)
    return described


def _path(file: str) -> str:
    return f"headrace/{file}.proto"


def _add_dtypes(described: descriptor_pb2.FileDescriptorProto) -> None:
    enum = described.enum_type.add(name="DataType")
    enum.value.add(name="DT_INVALID", number=0)
    for number in range(1, 1 + int(dtypes.float4_e2m1fn)):
        dtype = dtypes.DType(number)
        enum.value.add(name=f"DT_{dtype.kernel_name.upper()}", number=dtype.as_datatype_enum)


def _add_enum(messages: dict[str, Any], line: str) -> None:
    name, _, values = line.partition(": ")
    outer, _, own = name.rpartition(".")
    messages[name] = enum = messages[outer].enum_type.add(name=own)
    for value in values.split():
        label, _, number = value.partition("=")
        enum.value.add(name=label, number=int(number))


def _add(messages: dict[str, Any], message: str, words: list[str]) -> None:
    """Adds one field to its message."""
    inside = messages[message]
    choice = words[0][1:] if words[0].startswith("|") else ""
    number, name, *kind = words[bool(choice) :]
    field = inside.field.add(name=name, number=int(number))
    field.label = _Field.LABEL_REPEATED if kind[-1].endswith("[]") else _Field.LABEL_OPTIONAL
    if choice:
        if not inside.oneof_decl:
            inside.oneof_decl.add(name=choice)
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
        if isinstance(messages.get(nested), descriptor_pb2.EnumDescriptorProto):
            field.type = _Field.TYPE_ENUM
        field.type_name = f".tensorflow.{nested if nested in messages else kind}"
