"""`while` and `for`: the body becomes a function of one round, run by an operator.

    while n > 0:           def loop_body():
        n -= 1                 nonlocal n
                               n -= 1
                           def loop_test(): return n > 0
                           ag__.while_stmt(loop_test, loop_body, get_state, set_state, ('n',))

A call of `set_loop_options` at the beginning of a body says how to run the loop, and is taken out.

Read next: operators/loops.py, operators/iterations.py.
"""

import ast

from headrace._src.function.autograph import build
from headrace._src.function.autograph.branches import run_by
from headrace._src.function.autograph.converter import Converter, converts
from headrace._src.function.autograph.jumps import Unsupported
from headrace._src.function.autograph.liveness import State


@converts(ast.While)
def while_loop(node: ast.While, converter: Converter) -> list[ast.stmt]:
    """`while`: two functions and a call of `ag__.while_stmt`."""
    state = converter.states[node]
    options = _options(node, converter)
    test, body = converter.names.fixed("loop_test"), converter.names.fixed("loop_body")
    answer = build.at(ast.Return(converter.visit(node.test)), node.test)
    functions = [build.function(test, [], [answer]), converter.block(body, [], node.body, state)]
    call = build.operation("while_stmt", build.load(test), build.load(body), **options)
    return run_by(node, functions, call, state, converter)


@converts(ast.For)
def for_loop(node: ast.For, converter: Converter) -> list[ast.stmt]:
    """`for`: one function, another if something can end the loop, and `ag__.for_stmt`."""
    state = converter.states[node]
    options = _options(node, converter)
    iterated = converter.visit(node.iter)
    body = _body(node, converter, state)
    functions = [body]
    test: ast.expr = build.constant(None)
    goes_on = getattr(node, "goes_on", None)
    if goes_on is not None:
        name = converter.names.fixed("loop_test")
        functions.append(build.function(name, [], [ast.Return(converter.visit(goes_on))]))
        test = build.load(name)
    call = build.operation("for_stmt", iterated, test, build.load(body.name), **options)
    return run_by(node, functions, call, state, converter)


def _body(node: ast.For, converter: Converter, state: State) -> ast.FunctionDef:
    item = converter.names.fixed("itr")
    take = build.at(ast.Assign([node.target], build.load(item)), node.target)
    return converter.block(converter.names.fixed("loop_body"), [item], [take, *node.body], state)


def _options(node: ast.While | ast.For, converter: Converter) -> dict[str, ast.expr]:
    """The options that the loop begins with, as keywords of the call that runs it."""
    calls = [_is_directive(statement) for statement in node.body]
    if any(calls[1:]):
        raise Unsupported('"set_loop_options" must be the first statement in the loop block')
    if not calls[0]:
        return {}
    directive = node.body[0].value  # type: ignore[attr-defined]
    node.body = node.body[1:] or [build.at(ast.Pass(), node.body[0])]
    names = ["parallel_iterations", "swap_memory", "maximum_iterations", "shape_invariants"]
    given = dict(zip(names, directive.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in directive.keywords}
    pairs = [(build.constant(key), converter.visit(value)) for key, value in given.items()]
    return {"options": ast.Dict([key for key, _ in pairs], [value for _, value in pairs])}


def _is_directive(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    called = node.value.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
    return name == "set_loop_options"
