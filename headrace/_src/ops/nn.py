"""Small parts of layers: a bias added per channel, and looking up embeddings.

The one idea: both are ops on tables of parameters whose gradients are small. A bias gets the sum
over all but the channels, an op of its own (`BiasAddGrad`); of an embedding table only the rows
that were looked up get one (`tf.IndexedSlices`, from ops/gather.py).

Read next: ops/dropout.py, ops/convolution.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import int32
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import op
from headrace._src.ops.array import broadcast_to_op, dims, rank_op, reshape_op, sizes
from headrace._src.ops.array import shape as shape_of
from headrace._src.ops.clip import clip_by_norm
from headrace._src.ops.constant import ones
from headrace._src.ops.folding import fold
from headrace._src.ops.gather import gather
from headrace._src.ops.joining import concat
from headrace._src.ops.math import floordiv, maximum, minimum
from headrace._src.ops.ranges import range_op
from headrace._src.ops.select import select

# ---- bias
# ----------------------------------------------------------------------------------------


def bias_add(
    value: Any, bias: Any, data_format: str | None = None, name: str | None = None
) -> Tensor:
    """`value` with one number added to each channel.

    value: numbers of rank >= 2. bias: a vector with one number per channel. data_format: where the
    channels are: last ("N...C", the default) or second ("NC...").

    >>> tf.nn.bias_add([[1., 2.], [3., 4.]], [10., 20.]).numpy()
    array([[11., 22.],
           [13., 24.]], dtype=float32)

    Raises tf.errors.InvalidArgumentError where shapes do not fit, ValueError for another
    data_format. Op: BiasAdd.
    """
    if data_format is None:
        data_format = "NHWC"
    elif data_format.startswith("NC"):
        data_format = "NCHW"
    elif data_format.startswith("N") and data_format.endswith("C"):
        data_format = "NHWC"
    else:
        raise ValueError(
            "`data_format` must be of the form `N...C` or `NC...`. "
            f"Received: data_format={data_format}"
        )
    return bias_add_op(value, bias, data_format, name)


def _biased(value: TensorShape, bias: TensorShape, data_format: str) -> TensorShape:
    if value.rank is not None and value.rank < 2:
        raise ShapeError(
            f"Input tensor must be at least 2D: {bracketed(value)}",
            f"Shape must be at least rank 2 but is rank {value.rank}",
        )
    if bias.rank not in (1, None):
        raise ShapeError(
            f"Biases must be 1D: {bracketed(bias)}", f"Shape must be rank 1 but is rank {bias.rank}"
        )
    if value.rank is None or bias.rank is None:
        return value
    channel = 1 if data_format == "NCHW" else value.rank - 1
    if None not in (value[channel], bias[0]) and value[channel] != bias[0]:
        raise ShapeError(
            "Must provide as many biases as the last dimension of the input tensor: "
            f"{bracketed(bias)} vs. {bracketed(value)}",
            f"Dimensions must be equal, but are {value[channel]} and {bias[0]}",
        )
    sizes = value.as_list()
    sizes[channel] = bias[0] if sizes[channel] is None else sizes[channel]
    return TensorShape(sizes)


@op("BiasAdd", shape=_biased, cost="light")
def bias_add_op(
    value: Tensor, bias: Tensor, data_format: str = "NHWC", name: str | None = None
) -> Tensor:
    """`value` with `bias` added along its channels."""
    channel = 1 if data_format == "NCHW" else -1
    if value.ndim < 2 or bias.ndim != 1 or value.shape[channel] != bias.shape[0]:
        _biased(TensorShape(value.shape), TensorShape(bias.shape), data_format)
    return value + (bias if channel == -1 else _upright(bias, value.ndim))


def _upright(bias: Any, rank: int) -> Any:
    """A vector along axis 1 of `rank`."""
    return bias.reshape((-1, *(1,) * (rank - 2)))


@bias_add_op.gradient
def _(dz, data_format):
    return dz, lambda: bias_add_grad(dz, data_format)


def _channels(out_backprop: TensorShape, data_format: str) -> TensorShape:
    if out_backprop.rank is None:
        return vector(None)
    if out_backprop.rank < 2:
        raise ShapeError(
            f"Input tensor must be at least 2D: {bracketed(out_backprop)}",
            f"Shape must be at least rank 2 but is rank {out_backprop.rank}",
        )
    return vector(out_backprop[1 if data_format == "NCHW" else -1])


@op("BiasAddGrad", shape=_channels, cost="light")
def bias_add_grad(
    out_backprop: Tensor, data_format: str = "NHWC", name: str | None = None
) -> Tensor:
    """The sum over all axes but the channels'."""
    wide = out_backprop.astype(np.float32) if out_backprop.dtype.itemsize == 2 else out_backprop
    axes = _but_channels(out_backprop.ndim, data_format)
    return wide.sum(axis=axes, dtype=wide.dtype).astype(out_backprop.dtype)


