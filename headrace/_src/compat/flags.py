"""`tf.compat.v1.flags` and `tf.compat.v1.app`: the command line of a program, by Abseil.

The one idea: `FLAGS` reads the command line when it is first asked for a flag, where Abseil's own
waits for `app.run`; both skip what nobody defined.

The guide is https://abseil.io/docs/python/guides/flags. Read next: modes.py.
"""

import sys
from collections.abc import Callable
from typing import Any

from absl import app as abseil
from absl import flags as _flags
from absl.flags import *  # noqa: F403


class _Flags:
    """Abseil's `FLAGS`, which reads the command line by itself."""

    def __getattr__(self, name: str) -> Any:
        _parsed()
        return getattr(_flags.FLAGS, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(_flags.FLAGS, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(_flags.FLAGS, name)

    def __getitem__(self, name: str) -> Any:
        return _flags.FLAGS[name]

    def __contains__(self, name: str) -> bool:
        return name in _flags.FLAGS

    def __dir__(self) -> list[str]:
        return dir(_flags.FLAGS)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _flags.FLAGS(*args, **kwargs)

    def __repr__(self) -> str:
        return repr(_flags.FLAGS)


FLAGS = _Flags()


def _parsed() -> None:
    if not _flags.FLAGS.is_parsed():
        _known(sys.argv)


def _known(argv: list[str]) -> list[str]:
    """Reads the flags that somebody defined, and answers what is left of `argv`."""
    return _flags.FLAGS(argv, known_only=True)


def run(main: Callable | None = None, argv: list[str] | None = None) -> None:
    """Runs a program: reads its flags, calls `main` with what is left, and exits.

    main: of `__main__` by default. argv: `sys.argv` by default.

    >>> tf.compat.v1.app.run(lambda argv: print(argv[1:]), ["program", "more"])
    Traceback (most recent call last):
    SystemExit
    """
    main = main or sys.modules["__main__"].main
    abseil.run(main=main, argv=argv, flags_parser=_known)
