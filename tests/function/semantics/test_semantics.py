"""The semantics of `tf.function`: what each program prints is what TensorFlow 2.21 prints.

The one idea: 125 rules of TensorFlow are 125 programs, kept with their outputs in the text files of
this folder (programs.py tells their form) and compared letter by letter, once what is noise is
gone (normal.py lists what that is). Where Headrace means to differ, the file has the reason and
its own text.

Every program runs in a thread of its own: it begins with a fresh context, and one that hangs is a
failure and not the end of the run.

Read next: programs.py, normal.py, running.py, then tools/record_semantics.py.
"""

import io
import sys
import threading
from pathlib import Path

import pytest

import headrace as tf
from tests.function.semantics.normal import normal
from tests.function.semantics.programs import Program, files, read
from tests.function.semantics.running import run

PROGRAMS = [program for path in files() for program in read(path)]
PATIENCE = 60.0  # seconds; the slowest program compiles for two


def parameters() -> list:
    """A program a test, each with what it waits for."""
    return [pytest.param(program, id=program.number, marks=_marks(program)) for program in PROGRAMS]


def _marks(program: Program) -> list:
    return [pytest.mark.xfail(reason=f"needs {program.needs}")] if program.needs else []


@pytest.fixture(autouse=True)
def _the_next_program_begins_afresh():
    """What a program set for the whole process is undone, also where it ended too early."""
    tf.random.set_seed(None)  # another test may have set one
    yield
    tf.config.run_functions_eagerly(False)


class Stream(io.StringIO):
    """A standard stream that writes to a common list: two of them keep their order."""

    def __init__(self, parts: list[str]) -> None:
        super().__init__()
        self.parts = parts

    def write(self, text: str) -> int:
        self.parts.append(text)
        return len(text)


def printed(program: Program, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a program prints, made comparable."""
    parts: list[str] = []
    monkeypatch.setattr(sys, "stdout", Stream(parts))
    monkeypatch.setattr(sys, "stderr", Stream(parts))
    thread = threading.Thread(
        target=run, args=(program.number, program.source, "headrace", folder), daemon=True
    )
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), f"{program.number} does not end"
    return normal("".join(parts), str(folder), program.whole)


@pytest.mark.parametrize("program", parameters())
def test_it_prints_what_tensorflow_prints(program, tmp_path, monkeypatch):
    assert printed(program, tmp_path, monkeypatch) == program.expected, program.title


def test_every_program_has_a_number_of_its_own():
    numbers = {program.number for program in PROGRAMS}
    assert len(numbers) == len(PROGRAMS) >= 125  # rules; some are programs 3.5a and 3.5b


def test_what_differs_says_why():
    for program in PROGRAMS:
        if program.differs:
            assert program.ours != program.prints, f"{program.number} does not differ"
