"""`decode_csv`: lines of comma-separated values as columns.

The one idea: lines are cut one by one, values are read column by column, so that a number costs
little. What is wrong is told of the first record in which something is.

Format: RFC 4180.

Read next: ops/host_steps.py.
"""

import re
from collections.abc import Callable, Sequence
from operator import methodcaller
from typing import Any

import numpy as np

from headrace._src.core import dtypes, errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, string
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import SymbolicTensor
from headrace._src.ops.host_steps import host_step, refuse

_ALLOWED = (dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, string)


def decode_csv(
    records: Any,
    record_defaults: Any,
    field_delim: Any = ",",
    use_quote_delim: bool = True,
    na_value: Any = "",
    select_cols: Any = None,
    name: str | None = None,
) -> list[Tensor]:
    r"""Lines of comma-separated values as a list of columns, each of the shape of `records`.

    records: strings, each a line without its end. record_defaults: for each column a scalar or a
        vector of one element, which stands for what is missing and tells the dtype; an empty vector
        where nothing may be missing.
    field_delim: the character between two values. use_quote_delim: whether a value may stand in
        double quotes, with `""` for a quote in it. na_value: what counts as missing besides "".
    select_cols: the columns wanted, in increasing order; all by default.

    >>> numbers, words = tf.io.decode_csv(["1,a", "2,b", ",c"], [[0], [""]])
    >>> numbers.numpy(), words.numpy()
    (array([1, 2, 0], dtype=int32), array([b'a', b'b', b'c'], dtype=object))

    Raises tf.errors.InvalidArgumentError for a line with another number of values, or values of
    another kind; ValueError where `select_cols` does not increase. Op: DecodeCSV.
    """
    columns = () if select_cols is None else tuple(int(c) for c in select_cols)
    if any(a >= b for a, b in zip(columns, columns[1:])):
        raise ValueError("select_cols is not strictly increasing.")
    if columns and columns[0] < 0:
        raise ValueError("select_cols contains negative values.")
    if select_cols is not None and len(columns) != len(record_defaults):
        raise ValueError("Length of select_cols and record_defaults do not match.")
    if type(record_defaults) is SymbolicTensor:
        raise TypeError(
            "Expected list for 'record_defaults' argument to 'DecodeCSV' Op, not "
            f"{record_defaults}."
        )
    defaults = [convert(default) for default in record_defaults]
    lines = convert(records, None, string)
    if lines.dtype is not string and thread.context.graph is not None:
        raise TypeError(
            f"Input 'records' of 'DecodeCSV' Op has type {lines.dtype.name} that does not match "
            "expected type of string."
        )
    if lines.dtype is not string:
        raise errors.InvalidArgumentError(
            None,
            None,
            "cannot compute DecodeCSV as input #0(zero-based) was expected to be a string tensor "
            f"but is a {lines.dtype.kernel_name} tensor [Op:DecodeCSV] name: {name or ''}",
        )
    _check(defaults)
    inputs = {"records": lines}
    inputs.update({f"record_defaults_{i}": default for i, default in enumerate(defaults)})
    attributes = {
        "OUT_TYPE": tuple(default.dtype for default in defaults),
        "field_delim": _text(field_delim),
        "use_quote_delim": bool(use_quote_delim),
        "na_value": _text(na_value),
        "select_cols": columns,
    }
    promised = [(default.dtype, lines.shape) for default in defaults]
    return decode_csv_step(inputs, attributes, promised, name)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _check(defaults: Sequence[Tensor]) -> None:
    if not defaults:
        raise errors.InvalidArgumentError(
            None, None, "Length for attr 'OUT_TYPE' of 0 must be at least minimum 1 [Op:DecodeCSV]"
        )
    for default in defaults:
        if default.dtype not in _ALLOWED:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Value for attr 'OUT_TYPE' of {default.dtype.kernel_name} is not in the list of "
                f"allowed values: {', '.join(d.kernel_name for d in _ALLOWED)} [Op:DecodeCSV]",
            )
    try:
        _check_shapes(defaults)
    except ShapeError as error:
        if thread.context.graph is not None:
            raise refuse("DecodeCSV", error, defaults) from None


