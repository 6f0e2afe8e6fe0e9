"""Blocks of positions moved into another axis: space to batch, space to depth, and back.

The one idea: cut every axis into (outside, inside) by a reshape, move the insides by a transpose,
and join what is side by side by another reshape. The way back does the same the other way round
and is the gradient.

Read next: ops/padding.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core.dtypes import int32
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, unknown_shape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import Static, op
from headrace._src.ops.constant import zeros_like
from headrace._src.ops.joining import stack
from headrace._src.ops.math import floormod
from headrace._src.ops.padding import nested


def space_to_batch(input: Any, block_shape: Any, paddings: Any, name: str | None = None) -> Tensor:
    """`input` padded with zeros, then its blocks of positions moved into the batch axis.

    input: [batch, ...spatial, ...rest]. block_shape: the size of a block along each of the m
    spatial axes. paddings: [m, 2] zeros before and after. Result: [batch * prod(block_shape),
    ...spatial / block, ...rest].

    >>> tf.space_to_batch([[[[1], [2]], [[3], [4]]]], [2, 2], [[0, 0], [0, 0]]).numpy().ravel()
    array([1, 2, 3, 4], dtype=int32)

    Raises tf.errors.InvalidArgumentError where blocks do not fit. Op: SpaceToBatchND.
    """
    return space_to_batch_nd(input, nested(block_shape), nested(paddings), name)


def _is_known(static: Any) -> bool:
    """Whether all of a static input is known."""
    return static is not None and not (type(static) is tuple and None in static)


def _check_rank(x: TensorShape, block_shape: Any) -> None:
    if type(block_shape) is tuple and x.rank is not None and x.rank <= len(block_shape):
        wanted = 1 + len(block_shape)
        raise ShapeError(
            f"input rank should be >= {wanted} instead of {x.rank}",
            f"Shape must be at least rank {wanted} but is rank {x.rank}",
        )


def _batched(x: TensorShape, block_shape: Any, paddings: Any) -> TensorShape:
    _check_rank(x, block_shape)
    if x.rank is None or not _is_known(block_shape) or not _is_known(paddings):
        return unknown_shape(x.rank)
    blocks = _blocks(x, block_shape, paddings, "paddings")
    sizes = list(x)
    for i, (block, (before, after)) in enumerate(zip(blocks, paddings, strict=True), start=1):
        if before < 0 or after < 0:
            raise ShapeError("Paddings must be non-negative")
        if sizes[i] is None:
            continue
        padded = sizes[i] + before + after
        if padded % block:
            raise ShapeError(
                f"padded_shape[{i - 1}]={padded} is not divisible by block_shape[{i - 1}]={block}"
            )
        sizes[i] = padded // block
    if sizes[0] is not None:
        sizes[0] *= math.prod(blocks)
    return TensorShape(sizes)


def _blocks(x: TensorShape, block_shape: Any, pairs: Any, what: str) -> tuple:
    if type(block_shape) is int:
        raise ShapeError(
            "block_shape rank should be 1 instead of 0", "Shape must be rank 1 but is rank 0"
        )
    blocks = block_shape
    if np.shape(pairs) != (len(blocks), 2) and len(blocks):
        raise ShapeError(
            f"{what} should have shape [{len(blocks)}, 2] instead of "
            f"[{','.join(map(str, np.shape(pairs)))}]"
        )
    for i, block in enumerate(blocks):
        if block < 1:
            raise ShapeError(
                f"All values in block_shape must be positive, got value, {block} at index {i}."
            )
    return blocks


@op("SpaceToBatchND", shape=_batched, cost="light")
def space_to_batch_nd(
    input: Tensor, block_shape: Static, paddings: Static, name: str | None = None
) -> Tensor:
    """`input` padded with zeros, its blocks of positions moved into the batch axis.

    input: [batch, ...spatial, ...rest]. block_shape: [m], the size of a block along each spatial
    axis. paddings: [m, 2] zeros before and after.

    >>> tf.space_to_batch_nd([[1, 2, 3]], [2], [[0, 1]]).numpy()
    array([[1, 3],
           [2, 0]], dtype=int32)

    Raises tf.errors.InvalidArgumentError where blocks do not fit. Op: SpaceToBatchND.
    """
    out = tuple(_batched(TensorShape(input.shape), block_shape, paddings))
    count = len(block_shape)
    rest = input.shape[1 + count :]
    padded = input
    if any(map(any, paddings)):
        padded = xp(input).pad(input, ((0, 0), *paddings, *((0, 0),) * len(rest)))
    split = [n for size, block in zip(out[1:], block_shape, strict=False) for n in (size, block)]
    cut = padded.reshape((input.shape[0], *split, *rest))
    inside = [2 * i + 2 for i in range(count)]
    outside = [2 * i + 1 for i in range(count)]
    order = [*inside, 0, *outside, *range(1 + 2 * count, cut.ndim)]
    return cut.transpose(order).reshape(out)


@space_to_batch_nd.gradient
def _(dz, block_shape, paddings):
    return batch_to_space_nd(dz, block_shape, paddings)


def required_space_to_batch_paddings(
    input_shape: Any, block_shape: Any, base_paddings: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The paddings with which blocks fit, and the crops that undo what is added for it.

    input_shape, block_shape: int32 vectors of one length m, the sizes of the spatial axes and of a
    block. base_paddings: [m, 2] zeros before and after that there are anyway. Answers (paddings,
    crops), both [m, 2], for `tf.space_to_batch` and `tf.batch_to_space`.

    >>> paddings, crops = tf.required_space_to_batch_paddings([5, 6], [2, 3])
    >>> paddings.numpy()
    array([[0, 1],
           [0, 0]], dtype=int32)

    name: of no use, as in TensorFlow.

    Raises ValueError for vectors of different lengths.
    """
    input_shape, block_shape = convert(input_shape, int32), convert(block_shape, int32)
    block_shape.shape.assert_has_rank(1)
    count = block_shape.shape[0]
    input_shape.shape.assert_is_compatible_with([count])
    start = end = 0
    if base_paddings is not None:
        base_paddings = convert(base_paddings, int32)
        base_paddings.shape.assert_is_compatible_with([count, 2])
        start, end = base_paddings[:, 0], base_paddings[:, 1]
    over = floormod(input_shape + start + end, block_shape)
    more = floormod(block_shape - over, block_shape)
    none = zeros_like(more)
    return stack([none + start, end + more], 1), stack([none, more], 1)


