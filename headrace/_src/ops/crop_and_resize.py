"""Parts of images in another size: `tf.image.crop_and_resize`.

The one idea: a box and a size are a grid of places in an image (`_Grid`), each with four pixels
around it. The result takes from these, the gradient with respect to the image gives to them, and
that with respect to the boxes is the slope between them. Arithmetic is in float32, whatever the
image, in the order of TensorFlow's kernel.

Read next: resampling.py, for whole images.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, float16, float32, float64
from headrace._src.core.errors import OutOfRangeError
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, ValueRefused, bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.ops.array import dims

_FLOATS = (float16, float32, float64)

# ---- shapes --------------------------------------------------------------------------------------


def _check_rank(x: TensorShape, what: str) -> None:
    if x.rank not in (None, 4):
        raise ShapeError(
            f"{what} must be 4-D{bracketed(x)}", f"Shape must be rank 4 but is rank {x.rank}"
        )


def _box_count(boxes: TensorShape, box_ind: TensorShape) -> int | None:
    """How many boxes there are; raises ShapeError unless these are boxes and their images."""
    if boxes.rank == 0 and box_ind.rank == 0:
        return 0
    if boxes.rank not in (None, 2):
        raise ShapeError(
            f"boxes must be 2-D, got: {bracketed(boxes)}",
            f"Shape must be rank 2 but is rank {boxes.rank}",
        )
    if box_ind.rank not in (None, 1):
        raise ShapeError(
            f"box_indices must be rank 1 but is shape {bracketed(box_ind)}",
            f"Shape must be rank 1 but is rank {box_ind.rank}",
        )
    count, columns = boxes.as_list() if boxes.rank else (None, None)
    if columns not in (None, 4):
        raise ShapeError("boxes must have 4 columns", f"Dimension must be 4 but is {columns}")
    other = box_ind[0] if box_ind.rank else None
    if None not in (count, other) and count != other:
        raise ShapeError(
            "box_index has incompatible shape",
            f"Dimensions must be equal, but are {count} and {other}",
        )
    return other if count is None else count


def _crops(
    image: TensorShape, boxes: TensorShape, box_ind: TensorShape, crop_size: Any, *_: Any
) -> TensorShape:
    _check_rank(image, "input image")
    count = _box_count(boxes, box_ind)
    if crop_size is not None:
        if not isinstance(crop_size, tuple):
            raise ShapeError("crop_size must be 1-D[]", "Shape must be rank 1 but is rank 0")
        if len(crop_size) != 2:
            raise ShapeError(
                f"crop_size must have two elements[{len(crop_size)}]",
                f"Dimension must be 2 but is {len(crop_size)}",
            )
        if any(n is not None and n < 0 for n in crop_size):
            raise ValueRefused("crop dimensions must be positive")
    return TensorShape([count, *(crop_size or (None, None)), image[3] if image.rank else None])


def _check_crops(image: Any, boxes: Any, box_ind: Any, crop_size: tuple) -> None:
    """Raises for what tracing lets pass."""
    _crops(*(TensorShape(x.shape) for x in (image, boxes, box_ind)), crop_size)
    if 0 in image.shape[1:3]:
        raise ValueRefused("image dimensions must be positive")
    if any(n <= 0 for n in crop_size):
        raise ValueRefused("crop dimensions must be positive")


def _image_gradient(
    grads: TensorShape, boxes: TensorShape, box_ind: TensorShape, image_size: Any, *_: Any
) -> TensorShape:
    _check_rank(grads, "grads image")
    _box_count(boxes, box_ind)
    if image_size is None:
        return TensorShape([None] * 4)
    if not isinstance(image_size, tuple) or len(image_size) != 4:
        raise ShapeError(f"image_size must have 4 elements[{np.size(image_size)}]")
    return TensorShape(image_size)


def _boxes_gradient(
    grads: TensorShape, image: TensorShape, boxes: TensorShape, box_ind: TensorShape, *_: Any
) -> TensorShape:
    _check_rank(grads, "grads image")
    _check_rank(image, "input image")
    return TensorShape([_box_count(boxes, box_ind), 4])


def _check_indices(box_ind: Any, batch: int) -> None:
    """Raises OutOfRangeError, on the host, where a box lies in no image."""
    if xp(box_ind) is np and not ((box_ind >= 0) & (box_ind < batch)).all():
        raise OutOfRangeError(None, None, "box_index has values outside [0, batch_size)")


def _are_indices(box_ind: Any, batch: int) -> Any:
    return ((box_ind >= 0) & (box_ind < batch)).all()


# ---- the grid ------------------------------------------------------------------------------------


def _places(low: Any, high: Any, size: int, count: int) -> Any:
    """`count` places from `low` to `high`, parts of an axis of `size` pixels: [boxes, count]."""
    most = np.float32(size - 1)
    if count == 1:
        return (np.float32(0.5) * (low + high) * most)[:, None]
    step = (high - low) * most / np.float32(count - 1)
    return (low * most)[:, None] + np.arange(count, dtype=np.float32) * step[:, None]


class _Grid:
    """The places of the pixels of all crops in images of [batch, height, width].

    y, x: where they are, [boxes, rows, 1] and [boxes, 1, columns]. is_inside: whether there is an
    image there. Rows and columns outside stand at 0 for the purpose of looking up.
    """

    def __init__(self, boxes: Any, box_ind: Any, images: tuple, crop_size: tuple) -> None:
        batch, self.height, self.width = images
        y1, x1, y2, x2 = (boxes[:, i] for i in range(4))
        self.y = _places(y1, y2, self.height, crop_size[0])[:, :, None]
        self.x = _places(x1, x2, self.width, crop_size[1])[:, None, :]
        has_row = (self.y >= 0) & (self.y <= self.height - 1)
        has_column = (self.x >= 0) & (self.x <= self.width - 1)
        self.is_inside = has_row & has_column
        where = xp(boxes).where
        self.y = where(has_row, self.y, np.float32(0))
        self.x = where(has_column, self.x, np.float32(0))
        self.integer = np.int32 if batch * self.height * self.width < 2**31 else np.int64
        self.first = box_ind.astype(self.integer)[:, None, None] * self.height

    def at(self, y: Any, x: Any) -> Any:
        """The numbers of pixels in all images, rows and columns given as floats."""
        rows = self.first + y.astype(self.integer)
        return rows * self.width + x.astype(self.integer)

    def nearest(self) -> Any:
        """The pixel at each place."""
        floor = xp(self.y).floor
        return self.at(floor(self.y + np.float32(0.5)), floor(self.x + np.float32(0.5)))

    def corners(self) -> tuple:
        """The four pixels around each place, top left to bottom right, and how far down and to the
        right of the first one it is, [..., 1].
        """
        floor, ceil = xp(self.y).floor, xp(self.y).ceil
        top, left = floor(self.y), floor(self.x)
        ends = [(y, x) for y in (top, ceil(self.y)) for x in (left, ceil(self.x))]
        return (
            [self.at(*end) for end in ends],
            (self.y - top)[..., None],
            (self.x - left)[..., None],
        )


def _pixels(image: Any, places: Any) -> Any:
    """The pixels at these places, float32 [boxes, rows, columns, channels]."""
    flat = image.reshape(-1, image.shape[3])
    return xp(image).take(flat, places, 0).astype(np.float32, copy=False)


# ---- the ops -------------------------------------------------------------------------------------


def _method(method: Any) -> str:
    text = method.decode() if isinstance(method, bytes) else method
    if text not in ("bilinear", "nearest"):
        raise ValueError(
            f"Value for attr 'method' of \"{text}\" is not in the list of allowed values: "
            '"bilinear", "nearest"\n\t; NodeDef: {{node CropAndResize}} [Op:CropAndResize]'
        )
    return text


@op("CropAndResize", shape=_crops, cost="heavy")
def crop_and_resize_op(
    image: Tensor,
    boxes: Tensor,
    box_ind: Tensor,
    crop_size: Static,
    method: str = "bilinear",
    extrapolation_value: float = 0.0,
    name: str | None = None,
) -> Tensor:
    """Boxes of images, all in one size."""
    method = _method(method)
    _check_crops(image, boxes, box_ind, crop_size)
    if xp(boxes) is np and not np.isfinite(boxes).all():
        raise ValueError("Boxes contains at least one element that is not finite")
    _check_indices(box_ind, image.shape[0])
    if 0 in (image.size, boxes.size):
        return xp(image).zeros((len(boxes), *crop_size, image.shape[3]), np.float32)
    if xp(image) is not np:
        return _cropped(image, boxes, box_ind, crop_size, method, extrapolation_value)
    # A few boxes at a time stay in the cache: 100 boxes of 14 x 14 x 64 take 5 ms, not 13.
    out = np.empty((len(boxes), *crop_size, image.shape[3]), np.float32)
    few = max(1, _FEW // out[0].size)
    for begin in range(0, len(boxes), few):
        some = slice(begin, begin + few)
        out[some] = _cropped(
            image, boxes[some], box_ind[some], crop_size, method, extrapolation_value
        )
    return out


_FEW = 2**16


def _cropped(
    image: Any, boxes: Any, box_ind: Any, crop_size: tuple, method: str, outside: float
) -> Any:
    """The crops, all arguments being in order."""
    grid = _Grid(boxes, box_ind, image.shape[:3], crop_size)
    if method == "nearest":
        found = _pixels(image, grid.nearest())
    else:
        places, down, right = grid.corners()
        found = _between(*(_pixels(image, p) for p in places), down, right)
    return xp(image).where(grid.is_inside[..., None], found, np.float32(outside))


def _between(tl: Any, tr: Any, bl: Any, br: Any, down: Any, right: Any) -> Any:
    """The value between four pixels, whose arrays it may use up."""
    tr -= tl
    tr *= right
    tr += tl
    br -= bl
    br *= right
    br += bl
    br -= tr
    br *= down
    br += tr
    return br


@crop_and_resize_op.check
def _(image, boxes, box_ind, crop_size, method, extrapolation_value):
    return xp(boxes).isfinite(boxes).all() & _are_indices(box_ind, image.shape[0])


@crop_and_resize_op.gradient
def _(dz, image, boxes, box_ind, method):
    def by_image():
        return crop_and_resize_grad_image(dz, boxes, box_ind, dims(image), image.dtype, method)

    # As in TensorFlow, the boxes' gradient is the bilinear one for the nearest pixel too.
    return (
        by_image if image.dtype in _FLOATS else None,
        lambda: crop_and_resize_grad_boxes(dz, image, boxes, box_ind),
        None,
    )


@op("CropAndResizeGradImage", shape=_image_gradient, cost="heavy")
def crop_and_resize_grad_image(
    grads: Tensor,
    boxes: Tensor,
    box_ind: Tensor,
    image_size: Static,
    T: DType,
    method: str = "bilinear",
    name: str | None = None,
) -> Tensor:
    """The gradient of CropAndResize with respect to images of shape `image_size`."""
    method = _method(method)
    _image_gradient(*(TensorShape(x.shape) for x in (grads, boxes, box_ind)), image_size)
    batch, height, width, channels = image_size
    if height <= 0 or width <= 0:
        raise ValueError("image dimensions must be positive")
    if grads.shape[0] != len(boxes):
        raise ValueError("boxes and grads have incompatible shape")
    if grads.shape[3] != channels:
        raise ValueError("image_size and grads are incompatible")
    _check_indices(box_ind, batch)
    if 0 in (grads.size, batch):
        return xp(grads).zeros(image_size, T.array_dtype)
    grid = _Grid(boxes, box_ind, (batch, height, width), grads.shape[1:3])
    grads = xp(grads).where(grid.is_inside[..., None], grads, np.float32(0))
    if method == "nearest":
        shares = [(grid.nearest(), grads)]
    else:
        places, down, right = grid.corners()
        up, left = 1 - down, 1 - right
        weights = (up * left, up * right, down * left, down * right)
        shares = [(p, grads * w) for p, w in zip(places, weights, strict=True)]
    rows = xp(grads).concatenate([p.reshape(-1) for p, _ in shares])
    values = xp(grads).concatenate([v.reshape(-1, channels) for _, v in shares])
    total = _added(values.astype(T.array_dtype), rows, batch * height * width)
    return total.reshape(image_size)


def _added(values: Any, rows: Any, count: int) -> Any:
    """The sums of the rows of `values` that go to each of `count` places."""
    if xp(values) is not np:
        return xp(values).zeros((count, values.shape[1]), values.dtype).at[rows].add(values)
    out = np.zeros((count, values.shape[1]), values.dtype)
    np.add.at(out, rows, values)
    return out


@crop_and_resize_grad_image.check
def _(grads, boxes, box_ind, image_size, T, method):
    return _are_indices(box_ind, image_size[0])


no_gradient(crop_and_resize_grad_image, why="TensorFlow has none.", is_error=True)


@op("CropAndResizeGradBoxes", shape=_boxes_gradient, cost="heavy")
def crop_and_resize_grad_boxes(
    grads: Tensor,
    image: Tensor,
    boxes: Tensor,
    box_ind: Tensor,
    method: str = "bilinear",
    name: str | None = None,
) -> Tensor:
    """The gradient of CropAndResize with respect to the boxes."""
    if _method(method) != "bilinear":
        raise ValueError(
            "Value for attr 'method' of \"nearest\" is not in the list of allowed values: "
            '"bilinear"\n\t; NodeDef: {{node CropAndResizeGradBoxes}} [Op:CropAndResizeGradBoxes]'
        )
    _boxes_gradient(*(TensorShape(x.shape) for x in (grads, image, boxes, box_ind)))
    if grads.shape[3] != image.shape[3]:
        raise ValueError("image, grads depth differ")
    if 0 in image.shape[1:3]:
        raise ValueError("image dimensions must be positive")
    if grads.shape[0] != len(boxes):
        raise ValueError("boxes and grads have incompatible shape")
    _check_indices(box_ind, image.shape[0])
    if 0 in (image.size, boxes.size):
        return xp(grads).zeros(boxes.shape, np.float32)
    _, height, width, _ = image.shape
    grid = _Grid(boxes, box_ind, image.shape[:3], grads.shape[1:3])
    places, down, right = grid.corners()
    tl, tr, bl, br = (_pixels(image, p) for p in places)
    slope_down = (1 - right) * (bl - tl) + right * (br - tr)
    slope_right = (1 - down) * (tr - tl) + down * (br - bl)
    grads = xp(grads).where(grid.is_inside[..., None], grads, np.float32(0))
    rows = (slope_down * grads).sum((2, 3))
    columns = (slope_right * grads).sum((1, 3))
    y1, y2 = _to_ends(rows, height)
    x1, x2 = _to_ends(columns, width)
    return xp(grads).stack([y1, x1, y2, x2], 1)


def _to_ends(slopes: Any, size: int) -> tuple:
    """What the slopes at the places along an axis, [boxes, count], say of its first and last."""
    count = slopes.shape[1]
    most = np.float32(size - 1)
    if count == 1:
        both = slopes[:, 0] * (np.float32(0.5) * most)
        return both, both
    last = np.arange(count, dtype=np.float32) * (most / np.float32(count - 1))
    return (slopes * (most - last)).sum(1), (slopes * last).sum(1)


@crop_and_resize_grad_boxes.check
def _(grads, image, boxes, box_ind, method):
    return _are_indices(box_ind, image.shape[0])


no_gradient(crop_and_resize_grad_boxes, why="TensorFlow has none.", is_error=True)


def crop_and_resize(
    image: Any,
    boxes: Any,
    box_indices: Any,
    crop_size: Any,
    method: str = "bilinear",
    extrapolation_value: float = 0.0,
    name: str | None = None,
) -> Tensor:
    """Boxes of images, all in one size: float32 [boxes, crop height, crop width, channels].

    image: [batch, height, width, channels]. boxes: float32 [boxes, 4], as (y1, x1, y2, x2) in parts
    of the image from the centre of its first pixel (0) to that of its last (1); where y1 > y2 the
    part is turned upside down. box_indices: int32 [boxes], in which image of the batch each is.
    crop_size: int32 [2], height and width. method: "bilinear" or "nearest". extrapolation_value:
    what is outside of the image. Differentiable once, with respect to image and boxes.

    >>> image = tf.reshape(tf.range(9.), [1, 3, 3, 1])
    >>> tf.image.crop_and_resize(image, [[0., 0., 0.5, 1.]], [0], [2, 3])[0, :, :, 0].numpy()
    array([[0., 1., 2.],
           [3., 4., 5.]], dtype=float32)

    Raises tf.errors.InvalidArgumentError for other shapes and boxes that are not finite,
    tf.errors.OutOfRangeError for an image that is not there. Op: CropAndResize.
    """
    return crop_and_resize_op(
        convert(image),
        boxes,
        box_indices,
        crop_size,
        method,
        float(extrapolation_value),
        name,
    )
