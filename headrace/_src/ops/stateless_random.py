"""Random numbers from a seed and nothing else: `tf.random.stateless_uniform` and its like.

The one idea: the same seed gives the same numbers, always, so whoever wants others makes new seeds
(`split`, `fold_in`). A seed, two integers, becomes a key and a counter (one op), from which the
values are drawn (another op); tf.random.Generator shares the second.

Read next: philox.py (the bits), objects/generator.py.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.dtypes import DType, as_dtype, float32, int32, int64, uint32, uint64
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed, same
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.ops import philox
from headrace._src.ops.algorithm import Algorithm, algorithm_of
from headrace._src.ops.draws import (
    Affine,
    check_bounds,
    check_dtype,
    checked,
    drawn,
    matrix_of_samples,
    sample_count,
    sizes,
)
from headrace._src.ops.joining import stack

_FLOATS = (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64)
_UNIFORM = (*_FLOATS, int32, int64, uint32, uint64)

_RANDOM = "A random number does not depend on the input smoothly."


# ---- seeds ---------------------------------------------------------------------------------------


def seed_tensor(seed: Any) -> Tensor:
    """A seed as a tensor; of NumPy's and of lists of integers, int64."""
    if type(seed) is np.ndarray and seed.dtype.kind in "iubf":
        seed = seed.astype(np.int64)
    elif isinstance(seed, (list, tuple)) and not any(hasattr(type(s), "dtype") for s in seed):
        return convert(seed, None, int64)
    return convert(seed)


def check_seed(seed: TensorShape) -> None:
    """Raises ShapeError unless a seed of this shape is two numbers."""
    if not seed.is_compatible_with([2]):
        raise ShapeError(
            f"seed must have shape [2], not {bracketed(seed)}",
            f"Shape must be [2] but is {bracketed(seed)}",
        )


def key_counter(seed: Any, alg: Any) -> tuple[Tensor, Tensor, int]:
    """The key, the counter and the number of the algorithm that a stateless op draws from."""
    alg = Algorithm.AUTO_SELECT if alg is None else algorithm_of(alg)
    key, counter = stateless_random_get_key_counter(seed_tensor(seed))
    if alg is Algorithm.THREEFRY:  # its counter is one number, which the ops refuse here
        counter = convert(np.zeros(1, np.uint64))
    return key, counter, alg.value


def _of_seed(seed: TensorShape) -> tuple[TensorShape, TensorShape]:
    check_seed(seed)
    return vector(1), vector(2)


@op("StatelessRandomGetKeyCounter", shape=_of_seed, cost="host")
def stateless_random_get_key_counter(seed: Tensor, name: str | None = None):
    """The key `[1]` and the counter `[2]`, uint64, that a seed of two integers becomes."""
    check_seed(TensorShape(seed.shape))
    key, counter = philox.stateless_key_counter(xp(seed), seed)
    return philox.unwords(xp(seed), key), philox.unwords(xp(seed), counter)


no_gradient(stateless_random_get_key_counter, why="Its input is an integer.")


def words(key: Any, counter: Any) -> tuple:
    """Key and counter as the 32-bit words that philox.py takes."""
    if counter.ndim != 1 or counter.shape[0] < 2:
        raise ValueError(
            "counter must be a vector with length at least 2; got shape: "
            f"[{','.join(map(str, counter.shape))}]. (Note that batched counters are not "
            "supported yet.)"
        )
    return philox.words(xp(key), key), philox.words(xp(counter), counter[:2])


def split(seed: Any, num: Any = 2, alg: Any = "auto_select") -> Tensor:
    """New seeds from one, for as many stateless ops.

    seed: two integers, int32 or int64. num: how many. The result is `[num, 2]` in the dtype of the
    seed, and no seed of it should be used together with the first one.

    >>> tf.random.split([1, 2], 2).numpy()
    array([[1105988140, 1738052849],
           [-335576002,  370444179]], dtype=int32)

    Raises tf.errors.InvalidArgumentError where the seed is not two integers.
    """
    seed = convert(seed)
    return stateless_uniform([num, 2], seed, None, None, seed.dtype, alg=alg)


