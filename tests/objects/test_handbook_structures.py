"""What a handbook shows of data structures other than tensors, with TensorFlow's own texts.

Each test is a page: tensor arrays, sparse tensors, sets, queues. The literals are what TensorFlow
prints for the same lines, in eager mode and, where it matters, inside a function.

Read next: headrace/_src/objects/tensor_array.py, ops/sparse_tensor.py, ops/sets.py,
objects/queues.py.
"""

import re
import sys
import threading

import pytest

import headrace as tf


def refuses(error, text, function, *args):
    with pytest.raises(error, match=re.escape(text)):
        function(*args)


# ---- tensor arrays -------------------------------------------------------------------------------


def test_a_tensor_array_is_written_read_and_stacked():
    heights = tf.TensorArray(dtype=tf.float32, size=3)
    heights = heights.write(0, [1.5, 2.0])
    heights = heights.write(1, [4.0, 8.0])
    heights = heights.write(2, [0.25, 7.0])
    assert repr(heights.read(2)) == (
        "<tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.25, 7.  ], dtype=float32)>"
    )
    assert repr(heights.size()) == "<tf.Tensor: shape=(), dtype=int32, numpy=3>"
    assert repr(heights.stack()) == (
        "<tf.Tensor: shape=(3, 2), dtype=float32, numpy=\n"
        "array([[1.5, 2. ],\n"
        "       [4. , 8. ],\n"
        "       [0. , 0. ]], dtype=float32)>"
    )


def test_reading_an_element_clears_it():
    counts = tf.TensorArray(tf.int32, 2).unstack([[3, 4], [5, 6]])
    assert counts.read(0).numpy().tolist() == [3, 4]
    refuses(
        tf.errors.InvalidArgumentError,
        (
            "Could not read index 0 twice because it was cleared after a previous read "
            "(perhaps try setting clear_after_read = false?)"
        ),
        counts.read,
        0,
    )
    kept = tf.TensorArray(tf.int32, 2, clear_after_read=False).unstack([[3, 4], [5, 6]])
    kept.read(0)
    assert repr(kept.read(0)) == (
        "<tf.Tensor: shape=(2,), dtype=int32, numpy=array([3, 4], dtype=int32)>"
    )
    assert repr(kept.concat()) == (
        "<tf.Tensor: shape=(4,), dtype=int32, numpy=array([3, 4, 5, 6], dtype=int32)>"
    )


def test_what_was_not_written_is_zeros():
    holes = tf.TensorArray(tf.float32, 3).write(1, [6.0, 9.0])
    assert repr(holes.stack()) == (
        "<tf.Tensor: shape=(3, 2), dtype=float32, numpy=\n"
        "array([[0., 0.],\n"
        "       [6., 9.],\n"
        "       [0., 0.]], dtype=float32)>"
    )
    growing = tf.TensorArray(tf.int32, 0, dynamic_size=True).write(2, 5)
    assert repr(growing.stack()) == (
        "<tf.Tensor: shape=(3,), dtype=int32, numpy=array([0, 0, 5], dtype=int32)>"
    )


def test_elements_have_one_shape_one_dtype_and_a_place():
    names = tf.TensorArray(tf.float32, 2).write(0, [1.0, 2.0])
    refuses(
        ValueError,
        "Incompatible shape for value ((3,)), expected ((2,))",
        names.write,
        1,
        [1.0, 2.0, 3.0],
    )
    refuses(
        tf.errors.InvalidArgumentError,
        "TensorArray dtype is float32 but Op is trying to write dtype int32",
        names.write,
        1,
        tf.constant([1, 2]),
    )
    refuses(
        tf.errors.OutOfRangeError,
        "Tried to write to index 2 but array is not resizeable and size is: 2",
        names.write,
        2,
        [3.0, 4.0],
    )
    refuses(
        tf.errors.OutOfRangeError, "Tried to read from index 5 but array size is: 2", names.read, 5
    )


