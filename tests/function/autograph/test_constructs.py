"""Each construct, converted: the same result as in Python, seen and unseen.

A function here is called three times: as it is, converted with numbers, and converted with symbols
(staged.py), which tell Python nothing.

Read next: staged.py, test_conversion.py.
"""

from contextlib import nullcontext

import pytest

from headrace._src.function.autograph.api import convert
from headrace._src.function.autograph.operators import logic
from tests.function.autograph.staged import Items, Symbol, seen, staged


def if_else(x):
    if x > 0:
        y = x
    elif x < -5:
        y = 1
    else:
        y = -1 * x
    return y


def if_alone(x):
    y = 1
    if x > 2:
        y = x
        z = y + 1
        y = z
    return y


def state_of_a_branch_alone(x):
    y = 1
    if x > 0:
        y = y + 1
        if y > x:
            x = y * 2
    return x


def ternary(x):
    return x if x > 0 else (1 if x < -3 else 2)


def connectives(x):
    a = x > 0 and x < 5
    b = x > 3 or x < -3
    c = not (a and b)
    return (1 if a else 0) + (2 if b else 0) + (4 if c else 0)


def chained(x):
    return 1 if -3 < x <= 4 != x else 0


def chained_once(x):
    calls = []

    def middle():
        calls.append(1)
        return x

    inside = 1 if 0 < middle() < 3 else 0
    return inside + 10 * len(calls)


def while_loop(x):
    total = 0
    while x > 0:
        total += x
        x -= 1
    return total


def break_and_continue(x):
    total = 0
    i = 0
    while i < x:
        i += 1
        if i == 2:
            continue
        if i > 4:
            break
        total += i
    return total * 10 + i


def while_else(x):
    while x > 0:
        x -= 2
        if x == 1:
            break
    else:
        x = 100
    return x


def nested_loops(x):
    total = 0
    i = 0
    while i < x:
        j = x - x
        while j < 3:
            j += 1
            if j == i:
                break
            total += j
        else:
            total += 100
        i += 1
    return total


def walrus(x):
    if (y := x + 1) > 2:
        x = y
    while (x := x - 1) > 0:
        if x == 2:
            continue
        y += x
    return x + y


def early_return(x):
    if x > 3:
        return x
    if x > 0:
        x = x + 10
        if x > 12:
            return x * 2
    return x - 1


def return_in_a_loop(x):
    i = x - x
    while i < 5:
        i += 1
        if i > x:
            return i * 100
    return -1


def return_in_with(x):
    with nullcontext():
        if x > 0:
            return x
    return -1 * x


def try_and_finally(x):
    y = 1
    try:
        if x > 0:
            y = x
            return y + 1
    finally:
        x = 5
    return x + y


def try_except_else(x):
    try:
        y = {}["missing"]
    except KeyError:
        y = x
    else:
        return 0
    try:
        z = y + 1
    except KeyError:
        return -1
    else:
        if z > 2:
            return z
    return y


def handler_reads(x):
    y = 1
    try:
        if x > 0:
            y = 2
        {}["missing"]
    except KeyError:
        return y
    return 0


def match_statement(x):
    y = 0
    for command in (["go", 2], ["stop"], {"k": 3}, 7):
        match command:
            case ["go", n]:
                if x > n:
                    y += n
            case ["stop", *_]:
                continue
            case {"k": v} if v > 2:
                y += v
            case _:
                y += 1
    return y


def deleted(x):
    y = x
    if x > 0:
        z = y
        del y
        y = z + 1
    return y


def attribute_and_item(x):
    class Holder:
        a = 1

    h, d, l = Holder(), {"k": 2}, [3]
    if x > 0:
        h.a = x
        d["k"] += 1
        l[0] = 5
    i = 0
    while i < x:
        h.a += 1
        l[-1] -= 1
        i += 1
    return h.a + 10 * d["k"] + 100 * l[0]


def inner_function(x):
    y = 1

    def inner(z):
        if z > 0:
            return z + y
        return y

    if x > 3:
        y = 7
    return inner(x)


def inner_nonlocal(x):
    n = 0

    def bump():
        nonlocal n
        n += 1
        return n

    bump()
    return bump() + n + x


def lambdas(x):
    f = lambda a, b=2: a if a > b else b
    return f(x) + (lambda: x if x > 0 else 1)()


def comprehensions(x):
    values = [a if a > x else x for a in (1, 5) if a != 3]
    table = {k: (v if x > 0 else 0) for k, v in (("a", 1), ("b", 2))}
    return values[0] + values[1] + table["a"] + table["b"] + sum(v + x for v in (1, 2))


