"""TensorArray: a list of tensors that a loop writes to and reads from, and the spec of one.

In eager mode it is a Python list with TensorFlow's rules: what has not been written reads as zeros
where the shape of the elements is known; what has been read is gone, unless `clear_after_read` is
false; and all elements have one dtype and, with `infer_shape`, one shape. Writing changes the array
in place and returns it, so that `array = array.write(...)` is right in graphs too. Nothing here is
an op: the tensors put in are the tensors taken out, so gradients find their way by themselves.

While a graph is built, `TensorArray(...)` makes one of the arrays of objects/graph_array.py, which
derive from this class and are known to users by this name alone.

Read next: objects/graph_array.py.
"""

import logging
from typing import Any, NoReturn

from headrace._src.core import dtypes
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype
from headrace._src.core.errors import InvalidArgumentError, OutOfRangeError
from headrace._src.core.pickling import pickled_from
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import TensorSpec, TypeSpec, register_type_spec_from_value_converter
from headrace._src.core.spec_registry import register
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.constant import zeros
from headrace._src.ops.joining import concat, split, stack, unstack

logger = logging.getLogger("tensorflow")


class TensorArray:
    """A list of tensors of one dtype, to be written and read in loops.

    dtype: the dtype of the elements.
    size: the number of elements, required.
    dynamic_size: whether writing past the end makes the array longer; it does not by default.
    clear_after_read: whether an element can be read only once, which frees its memory; it can by
        default only once.
    infer_shape: whether the first element written fixes the shape of all others.
    element_shape: the shape of the elements, of which any part may be unknown.
    flow: in a graph, the `flow` of another array, to begin with what that holds; no `size` then.
    name: in a graph, the name of the node. handle: refused. tensor_array_name,
        colocate_with_first_write_call: without effect, since nothing is placed beforehand.

    In a graph, too many elements, an index out of range or one element shaped unlike the others is
    found when it runs: tf.errors.InvalidArgumentError. `clear_after_read` is not enforced there,
    and `write` changes nothing but the array that it returns.

    >>> squares = tf.TensorArray(tf.float32, size=3)
    >>> for i in range(3):
    ...     squares = squares.write(i, float(i * i))
    >>> squares.stack()
    <tf.Tensor: shape=(3,), dtype=float32, numpy=array([0., 1., 4.], dtype=float32)>

    Raises ValueError without a size or with a handle.
    """

    def __new__(cls, *_: Any, **__: Any) -> "TensorArray":
        if cls is TensorArray and thread.context.graph is not None:
            cls = array_in_graph
        return object.__new__(cls)

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
            raise ValueError(
                "TensorArray handles are not supported when eager execution is enabled."
            )
        if size is None:
            raise ValueError(
                "Size must be declared for TensorArrays when eager execution is enabled."
            )
        self._dtype = as_dtype(dtype)
        self._dynamic_size = dynamic_size or False
        self._clear_after_read = clear_after_read is None or clear_after_read
        self._infer_shape = infer_shape
        self._element_shape = TensorShape(element_shape)
        self._tensors: list[Tensor | None] = [None for _ in range(_plain(size))]
        # The indices read while there was nothing left to keep: reading again is an error.
        self._cleared: set[int] = set()

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self._dtype

    @property
    def dynamic_size(self) -> bool:
        """Whether writing past the end makes the array longer."""
        return self._dynamic_size

    @property
    def element_shape(self) -> TensorShape:
        """The shape of the elements, as far as it is known."""
        return self._element_shape

    @property
    def flow(self) -> Tensor:
        """A scalar that stands for the array in graphs; 0 in eager mode."""
        return convert(0)

    @property
    def handle(self) -> None:
        """What refers to the array in graphs; None in eager mode."""
        return None

    def size(self, name: str | None = None) -> Tensor:
        """The number of elements, an int32 scalar."""
        return convert(len(self._tensors))

    def identity(self) -> "TensorArray":
        """The array itself."""
        return self

    def close(self, name: str | None = None) -> None:
        """Drops all elements: the size is 0 from then on."""
        del self._tensors[:]

    def grad(self, source: str, flow: Any = None, name: str | None = None) -> NoReturn:
        """Refused: a `tf.GradientTape` follows the elements without it."""
        raise NotImplementedError(
            "TensorArray.grad is not supported when executing eagerly; eager's gradient "
            "implementation does not use/need this function to compute gradients of operations "
            "that use TensorArrays."
        )

    def read(self, index: Any, name: str | None = None) -> Tensor:
        """The element at `index`; zeros where nothing was written and the shape is known.

        Raises tf.errors.OutOfRangeError for an index outside the array,
        tf.errors.InvalidArgumentError for a second reading with `clear_after_read`, ValueError
        where nothing was written and the shape is not known.
        """
        index = _plain(index)
        if index < 0:
            raise OutOfRangeError(
                None, None, f"Reading from negative indices (index {index}) is not allowed."
            )
        size = len(self._tensors)
        if index >= size:
            raise OutOfRangeError(
                None, None, f"Tried to read from index {index} but array size is: {size} "
            )
        if self._tensors[index] is None and index in self._cleared:
            raise InvalidArgumentError(
                None,
                None,
                f"Could not read index {index} twice because it was cleared after a previous read "
                "(perhaps try setting clear_after_read = false?)",
            )
        tensor = self._filled(index)
        if self._clear_after_read:
            self._tensors[index] = None
            self._cleared.add(index)
        return tensor

    def write(self, index: Any, value: Any, name: str | None = None) -> "TensorArray":
        """The array, with `value` at `index`.

        Raises tf.errors.OutOfRangeError for an index outside an array of fixed size,
        tf.errors.InvalidArgumentError for a value of another dtype, ValueError for one of another
        shape.
        """
        index = _plain(index)
        if index < 0:
            raise OutOfRangeError(
                None, None, f"Writing to negative indices (index {index}) is not allowed."
            )
        size = len(self._tensors)
        if index >= size:
            if not self._dynamic_size:
                raise OutOfRangeError(
                    None,
                    None,
                    f"Tried to write to index {index} but array is not resizeable and size is: "
                    f"{size} ",
                )
            self._tensors += [None for _ in range(index - size + 1)]
        tensor = convert(value, hint=self._dtype)
        if tensor.dtype is not self._dtype:
            raise InvalidArgumentError(
                None,
                None,
                f"TensorArray dtype is {self._dtype.name} but Op is trying to write dtype "
                f"{tensor.dtype.name} ",
            )
        if not self._element_shape.is_compatible_with(tensor.shape):
            raise ValueError(
                f"Incompatible shape for value ({tensor.shape}), expected ({self._element_shape})"
            )
        if self._infer_shape:
            self._element_shape = self._element_shape.merge_with(tensor.shape)
        self._tensors[index] = tensor
        return self

    def stack(self, name: str | None = None) -> Tensor:
        """The elements side by side along a new first axis.

        Raises ValueError where an element was not written and the shape is not known,
        tf.errors.InvalidArgumentError where shapes differ.
        """
        return self._stacked(range(len(self._tensors)))

    def gather(self, indices: Any, name: str | None = None) -> Tensor:
        """The elements at `indices`, side by side along a new first axis."""
        return self._stacked(_plain(indices))

    def concat(self, name: str | None = None) -> Tensor:
        """The elements one after the other along their first axis.

        Raises tf.errors.InvalidArgumentError for scalars and for an array of no elements.
        """
        tensors = [self._filled(i) for i in range(len(self._tensors))]
        for i, tensor in enumerate(tensors):
            if tensor.shape.rank == 0:
                raise InvalidArgumentError(
                    None,
                    None,
                    f"Concat saw a scalar shape at index {i} but requires at least vectors.",
                )
        if not tensors:
            raise InvalidArgumentError(
                None,
                None,
                "TensorArray.concat needs at least one element; the size is 0. [Op:ConcatV2] "
                "name: ",
            )
        return concat(tensors, 0, name)

    def unstack(self, value: Any, name: str | None = None) -> "TensorArray":
        """The array, with the slices of `value` along its first axis as all its elements.

        Raises ValueError for a scalar, and for more slices than an array of fixed size holds.
        """
        tensor = self._converted(value)
        tensors = unstack(tensor)
        size = len(self._tensors)
        if len(tensors) > size and not self._dynamic_size:
            raise ValueError(
                f"Cannot unstack {len(tensors)} tensors into a TensorArray of static size {size} "
            )
        self._tensors = list(tensors)
        return self

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> "TensorArray":
        """The array, with the slices of `value` along its first axis at `indices`.

        What is too much of either is left out. Raises as `write` does.
        """
        for index, tensor in zip(_plain(indices), unstack(convert(value)), strict=False):
            self.write(index, tensor)
        return self

    def split(self, value: Any, lengths: Any, name: str | None = None) -> "TensorArray":
        """The array, with pieces of `value` along its first axis as all its elements.

        lengths: the length of each piece, a vector of as many integers as the array has elements.

        Raises tf.errors.InvalidArgumentError where the lengths do not add up, or are not as many.
        """
        tensor = self._converted(value)
        lengths = convert(lengths)
        if lengths.shape.rank != 1:
            raise InvalidArgumentError(
                None,
                None,
                f"Expected lengths to be a vector, received shape: {lengths.shape.as_list()} ",
            )
        if tensor.shape.rank == 0:
            raise InvalidArgumentError(
                None, None, "Expected value to be at least a vector, but received shape: [] "
            )
        total = int(lengths.numpy().sum())
        if total != tensor.shape[0]:
            raise InvalidArgumentError(
                None,
                None,
                "Expected sum of lengths to be equal to values.shape[0], but sum of lengths is "
                f"{total} and value's shape is: {tensor.shape.as_list()} ",
            )
        size, count = len(self._tensors), lengths.shape[0]
        if count != size and not self._dynamic_size:
            raise InvalidArgumentError(
                None,
                None,
                f"TensorArray's size is not equal to the size of lengths ({size} vs. {count}), "
                "and the TensorArray is not marked as dynamically resizeable.",
            )
        self._tensors = list(split(tensor, lengths))
        return self

    def __tf_tracing_type__(self, _: Any) -> "TensorArraySpec":
        return TensorArraySpec.from_value(self)

    def __tf_tensor__(self, dtype: DType | None = None, name: str | None = None) -> Any:
        if thread.context.graph is not None:
            raise self._no_components()
        kind = type(self)
        raise ValueError(
            f"Attempt to convert a value ({self!r}) with an unsupported type ({kind}) to a Tensor."
        )

    def _components(self) -> list[Any]:
        """What the array consists of in a graph."""
        raise self._no_components()

    @staticmethod
    def _no_components() -> Exception:
        return NotImplementedError(
            "Attempting to build a graph-mode TF2-style TensorArray from either an eager-mode "
            "TensorArray or a TF1-style TensorArray.  This is not currently supported.  You may be "
            "attempting to capture a TensorArray inside a tf.function or tf.data map function. "
            "Instead, construct a new TensorArray inside the function."
        )

    def _filled(self, index: Any) -> Tensor:
        """The element at `index`, which is zeros from now on if it was nothing."""
        tensor = self._tensors[index]
        if tensor is None:
            tensor = self._tensors[index] = zeros(self._element_shape, self._dtype)
        return tensor

    def _stacked(self, indices: Any) -> Tensor:
        tensors = [self._filled(index) for index in indices]
        if tensors:
            return stack(tensors)
        shape = self._element_shape
        rest = tuple(shape) if shape.is_fully_defined() else ()
        return zeros((0, *rest), self._dtype)

    def _converted(self, value: Any) -> Tensor:
        """`value` as a tensor. Another dtype is let in, as TensorFlow does, but not in silence."""
        tensor = convert(value, hint=self.dtype)
        if tensor.dtype is not self.dtype:
            logger.error(
                "A TensorArray of dtype %s is given elements of dtype %s.",
                self.dtype.name,
                tensor.dtype.name,
            )
        return tensor


