"""The files: each says what it is, is short enough to read, and is named for what is in it.

Read next: tests/house/test_floors.py.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ["benchmarks", "docs", "examples", "headrace", "tests", "tools"]
PYTHON = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
TEXTS = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".pyi", ".md", ".cc", ".h")
)
LINES = 600

# What such a word says of what it names: nothing. "common" may, in a name that has more words.
EMPTY_WORDS = {"v2", "impl", "util", "utils", "helper", "helpers", "misc"}
EMPTY_FILES = EMPTY_WORDS | {"common", "base", "internal"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), name(path))


@pytest.mark.parametrize("path", PYTHON, ids=name)
class TestPython:
    def test_it_says_what_it_is(self, path):
        text = ast.get_docstring(tree(path))
        assert text, (
            "a file begins with a docstring: what lives here, the one idea, what to read next"
        )

    def test_it_can_be_read_in_one_sitting(self, path):
        lines = len(path.read_text().splitlines())
        assert lines <= LINES, f"{lines} lines; cut it where its second idea begins"

    def test_what_to_read_next_exists(self, path):
        for target in next_to_read(ast.get_docstring(tree(path)) or ""):
            places = [ROOT, ROOT / "headrace", ROOT / "headrace" / "_src", path.parent]
            found = any(
                (place / each).exists() for place in places for each in (target, f"{target}.py")
            )
            assert found, f"Read next: {target}: there is no such file"

    def test_its_names_mean_something(self, path):
        assert not words(path.stem) & EMPTY_FILES
        for node in ast.walk(tree(path)):
            is_name = isinstance(node, (ast.ClassDef, ast.FunctionDef)) and not is_op(node)
            if is_name and not node.name.startswith("test_"):  # a test's name is a sentence
                assert not words(node.name) & EMPTY_WORDS, node.name


def words(identifier: str) -> set[str]:
    return set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", identifier).lower().split("_"))


def is_op(node: ast.ClassDef | ast.FunctionDef) -> bool:
    """Whether the registry named it, and not we: its own names may well have a V2 in them."""
    return any(
        isinstance(d, ast.Call) and isinstance(d.func, ast.Name) and d.func.id in ("op", "step")
        for d in node.decorator_list
    )


def next_to_read(docstring: str) -> list[str]:
    """The files that a docstring sends its reader to: paths, or modules of the same folder.

    >>> next_to_read("Read next: `engine/op.py` (the op), then docs/tour.md.")
    ['engine/op.py', 'docs/tour.md']
    >>> next_to_read("Read next: shapes (the arithmetic), spec.")
    ['shapes', 'spec']
    """
    found = re.search(r"Read next:(.*?)(\n\s*\n|\Z)", docstring, re.DOTALL)
    if not found:
        return []
    text = re.sub(r"\([^)]*(\)|\Z)", "", found[1].replace("`", ""))
    paths = re.findall(r"[\w./-]*\w\.(?:py|pyi|md|tsv|cpp)\b", text)
    return paths or re.findall(r"\w+", re.sub(r"\b(and|then)\b", " ", text))


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_nothing_is_left_for_later(path):
    marks = re.findall(r"\b(?:TOD[O]|FIXM[E])\b", path.read_text())
    assert not marks, "do it, or write an issue"
