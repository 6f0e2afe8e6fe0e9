"""Gamma, Poisson and binomial values: rejection samplers over Philox, as TensorFlow spends bits.

What lives here: the samplers whose number of tries depends on the numbers drawn.

The one idea: TensorFlow gives output `i` its own 256 blocks, at `counter + 256 i`, so that all
outputs can try side by side. A sampler is one `attempt` over arrays, repeated until every output
is accepted: on the host for those still open only, under XLA for all of them with the caller's
loop (`jax.lax.while_loop`), given as `loop`. Within a block, TensorFlow uses the second double
before the first. Arithmetic is in double precision.

Read next: philox.py, where the blocks come from.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.ops.philox import BLOCKS_PER_VALUE, blocks_at, normals, unit_double

_GAP_BLOCKS = 42
"""The distance of the blocks of two neighbouring binomials that add up geometric gaps."""


def binomial_blocks(batches: int, samples: int) -> int:
    """How many blocks `Generator.binomial` moves its state on.

    `batches` is the number of pairs of counts and probs, `samples` that of draws for each.

    >>> binomial_blocks(1, 3)
    76800
    """
    return BLOCKS_PER_VALUE * (batches * 200 * (samples + 3) // 4)


def _accepted(xp, loop, attempt, results, *constants):
    """Repeats `attempt(tries, state, *constants)` until `done`; the accepted values.

    `state` is a tuple of arrays with one entry per output: done, value and what else the sampler
    carries from try to try. `attempt` returns the next one.
    """
    tries = np.int64(0)
    if loop is not None:
        carry = (xp.asarray(tries), *results)

        def body(carry):
            tries, *old = carry
            new = attempt(tries, tuple(old), *constants)
            kept = [xp.where(old[0], was, now) for was, now in zip(old, new, strict=True)]
            return (tries + 1, *kept)

        return loop(lambda carry: ~xp.all(carry[1]), body, carry)[2]
    values = results[1].copy()
    state = results
    open_ = np.flatnonzero(~state[0])
    state, constants = [s[open_] for s in state], [c[open_] for c in constants]
    while open_.size:
        state = attempt(tries, state, *constants)
        values[open_] = state[1]
        left = ~state[0]
        open_ = open_[left]
        state, constants = [s[left] for s in state], [c[left] for c in constants]
        tries += 1
    return values


def _columns(xp, parameters, samples):
    """Each parameter once per sample, flat in the order of TensorFlow's outputs."""
    return xp.repeat(xp.asarray(parameters).astype(xp.float64).reshape(-1), samples)


def _offsets(xp, count, stride=BLOCKS_PER_VALUE):
    return xp.arange(count, dtype=xp.uint64) * np.uint64(stride)


def _pair(xp, key, counter, offsets):
    """The two doubles of the blocks at `offsets`, in the order in which TensorFlow uses them."""
    doubles = blocks_at(xp, key, counter, offsets, lambda blocks: unit_double(xp, blocks))
    return doubles[..., 1], doubles[..., 0]


def _one(xp, key, counter, offsets, turn):
    """Double number `turn` at each offset."""
    turn = xp.asarray(turn).astype(xp.uint64)
    second, first = _pair(xp, key, counter, offsets + turn // np.uint64(2))
    return xp.where(turn % np.uint64(2) == 0, second, first)


def _log_gamma(xp, x):
    """log(gamma(x)) for x >= 1, by the recurrence and Stirling's series, to about 1e-15."""
    shift = xp.log(x * (x + 1) * (x + 2) * (x + 3) * (x + 4) * (x + 5) * (x + 6) * (x + 7))
    y = x + 8
    z = 1 / (y * y)
    series = 1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z * (1 / 1188))))
    return (y - 0.5) * xp.log(y) - y + 0.5 * math.log(2 * math.pi) + series / y - shift


def _arranged(xp, values, shape, parameters):
    """Parameter-major values as `shape + parameters.shape`."""
    size = math.prod(parameters.shape)
    by_parameter = values.reshape((size, math.prod(shape)))
    return xp.moveaxis(by_parameter, 0, 1).reshape(shape + parameters.shape)


