"""Streams of a test: what is written to one is kept in a file, so that the test can read it.

The one idea: the file number is redirected, not Python's object, so that what native code writes is
caught too.

Read next: testing/case.py.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class CapturedWrites:
    """What was written to a stream while it was redirected."""

    def __init__(self, path: str, stream: Any) -> None:
        self._path = path
        self._stream = stream

    def contents(self) -> str:
        """The text written so far."""
        if not self._stream.closed:
            self._stream.flush()
        with open(self._path, encoding="utf-8") as file:
            return file.read()


@contextmanager
def redirected(stream: Any, folder: str) -> Iterator[CapturedWrites]:
    """A block in which a stream writes to a file of `folder`."""
    number, path = tempfile.mkstemp(dir=folder)
    original = os.dup(stream.fileno())
    stream.flush()
    try:
        os.dup2(number, stream.fileno())
        yield CapturedWrites(path, stream)
    finally:
        stream.flush()
        os.dup2(original, stream.fileno())
        os.close(original)
        os.close(number)
