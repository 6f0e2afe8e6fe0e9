"""All rows, found and run: what the runner and the house's tests do with a row, in the same way.

A subject's rows are the list `ROWS` of tests/cases/SUBJECT.py. `SUBJECTS` reads every such file;
one that cannot be imported keeps its error and spoils no other's rows. Inside `listening` every op
is heard, so those that a function is made of are seen too, with their inputs and outputs.

Read next: tests/cases/row.py, then tests/test_ops.py.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.sparse_tensor import SparseTensor
from headrace._src.core.tensor import EagerTensor, array_of
from headrace._src.engine.op import Op
from headrace._src.objects.gradient_tape import GradientTape
from tests.cases.row import Case, Error, Row


def _read() -> Iterator[tuple[str, list[Row] | Exception]]:
    for path in sorted(Path(__file__).with_name("cases").glob("*.py")):
        if path.stem in ("__init__", "row"):
            continue
        try:
            rows = import_module(f"tests.cases.{path.stem}").ROWS
            yield path.stem, [plain for row in rows for plain in row.expanded()]
        except Exception as error:  # test_ops.py's first test raises it
            yield path.stem, error


SUBJECTS: dict[str, list[Row] | Exception] = dict(_read())


def rows(kind: type[Row]) -> Iterator[tuple[str, Any]]:
    """Every row of a kind with its title, the alternatives told apart."""
    for subject, found in SUBJECTS.items():
        for row in found if isinstance(found, list) else ():
            if isinstance(row, kind):
                yield f"{subject}-{row.title}", row


def cases() -> Iterator[tuple[str, Case]]:
    """The rows that succeed."""
    return rows(Case)


def cases_in_graphs() -> Iterator[tuple[str, Case]]:
    """Those of them that succeed in a graph too, with the same result."""
    return ((title, row) for title, row in cases() if not row.eager_only)


def errors() -> Iterator[tuple[str, Error]]:
    """The rows that fail."""
    return rows(Error)


# ---- running -------------------------------------------------------------------------------------


class Call(NamedTuple):
    """One op that ran."""

    op: Op
    inputs: tuple
    attributes: tuple
    outputs: Any


class Listener:
    """A recorder (engine/tape.py) that writes down every op."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def record(self, op: Op, inputs: tuple, attributes: tuple, outputs: Any) -> None:
        self.calls.append(Call(op, inputs, attributes, outputs))

    def read(self, variable: Any, tensor: Any) -> None:
        pass  # a variable is no op

    def call(self, rule: Callable, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        pass  # nor is a function with its own gradient; the ops in it are heard


@contextmanager
def listening() -> Iterator[list[Call]]:
    """The list of all ops that run inside the block."""
    listener = Listener()
    thread.context.recorders.append(listener)
    try:
        yield listener.calls
    finally:
        thread.context.recorders.remove(listener)


@contextmanager
def compiled() -> Iterator[None]:
    """A block in which every op that XLA may run is run by XLA, however small."""
    thread.context.is_quick = False
    try:
        yield
    finally:
        thread.context.is_quick = True


def call(row: Row, dtype: DType) -> Any:
    """What the row's function answers, its drawn inputs being tensors of `dtype`."""
    inputs, kwargs = row.filled(dtype, EagerTensor)
    return row.function(*inputs, **kwargs)


def arrays(row: Row, dtype: DType) -> list[tuple[np.ndarray, DType]]:
    """The drawn inputs, in order."""
    found: list[tuple[np.ndarray, DType]] = []
    row.filled(dtype, lambda array, own: found.append((array, own)))
    return found


def call_with(row: Row, dtype: DType, tensors: Sequence[EagerTensor]) -> Any:
    """What the row's function answers with `tensors` as its drawn inputs."""
    queue = iter(tensors)
    inputs, kwargs = row.filled(dtype, lambda array, own: next(queue))
    return row.function(*inputs, **kwargs)


def leaves(result: Any) -> list[Any]:
    """The tensors, and whatever else, that a function answers, in order."""
    if isinstance(result, IndexedSlices):
        return [result.values, result.indices]
    if isinstance(result, SparseTensor):
        return [result.indices, result.values, result.dense_shape]
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (list, tuple)):
        return [leaf for item in result for leaf in leaves(item)]
    return [result]


