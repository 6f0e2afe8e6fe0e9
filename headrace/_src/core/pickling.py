"""How composite values and their specs are pickled and copied.

The one idea: pickle looks for a class in the module that it says it is of, and these say
TensorFlow's. So a spec is kept as the module where its class really is, the name there, and what it
serializes to; a value as its spec and its components.

Read next: core/sparse_tensor.py.
"""

from importlib import import_module
from operator import attrgetter
from typing import Any

from headrace._src.core.spec import TypeSpec


def restored_spec(home: str, name: str, serialized: tuple[Any, ...]) -> Any:
    """The spec of the class of this name."""
    return attrgetter(name)(import_module(home))._deserialize(serialized)


def restored(spec: Any, components: Any) -> Any:
    """The value of these components."""
    return spec._from_components(components)


def pickled_from(home: str, *classes: Any) -> None:
    """Lets pickle find specs and values of `classes`, which stand in the module `home`."""

    def reduced_spec(self: Any) -> tuple[Any, ...]:
        return restored_spec, (home, type(self).__name__, self._serialize())

    def reduced(self: Any) -> tuple[Any, ...]:
        spec = self._type_spec
        return restored, (spec, spec._to_components(self))

    for cls in classes:
        cls.__reduce__ = reduced_spec if issubclass(cls, TypeSpec) else reduced
