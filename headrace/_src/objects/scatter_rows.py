"""Rows of a variable changed by those of an `IndexedSlices`: `scatter_add` and its like.

The one idea: a change of a few rows should not cost a copy of the table, so the array is changed
where it lies, unless somebody else can see it; then it is copied once. A row that is named several
times is changed as often, in that order. There is one step for each method (`ResourceScatterAdd`,
...); eager mode runs it at once, a graph has it as a node.

Read next: objects/scatter.py, engine/machine.py.
"""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import Operation
from headrace._src.engine.machine import HostMachine
from headrace._src.engine.opdef import opdef
from headrace._src.engine.step import Step, step
from headrace._src.native.rows import add_rows
from headrace._src.objects.state import brackets

# ---- complaints ----------------------------------------------------------------------------------


def complaint(op: str, fact: str, name: str | None) -> errors.InvalidArgumentError:
    """What TensorFlow's kernel of `op` says."""
    return errors.InvalidArgumentError(
        None,
        None,
        f"{{{{function_node __wrapped__{op}_device_/job:localhost/replica:0/task:0"
        f"/device:CPU:0}}}} {fact} [Op:{op}] name: {name or ''}",
    )


def without_kernel(op: str, attrs: str) -> errors.InvalidArgumentError:
    """What TensorFlow says where an op has no CPU kernel for a dtype."""
    return errors.InvalidArgumentError(
        None,
        None,
        f"No OpKernel was registered to support Op '{op}' used by {{{{node {op}}}}} with these "
        f"attrs: [{attrs}]",
    )


def check_kind(sparse_delta: Any) -> None:
    """Raises TypeError unless it is an `IndexedSlices`."""
    if not isinstance(sparse_delta, IndexedSlices):
        raise TypeError(
            f"Argument `sparse_delta` must be a `tf.IndexedSlices`. Received arg: {sparse_delta}"
        )


def _check_dtypes(op: str, indices: DType, own: DType, name: str | None) -> None:
    definition = opdef(op)
    for attr, dtype in (("dtype", own), ("Tindices", indices)):
        allowed = definition.allowed(attr)
        if allowed is not None and dtype not in allowed:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Value for attr '{attr}' of {dtype.kernel_name} is not in the list of allowed "
                f"values: {', '.join(d.kernel_name for d in allowed)}\n"
                f"\t; NodeDef: {{{{node {op}}}}} [Op:{op}] name: {name or ''}",
            )
    if own.is_complex and op.endswith(("Max", "Min")):
        raise without_kernel(op, f"dtype=DT_{own.kernel_name.upper()}")


def _check_shapes(at: tuple, given: tuple, whole: tuple) -> None:
    """Raises unless `given` are as many rows as there are positions, or a single number."""
    if not given:
        return
    if given[: len(at)] != at:
        raise ValueError(
            f"The shape of indices ({brackets(at)}) must be a prefix of the shape of updates "
            f"({brackets(given)})"
        )
    if not whole or given != at + whole[1:]:
        raise ValueError(
            "Must have updates.shape = indices.shape + params.shape[1:] or updates.shape = [], "
            f"got updates.shape {brackets(given)}, indices.shape {brackets(at)}, "
            f"params.shape {brackets(whole)}"
        )


def _check_positions(positions: np.ndarray, rows: int) -> None:
    if positions.size and (positions.min() < 0 or positions.max() >= rows):
        wrong = (positions < 0) | (positions >= rows)
        first = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"indices{brackets(first)} = {positions[first]} is not in [0, {rows})")


# ---- the two machines ----------------------------------------------------------------------------


def _on_host(put: Callable, old: np.ndarray, positions: np.ndarray, rows: np.ndarray) -> None:
    """Changes `old` in place."""
    row = old.shape[1:]
    rows = np.broadcast_to(rows, (*positions.shape, *row)).reshape((-1, *row))
    positions = positions.reshape(-1)
    put(old, positions, rows)


def _added(sign: int, otherwise: Callable) -> Callable:
    """What adds rows, or for a `sign` of -1 subtracts them; `otherwise` does for other dtypes."""

    def put(old: np.ndarray, positions: np.ndarray, rows: np.ndarray) -> None:
        if old.dtype not in (np.float32, np.float64) or not old.flags.c_contiguous:
            otherwise(old, positions, rows)
            return
        at, rows = positions.astype(np.int64), np.ascontiguousarray(rows)
        add_rows(at.size, prod(old.shape[1:]), old.itemsize, sign, at, rows, old)

    return put


