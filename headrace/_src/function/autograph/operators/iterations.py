"""`ag__.for_stmt`: a loop of Python's, or a graph's over what only a graph can go through.

Python goes through what it can: lists, ranges, generators, and in eager mode tensors too. While a
graph is built, a tensor is gone through row by row, and the result of `tf.range` by counting,
without being made. `iterations` says for further classes of objects how to go through them.

Read next: function/autograph/operators/loops.py.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from headrace._src.core.dtypes import int32
from headrace._src.core.tensor import Readable, Tensor
from headrace._src.function.autograph.operators import staging
from headrace._src.function.autograph.operators.builtins import len_
from headrace._src.function.autograph.operators.logic import and_
from headrace._src.function.autograph.operators.loops import MORE, NOTHING, Loop
from headrace._src.ops.compare import greater, less, logical_and, logical_or

# By class: what goes through its objects while a graph is built, called like `for_stmt`. Classes
# that derive from one in here count as that one.
iterations: dict[type, Callable[..., None]] = {}


def for_stmt(
    iterated: Any,
    test: Callable[[], Any] | None,
    body: Callable[[Any], Any],
    get_state: Callable[[], tuple] = tuple,
    set_state: Callable[[tuple], None] = lambda _: None,
    names: tuple[str, ...] = (),
    options: Mapping[str, Any] = NOTHING,
) -> None:
    """Runs `body(item)` for each item of `iterated`, as long as `test()` is true after it."""
    if staging.is_tracing():
        for cls in type(iterated).__mro__:
            if cls in iterations:
                iterations[cls](iterated, test, body, get_state, set_state, names, options)
                return
        if hasattr(type(iterated), "nested_row_splits"):  # a ragged tensor
            count = iterated.nrows(int32)
            over_rows(iterated, test, body, get_state, set_state, names, options, count)
            return
    if test is None:
        for item in iterated:
            body(item)
        return
    for item in iterated:
        body(item)
        goes_on = test()
        if staging.is_symbolic(goes_on):
            raise NotImplementedError(
                "break and return statements which depend on a TF condition are not supported in "
                f"Python for loops. Did you intend to make it a TF loop?\n{MORE}"
            )
        if not goes_on:
            break


def over_tensor(
    iterated: Any, test: Any, body: Any, get_state: Any, set_state: Any, names: Any, options: Any
) -> None:
    """A loop over the numbers of a `tf.range`, or over the rows of any other tensor."""
    bounds = _range(iterated)
    if bounds is None:
        rows = staging.tensor(iterated)
        over_rows(rows, test, body, get_state, set_state, names, options)
    else:
        _over_range(Loop(names, get_state, set_state, options), bounds, test, body)


def over_rows(
    iterated: Any,
    test: Any,
    body: Any,
    get_state: Any,
    set_state: Any,
    names: Any,
    options: Any,
    count: Any = None,
) -> None:
    """A loop over what a tensor may be an index of; of `count` rows, or as many as `len_` says."""
    if count is None:
        count = len_(iterated)

    def round_(hidden: list[Any]) -> list[Any]:
        body(iterated[hidden[0]])
        return [hidden[0] + 1]

    Loop(names, get_state, set_state, options).run(
        [staging.tensor(0)],
        lambda hidden: _both(less(hidden[0], count), test),
        round_,
        count if isinstance(count, int) else None,
    )


def _over_range(
    loop: Loop,
    bounds: tuple[Any, Any, Any],
    test: Callable[[], Any] | None,
    body: Callable[[Any], Any],
) -> None:
    start, limit, delta = bounds

    def goes_on(hidden: list[Any]) -> Any:
        return _both(_is_inside(hidden[0], limit, delta), test)

    def round_(hidden: list[Any]) -> list[Any]:
        body(hidden[0])
        return [hidden[0] + delta]

    loop.run([start], goes_on, round_, _rounds(start, limit, delta))


def _both(inside: Any, test: Callable[[], Any] | None) -> Any:
    return inside if test is None else and_(lambda: inside, test)


def _range(tensor: Any) -> tuple[Any, Any, Any] | None:
    """Start, limit and step, if the tensor is what `tf.range` makes."""
    op = getattr(tensor, "op", None)
    return tuple(op.inputs) if op is not None and op.type == "Range" else None


def _is_inside(number: Any, limit: Any, delta: Any) -> Any:
    step = staging.known(delta)
    if step is not None:
        return less(number, limit) if step > 0 else greater(number, limit)
    return logical_or(
        logical_and(greater(delta, 0), less(number, limit)),
        logical_and(less(delta, 0), greater(number, limit)),
    )


def _rounds(start: Any, limit: Any, delta: Any) -> int | None:
    known = [staging.known(bound) for bound in (start, limit, delta)]
    if any(bound is None for bound in known):
        return None
    first, last, step = (np.asarray(bound).item() for bound in known)
    return max(0, math.ceil((last - first) / step))


iterations[Tensor] = over_tensor
iterations[Readable] = over_tensor
