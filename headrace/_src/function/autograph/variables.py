"""Variables: a read of one that may have no value yet goes through `ag__.ld`, which complains.

`del` puts `ag__.Undefined` in the variable's place, so that branches and loops can carry that too.

Read next: operators/variables.py.
"""

import ast

from headrace._src.function.autograph import build
from headrace._src.function.autograph.converter import Converter, converts


@converts(ast.Name)
def name(node: ast.Name, converter: Converter) -> ast.expr:
    """`y`  ->  `ag__.ld(y)`, if it may be undefined."""
    if isinstance(node.ctx, ast.Load) and converter.may_be_undefined(node.id):
        return build.at(build.operation("ld", node), node)
    return node


@converts(ast.AugAssign)
def augmented(node: ast.AugAssign, converter: Converter) -> list[ast.stmt]:
    """`y += 1`  ->  `y = ag__.ld(y); y += 1`, if it may be undefined."""
    made: list[ast.stmt] = []
    target = node.target
    if isinstance(target, ast.Name) and converter.may_be_undefined(target.id):
        known = build.assign(target.id, build.operation("ld", build.load(target.id)))
        made.append(build.at(known, node))
    return [*made, converter.generic_visit(node)]


@converts(ast.Delete)
def delete(node: ast.Delete, converter: Converter) -> list[ast.stmt]:
    """`del y`  ->  `ag__.ld(y); y = ag__.Undefined('y')`."""
    made: list[ast.stmt] = []
    for target in node.targets:
        if isinstance(target, ast.Name) and not converter.is_outside(target.id):
            check = ast.Expr(build.operation("ld", build.load(target.id)))
            value = build.operation("Undefined", build.constant(target.id))
            made += [check, build.assign(target.id, value)]
        else:
            made.append(ast.Delete([converter.visit(target)]))
    return [build.at(statement, node) for statement in made]
