"""Rows of what consists of tensors: one row of many, and one value of many rows.

The one idea: for each class of specs there is a way, a `Rows`, to read row `i` of a value, and to
say of a row which tensors are kept of it. Kept tensors are put side by side if all have one shape,
and one after the other if they differ in length; from these few the value of all rows is made. So
whoever goes through rows, in Python or in a loop of a graph, keeps nothing but tensors.

Read next: objects/mapping.py; ragged/composite.py and objects/extension_type/batchable.py, which
add their classes.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from headrace._src.core.dtypes import int64
from headrace._src.core.sparse_tensor import SparseTensor, SparseTensorSpec
from headrace._src.core.spec import TensorSpec, TypeSpec
from headrace._src.ops.array import expand_dims, length
from headrace._src.ops.array import shape as shape_of
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import equal
from headrace._src.ops.gather import boolean_mask
from headrace._src.ops.joining import concat
from headrace._src.ops.padding import repeat
from headrace._src.ops.ranges import range as range_
from headrace._src.ops.reduce import reduce_max


class Kept(NamedTuple):
    """What is kept of each row: a tensor of a spec, put side by side or one after the other."""

    spec: TensorSpec
    varies: bool


class Rows(NamedTuple):
    """What is known of the rows of the values of a class of specs; `spec` is that of one row."""

    count: Callable[[Any], Any]
    """How many rows a value has."""
    row: Callable[[Any, Any], Any]
    """Row `i` of a value."""
    kept: Callable[[Any], list[Kept]]
    """What is kept of rows of type `spec`."""
    parts: Callable[[Any, Any], list[Any]]
    """The tensors to keep of a row."""
    joined: Callable[[Any, list[Any], Any], Any]
    """The value of all rows, from what was kept and from their number."""


_BY_SPEC: dict[type, Rows] = {}


def rows(spec_class: type, known: Rows) -> None:
    """Tells the rows of the values of a class of specs and of those derived from it."""
    _BY_SPEC[spec_class] = known


def rows_of(spec: TypeSpec) -> Rows | None:
    """What is known of rows of this type; None where they cannot be put together."""
    return next((_BY_SPEC[base] for base in type(spec).__mro__ if base in _BY_SPEC), None)


# ---- tensors -------------------------------------------------------------------------------------

rows(
    TensorSpec,
    Rows(
        count=lambda x: length(x, 0),
        row=lambda x, i: x[i],
        kept=lambda spec: [Kept(spec, False)],
        parts=lambda spec, row: [row],
        joined=lambda spec, tensors, count: tensors[0],
    ),
)


# ---- sparse tensors ------------------------------------------------------------------------------


def _sparse_row(x: SparseTensor, i: Any) -> SparseTensor:
    is_here = equal(x.indices[:, 0], cast(i, int64))
    return SparseTensor(
        boolean_mask(x.indices, is_here)[:, 1:], boolean_mask(x.values, is_here), x.dense_shape[1:]
    )


def _kept_of_sparse(spec: SparseTensorSpec) -> list[Kept]:
    rank = spec.shape.rank
    return [
        Kept(TensorSpec([None, rank], int64), True),
        Kept(TensorSpec([None], spec.dtype), True),
        Kept(TensorSpec([rank], int64), False),
        Kept(TensorSpec([], int64), False),
    ]


def _parts_of_sparse(spec: SparseTensorSpec, row: SparseTensor) -> list[Any]:
    return [row.indices, row.values, row.dense_shape, shape_of(row.values, int64)[0]]


def _joined_sparse(spec: SparseTensorSpec, tensors: list[Any], count: Any) -> SparseTensor:
    indices, values, shapes, lengths = tensors
    owner = repeat(range_(cast(count, int64)), lengths)
    sizes = concat([cast(expand_dims(count, 0), int64), reduce_max(shapes, 0)], 0)
    return SparseTensor(concat([expand_dims(owner, 1), indices], 1), values, sizes)


rows(
    SparseTensorSpec,
    Rows(
        count=lambda x: x.dense_shape[0],
        row=_sparse_row,
        kept=_kept_of_sparse,
        parts=_parts_of_sparse,
        joined=_joined_sparse,
    ),
)
