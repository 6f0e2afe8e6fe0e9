"""RaggedTensorValue: a ragged tensor whose parts are NumPy arrays.

It is what a session answers for a ragged tensor, and what may be made before there is any graph.

Read next: ragged/ragged_tensor_spec.py.
"""

from typing import Any

import numpy as np

from headrace._src.ragged.ragged_tensor import RaggedTensor
from headrace._src.ragged.written import nested_list


class RaggedTensorValue:
    """Rows of several lengths as NumPy arrays: `values` one after the other, and where they begin.

    values: an array [nvals, ...] or a `RaggedTensorValue`. row_splits: int32 or int64 [nrows + 1].

    >>> x = tf.compat.v1.ragged.RaggedTensorValue(np.array([3, 1, 4]), np.array([0, 1, 3]))
    >>> x.to_list()
    [[3], [1, 4]]

    Raises TypeError and ValueError for other parts.
    """

    def __init__(self, values: Any, row_splits: Any) -> None:
        if not (
            isinstance(row_splits, (np.ndarray, np.generic))
            and row_splits.dtype in (np.int64, np.int32)
            and row_splits.ndim == 1
        ):
            raise TypeError("row_splits must be a 1D int32 or int64 numpy array")
        if not isinstance(values, (np.ndarray, np.generic, RaggedTensorValue)):
            raise TypeError("values must be a numpy array or a RaggedTensorValue")
        if isinstance(values, RaggedTensorValue) and row_splits.dtype != values.row_splits.dtype:
            raise ValueError("row_splits and values.row_splits must have the same dtype")
        self._values = values
        self._row_splits = row_splits

    @property
    def row_splits(self) -> np.ndarray:
        """Where the rows begin, and after them where the last one ends."""
        return self._row_splits

    @property
    def values(self) -> Any:
        """The values of all rows: an array or a `RaggedTensorValue`."""
        return self._values

    @property
    def flat_values(self) -> np.ndarray:
        """The values without any ragged dimension: an array."""
        values = self._values
        while isinstance(values, RaggedTensorValue):
            values = values._values
        return values

    @property
    def nested_row_splits(self) -> tuple[np.ndarray, ...]:
        """The row splits of all ragged dimensions, that of the outermost first."""
        found, values = [self._row_splits], self._values
        while isinstance(values, RaggedTensorValue):
            found.append(values._row_splits)
            values = values._values
        return tuple(found)

    @property
    def ragged_rank(self) -> int:
        """How many times the flat values are partitioned."""
        return len(self.nested_row_splits)

    @property
    def dtype(self) -> np.dtype:
        """The NumPy dtype of the values."""
        return self._values.dtype

    @property
    def shape(self) -> tuple[Any, ...]:
        """The shape; a ragged dimension is None."""
        return (len(self._row_splits) - 1, None, *self._values.shape[1:])

    @property
    def _nested_row_partitions(self) -> tuple[np.ndarray, ...]:
        return self.nested_row_splits

    def to_list(self) -> list:
        """The rows as nested lists."""
        values = self._values
        inner = values.to_list() if isinstance(values, RaggedTensorValue) else values.tolist()
        return nested_list(inner, self._row_splits)

    def _to_ragged_tensor(self) -> RaggedTensor:
        """The ragged tensor with these values."""
        return RaggedTensor.from_nested_row_splits(
            self.flat_values, self.nested_row_splits, validate=False
        )

    def __str__(self) -> str:
        return f"<tf.RaggedTensorValue {self.to_list()}>"

    def __repr__(self) -> str:
        return f"tf.RaggedTensorValue(values={self._values!r}, row_splits={self._row_splits!r})"


RaggedTensorValue.__module__ = "tensorflow.python.ops.ragged.ragged_tensor_value"
