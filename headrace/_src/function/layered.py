"""Places for the boxes of a directed graph: layers from top to bottom, arrows that go down.

The method is Sugiyama's: every box gets a layer below all that it depends on; arrows that pass
layers get a way through each of them; the boxes of a layer are put into the order in which their
neighbours stand; and each is moved as near to its neighbours as the others let it. The last step is
exact: of all places that keep order and distance, those with the least sum of squares (isotonic
regression). networkx tells the layers; it has no layout for boxes that have a size.

Source: K. Sugiyama, S. Tagawa, M. Toda: Methods for Visual Understanding of Hierarchical System
Structures, 1981.

Read next: function/frames.py.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

try:
    import networkx
except ImportError as error:
    raise ImportError(
        "Pictures of graphs need the package networkx: pip install headrace[picture]"
    ) from error

GAP = 18.0  # between boxes of a layer
THIN = 7.0  # around an arrow that passes a layer
SWEEPS = 8


@dataclass
class Box:
    """Something to be placed: its size, where its arrows begin and end, and then its centre.

    layer: "first" or "last" where it must be there.
    starts, ends: how far right of the centre the arrow of a key begins (at the bottom) or ends (at
        the top); without the key, at the centre.
    """

    width: float
    height: float
    layer: str = ""
    starts: dict[Hashable, float] = field(default_factory=dict)
    ends: dict[Hashable, float] = field(default_factory=dict)
    x: float = 0.0
    y: float = 0.0

    def start(self, key: Hashable) -> tuple[float, float]:
        """Where the arrows of `key` leave the box."""
        return self.x + self.starts.get(key, 0.0), self.y + self.height / 2

    def end(self, key: Hashable) -> tuple[float, float]:
        """Where they come in."""
        return self.x + self.ends.get(key, 0.0), self.y - self.height / 2


@dataclass(frozen=True)
class Arrow:
    """From one box to another; arrows of one key and source share their way."""

    source: Hashable
    target: Hashable
    key: Hashable


@dataclass
class Placed:
    """The answer: size of the whole, and the points through which each arrow goes."""

    width: float
    height: float
    ways: dict[Arrow, list[tuple[float, float]]]


def circles(names: Iterable[Hashable], pairs: Iterable[tuple]) -> list[set]:
    """The sets of more than one name among which every one can be reached from every other."""
    found = networkx.strongly_connected_components(_graph(names, pairs))
    return [names for names in found if len(names) > 1]


def in_order(names: Iterable[Hashable], pairs: Iterable[tuple]) -> Iterator[tuple[Any, list[Any]]]:
    """Every name, after those before it, which come with it; the pairs must not form circles."""
    graph = _graph(names, pairs)
    for name in networkx.topological_sort(graph):
        yield name, list(graph.predecessors(name))


def _graph(names: Iterable[Hashable], pairs: Iterable[tuple]) -> Any:
    graph = networkx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from(pairs)
    return graph


def place(boxes: dict[Hashable, Box], arrows: Sequence[Arrow], row_gap: float = 26.0) -> Placed:
    """Puts the boxes into place (their `x` and `y`); the arrows must not go in circles.

    Raises ValueError where they do.
    """
    if not boxes:
        return Placed(0.0, 0.0, {})
    layer_of = _layers(_graph(boxes, ((a.source, a.target) for a in arrows)), boxes)
    every = dict(boxes)
    layers: list[list[Hashable]] = [[] for _ in range(1 + max(layer_of.values()))]
    for name in boxes:
        layers[layer_of[name]].append(name)

    # Each pair of neighbours in two layers that follow each other; long arrows get a passage in
    # every layer between.
    links: dict[tuple[Hashable, Hashable], tuple[Hashable, ...]] = {}
    passages: dict[Arrow, list[Hashable]] = {}
    for arrow in arrows:
        last: Hashable = arrow.source
        passages[arrow] = []
        for level in range(layer_of[arrow.source] + 1, layer_of[arrow.target]):
            name = ("passage", arrow.source, arrow.key, level)
            if name not in every:
                every[name] = Box(THIN, 0.0)
                layers[level].append(name)
            links[last, name] = (arrow.key,)
            passages[arrow].append(name)
            last = name
        links[last, arrow.target] = (*links.get((last, arrow.target), ()), arrow.key)
    above: dict[Hashable, list] = {name: [] for name in every}
    below: dict[Hashable, list] = {name: [] for name in every}
    for (source, target), keys in links.items():
        for key in dict.fromkeys(keys):
            above[target].append((source, key))
            below[source].append((target, key))

    layers = _ordered(layers, above, below, every)
    _spread(layers, above, below, every)
    y = 0.0
    edges: dict[Hashable, tuple[float, float]] = {}  # of the layer that a box is in
    for layer in layers:
        height = max(every[name].height for name in layer)
        for name in layer:
            every[name].y = y + height / 2
            edges[name] = (y, y + height)
        y += height + row_gap
    left = min(box.x - box.width / 2 for box in every.values())
    for box in every.values():
        box.x -= left
    width = max(box.x + box.width / 2 for box in every.values())
    ways = {}
    for arrow, names in passages.items():
        # Down to the edge of the layer first, and bent only between layers.
        way = [(every[arrow.source].start(arrow.key)[0], edges[arrow.source][1])]
        way += [(every[name].x, edge) for name in names for edge in edges[name]]
        ways[arrow] = [*way, (every[arrow.target].end(arrow.key)[0], edges[arrow.target][0])]
    return Placed(width, y - row_gap, ways)


def _layers(graph: Any, boxes: dict[Hashable, Box]) -> dict[Hashable, int]:
    """The layer of each box: below all it depends on, and right above the first that needs it."""
    try:
        order = list(networkx.topological_sort(graph))
    except networkx.NetworkXUnfeasible:
        raise ValueError("The arrows go in circles.") from None
    layer: dict[Hashable, int] = {}
    for name in order:
        layer[name] = max((layer[p] + 1 for p in graph.predecessors(name)), default=0)
    if any(box.layer == "first" for box in boxes.values()):
        for name in order:
            if boxes[name].layer != "first":
                before = (layer[p] + 1 for p in graph.predecessors(name))
                layer[name] = max(before, default=1)
    lowest = max(layer.values()) + any(box.layer == "last" for box in boxes.values())
    for name in reversed(order):
        if boxes[name].layer == "last":
            layer[name] = lowest
        elif not graph.in_degree(name) and not boxes[name].layer and graph.out_degree(name):
            layer[name] = max(layer[name], min(layer[s] for s in graph.successors(name)) - 1)
    used = {level: i for i, level in enumerate(sorted(set(layer.values())))}
    return {name: used[level] for name, level in layer.items()}


def _ordered(layers: list[list], above: dict, below: dict, boxes: dict) -> list[list]:
    """The layers in the order with the fewest crossings that sweeping up and down finds."""
    best, least = layers, _crossings(layers, below)
    current = [list(layer) for layer in layers]
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        levels = range(1, len(current)) if down else range(len(current) - 2, -1, -1)
        for level in levels:
            fixed = current[level - 1] if down else current[level + 1]
            place_of = {name: i for i, name in enumerate(fixed)}
            neighbours = above if down else below
            current[level] = _by_neighbours(current[level], neighbours, place_of, boxes, down)
        found = _crossings(current, below)
        if found < least:
            best, least = [list(layer) for layer in current], found
        if not least:
            break
    return best


def _by_neighbours(layer: list, neighbours: dict, place_of: dict, boxes: dict, down: bool) -> list:
    """A layer by the mean place of each box's neighbours; one without any stays where it is."""
    weights = {}
    for i, name in enumerate(layer):
        places = []
        for other, key in neighbours[name]:
            box = boxes[other]
            side = (box.starts if down else box.ends).get(key, 0.0)
            places.append(place_of[other] + side / max(box.width, 1.0))
        weights[name] = sum(places) / len(places) if places else float(i)
    return sorted(layer, key=weights.__getitem__)


