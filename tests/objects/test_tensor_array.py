"""TensorArray and TensorArraySpec in eager mode.

Read next: headrace/_src/objects/tensor_array.py.
"""

import numpy as np
import pytest

import headrace as tf

InvalidArgumentError = tf.errors.InvalidArgumentError
OutOfRangeError = tf.errors.OutOfRangeError


def array(size=3, **options):
    return tf.TensorArray(tf.float32, size, **options)


def filled(**options):
    return array(3, **options).unstack([1.0, 2.0, 3.0])


def test_writing_and_reading():
    a = array(2)
    assert a.write(0, 1) is a
    assert a.write(tf.constant(1), tf.Variable(2.0)).stack().numpy().tolist() == [1, 2]
    assert a.read(np.int64(1)).numpy() == 2
    assert a.write(1, 7.0).read(1).numpy() == 7


def test_what_was_not_written_is_zeros_of_the_known_shape():
    assert array(2).write(0, [1.0, 2.0]).stack().numpy().tolist() == [[1, 2], [0, 0]]
    assert array(element_shape=[2]).read(0).numpy().tolist() == [0, 0]
    assert tf.TensorArray(tf.string, 2).write(0, "a").stack().numpy().tolist() == [b"a", b""]


def test_a_second_reading():
    assert filled(clear_after_read=False).read(1).numpy() == 2
    a = filled()
    a.stack()
    a.gather([1])
    a.read(1)
    with pytest.raises(InvalidArgumentError, match="Could not read index 1 twice because"):
        a.read(1)
    kept = filled(clear_after_read=False)
    assert kept.read(1).numpy() == kept.read(1).numpy() == 2


def test_dynamic_size():
    a = array(2, dynamic_size=True).write(4, 1.0)
    assert a.size().numpy() == 5
    assert a.stack().numpy().tolist() == [0, 0, 0, 0, 1]
    assert array(1, dynamic_size=True).unstack([1.0, 2.0]).size().numpy() == 2


def test_gather_scatter_concat_split():
    assert filled().gather([2, 0]).numpy().tolist() == [3, 1]
    assert filled().gather(tf.constant([1, 1])).numpy().tolist() == [2, 2]
    assert filled().gather([]).shape == [0]
    assert array().scatter([2, 0], [1.0, 2.0, 3.0]).stack().numpy().tolist() == [2, 0, 1]
    pieces = array(2).split([1.0, 2.0, 3.0], [1, 2])
    assert pieces.concat().numpy().tolist() == [1, 2, 3]
    assert pieces.read(1).numpy().tolist() == [2, 3]


def test_no_elements():
    assert array(0).stack().shape == [0]
    assert array(0, element_shape=[3]).stack().shape == [0, 3]
    assert array(-1).size().numpy() == 0
    with pytest.raises(InvalidArgumentError, match="ConcatV2"):
        array(0).concat()


