"""tf.print, character by character; the texts are TensorFlow 2.21's.

Read next: headrace/_src/ops/printing.py.
"""

import sys
from collections import OrderedDict, namedtuple

import numpy as np
import pytest

import headrace as tf

C = tf.constant
Pair = namedtuple("Pair", "b a")


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ((), ""),
        (("a", 1, 2.5, None, True), "a 1 2.5 None True"),
        ((C(1.0), C(-5), C(True)), "1 -5 1"),
        ((C([1e5, 1e-5, 1e6, 9999999.0]),), "[100000 1e-05 1e+06 9999999]"),
        ((C([0.1, 1 / 3]),), "[0.1 0.333333343]"),
        ((C([1 / 3, 1e10, 1e17], tf.float64),), "[0.33333333333333331 10000000000 1e+17]"),
        ((C([1 / 3, 65504.0], tf.float16),), "[0.333251953 65504]"),
        ((C([1 / 3, 3e38], tf.bfloat16),), "[0.333984375 3.00405527e+38]"),
        ((C([float("nan"), float("inf"), -float("inf"), -0.0]),), "[nan inf -inf -0]"),
        ((C([1e-45, -3e-39]),), "[0 -0]"),
        ((C([1 + 2j]),), "[?]"),
        ((C("a"),), "a"),
        ((C("a"), "b", b"c", ["d"], C(["e"])), "\"a\" b b'c' ['d'] [\"e\"]"),
        ((C(["a\n\"'\\", "\x01", "é"]),), '["a\\n\\"\\\'\\\\" "\\001" "é"]'),
        ((C([]), C([[]]), tf.zeros([0, 3]), tf.zeros([2, 0, 3])), "[] [\n ...] [] [\n\n ...]"),
        ((C([[1, 2], [3, 4]]),), "[[1 2]\n [3 4]]"),
        ((tf.reshape(tf.range(8), [2, 2, 2]),), "[[[0 1]\n  [2 3]]\n\n [[4 5]\n  [6 7]]]"),
        ((tf.range(7), tf.range(6)), "[0 1 2 ... 4 5 6] [0 1 2 3 4 5]"),
        (([1, [2, (3,)], {"b": 1, "a": C([1, 2])}],), "[1, [2, (3,)], {'a': [1 2], 'b': 1}]"),
        ((OrderedDict(z=1, a=C("s")),), "OrderedDict([('z', 1), ('a', \"s\")])"),
        ((Pair(1, C(2)),), "Pair(b=1, a=2)"),
        ((range(3), {1, 2}, [], {}), "[0, 1, 2] {1, 2} [] {}"),
        ((tf.Variable(1.0), [tf.Variable([1, 2])]), "1 [[1 2]]"),
        ((np.array([1.0, 2.5]), np.float32(0.1)), "array([1. , 2.5]) np.float32(0.1)"),
        ((tf.float32, tf.TensorShape([1, None])), "tf.float32 TensorShape([1, None])"),
        ((["a" * 40, C(1), "b" * 40],), f"['{'a' * 40}',\n 1,\n '{'b' * 40}']"),
    ],
)  # fmt: skip
def test_texts(inputs, text, capsys):
    assert tf.print(*inputs) is None
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"{text}\n")


@pytest.mark.parametrize(
    ("summarize", "text"),
    [
        (None, "[0 1 2 ... 7 8 9]"),
        (0, "[ ...]"),
        (1, "[0 ... 9]"),
        (-1, "[0 1 2 3 4 5 6 7 8 9]"),
        (100, "[0 1 2 3 4 5 6 7 8 9]"),
    ],
)
def test_summarize(summarize, text, capsys):
    tf.print(tf.range(10), summarize=summarize)
    assert capsys.readouterr().err == f"{text}\n"


def test_summarize_several_axes(capsys):
    tf.print(tf.zeros([7, 1, 1, 1]), tf.reshape(tf.range(16), [8, 2]), summarize=1)
    assert capsys.readouterr().err == (
        "[[[[0]]]\n\n\n ...\n\n\n [[[0]]]] [[0 1]\n ...\n [14 15]]\n"
    )


