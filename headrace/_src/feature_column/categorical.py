"""Columns of categories: numbered by themselves, by a vocabulary or by a hash; crossed, weighted.

The one idea: such a column gives a sparse tensor of numbers. Those that number themselves do so,
vocabularies ask a lookup table, and hashes are TensorFlow's own.

Read next: sequence.py.
"""

from collections import namedtuple
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from headrace._src.core.dtypes import as_dtype, float32, int64, string
from headrace._src.core.sparse_tensor import SparseTensor
from headrace._src.engine.convert import convert
from headrace._src.feature_column.column import (
    CategoricalColumn,
    FeatureColumn,
    check_key,
    check_text_or_integer,
    named,
)
from headrace._src.files import gfile
from headrace._src.files.tfrecord import tf_record_iterator
from headrace._src.objects.lookup.initializers import (
    KeyValueTensorInitializer,
    TextFileIndex,
    TextFileInitializer,
)
from headrace._src.objects.lookup.tables import StaticHashTable, StaticVocabularyTable
from headrace._src.ops.array import shape
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import greater_equal, logical_or, not_equal
from headrace._src.ops.constant import fill
from headrace._src.ops.features import VarLenFeature
from headrace._src.ops.hashing import to_hash_bucket_fast
from headrace._src.ops.scatter import gather_nd
from headrace._src.ops.select import where
from headrace._src.ops.sparse_cross import cross_hashed
from headrace._src.ops.string_numbers import as_string


class _OfKey(CategoricalColumn):
    """Categories that are read from one feature."""

    key: str

    @property
    def name(self) -> str:
        """The key."""
        return self.key

    @property
    def parents(self) -> list[Any]:
        """The key."""
        return [self.key]

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A feature with any number of values."""
        return {self.key: VarLenFeature(getattr(self, "dtype", int64))}

    def feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The feature as a sparse tensor.

        Raises ValueError where it is of words and the column of integers, or the other way round.
        """
        own: Any = self
        found = as_sparse(transformation_cache.get(self.key, state_manager))
        check_text_or_integer(found.dtype, f"column_name: {self.key} input_tensor")
        if as_dtype(own.dtype).is_integer != found.dtype.is_integer:
            raise ValueError(
                "Column dtype and SparseTensors dtype must be compatible. "
                f"key: {self.key}, column dtype: {own.dtype}, tensor dtype: {found.dtype}"
            )
        return found


class _OfVocabulary(_OfKey):
    """Categories that a lookup table numbers.

    The table is made when it is asked for first, and kept; a copy of the column makes its own.
    """

    dtype: Any
    default_value: Any
    num_oov_buckets: Any

    def __getstate__(self) -> None:
        return None

    def words(self) -> Any:
        """What the table is filled from."""
        raise NotImplementedError

    @cached_property
    def _table(self) -> Any:
        if self.num_oov_buckets:
            return StaticVocabularyTable(self.words(), self.num_oov_buckets)
        return StaticHashTable(self.words(), self.default_value)

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The numbers of the words as a sparse tensor of int64; raises as `feature` does."""
        found = self.feature(transformation_cache, state_manager)
        if found.dtype.is_integer:
            found = found.with_values(cast(found.values, int64))
        return self._table.lookup(found)


# ---- identity ------------------------------------------------------------------------------------


@named
class IdentityCategoricalColumn(
    _OfKey, namedtuple("IdentityCategoricalColumn", ("key", "number_buckets", "default_value"))
):
    """Integers that are numbers of categories themselves."""

    @property
    def num_buckets(self) -> int:
        """How many categories there are."""
        return self.number_buckets

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The numbers as a sparse tensor of int64; those out of range are the default, if any."""
        found = as_sparse(transformation_cache.get(self.key, state_manager))
        if not found.dtype.is_integer:
            raise ValueError(f"Invalid input, not integer. key: {self.key} dtype: {found.dtype}")
        numbers = cast(found.values, int64)
        if self.default_value is not None:
            outside = logical_or(numbers < 0, greater_equal(numbers, self.num_buckets))
            otherwise = fill(shape(numbers), convert(self.default_value, int64))
            numbers = where(outside, otherwise, numbers)
        return SparseTensor(found.indices, numbers, found.dense_shape)


