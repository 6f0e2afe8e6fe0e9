"""The programs of the semantics tests, read from the text files beside this module.

The one idea: a program with what it prints is data. A file NN_subject.txt holds a section's
programs, each of this form, of which the last two parts are there where they apply:

    ##### 2.1 A title: the rule that the program shows
    the program's lines, which see `tf`, `np` and `err` (running.py)
    ----- prints
    what TensorFlow 2.21 prints, as normal.py leaves it; tools/record_semantics.py wrote it
    ----- differs: why Headrace's text is not TensorFlow's
    what Headrace prints
    ----- needs: names that Headrace does not have yet

A program that `needs` something is expected to fail, and its test fails once it passes. The word
`whole` after the number keeps the retracing warnings of a program in full.

Read next: test_semantics.py.
"""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass
class Program:
    """One numbered program, and what is known of it."""

    number: str
    title: str
    source: str
    prints: str  # in TensorFlow
    differs: str = ""  # the reason, where Headrace prints something else
    ours: str = ""  # and that
    needs: str = ""
    whole: bool = False  # the texts of retracing warnings are part of what is tested

    @property
    def expected(self) -> str:
        """What Headrace shall print."""
        return self.ours if self.differs else self.prints

    def text(self) -> str:
        """The program as its file has it."""
        mark = " whole" if self.whole else ""
        parts = [f"##### {self.number}{mark} {self.title}", self.source, "----- prints"]
        parts += [self.prints]
        if self.differs:
            parts += [f"----- differs: {self.differs}", self.ours]
        if self.needs:
            parts += [f"----- needs: {self.needs}"]
        return "\n".join(part for part in parts if part) + "\n"


def files() -> list[Path]:
    """The sections, in order."""
    return sorted(FOLDER.glob("*.txt"))


def read(path: Path) -> list[Program]:
    """A section's programs; raises ValueError for a part that no program has."""
    return [_program(text) for text in re.split(r"^##### ", path.read_text(), flags=re.M)[1:]]


def write(path: Path, programs: list[Program]) -> None:
    """Stores a section, an empty line between two programs."""
    path.write_text("\n".join(program.text() for program in programs))


def _program(text: str) -> Program:
    heading, _, rest = text.partition("\n")
    number, _, title = heading.partition(" ")
    whole = title.startswith("whole ")
    source, *parts = re.split(r"^----- ", rest, flags=re.M)
    program = Program(number, title.removeprefix("whole "), source.rstrip("\n"), "", whole=whole)
    for part in parts:
        first, _, body = part.partition("\n")
        kind, _, reason = first.partition(": ")
        body = body.rstrip("\n")
        if kind == "prints":
            program.prints = body
        elif kind == "differs" and reason:
            program.differs, program.ours = reason, body
        elif kind == "needs" and reason:
            program.needs = reason
        else:
            raise ValueError(f"program {number}: no such part: {first!r}")
    return program
