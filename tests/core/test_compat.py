"""Text, bytes, paths and the horizon, against TensorFlow's answers."""

import pathlib

import numpy as np
import pytest

from headrace._src.core import compat


@pytest.mark.parametrize(
    ("function", "args", "result"),
    [
        (compat.as_bytes, ("é",), b"\xc3\xa9"),
        (compat.as_bytes, (b"a",), b"a"),
        (compat.as_bytes, (bytearray(b"a"),), b"a"),
        (compat.as_bytes, ("é", "LATIN1"), b"\xe9"),
        (compat.as_bytes, (np.str_("a"),), b"a"),
        (compat.as_text, ("a",), "a"),
        (compat.as_text, (b"\xc3\xa9",), "é"),
        (compat.as_text, (b"\xff", "latin-1"), "ÿ"),
        (compat.as_str, (b"a",), "a"),
        (compat.as_str, ("a",), "a"),
        (compat.as_str_any, (1,), "1"),
        (compat.as_str_any, (b"a",), "a"),
        (compat.as_str_any, (None,), "None"),
        (compat.as_str_any, (bytearray(b"a"),), "bytearray(b'a')"),
        (compat.path_to_str, ("a",), "a"),
        (compat.path_to_str, (b"a",), b"a"),
        (compat.path_to_str, (pathlib.PurePosixPath("a/b"),), "a/b"),
        (compat.path_to_str, (None,), None),
        (compat.path_to_str, (1,), 1),
    ],
)
def test_conversions(function, args, result):
    assert function(*args) == result
    assert type(function(*args)) is type(result)


@pytest.mark.parametrize("function", [compat.as_bytes, compat.as_text, compat.as_str])
def test_refusals(function):
    with pytest.raises(TypeError, match=r"^Expected binary or unicode string, got 1$"):
        function(1)
    with pytest.raises(TypeError, match=r"^Expected binary or unicode string, got None$"):
        function(None)
    for value in ("a", b"a"):
        with pytest.raises(LookupError, match="unknown encoding: nope"):
            function(value, "nope")


def test_a_bytearray_is_no_text():
    with pytest.raises(TypeError, match="got bytearray"):
        compat.as_text(bytearray(b"a"))


def test_bytes_that_spell_nothing():
    with pytest.raises(UnicodeDecodeError):
        compat.as_text(b"\xff")


def test_a_path_of_bytes():
    class Path:
        def __fspath__(self):
            return b"a"

    assert compat.path_to_str(Path()) == "a"


def test_kinds_of_numbers():
    assert isinstance(np.int8(1), compat.integral_types)
    assert isinstance(np.float16(1), compat.real_types)
    assert isinstance(np.complex64(1), compat.complex_types)
    assert not isinstance(1.0, compat.integral_types)
    assert not isinstance(1j, compat.real_types)
    assert isinstance("a", compat.bytes_or_text_types)


@pytest.mark.parametrize(
    ("day", "compatible"),
    [
        ((2020, 1, 1), True),
        ((2026, 1, 15), True),
        ((2026, 1, 16), False),
        ((2026, 13, 1), False),
        ((0, 0, 0), True),
        ((2030, 1, 1), False),
    ],
)
def test_forward_compatible(day, compatible):
    assert compat.forward_compatible(*day) is compatible


def test_the_horizon_moves_and_comes_back():
    with compat.forward_compatibility_horizon(2030, 1, 1):
        assert compat.forward_compatible(2029, 12, 31)
        assert not compat.forward_compatible(2030, 1, 1)
        with compat.forward_compatibility_horizon(2031, 1, 1):
            assert compat.forward_compatible(2030, 1, 1)
        assert not compat.forward_compatible(2030, 1, 1)
    assert not compat.forward_compatible(2029, 1, 1)


def test_the_horizon_comes_back_after_an_error():
    with pytest.raises(ZeroDivisionError), compat.forward_compatibility_horizon(2030, 1, 1):
        raise ZeroDivisionError
    assert not compat.forward_compatible(2029, 1, 1)


def test_a_past_horizon_is_ignored(caplog):
    with compat.forward_compatibility_horizon(2018, 1, 1):
        assert compat.forward_compatible(2020, 1, 1)
    assert "past date 2018-01-01" in caplog.text


def test_a_day_that_is_none():
    with pytest.raises(ValueError), compat.forward_compatibility_horizon(2030, 2, 30):
        pass
