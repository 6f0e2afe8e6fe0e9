"""SparseTensor: the elements of a tensor that are not zero, and where they are.

The one idea: three tensors, `indices`, `values` and `dense_shape`, that stand for a fourth, which
is never made. It is no tensor: ops take it only where they say so (`tf.sparse`), but `tf.nest`,
`tf.function`, `tf.cond` and `tf.while_loop` look into it by its spec. Making tensors of the parts
and the operators are ops, so ops/sparse_tensor.py puts them into the slots below: import the class
from there.

Read next: ops/sparse_tensor.py.
"""

from collections import namedtuple
from collections.abc import Callable
from typing import Any

from headrace._src.core.dtypes import DType, as_dtype, float32, int64
from headrace._src.core.pickling import pickled_from
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import (
    BatchableTypeSpec,
    TensorSpec,
    register_type_spec_from_value_converter,
)
from headrace._src.core.spec_registry import register
from headrace._src.core.tensor import Tensor

_MODULE = "tensorflow.python.framework.sparse_tensor"


class SparseTensorValue(namedtuple("SparseTensorValue", ["indices", "values", "dense_shape"])):
    """The three parts of a sparse tensor as arrays or lists, not as tensors.

    >>> tf.compat.v1.SparseTensorValue([[0, 1]], [2.0], [3, 4])
    SparseTensorValue(indices=[[0, 1]], values=[2.0], dense_shape=[3, 4])
    """

    __slots__ = ()


class SparseTensor:
    """A tensor that is zero but for `values[i]` at `indices[i]`.

    indices: int64 [n, rank], the positions; many ops want them in the order of the dense tensor
        (`tf.sparse.reorder`). values: [n], of any dtype. dense_shape: int64 [rank], the shape.

    >>> x = tf.SparseTensor(indices=[[0, 0], [1, 2]], values=[1., 2.], dense_shape=[2, 3])
    >>> tf.sparse.to_dense(x).numpy()
    array([[1., 0., 0.],
           [0., 0., 2.]], dtype=float32)

    Raises ValueError where the shapes of the parts do not fit each other, or a tensor among them
    has another dtype; TypeError for positions that are no integers.
    """

    __slots__ = ("__dict__", "__weakref__", "_dense_shape", "_indices", "_shape", "_values")

    # Filled by ops/sparse_tensor.py.
    _parts: Callable[[Any, Any, Any], tuple[Tensor, Tensor, Tensor]]
    _known_shape: Callable[[Tensor], TensorShape]
    __tf_op__: Callable[..., Any]
    __mul__: Callable[..., Any]
    __rmul__: Callable[..., Any]
    __truediv__: Callable[..., Any]
    __div__: Callable[..., Any]

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        indices, values, dense_shape = SparseTensor._parts(indices, values, dense_shape)
        self._indices, self._values, self._dense_shape = indices, values, dense_shape
        self._shape = SparseTensor._known_shape(dense_shape)
        count, rank = indices.shape.with_rank(2).dims
        (length,) = values.shape.with_rank(1).dims
        (sizes,) = dense_shape.shape.with_rank(1).dims
        count.assert_is_compatible_with(length)
        rank.assert_is_compatible_with(sizes)

    @classmethod
    def from_value(cls, sparse_tensor_value: Any) -> "SparseTensor":
        """A sparse tensor of a `SparseTensorValue` or of another sparse tensor; else TypeError."""
        value = sparse_tensor_value
        if not isinstance(value, (SparseTensor, SparseTensorValue)):
            raise TypeError(
                f"Argument sparse_tensor_value={value} is neither a SparseTensor nor "
                "SparseTensorValue."
            )
        return cls(value.indices, value.values, value.dense_shape)

    @property
    def indices(self) -> Tensor:
        """The positions: int64 [n, rank]."""
        return self._indices

    @property
    def values(self) -> Tensor:
        """The elements at the positions: [n]."""
        return self._values

    @property
    def dense_shape(self) -> Tensor:
        """The shape of the dense tensor: int64 [rank]."""
        return self._dense_shape

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self._values.dtype

    @property
    def shape(self) -> TensorShape:
        """The shape of the dense tensor, as far as it is known."""
        return self._shape

    def get_shape(self) -> TensorShape:
        """The shape as far as it is known; the same as `shape`."""
        return self._shape

    def set_shape(self, shape: Any) -> None:
        """Tells what is known of the shape; raises ValueError where it contradicts."""
        self._shape = self._shape.merge_with(shape)

    def with_values(self, new_values: Any) -> "SparseTensor":
        """A sparse tensor with other elements, of any dtype, at the same positions."""
        return SparseTensor(self._indices, new_values, self._dense_shape)

    @property
    def op(self) -> Any:
        """The operation that makes the elements, in a graph."""
        return self._values.op

    @property
    def graph(self) -> Any:
        """The graph that the parts belong to."""
        return self._indices.graph

    def consumers(self) -> list[Any]:
        """The operations that take a part, in a graph; none in eager mode."""
        found: list[Any] = []
        for part in (self._indices, self._values, self._dense_shape):
            if hasattr(part, "op"):
                found += [user for user in part.consumers() if user not in found]
        return found

    def eval(self, feed_dict: Any = None, session: Any = None) -> SparseTensorValue:
        """The parts as arrays, computed by a session; AttributeError in eager mode."""
        _ = self.graph  # which says that in eager mode there is none
        parts: Any = (self._indices, self._values, self._dense_shape)
        return SparseTensorValue(*(part.eval(feed_dict, session) for part in parts))

    @property
    def _type_spec(self) -> "SparseTensorSpec":
        return SparseTensorSpec(self._shape, self.dtype)

    def _shape_invariant_to_type_spec(self, shape: TensorShape) -> "SparseTensorSpec":
        """What a loop knows of it that is told this shape: that of `dense_shape`."""
        if shape.rank not in (None, 1):
            raise ValueError(
                f"Expected a shape with 1 dimension. Obtained: {shape} which has {shape.rank} "
                "dimensions."
            )
        rank = None if shape.rank is None else shape[0]
        return SparseTensorSpec(None if rank is None else [None] * rank, self.dtype)

    def __tf_tracing_type__(self, context: Any) -> "SparseTensorSpec":
        """What a traced function knows of it."""
        return self._type_spec

    def __repr__(self) -> str:
        return (
            f"SparseTensor(indices={self._indices!s}, values={self._values!s}, "
            f"dense_shape={self._dense_shape!s})"
        )


