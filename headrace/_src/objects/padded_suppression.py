"""Boxes that overlap better ones, left out of whole batches: `non_max_suppression_padded`.

The one idea: who is left is the one answer of "a box is in if no better one that is in overlaps it
too much", and asking that of all boxes at once, again and again, comes to it in as many rounds as
there are boxes that depend on each other. Each round is a handful of ops, for a batch of any size,
in a compiled program too. Tiles keep the comparison of all with all small.

Read next: ops/suppression.py, which takes one box after the other.
"""

from typing import Any

from headrace._src.core.dtypes import int32
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.control_flow import while_loop
from headrace._src.ops.array import expand_dims as expanded
from headrace._src.ops.array import length, reshape, shape_op, squeeze
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import (
    greater,
    greater_equal,
    less,
    less_equal,
    logical_and,
    logical_not,
    not_equal,
)
from headrace._src.ops.gather import gather
from headrace._src.ops.joining import concat
from headrace._src.ops.math import maximum, minimum
from headrace._src.ops.padding import pad
from headrace._src.ops.ranges import range as range_of
from headrace._src.ops.reduce import reduce_any, reduce_sum
from headrace._src.ops.select import where
from headrace._src.ops.sort import argsort, top_k

# What keeps the overlap of boxes without area from being 0 / 0.
_LITTLE = 1e-8


def non_max_suppression_padded(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    pad_to_max_output_size: bool = False,
    name: str | None = None,
    sorted_input: bool = False,
    canonicalized_coordinates: bool = False,
    tile_size: int = 512,
) -> tuple[Tensor, Tensor]:
    """The boxes of each image, best first, that overlap no better one too much, and their number.

    boxes: float32 [..., boxes, 4], opposite corners (y1, x1, y2, x2); a box without a coordinate
    above 0 counts as none. scores: float32 [..., boxes]. max_output_size: how many are wanted at
    most. iou_threshold: how much of what two boxes cover together they may share. score_threshold:
    what a score must be above. pad_to_max_output_size: whether the indices, int32, are
    [..., max_output_size], with zeros at the end; without, there may be no batch. sorted_input:
    whether the scores fall already. canonicalized_coordinates: whether y1 <= y2 and x1 <= x2 in
    all boxes; if it is not said, the first box tells, as in TensorFlow, how the corners of all lie.
    tile_size: how many boxes are compared with the others at a time.

    >>> boxes = [[0., 0., 1., 1.], [0., 0.1, 1., 1.1], [0., 2., 1., 3.]]
    >>> indices, count = tf.image.non_max_suppression_padded(
    ...     tf.constant(boxes), tf.constant([0.9, 0.8, 0.7]), 4, pad_to_max_output_size=True)
    >>> indices.numpy(), int(count)
    (array([0, 2, 0, 0], dtype=int32), 2)

    Raises ValueError for a batch without padding. Ops: TopKV2 and others.
    """
    boxes, scores = convert(boxes), convert(scores)
    rank = boxes.shape.rank
    if not pad_to_max_output_size and rank is not None and rank > 2:
        raise ValueError(
            f"'pad_to_max_output_size' (value {pad_to_max_output_size}) must be True for batched "
            "input"
        )
    batch = shape_op(boxes)[:-2]
    count = length(boxes, -2)
    boxes, scores = reshape(boxes, [-1, count, 4]), reshape(scores, [-1, count])
    is_in = greater(scores, score_threshold)
    order = None
    if not sorted_input:
        order = argsort(where(is_in, scores, score_threshold), axis=1, direction="DESCENDING")
        boxes, is_in = gather(boxes, order, batch_dims=1), gather(is_in, order, batch_dims=1)
    is_in = logical_and(is_in, reduce_any(greater(boxes, 0.0), -1))
    corners = _corners(boxes, canonicalized_coordinates)
    is_in = _survivors(corners, is_in, iou_threshold, tile_size)
    indices, number = _first(is_in, order, max_output_size)
    if not pad_to_max_output_size:
        number = squeeze(number, 0)
        return indices[0, :number], number
    return (
        reshape(indices, concat([batch, [max_output_size]], 0), name=name),
        reshape(number, batch),
    )