def fold_in(seed: Any, data: Any, alg: Any = "auto_select") -> Tensor:
    """The seed that another seed becomes with an integer, such as a step's number, folded in.

    seed: two integers, int32 or int64. data: an integer scalar, whose dtype is the result's.

    >>> tf.random.fold_in([1, 2], 7).numpy()
    array([1105988140,          7], dtype=int32)

    Raises tf.errors.InvalidArgumentError where the seed is not two integers or `data` no scalar.
    """
    data = convert(data)
    first = stateless_uniform((), seed, None, None, data.dtype, alg=alg)
    return stack([first, data])


# ---- uniform -------------------------------------------------------------------------------------


def stateless_uniform(
    shape: Any,
    seed: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = float32,
    name: str | None = None,
    alg: Any = "auto_select",
) -> Tensor:
    """Numbers between `minval` and `maxval`, the second excluded, that follow from the seed.

    shape: the sizes of the result. seed: two integers, int32 or int64. minval, maxval: numbers or
    tensors that broadcast with the result, for integers scalars; 0 and 1 by default; both None for
    integers of the whole range. dtype: float16, bfloat16, float32, float64, int32, int64, and
    without bounds uint32 and uint64. alg: "philox" or "auto_select", or a `tf.random.Algorithm`.

    >>> tf.random.stateless_uniform([3], seed=[1, 2]).numpy()
    array([0.8440604 , 0.19204533, 0.9962232 ], dtype=float32)
    >>> tf.random.stateless_uniform([3], [1, 2], None, None, tf.int32).numpy()
    array([1105988140, 1738052849, -335576002], dtype=int32)

    Raises ValueError for another dtype or only one bound of integers,
    tf.errors.InvalidArgumentError for negative sizes, a seed of other than two integers, or
    integers with `minval >= maxval`. Op: StatelessRandomUniformV2, StatelessRandomUniformIntV2,
    StatelessRandomUniformFullIntV2.
    """
    dtype = as_dtype(dtype)
    check_dtype(dtype, _UNIFORM)
    if dtype.is_integer:
        if (minval is None) != (maxval is None):
            raise ValueError(
                f"For integer `dtype` argument {dtype}, argument `minval` and `maxval` must be "
                f"both None or not None. Got `minval`={minval} and `maxval`={maxval}."
            )
        if minval is not None and dtype in (uint32, uint64):
            raise ValueError(
                f"Argument `dtype` got invalid value {dtype} when argument `minval` is not None. "
                "Please don't use unsigned integers in this case."
            )
    return uniform_from(partial(key_counter, seed, alg), shape, minval, maxval, dtype, name)


def uniform_from(
    start: Callable[[], tuple], shape: Any, minval: Any, maxval: Any, dtype: DType, name: str | None
) -> Tensor:
    """Uniform values of any dtype from what `start()` answers: key, counter, algorithm."""
    shape = sizes(shape)
    if not dtype.is_integer:
        scaled = Affine.between(minval, 1 if maxval is None else maxval, dtype)
        drawn = stateless_random_uniform(shape, *start(), dtype, name)
        return scaled(drawn)
    if minval is None:
        return full_range_from(shape, start(), dtype, name)
    bounds = convert(minval, dtype), convert(maxval, dtype)
    return stateless_random_uniform_int(shape, *start(), *bounds, name)


def full_range_from(shape: Any, start: tuple, dtype: DType, name: str | None) -> Tensor:
    """Integers of the whole range of `dtype` from a key, a counter and an algorithm."""
    return stateless_random_uniform_full_int(shape, *start, dtype, name)


@op("StatelessRandomUniformV2", shape=drawn, cost="host")
def stateless_random_uniform(
    shape: Static,
    key: Tensor,
    counter: Tensor,
    alg: Static,
    dtype: DType = float32,
    name: str | None = None,
) -> Tensor:
    """Floats in [0, 1) from a key and a counter."""
    start = words(key, counter)
    return philox.uniform(xp(key), *start, checked(shape), dtype.array_dtype)


no_gradient(stateless_random_uniform, why="Its inputs are integers.")


