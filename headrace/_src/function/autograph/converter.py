"""The walk over a function's tree: each construct is handed to the converter written for it.

There is one file per construct; it says with `@converts(ast.If)` what it is for. A converter gets a
node and the `Converter`, converts the parts of the node by `converter.visit`, and answers what
shall stand in the node's place. Constructs without a converter stay, with their parts converted.

One `Converter` works on one function. It knows the names in use, so that new ones do not clash, and
which variables may be undefined when they are read: those get a value, `ag__.Undefined`, where
Python would have none.

Read next: functions.py, branches.py, loops.py.
"""

import ast
from collections.abc import Callable, Iterable
from typing import Any

from headrace._src.function.autograph import build
from headrace._src.function.autograph.activity import Activity, parameters
from headrace._src.function.autograph.jumps import blocks, without_jumps
from headrace._src.function.autograph.liveness import Liveness, State
from headrace._src.function.autograph.options import Options

Handler = Callable[[Any, "Converter"], Any]

_HANDLERS: dict[type[ast.AST], Handler] = {}


def converts(*constructs: type[ast.AST]) -> Callable[[Handler], Handler]:
    """Declares a function to be the converter of some constructs."""

    def register(handler: Handler) -> Handler:
        for construct in constructs:
            _HANDLERS[construct] = handler
        return handler

    return register


class Names:
    """The names in use in a function and all functions inside it."""

    def __init__(self, tree: ast.AST) -> None:
        self._used: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                self._used.add(node.id)
            elif isinstance(node, ast.arg):
                self._used.add(node.arg)
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                self._used.add(node.name)
        self._chosen: dict[str, str] = {}
        self.made: set[str] = set()

    def fixed(self, name: str) -> str:
        """`name`, or another if the user has one like it; the same each time."""
        if name not in self._chosen:
            self._chosen[name] = self.new(name)
        return self._chosen[name]

    def new(self, name: str) -> str:
        """A name like `name` that nobody uses yet."""
        found, number = name, 0
        while found in self._used:
            number += 1
            found = f"{name.rstrip('_')}_{number}"
        self._used.add(found)
        self.made.add(found)
        return found


