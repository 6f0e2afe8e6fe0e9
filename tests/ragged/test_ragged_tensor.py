"""RaggedTensor: its factories and what they refuse, its parts, its texts, in eager mode and graphs.

Read next: headrace/_src/ragged/ragged_tensor.py.
"""

import copy
import pickle

import numpy as np
import pytest

import headrace as tf

Invalid = tf.errors.InvalidArgumentError
Ragged = tf.RaggedTensor
ragged = tf.ragged.constant
VALUES = [3, 1, 4, 1, 5]


@pytest.mark.parametrize(
    ("factory", "told"),
    [
        (Ragged.from_row_splits, [0, 4, 4, 5]),
        (Ragged.from_row_lengths, [4, 0, 1]),
        (Ragged.from_value_rowids, [0, 0, 0, 0, 2]),
        (Ragged.from_row_starts, [0, 4, 4]),
        (Ragged.from_row_limits, [4, 4, 5]),
    ],
)
def test_factories(factory, told):
    for validate in (True, False):
        x = factory(VALUES, told, validate=validate)
        assert repr(x) == str(x) == "<tf.RaggedTensor [[3, 1, 4, 1], [], [5]]>"
        assert x.row_splits.dtype == tf.int64
        assert x.shape.as_list() == [3, None]
        assert x.row_splits.numpy().tolist() == [0, 4, 4, 5]
        assert x.row_lengths().numpy().tolist() == [4, 0, 1]
        assert x.value_rowids().numpy().tolist() == [0, 0, 0, 0, 2]
        assert x.row_starts().numpy().tolist() == [0, 4, 4]
        assert x.row_limits().numpy().tolist() == [4, 4, 5]
        assert x.nrows().numpy() == 3
    assert factory(VALUES, np.array(told, np.int32)).row_splits.dtype == tf.int32
    assert factory(VALUES, tf.constant(told)).row_splits.dtype == tf.int32
    with pytest.raises(ValueError, match="must have rank 1"):
        factory(VALUES, 3)
    with pytest.raises(ValueError, match="must have dtype int32 or int64"):
        factory(VALUES, [0.0, 5.0])
    with pytest.raises(TypeError, match="must have type bool"):
        factory(VALUES, told, validate=3)


SIGN = "Condition x >= 0 did not hold element-wise"
FORM = "do not form a valid"


@pytest.mark.parametrize(
    ("make", "raises", "match"),
    [
        (lambda: Ragged.from_row_splits([1, 2, 3], [0, 2, 4]), Invalid, f"_row_partition {FORM}"),
        (
            lambda: Ragged.from_row_splits([1, 2, 3], [1, 2, 3]),
            Invalid,
            f"{FORM} RaggedTensor:zero",
        ),
        (lambda: Ragged.from_row_splits([1, 2], [0, 2, 1, 2]), Invalid, "monotonic.  \nCondition"),
        (lambda: Ragged.from_row_splits([1], []), ValueError, "row_splits tensor may not be empty"),
        (
            lambda: Ragged.from_row_lengths([1, 2], [3, -1]),
            Invalid,
            f"{FORM} RowPartition.  \n{SIGN}",
        ),
        (lambda: Ragged.from_value_rowids([1, 2], [1, 0]), Invalid, SIGN),
        (lambda: Ragged.from_value_rowids([1, 2], [-1, 0]), Invalid, SIGN),
        (lambda: Ragged.from_value_rowids([1, 2], [0]), ValueError, "are incompatible"),
        (lambda: Ragged.from_value_rowids([1], [5], 3), ValueError, "got nrows=3, value_rowids"),
        (lambda: Ragged.from_value_rowids([1], [5], -3), ValueError, "Expected nrows >= 0; got -3"),
        (
            lambda: Ragged.from_row_starts([1, 2, 3], [1, 2]),
            Invalid,
            "Condition x == y did not hold",
        ),
        (
            lambda: Ragged.from_row_starts([1, 2, 3], [0, 4]),
            Invalid,
            "Condition x <= y did not hold",
        ),
        (lambda: Ragged.from_row_limits([1, 2, 3], [2, 1, 3]), Invalid, SIGN),
        (
            lambda: Ragged.from_row_limits([1, 2, 3], [1, 2]),
            Invalid,
            "Condition x == y did not hold",
        ),
        (
            lambda: Ragged.from_uniform_row_length([1, 2, 3], 2),
            ValueError,
            "times nrows=1 must equal",
        ),
        (lambda: Ragged.from_uniform_row_length([1], -1), ValueError, "must be >= 0"),
        (
            lambda: Ragged.from_uniform_row_length([1, 2], 0),
            ValueError,
            "times nrows=0 must equal nv",
        ),
        (
            lambda: Ragged.from_nested_row_splits([1], tf.constant([[0]])),
            TypeError,
            "must be a list",
        ),
        (
            lambda: Ragged.from_nested_value_rowids([1], [[0]], [1, 2]),
            ValueError,
            "must have the same length as argument",
        ),
        (lambda: Ragged(1, 2), ValueError, "RaggedTensor constructor is private"),
        (lambda: hash(ragged([[1]])), TypeError, "RaggedTensor is unhashable"),
        (lambda: bool(ragged([[1]])), TypeError, "RaggedTensor may not be used as a boolean"),
        (lambda: tf.convert_to_tensor(ragged([[1]])), ValueError, "'RaggedTensor' has no len"),
        (lambda: ragged([[1]]).with_values([1, 2]), ValueError, "are incompatible"),
        (
            lambda: ragged([[1]]).with_row_splits_dtype("float32"),
            ValueError,
            "must be int32 or int",
        ),
        (
            lambda: ragged([[1]]).row_lengths(axis=2),
            ValueError,
            "axis=2 out of bounds: expected -2",
        ),
        (lambda: ragged([[1]]).merge_dims(1, 0), ValueError, "less than or equal to inner_axis"),
        (lambda: ragged([[1]]).merge_dims(0, 2), ValueError, "inner_axis=2 out of bounds"),
        (
            lambda: Ragged.from_row_splits(
                ragged([[1]], row_splits_dtype=tf.int32), tf.constant([0, 1], tf.int64)
            ),
            ValueError,
            "must have same dtype as Argument `values`",
        ),
    ],
)
def test_what_is_refused(make, raises, match):
    with pytest.raises(raises, match=match.replace("(", "\\(")):
        make()


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([[1, 2], [3]], "[[1, 2], [3]]"),
        ([[1, 2], [3, 4]], "[[1, 2],\n [3, 4]]"),
        ([[1.5, 2], [3]], "[[1.5, 2.0], [3.0]]"),
        ([[0.1, 1e10, 1e-7], [1 / 3]], "[[0.1, 1e+10, 1e-07], [0.33333334]]"),
        ([["a", b"b"], []], "[[b'a', b'b'], []]"),
        ([[True, False], [True]], "[[True, False], [True]]"),
        ([[1 + 2j], []], "[[(1+2j)], []]"),
        ([[], []], "[[], []]"),
        ([[[1, 2]], [[3, 4], [5, 6]]], "[[[1, 2]], [[3, 4],\n            [5, 6]]]"),
        ([[[1, 2], [3]], [[4]]], "[[[1, 2], [3]], [[4]]]"),
        ([[[]], []], "[[[]], []]"),
        ([list(range(2000)), [1]], "[[0, 1, 2, ..., 1997, 1998, 1999], [1]]"),
        ([[i] * (i % 3) for i in range(1500)], "[[], [1], [2, 2], ..., [], [1498], [1499, 1499]]"),
    ],
)
def test_texts(rows, text):
    assert repr(ragged(rows)) == f"<tf.RaggedTensor {text}>"


