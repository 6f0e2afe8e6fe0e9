"""`tf.io.RaggedFeature`: what a parsed feature with rows of their own lengths becomes.

The one idea: the parsing ops read columns, all values of all examples one after the other and where
each example's end. A partition is a column too, and says of each example by itself how its values
are cut; so what it says is made true of all of them together, innermost first, and the examples are
the outermost rows.

Who has a `RaggedFeature` has imported this file, which fills the slot of ops/feature_spec.py.

Read next: ops/feature_spec.py.
"""

from typing import Any

from headrace._src.core.dtypes import DType
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.array import reshape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import equal
from headrace._src.ops.constant import zeros, zeros_like
from headrace._src.ops.feature_spec import FeatureSpec
from headrace._src.ops.features import RaggedFeature as RaggedFeature
from headrace._src.ops.gather import boolean_mask, gather_op
from headrace._src.ops.joining import concat
from headrace._src.ops.math import maximum
from headrace._src.ops.select import select
from headrace._src.ragged.ragged_tensor import RaggedTensor
from headrace._src.ragged.row_partition import RowPartition, ends

Column = tuple[Tensor, Tensor]


def column_of(feature: RaggedFeature, key: Any, columns: dict[Any, Column], is_single: bool) -> Any:
    """The tensor of a feature, out of the columns (values and row splits) by their keys.

    is_single: whether there is one example, which then is no row of its own.
    """
    dtype = feature.row_splits_dtype
    values, splits = columns[key if feature.value_key is None else feature.value_key]
    found: Any = values
    rows = _partition(splits, dtype)
    for partition in reversed(feature.partitions):
        if isinstance(partition, RaggedFeature.UniformRowLength):
            found, rows = _uniform(found, rows, partition.length)
        elif isinstance(partition, RaggedFeature.ValueRowIds):
            found, rows = _by_rowids(found, columns[partition.key], dtype, feature.validate)
        else:
            lengths, rows = _lengths(partition, columns[partition.key], rows, dtype)
            found = RaggedTensor.from_row_lengths(found, lengths, validate=feature.validate)
    if is_single:
        return found
    return RaggedTensor.from_row_splits(found, rows.row_splits(), validate=feature.validate)


def _partition(splits: Tensor, dtype: DType) -> RowPartition:
    return RowPartition.from_row_splits(cast(splits, dtype), validate=False)


def _uniform(values: Any, rows: RowPartition, length: int) -> tuple[Any, RowPartition]:
    made = RowPartition.from_row_splits(rows.row_splits() // length, validate=False)
    if isinstance(values, RaggedTensor):
        return RaggedTensor.from_uniform_row_length(values, length, validate=False), made
    return reshape_op(values, (-1, length, *values.shape[1:].as_list())), made


def _by_rowids(
    values: Any, column: Column, dtype: DType, validate: bool
) -> tuple[Any, RowPartition]:
    """Each example's rows are numbered from 0: here, from where the last example's end."""
    ids, examples = cast(column[0], dtype), _partition(column[1], dtype)
    counts = _rows_in_each(ids, examples)
    splits = ends(counts)
    ids = ids + gather_op(splits[:-1], examples.value_rowids(), 0)
    found = RaggedTensor.from_value_rowids(values, ids, splits[-1], validate=validate)
    return found, RowPartition.from_row_splits(splits, validate=False)


def _rows_in_each(ids: Tensor, examples: RowPartition) -> Tensor:
    """How many rows each example has: one more than its last row's number, or none."""
    last = maximum(examples.row_limits() - 1, zeros_like(examples.row_limits()))
    padded = concat([ids, zeros((1,), ids.dtype)], 0)
    is_empty = equal(examples.row_lengths(), convert(0, ids.dtype))
    return select(is_empty, convert(0, ids.dtype), gather_op(padded, last, 0) + 1)


def _lengths(
    partition: Any, column: Column, inner: RowPartition, dtype: DType
) -> tuple[Tensor, RowPartition]:
    """The lengths of all rows, and how many of them each example has.

    inner: how many values each example has; they end the last row where only starts are given.
    """
    numbers, examples = cast(column[0], dtype), _partition(column[1], dtype)
    if isinstance(partition, RaggedFeature.RowLengths):
        return numbers, examples
    nothing = zeros((1,), dtype)
    offsets, rowids = examples.offsets_in_rows(), examples.value_rowids()
    if isinstance(partition, RaggedFeature.RowLimits):
        before = concat([nothing, numbers[:-1]], 0) if numbers.shape[0] != 0 else numbers
        return numbers - select(equal(offsets, nothing), nothing, before), examples
    is_last = equal(offsets, gather_op(examples.row_lengths() - 1, rowids, 0))
    after = concat([numbers[1:], nothing], 0) if numbers.shape[0] != 0 else numbers
    if isinstance(partition, RaggedFeature.RowStarts):
        after = select(is_last, gather_op(inner.row_lengths(), rowids, 0), after)
        return after - numbers, examples
    counts = maximum(examples.row_lengths() - 1, nothing)
    return boolean_mask(after - numbers, ~is_last), RowPartition.from_row_lengths(
        counts, validate=False
    )


FeatureSpec.column_of_ragged = staticmethod(column_of)
