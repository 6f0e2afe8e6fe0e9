"""Tables that are filled once: `StaticHashTable`, and `StaticVocabularyTable` over it.

The one idea: a table is a handle and what may be done with it. It is made outside of the functions
that are being traced, so a function that makes one in each trace uses it in each call.

Read next: mutable.py.
"""

from typing import Any

from headrace._src.core.dtypes import DType, int64, string
from headrace._src.core.shapes import scalar
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.lookup import steps
from headrace._src.objects.lookup.contents import HashTable
from headrace._src.objects.trackable import Trackable
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import not_equal
from headrace._src.ops.hashing import to_hash_bucket_fast
from headrace._src.ops.math import add
from headrace._src.ops.order import init_scope
from headrace._src.ops.select import where
from headrace._src.ops.string_numbers import as_string


class LookupInterface(Trackable):
    """A table from keys to values."""

    _name: str | None = None
    _handle: Any

    def __init__(self, key_dtype: DType, value_dtype: DType) -> None:
        self._key_dtype, self._value_dtype = key_dtype, value_dtype

    @property
    def key_dtype(self) -> DType:
        """The dtype of the keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        """The dtype of the values."""
        return self._value_dtype

    @property
    def name(self) -> str | None:
        """None, but for a table that was made in a graph, or was given a name."""
        return self._name

    @property
    def resource_handle(self) -> Any:
        """The tensor that stands for the table in graphs."""
        return self._handle

    def size(self, name: str | None = None) -> Tensor:
        """The number of keys: int64."""
        return steps.size(self._handle, name or f"{self.name}_Size")

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The values of keys."""
        raise NotImplementedError

    def __getitem__(self, keys: Any) -> Any:
        """The values of keys; see `lookup`."""
        return self.lookup(keys)

    def _check_keys(self, keys: Any) -> None:
        """Raises TypeError for keys of another dtype."""
        if keys.dtype.base_dtype != self._key_dtype:
            raise TypeError(
                f"Dtype of argument `keys` must be {self._key_dtype}, received: {keys.dtype}"
            )


def is_composite(keys: Any) -> bool:
    """Whether keys are those of a sparse or ragged tensor, which looks up its own values."""
    return hasattr(keys, "with_values")


