"""`tf.compat.v1.logging`: TensorFlow's logger by functions.

The one idea: they are methods of the logger of `tf.get_logger`, one of the standard library's; so
handlers and levels that a program sets there hold here too.

Read next: config/reports.py.
"""

import itertools
import logging
import os
from collections.abc import Iterator
from typing import Any

from headrace._src.config.reports import get_logger

DEBUG, INFO, WARN = logging.DEBUG, logging.INFO, logging.WARNING
ERROR, FATAL = logging.ERROR, logging.FATAL

_counts: dict[tuple[str, int], Iterator[int]] = {}


def debug(msg: Any, *args: Any, **kwargs: Any) -> None:
    """A message for those who look for a fault; see `info`."""
    get_logger().debug(msg, *args, **kwargs)


def info(msg: Any, *args: Any, **kwargs: Any) -> None:
    """A message that all is well; shown if the verbosity is `INFO` or lower.

    msg, args: of `msg % args`. kwargs: of the standard library's `Logger.info`.

    >>> tf.compat.v1.logging.info("step %d", 3)
    """
    get_logger().info(msg, *args, **kwargs)


def warning(msg: Any, *args: Any, **kwargs: Any) -> None:
    """A message that something may be wrong; see `info`."""
    get_logger().warning(msg, *args, **kwargs)


warn = warning


def error(msg: Any, *args: Any, **kwargs: Any) -> None:
    """A message that something is wrong; see `info`."""
    get_logger().error(msg, *args, **kwargs)


def fatal(msg: Any, *args: Any, **kwargs: Any) -> None:
    """A message that nothing goes on, although the program does; see `info`."""
    get_logger().fatal(msg, *args, **kwargs)


def log(level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
    """A message of the level given; see `info`."""
    get_logger().log(level, msg, *args, **kwargs)


vlog = log


def log_if(level: int, msg: Any, condition: Any, *args: Any) -> None:
    """A message if `condition` is true; see `log`."""
    if condition:
        get_logger().log(level, msg, *args)


def log_every_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """A message at the first call from a line of code and at every `n`-th after it; see `log`."""
    log_if(level, msg, _calls() % n == 0, *args)


def log_first_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """A message at the first `n` calls from a line of code; see `log`."""
    log_if(level, msg, _calls() < n, *args)


def _calls() -> int:
    """How often the line of the caller's caller was here before."""
    file, line, *_ = get_logger().findCaller(stacklevel=3)
    return next(_counts.setdefault((os.fspath(file), line), itertools.count()))


def get_verbosity() -> int:
    """The level from which messages are shown, 10 (`DEBUG`) to 50 (`FATAL`).

    >>> tf.compat.v1.logging.set_verbosity("WARNING")
    >>> tf.compat.v1.logging.get_verbosity()
    30
    """
    return get_logger().getEffectiveLevel()


def set_verbosity(v: int | str) -> None:
    """Messages below `v` are not shown from now on.

    v: a level of this module or its name.

    >>> tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.WARN)
    """
    get_logger().setLevel(v)


def TaskLevelStatusMessage(msg: Any) -> None:
    """A message of the level `ERROR`."""
    error(msg)
