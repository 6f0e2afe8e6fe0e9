"""How variables are made: the functions put around their making, and what is said of their copies.

`variable_creator_scope` lets a library (a distribution strategy, say) have a word in every
`tf.Variable(...)` of a block. The scopes of a thread are a stack; objects/variable.py asks for it.
The two enumerations say what is to become of a variable's copies on several devices.

Read next: objects/variable.py.
"""

import contextlib
import enum
import threading
from collections.abc import Callable, Iterator
from typing import Any


class VariableSynchronization(enum.Enum):
    """When the copies of a variable on several devices are brought together."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(enum.Enum):
    """How the copies of a variable on several devices become one."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3

    def __hash__(self) -> int:
        return hash(self.value)


class SaveSliceInfo:
    """Which part of a larger variable a variable holds, for saving.

    full_name, full_shape: of the larger variable. var_offset, var_shape: where the part begins in
    it, and its shape. save_slice_info_def, import_scope: of graphs; not to be given.
    """

    def __init__(
        self,
        full_name: str | None = None,
        full_shape: Any = None,
        var_offset: Any = None,
        var_shape: Any = None,
        save_slice_info_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        if save_slice_info_def is not None or import_scope is not None:
            raise NotImplementedError(
                "tf.Variable.SaveSliceInfo: headrace has no `save_slice_info_def` yet."
            )
        self.full_name = full_name
        self.full_shape = full_shape
        self.var_offset = var_offset
        self.var_shape = var_shape

    @property
    def spec(self) -> str:
        """The part as checkpoints write it: the full shape, then offset and size by axis."""
        axes = zip(self.var_offset, self.var_shape, strict=True)
        whole = " ".join(str(size) for size in self.full_shape)
        return f"{whole} {':'.join(f'{start},{size}' for start, size in axes)}"


SaveSliceInfo.__module__ = "tensorflow.python.ops.variables"
SaveSliceInfo.__qualname__ = "Variable.SaveSliceInfo"


class _Creators(threading.local):
    stack: tuple[Callable, ...] = ()


_creators = _Creators()


@contextlib.contextmanager
def variable_creator_scope(variable_creator: Callable) -> Iterator[None]:
    """A block in which `variable_creator(next_creator, **kwargs)` makes the variables.

    It may change the arguments, return what `next_creator(**kwargs)` makes, or something else.

    >>> def announced(next_creator, **kwargs):
    ...     print("making", kwargs["name"])
    ...     return next_creator(**kwargs)
    >>> with tf.variable_creator_scope(announced):
    ...     w = tf.Variable(1.0, name="w")
    making w
    """
    before = _creators.stack
    _creators.stack = (*before, variable_creator)
    try:
        yield
    finally:
        _creators.stack = before


def creators_in_force() -> tuple[Callable, ...]:
    """The creators of the scopes that this thread is in, outermost first."""
    return _creators.stack


VariableSynchronization.__module__ = VariableAggregation.__module__ = (
    "tensorflow.python.ops.variables"
)
VariableAggregation.__name__ = VariableAggregation.__qualname__ = "VariableAggregationV2"
