"""The specs of operators: what of an operator is tensors, and what is not.

The one idea: an operator is what its constructor's arguments make of it, and each argument can be
read back as an attribute of the same name. So one class of specs serves all operators: arguments
that are, or hold, tensors, variables or operators are its components, the rest (hints, dtypes,
sizes) is its static part, and the constructor puts the operator together again.

`composite` gives a class of operators its spec. Operators of a user's own class have none, and are
told apart by identity, as other objects are.

Read next: core/spec.py.
"""

import inspect
from typing import Any

from headrace._src.core import nest
from headrace._src.core.spec import TensorSpec, TypeSpec
from headrace._src.core.tensor import Tensor
from headrace._src.objects.composite_gradient import ByComponents
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.variable import Variable
from headrace._src.objects.variable_spec import VariableSpec, spec_of_variable


class LinearOperatorSpec(TypeSpec):
    """What is known of an operator before it has values.

    components: specs of the arguments that hold tensors, by name, nested as they are. static: the
    other arguments. static_names: those that are static where their values are known.

    >>> tf.type_spec_from_value(tf.linalg.LinearOperatorDiag([1., 2.]))._component_specs
    {'diag': TensorSpec(shape=(2,), dtype=tf.float32, name=None)}
    """

    _value_type: type[LinearOperator]

    def __init__(
        self, components: dict[str, Any], static: dict[str, Any], static_names: tuple = ()
    ) -> None:
        self._components = components
        self._static = static
        self._static_names = static_names

    @classmethod
    def from_operator(cls, operator: LinearOperator) -> "LinearOperatorSpec":
        """The spec of an operator."""
        return _spec_of(operator, None)

    @property
    def value_type(self) -> type[LinearOperator]:
        """The class of the operators."""
        return self._value_type

    def _serialize(self) -> tuple[Any, ...]:
        return self._components, self._static, self._static_names

    @property
    def _component_specs(self) -> dict[str, Any]:
        return self._components

    def _to_components(self, value: LinearOperator) -> dict[str, Any]:
        return {name: _plain(value._argument(name)) for name in self._components}

    def _from_components(self, components: dict[str, Any]) -> LinearOperator:
        return self._value_type(**components, **self._static)

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether some operator is of both types; whichever variables they hold."""
        other: Any = spec_or_value
        if isinstance(other, LinearOperator):
            other = getattr(other, "_type_spec", None)
        if type(other) is not type(self):
            return False
        return TypeSpec.is_compatible_with(_nameless(self), _nameless(other))


def _spec_of(operator: LinearOperator, context: Any) -> LinearOperatorSpec:
    """The spec of an operator; in a `context`, it says which variable is which."""
    kind: Any = type(operator)
    if not hasattr(kind, "_spec_class"):
        raise TypeError(
            f"{operator.name!r} of class {kind.__name__} has no TypeSpec: only TensorFlow's own "
            "operators can be taken apart into tensors."
        )
    components, static = {}, {}
    for name in kind._argument_names:
        value = operator._argument(name)
        if any(
            isinstance(leaf, (Tensor, Variable, LinearOperator)) for leaf in nest.flatten(value)
        ):
            components[name] = nest.map_structure(lambda x: _part(x, context), _plain(value))
        else:
            static[name] = value
    return kind._spec_class(components, static, kind._static_names)


def _part(x: Any, context: Any) -> Any:
    if isinstance(x, LinearOperator):
        return _spec_of(x, context)
    if isinstance(x, Variable):
        return spec_of_variable(x, None if context is None else context.alias_of(x))
    return TensorSpec(x.shape, x.dtype)


def _plain(value: Any) -> Any:
    """Lists of operators as lists of their own: specs and graphs keep none of the user's."""
    return nest.map_structure(lambda x: x, value)


def _nameless(spec: Any) -> Any:
    """A spec that does not say which variable is which."""
    if isinstance(spec, LinearOperatorSpec):
        parts = nest.map_structure(_nameless, spec._components)
        return type(spec)(parts, spec._static, spec._static_names)
    if isinstance(spec, VariableSpec):
        return VariableSpec(spec.shape, spec.dtype, spec.trainable)
    return spec


def composite(cls: type) -> type:
    """A decorator: operators of this class can be taken apart into tensors."""
    made: Any = cls
    module = f"tensorflow.python.ops.linalg.{_module(cls)}"
    made._argument_names = [
        name for name in inspect.signature(cls).parameters if name not in ("self", "name")
    ]
    made._static_names = getattr(cls, "_static_names", ())
    made._spec_class = type(
        f"{cls.__name__}Spec",
        (LinearOperatorSpec,),
        {"_value_type": cls, "__module__": module, "__doc__": LinearOperatorSpec.__doc__},
    )
    made._type_spec = property(lambda self: _spec_of(self, None))
    made.__tf_tracing_type__ = _spec_of
    made.__composite_gradient__ = ByComponents()
    cls.__module__ = module
    return cls


def _module(cls: type) -> str:
    """TensorFlow's name of the file that defines a class."""
    name = cls.__name__.removesuffix("2D").removesuffix("3D")
    words = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
    return words.replace("scaled_identity", "identity")
