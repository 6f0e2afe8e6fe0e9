"""What a handbook shows of sparse tensors: how they print, what they refuse and in which words.

The texts are TensorFlow 2.21's.
"""

import re

import numpy as np
import pytest

import headrace as tf

Invalid = tf.errors.InvalidArgumentError


def sparse():
    return tf.SparseTensor([[0, 1], [1, 0], [2, 3]], [1.0, 2.0, 3.0], [3, 4])


def text(values, rows="[[0 1]\n [1 0]\n [2 3]]", count=3, sizes="[3 4]", dtype="float32"):
    return (
        f"SparseTensor(indices=tf.Tensor(\n{rows}, shape=({count}, 2), dtype=int64), "
        f"values=tf.Tensor({values}, shape=({count},), dtype={dtype}), "
        f"dense_shape=tf.Tensor({sizes}, shape=(2,), dtype=int64))"
    )


SHOWN = {
    "itself": (lambda s: s, text("[1. 2. 3.]")),
    "times": (lambda s: s * 42.0, text("[ 42.  84. 126.]")),
    "from left": (lambda s: tf.constant(2.0) * s, text("[2. 4. 6.]")),
    "by": (lambda s: s / 42.0, text("[0.02380952 0.04761905 0.07142857]")),
    "plus": (lambda s: tf.sparse.add(s, s), text("[2. 4. 6.]")),
    "function": (lambda s: tf.function(lambda x: x * 2.0)(s), text("[2. 4. 6.]")),
    "part": (
        lambda s: tf.sparse.slice(s, [0, 0], [2, 2]),
        text("[1. 2.]", "[[0 1]\n [1 0]]", 2, "[2 2]"),
    ),
    "identity": (lambda s: tf.sparse.eye(2), text("[1. 1.]", "[[0 0]\n [1 1]]", 2, "[2 2]")),
    "words": (
        lambda s: tf.SparseTensor([[0, 0], [1, 1]], ["a", "b"], [2, 2]),
        text("[b'a' b'b']", "[[0 0]\n [1 1]]", 2, "[2 2]", "string"),
    ),
    "read back": (
        lambda s: tf.io.deserialize_many_sparse(tf.io.serialize_many_sparse(s), tf.float32),
        text("[1. 2. 3.]"),
    ),
    "set": (
        lambda s: tf.sets.union([[1, 2]], [[2, 3]]),
        text("[1 2 3]", "[[0 0]\n [0 1]\n [0 2]]", 3, "[1 3]", "int32"),
    ),
}


@pytest.mark.parametrize("name", SHOWN)
def test_shown_as_in_tensorflow(name):
    make, wanted = SHOWN[name]
    assert repr(make(sparse())) == str(make(sparse())) == wanted


def test_shown_in_a_function():
    seen = []

    @tf.function
    def f(x):
        seen.append(repr(x))
        return x

    f(sparse())
    wanted = (
        'SparseTensor(indices=Tensor("x:0", shape=(None, 2), dtype=int64), '
        'values=Tensor("x_1:0", shape=(None,), dtype=float32), '
        'dense_shape=Tensor("x_2:0", shape=(2,), dtype=int64))'
    )
    assert seen == [wanted]


def test_dense_and_product():
    s = sparse()
    assert repr(tf.sparse.to_dense(s)) == (
        "<tf.Tensor: shape=(3, 4), dtype=float32, numpy=\n"
        "array([[0., 1., 0., 0.],\n       [2., 0., 0., 0.],\n       [0., 0., 0., 3.]],"
        " dtype=float32)>"
    )
    b = tf.constant([[10.0, 20.0], [30.0, 40.0], [50.0, 60.0], [70.0, 80.0]])
    assert repr(tf.sparse.sparse_dense_matmul(s, b)) == (
        "<tf.Tensor: shape=(3, 2), dtype=float32, numpy=\n"
        "array([[ 30.,  40.],\n       [ 20.,  40.],\n       [210., 240.]], dtype=float32)>"
    )