@op("StatelessRandomUniformFullIntV2", shape=drawn, cost="host")
def stateless_random_uniform_full_int(
    shape: Static,
    key: Tensor,
    counter: Tensor,
    alg: Static,
    dtype: DType = uint64,
    name: str | None = None,
) -> Tensor:
    """Integers over the whole range of their dtype from a key and a counter."""
    start = words(key, counter)
    return philox.uniform_full_int(xp(key), *start, checked(shape), dtype.array_dtype)


no_gradient(stateless_random_uniform_full_int, why="Its inputs are integers.")


@op("StatelessRandomUniformIntV2", shape=drawn, cost="host")
def stateless_random_uniform_int(
    shape: Static,
    key: Tensor,
    counter: Tensor,
    alg: Static,
    minval: Tensor,
    maxval: Tensor,
    name: str | None = None,
) -> Tensor:
    """Integers in [minval, maxval) from a key and a counter."""
    start = words(key, counter)
    if xp(key) is np:
        check_bounds(minval, maxval, checked(shape))
    if 0 in checked(shape):  # of no numbers the bounds need not be in order
        return xp(key).zeros(shape, minval.dtype)
    return philox.uniform_int(xp(key), *start, shape, minval, maxval, minval.dtype)


@stateless_random_uniform_int.check
def _(shape, key, counter, alg, minval, maxval):
    return (minval < maxval) | (0 in shape)


no_gradient(stateless_random_uniform_int, why="Its inputs are integers.")


# ---- normal --------------------------------------------------------------------------------------


def stateless_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = float32,
    name: str | None = None,
    alg: Any = "auto_select",
) -> Tensor:
    """Numbers from the normal distribution that follow from the seed.

    shape: the sizes of the result. seed: two integers, int32 or int64. mean, stddev: numbers or
    tensors that broadcast with the result, and to which gradients flow. dtype: float16, bfloat16,
    float32 or float64. alg: "philox" or "auto_select", or a `tf.random.Algorithm`.

    >>> tf.random.stateless_normal([3], seed=[1, 2]).numpy()
    array([0.5441101 , 0.20738031, 0.07356432], dtype=float32)

    Raises tf.errors.InvalidArgumentError for negative sizes, another dtype, or a seed of other than
    two integers. Op: StatelessRandomNormalV2.
    """
    start = partial(key_counter, seed, alg)
    return normal_from(stateless_random_normal, start, shape, mean, stddev, dtype, name)


def normal_from(
    draw: Callable,
    start: Callable[[], tuple],
    shape: Any,
    mean: Any,
    stddev: Any,
    dtype: Any,
    name: str | None,
) -> Tensor:
    """Normal values, truncated or not by `draw`, from what `start()` answers."""
    dtype, shape = as_dtype(dtype), sizes(shape)
    scaled = Affine.normal(mean, stddev, dtype)
    return scaled(draw(shape, *start(), dtype, name))


@op("StatelessRandomNormalV2", shape=drawn, cost="host")
def stateless_random_normal(
    shape: Static,
    key: Tensor,
    counter: Tensor,
    alg: Static,
    dtype: DType = float32,
    name: str | None = None,
) -> Tensor:
    """Normal values of mean 0 and deviation 1 from a key and a counter."""
    start = words(key, counter)
    return philox.normal(xp(key), *start, checked(shape), dtype.array_dtype)


no_gradient(stateless_random_normal, why="Its inputs are integers.")


def stateless_truncated_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = float32,
    name: str | None = None,
    alg: Any = "auto_select",
) -> Tensor:
    """Normal numbers that follow from the seed, those beyond two deviations drawn again.

    shape: the sizes of the result. seed: two integers, int32 or int64. mean, stddev: of the
    distribution before truncation; numbers or tensors that broadcast with the result, and to which
    gradients flow. dtype: float16, bfloat16, float32 or float64. alg: "philox" or "auto_select",
    or a `tf.random.Algorithm`.

    >>> tf.random.stateless_truncated_normal([3], seed=[1, 2]).numpy()
    array([0.5441101 , 0.20738031, 0.07356432], dtype=float32)

    Raises tf.errors.InvalidArgumentError for negative sizes, another dtype, or a seed of other than
    two integers. Op: StatelessTruncatedNormalV2.
    """
    start = partial(key_counter, seed, alg)
    return normal_from(stateless_random_truncated, start, shape, mean, stddev, dtype, name)


