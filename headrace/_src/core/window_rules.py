"""The shape rules of sliding windows: convolution and pooling.

The one idea: along each axis on its own, a window of a size, slid in steps over an input that may
be padded, has a number of places (`window_size`) and, for `"SAME"`, a padding that follows from
it (`window_padding`). The rules for whole shapes only say which axis is slid over.

Tracing refuses a window that is larger than its input. Kernels are laxer by one stride (they give
an empty result), so an eager kernel that wants to be exact does not ask these rules.

Read next: shape_rules (what a rule is).
"""

from __future__ import annotations

from collections.abc import Sequence

from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape

__all__ = ["convolution", "window", "window_padding", "window_size"]


def window_size(
    size: int | None,
    window: int | None,
    stride: int,
    padding: str,
    dilation: int = 1,
    explicit: tuple[int, int] = (0, 0),
) -> int | None:
    """The number of places of a sliding window along one axis.

    Args:
        size: the size of the input along the axis.
        window: the size of the window, without dilation.
        stride: the step from place to place.
        padding: `"VALID"`, `"SAME"` or `"EXPLICIT"`.
        dilation: the distance between neighbouring elements of the window.
        explicit: the padding before and after, for `"EXPLICIT"`.

    Raises:
        ShapeError: if stride or dilation is below 1, or the window larger than the input.

    >>> window_size(28, 3, 2, "SAME"), window_size(28, 3, 2, "VALID")
    (14, 13)
    """
    if padding not in ("SAME", "VALID", "EXPLICIT"):
        raise ShapeError(
            f"Value for attr 'padding' of \"{padding}\" is not in the list of allowed values: "
            '"SAME", "VALID", "EXPLICIT"'
        )
    if stride < 1:
        raise ShapeError(f"Stride must be > 0, but got {stride}")
    if dilation < 1:
        raise ShapeError(
            "Dilated rates should be larger than 0.",
            f"Dilation rate must be >= 1, but got {dilation}",
        )
    if size is None:
        return None
    if padding == "SAME":
        return -(-size // stride)
    if window is None:
        return None
    if padding == "EXPLICIT":
        size += sum(explicit)
    reach = (window - 1) * dilation + 1
    if size < reach:
        raise ShapeError(
            f"Computed output size would be negative: {(size - reach + stride) // stride} "
            f"[input_size: {size}, effective_filter_size: {reach}, stride: {stride}]",
            f"Negative dimension size caused by subtracting {reach} from {size}",
        )
    return (size - reach) // stride + 1


def window_padding(
    size: int,
    window: int,
    stride: int,
    padding: str,
    dilation: int = 1,
    explicit: tuple[int, int] = (0, 0),
) -> tuple[int, int]:
    """The padding before and after along one axis; what is odd goes after.

    >>> window_padding(28, 3, 2, "SAME")
    (0, 1)
    """
    if padding == "VALID":
        return 0, 0
    if padding == "EXPLICIT":
        return explicit
    reach = (window - 1) * dilation + 1
    total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def window(
    x: TensorShape,
    ksize: Sequence[int | None],
    strides: Sequence[int],
    padding: str,
    dilations: Sequence[int] | None = None,
    explicit_paddings: Sequence[int] = (),
    data_format: str = "NHWC",
) -> TensorShape:
    """The shape of `x` pooled: `ksize` and `strides` have one entry per axis of `x`.

    >>> window(TensorShape([None, 28, 28, 3]), [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
    TensorShape([None, 14, 14, 3])
    """
    rank = len(ksize)
    _check_window(x, rank, explicit_paddings, padding)
    dims = x._dims or (None,) * rank
    channel = 1 if data_format.startswith("NC") else rank - 1
    out = list(dims)
    for axis in range(1, rank):
        # Pooling may slide over channels too (MaxPool with ksize [1, 1, 1, k]).
        if axis == channel and ksize[axis] == strides[axis] == 1:
            continue
        explicit = explicit_paddings[2 * axis : 2 * axis + 2] or (0, 0)
        out[axis] = window_size(
            dims[axis],
            ksize[axis],
            strides[axis],
            padding,
            1 if dilations is None else dilations[axis],
            (explicit[0], explicit[1]),
        )
    return TensorShape.of(tuple(out))


def convolution(
    x: TensorShape,
    filters: TensorShape,
    strides: Sequence[int],
    padding: str,
    dilations: Sequence[int] | None = None,
    explicit_paddings: Sequence[int] = (),
    data_format: str = "NHWC",
    depthwise: bool = False,
) -> TensorShape:
    """The shape of `x` convolved with `filters`, `[*window, in_channels, out_channels]`.

    The depth of the input may be a multiple of that of the filters (grouped convolution). With
    `depthwise`, the filters are `[*window, in_channels, multiplier]`.

    >>> convolution(
    ...     TensorShape([None, 28, 28, 3]), TensorShape([3, 3, 3, 8]), [1, 2, 2, 1], "SAME"
    ... )
    TensorShape([None, 14, 14, 8])
    """
    rank = len(strides)
    if filters.rank is not None and filters.rank != rank:
        raise ShapeError(
            f"filter must be {rank}-dimensional: {bracketed(filters)}",
            f"Shape must be rank {rank} but is rank {filters.rank}",
        )
    _check_window(x, rank, explicit_paddings, padding)
    dims = x._dims or (None,) * rank
    sizes = filters._dims or (None,) * rank
    channel = 1 if data_format.startswith("NC") else rank - 1
    depth, expected = dims[channel], sizes[-2]
    if depth is not None and expected is not None:
        if depthwise and depth != expected:
            raise ShapeError(
                f"input and filter must have the same depth: {depth} vs {expected}",
                f"Dimensions must be equal, but are {depth} and {expected}",
            )
        if expected == 0 or depth % expected:
            raise ShapeError(
                f"input depth must be evenly divisible by filter depth: {depth} vs {expected}",
                f"Depth of input ({depth}) is not a multiple of input depth of filter ({expected})",
            )
    ksize = list(sizes[:-2])
    ksize.insert(channel - 1, 1)
    for stride in strides[1:]:
        if stride < 1:
            raise ShapeError(
                "Row and column strides should be larger than 0.",
                f"Stride must be > 0, but got {stride}",
            )
    out = window(
        x,
        [1, *ksize],
        strides,
        padding,
        dilations,
        explicit_paddings,
        data_format,
    ).as_list()
    if depthwise:
        known = depth if depth is not None else expected
        out[channel] = None if known is None or sizes[-1] is None else known * sizes[-1]
    else:
        out[channel] = sizes[-1]
    return TensorShape.of(tuple(out))


def _check_window(
    x: TensorShape, rank: int, explicit_paddings: Sequence[int], padding: str
) -> None:
    if x.rank is not None and x.rank != rank:
        raise ShapeError(
            f"input must be {rank}-dimensional: {bracketed(x)}",
            f"Shape must be rank {rank} but is rank {x.rank}",
        )
    if padding == "EXPLICIT":
        if len(explicit_paddings) != 2 * rank:
            raise ShapeError(
                f"explicit_paddings attribute must contain {2 * rank} values, "
                f"but got: {len(explicit_paddings)}"
            )
        if min(explicit_paddings) < 0:
            raise ShapeError("All elements of explicit_paddings must be nonnegative")
