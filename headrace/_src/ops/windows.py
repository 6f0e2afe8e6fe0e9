"""Sliding windows as users write them: strides and paddings in their several forms.

The one idea: a public function of convolution or pooling takes a number, a number per axis or all
of them, and "SAME", "VALID" or a list of pairs; its op takes one number for each axis, a word and
a flat list. What stands between is here, for both, with the checks that an eager kernel makes.

A kernel is laxer than tracing (core/window_rules.py): a window a little larger than its input has
no place and gives an empty result; only from two strides on it is an error.

Read next: ops/convolve.py, ops/pooling.py.
"""

import math
from collections.abc import Sequence
from typing import Any, NoReturn

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.tensor import Tensor
from headrace._src.core.window_rules import window_padding
from headrace._src.ops import array
from headrace._src.ops.array import reshape_op


def per_axis(value: Any, n: int, channel: int, what: str) -> tuple:
    """`value` for each of `n` spatial axes, as a tuple with 1 for the batch and the channels.

    value: a number, or 1, n or n + 2 of them; None for 1. channel: the channels' axis.
    """
    if value is None:
        value = [1]
    elif not hasattr(value, "__len__") or isinstance(value, (str, bytes)):
        value = [value]
    elif isinstance(value, Tensor):
        value = list(value)
    count = len(value)
    if count not in (1, n, n + 2):
        raise ValueError(
            f"{what} should be of length 1, {n} or {n + 2}. Received: {what}={value} of length "
            f"{count}"
        )
    sizes = tuple(integer(size, what) for size in value)
    if count == n + 2:
        return sizes
    if count == 1:
        sizes = sizes * n
    return (1, 1, *sizes) if channel == 1 else (1, *sizes, 1)


def integer(value: Any, what: str) -> int:
    """`value` as an int; raises TypeError where it is no number."""
    if type(value) is int:
        return value
    try:
        if isinstance(value, (str, bytes)):
            raise TypeError
        return int(value)
    except TypeError:
        raise TypeError(f"Expected int for argument '{what}' not {value!r}.") from None


def padding_of(padding: Any, op: str, allowed: tuple[str, ...], size: int = 4) -> tuple[str, tuple]:
    """A padding as the op's word and its flat list of explicit paddings.

    size: the number of pairs that a list must have.
    """
    if isinstance(padding, (list, tuple)) and "EXPLICIT" in allowed:
        for i, pair in enumerate(padding):
            if not isinstance(pair, (list, tuple)):
                raise ValueError(
                    "When `padding` is a list, each element of `padding` must be a list/tuple of "
                    f"size 2. Received: padding={padding} with element at index {i} "
                    f"of type {type(pair)}"
                )
            if len(pair) != 2:
                raise ValueError(
                    "When `padding` is a list, each element of `padding` must be a list/tuple of "
                    f"size 2. Received: padding={padding} with element at index {i} "
                    f"of size {len(pair)}"
                )
        if len(padding) != size:
            raise ValueError(
                f"When padding is a list, it must be of size {size}. Received: padding={padding} "
                f"of size {len(padding)}"
            )
        return "EXPLICIT", tuple(integer(n, "padding") for pair in padding for n in pair)
    if padding == "EXPLICIT":
        raise ValueError(
            "'EXPLICIT' is not a valid value for `padding`. To use explicit padding, `padding` "
            "must be a list."
        )
    if not isinstance(padding, str):
        raise TypeError(f"Expected string for argument 'padding' not {padding!r}.")
    one_of("padding", padding, allowed, op)
    return padding, ()


def one_of(attr: str, value: Any, allowed: tuple[str, ...], op: str) -> None:
    """Refuses a word that the op's registry entry does not know."""
    if value not in allowed:
        words = ", ".join(f'"{word}"' for word in allowed)
        if thread.context.graph is not None:
            raise ValueError(f"Attr '{attr}' of '{op}' Op passed string '{value}' not in: {words}.")
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Value for attr '{attr}' of \"{value}\" is not in the list of allowed values: "
            f"{words}\n\t; NodeDef: {{{{node {op}}}}} [Op:{op}] name: ",
        )


