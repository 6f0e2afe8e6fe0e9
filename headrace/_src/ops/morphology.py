"""Morphology on images: dilation and erosion with a structuring function for each channel.

The one idea: dilation is a convolution in which sums are maxima and products are sums. It is
computed window place by window place: one pass over the image for each element of the filter,
which keeps the best value so far. The gradient goes to the element that was best, the first one
of equals; which one that was is found again, so nothing but the inputs is kept.

Erosion is dilation of the negative, with the filter turned around.

Serra, "Image analysis and mathematical morphology" (1982).

Read next: ops/pool.py.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from headrace._src.core.dtypes import of_array
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.core.window_rules import window_padding, window_size
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.math import negative
from headrace._src.ops.padding import reverse
from headrace._src.ops.windows import integer, one_of, places, refuse, unimplemented

_SECOND = "TensorFlow has none: a dilation is linear but for kinks."


def dilation2d(
    input: Any,
    filters: Any,
    strides: Any,
    padding: str,
    data_format: str,
    dilations: Any,
    name: str | None = None,
) -> Tensor:
    """The largest sum of image and filter in every window, each channel on its own.

    input: real numbers `[batch, height, width, channels]`. filters: `[height, width, channels]`.
    strides, dilations: four integers, the first and the last of them 1: steps of the window, and
    distances between its elements. padding: "SAME" or "VALID"; what is padded takes no part.
    data_format: "NHWC", there is no other.

    >>> x = tf.reshape([1., 5., 2., 0.], [1, 1, 4, 1])
    >>> tf.nn.dilation2d(x, [[[0.], [3.]]], [1, 1, 1, 1], "VALID", "NHWC",
    ...     [1, 1, 1, 1]).numpy().ravel()
    array([8., 5., 3.], dtype=float32)

    Raises ValueError for another data_format, tf.errors.InvalidArgumentError where shapes do not
    fit. Op: Dilation2D.
    """
    _check_format(data_format)
    if not isinstance(padding, str):
        raise TypeError(f"Expected string for argument 'padding' not {padding!r}.")
    one_of("padding", padding, ("SAME", "VALID"), "Dilation2D")
    steps, rates = _four(strides, "strides"), _four(dilations, "rates")
    return dilation2d_op(input, filters, steps, rates, padding, name)


def _check_format(data_format: Any) -> None:
    if data_format != "NHWC":
        raise ValueError(
            "`data_format` values other  than 'NHWC' are not supported. Received: "
            f"data_format={data_format}"
        )


def _four(value: Any, what: str) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"Expected list for '{what}' argument to 'dilation2d' Op, not {value!r}.")
    sizes = tuple(integer(size, what) for size in value)
    if len(sizes) < 4:
        refuse(f"Length for attr '{what}' of {len(sizes)} must be at least minimum 4")
    return sizes


def erosion2d(
    value: Any,
    filters: Any,
    strides: Any,
    padding: str,
    data_format: str,
    dilations: Any,
    name: str | None = None,
) -> Tensor:
    """The smallest difference of image and filter in every window, each channel on its own.

    value: real numbers `[batch, height, width, channels]`. filters: `[height, width, channels]`.
    strides, padding, data_format, dilations: as in `tf.nn.dilation2d`.

    >>> x = tf.reshape([1., 5., 2., 0.], [1, 1, 4, 1])
    >>> tf.nn.erosion2d(x, [[[0.], [3.]]], [1, 1, 1, 1], "VALID", "NHWC",
    ...     [1, 1, 1, 1]).numpy().ravel()
    array([-2.,  2., -1.], dtype=float32)

    Raises ValueError for another data_format, tf.errors.InvalidArgumentError where shapes do not
    fit. Op: Dilation2D.
    """
    _check_format(data_format)
    turned = reverse(filters, [0, 1])
    return negative(
        dilation2d(negative(value), turned, strides, padding, data_format, dilations), name
    )


# ---- the ops -------------------------------------------------------------------------------------


def _dilated(
    x: TensorShape, filter: TensorShape, strides: tuple, rates: tuple, padding: str
) -> TensorShape:
    _check(x, filter, strides, rates)
    sizes = x.as_list() if x.rank else [None] * 4
    window = filter.as_list() if filter.rank else [None] * 3
    for axis in (1, 2):
        sizes[axis] = window_size(
            sizes[axis], window[axis - 1], strides[axis], padding, max(rates[axis], 1)
        )
    sizes[3] = window[2] if sizes[3] is None else sizes[3]
    return TensorShape(sizes)


def _check(x: TensorShape, filter: TensorShape, strides: tuple, rates: tuple) -> None:
    for word, sizes in (("Stride", strides), ("Rate", rates)):
        if sizes[0] != 1 or sizes[3] != 1:
            unimplemented(f"{word} is only supported across spatial dimensions.")
    if x.rank not in (None, 4):
        raise ShapeError(
            f"input must be 4-dimensional{bracketed(x)}",
            f"Shape must be rank 4 but is rank {x.rank}",
        )
    if filter.rank not in (None, 3):
        raise ShapeError(
            f"filter must be 3-dimensional: {bracketed(filter)}",
            f"Shape must be rank 3 but is rank {filter.rank}",
        )
    depth, own = (x[3] if x.rank else None), (filter[2] if filter.rank else None)
    if None not in (depth, own) and depth != own:
        raise ShapeError(
            f"input and filter must have the same depth: {depth} vs {own}",
            f"Dimensions must be equal, but are {depth} and {own}",
        )


class _Plan(NamedTuple):
    """Where windows are: numbers of places, sizes of the window, paddings, steps, distances."""

    places: tuple
    window: tuple
    padding: tuple
    strides: tuple
    rates: tuple


def _plan(x: tuple, filter: tuple, strides: tuple, rates: tuple, padding: str) -> _Plan:
    _check(TensorShape(x), TensorShape(filter), strides, rates)
    window, steps, gaps = filter[:2], strides[1:3], rates[1:3]
    along = list(zip(x[1:3], window, steps, gaps, strict=True))
    counts = tuple(places(n, k, step, padding, gap) for n, k, step, gap in along)
    pairs = tuple(window_padding(n, k, step, padding, gap) for n, k, step, gap in along)
    return _Plan(counts, window, pairs, steps, gaps)


def _elements(plan: _Plan, sizes: tuple) -> Iterator[tuple[int, tuple, tuple, np.ndarray]]:
    """For each element of the window: its number, its place, the slices of the padded image that
    it meets, and where these are inside the image.
    """
    number = 0
    for i in range(plan.window[0]):
        for j in range(plan.window[1]):
            starts = [k * gap for k, gap in zip((i, j), plan.rates, strict=True)]
            slices, inside = [], []
            for axis in (0, 1):
                step, count = plan.strides[axis], plan.places[axis]
                first = starts[axis]
                slices.append(slice(first, first + (count - 1) * step + 1, step))
                rows = first + step * np.arange(count) - plan.padding[axis][0]
                inside.append((rows >= 0) & (rows < sizes[axis]))
            mask = inside[0][:, None, None] & inside[1][None, :, None]
            yield number, (i, j), (slice(None), *slices), mask
            number += 1


def _padded(x: Any, plan: _Plan) -> Any:
    """The image with zeros around it, as far as windows reach."""
    pairs = plan.padding
    if pairs == ((0, 0), (0, 0)):
        return x
    return xp(x).pad(x, ((0, 0), *pairs, (0, 0)))


def _lowest(dtype: Any) -> Any:
    return np.asarray(of_array(dtype).min, dtype)


def _best(x: Any, filter: Any, plan: _Plan) -> tuple[Any, Any]:
    """The largest sum of every window, and the number of the element that has it."""
    numbers = xp(x)
    shape = (x.shape[0], *plan.places, x.shape[3])
    best = numbers.full(shape, _lowest(x.dtype), x.dtype)
    which = numbers.zeros(shape, np.int32)
    if 0 in shape:
        return best, which
    wide = _padded(x, plan)
    for number, at, slices, mask in _elements(plan, x.shape[1:3]):
        value = wide[slices] + filter[at]
        is_better = (value > best) & mask
        best = numbers.where(is_better, value, best)
        which = numbers.where(is_better, np.int32(number), which)
    return best, which


@op("Dilation2D", shape=_dilated)
def dilation2d_op(
    input: Tensor,
    filter: Tensor,
    strides: tuple[int, ...],
    rates: tuple[int, ...],
    padding: str,
    name: str | None = None,
) -> Tensor:
    """The largest sum of image and filter in every window."""
    return _best(input, filter, _plan(input.shape, filter.shape, strides, rates, padding))[0]


@dilation2d_op.gradient
def _(dz, input, filter, strides, rates, padding):
    return (
        lambda: dilation2d_backprop_input(input, filter, dz, strides, rates, padding),
        lambda: dilation2d_backprop_filter(input, filter, dz, strides, rates, padding),
    )


def _plan_of_gradient(x: Any, filter: Any, dy: Any, strides: Any, rates: Any, padding: Any) -> Any:
    plan = _plan(x.shape, filter.shape, strides, rates, padding)
    wanted = (x.shape[0], *plan.places, x.shape[3])
    if dy.shape != wanted:
        raise ValueError(
            f"out_backprop has shape {bracketed(TensorShape(dy.shape))}, "
            f"but the output has {bracketed(TensorShape(wanted))}"
        )
    return plan


@op("Dilation2DBackpropInput", shape=lambda x, *_: x)
def dilation2d_backprop_input(
    input: Tensor,
    filter: Tensor,
    out_backprop: Tensor,
    strides: tuple[int, ...],
    rates: tuple[int, ...],
    padding: str,
    name: str | None = None,
) -> Tensor:
    """`out_backprop`, each element where its window was best."""
    plan = _plan_of_gradient(input, filter, out_backprop, strides, rates, padding)
    numbers = xp(input)
    _, which = _best(input, filter, plan)
    pairs = plan.padding
    sizes = [n + sum(pair) for n, pair in zip(input.shape[1:3], pairs, strict=True)]
    out = numbers.zeros((input.shape[0], *sizes, input.shape[3]), input.dtype)
    if out_backprop.size:
        nothing = input.dtype.type(0)
        for number, _, slices, _ in _elements(plan, input.shape[1:3]):
            part = numbers.where(which == number, out_backprop, nothing)
            out = _added(out, slices, part)
    top, left = pairs[0][0], pairs[1][0]
    return out[:, top : top + input.shape[1], left : left + input.shape[2]]


def _added(out: Any, slices: tuple, part: Any) -> Any:
    """`out` with `part` added where `slices` say."""
    numbers = xp(out)
    if numbers is np:
        out[slices] += part
        return out
    # Zeros all around are cheaper than what XLA makes of an assignment to slices.
    for axis in (1, 2):
        at, step, count = slices[axis].start, slices[axis].step, part.shape[axis]
        if step > 1:
            zeros = numbers.zeros((*part.shape[: axis + 1], step - 1, *part.shape[axis + 1 :]))
            part = numbers.concatenate(
                [numbers.expand_dims(part, axis + 1), zeros.astype(part.dtype)], axis + 1
            ).reshape((*part.shape[:axis], -1, *part.shape[axis + 1 :]))
            part = (
                part[:, : (count - 1) * step + 1]
                if axis == 1
                else part[:, :, : (count - 1) * step + 1]
            )
        after = out.shape[axis] - at - part.shape[axis]
        part = numbers.pad(part, [(at, after) if i == axis else (0, 0) for i in range(4)])
    return out + part


no_gradient(dilation2d_backprop_input, why=_SECOND, is_error=True)


def _added(out: Any, slices: tuple, part: Any) -> Any:
    if xp(out) is not np:
        return out.at[slices].add(part)
    out[slices] += part
    return out


@op("Dilation2DBackpropFilter", shape=lambda x, filter, *_: filter)
def dilation2d_backprop_filter(
    input: Tensor,
    filter: Tensor,
    out_backprop: Tensor,
    strides: tuple[int, ...],
    rates: tuple[int, ...],
    padding: str,
    name: str | None = None,
) -> Tensor:
    """The sum of `out_backprop` over the windows in which an element of the filter was best."""
    plan = _plan_of_gradient(input, filter, out_backprop, strides, rates, padding)
    numbers = xp(input)
    _, which = _best(input, filter, plan)
    nothing = input.dtype.type(0)
    sums = [
        numbers.where(which == number, out_backprop, nothing).sum((0, 1, 2), dtype=input.dtype)
        for number in range(plan.window[0] * plan.window[1])
    ]
    return numbers.stack(sums).reshape(filter.shape) if sums else numbers.zeros_like(filter)


no_gradient(dilation2d_backprop_filter, why=_SECOND, is_error=True)