def _but_channels(rank: int, data_format: str) -> tuple[int, ...]:
    if rank < 2:
        raise ValueError("Input tensor must be at least 2D")
    return (0, *range(2, rank)) if data_format == "NCHW" else tuple(range(rank - 1))


@bias_add_grad.kernel("host")
def _(out_backprop, data_format):
    # `fold` sums long axes accurately and narrow rows quickly, which NumPy's own sum does not.
    axes = _but_channels(out_backprop.ndim, data_format)
    if out_backprop.dtype.itemsize != 2:
        return fold(np.add, out_backprop, axes, False)
    return fold(np.add, out_backprop.astype(np.float32), axes, False).astype(out_backprop.dtype)


@bias_add_grad.gradient
def _(dz, out_backprop, data_format):
    if data_format == "NCHW":
        if out_backprop.shape.rank is None:
            raise NotImplementedError(
                "The second gradient of tf.nn.bias_add with channels first needs a known rank."
            )
        dz = reshape_op(dz, (-1, *(1,) * (out_backprop.shape.rank - 2)))
    return broadcast_to_op(dz, dims(out_backprop))


# ---- embeddings
# ----------------------------------------------------------------------------------


def embedding_lookup(
    params: Any, ids: Any, max_norm: float | None = None, name: str | None = None
) -> Tensor:
    """The rows of `params` numbered by `ids`.

    params: a tensor or variable of rank >= 1, or a list of them: one table cut into parts, the
    first parts one row longer where the rows do not divide evenly. ids: int32 or int64 of any
    shape. max_norm: how long a row may be; longer ones are shortened.

    >>> table = tf.constant([[1., 2.], [3., 4.], [5., 6.]])
    >>> tf.nn.embedding_lookup(table, [2, 0]).numpy()
    array([[5., 6.],
           [1., 2.]], dtype=float32)

    Raises ValueError without `params`, tf.errors.InvalidArgumentError for an id out of range.
    Op: GatherV2.
    """
    if params is None:
        raise ValueError("params must be specified")
    parts = list(params) if isinstance(params, (list, tuple)) else [params]
    if not parts:
        raise ValueError("Length of params is currently 0. Need at least one param.")
    ids = convert(ids)
    if len(parts) > 1:
        return _of_parts([convert(part) for part in parts], ids, max_norm)
    rows = gather(parts[0], ids, None, None, 0, name)
    return rows if max_norm is None else _shortened(rows, ids, max_norm)


def _shortened(rows: Tensor, ids: Tensor, max_norm: float) -> Tensor:
    """Rows no longer than `max_norm`."""
    if rows.shape.rank is None or ids.shape.rank is None:
        axes = range_op(rank_op(ids), rank_op(rows), 1)
    else:
        axes = list(range(ids.shape.rank, rows.shape.rank))
    return clip_by_norm(rows, max_norm, axes)


def _with_ones(mask: Tensor, rows: Tensor) -> Tensor:
    """`mask` with axes of size 1 behind its own, as many as `rows` has."""
    if mask.shape.rank is None or rows.shape.rank is None:
        more = ones([rank_op(rows) - rank_op(mask)], int32)
        return reshape_op(mask, concat([shape_of(mask), more], 0))
    return reshape_op(mask, (*sizes(mask), *(1,) * (rows.shape.rank - mask.shape.rank)))


def _of_parts(parts: list[Tensor], ids: Tensor, max_norm: float | None) -> Tensor:
    """Rows of a table in parts: each part gives all rows, and of each row the right one is chosen.

    So the gradient of every part is made of rows, too.
    """
    lengths = [shape_of(part, ids.dtype)[0] for part in parts]
    total = lengths[0]
    for length in lengths[1:]:
        total = total + length
    count = len(parts)
    # As in TensorFlow where each part is goes by the number of all rows, not by the parts' own.
    each = floordiv(total, count)
    extra = total - each * count
    owner = maximum(floordiv(ids, each + 1), floordiv(ids - extra, each))
    start = owner * each + minimum(owner, extra)
    own = ids - start
    out: Any = None
    for number, part in enumerate(parts):
        is_here = owner == convert(number, ids.dtype)
        rows = gather(part, select(is_here, own, convert(0, ids.dtype)))
        out = rows if out is None else select(_with_ones(is_here, rows), rows, out)
    return out if max_norm is None else _shortened(out, ids, max_norm)
