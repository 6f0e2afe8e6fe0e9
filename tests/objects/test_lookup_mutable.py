"""Tables that change: what is put in and taken out, from several threads and in functions.

Values, buckets and texts are TensorFlow 2.21's.

Read next: headrace/_src/objects/lookup/mutable.py.
"""

import re
import threading

import numpy as np
import pytest

import headrace as tf

Mutable = tf.lookup.experimental.MutableHashTable
Dense = tf.lookup.experimental.DenseHashTable


def words(default=-1, dtype=tf.int64, **entries):
    table = Mutable(tf.string, dtype, default)
    if entries:
        table.insert(list(entries), list(entries.values()))
    return table


def dense(buckets=4, **kwargs):
    return Dense(tf.int64, tf.int64, -1, 0, -1, initial_num_buckets=buckets, **kwargs)


def int64s(*values):
    return tf.constant(values, tf.int64)


def exported(table):
    return tuple(tensor.numpy().ravel().tolist() for tensor in table.export())


# ---- hash tables ---------------------------------------------------------------------------------


def test_keys_come_and_go():
    table = Mutable(tf.string, tf.int64, -1)
    assert table.insert(["a", "b"], [1, 2]) is None
    table.insert([["b", "c"]], [[3, 4]])
    table.insert("d", 5)
    assert table.lookup([["a", "b"], ["d", "?"]]).numpy().tolist() == [[1, 3], [5, -1]]
    assert repr(table["a"]) == "<tf.Tensor: shape=(), dtype=int64, numpy=1>"
    assert table.remove(tf.constant(["a", "?"])) is None
    assert int(table.size()) == 3
    table.insert(tf.Variable(["e", "e"]), tf.Variable([6, 7], dtype=tf.int64))
    assert exported(table) == ([b"b", b"c", b"d", b"e"], [3, 4, 5, 7])
    assert table.lookup(["a", "e"]).numpy().tolist() == [-1, 7]


def test_values_may_be_vectors():
    table = Mutable(tf.string, tf.float32, [0.0, 0.0])
    assert [t.shape.as_list() for t in table.export()] == [[0], [0, 2]]
    table.insert(["a", "b"], [[1.0, 2.0], [3.0, 4.0]])
    assert table.lookup([["b", "?"]]).numpy().tolist() == [[[3, 4], [0, 0]]]
    own = table.lookup(["a", "?"], dynamic_default_values=[[5.0, 5.0], [6.0, 6.0]])
    assert own.numpy().tolist() == [[1, 2], [6, 6]]
    assert table.lookup(["?"], dynamic_default_values=[5.0, 5.0]).numpy().tolist() == [[5, 5]]


