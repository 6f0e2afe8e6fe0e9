"""Types of values that tensors make up: `TypeSpec` and, for a single tensor, `TensorSpec`.

The one idea: a spec is the static part of a value. What is left is tensors, and the spec takes
the value apart into them (`_to_components`) and puts it together again (`_from_components`).
Everything else a spec must answer (equality, compatibility, subtypes, the common supertype)
follows from one tuple, `_serialize()`, compared part by part: shapes, dtypes and specs by their
own rules, all else by equality.

To make a type of one's own: derive from `TypeSpec`, define the five abstract members, and give
the class of the values a property `_type_spec`.

Read next: spec_registry (the names specs are saved by), nest (which looks into such values with
`expand_composites`).
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from headrace._src.core import nest
from headrace._src.core.dtypes import DType, as_dtype, float32
from headrace._src.core.messages import Message
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor


class TypeSpec(Message, abc.ABC):
    """The type of a value that consists of tensors.

    Abstract: `value_type`, `_serialize`, `_component_specs`, `_to_components` and
    `_from_components` are for the derived class to define. `__init__` must accept what
    `_serialize` returns, or `_deserialize` must be overridden.

    >>> spec = TensorSpec([None, 3], "int32")
    >>> isinstance(spec, TypeSpec), spec.is_compatible_with(TensorSpec([2, 3], "int32"))
    (True, True)
    """

    @property
    @abc.abstractmethod
    def value_type(self) -> Any:
        """The class of the values."""

    @abc.abstractmethod
    def _serialize(self) -> tuple[Any, ...]:
        """All that tells this spec from others of its class, as a nested tuple."""

    @classmethod
    def _deserialize(cls, serialization: tuple[Any, ...]) -> Any:
        """The spec that `_serialize` gave this tuple for."""
        return cls(*serialization)

    @property
    @abc.abstractmethod
    def _component_specs(self) -> Any:
        """The specs of the components, nested as `_to_components` nests them."""

    @abc.abstractmethod
    def _to_components(self, value: Any) -> Any:
        """The tensors (or values of other specs) that `value` consists of."""

    @abc.abstractmethod
    def _from_components(self, components: Any) -> Any:
        """The value that consists of these components."""

    # --- what two types say of each other ------------------------------------------------------

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether some value is of both types; a value stands for its own type."""
        other = spec_or_value
        if not isinstance(other, TypeSpec):
            other = type_spec_from_value(other)
        return type(self) is type(other) and _compatible(self._serialize(), other._serialize())

    def is_subtype_of(self, other: Any) -> bool:
        """Whether every value of this type is of type `other` too."""
        return type(self) is type(other) and _subtype(self._serialize(), other._serialize())

    def most_specific_common_supertype(self, others: Sequence[Any]) -> Any:
        """The most precise type that takes in this one and all `others`, or `None`.

        >>> TensorSpec([2, 3]).most_specific_common_supertype([TensorSpec([2, 4])])
        TensorSpec(shape=(2, None), dtype=tf.float32, name=None)
        """
        if any(type(self) is not type(other) for other in others):
            return None
        try:
            merged = _supertype([self._serialize(), *(other._serialize() for other in others)])
        except _NoSupertype:
            return None
        return self._deserialize(merged)

    def most_specific_compatible_type(self, other: Any) -> Any:
        """The most precise type that takes in this one and `other`.

        Raises:
            ValueError: if there is none.
        """
        merged = self.most_specific_common_supertype([other])
        if merged is None:
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        return merged

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> Any:
        return type(self), _hashable(self._serialize())

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self._serialize()!r}"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._deserialize, (self._serialize(),)

    # --- to tensors and back -------------------------------------------------------------------

    @property
    def _flat_tensor_specs(self) -> list[Any]:
        """The specs of the tensors of a value, flat."""
        return nest.flatten(self._component_specs, expand_composites=True)

    def flatten(self) -> list[Any]:
        """The specs of the tensors that a value consists of."""
        return self._flat_tensor_specs

    def to_tensors(self, value: Any) -> list[Any]:
        """The tensors that `value` consists of, in the order of `flatten`."""
        return nest.flatten(self._to_components(value), expand_composites=True)

    def from_tensors(self, tensors: Iterator[Any]) -> Any:
        """The value made of as many tensors as it needs from an iterator."""
        flat = [next(tensors) for _ in self._flat_tensor_specs]
        return self._from_components(
            nest.pack_sequence_as(self._component_specs, flat, expand_composites=True)
        )

    _to_tensor_list = to_tensors

    def _from_tensor_list(self, tensors: Sequence[Any]) -> Any:
        """The value made of these tensors, after checking their number and types."""
        expected = self._flat_tensor_specs
        told = f"Cannot create a {self.value_type.__name__} from the tensor list because "
        if len(tensors) != len(expected):
            raise ValueError(
                f"{told}the TypeSpec expects {len(expected)} items, but the provided tensor list "
                f"has {len(tensors)} items."
            )
        for i, (spec, tensor) in enumerate(zip(expected, tensors, strict=True)):
            if not spec.is_compatible_with(tensor):
                raise ValueError(
                    f"{told}item {i} ({tensor!r}) is incompatible with the expected "
                    f"TypeSpec {spec}."
                )
        return self.from_tensors(iter(tensors))

    # --- inside tf.function --------------------------------------------------------------------

    def __tf_tracing_type__(self, context: Any) -> TypeSpec:
        return self

    def placeholder_value(self, placeholder_context: Any) -> Any:
        """The value that stands for an argument of this type while a function is traced."""
        return self._from_components(
            nest.map_structure(
                lambda spec: spec.placeholder_value(placeholder_context), self._component_specs
            )
        )

    def cast(self, value: Any, casting_context: Any) -> Any:
        """`value` as a value of this type: each of its components is cast to its spec.

        Args:
            value: the value, or a spec where the context has `allow_specs`.
            casting_context: what the caller allows.

        Raises:
            TypeError: if it can not be made one.
        """
        if casting_context.allow_specs and isinstance(value, TypeSpec):
            if not value.is_subtype_of(self):
                raise TypeError(f"Can not cast {value!r} to {self!r}")
            return value
        if isinstance(value, self.value_type) and self.is_compatible_with(value):
            return value
        parts = nest.map_structure(
            lambda spec, part: spec.cast(part, casting_context),
            self._component_specs,
            self._to_components(value),
        )
        return self._from_components(parts)