def as_sparse(feature: Any) -> SparseTensor:
    """A feature as a sparse tensor, without -1 or "", which stand for nothing."""
    if isinstance(feature, SparseTensor):
        return feature
    nothing: Any = "" if feature.dtype is string else -1
    places = where(not_equal(feature, convert(nothing, feature.dtype)))
    return SparseTensor(places, gather_nd(feature, places), cast(shape(feature), int64))


def categorical_column_with_identity(
    key: Any, num_buckets: Any, default_value: Any = None
) -> IdentityCategoricalColumn:
    """A column of integers from 0 to below `num_buckets`, each a category.

    default_value: for those out of range.

    >>> tf.feature_column.categorical_column_with_identity("month", 12).num_buckets
    12

    Raises ValueError for no buckets, and for a default out of range.
    """
    if num_buckets < 1:
        raise ValueError(f"num_buckets {num_buckets} < 1, column_name {key}")
    if default_value is not None and not 0 <= default_value < num_buckets:
        raise ValueError(
            f"default_value {default_value} not in range [0, {num_buckets}), column_name {key}"
        )
    check_key(key)
    return IdentityCategoricalColumn(key, num_buckets, default_value)


# ---- vocabularies --------------------------------------------------------------------------------


@named
class VocabularyListCategoricalColumn(
    _OfVocabulary,
    namedtuple(
        "VocabularyListCategoricalColumn",
        ("key", "vocabulary_list", "dtype", "default_value", "num_oov_buckets"),
    ),
):
    """Categories by their place in a list."""

    @property
    def num_buckets(self) -> int:
        """The words, and the buckets for others."""
        return len(self.vocabulary_list) + self.num_oov_buckets

    def words(self) -> Any:
        """The list."""
        dtype = int64 if self.dtype.is_integer else string
        numbers = np.arange(len(self.vocabulary_list))
        return KeyValueTensorInitializer(list(self.vocabulary_list), numbers, dtype, int64)


def categorical_column_with_vocabulary_list(
    key: Any,
    vocabulary_list: Any,
    dtype: Any = None,
    default_value: Any = -1,
    num_oov_buckets: Any = 0,
) -> VocabularyListCategoricalColumn:
    """A column of words (or integers) that are categories by their place in a list.

    dtype: of the words, by default theirs in the list. default_value: the category of all others;
    or num_oov_buckets: over how many categories these are spread.

    >>> tf.feature_column.categorical_column_with_vocabulary_list("colour", ["R", "G"]).num_buckets
    2

    Raises ValueError for no words, words that come twice and what does not fit.
    """
    if vocabulary_list is None or len(vocabulary_list) < 1:
        raise ValueError(f"vocabulary_list {vocabulary_list} must be non-empty, column_name: {key}")
    if len(set(vocabulary_list)) != len(vocabulary_list):
        raise ValueError(f"Duplicate keys in vocabulary_list {vocabulary_list}, column_name: {key}")
    own = as_dtype(np.array(vocabulary_list).dtype)
    _check_others(key, num_oov_buckets, default_value)
    check_text_or_integer(own, f"column_name: {key} vocabulary")
    wanted = own if dtype is None else as_dtype(dtype)
    if wanted.is_integer != own.is_integer:
        raise ValueError(
            f"dtype {wanted} and vocabulary dtype {own} do not match, column_name: {key}"
        )
    check_key(key)
    return VocabularyListCategoricalColumn(
        key, tuple(vocabulary_list), wanted, default_value, num_oov_buckets
    )


