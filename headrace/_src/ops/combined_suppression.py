"""Boxes of many classes that overlap better ones, left out: `combined_non_max_suppression`.

The one idea: each class of each image is chosen from by itself (suppression.py), and the best of
all classes together make the result, of one size for the whole batch, zeros at the end.

Read next: suppression.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.ops.suppression import Overlaps, by_score, chosen


def _shapes(
    boxes: TensorShape,
    scores: TensorShape,
    max_output_size_per_class: Any,
    max_total_size: Any,
    iou_threshold: Any,
    score_threshold: Any,
    pad_per_class: bool,
    *_: Any,
) -> list[TensorShape]:
    _check(boxes, scores, max_output_size_per_class, max_total_size)
    batch = boxes[0] if boxes.rank else scores[0] if scores.rank else None
    size = max_total_size
    if pad_per_class:
        classes = scores[2] if scores.rank else None
        known = None not in (size, classes, max_output_size_per_class)
        size = min(size, max_output_size_per_class * classes) if known else None
    return [
        TensorShape([batch, size, 4]),
        TensorShape([batch, size]),
        TensorShape([batch, size]),
        TensorShape([batch]),
    ]


def _check(boxes: TensorShape, scores: TensorShape, per_class: Any, total: Any) -> None:
    """Raises ShapeError unless the shapes and sizes are in order."""
    batch, count, own, columns = boxes.as_list() if boxes.rank == 4 else (None,) * 4
    if boxes.rank and scores.rank and not boxes[:1].is_compatible_with(scores[:1]):
        raise ShapeError("boxes and scores must have same batch size")
    for name, x, rank in (("boxes", boxes, 4), ("scores", scores, 3)):
        if x.rank not in (None, rank):
            raise ShapeError(
                f"{name} must be {rank}-D", f"Shape must be rank {rank} but is rank {x.rank}"
            )
    other, classes = scores.as_list()[1:] if scores.rank else (None, None)
    if None not in (count, other) and count != other:
        raise ShapeError("scores has incompatible shape")
    if own not in (None, 1) and classes not in (None, own):
        raise ShapeError("third dimension of boxes must be either 1 or num classes")
    if columns not in (None, 4):
        raise ShapeError("boxes must have 4 columns")
    for name, size in (("max_size_per_class", per_class), ("max_total_size", total)):
        if isinstance(size, tuple):
            raise ShapeError(f"{name} must be 0-D, got shape [{len(size)}]")
    if per_class is not None and per_class <= 0:
        raise ShapeError("max_size_per_class must be positive")
    if total is not None and total <= 0:
        raise ShapeError("max_total_size must be > 0")


@op("CombinedNonMaxSuppression", shape=_shapes, cost="host")
def combined_non_max_suppression_op(
    boxes: Tensor,
    scores: Tensor,
    max_output_size_per_class: Static,
    max_total_size: Static,
    iou_threshold: Tensor,
    score_threshold: Tensor,
    pad_per_class: bool = False,
    clip_boxes: bool = True,
    name: str | None = None,
):
    """The best boxes of each image, their scores and classes, and how many they are."""
    per_class, size = max_output_size_per_class, max_total_size
    _check(TensorShape(boxes.shape), TensorShape(scores.shape), per_class, size)
    for what, x in (("iou_threshold", iou_threshold), ("score_threshold", score_threshold)):
        if x.ndim:
            text = ",".join(map(str, x.shape))
            raise ValueError(f"{what} must be 0-D, got shape [{text}]")
    if not 0 <= iou_threshold <= 1:
        raise ValueError("iou_threshold must be in [0, 1]")
    batch, _, classes = scores.shape
    if pad_per_class:
        size = min(size, per_class * classes)
    out = np.zeros((batch, size, 4), np.float32)
    values, kinds = (np.zeros((batch, size), np.float32) for _ in range(2))
    counts = np.zeros(batch, np.int32)
    for i in range(batch):
        found = [
            _best(boxes[i, :, min(c, boxes.shape[2] - 1)], scores[i, :, c], per_class, rule)
            for c in range(classes)
            for rule in [(iou_threshold, score_threshold)]
        ]
        which = np.concatenate(found) if found else np.zeros(0, np.intp)
        kind = np.repeat(np.arange(classes), [len(f) for f in found])
        score = scores[i, which, kind]
        order = np.argsort(-score, kind="stable")[:size]
        which, kind = which[order], kind[order]
        counts[i] = n = len(order)
        out[i, :n] = boxes[i, which, np.minimum(kind, boxes.shape[2] - 1)]
        values[i, :n], kinds[i, :n] = score[order], kind
    if clip_boxes:
        np.clip(out, 0, 1, out=out)
    return out, values, kinds, counts


def _best(boxes: np.ndarray, scores: np.ndarray, most: int, rule: tuple) -> np.ndarray:
    """The boxes of one class."""
    order = by_score(scores, rule[1])
    overlaps = Overlaps(boxes[order])
    return order[chosen(len(order), most, lambda a, b: overlaps.of(a, b) > rule[0])]


no_gradient(
    combined_non_max_suppression_op,
    why="TensorFlow has none: which boxes are chosen does not depend smoothly on them.",
    is_error=True,
)


def combined_non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size_per_class: Any,
    max_total_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    pad_per_class: bool = False,
    clip_boxes: bool = True,
    name: str | None = None,
) -> Any:
    """The best boxes of all classes that overlap no better one of their class too much.

    boxes: float32 [batch, boxes, 1 or classes, 4], opposite corners (y1, x1, y2, x2). scores:
    float32 [batch, boxes, classes]. max_output_size_per_class, max_total_size: how many are wanted
    at most of a class and of an image. iou_threshold: how much of what two boxes cover together
    they may share. score_threshold: what a score must be above. pad_per_class: whether the result
    is no longer than what all classes together can have. clip_boxes: whether coordinates are cut to
    [0, 1].

    Answers a named tuple: nmsed_boxes [batch, size, 4], nmsed_scores and nmsed_classes
    [batch, size], float32, best first and zeros at the end; valid_detections, int32 [batch].

    >>> boxes = tf.constant([[[0., 0., 0.5, 0.5]], [[0., 0.1, 0.5, 0.5]], [[0.5, 0.5, 1., 1.]]])
    >>> found = tf.image.combined_non_max_suppression(
    ...     boxes[None], [[[0.9], [0.8], [0.7]]], 2, 3)
    >>> found.nmsed_scores.numpy(), found.valid_detections.numpy()
    (array([[0.9, 0.7, 0. ]], dtype=float32), array([2], dtype=int32))

    Raises tf.errors.InvalidArgumentError for other shapes, sizes that are not positive and a
    threshold that is not in [0, 1]. Op: CombinedNonMaxSuppression.
    """
    return combined_non_max_suppression_op(
        boxes,
        scores,
        max_output_size_per_class,
        max_total_size,
        iou_threshold,
        score_threshold,
        pad_per_class,
        clip_boxes,
        name,
    )
