"""Sets and edit distances of many rows at once, against Python's sets and a plain table."""

import numpy as np
import pytest

import headrace as tf

OPERATIONS = {
    "intersection": set.intersection,
    "union": set.union,
    "difference": set.difference,
}
WIDE = np.array([-(2**63), -1, 0, 1, 7, 2**63 - 1], np.int64)
POOLS = {
    "small": np.arange(6, dtype=np.int32),
    "unsigned": np.array([0, 1, 2, 254, 255], np.uint8),
    "wide": WIDE,
    "text": np.array([b"", b"a", b"ab", b"b"], object),
}


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_sets_are_those_of_python(operation, pool):
    random = np.random.default_rng(1)
    a, b = (random.choice(POOLS[pool], (3, 2, width)) for width in (4, 5))
    found = getattr(tf.sets, operation)(a, b)
    wanted = {
        row: sorted(OPERATIONS[operation](set(a[row].tolist()), set(b[row].tolist())))
        for row in np.ndindex(3, 2)
    }
    places = [[*row, i] for row, values in wanted.items() for i in range(len(values))]
    assert found.indices.numpy().tolist() == places
    assert found.values.numpy().tolist() == [v for values in wanted.values() for v in values]
    assert found.dense_shape.numpy().tolist() == [3, 2, max(map(len, wanted.values()))]
    sizes = tf.sets.size(found).numpy()
    assert sizes.reshape(-1).tolist() == [len(values) for values in wanted.values()]


def distance(x, y):
    """Levenshtein's, a number at a time."""
    row = list(range(len(y) + 1))
    for i, one in enumerate(x):
        above, row = row, [i + 1]
        for j, other in enumerate(y):
            row.append(min(above[j + 1] + 1, row[j] + 1, above[j] + (one != other)))
    return row[-1]


@pytest.mark.parametrize("dtype", [tf.int64, tf.string])
def test_distances_of_more_sequences_than_a_block(dtype):
    random = np.random.default_rng(2)
    both = [
        [random.integers(0, 3, random.integers(0, 6)).tolist() for _ in range(300)]
        for _ in range(2)
    ]
    sparse = []
    for rows in both:
        places = [[i, j] for i, row in enumerate(rows) for j in range(len(row))]
        values = [str(v) if dtype is tf.string else v for row in rows for v in row]
        sparse.append(tf.SparseTensor(places, tf.constant(values, dtype), [300, 6]))
    found = tf.edit_distance(*sparse, normalize=False).numpy()
    assert found.tolist() == [distance(x, y) for x, y in zip(*both, strict=True)]


UNSORTED = {
    "a": tf.SparseTensor([[0, 0], [1, 0], [0, 1], [2, 0], [1, 1]], [1, 2, 3, 4, 5], [3, 3]),
    "b": tf.SparseTensor([[1, 0], [0, 1], [0, 0]], [5, 1, 3], [3, 3]),
    "dense": tf.constant([[1, 2, 3], [0, 1, 2], [5, 1, 3]]),
}


@pytest.mark.parametrize(
    "operation, one, two, rows, values",
    [
        ("intersection", "a", "b", [0], [3]),
        ("union", "a", "b", [0, 1, 1, 0, 0, 2, 1], [1, 2, 5, 1, 3, 4, 5]),
        ("difference", "a", "b", [0, 1, 2, 1], [1, 2, 4, 5]),
        ("intersection", "dense", "a", [0, 1], [1, 2]),
        ("intersection", "dense", "b", [], []),
        ("union", "a", "dense", [0, 0, 0, 1, 1, 1, 2, 2, 2], [1, 2, 3, 0, 1, 2, 1, 3, 5]),
    ],
)
def test_rows_out_of_order(operation, one, two, rows, values):
    """As TensorFlow has them: runs of rows as they come; dense rows are gone through once."""
    found = getattr(tf.sets, operation)(UNSORTED[one], UNSORTED[two], validate_indices=False)
    assert found.indices[:, 0].numpy().tolist() == rows
    assert found.values.numpy().tolist() == values


def test_the_last_run_of_a_row_is_its_size():
    assert tf.sets.size(UNSORTED["a"], validate_indices=False).numpy().tolist() == [1, 1, 1]
    with pytest.raises(tf.errors.InvalidArgumentError, match="out of order"):
        tf.sets.size(UNSORTED["a"])
