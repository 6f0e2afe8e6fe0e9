"""Elementwise functions and operators of ragged tensors.

Read next: tests/ragged/test_recorded.py.
"""

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import headrace as tf
from headrace._src.ops import dispatch

Invalid = tf.errors.InvalidArgumentError
R = tf.ragged.constant
LISTS = st.lists(st.lists(st.integers(-9, 9), max_size=4), min_size=1, max_size=5)
UNKNOWN = tf.RaggedTensorSpec([None, None], tf.int32)


def ragged(rows):
    return R(rows, dtype=tf.int32, ragged_rank=1)


@given(LISTS, st.integers(-5, 5))
def test_operators_are_those_of_the_elements(rows, number):
    x = ragged(rows)
    for op in (operator.add, operator.sub, operator.mul, operator.lt, operator.ge, operator.eq):
        assert op(x, number).to_list() == [[op(v, number) for v in row] for row in rows]
        assert op(number, x).to_list() == [[op(number, v) for v in row] for row in rows]
        assert op(x, x + 1).to_list() == [[op(v, v + 1) for v in row] for row in rows]
    assert (-x).to_list() == [[-v for v in row] for row in rows]
    assert abs(x).to_list() == [[abs(v) for v in row] for row in rows]


@given(LISTS)
def test_a_column_goes_with_each_row(rows):
    column = [[i] for i in range(len(rows))]
    expected = [[v + i for v in row] for i, row in enumerate(rows)]
    assert (ragged(rows) + column).to_list() == expected
    assert (tf.constant(column) + ragged(rows)).to_list() == expected


@given(LISTS, LISTS)
def test_other_rows_are_an_error_or_not_equal(first, second):
    x, y = ragged(first), ragged(second)
    if list(map(len, first)) == list(map(len, second)):
        both = zip(first, second, strict=True)
        rows = [[a + b for a, b in zip(*pair, strict=True)] for pair in both]
        assert (x + y).to_list() == rows
    elif 1 not in (len(first), len(second)):  # for a single row may be one for all
        assert (x == y) is False
        assert (x != y) is True
        with pytest.raises(Invalid, match="Condition x == y did not hold"):
            x + y


def test_the_text_of_rows_that_differ():
    with pytest.raises(Invalid) as caught:
        R([[1, 2], [3]]) + R([[1], [2, 3]])
    assert str(caught.value) == (
        "Condition x == y did not hold.\nIndices of first 1 different values:\n[[1]]\n"
        "Corresponding x values:\n[2]\nCorresponding y values:\n[1]\nFirst 3 elements of x:\n"
        "[0 2 3]\nFirst 3 elements of y:\n[0 1 3]"
    )


def test_nothing_equals_none():
    x = R([[1]])
    assert (x == None) is False  # noqa: E711
    assert (x != None) is True  # noqa: E711


def test_deeper_values_take_a_value_for_each_row():
    x = R([[[1, 2], []], [[3]]])
    assert (x + [[[10]], [[20]]]).to_list() == [[[11, 12], []], [[23]]]
    assert (x * tf.constant(2)).to_list() == [[[2, 4], []], [[6]]]
    dense = R([[[1, 2]], [[3, 4], [5, 6]]], ragged_rank=1)
    assert (dense + [10, 20]).to_list() == [[[11, 22]], [[13, 24], [15, 26]]]
    assert (dense + [[[10, 20]], [[30, 40]]]).to_list() == [[[11, 22]], [[33, 44], [35, 46]]]


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
def test_row_splits_keep_their_dtype(dtype):
    x = R([[1, 2], [3]], row_splits_dtype=dtype)
    for made in (x + x, x + [[1], [2]], tf.cast(x, tf.float32)):
        assert made.row_splits.dtype == dtype


@pytest.mark.parametrize("table", [dispatch.UNARY, dispatch.BINARY], ids=["unary", "binary"])
def test_the_functions_of_the_table_keep_the_rows(table):
    wanted = {"bitwise": R([[1, 2], [3]]), "logical": R([[True, False], [True]])}
    skipped = {"log_softmax", "decode_base64", "decode_compressed", "encode_base64", "substr"}
    skipped |= {"saturate_cast", "cast", "clip_by_value", "nextafter", "check_numerics"}
    skipped |= {"convert_image_dtype", "adjust_brightness", "random_brightness", "complex"}
    skipped |= {"scalar_mul", "stateless_random_brightness", "invert", "left_shift", "right_shift"}
    for function in dispatch.functions(table):
        name = function.__name__
        if name in skipped:
            continue
        x = wanted.get(name.split("_")[0], R([[0.25, 0.5], [0.75]]))
        given = (x,) if table is dispatch.UNARY else (x, x)
        made = function(*given)
        assert isinstance(made, tf.RaggedTensor), name
        flat = function(*(value.flat_values for value in given))
        np.testing.assert_array_equal(made.flat_values, flat)
        assert made.row_splits is x.row_splits


