"""A random part of an image that still shows what is on it: `sample_distorted_bounding_box`.

The one idea: draw an aspect ratio, a size and a place until the part is of an allowed area and
shows enough of one of the objects; after so many attempts take the whole image. The random words
are those of TensorFlow's kernel, in its order, each used for one choice, so that the same seeds
give the same boxes (`_Words`). Arithmetic is in float32 for the same reason.

Read next: philox.py. Source: ops SampleDistortedBoundingBoxV2, StatelessSampleDistortedBoundingBox.
"""

from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import int64
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops import philox
from headrace._src.ops.random import seeds, state
from headrace._src.ops.stateless_random import check_seed

_ASPECT_RATIOS = (0.75, 1.33)
_AREAS = (0.05, 1.0)
_RANDOM = "A random number does not depend on the input smoothly."
_Box = tuple[int, int, int, int]  # top, left, bottom, right, in pixels

# ---- random numbers ------------------------------------------------------------------------------


class _Words:
    """The random 32-bit words from a key and a counter on, one after the other."""

    def __init__(self, key: Any, counter: Any) -> None:
        self.key, self.counter = key, counter
        self.blocks = 0
        self.left: list[int] = []

    def word(self) -> int:
        if not self.left:
            # Two blocks at a time: a sample that succeeds at once takes five words.
            places = np.arange(self.blocks, self.blocks + 2)
            found = philox.blocks_at(np, self.key, self.counter, places)
            self.left = found.reshape(-1)[::-1].tolist()
            self.blocks += 2
        return self.left.pop()

    def unit(self) -> np.float32:
        """A float in [0, 1)."""
        return np.float32((self.word() & 0x7FFFFF) * 2.0**-23)

    def below(self, count: int) -> int:
        """An integer in [0, count), every one as likely."""
        if not count & (count - 1):
            return self.word() & (count - 1)
        most = 2**32 - 1
        rest = most % count + 1
        while True:
            word = self.word()
            if word <= most - rest:
                return word % count


def _draw(kinds: tuple, seed: int, seed2: int, blocks: int) -> _Words:
    """The words of one call of the op with a state."""
    streams = thread.context.streams
    if streams is None:
        start = state.draw("SampleDistortedBoundingBoxV2", kinds, seed, seed2, blocks)
    else:
        machine, node = streams
        start = machine.draw(node, seed, seed2, blocks)
    return _Words(*start)


# ---- the choice ----------------------------------------------------------------------------------


def _whole(number: Any) -> int:
    """The nearest integer, of two the even one."""
    return int(np.rint(np.float32(number)))


def _random_part(
    words: _Words, height: int, width: int, ratio: np.float32, areas: tuple
) -> _Box | None:
    """A part of an image, of a width `ratio` times its height; None where the area is wrong."""
    if areas[1] <= 0 or ratio <= 0 or height <= 0 or width <= 0 or areas[0] > areas[1]:
        return None
    least, most = (a * np.float32(width) * np.float32(height) for a in areas)
    high, highest = (_whole(np.sqrt(a / ratio)) for a in (least, most))
    if _whole(np.float32(highest) * ratio) > width:
        highest = int((np.float32(width) + np.float32(0.5) - np.float32(1e-7)) / ratio)
        if _whole(np.float32(highest) * ratio) > width:
            highest -= 1
    highest = min(highest, height)
    high = min(high, highest)
    if high < highest:
        high += words.below(highest - high + 1)
    wide = _whole(np.float32(high) * ratio)
    if high * wide < least:
        high += 1
        wide = _whole(np.float32(high) * ratio)
    if high * wide > most:
        high -= 1
        wide = _whole(np.float32(high) * ratio)
    if not least <= high * wide <= most or not 0 < wide <= width or not 0 < high <= height:
        return None
    top = words.below(height - high) if high < height else 0
    left = words.below(width - wide) if wide < width else 0
    return top, left, top + high, left + wide


def _area(box: _Box) -> int:
    return max(box[2] - box[0], 0) * max(box[3] - box[1], 0)


def _shows(part: _Box, objects: list[_Box], least: float) -> bool:
    """Whether the part shows at least so much of the area of one of the objects."""
    for box in objects:
        area = _area(box)
        shared = (
            max(part[0], box[0]),
            max(part[1], box[1]),
            min(part[2], box[2]),
            min(part[3], box[3]),
        )
        if area and np.float32(_area(shared)) / np.float32(area) >= np.float32(least):
            return True
    return False


