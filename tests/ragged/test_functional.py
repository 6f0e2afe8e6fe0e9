"""tf.ragged.map_flat_values, stack_dynamic_partitions, range and the numbers of rows.

Read next: headrace/_src/ragged/functional.py.
"""

import pytest

import headrace as tf

Invalid = tf.errors.InvalidArgumentError
ragged = tf.ragged.constant
X = ragged([[1, 2], [3]])


def test_mapping():
    each = tf.ragged.map_flat_values
    assert each(tf.multiply, X, X).to_list() == [[1, 4], [9]]
    assert each(tf.add, x=X, y=5).to_list() == [[6, 7], [8]]
    assert each(tf.stack, [X, X], axis=-1).to_list() == [[[1, 1], [2, 2]], [[3, 3]]]
    assert each(tf.add, 1, 2).numpy() == 3
    assert each(lambda _: ragged([[1], [2], [3, 4]]), X).to_list() == [[[1], [2]], [[3, 4]]]
    assert tf.function(lambda x: each(tf.negative, x))(X).to_list() == [[-1, -2], [-3]]


@pytest.mark.parametrize(
    ("op", "inputs", "raises", "match"),
    [
        (tf.multiply, [X, ragged([[1], [3, 2]])], Invalid, "partitions have incompatible row_spli"),
        (tf.multiply, [X, ragged([[1], [3]])], ValueError, "Got sizes: {2, 3}"),
        (tf.reduce_sum, [X], ValueError, "expected outer dimension size: 3"),
        (lambda x: x[:2], [X], ValueError, "expected outer dimension size: 3"),
        (tf.add, [X, ragged([[[1], [2]], [[3]]])], ValueError, "must have the same ragged_rank"),
        (tf.add, [X, X.with_row_splits_dtype("int32")], ValueError, "mismatched row partition dty"),
    ],
)
def test_what_mapping_refuses(op, inputs, raises, match):
    with pytest.raises(raises, match=match):
        tf.ragged.map_flat_values(op, *inputs)


def test_stacking_partitions():
    stacked = tf.ragged.stack_dynamic_partitions
    words = stacked(["a", "b", "c", "d"], [1, 0, 1, 3], 4)
    assert words.to_list() == [[b"b"], [b"a", b"c"], [], [b"d"]]
    assert stacked([[1, 2], [3, 4]], [[1, 0], [0, 0]], 2).to_list() == [[2, 3, 4], [1]]
    assert stacked(X, ragged([[1, 0], [1]]), 2).to_list() == [[2], [1, 3]]
    assert stacked(3, 1, 2).to_list() == [[], [3]]
    assert stacked(ragged([[1, 2], [3], [4]]), [1, 0, 1], 2).to_list() == [[[3]], [[1, 2], [4]]]
    for partitions, match in (([0, 5], "must be less than num"), ([-1, 0], "must be non-negative")):
        with pytest.raises(Invalid, match=match):
            stacked([1, 2], partitions, 2)
    with pytest.raises(ValueError, match="must have rank 0"):
        stacked([1], [0], [2])


def test_ranges():
    range_of = tf.ragged.range
    assert range_of([3, 0, 2]).to_list() == [[0, 1, 2], [], [0, 1]]
    assert range_of([0, 5], [3, 3], [1, -1]).to_list() == [[0, 1, 2], [5, 4]]
    halves = range_of([0, 0], [1.0, 2.0], 0.5, row_splits_dtype=tf.int32)
    assert halves.to_list() == [[0, 0.5], [0, 0.5, 1, 1.5]]
    assert halves.row_splits.dtype == tf.int32
    assert repr(range_of([0.1], [1.0], [0.3])) == "<tf.RaggedTensor [[0.1, 0.4, 0.70000005]]>"
    assert range_of([3], dtype=tf.float32).dtype == tf.float32
    assert tf.function(range_of)(tf.constant([1, 2])).to_list() == [[0], [0, 1]]
    with pytest.raises(Invalid, match="Requires delta != 0"):
        range_of([1], [2], [0])


def test_numbers_of_rows():
    ids, splits = tf.ragged.row_splits_to_segment_ids, tf.ragged.segment_ids_to_row_splits
    assert ids([0, 3, 3, 5]).numpy().tolist() == [0, 0, 0, 2, 2]
    assert ids([0, 2], out_type=tf.int32).dtype == ids(tf.constant([0, 2])).dtype == tf.int32
    assert splits([0, 0, 2]).numpy().tolist() == [0, 2, 2, 3]
    assert splits([0, 0, 2], 5).numpy().tolist() == [0, 2, 2, 3, 3, 3]
    assert splits([0, 0, 2], 2).numpy().tolist() == [0, 2, 2]
    assert splits([]).numpy().tolist() == [0]
    assert splits([0, 1], tf.constant(3)).dtype == splits([0], out_type=tf.int32).dtype == tf.int32
    assert tf.function(splits)(tf.constant([0, 2])).numpy().tolist() == [0, 1, 1, 2]
    for call, given, raises, match in (
        (ids, [], ValueError, r"Invalid row_splits: \[\]"),
        (ids, 3, ValueError, "must have rank 1"),
        (ids, [0.0], ValueError, "splits must have dtype int32 or int64"),
        (splits, [0.0], TypeError, "must be of type integer"),
        (splits, [-1, 0], Invalid, "must be non-negative"),
    ):
        with pytest.raises(raises, match=match):
            call(given)
