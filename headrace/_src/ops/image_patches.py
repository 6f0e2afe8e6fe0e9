"""Windows slid over images, each laid out as the channels of one pixel: patches, and Sobel's edges.

The one idea: along one axis a window of k taps turns an axis of places into two, (window, tap);
with that done for each spatial axis what is left is a transpose. The gradient goes back axis by
axis too, adding up the taps, so it takes the sum of the windows' sizes in steps, not the product.

A window's taps are `rates` apart, windows `strides`; "SAME" pads with zeros, what is odd after.

Read next: core/window_rules.py, ops/image.py.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.core.window_rules import window_padding, window_size
from headrace._src.engine.op import op
from headrace._src.ops.array import reshape, shape_op, sizes, transpose_op
from headrace._src.ops.depthwise import depthwise_conv2d_native
from headrace._src.ops.joining import stack
from headrace._src.ops.math import maximum
from headrace._src.ops.padding import mirror_pad
from headrace._src.ops.slicing import slice_op, strided_slice_grad
from headrace._src.ops.windows import integer, padding_of, places, refuse

# ---- shapes and checks ---------------------------------------------------------------------------


def _patched(images: TensorShape, ksizes, strides, rates, padding: str) -> TensorShape:
    rank = len(ksizes)
    if images.rank not in (None, rank):
        raise ShapeError(
            f"input must be {rank}-dimensional{bracketed(images)}",
            f"Shape must be rank {rank} but is rank {images.rank}",
        )
    batch, *spatial, depth = (None,) * rank if images.rank is None else images
    out = [
        window_size(n, k, s, padding, r) if min(k, s, r) > 0 else None
        for n, k, s, r in zip(spatial, ksizes[1:-1], strides[1:-1], rates[1:-1], strict=True)
    ]
    return TensorShape([batch, *out, None if depth is None else depth * math.prod(ksizes)])


def _volumes(input: TensorShape, ksizes, strides, padding: str) -> TensorShape:
    return _patched(input, ksizes, strides, (1,) * len(ksizes), padding)


def _per_axis(value: Any, what: str, op: str, rank: int) -> tuple[int, ...]:
    """A list argument of a public function as a tuple of ints, at least one for each axis."""
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"Expected list for '{what}' argument to '{op}' Op, not {value!r}.")
    if len(value) < rank:
        node = {4: "ExtractImagePatches", 5: "ExtractVolumePatches"}[rank]
        if thread.context.graph is not None:
            raise ValueError(
                f"Attr '{what}' of '{node}' Op passed list of length {len(value)} less than "
                f"minimum {rank}."
            )
        refuse(
            f"Length for attr '{what}' of {len(value)} must be at least minimum {rank}\n\t; "
            f"NodeDef: {{{{node {node}}}}} [Op:{node}] name: "
        )
    return tuple([integer(n, what) for n in value])


def _check(x: Any, rank: int, padding: str, **attributes: Sequence[int]) -> None:
    """Raises what TensorFlow's kernels complain about."""
    for name, values in attributes.items():
        if values[0] != 1 or values[-1] != 1:
            raise errors.UnimplementedError(None, None, f"Only support {name} across space.")
        if min(values) < 1:
            raise errors.OutOfRangeError(None, None, f"{name} is out of range.")
    if x.ndim != rank:
        raise ValueError(f"input must be {rank}-dimensional{bracketed(TensorShape(x.shape))}")


def _windows(x: Any, ksizes, strides, rates, padding: str) -> Any:
    """The patches of an array, all axes of which but the first and the last are slid over."""
    how = list(zip(x.shape[1:-1], ksizes[1:-1], strides[1:-1], rates[1:-1], strict=True))
    counts = [places(n, k, s, padding, r) for n, k, s, r in how]
    shape = (len(x), *counts, x.shape[-1] * math.prod(ksizes))
    if 0 in shape:
        return xp(x).zeros(shape, x.dtype)
    pads = [window_padding(n, k, s, padding, r) for n, k, s, r in how]
    if any(map(any, pads)):
        x = xp(x).pad(x, ((0, 0), *pads, (0, 0)))
    return _laid_out(x, how, counts).reshape(shape)


