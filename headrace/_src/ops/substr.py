"""Parts of strings: `tf.strings.substr`.

The one idea: a string is bytes, and a part of it a slice of them. Counted in characters of UTF-8,
the slice runs between those bytes that begin one.

Read next: image_codecs.py, which looks at how files begin.
"""

from typing import Any

import numpy as np

from headrace._src.core.shape_rules import ShapeError, bracketed, broadcast
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op


def substr(input: Any, pos: Any, len: Any, unit: str = "BYTE", name: str | None = None) -> Tensor:
    """The parts of strings that begin at `pos` and are `len` long, elementwise with broadcasting.

    input: strings. pos, len: integers of one shape and dtype; a negative `pos` counts from the end,
    and a string that is too short has a shorter part. unit: "BYTE", or "UTF8_CHAR" to count
    characters.

    >>> tf.strings.substr(["Hello", "World"], 1, 3).numpy()
    array([b'ell', b'orl'], dtype=object)

    Raises tf.errors.InvalidArgumentError where `pos` is beyond a string's ends. Op: Substr.
    """
    return substr_op(input, pos, len, unit, name)


def _shape(input: TensorShape, pos: TensorShape, len: TensorShape, unit: str) -> TensorShape:
    if not pos.is_compatible_with(len):
        raise ShapeError(
            f"pos and len should have the same shape, got: {bracketed(pos)} vs. {bracketed(len)}"
        )
    return broadcast(input, pos)


@op("Substr", shape=_shape, cost="host")
def substr_op(
    input: Tensor, pos: Tensor, len: Tensor, unit: str = "BYTE", name: str | None = None
) -> Tensor:
    """Parts of strings."""
    unit = unit.decode() if isinstance(unit, bytes) else unit
    if unit not in ("BYTE", "UTF8_CHAR"):
        raise ValueError(
            f"Value for attr 'unit' of \"{unit}\" is not in the list of allowed values: "
            '"BYTE", "UTF8_CHAR"\n\t; NodeDef: {{node Substr}} [Op:Substr]'
        )
    _shape(*(TensorShape(x.shape) for x in (input, pos, len)), unit)
    shape = np.broadcast_shapes(input.shape, pos.shape)
    part = _bytes if unit == "BYTE" else _characters
    out = np.empty(shape, object)
    strings, begins, sizes = (np.broadcast_to(x, shape) for x in (input, pos, len))
    for index in np.ndindex(*shape):
        found = part(strings[index], int(begins[index]), int(sizes[index]))
        if found is None:
            place = index if input.ndim < 2 and pos.ndim > 1 else index[0] if index else 0
            shown = f" {strings[index]!r}" if unit == "BYTE" else ""
            raise ValueError(f"pos {begins[index]} out of range for string{shown} at index {place}")
        out[index] = found
    return out


no_gradient(substr_op, why="Strings have no derivative.")


def _bytes(string: bytes, begin: int, size: int) -> bytes | None:
    """A part, None where it begins beyond an end. A negative size means all, as TensorFlow's."""
    if not -len(string) <= begin <= len(string):
        return None
    begin += len(string) if begin < 0 else 0
    return string[begin : begin + size if size >= 0 else None]


def _characters(string: bytes, begin: int, size: int) -> bytes | None:
    """The same, counted in characters; of a negative size nothing is left, as TensorFlow's."""
    starts = [i for i, byte in enumerate(string) if byte & 0xC0 != 0x80]
    count = len(starts)
    if not -count <= begin <= count:
        return None
    begin += count if begin < 0 else 0
    starts.append(len(string))
    return string[starts[begin] : starts[min(begin + max(size, 0), count)]]
