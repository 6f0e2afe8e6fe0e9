"""Rows of nested tensors in TensorArrays: what the two ways of mapping have in common.

The one idea: an array in a graph and one in eager mode are read in the same way, and both are made
by the same name. So what differs is how rows are gone through, and how results are written.

Read next: objects/mapping.py, objects/graph_mapping.py.
"""

from typing import Any

from headrace._src.core import nest
from headrace._src.engine.convert import convert
from headrace._src.objects.graph_array import TensorArray


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
