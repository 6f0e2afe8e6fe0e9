"""The op behind `tf.ragged.cross`: combinations of features of ragged, sparse and dense inputs.

The one idea: all three are columns (crossing.py); here they stand in the order of the inputs.

Read next: ragged/cross.py. Source: op RaggedCross.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.crossing import (
    Column,
    combinations,
    dense_column,
    fingerprints,
    hashed,
    joined,
    sparse_column,
)


def _rows_of_values(*shapes_and_attributes: Any) -> list[TensorShape]:
    num_buckets = shapes_and_attributes[8]
    if num_buckets is None:
        raise TypeError("Expected int for argument 'num_buckets' not None.")
    if num_buckets < 0:
        raise ShapeError(
            f"Value for attr 'num_buckets' of {num_buckets} must be at least minimum 0"
        )
    return [vector(None), vector(None)]


@op("RaggedCross", shape=_rows_of_values, cost="host")
def ragged_cross(
    ragged_values: list[Tensor],
    ragged_row_splits: list[Tensor],
    sparse_indices: list[Tensor],
    sparse_values: list[Tensor],
    sparse_shape: list[Tensor],
    dense_inputs: list[Tensor],
    input_order: str,
    hashed_output: bool,
    num_buckets: int,
    hash_key: int,
    out_values_type: DType,
    out_row_splits_type: DType,
    name: str | None = None,
) -> Any:
    """The combinations of each row, one after the other, and where the rows begin.

    input_order: a letter for each input: R for a ragged one, S for a sparse one, D for a dense one.
    """
    if num_buckets < 0:
        raise ValueError(
            f"Value for attr 'num_buckets' of {num_buckets} must be at least minimum 0"
        )
    if any(x.ndim != 2 for x in dense_inputs) or any(len(x) != 2 for x in sparse_shape):
        raise ValueError("tf.ragged.cross only supports inputs with rank=2.")
    ragged = [*map(Column, ragged_values, ragged_row_splits)]
    counts = {len(own.splits) - 1 for own in ragged}
    counts |= {int(sizes[0]) for sizes in sparse_shape} | {len(x) for x in dense_inputs}
    if len(counts) > 1:
        raise ValueError("inputs must all have the same batch dimension size.")
    rows = counts.pop() if counts else 0
    sparse = (
        sparse_column(places, values, rows)
        for places, values in zip(sparse_indices, sparse_values, strict=True)
    )
    kinds: dict[str, Iterator[Column]] = {
        "R": iter(ragged),
        "S": sparse,
        "D": (dense_column(np.asarray(x)) for x in dense_inputs),
    }
    order = input_order.decode() if isinstance(input_order, bytes) else input_order
    columns = [next(kinds[letter]) for letter in order]
    splits, places = combinations(columns, rows)
    if hashed_output:
        features = [fingerprints(own.values)[at] for own, at in zip(columns, places)]
        found = hashed(features, num_buckets, hash_key)
    else:
        found = joined(columns, places, b"_X_")
    return found, splits.astype(out_row_splits_type.array_dtype)


no_gradient(ragged_cross, why="A string is not differentiable.", is_error=True)
