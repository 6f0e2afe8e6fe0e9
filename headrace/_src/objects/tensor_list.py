"""Lists of tensors as values of a graph: what TensorArrays and the gradients of loops are made of.

A list is a tensor of dtype `variant`; ops that change it answer another list. On the host it is a
Python list (of arrays, and of None where nothing was put yet); in a compiled program a buffer with
room for so many elements (xla/lists.py). How many, is what the list was made with, or what the
program allows when nobody knows; a program whose list outgrows its buffer is run again with a
larger one (engine/execute.py).

What a list holds is said by `SymbolicTensor.element`: dtype and shape of its elements, which may be
lists themselves. Here are the steps on single elements; objects/list_rows.py has those on all.

The gradient of a list is a list. That of reading some elements is zeros but for these: `Slots` are
that list, not yet made, so that adding it to another touches these elements alone.

Read next: objects/list_rows.py, objects/loops.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, int32, string, variant
from headrace._src.core.namespace import xp
from headrace._src.core.shapes import TensorShape, scalar
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine import gradient
from headrace._src.engine.convert import convert, in_graph
from headrace._src.engine.graph import Operation, SymbolicTensor
from headrace._src.engine.opdef import Argument
from headrace._src.engine.step import Step, step


@dataclass(frozen=True)
class Element:
    """What a list holds: dtype and shape, and where the elements are lists, what these hold.

    For a list of lists, `dtype` is that of the innermost elements.
    """

    dtype: DType
    shape: TensorShape
    inner: "Element | None" = None

    @property
    def tensor_dtype(self) -> DType:
        """The dtype of an element as a tensor."""
        return self.dtype if self.inner is None else variant


def element_of(tensor: SymbolicTensor) -> Element:
    """The kind of element that `tensor` is, when it is put into a list."""
    if tensor.dtype is variant:
        return Element(tensor.element.dtype, scalar, tensor.element)
    return Element(tensor.dtype, tensor.shape)


def add(
    kind: Step,
    inputs: list[Any],
    attributes: dict[str, Any],
    outputs: list[tuple[DType, TensorShape]],
    element: Element | None,
    name: str | None = None,
) -> Operation:
    """A node of the graph that is being built; its lists hold elements like `element`."""
    context = thread.context
    graph = context.graph
    node_name = graph.unique_name(name or kind.name)
    arguments = kind.definition.inputs
    taken = [
        graph.input(_converted(kind, x, argument), f"{node_name}/{argument.name}")
        for x, argument in zip(inputs, arguments, strict=True)
    ]
    node = graph.add(kind, taken, attributes, outputs, node_name)
    for tensor in node.outputs:
        if tensor.dtype is variant:
            tensor.element = element
    for recorder in context.recorders:
        recorder.step(node)
    return node


def _converted(kind: Step, value: Any, argument: Argument) -> Any:
    """An input as a tensor; raises TypeError for an index or a size that is no int32."""
    if argument.type != "int32":
        return convert(value)
    if isinstance(value, Tensor):
        if value.dtype is not int32:
            raise TypeError(
                f"Input '{argument.name}' of '{kind.name}' Op has type {value.dtype.name} that "
                "does not match expected type of int32."
            )
        return value
    try:
        return convert(value, int32)
    except (TypeError, ValueError):
        if value is None:
            raise
        raise TypeError(
            f"Expected int32 passed to parameter '{argument.name}' of op '{kind.name}', got "
            f"{value!r} of type '{type(value).__name__}' instead. Error: Expected int32, but got "
            f"{value} of type '{type(value).__name__}'."
        ) from None


# ---- making lists --------------------------------------------------------------------------------


@step("EmptyTensorList")
def empty_list(machine: Any, node: Operation, element_shape: Any, most: Any) -> Any:
    """A list without elements."""
    del element_shape
    if machine.is_host:
        return []
    return machine.stack(0, _room(machine, most), _like(node.outputs[0].element))


@step("TensorListReserve")
def reserve(machine: Any, node: Operation, element_shape: Any, count: Any) -> Any:
    """A list of so many elements, none of which is there yet."""
    del element_shape
    if machine.is_host:
        if int(np.asarray(count)) < 0:
            raise refusal(
                f"The num_elements to reserve must be a non negative number, but got {count}"
            )
        return [None] * int(np.asarray(count))
    if type(count) is np.ndarray:
        if count < 0:
            raise ValueError(f"{int(count)} elements")
        room = _room(machine, -1, int(count)) if node.attributes["grows"] else max(int(count), 1)
        return machine.stack(count, room, _like(node.outputs[0].element))
    room = _room(machine, -1)
    machine.require(count >= 0)
    machine.outgrown(count > room)
    return machine.stack(count, room, _like(node.outputs[0].element))


def _room(machine: Any, most: Any, least: int = 0) -> int:
    """How many elements a list in a program has room for."""
    if type(most) is np.ndarray and int(most) >= 0:
        return max(int(most), 1)
    return max(machine.capacity, least)


def _like(element: Element) -> Any:
    """Shape and dtype of an element where they are known beforehand."""
    if element.inner is not None or not element.shape.is_fully_defined():
        return None
    return tuple(element.shape), element.dtype.array_dtype


def make_empty(element: Element, most: Any = -1) -> SymbolicTensor:
    """A node that makes an empty list with room for `most` elements, -1 for an unknown number."""
    attributes = {"element_dtype": element.tensor_dtype, "shape_type": int32}
    shape = shape_tensor(element)
    return add(empty_list, [shape, most], attributes, [(variant, scalar)], element).outputs[0]


def make_reserved(element: Element, count: Any, grows: bool, name: str | None = None) -> Any:
    """A node that makes a list of `count` elements; `grows`: whether it may get more."""
    attributes = {"element_dtype": element.tensor_dtype, "shape_type": int32, "grows": grows}
    shape = shape_tensor(element)
    return add(reserve, [shape, count], attributes, [(variant, scalar)], element, name).outputs[0]


def shape_tensor(element: Element) -> Any:
    """The shape of an element as the steps take it, with -1 for what is not known."""
    shape = element.shape
    if shape.rank is None:
        return -1
    if shape.rank == 0:
        return in_graph(convert(np.zeros(0, np.int32)), "Const")
    return np.array([-1 if n is None else n for n in shape.as_list()], np.int32)


# ---- a stack -------------------------------------------------------------------------------------


@step("TensorListPushBack")
def push_back(machine: Any, node: Operation, items: Any, element: Any) -> Any:
    """The list with an element more."""
    if machine.is_host:
        return [*listed(items), element]
    machine.outgrown(items.length >= items.capacity)
    return items.put(items.length, machine.traced(element), items.length + 1)


@push_back.gradient
def _(node: Operation, dz: Any) -> list[Any]:
    return list(pop(whole(dz)))


@step("TensorListPopBack")
def pop_back(machine: Any, node: Operation, items: Any, element_shape: Any) -> tuple:
    """The list without its last element, and that element."""
    del element_shape
    if machine.is_host:
        items = listed(items)
        return items[:-1], items[-1]  # None for what a branch not taken would have pushed
    last = items.length - 1
    items = machine.with_buffer(items, node.outputs[1])
    return items.cut(last), items.get(last)


@pop_back.gradient
def _(node: Operation, d_rest: Any, d_element: Any) -> list[Any]:
    if d_rest is None:
        d_rest = zero_list(node.outputs[0])
    if d_element is None:
        d_element = gradient.zeros_for(node.outputs[1])
    return [push(whole(d_rest), d_element), None]


def push(items: SymbolicTensor, element: Any) -> SymbolicTensor:
    """The list `items` with `element` at its end."""
    kind = items.element
    attributes = {"element_dtype": kind.tensor_dtype}
    return add(push_back, [items, element], attributes, [(variant, scalar)], kind).outputs[0]


def pop(items: SymbolicTensor) -> tuple[SymbolicTensor, SymbolicTensor]:
    """The list `items` without its last element, and that element."""
    kind = items.element
    outputs = [(variant, scalar), (kind.tensor_dtype, kind.shape)]
    attributes = {"element_dtype": kind.tensor_dtype}
    node = add(pop_back, [items, shape_tensor(kind)], attributes, outputs, kind)
    rest, element = node.outputs
    element.element = kind.inner
    return rest, element


# ---- single elements -----------------------------------------------------------------------------


@step("TensorListGetItem")
def get_item(machine: Any, node: Operation, items: Any, index: Any, element_shape: Any) -> Any:
    """The element at `index`; zeros where nothing was put."""
    del element_shape
    if machine.is_host:
        items = listed(items)
        at = _checked(index, len(items), "access")
        return there(items, [at], node.outputs[0], _UNREAD)[0]
    machine.require((index >= 0) & (index < items.length))
    return machine.with_buffer(items, node.outputs[0]).get(index)


_UNREAD = (
    "Trying to read an uninitialized tensor but element_shape is not fully defined: {} and no list "
    "element is set."
)


@get_item.gradient
def _(node: Operation, dz: Any) -> list[Any]:
    items, index, _ = node.inputs
    return [Slots(items, index, dz), None, None]


@step("TensorListSetItem")
def set_item(machine: Any, node: Operation, items: Any, index: Any, element: Any) -> Any:
    """The list with `element` at `index`."""
    grows = node.attributes["resize_if_index_out_of_bounds"]
    given, held = node.inputs[2].dtype, node.inputs[0].element.tensor_dtype
    if given is not held:
        # On the host an error of the program; the compiler has no word for it and asks the host.
        raise ValueError(
            f"Invalid data types; op elements {given.kernel_name} but list elements "
            f"{held.kernel_name}"
        )
    if np.ndim(index):
        raise ValueError(f"The index of an element is a scalar, but has shape {index.shape}.")
    if machine.is_host:
        items = list(listed(items))
        at = int(np.asarray(index))
        if grows and at >= len(items):
            items += [None] * (at + 1 - len(items))
        items[_checked(at, len(items), "modify")] = element
        return items
    length = items.length
    if grows:
        length = xp_of(index, length).maximum(length, index + 1)
        machine.outgrown(index >= items.capacity)
        machine.require(index >= 0)
    else:
        machine.require((index >= 0) & (index < length))
    return items.put(index, machine.traced(element), length)


@set_item.gradient
def _(node: Operation, dz: Any) -> list[Any]:
    _, index, element = node.inputs
    dz = whole(dz)
    if node.attributes.get("once", False):
        return [dz, None, get_item_of(dz, index, element.shape)]
    cleared = set_item_of(dz, index, gradient.zeros_for(element))
    return [cleared, None, get_item_of(dz, index, element.shape)]


def get_item_of(items: Any, index: Any, shape: TensorShape, name: str | None = None) -> Any:
    """The element of a list at `index`."""
    kind = items.element
    attributes = {"element_dtype": kind.tensor_dtype}
    outputs = [(kind.tensor_dtype, kind.shape.merge_with(shape))]
    element = Element(kind.dtype, outputs[0][1])
    node = add(get_item, [items, index, shape_tensor(element)], attributes, outputs, None, name)
    return node.outputs[0]


def set_item_of(
    items: Any, index: Any, element: Any, grows: bool = False, once: bool = False
) -> Any:
    """A list with `element` at `index`.

    grows: whether an index past the end makes the list longer. once: the caller's word that nothing
    was or will be put there besides, so that the gradient there need not be cleared: a copy less in
    each round of a loop.
    """
    kind = items.element
    attributes = {
        "element_dtype": kind.tensor_dtype,
        "resize_if_index_out_of_bounds": grows,
        "once": once,
    }
    outputs = [(variant, scalar)]
    return add(set_item, [items, index, element], attributes, outputs, kind).outputs[0]


# ---- the list as one value -----------------------------------------------------------------------


@step("TensorListLength")
def length(machine: Any, node: Operation, items: Any) -> Any:
    """How many elements there are."""
    if machine.is_host:
        return np.array(len(listed(items)), np.int32)
    return machine.integer(items.length)


def length_of(items: Any, name: str | None = None) -> Any:
    """How many elements a list has."""
    return add(length, [items], {}, [(int32, scalar)], None, name).outputs[0]


@step("Identity")
def same_list(machine: Any, node: Operation, items: Any) -> Any:
    """The list itself."""
    return items


@same_list.gradient
def _(node: Operation, dz: Any) -> list[Any]:
    return [dz]


def identity_of(items: Any, name: str | None = None) -> Any:
    """A list as another tensor."""
    outputs = [(variant, scalar)]
    return add(same_list, [items], {"T": variant}, outputs, items.element, name).outputs[0]


@step("ZerosLike")
def zeros_of_list(machine: Any, node: Operation, items: Any) -> Any:
    """A list of zeros as long as another."""
    if machine.is_host:
        return [None if item is None else _zeros(item) for item in listed(items)]
    return machine.zeroed(items)


@zeros_of_list.gradient
def _(node: Operation, dz: Any) -> list[Any]:
    return [None]


@step("AddN")
def sum_of_lists(machine: Any, node: Operation, *lists: Any) -> Any:
    """Two lists, added element by element; what only one of them has stays what it is."""
    one, other = lists
    if machine.is_host:
        return _sum(listed(one), listed(other))
    return machine.summed(one, other)


@sum_of_lists.gradient
def _(node: Operation, dz: Any) -> list[Any]:
    return [dz, dz]


# ---- gradients of lists --------------------------------------------------------------------------


class Slots:
    """A list of zeros but for the elements at `index`, which are added to: not yet made.

    items: the list that was read. index: a scalar, or a vector for several elements at once.
    value: what is there.
    """

    dtype = variant

    def __init__(self, items: Any, index: Any, value: Any) -> None:
        self.items = items
        self.index = index
        self.value = value

    @property
    def parts(self) -> tuple[Any, Any, Any]:
        """The tensors that make it up."""
        return self.items, self.index, self.value

    def dense(self) -> Any:
        """The list."""
        return self.added_to(zero_list(self.items))

    def added_to(self, items: Any) -> Any:
        """The sum with another list."""
        if thread.context.graph is None:
            raise NotImplementedError(
                "A gradient of reading from a list of tensors is wanted outside of functions. Read "
                "and write TensorArrays within one tf.function."
            )
        if self.index.shape.rank:
            return add_rows(items, self.value, self.index)
        old = get_item_of(items, self.index, self.value.shape)
        return set_item_of(items, self.index, gradient.add(old, self.value))


def whole(dz: Any) -> Any:
    """The gradient of a list as a list."""
    return dz.dense() if isinstance(dz, Slots) else dz


def zero_list(items: Any) -> Any:
    """A list of zeros as long as `items`."""
    if type(items) is EagerTensor:
        return _eager(_zeros(items._array), items)
    outputs = [(variant, scalar)]
    return add(zeros_of_list, [items], {"T": variant}, outputs, items.element).outputs[0]


def add_lists(one: Any, other: Any) -> Any:
    """Two lists, added element by element."""
    if isinstance(other, Slots):
        return other.added_to(whole(one))
    if isinstance(one, Slots):
        return one.added_to(other)
    if type(one) is EagerTensor:
        return _eager(_sum(one._array, other._array), one)
    context = thread.context
    graph = context.graph
    name = graph.unique_name("AddN")
    taken = [graph.input(one, name), graph.input(other, name)]
    attributes = {"T": variant, "N": 2}
    node = graph.add(sum_of_lists, taken, attributes, [(variant, scalar)], name, (2,))
    node.outputs[0].element = one.element
    for recorder in context.recorders:
        recorder.step(node)
    return node.outputs[0]


# ---- on the host ---------------------------------------------------------------------------------


def listed(items: Any) -> list[Any]:
    """A list, also one that comes from a compiled program."""
    return items if isinstance(items, list) else items.listed()


def refusal(message: str) -> Exception:
    """The error for a list that is not as a step wants it."""
    return errors.InvalidArgumentError(None, None, message)


def _checked(index: Any, count: int, what: str) -> int:
    at = int(np.asarray(index))
    if not 0 <= at < count:
        raise refusal(f"Trying to {what} element {at} in a list with {count} elements.")
    return at


def there(
    items: list[Any], places: Iterable[int], output: SymbolicTensor, why: str, lead: int = 0
) -> list[Any]:
    """Elements of a list, with zeros for those that were never put.

    output: what they are for; `lead` of its axes come before those of an element.
    why: the error where nobody knows the shape of the zeros.
    """
    found = [items[place] for place in places]
    if all(item is not None for item in found):
        return found
    if output.dtype is variant:
        return [[] if item is None else item for item in found]
    known = next((item for item in items if item is not None), None)
    sizes = known_sizes(output, lead) if known is None else known.shape
    if sizes is None:
        raise refusal(why.format(told(output.shape, lead)))
    dtype = output.dtype.array_dtype
    blank = np.full(sizes, b"", dtype) if output.dtype is string else np.zeros(sizes, dtype)
    return [blank if item is None else item for item in found]


def known_sizes(output: SymbolicTensor, lead: int) -> list[Any] | None:
    """The shape of the elements that `output` consists of, if all of it is known."""
    shape = output.shape
    sizes = None if shape.rank is None else shape.as_list()[lead:]
    return None if sizes is None or None in sizes else sizes


def told(shape: TensorShape, lead: int) -> str:
    """The shape of an element in an error's words; `lead` axes come before those of an element."""
    if shape.rank is None:
        return "<unknown>"
    return f"[{','.join('?' if n is None else str(n) for n in shape.as_list()[lead:])}]"


