"""RowPartitionSpec: what is known of a row partition before it has values.

Read next: ragged/ragged_tensor.py.
"""

from typing import Any

from headrace._src.core.dtypes import DType, as_dtype, int32, int64
from headrace._src.core.pickling import pickled_from
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import TensorSpec, TypeSpec
from headrace._src.core.spec_registry import register
from headrace._src.core.tensor import Tensor
from headrace._src.ragged.row_partition import RowPartition


class RowPartitionSpec(TypeSpec):
    """What is known of a `RowPartition` before it has values.

    nrows, nvals, uniform_row_length: what is known of them, else None. dtype: `tf.int32` or
    `tf.int64`.
    """

    __slots__ = ("_dtype", "_nrows", "_nvals", "_uniform_row_length")

    def __init__(
        self,
        nrows: Any = None,
        nvals: Any = None,
        uniform_row_length: Any = None,
        dtype: Any = int64,
    ) -> None:
        self._nrows = TensorShape([nrows])
        self._nvals = TensorShape([nvals])
        self._uniform_row_length = TensorShape([uniform_row_length])
        self._dtype = as_dtype(dtype)
        if self._dtype not in (int32, int64):
            raise ValueError("dtype must be tf.int32 or tf.int64")
        rows, values, size = self.nrows, self.nvals, self.uniform_row_length
        if None not in (rows, values, size) and rows * size != values:
            raise ValueError(
                f"`nvals` must be equal to `nrows` * `uniform_row_length`. Got nvals={values}, "
                f"nrows={rows}, and uniform_row_length={size}."
            )
        if values is None and None not in (rows, size):
            self._nvals = TensorShape([rows * size])

    @property
    def nrows(self) -> int | None:
        """How many rows there are, if known."""
        return self._nrows[0]

    @property
    def nvals(self) -> int | None:
        """How many values there are, if known."""
        return self._nvals[0]

    @property
    def uniform_row_length(self) -> int | None:
        """The one length of all rows, if there is one and it is known."""
        return self._uniform_row_length[0]

    @property
    def dtype(self) -> DType:
        """`tf.int32` or `tf.int64`."""
        return self._dtype

    @property
    def value_type(self) -> type:
        """The class of the values: `tf.experimental.RowPartition`."""
        return RowPartition

    @classmethod
    def from_value(cls, value: Any) -> "RowPartitionSpec":
        """The spec of a partition; TypeError for anything else."""
        if not isinstance(value, RowPartition):
            raise TypeError("Expected `value` to be a `RowPartition`.")
        return cls(
            value.static_nrows, value.static_nvals, value.static_uniform_row_length, value.dtype
        )

    @classmethod
    def _deserialize(cls, serialization: tuple) -> "RowPartitionSpec":
        nrows, nvals, size, dtype = serialization
        return cls(nrows[0], nvals[0], size[0], dtype)

    def _serialize(self) -> tuple[Any, ...]:
        return self._nrows, self._nvals, self._uniform_row_length, self._dtype

    @property
    def _component_specs(self) -> TensorSpec:
        rows = self.nrows
        return TensorSpec([None if rows is None else rows + 1], self._dtype)

    def _to_components(self, value: RowPartition) -> Tensor:
        return value.row_splits()

    def _from_components(self, components: Any) -> RowPartition:
        size = self.uniform_row_length
        if size is None:
            return RowPartition.from_row_splits(components, validate=False)
        return RowPartition._of_uniform_splits(components, size)

    def __repr__(self) -> str:
        return (
            f"RowPartitionSpec(nrows={self.nrows}, nvals={self.nvals}, "
            f"uniform_row_length={self.uniform_row_length}, dtype={self._dtype!r})"
        )


RowPartition._spec_of = staticmethod(RowPartitionSpec.from_value)
RowPartitionSpec.__module__ = RowPartition.__module__
register("tf.RowPartitionSpec")(RowPartitionSpec)
pickled_from(__name__, RowPartitionSpec, RowPartition)
