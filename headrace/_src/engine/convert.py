"""From Python values, NumPy arrays and guests to tensors, by TensorFlow's rules.

The rules in short. Python integers become int32 (int64 where they do not fit), floats float32,
complex numbers complex128; NumPy arrays keep their dtype. With a dtype asked for, a Python value
must be of its kind (1.5 is no int32, 1 is no bool), a NumPy array is cast without a word, and a
tensor must have it already. A `hint` is a wish: it is tried first, and forgotten where the value is
of another kind.

Types from the floors above (variables, indexed slices, a user's own) join through
`register_tensor_conversion_function`, or by a method `__tf_tensor__(dtype, name)`.

Read next: engine/run.py.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import ml_dtypes
import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, of_array
from headrace._src.core.memory import copied

# With None's type, `type_spec_from_value` knows all that is no tensor and yet has a spec.
from headrace._src.core.none_spec import NoneTensorSpec as NoneTensorSpec
from headrace._src.core.shapes import TensorShape

# Public from here, where the slot it needs is filled (see the end of the file).
from headrace._src.core.spec import set_conversion
from headrace._src.core.spec import type_spec_from_value as type_spec_from_value
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.graph import SymbolicTensor, out_of_scope, plain

# For a type: (priority, order, function), best first. Looked up along the type's bases.
_conversions: dict[type, list[tuple[int, int, Callable]]] = {}


def register_tensor_conversion_function(
    base_type: type | tuple[type, ...], conversion_func: Callable, priority: int = 100
) -> None:
    """Registers how objects of `base_type` become tensors.

    conversion_func: called as `(value, dtype=None, name=None, as_ref=False)`; a tensor, or
        NotImplemented to leave the value to the next one.
    priority: lower is asked first; equal ones in the order of registration.

    Raises TypeError where `base_type` is not a type or `conversion_func` not callable.
    """
    types = base_type if isinstance(base_type, tuple) else (base_type,)
    if not all(isinstance(t, type) for t in types):
        raise TypeError(
            f"Argument `base_type` must be a type or a tuple of types. Received: {base_type}"
        )
    if not callable(conversion_func):
        raise TypeError(f"Argument `conversion_func` must be callable. Received: {conversion_func}")
    for t in types:
        row = _conversions.setdefault(t, [])
        row.append((priority, len(row), conversion_func))
        row.sort(key=lambda entry: entry[:2])


def convert(
    value: Any, dtype: DType | None = None, hint: DType | None = None, name: str | None = None
) -> Any:
    """`value` as a tensor of `dtype`, else of `hint` if it can be, else of its own.

    While a graph is built, plain values become eager tensors too: known ones, of which the node
    that takes them makes a constant.
    """
    if isinstance(value, Tensor):
        if type(value) is SymbolicTensor and thread.context.graph is None:
            raise out_of_scope(value, None)
        if dtype is None or dtype is value.dtype:
            return value
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype "
            f"{value.dtype.name}: {value!r}"
        )
    if type(value) is list and value and (types := set(map(type, value))) <= _NUMBERS:
        wanted = dtype or hint
        if wanted is None or _is_of_kind(max(types, key=_WIDTH.__getitem__), wanted):
            return _made(*_from_python(value, (len(value),), types, wanted))
    guest = _converted_guest(value, dtype, hint, name)
    if guest is not None:
        return guest
    if isinstance(value, (list, tuple)) and (first := _first_tensor(value)) is not None:
        return _packed(value, dtype, dtype or first.dtype)
    try:
        array, own = _array_and_dtype(value, dtype, hint)
    except ValueError as error:
        if thread.context.graph is None or not str(error).startswith(_TYPE_ERRORS_IN_GRAPHS):
            raise
        if value is None:
            raise ValueError("None values not supported.") from None
        raise TypeError(
            f"Failed to convert elements of {value} to Tensor. Consider casting elements to a "
            "supported type. See https://www.tensorflow.org/api_docs/python/tf/dtypes for "
            "supported TF dtypes."
        ) from None
    return _made(array, own)


# What TensorFlow calls a TypeError while a graph is built.
_TYPE_ERRORS_IN_GRAPHS = (
    "Can't convert Python sequence with mixed types",
    "Can't convert Python sequence with out-of-range integer",
    "Attempt to convert a value",
    "Failed to convert a NumPy array",
)


def _array_and_dtype(
    value: Any, dtype: DType | None, hint: DType | None
) -> tuple[np.ndarray, DType]:
    if dtype is None and hint is not None:
        try:
            return array_from(value, hint)
        except (TypeError, ValueError):
            return array_from(value, None)
    return array_from(value, dtype)


def _made(array: np.ndarray, dtype: DType) -> EagerTensor:
    tensor = EagerTensor(array, dtype)
    return tensor if thread.context.graph is None else plain(tensor)


def convert_to_tensor(
    value: Any, dtype: Any = None, dtype_hint: Any = None, name: str | None = None
) -> EagerTensor:
    """`value` as a tensor.

    value: a tensor, variable, NumPy array, Python number, string, or nested list of these.
    dtype: what the result must have; a tensor of another dtype is not cast.
    dtype_hint: what the result should have if the value allows it.

    >>> tf.convert_to_tensor([[1, 2], [3, 4]])
    <tf.Tensor: shape=(2, 2), dtype=int32, numpy=
    array([[1, 2],
           [3, 4]], dtype=int32)>

    Raises TypeError where a Python value is not of the dtype's kind, ValueError for a value that is
    no tensor at all or a tensor of another dtype.
    """
    return in_graph(
        convert(
            value,
            None if dtype is None else as_dtype(dtype),
            None if dtype_hint is None else as_dtype(dtype_hint),
            name,
        ),
        name or "Const",
    )


def in_graph(tensor: Any, name: str) -> Any:
    """A tensor known while a graph is built, as a constant of that graph; any other as it is.

    What a public function answers goes through here, for users must not see whether something was
    known already.
    """
    graph = thread.context.graph
    if graph is None or type(tensor) is not EagerTensor:
        return tensor
    return graph.input(tensor, name if name.endswith("/") else f"{thread.context.scope}{name}")


def constant_of(array: np.ndarray, dtype: DType, name: str) -> Any:
    """An array that a public function made without any op, as a tensor: in a graph a constant."""
    tensor = EagerTensor(array, dtype)
    return tensor if thread.context.graph is None else in_graph(plain(tensor), name)


def _converted_guest(value: Any, dtype: DType | None, hint: DType | None, name: str | None) -> Any:
    """What a registered function or `__tf_tensor__` makes of `value`, or None for plain values."""
    kind = type(value)
    if kind in _PLAIN:
        return None
    for base in kind.__mro__:
        for _, _, function in _conversions.get(base, ()):
            for wanted in (dtype,) if dtype is not None or hint is None else (hint, None):
                try:
                    result = function(value, dtype=wanted, name=name, as_ref=False)
                except (TypeError, ValueError):
                    if wanted is None or wanted is dtype:
                        raise
                    continue
                if result is not NotImplemented:
                    return result
    method = getattr(kind, "__tf_tensor__", None)
    return None if method is None else method(value, dtype, name)


def array_from(value: Any, dtype: DType | None) -> tuple[np.ndarray, DType]:
    """The array, and the dtype, of a value that is neither a tensor nor a guest."""
    kind = type(value)
    if kind in _SCALARS:
        return _from_scalar(value, kind, dtype)
    if isinstance(value, (np.ndarray, np.generic)):
        return _from_numpy(value, dtype)
    if isinstance(value, (list, tuple, range)):
        return _from_sequence(value, dtype)
    if isinstance(value, TensorShape):
        return _from_shape(value, dtype)
    if isinstance(value, (bool, int, float, complex, str, bytes)):  # subclasses, such as enums
        return _from_scalar(value, next(k for k in _SCALARS if isinstance(value, k)), dtype)
    if isinstance(value, Sequence):  # deque, array.array, bytearray, memoryview and users' own
        return _from_sequence(list(value), dtype)
    if hasattr(value, "__array__") or hasattr(value, "__array_interface__"):
        return _from_numpy(np.asarray(value), dtype)
    raise _refusal(value)


def _from_scalar(value: Any, kind: type, dtype: DType | None) -> tuple[np.ndarray, DType]:
    if dtype is None:
        if kind is float:
            if not -_LARGEST <= value <= _LARGEST and math.isfinite(value):
                raise ValueError(_TOO_LARGE)
            return np.array(value, np.float32), dtypes.float32
        if kind is int:
            dtype = _integer_dtype(value, value)
            return np.array(value, dtype.array_dtype), dtype
        dtype = _DEFAULTS[kind]
    if not _is_of_kind(kind, dtype):
        raise TypeError(f"Cannot convert {value!r} to EagerTensor of dtype {dtype.kernel_name}")
    if dtype is dtypes.string:
        array = np.empty((), object)
        array[()] = value.encode() if kind is str else value
        return array, dtype
    if kind is int and dtype.is_integer:
        return _wrapped(np.array(value), dtype), dtype
    with np.errstate(all="ignore"):
        return np.array(value).astype(dtype.array_dtype), dtype


# What rounds to the largest float32, and what TensorFlow says of a larger Python number.
_LARGEST = float(np.finfo(np.float32).max) * (1 + 2**-25)
_TOO_LARGE = "Can't convert Python sequence with a value out of range for a double-precision float."


def _integer_dtype(low: int, high: int) -> DType:
    if low >= -(2**31) and high < 2**31:
        return dtypes.int32
    if low >= -(2**63) and high < 2**63:
        return dtypes.int64
    raise ValueError("Can't convert Python sequence with out-of-range integer to Tensor.")


def _wrapped(array: np.ndarray, dtype: DType) -> np.ndarray:
    """Integers as `dtype`, modulo its range, as TensorFlow does."""
    if array.dtype == object or (array.dtype == np.uint64 and dtype is not dtypes.uint64):
        raise ValueError("Can't convert Python sequence with out-of-range integer to Tensor.")
    return array.astype(dtype.array_dtype)


def _from_numpy(value: Any, dtype: DType | None) -> tuple[np.ndarray, DType]:
    array = np.asarray(value)
    if array.dtype.kind in "SUOT":
        if dtype not in (None, dtypes.string):
            return _strings(array).astype(dtype.array_dtype), dtype  # NumPy says what is no number
        return _strings(array), dtypes.string
    own = of_array(array.dtype)
    if dtype is None or dtype is own:
        return copied(array, own.array_dtype), own
    if dtype is dtypes.string:
        return _strings(array.astype(object)), dtype
    if own.is_complex and not dtype.is_complex:
        array = array.real
    with np.errstate(all="ignore"):
        return copied(array, dtype.array_dtype), dtype


def _strings(array: np.ndarray) -> np.ndarray:
    """Text and bytes as an object array of `bytes`."""
    out = np.empty(array.shape, object)
    flat = out.reshape(-1)
    for i, item in enumerate(array.reshape(-1).tolist()):
        if isinstance(item, str):
            item = item.encode()
        elif not isinstance(item, bytes):
            raise ValueError(
                "Failed to convert a NumPy array to a Tensor "
                f"(Unsupported object type {type(item).__name__})."
            )
        flat[i] = item
    return out


def _from_shape(shape: TensorShape, dtype: DType | None) -> tuple[np.ndarray, DType]:
    if not shape.is_fully_defined():
        raise ValueError(f"Cannot convert a partially known TensorShape {shape} to a Tensor.")
    dims = cast(list[int], shape.as_list())
    if dtype is None:
        dtype = _integer_dtype(0, max(dims, default=0))
    elif dtype not in (dtypes.int32, dtypes.int64):
        raise TypeError(f"Cannot convert {shape!r} to EagerTensor of dtype {dtype.kernel_name}")
    return np.array(dims, dtype.array_dtype), dtype


# ---- sequences -----------------------------------------------------------------------------------


def _from_sequence(value: Any, dtype: DType | None) -> tuple[np.ndarray, DType]:
    types: set[type] = set()
    shape = _scan(value, types)
    if types <= _SCALARS:
        return _from_python(value, shape, types, dtype)
    # NumPy's numbers among the items count as Python's. Only a float that comes first has a say.
    first = _first(value)
    if dtype is None and isinstance(first, (np.floating, ml_dtypes.bfloat16)):
        dtype = of_array(first.dtype)
    return _from_sequence(_plain(value), dtype)


def _scan(value: Any, types: set[type]) -> tuple[int, ...]:
    """Gathers the leaves' types and answers the shape that the sequences have."""
    if isinstance(value, range):
        types.add(int)
        return (len(value),)
    kinds = {type(item) for item in value}
    if any(issubclass(kind, np.ndarray) for kind in kinds) or not any(
        issubclass(kind, _SEQUENCES) for kind in kinds
    ):
        types |= kinds
        return (len(value),)
    if not isinstance(value[0], _SEQUENCES):
        raise ValueError("Can't convert Python sequence with mixed types to Tensor.")
    shapes = {_scan(item, types) if isinstance(item, _SEQUENCES) else None for item in value}
    inner, *others = shapes
    if inner is None or others:
        raise ValueError("Can't convert non-rectangular Python sequence to Tensor.")
    return (len(value), *inner)