def _eager(value: Any, like: EagerTensor) -> Any:
    """A list between programs, which hand it over as an eager tensor."""
    made = EagerTensor(value, variant)
    vars(made)["element"] = like.element
    return made


def _zeros(item: Any) -> Any:
    if hasattr(item, "mapped"):
        return item.mapped(lambda leaf: leaf * 0)
    if isinstance(item, list):
        return [None if i is None else _zeros(i) for i in item]
    return np.zeros(item.shape, item.dtype)


def _sum(a: Any, b: Any) -> Any:
    if a is None or b is None:
        return b if a is None else a
    if hasattr(a, "plus") and hasattr(b, "plus"):
        return a.plus(b)
    if hasattr(a, "listed") or hasattr(b, "listed"):
        return _sum(listed(a), listed(b))
    if isinstance(a, list):
        return [_sum(x, y) for x, y in zip_longest(a, b)]
    return np.asarray(a) + np.asarray(b)


def xp_of(*values: Any) -> Any:
    """The namespace for values of which some may be known: NumPy's if all are."""
    return next((xp(v) for v in values if not isinstance(v, (np.ndarray, np.generic, int))), np)


def _unfilled(*_: Any) -> Any:
    raise RuntimeError("objects/tensor_list.py: the slot is filled by objects/list_rows.py.")


# Filled by objects/list_rows.py: adds rows to elements of a list.
add_rows: Any = _unfilled

gradient.add_lists = add_lists
gradient.zero_list = zero_list
for _step in (push_back, set_item):
    _step.takes_missing = True
