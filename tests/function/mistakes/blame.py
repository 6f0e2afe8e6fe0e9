"""Which line of a user's program an error blames.

The one idea: the line that a user reads first is the last frame of his own file that the error's
message names; where the message names none, it is the last such frame of the traceback. The
mistakes are in mistakes.txt, each a small program under its title, in which the comment
`# <- here` marks the line that the error must blame.

Read next: test_mistakes.py.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tests.function.semantics.running import HEADER

MARK = "# <- here"


@dataclass
class Mistake:
    """A program with a mistake."""

    title: str
    source: str

    @property
    def line(self) -> int:
        """The marked line's number in the program's file."""
        (found,) = (i for i, line in enumerate(self.source.split("\n"), 2) if MARK in line)
        return found


@dataclass
class Blame:
    """What an error said, and the line that it blames; both empty where there was no error."""

    line: int | None = None
    message: str = "no error"


def mistakes() -> list[Mistake]:
    """All of them, in order."""
    text = Path(__file__).with_name("mistakes.txt").read_text()
    parts = re.split(r"^##### ", text, flags=re.M)[1:]
    return [Mistake(*part.rstrip().split("\n", 1)) for part in parts]


def blame(mistake: Mistake, library: str, folder: Path) -> Blame:
    """Runs a mistake from a file in `folder` and finds out what its error blames."""
    path = folder / "mistake.py"
    text = HEADER.format(library=library) + mistake.source.replace(MARK, "").rstrip() + "\n"
    path.write_text(text)
    module = ModuleType("mistake")
    try:
        exec(compile(text, path, "exec"), vars(module))
    except Exception as error:
        line = _line_in_message(str(error), path) or _line_in_traceback(error, path)
        return Blame(line, f"{type(error).__name__}: {error}")
    return Blame()


def _line_in_message(message: str, path: Path) -> int | None:
    lines = re.findall(rf'File "{re.escape(str(path))}", line (\d+)', message)
    return int(lines[-1]) if lines else None


def _line_in_traceback(error: Exception, path: Path) -> int | None:
    found, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            found = trace.tb_lineno
        trace = trace.tb_next
    return found