def _crossings(layers: list[list], below: dict) -> int:
    """How many pairs of links cross."""
    total = 0
    for upper, lower in zip(layers, layers[1:], strict=False):
        place_of = {name: i for i, name in enumerate(lower)}
        ends: list[int] = []
        for name in upper:
            ends += sorted(place_of[t] for t, _ in below[name] if t in place_of)
        total += sum(ends[i] > end for j, end in enumerate(ends) for i in range(j))
    return total


def _spread(layers: list[list], above: dict, below: dict, boxes: dict) -> None:
    """Moves the boxes of each layer as near to their neighbours as order and distance allow."""
    for layer in layers:
        x = 0.0
        for name in layer:
            boxes[name].x = x + boxes[name].width / 2
            x += boxes[name].width + GAP
    for turn in range(2 * SWEEPS):
        levels = range(len(layers)) if turn % 2 == 0 else range(len(layers) - 1, -1, -1)
        for level in levels:
            layer = layers[level]
            wanted, weights = [], []
            for name in layer:
                box = boxes[name]
                pulls = [
                    (boxes[o].start(k)[0] - box.ends.get(k, 0.0), _weight(name, o))
                    for o, k in above[name]
                ]
                pulls += [
                    (boxes[o].end(k)[0] - box.starts.get(k, 0.0), _weight(name, o))
                    for o, k in below[name]
                ]
                weight = sum(w for _, w in pulls)
                wanted.append(sum(x * w for x, w in pulls) / weight if pulls else box.x)
                weights.append(weight or 0.1)
            for name, x in zip(layer, _apart(layer, wanted, weights, boxes), strict=True):
                boxes[name].x = x


def _weight(one: Hashable, other: Hashable) -> float:
    """How much a link wants to be straight: one between two passages most of all."""
    return (1.0, 2.0, 8.0)[_is_passage(one) + _is_passage(other)]


def _is_passage(name: Hashable) -> bool:
    return isinstance(name, tuple) and name[0] == "passage"


def _apart(layer: list, wanted: list[float], weights: list[float], boxes: dict) -> list[float]:
    """The places nearest to the wanted ones, least squares, that keep the boxes apart."""
    offsets, x = [], 0.0
    for i, name in enumerate(layer):
        if i:
            pair = boxes[layer[i - 1]], boxes[name]
            gap = THIN if any(_is_passage(one) for one in (layer[i - 1], name)) else GAP
            x += pair[0].width / 2 + gap + pair[1].width / 2
        offsets.append(x)
    # Blocks that stick together: sum of weighted places, sum of weights, how many.
    blocks: list[list[float]] = []
    for want, weight, offset in zip(wanted, weights, offsets, strict=True):
        blocks.append([(want - offset) * weight, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    means = [total / weight for total, weight, count in blocks for _ in range(int(count))]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
