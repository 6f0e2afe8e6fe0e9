"""The ops that the engine's backward walk needs, put into its slots: adding, undoing a broadcast.

Read next: engine/gradient.py.
"""

from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine import gradient
from headrace._src.ops.array import reshape
from headrace._src.ops.math import add_op as add
from headrace._src.ops.reduce import sum


def reduce_to(dx: Tensor, axes: tuple[int, ...], shape: tuple[int, ...]) -> Tensor:
    """`dx` summed over `axes`, in the given shape."""
    summed = sum(dx, axes, True)
    if type(summed) is EagerTensor and summed._array.shape == shape:
        return summed
    return reshape(summed, shape)


gradient.add = add
gradient.reduce_to = reduce_to