def test_moments_of_the_elements():
    samples = tf.TensorArray(tf.float32, 0, dynamic_size=True)
    for i, row in enumerate([[1.0, 2.0], [3.0, 4.0], [8.0, 9.0]]):
        samples = samples.write(i, row)
    mean, variance = tf.nn.moments(samples.stack(), axes=0)
    assert repr(mean) == (
        "<tf.Tensor: shape=(2,), dtype=float32, numpy=array([4., 5.], dtype=float32)>"
    )
    assert repr(variance) == (
        "<tf.Tensor: shape=(2,), dtype=float32, numpy=array([8.666667, 8.666667], dtype=float32)>"
    )


def test_a_loop_fills_a_tensor_array_and_its_gradient_flows():
    @tf.function
    def powers(x, n):
        out = tf.TensorArray(tf.float32, 0, dynamic_size=True)
        for i in tf.range(n):
            out = out.write(i, x ** tf.cast(i, tf.float32))
        return out.stack()

    x = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = powers(x, tf.constant(4))
    assert repr(y) == (
        "<tf.Tensor: shape=(4,), dtype=float32, numpy=array([1., 2., 4., 8.], dtype=float32)>"
    )
    assert repr(tape.gradient(y, x)) == "<tf.Tensor: shape=(), dtype=float32, numpy=17.0>"
    assert repr(powers(x, tf.constant(0))) == (
        "<tf.Tensor: shape=(0,), dtype=float32, numpy=array([], dtype=float32)>"
    )


# ---- sparse tensors ------------------------------------------------------------------------------


def sparse(values=(5.0, 6.0, 7.0), indices=((0, 2), (1, 0), (2, 3))):
    return tf.SparseTensor(indices=indices, values=values, dense_shape=[3, 4])


def test_a_sparse_tensor_shows_its_parts():
    x = sparse()
    assert repr(x) == (
        "SparseTensor(indices=tf.Tensor(\n"
        "[[0 2]\n"
        " [1 0]\n"
        " [2 3]], shape=(3, 2), dtype=int64), values=tf.Tensor([5. 6. 7.], "
        "shape=(3,), dtype=float32), dense_shape=tf.Tensor([3 4], shape=(2,), dtype=int64))"
    )
    assert repr(tf.sparse.to_dense(x)) == (
        "<tf.Tensor: shape=(3, 4), dtype=float32, numpy=\n"
        "array([[0., 0., 5., 0.],\n"
        "       [6., 0., 0., 0.],\n"
        "       [0., 0., 0., 7.]], dtype=float32)>"
    )
    assert repr(tf.sparse.from_dense([[0, 3], [4, 0]])) == (
        "SparseTensor(indices=tf.Tensor(\n"
        "[[0 1]\n"
        " [1 0]], shape=(2, 2), dtype=int64), values=tf.Tensor([3 4], shape=(2,), "
        "dtype=int32), dense_shape=tf.Tensor([2 2], shape=(2,), dtype=int64))"
    )
    assert repr(x.shape) == "TensorShape([3, 4])"
    assert repr(tf.type_spec_from_value(x)) == "SparseTensorSpec(TensorShape([3, 4]), tf.float32)"


def test_arithmetic_keeps_to_what_is_there():
    x = sparse()
    assert repr(x * 10.0) == (
        "SparseTensor(indices=tf.Tensor(\n"
        "[[0 2]\n"
        " [1 0]\n"
        " [2 3]], shape=(3, 2), dtype=int64), values=tf.Tensor([50. 60. 70.], "
        "shape=(3,), dtype=float32), dense_shape=tf.Tensor([3 4], shape=(2,), dtype=int64))"
    )
    assert repr((x / 2.0).values) == (
        "<tf.Tensor: shape=(3,), dtype=float32, numpy=array([2.5, 3. , 3.5], dtype=float32)>"
    )
    refuses(
        TypeError, "unsupported operand type(s) for +: 'SparseTensor' and 'float'", lambda: x + 1.0
    )
    refuses(
        TypeError, "unsupported operand type(s) for /: 'float' and 'SparseTensor'", lambda: 1.0 / x
    )
    refuses(TypeError, "'SparseTensor' object is not subscriptable", lambda: x[0])
    refuses(ValueError, "Attempt to convert a value (", lambda: tf.reduce_sum(x))


