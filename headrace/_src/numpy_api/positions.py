"""NumPy's `x[...]`: positions as lists, arrays and tensors, bools anywhere, beside slices.

The one idea: two steps. What TensorFlow's `[]` understands (integers, slices, `...`, new axes) is
taken first, with a full slice in the place of each array of positions. Then these are broadcast
together and looked up at once; their axes take the place of theirs where they stood side by side,
else come first.

Read next: ops/slicing.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.tensor import Tensor
from headrace._src.engine.node import known_value
from headrace._src.numpy_api.manipulation import moveaxis
from headrace._src.numpy_api.promotion import tensor
from headrace._src.ops import slicing
from headrace._src.ops.array import broadcast_dynamic_shape, broadcast_to, dims, length
from headrace._src.ops.cast import cast
from headrace._src.ops.gather import boolean_mask, gather
from headrace._src.ops.joining import stack
from headrace._src.ops.scatter import gather_nd
from headrace._src.ops.select import where, where_op

_BASIC = (slice, type(None), type(Ellipsis), int, np.integer)


def getitem(x: Any, key: Any) -> Any:
    """`x[key]` by NumPy's rules; positions are checked, as `tf.gather` does."""
    parts = list(key) if isinstance(key, tuple) else [key]
    if all(isinstance(p, _BASIC) and not isinstance(p, bool) for p in parts):
        return slicing.getitem(x, key)
    parts = [_part(p) for p in parts]
    if len(parts) == 1 and _is_mask(parts[0]):
        return boolean_mask(x, parts[0])
    parts = [one for part in parts for one in _positions_of(part)]
    if not any(_is_array(p) for p in parts):
        return slicing.getitem(x, tuple(parts))
    parts = _without_ellipsis(x, parts)
    basic = tuple(slice(None) if _is_array(p) else p for p in parts)
    too_many = x.shape.rank is not None and sum(p is not None for p in basic) > x.shape.rank
    if too_many or any(p != slice(None) if isinstance(p, slice) else True for p in basic):
        x = slicing.getitem(x, basic)
    # The axis that each array of positions speaks of, now that integers have taken theirs away.
    kept = [p for p in parts if not _is_scalar(p)]
    axes = [axis for axis, p in enumerate(kept) if _is_array(p)]
    places = [_from_the_start(kept[axis], x, axis) for axis in axes]
    # Other than in NumPy, an integer does not count as one of them.
    spots = [i for i, p in enumerate(parts) if _is_array(p)]
    are_neighbours = spots[-1] - spots[0] == len(spots) - 1
    return _looked_up(x, axes, places, are_neighbours)


def _part(part: Any) -> Any:
    """A part of a key: basic, or a tensor of integers or bools."""
    if isinstance(part, bool):
        return tensor(part)
    if isinstance(part, _BASIC):
        return part
    if isinstance(part, slice):
        return part
    made = None
    if isinstance(part, (list, tuple, np.ndarray, np.generic)) or hasattr(part, "dtype"):
        made = tensor(part)
    if made is None or not (made.dtype.is_integer or made.dtype is dtypes.bool):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or "
            f"boolean arrays are valid indices, got {part!r}"
        )
    return made


def _is_mask(part: Any) -> bool:
    return isinstance(part, Tensor) and part.dtype is dtypes.bool


def _is_array(part: Any) -> bool:
    return isinstance(part, Tensor) and part.shape.rank != 0


def _is_scalar(part: Any) -> bool:
    return isinstance(part, (int, np.integer)) or (isinstance(part, Tensor) and not _is_array(part))


def _positions_of(part: Any) -> list[Any]:
    """A mask as the positions of what is true, one vector for each of its axes."""
    if not _is_mask(part):
        return [part]
    found = where_op(part)
    return [found[:, i] for i in range(part.shape.rank)]


def _without_ellipsis(x: Any, parts: list[Any]) -> list[Any]:
    """The parts with as many full slices as `...` stands for."""
    spots = [i for i, p in enumerate(parts) if p is Ellipsis]
    if not spots:
        return parts
    if len(spots) > 1:
        slicing.getitem(x, (Ellipsis, Ellipsis))  # says what is wrong
    if x.shape.rank is None:
        raise ValueError(f"`...` beside positions needs a known rank: {x!r}")
    missing = x.shape.rank - sum(p is not None for p in parts) + 1
    return [*parts[: spots[0]], *[slice(None)] * missing, *parts[spots[0] + 1 :]]


def _from_the_start(places: Any, x: Any, axis: int) -> Any:
    """Positions, of which negative ones count from the end, as positions from the start."""
    if places.dtype not in (dtypes.int32, dtypes.int64):
        places = cast(places, dtypes.int64)
    known = known_value(places)
    if known is not None and not (known < 0).any():
        return places
    size = length(x, axis)
    return where(places < 0, places + cast(size, places.dtype), places)


def _looked_up(x: Any, axes: list[int], places: list[Any], are_neighbours: bool) -> Any:
    if len(axes) == 1:
        result = gather(x, places[0], axis=axes[0])
        if are_neighbours:
            return result
        added = places[0].shape.rank
        return moveaxis(result, range(axes[0], axes[0] + added), range(added))
    shape = dims(places[0])
    for each in places[1:]:
        shape = broadcast_dynamic_shape(shape, dims(each))
    same = [cast(broadcast_to(each, shape), dtypes.int64) for each in places]
    added = same[0].shape.rank
    x = moveaxis(x, axes, range(len(axes)))
    result = gather_nd(x, stack(same, -1))
    if not are_neighbours or axes[0] == 0:
        return result
    return moveaxis(result, range(added), range(axes[0], axes[0] + added))
