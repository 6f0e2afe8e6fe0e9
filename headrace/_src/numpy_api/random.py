"""Random numbers by NumPy's names, drawn from TensorFlow's generator of the eager mode or graph.

The one idea: `seed` is `tf.random.set_seed`, so what follows is what `tf.random.uniform` and the
others would answer; it is not NumPy's stream.

Read next: ops/random.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.numpy_api.promotion import tensor
from headrace._src.ops import random as draws
from headrace._src.ops.array import broadcast_dynamic_shape, dims
from headrace._src.ops.cast import cast


def seed(s: Any) -> Any:
    """Sets the seed of all random numbers: `tf.random.set_seed(int(s))`.

    >>> tf.experimental.numpy.random.seed(1)
    >>> tf.experimental.numpy.random.rand(2).numpy().round(4)
    array([0.321 , 0.0478])

    Source: numpy.random.seed.
    """
    draws.set_seed(int(s))


def randn(*args: Any) -> Any:
    """Numbers of the standard normal distribution; the arguments are the shape.

    >>> tf.experimental.numpy.random.randn(2, 3).shape
    TensorShape([2, 3])

    Source: numpy.random.randn.
    """
    return standard_normal(args)


def standard_normal(size: Any = None) -> Any:
    """Numbers of the standard normal distribution, in a shape or one scalar.

    >>> tf.experimental.numpy.random.standard_normal((2, 3)).shape
    TensorShape([2, 3])

    Source: numpy.random.standard_normal.
    """
    return draws.normal(_shape(size), dtype=dtypes.float64)


def _shape(size: Any) -> Any:
    """A size as a shape: None is a scalar's, an int a vector's."""
    if size is None:
        return ()
    return (size,) if isinstance(size, (int, np.integer)) else size


def uniform(low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
    """Numbers from `low` to below `high`, evenly distributed; in the shape of both by default.

    >>> x = tf.experimental.numpy.random.uniform(2., 3., (2,))
    >>> x.dtype, bool(tf.reduce_all((2. <= x) & (x < 3.)))
    (tf.float64, True)

    Source: numpy.random.uniform.
    """
    own = dtypes.float64
    low, high = tensor(low, own), tensor(high, own)
    shape = broadcast_dynamic_shape(dims(low), dims(high)) if size is None else _shape(size)
    return draws.uniform(shape, low, high, own)


def random(size: Any = None) -> Any:
    """Numbers from 0 to below 1, in a shape or one scalar.

    >>> tf.experimental.numpy.random.random((2,)).shape
    TensorShape([2])

    Source: numpy.random.random.
    """
    return uniform(0.0, 1.0, size)


def rand(*size: Any) -> Any:
    """Numbers from 0 to below 1; the arguments are the shape.

    >>> tf.experimental.numpy.random.rand(2, 3).shape
    TensorShape([2, 3])

    Source: numpy.random.rand.
    """
    return uniform(0.0, 1.0, size)


def randint(low: Any, high: Any = None, size: Any = None, dtype: Any = np.int64) -> Any:
    """Integers from `low` to below `high`; of one bound, from 0 to below it.

    dtype: int32 or int64.

    >>> tf.experimental.numpy.random.randint(5, size=(2, 3)).shape
    TensorShape([2, 3])

    Raises ValueError for another dtype. Source: numpy.random.randint.
    """
    if dtype is int:
        own = dtypes.int64
    else:
        own = dtypes.as_dtype(dtype)
    if own not in (dtypes.int32, dtypes.int64):
        accepted = (np.int32, np.int64)
        raise ValueError(
            f"Argument `dtype` got an invalid value {dtype}. Only those convertible to "
            f"{accepted} are supported."
        )
    if high is None:
        low, high = 0, low
    return draws.uniform(_shape(size), cast(low, own), cast(high, own), own)


def poisson(lam: Any = 1.0, size: Any = None) -> Any:
    """Counts of events of which `lam` are expected: int64.

    Where `lam` is an array, each of its numbers gets a sample of the shape `size`.

    >>> tf.experimental.numpy.random.poisson(3., (2,)).dtype
    tf.int64

    Source: numpy.random.poisson.
    """
    return draws.poisson(_shape(size), tensor(lam, dtypes.float64), dtypes.int64)