def starred(x):
    def f(*args, **kwargs):
        return args[0] + args[1] + kwargs["c"]

    return f(*[x, 1], c=2)


def undefined_in_a_branch_that_nobody_reads(x):
    if x > 0:
        y = 1
        x = x + y
    else:
        z = 2
        x = x + z
    return x


def new_in_a_loop(x):
    i = 0
    while i < 3:
        last = i * x
        i += 1
    return last


FUNCTIONS = [
    if_else,
    if_alone,
    state_of_a_branch_alone,
    ternary,
    connectives,
    chained,
    chained_once,
    while_loop,
    break_and_continue,
    while_else,
    nested_loops,
    walrus,
    early_return,
    return_in_a_loop,
    return_in_with,
    try_and_finally,
    try_except_else,
    handler_reads,
    match_statement,
    deleted,
    attribute_and_item,
    inner_function,
    inner_nonlocal,
    lambdas,
    comprehensions,
    starred,
    undefined_in_a_branch_that_nobody_reads,
    new_in_a_loop,
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_a_construct(function, monkeypatch):
    converted = convert(function)
    assert converted is not function
    for x in (-7, -1, 0, 1, 2, 3, 4, 9):
        expected = function(x)
        assert converted(x) == expected
        with staged(monkeypatch):
            assert seen(converted(Symbol(x))) == expected, x


def for_loop(items, limit):
    total = 0
    for item in items:
        if item == 2:
            continue
        if item > limit:
            break
        total += item
    else:
        total += 1000
    return total


def return_from_for(items, limit):
    for item in items:
        if item > limit:
            return item * 10
    return -1


@pytest.mark.parametrize("function", [for_loop, return_from_for], ids=lambda f: f.__name__)
def test_a_loop_over_what_python_cannot_go_through(function, monkeypatch):
    converted = convert(function)
    for limit in (0, 3, 9):
        expected = function([1, 2, 3, 4], limit)
        assert converted([1, 2, 3, 4], limit) == expected
        with staged(monkeypatch):
            assert seen(converted(Items(1, 2, 3, 4), Symbol(limit))) == expected


class TestWhatIsRefused:
    def test_a_condition_that_turns_into_a_symbol(self, monkeypatch):
        def f(x):
            i = 0
            while i < 3:
                i = x
            return i

        with staged(monkeypatch), pytest.raises(NotImplementedError, match="started as non-Tensor"):
            convert(f)(Symbol(1))

    def test_a_break_out_of_a_loop_of_pythons(self, monkeypatch):
        def f(x):
            for i in range(3):
                if x > i:
                    break
            return i

        with staged(monkeypatch), pytest.raises(NotImplementedError, match="break and return"):
            convert(f)(Symbol(1))

    def test_a_variable_of_one_branch(self, monkeypatch):
        def f(x):
            if x > 0:
                y = 1
            return y

        message = "'y' must also be initialized in the else branch"
        with staged(monkeypatch), pytest.raises(ValueError, match=message):
            convert(f)(Symbol(1))

    def test_a_return_in_one_branch(self, monkeypatch):
        def f(x):  # noqa: RET503 - this is the point
            if x > 0:
                return 1

        message = "the else branch must also have a return statement."
        with staged(monkeypatch), pytest.raises(ValueError, match=message):
            convert(f)(Symbol(1))
        assert convert(f)(0) is None
        assert convert(f)(1) == 1

    def test_a_return_in_a_loop_that_may_not_return(self, monkeypatch):
        def f(x):  # noqa: RET503 - this is the point
            while x > 0:
                x -= 1
                if x == 2:
                    return x

        with staged(monkeypatch), pytest.raises(NotImplementedError, match="a return statement"):
            convert(f)(Symbol(1))

    def test_none_in_a_branch(self, monkeypatch):
        def f(x):
            y = None
            if x > 0:
                y = 1
            return y

        message = "'y' is None at the end of the else branch"
        with staged(monkeypatch), pytest.raises(ValueError, match=message):
            convert(f)(Symbol(1))

    def test_the_state_is_as_before(self, monkeypatch):
        class Holder:
            a = 1

        def f(x, h):
            if x > 0:
                h.a = 2
                raise KeyError

        h = Holder()
        with staged(monkeypatch), pytest.raises(KeyError):
            convert(f)(Symbol(1), h)
        assert h.a == 1


def test_operands_are_computed_only_if_needed():
    assert logic.and_(lambda: 0, lambda: 1 / 0) == 0
    assert logic.or_(lambda: 2, lambda: 1 / 0) == 2
    assert logic.not_([]) is True
