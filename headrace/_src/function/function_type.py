"""The signature of a traced function: which arguments it takes, and of which types.

Two kinds of `FunctionType` exist. That of a Python function has parameters as Python knows them,
and types only where an `input_signature` gives them. That of a trace is *flat*: `*args` and
`**kwargs` are spelt out (`args_0`, keywords sorted), every parameter has a type, and there is an
output. The one idea: `canonical` turns every spelling of a call into the latter form, so that
`f(x)`, `f(a=x)` and `f(x, b=2)`, with 2 the default of b, are the same call.

Binding goes through `inspect.Signature.bind`; what it complains about reaches the user behind
"Binding inputs to tf.function failed due to ...".

Read next: function/function.py (the dispatch), function/concrete.py (the call of one trace).
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from headrace._src.core import nest
from headrace._src.core.spec import TypeSpec
from headrace._src.function import trace_type
from headrace._src.function.trace_type import (
    CastContext,
    PlaceholderContext,
    TracingContext,
    VariableSpec,
    cast,
    to_tensors,
)
from headrace._src.objects import tracing_types

_POSITIONAL_ONLY = inspect.Parameter.POSITIONAL_ONLY
_POSITIONAL_OR_KEYWORD = inspect.Parameter.POSITIONAL_OR_KEYWORD
_VAR_POSITIONAL = inspect.Parameter.VAR_POSITIONAL
_KEYWORD_ONLY = inspect.Parameter.KEYWORD_ONLY
_VAR_KEYWORD = inspect.Parameter.VAR_KEYWORD
_EMPTY = inspect.Parameter.empty


class CapturedDefault:
    """What stands in a signature for a default value, which the function keeps for itself."""

    def __repr__(self) -> str:
        return "<captured_default_value>"


CAPTURED_DEFAULT = CapturedDefault()


class Parameter(inspect.Parameter):
    """A parameter with, where it is known, the type of its argument."""

    @property
    def type_constraint(self) -> Any:
        """The type of the argument, or None."""
        return None if self.annotation is _EMPTY else self.annotation

    @property
    def optional(self) -> bool:
        """Whether it has a default value."""
        return self.default is not _EMPTY


class FunctionType(tracing_types.FunctionType):
    """A signature with types; `repr` lists the parameters, `str` writes them on a line.

    captures: for each tensor captured, by a number that is its own, the type.
    """

    def __init__(
        self,
        parameters: Sequence[inspect.Parameter] | None = None,
        *,
        return_annotation: Any = _EMPTY,
        captures: Mapping[int, Any] | None = None,
        __validate_parameters__: bool = True,
    ) -> None:
        super().__init__(
            parameters,
            return_annotation=return_annotation,
            __validate_parameters__=__validate_parameters__,
        )
        self.captures = dict(captures or {})

    @property
    def output(self) -> Any:
        """The type of the result, or None where it is not known."""
        return None if self.return_annotation is _EMPTY else self.return_annotation

    @property
    def flat_inputs(self) -> list[Any]:
        """The specs of the tensors that a call consists of, without captures."""
        return [spec for p in self.parameters.values() for spec in p.annotation.flatten()]

    def __repr__(self) -> str:
        lines = ["Input Parameters:"]
        for p in self.parameters.values():
            kind = None if p.annotation is _EMPTY else p.annotation
            lines.append(f"  {p.name} ({p.kind.name}): {kind!r}")
        lines += ["Output Type:", f"  {self.output!r}", "Captures:"]
        lines += [f"  {key}: {spec!r}" for key, spec in self.captures.items()] or ["  None"]
        return "\n".join(lines)


FunctionType.__module__ = "tensorflow.core.function.polymorphism.function_type"
Parameter.__module__ = "tensorflow.core.function.polymorphism.function_type"


# ---- the type of a Python function ---------------------------------------------------------------


def of_callable(function: Callable, is_method: bool) -> tuple[FunctionType, dict[str, Any]]:
    """The type of a Python function, and its default values by name.

    is_method: leave out the first parameter, for it is given already.
    """
    try:
        found = list(inspect.signature(function).parameters.values())
    except ValueError:  # some functions written in C cannot tell
        found = [
            inspect.Parameter("args", _VAR_POSITIONAL),
            inspect.Parameter("kwargs", _VAR_KEYWORD),
        ]
    if is_method and found and found[0].kind in (_POSITIONAL_ONLY, _POSITIONAL_OR_KEYWORD):
        found = found[1:]
    defaults = {p.name: p.default for p in found if p.default is not _EMPTY}
    parameters = [
        Parameter(p.name, p.kind, default=_EMPTY if p.default is _EMPTY else CAPTURED_DEFAULT)
        for p in found
    ]
    return FunctionType(parameters), defaults


def check_input_signature(input_signature: Any) -> None:
    """Raises TypeError unless it is a list or tuple of specs, or of structures of specs."""
    if not isinstance(input_signature, (list, tuple)):
        raise TypeError(
            "input_signature must be either a tuple or a list, got "
            f"{_class_shown(type(input_signature))}."
        )
    flat = nest.flatten(list(input_signature))
    wrong = [item for item in flat if not isinstance(item, TypeSpec)]
    if wrong:
        raise TypeError(
            "input_signature must be a possibly nested sequence of TensorSpec objects, got invalid "
            f"args {flat} with types {[type(item) for item in flat]}."
        )


def _class_shown(cls: type) -> str:
    if issubclass(cls, TypeSpec) and cls.__name__ == "TensorSpec":
        return "<class 'tensorflow.python.framework.tensor.TensorSpec'>"
    return str(cls)


def constrained(
    function_type: FunctionType, defaults: Mapping[str, Any], input_signature: Sequence[Any]
) -> FunctionType:
    """The type with the types that `input_signature` gives, in the order of the parameters.

    Raises TypeError where a parameter is left without a type, or a type without a parameter.
    """
    context = TracingContext()
    types = [trace_type.of(spec, context) for spec in input_signature]
    parameters: list[Any] = []
    rest = types
    is_spelt_out = False
    for p in function_type.parameters.values():
        if p.kind is _VAR_POSITIONAL:
            parameters += [
                Parameter(f"{p.name}_{i}", _POSITIONAL_ONLY, annotation=t)
                for i, t in enumerate(rest)
            ]
            is_spelt_out = bool(rest)
            rest = []
        elif p.kind is _VAR_KEYWORD:
            continue
        elif p.name == "self" and not parameters:
            # A method is decorated before it has an instance; the signature is of what follows.
            parameters.append(p)
        elif p.kind is _KEYWORD_ONLY and p.default is _EMPTY:
            raise TypeError(
                "Since input_signature is defined, keyword-only parameter "
                f"`{p.name}` must have a default value"
            )
        elif rest and p.kind is not _KEYWORD_ONLY:
            parameters.append(p.replace(annotation=rest[0]))
            rest = rest[1:]
        elif p.default is not _EMPTY:
            constraint = trace_type.of(defaults[p.name], context)
            parameters.append(p.replace(annotation=constraint))
        else:
            raise TypeError(f"input_signature missing type constraint for {p.name}")
    if rest:
        raise TypeError(f"input_signature contains {len(rest)} extra type constraints.")
    if is_spelt_out:
        parameters = [
            p if p.kind is _KEYWORD_ONLY else p.replace(kind=_POSITIONAL_ONLY) for p in parameters
        ]
    return FunctionType(parameters)


# ---- a call --------------------------------------------------------------------------------------


class Call(NamedTuple):
    """A call in canonical form: for each argument its name, kind and value."""

    names: tuple[str, ...]
    kinds: tuple[Any, ...]
    values: list[Any]


def canonical(
    function_type: FunctionType, defaults: Mapping[str, Any], args: tuple, kwargs: dict[str, Any]
) -> Call:
    """The one form of all calls that are spelt differently and mean the same.

    Raises TypeError, with Python's words, where the arguments do not fit.
    """
    given = function_type.bind(*args, **kwargs).arguments
    names: list[str] = []
    kinds: list[Any] = []
    values: list[Any] = []
    for name, p in function_type.parameters.items():
        if p.kind is _VAR_POSITIONAL:
            items = given.get(name, ())
            if items:
                # What follows has no name to be called by, nor has what goes before.
                kinds = [_POSITIONAL_ONLY] * (len(kinds) + len(items))
                names += [f"{name}_{i}" for i in range(len(items))]
                values += items
        elif p.kind is _VAR_KEYWORD:
            for key, value in sorted(given.get(name, {}).items()):
                names.append(key)
                kinds.append(_KEYWORD_ONLY)
                values.append(value)
        else:
            names.append(name)
            kinds.append(p.kind)
            values.append(given[name] if name in given else defaults[name])
    return Call(tuple(names), tuple(kinds), values)


def binding_error(
    error: Exception, args: tuple, kwargs: dict[str, Any], function_type: FunctionType
) -> str:
    """The complaint about arguments that do not fit."""
    return (
        f"Binding inputs to tf.function failed due to `{error}`. Received args: {args} and "
        f"kwargs: {kwargs} for signature: {function_type}."
    )


def types_of(call: Call) -> tuple[Any, ...]:
    """The types of the arguments of a call."""
    context = TracingContext()
    return tuple([trace_type.of(value, context) for value in call.values])


def cast_to(function_type: FunctionType, call: Call, context: CastContext) -> list[Any]:
    """The values of a call as values of the types that the parameters have."""
    return [
        cast(p.annotation, value, context)
        for p, value in zip(function_type.parameters.values(), call.values, strict=True)
    ]


def flat_tensors(types: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    """The tensors and variables that arguments consist of; a variable once, however often given."""
    flat: list[Any] = []
    aliases: set[int | None] = set()
    for kind, value in zip(types, values, strict=True):
        tensors = to_tensors(kind, value)
        if any(isinstance(spec, VariableSpec) for spec in kind.flatten()):
            for spec, tensor in zip(kind.flatten(), tensors, strict=True):
                if isinstance(spec, VariableSpec):
                    if spec.alias_id in aliases:
                        continue
                    aliases.add(spec.alias_id)
                flat.append(tensor)
        else:
            flat += tensors
    return flat


# ---- a trace -------------------------------------------------------------------------------------


def flat_type(
    call: Call, types: Sequence[Any], output: Any, captures: Mapping[int, Any]
) -> FunctionType:
    """The type of a trace."""
    parameters = [
        Parameter(name, kind, annotation=t)
        for name, kind, t in zip(call.names, call.kinds, types, strict=True)
    ]
    return FunctionType(parameters, return_annotation=output, captures=captures)


def placeholders(graph: Any, call: Call, types: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments that a function is traced with, made in `graph`, as `(args, kwargs)`.

    `graph.inputs` then stand in the order of `flat_tensors`.
    """
    context = PlaceholderContext(graph)
    for kind, value in zip(types, call.values, strict=True):
        for spec, variable in _variables(kind, value):
            context.given(spec.alias_id, variable)
    values = []
    for name, kind in zip(call.names, types, strict=True):
        context.name = name
        values.append(kind.placeholder_value(context))
    graph.inputs[:] = [getattr(tensor, "_bound", tensor) for tensor in flat_tensors(types, values)]
    return _spread(call, values)


