"""Random numbers from a state: `tf.random.uniform`, `normal`, `shuffle` and their like.

The one idea: a stateful op is a key and a counter from the process's `RandomState`, and from there
on a pure function (philox.py, rejection.py). The state is one for all threads, as the global seed
of TensorFlow is. An op's seeds, and the dtypes it was made with, name the generator from which it
draws; so two equal calls go on in one sequence, and scaling the outcome does not start another.
In a graph the node is the name: its seeds are settled when it is made, and while it runs the
machine that runs it says how far its generator has got. So the same body draws on the host and in a
compiled program.

Read next: seeds.py (whose turn it is), stateless_random.py (the same without a state).
"""

import math
from random import Random
from typing import Any

import numpy as np

from headrace._src.core import dtypes, namespace
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, float32, int32, int64
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import broadcast, same
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine import streams
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.ops import array, philox, rejection
from headrace._src.ops.constant import zeros_like
from headrace._src.ops.draws import (
    Affine,
    check_bounds,
    check_dtype,
    checked,
    drawn,
    drawn_for_each,
    matrix_of_samples,
    sample_count,
    sizes,
)
from headrace._src.ops.math import add, maximum, multiply, real_div
from headrace._src.ops.reduce import reduce_sum
from headrace._src.ops.seeds import GraphSeeds, RandomState
from headrace._src.ops.special import sp

state = RandomState()
"""The random state of the process: the global seed and how far each op has got."""

_FLOATS = (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64)
_UNIFORM = (*_FLOATS, int32, int64)

_RANDOM = "A random number does not depend on the input smoothly."


def set_seed(seed: Any) -> None:
    """The start of all random sequences of the process, from a global seed.

    seed: an integer. Ops without a seed of their own then draw from sequences that follow from it
    and from how many such ops ran before; None makes them unpredictable again. Inside a function
    it is the seed of that function's ops, from here on.

    >>> tf.random.set_seed(42)
    >>> tf.random.uniform([2]).numpy()
    array([0.6645621 , 0.44100678], dtype=float32)
    >>> tf.random.set_seed(42)
    >>> tf.random.uniform([2]).numpy()
    array([0.6645621 , 0.44100678], dtype=float32)

    Raises TypeError for what is no number.
    """
    try:
        Random(seed)
    except TypeError:  # no hash, or a number of NumPy's
        seed = int(np.array(seed))
    graph = thread.context.graph
    if graph is None:
        state.set_seed(seed)
        streams.begin_again()
    else:
        graph.seed = _graph_seeds(graph).seed = seed


def seeds(seed: Any) -> tuple[int, int]:
    """The attributes `seed` and `seed2` of an op whose user gave `seed`, or None."""
    if isinstance(seed, Tensor):
        known = known_value(seed)
        if known is None:
            raise TypeError(f"Expected int for argument 'seed' not {seed!r}.")
        seed = known[()]
    graph = thread.context.graph
    first, second = (state if graph is None else _graph_seeds(graph)).get_seed(seed)
    return int(first), int(second)


def _graph_seeds(graph: Any) -> GraphSeeds:
    """The seeds of a graph's ops; of a function's, the global seed at the time of tracing."""
    found = getattr(graph, "seeds", None)
    if found is None:
        if graph.seed is None and graph.building_function:
            outer = graph.outer
            graph.seed = state.seed if outer is None else _graph_seeds(outer).seed
        found = graph.seeds = GraphSeeds(graph.seed)
    return found


def _start(op_name: str, kinds: Any, seed: int, seed2: int, count: int, samples: int = 1) -> tuple:
    """The namespace to compute in, and the key and the counter of one call.

    kinds: the dtypes that are part of the op's name.
    """
    blocks = philox.blocks_reserved(op_name, count, samples)
    streams = thread.context.streams
    if streams is None:
        return np, *state.draw(op_name, kinds, seed, seed2, blocks)
    machine, node = streams
    numbers = np if machine.is_host else namespace.under_xla
    return numbers, *machine.draw(node, seed, seed2, blocks)


