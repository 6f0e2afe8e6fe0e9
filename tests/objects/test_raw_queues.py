"""The ops of queues and optionals by their registry names."""

import pytest

import headrace as tf

raw = tf.raw_ops


def test_queues():
    handle = raw.FIFOQueueV2(component_types=[tf.int32], shapes=[[]], capacity=5)
    raw.QueueEnqueueV2(handle=handle, components=[1])
    raw.QueueEnqueueManyV2(handle=handle, components=[[2, 3, 4]])
    assert raw.QueueSizeV2(handle=handle).numpy() == 4
    assert [x.numpy() for x in raw.QueueDequeueV2(handle=handle, component_types=[tf.int32])] == [1]
    (two,) = raw.QueueDequeueManyV2(handle=handle, n=2, component_types=[tf.int32])
    assert two.numpy().tolist() == [2, 3]
    raw.QueueCloseV2(handle=handle)
    assert raw.QueueIsClosedV2(handle=handle).numpy()
    (rest,) = raw.QueueDequeueUpToV2(handle=handle, n=9, component_types=[tf.int32])
    assert rest.numpy().tolist() == [4]


def test_in_a_function():
    handle = raw.PaddingFIFOQueueV2(component_types=[tf.int32], shapes=[[None]])

    @tf.function
    def go(x):
        raw.QueueEnqueueV2(handle=handle, components=[x])
        raw.QueueEnqueueV2(handle=handle, components=[x[:1]])
        return raw.QueueDequeueManyV2(handle=handle, n=2, component_types=[tf.int32])

    assert go(tf.constant([1, 2]))[0].numpy().tolist() == [[1, 2], [1, 0]]


def test_other_kinds():
    ranked = raw.PriorityQueueV2(shapes=[[], []], component_types=[tf.string])
    for priority, word in ((2, "b"), (1, "a")):
        components = [tf.constant(priority, tf.int64), word]
        raw.QueueEnqueueV2(handle=ranked, components=components)
    found = raw.QueueDequeueV2(handle=ranked, component_types=[tf.int64, tf.string])
    assert found[1].numpy() == b"a"
    shuffled = raw.RandomShuffleQueueV2(component_types=[tf.int32], shapes=[[]])
    raw.QueueEnqueueManyV2(handle=shuffled, components=[[1, 2, 3]])
    (three,) = raw.QueueDequeueManyV2(handle=shuffled, n=3, component_types=[tf.int32])
    assert sorted(three.numpy()) == [1, 2, 3]


def test_refusals():
    handle = raw.FIFOQueueV2(component_types=[tf.int32], capacity=5)
    with pytest.raises(tf.errors.InvalidArgumentError, match="have: resource, float-> expected"):
        raw.QueueEnqueueV2(handle=handle, components=[1.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match="have: resource->float expected: "):
        raw.QueueDequeueV2(handle=handle, component_types=[tf.float32])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Timeout not supported yet"):
        raw.QueueDequeueV2(handle=handle, component_types=[tf.int32], timeout_ms=10)
    with pytest.raises(NotImplementedError, match="shared_name"):
        raw.FIFOQueueV2(component_types=[tf.int32], shared_name="x")


def test_optionals():
    optional = raw.OptionalFromValue(components=[1, "a"])
    assert raw.OptionalHasValue(optional=optional).numpy()
    one, word = raw.OptionalGetValue(
        optional=optional, output_types=[tf.int32, tf.string], output_shapes=[[], []]
    )
    assert one.numpy() == 1 and word.numpy() == b"a"
    assert not raw.OptionalHasValue(optional=raw.OptionalNone()).numpy()