def batch_to_space(input: Any, block_shape: Any, crops: Any, name: str | None = None) -> Tensor:
    """The reverse of `tf.space_to_batch`: blocks back from the batch axis, then `crops` cut away.

    input: [batch, ...spatial, ...rest]. block_shape: the size of a block along each of the m
    spatial axes. crops: [m, 2] how much to cut away before and after.

    >>> tf.batch_to_space([[[[1]]], [[[2]]], [[[3]]], [[[4]]]], [2, 2], [[0, 0], [0, 0]]).shape
    TensorShape([1, 2, 2, 1])

    Raises tf.errors.InvalidArgumentError where blocks do not fit. Op: BatchToSpaceND.
    """
    return batch_to_space_nd(input, nested(block_shape), nested(crops), name)


def _unbatched(x: TensorShape, block_shape: Any, crops: Any) -> TensorShape:
    _check_rank(x, block_shape)
    if x.rank is None or not _is_known(block_shape) or not _is_known(crops):
        return unknown_shape(x.rank)
    blocks = _blocks(x, block_shape, crops, "crops")
    sizes = list(x)
    if sizes[0] is not None:
        if sizes[0] % math.prod(blocks):
            raise ShapeError(
                f"Input batch dimension ({sizes[0]}) is not divisible by product of block sizes "
                f"({math.prod(blocks)})"
            )
        sizes[0] //= math.prod(blocks)
    for i, (block, (before, after)) in enumerate(zip(blocks, crops, strict=True), start=1):
        if before < 0 or after < 0:
            raise ShapeError("Crops must be non-negative")
        if sizes[i] is not None:
            sizes[i] = sizes[i] * block - before - after
            if sizes[i] < 0:
                raise ShapeError(f"cropped_shape[{i - 1}]={sizes[i]} must be non-negative")
    return TensorShape(sizes)


@op("BatchToSpaceND", shape=_unbatched, cost="light")
def batch_to_space_nd(
    input: Tensor, block_shape: Static, crops: Static, name: str | None = None
) -> Tensor:
    """Blocks back from the batch axis, then cropped."""
    out = tuple(_unbatched(TensorShape(input.shape), block_shape, crops))
    count = len(block_shape)
    spread = input.reshape((*block_shape, out[0], *input.shape[1:]))
    order = [count]
    for i in range(count):
        order += [count + 1 + i, i]
    order += range(2 * count + 1, spread.ndim)
    sizes = [n * block for n, block in zip(input.shape[1:], block_shape, strict=False)]
    whole = spread.transpose(order).reshape((out[0], *sizes, *input.shape[1 + count :]))
    cut = [slice(before, before + n) for (before, _), n in zip(crops, out[1:], strict=False)]
    return whole[(slice(None), *cut)]


