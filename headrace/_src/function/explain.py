"""How a traced function runs, in words: its islands and host steps, and what they cost.

TensorFlow has nothing like it: which of a function's operations are compiled together, which run on
the host between them and for what reason, how long compiling took.

Read next: engine/execute.py.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from headrace._src.engine.execute import Program, runner_of
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.graph import Operation
from headrace._src.engine.schedule import node_key, subgraphs


class Plan:
    """The plan of a function: printed, it is a text."""

    def __init__(self, titles: Iterable[tuple[str, FuncGraph]]) -> None:
        self._lines = [line for title, graph in titles for line in _told(title, graph)]

    def __str__(self) -> str:
        return "\n".join(self._lines) or "The function has not been traced yet."

    __repr__ = __str__


def _told(title: str, graph: FuncGraph, indent: str = "") -> Iterator[str]:
    yield f"{indent}{title}"
    runner = runner_of(graph)
    if not runner.steps:
        yield f"{indent}  nothing to run: every output is known, or an input"
    for number, step in enumerate(runner.steps, 1):
        if isinstance(step, Program):
            yield f"{indent}  {number}. {_island(step)}"
        else:
            node = step[0]
            yield f"{indent}  {number}. host step {node.name} ({node.type}): {_why(graph, node)}"
            yield from _where(node, indent)
            for inner in subgraphs(node):
                yield from _told(f"{inner.name}, run by {node.name}:", inner, indent + "     ")
    yield f"{indent}  results: {', '.join(_described(t) for t in graph.outputs) or 'none'}"


def _island(program: Program) -> str:
    count = len(program.nodes)
    nodes = f"island of {count} operation{'s' if count > 1 else ''}"
    if program.is_alone:
        return f"{nodes}, run as in eager mode: there is nothing to fuse it with"
    if not program.times:
        if program.is_small:
            return f"{nodes}, run one by one: too few to be worth a program while arrays are small"
        return f"{nodes}, not compiled yet"
    shapes = len(program.times)
    seconds = sum(first for first, _ in program.times.values())
    most = max(size for _, size in program.times.values())
    called = len(program.shapes.calls)
    of = f" of {called} that it was called with" if called > shapes else ""
    return (
        f"{nodes}, compiled for {shapes} shape{'s' if shapes > 1 else ''}{of} in {seconds:.2f} s; "
        f"{most:,} bytes in and out"
    )


def _why(graph: FuncGraph, node: Operation) -> str:
    found = graph.notes.get("host", {}).get(node_key(node))
    return found or getattr(node.op, "is_host", "") or "XLA has no form of it"


def _where(node: Operation, indent: str) -> Iterator[str]:
    if node.frames:
        code, line = node.frames[0]
        yield f"{indent}     from {code.co_filename}, line {line}, in {code.co_name}"


def _described(tensor: Any) -> str:
    return "None" if tensor is None else f"{tensor.dtype.name}{tensor.shape}"
