"""The backward walk: from the gradients of targets to the gradients of sources.

A tape is a list of entries in the order things happened, so walking it backwards meets every use of a tensor
before the op that made it. One pass forward first marks the entries that lie between a source and a target,
so nothing else is computed.

Three things happen here for all ops, so that no gradient rule has to think of them: gradients that meet at
a tensor are added (`accumulated`), a broadcast is undone (`unbroadcast`), and the gradient of an output
that nobody used becomes zeros where a rule needs one.

Rules are written in ops, and so is this file: ops run as usual, and if another tape listens it records
them. That is all there is to higher derivatives.

Read next: engine/tape.py.
"""

from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from headrace._src.core.dtypes import DType
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.tensor import EagerTensor, Tensor


class Entry(NamedTuple):
    """One recorded computation.

    rule: called with the gradients of the outputs and what was saved; the gradients of the inputs.
    saved: what the rule asked for.
    inputs, outputs: the identities of the tensors that went in and came out.
    shapes: the inputs' shapes, where the op broadcasts, else None.
    likes: shape and dtype of each output where there are several (for zeros), else None.
    grouped: whether the outputs (inputs) are one list to the rule.
    """

    rule: Callable
    saved: tuple
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    shapes: tuple[tuple[int, ...], ...] | None = None
    likes: tuple[tuple[tuple[int, ...], DType], ...] | None = None
    grouped: bool = False


def play_back(
    entries: Iterable[Entry], gradients: dict[int, Any], sources: set[int]
) -> dict[int, Any]:
    """The gradients of `sources`, by identity; a source without connection is missing.

    gradients: the targets' gradients, by identity. Used up.
    """
    reached = set(sources)
    path = []
    for entry in entries:
        if not reached.isdisjoint(entry[2]):
            reached.update(entry[3])
            path.append(entry)
    for rule, saved, inputs, outputs, shapes, likes, grouped in reversed(path):
        if likes is None:
            output = outputs[0]
            dz = gradients.get(output) if output in sources else gradients.pop(output, None)
            if dz is None:
                continue
            found = rule(dz, *saved)
        else:
            dzs = [gradients.get(o) if o in sources else gradients.pop(o, None) for o in outputs]
            if all(dz is None for dz in dzs):
                continue
            dzs = [zeros(*like) if dz is None else dz for dz, like in zip(dzs, likes, strict=True)]
            found = rule(dzs, *saved) if grouped else rule(*dzs, *saved)
        if len(inputs) == 1 and not isinstance(found, (tuple, list)):
            found = (found,)
        elif shapes is None and len(found) != len(inputs):
            found = _flat(found)
        for position, (serial, dx) in enumerate(zip(inputs, found, strict=True)):
            if dx is None or serial not in reached:
                continue
            if type(dx) is FunctionType:
                dx = dx()
                if dx is None:
                    continue
            if shapes is not None:
                dx = unbroadcast(dx, shapes[position])
            other = gradients.get(serial)
            gradients[serial] = dx if other is None else accumulated(other, dx)
    return {serial: gradients[serial] for serial in sources if serial in gradients}


def _flat(found: Any) -> list[Any]:
    """Gradients for inputs some of which are lists, as one list."""
    flat = []
    for dx in found:
        flat.extend(dx if isinstance(dx, (list, tuple)) else (dx,))
    return flat


def zeros(shape: tuple[int, ...], dtype: DType) -> EagerTensor:
    """A tensor of zeros."""
    return EagerTensor(np.zeros(shape, dtype.array_dtype), dtype)


def ones(shape: tuple[int, ...], dtype: DType) -> EagerTensor:
    """A tensor of ones."""
    return EagerTensor(np.ones(shape, dtype.array_dtype), dtype)


# Filled by ops/: the few ops that the walk itself is written in.
add: Callable[[Tensor, Tensor], Tensor]
reduce_to: Callable[[Tensor, tuple[int, ...], tuple[int, ...]], Tensor]


def accumulated(one: Any, other: Any) -> Any:
    """The sum of two gradients; two sparse ones stay sparse."""
    if type(one) is IndexedSlices or type(other) is IndexedSlices:
        if type(one) is type(other):
            return one.joined(other)
        one, other = (g.dense() if type(g) is IndexedSlices else g for g in (one, other))
    return add(one, other)


def unbroadcast(dx: Tensor, shape: tuple[int, ...]) -> Tensor:
    """`dx` summed over the axes along which an input of `shape` was repeated."""
    wide = tuple(dx.shape) if type(dx) is not EagerTensor else dx._array.shape
    if wide == shape:
        return dx
    extra = len(wide) - len(shape)
    axes = tuple(range(extra)) + tuple(
        i + extra for i, n in enumerate(shape) if n == 1 and wide[i + extra] != 1
    )
    return reduce_to(dx, axes, shape)
