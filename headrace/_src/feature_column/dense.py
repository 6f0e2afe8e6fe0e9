"""Columns of dense tensors: numbers, buckets, indicators and embeddings of categories.

Read next: categorical.py.
"""

import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, float32, int64
from headrace._src.core.shapes import TensorShape
from headrace._src.core.sparse_tensor import SparseTensor
from headrace._src.feature_column.column import (
    CategoricalColumn,
    DenseColumn,
    SequenceDenseColumn,
    check_key,
    classes,
    later,
    named,
)
from headrace._src.ops.array import reshape
from headrace._src.ops.array import shape as shape_of
from headrace._src.ops.bucketize import bucketize
from headrace._src.ops.cast import cast
from headrace._src.ops.features import FixedLenFeature
from headrace._src.ops.joining import stack
from headrace._src.ops.random import truncated_normal
from headrace._src.ops.ranges import one_hot
from headrace._src.ops.ranges import range as range_of
from headrace._src.ops.reduce import reduce_sum
from headrace._src.ops.sparse_conversion import to_dense


@named
class NumericColumn(
    DenseColumn,
    namedtuple("NumericColumn", ("key", "shape", "default_value", "dtype", "normalizer_fn")),
):
    """Numbers as they are; `tf.feature_column.numeric_column` makes it."""

    @property
    def name(self) -> str:
        """The key."""
        return self.key

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A feature of the column's shape."""
        return {self.key: FixedLenFeature(self.shape, self.dtype, self.default_value)}

    @property
    def variable_shape(self) -> TensorShape:
        """The shape of one example."""
        return TensorShape(self.shape)

    @property
    def parents(self) -> list[Any]:
        """The key."""
        return [self.key]

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The numbers as float32, normalized."""
        numbers = transformation_cache.get(self.key, state_manager)
        if isinstance(numbers, SparseTensor):
            raise ValueError(
                "The corresponding Tensor of numerical column must be a Tensor. SparseTensor is "
                f"not supported. key: {self.key}"
            )
        if self.normalizer_fn is not None:
            numbers = self.normalizer_fn(numbers)
        return cast(numbers, float32)

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The numbers as float32, normalized."""
        return transformation_cache.get(self, state_manager)


def numeric_column(
    key: Any,
    shape: Any = (1,),
    default_value: Any = None,
    dtype: Any = float32,
    normalizer_fn: Callable | None = None,
) -> NumericColumn:
    """A column of real numbers.

    key: of the feature. shape: of one example. default_value: for examples without the feature; a
    number, or as many as the shape has. dtype: in the examples; tensors are float32.
    normalizer_fn: applied to the tensor.

    >>> tf.feature_column.numeric_column("age", default_value=0.).parse_example_spec
    {'age': FixedLenFeature(shape=(1,), dtype=tf.float32, default_value=(0.0,))}

    Raises ValueError and TypeError for what does not fit.
    """
    sizes = checked_shape(shape, key)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {dtype}, key: {key}")
    filled = _checked_default(sizes, default_value, dtype, key)
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable. Given: {normalizer_fn}")
    check_key(key)
    return NumericColumn(key, sizes, filled, dtype, normalizer_fn)


def checked_shape(shape: Any, key: Any) -> tuple[int, ...]:
    """The shape as a tuple; raises for sizes that are not positive integers."""
    assert shape is not None
    sizes = tuple(shape) if isinstance(shape, (list, tuple, TensorShape)) else (shape,)
    for size in sizes:
        if not isinstance(size, (int, np.integer)):
            raise TypeError(f"shape dimensions must be integer. shape: {sizes}, key: {key}")
        if size < 1:
            raise ValueError(f"shape dimensions must be greater than 0. shape: {sizes}, key: {key}")
    return sizes


def _checked_default(sizes: tuple[int, ...], value: Any, dtype: DType, key: Any) -> Any:
    """A default as nested tuples of the shape, or None."""
    if value is None:
        return None
    array = np.asarray(value)
    is_fit = array.dtype.kind in "bui" or (array.dtype.kind == "f" and dtype.is_floating)
    if not is_fit:
        raise TypeError(
            f"default_value must be compatible with dtype. default_value: {value}, dtype: "
            f"{dtype}, key: {key}"
        )
    if array.ndim and array.shape != sizes:
        raise ValueError(
            "The shape of default_value must be equal to given shape. default_value: "
            f"{value}, shape: {sizes}, key: {key}"
        )
    return _nested(np.broadcast_to(array, sizes).tolist())


def _nested(value: Any) -> Any:
    return tuple(map(_nested, value)) if isinstance(value, list) else value


# ---- buckets -------------------------------------------------------------------------------------


