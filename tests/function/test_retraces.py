"""Why a function was traced, and the warning when that happens too often.

Read next: test_function.py.
"""

import functools
import gc
import logging

import pytest

import headrace as tf
from headrace._src.function import retraces
from tests.function.counting import Model, counted, function, once


@pytest.fixture
def warnings():
    # Listened to at the source: what else listens to the logger is none of our business.
    logger = logging.getLogger("tensorflow")
    messages = []
    handler = logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())
    logger.addHandler(handler)
    yield messages
    logger.removeHandler(handler)


@pytest.fixture(autouse=True)
def no_histories(monkeypatch):
    monkeypatch.setattr(retraces, "_histories", {})


def numbers(messages):
    return [tuple(int(word) for word in m.split()[:6] if word.isdigit()) for m in messages]


def test_the_warning(warnings):
    f = function(lambda x: 0)
    for i in range(8):
        f(i)
    assert numbers(warnings) == [(5, 5), (6, 6)]
    assert warnings[0].startswith(
        f"5 out of the last 5 calls to {f.python_function!r} triggered tf.function retracing. "
        "Tracing is expensive and the excessive number of tracings could be due to (1) creating "
    )
    assert warnings[0].endswith(
        "https://www.tensorflow.org/api_docs/python/tf/function for  more details. The last "
        "retrace was caused by argument 'x': Literal[3] -> Literal[4]."
    )


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("T............TTTTTT", [(5, 17), (6, 18)]),
        ("TTTT......TTT", [(5, 11), (5, 11)]),
        ("TTT.....TTTTT", [(5, 10), (6, 11)]),
        ("T..T..T..T..T..T..T", [(5, 13), (5, 13)]),
        ("TTTT..............................TTTTTTTTTTT", [(5, 35), (6, 36)]),
        ("TTTTT........................................TTTTTTTT", [(5, 5), (5, 45)]),
        ("TTTT", []),
    ],
)
def test_when_the_warning_comes(warnings, pattern, expected):
    f = function(lambda x: 0)
    new = 0
    for letter in pattern:
        new += letter == "T"
        f(new if letter == "T" else 1)
    assert numbers(warnings) == expected


def test_functions_made_in_a_loop(warnings):
    for _ in range(7):
        function(lambda x: x)(tf.constant(1))
    assert numbers(warnings) == [(5, 5), (6, 6)]
    assert warnings[0].endswith("The last trace was the first of a new tf.function object.")
    warnings.clear()
    models = [Model(1) for _ in range(6)]
    for model in models:
        model(tf.constant(1))
    assert numbers(warnings) == [(5, 5), (6, 6)]


def test_traces_within_traces_do_not_warn(warnings):
    inner = function(lambda x: 0)
    function(lambda: [inner(i) for i in range(8)])()
    inner.get_concrete_function("a")
    assert warnings == []


def test_equal_code_of_two_files_is_not_one_function():
    def made():
        space = {}
        exec("def f(x):\n    return x", space)
        return space["f"]

    one, other = made(), made()
    assert one.__code__ == other.__code__
    assert retraces.history_of(one) is retraces.history_of(one)
    assert retraces.history_of(one) is not retraces.history_of(other)
    del one
    gc.collect()
    assert len(retraces._histories) == 1


def test_what_is_decorated_counts_as_what_it_was():
    def decorated(function):
        return functools.wraps(function)(lambda *args: function(*args))

    def f(x):
        return x

    def g(x):
        return x

    assert retraces.history_of(decorated(f)) is retraces.history_of(f)
    assert retraces.history_of(decorated(f)) is not retraces.history_of(decorated(g))


def test_explain_retraces():
    f, _ = counted(lambda *args, **kwargs: 0)
    f(tf.zeros(2))
    f(tf.zeros(2))
    f(tf.zeros(3))
    f(tf.zeros(3, tf.int32), k=[1])
    f(tf.zeros(3, tf.int32), k=[2])
    f.get_concrete_function(tf.TensorSpec([3], tf.int32, name="n"), k=[2])
    found = f.explain_retraces()
    assert [reason.call for reason in found] == [1, 3, 4, 5, 0]
    assert [[str(c) for c in reason.changes] for reason in found] == [
        [],
        ["argument 'args_0': shape (2,) -> (3,)"],
        [
            "argument 'args_0': dtype float32 -> int32",
            "argument 'k': not given -> List[Literal[1]]",
        ],
        ["argument 'k[0]': Literal[1] -> Literal[2]"],
        ["argument 'args_0': name None -> 'n'"],
    ]
    assert __file__ in found[0].where
    assert (found.calls, found.runs, len(found)) == (5, 5, 5)
    text = repr(found)
    assert text.startswith("noted: 5 traces in 5 calls; Python ran 5 times.\n  1. call 1 at ")
    f, _, _ = once(lambda x: 1.0)
    f.get_concrete_function(tf.TensorSpec([]))
    assert [(r.call, r.runs) for r in f.explain_retraces()] == [(0, 2)]
    assert "get_concrete_function at" in repr(f.explain_retraces())
    assert "(Python ran 2 times)" in repr(f.explain_retraces())
