"""Element types: one `DType` object for each type that a tensor may hold.

The one idea: a `DType` is interned. There is exactly one object for float32 in a process, so the
engine compares with `is` and hashes by identity, both at the speed of C, and everything it asks
often (`name`, `array_dtype`, `is_floating`, ...) is a plain attribute computed once, from `_ROWS`
below. What users may write for a type ("float32", np.float32, float, 1) is turned into the object
at the door, by `as_dtype`; the type of an array is looked up by `of_array`.

A type and the array that holds it may differ: strings are kept in object arrays, the quantized
types in arrays of their integers. `array_dtype` says which; `as_numpy_dtype` is TensorFlow's
public answer, which for quantized types is a structured dtype.

Each type has a `_ref` twin, 100 higher in number, which only old graphs mention.

Read next: `shapes.py`, then `tensor.py`.
"""

from __future__ import annotations

import builtins  # `bool` below is the tensor type
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn, final

import ml_dtypes
import numpy as np

_REF = 100  # distance from a type's number to that of its reference twin


@final
class DType:
    """The type of a tensor's elements, such as `tf.float32`.

    `tf.DType(n)` gives the type of number `n` in TensorFlow's `DataType` enumeration.
    Types equal what `tf.as_dtype` turns into them; they pickle and copy to themselves.

    Attributes:
        name: `'float32'`.
        as_datatype_enum: the number.
        is_floating, is_complex, is_integer, is_unsigned, is_bool, is_quantized, is_numeric,
            is_numpy_compatible: bools. Quantized types are not integers; `is_numeric` leaves out
            the types of eight bits or fewer that are not `int8`, `uint8` or quantized.
        size: bytes per element, 0 for string, resource and variant.
        base_dtype: the type itself, or what a reference type refers to.
        real_dtype: the type of the real part.
        array_dtype: the `np.dtype` of the arrays that hold it here.
        kernel_name: the name in messages of TensorFlow's kernels: `'float'`.
        is_differentiable: whether tapes follow it: 16 bits or more, real or complex.

    Raises:
        TypeError: there is no type of that number.

    >>> tf.DType(1)
    tf.float32
    """

    __slots__ = (
        "__weakref__",
        "_as_numpy_dtype",
        "_as_ref",
        "_is_ref_dtype",
        "array_dtype",
        "as_datatype_enum",
        "base_dtype",
        "is_bool",
        "is_complex",
        "is_differentiable",
        "is_floating",
        "is_integer",
        "is_numeric",
        "is_numpy_compatible",
        "is_quantized",
        "is_unsigned",
        "kernel_name",
        "name",
        "real_dtype",
        "size",
    )

    name: str
    array_dtype: np.dtype[Any]
    as_datatype_enum: int
    kernel_name: str
    is_floating: builtins.bool
    is_complex: builtins.bool
    is_integer: builtins.bool
    is_unsigned: builtins.bool
    is_bool: builtins.bool
    is_quantized: builtins.bool
    is_numeric: builtins.bool
    is_numpy_compatible: builtins.bool
    is_differentiable: builtins.bool
    size: int
    base_dtype: DType
    real_dtype: DType
    _as_numpy_dtype: Any
    _as_ref: DType
    _is_ref_dtype: builtins.bool

    def __new__(cls, type_enum: Any, handle_data: Any = None) -> DType:
        number = int(type_enum)
        try:
            dtype = _BY_NUMBER[number]
        except KeyError:
            raise TypeError(
                f"{number} does not correspond to a valid tensorflow::DataType"
            ) from None
        if handle_data is not None:
            raise NotImplementedError(
                "tf.DType: `handle_data` must be None; there is one object per type, which "
                "carries nothing about a particular resource."
            )
        return dtype

    def __init_subclass__(cls, **kwargs: Any) -> NoReturn:
        raise TypeError("tf.DType cannot be subclassed: there is one object per type.")

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"cannot set {name!r}: the type {self!r} is shared and immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"cannot delete {name!r}: the type {self!r} is shared and immutable")

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> builtins.bool:
        if self is other:
            return True
        if other is None or type(other) is DType:
            return False
        try:
            return as_dtype(other) is self
        except TypeError:
            return False

    def __ne__(self, other: object) -> builtins.bool:
        return not self == other

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __str__(self) -> str:
        return f"<dtype: {self.name!r}>"

    def __int__(self) -> int:
        return self.as_datatype_enum

    def __reduce__(self) -> tuple[Any, ...]:
        return as_dtype, (self.name,)

    # Of what TensorFlow makes properties, these alone are rare, or may raise.

    @property
    def as_numpy_dtype(self) -> Any:
        """The NumPy scalar type; for a quantized type a structured dtype with one field.

        Raises:
            KeyError: resource and variant have none.

        >>> tf.float32.as_numpy_dtype
        <class 'numpy.float32'>
        """
        if self._as_numpy_dtype is None:
            raise KeyError(self.as_datatype_enum)
        return self._as_numpy_dtype

    @property
    def min(self) -> Any:
        """The lowest finite value; a Python int for integers, else a scalar of the type.

        Raises:
            TypeError: the type is not ordered or has no arithmetic of its own.

        >>> tf.int8.min
        -128
        """
        return self._extremes("minimum").min

    @property
    def max(self) -> Any:
        """The highest finite value; a Python int for integers, else a scalar of the type.

        Raises:
            TypeError: the type is not ordered or has no arithmetic of its own.

        >>> tf.uint16.max
        65535
        """
        return self._extremes("maximum").max

    def _extremes(self, which: str) -> Any:
        if self.is_floating:
            return ml_dtypes.finfo(self.array_dtype)  # type: ignore[no-untyped-call]
        if self.is_integer:
            return ml_dtypes.iinfo(self.array_dtype)  # type: ignore[no-untyped-call]
        kind = ""
        if self.is_quantized:
            kind = f" with quantized type {self.base_dtype}"
        elif self.is_numpy_compatible:
            kind = f" with type {self.base_dtype}"
        raise TypeError(f"Cannot find {which} value of {self}{kind}.")

    @property
    def limits(self) -> tuple[Any, Any]:
        """The pair (0, highest value) of the range that images of this type use.

        1 is the highest for float32 and float64, `max` for the integers of eight bits or more.

        Raises:
            ValueError: the type has no such range.

        >>> tf.uint8.limits
        (0, 255)
        """
        if self.is_integer and self.is_numeric:
            return 0, self.max
        if self.base_dtype in (float32, float64):
            return 0, 1
        if self.is_bool:
            return 0, True
        self.as_numpy_dtype  # noqa: B018  resource and variant answer with its KeyError
        raise ValueError(f"{self} does not have defined limits.")

    def is_compatible_with(self, other: Any) -> builtins.bool:
        """Whether a tensor of type `other` may be used where this type is wanted.

        A reference type may stand for its base, not the other way round.

        Raises:
            TypeError: `other` names no type.

        >>> tf.float32.is_compatible_with("float32"), tf.float32.is_compatible_with(tf.int32)
        (True, False)
        """
        wanted = as_dtype(other)
        return self is wanted or self is wanted.base_dtype

    # As part of a function's signature a type is a constant: it equals only itself and holds
    # no tensors.

    def is_subtype_of(self, other: object) -> builtins.bool:
        """Whether a signature that has `other` here accepts this type: only if they are equal.

        >>> tf.float32.is_subtype_of(tf.float64)
        False
        """
        return self == other

    def most_specific_common_supertype(self, types: Sequence[Any]) -> DType | None:
        """The type itself if all of `types` equal it, else None.

        >>> tf.float32.most_specific_common_supertype([tf.float32])
        tf.float32
        """
        return self if all(self == other for other in types) else None

    def placeholder_value(self, placeholder_context: Any) -> None:
        """None: a type holds no tensors, so there is nothing to hold a place for.

        >>> tf.float32.placeholder_value(None)
        """
        del placeholder_context

    def from_tensors(self, tensors: Iterator[Any]) -> None:
        """None, and nothing is taken from `tensors`: a type holds none.

        >>> tf.float32.from_tensors(iter([]))
        """
        del tensors

    def to_tensors(self, value: Any) -> list[Any]:
        """The empty list: a type holds no tensors.

        >>> tf.float32.to_tensors(tf.float32)
        []
        """
        del value
        return []

    def flatten(self) -> list[Any]:
        """The empty list: a type has no parts.

        >>> tf.float32.flatten()
        []
        """
        return []

    def cast(self, value: Any, cast_context: Any) -> NoReturn:
        """Refused: no value is cast to a type that stands in a signature.

        Raises:
            AssertionError: always.

        >>> tf.float32.cast(1, None)
        Traceback (most recent call last):
        AssertionError: Can not cast 1 to type tf.float32
        """
        del cast_context
        raise AssertionError(f"Can not cast {value!r} to type {self!r}")


