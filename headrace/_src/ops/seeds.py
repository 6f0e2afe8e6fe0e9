"""Seeds: where a random op's key and counter come from.

What lives here: the rules that combine the global seed with an op's own, in eager mode and while
a function is traced; the first state of tf.random.Generator.

The one idea: a stateful random op is a generator named by what its kernel is named by, the op,
its two seeds and its other attributes. Two calls of one name go on where the first one stopped;
`set_seed` forgets all names. This is why an op without a seed of its own gets a new one per call,
drawn from a stream that the global seed begins.

Read next: engine/streams.py, which keeps the generators, and philox.py, which turns their keys and
counters into numbers.
"""

import os
import random
from typing import Any

import numpy as np

from headrace._src.engine.streams import Streams

_LARGEST = 2**31 - 1
_DEFAULT_GLOBAL_SEED = 87654321
_WORD64 = 2**64


def entropy(count: int) -> np.ndarray:
    """`count` random int64 numbers from the operating system."""
    return np.frombuffer(os.urandom(8 * count), np.int64).copy()


def seed_pair(global_seed, op_seed, next_op_seed):
    """The attributes `seed` and `seed2` of an op, from the global seed and its own, or None.

    `next_op_seed` is called for an op without a seed where there is a global one. (0, 0) says
    that neither was given and the numbers shall be unpredictable; seeds that come out as two
    zeros are moved away from it. Source: tf.compat.v1.get_seed.
    """
    if global_seed is None:
        if op_seed is None:
            return 0, 0
        pair = _DEFAULT_GLOBAL_SEED, op_seed % _LARGEST
    else:
        if op_seed is None:
            op_seed = next_op_seed()
        pair = global_seed % _LARGEST, op_seed % _LARGEST
    return pair if pair != (0, 0) else (0, _LARGEST)


class RandomState:
    """The random state of a context: global seed, stream of op seeds, generators begun.

    >>> state = RandomState()
    >>> state.set_seed(42)
    >>> state.get_seed(None), state.get_seed(1)
    ((42, 478163327), (42, 1))
    """

    __slots__ = ("_op_seeds", "generators", "seed")

    def __init__(self):
        self.set_seed(None)

    def set_seed(self, seed):
        """Begins again: the stream of op seeds and all generators. None: nothing is seeded."""
        self.seed = seed
        plain = seed.item() if isinstance(seed, np.generic) else seed
        self._op_seeds = random.Random(plain)
        self.generators = Streams()

    def next_op_seed(self):
        """The next number of the stream of op seeds, within [0, 2**31)."""
        return self._op_seeds.randint(0, _LARGEST)

    def get_seed(self, op_seed):
        """The attributes `seed` and `seed2` of an eager op with this seed, or None."""
        return seed_pair(self.seed, op_seed, self.next_op_seed)

    def draw(self, op, attributes, seed, seed2, blocks):
        """The key and counter for one eager call of a stateful op that spends `blocks`.

        `attributes` are the op's other attributes (dtypes), hashable.
        """
        return self.generators.draw((op, seed, seed2, attributes), seed, seed2, blocks)


class GraphSeeds:
    """The seeds of ops in a traced function: those without one count from 0.

    `seed` is the global seed at the time of tracing, or None.
    """

    __slots__ = ("_count", "seed")

    def __init__(self, seed):
        self.seed = seed
        self._count = 0

    def next_op_seed(self):
        """How many ops asked before."""
        self._count += 1
        return self._count - 1

    def get_seed(self, op_seed):
        """The attributes `seed` and `seed2` of an op in the graph with this seed, or None."""
        return seed_pair(self.seed, op_seed, self.next_op_seed)


def create_rng_state(seed: Any, size: int = 3) -> np.ndarray:
    """The state, int64 `[size]`, of a `Generator` from a seed; Philox has 3 words, ThreeFry 2.

    An integer of any size gives its lowest 64-bit words, lowest first, so that the seed is the
    counter. A vector of integers is the state itself, padded with zeros in front or cut at the
    end. Source: tf.random.create_rng_state.
    """
    if np.ndim(seed) == 0:
        digits = [(int(seed) >> (64 * place)) % _WORD64 for place in range(size)]
        return np.array(digits, np.uint64).astype(np.int64)
    given = [int(number) % _WORD64 for number in seed][:size]
    return np.array([0] * (size - len(given)) + given, np.uint64).astype(np.int64)
