"""Elementwise arithmetic: sums, products, quotients, size and sign, extremes.

One op, one block: what NumPy has as one function is handed over as it is (`host=np.add`), the rest
is a line or two over an array namespace. Integers divide as TensorFlow's do: floor division and
remainder by zero are errors, true division goes to the floats wide enough.

Where the public function differs from its op in how it treats Python values or dtypes (`add`,
`truediv`, `abs`), it is a plain function beside it.

Read next: ops/powers.py, ops/operators.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.dtypes import DType
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import broadcast, same
from headrace._src.core.sparse_tensor import SparseTensor
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import door, no_gradient, op
from headrace._src.engine.pieces import PIECES_FROM, elementwise
from headrace._src.ops.cast import cast
from headrace._src.ops.complex import complex_op, conj
from headrace._src.ops.select import select

# ---- sums ----------------------------------------------------------------------------------------


@op("AddV2", shape=broadcast, host=np.add, cost="light")
def add_op(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """The sum of numbers."""
    return xp(x).add(x, y)


@add_op.gradient
def _(dz):
    return dz, dz


@door(add_op)
def add(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The sum `x + y`, elementwise with broadcasting; strings are joined.

    x, y: numbers of one dtype, or strings. A Python value takes the dtype of `x` if it can.

    >>> tf.add([1., 2.], 1.)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([2., 3.], dtype=float32)>

    Op: AddV2, for strings Add.
    """
    x = convert(x)
    y = _hinted(y, x.dtype)
    return add_strings(x, y, name) if x.dtype is dtypes.string else add_op(x, y, name)


def _hinted(y: Any, dtype: DType) -> Tensor:
    """`y` with `dtype` where it can be, else as itself, for the op to complain about."""
    if isinstance(y, (np.ndarray, np.generic)) and y.dtype != dtype.array_dtype:
        return convert(y) if y.dtype.kind in "SUO" else convert(y, dtype)
    return convert(y, None, dtype)


