"""What a `tf.random.Generator` does in a graph: steps that read its state and move it on.

In eager mode a draw reads the state, a variable, and assigns it at once. In a graph these are one
node, so that nothing can come between the two; the values are made by the ops that stateless random
numbers are made by, from what the node answers: the state as it was.

Read next: objects/generator.py, engine/step.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core import errors, namespace
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, int32, int64
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import Operation
from headrace._src.engine.node import static_of
from headrace._src.engine.step import step
from headrace._src.ops import philox, rejection
from headrace._src.ops.algorithm import Algorithm
from headrace._src.ops.draws import check_ending, checked, drawn


def check_philox(algorithm: int) -> None:
    """Raises UnimplementedError for the algorithm that only accelerators have."""
    if algorithm == Algorithm.THREEFRY.value:
        text = "Non-XLA devices don't support the ThreeFry algorithm."
        raise errors.UnimplementedError(None, None, text)


@step("RngReadAndSkip", is_stateful=True)
def read_and_skip(machine: Any, node: Operation, variable: Any, alg: Any, delta: Any) -> Any:
    """The state as it was; the counter moves on as `delta` values move it."""
    check_philox(int(alg))
    if np.ndim(delta):
        shape = ",".join(map(str, delta.shape))
        raise ValueError(f"input 2 (0-based) must have shape [], not [{shape}]")
    numbers: Any = np if machine.is_host else namespace.under_xla
    blocks = numbers.asarray(delta).astype(np.uint64) * np.uint64(philox.BLOCKS_PER_VALUE)
    return _moved(machine, numbers, variable, blocks)


@step("StatefulRandomBinomial", is_stateful=True)
def stateful_random_binomial(
    machine: Any,
    node: Operation,
    variable: Any,
    algorithm: Any,
    shape: Any,
    counts: Any,
    probs: Any,
) -> Any:
    """Numbers of successes, drawn from the state, which moves on."""
    check_philox(int(algorithm))
    if type(shape) is not np.ndarray:
        raise NotImplementedError("The shape must be known before the program runs.")
    wanted = tuple(shape.tolist()) if shape.ndim else shape.item()
    blocks = binomial_blocks(wanted, counts, probs)
    numbers: Any = np if machine.is_host else namespace.under_xla
    before = _moved(machine, numbers, variable, np.uint64(blocks % 2**64))
    loop = None if machine.is_host else namespace.while_under_xla
    return rejection.binomial(
        numbers,
        *philox.state_key_counter(numbers, before),
        wanted,
        counts,
        probs,
        node.attributes["dtype"].array_dtype,
        loop,
    )


for _step in (read_and_skip, stateful_random_binomial):
    _step.writes = True


def _moved(machine: Any, numbers: Any, variable: Any, blocks: Any) -> Any:
    """The state as it was, after which its counter moves on by `blocks`."""
    before = machine.read(variable)
    machine.write(variable, philox.skip(numbers, numbers.asarray(before), blocks))
    return before


def binomial_blocks(shape: Any, counts: Any, probs: Any) -> int:
    """How far a draw of binomial values moves the state; raises ShapeError for a wrong shape."""
    check_ending(checked(shape), TensorShape(counts.shape), TensorShape(probs.shape))
    trials = np.broadcast_shapes(tuple(counts.shape), tuple(probs.shape))
    samples = math.prod(shape[: len(shape) - len(trials)])
    return rejection.binomial_blocks(math.prod(trials), samples)


# ---- making the nodes ----------------------------------------------------------------------------


def skip_node(variable: Any, algorithm: int, delta: Tensor) -> Tensor:
    """The state of a generator as it was, after which it moves on by `delta` values."""
    graph = thread.context.graph
    name = graph.unique_name("RngReadAndSkip")
    handle = graph.handle_of(variable, lambda: f"{name}/resource")
    alg = graph.input(convert(algorithm, int32), f"{name}/alg")
    moved = graph.input(delta, f"{name}/delta")
    return graph.add(
        read_and_skip, [handle, alg, moved], {}, [(int64, variable.shape)], name
    ).outputs[0]


def binomial_node(
    variable: Any, algorithm: int, shape: Any, counts: Tensor, probs: Tensor, dtype: DType,
    name: str | None,
) -> Tensor:  # fmt: skip
    """Binomial values drawn from the state of a generator."""
    graph = thread.context.graph
    label = graph.unique_name(name or "StatefulRandomBinomial")
    handle = graph.handle_of(variable, lambda: f"{label}/resource")
    sizes = convert(shape, None, int32)
    told = static_of(sizes)
    check_ending(told, counts.shape, probs.shape)
    inputs = {
        "algorithm": convert(algorithm, int64), "shape": sizes, "counts": counts, "probs": probs,
    }  # fmt: skip
    taken = [graph.input(tensor, f"{label}/{key}") for key, tensor in inputs.items()]
    attributes = {"S": sizes.dtype, "T": counts.dtype, "dtype": dtype}
    node = graph.add(
        stateful_random_binomial, [handle, *taken], attributes, [(dtype, drawn(told))], label
    )
    return node.outputs[0]
