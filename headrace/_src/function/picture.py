"""A traced graph as a picture: `to_svg(graph)`, text in SVG that a browser or a notebook shows.

What is drawn: every node with its name, its op and what comes out of it, from the inputs at the top
to the outputs at the bottom; name scopes as coloured frames; what runs on the host with the reason;
branches, bodies and called functions as panels of their own, to which their node links. What is
left out because it says little: a constant of one node is written into that node ("y = 2.0"), and
so is the `Identity` in front of an output.

The one idea: a picture is made in three steps that know nothing of each other's: what there is to
see (here: `_Panel`), where it is (function/frames.py), and how it looks (here: `_Drawing`).

Read next: function/frames.py.
"""

import colorsys
from collections.abc import Hashable, Iterator
from html import escape
from itertools import takewhile
from typing import Any

import numpy as np

from headrace._src.core.dtypes import resource
from headrace._src.core.tensor import Readable
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.graph import CONST, PLACEHOLDER, Graph, Operation
from headrace._src.engine.schedule import is_stateful, node_key, subgraphs
from headrace._src.function.frames import (
    HEAD,
    LETTER,
    LINE,
    SIDE,
    Edge,
    Group,
    Leaf,
    arranged,
    grouped,
    short,
)
from headrace._src.function.layered import Arrow, Box

# Fill, line, and what the legend says.
KINDS = {
    "input": ("#e4f0fd", "#3f86d0", "input"),
    "variable": ("#e5f5e6", "#389148", "variable"),
    "constant": ("#f6f6f6", "#9a9a9a", "constant"),
    "op": ("#ffffff", "#6b7280", "op"),
    "effect": ("#fdeaea", "#c0454f", "changes or reads state"),
    "calls": ("#f2eafc", "#7d4fc0", "runs other graphs"),
    "host": ("#fff2dd", "#d9861a", "runs on the host"),
    "closed": ("#eceff3", "#6b7280", "closed scope"),
    "output": ("#374151", "#374151", "output"),
}


def to_svg(graph: Graph, depth: int | None = None) -> str:
    """The graph as an SVG document.

    depth: how many scopes may be open within each other; deeper ones are drawn as one box. None:
        all.

    >>> from headrace._src.engine.func_graph import FuncGraph
    >>> graph = FuncGraph("double")
    >>> with graph.as_default():
    ...     graph.outputs = [graph.placeholder(tf.float32, [2], "x") * 2.]
    >>> to_svg(graph).startswith("<svg")
    True
    """
    drawn: list[_Panel] = []
    waiting: list[tuple[Graph, str]] = [(graph, "")]
    known: set[int] = set()
    while waiting:
        current, role = waiting.pop(0)
        if id(current) in known:
            continue
        known.add(id(current))
        drawn.append(_Panel(current, role, depth))
        for node in current.get_operations():
            waiting += [(inner, f"{node.name}: {label}") for label, inner in _called(node)]
    return _document(drawn)


def _called(node: Operation) -> Iterator[tuple[str, FuncGraph]]:
    """The graphs that a node runs, with the attribute that holds each."""
    inside = {id(graph) for graph in subgraphs(node)}
    for name, value in node.attributes.items():
        items = value if isinstance(value, tuple) else (value,)
        for i, item in enumerate(items):
            if id(item) in inside:
                yield (f"{name}[{i}]" if isinstance(value, tuple) else name), item


# ---- what is drawn -------------------------------------------------------------------------------


