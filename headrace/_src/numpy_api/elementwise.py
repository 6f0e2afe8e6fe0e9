"""Functions of each element: arithmetic, powers, logarithms, angles, complex numbers, rounding.

The one idea: most are a line, NumPy's name with the op that does it, between two rules: `unary`
turns integers into floats where the function needs them, `binary` finds the common dtype. What is
more than one op is a plain function below its kind, written with the operators of tensors.

Read next: promotion.py, then logic.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.dtypes import DType
from headrace._src.core.errors import InvalidArgumentError
from headrace._src.numpy_api.promotion import (
    answer,
    floats,
    result_type,
    tensor,
    tensors,
)
from headrace._src.objects.control_flow import while_loop
from headrace._src.ops import (
    compare,
    complex,
    math,
    powers,
    rounding,
    select,
    trigonometry,
)
from headrace._src.ops.array import broadcast_dynamic_shape, broadcast_to, dims
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import ones_like, zeros_like
from headrace._src.ops.reduce import reduce_all

Function = Callable[..., Any]


def unary(name: str, op: Function, words: str, to_floats: bool = False) -> Function:
    """The NumPy function `name` of one tensor; to_floats: whether it needs floats."""

    def function(x: Any) -> Any:
        return op(floats(x) if to_floats else tensor(x))

    return named(function, name, f"{words}\n\nSource: numpy.{name}.")


def binary(name: str, op: Function, words: str, of_bools: Any = None) -> Function:
    """The NumPy function `name` of two tensors, which broadcast.

    of_bools: the op for two bools, or the dtype that they become.
    """

    def function(x1: Any, x2: Any) -> Any:
        x1, x2 = tensors(x1, x2)
        if of_bools is not None and x1.dtype is dtypes.bool:
            if not isinstance(of_bools, DType):
                return of_bools(x1, x2)
            x1, x2 = cast(x1, of_bools), cast(x2, of_bools)
        return op(x1, x2)

    return named(function, name, f"{words}\n\nSource: numpy.{name}.")


def named(function: Any, name: str, words: str) -> Function:
    """`function` under its public name."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = words
    return function


# ---- arithmetic ----------------------------------------------------------------------------------

add = binary("add", math.add, "The sum; of bools, whether either is true.", compare.logical_or)
subtract = binary("subtract", math.subtract, "The difference `x1 - x2`.")
multiply = binary(
    "multiply", math.multiply, "The product; of bools, whether both are true.", compare.logical_and
)
floor_divide = binary(
    "floor_divide", math.floordiv, "The quotient, rounded towards minus infinity.", dtypes.int8
)
mod = binary("mod", math.floormod, "The rest of a division, of the sign of `x2`.", dtypes.int8)
remainder = binary(
    "remainder", math.floormod, "The rest of a division, of the sign of `x2`.", dtypes.int8
)
maximum = binary("maximum", math.maximum, "The larger of two.", compare.logical_or)
minimum = binary("minimum", math.minimum, "The smaller of two.", compare.logical_and)
power = binary("power", powers.pow, "`x1` to the power `x2`.")
float_power = binary(
    "float_power", powers.pow, "`x1` to the power `x2`; in TensorFlow integers stay integers."
)
arctan2 = binary("arctan2", trigonometry.atan2, "The angle of the point (`x2`, `x1`).")
nextafter = binary("nextafter", rounding.nextafter, "The number next to `x1` towards `x2`.")


def divide(x1: Any, x2: Any) -> Any:
    """The quotient `x1 / x2`: of integers and bools a float.

    >>> tf.experimental.numpy.divide([1, 2], 2)
    <tf.Tensor: shape=(2,), dtype=float64, numpy=array([0.5, 1. ])>

    Source: numpy.divide.
    """
    x1, x2 = tensors(x1, x2)
    if x1.dtype is dtypes.bool:
        x1, x2 = floats(x1), floats(x2)
    return math.truediv(x1, x2)


true_divide = named(
    lambda x1, x2: divide(x1, x2),
    "true_divide",
    "The quotient `x1 / x2`: of integers and bools a float.\n\nSource: numpy.true_divide.",
)


def divmod(x1: Any, x2: Any) -> Any:
    """The pair of `floor_divide` and `mod`.

    >>> [x.numpy().tolist() for x in tf.experimental.numpy.divmod([7, -7], 2)]
    [[3, -4], [1, 1]]

    Source: numpy.divmod.
    """
    return floor_divide(x1, x2), mod(x1, x2)


abs = unary("abs", math.abs, "The absolute value.")
absolute = unary("absolute", math.abs, "The absolute value.")
fabs = unary("fabs", math.abs, "The absolute value; in TensorFlow integers stay integers.")
negative = unary("negative", math.negative, "The number with its sign turned.")
positive = unary("positive", answer, "The number itself.")
reciprocal = unary("reciprocal", powers.reciprocal, "One divided by the number.")
square = unary("square", math.square, "The number times itself.")
sqrt = unary("sqrt", powers.sqrt, "The square root.", True)


