"""Sets in the rows of tensors: `intersection`, `union`, `difference`, `size`; and `mask`.

The one idea: an element becomes one number, its row's times the number of distinct elements plus
its own among these, so a set operation on all rows is one on two vectors of numbers.

Read next: ops/unique.py.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, unknown, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.gather import gather_op
from headrace._src.ops.sparse_positions import check_positions, places, positions
from headrace._src.ops.sparse_tensor import SparseTensor, SparseTensorValue, as_sparse

_ALLOWED = (
    dtypes.int32, dtypes.uint8, dtypes.int16, dtypes.int8, dtypes.string, dtypes.int64,
    dtypes.uint16,
)  # fmt: skip
_ALLOWED_TEXT = f"`frozenset({{{', '.join(map(repr, _ALLOWED))}}})`"


def intersection(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """The elements that both `a` and `b` have, row by row.

    a, b: tensors or `SparseTensor`s of integers or strings of one dtype and of rank >= 2 that agree
    in all sizes but the last: each row along it is a set, in which an element may come twice.
    validate_indices: whether positions of sparse tensors must be in order. Answers a sparse tensor;
    the elements of each row are sorted.

    >>> tf.sparse.to_dense(tf.sets.intersection([[1, 2, 3]], [[3, 2, 9]])).numpy()
    array([[2, 3]], dtype=int32)

    Raises TypeError for other dtypes, tf.errors.InvalidArgumentError where the shapes do not fit.
    Ops: DenseToDenseSetOperation, DenseToSparseSetOperation, SparseToSparseSetOperation.
    """
    return _operated(a, b, "intersection", validate_indices)


def union(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """The elements that `a` or `b` has, row by row. Arguments as in `tf.sets.intersection`.

    >>> tf.sparse.to_dense(tf.sets.union([[1, 2, 3]], [[3, 2, 9]])).numpy()
    array([[1, 2, 3, 9]], dtype=int32)

    Ops: DenseToDenseSetOperation, DenseToSparseSetOperation, SparseToSparseSetOperation.
    """
    return _operated(a, b, "union", validate_indices)


def difference(a: Any, b: Any, aminusb: bool = True, validate_indices: bool = True) -> SparseTensor:
    """The elements that `a` has and `b` has not, row by row; the other way round without `aminusb`.

    Other arguments as in `tf.sets.intersection`.

    >>> tf.sparse.to_dense(tf.sets.difference([[1, 2, 3]], [[3, 2, 9]])).numpy()
    array([[1]], dtype=int32)

    Ops: DenseToDenseSetOperation, DenseToSparseSetOperation, SparseToSparseSetOperation.
    """
    return _operated(a, b, "a-b" if aminusb else "b-a", validate_indices)


_TURNED = {"a-b": "b-a", "b-a": "a-b"}


def _operated(a: Any, b: Any, operation: str, validate: bool) -> SparseTensor:
    a, b = _given(a), _given(b)
    if a.dtype not in _ALLOWED:
        raise TypeError(
            f"'a' has invalid dtype `{a.dtype}` not in supported dtypes: {_ALLOWED_TEXT}."
        )
    if b.dtype is not a.dtype:
        raise TypeError(f"Types don't match, {a.dtype} vs {b.dtype}.")
    if isinstance(a, SparseTensor) and not isinstance(b, SparseTensor):
        a, b, operation = b, a, _TURNED.get(operation, operation)
    validate = bool(validate)
    if isinstance(a, SparseTensor):
        found = sparse_to_sparse_set_operation(
            a.indices, a.values, a.dense_shape, b.indices, b.values, b.dense_shape,
            operation, validate,
        )  # fmt: skip
    elif isinstance(b, SparseTensor):
        found = dense_to_sparse_set_operation(
            a, b.indices, b.values, b.dense_shape, operation, validate
        )
    else:
        found = dense_to_dense_set_operation(a, b, operation, validate)
    return SparseTensor(*found)


def _given(x: Any) -> Any:
    return as_sparse(x) if isinstance(x, (SparseTensor, SparseTensorValue)) else convert(x)


def _result(rank: Any) -> list[TensorShape]:
    return [TensorShape([None, rank]), vector(None), vector(rank)]


def _text(sizes: Any) -> str:
    return f"[{','.join(map(str, sizes))}]"


class _Sets:
    """One operand: the sizes of all axes but the last, and for each element its row and value."""

    def __init__(self, lead: list[int], rows: np.ndarray, values: np.ndarray) -> None:
        self.lead, self.rows, self.values = lead, rows, values


def _of_dense(x: Any) -> _Sets:
    x = np.asarray(x)
    if x.ndim < 2:
        raise ValueError(f"Shape {_text(x.shape)} has rank {x.ndim} < 2")
    count = math.prod(x.shape[:-1])
    return _Sets(list(x.shape[:-1]), np.repeat(np.arange(count), x.shape[-1]), x.reshape(-1))


def _of_sparse(indices: Any, values: Any, shape: Any, validate: bool) -> _Sets:
    indices, sizes = np.asarray(indices), np.asarray(shape).tolist()
    if len(sizes) < 2:
        raise ValueError(f"Shape {_text(sizes)} has rank {len(sizes)} < 2")
    if validate:
        check_positions(indices, sizes)
    outside = ((indices < 0) | (indices >= np.array(sizes, np.int64))).any(1)
    if outside.any():
        row = int(np.argmax(outside))
        raise ValueError(
            f"indices[{row}] = {_text(indices[row])} is out of bounds: need 0 <= index < "
            f"{_text(sizes)}"
        )
    return _Sets(sizes[:-1], places(indices[:, :-1], sizes[:-1]), np.asarray(values))


_OPERATIONS = ("intersection", "union", "a-b", "b-a")


def _is_in_order(rows: np.ndarray) -> bool:
    return bool((rows[1:] >= rows[:-1]).all())


def _runs(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The row of each run of equal ones, and for each element the number of its run."""
    is_first = np.ones(len(rows), bool)
    np.not_equal(rows[1:], rows[:-1], out=is_first[1:])
    return rows[is_first], np.cumsum(is_first) - 1


