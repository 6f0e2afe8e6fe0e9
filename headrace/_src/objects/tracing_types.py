"""Types for annotations: what ops take as tensors, and what tells the type of an argument.

`TensorLike` is what a function that calls `tf.convert_to_tensor` accepts. `TraceType` and
`SupportsTracingProtocol` are the two sides of one question, asked of an argument of a traced
function: which other arguments would have the same trace? `PolymorphicFunction` (what
`tf.function` makes) and `ConcreteFunction` (one of its traces) are what to annotate functions with;
function/ defines the classes behind them.

Read next: core/spec.py, function/trace_type.py.
"""

import abc
import inspect
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


class FunctionType(inspect.Signature):
    """A signature in which parameters and result have `TraceType`s.

    >>> isinstance(tf.function(lambda x: x).function_type, tf.types.experimental.FunctionType)
    True
    """


class Callable(metaclass=abc.ABCMeta):
    """What can be called with tensors and knows its signature.

    Abstract: `function_type` and `__call__`.
    """

    @property
    @abc.abstractmethod
    def function_type(self) -> FunctionType:
        """The signature."""

    @abc.abstractmethod
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The result for these arguments."""


class ConcreteFunction(Callable):
    """One trace of a function: a graph for arguments of certain types.

    >>> trace = tf.function(lambda x: x).get_concrete_function(1)
    >>> isinstance(trace, tf.types.experimental.ConcreteFunction)
    True
    """


class PolymorphicFunction(Callable):
    """A function that is traced anew for arguments of new types: what `tf.function` makes.

    Abstract: `get_concrete_function` and `experimental_get_compiler_ir`.

    >>> isinstance(tf.function(lambda x: x), tf.types.experimental.GenericFunction)
    True
    """

    @abc.abstractmethod
    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """The trace for arguments like these, or for specs."""

    @abc.abstractmethod
    def experimental_get_compiler_ir(self, *args: Any, **kwargs: Any) -> Any:
        """A function of a stage's name that answers the compiled program at that stage."""


for _class in (FunctionType, Callable, ConcreteFunction, PolymorphicFunction, TensorProtocol):
    _class.__module__ = "tensorflow.python.types.core"
TraceType.__module__ = "tensorflow.python.types.trace"
SupportsTracingProtocol.__module__ = "tensorflow.python.types.trace"
