"""IndexedSlices: a few rows of a tensor, the rest of which is zero.

The gradient of a lookup in a large table touches a few of its rows; this is that gradient. `values[i]` belongs
at row `indices[i]`; a row named twice counts twice. Turning it into a dense tensor and joining two are ops,
so ops/gather.py puts them into the slots below.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core.dtypes import DType
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor


class IndexedSlices:
    """Rows `values` of a tensor at positions `indices` along its first axis.

    values: [n, ...], of any dtype; indices: [n] integers; dense_shape: the whole tensor's shape as an
    integer tensor, or None if it is not known.
    """

    __slots__ = ("__dict__", "__weakref__", "_dense_shape", "_indices", "_values")

    # Filled by ops/gather.py.
    to_dense: Callable[["IndexedSlices"], Tensor]
    join: Callable[["IndexedSlices", "IndexedSlices"], "IndexedSlices"]

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None) -> None:
        self._values = values
        self._indices = indices
        self._dense_shape = dense_shape

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
    def shape(self) -> TensorShape:
        """The shape of the whole tensor, as far as it is known."""
        if self._dense_shape is None:
            return TensorShape(None)
        return TensorShape([int(n) for n in self._dense_shape])

    def dense(self) -> Tensor:
        """The whole tensor."""
        return IndexedSlices.to_dense(self)

    def joined(self, other: "IndexedSlices") -> "IndexedSlices":
        """The sum of this and another, still sparse."""
        return IndexedSlices.join(self, other)

    def __str__(self) -> str:
        shape = "" if self._dense_shape is None else f", dense_shape={self._dense_shape}"
        return f"IndexedSlices(indices={self._indices}, values={self._values}{shape})"

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.IndexedSlices object at 0x{id(self):x}>"

    def __neg__(self) -> "IndexedSlices":
        return IndexedSlices(-self._values, self._indices, self._dense_shape)


IndexedSlices.__module__ = "tensorflow.python.framework.indexed_slices"