LATE = (
    "indices[1] = [0,1] is out of order. Many sparse ops require sorted indices.\n"
    "    Use `tf.sparse.reorder` to create a correctly ordered copy.\n\n"
)
REFUSED = {
    "late": (lambda: tf.sparse.to_dense(pair([[0, 2], [0, 1]])), Invalid, LATE),
    "twice": (
        lambda: tf.sparse.to_dense(pair([[0, 1], [0, 1]])),
        Invalid,
        "indices[1] = [0,1] is repeated",
    ),
    "outside": (
        lambda: tf.sparse.to_dense(pair([[0, 1], [3, 2]])),
        Invalid,
        "indices[1] = [3,2] is out of bounds: need 0 <= index < [3,4]",
    ),
    "negative": (
        lambda: tf.sparse.to_dense(pair([[0, -1], [1, 2]])),
        Invalid,
        "indices[0] = [0,-1] is out of bounds: need 0 <= index < [3,4]",
    ),
    "outside, unchecked": (
        lambda: tf.sparse.to_dense(pair([[0, 1], [3, 2]]), validate_indices=False),
        Invalid,
        "Indices are not valid (out of bounds).  Shape: [3,4]",
    ),
    "rows": (
        lambda: tf.sparse.fill_empty_rows(pair([[0, 1], [3, 2]]), 0.0),
        Invalid,
        "indices(1, 0) is invalid: 3 >= 3",
    ),
    "split": (
        lambda: tf.sparse.split(pair([[0, 1], [3, 2]]), 2, 0),
        Invalid,
        "Sparse index tuple indices[1, :] = [3, 2] is out of bounds",
    ),
    "sum": (
        lambda: tf.sparse.reduce_sum(pair([[0, 1], [3, 2]]), 1),
        tf.errors.InternalError,
        "Obtained a write index of 3 which is outside of bounds of [0, 3)",
    ),
    "product": (
        lambda: tf.sparse.sparse_dense_matmul(pair([[0, 1], [3, 2]]), tf.ones([4, 1])),
        Invalid,
        "m (3) from index[1,0] out of bounds (>=3)",
    ),
    "many": (
        lambda: tf.io.serialize_many_sparse(pair([[0, 2], [0, 1]])),
        Invalid,
        LATE,
    ),
    "axes": (
        lambda: tf.sparse.reduce_sum(pair([[0, 1], [1, 2]]), 2),
        Invalid,
        "Invalid reduction dimension 2, for input with 2 dimensions.",
    ),
    "zero": (
        lambda: pair([[0, 1], [1, 2]]) / tf.constant([1.0, 0.0, 2.0, 1.0]),
        Invalid,
        "SparseDenseCwiseDiv cannot divide by zero,but input dense tensor contains zero ",
    ),
    "no axes": (
        lambda: nowhere() * 2.0,
        Invalid,
        "The shape argument requires at least one element.",
    ),
    "no axes, plus": (lambda: tf.sparse.add(nowhere(), nowhere()), Invalid, "Tesors must not be"),
    "no axes, max": (
        lambda: tf.sparse.maximum(nowhere(), nowhere()),
        Invalid,
        "Tensors must not be empty",
    ),
}


def pair(at):
    return tf.SparseTensor(at, [1.0, 2.0], [3, 4])


def nowhere():
    return tf.SparseTensor(np.zeros((1, 0), np.int64), [5.0], np.zeros(0, np.int64))


@pytest.mark.parametrize("in_function", [False, True])
@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_the_words_of_tensorflow(name, in_function):
    call, kind, words = REFUSED[name]
    with pytest.raises(kind, match=re.escape(words.strip())):
        (tf.function(call) if in_function else call)()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda s: s + 42.0, "unsupported operand type(s) for +: 'SparseTensor' and 'float'"),
        (lambda s: s - s, "unsupported operand type(s) for -: 'SparseTensor' and 'SparseTensor'"),
        (lambda s: 42.0 * s, "unsupported operand type(s) for *: 'float' and 'SparseTensor'"),
        (lambda s: s[0], "'SparseTensor' object is not subscriptable"),
        (len, "object of type 'SparseTensor' has no len()"),
        (lambda s: tf.SparseTensorSpec.from_value(1), "Received: 1 of type int."),
    ],
)
def test_what_is_no_operation_of_it(call, words):
    with pytest.raises(TypeError, match=re.escape(words)):
        call(sparse())


def test_a_zero_that_nothing_is_divided_by_does_no_harm():
    divisor = tf.constant([[0.0, 2.0, 0.0, 0.0], [4.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 6.0]])
    assert (sparse() / divisor).values.numpy().tolist() == [0.5, 0.5, 0.5]


def test_other_dtypes_are_refused_in_functions_as_by_any_op():
    s = tf.SparseTensor([[0]], [1], [2])
    wide = tf.constant([1.0, 2.0])
    with pytest.raises(TypeError, match="Input 'dense' of 'SparseDenseCwiseMul' Op has type float"):
        tf.function(lambda: s * wide)()
    with pytest.raises(TypeError, match=r"same dtype, got tf.int32 != tf.float32"):
        tf.function(lambda: s / wide)()
    with pytest.raises(ValueError, match="y: Tensor conversion requested dtype int32"):
        s * wide


def test_shapes_that_differ_are_refused_while_a_function_is_traced():
    x, y = sparse(), tf.SparseTensor([[0]], [1.0], [4])
    with pytest.raises(ValueError, match=re.escape("Shapes (3, 4) and (4,) are incompatible")):
        tf.function(lambda: tf.sparse.add(x, y))()
    with pytest.raises(ValueError, match=r"Cannot reshape a tensor with 12 elements to shape \[5"):
        tf.function(lambda: tf.sparse.reshape(x, [5, -1]))()