def _first(value: Any) -> Any:
    """The first leaf of nested sequences; None where there is none."""
    for item in value:
        if isinstance(item, _SEQUENCES):
            item = _first(item)
        elif isinstance(item, np.ndarray):
            item = item.flat[0] if item.size else None
        if item is not None:
            return item
    return None


def _plain(value: Any) -> Any:
    """Nested sequences as lists of Python scalars; raises ValueError for what is neither."""
    items: list[Any] = []
    for item in value:
        if isinstance(item, (np.ndarray, np.generic)):
            item = item.tolist()
        elif isinstance(item, _SEQUENCES) or (
            isinstance(item, (Sequence, TensorShape)) and not isinstance(item, (str, bytes))
        ):
            item = _plain(item)
        elif type(item) not in _SCALARS:
            kind = next((k for k in _SCALARS if isinstance(item, k)), None)
            if kind is None and items:
                raise ValueError("Can't convert Python sequence with mixed types to Tensor.")
            if kind is None:
                raise _refusal(item)
            item = kind(item)
        items.append(item)
    return items


def _refusal(value: Any) -> ValueError:
    return ValueError(
        f"Attempt to convert a value ({value!r}) with an unsupported type ({type(value)}) to a "
        "Tensor."
    )


def _first_tensor(value: Any) -> Any:
    """The first tensor or guest in nested sequences; None where all is plain."""
    for item in value:
        kind = type(item)
        if kind in _SCALARS:
            continue
        if kind is list or kind is tuple:
            item = _first_tensor(item)
            if item is not None:
                return item
        elif isinstance(item, Tensor) or isinstance(getattr(item, "dtype", None), DType):
            return item
    return None


