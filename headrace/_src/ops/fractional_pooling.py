"""Pooling by ratios that are no integers: `tf.nn.fractional_max_pool`, `fractional_avg_pool`.

The one idea: where windows begin is drawn by chance, so that most are as long as the ratio rounded
down or up, and the mean length is the ratio. "Random" shuffles the lengths; "pseudo-random" takes
the steps of a line with a random offset. The beginnings are outputs, and all else follows from
them: the windows are looked at element by element, all windows at once.

Graham, "Fractional max-pooling" (2014).

Read next: ops/pool.py, ops/philox.py.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, unknown_shape, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.ops import philox
from headrace._src.ops.array import dims
from headrace._src.ops.random import seeds
from headrace._src.ops.seeds import entropy
from headrace._src.ops.windows import refuse, unimplemented

_SECOND = "TensorFlow's registry of gradients has none."


def fractional_max_pool(
    value: Any,
    pooling_ratio: Any,
    pseudo_random: bool = False,
    overlapping: bool = False,
    seed: int | None = 0,
    name: str | None = None,
) -> Any:
    """The largest element of every window of images, the windows' lengths drawn by chance.

    value: numbers `[batch, height, width, channels]`. pooling_ratio: how much smaller the result
    is, at least 1: a number, or a list of 4 that begins and ends with 1. pseudo_random: whether
    lengths follow a line with a random offset, or any order. overlapping: whether a window goes on
    to the first element of the next. seed: where the chance begins, combined with the global seed;
    0 for another one each time. Answers a named tuple (output, row_pooling_sequence,
    col_pooling_sequence): the pooled images, and where the windows begin along each axis.

    >>> x = tf.reshape(tf.range(25.), [1, 5, 5, 1])
    >>> out, rows, columns = tf.nn.fractional_max_pool(x, 2.5, seed=1)
    >>> out.shape, rows.numpy()[[0, -1]]
    (TensorShape([1, 2, 2, 1]), array([0, 5]))

    Raises ValueError for a ratio below 1, tf.errors.InvalidArgumentError where `value` is no
    batch of images. Op: FractionalMaxPool.
    """
    ratios = _ratios(pooling_ratio)
    pair = (0, 0) if seed == 0 else seeds(seed)
    return fractional_max_pool_op(value, ratios, pseudo_random, overlapping, seed != 0, *pair, name)


def _ratios(ratio: Any) -> tuple[float, ...]:
    if isinstance(ratio, (list, tuple)):
        if ratio[0] != 1 or ratio[-1] != 1:
            raise ValueError(
                "`pooling_ratio` should have first and last elements with value 1.0. Received: "
                f"pooling_ratio={ratio}"
            )
        if min(ratio) < 1:
            raise ValueError(
                f"`pooling_ratio` elements should be >= 1.0. Received: pooling_ratio={ratio}"
            )
        if len(ratio) not in (1, 2, 4):
            raise ValueError(
                "pooling_ratio should be of length 1, 2 or 4. Received: "
                f"pooling_ratio={ratio} of length {len(ratio)}"
            )
        middle = ratio[1:3] if len(ratio) == 4 else (ratio * 2)[:2]
        return (1.0, *map(float, middle), 1.0)
    if not isinstance(ratio, (int, float)):
        raise ValueError(
            f"`pooling_ratio` should be an int or a list of ints. Received: pooling_ratio={ratio}"
        )
    if ratio < 1:
        raise ValueError(f"`pooling_ratio` should be >= 1.0. Received: pooling_ratio={ratio}")
    return 1.0, float(ratio), float(ratio), 1.0


def fractional_avg_pool(
    value: Any,
    pooling_ratio: Any,
    pseudo_random: bool = False,
    overlapping: bool = False,
    seed: int | None = 0,
    name: str | None = None,
) -> Any:
    """The mean of every window of images, the windows' lengths drawn by chance.

    value: numbers `[batch, height, width, channels]`; means of integers are cut towards zero.
    pooling_ratio: a list of 4 numbers that begins and ends with 1. pseudo_random, overlapping,
    seed, result: as in `tf.nn.fractional_max_pool`.

    >>> x = tf.reshape(tf.range(16.), [1, 4, 4, 1])
    >>> tf.nn.fractional_avg_pool(x, [1., 2., 2., 1.], seed=1)[0].numpy().ravel()
    array([ 2.5,  4.5, 10.5, 12.5], dtype=float32)

    Raises TypeError where `pooling_ratio` is no list, tf.errors.InvalidArgumentError for a ratio
    below 1 or where `value` is no batch of images. Op: FractionalAvgPool.
    """
    if not isinstance(pooling_ratio, (list, tuple)):
        raise TypeError(
            "Expected list for 'pooling_ratio' argument to 'fractional_avg_pool' Op, not "
            f"{pooling_ratio!r}."
        )
    pair = (0, 0) if seed == 0 else seeds(seed)
    ratios = tuple(map(float, pooling_ratio))
    return fractional_avg_pool_op(value, ratios, pseudo_random, overlapping, seed != 0, *pair, name)


# ---- where windows begin -------------------------------------------------------------------------


def _outputs(value: TensorShape, ratios: tuple[float, ...], *_: Any) -> list[TensorShape]:
    if len(ratios) < 4:
        refuse(f"Length for attr 'pooling_ratio' of {len(ratios)} must be at least minimum 4")
    if value.rank not in (None, 4):
        raise ShapeError(
            "tensor_in must be 4-dimensional", f"Shape must be rank 4 but is rank {value.rank}"
        )
    if value.rank is None:
        return [unknown_shape(4), vector(None), vector(None)]
    sizes = [None if n is None else int(n / r) for n, r in zip(value, ratios, strict=False)]
    ends = (None if n is None else n + 1 for n in sizes[1:3])
    return [TensorShape(sizes), *map(vector, ends)]


def _beginnings(
    shape: tuple, ratios: tuple, how: tuple[bool, bool, int, int], word: str
) -> tuple[np.ndarray, np.ndarray]:
    """Where windows begin along both axes, and after the last one where they end."""
    pseudo_random, deterministic, seed, seed2 = how
    _outputs(TensorShape(shape), ratios)
    for ratio in ratios:
        if ratio < 1:
            raise ValueError(f"pooling_ratio cannot be smaller than 1, got: {ratio:g}")
    if ratios[0] != 1 or ratios[3] != 1:
        unimplemented(
            f"Fractional {word} pooling is not yet supported on the batch nor channel dimension."
        )
    if not deterministic and (seed or seed2):
        raise ValueError("Both seed and seed2 should be 0 if deterministic is false.")
    for axis in (1, 2):
        if shape[axis] < ratios[axis]:
            raise ValueError(
                f"Pooling ratio is higher than input dimension size for dimension {axis}. "
                f"Input dim size: {shape[axis]} pooling ratio: {ratios[axis]:g}"
            )
    pair = (seed, seed2) if seed or seed2 else entropy(2).tolist()
    words = _Words(*philox.op_key_counter(np, *pair))
    draw = _pseudo_random if pseudo_random else _random
    rows, columns = (draw(shape[axis], int(shape[axis] / ratios[axis]), words) for axis in (1, 2))
    return rows, columns


class _Words:
    """The words of a generator; each sequence has some blocks of it to itself."""

    def __init__(self, key: Any, counter: Any) -> None:
        self.key, self.counter, self.block = key, counter, 0

    def reserved(self, blocks: int, more: int = 0) -> np.ndarray:
        """The words of the next `blocks`, and of `more` that are not used up by that."""
        offsets = self.block + np.arange(blocks + more, dtype=np.uint64)
        self.block += blocks
        return philox.blocks_at(np, self.key, self.counter, offsets).reshape(-1)


def _pseudo_random(size: int, count: int, words: _Words) -> np.ndarray:
    """Steps of a line: `ceil(ratio * (i + offset))`."""
    ratio, least = size / count, size // count
    largest = min((least + 2) / ratio - 1, (size + 1 - least) / ratio - (count - 1))
    chance = philox.unit_double(np, words.reserved(1)[:2].reshape(1, 1, 2)).item()
    inner = [math.ceil(ratio * (i + chance * largest)) - 1 for i in range(1, count)]
    return np.array([0, *inner, size])


def _random(size: int, count: int, words: _Words) -> np.ndarray:
    """Long and short windows in any order (Fisher and Yates)."""
    short, rest = divmod(size, count)
    lengths = [short + 1] * rest + [short] * (count - rest)
    # A word in a billion is passed over; a few more than needed are always enough.
    drawn = iter(words.reserved(-(-count // 4), 8).tolist())
    for i in range(count - 1):
        left = count - i
        unfair = 2**32 % left
        j = i + next(word for word in drawn if word >= unfair) % left
        lengths[i], lengths[j] = lengths[j], lengths[i]
    return np.concatenate([[0], np.cumsum(lengths)])


def _elements(
    rows: np.ndarray, columns: np.ndarray, overlapping: bool
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For each place in a window the rows and columns of the image that are there, and which of
    the windows are that large. What is outside of its window is a repetition of its last element.
    """
    ends = [np.minimum(b[1:] + overlapping, b[-1]) for b in (rows, columns)]
    longest = [int((end - b[:-1]).max()) for end, b in zip(ends, (rows, columns), strict=True)]
    for i in range(longest[0]):
        y = rows[:-1] + i
        for j in range(longest[1]):
            x = columns[:-1] + j
            is_inside = (y < ends[0])[:, None, None] & (x < ends[1])[:, None]
            yield np.minimum(y, rows[-1] - 1), np.minimum(x, columns[-1] - 1), is_inside