class BatchableTypeSpec(TypeSpec):
    """A type whose values can be stacked into one value of the same class."""

    @abc.abstractmethod
    def _batch(self, batch_size: int | None) -> TypeSpec:
        """The type of `batch_size` values stacked."""

    @abc.abstractmethod
    def _unbatch(self) -> TypeSpec:
        """The type of one of the values that were stacked."""


# --- specs of single tensors -------------------------------------------------------------------


class DenseSpec(BatchableTypeSpec):
    """What the specs of single tensors and variables share: a shape, a dtype and a name."""

    __slots__ = ("_dtype", "_name", "_shape")

    # One tensor, not something made of tensors: nest takes such a spec for a leaf.
    _is_atom = True

    def __init__(self, shape: Any, dtype: Any = float32, name: Any = None) -> None:
        self._shape = TensorShape(shape)
        self._dtype = as_dtype(dtype)
        self._name = name

    @property
    def shape(self) -> TensorShape:
        """The shape, of which any part may be unknown."""
        return self._shape

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self._dtype

    @property
    def name(self) -> Any:
        """The name, or `None`."""
        return self._name

    def _serialize(self) -> tuple[Any, ...]:
        return self._shape, self._dtype, self._name

    def __eq__(self, other: object) -> bool:
        return (
            type(self) is type(other)
            and self._shape == other._shape
            and self._dtype == other._dtype
            and self._name == other._name
        )

    def __hash__(self) -> int:
        return hash((self._shape, self._dtype))

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(shape={self._shape}, dtype={self._dtype!r}, "
            f"name={self._name!r})"
        )

    @property
    def _component_specs(self) -> Any:
        return self

    def _to_components(self, value: Any) -> Any:
        return value

    def _from_components(self, components: Any) -> Any:
        return components

    def flatten(self) -> list[Any]:
        """The spec itself, as a list of one."""
        return [self]

    def _batch(self, batch_size: int | None) -> Any:
        return type(self)(TensorShape([batch_size]).concatenate(self._shape), self._dtype)

    def _unbatch(self) -> Any:
        if self._shape.rank == 0:
            raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        return type(self)(self._shape[1:], self._dtype)


