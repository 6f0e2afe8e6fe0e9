"""Tables that change: `MutableHashTable` and `DenseHashTable`.

The one idea: they differ in what holds the keys and values, and in little else. Threads may write
to one at the same time; each call is done as a whole. A checkpoint holds what `export` answers.

Read next: contents.py, buckets.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, resource, variant
from headrace._src.core.tensor import Tensor
from headrace._src.engine.node import known_value
from headrace._src.objects.lookup import steps
from headrace._src.objects.lookup.buckets import Buckets
from headrace._src.objects.lookup.contents import Contents, MutableTable
from headrace._src.objects.lookup.initializers import converted, numbers
from headrace._src.objects.lookup.tables import LookupInterface
from headrace._src.objects.state import brackets

_DEFAULT_BUCKETS = 131072


class _Changing(LookupInterface):
    """A table that keys are put into and taken out of."""

    def __init__(
        self, key_dtype: Any, value_dtype: Any, default_value: Any, checkpoint: bool
    ) -> None:
        super().__init__(as_dtype(key_dtype), as_dtype(value_dtype))
        self._default_value = converted(default_value, self._value_dtype, "default_value")
        self._value_shape = self._default_value.shape
        self._checkpoint = checkpoint

    def _made(self, op: str, name: str, is_anonymous: bool, make: Any, **attributes: Any) -> Tensor:
        """The handle of new contents. attributes: of the op, for error texts."""
        if thread.context.graph is not None:
            self._name = thread.context.graph.unique_name(name)
        if is_anonymous:
            op = f"Anonymous{op.removesuffix('V2')}"
        shared = f"table_{next(numbers)}"
        dtypes = self._key_dtype, self._value_dtype
        names = {} if is_anonymous else steps.shared(shared)
        steps.check_kernel(op, *dtypes, names | attributes, name)
        if self._value_dtype in (resource, variant):
            raise NotImplementedError(
                f"{type(self).__name__}: headrace has no tables of {self._value_dtype.name} yet."
            )
        shape = tuple(self._value_shape.as_list())
        try:
            contents: Contents = make(*dtypes, shape, name=shared, is_anonymous=is_anonymous)
        except ValueError as error:
            raise _refused(op, name, str(error)) from None
        return steps.handle_of(contents)

    def _found(self, keys: Any, default: Tensor, name: str | None) -> Tensor:
        keys = converted(keys, self._key_dtype, "keys")
        return steps.find(self._handle, keys, default, name or f"{self.name}_lookup_table_find")

    def insert(self, keys: Any, values: Any, name: str | None = None) -> Any:
        """Puts values in the place of those that the keys had.

        keys: of any shape. values: of that shape, followed by the shape of a value.

        In a graph it answers the operation that will. Raises ValueError or TypeError for other
        dtypes, tf.errors.InvalidArgumentError for other shapes. Op: LookupTableInsertV2.
        """
        keys = converted(keys, self._key_dtype, "keys")
        values = converted(values, self._value_dtype, "values")
        label = name or f"{self.name}_lookup_table_insert"
        return steps.insert(self._handle, keys, values, label)

    def remove(self, keys: Any, name: str | None = None) -> Any:
        """Forgets keys, as far as they are there; in a graph, the operation that will.

        keys: a tensor of any shape.

        Raises TypeError for keys of another dtype. Op: LookupTableRemoveV2.
        """
        if keys.dtype != self._key_dtype:
            raise TypeError(self._wrong_keys(keys.dtype))
        keys = converted(keys, self._key_dtype, "keys")
        return steps.remove(self._handle, keys, name or f"{self.name}_lookup_table_remove")

    def _wrong_keys(self, dtype: Any) -> str:
        return f"Dtype of argument `keys` must be {self._key_dtype}, received: {dtype}"

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """All keys and their values. Op: LookupTableExportV2."""
        dtypes = self._key_dtype, self._value_dtype
        label = name or f"{self.name}_lookup_table_export_values"
        return steps.export(self._handle, dtypes, label)

    # ---- checkpoints

    def _serialize_to_tensors(self) -> dict[str, Tensor]:
        """What a checkpoint holds of the table."""
        keys, values = self.export()
        return {"-keys": keys, "-values": values}

    def _restore_from_tensors(self, restored_tensors: dict[str, Tensor]) -> Any:
        """Makes what a checkpoint held all that the table holds."""
        keys, values = (restored_tensors[name] for name in ("-keys", "-values"))
        return steps.replace(self._handle, keys, values, f"{self.name}_table_restore")


def _refused(op: str, name: str, text: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(
        None,
        None,
        f"{{{{function_node __wrapped__{op}_device_/job:localhost/replica:0/task:0/device:CPU:0}}}}"
        f" {text} [Op:{op}] name: {name}",
    )


def _table(
    key_dtype: DType, value_dtype: DType, value_shape: tuple[int, ...], **names: Any
) -> MutableTable:
    if len(value_shape) > 1:
        raise ValueError(f"Default value must be a vector, got shape {brackets(value_shape)}")
    return MutableTable(key_dtype, value_dtype, value_shape, **names)


class MutableHashTable(_Changing):
    """A table that keys are put into and taken out of.

    key_dtype, value_dtype: of the keys and values. default_value: the value of keys that are not
    there; its shape, a scalar's or a vector's, is that of every value. checkpoint: whether
    checkpoints hold the table. experimental_is_anonymous: whether the handle has no name.

    >>> table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, default_value=-1)
    >>> table.insert(["cat", "dog"], [7, 9])
    >>> table.lookup(["dog", "cow"]).numpy()
    array([ 9, -1])

    Raises tf.errors.NotFoundError for dtypes that there are no tables of.
    Ops: MutableHashTableV2, MutableHashTableOfTensorsV2.
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        name: str = "MutableHashTable",
        checkpoint: bool = True,
        experimental_is_anonymous: bool = False,
    ) -> None:
        super().__init__(key_dtype, value_dtype, default_value, checkpoint)
        shape = self._value_shape.as_list()
        op, attributes = "MutableHashTableV2", {}
        if shape:
            op = "MutableHashTableOfTensorsV2"
            attributes = {"value_shape": brackets(shape)}
        self._handle = self._made(op, name, experimental_is_anonymous, _table, **attributes)

    def lookup(  # type: ignore[override]
        self, keys: Any, dynamic_default_values: Any = None, name: str | None = None
    ) -> Tensor:
        """The values of keys, a default for those that are not there.

        keys: of any shape. dynamic_default_values: the default, for all or for each key; without
        it, the table's.

        Raises ValueError or TypeError for keys of another dtype, tf.errors.InvalidArgumentError for
        a default of another shape or dtype. Op: LookupTableFindV2.
        """
        default = self._default_value
        if dynamic_default_values is not None:
            default = converted(dynamic_default_values, None, "dynamic_default_values")
        return self._found(keys, default, name)