def cbrt(x: Any) -> Any:
    """The cube root, real for negative numbers too.

    >>> tf.experimental.numpy.cbrt([-8., 27.]).numpy().round(6)
    array([-2.,  3.])

    Raises InvalidArgumentError for complex numbers. Source: numpy.cbrt.
    """
    x = floats(x)
    if x.dtype.is_complex:
        raise InvalidArgumentError(
            None, None, f"tf.experimental.numpy.cbrt: `x` must be real, not {x.dtype.name}."
        )
    size: Any = math.abs(x)
    return math.sign(x) * size ** (1 / 3)


def hypot(x1: Any, x2: Any) -> Any:
    """The length of the vector (`x1`, `x2`).

    >>> tf.experimental.numpy.hypot(3, 4)
    <tf.Tensor: shape=(), dtype=float64, numpy=5.0>

    Source: numpy.hypot.
    """
    x1, x2 = (floats(x) for x in tensors(x1, x2))
    return powers.sqrt(math.square(x1) + math.square(x2))


def heaviside(x1: Any, x2: Any) -> Any:
    """0 where `x1` is negative, 1 where it is positive, `x2` elsewhere: at 0 and NaN.

    >>> tf.experimental.numpy.heaviside([-1.5, 0., 2.], 0.5).numpy()
    array([0. , 0.5, 1. ])

    Source: numpy.heaviside.
    """
    x1, x2 = (floats(x) for x in tensors(x1, x2))
    return select.where(x1 < 0, zeros_like(x2), select.where(x1 > 0, ones_like(x2), x2))


def gcd(x1: Any, x2: Any) -> Any:
    """The greatest common divisor of integers.

    >>> tf.experimental.numpy.gcd([12, 18], 8).numpy()
    array([4, 2])

    Raises ValueError for what is no integer. Source: numpy.gcd.
    """
    x1, x2 = _integers(x1, x2)

    def is_left(_: Any, b: Any) -> Any:
        return compare.logical_not(reduce_all(compare.equal_op(b, 0)))

    def euclid(a: Any, b: Any) -> Any:
        ends = compare.equal_op(b, 0)  # `==` does not promise a shape
        rest = math.floormod(a, select.where(ends, ones_like(b), b))
        return select.where(ends, a, b), select.where(ends, b, rest)

    return while_loop(is_left, euclid, [math.abs(x1), math.abs(x2)])[0]


def lcm(x1: Any, x2: Any) -> Any:
    """The least common multiple of integers; 0 if either is.

    >>> tf.experimental.numpy.lcm([4, 6], 10).numpy()
    array([20, 30])

    Raises ValueError for what is no integer. Source: numpy.lcm.
    """
    x1, x2 = _integers(x1, x2)
    divisor = gcd(x1, x2)
    is_zero = divisor == 0
    quotient = math.floordiv(x1, select.where(is_zero, ones_like(divisor), divisor))
    return select.where(is_zero, divisor, math.abs(quotient * x2))


def _integers(x1: Any, x2: Any) -> list[Any]:
    x1, x2 = tensors(x1, x2)
    if not x1.dtype.is_integer:
        raise ValueError("Arguments to gcd must be integers.")
    shape = broadcast_dynamic_shape(dims(x1), dims(x2))
    return [broadcast_to(x1, shape), broadcast_to(x2, shape)]


# ---- exponentials and logarithms -----------------------------------------------------------------

exp = unary("exp", powers.exp, "e to the power of each element.", True)
expm1 = unary("expm1", powers.expm1, "`exp(x) - 1`, exact near 0.", True)
log = unary("log", powers.log, "The natural logarithm.", True)
log1p = unary("log1p", powers.log1p, "`log(1 + x)`, exact near 0.", True)


def exp2(x: Any) -> Any:
    """2 to the power of each element.

    >>> tf.experimental.numpy.exp2([3., -1.]).numpy()
    array([8. , 0.5])

    Source: numpy.exp2.
    """
    x = floats(x)
    return powers.pow(cast(2, x.dtype), x)


def log2(x: Any) -> Any:
    """The logarithm to base 2.

    >>> tf.experimental.numpy.log2([8., 0.5]).numpy()
    array([ 3., -1.])

    Source: numpy.log2.
    """
    return log(x) / np.log(2.0)


def log10(x: Any) -> Any:
    """The logarithm to base 10.

    >>> tf.experimental.numpy.log10([100., 0.1]).numpy().round(6)
    array([ 2., -1.])

    Source: numpy.log10.
    """
    return log(x) / np.log(10.0)


