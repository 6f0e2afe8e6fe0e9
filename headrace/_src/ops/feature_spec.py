"""A dictionary of features as the parsing ops want it, and their tensors as the user wants them.

The one idea: whatever a feature is, its values come as sparse, dense or ragged columns; what kind
of feature it is says only which columns are read for it, and how they are put together afterwards.

Read next: ops/examples.py.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from headrace._src.core import dtypes, errors
from headrace._src.core.dtypes import DType, as_dtype, int64, string
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.array import expand_dims, reshape
from headrace._src.ops.cast import cast
from headrace._src.ops.features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    RaggedFeature,
    SparseFeature,
    VarLenFeature,
)
from headrace._src.ops.joining import concat
from headrace._src.ops.sparse_structure import reorder
from headrace._src.ops.sparse_tensor import SparseTensor

_ALLOWED = (dtypes.float32, int64, string)


class FeatureSpec:
    """Which columns are read for a dictionary of features.

    features: by key. kinds: the classes that are allowed here. is_sequence: whether they are read
        at every step of a sequence.
    sparse, ragged: the dtypes of columns by key. dense: dtype, shape of an example's value, default
        (an empty tensor where there is none) and the feature itself, by key.
    """

    # Filled by ragged/features.py, which who has a RaggedFeature has imported.
    column_of_ragged: Callable[[RaggedFeature, Any, dict, bool], Any]

    def __init__(self, features: Any, kinds: tuple, is_sequence: bool = False) -> None:
        self._is_sequence = is_sequence
        self.sparse: dict[Any, DType] = {}
        self.ragged: dict[Any, DType] = {}
        self.dense: dict[Any, tuple[DType, TensorShape, Tensor, Any]] = {}
        self.whole: dict[Any, SparseFeature] = {}
        self.of_ragged: dict[Any, RaggedFeature] = {}
        # Columns that are read only because another feature is made of them.
        self._parts: set[Any] = set()
        asked = {key for key, each in (features or {}).items() if isinstance(each, VarLenFeature)}
        for key in sorted(features or {}):
            feature = features[key]
            if not isinstance(feature, kinds):
                raise ValueError(f"Unsupported {type(feature).__name__} {feature} for key {key!r}")
            if not feature.dtype:
                stop = "" if isinstance(feature, VarLenFeature) else "."
                raise ValueError(
                    f"Missing type for feature {key}. Received feature={feature}{stop}"
                )
            if isinstance(feature, VarLenFeature):
                self._add_sparse(key, as_dtype(feature.dtype))
            elif isinstance(feature, SparseFeature):
                self._add_whole(key, feature, asked)
            elif isinstance(feature, RaggedFeature):
                self._add_ragged(key, feature)
            else:
                self._add_dense(key, feature)

    def _add_sparse(self, key: Any, dtype: DType) -> None:
        known = self.sparse.setdefault(key, dtype)
        if known is not dtype:
            raise ValueError(
                f"Conflicting type <dtype: '{known.name}'> vs <dtype: '{dtype.name}'> for feature "
                f"{key}."
            )
        _check_allowed("sparse_types", dtype)

    def _add_whole(self, key: Any, feature: SparseFeature, asked: set) -> None:
        if not feature.index_key:
            raise ValueError(f"Missing index_key for SparseFeature {feature}.")
        if not feature.value_key:
            raise ValueError(f"Missing value_key for SparseFeature {feature}.")
        for part in _index_keys(feature):
            self._add_sparse(part, int64)
        self._add_sparse(feature.value_key, as_dtype(feature.dtype))
        self._parts |= {*_index_keys(feature), feature.value_key} - asked
        self.whole[key] = feature

    def _add_ragged(self, key: Any, feature: RaggedFeature) -> None:
        dtype = as_dtype(feature.dtype)
        _check_allowed("ragged_value_types", dtype)
        self.ragged[key if feature.value_key is None else feature.value_key] = dtype
        self.of_ragged[key] = feature
        for partition in feature.partitions:
            if not isinstance(partition, RaggedFeature.UniformRowLength):
                self.ragged.setdefault(partition.key, int64)

    def _add_dense(self, key: Any, feature: Any) -> None:
        dtype = as_dtype(feature.dtype)
        if feature.shape is None:
            raise ValueError(f"Missing shape for feature {key}. Received feature={feature}.")
        shape = TensorShape(feature.shape)
        if self._is_sequence:
            if feature.default_value is not None:
                raise ValueError(f"Value feature_list.dense_defaults[{key}] must be None")
        elif isinstance(feature, FixedLenSequenceFeature):
            if not feature.allow_missing:
                raise ValueError(
                    "Unsupported: FixedLenSequenceFeature requires allow_missing to be True."
                )
            shape = TensorShape([None]).concatenate(shape)
        elif shape.rank and shape[0] is None:
            raise ValueError(
                f"First dimension of shape for feature {key} unknown. Consider using "
                f"FixedLenSequenceFeature. Received feature={feature}."
            )
        _check_allowed("Tdense", dtype)
        self.dense[key] = dtype, shape, _default(feature, dtype, shape), feature

    # ---- the results ----

    def gathered(
        self,
        sparse: Sequence[SparseTensor],
        dense: Sequence[Tensor],
        ragged: Sequence[tuple[Tensor, Tensor]] = (),
        is_single: bool = False,
        step_ends: dict[Any, Tensor] | None = None,
    ) -> dict[Any, Any]:
        """The tensors by the features' keys, out of those of the columns.

        step_ends: where rows are steps of sequences, where each sequence's end.
        """
        columns = dict(zip(self.sparse, sparse, strict=True))
        found: dict[Any, Any] = {
            key: column for key, column in columns.items() if key not in self._parts
        }
        found.update(zip(self.dense, dense, strict=True))
        rows = dict(zip(self.ragged, ragged, strict=True))
        for key, feature in self.of_ragged.items():
            found[key] = FeatureSpec.column_of_ragged(feature, key, rows, is_single)
            if step_ends is not None:
                splits = cast(step_ends[feature.value_key or key], feature.row_splits_dtype)
                found[key] = type(found[key]).from_row_splits(found[key], splits, validate=False)
        for key, feature in self.whole.items():
            found[key] = _put_together(feature, columns)
        return found


def _check_allowed(attr: str, dtype: DType) -> None:
    if dtype not in _ALLOWED:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Value for attr '{attr}' of {dtype.kernel_name} is not in the list of allowed values: "
            f"{', '.join(d.kernel_name for d in _ALLOWED)}\n\t; NodeDef: "
            "{{node ParseExampleV2}} [Op:ParseExampleV2]",
        )


def _default(feature: Any, dtype: DType, shape: TensorShape) -> Tensor:
    """What an example without the feature has, as a tensor; an empty one where that is an error."""
    value = feature.default_value
    if isinstance(feature, FixedLenSequenceFeature):
        if value is None:
            value = b"" if dtype is string else 0
        return reshape(convert(value, dtype), [])
    if value is None:
        return EagerTensor(np.empty(0, dtype.array_dtype), dtype)
    default = convert(value, dtype)
    if default.shape == shape:
        return default
    return reshape(default, shape.as_list())


def _index_keys(feature: SparseFeature) -> list:
    keys = feature.index_key
    return [keys] if isinstance(keys, (str, bytes)) else list(keys)


def _put_together(feature: SparseFeature, columns: dict[Any, SparseTensor]) -> SparseTensor:
    """The sparse tensor that features of positions and a feature of values make."""
    sizes = feature.size
    if isinstance(feature.index_key, (str, bytes)):
        if not isinstance(sizes, (Tensor, int, np.integer)):
            raise TypeError(f"vocab_size has to be a Tensor or Python int. Found {type(sizes)}")
        sizes = [sizes]
    for size in sizes if isinstance(sizes, (list, tuple)) else [None]:
        if not isinstance(size, (Tensor, int, np.integer)):
            raise TypeError(
                "vocab_size has to be a list of Tensors or Python ints. Found "
                f"{type(sizes if size is None else size)}"
            )
    places = [columns[key] for key in _index_keys(feature)]
    if len(places) != len(sizes):
        raise ValueError(
            f"sp_ids and vocab_size have to have equal lengths. Got {len(places)} and {len(sizes)}."
        )
    values = columns[feature.value_key]
    first = places[0]
    positions = [first.indices[:, :-1], *(expand_dims(each.values, 1) for each in places)]
    lengths = [expand_dims(cast(size, int64), 0) for size in sizes]
    made = SparseTensor(
        concat(positions, 1), values.values, concat([first.dense_shape[:-1], *lengths], 0)
    )
    return made if feature.already_sorted else reorder(made)


# What may be asked of a sequence's context, of its steps, and of an example.
CONTEXT = (VarLenFeature, FixedLenFeature, RaggedFeature)
SEQUENCE = (VarLenFeature, FixedLenSequenceFeature, RaggedFeature)
ALL = (*CONTEXT, SparseFeature, FixedLenSequenceFeature)


def strings(keys: Any) -> Tensor:
    """Keys as a tensor of strings."""
    items = [key.encode() if isinstance(key, str) else key for key in keys]
    for item in items:
        if not isinstance(item, bytes):
            raise TypeError(f"Cannot convert {[item]!r} to EagerTensor of dtype string")
    array = np.empty(len(items), object)
    array[:] = items
    return EagerTensor(array, string)


def serialized_strings(serialized: Any) -> Tensor:
    """What is to be parsed, as a tensor."""
    tensor = convert(serialized)
    if tensor.dtype is not string:
        raise ValueError(
            f"Tensor conversion requested dtype string for Tensor with dtype {tensor.dtype.name}: "
            f"{tensor!r}"
        )
    return tensor