def _variables(kind: Any, value: Any) -> Iterator[tuple[VariableSpec, Any]]:
    specs = kind.flatten()
    if any(isinstance(spec, VariableSpec) for spec in specs):
        for spec, tensor in zip(specs, to_tensors(kind, value), strict=True):
            if isinstance(spec, VariableSpec) and not isinstance(tensor, TypeSpec):
                yield spec, tensor


def _spread(call: Call, values: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    args, kwargs = [], {}
    for name, kind, value in zip(call.names, call.kinds, values, strict=True):
        if kind is _KEYWORD_ONLY:
            kwargs[name] = value
        else:
            args.append(value)
    return args, kwargs


def structured_signature(function_type: FunctionType) -> tuple[tuple, dict[str, Any]]:
    """The arguments of a trace as `(args, kwargs)`: named specs for tensors, else values."""
    args, kwargs = [], {}
    for p in function_type.parameters.values():
        shown = trace_type.signature_of(p.annotation, p.name)
        if p.kind is _KEYWORD_ONLY:
            kwargs[p.name] = shown
        else:
            args.append(shown)
    return tuple(args), kwargs


# ---- as users ask for it -------------------------------------------------------------------------


class FunctionSpec:
    """A function's signature in the terms of `inspect.getfullargspec`.

    function_type: with the types of the input signature, if there is one.
    default_values: by the name of the parameter.
    """

    def __init__(
        self,
        function_type: FunctionType,
        default_values: dict[str, Any],
        input_signature: tuple | None,
        jit_compile: bool | None,
    ) -> None:
        self.function_type = function_type
        self.default_values = default_values
        self.input_signature = input_signature
        self.jit_compile = jit_compile
        self.is_pure = False

    @property
    def arg_names(self) -> list[str]:
        """The names of the parameters that may be given by position."""
        kinds = (_POSITIONAL_ONLY, _POSITIONAL_OR_KEYWORD)
        return [p.name for p in self.function_type.parameters.values() if p.kind in kinds]

    @property
    def flat_input_signature(self) -> tuple:
        """The specs of the tensors of a call; None where there is no type."""
        flat: list[Any] = []
        for p in self.function_type.parameters.values():
            if p.kind in (_POSITIONAL_ONLY, _POSITIONAL_OR_KEYWORD):
                flat += [None] if p.annotation is _EMPTY else p.annotation.flatten()
        return tuple(flat)

    @property
    def fullargspec(self) -> inspect.FullArgSpec:
        """The signature as `inspect.getfullargspec` gives it."""
        by_kind: dict[Any, list[str]] = {}
        for p in self.function_type.parameters.values():
            by_kind.setdefault(p.kind, []).append(p.name)
        names, keywords = self.arg_names, by_kind.get(_KEYWORD_ONLY, [])
        values = self.default_values
        defaults = tuple(values[name] for name in names if name in values)
        return inspect.FullArgSpec(
            args=names,
            varargs=next(iter(by_kind.get(_VAR_POSITIONAL, [])), None),
            varkw=next(iter(by_kind.get(_VAR_KEYWORD, [])), None),
            defaults=defaults or None,
            kwonlyargs=keywords,
            kwonlydefaults={name: values[name] for name in keywords if name in values} or None,
            annotations={},
        )

    def signature_summary(self, default_values: bool = False) -> str:
        """The signature on one line; with `default_values`, followed by these."""
        summary = f"{self.function_type!r}"
        if default_values:
            summary += "\nDefaults:"
            lines = [f"\n  {name}: {value!r}" for name, value in self.default_values.items()]
            summary += "".join(lines) or "\n  None"
        return summary


FunctionSpec.__module__ = "tensorflow.python.eager.polymorphic_function.function_type_utils"
