"""The queues of tf.queue, in eager mode and in functions, with TensorFlow's results and words."""

import threading

import numpy as np
import pytest

import headrace as tf

Queue = tf.queue.FIFOQueue


def lists(tensors):
    return [tensor.numpy().tolist() for tensor in tensors]


# ---- eager ---------------------------------------------------------------------------------------


def test_elements_come_out_as_they_came_in():
    queue = Queue(3, [tf.int32, tf.string], shapes=[[], [2]])
    queue.enqueue((10, ["a", "b\0"]))
    queue.enqueue_many(([20, 30], [["c", "d"], ["e", "f"]]))
    assert queue.size().numpy() == 3
    number, words = queue.dequeue()
    assert number.shape == [] and number.dtype is tf.int32 and number.numpy() == 10
    assert words.numpy().tolist() == [b"a", b"b\0"]
    assert lists(queue.dequeue_many(2)) == [[20, 30], [[b"c", b"d"], [b"e", b"f"]]]


def test_one_component_is_a_tensor_and_named_ones_are_a_dictionary():
    queue = Queue(3, tf.float32)
    queue.enqueue([[1, 2]])
    assert queue.dequeue().numpy().tolist() == [1.0, 2.0]
    named = Queue(3, [tf.int32, tf.float32], shapes=[[], []], names=["i", "f"])
    named.enqueue({"i": 1, "f": 2.5})
    named.enqueue_many({"i": [2], "f": [3.5]})
    assert {key: x.numpy() for key, x in named.dequeue().items()} == {"i": 1, "f": 2.5}
    assert named.dequeue_many(1)["f"].numpy().tolist() == [3.5]
    assert named.names == ["i", "f"]


def test_what_a_queue_tells_of_itself():
    queue = Queue(3, ["int32", "float"], shapes=[[], [2]])
    assert repr(queue).startswith("<tensorflow.python.ops.data_flow_ops.FIFOQueue object at 0x")
    assert (queue.name, queue.dtypes, queue.names) == ("Empty", ["int32", "float"], None)
    assert queue.shapes == [tf.TensorShape([]), tf.TensorShape([2])]
    assert Queue(3, tf.int32).shapes == [tf.TensorShape(None)]
    assert queue.queue_ref.dtype is tf.resource
    assert 'type="tensorflow::QueueInterface"' in repr(queue.queue_ref)
    for shapes in ((), [()], [[]], tf.TensorShape([])):
        assert Queue(3, tf.int32, shapes=shapes).shapes == [tf.TensorShape([])]
    assert Queue(3, tf.int32, shapes=(2, 3)).shapes == [tf.TensorShape([2, 3])]


@pytest.mark.parametrize(
    "dtype", [tf.bfloat16, tf.bool, tf.complex64, tf.uint8, tf.half, tf.string]
)
def test_every_dtype_survives(dtype):
    values = tf.constant(["a\0", "", "b"]) if dtype is tf.string else tf.cast([0, 1, 2], dtype)
    queue = Queue(9, dtype, shapes=[[]])
    queue.enqueue_many(values)
    queue.enqueue(values[2])
    found = queue.dequeue_many(3)
    assert found.dtype is dtype
    assert found.numpy().tolist() == values.numpy().tolist()
    assert queue.dequeue().numpy() == values[2].numpy()


def test_batches_of_nothing():
    queue = Queue(3, [tf.int32, tf.string], shapes=[[], [2]])
    assert lists(queue.dequeue_many(0)) == [[], []]
    assert queue.dequeue_up_to(0)[1].shape == [0, 2]
    queue.enqueue_many((np.zeros(0, np.int32), np.zeros((0, 2), object)))
    assert queue.size().numpy() == 0


def test_padding():
    queue = tf.queue.PaddingFIFOQueue(9, [tf.int32, tf.string], shapes=[[None], [None, 2]])
    queue.enqueue(([1], [["a", "b"]]))
    queue.enqueue(([1, 2, 3], np.zeros((0, 2), object)))
    queue.enqueue(([], [["c", "d"], ["e", "f"]]))
    numbers, words = queue.dequeue_many(3)
    assert numbers.numpy().tolist() == [[1, 0, 0], [1, 2, 3], [0, 0, 0]]
    assert words.shape == [3, 2, 2]
    assert words.numpy()[1].tolist() == [[b"", b""], [b"", b""]]
    assert queue.dequeue_up_to(0)[1].shape == [0, 0, 2]