def _check_others(key: Any, buckets: Any, default_value: Any) -> None:
    """Raises ValueError where it is not clear what becomes of other words."""
    if not buckets:
        return
    if default_value != -1:
        raise ValueError(f"Can't specify both num_oov_buckets and default_value in {key}.")
    if buckets < 0:
        raise ValueError(f"Invalid num_oov_buckets {buckets} in {key}.")


@named
class VocabularyFileCategoricalColumn(
    _OfVocabulary,
    namedtuple(
        "VocabularyFileCategoricalColumn",
        (
            "key",
            "vocabulary_file",
            "vocabulary_size",
            "num_oov_buckets",
            "dtype",
            "default_value",
            "file_format",
        ),
    ),
):
    """Categories by their line in a file."""

    @property
    def num_buckets(self) -> int:
        """The words, and the buckets for others."""
        return self.vocabulary_size + self.num_oov_buckets

    def words(self) -> Any:
        """The lines, or the records, of the file."""
        dtype = int64 if as_dtype(self.dtype).is_integer else string
        if self.file_format == "tfrecord_gzip":
            records = list(islice(_records(self.vocabulary_file), self.vocabulary_size))
            found = map(int, records) if dtype is int64 else records
            words = np.fromiter(found, dtype.array_dtype, len(records))
            return KeyValueTensorInitializer(words, np.arange(len(words)), dtype, int64)
        return TextFileInitializer(
            self.vocabulary_file,
            dtype,
            TextFileIndex.WHOLE_LINE,
            int64,
            TextFileIndex.LINE_NUMBER,
            self.vocabulary_size,
        )


def categorical_column_with_vocabulary_file(
    key: Any,
    vocabulary_file: Any,
    vocabulary_size: Any = None,
    dtype: Any = string,
    default_value: Any = None,
    num_oov_buckets: Any = 0,
    file_format: str | None = None,
) -> VocabularyFileCategoricalColumn:
    """A column of words that are categories by their line in a file.

    vocabulary_size: how many lines count; by default all, and the file is read for it now.
    dtype: of the words. default_value: the category of all others; or num_oov_buckets: over how
    many categories these are spread. file_format: None, text; "tfrecord_gzip", a word a record.

    >>> with tf.io.gfile.GFile("memory://colours", "w") as file:
    ...     file.write("R\\nG\\nB\\n")
    >>> tf.feature_column.categorical_column_with_vocabulary_file("c", "memory://colours").num_buckets
    3

    Raises ValueError for no file and what does not fit.
    """
    if not vocabulary_file:
        raise ValueError(f"Missing vocabulary_file in {key}.")
    if vocabulary_size is None:
        if not gfile.exists(vocabulary_file):
            raise ValueError(f"vocabulary_file in {key} does not exist.")
        if file_format == "tfrecord_gzip":
            vocabulary_size = sum(1 for _ in _records(vocabulary_file))
        else:
            with gfile.GFile(vocabulary_file, "rb") as file:
                vocabulary_size = sum(1 for _ in file)
    if vocabulary_size < 1:
        raise ValueError(f"Invalid vocabulary_size in {key}.")
    if num_oov_buckets:
        _check_others(key, num_oov_buckets, -1 if default_value is None else default_value)
    check_text_or_integer(dtype, f"column_name: {key}")
    check_key(key)
    otherwise = -1 if default_value is None else default_value
    return VocabularyFileCategoricalColumn(
        key, vocabulary_file, vocabulary_size, num_oov_buckets, dtype, otherwise, file_format
    )


def _records(path: Any) -> Iterator[bytes]:
    return tf_record_iterator(path, "GZIP")


# ---- hashes --------------------------------------------------------------------------------------


