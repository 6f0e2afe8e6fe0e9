"""Between ragged tensors and dense and sparse ones: the ops over their parts.

The one idea: where each value goes. A value is in a row, that row is a value of the next partition
outward, and so on; so its position is found from the inside out (`_coordinates`), or, where the
result is made from the outside in, each cell of the result asks which value is in it (`_cells`),
which is how a compiler wants it: all shapes follow from the result's.

A result whose size depends on the longest row is for the host, for a compiler does not know it.

Read next: ragged/dense.py, ragged/sparse.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core.dtypes import int32
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, unknown, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import Static, op
from headrace._src.native.ragged import row_positions
from headrace._src.ops.array import dims, length, positions, reshape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import zeros
from headrace._src.ops.counting import dense_bincount
from headrace._src.ops.joining import concat
from headrace._src.ops.reduce import reduce_sum
from headrace._src.ops.scan import cumsum
from headrace._src.ops.scatter import gather_nd_op

# ---- to dense ------------------------------------------------------------------------------------


def _told_shape(
    shape: Any, values: TensorShape, default: TensorShape, splits: list, kinds: tuple
) -> TensorShape:
    """What `shape` says of the result, and what the values say of its inner sizes."""
    if shape is None or isinstance(shape, int):
        return unknown
    sizes = [None if n == -1 else n for n in shape]
    if any(n is not None and n < -1 for n in sizes):
        raise ValueError(f"Dimension {min(shape)} must be >= -1")
    rank = None if values.rank is None else values.rank + _partitions(kinds)
    if rank not in (None, len(sizes)):
        told = f"rt_input.rank = {rank} but shape.rank = {len(sizes)}"
        asked = ",".join("?" * len(sizes))
        raise ShapeError(
            f"rt_input.shape and shape={_text(shape)} are incompatible: {told}",
            f"rt_input.shape and shape=[{asked}] are incompatible: {told}",
        )
    if values.rank:
        for axis in range(1, values.rank):
            place = len(sizes) - values.rank + axis
            if place > 0 and sizes[place] is None:
                sizes[place] = values[axis]
    return TensorShape(sizes)


def _partitions(kinds: tuple) -> int:
    """How many of the partition's tensors cut values; a number of rows does not."""
    return sum(kind not in ("FIRST_DIM_SIZE", b"FIRST_DIM_SIZE") for kind in kinds)


def _splits_of(tensors: Any, kinds: tuple) -> list[Any]:
    """The row splits of each partition, however it is given, that of the outermost first."""
    kinds = tuple(k.decode() if isinstance(k, bytes) else k for k in kinds)
    for kind in kinds:
        if kind not in ("ROW_SPLITS", "FIRST_DIM_SIZE", "VALUE_ROWIDS"):
            raise ValueError(f"Unknown string for partition info type: {kind}")
    if kinds[0] == "VALUE_ROWIDS":
        raise ValueError("Cannot handle VALUE_ROWIDS in first dimension.")
    rows = tensors[0] if kinds[0] == "FIRST_DIM_SIZE" else None
    found = []
    for tensor, kind in zip(tensors, kinds, strict=True):
        if kind == "ROW_SPLITS":
            found.append(tensor)
            rows = tensor[-1]
        elif kind == "VALUE_ROWIDS":
            found.append(_splits_of_rowids(tensor, rows))
            rows = tensor.shape[0]
    return found


def _splits_of_rowids(rowids: Any, nrows: Any) -> Any:
    places = np.arange(int(nrows) + 1, dtype=rowids.dtype)
    if rowids.size and int(rowids.max()) >= nrows:
        raise ValueError(
            f"Got next_value_rowid={int(rowids.max())} which is not less than {int(nrows)}"
        )
    return np.searchsorted(rowids, places)


def _sizes(shape: Any, splits: list[Any], values: Any) -> tuple[int, ...]:
    """The sizes of the result: what `shape` says, else the longest row of each partition."""
    rank = len(splits) + values.ndim
    if type(shape) is not tuple:
        shape = (-1,) * rank
    if len(shape) != rank:
        raise ValueError(
            f"rt_input.shape and shape={_text(shape)} are incompatible: rt_input.rank = {rank} "
            f"but shape.rank = {len(shape)}"
        )
    inner = values.shape[1:]
    for axis, size in enumerate(inner, len(splits) + 1):
        if shape[axis] not in (-1, size):
            raise ValueError(
                f"rt_input.shape and shape={_text(shape)} are incompatible: rt_input.shape[{axis}] "
                f"= {size} but shape[{axis}] = {shape[axis]}"
            )
    natural = [len(splits[0]) - 1 if splits else len(values)]
    for part, told in zip(splits, shape[1:], strict=False):
        if told != -1 or len(part) < 2:
            natural.append(0)
            continue
        natural.append(max(int(np.diff(part).max()), 0))
    sizes = (*natural, *inner)
    return tuple(n if told == -1 else told for n, told in zip(sizes, shape, strict=True))


