"""`tf.compat.v1.strings`: what TensorFlow 2.21 answers under the first signatures."""

import pytest

import headrace as tf

v1 = tf.compat.v1


def parts(found):
    return found.indices.numpy().tolist(), found.values.numpy().tolist()


def test_split_answers_a_sparse_tensor_unless_asked_for_a_ragged_one():
    found = v1.string_split(["a b c", "d  e", ""])
    assert parts(found) == (
        [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1]],
        [b"a", b"b", b"c", b"d", b"e"],
    )
    assert found.dense_shape.numpy().tolist() == [3, 3]
    assert parts(v1.string_split(["a,b;c"], ",;"))[1] == [b"a", b"b", b"c"]
    assert parts(v1.string_split(["a,,c"], sep=",", skip_empty=False))[1] == [b"a", b"", b"c"]
    assert parts(v1.string_split(["abc"], delimiter=""))[1] == [b"a", b"b", b"c"]
    assert v1.string_split(["a b"], result_type="RaggedTensor").to_list() == [[b"a", b"b"]]
    assert parts(v1.strings.split("a b")) == ([[0, 0], [0, 1]], [b"a", b"b"])
    nested = v1.strings.split([["a b"], ["c"]])
    assert parts(nested) == ([[0, 0, 0], [0, 0, 1], [1, 0, 0]], [b"a", b"b", b"c"])
    ragged = v1.strings.split(tf.ragged.constant([["a b"], []]), result_type="RaggedTensor")
    assert ragged.to_list() == [[[b"a", b"b"]], []]
    assert parts(v1.strings.split(source=["a,b,c"], sep=",", maxsplit=1))[1] == [b"a", b"b,c"]


def test_old_names_and_old_orders():
    assert v1.strings.length(["ab", "\u00e9"], "n", "UTF8_CHAR").numpy().tolist() == [2, 1]
    assert v1.substr("a\u00e9c", 1, 1, unit="UTF8_CHAR").numpy() == "\u00e9".encode()
    square = [["a", "b"], ["c", "d"]]
    assert v1.reduce_join(square, [0, 1], None, "x").numpy() == b"axcxbxd"
    assert v1.reduce_join(square, reduction_indices=[0]).numpy().tolist() == [b"ac", b"bd"]
    assert v1.reduce_join(square, 1, keep_dims=True).numpy().tolist() == [[b"ab"], [b"cd"]]
    assert v1.string_to_number(input="3").numpy() == 3.0
    assert v1.string_to_number(["1"], tf.int32).dtype is tf.int32
    assert v1.string_to_hash_bucket(input="a", num_buckets=3).numpy() == 1


@pytest.mark.parametrize(
    "call, match",
    [
        (lambda: v1.string_split(["a"], sep="b", delimiter="c"), "both 'delimiter' and 'sep'"),
        (lambda: v1.string_split(["a"], result_type="x"), "must be 'RaggedTensor' or 'Sparse"),
        (lambda: v1.strings.split(["a"], source=["b"]), "both 'source' and 'input'"),
        (lambda: v1.strings.split(["a"], result_type="x"), "must be 'RaggedTensor' or 'Sparse"),
        (lambda: v1.reduce_join(["a"], 0, reduction_indices=0), "'reduction_indices' and 'axis'"),
        (lambda: v1.string_to_number("3", input="4"), "both 'string_tensor' and 'input'"),
        (lambda: v1.string_to_hash_bucket("b", 3, input="a"), "both 'string_tensor' and 'input'"),
    ],
)
def test_two_names_for_one_thing_are_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call()


def test_only_a_vector_is_split_by_the_oldest():
    with pytest.raises(tf.errors.InvalidArgumentError, match="input must be a vector"):
        v1.string_split("a b")
