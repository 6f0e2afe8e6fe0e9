"""Name scopes: prefixes that gather the names of variables and, in graphs, of operations.

Read next: objects/variable.py, which asks for the current prefix.
"""

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

    Raises ValueError where `name` is not a string.
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise ValueError("name for name_scope must be a string.")
        self._name = name
        # The prefixes to go back to: one object may be entered several times.
        self._before: list[str] = []

    @property
    def name(self) -> str:
        """The name given."""
        return self._name

    def __enter__(self) -> str:
        context = thread.context
        self._before.append(context.scope)
        if not self._name or self._name.endswith("/"):
            context.scope = self._name
        else:
            context.scope = f"{context.scope}{self._name}/"
        return context.scope

    def __exit__(self, *_: Any) -> None:
        thread.context.scope = self._before.pop()


name_scope.__module__ = "tensorflow.python.framework.ops"
name_scope.__name__ = name_scope.__qualname__ = "name_scope_v2"
