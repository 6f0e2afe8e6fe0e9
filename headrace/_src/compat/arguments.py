"""Arguments of TensorFlow 1: a function of today under its old signature.

The one idea: an old signature is a line of text and a table from old to new names, so a function is
made of them (`translated`), as the standard library makes named tuples. A parameter that had two
names in its time, `keep_dims` and `keepdims`, may be given by either but not by both (`either`).

Read next: reductions.py, where most functions have one form.
"""

import inspect
import sys
from collections.abc import Callable
from typing import Any

from headrace._src.core import dtypes

_DTYPES = {name: getattr(dtypes, name) for name in ("float32", "int32", "int64", "string")}


def either(new: str, value: Any, old: str, old_value: Any) -> Any:
    """The value of a parameter with two names: of the one that is given.

    Raises ValueError where both are.
    """
    if old_value is None:
        return value
    if value is not None:
        raise ValueError(f"Cannot specify both '{old}' and '{new}'.")
    return old_value


def translated(
    modern: Callable, signature: str, example: str, unused: str = "", **renamed: str
) -> Callable:
    """A function with an old signature that calls `modern`.

    signature: such as "squeeze(input, axis=None, name=None, squeeze_dims=None)"; dtypes stand there
    by their names. renamed: which parameter an old one stands for; where the signature has both,
    either may be given. unused: parameters that have no effect in TensorFlow either. example: a
    call, " -> " and what it shows.
    """
    name, _, parameters = signature.removesuffix(")").partition("(")
    scope: dict[str, Any] = {"modern": modern, "either": either, **_DTYPES}
    exec(f"def {name}({parameters}): pass", scope)
    names = inspect.signature(scope[name]).parameters
    lines, passed = [f"def {name}({parameters}):"], []
    for each in names:
        target = renamed.get(each, each)
        if target != each and target in names:
            lines.append(f"    {target} = either({target!r}, {target}, {each!r}, {each})")
        elif each == "keepdims":
            passed.append("keepdims=keepdims or False")
        elif each not in unused.split():
            passed.append(f"{target}={each}")
    lines.append(f"    return modern({', '.join(passed)})")
    exec("\n".join(lines), scope)
    function = scope[name]
    function.__module__ = sys._getframe(1).f_globals["__name__"]
    function.__doc__ = _words(modern, example, unused, renamed)
    return function


def _words(modern: Callable, example: str, unused: str, renamed: dict[str, str]) -> str:
    """A docstring: what the function of today says first, the old names, the example."""
    first = (inspect.getdoc(modern) or "").partition("\n")[0]
    notes = [f"`{old}` is the old name of `{new}`." for old, new in renamed.items()]
    notes += [f"`{each}` has no effect, as in TensorFlow." for each in unused.split()]
    call, _, result = example.partition(" -> ")
    shown = f">>> {call}\n{result}" if result else f">>> {call}"
    return "\n\n".join(filter(None, (first, " ".join(notes), shown)))