# Filled by ops/joining.py: the op that puts tensors of one shape and dtype side by side. An op, so
# that gradients find their way through a list of tensors.
pack: Any = None


def _packed(value: Any, dtype: DType | None, own: DType) -> EagerTensor:
    """A sequence with tensors among its items as one tensor.

    dtype: what all items become; own: what those that are no tensors become where it is None.
    """
    items = []
    for item in value:
        if isinstance(item, (list, tuple)):
            item = (
                _packed(item, dtype, own) if _first_tensor(item) is not None else convert(item, own)
            )
        elif not isinstance(item, Tensor):
            is_guest = isinstance(getattr(item, "dtype", None), DType)
            item = convert(item) if is_guest else convert(item, own)
        if dtype is not None and type(item) is EagerTensor and item.dtype is not dtype:
            item = EagerTensor(*_from_numpy(array_of(item), dtype))
        items.append(item)
    return pack(items)


def _leaves(value: Any) -> Iterator:
    for item in value:
        if isinstance(item, _SEQUENCES):
            yield from _leaves(item)
        else:
            yield item


def _from_python(
    value: Any, shape: tuple[int, ...], types: set[type], dtype: DType | None
) -> tuple[np.ndarray, DType]:
    """Nested sequences of Python scalars."""
    if not types:
        own = dtype or dtypes.float32
        return np.empty(shape, own.array_dtype), own
    if len(types) > 1 and not _may_mix(types, value, dtype):
        raise ValueError("Can't convert Python sequence with mixed types to Tensor.")
    widest = max(types, key=_WIDTH.__getitem__)
    if dtype is not None and not _is_of_kind(widest, dtype):
        raise TypeError(f"Cannot convert {value!r} to EagerTensor of dtype {dtype.kernel_name}")
    if widest is str or widest is bytes:
        out = np.empty(shape, object)
        flat = out.reshape(-1)
        for i, item in enumerate(_leaves(value)):
            flat[i] = item.encode() if type(item) is str else item
        return out, dtypes.string
    if widest is float and (dtype is None or dtype is dtypes.float32):
        array = thread.context.run(np.array, value, np.float32)
        if dtype is None and not math.isfinite(np.add.reduce(array, None)):
            size = np.abs(np.array(value))
            if ((size > _LARGEST) & np.isfinite(size)).any():
                raise ValueError(_TOO_LARGE)
        return array, dtypes.float32
    array = np.array(value)
    if widest is int:
        if (array.dtype == object or array.dtype == np.uint64) and (
            dtype is None or (dtype.is_integer and dtype is not dtypes.uint64)
        ):
            raise ValueError("Can't convert Python sequence with out-of-range integer to Tensor.")
        if dtype is None:
            dtype = _integer_dtype(int(array.min(initial=0)), int(array.max(initial=0)))
        return array.astype(dtype.array_dtype), dtype
    dtype = dtype or _DEFAULTS[widest]
    with np.errstate(all="ignore"):
        return array.astype(dtype.array_dtype), dtype


