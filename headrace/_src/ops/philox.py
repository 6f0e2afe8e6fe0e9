"""Philox: TensorFlow's random numbers, bit for bit, as pure functions over arrays.

What lives here: the counter-based generator Philox 4x32-10, the rules that turn its bits into
uniform, normal, truncated normal and integer values of every dtype, and the order in which
TensorFlow's CPU kernels spend the bits.

The one idea: a random number is a function of a key, a counter and a position. There is no
state in this file. A generator is a key (two 32-bit words) and a counter (four words, lowest
first); block `i` is the four words that Philox makes of `counter + i`. Every function takes the
array namespace first (`numpy` on the host, `jax.numpy` with 64-bit types enabled in a compiled
program) and gives the same numbers under both.

Read next: rejection.py (gamma, Poisson, binomial), seeds.py (where keys and counters come from).
"""

import math
from typing import Any

import numpy as np

from headrace._src.core import namespace
from headrace._src.engine.pieces import on_all_cores

BLOCKS_PER_VALUE = 256
"""How many blocks TensorFlow sets aside for one value, whatever the value really costs."""

_MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_KEY_STEPS = np.arange(10, dtype=np.uint64)[:, None] * np.uint64([0x9E3779B9, 0xBB67AE85])
_M = 0xFFFFFFFF
_LOW = np.uint64(_M)
_WORD = np.uint64(32)
_SCRAMBLE_KEY = np.array([0x3EC8F720, 0x02461E29], np.uint32)

# 8192 blocks keep the uint64 temporaries of a round within a core's L2 cache: 250,000 blocks
# took 9 ms, against 15 ms in one piece and 24 ms in pieces of 1024.
_CHUNK = 8192

_MANTISSA_BITS = {
    np.dtype(name): bits
    for name, bits in (("bfloat16", 7), ("float16", 10), ("float32", 23), ("float64", 52))
}
_SMALLEST_UNIFORM = 1e-7
_TRUNCATE_AT = 2.0
# A group wants 4 (double: 2) values within two deviations out of blocks of 4 (double: 2) normals,
# of which 1 in 22 is refused. Four (eight) blocks fall short in fewer than 1 of 10^14 groups.
_TRUNCATED_BLOCKS = {2: 8, 4: 4}


# --- words and counters ------------------------------------------------------------------------


def words(xp, values):
    """The 32-bit words of 64-bit integers, lowest first: `[n]` integers to `[2 n]` uint32."""
    values = xp.asarray(values).astype(xp.uint64)
    if xp is np:
        return values.astype("<u8").view("<u4")
    pairs = xp.stack([values & _LOW, values >> _WORD], axis=-1)
    return pairs.astype(xp.uint32).reshape(-1)


def unwords(xp, pairs):
    """The uint64 numbers of 32-bit words, lowest first: `[2 n]` words to `[n]` uint64."""
    pairs = xp.asarray(pairs).astype(xp.uint64)
    return pairs[0::2] | (pairs[1::2] << _WORD)


def advance(xp, counter, blocks):
    """The counter `blocks` later, with carry through all four words.

    `blocks` is an integer scalar; a negative one is a step of 2**64 more, as in TensorFlow, which
    adds the two words of a step one after the other and loses the carry where the first carry
    already turns a second word of all ones to zero: hence small steps back do go back.
    """
    low, high = unwords(xp, counter)
    blocks = xp.asarray(blocks).astype(xp.uint64).reshape(1)
    moved = low + blocks
    lost = (blocks >> _WORD == _LOW) & ((low & _LOW) + (blocks & _LOW) > _LOW)
    carry = (moved < low) & ~lost
    return words(xp, xp.concatenate([moved, high + carry.astype(xp.uint64)]))


def _shifted(xp, counter, offsets):
    """The 128-bit sums `counter + offsets` as uint64 halves, shaped like `offsets`."""
    low, high = unwords(xp, counter)
    shifted = low + offsets
    return shifted, high + (shifted < low).astype(xp.uint64)


