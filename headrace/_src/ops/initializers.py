"""Initializers: objects that make the first value of a variable, given its shape.

The one idea: an initializer is a function with a configuration, so that it can be written down
and read back (`get_config`, `from_config`). One with a seed is a pure function of seed and shape;
without one it takes its numbers from the global stream.

Read next: ops/random.py, ops/stateless_random.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.dtypes import DType, as_dtype
from headrace._src.core.tensor import Tensor
from headrace._src.ops import random, stateless_random
from headrace._src.ops.constant import constant, ones, zeros

_PARTITION = ("partition_shape", "partition_offset")


def _shape(shape: Any, kwargs: dict[str, Any]) -> Any:
    """The shape to fill: the partition's, where the variable is made in parts."""
    for key in kwargs:
        if key not in _PARTITION:
            raise TypeError(
                f"Keyword argument should be one of {list(_PARTITION)}. Received: {key}"
            )
    part = kwargs.get("partition_shape")
    return shape if part is None else part


def _numeric(dtype: Any) -> DType:
    dtype = as_dtype(dtype)
    if not dtype.is_numpy_compatible or dtype is dtypes.string:
        raise ValueError(f"Argument `dtype` expected to be numeric or boolean. Received {dtype}.")
    return dtype


class Initializer:
    """What all initializers have in common."""

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} must define __call__.")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same initializer again."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Initializer":
        """An initializer from what `get_config` answers."""
        config = dict(config)
        config.pop("dtype", None)  # older configurations have it
        return cls(**config)


class Zeros(Initializer):
    """Zeros.

    >>> tf.zeros_initializer()([2]).numpy()
    array([0., 0.], dtype=float32)
    """

    def __call__(self, shape: Any, dtype: Any = dtypes.float32, **kwargs: Any) -> Tensor:
        return zeros(_shape(shape, kwargs), _numeric(dtype))


class Ones(Initializer):
    """Ones.

    >>> tf.ones_initializer()([2]).numpy()
    array([1., 1.], dtype=float32)
    """

    def __call__(self, shape: Any, dtype: Any = dtypes.float32, **kwargs: Any) -> Tensor:
        return ones(_shape(shape, kwargs), _numeric(dtype))


class Constant(Initializer):
    """A value: one number for all elements, or a list or array of all of them.

    >>> tf.constant_initializer(3.)([2]).numpy()
    array([3., 3.], dtype=float32)

    Raises TypeError for a value that is a tensor, ValueError for partitions unless supported.
    """

    def __init__(self, value: Any = 0, support_partition: bool = False) -> None:
        if not (np.isscalar(value) or isinstance(value, (list, tuple, np.ndarray))):
            raise TypeError(
                f"Invalid type for initial value: {type(value).__name__}. Expected Python scalar, "
                "list or tuple of values, or numpy.ndarray."
            )
        self.value = value
        self.support_partition = support_partition

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
        wanted = _shape(shape, kwargs)
        if kwargs and not self.support_partition:
            raise ValueError("Constant initializer doesn't support partition-related arguments")
        dtype = None if dtype is None else as_dtype(dtype)
        return constant(self.value, dtype, wanted)

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value}


class RandomUniform(Initializer):
    """Numbers from a uniform distribution over [minval, maxval).

    seed: with one, every call gives the same numbers.

    >>> tf.random_uniform_initializer(seed=1)([2]).shape
    TensorShape([2])

    Raises ValueError for a dtype that is neither a float nor an integer.
    """

    def __init__(self, minval: Any = -0.05, maxval: Any = 0.05, seed: Any = None) -> None:
        self.minval = minval
        self.maxval = maxval
        self.seed = seed

    def __call__(self, shape: Any, dtype: Any = dtypes.float32, **kwargs: Any) -> Tensor:
        dtype = as_dtype(dtype)
        if not (dtype.is_floating or dtype.is_integer):
            raise ValueError(
                f"Argument `dtype` expected to be numeric or boolean. Received {dtype}."
            )
        shape = _shape(shape, kwargs)
        low, high = self.minval, self.maxval
        if self.seed is None:
            return random.uniform(shape, low, high, dtype)
        return stateless_random.stateless_uniform(shape, [self.seed, 0], low, high, dtype)

    def get_config(self) -> dict[str, Any]:
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed}


class RandomNormal(Initializer):
    """Numbers from a normal distribution.

    seed: with one, every call gives the same numbers.

    >>> tf.random_normal_initializer(seed=1)([2]).shape
    TensorShape([2])

    Raises ValueError for a dtype that is no float.
    """

    def __init__(self, mean: Any = 0.0, stddev: Any = 0.05, seed: Any = None) -> None:
        self.mean = mean
        self.stddev = stddev
        self.seed = seed

    def __call__(self, shape: Any, dtype: Any = dtypes.float32, **kwargs: Any) -> Tensor:
        dtype = as_dtype(dtype)
        if not dtype.is_floating:
            raise ValueError(
                f"Argument `dtype` is expected to be floating point. Received: {dtype}."
            )
        shape = _shape(shape, kwargs)
        if self.seed is None:
            return random.normal(shape, self.mean, self.stddev, dtype)
        seed = [self.seed, 0]
        return stateless_random.stateless_normal(shape, seed, self.mean, self.stddev, dtype)

    def get_config(self) -> dict[str, Any]:
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed}


zeros_initializer = Zeros
ones_initializer = Ones
constant_initializer = Constant
random_uniform_initializer = RandomUniform
random_normal_initializer = RandomNormal

for _class in (Initializer, Zeros, Ones, Constant, RandomUniform, RandomNormal):
    _class.__module__ = "tensorflow.python.ops.init_ops_v2"
