"""Every example runs: those of ops here, and those of the guides in docs/ and the README.

Pytest's own `--doctest-modules` collects the examples of plain functions and classes. It does not
see those of ops: a front door (engine/op.py) has globals of its own, and so belongs to no module.

Read next: conftest.py, which gives every example `tf` and `np`.
"""

import doctest
import re
from pathlib import Path

import numpy as np
import pytest

import headrace
from tests.registry import OPS

ROOT = Path(__file__).resolve().parents[2]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

GUIDES = sorted(path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def run(example: doctest.DocTest) -> None:
    output: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=FLAGS)
    failed, _ = runner.run(example, out=output.append, clear_globs=False)
    assert not failed, "".join(output)


def parsed(text: str, title: str, path: str | None = None, line: int = 0) -> doctest.DocTest:
    names = {"tf": headrace, "np": np}
    return doctest.DocTestParser().get_doctest(text, names, title, path, line)


@pytest.mark.parametrize(
    "name", [name for name, op in OPS.items() if ">>>" in (op.body.__doc__ or "")]
)
def test_the_example_of_an_op_runs(name):
    body = OPS[name].body
    code = body.__code__
    run(parsed(body.__doc__, name, code.co_filename, code.co_firstlineno))


def examples(path: Path) -> str:
    """The fenced Python blocks with a prompt in them, and nothing else, line for line.

    >>> import tempfile
    >>> guide = Path(tempfile.mkdtemp(), "guide.md")
    >>> _ = guide.write_text("Add:\\n```python\\n>>> 1 + 1\\n2\\n```\\nSo.\\n")
    >>> examples(guide)
    '\\n\\n>>> 1 + 1\\n2\\n\\n\\n'
    """
    text = path.read_text()
    kept = [""] * (text.count("\n") + 1)
    for block in re.finditer(r"^```(?:python|pycon)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        if ">>>" in block[1]:
            first = text.count("\n", 0, block.start(1))
            for i, line in enumerate(block[1].splitlines()):
                kept[first + i] = line
    return "\n".join(kept)


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_examples_of_a_guide_run(path):
    """From top to bottom, as a reader would: a later block knows the names of an earlier one."""
    run(parsed(examples(path), path.name, str(path)))