@np.errstate(all="ignore")  # tries that are refused may overflow
def poisson(xp, key, counter, shape, rate, dtype="float32", loop=None):
    """Poisson values of `shape + rate.shape`: `shape` draws for each rate.

    Rates below 10 multiply uniforms until the product is below exp(-rate) (Knuth), higher ones
    use transformed rejection (Hormann, "The transformed rejection method for generating Poisson
    random variables", 1993). A rate of at most 0 gives 0, infinity and NaN give
    themselves (0 in an integer dtype).
    `loop` is `jax.lax.while_loop` under XLA. Source: ops RandomPoissonV2, StatelessRandomPoisson.

    >>> poisson(np, np.uint32([42, 0]), np.uint32([0, 0, 1, 0]), (2,), np.float32([3, 30]))
    array([[ 5., 30.],
           [ 2., 34.]], dtype=float32)
    """
    dtype, rate = np.dtype(dtype), xp.asarray(rate)
    flat = _columns(xp, rate, math.prod(shape))
    offsets = _offsets(xp, flat.size)
    valid = flat < np.inf
    biggest = float(np.finfo(dtype).max if dtype.kind == "f" else np.iinfo(dtype).max)

    def multiply(turn, state, rate, offsets):
        _, value, product = state
        product = product * _one(xp, key, counter, offsets, turn)
        done = (product <= xp.exp(-rate)) & (value <= biggest)
        return done, xp.where(done, value, value + 1), product

    def reject(turn, state, rate, offsets):
        u, v = _pair(xp, key, counter, offsets + xp.asarray(turn).astype(xp.uint64))
        b = 0.931 + 2.53 * xp.sqrt(rate)
        a = -0.059 + 0.02483 * b
        u = u - 0.5
        edge = 0.5 - xp.abs(u)
        k = xp.floor((2 * a / edge + b) * u + rate + 0.43)
        surely = (edge >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2))
        outside = (k < 0) | ((edge < 0.013) & (v > edge))
        scale = 1.1239 + 1.1328 / (b - 3.4)
        s = xp.log(v * scale / (a / (edge * edge) + b))
        t = -rate + k * xp.log(rate) - _log_gamma(xp, xp.maximum(k, 0) + 1)
        return (k <= biggest) & (surely | (~outside & (s <= t))), k

    few, many = valid & (flat < 10), valid & (flat >= 10)
    zeros = xp.zeros(flat.shape, xp.float64)
    small = _accepted(xp, loop, multiply, (~few, zeros, zeros + 1), flat, offsets)
    safe = xp.where(many, flat, 10.0)
    large = _accepted(xp, loop, reject, (~many, zeros), safe, offsets)
    rest = flat if dtype.kind == "f" else 0
    values = xp.where(few, small, xp.where(many, large, rest))
    return _arranged(xp, values, shape, rate).astype(dtype)


@np.errstate(all="ignore")  # tries that are refused may overflow
def gamma(xp, key, counter, shape, alpha, dtype="float32", loop=None):
    """Gamma values of scale 1, of `shape + alpha.shape`: `shape` draws for each alpha.

    Marsaglia and Tsang, "A simple method for generating gamma variables" (2000); alpha of 1 is
    an exponential, one below 1 is a value for alpha + 1 times a power of a uniform. `loop` is
    `jax.lax.while_loop` under XLA. Source: ops RandomGamma, StatelessRandomGammaV3.
    """
    dtype, alpha = np.dtype(dtype), xp.asarray(alpha)
    flat = _columns(xp, alpha, math.prod(shape))
    offsets = _offsets(xp, flat.size)
    invalid, is_one = ~(flat >= 0), flat == 1
    alphas = xp.where(invalid, 1.0, flat)
    d = alphas + xp.where(alphas < 1, 2 / 3, -1 / 3)
    c = 1 / 3 / xp.sqrt(d)

    # Normals and uniforms come from blocks of their own, two of them from each; what a try leaves
    # of a block, a later try of the same output uses. So does the power at the end.
    def next_uniform(spare, has_spare, used, wanted, offsets):
        second, first = _pair(xp, key, counter, offsets + used)
        value = xp.where(has_spare, spare, second)
        used = used + (wanted & ~has_spare).astype(xp.uint64)
        spare = xp.where(wanted & ~has_spare, first, spare)
        return value, spare, has_spare ^ wanted, used

    def attempt(turn, state, d, c, alpha, offsets):
        _, _, spare_normal, has_normal, spare, has_spare, used = state
        fresh = blocks_at(xp, key, counter, offsets + used, lambda b: normals(xp, b, np.float64))
        x = xp.where(has_normal, spare_normal, fresh[..., 1])
        used = used + (~has_normal).astype(xp.uint64)
        root = 1 + c * x
        cube = root * root * root
        positive = cube > 0
        u, spare, has_spare, used = next_uniform(spare, has_spare, used, positive, offsets)
        x2 = x * x
        squeeze = u < 1 - 0.0331 * x2 * x2
        safe = xp.where(positive, cube, 1.0)
        exact = xp.log(u) < 0.5 * x2 + d * (1 - safe + xp.log(safe))
        boost = next_uniform(spare, has_spare, used, positive, offsets)[0]
        value = d * cube * xp.where(alpha < 1, boost ** (1 / alpha), 1.0)
        done = positive & (squeeze | exact)
        return done, value, fresh[..., 0], ~has_normal, spare, has_spare, used

    zeros = xp.zeros(flat.shape, xp.float64)
    never = zeros > 0
    start = (invalid | is_one, zeros, zeros, never, zeros, never, zeros.astype(xp.uint64))
    values = _accepted(xp, loop, attempt, start, d, c, alphas, offsets)
    exponential = -xp.log1p(-_pair(xp, key, counter, offsets)[0])
    values = xp.where(invalid, np.nan, xp.where(is_one, exponential, values))
    if dtype == np.float32:  # TensorFlow's threads flush what float32 cannot hold in full to zero
        values = xp.where(values < np.finfo(np.float32).tiny, 0.0, values)
    return _arranged(xp, values, shape, alpha).astype(dtype)


