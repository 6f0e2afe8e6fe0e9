"""map_fn, scan, foldl, foldr and vectorized_map in eager mode.

Read next: headrace/_src/objects/mapping.py.
"""

import numpy as np
import pytest

import headrace as tf

X = tf.constant([1, 2, 3])
Y = tf.constant([4, 5, 6])


def add(a, x):
    return a + x


def dot(a, x):
    return a + x[0] * x[1]


def values(structure):
    return tf.nest.map_structure(lambda t: t.numpy().tolist(), structure)


class TestMapFn:
    def test_values(self):
        assert values(tf.map_fn(lambda x: x * x, X)) == [1, 4, 9]
        assert values(tf.map_fn(lambda x: x, (X, Y))) == ([1, 2, 3], [4, 5, 6])
        assert tf.map_fn(lambda x: x + 1, np.ones((2, 3))).dtype == tf.float64
        assert values(tf.map_fn(lambda x: x, tf.Variable([1.0, 2.0]))) == [1, 2]

    def test_signatures(self):
        assert values(tf.map_fn(lambda x: x[0] * x[1], (X, Y), fn_output_signature=tf.int32)) == [
            4, 10, 18,
        ]  # fmt: skip
        result = tf.map_fn(
            lambda x: {"a": x, "b": [1]}, X, fn_output_signature={"a": tf.int32, "b": [tf.float32]}
        )
        assert values(result) == {"a": [1, 2, 3], "b": [[1, 1, 1]]}
        spec = tf.TensorSpec([2], tf.float32)
        assert tf.map_fn(lambda x: tf.ones(2), X, fn_output_signature=spec).shape == [3, 2]
        assert values(tf.map_fn(lambda x: "a", X, dtype=tf.string)) == [b"a"] * 3
        assert tf.map_fn(lambda x: 1, X, dtype=tf.int32, fn_output_signature=tf.int64).dtype == (
            tf.int64
        )

    def test_nothing_to_map(self):
        assert tf.map_fn(lambda x: x, tf.ones([0, 2])).shape == [0]
        spec = tf.TensorSpec([4], tf.int32)
        assert tf.map_fn(lambda x: x, tf.ones([0, 2]), fn_output_signature=spec).shape == [0, 4]
        with pytest.raises(ValueError, match="not compatible with supplied shape"):
            tf.map_fn(
                lambda x: x, tf.ones([0, 2]), fn_output_signature=tf.TensorSpec([None], tf.int32)
            )

    @pytest.mark.parametrize(
        ("fn", "elems", "options", "error", "message"),
        [
            (abs, 3, {}, ValueError, "must be 1\\+ dimensional Tensors, not scalars"),
            (abs, [1, 2], {}, ValueError, "must be 1\\+ dimensional Tensors, not scalars"),
            (abs, [], {}, ValueError, "does not contain any Tensors"),
            (abs, (X, [1, 2]), {}, ValueError, "Shape \\(\\) must have rank at least 1"),
            (abs, (X, Y[:2]), {}, ValueError, "Dimensions 3 and 2 are not compatible"),
            (3, X, {}, AttributeError, "'int' object has no attribute '__name__'"),
            (lambda x: (x, x), X, {}, ValueError, "same nested structure"),
            (lambda x: None, X, {}, ValueError, "Attempt to convert a value"),
            (tf.range, X, {}, ValueError, r"Incompatible shape for value \(\(2,\)\)"),
            (
                tf.range, X, {"infer_shape": False}, tf.errors.InvalidArgumentError,
                "Shapes of all inputs must match",
            ),
            (
                lambda x: 1.5, X, {}, tf.errors.InvalidArgumentError,
                "TensorArray dtype is int32 but Op is trying to write dtype float32",
            ),
        ],
    )  # fmt: skip
    def test_errors(self, fn, elems, options, error, message):
        with pytest.raises(error, match=message):
            tf.map_fn(fn, elems, **options)

    def test_parallel_iterations_are_warned_about(self, caplog):
        tf.map_fn(lambda x: x, X, parallel_iterations=3)
        assert "no effect when executing eagerly" in caplog.text