def _laid_out(x: Any, how: list, counts: list[int]) -> Any:
    """[batch, *windows, *taps, channels]: on the host a view, which is copied once."""
    axes = len(counts)
    taps = [k for _, k, _, _ in how]
    if xp(x) is np:
        steps = x.strides[1:-1]
        between = [step * s for step, (_, _, s, _) in zip(steps, how, strict=True)]
        within = [step * r for step, (_, _, _, r) in zip(steps, how, strict=True)]
        return np.lib.stride_tricks.as_strided(
            x,
            (len(x), *counts, *taps, x.shape[-1]),
            (x.strides[0], *between, *within, x.strides[-1]),
            writeable=False,
        )
    for i, ((_, k, s, r), count) in enumerate(zip(how, counts, strict=True)):
        place = np.arange(count)[:, None] * s + np.arange(k) * r
        x = xp(x).take(x, place, 1 + 2 * i)
    order = [0, *range(1, 2 * axes, 2), *range(2, 2 * axes + 1, 2), 2 * axes + 1]
    return x.transpose(order)


def _carried_back(dz: Tensor, images: Tensor, ksizes, strides, rates, padding: str) -> Tensor:
    """The gradient of patches by the images: each pixel's share of all windows, added up."""
    batch, *spatial, depth = _sizes(images, len(ksizes))
    axes = len(spatial)
    counts = sizes(dz)[1:-1]
    taps = ksizes[1:-1]
    x = reshape(dz, [batch, *counts, *taps, depth])
    order = [0, *(n for i in range(axes) for n in (1 + i, 1 + axes + i)), 1 + 2 * axes]
    x = transpose_op(x, tuple(order))
    for i in range(axes):
        how = taps[i], strides[1 + i], rates[1 + i]
        x = _added_up(x, 1 + i, spatial[i], counts[i], how, padding)
    return x


def _added_up(x: Tensor, axis: int, size: Any, count: Any, how: tuple, padding: str) -> Tensor:
    """The axes (window, tap) at `axis` as one of `size`."""
    k, s, r = how
    reach = (k - 1) * r + 1
    # As much as the windows cover, and the rest of the image after the last of them.
    covered = (count - 1) * s + reach
    before = 0
    if padding == "SAME":
        before = _most((covered - size), 0) // 2
    whole = _most(covered, size + before)
    lead, rest = sizes(x)[:axis], sizes(x)[axis + 2 :]
    total = None
    for tap in range(k):
        begin = (0,) * axis + (0, tap) + (0,) * len(rest)
        part = slice_op(x, begin, (-1,) * (axis + 1) + (1,) + (-1,) * len(rest))
        part = reshape(part, [*lead, count, *rest])
        at = (0,) * axis + (tap * r,) + (0,) * len(rest)
        until = [*lead, tap * r + (count - 1) * s + 1, *rest]
        step = (1,) * axis + (s,) + (1,) * len(rest)
        shape = whole_shape([*lead, whole, *rest])
        part = strided_slice_grad(shape, at, whole_shape(until), step, part)
        total = part if total is None else total + part
    begin = [0] * axis + [before] + [0] * len(rest)
    return slice_op(total, whole_shape(begin), whole_shape([*lead, size, *rest]))


def _sizes(x: Tensor, rank: int) -> tuple:
    """The sizes of `x`, whose rank need not be known: ints or scalar tensors."""
    if x.shape.rank is not None:
        return sizes(x)
    whole = shape_op(x)
    return tuple([whole[i] for i in range(rank)])


def _most(one: Any, other: Any) -> Any:
    return max(one, other) if type(one) is type(other) is int else maximum(one, other)


def whole_shape(sizes: Sequence[Any]) -> Any:
    """Sizes as a tuple where all are known, else as a tensor."""
    return tuple(sizes) if all(type(n) is int for n in sizes) else stack(list(sizes))


# ---- patches -------------------------------------------------------------------------------------


def extract_patches(
    images: Any, sizes: Any, strides: Any, rates: Any, padding: Any, name: str | None = None
) -> Tensor:
    """The patches of `images` under a sliding window, each as the channels of one pixel.

    images: [batch, height, width, channels]. sizes, strides, rates: four integers each, the first
    and the last 1: the size of the window, how far it is moved, and how far apart the pixels are
    that it takes. padding: "VALID", or "SAME" for zeros around. The result is [batch, rows,
    columns, height of a window * its width * channels].

    >>> image = tf.reshape(tf.range(9), [1, 3, 3, 1])
    >>> ones = [1, 1, 1, 1]
    >>> tf.image.extract_patches(image, [1, 2, 2, 1], ones, ones, "VALID")[0, 0].numpy()
    array([[0, 1, 3, 4],
           [1, 2, 4, 5]], dtype=int32)

    Raises tf.errors.InvalidArgumentError for another rank or padding or a window that does not fit,
    tf.errors.UnimplementedError for windows across images or channels, tf.errors.OutOfRangeError
    for numbers below one. Op: ExtractImagePatches.
    """
    lists = zip(("ksizes", "strides", "rates"), (sizes, strides, rates), strict=True)
    numbers = [_per_axis(value, what, "extract_image_patches", 4) for what, value in lists]
    padding, _ = padding_of(padding, "ExtractImagePatches", ("SAME", "VALID"))
    return extract_image_patches(images, *numbers, padding, name)