def _text(shape: tuple) -> str:
    return f"[{','.join('?' if n == -1 else str(n) for n in shape)}]"


def _check_default(default: Any, values: Any) -> None:
    told = (
        f"default_value.shape={_text(default.shape)} and rt_input.flat_values.shape="
        f"{_text(values.shape)} are incompatible: "
    )
    if default.ndim >= values.ndim:
        raise ValueError(
            f"{told}default_value.rank = {default.ndim}  must be less than "
            f"rt_input.flat_values.rank = {values.ndim}"
        )
    for axis in range(1, default.ndim + 1):
        mine, theirs = default.shape[-axis], values.shape[-axis]
        if mine not in (1, theirs):
            raise ValueError(
                f"{told}default_value.shape[-{axis}] = {mine} but "
                f"rt_input.flat_values.shape[-{axis}] = {theirs}"
            )


@op("RaggedTensorToTensor", shape=_told_shape, cost="host")
def ragged_tensor_to_tensor(
    shape: Static,
    values: Tensor,
    default_value: Tensor,
    row_partition_tensors: list[Tensor],
    row_partition_types: tuple,
    name: str | None = None,
) -> Tensor:
    """The values in their rows in a tensor of `shape`, whose other elements are `default_value`."""
    raise NotImplementedError("no machine runs the body: both have a kernel of their own")


@ragged_tensor_to_tensor.kernel("host")
def _(shape, values, default_value, row_partition_tensors, row_partition_types):
    if type(shape) is tuple and min(shape, default=0) < -1:
        raise ValueError(f"Dimension {min(shape)} must be >= -1")
    splits = _splits_of(row_partition_tensors, row_partition_types)
    _check_default(default_value, values)
    rows, *widths = _sizes(shape, splits, values)
    if any((part[1:] < part[:-1]).any() for part in splits):
        raise ValueError("Invalid row split size.")
    # From the inside out: what was made dense are the values of the next partition.
    for part, width in zip(reversed(splits), reversed(widths[: len(splits)]), strict=True):
        values = _rows(values, part, width, default_value)
    if len(values) >= rows:
        return values[:rows]
    out = _filled((rows, *values.shape[1:]), default_value)
    out[: len(values)] = values
    return out


def _filled(shape: tuple[int, ...], value: np.ndarray) -> np.ndarray:
    if value.ndim == 0 and not value.dtype.hasobject and not value:
        return np.zeros(shape, value.dtype)
    return np.full(shape, value, value.dtype)


def _rows(values: np.ndarray, splits: np.ndarray, width: int, default: np.ndarray) -> np.ndarray:
    """The values in rows of `width`, [rows, width, ...], cut or filled up with `default`."""
    rows, inner = len(splits) - 1, values.shape[1:]
    out = _filled((max(rows, 0), width, *inner), default)
    if rows <= 0 or not len(values) or not width:
        return out
    lengths = np.diff(splits)
    if len(values) >= _LONG * rows:
        # A long row is a copy of memory.
        cuts = splits.tolist()
        for row, (start, limit) in enumerate(zip(cuts[:-1], cuts[1:], strict=True)):
            part = values[start : min(limit, start + width)]
            out[row, : len(part)] = part
        return out
    # Columns fit into a byte or two, by which four times as many are compared at once.
    narrow = np.min_scalar_type(max(width, int(lengths.max())))
    is_there = np.arange(width, dtype=narrow) < lengths.astype(narrow)[:, None]
    if lengths.max() <= width and splits[0] == 0 and splits[-1] == len(values):
        out[is_there] = values
        return out
    at = splits[:-1, None] + np.arange(width, dtype=splits.dtype)
    is_there &= at < len(values)
    found = values.take(at, axis=0, mode="clip")
    return np.where(is_there.reshape(is_there.shape + (1,) * len(inner)), found, out)


# From so many values to a row it pays to copy row by row.
_LONG = 64


