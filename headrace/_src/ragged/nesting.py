"""`RaggedTensor.from_nested_row_splits` and its like: several ragged dimensions at once.

The one idea: the innermost rows are made first; they are the values of the next rows outward.

Read next: ragged/ragged_tensor.py.
"""

from typing import Any

from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.ragged.ragged_tensor import RaggedTensor, check_validate, scope


def from_nested_row_splits(
    cls: Any,
    flat_values: Any,
    nested_row_splits: Any,
    name: str | None = None,
    validate: bool = True,
) -> RaggedTensor:
    """Several ragged dimensions: a list of `row_splits`, that of the outermost first.

    >>> tf.RaggedTensor.from_nested_row_splits([3, 1, 4], [[0, 2], [0, 1, 3]])
    <tf.RaggedTensor [[[3], [1, 4]]]>
    """
    _check_list(nested_row_splits, "nested_row_splits")
    check_validate(validate)
    with scope(name, "RaggedFromNestedRowSplits"):
        found = flat_values
        for splits in reversed(nested_row_splits):
            found = cls.from_row_splits(found, splits, validate=validate)
        return found


def from_nested_row_lengths(
    cls: Any,
    flat_values: Any,
    nested_row_lengths: Any,
    name: str | None = None,
    validate: bool = True,
) -> RaggedTensor:
    """Several ragged dimensions: a list of `row_lengths`, that of the outermost first.

    >>> tf.RaggedTensor.from_nested_row_lengths([3, 1, 4], [[2], [1, 2]])
    <tf.RaggedTensor [[[3], [1, 4]]]>
    """
    _check_list(nested_row_lengths, "nested_row_lengths")
    check_validate(validate)
    with scope(name, "RaggedFromNestedRowlengths"):
        found = flat_values
        for lengths in reversed(nested_row_lengths):
            found = cls.from_row_lengths(found, lengths, validate=validate)
        return found


def from_nested_value_rowids(
    cls: Any,
    flat_values: Any,
    nested_value_rowids: Any,
    nested_nrows: Any = None,
    name: str | None = None,
    validate: bool = True,
) -> RaggedTensor:
    """Several ragged dimensions: a list of `value_rowids`, that of the outermost first.

    >>> tf.RaggedTensor.from_nested_value_rowids([3, 1, 4], [[0, 0], [0, 1, 1]])
    <tf.RaggedTensor [[[3], [1, 4]]]>
    """
    _check_list(nested_value_rowids, "nested_value_rowids")
    check_validate(validate)
    if nested_nrows is None:
        nested_nrows = [None] * len(nested_value_rowids)
    else:
        _check_list(nested_nrows, "nested_nrows")
        if len(nested_nrows) != len(nested_value_rowids):
            raise ValueError(
                "Argument `nested_nrows` must have the same length as argument "
                f"`nested_value_rowids`. len(nested_nrows) = {len(nested_nrows)} vs. "
                f"len(nested_values_rowids) = {len(nested_value_rowids)}."
            )
    with scope(name, "RaggedFromNestedValueRowIds"):
        found = flat_values
        pairs = list(zip(nested_value_rowids, nested_nrows, strict=True))
        for rowids, nrows in reversed(pairs):
            found = cls.from_value_rowids(found, rowids, nrows, validate=validate)
        return found


def _check_list(value: Any, name: str) -> None:
    if isinstance(value, Tensor):
        raise TypeError(f"Argument `{name}` must be a list of Tensors. Received {_shown(value)}.")


def _shown(tensor: Tensor) -> Any:
    return array_of(tensor) if type(tensor) is EagerTensor else tensor


for _factory in (from_nested_row_splits, from_nested_row_lengths, from_nested_value_rowids):
    setattr(RaggedTensor, _factory.__name__, classmethod(_factory))