def _may_mix(types: set[type], value: Any, dtype: DType | None) -> bool:
    """Whether a sequence may hold these types side by side.

    Integers and floats always may; bools too where a dtype is asked for; and any number where the
    first is complex.
    """
    return (
        types <= _NUMBERS
        or types <= {str, bytes}
        or (dtype is not None and types <= {bool, int, float})
        or (types <= {bool, int, float, complex} and type(_first(value)) is complex)
    )


def _is_of_kind(kind: type, dtype: DType) -> bool:
    """Whether a Python scalar of type `kind` may become an element of `dtype`."""
    if kind is str or kind is bytes:
        return dtype is dtypes.string
    if dtype in (dtypes.string, dtypes.resource, dtypes.variant):
        return False
    if kind is bool:
        return dtype in _OF_BOOLS
    if kind is int:
        return not dtype.is_bool
    if kind is float:
        return dtype.is_floating or dtype.is_complex
    return dtype.is_complex


# TensorFlow makes these of True, and no other numbers.
_OF_BOOLS = frozenset(
    {dtypes.bool, dtypes.int32, dtypes.int64, dtypes.float16, dtypes.float32, dtypes.float64}
)
_NUMBERS = frozenset({int, float})
_SCALARS = frozenset({bool, int, float, complex, str, bytes})
_SEQUENCES = (list, tuple, range)
_PLAIN = _SCALARS | {list, tuple, np.ndarray, type(None), range}
_DEFAULTS = {
    bool: dtypes.bool,
    float: dtypes.float32,
    complex: dtypes.complex128,
    str: dtypes.string,
    bytes: dtypes.string,
}
_WIDTH = {bool: 0, int: 1, float: 2, complex: 3, bytes: 4, str: 5}


set_conversion(convert)
