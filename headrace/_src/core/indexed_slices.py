"""IndexedSlices: a few rows of a tensor, the rest of which is zero.

The gradient of a lookup in a large table touches a few of its rows; this is that gradient.
`values[i]` belongs at row `indices[i]`; a row named twice counts twice. Turning it into a dense
tensor and joining two are ops, so ops/gather.py puts them into the slots below. It is no tensor: it
has no operators but `-`, and ops take it only where it can be made dense.

Read next: ops/gather.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core.dtypes import DType, as_dtype, float32, int64
from headrace._src.core.pickling import pickled_from
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import TensorSpec, TypeSpec
from headrace._src.core.spec_registry import register
from headrace._src.core.tensor import Tensor


class IndexedSlices:
    """Rows `values` of a tensor at positions `indices` along its first axis.

    values: [n, ...], of any dtype; indices: [n] integers; dense_shape: the whole tensor's shape as
    an integer tensor, or None if it is not known. All three are kept as they are given.

    >>> rows = tf.IndexedSlices(tf.constant([[1., 2.]]), tf.constant([1]), tf.constant([2, 2]))
    >>> tf.convert_to_tensor(rows).numpy()
    array([[0., 0.],
           [1., 2.]], dtype=float32)
    """

    __slots__ = ("__dict__", "__weakref__", "_dense_shape", "_indices", "_is_whole", "_values")

    # Filled by ops/gather.py.
    to_dense: Callable[["IndexedSlices"], Tensor]
    join: Callable[["IndexedSlices", "IndexedSlices"], "IndexedSlices"]
    _known_shape: Callable[["IndexedSlices"], TensorShape]

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None) -> None:
        self._values = values
        self._indices = indices
        self._dense_shape = dense_shape
        self._is_whole = False

    @classmethod
    def of_all(cls, values: Any, indices: Any, dense_shape: Any) -> "IndexedSlices":
        """All rows, each once and in order: the values are the whole tensor already."""
        made = cls(values, indices, dense_shape)
        made._is_whole = True
        return made

    @property
    def values(self) -> Tensor:
        """The rows."""
        return self._values

    @property
    def indices(self) -> Tensor:
        """The rows' positions."""
        return self._indices

    @property
    def dense_shape(self) -> Tensor | None:
        """The shape of the whole tensor, or None."""
        return self._dense_shape

    @property
    def dtype(self) -> DType:
        """The dtype of the rows."""
        return self._values.dtype

    @property
    def device(self) -> str:
        """The device that holds the rows."""
        return self._values.device

    @property
    def name(self) -> str:
        """The name of the rows, in a graph."""
        return self._values.name

    @property
    def op(self) -> Any:
        """The operation that makes the rows, in a graph."""
        return self._values.op

    @property
    def graph(self) -> Any:
        """The graph that the rows belong to."""
        return self._values.graph

    def consumers(self) -> list[Any]:
        """The operations that take the rows, in a graph; none in eager mode."""
        return []

    @property
    def shape(self) -> TensorShape:
        """The shape of the whole tensor, as far as it is known."""
        if self._dense_shape is None:
            return TensorShape(None)
        return IndexedSlices._known_shape(self)

    @property
    def _type_spec(self) -> "IndexedSlicesSpec":
        rows = TensorShape(self._values.shape)
        count = TensorShape(self._indices.shape)
        shape = rows if rows.rank is None else TensorShape([None]).concatenate(rows[1:])
        known = self.shape
        if known.rank is not None:
            shape = known
        return IndexedSlicesSpec(
            shape,
            self.dtype,
            self._indices.dtype,
            None if self._dense_shape is None else self._dense_shape.dtype,
            count,
        )

    def _shape_invariant_to_type_spec(self, shape: TensorShape) -> "IndexedSlicesSpec":
        """What a loop knows of it that is told this shape: that of the rows."""
        known = self._type_spec
        if shape.rank is None:
            whole, count = shape, TensorShape([None])
        else:
            whole, count = TensorShape([None]).concatenate(shape[1:]), shape[:1]
        return IndexedSlicesSpec(
            whole, known._dtype, known._indices_dtype, known._dense_shape_dtype, count
        )

    def __tf_tracing_type__(self, context: Any) -> "IndexedSlicesSpec":
        """What a traced function knows of it."""
        return self._type_spec

    def dense(self) -> Tensor:
        """The whole tensor."""
        return self._values if self._is_whole else IndexedSlices.to_dense(self)

    def joined(self, other: "IndexedSlices") -> "IndexedSlices":
        """The sum of this and another, still sparse."""
        return IndexedSlices.join(self, other)

    def __str__(self) -> str:
        shape = "" if self._dense_shape is None else f", dense_shape={self._dense_shape!s}"
        return f"IndexedSlices(indices={self._indices!s}, values={self._values!s}{shape})"

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.IndexedSlices object at 0x{id(self):x}>"

    def __neg__(self) -> "IndexedSlices":
        return IndexedSlices(-self._values, self._indices, self._dense_shape)


class IndexedSlicesSpec(TypeSpec):
    """What is known of an `IndexedSlices` before it has a value.

    shape: of the whole tensor. dtype: of the rows. indices_dtype: of the positions.
    dense_shape_dtype: of `dense_shape`, or None where there is none. indices_shape: how many rows.

    >>> tf.IndexedSlicesSpec([3, 2])
    IndexedSlicesSpec(TensorShape([3, 2]), tf.float32, tf.int64, None, TensorShape([None]))
    """

    __slots__ = ("_dense_shape_dtype", "_dtype", "_indices_dtype", "_indices_shape", "_shape")

    def __init__(
        self,
        shape: Any = None,
        dtype: Any = float32,
        indices_dtype: Any = int64,
        dense_shape_dtype: Any = None,
        indices_shape: Any = None,
    ) -> None:
        self._shape = TensorShape(shape)
        self._dtype = as_dtype(dtype)
        self._indices_dtype = as_dtype(indices_dtype)
        self._dense_shape_dtype = None if dense_shape_dtype is None else as_dtype(dense_shape_dtype)
        self._indices_shape = TensorShape([None] if indices_shape is None else indices_shape)

    @property
    def value_type(self) -> type:
        """The class of the values: `tf.IndexedSlices`."""
        return IndexedSlices

    def _serialize(self) -> tuple[Any, ...]:
        return (
            self._shape,
            self._dtype,
            self._indices_dtype,
            self._dense_shape_dtype,
            self._indices_shape,
        )

    @property
    def _component_specs(self) -> tuple[TensorSpec, ...]:
        rows = TensorShape(None)
        if self._shape.rank is not None:
            rows = self._indices_shape.concatenate(self._shape[1:])
        specs = [
            TensorSpec(rows, self._dtype),
            TensorSpec(self._indices_shape, self._indices_dtype),
        ]
        if self._dense_shape_dtype is not None:
            specs.append(TensorSpec([self._shape.rank], self._dense_shape_dtype))
        return tuple(specs)

    def _to_components(self, value: IndexedSlices) -> tuple[Any, ...]:
        if value.dense_shape is None:
            return value.values, value.indices
        return value.values, value.indices, value.dense_shape

    def _from_components(self, components: Any) -> IndexedSlices:
        return IndexedSlices(*components)


IndexedSlices.__module__ = "tensorflow.python.framework.indexed_slices"
IndexedSlicesSpec.__module__ = "tensorflow.python.framework.indexed_slices"
register("tf.IndexedSlicesSpec")(IndexedSlicesSpec)
pickled_from(__name__, IndexedSlicesSpec, IndexedSlices)
