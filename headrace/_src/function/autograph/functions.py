"""Functions: the one to convert, and those defined inside it, which are converted along with it.

Generators, coroutines and what is marked `do_not_convert` stay as they are. So do classes: their
methods are functions of their own, converted when they are called.

Read next: variables.py.
"""

import ast

from headrace._src.function.autograph import build
from headrace._src.function.autograph.activity import FUNCTIONS
from headrace._src.function.autograph.converter import Converter, Names, converts
from headrace._src.function.autograph.jumps import Unsupported
from headrace._src.function.autograph.options import Feature, Options


def convert_tree(definition: ast.FunctionDef | ast.Lambda, options: Options) -> set[str]:
    """Converts a function's tree in place. Answers the names of the functions that were made.

    Raises Unsupported for what cannot be converted.
    """
    names = Names(definition)
    converter = Converter(names, options)
    if isinstance(definition, ast.Lambda):
        definition.body = converter.visit(definition.body)
    else:
        definition.decorator_list = []
        definition.returns = None
        _without_annotations(definition.args)
        definition.body = _body(definition, converter)
    return names.made


def _without_annotations(arguments: ast.arguments) -> None:
    """Annotations were evaluated once, when the user's function was made."""
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    for argument in [*every, arguments.vararg, arguments.kwarg]:
        if argument is not None:
            argument.annotation = None


def _body(definition: ast.FunctionDef, converter: Converter) -> list[ast.stmt]:
    body = converter.body_of(definition)
    if converter.options.has(Feature.NAME_SCOPES):
        scope = build.operation("name_scope", build.constant(definition.name))
        return [build.at(ast.With([ast.withitem(scope)], body), definition)]
    return body


@converts(ast.FunctionDef)
def inner_function(node: ast.FunctionDef, converter: Converter) -> ast.FunctionDef:
    """A function defined inside: its own variables, jumps and states."""
    if is_generator(node) or any(_is_refusal(d) for d in node.decorator_list):
        return node
    node.decorator_list = [converter.visit(d) for d in node.decorator_list]
    node.args = converter.generic_visit(node.args)
    node.body = _body(node, Converter(converter.names, converter.options, converter))
    return node


@converts(ast.AsyncFunctionDef, ast.ClassDef)
def leave(node: ast.stmt, converter: Converter) -> ast.stmt:
    """Coroutines and classes stay as they are."""
    return node


@converts(ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFor, ast.AsyncWith)
def refuse(node: ast.AST, converter: Converter) -> ast.AST:
    """What only generators and coroutines contain: the function is one."""
    raise Unsupported("generators are not supported")


def is_generator(function: ast.FunctionDef) -> bool:
    """Whether a `yield` belongs to `function` itself."""
    left: list[ast.AST] = list(function.body)
    while left:
        node = left.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            left += ast.iter_child_nodes(node)
    return False


def _is_refusal(decorator: ast.expr) -> bool:
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    name = decorator.attr if isinstance(decorator, ast.Attribute) else None
    if isinstance(decorator, ast.Name):
        name = decorator.id
    return name == "do_not_convert"
