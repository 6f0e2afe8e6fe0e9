"""What tapes, loops and `map_fn` ask of a ragged tensor as a value that consists of tensors.

Its gradient has the same rows, of the gradients of the values. A shape that a loop is told stands
for a spec with as many ragged dimensions as the tensor has. Of a row are kept its flat values, the
lengths of its own rows, and how many these are; a row without a ragged dimension is a tensor.

Read next: objects/composite_gradient.py, objects/loops.py, ops/rows.py.
"""

from typing import Any

from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import TensorSpec
from headrace._src.engine.gradient import dense
from headrace._src.ops.array import shape as shape_of
from headrace._src.ops.cast import cast
from headrace._src.ops.rows import Kept, Rows, rows
from headrace._src.ragged.ragged_tensor import RaggedTensor
from headrace._src.ragged.ragged_tensor_spec import RaggedTensorSpec


class ByValues:
    """The values are differentiated; how they are cut into rows has no gradient."""

    def get_gradient_components(self, value: RaggedTensor) -> Any:
        """The values, which may be ragged themselves."""
        return value.values

    def replace_gradient_components(self, value: RaggedTensor, component_grads: Any) -> Any:
        """The rows of `value` with the gradients of its values."""
        if isinstance(component_grads, IndexedSlices):
            component_grads = dense(component_grads)
        return value.with_values(component_grads)


def _spec_of_shape(x: RaggedTensor, shape: TensorShape) -> RaggedTensorSpec:
    return RaggedTensorSpec(shape, x.dtype, x.ragged_rank, x.row_splits.dtype)


def _kept(spec: RaggedTensorSpec) -> list[Kept]:
    inner = spec.shape[spec.ragged_rank + 1 :]
    splits = spec.row_splits_dtype
    lengths = [Kept(TensorSpec([None], splits), True)] * spec.ragged_rank
    flat = TensorSpec(TensorShape([None]).concatenate(inner), spec.dtype)
    return [Kept(flat, True), Kept(TensorSpec([], splits), False), *lengths]


def _parts(spec: RaggedTensorSpec, row: Any) -> list[Any]:
    if not isinstance(row, RaggedTensor):
        return [row, shape_of(row, spec.row_splits_dtype)[0]]
    lengths = [cast(part, spec.row_splits_dtype) for part in row.nested_row_lengths()]
    return [row.flat_values, cast(row.nrows(), spec.row_splits_dtype), *lengths]


def _joined(spec: RaggedTensorSpec, tensors: list[Any], count: Any) -> RaggedTensor:
    value, *lengths = tensors
    for part in reversed(lengths):
        value = RaggedTensor.from_row_lengths(value, part, validate=False)
    return value


rows(
    RaggedTensorSpec,
    Rows(
        count=lambda x: x.nrows(),
        row=lambda x, i: x[i],
        kept=_kept,
        parts=_parts,
        joined=_joined,
    ),
)
RaggedTensor.__composite_gradient__ = ByValues()  # type: ignore[attr-defined]
RaggedTensor._shape_invariant_to_type_spec = _spec_of_shape  # type: ignore[attr-defined]
