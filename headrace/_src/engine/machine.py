"""The host's machine: runs a graph node by node with the kernels of eager mode.

A machine gives steps (engine/step.py) what they ask for: `read` and `write` for variables, `run`
for a graph within the graph, `compute` for an op, `draw` for random numbers. There are two. This
one computes at once, with NumPy; the other (xla/machine.py) does the same inside a program that XLA
compiles. What goes wrong is told in TensorFlow's words: the node, the line of the user's program
that made it, and what the kernel said.

An error does not stop what does not depend on it: TensorFlow runs nodes as soon as their inputs are
there, so an assignment beside a failed assertion happens. The first error is raised at the end.

Read next: engine/execute.py, which decides what is compiled.
"""

from sys import getrefcount
from typing import Any, NoReturn

import numpy as np

from headrace._src.core import context as contexts
from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, state_lock
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.graph import Operation
from headrace._src.engine.node import arguments, flat_outputs
from headrace._src.engine.run import computed
from headrace._src.engine.schedule import node_key, schedule
from headrace._src.engine.step import Step


class HostMachine:
    """Runs graphs on the host.

    streams: where random ops draw from: `draw(name, seed, seed2, blocks)`.
    function: the name of the function that is run, for error texts.
    shadows: the values of variables that were assigned to, by identity, where they must not be
        changed; None where they are.
    """

    is_host = True

    def __init__(self, streams: Any, function: str, shadows: dict | None = None) -> None:
        self.streams = streams
        self.shadows = shadows
        self.function = function
        # The functions that are being run within each other, by node: whose random numbers.
        self.path: tuple = ()
        # The locks that the program has taken and not given back yet.
        self.held: list[Any] = []

    # ---- what steps ask for

    def read(self, variable: Any) -> Any:
        """The value of a variable, an array."""
        if self.shadows is not None and variable._id in self.shadows:
            return self.shadows[variable._id]
        return variable._value._array

    def owned(self, variable: Any) -> Any:
        """The value of a variable, NumPy's on a CPU: an array that may be changed in place, since
        nobody else sees it, or a copy.
        """
        tensor = variable._value
        array = self.read(variable)
        if type(array) is not np.ndarray:
            return array if contexts.accelerated else np.array(array)
        # The variable, this frame and the count's own reference hold the tensor; the tensor, this
        # frame and the count, the array.
        is_ours = array.base is None and array.flags.writeable and self.shadows is None
        if is_ours and getrefcount(tensor) <= 3 and getrefcount(array) <= 3:
            return array
        return array.copy()

    def released(self, variable: Any) -> Any:
        """The value of a variable, for a program to take its memory: a copy where others may hold
        it too. What is NumPy's, a program copies.
        """
        tensor = variable._value
        array = self.read(variable)
        if type(array) is np.ndarray:
            return array
        if self.shadows is None and getrefcount(tensor) <= 3 and getrefcount(array) <= 3:
            return array
        return array.copy()

    def write(self, variable: Any, array: Any) -> None:
        """Puts a value into a variable."""
        if self.shadows is not None:
            self.shadows[variable._id] = array
        else:
            variable._value = EagerTensor(array, variable._dtype)

    def refuse(self, text: str) -> NoReturn:
        """Raises what TensorFlow says before it runs anything of the function."""
        error = errors.InvalidArgumentError(None, None, f"{text} [Op:{self.function}]")
        vars(error)["is_told"] = True
        raise error

    def require(self, holds: Any) -> None:
        """Nothing: on the host, who finds something wrong raises."""

    def branch(self, node: Operation, index: Any, graphs: list, values: list) -> list[Any]:
        """The outputs of the graph that `index`, clamped, picks; `values` are their inputs."""
        chosen = int(np.asarray(index).reshape(()))
        last = len(graphs) - 1
        chosen = chosen if 0 <= chosen <= last else last
        return self.run_inside(node, graphs[chosen], values[chosen])

    def loop(
        self, node: Operation, condition: FuncGraph, body: FuncGraph, variables: list, given: list
    ) -> list[Any]:
        """The loop variables when `condition` no longer holds.

        given: what condition and body get besides the loop variables.
        """
        while bool(np.asarray(self.run_inside(node, condition, variables + given[0])[0]).item()):
            variables = self.run_inside(node, body, variables + given[1])
        return variables

    def compute(self, op: Any, inputs: list[Any], attributes: tuple = ()) -> Any:
        """What an op answers, from arrays."""
        return computed(op, inputs, attributes)

    def number(self, value: Any) -> np.ndarray:
        """A value as an array of the host."""
        return np.asarray(value)

    def zeros_of(self, value: Any) -> Any:
        """Zeros like a value, which may be a list."""
        if value is None:
            return None
        if isinstance(value, list) or hasattr(value, "listed"):
            items = value if isinstance(value, list) else value.listed()
            return [None if item is None else self.zeros_of(item) for item in items]
        return np.zeros(value.shape, value.dtype)

    def draw(self, name: Any, seed: int, seed2: int, blocks: int) -> tuple:
        """The key and counter of the next random numbers of a node."""
        return self.streams.draw((self.path, name), seed, seed2, blocks)

    def run_inside(self, node: Operation, graph: FuncGraph, values: list[Any]) -> list[Any]:
        """The outputs of a graph that a node of this one runs."""
        path = self.path
        self.path = (*path, node_key(node))
        try:
            return self.run(graph, values)
        finally:
            self.path = path

    # ---- running

    def run(self, graph: FuncGraph, values: list[Any]) -> list[Any]:
        """The outputs of `graph`, flat, from the values of its inputs."""
        plan = schedule(graph)
        places = plan.begun(values)
        self.nodes(plan.nodes, places)
        return plan.answers(places)

    def nodes(self, nodes: list[Any], places: list[Any]) -> None:
        """Runs nodes over their places."""
        failure: Exception | None = None
        failed: set[Operation] = set()
        for node, inputs, outputs in nodes:
            taken = [places[i] for i in inputs]
            if failure is not None and (
                any(value is _FAILED for value in taken)
                or not failed.isdisjoint(node.control_inputs)
                or not _goes_on(node)
            ):
                failed.add(node)
                for place in outputs:
                    places[place] = _FAILED
                continue
            try:
                found = self.node(node, taken)
            except Exception as error:
                if failure is None:
                    failure = self.told(node, error, taken)
                failed.add(node)
                found = [_FAILED] * len(outputs)
            for place, value in zip(outputs, found, strict=True):
                places[place] = value
        if failure is not None:
            raise failure

    def node(self, node: Operation, values: list[Any]) -> list[Any]:
        """The outputs of one node."""
        op = node.op
        if any(value is None for value in values) and not getattr(op, "takes_missing", False):
            return _of_missing(node, values)
        if isinstance(op, Step):
            if getattr(op, "writes", False):
                with state_lock:
                    found = op.run(self, node, *values)
            else:
                found = op.run(self, node, *values)
            return list(found) if isinstance(found, tuple) else [found]
        context = thread.context
        before, context.streams = context.streams, (self, node_key(node))
        try:
            found = computed(
                op, arguments(node, values), tuple(node.attributes[a] for a in op.attributes)
            )
        finally:
            context.streams = before
        return [
            as_array(v, t.dtype) for v, t in zip(flat_outputs(op, found), node.outputs, strict=True)
        ]

    def told(self, node: Operation, error: Exception, values: list[Any]) -> Exception:
        """An error of a node, in TensorFlow's words."""
        if isinstance(error, errors.OpError):
            if error.message.startswith(_TOLD) or hasattr(error, "is_told"):
                return error
            kind: Any = type(error)
            if getattr(node.op, "is_python", False):
                # What a Python function raises has its own traceback.
                return kind(
                    None,
                    None,
                    f"{_of_function(self.function)} {error.message}\n\t "
                    f"[[{{{{node {node.name}}}}}]] [Op:{self.function}]",
                )
            return kind(None, None, self._text(node, bare(error.message)))
        if isinstance(error, (ValueError, IndexError, ZeroDivisionError)):
            fact = self._shape_error(node, values) or error
            return errors.InvalidArgumentError(None, None, self._text(node, str(fact)))
        return error

    @staticmethod
    def _shape_error(node: Operation, values: list[Any]) -> Exception | None:
        """What the op's shape rule says of the values, if they have shapes that it refuses."""
        op = node.op
        if isinstance(op, Step):
            return None
        given = [
            [TensorShape(np.shape(v)) for v in value]
            if kind == "tensors"
            else value
            if kind == "static"
            else TensorShape(np.shape(value))
            for kind, value in zip(op.inputs.values(), arguments(node, values), strict=True)
        ]
        try:
            op.shape(*given, *(node.attributes[a] for a in op.attributes))
        except ValueError as fact:
            return fact if str(fact) else None
        return None

    def _text(self, node: Operation, message: str) -> str:
        lines = "".join(
            f'  File "{code.co_filename}", line {line}, in {code.co_name}\n\n'
            for code, line in reversed(node.frames)
        )
        return (
            f"Graph execution error:\n\nDetected at node {node.name} defined at (most recent call "
            f"last):\n{lines}{message}\n\t [[{{{{node {node.name}}}}}]] [Op:{self.function}]"
        )


