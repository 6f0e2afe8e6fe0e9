"""The gradient of a Python function that stands in the place of an op.

The function is called under a tape of its own, and what is kept is a `Call`: the tape, with what
went in and what came out. The way back plays that tape, and is a call like this one: it goes on
writing to a copy of the tape, so it has a way back too. That is all there is to higher derivatives.

In a graph the way back is a node as well. It gets the `Call` from the node of the way there, which
answers it as a further output once a gradient is asked for: an object of Python's, of dtype string
because that is what the engine keeps on the host. So every iteration of a loop has its own.

Read next: objects/py_function.py, engine/tape.py.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from headrace._src.core.context import thread
from headrace._src.core.dtypes import string
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor
from headrace._src.engine.convert import convert
from headrace._src.engine.gradient import accumulated, play_back, zeros_for
from headrace._src.engine.graph import Operation, SymbolicTensor
from headrace._src.engine.tape import Tape
from headrace._src.ops.order import init_scope


@dataclass
class Call:
    """A Python function, called.

    tape: what happened, or None if nobody wanted to know. arguments, results: what went in and came
    out, under the identities that the tape knows.
    """

    tape: Tape | None
    arguments: list[EagerTensor]
    results: list[EagerTensor]


@contextmanager
def eagerly(recorders: Sequence[Any] = ()) -> Iterator[None]:
    """A block in which ops run at once, and only `recorders` listen."""
    with init_scope():
        thread.context.recorders += recorders
        yield


def recorded(function: Callable, inputs: list[EagerTensor], keeps: bool) -> Call:
    """Calls `function`, which answers a list; keeps: whether there may be a way back."""
    if not keeps:
        with eagerly():
            return Call(None, inputs, function(*inputs))
    tape = Tape(watches_variables=False)
    # Copies: within, the tape must know the arguments from whatever else the function sees.
    arguments = [_watched(x, tape) for x in inputs]
    with eagerly([tape]):
        return Call(tape, arguments, function(*arguments))


def _watched(x: EagerTensor, tape: Tape) -> EagerTensor:
    own = EagerTensor(x._array, x._dtype)
    if own.dtype.is_differentiable:
        tape.watch(own)
    return own


def back(call: Call, seeds: Sequence[int], given: list[EagerTensor], keeps: bool) -> Call:
    """The gradients of a call's differentiable arguments, as a call of what led to them.

    seeds: which of the results have a gradient. given: ends with those.
    """
    assert call.tape is not None
    tape = call.tape.continued() if keeps else None
    dzs = given[len(given) - len(seeds) :]
    if tape is not None:
        dzs = [_watched(dz, tape) for dz in dzs]
    gradients: dict[int, Any] = {}
    with eagerly([] if tape is None else [tape]):
        for i, dz in zip(seeds, dzs, strict=True):
            target = call.results[i]._id
            if target:
                other = gradients.get(target)
                gradients[target] = dz if other is None else accumulated(other, dz)
        sources = [x for x in call.arguments if x.dtype.is_differentiable]
        found = play_back(call.tape, gradients, {x._id for x in sources})
        results = [_dense(found.get(x._id), x) for x in sources]
    return Call(tape, [*call.arguments, *dzs], results)


def _dense(dx: Any, x: EagerTensor) -> EagerTensor:
    """A gradient as a tensor; zeros for what the results do not depend on."""
    if dx is None:
        return zeros_for(x)
    return dx.dense() if hasattr(dx, "dense") else convert(dx)


# ---- in eager mode -------------------------------------------------------------------------------


def listened(call: Call, inputs: list[EagerTensor]) -> list[EagerTensor]:
    """The results; the tapes around hear how the way back from them to `inputs` goes."""
    if call.tape is None or not call.results:
        return call.results
    outputs = [EagerTensor(r._array, r._dtype) for r in call.results]

    def rule(*dzs: Any) -> list[Any]:
        seeds = [i for i, dz in enumerate(dzs) if dz is not None]
        given = [*inputs, *(_dense(dzs[i], call.results[i]) for i in seeds)]
        found = iter(listened(back(call, seeds, given, bool(thread.context.recorders)), given))
        return [next(found) if x.dtype.is_differentiable else None for x in inputs]

    for recorder in thread.context.recorders:
        recorder.call(rule, inputs, outputs, False)
    return outputs


# ---- in a graph ----------------------------------------------------------------------------------


def gradient_nodes(node: Operation, dzs: Sequence[Any]) -> list[Any]:
    """The gradients of a node's inputs: a node that plays back the call of this one."""
    seeds = [i for i, dz in enumerate(dzs) if dz is not None]
    is_back = node.attributes["function"] is None
    own = node.inputs[1:] if is_back else node.inputs
    graph = thread.context.graph
    name = graph.unique_name(f"{node.name.rpartition('/')[2]}_grad")
    given = [dzs[i].dense() if hasattr(dzs[i], "dense") else dzs[i] for i in seeds]
    taken = [graph.input(t, f"{name}/input") for t in (_call_of(node), *own, *given)]
    wanted = [t for t in own if t.dtype.is_differentiable]
    made = graph.add(
        node.op,
        taken,
        {
            "token": node.attributes["token"],
            "function": None,
            "seeds": tuple(seeds),
            "Tin": [t.dtype for t in taken],
            "Tout": [t.dtype for t in wanted],
        },
        [(t.dtype, t.shape) for t in wanted],
        name,
    )
    for recorder in thread.context.recorders:
        recorder.step(made)
    found = iter(made.outputs)
    answers = [next(found) if t.dtype.is_differentiable else None for t in own]
    return [None, *answers] if is_back else answers


def _call_of(node: Operation) -> SymbolicTensor:
    """The output of a node that is its `Call`; the node gets one if it has none."""
    if len(node.outputs) == len(node.attributes["Tout"]):
        node.outputs.append(SymbolicTensor(node, len(node.outputs), string, TensorShape([])))
        for recorder in thread.context.recorders:
            recorder.grown(node)
    return node.outputs[-1]
