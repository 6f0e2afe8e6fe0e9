"""DynamicRaggedShape.Spec: batches of shapes, and what pickle makes of ragged things.

Read next: headrace/_src/ragged/dynamic_shape_spec.py.
"""

import copy
import pickle

import pytest

import headrace as tf

Shape = tf.experimental.DynamicRaggedShape
RAGGED = tf.ragged.constant([[1, 2], [], [3]])


def spec_of(*lengths):
    return tf.type_spec_from_value(Shape.from_lengths(list(lengths)))


def told(spec):
    """The partitions as (nrows, nvals, uniform_row_length), and the inner shape."""
    parts = [(p.nrows, p.nvals, p.uniform_row_length) for p in spec._row_partitions]
    inner = spec._static_inner_shape
    return parts, None if inner.rank is None else inner.as_list()


@pytest.mark.parametrize(
    "spec, size, expected",
    [
        (spec_of(3, (2, 0, 1)), 2, ([(2, 6, 3), (6, 6, None)], [6])),
        (spec_of(3, (2, 0, 1)), None, ([(None, None, 3), (None, None, None)], [None])),
        (spec_of(2, 3), 4, ([], [4, 2, 3])),
        (spec_of(2, 3), None, ([(None, None, 2)], [None, 3])),
        (spec_of(), 3, ([], [3])),
        (Shape.Spec([], None, tf.int64), 3, ([], None)),
    ],
)
def test_a_batch_of_shapes(spec, size, expected):
    assert told(spec._batch(size)) == expected


@pytest.mark.parametrize(
    "spec, expected",
    [
        (spec_of(3, (2, 0, 1)), ([], [None])),
        (spec_of(3, (2, 0, 1))._batch(2), ([(3, None, None)], [None])),
        (spec_of(2, 3, (1, 2, 3, 4, 5, 6), 7), ([(3, None, None)], [None, 7])),
        (spec_of(2, 3), ([], [3])),
        (spec_of(), ([], [])),
        (Shape.Spec([], None, tf.int64), ([], None)),
    ],
)
def test_a_row_of_a_batch(spec, expected):
    assert told(spec._unbatch()) == expected


@pytest.mark.parametrize(
    "value",
    [RAGGED, tf.shape(RAGGED), tf.experimental.RowPartition.from_row_splits([0, 2, 2, 3])]
    + [tf.type_spec_from_value(x) for x in (RAGGED, tf.shape(RAGGED))],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("copied", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy])
def test_copies(value, copied):
    again = copied(value)
    assert type(again) is type(value) and repr(again) == repr(value)
