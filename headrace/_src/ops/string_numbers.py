"""Numbers as strings and back: `as_string` writes them as C's printf does, `to_number` reads them.

The one idea: one format or one kernel serves all elements at once, and only what cannot be served
so (hexadecimal floats, numbers out of range, the string that is no number) is looked at alone.

Read next: string_format.py.
"""

import re
from fractions import Fraction
from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, as_dtype, float32, of_array
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op
from headrace._src.native.strings import (
    decimal_floats,
    decimal_integers,
    floats_written,
    integers_written,
)
from headrace._src.ops.strings import WHY, check_int32, each, flat, word

# ---- numbers as strings --------------------------------------------------------------------------


@op("AsString", shape=lambda input, *_: input, cost="host")
def as_string(
    input: Tensor,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
    name: str | None = None,
) -> Tensor:
    """Each element of a tensor as a string.

    input: numbers, truth values, or strings. precision: the digits after the point, 6 by default;
    only for floats and complex numbers, as are scientific ("%e" in place of "%f") and shortest
    ("%g"). width: the least number of characters. fill: how that is reached: "" or " " by spaces in
    front, "0" by zeros, "-" by spaces behind; "+" adds the sign.

    >>> tf.strings.as_string([3, 25], width=4, fill="0").numpy()
    array([b'0003', b'0025'], dtype=object)
    >>> tf.strings.as_string(2.5, precision=2).numpy()
    b'2.50'

    Raises tf.errors.InvalidArgumentError for what the dtype cannot be written with. Op: AsString.
    """
    dtype = of_array(input.dtype)
    fill = word(fill)
    check_int32("width", width)
    check_int32("precision", precision)
    _check(dtype, precision, scientific, shortest, fill)
    width = max(width, 0)
    if dtype.name == "string":
        return _padded(input, width, fill)
    if dtype.is_bool:
        return np.where(input, np.array(b"true", object), np.array(b"false", object))
    if dtype.is_integer and not width and fill != "+" and dtype.name != "uint64":
        out = np.empty(input.size, object)
        integers_written(input.size, flat(input.astype(np.int64, copy=False)), out)
        return out.reshape(input.shape)
    letter = "e" if scientific else "g" if shortest else "f"
    if dtype.is_integer:
        letter = "d"
        fill = "" if fill == "+" and dtype.is_unsigned else fill
    digits = f".{precision}" if precision >= 0 else ""
    form = f"%{fill}{width or ''}{digits}{letter}"
    if dtype.is_complex:
        parts = (_printed(part, form).reshape(-1) for part in (input.real, input.imag))
        found = [b"(%s,%s)" % pair for pair in zip(*parts, strict=True)]
        return np.fromiter(found, object, len(found)).reshape(input.shape)
    return _printed(input, form)


def _check(dtype: DType, precision: int, scientific: bool, shortest: bool, fill: str) -> None:
    if not (dtype.is_floating or dtype.is_complex or dtype.name == "string"):
        if scientific or shortest:
            raise ValueError(
                f"scientific and shortest format not supported for datatype {dtype.kernel_name}"
            )
        if precision >= 0:
            raise ValueError(f"precision not supported for datatype {dtype.kernel_name}")
    if scientific and shortest:
        raise ValueError("Cannot select both scientific and shortest notation")
    if len(fill) > 1:
        raise ValueError("Fill string must be one or fewer characters")
    if fill not in ("", " ", "0", "+", "-", "#"):
        raise ValueError(f'Fill argument not supported: "{fill}"')


def _padded(strings: np.ndarray, width: int, fill: str) -> np.ndarray:
    if not width:
        return strings
    if fill == "-":
        return each(lambda s: s.ljust(width), strings)
    return each(lambda s: s.rjust(width), strings)


def _printed(values: np.ndarray, form: str) -> np.ndarray:
    """Every number in C's format."""
    out = np.empty(values.size, object)
    if values.dtype.kind in "iu":
        texts = (f"{form}\0".encode() * values.size % tuple(flat(values).tolist())).split(b"\0")
        out[:] = texts[:-1]
    else:
        wide = values.astype(np.float64 if values.dtype.itemsize == 8 else np.float32)
        # TensorFlow's kernels take the numbers below the normal ones for zero.
        wide = np.where(np.abs(wide) < np.finfo(wide.dtype).tiny, np.copysign(0, wide), wide)
        floats_written(values.size, flat(wide.astype(np.float64)), form.encode(), out)
    return out.reshape(values.shape)