@np.errstate(all="ignore")  # tries that are refused may overflow
def binomial(
    xp: Any,
    key: Any,
    counter: Any,
    shape: tuple[int, ...],
    counts: Any,
    probs: Any,
    dtype: Any = "float32",
    loop: Callable | None = None,
) -> Any:
    """Binomial values of `shape`, to whose end `counts` and `probs` broadcast.

    Expected counts below 10 add up geometric gaps, higher ones use transformed rejection
    (Hormann, "The generation of binomial random variates", 1993). No trials or no chance
    give 0, a chance of 1 or more gives `counts`, what is no number NaN (0 in an integer dtype).
    `loop` is `jax.lax.while_loop` under XLA.
    Source: ops StatefulRandomBinomial, StatelessRandomBinomial.
    """
    dtype = np.dtype(dtype)
    batch = np.broadcast_shapes(xp.shape(counts), xp.shape(probs))
    draws = math.prod(shape[: len(shape) - len(batch)])
    counts = _columns(xp, xp.broadcast_to(xp.asarray(counts), batch), draws)
    probs = _columns(xp, xp.broadcast_to(xp.asarray(probs), batch), draws)
    offsets = _offsets(xp, counts.size)
    mirrored = probs > 0.5
    p = xp.where(mirrored, 1 - probs, probs)
    none = (counts <= 0) | (probs <= 0)
    valid = none | (probs >= 1) | (xp.isfinite(counts) & (probs < 1))

    def gaps(turn, state, count, p, offsets):
        _, value, total = state
        u = _one(xp, key, counter, offsets, turn)
        total = total + xp.ceil(xp.log(u) / xp.log1p(-p))
        done = total > count
        return done, xp.where(done, value, value + 1), total

    def tail(k):
        """What log(k!) exceeds Stirling's formula by."""
        k = xp.maximum(k, 0)
        y = k + 1
        return _log_gamma(xp, y) - (k + 0.5) * xp.log(y) + y - 0.5 * math.log(2 * math.pi)

    def reject(turn, state, n, p, offsets):
        u, v = _pair(xp, key, counter, offsets + xp.asarray(turn).astype(xp.uint64))
        deviation = xp.sqrt(n * p * (1 - p))
        b = 1.15 + 2.53 * deviation
        a = -0.0873 + 0.0248 * b + 0.01 * p
        r = p / (1 - p)
        u = u - 0.5
        edge = 0.5 - xp.abs(u)
        k = xp.floor((2 * a / edge + b) * u + n * p + 0.5)
        surely = (edge >= 0.07) & (v <= 0.92 - 4.2 / b)
        inside = (k >= 0) & (k <= n)
        at = xp.clip(k, 0, n)
        m = xp.floor((n + 1) * p)
        height = xp.log(v * (2.83 + 5.1 / b) * deviation / (a / (edge * edge) + b))
        bound = (
            (m + 0.5) * xp.log((m + 1) / (r * (n - m + 1)))
            + (n + 1) * xp.log((n - m + 1) / (n - at + 1))
            + (at + 0.5) * xp.log(r * (n - at + 1) / (at + 1))
            + tail(m) + tail(n - m) - tail(at) - tail(n - at)
        )  # fmt: skip
        return surely | (inside & (height <= bound)), k

    usual = valid & ~none & (p > 0)
    few, many = usual & (counts * p < 10), usual & (counts * p >= 10)
    zeros = xp.zeros(counts.shape, xp.float64)
    safe_p = xp.where(usual, p, 0.25)
    safe_n = xp.where(many, counts, 100.0)
    close = _offsets(xp, counts.size, _GAP_BLOCKS)
    small = _accepted(xp, loop, gaps, (~few, zeros, zeros), counts, safe_p, close)
    large = _accepted(xp, loop, reject, (~many, zeros), safe_n, safe_p, offsets)
    values = xp.where(few, small, large)
    values = xp.where(mirrored, counts - values, values)
    wrong = np.nan if dtype.kind == "f" else 0
    values = xp.where(none, 0, xp.where(valid, values, wrong))
    return _arranged(xp, values, shape[: len(shape) - len(batch)], xp.empty(batch)).astype(dtype)