def test_texts_in_graphs():
    seen = []

    @tf.function
    def f(x):
        seen.extend([repr(x), x._type_spec])
        with pytest.raises(ValueError, match="to_list can only be used in eager mode"):
            x.to_list()
        with pytest.raises(ValueError, match=r"numpy\(\) is only supported in eager mode"):
            x.numpy()
        with pytest.raises(TypeError, match="Failed to convert elements of"):
            tf.convert_to_tensor(x)
        return x

    assert f(ragged([[1, 2], [3]])).to_list() == [[1, 2], [3]]
    assert seen == [
        (
            'tf.RaggedTensor(values=Tensor("x:0", shape=(None,), dtype=int32), '
            'row_splits=Tensor("x_1:0", shape=(3,), dtype=int64))'
        ),
        tf.RaggedTensorSpec([2, None], tf.int32),
    ]


def test_nested():
    x = Ragged.from_nested_row_splits([3, 1, 4], [[0, 2], [0, 1, 3]])
    assert x.to_list() == [[[3], [1, 4]]] == x.to_list()
    assert Ragged.from_nested_row_lengths([3, 1, 4], [[2], [1, 2]]).to_list() == x.to_list()
    rowids = [[0, 0], [0, 1, 1]]
    assert Ragged.from_nested_value_rowids([3, 1, 4], rowids, [1, 2]).to_list() == x.to_list()
    assert (x.ragged_rank, x.shape.as_list()) == (2, [1, None, None])
    assert [t.numpy().tolist() for t in x.nested_row_splits] == [[0, 2], [0, 1, 3]]
    assert [t.numpy().tolist() for t in x.nested_row_lengths()] == [[2], [1, 2]]
    assert [t.numpy().tolist() for t in x.nested_value_rowids()] == rowids
    assert x.row_lengths(axis=2).to_list() == [[1, 2]]
    assert x.bounding_shape().numpy().tolist() == [1, 2, 2]
    assert x.bounding_shape(axis=2, out_type=tf.int32).numpy() == 2
    assert x.bounding_shape(axis=[0, 2]).numpy().tolist() == [1, 2]
    assert x.with_flat_values([1.0, 2.0, 3.0]).to_list() == [[[1], [2, 3]]]
    assert x.with_row_splits_dtype(tf.int32).nested_row_splits[1].dtype == tf.int32
    assert x.consumers() == []