def test_properties():
    a = array(element_shape=[2, None])
    assert (a.dtype, a.dynamic_size, a.handle, a.flow.dtype) == (
        tf.float32, False, None, tf.int32,
    )  # fmt: skip
    assert a.element_shape.as_list() == [2, None]
    assert a.write(0, tf.ones([2, 3])).element_shape.as_list() == [2, 3]
    assert array(infer_shape=False).write(0, 1.0).element_shape.rank is None
    assert a.identity() is a
    assert a.close() is None
    assert a.size().numpy() == 0
    assert repr(a).startswith("<tensorflow.python.ops.tensor_array_ops.TensorArray object at 0x")


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: tf.TensorArray(tf.float32), ValueError, "Size must be declared"),
        (lambda: array(handle=1), ValueError, "handles are not supported"),
        (lambda: array("a"), TypeError, "cannot be interpreted as an integer"),
        (lambda: tf.TensorArray("bad", 2), TypeError, "Cannot convert the argument"),
        (lambda: array().grad("g"), NotImplementedError, "TensorArray.grad is not supported"),
        (lambda: array(2).read(5), OutOfRangeError, "read from index 5 but array size is: 2"),
        (lambda: array().read(-1), OutOfRangeError, "Reading from negative indices"),
        (lambda: array().read(0), ValueError, "partially known TensorShape <unknown>"),
        (lambda: array().read(1.0), TypeError, "list indices must be integers"),
        (lambda: array().stack(), ValueError, "partially known TensorShape <unknown>"),
        (lambda: array(2).write(2, 1.0), OutOfRangeError, "not resizeable and size is: 2"),
        (lambda: array().write(-1, 1.0), OutOfRangeError, "Writing to negative indices"),
        (lambda: array().write(0, tf.constant(1)), InvalidArgumentError, "dtype int32"),
        (lambda: array().write(0, "a"), InvalidArgumentError, "dtype string"),
        (lambda: array().write(0, None), ValueError, "Attempt to convert a value"),
        (
            lambda: array().write(0, tf.ones(3)).write(1, tf.ones([2, 2])),
            ValueError,
            r"Incompatible shape for value \(\(2, 2\)\), expected \(\(3,\)\)",
        ),
        (lambda: array(1).unstack([1.0, 2.0]), ValueError, "TensorArray of static size 1"),
        (lambda: array().unstack(1.0), ValueError, "`axis` = 0 not in range"),
        (lambda: filled().gather([5]), IndexError, "out of range"),
        (lambda: filled().gather(1), TypeError, "not iterable"),
        (lambda: filled().concat(), InvalidArgumentError, "scalar shape at index 0"),
        (lambda: array().scatter([1], [1]), InvalidArgumentError, "dtype int32"),
        (lambda: array(2).split([1.0, 2.0, 3.0], [1, 1]), InvalidArgumentError, "lengths is 2"),
        (lambda: array(4).split([1.0, 2.0], [1, 1]), InvalidArgumentError, r"\(4 vs. 2\)"),
        (lambda: array(1).split(1.0, [1]), InvalidArgumentError, "at least a vector"),
        (lambda: array(1).split([1.0], 1), InvalidArgumentError, "lengths to be a vector"),
        (
            lambda: array(2, infer_shape=False).write(0, [1.0]).write(1, [1.0, 2.0]).stack(),
            InvalidArgumentError,
            "Shapes of all inputs must match",
        ),
    ],
)
def test_errors(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_elements_of_another_dtype_are_let_in_but_not_in_silence(caplog):
    array(2).unstack(tf.constant([1, 2]))
    assert "float32" in caplog.text
    assert "int32" in caplog.text


def test_gradients_of_first_and_second_order():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            a = array(2, clear_after_read=False).unstack(x)
            b = array(3).write(0, a.read(0) ** 3).write(1, a.read(1) * a.read(0))
            y = tf.concat([b.stack(), a.gather([1]) ** 2], 0)
        dx = inner.gradient(y, x)
    assert dx.numpy().tolist() == [3 + 2, 1 + 4]
    assert outer.gradient(dx, x).numpy().tolist() == [6 + 1, 1 + 2]


class TestSpec:
    def test_of_a_value(self):
        spec = tf.TensorArraySpec.from_value(array(element_shape=[2], dynamic_size=True))
        assert repr(spec) == "TensorArraySpec(TensorShape([2]), tf.float32, True, True)"
        assert spec == tf.TensorArraySpec([2], dynamic_size=True)
        assert hash(spec) == hash(tf.TensorArraySpec([2], dynamic_size=True))
        assert array().__tf_tracing_type__(None) == tf.TensorArraySpec()
        assert spec.value_type is tf.TensorArray
        with pytest.raises(TypeError, match="Expected value to be a TensorArray"):
            tf.TensorArraySpec.from_value(3)

    def test_relations(self):
        spec, known = tf.TensorArraySpec(), tf.TensorArraySpec([2])
        assert spec.is_compatible_with(array())
        assert spec.is_compatible_with(known)
        assert not spec.is_compatible_with(array(dynamic_size=True))
        assert not spec.is_compatible_with(3)
        assert not known.is_compatible_with(tf.TensorArraySpec([3]))
        assert known.is_subtype_of(spec)
        assert spec.is_subtype_of(known)
        assert known.most_specific_common_supertype([tf.TensorArraySpec([3])]) is known
        assert spec.most_specific_common_supertype([tf.TensorArraySpec(dtype=tf.int32)]) is None

    def test_only_an_array_of_a_graph_is_taken_apart(self):
        with pytest.raises(NotImplementedError, match="eager-mode TensorArray"):
            tf.TensorArraySpec().to_tensors(array())
        with pytest.raises(TypeError, match="variant"):
            tf.TensorArraySpec().from_tensors(iter([tf.constant(1)]))


def test_types_for_annotations():
    types = tf.types.experimental
    assert isinstance(tf.TensorSpec(None), types.TraceType)
    assert isinstance(array(), types.SupportsTracingProtocol)
    assert not isinstance(3, types.SupportsTracingProtocol)
    assert tf.Tensor in types.TensorLike.__args__
    assert np.ndarray in types.TensorLike.__args__
    with pytest.raises(TypeError, match="abstract"):
        types.TraceType()