def test_a_sparse_matrix_times_a_dense_one():
    weights = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])
    assert repr(tf.sparse.sparse_dense_matmul(sparse(), weights)) == (
        "<tf.Tensor: shape=(3, 2), dtype=float32, numpy=\n"
        "array([[25., 30.],\n"
        "       [ 6., 12.],\n"
        "       [49., 56.]], dtype=float32)>"
    )
    refuses(
        tf.errors.InvalidArgumentError,
        (
            "Cannot multiply A and B because inner dimension does not match: 4 vs. 3.  "
            "Did you forget a transpose?  Dimensions of A: [3, 4).  Dimensions of B: [3,2]"
        ),
        lambda: tf.sparse.sparse_dense_matmul(sparse(), weights[:3]),
    )


def test_positions_must_be_in_order():
    mixed = sparse(indices=((0, 2), (0, 1), (2, 3)))
    refuses(
        tf.errors.InvalidArgumentError,
        "indices[1] = [0,1] is out of order. Many sparse ops require sorted indices.",
        lambda: tf.sparse.to_dense(mixed),
    )
    assert repr(tf.sparse.reorder(mixed).values) == (
        "<tf.Tensor: shape=(3,), dtype=float32, numpy=array([6., 5., 7.], dtype=float32)>"
    )
    assert repr(tf.sparse.to_dense(tf.sparse.reorder(mixed))) == (
        "<tf.Tensor: shape=(3, 4), dtype=float32, numpy=\n"
        "array([[0., 6., 5., 0.],\n"
        "       [0., 0., 0., 0.],\n"
        "       [0., 0., 0., 7.]], dtype=float32)>"
    )
    twice = sparse(indices=((0, 1), (0, 1), (2, 3)))
    refuses(
        tf.errors.InvalidArgumentError,
        "indices[1] = [0,1] is repeated",
        lambda: tf.sparse.to_dense(twice),
    )
    outside = sparse(indices=((0, 1), (0, 9), (2, 3)))
    refuses(
        tf.errors.InvalidArgumentError,
        "indices[1] = [0,9] is out of bounds: need 0 <= index < [3,4]",
        lambda: tf.sparse.to_dense(outside),
    )


def test_words_are_sparse_too():
    words = sparse([b"rye", b"oat", b"hop"])
    assert repr(tf.sparse.to_dense(words, default_value="-")) == (
        "<tf.Tensor: shape=(3, 4), dtype=string, numpy=\n"
        "array([[b'-', b'-', b'rye', b'-'],\n"
        "       [b'oat', b'-', b'-', b'-'],\n"
        "       [b'-', b'-', b'-', b'hop']], dtype=object)>"
    )
    assert repr(tf.sparse.cross([words, tf.constant([["x"], ["y"], ["z"]])]).values) == (
        "<tf.Tensor: shape=(3,), dtype=string, numpy=array([b'rye_X_x', b'oat_X_y', "
        "b'hop_X_z'], dtype=object)>"
    )


def test_sparse_helpers():
    x = sparse()
    assert repr(tf.sparse.slice(x, [1, 0], [2, 4])) == (
        "SparseTensor(indices=tf.Tensor(\n"
        "[[0 0]\n"
        " [1 3]], shape=(2, 2), dtype=int64), values=tf.Tensor([6. 7.], shape=(2,), "
        "dtype=float32), dense_shape=tf.Tensor([2 4], shape=(2,), dtype=int64))"
    )
    assert repr(tf.sparse.reduce_sum(x, axis=1)) == (
        "<tf.Tensor: shape=(3,), dtype=float32, numpy=array([5., 6., 7.], dtype=float32)>"
    )
    assert repr(tf.sparse.concat(0, [x, x]).shape) == "TensorShape([6, 4])"
    assert repr(tf.sparse.transpose(x).indices) == (
        "<tf.Tensor: shape=(3, 2), dtype=int64, numpy=\n"
        "array([[0, 1],\n"
        "       [2, 0],\n"
        "       [3, 2]])>"
    )
    assert repr(tf.sparse.fill_empty_rows(tf.sparse.slice(x, [0, 2], [3, 2]), 0.5)[1]) == (
        "<tf.Tensor: shape=(3,), dtype=bool, numpy=array([False,  True, False])>"
    )
    assert repr(tf.sparse.map_values(tf.square, x).values) == (
        "<tf.Tensor: shape=(3,), dtype=float32, numpy=array([25., 36., 49.], dtype=float32)>"
    )