class TensorArraySpec(TypeSpec):
    """The type of a `tf.TensorArray`.

    element_shape: the shape of the elements, of which any part may be unknown.
    dtype: the dtype of the elements.
    dynamic_size: whether the array can become longer.
    infer_shape: whether the first element fixes the shape of the others.

    >>> tf.TensorArraySpec([2, None], tf.int32)
    TensorArraySpec(TensorShape([2, None]), tf.int32, False, True)
    """

    __slots__ = ("_dtype", "_dynamic_size", "_element_shape", "_infer_shape", "family")

    def __init__(
        self,
        element_shape: Any = None,
        dtype: Any = dtypes.float32,
        dynamic_size: bool = False,
        infer_shape: bool = True,
    ) -> None:
        self._element_shape = TensorShape(element_shape)
        self._dtype = as_dtype(dtype)
        self._dynamic_size = dynamic_size
        self._infer_shape = infer_shape
        # Of an array in a graph: what it shares with those it comes from.
        self.family: Any = None

    @property
    def value_type(self) -> Any:
        """`tf.TensorArray`."""
        return TensorArray

    @staticmethod
    def from_value(value: Any) -> "TensorArraySpec":
        """The spec of `value`, a TensorArray; TypeError for anything else."""
        if not isinstance(value, TensorArray):
            raise TypeError(f"Expected value to be a TensorArray, but got: `{type(value)}`")
        return TensorArraySpec(
            value.element_shape, value.dtype, value.dynamic_size, value._infer_shape
        )

    def is_subtype_of(self, other: Any) -> bool:
        """Whether `other` is a TensorArraySpec of the same dtype and kind of size."""
        # An array finds out its elements' shape as it is written: shapes are no part of it.
        return (
            isinstance(other, TensorArraySpec)
            and self._dtype is other._dtype
            and self._dynamic_size == other._dynamic_size
        )

    def is_compatible_with(self, other: Any) -> bool:
        """Whether `other`, an array or a spec, is alike and its elements' shape may be the same."""
        if not isinstance(other, TypeSpec):
            if not isinstance(other, TensorArray):
                return False
            other = TensorArraySpec.from_value(other)
        return self.is_subtype_of(other) and self._element_shape.is_compatible_with(
            other._element_shape
        )

    def most_specific_common_supertype(self, others: Any) -> Any:
        """This spec, if all `others` are of the same dtype and kind of size; else None."""
        if not all(self.is_subtype_of(other) for other in others):
            return None
        made = self
        for other in others:
            if made.family is not other.family:
                made = made._with_family(made.family.common(other.family))
        return made

    def _with_family(self, family: Any) -> "TensorArraySpec":
        shape = family.element_shape
        made = TensorArraySpec(shape, self._dtype, self._dynamic_size, self._infer_shape)
        made.family = family
        return made

    def _serialize(self) -> tuple[Any, ...]:
        return self._element_shape, self._dtype, self._dynamic_size, self._infer_shape

    @property
    def _component_specs(self) -> Any:
        return [TensorSpec([], dtypes.variant)]

    def _to_components(self, value: Any) -> list[Any]:
        return value._components()

    def _from_components(self, components: Any) -> Any:
        (flow,) = components
        if flow.dtype is not dtypes.variant:
            raise TypeError(
                f"A tf.TensorArray consists of a tensor of dtype variant, not of {flow!r}."
            )
        if isinstance(flow, EagerTensor):
            return flow  # as TensorFlow does: what a function hands to eager code is its flow
        return array_in_graph.of_flow(flow, self)


# Filled by objects/graph_array.py: the class of arrays while a graph is built.
array_in_graph: Any = None


def _plain(number: Any) -> Any:
    """The value of a tensor, for Python to judge whether it is an integer; else what came."""
    return number.numpy() if isinstance(number, EagerTensor) else number


register("tf.TensorArraySpec")(TensorArraySpec)
register_type_spec_from_value_converter(
    TensorArray, TensorArraySpec.from_value, allow_subclass=True
)

TensorArray.__module__ = "tensorflow.python.ops.tensor_array_ops"
TensorArraySpec.__module__ = "tensorflow.python.ops.tensor_array_ops"
pickled_from(__name__, TensorArraySpec)