class TensorSpec(DenseSpec):
    """The type of a tensor: its shape, of which any part may be unknown, and its dtype.

    Args:
        shape: anything `tf.TensorShape` accepts.
        dtype: the dtype of the elements.
        name: a name for the argument that this spec describes, or `None`.

    Raises:
        TypeError, ValueError: if shape or dtype are none.

    >>> spec = TensorSpec([None, 3], name="x")
    >>> spec
    TensorSpec(shape=(None, 3), dtype=tf.float32, name='x')
    >>> TensorSpec([2, 3]).is_subtype_of(spec)
    True
    """

    __slots__ = ()

    @property
    def value_type(self) -> Any:
        """`tf.Tensor`."""
        return Tensor

    @classmethod
    def from_spec(cls, spec: Any, name: Any = None) -> Any:
        """A `TensorSpec` with the shape, dtype and name of `spec`, or with another name."""
        return cls(spec.shape, spec.dtype, name or spec.name)

    @classmethod
    def from_tensor(cls, tensor: Any, name: Any = None) -> Any:
        """The spec of `tensor`, named `name` or, for a symbolic tensor, after its op.

        Raises:
            ValueError: if it is no tensor.
        """
        if not isinstance(tensor, Tensor):
            raise ValueError(f"`tensor` should be a tf.Tensor, but got type {type(tensor)}.")
        op = getattr(tensor, "op", None)  # an eager tensor has none, and says so
        return cls(tensor.shape, tensor.dtype, name or (op.name if op is not None else None))

    def is_compatible_with(self, spec_or_tensor: Any) -> bool:
        """Whether a tensor could have both types, or the given tensor has this one.

        Only tensors and specs of tensors can be compatible; arrays and variables are not.
        """
        return (
            isinstance(spec_or_tensor, (Tensor, DenseSpec))
            and self._dtype.is_compatible_with(spec_or_tensor.dtype)
            and self._shape.is_compatible_with(spec_or_tensor.shape)
        )

    def is_subtype_of(self, other: Any) -> bool:
        """Whether every tensor of this type is of type `other` too."""
        return (
            type(self) is type(other)
            # A name, once given, is part of what a caller promises.
            and (not self._name or self._name == other._name)
            and self._dtype.is_subtype_of(other._dtype)
            and self._shape.is_subtype_of(other._shape)
        )

    def placeholder_value(self, placeholder_context: Any) -> Any:
        """The symbolic tensor that `placeholder_context.placeholder` makes for this spec."""
        return placeholder_context.placeholder(self)

    def cast(self, value: Any, casting_context: Any) -> Any:
        """`value` as a tensor of this type; `TypeError` if it can not be made one."""
        if casting_context.allow_specs and isinstance(value, TensorSpec):
            return super().cast(value, casting_context)
        if not isinstance(value, Tensor):
            try:
                value = _to_tensor(value, self._dtype)
            except (TypeError, ValueError) as error:
                raise TypeError(f"Can not cast {value!r} to {self!r}") from error
        if not self.is_compatible_with(value):
            raise TypeError(f"Can not cast {TensorSpec(value.shape, value.dtype)!r} to {self!r}")
        return value


class BoundedTensorSpec(TensorSpec):
    """A `TensorSpec` with the least and the greatest value of the elements, both included.

    Args:
        shape: anything `tf.TensorShape` accepts.
        dtype: the dtype of the elements.
        minimum: a number, or an array that broadcasts to the shape.
        maximum: likewise.
        name: a name or `None`.

    >>> BoundedTensorSpec([2], "int32", 0, 9).maximum
    array(9, dtype=int32)
    """

    __slots__ = ("_maximum", "_minimum")

    def __init__(
        self, shape: Any, dtype: Any, minimum: Any, maximum: Any, name: Any = None
    ) -> None:
        super().__init__(shape, dtype, name)
        self._minimum = self._bound("minimum", minimum)
        self._maximum = self._bound("maximum", maximum)

    def _bound(self, which: str, value: Any) -> np.ndarray[Any, Any]:
        if value is None:
            raise ValueError(f"`{which}` can not be None.")
        if self._shape.is_fully_defined():
            try:
                np.broadcast_to(value, self._shape.as_list())  # type: ignore[arg-type]
            except ValueError as error:
                raise ValueError(
                    f"`{which}` {value} is not compatible with shape {self._shape}."
                ) from error
        bound = np.array(value, dtype=self._dtype.as_numpy_dtype)
        bound.setflags(write=False)
        return bound

    @classmethod
    def from_spec(cls, spec: Any, name: Any = None) -> Any:
        """A spec like `spec`, with its bounds or, if it has none, those of its dtype."""
        low, high = getattr(spec, "minimum", None), getattr(spec, "maximum", None)
        return cls(
            spec.shape,
            spec.dtype,
            spec.dtype.min if low is None else low,
            spec.dtype.max if high is None else high,
            name or spec.name,
        )

    @property
    def minimum(self) -> np.ndarray[Any, Any]:
        """The least value, an array that can not be written to."""
        return self._minimum

    @property
    def maximum(self) -> np.ndarray[Any, Any]:
        """The greatest value, an array that can not be written to."""
        return self._maximum

    def _serialize(self) -> tuple[Any, ...]:
        return self._shape, self._dtype, self._minimum, self._maximum, self._name

    def __eq__(self, other: object) -> bool:
        return (
            super().__eq__(other)
            and np.allclose(self._minimum, other._minimum)  # type: ignore[attr-defined]
            and np.allclose(self._maximum, other._maximum)  # type: ignore[attr-defined]
        )

    __hash__ = DenseSpec.__hash__

    def __repr__(self) -> str:
        return (
            f"BoundedTensorSpec(shape={self._shape}, dtype={self._dtype!r}, "
            f"name={self._name!r}, minimum={self._minimum!r}, maximum={self._maximum!r})"
        )

    def _batch(self, batch_size: int | None) -> Any:
        return TensorSpec.from_spec(self)._batch(batch_size)

    def _unbatch(self) -> Any:
        return TensorSpec.from_spec(self)._unbatch()


