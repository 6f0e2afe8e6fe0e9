"""Initializers of `tf.compat.v1`: with a dtype of their own, and drawn by the op seeds.

The one idea: unlike those of today, each call of an initializer with a seed gives other numbers,
the next ones of the stream that the seed starts.

Read next: ops/initializers.py.
"""

import math
from typing import Any

from headrace._src.compat.arrays import constant as filled
from headrace._src.core import dtypes
from headrace._src.core.dtypes import as_dtype
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.ops import random
from headrace._src.ops.constant import ones as all_ones
from headrace._src.ops.constant import zeros as all_zeros
from headrace._src.ops.diagonal import eye


class Initializer:
    """What all initializers have in common."""

    def __init__(self, **config: Any) -> None:
        config["dtype"] = as_dtype(config["dtype"])
        self.__dict__.update(config)
        self._names = list(config)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        dtype = self.dtype if dtype is None else as_dtype(dtype)
        if partition_info is not None:
            raise NotImplementedError(
                f"tf.compat.v1.{type(self).__name__}: headrace makes no variables in parts."
            )
        return self._made(shape, dtype)

    def _made(self, shape: Any, dtype: Any) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} must define __call__.")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same initializer again."""
        return {n: getattr(self, n) for n in self._names} | {"dtype": self.dtype.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Initializer":
        """An initializer from what `get_config` answers."""
        return cls(**config)


class zeros(Initializer):
    """Zeros.

    >>> tf.compat.v1.zeros_initializer()([2]).numpy()
    array([0., 0.], dtype=float32)
    """

    def __init__(self, dtype: Any = dtypes.float32) -> None:
        super().__init__(dtype=dtype)

    def _made(self, shape: Any, dtype: Any) -> Tensor:
        return all_zeros(shape, dtype)


class ones(Initializer):
    """Ones.

    >>> tf.compat.v1.ones_initializer()([2]).numpy()
    array([1., 1.], dtype=float32)
    """

    def __init__(self, dtype: Any = dtypes.float32) -> None:
        super().__init__(dtype=dtype)

    def _made(self, shape: Any, dtype: Any) -> Tensor:
        return all_ones(shape, dtype)


class constant_initializer(Initializer):
    """A value: one number for all elements, or a list or array of all of them.

    verify_shape: whether the value must have the shape that is asked for.

    >>> tf.compat.v1.constant_initializer(3.)([2]).numpy()
    array([3., 3.], dtype=float32)
    """

    def __init__(
        self, value: Any = 0, dtype: Any = dtypes.float32, verify_shape: bool = False
    ) -> None:
        super().__init__(value=value, dtype=dtype)
        self._verify_shape = verify_shape

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None, verify_shape: Any = None
    ) -> Tensor:
        verify = self._verify_shape if verify_shape is None else verify_shape
        dtype = self.dtype if dtype is None else dtype
        return filled(self.value, dtype, shape, verify_shape=verify)


class random_uniform(Initializer):
    """Numbers from a uniform distribution over [minval, maxval); 1 is the default of `maxval`.

    >>> tf.compat.v1.random_uniform_initializer()([2]).shape
    TensorShape([2])
    """

    def __init__(
        self, minval: Any = 0.0, maxval: Any = None, seed: Any = None, dtype: Any = dtypes.float32
    ) -> None:
        super().__init__(minval=minval, maxval=maxval, seed=seed, dtype=dtype)

    def _made(self, shape: Any, dtype: Any) -> Tensor:
        return random.uniform(shape, self.minval, self.maxval, dtype, self.seed)


class random_normal(Initializer):
    """Numbers from a normal distribution.

    >>> tf.compat.v1.random_normal_initializer()([2]).shape
    TensorShape([2])
    """

    def __init__(
        self, mean: Any = 0.0, stddev: Any = 1.0, seed: Any = None, dtype: Any = dtypes.float32
    ) -> None:
        super().__init__(mean=mean, stddev=stddev, seed=seed, dtype=dtype)

    def _made(self, shape: Any, dtype: Any) -> Tensor:
        return random.normal(shape, self.mean, self.stddev, dtype, self.seed)


class truncated_normal(random_normal):
    """Numbers from a normal distribution, within two standard deviations.

    >>> tf.compat.v1.truncated_normal_initializer()([2]).shape
    TensorShape([2])
    """

    def _made(self, shape: Any, dtype: Any) -> Tensor:
        return random.truncated_normal(shape, self.mean, self.stddev, dtype, self.seed)