def test_separators_and_streams(capsys, tmp_path):
    tf.print("a", C(1), sep="-", end="!", output_stream=sys.stdout)
    assert capsys.readouterr().out == "a-1!"
    path = tmp_path / "log"
    for word in ("one", "two"):
        tf.print(word, C("é"), output_stream=f"file://{path}")
    assert path.read_text(encoding="utf-8") == 'one "é"\ntwo "é"\n'


def test_bytes_that_are_no_text(capfdbinary):
    tf.print(C(b"\xff\x00a"))
    assert capfdbinary.readouterr().err == b"\xff\x00a\n"


@pytest.mark.parametrize(
    ("options", "exception", "match"),
    [
        (
            {"output_stream": 5},
            ValueError,
            "Unsupported output stream, logging level, or file.5. S",
        ),
        ({"output_stream": None}, ValueError, "Unsupported output stream"),
        ({"foo": 2}, ValueError, r"Unrecognized keyword arguments for tf.print: \{'foo': 2\}"),
        ({"end": 5}, TypeError, "Expected string for argument 'end' not 5."),
        ({"output_stream": "file:///not/there"}, tf.errors.NotFoundError, "/not/there; No such fi"),
    ],
)
def test_wrong(options, exception, match):
    with pytest.raises(exception, match=match):
        tf.print(1, **options)


# ---- in a function


@pytest.mark.parametrize(
    "print_",
    [
        lambda x, v: tf.print("1:", v, output_stream=sys.stdout),
        lambda x, v: tf.print(x, [x, "a"], {"k": x}, sep="|", end=".\n", output_stream=sys.stdout),
        lambda x, v: tf.print("{}", x, "{}0", sep="", output_stream=sys.stdout),
        lambda x, v: tf.print(C("s"), output_stream=sys.stdout),
        lambda x, v: tf.print(C(["s"]), "é", C("é"), output_stream=sys.stdout),
        lambda x, v: tf.print(tf.range(9), summarize=1, output_stream=sys.stdout),
        lambda x, v: tf.print(output_stream=sys.stdout),
    ],
)
def test_a_function_prints_the_same(print_, capfd):
    x, v = C([1.5, -2.0]), tf.Variable(3)
    print_(x, v)
    wanted = capfd.readouterr().out
    f = tf.function(lambda x: [print_(x, v)][1:], autograph=False)
    assert f(x) == []
    assert capfd.readouterr().out == wanted
    f(x)
    assert capfd.readouterr().out == wanted


def test_the_order_is_that_of_the_program(capfd):
    v = tf.Variable(0)

    @tf.function
    def inner(k):
        tf.print("inner", k, v, output_stream=sys.stdout)
        v.assign_add(1)
        return k

    @tf.function
    def f(n):
        tf.print("start", v, output_stream=sys.stdout)
        for i in tf.range(n):
            if i % 2 == 0:
                inner(i)
            else:
                tf.print("odd", i, v, output_stream=sys.stdout)
                v.assign_add(10)
        tf.print("end", v, output_stream=sys.stdout)

    f(C(3))
    assert capfd.readouterr().out == "start 0\ninner 0 0\nodd 1 1\ninner 2 11\nend 12\n"


def test_a_function_prints_to_a_file(tmp_path):
    path = tmp_path / "out.txt"
    f = tf.function(lambda x: [tf.print(x, output_stream=f"file://{path}")][1:])
    f(C(1))
    f(C(2))
    assert path.read_text() == "1\n2\n"
    missing = tf.function(lambda: [tf.print("a", output_stream="file:///no/such/file")][1:])
    with pytest.raises(tf.errors.NotFoundError, match="No such file or directory"):
        missing()


def test_the_nodes_of_a_line():
    f = tf.function(lambda x: [tf.print("a", x)][1:], autograph=False)
    graph = f.get_concrete_function(tf.TensorSpec([])).graph
    line = graph.get_operation_by_name("PrintV2")
    assert line.inputs[0].op.get_attr("template") == "a {}"
    assert line.get_attr("output_stream") == "stderr"