# --- comparing serializations part by part -----------------------------------------------------


def _compatible(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, (TensorShape, TypeSpec, DType)):
        return a.is_compatible_with(b)
    return _by_parts(_compatible, a, b)


def _subtype(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, (TensorShape, TypeSpec, DType)):
        return a.is_subtype_of(b)
    return _by_parts(_subtype, a, b)


def _by_parts(holds: Callable[[Any, Any], bool], a: Any, b: Any) -> bool:
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(holds(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(holds(a[key], b[key]) for key in a)
    return _hashable(a) == _hashable(b)


class _NoSupertype(Exception):
    pass


def _supertype(values: Sequence[Any]) -> Any:
    """The serialization that takes in all of `values`; raises `_NoSupertype`."""
    first = values[0]
    if any(type(value) is not type(first) for value in values):
        raise _NoSupertype
    if isinstance(first, (TensorShape, TypeSpec, DType)):
        merged = first.most_specific_common_supertype(values[1:])
        if merged is None:
            raise _NoSupertype
        return merged
    if isinstance(first, (tuple, list)):
        if any(len(value) != len(first) for value in values):
            raise _NoSupertype
        parts = [_supertype(column) for column in zip(*values, strict=True)]
        return nest.kinds()[type(first)].rebuild(first, parts)  # type: ignore[union-attr]
    if isinstance(first, dict):
        if any(value.keys() != first.keys() for value in values):
            raise _NoSupertype
        return {key: _supertype([value[key] for value in values]) for key in first}
    if any(_hashable(value) != _hashable(first) for value in values):
        raise _NoSupertype
    return first


def _hashable(value: Any) -> Any:
    """A stand-in for part of a serialization that hashes and compares by content."""
    if isinstance(value, (tuple, list)):
        return type(value), tuple(_hashable(part) for part in value)
    if isinstance(value, dict):
        return dict, tuple((key, _hashable(value[key])) for key in sorted(value))
    if isinstance(value, np.ndarray):
        return np.ndarray, value.shape, value.dtype, tuple(value.ravel().tolist())
    return type(value), value


# --- the spec of a value -----------------------------------------------------------------------

_CONVERTERS: list[tuple[type, Callable[[Any], TypeSpec], bool]] = []


def register_type_spec_from_value_converter(
    type_object: type, converter_fn: Callable[[Any], TypeSpec], allow_subclass: bool = False
) -> None:
    """A rule for `type_spec_from_value`: `converter_fn` gives the spec of any `type_object`.

    With `allow_subclass` the rule holds for derived classes too. Later rules go first.
    """
    _CONVERTERS.insert(0, (type_object, converter_fn, allow_subclass))


def _to_tensor(value: Any, dtype: DType | None = None) -> Tensor:
    """A slot: turning Python values into tensors is for a floor above, which fills it."""
    raise TypeError(f"nothing was told how to make a tensor of {value!r}")


def set_conversion(convert: Callable[..., Tensor]) -> None:
    """Fills the slot: `convert(value, dtype=None)` makes a tensor, or raises what it raises."""
    global _to_tensor
    _to_tensor = convert


def type_spec_from_value(value: Any) -> TypeSpec:
    """The spec of `value`.

    Args:
        value: a tensor, a value that consists of tensors, or anything that can be made a tensor.

    Raises:
        TypeError: if it is none of these.

    >>> import numpy as np
    >>> type_spec_from_value(np.zeros([2, 3]))
    TensorSpec(shape=(2, 3), dtype=tf.float64, name=None)
    """
    spec = _known_spec(value)
    if spec is not None:
        return spec
    if not isinstance(value, TypeSpec):
        try:
            tensor = _to_tensor(value)
        except (TypeError, ValueError) as error:
            cause: Exception | None = error
        else:
            return TensorSpec(tensor.shape, tensor.dtype)
    else:
        cause = None
    raise TypeError(
        f"Could not build a TypeSpec for {value} of unsupported type {type(value)}."
    ) from cause


def _known_spec(value: Any) -> TypeSpec | None:
    if isinstance(value, Tensor):
        return TensorSpec(value.shape, value.dtype)
    if hasattr(type(value), "_type_spec"):
        return value._type_spec
    if isinstance(value, (np.ndarray, np.generic)):
        return TensorSpec(value.shape, value.dtype)
    for cls, converter, allow_subclass in _CONVERTERS:
        if type(value) is cls or (allow_subclass and isinstance(value, cls)):
            return converter(value)
    return None
