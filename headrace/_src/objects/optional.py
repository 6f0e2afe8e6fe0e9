"""Optional: a value that may be missing, and the spec of one.

The one idea: a scalar tensor of dtype `variant` holds the tensors that a value consists of, or
nothing; the spec says what they make up. So functions, branches and loops pass an optional on as
one tensor. The tensors put in are the tensors taken out, so that gradients find their way by
themselves, in a graph too; only what comes from another graph is taken out by a host step, which
has no gradient.

Read next: core/spec.py.
"""

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from headrace._src.core import errors, nest
from headrace._src.core.context import thread
from headrace._src.core.dtypes import bool as bool_
from headrace._src.core.dtypes import variant
from headrace._src.core.pickling import pickled_from
from headrace._src.core.shape_rules import bracketed
from headrace._src.core.shapes import scalar
from headrace._src.core.spec import TensorSpec, TypeSpec, type_spec_from_value
from headrace._src.core.spec_registry import register
from headrace._src.core.tensor import EagerTensor, Elements, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import Operation, SymbolicTensor
from headrace._src.engine.step import Step, step
from headrace._src.ops.identity import identity

_WHY = "an optional lives on the host"


class Optional(ABC):
    """A value, any structure of tensors, that may be missing.

    >>> there = tf.experimental.Optional.from_value(42)
    >>> there.has_value().numpy(), there.get_value().numpy()
    (np.True_, np.int32(42))
    >>> missing = tf.experimental.Optional.empty(tf.TensorSpec([], tf.int32))
    >>> missing.has_value().numpy()
    np.False_
    """

    @abstractmethod
    def has_value(self, name: str | None = None) -> Tensor:
        """Whether it has a value: a bool scalar. Op: OptionalHasValue."""

    @abstractmethod
    def get_value(self, name: str | None = None) -> Any:
        """The value; raises tf.errors.InvalidArgumentError if it is missing.

        Op: OptionalGetValue.
        """

    @property
    @abstractmethod
    def element_spec(self) -> Any:
        """The spec of the value, or a structure of specs."""

    @property
    @abstractmethod
    def _type_spec(self) -> TypeSpec:
        """The spec of the optional."""

    def __tf_tracing_type__(self, context: Any) -> TypeSpec:
        """What a traced function knows of it."""
        return self._type_spec

    @staticmethod
    def empty(element_spec: Any) -> "VariantOptional":
        """An optional without a value, for values of a spec or a structure of specs.

        Op: OptionalNone.
        """
        return VariantOptional(_none(), element_spec)

    @staticmethod
    def from_value(value: Any) -> "VariantOptional":
        """An optional with a value: tensors, composite tensors, or a structure of such.

        Lists become tensors. Raises TypeError for what no tensor can be made of. Op:
        OptionalFromValue.
        """
        value = _with_tensors(value)
        spec = _spec_of(value)
        tensors = [
            tensor
            for part, of_part in zip(nest.flatten(value), nest.flatten(spec), strict=True)
            for tensor in ([part] if isinstance(part, Tensor) else of_part.to_tensors(part))
        ]
        if not tensors:
            raise errors.InvalidArgumentError(
                None,
                None,
                "Length for attr 'Toutput_types' of 0 must be at least minimum 1\n\t; NodeDef: "
                "{{node OptionalFromValue}} [Op:OptionalFromValue]",
            )
        return VariantOptional(_from_tensors(tensors), spec)


