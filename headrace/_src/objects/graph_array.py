"""TensorArrays while a graph is built: each is a list (objects/tensor_list.py), its `flow`.

Writing answers another array with another flow; the old one stays what it was. Arrays that come
from one another are a *family*: they share dtype, size and what has been found out about the shape
of their elements, so that what the body of a loop writes tells what is read after it.

To a loop, a branch or a function an array is its flow: its type spec takes it apart and puts it
together, within the family.

Read next: objects/tensor_list.py, objects/list_rows.py, objects/mapping.py.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, int32, int64, variant
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert, in_graph
from headrace._src.engine.graph import Operation, SymbolicTensor
from headrace._src.engine.node import known_value
from headrace._src.engine.step import no_op
from headrace._src.objects import list_rows as rows
from headrace._src.objects import tensor_array
from headrace._src.objects import tensor_list as lists

# Public from here, where the slot it needs is filled (see the end of the file).
from headrace._src.objects.tensor_array import TensorArray as TensorArray
from headrace._src.objects.tensor_array import TensorArraySpec as TensorArraySpec
from headrace._src.ops.cast import cast

logger = logging.getLogger("tensorflow")


class Family:
    """What arrays that come from one another share.

    size: the number of elements, a tensor or a number; None for one that only the list knows.
    """

    __slots__ = ("dtype", "dynamic_size", "element_shape", "infer_shape", "size")

    def __init__(
        self, dtype: DType, size: Any, dynamic_size: Any, infer_shape: bool, element_shape: Any
    ) -> None:
        self.dtype = dtype
        self.size = None if dynamic_size else size
        self.dynamic_size = dynamic_size
        self.infer_shape = infer_shape
        self.element_shape = TensorShape(element_shape)

    def take(self, shape: TensorShape) -> None:
        """Checks the shape of something written, and remembers it."""
        if not self.element_shape.is_compatible_with(shape):
            raise ValueError(f"Inconsistent shapes: saw {shape} but expected {self.element_shape} ")
        if self.infer_shape:
            self.element_shape = self.element_shape.merge_with(shape)

    def loosened(self, other: "Family") -> None:
        """Keeps of what is known only what holds for arrays of another family too."""
        self.element_shape = self.element_shape.most_specific_compatible_shape(other.element_shape)
        if self.size is not other.size:
            self.size = None

    def common(self, other: "Family") -> "Family":
        """A family of which arrays of both may be."""
        made = Family(
            self.dtype, self.size, self.dynamic_size, self.infer_shape, self.element_shape
        )
        made.loosened(other)
        return made

    @property
    def known_size(self) -> TensorShape:
        """The number of elements, if it is known, as a shape."""
        size = None if self.size is None else known_value(convert(self.size))
        if size is None or size.ndim or size < 0:
            return TensorShape([None])
        return TensorShape([int(size)])


def _scoped(name: str) -> Callable:
    """Has the nodes of a method named after it, or after its argument `name`."""

    def decorate(method: Callable) -> Callable:
        @wraps(method)
        def named(self: Any, *args: Any, **kwargs: Any) -> Any:
            own = kwargs.pop("name", None)
            with thread.context.graph.name_scope(own or name):
                return method(self, *args, **kwargs)

        return named

    return decorate


class GraphArray(TensorArray):
    """A `tf.TensorArray` in a graph."""

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Any = None,
        flow: Any = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ) -> None:
        if handle is not None:
            raise AssertionError("TensorArrays have no handles; `flow` is what refers to one.")
        if flow is None and size is None:
            raise ValueError("Argument `size` must be provided if argument `flow` is not provided.")
        if flow is not None and (not isinstance(flow, Tensor) or flow.dtype is not variant):
            raise TypeError(
                "Expected `flow` to be a variant tensor, but received "
                f"`{getattr(flow, 'dtype', type(flow))}` instead."
            )
        if flow is not None and size is not None:
            raise ValueError("Cannot provide both `flow` and `size` arguments at the same time.")
        dtype = as_dtype(dtype)
        self._family = Family(dtype, size, dynamic_size, infer_shape, element_shape)
        if flow is None:
            element = lists.Element(dtype, self._family.element_shape)
            flow = lists.make_reserved(element, size, bool(dynamic_size), name or "TensorArrayV2")
        self._flow = _with_element(flow, self._family)

    @staticmethod
    def of_flow(flow: SymbolicTensor, spec: TensorArraySpec) -> "GraphArray":
        """The array of a type whose list is `flow`."""
        family = spec.family
        if family is None:
            shape, dtype, dynamic_size, infer_shape = spec._serialize()
            family = Family(dtype, None, dynamic_size, infer_shape, shape)
        made = object.__new__(GraphArray)
        made._family = family
        made._flow = _with_element(flow, family)
        return made

    def _with(self, flow: SymbolicTensor) -> "GraphArray":
        made = object.__new__(GraphArray)
        made._family, made._flow = self._family, flow
        return made

    def becomes(self, other: "GraphArray") -> None:
        """Takes note that a variable that holds this array will hold another one."""
        if other._family is not self._family:
            self._family.loosened(other._family)

    # ---- what it is

    @property
    def _type_spec(self) -> TensorArraySpec:
        family = self._family
        spec = TensorArraySpec(
            family.element_shape, family.dtype, family.dynamic_size, family.infer_shape
        )
        spec.family = family
        return spec

    def __tf_tracing_type__(self, _: Any) -> TensorArraySpec:
        return ArgumentSpec(*self._type_spec._serialize())

    def __tf_tensor__(self, dtype: DType | None = None, name: str | None = None) -> NoReturn:
        raise TypeError(
            f"Failed to convert elements of {self!r} to Tensor: a TensorArray is a list of "
            "tensors. Use its `stack()`."
        )

    def _components(self) -> list[Any]:
        return [self._flow]

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self._family.dtype

    @property
    def dynamic_size(self) -> Any:
        """Whether writing past the end makes the array longer."""
        return self._family.dynamic_size

    @property
    def element_shape(self) -> TensorShape:
        """The shape of the elements, as far as it is known."""
        return self._family.element_shape

    @property
    def _infer_shape(self) -> bool:  # type: ignore[override]
        return self._family.infer_shape

    @property
    def flow(self) -> Any:
        """The list, a tensor of dtype `variant`."""
        return self._flow

    def identity(self) -> "GraphArray":
        """The array with another tensor as its flow."""
        return self._with(lists.identity_of(self._flow))

    def size(self, name: str | None = None) -> Any:
        """The number of elements, an int32 scalar."""
        if self._family.size is not None:
            return in_graph(convert(self._family.size, hint=int32), name or "Const")
        return lists.length_of(self._flow, name)

    def close(self, name: str | None = None) -> Operation:  # type: ignore[override]
        """An operation that does nothing: a list is gone when nobody needs it."""
        graph = thread.context.graph
        return graph.add(no_op, [], {}, [], graph.unique_name(name or "NoOp"))

    def grad(self, source: str, flow: Any = None, name: str | None = None) -> NoReturn:
        """Refused: gradients find their way through the list."""
        raise NotImplementedError(
            "TensorArray.grad belongs to TensorFlow 1; a tf.GradientTape follows the elements."
        )

    # ---- single elements

    @_scoped("TensorArrayV2Read")
    def read(self, index: Any) -> Any:
        """The element at `index`; zeros where nothing was written and the shape is known."""
        rows.check_dtype(self._flow, self.dtype)
        return lists.get_item_of(self._flow, index, self.element_shape)

    @_scoped("TensorArrayV2Write")
    def write(self, index: Any, value: Any) -> "GraphArray":
        """An array with `value` at `index`; ValueError for one of another shape."""
        return self._written(index, value, bool(self.dynamic_size), False)

    @_scoped("TensorArrayV2Write")
    def _fill(self, index: Any, value: Any) -> "GraphArray":
        """As `write`, where each element is written once at most, as in the loop of `map_fn`."""
        return self._written(index, value, False, True)

    def _written(self, index: Any, value: Any, grows: bool, once: bool) -> "GraphArray":
        tensor = self._converted(value)
        self._family.take(tensor.shape)
        return self._with(lists.set_item_of(self._flow, index, tensor, grows, once))

    # ---- all elements

    @_scoped("TensorArrayV2Stack")
    def stack(self) -> Any:
        """The elements side by side along a new first axis."""
        family = self._family
        return rows.stacked(self._flow, family.known_size, family.element_shape, family.dtype)

    def gather(self, indices: Any, name: str | None = None) -> Any:
        """The elements at `indices`, side by side along a new first axis."""
        return rows.gathered(self._flow, indices, self.element_shape, self.dtype, name)

    def concat(self, name: str | None = None) -> Any:
        """The elements one after the other along their first axis."""
        return rows.concatenated(self._flow, self.element_shape, self.dtype, name)

    @_scoped("TensorArrayUnstack")
    def unstack(self, value: Any) -> "GraphArray":
        """An array of the slices of `value` along its first axis."""
        tensor = self._converted(value)
        if tensor.shape.rank:
            self._family.take(tensor.shape[1:])
        return self._with(rows.from_tensor(tensor))

    @_scoped("TensorArrayScatter")
    def scatter(self, indices: Any, value: Any) -> "GraphArray":
        """An array with the slices of `value` along its first axis at `indices`."""
        tensor = self._converted(value)
        if tensor.shape.rank:
            self._family.take(tensor.shape[1:])
        grows = bool(self.dynamic_size)
        return self._with(rows.scattered(self._flow, indices, tensor, grows))

    @_scoped("TensorArraySplit")
    def split(self, value: Any, lengths: Any) -> "GraphArray":
        """An array of pieces of `value` along its first axis; `lengths` are theirs."""
        tensor = self._converted(value)
        counts = known_value(convert(lengths))
        if self._infer_shape and counts is not None and tensor.shape.rank and counts.size:
            first = int(counts.flat[0]) if len(set(counts.ravel().tolist())) == 1 else None
            self._family.take(TensorShape([first]).concatenate(tensor.shape[1:]))
        lengths = cast(lengths, int64)
        return self._with(rows.split_of(tensor, lengths, self.element_shape))

    def _converted(self, value: Any) -> Any:
        return in_graph(super()._converted(value), "value")

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.TensorArray object at {id(self):#x}>"


class ArgumentSpec(TensorArraySpec):
    """The type of an array as an argument: unlike in other places, shapes count."""

    __slots__ = ()

    def is_subtype_of(self, other: Any) -> bool:
        """Whether a trace for `other` serves arrays of this type."""
        return super().is_subtype_of(other) and self._element_shape == other._element_shape


def _with_element(flow: Any, family: Family) -> Any:
    """A list that knows what it holds."""
    if isinstance(flow, SymbolicTensor) and flow.element is None:
        flow.element = lists.Element(family.dtype, family.element_shape)
    return flow


GraphArray.__name__ = GraphArray.__qualname__ = TensorArray.__name__
GraphArray.__module__ = TensorArray.__module__
tensor_array.array_in_graph = GraphArray
