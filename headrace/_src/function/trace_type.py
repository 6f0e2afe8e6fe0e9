"""The type of an argument: what the trace of a function depends on, and what is left to each call.

The one idea: two arguments have the same trace if their types are equal, and every type can say
which tensors a value of it consists of (`to_tensors`), in a fixed order. Tensors, arrays and all
that consists of tensors have a `TypeSpec`. Numbers, strings and None are `Literal`s, told apart by
`==`: 1, True and 1.0 are the same. Lists, tuples and dictionaries are made of the types of their
items. Variables are told apart by spec and by who is who among them (`VariableSpec.alias_id`), any
other object by its own `==`, held weakly.

`of(value, context)` finds the type of a value; `cast` makes a value one of a type.

Read next: function/function_type.py (the types of all arguments of a call).
"""

import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from headrace._src.core import nest
from headrace._src.core.dtypes import resource
from headrace._src.core.spec import TensorSpec, TypeSpec
from headrace._src.core.tensor import EagerTensor, Tensor, next_id
from headrace._src.engine.convert import convert
from headrace._src.objects.graph_array import GraphArray, TensorArray
from headrace._src.objects.tracing_types import TraceType
from headrace._src.objects.variable import ResourceVariable, Variable
from headrace._src.objects.variable_spec import VariableSpec, spec_of_variable


class TracingContext:
    """What is remembered while the types of the arguments of one call are found: the variables."""

    def __init__(self) -> None:
        self._aliases: dict[int, int] = {}

    def alias_of(self, variable: Variable) -> int:
        """The number of a variable: 0 for the first one met, and the same wherever it recurs."""
        return self._aliases.setdefault(variable._id, len(self._aliases))


class CastContext(NamedTuple):
    """What `cast` allows; with `allow_specs`, a spec in the place of a value."""

    allow_specs: bool = False


class PlaceholderContext:
    """Where placeholders are made: in `graph`, for the argument called `name`.

    Placeholders are named after the argument, unless their spec has a name of its own.
    """

    def __init__(self, graph: Any) -> None:
        self._graph = graph
        self._variables: dict[int | None, Any] = {}
        self._given: dict[int | None, Any] = {}
        self.name = ""

    def placeholder(self, spec: TensorSpec) -> Tensor:
        """What stands for a tensor."""
        return self._graph.placeholder(spec.dtype, spec.shape, node_name(spec.name or self.name))

    def given(self, alias_id: int | None, variable: Any) -> None:
        """Remembers which variable an argument is, for whoever wants more than its spec."""
        self._given[alias_id] = variable

    def variable(self, spec: "VariableSpec") -> Any:
        """What stands for a variable: one thing for all arguments that are the same variable."""
        stand_in = self._variables.get(spec.alias_id)
        if stand_in is None:
            stand_in = _bound(spec, self._given.get(spec.alias_id))
            handle = self._graph.placeholder(resource, [], node_name(self.name))
            # Tapes know handle and variable by one identity.
            handle._id = stand_in._id
            handle.element = stand_in
            stand_in._bound = handle
            self._variables[spec.alias_id] = stand_in
        return stand_in


def _bound(spec: "VariableSpec", variable: Any) -> Any:
    """A variable that is whichever variable the function is called with."""
    stand_in: Any = object.__new__(ResourceVariable)
    if variable is None:
        blank = np.zeros([n or 0 for n in spec.shape], spec.dtype.array_dtype)
        variable = ResourceVariable(
            EagerTensor(blank, spec.dtype), spec.trainable, shape=spec.shape
        )
    stand_in.__dict__.update(vars(variable), _id=next_id())
    return stand_in


def node_name(name: str) -> str:
    """`name` if a node may be called that; else "Placeholder"."""
    start = name[:1]
    fits = start.isascii() and (start.isalnum() or start == ".")
    fits = fits and all(c.isascii() and (c.isalnum() or c in "_./\\-") for c in name)
    return name if fits else "Placeholder"


# ---- types without tensors -----------------------------------------------------------------------


