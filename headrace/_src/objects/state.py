"""Variables in graphs: the steps that read and assign them.

While a graph is built, a variable is a handle, a tensor of dtype `resource` that stands for it
(`FuncGraph.handle_of`), and reading and assigning are nodes that take the handle. When the graph
runs, the handle's value is the variable itself, and the machine says what reading means: on the
host its value, in a compiled program one of the program's inputs.

Gradients: what flows back to a read flows on to the handle, whose identity for tapes is that of the
variable.

Read next: objects/variable.py, engine/machine.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.tensor import Tensor
from headrace._src.engine.graph import Operation
from headrace._src.engine.step import step
from headrace._src.ops.math import add_op, subtract


@step("ReadVariableOp", is_stateful=True)
def read_variable(machine: Any, node: Operation, variable: Any) -> Any:
    """The value at this moment."""
    return machine.read(variable)


@read_variable.gradient
def _(node: Operation, dz: Any) -> list[Any]:
    return [dz]


@step("AssignVariableOp", is_stateful=True)
def assign_variable(machine: Any, node: Operation, variable: Any, value: Any) -> tuple:
    """Puts a value in place."""
    machine.write(variable, value)
    return ()


@step("AssignAddVariableOp", is_stateful=True)
def assign_add(machine: Any, node: Operation, variable: Any, delta: Any) -> tuple:
    """Adds to the value."""
    _same_shape(machine.read(variable), delta)
    machine.write(variable, machine.compute(add_op.op, [machine.read(variable), delta]))
    return ()


@step("AssignSubVariableOp", is_stateful=True)
def assign_sub(machine: Any, node: Operation, variable: Any, delta: Any) -> tuple:
    """Subtracts from the value."""
    _same_shape(machine.read(variable), delta)
    machine.write(variable, machine.compute(subtract.op, [machine.read(variable), delta]))
    return ()


@step("VarIsInitializedOp")
def is_initialized(machine: Any, node: Operation, variable: Any) -> Any:
    """True: a variable is born with its value."""
    return machine.number(True)


for _step in (assign_variable, assign_add, assign_sub):
    _step.writes = True


def _same_shape(old: Any, delta: Any) -> None:
    if tuple(old.shape) != tuple(delta.shape):
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Cannot update variable with shape {brackets(old.shape)} using a Tensor with shape "
            f"{brackets(delta.shape)}, shapes must be equal.",
        )


def brackets(shape: Any) -> str:
    """A known shape, or a position, as kernels print it: [2,3]."""
    return f"[{','.join(map(str, shape))}]"


# ---- making the nodes ----------------------------------------------------------------------------


def read_node(variable: Any, name: str = "ReadVariableOp") -> Tensor:
    """The value of `variable` at this point of the graph that is being built."""
    context = thread.context
    graph = context.graph
    node_name = graph.unique_name(name)
    handle = graph.handle_of(variable, lambda: f"{node_name}/resource")
    node = graph.add(
        read_variable,
        [handle],
        {"dtype": variable.dtype},
        [(variable.dtype, variable.shape)],
        node_name,
    )
    tensor = node.outputs[0]
    for recorder in context.recorders:
        recorder.read(variable, tensor)
    return tensor


def assign_node(kind: Any, variable: Any, value: Tensor, name: str | None) -> Operation:
    """A node that assigns: `kind` is one of the steps above."""
    graph = thread.context.graph
    node_name = graph.unique_name(name or kind.name)
    handle = graph.handle_of(variable, lambda: f"{node_name}/resource")
    given = graph.input(value, f"{node_name}/value")
    return graph.add(
        kind,
        [handle, given],
        {"dtype": variable.dtype, "validate_shape": False},
        [],
        node_name,
    )


def replace_in_graph(variable: Any, compute: Callable[[Any], Any], name: str | None) -> Operation:
    """Reads, computes and assigns."""
    context = thread.context
    recorders, context.recorders = context.recorders, []
    try:
        new = compute(read_node(variable))
    finally:
        context.recorders = recorders
    return assign_node(assign_variable, variable, new, name)
