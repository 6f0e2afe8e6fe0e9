"""Running a graph: which of its nodes are compiled together, and what the host does between.

A graph is cut (engine/islands.py) into *islands*, runs of nodes that become one compiled program
each, and *host steps*, which XLA cannot have: strings, Python functions, printing, outputs whose
shape depends on values. Most graphs are one island. Nobody declares which nodes are host steps: the
compiler's machine finds out when it meets one (`HostStep`), the graph remembers it, and the cut is
made again. `FuncGraph.notes["host"]` has the reasons.

An island is a `Program`. It is compiled for the shapes it is called with, and called with flat
arrays: the tensors that come in, then the variables; it answers the tensors that go out, then the
variables it wrote. Three more things may come out: how far random ops have got, whether a check
failed, and whether a list outgrew its buffer. If a check failed, the host runs the same nodes again
on shadows of the variables and raises what its kernels say; if a list outgrew its buffer, a program
with four times the room is run instead. Until then nothing has been written back.

Not compiled, but run node by node on the host: islands of few nodes over small arrays, for which a
program would cost more than it saves, and shapes that keep changing (engine/changing_shapes.py).

Read next: xla/machine.py.
"""

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.dtypes import string, variant
from headrace._src.core.tensor import EagerTensor, Elements, Readable, state_lock
from headrace._src.engine.changing_shapes import ChangingShapes
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.graph import Operation
from headrace._src.engine.islands import HOST, is_host, islands
from headrace._src.engine.machine import HostMachine
from headrace._src.engine.node import evaluated, flat_outputs, known_value
from headrace._src.engine.quick import FEW_ELEMENTS, quick_way
from headrace._src.engine.schedule import (
    Schedule,
    inner_and_outer,
    node_key,
    schedule,
    subgraphs,
    written,
)
from headrace._src.engine.step import Step
from headrace._src.engine.streams import Streams

# Islands of fewer nodes than this are not compiled if their arrays are small.
FEW_NODES = 8


def execute(graph: FuncGraph, inputs: Sequence[Any], captured: Sequence[Any]) -> list[Any]:
    """The outputs of `graph`, as eager tensors, for its inputs and captures."""
    runner: Any = graph.notes.get("runner")
    if runner is None:
        runner = runner_of(graph)
    if runner.quick is not None:
        outputs = runner.quick(inputs, captured)
        if outputs is not None:
            return outputs
    values = [x if isinstance(x, Readable) else x._array for x in inputs]
    for place in runner.captured:
        x = captured[place]
        values.append(x if isinstance(x, Readable) else x._array)
    found = runner.start(values)
    outputs = [
        # What a branch not taken would have answered is a tensor without a value.
        None if dtype is None else EagerTensor(v, dtype)
        for v, dtype in zip(found, runner.dtypes, strict=True)
    ]
    for place in runner.lists:
        if type(found[place]) is list:
            outputs[place] = EagerTensor(Elements(found[place]), variant)
        vars(outputs[place])["element"] = graph.outputs[place].element
    known: Any = graph.notes.get("runner")
    if known is runner and known.quick is None:
        runner.quick = quick_way(runner)
    return outputs


def runner_of(graph: FuncGraph) -> "Runner":
    """The runner of a graph that is finished; one that has grown since gets another."""
    known = graph.notes.get("runner")
    if known is None or known.size != (len(graph.nodes), len(graph.outputs)):
        known = graph.notes["runner"] = Runner(graph)
    return known


class Driver(HostMachine):
    """The host's machine where graphs within the graph have programs of their own."""

    def run(self, graph: FuncGraph, values: list[Any]) -> list[Any]:
        """The outputs of `graph`."""
        return runner_of(graph).run(self, values)