class VariantOptional(Optional):
    """An optional as a tensor of dtype variant and the spec of what it holds."""

    def __init__(self, variant_tensor: Tensor, element_spec: Any) -> None:
        self._variant_tensor = variant_tensor
        self._element_spec = element_spec

    def has_value(self, name: str | None = None) -> Tensor:
        """Whether it has a value: a bool scalar."""
        if thread.context.graph is not None:
            return _node(has_value, [self._variant_tensor], {}, [(bool_, scalar)], name).outputs[0]
        return EagerTensor(np.array(_held(self._variant_tensor).tensors is not None), bool_)

    def get_value(self, name: str | None = None) -> Any:
        """The value, put together again from its tensors."""
        specs = nest.flatten(self._element_spec)
        flat = [part for spec in specs for part in spec.flatten()]
        tensor = self._variant_tensor
        tensors: Any
        if type(tensor) is SymbolicTensor and tensor.op.op is from_value:
            tensors = [identity(x) for x in tensor.op.inputs]  # with their gradients
        elif thread.context.graph is not None:
            attributes = {
                "output_types": [part.dtype for part in flat],
                "output_shapes": [part.shape for part in flat],
            }
            promised = [(part.dtype, part.shape) for part in flat]
            tensors = _node(get_value, [tensor], attributes, promised, name).outputs
        else:
            try:
                tensors = _held(tensor).promised(
                    [part.dtype for part in flat], [part.shape for part in flat]
                )
            except ValueError as error:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"{{{{function_node __wrapped__OptionalGetValue_output_types_{len(flat)}"
                    f"_device_/job:localhost/replica:0/task:0/device:CPU:0}}}} {error} "
                    f"[Op:OptionalGetValue] name: {name or ''}",
                ) from None
        rest = iter(tensors)
        values = [
            next(rest) if isinstance(spec, TensorSpec) else spec.from_tensors(rest)
            for spec in specs
        ]
        return nest.pack_sequence_as(self._element_spec, values)

    @property
    def element_spec(self) -> Any:
        """The spec of the value, or a structure of specs."""
        return self._element_spec

    @property
    def _type_spec(self) -> "OptionalSpec":
        return OptionalSpec(self._element_spec)


class OptionalSpec(TypeSpec):
    """The type of an optional: the spec of its value, or a structure of specs.

    >>> tf.OptionalSpec(tf.TensorSpec([None]))
    OptionalSpec(TensorSpec(shape=(None,), dtype=tf.float32, name=None),)
    """

    __slots__ = ("_element_spec",)

    def __init__(self, element_spec: Any) -> None:
        self._element_spec = element_spec

    @property
    def value_type(self) -> type:
        """The class of optionals."""
        return VariantOptional

    @staticmethod
    def from_value(value: Optional) -> "OptionalSpec":
        """The spec of an optional; AttributeError for anything else."""
        return OptionalSpec(value.element_spec)

    def _serialize(self) -> tuple[Any, ...]:
        return (self._element_spec,)

    @property
    def _component_specs(self) -> list[TensorSpec]:
        return [TensorSpec((), variant)]

    def _to_components(self, value: Any) -> list[Tensor]:
        return [value._variant_tensor]

    def _from_components(self, components: Any) -> VariantOptional:
        return VariantOptional(components[0], self._element_spec)


# ---- values and their specs ----------------------------------------------------------------------


