"""Batches of matrices and vectors, whose leading axes broadcast as those of elementwise ops do.

The one idea: a shape is a tuple of integers as long as all of it is known while Python runs, and a
tensor as soon as something is not. `Sizes` stands for either, and the functions here take and give
it, so that an operator need not ask which it has.

Read next: operator.py.
"""

from collections.abc import Sequence
from typing import Any

from headrace._src.core.dtypes import DType, int32
from headrace._src.core.shapes import TensorShape, broadcast_static_shape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.array import broadcast_dynamic_shape, broadcast_to, reshape, shape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.complex import real
from headrace._src.ops.joining import concat, stack

# A tuple of ints, or an int32 vector.
Sizes = Any


def joined(*parts: Any) -> Sizes:
    """One shape of several: each part is a single size (int or scalar) or `Sizes`."""
    if all(isinstance(part, (int, tuple)) for part in parts):
        return tuple(n for part in parts for n in (part if isinstance(part, tuple) else (part,)))
    vectors = []
    for part in parts:
        vector = convert(list(part) if isinstance(part, tuple) else part, int32)
        vectors.append(stack([vector]) if vector.shape.rank == 0 else vector)
    return concat(vectors, 0)


def times(a: Any, b: Any) -> Any:
    """The product of two sizes, each an int or a scalar tensor."""
    return b * a if isinstance(b, Tensor) else a * b


def as_tensor(sizes: Any) -> Tensor:
    """Sizes, or one of them, as an int32 tensor."""
    return convert(list(sizes) if isinstance(sizes, tuple) else sizes, int32)


def batch_shape(x: Any, axes: int) -> TensorShape:
    """What is known of the shape of `x` before its last `axes` axes."""
    known = x.shape
    if known.rank is None or axes == 0:
        return known
    return known[:-axes]


def batch_sizes(x: Any, axes: int) -> Sizes:
    """The shape of `x` before its last `axes` axes."""
    known = batch_shape(x, axes)
    if known.is_fully_defined():
        return tuple(known)
    whole = shape_op(convert(x))
    return whole[: whole.shape[0] - axes if whole.shape[0] is not None else -axes or None]


def common_shape(shapes: Sequence[TensorShape]) -> TensorShape:
    """What several shapes broadcast to; ValueError where they do not."""
    out = shapes[0]
    for shape in shapes[1:]:
        out = broadcast_static_shape(out, shape)
    return out


def common_sizes(all_sizes: Sequence[Sizes]) -> Sizes:
    """What several shapes broadcast to."""
    out = all_sizes[0]
    for sizes in all_sizes[1:]:
        if isinstance(out, tuple) and isinstance(sizes, tuple):
            out = tuple(broadcast_static_shape(TensorShape(out), TensorShape(sizes)))
        else:
            out = broadcast_dynamic_shape(as_tensor(out), as_tensor(sizes))
    return out


def broadcast_batches(tensors: Sequence[Any], axes: int = 2) -> list[Tensor]:
    """The tensors, all with the same axes before their last `axes`."""
    tensors = [convert(x) for x in tensors]
    shapes = [batch_shape(x, axes) for x in tensors]
    if all(shape.is_fully_defined() and shape == shapes[0] for shape in shapes):
        return tensors
    batch = common_sizes([batch_sizes(x, axes) for x in tensors])
    return [spread(x, batch, axes) for x in tensors]


def spread(x: Tensor, batch: Sizes, axes: int = 2) -> Tensor:
    """`x` broadcast to `batch` before its last `axes` axes."""
    if isinstance(batch, tuple) and batch_shape(x, axes) == TensorShape(batch):
        return x
    return broadcast_to(x, joined(batch, matrix_sizes(x, axes)))


def matrix_sizes(x: Tensor, axes: int) -> Sizes:
    """The sizes of the last `axes` axes."""
    known = x.shape
    if known.rank is not None and known[-axes:].is_fully_defined():
        return tuple(known[-axes:])
    return shape_op(x)[-axes:]


def reshaped(x: Tensor, *parts: Any) -> Tensor:
    """`x` in the shape that the parts make, as in `joined`."""
    return reshape(x, joined(*parts))


def in_dtype(x: Tensor, dtype: DType) -> Tensor:
    """`x` in a dtype; of complex numbers that are to be real, the real part."""
    return cast(real(x) if x.dtype.is_complex and not dtype.is_complex else x, dtype)
