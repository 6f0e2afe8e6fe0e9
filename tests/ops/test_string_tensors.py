"""Tensors of strings everywhere: in what moves elements, in variables, functions, loops, in print.

Read next: tests/cases/strings.py, for the functions that strings alone have.
"""

import numpy as np
import pytest

import headrace as tf

AB = ["a", "b"]
AB_BYTES = [b"a", b"b"]


def listed(value):
    return value.numpy().tolist()


MOVES = {
    "slicing": (lambda: tf.constant(AB)[::-1], [b"b", b"a"]),
    "concat": (lambda: tf.concat([AB, ["c"]], 0), [b"a", b"b", b"c"]),
    "stack": (lambda: tf.stack(["a", "b\0"]), [b"a", b"b\0"]),
    "gather": (lambda: tf.gather(AB, [1, 0, 1]), [b"b", b"a", b"b"]),
    "gather_nd": (lambda: tf.gather_nd([AB], [[0, 1]]), [b"b"]),
    "where": (lambda: tf.where([True, False], AB, "z"), [b"a", b"z"]),
    "tile": (lambda: tf.tile(["a"], [3]), [b"a"] * 3),
    "repeat": (lambda: tf.repeat(AB, 2), [b"a", b"a", b"b", b"b"]),
    "reshape": (lambda: tf.reshape(AB, [2, 1]), [[b"a"], [b"b"]]),
    "transpose": (lambda: tf.transpose([AB]), [[b"a"], [b"b"]]),
    "reverse": (lambda: tf.reverse(AB, [0]), [b"b", b"a"]),
    "unique": (lambda: tf.unique(["a", "b", "a"]).y, [b"a", b"b"]),
    "equal": (lambda: tf.equal(AB, "a"), [True, False]),
    "fill": (lambda: tf.fill([2], b"\xff"), [b"\xff", b"\xff"]),
    "zeros": (lambda: tf.zeros([2], tf.string), [b"", b""]),
    "zeros_like": (lambda: tf.zeros_like(AB), [b"", b""]),
    "broadcast_to": (lambda: tf.broadcast_to("a", [2]), [b"a", b"a"]),
    "boolean_mask": (lambda: tf.boolean_mask(AB, [False, True]), [b"b"]),
    "scatter_nd": (lambda: tf.scatter_nd([[0], [2]], AB, [3]), [b"a", b"", b"b"]),
    "one_hot": (lambda: tf.one_hot([1], 2, "y", "n", dtype=tf.string), [[b"n", b"y"]]),
    "add": (lambda: "x" + tf.constant(AB), [b"xa", b"xb"]),
    "map_fn": (lambda: tf.map_fn(lambda s: s + "!\0", tf.constant(AB)), [b"a!\0", b"b!\0"]),
    "scan": (lambda: tf.scan(lambda a, s: a + s, tf.constant(AB)), [b"a", b"ab"]),
    "TensorArray": (lambda: tf.TensorArray(tf.string, 2).unstack(AB).stack(), [b"a", b"b"]),
    "cond": (
        lambda: tf.cond(
            tf.constant(True), lambda: tf.fill([], "a"), lambda: tf.zeros([], tf.string)
        ),
        b"a",
    ),
    "while_loop": (
        lambda: tf.while_loop(lambda s: tf.strings.length(s) < 3, lambda s: [s + "x"], [""])[0],
        b"xxx",
    ),
    "parse_tensor": (lambda: tf.io.parse_tensor(tf.io.serialize_tensor(AB), tf.string), AB_BYTES),
    "py_function": (lambda: tf.py_function(lambda s: s.numpy() + b"!", ["a"], tf.string), b"a!"),
}


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("in_graph", [False, True])
def test_moving(name, in_graph):
    call, wanted = MOVES[name]
    found = tf.function(call)() if in_graph else call()
    array = found.numpy()
    assert (array if isinstance(array, bytes) else array.tolist()) == wanted
    if found.dtype == tf.string and found.shape.rank:
        assert array.dtype == object


def test_two_scalars_end_to_end():
    found = tf.constant("a") + b"b\0"
    assert found.numpy() == b"ab\0"
    assert np.array(found).dtype == object


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: tf.sort(AB), tf.errors.InvalidArgumentError, "attr 'T' of string"),
        (lambda: tf.reduce_max(AB), tf.errors.InvalidArgumentError, "attr 'T' of string"),
        (lambda: tf.constant("a") < "b", tf.errors.InvalidArgumentError, "attr 'T' of string"),
        (lambda: tf.constant("a") * 2, TypeError, "Cannot convert 2"),
        (lambda: tf.constant(["a", 1]), ValueError, "Can't convert Python sequence"),
        (lambda: tf.constant(1, tf.string), TypeError, "Cannot convert 1"),
        (lambda: tf.ones([2], tf.string), TypeError, "Cannot convert 1"),
        (lambda: tf.cast("1", tf.int32), tf.errors.UnimplementedError, "Cast string to int32"),
    ],
)
def test_refusals(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


def test_texts(capsys):
    assert repr(tf.constant(b"\xff")) == "<tf.Tensor: shape=(), dtype=string, numpy=b'\\xff'>"
    assert (
        str(tf.constant(["caf\u00e9"])) == "tf.Tensor([b'caf\\xc3\\xa9'], shape=(1,), dtype=string)"
    )
    tf.print(tf.constant(['say "hi"\n', *"abcdefg"]), summarize=2)
    tf.print("caf\u00e9", tf.constant("caf\u00e9"))
    assert capsys.readouterr().err == (
        '["say \\"hi\\"\\n" "a" ... "f" "g"]\ncaf\u00e9 "caf\u00e9"\n'
    )


def test_variables():
    variable = tf.Variable(AB)
    assert listed(tf.strings.upper(variable)) == [b"A", b"B"]
    variable[0].assign("z")
    variable.scatter_nd_update([[1]], ["y"])
    assert listed(variable) == [b"z", b"y"]

    @tf.function
    def doubled():
        variable.assign(tf.strings.join([variable, variable]))
        return tf.strings.length(variable)

    assert listed(doubled()) == [2, 2]
    with pytest.raises(tf.errors.InvalidArgumentError, match="No OpKernel was registered"):
        variable.assign_add(AB)
