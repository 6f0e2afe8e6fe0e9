"""What a table is filled from: tensors, or a file of text.

The one idea: an initializer knows the dtypes before there is a table, so a table is made for its
initializer and then filled by it.

Read next: text_file.py, tables.py.
"""

import itertools
from typing import Any

from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, int64, string
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import SymbolicTensor
from headrace._src.engine.node import known_value
from headrace._src.objects.asset import Asset
from headrace._src.objects.lookup import steps, text_file
from headrace._src.objects.trackable import Trackable

numbers = itertools.count(1)


class TableInitializerBase(Trackable):
    """What fills a table: it has `initialize(table)`."""

    def __init__(self, key_dtype: Any, value_dtype: Any) -> None:
        self._key_dtype, self._value_dtype = as_dtype(key_dtype), as_dtype(value_dtype)

    @property
    def key_dtype(self) -> DType:
        """The dtype of the keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        """The dtype of the values."""
        return self._value_dtype

    @property
    def _shared_name(self) -> str:
        """What is in the name of a table that is made for this."""
        return str(next(numbers))

    @property
    def _is_known(self) -> bool:
        """Whether what it fills a table from is known while a function is traced."""
        return True

    def initialize(self, table: Any) -> Any:
        """Fills a table; in a graph, the operation that will."""
        raise NotImplementedError

    def _check(self, table: Any) -> None:
        for what in ("key", "value"):
            wanted, own = (getattr(x, f"{what}_dtype") for x in (table, self))
            if wanted is not own:
                raise TypeError(f"Invalid {what} dtype for table, expected {wanted} but got {own}.")


class KeyValueTensorInitializer(TableInitializerBase):
    """Fills a table from two tensors, one of keys and one of values, of one shape.

    key_dtype, value_dtype: what they are converted to, by default their own.

    >>> words = tf.lookup.KeyValueTensorInitializer(["cat", "dog"], [1, 2], value_dtype=tf.int64)
    >>> words.key_dtype, words.value_dtype
    (tf.string, tf.int64)

    Making a table of it raises tf.errors.FailedPreconditionError for a key with two values.
    """

    def __init__(
        self,
        keys: Any,
        values: Any,
        key_dtype: Any = None,
        value_dtype: Any = None,
        name: str | None = None,
    ) -> None:
        self._keys = _outside(converted(keys, key_dtype, "keys"))
        self._values = _outside(converted(values, value_dtype, "values"))
        self._name = f"{name or 'key_value_init'}{next(numbers)}"
        super().__init__(self._keys.dtype, self._values.dtype)

    @property
    def _is_known(self) -> bool:
        return type(self._keys) is type(self._values) is EagerTensor

    def initialize(self, table: Any) -> Any:
        """Makes the keys and values all that a table holds.

        Raises TypeError for a table of other dtypes, InvalidArgumentError for tensors of different
        shapes.
        """
        self._check(table)
        return steps.replace(table.resource_handle, self._keys, self._values, self._name)


def converted(value: Any, dtype: Any, name: str) -> Tensor:
    """A tensor of a dtype, or of its own; raises as `tf.convert_to_tensor(..., name=name)` does."""
    try:
        return convert(value, None if dtype is None else as_dtype(dtype))
    except ValueError as error:
        if isinstance(value, Tensor):
            raise ValueError(f"{name}: {error}") from None
        raise


def _outside(tensor: Tensor) -> Tensor:
    """A tensor of a function's graph whose value is known, as one that needs no graph."""
    if type(tensor) is SymbolicTensor and getattr(thread.context.graph, "building_function", False):
        known = known_value(tensor)
        if known is not None:
            return EagerTensor(known, tensor.dtype)
    return tensor


class TextFileIndex:
    """The columns of a file that are in no line: its number, and the line as a whole.

    >>> tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
    (-2, -1)
    """

    WHOLE_LINE = text_file.WHOLE_LINE
    LINE_NUMBER = text_file.LINE_NUMBER