class _Panel:
    """The drawing of one graph."""

    def __init__(self, graph: Graph, role: str, depth: int | None) -> None:
        self.graph, self.role = graph, role
        self.leaf_of: dict[Operation, Leaf] = {}
        self.leaves: list[Leaf] = []
        self.edges: list[Edge] = []
        self._collect()
        self.root, self.edges = grouped(self.leaves, self.edges, depth)
        self.box = arranged(self.root, self.edges, is_root=True)

    @property
    def title(self) -> str:
        name = getattr(self.graph, "name", "graph")
        return f"{self.role} = {name}" if self.role else name

    @property
    def anchor(self) -> str:
        return _anchor(self.graph)

    # ---- leaves and edges

    def _collect(self) -> None:
        nodes = self.graph.get_operations()
        consumers: dict[Operation, list[Operation]] = {node: [] for node in nodes}
        for node in nodes:
            for other in dict.fromkeys([*(t.op for t in node.inputs), *node.control_inputs]):
                consumers[other].append(node)
        outputs = [t for t in getattr(self.graph, "outputs", []) if t is not None]
        answered = {tensor.op for tensor in outputs}
        inlined = {
            node
            for node in nodes
            if node.op is CONST and len(consumers[node]) == 1 and node not in answered
        }
        # The Identity in front of an output, and the NoOp that an effect ends with.
        hidden = {
            node
            for node in answered
            if node.type == "Identity" and not consumers[node] and not node.control_inputs
        }
        hidden |= {node for node in nodes if node.type == "NoOp" and not consumers[node]}
        shown = [node for node in nodes if node not in inlined and node not in hidden]
        scopes = [_scopes(node) for node in shown]
        shared = len(_prefix(scopes))  # all nodes of a branch are under the name of its node
        for node, own in zip(shown, scopes, strict=True):
            self._add(node, own[shared:], [t for t in node.inputs if t.op in inlined])
        for node in nodes:
            if node in self.leaf_of:
                self._connect(node)
        for i, tensor in enumerate(outputs):
            source = tensor.op.inputs[0] if tensor.op in hidden else tensor
            told = f"output {i}" if len(outputs) > 1 else "output"
            leaf = Leaf("output", [(told, "bold"), (_spec(tensor), "plain")], tensor.name)
            self.leaves.append(leaf)
            self.edges.append(
                Edge(self.leaf_of[source.op], leaf, (source.op.name, source.value_index))
            )

    def _connect(self, node: Operation) -> None:
        target = self.leaf_of[node]
        for tensor in {id(tensor): tensor for tensor in node.inputs}.values():
            if tensor.op in self.leaf_of:
                key = (tensor.op.name, tensor.value_index)
                self.edges.append(Edge(self.leaf_of[tensor.op], target, key))
        taken = {tensor.op for tensor in node.inputs}
        for control in dict.fromkeys(node.control_inputs):
            if control in self.leaf_of and control not in taken:
                waited = (control.name, "control")
                self.edges.append(Edge(self.leaf_of[control], target, waited, is_control=True))

    def _add(self, node: Operation, scopes: tuple[str, ...], constants: list[Any]) -> None:
        kind, why = _kind(node)
        name = node.name.rpartition("/")[2]
        if kind == "variable" and isinstance(node.outputs[0].element, Readable):
            name = node.outputs[0].element.name.partition(":")[0]  # type: ignore[attr-defined]
        lines = [(short(name), "bold")]
        plain = name.rstrip("0123456789").rstrip("_").lower()
        if node.type.lower() != plain and kind not in ("input", "variable"):
            lines.append((node.type, "italic"))
        lines += [(short(f"{_argument(t, node)} = {_value(t)}"), "plain") for t in constants]
        told = [_spec(tensor) for tensor in node.outputs]
        lines += [(text, "grey") for text in told[:3]]
        if len(told) > 3:
            lines.append((f"and {len(told) - 3} more", "grey"))
        if node.op is CONST:
            lines.insert(1, (short(_value(node.outputs[0])), "plain"))
        lines += [(short(f"{label} → {inner.name}"), "link") for label, inner in _called(node)]
        if why:
            lines.append((short(f"host: {why}"), "host"))
        self.leaf_of[node] = leaf = Leaf(kind, lines, _hint(node, why), scopes)
        leaf.link = next((_anchor(inner) for _, inner in _called(node)), "")
        self.leaves.append(leaf)


def _kind(node: Operation) -> tuple[str, str]:
    """The kind of a node, and why it runs on the host, if it does."""
    why = node.graph.__dict__.get("notes", {}).get("host", {}).get(node_key(node), "")
    why = why or getattr(node.op, "is_host", "")
    if node.op is PLACEHOLDER:
        return ("variable" if node.outputs[0].dtype is resource else "input"), ""
    if node.op is CONST:
        return "constant", ""
    if why:
        return "host", why if isinstance(why, str) else "not possible in a compiled program"
    if subgraphs(node):
        return "calls", ""
    return ("effect" if is_stateful(node) else "op"), ""


def _scopes(node: Operation) -> tuple[str, ...]:
    """The name scopes that a node is in; an argument ("add/y") is where the node is that has it."""
    *scopes, _ = node.name.split("/")
    if node.op in (PLACEHOLDER, CONST) and "/".join(scopes) in node.graph._by_name:
        scopes.pop()
    return tuple(scopes)


