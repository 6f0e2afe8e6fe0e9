"""NoneTensorSpec: the type of None as a part of a value.

The one idea: None consists of no tensors at all, so its type is known by itself; it lets a
structure with None in it have a spec.

Read next: spec.
"""

from typing import Any

from headrace._src.core.pickling import pickled_from
from headrace._src.core.spec import BatchableTypeSpec, register_type_spec_from_value_converter
from headrace._src.core.spec_registry import register


class NoneTensor:
    """The class that `NoneTensorSpec` gives as that of its values; the value itself is None."""


class NoneTensorSpec(BatchableTypeSpec):
    """The type of None.

    >>> tf.NoneTensorSpec().is_compatible_with(None)
    True
    """

    @property
    def value_type(self) -> type:
        """A class that stands for None's."""
        return NoneTensor

    @staticmethod
    def from_value(value: Any) -> "NoneTensorSpec":
        """The type of None, whatever is given."""
        return NoneTensorSpec()

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether it is None, or None's type."""
        return spec_or_value is None or isinstance(spec_or_value, NoneTensorSpec)

    def most_specific_compatible_shape(self, other: Any) -> "NoneTensorSpec":
        """None's type; ValueError if `other` is another type."""
        if type(other) is not type(self):
            raise ValueError(f"No `TypeSpec` is compatible with both {self} and {other}")
        return self

    def _serialize(self) -> tuple[Any, ...]:
        return ()

    @property
    def _component_specs(self) -> list[Any]:
        return []

    def _to_components(self, value: Any) -> list[Any]:
        return []

    def _from_components(self, components: Any) -> None:
        return None

    def _batch(self, batch_size: int | None) -> "NoneTensorSpec":
        return NoneTensorSpec()

    def _unbatch(self) -> "NoneTensorSpec":
        return NoneTensorSpec()


for _class in (NoneTensor, NoneTensorSpec):
    _class.__module__ = "tensorflow.python.framework.none_tensor"
register("tf.NoneTensorSpec")(NoneTensorSpec)
register_type_spec_from_value_converter(type(None), NoneTensorSpec.from_value)
pickled_from(__name__, NoneTensorSpec)
