"""The fields of an extension type: read from its annotations, checked, and made arguments.

The one idea: a class is asked once. A name that an annotation uses may be defined later; then the
annotation stays as it is written, and is looked at again when the first value is made.

Read next: record.py.
"""

import sys
import typing
from collections.abc import Sequence
from inspect import Parameter, Signature
from types import SimpleNamespace
from typing import Any

from headrace._src.objects.extension_type.annotations import DEFAULT, Kind, Unsupported, kind_of

# What values and specs have for themselves.
_RESERVED = frozenset(
    """self Spec value_type is_compatible_with most_specific_compatible_type _component_specs
    _consumers _deserialize _flat_tensor_specs _from_compatible_tensor_list _from_components
    _from_tensor_list _serialize _shape_invariant_to_type_spec _to_components
    _to_legacy_output_classes _to_legacy_output_shapes _to_legacy_output_types _to_tensor_list
    _type_spec _with_tensor_ranks_only""".split()
)

# The attribute of a class that holds its fields.
FIELDS = "_tf_extension_type_cached_fields"


class _NoDefault:
    def __repr__(self) -> str:
        return "ExtensionTypeField.NO_DEFAULT"


class ExtensionTypeField:
    """One field: its name, its annotation and its default, which may be `NO_DEFAULT`."""

    NO_DEFAULT = _NoDefault()

    def __init__(self, owner: type, name: str, value_type: Any, default: Any) -> None:
        self._owner = owner
        self.name, self.value_type, self.default = name, value_type, default
        self._kind: Kind | None = None

    @property
    def kind(self) -> Kind:
        """What the field holds; TypeError where there still is nothing of the annotation's name."""
        if self._kind is None:
            hints = resolved(self._owner, {self.name: self.value_type})
            if hints is not None:
                self.value_type = hints[self.name]
            try:
                self._kind = kind_of(self.value_type)
            except Unsupported as error:
                raise TypeError(f"{self.name}: {error}") from None
        return self._kind

    def check(self) -> None:
        """Raises TypeError for an annotation or a default that cannot be."""
        try:
            self._kind = kind_of(self.value_type)
        except Unsupported as error:
            raise TypeError(f"In field {self.name!r}: {error}") from None
        if self.default is not self.NO_DEFAULT:
            self.default = self._kind(self.default, f"default value for {self.name}", DEFAULT)

    def __repr__(self) -> str:
        return (
            f"ExtensionTypeField(name={self.name!r}, value_type={self.value_type!r}, "
            f"default={self.default!r})"
        )


ExtensionTypeField.__module__ = "tensorflow.python.framework.extension_type_field"


def fields_of(cls: type) -> tuple[ExtensionTypeField, ...]:
    """The fields of a class: those of its bases, the last base first, and then its own.

    Raises ValueError for names that no field can have and for fields without an annotation,
    TypeError for annotations and defaults.
    """
    found: dict[str, ExtensionTypeField] = {}
    for base in reversed(cls.__mro__[1:]):
        found.update({field.name: field for field in vars(base).get(FIELDS, ())})
    own = vars(cls).get("__annotations__", {})
    told = f"The field annotations for {cls.__name__} are invalid. Field"
    for name in own:
        if name in _RESERVED or name.startswith("_tf_extension_type"):
            raise ValueError(f"{told} '{name}' is reserved.")
    for name, value in vars(cls).items():
        is_special = name == "Spec" or (name.startswith("__") and name.endswith("__"))
        # Nested classes, and methods and properties, which are descriptors.
        is_member = isinstance(value, type) or hasattr(type(value), "__get__")
        if name not in own and not is_special and not is_member:
            raise ValueError(f"{told} {name} is missing a type annotation.")
    hints = resolved(cls, own)
    for name, annotation in (own if hints is None else hints).items():
        default = vars(cls).get(name, ExtensionTypeField.NO_DEFAULT)
        found[name] = ExtensionTypeField(cls, name, annotation, default)
        if hints is not None:
            found[name].check()
    return tuple(found.values())


def resolved(cls: type, annotations: dict[str, Any]) -> dict[str, Any] | None:
    """The annotations without names in quotes, or None where one of them is not defined yet."""
    scope = vars(sys.modules[cls.__module__]) if cls.__module__ in sys.modules else {}
    holder: Any = SimpleNamespace(__annotations__=dict(annotations))
    try:
        return typing.get_type_hints(holder, dict(scope), {cls.__name__: cls})
    except (NameError, AttributeError, TypeError, SyntaxError):
        return None


def signature_of(cls: type, fields: Sequence[ExtensionTypeField]) -> Signature:
    """What the constructor of values takes: after the first default, the rest by name."""
    parameters = [_SELF]
    kind: Any = Parameter.POSITIONAL_OR_KEYWORD
    has_default = False
    for field in fields:
        default: Any = field.default
        if default is not ExtensionTypeField.NO_DEFAULT:
            has_default = True
        else:
            default = Parameter.empty
            if has_default:
                kind = Parameter.KEYWORD_ONLY
        parameters.append(Parameter(field.name, kind, default=default, annotation=field.value_type))
    return Signature(parameters, return_annotation=cls)


def spec_signature_of(cls: type, fields: Sequence[ExtensionTypeField]) -> Signature:
    """What the constructor of specs takes: all fields, none of which has a default."""
    names = [Parameter(field.name, Parameter.POSITIONAL_OR_KEYWORD) for field in fields]
    return Signature([_SELF, *names], return_annotation=cls)


_SELF = Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)
