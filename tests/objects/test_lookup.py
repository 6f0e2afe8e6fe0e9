"""Tables that are filled once: what they answer, refuse, and are in functions.

Values and texts are TensorFlow 2.21's.

Read next: headrace/_src/objects/lookup/tables.py, test_lookup_mutable.py.
"""

import numpy as np
import pytest

import headrace as tf

lookup = tf.lookup
KEYS_AND_VALUES = lookup.KeyValueTensorInitializer(["a", "b"], [1, 2])


def table(keys=("a", "b"), values=(1, 2), default=-1, **kwargs):
    source = lookup.KeyValueTensorInitializer(list(keys), list(values))
    return lookup.StaticHashTable(source, default, **kwargs)


def vocabulary(buckets=3, keys=("a", "b"), **kwargs):
    values = tf.range(len(keys), dtype=tf.int64)
    source = lookup.KeyValueTensorInitializer(tf.constant(keys), values)
    return lookup.StaticVocabularyTable(source, buckets, **kwargs)


def numbers(source):
    """Keys and values of a table, in the order of the keys."""
    keys, values = (tensor.numpy().tolist() for tensor in source.export())
    return dict(sorted(zip(keys, values, strict=True)))


# ---- looking up ----------------------------------------------------------------------------------


def test_a_default_that_is_a_string_is_one_of_the_strings():
    source = lookup.KeyValueTensorInitializer([0, 1], ["zero", "one"])
    words = lookup.StaticHashTable(source, "?")
    assert words.lookup(tf.constant([1, 7])).numpy().tolist() == [b"one", b"?"]
    assert tf.strings.length(words.lookup(tf.constant([7, 0]))).numpy().tolist() == [1, 4]


def test_a_table_answers_values_and_a_default():
    t = table()
    found = t.lookup(tf.constant([["a"], ["z"]]))
    assert repr(found) == (
        "<tf.Tensor: shape=(2, 1), dtype=int32, numpy=\narray([[ 1],\n       [-1]], dtype=int32)>"
    )
    assert repr(t[tf.constant("b")]) == "<tf.Tensor: shape=(), dtype=int32, numpy=2>"
    assert repr(t.size()) == "<tf.Tensor: shape=(), dtype=int64, numpy=2>"
    assert t.lookup(tf.zeros([0], tf.string)).shape == [0]
    assert numbers(t) == {b"a": 1, b"b": 2}
    assert t.name is None
    assert (t.key_dtype, t.value_dtype, int(t.default_value)) == (tf.string, tf.int32, -1)
    assert 'type="tensorflow::lookup::LookupInterface"' in repr(t.resource_handle)
    assert t.resource_handle.dtype is tf.resource


def test_sparse_and_ragged_keys_keep_their_form():
    t = table()
    found = t.lookup(tf.sparse.from_dense([["a", ""], ["", "z"]]))
    assert found.values.numpy().tolist() == [1, -1]
    assert found.indices.numpy().tolist() == [[0, 0], [1, 1]]
    ragged = tf.RaggedTensor.from_row_lengths(tf.constant(["a", "b", "z"]), [1, 2])
    assert t.lookup(ragged).to_list() == [[1], [2, -1]]
    assert vocabulary().lookup(ragged).to_list() == [[0], [1, 3]]
    within = tf.function(lambda keys: t[keys])
    assert within(ragged).to_list() == [[1], [2, -1]]
    with pytest.raises(TypeError, match="must be <dtype: 'string'>, received: <dtype: 'int32'>"):
        t.lookup(ragged.with_values([1, 2, 3]))


@pytest.mark.parametrize("kind", ["string", "int64", "int32"])
@pytest.mark.parametrize("of", ["string", "int32", "float32", "float64"])
def test_dtypes(kind, of):
    one, two, none = (tf.cast if of != "string" else str_of)([1, 2, 0], of)
    keys = tf.constant(["1", "2", "3"] if kind == "string" else [1, 2, 3], kind)
    source = lookup.KeyValueTensorInitializer(keys[:2], tf.stack([one, two]))
    found = lookup.StaticHashTable(source, none).lookup(keys)
    assert found.dtype == of and found.numpy().tolist() == [one.numpy(), two.numpy(), none.numpy()]


def str_of(values, dtype):
    return tf.constant([str(value) for value in values], dtype)


