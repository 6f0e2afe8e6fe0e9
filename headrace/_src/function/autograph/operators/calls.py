"""`ag__.converted(f)`: what to call in the place of `f`.

A function of the user's is converted, at its first call for all later ones; so is the function of a
method, of a `functools.partial` and of an object with `__call__`. Built-ins that a tensor cannot go
through have stand-ins. All else is answered as it came: classes, ops, NumPy, functions marked
`do_not_convert`, and what cannot be converted, of which the user is told once.

Read next: function/autograph/conversion.py, function/autograph/rules.py.
"""

import ast
import functools
import inspect
import logging
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from headrace._src.core.names import name_scope
from headrace._src.function.autograph import conversion, rules, verbosity
from headrace._src.function.autograph.conversion import ByIdentity
from headrace._src.function.autograph.jumps import Unsupported
from headrace._src.function.autograph.operators.asserts import assert_stmt
from headrace._src.function.autograph.operators.branches import if_exp, if_stmt
from headrace._src.function.autograph.operators.builtins import optional_stand_ins, stand_ins
from headrace._src.function.autograph.operators.iterations import for_stmt
from headrace._src.function.autograph.operators.logic import and_, not_, or_
from headrace._src.function.autograph.operators.loops import while_stmt
from headrace._src.function.autograph.operators.variables import (
    NoReturnYet,
    Undefined,
    ld,
    ldu,
    returned,
)
from headrace._src.function.autograph.options import Feature, Options
from headrace._src.function.autograph.source import InaccessibleSourceCodeError

logger = logging.getLogger("tensorflow")

_LEFT_ALONE = object()
_NOT_PLAIN = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class Operators:
    """What converted code calls `ag__`: the operators, and how to convert what it calls."""

    if_stmt = staticmethod(if_stmt)
    if_exp = staticmethod(if_exp)
    while_stmt = staticmethod(while_stmt)
    for_stmt = staticmethod(for_stmt)
    and_ = staticmethod(and_)
    or_ = staticmethod(or_)
    not_ = staticmethod(not_)
    assert_stmt = staticmethod(assert_stmt)
    name_scope = staticmethod(name_scope)
    ld = staticmethod(ld)
    ldu = staticmethod(ldu)
    returned = staticmethod(returned)
    Undefined = Undefined
    NoReturnYet = NoReturnYet

    def __init__(self, options: Options) -> None:
        self._options = options
        # By code object: converted code, or _LEFT_ALONE.
        self._plans = ByIdentity()
        self._stand_ins = dict(stand_ins)
        if options.has(Feature.BUILTIN_FUNCTIONS):
            self._stand_ins |= optional_stand_ins

    def converted(self, called: Any) -> Any:
        """What to call in the place of `called`."""
        kind = type(called)
        if kind is FunctionType:
            if not self._options.recursive:
                return called
            return self.function(called)
        if kind is BuiltinFunctionType or kind is type:
            return self._stand_ins.get(called, called)
        if not self._options.recursive or isinstance(called, type):
            return called
        return self.callable(called)

    def callable(self, called: Any) -> Any:
        """`called`, any callable object, with the function behind it converted."""
        if isinstance(called, FunctionType):
            return self.function(called)
        if isinstance(called, MethodType):
            inner = self.callable(called.__func__)
            return called if inner is called.__func__ else MethodType(inner, called.__self__)
        if isinstance(called, functools.partial):
            inner = self.callable(called.func)
            if inner is called.func:
                return called
            return functools.partial(inner, *called.args, **called.keywords)
        if isinstance(called, type):
            return called
        call = getattr(type(called), "__call__", None)  # noqa: B004 - what it is matters
        if isinstance(call, FunctionType):
            inner = self.function(call)
            return called if inner is call else MethodType(inner, called)
        return called

    def function(self, called: FunctionType) -> FunctionType:
        """`called` converted, or itself if it is to be left alone."""
        if called.__dict__ and rules.is_marked(called):
            return called
        code = called.__code__
        plan = self._plans[code]
        if plan is None:
            plan = self._planned(called)
            self._plans.put(code, plan)
        if plan is _LEFT_ALONE:
            return called
        return conversion.function_with(plan, called, self)

    def _planned(self, called: FunctionType) -> Any:
        code = called.__code__
        is_converted = conversion.frame_of(code) is not None
        is_generator = code.co_flags & _NOT_PLAIN == inspect.CO_GENERATOR
        if is_converted or is_generator or rules.is_left_alone(called):
            return _LEFT_ALONE
        try:
            code = conversion.compiled(called, self._options)
            if verbosity.is_told(verbosity.CONVERSIONS):
                verbosity.tell(f"Converted {called}")
            if verbosity.is_told(verbosity.CODE):
                tree = conversion.converted_tree(called, self._options)
                verbosity.tell(ast.unparse(ast.fix_missing_locations(tree)))
            return code
        except InaccessibleSourceCodeError:
            return _LEFT_ALONE
        except Unsupported as problem:
            _warn(called, str(problem))
        except Exception as problem:
            # A mistake of the conversion's must not stop a program that may do without it.
            _warn(called, f"{type(problem).__name__}: {problem}")
        return _LEFT_ALONE


def _warn(called: FunctionType, cause: str) -> None:
    logger.warning(
        "AutoGraph could not transform %r and will run it as-is.\nCause: %s\nTo silence this "
        "warning, decorate the function with @tf.autograph.experimental.do_not_convert",
        called,
        cause,
    )


_operators: dict[Options, Operators] = {}


def operators(options: Options) -> Operators:
    """The operators for these options."""
    found = _operators.get(options)
    if found is None:
        found = _operators.setdefault(options, Operators(options))
    return found
