"""Frames painted into images: `tf.image.draw_bounding_boxes`.

The one idea: a frame is four lines of pixels, each painted where it is within the image. Boxes come
one after the other, so that later ones lie on top, in the colours of a table taken in turn.

Read next: suppression.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op

# Yellow, blue, red, lime, purple, olive, maroon, navy, aqua and fuchsia, opaque.
_COLORS = np.float32(
    [
        [1, 1, 0, 1],
        [0, 0, 1, 1],
        [1, 0, 0, 1],
        [0, 1, 0, 1],
        [0.5, 0, 0.5, 1],
        [0.5, 0.5, 0, 1],
        [0.5, 0, 0, 1],
        [0, 0, 0.5, 1],
        [0, 1, 1, 1],
        [1, 0, 1, 1],
    ]
)


def _shape(images: TensorShape, boxes: TensorShape, *rest: Any) -> TensorShape:
    if images.rank not in (None, 4):
        raise ShapeError(
            "The rank of the images should be 4", f"Shape must be rank 4 but is rank {images.rank}"
        )
    if boxes.rank not in (None, 3):
        raise ShapeError(
            "The rank of the boxes tensor should be 3",
            f"Shape must be rank 3 but is rank {boxes.rank}",
        )
    if boxes.rank and boxes[2] not in (None, 4):
        raise ShapeError(
            f"The size of the third dimension of the box must be 4. Received: {boxes[2]}",
            f"Dimension must be 4 but is {boxes[2]}",
        )
    return images


def _painted(images: np.ndarray, boxes: np.ndarray, colors: np.ndarray) -> np.ndarray:
    _shape(TensorShape(images.shape), TensorShape(boxes.shape))
    if images.shape[0] != boxes.shape[0]:
        raise ValueError("The batch sizes should be the same")
    _, height, width, channels = images.shape
    if channels not in (1, 3, 4):
        raise ValueError("Channel depth should be either 1 (GRY), 3 (RGB), or 4 (RGBA)")
    if colors.ndim != 2:
        raise ValueError(f"colors must be a 2-D matrix{bracketed(TensorShape(colors.shape))}")
    if colors.size and colors.shape[1] < channels:
        text = ",".join(map(str, colors.shape))
        raise ValueError(
            f"colors must have equal or more channels than the image provided: [{text}]"
        )
    out = images.copy()
    if not len(colors):
        # A grey image has no colours to tell frames apart by.
        colors = _COLORS if channels > 1 else np.ones((1, 1), np.float32)
    colors = colors[:, :channels].astype(images.dtype)
    for image, frames in zip(out, boxes, strict=True):
        for i, frame in enumerate(frames):
            _paint(image, frame, colors[i % len(colors)])
    return out


def _paint(image: np.ndarray, frame: np.ndarray, color: np.ndarray) -> None:
    """Paints one frame, as far as it is within the image."""
    height, width, _ = image.shape
    if not np.isfinite(frame).all():
        return
    last = np.float32([height - 1, width - 1, height - 1, width - 1])
    top, left, bottom, right = (frame * last).astype(np.int64).tolist()
    if bottom < top or right < left or top >= height or bottom < 0 or left >= width or right < 0:
        return
    rows = slice(max(top, 0), min(bottom, height - 1) + 1)
    columns = slice(max(left, 0), min(right, width - 1) + 1)
    for row in (top, bottom):
        if 0 <= row < height:
            image[row, columns] = color
    for column in (left, right):
        if 0 <= column < width:
            image[rows, column] = color


@op("DrawBoundingBoxes", shape=_shape, cost="host")
def draw_bounding_boxes_op(images: Tensor, boxes: Tensor, name: str | None = None) -> Tensor:
    """Images with frames in the colours of a fixed table."""
    return _painted(images, boxes, np.zeros((0, 0), np.float32))


@op("DrawBoundingBoxesV2", shape=_shape, cost="host")
def draw_bounding_boxes_v2(
    images: Tensor, boxes: Tensor, colors: Tensor, name: str | None = None
) -> Tensor:
    """Images with frames in given colours."""
    return _painted(images, boxes, colors)


for _function in (draw_bounding_boxes_op, draw_bounding_boxes_v2):
    no_gradient(_function, why="TensorFlow has none.", is_error=True)


def draw_bounding_boxes(images: Any, boxes: Any, colors: Any, name: str | None = None) -> Tensor:
    """Images with frames painted into them.

    images: float32 or float16 [batch, height, width, 1, 3 or 4]. boxes: float32 [batch, boxes, 4],
    (y1, x1, y2, x2) in parts of the image. colors: float32 [colors, channels], taken in turn; None
    for a table of ten.

    >>> images = tf.zeros([1, 3, 3, 1])
    >>> painted = tf.image.draw_bounding_boxes(images, [[[0., 0., 1., 1.]]], [[0.5]])
    >>> painted[0, :, :, 0].numpy()
    array([[0.5, 0.5, 0.5],
           [0.5, 0. , 0.5],
           [0.5, 0.5, 0.5]], dtype=float32)

    Raises tf.errors.InvalidArgumentError for other shapes. Op: DrawBoundingBoxesV2, without colours
    DrawBoundingBoxes.
    """
    if isinstance(images, np.ndarray) and (images.dtype != np.float16 or colors is None):
        images = images.astype(np.float32)
    images = convert(images)
    if colors is None:
        return draw_bounding_boxes_op(images, boxes, name)
    return draw_bounding_boxes_v2(images, boxes, colors, name)
