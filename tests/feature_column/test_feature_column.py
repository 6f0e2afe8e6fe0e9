"""Feature columns: what they are called, how they are parsed, and what they compute.

Texts and values are TensorFlow 2.21's.

Read next: headrace/_src/feature_column/column.py.
"""

import copy

import numpy as np
import pytest

import headrace as tf
from headrace._src.feature_column.column import FeatureTransformationCache

fc = tf.feature_column
NUMBER = fc.numeric_column("a")
PAIR = fc.numeric_column("p", shape=2)
BUCKETS = fc.bucketized_column(NUMBER, [0.0, 1.0])
WORDS = fc.categorical_column_with_vocabulary_list("v", ["x", "y"])
LINES = fc.categorical_column_with_vocabulary_file("f", "words.txt", vocabulary_size=3)
HASHED = fc.categorical_column_with_hash_bucket("h", 10)
IDENTITY = fc.categorical_column_with_identity("i", 10)
CROSSED = fc.crossed_column(["a", WORDS], 100)
WEIGHTED = fc.weighted_categorical_column(IDENTITY, "w")
INDICATOR = fc.indicator_column(IDENTITY)
EMBEDDING = fc.embedding_column(HASHED, 4)
SEQUENCE = fc.sequence_categorical_column_with_identity("i", 10)
NUMBERS = fc.sequence_numeric_column("s")
ALL = [NUMBER, PAIR, BUCKETS, WORDS, LINES, HASHED, IDENTITY, CROSSED, WEIGHTED, INDICATOR,
       SEQUENCE, NUMBERS]  # fmt: skip


def cache(**features):
    return FeatureTransformationCache(features)


# ---- descriptions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "column, wanted",
    [
        (
            NUMBER,
            (
                "NumericColumn(key='a', shape=(1,), default_value=None, dtype=tf.float32, "
                "normalizer_fn=None)"
            ),
        ),
        (HASHED, "HashedCategoricalColumn(key='h', hash_bucket_size=10, dtype=tf.string)"),
        (
            SEQUENCE,
            (
                "SequenceCategoricalColumn(categorical_column=IdentityCategoricalColumn(key='i', "
                "number_buckets=10, default_value=None))"
            ),
        ),
        (
            NUMBERS,
            (
                "SequenceNumericColumn(key='s', shape=(1,), default_value=0.0, dtype=tf.float32, "
                "normalizer_fn=None)"
            ),
        ),
    ],
)
def test_reprs(column, wanted):
    assert repr(column) == wanted


def test_names():
    names = [column.name for column in (*ALL, EMBEDDING)]
    assert names == [
        "a", "p", "a_bucketized", "v", "f", "h", "i", "a_X_v", "i_weighted_by_w", "i_indicator",
        "i", "s", "h_embedding",
    ]  # fmt: skip
    assert fc.crossed_column(["b", BUCKETS, fc.crossed_column(["c", "d"], 5)], 9).name == (
        "a_bucketized_X_b_X_c_X_d"
    )


def test_sizes():
    columns = [BUCKETS, WORDS, LINES, HASHED, CROSSED, WEIGHTED, SEQUENCE]
    assert [column.num_buckets for column in columns] == [3, 2, 3, 10, 100, 10, 10]
    shapes = [c.variable_shape.as_list() for c in (NUMBER, PAIR, BUCKETS, INDICATOR, EMBEDDING)]
    assert shapes == [[1], [2], [1, 3], [1, 10], [4]]
    assert BUCKETS.parents == [NUMBER]
    assert WEIGHTED.parents == [IDENTITY, "w"]


@pytest.mark.parametrize("column", ALL, ids=lambda c: c.name)
def test_configurations(column):
    again = type(column).from_config(column.get_config())
    assert again == column
    assert hash(again) == hash(column)
    assert type(again) is type(column)


def test_configurations_of_functions_and_initializers():
    column = fc.numeric_column("a", normalizer_fn=abs)
    assert column.get_config()["normalizer_fn"] == "abs"
    assert type(column).from_config(column.get_config(), {"abs": abs}) == column
    with pytest.raises(ValueError, match="Unknown function 'abs'"):
        type(column).from_config(column.get_config())
    config = EMBEDDING.get_config()
    assert config["initializer"] == {
        "class_name": "TruncatedNormal",
        "config": {"mean": 0.0, "stddev": 0.5, "seed": None, "dtype": "float32"},
    }
    again = type(EMBEDDING).from_config(config)
    assert again.initializer([2, 3]).shape == [2, 3]
    assert again.initializer.stddev == 0.5


