"""`if` and the conditional expression: each branch becomes a function, run by an operator.

    if x > 0:              def if_body():
        y = 1                  nonlocal y
    else:                      y = 1
        y = -1             def else_body(): ...
                           ag__.if_stmt(x > 0, if_body, else_body, get_state, set_state, ('y',), 1)

Read next: operators/branches.py.
"""

import ast

from headrace._src.function.autograph import build
from headrace._src.function.autograph.converter import Converter, converts
from headrace._src.function.autograph.liveness import State


@converts(ast.If)
def branch(node: ast.If, converter: Converter) -> list[ast.stmt]:
    """`if`: two functions and a call of `ag__.if_stmt`."""
    state = converter.states[node]
    test = converter.visit(node.test)
    body, orelse = converter.names.fixed("if_body"), converter.names.fixed("else_body")
    functions = [
        converter.block(body, [], node.body, state),
        converter.block(orelse, [], node.orelse, state),
    ]
    call = build.operation("if_stmt", test, build.load(body), build.load(orelse))
    return run_by(node, functions, call, state, converter)


def run_by(
    node: ast.stmt,
    functions: list[ast.FunctionDef],
    call: ast.Call,
    state: State,
    converter: Converter,
) -> list[ast.stmt]:
    """The statements in the place of `node`: functions, and the call that runs them on a state."""
    if state.symbols:
        functions += converter.state_functions(state)
        names = [build.constant(name) for name in state.symbols]
        call.args += [build.load(function.name) for function in functions[-2:]]
        call.args.append(build.tuple_of(names))
        if isinstance(node, ast.If):
            call.args.append(build.constant(len(names) - len(state.inputs)))
    made = [*functions, ast.Expr(call)]
    return [build.at(statement, node) for statement in made]


@converts(ast.match_case)
def case(node: ast.match_case, converter: Converter) -> ast.match_case:
    """A case of `match`, which stays; a pattern has nothing to convert."""
    if node.guard is not None:
        node.guard = converter.visit(node.guard)
    node.body = converter.visit_all(node.body)
    return node


@converts(ast.IfExp)
def expression(node: ast.IfExp, converter: Converter) -> ast.expr:
    """`a if c else b`  ->  `ag__.if_exp(c, lambda: a, lambda: b, 'c')`."""
    if any(isinstance(inner, ast.NamedExpr) for inner in ast.walk(node)):
        return converter.generic_visit(node)  # a lambda would keep the name to itself
    text = ast.unparse(node.test)
    call = build.operation(
        "if_exp",
        converter.visit(node.test),
        build.thunk(converter.visit(node.body)),
        build.thunk(converter.visit(node.orelse)),
        build.constant(text),
    )
    return build.at(call, node)