def _loop(numbers: Any) -> Any:
    """The loop in which a sampler tries: its own on the host, XLA's in a compiled program."""
    return None if numbers is np else namespace.while_under_xla


def _drawn(draw: Any, shape: Any, dtype: DType, pair: tuple, name: str | None) -> Tensor:
    """The output of an op that takes a shape and a dtype.

    Where nobody records and shape and dtype are plain, the kernel is called at once: an op without
    tensors among its inputs has no quick way in its front door, and the careful one takes 15 us.
    """
    context = thread.context
    if context.is_quick and not context.recorders and type(shape) is tuple and dtype in _FLOATS:
        try:
            return EagerTensor(context.run(draw.op.body, shape, dtype, *pair), dtype)
        except ValueError:  # a shape that is none; the careful way says so
            pass
    return draw(shape, dtype, *pair, name)


# ---- uniform -------------------------------------------------------------------------------------


def uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = float32,
    seed: Any = None,
    name: str | None = None,
) -> Tensor:
    """Numbers between `minval` and `maxval`, the second excluded, each equally likely.

    shape: the sizes of the result. minval, maxval: numbers or tensors that broadcast with the
    result, for integers scalars; 0 and 1 by default, for integers `maxval` must be given. dtype:
    float16, bfloat16, float32, float64, int32 or int64. seed: of this op's own sequence, combined
    with the global seed. Differentiable with respect to `minval` and `maxval` for floats.

    >>> tf.random.set_seed(42)
    >>> tf.random.uniform([3], -1, 1).numpy()
    array([ 0.3291242 , -0.11798644, -0.294235  ], dtype=float32)
    >>> tf.random.set_seed(42)
    >>> tf.random.uniform([6], maxval=10, dtype=tf.int32).numpy()
    array([7, 9, 1, 6, 2, 4], dtype=int32)

    Raises ValueError for another dtype or integers without `maxval`,
    tf.errors.InvalidArgumentError for negative sizes or integers with `minval >= maxval`.
    Op: RandomUniform, RandomUniformInt.
    """
    if type(dtype) is not DType:
        dtype = as_dtype(dtype)
    check_dtype(dtype, _UNIFORM)
    if maxval is None:
        if dtype.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {dtype!r}")
        maxval = 1
    shape = sizes(shape)
    if dtype.is_integer:
        bounds = convert(minval, dtype), convert(maxval, dtype)
        return random_uniform_int(shape, *bounds, *seeds(seed), name)
    if type(minval) is type(maxval) is int and minval == 0 and maxval == 1:
        return _drawn(random_uniform, shape, dtype, seeds(seed), name)
    scaled = Affine.between(minval, maxval, dtype)
    return scaled(_drawn(random_uniform, shape, dtype, seeds(seed), name))


@op("RandomUniform", shape=drawn, cost="host")
def random_uniform(
    shape: Static, dtype: DType, seed: int = 0, seed2: int = 0, name: str | None = None
) -> Tensor:
    """Floats in [0, 1)."""
    start = _start("RandomUniform", dtype, seed, seed2, math.prod(checked(shape)))
    return philox.uniform(*start, shape, dtype.array_dtype)


no_gradient(random_uniform, why="It depends on no tensor.")


