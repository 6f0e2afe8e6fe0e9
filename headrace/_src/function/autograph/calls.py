"""Calls: `f(x)` becomes `ag__.converted(f)(x)`, so that what is called is converted in its turn.

`super()` without arguments looks at the function it stands in, which branches and loops have cut
into pieces; it gets its arguments written out.

Read next: operators/calls.py.
"""

import ast

from headrace._src.function.autograph import build
from headrace._src.function.autograph.converter import Converter, converts


@converts(ast.Call)
def call(node: ast.Call, converter: Converter) -> ast.Call:
    """`f(x)`  ->  `ag__.converted(f)(x)`."""
    if isinstance(node.func, ast.Name) and node.func.id == "super":
        if not node.args and converter.first_parameter is not None:
            node.args = [build.load("__class__"), build.load(converter.first_parameter)]
        return node
    if _is_operator(node.func):
        return node  # made by another part of the conversion
    node = converter.generic_visit(node)
    called = node.func
    if isinstance(called, ast.Attribute):
        # Where a chain of methods goes over several lines, each call is at the line of its name.
        node.lineno = called.end_lineno or node.lineno
        node.col_offset = (called.end_col_offset or 0) - len(called.attr)
    node.func = build.at(build.operation("converted", called), node)
    return node


def _is_operator(called: ast.expr) -> bool:
    return (
        isinstance(called, ast.Attribute)
        and isinstance(called.value, ast.Name)
        and called.value.id == build.OPERATORS
    )
