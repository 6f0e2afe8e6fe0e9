"""ImmutableDict: what a field that is annotated as a mapping holds.

Read next: annotations.py.
"""

from collections.abc import Iterator, Mapping
from typing import Any


class ImmutableDict(Mapping):
    """A mapping whose items cannot be changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._dict = dict(*args, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self._dict[key]

    def __contains__(self, key: object) -> bool:
        return key in self._dict

    def __iter__(self) -> Iterator[Any]:
        return iter(self._dict)

    def __len__(self) -> int:
        return len(self._dict)

    def __repr__(self) -> str:
        return f"ImmutableDict({self._dict!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        # A pickle could not find the class in the module that it says it is of.
        return immutable, (self._dict,)


def immutable(items: dict[Any, Any]) -> ImmutableDict:
    """The dictionary as one that cannot be changed."""
    return ImmutableDict(items)


ImmutableDict.__module__ = "tensorflow.python.framework.immutable_dict"