@op("RandomUniformInt", shape=drawn, cost="host")
def random_uniform_int(
    shape: Static,
    minval: Tensor,
    maxval: Tensor,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> Tensor:
    """Integers in [minval, maxval)."""
    if xp(minval) is np:
        check_bounds(minval, maxval, checked(shape))
    dtype = minval.dtype
    start = _start("RandomUniformInt", dtype, seed, seed2, math.prod(checked(shape)))
    if 0 in shape:  # of no numbers the bounds need not be in order
        return xp(minval).zeros(shape, dtype)
    return philox.uniform_int(*start, shape, minval, maxval, dtype)


@random_uniform_int.check
def _(shape, minval, maxval, seed, seed2):
    return (minval < maxval) | (0 in shape)


no_gradient(random_uniform_int, why="Its inputs are integers.")


# ---- normal --------------------------------------------------------------------------------------


def normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = float32,
    seed: Any = None,
    name: str | None = None,
) -> Tensor:
    """Numbers from the normal distribution.

    shape: the sizes of the result. mean, stddev: numbers or tensors that broadcast with the
    result, and to which gradients flow. dtype: float16, bfloat16, float32 or float64. seed: of this
    op's own sequence, combined with the global seed.

    >>> tf.random.set_seed(42)
    >>> tf.random.normal([2], mean=1., stddev=2.).numpy()
    array([ 1.654937 , -0.6852516], dtype=float32)

    Raises tf.errors.InvalidArgumentError for negative sizes or another dtype. Op:
    RandomStandardNormal. Box and Muller, "A note on the generation of random normal deviates"
    (1958).
    """
    if type(dtype) is not DType:
        dtype = as_dtype(dtype)
    shape = sizes(shape)
    scaled = Affine.normal(mean, stddev, dtype)
    return scaled(_drawn(random_standard_normal, shape, dtype, seeds(seed), name))


@op("RandomStandardNormal", shape=drawn, cost="host")
def random_standard_normal(
    shape: Static, dtype: DType, seed: int = 0, seed2: int = 0, name: str | None = None
) -> Tensor:
    """Normal values of mean 0 and deviation 1."""
    start = _start("RandomStandardNormal", dtype, seed, seed2, math.prod(checked(shape)))
    return philox.normal(*start, shape, dtype.array_dtype)


no_gradient(random_standard_normal, why="It depends on no tensor.")


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = float32,
    seed: Any = None,
    name: str | None = None,
) -> Tensor:
    """Numbers from the normal distribution, those beyond two standard deviations drawn again.

    shape: the sizes of the result. mean, stddev: of the distribution before truncation; numbers or
    tensors that broadcast with the result, and to which gradients flow. dtype: float16, bfloat16,
    float32 or float64. seed: of this op's own sequence, combined with the global seed.

    >>> x = tf.random.truncated_normal([1000])
    >>> bool(tf.reduce_all(tf.abs(x) < 2))
    True

    Raises tf.errors.InvalidArgumentError for negative sizes or another dtype. Op: TruncatedNormal.
    """
    if type(dtype) is not DType:
        dtype = as_dtype(dtype)
    shape = sizes(shape)
    scaled = Affine.normal(mean, stddev, dtype)
    return scaled(_drawn(truncated_normal_op, shape, dtype, seeds(seed), name))


@op("TruncatedNormal", shape=drawn, cost="host")
def truncated_normal_op(
    shape: Static, dtype: DType, seed: int = 0, seed2: int = 0, name: str | None = None
) -> Tensor:
    """Normal values of mean 0 and deviation 1 that are within (-2, 2)."""
    start = _start("TruncatedNormal", dtype, seed, seed2, math.prod(checked(shape)))
    return philox.truncated_normal(*start, shape, dtype.array_dtype)


no_gradient(truncated_normal_op, why="It depends on no tensor.")


# ---- orders and classes --------------------------------------------------------------------------


def shuffle(value: Any, seed: Any = None, name: str | None = None) -> Tensor:
    """The rows of `value` in a random order.

    value: a tensor of any dtype, whose slices along the first axis stay whole; a scalar stays as
    it is. seed: of this op's own sequence, combined with the global seed.

    >>> tf.random.set_seed(42)
    >>> tf.random.shuffle([[1, 2], [3, 4], [5, 6]]).numpy()
    array([[3, 4],
           [5, 6],
           [1, 2]], dtype=int32)

    Op: RandomShuffle. Fisher and Yates, "Statistical tables" (1938).
    """
    return random_shuffle(convert(value), *seeds(seed), name)