def logaddexp(x1: Any, x2: Any) -> Any:
    """`log(exp(x1) + exp(x2))`, without overflow.

    >>> tf.experimental.numpy.logaddexp(1000., 1000.).numpy().round(3)
    np.float64(1000.693)

    Source: numpy.logaddexp.
    """
    return _log_of_sum(x1, x2, log1p, exp)


def logaddexp2(x1: Any, x2: Any) -> Any:
    """`log2(2**x1 + 2**x2)`, without overflow.

    >>> tf.experimental.numpy.logaddexp2(1000., 1000.)
    <tf.Tensor: shape=(), dtype=float64, numpy=1001.0>

    Source: numpy.logaddexp2.
    """
    return _log_of_sum(x1, x2, lambda x: log1p(x) / np.log(2.0), exp2)


def _log_of_sum(x1: Any, x2: Any, log_of_one_more: Function, power: Function) -> Any:
    x1, x2 = (floats(x) for x in tensors(x1, x2))
    high, apart = math.maximum(x1, x2), x1 - x2
    stable = high + log_of_one_more(power(math.negative(math.abs(apart))))
    # Equal infinities have no difference; and a NaN is passed on.
    return select.where(compare.is_nan(apart), cast(x1 + x2, stable.dtype), stable)


# ---- angles --------------------------------------------------------------------------------------

sin = unary("sin", trigonometry.sin, "The sine of angles in radians.", True)
cos = unary("cos", trigonometry.cos, "The cosine of angles in radians.", True)
tan = unary("tan", trigonometry.tan, "The tangent of angles in radians.", True)
arcsin = unary("arcsin", trigonometry.asin, "The angle in [-pi/2, pi/2] of a sine.", True)
arccos = unary("arccos", trigonometry.acos, "The angle in [0, pi] of a cosine.", True)
arctan = unary("arctan", trigonometry.atan, "The angle in [-pi/2, pi/2] of a tangent.", True)
sinh = unary("sinh", trigonometry.sinh, "The hyperbolic sine.", True)
cosh = unary("cosh", trigonometry.cosh, "The hyperbolic cosine.", True)
tanh = unary("tanh", trigonometry.tanh, "The hyperbolic tangent.", True)
arcsinh = unary("arcsinh", trigonometry.asinh, "The inverse of the hyperbolic sine.", True)
arccosh = unary("arccosh", trigonometry.acosh, "The inverse of the hyperbolic cosine.", True)
arctanh = unary("arctanh", trigonometry.atanh, "The inverse of the hyperbolic tangent.", True)


def deg2rad(x: Any) -> Any:
    """Degrees as radians.

    >>> tf.experimental.numpy.deg2rad(180)
    <tf.Tensor: shape=(), dtype=float64, numpy=3.141592653589793>

    Source: numpy.deg2rad.
    """
    return floats(x) * float(np.pi / 180.0)


def rad2deg(x: Any) -> Any:
    """Radians as degrees.

    >>> tf.experimental.numpy.rad2deg(np.pi)
    <tf.Tensor: shape=(), dtype=float64, numpy=180.0>

    Source: numpy.rad2deg.
    """
    return floats(x) * float(180.0 / np.pi)


def sinc(x: Any) -> Any:
    """`sin(pi x) / (pi x)`; 1 at 0.

    >>> tf.experimental.numpy.sinc([0., 0.5]).numpy().round(4)
    array([1.    , 0.6366])

    Source: numpy.sinc.
    """
    x = floats(x)
    scaled = x * float(np.pi)
    is_zero = scaled == 0
    # A divisor other than 0 keeps NaN out of the gradient.
    safe = select.where(is_zero, ones_like(scaled), scaled)
    return select.where(is_zero, ones_like(scaled), trigonometry.sin(safe) / safe)


# ---- complex numbers -----------------------------------------------------------------------------


def angle(z: Any, deg: bool = False) -> Any:
    """The angle of complex numbers, in radians or, if `deg`, in degrees; of reals 0 or pi.

    >>> tf.experimental.numpy.angle([1j, -1.], deg=True).numpy()
    array([ 90., 180.])

    Source: numpy.angle.
    """
    z = tensor(z)
    result: Any
    if z.dtype.is_complex:
        result = complex.angle(z)
    else:
        # float32 whatever the dtype: so TensorFlow's op answers for reals.
        turn = cast(np.pi, dtypes.float32)
        result = select.where(_is_negative(z), turn, zeros_like(turn))
    return result * (180 / np.pi) if deg else result


def _is_negative(x: Any) -> Any:
    return zeros_like(x) if x.dtype is dtypes.bool else x < 0