def test_defaults_of_a_call():
    table = words(a=1)
    keys = tf.constant(["a", "?", "!"])
    assert table.lookup(keys, int64s(10, 20, 30)).numpy().tolist() == [1, 20, 30]
    assert table.lookup(keys, tf.constant(9, tf.int64)).numpy().tolist() == [1, 9, 9]
    for default, text in (
        (int64s(1, 2), "Expected shape [] or [3] for default value, got [2]"),
        ([1, 2, 3], "string, int32->int32 expected: resource, string, int64->int64"),
    ):  # fmt: skip
        with pytest.raises(tf.errors.InvalidArgumentError, match=re.escape(text)):
            table.lookup(keys, default)


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda t: t.lookup([1]), TypeError, "Cannot convert [1] to EagerTensor of dtype string"),
        (lambda t: t.lookup(tf.constant([1])), ValueError,
         "keys: Tensor conversion requested dtype string for Tensor with dtype int32: <tf.Tensor"),
        (lambda t: t.insert(["a"], tf.constant([1])), ValueError,
         "values: Tensor conversion requested dtype int64 for Tensor with dtype int32: <tf.Tensor"),
        (lambda t: t.insert(["a"], ["b"]), TypeError, "Cannot convert ['b'] to EagerTensor"),
        (lambda t: t.insert(["a", "b"], [1]), tf.errors.InvalidArgumentError,
         "Expected shape [2] for value, got [1] [Op:LookupTableInsertV2] name: "),
        (lambda t: t.insert([["a", "b"]], [1, 2]), tf.errors.InvalidArgumentError,
         "Expected shape [1,2] for value, got [2]"),
        (lambda t: t.remove(["a"]), AttributeError, "'list' object has no attribute 'dtype'"),
        (lambda t: t.remove(tf.constant([1])), TypeError,
         "Dtype of argument `keys` must be <dtype: 'string'>, received: <dtype: 'int32'>"),
        (lambda t: t.lookup(tf.sparse.from_dense([["a"]])), ValueError,
         "Attempt to convert a value (SparseTensor("),
        (lambda t: Mutable(tf.string, tf.int64, "x"), TypeError, "Cannot convert 'x'"),
        (lambda t: Mutable(tf.int32, tf.int64, [0]), tf.errors.NotFoundError,
         "shared_name=\"table_"),
        (lambda t: Mutable(tf.string, tf.string, ""), tf.errors.NotFoundError,
         "key_dtype in [DT_INT64]; value_dtype in [DT_VARIANT]\n"),
        (lambda t: Mutable(tf.string, tf.int64, [[0]]), tf.errors.InvalidArgumentError,
         "Default value must be a vector, got shape [1,1]"),
    ],
)  # fmt: skip
def test_what_a_table_refuses(call, error, text):
    with pytest.raises(error) as caught:
        call(words())
    assert text in str(caught.value)


def test_many_keys_are_looked_up_as_few_are():
    rng = np.random.default_rng(1)
    for table, dtype in ((Mutable(tf.int64, tf.int64, -1), np.int64), (dense(), np.int64),
                         (Mutable(tf.string, tf.int64, -1), object)):  # fmt: skip
        known = {}
        for _ in range(4):
            keys = np.unique(rng.integers(1, 9000, 4000))
            if dtype is object:
                keys = np.array([b"%d" % key for key in keys], object)
            values = rng.integers(0, 100, keys.size)
            table.insert(tf.constant(keys), tf.constant(values))
            known.update(zip(keys.tolist(), values.tolist(), strict=True))
            table.remove(tf.constant(keys[::3]))
            for key in keys[::3].tolist():
                del known[key]
            asked = np.concatenate([keys, keys])
            expected = [known.get(key, -1) for key in asked.tolist()]
            assert table.lookup(tf.constant(asked)).numpy().tolist() == expected
            assert int(table.size()) == len(known)


# ---- dense tables --------------------------------------------------------------------------------


def test_a_dense_table_has_the_same_methods():
    table = Dense(tf.string, tf.float32, [0.0, 0.0], "", "-", initial_num_buckets=16)
    table.insert(["a", "b"], [[1, 2], [3, 4]])
    table.insert_or_assign(["a"], [[5, 6]])
    table.erase(tf.constant(["b"]))
    assert table.lookup(["a", "b"]).numpy().tolist() == [[5, 6], [0, 0]]
    assert int(table.size()) == 1 and table.name is None