def test_columns_are_sorted_by_their_texts():
    assert sorted([WORDS, NUMBER, HASHED]) == [HASHED, NUMBER, WORDS]
    assert fc.numeric_column("a") < fc.numeric_column("b")


def test_parsing():
    spec = fc.make_parse_example_spec([BUCKETS, EMBEDDING, WEIGHTED, NUMBERS])
    assert spec == {
        "a": tf.io.FixedLenFeature((1,), tf.float32),
        "h": tf.io.VarLenFeature(tf.string),
        "i": tf.io.VarLenFeature(tf.int64),
        "w": tf.io.VarLenFeature(tf.float32),
        "s": tf.io.VarLenFeature(tf.float32),
    }
    assert fc.numeric_column("b", shape=[2, 2], default_value=1).parse_example_spec == {
        "b": tf.io.FixedLenFeature((2, 2), tf.float32, ((1, 1), (1, 1)))
    }
    example = tf.train.Example()
    example.features.feature["a"].float_list.value.append(0.5)
    example.features.feature["i"].int64_list.value.extend([3, 4])
    found = tf.io.parse_example(
        [example.SerializeToString()], fc.make_parse_example_spec([NUMBER, IDENTITY])
    )
    assert found["a"].numpy().tolist() == [[0.5]]
    assert found["i"].values.numpy().tolist() == [3, 4]


@pytest.mark.parametrize(
    "make, kind, text",
    [
        (
            lambda: fc.numeric_column("a", shape=3, default_value=[1, 2]),
            ValueError,
            "must be equal",
        ),
        (lambda: fc.numeric_column("a", dtype=tf.string), ValueError, "<dtype: 'string'>, key: a"),
        (lambda: fc.numeric_column(3), ValueError, "key must be a string. Got: type <class 'int'>"),
        (lambda: fc.numeric_column("a", shape=0), ValueError, "greater than 0"),
        (lambda: fc.numeric_column("a", shape=(1.5,)), TypeError, "must be integer"),
        (lambda: fc.numeric_column("a", normalizer_fn=3), TypeError, "callable"),
        (lambda: fc.numeric_column("a", default_value="x"), TypeError, "compatible with dtype"),
        (
            lambda: fc.numeric_column("a", default_value=1.5, dtype=tf.int32),
            TypeError,
            "compatible with dtype",
        ),
        (lambda: fc.bucketized_column("a", [0, 1]), ValueError, "numeric_column"),
        (lambda: fc.bucketized_column(NUMBER, [1, 0]), ValueError, "sorted"),
        (lambda: fc.bucketized_column(NUMBER, []), ValueError, "empty"),
        (
            lambda: fc.bucketized_column(fc.numeric_column("a", shape=(2, 3)), [0]),
            ValueError,
            "one-dimensional",
        ),
        (lambda: fc.categorical_column_with_vocabulary_list("v", []), ValueError, "non-empty"),
        (lambda: fc.categorical_column_with_vocabulary_list("v", ["a", "a"]), ValueError, "Dupl"),
        (lambda: fc.categorical_column_with_vocabulary_list("v", [1.5]), ValueError, "vocabulary"),
        (
            lambda: fc.categorical_column_with_vocabulary_list("v", ["a"], dtype=tf.int64),
            ValueError,
            "do not match",
        ),
        (
            lambda: fc.categorical_column_with_vocabulary_list("v", ["a"], num_oov_buckets=-2),
            ValueError,
            "Invalid num_oov_buckets -2",
        ),
        (
            lambda: fc.categorical_column_with_vocabulary_file(
                "v", "x", 3, default_value=1, num_oov_buckets=1
            ),
            ValueError,
            "Can't specify both",
        ),
        (lambda: fc.categorical_column_with_vocabulary_file("v", ""), ValueError, "Missing"),
        (lambda: fc.categorical_column_with_vocabulary_file("v", "/no"), ValueError, "not exist"),
        (lambda: fc.categorical_column_with_hash_bucket("h", 0), ValueError, "at least 1"),
        (lambda: fc.categorical_column_with_hash_bucket("h", None), ValueError, "must be set"),
        (lambda: fc.categorical_column_with_identity("i", 0), ValueError, "0 < 1"),
        (lambda: fc.categorical_column_with_identity("i", 9, 9), ValueError, "not in range"),
        (lambda: fc.indicator_column(NUMBER), ValueError, "CategoricalColumn"),
        (lambda: fc.embedding_column(HASHED, 0), ValueError, "Invalid dimension 0"),
        (lambda: fc.embedding_column(HASHED, 4, initializer=3), ValueError, "callable"),
        (
            lambda: fc.embedding_column(HASHED, 4, ckpt_to_load_from="x"),
            ValueError,
            "none of them",
        ),
        (lambda: fc.shared_embeddings([HASHED], 4), RuntimeError, "eager execution"),
        (lambda: fc.crossed_column(["a"], 9), ValueError, "length > 1"),
        (lambda: fc.crossed_column(["a", NUMBER], 9), ValueError, "Unsupported key type"),
        (lambda: fc.crossed_column(["a", HASHED], 9), ValueError, "not supported for crossing"),
        (lambda: fc.crossed_column(["a", "b"], 0), ValueError, "must be > 1"),
        (
            lambda: fc.weighted_categorical_column(WORDS, "w", tf.string),
            ValueError,
            "not convertible",
        ),
        (lambda: fc.sequence_numeric_column("s", dtype=tf.string), ValueError, "convertible"),
        (lambda: fc.make_parse_example_spec(["a"]), ValueError, "FeatureColumn instances"),
        (
            lambda: fc.make_parse_example_spec([NUMBER, fc.numeric_column("a", dtype=tf.int64)]),
            ValueError,
            "different parse_spec for key a",
        ),
    ],
)
def test_columns_that_cannot_be(make, kind, text):
    with pytest.raises(kind) as raised:
        make()
    assert text in str(raised.value)


