"""A user's function, converted: its code rewritten, its cells, defaults and globals the same.

The rewritten tree is compiled under the name of the user's file, with the user's line numbers, so
that tracebacks, debuggers and coverage show the user's program. The new function gets the very
cells of the old one, so both see what either does to a variable outside, plus one cell with the
operators (`ag__`), and the same global namespace.

A conversion is remembered by code object and options. `frame_of` tells for a piece of converted
code which function of the user's it came from.

Read next: operators/calls.py, user_errors.py.
"""

import ast
import linecache
import weakref
from collections.abc import Callable
from types import CellType, CodeType, FunctionType
from typing import Any, NamedTuple

from headrace._src.function.autograph import (  # noqa: F401 - each declares its converters
    asserts,
    branches,
    build,
    calls,
    logic,
    loops,
    variables,
)
from headrace._src.function.autograph.functions import convert_tree, is_generator
from headrace._src.function.autograph.jumps import Unsupported
from headrace._src.function.autograph.options import Options
from headrace._src.function.autograph.source import definition

# What `from __future__ import` may have said in the user's file: the flags that code carries.
_FUTURE = 0x1FF0000


class Frame(NamedTuple):
    """What a traceback shall say of a frame of converted code.

    name: the user's function, None for a lambda.
    unit: a mark of the conversion that the code is of. is_entry: whether it is the converted
        function itself. text: what to quote, if not the line.
    """

    name: str | None
    unit: object
    is_entry: bool
    text: str | None


class ByIdentity:
    """A dictionary of what is known about code objects, by identity.

    Their own equality compares contents and costs more than a conversion saves.
    """

    def __init__(self) -> None:
        self._found: dict[int, tuple[Any, Any]] = {}
        self.get = self._found.get

    def put(self, code: CodeType, value: Any) -> None:
        """Remembers `value` for as long as `code` lives."""
        key = id(code)
        self._found[key] = (value, weakref.ref(code, lambda _: self._found.pop(key, None)))

    def __getitem__(self, code: CodeType) -> Any:
        """What is known of `code`, or None."""
        found = self._found.get(id(code))
        return None if found is None else found[0]


_frames = ByIdentity()

frame_of: Callable[[CodeType], Frame | None] = _frames.__getitem__


def converted_tree(function: FunctionType, options: Options) -> ast.FunctionDef | ast.Lambda:
    """The rewritten tree of `function`.

    Raises Unsupported for what cannot be converted, InaccessibleSourceCodeError without source.
    """
    return _tree(function, options)[0]


def _tree(function: FunctionType, options: Options) -> tuple[Any, set[str]]:
    tree = definition(function)
    if isinstance(tree, ast.AsyncFunctionDef):
        raise Unsupported("coroutines are not supported")
    if isinstance(tree, ast.FunctionDef) and is_generator(tree):
        raise Unsupported("generators are not supported")
    owner = _class_of(function.__code__)
    if owner:
        _Mangling(owner).visit(tree)
    made = convert_tree(tree, options)
    return tree, made


def compiled(function: FunctionType, options: Options) -> CodeType:
    """The converted code of `function`, remembered by `frame_of`; it raises as `converted_tree`."""
    tree, made = _tree(function, options)
    code = function.__code__
    module = _module(tree, code)
    flags = code.co_flags & _FUTURE
    outer = compile(module, code.co_filename, "exec", flags, dont_inherit=True)
    factory = next(c for c in outer.co_consts if isinstance(c, CodeType))
    converted = next(c for c in factory.co_consts if isinstance(c, CodeType))
    is_lambda = isinstance(tree, ast.Lambda)
    name = None if is_lambda else code.co_name
    frame = Frame(name, object(), True, _text(tree, code) if is_lambda else None)
    return _remembered(converted, code.co_qualname, frame, made)


def _module(tree: Any, code: CodeType) -> ast.Module:
    """The tree inside a function that has the free variables, so that they are free in it too."""
    free = [build.OPERATORS, *code.co_freevars]
    inner: ast.stmt = ast.Return(tree) if isinstance(tree, ast.Lambda) else tree
    cells = ast.Assign([build.store(name) for name in free], build.constant(None))
    # Where the tree refers to none of them, they are locals of the factory, and nobody minds.
    body: list[ast.stmt] = [cells, inner]
    if isinstance(tree, ast.FunctionDef) and tree.name not in free:
        # A function that calls itself by its global name must not find the factory's local one.
        body.insert(0, ast.Global([tree.name]))
    factory = build.function("factory", [], body)
    defaults = tree.args
    defaults.defaults = [build.constant(None) for _ in defaults.defaults]
    defaults.kw_defaults = [d and build.constant(None) for d in defaults.kw_defaults]
    return ast.fix_missing_locations(ast.Module([factory], []))


def _text(tree: ast.Lambda, code: CodeType) -> str | None:
    """The source text of a lambda, if it stands on one line."""
    if tree.lineno != tree.end_lineno:
        return None
    line = linecache.getline(code.co_filename, tree.lineno).encode()
    return line[tree.col_offset : tree.end_col_offset].decode()


def _remembered(code: CodeType, qualname: str, frame: Frame, made: set[str]) -> CodeType:
    """`code` in the name of the user's function that it is a piece of, and remembered as such."""
    constants: list[Any] = []
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            inner = constant.co_name
            if inner in made:
                piece = frame._replace(is_entry=False)
                constant = _remembered(constant, qualname, piece, made)
            else:
                name = frame.name if inner.startswith("<") else inner
                piece = Frame(name, frame.unit, False, None)
                constant = _remembered(constant, f"{qualname}.<locals>.{inner}", piece, made)
        constants.append(constant)
    code = code.replace(
        co_name=qualname.rpartition(".")[2], co_qualname=qualname, co_consts=tuple(constants)
    )
    _frames.put(code, frame)
    return code


def function_with(code: CodeType, function: FunctionType, operators: Any) -> FunctionType:
    """`function` with converted code."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    cells[build.OPERATORS] = CellType(operators)
    closure = tuple([cells[name] for name in code.co_freevars])
    made = FunctionType(
        code, function.__globals__, function.__name__, function.__defaults__, closure
    )
    made.__kwdefaults__ = function.__kwdefaults__
    made.__module__ = function.__module__
    made.__doc__ = function.__doc__
    if function.__dict__:
        made.__dict__.update(function.__dict__)
    return made


def _class_of(code: CodeType) -> str:
    """The class in whose body the code stands, or ""."""
    for part in reversed(code.co_qualname.split(".")[:-1]):
        if part != "<locals>" and not part.startswith("<"):
            # Between a function and a class, `<locals>` tells which of the two a name is.
            before = code.co_qualname.split(f"{part}.")[-1]
            if not before.startswith("<locals>"):
                return part.lstrip("_")
    return ""


class _Mangling(ast.NodeTransformer):
    """`self.__x`  ->  `self._Class__x`, as the compiler does inside a class."""

    def __init__(self, owner: str) -> None:
        self._owner = owner

    def visit_Attribute(self, node: ast.Attribute) -> ast.Attribute:
        node.attr = self._mangled(node.attr)
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._mangled(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._mangled(node.arg)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        return node  # has a name of its own

    def _mangled(self, name: str) -> str:
        if name.startswith("__") and not name.endswith("__"):
            return f"_{self._owner}{name}"
        return name