@named
class BucketizedColumn(
    DenseColumn, CategoricalColumn, namedtuple("BucketizedColumn", ("source_column", "boundaries"))
):
    """Numbers by the bucket they are in; `tf.feature_column.bucketized_column` makes it."""

    @property
    def name(self) -> str:
        """That of the numbers, with "_bucketized"."""
        return f"{self.source_column.name}_bucketized"

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of the numbers."""
        return self.source_column.parse_example_spec

    @property
    def num_buckets(self) -> int:
        """One more than boundaries, for each number."""
        return (len(self.boundaries) + 1) * self.source_column.shape[0]

    @property
    def variable_shape(self) -> TensorShape:
        """The shape of one example, with the buckets as the last dimension."""
        return TensorShape((*self.source_column.shape, len(self.boundaries) + 1))

    @property
    def parents(self) -> list[Any]:
        """The numbers."""
        return [self.source_column]

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The buckets of the numbers, int32."""
        numbers = transformation_cache.get(self.source_column, state_manager)
        return bucketize(numbers, self.boundaries)

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The buckets as ones among zeros."""
        buckets = cast(transformation_cache.get(self, state_manager), int64)
        return one_hot(buckets, len(self.boundaries) + 1, 1.0, 0.0)

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The buckets, those of each next number counted on from the one before."""
        buckets = transformation_cache.get(self, state_manager)
        width = self.source_column.shape[0]
        rows = shape_of(buckets)[0]
        row, column = range_of(rows)[:, None], range_of(width)[None, :]
        places = stack([row + 0 * column, column + 0 * row], -1)
        values = buckets + column * (len(self.boundaries) + 1)
        indices = cast(reshape(places, [-1, 2]), int64)
        size = cast(stack([rows, width]), int64)
        return self.IdWeightPair(SparseTensor(indices, reshape(values, [-1]), size), None)


def bucketized_column(source_column: Any, boundaries: Any) -> BucketizedColumn:
    """A column of buckets that numbers are in.

    source_column: a numeric column of one dimension. boundaries: sorted; the bucket `i` goes from
    the boundary `i - 1` to below the boundary `i`.

    >>> price = tf.feature_column.numeric_column("price")
    >>> tf.feature_column.bucketized_column(price, [0., 10., 100.]).num_buckets
    4

    Raises ValueError for another source and for boundaries that are not sorted.
    """
    if not isinstance(source_column, NumericColumn):
        raise ValueError(
            "source_column must be a column generated with numeric_column(). Given: "
            f"{source_column}"
        )
    if len(source_column.shape) > 1:
        raise ValueError(f"source_column must be one-dimensional column. Given: {source_column}")
    if isinstance(boundaries, (list, tuple)) and not boundaries:
        raise ValueError("boundaries must not be empty.")
    if not isinstance(boundaries, (list, tuple)) or any(
        a >= b for a, b in zip(boundaries, boundaries[1:], strict=False)
    ):
        raise ValueError("boundaries must be a sorted list.")
    return BucketizedColumn(source_column, tuple(boundaries))


# ---- of categories -------------------------------------------------------------------------------


