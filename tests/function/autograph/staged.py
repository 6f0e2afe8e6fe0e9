"""An emulation of graphs: values that Python cannot look into, and both branches are run.

A `Symbol` holds an integer. It takes part in arithmetic, and answers no question of Python's: asked
for its truth it raises. `staged()` puts functions in the place of the operators' way to graphs
(operators/staging.py): a `cond` runs both branches and then chooses, a `while_loop` first runs a
round that it throws away, as tracing does. A symbol made inside a branch or round must not be used
outside.

Read next: programs.py, test_random_programs.py.
"""

import operator
from contextlib import contextmanager
from types import SimpleNamespace

from headrace._src.core import nest
from headrace._src.function.autograph.operators import iterations, logic, staging
from headrace._src.function.autograph.operators.loops import Loop

# The branches and rounds that are running, innermost last.
_scopes = [object()]


class Leak(Exception):
    """A symbol was used outside the branch or round it was made in."""


class Symbol:
    """A number that Python cannot see."""

    dtype = SimpleNamespace(is_bool=True)
    shape = SimpleNamespace(num_elements=lambda: 1)

    def __init__(self, value):
        self.hidden = value
        self.scope = _scopes[-1]

    def __bool__(self):
        raise TypeError("a symbol has no truth")

    def __iter__(self):
        raise TypeError("a symbol has no elements")


def seen(value):
    """The number behind a symbol, for those who may see it."""
    if not isinstance(value, Symbol):
        return value
    if value.scope not in _scopes:
        raise Leak
    return value.hidden


def _between(function):
    return lambda a, b: Symbol(function(seen(a), seen(b)))


for _name in ("add", "sub", "mul", "lt", "le", "gt", "ge", "eq", "ne"):
    _function = getattr(operator, f"__{_name}__")
    setattr(Symbol, f"__{_name}__", _between(_function))
    if _name in ("add", "sub", "mul"):
        setattr(Symbol, f"__r{_name}__", lambda a, b, f=_function: Symbol(f(seen(b), seen(a))))
Symbol.__hash__ = object.__hash__


class Items:
    """Something that only a graph can go through."""

    def __init__(self, *items):
        self.items = items


def _again(value):
    """The same value, of the scope that is current now."""
    return nest.map_structure(lambda x: Symbol(seen(x)), value)


@contextmanager
def scope():
    _scopes.append(object())
    try:
        yield SimpleNamespace(get_operations=list)
    finally:
        _scopes.pop()


def cond(pred, if_true, if_false):
    ends = []
    for branch in (if_true, if_false):
        with scope():
            ends.append(nest.map_structure(seen, branch()))
    return _again(ends[0] if seen(pred) else ends[1])


def while_loop(test, body, loop_vars, shape_invariants=None, maximum_iterations=None):
    def once(values):
        with scope():
            entered = _again(values)
            goes_on = seen(test(*entered))
        with scope():
            return goes_on, nest.map_structure(seen, body(*_again(values)))

    values = nest.map_structure(seen, list(loop_vars))
    once(values)
    while (following := once(values))[0]:
        values = following[1]
    return _again(values)


def _over_items(iterated, test, body, get_state, set_state, names, options):
    def goes_on(hidden):
        inside = hidden[0] < len(iterated.items)
        return inside if test is None else logic.and_(lambda: inside, test)

    def following(hidden):
        index = seen(hidden[0])
        body(Symbol(iterated.items[min(index, len(iterated.items) - 1)]))
        return [hidden[0] + 1]

    Loop(names, get_state, set_state, options).run([Symbol(0)], goes_on, following)


@contextmanager
def staged(monkeypatch):
    """A block in which symbols are what tensors are while a graph is built."""
    with monkeypatch.context() as patch:
        for name, function in {
            "is_symbolic": lambda value: isinstance(value, Symbol),
            "is_tracing": lambda: True,
            "cond": cond,
            "while_loop": while_loop,
            "scratch": scope,
            "tensor": lambda value: value if isinstance(value, Symbol) else Symbol(value),
            "anew": lambda value: Symbol(seen(value)),
            "spec": lambda value: None,
            "zeros_like": lambda value: Symbol(0),
        }.items():
            patch.setattr(staging, name, function)
        patch.setattr(logic, "logical_not", lambda x: Symbol(not seen(x)))
        patch.setitem(iterations.iterations, Items, _over_items)
        yield
