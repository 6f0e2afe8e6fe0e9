"""`tf.compat.v1.image`: resizing as TensorFlow 1 placed the pixels.

The one idea: TensorFlow 2 measures from the centres of pixels, TensorFlow 1 from their upper left
corners; the ops do either.

Read next: ops/resize.py.
"""

from typing import Any

from headrace._src.compat.arguments import translated
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops import bounding_boxes
from headrace._src.ops import crop_and_resize as crops
from headrace._src.ops import resize as resizing
from headrace._src.ops.array import squeeze


class ResizeMethod:
    """The methods of `tf.compat.v1.image.resize`.

    >>> tf.compat.v1.image.ResizeMethod.AREA
    3
    """

    BILINEAR = 0
    NEAREST_NEIGHBOR = 1
    BICUBIC = 2
    AREA = 3


_REST = "images, size, align_corners=False, name=None, half_pixel_centers=False"


def _op(modern: Any) -> Any:
    leaf = modern.__name__
    call = f"tf.compat.v1.image.{leaf}(tf.ones([1, 2, 2, 1]), [4, 4]).shape"
    return translated(modern, f"{leaf}({_REST})", f"{call} -> TensorShape([1, 4, 4, 1])")


resize_bilinear = _op(resizing.resize_bilinear)
resize_bicubic = _op(resizing.resize_bicubic)
resize_nearest_neighbor = _op(resizing.resize_nearest_neighbor)
resize_area = resizing.resize_area

_METHODS = {
    ResizeMethod.BILINEAR: resize_bilinear, "bilinear": resize_bilinear,
    ResizeMethod.BICUBIC: resize_bicubic, "bicubic": resize_bicubic,
    ResizeMethod.NEAREST_NEIGHBOR: resize_nearest_neighbor, "nearest": resize_nearest_neighbor,
    ResizeMethod.AREA: resize_area, "area": resize_area,
}  # fmt: skip


def resize(
    images: Any,
    size: Any,
    method: Any = ResizeMethod.BILINEAR,
    align_corners: bool = False,
    preserve_aspect_ratio: bool = False,
    name: str | None = None,
) -> Tensor:
    """`images` in the height and width `size`, measured from the corners of pixels.

    images: [height, width, channels] or [batch, height, width, channels]. align_corners: whether
    the centres of the pixels in the corners stay in the corners. preserve_aspect_ratio: whether
    `size` is a limit. The result is float32; of the dtype of `images` by the nearest neighbour, and
    where the size stays.

    >>> image = tf.constant([[[0.], [3.]]])
    >>> tf.compat.v1.image.resize(image, [1, 3])[0, :, 0].numpy()
    array([0., 2., 3.], dtype=float32)

    Raises ValueError for another rank, size or method.
    """
    images = convert(images)
    batch, is_single = resizing.batched(images)
    if method not in _METHODS:
        raise ValueError(f"Resize method is not implemented: {method}")
    _, new = resizing.sizes_of(batch, size, preserve_aspect_ratio)
    if new == (batch.shape[1], batch.shape[2]):
        return images
    result = _METHODS[method](batch, new, align_corners, name)
    return squeeze(result, 0) if is_single else result


crop_and_resize = translated(
    crops.crop_and_resize,
    "crop_and_resize(image, boxes, box_ind=None, crop_size=None, method='bilinear', "
    "extrapolation_value=0, name=None, box_indices=None)",
    "tf.compat.v1.image.crop_and_resize(tf.ones([1, 2, 2, 1]), [[0., 0., 1., 1.]], [0], [3, 3])"
    ".shape -> TensorShape([1, 3, 3, 1])",
    box_ind="box_indices",
)
draw_bounding_boxes = translated(
    bounding_boxes.draw_bounding_boxes,
    "draw_bounding_boxes(images, boxes, name=None, colors=None)",
    "tf.compat.v1.image.draw_bounding_boxes(tf.ones([1, 2, 2, 3]), [[[0., 0., 1., 1.]]]).shape -> "
    "TensorShape([1, 2, 2, 3])",
)
