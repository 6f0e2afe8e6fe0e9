"""Name scopes: prefixes that gather the names of variables and, in graphs, of operations.

In a graph a scope is a name like an operation's: the second "encoder" is "encoder_1".

Read next: objects/variable.py, which asks for the current prefix.
"""

import re
from typing import Any

from headrace._src.core.context import thread


class name_scope:
    """A block in which names get the prefix `name/`, after the prefixes of the blocks around it.

    name: a string. One that ends in "/" is the whole prefix, whatever blocks are around; "" goes
        back to no prefix.

    >>> with tf.name_scope("encoder") as scope:
    ...     v = tf.Variable(0., name="w")
    >>> scope, v.name
    ('encoder/', 'encoder/w:0')

    Raises ValueError where `name` is not a string, and in a graph for characters that no operation
    may have in its name.
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise ValueError("name for name_scope must be a string.")
        self._name = name
        # The prefixes to go back to, with the graph's own block where there is one: one object may
        # be entered several times.
        self._before: list[tuple[str, Any]] = []

    @property
    def name(self) -> str:
        """The name given."""
        return self._name

    def __enter__(self) -> str:
        context = thread.context
        before = context.scope
        if context.graph is not None:
            if self._name:
                _check(self._name, before)
            block = context.graph.name_scope(self._name)
            scope = block.__enter__()
            self._before.append((before, block))
            return scope
        self._before.append((before, None))
        if not self._name or self._name.endswith("/"):
            context.scope = self._name
        else:
            context.scope = f"{before}{self._name}/"
        return context.scope

    def __exit__(self, *error: Any) -> None:
        before, block = self._before.pop()
        if block is not None:
            block.__exit__(*error)
        thread.context.scope = before


# What a graph takes for a scope; the first character of the outermost is more restricted.
_ROOT = r"^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$"
_INNER = r"^[A-Za-z0-9_.\\/>-]*$"


def _check(name: str, outer: str) -> None:
    kind, pattern = ("scope", _INNER) if outer else ("root scope", _ROOT)
    if not re.match(pattern, name):
        raise ValueError(
            f"'{name}' is not a valid {kind} name. A {kind} name has to match the following "
            f"pattern: {pattern}"
        )


name_scope.__module__ = "tensorflow.python.framework.ops"
name_scope.__name__ = name_scope.__qualname__ = "name_scope_v2"
