"""Annotations of fields, and the values, specs and defaults that fit them.

The one idea: an annotation is made a `Kind` once, and a kind answers one question in three modes:
what is `x` as a value of a field (mode `VALUE`: tensors), as its spec (`SPEC`: specs in the place
of tensors), as its default (`DEFAULT`: tensors are not made yet)? A kind of a container asks the
kinds of what is in it. `where` tells the place in errors: a field, then indices and keys.

Read next: fields.py.
"""

import typing
from collections.abc import Callable, Mapping, Sequence
from types import NoneType
from typing import Any, Union, get_args, get_origin

from headrace._src.core.dtypes import DType, as_dtype
from headrace._src.core.shapes import TensorShape, as_shape
from headrace._src.core.spec import TensorSpec, TypeSpec
from headrace._src.core.tensor import Readable, Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.extension_type.immutable_dict import ImmutableDict
from headrace._src.objects.kinds import CompositeTensor

VALUE, SPEC, DEFAULT = "value", "spec", "default"

Kind = Callable[[Any, str, str], Any]
"""`kind(x, where, mode)`: `x` as the field holds it. Raises TypeError where it does not fit."""

_PLAIN = (int, float, str, bytes, bool, NoneType)


class Unsupported(TypeError):
    """An annotation that no field can have."""


def kind_of(annotation: Any) -> Kind:
    """What a field with this annotation holds; raises `Unsupported`."""
    if annotation is None or annotation in _PLAIN:
        return _plain(annotation or NoneType)
    if annotation is Tensor:
        return _tensor
    if annotation is TensorShape:
        return _converted(TensorShape, as_shape)
    if annotation is DType:
        return _converted(DType, as_dtype)
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is None and isinstance(annotation, type):
        if issubclass(annotation, CompositeTensor) and not issubclass(annotation, Readable):
            return _composite(annotation)
    elif origin is Union:
        return _union(annotation, [kind_of(part) for part in inner])
    elif origin is tuple and annotation is not typing.Tuple:  # noqa: UP006 - bare, it has no items
        if len(inner) == 2 and inner[1] is Ellipsis:
            return _items(kind_of(inner[0]))
        return _tuple([kind_of(part) for part in inner])
    elif origin is Mapping and len(inner) == 2:
        _check_key(inner[0])
        return _mapping(kind_of(inner[0]), kind_of(inner[1]))
    raise Unsupported(f"Unsupported type annotation {_named(annotation)}")


def _check_key(annotation: Any) -> None:
    is_class = isinstance(annotation, type) and get_origin(annotation) is None
    if is_class and annotation not in (*_PLAIN, DType):
        raise Unsupported(
            f"Mapping had a key {annotation.__name__!r} with type {type(annotation).__name__!r}"
        )


def _named(annotation: Any) -> str:
    is_class = isinstance(annotation, type) and get_origin(annotation) is None
    return repr(annotation.__name__ if is_class else annotation)


def _refused(where: str, wanted: str, x: Any) -> TypeError:
    given = type(x).__qualname__ if isinstance(x, TypeSpec) else type(x).__name__
    return TypeError(f"{where}: expected {wanted}, got {given!r}")


# ---- single values -------------------------------------------------------------------------------


def _plain(cls: type) -> Kind:
    def kind(x: Any, where: str, mode: str) -> Any:
        if not isinstance(x, cls):
            raise _refused(where, repr(cls.__name__), x)
        return x

    return kind


def _converted(cls: type, make: Callable[[Any], Any]) -> Kind:
    def kind(x: Any, where: str, mode: str) -> Any:
        try:
            return make(x)
        except (TypeError, ValueError):
            raise _refused(where, f"'tf.{cls.__name__}'", x) from None

    return kind


def _tensor(x: Any, where: str, mode: str) -> Any:
    if mode == DEFAULT:
        return x
    if mode == SPEC:
        if not isinstance(x, TensorSpec):
            raise _refused(where, "a TensorSpec", x)
        return x
    if isinstance(x, Tensor):
        return x
    try:
        return convert(x)
    except (TypeError, ValueError):
        raise _refused(where, "a Tensor", x) from None


def _composite(cls: type) -> Kind:
    def kind(x: Any, where: str, mode: str) -> Any:
        if mode == SPEC:
            if not (isinstance(x, TypeSpec) and issubclass(x.value_type, cls)):
                raise _refused(where, f"a TypeSpec for {cls.__name__!r}", x)
        elif not isinstance(x, cls):
            raise _refused(where, repr(cls.__name__), x)
        return x

    return kind


# ---- of other kinds ------------------------------------------------------------------------------


def _union(annotation: Any, kinds: list[Kind]) -> Kind:
    """The first of the kinds that fits."""

    def kind(x: Any, where: str, mode: str) -> Any:
        for each in kinds:
            try:
                return each(x, where, mode)
            except TypeError:
                continue
        raise _refused(where, repr(annotation), x)

    return kind


def _sequence(x: Any, where: str) -> Any:
    if not isinstance(x, Sequence):
        raise _refused(where, "tuple", x)
    return x


def _items(item: Kind) -> Kind:
    def kind(x: Any, where: str, mode: str) -> Any:
        given = enumerate(_sequence(x, where))
        return tuple(item(part, f"{where}[{i}]", mode) for i, part in given)

    return kind


def _tuple(kinds: list[Kind]) -> Kind:
    def kind(x: Any, where: str, mode: str) -> Any:
        if len(_sequence(x, where)) != len(kinds):
            raise TypeError(
                f"{where}: expected tuple with length {len(kinds)}, got {type(x).__name__!r})"
            )
        given = enumerate(zip(kinds, x, strict=True))
        return tuple(each(part, f"{where}[{i}]", mode) for i, (each, part) in given)

    return kind


def _mapping(key: Kind, item: Kind) -> Kind:
    def kind(x: Any, where: str, mode: str) -> Any:
        if not isinstance(x, Mapping):
            raise _refused(where, "mapping", x)
        return ImmutableDict(
            (key(k, f"{where}[<key>]", mode), item(part, f"{where}[{k!r}]", mode))
            for k, part in x.items()
        )

    return kind