def test_a_sparse_tensor_is_printed_by_its_elements(capfd):
    tf.print(sparse(), {"a": [sparse()]}, output_stream=sys.stdout)
    tf.function(lambda x: tf.print(x, output_stream=sys.stdout) and None)(sparse())
    assert capfd.readouterr().out == (
        "'SparseTensor(indices=[[0 2]\n"
        " [1 0]\n"
        " [2 3]], values=[5 6 7], shape=[3 4])' {'a': ['SparseTensor(indices=[[0 2]\n"
        " [1 0]\n"
        " [2 3]], values=[5 6 7], shape=[3 4])']}\n"
        "'SparseTensor(indices=[[0 2]\n"
        " [1 0]\n"
        " [2 3]], values=[5 6 7], shape=[3 4])'\n"
    )


# ---- sets ----------------------------------------------------------------------------------------


def test_sets_are_rows_of_a_tensor():
    left = tf.constant([[1, 4, 9], [2, 7, 0]])
    right = tf.constant([[4, 5, 6], [7, 8, 0]])
    assert repr(tf.sets.union(left, right)) == (
        "SparseTensor(indices=tf.Tensor(\n"
        "[[0 0]\n"
        " [0 1]\n"
        " [0 2]\n"
        " [0 3]\n"
        " [0 4]\n"
        " [1 0]\n"
        " [1 1]\n"
        " [1 2]\n"
        " [1 3]], shape=(9, 2), dtype=int64), values=tf.Tensor([1 4 5 6 9 0 2 7 8], "
        "shape=(9,), dtype=int32), dense_shape=tf.Tensor([2 5], shape=(2,), dtype=int64))"
    )
    assert repr(tf.sparse.to_dense(tf.sets.union(left, right))) == (
        "<tf.Tensor: shape=(2, 5), dtype=int32, numpy=\n"
        "array([[1, 4, 5, 6, 9],\n"
        "       [0, 2, 7, 8, 0]], dtype=int32)>"
    )
    assert repr(tf.sparse.to_dense(tf.sets.difference(left, right))) == (
        "<tf.Tensor: shape=(2, 2), dtype=int32, numpy=\n"
        "array([[1, 9],\n"
        "       [2, 0]], dtype=int32)>"
    )
    assert repr(tf.sparse.to_dense(tf.sets.difference(left, right, aminusb=False))) == (
        "<tf.Tensor: shape=(2, 2), dtype=int32, numpy=\n"
        "array([[5, 6],\n"
        "       [8, 0]], dtype=int32)>"
    )
    assert repr(tf.sparse.to_dense(tf.sets.intersection(left, right), default_value=-1)) == (
        "<tf.Tensor: shape=(2, 2), dtype=int32, numpy=\n"
        "array([[ 4, -1],\n"
        "       [ 0,  7]], dtype=int32)>"
    )
    assert repr(tf.sets.size(tf.sets.union(left, right))) == (
        "<tf.Tensor: shape=(2,), dtype=int32, numpy=array([5, 4], dtype=int32)>"
    )
    refuses(
        tf.errors.InvalidArgumentError,
        "Shape [2] has rank 1 < 2",
        lambda: tf.sets.union([1, 2], [3]),
    )


def test_sets_of_words():
    assert repr(tf.sets.union([["oak", "elm"]], [["elm", "ash"]]).values) == (
        "<tf.Tensor: shape=(3,), dtype=string, numpy=array([b'ash', b'elm', b'oak'], dtype=object)>"
    )


# ---- queues --------------------------------------------------------------------------------------


