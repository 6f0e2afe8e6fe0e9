"""tf.io.RaggedFeature: features of examples and sequences with rows of their own lengths.

Read next: headrace/_src/ragged/features.py.
"""

import pytest

import headrace as tf

Ragged = tf.io.RaggedFeature
i64 = tf.int64


def feature(values):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def features(given):
    return tf.train.Features(feature={key: feature(values) for key, values in given.items()})


def example(**given):
    return tf.train.Example(features=features(given)).SerializeToString()


def sequence(context, **lists):
    made = {
        key: tf.train.FeatureList(feature=[feature(values) for values in steps])
        for key, steps in lists.items()
    }
    return tf.train.SequenceExample(
        context=features(context), feature_lists=tf.train.FeatureLists(feature_list=made)
    ).SerializeToString()


BATCH = [
    example(v=[1, 2, 3], l=[2, 1], s=[0, 2, 3], b=[0, 2], e=[2, 3], r=[0, 0, 2], o=[1, 1]),
    example(v=[4, 5], l=[2], s=[0, 2], b=[0], e=[2], r=[0, 1], o=[1]),
    example(),
]
CUT = [[[1, 2], [3]], [[4, 5]], []]


@pytest.mark.parametrize(
    ("partitions", "rows"),
    [
        ([], [[1, 2, 3], [4, 5], []]),
        ([Ragged.RowLengths("l")], CUT),
        ([Ragged.RowSplits("s")], CUT),
        ([Ragged.RowStarts("b")], CUT),
        ([Ragged.RowLimits("e")], CUT),
        ([Ragged.ValueRowIds("r")], [[[1, 2], [], [3]], [[4], [5]], []]),
        ([Ragged.UniformRowLength(1)], [[[1], [2], [3]], [[4], [5]], []]),
        (
            [Ragged.RowLengths("o"), Ragged.RowLengths("l")],
            [[[[1, 2]], [[3]]], [[[4, 5]]], []],
        ),
        (
            [Ragged.UniformRowLength(1), Ragged.RowLengths("l")],
            [[[[1, 2]], [[3]]], [[[4, 5]]], []],
        ),
    ],
)
def test_partitions(partitions, rows):
    asked = {"x": Ragged(i64, "v", partitions, validate=True)}
    found = tf.io.parse_example(BATCH, asked)["x"]
    assert found.to_list() == rows
    assert found.row_splits.dtype == tf.int32
    traced = tf.function(lambda batch: tf.io.parse_example(batch, asked)["x"])
    assert traced(tf.constant(BATCH)).to_list() == rows
    one = tf.io.parse_single_example(BATCH[0], asked)["x"]
    assert (one.numpy().tolist() if isinstance(one, tf.Tensor) else one.to_list()) == rows[0]


def test_a_partition_that_does_not_fit():
    asked = {"v": Ragged(i64, partitions=[Ragged.RowLengths("o")], validate=True)}
    with pytest.raises(tf.errors.InvalidArgumentError, match="do not form a valid RaggedTensor"):
        tf.io.parse_example(BATCH[:2], asked)


def test_sequences():
    rows = [sequence({"v": [7, 8]}, x=[[1, 2], [3]], y=[[2], [1]]), sequence({}, x=[[4]], y=[[1]])]
    lengths = [Ragged.RowLengths("y")]
    context, lists, _ = tf.io.parse_sequence_example(rows, {"v": Ragged(i64)}, {"x": Ragged(i64)})
    assert context["v"].to_list() == [[7, 8], []]
    assert lists["x"].to_list() == [[[1, 2], [3]], [[4]]]
    _, lists, _ = tf.io.parse_sequence_example(rows, {}, {"x": Ragged(i64, partitions=lengths)})
    assert lists["x"].to_list() == [[[[1, 2]], [[3]]], [[[4]]]]
    _, lists = tf.io.parse_single_sequence_example(rows[0], {}, {"x": Ragged(i64)})
    assert lists["x"].to_list() == [[1, 2], [3]]
