"""Types for annotations: what ops take as tensors, and what tells the type of an argument.

`TensorLike` is what a function that calls `tf.convert_to_tensor` accepts. `TraceType` and
`SupportsTracingProtocol` are the two sides of one question, asked of an argument of a traced
function: which other arguments would have the same trace?

Read next: core/spec.py.
"""

import abc
from collections.abc import Iterator, Sequence
from typing import Any, Protocol, Union, runtime_checkable

import numpy as np

from headrace._src.core.spec import TypeSpec
from headrace._src.core.tensor import Tensor


@runtime_checkable
class TensorProtocol(Protocol):
    """An object that can be made a tensor: it has `__tf_tensor__`."""

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> Tensor:
        """The object as a tensor."""


TensorLike = Union[  # noqa: UP007 - an alias that reads as TensorFlow's, with `typing.Union`
    Tensor,
    TensorProtocol,
    int,
    float,
    bool,
    str,
    bytes,
    complex,
    tuple,
    list,
    np.ndarray,
    np.generic,
]


class TraceType(metaclass=abc.ABCMeta):
    """The type of an argument: what the trace of a function depends on.

    Abstract: `is_subtype_of`, `most_specific_common_supertype`, `placeholder_value`, `__eq__` and
    `__hash__`. Every `tf.TypeSpec` is one.

    >>> isinstance(tf.TensorSpec([2]), tf.types.experimental.TraceType)
    True
    """

    @abc.abstractmethod
    def is_subtype_of(self, other: "TraceType") -> bool:
        """Whether every value of this type is of type `other` too."""

    @abc.abstractmethod
    def most_specific_common_supertype(self, others: Sequence["TraceType"]) -> Any:
        """The most precise type that takes in this one and all `others`, or None."""

    @abc.abstractmethod
    def placeholder_value(self, placeholder_context: Any) -> Any:
        """The value that stands for an argument of this type while a function is traced."""

    def to_tensors(self, value: Any) -> list[Any]:
        """The tensors that `value` consists of; none, unless a derived class says so."""
        return []

    def from_tensors(self, tensors: Iterator[Any]) -> Any:
        """The value made of as many tensors as it needs from an iterator; here, of none."""
        return self.placeholder_value(None)

    def flatten(self) -> list[Any]:
        """The types of the tensors that a value consists of; none, unless a derived class says."""
        return []

    def cast(self, value: Any, cast_context: Any) -> Any:
        """`value` as a value of this type: as it is, if its type is no other.

        Raises AssertionError where it is of another.
        """
        if value != self.placeholder_value(None):
            raise AssertionError(f"Can not cast {value!r} to type {self!r}")
        return value

    @abc.abstractmethod
    def __hash__(self) -> int: ...

    @abc.abstractmethod
    def __eq__(self, other: object) -> bool: ...


TraceType.register(TypeSpec)  # type: ignore[type-abstract]


@runtime_checkable
class SupportsTracingProtocol(Protocol):
    """An object that says its own `TraceType`: it has `__tf_tracing_type__`.

    >>> isinstance(tf.TensorSpec([2]), tf.types.experimental.SupportsTracingProtocol)
    True
    """

    def __tf_tracing_type__(self, context: Any) -> TraceType:
        """The type of the object as an argument of a traced function."""


TraceType.__module__ = "tensorflow.python.types.trace"
SupportsTracingProtocol.__module__ = "tensorflow.python.types.trace"
TensorProtocol.__module__ = "tensorflow.python.types.core"