def test_many_keys_are_looked_up_as_few_are():
    rng = np.random.default_rng(0)
    keys = rng.choice(2**60, 3000, replace=False) * rng.choice([-1, 1], 3000)
    words = np.array([b"%d" % key for key in keys], object)
    asked = rng.integers(0, 6000, 20000)
    for known, dtype in ((keys, np.int64), (keys // 2**32, np.int32), (words, object)):
        known, where = np.unique(known.astype(dtype), return_index=True)
        t = table(known, range(len(known)))
        other = np.array([b"%d" % i for i in range(20000)], object)
        other = other if dtype is object else np.arange(20000, dtype=dtype)
        every = np.where(asked < len(known), known[asked % len(known)], other)
        found = t.lookup(tf.constant(every)).numpy()
        place = {key: i for i, key in enumerate(known.tolist())}
        assert found.tolist() == [place.get(key, -1) for key in every.tolist()]


def test_anonymous_handles():
    assert 'container="Anonymous"' in repr(table(experimental_is_anonymous=True).resource_handle)
    assert 'container="localhost"' in repr(table().resource_handle)


# ---- what is refused -----------------------------------------------------------------------------

LOOKUP = "{{function_node __wrapped__LookupTableImportV2_device_/job:localhost/replica:0/task:0"


@pytest.mark.parametrize(
    "keys, values, default, error, text",
    [
        (["a", "a"], [1, 2], 0, tf.errors.FailedPreconditionError,
         LOOKUP + "/device:CPU:0}} HashTable has different value for same key. Key a has 1 and "
         "trying to add value 2 [Op:LookupTableImportV2] name: "),
        ([3, 3], ["x", "y"], "", tf.errors.FailedPreconditionError, "Key 3 has x and trying to "),
        (["a", "a"], [1.25, 1e10], 0.0, tf.errors.FailedPreconditionError,
         "Key a has 1.25 and trying to add value 1e+10 "),
        (["a", "b"], [1, 2, 3], 0, tf.errors.InvalidArgumentError,
         "Expected shape [2] for value, got [3]"),
        ([[["a"]]], [[1]], 0, tf.errors.InvalidArgumentError, "Expected shape [1,1,1] for value"),
        (tf.zeros([0], tf.string), tf.zeros([0]), 0.0, tf.errors.InvalidArgumentError,
         "keys and values cannot be empty tensors."),
        ([], [], 0, tf.errors.NotFoundError, "HashTableV2[container=\"\", key_dtype=DT_FLOAT, "),
        (["a"], [1], "x", TypeError, "Cannot convert 'x' to EagerTensor of dtype int32"),
        (["a"], [1], [1, 2], ValueError, "Shapes (2,) and () are not compatible"),
        (["a"], [1], None, ValueError, "Attempt to convert a value (None)"),
        (["a"], None, 0, ValueError, "Attempt to convert a value (None)"),
    ],
)  # fmt: skip
def test_what_makes_no_table(keys, values, default, error, text):
    with pytest.raises(error) as caught:
        source = lookup.KeyValueTensorInitializer(keys, values)
        lookup.StaticHashTable(source, default)
    assert text in str(caught.value)


def test_a_key_may_come_twice_with_one_value():
    assert int(table(["a", "a"], [1, 1]).size()) == 1


def test_kernels_that_are_missing_are_listed():
    with pytest.raises(tf.errors.NotFoundError) as caught:
        table([1], tf.constant([1], tf.int64), name="mine")
    text = str(caught.value)
    assert text.startswith("Could not find device for node: {{node HashTableV2}} = HashTableV2[")
    assert "\n  device='CPU'; key_dtype in [DT_INT32]; value_dtype in [DT_DOUBLE]\n" in text
    assert text.endswith(" [Op:HashTableV2] name: mine")


def test_keys_that_are_refused():
    t = table()
    with pytest.raises(AttributeError, match="'list' object has no attribute 'dtype'"):
        t.lookup(["a"])
    with pytest.raises(AttributeError, match="has no attribute 'base_dtype'"):
        t.lookup(np.array(["a"]))
    with pytest.raises(TypeError) as caught:
        t.lookup(tf.constant([1]))
    assert str(caught.value) == (
        "Dtype of argument `keys` must be <dtype: 'string'>, received: <dtype: 'int32'>"
    )


def test_initializers_convert_and_check():
    source = lookup.KeyValueTensorInitializer(["a"], [1], value_dtype=tf.int64)
    assert (source.key_dtype, source.value_dtype) == (tf.string, tf.int64)
    with pytest.raises(TypeError, match="Cannot convert"):
        lookup.KeyValueTensorInitializer(["a"], [1], key_dtype=tf.int64)
    with pytest.raises(ValueError, match="values: Tensor conversion requested dtype int32 for"):
        lookup.KeyValueTensorInitializer(["a"], tf.constant([1], tf.int64), value_dtype=tf.int32)
    text = "Invalid value dtype for table, expected <dtype: 'int32'> but got <dtype: 'int64'>."
    with pytest.raises(TypeError, match=text):
        source.initialize(table())
    # Doing it again is nothing, as long as there is nothing else in it.
    assert KEYS_AND_VALUES.initialize(table()) is None
    with pytest.raises(tf.errors.FailedPreconditionError, match="initialized with different data"):
        KEYS_AND_VALUES.initialize(table(["a"], [1]))


# ---- vocabularies --------------------------------------------------------------------------------


def test_other_words_get_the_buckets_of_their_hash():
    t = vocabulary()
    words = tf.constant(["a", "b", "c", "d", "e", "f", "hello", ""])
    assert t.lookup(words).numpy().tolist() == [0, 1, 3, 4, 3, 2, 3, 4]
    assert int(t.size()) == 5 and t.value_dtype is tf.int64 and t.name is None
    integers = vocabulary(keys=np.array([5, 6]), lookup_key_dtype=tf.int32)
    assert integers.lookup(tf.constant([5, 6, 7, 8, 9])).numpy().tolist() == [0, 1, 3, 3, 4]
    with pytest.raises(TypeError, match="must be <dtype: 'int32'>, received: <dtype: 'int64'>"):
        integers.lookup(tf.constant([5], tf.int64))


def test_a_vocabulary_without_words_is_a_hash():
    t = lookup.StaticVocabularyTable(None, 3)
    assert t.lookup(tf.constant(["a", "b", "c"])).numpy().tolist() == [0, 1, 1]
    assert (int(t.size()), t.name, t.resource_handle) == (3, "hash_bucket", None)


@pytest.mark.parametrize(
    "keys, values, buckets, dtype, error, text",
    [
        (["a"], [0], 0, None, ValueError, "`num_oov_buckets` must be > 0; use StaticHashTable."),
        (["a"], tf.constant([0]), 1, None, TypeError,
         "Invalid `value_dtype`, expected <dtype: 'int64'> but got <dtype: 'int32'>."),
        ([1], [0], 1, None, TypeError,
         "Invalid `key_dtype`, expected one of (tf.int64, tf.string), but got <dtype: 'int32'>."),
        (["a"], [0], 1, tf.int64, TypeError,
         "Invalid `key_dtype`, expected integer but got <dtype: 'string'>."),
        ([1], [0], 1, tf.string, TypeError,
         "Invalid `key_dtype`, expected non-integer but got <dtype: 'int32'>."),
    ],
)  # fmt: skip
def test_what_makes_no_vocabulary(keys, values, buckets, dtype, error, text):
    values = values if isinstance(values, tf.Tensor) else tf.constant(values, tf.int64)
    with pytest.raises(error) as caught:
        source = lookup.KeyValueTensorInitializer(keys, values)
        lookup.StaticVocabularyTable(source, buckets, lookup_key_dtype=dtype)
    assert str(caught.value) == text


# ---- in functions --------------------------------------------------------------------------------


def test_functions_capture_tables():
    t = table()

    @tf.function
    def both(keys):
        return t.lookup(keys), t.size(), t.export()

    found, size, (keys, values) = both(tf.constant(["a", "q"]))
    assert found.numpy().tolist() == [1, -1] and int(size) == 2
    assert keys.numpy().tolist() == [b"a", b"b"] and values.numpy().tolist() == [1, 2]
    graph = both.get_concrete_function(tf.TensorSpec([None], tf.string)).graph
    assert [op.type for op in graph.get_operations() if "Table" in op.type] == [
        "LookupTableFindV2", "LookupTableSizeV2", "LookupTableExportV2",
    ]  # fmt: skip
    node = graph.get_operation_by_name("None_Lookup/LookupTableFindV2")
    assert node.outputs[0].shape.as_list() == [None]
    assert node.inputs[0].dtype is tf.resource and node.inputs[0].name.endswith("/table_handle:0")
    shown = {node.name: node for node in graph.as_graph_def().node}[node.name]
    assert (shown.op, shown.attr["Tin"].type, shown.attr["Tout"].type) == (
        "LookupTableFindV2", tf.string.as_datatype_enum, tf.int32.as_datatype_enum,
    )  # fmt: skip


def test_tables_go_through_control_flow_and_functions_within():
    t = table(["0", "1", "2"], [10.0, 11.0, 12.0], 0.0)
    inner = tf.function(lambda key: t[key])

    @tf.function
    def total(n):
        found = 0.0
        for i in tf.range(n):
            if i > 0:
                found += inner(tf.strings.as_string(i))
        return found

    assert float(total(tf.constant(4))) == 23.0
    assert tf.map_fn(
        lambda key: t[key], tf.constant(["2", "0"]), fn_output_signature=tf.float32
    ).numpy().tolist() == [12.0, 10.0]
    assert float(tf.function(lambda which, key: which[key])(t, tf.constant("1"))) == 11.0


def test_what_a_lookup_feeds_is_compiled_and_differentiated():
    t = table()
    weights = tf.Variable(tf.ones([3, 4]))

    @tf.function
    def loss(words):
        return tf.reduce_sum(tf.gather(weights, t[words]) ** 2)

    with tf.GradientTape() as tape:
        value = loss(tf.constant(["a", "b", "a"]))
    assert float(value) == 12.0
    gradient = tf.convert_to_tensor(tape.gradient(value, weights))
    assert gradient.numpy()[:, 0].tolist() == [0.0, 4.0, 2.0]


def test_no_gradient_flows_through_a_table():
    t = lookup.experimental.MutableHashTable(tf.string, tf.float32, 0.0)
    x = tf.constant([1.0])

    def answer():
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = t.lookup(tf.constant(["a"]), dynamic_default_values=x)
        return tape.gradient(y, x)

    assert answer() is None
    assert tf.function(answer)() is None


def test_functions_make_tables():
    @tf.function
    def local(keys):
        return table().lookup(keys)

    assert local(tf.constant(["b"])).numpy().tolist() == [2]

    class Words(tf.Module):
        table = None

        @tf.function
        def __call__(self, keys):
            if self.table is None:
                self.table = table()
            return self.table[keys]

    words = Words()
    assert words(tf.constant(["b"])).numpy().tolist() == [2]
    assert words(tf.constant(["b", "z"])).numpy().tolist() == [2, -1]


def test_functions_fill_tables_from_their_arguments():
    @tf.function
    def fill(keys):
        t = lookup.StaticHashTable(lookup.KeyValueTensorInitializer(keys, [1, 2]), -1)
        return t.lookup(tf.constant(["x"]))

    assert fill(tf.constant(["w", "x"])).numpy().tolist() == [2]


def test_errors_in_functions():
    t = table()
    with pytest.raises(TypeError, match="must be <dtype: 'string'>, received: <dtype: 'int32'>"):
        tf.function(lambda: t.lookup(tf.constant([1])))()
    compiled = tf.function(lambda key: t[key], jit_compile=True)
    with pytest.raises(tf.errors.InvalidArgumentError, match="LookupTableFindV2"):
        compiled(tf.constant("a"))


def test_a_function_keeps_the_table_that_it_uses():
    def made():
        t = table()
        return tf.function(lambda keys, find=t.lookup: find(keys)).get_concrete_function(
            tf.TensorSpec([None], tf.string)
        )

    assert made()(tf.constant(["b"])).numpy().tolist() == [2]


# ---- in modules and in TensorFlow 1 ------------------------------------------------------------


def test_tables_are_trackable():
    t = table()
    assert isinstance(t, tf.__internal__.tracking.Trackable)
    assert list(t._trackable_children()) == ["_initializer"]
    assert list(vocabulary()._trackable_children()) == ["_initializer"]
    module = tf.Module()
    module.words = t
    assert t in list(module._flatten(predicate=lambda value: value is t))


def test_tables_of_tensorflow_1_need_no_initializer():
    v1 = tf.compat.v1
    t = v1.lookup.StaticHashTable(KEYS_AND_VALUES, 0)
    assert t.initializer is None and isinstance(t, lookup.StaticHashTable)
    assert v1.tables_initializer() is None
    words = lookup.KeyValueTensorInitializer(["a"], tf.constant([0], tf.int64))
    assert v1.lookup.StaticVocabularyTable(words, 1).initializer is None
    assert v1.lookup.KeyValueTensorInitializer is lookup.KeyValueTensorInitializer