class SparseTensorSpec(BatchableTypeSpec):
    """What is known of a `SparseTensor` before it has a value: its shape and dtype.

    >>> tf.SparseTensorSpec([None, 3], tf.int32)
    SparseTensorSpec(TensorShape([None, 3]), tf.int32)
    """

    __slots__ = ("_dtype", "_shape")

    def __init__(self, shape: Any = None, dtype: Any = float32) -> None:
        self._shape = TensorShape(shape)
        self._dtype = as_dtype(dtype)

    @property
    def shape(self) -> TensorShape:
        """The shape of the dense tensor, of which any part may be unknown."""
        return self._shape

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self._dtype

    @property
    def value_type(self) -> type:
        """The class of the values: `tf.SparseTensor`."""
        return SparseTensor

    @classmethod
    def from_value(cls, value: Any) -> "SparseTensorSpec":
        """The spec of a `SparseTensor` or `SparseTensorValue`; TypeError for anything else."""
        if isinstance(value, SparseTensor):
            return cls(value.shape, value.dtype)
        if isinstance(value, SparseTensorValue):
            made = SparseTensor.from_value(value)
            return cls(made.shape, made.dtype)
        raise TypeError(
            "Expected SparseTensor or SparseTensorValue. Received: "
            f"{value} of type {type(value).__name__}."
        )

    def _serialize(self) -> tuple[Any, ...]:
        return self._shape, self._dtype

    @property
    def _component_specs(self) -> list[TensorSpec]:
        rank = self._shape.rank
        return [
            TensorSpec([None, rank], int64),
            TensorSpec([None], self._dtype),
            TensorSpec([rank], int64),
        ]

    def _to_components(self, value: Any) -> list[Any]:
        if isinstance(value, SparseTensorValue):
            value = SparseTensor.from_value(value)
        return [value.indices, value.values, value.dense_shape]

    def _from_components(self, components: Any) -> SparseTensor:
        made = SparseTensor(*components)
        made.set_shape(self._shape)
        return made

    def _batch(self, batch_size: int | None) -> "SparseTensorSpec":
        return SparseTensorSpec(TensorShape([batch_size]).concatenate(self._shape), self._dtype)

    def _unbatch(self) -> "SparseTensorSpec":
        if self._shape.rank == 0:
            raise ValueError("Unbatching is only supported for tensors with rank >= 1")
        return SparseTensorSpec(self._shape[1:], self._dtype)


SparseTensor.__module__ = SparseTensorValue.__module__ = SparseTensorSpec.__module__ = _MODULE
register("tf.SparseTensorSpec")(SparseTensorSpec)
register_type_spec_from_value_converter(SparseTensorValue, SparseTensorSpec.from_value)
pickled_from(__name__, SparseTensorSpec, SparseTensor)
