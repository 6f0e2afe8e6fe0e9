"""Lists of tensors inside a compiled program: a buffer and how much of it is in use.

A program has no lists, so a list is a `Stack`: all its elements side by side along a new first
axis, with room for `capacity` of them, and a length. What the elements look like may not be known
before the first is put in: until then there is no buffer (`items` is None). An element may itself
be a stack, as where a loop within a loop keeps what its gradient needs.

Read next: objects/tensor_list.py, the steps on lists.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

tree = jax.tree_util


@tree.register_pytree_node_class
class Stack:
    """A list with room for `capacity` elements, of which the first `length` are there.

    known: the length, where it is known before the program runs, else None.
    """

    __slots__ = ("capacity", "items", "known", "length")

    def __init__(self, items: Any, length: Any, capacity: int, known: int | None = None) -> None:
        self.items = items
        self.length = length
        self.capacity = capacity
        self.known = known

    def tree_flatten(self) -> tuple[tuple[Any, Any], tuple[int, int | None]]:
        """For JAX: the arrays, and the rest."""
        return (self.items, self.length), (self.capacity, self.known)

    @classmethod
    def tree_unflatten(cls, rest: tuple[int, int | None], children: tuple[Any, Any]) -> "Stack":
        """For JAX: back again."""
        return cls(*children, *rest)

    def holding(self, items: Any) -> "Stack":
        """The stack with another buffer."""
        return Stack(items, self.length, self.capacity, self.known)

    def ready(self, element: Any) -> "Stack":
        """The stack with a buffer for elements like `element`, of zeros if there was none."""
        if self.items is not None:
            return self
        items = tree.tree_map(
            lambda leaf: jnp.zeros((self.capacity, *leaf.shape), leaf.dtype), element
        )
        return self.holding(items)

    def like(self, other: "Stack") -> "Stack":
        """The stack with what it lacks of another: a buffer; and a length no better known."""
        made = self
        if self.items is None and other.items is not None:
            made = made.holding(
                tree.tree_map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), other.items)
            )
        if self.known != other.known:
            made = Stack(made.items, made.length, made.capacity)
        return made

    def get(self, index: Any) -> Any:
        """The element at `index`; those at several indices side by side."""
        if np.ndim(index):
            return self.items[index]
        return tree.tree_map(lambda leaf: _row(leaf, index), self.items)

    def put(self, index: Any, element: Any, length: Any) -> "Stack":
        """The stack with `element` at `index`, and another length."""
        own = self.ready(element)

        def changed(leaf: Any, value: Any) -> Any:
            _check_fit(leaf, value.shape)
            return jax.lax.dynamic_update_slice(
                leaf,
                value.astype(leaf.dtype)[None],
                _corner(leaf, index),
                allow_negative_indices=False,
            )

        items = tree.tree_map(changed, own.items, element)
        return Stack(items, length, self.capacity, self._known_with(index, length))

    def scattered(self, indices: Any, rows: Any, length: Any, adds: bool) -> "Stack":
        """The stack with `rows` at `indices`, or added to what is there, and another length."""
        own = self.ready(jax.ShapeDtypeStruct(rows.shape[1:], rows.dtype))
        _check_fit(own.items, rows.shape[1:])
        at = own.items.at[indices]
        items = at.add(rows) if adds else at.set(rows)
        return Stack(items, length, self.capacity, self._known_with(indices, length))

    def _known_with(self, index: Any, length: Any) -> int | None:
        """The length, if known, when there is an element at `index`."""
        if length is self.length:
            return self.known
        is_known = type(index) is np.ndarray and self.known is not None
        return max(self.known or 0, int(index.max()) + 1) if is_known else None

    def mapped(self, function: Any) -> "Stack":
        """The stack with `function` of its buffer."""
        return self.holding(None if self.items is None else tree.tree_map(function, self.items))

    def plus(self, other: "Stack") -> "Stack":
        """Two stacks, added element by element; what only one of them has stays what it is."""
        if self.items is None or other.items is None:
            return other if self.items is None else self
        capacity = max(self.capacity, other.capacity)
        one, two = self.widened(capacity), other.widened(capacity)
        is_known = self.known is not None and other.known is not None
        return Stack(
            tree.tree_map(jnp.add, one.items, two.items),
            jnp.maximum(self.length, other.length),
            capacity,
            max(self.known or 0, other.known or 0) if is_known else None,
        )

    def widened(self, capacity: int) -> "Stack":
        """The stack with room for more elements."""
        if capacity == self.capacity:
            return self
        more = capacity - self.capacity

        def wide(leaf: Any) -> Any:
            return jnp.concatenate([leaf, jnp.zeros((more, *leaf.shape[1:]), leaf.dtype)])

        items = None if self.items is None else tree.tree_map(wide, self.items)
        return Stack(items, self.length, capacity, self.known)

    def cut(self, length: Any) -> "Stack":
        """The stack with another length, less than it has."""
        return Stack(self.items, length, self.capacity)

    # ---- as a value outside of programs

    shape = ()
    size = 0

    def rows(self) -> np.ndarray | None:
        """The elements side by side for the host, if there is a buffer of plain elements."""
        if self.items is None or isinstance(self.items, Stack):
            return None
        return np.asarray(self.items)[: int(np.asarray(self.length))]

    def listed(self) -> list[Any]:
        """The elements as a Python list of NumPy arrays, for the host."""
        count = int(np.asarray(self.length))
        if self.items is None:
            return [None] * count
        items = tree.tree_map(np.asarray, self.items)
        return [_plain(tree.tree_map(lambda leaf, i=i: leaf[i], items)) for i in range(count)]


def _row(leaf: Any, index: Any) -> Any:
    row = jax.lax.dynamic_slice(
        leaf, _corner(leaf, index), (1, *leaf.shape[1:]), allow_negative_indices=False
    )
    return row[0]


def _corner(leaf: Any, index: Any) -> list[Any]:
    """Where a row begins."""
    return [jnp.asarray(index, np.int32)] + [jnp.int32(0)] * (leaf.ndim - 1)


def _check_fit(leaf: Any, shape: tuple[int, ...]) -> None:
    """Raises ValueError for an element of another shape than the list has room for."""
    if leaf.shape[1:] != shape:
        raise ValueError(
            f"A list of elements of shape {leaf.shape[1:]} cannot take one of {shape}."
        )


def _plain(element: Any) -> Any:
    return element.listed() if isinstance(element, Stack) else element


def stack_of(items: list[Any], capacity: int) -> Stack:
    """A Python list of the host as a stack; its elements have one shape."""
    capacity = max(capacity, len(items))
    elements = [_element(item, capacity) for item in items]
    there = [element for element in elements if element is not None]
    blank = Stack(None, np.int32(len(items)), capacity)
    if not there:
        return blank
    if isinstance(there[0], Stack):
        # One that is empty does not know what it would hold; the others do.
        room = max(element.capacity for element in there)
        pattern = there[0].widened(room)
        for other in there[1:] * 2:
            pattern = pattern.like(other.widened(room))
        elements = [e and e.widened(room).like(pattern) for e in elements]
        there = [element for element in elements if element is not None]
    rows = tree.tree_map(
        lambda leaf: np.zeros((capacity, *np.shape(leaf)), np.asarray(leaf).dtype), there[0]
    )
    for i, element in enumerate(elements):
        if element is not None:
            tree.tree_map(lambda buffer, leaf, i=i: buffer.__setitem__(i, leaf), rows, element)
    return blank.holding(rows)


def _element(item: Any, capacity: int) -> Any:
    if isinstance(item, Stack):
        item = item.listed()
    return stack_of(item, capacity) if isinstance(item, list) else item
