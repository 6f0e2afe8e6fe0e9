"""Convolution as XLA has it, and its two transposes.

The one idea: a convolution is linear in the input and in the filters, so both gradients are the
transposed map, and JAX derives it from the map itself, whatever strides, dilations and groups
there are.

Sixteen-bit floats are multiplied and added in float32, and rounded once.

Read next: ops/convolve.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

# The letters of the axes of input and filters, by the number of spatial axes.
_SPATIAL = {1: "W", 2: "HW", 3: "DHW"}


def convolve(
    x: Any, filters: Any, strides: tuple, padding: tuple, dilations: tuple, first: bool
) -> Any:
    """`x` convolved with `filters`, [*window, in_channels / groups, out_channels].

    strides, dilations: one for each spatial axis; padding: a pair for each. first: whether the
    channels come before the spatial axes.
    """
    axes = _SPATIAL[len(strides)]
    layout = f"NC{axes}" if first else f"N{axes}C"
    depth = x.shape[1 if first else -1]
    wide = _wide(x.dtype)
    out = lax.conv_general_dilated(
        x.astype(wide),
        filters.astype(wide),
        strides,
        padding,
        rhs_dilation=dilations,
        dimension_numbers=(layout, f"{axes}IO", layout),
        feature_group_count=max(depth // max(filters.shape[-2], 1), 1),
    )
    return out.astype(x.dtype)


def by_input(sizes: tuple, filters: Any, dy: Any, *how: Any) -> Any:
    """The gradient of `convolve` by an input of shape `sizes`."""
    wide = _wide(dy.dtype)
    filters = filters.astype(wide)
    transposed = jax.linear_transpose(
        lambda x: convolve(x, filters, *how), jax.ShapeDtypeStruct(sizes, wide)
    )
    return transposed(dy.astype(wide))[0].astype(dy.dtype)


def by_filters(x: Any, sizes: tuple, dy: Any, *how: Any) -> Any:
    """The gradient of `convolve` by filters of shape `sizes`."""
    wide = _wide(dy.dtype)
    x = x.astype(wide)
    transposed = jax.linear_transpose(
        lambda filters: convolve(x, filters, *how), jax.ShapeDtypeStruct(sizes, wide)
    )
    return transposed(dy.astype(wide))[0].astype(dy.dtype)


def _wide(dtype: Any) -> Any:
    return jnp.float32 if dtype.itemsize == 2 else dtype