class StaticHashTable(LookupInterface):
    """A table that is filled when it is made, and stays as it is.

    initializer: what fills it, a `tf.lookup.KeyValueTensorInitializer` or
    `tf.lookup.TextFileInitializer`, which has the dtypes. default_value: the value of keys that are
    not there, a scalar. experimental_is_anonymous: whether the handle has no name of its own.

    >>> animals = tf.lookup.KeyValueTensorInitializer(["cat", "dog"], [7, 9])
    >>> table = tf.lookup.StaticHashTable(animals, default_value=-1)
    >>> table.lookup(tf.constant(["dog", "cow"])).numpy()
    array([ 9, -1], dtype=int32)

    Raises tf.errors.NotFoundError for dtypes that there are no tables of,
    tf.errors.FailedPreconditionError for a key with two values. Op: HashTableV2.
    """

    def __init__(
        self,
        initializer: Any,
        default_value: Any,
        name: str | None = None,
        experimental_is_anonymous: bool = False,
    ) -> None:
        shared = initializer._shared_name
        super().__init__(initializer.key_dtype, initializer.value_dtype)
        self._default_value = convert(default_value, self._value_dtype)
        self._default_value.shape.merge_with(scalar)
        self._initializer = self._track_trackable(initializer, "_initializer")
        steps.check_kernel(
            "AnonymousHashTable" if experimental_is_anonymous else "HashTableV2",
            self._key_dtype,
            self._value_dtype,
            {} if experimental_is_anonymous else steps.shared(shared),
            name or "hash_table",
        )
        contents = HashTable(
            self._key_dtype,
            self._value_dtype,
            name=shared,
            is_anonymous=experimental_is_anonymous,
        )
        self._handle = steps.handle_of(contents)
        self._initialize()

    def _initialize(self) -> Any:
        """Fills the table: at once, unless what it is filled from is only known in a call."""
        if self._initializer._is_known:
            with init_scope():
                return self._initializer.initialize(self)
        return self._initializer.initialize(self)

    @property
    def default_value(self) -> Tensor:
        """The value of keys that are not there."""
        return self._default_value

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The values of keys, the default for those that are not there.

        keys: a tensor of any shape, or a sparse or ragged tensor; what is answered is one, too.

        Raises TypeError for keys of another dtype. Op: LookupTableFindV2.
        """
        self._check_keys(keys)
        if is_composite(keys):
            return keys.with_values(self.lookup(keys.values, name))
        keys = convert(keys)
        label = name or f"{self.name}_Lookup"
        return steps.find(self._handle, keys, self._default_value, label, keys.shape)

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """All keys and their values, in no order. Op: LookupTableExportV2."""
        dtypes = self._key_dtype, self._value_dtype
        return steps.export(self._handle, dtypes, name or f"{self.name}_Export")


class StaticVocabularyTable(LookupInterface):
    """A table from words (or integers) to numbers, with numbers for words that are not in it.

    initializer: what fills it, with values 0, 1, ..., n - 1 of dtype int64; None for no word at
    all. num_oov_buckets: over how many numbers from n on all other words are spread, by their hash.
    lookup_key_dtype: the dtype of what is looked up, where integers are not int64.

    >>> words = tf.lookup.KeyValueTensorInitializer(["cat", "dog"], [0, 1], value_dtype=tf.int64)
    >>> table = tf.lookup.StaticVocabularyTable(words, num_oov_buckets=2)
    >>> table.lookup(tf.constant(["dog", "cow", "hen"])).numpy()
    array([1, 2, 3])

    Raises ValueError without buckets, TypeError for dtypes that do not fit.
    Ops: LookupTableFindV2, StringToHashBucketFast.
    """

    def __init__(
        self,
        initializer: Any,
        num_oov_buckets: int,
        lookup_key_dtype: Any = None,
        name: str | None = None,
        experimental_is_anonymous: bool = False,
    ) -> None:
        if num_oov_buckets <= 0:
            raise ValueError("`num_oov_buckets` must be > 0; use StaticHashTable.")
        self._num_oov_buckets = num_oov_buckets
        self._table: StaticHashTable | None = None
        if initializer is None:
            self._name = name or "hash_bucket"
            super().__init__(string, int64)
            return
        self._name = name
        own = initializer.key_dtype
        wanted = own if lookup_key_dtype is None else lookup_key_dtype
        if initializer.value_dtype is not int64:
            raise TypeError(
                f"Invalid `value_dtype`, expected {int64} but got {initializer.value_dtype}."
            )
        if own.is_integer != wanted.is_integer:
            kind = "integer" if wanted.is_integer else "non-integer"
            raise TypeError(f"Invalid `key_dtype`, expected {kind} but got {own}.")
        if own not in (int64, string):
            raise TypeError(
                f"Invalid `key_dtype`, expected one of {(int64, string)}, but got {own}."
            )
        self._initializer = self._track_trackable(initializer, "_initializer")
        self._table = StaticHashTable(
            initializer, -1, experimental_is_anonymous=experimental_is_anonymous
        )
        super().__init__(wanted, int64)

    @property
    def resource_handle(self) -> Any:
        """The tensor that stands for the words in graphs; None without words."""
        return None if self._table is None else self._table.resource_handle

    def size(self, name: str | None = None) -> Tensor:
        """The number of words and buckets: int64."""
        with steps.scope(name or f"{self.name}_Size"):
            if self._table is None:
                return convert(self._num_oov_buckets, int64)
            return add(self._table.size(), convert(self._num_oov_buckets, int64))

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The numbers of words: int64.

        keys: a tensor of any shape, or a sparse or ragged tensor; what is answered is one, too.

        Raises TypeError for keys of another dtype.
        """
        self._check_keys(keys)
        if is_composite(keys):
            return keys.with_values(self.lookup(keys.values, name))
        with steps.scope(name or f"{self.name}_Lookup"):
            return self._numbers(convert(keys))

    def _numbers(self, keys: Tensor) -> Tensor:
        is_integer = keys.dtype.is_integer
        words = as_string(keys) if is_integer else keys
        buckets = to_hash_bucket_fast(words, self._num_oov_buckets, name="hash_bucket")
        if self._table is None:
            return buckets
        known = self._table.lookup(cast(keys, int64) if is_integer else keys)
        others = add(buckets, self._table.size(), name="Add")
        return where(not_equal(known, self._table.default_value), known, others)


for _class in (LookupInterface, StaticHashTable, StaticVocabularyTable):
    _class.__module__ = "tensorflow.python.ops.lookup_ops"
