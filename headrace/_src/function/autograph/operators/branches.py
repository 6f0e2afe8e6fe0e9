"""`ag__.if_stmt` and `ag__.if_exp`: Python's, or a `tf.cond` where the condition is a tensor.

With a tensor both branches are traced, each from the state before: the variables that either one
changes. What they hold at the end becomes the result of the `cond`, so both branches have to leave
the same kind of thing in each.

Read next: function/autograph/operators/agreement.py, objects/control_flow.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core import nest
from headrace._src.function.autograph.operators import staging
from headrace._src.function.autograph.operators.agreement import (
    check_branches,
    check_condition,
    missing_return,
)
from headrace._src.function.autograph.operators.variables import NoReturnYet, Undefined


def if_stmt(
    cond: Any,
    body: Callable[[], Any],
    orelse: Callable[[], Any],
    get_state: Callable[[], tuple] = tuple,
    set_state: Callable[[tuple], None] = lambda _: None,
    names: tuple[str, ...] = (),
    outputs: int = 0,
) -> None:
    """Runs `body` or `orelse`; the first `outputs` names of the state are read afterwards."""
    if not staging.is_symbolic(cond):
        if cond:
            body()
        else:
            orelse()
        return
    check_condition(cond, "if statement")
    _Branches(body, orelse, get_state, set_state, names[:outputs]).run(cond)


class _LearnReturn(Exception):
    """The main branch has no value to return, and it is not known yet what the other one has."""


class _Branches:
    """Two branches under a condition that is a tensor."""

    def __init__(
        self,
        body: Callable[[], Any],
        orelse: Callable[[], Any],
        get_state: Callable[[], tuple],
        set_state: Callable[[tuple], None],
        names: tuple[str, ...],
    ) -> None:
        self._body, self._orelse = body, orelse
        self._get_state, self._set_state = get_state, set_state
        self._names = names
        self._before = get_state()
        self._main: list[Any] = []
        self._learned: dict[str, Any] | None = None

    def run(self, cond: Any) -> None:
        try:
            results = self._results(cond)
        except BaseException:
            self._set_state(self._before)
            raise
        values = [
            Undefined(name) if isinstance(value, Undefined) else value
            for name, value in zip(self._names, self._main, strict=True)
        ]
        carried = iter(results)
        values = [v if isinstance(v, Undefined) else next(carried) for v in values]
        for i, value in enumerate(self._main):
            if isinstance(value, NoReturnYet):
                values[i] = value
        self._set_state((*values, *self._before[len(values) :]))

    def _results(self, cond: Any) -> list[Any]:
        try:
            return staging.cond(cond, self._run_main, self._run_else)
        except _LearnReturn:
            with staging.scratch():
                ends = self._ends(self._orelse)
            self._learned = dict(zip(self._names, ends, strict=True))
            return staging.cond(cond, self._run_main, self._run_else)

    def _ends(self, branch: Callable[[], Any]) -> list[Any]:
        self._set_state(self._before)
        branch()
        return list(self._get_state()[: len(self._names)])

    def _run_main(self) -> list[Any]:
        ends = self._ends(self._body)
        for i, value in enumerate(ends):
            if isinstance(value, NoReturnYet) and value.is_followed:
                if self._learned is None:
                    raise _LearnReturn
                ends[i] = _zeros_like(self._learned[self._names[i]], value)
        self._main = ends
        return [value for value in ends if not isinstance(value, Undefined)]

    def _run_else(self) -> list[Any]:
        ends = self._ends(self._orelse)
        for i, (main, value) in enumerate(zip(self._main, ends, strict=True)):
            if isinstance(value, NoReturnYet) is isinstance(main, NoReturnYet):
                continue
            if isinstance(main, NoReturnYet):
                raise missing_return("main")
            if not value.is_followed:
                raise missing_return("else")
            ends[i] = _zeros_like(main, value)
        check_branches(self._names, self._main, ends)
        return [value for value in ends if not isinstance(value, Undefined)]


def _zeros_like(value: Any, otherwise: NoReturnYet) -> Any:
    """Something of the same kind, for a result that will never be looked at."""
    if isinstance(value, Undefined):
        return otherwise
    return nest.map_structure(staging.zeros_like, value)


def if_exp(cond: Any, if_true: Callable[[], Any], if_false: Callable[[], Any], text: str) -> Any:
    """`if_true()` or `if_false()`; `text` is the condition, to speak of the result."""
    if not staging.is_symbolic(cond):
        return if_true() if cond else if_false()
    ends: list[Any] = []

    def run(branch: Callable[[], Any]) -> Callable[[], Any]:
        def traced() -> Any:
            ends.append(branch())
            if len(ends) == 2:
                check_branches((text,), ends[:1], ends[1:])
            return ends[-1]

        return traced

    return staging.cond(cond, run(if_true), run(if_false))