@named
class HashedCategoricalColumn(
    _OfKey, namedtuple("HashedCategoricalColumn", ("key", "hash_bucket_size", "dtype"))
):
    """Categories by a hash of the word."""

    @property
    def num_buckets(self) -> int:
        """How many categories there are."""
        return self.hash_bucket_size

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The buckets as a sparse tensor of int64; raises as `feature` does."""
        found = self.feature(transformation_cache, state_manager)
        words = as_string(found.values) if found.dtype.is_integer else found.values
        return found.with_values(to_hash_bucket_fast(words, self.hash_bucket_size))


def categorical_column_with_hash_bucket(
    key: Any, hash_bucket_size: Any, dtype: Any = string
) -> HashedCategoricalColumn:
    """A column of words (or integers) that are spread over categories by their hash.

    >>> tf.feature_column.categorical_column_with_hash_bucket("word", 1000).num_buckets
    1000

    Raises ValueError for no buckets and for another dtype.
    """
    if hash_bucket_size is None:
        raise ValueError(f"hash_bucket_size must be set. key: {key}")
    if hash_bucket_size < 1:
        raise ValueError(
            f"hash_bucket_size must be at least 1. hash_bucket_size: {hash_bucket_size}, key: {key}"
        )
    check_key(key)
    check_text_or_integer(dtype, f"column_name: {key}")
    return HashedCategoricalColumn(key, hash_bucket_size, dtype)


@named
class CrossedColumn(
    CategoricalColumn, namedtuple("CrossedColumn", ("keys", "hash_bucket_size", "hash_key"))
):
    """Combinations of categories, by a hash."""

    @property
    def name(self) -> str:
        """The names of what is crossed."""
        leaves = (k if isinstance(k, str) else k.name for k in _leaves(self))
        return "_X_".join(sorted(leaves))

    @property
    def num_buckets(self) -> int:
        """How many categories there are."""
        return self.hash_bucket_size

    @property
    def parents(self) -> list[Any]:
        """What is crossed."""
        return list(self.keys)

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """Those of all that is crossed; a key is one of words."""
        found: dict[str, Any] = {}
        for key in self.keys:
            own = {key: VarLenFeature(string)} if isinstance(key, str) else key.parse_example_spec
            found.update(own)
        return found

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The buckets of all combinations as a sparse tensor of int64.

        Raises ValueError for categories with weights.
        """
        features = []
        for key in _leaves(self):
            if isinstance(key, str):
                features.append(transformation_cache.get(key, state_manager))
                continue
            pair = key.get_sparse_tensors(transformation_cache, state_manager)
            if pair.weight_tensor is not None:
                raise ValueError(
                    "crossed_column does not support weight_tensor, but the given column "
                    f"populates weight_tensor. Given column: {key.name}"
                )
            features.append(pair.id_tensor)
        return cross_hashed(features, self.hash_bucket_size, self.hash_key)


def _leaves(column: CrossedColumn) -> Iterator[Any]:
    for key in column.keys:
        if isinstance(key, CrossedColumn):
            yield from _leaves(key)
        else:
            yield key


def crossed_column(keys: Any, hash_bucket_size: Any, hash_key: Any = None) -> CrossedColumn:
    """A column of combinations of categories, spread over categories by their hash.

    keys: at least two: keys of features of words, or columns of categories. hash_key: of the hash.

    >>> tf.feature_column.crossed_column(["town", "street"], 100).name
    'street_X_town'

    Raises ValueError for what does not fit.
    """
    if not hash_bucket_size or hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be > 1. hash_bucket_size: {hash_bucket_size}")
    if not keys or len(keys) < 2:
        raise ValueError(f"keys must be a list with length > 1. Given: {keys}")
    for key in keys:
        if not isinstance(key, (str, CategoricalColumn)):
            raise ValueError(
                "Unsupported key type. All keys must be either string, or categorical column "
                f"except HashedCategoricalColumn. Given: {key}"
            )
        if isinstance(key, HashedCategoricalColumn):
            raise ValueError(
                "categorical_column_with_hash_bucket is not supported for crossing. Hashing before "
                "crossing will increase probability of collision. Instead, use the feature name as "
                f"a string. Given: {key}"
            )
    return CrossedColumn(tuple(keys), hash_bucket_size, hash_key)


