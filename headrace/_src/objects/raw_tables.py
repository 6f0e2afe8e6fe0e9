"""Forms (ops/forms.py) of the ops that make and use lookup tables, for `tf.raw_ops`.

The one idea: an op that makes a table answers its handle, and the others take one. A table has no
name that another op could find it by, so `container` and `shared_name` must be empty.

Read next: objects/lookup/steps.py.
"""

from typing import Any

from headrace._src.core.dtypes import DType
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.lookup import steps
from headrace._src.objects.lookup.contents import HashTable
from headrace._src.objects.lookup.mutable import DenseHashTable, MutableHashTable

# `tf.raw_ops` reads its face from here, so that these forms are there too.
from headrace._src.objects.raw_variables import face as face
from headrace._src.ops.constant import zeros
from headrace._src.ops.forms import form


def _alone(op: str, container: Any, shared_name: Any) -> None:
    """Raises NotImplementedError for a table that is to be found by a name."""
    for argument, value in (("container", container), ("shared_name", shared_name)):
        if value:
            raise NotImplementedError(f"tf.raw_ops.{op}: headrace has no `{argument}` yet.")


# ---- making them ---------------------------------------------------------------------------------


def _hash_table(
    op: str, key_dtype: DType, value_dtype: DType, name: str | None, is_anonymous: bool
) -> Tensor:
    named = {} if is_anonymous else steps.shared("")
    steps.check_kernel(op, key_dtype, value_dtype, named, name or "")
    return steps.handle_of(HashTable(key_dtype, value_dtype, (), op, is_anonymous))


@form("HashTableV2")
def _(
    key_dtype: Any,
    value_dtype: Any,
    container: Any = "",
    shared_name: Any = "",
    use_node_name_sharing: bool = False,
    name: str | None = None,
) -> Tensor:
    """A table that is filled once."""
    _alone("HashTableV2", container, shared_name)
    del use_node_name_sharing  # without a name there is nothing to share
    return _hash_table("HashTableV2", key_dtype, value_dtype, name, False)


@form("AnonymousHashTable")
def _(key_dtype: Any, value_dtype: Any, name: str | None = None) -> Tensor:
    """A table that is filled once."""
    return _hash_table("AnonymousHashTable", key_dtype, value_dtype, name, True)


@form("AnonymousMutableHashTable")
def _(key_dtype: Any, value_dtype: Any, name: str | None = None) -> Tensor:
    """A table that changes."""
    return _mutable(key_dtype, value_dtype, [], name)


@form("AnonymousMutableHashTableOfTensors")
def _(key_dtype: Any, value_dtype: Any, value_shape: Any = (), name: str | None = None) -> Tensor:
    """A table of vectors that changes."""
    return _mutable(key_dtype, value_dtype, value_shape, name)


def _mutable(key_dtype: Any, value_dtype: Any, shape: Any, name: str | None) -> Tensor:
    default = zeros(shape, value_dtype)
    return MutableHashTable(
        key_dtype, value_dtype, default, name or "", experimental_is_anonymous=True
    ).resource_handle


@form("AnonymousMutableDenseHashTable")
def _(
    empty_key: Any,
    deleted_key: Any,
    value_dtype: Any,
    value_shape: Any = (),
    initial_num_buckets: int = 131072,
    max_load_factor: float = 0.8,
    name: str | None = None,
) -> Tensor:
    """A table in buckets."""
    if abs(max_load_factor - 0.8) > 1e-6:
        raise NotImplementedError(
            "tf.raw_ops.AnonymousMutableDenseHashTable: headrace has no `max_load_factor` yet."
        )
    return DenseHashTable(
        empty_key.dtype,
        value_dtype,
        zeros(value_shape, value_dtype),
        empty_key,
        deleted_key,
        initial_num_buckets,
        name or "",
        experimental_is_anonymous=True,
    ).resource_handle


# ---- using them ----------------------------------------------------------------------------------


@form("LookupTableFindV2")
def _(table_handle: Any, keys: Any, default_value: Any, name: str | None = None) -> Tensor:
    """The values of keys."""
    return steps.find(table_handle, keys, default_value, name or "LookupTableFindV2")


@form("LookupTableSizeV2")
def _(table_handle: Any, name: str | None = None) -> Tensor:
    """The number of keys."""
    return steps.size(table_handle, name or "LookupTableSizeV2")


@form("LookupTableExportV2")
def _(table_handle: Any, Tkeys: Any, Tvalues: Any, name: str | None = None) -> Any:
    """All keys and their values."""
    return steps.export(table_handle, (Tkeys, Tvalues), name or "LookupTableExportV2")


@form("LookupTableInsertV2")
def _(table_handle: Any, keys: Any, values: Any, name: str | None = None) -> Any:
    """Puts values in the place of those that the keys had."""
    return steps.insert(table_handle, keys, values, name or "LookupTableInsertV2")


@form("LookupTableImportV2")
def _(table_handle: Any, keys: Any, values: Any, name: str | None = None) -> Any:
    """Makes these all that a table holds."""
    return steps.replace(table_handle, keys, values, name or "LookupTableImportV2")


@form("InitializeTableV2")
def _(table_handle: Any, keys: Any, values: Any, name: str | None = None) -> Any:
    """Fills a table."""
    return steps.replace(table_handle, keys, values, name or "InitializeTableV2")


@form("LookupTableRemoveV2")
def _(table_handle: Any, keys: Any, name: str | None = None) -> Any:
    """Forgets keys."""
    return steps.remove(table_handle, convert(keys), name or "LookupTableRemoveV2")


@form("InitializeTableFromTextFileV2")
def _(
    table_handle: Any,
    filename: Any,
    key_index: int,
    value_index: int,
    vocab_size: int = -1,
    delimiter: Any = "\t",
    offset: int = 0,
    name: str | None = None,
) -> Any:
    """Fills a table from a file."""
    return steps.read(
        table_handle,
        filename,
        name or "InitializeTableFromTextFileV2",
        key_index=key_index,
        value_index=value_index,
        vocab_size=vocab_size,
        delimiter=delimiter,
        offset=offset,
    )