def test_first_in_first_out():
    orders = tf.queue.FIFOQueue(3, [tf.int32, tf.string], shapes=[[], []])
    orders.enqueue([7, b"tea"])
    orders.enqueue_many([[8, 9], [b"rusk", b"jam"]])
    assert repr(orders.size()) == "<tf.Tensor: shape=(), dtype=int32, numpy=3>"
    assert repr(orders.dequeue()) == (
        "[<tf.Tensor: shape=(), dtype=int32, numpy=7>, <tf.Tensor: shape=(), "
        "dtype=string, numpy=b'tea'>]"
    )
    assert repr(orders.dequeue_many(2)) == (
        "[<tf.Tensor: shape=(2,), dtype=int32, numpy=array([8, 9], dtype=int32)>, "
        "<tf.Tensor: shape=(2,), dtype=string, numpy=array([b'rusk', b'jam'], "
        "dtype=object)>]"
    )
    refuses(
        TypeError,
        "Cannot convert 1.5 to EagerTensor of dtype int32",
        lambda: orders.enqueue([1.5, b"no"]),
    )
    refuses(
        ValueError, "Shapes (2,) and () are incompatible", lambda: orders.enqueue([[1, 2], b"no"])
    )
    orders.close()
    assert repr(orders.is_closed()) == "<tf.Tensor: shape=(), dtype=bool, numpy=True>"


def test_a_padding_queue_makes_elements_of_one_size():
    rows = tf.queue.PaddingFIFOQueue(5, [tf.int32], shapes=[[None, None]])
    for row in ([[1, 2]], [[3], [4]], [[5, 6, 7]]):
        rows.enqueue(tf.constant(row))
    assert repr(rows.dequeue_many(3)) == (
        "<tf.Tensor: shape=(3, 2, 3), dtype=int32, numpy=\n"
        "array([[[1, 2, 0],\n"
        "        [0, 0, 0]],\n"
        "\n"
        "       [[3, 0, 0],\n"
        "        [4, 0, 0]],\n"
        "\n"
        "       [[5, 6, 7],\n"
        "        [0, 0, 0]]], dtype=int32)>"
    )


def test_a_priority_queue_gives_the_least_first():
    jobs = tf.queue.PriorityQueue(5, [tf.string], shapes=[[]])
    for rank, job in ((4, "wash"), (1, "cook"), (2, "eat")):
        jobs.enqueue((tf.constant(rank, tf.int64), job))
    assert repr(jobs.dequeue()) == (
        "[<tf.Tensor: shape=(), dtype=int64, numpy=1>, <tf.Tensor: shape=(), "
        "dtype=string, numpy=b'cook'>]"
    )
    assert repr(jobs.dequeue_many(2)) == (
        "[<tf.Tensor: shape=(2,), dtype=int64, numpy=array([2, 4])>, <tf.Tensor: "
        "shape=(2,), dtype=string, numpy=array([b'eat', b'wash'], dtype=object)>]"
    )


def test_a_shuffling_queue_keeps_a_reserve():
    cards = tf.queue.RandomShuffleQueue(10, 2, [tf.int32], shapes=[[]], seed=3)
    cards.enqueue_many([tf.range(8)])
    dealt = cards.dequeue_many(6).numpy().tolist()
    cards.close()
    rest = cards.dequeue_up_to(5).numpy().tolist()
    assert sorted(dealt + rest) == list(range(8)) and len(rest) == 2


def test_a_pipeline_ends_when_its_queue_is_closed():
    queue = tf.queue.FIFOQueue(2, [tf.float32], shapes=[[]])

    @tf.function
    def produce(n):
        for i in tf.range(n):
            queue.enqueue(tf.cast(i, tf.float32))
        queue.close()

    @tf.function
    def consume():
        return queue.dequeue() * 2.0

    thread = threading.Thread(target=produce, args=(tf.constant(9),))
    thread.start()
    total = 0.0
    with pytest.raises(tf.errors.OutOfRangeError, match="is closed and has insufficient elements"):
        while True:
            total += float(consume())
    thread.join()
    assert total == 72.0


# ---- in loops and as types -----------------------------------------------------------------------


