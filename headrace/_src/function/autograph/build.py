"""Small makers of syntax trees, so that converters read like the code that they make.

What a converter makes takes the line of what it stands for: `at` sets it.

Read next: converter.py.
"""

import ast
from collections.abc import Iterable, Sequence
from typing import Any

# The name under which converted code finds the operators.
OPERATORS = "ag__"


def at(made: Any, node: ast.AST) -> Any:
    """`made`, at the line where `node` begins.

    At that line alone: of a call that spans several, Python would report the last.
    """
    made.lineno = made.end_lineno = node.lineno  # type: ignore[attr-defined]
    made.col_offset = made.end_col_offset = node.col_offset  # type: ignore[attr-defined]
    return made


def load(name: str) -> ast.Name:
    """`name`, read."""
    return ast.Name(name, ast.Load())


def store(name: str) -> ast.Name:
    """`name`, written."""
    return ast.Name(name, ast.Store())


def constant(value: Any) -> ast.Constant:
    """A literal."""
    return ast.Constant(value)


def operator(name: str) -> ast.Attribute:
    """`ag__.name`."""
    return ast.Attribute(load(OPERATORS), name, ast.Load())


def operation(name: str, *arguments: ast.expr, **keywords: ast.expr) -> ast.Call:
    """`ag__.name(arguments)`."""
    named = [ast.keyword(key, value) for key, value in keywords.items()]
    return ast.Call(operator(name), list(arguments), named)


def assign(name: str, value: ast.expr) -> ast.Assign:
    """`name = value`."""
    return ast.Assign([store(name)], value)


def thunk(body: ast.expr) -> ast.Lambda:
    """`lambda: body`."""
    return ast.Lambda(_arguments(()), body)


def function(name: str, parameters: Sequence[str], body: Iterable[ast.stmt]) -> ast.FunctionDef:
    """`def name(parameters): body`."""
    definition = ast.FunctionDef(
        name=name,
        args=_arguments(parameters),
        body=list(body) or [ast.Pass()],
        decorator_list=[],
        returns=None,
    )
    if "type_params" in ast.FunctionDef._fields:
        definition.type_params = []  # type: ignore[attr-defined,unused-ignore]
    return definition


def _arguments(names: Sequence[str]) -> ast.arguments:
    return ast.arguments(
        posonlyargs=[], args=[ast.arg(n) for n in names], kwonlyargs=[], kw_defaults=[], defaults=[]
    )


def tuple_of(items: Iterable[ast.expr], context: type[ast.expr_context] = ast.Load) -> ast.Tuple:
    """`(items)`."""
    return ast.Tuple(list(items), context())


def negation(value: ast.expr) -> ast.UnaryOp:
    """`not value`."""
    return ast.UnaryOp(ast.Not(), value)


def any_of(values: Sequence[ast.expr]) -> ast.expr:
    """`value or value or ...`."""
    return values[0] if len(values) == 1 else ast.BoolOp(ast.Or(), list(values))


def all_of(values: Sequence[ast.expr]) -> ast.expr:
    """`value and value and ...`."""
    return values[0] if len(values) == 1 else ast.BoolOp(ast.And(), list(values))
