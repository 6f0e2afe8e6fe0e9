"""What a feature of an example is to be parsed into: `FixedLenFeature` and its kin.

The one idea: each says what to read and what a tensor to make of it; ops/examples.py does both.

Read next: ops/example_values.py, ops/examples.py.
"""

from collections import namedtuple
from typing import Any

from headrace._src.core.dtypes import int32, int64


class FixedLenFeature(namedtuple("FixedLenFeature", ["shape", "dtype", "default_value"])):
    """A feature with as many values in every example: a tensor [batch, *shape].

    dtype: tf.float32, tf.int64 or tf.string. default_value: what an example without the feature
        has; None where none may be without it.

    >>> tf.io.FixedLenFeature([], tf.int64)
    FixedLenFeature(shape=[], dtype=tf.int64, default_value=None)
    """

    __slots__ = ()

    def __new__(cls, shape: Any, dtype: Any, default_value: Any = None) -> Any:
        return super().__new__(cls, shape, dtype, default_value)


class FixedLenSequenceFeature(
    namedtuple("FixedLenSequenceFeature", ["shape", "dtype", "allow_missing", "default_value"])
):
    """A feature with rows of values, as many as there are: a tensor [batch, most rows, *shape].

    allow_missing: whether an example may be without it. default_value: a scalar that fills the
        examples with fewer rows; 0 or "" by default.

    >>> tf.io.FixedLenSequenceFeature([2], tf.float32, allow_missing=True).shape
    [2]
    """

    __slots__ = ()

    def __new__(
        cls, shape: Any, dtype: Any, allow_missing: bool = False, default_value: Any = None
    ) -> Any:
        return super().__new__(cls, shape, dtype, allow_missing, default_value)


class VarLenFeature(namedtuple("VarLenFeature", ["dtype"])):
    """A feature with any number of values: a `tf.SparseTensor` [batch, most values].

    >>> tf.io.VarLenFeature(tf.string)
    VarLenFeature(dtype=tf.string)
    """

    __slots__ = ()


class SparseFeature(
    namedtuple("SparseFeature", ["index_key", "value_key", "dtype", "size", "already_sorted"])
):
    """Two or more features that make a `tf.SparseTensor` [batch, *size].

    index_key: the feature that holds the positions of the values; a list of them, one for each
        axis. value_key: the feature that holds the values, of dtype `dtype`. size: the length of
        the axis, or a list of lengths. already_sorted: whether positions come in order, so that
        they need not be sorted.

    >>> tf.io.SparseFeature("at", "value", tf.float32, 10).size
    10
    """

    __slots__ = ()

    def __new__(
        cls, index_key: Any, value_key: Any, dtype: Any, size: Any, already_sorted: bool = False
    ) -> Any:
        return super().__new__(cls, index_key, value_key, dtype, size, already_sorted)


class RaggedFeature(
    namedtuple(
        "RaggedFeature", ["dtype", "value_key", "partitions", "row_splits_dtype", "validate"]
    )
):
    """A feature with any number of values, kept as rows of their own lengths.

    value_key: the feature that holds the values, where that is not the key in the dictionary.
        partitions: how they are divided further, `RaggedFeature.RowLengths("lengths")` and so on.
        row_splits_dtype: tf.int32 or tf.int64. validate: whether the divisions are checked.

    Of a single example and without partitions it becomes a vector; all else is a ragged tensor.

    >>> tf.io.RaggedFeature(tf.int64).row_splits_dtype
    tf.int32

    Raises TypeError for partitions of another kind, ValueError for another dtype of splits.
    """

    __slots__ = ()

    RowSplits = namedtuple("RowSplits", ["key"])
    RowLengths = namedtuple("RowLengths", ["key"])
    RowStarts = namedtuple("RowStarts", ["key"])
    RowLimits = namedtuple("RowLimits", ["key"])
    ValueRowIds = namedtuple("ValueRowIds", ["key"])
    UniformRowLength = namedtuple("UniformRowLength", ["length"])

    def __new__(
        cls,
        dtype: Any,
        value_key: Any = None,
        partitions: Any = (),
        row_splits_dtype: Any = int32,
        validate: bool = False,
    ) -> Any:
        if row_splits_dtype not in (int32, int64):
            raise ValueError(
                f"Argument `row_splits_dtype` must be int32 or int64; got {row_splits_dtype!r}"
            )
        if not isinstance(partitions, (list, tuple)):
            raise TypeError(
                f"Argument `partitions` must be a list or tuple. Received partitions={partitions} "
                f"of type {type(partitions).__name__}."
            )
        kinds = (
            cls.RowSplits,
            cls.RowLengths,
            cls.RowStarts,
            cls.RowLimits,
            cls.ValueRowIds,
            cls.UniformRowLength,
        )
        for partition in partitions:
            if not isinstance(partition, kinds):
                raise TypeError(
                    "Argument `partitions` cannot be cast to any of the partition types in "
                    f"{kinds}: got {partition!r}"
                )
        if not isinstance(validate, bool):
            raise TypeError(f"Argument `validate` must be a bool; got {validate}")
        return super().__new__(cls, dtype, value_key, tuple(partitions), row_splits_dtype, validate)
