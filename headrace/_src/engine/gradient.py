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

from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, variant
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.graph import plain

if TYPE_CHECKING:
    from headrace._src.engine.tape import Tape

# One recorded computation. A plain tuple: anything with names would cost as much as the recording.
#
#   rule      from the outputs' gradients, and what was saved, to the inputs' gradients
#   saved     what the rule asked for
#   inputs    the identities of the tensors that went in
#   outputs   the identity of the tensor that came out, or where there are several, all of them; for
#             a step (engine/step.py) its node, which may get more outputs until then
#   shapes    the inputs' shapes, where the op broadcast one of them, else None; in a graph an input
#             itself where its shape is not known
#   likes     the outputs where there are several (for zeros), empty where the rule takes None, and
#             None where there is a single one
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
            found = _several(rule, saved, outputs, likes, grouped, gradients, sources, reached)
            if found is None:
                continue
            if type(outputs) is not tuple:
                inputs = tuple([t._id for t in outputs.inputs])  # a step may have got more
        if len(inputs) == 1:
            if type(found) is tuple or type(found) is list:
                (found,) = found
            found = (found,)
        elif len(found) != len(inputs):
            found = _flat(found)
        for position, serial in enumerate(inputs):
            dx = found[position]
            if type(dx) is list:
                (dx,) = dx  # of an input that is a list of one tensor
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
                reached.update(_identities(entry[3]))
            path.append(entry)
    return reached, path


def _several(
    rule: Callable,
    saved: tuple,
    outputs: Any,
    likes: tuple,
    grouped: bool,
    gradients: dict[int, Any],
    sources: set[int],
    reached: set[int],
) -> Any:
    """What the rule of an op with several outputs answers, or None where no gradient arrived."""
    dzs = [
        gradients.get(o) if o in sources else gradients.pop(o, None) for o in _identities(outputs)
    ]
    if all(dz is None for dz in dzs):
        return None
    if likes:
        dzs = [zeros_for(like) if dz is None else dz for dz, like in zip(dzs, likes, strict=True)]
    if type(outputs) is not tuple:  # a step's rule has its node first
        (node,) = saved
        if node.op.asks:  # a graph within the graph: what nobody wants is not computed
            return rule(node, *dzs, wanted=[t._id in reached for t in node.inputs])
        return rule(node, *dzs)
    return rule(dzs, *saved) if grouped else rule(*dzs, *saved)


def _identities(outputs: Any) -> Sequence[int]:
    return outputs if type(outputs) is tuple else [t._id for t in outputs.outputs]


def zeros_for(like: Any) -> Any:
    """Zeros of the shape and dtype of a tensor; of a known shape without asking the tensor."""
    shape = like.shape
    if shape.is_fully_defined():
        if like.dtype is not variant:
            return zeros(tuple(shape), like.dtype)
        return zero_list(like)
    return zeros_like(like)


def _flat(found: Any) -> list[Any]:
    """Gradients for inputs some of which are lists, as one list."""
    flat: list[Any] = []
    for dx in found:
        flat.extend(dx if isinstance(dx, (list, tuple)) else (dx,))
    return flat


def zeros(shape: tuple[int, ...], dtype: DType) -> EagerTensor:
    """A tensor of zeros; in a graph a constant that takes no memory."""
    if thread.context.graph is None:
        return EagerTensor(np.zeros(shape, dtype.array_dtype), dtype)
    return plain(EagerTensor(np.broadcast_to(np.zeros((), dtype.array_dtype), shape), dtype))


def ones(shape: tuple[int, ...], dtype: DType) -> EagerTensor:
    """A tensor of ones."""
    if thread.context.graph is not None:
        return plain(EagerTensor(np.broadcast_to(_one(dtype), shape), dtype))
    return EagerTensor(_one(dtype) if shape == () else np.ones(shape, dtype.array_dtype), dtype)


def ones_for(like: Any) -> Any:
    """Ones of the shape and dtype of a tensor."""
    shape = like.shape
    if shape.is_fully_defined():
        return ones(tuple(shape), like.dtype)
    return ones_like(like)


