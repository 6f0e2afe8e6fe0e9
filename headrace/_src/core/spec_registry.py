"""The names under which classes of specs are saved.

The one idea: a file can not hold a class, so each class of specs that is to be saved has a name of
the form `project.Type`, given once. Whoever reads the file looks the class up again by it.

Read next: spec.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from headrace._src.core.spec import BoundedTensorSpec, TensorSpec, TypeSpec

_NAME_TO_TYPE_SPEC: dict[str, type[TypeSpec]] = {}
_TYPE_SPEC_TO_NAME: dict[type[TypeSpec], str] = {}


def register(name: str) -> Callable[[type], type]:
    """A decorator that gives a `TypeSpec` class the name under which it is saved.

    Args:
        name: of the form `project.Type`.

    Raises:
        TypeError: if `name` is no string or the class no `TypeSpec`.
        ValueError: if the name has another form, or name or class are taken.
    """
    if not isinstance(name, str):
        raise TypeError(f"Expected `name` to be a string; got {name!r}")
    if not re.fullmatch(r"(\w+\.)+\w+", name):
        raise ValueError(
            "Registered name must have the form '{project_name}.{type_name}' "
            f"(e.g. 'my_project.MyTypeSpec'); got {name!r}."
        )

    def decorator(cls: type) -> type:
        _check_spec_class(cls)
        if cls in _TYPE_SPEC_TO_NAME:
            raise ValueError(
                f"Class {cls.__module__}.{cls.__name__} has already been registered with name "
                f"{_TYPE_SPEC_TO_NAME[cls]}."
            )
        if name in _NAME_TO_TYPE_SPEC:
            owner = _NAME_TO_TYPE_SPEC[name]
            raise ValueError(
                f"Name {name} has already been registered for class "
                f"{owner.__module__}.{owner.__qualname__}."
            )
        _TYPE_SPEC_TO_NAME[cls] = name
        _NAME_TO_TYPE_SPEC[name] = cls
        return cls

    return decorator


def get_name(cls: type) -> str:
    """The name `cls` was registered with; `ValueError` if it was not."""
    _check_spec_class(cls)
    if cls not in _TYPE_SPEC_TO_NAME:
        raise ValueError(f"TypeSpec {cls.__module__}.{cls.__name__} has not been registered.")
    return _TYPE_SPEC_TO_NAME[cls]


def lookup(name: str) -> type[TypeSpec]:
    """The class that was registered with `name`; `ValueError` if none was."""
    if not isinstance(name, str):
        raise TypeError(f"Expected `name` to be a string; got {name!r}")
    if name not in _NAME_TO_TYPE_SPEC:
        raise ValueError(f"No TypeSpec has been registered with name {name!r}")
    return _NAME_TO_TYPE_SPEC[name]


def _check_spec_class(cls: Any) -> None:
    if not (isinstance(cls, type) and issubclass(cls, TypeSpec)):
        raise TypeError(f"Expected `cls` to be a TypeSpec; got {cls!r}")


register("tf.TensorSpec")(TensorSpec)
register("tf.BoundedTensorSpec")(BoundedTensorSpec)