def _check_shapes(defaults: Sequence[Any]) -> None:
    for place, default in enumerate(defaults):
        rank = len(default.shape) if isinstance(default, np.ndarray) else default.shape.rank
        if rank is not None and rank > 1:
            raise ShapeError(
                "Each record default should be at most rank 1",
                f"Shape must be at most rank 1 but is rank {rank}",
            )
        size = default.shape[0] if rank == 1 else 1
        if size is not None and size > 1:
            raise ShapeError(
                f"There should only be 1 default per field but field {place} has {size}",
                "Shape of a default must be a length-0 or length-1 vector, or a scalar.",
            )


@host_step("DecodeCSV", why="XLA has no strings")
def decode_csv_step(
    attributes: dict[str, Any], records: np.ndarray, *defaults: np.ndarray
) -> list[np.ndarray]:
    """The columns."""
    delimiter = attributes["field_delim"].encode()
    if len(delimiter) != 1:
        raise ValueError("field_delim should be only 1 char")
    _check_shapes(defaults)
    missing = {b"", attributes["na_value"].encode()}
    lines = records.reshape(-1).tolist()
    problem = None
    columns = _plain_columns(lines, delimiter, attributes, len(defaults))
    if columns is None:
        columns, problem = _columns(lines, delimiter, attributes, len(defaults))
    found, wrong = [], []
    for place, (column, default, dtype) in enumerate(
        zip(columns, defaults, attributes["OUT_TYPE"], strict=True)
    ):
        try:
            found.append(_read(column, place, default.reshape(-1), dtype, missing))
        except _Wrong as error:
            wrong.append(error.args)
    if wrong:
        raise ValueError(min(wrong)[2])
    if problem is not None:
        raise problem
    return [column.reshape(records.shape) for column in found]


# ---- lines ---------------------------------------------------------------------------------------


def _plain_columns(
    lines: list[bytes], delimiter: bytes, attributes: dict[str, Any], count: int
) -> list[Any] | None:
    """The columns of lines of equal length without quotes, cut all at once; None for others."""
    text = delimiter.join(lines)
    if not lines or b"" in lines or text.translate(None, b'"\n\r') != text:
        return None
    (most, *others) = {*map(methodcaller("count", delimiter), lines)}
    columns = attributes["select_cols"] or range(most + 1)
    if others or len(columns) != count or columns[-1] > most:
        return None
    values = text.split(delimiter)
    return [values[c :: most + 1] for c in columns]


def _columns(
    lines: list[bytes], delimiter: bytes, attributes: dict[str, Any], count: int
) -> tuple[list[Any], ValueError | None]:
    """The columns, up to the first line that cannot be cut, and why it cannot."""
    cut = _cutter(delimiter, attributes["use_quote_delim"], attributes["select_cols"])
    rows: list[list[bytes]] = []
    problem = None
    for place, line in enumerate(lines):
        try:
            row = cut(line)
            if len(row) != count:
                raise ValueError(f"Expect {count} fields but have {len(row)} in record {place}")
        except ValueError as error:
            problem = error
            break
        rows.append(row)
    return list(zip(*rows)) if rows else [()] * count, problem


def _cutter(
    delimiter: bytes, has_quotes: bool, columns: Sequence[int]
) -> Callable[[bytes], list[bytes]]:
    """The function that cuts a line into its values, or into those of `columns`."""
    special = b'"\n\r' if has_quotes else b"\n\r"
    most = columns[-1] + 1 if columns else 0

    def cut(line: bytes) -> list[bytes]:
        if not line:
            return []
        if line.translate(None, special) == line:
            values = line.split(delimiter)
        else:
            values = _cut_carefully(line, delimiter, has_quotes, most)
        return [values[c] for c in columns if c < len(values)] if columns else values

    return cut


