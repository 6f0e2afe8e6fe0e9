"""Where a function stands in its file: the tree of a `def` or `lambda`, found by code object.

A `def` is cut out of the file by the lines that its code says it has, and parsed alone, so that a
function in a file of thousands of lines costs no more than one in a small file. Lines and columns
of the tree are those of the file. A lambda may begin in the middle of a line that holds several: it
is told from the others by the exact positions that its code knows (`co_positions`), in the tree of
the whole file.

Read next: conversion.py.
"""

import ast
import linecache
from collections.abc import Iterator
from copy import deepcopy
from functools import lru_cache
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import CodeType, FunctionType
from typing import Any

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class InaccessibleSourceCodeError(Exception):
    """The source text of a function is nowhere to be found, or no longer fits the function."""


def definition(function: FunctionType) -> Definition:
    """The tree of `function`, with the file's line numbers; the caller may change it.

    Raises InaccessibleSourceCodeError where there is no source text.
    """
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not 0 < code.co_firstlineno <= len(lines):
        raise inaccessible(function, "could not get source code")
    found = _lambda(code, lines) if code.co_name == "<lambda>" else _def(code, lines)
    if found is None:
        raise inaccessible(function, "the source code has changed")
    return found


def inaccessible(function: Any, reason: str) -> InaccessibleSourceCodeError:
    """The error for a function without source text."""
    return InaccessibleSourceCodeError(
        f"Unable to locate the source code of {function}. Note that functions defined in certain "
        "environments, like the interactive Python shell, do not expose their source code. If that "
        "is the case, you should define them in a .py source file. If you are certain the code is "
        "graph-compatible, wrap the call using @tf.autograph.experimental.do_not_convert. Original "
        f"error: {reason}"
    )


def _def(code: CodeType, lines: list[str]) -> Definition | None:
    first = code.co_firstlineno - 1  # the line of the first decorator, where there is one
    indentation = _indentation(lines[first])
    last = max(_lines(code), default=first + 1)
    # What makes no code (`pass`, closing brackets, comments) may follow the last line that did.
    while last < len(lines) and (
        not lines[last].strip() or _indentation(lines[last]) > indentation
    ):
        last += 1
    for end in (last, len(lines)):
        header = ""
        if indentation:
            header = "if 1:\n"
        # Empty lines in front give every node the line number it has in the file.
        text = "\n" * (first - bool(header)) + header + "".join(lines[first:end])
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue  # the cut was in the wrong place: something stands further left than its def
        return next(_named(tree, code), None)
    # A def inside brackets of another indentation, or on the first line of the file.
    return deepcopy(next(_named(_file("".join(lines)), code), None))


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _lines(code: CodeType) -> Iterator[int]:
    for _, last, _, _ in code.co_positions():
        if last is not None:
            yield last
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _lines(constant)


def _named(tree: ast.AST, code: CodeType) -> Iterator[Definition]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == code.co_name:
            first = node.decorator_list[0] if node.decorator_list else node
            if first.lineno == code.co_firstlineno:
                yield node


def _lambda(code: CodeType, lines: list[str]) -> Definition | None:
    """The lambda with the smallest body that all of the code's positions lie in."""
    names = code.co_varnames[: _count(code)]
    positions = [p for p in code.co_positions() if None not in p and p[3]]
    found = [
        node
        for node in ast.walk(_file("".join(lines)))
        if isinstance(node, ast.Lambda)
        and _arguments(node.args) == names
        and all(_contains(node.body, position) for position in positions)
    ]
    return deepcopy(min(found, key=_size, default=None))  # the tree of the file is kept


def _contains(node: ast.expr, position: tuple[Any, ...]) -> bool:
    first, last, start, end = position
    return (node.lineno, node.col_offset) <= (first, start) and (last, end) <= _end(node)


def _end(node: ast.expr) -> tuple[Any, Any]:
    return node.end_lineno, node.end_col_offset


def _size(node: ast.Lambda) -> tuple[Any, ...]:
    line, column = _end(node.body)
    return line - node.body.lineno, column - node.body.col_offset


def _count(code: CodeType) -> int:
    """How many arguments a function has, with `*args` and `**kwargs`."""
    stars = bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
    return code.co_argcount + code.co_kwonlyargcount + stars


def _arguments(arguments: ast.arguments) -> tuple[str, ...]:
    names = [a.arg for a in arguments.posonlyargs + arguments.args + arguments.kwonlyargs]
    return tuple(names + [a.arg for a in (arguments.vararg, arguments.kwarg) if a])


@lru_cache(maxsize=8)
def _file(text: str) -> ast.Module:
    """The tree of a whole file; text that cannot be parsed has none of the functions asked for."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.Module([], [])
