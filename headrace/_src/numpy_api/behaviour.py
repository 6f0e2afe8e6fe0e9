"""`experimental_enable_numpy_behavior`: tensors that behave as NumPy's arrays do.

The one idea: what changes is put into the classes, so that who does not ask for it pays nothing.
Tensors get NumPy's methods (`reshape`, `T`, `astype`, ...), its indexing (positions.py), and
operators that first bring both sides to their common dtype; variables get the operators.

Read next: promotion.py, positions.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.tensor import EagerTensor, Readable, Tensor
from headrace._src.engine.convert import convert
from headrace._src.numpy_api import elementwise, linear_algebra, manipulation, reductions
from headrace._src.numpy_api.positions import getitem
from headrace._src.numpy_api.promotion import dtype_of, result_type, settings, tensor
from headrace._src.objects.variable import Variable
from headrace._src.ops.cast import cast

_MODES = ("off", "legacy", "safe", "all")


def experimental_enable_numpy_behavior(
    prefer_float32: bool = False, dtype_conversion_mode: str = "legacy"
) -> Any:
    """Makes tensors behave as NumPy's arrays, for the rest of the program.

    They get the methods and properties `T`, `astype`, `clip`, `data`, `flatten`, `max`, `mean`,
    `min`, `ravel`, `reshape`, `size`, `tolist` and `transpose`, NumPy's indexing by lists, arrays
    and bools, and operators for mixed dtypes. `tf.add` and the other functions stay as they are.

    prefer_float32: whether a Python float counts as float32, not float64.
    dtype_conversion_mode: how operators find a common dtype: "legacy" by NumPy's rules, "off" not
        at all. "safe" and "all", TensorFlow's rules with weak types, are missing.

    Then `tf.constant([1, 2]).reshape(2, 1) + tf.constant([.5])` is a float64 of shape (2, 1). (No
    example runs here, for it would change the tensors of all others.)

    Raises ValueError for another mode.
    """
    if dtype_conversion_mode not in _MODES:
        raise ValueError(
            f"The provided promotion mode {dtype_conversion_mode} does not exist. Make sure the "
            "provided dtype conversion mode is one of the followings: 'off', 'legacy', 'safe' or "
            "'all'."
        )
    if dtype_conversion_mode in ("safe", "all"):
        raise NotImplementedError(
            "tf.experimental.numpy.experimental_enable_numpy_behavior: headrace has no "
            f"dtype_conversion_mode='{dtype_conversion_mode}' yet: no weak types. "
            "'legacy' promotes by NumPy's rules."
        )
    settings.prefer_float32 = prefer_float32
    for name, member in _MEMBERS.items():
        setattr(Tensor, name, member)
    promotes = dtype_conversion_mode != "off"
    for name, original in _ORIGINALS.items():
        operator = _promoting(name, original) if promotes else original
        setattr(Tensor, name, operator)
        setattr(Variable, name, _of_variable(operator) if promotes else _OF_VARIABLES[name])


# ---- operators -----------------------------------------------------------------------------------

_NAMES = "add sub mul truediv div floordiv mod pow and or xor matmul".split()
_BINARY = [f"__{side}{name}__" for name in _NAMES for side in ("", "r")]
_BINARY += [f"__{name}__" for name in ("lt", "le", "gt", "ge", "eq", "ne")]
_ORIGINALS = {name: getattr(Tensor, name) for name in _BINARY}
_OF_VARIABLES = {name: getattr(Variable, name) for name in _BINARY}

# Python's numbers change nothing beside these dtypes.
_INT_FITS = frozenset(
    getattr(dtypes, name)
    for name in "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64".split()
)
_FLOAT_FITS = frozenset({dtypes.float32, dtypes.float64})
_FITS = {int: _INT_FITS, float: _FLOAT_FITS}


def _promoting(name: str, original: Callable) -> Callable:
    """The operator `original` between sides brought to their common dtype."""
    function: Callable = _MATMULS.get(name, original)

    def operator(x: Any, y: Any) -> Any:
        fits = _FITS.get(type(y))
        if fits is not None and x.dtype in fits and function is original:
            return original(x, y)
        if isinstance(y, _ARRAYS):
            if isinstance(y, Tensor) and x.dtype is y.dtype:
                return function(x, y)
            if not isinstance(y, str) and x.dtype is not dtypes.string:
                dtype = result_type(x, y)
                return function(tensor(x, dtype), tensor(y, dtype))
        return original(x, y)

    return operator


_ARRAYS = (Tensor, Readable, np.ndarray, np.generic, bool, int, float, complex, list, tuple)
_MATMULS: dict[str, Callable] = {
    "__matmul__": linear_algebra.matmul,
    "__rmatmul__": lambda x, y: linear_algebra.matmul(y, x),
}


def _of_variable(operator: Callable) -> Callable:
    def method(x: Any, y: Any) -> Any:
        return operator(convert(x), y)

    return method


# ---- methods -------------------------------------------------------------------------------------


def _astype(self: Any, dtype: Any) -> Any:
    """The tensor with its elements cast to `dtype`; Python's `float` is float32 here."""
    return cast(self, dtypes.float32 if dtype is float else dtype_of(dtype))


def _reshape(self: Any, *newshape: Any, **kwargs: Any) -> Any:
    """The same elements in another shape, of which one size may be -1."""
    order = kwargs.pop("order", "C")
    if kwargs:
        raise ValueError(f"Unsupported arguments: {kwargs.keys()}")
    if len(newshape) == 1 and not isinstance(newshape[0], int):
        newshape = newshape[0]
    return manipulation.reshape(self, newshape, order=order)


def _transpose(self: Any, axes: Any = None) -> Any:
    """The tensor with its axes in the order `axes`, reversed by default."""
    return manipulation.transpose(self, axes)


def _tolist(self: Any) -> Any:
    """The elements as nested lists of Python numbers; of an eager tensor."""
    if not isinstance(self, EagerTensor):
        raise ValueError(f"Symbolic Tensors do not support the tolist API: {self!r}")
    return np.asarray(self).tolist()


def _rounded(self: Any, decimals: int = 0) -> Any:
    return elementwise.around(self, decimals)


_MEMBERS: dict[str, Any] = {
    "T": property(manipulation.transpose, doc="The tensor with its axes reversed."),
    "data": property(lambda self: self, doc="The tensor itself."),
    "size": property(manipulation.size, doc="The number of elements."),
    "astype": _astype,
    "clip": elementwise.clip,
    "flatten": manipulation.flatten,
    "max": reductions.max,
    "mean": reductions.mean,
    "min": reductions.min,
    "ravel": manipulation.ravel,
    "reshape": _reshape,
    "tolist": _tolist,
    "transpose": _transpose,
    "__getitem__": getitem,
    "__pos__": elementwise.positive,
    "__round__": _rounded,
}