def _cut_carefully(line: bytes, delimiter: bytes, has_quotes: bool, most: int) -> list[bytes]:
    """The values of a line with quotes in it, the first `most` of them if that is not 0."""
    values: list[bytes] = []
    place = 0
    while place <= len(line) and (not most or len(values) < most):
        if has_quotes and line[place : place + 1] == b'"':
            end = place + 1
            while True:
                end = line.find(b'"', end)
                if end < 0:
                    raise ValueError("Quoted field has to end with quote followed by delim or end")
                if line[end + 1 : end + 2] != b'"':
                    break
                end += 2
            values.append(line[place + 1 : end].replace(b'""', b'"'))
            place = end + 1
            if place < len(line) and line[place : place + 1] != delimiter:
                raise ValueError("Quote inside a string has to be escaped by another quote")
        else:
            end = line.find(delimiter, place)
            end = len(line) if end < 0 else end
            value = line[place:end]
            if b"\n" in value or b"\r" in value or (has_quotes and b'"' in value):
                raise ValueError("Unquoted fields cannot have quotes/CRLFs inside")
            values.append(value)
            place = end
        place += 1
    return values


# ---- columns -------------------------------------------------------------------------------------


class _Wrong(Exception):
    """Something wrong: in which record, in which field, and what."""


def _read(
    column: Sequence[bytes], field: int, default: np.ndarray, dtype: DType, missing: set[bytes]
) -> np.ndarray:
    """The values of one column."""
    absent = []
    if any(each in column for each in missing):
        absent = [i for i, value in enumerate(column) if value in missing]
    if absent and not default.size:
        raise _Wrong(
            absent[0], field, f"Field {field} is required but missing in record {absent[0]}!"
        )
    if dtype is string:
        out = np.empty(len(column), object)
        out[:] = column
    else:
        values = list(column)
        for i in absent:
            values[i] = b"0"
        out = _numbers(values, field, dtype)
    if absent:
        out[absent] = default[0]
    return out


# Of these letters numbers are made that Python reads as TensorFlow does.
_USUAL = {"i": b"0123456789+- ,", "f": b"0123456789+-.eE ,"}
_KINDS: dict[str, Callable[[bytes], Any]] = {"i": int, "f": float}


def _numbers(values: list[bytes], field: int, dtype: DType) -> np.ndarray:
    kind = "i" if dtype.is_integer else "f"
    text = b",".join(values)
    is_digits = kind == "i" and not text.translate(None, b"0123456789,")
    if is_digits and max(map(len, values), default=0) < len(str(dtype.max)):
        # So few digits fit, and NumPy reads these in a fifth of the time.
        return np.fromstring(text, dtype.array_dtype, sep=",")
    try:
        if not text.translate(None, _USUAL[kind]):
            return np.array(list(map(_KINDS[kind], values)), dtype.array_dtype)
    except (ValueError, OverflowError):
        pass  # which one it is, is found below
    read = _integer if kind == "i" else _float
    out = np.empty(len(values), dtype.array_dtype)
    for record, value in enumerate(values):
        try:
            out[record] = read(value)
        except (ValueError, OverflowError):
            text = value.decode(errors="replace")
            raise _Wrong(
                record,
                field,
                f"Field {field} in record {record} is not a valid {dtype.kernel_name}: {text}",
            ) from None
    return out


def _integer(value: bytes) -> int:
    if not re.fullmatch(rb"\s*[+-]?[0-9]+\s*", value):
        raise ValueError(value)
    return int(value)


def _float(value: bytes) -> float:
    text = value.strip().lower()
    if b"_" in text:
        raise ValueError(value)
    if re.match(rb"[+-]?0x", text):
        return float.fromhex(text.decode())
    return float(re.sub(rb"^([+-]?nan)\(\w*\)$", rb"\1", text))