def _sampled(
    words: _Words,
    image_size: np.ndarray,
    boxes: np.ndarray,
    least_covered: np.ndarray,
    ratios: tuple,
    areas: tuple,
    attempts: int,
    use_image: bool,
) -> tuple:
    """Where a part begins, its size, and the same as a box in parts of the image."""
    height, width = (int(n) for n in image_size[:2])
    objects = [
        (int(y1 * height), int(x1 * width), int(y2 * height), int(x2 * width))
        for y1, x1, y2, x2 in boxes.reshape(-1, 4)
    ]
    if not objects:
        if not use_image:
            raise ValueError(
                "No bounding boxes provided as input. One must enable "
                "use_image_if_no_bounding_boxes if you wish to not provide any bounding boxes."
            )
        objects = [(0, 0, height, width)]
    low, high = (np.float32(r) for r in ratios)
    part = (0, 0, height, width)
    for _ in range(attempts):
        ratio = words.unit() * (high - low) + low
        found = _random_part(words, height, width, ratio, tuple(map(np.float32, areas)))
        if found and _shows(found, objects, float(least_covered)):
            part = found
            break
    top, left, bottom, right = part
    dtype = image_size.dtype
    begin = np.array([top, left, 0], np.int64).astype(dtype)
    size = np.array([bottom - top, right - left, -1], np.int64).astype(dtype)
    sizes = np.float32([height, width, height, width])
    return begin, size, (np.float32(part) / sizes).reshape(1, 1, 4)


# ---- checks --------------------------------------------------------------------------------------


def _shapes(image_size: TensorShape, bounding_boxes: TensorShape, *_: Any) -> list[TensorShape]:
    if image_size.rank not in (None, 1):
        raise ShapeError(
            f"image_size must be 1-dimensional{bracketed(image_size)}",
            f"Shape must be rank 1 but is rank {image_size.rank}",
        )
    if image_size.rank and image_size[0] not in (None, 3):
        raise ShapeError(
            f"image_size must contain 3 elements[{image_size[0]}]",
            f"Dimension must be 3 but is {image_size[0]}",
        )
    if bounding_boxes.rank not in (None, 3):
        raise ShapeError(
            "input boxes must be 3-dimensional [batch, num_boxes, coords]: "
            f"{bracketed(bounding_boxes)}",
            f"Shape must be rank 3 but is rank {bounding_boxes.rank}",
        )
    if bounding_boxes.rank and bounding_boxes[2] not in (None, 4):
        raise ShapeError(
            f"bounding boxes must have shape [4] or [*, 4], got {bracketed(bounding_boxes)}",
            f"Dimension must be 4 but is {bounding_boxes[2]}",
        )
    return [TensorShape([3]), TensorShape([3]), TensorShape([1, 1, 4])]


def _check(
    image_size: np.ndarray,
    boxes: np.ndarray,
    least_covered: np.ndarray,
    ratios: tuple,
    areas: tuple,
    attempts: int,
) -> None:
    """Raises ValueError unless all arguments are in order."""
    for name, pair in (("Aspect ratio", ratios), ("Area", areas)):
        if len(pair) != 2:
            raise ValueError(f"{name} range field must specify 2 dimensions")
        shown = f"[{pair[0]:g}, {pair[1]:g}]"
        if not (pair[0] > 0 and pair[1] > 0):
            raise ValueError(f"{name} range must be non-negative: {shown}")
        if name == "Area" and not (pair[0] <= 1 and pair[1] <= 1):
            raise ValueError(f"Area range must be less then or equal to 1.0: {shown}")
    if attempts <= 0:
        raise ValueError(f"Max attempts must be non-negative: {attempts}")
    _shapes(TensorShape(image_size.shape), TensorShape(boxes.shape))
    if least_covered.ndim:
        text = ",".join(map(str, least_covered.shape))
        raise ValueError(f"min_object_covered must be 0-D, got shape [{text}]")
    if least_covered < 0:
        raise ValueError(f"Min object covered must be non-negative: {least_covered:g}")
    for value in boxes.ravel():
        if not 0 <= value <= 1:
            raise ValueError(f"All bounding box coordinates must be in [0.0, 1.0]: {value:g}")


# ---- ops -----------------------------------------------------------------------------------------


@op("SampleDistortedBoundingBoxV2", shape=_shapes, cost="host")
def sample_distorted_bounding_box_op(
    image_size: Tensor,
    bounding_boxes: Tensor,
    min_object_covered: Tensor,
    seed: int = 0,
    seed2: int = 0,
    aspect_ratio_range: tuple = _ASPECT_RATIOS,
    area_range: tuple = _AREAS,
    max_attempts: int = 100,
    use_image_if_no_bounding_boxes: bool = False,
    name: str | None = None,
):
    """A random part of an image, from a state."""
    rules = aspect_ratio_range, area_range, max_attempts
    _check(image_size, bounding_boxes, min_object_covered, *rules)
    # The kernel sets four words aside for each attempt, which is a block.
    kinds = (image_size.dtype, *rules, use_image_if_no_bounding_boxes)
    words = _draw(kinds, seed, seed2, max_attempts)
    return _sampled(
        words,
        image_size,
        bounding_boxes,
        min_object_covered,
        *rules,
        use_image_if_no_bounding_boxes,
    )


no_gradient(sample_distorted_bounding_box_op, why=_RANDOM)