@cache
def _one(dtype: DType) -> np.ndarray:
    """The commonest start of a backward walk: the gradient of a scalar loss."""
    return np.ones((), dtype.array_dtype)


def _unfilled(*_: Any) -> Any:
    raise RuntimeError("engine/gradient.py: the slots are filled by importing headrace._src.ops.")


# Filled by ops/walk.py: the few ops that the walk itself is written in.
add: Callable[[Tensor, Tensor], Tensor] = _unfilled
add_lists: Callable[[Any, Any], Tensor] = _unfilled  # by objects/tensor_list.py, as
zero_list: Callable[[Any], Tensor] = _unfilled  # this one
reduce_to: Callable[[Tensor, tuple[int, ...], tuple[int, ...]], Tensor] = _unfilled
reduce_axes: Callable[[Tensor, tuple[int, ...], tuple[int, ...]], Tensor] = _unfilled
reduce_like: Callable[[Tensor, Any], Tensor] = _unfilled
zeros_like: Callable[[Tensor], Tensor] = _unfilled
ones_like: Callable[[Tensor], Tensor] = _unfilled


def accumulated(one: Any, other: Any) -> Any:
    """The sum of two gradients; two sparse ones stay sparse."""
    if type(one) is IndexedSlices or type(other) is IndexedSlices:
        if type(one) is type(other):
            return one.joined(other)
        one, other = (g.dense() if type(g) is IndexedSlices else g for g in (one, other))
    if one.dtype is variant:
        return add_lists(one, other)
    return add(one, other)


def dense(dx: Any) -> Any:
    """A gradient as a tensor, also where it is an `IndexedSlices` or its like."""
    return dx.dense() if hasattr(dx, "dense") else dx


def broadcast_from(inputs: Sequence[Any], output: Tensor) -> tuple | None:
    """Of an op that broadcasts, in a graph: for each input its shape if that says what to sum over,
    else the input itself; None where no input can have been repeated.
    """
    wide = output.shape
    found = []
    for i, x in enumerate(inputs):
        others = [y.shape for j, y in enumerate(inputs) if j != i]
        found.append(tuple(x.shape.as_list()) if _is_certain(x.shape, wide, others) else x)
    is_same = all(
        type(shape) is tuple and wide.rank is not None and shape == tuple(wide.as_list())
        for shape in found
    )
    return None if is_same else tuple(found)


def _is_certain(shape: TensorShape, wide: TensorShape, others: list[TensorShape]) -> bool:
    """Whether it is known over which axes an input of this shape was repeated."""
    if shape.rank is None or wide.rank is None or any(o.rank is None for o in others):
        return False
    for place in range(1, shape.rank + 1):
        if shape[-place] is None:
            # Unknown sizes are certain if nobody else can have stretched them.
            beside = [o[-place] for o in others if o.rank is not None and o.rank >= place]
            if any(size != 1 for size in beside):
                return False
    return True


def unbroadcast(dx: Any, shape: Any) -> Tensor:
    """`dx` summed over the axes along which an input of `shape` was repeated."""
    if type(dx) is IndexedSlices:
        dx = dx.dense()
    if type(shape) is not tuple:
        return reduce_like(dx, shape)
    if type(dx) is EagerTensor:
        wide = dx._array.shape
    elif dx.shape.rank is None:
        return reduce_like(dx, shape)
    else:
        wide = tuple(dx.shape.as_list())
    if wide == shape:
        return dx
    if type(dx) is not EagerTensor:
        extra = len(wide) - len(shape)
        ones = tuple(i for i, n in enumerate(shape) if n == 1 and wide[i + extra] != 1)
        return reduce_axes(dx, tuple(range(extra)), ones)
    extra = len(wide) - len(shape)
    axes = tuple(range(extra)) + tuple(
        i + extra for i, n in enumerate(shape) if n == 1 and wide[i + extra] != 1
    )
    return reduce_to(dx, axes, shape)