@op("RandomShuffle", shape=same, cost="host")
def random_shuffle(value: Tensor, seed: int = 0, seed2: int = 0, name: str | None = None) -> Tensor:
    """The rows of `value` in a random order."""
    rows = len(value) if value.ndim else 1
    numbers, *start = _start("RandomShuffle", value.dtype, seed, seed2, rows)
    if not value.ndim:
        return value
    return value[philox.permutation(numbers, *start, rows)]


no_gradient(random_shuffle, why="TensorFlow has none: its order is a random choice.")


def categorical(
    logits: Any,
    num_samples: Any,
    dtype: Any = None,
    seed: Any = None,
    name: str | None = None,
) -> Tensor:
    """Classes drawn by their logarithmic chances.

    logits: `[batch, classes]`, of which the softmax along the rows is each class's probability.
    num_samples: how many to draw for each row. dtype: int64, by default, or int32. seed: of this
    op's own sequence, combined with the global seed. The result is `[batch, num_samples]`.

    >>> tf.random.set_seed(42)
    >>> tf.random.categorical([[0., 0., 0.]], 6).numpy()
    array([[0, 2, 0, 2, 2, 1]])

    Raises ValueError for another dtype, tf.errors.InvalidArgumentError where `logits` is no matrix
    or has no classes, or `num_samples` is negative. Op: Multinomial.
    """
    wanted = int64 if dtype is None else as_dtype(dtype)
    check_dtype(wanted, (int32, int64))
    logits = convert(logits)
    samples = sample_count(num_samples, "Multinomial")
    return multinomial(logits, samples, *seeds(seed), wanted, name)


@op("Multinomial", shape=matrix_of_samples, cost="host")
def multinomial(
    logits: Tensor,
    num_samples: Static,
    seed: int = 0,
    seed2: int = 0,
    output_dtype: DType = int64,
    name: str | None = None,
) -> Tensor:
    """Classes drawn by the softmax of the rows of `logits`."""
    matrix_of_samples(TensorShape(logits.shape), num_samples)
    kinds = logits.dtype, output_dtype
    start = _start("Multinomial", kinds, seed, seed2, len(logits), num_samples)
    return philox.categorical(*start, logits, num_samples, output_dtype.array_dtype)


no_gradient(multinomial, why=_RANDOM)


# ---- Poisson and gamma ---------------------------------------------------------------------------


def poisson(
    shape: Any, lam: Any, dtype: Any = float32, seed: Any = None, name: str | None = None
) -> Tensor:
    """Numbers of events from the Poisson distribution.

    shape: the sizes of what is drawn for each rate. lam: the expected number of events, a tensor
    of float16, float32, float64, int32 or int64. dtype: of the result, one of the same. seed: of
    this op's own sequence, combined with the global seed. The result has the shape
    `shape + lam.shape`.

    >>> tf.random.set_seed(42)
    >>> tf.random.poisson([2], [3., 40.]).numpy()
    array([[ 4., 40.],
           [ 3., 42.]], dtype=float32)

    Raises tf.errors.InvalidArgumentError for negative sizes or another dtype. Op: RandomPoissonV2.
    Hormann, "The transformed rejection method for generating Poisson random variables" (1993).
    """
    dtype = as_dtype(dtype)
    shape = sizes(shape, int32)
    return random_poisson(shape, lam, *seeds(seed), dtype, name)


@op("RandomPoissonV2", shape=drawn_for_each, cost="host")
def random_poisson(
    shape: Static,
    rate: Tensor,
    seed: int = 0,
    seed2: int = 0,
    dtype: DType = int64,
    name: str | None = None,
) -> Tensor:
    """Poisson values, `shape` of them for each rate."""
    count = math.prod(checked(shape)) * rate.size
    start = _start("RandomPoissonV2", (rate.dtype, dtype), seed, seed2, count)
    return rejection.poisson(*start, shape, rate, dtype.array_dtype, _loop(start[0]))


@random_poisson.gradient
def _(dz):
    raise LookupError("gradient registry has no entry for: RandomPoissonV2")