def test_priorities():
    queue = tf.queue.PriorityQueue(9, tf.string, shapes=[[]])
    assert queue.dtypes == [tf.int64, tf.string]
    for priority, word in ((3, "c"), (1, "a"), (2, "b"), (1, "a2")):
        queue.enqueue((priority, word))
    assert queue.dequeue()[1].numpy() == b"a"
    priorities, words = queue.dequeue_many(3)
    assert priorities.dtype is tf.int64
    assert lists([priorities, words]) == [[1, 2, 3], [b"a2", b"b", b"c"]]


@pytest.mark.parametrize(
    ("seed", "order"),
    [
        (1, [7, 16, 3, 6, 5, 14, 18, 9, 11, 10, 2, 8, 15, 17, 4, 0, 13, 19, 1, 12]),
        (12345, [9, 5, 8, 7, 13, 6, 1, 16, 11, 3, 15, 14, 4, 17, 19, 18, 12, 0, 2, 10]),
    ],
)
def test_shuffling_is_tensorflows(seed, order):
    queue = tf.queue.RandomShuffleQueue(100, 0, tf.int32, shapes=[[]], seed=seed)
    queue.enqueue_many([range(20)])
    assert queue.dequeue_many(20).numpy().tolist() == order


def test_shuffling_keeps_a_reserve_until_it_is_closed():
    queue = tf.queue.RandomShuffleQueue(10, 2, tf.int32, shapes=[[]])
    queue.enqueue_many([range(8)])
    found = queue.dequeue_many(6).numpy().tolist()
    queue.close()
    found += queue.dequeue_up_to(9).numpy().tolist()
    assert sorted(found) == list(range(8))


def test_a_queue_by_its_reference_is_the_same_queue():
    first, second = (Queue(3, tf.int32, shapes=[[]]) for _ in range(2))
    second.enqueue(5)
    assert tf.queue.QueueBase.from_list(1, [first, second]).dequeue().numpy() == 5
    again = tf.queue.QueueBase(first.dtypes, first.shapes, None, first.queue_ref)
    again.enqueue(6)
    assert first.dequeue().numpy() == 6


# ---- errors --------------------------------------------------------------------------------------


def told(call):
    with pytest.raises(Exception) as caught:
        call()
    return type(caught.value), str(caught.value)


def wrapped(op, count, text, name):
    kind = "Tcomponents" if "Enqueue" in op else "component_types"
    middle = f"_{kind}_{count}" if count else ""
    return (
        f"{{{{function_node __wrapped__{op}{middle}_device_/job:localhost/replica:0/task:0/device:"
        f"CPU:0}}}} {text} [Op:{op}] name: {name}"
    )


def test_a_closed_queue():
    queue = Queue(3, tf.int32, shapes=[[]])
    label = f"FIFOQueue '{queue.queue_ref._array[()].queue.name}'"
    queue.enqueue(1)
    assert not queue.is_closed().numpy()
    queue.close()
    assert queue.is_closed().numpy()
    for call, op in (
        (lambda: queue.enqueue(1), "QueueEnqueueV2"),
        (lambda: queue.enqueue_many([[1]]), "QueueEnqueueManyV2"),
    ):
        expected = wrapped(op, 1, f"{label} is closed.", "")
        assert told(call) == (tf.errors.CancelledError, expected)
    text = f"Queue {label.split()[1]} is already closed."
    expected = wrapped("QueueCloseV2", 0, text, "Empty_Close")
    assert told(queue.close) == (tf.errors.CancelledError, expected)
    queue.close(cancel_pending_enqueues=True)
    text = f"{label} is closed and has insufficient elements (requested 3, current size 1)"
    expected = wrapped("QueueDequeueManyV2", 1, text, "Empty_DequeueMany")
    assert told(lambda: queue.dequeue_many(3)) == (tf.errors.OutOfRangeError, expected)
    assert queue.dequeue_up_to(3).numpy().tolist() == [1]
    text = f"{label} is closed and has insufficient elements (requested 1, current size 0)"
    expected = wrapped("QueueDequeueV2", 1, text, "Empty_Dequeue")
    assert told(queue.dequeue) == (tf.errors.OutOfRangeError, expected)


def pair():
    return Queue(9, [tf.int32, tf.float32], shapes=[[], [2]])