# ---- in functions and tapes ----------------------------------------------------------------------


def test_one_trace_serves_any_number_of_values():
    traces = []

    @tf.function(input_signature=[tf.SparseTensorSpec([None, None])])
    def f(x):
        traces.append(x)
        return tf.sparse.reduce_sum(tf.sparse.add(x, x), 1), tf.sparse.map_values(tf.square, x)

    empty = tf.SparseTensor(np.zeros((0, 2), np.int64), np.zeros(0, "f"), [3, 4])
    for x, total in (
        (sparse(), [2, 4, 6]), (empty, [0, 0, 0]), (tf.SparseTensor([[0, 0]], [1.0], [1, 1]), [2])
    ):  # fmt: skip
        sums, squares = f(x)
        assert sums.numpy().tolist() == total
        assert squares.values.numpy().tolist() == (x.values**2).numpy().tolist()
    assert len(traces) == 1


def test_branches_and_loops():
    @tf.function(input_signature=[tf.SparseTensorSpec([None, None]), tf.TensorSpec([], tf.int32)])
    def f(x, n):
        for i in tf.range(n):
            x = tf.cond(i % 2 == 0, lambda x=x: tf.sparse.add(x, x), lambda x=x: x * 5.0)
        return x

    assert f(sparse(), 3).values.numpy().tolist() == [20.0, 40.0, 60.0]
    with pytest.raises(TypeError, match="true_fn and false_fn"):
        tf.function(lambda x: tf.cond(tf.size(x) > 1, lambda: x, lambda: x.values))(sparse())


def test_a_tape_takes_the_values_only():
    s = sparse()
    with tf.GradientTape() as tape:
        tape.watch(s.values)
        total = tf.reduce_sum(tf.sparse.softmax(s * s.values[0]).values ** 2)
    assert tape.gradient(total, s.values).shape == [3]
    with tf.GradientTape() as tape:
        tape.watch(s)
        total = tf.sparse.reduce_sum(s)
    with pytest.raises(ValueError, match="Type SparseTensor is not supported as a gradient source"):
        tape.gradient(total, s)


def test_gradient_of_a_sum_knows_what_a_threshold_left_out():
    x, y = sparse(), tf.SparseTensor([[0, 1], [1, 1]], [1.0, 5.0], [3, 4])
    with tf.GradientTape() as tape:
        tape.watch([x.values, y.values])
        total = tf.reduce_sum(tf.sparse.add(x, y, 100.0).values ** 2)
    found = tape.gradient(total, [x.values, y.values])
    assert [g.numpy().tolist() for g in found] == [[0.0, 4.0, 6.0], [0.0, 10.0]]


SHORT = {
    "reorder": (tf.sparse.reorder, "Number of elements in indices (2) and values (1) do not match"),
    "sum": (lambda x: tf.sparse.reduce_sum(x, 1), "(indices = 2, values = 1)"),
    "side by side": (lambda x: tf.sparse.concat(0, [x, x]), "(indices = 2, values = 1)"),
    "softmax": (tf.sparse.softmax, "(indices = 2, values = 1)"),
    "plus": (lambda x: tf.sparse.add(x, x), "Expected 2 and 2 non-empty input values, got 1 and 1"),
    "largest": (lambda x: tf.sparse.maximum(x, x), "Number of elements in indices (2) and values"),
    "product": (
        lambda x: tf.sparse.sparse_dense_matmul(x, tf.ones([4, 1])),
        "Number of rows of a_indices does not match number of entries in a_values",
    ),
}


@pytest.mark.parametrize("name", SHORT)
def test_lengths_that_only_the_running_function_knows(name):
    call, words = SHORT[name]
    given = [tf.TensorSpec([None, 2], tf.int64), tf.TensorSpec([None], tf.float32)]

    @tf.function(input_signature=given)
    def f(indices, values):
        return call(tf.SparseTensor(indices, values, [3, 4]))

    f([[0, 1], [1, 2]], [1.0, 2.0])
    with pytest.raises(Invalid, match=re.escape(words)):
        f([[0, 1], [1, 2]], [1.0])


def test_a_threshold_is_a_scalar():
    with pytest.raises(Invalid, match=r"threshold must be a scalar: got shape \[1\]"):
        tf.sparse.add(sparse(), sparse(), [1.0])


