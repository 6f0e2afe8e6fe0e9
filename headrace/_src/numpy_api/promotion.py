"""Which dtype comes of several: `result_type`, `promote_types`, and tensors made by these rules.

The one idea: NumPy is asked. Its own `result_type` gets the dtypes of tensors and arrays, and
Python's numbers as they are, which take the dtype of what they stand beside: int8 and 1 make int8,
int32 and float32 make float64, 1 alone is an int64 and 1.5 a float64. Where float32 is preferred, a
Python float counts as one.

Read next: behaviour.py, which sets the mode.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.dtypes import DType
from headrace._src.core.tensor import EagerTensor, Readable, Tensor
from headrace._src.engine.convert import constant_of, convert, in_graph
from headrace._src.ops.array import reshape
from headrace._src.ops.cast import cast
from headrace._src.ops.joining import stack


class Settings:
    """What `experimental_enable_numpy_behavior` has been told last.

    prefer_float32: whether a Python float is a float32.
    """

    prefer_float32 = False


settings = Settings()


# ---- dtypes --------------------------------------------------------------------------------------


def default_float() -> DType:
    """What a Python float becomes on its own."""
    return dtypes.float32 if settings.prefer_float32 else dtypes.float64


_PYTHON = {
    bool: dtypes.bool,
    int: dtypes.int64,
    float: dtypes.float64,
    complex: dtypes.complex128,
}


def dtype_of(dtype: Any) -> DType:
    """The `DType` that a `dtype` argument means; Python's `int` and `float` as NumPy has them.

    >>> dtype_of(float), dtype_of("int8"), dtype_of(np.float16)
    (tf.float64, tf.int8, tf.float16)
    """
    if isinstance(dtype, type) and dtype in _PYTHON:
        return _PYTHON[dtype]
    if isinstance(dtype, (str, type(None))):
        return dtypes.as_dtype(np.dtype(dtype) if dtype else default_float())
    return dtypes.as_dtype(dtype)


def result_type(*arrays_and_dtypes: Any) -> DType:
    """The dtype that NumPy's promotion rules give for arrays, numbers and dtypes together.

    >>> tf.experimental.numpy.result_type(tf.int8, 1)
    tf.int8
    >>> tf.experimental.numpy.result_type(tf.constant([1]), tf.float32)
    tf.float64

    Raises TypeError where there is none. Source: numpy.result_type.
    """
    kinds = [_plain_type(leaf) for leaf in _leaves(arrays_and_dtypes)]
    return dtypes.as_dtype(np.result_type(*kinds)) if kinds else dtypes.float64


def _numpy_dtype(dtype: Any) -> Any:
    if isinstance(dtype, Tensor):
        raise ValueError(
            f"Could not convert {dtype!r} to a NumPy dtype (via `.dtype` value {dtype.dtype})."
        )
    return dtype_of(dtype).as_numpy_dtype


def promote_types(type1: Any, type2: Any) -> Any:
    """The smallest dtype that holds the values of both, by NumPy's table: a `numpy.dtype`.

    >>> tf.experimental.numpy.promote_types(tf.int32, tf.float32)
    dtype('float64')

    Source: numpy.promote_types.
    """
    one, other = (np.dtype(_numpy_dtype(t)) for t in (type1, type2))
    return np.promote_types(one, other)


def finfo(dtype: Any) -> np.finfo:
    """The limits of a float dtype, as NumPy's `finfo` tells them.

    >>> tf.experimental.numpy.finfo(tf.float32).eps
    np.float32(1.1920929e-07)

    Source: numpy.finfo.
    """
    return np.finfo(_numpy_dtype(dtype))


def _leaves(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _leaves(value)
        else:
            yield value


def _plain_type(value: Any) -> Any:
    """What stands for a value when NumPy is asked: a dtype, or a Python number."""
    if isinstance(value, (float, complex)) and settings.prefer_float32:
        return np.float32 if isinstance(value, float) else np.complex64
    if type(value) in (bool, int, float, complex):
        return value
    own = value if isinstance(value, type) else getattr(value, "dtype", value)
    if isinstance(own, DType):
        return np.dtype(own.as_numpy_dtype)
    if isinstance(own, (np.dtype, str, type)) or own is None:
        return np.dtype(own)
    return convert(value).dtype.as_numpy_dtype


# ---- tensors -------------------------------------------------------------------------------------


def tensor(x: Any, dtype: DType | None = None) -> Any:
    """`x` as a tensor of `dtype`, else of the dtype that NumPy would give it."""
    if isinstance(x, (Tensor, Readable)):
        x = convert(x)
        return x if dtype is None or x.dtype is dtype else cast(x, dtype)
    if isinstance(x, np.ndarray) or (isinstance(x, np.generic) and not isinstance(x, float)):
        return convert(x, dtype)
    leaves = list(_leaves((x,)))
    if dtype is None:
        if not all(isinstance(leaf, _NUMERIC) for leaf in leaves):
            return convert(x)
        dtype = result_type(x)
        if dtype is dtypes.string:  # integers beyond 64 bits: convert says what is wrong
            return convert(x)
    if any(isinstance(leaf, (Tensor, Readable)) for leaf in leaves):
        return _stacked(x, dtype)
    return _converted(x, dtype)


_NUMERIC = (bool, int, float, complex, np.ndarray, np.generic, Tensor, Readable)


def _converted(x: Any, dtype: DType) -> EagerTensor:
    """Numbers, or nested lists of them, as a tensor of `dtype`: as NumPy's `astype` casts."""
    if isinstance(x, (bool, int)) and dtype.is_integer:
        return convert(int(x), dtype)
    array = np.asarray(x)
    if array.dtype == object:  # ragged: convert says what is wrong
        return convert(x, dtype)
    return convert(array, dtype)


def _stacked(x: Any, dtype: DType) -> Any:
    """Nested lists with tensors in them, which may differ in dtype."""
    if isinstance(x, (list, tuple)):
        return stack([_stacked(item, dtype) for item in x])
    return tensor(x, dtype)


def tensors(*values: Any) -> list[Any]:
    """The values as tensors of their common dtype."""
    own = {value.dtype if isinstance(value, Tensor) else None for value in values}
    if len(own) == 1 and None not in own:
        return list(values)
    dtype = result_type(*values)
    return [tensor(value, dtype) for value in values]


def floats(x: Any) -> Any:
    """`x` as a tensor of floats or complex numbers: integers become float64.

    bfloat16, of which NumPy knows nothing, goes with the integers.
    """
    x = tensor(x)
    return x if x.dtype in _INEXACT else cast(x, dtypes.float64)


_INEXACT = frozenset(
    {dtypes.float16, dtypes.float32, dtypes.float64, dtypes.complex64, dtypes.complex128}
)


def answer(x: Any) -> Any:
    """A tensor as a public function answers it: in a graph never one that is only known."""
    return in_graph(x, "Const")


def constant(array: np.ndarray, dtype: DType) -> Any:
    """An array that a function made of sizes and the like, as a tensor."""
    return constant_of(np.asarray(array, dtype.array_dtype), dtype, "Const")


def flat(x: Any) -> Any:
    """`x` as a vector."""
    return reshape(x, [-1])
