"""What never reaches a kernel: a kernel trusts its arguments, so what is wrong is refused before.

Each of these once wrote beyond an array, read beyond one, or went round 2**64.
"""

import sys

import numpy as np
import pytest

import headrace as tf
from headrace._src import native
from headrace._src.native.strings import decimal_integers, string_length

Invalid = tf.errors.InvalidArgumentError
raw = tf.raw_ops


def int64(*values):
    return tf.constant(values, tf.int64)


# ---- the library ---------------------------------------------------------------------------------


def test_another_python_has_no_library(monkeypatch):
    monkeypatch.delenv("HEADRACE_NATIVE", raising=False)
    monkeypatch.setattr(sys.implementation, "name", "pypy")
    assert native._found() == (None, "it is for CPython, not for pypy")


def test_a_python_without_the_gil_has_none(monkeypatch):
    monkeypatch.delenv("HEADRACE_NATIVE", raising=False)
    monkeypatch.setattr(native.sysconfig, "get_config_var", {"Py_GIL_DISABLED": 1}.get)
    assert "without the GIL" in native._found()[1]


def test_a_machine_of_the_other_byte_order_has_none(monkeypatch):
    monkeypatch.delenv("HEADRACE_NATIVE", raising=False)
    monkeypatch.setattr(sys, "byteorder", "big")
    assert "the lowest byte" in native._found()[1]


@pytest.mark.parametrize("number", [2**63, 2**64, -(2**63) - 1])
def test_a_number_that_c_has_not(number):
    with pytest.raises(OverflowError, match="too big"):
        string_length(1, np.array([b"a"], object), number, np.empty(1, np.int32))


# ---- rows of values ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [tf.int32, tf.int64])
def test_splits_whose_differences_wrap_around(kind):
    splits = tf.constant([0, kind.max, -2, 3], kind)
    with pytest.raises(Invalid, match=f"non decreasing, but we got {kind.max} followed by -2"):
        raw.RaggedTensorToSparse(rt_nested_splits=[splits], rt_dense_values=tf.zeros(3))
    with pytest.raises(Invalid, match="Invalid row split size"):
        raw.RaggedTensorToTensor(
            shape=[-1, -1],
            values=tf.zeros(3),
            default_value=0.0,
            row_partition_tensors=[splits],
            row_partition_types=["ROW_SPLITS"],
        )


def test_splits_that_are_a_matrix():
    with pytest.raises(Invalid, match="we got 100 followed by 2"):
        raw.RaggedTensorToSparse(rt_nested_splits=[[[0, 100], [2, 3]]], rt_dense_values=tf.zeros(3))


def test_more_rows_gathered_than_int32_counts():
    rows = tf.RaggedTensor.from_row_splits(tf.zeros(2**20, tf.int8), tf.constant([0, 2**20]))
    with pytest.raises(Invalid, match="4296015872 values are too many for row splits of int32"):
        tf.gather(rows, tf.zeros(4097, tf.int32))


@pytest.mark.parametrize("limits", [(2**32 + 5,), (2**31, 5)])
def test_ranges_longer_than_int32_counts(limits):
    zeros, ones = int64(*(0 for _ in limits)), int64(*(1 for _ in limits))
    with pytest.raises(Invalid, match="<= 2147483647"):
        raw.RaggedRange(starts=zeros, limits=int64(*limits), deltas=ones, Tsplits=tf.int32)


@pytest.mark.parametrize("limits", [int64(*[2**62] * 4, 3), tf.constant([2.0**62] * 4 + [3.0])])
def test_ranges_whose_sum_goes_round(limits):
    with pytest.raises(Invalid, match="total range size overflowed"):
        tf.ragged.range(limits)


def test_ranges_over_all_of_int64():
    low, high = -(2**63), 2**63 - 1
    found = tf.ragged.range(int64(low, high), int64(high, low), int64(2**62, low))
    assert found.to_list() == [[low, -(2**62), 0, 2**62], [high, -1]]
    with pytest.raises(Invalid, match="<= 9223372036854775807"):
        tf.ragged.range(int64(low), int64(high))


# ---- rows of positions ---------------------------------------------------------------------------

TWO, THREE = [[0, 0], [1, 1]], [[0, 1, 3]]


@pytest.mark.parametrize("sizes", [[5], [5, 5, 5]])
def test_positions_of_another_rank_than_the_shape(sizes):
    parts = {"values": [1.0, 2.0], "shape": sizes}
    told = rf"Index rank \(2\) and shape rank \({len(sizes)}\) do not match"
    with pytest.raises(Invalid, match=told):
        raw.SparseSplit(split_dim=0, indices=TWO, num_split=2, **parts)
    with pytest.raises(Invalid, match=told):
        raw.SparseSparseMaximum(
            a_indices=TWO, a_values=[1.0, 2.0], a_shape=sizes,
            b_indices=THREE, b_values=[1.0], b_shape=sizes,
        )  # fmt: skip


def test_two_lists_of_positions_of_different_ranks():
    with pytest.raises(Invalid, match="same dimension, got 2 and 3"):
        raw.SparseAdd(
            a_indices=TWO, a_values=[1.0, 2.0], a_shape=[5, 5],
            b_indices=THREE, b_values=[1.0], b_shape=[5, 5], thresh=0.0,
        )  # fmt: skip
    with pytest.raises(Invalid, match="same dimension"):
        raw.SparseAddGrad(
            backprop_val_grad=[1.0], a_indices=TWO, b_indices=TWO[:1], sum_indices=THREE
        )


# ---- strings -------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [2**31, 2**64])
def test_texts_longer_than_int32_counts(width):
    with pytest.raises(Invalid, match=f"Attr width has value {width} out of range for an int32"):
        tf.strings.as_string(1.5, width=width)
    with pytest.raises(Invalid, match="Attr precision"):
        tf.strings.as_string(1.5, precision=width)


@pytest.mark.parametrize(("pad", "width"), [(2**62, 3), (2**63 - 1, 3), (-1, 2**62 + 1)])
def test_windows_wider_than_int32_counts(pad, width):
    with pytest.raises(Invalid, match="out of range for an int32"):
        raw.StringNGrams(
            data=["a", "b"], data_splits=[0, 2], separator="--", ngram_widths=[width],
            left_pad="l", right_pad="r", pad_width=pad, preserve_short_sequences=True,
        )  # fmt: skip


def test_more_buckets_than_int64_counts():
    with pytest.raises(OverflowError):
        tf.strings.to_hash_bucket_fast(["a"], 2**64)


@pytest.mark.parametrize("dtype", [tf.int64, tf.uint64])
def test_thousands_of_digits(dtype):
    with pytest.raises(Invalid, match="could not correctly convert string: 111"):
        tf.strings.to_number(["1" * 5000], dtype)
    # The largest uint64 sends all to Python.
    found = tf.strings.to_number(["+" + "0" * 5000 + "1", str(dtype.max)], dtype)
    assert found.numpy().tolist() == [1, dtype.max]


def test_thousands_of_digits_without_the_library():
    texts, out = np.array([b"-" + b"0" * 5000 + b"1", b"1" * 5000], object), np.empty(2, np.int64)
    for kernel in (decimal_integers, decimal_integers.body):
        assert kernel(2, texts, -5, 5, out) == 1
        assert out[0] == -1
