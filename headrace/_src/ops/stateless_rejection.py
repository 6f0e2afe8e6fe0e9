"""Stateless random numbers that are found by trying: gamma, Poisson, binomial.

A sampler draws until a draw is accepted (ops/rejection.py), so how many random bits a number takes
is not known before; that is what sets these apart from the rest of `stateless_random.py`.

Read next: rejection.py, stateless_random.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import namespace
from headrace._src.core.dtypes import DType, as_dtype, float32, int32, int64
from headrace._src.core.namespace import xp
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.ops import philox, rejection
from headrace._src.ops.algorithm import Algorithm
from headrace._src.ops.draws import check_ending, checked, drawn, sizes
from headrace._src.ops.random import gamma_gradient, gamma_parameters, gamma_scaled
from headrace._src.ops.stateless_random import check_seed, key_counter, seed_tensor, words

_RANDOM = "A random number does not depend on the input smoothly."


def _sizes(shape: Any) -> Any:
    """A shape; the ops refuse a tensor of another dtype in their own words."""
    return shape if isinstance(shape, Tensor) else sizes(shape, int32)


def _loop(x: Any) -> Any:
    """The loop in which a sampler tries: its own on the host, XLA's in a compiled program."""
    return None if xp(x) is np else namespace.while_under_xla


def stateless_gamma(
    shape: Any,
    seed: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = float32,
    name: str | None = None,
) -> Tensor:
    """Numbers from the gamma distribution that follow from the seed.

    shape: the sizes of the result, which end with the shape of the parameters. seed: two integers,
    int32 or int64. alpha: the shape parameter, above 0. beta: the rate (1 / scale), 1 by default;
    the two broadcast, and gradients flow to both. dtype: float16, float32 or float64.

    >>> tf.random.stateless_gamma([3], seed=[1, 2], alpha=[1., 2., 3.]).numpy()
    array([3.4994423, 1.9241365, 4.674579 ], dtype=float32)

    Raises tf.errors.InvalidArgumentError where `shape` does not end with that of the parameters, or
    for a seed of other than two integers. Op: StatelessRandomGammaV3. Marsaglia and Tsang, "A
    simple method for generating gamma variables" (2000).
    """
    dtype = as_dtype(dtype)
    shape = _sizes(shape)
    alpha, rate = gamma_parameters(alpha, beta, dtype)
    start = key_counter(seed, Algorithm.AUTO_SELECT)
    return gamma_scaled(stateless_random_gamma(shape, *start, alpha, name), rate)


def _ending_with_alpha(shape, key, counter, alg, alpha: TensorShape) -> TensorShape:
    check_ending(shape, alpha)
    return drawn(shape)


@op("StatelessRandomGammaV3", shape=_ending_with_alpha, cost="host")
def stateless_random_gamma(
    shape: Static,
    key: Tensor,
    counter: Tensor,
    alg: Static,
    alpha: Tensor,
    name: str | None = None,
) -> Tensor:
    """Gamma values of scale 1 from a key and a counter."""
    check_ending(checked(shape), TensorShape(alpha.shape))
    start = words(key, counter)
    draws = shape[: len(shape) - alpha.ndim]
    return rejection.gamma(xp(key), *start, draws, alpha, alpha.dtype, _loop(key))


@stateless_random_gamma.gradient
def _(dz, alpha, out):
    return None, None, lambda: gamma_gradient(dz, alpha, out)


def stateless_poisson(
    shape: Any, seed: Any, lam: Any, dtype: Any = int32, name: str | None = None
) -> Tensor:
    """Numbers of events from the Poisson distribution that follow from the seed.

    shape: the sizes of the result, which end with the shape of `lam`. seed: two integers, int32 or
    int64. lam: the expected number of events, a tensor of float16, float32, float64, int32 or
    int64. dtype: of the result, one of the same.

    >>> tf.random.stateless_poisson([3], seed=[1, 2], lam=[1., 2., 30.]).numpy()
    array([ 3,  4, 38], dtype=int32)

    Raises tf.errors.InvalidArgumentError where `shape` does not end with that of `lam`, or for a
    seed of other than two integers. Op: StatelessRandomPoisson.
    """
    inputs = _sizes(shape), seed_tensor(seed), convert(lam)
    return stateless_random_poisson(*inputs, as_dtype(dtype), name)


def _ending_with_lam(shape, seed: TensorShape, lam: TensorShape, *_: Any) -> TensorShape:
    check_seed(seed)
    out = drawn(shape)
    check_ending(shape, lam)
    return out


@op("StatelessRandomPoisson", shape=_ending_with_lam, cost="host")
def stateless_random_poisson(
    shape: Static, seed: Tensor, lam: Tensor, dtype: DType, name: str | None = None
) -> Tensor:
    """Poisson values from a seed."""
    _ending_with_lam(shape, TensorShape(seed.shape), TensorShape(lam.shape))
    start = philox.stateless_key_counter(xp(seed), seed)
    draws = shape[: len(shape) - lam.ndim]
    return rejection.poisson(xp(seed), *start, draws, lam, dtype.array_dtype, _loop(seed))


no_gradient(stateless_random_poisson, why=_RANDOM)


def stateless_binomial(
    shape: Any,
    seed: Any,
    counts: Any,
    probs: Any,
    output_dtype: Any = int32,
    name: str | None = None,
) -> Tensor:
    """Numbers of successes from the binomial distribution that follow from the seed.

    shape: the sizes of the result, which end with the shape of the parameters. seed: two integers,
    int32 or int64. counts, probs: the number of trials and the chance of each, which broadcast;
    float16, float32 or float64. output_dtype: one of these, int32 or int64.

    >>> tf.random.stateless_binomial([3], seed=[1, 2], counts=[10., 20., 30.], probs=0.5).numpy()
    array([ 6,  7, 19], dtype=int32)

    Raises tf.errors.InvalidArgumentError where `shape` does not end with that of the parameters, or
    for a seed of other than two integers. Op: StatelessRandomBinomial. Hormann, "The generation of
    binomial random variates" (1993).
    """
    probs = convert(probs, None, float32)
    counts = convert(counts, None, float32)
    inputs = _sizes(shape), seed_tensor(seed), counts, probs
    return stateless_random_binomial(*inputs, as_dtype(output_dtype), name)


def _ending_with_trials(
    shape, seed: TensorShape, counts: TensorShape, probs: TensorShape, *_: Any
) -> TensorShape:
    check_seed(seed)
    out = drawn(shape)
    check_ending(shape, counts, probs)
    return out


@op("StatelessRandomBinomial", shape=_ending_with_trials, cost="host")
def stateless_random_binomial(
    shape: Static,
    seed: Tensor,
    counts: Tensor,
    probs: Tensor,
    dtype: DType = int64,
    name: str | None = None,
) -> Tensor:
    """Binomial values from a seed."""
    given = (TensorShape(x.shape) for x in (seed, counts, probs))
    _ending_with_trials(shape, *given)
    start = philox.stateless_key_counter(xp(seed), seed)
    return rejection.binomial(
        xp(seed), *start, shape, counts, probs, dtype.array_dtype, _loop(seed)
    )


no_gradient(stateless_random_binomial, why=_RANDOM)
