"""Tensors out of nothing but numbers: constants, zeros, ones, fills.

The one idea: where everything asked for is known in Python (it nearly always is), the value is
made by NumPy at once, and only a shape that is itself a symbolic tensor needs an op. So
`tf.zeros([2, 3])` inside a traced function is a constant, which the compiler folds.

Read next: engine/convert.py, which turns values into tensors; ops/ranges.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, int32
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, same
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.sparse_tensor import SparseTensor
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine import gradient
from headrace._src.engine.convert import constant_of, convert
from headrace._src.engine.graph import SymbolicTensor, plain
from headrace._src.engine.node import known_value
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.ops.array import dims as dims_of
from headrace._src.ops.array import reshape_op


def constant(
    value: Any, dtype: Any = None, shape: Any = None, name: str | None = "Const"
) -> Tensor:
    """A tensor with the given value.

    value: a Python number, string, NumPy array, or nested list of these. dtype: what the elements
    become; by default int32, float32, complex128, bool or string, and for NumPy's own their dtype.
    shape: the shape of the result, into which the elements are laid in row-major order; a single
    element is repeated.

    >>> tf.constant([[1, 2], [3, 4]])
    <tf.Tensor: shape=(2, 2), dtype=int32, numpy=
    array([[1, 2],
           [3, 4]], dtype=int32)>
    >>> tf.constant(-1.0, shape=[2, 3]).numpy()
    array([[-1., -1., -1.],
           [-1., -1., -1.]], dtype=float32)

    Raises TypeError where a value is not of the dtype's kind or the elements do not fill `shape`,
    ValueError for what is no tensor at all. Op: Const.
    """
    if dtype is not None and type(dtype) is not DType:
        dtype = as_dtype(dtype)
    is_traced = thread.context.graph is not None
    if isinstance(value, Tensor):
        if is_traced and type(value) is not EagerTensor:
            raise TypeError("Expected any non-tensor type, but got a tensor instead.")
        if dtype is not None and dtype is not value.dtype:
            raise TypeError(
                f"Expected tensor {value} with dtype {dtype!r}, but got dtype {value.dtype!r}."
            )
        tensor = value
    else:
        tensor = convert(value, dtype)
    if shape is not None:
        tensor = _shaped(tensor, shape)
    if not is_traced:
        return tensor
    if type(tensor) is not EagerTensor:
        raise TypeError("Expected any non-tensor type, but got a tensor instead.")
    return constant_of(array_of(tensor), tensor.dtype, name or "Const")


def _shaped(tensor: Tensor, shape: Any) -> Tensor:
    """The elements of `tensor` in `shape`; one element is repeated."""
    wanted = TensorShape(shape)
    if tensor.shape == wanted:
        return tensor
    count, total = tensor.shape.num_elements(), wanted.num_elements()
    if total is None or (count != total and count != 1):
        if thread.context.graph is not None:
            given, asked = (tuple(s.as_list()) for s in (tensor.shape, wanted))
            raise TypeError(f"Expected Tensor's shape: {asked}, but got {given}.")
        raise TypeError(
            f"Eager execution of tf.constant with unsupported shape. Tensor {tensor} "
            f"(converted from {array_of(tensor).tolist()}) has {count} elements, but got "
            f"`shape` {wanted} with {total} elements)."
        )
    array = array_of(tensor)
    sizes = tuple(wanted)
    if count == total:
        return EagerTensor(array.reshape(sizes), tensor.dtype)
    out = np.empty(sizes, array.dtype)
    out[...] = array.reshape(())
    return EagerTensor(out, tensor.dtype)


def is_tensor(x: Any) -> bool:
    """Whether `x` is a tensor, a variable or a guest: something that ops take for a tensor.

    >>> tf.is_tensor(tf.constant(1)), tf.is_tensor([1])
    (True, False)
    """
    return isinstance(x, (Tensor, IndexedSlices, SparseTensor)) or hasattr(type(x), "__tf_tensor__")


def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """The value of `tensor` as NumPy has it if it is known while tracing, else None.

    partial: whether a vector known in part may be answered, with None for what is not known.

    >>> tf.get_static_value(tf.constant([1, 2]))
    array([1, 2], dtype=int32)
    """
    if isinstance(tensor, EagerTensor):
        return array_of(tensor).copy() if tensor._array.ndim else array_of(tensor)[()]
    if type(tensor) is not SymbolicTensor:
        return tensor if not isinstance(tensor, Tensor) and not hasattr(tensor, "dtype") else None
    known = known_value(tensor)
    if known is not None:
        return known.copy()
    node = tensor.op
    if not partial or node.type != "Pack" or node.attributes["axis"]:
        return None
    return [known_value(element) for element in node.inputs]


# ---- fills ---------------------------------------------------------------------------------------


def zeros(
    shape: Any, dtype: Any = dtypes.float32, name: str | None = None, layout: Any = None
) -> Tensor:
    """A tensor of zeros (empty strings, False).

    shape: sizes as a list, tuple, `tf.TensorShape` or integer tensor; one integer makes a vector.

    >>> tf.zeros([2, 2], tf.int32)
    <tf.Tensor: shape=(2, 2), dtype=int32, numpy=
    array([[0, 0],
           [0, 0]], dtype=int32)>

    Raises TypeError for sizes that are no integers, tf.errors.InvalidArgumentError for negative
    ones.
    """
    dtype = as_dtype(dtype).base_dtype
    _no_layout(layout)
    return _filled(shape, b"" if dtype is dtypes.string else 0, dtype, name)


def ones(
    shape: Any, dtype: Any = dtypes.float32, name: str | None = None, layout: Any = None
) -> Tensor:
    """A tensor of ones.

    shape: sizes as a list, tuple, `tf.TensorShape` or integer tensor; one integer makes a vector.

    >>> tf.ones([3])
    <tf.Tensor: shape=(3,), dtype=float32, numpy=array([1., 1., 1.], dtype=float32)>

    Raises TypeError for sizes that are no integers, tf.errors.InvalidArgumentError for negative
    ones.
    """
    dtype = as_dtype(dtype).base_dtype
    _no_layout(layout)
    if dtype is dtypes.string:
        raise TypeError("Cannot convert 1 to EagerTensor of dtype string")
    return _filled(shape, 1, dtype, name)


def _no_layout(layout: Any) -> None:
    if layout is not None:
        raise NotImplementedError("`layout` (DTensor) must be None: headrace has no DTensor.")


def _filled(shape: Any, value: Any, dtype: DType, name: str | None) -> Tensor:
    """`value` everywhere; sizes that are known make a constant."""
    sizes = sizes_of(shape)
    is_traced = thread.context.graph is not None
    # A graph holds small constants; larger ones are made when it runs.
    if type(sizes) is not tuple or (is_traced and not 0 <= math.prod(sizes) < _LARGE):
        return fill_op(sizes, _one(value, dtype), name)
    try:
        # Zeroed memory comes from the system for nothing; a copy would touch all of it.
        array = (
            np.zeros(sizes, dtype.array_dtype) if value == 0 else np.empty(sizes, dtype.array_dtype)
        )
    except (ValueError, TypeError):  # the careful way says what is wrong
        return fill_op(sizes, _one(value, dtype), name)
    if value != 0:
        array[...] = value
    if is_traced:
        return constant_of(array, dtype, name or ("ones" if value == 1 else "zeros"))
    return EagerTensor(array, dtype)


# The number of elements from which TensorFlow, too, prefers an op to a constant.
_LARGE = 1000


def _one(value: Any, dtype: DType) -> EagerTensor:
    return plain(EagerTensor(np.array(value, dtype.array_dtype), dtype))


def sizes_of(shape: Any) -> Any:
    """A shape as a tuple of ints where it is known, else as an integer tensor."""
    kind = type(shape)
    if kind is tuple or kind is list:
        if all(type(n) is int for n in shape):
            return tuple(shape)
        shape = convert(shape, None if _has_tensors(shape) else int32)
    elif kind is int:
        return (shape,)
    elif kind is TensorShape and shape.is_fully_defined():
        return tuple(shape)
    elif not isinstance(shape, Tensor):
        shape = convert(shape, None if hasattr(shape, "dtype") else int32)
    if not isinstance(shape, EagerTensor):
        return reshape_op(shape, (1,)) if shape.shape.rank == 0 else shape
    array = array_of(shape)
    if not shape.dtype.is_integer or array.ndim > 1:
        return shape
    return tuple(array.tolist()) if array.ndim else (array.item(),)


def _has_tensors(values: Any) -> bool:
    return any(hasattr(type(v), "dtype") or isinstance(v, (list, tuple)) for v in values)


def fill(dims: Any, value: Any, name: str | None = None, layout: Any = None) -> Tensor:
    """A tensor of shape `dims` with `value`, a scalar, everywhere.

    >>> tf.fill([2, 3], 9)
    <tf.Tensor: shape=(2, 3), dtype=int32, numpy=
    array([[9, 9, 9],
           [9, 9, 9]], dtype=int32)>

    Raises tf.errors.InvalidArgumentError for a negative size or a value that is no scalar. Op:
    Fill.
    """
    _no_layout(layout)
    if type(dims) is list:
        dims = tuple(dims)
    if type(value) in (int, float, bool):
        one = convert(value)
        is_known = type(dims) is tuple and all(type(n) is int and n >= 0 for n in dims)
        if is_known and thread.context.graph is None:
            return EagerTensor(np.full(dims, one._array), one._dtype)
    return fill_op(dims, value, name)


def _fill_shape(dims: Any, value: TensorShape) -> TensorShape:
    if dims is None:
        return unknown
    dims = (dims,) if type(dims) is int else dims
    for size in dims:
        if type(size) is tuple:
            raise ShapeError(
                f"dims must represent a vector, got shape {_text(np.shape(dims))}",
                f"Shape must be rank 1 but is rank {np.ndim(dims)}",
            )
        if size is not None and size < 0:
            raise ShapeError(f"Dimension {size} must be >= 0", "Fill dimensions must be >= 0")
    if value.num_elements() not in (None, 1):
        raise ShapeError(
            f"value must represent a scalar, got shape {_text(value)}",
            f"Shape must be rank 0 but is rank {value.rank}",
        )
    return TensorShape(dims)


def _text(shape: Any) -> str:
    return f"[{','.join(map(str, shape))}]"


@op("Fill", shape=_fill_shape, cost="light")
def fill_op(dims: Static, value: Tensor, name: str | None = None) -> Tensor:
    """`value` in the shape `dims`."""
    return xp(value).broadcast_to(value.reshape(()), dims)


@fill_op.kernel("host")
def _(dims, value):
    if value.ndim:
        _fill_shape(dims, TensorShape(value.shape))
    try:
        out = np.empty(dims, value.dtype)
    except (TypeError, ValueError):
        _fill_shape(dims, TensorShape(value.shape))
        raise
    out[...] = value
    return out


@fill_op.gradient
def _(dz):
    return gradient.unbroadcast(dz, ())


def zeros_like(
    input: Any, dtype: Any = None, name: str | None = None, layout: Any = None
) -> Tensor:
    """Zeros in the shape of `input`, of its dtype unless another one is given.

    >>> tf.zeros_like([[1, 2], [3, 4]]).numpy()
    array([[0, 0],
           [0, 0]], dtype=int32)

    Op: ZerosLike.
    """
    _no_layout(layout)
    if type(input) is not EagerTensor:
        input = convert(input)
    wanted = input.dtype if dtype is None else as_dtype(dtype)
    if wanted is input.dtype and wanted is not dtypes.variant:
        return zeros_like_op(input, name)
    return _filled(dims_of(input), b"" if wanted is dtypes.string else 0, wanted, name)


def _zeros_of(x: np.ndarray) -> np.ndarray:
    out = np.zeros(x.shape, x.dtype)
    if x.dtype == object:
        out[...] = b""
    return out


@op("ZerosLike", shape=same, host=_zeros_of, cost="light")
def zeros_like_op(x: Tensor, name: str | None = None) -> Tensor:
    """Zeros in the shape and dtype of `x`."""
    return xp(x).zeros_like(x)


no_gradient(zeros_like_op, why="The result does not depend on the values.")


def ones_like(input: Any, dtype: Any = None, name: str | None = None, layout: Any = None) -> Tensor:
    """Ones in the shape of `input`, of its dtype unless another one is given.

    >>> tf.ones_like([[1.5, 2.0]]).numpy()
    array([[1., 1.]], dtype=float32)

    Op: OnesLike.
    """
    _no_layout(layout)
    if type(input) is not EagerTensor:
        input = convert(input)
    wanted = input.dtype if dtype is None else as_dtype(dtype)
    if wanted is input.dtype:
        return ones_like_op(input, name)
    return ones(dims_of(input), wanted, name)


@op("OnesLike", shape=same, host=lambda x: np.ones(x.shape, x.dtype), cost="light")
def ones_like_op(x: Tensor, name: str | None = None) -> Tensor:
    """Ones in the shape and dtype of `x`."""
    return xp(x).ones_like(x)


no_gradient(ones_like_op, why="The result does not depend on the values.")
