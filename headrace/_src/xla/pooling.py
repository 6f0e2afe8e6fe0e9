"""Pooling as XLA does it fast: a window is a few shifted views of the whole array.

The one idea: the elements at place (i, j) of all windows are one strided slice, so a maximum over
windows is an elementwise maximum of as many slices as a window has elements, and a gradient goes
back by padding. XLA fuses these into one loop over memory, where its own windowed reduction runs
element by element. A window with more than `_MANY` elements would be too much to compile and takes
the windowed reduction.

Read next: ops/pooling.py.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

_MANY = 64


def _padded(x: Any, padding: tuple, value: Any) -> Any:
    return jnp.pad(x, padding, constant_values=value) if any(map(any, padding)) else x


def _views(x: Any, window: tuple, strides: tuple, out: tuple) -> Iterator[tuple[tuple, Any]]:
    """For each element of a window its position, and that element of all windows."""
    for at in itertools.product(*map(range, window)):
        stop = [i + (n - 1) * s + 1 for i, n, s in zip(at, out, strides, strict=True)]
        yield at, lax.slice(x, at, stop, strides)


def _back(view: Any, at: tuple, strides: tuple, sizes: tuple) -> Any:
    """One element of all windows, back at its place in an array of zeros of shape `sizes`."""
    config = []
    for i, n, s, size in zip(at, view.shape, strides, sizes, strict=True):
        config.append((i, size - i - ((n - 1) * s + 1), s - 1))
    return lax.pad(view, jnp.zeros((), view.dtype), config)


def _places(sizes: tuple, window: tuple, strides: tuple) -> tuple:
    return tuple(max((n - k) // s + 1, 0) for n, k, s in zip(sizes, window, strides, strict=True))


def _lowest(dtype: Any) -> Any:
    kind = np.dtype(dtype)
    low = np.iinfo(kind).min if kind.kind in "iu" else jnp.finfo(dtype).min
    return np.asarray(low, kind)


def largest(x: Any, window: tuple, strides: tuple, padding: tuple) -> Any:
    """The largest element of each window; NaN is passed over, nothing gives the lowest number."""
    low = _lowest(x.dtype)
    x = _padded(_numbers(x, low), padding, low)
    if np.prod(window) > _MANY:
        # From minus infinity, not from `low`: only so does JAX see that it is a maximum.
        start = low if x.dtype.kind in "iu" else np.asarray(-np.inf, x.dtype)
        return lax.reduce_window(x, start, lax.max, window, strides, "VALID")
    out = _places(x.shape, window, strides)
    if 0 in out:
        return jnp.zeros(out, x.dtype)
    best = None
    for _, view in _views(x, window, strides, out):
        best = view if best is None else jnp.maximum(best, view)
    return best


def _numbers(x: Any, low: Any) -> Any:
    """`x` with the lowest number in place of NaN and minus infinity."""
    return x if x.dtype.kind in "iu" else jnp.where(x >= low, x, low)


def total(x: Any, window: tuple, strides: tuple, padding: tuple) -> Any:
    """The sum of each window."""
    x = _padded(x, padding, 0)
    if np.prod(window) > _MANY:
        return lax.reduce_window(x, x.dtype.type(0), lax.add, window, strides, "VALID")
    out = _places(x.shape, window, strides)
    if 0 in out:
        return jnp.zeros(out, x.dtype)
    result = None
    for _, view in _views(x, window, strides, out):
        result = view if result is None else result + view
    return result


def spread(dy: Any, sizes: tuple, window: tuple, strides: tuple, padding: tuple) -> Any:
    """The transpose of `total`: each element of `dy` for all of its window, of shape `sizes`."""
    if np.prod(window) > _MANY:
        shape = jax.ShapeDtypeStruct(sizes, dy.dtype)
        return jax.linear_transpose(lambda x: total(x, window, strides, padding), shape)(dy)[0]
    if not dy.size:
        return jnp.zeros(sizes, dy.dtype)
    wide = tuple(n + a + b for n, (a, b) in zip(sizes, padding, strict=True))
    out = None
    for at in itertools.product(*map(range, window)):
        part = _back(dy, at, strides, wide)
        out = part if out is None else out + part
    return _cropped(out, sizes, padding)


def _cropped(x: Any, sizes: tuple, padding: tuple) -> Any:
    start = [before for before, _ in padding]
    return lax.slice(x, start, [a + n for a, n in zip(start, sizes, strict=True)])


def to_largest(
    x: Any, y: Any, dy: Any, window: tuple, strides: tuple, padding: tuple, all_equal: bool
) -> Any:
    """The gradient of `largest`: each element of `dy` for the first largest element of its window.

    y: what `largest` gave. all_equal: whether every element that is the largest gets it whole.
    """
    low = _lowest(x.dtype)
    clean = _numbers(x, low)
    if not dy.size:
        return jnp.zeros(x.shape, dy.dtype)
    if np.prod(window) > _MANY and not all_equal:
        _, back = jax.vjp(lambda x: largest(x, window, strides, padding), clean.astype(dy.dtype))
        return back(dy)[0]
    wide = _padded(clean, padding, low)
    out = None
    for at, chosen in _chosen(wide, y, window, strides, all_equal):
        part = _back(jnp.where(chosen, dy, jnp.zeros((), dy.dtype)), at, strides, wide.shape)
        out = part if out is None else out + part
    return _cropped(out, x.shape, padding)


def _chosen(
    x: Any, y: Any, window: tuple, strides: tuple, all_equal: bool
) -> Iterator[tuple[tuple, Any]]:
    """For each element of a window, in which windows it is the (first) largest."""
    free = None
    for at, view in _views(x, window, strides, y.shape):
        is_largest = view == y
        if all_equal:
            yield at, is_largest
            continue
        yield at, is_largest if free is None else is_largest & free
        free = ~is_largest if free is None else free & ~is_largest


def at_largest(
    x: Any, y: Any, ddx: Any, window: tuple, strides: tuple, padding: tuple, all_equal: bool
) -> Any:
    """The transpose of `to_largest`: what `ddx` has where each window of `x` is largest."""
    low = _lowest(x.dtype)
    wide = _padded(_numbers(x, low), padding, low)
    beside = _padded(ddx, padding, 0)
    if not y.size:
        return jnp.zeros(y.shape, ddx.dtype)
    out = jnp.zeros(y.shape, ddx.dtype)
    pairs = zip(
        _chosen(wide, y, window, strides, all_equal),
        _views(beside, window, strides, y.shape),
        strict=True,
    )
    for (_, chosen), (_, view) in pairs:
        out = out + jnp.where(chosen, view, jnp.zeros((), ddx.dtype))
    return out


def where_largest(x: Any, window: tuple, strides: tuple, padding: tuple) -> tuple[Any, Any]:
    """The largest element of each window, and its place in the flattened image."""
    low = _lowest(x.dtype)
    wide = _padded(_numbers(x, low), padding, low)
    y = largest(x, window, strides, padding)
    positions = np.arange(np.prod(x.shape[1:], dtype=np.int64)).reshape((1, *x.shape[1:]))
    positions = _padded(jnp.asarray(positions), ((0, 0), *padding[1:]), 0)
    place = jnp.zeros(y.shape, jnp.int64)
    one = (1, *y.shape[1:])
    pairs = zip(
        _chosen(wide, y, window, strides, False),
        _views(positions, window, strides, one),
        strict=True,
    )
    if y.size:
        for (_, chosen), (_, view) in pairs:
            place = jnp.where(chosen, view, place)
    return y, place


def to_places(sizes: tuple, dy: Any, places: Any, in_batch: bool) -> Any:
    """`dy` added up at `places` of the flattened images (or the whole batch)."""
    size = int(np.prod(sizes[1:], dtype=np.int64))
    if not in_batch:
        places = places + size * jnp.arange(sizes[0], dtype=places.dtype).reshape((-1, 1, 1, 1))
    flat = jnp.zeros(sizes[0] * size, dy.dtype)
    return flat.at[places.reshape(-1)].add(dy.reshape(-1)).reshape(sizes)


def counts(sizes: tuple, window: tuple, strides: tuple, padding: tuple, dtype: Any) -> Any:
    """How many elements of each window lie inside the array: what an average divides by."""
    result: Any = np.ones([1] * len(sizes))
    for axis, (n, k, s, (before, after)) in enumerate(
        zip(sizes, window, strides, padding, strict=True)
    ):
        starts = np.arange(max((n + before + after - k) // s + 1, 0)) * s - before
        inside = np.minimum(starts + k, n) - np.maximum(starts, 0)
        result = result * inside.reshape([-1 if i == axis else 1 for i in range(len(sizes))])
    return result.astype(dtype)