@op("ExtractImagePatches", shape=_patched, cost="light")
def extract_image_patches(
    images: Tensor,
    ksizes: tuple[int, ...],
    strides: tuple[int, ...],
    rates: tuple[int, ...],
    padding: str,
    name: str | None = None,
) -> Tensor:
    """Patches of images as channels."""
    _check(images, 4, padding, ksizes=ksizes, strides=strides, rates=rates)
    return _windows(images, ksizes, strides, rates, padding)


@extract_image_patches.gradient
def _(dz, images, ksizes, strides, rates, padding):
    return _carried_back(dz, images, ksizes, strides, rates, padding)


def extract_volume_patches(
    input: Any, ksizes: Any, strides: Any, padding: Any, name: str | None = None
) -> Tensor:
    """The patches of volumes under a sliding window, each as the channels of one voxel.

    input: [batch, planes, rows, columns, channels]. ksizes, strides: five integers each, the first
    and the last 1: the size of the window, and how far it is moved. padding: "VALID", or "SAME" for
    zeros around.

    >>> volume = tf.reshape(tf.range(8), [1, 2, 2, 2, 1])
    >>> tf.extract_volume_patches(volume, [1, 2, 1, 1, 1], [1, 1, 1, 1, 1], "VALID").shape
    TensorShape([1, 1, 2, 2, 2])

    Raises tf.errors.InvalidArgumentError for another rank or padding or a window that does not fit,
    tf.errors.UnimplementedError for windows across volumes or channels, tf.errors.OutOfRangeError
    for numbers below one. Op: ExtractVolumePatches.
    """
    lists = zip(("ksizes", "strides"), (ksizes, strides), strict=True)
    numbers = [_per_axis(value, what, "extract_volume_patches", 5) for what, value in lists]
    padding, _ = padding_of(padding, "ExtractVolumePatches", ("SAME", "VALID"))
    return extract_volume_patches_op(input, *numbers, padding, name)


@op("ExtractVolumePatches", shape=_volumes, cost="light")
def extract_volume_patches_op(
    input: Tensor,
    ksizes: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    name: str | None = None,
) -> Tensor:
    """Patches of volumes as channels."""
    _check(input, 5, padding, ksizes=ksizes, strides=strides)
    return _windows(input, ksizes, strides, (1,) * 5, padding)


@extract_volume_patches_op.gradient
def _(dz, input, ksizes, strides, padding):
    return _carried_back(dz, input, ksizes, strides, (1,) * 5, padding)


# ---- edges ---------------------------------------------------------------------------------------


def sobel_edges(image: Any) -> Tensor:
    """How steep `image` is at each pixel, downwards and to the right.

    image: a tensor of floats [batch, height, width, channels], height and width at least 2; beyond
    its border it is mirrored. The result is [batch, height, width, channels, 2].

    >>> steps = tf.reshape(tf.constant([0., 0., 1., 1.]), [1, 2, 2, 1])
    >>> tf.image.sobel_edges(steps).shape
    TensorShape([1, 2, 2, 1, 2])

    Raises tf.errors.InvalidArgumentError for another rank, a dtype that is not floating, or an
    image that is too small. Op: MirrorPad. Sobel and Feldman, "A 3x3
    isotropic gradient operator for image processing" (1968).
    """
    image.get_shape()  # a tensor, says TensorFlow, not what becomes one
    around = mirror_pad(image, ((0, 0), (1, 1), (1, 1), (0, 0)), "REFLECT")
    if not image.dtype.is_floating:
        # TensorFlow has a convolution here, which says what it takes.
        depthwise_conv2d_native(around, around, (1, 1, 1, 1))
    across = around[:, :, :-2] + 2 * around[:, :, 1:-1] + around[:, :, 2:]
    along = around[:, :-2] + 2 * around[:, 1:-1] + around[:, 2:]
    return stack([across[:, 2:] - across[:, :-2], along[:, :, 2:] - along[:, :, :-2]], -1)