# ---- the largest ---------------------------------------------------------------------------------


def _largest(
    value: np.ndarray, rows: np.ndarray, columns: np.ndarray, overlapping: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The largest element of each window, and at which place of the window it is."""
    best = which = None
    for number, (y, x, is_inside) in enumerate(_elements(rows, columns, overlapping)):
        found = value[:, y[:, None], x]
        if best is None:
            best, which = found, np.zeros(found.shape, np.int32)
            continue
        is_better = is_inside & (found > best)
        best = np.where(is_better, found, best)
        which = np.where(is_better, np.int32(number), which)
    return best, which


@op("FractionalMaxPool", shape=_outputs, cost="host")
def fractional_max_pool_op(
    value: Tensor,
    pooling_ratio: tuple[float, ...],
    pseudo_random: bool = False,
    overlapping: bool = False,
    deterministic: bool = False,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """The largest element of every window."""
    how = pseudo_random, deterministic, seed, seed2
    rows, columns = _beginnings(value.shape, pooling_ratio, how, "max")
    return _largest(np.asarray(value), rows, columns, overlapping)[0], rows, columns


@fractional_max_pool_op.gradient
def _(dz, drows, dcolumns, value, overlapping, output, row_pooling_sequence, col_pooling_sequence):
    rows, columns = row_pooling_sequence, col_pooling_sequence
    return fractional_max_pool_grad(value, output, dz, rows, columns, overlapping)


@op("FractionalMaxPoolGrad", shape=lambda x, *_: x, cost="host")
def fractional_max_pool_grad(
    orig_input: Tensor,
    orig_output: Tensor,
    out_backprop: Tensor,
    row_pooling_sequence: Tensor,
    col_pooling_sequence: Tensor,
    overlapping: bool = False,
    name: str | None = None,
) -> Tensor:
    """`out_backprop`, each element at the first largest element of its window."""
    rows, columns = row_pooling_sequence, col_pooling_sequence
    _, which = _largest(orig_input, rows, columns, overlapping)
    return _back(
        orig_input.shape,
        (rows, columns, overlapping),
        lambda number, _: np.where(which == number, out_backprop, 0),
        out_backprop.dtype,
    )


no_gradient(fractional_max_pool_grad, why=_SECOND, is_error=True)


def _back(shape: tuple, windows: tuple, part: Callable, dtype: Any) -> np.ndarray:
    """For each place in a window the `part` of a gradient that is there, added to the image."""
    out = np.zeros(shape, dtype)
    for number, (y, x, is_inside) in enumerate(_elements(*windows)):
        # Places outside a window repeat elements, so there the sum has to be by `ufunc.at`.
        share = np.where(is_inside, part(number, is_inside), 0).astype(dtype)
        np.add.at(out, (slice(None), y[:, None], x), share)
    return out


# ---- the mean ------------------------------------------------------------------------------------


@op("FractionalAvgPool", shape=_outputs, cost="host")
def fractional_avg_pool_op(
    value: Tensor,
    pooling_ratio: tuple[float, ...],
    pseudo_random: bool = False,
    overlapping: bool = False,
    deterministic: bool = False,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """The mean of every window."""
    how = pseudo_random, deterministic, seed, seed2
    rows, columns = _beginnings(value.shape, pooling_ratio, how, "average")
    value = np.asarray(value)
    total: Any = 0
    for y, x, is_inside in _elements(rows, columns, overlapping):
        total = total + np.where(is_inside, value[:, y[:, None], x], 0)
    mean = total / _counts(rows, columns, overlapping)
    return mean.astype(value.dtype), rows, columns


def _counts(rows: np.ndarray, columns: np.ndarray, overlapping: bool) -> np.ndarray:
    """How many elements each window has."""
    high, wide = (np.minimum(b[1:] + overlapping, b[-1]) - b[:-1] for b in (rows, columns))
    return (high[:, None] * wide)[:, :, None]


@fractional_avg_pool_op.gradient
def _(dz, drows, dcolumns, value, overlapping, row_pooling_sequence, col_pooling_sequence):
    rows, columns = row_pooling_sequence, col_pooling_sequence
    return fractional_avg_pool_grad(dims(value), dz, rows, columns, overlapping)


def _like(sizes: Any, *_: Any) -> TensorShape:
    return TensorShape(sizes) if isinstance(sizes, tuple) else unknown_shape(4)


@op("FractionalAvgPoolGrad", shape=_like, cost="host")
def fractional_avg_pool_grad(
    orig_input_tensor_shape: Static,
    out_backprop: Tensor,
    row_pooling_sequence: Tensor,
    col_pooling_sequence: Tensor,
    overlapping: bool = False,
    name: str | None = None,
) -> Tensor:
    """`out_backprop`, each element in equal parts over its window."""
    rows, columns = row_pooling_sequence, col_pooling_sequence
    each = out_backprop / _counts(rows, columns, overlapping)
    windows = rows, columns, overlapping
    dtype = out_backprop.dtype
    return _back(orig_input_tensor_shape, windows, lambda *_: each, dtype)


no_gradient(fractional_avg_pool_grad, why=_SECOND, is_error=True)
