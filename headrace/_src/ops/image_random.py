"""Images changed by chance: flipped, cropped, brighter, more colourful, for training.

The one idea: a number is drawn, and from there on it is an ordinary change of ops/image.py or
ops/image_color.py. Every change exists twice: with `seed`, one number or None, the draw continues
the sequence of a stateful generator; with two numbers and the name `stateless_random_...`, it
follows from them alone. So a change is written once, over a function that draws.

Read next: ops/random.py, ops/stateless_random.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core.dtypes import float32, int32
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.ops.array import dims, rank_op, reshape, shape_op, sizes
from headrace._src.ops.compare import equal, greater_equal
from headrace._src.ops.debugging import Assert
from headrace._src.ops.image import (
    adjust_brightness,
    adjust_contrast,
    checked_image,
    flip_left_right,
    flip_up_down,
)
from headrace._src.ops.image_color import adjust_hue, adjust_saturation
from headrace._src.ops.joining import concat
from headrace._src.ops.math import floormod
from headrace._src.ops.random import uniform
from headrace._src.ops.reduce import reduce_all
from headrace._src.ops.select import where
from headrace._src.ops.slicing import slice_op
from headrace._src.ops.stateless_random import stateless_uniform

# From a shape, bounds and a dtype to random numbers.
Draw = Callable[..., Tensor]


def _stateful(seed: Any) -> Draw:
    def draw(shape: Any, low: Any = 0, high: Any = 1, dtype: Any = float32) -> Tensor:
        return uniform(shape, low, high, dtype, seed)

    return draw


def _stateless(seed: Any) -> Draw:
    def draw(shape: Any, low: Any = 0, high: Any = 1, dtype: Any = float32) -> Tensor:
        return stateless_uniform(shape, seed, low, high, dtype)

    return draw


# ---- flipped -------------------------------------------------------------------------------------


def _flipped(image: Any, draw: Draw, flip: Callable) -> Tensor:
    """`image` flipped or not; in a batch each image on its own.

    A single image is flipped by a number below one half, those of a batch by one above.
    """
    image = checked_image(image)
    rank = image.shape.rank
    if rank == 3:
        is_flipped = draw([]) < 0.5
        known = known_value(is_flipped)
        if known is not None:
            return flip(image) if known else image
        return where(is_flipped, flip(image), image)
    if rank == 4:
        count = sizes(image)[0]
        is_flipped = reshape(draw([count]) > 0.5, [count, 1, 1, 1])
        return where(is_flipped, flip(image), image)
    lead = shape_op(image)[:-3]
    chance = draw(lead)
    is_flipped = where(equal(rank_op(image), 3), chance < 0.5, chance > 0.5)
    return where(reshape(is_flipped, concat([lead, [1, 1, 1]], 0)), flip(image), image)


def random_flip_left_right(image: Any, seed: Any = None) -> Tensor:
    """`image` with left and right exchanged or not, each as likely.

    image: [height, width, channels], or a batch, of which each image has its own chance. seed: of
    this op's own sequence, combined with the global seed (`tf.random.set_seed`).

    >>> tf.random.set_seed(5)
    >>> tf.image.random_flip_left_right([[[1], [2]]], seed=1).numpy().ravel()
    array([2, 1], dtype=int32)

    Raises ValueError for another rank than 3 or 4. Ops: RandomUniform, ReverseV2.
    """
    return _flipped(image, _stateful(seed), flip_left_right)


def random_flip_up_down(image: Any, seed: Any = None) -> Tensor:
    """`image` turned upside down or not, each as likely.

    image: [height, width, channels], or a batch, of which each image has its own chance. seed: of
    this op's own sequence, combined with the global seed (`tf.random.set_seed`).

    >>> tf.random.set_seed(5)
    >>> tf.image.random_flip_up_down([[[1]], [[2]]], seed=1).numpy().ravel()
    array([2, 1], dtype=int32)

    Raises ValueError for another rank than 3 or 4. Ops: RandomUniform, ReverseV2.
    """
    return _flipped(image, _stateful(seed), flip_up_down)


def stateless_random_flip_left_right(image: Any, seed: Any) -> Tensor:
    """`image` with left and right exchanged or not, as the seed says.

    image: [height, width, channels], or a batch, of which each image has its own chance. seed: two
    integers.

    >>> tf.image.stateless_random_flip_left_right([[[1], [2]]], seed=[1, 2]).numpy().ravel()
    array([1, 2], dtype=int32)

    Raises ValueError for another rank than 3 or 4, tf.errors.InvalidArgumentError for another seed.
    Ops: StatelessRandomUniformV2, ReverseV2.
    """
    return _flipped(image, _stateless(seed), flip_left_right)


def stateless_random_flip_up_down(image: Any, seed: Any) -> Tensor:
    """`image` turned upside down or not, as the seed says.

    image: [height, width, channels], or a batch, of which each image has its own chance. seed: two
    integers.

    >>> tf.image.stateless_random_flip_up_down([[[1]], [[2]]], seed=[1, 2]).numpy().ravel()
    array([1, 2], dtype=int32)

    Raises ValueError for another rank than 3 or 4, tf.errors.InvalidArgumentError for another seed.
    Ops: StatelessRandomUniformV2, ReverseV2.
    """
    return _flipped(image, _stateless(seed), flip_up_down)


# ---- cropped -------------------------------------------------------------------------------------


def _cropped(value: Any, size: Any, draw: Draw, name: str | None) -> Tensor:
    """A slice of `value` of the given size, each place as likely."""
    value, size = convert(value), convert(size, int32)
    shape = convert(dims(value), int32)
    fits = reduce_all(greater_equal(shape, size))
    Assert(fits, ["Need value.shape >= size, got ", shape, size], summarize=1000)
    places = shape - size + 1
    begin = floormod(draw(shape_op(shape), 0, int32.max, int32), places)
    return slice_op(value, begin, size, name)


def random_crop(value: Any, size: Any, seed: Any = None, name: str | None = None) -> Tensor:
    """A part of `value` of the shape `size` from a random place, all equally likely.

    value: a tensor of any rank and dtype. size: an int32 for each axis; to crop height and width
    alone, give the number of channels for the last. seed: of this op's own sequence, combined with
    the global seed (`tf.random.set_seed`).

    >>> tf.random.set_seed(5)
    >>> tf.image.random_crop([1, 2, 3, 4, 5], [3], seed=1).shape
    TensorShape([3])

    Raises tf.errors.InvalidArgumentError where `value` is smaller. Ops: RandomUniformInt, Slice.
    """
    return _cropped(value, size, _stateful(seed), name)


def stateless_random_crop(value: Any, size: Any, seed: Any, name: str | None = None) -> Tensor:
    """A part of `value` of the shape `size` from the place that the seed says.

    value: a tensor of any rank and dtype. size: an int32 for each axis; to crop height and width
    alone, give the number of channels for the last. seed: two integers.

    >>> tf.image.stateless_random_crop([1, 2, 3, 4, 5], [3], seed=[1, 2]).shape
    TensorShape([3])

    Raises tf.errors.InvalidArgumentError where `value` is smaller, or for another seed. Ops:
    StatelessRandomUniformIntV2, Slice.
    """
    return _cropped(value, size, _stateless(seed), name)


# ---- other values --------------------------------------------------------------------------------


def _check_delta(max_delta: Any, most: Any = None) -> None:
    if most is not None and max_delta > most:
        raise ValueError(f"max_delta must be <= {most}.")
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")


def _between(draw: Draw, lower: Any, upper: Any) -> Tensor:
    """A number between two factors, which are checked."""
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")
    return draw([], lower, upper)


def random_brightness(image: Any, max_delta: Any, seed: Any = None) -> Tensor:
    """`image` with a random number added to all its values, from `-max_delta` to `max_delta`.

    image: of any shape; values of integer images count as between 0 and 1 here. seed: of this op's
    own sequence, combined with the global seed (`tf.random.set_seed`).

    >>> tf.random.set_seed(5)
    >>> tf.image.random_brightness([[[0.5]]], 0.1, seed=1).shape
    TensorShape([1, 1, 1])

    Raises ValueError for a negative `max_delta`. Op: RandomUniform.
    """
    _check_delta(max_delta)
    return adjust_brightness(image, _stateful(seed)([], -max_delta, max_delta))


def stateless_random_brightness(image: Any, max_delta: Any, seed: Any) -> Tensor:
    """`image` with a number that the seed says added, from `-max_delta` to `max_delta`.

    image: of any shape; values of integer images count as between 0 and 1 here. seed: two
    integers.

    >>> tf.image.stateless_random_brightness([[[0.5]]], 0.1, seed=[1, 2]).numpy().round(4)
    array([[[0.5688]]], dtype=float32)

    Raises ValueError for a negative `max_delta`, tf.errors.InvalidArgumentError for another seed.
    Op: StatelessRandomUniformV2.
    """
    _check_delta(max_delta)
    return adjust_brightness(image, _stateless(seed)([], -max_delta, max_delta))


def random_contrast(image: Any, lower: Any, upper: Any, seed: Any = None) -> Tensor:
    """`image` with its contrast multiplied by a random number from `lower` to `upper`.

    image: [..., height, width, channels]. seed: of this op's own sequence, combined with the global
    seed (`tf.random.set_seed`).

    >>> tf.random.set_seed(5)
    >>> tf.image.random_contrast([[[0.5]]], 0.5, 1.5, seed=1).shape
    TensorShape([1, 1, 1])

    Raises ValueError unless 0 <= `lower` < `upper`. Ops: RandomUniform, AdjustContrastv2.
    """
    return adjust_contrast(image, _between(_stateful(seed), lower, upper))


def stateless_random_contrast(image: Any, lower: Any, upper: Any, seed: Any) -> Tensor:
    """`image` with its contrast multiplied by what the seed says, from `lower` to `upper`.

    image: [..., height, width, channels]. seed: two integers.

    >>> tf.image.stateless_random_contrast([[[0.], [1.]]], 0., 1., seed=[1, 2]).numpy().round(4)
    array([[[0.078],
            [0.922]]], dtype=float32)

    Raises ValueError unless 0 <= `lower` < `upper`, tf.errors.InvalidArgumentError for another
    seed. Ops: StatelessRandomUniformV2, AdjustContrastv2.
    """
    return adjust_contrast(image, _between(_stateless(seed), lower, upper))


def random_hue(image: Any, max_delta: Any, seed: Any = None) -> Tensor:
    """`image` with its hues turned by a random part of the circle, up to `max_delta` either way.

    image: [..., height, width, 3]. max_delta: a number from 0 to 0.5. seed: of this op's own
    sequence, combined with the global seed (`tf.random.set_seed`).

    >>> tf.random.set_seed(5)
    >>> tf.image.random_hue([[[1., 0., 0.]]], 0.2, seed=1).shape
    TensorShape([1, 1, 3])

    Raises ValueError for another `max_delta`. Ops: RandomUniform, AdjustHue.
    """
    _check_delta(max_delta, 0.5)
    return adjust_hue(image, _stateful(seed)([], -max_delta, max_delta))


def stateless_random_hue(image: Any, max_delta: Any, seed: Any) -> Tensor:
    """`image` with its hues turned by what the seed says, up to `max_delta` either way.

    image: [..., height, width, 3]. max_delta: a number from 0 to 0.5. seed: two integers.

    >>> tf.image.stateless_random_hue([[[1., 0., 0.]]], 0.2, seed=[1, 2]).numpy().round(4)
    array([[[1.    , 0.8257, 0.    ]]], dtype=float32)

    Raises ValueError for another `max_delta`, tf.errors.InvalidArgumentError for another seed. Ops:
    StatelessRandomUniformV2, AdjustHue.
    """
    _check_delta(max_delta, 0.5)
    return adjust_hue(image, _stateless(seed)([], -max_delta, max_delta))


def random_saturation(image: Any, lower: Any, upper: Any, seed: Any = None) -> Tensor:
    """`image` with its saturation multiplied by a random number from `lower` to `upper`.

    image: [..., height, width, 3]. seed: of this op's own sequence, combined with the global seed
    (`tf.random.set_seed`).

    >>> tf.random.set_seed(5)
    >>> tf.image.random_saturation([[[1., 0.5, 0.]]], 0.5, 1., seed=1).shape
    TensorShape([1, 1, 3])

    Raises ValueError unless 0 <= `lower` < `upper`. Ops: RandomUniform, AdjustSaturation.
    """
    return adjust_saturation(image, _between(_stateful(seed), lower, upper))


def stateless_random_saturation(image: Any, lower: Any, upper: Any, seed: Any = None) -> Tensor:
    """`image` with its saturation multiplied by what the seed says, from `lower` to `upper`.

    image: [..., height, width, 3]. seed: two integers, which must be given.

    >>> tf.image.stateless_random_saturation([[[1., 0.5, 0.]]], 0., 1., [1, 2]).numpy().round(4)
    array([[[1.    , 0.578 , 0.1559]]], dtype=float32)

    Raises ValueError unless 0 <= `lower` < `upper` or without a seed,
    tf.errors.InvalidArgumentError for another seed. Ops: StatelessRandomUniformV2,
    AdjustSaturation.
    """
    return adjust_saturation(image, _between(_stateless(seed), lower, upper))
