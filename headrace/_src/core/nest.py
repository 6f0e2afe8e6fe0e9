"""Nested structures: lists, tuples, dictionaries and the like, with anything at the leaves.

The one idea: every container class is of one `Kind`, which knows how to list the values of an
instance in flatten order (dictionaries by sorted key), how to name them, and how to rebuild an
instance from new values. Which kind a class is of is worked out once per class and looked up
from then on; a class of no kind is a leaf. All functions are short recursions over kinds.

With `expand_composites`, values that consist of tensors (their class has a `_type_spec`) and the
specs of such values are containers too: their `TypeSpec` takes them apart (`_to_components`) and
puts them together (`_from_components`). A class that is one tensor to the outside says so with
`_should_act_as_resource_variable` (variables) or `_is_atom` (specs of single tensors).

A class of the user's own, a dataclass most often, takes part by defining `__tf_flatten__` (metadata
and parts) and the class method `__tf_unflatten__`.

Read next: nest_paths (names of leaves, structures that stop early).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import (
    Callable,
    Iterable,
    Mapping,
    MappingView,
    MutableMapping,
    Sequence,
)
from typing import Any, NamedTuple

# --- kinds of containers -----------------------------------------------------------------------


class Kind(NamedTuple):
    """What the functions below need to know of a class of containers."""

    values: Callable[[Any], Iterable[Any]]
    """The values of an instance, in flatten order."""
    items: Callable[[Any], Iterable[tuple[Any, Any]]]
    """The same, each with the key, field name or index it has in the instance."""
    rebuild: Callable[[Any, list[Any]], Any]
    """An instance like the given one, with these values, given in flatten order."""


class _Kinds(dict[type, "Kind | None"]):
    """The kind of each class met so far, `None` for a class of leaves."""

    def __init__(self, expand_composites: bool) -> None:
        self._expand_composites = expand_composites

    def __missing__(self, cls: type) -> Kind | None:
        # Programs that make classes without end (a namedtuple per call) must not keep them all.
        if len(self) > 4096:
            self.clear()
        kind = None
        if self._expand_composites:
            kind = _kind_of_composite(cls)
        if kind is None:
            kind = _kind_of_container(cls)
        self[cls] = kind
        return kind


def kinds(expand_composites: bool = False) -> _Kinds:
    """The look-up from class to `Kind`, or `None` for leaves."""
    return _EXPANDED if expand_composites else _PLAIN


_PLAIN = _Kinds(False)
_EXPANDED = _Kinds(True)


def _kind_of_container(cls: type) -> Kind | None:
    if cls is list:
        return Kind(_itself, enumerate, lambda _, values: values)
    if cls is tuple:
        return Kind(_itself, enumerate, lambda _, values: tuple(values))
    if issubclass(cls, Mapping):
        return Kind(_sorted_values, _sorted_items, _rebuild_mapping)
    if issubclass(cls, (MappingView, range)):
        return Kind(_itself, enumerate, lambda _, values: values)
    if is_namedtuple_class(cls):
        return Kind(
            _itself,
            lambda x: zip(x._fields, x, strict=True),
            lambda x, values: type(x)(*values),
        )
    if hasattr(cls, "__attrs_attrs__"):
        return Kind(
            lambda x: [getattr(x, field.name) for field in cls.__attrs_attrs__],
            lambda x: [(field.name, getattr(x, field.name)) for field in cls.__attrs_attrs__],
            lambda x, values: type(x)(*values),
        )
    if _has_protocol(cls):
        return Kind(
            lambda x: x.__tf_flatten__()[1],
            lambda x: enumerate(x.__tf_flatten__()[1]),
            lambda x, values: type(x).__tf_unflatten__(x.__tf_flatten__()[0], tuple(values)),
        )
    if issubclass(cls, Sequence) and not issubclass(cls, (str, bytes)):
        return Kind(_itself, enumerate, lambda x, values: type(x)(values))
    return None


def _kind_of_composite(cls: type) -> Kind | None:
    if hasattr(cls, "_type_spec"):
        if getattr(cls, "_should_act_as_resource_variable", False):
            return None
        return Kind(
            lambda x: (x._type_spec._to_components(x),),
            lambda x: ((type(x).__name__, x._type_spec._to_components(x)),),
            lambda x, values: x._type_spec._from_components(values[0]),
        )
    if hasattr(cls, "_component_specs") and not getattr(cls, "_is_atom", False):
        return Kind(
            lambda spec: (spec._component_specs,),
            lambda spec: ((spec.value_type.__name__, spec._component_specs),),
            lambda spec, values: spec._from_components(values[0]),
        )
    return None


def is_namedtuple_class(cls: type) -> bool:
    """Whether `cls` is a namedtuple, or made from one."""
    fields = getattr(cls, "_fields", None)
    return (
        issubclass(cls, tuple)
        and isinstance(fields, tuple)
        and all(isinstance(field, str) for field in fields)
    )


def _has_protocol(cls: type) -> bool:
    return hasattr(cls, "__tf_flatten__") and hasattr(cls, "__tf_unflatten__")


def _itself(x: Any) -> Any:
    return x


def _sorted_values(mapping: Mapping[Any, Any]) -> list[Any]:
    return [mapping[key] for key in sorted(mapping)]


def _sorted_items(mapping: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    return [(key, mapping[key]) for key in sorted(mapping)]


def _rebuild_mapping(mapping: Mapping[Any, Any], values: list[Any]) -> Any:
    """A mapping of the same class with its keys in the same order."""
    cls: Any = type(mapping)
    new = dict(zip(sorted(mapping), values, strict=True))
    if cls is dict:
        return {key: new[key] for key in mapping}
    out: MutableMapping[Any, Any]
    if isinstance(mapping, defaultdict):
        out = cls(mapping.default_factory)
    elif isinstance(mapping, MutableMapping):
        out = cls()
    else:
        try:
            return cls((key, new[key]) for key in mapping)
        except TypeError as error:
            raise TypeError(
                f"Error creating an object of type {cls} like {mapping}. Note that it must "
                "accept a single positional argument representing an iterable of key-value "
                f"pairs, in addition to self. Cause: {error}"
            ) from error
    for key in mapping:
        out[key] = new[key]
    return out


# --- the five public functions -----------------------------------------------------------------


def is_nested(seq: Any) -> bool:
    """Whether `seq` is a structure rather than a leaf.

    Lists, tuples, namedtuples, dictionaries, their views, attrs classes and classes with
    `__tf_flatten__` are structures; strings, sets, arrays, tensors and all else are leaves.

    >>> is_nested([1]), is_nested({}), is_nested("ab"), is_nested({1, 2})
    (True, True, False, False)
    """
    return _PLAIN[type(seq)] is not None


def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """The leaves of `structure` as a list; a lone leaf gives a list of one.

    Args:
        structure: any nesting of lists, tuples, dictionaries, ...
        expand_composites: also take apart values that consist of tensors, such as
            `tf.RaggedTensor`.

    Raises:
        TypeError: if a dictionary has keys that can not be sorted.

    >>> flatten({"b": [1, (2, 3)], "a": 4})
    [4, 1, 2, 3]
    """
    known = _EXPANDED if expand_composites else _PLAIN
    kind = known[type(structure)]
    if kind is None:
        return [structure]
    out: list[Any] = []
    _gather(structure, kind, known, out)
    return out


def _gather(x: Any, kind: Kind, known: _Kinds, out: list[Any]) -> None:
    for value in kind.values(x):
        inner = known[type(value)]
        if inner is None:
            out.append(value)
        else:
            _gather(value, inner, known, out)


def map_structure(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """A structure like the first one, with `func` of the leaves at each place.

    Args:
        func: takes one leaf of each structure.
        *structure: structures that are nested alike.
        check_types: whether containers must be of the same class too; true unless given.
        expand_composites: also take apart values that consist of tensors; false unless given.

    Raises:
        TypeError: if `func` is not callable, or the containers differ in class.
        ValueError: if the structures differ, or there is none.

    >>> map_structure(lambda x, y: x + y, {"a": 1, "b": [2]}, {"a": 10, "b": [20]})
    {'a': 11, 'b': [22]}
    """
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    check_types = kwargs.pop("check_types", True)
    expand_composites = kwargs.pop("expand_composites", False)
    if kwargs:
        raise ValueError(
            "Only valid keyword arguments are `check_types` and `expand_composites`, "
            f"not: `{'`, `'.join(kwargs)}`"
        )
    first = structure[0]
    known = _EXPANDED if expand_composites else _PLAIN
    kind = known[type(first)]
    if len(structure) == 1:
        return func(first) if kind is None else _map_one(func, first, kind, known)
    for other in structure[1:]:
        assert_same_structure(first, other, check_types, expand_composites)
    if kind is None:
        return func(*structure)
    leaves = zip(*[flatten(s, expand_composites) for s in structure], strict=True)
    return _fill(first, kind, known, iter([func(*xs) for xs in leaves]))


def _map_one(func: Callable[[Any], Any], x: Any, kind: Kind, known: _Kinds) -> Any:
    values = []
    for value in kind.values(x):
        inner = known[type(value)]
        values.append(func(value) if inner is None else _map_one(func, value, inner, known))
    return kind.rebuild(x, values)


def pack_sequence_as(structure: Any, flat_sequence: Any, expand_composites: bool = False) -> Any:
    """A structure like `structure` with the items of `flat_sequence` as leaves.

    Args:
        structure: says how to nest; its leaves do not matter.
        flat_sequence: as many leaves as `structure` has, in the order of `flatten`.
        expand_composites: also put together values that consist of tensors.

    Raises:
        TypeError: if `flat_sequence` is not a sequence.
        ValueError: if the number of leaves differs.

    >>> pack_sequence_as({"b": [0, 0], "a": 0}, [1, 2, 3])
    {'b': [2, 3], 'a': 1}
    """
    if not is_nested(flat_sequence):
        raise TypeError(
            f"Attempted to pack value:\n  {_short(flat_sequence)}\ninto a structure, but found "
            f"incompatible type `{type(flat_sequence)}` instead."
        )
    known = _EXPANDED if expand_composites else _PLAIN
    kind = known[type(structure)]
    count = len(flat_sequence)
    if kind is None:
        if count != 1:
            raise ValueError(
                f"The target structure is of type `{type(structure)}`\n  {_short(structure)}\n"
                f"However the input is a sequence ({type(flat_sequence)}) of length {count}.\n"
                f"  {_short(flat_sequence)}\n"
                "nest cannot guarantee that it is safe to map one to the other."
            )
        return flat_sequence[0]
    # Count first: a composite put together from the wrong tensors fails in obscure ways.
    atoms = len(flatten(structure, expand_composites))
    if atoms != count:
        raise ValueError(
            f"Could not pack sequence. Structure had {atoms} atoms, but flat_sequence had "
            f"{count} items.  Structure: {structure}, flat_sequence: {flat_sequence}."
        )
    leaves = iter([flat_sequence[i] for i in range(count)])
    return _fill(structure, kind, known, leaves)


def _fill(x: Any, kind: Kind, known: _Kinds, leaves: Any) -> Any:
    """A structure like `x` with its leaves taken one by one from an iterator."""
    values = []
    for value in kind.values(x):
        inner = known[type(value)]
        values.append(next(leaves) if inner is None else _fill(value, inner, known, leaves))
    return kind.rebuild(x, values)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 100 else text[:100] + "..."


def assert_same_structure(
    nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """A check that two structures are nested alike, whatever their leaves.

    Args:
        nest1: a structure.
        nest2: another.
        check_types: whether containers must be of the same class and dictionaries have the same
            keys. Two classes of lists, of dictionaries, or two namedtuples of the same name and
            fields count as the same.
        expand_composites: also compare the specs of values that consist of tensors.

    Raises:
        TypeError: if containers differ in class.
        ValueError: if the structures differ in any other way.

    >>> assert_same_structure({"a": [1, 2]}, {"a": [3, 4]})
    """
    if type(nest1) is type(nest2) and _PLAIN[type(nest1)] is None and not expand_composites:
        return
    try:
        _compare(nest1, nest2, check_types, _EXPANDED if expand_composites else _PLAIN)
    except _Mismatch as mismatch:
        raise mismatch.error(
            "The two structures don't have the same nested structure.\n\n"
            f"First structure: {_typed(nest1)}\n\nSecond structure: {_typed(nest2)}\n\n"
            f"More specifically: {mismatch}\n"
            f"Entire first structure:\n{map_structure(_dot, nest1)}\n"
            f"Entire second structure:\n{map_structure(_dot, nest2)}"
        ) from None


class _Mismatch(Exception):
    """Where two structures part, and the class of error that stands for it."""

    def __init__(self, error: type[Exception], text: str) -> None:
        super().__init__(text)
        self.error = error


def _compare(x: Any, y: Any, check_types: bool, known: _Kinds) -> None:
    kind, other = known[type(x)], known[type(y)]
    if kind is None or other is None:
        if kind is not other:
            nested, leaf = (x, y) if other is None else (y, x)
            raise _Mismatch(
                ValueError,
                f'Substructure "{_typed(nested)}" is a sequence, while substructure '
                f'"{_typed(leaf)}" is not',
            )
        return
    specs = (spec_of(x), spec_of(y)) if known is _EXPANDED else (None, None)
    both_composite = None not in specs
    if both_composite and not (specs[0] is x and specs[1] is y):
        if no_common_type(*specs):
            raise _Mismatch(
                ValueError,
                f"Incompatible CompositeTensor TypeSpecs: {_typed(specs[0])} vs. "
                f"{_typed(specs[1])}",
            )
        return
    if check_types and not both_composite:
        if not same_container_class(x, y):
            raise _Mismatch(
                TypeError,
                "The two namedtuples don't have the same sequence type. "
                f"First structure {_typed(x)} has type {type(x).__name__}, "
                f"while second structure {_typed(y)} has type {type(y).__name__}",
            )
        if isinstance(x, Mapping) and x.keys() != y.keys():
            raise _Mismatch(
                ValueError,
                "The two dictionaries don't have the same set of keys. "
                f"First structure has keys {_typed(list(x))}, "
                f"while second structure has keys {_typed(list(y))}",
            )
    left, right = list(kind.values(x)), list(other.values(y))
    for a, b in zip(left, right, strict=False):
        _compare(a, b, check_types, known)
    if len(left) != len(right):
        raise _Mismatch(
            ValueError,
            "The two structures don't have the same number of elements. "
            f"First structure: {_typed(x)}. Second structure: {_typed(y)}",
        )


def same_container_class(x: Any, y: Any) -> bool:
    """Whether two containers count as being of one class."""
    a, b = type(x), type(y)
    if a is b:
        return True
    if is_namedtuple_class(a) and is_namedtuple_class(b):
        return a.__name__ == b.__name__ and a._fields == b._fields
    return any(issubclass(a, base) and issubclass(b, base) for base in (list, Mapping))


def spec_of(x: Any) -> Any:
    """The spec of a value that consists of tensors, or `x` if it is such a spec, or `None`."""
    if hasattr(type(x), "_type_spec"):
        return x._type_spec
    return x if hasattr(type(x), "_component_specs") else None


def no_common_type(spec: Any, other: Any) -> bool:
    """Whether two specs differ by more than sizes that may vary."""
    return spec.most_specific_common_supertype([other]) is None


def _typed(value: Any) -> str:
    return f"type={type(value).__name__} str={value}"


class _Dot:
    """What stands for a leaf in a message."""

    def __repr__(self) -> str:
        return "."


_DOT = _Dot()


def _dot(_: Any) -> _Dot:
    return _DOT
