"""Errors while a function is traced, told in terms of the user's program.

The message is headed by the user's frames, from the traced function inwards:

    in user code:

        File "model.py", line 7, in call  *
            return self.layer(x)

        ValueError: ...

The class stays, if it can be made from a message alone; if not, it becomes `StagingError`. An error
that went through several traced functions gets one message with the frames of all.

Read next: frames.py.
"""

from collections.abc import Iterable
from types import TracebackType
from typing import Any

from headrace._src.core.errors import (
    InaccessibleTensorError,
    OperatorNotAllowedInGraphError,
    OpError,
)
from headrace._src.function.autograph.frames import UserFrame, is_internal, of_traceback, reduced


class AutoGraphError(Exception):
    """The base of AutoGraph's own errors."""


class ConversionError(AutoGraphError):
    """A function could not be converted."""


class StagingError(AutoGraphError):
    """An error while a function was traced, whose own class cannot be made from a message."""


class MultilineMessageKeyError(KeyError):
    """A KeyError whose message is shown as it is; KeyError itself shows its repr."""

    def __init__(self, message: str, original_key: Any) -> None:
        super().__init__(original_key)
        self._message = message

    def __str__(self) -> str:
        return self._message


# Python's own whose `__init__` takes any message.
_KEPT = (
    AssertionError,
    AttributeError,
    InaccessibleTensorError,
    NameError,
    NotImplementedError,
    OperatorNotAllowedInGraphError,
    RuntimeError,
    StopIteration,
    TypeError,
    UnboundLocalError,
    ValueError,
)

# Where an error remembers what was already told of it.
_TOLD = "_told_by_autograph"


class _Told:
    """What is known of an error that has been rewritten.

    frames: the user's, as far as they are in its message. cause: what follows them there.
    begins: where its traceback began then, whole or without our frames: what stands before that was
        added since.
    """

    def __init__(
        self, frames: list[UserFrame], cause: str, kind: type, begins: list[TracebackType | None]
    ) -> None:
        self.frames, self.cause, self.kind, self.begins = frames, cause, kind, begins


def user_error(error: Exception) -> Exception:
    """The error to raise in the place of `error`, which came out of the trace of a function.

    `raise user_error(error) from None`. It is `error` itself if no converted code was involved.
    """
    if getattr(error, "is_out_of_scope", False):
        return error  # it names the lines itself
    told: _Told | None = getattr(error, _TOLD, None)
    links = []
    for link in of_traceback(error.__traceback__):
        if told is not None and any(link is begin for begin in told.begins):
            break
        links.append(link)
    frames = _from_converted(reduced((link.tb_frame.f_code, link.tb_lineno) for link in links))
    if told is not None:
        frames = frames + told.frames if frames else told.frames
    if not frames:
        return error
    cause = told.cause if told is not None else _cause(error)
    kind = told.kind if told is not None else type(error)
    new = _made(error, kind, _message(frames, cause))
    shown = [link for link in of_traceback(error.__traceback__) if not _is_hidden(link)]
    traceback = _chain(shown)
    setattr(new, _TOLD, _Told(frames, cause, kind, [traceback, error.__traceback__]))
    new.__cause__, new.__context__ = error.__cause__, error.__context__
    return new.with_traceback(traceback)


def _from_converted(frames: list[UserFrame]) -> list[UserFrame]:
    """The frames from the first converted one on: those before it called the traced function."""
    first = next((i for i, frame in enumerate(frames) if frame.mark == "*"), len(frames))
    return frames[first:]


def _cause(error: Exception) -> str:
    text = error.message if isinstance(error, OpError) else str(error)
    return f"{type(error).__name__}: {text}"


def _message(frames: Iterable[UserFrame], cause: str) -> str:
    lines = cause.replace("\n", "\n    ")
    return "in user code:\n\n{}\n\n    {}\n".format("\n".join(map(str, frames)), lines)


def _made(error: Exception, kind: type, message: str) -> Exception:
    if issubclass(kind, OpError):
        new = kind.__new__(kind)
        new.__dict__.update(vars(error))
        new._message = message
        return new
    if kind is KeyError:
        return MultilineMessageKeyError(message, error.args[0] if error.args else None)
    if kind in _KEPT or kind.__init__ is Exception.__init__:  # type: ignore[misc]
        return kind(message)
    return StagingError(message)


def _is_hidden(link: TracebackType) -> bool:
    return is_internal(link.tb_frame.f_code)


def _chain(links: list[TracebackType]) -> TracebackType | None:
    chained: TracebackType | None = None
    for link in reversed(links):
        chained = TracebackType(chained, link.tb_frame, link.tb_lasti, link.tb_lineno)
    return chained


for _class, _module, _name in (
    (AutoGraphError, "tensorflow.python.autograph.impl.api", "AutoGraphError"),
    (ConversionError, "tensorflow.python.autograph.impl.api", "ConversionError"),
    (StagingError, "tensorflow.python.autograph.impl.api", "StagingError"),
    (MultilineMessageKeyError, "tensorflow.python.autograph.pyct.error_utils", "KeyError"),
):
    _class.__module__, _class.__name__ = _module, _name
