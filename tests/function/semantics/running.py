"""Runs a program of the semantics tests, with either library as `tf`.

The one idea: a program is a file of its own, named for its number, whose first line imports
NumPy and the library; so the lines that errors name are the lines that a user would see. What it
prints, what `tf.print` writes and what the logger "tensorflow" says go, in order, to the streams
`sys.stdout` and `sys.stderr` of the moment.

`err(f, *args, **kwargs)`, which programs use, calls `f` and prints `no error -> RESULT` or
`CLASS: MESSAGE`; of a text longer than LONGEST the rest is cut.

Read next: normal.py.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.function.semantics.normal import normal

HEADER = "import numpy as np, {library} as tf\n"
LONGEST = 1500  # letters: enough for all but the stacks of endless recursion


def run(number: str, source: str, library: str, folder: Path) -> None:
    """Runs a program from a file in `folder`; an error that it lets out is printed at the end."""
    path = folder / f"{number}.py"
    text = HEADER.format(library=library) + source + "\n"
    path.write_text(text)
    module = ModuleType(number)
    vars(module).update(__file__=str(path), err=_error_printer(str(folder)))
    with _known(module), _logger_to_stderr():
        try:
            exec(compile(text, path, "exec"), vars(module))
        except Exception as error:
            print(f"uncaught in line {_line(error, path)}: {_description(error, str(folder))}")


@contextmanager
def _known(module: ModuleType) -> Iterator[None]:
    """A block in which a module can be found by its name, as dataclasses do."""
    sys.modules[module.__name__] = module
    try:
        yield
    finally:
        del sys.modules[module.__name__]


@contextmanager
def _logger_to_stderr() -> Iterator[None]:
    """A block in which the logger "tensorflow" writes to the standard error of the moment."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            print(self.format(record), file=sys.stderr, flush=True)

    logger = logging.getLogger("tensorflow")
    before = logger.handlers[:], logger.propagate, logger.level
    handler = Handler()
    handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
    logger.handlers[:], logger.propagate = [handler], False
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.handlers[:], logger.propagate = before[:2]
        logger.setLevel(before[2])


def _error_printer(folder: str) -> Callable[..., None]:
    def err(f: Callable, *args: Any, **kwargs: Any) -> None:
        try:
            text = "no error -> " + str(f(*args, **kwargs))
        except Exception as error:
            text = _description(error, folder)
        text = normal(text, folder)
        print(text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()} ...[cut]", flush=True)

    return err


def _description(error: Exception, folder: str) -> str:
    kind = type(error)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return normal(f"{module}{kind.__name__}: {error}", folder)


def _line(error: Exception, path: Path) -> int | None:
    """The program's line that an error came through first."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            return trace.tb_lineno
        trace = trace.tb_next
    return None
