"""What the values and the specs of extension types share: fields that their constructor sets.

The one idea: whatever constructor a class has, its own or the one made from its fields, is wrapped.
While it runs, fields may be set to anything; when it returns, they are made what the annotations
say, the object is asked whether it is valid, and from then on nothing can be set.

Read next: spec.py.
"""

import functools
from collections.abc import Callable
from inspect import Signature
from typing import Any, NoReturn

_OPEN = "_tf_extension_type_under_construction"


class Record:
    """An object with fields that are set by its constructor alone."""

    _mode: str
    _family: str

    @classmethod
    def _tf_extension_type_fields(cls) -> Any:
        """The fields."""
        raise NotImplementedError

    def __validate__(self) -> None:
        """A hook that raises where the fields do not go together; for classes to define."""

    def __setattr__(self, name: str, value: Any) -> None:
        fields = {field.name for field in self._tf_extension_type_fields()}
        if _OPEN not in self.__dict__ or name not in fields:
            self._refuse_to_change(name)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        if _OPEN not in self.__dict__:
            self._refuse_to_change(name)
        object.__delattr__(self, name)

    def _refuse_to_change(self, name: str) -> NoReturn:
        raise AttributeError(
            f"Cannot mutate attribute `{name}` outside the custom constructor of {self._family}."
        )

    def __repr__(self) -> str:
        names = [field.name for field in self._tf_extension_type_fields()]
        shown = ", ".join(f"{n}={self.__dict__[n]!r}" for n in names if n in self.__dict__)
        return f"{type(self).__qualname__}({shown})"


def constructor(signature: Signature) -> Callable[..., None]:
    """The constructor that takes the fields as arguments."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        bound = plain.bind(*args, **kwargs)
        bound.apply_defaults()
        self.__dict__.update(bound.arguments)
        finish(self)

    plain = signature.replace(parameters=list(signature.parameters.values())[1:])
    __init__.__signature__ = signature  # type: ignore[attr-defined]
    return __init__


def finishing(init: Callable[..., None]) -> Callable[..., None]:
    """A class's own constructor, with what happens before and after it."""

    @functools.wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        is_outermost = _OPEN not in self.__dict__
        self.__dict__[_OPEN] = True
        try:
            init(self, *args, **kwargs)
        finally:
            if is_outermost:
                del self.__dict__[_OPEN]
        finish(self)

    return __init__


def finish(record: Any) -> None:
    """Makes the fields what the annotations say, and has the object checked."""
    fields, values = record._tf_extension_type_fields(), record.__dict__
    missing = {field.name for field in fields if field.name not in values}
    if missing:
        raise ValueError(f"Missing required fields: {missing}")
    for field in fields:
        values[field.name] = field.kind(values[field.name], field.name, record._mode)
    record.__validate__()