def named():
    return Queue(9, [tf.int32, tf.int32], names=["a", "b"])


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda: pair().enqueue(("a", [1.0, 2.0])), TypeError, "Cannot convert 'a' to EagerTensor"),
        (
            lambda: pair().enqueue((tf.constant(1.5), [1.0, 2.0])),
            ValueError,
            "component_0: Tensor conversion requested dtype int32 for Tensor with dtype float32",
        ),
        (lambda: pair().enqueue((1, [1.0])), ValueError, "Shapes (1,) and (2,) are incompatible"),
        (
            lambda: pair().enqueue((1,)),
            tf.errors.InvalidArgumentError,
            "Signature mismatch, have: resource, int32-> expected: resource, int32, float->",
        ),
        (
            lambda: pair().enqueue_many(([1, 2], [[1.0, 2.0]])),
            ValueError,
            "Dimensions 2 and 1 are not compatible",
        ),
        (lambda: pair().enqueue_many((1, 1.0)), ValueError, "Shape () must have rank at least 1"),
        (lambda: pair().enqueue({"a": 1}), ValueError, "Queue must have names to enqueue a"),
        (lambda: named().enqueue((1, 2)), ValueError, "You must enqueue a dictionary in a Queue"),
        (
            lambda: named().enqueue({"a": 1}),
            ValueError,
            "do not match names of Queue.  Dictionary: ['a'],Queue: ['a', 'b']",
        ),
        (
            lambda: pair().dequeue_many(-1),
            tf.errors.InvalidArgumentError,
            "DequeueManyOp requested -1 < 0 elements [Op:QueueDequeueManyV2] name: Empty_Dequeue",
        ),
        (
            lambda: named().dequeue_up_to(1),
            tf.errors.InvalidArgumentError,
            "FIFOQueue's DequeueMany and DequeueUpTo require the components to have specified",
        ),
        (lambda: Queue("3", tf.int32), TypeError, "Expected int for argument 'capacity' not '3'."),
        (
            lambda: Queue(3, []),
            tf.errors.InvalidArgumentError,
            "Length for attr 'component_types' of 0 must be at least minimum 1",
        ),
        (
            lambda: Queue(3, tf.int32, shapes=[[], [2]]),
            tf.errors.InvalidArgumentError,
            "Different number of component types.  Types: int32, Shapes: [[], [2]]",
        ),
        (
            lambda: Queue(3, tf.int32, shapes=[[None]]),
            ValueError,
            "All shapes must be fully defined: [TensorShape([None])]",
        ),
        (
            lambda: Queue(3, tf.int32, names=["a", "b"]),
            ValueError,
            "received len(names)=2,len(dtypes)=1",
        ),
        (
            lambda: tf.queue.PaddingFIFOQueue(3, tf.int32, [None]),
            ValueError,
            "When providing partial shapes, a list of shapes must be provided.",
        ),
        (
            lambda: tf.queue.PaddingFIFOQueue(3, tf.int32, None),
            ValueError,
            "When providing partial shapes, a list of shapes must be provided.",
        ),
        (
            lambda: tf.queue.PaddingFIFOQueue(3, tf.int32, [tf.TensorShape(None)]),
            ValueError,
            "All shapes must have a defined rank: [TensorShape(None)]",
        ),
        (
            lambda: tf.queue.PaddingFIFOQueue(3, tf.int32, [[], []]),
            ValueError,
            "Shapes must be provided for all components, but received 1 dtypes and 2 shapes.",
        ),
        (
            lambda: tf.queue.PriorityQueue(3, tf.int32),
            TypeError,
            "Expected list for 'shapes' argument to 'priority_queue_v2' Op, not None.",
        ),
        (
            lambda: tf.queue.RandomShuffleQueue(3, 3, tf.int32),
            tf.errors.InvalidArgumentError,
            "min_after_dequeue 3 must be < capacity 3",
        ),
        (
            lambda: tf.queue.RandomShuffleQueue(3, -1, tf.int32),
            tf.errors.InvalidArgumentError,
            "min_after_dequeue -1 must be >= 0",
        ),
        (lambda: tf.queue.QueueBase.from_list(0, []), TypeError, "A list of queues expected"),
        (
            lambda: tf.queue.QueueBase.from_list(0, [pair(), named()]),
            TypeError,
            "Queues do not have matching component dtypes.",
        ),
        (
            lambda: tf.queue.QueueBase.from_list(3, [pair()]),
            tf.errors.InvalidArgumentError,
            "indices = 3 is not in [0, 1)",
        ),
    ],
)
def test_errors(call, kind, text):
    found, message = told(call)
    assert found is kind
    assert text in message


