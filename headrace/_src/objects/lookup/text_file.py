"""Tables in files of text: a key and a value in each line.

The one idea: a column is a number, and two that are negative are not in the line: its own number,
and the line as a whole. Bytes are taken as they are but for the end of the line.

Read next: initializers.py.
"""

import re
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.dtypes import DType, float32, float64, int32, int64, string
from headrace._src.files import gfile

LINE_NUMBER, WHOLE_LINE = -1, -2

_WHOLE = re.compile(rb"\s*[+-]?[0-9]+\s*")


def read(
    filename: bytes,
    dtypes: tuple[DType, DType],
    key_index: int,
    value_index: int,
    vocab_size: int,
    delimiter: str,
    offset: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The keys and the values in a file.

    dtypes: theirs. key_index, value_index: their columns. vocab_size: how many lines count, -1 for
    all. offset: what is added to the numbers of lines.

    Raises ValueError for a file that is otherwise, NotFoundError where there is none.
    """
    separator = delimiter.encode() if isinstance(delimiter, str) else delimiter
    if len(separator) != 1:
        raise ValueError("delimiter should be only 1 char")
    shown = filename.decode(errors="replace")
    with gfile.GFile(filename, "rb") as file:
        text = file.read()
    lines = text.split(b"\n")
    if not lines[-1]:
        lines.pop()
    if not lines and vocab_size < 0:
        raise errors.OutOfRangeError(None, None, "Read less bytes than requested")
    if len(lines) < vocab_size:
        raise ValueError(
            f"Invalid vocab_size in {shown}: expected {vocab_size} but got {len(lines)}"
        )
    if vocab_size >= 0:
        lines = lines[:vocab_size]
    needed = max(key_index, value_index) + 1
    indices = key_index, value_index
    readers = [_reader(dtype) for dtype in dtypes]
    found: tuple[list, list] = [], []
    position = 0
    for number, line in enumerate(lines):
        position += len(line) + 1
        line = line.removesuffix(b"\r")
        if not line:
            raise ValueError(
                f"Invalid content in {shown}: empty line found at position {position}."
            )
        columns = line.split(separator) if needed > 0 else [line]
        if len(columns) < needed:
            raise ValueError(
                f"Invalid number of columns in {shown} line {number} ("
                f"{line.decode(errors='replace')}) : expected at least {needed} got {len(columns)}"
            )
        for index, reader, column in zip(indices, readers, found, strict=True):
            if index == LINE_NUMBER:
                column.append(number + offset)
            else:
                field = line if index == WHOLE_LINE else columns[index]
                column.append(reader(field, number))
    keys, values = (
        np.fromiter(column, dtype.array_dtype, len(column))
        for column, dtype in zip(found, dtypes, strict=True)
    )
    return keys, values


def _reader(dtype: DType) -> Any:
    """What makes a value of a field in a line."""
    if dtype is string:
        return lambda field, line: field
    if dtype not in (int32, int64, float32, float64):
        raise ValueError(f"Data type {dtype.kernel_name} not supported.")
    parsed = _integer if dtype.is_integer else _number

    def value(field: bytes, line: int) -> Any:
        number = parsed(field)
        if number is None or (dtype.is_integer and not dtype.min <= number <= dtype.max):
            text = field.decode(errors="replace")
            raise ValueError(f"Field {text} in line {line} is not a valid {dtype.kernel_name}.")
        return number

    return value


def _integer(field: bytes) -> int | None:
    return int(field) if _WHOLE.fullmatch(field) else None


def _number(field: bytes) -> float | None:
    """A number in decimal or hexadecimal digits, without Python's "1_000"."""
    try:
        text = field.decode("ascii")
        if "_" in text:
            return None
        return float.fromhex(text) if "x" in text.lower() else float(text)
    except ValueError:
        return None
