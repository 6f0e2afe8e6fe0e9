"""Graphs as messages and pictures: asked for rarely, and loaded when they are.

Protocol buffers cost 50 ms to import and a layout library more; a program that neither saves nor
draws a graph does not wait for them.

Read next: function/graph_def.py, function/picture.py.
"""

from importlib.util import find_spec
from typing import Any

# Public from here, where their slot is filled.
from headrace._src.engine.graph import Graph as Graph
from headrace._src.engine.graph import Operation as Operation


def graph_messages() -> Any:
    """The module that makes messages of graphs."""
    from headrace._src.function import graph_def

    return graph_def


def to_svg(graph: Graph, depth: int | None = None) -> str:
    """A picture of the graph as SVG; see function/picture.py."""
    from headrace._src.function import picture

    return picture.to_svg(graph, depth)


def has_pictures() -> bool:
    """Whether the library that lays pictures out is there."""
    return find_spec("networkx") is not None


Graph._messages = staticmethod(graph_messages)
