"""What operators make of each other and of themselves, as tables from classes to functions.

The one idea: a rule is found by the classes of the operators, the nearest ancestors first, so that
a general rule (`anything times the identity`) and a special one (`diagonal times diagonal`) stand
side by side, and a user's own class is served by the rules of the class it is derived from. The
tables are empty here: the base class asks them, and algebra.py, which knows all classes, fills
them.

Read next: algebra.py.
"""

import itertools
from collections.abc import Callable
from typing import Any


class Table:
    """The rules of one question, asked of one operator or of two."""

    def __init__(self) -> None:
        self._rules: dict[tuple[type, ...], Callable] = {}
        self._found: dict[tuple[type, ...], Callable] = {}

    def of(self, *classes: type) -> Callable[[Callable], Callable]:
        """A decorator: the function is the rule for operators of these classes."""

        def decorate(function: Callable) -> Callable:
            self._rules[classes] = function
            self._found.clear()
            return function

        return decorate

    def __call__(self, *operators: Any) -> Any:
        classes = tuple(type(operator) for operator in operators)
        rule = self._found.get(classes)
        if rule is None:
            rule = self._found[classes] = self._nearest(classes)
        return rule(*operators)

    def _nearest(self, classes: tuple[type, ...]) -> Callable:
        ancestors = [list(enumerate(cls.__mro__)) for cls in classes]
        ways = sorted(itertools.product(*ancestors), key=lambda way: sum(i for i, _ in way))
        return next(
            self._rules[kinds]
            for way in ways
            if (kinds := tuple(kind for _, kind in way)) in self._rules
        )


class Rules:
    """The tables, and what else the base class asks of those that know all classes."""

    product = Table()
    quotient = Table()
    adjoint = Table()
    inverse = Table()
    cholesky = Table()
    # Filled by slicing.py.
    part: Callable[[Any, Any], Any]
