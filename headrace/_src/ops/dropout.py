"""Dropout: a random part of the elements is set to 0, and the rest grows to make up for it.

The one idea: what is kept is scaled by `1 / (1 - rate)` while training, so that nothing needs to
be scaled afterwards. Where the noise comes from is the caller's choice (`general_dropout`); the
other two fix it.

Read next: ops/random.py.
"""

import builtins
from collections.abc import Callable
from typing import Any

from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert, in_graph
from headrace._src.engine.node import known_value
from headrace._src.ops.array import shape as shape_of
from headrace._src.ops.array import sizes
from headrace._src.ops.math import multiply
from headrace._src.ops.random import uniform
from headrace._src.ops.select import select
from headrace._src.ops.stateless_random import stateless_uniform


def dropout(
    x: Any, rate: Any, noise_shape: Any = None, seed: Any = None, name: str | None = None
) -> Tensor:
    """`x` with elements set to 0 at random, the others multiplied by `1 / (1 - rate)`.

    x: floats. rate: the probability of 0, a number in [0, 1) or a scalar tensor. noise_shape: a
    shape that broadcasts to that of `x`: elements that share a place in it live and die together;
    None in it stands for the size of `x`. seed: see `tf.random.set_seed`.

    >>> tf.nn.dropout([1., 2.], 0.).numpy()
    array([1., 2.], dtype=float32)

    Raises ValueError for what are no floats and for a rate out of range. Source: Srivastava et al.
    2014, "Dropout: a simple way to prevent neural networks from overfitting".
    """

    def sampler(shape: Any, dtype: Any) -> Tensor:
        return uniform(shape, seed=seed, dtype=dtype)

    return general_dropout(x, rate, sampler, noise_shape, name)


def stateless_dropout(
    x: Any,
    rate: Any,
    seed: Any,
    rng_alg: Any = None,
    noise_shape: Any = None,
    name: str | None = None,
) -> Tensor:
    """`tf.nn.dropout` whose noise depends on nothing but `seed`, two integers.

    rng_alg: the generator, see `tf.random.Algorithm`; "auto_select" by default.

    >>> tf.nn.experimental.stateless_dropout(tf.ones([4]), 0.5, seed=[1, 2]).numpy()
    array([2., 0., 2., 0.], dtype=float32)
    """

    def sampler(shape: Any, dtype: Any) -> Tensor:
        alg = "auto_select" if rng_alg is None else rng_alg
        return stateless_uniform(shape, seed=seed, dtype=dtype, alg=alg)

    return general_dropout(x, rate, sampler, noise_shape, name)


def general_dropout(
    x: Any,
    rate: Any,
    uniform_sampler: Callable,
    noise_shape: Any = None,
    name: str | None = None,
) -> Tensor:
    """`tf.nn.dropout` with noise from `uniform_sampler(shape=, dtype=)`, numbers in [0, 1).

    >>> tf.nn.experimental.general_dropout(
    ...     tf.ones([2]), 0.5, lambda shape, dtype: tf.constant([0.2, 0.7])).numpy()
    array([0., 2.], dtype=float32)
    """
    is_number = isinstance(rate, (int, float)) and not isinstance(rate, builtins.bool)
    if is_number and not 0 <= rate < 1:
        raise ValueError(
            f"`rate` must be a scalar tensor or a float in the range [0, 1). Received: rate={rate}"
        )
    x = convert(x)
    dtype = x.dtype
    if not dtype.is_floating:
        raise ValueError(
            "`x.dtype` must be a floating point tensor as `x` will be scaled. Received: "
            f"x_dtype={dtype}"
        )
    if is_number:
        if rate == 0:
            return in_graph(x, name or "dropout")
        scaled = multiply(x, convert(1 / (1 - rate), dtype))
        rate = convert(rate, dtype)
    else:
        rate = _rate(rate, dtype)
        known = known_value(rate)
        if known is not None and known == 0:
            return in_graph(x, name or "dropout")
        scaled = x / (1 - rate)
    noise = uniform_sampler(shape=_noise_shape(x, noise_shape), dtype=dtype)
    return select(noise >= rate, scaled, convert(0, dtype), name)


def _rate(rate: Any, dtype: Any) -> Tensor:
    if not hasattr(rate, "dtype"):
        raise ValueError(f"`rate` must be a scalar or scalar tensor. Received: rate={rate}")
    rate = convert(rate)
    if rate.shape.rank not in (0, None):
        raise ValueError(f"Shape {rate.shape} must have rank 0")
    if rate.dtype is not dtype:
        raise ValueError(
            "`x.dtype` must be compatible with `rate.dtype`. Received: "
            f"x.dtype={dtype} and rate.dtype={rate.dtype}"
        )
    return rate


def _noise_shape(x: Tensor, noise_shape: Any) -> Any:
    if noise_shape is None:
        return x.shape if x.shape.is_fully_defined() else shape_of(x)
    if isinstance(noise_shape, Tensor):
        return noise_shape
    wanted = TensorShape(noise_shape)
    if wanted.rank is not None and wanted.rank == x.shape.rank:
        pairs = zip(wanted.as_list(), sizes(x), strict=True)
        return [own if size is None else size for size, own in pairs]
    return wanted if wanted.is_fully_defined() else noise_shape