def refuse(fact: str) -> NoReturn:
    """Raises what an eager kernel raises."""
    raise errors.InvalidArgumentError(None, None, fact)


def unimplemented(fact: str) -> NoReturn:
    """Raises what an eager kernel raises where TensorFlow itself is not done."""
    raise errors.UnimplementedError(None, None, fact)


def is_on_cpu() -> bool:
    """Whether an eager op that is called now runs on a CPU, whose kernels want channels last."""
    return thread.context.is_quick


def places(
    size: int,
    window: int,
    stride: int,
    padding: str,
    dilation: int = 1,
    explicit: Sequence[int] = (0, 0),
) -> int:
    """How many places a window has along one axis; raises where a kernel finds less than none."""
    if stride < 1:
        refuse(f"Stride must be > 0, but got {stride}")
    if padding == "SAME":
        return -(-size // stride)
    reach = (window - 1) * dilation + 1
    wide = size + sum(explicit) if padding == "EXPLICIT" else size
    count = math.trunc((wide - reach + stride) / stride)
    if count < 0:
        refuse(
            f"Computed output size would be negative: {count} [input_size: {wide}, "
            f"effective_filter_size: {reach}, stride: {stride}]"
        )
    return count


def paddings(
    sizes: Sequence[int],
    window: Sequence[int],
    strides: Sequence[int],
    padding: str,
    dilations: Sequence[int],
    explicit: Sequence[int],
) -> tuple[tuple[int, int], ...]:
    """What is padded before and after along each axis, all of them the spatial ones."""
    pairs = [(explicit[2 * i], explicit[2 * i + 1]) for i in range(len(explicit) // 2)]
    pairs = pairs or [(0, 0)] * len(sizes)
    return tuple(
        window_padding(n, k, s, padding, d, pair)
        for n, k, s, d, pair in zip(sizes, window, strides, dilations, pairs, strict=True)
    )


def with_one_batch_axis(function: Any, x: Tensor, rank: int) -> Tensor:
    """`function` of `x` with its leading axes beyond `rank` joined to one, and parted again."""
    if x.shape.rank is None or x.shape.rank <= rank:
        return function(x)
    shape = array.sizes(x)
    lead = len(shape) - rank + 1
    out = function(reshape_op(x, (math.prod(shape[:lead]), *shape[lead:])))
    return reshape_op(out, (*shape[:lead], *array.sizes(out)[1:]))


def refuse_channels_first(op: str, fact: str, check: Any, kind: Any = None) -> NoReturn:
    """Raises what TensorFlow's CPU kernel says of channels first, which XLA would take.

    check: called first; what else is wrong comes before.
    """
    where = "/job:localhost/replica:0/task:0/device:CPU:0"
    kind = kind or errors.InvalidArgumentError
    try:
        check()
    except errors.OpError as error:
        kind, fact = type(error), error.message
    raise kind(
        None, None, f"{{{{function_node __wrapped__{op}_device_{where}}}}} {fact} [Op:{op}] name: "
    ) from None


# ---- sequences, as images one pixel high ---------------------------------------------------------


def sequence_format(data_format: str | None) -> tuple[str, int]:
    """The format of a sequence as an image, and where the axis of height 1 goes."""
    if data_format in (None, "NWC", "NHWC"):
        return "NHWC", 1
    if data_format in ("NCW", "NCHW"):
        return "NCHW", 2
    raise ValueError(f"`data_format` must be 'NWC' or 'NCW'. Received: data_format={data_format}")


def with_height(sizes: tuple, channel: int) -> tuple:
    """Sizes for the axes of a sequence, with 1 for the height of the image that it becomes."""
    first, second, third = (sizes[i] for i in range(3))
    return (first, second, 1, third) if channel == 1 else (first, 1, second, third)
