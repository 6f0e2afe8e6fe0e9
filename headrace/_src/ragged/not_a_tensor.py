"""What a ragged tensor, or the shape of one, says to those who take it for a tensor.

The one idea: it is none, and says so at once. An op that asks for a tensor gets this refusal, and
then asks who serves it for ragged ones (`__tf_op__`); so the refusal must cost little, however many
values there are.

Read next: ops/dispatch.py.
"""

from typing import Any, NoReturn

from headrace._src.core.context import thread
from headrace._src.ops.dispatch import answered
from headrace._src.ragged.dynamic_shape import DynamicRaggedShape
from headrace._src.ragged.ragged_tensor import RaggedTensor


def refused(self: Any, dtype: Any = None, name: str | None = None) -> NoReturn:
    """The error for what is ragged in the place of a tensor."""
    if thread.context.graph is None:
        raise ValueError(f"TypeError: object of type '{type(self).__name__}' has no len()\n")
    raise TypeError(
        f"Failed to convert elements of {self} to Tensor. Consider casting elements to a supported "
        "type. See https://www.tensorflow.org/api_docs/python/tf/dtypes for supported TF dtypes."
    )


_kind: Any
for _kind in (RaggedTensor, DynamicRaggedShape):
    _kind.__tf_tensor__ = refused
    _kind.__tf_op__ = staticmethod(answered)
