"""How much AutoGraph tells of what it does: `tf.autograph.set_verbosity`.

Read next: operators/calls.py.
"""

import logging
import os

logger = logging.getLogger("tensorflow")

# What is told: each conversion from the first of these levels on, the code with the second.
CONVERSIONS = 1
CODE = 10


class _Verbosity:
    """The level asked for, and whether to print as well."""

    level = int(os.environ.get("AUTOGRAPH_VERBOSITY", "0"))
    to_stdout = False


def set_verbosity(level: int, alsologtostdout: bool = False) -> None:
    """Sets how much AutoGraph tells of what it does to the logger "tensorflow", as INFO.

    level: 0 for nothing, 1 for the functions it converts, 10 for their new code as well. Without a
        call it is what the environment variable AUTOGRAPH_VERBOSITY says.
    alsologtostdout: whether to print the same.

    >>> tf.autograph.set_verbosity(0)
    """
    _Verbosity.level, _Verbosity.to_stdout = level, alsologtostdout


def is_told(level: int) -> bool:
    """Whether anybody wants to know of things of this level."""
    return _Verbosity.level >= level


def tell(text: str) -> None:
    """Logs `text`."""
    logger.info("%s", text)
    if _Verbosity.to_stdout:
        print(text)