def real(val: Any) -> Any:
    """The real part.

    >>> tf.experimental.numpy.real([1 + 2j]).numpy()
    array([1.])

    Source: numpy.real.
    """
    return answer(complex.real(tensor(val)))


def imag(val: Any) -> Any:
    """The imaginary part; zeros for reals.

    >>> tf.experimental.numpy.imag([1 + 2j]).numpy()
    array([2.])

    Source: numpy.imag.
    """
    val = tensor(val)
    return complex.imag(val) if val.dtype.is_complex else zeros_like(val)


conj = unary("conj", lambda x: answer(complex.conj(x)), "The complex conjugate.")
conjugate = unary("conjugate", lambda x: answer(complex.conj(x)), "The complex conjugate.")
iscomplex = unary("iscomplex", lambda x: imag(x) != 0, "Whether the imaginary part is not 0.")
isreal = unary("isreal", lambda x: imag(x) == 0, "Whether the imaginary part is 0.")


def iscomplexobj(x: Any) -> Any:
    """Whether `x` has a complex dtype: a Python bool.

    >>> tf.experimental.numpy.iscomplexobj([1, 2j])
    True

    Source: numpy.iscomplexobj.
    """
    return result_type(tensor(x) if x is None else x).is_complex


def isrealobj(x: Any) -> Any:
    """Whether `x` has no complex dtype: a Python bool.

    >>> tf.experimental.numpy.isrealobj([1, 2])
    True

    Source: numpy.isrealobj.
    """
    return not iscomplexobj(x)


# ---- rounding and signs --------------------------------------------------------------------------

ceil = unary("ceil", rounding.ceil, "The smallest integer not below, as a float.", True)
floor = unary("floor", rounding.floor, "The largest integer not above, as a float.", True)


def fix(x: Any) -> Any:
    """The integer part, as a float: rounded towards 0.

    >>> tf.experimental.numpy.fix([1.7, -1.7]).numpy()
    array([ 1., -1.])

    Source: numpy.fix.
    """
    x = floats(x)
    return select.where(x > 0, rounding.floor(x), rounding.ceil(x))


def around(a: Any, decimals: int = 0) -> Any:
    """`a` rounded to `decimals` digits, halves to even; negative ones round to tens, hundreds, ...

    >>> tf.experimental.numpy.around([1.25, 2.5], 1).numpy()
    array([1.2, 2.5])

    Source: numpy.around.
    """
    a = tensor(a)
    own = a.dtype
    factor = np.power(10.0, decimals)
    if own.is_floating or own.is_complex:
        factor = cast(factor, own)
    else:
        a = cast(a, dtypes.float64)
    return cast(rounding.round(a * factor) / factor, own)


def round(a: Any, decimals: int = 0) -> Any:
    """`a` rounded to `decimals` digits, halves to even: `around` by another name.

    >>> tf.experimental.numpy.round([0.5, 1.5]).numpy()
    array([0., 2.])

    Source: numpy.round.
    """
    return around(a, decimals)


def sign(x: Any, out: Any = None, where: Any = None, **kwargs: Any) -> Any:
    """-1, 0 or 1; of a complex number its direction, `x / |x|`.

    >>> tf.experimental.numpy.sign([-2, 0, 5]).numpy()
    array([-1,  0,  1])

    Raises ValueError for `out`, `where` and other arguments, which nothing here supports. Source:
    numpy.sign.
    """
    if out:
        raise ValueError("tf.numpy doesnt support setting out.")
    if where:
        raise ValueError("tf.numpy doesnt support setting where.")
    if kwargs:
        raise ValueError(f"tf.numpy doesnt support setting {kwargs.keys()}")
    return math.sign(tensor(x))


def signbit(x: Any) -> Any:
    """Whether the number is negative; -0.0 is not, other than in NumPy.

    >>> tf.experimental.numpy.signbit([-1., 0., -0.]).numpy()
    array([ True, False, False])

    Source: numpy.signbit.
    """
    x = tensor(x)
    return zeros_like(x) if x.dtype is dtypes.bool else x < 0


def clip(a: Any, a_min: Any, a_max: Any) -> Any:
    """`a` with what is below `a_min` or above `a_max` replaced by these; None is no bound.

    >>> tf.experimental.numpy.clip([1, 5, 9], 2, 6).numpy()
    array([2, 5, 6])

    Raises ValueError where both bounds are None. Source: numpy.clip.
    """
    if a_min is None and a_max is None:
        raise ValueError("Not more than one of `a_min` and `a_max` may be `None`.")
    dtype = result_type(*(x for x in (a, a_min, a_max) if x is not None))
    result = tensor(a, dtype)
    if a_max is not None:
        result = minimum(result, tensor(a_max, dtype))
    if a_min is not None:
        result = maximum(result, tensor(a_min, dtype))
    return result
