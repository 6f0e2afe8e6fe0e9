"""A place in a shuffled order, without shuffling: `tf.random_index_shuffle`.

The one idea: a block cipher is a permutation of the numbers of so many bits, chosen by its key. A
number that comes out too large is enciphered again (cycle walking), which leaves a permutation of
the numbers up to `max_index`. The cipher is Simon with three key words of 32 bits, few rounds, and
words of half as many bits as `max_index` needs, 8 at least. It keeps no secrets.

Source: the op RandomIndexShuffle; Beaulieu et al., "The SIMON and SPECK families of lightweight
block ciphers" (2013); Black and Rogaway, "Ciphers with arbitrary finite domains" (2002).

Read next: stateless_random.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, unknown, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.padding import pad

# The sequence of bits that Simon mixes into the keys of its rounds.
_SEQUENCE = 0x7369F885192C0EF5
# The first of the three integers of a key of which two are given.
_FIRST = 498247692


def index_shuffle(index: Any, seed: Any, max_index: Any) -> Tensor:
    """The places of `index` in an order of the numbers from 0 to `max_index` that `seed` chooses.

    index, max_index: scalars or vectors of one dtype: int32, uint32, int64 or uint64. seed: two
    integers.

    >>> tf.random.experimental.index_shuffle([0, 1, 2, 3], [1, 2], 3).numpy()
    array([2, 0, 1, 3], dtype=int32)

    Raises tf.errors.InvalidArgumentError where the lengths differ or a seed is not two integers.
    Op: RandomIndexShuffle.
    """
    seed = convert(seed)
    paddings = [[1, 0]] + [[0, 0]] * ((seed.shape.rank or 1) - 1)
    return random_index_shuffle(index, pad(seed, paddings, "CONSTANT", _FIRST), max_index)


def _shape(index: TensorShape, seed: TensorShape, max_index: TensorShape, *_: Any) -> TensorShape:
    """A scalar where all are single; else a vector with a place for each."""
    if None in (index.rank, seed.rank, max_index.rank):
        return unknown
    lengths = [
        part[0]
        for part, single in ((index, 0), (seed, 1), (max_index, 0))
        if part.rank == single + 1
    ]
    for part, name in ((index, "Index"), (max_index, "Max_index")):
        if part.rank > 1:
            raise ShapeError(f"{name} must be a scalar or vector.")
    known = {length for length in lengths if length is not None}
    count = max(known, default=1)
    if seed.rank not in (1, 2) or seed[-1] not in (None, 3) or len(known) > 1:
        raise ShapeError(
            f"Seed must be a vector of size [3] or a matrix of size [{count}, 3] but got "
            f"{bracketed(seed)}."
        )
    if not lengths:
        return TensorShape([])
    return vector(None if None in lengths else count)


@op("RandomIndexShuffle", shape=_shape, cost="host")
def random_index_shuffle(
    index: Tensor, seed: Tensor, max_index: Tensor, rounds: int = 4, name: str | None = None
) -> Tensor:
    """The places of `index` in an order of the numbers from 0 to `max_index` that `seed` chooses.

    index, max_index: scalars or vectors of one dtype: int32, uint32, int64 or uint64. seed: three
    integers, or `[n, 3]`. rounds: how thoroughly to mix, an even number from 4.

    >>> tf.random_index_shuffle([0, 1, 2, 3], [1, 2, 3], 3).numpy()
    array([2, 0, 3, 1], dtype=int32)

    Raises tf.errors.InvalidArgumentError where the lengths differ, a seed is not three integers,
    or there are odd or too few `rounds`. Op: RandomIndexShuffle.
    """
    if rounds < 4 or rounds % 2:
        raise ValueError(f"rounds must be an even number from 4, got {rounds}")
    if index.ndim == 1 and not index.size:
        raise ValueError("Index must be a scalar or vector that is not empty.")
    shape = _shape(*(TensorShape(part.shape) for part in (index, seed, max_index)))
    keys = np.moveaxis(seed.astype(np.uint32).astype(np.uint64), -1, 0)
    top = max_index.astype(np.uint64)
    found, top, *keys = np.broadcast_arrays(index.astype(np.uint64), top, *keys)
    found = np.where(top == 0, np.uint64(0), found).reshape(-1)
    top, keys = top.reshape(-1), [key.reshape(-1) for key in keys]
    bits = _word_bits(top)
    places = np.flatnonzero(top)
    while places.size:
        at = [key[places] for key in keys]
        found[places] = _enciphered(found[places], at, bits[places], rounds)
        places = places[found[places] > top[places]]
    return found.reshape(shape.as_list()).astype(index.dtype)


no_gradient(random_index_shuffle, why="Its inputs are integers.")


def _word_bits(top: np.ndarray) -> np.ndarray:
    """Half the bits of a block that holds the numbers below `top`."""
    needed = np.ceil(np.log2(np.maximum(top, 1).astype(np.float64))).astype(np.uint64)
    return np.clip((needed + np.uint64(1)) // np.uint64(2), 8, 32).astype(np.uint64)


def _enciphered(
    values: np.ndarray, key: list[np.ndarray], bits: np.ndarray, rounds: int
) -> np.ndarray:
    """Blocks after an even number of Simon's rounds, each of its own key and word size."""
    mask = (np.uint64(1) << bits) - np.uint64(1)

    def left(x: np.ndarray, count: int) -> np.ndarray:
        places = np.uint64(count)
        return ((x << places) | (x >> (bits - places))) & mask

    def right(x: np.ndarray, count: int) -> np.ndarray:
        places = np.uint64(count)
        return ((x >> places) | (x << (bits - places))) & mask

    def mixed(x: np.ndarray) -> np.ndarray:
        return (left(x, 1) & left(x, 8)) ^ left(x, 2)

    keys = [word & mask for word in key]
    sequence = np.uint64(_SEQUENCE) & mask
    for i in range(3, rounds):
        bit = (sequence >> np.uint64(i - 3)) & np.uint64(1) if i < 67 else np.uint64(0)
        rotated = right(keys[i - 1], 3) ^ right(keys[i - 1], 4)
        keys.append((np.uint64(0xFFFFFFFC) & mask) ^ bit ^ keys[i - 3] ^ rotated)
    high, low = (values >> bits) & mask, values & mask
    for i in range(0, rounds, 2):
        high = high ^ mixed(low) ^ keys[i]
        low = low ^ mixed(high) ^ keys[i + 1]
    return (high << bits) | low
