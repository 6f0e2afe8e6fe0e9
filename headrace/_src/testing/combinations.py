"""Tests in combinations: one method, run for every combination of parameters.

The one idea: a combination is a dictionary of parameters, `combine` makes the list of all of them,
`times` crosses lists, and `generate` makes a test of each. The parameter `mode` is "eager" or
"graph", and says in which the test runs.

Read next: testing/case.py.
"""

import inspect
import itertools
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from absl.testing import parameterized

from headrace._src.engine.graph import Graph

_WORDLESS = re.compile(r"\W")


class NamedObject:
    """An object with a name that the names of tests are made of.

    >>> tf.__internal__.test.combinations.NamedObject("answer", 42)
    answer
    """

    def __init__(self, name: str, obj: Any) -> None:
        self._name = name
        self._obj = obj

    def __getattr__(self, name: str) -> Any:
        return getattr(vars(self)["_obj"], name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._obj(*args, **kwargs)

    def __repr__(self) -> str:
        return self._name


def combine(**kwargs: Any) -> list[OrderedDict[str, Any]]:
    """All combinations of some parameters, each with a list of values or a single one.

    >>> tf.__internal__.test.combinations.combine(a=[1, 2], b=3)
    [OrderedDict([('a', 1), ('b', 3)]), OrderedDict([('a', 2), ('b', 3)])]
    """
    names = sorted(kwargs)
    values = [kwargs[name] if isinstance(kwargs[name], list) else [kwargs[name]] for name in names]
    return [OrderedDict(zip(names, chosen, strict=True)) for chosen in itertools.product(*values)]


def times(*combined: list[Any]) -> list[OrderedDict[str, Any]]:
    """Every combination of one list with every one of the others.

    Raises ValueError where two of them have a parameter in common.

    >>> c = tf.__internal__.test.combinations
    >>> len(c.times(c.combine(a=[1, 2]), c.combine(b=[3, 4, 5])))
    6
    """
    assert combined, "times: wants at least one list of combinations"
    answer = []
    for chosen in itertools.product(*combined):
        merged: OrderedDict[str, Any] = OrderedDict()
        for one in chosen:
            if merged.keys() & one.keys():
                raise ValueError(f"Keys need to not overlap: {merged.keys()} vs {one.keys()}")
            merged.update(one)
        answer.append(merged)
    return answer


def generate(combinations: Sequence[Any], *, test_combinations: Any = None) -> Callable:
    """A decorator of test methods: one test for each combination.

    combinations: dictionaries of parameters, as of `combine`. `mode`, "eager" or "graph", is
    handed on only to tests that take it. test_combinations: must be None: what would interpret
    further parameters.

    The class has to be an `absl.testing.parameterized.TestCase` too.

    Raises NotImplementedError for `test_combinations`; ValueError, when the test runs, for a
    parameter that the test does not take.
    """
    if test_combinations is not None:
        raise NotImplementedError(
            "tf.__internal__.test.combinations.generate: headrace has no `test_combinations` yet."
        )
    rows = [{"testcase_name": _name(each), **each} for each in combinations]

    def decorator(target: Any) -> Any:
        return parameterized.named_parameters(*rows)(_in_mode(target))

    return decorator


def _name(combination: dict[str, Any]) -> str:
    """What the name of a test ends in: "_test_mode_graph_x_1"."""
    parts = []
    for key, value in sorted(combination.items()):
        parts += [_WORDLESS.sub("", key.replace("_", "")), _WORDLESS.sub("", str(value))]
    return "_".join(["_test", *parts])


def _in_mode(method: Callable) -> Callable:
    taken = inspect.signature(method).parameters

    def test(self: Any, mode: str = "eager", **kwargs: Any) -> None:
        unknown = kwargs.keys() - taken.keys()
        if unknown:
            raise ValueError(
                f"The test does not take parameters that were passed: {sorted(unknown)}"
            )
        if "mode" in taken:
            kwargs["mode"] = mode
        if mode == "graph":
            with Graph().as_default():
                method(self, **kwargs)
        else:
            method(self, **kwargs)

    test.__name__, test.__doc__ = method.__name__, method.__doc__
    return test


NamedObject.__module__ = "tensorflow.python.framework.test_combinations"