# ---- in functions --------------------------------------------------------------------------------


def test_steps_keep_the_order_of_the_program():
    queue = pair()

    @tf.function
    def go():
        queue.enqueue((1, [1.0, 2.0]))
        size = queue.size()
        queue.enqueue((2, [3.0, 4.0]))
        first = queue.dequeue()
        rest = queue.dequeue_many(1)
        return size, first, rest, queue.size(), queue.is_closed()

    for _ in range(2):
        size, first, rest, left, closed = go()
        assert (size.numpy(), left.numpy(), closed.numpy()) == (1, 0, False)
        assert lists(first) == [1, [1.0, 2.0]]
        assert lists(rest) == [[2], [[3.0, 4.0]]]
    graph = go.get_concrete_function().graph
    kinds = [node.type for node in graph.get_operations() if node.type.startswith("Queue")]
    assert kinds == [
        "QueueEnqueueV2",
        "QueueSizeV2",
        "QueueEnqueueV2",
        "QueueDequeueV2",
        "QueueDequeueManyV2",
        "QueueSizeV2",
        "QueueIsClosedV2",
    ]
    assert rest[1].shape == [1, 2]


def test_shapes_while_tracing():
    queue, seen = pair(), []

    @tf.function
    def go(n):
        seen.append([x.shape.as_list() for x in queue.dequeue_many(n)])
        seen.append([x.shape.as_list() for x in queue.dequeue_many(0)])
        seen.append([x.shape.as_list() for x in queue.dequeue_up_to(0)])
        seen.append(queue.dequeue_many(n)[0].name)

    go(tf.constant(0))
    assert seen == [
        [[None], [None, 2]],
        [[0], [0, 2]],
        [[None], [None, 2]],
        "Empty_DequeueMany_2:0",
    ]


def test_loops_and_branches():
    queue = Queue(9, tf.int32, shapes=[[]])

    @tf.function
    def go(n):
        for i in tf.range(n):
            if i % 2 == 0:
                queue.enqueue(i)
        total = tf.constant(0)
        while queue.size() > 0:
            total += queue.dequeue()
        return total

    assert go(tf.constant(10)).numpy() == 20
    assert go(tf.constant(3)).numpy() == 2


def test_a_queue_as_argument_or_by_its_reference():
    queue = Queue(9, tf.int32, shapes=[[]])
    queue.enqueue(4)

    @tf.function
    def by_object(queue):
        return queue.size()

    @tf.function
    def by_reference(handle):
        return tf.queue.QueueBase([tf.int32], [[]], None, handle).dequeue()

    assert by_object(queue).numpy() == 1
    assert by_reference(queue.queue_ref).numpy() == 4


def test_choosing_a_queue_while_the_graph_runs():
    queues = [Queue(9, tf.int32, shapes=[[]]) for _ in range(2)]
    for i, queue in enumerate(queues):
        queue.enqueue_many([[i, 10 + i]])

    @tf.function
    def go(which):
        return tf.queue.QueueBase.from_list(which, queues).dequeue()

    assert go(tf.constant(1)).numpy() == 1
    assert go(tf.constant(0)).numpy() == 0
    assert go(tf.constant(1)).numpy() == 11
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices = 2 is not in \[0, 2\)"):
        go(tf.constant(2))