class _OfCategories(DenseColumn, SequenceDenseColumn):
    """A dense column that is made of one of categories."""

    categorical_column: Any

    @property
    def name(self) -> str:
        """That of the categories, with what is made of them."""
        kind = type(self).__name__.removesuffix("Column").lower()
        return f"{self.categorical_column.name}_{kind}"

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of the categories."""
        return self.categorical_column.parse_example_spec

    @property
    def parents(self) -> list[Any]:
        """The categories."""
        return [self.categorical_column]

    def get_sequence_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Any:
        """Refused: there are no layers for sequences of features."""
        raise later(f"{type(self).__name__}.get_sequence_dense_tensor", "layers for sequences")


@named
class IndicatorColumn(_OfCategories, namedtuple("IndicatorColumn", ("categorical_column",))):
    """Which categories there are, and how often; `tf.feature_column.indicator_column` makes it."""

    @property
    def variable_shape(self) -> TensorShape:
        """A place for each category."""
        return TensorShape([1, self.categorical_column.num_buckets])

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """How often each category is in an example."""
        pair = self.categorical_column.get_sparse_tensors(transformation_cache, state_manager)
        if pair.weight_tensor is not None:
            raise later("IndicatorColumn.transform_feature", "weighted categories")
        numbers = to_dense(pair.id_tensor, default_value=-1)
        one = one_hot(numbers, self.categorical_column.num_buckets, 1.0, 0.0)
        return reduce_sum(one, axis=[-2])

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Any:
        """How often each category is in an example."""
        return transformation_cache.get(self, state_manager)


def indicator_column(categorical_column: Any) -> IndicatorColumn:
    """A column that says which categories are in an example, and how often.

    >>> colour = tf.feature_column.categorical_column_with_identity("colour", 3)
    >>> tf.feature_column.indicator_column(colour).variable_shape
    TensorShape([1, 3])

    Raises ValueError for what is no column of categories.
    """
    if not isinstance(categorical_column, CategoricalColumn):
        raise ValueError(
            "Unsupported input type. Input must be a CategoricalColumn. Given: "
            f"{categorical_column}"
        )
    return IndicatorColumn(categorical_column)


class TruncatedNormal:
    """What embeddings begin with: normal values, none further off than two standard deviations."""

    def __init__(
        self, mean: float = 0.0, stddev: float = 1.0, seed: Any = None, dtype: DType = float32
    ) -> None:
        self.mean, self.stddev, self.seed, self.dtype = mean, stddev, seed, dtype

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        """Values of a shape; `partition_info` is without effect."""
        return truncated_normal(shape, self.mean, self.stddev, dtype or self.dtype, self.seed)

    def get_config(self) -> dict[str, Any]:
        """The settings as plain values."""
        return {**vars(self), "dtype": self.dtype.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "TruncatedNormal":
        """An initializer of a configuration."""
        return cls(**{**config, "dtype": as_dtype(config["dtype"])})


@named
class EmbeddingColumn(
    _OfCategories,
    namedtuple(
        "EmbeddingColumn",
        (
            "categorical_column",
            "dimension",
            "combiner",
            "initializer",
            "ckpt_to_load_from",
            "tensor_name_in_ckpt",
            "max_norm",
            "trainable",
            "use_safe_embedding_lookup",
        ),
    ),
):
    """Categories as vectors that are learned; `tf.feature_column.embedding_column` makes it."""

    @property
    def variable_shape(self) -> TensorShape:
        """The size of a vector."""
        return TensorShape([self.dimension])

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The numbers of the categories."""
        return self.categorical_column.get_sparse_tensors(transformation_cache, state_manager)

    def create_state(self, state_manager: Any) -> None:
        """Refused: there is no layer that would hold the weights."""
        raise later("EmbeddingColumn.create_state", "a layer that holds the weights")

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Any:
        """Refused: there is no layer that would hold the weights."""
        raise later("EmbeddingColumn.get_dense_tensor", "a layer that holds the weights")


def embedding_column(
    categorical_column: Any,
    dimension: Any,
    combiner: str = "mean",
    initializer: Callable | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
    use_safe_embedding_lookup: bool = True,
) -> EmbeddingColumn:
    """A column that stands for categories by vectors, which a model learns.

    dimension: of the vectors. combiner: what is made of several categories: "mean", "sqrtn" or
    "sum". initializer: what the vectors begin with; truncated normal values by default.
    ckpt_to_load_from, tensor_name_in_ckpt: where they are restored from. max_norm: to which length
    they are clipped. trainable: whether they are learned. use_safe_embedding_lookup: whether
    examples without categories are provided for.

    >>> colour = tf.feature_column.categorical_column_with_identity("colour", 3)
    >>> tf.feature_column.embedding_column(colour, 8).variable_shape
    TensorShape([8])

    Raises ValueError for what does not fit.
    """
    if dimension is None or dimension < 1:
        raise ValueError(f"Invalid dimension {dimension}.")
    if (ckpt_to_load_from is None) != (tensor_name_in_ckpt is None):
        raise ValueError(
            "Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them."
        )
    if initializer is not None and not callable(initializer):
        raise ValueError(
            "initializer must be callable if specified. Embedding of column_name: "
            f"{categorical_column.name}"
        )
    return EmbeddingColumn(
        categorical_column,
        dimension,
        combiner,
        initializer or TruncatedNormal(0.0, 1 / math.sqrt(dimension)),
        ckpt_to_load_from,
        tensor_name_in_ckpt,
        max_norm,
        trainable,
        use_safe_embedding_lookup,
    )


def shared_embeddings(
    categorical_columns: Any,
    dimension: Any,
    combiner: str = "mean",
    initializer: Callable | None = None,
    shared_embedding_collection_name: str | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
    use_safe_embedding_lookup: bool = True,
) -> Any:
    """Refused: columns that share their vectors are of graphs with sessions.

    Raises RuntimeError in eager mode, as TensorFlow does, NotImplementedError in a graph.
    """
    if thread.context.graph is None:
        raise RuntimeError(
            "shared_embedding_columns are not supported when eager execution is enabled."
        )
    raise NotImplementedError(
        "headrace has no tf.feature_column.shared_embeddings in graphs: it is of sessions."
    )


TruncatedNormal.__module__ = "tensorflow.python.ops.init_ops"
classes["TruncatedNormal"] = TruncatedNormal