class TestScan:
    def test_values(self):
        assert values(tf.scan(add, X)) == [1, 3, 6]
        assert values(tf.scan(add, X, reverse=True)) == [6, 5, 3]
        assert values(tf.scan(add, X, initializer=10)) == [11, 13, 16]
        assert values(tf.scan(add, X, initializer=10, reverse=True)) == [16, 15, 13]
        pair = tf.scan(lambda a, x: (a[0] + x[0], a[1] * x[1]), (X, Y))
        assert values(pair) == ([1, 3, 6], [4, 20, 120])
        named = tf.scan(lambda a, x: {"s": a["s"] + x}, X, initializer={"s": 0})
        assert values(named) == {"s": [1, 3, 6]}

    def test_nothing_to_scan(self):
        assert tf.scan(add, tf.ones([0, 2]), initializer=tf.ones(2)).shape == [0, 2]
        with pytest.raises(tf.errors.OutOfRangeError, match="array size is: 0"):
            tf.scan(add, tf.ones([0]))
        with pytest.raises(tf.errors.OutOfRangeError, match=r"\(index -1\)"):
            tf.scan(add, tf.ones([0]), reverse=True)

    @pytest.mark.parametrize(
        ("fn", "elems", "options", "error", "message"),
        [
            (add, 1.0, {}, IndexError, "tuple index out of range"),
            (add, [], {}, IndexError, "list index out of range"),
            (3, X, {}, AttributeError, "__name__"),
            (lambda a, x: (a, x), X, {}, ValueError, "same nested structure"),
            (
                lambda a, x: [a[0], a[1]], X, {"initializer": (0, 1)}, TypeError,
                "same nested structure",
            ),
            (lambda a, x: 1.5, X, {}, tf.errors.InvalidArgumentError, "dtype is int32"),
            (dot, (X, Y[:2]), {"initializer": 0}, tf.errors.OutOfRangeError, "size is: 2"),
            (dot, (X[:2], Y), {"initializer": 0}, ValueError, "Cannot unstack 3 tensors"),
        ],
    )  # fmt: skip
    def test_errors(self, fn, elems, options, error, message):
        with pytest.raises(error, match=message):
            tf.scan(fn, elems, **options)


class TestFolds:
    def test_values(self):
        subtract = lambda a, x: a - x
        assert values(tf.foldl(subtract, X)) == -4
        assert values(tf.foldr(subtract, X)) == 0
        assert values(tf.foldl(subtract, X, initializer=10)) == 4
        assert values(tf.foldr(subtract, X, initializer=10)) == 4
        assert values(tf.foldl(add, tf.ones(2), initializer=1)) == 3
        last = lambda a, x: (a[0] + x[0], a[1])
        assert values(tf.foldl(last, (X, Y))) == (6, 4)
        assert values(tf.foldr(last, (X, Y))) == (6, 6)
        assert values(tf.foldl(lambda a, x: tf.concat([a, [x]], 0), X, tf.ones(1, tf.int32))) == [
            1, 1, 2, 3,
        ]  # fmt: skip

    def test_nothing_to_fold(self):
        for fold, message in ((tf.foldl, "array size is: 0"), (tf.foldr, r"\(index -1\)")):
            assert values(fold(add, tf.ones([0]), initializer=1.0)) == 1
            with pytest.raises(tf.errors.OutOfRangeError, match=message):
                fold(add, tf.ones([0]))

    @pytest.mark.parametrize("fold", [tf.foldl, tf.foldr])
    def test_errors(self, fold):
        with pytest.raises(IndexError, match="tuple index out of range"):
            fold(add, 3)
        with pytest.raises(AttributeError, match="__name__"):
            fold(3, X)
        with pytest.raises(ValueError, match="same nested structure"):
            fold(lambda a, x: (a, x), X)
        with pytest.raises(ValueError, match="Attempt to convert a value"):
            fold(add, None)


