"""What all random ops share: how a shape is given, checked, and how bounds scale what was drawn.

The one idea: a kernel draws standard values (from [0, 1), or of mean 0 and deviation 1) from a key
and a counter, on the host, for any number of values: NumPy draws a million uniforms in 16 ms, XLA
in 33, and wants 0.2 s to compile each new shape first (benchmarks/random_draws.py). What makes
others of them, `mean` and `stddev`, `minval` and `maxval`, are ordinary ops on the outcome, so that
gradients reach these parameters.

Read next: random.py, stateless_random.py.
"""

import math
from collections.abc import Collection
from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, int32
from headrace._src.core.errors import InvalidArgumentError
from headrace._src.core.shape_rules import ShapeError, ValueRefused, bracketed
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.math import add, multiply, subtract

_PLAIN = frozenset({int, float, bool})


def sizes(shape: Any, dtype: DType | None = None) -> Any:
    """A shape as its user gave it: a tuple of ints where it is one, else a tensor (of `dtype`)."""
    kind = type(shape)
    if kind is list or kind is tuple:
        for size in shape:
            if type(size) is not int:
                break
        else:
            return tuple(shape)
    elif kind is TensorShape and shape.is_fully_defined():
        return tuple(shape)
    return convert(shape, dtype)


# ---- shape rules ---------------------------------------------------------------------------------


def checked(shape: Any) -> tuple[int, ...]:
    """The sizes of a static `shape`; raises ShapeError where it is no shape."""
    if type(shape) is not tuple or (shape and type(shape[0]) is tuple):
        text = ",".join(map(str, np.shape(shape)))
        raise ShapeError(f"shape must be a vector of {{int32,int64}}, got shape [{text}]")
    for size in shape:
        if size is not None and size < 0:
            raise ValueRefused(f"Dimension {size} must be >= 0")
    if None not in shape and math.prod(shape) >= 2**63:
        text = ",".join(map(str, shape))
        raise ShapeError(f"Shape [{text}] would have more than 2**63 - 1 elements")
    return shape


def drawn(shape: Any, *_: Any) -> TensorShape:
    """The shape rule of ops whose output has the shape asked for; None is an unknown one."""
    return unknown if shape is None else TensorShape(checked(shape))


def drawn_for_each(shape: Any, parameter: TensorShape, *_: Any) -> TensorShape:
    """The shape rule of ops that draw `shape` values for each element of `parameter`."""
    return drawn(shape).concatenate(parameter)


def check_ending(shape: Any, *parameters: TensorShape) -> None:
    """Raises ShapeError unless `shape` ends with the shape that the parameters broadcast to."""
    if any(p.rank is None for p in parameters) or shape is None:
        return
    try:
        ending = np.broadcast_shapes(
            *(tuple(1 if n is None else n for n in p.as_list()) for p in parameters)
        )
    except ValueError:
        first, second = (bracketed(p) for p in parameters)
        raise ShapeError(f"Incompatible shapes: {first} vs. {second}") from None
    whole = all(p.is_fully_defined() for p in parameters)
    kept = checked(shape)[len(shape) - len(ending) :]
    if len(ending) > len(shape) or (whole and None not in kept and kept != ending):
        raise ShapeError("Shape passed in must end with broadcasted shape.")


def matrix_of_samples(logits: TensorShape, num_samples: Any, *_: Any) -> TensorShape:
    """The shape rule of ops that draw `num_samples` classes for each row of `logits`."""
    if logits.rank not in (None, 2):
        raise ShapeError(
            f"logits should be a matrix, got shape {bracketed(logits)}",
            f"Shape must be rank 2 but is rank {logits.rank}",
        )
    if type(num_samples) is tuple:
        text = ",".join(map(str, np.shape(num_samples)))
        raise ShapeError(f"num_samples should be a scalar, got shape [{text}]")
    if num_samples is not None and num_samples < 0:
        raise ShapeError(
            f"num_samples should be non-negative, got {num_samples}",
            f"Dimension size, given by scalar input 1, must be non-negative but is {num_samples}",
        )
    rows, classes = logits.as_list() if logits.rank else (None, None)
    if classes == 0:
        raise ShapeError("num_classes should be positive, got 0")
    return TensorShape([rows, num_samples])


# ---- arguments -----------------------------------------------------------------------------------


def check_dtype(dtype: DType, accepted: Collection[DType]) -> None:
    """Raises ValueError unless `dtype` is one of `accepted`."""
    if dtype not in accepted:
        raise ValueError(
            f"Argument `dtype` got invalid value {dtype!s}. Accepted dtypes are "
            f"({', '.join(map(repr, accepted))})."
        )


def check_bounds(minval: np.ndarray, maxval: np.ndarray, shape: tuple[int, ...]) -> None:
    """Raises ValueError unless the bounds of a uniform integer are scalars and in order."""
    for name, bound in (("minval", minval), ("maxval", maxval)):
        if bound.ndim:
            text = ",".join(map(str, bound.shape))
            raise ValueError(f"{name} must be 0-D, got shape [{text}]")
    if not minval < maxval and 0 not in shape:
        raise ValueError(f"Need minval < maxval, got {minval} >= {maxval}")


def sample_count(num_samples: Any, op: str) -> Any:
    """The number of samples of a categorical op: an int where it is one, else an int32 tensor."""
    if type(num_samples) is int:
        return num_samples
    if not isinstance(num_samples, Tensor):
        return convert(num_samples, int32)
    if num_samples.dtype is not int32:
        raise InvalidArgumentError(
            None,
            None,
            f"cannot compute {op} as input #1(zero-based) was expected to be a int32 tensor but "
            f"is a {num_samples.dtype.kernel_name} tensor [Op:{op}] name: ",
        )
    return num_samples


class Affine:
    """`scale * x + offset` of a standard value: made before the draw, so that errors come first.

    Numbers that change nothing cost nothing, except in a graph, whose nodes are TensorFlow's.
    """

    __slots__ = ("offset", "scale")

    def __init__(self, scale: Tensor | None, offset: Tensor | None) -> None:
        self.scale = scale
        self.offset = offset

    @classmethod
    def between(cls, minval: Any, maxval: Any, dtype: DType) -> "Affine":
        """From [0, 1) to [minval, maxval)."""
        if type(minval) in _PLAIN and minval == 0 and thread.context.graph is None:
            if type(maxval) in _PLAIN and maxval == 1:
                return _NOTHING
            return cls(convert(maxval, dtype), None)
        low = convert(minval, dtype)
        return cls(subtract(convert(maxval, dtype), low), low)

    @classmethod
    def normal(cls, mean: Any, stddev: Any, dtype: DType) -> "Affine":
        """From mean 0 and deviation 1 to `mean` and `stddev`."""
        is_standard = type(mean) is type(stddev) is float and mean == 0.0 and stddev == 1.0
        if is_standard and dtype.is_floating and thread.context.graph is None:
            return _NOTHING
        offset = convert(mean, dtype)
        return cls(convert(stddev, dtype), offset)

    def __call__(self, x: Tensor) -> Tensor:
        if self.scale is not None:
            x = multiply(x, self.scale)
        return x if self.offset is None else add(x, self.offset)


_NOTHING = Affine(None, None)