@op("StatelessTruncatedNormalV2", shape=drawn, cost="host")
def stateless_random_truncated(
    shape: Static,
    key: Tensor,
    counter: Tensor,
    alg: Static,
    dtype: DType = float32,
    name: str | None = None,
) -> Tensor:
    """Normal values of mean 0 and deviation 1 within (-2, 2) from a key and a counter."""
    start = words(key, counter)
    return philox.truncated_normal(xp(key), *start, checked(shape), dtype.array_dtype)


no_gradient(stateless_random_truncated, why="Its inputs are integers.")


# ---- orders and classes --------------------------------------------------------------------------


def stateless_shuffle(
    value: Any, seed: Any, alg: Any = "auto_select", name: str | None = None
) -> Tensor:
    """The rows of `value` in a random order that follows from the seed.

    value: a tensor of any dtype, whose slices along the first axis stay whole; a scalar stays as
    it is. seed: two integers, int32 or int64. alg: "philox" or "auto_select", or a
    `tf.random.Algorithm`.

    >>> tf.random.experimental.stateless_shuffle([1, 2, 3, 4, 5], seed=[1, 2]).numpy()
    array([1, 3, 2, 5, 4], dtype=int32)

    Raises tf.errors.InvalidArgumentError for a seed of other than two integers. Op:
    StatelessShuffle.
    """
    value = convert(value)
    return stateless_shuffle_op(value, *key_counter(seed, alg), name)


@op("StatelessShuffle", shape=same, cost="host")
def stateless_shuffle_op(
    value: Tensor, key: Tensor, counter: Tensor, alg: Static, name: str | None = None
) -> Tensor:
    """The rows of `value` in the order that a key and a counter give."""
    start = words(key, counter)
    rows = len(value) if value.ndim else 1
    return value[philox.permutation(xp(key), *start, rows)] if value.ndim else value


@stateless_shuffle_op.gradient
def _(dz):
    raise LookupError("gradient registry has no entry for: StatelessShuffle")


def stateless_categorical(
    logits: Any, num_samples: Any, seed: Any, dtype: Any = int64, name: str | None = None
) -> Tensor:
    """Classes drawn by their logarithmic chances, which follow from the seed.

    logits: `[batch, classes]`, of which the softmax along the rows is each class's probability.
    num_samples: how many to draw for each row. seed: two integers, int32 or int64. dtype: int64 or
    int32. The result is `[batch, num_samples]`.

    >>> tf.random.stateless_categorical([[0., 1.]], 5, seed=[1, 2]).numpy()
    array([[1, 1, 0, 1, 1]])

    Raises ValueError for another dtype, tf.errors.InvalidArgumentError where `logits` is no matrix
    or has no classes, or `num_samples` is negative. Op: StatelessMultinomial.
    """
    wanted = as_dtype(dtype)
    check_dtype(wanted, (int32, int64))
    logits = convert(logits)
    samples = sample_count(num_samples, "StatelessMultinomial")
    return stateless_multinomial(logits, samples, seed_tensor(seed), wanted, name)


def _samples_by_seed(logits: TensorShape, num_samples: Any, seed: TensorShape, *_: Any):
    check_seed(seed)
    return matrix_of_samples(logits, num_samples)


@op("StatelessMultinomial", shape=_samples_by_seed, cost="host")
def stateless_multinomial(
    logits: Tensor,
    num_samples: Static,
    seed: Tensor,
    output_dtype: DType = int64,
    name: str | None = None,
) -> Tensor:
    """Classes drawn by the softmax of the rows of `logits`."""
    _samples_by_seed(TensorShape(logits.shape), num_samples, TensorShape(seed.shape))
    start = philox.stateless_key_counter(xp(seed), seed)
    return philox.categorical(xp(logits), *start, logits, num_samples, output_dtype.array_dtype)


no_gradient(stateless_multinomial, why=_RANDOM)
