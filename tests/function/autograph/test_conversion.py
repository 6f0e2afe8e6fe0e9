"""A converted function is the user's in all but its control flow: cells, globals, lines, classes.

Read next: test_constructs.py.
"""

import ast
import asyncio
import functools
import gc
import inspect
import linecache
import logging
import traceback
import weakref

import pytest

from headrace._src.function.autograph import conversion
from headrace._src.function.autograph.api import convert, do_not_convert, to_code
from headrace._src.function.autograph.options import Options
from headrace._src.function.autograph.source import InaccessibleSourceCodeError, definition

factor = 3


def uses_a_global(x):
    return x * factor if x else 0


def test_globals_stay_live(monkeypatch):
    converted = convert(uses_a_global)
    assert converted(2) == 6
    monkeypatch.setitem(globals(), "factor", 5)
    assert converted(2) == 10


def test_cells_are_shared():
    count = 0

    def bump(by):
        nonlocal count
        if by > 0:
            count += by
        return count

    assert convert(bump)(2) == 2
    assert count == 2
    count = 10
    assert convert(bump)(1) == 11


def writes_a_global(x):
    global factor
    if x > 0:
        factor = x
    return factor


def test_a_global_is_written(monkeypatch):
    monkeypatch.setitem(globals(), "factor", 3)
    assert convert(writes_a_global)(8) == 8
    assert factor == 8


def test_defaults_and_keywords():
    def f(a, /, b=2, *args, c=3, **kwargs):
        """Adds up."""
        return a + b + c + sum(args) + sum(kwargs.values())

    converted = convert(f)
    assert converted(1) == 6
    assert converted(1, 2, 3, c=4, d=5) == 15
    assert inspect.signature(converted) == inspect.signature(f)
    assert converted.__doc__ == f.__doc__
    assert converted.__name__ == "f"


def test_a_cell_without_a_value():
    def outer():
        def f():
            return later if f else None

        converted = convert(f)
        later = 5
        return converted()

    assert outer() == 5


class Base:
    def scale(self, x):
        return x * 2

    def twice(self, x):
        if x > 0:
            return x
        return -x


class Derived(Base):
    __factor = 3

    def scale(self, x):
        if x > 0:
            y = super().scale(x)
        else:
            y = 0
        return y * self.__factor

    @classmethod
    def make(cls, x):
        return cls if x else None

    @staticmethod
    def free(x):
        return 1 if x else 2

    @property
    def value(self):
        return 7 if self.__factor else 8

    def __call__(self, x):
        return self.scale(x) + self.value


class TestClasses:
    def test_methods(self):
        d = Derived()
        method = convert(d.scale)
        assert method.__self__ is d
        assert method.__func__ is not Derived.scale
        assert method(2) == 12
        assert method(-1) == 0

    def test_the_rest(self):
        d = Derived()
        assert convert(d)(2) == 19
        assert convert(Derived.make)(1) is Derived
        assert convert(Derived.free)(0) == 2
        assert convert(Derived) is Derived
        assert convert(functools.partial(d.twice, -3))() == 3

    def test_a_class_inside(self):
        def f(x):
            class Local(Base):
                def scale(self, y):
                    return (x if x > 1 else 1) * super().scale(y)

            return Local().scale(3)

        assert convert(f)(2) == 12


class TestLambdas:
    def test_two_on_a_line(self):
        f, g = (lambda x: x if x > 0 else -x), (lambda x: x if x > 1 else -x)
        assert "x > 0" in to_code(f)
        assert "x > 1" in to_code(g)
        assert convert(f)(-2) == 2

    def test_over_several_lines(self):
        f = lambda x: (
            x
            and
            x + 1
        )  # fmt: skip
        assert convert(f)(1) == 2

    def test_one_inside_another(self):
        f = lambda x: lambda y: x if y else not x
        assert to_code(f).count("lambda y") == 1
        assert convert(f)(3)(0) is False
        assert "lambda x" not in to_code(f(3))


