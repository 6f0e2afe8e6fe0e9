"""Diagonals of matrices: taking them, making matrices of them, replacing them, and bands around
them.

Several diagonals at once come as rows of one matrix, the highest first. Diagonals of a matrix
differ in length, so the shorter ones are padded, and `align` says at which end: "RIGHT_LEFT" puts
superdiagonals to the right and subdiagonals to the left.

The one idea: where each element comes from depends on shapes only, so `_layout` works it out in
NumPy, as index arrays, before anything runs; an op is then one gather, and the same for NumPy and
XLA.

Read next: ops/linalg.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import as_dtype, float32
from headrace._src.core.dtypes import bool as bool_
from headrace._src.core.errors import InvalidArgumentError
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import constant_of, convert
from headrace._src.engine.node import known_value
from headrace._src.engine.op import Static, op
from headrace._src.ops.array import length
from headrace._src.ops.constant import ones, sizes_of, zeros, zeros_like_op
from headrace._src.ops.joining import concat
from headrace._src.ops.math import minimum

_ALIGNMENTS = ("LEFT_RIGHT", "RIGHT_LEFT", "LEFT_LEFT", "RIGHT_RIGHT")


def _band(k: Any) -> tuple[int, int]:
    """The lowest and the highest diagonal that `k` names."""
    if type(k) is int:
        return k, k
    if len(k) not in (1, 2):
        raise ShapeError(
            f"diag_index must have only one or two elements, received {len(k)} elements."
        )
    if k[0] > k[-1]:
        raise ShapeError(
            f"lower_diag_index must not be larger than upper_diag_index: {k[0]} > {k[-1]}"
        )
    return k[0], k[-1]


def _offsets(diagonals: Any, rows: int, columns: int, align: str) -> tuple[Any, Any, int]:
    """For each diagonal where it begins among its padding and its length; and the longest
    length.
    """
    lengths = np.minimum(rows + np.minimum(diagonals, 0), columns - np.maximum(diagonals, 0))
    longest = int(lengths.max())
    if align not in _ALIGNMENTS:
        raise InvalidArgumentError(
            None,
            None,
            f"Value for attr 'align' of \"{align}\" is not in the list of allowed values: "
            + ", ".join(f'"{a}"' for a in _ALIGNMENTS)
            + " [Op:]",
        )
    above, below = align.split("_")
    left = ((above == "LEFT") & (diagonals >= 0)) | ((below == "LEFT") & (diagonals <= 0))
    return np.where(left, 0, longest - lengths), lengths, longest


def _layout(k: Any, rows: int, columns: int, align: str) -> tuple[Any, Any, Any]:
    """For each place of the diagonals' matrix its row and column in the matrix, and whether it has
    any.
    """
    low, high = _band(k)
    diagonals = np.arange(high, low - 1, -1)[:, None]
    starts, lengths, longest = _offsets(diagonals, rows, columns, align)
    along = np.arange(longest) - starts
    inside = (along >= 0) & (along < lengths)
    row = np.where(inside, along - np.minimum(diagonals, 0), 0)
    column = np.where(inside, along + np.maximum(diagonals, 0), 0)
    return (row[0], column[0], inside[0]) if low == high else (row, column, inside)


def _placement(k: Any, rows: int, columns: int, align: str) -> tuple[Any, Any, Any]:
    """For each place of the matrix which diagonal it is on, where along it, and whether on any."""
    low, high = _band(k)
    row, column = np.arange(rows)[:, None], np.arange(columns)
    diagonal = column - row
    inside = (diagonal >= low) & (diagonal <= high)
    starts = _offsets(np.arange(high, low - 1, -1), rows, columns, align)[0]
    which = np.where(inside, high - diagonal, 0)
    along = np.minimum(row, column) + starts[which]
    return which, np.where(inside, along, 0), inside


def _check_matrix(x: TensorShape) -> None:
    if x.rank is not None and x.rank < 2:
        raise ShapeError(
            f"input must be at least 2-dim, received shape: {bracketed(x)}",
            f"Shape must be at least rank 2 but is rank {x.rank}",
        )


def _check_band(k: Any, rows: int, columns: int) -> tuple[int, int]:
    low, high = _band(k)
    for which, index in (("lower", low), ("upper", high)):
        if not (-rows < index < columns or (index == 0 and not rows * columns)):
            raise ShapeError(
                f"{which}_diag_index is out of bound: {index}. "
                f"It must be between {-rows} and {columns}"
            )
    return low, high


# ---- taking diagonals --------------------------------------------------------------------------


def diag_part(
    input: Any,
    name: str | None = "diag_part",
    k: Any = 0,
    padding_value: Any = 0,
    align: str = "RIGHT_LEFT",
) -> Tensor:
    """The diagonals of a matrix, or of each matrix of a stack.

    input: [..., n, m], of any dtype. k: which diagonal, counted upwards from the main one, 0; or a
    pair (lowest, highest) for a band, whose diagonals become rows, the highest first.
    padding_value: what fills up the shorter ones of a band. align: at which ends of the rows the
    super- and the subdiagonals lie.

    >>> tf.linalg.diag_part([[1, 2, 3], [4, 5, 6]]).numpy()
    array([1, 5], dtype=int32)
    >>> tf.linalg.diag_part([[1, 2, 3], [4, 5, 6]], k=(0, 1)).numpy()
    array([[2, 6],
           [1, 5]], dtype=int32)

    Op: MatrixDiagPartV3.
    """
    if type(input) is not EagerTensor:
        input = convert(input)
    return matrix_diag_part(input, k, _padding(padding_value, input), align, name)


def _padding(value: Any, like: Tensor) -> Any:
    return bool(value) if like.dtype is bool_ and isinstance(value, (int, float)) else value


def _diagonals(x: TensorShape, k: Any, padding: TensorShape, align: str = "") -> TensorShape:
    _check_matrix(x)
    if x.rank is None or k is None:
        return unknown
    rows, columns = x[-2], x[-1]
    low, high = _band(k)
    band = [] if low == high else [high - low + 1]
    if rows is None or columns is None:
        return TensorShape([*x[:-2], *band, None])
    _check_band(k, rows, columns)
    longest = min(rows + min(high, 0), columns - max(low, 0))
    return TensorShape([*x[:-2], *band, longest])


@op("MatrixDiagPartV3", shape=_diagonals, cost="host")
def matrix_diag_part(
    input: Tensor,
    k: Static,
    padding_value: Tensor,
    align: str = "RIGHT_LEFT",
    name: str | None = None,
) -> Tensor:
    """The diagonals `k` of the matrices of `input`."""
    _diagonals(TensorShape(input.shape), k, TensorShape(()))
    low, high = _band(k)
    if low == high and xp(input) is np and align in _ALIGNMENTS:
        return np.diagonal(input, low, -2, -1).copy()
    row, column, inside = _layout(k, *input.shape[-2:], align)
    taken = input[..., row, column]
    return taken if inside.all() else xp(input).where(inside, taken, padding_value)


@matrix_diag_part.gradient
def _(dz, input, k, align):
    rows, columns = length(input, -2), length(input, -1)
    return matrix_diag(dz, k, rows, columns, _zero(dz), align), None


def _zero(like: Tensor) -> Tensor:
    return convert(0, like.dtype)


# ---- making matrices ---------------------------------------------------------------------------


def diag(
    diagonal: Any,
    name: str | None = "diag",
    k: Any = 0,
    num_rows: Any = -1,
    num_cols: Any = -1,
    padding_value: Any = 0,
    align: str = "RIGHT_LEFT",
) -> Tensor:
    """A matrix with given diagonals, or a stack of such matrices.

    diagonal: [..., n], or for a band of diagonals [..., count, n], the highest first. k, align: as
    in `tf.linalg.diag_part`. num_rows, num_cols: the matrix's size; -1 for the smallest that fits.
    padding_value: what stands everywhere else.

    >>> tf.linalg.diag([1, 2], k=1).numpy()
    array([[0, 1, 0],
           [0, 0, 2],
           [0, 0, 0]], dtype=int32)

    Op: MatrixDiagV3.
    """
    if type(diagonal) is not EagerTensor:
        diagonal = convert(diagonal)
    padding = _padding(padding_value, diagonal)
    return matrix_diag(diagonal, k, num_rows, num_cols, padding, align, name)


def _matrix_size(x: TensorShape, k: Any, num_rows: Any, num_cols: Any) -> tuple[int, int]:
    """How many rows and columns a matrix with diagonals of this shape has."""
    low, high = _band(k)
    longest = x[-1]
    least_rows, least_columns = longest - min(high, 0), longest + max(low, 0)
    if num_rows == -1 and num_cols == -1:
        return max(least_rows, least_columns), max(least_rows, least_columns)
    if num_rows == -1:
        num_rows = least_rows
    elif num_rows < least_rows:
        raise ShapeError("The number of rows is too small.")
    if num_cols == -1:
        num_cols = least_columns
    elif num_cols < least_columns:
        raise ShapeError("The number of columns is too small.")
    if num_rows != least_rows and num_cols != least_columns:
        raise ShapeError(
            "The number of rows or columns is not consistent with the specified d_lower, "
            "d_upper, and diagonal."
        )
    return num_rows, num_cols


def _matrix(
    x: TensorShape, k: Any, num_rows: Any, num_cols: Any, padding: Any, align: str = ""
) -> TensorShape:
    if x.rank is not None and x.rank < 1:
        raise ShapeError(
            f"diagonal must be at least 1-dim, received shape: {bracketed(x)}",
            f"Shape must be at least rank 1 but is rank {x.rank}",
        )
    if x.rank is None or k is None:
        return unknown
    low, high = _band(k)
    leading = list(x[:-1])
    if low != high:
        if not leading:
            raise ShapeError(
                "diagonal must be at least 2-dim for a band, received shape: " + bracketed(x)
            )
        count = leading.pop()
        if count not in (None, high - low + 1):
            raise ShapeError(
                "The number of diagonals provided in `diagonal` is not consistent with "
                "`lower_diag_index` and `upper_diag_index`."
            )
    if x[-1] is None or num_rows is None or num_cols is None:
        sizes = [None if n == -1 else n for n in (num_rows, num_cols)]
        return TensorShape([*leading, *sizes])
    return TensorShape([*leading, *_matrix_size(x, k, num_rows, num_cols)])


@op("MatrixDiagV3", shape=_matrix, cost="host")
def matrix_diag(
    diagonal: Tensor,
    k: Static,
    num_rows: Static,
    num_cols: Static,
    padding_value: Tensor,
    align: str = "RIGHT_LEFT",
    name: str | None = None,
) -> Tensor:
    """Matrices with the given diagonals."""
    shape = TensorShape(diagonal.shape)
    _matrix(shape, k, num_rows, num_cols, None)
    rows, columns = _matrix_size(shape, k, num_rows, num_cols)
    low, high = _band(k)
    if low == high and xp(diagonal) is np and align in _ALIGNMENTS:
        matrix = np.full((*shape[:-1], rows, columns), padding_value, diagonal.dtype)
        count, start = shape[-1], low if low >= 0 else -low * columns
        flat = matrix.reshape(*shape[:-1], rows * columns)
        flat[..., start : start + count * (columns + 1) : columns + 1] = diagonal
        return matrix
    return xp(diagonal).where(
        *_spread(diagonal, k, rows, columns, align), padding_value.astype(diagonal.dtype)
    )


def _spread(diagonal: Any, k: Any, rows: int, columns: int, align: str) -> tuple[Any, Any]:
    """Where a matrix has the diagonals, and a matrix that has them there."""
    which, along, inside = _placement(k, rows, columns, align)
    low, high = _band(k)
    return inside, diagonal[..., along] if low == high else diagonal[..., which, along]


@matrix_diag.gradient
def _(dz, k, align):
    return matrix_diag_part(dz, k, _zero(dz), align), None


def set_diag(
    input: Any,
    diagonal: Any,
    name: str | None = "set_diag",
    k: Any = 0,
    align: str = "RIGHT_LEFT",
) -> Tensor:
    """A matrix with some diagonals replaced, or a stack of such matrices.

    input: [..., n, m]. diagonal: as `tf.linalg.diag_part(input, k=k, align=align)` gives it.

    >>> tf.linalg.set_diag([[1, 2], [3, 4]], [0, 9]).numpy()
    array([[0, 2],
           [3, 9]], dtype=int32)

    Op: MatrixSetDiagV3.
    """
    return matrix_set_diag(input, diagonal, k, align, name)


def _replaced(x: TensorShape, diagonal: TensorShape, k: Any, align: str = "") -> TensorShape:
    _check_matrix(x)
    if diagonal.rank is not None and diagonal.rank < 1:
        raise ShapeError(f"diagonal must be at least 1-dim, received shape: {bracketed(diagonal)}")
    if x.rank is None or k is None or not x[-2:].is_fully_defined():
        return x
    wanted = _diagonals(x, k, TensorShape(()))
    if not diagonal.is_compatible_with(wanted):
        low, high = _check_band(k, x[-2], x[-1])
        raise ShapeError(
            "Either first dimensions of diagonal don't match input.shape[:-2], or "
            "diagonal.shape[:-1] is not equal to the longests diagonal in range "
            f"[{low}:{high}].\nInput shape: {bracketed(x)}\n"
            f"Diagonal shape: {bracketed(diagonal)}\nExpected diagonal shape: {bracketed(wanted)}"
        )
    return x


@op("MatrixSetDiagV3", shape=_replaced, cost="host")
def matrix_set_diag(
    input: Tensor,
    diagonal: Tensor,
    k: Static,
    align: str = "RIGHT_LEFT",
    name: str | None = None,
) -> Tensor:
    """The matrices of `input` with their diagonals `k` replaced."""
    _replaced(TensorShape(input.shape), TensorShape(diagonal.shape), k)
    rows, columns = input.shape[-2:]
    return xp(input).where(*_spread(diagonal, k, rows, columns, align), input)


@matrix_set_diag.gradient
def _(dz, diagonal, k, align):
    return (
        lambda: matrix_set_diag(dz, zeros_like_op(diagonal), k, align),
        lambda: matrix_diag_part(dz, k, _zero(dz), align),
    )


# ---- identities ----------------------------------------------------------------------------------


def eye(
    num_rows: Any,
    num_columns: Any = None,
    batch_shape: Any = None,
    dtype: Any = float32,
    name: str | None = None,
) -> Tensor:
    """An identity matrix, or a batch of them: shape `batch_shape + [num_rows, num_columns]`.

    num_columns: the same as `num_rows` by default.

    >>> tf.eye(2).numpy()
    array([[1., 0.],
           [0., 1.]], dtype=float32)

    Raises TypeError where a number of rows or columns is no integer.
    """
    if num_columns is None:
        num_columns = num_rows
    for number in (num_rows, num_columns):
        whole = isinstance(number, (int, np.integer)) or (
            hasattr(number, "dtype") and as_dtype(number.dtype).is_integer
        )
        if not whole:
            raise TypeError(
                "Arguments `num_rows` and `num_columns` must be positive integer values. "
                f"Received: num_rows={num_rows}, num_columns={num_columns}"
            )
    wanted = as_dtype(dtype)
    batch: Any = () if batch_shape is None else sizes_of(batch_shape)
    rows, columns = (_known_number(number) for number in (num_rows, num_columns))
    if type(rows) is type(columns) is int and min(rows, columns) >= 0 and type(batch) is tuple:
        one = ones([0], wanted).dtype  # refuses what has no one
        matrix = np.eye(rows, columns, dtype=one.array_dtype)
        if batch:
            matrix = np.ascontiguousarray(np.broadcast_to(matrix, (*batch, rows, columns)))
        return constant_of(matrix, wanted, name or "eye")
    if rows is columns or (type(rows) is int and rows == columns):
        return matrix_diag(ones(_joined(batch, rows), wanted), 0, -1, -1, _zero_of(wanted))
    least = minimum(rows, columns)
    wide = zeros(_joined(batch, rows, columns), wanted)
    return matrix_set_diag(wide, ones(_joined(batch, least), wanted), 0, "RIGHT_LEFT", name)


def _known_number(number: Any) -> Any:
    """An integer as an int where it is known, else the scalar tensor."""
    if isinstance(number, Tensor):
        known = known_value(number)
        return number if known is None else int(known)
    return int(number)


def _joined(batch: Any, *sizes: Any) -> Any:
    """A shape: `batch`, then `sizes`."""
    if type(batch) is tuple:
        return [*batch, *sizes]
    return concat([batch, convert(list(sizes), batch.dtype)], 0)


def _zero_of(dtype: Any) -> Tensor:
    return convert(False if dtype is bool_ else 0, dtype)


# ---- bands ---------------------------------------------------------------------------------------


def _banded(x: TensorShape, num_lower: Any, num_upper: Any) -> TensorShape:
    _check_matrix(x)
    for which, of, size, count in (
        ("lower", "rows", x[-2] if x.rank else None, num_lower),
        ("upper", "columns", x[-1] if x.rank else None, num_upper),
    ):
        if isinstance(count, tuple):
            raise ShapeError(f"num_{which} must be scalar, got shape [{len(count)}]")
        if count is not None and size is not None and count > size:
            raise ShapeError(
                f"num_{which} must be negative or less or equal to number of {of} "
                f"({size}) got: {count}"
            )
    return x


@op("MatrixBandPart", shape=_banded, cost="host")
def band_part(
    input: Tensor, num_lower: Static, num_upper: Static, name: str | None = None
) -> Tensor:
    """A matrix with zeros outside a band around its main diagonal, or a stack of such matrices.

    input: [..., n, m]. num_lower, num_upper: how many sub- and superdiagonals to keep; a negative
    number keeps all.

    >>> tf.linalg.band_part([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 0, -1).numpy()
    array([[1, 2, 3],
           [0, 5, 6],
           [0, 0, 9]], dtype=int32)

    Op: MatrixBandPart.
    """
    _banded(TensorShape(input.shape), num_lower, num_upper)
    rows, columns = input.shape[-2:]
    if xp(input) is np and columns >= 64 and input.dtype != object:
        kept = np.zeros(input.shape, input.dtype)
        for row in range(rows):
            start = max(row - num_lower, 0) if num_lower >= 0 else 0
            stop = row + num_upper + 1 if num_upper >= 0 else columns
            kept[..., row, start:stop] = input[..., row, start:stop]
        return kept
    above = np.arange(columns) - np.arange(rows)[:, None]
    inside = np.ones((rows, columns), bool)
    if num_lower >= 0:
        inside &= above >= -num_lower
    if num_upper >= 0:
        inside &= above <= num_upper
    return xp(input).where(inside, input, xp(input).zeros((), input.dtype))


@band_part.gradient
def _(dz, num_lower, num_upper):
    return band_part(dz, num_lower, num_upper)


# ---- tensors as diagonals ------------------------------------------------------------------------


def _doubled(x: TensorShape) -> TensorShape:
    if x.rank == 0:
        raise ShapeError("Input must be at least rank 1, got 0")
    return unknown if x.rank is None else TensorShape([*x, *x])


@op("Diag", shape=_doubled, cost="host")
def tensor_diag(diagonal: Tensor, name: str | None = None) -> Tensor:
    """A tensor of twice the rank, with `diagonal` where both halves of the index agree, else 0.

    >>> tf.linalg.tensor_diag([1, 2]).numpy()
    array([[1, 0],
           [0, 2]], dtype=int32)

    Op: Diag.
    """
    if not diagonal.ndim:
        raise ValueError("Input must be at least rank 1, got 0")
    n = diagonal.size
    zero = xp(diagonal).zeros((), diagonal.dtype)
    square = xp(diagonal).where(np.eye(n, dtype=bool), diagonal.reshape(1, n), zero)
    return square.reshape(diagonal.shape * 2)


@tensor_diag.gradient
def _(dz):
    return tensor_diag_part(dz)


def _halved(x: TensorShape) -> TensorShape:
    if x.rank is None:
        return unknown
    half = x.rank // 2
    if x.rank % 2:
        raise ShapeError(
            f"The rank of the tensor should be even and positive, got shape {bracketed(x)}"
        )
    for i in range(half):
        if x[i] is not None and x[i + half] is not None and x[i] != x[i + half]:
            raise ShapeError(
                f"Invalid shape {bracketed(x)}: dimensions {i} and {i + half} do not match."
            )
    return x[:half]


@op("DiagPart", shape=_halved, cost="host")
def tensor_diag_part(input: Tensor, name: str | None = None) -> Tensor:
    """The elements of a tensor of even rank at which both halves of the index agree.

    >>> tf.linalg.tensor_diag_part([[1, 2], [3, 4]]).numpy()
    array([1, 4], dtype=int32)

    Op: DiagPart.
    """
    shape = tuple(_halved(TensorShape(input.shape)))
    n = int(np.prod(shape))
    return input.reshape(n, n).diagonal().reshape(shape)


@tensor_diag_part.gradient
def _(dz):
    return tensor_diag(dz)