def test_the_axis_of_a_split_is_int64_if_it_is_a_tensor():
    with pytest.raises(Invalid, match="expected to be a int64 tensor but is a int32 tensor"):
        tf.sparse.split(sparse(), 2, tf.constant(1))
    found = tf.raw_ops.SparseSplit(split_dim=0, indices=[[0]], values=[1.0], shape=[2], num_split=2)
    assert [x.numpy().tolist() for x in found.output_values] == [[1.0], []]


# ---- while a function is traced ------------------------------------------------------------------


def traced(function, *shapes):
    """What `function` makes of sparse tensors of which it knows these shapes."""
    specs = [tf.SparseTensorSpec(shape, tf.float32) for shape in shapes]
    made = []

    @tf.function(input_signature=specs)
    def call(*arguments):
        made.append(function(*arguments))
        return made[-1]

    call.get_concrete_function()
    return made[-1]


@pytest.mark.parametrize(
    "function, shapes, known",
    [
        (tf.sparse.add, [[2, 3], [2, 3]], [2, 3]),
        (tf.sparse.add, [[2, None], [None, 3]], [2, 3]),
        (tf.sparse.add, [[2, None], [2, None]], [None, None]),
        (tf.sparse.maximum, [[2, 3], [2, 3]], [None, None]),
        (tf.identity, [[2, 3]], [2, 3]),
        (tf.stop_gradient, [[2, None]], [2, None]),
        (lambda x: tf.sparse.reshape(x, [6]), [[2, 3]], [6]),
        (lambda x: tf.sparse.reshape(x, [6]), [[2, None]], [None]),
        (lambda x: tf.sparse.reshape(x, [0, -1]), [[0, 3]], [None, None]),
        (lambda x: tf.sparse.expand_dims(x, 1), [[None, 3]], [None, 1, None]),
        (tf.zeros_like, [[2, 3]], [2, 3]),
        (lambda x: tf.ones_like(x, tf.int32), [[2, None]], [None, None]),
        (lambda x: tf.math.divide(x, 2.0), [[2, 3]], [None, None]),
        (tf.sparse.from_dense, [], None),
    ],
)
def test_what_is_known_of_the_shape(function, shapes, known):
    if shapes:
        assert traced(function, *shapes).shape.as_list() == known
        return
    scalar = tf.function(function).get_concrete_function(tf.TensorSpec([], tf.float32))
    assert scalar.structured_outputs.shape == []
    with pytest.raises(Invalid, match="Unhandled input dimensions: 0"):
        scalar(tf.constant(1.0))


@pytest.mark.parametrize(
    "function, error, message",
    [
        (lambda x: tf.sparse.reshape(x, [4]), ValueError,
         "Cannot reshape a tensor with 6 elements to shape [4] (4 elements)."),
        (lambda x: tf.sparse.reshape(x, [-1, -1]), ValueError,
         "At most one dimension can be inferred (-1). Found: [-1 -1]"),
        (lambda x: tf.strings.format("{}", x), TypeError,
         "have types [<NOT CONVERTIBLE TO TENSOR>] that are invalid"),
        (lambda x: tf.math.divide(2.0, x), TypeError, "Failed to convert elements of SparseTensor"),
    ],
)  # fmt: skip
def test_refused_while_tracing(function, error, message):
    with pytest.raises(error, match=re.escape(message)):
        traced(function, [2, 3])


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_another_axis_of_a_tensor_of_unknown_rank(axis):
    unknown = tf.function(
        tf.sparse.expand_dims,
        input_signature=[tf.SparseTensorSpec(None), tf.TensorSpec([], tf.int32)],
    )
    wanted = np.expand_dims(tf.sparse.to_dense(sparse()).numpy(), axis)
    found = unknown(sparse(), tf.constant(axis))
    assert tf.sparse.to_dense(found).numpy().tolist() == wanted.tolist()


def test_a_quotient_and_what_is_filled_alike():
    assert tf.math.divide(sparse(), 2.0).values.numpy().tolist() == [0.5, 1.0, 1.5]
    assert tf.zeros_like(sparse(), tf.int32).numpy().tolist() == [[0] * 4] * 3
    for refused in (tf.zeros_like, lambda x: tf.math.divide(x, 2.0, "named")):
        with pytest.raises(ValueError, match="with an unsupported type"):
            refused(sparse())


def test_a_loop_that_changes_the_shape():
    @tf.function
    def grown(x, count):
        for _ in tf.range(count):
            x = tf.sparse.concat(0, [x, x])
        return x

    @tf.function
    def kept(x, count):
        for _ in tf.range(count):
            x = tf.sparse.add(x, x)
        return x

    message = "'x' has shape (3, 4) before the loop, but shape (6, 4) after one iteration"
    with pytest.raises(ValueError, match=re.escape(message)):
        grown(sparse(), tf.constant(2))
    assert kept(sparse(), tf.constant(2)).values.numpy().tolist() == [4.0, 8.0, 12.0]