def _prefix(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    """What all paths begin with."""
    if not paths:
        return ()
    first, last = min(paths), max(paths)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return tuple(one for one, _ in same)


def _spec(tensor: Any) -> str:
    """Dtype and shape: "float32 [?, 2]"."""
    variable: Any = tensor.element
    if tensor.dtype is resource and isinstance(variable, Readable):
        return f"{variable.dtype.name} {_sizes(variable.shape)}"
    return f"{tensor.dtype.name} {_sizes(tensor.shape)}".rstrip()


def _sizes(shape: Any) -> str:
    if shape.rank is None:
        return "of any shape"
    return f"[{', '.join('?' if n is None else str(n) for n in shape.as_list())}]"


def _value(tensor: Any) -> str:
    """A constant: its value if it is a small one, else dtype and shape."""
    array = np.asarray(tensor.op.attributes["value"])
    if array.size > 6:
        return _spec(tensor)
    if array.dtype.kind == "O":
        return str(array.tolist()).replace("b'", "'")
    return np.array2string(array, separator=", ", formatter={"float_kind": str}).replace("\n", "")


def _argument(tensor: Any, node: Operation) -> str:
    """What the node calls an input: the last part of the constant's name, mostly."""
    scope, _, leaf = tensor.op.name.rpartition("/")
    return leaf if scope == node.name else tensor.op.name.rpartition("/")[2]


def _hint(node: Operation, why: str) -> str:
    """What is told of a node besides its lines."""
    told = [f"{node.name}: {node.type}"]
    for name, value in node.attributes.items():
        text = str(value)
        if name != "value" and len(text) < 80 and "object at" not in text:
            told.append(f"{name} = {text}")
    if node.device:
        told.append(f"device: {node.device}")
    if why:
        told.append(f"on the host: {why}")
    if node.frames:
        code, line = node.frames[0]
        told.append(f'File "{code.co_filename}", line {line}, in {code.co_name}')
    return "\n".join(told)


def _anchor(graph: Graph) -> str:
    return f"graph-{getattr(graph, 'serial', id(graph))}"


# ---- drawing -------------------------------------------------------------------------------------


_STYLES = {
    "bold": 'font-weight="bold"',
    "plain": "",
    "italic": 'font-style="italic"',
    "grey": 'fill="#6b7280"',
    "link": 'fill="#6d3fb0"',
    "host": 'fill="#a35f06"',
}
_HUES = (210, 150, 28, 275, 340, 185, 50, 95)


class _Drawing:
    """The text of one panel: frames first, then arrows, then the frames' names and the boxes."""

    def __init__(self, panel: _Panel, x: float, y: float) -> None:
        self.frames: list[str] = []
        self.arrows: list[str] = []
        self.boxes: list[str] = []
        self.controls = {edge.key for edge in panel.edges if edge.is_control}
        self.hues: dict[str, int] = {}
        self._group(panel.root, x + SIDE, y, 0)

    def _group(self, group: Group, x: float, y: float, level: int) -> None:
        """The inside of a group, whose upper left corner is given."""
        for member in group.members:
            box = group.boxes[member]
            left, top = x + box.x - box.width / 2, y + box.y - box.height / 2
            if isinstance(member, Group):
                hue = self.hues.setdefault(member.name, _HUES[len(self.hues) % len(_HUES)])
                fill = _colour(hue, 0.6, 0.96 - 0.03 * min(level, 4))
                self.frames.append(_frame(left, top, box, fill, _colour(hue, 0.45, 0.62)))
                ink = _colour(hue, 0.55, 0.3)
                self.boxes.append(_frame_name(member.name, left, top, fill, ink))
                self._group(member, left + SIDE, top + HEAD, level + 1)
            else:
                self.boxes.append(_box(member, left, top, box))
        # Arrows that share a way: the longest first, the others only where they leave it.
        ways = group.placed.ways
        shared: set[tuple[Hashable, Hashable]] = set()
        for arrow in sorted(group.arrows, key=lambda arrow: -len(ways[arrow])):
            way = ways[arrow]
            points = [*way, group.boxes[arrow.target].end(arrow.key)]
            if (arrow.source, arrow.key) in shared and len(way) > 2:
                points = points[-3:]
            else:
                points.insert(0, group.boxes[arrow.source].start(arrow.key))
                if isinstance(arrow.source, tuple):  # a port: from the frame's edge on
                    points.insert(0, (points[0][0], points[0][1] - HEAD))
            shared.add((arrow.source, arrow.key))
            self._arrow(arrow, [(x + px, y + py) for px, py in points])

    def _arrow(self, arrow: Arrow, points: list[tuple[float, float]]) -> None:
        if isinstance(arrow.target, tuple):
            points.append((points[-1][0], points[-1][1] + SIDE))
        style = ' stroke-dasharray="3 3"' if arrow.key in self.controls else ""
        if isinstance(arrow.target, Leaf):
            style += ' marker-end="url(#tip)"'
        self.arrows.append(f'<path d="{_curve(points)}"{style}/>')


def _curve(points: list[tuple[float, float]]) -> str:
    """A line through the points that comes and goes vertically."""
    (x, y), *rest = points
    found = [f"M{x:.1f} {y:.1f}"]
    for nx, ny in rest:
        if abs(nx - x) < 0.1:
            if found[-1][0] == "V":
                found.pop()
            found.append(f"V{ny:.1f}")
        else:
            middle = (y + ny) / 2
            found.append(f"C{x:.1f} {middle:.1f} {nx:.1f} {middle:.1f} {nx:.1f} {ny:.1f}")
        x, y = nx, ny
    return "".join(found)


def _frame(x: float, y: float, box: Box, fill: str, line: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="8" '
        f'fill="{fill}" stroke="{line}"/>'
    )


def _frame_name(name: str, x: float, y: float, fill: str, ink: str) -> str:
    return (  # on a ground of its own: arrows may pass behind it
        f'<rect x="{x + 6:.1f}" y="{y + 3:.1f}" width="{len(name) * LETTER + 4:.1f}" height="14" '
        f'fill="{fill}"/><text x="{x + 8:.1f}" y="{y + 14:.1f}" fill="{ink}" font-weight="bold">'
        f"{escape(name)}</text>"
    )


def _colour(hue: int, saturation: float, lightness: float) -> str:
    parts = colorsys.hls_to_rgb(hue / 360, lightness, saturation)
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def _box(leaf: Leaf, x: float, y: float, box: Box) -> str:
    fill, line, _ = KINDS[leaf.kind]
    ink = "#ffffff" if leaf.kind == "output" else "#111827"
    round_ = box.height / 2 if leaf.kind in ("input", "variable", "output") else 5
    dash = ' stroke-dasharray="4 2"' if leaf.kind in ("constant", "closed") else ""
    texts = "".join(
        f'<text x="{x + box.width / 2:.1f}" y="{y + 15 + i * LINE:.1f}" text-anchor="middle" '
        f"{_STYLES[style] if leaf.kind != 'output' else ''}>{escape(text)}</text>"
        for i, (text, style) in enumerate(leaf.lines)
    )
    drawn = (
        f'<g fill="{ink}"><title>{escape(leaf.hint)}</title>'
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
        f'rx="{min(round_, 14):.0f}" fill="{fill}" stroke="{line}"{dash}/>{texts}</g>'
    )
    return f'<a href="#{leaf.link}">{drawn}</a>' if leaf.link else drawn


def _document(panels: list[_Panel]) -> str:
    """All panels in rows, the legend below."""
    margin, title = 20.0, 30.0
    widest = max(1000.0, *(panel.box.width for panel in panels))
    parts: list[str] = []
    x = y = margin
    row = right = 0.0
    for panel in panels:
        width = max(panel.box.width, len(panel.title) * 8.0 + 20)
        if x > margin and x + width > widest + margin:
            x, y, row = margin, y + row + margin, 0.0
        height = panel.box.height + title
        drawing = _Drawing(panel, x + (width - panel.box.width) / 2, y + title + 6)
        parts.append(
            f'<g id="{panel.anchor}">'
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="10" '
            'fill="#ffffff" stroke="#d1d5db"/>'
            f'<text x="{x + 14:.1f}" y="{y + 20:.1f}" font-size="13" font-weight="bold" '
            f'fill="#111827">{escape(panel.title)}</text>{"".join(drawing.frames)}'
            f'<g fill="none" stroke="#4b5563">{"".join(drawing.arrows)}</g>'
            f"{''.join(drawing.boxes)}</g>"
        )
        x, row, right = x + width + margin, max(row, height), max(right, x + width)
    y += row + margin
    used = {leaf.kind for panel in panels for leaf in panel.root.leaves()}
    x = margin
    for kind, (fill, line, told) in KINDS.items():
        if kind in used:
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="12" height="12" rx="3" fill="{fill}" '
                f'stroke="{line}"/><text x="{x + 18:.1f}" y="{y + 10:.1f}" fill="#374151">'
                f"{told}</text>"
            )
            x += 18 + len(told) * LETTER + 20
    right, y = max(right, x) + margin, y + 12 + margin
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{right:.0f}" height="{y:.0f}" '
        f'viewBox="0 0 {right:.0f} {y:.0f}" font-size="11" '
        'font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" '
        'markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8z" fill="#4b5563"/></marker></defs>'
        f'<rect width="100%" height="100%" fill="#f9fafb"/>{"".join(parts)}</svg>'
    )
