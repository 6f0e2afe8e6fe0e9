"""What is written into files as a protocol buffer: shapes and the specs of tensors.

The one idea: a value asks the floor above for its message, so that core need not know protobuf,
which takes 50 ms to import and which few programs use. The folder proto/ has the tables, and
`proto/struct.py` says which class is written as which message.

Read next: proto/struct.py.
"""

import importlib
from typing import Any


def _structures() -> Any:
    # Deferred because it loads protobuf; see the docstring at the top.
    return importlib.import_module("headrace._src.proto.struct")


class Message:
    """A class whose objects can be written as protocol buffers and read back."""

    __slots__ = ()

    def experimental_as_proto(self) -> Any:
        """The protocol buffer that says what this is."""
        return _structures().written(self)

    @classmethod
    def experimental_from_proto(cls, proto: Any) -> Any:
        """What a protocol buffer of the class `experimental_type_proto()` says."""
        return _structures().read(cls, proto)

    @classmethod
    def experimental_type_proto(cls) -> Any:
        """The class of the protocol buffers."""
        return _structures().message_of(cls)