def test_merging_dimensions():
    x = ragged([[[1, 2], [3]], [[4]]])
    assert x.merge_dims(0, 1).to_list() == [[1, 2], [3], [4]]
    assert x.merge_dims(-2, -1).to_list() == [[1, 2, 3], [4]]
    assert x.merge_dims(0, 2).numpy().tolist() == [1, 2, 3, 4]
    assert x.merge_dims(1, 1) is x
    y = ragged([[[1, 2], [2, 3]], [[3, 4]]], ragged_rank=1)
    assert y.merge_dims(1, 2).to_list() == [[1, 2, 2, 3], [3, 4]]
    assert y.row_lengths(axis=2).to_list() == [[2, 2], [2]]
    z = Ragged.from_tensor(np.arange(8).reshape(2, 2, 2), ragged_rank=2)
    assert z.merge_dims(1, 2).shape.as_list() == [2, 4]


def test_uniform_rows():
    x = Ragged.from_uniform_row_length(ragged([[1], [2, 3], [4], [5]]), 2)
    assert x.shape.as_list() == [2, 2, None]
    assert x.uniform_row_length.numpy() == 2
    assert repr(x._row_partition) == "tf.RowPartition(nrows=2, uniform_row_length=2)"
    assert Ragged.from_uniform_row_length([], 0, nrows=2).shape.as_list() == [2, 0]
    assert tf.function(lambda t: t)(x).shape.as_list() == [2, 2, None]


def test_to_numpy():
    assert ragged([[1, 2], [3, 4]]).numpy().tolist() == [[1, 2], [3, 4]]
    rows = ragged([[1, 2], [3]]).numpy()
    assert rows.dtype == object
    assert [row.tolist() for row in rows] == [[1, 2], [3]]


def test_pickling_and_copying():
    for x in (ragged([[[1], [2, 3]], []]), Ragged.from_uniform_row_length([1, 2, 3, 4], 2)):
        for y in (pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x)):
            assert y.to_list() == x.to_list()
            assert y._type_spec == x._type_spec


def test_as_a_composite():
    x = ragged([[1, 2], [3]])
    assert tf.is_tensor(x)
    assert tf.type_spec_from_value(x) == tf.RaggedTensorSpec([2, None], tf.int32)
    flat = tf.nest.flatten({"a": x}, expand_composites=True)
    assert [t.numpy().tolist() for t in flat] == [[1, 2, 3], [0, 2, 3]]
    assert tf.nest.flatten({"a": x})[0] is x
    packed = tf.nest.pack_sequence_as({"a": x}, flat, expand_composites=True)
    assert packed["a"].to_list() == x.to_list()
    assert tf.identity(x).to_list() == x.to_list()


def test_one_trace_for_many_batches():
    traces = []

    @tf.function(input_signature=[tf.RaggedTensorSpec([None, None], tf.float32)])
    def f(x):
        traces.append(x)
        total = tf.math.unsorted_segment_sum(x.values, x.value_rowids(), x.nrows())
        return x.with_values(x.values * 2), total, x.to_tensor(), x.to_sparse().indices

    for rows in ([[1.0, 2.0], [3.0]], [[1.0], [], [3.0, 4.0, 5.0]], [[], [7.0]]):
        doubled, total, dense, places = f(ragged(rows, tf.float32))
        assert doubled.to_list() == [[2 * v for v in row] for row in rows]
        assert total.numpy().tolist() == [sum(row) for row in rows]
        assert dense.shape == (len(rows), max(map(len, rows)))
        assert places.shape == (sum(map(len, rows)), 2)
    assert len(traces) == 1


def test_captured_and_through_control_flow():
    x = ragged([[1, 2], [3]])

    @tf.function
    def f(p, n):
        y = tf.cond(p, lambda: x, lambda: x.with_values(-x.values))
        for _ in tf.range(n):
            y = y.with_values(y.values * 2)
        return tf.while_loop(
            lambda i, _: i < 2, lambda i, t: (i + 1, t.with_values(t.values + 1)), (0, y)
        )

    assert f(tf.constant(True), tf.constant(1))[1].to_list() == [[4, 6], [8]]
    assert f(tf.constant(False), tf.constant(0))[1].to_list() == [[1, 0], [-1]]


def test_gradients_are_ragged():
    x = ragged([[1.0, 2.0], [3.0]])

    def slope():
        with tf.GradientTape() as tape:
            tape.watch(x.flat_values)
            y = x.with_values(x.values**2).to_tensor()
        return tape.gradient(y, x)

    for found in (slope(), tf.function(slope)()):
        assert found.to_list() == [[2.0, 4.0], [6.0]]


def test_row_numbers_of_many_values_in_a_function():
    lengths = np.random.default_rng(0).integers(0, 20, 3000)
    x = Ragged.from_row_lengths(np.arange(lengths.sum()), lengths)
    ids = tf.function(lambda t: t.value_rowids())(x)
    np.testing.assert_array_equal(ids, np.repeat(np.arange(3000), lengths))
