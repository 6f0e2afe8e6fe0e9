"""Rows of nested tensors in TensorArrays: what the two ways of mapping have in common.

The one idea: an array in a graph and one in eager mode are read in the same way, and both are made
by the same name. So what differs is how rows are gone through, and how results are written.

Read next: objects/mapping.py, objects/graph_mapping.py.
"""

from collections.abc import Callable, Sequence
from typing import Any

from headrace._src.core import nest
from headrace._src.core.context import thread
from headrace._src.core.dtypes import int32
from headrace._src.core.errors import InvalidArgumentError
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import TensorSpec, TypeSpec, type_spec_from_value
from headrace._src.core.tensor import Readable, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.objects.graph_array import TensorArray
from headrace._src.ops.array import length
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import zeros
from headrace._src.ops.rows import Kept, Rows, rows_of


def row(elems: Any, sources: list[TensorArray], i: Any) -> Any:
    """Row `i` of all sources, nested like `elems`."""
    return nest.pack_sequence_as(elems, [array.read(i) for array in sources])


def first_value(
    elems: Any, initializer: Any, sources: list[TensorArray], place: Any
) -> tuple[Any, list[Any]]:
    """What a scan begins with: a nest of that structure, and its parts as tensors."""
    if initializer is None:
        return elems, [array.read(place) for array in sources]
    return initializer, [convert(part) for part in nest.flatten(initializer)]


def arrays_like(parts: list[Any], count: Any, infer_shape: bool) -> list[TensorArray]:
    """Arrays for `count` values of the dtypes and, with `infer_shape`, the shapes of `parts`."""
    return [
        TensorArray(
            part.dtype,
            count,
            infer_shape=infer_shape,
            element_shape=part.shape if infer_shape else None,
        )
        for part in parts
    ]


# ---- what consists of tensors --------------------------------------------------------------------


class Source:
    """An element of `map_fn` whose rows are read one by one; of composite values too."""

    def __init__(self, value: Any, unstacked: Callable[[Tensor], Any]) -> None:
        self.is_composite = is_composite(value)
        if self.is_composite:
            self._rows, self.value = _consumed(value), value
            self.count = known_number(self._rows.count(value))
            return
        tensor = convert(value)
        self.value, self._unstacked = tensor, unstacked
        self.count = tensor.shape[0] if tensor.shape.rank else None

    def length(self) -> Any:
        """The number of rows, a tensor where it is not known."""
        if self.count is not None:
            return self.count
        if self.is_composite:
            return cast(self._rows.count(self.value), int32)
        return length(self.value, 0)

    def row_spec(self) -> TypeSpec:
        """What is known of a result that is like a row."""
        if self.is_composite:
            spec = self.value._type_spec._unbatch()
            if hasattr(spec, "ragged_rank"):  # of ragged rows no shape is expected, either
                return type(spec)(None, spec.dtype, spec.ragged_rank, spec.row_splits_dtype)
            return spec
        return TensorSpec(None, self.value.dtype)

    def arrays(self) -> list[Any]:
        """What the rows are read from in a loop: an array of them, if they are tensors."""
        return [] if self.is_composite else [self._unstacked(self.value)]

    def row(self, arrays: list[Any], i: Any) -> Any:
        """Row `i`; takes its array from the front of `arrays`."""
        return self._rows.row(self.value, i) if self.is_composite else arrays.pop(0).read(i)


def is_composite(value: Any) -> bool:
    """Whether a value consists of tensors, and is none."""
    return hasattr(type(value), "_type_spec") and not isinstance(value, (Readable, TensorArray))


def _consumed(value: Any) -> Rows:
    known = rows_of(value._type_spec)
    if known is None:
        raise TypeError(f"map_fn can not consume {value._type_spec} inputs: got {value!r}")
    return known


def known_number(count: Any) -> int | None:
    """A number of rows, if it is known."""
    if isinstance(count, Tensor):
        value = known_value(count)
        return None if value is None else int(value)
    return count


def result_spec(part: Any) -> TypeSpec:
    """The spec of one part of a result, given as a spec or a dtype."""
    if not isinstance(part, TypeSpec):
        return TensorSpec(None, part)
    if rows_of(part) is None:
        raise TypeError(f"map_fn can not generate {part} outputs")
    return part


def kept_of(specs: Sequence[TypeSpec]) -> list[Kept]:
    """What is kept of each row of the results."""
    return [kept for spec in specs for kept in _rows(spec).kept(spec)]


def result_arrays(specs: Sequence[TypeSpec], count: Any, infer_shape: bool) -> list[TensorArray]:
    """Arrays for what is kept of `count` rows of the results."""
    return [
        TensorArray(
            kept.spec.dtype,
            count,
            infer_shape=infer_shape and not kept.varies,
            element_shape=kept.spec.shape,
        )
        for kept in kept_of(specs)
    ]


def kept_parts(specs: Sequence[TypeSpec], result: Any) -> list[Any]:
    """What is kept of one row of the results."""
    parts: list[Any] = []
    for spec, leaf in zip(specs, nest.flatten(result), strict=True):
        if isinstance(spec, TensorSpec):
            parts.append(leaf)
            continue
        _check_result(spec, leaf)
        parts += _rows(spec).parts(spec, leaf)
    return parts


def joined_rows(specs: Sequence[TypeSpec], arrays: Sequence[TensorArray], count: Any) -> list[Any]:
    """The results of all rows, leaf by leaf."""
    rest, leaves = iter(arrays), []
    first = count if isinstance(count, int) else None
    for spec in specs:
        known = _rows(spec)
        tensors = []
        for kept in known.kept(spec):
            array = next(rest)
            tensor: Any
            if kept.varies:
                tensor = array.concat() if first != 0 else zeros(_of_nothing(kept), kept.spec.dtype)
            else:
                tensor = array.stack()
                tensor.set_shape(TensorShape([first]).concatenate(kept.spec.shape))
            tensors.append(tensor)
        leaves.append(known.joined(spec, tensors, count))
    return leaves


def _of_nothing(kept: Kept) -> list[int]:
    """The shape of no rows, put one after the other; sizes that nobody knows are 0."""
    shape = kept.spec.shape
    return [0] if shape.rank is None else [0, *(size or 0 for size in shape[1:])]


def _rows(spec: TypeSpec) -> Rows:
    known = rows_of(spec)
    assert known is not None, spec
    return known


def _check_result(spec: TypeSpec, leaf: Any) -> None:
    given = type_spec_from_value(leaf)
    if isinstance(given, TensorSpec) and getattr(spec, "ragged_rank", None) == 0:
        # A ragged row without a ragged dimension is a tensor.
        expected = TensorSpec(spec.shape, spec.dtype)  # type: ignore[attr-defined]
        fits = isinstance(leaf, Tensor) and expected.is_compatible_with(given)
        if fits and given.shape.rank == 0:
            raise _scalar(leaf)
    else:
        fits = spec.is_compatible_with(given)
    if not fits:
        raise ValueError(
            f"Error in map_fn:\n  Expected `fn` to return a:\n    {spec}\n"
            f"  But it returned a:\n    {given}\n    (value={leaf!s})\n"
            "  To fix, update the `fn_output_signature` (or `dtype`) argument to `map_fn`."
        )


def _scalar(leaf: Any) -> Exception:
    """The error for a single number in the place of a row."""
    if thread.context.graph is not None:
        return ValueError(f"Shape must be at least rank 1 but is rank 0 for {leaf!s}, a ragged row")
    return InvalidArgumentError(
        None, None, f"Ragged values must have rank >= 1; `fn` of map_fn answered the scalar {leaf}"
    )
