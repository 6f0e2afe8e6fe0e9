"""`tf.autograph`: names, signatures, and what they answer.

Read next: test_conversion.py.
"""

import inspect
import logging

import pytest

from headrace._src.function.autograph import api
from headrace._src.function.autograph.options import Feature, options
from headrace._src.function.autograph.user_errors import ConversionError
from headrace._src.function.autograph.verbosity import set_verbosity


def absolute(x, unused=3, *, k=4):
    """The absolute value."""
    if x > 0:
        return x
    return -x


def test_signatures():
    names = ["entity", "recursive", "experimental_optional_features"]
    for function in (api.to_code, api.to_graph):
        assert list(inspect.signature(function).parameters) == names
    assert str(inspect.signature(api.do_not_convert)).startswith("(func")
    assert list(inspect.signature(api.set_loop_options).parameters) == [
        "parallel_iterations",
        "swap_memory",
        "maximum_iterations",
        "shape_invariants",
    ]


def test_to_graph():
    converted = api.to_graph(absolute)
    assert converted.__name__ == "tf__absolute"
    assert converted.__doc__ == "The absolute value."
    assert converted.__defaults__ == (3,)
    assert converted.__kwdefaults__ == {"k": 4}
    assert converted.__module__ == __name__
    assert converted(-2) == 2


def test_to_code():
    code = api.to_code(absolute)
    assert code.startswith("def tf__absolute(x, unused=3, *, k=4):\n")
    assert "ag__.if_stmt(x > 0, if_body, else_body, get_state, set_state" in code
    assert api.to_code(lambda x: not x).startswith("lambda x: ag__.not_(x)")


@pytest.mark.parametrize("entity", [len, 3, int, print])
def test_what_has_no_code(entity):
    for function in (api.to_code, api.to_graph):
        with pytest.raises(ConversionError, match=r"ValueError: Cannot apply autograph to a fun"):
            function(entity)


def test_what_has_no_source():
    scope = {}
    exec("def f(x):\n  return 1 if x else 2", scope)
    message = "converting .*: InaccessibleSourceCodeError: Unable to locate the source code of"
    with pytest.raises(ConversionError, match=message):
        api.to_code(scope["f"])


def test_do_not_convert():
    kept = api.do_not_convert(absolute)
    assert kept.__wrapped__ is absolute
    assert kept.__name__ == "absolute"
    assert kept(-3) == 3
    assert api.do_not_convert() is api.do_not_convert
    assert api.do_not_convert(absolute)(2) == 2


def test_set_loop_options_does_nothing_outside_a_loop():
    assert api.set_loop_options(maximum_iterations=3) is None


def test_trace(capsys):
    api.trace("here", 1)
    assert capsys.readouterr().out == "here 1\n"


def test_verbosity(caplog, capsys):
    def f(x):
        return 1 if x else 2

    set_verbosity(10, alsologtostdout=True)
    try:
        with caplog.at_level(logging.INFO, "tensorflow"):
            api.convert(f)
    finally:
        set_verbosity(0)
    assert "Converted <function" in caplog.text
    assert "ag__.if_exp" in caplog.text
    assert "ag__.if_exp" in capsys.readouterr().out


class TestFeatures:
    def test_names(self):
        assert [feature.name for feature in Feature] == [
            "ALL",
            "AUTO_CONTROL_DEPS",
            "ASSERT_STATEMENTS",
            "BUILTIN_FUNCTIONS",
            "EQUALITY_OPERATORS",
            "LISTS",
            "NAME_SCOPES",
        ]
        assert repr(Feature.LISTS) == "<Feature.LISTS: 'LISTS'>"
        assert Feature.all() == tuple(Feature)
        assert set(Feature.all_but(Feature.LISTS)) == set(Feature) - {Feature.LISTS, Feature.ALL}

    def test_asserts(self):
        def f(x):
            assert x > 0, "must be positive"
            return x

        code = api.to_code(f, experimental_optional_features=Feature.ASSERT_STATEMENTS)
        assert "ag__.assert_stmt(x > 0, lambda: 'must be positive')" in code
        assert "assert x > 0" in api.to_code(f)
        with pytest.raises(AssertionError, match="must be positive"):
            api.convert(f, Feature.ASSERT_STATEMENTS)(-1)

    def test_name_scopes(self):
        code = api.to_code(absolute, experimental_optional_features=[Feature.NAME_SCOPES])
        assert "with ag__.name_scope('absolute'):" in code

    def test_lists_are_absent(self):
        for feature in (Feature.LISTS, Feature.ALL):
            with pytest.raises(NotImplementedError, match="LISTS"):
                options(feature)
        with pytest.raises(TypeError, match="Expected a tf"):
            options("LISTS")

    def test_not_recursive(self):
        def g(x):
            return 1 if x else 2

        def f():
            return g

        assert api.convert(f, recursive=False)() is g
        seen = []

        def h():
            seen.append(inspect.currentframe().f_code)

        def k():
            return h()

        api.convert(k, recursive=False)()
        assert seen == [h.__code__]