class variance_scaling(Initializer):
    """Numbers whose variance is `scale / n`, for layers that keep the size of what goes through.

    mode: whether n is the number of inputs of a unit ("fan_in"), of its outputs ("fan_out"), or
    their mean ("fan_avg"). distribution: "truncated_normal" ("normal"), "untruncated_normal" or
    "uniform".

    >>> tf.compat.v1.variance_scaling_initializer()([2, 3]).shape
    TensorShape([2, 3])

    Raises ValueError for another mode or distribution, or a scale that is not positive.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        dtype: Any = dtypes.float32,
    ) -> None:
        if scale <= 0.0:
            raise ValueError(f"Argument `scale` must be a positive float. Received: {scale}")
        _within("mode", mode, "fan_in", "fan_out", "fan_avg")
        kinds = "normal", "uniform", "truncated_normal", "untruncated_normal"
        _within("distribution", distribution.lower(), *kinds)
        super().__init__(scale=scale, mode=mode, distribution=distribution, seed=seed, dtype=dtype)

    def _made(self, shape: Any, dtype: Any) -> Tensor:
        fan_in, fan_out = _fans(TensorShape(shape).as_list())
        count = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}
        scale = self.scale / max(1.0, count[self.mode])
        kind = self.distribution.lower()
        if kind == "uniform":
            limit = math.sqrt(3.0 * scale)
            return random.uniform(shape, -limit, limit, dtype, self.seed)
        if kind == "untruncated_normal":
            return random.normal(shape, 0.0, math.sqrt(scale), dtype, self.seed)
        stddev = math.sqrt(scale) / _TRUNCATED  # so that the truncated numbers have it
        return random.truncated_normal(shape, 0.0, stddev, dtype, self.seed)


# The standard deviation of the normal distribution truncated to [-2, 2].
_TRUNCATED = 0.87962566103423978


def _within(name: str, value: str, *choices: str) -> None:
    if value not in choices:
        raise ValueError(f"Argument `{name}` should be one of {choices}. Received: {value}")


def _fans(shape: list[int]) -> tuple[float, float]:
    """How many inputs and outputs a unit of a layer with such weights has."""
    if not shape:
        return 1.0, 1.0
    if len(shape) == 1:
        return float(shape[0]), float(shape[0])
    window = math.prod(shape[:-2])
    return float(shape[-2] * window), float(shape[-1] * window)


class _OfScaling(variance_scaling):
    """A `variance_scaling` with a name."""

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed, "dtype": self.dtype.name}


class glorot_uniform(_OfScaling):
    """Glorot's (Xavier's) numbers: uniform, with the variance 2 / (inputs + outputs).

    >>> tf.compat.v1.glorot_uniform_initializer()([2, 3]).shape
    TensorShape([2, 3])
    """

    def __init__(self, seed: Any = None, dtype: Any = dtypes.float32) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed, dtype)


class glorot_normal(_OfScaling):
    """Glorot's (Xavier's) numbers: normal, with the variance 2 / (inputs + outputs).

    >>> tf.compat.v1.glorot_normal_initializer()([2, 3]).shape
    TensorShape([2, 3])
    """

    def __init__(self, seed: Any = None, dtype: Any = dtypes.float32) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, dtype)


def he_normal(seed: Any = None) -> variance_scaling:
    """He's numbers: normal, with the variance 2 / inputs.

    >>> tf.compat.v1.initializers.he_normal()([2, 3]).shape
    TensorShape([2, 3])
    """
    return variance_scaling(2.0, seed=seed)


def he_uniform(seed: Any = None) -> variance_scaling:
    """He's numbers: uniform, with the variance 2 / inputs.

    >>> tf.compat.v1.initializers.he_uniform()([2, 3]).shape
    TensorShape([2, 3])
    """
    return variance_scaling(2.0, distribution="uniform", seed=seed)


def lecun_normal(seed: Any = None) -> variance_scaling:
    """LeCun's numbers: normal, with the variance 1 / inputs.

    >>> tf.compat.v1.initializers.lecun_normal()([2, 3]).shape
    TensorShape([2, 3])
    """
    return variance_scaling(seed=seed)


def lecun_uniform(seed: Any = None) -> variance_scaling:
    """LeCun's numbers: uniform, with the variance 1 / inputs.

    >>> tf.compat.v1.initializers.lecun_uniform()([2, 3]).shape
    TensorShape([2, 3])
    """
    return variance_scaling(distribution="uniform", seed=seed)


class identity(Initializer):
    """A matrix with `gain` on its diagonal and 0 elsewhere.

    >>> tf.compat.v1.initializers.identity()([2, 2]).numpy()
    array([[1., 0.],
           [0., 1.]], dtype=float32)

    Raises ValueError for a shape that is no matrix's.
    """

    def __init__(self, gain: float = 1.0, dtype: Any = dtypes.float32) -> None:
        super().__init__(gain=gain, dtype=dtype)

    def _made(self, shape: Any, dtype: Any) -> Tensor:
        sizes = TensorShape(shape).as_list()
        if len(sizes) != 2:
            raise ValueError(
                "The tensor to initialize, specified by argument `shape` must be at least "
                f"two-dimensional. Received shape={shape}"
            )
        result = eye(*sizes, dtype=dtype)
        return result if self.gain == 1.0 else result * self.gain