@ragged_tensor_to_tensor.kernel("xla")
def _(shape, values, default_value, row_partition_tensors, row_partition_types):
    rank = _partitions(row_partition_types)
    sizes = _known_sizes(shape, values, row_partition_tensors, row_partition_types, rank)
    if sizes is None:
        raise NotImplementedError("how large the result is depends on the longest row")
    _check_default(default_value, values)
    cell = _cells(row_partition_tensors, sizes[: rank + 1])
    is_there = cell >= 0
    found = values[xp(values).clip(cell, 0, max(len(values) - 1, 0))] if len(values) else None
    filler = xp(values).broadcast_to(default_value, sizes)
    if found is None:
        return filler
    mask = is_there.reshape(is_there.shape + (1,) * (values.ndim - 1))
    return xp(values).where(mask, found, filler)


def _known_sizes(shape: Any, values: Any, tensors: Any, kinds: tuple, rank: int) -> Any:
    """The sizes of the result where they do not depend on values; else None."""
    if any(kind not in ("ROW_SPLITS", b"ROW_SPLITS") for kind in kinds):
        return None
    if type(shape) is not tuple or len(shape) != rank + values.ndim:
        return None
    whole = (len(tensors[0]) - 1, *(-1 for _ in range(rank)), *values.shape[1:])
    sizes = tuple(n if told == -1 else told for n, told in zip(whole, shape, strict=True))
    if sizes[rank + 1 :] != tuple(values.shape[1:]) or min(sizes) < 0:
        return None
    return sizes


def _cells(splits: Any, sizes: tuple[int, ...]) -> Any:
    """For each cell of a tensor of `sizes` the number of the value in it, or -1."""
    np_ = xp(splits[0])
    rows = np_.arange(sizes[0])
    found = np_.where(rows < len(splits[0]) - 1, rows, -1)
    for part, size in zip(splits, sizes[1:], strict=True):
        row = np_.clip(found, 0, max(len(part) - 2, 0))
        starts, limits = part[row], part[np_.clip(row + 1, 0, len(part) - 1)]
        place = starts[..., None] + np_.arange(size, dtype=part.dtype)
        is_there = (found >= 0)[..., None] & (place < limits[..., None])
        found = np_.where(is_there, place, -1)
    return found


@ragged_tensor_to_tensor.gradient
def _(dz, values, default_value, row_partition_tensors, row_partition_types):
    splits = _as_splits(row_partition_tensors, row_partition_types)
    places = ragged_tensor_to_sparse(splits, positions(length(values, 0)))[0]
    # What was cut off is nowhere in the result, and gets zero.
    back = gather_nd_op(dz, places, "IGNORE")

    def of_default() -> Any:
        if default_value.shape.rank == 0:
            return reduce_sum(dz) - reduce_sum(back)
        if default_value.shape.rank != values.shape.rank - 1:
            raise NotImplementedError(
                "RaggedTensorToTensor: the gradient of a default value that is broadcast"
            )
        outer = tuple(range(len(splits) + 1))
        return reduce_sum(dz, outer) - reduce_sum(back, 0)

    # As in TensorFlow, it says of each row where it belongs.
    rows = IndexedSlices.of_all(back, positions(length(values, 0)), convert(dims(values), int32))
    return rows, of_default, [None] * len(row_partition_tensors)


def _as_splits(tensors: list[Tensor], kinds: tuple) -> list[Tensor]:
    """The row splits of each partition, as tensors; see `_splits_of`."""
    found, rows = [], tensors[0]
    for tensor, kind in zip(tensors, kinds, strict=True):
        if kind in ("ROW_SPLITS", b"ROW_SPLITS"):
            found.append(tensor)
            rows = tensor[-1]
        elif kind in ("VALUE_ROWIDS", b"VALUE_ROWIDS"):
            nothing = zeros((1,), tensor.dtype)
            lengths = dense_bincount(tensor, rows, nothing[:0])
            found.append(concat([nothing, cumsum(lengths)], 0))
            rows = cast(length(tensor, 0), tensor.dtype)
    return found


# ---- to sparse -----------------------------------------------------------------------------------


def _parts(splits: list[TensorShape], values: TensorShape) -> list[TensorShape]:
    rank = None if values.rank is None else len(splits) + values.rank
    count = values.num_elements() if values.rank is not None else None
    return [TensorShape([count, rank]), vector(count), vector(rank)]


