"""What a ragged tensor says of itself to `tf.shape`, `tf.size` and `tf.rank`.

The one idea: its shape is a `tf.experimental.DynamicRaggedShape`; its elements are those of the
flat values, and its rank is always known.

Read next: ragged/dynamic_shape.py.
"""

from typing import Any

from headrace._src.core.dtypes import int32
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops import array
from headrace._src.ops.dispatch import serve
from headrace._src.ragged.dynamic_shape import DynamicRaggedShape
from headrace._src.ragged.ragged_tensor import RaggedTensor


@serve(RaggedTensor, array.shape)
def shape(input: Any, out_type: Any = None, name: str | None = None) -> DynamicRaggedShape:
    """The shape of a ragged tensor, in `out_type`, int32 by default."""
    return DynamicRaggedShape.from_tensor(input, int32 if out_type is None else out_type)


@serve(RaggedTensor, array.size)
def size(input: Any, out_type: Any = None, name: str | None = None) -> Tensor:
    """The number of elements of a ragged tensor."""
    return array.size(input.flat_values, out_type, name)


@serve(RaggedTensor, array.rank)
def rank(input: Any, name: str | None = None) -> Tensor:
    """The number of dimensions of a ragged tensor, ragged and dense."""
    known = input.shape.rank
    if known is None:
        return array.rank(input.flat_values, name) + input.ragged_rank
    return convert(known, int32)
