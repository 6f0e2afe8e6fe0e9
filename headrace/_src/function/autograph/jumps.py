"""`break`, `continue` and `return` without jumps: what remains has one way in and one way out.

A jump at the end of a branch needs nothing but order: the statements that follow the `if` move into
its other branch.

    if a: return x        if a: retval_ = x
    rest              ->  else: rest

Where only some ways through a statement jump, a flag remembers it, and what follows asks the flag;
loops ask it before they go round again. `else` of a loop becomes an `if` behind it.

Read next: liveness.py.
"""

import ast
from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

from headrace._src.function.autograph import build
from headrace._src.function.autograph.activity import FUNCTIONS

BREAK, CONTINUE, RETURN = "break", "continue", "return"


class Unsupported(Exception):
    """A construct that cannot be converted; the function will run as it is."""


class Lowered(NamedTuple):
    """Statements without jumps.

    jumps: the kinds of jump that may have happened at their end.
    ends: whether one has happened on every way through, or an exception was raised.
    """

    statements: list[ast.stmt]
    jumps: frozenset[str]
    ends: bool


class _Loop:
    """The flags of one loop, named when first needed."""

    def __init__(self, new_name: Callable[[str], str]) -> None:
        self._new_name = new_name
        self.flags: dict[str, str] = {}

    def flag(self, kind: str) -> str:
        if kind not in self.flags:
            self.flags[kind] = self._new_name(f"{kind}_")
        return self.flags[kind]


class _Mark(ast.Assign):
    """A flag going up; it is left out again if nobody asks."""

    _fields = ast.Assign._fields

    def __init__(self, flag: str) -> None:
        super().__init__([build.store(flag)], build.constant(True))
        self.flag = flag


def without_jumps(body: list[ast.stmt], new_name: Callable[[str], str]) -> list[ast.stmt]:
    """The body of a function, without `break` and `continue`, and `return` at its end alone."""
    if not any(_has_jump(statement) for statement in body[:-1]) and (
        isinstance(body[-1], ast.Return) or not _has_jump(body[-1])
    ):
        return body
    if isinstance(body[-1], ast.Return) and not any(_returns(node) for node in body[:-1]):
        return [*_Lowering(new_name).function(body[:-1]), body[-1]]
    return _Lowering(new_name).function(body)


