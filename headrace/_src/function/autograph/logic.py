"""`and`, `or`, `not` and chains of comparisons: operands become functions, called if needed.

Python would ask a tensor for its truth at once; the operators put a `cond` in its place. One
comparison alone is the tensor's own business.

Read next: operators/logic.py.
"""

import ast
from functools import reduce

from headrace._src.function.autograph import build
from headrace._src.function.autograph.converter import Converter, converts


@converts(ast.BoolOp)
def connective(node: ast.BoolOp, converter: Converter) -> ast.expr:
    """`a and b`  ->  `ag__.and_(lambda: a, lambda: b)`."""
    if any(isinstance(inner, ast.NamedExpr) for inner in ast.walk(node)):
        return converter.generic_visit(node)  # a lambda would keep the name to itself
    name = "and_" if isinstance(node.op, ast.And) else "or_"
    values = [converter.visit(value) for value in node.values]
    return build.at(_joined(name, values), node)


def _joined(name: str, values: list[ast.expr]) -> ast.expr:
    def join(right: ast.expr, left: ast.expr) -> ast.expr:
        return build.operation(name, build.thunk(left), build.thunk(right))

    return reduce(join, reversed(values))


@converts(ast.UnaryOp)
def negation(node: ast.UnaryOp, converter: Converter) -> ast.expr:
    """`not a`  ->  `ag__.not_(a)`."""
    operand = converter.visit(node.operand)
    if isinstance(node.op, ast.Not):
        return build.at(build.operation("not_", operand), node)
    node.operand = operand
    return node


@converts(ast.Compare)
def comparison(node: ast.Compare, converter: Converter) -> ast.expr:
    """`a < b < c`  ->  `ag__.and_(lambda: a < b, lambda: b < c)`.

    What stands in the middle is computed once: where that matters, it becomes an argument.
    """
    node = converter.generic_visit(node)
    middle = node.comparators[:-1]
    if not middle or any(isinstance(inner, ast.NamedExpr) for inner in ast.walk(node)):
        return node
    values = [node.left, *node.comparators]
    called: list[ast.expr] = []
    names: list[str] = []
    if not all(isinstance(value, (ast.Name, ast.Constant)) for value in middle):
        # Python would not compute the last one if an earlier comparison fails.
        names = [converter.names.fixed(f"operand{i}_") for i in range(len(middle) + 1)]
        called = values[:-1]
        values = [*(build.load(name) for name in names), values[-1]]
    pairs = [
        ast.Compare(left, [op], [right])
        for left, op, right in zip(values, node.ops, values[1:], strict=False)
    ]
    joined = _joined("and_", list(pairs))
    if names:
        inner = build.thunk(joined)
        inner.args.args = [ast.arg(name) for name in names]
        joined = ast.Call(inner, called, [])
    return build.at(joined, node)
