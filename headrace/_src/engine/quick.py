"""The quick way through a function that has been called before.

Most functions are one island, called again and again with tensors of the same kind. For these all
that can be settled is settled once, here: which array goes where, which variables are read and
which are written. What is left of a call is a few lists and the compiled program; or, for a
function of few nodes, one NumPy call for each.

A quick way answers None where something is not as expected; then the careful way is taken
(engine/execute.py). It never has an effect before it is sure.

Read next: engine/execute.py.
"""

from collections.abc import Callable, Sequence
from sys import getrefcount
from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.static import static_value
from headrace._src.core.tensor import EagerTensor, array_of, state_lock
from headrace._src.engine.step import Step

# Arrays of fewer elements than this are small: an island of few nodes over them is not compiled.
FEW_ELEMENTS = 2**14

_new = EagerTensor.__new__


def quick_way(runner: Any) -> Callable | None:
    """The quick way of a runner whose graph has been run, or None where there is none."""
    if len(runner.steps) != 1 or runner.lists or None in runner.dtypes:
        return None
    (program,) = runner.steps
    if not hasattr(program, "compiled"):
        return None
    # Where the program's inputs are among arguments and captures.
    count = len(runner.graph.inputs)
    order = list(range(count)) + [count + place for place in runner.captured]
    source = dict(zip(runner.plan.inputs, order, strict=True))
    if any(p not in source for p in program.inputs):
        return None
    if program.is_small:
        return _by_nodes(runner, program, source)
    if len(program.compiled) != 1 or not program.is_steady or program.draws or program.is_fallible:
        return None
    return _by_program(runner, program, source)


def _by_program(runner: Any, program: Any, source: dict[int, int]) -> Callable | None:
    ((pattern, _),) = program.compiled
    if pattern != tuple(range(len(program.handles))):
        return None  # a variable given twice
    ((function, stored),) = program.compiled.values()
    handles = [source[p] for p in program.handles]
    takes = [source[p] for p in program.values]
    writes = [handles[i] for i in stored]
    reads = [h for i, h in enumerate(handles) if i not in set(stored)]
    if len(program.outputs) != len(set(program.outputs)):
        return None
    place_of = {p: i for i, p in enumerate(program.outputs)}
    if any(p not in place_of for p in runner.plan.outputs):
        return None
    picks = [place_of[p] for p in runner.plan.outputs]
    dtypes = runner.dtypes
    argument_count = len(runner.graph.inputs)
    # Captured variables never change; two of them are never one, but an argument may be.
    is_safe = all(h >= argument_count for h in handles)

    def run(inputs: Sequence[Any], captured: Sequence[Any]) -> list[Any] | None:
        given = [*inputs, *captured]
        if not is_safe and len({given[h]._id for h in handles}) < len(handles):
            return None
        values = [given[i]._array for i in takes]
        with state_lock:
            kept = [given[i]._value._array for i in reads]
            changed = []
            for i in writes:
                tensor = given[i]._value
                array = tensor._array
                # Held by the variable and here, and by the tensor and here: see `released`.
                if type(array) is not np.ndarray and (
                    getrefcount(tensor) > 3 or getrefcount(array) > 3
                ):
                    array = array.copy()
                changed.append(array)
                array = None
            outputs, new, _, _ = function(values, kept, changed, ())
            for i, array in zip(writes, new, strict=True):
                variable = given[i]
                tensor = _new(EagerTensor)
                tensor._array = array
                tensor._dtype = variable._dtype
                tensor._id = 0
                variable._value = tensor
        return [_tensor(outputs[i], dtype) for i, dtype in zip(picks, dtypes, strict=True)]

    return run


def _tensor(array: Any, dtype: Any) -> EagerTensor:
    tensor = _new(EagerTensor)
    tensor._array = array
    tensor._dtype = dtype
    tensor._id = 0
    return tensor


def _by_nodes(runner: Any, program: Any, source: dict[int, int]) -> Callable | None:
    """For few ops over small arrays: their kernels, one after the other."""
    plan = runner.plan
    known = dict(plan.constants)
    steps = []
    for node, inputs, outputs in program.nodes:
        op = node.op
        if isinstance(op, Step) or len(outputs) != 1 or op.definition.is_stateful:
            return None
        if op.result is not None or op.definition.outputs[0].count or op.cost == "xla":
            return None
        statics: list[Any] = []
        takes: list[int] = []
        for kind, place in zip(op.inputs.values(), inputs, strict=False):
            if kind == "tensors" or (kind == "static" and place not in known):
                return None
            if kind == "static":
                statics.append(static_value(known[place]))
                takes.append(-1)
            else:
                takes.append(place)
        attributes = [node.attributes[a] for a in op.attributes]
        kernel = op.host_kernel()
        if statics:
            kernel = _with_statics(kernel, takes, statics, attributes)
        elif attributes:
            kernel = _with_attributes(kernel, attributes)
        dtype = node.outputs[0].dtype.array_dtype
        steps.append((kernel, [p for p in takes if p >= 0], outputs[0], dtype))
    if any(p is None or p not in {s[2] for s in steps} for p in plan.outputs):
        return None
    wanted = list(zip(plan.outputs, runner.dtypes, strict=True))
    filled = [(p, source[p]) for p in program.inputs]
    blank: list[Any] = [None] * plan.size
    for p, value in plan.constants:
        blank[p] = value

    def run(inputs: Sequence[Any], captured: Sequence[Any]) -> list[Any] | None:
        context = thread.context
        if not context.is_quick:
            return None
        given = [*inputs, *captured]
        places = blank.copy()
        for p, i in filled:
            places[p] = array = array_of(given[i])
            if array.size >= FEW_ELEMENTS:
                return None
        call = context.run
        try:
            for kernel, takes, into, dtype in steps:
                value = call(kernel, *[places[p] for p in takes])
                if type(value) is not np.ndarray:
                    value = np.asarray(value, dtype)
                places[into] = value
        except Exception:
            return None  # the careful way says what is wrong
        return [_tensor(places[p], dtype) for p, dtype in wanted]

    return run


def _with_attributes(kernel: Callable, attributes: list[Any]) -> Callable:
    return lambda *arrays: kernel(*arrays, *attributes)


def _with_statics(
    kernel: Callable, takes: list[int], statics: list[Any], attributes: list[Any]
) -> Callable:
    """The kernel as a function of its tensors alone."""

    def call(*arrays: Any) -> Any:
        tensors, known = iter(arrays), iter(statics)
        return kernel(*[next(known) if p < 0 else next(tensors) for p in takes], *attributes)

    return call