class _Lowering:
    """The work on one function."""

    def __init__(self, new_name: Callable[[str], str]) -> None:
        self._new_name = new_name
        self._loops: list[_Loop] = []
        self._return_flag = ""
        self._result = ""
        self._asked: set[str] = set()

    def function(self, body: list[ast.stmt]) -> list[ast.stmt]:
        lowered = self._block(body)
        statements = lowered.statements
        start: list[ast.stmt] = []
        if RETURN in lowered.jumps:
            followed = build.constant(lowered.ends)
            start.append(build.assign(self._result, build.operation("NoReturnYet", followed)))
            if self._return_flag in self._asked:
                start.append(build.assign(self._return_flag, build.constant(False)))
            end: ast.expr = build.load(self._result)
            if not lowered.ends:
                end = build.operation("returned", end)
            statements = [*statements, build.at(ast.Return(end), body[-1])]
        for statement in start:
            build.at(statement, body[0])
        made = self._asked_only([*_docstring(statements), *start, *_rest(statements)])
        return [_located(statement) for statement in made]

    # ---- statements

    def _block(self, statements: list[ast.stmt]) -> Lowered:
        done: list[ast.stmt] = []
        for i, statement in enumerate(statements):
            rest = statements[i + 1 :]
            if isinstance(statement, ast.Raise):
                return Lowered([*done, statement], frozenset(), True)
            if not _has_jump(statement):
                done.append(statement)
                continue
            if isinstance(statement, ast.If) and rest:
                moved = self._moved(statement, rest)
                if moved is not None:
                    return Lowered([*done, *moved.statements], moved.jumps, moved.ends)
            lowered = self._statement(statement)
            done += lowered.statements
            if lowered.ends:
                return lowered._replace(statements=done)
            if lowered.jumps and rest:
                after = self._block(rest)
                guard = build.at(
                    ast.If(self._none_of(lowered.jumps), after.statements, []), rest[0]
                )
                return Lowered([*done, guard], lowered.jumps | after.jumps, after.ends)
            if lowered.jumps:
                return Lowered(done, lowered.jumps, False)
        return Lowered(done, frozenset(), False)

    def _moved(self, node: ast.If, rest: list[ast.stmt]) -> Lowered | None:
        """An `if` with what follows it in one of its branches, if the other branch always jumps."""
        body_ends, else_ends = self._ends(node.body), self._ends(node.orelse)
        if body_ends:
            moved = ast.If(node.test, node.body, [*node.orelse, *rest])
        elif else_ends:
            moved = ast.If(node.test, [*node.body, *rest], node.orelse)
        else:
            return None
        return self._if(build.at(moved, node))

    def _ends(self, statements: list[ast.stmt]) -> bool:
        """Whether every way through jumps or raises, and one at least jumps."""
        return any(_has_jump(s) for s in statements) and _always_ends(statements)

    def _statement(self, node: ast.stmt) -> Lowered:
        match node:
            case ast.Return():
                return self._return(node)
            case ast.Break():
                return self._jump(node, BREAK)
            case ast.Continue():
                return self._jump(node, CONTINUE)
            case ast.If():
                return self._if(node)
            case ast.While() | ast.For():
                return self._loop(node)
            case ast.With():
                body = self._block(node.body)
                node.body = body.statements or [ast.Pass()]
                # A context manager may swallow an exception, and then what follows is reached.
                return Lowered([node], body.jumps, False)
            case ast.Try() | ast.TryStar():
                return self._try(node)
            case ast.Match():
                return self._match(node)
        raise Unsupported(f"a jump inside {type(node).__name__} is not supported")

    def _return(self, node: ast.Return) -> Lowered:
        if not self._result:
            self._result = self._new_name("retval_")
            self._return_flag = self._new_name("do_return")
        value = node.value or build.constant(None)
        made = [build.assign(self._result, value), _Mark(self._return_flag)]
        return Lowered([build.at(m, node) for m in made], frozenset([RETURN]), True)

    def _jump(self, node: ast.stmt, kind: str) -> Lowered:
        mark = build.at(_Mark(self._loops[-1].flag(kind)), node)
        return Lowered([mark], frozenset([kind]), True)

    def _if(self, node: ast.If) -> Lowered:
        body, orelse = self._block(node.body), self._block(node.orelse)
        node.body = body.statements or [ast.Pass()]
        node.orelse = orelse.statements
        return Lowered([node], body.jumps | orelse.jumps, body.ends and orelse.ends)

    def _try(self, node: ast.Try | ast.TryStar) -> Lowered:
        if any(_has_jump(statement) for statement in node.finalbody):
            raise Unsupported("a jump inside `finally` is not supported")
        body = self._block(node.body)
        node.body = body.statements or [ast.Pass()]
        ends, jumps = body.ends, body.jumps
        if node.orelse and body.ends:
            node.orelse = []  # never reached
        elif node.orelse:
            orelse = self._block(node.orelse)
            statements = orelse.statements or [ast.Pass()]
            if body.jumps:
                guard = ast.If(self._none_of(body.jumps), statements, [])
                statements = [build.at(guard, node.orelse[0])]
            node.orelse = statements
            ends, jumps = orelse.ends, jumps | orelse.jumps
        for handler in node.handlers:
            handled = self._block(handler.body)
            handler.body = handled.statements or [ast.Pass()]
            ends, jumps = ends and handled.ends, jumps | handled.jumps
        return Lowered([node], jumps, ends)

    def _match(self, node: ast.Match) -> Lowered:
        jumps: frozenset[str] = frozenset()
        for case in node.cases:
            body = self._block(case.body)
            case.body = body.statements or [ast.Pass()]
            jumps |= body.jumps
        return Lowered([node], jumps, False)

    # ---- loops

    def _loop(self, node: ast.While | ast.For) -> Lowered:
        flags = _Loop(self._new_name)
        self._loops.append(flags)
        body = self._block(node.body)
        self._loops.pop()
        node.body = body.statements or [ast.Pass()]
        leaving = body.jumps - {CONTINUE}
        before: list[ast.stmt] = []
        is_forever = isinstance(node, ast.While) and _is_forever(node.test)
        goes_on = self._none_of(leaving, flags) if leaving else None
        if isinstance(node, ast.While) and _binds(node.test):
            before += self._tested_once(node, goes_on)
        if goes_on is not None and isinstance(node, ast.While):
            node.test = build.at(build.all_of([goes_on, node.test]), node.test)
        elif goes_on is not None:
            node.goes_on = _located(build.at(goes_on, node))  # type: ignore[union-attr]
        for kind, flag in flags.flags.items():
            # `continue` counts for one round.
            down = build.at(build.assign(flag, build.constant(False)), node)
            if flag in self._asked:
                (node.body.insert(0, down) if kind == CONTINUE else before.append(down))
        after: list[ast.stmt] = []
        jumps = leaving - {BREAK}
        orelse = self._block(node.orelse)
        if orelse.statements:
            after = orelse.statements
            if leaving:
                guard = ast.If(self._none_of(leaving, flags), after, [])
                after = [build.at(guard, after[0])]
        node.orelse = []
        ends = (is_forever and BREAK not in leaving) or (not leaving and orelse.ends)
        return Lowered([*before, node, *after], jumps | orelse.jumps, ends)

    def _tested_once(self, node: ast.While, goes_on: ast.expr | None) -> list[ast.stmt]:
        """Takes a test that binds names (`:=`) out of the loop's head, for it to run as statements.

        Answers the first test; the others come at the end of each round.
        """
        name = self._new_name("test_")
        first = build.at(build.assign(name, node.test), node)
        again: ast.stmt = deepcopy(first)
        if goes_on is not None:
            again = build.at(ast.If(deepcopy(goes_on), [again], []), node)
        node.body.append(again)
        node.test = build.at(build.load(name), node.test)
        return [first]

    def _none_of(self, jumps: frozenset[str], loop: _Loop | None = None) -> ast.expr:
        """Whether none of these has happened."""
        flags = []
        for kind in (BREAK, CONTINUE, RETURN):
            if kind in jumps and kind == RETURN:
                flags.append(self._return_flag)
            elif kind in jumps:
                flags.append((loop or self._loops[-1]).flag(kind))
        self._asked.update(flags)
        return build.negation(build.any_of([build.load(flag) for flag in flags]))

    def _asked_only(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """The statements without marks that nobody asks for."""
        kept: list[ast.stmt] = []
        for statement in statements:
            if isinstance(statement, _Mark):
                if statement.flag not in self._asked:
                    continue
                plain = ast.Assign(statement.targets, statement.value)
                statement = build.at(plain, statement)
            elif not isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
                for block in blocks(statement):
                    block[:] = self._asked_only(block) or [ast.Pass()]
            kept.append(statement)
        return kept


def _located(made: Any) -> Any:
    """`made`, whose parts without a line have that of what they are parts of."""
    return ast.fix_missing_locations(made)


def blocks(node: ast.stmt) -> list[list[ast.stmt]]:
    """The lists of statements directly inside a compound statement, without empty ones."""
    found = [getattr(node, field, None) for field in ("body", "orelse", "finalbody")]
    found += [part.body for part in getattr(node, "handlers", [])]
    found += [part.body for part in getattr(node, "cases", [])]
    return [block for block in found if isinstance(block, list) and block]


def _always_ends(statements: list[ast.stmt]) -> bool:
    for node in statements:
        match node:
            case ast.Return() | ast.Break() | ast.Continue() | ast.Raise():
                return True
            case ast.If() if _always_ends(node.body) and _always_ends(node.orelse):
                return True
            case ast.Try() | ast.TryStar() if (
                _always_ends(node.body) or _always_ends(node.orelse)
            ) and all(_always_ends(handler.body) for handler in node.handlers):
                return True
    return False


def _returns(node: ast.stmt) -> bool:
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return False
    return isinstance(node, ast.Return) or any(
        _returns(inner) for block in blocks(node) for inner in block
    )


def _is_forever(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant) and bool(test.value)


def _binds(test: ast.expr) -> bool:
    return any(isinstance(node, ast.NamedExpr) for node in ast.walk(test))


def _has_jump(node: ast.stmt) -> bool:
    """Whether there is a jump in `node`, or a loop that has to be rewritten for another reason."""
    if isinstance(node, (ast.Return, ast.Break, ast.Continue)):
        return True
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return False
    if isinstance(node, (ast.While, ast.For)) and node.orelse:
        return True
    if isinstance(node, ast.While) and _binds(node.test):
        return True
    return any(_has_jump(inner) for block in blocks(node) for inner in block)


def _docstring(statements: list[ast.stmt]) -> list[ast.stmt]:
    first = statements[:1]
    is_text = (
        first
        and isinstance(first[0], ast.Expr)
        and isinstance(first[0].value, ast.Constant)
        and isinstance(first[0].value.value, str)
    )
    return first if is_text else []


def _rest(statements: list[ast.stmt]) -> list[ast.stmt]:
    return statements[len(_docstring(statements)) :]
