"""How far results in float32 are from the true ones, which are computed in float64.

Elementwise functions: at most four units in the last place, with the exceptions listed; reductions
over n elements: four units of the sum of sizes, times the root of n. Each is measured over twenty
thousand arguments, by the host's kernel, over a large array (where XLA may take over) and compiled.

Read next: headrace/_src/ops/precision.py.
"""

import numpy as np
import pytest
import scipy.special as sp

import headrace as tf

COUNT = 20_000
RANDOM = np.random.default_rng(0)
MOST = 4.0

# XLA's own digits, which TensorFlow answers too.
MORE = {
    "expm1": 5,
    "sinh": 5,
    "elu": 5,
    "selu": 5,
    "erf": 5,
    "erfc": 64,  # from 4 on, where it is below 1e-8
    "gelu": 70,  # below -5, from erfc
}


def between(low, high):
    return RANDOM.uniform(low, high, COUNT).astype(np.float32)


def positive(low, high):
    """Of all sizes alike."""
    return np.exp(RANDOM.uniform(np.log(low), np.log(high), COUNT)).astype(np.float32)


def signed(low, high):
    return positive(low, high) * RANDOM.choice([-1, 1], COUNT).astype(np.float32)


def selu(x):
    return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))


FUNCTIONS = {
    "abs": (tf.abs, np.abs, signed(1e-30, 1e30)),
    "square": (tf.square, np.square, signed(1e-15, 1e15)),
    "sqrt": (tf.sqrt, np.sqrt, positive(1e-30, 1e30)),
    "rsqrt": (tf.math.rsqrt, lambda x: 1 / np.sqrt(x), positive(1e-30, 1e30)),
    "reciprocal": (tf.math.reciprocal, lambda x: 1 / x, signed(1e-30, 1e30)),
    "exp": (tf.exp, np.exp, between(-80, 80)),
    "expm1": (tf.math.expm1, np.expm1, signed(1e-6, 50)),
    "log": (tf.math.log, np.log, positive(1e-30, 1e30)),
    "log1p": (tf.math.log1p, np.log1p, positive(1e-6, 1e6)),
    "sin": (tf.sin, np.sin, signed(1e-6, 100)),
    "cos": (tf.cos, np.cos, signed(1e-6, 100)),
    "tan": (tf.tan, np.tan, signed(1e-6, 100)),
    "asin": (tf.asin, np.arcsin, between(-1, 1)),
    "acos": (tf.acos, np.arccos, between(-1, 1)),
    "atan": (tf.atan, np.arctan, signed(1e-6, 1e6)),
    "sinh": (tf.sinh, np.sinh, signed(1e-6, 88)),
    "cosh": (tf.cosh, np.cosh, signed(1e-6, 88)),
    "tanh": (tf.tanh, np.tanh, signed(1e-6, 20)),
    "asinh": (tf.asinh, np.arcsinh, signed(1e-6, 1e6)),
    "acosh": (tf.acosh, np.arccosh, positive(1.01, 1e6)),
    "atanh": (tf.atanh, np.arctanh, between(-0.999, 0.999)),
    "sigmoid": (tf.sigmoid, sp.expit, signed(1e-6, 80)),
    "log_sigmoid": (tf.math.log_sigmoid, lambda x: -np.logaddexp(-x, 0), signed(1e-6, 80)),
    "softplus": (tf.math.softplus, lambda x: np.logaddexp(x, 0), signed(1e-6, 80)),
    "softsign": (tf.nn.softsign, lambda x: x / (1 + np.abs(x)), signed(1e-6, 1e6)),
    "silu": (tf.nn.silu, lambda x: x * sp.expit(x), signed(1e-6, 80)),
    "gelu": (tf.nn.gelu, lambda x: x * sp.ndtr(x), signed(1e-6, 8)),
    "elu": (tf.nn.elu, lambda x: np.where(x > 0, x, np.expm1(x)), signed(1e-6, 80)),
    "selu": (tf.nn.selu, selu, signed(1e-6, 80)),
    "erf": (tf.math.erf, sp.erf, signed(1e-6, 4)),
    "erfc": (tf.math.erfc, sp.erfc, between(-4, 9)),
    "erfinv": (tf.math.erfinv, sp.erfinv, between(-0.999, 0.999)),
    "ndtri": (tf.math.ndtri, sp.ndtri, between(1e-4, 0.9999)),
    "lgamma": (tf.math.lgamma, sp.gammaln, positive(1e-3, 1e6)),
    "digamma": (tf.math.digamma, sp.psi, positive(1e-3, 1e6)),
    "bessel_i0e": (tf.math.bessel_i0e, sp.i0e, signed(1e-3, 100)),
    "bessel_i1e": (tf.math.bessel_i1e, sp.i1e, signed(1e-3, 100)),
}

REDUCTIONS = {
    "reduce_sum": (tf.reduce_sum, np.sum),
    "reduce_mean": (tf.reduce_mean, np.mean),
    "norm": (tf.norm, lambda x: np.sqrt(np.sum(x * x))),
    "reduce_logsumexp": (tf.reduce_logsumexp, sp.logsumexp),
    "reduce_variance": (tf.math.reduce_variance, np.var),
    "reduce_std": (tf.math.reduce_std, np.std),
}


def large(x):
    return tf.constant(np.resize(x, 2**19))


MACHINES = {
    "host": lambda function, x: function(tf.constant(x)).numpy(),
    "large": lambda function, x: function(large(x)).numpy()[:COUNT],
    "compiled": lambda function, x: tf.function(function, jit_compile=True)(x).numpy(),
}


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_elementwise(name, machine):
    function, true, x = FUNCTIONS[name]
    wanted = true(x.astype(np.float64))
    found = MACHINES[machine](lambda x: function(x), x).astype(np.float64)
    units = np.spacing(np.abs(wanted.astype(np.float32))).astype(np.float64)
    counted = np.isfinite(units) & (np.abs(wanted) > np.finfo(np.float32).tiny)
    assert np.max(np.abs(found - wanted)[counted] / units[counted]) <= MORE.get(name, MOST)


@pytest.mark.parametrize("machine", ["host", "compiled"])
@pytest.mark.parametrize("count", [1, 1000, 2**19])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions(name, count, machine):
    function, true = REDUCTIONS[name]
    x = RANDOM.uniform(-1, 1, count).astype(np.float32)
    found = float(MACHINES[machine](lambda x: function(x), x))
    size = max(float(np.abs(true(np.abs(x.astype(np.float64))))), 1e-30)
    units = abs(found - float(true(x.astype(np.float64)))) / float(np.spacing(np.float32(size)))
    assert units <= MOST * np.sqrt(count)


@pytest.mark.parametrize("machine", ["host", "compiled"])
def test_running_sums(machine):
    x = RANDOM.uniform(0, 1, COUNT).astype(np.float32)
    found = MACHINES[machine](lambda x: tf.cumsum(x), x).astype(np.float64)
    wanted = np.cumsum(x.astype(np.float64))
    units = np.spacing(wanted.astype(np.float32)).astype(np.float64)
    assert np.all(np.abs(found - wanted) / units <= MOST * np.sqrt(np.arange(1, COUNT + 1)))
