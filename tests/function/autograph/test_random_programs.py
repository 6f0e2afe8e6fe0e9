"""Random programs give what plain Python gives, while Python cannot see the values that decide.

`HEADRACE_PROGRAMS=20000 pytest tests/function/autograph/test_random_programs.py` tries more.

Read next: staged.py, programs.py.
"""

import linecache
import os
from contextlib import nullcontext

from headrace._src.function.autograph.api import convert
from tests.function.autograph.programs import Program
from tests.function.autograph.staged import Items, Symbol, seen, staged

COUNT = int(os.environ.get("HEADRACE_PROGRAMS", "300"))
SEED = int(os.environ.get("HEADRACE_SEED", "0"))


class Object:
    """Something with an attribute."""

    x = 3


def defined(text, name):
    """The function `f` of a program, whose source can be found."""
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    scope = {"__name__": "program"}
    exec(compile(text, name, "exec"), scope)
    return scope["f"]


def run(function, n, k, items, wrap):
    o, d = Object(), {"k": wrap(1)}
    o.x = wrap(3)
    result = function(wrap(n), k, o, d, items, nullcontext)
    return tuple(seen(value) for value in (result, o.x, d["k"]))


def test_random_programs(monkeypatch):
    refused = 0
    for seed in range(SEED, SEED + COUNT):
        text = Program(seed).text
        function = defined(text, f"<program {seed}>")
        converted = convert(function)
        assert converted is not function, text
        for n, k in ((0, 2), (3, 0)):
            expected = run(function, n, k, [1, n], int)
            assert run(converted, n, k, [1, n], int) == expected, text
            with staged(monkeypatch):
                try:
                    found = run(converted, n, k, Items(1, n), Symbol)
                except NotImplementedError:
                    refused += 1  # a loop of Python's whose condition turned into a symbol
                    continue
            assert found == expected, f"seed {seed}, n={n}, k={k}: {found} != {expected}\n{text}"
    assert refused < COUNT
