"""Slices in functions whose bounds only the running program knows: shapes, values, gradients.

Read next: headrace/_src/ops/slicing.py, headrace/_src/ops/slice_spec.py.
"""

import numpy as np
import pytest

import headrace as tf

X = np.arange(24.0, dtype=np.float32).reshape(4, 6)


def in_graph(function, *specs):
    """What `function` answers to placeholders."""
    found = []
    traced = tf.function(lambda *args: found.append(function(*args)), autograph=False)
    traced.get_concrete_function(*(tf.TensorSpec(s, tf.as_dtype(d)) for s, d in specs))
    return found[0]


# The shapes that TensorFlow tells of a matrix of unknown height, of unknown sizes, and of a known
# one.
@pytest.mark.parametrize(
    ["key", "tall", "unknown", "known"],
    [
        (lambda i, j: 0, (3,), (None,), (5,)),
        (lambda i, j: slice(1, None), (None, 3), (None, None), (3, 5)),
        (lambda i, j: slice(3, 1), (None, 3), (None, None), (0, 5)),
        (lambda i, j: (slice(None), 0), (None,), (None,), (4,)),
        (lambda i, j: (..., None), (None, 3, 1), (None, None, 1), (4, 5, 1)),
        (lambda i, j: (None, 0), (1, 3), (1, None), (1, 5)),
        (lambda i, j: i, (3,), (None,), (5,)),
        (lambda i, j: (i, 0), (), (), ()),
        (lambda i, j: (slice(None), i), (None,), (None,), (4,)),
        (lambda i, j: slice(i, j), (None, 3), (None, None), (None, 5)),
        (lambda i, j: (slice(i, None), 0), (None,), (None,), (None,)),
        (lambda i, j: (i, None, ...), (1, 3), (1, None), (1, 5)),
        (lambda i, j: (i, j), (), (), ()),
    ],
)
def test_shapes(key, tall, unknown, known):
    for given, told in (([None, 3], tall), ([None, None], unknown), ([4, 5], known)):
        found = in_graph(lambda x, i, j: x[key(i, j)], (given, "float32"), *[([], "int32")] * 2)
        assert found.shape.as_list() == list(told)
        assert found.op.type == "StridedSlice"
    nothing = in_graph(lambda x, i, j: x[key(i, j)], (None, "float32"), *[([], "int32")] * 2)
    assert nothing.shape.rank is None


def test_shapes_of_blocks():
    def shapes(x, i):
        blocks = [tf.slice(x, [i, 0], [2, -1]), tf.slice(x, [0, i], [2, 2])]
        return [block.shape for block in blocks]

    for given, told in (
        ([None, 3], [(2, 3), (2, 2)]),
        (None, [(2, None), (2, 2)]),
    ):
        found = in_graph(shapes, (given, "float32"), ([], "int32"))
        # Where a begin is not known, neither is how much is left from there.
        assert all(f.is_compatible_with(t) for f, t in zip(found, told, strict=True))
        assert [f.as_list()[0] for f in found] == [2, 2]


CASES = {
    "x[i]": lambda x, i: x[i],
    "x[i, 1:3]": lambda x, i: x[i, 1:3],
    "x[:, i - 4]": lambda x, i: x[:, i - 4],
    "x[..., i, newaxis]": lambda x, i: x[..., i, tf.newaxis],
    "x[i:]": lambda x, i: x[i:],
    "x[i:i + 1, ::2]": lambda x, i: x[i : i + 1, ::2],
    "slice": lambda x, i: tf.slice(x, [i, 1], [2, 3]),
    "slice to the end": lambda x, i: tf.slice(x, [i, 1], [2, -1]),
}


@pytest.mark.parametrize("jit_compile", [None, True], ids=["host", "compiled"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_values_and_gradients(case, jit_compile):
    def both(x, i):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = case(x, i)
            total = tf.reduce_sum(y * y)
        return y, tape.gradient(total, x)

    for i in (0, 2):
        given = tf.constant(X), tf.constant(i)
        for shape in (X.shape, [None, None]):
            traced = tf.function(
                both,
                jit_compile=jit_compile,
                input_signature=[tf.TensorSpec(shape), tf.TensorSpec([], tf.int32)],
            )
            for found, expected in zip(traced(*given), both(*given), strict=True):
                np.testing.assert_array_equal(found, expected)


def test_a_loop_over_rows_is_compiled():
    @tf.function
    def total(x):
        return tf.while_loop(
            lambda i, sum: i < tf.shape(x)[0],
            lambda i, sum: (i + 1, sum + x[i] * tf.slice(x, [i, 1], [1, 1])[0]),
            (0, tf.zeros([6])),
        )[1]

    np.testing.assert_allclose(total(tf.constant(X)), (X * X[:, 1:2]).sum(0))
    graph = total.get_concrete_function(tf.TensorSpec(X.shape)).graph
    assert not graph.notes.get("host")


@pytest.mark.parametrize(
    ["case", "match"],
    [
        (lambda x, i: x[i], "slice index 4 of dimension 0 out of bounds"),
        (lambda x, i: tf.slice(x, [i, 0], [1, 1]), r"Expected size\[0\] in \[0, 0\], but got 1"),
    ],
    ids=["index", "block"],
)
def test_what_is_out_of_range(case, match):
    traced = tf.function(case)
    with pytest.raises(tf.errors.InvalidArgumentError, match=match):
        traced(tf.constant(X), tf.constant(4))


# ---- raw ops -------------------------------------------------------------------------------------


def test_raw_ops_are_nodes_of_their_own_names():
    raw = tf.raw_ops

    def nodes(x, i):
        return [
            raw.AddV2(x=x, y=1.0),
            raw.Sum(input=x, axis=i, keep_dims=True),
            raw.Split(axis=1, value=x, num_split=3)[0],
            raw.StridedSlice(input=x, begin=[0], end=[1], strides=[1], shrink_axis_mask=1),
            raw.RandomUniform(shape=[i, 2], dtype=tf.float32, seed=3, seed2=4),
            raw.Where(condition=x),
            raw.Exp(x=x, name="mine"),
        ]

    found = in_graph(nodes, ([None, 3], "float32"), ([], "int32"))
    assert [(t.name, t.shape.as_list()) for t in found] == [
        ("AddV2:0", [None, 3]),
        ("Sum:0", [None, None]),
        ("Split:0", [None, 1]),
        ("StridedSlice:0", [3]),
        ("RandomUniform:0", [None, 2]),
        ("Where:0", [None, 2]),
        ("mine:0", [None, 3]),
    ]
    assert found[4].op.get_attr("seed") == 3 and found[4].op.get_attr("seed2") == 4
    for wrong, text in (
        (lambda x: raw.AddV2(x, 1.0), "add_v2 only takes keyword args"),
        (lambda x: raw.AddV2(x=x, z=1.0), r"add_v2\(\) got an unexpected keyword argument 'z'"),
    ):
        with pytest.raises(TypeError, match=text):
            in_graph(wrong, ([], "float32"))
