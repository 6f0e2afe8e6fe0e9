"""`smart_cond`: a branch that is decided at once where the predicate is known.

Read next: objects/control_flow.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core.tensor import Readable, Tensor
from headrace._src.engine.node import known_value
from headrace._src.objects.control_flow import cond


def smart_cond(
    pred: Any, true_fn: Callable | None = None, false_fn: Callable | None = None, name: Any = None
) -> Any:
    """What `true_fn()` answers where `pred` holds, else what `false_fn()` does.

    pred: a tensor, a bool, or 1 or 0. Where its value is known, which it may be inside a function
    too, only one branch is traced; else this is `tf.cond`.

    >>> tf.__internal__.smart_cond.smart_cond(True, lambda: "yes", lambda: "no")
    'yes'

    Raises TypeError for another predicate and for what is no function.
    """
    for label, function in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(function):
            raise TypeError(f"Argument `{label}` must be callable. Received {function}")
    value = _value(pred)
    if value is None:
        return cond(pred, true_fn=true_fn, false_fn=false_fn, name=name)
    return true_fn() if value else false_fn()  # type: ignore[misc]


def _value(pred: Any) -> Any:
    """The truth value of a predicate, or None where only the run will tell."""
    if isinstance(pred, (bool, np.bool_)) or (isinstance(pred, int) and pred in (0, 1)):
        return bool(pred)
    if isinstance(pred, Readable):
        return None
    if isinstance(pred, Tensor):
        return known_value(pred)
    raise TypeError(
        "Argument `pred` must be a Tensor, or a Python bool, or 1 or 0. Received: "
        f"pred={pred} of type {type(pred).__name__}"
    )
