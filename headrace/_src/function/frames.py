"""Frames: the name scopes of a graph as boxes inside boxes, each laid out by itself.

The one idea: a frame whose inside is placed is one box of the frame around it. An arrow that
crosses its border does so at a *port*, which is a box of the inside and a place on the edge of the
outside, so no arrow ever runs through a box.

For all arrows to go down, frames must not need each other in circles; one that the program leaves
and enters again is cut into a frame for each visit.

Read next: function/layered.py, which places the boxes of one frame.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

from headrace._src.function.layered import Arrow, Box, Placed, circles, in_order, place

LETTER, LINE = 6.62, 14.0  # of the monospaced font of 11 pixels
SIDE, HEAD = 14.0, 20.0  # room inside a frame: at its sides, and above for its name
LONGEST = 34  # letters of a line in a box


@dataclass(eq=False)
class Leaf:
    """A box with text. lines: (text, style); hint: what is told when the pointer rests on it."""

    kind: str
    lines: list[tuple[str, str]]
    hint: str
    scopes: tuple[str, ...] = ()
    link: str = ""

    def box(self) -> Box:
        longest = max(len(text) for text, _ in self.lines)
        return Box(longest * LETTER + 18, len(self.lines) * LINE + 9)


@dataclass(eq=False)
class Group:
    """A name scope: leaves and groups in a frame."""

    name: str
    members: list[Any] = field(default_factory=list)
    boxes: dict[Hashable, Box] = field(default_factory=dict)
    arrows: list[Arrow] = field(default_factory=list)
    placed: Placed = field(default_factory=lambda: Placed(0.0, 0.0, {}))

    def leaves(self) -> Iterator[Leaf]:
        for member in self.members:
            if isinstance(member, Group):
                yield from member.leaves()
            else:
                yield member


@dataclass(frozen=True, eq=False)
class Edge:
    """What flows (or, for a control input, does not flow but is waited for)."""

    source: Leaf
    target: Leaf
    key: Hashable
    is_control: bool = False


def short(text: str) -> str:
    """A line of a box, cut where it would be too long."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


# ---- scopes --------------------------------------------------------------------------------------


def grouped(leaves: list[Leaf], edges: list[Edge], depth: int | None) -> tuple[Group, list[Edge]]:
    """The leaves in their scopes, and the edges between what is left to be seen.

    A scope of fewer than two has no frame. depth: scopes deeper than this are closed: one leaf.
    """
    root = Group("")
    groups: dict[tuple[str, ...], Group] = {(): root}
    names = {leaf: leaf.lines[0][0] for leaf in leaves}
    scopes = {leaf.scopes[:i] for leaf in leaves for i in range(1, len(leaf.scopes) + 1)}
    for leaf in leaves:
        # A node called as a scope is its result and belongs into it.
        own = (*leaf.scopes, names[leaf])
        path = own if own in scopes and leaf.kind != "output" else leaf.scopes
        if depth is not None:
            path = path[: depth + 1]
        for i in range(1, len(path) + 1):
            if path[:i] not in groups:
                groups[path[:i]] = group = Group(path[i - 1])
                groups[path[: i - 1]].members.append(group)
        groups[path].members.append(leaf)
    _simplified(root)
    return root, edges if depth is None else _closed(root, depth, edges)


def _simplified(group: Group) -> None:
    """Takes away frames around a single member, which then bears both names."""
    for i, member in enumerate(group.members):
        if not isinstance(member, Group):
            continue
        _simplified(member)
        if len(member.members) == 1:
            (only,) = member.members
            if isinstance(only, Group):
                only.name = f"{member.name}/{only.name}"
            else:
                title, style = only.lines[0]
                if title != member.name:
                    only.lines[0] = (short(f"{member.name}/{title}"), style)
            group.members[i] = only


