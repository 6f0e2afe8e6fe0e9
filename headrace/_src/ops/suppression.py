"""Boxes that overlap better ones, left out: `tf.image.non_max_suppression`.

The one idea: boxes are looked at by falling score, and one that overlaps an accepted one too much
is not accepted. Whether two overlap is a comparison of all with all, which NumPy does in blocks: a
block of candidates is held against everything accepted so far at once, and within the block each
accepted one strikes out its rivals. Softly (`_softly`), a rival's score falls instead of the rival.

Read next: combined_suppression.py. Source: ops NonMaxSuppression to NonMaxSuppressionV5; Bodla et
al., "Soft-NMS" (2017).
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core.dtypes import float16, float32, int32
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, scalar, vector
from headrace._src.core.tensor import Readable, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op

_CHOICE = "Which boxes are chosen does not depend smoothly on them."
_BLOCK = 128
# Of 64, 128 and 256 the quickest for 100 of 1000 boxes.
_SOFT_BLOCK = 128

# ---- the choice ----------------------------------------------------------------------------------


def by_score(scores: np.ndarray, threshold: Any) -> np.ndarray:
    """The boxes whose score is above the threshold, best first; of equals the first one first."""
    some = np.flatnonzero(scores > threshold)
    return some[np.argsort(-scores[some], kind="stable")]


def chosen(count: int, most: int, rival: Callable) -> np.ndarray:
    """The boxes accepted, as many as `most`, of `count` boxes that come best first.

    rival: from boxes a and boxes b, slices or indices, to whether each of a is struck out by each
    of b.
    """
    accepted = np.empty(min(most, count), np.intp)
    found = 0
    for begin in range(0, count, _BLOCK):
        if found == len(accepted):
            break
        block: Any = slice(begin, begin + _BLOCK)
        if found:
            block = begin + np.flatnonzero(~rival(block, accepted[:found]).any(1))
        # Sets of boxes as the bits of an int: striking out a row is one operation.
        rows = np.packbits(rival(block, block).T, axis=1, bitorder="little")
        places = range(begin, begin + len(rows)) if not found else block.tolist()
        struck = 0
        for i, row in enumerate(map(bytes, rows)):
            if not struck >> i & 1:
                accepted[found] = places[i]
                found += 1
                if found == len(accepted):
                    break
                struck |= int.from_bytes(row, "little")
    return accepted[:found]


class Overlaps:
    """How much boxes overlap: the area of what two share, of what both cover together.

    corners: [boxes, 4], two opposite corners each, (y, x, y, x).
    """

    def __init__(self, corners: np.ndarray) -> None:
        y1, x1, y2, x2 = np.ascontiguousarray(corners.T)
        self.top, self.bottom = np.minimum(y1, y2), np.maximum(y1, y2)
        self.left, self.right = np.minimum(x1, x2), np.maximum(x1, x2)
        self.area = (self.bottom - self.top) * (self.right - self.left)

    def of(self, a: Any, b: Any) -> np.ndarray:
        """[boxes of a, boxes of b]; NaN for two boxes without area."""
        # In place: at 128 by 1000 boxes new arrays for each step take twice the time.
        shared = np.minimum(self.bottom[a, None], self.bottom[b])
        shared -= np.maximum(self.top[a, None], self.top[b])
        np.maximum(shared, 0, out=shared)
        wide = np.minimum(self.right[a, None], self.right[b])
        wide -= np.maximum(self.left[a, None], self.left[b])
        np.maximum(wide, 0, out=wide)
        shared *= wide
        union = np.add(self.area[a, None], self.area[b], out=wide)
        union -= shared
        shared /= union
        return shared


def _softly(
    boxes: np.ndarray, scores: np.ndarray, most: int, threshold: Any, sigma: Any
) -> tuple[np.ndarray, np.ndarray]:
    """The boxes accepted and their scores, which fall by what better boxes they overlap.

    Scores only fall, so the best boxes can be dealt with among themselves, until another one's
    score, though it may be out of date, is as high: then all are brought up to date.
    """
    scale = scores.dtype.type(-0.5) / sigma
    overlaps = Overlaps(boxes)

    def factors(some: Any, others: Any) -> np.ndarray:
        """What a score of `others` is multiplied by for each box of `some`."""
        overlap = np.nan_to_num(overlaps.of(some, others))
        return np.exp(scale * overlap * overlap)

    waiting = np.flatnonzero(scores > threshold)
    scores = scores[waiting]
    accepted: list[int] = []
    values: list[Any] = []
    while len(waiting) and len(accepted) < most:
        order = np.argsort(-scores, kind="stable")
        # In the order of their numbers, for the first of equals is the one.
        best, rest = np.sort(order[:_SOFT_BLOCK]), np.sort(order[_SOFT_BLOCK:])
        bound = scores[order[_SOFT_BLOCK]] if len(rest) else threshold
        block, current = waiting[best], scores[best]
        weights = factors(block, block)
        taken: list[int] = []
        while len(accepted) < most:
            place = int(current.argmax())
            value = current[place]
            if not value > threshold or (taken and not value > bound):
                break
            taken.append(place)
            accepted.append(block[place])
            values.append(value)
            current *= weights[place]
            current[place] = -np.inf
        waiting, scores = waiting[rest], scores[rest]
        for decay in factors(block[taken], waiting):
            scores *= decay
        waiting, scores = np.concatenate([waiting, block]), np.concatenate([scores, current])
        order = np.argsort(waiting)
        order = order[scores[order] > threshold]
        waiting, scores = waiting[order], scores[order]
    return np.array(accepted, np.int32), np.array(values, scores.dtype)


# ---- checks --------------------------------------------------------------------------------------


def _check(boxes: TensorShape, scores: TensorShape, what: str = "boxes") -> None:
    """Raises ShapeError unless these are boxes (or the overlaps of boxes) and their scores."""
    for name, x, rank in ((what, boxes, 2), ("scores", scores, 1)):
        if x.rank not in (None, rank):
            plain = f"Shape must be rank {rank} but is rank {x.rank}"
            also = f" ({plain})" if what == "boxes" else ""
            raise ShapeError(f"{name} must be {rank}-D{bracketed(x)}{also}", plain)
    count, columns = boxes.as_list() if boxes.rank else (None, None)
    if what == "boxes" and columns not in (None, 4):
        plain = f"Dimension must be 4 but is {columns}"
        raise ShapeError(f"boxes must have 4 columns ({plain})", plain)
    if what == "overlaps" and None not in (count, columns) and count != columns:
        raise ShapeError(
            f"overlaps must be square{bracketed(boxes)}",
            f"Dimensions must be equal, but are {count} and {columns}",
        )
    other = scores[0] if scores.rank else None
    if None not in (count, other) and count != other:
        plain = f"Dimensions must be equal, but are {count} and {other}"
        raise ShapeError(f"scores has incompatible shape ({plain})", plain)


def _check_scalars(*named: tuple[str, TensorShape]) -> None:
    for name, x in named:
        if x.rank not in (None, 0):
            raise ShapeError(
                f"{name} must be 0-D, got shape {bracketed(x)}",
                f"Shape must be rank 0 but is rank {x.rank}",
            )


def _indices(boxes: TensorShape, scores: TensorShape, *rest: Any) -> TensorShape:
    """[boxes chosen]"""
    _check(boxes, scores)
    names = ("max_output_size", "iou_threshold", "score_threshold")
    _check_scalars(*((n, x) for n, x in zip(names, rest, strict=False) if hasattr(x, "rank")))
    return vector(None)


def _counted(boxes: TensorShape, scores: TensorShape, *rest: Any) -> list[TensorShape]:
    return [_indices(boxes, scores, *rest), scalar]


def _scored(boxes: TensorShape, scores: TensorShape, *rest: Any) -> list[TensorShape]:
    _check_scalars(("soft_nms_sigma", rest[3]))
    return [_indices(boxes, scores, *rest), vector(None), scalar]


def _of_overlaps(overlaps: TensorShape, scores: TensorShape, *rest: TensorShape) -> TensorShape:
    _check(overlaps, scores, "overlaps")
    _check_scalars(
        *zip(("max_output_size", "overlap_threshold", "score_threshold"), rest, strict=True)
    )
    return vector(None)


def _limit(max_output_size: np.ndarray) -> int:
    if max_output_size < 0:
        raise ValueError("output size must be non-negative")
    return int(max_output_size)


def _hard(boxes: np.ndarray, scores: np.ndarray, most: Any, iou: Any, threshold: Any) -> np.ndarray:
    """The boxes chosen by a hard threshold; checks all arguments."""
    shapes = (TensorShape(np.shape(x)) for x in (boxes, scores, most, iou, threshold))
    _indices(*shapes)
    if not 0 <= iou <= 1:
        raise ValueError("iou_threshold must be in [0, 1]")
    most, iou = _limit(most), np.asarray(iou).astype(boxes.dtype)
    order = by_score(scores, np.asarray(threshold).astype(scores.dtype))
    overlaps = Overlaps(boxes[order])
    return order[chosen(len(order), most, lambda a, b: overlaps.of(a, b) > iou)].astype(np.int32)


def _padded(values: np.ndarray, size: int) -> np.ndarray:
    return np.pad(values, (0, size - len(values)))


# ---- ops -----------------------------------------------------------------------------------------

_LEAST = -math.inf


@op("NonMaxSuppression", shape=_indices, cost="host")
def non_max_suppression_v1(
    boxes: Tensor,
    scores: Tensor,
    max_output_size: Tensor,
    iou_threshold: float = 0.5,
    name: str | None = None,
) -> Tensor:
    """The boxes chosen, the threshold being an attribute."""
    return _hard(boxes, scores, max_output_size, iou_threshold, _LEAST)


@op("NonMaxSuppressionV2", shape=_indices, cost="host")
def non_max_suppression_v2(
    boxes: Tensor,
    scores: Tensor,
    max_output_size: Tensor,
    iou_threshold: Tensor,
    name: str | None = None,
) -> Tensor:
    """The boxes chosen."""
    return _hard(boxes, scores, max_output_size, iou_threshold, _LEAST)


@op("NonMaxSuppressionV3", shape=_indices, cost="host")
def non_max_suppression_v3(
    boxes: Tensor,
    scores: Tensor,
    max_output_size: Tensor,
    iou_threshold: Tensor,
    score_threshold: Tensor,
    name: str | None = None,
) -> Tensor:
    """The boxes chosen among those with a score above a threshold."""
    return _hard(boxes, scores, max_output_size, iou_threshold, score_threshold)


@op("NonMaxSuppressionV4", shape=_counted, cost="host")
def non_max_suppression_v4(
    boxes: Tensor,
    scores: Tensor,
    max_output_size: Tensor,
    iou_threshold: Tensor,
    score_threshold: Tensor,
    pad_to_max_output_size: bool = False,
    name: str | None = None,
):
    """The boxes chosen, filled up with zeros if wanted, and how many they are."""
    found = _hard(boxes, scores, max_output_size, iou_threshold, score_threshold)
    count = np.array(len(found), np.int32)
    return _padded(found, int(max_output_size)) if pad_to_max_output_size else found, count


@op("NonMaxSuppressionV5", shape=_scored, cost="host")
def non_max_suppression_v5(
    boxes: Tensor,
    scores: Tensor,
    max_output_size: Tensor,
    iou_threshold: Tensor,
    score_threshold: Tensor,
    soft_nms_sigma: Tensor,
    pad_to_max_output_size: bool = False,
    name: str | None = None,
):
    """The boxes chosen, their scores, and how many they are."""
    inputs = (boxes, scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma)
    _scored(*(TensorShape(x.shape) for x in inputs))
    if not soft_nms_sigma >= 0:
        raise ValueError("soft_nms_sigma_val must be >= 0")
    if soft_nms_sigma > 0:
        if not 0 <= iou_threshold <= 1:
            raise ValueError("iou_threshold must be in [0, 1]")
        limit = _limit(max_output_size)
        found, values = _softly(boxes, scores, limit, score_threshold, soft_nms_sigma)
    else:
        found = _hard(boxes, scores, max_output_size, iou_threshold, score_threshold)
        values = scores[found]
    count = np.array(len(found), np.int32)
    if pad_to_max_output_size:
        found, values = (_padded(x, int(max_output_size)) for x in (found, values))
    return found, values, count


@op("NonMaxSuppressionWithOverlaps", shape=_of_overlaps, cost="host")
def non_max_suppression_with_overlaps(
    overlaps: Tensor,
    scores: Tensor,
    max_output_size: Tensor,
    overlap_threshold: Tensor,
    score_threshold: Tensor,
    name: str | None = None,
) -> Tensor:
    """The boxes chosen, how much they overlap being told."""
    inputs = (overlaps, scores, max_output_size, overlap_threshold, score_threshold)
    _of_overlaps(*(TensorShape(x.shape) for x in inputs))
    order = by_score(scores, score_threshold)
    is_much = overlaps > overlap_threshold
    is_much = is_much[order][:, order]
    accepted = chosen(len(order), _limit(max_output_size), lambda a, b: is_much[a][:, b])
    return order[accepted].astype(np.int32)


for _function in (
    non_max_suppression_v1,
    non_max_suppression_v2,
    non_max_suppression_with_overlaps,
):
    no_gradient(_function, why=_CHOICE)

for _function in (non_max_suppression_v3, non_max_suppression_v4, non_max_suppression_v5):
    no_gradient(_function, why=_CHOICE, is_error=True)


# ---- public names --------------------------------------------------------------------------------


def _floats(x: Any) -> Tensor:
    """Boxes or scores: what is no tensor and not of 16 bits becomes float32."""
    if isinstance(x, (Tensor, Readable)):
        return convert(x)
    if isinstance(x, np.ndarray) and x.dtype == np.float16:
        return convert(x, float16)
    return convert(x.astype(np.float32) if isinstance(x, np.ndarray) else x, float32)


def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = _LEAST,
    name: str | None = None,
) -> Tensor:
    """The boxes, best first, that overlap no better one too much: int32 indices [chosen].

    boxes: floats [boxes, 4], two opposite corners each, (y1, x1, y2, x2). scores: [boxes].
    max_output_size: int32, how many are wanted at most. iou_threshold: how much of what two boxes
    cover together they may share, 0 to 1. score_threshold: what a score must be above.

    >>> boxes = [[0., 0., 1., 1.], [0., 0.1, 1., 1.1], [0., 2., 1., 3.]]
    >>> tf.image.non_max_suppression(boxes, [0.9, 0.8, 0.7], max_output_size=5).numpy()
    array([0, 2], dtype=int32)

    Raises tf.errors.InvalidArgumentError for other shapes, a negative number or a threshold that is
    not in [0, 1]. Op: NonMaxSuppressionV3.
    """
    return non_max_suppression_v3(
        _floats(boxes),
        _floats(scores),
        convert(max_output_size, int32)
        if not isinstance(max_output_size, Tensor)
        else max_output_size,
        _floats(iou_threshold),
        _floats(score_threshold),
        name,
    )


def non_max_suppression_with_scores(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = _LEAST,
    soft_nms_sigma: Any = 0.0,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The boxes chosen, best first, and their scores: int32 [chosen] and floats [chosen].

    The arguments are those of `tf.image.non_max_suppression`. soft_nms_sigma: 0, or how gently the
    scores of boxes that overlap better ones are lowered; the scores answered are the lowered ones.

    >>> boxes = [[0., 0., 1., 1.], [0., 0.1, 1., 1.1], [0., 2., 1., 3.]]
    >>> indices, scores = tf.image.non_max_suppression_with_scores(
    ...     boxes, [0.9, 0.8, 0.7], 5, iou_threshold=1., soft_nms_sigma=0.5)
    >>> indices.numpy(), scores.numpy().round(3)
    (array([0, 2, 1], dtype=int32), array([0.9 , 0.7 , 0.41], dtype=float32))

    Raises tf.errors.InvalidArgumentError as `tf.image.non_max_suppression` does. Op:
    NonMaxSuppressionV5.
    """
    boxes, scores = (
        convert(x) if isinstance(x, (Tensor, Readable)) else _floats(np.asarray(x, np.float32))
        for x in (boxes, scores)
    )
    found = non_max_suppression_v5(
        boxes,
        scores,
        max_output_size,
        _floats(iou_threshold),
        _floats(score_threshold),
        _floats(soft_nms_sigma),
        False,
        name,
    )
    return found.selected_indices, found.selected_scores


def non_max_suppression_overlaps(
    overlaps: Any,
    scores: Any,
    max_output_size: Any,
    overlap_threshold: Any = 0.5,
    score_threshold: Any = _LEAST,
    name: str | None = None,
) -> Tensor:
    """The boxes, best first, that overlap no better one too much: int32 indices [chosen].

    overlaps: float32 [boxes, boxes], how much they overlap, by any measure. scores: [boxes].
    max_output_size: int32, how many are wanted at most. overlap_threshold: how much is too much,
    above it. score_threshold: what a score must be above.

    >>> overlaps = [[1., 0.8, 0.], [0.8, 1., 0.], [0., 0., 1.]]
    >>> tf.image.non_max_suppression_overlaps(overlaps, [0.9, 0.8, 0.7], 5).numpy()
    array([0, 2], dtype=int32)

    Raises tf.errors.InvalidArgumentError for other shapes or a negative number. Op:
    NonMaxSuppressionWithOverlaps.
    """
    return non_max_suppression_with_overlaps(
        overlaps, scores, max_output_size, overlap_threshold, score_threshold, name
    )