# ---- weights -------------------------------------------------------------------------------------


@named
class WeightedCategoricalColumn(
    CategoricalColumn,
    namedtuple("WeightedCategoricalColumn", ("categorical_column", "weight_feature_key", "dtype")),
):
    """Categories, of which another feature says how much each counts."""

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.categorical_column.name}_weighted_by_{self.weight_feature_key}"

    @property
    def num_buckets(self) -> int:
        """How many categories there are."""
        return self.categorical_column.num_buckets

    @property
    def parents(self) -> list[Any]:
        """The categories, and the key of the weights."""
        return [self.categorical_column, self.weight_feature_key]

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of the categories, and the weights; raises ValueError for one key for both."""
        found = dict(self.categorical_column.parse_example_spec)
        if self.weight_feature_key in found:
            raise ValueError(
                f"Parse config {found[self.weight_feature_key]} already exists for "
                f"{self.weight_feature_key}."
            )
        return {**found, self.weight_feature_key: VarLenFeature(self.dtype)}

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The numbers and the weights, sparse tensors."""
        weights = transformation_cache.get(self.weight_feature_key, state_manager)
        if weights is None:
            raise ValueError(f"Missing weights {self.weight_feature_key}.")
        if self.dtype is not weights.dtype.base_dtype:
            raise ValueError(
                f"Bad dtype, expected {self.dtype}, but got {weights.dtype.base_dtype}."
            )
        if not isinstance(weights, SparseTensor):
            # A dense weight of 0 stays: only categories may be missing.
            places = where(not_equal(fill(shape(weights), 1), 0))
            size = cast(shape(weights), int64)
            weights = SparseTensor(places, gather_nd(weights, places), size)
        numbers = transformation_cache.get(self.categorical_column, state_manager)
        return numbers, SparseTensor(
            weights.indices, cast(weights.values, float32), weights.dense_shape
        )

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The numbers and the weights."""
        return self.IdWeightPair(*transformation_cache.get(self, state_manager))


def weighted_categorical_column(
    categorical_column: Any, weight_feature_key: Any, dtype: Any = float32
) -> WeightedCategoricalColumn:
    """A column of categories, of which another feature says how much each counts.

    dtype: of the weights in the examples.

    >>> word = tf.feature_column.categorical_column_with_identity("word", 9)
    >>> tf.feature_column.weighted_categorical_column(word, "count").name
    'word_weighted_by_count'

    Raises ValueError for weights that are no numbers.
    """
    if dtype is None or not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype {dtype} is not convertible to float.")
    return WeightedCategoricalColumn(categorical_column, weight_feature_key, dtype)


# ---- all together --------------------------------------------------------------------------------


def make_parse_example_spec(feature_columns: Any) -> dict[str, Any]:
    """How the features of all columns are parsed, as `tf.io.parse_example` wants it.

    >>> columns = [tf.feature_column.numeric_column("x"),
    ...            tf.feature_column.categorical_column_with_identity("c", 3)]
    >>> tf.feature_column.make_parse_example_spec(columns)
    {'x': FixedLenFeature(shape=(1,), dtype=tf.float32, default_value=None),
     'c': VarLenFeature(dtype=tf.int64)}

    Raises ValueError for what is no column, and columns that disagree on a feature.
    """
    found: dict[str, Any] = {}
    for column in feature_columns:
        if not isinstance(column, FeatureColumn):
            raise ValueError(
                f"All feature_columns must be FeatureColumn instances. Given: {column}"
            )
        for key, value in column.parse_example_spec.items():
            if key in found and value != found[key]:
                raise ValueError(
                    f"feature_columns contain different parse_spec for key {key}. Given {value} "
                    f"and {found[key]}"
                )
        found.update(column.parse_example_spec)
    return found