# ---- computing -----------------------------------------------------------------------------------


def test_numbers():
    doubled = fc.numeric_column("a", normalizer_fn=lambda x: x * 2)
    found = doubled.get_dense_tensor(cache(a=np.array([1, 2])), None)
    assert found.dtype is tf.float32
    assert found.numpy().tolist() == [[2.0], [4.0]]
    with pytest.raises(ValueError, match="Feature a is not in features"):
        NUMBER.transform_feature(cache(), None)
    with pytest.raises(ValueError, match="SparseTensor is not supported"):
        NUMBER.transform_feature(cache(a=tf.sparse.from_dense([[1.0]])), None)


def test_buckets():
    features = cache(a=[[-1.0], [0.0], [2.0]])
    dense = BUCKETS.get_dense_tensor(features, None)
    assert dense.numpy().tolist() == [[[1, 0, 0]], [[0, 1, 0]], [[0, 0, 1]]]
    sparse = BUCKETS.get_sparse_tensors(features, None).id_tensor
    assert sparse.indices.numpy().tolist() == [[0, 0], [1, 0], [2, 0]]
    assert sparse.values.numpy().tolist() == [0, 1, 2]
    pair = fc.bucketized_column(PAIR, [0.0, 1.0]).get_sparse_tensors(cache(p=[[2.0, 0.5]]), None)
    assert pair.id_tensor.values.numpy().tolist() == [2, 4]


def test_categories():
    features = cache(i=[[1], [-1], [12]])
    ids = IDENTITY.get_sparse_tensors(features, None).id_tensor
    assert ids.indices.numpy().tolist() == [[0, 0], [2, 0]]
    assert ids.values.numpy().tolist() == [1, 12]
    clipped = fc.categorical_column_with_identity("i", 10, 3)
    assert clipped.get_sparse_tensors(features, None).id_tensor.values.numpy().tolist() == [1, 3]
    counts = INDICATOR.get_dense_tensor(cache(i=[[1, 2], [3, 3]]), None).numpy()
    assert counts.tolist() == [[0, 1, 1, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 2, 0, 0, 0, 0, 0, 0]]
    pair = WEIGHTED.get_sparse_tensors(cache(i=[[1, 2]], w=[[0.5, 0.0]]), None)
    assert pair.weight_tensor.values.numpy().tolist() == [0.5, 0.0]
    with pytest.raises(ValueError, match="not integer"):
        IDENTITY.transform_feature(cache(i=[["a"]]), None)


def buckets(column, **features):
    found = column.get_sparse_tensors(cache(**features), None).id_tensor
    return found.indices.numpy().tolist(), found.values.numpy().tolist()


