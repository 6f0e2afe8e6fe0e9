"""Gradients of what consists of tensors: which of them are differentiated, and what is made of it.

The one idea: a class says so itself, by an attribute `__composite_gradient__` with two methods.
`get_gradient_components(value)` answers the tensors that count, or a nest of them;
`replace_gradient_components(value, gradients)` what the gradient of `value` is, given theirs. A
class that says nothing is refused: nobody knows what its gradient would be.

Read next: objects/gradient_tape.py.
"""

from collections.abc import Iterator
from typing import Any

from headrace._src.core import nest
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.tensor import Readable, Tensor
from headrace._src.engine.gradient import zeros_for


class ByComponents:
    """All tensors count, and the gradient is a value of the class with theirs, or zeros."""

    def get_gradient_components(self, value: Any) -> Any:
        """The tensors that `value` consists of."""
        return nest.flatten(value, expand_composites=True)

    def replace_gradient_components(self, value: Any, component_grads: Any) -> Any:
        """A value like `value` with these tensors."""
        pairs = zip(self.get_gradient_components(value), component_grads, strict=True)
        filled = [zeros_for(x) if dx is None else dx for x, dx in pairs]
        return nest.pack_sequence_as(value, filled, expand_composites=True)


_BY_COMPONENTS = ByComponents()


def _protocol(value: Any) -> Any:
    """How to differentiate `value`; None for what is one tensor."""
    if isinstance(value, (Tensor, Readable)) or nest.kinds(True)[type(value)] is None:
        return None
    if isinstance(value, IndexedSlices):
        return _BY_COMPONENTS
    found = getattr(value, "__composite_gradient__", None)
    if found is None:
        raise ValueError(
            f"Type {type(value).__name__} is not supported as a gradient source or gradient target."
        )
    return found


def components(structure: Any) -> list[Any]:
    """The tensors and variables in a nest that count for gradients, flat.

    Raises ValueError for values of a class that says nothing of its gradient.
    """
    found: list[Any] = []
    for leaf in nest.flatten(structure):
        protocol = _protocol(leaf)
        if protocol is None:
            found.append(leaf)
        else:
            found += components(protocol.get_gradient_components(leaf))
    return found


def gradient_components(gradients: Any) -> list[Any]:
    """The gradients of tensors in a nest of gradients, flat; those of a few rows stay such."""
    found: list[Any] = []
    for dx in nest.flatten(gradients):
        found += [dx] if isinstance(dx, IndexedSlices) else components(dx)
    return found


def replaced(structure: Any, gradients: list[Any]) -> Any:
    """A nest like `structure` with the gradients, which are those of `components(structure)`."""
    return _replaced(structure, iter(gradients))


def _replaced(structure: Any, gradients: Iterator[Any]) -> Any:
    leaves = []
    for leaf in nest.flatten(structure):
        protocol = _protocol(leaf)
        if protocol is None:
            leaves.append(next(gradients))
            continue
        inner = _replaced(protocol.get_gradient_components(leaf), gradients)
        is_there = any(dx is not None for dx in nest.flatten(inner))
        leaves.append(protocol.replace_gradient_components(leaf, inner) if is_there else None)
    return nest.pack_sequence_as(structure, leaves)