class TextFileInitializer(TableInitializerBase):
    """Fills a table from a file of text, from every line a key and a value.

    filename: a path, also behind a URL. key_index, value_index: of the columns, from 0, or one of
    `tf.lookup.TextFileIndex`. key_dtype, value_dtype: string, int32, int64, and of columns float32
    and float64 too; the number of a line is int64. vocab_size: how many lines count, by default
    all. delimiter: one character between columns. value_index_offset: added to numbers of lines.

    >>> with tf.io.gfile.GFile("memory://animals", "w") as file:
    ...     file.write("cat 7\\ndog 9\\n")
    >>> legs = tf.lookup.TextFileInitializer(
    ...     "memory://animals", tf.string, 0, tf.int64, 1, delimiter=" ")
    >>> tf.lookup.StaticHashTable(legs, -1)[tf.constant(["dog", "cow"])].numpy()
    array([ 9, -1])

    Raises ValueError for what does not fit. Making a table of it raises
    tf.errors.InvalidArgumentError for a line that is empty or has too few columns, and for a field
    that is no number; tf.errors.NotFoundError where there is no such file.
    """

    def __init__(
        self,
        filename: Any,
        key_dtype: Any,
        key_index: int,
        value_dtype: Any,
        value_index: int,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str | None = None,
        value_index_offset: int = 0,
    ) -> None:
        if not isinstance(filename, (Tensor, Asset)) and not filename:
            raise ValueError("`filename` argument required for tf.lookup.TextFileInitializer")
        key_dtype, value_dtype = as_dtype(key_dtype), as_dtype(value_dtype)
        if key_index < -2:
            raise ValueError(f"`key_index` should be >= -2, received: {key_index}.")
        _check_column("key", key_index, key_dtype, "if `key_index` is")
        if value_index < -2:
            raise ValueError(f"`value_index` should be >= -2, received: {value_index}")
        _check_column("value", value_index, value_dtype, "for `value_index`")
        if vocab_size is not None and vocab_size <= 0:
            raise ValueError(f"`vocab_size` should be > 0, received: {vocab_size}")
        if not isinstance(value_index_offset, int):
            raise TypeError(f"Expected int for argument 'offset' not {value_index_offset!r}.")
        super().__init__(key_dtype, value_dtype)
        self._filename_arg = filename
        self._key_index, self._value_index = key_index, value_index
        self._vocab_size, self._delimiter = vocab_size, delimiter
        self._offset, self._name = value_index_offset, name
        self._filename = self._track_trackable(
            filename if isinstance(filename, Asset) else Asset(filename), "_filename"
        )

    @property
    def _shared_name(self) -> str:
        counted = [] if self._vocab_size is None else [self._vocab_size]
        offset = [self._offset] if self._offset else []
        parts = [self._filename_arg, *counted, self._key_index, self._value_index, *offset]
        return f"hash_table_{'_'.join(map(str, parts))}"

    @property
    def _is_known(self) -> bool:
        return type(self._filename.asset_path) is EagerTensor

    def initialize(self, table: Any) -> Any:
        """Makes what is in the file all that a table holds.

        Raises TypeError for a table of other dtypes.
        """
        self._check(table)
        return steps.read(
            table.resource_handle,
            self._filename.asset_path,
            self._name or "text_file_init",
            key_index=self._key_index,
            value_index=self._value_index,
            vocab_size=-1 if self._vocab_size is None else self._vocab_size,
            delimiter=self._delimiter,
            offset=self._offset,
        )


def _check_column(what: str, index: int, dtype: DType, condition: str) -> None:
    """Raises ValueError where a column of a file cannot be of a dtype."""
    if index == text_file.LINE_NUMBER and dtype is not int64:
        raise ValueError(f"`{what}_dtype` must be int64 {condition} {index}, received: {dtype}")
    if index == text_file.WHOLE_LINE and dtype is not string and not dtype.is_integer:
        raise ValueError(
            f"`{what}_dtype` should be either integer or string for `{what}_index` {index}, "
            f"received: {dtype}"
        )


for _class in (
    TableInitializerBase,
    KeyValueTensorInitializer,
    TextFileIndex,
    TextFileInitializer,
):
    _class.__module__ = "tensorflow.python.ops.lookup_ops"