no_gradient(as_string, why=WHY)


# ---- strings as numbers --------------------------------------------------------------------------


def to_number(input: Any, out_type: Any = float32, name: str | None = None) -> Tensor:
    """The numbers that strings spell; white space around them does not matter.

    out_type: float32, float64, int32, int64, uint32 or uint64. Floats may be decimal or
    hexadecimal, "inf" or "nan"; integers are decimal.

    >>> tf.strings.to_number(["1.5", " -2e3 ", "inf"]).numpy()
    array([ 1.5e+00, -2.0e+03,      inf], dtype=float32)
    >>> tf.strings.to_number("7", tf.int32).numpy()
    np.int32(7)

    Raises tf.errors.InvalidArgumentError for a string that spells no number, or an integer out of
    range. Op: StringToNumber.
    """
    return to_number_op(input, float32 if out_type is None else as_dtype(out_type), name)


@op("StringToNumber", shape=lambda string_tensor, out_type: string_tensor, cost="host")
def to_number_op(
    string_tensor: Tensor, out_type: DType = float32, name: str | None = None
) -> Tensor:
    """The numbers that strings spell."""
    texts = flat(string_tensor)
    find = _floats if out_type.is_floating else _integers
    return find(texts, out_type).reshape(string_tensor.shape)


no_gradient(to_number_op, why=WHY)


def _integers(texts: np.ndarray, dtype: DType) -> np.ndarray:
    out = np.empty(texts.size, np.int64)
    bounds = int(dtype.min), min(int(dtype.max), np.iinfo(np.int64).max)
    if decimal_integers(texts.size, texts, *bounds, out) >= 0:
        # Beyond int64, or none at all.
        return np.fromiter((_integer(text, dtype) for text in texts), dtype.array_dtype, texts.size)
    return out.astype(dtype.array_dtype, copy=False)


def _integer(text: bytes, dtype: DType) -> int:
    sign = rb"\+?" if dtype.is_unsigned else rb"-?|\+"
    # No 64 bits have more than twenty digits, and Python reads thousands for nobody.
    if found := re.fullmatch(rb"(%s)0*([0-9]{1,20})" % sign, text.strip()):
        value = int(found[1] + found[2])
        if dtype.min <= value <= dtype.max:
            return value
    raise _refused(text)


def _floats(texts: np.ndarray, dtype: DType) -> np.ndarray:
    out = np.empty(texts.size, dtype.array_dtype)
    if decimal_floats(texts.size, texts, dtype.size, out) >= 0:
        # Hexadecimal, out of range, or none at all.
        wide = np.fromiter(map(_float, texts), np.float64, texts.size)
        return _narrowed(wide, texts) if dtype is float32 else wide
    return out


_HEXADECIMAL = re.compile(rb"[+-]?0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[+-]?[0-9]+)?")
_NAN = re.compile(rb"([+-]?nan)\([a-z0-9_]*\)")


def _float(text: bytes) -> float:
    plain = text.strip().lower()
    try:
        if _HEXADECIMAL.fullmatch(plain):
            return float.fromhex(plain.decode())
        plain = _NAN.sub(rb"\1", plain)
        if b"_" not in plain:
            return float(plain)
    except OverflowError:
        return float("-inf" if plain.startswith(b"-") else "inf")
    except ValueError:
        pass
    raise _refused(text)


def _narrowed(wide: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """float32, rounded once: a number halfway between two of them is asked again for its digits."""
    found = wide.astype(np.float32)
    other = np.nextafter(found, np.where(wide > found, np.inf, -np.inf).astype(np.float32))
    halfway = (wide - found == other - wide) & (wide != found) & np.isfinite(other)
    for place in np.flatnonzero(halfway).tolist():
        text = texts[place].strip().decode()
        if "x" not in text.lower():
            beyond = Fraction(text) - Fraction(float(wide[place]))
            if beyond:
                pair = found[place], other[place]
                found[place] = max(pair) if beyond > 0 else min(pair)
    return found


def _refused(text: bytes) -> ValueError:
    shown = text.split(b"\0")[0].decode("utf-8", "replace")
    return ValueError(f"StringToNumberOp could not correctly convert string: {shown}")