def value(leaf: Any) -> Any:
    """A leaf as an array, where it is a tensor or holds one."""
    if isinstance(leaf, EagerTensor):
        return array_of(leaf)
    return leaf.numpy() if hasattr(leaf, "numpy") else leaf


# ---- gradients -----------------------------------------------------------------------------------


def dense(gradient: Any) -> Any:
    """A gradient as a tensor, indexed slices added up."""
    return gradient.dense() if isinstance(gradient, IndexedSlices) else gradient


class Derivatives:
    """The first and second derivatives of a row at one point, by tapes.

    The point is all floating inputs of the row and a weight for each floating output: a gradient
    rule is a function of both, and the second order asks for its derivatives by both.
    """

    def __init__(self, row: Case, dtype: DType) -> None:
        self.row, self.dtype = row, dtype
        drawn = arrays(row, dtype)
        self.fixed = [None if own.is_differentiable else EagerTensor(a, own) for a, own in drawn]
        self.dtypes = [own for _, own in drawn if own.is_differentiable]
        self.inputs = [a for a, own in drawn if own.is_differentiable]
        outputs = self.targets(self.tensors(self.inputs))
        self.output_dtypes = [o.dtype for o in outputs]
        random = np.random.default_rng(1)
        self.weights = [like(random, o) for o in outputs]

    def tensors(self, inputs: list[np.ndarray]) -> list[EagerTensor]:
        return [EagerTensor(a, d) for a, d in zip(inputs, self.dtypes, strict=True)]

    def targets(self, tensors: list[EagerTensor]) -> list[EagerTensor]:
        """The floating outputs."""
        queue = iter(tensors)
        filled = [next(queue) if f is None else f for f in self.fixed]
        result = leaves(call_with(self.row, self.dtype, filled))
        return [t for t in result if isinstance(t, EagerTensor) and t.dtype.is_differentiable]

    def first(self, inputs: list[np.ndarray], weights: list[np.ndarray]) -> list[Any]:
        """The gradient by each input of the outputs' weighted sum."""
        xs = self.tensors(inputs)
        return self._first(xs, self._weights(weights))

    def _first(self, xs: list[EagerTensor], ws: list[EagerTensor]) -> list[Any]:
        with GradientTape() as tape:
            for x in xs:
                tape.watch(x)
            outputs = self.targets(xs)
        return [dense(g) for g in tape.gradient(outputs, xs, ws)]

    def second(
        self, inputs: list[np.ndarray], weights: list[np.ndarray], turned: list[np.ndarray | None]
    ) -> list[Any]:
        """The gradient by inputs and weights of the first gradients' sum, weighted by `turned`."""
        xs, ws = self.tensors(inputs), self._weights(weights)
        with GradientTape() as tape:
            for each in [*xs, *ws]:
                tape.watch(each)
            found = self._first(xs, ws)
        given = [
            (g, EagerTensor(t, g.dtype))
            for g, t in zip(found, turned, strict=True)
            if g is not None
        ]
        gradients, directions = [g for g, _ in given], [t for _, t in given]
        return [dense(g) for g in tape.gradient(gradients, [*xs, *ws], directions)]

    def _weights(self, weights: list[np.ndarray]) -> list[EagerTensor]:
        return [EagerTensor(w, d) for w, d in zip(weights, self.output_dtypes, strict=True)]


def like(random: np.random.Generator, tensor: Any) -> np.ndarray:
    """Random numbers of the shape and dtype of a tensor or an array."""
    shape, dtype = tuple(tensor.shape), tensor.dtype
    dtype = getattr(dtype, "array_dtype", dtype)
    numbers = random.uniform(-1, 1, shape)
    if np.dtype(dtype).kind == "c":
        numbers = numbers + 1j * random.uniform(-1, 1, shape)
    return np.asarray(numbers).astype(dtype)


def dot(one: Sequence[Any], other: Sequence[Any]) -> float:
    """The real inner product of two lists of arrays; None stands for zeros."""
    pairs = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    return float(sum(np.sum(np.conj(value(a)) * value(b)).real for a, b in pairs))