def _aligned(a: _Sets, b: _Sets) -> tuple[_Sets, _Sets, np.ndarray]:
    """Sets whose rows are out of order, with other numbers for the rows, and which row each means.

    TensorFlow takes the runs of equal rows as they come, and the lesser of two first: a row may
    come up more than once, each time as a set of its own.
    """
    (rows_a, run_a), (rows_b, run_b) = _runs(a.rows), _runs(b.rows)
    left, right = rows_a.tolist(), rows_b.tolist()
    steps: tuple[list[int], list[int]] = ([], [])
    order: list[int] = []
    while len(steps[0]) < len(left) or len(steps[1]) < len(right):
        ahead = [x[len(s)] for x, s in zip((left, right), steps, strict=True) if len(s) < len(x)]
        row = min(ahead)
        for own, step in zip((left, right), steps, strict=True):
            if len(step) < len(own) and own[len(step)] == row:
                step.append(len(order))
        order.append(row)
    count = [len(order)]
    return (
        _Sets(count, np.array(steps[0], np.int64)[run_a], a.values),
        _Sets(count, np.array(steps[1], np.int64)[run_b], b.values),
        np.array(order, np.int64),
    )


def _combined(a: _Sets, b: _Sets, operation: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The positions, values and shape of the sets that the operation makes of each two rows."""
    if a.lead != b.lead:
        raise ValueError(f"Mismatched shapes {_text(a.lead)} vs {_text(b.lead)}")
    if operation not in _OPERATIONS:
        raise ValueError(f"Invalid set_operation {operation}.")
    if operation == "b-a":
        a, b, operation = b, a, "a-b"
    lead, order = a.lead, None
    if not (_is_in_order(a.rows) and _is_in_order(b.rows)):
        a, b, order = _aligned(a, b)
    numbers, size, value = _numbered(a, b)
    kept = _operate(*(_distinct(n) for n in numbers), operation)
    rows = kept // size
    rest = kept - rows * size
    lengths = np.bincount(rows.astype(np.int64), minlength=1)
    column = np.arange(len(rows)) - (np.cumsum(lengths) - lengths)[rows]
    rows = rows if order is None else order[rows]
    indices = np.concatenate([positions(rows, lead), column[:, None]], 1, dtype=np.int64)
    shape = np.array([*lead, lengths.max() if len(rows) else 0], np.int64)
    return indices, value(rest).astype(a.values.dtype, copy=False), shape


def _numbered(*sets: _Sets) -> tuple[list[np.ndarray], Any, Callable]:
    """The number of each element, by what rows are multiplied in it, and the value of the rest."""
    values = [s.values for s in sets]
    count = math.prod(sets[0].lead)
    given = [v for v in values if v.size]
    if given and values[0].dtype != object:
        low = min(int(v.min()) for v in given)
        size = max(int(v.max()) for v in given) - low + 1
        if size * count < 2**63:  # a value less the lowest will do, and nothing need be looked up
            kind = np.int32 if size * count < 2**31 else np.int64
            numbers = [
                s.rows.astype(kind) * kind(size) + (s.values.astype(np.int64) - low).astype(kind)
                for s in sets
            ]
            return numbers, kind(size), lambda rest: rest.astype(np.int64) + low
    distinct, code = np.unique(np.concatenate(values), return_inverse=True)
    size, codes = max(len(distinct), 1), np.split(code.reshape(-1), [len(values[0])])
    numbers = [s.rows * size + own for s, own in zip(sets, codes, strict=False)]
    return numbers, size, lambda rest: distinct[rest]


def _distinct(numbers: np.ndarray) -> np.ndarray:
    """In order and each once. What is in order already, as of a sparse tensor, is not sorted."""
    if not (numbers[1:] >= numbers[:-1]).all():
        numbers = np.sort(numbers)
    is_first = np.ones(len(numbers), bool)
    np.not_equal(numbers[1:], numbers[:-1], out=is_first[1:])
    return numbers if is_first.all() else numbers[is_first]


def _operate(a: np.ndarray, b: np.ndarray, operation: str) -> np.ndarray:
    """The operation on two vectors of distinct numbers in order."""
    if operation == "a-b":
        at = np.searchsorted(b, a)
        inside = at < len(b)
        inside[inside] = b[at[inside]] == a[inside]
        return a[~inside]
    both = np.concatenate([a, b])
    both.sort(kind="stable")  # which merges two vectors that are in order
    if operation == "union":
        return _distinct(both)
    return both[1:][both[1:] == both[:-1]]


def _of_two(a: TensorShape, b: TensorShape, *_: Any) -> list[TensorShape]:
    for x in (a, b):
        if x.rank is not None and x.rank < 2:
            raise ShapeError(
                f"Shape {bracketed(x)} has rank {x.rank} < 2",
                f"Shape must be at least rank 2 but is rank {x.rank}",
            )
    return _result(a.rank or b.rank)


@op("DenseToDenseSetOperation", shape=_of_two, cost="host")
def dense_to_dense_set_operation(
    set1: Tensor,
    set2: Tensor,
    set_operation: str,
    validate_indices: bool = True,
    name: str | None = None,
) -> Any:
    """The sets made of the rows of two dense tensors."""
    return _combined(_of_dense(set1), _of_dense(set2), set_operation)


@op("DenseToSparseSetOperation",
    shape=lambda a, indices, values, shape, *_: _result(shape[0] if shape.rank else a.rank),
    cost="host")  # fmt: skip
def dense_to_sparse_set_operation(
    set1: Tensor,
    set2_indices: Tensor,
    set2_values: Tensor,
    set2_shape: Tensor,
    set_operation: str,
    validate_indices: bool = True,
    name: str | None = None,
) -> Any:
    """The sets made of the rows of a dense and a sparse tensor."""
    other = _of_sparse(set2_indices, set2_values, set2_shape, validate_indices)
    if not _is_in_order(other.rows):
        # The rows of the dense one are gone through once: what comes too late is not met.
        end = int(np.argmax(other.rows[1:] < other.rows[:-1])) + 1
        other = _Sets(other.lead, other.rows[:end], other.values[:end])
    return _combined(_of_dense(set1), other, set_operation)


@op("SparseToSparseSetOperation",
    shape=lambda indices, values, shape, *_: _result(shape[0] if shape.rank else None),
    cost="host")  # fmt: skip
def sparse_to_sparse_set_operation(
    set1_indices: Tensor,
    set1_values: Tensor,
    set1_shape: Tensor,
    set2_indices: Tensor,
    set2_values: Tensor,
    set2_shape: Tensor,
    set_operation: str,
    validate_indices: bool = True,
    name: str | None = None,
) -> Any:
    """The sets made of the rows of two sparse tensors."""
    one = _of_sparse(set1_indices, set1_values, set1_shape, validate_indices)
    other = _of_sparse(set2_indices, set2_values, set2_shape, validate_indices)
    return _combined(one, other, set_operation)


def size(a: Any, validate_indices: bool = True) -> Tensor:
    """How many distinct elements each row of a sparse tensor has.

    a: a `SparseTensor` of integers or strings, of rank >= 2; rows are along the last axis.

    >>> x = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [7, 7, 7], [2, 2])
    >>> tf.sets.size(x).numpy()
    array([1, 1], dtype=int32)

    Raises TypeError for what is not sparse or of another dtype. Op: SetSize.
    """
    a = _given(a)
    if not isinstance(a, SparseTensor):
        raise TypeError(f"Expected `SparseTensor`, got {a!s}.")
    if a.dtype not in _ALLOWED:
        raise TypeError(f"Invalid dtype `{a.dtype}` not in supported dtypes: {_ALLOWED_TEXT}.")
    return set_size(a.indices, a.values, a.dense_shape, bool(validate_indices))


def _sizes(indices: TensorShape, values: TensorShape, shape: TensorShape, *_: Any) -> TensorShape:
    if not shape.rank or shape[0] is None:
        return unknown
    return TensorShape([None] * max(shape[0] - 1, 0))


@op("SetSize", shape=_sizes, cost="host")
def set_size(
    set_indices: Tensor,
    set_values: Tensor,
    set_shape: Tensor,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """How many distinct elements each row has."""
    rank = len(np.asarray(set_shape))
    if rank < 2:
        raise ValueError(f"Invalid rank {rank}.")
    sets = _of_sparse(set_indices, set_values, set_shape, validate_indices)
    # Of the runs of a row the last one counts, as in TensorFlow.
    of_runs, runs = _runs(sets.rows)
    (numbers,), size, _ = _numbered(_Sets([len(of_runs)], runs, sets.values))
    distinct = _distinct(numbers) // size
    counts = np.zeros(math.prod(sets.lead), np.int32)
    counts[of_runs] = np.bincount(distinct.astype(np.int64), minlength=len(of_runs))
    return counts.reshape(sets.lead)


for _door in (
    dense_to_dense_set_operation,
    dense_to_sparse_set_operation,
    sparse_to_sparse_set_operation,
    set_size,
):
    no_gradient(_door, why="Sets hold integers and strings.")


def mask(a: IndexedSlices, mask_indices: Any, name: str | None = None) -> IndexedSlices:
    """The rows of an `IndexedSlices` without those at some positions.

    mask_indices: a vector of positions along the first axis; those of `a` among them are left out.

    >>> rows = tf.IndexedSlices(tf.constant([[1.], [2.]]), tf.constant([12, 26]))
    >>> tf.sparse.mask(rows, [12]).values.numpy()
    array([[2.]], dtype=float32)

    Ops: ListDiff, GatherV2.
    """
    indices, chosen = list_diff(a.indices, mask_indices, name=name)
    return IndexedSlices(gather_op(a.values, chosen, 0), indices, a.dense_shape)


def _vectors(x: TensorShape, y: TensorShape, out_idx: Any) -> list[TensorShape]:
    for which, shape in (("x", x), ("y", y)):
        if shape.rank not in (None, 1):
            raise ShapeError(
                f"{which} should be a 1D vector.", f"Shape must be rank 1 but is rank {shape.rank}"
            )
    return [vector(None), vector(None)]


@op("ListDiff", shape=_vectors, cost="host")
def list_diff(
    x: Tensor, y: Tensor, out_idx: dtypes.DType = dtypes.int32, name: str | None = None
) -> Any:
    """The elements of `x` that are not in `y`, as they stand, and where they stand."""
    x, y = np.asarray(x), np.asarray(y)
    _vectors(TensorShape(x.shape), TensorShape(y.shape), None)
    if x.dtype == object:
        others = set(y.tolist())
        kept = np.array([v not in others for v in x.tolist()], bool)
    else:
        kept = ~np.isin(x, y)
    return x[kept], np.flatnonzero(kept).astype(out_idx.array_dtype)


no_gradient(list_diff, why="TensorFlow has none: which elements stay depends on equality.",
            is_error=True)  # fmt: skip