def _replaced(old: np.ndarray, positions: np.ndarray, rows: np.ndarray) -> None:
    old[positions] = rows


def _divided(old: np.ndarray, positions: np.ndarray, rows: np.ndarray) -> None:
    if old.dtype.kind not in "iu":
        np.divide.at(old, positions, rows)
        return
    # Towards zero; and one after the other, which `at` does for functions of NumPy only.
    for place, by in zip(positions.tolist(), rows.tolist(), strict=True):
        here = int(old[place])
        old[place] = abs(here) // abs(by) * (1 if (here < 0) == (by < 0) else -1)


def _rows(op: str, put: Callable, at: str, words: str) -> Callable:
    """A `scatter_*` method and its step.

    put: changes an array in place at positions. at: what does in XLA, a method of `array.at[...]`.
    """

    @step(op, is_stateful=True)
    def scatter_rows(machine: Any, node: Any, variable: Any, indices: Any, updates: Any) -> tuple:
        """Changes rows of the variable."""
        whole = tuple(machine.read(variable).shape)
        _check_shapes(tuple(indices.shape), tuple(updates.shape), whole)
        count = whole[0] if whole else 1
        if machine.is_host and type(old := machine.owned(variable)) is np.ndarray:
            positions = np.asarray(indices)
            rows = np.asarray(updates)
            _check_positions(positions, count)
            if put is _divided and not rows.all():
                raise ValueError("updates must not contain 0")
            # All the rows that a scalar has is one: itself.
            with np.errstate(all="ignore"):
                _on_host(put, old if whole else old.reshape(1), positions, rows)
            machine.write(variable, old)
            return ()
        if at == "divide":
            raise NotImplementedError("XLA divides by the product of several divisors")
        machine.require(((indices >= 0) & (indices < count)).all())
        old = machine.read(variable).reshape(whole or (1,))
        new = getattr(old.at[indices], at)(updates, mode="drop")
        machine.write(variable, new.reshape(whole))
        return ()

    scatter_rows.writes = True

    def scatter(
        self: Any, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        check_kind(sparse_delta)
        indices = convert(sparse_delta.indices)
        values = convert(sparse_delta.values, self.dtype)
        _check_dtypes(op, indices.dtype, self.dtype, name)
        if thread.context.graph is not None:
            return self._assigned(_node(scatter_rows, self, indices, values, name))
        with self._lock:
            try:
                scatter_rows.run(_EAGER, None, self, indices._array, values._array)
            except ValueError as fact:
                raise complaint(op, str(fact), name) from None
        return self._assigned()

    scatter.__doc__ = f"""Changes rows of the variable by those of `sparse_delta`: {words}.

        sparse_delta: an `IndexedSlices`; its values must have the variable's dtype. use_locking:
        assignments are atomic with or without it.

        Raises TypeError for anything else, InvalidArgumentError where a position is not there."""
    return scatter


# Eager mode runs a step on it, at once.
_EAGER = HostMachine(None, "")


def _node(kind: Step, variable: Any, indices: Tensor, updates: Tensor, name: Any) -> Operation:
    graph = thread.context.graph
    node_name = graph.unique_name(name or kind.name)
    handle = graph.handle_of(variable, lambda: f"{node_name}/resource")
    inputs = [
        handle,
        graph.input(indices, f"{node_name}/indices"),
        graph.input(updates, f"{node_name}/updates"),
    ]
    attributes = {"dtype": variable.dtype, "Tindices": indices.dtype}
    return graph.add(kind, inputs, attributes, [], node_name)


scatter_add = _rows("ResourceScatterAdd", _added(1, np.add.at), "add", "they are added to")
scatter_sub = _rows(
    "ResourceScatterSub", _added(-1, np.subtract.at), "subtract", "they are subtracted from"
)
scatter_max = _rows("ResourceScatterMax", np.maximum.at, "max", "the elementwise maximum stays")
scatter_min = _rows("ResourceScatterMin", np.minimum.at, "min", "the elementwise minimum stays")
scatter_mul = _rows("ResourceScatterMul", np.multiply.at, "multiply", "they are multiplied by them")
scatter_div = _rows("ResourceScatterDiv", _divided, "divide", "they are divided by them")
scatter_update = _rows("ResourceScatterUpdate", _replaced, "set", "they are replaced")
for _name, _method in list(globals().items()):
    if _name.startswith("scatter_"):
        _method.__name__ = _method.__qualname__ = _name
