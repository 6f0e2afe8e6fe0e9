"""Comparisons, and logic over what they answer.

All give bools. `equal` and `not_equal` take any dtype; their ops carry an attribute by which
operands of clashing shapes are just unequal (what the operators `==` and `!=` want) instead of an
error.

Read next: ops/operators.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import shape_rules
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, broadcast, same
from headrace._src.core.shapes import TensorShape, scalar, unknown
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op

# ---- equality ------------------------------------------------------------------------------------


def equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether `x == y`, elementwise with broadcasting; NaN equals nothing.

    x, y: of one dtype, whichever.

    >>> tf.equal([1., 2.], 2.)
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([False,  True])>

    Op: Equal.
    """
    return equal_op(x, y, True, name)


def not_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether `x != y`, elementwise with broadcasting; NaN differs from everything.

    x, y: of one dtype, whichever.

    >>> tf.not_equal([1., 2.], 2.)
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([ True, False])>

    Op: NotEqual.
    """
    return not_equal_op(x, y, True, name)


def _compared(x: TensorShape, y: TensorShape, incompatible_shape_error: bool) -> TensorShape:
    """The broadcast shape; where there is none an error, or a scalar."""
    try:
        shape = shape_rules.broadcast(x, y)
    except ShapeError:
        if incompatible_shape_error:
            raise
        return scalar
    if incompatible_shape_error or (x.is_fully_defined() and y.is_fully_defined()):
        return shape
    return unknown


@op("Equal", shape=_compared, cost="light")
def equal_op(
    x: Tensor, y: Tensor, incompatible_shape_error: bool = True, name: str | None = None
) -> Tensor:
    """Whether `x == y`; False for clashing shapes if these are no error."""
    return xp(x).equal(x, y) if _fit(x, y, incompatible_shape_error) else xp(x).asarray(False)


@equal_op.kernel("host")
def _(x, y, incompatible_shape_error):
    try:
        return np.equal(x, y)
    except ValueError:
        if incompatible_shape_error:
            raise
        return np.asarray(False)


@op("NotEqual", shape=_compared, cost="light")
def not_equal_op(
    x: Tensor, y: Tensor, incompatible_shape_error: bool = True, name: str | None = None
) -> Tensor:
    """Whether `x != y`; True for clashing shapes if these are no error."""
    return xp(x).not_equal(x, y) if _fit(x, y, incompatible_shape_error) else xp(x).asarray(True)


@not_equal_op.kernel("host")
def _(x, y, incompatible_shape_error):
    try:
        return np.not_equal(x, y)
    except ValueError:
        if incompatible_shape_error:
            raise
        return np.asarray(True)


def _fit(x: Any, y: Any, incompatible_shape_error: bool) -> bool:
    """Whether to compare at all, rather than answer for operands whose shapes clash."""
    if incompatible_shape_error:
        return True
    try:
        np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        return False
    return True


@op("ApproximateEqual", shape=lambda x, y, tolerance: broadcast(x, y))
def approximate_equal(
    x: Tensor, y: Tensor, tolerance: float = 1e-5, name: str | None = None
) -> Tensor:
    """Whether `abs(x - y) < tolerance`, elementwise; `x` and `y` have one shape.

    >>> tf.raw_ops.ApproximateEqual(x=[1., 2.], y=[1., 2.1])
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([ True, False])>

    Op: ApproximateEqual.
    """
    if x.shape != y.shape:
        raise ValueError(
            f"x and y must be of the same shape. x shape: {_brackets(x.shape)}. "
            f"y shape: {_brackets(y.shape)}"
        )
    return xp(x).abs(x - y) < x.dtype.type(tolerance)


def _brackets(shape: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, shape))}]"


# ---- order ---------------------------------------------------------------------------------------


@op("Less", shape=broadcast, host=np.less, cost="light")
def less(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """Whether `x < y`, elementwise with broadcasting, for real numbers.

    >>> tf.less([1., 2.], 2.)
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([ True, False])>

    Op: Less.
    """
    return xp(x).less(x, y)


@op("LessEqual", shape=broadcast, host=np.less_equal, cost="light")
def less_equal(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """Whether `x <= y`, elementwise with broadcasting, for real numbers.

    >>> tf.less_equal([1., 2.], 1.5)
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([ True, False])>

    Op: LessEqual.
    """
    return xp(x).less_equal(x, y)


@op("Greater", shape=broadcast, host=np.greater, cost="light")
def greater(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """Whether `x > y`, elementwise with broadcasting, for real numbers.

    >>> tf.greater([1., 2.], 1.)
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([False,  True])>

    Op: Greater.
    """
    return xp(x).greater(x, y)


@op("GreaterEqual", shape=broadcast, host=np.greater_equal, cost="light")
def greater_equal(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """Whether `x >= y`, elementwise with broadcasting, for real numbers.

    >>> tf.greater_equal([1., 2.], 1.5)
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([False,  True])>

    Op: GreaterEqual.
    """
    return xp(x).greater_equal(x, y)


# ---- kinds of floats -----------------------------------------------------------------------------


@op("IsNan", shape=same, host=np.isnan, cost="light")
def is_nan(x: Tensor, name: str | None = None) -> Tensor:
    """Whether a float is NaN, elementwise.

    >>> tf.math.is_nan([1., float("nan")])
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([False,  True])>

    Op: IsNan.
    """
    return xp(x).isnan(x)


@op("IsInf", shape=same, host=np.isinf, cost="light")
def is_inf(x: Tensor, name: str | None = None) -> Tensor:
    """Whether a float is infinite, elementwise.

    >>> tf.math.is_inf([1., float("-inf")])
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([False,  True])>

    Op: IsInf.
    """
    return xp(x).isinf(x)


@op("IsFinite", shape=same, host=np.isfinite, cost="light")
def is_finite(x: Tensor, name: str | None = None) -> Tensor:
    """Whether a float is neither infinite nor NaN, elementwise.

    >>> tf.math.is_finite([1., float("inf")])
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([ True, False])>

    Op: IsFinite.
    """
    return xp(x).isfinite(x)


# ---- logic ---------------------------------------------------------------------------------------


@op("LogicalAnd", shape=broadcast, host=np.logical_and, cost="light")
def logical_and(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """Whether both `x` and `y` are True, elementwise with broadcasting, for bools.

    >>> tf.logical_and([True, False], True)
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([ True, False])>

    Op: LogicalAnd.
    """
    return xp(x).logical_and(x, y)


@op("LogicalOr", shape=broadcast, host=np.logical_or, cost="light")
def logical_or(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """Whether `x` or `y` or both are True, elementwise with broadcasting, for bools.

    >>> tf.logical_or([True, False], False)
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([ True, False])>

    Op: LogicalOr.
    """
    return xp(x).logical_or(x, y)


@op("LogicalNot", shape=same, host=np.logical_not, cost="light")
def logical_not(x: Tensor, name: str | None = None) -> Tensor:
    """Whether `x` is False, elementwise, for bools.

    >>> tf.logical_not([True, False])
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([False,  True])>

    Op: LogicalNot.
    """
    return xp(x).logical_not(x)


def logical_xor(x: Any, y: Any, name: str | None = "LogicalXor") -> Tensor:
    """Whether exactly one of `x` and `y` is True, elementwise with broadcasting, for bools.

    >>> tf.math.logical_xor([True, False], True)
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([False,  True])>

    Ops: LogicalAnd, LogicalOr, LogicalNot.
    """
    return logical_and(logical_or(x, y), logical_not(logical_and(x, y)), name)


for _comparison in (
    equal_op, not_equal_op, approximate_equal, less, less_equal, greater, greater_equal,
    is_nan, is_inf, is_finite, logical_and, logical_or, logical_not,
):  # fmt: skip
    no_gradient(_comparison, why="it answers with bools")