def _closed(group: Group, depth: int, edges: list[Edge]) -> list[Edge]:
    """Makes one leaf of each scope that is deeper than `depth`; the edges that are left."""
    for i, member in enumerate(group.members):
        if not isinstance(member, Group):
            continue
        if depth:
            edges = _closed(member, depth - 1, edges)
            continue
        inside = set(member.leaves())
        leaf = Leaf("closed", [(member.name, "bold"), (f"{len(inside)} nodes", "grey")], "")
        leaf.hint = "\n".join(each.hint.partition("\n")[0] for each in inside)
        group.members[i] = leaf
        moved = []
        for edge in edges:
            ends = [leaf if end in inside else end for end in (edge.source, edge.target)]
            if ends[0] is not ends[1]:
                moved.append(Edge(ends[0], ends[1], edge.key, edge.is_control))
        edges = moved
    return edges


def _without_circles(group: Group, edges: list[Edge]) -> None:
    """Parts scopes that the program leaves and enters again, so that all arrows can go down."""
    while True:
        item_of = {leaf: member for member in group.members for leaf in _leaves(member)}
        inside = [e for e in edges if e.source in item_of and e.target in item_of]
        pairs = [(item_of[e.source], item_of[e.target]) for e in inside]
        found = circles(group.members, pairs)
        if not found:
            return
        circle = [m for m in group.members if m in found[0] and isinstance(m, Group)]
        whole = max(circle, key=lambda member: len(list(member.leaves())))
        parts = _parted(whole, inside)
        at = group.members.index(whole)
        group.members[at : at + 1] = parts if len(parts) > 1 else whole.members


def _leaves(member: Any) -> Iterator[Leaf]:
    return member.leaves() if isinstance(member, Group) else iter((member,))


def _parted(group: Group, edges: list[Edge]) -> list[Group]:
    """A scope, cut at each return of the program into it."""
    own = set(group.leaves())
    pairs = [(edge.source, edge.target) for edge in edges]
    visit: dict[Leaf, int] = {}
    for leaf, before in in_order(own, pairs):
        left = leaf not in own
        visit[leaf] = max((visit[p] + (left and p in own) for p in before), default=0)
    return [_kept(group, {leaf for leaf in own if visit[leaf] == n})
            for n in sorted({visit[leaf] for leaf in own})]  # fmt: skip


def _kept(group: Group, leaves: set[Leaf]) -> Group:
    """The part of a group that holds these leaves."""
    part = Group(group.name)
    for member in group.members:
        if isinstance(member, Group):
            if leaves & set(member.leaves()):
                part.members.append(_kept(member, leaves))
        elif member in leaves:
            part.members.append(member)
    return part


# ---- places --------------------------------------------------------------------------------------


def arranged(group: Group, edges: list[Edge], is_root: bool = False) -> Box:
    """Places what is in a group; the box that the group is for the one around it."""
    _without_circles(group, edges)
    touching = set(group.leaves())
    edges = [edge for edge in edges if edge.source in touching or edge.target in touching]
    item_of: dict[Leaf, Any] = {}
    for member in group.members:
        item_of.update(dict.fromkeys(_leaves(member), member))
        if isinstance(member, Group):
            group.boxes[member] = arranged(member, edges)
        else:
            group.boxes[member] = member.box()
            if member.kind == "output":
                group.boxes[member].layer = "last"
    found: dict[Arrow, None] = {}
    for edge in edges:
        source = item_of.get(edge.source) or ("in", edge.key)
        target = item_of.get(edge.target) or ("out", edge.key)
        if source is target:
            continue
        for port, layer in ((source, "first"), (target, "last")):
            if isinstance(port, tuple):
                group.boxes.setdefault(port, Box(8.0, 0.0, layer))
        found[Arrow(source, target, edge.key)] = None
    group.arrows = list(found)
    group.placed = placed = place(group.boxes, group.arrows)
    head = 0.0 if is_root else HEAD
    least = 0.0 if is_root else len(group.name) * LETTER
    box = Box(max(placed.width, least) + 2 * SIDE, placed.height + head + SIDE)
    for name, inner in group.boxes.items():
        if isinstance(name, tuple):
            side = SIDE + inner.x - box.width / 2
            (box.ends if name[0] == "in" else box.starts)[name[1]] = side
    return box
