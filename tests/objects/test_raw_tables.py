"""The ops of lookup tables under `tf.raw_ops`.

Texts are TensorFlow 2.21's.

Read next: headrace/_src/objects/raw_tables.py.
"""

import pytest

import headrace as tf

raw = tf.raw_ops
WORDS = {"key_dtype": tf.string, "value_dtype": tf.int64}


def int64s(*values):
    return tf.constant(values, tf.int64)


def test_a_table_is_filled_once():
    for make in (raw.HashTableV2, raw.AnonymousHashTable):
        table = make(**WORDS)
        find = {"table_handle": table, "keys": ["a"], "default_value": tf.constant(3, tf.int64)}
        assert int(raw.LookupTableSizeV2(table_handle=table)) == 0
        with pytest.raises(tf.errors.FailedPreconditionError, match="Table not initialized"):
            raw.LookupTableFindV2(**find)
        with pytest.raises(tf.errors.AbortedError, match="HashTable is not initialized"):
            raw.LookupTableExportV2(table_handle=table, Tkeys=tf.string, Tvalues=tf.int64)
        for _ in range(2):
            raw.InitializeTableV2(table_handle=table, keys=["a"], values=int64s(7))
        assert raw.LookupTableFindV2(**find).numpy().tolist() == [7]
        with pytest.raises(tf.errors.FailedPreconditionError, match="different data"):
            raw.InitializeTableV2(table_handle=table, keys=["a", "b"], values=int64s(7, 8))
        with pytest.raises(tf.errors.UnimplementedError, match="Insert not supported by"):
            raw.LookupTableInsertV2(table_handle=table, keys=["b"], values=int64s(8))
        with pytest.raises(tf.errors.UnimplementedError, match="Remove not supported by"):
            raw.LookupTableRemoveV2(table_handle=table, keys=["b"])
        with pytest.raises(tf.errors.InvalidArgumentError, match="Signature mismatch, have: reso"):
            raw.LookupTableFindV2(**find | {"keys": [1]})


def test_tables_that_change():
    tables = (
        raw.AnonymousMutableHashTable(**WORDS),
        raw.AnonymousMutableDenseHashTable(empty_key="", deleted_key="-", value_dtype=tf.int64),
    )
    for table in tables:
        raw.LookupTableInsertV2(table_handle=table, keys=["a", "b"], values=int64s(1, 2))
        raw.LookupTableRemoveV2(table_handle=table, keys=["a"])
        size = tf.function(lambda handle=table: raw.LookupTableSizeV2(table_handle=handle))
        assert int(size()) == 1
    vectors = raw.AnonymousMutableHashTableOfTensors(**WORDS, value_shape=[2])
    raw.LookupTableImportV2(table_handle=vectors, keys=["a"], values=[int64s(1, 2)])
    found = raw.LookupTableExportV2(table_handle=vectors, Tkeys=tf.string, Tvalues=tf.int64)
    assert found.values.numpy().tolist() == [[1, 2]]


def test_a_table_is_filled_from_a_file():
    with tf.io.gfile.GFile("memory://raw", "w") as file:
        file.write("x\ny\n")
    table = raw.HashTableV2(**WORDS)
    raw.InitializeTableFromTextFileV2(
        table_handle=table, filename="memory://raw", key_index=-2, value_index=-1
    )
    assert int(raw.LookupTableSizeV2(table_handle=table)) == 2


def test_what_is_no_table():
    with pytest.raises(tf.errors.InvalidArgumentError, match="was expected to be the resource of"):
        raw.LookupTableSizeV2(table_handle=tf.Variable(1.0).handle)
    with pytest.raises(NotImplementedError, match="no `shared_name` yet"):
        raw.HashTableV2(**WORDS, shared_name="mine")
    with pytest.raises(NotImplementedError, match="no `max_load_factor` yet"):
        raw.AnonymousMutableDenseHashTable(
            empty_key="", deleted_key="-", value_dtype=tf.int64, max_load_factor=0.5
        )