def _added(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    # Of two scalars NumPy makes bytes; taken for an array these lose the NULs at their end.
    found = np.add(x, y)
    return found if type(found) is np.ndarray else np.array(found, x.dtype)


@op("Add", shape=broadcast, host=_added, cost="host")
def add_strings(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """Strings end to end; the registry's `Add` also takes numbers."""
    return xp(x).add(x, y)


@add_strings.gradient
def _(dz):
    return dz, dz


@op("Sub", shape=broadcast, host=np.subtract, cost="light")
def subtract(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """The difference `x - y`, elementwise with broadcasting.

    >>> tf.subtract([5., 7.], 1.)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([4., 6.], dtype=float32)>

    Op: Sub.
    """
    return xp(x).subtract(x, y)


@subtract.gradient
def _(dz):
    return dz, lambda: negative(dz)


@op("Neg", shape=same, host=np.negative, cost="light")
def negative(x: Tensor, name: str | None = None) -> Tensor:
    """`-x`, elementwise.

    >>> tf.negative([1., -2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([-1.,  2.], dtype=float32)>

    Op: Neg.
    """
    return xp(x).negative(x)


@negative.gradient
def _(dy):
    return negative(dy)


# ---- products ------------------------------------------------------------------------------------


@op("Mul", shape=broadcast, host=np.multiply, cost="light")
def multiply(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """The product `x * y`, elementwise with broadcasting.

    >>> tf.multiply([1., 2.], [3., 4.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([3., 8.], dtype=float32)>

    Op: Mul.
    """
    return xp(x).multiply(x, y)


@multiply.gradient
def _(dz, x, y):
    return lambda: multiply(dz, conj(y)), lambda: multiply(dz, conj(x))


def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Any:
    """The product of a scalar and a tensor, or of a scalar and `tf.IndexedSlices`.

    scalar: a Python number or a tensor of rank 0, of the dtype of `x`.

    >>> tf.math.scalar_mul(2., tf.constant([1., 2.]))
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([2., 4.], dtype=float32)>

    Raises ValueError where `scalar` is not of rank 0. Op: Mul.
    """
    try:
        scalar = convert(scalar, x.dtype)
    except ValueError as error:
        raise ValueError(str(error).replace("Tensor conv", "scalar: Tensor conv", 1)) from None
    if scalar.shape.rank not in (0, None):
        raise ValueError(f"The input scalar must be a 0-D value. Received shape {scalar.shape}.")
    if isinstance(x, IndexedSlices):
        return IndexedSlices(multiply(scalar, x.values, name), x.indices, x.dense_shape)
    return multiply(scalar, x, name)


def multiply_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The product `x * y`, elementwise with broadcasting, but 0 wherever `y` is 0.

    So an infinite or undefined `x` does no harm where `y` masks it out.

    >>> tf.math.multiply_no_nan([float("nan"), 2.], [0., 3.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0., 6.], dtype=float32)>

    Op: MulNoNan.
    """
    x = convert(x)
    try:
        y = convert(y, x.dtype)
    except ValueError as error:
        raise ValueError(str(error).replace("Tensor conv", "y: Tensor conv", 1)) from None
    return multiply_no_nan_op(x, y, name)


@op("MulNoNan", shape=broadcast)
def multiply_no_nan_op(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """`x * y`, but 0 where `y` is."""
    return xp(x).where(y == 0, y, x * y)


@multiply_no_nan_op.gradient
def _(dz, x, y):
    return lambda: multiply_no_nan_op(dz, conj(y)), lambda: multiply_no_nan_op(conj(x), dz)


@op("Square", shape=same, host=np.square, cost="light")
def square(x: Tensor, name: str | None = None) -> Tensor:
    """`x * x`, elementwise.

    >>> tf.square([-2., 3.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([4., 9.], dtype=float32)>

    Op: Square.
    """
    return xp(x).square(x)


@square.gradient
def _(dy, x):
    return dy * (conj(x) * 2)


@op("SquaredDifference", shape=broadcast, cost="passes")
def squared_difference(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """`(x - y) * conj(x - y)`, elementwise with broadcasting.

    >>> tf.math.squared_difference([1., 5.], 2.)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1., 9.], dtype=float32)>

    Op: SquaredDifference.
    """
    d = x - y
    return xp(x).square(d) if d.dtype.kind != "c" else d * xp(x).conj(d)


@squared_difference.gradient
def _(dz, x, y):
    dx = dz * 2 * (x - y)
    return dx, lambda: negative(dx)


def polyval(coeffs: Any, x: Any, name: str | None = None) -> Tensor:
    """The polynomial with the coefficients `coeffs`, highest power first, at `x`, elementwise.

    coeffs: a list of tensors; none at all make the zero polynomial.

    >>> tf.math.polyval([1., 2., 3.], [0., 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([ 3., 11.], dtype=float32)>

    Raises ValueError where `coeffs` is no list. Ops: Mul, AddV2 (Horner's rule).
    """
    if not isinstance(coeffs, list):
        raise ValueError(f"Argument coeffs must be list type. Received type {type(coeffs)}.")
    x = convert(x)
    if not coeffs:
        return multiply_no_nan_op(x, convert(0, x.dtype), name)
    value = convert(coeffs[0])
    for coefficient in coeffs[1:]:
        value = add(convert(coefficient), multiply(value, x), name)
    return value


# ---- quotients -----------------------------------------------------------------------------------

# What integers become before a true division: the float that is wide enough.
_FLOAT_OF = {
    dtypes.uint8: dtypes.float32,
    dtypes.int8: dtypes.float32,
    dtypes.uint16: dtypes.float32,
    dtypes.int16: dtypes.float32,
    dtypes.uint32: dtypes.float64,
    dtypes.int32: dtypes.float64,
    dtypes.uint64: dtypes.float64,
    dtypes.int64: dtypes.float64,
}
_DIVISIBLE = (
    *_FLOAT_OF, dtypes.bfloat16, dtypes.float16, dtypes.float32, dtypes.float64,
    dtypes.complex64, dtypes.complex128,
)  # fmt: skip


def float_for(dtype: dtypes.DType) -> dtypes.DType:
    """What a true division makes of `dtype`: a float for an integer, else the dtype itself."""
    return _FLOAT_OF.get(dtype, dtype)


def truediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The quotient `x / y`, elementwise with broadcasting; integers are cast to floats first.

    x, y: of one dtype. Integers of 8 and 16 bits become float32, wider ones float64.

    >>> tf.truediv(3, 2)
    <tf.Tensor: shape=(), dtype=float64, numpy=1.5>

    Raises TypeError where dtypes differ or cannot be divided. Op: RealDiv.
    """
    if type(x) is EagerTensor and type(y) is EagerTensor and x._dtype is y._dtype is dtypes.float32:
        return real_div(x, y, name)
    return real_div(*_divisible(x, y, "__truediv__"), name)


def _divisible(x: Any, y: Any, caller: str) -> tuple[Tensor, Tensor]:
    """`x` and `y` as tensors of one floating or complex dtype."""
    if type(x) is not EagerTensor or type(y) is not EagerTensor:
        x = convert(x)
        y = _hinted(y, x.dtype)
    dtype = x.dtype
    if dtype is not y.dtype:
        raise TypeError(f"`x` and `y` must have the same dtype, got {dtype!r} != {y.dtype!r}.")
    if dtype not in _DIVISIBLE:
        raise TypeError(
            f"Invalid dtype {dtype!r} in {caller}. Expected one of "
            f"{{{', '.join(map(repr, _DIVISIBLE))}}}."
        )
    wide = float_for(dtype)
    return (x, y) if wide is dtype else (cast(x, wide), cast(y, wide))


def divide(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The quotient `x / y` by Python's operator; integers are cast to floats first.

    >>> tf.divide([3., 4.], 2.)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.5, 2. ], dtype=float32)>

    Op: RealDiv.
    """
    if not _is_ours(x):
        x = convert(x, y.dtype if _is_ours(y) else None)
    return truediv(x, y, name)


def _is_ours(x: Any) -> bool:
    """Whether `x` is a tensor, a variable or the like, rather than a Python or NumPy value."""
    return isinstance(getattr(x, "dtype", None), DType)


@op("RealDiv", shape=broadcast, host=np.divide, cost="light")
def real_div(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """`x / y` for floats and complex numbers."""
    return xp(x).divide(x, y)


@real_div.gradient
def _(dz, x, y):
    return lambda: real_div(dz, conj(y)), lambda: dz * conj(real_div(real_div(negative(x), y), y))


def divide_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The quotient `x / y`, elementwise with broadcasting, but 0 wherever `y` is 0.

    >>> tf.math.divide_no_nan([1., 4.], [0., 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0., 2.], dtype=float32)>

    Op: DivNoNan.
    """
    if not _is_ours(x) and _is_ours(y):
        x = convert(x, y.dtype)
    return divide_no_nan_op(*_divisible(x, y, "tf.math.divide_no_nan"), name)


@op("DivNoNan", shape=broadcast)
def divide_no_nan_op(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """`x / y`, but 0 where `y` is."""
    return xp(x).where(y == 0, xp(x).zeros_like(y), x / y)


@divide_no_nan_op.gradient
def _(dz, x, y):
    def of_y():
        return dz * conj(divide_no_nan_op(divide_no_nan_op(negative(x), y), y))

    return lambda: divide_no_nan_op(dz, conj(y)), of_y


def reciprocal_no_nan(x: Any, name: str | None = None) -> Tensor:
    """`1 / x`, elementwise, but 0 wherever `x` is 0.

    >>> tf.math.reciprocal_no_nan([2., 0.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.5, 0. ], dtype=float32)>

    Op: DivNoNan.
    """
    x = convert(x)
    return divide_no_nan_op(convert(1, x.dtype), x, name)


# On the host whatever the size: the compiled program could not raise for a zero.
@op("FloorDiv", shape=broadcast, cost="host")
def floordiv(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """`x / y` rounded down, elementwise with broadcasting; floats stay floats.

    >>> tf.math.floordiv([7, -7], 2)
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([ 3, -4], dtype=int32)>

    Raises InvalidArgumentError where an integer is divided by zero. Op: FloorDiv.
    """
    if x.dtype.kind in "iu":
        return _divided(x, y)[0]
    # Not xp.floor_divide, by which 1 // 0.1 is 9: TensorFlow divides first.
    return xp(x).floor(x / y)


def _divided(x: Any, y: Any) -> tuple[Any, Any]:
    """Integers divided and rounded down, and the remainder; by zero -1, or below it, and `x`.

    That is what TensorFlow's compiled programs answer, which cannot complain.
    """
    np_ = xp(x)
    is_zero = y == 0
    divisor = np_.where(is_zero, 1, y)
    quotient, rest = np_.floor_divide(x, divisor), np_.remainder(x, divisor)
    below = np_.where(x < 0, -2, -1).astype(x.dtype)
    return np_.where(is_zero, below, quotient), np_.where(is_zero, x, rest)


def _divides(x: Any, y: Any) -> Any:
    """Whether no integer is divided by zero."""
    if x.dtype.kind not in "iu" or not x.size:
        return np.True_
    return (y != 0).all()


@floordiv.check
def _(x, y):
    return _divides(x, y)


@floordiv.kernel("host")
def _(x, y):
    if x.dtype.kind in "iu":
        _refuse_zero(x, y)
        return np.floor_divide(x, y)
    return np.floor(x / y)


def _refuse_zero(x: np.ndarray, y: np.ndarray) -> None:
    if x.size and not y.all():
        raise ValueError("Integer division by zero")


no_gradient(floordiv, why="a step function: flat wherever it has a slope at all")


@op("FloorMod", shape=broadcast, cost="host")
def floormod(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """The remainder `x - floor(x / y) * y`, elementwise with broadcasting; it has the sign of `y`.

    >>> tf.math.floormod([7, -7], 3)
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([1, 2], dtype=int32)>

    Raises InvalidArgumentError where an integer is divided by zero. Op: FloorMod.
    """
    return _divided(x, y)[1] if x.dtype.kind in "iu" else xp(x).remainder(x, y)


@floormod.check
def _(x, y):
    return _divides(x, y)


@floormod.kernel("host")
def _(x, y):
    if x.dtype.kind in "iu":
        _refuse_zero(x, y)
        if y.size == 1 and x.size >= PIECES_FROM:
            # By one integer NumPy divides ten times as fast as it finds remainders.
            return elementwise(lambda x, y: x - x // y * y, [x, y])
    return np.remainder(x, y)


@floormod.gradient
def _(dz, x, y):
    return dz, lambda: dz * negative(floordiv(x, y))


# ---- size and sign -------------------------------------------------------------------------------


def abs(x: Any, name: str | None = None) -> Tensor:
    """The absolute value, elementwise; for complex numbers the modulus, a float.

    The lowest integer of a dtype has none there and stays as it is.

    >>> tf.abs([-1.5, 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.5, 2. ], dtype=float32)>

    Op: Abs, ComplexAbs.
    """
    if type(x) is not EagerTensor and not isinstance(x, SparseTensor):
        x = convert(x)
    if x.dtype.is_complex:
        return complex_abs(x, x.dtype.real_dtype, name)
    return abs_op(x, name)


@op("Abs", shape=same, host=np.absolute, cost="light")
def abs_op(x: Tensor, name: str | None = None) -> Tensor:
    """The absolute value of real numbers."""
    return xp(x).abs(x)


@abs_op.gradient
def _(dy, x):
    return dy * sign(x)


@op("ComplexAbs", shape=same)
def complex_abs(x: Tensor, Tout: DType = dtypes.float32, name: str | None = None) -> Tensor:
    """The modulus of complex numbers, as `Tout`."""
    return xp(x).abs(x).astype(Tout.array_dtype)


@complex_abs.gradient
def _(dy, x):
    return complex_op(dy, convert(0.0, dy.dtype), x.dtype) * sign(x)


@op("Sign", shape=same)
def sign(x: Tensor, name: str | None = None) -> Tensor:
    """-1, 0 or 1 as `x` is negative, zero or positive; of a complex number `x / abs(x)`, or 0.

    >>> tf.sign([-3., 0., 2.])
    <tf.Tensor: shape=(3,), dtype=float32, numpy=array([-1.,  0.,  1.], dtype=float32)>

    Op: Sign.
    """
    # The sum clears the sign of a negative zero.
    return xp(x).sign(x) + 0


@sign.gradient
def _(dy, x, out):
    if x.dtype.is_complex:
        # On the circle: the part of `dy` along the radius is lost.
        size = cast(abs(x), x.dtype)
        return divide_no_nan_op(dy - square(out) * conj(dy), 2 * size)
    # Zeros, rather than no gradient at all as for `round`: TensorFlow tells these apart.
    return multiply_no_nan_op(dy, convert(0, dy.dtype))


# ---- extremes ------------------------------------------------------------------------------------


@op("Maximum", shape=broadcast, host=np.maximum, cost="light")
def maximum(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """The greater of `x` and `y`, elementwise with broadcasting; NaN where either is.

    The gradient of equal elements goes to `x`.

    >>> tf.maximum([1., 5.], 3.)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([3., 5.], dtype=float32)>

    Op: Maximum.
    """
    return xp(x).maximum(x, y)


@maximum.gradient
def _(dz, x, y):
    return _shared(dz, x >= y)


@op("Minimum", shape=broadcast, host=np.minimum, cost="light")
def minimum(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """The lesser of `x` and `y`, elementwise with broadcasting; NaN where either is.

    The gradient of equal elements goes to `x`.

    >>> tf.minimum([1., 5.], 3.)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1., 3.], dtype=float32)>

    Op: Minimum.
    """
    return xp(x).minimum(x, y)


@minimum.gradient
def _(dz, x, y):
    return _shared(dz, x <= y)


def _shared(dz: Tensor, is_first: Tensor) -> tuple:
    """`dz` for the one input where `is_first`, for the other elsewhere."""
    zero = convert(0, dz.dtype)
    return lambda: select(is_first, dz, zero), lambda: select(is_first, zero, dz)