class Literal(TraceType):
    """The type of one value that does not change, told from others by `==`."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self._hash = hash(value)

    def is_subtype_of(self, other: TraceType) -> bool:
        return self == other

    def most_specific_common_supertype(self, others: Sequence[TraceType]) -> "Literal | None":
        return self if all(self == other for other in others) else None

    def placeholder_value(self, placeholder_context: Any) -> Any:
        return self.value

    def cast(self, value: Any, cast_context: Any) -> Any:
        if self.value == value:
            return value
        raise ValueError(f"Can not cast {value!r} to {self!r}")

    def __eq__(self, other: object) -> bool:
        return type(other) is Literal and bool(self.value == other.value)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Literal[{self.value!r}]"


class Weakref(TraceType):
    """The type of an object that is none of the others, told from others by its own `==`."""

    def __init__(self, ref: weakref.ref) -> None:
        self._ref = ref
        # Of the object, and remembered: the type outlives it.
        self._hash = hash(ref)

    def is_subtype_of(self, other: TraceType) -> bool:
        return self == other

    def most_specific_common_supertype(self, others: Sequence[TraceType]) -> "Weakref | None":
        return self if all(self == other for other in others) else None

    def placeholder_value(self, placeholder_context: Any) -> Any:
        return self._ref()

    def cast(self, value: Any, cast_context: Any) -> Any:
        mine = self._ref()
        if mine is value or mine == value:
            return value
        raise ValueError(f"Can not cast {value!r} to {self!r}")

    def __eq__(self, other: object) -> bool:
        if type(other) is not Weakref:
            return False
        mine, theirs = self._ref(), other._ref()
        # Of the dead, nothing is known but that they are not the living.
        if mine is None or theirs is None:
            return self._ref is other._ref
        return mine is theirs or bool(mine == theirs)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Weakref[{self._ref!r}])"


# ---- containers ----------------------------------------------------------------------------------


class Container(TraceType):
    """What the types of containers share: `keys` (in flatten order), `types` and a way to rebuild.

    Subclasses say how to look at a value (`_values`) and how to make one (`_built`). `frame` is
    what besides the keys must be equal: a class, metadata.
    """

    def __init__(self, keys: Sequence[Any], types: Sequence[Any], frame: Any = None) -> None:
        self.keys = tuple(keys)
        self.types = tuple(types)
        self.frame = frame
        self._hash = hash((type(self), self.types))

    def _values(self, value: Any) -> Sequence[Any]:
        """The items of `value`, one for each of `types`; ValueError or TypeError if it differs."""
        raise NotImplementedError

    def _built(self, values: list[Any]) -> Any:
        """A value of this type with these items."""
        raise NotImplementedError

    def _like(self, types: Sequence[Any]) -> "Container":
        return type(self)(self.keys, types, self.frame)

    def _ordered(self) -> list[int]:
        """The positions of `types` in the order in which items stand in a value."""
        return list(range(len(self.types)))

    def _matches(self, other: object) -> bool:
        return type(other) is type(self) and other.keys == self.keys and other.frame == self.frame

    def is_subtype_of(self, other: Any) -> bool:
        return self._matches(other) and all(
            a.is_subtype_of(b) for a, b in zip(self.types, other.types, strict=True)
        )

    def most_specific_common_supertype(self, others: Sequence[Any]) -> "Container | None":
        if not all(self._matches(other) for other in others):
            return None
        columns = zip(*(other.types for other in others), strict=True) if others else ()
        types = [
            mine.most_specific_common_supertype(list(column))
            for mine, column in zip(self.types, columns or [()] * len(self.types), strict=True)
        ]
        return None if None in types else self._like(types)

    def placeholder_value(self, placeholder_context: Any) -> Any:
        values: list[Any] = [None] * len(self.types)
        for i in self._ordered():
            values[i] = self.types[i].placeholder_value(placeholder_context)
        return self._built(values)

    def flatten(self) -> list[Any]:
        return [spec for kind in self.types for spec in kind.flatten()]

    def to_tensors(self, value: Any) -> list[Any]:
        out = []
        for kind, item in zip(self.types, self._values(value), strict=True):
            out += to_tensors(kind, item)
        return out

    def from_tensors(self, tensors: Iterator[Any]) -> Any:
        return self._built([kind.from_tensors(tensors) for kind in self.types])

    def cast(self, value: Any, cast_context: Any) -> Any:
        values = self._values(value)
        if len(values) != len(self.types):
            raise ValueError(
                f"Can not cast {value!r} to {self!r}: it has {len(values)} items rather than "
                f"{len(self.types)}."
            )
        return self._built(
            [cast(k, v, cast_context) for k, v in zip(self.types, values, strict=True)]
        )

    def named(self, path: str) -> Any:
        """The type as part of `structured_input_signature`."""
        return self._built(
            [signature_of(k, f"{path}_{key}") for key, k in zip(self.keys, self.types, strict=True)]
        )

    def __eq__(self, other: object) -> bool:
        return self._matches(other) and self.types == other.types  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return self._hash


class List(Container):
    """The type of a list, made of the types of its items."""

    def _values(self, value: Any) -> Sequence[Any]:
        if not isinstance(value, list):
            raise TypeError(f"Can not cast {value!r} to list type.")
        return value

    def _built(self, values: list[Any]) -> list[Any]:
        return values

    def __repr__(self) -> str:
        return f"List[{', '.join(map(repr, self.types))}]"


class Tuple(Container):
    """The type of a tuple, made of the types of its items."""

    def _values(self, value: Any) -> Sequence[Any]:
        if not isinstance(value, tuple):
            raise TypeError(f"Can not cast {value!r} to tuple type.")
        return value

    def _built(self, values: list[Any]) -> tuple[Any, ...]:
        return tuple(values)

    def __repr__(self) -> str:
        return f"Tuple[{', '.join(map(repr, self.types))}]"


class Record(Container):
    """The type of a namedtuple or an attrs object: `frame` is its class."""

    def _values(self, value: Any) -> Sequence[Any]:
        if type(value) is not self.frame:
            raise TypeError(f"Can not cast {value!r} to type {self.frame}.")
        return [getattr(value, key) for key in self.keys]

    def _built(self, values: list[Any]) -> Any:
        return self.frame(*values)

    def __repr__(self) -> str:
        fields = (f"[{k!r}, {v!r}]" for k, v in zip(self.keys, self.types, strict=True))
        return f"{self.frame.__name__}[{', '.join(fields)}]"


class Dict(Container):
    """The type of a mapping. Its keys are sorted here; `frame` remembers how they stood."""

    def __init__(self, keys: Sequence[Any], types: Sequence[Any], frame: "Order") -> None:
        super().__init__(keys, types, frame)

    def _matches(self, other: object) -> bool:
        # Mappings of any class and order share a trace; the one met first says what they look like.
        return type(other) is Dict and other.keys == self.keys

    def _values(self, value: Any) -> Sequence[Any]:
        if not isinstance(value, Mapping):
            raise TypeError(f"Can not cast {value!r} to a Dict type.")
        if len(value) != len(self.keys) or any(key not in value for key in self.keys):
            raise ValueError(f"{value!r} has different keys with the TraceType {self!r}.")
        return [value[key] for key in self.keys]

    def _ordered(self) -> list[int]:
        places = {key: i for i, key in enumerate(self.keys)}
        return [places[key] for key in self.frame.keys]

    def _built(self, values: list[Any]) -> Any:
        by_key = dict(zip(self.keys, values, strict=True))
        return self.frame.make({key: by_key[key] for key in self.frame.keys})

    def named(self, path: str) -> Any:
        # Whatever the class of the mapping, signatures show a dictionary.
        plain = Dict(self.keys, self.types, Order(self.frame.keys, dict))
        return Container.named(plain, path)

    def __repr__(self) -> str:
        by_key = dict(zip(self.keys, self.types, strict=True))
        items = (f"[{key!r}, {by_key[key]!r}]" for key in self.frame.keys)
        return f"Dict[{', '.join(items)}]"


class Order(NamedTuple):
    """How the keys of a mapping stood, and what makes a mapping of its class from a dictionary."""

    keys: tuple[Any, ...]
    make: Callable[[dict], Any]


class CustomNest(Container):
    """The type of an object with `__tf_flatten__`; `frame` is its class and its metadata."""

    def _values(self, value: Any) -> Sequence[Any]:
        cls, metadata = self.frame
        if type(value) is not cls:
            raise ValueError(f"Can not cast {value!r} to type {cls!r}.")
        theirs, parts = value.__tf_flatten__()
        if theirs != metadata:
            raise ValueError(f"Metadata mismatch: [{theirs}] != [{metadata}]")
        return parts

    def _built(self, values: list[Any]) -> Any:
        cls, metadata = self.frame
        return cls.__tf_unflatten__(metadata, tuple(values))

    def __repr__(self) -> str:
        return f"CustomNestTraceType [metadata={self.frame[1]!r}, components={self.types!r}]"


# ---- the type of a value -------------------------------------------------------------------------


def of(value: Any, context: TracingContext) -> Any:
    """The type of `value`.

    Raises TypeError where the value has none: it cannot be hashed.
    """
    cls = type(value)
    if isinstance(value, Tensor):
        return TensorSpec(value.shape, value.dtype)
    if cls in _LITERALS:
        return Literal(value)
    if isinstance(value, Variable):
        return spec_of_variable(value, context.alias_of(value))
    if isinstance(value, VariableSpec):
        return value
    if issubclass(cls, TensorArray) and not issubclass(cls, GraphArray):
        return _of_object(value)  # an eager array is a Python object to a graph
    if hasattr(cls, "__tf_tracing_type__"):
        return value.__tf_tracing_type__(context)
    if hasattr(cls, "_type_spec"):
        return value._type_spec
    if isinstance(value, list):
        return List(range(len(value)), [of(item, context) for item in value])
    if isinstance(value, tuple):
        types = [of(item, context) for item in value]
        if nest.is_namedtuple_class(cls):
            return Record(cls._fields, types, cls)
        return Tuple(range(len(value)), types)
    if isinstance(value, Mapping):
        return _of_mapping(value, context)
    if hasattr(cls, "__attrs_attrs__"):
        names = [field.name for field in cls.__attrs_attrs__]
        return Record(names, [of(getattr(value, name), context) for name in names], cls)
    if hasattr(cls, "__tf_flatten__") and hasattr(cls, "__tf_unflatten__"):
        metadata, parts = value.__tf_flatten__()
        return CustomNest(range(len(parts)), [of(p, context) for p in parts], (cls, metadata))
    if isinstance(value, (np.ndarray, np.generic)):
        tensor = convert(value)
        return TensorSpec(tensor.shape, tensor.dtype)
    return _of_object(value)


_LITERALS = frozenset([int, float, bool, complex, str, bytes, type(None)])


def _of_mapping(value: Mapping, context: TracingContext) -> Dict:
    order = tuple(value)
    types = {key: of(item, context) for key, item in value.items()}
    try:
        keys = tuple(sorted(order))
    except TypeError:
        keys = order
    cls: Any = type(value)
    make: Callable[[dict], Any] = cls
    if isinstance(value, defaultdict):
        factory = value.default_factory

        def make(items: dict) -> Any:
            return cls(factory, items)

    return Dict(keys, [types[key] for key in keys], Order(order, make))


def _of_object(value: Any) -> Any:
    try:
        hash(value)
        try:
            return Weakref(weakref.ref(value))
        except TypeError:
            return Literal(value)
    except TypeError:
        raise TypeError(
            f"Could not generate a generic TraceType for {value!r}."
            "Please verify that it is immutable/hashable. Otherwise, consider implementing the "
            "Tracing Protocol for it."
        ) from None


# ---- from values to tensors ----------------------------------------------------------------------


def to_tensors(kind: Any, value: Any) -> list[Any]:
    """The tensors (and variables) that `value`, which is of type `kind`, consists of.

    Where a spec stands for a value, its specs.
    """
    if isinstance(value, TypeSpec):
        return value.flatten()
    if isinstance(kind, TensorSpec):
        return [value if isinstance(value, Tensor) else convert(value, kind.dtype)]
    if isinstance(kind, VariableSpec):
        return [value]
    return kind.to_tensors(value)


def cast(kind: Any, value: Any, context: CastContext) -> Any:
    """`value` as a value of type `kind`.

    What is no tensor becomes one of the dtype wanted; a tensor must have it already.

    Raises TypeError or ValueError where it cannot be one.
    """
    if not isinstance(kind, TensorSpec):
        return kind.cast(value, context)
    if isinstance(value, TypeSpec):
        if context.allow_specs and value.is_subtype_of(kind):
            return value
        raise TypeError(f"Can not cast {value!r} to {kind!r}")
    tensor: Any = value if isinstance(value, Tensor) else convert(value, kind.dtype)
    spec = TensorSpec(tensor.shape, tensor.dtype, kind.name)
    if not spec.is_subtype_of(kind):
        # A symbolic tensor of which less is known may turn out to fit.
        if not kind.is_subtype_of(spec):
            raise TypeError(f"Can not cast {spec!r} to {kind!r}")
        tensor.set_shape(kind.shape)
    return tensor


# ---- as users are shown types --------------------------------------------------------------------


class UnknownArgument:
    """What stands in a signature for an argument that is neither a tensor nor plain."""


UnknownArgument.__module__ = "tensorflow.python.framework.func_graph"

_SHOWN = (int, float, bool, str, type(None), TypeSpec)


def signature_of(kind: Any, path: str) -> Any:
    """The argument as part of `structured_input_signature`: a spec with a name, or a value.

    path: the name of the argument and, inside a structure, the keys that lead to this part.
    """
    if isinstance(kind, Container):
        return kind.named(path)
    if isinstance(kind, TensorSpec):
        clean = "".join(c if c.isalnum() or c == "_" else "_" for c in path)
        return TensorSpec.from_spec(kind, kind.name or clean)
    if not isinstance(kind, (Literal, Weakref)):
        return kind
    value = kind.placeholder_value(None)
    if isinstance(value, range):
        return list(value)
    if isinstance(value, _SHOWN) or type(value).__name__ == "DType":
        return value
    return UnknownArgument()
