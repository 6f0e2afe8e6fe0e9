"""`tf.image.resize` of images of several sizes: a batch of one size comes out.

Read next: ops/resize.py.
"""

from typing import Any

from headrace._src.core.shapes import TensorShape
from headrace._src.ops import resize as resizing
from headrace._src.ops.constant import zeros
from headrace._src.ops.dispatch import serve
from headrace._src.ops.joining import stack
from headrace._src.ragged.ragged_tensor import RaggedTensor


@serve(RaggedTensor, resizing.resize)
def resize(
    images: Any,
    size: Any,
    method: str = resizing.ResizeMethod.BILINEAR,
    preserve_aspect_ratio: bool = False,
    antialias: bool = False,
    name: str | None = None,
) -> Any:
    """Each image in one size, as a tensor.

    Raises ValueError for another rank than 4, NotImplementedError where the number of images is not
    known while a graph is built.
    """
    if images.shape.rank != 4:
        raise ValueError("tf.image.resize: images.shape.rank must be 4 if images is ragged.")
    count = images.shape[0]
    if count is None:
        raise NotImplementedError(
            "tf.image.resize of ragged images needs to know how many there are; resize them one by "
            "one with tf.map_fn."
        )
    made = []
    for i in range(count):
        image = images[i]
        image = image.to_tensor() if isinstance(image, RaggedTensor) else image
        made.append(resizing.resize(image, size, method, preserve_aspect_ratio, antialias))
    if made:
        return stack(made, name=name or "stack")
    height, width = TensorShape(size).as_list()
    return zeros([0, height, width, images.shape[3] or 0], images.dtype)