# The table: number, name, NumPy's type, the kernels' name where it differs. Order and numbers are
# those of the DataType enumeration of GraphDef files.
_ROWS: tuple[tuple[Any, ...], ...] = (
    (1, "float32", np.float32, "float"),
    (2, "float64", np.float64, "double"),
    (3, "int32", np.int32),
    (4, "uint8", np.uint8),
    (5, "int16", np.int16),
    (6, "int8", np.int8),
    (7, "string", object),
    (8, "complex64", np.complex64),
    (9, "int64", np.int64),
    (10, "bool", np.bool_),
    (11, "qint8", np.int8),
    (12, "quint8", np.uint8),
    (13, "qint32", np.int32),
    (14, "bfloat16", ml_dtypes.bfloat16),
    (15, "qint16", np.int16),
    (16, "quint16", np.uint16),
    (17, "uint16", np.uint16),
    (18, "complex128", np.complex128),
    (19, "float16", np.float16, "half"),
    (20, "resource", None),
    (21, "variant", None),
    (22, "uint32", np.uint32),
    (23, "uint64", np.uint64),
    (24, "float8_e5m2", ml_dtypes.float8_e5m2),
    (25, "float8_e4m3fn", ml_dtypes.float8_e4m3fn),
    (26, "float8_e4m3fnuz", ml_dtypes.float8_e4m3fnuz),
    (27, "float8_e4m3b11fnuz", ml_dtypes.float8_e4m3b11fnuz),
    (28, "float8_e5m2fnuz", ml_dtypes.float8_e5m2fnuz),
    (29, "int4", ml_dtypes.int4),
    (30, "uint4", ml_dtypes.uint4),
    (31, "int2", ml_dtypes.int2),
    (32, "uint2", ml_dtypes.uint2),
    (33, "float4_e2m1fn", ml_dtypes.float4_e2m1fn),
)