class Runner:
    """Runs one graph.

    captured: the places, among the graph's captures, of those that are inputs.
    dtypes: of the outputs. lists: the places of those that are lists of tensors.
    """

    def __init__(self, graph: FuncGraph) -> None:
        self.graph = graph
        self.size = len(graph.nodes), len(graph.outputs)
        inputs = {id(t) for t in graph.all_inputs()}
        self.captured = [i for i, t in enumerate(graph.internal_captures) if id(t) in inputs]
        self.dtypes = [None if t is None else t.dtype for t in graph.outputs]
        self.lists = [i for i, dtype in enumerate(self.dtypes) if dtype is variant]
        self.must_compile = bool(graph.attributes.get("jit_compile"))
        self.original = graph.notes.get("original", graph)
        self.function = self.original.function_name
        # What serves most calls once a first one went well: see engine/quick.py.
        self.quick: Callable | None = None
        self.steps: list[Any] = []
        self.cut()

    @property
    def streams(self) -> Streams:
        """Where the graph's random ops draw from; one for the graph and its twins."""
        known = self.original.notes.get("streams")
        if known is None:
            known = self.original.notes["streams"] = Streams()
        return known

    def start(self, values: list[Any]) -> list[Any]:
        """The outputs' values: the graph is called by a user, not by another graph.

        Raises InvalidArgumentError where all has to be compiled and something cannot be.
        """
        if self.must_compile and (node := _uncompilable(self.graph)):
            raise errors.InvalidArgumentError(None, None, _unsupported(node, self.function))
        machine = Driver(self.streams, self.function)
        try:
            return self.run(machine, values)
        finally:
            for lock in machine.held:  # of a program that failed
                lock.release()

    def cut(self) -> None:
        """Cuts the graph into islands and host steps."""
        self.plan = schedule(self.graph)
        self.steps = cut(self.graph, self.plan, self.must_compile)
        # For each step the places that nobody wants after it.
        self.spent = _connect(self.plan, self.steps)

    def run(self, machine: HostMachine, values: list[Any]) -> list[Any]:
        """The outputs' values, on behalf of a machine."""
        plan = self.plan
        places = plan.begun(values)
        steps = self.steps
        for step, spent in zip(steps, self.spent, strict=True):
            if not isinstance(step, Program):
                machine.nodes([step], places)
            elif not step.run(machine, places):
                # It holds a host step: nothing of it has run, and the cut has to be another one.
                self.cut()
                if step is steps[0]:
                    return self.run(machine, values)
                machine.nodes(step.nodes, places)  # for this once; what came before stays done
            # What a variable held is let go of, so that it can be changed where it lies.
            for place in spent:
                places[place] = None
        return plan.answers(places)


# What TensorFlow composes of ops that it compiles is one op here.
_COMPOSED = frozenset({"MatrixExponential"})


def _uncompilable(graph: FuncGraph) -> Operation | None:
    """A node that TensorFlow does not compile either: no XLA kernel, strings, Python, printing."""
    for _, node in _all_nodes([entry[0] for entry in schedule(graph).nodes]):
        has_strings = any(t.dtype is string for t in (*node.inputs, *node.outputs))
        if node.op.name != "Assert" and (is_host(node) or has_strings):
            return node
        if isinstance(node.op, Step) or node.op.name in _COMPOSED:
            continue
        is_refused = not node.op.definition.compiles(node.attributes)
        if is_refused and known_value(node.outputs[0]) is None:
            return node  # what is known while tracing TensorFlow folds before it compiles
    return None


def _unsupported(node: Operation, function: str) -> str:
    lines = "".join(
        f'File "{code.co_filename}", line {line}, in {code.co_name}\n'
        for code, line in reversed(node.frames)
    )
    return (
        "Detected unsupported operations when trying to compile graph "
        f"{function}[_XlaMustCompile=true] on XLA_CPU_JIT: {node.type} (No registered "
        f"'{node.type}' OpKernel for XLA_CPU_JIT devices compatible with node "
        f"{{{{node {node.name}}}}}){{{{node {node.name}}}}}\nThe op is created at:\n{lines}"
        f"\ttf2xla conversion failed while converting {function}[_XlaMustCompile=true]. "
        f"[Op:{function}]"
    )


def cut(graph: FuncGraph, plan: Schedule, must_compile: bool) -> list[Any]:
    """The programs and host steps of a graph, in the order in which they run."""
    return [
        Program(graph, plan, nodes, must_compile) if kind != HOST else nodes[0]
        for kind, nodes in islands(graph, plan, must_compile)
    ]