class TestVectorizedMap:
    def test_values(self):
        assert values(tf.vectorized_map(lambda x: (x, {"a": x * x}), X)) == (
            [1, 2, 3],
            {"a": [1, 4, 9]},
        )
        pair = (X, tf.constant([7]))
        assert values(tf.vectorized_map(lambda x: x[0] + x[1], pair)) == [8, 9, 10]
        assert values(tf.vectorized_map(lambda x: 5, X)) == [5, 5, 5]
        assert tf.vectorized_map(lambda x: None, X) is None
        assert tf.vectorized_map(lambda x: [], X) == []

    def test_nothing_to_map(self):
        assert tf.vectorized_map(lambda x: tf.cast(x, tf.int32), tf.ones([0, 2])).shape == [0, 2]
        assert tf.vectorized_map(lambda x: "a", tf.ones([0])).dtype == tf.string

    @pytest.mark.parametrize(
        ("fn", "elems", "error", "message"),
        [
            (abs, 1, IndexError, "list index out of range"),
            (3, X, TypeError, "'int' object is not callable"),
            (abs, (X, Y[:2]), tf.errors.InvalidArgumentError, r"indices\[2\] = 2 is not in \[0, 2"),
            (tf.range, X, tf.errors.InvalidArgumentError, "Shapes of all inputs must match"),
            (abs, [], ValueError, "empty"),
        ],
    )
    def test_errors(self, fn, elems, error, message):
        with pytest.raises(error, match=message):
            tf.vectorized_map(fn, elems)


@pytest.mark.parametrize(
    ("function", "first", "second"),
    [
        (lambda x: tf.map_fn(lambda s: s**3, x), [3, 12, 27], [6, 12, 18]),
        (lambda x: tf.vectorized_map(lambda s: s**3, x), [3, 12, 27], [6, 12, 18]),
        (lambda x: tf.foldl(lambda a, s: a * s, x), [6, 3, 2], [5, 4, 3]),
        (lambda x: tf.foldr(lambda a, s: a * s, x), [6, 3, 2], [5, 4, 3]),
        (lambda x: tf.scan(lambda a, s: a * s, x), [9, 4, 2], [6, 5, 3]),
    ],
)
def test_gradients_of_first_and_second_order(function, first, second):
    x = tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = function(x)
        dx = inner.gradient(y, x)
    assert dx.numpy() == pytest.approx(first)
    assert outer.gradient(dx, x).numpy() == pytest.approx(second)


ROWS = tf.ragged.constant([[1, 2], [], [3]])
NO_ROWS = tf.ragged.constant([], ragged_rank=1, dtype=tf.int32)
ROW = tf.RaggedTensorSpec([None], tf.int32)


@pytest.mark.parametrize("wrap", [lambda fn: fn, tf.function], ids=["eager", "function"])
def test_no_ragged_rows(wrap):
    assert wrap(lambda x: tf.map_fn(lambda row: row, x))(NO_ROWS).to_list() == []
    ranges = wrap(lambda x: tf.map_fn(tf.range, x, fn_output_signature=ROW))
    assert ranges(tf.constant([], tf.int32)).to_list() == []
    assert ranges(tf.constant([2, 0, 1])).to_list() == [[0, 1], [], [0]]


def test_rows_of_any_rank_without_a_signature():
    assert tf.map_fn(lambda row: tf.constant([[3]]), ROWS).to_list() == [[[3]]] * 3


def test_a_number_is_no_ragged_row():
    with pytest.raises(tf.errors.InvalidArgumentError, match="Ragged values must have rank >= 1"):
        tf.map_fn(tf.reduce_sum, ROWS)
    with pytest.raises(ValueError, match="Shape must be at least rank 1 but is rank 0"):
        tf.function(lambda x: tf.map_fn(tf.reduce_sum, x))(ROWS)
    with pytest.raises(ValueError, match="Expected `fn` to return"):
        tf.map_fn(lambda row: 3, ROWS)
