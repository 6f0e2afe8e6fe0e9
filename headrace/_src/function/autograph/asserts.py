"""`assert`: an operator, where the caller asked for `Feature.ASSERT_STATEMENTS`.

Read next: operators/asserts.py.
"""

import ast

from headrace._src.function.autograph import build
from headrace._src.function.autograph.converter import Converter, converts
from headrace._src.function.autograph.options import Feature


@converts(ast.Assert)
def assertion(node: ast.Assert, converter: Converter) -> ast.stmt:
    """`assert a, b`  ->  `ag__.assert_stmt(a, lambda: b)`."""
    node = converter.generic_visit(node)
    if not converter.options.has(Feature.ASSERT_STATEMENTS):
        return node
    message = node.msg or build.constant("Assertion error")
    checked = ast.Expr(build.operation("assert_stmt", node.test, build.thunk(message)))
    return build.at(checked, node)