def gamma(
    shape: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = float32,
    seed: Any = None,
    name: str | None = None,
) -> Tensor:
    """Numbers from the gamma distribution.

    shape: the sizes of what is drawn for each pair of parameters. alpha: the shape parameter, above
    0. beta: the rate (1 / scale), 1 by default; the two broadcast, and gradients flow to both.
    dtype: float16, float32 or float64. seed: of this op's own sequence, combined with the global
    seed. The result has the shape `shape` followed by that of the parameters, and no value is
    less than the smallest normal number of its dtype.

    >>> tf.random.set_seed(42)
    >>> tf.random.gamma([2], [0.5, 2.]).numpy()
    array([[0.14891692, 0.9814205 ],
           [0.00307639, 0.2744981 ]], dtype=float32)

    Raises tf.errors.InvalidArgumentError for negative sizes. Op: RandomGamma. Marsaglia and Tsang,
    "A simple method for generating gamma variables" (2000).
    """
    dtype = as_dtype(dtype)
    shape = sizes(shape, int32)
    alpha, rate = gamma_parameters(alpha, beta, dtype)
    return gamma_scaled(random_gamma(shape, alpha, *seeds(seed), name), rate)


def gamma_parameters(alpha: Any, beta: Any, dtype: DType) -> tuple[Tensor, Tensor | None]:
    """`alpha`, repeated so that each `beta` has its own draw, and `beta`, as tensors."""
    alpha = convert(alpha, dtype)
    np.finfo(dtype.array_dtype)  # raises ValueError for what is no float, as TensorFlow does
    if beta is None:
        return alpha, None
    beta = convert(beta, dtype)
    return (add(alpha, zeros_like(beta)) if beta.shape.rank != 0 else alpha), beta


def gamma_scaled(x: Tensor, beta: Tensor | None) -> Tensor:
    """Standard gamma values over `beta`, none of them 0: small ones are made the smallest."""
    tiny = np.finfo(x.dtype.array_dtype).tiny
    return maximum(tiny, x if beta is None else real_div(x, beta))


@op("RandomGamma", shape=drawn_for_each, cost="host")
def random_gamma(
    shape: Static, alpha: Tensor, seed: int = 0, seed2: int = 0, name: str | None = None
) -> Tensor:
    """Gamma values of scale 1, `shape` of them for each `alpha`."""
    count = math.prod(checked(shape)) * alpha.size
    start = _start("RandomGamma", alpha.dtype, seed, seed2, count)
    return rejection.gamma(*start, shape, alpha, alpha.dtype, _loop(start[0]))


def gamma_gradient(dz: Tensor, alpha: Tensor, x: Tensor) -> Tensor:
    """The gradient of `alpha`, of whose values `x` was drawn: that of all draws of it, added."""
    by_draw = multiply(dz, random_gamma_grad(alpha, x))
    if x.shape.rank is None or alpha.shape.rank is None:
        draws = array.rank(x) - array.rank(alpha)
        return reduce_sum(by_draw, array.range_op(0, draws, 1))
    draws = x.shape.rank - alpha.shape.rank
    return reduce_sum(by_draw, list(range(draws))) if draws else by_draw


@random_gamma.gradient
def _(dz, alpha, out):
    return lambda: gamma_gradient(dz, alpha, out)


# NumPy and SciPy have no such function, so it is compiled even for a few elements.
@op("RandomGammaGrad", shape=broadcast, cost="xla")
def random_gamma_grad(alpha: Tensor, sample: Tensor, name: str | None = None) -> Tensor:
    """How a gamma value moves with `alpha` if its quantile stays: the implicit derivative.

    Figurnov et al., "Implicit reparameterization gradients" (2018).
    """
    alpha, sample = xp(sample).broadcast_arrays(alpha, sample)
    return sp(sample).random_gamma_grad(alpha, sample)


@random_gamma_grad.gradient
def _(dz):
    raise LookupError("gradient registry has no entry for: RandomGammaGrad")