def _stateless_shapes(
    image_size: TensorShape,
    bounding_boxes: TensorShape,
    min_object_covered: TensorShape,
    seed: TensorShape,
    *_: Any,
) -> list[TensorShape]:
    check_seed(seed)
    return _shapes(image_size, bounding_boxes)


@op("StatelessSampleDistortedBoundingBox", shape=_stateless_shapes, cost="host")
def stateless_sample_distorted_bounding_box_op(
    image_size: Tensor,
    bounding_boxes: Tensor,
    min_object_covered: Tensor,
    seed: Tensor,
    aspect_ratio_range: tuple = _ASPECT_RATIOS,
    area_range: tuple = _AREAS,
    max_attempts: int = 100,
    use_image_if_no_bounding_boxes: bool = False,
    name: str | None = None,
):
    """A random part of an image, that follows from a seed."""
    rules = aspect_ratio_range, area_range, max_attempts
    _check(image_size, bounding_boxes, min_object_covered, *rules)
    check_seed(TensorShape(seed.shape))
    return _sampled(
        _Words(*philox.stateless_key_counter(np, seed)),
        image_size,
        bounding_boxes,
        min_object_covered,
        *rules,
        use_image_if_no_bounding_boxes,
    )


no_gradient(stateless_sample_distorted_bounding_box_op, why=_RANDOM)


# ---- public names --------------------------------------------------------------------------------


def _rules(ratios: Any, areas: Any, attempts: Any, use_image: Any) -> tuple:
    """The attributes for arguments of which None is the default."""
    return (
        _ASPECT_RATIOS if ratios is None else tuple(map(float, ratios)),
        _AREAS if areas is None else tuple(map(float, areas)),
        100 if attempts is None else attempts,
        bool(use_image),
    )


def sample_distorted_bounding_box(
    image_size: Any,
    bounding_boxes: Any,
    seed: Any = 0,
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = None,
    area_range: Any = None,
    max_attempts: Any = None,
    use_image_if_no_bounding_boxes: Any = None,
    name: str | None = None,
) -> Any:
    """A random part of an image that shows enough of what is on it: (begin, size, bboxes).

    image_size: integers [3], height, width and channels. bounding_boxes: float32 [batch, boxes, 4],
    where things are, (y1, x1, y2, x2) in parts of the image. seed: see `tf.random.uniform`; 0 for
    unpredictable numbers. min_object_covered: how much of one of the boxes must be seen.
    aspect_ratio_range: least and greatest width for a height of 1; (0.75, 1.33) by default.
    area_range: least and greatest area in parts of the image; (0.05, 1) by default. max_attempts:
    after how many, 100 by default, the whole image is taken.
    use_image_if_no_bounding_boxes: whether without any box the whole image is one.

    `begin` and `size`, [3], are for `tf.slice`; `bboxes`, [1, 1, 4], for
    `tf.image.draw_bounding_boxes`.

    >>> begin, size, bboxes = tf.image.sample_distorted_bounding_box(
    ...     [40, 60, 3], [[[0.1, 0.2, 0.9, 0.8]]])
    >>> tf.slice(tf.zeros([40, 60, 3]), begin, size).shape[2]
    3

    Raises tf.errors.InvalidArgumentError for shapes and ranges that make no sense. Op:
    SampleDistortedBoundingBoxV2.
    """
    pair = seeds(seed) if seed else (0, 0)
    return sample_distorted_bounding_box_op(
        convert(image_size),
        bounding_boxes,
        min_object_covered,
        *pair,
        *_rules(aspect_ratio_range, area_range, max_attempts, use_image_if_no_bounding_boxes),
        name,
    )


def stateless_sample_distorted_bounding_box(
    image_size: Any,
    bounding_boxes: Any,
    seed: Any,
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = None,
    area_range: Any = None,
    max_attempts: Any = None,
    use_image_if_no_bounding_boxes: Any = None,
    name: str | None = None,
) -> Any:
    """A random part of an image that follows from the seed: (begin, size, bboxes).

    seed: two integers, int32 or int64. The other arguments and the results are those of
    `tf.image.sample_distorted_bounding_box`.

    >>> begin, size, _ = tf.image.stateless_sample_distorted_bounding_box(
    ...     [100, 150, 3], [[[0.1, 0.2, 0.6, 0.7], [0.5, 0.5, 0.9, 0.95]]], seed=(1, 2))
    >>> begin.numpy(), size.numpy()
    (array([12, 27,  0], dtype=int32), array([58, 72, -1], dtype=int32))

    Raises tf.errors.InvalidArgumentError for shapes and ranges that make no sense. Op:
    StatelessSampleDistortedBoundingBox.
    """
    if isinstance(seed, np.ndarray) and seed.dtype.kind in "iu":
        seed = seed.astype(np.int64)
    return stateless_sample_distorted_bounding_box_op(
        convert(image_size),
        bounding_boxes,
        min_object_covered,
        convert(seed, None, int64),
        *_rules(aspect_ratio_range, area_range, max_attempts, use_image_if_no_bounding_boxes),
        name,
    )