def _rounds(xp, key, counter, offsets):
    """The blocks at `counter + offsets`, uint32 with a last axis of 4."""
    if xp is not np:
        return _rounds_compiled(xp, key, counter, offsets)
    low, high = _shifted(xp, counter, offsets)
    c0, c1, c2, c3 = low & _LOW, low >> _WORD, high & _LOW, high >> _WORD
    keys = (xp.asarray(key).astype(xp.uint64) + _KEY_STEPS) & _LOW
    for k0, k1 in keys:
        p0, p1 = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1, c2, c3 = (p1 >> _WORD) ^ c1 ^ k0, p1 & _LOW, (p0 >> _WORD) ^ c3 ^ k1, p0 & _LOW
    out = np.empty(offsets.shape + (4,), np.uint32)
    out[..., 0], out[..., 1], out[..., 2], out[..., 3] = c0, c1, c2, c3
    return out


def _rounds_compiled(xp, key, counter, offsets):
    """`_rounds` for XLA: a loop over 32-bit words. Written out, the ten rounds in 64-bit words took
    four times as long (1,536 blocks: 244 us against 65).
    """
    low, high = _shifted(xp, counter, offsets)
    words = tuple(
        c.astype(xp.uint32) for c in (low & _LOW, low >> _WORD, high & _LOW, high >> _WORD)
    )
    keys = ((xp.asarray(key).astype(xp.uint64) + _KEY_STEPS) & _LOW).astype(xp.uint32)

    def product(word, multiplier):
        wide = word.astype(xp.uint64) * multiplier
        return (wide >> _WORD).astype(xp.uint32), wide.astype(xp.uint32)

    def one_round(carry):
        i, (c0, c1, c2, c3) = carry
        high0, low0 = product(c0, _MULTIPLIERS[0])
        high1, low1 = product(c2, _MULTIPLIERS[1])
        return i + 1, (high1 ^ c1 ^ keys[i, 0], low1, high0 ^ c3 ^ keys[i, 1], low0)

    start = xp.asarray(0, xp.int32), words
    _, words = namespace.while_under_xla(lambda carry: carry[0] < 10, one_round, start)
    return xp.stack(words, axis=-1)


def _few_blocks(key, counter, offsets):
    """`_rounds` in Python integers: 5 us a block, where 100 array operations take 50 us."""
    c0, c1, c2, c3 = map(int, counter)
    start = c0 | c1 << 32 | c2 << 64 | c3 << 96
    first, second = map(int, key)
    out = []
    for offset in offsets:
        c = start + offset
        c0, c1, c2, c3 = c & _M, c >> 32 & _M, c >> 64 & _M, c >> 96 & _M
        k0, k1 = first, second
        for _ in range(10):
            p0, p1 = c0 * 0xD2511F53, c2 * 0xCD9E8D57
            c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & _M, (p0 >> 32) ^ c3 ^ k1, p0 & _M
            k0, k1 = k0 + 0x9E3779B9 & _M, k1 + 0xBB67AE85 & _M
        out.append((c0, c1, c2, c3))
    return np.array(out, np.uint32).reshape(-1, 4)