_BY_NUMBER: dict[int, DType] = {}


def _intern(number: int, name: str, scalar: Any, kernel_name: str = "") -> DType:
    """Makes the type of one row and its reference twin."""
    array_dtype = np.dtype(object if scalar is None else scalar)
    is_quantized = name.startswith(("qint", "quint"))
    is_integer = name.startswith(("int", "uint"))
    is_floating = name.startswith(("float", "bfloat"))
    is_complex = name.startswith("complex")
    is_small = name.startswith(("float8", "float4", "int4", "uint4", "int2", "uint2"))
    facts: dict[str, Any] = {
        "array_dtype": array_dtype,
        "_as_numpy_dtype": np.dtype([(name, array_dtype)]) if is_quantized else scalar,
        "is_floating": is_floating,
        "is_complex": is_complex,
        "is_integer": is_integer,
        "is_unsigned": is_integer and name.startswith("u"),
        "is_bool": name == "bool",
        "is_quantized": is_quantized,
        "is_numeric": (is_integer or is_floating or is_complex or is_quantized) and not is_small,
        "is_numpy_compatible": scalar is not None,
        "is_differentiable": (is_floating or is_complex) and not is_small,
        "size": 0 if array_dtype.hasobject else array_dtype.itemsize,
    }
    base, ref = object.__new__(DType), object.__new__(DType)
    for dtype, suffix in ((base, ""), (ref, "_ref")):
        own = {
            "name": name + suffix,
            "kernel_name": (kernel_name or name) + suffix,
            "as_datatype_enum": number + (_REF if dtype is ref else 0),
            "base_dtype": base,
            "real_dtype": dtype,
            "_as_ref": ref,
            "_is_ref_dtype": dtype is ref,
        }
        if is_complex:
            own["real_dtype"] = _BY_NUMBER[1 if name == "complex64" else 2]
        for key, value in (facts | own).items():
            object.__setattr__(dtype, key, value)
        _BY_NUMBER[dtype.as_datatype_enum] = dtype
    return base


# What `as_dtype` finds in one look: types' names and numbers, Python's and NumPy's scalar types,
# NumPy's dtypes. Keys of different kinds never meet: their hashes differ.
_BY_KEY: dict[Any, DType] = {}
# The same for arrays alone.
_BY_ARRAY: dict[np.dtype[Any], DType] = {}