def test_buckets_lie_as_tensorflows():
    table = dense()
    table.insert(int64s(1, 5), int64s(10, 50))
    assert exported(table) == ([0, 1, 5, 0], [0, 10, 50, 0])
    table.remove(int64s(1))
    assert exported(table) == ([0, -1, 5, 0], [0, 10, 50, 0])
    table.insert(int64s(9), int64s(90))
    table.insert(int64s(13), int64s(130))
    assert exported(table) == ([13, 9, 5, 0], [130, 90, 50, 0])
    table.insert(int64s(17, 21, 25), int64s(1, 2, 3))
    assert exported(table) == ([21, 9, 17, 0, 25, 13, 5, 0], [2, 90, 1, 0, 3, 130, 50, 0])
    strings = Dense(tf.string, tf.int64, -1, "", "-", initial_num_buckets=16)
    strings.insert(["a", "b", "hello", "a longer string than 8"], [1, 2, 3, 4])
    expected = dict(zip((7, 10, 11, 12), (4, 2, 3, 1), strict=True))
    assert exported(strings)[1] == [expected.get(i, 0) for i in range(16)]
    vectors = Dense(tf.int64, tf.int64, -1, [0, 0], [1, 1], initial_num_buckets=8)
    vectors.insert(tf.constant([[1, 2], [3, 4], [5, 6]], tf.int64), int64s(5, 6, 7))
    assert exported(vectors)[1] == [0, 0, 0, 5, 7, 0, 0, 6]
    pairs = Dense(tf.string, tf.int64, -1, ["", ""], ["-", "-"], initial_num_buckets=8)
    pairs.insert([["a", "b"], ["c", "d"]], [5, 6])
    assert exported(pairs)[1] == [0, 0, 0, 0, 0, 5, 0, 6]
    assert dense(131072).export()[0].shape == Dense(tf.int64, tf.int64, 0, 1, 2).export()[0].shape


def test_keys_may_be_vectors():
    table = Dense(tf.int64, tf.int64, -1, [0, 0], [1, 1])
    table.insert(tf.constant([[1, 2], [3, 4]], tf.int64), int64s(5, 6))
    assert table.lookup(tf.constant([[1, 2], [3, 5]], tf.int64)).numpy().tolist() == [5, -1]
    table.remove(tf.constant([[1, 2]], tf.int64))
    assert int(table.size()) == 1
    for keys, text in (
        ([1, 2], "Expected key shape [2,2] got [2]"),
        ([[1, 2, 3]], "Input key shape [1,3] must end with the table's key shape [2]"),
        ([[3, 4], [0, 0]], "Using the empty_key as a table key is not allowed"),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match=re.escape(text)):
            table.lookup(tf.constant(keys, tf.int64))


def test_two_keys_are_never_used():
    table = dense()
    for what, key in (("empty_key", 0), ("deleted_key", -1)):
        for use in (table.lookup, table.remove, lambda keys: table.insert(keys, keys)):
            text = f"Using the {what} as a table key is not allowed"
            with pytest.raises(tf.errors.InvalidArgumentError, match=text):
                use(int64s(3, key, 4))
    # What came before such a key was put in.
    assert int(table.size()) == 1 and table.lookup(int64s(3, 4)).numpy().tolist() == [3, -1]


@pytest.mark.parametrize(
    "arguments, error, text",
    [
        ((0, 0, 0), tf.errors.InvalidArgumentError, "Empty and deleted keys cannot be equal"),
        ((0, [0, 0], 1), tf.errors.InvalidArgumentError,
         "Empty and deleted keys must have same shape, got shapes: [2] and []"),
        ((0, [[0, 0]], [[1, 1]]), tf.errors.InvalidArgumentError,
         "Empty key must be a scalar or a vector, got shape [1,2]"),
        (([[0]], 0, 1), tf.errors.InvalidArgumentError,
         "Empty value must be a scalar or a vector, got shape [1,1]"),
        ((0, 0, 1, 7), tf.errors.InvalidArgumentError,
         "Number of buckets must be at least 4 and a power of 2, got: 7"),
        ((0, "a", 1), TypeError, "Cannot convert 'a' to EagerTensor of dtype int64"),
        ((0, tf.constant(1), 1), ValueError, "empty_key: Tensor conversion requested dtype int64"),
        ((0, 0), TypeError, "missing 1 required positional argument: 'deleted_key'"),
    ],
)  # fmt: skip
def test_what_makes_no_dense_table(arguments, error, text):
    with pytest.raises(error) as caught:
        Dense(tf.int64, tf.int64, *arguments)
    assert text in str(caught.value)


