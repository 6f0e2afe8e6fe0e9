"""Threads of a test: an error in one fails the test, and none may be forgotten.

Read next: testing/case.py.
"""

import threading
from collections.abc import Callable
from typing import Any


class CheckedThread:
    """A thread whose errors the test hears of when it joins it: `TestCase.checkedThread`."""

    def __init__(self, case: Any, target: Callable, args: Any = None, kwargs: Any = None) -> None:
        self._case = case
        self._target = target
        self._args = args or ()
        self._kwargs = kwargs or {}
        self._thread = threading.Thread(target=self._run)
        self._error: Exception | None = None
        self._is_joined = False

    def _run(self) -> None:
        try:
            self._target(*self._args, **self._kwargs)
        except Exception as error:
            self._error = error

    def start(self) -> None:
        """Begins to run."""
        self._thread.start()

    def join(self) -> None:
        """Waits for the end; fails the test where that was an error."""
        self._is_joined = True
        self._thread.join()
        if self._error is not None:
            self._case.fail(f"Error in checkedThread: {self._error}")

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._thread.is_alive()

    def check_termination(self) -> None:
        """Fails the test unless the thread was joined."""
        if not self._is_joined:
            # Said once: a thread that nobody joins should not fail every tearDown to come.
            self._is_joined = True
            self._case.fail("A checked thread was not joined.")
