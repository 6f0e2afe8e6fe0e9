"""Columns of sequences: each example has a row of numbers or of categories.

Layers that take sequences of features are gone with TensorFlow's estimators; what is left of these
columns is how they are parsed.

Read next: column.py.
"""

from collections import namedtuple
from collections.abc import Callable
from typing import Any

from headrace._src.core.dtypes import float32, string
from headrace._src.core.shapes import TensorShape
from headrace._src.feature_column import categorical
from headrace._src.feature_column.column import (
    CategoricalColumn,
    SequenceDenseColumn,
    check_key,
    later,
    named,
)
from headrace._src.feature_column.dense import checked_shape
from headrace._src.ops.features import VarLenFeature


@named
class SequenceNumericColumn(
    SequenceDenseColumn,
    namedtuple(
        "SequenceNumericColumn", ("key", "shape", "default_value", "dtype", "normalizer_fn")
    ),
):
    """Sequences of numbers; `tf.feature_column.sequence_numeric_column` makes it."""

    @property
    def name(self) -> str:
        """The key."""
        return self.key

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A feature with any number of values."""
        return {self.key: VarLenFeature(self.dtype)}

    @property
    def variable_shape(self) -> TensorShape:
        """The shape of one step."""
        return TensorShape(self.shape)

    @property
    def parents(self) -> list[Any]:
        """The key."""
        return [self.key]

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The numbers, a sparse tensor, normalized."""
        found = categorical.as_sparse(transformation_cache.get(self.key, state_manager))
        return found if self.normalizer_fn is None else self.normalizer_fn(found)

    def get_sequence_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Any:
        """Refused: there are no layers for sequences of features."""
        raise later("SequenceNumericColumn.get_sequence_dense_tensor", "layers for sequences")


def sequence_numeric_column(
    key: Any,
    shape: Any = (1,),
    default_value: Any = 0.0,
    dtype: Any = float32,
    normalizer_fn: Callable | None = None,
) -> SequenceNumericColumn:
    """A column of sequences of numbers.

    key: of the feature. shape: of one step. default_value: what shorter sequences are filled up
    with. dtype: in the examples. normalizer_fn: applied to the tensor.

    >>> tf.feature_column.sequence_numeric_column("temperature").parse_example_spec
    {'temperature': VarLenFeature(dtype=tf.float32)}

    Raises ValueError and TypeError for what does not fit.
    """
    sizes = checked_shape(shape, key)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {dtype}, key: {key}")
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable. Given: {normalizer_fn}")
    check_key(key)
    return SequenceNumericColumn(key, sizes, default_value, dtype, normalizer_fn)


@named
class SequenceCategoricalColumn(
    CategoricalColumn, namedtuple("SequenceCategoricalColumn", ("categorical_column",))
):
    """Sequences of categories."""

    @property
    def name(self) -> str:
        """That of the categories."""
        return self.categorical_column.name

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of the categories."""
        return self.categorical_column.parse_example_spec

    @property
    def num_buckets(self) -> int:
        """How many categories there are."""
        return self.categorical_column.num_buckets

    @property
    def parents(self) -> list[Any]:
        """The categories."""
        return [self.categorical_column]

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The numbers of the categories."""
        return self.categorical_column.transform_feature(transformation_cache, state_manager)

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any) -> Any:
        """Refused: there are no layers for sequences of features."""
        raise later("SequenceCategoricalColumn.get_sparse_tensors", "layers for sequences")


def sequence_categorical_column_with_identity(
    key: Any, num_buckets: Any, default_value: Any = None
) -> SequenceCategoricalColumn:
    """A column of sequences like those of `categorical_column_with_identity`.

    >>> tf.feature_column.sequence_categorical_column_with_identity("clicks", 5).num_buckets
    5
    """
    return SequenceCategoricalColumn(
        categorical.categorical_column_with_identity(key, num_buckets, default_value)
    )


def sequence_categorical_column_with_hash_bucket(
    key: Any, hash_bucket_size: Any, dtype: Any = string
) -> SequenceCategoricalColumn:
    """A column of sequences like those of `categorical_column_with_hash_bucket`.

    >>> tf.feature_column.sequence_categorical_column_with_hash_bucket("words", 50).num_buckets
    50
    """
    return SequenceCategoricalColumn(
        categorical.categorical_column_with_hash_bucket(key, hash_bucket_size, dtype)
    )


def sequence_categorical_column_with_vocabulary_list(
    key: Any,
    vocabulary_list: Any,
    dtype: Any = None,
    default_value: Any = -1,
    num_oov_buckets: Any = 0,
) -> SequenceCategoricalColumn:
    """A column of sequences like those of `categorical_column_with_vocabulary_list`.

    >>> words = tf.feature_column.sequence_categorical_column_with_vocabulary_list("w", ["a", "b"])
    >>> words.num_buckets
    2
    """
    return SequenceCategoricalColumn(
        categorical.categorical_column_with_vocabulary_list(
            key, vocabulary_list, dtype, default_value, num_oov_buckets
        )
    )


def sequence_categorical_column_with_vocabulary_file(
    key: Any,
    vocabulary_file: Any,
    vocabulary_size: Any = None,
    num_oov_buckets: Any = 0,
    default_value: Any = None,
    dtype: Any = string,
) -> SequenceCategoricalColumn:
    """A column of sequences like those of `categorical_column_with_vocabulary_file`.

    >>> make = tf.feature_column.sequence_categorical_column_with_vocabulary_file
    >>> make("words", "words.txt", vocabulary_size=9).num_buckets
    9
    """
    return SequenceCategoricalColumn(
        categorical.categorical_column_with_vocabulary_file(
            key, vocabulary_file, vocabulary_size, dtype, default_value, num_oov_buckets
        )
    )
