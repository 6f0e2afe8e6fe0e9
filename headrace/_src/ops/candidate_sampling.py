"""Candidate samplers: some classes instead of all, for losses over very many classes.

The one idea: a sampler is a distribution over classes, told by two functions, one that makes
classes of random words and one that gives a class's chance. All else is common: with `unique`,
classes are drawn until there are enough different ones, and how many tries that took says how often
a class is to be expected. The words come one after the other from the op's own Philox generator,
so the classes are TensorFlow's.

Source: the ops UniformCandidateSampler and its like. Walker, "An efficient method for
generating discrete random variables with general distributions" (1977).

Read next: ops/sampled_losses.py.
"""

import csv
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import int64
from headrace._src.core.errors import InvalidArgumentError, NotFoundError
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops import philox
from headrace._src.ops.random import seeds, state
from headrace._src.ops.windows import integer

_CLASSES = "TensorFlow has none: classes are drawn by chance."
_BLOCKS_PER_SAMPLE = 512
_WORD = np.uint64(32)


class _Words:
    """The words of a generator, one after the other, in pieces."""

    def __init__(self, key: Any, counter: Any) -> None:
        self.key, self.counter = key, counter
        self.blocks = 0
        self.rest = np.empty(0, np.uint32)

    def take(self, count: int) -> np.ndarray:
        """The next `count` words."""
        missing = count - len(self.rest)
        if missing > 0:
            offsets = self.blocks + np.arange(-(-missing // 4), dtype=np.uint64)
            more = philox.blocks_at(np, self.key, self.counter, offsets).reshape(-1)
            self.blocks += len(offsets)
            self.rest = np.concatenate([self.rest, more])
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken


class _Sampler(NamedTuple):
    """A distribution over the classes from 0 to `size - 1`.

    draw: from words and a number of tries to as many classes, or one or two fewer. chances: from
    classes to their chances, float32. possible: how many classes have a chance.
    """

    size: int
    draw: Callable[[_Words, int], np.ndarray]
    chances: Callable[[np.ndarray], np.ndarray]
    possible: int


def _words_of(name: str, attributes: tuple, seed: int, seed2: int, num_sampled: int) -> _Words:
    blocks = _BLOCKS_PER_SAMPLE * num_sampled
    streams = thread.context.streams
    if streams is None:
        return _Words(*state.draw(name, attributes, seed, seed2, blocks))
    machine, node = streams
    if not machine.is_host:
        raise NotImplementedError("it draws until enough classes are different")
    return _Words(*machine.draw(node, seed, seed2, blocks))


def _sampled(sampler: _Sampler, words: _Words, count: int, unique: bool) -> tuple[np.ndarray, int]:
    """The classes drawn, and the number of tries that it took."""
    if not unique:
        drawn = sampler.draw(words, count)
        while len(drawn) < count:
            drawn = np.concatenate([drawn, sampler.draw(words, count - len(drawn))])
        return drawn, count
    if sampler.size < count:
        raise ValueError("Sampler's range is too small.")
    if sampler.possible < count:
        raise ValueError(
            f"Only {sampler.possible} classes have a chance, too few for {count} different ones."
        )
    drawn = np.empty(0, np.int64)
    while True:
        drawn = np.concatenate([drawn, sampler.draw(words, max(count, len(drawn)))])
        _, first = np.unique(drawn, return_index=True)
        if len(first) >= count:
            first.sort()
            return drawn[first[:count]], int(first[count - 1]) + 1


def _expected(chances: np.ndarray, count: int, tries: int) -> np.ndarray:
    """How often classes of these chances are to be expected."""
    if tries == count:
        return chances * np.float32(count)
    return -np.expm1(tries * np.log1p(-chances.astype(np.float64))).astype(np.float32)


def _answer(
    sampler: _Sampler, words: _Words, true_classes: np.ndarray, count: int, unique: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    wrong = true_classes[(true_classes < 0) | (true_classes >= sampler.size)]
    if wrong.size:
        raise ValueError(
            f"`true_candidate` out of range [0, {sampler.size}), received {wrong.flat[0]}"
        )
    classes, tries = _sampled(sampler, words, count, unique)
    expected = [_expected(sampler.chances(c), count, tries) for c in (true_classes, classes)]
    return classes, *expected


# ---- shapes and arguments ------------------------------------------------------------------------


def _classes(numbers: Any) -> Tensor:
    """Classes as a tensor; what is none yet becomes int64."""
    return convert(numbers) if isinstance(numbers, Tensor) else convert(numbers, int64)


def _plain(unique: Any, **numbers: Any) -> tuple:
    """The numbers as ints, and `unique` before the last of them, as the ops have them."""
    found = [integer(value, word) for word, value in numbers.items()]
    if not isinstance(unique, (bool, np.bool_)):
        raise TypeError(f"Expected bool for argument 'unique' not {unique!r}.")
    return *found[:2], bool(unique), *found[2:]


def _shapes(true_classes: TensorShape, num_true: int, num_sampled: int, *_: Any) -> list:
    if true_classes.rank not in (None, 2):
        raise ShapeError(
            "true_classes must be a matrix", f"Shape must be rank 2 but is rank {true_classes.rank}"
        )
    columns = true_classes[1] if true_classes.rank else None
    if columns not in (None, num_true):
        raise ShapeError(
            f"true_classes must have num_true columns, expected: {columns} was: {num_true}"
        )
    rows = true_classes[0] if true_classes.rank else None
    return [vector(num_sampled), TensorShape([rows, num_true]), vector(num_sampled)]


def _check(
    name: str, true_classes: np.ndarray, num_true: int, num_sampled: int, *more: int
) -> None:
    for word, value in zip(
        ("num_true", "num_sampled", "range_max"), (num_true, num_sampled, *more), strict=False
    ):
        if value < 1:
            raise InvalidArgumentError(
                None,
                None,
                f"Value for attr '{word}' of {value} must be at least minimum 1\n\t; NodeDef: "
                f"{{{{node {name}}}}} [Op:{name}]",
            )
    _shapes(TensorShape(true_classes.shape), num_true, num_sampled)


# ---- equal chances -------------------------------------------------------------------------------


def uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: Any = None,
    name: str | None = None,
) -> Any:
    """Classes of equal chances, and how often the true ones and these are to be expected.

    true_classes: int64 `[batch, num_true]`. num_sampled: how many classes to draw, `unique` ones or
    not, from `range_max`. seed: of this op's own sequence, combined with the global seed. Answers a
    named tuple (sampled_candidates, true_expected_count, sampled_expected_count).

    >>> tf.random.set_seed(42)
    >>> tf.random.uniform_candidate_sampler([[0], [3]], 1, 5, True, 10)[0].numpy()
    array([1, 7, 6, 2, 8])

    Raises tf.errors.InvalidArgumentError where there are too few classes, or true ones are none of
    them. Op: UniformCandidateSampler.
    """
    how = _plain(unique, num_true=num_true, num_sampled=num_sampled, range_max=range_max)
    return uniform_sampler(_classes(true_classes), *how, *seeds(seed), name)


@op("UniformCandidateSampler", shape=_shapes, cost="host")
def uniform_sampler(
    true_classes: Tensor,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Classes of equal chances."""
    attributes = num_true, num_sampled, unique, range_max
    _check("UniformCandidateSampler", true_classes, num_true, num_sampled, range_max)
    words = _words_of("UniformCandidateSampler", attributes, seed, seed2, num_sampled)
    # Numbers that would favour the low classes are passed over.
    unfair = 2**64 % range_max

    def draw(words: _Words, tries: int) -> np.ndarray:
        low, high = words.take(2 * tries).astype(np.uint64).reshape(-1, 2).T
        numbers = low | (high << _WORD)
        numbers = numbers[numbers >= np.uint64(unfair)]
        return (numbers % np.uint64(range_max)).astype(np.int64)

    chance = np.float32(1) / np.float32(range_max)
    sampler = _Sampler(range_max, draw, lambda c: np.full(c.shape, chance), range_max)
    return _answer(sampler, words, true_classes, num_sampled, unique)


no_gradient(uniform_sampler, why=_CLASSES)


# ---- chances that fall with the class ------------------------------------------------------------


def log_uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: Any = None,
    name: str | None = None,
) -> Any:
    """Classes by Zipf's law: class c has the chance `log((c + 2) / (c + 1)) / log(range_max + 1)`.

    For classes that are in the order of their frequency. true_classes: int64 `[batch, num_true]`.
    num_sampled: how many classes to draw, `unique` ones or not, from `range_max`. seed: of this
    op's own sequence, combined with the global seed. Answers a named tuple (sampled_candidates,
    true_expected_count, sampled_expected_count).

    >>> tf.random.set_seed(42)
    >>> tf.random.log_uniform_candidate_sampler([[0], [3]], 1, 5, True, 10)[0].numpy()
    array([1, 6, 0, 8, 5])

    Raises tf.errors.InvalidArgumentError where there are too few classes, or true ones are none of
    them. Op: LogUniformCandidateSampler.
    """
    how = _plain(unique, num_true=num_true, num_sampled=num_sampled, range_max=range_max)
    return log_uniform_sampler(_classes(true_classes), *how, *seeds(seed), name)


@op("LogUniformCandidateSampler", shape=_shapes, cost="host")
def log_uniform_sampler(
    true_classes: Tensor,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Classes by Zipf's law."""
    attributes = num_true, num_sampled, unique, range_max
    _check("LogUniformCandidateSampler", true_classes, num_true, num_sampled, range_max)
    words = _words_of("LogUniformCandidateSampler", attributes, seed, seed2, num_sampled)
    width = np.log1p(np.float64(range_max))

    def draw(words: _Words, tries: int) -> np.ndarray:
        pairs = words.take(2 * tries).reshape(-1, 1, 2)
        classes = np.exp(philox.unit_double(np, pairs).reshape(-1) * width).astype(np.int64) - 1
        return classes % range_max

    def chances(classes: np.ndarray) -> np.ndarray:
        return (np.log((classes + 2.0) / (classes + 1.0)) / width).astype(np.float32)

    sampler = _Sampler(range_max, draw, chances, range_max)
    return _answer(sampler, words, true_classes, num_sampled, unique)


no_gradient(log_uniform_sampler, why=_CLASSES)


# ---- chances given -------------------------------------------------------------------------------


def fixed_unigram_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    vocab_file: str = "",
    distortion: float = 1.0,
    num_reserved_ids: int = 0,
    num_shards: int = 1,
    shard: int = 0,
    unigrams: Any = (),
    seed: Any = None,
    name: str | None = None,
) -> Any:
    """Classes by weights that are given, in a list or as the last column of a file.

    true_classes: int64 `[batch, num_true]`. num_sampled: how many classes to draw, `unique` ones or
    not, from `range_max`. vocab_file: text with one class a line and its count after the last
    comma; else `unigrams` lists the counts. distortion: the power to which counts are raised.
    num_reserved_ids: how many classes without a chance come before the first. num_shards, shard:
    take every num_shards-th class, beginning with the shard-th. seed: of this op's own sequence,
    combined with the global seed. Answers a named tuple (sampled_candidates, true_expected_count,
    sampled_expected_count).

    >>> tf.random.set_seed(42)
    >>> tf.random.fixed_unigram_candidate_sampler(
    ...     [[0]], 1, 3, True, 6, unigrams=[1., 2., 3., 4., 5., 6.])[0].numpy()
    array([4, 5, 2])

    Raises tf.errors.InvalidArgumentError where there are not `range_max` weights, or too few
    classes, tf.errors.NotFoundError without the file. Op: FixedUnigramCandidateSampler.
    """
    return fixed_unigram_sampler(
        _classes(true_classes),
        *_plain(unique, num_true=num_true, num_sampled=num_sampled, range_max=range_max),
        vocab_file,
        distortion,
        num_reserved_ids,
        num_shards,
        shard,
        tuple(map(float, unigrams)),
        *seeds(seed),
        name,
    )


@op("FixedUnigramCandidateSampler", shape=_shapes, cost="host")
def fixed_unigram_sampler(
    true_classes: Tensor,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    vocab_file: str = "",
    distortion: float = 1.0,
    num_reserved_ids: int = 0,
    num_shards: int = 1,
    shard: int = 0,
    unigrams: tuple[float, ...] = (),
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Classes by weights."""
    counting = vocab_file, distortion, num_reserved_ids, num_shards, shard, unigrams
    attributes = num_true, num_sampled, unique, range_max, *counting
    _check("FixedUnigramCandidateSampler", true_classes, num_true, num_sampled, range_max)
    if bool(vocab_file) == bool(unigrams):
        one = "Must provide either vocab_file or unigrams."
        raise ValueError(
            one if not unigrams else "Must only provide one of vocab_file and unigrams."
        )
    if not 0 <= shard < num_shards:
        raise ValueError(f"shard must be in range 0 to {num_shards}, got {shard}")
    counts = np.array(_counts_in(vocab_file) if vocab_file else unigrams, np.float32)
    counts = np.concatenate(
        [np.zeros(num_reserved_ids, np.float32), counts ** np.float32(distortion)]
    )
    weights = counts[shard::num_shards]
    if len(weights) != range_max:
        raise ValueError(f"range is {range_max} must be equal to weights size  {len(weights)}")
    words = _words_of("FixedUnigramCandidateSampler", attributes, seed, seed2, num_sampled)
    sampler = _weighted(weights)
    return _answer(sampler, words, true_classes, num_sampled, unique)


no_gradient(fixed_unigram_sampler, why=_CLASSES)


def _counts_in(vocab_file: str) -> list[float]:
    """The last columns of a file."""
    try:
        with open(vocab_file, newline="") as file:
            return [float(row[-1]) for row in csv.reader(file) if row]
    except FileNotFoundError:
        raise NotFoundError(None, None, f"{vocab_file}; No such file or directory") from None


def _weighted(weights: np.ndarray) -> _Sampler:
    """The sampler of classes by weights: a class by equal chances, or else its partner."""
    size = len(weights)
    share, partner = _alias_table(weights)
    unfair = 2**32 % size

    def draw(words: _Words, tries: int) -> np.ndarray:
        pairs = words.take(2 * tries).reshape(-1, 2)
        if (pairs[:, 1] < unfair).any():  # a word is passed over, so the pairs shift
            return np.array([one(words, *pairs[0].tolist(), pairs[1:])], np.int64)
        places = pairs[:, 1] % np.uint32(size)
        is_own = philox.unit_float(np, pairs[:, 0]) < share[places]
        return np.where(is_own, places, partner[places]).astype(np.int64)

    def one(words: _Words, first: int, second: int, rest: np.ndarray) -> int:
        """One class, word by word; what was not needed goes back."""
        words.rest = np.concatenate([rest.reshape(-1), words.rest])
        while second < unfair:
            second = int(words.take(1)[0])
        place = second % size
        is_own = philox.unit_float(np, np.array([first], np.uint32))[0] < share[place]
        return place if is_own else int(partner[place])

    total = weights.sum(dtype=np.float32)
    return _Sampler(
        size, draw, lambda classes: weights[classes] / total, int(np.count_nonzero(weights))
    )


def _alias_table(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each class the share of its place that is its own, and who has the rest (Walker)."""
    size = len(weights)
    shares = weights.astype(np.float64) * size / weights.sum(dtype=np.float64)
    partner = np.arange(size)
    poor = [i for i in range(size) if shares[i] < 1]
    rich = [i for i in range(size) if shares[i] >= 1]
    while poor and rich:
        low, high = poor.pop(), rich.pop()
        partner[low] = high
        shares[high] -= 1 - shares[low]
        (poor if shares[high] < 1 else rich).append(high)
    shares[poor + rich] = 1
    return shares.astype(np.float32), partner


# ---- all of them ---------------------------------------------------------------------------------


def all_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    seed: Any = None,
    name: str | None = None,
) -> Any:
    """All classes, each to be expected once: a sampler for tests of others.

    true_classes: int64 `[batch, num_true]`. num_sampled: how many classes there are. unique, seed:
    change nothing, as in TensorFlow. Answers a named tuple (sampled_candidates,
    true_expected_count, sampled_expected_count).

    >>> tf.random.all_candidate_sampler([[1]], 1, 3, True)[0].numpy()
    array([0, 1, 2])

    Raises tf.errors.InvalidArgumentError where `true_classes` has not `num_true` columns. Op:
    AllCandidateSampler.
    """
    how = _plain(unique, num_true=num_true, num_sampled=num_sampled)
    return all_sampler(_classes(true_classes), *how, *seeds(seed), name)


@op("AllCandidateSampler", shape=_shapes, cost="host")
def all_sampler(
    true_classes: Tensor,
    num_true: int,
    num_sampled: int,
    unique: bool,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """All classes."""
    _check("AllCandidateSampler", true_classes, num_true, num_sampled)
    ones = np.ones(num_sampled, np.float32)
    return np.arange(num_sampled), np.ones(true_classes.shape, np.float32), ones


no_gradient(all_sampler, why=_CLASSES)


# ---- true classes among the sampled --------------------------------------------------------------


def compute_accidental_hits(
    true_classes: Any,
    sampled_candidates: Any,
    num_true: int,
    seed: Any = None,
    name: str | None = None,
) -> Any:
    """Where sampled classes are true ones, and what to add to their logits to be rid of them.

    true_classes: int64 `[batch, num_true]`. sampled_candidates: int64 `[num_sampled]`. seed:
    changes nothing, as in TensorFlow. Answers a named tuple (indices, ids, weights): the row, the
    position among the sampled (the last, if there are several) and the lowest float32 for each hit.

    >>> hits = tf.nn.compute_accidental_hits([[1, 2], [3, 1]], [1, 5, 3], 2)
    >>> hits.indices.numpy(), hits.ids.numpy()
    (array([0, 1, 1], dtype=int32), array([0, 2, 0]))

    Raises tf.errors.InvalidArgumentError where the shapes are others. Op: ComputeAccidentalHits.
    """
    count = integer(num_true, "num_true")
    true, sampled = _classes(true_classes), _classes(sampled_candidates)
    return accidental_hits(true, sampled, count, *seeds(seed), name)


def _hits(true_classes: TensorShape, sampled: TensorShape, num_true: int, *_: Any) -> list:
    if not true_classes.is_compatible_with([None, num_true]):
        raise ShapeError("true_candidates must be a batch_size * num_true matrix")
    if sampled.rank not in (None, 1):
        raise ShapeError(
            "sampled_candidates must be a vector, which is typically an output from "
            "CandidateSampler"
        )
    return [vector(None)] * 3


@op("ComputeAccidentalHits", shape=_hits, cost="host")
def accidental_hits(
    true_classes: Tensor,
    sampled_candidates: Tensor,
    num_true: int,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Where sampled classes are true ones."""
    _hits(TensorShape(true_classes.shape), TensorShape(sampled_candidates.shape), num_true)
    # The last of equals: the first from behind.
    classes, places = np.unique(sampled_candidates[::-1], return_index=True)
    places = len(sampled_candidates) - 1 - places
    found = np.searchsorted(classes, true_classes)
    is_hit = np.zeros(true_classes.shape, bool)
    if classes.size:
        found = np.minimum(found, len(classes) - 1)
        is_hit = classes[found] == true_classes
    rows = np.nonzero(is_hit)[0].astype(np.int32)
    weights = np.full(len(rows), np.finfo(np.float32).min)
    return rows, places[found[is_hit]] if classes.size else np.empty(0, np.int64), weights


no_gradient(accidental_hits, why="Its inputs are integers.")
