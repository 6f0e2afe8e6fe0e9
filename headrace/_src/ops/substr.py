"""Parts of strings: `tf.strings.substr`.

The one idea: a string is bytes, and a part of it a slice of them. Counted in characters of UTF-8,
the slice runs between those bytes that begin one.

Read next: string_joining.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.shape_rules import ShapeError, bracketed, broadcast
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op
from headrace._src.native.strings import string_are_plain, string_substr
from headrace._src.ops.strings import WHY, clash, flat


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
            f"pos and len should have the same shape, got: {bracketed(pos)} vs. {bracketed(len)}",
            clash(len, pos, "Shape must be rank {} but is rank {}"),
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
    shape = _shape(*(TensorShape(x.shape) for x in (input, pos, len)), unit).as_list()
    is_broadcast = pos.ndim > 0 and pos.shape != input.shape
    if is_broadcast and max(input.ndim, pos.ndim) > 2:
        raise errors.UnimplementedError(
            None,
            None,
            f"Substr broadcast not implemented for {max(input.ndim, pos.ndim)} dimensions",
        )
    strings = flat(np.broadcast_to(input, shape))
    # One place for all strings is not written down for each.
    begins, sizes = (flat(np.broadcast_to(x, shape) if x.size > 1 else x) for x in (pos, len))
    begins, sizes = begins.astype(np.int64), sizes.astype(np.int64)
    each = int(begins.size > 1)
    out = np.empty(strings.size, object)
    if unit == "BYTE":
        bad = string_substr(strings.size, strings, each, begins, sizes, out)
    elif string_are_plain(strings.size, strings) and not ((begins < 0) & (sizes < 0)).any():
        bad = string_substr(strings.size, strings, each, begins, np.maximum(sizes, 0), out)
    else:
        bad = _of_characters(strings, begins, sizes, out)
    if bad < 0:
        return out.reshape(shape)
    place: Any = bad
    if is_broadcast and max(input.ndim, pos.ndim) == 2:
        place = np.unravel_index(bad, shape)
        place = tuple(map(int, place)) if unit == "BYTE" else int(place[0])
    shown = f" {strings[bad]!r}" if unit == "BYTE" else ""
    raise ValueError(f"pos {begins[bad * each]} out of range for string{shown} at index {place}")


no_gradient(substr_op, why=WHY)


def _of_characters(
    strings: np.ndarray, begins: np.ndarray, sizes: np.ndarray, out: np.ndarray
) -> int:
    """Parts counted in characters; the place of the first string that has none there, or -1."""
    begins, sizes = np.broadcast_to(begins, strings.shape), np.broadcast_to(sizes, strings.shape)
    for i, string in enumerate(strings):
        part = _characters(string, int(begins[i]), int(sizes[i]))
        if part is None:
            return i
        out[i] = part
    return -1


def _characters(string: bytes, begin: int, size: int) -> bytes | None:
    """A part, None where it begins beyond an end. Of a negative size nothing is left, and counted
    from the end it is as if it began beyond: both as TensorFlow has it.
    """
    starts = [i for i, byte in enumerate(string) if not i or byte & 0xC0 != 0x80]
    count = len(starts)
    if not -count <= begin <= count or (begin < 0 and size < 0):
        return None
    begin += count if begin < 0 else 0
    starts.append(len(string))
    return string[starts[begin] : starts[min(begin + max(size, 0), count)]]