for _row in _ROWS:
    _dtype = _intern(*_row)
    for _key in (_dtype, _dtype._as_ref):
        _BY_KEY[_key.as_datatype_enum] = _BY_KEY[_key.name] = _BY_KEY[_key.kernel_name] = _key
    if _dtype.is_numpy_compatible:
        _BY_KEY[_dtype.as_numpy_dtype] = _dtype
        _BY_ARRAY[np.dtype(_dtype.as_numpy_dtype)] = _dtype

(
    float32, float64, int32, uint8, int16, int8, string, complex64, int64, bool,
    qint8, quint8, qint32, bfloat16, qint16, quint16, uint16, complex128, float16,
    resource, variant, uint32, uint64, float8_e5m2, float8_e4m3fn, float8_e4m3fnuz,
    float8_e4m3b11fnuz, float8_e5m2fnuz, int4, uint4, int2, uint2, float4_e2m1fn,
) = (_BY_NUMBER[_row[0]] for _row in _ROWS)  # fmt: skip

half = float16
double = float64

# NumPy's C `long long` is a type apart from the int64 of the same width.
_BY_KEY |= {np.longlong: int64, np.ulonglong: uint64}
_BY_KEY |= {
    np.object_: string,
    np.str_: string,
    np.bytes_: string,
    float: float32,
    builtins.bool: bool,
}

# With their reference twins, as TensorFlow has it.
QUANTIZED_DTYPES = frozenset(dtype for dtype in _BY_NUMBER.values() if dtype.is_quantized)


def as_dtype(type_value: Any) -> DType:
    """The `DType` that `type_value` means.

    Args:
        type_value: a `DType`, its name or number, Python's `float` (float32), `bool` or
            `object` (string), a NumPy scalar type or dtype, or an object whose `dtype` is one of
            these last. Byte order does not matter. Python's `int`, `str` and `complex` are refused.

    Raises:
        TypeError: `type_value` means no type of tensors.

    >>> tf.as_dtype("half"), tf.as_dtype(np.int64), tf.as_dtype(float)
    (tf.float16, tf.int64, tf.float32)
    """
    if type(type_value) is DType:
        return type_value
    try:
        return _BY_KEY[type_value]
    except (KeyError, TypeError):  # TypeError: not hashable
        pass
    array_dtype = type_value
    if not isinstance(type_value, np.dtype):
        array_dtype = getattr(type_value, "dtype", None)
        if isinstance(array_dtype, str):
            try:
                array_dtype = np.dtype(array_dtype)
            except TypeError:  # no name of NumPy's either
                array_dtype = None
    if isinstance(array_dtype, np.dtype):
        if array_dtype in _BY_ARRAY:
            return _BY_ARRAY[array_dtype]
        if array_dtype.kind in "SUT":
            return string
        if array_dtype.type in _BY_KEY:  # another byte order, C's `long long`
            return _BY_KEY[array_dtype.type]
    raise TypeError(
        f"Cannot convert the argument `type_value`: {type_value!r} to a TensorFlow DType."
    )


def of_array(array_dtype: np.dtype[Any]) -> DType:
    """The `DType` of a tensor made from an array of `array_dtype`.

    The array itself still has to become one of the type's own `array_dtype` if it differs: bytes
    in another order, fixed-width strings, C's `long long`, structured arrays of quantized numbers.

    Raises:
        ValueError: no tensor can hold such an array.
    """
    try:
        return _BY_ARRAY[array_dtype]
    except KeyError:
        pass
    if array_dtype.kind in "SU":
        return string
    if array_dtype.type in _BY_KEY:  # another byte order, C's `long long`
        return _BY_KEY[array_dtype.type]
    if array_dtype.fields is not None:
        problem = "Unsupported numpy data type"
    elif array_dtype.kind == "V" and array_dtype.type is np.void:
        problem = "Unexpected numpy data type"
    else:
        problem = f"Unsupported numpy type: {_C_NAMES.get(array_dtype.char, 'not a numpy type')}"
    raise ValueError(f"Failed to convert a NumPy array to a Tensor ({problem}).")


_C_NAMES = {
    "M": "NPY_DATETIME",
    "m": "NPY_TIMEDELTA",
    "g": "NPY_LONGDOUBLE",
    "G": "NPY_CLONGDOUBLE",
}