def _with_tensors(value: Any) -> Any:
    """The value with tensors in place of what tensors can be made of, lists too."""
    if value is None or hasattr(value, "_type_spec"):
        return value
    if isinstance(value, tuple):
        items = [_with_tensors(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, Mapping):
        made: Any = copy.copy(value)
        made.update((key, _with_tensors(item)) for key, item in value.items())
        return made
    try:
        return convert(value)
    except (TypeError, ValueError):
        raise TypeError(
            f"Could not build a `TypeSpec` for {value} with type {type(value).__name__}"
        ) from None


def _spec_of(value: Any) -> Any:
    return nest.map_structure(type_spec_from_value, value)


# ---- the tensor ----------------------------------------------------------------------------------


class Held:
    """What the variant tensor of an optional holds: tensors, or None."""

    def __init__(self, tensors: tuple[EagerTensor, ...] | None) -> None:
        self.tensors = tensors

    def promised(self, dtypes: list[Any], shapes: list[Any]) -> tuple[EagerTensor, ...]:
        """The tensors; ValueError where there are none, or others than promised."""
        if self.tensors is None:
            raise ValueError("The given optional does not have a value.")
        if len(self.tensors) != len(dtypes):
            raise ValueError(
                f"The given optional has {len(self.tensors)} components, expected {len(dtypes)}"
            )
        wrong = "The given optional does not match the expected"
        for i, (tensor, dtype) in enumerate(zip(self.tensors, dtypes, strict=True)):
            if tensor.dtype is not dtype:
                raise ValueError(
                    f"{wrong} type for component {i}. Expected: {dtype.kernel_name}. "
                    f"Actual: {tensor.dtype.kernel_name}."
                )
        for i, (tensor, shape) in enumerate(zip(self.tensors, shapes, strict=True)):
            if not shape.is_compatible_with(tensor.shape):
                raise ValueError(
                    f"{wrong} shape for component {i}. Expected: {bracketed(shape)}. "
                    f"Actual: {bracketed(tensor.shape)}."
                )
        return self.tensors

    def boxed(self) -> np.ndarray:
        """Itself as a scalar array."""
        box = np.empty((), object)
        box[()] = self
        return box

    def __repr__(self) -> str:
        if self.tensors is None:
            return "<OptionalVariant<None>>"
        return f"<OptionalVariant<values: ({', '.join(map(_described, self.tensors))})>>"


def _described(tensor: EagerTensor) -> str:
    sizes = ",".join(map(str, tensor.shape))
    values = " ".join(map(str, np.asarray(tensor._array).reshape(-1)[:3].tolist()))
    return f"Tensor<type: {tensor.dtype.kernel_name} shape: [{sizes}] values: {values}>"


def _held(tensor: Any) -> Held:
    held = tensor._array[()]
    if not isinstance(held, Held):
        raise errors.InvalidArgumentError(
            None,
            None,
            "The given variant tensor is not an optional; make it by tf.experimental."
            "Optional.from_value or empty.",
        )
    return held


def _none() -> Tensor:
    if thread.context.graph is not None:
        return _node(none, [], {}, [(variant, scalar)], None).outputs[0]
    return EagerTensor(Held(None).boxed(), variant)


def _from_tensors(tensors: list[Any]) -> Tensor:
    if thread.context.graph is not None:
        attributes = {"Toutput_types": [tensor.dtype for tensor in tensors]}
        return _node(from_value, tensors, attributes, [(variant, scalar)], None).outputs[0]
    return EagerTensor(Held(tuple(tensors)).boxed(), variant)


# ---- in a graph ----------------------------------------------------------------------------------


@step("OptionalNone", is_host=_WHY)
def none(machine: Any, node: Operation) -> Any:
    """An optional without a value."""
    return Held(None).boxed()


@step("OptionalFromValue", is_host=_WHY)
def from_value(machine: Any, node: Operation, *components: Any) -> Any:
    """An optional with a value."""
    return Held(
        tuple(
            EagerTensor(Elements(x) if type(x) is list else x, tensor.dtype)
            for x, tensor in zip(components, node.inputs, strict=True)
        )
    ).boxed()


@step("OptionalHasValue", is_host=_WHY)
def has_value(machine: Any, node: Operation, optional: Any) -> Any:
    """Whether an optional has a value."""
    return np.array(optional[()].tensors is not None)


@step("OptionalGetValue", is_host=_WHY)
def get_value(machine: Any, node: Operation, optional: Any) -> tuple:
    """The tensors of an optional's value."""
    kinds = (node.attributes["output_types"], node.attributes["output_shapes"])
    try:
        tensors = optional[()].promised(*kinds)
    except ValueError as error:
        raise errors.InvalidArgumentError(None, None, str(error)) from None
    return tuple(tensor._array for tensor in tensors)


def _node(
    kind: Step, inputs: list[Any], attributes: dict[str, Any], outputs: list[Any], name: str | None
) -> Operation:
    graph = thread.context.graph
    label = graph.unique_name(name or kind.name)
    is_list = kind is from_value
    taken = [
        graph.input(x, f"{label}/components_{i}" if is_list else f"{label}/optional")
        for i, x in enumerate(inputs)
    ]
    return graph.add(kind, taken, attributes, outputs, label)


for _class in (Optional, VariantOptional, OptionalSpec):
    _class.__module__ = "tensorflow.python.data.ops.optional_ops"
VariantOptional.__name__ = VariantOptional.__qualname__ = "_OptionalImpl"
register("tf.OptionalSpec")(OptionalSpec)
pickled_from(__name__, OptionalSpec)
