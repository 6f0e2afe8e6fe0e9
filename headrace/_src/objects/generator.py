"""tf.random.Generator: random numbers from a state that its owner holds.

The one idea: the state is a variable of three numbers, a counter (two of them) and a key. A draw
reads it, moves the counter 256 blocks on for each value asked for, and makes the values by the ops
that stateless random numbers are made by (ops/stateless_random.py). So a saved state continues
where it was, and `split` makes generators whose sequences never meet. In a graph, reading and
moving are one node (objects/generator_steps.py).

Read next: ops/philox.py, ops/stateless_random.py.
"""

import math
from functools import partial
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import as_dtype, float32, int32, int64, uint64
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.convert import constant_of, convert
from headrace._src.engine.node import known_value
from headrace._src.objects.generator_steps import binomial_blocks, binomial_node, skip_node
from headrace._src.objects.variable import Variable
from headrace._src.ops import philox, rejection, seeds
from headrace._src.ops.algorithm import Algorithm, algorithm_of
from headrace._src.ops.array import reshape
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import zeros_like
from headrace._src.ops.draws import sizes
from headrace._src.ops.identity import bitcast
from headrace._src.ops.joining import concat, stack, unstack
from headrace._src.ops.order import init_scope
from headrace._src.ops.reduce import reduce_prod
from headrace._src.ops.stateless_random import (
    full_range_from,
    normal_from,
    stateless_random_normal,
    stateless_random_truncated,
    uniform_from,
)

# The numbers in a state: one for the key, the others for the counter.
_SIZES = {Algorithm.PHILOX: 3, Algorithm.THREEFRY: 2, Algorithm.AUTO_SELECT: 3}


def create_rng_state(seed: Any, alg: Any) -> Tensor:
    """The state of a `tf.random.Generator`, an int64 vector, from a seed.

    seed: a Python integer of any size, which becomes the counter, lowest word first; or a tensor of
    integers, whose last number is the key: padded with zeros in front, or cut. alg: "philox",
    "threefry" or "auto_select", or a `tf.random.Algorithm`.

    >>> tf.random.create_rng_state(1, "philox")
    <tf.Tensor: shape=(3,), dtype=int64, numpy=array([1, 0, 0])>

    Raises ValueError for another algorithm.
    """
    size = _SIZES[algorithm_of(alg)]
    if not isinstance(seed, int):
        given = _int64(seed)
        known = known_value(given)
        if known is None:
            zeros = convert(np.zeros(size, np.int64))
            padded = concat([zeros, reshape(given, [-1])[:size]], 0)
            return padded[-size:]
        seed = known.reshape(-1).tolist()
    return constant_of(seeds.create_rng_state(seed, size), int64, "Const")


def _int64(value: Any) -> Tensor:
    return cast(convert(value), int64)


def _array(tensor: Any) -> np.ndarray:
    return array_of(tensor)


def _check_shape(given: TensorShape, wanted: list[int]) -> None:
    if not given.is_compatible_with(wanted):
        raise ValueError(f"Shapes {given} and {wanted} are incompatible")