def unknown(function, *dtypes):
    return tf.function(function, input_signature=[tf.TensorSpec(None, dtype) for dtype in dtypes])


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (([1, 2], np.ones([3, 2], "f4")), "tuple component 1. Expected [2,2], got [3,2]"),
        (([1, 2], np.ones([2, 3], "f4")), "tuple component 1. Expected [2,2], got [2,3]"),
        (([1], np.float32(1)), "tuple component 1. Expected [1,2], got []"),
    ],
)
def test_shapes_that_show_when_the_graph_runs(values, text):
    queue = pair()
    go = unknown(lambda a, b: queue.enqueue_many((a, b)) and None, tf.int32, tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        go(*map(tf.constant, values))
    assert f"Shape mismatch in {text}" in str(caught.value)


def test_lengths_that_show_when_the_graph_runs():
    queue = named()
    go = unknown(lambda a, b: queue.enqueue_many({"a": a, "b": b}) and None, tf.int32, tf.int32)
    text = "same size in the 0th dimension. Component 1 has 3, and should have 2"
    with pytest.raises(tf.errors.InvalidArgumentError, match=text):
        go(tf.constant([1, 2]), tf.constant([1, 2, 3]))


def test_errors_in_a_function():
    queue = pair()
    queue.close()

    @tf.function
    def go():
        return queue.dequeue()

    with pytest.raises(tf.errors.OutOfRangeError) as caught:
        go()
    message = str(caught.value)
    assert message.startswith("Graph execution error:\n\nDetected at node Empty_Dequeue defined at")
    assert "is closed and has insufficient elements (requested 1, current size 0)" in message
    assert "[[{{node Empty_Dequeue}}]] [Op:__inference_go_" in message
    with pytest.raises(ValueError, match=r"Input 'n' must be >= 0, but is -1 for '{{node Empty"):
        tf.function(lambda: queue.dequeue_many(-1))()


def test_wrong_kinds_while_tracing():
    with pytest.raises(TypeError, match=r"Expected int32, but got a of type 'str'\."):
        tf.function(lambda: Queue(3, tf.int32).enqueue("a"))()


def test_elements_stay_what_they_were():
    """What a compiled program or an assignment does to a variable does not reach the queue."""
    queue, large, small = Queue(9, tf.float32), tf.Variable(tf.ones([600, 600])), tf.Variable([1.0])

    @tf.function
    def go():
        for variable in (large, small):
            queue.enqueue(variable)
            variable.assign_add(variable * 2.0)

    go()
    go()
    for wanted in (1.0, 1.0, 3.0, 3.0):
        assert np.all(queue.dequeue().numpy() == wanted)
    assert large.numpy()[0, 0] == small.numpy()[0] == 9.0


# ---- threads -------------------------------------------------------------------------------------


def test_a_function_that_waits_can_be_fed():
    """Neither the variable's lock nor any other is held while a step waits."""
    queue, total = Queue(1, tf.int32, shapes=[[]]), tf.Variable(0)

    @tf.function
    def take(n):
        for _ in tf.range(n):
            total.assign_add(queue.dequeue())
        return total.read_value()

    @tf.function
    def feed(n):
        for i in tf.range(n):
            queue.enqueue(i)

    found = []
    thread = threading.Thread(target=lambda: found.append(take(tf.constant(50)).numpy()))
    thread.start()
    feed(tf.constant(25))
    for i in range(25):
        queue.enqueue(i)
    thread.join(30)
    assert found == [600]


def test_a_million_elements_through_eight_producers_and_eight_consumers():
    producers, batches, size = 8, 125, 1000
    queue = Queue(5000, [tf.int32, tf.int32], shapes=[[], []])
    found = [[] for _ in range(8)]

    def produce(who):
        owner = tf.fill([size], who)
        for k in range(batches):
            queue.enqueue_many((owner, tf.range(k * size, (k + 1) * size)))

    def consume(mine):
        try:
            while True:
                mine.append(np.stack([x.numpy() for x in queue.dequeue_up_to(size)]))
        except tf.errors.OutOfRangeError:
            return

    makers = [threading.Thread(target=produce, args=(i,)) for i in range(producers)]
    takers = [threading.Thread(target=consume, args=(mine,)) for mine in found]
    for thread in makers + takers:
        thread.start()
    for thread in makers:
        thread.join()
    queue.close()
    for thread in takers:
        thread.join()
    columns = [np.concatenate(mine, axis=1) for mine in found if mine]
    together = np.concatenate(columns, axis=1)
    assert together.shape == (2, producers * batches * size)
    for who in range(producers):
        numbers = together[1, together[0] == who]
        assert np.array_equal(np.sort(numbers), np.arange(batches * size))
        for owners, values in columns:  # each consumer sees each producer's elements in order
            assert np.all(np.diff(values[owners == who]) > 0)


def test_single_elements_between_threads():
    queue = tf.compat.v1.FIFOQueue(10, tf.int32, shapes=[[]])
    found = [[] for _ in range(4)]

    def produce(who):
        for k in range(500):
            queue.enqueue(1000 * who + k)

    def consume(mine):
        try:
            while True:
                mine.append(int(queue.dequeue()))
        except tf.errors.OutOfRangeError:
            return

    makers = [threading.Thread(target=produce, args=(i,)) for i in range(4)]
    takers = [threading.Thread(target=consume, args=(mine,)) for mine in found]
    for thread in makers + takers:
        thread.start()
    for thread in makers:
        thread.join()
    queue.close()
    for thread in takers:
        thread.join()
    together = [value for mine in found for value in mine]
    assert sorted(together) == [1000 * who + k for who in range(4) for k in range(500)]
