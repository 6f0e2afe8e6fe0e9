"""Steps: nodes that are not mathematics over arrays, but something that the machine itself does.

An op (engine/op.py) maps arrays to arrays and knows nothing of graphs. A step reads and assigns
variables, calls other graphs, branches, loops, prints: it gets the *machine* that runs the graph,
on the host or inside a compiled program (engine/machine.py), and asks it for what it needs. So a
step, too, is written once.

    @step("ReadVariableOp", is_stateful=True)
    def read_variable(machine, node, handle):
        return machine.read(handle)

    @read_variable.gradient
    def _(node, dz):                          # the node, and the gradients of its outputs
        return [dz]                           # one for each input of the node, or None

Read next: engine/machine.py.
"""

import inspect
from collections.abc import Callable
from typing import Any

from headrace._src.engine import graph
from headrace._src.engine.opdef import OpDef, names, opdef


class Step:
    """What a node does that is not an op.

    name: as in TensorFlow's registry. is_stateful: whether it must run, and in its turn.
    run: from the machine, the node and the values of its inputs to the values of its outputs.
    rule: from the node and the gradients of its outputs (None where there is none) to those of its
        inputs; None where nothing flows back.
    asks: whether the rule has a parameter `wanted`, which says of each input whether anybody wants
        its gradient.
    takes_missing: whether it is run with inputs that are missing, being of a branch not taken;
        all other nodes then have missing outputs.
    writes: whether it assigns to its first input, a variable.
    is_host: why it can only run on the host, or "".
    """

    rule: Callable[..., Any] | None = None
    asks = False
    takes_missing = False
    writes = False
    # For a step with graphs: each, with the places of its inputs among the node's.
    layout: Callable[[Any], list[Any]] | None = None
    cost = "host"

    def __init__(self, name: str, is_stateful: bool, is_host: str, run: Callable) -> None:
        self.name = name
        self.is_stateful = is_stateful
        self.is_host = is_host
        self.run = run
        self.__doc__ = run.__doc__

    @property
    def definition(self) -> OpDef:
        """The entry of TensorFlow's registry."""
        return opdef(self.name)

    def gradient(self, rule: Callable) -> None:
        """Registers the gradient."""
        self.rule = rule
        self.asks = "wanted" in inspect.signature(rule).parameters

    def __repr__(self) -> str:
        return f"<step {self.name}>"


registry: dict[str, Step] = {}


def step(name: str, *, is_stateful: bool = False, is_host: str = "") -> Callable[[Callable], Step]:
    """Makes the function below it a step; raises KeyError for a name not in the registry."""
    if name not in names():
        raise KeyError(f"TensorFlow has no op called {name!r}.")

    def decorate(run: Callable) -> Step:
        made = registry[name] = Step(name, is_stateful, is_host, run)
        return made

    return decorate


def own_step(name: str) -> Callable[[Callable], Step]:
    """Like `step`, for what TensorFlow has no op for; its name begins with "Headrace"."""

    def decorate(run: Callable) -> Step:
        made = registry[name] = Step(name, False, "", run)
        return made

    return decorate


@step("Const")
def const(machine: Any, node: Any) -> Any:
    """A value that the graph holds."""
    return node.attributes["value"]


@step("Placeholder")
def placeholder(machine: Any, node: Any) -> Any:
    """An input of the graph: its value is there before the first node runs."""
    raise AssertionError(f"The machine has no value for the placeholder {node.name!r}.")


@step("NoOp")
def no_op(machine: Any, node: Any) -> tuple:
    """Nothing: a place for control dependencies."""
    return ()


graph.CONST = const
graph.PLACEHOLDER = placeholder
