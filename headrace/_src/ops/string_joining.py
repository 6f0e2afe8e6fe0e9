"""Strings end to end: tensors of strings, the axes of one tensor, the segments of one.

The one idea: whatever is joined is first laid out as rows, and every row becomes one string.

Read next: string_splitting.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import int32, string
from headrace._src.core.shape_rules import ShapeError, ValueRefused, bracketed
from headrace._src.core.shapes import TensorShape, unknown, unknown_shape
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.native.strings import segment_join, string_join
from headrace._src.ops.array import rank
from headrace._src.ops.ranges import range_op
from headrace._src.ops.strings import WHY, clash, flat, octets


def _joined(rows: np.ndarray, separator: str | bytes) -> np.ndarray:
    """Each row of a matrix of strings as one string."""
    out = np.empty(rows.shape[0], object)
    between = octets(separator)
    string_join(*rows.shape, np.ascontiguousarray(rows), between, len(between), out)
    return out


# ---- tensors -------------------------------------------------------------------------------------


def join(inputs: Any, separator: str = "", name: str | None = None) -> Tensor:
    """The strings of several tensors, joined elementwise.

    inputs: a list of string tensors of one shape; scalars among them go with all. separator: what
    is put between two strings.

    >>> tf.strings.join([["a", "b"], "c"], separator="-").numpy()
    array([b'a-c', b'b-c'], dtype=object)

    Raises tf.errors.InvalidArgumentError for shapes that differ. Op: StringJoin.
    """
    if isinstance(inputs, EagerTensor):
        inputs = list(inputs)
    if not isinstance(inputs, (list, tuple)):
        raise TypeError(f"Expected list for 'inputs' argument to 'string_join' Op, not {inputs!r}.")
    if thread.context.graph is not None:
        inputs = [convert(each, None, string) for each in inputs]
        if any(each.dtype is not string for each in inputs):
            raise TypeError(
                "Tensors in list passed to 'inputs' of 'StringJoin' Op have types "
                f"[{', '.join(each.dtype.name for each in inputs)}] that do not match expected "
                "type string."
            )
    return join_op(inputs, separator, name)


def _join_shape(inputs: list[TensorShape], separator: str) -> TensorShape:
    shape: Any = None
    for other in inputs:
        if other.rank is None:
            return unknown
        if other.rank == 0:
            continue
        if shape is not None and not shape.is_compatible_with(other):
            raise ShapeError(
                f"Input shapes do not match: {bracketed(shape)} vs. {bracketed(other)}",
                clash(shape, other, "Shapes must be equal rank, but are {} and {}"),
            )
        shape = other if shape is None else shape.merge_with(other)
    return TensorShape([]) if shape is None else shape


@op("StringJoin", shape=_join_shape, cost="host")
def join_op(inputs: list[Tensor], separator: str = "", name: str | None = None) -> Tensor:
    """Strings joined elementwise."""
    _join_shape([TensorShape(x.shape) for x in inputs], separator)
    shape = next((x.shape for x in inputs if x.ndim), ())
    if not inputs:
        return np.array(b"", object)
    rows = np.empty((*shape, len(inputs)), object)
    for place, x in enumerate(inputs):
        rows[..., place] = x
    return _joined(rows.reshape(-1, len(inputs)), separator).reshape(shape)


no_gradient(join_op, why=WHY)


# ---- axes ----------------------------------------------------------------------------------------


def reduce_join(
    inputs: Any,
    axis: Any = None,
    keepdims: bool | None = False,
    separator: str = "",
    name: str | None = None,
) -> Tensor:
    """The strings along one or more axes of a tensor, joined.

    inputs: strings of rank r. axis: one axis or several, each from -r to r - 1, the one whose index
    runs fastest first; all by default, in the order in which they lie. keepdims: whether the axes
    stay, with size one. separator: what is put between two strings.

    >>> tf.strings.reduce_join([["a", "b"], ["c", "d"]], axis=-1, separator=" ").numpy()
    array([b'a b', b'c d'], dtype=object)
    >>> tf.strings.reduce_join([["a", "b"], ["c", "d"]], axis=[0, 1]).numpy()
    b'acbd'

    Raises tf.errors.OutOfRangeError for an axis that is not there, InvalidArgumentError for one
    that comes twice. Op: ReduceJoin.
    """
    inputs = convert(inputs)
    if isinstance(axis, (str, bytes)):
        axis = convert(axis, int32)  # says what is wrong with it
    if axis is None:
        known = inputs.shape.rank
        axis = list(range(known))[::-1] if known is not None else range_op(rank(inputs) - 1, -1, -1)
    return reduce_join_op(inputs, axis, bool(keepdims), separator, name)


def _reduced(
    inputs: TensorShape, reduction_indices: Any, keep_dims: bool, separator: str
) -> TensorShape:
    count = inputs.rank
    if count is None:
        return unknown
    if reduction_indices is None:
        return unknown_shape(count) if keep_dims else unknown
    gone = set()
    for axis in np.ravel(reduction_indices).tolist():
        if not -count <= axis < count:
            raise ShapeError(
                f"Invalid reduction dimension {axis} for input with {count} dimension(s)",
                f"Invalid reduction dimension {axis} for input with {count} dimensions.",
            )
        if axis % count in gone:
            raise ValueRefused(f"Duplicate reduction dimension {axis}")
        gone.add(axis % count)
    sizes = [
        1 if i in gone else size for i, size in enumerate(inputs) if keep_dims or i not in gone
    ]
    return TensorShape(sizes)


@op("ReduceJoin", shape=_reduced, cost="host")
def reduce_join_op(
    inputs: Tensor,
    reduction_indices: Static,
    keep_dims: bool = False,
    separator: str = "",
    name: str | None = None,
) -> Tensor:
    """Strings joined along axes."""
    axes = np.ravel(np.asarray(reduction_indices, np.int64)).tolist()
    try:
        shape = _reduced(TensorShape(inputs.shape), axes, keep_dims, separator).as_list()
    except ShapeError as error:
        if "Invalid" in str(error):
            raise errors.OutOfRangeError(None, None, str(error)) from None
        raise
    if not axes:
        return inputs
    gone = [axis % inputs.ndim for axis in axes]
    kept = [i for i in range(inputs.ndim) if i not in gone]
    count = int(np.prod([inputs.shape[i] for i in gone]))
    rows = int(np.prod([inputs.shape[i] for i in kept]))
    laid_out = inputs.transpose(*kept, *gone[::-1]).reshape(rows, count)
    return _joined(laid_out, separator).reshape(shape)


no_gradient(reduce_join_op, why=WHY)


# ---- segments ------------------------------------------------------------------------------------


def unsorted_segment_join(
    inputs: Any, segment_ids: Any, num_segments: Any, separator: str = "", name: str | None = None
) -> Tensor:
    """The strings of each segment, joined in the order in which they come.

    inputs: strings. segment_ids: from 0 to `num_segments` - 1, of the shape of `inputs` or of its
    first axes. A segment without strings is an empty string.

    >>> tf.strings.unsorted_segment_join(["a", "b", "c"], [0, 1, 0], 3, separator=":").numpy()
    array([b'a:c', b'b', b''], dtype=object)

    Raises tf.errors.InvalidArgumentError for an id out of range, or shapes that do not go together.
    Op: UnsortedSegmentJoin.
    """
    return unsorted_segment_join_op(inputs, segment_ids, num_segments, separator, name)


def _segmented(
    inputs: TensorShape, segment_ids: TensorShape, num_segments: Any, separator: str
) -> TensorShape:
    if isinstance(num_segments, tuple):
        raise ShapeError(
            "Number of segments must be a scalar", "Shape must be rank 0 but is rank 1"
        )
    if num_segments is not None and num_segments < 0:
        raise ShapeError(
            f"Number of segments must be non-negative but got {num_segments}",
            f"Dimension size, given by scalar input 2, must be non-negative but is {num_segments}",
        )
    if segment_ids.rank == 0:
        raise ValueRefused("Segment_id cannot have rank 0")
    if inputs.rank is None or segment_ids.rank is None:
        return unknown
    if segment_ids.rank > inputs.rank:
        raise ShapeError(
            _TOO_MANY.format(segment_ids.rank, inputs.rank),
            f"Shape must be at least rank {segment_ids.rank} but is rank {inputs.rank}",
        )
    for place, size in enumerate(segment_ids):
        other = inputs[place]
        if None not in (size, other) and size != other:
            # The kernel's words; it tells the rank of the input where it says its dimension.
            raise ShapeError(
                f"Segment dimension is {size} while input dimension is {inputs.rank} in rank "
                f"{place}",
                f"Dimensions must be equal, but are {other} and {size}",
            )
    return TensorShape([num_segments]).concatenate(inputs[segment_ids.rank :])


_TOO_MANY = "Invalid segment_id rank {} for input with {} dimension(s)"


@op("UnsortedSegmentJoin", shape=_segmented, cost="host")
def unsorted_segment_join_op(
    inputs: Tensor,
    segment_ids: Tensor,
    num_segments: Static,
    separator: str = "",
    name: str | None = None,
) -> Tensor:
    """Strings joined by segments."""
    if segment_ids.ndim > inputs.ndim:
        text = _TOO_MANY.format(segment_ids.ndim, inputs.ndim)
        raise errors.OutOfRangeError(None, None, text)
    shape = _segmented(
        TensorShape(inputs.shape), TensorShape(segment_ids.shape), num_segments, separator
    ).as_list()
    count: Any = num_segments
    ids = segment_ids.reshape(-1)
    if ids.size and (ids.min() < 0 or ids.max() >= count):
        raise ValueError(
            "segment_ids are not allowed to exceed num_segments or to have negative values."
        )
    width = int(np.prod(shape[1:]))
    between = octets(separator)
    out = np.full(count * width, b"", object)
    if inputs.size:
        where = ids.astype(np.int64)
        segment_join(ids.size, width, flat(inputs), where, between, len(between), count, out)
    return out.reshape(shape)


no_gradient(unsorted_segment_join_op, why=WHY)