@batch_to_space_nd.gradient
def _(dz, block_shape, crops):
    return space_to_batch_nd(dz, block_shape, crops)


def space_to_depth(
    input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> Tensor:
    """Blocks of `block_size` x `block_size` pixels as more channels of fewer pixels.

    input: [batch, height, width, channels], or with "NCHW" [batch, channels, height, width].

    >>> tf.nn.space_to_depth(tf.ones([1, 4, 4, 3]), 2).shape
    TensorShape([1, 2, 2, 12])

    Raises tf.errors.InvalidArgumentError where blocks do not fit. Op: SpaceToDepth.
    """
    return space_to_depth_op(input, block_size, data_format, name)


def _deeper(x: TensorShape, block_size: int, data_format: str) -> TensorShape:
    if x.rank is None:
        return unknown_shape(4)
    n, height, width, depth = _image(x, block_size, data_format)
    if None not in (height, width) and (height % block_size or width % block_size):
        raise ShapeError(
            f"Image width {width} and height {height} should be divisible by block_size: "
            f"{block_size}"
        )
    height = None if height is None else height // block_size
    width = None if width is None else width // block_size
    depth = None if depth is None else depth * block_size**2
    return TensorShape(
        [n, height, width, depth] if data_format == "NHWC" else [n, depth, height, width]
    )


def _image(x: TensorShape, block_size: int, data_format: str) -> list:
    if data_format not in ("NHWC", "NCHW"):
        raise NotImplementedError(f"data_format {data_format!r}: only 'NHWC' and 'NCHW' run here.")
    if block_size < 2:
        raise ShapeError(f"Block size should be > 1, but was: {block_size}")
    if x.rank != 4:
        raise ShapeError(f"Input rank should be: 4 instead of: {x.rank}")
    sizes = list(x)
    return sizes if data_format == "NHWC" else [sizes[0], sizes[2], sizes[3], sizes[1]]


@op("SpaceToDepth", shape=_deeper, cost="light")
def space_to_depth_op(
    input: Tensor, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> Tensor:
    """Blocks of pixels as channels."""
    out = tuple(_deeper(TensorShape(input.shape), block_size, data_format))
    n, height, width, depth = _image(TensorShape(input.shape), block_size, data_format)
    cut = (height // block_size, block_size, width // block_size, block_size)
    if data_format == "NHWC":
        return input.reshape((n, *cut, depth)).transpose((0, 1, 3, 2, 4, 5)).reshape(out)
    return input.reshape((n, depth, *cut)).transpose((0, 3, 5, 1, 2, 4)).reshape(out)


@space_to_depth_op.gradient
def _(dz, block_size, data_format):
    return depth_to_space_op(dz, block_size, data_format)


def depth_to_space(
    input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> Tensor:
    """Channels as blocks of `block_size` x `block_size` pixels: `tf.nn.space_to_depth` undone.

    input: [batch, height, width, channels], or with "NCHW" [batch, channels, height, width].

    >>> tf.nn.depth_to_space(tf.ones([1, 2, 2, 12]), 2).shape
    TensorShape([1, 4, 4, 3])

    Raises tf.errors.InvalidArgumentError where the channels cannot be divided. Op: DepthToSpace.
    """
    return depth_to_space_op(input, block_size, data_format, name)


def _flatter(x: TensorShape, block_size: int, data_format: str) -> TensorShape:
    if x.rank is None:
        return unknown_shape(4)
    n, height, width, depth = _image(x, block_size, data_format)
    if depth is not None and depth % block_size**2:
        raise ShapeError(f"Input depth dimension {depth} should be divisible by: {block_size**2}")
    depth = None if depth is None else depth // block_size**2
    height = None if height is None else height * block_size
    width = None if width is None else width * block_size
    return TensorShape(
        [n, height, width, depth] if data_format == "NHWC" else [n, depth, height, width]
    )


@op("DepthToSpace", shape=_flatter, cost="light")
def depth_to_space_op(
    input: Tensor, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> Tensor:
    """Channels as blocks of pixels."""
    out = tuple(_flatter(TensorShape(input.shape), block_size, data_format))
    n, height, width, depth = _image(TensorShape(input.shape), block_size, data_format)
    rest = depth // block_size**2
    if data_format == "NHWC":
        spread = input.reshape((n, height, width, block_size, block_size, rest))
        return spread.transpose((0, 1, 3, 2, 4, 5)).reshape(out)
    spread = input.reshape((n, block_size, block_size, rest, height, width))
    return spread.transpose((0, 3, 4, 1, 5, 2)).reshape(out)


@depth_to_space_op.gradient
def _(dz, block_size, data_format):
    return space_to_depth_op(dz, block_size, data_format)