@op("RaggedTensorToSparse", shape=_parts, cost="host")
def ragged_tensor_to_sparse(
    rt_nested_splits: list[Tensor], rt_dense_values: Tensor, name: str | None = None
) -> Any:
    """Each value with its position, and the smallest shape that they are all in."""
    np_, splits, values = xp(rt_dense_values), rt_nested_splits, rt_dense_values
    inner = math.prod(values.shape[1:])
    columns: list[Any] = []
    counts = [*(len(part) - 1 for part in splits[1:]), len(values)]
    for part, count in zip(splits, counts, strict=True):
        # The row of each value, its place there, and where that row is in the rows around.
        row = _owners(part, count)
        offset = np_.arange(count, dtype=part.dtype) - part[row]
        columns = [*(column[row] for column in columns or [np_.arange(len(part) - 1)]), offset]
    if values.ndim > 1:
        columns = [np_.repeat(column, inner) for column in columns]
        cells = np.indices(values.shape[1:]).reshape((values.ndim - 1, -1))
        columns += [np_.tile(np_.asarray(cell), len(values)) for cell in cells]
    indices = np_.stack([column.astype(np.int64) for column in columns], 1)
    return indices, values.reshape((-1,)), _bounds(splits, values)


def _owners(part: Any, count: int) -> Any:
    """For each of `count` values the row that it is in."""
    np_ = xp(part)
    if np_ is np:
        return np.repeat(np.arange(len(part) - 1), np.diff(part))
    begun = np_.zeros(count, part.dtype).at[part[1:-1]].add(1, mode="drop")
    return np_.cumsum(begun)


def _bounds(splits: Any, values: Any) -> Any:
    """The sizes of the smallest dense tensor that all rows are in."""
    np_ = xp(values)
    longest = [np_.max(part[1:] - part[:-1], initial=0) for part in splits]
    sizes = [np_.asarray(len(splits[0]) - 1), *longest, *map(np_.asarray, values.shape[1:])]
    return np_.stack([size.astype(np.int64) for size in sizes])


@ragged_tensor_to_sparse.kernel("host")
def _(rt_nested_splits, rt_dense_values):
    splits, values = rt_nested_splits, rt_dense_values
    if not splits:
        raise ValueError("Value for attr 'RAGGED_RANK' of 0 must be at least minimum 1")
    sizes = [*(len(part) - 1 for part in splits[1:]), *(values.shape[:1] or [1])]
    splits = [part.reshape(-1) for part in splits]
    for part, size in zip(splits, sizes, strict=True):
        _check_splits(part, size)
    if not values.ndim:
        raise ValueError(_MISFIT)
    if values.ndim > 1:
        return ragged_tensor_to_sparse.op.body(splits, values)
    places = np.arange(len(splits[0]) - 1).reshape(-1, 1)
    for part, size in zip(splits, sizes, strict=True):
        rows, rank = places.shape
        around, places = places, np.empty((size, rank + 1), np.int64)
        row_positions(rows, rank, np.ascontiguousarray(part, np.int64), around, places)
    return places, values, _bounds(splits, values)


_MISFIT = "Final value of ragged splits must match the length the corresponding ragged values."


def _check_splits(part: np.ndarray, size: int) -> None:
    if not part.size:
        raise ValueError("ragged splits may not be empty.")
    if part[0]:
        raise ValueError("First value of ragged splits must be 0.")
    down = np.flatnonzero(part[1:] < part[:-1])  # not by differences, which may wrap around
    if len(down):
        at = down[0]
        raise ValueError(
            f"Ragged splits should be non decreasing, but we got {part[at]} followed by "
            f"{part[at + 1]}"
        )
    if part[-1] != size:
        raise ValueError(_MISFIT)


@ragged_tensor_to_sparse.check
def _(rt_nested_splits, rt_dense_values):
    np_, fine = xp(rt_dense_values), np.ones((), bool)
    sizes = [*(len(part) - 1 for part in rt_nested_splits[1:]), len(rt_dense_values)]
    for part, size in zip(rt_nested_splits, sizes, strict=True):
        fine = fine & (part[0] == 0) & (part[-1] == size) & (np_.diff(part) >= 0).all()
    return fine


@ragged_tensor_to_sparse.gradient
def _(dindices, dvalues, dshape, rt_nested_splits, rt_dense_values):
    return [None] * len(rt_nested_splits), reshape_op(dvalues, dims(rt_dense_values))