class Generator:
    """A source of random numbers with a state of its own.

    copy_from: a generator whose state and algorithm are copied; or else
    state: the counter (two numbers) and the key, or a variable that holds these and is then the
        generator's own state; and
    alg: "philox" or "auto_select", or a `tf.random.Algorithm`.

    >>> g = tf.random.Generator.from_seed(1)
    >>> g.uniform([2]).numpy()
    array([0.78749514, 0.3906511 ], dtype=float32)
    >>> g.normal([]).numpy()
    np.float32(1.6307176)

    Raises AssertionError unless it is one or the other, ValueError for a state of another shape.
    """

    def __init__(self, copy_from: Any = None, state: Any = None, alg: Any = None) -> None:
        if copy_from is not None:
            assert alg is None and state is None, "copy_from goes with neither state nor alg"
            alg, state = copy_from.algorithm, copy_from.state.value()
        assert alg is not None and state is not None, "give copy_from, or state and alg"
        self._algorithm = algorithm_of(alg)
        if not isinstance(state, Variable):
            state = _int64(state)
            _check_shape(state.shape, [_SIZES[self._algorithm]])
            state = Variable(state, trainable=False, dtype=int64, name="StateVar")
        else:
            _check_shape(state.shape, [_SIZES[self._algorithm]])
        self._state = state

    @classmethod
    def from_state(cls, state: Any, alg: Any) -> "Generator":
        """A generator with this state (see the class) and algorithm.

        >>> tf.random.Generator.from_state([1, 2, 3], "philox").key.numpy()
        np.int64(3)
        """
        return cls(state=state, alg=alg)

    @classmethod
    def from_seed(cls, seed: Any, alg: Any = None) -> "Generator":
        """A generator with the state that `tf.random.create_rng_state` makes of a seed.

        >>> tf.random.Generator.from_seed(1).state.numpy()
        array([1, 0, 0])
        """
        alg = Algorithm.PHILOX if alg is None else algorithm_of(alg)
        return cls(state=create_rng_state(seed, alg), alg=alg)

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> "Generator":
        """A generator with a state from the operating system, different each time."""
        alg = Algorithm.PHILOX if alg is None else algorithm_of(alg)
        return cls(state=convert(seeds.entropy(_SIZES[alg])), alg=alg)

    @classmethod
    def from_key_counter(cls, key: Any, counter: Any, alg: Any) -> "Generator":
        """A generator with this key, a scalar, and counter, two integers (one for ThreeFry).

        >>> tf.random.Generator.from_key_counter(5, [6, 7], "philox").state.numpy()
        array([6, 7, 5])
        """
        alg = algorithm_of(alg)
        return cls(state=_joined(key, counter, alg), alg=alg)

    # ---- the state

    @property
    def state(self) -> Variable:
        """The variable that holds counter and key."""
        return self._state

    @property
    def algorithm(self) -> int:
        """The number of the `tf.random.Algorithm`."""
        return self._algorithm.value

    @property
    def key(self) -> Tensor:
        """The key, an int64 scalar."""
        return self._state.value()[_SIZES[self._algorithm] - 1]

    def reset(self, state: Any) -> None:
        """Puts another state in place; raises ValueError for one of another shape."""
        state = _int64(state)
        _check_shape(state.shape, [_SIZES[self._algorithm]])
        self._state.assign(state)

    def reset_from_seed(self, seed: Any) -> None:
        """Puts the state in place that `from_seed` begins with."""
        self._state.assign(create_rng_state(seed, self._algorithm))

    def reset_from_key_counter(self, key: Any, counter: Any) -> None:
        """Puts another key and counter in place; raises ValueError for ones of other shapes."""
        self._state.assign(_joined(key, counter, self._algorithm))

    def skip(self, delta: Any) -> Tensor:
        """The state as it was, after which the counter moves on as `delta` values move it.

        delta: an integer scalar; a negative one goes back.

        >>> g = tf.random.Generator.from_seed(1)
        >>> g.skip(2).numpy(), g.state.numpy()
        (array([1, 0, 0]), array([513,   0,   0]))
        """
        delta = cast(convert(delta), uint64)
        if thread.context.graph is not None:
            return skip_node(self._state, self.algorithm, delta)
        delta = _array(delta)
        if delta.ndim:
            raise errors.InvalidArgumentError(
                None,
                None,
                _decorated(
                    "RngReadAndSkip",
                    "input 2 (0-based) must have shape [], not "
                    f"[{','.join(map(str, delta.shape))}]",
                ),
            )
        return EagerTensor(self._moved(philox.BLOCKS_PER_VALUE * delta.item()), int64)

    def _moved(self, blocks: int) -> np.ndarray:
        """The state as it was, after which its counter moves on by `blocks`."""
        if self._algorithm is Algorithm.THREEFRY:
            text = "Non-XLA devices don't support the ThreeFry algorithm."
            raise errors.UnimplementedError(None, None, _decorated("RngReadAndSkip", text))
        variable = self._state
        with variable._lock:
            before = _array(variable._value)
            moved = philox.skip(np, before, blocks % 2**64)
            variable._put(EagerTensor(moved, int64))
        return before

    def _start(self, shape: Any) -> tuple[Tensor, Tensor, int]:
        """Key, counter and algorithm for values of `shape`, whose blocks are spent."""
        if thread.context.graph is not None:
            delta = cast(reduce_prod(convert(shape, None, int32)), uint64)
            before = skip_node(self._state, self.algorithm, delta)
            counter, key = bitcast(before[:2], uint64), bitcast(before[2:], uint64)
            return key, counter, Algorithm.PHILOX.value
        if isinstance(shape, Tensor):
            count = int(np.prod(_array(shape)))
        else:
            count = math.prod(shape)
        state = self._moved(philox.BLOCKS_PER_VALUE * count).view(np.uint64)
        key, counter = EagerTensor(state[2:], uint64), EagerTensor(state[:2], uint64)
        return key, counter, Algorithm.PHILOX.value

    # ---- values

    def uniform(
        self,
        shape: Any,
        minval: Any = 0,
        maxval: Any = None,
        dtype: Any = float32,
        name: str | None = None,
    ) -> Tensor:
        """Numbers between `minval` and `maxval`, the second excluded, each equally likely.

        shape: the sizes of the result. minval, maxval: numbers or tensors that broadcast with the
        result, for integers scalars; 0 and 1 by default; both None for integers of the whole range.
        dtype: float16, bfloat16, float32, float64, int32 or int64.

        >>> tf.random.Generator.from_seed(1).uniform([3], maxval=10, dtype=tf.int32).numpy()
        array([4, 9, 3], dtype=int32)

        Raises ValueError for only one bound of integers, tf.errors.InvalidArgumentError for
        negative sizes or integers with `minval >= maxval`.
        """
        dtype = as_dtype(dtype)
        if dtype.is_integer and (minval is None) != (maxval is None):
            raise ValueError(
                f"For integer dtype {dtype}, minval and maxval must be both `None` or both "
                f"non-`None`; got minval={minval} and maxval={maxval}"
            )
        shape = sizes(shape)
        if not dtype.is_floating and minval is not None:
            convert(minval, dtype)  # complains before anything is drawn
        return uniform_from(partial(self._start, shape), shape, minval, maxval, dtype, name)

    def uniform_full_int(self, shape: Any, dtype: Any = uint64, name: str | None = None) -> Tensor:
        """Integers over the whole range of int32, int64, uint32 or uint64.

        >>> tf.random.Generator.from_seed(1).uniform_full_int([2], tf.uint32).numpy()
        array([4175744164, 1555169499], dtype=uint32)
        """
        shape = sizes(shape)
        return full_range_from(shape, self._start(shape), as_dtype(dtype), name)

    def normal(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = float32,
        name: str | None = None,
    ) -> Tensor:
        """Numbers from the normal distribution.

        shape: the sizes of the result. mean, stddev: numbers or tensors that broadcast with the
        result, and to which gradients flow. dtype: float16, bfloat16, float32 or float64.

        >>> tf.random.Generator.from_seed(1).normal([2]).numpy()
        array([ 0.43842274, -0.53439844], dtype=float32)
        """
        shape = sizes(shape)
        start = partial(self._start, shape)
        return normal_from(stateless_random_normal, start, shape, mean, stddev, dtype, name)

    def truncated_normal(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = float32,
        name: str | None = None,
    ) -> Tensor:
        """Numbers from the normal distribution, those beyond two deviations drawn again.

        The arguments are those of `normal`.

        >>> x = tf.random.Generator.from_seed(1).truncated_normal([1000])
        >>> bool(tf.reduce_all(tf.abs(x) < 2))
        True
        """
        shape = sizes(shape)
        start = partial(self._start, shape)
        return normal_from(stateless_random_truncated, start, shape, mean, stddev, dtype, name)

    def binomial(
        self,
        shape: Any,
        counts: Any,
        probs: Any,
        dtype: Any = int32,
        name: str | None = None,
    ) -> Tensor:
        """Numbers of successes from the binomial distribution.

        shape: the sizes of the result, which end with the shape of the parameters. counts, probs:
        the number of trials and the chance of each, which broadcast; float16, float32 or float64.
        dtype: of the result, one of these, int32 or int64.

        >>> tf.random.Generator.from_seed(1).binomial([3], [10., 20., 30.], [0.5]).numpy()
        array([ 5, 12, 20], dtype=int32)

        Raises tf.errors.InvalidArgumentError where `shape` does not end with that of the
        parameters, or for other dtypes.
        """
        op, dtype = "StatefulRandomBinomial", as_dtype(dtype)
        counts, probs = convert(counts), convert(probs)
        if probs.dtype is not counts.dtype:
            text = f"cannot compute {op} as input #4(zero-based) was expected to be a "
            text += f"{counts.dtype.kernel_name} tensor but is a {probs.dtype.kernel_name} tensor"
            raise errors.InvalidArgumentError(None, None, f"{text} [Op:{op}] name: {name or ''}")
        if counts.dtype.name not in _FLOATS or dtype.name not in (*_FLOATS, "int32", "int64"):
            raise errors.InvalidArgumentError(
                None,
                None,
                f"No OpKernel was registered to support Op '{op}': counts and probs must be "
                f"float16, float32 or float64, not {counts.dtype.name}, and the result these, "
                f"int32 or int64, not {dtype.name} [Op:{op}] name: {name or ''}",
            )
        wanted = sizes(shape, int32)
        if thread.context.graph is not None:
            state, alg = self._state, self.algorithm
            return binomial_node(state, alg, wanted, counts, probs, dtype, name)
        if isinstance(wanted, Tensor):
            wanted = tuple(_array(wanted).tolist()) if wanted.shape.rank else wanted
        try:
            blocks = binomial_blocks(wanted, counts, probs)
        except ValueError as fact:
            text = _decorated(op, str(fact), name)
            raise errors.InvalidArgumentError(None, None, text) from None
        before = self._moved(blocks)
        key, counter = philox.state_key_counter(np, before)
        array = rejection.binomial(
            np, key, counter, wanted, _array(counts), _array(probs), dtype.array_dtype
        )
        return EagerTensor(array, dtype)

    # ---- more sources

    def make_seeds(self, count: Any = 1) -> Tensor:
        """Seeds for stateless ops, `[2, count]`: each column is one.

        >>> tf.random.Generator.from_seed(1).make_seeds(1).numpy()
        array([[6679402142117448868],
               [                  0]])
        """
        keys = self._keys(count)
        return stack([keys, zeros_like(keys)])

    def split(self, count: Any = 1) -> list["Generator"]:
        """New generators, as many as `count`, independent of each other and of this one.

        >>> tf.random.Generator.from_seed(1).split(2)[1].key.numpy()
        np.int64(684265014234019051)
        """
        keys, alg = self._keys(count), self._algorithm
        return [Generator.from_key_counter(key, [0, 0], alg) for key in unstack(keys)]

    def _keys(self, count: Any) -> Tensor:
        shape = sizes([count])
        return full_range_from(shape, self._start(shape), int64, None)


