"""map_fn, scan, foldl, foldr and vectorized_map in functions.

Read next: headrace/_src/objects/graph_mapping.py, tests/objects/test_graph_gradients.py.
"""

import pytest

import headrace as tf

X = tf.constant([1, 2, 3])
Y = tf.constant([4, 5, 6])


def run(function, *arguments, **options):
    result = tf.function(function, **options)(*arguments)
    return tf.nest.map_structure(lambda t: t.numpy().tolist(), result)


def test_map_fn():
    assert run(lambda x: tf.map_fn(lambda t: t * t, x), X) == [1, 4, 9]
    assert run(lambda x, y: tf.map_fn(lambda t: t, {"a": x, "b": (y,)}), X, Y) == {
        "a": [1, 2, 3],
        "b": ([4, 5, 6],),
    }
    spec = (tf.float32, tf.TensorSpec([2], tf.int32))
    assert run(
        lambda x: tf.map_fn(
            lambda t: (tf.cast(t, tf.float32), tf.stack([t, t])), x, fn_output_signature=spec
        ),
        X[:2],
    ) == ([1.0, 2.0], [[1, 1], [2, 2]])
    assert run(lambda x: tf.map_fn(lambda t: "a", x, dtype=tf.string), X) == [b"a"] * 3


def test_scan_and_folds():
    assert run(lambda x: tf.scan(lambda a, t: a + t, x), X) == [1, 3, 6]
    assert run(lambda x: tf.scan(lambda a, t: a - t, x, reverse=True), X) == [0, 1, 3]
    assert run(
        lambda x: tf.scan(lambda a, t: (a[0] + t, a[1] * t), x, (0, 1), reverse=True), X
    ) == ([6, 5, 3], [6, 6, 3])
    assert run(lambda x: tf.foldl(lambda a, t: a - t, x), X) == -4
    assert run(lambda x: tf.foldr(lambda a, t: a - t, x), X) == 0
    assert run(lambda x: tf.foldr(lambda a, t: a * 2 + t, x, 1), X) == 8 + 12 + 4 + 1
    assert run(lambda x, y: tf.foldl(lambda a, t: a + t[0] * t[1], (x, y), 0), X, Y) == 32


def test_vectorized_map():
    assert run(lambda x: tf.vectorized_map(lambda t: {"a": t + 1, "b": [t, t]}, x), X) == {
        "a": [2, 3, 4],
        "b": [[1, 2, 3], [1, 2, 3]],
    }
    assert run(lambda x, y: tf.vectorized_map(lambda t: t[0] + t[1], (x, y[:1])), X, Y) == [5, 6, 7]
    with pytest.raises(ValueError, match="equal or 1"):
        run(lambda x, y: tf.vectorized_map(lambda t: t[0] + t[1], (x, y[:2])), X, Y)


def test_a_first_axis_that_is_not_known():
    signature = [tf.TensorSpec([None, 2])]
    for count in (0, 1, 3):
        x = tf.ones([count, 2])
        for function in (tf.map_fn, tf.vectorized_map):
            got = tf.function(
                lambda x, f=function: f(lambda t: t * 2, x), input_signature=signature
            )
            assert got(x).numpy().tolist() == [[2, 2]] * count
        got = tf.function(
            lambda x: tf.scan(lambda a, t: a + t, x, tf.zeros(2)), input_signature=signature
        )
        assert got(x).numpy().tolist() == [[i, i] for i in range(1, count + 1)]
    concrete = tf.function(lambda x: tf.map_fn(lambda t: t, x), input_signature=signature)
    assert concrete.get_concrete_function().output_shapes == [None, 2]


def test_autograph_converts_the_function():
    def collatz(x):
        steps = 0
        while x != 1:
            if x % 2 == 0:
                x = x // 2
            else:
                x = 3 * x + 1
            steps += 1
        return steps

    assert run(lambda x: tf.map_fn(collatz, x), tf.constant([1, 6, 7])) == [0, 8, 16]
    assert run(lambda x: tf.vectorized_map(collatz, x), tf.constant([1, 6])) == [0, 8]
    with pytest.raises(tf.errors.OperatorNotAllowedInGraphError):
        run(lambda x: tf.map_fn(collatz, x), X, autograph=False)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: tf.map_fn(lambda t: t, x[0]), ValueError, "1\\+ dimensional Tensors"),
        (lambda x: tf.map_fn(lambda t: t, (x, x[:2])), ValueError, "3 and 2 are not compatible"),
        (lambda x: tf.map_fn(lambda t: (t, t), x), ValueError, "same nested structure"),
        (lambda x: tf.map_fn(lambda t: tf.cast(t, tf.float32), x),
         tf.errors.InvalidArgumentError, "op elements float but list elements int32"),
        (lambda x: tf.scan(lambda a, t: a, x[0]), IndexError, "tuple index out of range"),
        (lambda x: tf.scan(lambda a, t: (a, t), x), ValueError, "same nested structure"),
        (lambda x: tf.scan(lambda a, t: a, x[:0]), tf.errors.InvalidArgumentError, "element 0 in"),
        (lambda x: tf.foldl(lambda a, t: [a], x), ValueError, "same nested structure"),
    ],
)  # fmt: skip
def test_errors(function, error, message):
    with pytest.raises(error, match=message):
        run(function, X, autograph=False)


def test_names():
    for function, name in [
        (lambda x: tf.map_fn(lambda t: t, x), "map"),
        (lambda x: tf.scan(lambda a, t: a + t, x), "scan"),
        (lambda x: tf.foldl(lambda a, t: a + t, x), "foldl"),
        (lambda x: tf.foldr(lambda a, t: a + t, x, name="mine"), "mine"),
    ]:
        graph = tf.function(function).get_concrete_function(X).graph
        assert f"{name}/while" in [node.name for node in graph.get_operations()]