def _corners(boxes: Tensor, are_in_order: bool) -> list[Tensor]:
    """Top, left, bottom and right of the boxes, [batch, boxes] each."""
    y1, x1, y2, x2 = (boxes[..., i] for i in range(4))
    if are_in_order:
        return [y1, x1, y2, x2]
    is_down, is_right = less_equal(y1[:1, :1], y2[:1, :1]), less_equal(x1[:1, :1], x2[:1, :1])
    return [
        where(is_down, y1, y2),
        where(is_right, x1, x2),
        where(is_down, y2, y1),
        where(is_right, x2, x1),
    ]


def _rivals(better: list[Tensor], others: list[Tensor], threshold: Any) -> Tensor:
    """Whether boxes overlap too much: [batch, better, others]."""
    top, left, bottom, right = (expanded(x, 2) for x in better)
    top2, left2, bottom2, right2 = (expanded(x, 1) for x in others)
    high = maximum(minimum(bottom, bottom2) - maximum(top, top2), 0.0)
    wide = maximum(minimum(right, right2) - maximum(left, left2), 0.0)
    shared = high * wide
    areas = (bottom - top) * (right - left) + (bottom2 - top2) * (right2 - left2)
    return greater_equal(shared / (areas - shared + _LITTLE), threshold)


def _survivors(corners: list[Tensor], is_in: Tensor, threshold: Any, tile_size: int) -> Tensor:
    """Which boxes, best first, are in: [batch, boxes]."""
    count = is_in.shape[1]
    if count is None:  # then all are one tile
        return _settled(corners, is_in, threshold)
    done: list[Tensor] = []
    for begin in range(0, count, tile_size):
        tile = slice(begin, begin + tile_size)
        own, candidates = [x[:, tile] for x in corners], is_in[:, tile]
        if done:
            before = concat(done, 1)
            rivals = _rivals([x[:, :begin] for x in corners], own, threshold)
            struck = reduce_any(logical_and(rivals, expanded(before, 2)), 1)
            candidates = logical_and(candidates, logical_not(struck))
        done.append(_settled(own, candidates, threshold))
    return concat(done, 1) if done else is_in


def _settled(corners: list[Tensor], candidates: Tensor, threshold: Any) -> Tensor:
    """Which of the candidates, best first, are in when no more round changes it."""
    place = range_of(length(candidates, 1))
    is_better = less(expanded(place, 1), expanded(place, 0))
    rivals = logical_and(_rivals(corners, corners, threshold), is_better)
    # As in TensorFlow, where a threshold of 0 lets nobody strike out another one.
    rivals = logical_and(rivals, greater(threshold, 0.0))

    def again(is_in: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
        struck = reduce_any(logical_and(rivals, expanded(is_in, 2)), 1)
        return logical_and(candidates, logical_not(struck)), is_in

    return while_loop(
        lambda is_in, before: reduce_any(not_equal(is_in, before)),
        again,
        (candidates, logical_not(candidates)),
        shape_invariants=(TensorShape(candidates.shape),) * 2,
    )[0]


def _first(is_in: Tensor, order: Tensor | None, most: Any) -> tuple[Tensor, Tensor]:
    """The first `most` boxes that are in, zeros behind them, and how many they are."""
    count = length(is_in, 1)
    number = minimum(reduce_sum(cast(is_in, int32), 1), most)
    room = minimum(most, count)
    # The first ones have the largest numbers.
    marked = cast(is_in, int32) * (count - range_of(count))
    places = minimum(count - top_k(marked, room)[0], count - 1)
    indices = places if order is None else gather(order, places, batch_dims=1)
    indices = where(less(range_of(room), expanded(number, 1)), indices, 0)
    return pad(indices, [[0, 0], [0, most - room]]), number
