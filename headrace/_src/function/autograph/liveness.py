"""What each branch and loop has to carry: the variables it changes that somebody will read.

The code has no jumps any more (jumps.py), so one walk backwards over its structure finds which
names are *live*, that is, may be read before they are written again; only loops are walked until
nothing changes. From an exception handler on, everything in its `try` is live that the handler
reads. What a function defined on the way reads may be asked for at any time after.

A simple name is state of a statement if the statement writes it and it is live, a composite one if
its simple names are live before the statement and the statement does not write them itself.

Read next: converter.py.
"""

import ast
from typing import NamedTuple

from headrace._src.function.autograph.activity import Activity, support

Names = frozenset[str]
NOTHING: Names = frozenset()


class State(NamedTuple):
    """What an `if`, `while` or `for` carries.

    outputs: simple names that are live behind the statement.
    places: composite names: anybody may read those later.
    inputs: simple names that only the statement itself reads.
    """

    outputs: list[str]
    places: dict[str, ast.expr]
    inputs: list[str]

    @property
    def names(self) -> list[str]:
        """The simple names."""
        return self.outputs + self.inputs

    @property
    def symbols(self) -> list[str]:
        """All names, the inputs last."""
        return [*self.outputs, *self.places, *self.inputs]


class Liveness:
    """The state of each conditional statement in the body of a function.

    declared: names that are `global` or `nonlocal` in it: always live.
    """

    def __init__(self, body: list[ast.stmt], declared: set[str]) -> None:
        self.states: dict[ast.stmt, State] = {}
        self._block(body, frozenset(declared), NOTHING, frozenset(declared))

    def _block(self, body: list[ast.stmt], out: Names, raised: Names, escaped: Names) -> Names:
        """The names live before `body`.

        out: those live behind it; raised: where an exception leads; escaped: those that functions
        made before hold on to.
        """
        held = [escaped]
        for statement in body:
            escaped = escaped | Activity(statement).escapes
            held.append(escaped)
        live = out
        for statement, kept in zip(reversed(body), reversed(held), strict=False):
            live = self._statement(statement, live | kept | raised, raised, kept)
            live |= raised
        return live

    def _statement(self, node: ast.stmt, out: Names, raised: Names, escaped: Names) -> Names:
        match node:
            case ast.If():
                return self._if(node, out, raised, escaped)
            case ast.While() | ast.For() | ast.AsyncFor():
                return self._loop(node, out, raised, escaped)
            case ast.With() | ast.AsyncWith():
                entered = Activity(node.items)
                # It may swallow an exception anywhere inside.
                body = self._block(node.body, out, raised | out, escaped)
                return (body - entered.writes) | entered.reads | out - entered.writes
            case ast.Try() | ast.TryStar():
                return self._try(node, out, raised, escaped)
            case ast.Match():
                live = out | Activity(node.subject).reads
                for case in node.cases:
                    heads = Activity(case.pattern, case.guard)
                    body = self._block(case.body, out, raised, escaped)
                    live |= (body - heads.writes) | (heads.reads - heads.writes)
                return live
            case ast.Raise():
                return raised | Activity(node).reads
        activity = Activity(node)
        return (out - activity.writes) | activity.reads

    def _if(self, node: ast.If, out: Names, raised: Names, escaped: Names) -> Names:
        inside = self._block(node.body, out, raised, escaped)
        inside |= self._block(node.orelse, out, raised, escaped)
        self._note(node, inside, out)
        test = Activity(node.test)
        return (inside - test.writes) | test.reads

    def _loop(
        self, node: ast.While | ast.For | ast.AsyncFor, out: Names, raised: Names, escaped: Names
    ) -> Names:
        if isinstance(node, ast.While):
            test, target, before = Activity(node.test), Activity(), Activity()
        else:
            test = Activity(getattr(node, "goes_on", None))
            target, before = Activity(node.target), Activity(node.iter)
        head = out | test.reads
        while True:
            body = self._block(node.body, head, raised, escaped)
            longer = head | (body - target.writes) | target.reads
            if longer == head:
                break
            head = longer
        self._note(node, head, out)
        return head | before.reads

    def _try(self, node: ast.Try | ast.TryStar, out: Names, raised: Names, escaped: Names) -> Names:
        final = self._block(node.finalbody, out, raised, escaped) if node.finalbody else out
        # Where no handler fits, the exception goes on outwards, past `finally`.
        passing = raised | (final if node.finalbody else NOTHING)
        handled = passing
        for handler in node.handlers:
            body = self._block(handler.body, final, passing, escaped)
            handled |= (body - {handler.name or ""}) | Activity(handler.type).reads
        orelse = self._block(node.orelse, final, passing, escaped) if node.orelse else final
        return self._block(node.body, orelse, handled, escaped) | handled

    def _note(
        self, node: ast.If | ast.While | ast.For | ast.AsyncFor, live: Names, out: Names
    ) -> None:
        inside = Activity(node.body, node.orelse)
        if isinstance(node, (ast.For, ast.AsyncFor)):
            inside.visit(node.target)
        changed = inside.writes & (live | out)
        self.states[node] = State(
            sorted(changed & out),
            {
                text: place
                for text, place in sorted(inside.places.items())
                if support(place) <= live and not support(place) & inside.writes
            },
            sorted(changed - out),
        )