class TestSource:
    def test_the_lines_are_the_users(self):
        def f(x):
            y = 1
            if x:
                y = (
                    y
                    + x
                )  # fmt: skip
                raise ValueError
            return y

        start = f.__code__.co_firstlineno
        with pytest.raises(ValueError) as caught:
            convert(f)(1)
        frames = [
            frame
            for frame in traceback.extract_tb(caught.value.__traceback__)
            if frame.filename == __file__
        ]
        assert [frame.lineno - start for frame in frames[1:]] == [2, 7]

    def test_a_call_over_several_lines_is_at_its_name(self):
        def f(x):
            return (
                x.upper()
                .lower()
                .missing()
            )  # fmt: skip

        with pytest.raises(AttributeError) as caught:
            convert(f)("a")
        line = traceback.extract_tb(caught.value.__traceback__)[-1].lineno
        assert line == f.__code__.co_firstlineno + 4

    def test_no_source(self):
        scope = {}
        exec("def f(x):\n  return 1 if x else 2", scope)
        assert convert(scope["f"]) is scope["f"]
        with pytest.raises(InaccessibleSourceCodeError, match="Unable to locate"):
            definition(scope["f"])

    def test_decorators_are_applied_once(self):
        def decorate(function):
            @functools.wraps(function)
            def wrapper(x):
                if x > 0:
                    return function(x) + 1
                return 0

            return wrapper

        @decorate
        def f(x):
            return x * 2

        assert convert(f)(3) == 7
        assert convert(f.__wrapped__)(3) == 6

    def test_text_that_stands_further_left(self):
        def f(x):
            text = """
left
"""
            # comment
            if x:
                text += "!"
            return text

        assert convert(f)(1) == "\nleft\n!"

    def test_names_that_the_conversion_would_take(self):
        def f(x):
            if_body, get_state, retval_, itr = 1, 2, 3, 4
            if x:
                if_body += x
                return if_body + get_state + retval_ + itr
            return 0

        assert convert(f)(1) == f(1) == 11


class TestWhatIsLeft:
    def test_generators(self):
        def generate(n):
            yield from range(n)

        def f(n):
            return sum(generate(n)) if n else 0

        assert convert(generate) is generate
        assert convert(f)(4) == 6

    def test_a_generator_inside(self):
        def f(x):
            def generate():
                for i in range(3):
                    yield i * x

            return list(generate()) if x else []

        assert convert(f)(2) == [0, 2, 4]

    def test_coroutines_with_a_warning_once(self, caplog):
        async def coroutine(x):
            return 1 if x else 2

        with caplog.at_level(logging.WARNING, "tensorflow"):
            assert convert(coroutine) is coroutine
            assert convert(coroutine) is coroutine
        assert len(caplog.records) == 1
        assert caplog.messages[0] == (
            f"AutoGraph could not transform {coroutine!r} and will run it as-is.\n"
            "Cause: coroutines are not supported\n"
            "To silence this warning, decorate the function with "
            "@tf.autograph.experimental.do_not_convert"
        )
        assert asyncio.run(coroutine(1)) == 1

    def test_loop_options_in_the_wrong_place(self, caplog):
        def f(n):
            for _ in range(n):
                n += 1
                set_loop_options()  # noqa: F821 - never called
            return n

        with caplog.at_level(logging.WARNING, "tensorflow"):
            assert convert(f) is f
        assert '"set_loop_options" must be the first statement in the loop block' in caplog.text

    def test_a_jump_in_finally(self, caplog):
        def f(x):
            try:
                x = 1 / x
            finally:
                return 3  # noqa: B012 - this is the point

        with caplog.at_level(logging.WARNING, "tensorflow"):
            assert convert(f)(0) == 3
        assert "jump inside `finally`" in caplog.text

    def test_libraries_and_builtins(self):
        for called in (len([]).__add__, [].append, ast.parse, functools.reduce, str, Options):
            assert convert(called) is called

    def test_marked_functions(self):
        @do_not_convert
        def f(x):
            return 1 if x else 2

        def g(x):
            return f(x) if x else f(0)

        assert convert(f) is f
        assert convert(g)(1) == 1

    def test_marked_inside(self):
        def g(x):
            @do_not_convert
            def f(y):
                return 1 if y else 2

            return f(x)

        assert "if_exp" not in to_code(g)
        assert convert(g)(0) == 2

    def test_what_is_converted(self):
        def f(x):
            return 1 if x else 2

        assert convert(convert(f)).__code__ is convert(f).__code__


def test_conversions_are_forgotten_with_the_code():
    text = "def f(x):\n    return 1 if x else 2\n"
    linecache.cache["<forgotten>"] = (len(text), None, text.splitlines(True), "<forgotten>")
    scope = {"__name__": "program"}
    exec(compile(text, "<forgotten>", "exec"), scope)
    code = weakref.ref(scope["f"].__code__)
    converted = weakref.ref(convert(scope["f"]).__code__)
    scope.clear()
    gc.collect()
    assert code() is None
    assert converted() is None


def test_one_conversion_for_all_closures():
    def make(k):
        def f(x):
            return x + k if x else k

        return f

    one, two = convert(make(1)), convert(make(2))
    assert one.__code__ is two.__code__
    assert (one(1), two(1)) == (2, 3)


def test_the_tree_is_a_program():
    for function in (uses_a_global, writes_a_global, Derived.scale):
        tree = conversion.converted_tree(function, Options())
        assert ast.parse(ast.unparse(ast.fix_missing_locations(tree)))
