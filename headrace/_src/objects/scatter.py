"""Assigning to parts of a variable: slices, rows of batches, single elements (`scatter_nd_*`).

Each of them computes a new value from the old one with ordinary ops and puts it in place, under
the variable's lock and unheard by tapes. They are methods of `Variable`, kept in a file of their
own; so are the two that read parts. TensorFlow has ops of their own for all of these
(`ResourceScatterAdd`, ...), and errors bear their names: `_as` renames what the ordinary ops
complain about.

Read next: objects/scatter_rows.py, objects/variable.py.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.tensor import Tensor, array_of
from headrace._src.engine.convert import convert
from headrace._src.objects import state
from headrace._src.objects.scatter_rows import check_kind, complaint, without_kernel
from headrace._src.objects.state import brackets
from headrace._src.ops.array import reshape
from headrace._src.ops.gather import gather_op
from headrace._src.ops.scatter import (
    gather_nd_op,
    tensor_scatter_nd_add,
    tensor_scatter_nd_max,
    tensor_scatter_nd_min,
    tensor_scatter_nd_sub,
    tensor_scatter_nd_update,
)
from headrace._src.ops.slice_spec import spec_of
from headrace._src.ops.slicing import tensor_strided_slice_update


def replace(variable: Any, compute: Callable[[Any], Any]) -> Any:
    """Puts `compute(old value)` in place of the old value, atomically and unrecorded."""
    context = thread.context
    if context.graph is not None:
        return variable._assigned(state.replace_in_graph(variable, compute, None))
    with variable._lock:
        recorders, context.recorders = context.recorders, []
        try:
            variable._put(compute(variable._value))
        finally:
            context.recorders = recorders
    return variable._assigned()


@contextmanager
def _as(op: str, *own: str) -> Iterator[None]:
    """Errors of the ops `own` as errors of `op`."""
    try:
        yield
    except errors.InvalidArgumentError as error:
        text = error.message
        for ours in own:
            text = text.replace(ours, op)
        raise errors.InvalidArgumentError(None, None, text) from None


# ---- reading -------------------------------------------------------------------------------------


def sparse_read(self: Any, indices: Any, name: str | None = None) -> Tensor:
    """The rows at `indices`; the gradient is an `IndexedSlices`."""
    with _as("ResourceGather", "GatherV2"):
        return gather_op(self._read(), indices, 0, 0, name)


def gather_nd(self: Any, indices: Any, name: str | None = None) -> Tensor:
    """The elements or slices that the last axis of `indices` points at."""
    with _as("ResourceGatherNd", "GatherNd"):
        return gather_nd_op(self._read(), indices, "", name)


# ---- slices --------------------------------------------------------------------------------------


def may_assign(key: Any) -> bool:
    """Whether what `variable[key]` answers is a slice (which can be assigned to) and no mask."""
    return not isinstance(key, bool) and getattr(getattr(key, "dtype", None), "name", "") != "bool"


def assign_slice(
    variable: Any, key: Any, shape: Any, val: Any, name: str = "strided_slice/_assign"
) -> Any:
    """Assigns `val`, broadcast to `shape`, to `variable[key]`; the variable.

    >>> v = tf.Variable([[1, 2], [3, 4]])
    >>> v[0, 1].assign(42)
    <tf.Variable 'UnreadVariable' shape=(2, 2) dtype=int32, numpy=
    array([[ 1, 42],
           [ 3,  4]], dtype=int32)>
    """
    value: Tensor = convert(val, variable.dtype)
    given, final = tuple(value.shape), tuple(shape)
    if len(given) > len(final) and all(n == 1 for n in given[: len(given) - len(final)]):
        given = given[len(given) - len(final) :]
        value = reshape(value, given)
    if len(given) > len(final) or any(
        n not in (1, m) for n, m in zip(given[::-1], final[::-1], strict=False)
    ):
        fact = (
            f"Cannot broadcast input shape {brackets(value.shape)} into final shape "
            f"{brackets(shape)}"
        )
        raise complaint("ResourceStridedSliceAssign", fact, name)
    spec = spec_of(key if isinstance(key, (list, tuple)) else (key,))
    begin, end, strides = (tuple(part) for part in spec[:3])
    return replace(
        variable,
        lambda old: tensor_strided_slice_update(old, begin, end, strides, value, *spec[3:]),
    )


# ---- rows ----------------------------------------------------------------------------------------


def batch_scatter_update(
    self: Any, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
) -> Any:
    """Puts rows in place within each batch: `v[b, indices[b, i]] = values[b, i]`.

    sparse_delta: an `IndexedSlices`; all axes of its indices but the last are batches.

    Raises TypeError for anything else, InvalidArgumentError for a position that is not there.
    """
    check_kind(sparse_delta)
    indices = array_of(convert(sparse_delta.indices))
    values: Tensor = convert(sparse_delta.values, self.dtype)
    if not indices.ndim:
        indices, values = indices[None], reshape(values, (1, *tuple(values.shape)[1:]))
    batches = np.indices(indices.shape)[:-1].astype(indices.dtype)
    positions = np.stack([*batches, indices], axis=-1)

    def compute(old: Any) -> Any:
        with _as("ResourceScatterNdUpdate", "TensorScatterUpdate"):
            return tensor_scatter_nd_update(old, positions, values)

    return replace(self, compute)


# ---- elements ------------------------------------------------------------------------------------


def _elements(update: Callable, own: str, op: str, words: str) -> Callable:
    """A `scatter_nd_*` method."""

    def scatter(self: Any, indices: Any, updates: Any, name: str | None = None) -> Any:
        where: Tensor = convert(indices)
        values = convert(updates, self.dtype)
        # TensorFlow takes [i] for [[i]] here.
        if tuple(where.shape) == (1,) and values.shape.rank == self._value.ndim:
            where = reshape(where, (1, 1))
        if self.dtype.name == "string" and not op.endswith("Update"):
            raise without_kernel(op, "T=DT_STRING")

        def compute(old: Any) -> Any:
            with _as(op, own):
                return update(old, where, values, name)

        return replace(self, compute)

    scatter.__doc__ = f"""{words} the elements or slices at `indices`.

        indices: [..., k] positions in the first k axes. updates: [..., *the other axes].

        Raises InvalidArgumentError where a position is not there or the shapes do not fit."""
    return scatter


scatter_nd_add = _elements(
    tensor_scatter_nd_add, "TensorScatterAdd", "ResourceScatterNdAdd", "Adds `updates` to"
)
scatter_nd_sub = _elements(
    tensor_scatter_nd_sub, "TensorScatterSub", "ResourceScatterNdSub", "Subtracts `updates` from"
)
scatter_nd_update = _elements(
    tensor_scatter_nd_update,
    "TensorScatterUpdate",
    "ResourceScatterNdUpdate",
    "Puts `updates` in the place of",
)
scatter_nd_max = _elements(
    tensor_scatter_nd_max,
    "TensorScatterMax",
    "ResourceScatterNdMax",
    "Takes the maximum of `updates` and",
)
scatter_nd_min = _elements(
    tensor_scatter_nd_min,
    "TensorScatterMin",
    "ResourceScatterNdMin",
    "Takes the minimum of `updates` and",
)
for _name, _method in list(globals().items()):
    if _name.startswith("scatter_"):
        _method.__name__ = _method.__qualname__ = _name
