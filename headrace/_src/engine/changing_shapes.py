"""Shapes that change from call to call: when one is compiled for, and which nodes they concern.

A program serves one set of shapes, and compiling one takes as long as running it a thousand times.
So an island whose shapes are not known while tracing runs node by node on the host until

    a shape is back            while there are few of them: most islands see one, or a last batch
                               that is smaller, or what training and testing are called with;
    it has come so often that  otherwise. How often that is, is estimated from the number of
    it was worth compiling     elements: times that are measured would make results depend on the
                               clock, in their last bits.

An island with a loop or a convolution, which is slow on the host, does not wait so long.

Often only some nodes see the changing sizes: the number of words of a batch, but not the number of
its texts. After `WATCHED` calls on the host it shows which these are. If the others are worth it,
the graph is cut again (engine/islands.py).

Read next: engine/execute.py.
"""

from typing import Any

from headrace._src.engine.placement import FEW_SHAPES
from headrace._src.engine.schedule import node_key
from headrace._src.engine.step import Step

# A shape is back when it comes for the second time.
BACK = 2
WATCHED = 4
# Of a slow island so many shapes are compiled the first time, and later ones when they have come so
# often.
MANY = 16
RETURNS = 3
# In microseconds: for a node, to compile it; to run it on the host; and that for 1,000 elements.
COMPILE, RUN, RUN_1000 = 5000, 8, 1
# An island of fewer nodes that do something is not worth a cut.
ENOUGH = 8


class ChangingShapes:
    """What is known of the shapes that an island has been called with; `is_slow` on the host."""

    def __init__(self, is_slow: bool) -> None:
        self.is_slow = is_slow
        self.calls: dict[Any, int] = {}
        self.watched = 0
        self.shapes: dict[int, Any] = {}
        self.changing: set[int] = set()

    def is_worth_compiling(self, values: list[Any], compiled: Any) -> bool:
        """Whether a program is to run, an old or a new one, rather than the host; counts the call.

        compiled: the shapes that there are programs for.
        """
        key = tuple([getattr(v, "shape", ()) for v in values])
        calls = self.calls[key] = self.calls.get(key, 0) + 1
        if key in compiled:
            return True
        if self.is_slow:
            return len(compiled) < MANY or calls >= RETURNS
        if len(self.calls) <= FEW_SHAPES:
            return calls >= BACK
        largest = max((getattr(v, "size", 0) for v in values), default=0)
        return calls >= max(RETURNS, COMPILE / (RUN + RUN_1000 * largest / 1000))

    def found(self, nodes: list[Any], places: list[Any]) -> frozenset | None:
        """After a call on the host: the keys of the nodes that see changing shapes, as soon as they
        are known, if it is worth setting the others apart; else None.
        """
        if self.watched > WATCHED:
            return None
        self.watched += 1
        for _, inputs, outputs in nodes:
            for place in (*inputs, *outputs):
                shape = getattr(places[place], "shape", None)
                if self.shapes.setdefault(place, shape) != shape:
                    self.changing.add(place)
        if self.watched <= WATCHED:
            return None
        keys, others = [], 0
        for node, inputs, outputs in nodes:
            if not self.changing.isdisjoint((*inputs, *outputs)):
                keys.append(node_key(node))
            elif not isinstance(node.op, Step):
                others += 1
        return frozenset(keys) if keys and others >= ENOUGH else None
