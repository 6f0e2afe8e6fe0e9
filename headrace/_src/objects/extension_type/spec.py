"""ExtensionTypeSpec: what is known of the values of an extension type before they are there.

The one idea: a spec has the fields of the value, with specs in the place of tensors and of what
consists of tensors. The components of a value are what stands where its spec has a spec; all else
is static, and the spec has it already. So one walk over a spec takes values apart, and one puts
them together.

Read next: extension_type.py.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from headrace._src.core.spec import TensorSpec, TypeSpec
from headrace._src.core.spec_registry import register
from headrace._src.core.tensor import Readable, Tensor
from headrace._src.objects.extension_type.annotations import SPEC
from headrace._src.objects.extension_type.fields import spec_signature_of
from headrace._src.objects.extension_type.immutable_dict import ImmutableDict
from headrace._src.objects.extension_type.record import Record, constructor, finishing


class ExtensionTypeSpec(Record, TypeSpec):
    """The type of the values of an extension type: `MyType.Spec`, made with the class.

    Its constructor takes the fields in their order, with specs for tensors.

    >>> class Interval(tf.experimental.ExtensionType):
    ...     low: tf.Tensor
    ...     unit: str
    >>> Interval.Spec(tf.TensorSpec([None]), "s")
    Interval.Spec(low=TensorSpec(shape=(None,), dtype=tf.float32, name=None), unit='s')
    >>> Interval.Spec(tf.TensorSpec([None]), "s").is_compatible_with(Interval([1., 2.], "s"))
    True

    Raises TypeError for arguments that the annotations of the fields do not allow.
    """

    _mode = SPEC
    _family = "ExtensionTypeSpec"

    @classmethod
    def _tf_extension_type_fields(cls) -> Any:
        return cls.value_type._tf_extension_type_fields()  # type: ignore[attr-defined]

    @classmethod
    def from_value(cls, value: Any) -> Any:
        """The spec of a value of the type."""
        return cls._of_fields(
            {
                field.name: _spec_of(value.__dict__[field.name])
                for field in cls._tf_extension_type_fields()
            }
        )

    @classmethod
    def _of_fields(cls, fields: dict[str, Any]) -> Any:
        """The spec with these fields, which are known to be right."""
        made = object.__new__(cls)
        made.__dict__.update(fields)
        return made

    def _serialize(self) -> tuple[Any, ...]:
        return tuple((name, _plain(part)) for name, part in self._parts())

    @classmethod
    def _deserialize(cls, serialization: Any) -> Any:
        return cls._of_fields({name: _immutable(part) for name, part in serialization})

    def _parts(self) -> list[tuple[str, Any]]:
        names = (field.name for field in self._tf_extension_type_fields())
        return [(name, self.__dict__[name]) for name in names]

    @property
    def _component_specs(self) -> Any:
        return tuple(spec for _, part in self._parts() for spec in _leaves(part, part))

    def _to_components(self, value: Any) -> Any:
        values = value.__dict__
        return tuple(leaf for name, part in self._parts() for leaf in _leaves(part, values[name]))

    def _from_components(self, components: Any) -> Any:
        rest = iter(components)
        made: Any = object.__new__(self.value_type)
        made.__dict__.update({name: _filled(part, rest) for name, part in self._parts()})
        return made

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={_plain(part)!r}" for name, part in self._parts())
        return f"{type(self).__qualname__}({shown})"

    def _key(self) -> Any:
        # Functions look their traces up by it.
        key = self.__dict__.get("_cached_key")
        if key is None:
            key = self.__dict__["_cached_key"] = super()._key()
        return key

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._deserialize, (self._serialize(),)


def _spec_of(part: Any) -> Any:
    if isinstance(part, Tensor):
        return TensorSpec(part.shape, part.dtype)
    if isinstance(part, tuple):
        return tuple(map(_spec_of, part))
    if isinstance(part, ImmutableDict):
        return ImmutableDict({key: _spec_of(item) for key, item in part.items()})
    if hasattr(type(part), "_type_spec") and not isinstance(part, Readable):
        return part._type_spec
    return part


def _leaves(spec: Any, value: Any) -> Iterator[Any]:
    """What of a value stands where its spec has specs."""
    if isinstance(spec, TypeSpec):
        yield value
    elif isinstance(spec, tuple):
        for part, item in zip(spec, value, strict=True):
            yield from _leaves(part, item)
    elif isinstance(spec, Mapping):
        for key in sorted(spec):
            yield from _leaves(spec[key], value[key])


def _filled(spec: Any, leaves: Iterator[Any]) -> Any:
    """A value with the next leaves where its spec has specs."""
    if isinstance(spec, TypeSpec):
        return next(leaves)
    if isinstance(spec, tuple):
        return tuple(_filled(part, leaves) for part in spec)
    if isinstance(spec, Mapping):
        items = {key: _filled(spec[key], leaves) for key in sorted(spec)}
        return ImmutableDict({key: items[key] for key in spec})
    return spec


def mapped(function: Callable[[TypeSpec], Any], spec: Any) -> Any:
    """An extension type's spec, with `function` of the specs in it."""
    changed = map(function, spec._component_specs)
    return spec._of_fields({name: _filled(part, changed) for name, part in spec._parts()})


def _plain(part: Any) -> Any:
    if isinstance(part, tuple):
        return tuple(map(_plain, part))
    if isinstance(part, Mapping):
        return {key: _plain(item) for key, item in part.items()}
    return part


def _immutable(part: Any) -> Any:
    if isinstance(part, tuple):
        return tuple(map(_immutable, part))
    if isinstance(part, Mapping):
        return ImmutableDict({key: _immutable(item) for key, item in part.items()})
    return part


def spec_class_of(cls: Any, base: type) -> type:
    """The class of the specs of `cls`, with what `cls` itself says of it in a class `Spec`.

    Raises ValueError where that is no class, or one that is derived from another than
    `tf.TypeSpec`.
    """
    own = vars(cls).get("Spec")
    namespace: dict[str, Any] = {}
    if own is not None:
        if not isinstance(own, type):
            raise ValueError(f"{cls.__name__}.Spec must be a nested class; got {own}.")
        if own.__bases__ not in ((object,), (TypeSpec,), (base,)):
            raise ValueError(f"{cls.__name__}.Spec must be directly subclassed from tf.TypeSpec.")
        namespace = {k: v for k, v in vars(own).items() if k not in ("__dict__", "__weakref__")}
    namespace |= {
        "value_type": cls,
        "__module__": cls.__module__,
        "__qualname__": f"{cls.__qualname__}.Spec",
    }
    made: Any = type(base)("Spec", (base,), namespace)
    if "__init__" in namespace:
        made.__init__ = finishing(namespace["__init__"])
    else:
        made.__init__ = constructor(spec_signature_of(made, cls._tf_extension_type_fields()))
    name = vars(cls).get("__name__")
    if name is not None:
        register(f"{name}.Spec")(made)
    return made


ExtensionTypeSpec.__module__ = "tensorflow.python.framework.extension_type"