def _of_function(name: str) -> str:
    return f"{{{{function_node {name}}}}}"


# How the text of an error begins that has been told.
_TOLD = ("Graph execution error", "{{function_node __inference_")


class _Failed:
    """What stands for the outputs of a node that failed, or was not run for that reason."""


_FAILED = _Failed()


def _of_missing(node: Operation, values: list[Any]) -> list[Any]:
    """The outputs of a node of whose inputs some are those of a branch not taken: missing too.

    A sum is that of the others, for a gradient that is missing is zero.
    """
    there = [value for value in values if value is not None]
    if len(there) == 1 and node.type in ("AddV2", "AddN"):
        return there
    return [None] * len(node.outputs)


def _goes_on(node: Operation) -> bool:
    """Whether a node runs after another failed: assignments do, what others can see does not."""
    return not getattr(node.op, "is_host", "")


def as_array(value: Any, dtype: DType) -> Any:
    """What a kernel answered, as an array of the dtype promised."""
    if isinstance(value, (np.generic, int, float, bool, bytes)):
        return np.asarray(value, object if isinstance(value, bytes) else dtype.array_dtype)
    return value


def bare(message: str) -> str:
    """A kernel's words without what eager mode puts around them."""
    if message.startswith("{{function_node"):
        message = message.partition("}} ")[2]
    return message.partition(" [Op:")[0]
