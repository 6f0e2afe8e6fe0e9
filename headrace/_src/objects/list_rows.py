"""Steps on all elements of a list at once: stacked, gathered, joined; and tensors made lists.

The elements of a list are the rows of a tensor: `TensorListStack` and `TensorListFromTensor` are
the two ways, and each is the other's gradient. So are joining elements end to end and splitting a
tensor (`Concat`, `Split`), and taking some rows and putting them (`Gather`, `Scatter`).

In a compiled program the rows are there already, as the buffer of the list; only a list of which
nobody knows beforehand how long it is has to be stacked by the host.

Read next: objects/graph_array.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import int32, int64, variant
from headrace._src.core.shapes import TensorShape, scalar, unknown
from headrace._src.engine import gradient
from headrace._src.engine.convert import convert, in_graph
from headrace._src.engine.graph import Operation
from headrace._src.engine.step import step
from headrace._src.objects import tensor_list
from headrace._src.objects.tensor_list import (
    Element,
    Slots,
    add,
    known_sizes,
    listed,
    refusal,
    shape_tensor,
    there,
    told,
    whole,
)

# ---- all rows ------------------------------------------------------------------------------------


@step("TensorListStack")
def stack(machine: Any, node: Operation, items: Any, element_shape: Any) -> Any:
    """The elements side by side along a new first axis."""
    del element_shape
    output = node.outputs[0]
    count = node.attributes["num_elements"]
    if not machine.is_host:
        rows = machine.stacked(items, output)
        if count not in (-1, len(rows)):
            raise ValueError(_other_length(count, len(rows)))
        return rows
    rows = None if isinstance(items, list) else items.rows()
    length = len(items := listed(items)) if rows is None else len(rows)
    if count not in (-1, length):
        raise refusal(_other_length(count, length))
    if rows is not None:
        return rows
    if not items:
        sizes = known_sizes(output, 1)
        if sizes is None:
            raise refusal(
                "Tried to stack elements of an empty list with non-fully-defined element_shape: "
                f"{told(output.shape, 1)}"
            )
        return np.zeros((0, *sizes), output.dtype.array_dtype)
    filled = there(
        items,
        range(length),
        output,
        "Tried to stack list which only contains uninitialized tensors and has a "
        "non-fully-defined element_shape: {}",
        1,
    )
    return _side_by_side(filled)


def _other_length(wanted: int, found: int) -> str:
    return f"Operation expected a list with {wanted} elements but got a list with {found} elements."


def _side_by_side(elements: list[np.ndarray]) -> np.ndarray:
    for i, element in enumerate(elements):
        if element.shape != elements[0].shape:
            raise refusal(
                f"Tried to stack elements of different shapes: element 0 has {elements[0].shape}, "
                f"element {i} has {element.shape}."
            )
    return np.stack(elements)


@stack.gradient
def _(node: Operation, dz: Any) -> list[Any]:
    return [from_tensor(dz, node.inputs[0].element), None]


@step("TensorListFromTensor")
def from_rows(machine: Any, node: Operation, rows: Any, element_shape: Any) -> Any:
    """The rows of a tensor as a list."""
    del element_shape
    if not rows.ndim:
        raise ValueError("Tensor must be at least a vector, but saw shape: []")
    if machine.is_host:
        return [np.asarray(row, rows.dtype) for row in np.asarray(rows)]
    return machine.unstacked(rows)


@from_rows.gradient
def _(node: Operation, dz: Any) -> list[Any]:
    rows = node.inputs[0]
    return [stacked(whole(dz), rows.shape[:1], rows.shape[1:]), None]


def stacked(
    items: Any,
    count: TensorShape = unknown,
    shape: TensorShape = unknown,
    dtype: Any = None,
    name: str | None = None,
) -> Any:
    """The elements of a list side by side.

    count, shape, dtype: what is known of the number of elements and of each; ValueError for another
    dtype than that of the list.
    """
    kind = check_dtype(items, dtype)
    inner = kind.shape.merge_with(shape)
    first = count[0] if count.rank == 1 else None
    attributes = {"element_dtype": kind.dtype, "num_elements": -1 if first is None else first}
    inputs = [items, shape_tensor(Element(kind.dtype, inner))]
    outputs = [(kind.dtype, _rows_of(first, inner))]
    return add(stack, inputs, attributes, outputs, None, name).outputs[0]


def _rows_of(count: int | None, inner: TensorShape) -> TensorShape:
    return unknown if inner.rank is None else TensorShape([count]).concatenate(inner)


def from_tensor(rows: Any, element: Element | None = None, name: str | None = None) -> Any:
    """The rows of a tensor as a list."""
    inner = rows.shape[1:] if rows.shape.rank else unknown
    kind = Element(rows.dtype, inner if element is None else element.shape.merge_with(inner))
    attributes = {"element_dtype": kind.dtype, "shape_type": int32}
    inputs = [rows, shape_tensor(kind)]
    return add(from_rows, inputs, attributes, [(variant, scalar)], kind, name).outputs[0]


def check_dtype(items: Any, dtype: Any) -> Element:
    """What a list holds; raises ValueError where that is not of `dtype`."""
    kind = items.element
    if dtype is not None and kind.dtype is not dtype:
        raise ValueError(
            f"Trying to read from list with wrong element dtype. List has type "
            f"{kind.dtype.kernel_name} but expected type {dtype.kernel_name}."
        )
    return kind


# ---- some rows -----------------------------------------------------------------------------------


@step("TensorListGather")
def gather(machine: Any, node: Operation, items: Any, indices: Any, element_shape: Any) -> Any:
    """The elements at `indices` side by side."""
    del element_shape
    output = node.outputs[0]
    if not machine.is_host:
        machine.require((indices >= 0) & (indices < items.length))
        return machine.with_buffer(items, output, 1).get(indices)
    items = listed(items)
    places = np.asarray(indices).tolist()
    for place in places:
        if not 0 <= place < len(items):
            raise refusal(f"Trying to gather element {place} in a list with {len(items)} elements.")
    if not places:
        sizes = known_sizes(output, 1)
        if sizes is None:
            raise refusal(
                "Tried to gather 0-elements from a list with non-fully-defined shape: "
                f"{told(output.shape, 1)}"
            )
        return np.zeros((0, *sizes), output.dtype.array_dtype)
    why = (
        "Tried to gather uninitialized tensors from a list with non-fully-defined element_shape: {}"
    )
    return _side_by_side(there(items, places, output, why, 1))


@gather.gradient
def _(node: Operation, dz: Any) -> list[Any]:
    items, indices, _ = node.inputs
    return [Slots(items, indices, dz), None, None]


def gathered(items: Any, indices: Any, shape: TensorShape, dtype: Any, name: str | None) -> Any:
    """The elements of a list at `indices`, a vector, side by side."""
    kind = check_dtype(items, dtype)
    inner = kind.shape.merge_with(shape)
    element = shape_tensor(Element(kind.dtype, inner))
    indices = _indices(indices)
    first = indices.shape[0] if indices.shape.rank else None
    attributes = {"element_dtype": kind.dtype}
    inputs = [items, indices, element]
    outputs = [(kind.dtype, _rows_of(first, inner))]
    return add(gather, inputs, attributes, outputs, None, name).outputs[0]


def _indices(indices: Any) -> Any:
    """Indices as a tensor; none at all are integers too."""
    return convert(indices, int32) if isinstance(indices, (list, tuple)) else convert(indices)


@step("TensorListScatterIntoExistingList")
def scatter(machine: Any, node: Operation, items: Any, rows: Any, indices: Any) -> Any:
    """The list with the rows of a tensor at `indices`; or, where it `adds`, added to these."""
    adds, grows = node.attributes.get("adds", False), node.attributes.get("grows", True)
    if len(indices) != len(rows):
        raise ValueError(
            f"Expected len(indices) == tensor.shape[0], but saw: {len(indices)} vs. {len(rows)}"
        )
    if machine.is_host:
        return _scattered(list(listed(items)), rows, np.asarray(indices).tolist(), adds, grows)
    if not len(indices):
        return items
    length = items.length
    if grows:
        length = tensor_list.xp_of(indices, length).maximum(length, indices.max() + 1)
        machine.outgrown(indices.max() >= items.capacity)
        machine.require(indices >= 0)
    else:
        machine.require((indices >= 0) & (indices < length))
    return items.scattered(indices, machine.traced(rows), length, adds)


def _scattered(items: list, rows: Any, places: list[int], adds: bool, grows: bool) -> list:
    for place, row in zip(places, np.asarray(rows), strict=True):
        if place < 0:
            raise refusal("Indices in TensorListScatter must all be non-negative.")
        if place >= len(items):
            if not grows:
                raise refusal(_other_length(len(items), place + 1))
            items += [None] * (place + 1 - len(items))
        row = np.asarray(row, rows.dtype)
        items[place] = items[place] + row if adds and items[place] is not None else row
    return items


@scatter.gradient
def _(node: Operation, dz: Any) -> list[Any]:
    _, rows, indices = node.inputs
    dz = whole(dz)
    inner = rows.shape[1:] if rows.shape.rank else unknown
    d_rows = gathered(dz, indices, inner, None, None)
    if node.attributes.get("adds", False):
        return [dz, d_rows, None]
    return [scattered(dz, indices, gradient.zeros_for(rows), False), d_rows, None]


def scattered(
    items: Any, indices: Any, rows: Any, grows: bool, adds: bool = False, name: str | None = None
) -> Any:
    """A list with rows of a tensor at `indices`, a vector; the last one of the same index counts.

    grows: whether an index past the end makes the list longer. adds: whether rows are added to the
    elements that are there.
    """
    kind = items.element
    attributes = {"element_dtype": kind.dtype, "grows": grows, "adds": adds}
    inputs = [items, rows, _indices(indices)]
    return add(scatter, inputs, attributes, [(variant, scalar)], kind, name).outputs[0]


tensor_list.add_rows = lambda items, rows, indices: scattered(items, indices, rows, False, True)


# ---- end to end ----------------------------------------------------------------------------------


@step("TensorListConcatV2")
def concat(machine: Any, node: Operation, items: Any, element_shape: Any, leading_dims: Any) -> Any:
    """The elements one after the other along their first axis, and how long each is."""
    del element_shape, leading_dims
    output = node.outputs[0]
    if not machine.is_host:
        return machine.joined(items, output)
    items = listed(items)
    if not items:
        sizes = known_sizes(output, 1)
        if sizes is None:
            raise refusal(
                "All except the first dimension must be fully defined when concating an empty "
                f"tensor list. element_shape: {told(output.shape, 0)}"
            )
        return np.zeros((0, *sizes), output.dtype.array_dtype), np.zeros(0, np.int64)
    why = "Tried to concat list which only contains uninitialized tensors: element_shape is {}"
    filled = there(items, range(len(items)), output, why)
    for i, item in enumerate(filled):
        if not item.ndim:
            raise refusal(f"Concat saw a scalar shape at index {i} but requires at least vectors.")
        if item.shape[1:] != filled[0].shape[1:]:
            raise refusal(
                f"Tried to concat tensors with unequal shapes: {filled[0].shape[1:]} vs. "
                f"{item.shape[1:]}"
            )
    return np.concatenate(filled), np.array([len(item) for item in filled], np.int64)


@concat.gradient
def _(node: Operation, dz: Any, _: Any) -> list[Any]:
    return [split_of(dz, node.outputs[1], node.inputs[0].element.shape), None, None]


def concatenated(items: Any, shape: TensorShape, dtype: Any, name: str | None = None) -> Any:
    """The elements of a list one after the other along their first axis.

    shape: what is known of an element.
    """
    kind = check_dtype(items, dtype)
    inner = kind.shape.merge_with(shape)
    if inner.rank:
        inner = TensorShape([None]).concatenate(inner[1:])
    leading = in_graph(convert(np.zeros(0, np.int64)), "Const")
    attributes = {"element_dtype": kind.dtype, "shape_type": int32}
    inputs = [items, shape_tensor(Element(kind.dtype, inner)), leading]
    outputs = [(kind.dtype, inner if inner.rank else unknown), (int64, TensorShape([None]))]
    return add(concat, inputs, attributes, outputs, None, name).outputs[0]


@step("TensorListSplit")
def split(machine: Any, node: Operation, value: Any, element_shape: Any, lengths: Any) -> Any:
    """Pieces of a tensor along its first axis as a list."""
    del element_shape
    if not machine.is_host:
        return machine.cut(value, lengths)
    value = np.asarray(value)
    pieces, begin = [], 0
    for count in np.asarray(lengths).tolist():
        if count < 0:
            raise refusal(f"Invalid value in lengths: {count}")
        if begin + count > len(value):
            raise refusal(
                f"Attempting to slice [{begin}, {begin + count}] from tensor with length "
                f"{len(value)}"
            )
        pieces.append(value[begin : begin + count])
        begin += count
    if begin != len(value):
        raise refusal(
            f"Unused values in tensor. Length of tensor: {len(value)} Values used: {begin}"
        )
    return pieces


@split.gradient
def _(node: Operation, dz: Any) -> list[Any]:
    value = node.inputs[0]
    inner = TensorShape([None]).concatenate(value.shape[1:]) if value.shape.rank else unknown
    dx = concatenated(whole(dz), inner, None)
    dx.set_shape(value.shape)
    return [dx, None, None]


def split_of(value: Any, lengths: Any, shape: TensorShape, name: str | None = None) -> Any:
    """Pieces of a tensor along its first axis as a list; `shape` is what is known of a piece."""
    for what, rank in ((value, None), (lengths, 1)):
        if what.shape.rank is not None and what.shape.rank != (rank or max(what.shape.rank, 1)):
            raise ValueError(
                f"Shape must be {'rank 1' if rank else 'at least rank 1'} but is rank "
                f"{what.shape.rank}"
            )
    inner = shape
    if value.shape.rank:
        first = shape[0] if shape.rank else None
        inner = TensorShape([first]).concatenate(value.shape[1:])
    kind = Element(value.dtype, inner)
    attributes = {"element_dtype": kind.dtype, "shape_type": int32}
    inputs = [value, shape_tensor(kind), lengths]
    return add(split, inputs, attributes, [(variant, scalar)], kind, name).outputs[0]
