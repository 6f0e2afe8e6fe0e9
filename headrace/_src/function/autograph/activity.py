"""Which names a piece of code reads and which it writes.

Names are of two sorts. A *simple* one is a variable. A *composite* one is a place inside an object,
such as `self.x` or `d['k']`: assigning to it changes no variable, but if the assignment hangs on a
condition that is a tensor, the place is state just like a variable. It is known by its source text
and supported by the simple names in it.

Functions inside are not run where they are defined, but they hold on to variables of the code
around them: `free` says which.

Read next: liveness.py.
"""

import ast
from collections.abc import Iterable

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Activity(ast.NodeVisitor):
    """What some code does with names.

    reads, writes: simple names. Deleting counts as writing.
    places: the composite names that are written, by their text.
    escapes: the free names of functions that live on after the code that makes them.
    declared: names that `global` and `nonlocal` statements speak of.
    """

    def __init__(self, *code: Iterable[ast.AST] | ast.AST | None) -> None:
        self.reads: set[str] = set()
        self.writes: set[str] = set()
        self.places: dict[str, ast.expr] = {}
        self.escapes: set[str] = set()
        self.declared: set[str] = set()
        self._passed: set[ast.AST] = set()
        for part in code:
            for node in part if isinstance(part, list) else [part]:
                if node is not None:
                    self.visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        (self.reads if isinstance(node.ctx, ast.Load) else self.writes).add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            self._place(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            self._place(node)

    def _place(self, node: ast.expr) -> None:
        if _is_place(node):
            self.places[ast.unparse(node)] = node

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.generic_visit(node)
        if isinstance(node.target, ast.Name):
            self.reads.add(node.target.id)

    def visit_Delete(self, node: ast.Delete) -> None:
        self.generic_visit(node)
        # There must be something to delete.
        self.reads |= {target.id for target in node.targets if isinstance(target, ast.Name)}

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.generic_visit(node)
        if node.name:
            self.writes.add(node.name)

    def visit_alias(self, node: ast.alias) -> None:
        self.writes.add((node.asname or node.name).split(".")[0])

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self.generic_visit(node)
        if node.name:
            self.writes.add(node.name)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self.writes.add(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest:
            self.writes.add(node.rest)

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        self.declared.update(node.names)

    visit_Nonlocal = visit_Global

    # ---- code with names of its own

    def visit_Call(self, node: ast.Call) -> None:
        # A lambda among the arguments is used up by the call, as far as one can tell.
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        self._passed.update(v for v in values if isinstance(v, (ast.Lambda, ast.GeneratorExp)))
        self.generic_visit(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_defaults(node.args)
        self._keep(node, free(node))

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.writes.add(node.name)
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._visit_defaults(node.args)
        self._keep(node, free(node))

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.writes.add(node.name)
        inside = Activity(node.decorator_list, node.bases, node.keywords, node.body)
        self.reads |= inside.reads
        self._keep(node, inside.reads)

    def visit_ListComp(self, node: ast.expr) -> None:
        inner = Activity()
        inner.generic_visit(node)
        targets = Activity([g.target for g in node.generators]).writes  # type: ignore[attr-defined]
        self.reads |= inner.reads - targets
        self.writes |= inner.writes - targets  # by `:=`
        self.escapes |= inner.escapes - targets
        if isinstance(node, ast.GeneratorExp):
            self._keep(node, inner.reads - targets)

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def _visit_defaults(self, arguments: ast.arguments) -> None:
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            if default is not None:
                self.visit(default)

    def _keep(self, node: ast.AST, names: set[str]) -> None:
        self.reads |= names
        if node not in self._passed:
            self.escapes |= names


def free(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    """The names that a function takes from the code around it, or from the module."""
    body = function.body if isinstance(function.body, list) else [function.body]
    inside = Activity(body)
    own = (inside.writes | set(parameters(function.args))) - inside.declared
    return (inside.reads | inside.declared) - own


def parameters(arguments: ast.arguments) -> list[str]:
    """The names of all parameters, the positional ones first."""
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [a.arg for a in [*found, arguments.vararg, arguments.kwarg] if a is not None]


def _is_place(node: ast.expr) -> bool:
    """Whether reading `node` twice is sure to do nothing else: names, dots, simple indices."""
    if isinstance(node, ast.Attribute):
        return _is_place(node.value)
    if isinstance(node, ast.Subscript):
        return _is_place(node.value) and _is_index(node.slice)
    return isinstance(node, ast.Name)


def _is_index(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.operand, ast.Constant)
    return isinstance(node, ast.Constant) or _is_place(node)


def support(place: ast.expr) -> set[str]:
    """The simple names in a composite one."""
    return {node.id for node in ast.walk(place) if isinstance(node, ast.Name)}