def test_the_other_functions_of_the_table():
    x = R([[0.25, 2.0], [7.0]])
    assert tf.cast(x, tf.int32).to_list() == [[0, 2], [7]]
    assert tf.clip_by_value(x, 1, 3).to_list() == [[1, 2], [3]]
    assert tf.saturate_cast(x * 100, tf.uint8).to_list() == [[25, 200], [255]]
    assert tf.image.adjust_brightness(x, 1).to_list() == [[1.25, 3], [8]]
    assert tf.complex(x, x).to_list() == [[0.25 + 0.25j, 2 + 2j], [7 + 7j]]
    assert tf.bitwise.left_shift(R([[1], [2]]), 2).to_list() == [[4], [8]]
    assert tf.bitcast(R([[1.0]]), tf.int32).to_list() == [[1065353216]]
    assert tf.stop_gradient(x) is not x
    with pytest.raises(ValueError, match="has no len"):
        tf.nn.log_softmax(x)  # which looks at whole rows


def test_gradients_go_to_the_flat_values():
    values, column = tf.Variable([1.0, 2, 3]), tf.Variable([[2.0], [5]])
    with tf.GradientTape() as tape:
        x = tf.RaggedTensor.from_row_lengths(values, [2, 1])
        total = tf.reduce_sum((x * column + x).flat_values)
    by_values, by_column = tape.gradient(total, [values, column])
    np.testing.assert_allclose(by_values, [3, 3, 6])
    np.testing.assert_allclose(by_column, [[3], [3]])


def test_a_function_takes_any_rows_and_is_traced_once():
    traces = []

    @tf.function(input_signature=[UNKNOWN, UNKNOWN])
    def add(x, y):
        traces.append(1)
        return x + y * 2

    for rows in ([[1, 2], [], [3]], [[4]], [[], [5, 6, 7]]):
        expected = [[3 * v for v in row] for row in rows]
        assert add(ragged(rows), ragged(rows)).to_list() == expected
    assert len(traces) == 1
    with pytest.raises(Invalid, match="Condition x == y did not hold"):
        add(R([[1], [2]]), R([[1, 2], [3, 4]]))
    with pytest.raises(Invalid, match="Condition x == y did not hold"):
        add(R([[1], [2], [3]]), R([[1], [2]]))


@pytest.mark.parametrize("rows, column", [([[1, 2], [3]], [[1], [2]]), ([[1, 2], [3]], [[5]])])
def test_a_function_takes_a_column_of_any_height(rows, column):
    signature = [UNKNOWN, tf.TensorSpec([None, 1], tf.int32)]
    multiply = tf.function(lambda x, y: x * y, input_signature=signature)
    expected = (ragged(rows) * column).to_list()
    assert multiply(ragged(rows), tf.constant(column)).to_list() == expected
    with pytest.raises(Invalid):
        multiply(ragged(rows), tf.constant([[1], [2], [3]]))


def test_assertions_look_at_all_elements():
    x = R([[1, 2], [3]])
    assert tf.debugging.assert_equal(x, x) is None
    assert tf.debugging.assert_less(x, [[3], [4]]) is None
    tf.debugging.assert_near(R([[1.0], []]), R([[1.0], []]))
    with pytest.raises(Invalid, match="oh\nCondition x < y did not hold"):
        tf.debugging.assert_less(x, 3, message="oh")
    with pytest.raises(Invalid, match="Tensor had NaN"):
        tf.debugging.check_numerics(R([[1.0], [float("nan")]]), "bad")


def test_a_ragged_tensor_is_no_tensor():
    with pytest.raises(ValueError, match="object of type 'RaggedTensor' has no len"):
        tf.convert_to_tensor(R([[1]]))
    convert = tf.function(lambda: tf.convert_to_tensor(R([[1]])), autograph=False)
    with pytest.raises(TypeError, match="Failed to convert elements of tf"):
        convert()