def test_dense_tables_want_keys_in_a_row():
    table = dense()
    assert table.lookup(int64s(7)[0]).shape == []
    assert table.lookup([[1], [7]]).shape == [2, 1]
    with pytest.raises(tf.errors.InvalidArgumentError, match=re.escape("key shape [1] got [1,2]")):
        table.lookup([[1, 7]])
    with pytest.raises(
        TypeError, match=r"Signature mismatch\. Keys must be dtype <dtype: 'int64'>"
    ):
        table.remove(tf.constant([1]))


# ---- threads, functions, checkpoints -------------------------------------------------------------


@pytest.mark.parametrize("table", [words(), Dense(tf.string, tf.int64, -1, "", "-")])
def test_threads_write_at_the_same_time(table):
    def work(number):
        for i in range(50):
            keys = tf.constant([f"{number}/{i}", f"{number}/x"])
            table.insert(keys, int64s(i, i))
            assert table.lookup(keys).numpy().tolist() == [i, i]
            table.remove(keys[1:])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert int(table.size()) == 200


def test_functions_change_tables():
    table = words()

    @tf.function
    def use(keys, values):
        table.insert(keys, values)
        found = table.lookup(keys)
        table.remove(keys[:1])
        return found, table.size(), table.export()

    found, size, (keys, values) = use(tf.constant(["a", "b"]), int64s(1, 2))
    assert found.numpy().tolist() == [1, 2] and int(size) == 1
    assert (keys.numpy().tolist(), values.numpy().tolist()) == ([b"b"], [2])
    graph = use.get_concrete_function(
        tf.TensorSpec([None], tf.string), tf.TensorSpec([None], tf.int64)
    ).graph
    assert [op.name for op in graph.get_operations() if "Table" in op.type] == [
        "None_lookup_table_insert/LookupTableInsertV2",
        "None_lookup_table_find/LookupTableFindV2",
        "None_lookup_table_remove/LookupTableRemoveV2",
        "None_Size/LookupTableSizeV2",
        "None_lookup_table_export_values/LookupTableExportV2",
    ]
    with pytest.raises(tf.errors.InvalidArgumentError, match=re.escape("Expected shape [2] for")):
        tf.function(lambda: table.insert(["a", "b"], int64s(1)) and None)()


def test_loops_and_branches_change_tables():
    table = words()

    @tf.function
    def fill(n):
        for i in tf.range(n):
            if i % 2 == 0:
                table.insert(tf.strings.as_string(i), tf.cast(i, tf.int64))
            else:
                table.remove(tf.strings.as_string(i - 1))
        return table.size()

    assert int(fill(tf.constant(5))) == 1
    assert exported(table) == ([b"4"], [4])

    @tf.function
    def more(n):
        _, last = tf.while_loop(
            lambda i, last: i < n,
            lambda i, last: (i + 1, table.lookup("4") + tf.cast(i, tf.int64)),
            [0, tf.constant(0, tf.int64)],
            shape_invariants=[tf.TensorShape([]), tf.TensorShape(None)],
        )
        return last, tf.switch_case(n - 3, [table.size, lambda: table.size() + 1])

    assert [int(x) for x in more(tf.constant(3))] == [6, 1]


def test_a_table_made_in_a_function_lasts():
    @tf.function
    def fill(keys):
        table = words()
        table.insert(keys, [5])
        return table.size()

    assert [int(fill(tf.constant([key]))) for key in "ab"] == [1, 2]


@pytest.mark.parametrize("make", [words, lambda: Dense(tf.string, tf.int64, -1, "", "-", 8)])
def test_what_a_checkpoint_holds(make):
    table = make()
    table.insert(["a", "b"], [1, 2])
    table.remove(tf.constant(["a"]))
    held = table._serialize_to_tensors()
    assert list(held) == ["-keys", "-values"]
    other = make()
    other.insert(["c"], [3])
    other._restore_from_tensors(held)
    assert other.lookup(["a", "b", "c"]).numpy().tolist() == [-1, 2, -1]
    assert exported(other) == exported(table) and int(other.size()) == 1
    assert table._checkpoint and not Mutable(tf.string, tf.int64, 0, checkpoint=False)._checkpoint