Generator.__module__ = "tensorflow.python.ops.stateful_random_ops"

_FLOATS = ("float16", "float32", "float64")


def _joined(key: Any, counter: Any, alg: Algorithm) -> Tensor:
    """A state of key and counter; raises ValueError where one has another shape."""
    key, counter = _int64(key), _int64(counter)
    _check_shape(counter.shape, [_SIZES[alg] - 1])
    _check_shape(key.shape, [])
    return concat([counter, reshape(key, [1])], 0)


def _decorated(op: str, text: str, name: str | None = None) -> str:
    """A kernel's complaint as TensorFlow prints it in eager mode."""
    device = "/job:localhost/replica:0/task:0/device:CPU:0"
    return (
        f"{{{{function_node __wrapped__{op}_device_{device}}}}} {text} [Op:{op}] name: {name or ''}"
    )


# ---- the generator of the process ----------------------------------------------------------------

_global: Any = None


def get_global_generator() -> Generator:
    """The generator of the process, which begins at an unpredictable state.

    >>> tf.random.get_global_generator() is tf.random.get_global_generator()
    True
    """
    global _global
    if _global is None:
        with init_scope():
            _global = Generator.from_non_deterministic_state()
    return _global


def set_global_generator(generator: Any) -> None:
    """Puts `generator` in place of the one of the process.

    >>> tf.random.set_global_generator(tf.random.Generator.from_seed(1))
    >>> tf.random.get_global_generator().state.numpy()
    array([1, 0, 0])
    """
    global _global
    _global = generator
