"""Which frames of a call stack are the user's, and what to call them.

A function that was converted runs in pieces: the bodies of its branches and loops are functions
too, called by operators. To the user they are one call, at the line where the innermost piece
stands. Frames of Headrace itself are nobody's business.

Read next: user_errors.py.
"""

import linecache
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any, NamedTuple

from headrace._src.function.autograph.conversion import frame_of

_PACKAGE = str(Path(__file__).resolve().parents[3]) + os.sep
_AUTOGRAPH = str(Path(__file__).resolve().parent) + os.sep


class UserFrame(NamedTuple):
    """A frame as the user knows it.

    mark: "*" for converted code, "**" for code that converted code calls as it is, else "".
    text: what to quote, if not the line.
    """

    file: str
    line: int
    function: str | None
    mark: str = ""
    text: str | None = None

    def __str__(self) -> str:
        source = self.text or linecache.getline(self.file, self.line).strip()
        mark = f"  {self.mark}" if self.mark else ""
        return (
            f'    File "{self.file}", line {self.line}, in {self.function}{mark}\n        {source}'
        )


def is_internal(code: CodeType) -> bool:
    """Whether `code` is of Headrace."""
    # The functions that engine/op.py makes in front of ops have no file.
    return code.co_filename.startswith((_PACKAGE, "<front door"))


def reduced(frames: Iterable[tuple[CodeType, int]]) -> list[UserFrame]:
    """The user's frames among (code, line), outermost first."""
    found: list[tuple[UserFrame, Any]] = []
    before_is_converted = False
    for code, line in frames:
        frame = frame_of(code)
        if frame is not None:
            if not frame.is_entry:
                # A piece of a function that is already there: it says more exactly where.
                at = next(
                    (i for i in range(len(found) - 1, -1, -1) if found[i][1] is frame.unit), None
                )
                if at is not None:
                    del found[at:]
            told = UserFrame(code.co_filename, line, frame.name, "*", frame.text)
            found.append((told, frame.unit))
            before_is_converted = True
        elif not is_internal(code):
            mark = "**" if before_is_converted else ""
            found.append((UserFrame(code.co_filename, line, code.co_name, mark), None))
            before_is_converted = False
        else:
            before_is_converted = before_is_converted and code.co_filename.startswith(_AUTOGRAPH)
    return [frame for frame, _ in found]


def of_traceback(traceback: TracebackType | None) -> Iterator[TracebackType]:
    """The links of a traceback, outermost first."""
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next