class Converter(ast.NodeTransformer):
    """The conversion of one function.

    names: the names in use.
    options: what the caller asked for.
    outer: the conversion of the function around this one.
    """

    def __init__(self, names: Names, options: Options, outer: "Converter | None" = None) -> None:
        self.names = names
        self.options = options
        self.states: dict[ast.stmt, State] = {}
        self.first_parameter: str | None = None
        self._declared: set[str] = set()
        self._globals: set[str] = set()
        # What a function inside takes from this one may be undefined there too.
        self._undefined: set[str] = set() if outer is None else set(outer._undefined)

    def visit(self, node: ast.AST) -> Any:
        """What shall stand in the place of `node`: a node, or statements."""
        handler = _HANDLERS.get(type(node))
        return self.generic_visit(node) if handler is None else handler(node, self)

    def visit_all(self, nodes: Iterable[ast.stmt]) -> list[ast.stmt]:
        """What shall stand in the place of these statements."""
        made: list[ast.stmt] = []
        for node in nodes:
            result = self.visit(node)
            if isinstance(result, list):
                made += result
            elif result is not None:
                made.append(result)
        return made

    # ---- the body of the function

    def body_of(self, function: ast.FunctionDef) -> list[ast.stmt]:
        """The converted body of the function that this converter is for."""
        body = without_jumps(function.body, self.names.new)
        declared = Activity(body).declared
        self._declared = declared
        self._globals = _globals(function) if declared else set()
        positional = [*function.args.posonlyargs, *function.args.args]
        self.first_parameter = positional[0].arg if positional else None
        self.states = Liveness(body, declared).states
        mine = set(parameters(function.args))
        undefined = self._undefined_in(body, mine)
        return self._with_values(undefined, self.visit_all(body))

    def _undefined_in(self, body: list[ast.stmt], bound: set[str]) -> list[str]:
        """State of the statements in a block that belongs to the block and may have no value yet.

        bound: names that have one, or that belong to a block around this one.
        """
        found: set[str] = set()
        self._collect(body, bound | self._declared, found)
        self._undefined |= found
        return sorted(found)

    def _collect(self, body: list[ast.stmt], bound: set[str], found: set[str]) -> None:
        bound = set(bound)
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                bound.add(node.name)
            elif node in self.states:
                found |= set(self.states[node].names) - bound
            elif blocks(node):
                for block in blocks(node):
                    self._collect(block, bound, found)
            elif isinstance(node, ast.Delete):
                # `del` leaves `Undefined` behind (variables.py), for readers to find.
                self._undefined |= Activity(node).writes
            elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Import, ast.ImportFrom)):
                bound |= Activity(node).writes

    def _with_values(self, undefined: list[str], body: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for name in undefined:
            value = build.operation("Undefined", build.constant(name))
            made.append(build.at(build.assign(name, value), body[0]))
        at = int(_is_docstring(body[0]))
        while at < len(body) and isinstance(body[at], (ast.Global, ast.Nonlocal)):
            at += 1
        return [*body[:at], *made, *body[at:]]

    # ---- blocks that become functions

    def block(
        self, name: str, arguments: list[str], body: list[ast.stmt], state: State
    ) -> ast.FunctionDef:
        """A function that does what a block of statements did, on the same variables."""
        changed = Activity(body).writes
        own = self._undefined_in(body, set(state.names))
        converted = self.visit_all(body) or [ast.Pass()]
        converted = self._with_values(own, converted)
        shared = [n for n in state.names if n in changed]
        shared += sorted((changed & self._declared) - set(shared))
        shared = [n for n in shared if n not in arguments]
        return build.function(name, arguments, [*self._declarations(shared), *converted])

    def _declarations(self, names: Iterable[str]) -> list[ast.stmt]:
        inner = sorted(set(names) - self._globals)
        outer = sorted(set(names) & self._globals)
        made: list[ast.stmt] = []
        if outer:
            made.append(ast.Global(outer))
        if inner:
            made.append(ast.Nonlocal(inner))
        return made

    def state_functions(self, state: State) -> list[ast.FunctionDef]:
        """The functions that read and write the state of a statement."""
        targets = [state.places.get(n) or build.load(n) for n in state.symbols]
        values = [self._value(n, state.places.get(n)) for n in state.symbols]
        given = self.names.fixed("values")
        unpack = ast.Assign(
            [build.tuple_of([_written(t) for t in targets], ast.Store)], build.load(given)
        )
        return [
            build.function(self.names.fixed("get_state"), [], [ast.Return(build.tuple_of(values))]),
            build.function(
                self.names.fixed("set_state"),
                [given],
                [*self._declarations(state.names), unpack],
            ),
        ]

    def _value(self, name: str, place: ast.expr | None) -> ast.expr:
        read = build.load(name) if place is None else _read(place)
        # A place, or a name from outside, may have no value without our knowing.
        if place is not None or name in self._declared:
            return build.operation("ldu", build.thunk(read), build.constant(name))
        return read

    def is_outside(self, name: str) -> bool:
        """Whether `name` is declared `global` or `nonlocal`."""
        return name in self._declared

    def may_be_undefined(self, name: str) -> bool:
        """Whether `name` may stand for nothing when it is read."""
        return name in self._undefined


def _globals(function: ast.FunctionDef) -> set[str]:
    nodes = [node for node in ast.walk(function) if isinstance(node, ast.Global)]
    return {name for node in nodes for name in node.names}


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _read(place: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(place), mode="eval").body


def _written(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Name):
        return build.store(target.id)
    read = _read(target)
    read.ctx = ast.Store()  # type: ignore[attr-defined]
    return read
