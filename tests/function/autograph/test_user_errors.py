"""Errors of a trace: their class, and a message that begins with the user's frames.

Read next: test_graphs.py.
"""

import traceback

import pytest

import headrace as tf
from headrace._src.function.autograph.api import convert, do_not_convert
from headrace._src.function.autograph.user_errors import (
    MultilineMessageKeyError,
    StagingError,
    user_error,
)


class Plain(Exception):
    pass


class Two(Exception):
    def __init__(self, a, b):
        super().__init__(f"{a}-{b}")


class Derived(ValueError):
    pass


def line_of(function, offset):
    return function.__code__.co_firstlineno + offset


def raised(function, *arguments):
    """What `user_error` makes of an error of the converted function."""
    try:
        convert(function)(*arguments)
    except Exception as error:
        return user_error(error)
    raise AssertionError


def raise_it(error):
    if error:
        raise error


def top(error):
    return raise_it(error)


def test_the_message():
    error = raised(top, Plain("custom"))
    assert str(error) == (
        "in user code:\n\n"
        f'    File "{__file__}", line {line_of(top, 1)}, in top  *\n'
        "        return raise_it(error)\n"
        f'    File "{__file__}", line {line_of(raise_it, 2)}, in raise_it  *\n'
        "        raise error\n\n"
        "    Plain: custom\n"
    )


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (Plain("m"), Plain, "Plain: m"),
        (Plain("a", "b"), Plain, "Plain: ('a', 'b')"),
        (Two(1, 2), StagingError, "Two: 1-2"),
        (Derived("m"), StagingError, "Derived: m"),
        (KeyError("kk"), MultilineMessageKeyError, "KeyError: 'kk'"),
        (IndexError("i"), StagingError, "IndexError: i"),
        (ZeroDivisionError("z"), StagingError, "ZeroDivisionError: z"),
        (OSError(2, "nope"), StagingError, "FileNotFoundError: [Errno 2] nope"),
        (ValueError("v"), ValueError, "ValueError: v"),
        (AssertionError(), AssertionError, "AssertionError: "),
        (NotImplementedError("n"), NotImplementedError, "NotImplementedError: n"),
        (RuntimeError("a\nb"), RuntimeError, "RuntimeError: a\n    b"),
        (AttributeError("a"), AttributeError, "AttributeError: a"),
        (StopIteration("s"), StopIteration, "StopIteration: s"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_the_class(error, kind, text):
    told = raised(top, error)
    assert type(told) is kind
    assert str(told).endswith(f"\n\n    {text}\n")


def test_a_key_error_is_one():
    told = raised(top, KeyError("kk"))
    assert isinstance(told, KeyError)
    assert type(told).__name__ == "KeyError"


def test_an_error_of_an_op_keeps_what_it_knows():
    error = tf.errors.NotFoundError("node", None, "no file", {"path": 1})
    told = raised(top, error)
    assert type(told) is tf.errors.NotFoundError
    assert told.node_def == "node"
    assert told.experimental_payloads == {"path": 1}
    assert told.error_code == tf.errors.NOT_FOUND
    assert told.message.endswith("\n\n    NotFoundError: no file\n")


def test_pieces_of_a_function_are_one_frame():
    def f(x):
        for i in [1]:
            if i:
                y = [(lambda z: raise_it(z))(a) for a in [x]]
        return y

    told = str(raised(f, ValueError("v")))
    assert told.count("in f  *") == 1
    assert f"line {line_of(f, 3)}, in f  *" in told
    assert told.count("File") == 2


def test_recursion_shows_each_call():
    def f(x):
        if x == 0:
            raise ValueError("bottom")
        return f(x - 1)

    told = str(raised(f, 2))
    assert told.count("in f  *") == 3


def test_functions_that_are_left_alone():
    def inner(x):
        raise ValueError("deep")

    @do_not_convert
    def left(x):
        return inner(x)

    def f(x):
        return left(x)

    lines = [line for line in str(raised(f, 1)).split("\n") if "File" in line]
    assert [line.partition(", in ")[2] for line in lines] == ["f  *", "left  **", "inner"]


def test_an_error_without_converted_code_is_itself():
    error = ValueError("v")
    try:
        raise error
    except ValueError:
        assert user_error(error) is error


def test_a_lambda_has_no_name():
    told = str(raised(lambda x: raise_it(x), ValueError("v")))
    assert "in None  *\n        lambda x: raise_it(x)\n" in told


def test_nested_functions_tell_once():
    @tf.function
    def inner(x):
        return raise_it(x)

    @tf.function
    def outer(x):
        return inner(x)

    error = Plain("custom")
    with pytest.raises(Plain) as caught:
        outer(error)
    message = str(caught.value)
    assert message.count("in user code:") == 1
    frames = [line.split(", in ")[1] for line in message.split("\n") if "File" in line]
    assert frames == ["outer  *", "inner  *", "raise_it  *"]
    assert message.endswith("\n    Plain: custom\n")


def test_the_traceback_ends_at_the_users_line():
    told = raised(top, Plain("custom"))
    frames = traceback.extract_tb(told.__traceback__)
    assert frames[-1].filename == __file__
    assert frames[-1].lineno == line_of(raise_it, 2)
    assert all(frame.filename == __file__ for frame in frames)


def test_frames_of_pieces_bear_the_name_of_the_function():
    found = []

    def note():
        found.extend(
            frame.name for frame in traceback.extract_stack() if frame.filename == __file__
        )

    def f(x):
        if x:
            for _ in [1]:
                note()

    convert(f)(1)
    assert found[-4:] == ["f", "f", "f", "note"]