class DenseHashTable(_Changing):
    """A table that keys are put into and taken out of, in buckets that lie close together.

    key_dtype, value_dtype: of the keys and values. default_value: the value of keys that are not
    there; its shape, a scalar's or a vector's, is that of every value. empty_key, deleted_key: two
    keys that are never used; vectors where every key is a vector. initial_num_buckets: a power of
    two, 131072 by default. checkpoint: whether checkpoints hold the table.
    experimental_is_anonymous: whether the handle has no name.

    >>> table = tf.lookup.experimental.DenseHashTable(
    ...     tf.string, tf.int64, default_value=-1, empty_key="", deleted_key="-")
    >>> table.insert(["cat", "dog"], [7, 9])
    >>> table.lookup(["dog", "cow"]).numpy()
    array([ 9, -1])

    Raises tf.errors.NotFoundError for dtypes that there are no tables of,
    tf.errors.InvalidArgumentError for the two keys that are one or have different shapes, for
    another number of buckets, and where one of the two is looked up, put in or taken out.
    Op: MutableDenseHashTableV2.
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        empty_key: Any,
        deleted_key: Any,
        initial_num_buckets: int | None = None,
        name: str = "MutableDenseHashTable",
        checkpoint: bool = True,
        experimental_is_anonymous: bool = False,
    ) -> None:
        super().__init__(key_dtype, value_dtype, default_value, checkpoint)
        buckets = _DEFAULT_BUCKETS if initial_num_buckets is None else initial_num_buckets
        empty, deleted = (
            _known(converted(value, self._key_dtype, argument), argument)
            for argument, value in (("empty_key", empty_key), ("deleted_key", deleted_key))
        )

        def make(keys: DType, values: DType, shape: tuple[int, ...], **names: Any) -> Buckets:
            return Buckets(keys, values, shape, empty, deleted, buckets, **names)

        self._handle = self._made(
            "MutableDenseHashTableV2",
            name,
            experimental_is_anonymous,
            make,
            initial_num_buckets=str(buckets),
            max_load_factor="0.8",
            value_shape=brackets(self._value_shape.as_list()),
        )

    def lookup(self, keys: Any, name: str | None = None) -> Tensor:
        """The values of keys, the default for those that are not there.

        keys: in a row, of one axis or more as long as the others have size 1; where keys are
        vectors, these are the last axis.

        Raises ValueError or TypeError for keys of another dtype, tf.errors.InvalidArgumentError for
        keys of another shape and for the two that are never used. Op: LookupTableFindV2.
        """
        return self._found(keys, self._default_value, name)

    def insert_or_assign(self, keys: Any, values: Any, name: str | None = None) -> Any:
        """Puts values in the place of those that the keys had; the same as `insert`."""
        return self.insert(keys, values, name)

    def erase(self, keys: Any, name: str | None = None) -> Any:
        """Forgets keys, as far as they are there; the same as `remove`."""
        return self.remove(keys, name)

    def _wrong_keys(self, dtype: Any) -> str:
        return f"Signature mismatch. Keys must be dtype {self._key_dtype}, got {dtype}."


def _known(tensor: Tensor, argument: str) -> np.ndarray:
    """The value of a key that must be known when the table is made."""
    found = known_value(tensor)
    if found is None:
        raise NotImplementedError(
            f"tf.lookup.experimental.DenseHashTable: headrace needs to know `{argument}` when the "
            "table is made, also in a function."
        )
    return np.asarray(found)


for _class in (MutableHashTable, DenseHashTable):
    _class.__module__ = "tensorflow.python.ops.lookup_ops"
