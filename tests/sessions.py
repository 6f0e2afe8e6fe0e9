"""Sessions at the prompt, recorded with TensorFlow 2.21 and held against the library.

The one idea: a file is read as a person would type it. Its chapters begin with `== title`; in each
the cells `>>> code` are run one after the other, in one space of names, and what a cell answers is
what stands below it: what is printed, the repr of a value, or `Class: text` of an error. Which
kernel an error comes from, and the node, are left out.

Read next: tests/ragged/test_handbook_ragged.py, tests/ops/test_handbook_strings.py.
"""

import ast
import contextlib
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import headrace as tf

_KERNEL = re.compile(r"\{\{function_node [^}]*\}\} |\n\t; NodeDef.*| ?\[Op:\w+\]( name:.*)?")


def chapters(path: Path) -> list[Any]:
    """The chapters of a file, as the parameters of a test: a title, and its cells and answers."""
    found = []
    for chapter in re.split(r"^== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, *cells = re.split(r"^>>> ", chapter, flags=re.MULTILINE)
        parts = [cell.partition("\n") for cell in cells]
        session = [(code, answer.rstrip()) for code, _, answer in parts]
        found.append(pytest.param(session, id=title.strip()))
    return found


def replay(session: list[tuple[str, str]]) -> None:
    """Runs the cells of a chapter; each has to answer what was recorded."""
    names: dict[str, Any] = {"tf": tf, "np": np}
    for code, answer in session:
        assert _answer(code, names) == answer, code


def _answer(code: str, names: dict[str, Any]) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            if isinstance(ast.parse(code).body[0], ast.Expr):
                value = eval(code, names)
                if value is not None:
                    print(repr(value))
            else:
                exec(code, names)
        except Exception as error:
            print(_KERNEL.sub("", f"{type(error).__name__}: {error}"))
    return printed.getvalue().rstrip()
