"""The type of a variable as an argument, or as a part of a value.

The one idea: a trace knows its variables exactly. Besides shape, dtype and whether tapes watch it,
the type of a variable says which of the variables of one call it is (`alias_id`): a function that
is called with the same variable twice is another trace than one called with two of a kind. Outside
of calls, as in the spec of an operator that holds a variable, there is no such number.

Read next: function/trace_type.py (who gives the numbers).
"""

from collections.abc import Sequence
from typing import Any

from headrace._src.core.dtypes import float32
from headrace._src.core.spec import DenseSpec
from headrace._src.objects.variable import Variable


class VariableSpec(DenseSpec):
    """The type of a variable as an argument.

    trainable: whether tapes watch it unasked.
    alias_id: which of the variables of the call it is: equal where it is the same one.
    """

    __slots__ = ("alias_id", "trainable")

    def __init__(
        self, shape: Any, dtype: Any = float32, trainable: bool = True, alias_id: int | None = None
    ) -> None:
        super().__init__(shape, dtype)
        self.trainable = trainable
        self.alias_id = alias_id

    @property
    def value_type(self) -> Any:
        """`tf.Variable`."""
        return Variable

    def _serialize(self) -> tuple[Any, ...]:
        return self._shape, self._dtype, self.trainable, self.alias_id

    def is_subtype_of(self, other: Any) -> bool:
        """Whether it is the same type: a trace knows its variables exactly."""
        return self == other

    def most_specific_common_supertype(self, others: Sequence[Any]) -> "VariableSpec | None":
        """The type itself, if all others are it."""
        return self if all(self == other for other in others) else None

    def placeholder_value(self, placeholder_context: Any) -> Any:
        """What stands for the variable while a function is traced."""
        return placeholder_context.variable(self)

    def cast(self, value: Any, casting_context: Any) -> Any:
        """`value`, if it is a variable of this type."""
        if casting_context.allow_specs and value == self:
            return value
        if isinstance(value, Variable) and spec_of_variable(value, self.alias_id) == self:
            return value
        raise TypeError(f"Can not cast {value!r} to {self!r}")

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is VariableSpec
            and self._shape == other._shape
            and self._dtype is other._dtype
            and self.trainable == other.trainable
            and self.alias_id == other.alias_id
        )

    def __hash__(self) -> int:
        return hash((self._shape, self._dtype, self.trainable, self.alias_id))

    def __repr__(self) -> str:
        return (
            f"VariableSpec(shape={self._shape}, dtype={self._dtype!r}, "
            f"trainable={self.trainable!r}, alias_id={self.alias_id!r})"
        )


def spec_of_variable(variable: Variable, alias_id: int | None) -> VariableSpec:
    """The type of a variable."""
    return VariableSpec(variable.shape, variable.dtype, variable.trainable, alias_id)