def test_a_sparse_tensor_grows_in_a_loop_that_is_told():
    def grow(x, invariant):
        @tf.function
        def grown(x):
            return tf.while_loop(
                lambda i, x: i < 2,
                lambda i, x: (i + 1, tf.sparse.concat(0, [x, x])),
                [tf.constant(0), x],
                shape_invariants=[tf.TensorShape([]), invariant],
            )[1]

        return grown(x)

    assert repr(grow(sparse(), tf.SparseTensorSpec([None, 4])).shape) == "TensorShape([12, 4])"
    assert repr(grow(sparse(), tf.TensorShape([2])).shape) == "TensorShape([12, 4])"
    refuses(
        TypeError,
        "TypeSpec SparseTensorSpec(TensorShape([9, 4]), tf.float32) is not compatible with",
        lambda: grow(sparse(), tf.SparseTensorSpec([9, 4])),
    )
    refuses(
        ValueError,
        "Expected a shape with 1 dimension. Obtained: (None, 4) which has 2 dimensions.",
        lambda: grow(sparse(), tf.TensorShape([None, 4])),
    )


def test_indexed_slices_grow_in_a_loop_that_is_told():
    def doubled(x):
        rows, places = tf.concat([x.values] * 2, 0), tf.concat([x.indices] * 2, 0)
        return tf.IndexedSlices(rows, places, x.dense_shape)

    @tf.function
    def grow(x):
        return tf.while_loop(
            lambda i, x: i < 2,
            lambda i, x: (i + 1, doubled(x)),
            [tf.constant(0), x],
            shape_invariants=[tf.TensorShape([]), tf.TensorShape([None, 3])],
        )[1]

    x = tf.IndexedSlices(tf.ones([2, 3]), tf.constant([0, 1]), tf.constant([4, 3]))
    assert grow(x).values.shape == [8, 3]


def test_an_optional_is_what_its_spec_says():
    of = tf.experimental.Optional.from_value

    def get(spec):
        return tf.function(lambda x: x.get_value(), input_signature=[tf.OptionalSpec(spec)])

    assert repr(get(tf.TensorSpec([None], tf.int32))(of([1, 2]))) == (
        "<tf.Tensor: shape=(2,), dtype=int32, numpy=array([1, 2], dtype=int32)>"
    )
    refuses(
        tf.errors.InvalidArgumentError,
        (
            "The given optional does not match the expected type for component 0. "
            "Expected: int32. Actual: float."
        ),
        lambda: get(tf.TensorSpec([None], tf.int32))(of([1.0])),
    )
    refuses(
        tf.errors.InvalidArgumentError,
        (
            "The given optional does not match the expected shape for component 0. "
            "Expected: [?,2]. Actual: [1]."
        ),
        lambda: get(tf.TensorSpec([None, 2], tf.int32))(of([1])),
    )
    refuses(
        tf.errors.InvalidArgumentError,
        "The given optional has 1 components, expected 2",
        lambda: get((tf.TensorSpec([1], tf.int32), tf.TensorSpec([1], tf.int32)))(of([1])),
    )


def test_none_has_a_type():
    assert repr(tf.type_spec_from_value(None)) == "NoneTensorSpec()"


def test_a_tensor_is_no_extension_type():
    class Span(tf.experimental.ExtensionType):
        start: tf.Tensor

        class Spec:
            def __init__(self):
                self.start = tf.TensorSpec([])

    @tf.function(input_signature=[Span.Spec()])
    def length(span):
        return span.start

    assert repr(length(Span(2.0))) == "<tf.Tensor: shape=(), dtype=float32, numpy=2.0>"
    refuses(
        TypeError,
        (
            "Binding inputs to tf.function failed due to `'start'`. Received args: "
            "(<tf.Tensor: shape=(), dtype=float32, numpy=2.0>,) and kwargs: {} for "
            "signature: (span: te"
        ),
        lambda: length(tf.constant(2.0)),
    )


def test_serialized_sparse_tensors():
    x = sparse()
    rows = tf.io.serialize_many_sparse(x)
    assert repr(tf.io.deserialize_many_sparse(rows, tf.float32).values) == (
        "<tf.Tensor: shape=(3,), dtype=float32, numpy=array([5., 6., 7.], dtype=float32)>"
    )
    refuses(
        tf.errors.InvalidArgumentError,
        "Serialized sparse should have 3 as the last dimension [1]",
        lambda: tf.io.deserialize_many_sparse(["a"], tf.int32),
    )
    refuses(
        tf.errors.InvalidArgumentError,
        "Requested SparseTensor of type int32 but SparseTensor[0].values.dtype() == float",
        lambda: tf.io.deserialize_many_sparse(rows, tf.int32),
    )
