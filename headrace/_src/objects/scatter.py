"""Assigning to parts of a variable: slices, rows (`scatter_*`) and single elements (`scatter_nd_*`).

Each of them computes a new value from the old one with an ordinary op and puts it in place, under the
variable's lock. They are methods of `Variable`, kept in a file of their own.

Read next: objects/variable.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.engine.convert import convert
from headrace._src.ops.array import expand_dims
from headrace._src.ops.gather import (
    gather,
    gather_nd,
    tensor_scatter_nd_add,
    tensor_scatter_nd_max,
    tensor_scatter_nd_min,
    tensor_scatter_nd_sub,
    tensor_scatter_nd_update,
)
from headrace._src.ops.math import divide, multiply
from headrace._src.ops.slicing import tensor_strided_slice_update

__all__ = ["gather", "gather_nd"]


def _replace(variable: Any, compute: Callable[[Any], Any]) -> Any:
    """Puts `compute(old value)` in place of the old value, atomically and unrecorded."""
    context = thread.context
    with variable._lock:
        recorders, context.recorders = context.recorders, []
        try:
            variable._put(compute(variable._value))
        finally:
            context.recorders = recorders
    return variable.assigned()


def assign_slice(variable: Any, key: Any, value: Any, name: str | None = None) -> Any:
    """Assigns `value`, broadcast, to `variable[key]`; the variable.

    >>> v = tf.Variable([[1, 2], [3, 4]])
    >>> v[0, 1].assign(42)
    <tf.Variable 'UnreadVariable' shape=(2, 2) dtype=int32, numpy=
    array([[ 1, 42],
           [ 3,  4]], dtype=int32)>
    """
    value = convert(value, variable.dtype)
    return _replace(variable, lambda old: tensor_strided_slice_update(old, key, value))


def _rows(update: Callable, method: str) -> Callable:
    """A `scatter_*` method: `update(old, positions, rows)` for an `IndexedSlices`."""

    def scatter(
        self: Any, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        if not isinstance(sparse_delta, IndexedSlices):
            raise TypeError(
                f"Argument `sparse_delta` must be a `tf.IndexedSlices`. "
                f"Received arg: {sparse_delta}"
            )
        indices = convert(sparse_delta.indices)
        values = convert(sparse_delta.values, self.dtype)
        _check_rows(self, indices, values, method)
        positions = expand_dims(indices, -1)
        return _replace(self, lambda old: update(old, positions, values))

    scatter.__name__ = method
    scatter.__doc__ = f"Applies the rows of an `IndexedSlices` to the variable: {_WORDS[method]}."
    return scatter


def _check_rows(variable: Any, indices: Any, values: Any, method: str) -> None:
    op = "ResourceScatter" + method.removeprefix("scatter_").title()
    where = (
        f"{{{{function_node __wrapped__{op}_device_/job:localhost/replica:0/task:0/device:CPU:0}}}}"
    )
    rows = variable._value.shape[0]
    bad = [int(i) for i in indices.numpy().reshape(-1) if not 0 <= i < rows]
    if bad:
        at = int((indices.numpy().reshape(-1) == bad[0]).argmax())
        raise errors.InvalidArgumentError(
            None, None, f"{where} indices[{at}] = {bad[0]} is not in [0, {rows}) [Op:{op}] name: "
        )


def _each(update: Callable) -> Callable:
    """From `update(part, rows)` on gathered rows to an update of the whole tensor."""

    def whole(old: Any, positions: Any, rows: Any) -> Any:
        for i in range(positions.shape[0]):  # one by one: a row named twice is updated twice
            at = positions[i : i + 1]
            part = update(gather_nd(old, at), rows[i : i + 1] if rows.shape.ndims else rows)
            old = tensor_scatter_nd_update(old, at, part)
        return old

    return whole


_WORDS = {
    "scatter_add": "they are added to its rows at those positions",
    "scatter_sub": "they are subtracted from its rows at those positions",
    "scatter_update": "they take the place of its rows at those positions",
    "scatter_max": "each row becomes the elementwise maximum",
    "scatter_min": "each row becomes the elementwise minimum",
    "scatter_mul": "its rows are multiplied by them",
    "scatter_div": "its rows are divided by them",
}

scatter_add = _rows(tensor_scatter_nd_add, "scatter_add")
scatter_sub = _rows(tensor_scatter_nd_sub, "scatter_sub")
scatter_update = _rows(tensor_scatter_nd_update, "scatter_update")
scatter_max = _rows(tensor_scatter_nd_max, "scatter_max")
scatter_min = _rows(tensor_scatter_nd_min, "scatter_min")
scatter_mul = _rows(_each(multiply), "scatter_mul")
scatter_div = _rows(_each(divide), "scatter_div")


def batch_scatter_update(
    self: Any, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
) -> Any:
    """Puts rows in place within each batch: `v[b, indices[b, i]] = values[b, i]`."""
    raise NotImplementedError("headrace has no 'tf.Variable.batch_scatter_update' yet.")


def _elements(update: Callable, words: str) -> Callable:
    """A `scatter_nd_*` method."""

    def scatter(self: Any, indices: Any, updates: Any, name: str | None = None) -> Any:
        updates = convert(updates, self.dtype)
        return _replace(self, lambda old: update(old, indices, updates))

    scatter.__doc__ = f"{words} the elements or slices that the last axis of `indices` points at."
    return scatter


scatter_nd_add = _elements(tensor_scatter_nd_add, "Adds `updates` to")
scatter_nd_sub = _elements(tensor_scatter_nd_sub, "Subtracts `updates` from")
scatter_nd_update = _elements(tensor_scatter_nd_update, "Puts `updates` in place of")
scatter_nd_max = _elements(tensor_scatter_nd_max, "Takes the maximum of `updates` and")
scatter_nd_min = _elements(tensor_scatter_nd_min, "Takes the minimum of `updates` and")