def _connect(plan: Schedule, steps: list[Any]) -> list[list[int]]:
    """Tells each program which places it gets and which others want from it; answers, for each
    step, the places that nobody wants after it.
    """
    wanted = {place for place in plan.outputs if place is not None}
    constants = {place for place, _ in plan.constants}
    spent: list[list[int]] = []
    for step in reversed(steps):
        nodes = step.nodes if isinstance(step, Program) else [step]
        made = {place for _, _, outputs in nodes for place in outputs}
        taken = {place for _, inputs, _ in nodes for place in inputs}
        if isinstance(step, Program):
            step.connect(sorted(taken - made - constants), sorted(made & wanted))
        spent.append(sorted((taken | made) - wanted))
        wanted |= taken
    return spent[::-1]


class Program:
    """A run of nodes that is compiled as one, for each shape of what comes in."""

    def __init__(
        self, graph: FuncGraph, plan: Schedule, nodes: list[Any], must_compile: bool
    ) -> None:
        self.graph = graph
        self.plan = plan
        self.nodes = nodes
        self.must_compile = must_compile
        self.inputs: list[int] = []
        self.outputs: list[int] = []
        # What the lists of the graph needed before, if this is a new cut.
        self.capacity = graph.notes.get("capacity", 32)
        self.compiled: dict[Any, Any] = {}
        # For each shape that was compiled: how long the first call took, in seconds; and the bytes
        # that go in and come out. For `explain`.
        self.times: dict[Any, tuple[float, int]] = {}
        flat = list(_all_nodes([node for node, _, _ in nodes]))
        has_graphs = len(flat) > len(nodes)
        self.shapes = ChangingShapes(has_graphs or any(n.op.cost == "xla" for n, _, _ in nodes))
        self.is_small = len(nodes) < FEW_NODES and not has_graphs and not must_compile
        # An op alone has nothing to be fused with; it runs as in eager mode.
        work = [node.op for _, node in flat if node.type != "Identity"]
        self.is_alone = self.is_small and len(work) == 1 and not isinstance(work[0], Step)
        self.draws = [(path, node) for path, node in flat if _draws(node)]
        # Whether it has something to check, which shows when it is traced (`xla().Fallible`).
        self.has_checks = False
        self.has_lists = any(
            t.dtype is variant for _, node in flat for t in (*node.inputs, *node.outputs)
        )
        tensors = {
            plan.places[id(t)]: t for node, _, _ in nodes for t in (*node.inputs, *node.outputs)
        }
        self.tensors = tensors
        self.is_steady = True

    @property
    def is_fallible(self) -> bool:
        """Whether the program may have to be run once more, with its variables as they were."""
        return self.has_checks or self.has_lists

    def connect(self, inputs: list[int], outputs: list[int]) -> None:
        """Takes the places of what comes in and of what others want of it."""
        self.inputs, self.outputs = inputs, outputs
        handles = [p for p in inputs if self.tensors[p].dtype.name == "resource"]
        self.handles = handles
        self.values = [p for p in inputs if p not in set(handles)]
        self.is_steady = all(self.tensors[p].shape.is_fully_defined() for p in self.values)
        found = set()
        for node, places, _ in self.nodes:
            if getattr(node.op, "writes", False):
                found.add(places[0])
            of_tensor = {id(t): p for t, p in zip(node.inputs, places, strict=True)}
            for inner, outer in inner_and_outer(node):
                if id(inner) in written(inner.op.graph):
                    found.add(of_tensor[id(outer)])
        self.written = found

    def run(self, machine: HostMachine, places: list[Any]) -> bool:
        """Puts the outputs into their places; False if it turns out that it cannot be compiled."""
        values = [places[p] for p in self.values]
        if any(v is None for v in values):  # of a branch not taken: nothing to compile for
            machine.nodes(self.nodes, places)
            return True
        if self.is_alone or (self.is_small and all(_size(v) < FEW_ELEMENTS for v in values)):
            machine.nodes(self.nodes, places)
            return True
        if self.has_lists and not all(map(_is_even, values)):
            machine.nodes(self.nodes, places)
            return True
        if not (
            self.is_steady
            or self.must_compile
            or self.shapes.is_worth_compiling(values, self.times)
        ):
            machine.nodes(self.nodes, places)
            changing = self.shapes.found(self.nodes, places)
            if changing is not None:
                known = self.graph.notes.get("changing", frozenset())
                self.graph.notes["changing"] = known | changing
                self.graph.notes.pop("runner", None)
            return True
        variables: list[Any] = []
        pattern = []
        for p in self.handles:
            variable = places[p]
            for i, known in enumerate(variables):
                if known._id == variable._id:
                    pattern.append(i)
                    break
            else:
                pattern.append(len(variables))
                variables.append(variable)
        try:
            found = self._call(machine, values, variables, tuple(pattern))
        except xla().HostStep as step:
            for node in step.nodes:
                node.graph.notes.setdefault("host", {})[node_key(node)] = step.why
                node.graph.notes.pop("runner", None)
            return False
        for p, value in zip(self.outputs, found, strict=True):
            places[p] = value
        return True

    def _call(
        self, machine: HostMachine, values: list[Any], variables: list[Any], pattern: tuple
    ) -> list[Any]:
        while True:
            key = pattern, self.capacity
            entry = self.compiled.get(key)
            if entry is None:
                entry = self.compiled[key] = self._compile(pattern)
            function, stored = entry
            randoms: tuple = ()
            if self.draws:
                begun = [
                    machine.streams.begin((machine.path + path, node_key(node)), *_seeds_of(node))
                    for path, node in self.draws
                ]
                randoms = (
                    np.array([k for k, _ in begun], np.uint32),
                    np.array([c for _, c in begun], np.uint32),
                )
            if self.has_lists:
                given = [
                    xla().stack_of(v, self.capacity) if isinstance(v, list) else v for v in values
                ]
            else:
                given = values
            with state_lock:
                take = machine.read if self.is_fallible else machine.released
                changed = [take(variables[i]) for i in stored]
                kept = [machine.read(v) for i, v in enumerate(variables) if i not in stored]
                begun_at = perf_counter()
                try:
                    outputs, new, counters, flags = function(given, kept, changed, randoms)
                except xla().Fallible:
                    self.has_checks = True
                    self.compiled.clear()
                    continue
                self._note(values, (kept, changed, outputs), perf_counter() - begun_at)
                if flags:
                    if "fits" in flags and not bool(np.asarray(flags["fits"])):
                        self.capacity *= 4
                        self.graph.notes["capacity"] = self.capacity
                        continue
                    if "ok" in flags and not bool(np.asarray(flags["ok"])):
                        self._complain(machine, values, variables, pattern, stored)
                for i, value in zip(stored, new, strict=True):
                    machine.write(variables[i], value)
            if self.draws:
                for (path, node), words in zip(self.draws, np.asarray(counters), strict=True):
                    machine.streams.move((machine.path + path, node_key(node)), words.tolist())
            return outputs

    def _note(self, values: list[Any], others: tuple, seconds: float) -> None:
        """Remembers what the first call for these shapes took."""
        key = tuple([getattr(v, "shape", ()) for v in values])
        if key not in self.times:
            flat = [*values, *(v for group in others for v in group)]
            self.times[key] = seconds, sum(getattr(v, "nbytes", 0) for v in flat)

    def lowered(self, given: list[Any]) -> Any:
        """The program for these inputs, a value or variable for each place, as JAX lowers it."""
        by_place = dict(zip(self.inputs, given, strict=True))
        function, stored = self._compile(tuple(range(len(self.handles))))
        state = [by_place[p]._value._array for p in self.handles]
        return function.lower(
            [by_place[p] for p in self.values],
            [v for i, v in enumerate(state) if i not in stored],
            [state[i] for i in stored],
            (),
        )

    def _complain(
        self,
        machine: HostMachine,
        values: list[Any],
        variables: list[Any],
        pattern: tuple,
        stored: list[int],
    ) -> None:
        """Raises what the host's kernels say of the nodes; the variables are written as they are in
        TensorFlow, where an error does not stop what does not depend on it.
        """
        shadows = dict(machine.shadows or {})
        again = Driver(machine.streams.copy(), machine.function, shadows)
        again.path = machine.path
        handles = [variables[i] for i in pattern]
        places = self.plan.begun([*values, *handles], self.values + self.handles)
        try:
            HostMachine.nodes(again, self.nodes, places)
        except Exception:
            for i in stored:
                # What had to wait for the node that failed has not been written.
                value = shadows.get(variables[i]._id)
                if value is not None:
                    machine.write(variables[i], value)
            raise

    def _compile(self, pattern: tuple) -> tuple[Any, list[int]]:
        """The program, and which of the variables it writes."""
        machines = xla()
        is_written = sorted(
            {i for p, i in zip(self.handles, pattern, strict=True) if p in self.written}
        )
        names = [(path, node_key(node)) for path, node in self.draws]
        capacity = self.capacity

        def program(values: list[Any], kept: list[Any], changed: list[Any], randoms: tuple) -> Any:
            cells = [machines.Cell(i) for i in range(len(kept) + len(changed))]
            rest = iter(kept)
            new = dict(zip(is_written, changed, strict=True))
            held: dict[Any, Any] = {
                cell: new[i] if i in new else next(rest) for i, cell in enumerate(cells)
            }
            keys: dict[Any, Any] = {}
            if randoms:
                for i, name in enumerate(names):
                    keys[name] = (randoms[0][i, 0], randoms[0][i, 1])
                    held[name] = randoms[1][i]
            if self.has_checks:
                held[machines.OK] = np.bool_(True)
            if self.has_lists:
                held[machines.FITS] = np.bool_(True)
            machine = machines.XlaMachine(held, keys, capacity, checks=not self.must_compile)
            machine.drops = self.must_compile
            handles = [cells[i] for i in pattern]
            places = self.plan.begun([*values, *handles], self.values + self.handles)
            machine.nodes(self.nodes, places)
            flags = {name: held[name] for name in (machines.OK, machines.FITS) if name in held}
            counters = [held[name] for name in names]
            return (
                [machines.as_output(places[p]) for p in self.outputs],
                [held[cells[i]] for i in is_written],
                counters,
                flags,
            )

        # Buffers of variables are given up where nobody will look at them again; a program that
        # may have to be run once more needs them.
        return machines.compiled(program, () if self.is_fallible else (2,)), is_written