def test_words_are_spread_by_their_hash_as_in_tensorflow():
    hashed = fc.categorical_column_with_hash_bucket
    places = [[0, 0], [0, 1], [1, 1]]
    assert buckets(hashed("w", 100), w=[["a", "b"], ["", "c"]]) == (places, [39, 22, 72])
    assert buckets(hashed("n", 100, tf.int64), n=[[5], [6]]) == ([[0, 0], [1, 0]], [71, 87])
    for column, value, match in (
        (
            hashed("n", 100),
            [[1]],
            "dtype: <dtype: 'string'>, tensor dtype: <dtype: 'int32'>",
        ),
        (hashed("n", 100, tf.int64), [["1"]], "tensor dtype: <dtype: 'string'>"),
        (hashed("n", 100), [[1.0]], "column_name: n input_tensor dtype must be string or integer"),
    ):
        with pytest.raises(ValueError, match=match):
            buckets(column, n=value)


def test_combinations_are_spread_by_their_hash_as_in_tensorflow():
    features = {"w": tf.constant([["a", "b"], ["", "c"]]), "n": tf.constant([[5], [6]])}
    crossed = fc.crossed_column(["w", "n"], 1000)
    places = [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert buckets(crossed, **features) == (places, [463, 673, 925, 994])
    numbers_of_n = fc.categorical_column_with_identity("n", 50)
    keyed = fc.crossed_column(["w", numbers_of_n], 1000, hash_key=5)
    assert buckets(keyed, **features)[1] == [617, 585, 581, 926]
    features["w"] = tf.sparse.from_dense(features["w"])
    assert buckets(keyed, **features) == (places[:3], [911, 513, 386])
    nested = fc.crossed_column(["w", crossed], 100)
    assert buckets(nested, **features)[1] == [61, 44, 5, 48, 59]
    weighted = fc.weighted_categorical_column(numbers_of_n, "q")
    with pytest.raises(ValueError, match=r"does not support weight_tensor.*n_weighted_by_q"):
        buckets(fc.crossed_column(["w", weighted], 10), q=[[1.0], [2.0]], **features)


def numbers(column, *rows):
    return column.get_sparse_tensors(cache(v=[list(rows)]), None).id_tensor.values.numpy().tolist()


def test_words_are_numbered_by_a_list():
    words = fc.categorical_column_with_vocabulary_list
    assert numbers(words("v", ["x", "y"]), "y", "x", "z") == [1, 0, -1]
    assert numbers(words("v", ["x", "y"], default_value=1), "z") == [1]
    assert numbers(words("v", ["R", "G", "B"], num_oov_buckets=3), "X", "G", "Y") == [3, 1, 4]
    assert numbers(words("v", [10, 20, 30]), 30, 77) == [2, -1]
    assert numbers(words("v", [10, 20, 30], num_oov_buckets=2), 77, 30) == [4, 2]


def test_words_are_numbered_by_a_file():
    with tf.io.gfile.GFile("memory://words", "w") as file:
        file.write("x\ny\nz\n")
    words = fc.categorical_column_with_vocabulary_file
    assert numbers(words("v", "memory://words"), "z", "?") == [2, -1]
    assert numbers(words("v", "memory://words", vocabulary_size=2), "z", "y") == [-1, 1]
    column = words("v", "memory://words", vocabulary_size=9)
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected 9 but got 3"):
        numbers(column, "x")
    options = tf.io.TFRecordOptions(compression_type="GZIP")
    with tf.io.TFRecordWriter("memory://records", options) as writer:
        for word in (b"x", b"y"):
            writer.write(word)
    column = words("v", "memory://records", file_format="tfrecord_gzip")
    assert column.num_buckets == 2 and numbers(column, "y", "z") == [1, -1]


def test_words_are_no_integers():
    for column, values in (
        (WORDS, [[1]]),
        (fc.categorical_column_with_vocabulary_list("v", [1]), [["1"]]),
    ):
        with pytest.raises(ValueError, match="Column dtype and SparseTensors dtype must be"):
            column.get_sparse_tensors(cache(v=values), None)
    with pytest.raises(ValueError, match="must be string or integer"):
        WORDS.get_sparse_tensors(cache(v=[[1.5]]), None)


def test_a_column_is_copied_without_its_table():
    numbers(WORDS, "x")
    twin = copy.deepcopy(WORDS)
    assert twin == WORDS and "_table" not in vars(twin)


def test_what_needs_layers_says_so():
    uses = [
        EMBEDDING.get_dense_tensor,
        SEQUENCE.get_sparse_tensors,
        NUMBERS.get_sequence_dense_tensor,
        INDICATOR.get_sequence_dense_tensor,
    ]
    for use in uses:
        with pytest.raises(NotImplementedError, match="layer"):
            use(cache(), None)
