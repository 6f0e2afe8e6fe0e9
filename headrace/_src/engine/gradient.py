"""The backward walk: from the gradients of targets to the gradients of sources.

A tape is a list of entries in the order things happened, so walking it backwards meets every use of
a tensor before the op that made it. Where the tape watches more than the sources, one pass forward
first finds the entries that depend on them, so nothing else is computed.

Three things happen here for all ops, so that no gradient rule has to think of them: gradients that
meet at a tensor are added (`accumulated`), a broadcast is undone (`unbroadcast`), and the gradient
of an output that nobody used becomes zeros where a rule needs one.

Rules are written in ops, and so is this file: ops run as usual, and if another tape listens it
records them. That is all there is to higher derivatives.

Read next: engine/tape.py.
"""

from collections.abc import Callable, Sequence
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from headrace._src.core.dtypes import DType
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.tensor import EagerTensor, Tensor

if TYPE_CHECKING:
    from headrace._src.engine.tape import Tape

# One recorded computation. A plain tuple: anything with names would cost as much as the recording.
#
#   rule      from the outputs' gradients, and what was saved, to the inputs' gradients
#   saved     what the rule asked for
#   inputs    the identities of the tensors that went in
#   outputs   the identity of the tensor that came out, or where there are several, all of them
#   shapes    the inputs' shapes, where the op broadcast one of them, else None
#   likes     shape and dtype of each output where there are several (for zeros), else None
#   grouped   whether several outputs are one list to the rule
Entry = tuple[Callable, tuple, tuple[int, ...], Any, tuple | None, tuple | None, bool]


def play_back(tape: "Tape", gradients: dict[int, Any], sources: set[int]) -> dict[int, Any]:
    """The gradients of `sources`, by identity; a source without connection is missing.

    gradients: the targets' gradients, by identity. Used up.
    """
    path: Sequence[Entry]
    if tape.roots <= sources:  # every entry depends on a source
        reached, path = tape.watched, tape.entries
    else:
        reached, path = _between(tape.entries, sources)
    for rule, saved, inputs, outputs, shapes, likes, grouped in reversed(path):
        if likes is None:
            dz = gradients.get(outputs)
            if dz is None:
                continue
            if outputs not in sources:
                del gradients[outputs]
            found = rule(dz, *saved)
        else:
            found = _several(rule, saved, outputs, likes, grouped, gradients, sources)
            if found is None:
                continue
        if len(inputs) == 1:
            if type(found) is tuple or type(found) is list:
                (found,) = found
            found = (found,)
        elif len(found) != len(inputs):
            found = _flat(found)
        for position, serial in enumerate(inputs):
            dx = found[position]
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


def _between(entries: list[Entry], sources: set[int]) -> tuple[set[int], list[Entry]]:
    """What depends on the sources: identities, and the entries that made them."""
    reached = set(sources)
    path = []
    for entry in entries:
        if not reached.isdisjoint(entry[2]):
            if entry[5] is None:
                reached.add(entry[3])
            else:
                reached.update(entry[3])
            path.append(entry)
    return reached, path


def _several(
    rule: Callable,
    saved: tuple,
    outputs: tuple[int, ...],
    likes: tuple,
    grouped: bool,
    gradients: dict[int, Any],
    sources: set[int],
) -> Any:
    """What the rule of an op with several outputs answers, or None where no gradient arrived."""
    dzs = [gradients.get(o) if o in sources else gradients.pop(o, None) for o in outputs]
    if all(dz is None for dz in dzs):
        return None
    dzs = [zeros(*like) if dz is None else dz for dz, like in zip(dzs, likes, strict=True)]
    return rule(dzs, *saved) if grouped else rule(*dzs, *saved)


def _flat(found: Any) -> list[Any]:
    """Gradients for inputs some of which are lists, as one list."""
    flat: list[Any] = []
    for dx in found:
        flat.extend(dx if isinstance(dx, (list, tuple)) else (dx,))
    return flat


def zeros(shape: tuple[int, ...], dtype: DType) -> EagerTensor:
    """A tensor of zeros."""
    return EagerTensor(np.zeros(shape, dtype.array_dtype), dtype)


def ones(shape: tuple[int, ...], dtype: DType) -> EagerTensor:
    """A tensor of ones."""
    return EagerTensor(_one(dtype) if shape == () else np.ones(shape, dtype.array_dtype), dtype)


@cache
def _one(dtype: DType) -> np.ndarray:
    """The commonest start of a backward walk: the gradient of a scalar loss."""
    return np.ones((), dtype.array_dtype)


def _unfilled(*_: Any) -> Any:
    raise RuntimeError("engine/gradient.py: the slots are filled by importing headrace._src.ops.")


# Filled by ops/walk.py: the few ops that the walk itself is written in.
add: Callable[[Tensor, Tensor], Tensor] = _unfilled
reduce_to: Callable[[Tensor, tuple[int, ...], tuple[int, ...]], Tensor] = _unfilled


def accumulated(one: Any, other: Any) -> Any:
    """The sum of two gradients; two sparse ones stay sparse."""
    if type(one) is IndexedSlices or type(other) is IndexedSlices:
        if type(one) is type(other):
            return one.joined(other)
        one, other = (g.dense() if type(g) is IndexedSlices else g for g in (one, other))
    return add(one, other)


def unbroadcast(dx: Any, shape: tuple[int, ...]) -> Tensor:
    """`dx` summed over the axes along which an input of `shape` was repeated."""
    if type(dx) is IndexedSlices:
        dx = dx.dense()
    wide = dx._array.shape if type(dx) is EagerTensor else tuple(dx.shape)
    if wide == shape:
        return dx
    extra = len(wide) - len(shape)
    axes = tuple(range(extra)) + tuple(
        i + extra for i, n in enumerate(shape) if n == 1 and wide[i + extra] != 1
    )
    return reduce_to(dx, axes, shape)