def _is_even(value: Any) -> bool:
    """Whether XLA can have a value: if it is a list, one of elements of one shape, not strings."""
    if not isinstance(value, list):
        return not hasattr(value, "dtype") or value.dtype.kind != "O"  # which an optional is
    return len(set(_leaf_shapes(value))) <= 1


def _leaf_shapes(items: Any) -> Iterator[Any]:
    """The shapes of the arrays in a list, which may hold lists; something new for each string."""
    for item in items:
        if item is None:
            continue
        if hasattr(item, "listed"):
            item = item.listed()
        if isinstance(item, list):
            yield from _leaf_shapes(item)
        elif item.dtype == object:
            yield from (object(), object())
        else:
            yield item.shape


def _size(value: Any) -> int:
    return len(value) if isinstance(value, list) else value.size


def _all_nodes(nodes: list[Operation], path: tuple = ()) -> Any:
    """All nodes, also those of the graphs within, with the path by which they are run."""
    for node in nodes:
        yield path, node
        for graph in subgraphs(node):
            yield from _all_nodes(
                [entry[0] for entry in schedule(graph).nodes], (*path, node_key(node))
            )


def _draws(node: Operation) -> bool:
    is_op = not isinstance(node.op, Step)
    return is_op and "seed2" in node.attributes and node.op.definition.is_stateful


def _seeds_of(node: Operation) -> tuple[int, int]:
    return node.attributes["seed"], node.attributes["seed2"]


_machines: Any = None


def xla() -> Any:
    """The compiler's machine; imported with the first graph that needs it, for JAX takes time."""
    global _machines
    if _machines is None:
        from headrace._src.xla import machine

        machine._schedule = schedule
        machine._written = written
        machine._node_key = node_key
        machine._evaluated = evaluated
        machine._flat_outputs = flat_outputs
        _machines = machine
    return _machines