def blocks_at(xp, key, counter, offsets, values=None):
    """The Philox blocks at given distances from a counter, or what `values` makes of them.

    `offsets` is an array of non-negative integers of any shape; the blocks are uint32 of that
    shape with a last axis of 4. `values`, a function of blocks that keeps all axes but the last,
    is applied piece by piece on the host, while the blocks are in cache.
    """
    offsets = xp.asarray(offsets).astype(xp.uint64)
    values = values or (lambda blocks: blocks)
    if xp is np and offsets.size <= 8:
        few = _few_blocks(key, counter, offsets.reshape(-1).tolist())
        return values(few.reshape(offsets.shape + (4,)))
    if xp is not np or offsets.size <= _CHUNK:
        return values(_rounds(xp, key, counter, offsets))
    step = max(1, _CHUNK * len(offsets) // offsets.size)
    like = values(_rounds(np, key, counter, offsets[:1]))
    out = np.empty(offsets.shape[:1] + like.shape[1:], like.dtype)

    def draw(part):
        for start in range(part.start, part.stop, step):
            piece = slice(start, min(start + step, part.stop))
            out[piece] = values(_rounds(np, key, counter, offsets[piece]))

    on_all_cores(draw, len(offsets), _CHUNK)
    return out


def philox(xp, key, counter, n):
    """The `n` consecutive Philox 4x32-10 blocks from `counter` upward, uint32 `[n, 4]`.

    `key` has 2 and `counter` 4 uint32 words, lowest first; the counter carries through all its
    words. Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011).

    >>> philox(np, np.uint32([0, 0]), np.uint32([0, 0, 0, 0]), 1)
    array([[1713891541, 3781805453, 3159862348, 2600524760]], dtype=uint32)
    """
    return blocks_at(xp, key, counter, xp.arange(n, dtype=xp.uint64))


# --- keys and counters of seeds ----------------------------------------------------------------


def op_key_counter(xp, seed, seed2):
    """The key and counter with which a stateful op of attributes `seed` and `seed2` begins."""
    pair = xp.asarray([seed, seed2]).astype(xp.int64)
    pair = words(xp, pair)
    return pair[:2], xp.concatenate([xp.zeros(2, xp.uint32), pair[2:]])


def stateless_key_counter(xp, seed):
    """The key and counter that a stateless op derives from its `seed` of two integers.

    The two numbers, as a counter, are scrambled by one block under a fixed key: two words of it
    become the key, two the upper half of the counter. Source: op StatelessRandomGetKeyCounter.
    """
    seed = xp.asarray(seed)
    if seed.dtype in (np.uint32, np.int32):
        seed = seed.astype(xp.int32)
    block = philox(xp, _SCRAMBLE_KEY, words(xp, seed.astype(xp.int64)), 1)[0]
    return block[:2], xp.concatenate([xp.zeros(2, xp.uint32), block[2:]])


def split(xp, seed, num=2):
    """`num` new stateless seeds from one, `[num, 2]` of the seed's dtype (tf.random.split)."""
    seed = xp.asarray(seed)
    return uniform_full_int(xp, *stateless_key_counter(xp, seed), (num, 2), seed.dtype)


def fold_in(xp, seed, data):
    """The stateless seed that `seed` becomes with an integer scalar `data` folded in.

    Its dtype is that of `data`. Source: tf.random.fold_in.
    """
    data = xp.asarray(data)
    first = uniform_full_int(xp, *stateless_key_counter(xp, seed), (), data.dtype)
    return xp.stack([first, data])


# --- the state of tf.random.Generator ----------------------------------------------------------


def state_key_counter(xp: Any, state: Any) -> tuple[Any, Any]:
    """The key and counter in a Generator's state, int64 `[3]`: counter low, counter high, key."""
    pairs = words(xp, state)
    return pairs[4:6], pairs[:4]


def skip(xp: Any, state: Any, blocks: Any) -> Any:
    """A Generator's state with its counter moved `blocks` onward.

    `Generator.skip(delta)` moves by `256 * delta`, and drawing `n` values moves by `256 * n`
    (`BLOCKS_PER_VALUE`). Source: ops RngSkip, RngReadAndSkip.
    """
    key, counter = state_key_counter(xp, state)
    return unwords(xp, xp.concatenate([advance(xp, counter, blocks), key])).astype(xp.int64)


def make_seeds(xp, state, count):
    """Seeds for stateless ops, int64 `[2, count]`, drawn from a Generator's state.

    The first row is random, the second zero; advance the state by `256 * count` afterwards.
    Source: tf.random.Generator.make_seeds.
    """
    keys = uniform_full_int(xp, *state_key_counter(xp, state), (count,), "int64")
    return xp.stack([keys, xp.zeros_like(keys)])


def split_states(xp, state, count):
    """The states, int64 `[count, 3]`, of the generators that `Generator.split(count)` returns.

    Advance the state by `256 * count` afterwards.
    """
    keys = uniform_full_int(xp, *state_key_counter(xp, state), (count,), "int64")
    zeros = xp.zeros_like(keys)
    return xp.stack([zeros, zeros, keys], axis=-1)


# --- bits to values ----------------------------------------------------------------------------


def _drawn(xp, key, counter, shape, per_block, values):
    """What `values` makes of consecutive blocks, of which each gives `per_block` of them."""
    blocks = -(-math.prod(shape) // per_block)
    if xp is np and blocks <= 8:
        return _shaped(values(_few_blocks(key, counter, range(blocks))), shape)
    offsets = xp.arange(blocks, dtype=xp.uint64)
    return _shaped(blocks_at(xp, key, counter, offsets, values), shape)


def _shaped(values, shape):
    return values.reshape(-1)[: math.prod(shape)].reshape(shape)


def unit_float(xp, bits):
    """Float32 in [0, 1) from the low 23 bits of each uint32."""
    ones = (bits & np.uint32(0x7FFFFF)) | np.uint32(0x3F800000)
    return ones.view(xp.float32) - np.float32(1)


def unit_double(xp, blocks):
    """Float64 in [0, 1) from each pair of words: 20 low bits of the first above the second."""
    pairs = blocks.reshape(blocks.shape[:-1] + (blocks.shape[-1] // 2, 2)).astype(xp.uint64)
    mantissa = ((pairs[..., 0] & np.uint64(0xFFFFF)) << _WORD) | pairs[..., 1]
    return mantissa.astype(xp.float64) * np.float64(2.0**-52)


def uniform(xp, key, counter, shape, dtype="float32"):
    """Floats in [0, 1), `shape` a tuple, from as many low bits as the dtype has in its mantissa.

    One word makes a bfloat16, float16 or float32, two a float64.
    Source: ops RandomUniform, StatelessRandomUniformV2, StatefulUniform.
    """
    dtype = np.dtype(dtype)
    bits = _MANTISSA_BITS[dtype]
    if bits == 52:
        return _drawn(xp, key, counter, shape, 2, lambda blocks: unit_double(xp, blocks))
    if bits == 23:
        return _drawn(xp, key, counter, shape, 4, lambda blocks: unit_float(xp, blocks))

    def half(blocks):
        mantissa = (blocks & np.uint32(2**bits - 1)).astype(xp.float32)
        return (mantissa * np.float32(2.0**-bits)).astype(dtype)

    return _drawn(xp, key, counter, shape, 4, half)


def uniform_full_int(xp, key, counter, shape, dtype):
    """Integers over the whole range of int32, uint32, int64 or uint64.

    Source: op StatelessRandomUniformFullIntV2.
    """
    dtype = np.dtype(dtype)
    if dtype.itemsize == 4:
        return _drawn(xp, key, counter, shape, 4, lambda blocks: blocks.astype(dtype))

    def double_words(blocks):
        blocks = blocks.astype(xp.uint64)
        return (blocks[:, 0::2] | (blocks[:, 1::2] << _WORD)).astype(dtype)

    return _drawn(xp, key, counter, shape, 2, double_words)


def uniform_int(xp, key, counter, shape, minval, maxval, dtype):
    """Integers in [minval, maxval): `minval` plus full-range bits modulo the width.

    `minval` and `maxval` are scalars of `dtype`; that `minval < maxval` is the caller's check.
    Source: ops RandomUniformInt, StatelessRandomUniformIntV2.
    """
    dtype = np.dtype(dtype)
    unsigned = np.dtype(f"uint{8 * dtype.itemsize}")
    low = xp.asarray(minval, dtype=dtype).astype(unsigned).reshape(1)
    width = xp.asarray(maxval, dtype=dtype).astype(unsigned).reshape(1) - low
    bits = uniform_full_int(xp, key, counter, shape, unsigned).reshape(-1)
    return (low + bits % width).astype(dtype).reshape(shape)


def _box_muller(xp, first, second, dtype):
    """The two normals of each pair of uniforms, on a new last axis: sine part, then cosine part.

    For single precision TensorFlow calls the C library's logf, sinf and cosf. The functions of
    an array namespace are less exact, so that we take them in double precision and round:
    98.5 of 100 values then have TensorFlow's very bits, the others differ by up to 3 ulp, and
    host and compiled programs agree with each other.
    """
    angle = first.dtype.type(2 * np.pi) * second
    if dtype == np.float64:
        radius = xp.sqrt(-2 * xp.log(xp.maximum(first, _SMALLEST_UNIFORM)))
        return xp.stack([xp.sin(angle) * radius, xp.cos(angle) * radius], axis=-1)
    first = xp.maximum(first, np.float32(_SMALLEST_UNIFORM)).astype(xp.float64)
    angle = (np.float64(2 * np.pi) * second.astype(xp.float64)).astype(xp.float32)
    angle = angle.astype(xp.float64)
    radius = xp.sqrt(np.float32(-2) * xp.log(first).astype(xp.float32))
    sine, cosine = xp.sin(angle).astype(xp.float32), xp.cos(angle).astype(xp.float32)
    return xp.stack([sine * radius, cosine * radius], axis=-1)


def normals(xp, blocks, dtype):
    """Standard normals of the last axis of 4 words: 4 float32 or, of dtype float64, 2 float64."""
    if dtype == np.float64:
        uniforms = unit_double(xp, blocks)
        return _box_muller(xp, uniforms[..., 0], uniforms[..., 1], np.float64)
    uniforms = unit_float(xp, blocks)
    pairs = _box_muller(xp, uniforms[..., 0::2], uniforms[..., 1::2], np.float32)
    return pairs.reshape(blocks.shape)


def normal(xp, key, counter, shape, dtype="float32"):
    """Standard normals by the Box-Muller transform; half precisions are rounded float32.

    Source: ops RandomStandardNormal, StatelessRandomNormalV2, StatefulStandardNormalV2.
    """
    dtype = np.dtype(dtype)
    per_block = 2 if dtype == np.float64 else 4
    values = _drawn(xp, key, counter, shape, per_block, lambda blocks: normals(xp, blocks, dtype))
    return values.astype(dtype)


def truncated_normal(xp, key, counter, shape, dtype="float32"):
    """Standard normals within two standard deviations, the others drawn again.

    Every 4 values (float64: 2) form a group, for which 256 (128) blocks are set aside; the group
    takes the first normals of its own blocks that lie within the bounds.
    Source: ops TruncatedNormal, StatelessTruncatedNormalV2, StatefulTruncatedNormal.
    """
    dtype = np.dtype(dtype)
    group = 2 if dtype == np.float64 else 4
    groups = -(-math.prod(shape) // group)
    offsets = xp.arange(groups, dtype=xp.uint64) * np.uint64(group * BLOCKS_PER_VALUE // 4)
    if xp is not np:
        values = _first_within(xp, key, counter, offsets, group, _TRUNCATED_BLOCKS[group], dtype)
        return _shaped(values, shape).astype(dtype)
    values = blocks_at(np, key, counter, offsets, lambda blocks: normals(np, blocks, dtype))
    short = np.flatnonzero((np.abs(values) >= _TRUNCATE_AT).any(axis=-1))
    values[short] = _first_within(
        np, key, counter, offsets[short], group, _TRUNCATED_BLOCKS[group], dtype
    )
    return _shaped(values, shape).astype(dtype)


def _first_within(xp, key, counter, offsets, group, blocks, dtype):
    """The first `group` normals within bounds of the `blocks` blocks at each offset."""
    offsets = offsets[:, None] + xp.arange(blocks, dtype=xp.uint64)
    values = blocks_at(xp, key, counter, offsets, lambda drawn: normals(xp, drawn, dtype))
    values = values.reshape(offsets.shape[0], blocks * group)
    accepted = xp.abs(values) < _TRUNCATE_AT
    place = xp.where(accepted, xp.cumsum(accepted, axis=-1, dtype=np.int32), 0)
    chosen = [xp.sum(xp.where(place == i + 1, values, 0), axis=-1) for i in range(group)]
    return xp.stack(chosen, axis=-1)


# --- permutations and categories ---------------------------------------------------------------


def permutation(xp, key, counter, n):
    """The order, int64 `[n]`, in which a shuffle of `n` rows takes them.

    A Fisher-Yates shuffle from the front: position `i` changes places with `i + word % (n - i)`.
    `take(value, permutation, axis=0)` is the shuffle. Source: ops RandomShuffle, StatelessShuffle.

    The swaps are not made one after the other, which neither NumPy nor XLA does well (a loop of
    swaps copies the whole array in each round). Where does what ends in place `i` come from? It was
    put into `there[i]` by the last swap before with the same goal, which put it there from its own
    place; and so on, back to a place that no swap had touched.
    """
    if n < 2:
        return xp.arange(n, dtype=np.int64)
    draws = philox(xp, key, counter, -(-(n - 1) // 4)).reshape(-1)[: n - 1]
    offsets = (draws % np.arange(n, 1, -1, dtype=np.uint32)).astype(np.int64)
    here = xp.arange(n, dtype=np.int64)
    there = here + xp.concatenate([offsets, xp.zeros(1, np.int64)])
    # The swaps by goal, those of one goal in the order of time.
    bits = n.bit_length()
    swaps = xp.sort(there << bits | here)
    goal, time = swaps >> bits, swaps & (1 << bits) - 1
    earlier = xp.concatenate([xp.full(1, -1), xp.where(goal[1:] == goal[:-1], time[:-1], -1)])
    # For each swap: the last one before with its goal; for each place: the last one into it.
    if xp is np:
        previous, into = np.empty(n, np.int64), np.full(n, -1)
        previous[time] = earlier
        into[goal] = time
    else:
        previous = xp.empty(n, np.int64).at[time].set(earlier)
        into = xp.full(n, -1).at[goal].max(time)
    into = xp.where(there == here, previous, into)
    origin = xp.where(into < 0, here, into)
    for _ in range(bits):
        further = origin[origin]
        if xp is np and (further == origin).all():
            break
        origin = further
    return xp.where(previous < 0, there, origin[previous])


def categorical(xp, key, counter, logits, num_samples, dtype="int64"):
    """Class indices `[batch, num_samples]` drawn by the softmax of `logits` `[batch, classes]`.

    Each sample looks a double uniform up in the row's cumulative sum of `exp(logit - max)`;
    logits that are not finite have no chance. TensorFlow cuts large batches into pieces by the
    number of its threads and gives each piece other bits; this is the result for one piece.
    Source: ops Multinomial, StatelessMultinomial.
    """
    batch, classes = logits.shape
    finite = xp.isfinite(logits)
    logits = xp.where(finite, logits, 0).astype(xp.float64)
    top = xp.max(xp.where(finite, logits, -np.inf), axis=-1, keepdims=True, initial=-np.inf)
    weights = xp.where(finite, xp.exp(logits - xp.where(xp.isfinite(top), top, 0)), 0)
    totals = xp.cumsum(weights, axis=-1)
    goals = uniform(xp, key, counter, (batch, num_samples), "float64") * totals[:, -1:]
    if xp is np:
        found = [np.searchsorted(t, g, side="right") for t, g in zip(totals, goals, strict=True)]
        return np.array(found, np.dtype(dtype)).reshape(batch, num_samples)
    below = totals[:, None, :] <= goals[:, :, None]
    return xp.sum(below, axis=-1, dtype=np.dtype(dtype))


def blocks_reserved(op, count, num_samples=1):
    """How many blocks a stateful op moves its generator on, for `count` values.

    `count` is the number of rows for RandomShuffle, of batch rows for Multinomial (which also
    needs `num_samples`), and of output values for every other op.
    """
    if op == "RandomShuffle":
        return -(-max(count - 1, 0) // 4)
    if op == "Multinomial":
        return BLOCKS_PER_VALUE * count * 2 * (-(-num_samples // 4) * 4)
    return BLOCKS_PER_VALUE * count
