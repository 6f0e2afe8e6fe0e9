"""Public functions that classes of one's own take part in: `tf.experimental.dispatch_for_api`.

The one idea: whoever registers a target changes the function itself. Its code is exchanged for one
that looks for a value of a composite class (one with a `_type_spec`) among its arguments and asks
the targets whose signatures match; without such a value, or a match, the old code runs. So every
reference to the function sees the targets, also those that were imported long before, and a
function that nobody registered for pays nothing. With the last target goes the exchange.

What is a tensor, a number or a variable never leads to a target by itself; a signature may name
them beside a composite class. A target that answers NotImplemented gives way to the function.

The classes of this house, ragged tensors and linear operators, answer otherwise: by `serve`. A
function is tried as it is, and only where it refuses its arguments (TypeError, ValueError,
AttributeError) is the handler asked that their class has for it; so tensors pay next to nothing.
An op is asked for by the engine (engine/run.py, `__tf_op__`), and its function stays as it is.

Read next: objects/linear_operator/functions.py, the shorter list of handlers.
"""

import inspect
from collections.abc import Callable
from importlib import import_module
from types import FunctionType
from typing import Any, Union, get_args, get_origin

from headrace._src.core.tensor import Readable

_SUPPORTED = "Supported annotations: type objects,  List[...], and Union[...]"


def dispatch_for_api(api: Any, *signatures: Any) -> Callable[[Callable], Callable]:
    """A decorator: the function below it serves `api` where the arguments match a signature.

    api: a public function of the library. signatures: dictionaries from the names (or places) of
    parameters to types, `List[...]`, `Union[...]` or `Optional[...]` of them; without any, the
    annotations of the decorated function are the signature. One match is enough; a call with two
    targets that match is an error. At least one matching argument must be of a composite class, one
    with a `_type_spec` such as `tf.SparseTensor`. The function has `api`'s parameters; `name` may
    be left out, and is then not passed on.

    >>> @tf.experimental.dispatch_for_api(tf.math.tanh, {"x": tf.SparseTensor})
    ... def sparse_tanh(x, name=None):
    ...     return x.with_values(tf.math.tanh(x.values))
    >>> tf.math.tanh(tf.sparse.from_dense([0., 1.])).values.numpy().round(3)
    array([0.762], dtype=float32)
    >>> tf.experimental.unregister_dispatch_for(sparse_tanh)

    Raises ValueError where `api` cannot be dispatched, where a parameter is unknown, an annotation
    is not supported or the parameters are others.
    """
    dispatcher = _dispatcher(api)
    checks = [_checked(dispatcher, signature) for signature in signatures]

    def decorator(dispatch_target: Callable) -> Callable:
        if not callable(dispatch_target):
            raise TypeError(f"Expected dispatch_target to be callable; got {dispatch_target!r}")
        takes_name = _takes_name(dispatcher, dispatch_target)
        found = checks or [_annotated(dispatcher, dispatch_target)]
        dispatcher.add(_Target(dispatch_target, dispatch_target, found, takes_name))
        return dispatch_target

    return decorator


def dispatch_for_unary_elementwise_apis(x_type: Any) -> Callable[[Callable], Callable]:
    """A decorator: `handler(api, x)` serves the elementwise functions of one tensor.

    x_type: the type of their first argument, as in `tf.experimental.dispatch_for_api`. The handler
    gets the function, with what other arguments there are but `name` in it, and the value.

    >>> @tf.experimental.dispatch_for_unary_elementwise_apis(tf.SparseTensor)
    ... def of_values(api_func, x):
    ...     return x.with_values(api_func(x.values))
    >>> tf.math.exp(tf.sparse.from_dense([0., 1.])).values.numpy().round(3)
    array([2.718], dtype=float32)
    >>> tf.experimental.unregister_dispatch_for(of_values)

    Raises ValueError where there is a handler for the type, or where it is not supported.
    """
    return _elementwise("unary elementwise", UNARY, (x_type,))


def dispatch_for_binary_elementwise_apis(x_type: Any, y_type: Any) -> Callable[[Callable], Any]:
    """A decorator: `handler(api, x, y)` serves the elementwise functions of two tensors.

    x_type, y_type: the types of their first two arguments, as in
    `tf.experimental.dispatch_for_api`. The handler gets the function, with what other arguments
    there are but `name` in it, and the values.

    >>> @tf.experimental.dispatch_for_binary_elementwise_apis(tf.SparseTensor, tf.SparseTensor)
    ... def of_values(api_func, x, y):
    ...     return x.with_values(api_func(x.values, y.values))
    >>> x = tf.sparse.from_dense([0., 2.])
    >>> tf.math.pow(x, x).values.numpy()
    array([4.], dtype=float32)
    >>> tf.experimental.unregister_dispatch_for(of_values)

    Raises ValueError where there is a handler for the types, or where one is not supported.
    """
    return _elementwise("binary elementwise", BINARY, (x_type, y_type))


def dispatch_for_binary_elementwise_assert_apis(
    x_type: Any, y_type: Any
) -> Callable[[Callable], Any]:
    """A decorator: `handler(assertion, x, y)` serves `tf.debugging.assert_equal` and its like.

    x_type, y_type: the types of their first two arguments, as in
    `tf.experimental.dispatch_for_api`. The handler gets the function, with what other arguments
    there are but `name` in it, and the values.

    >>> @tf.experimental.dispatch_for_binary_elementwise_assert_apis(
    ...     tf.SparseTensor, tf.SparseTensor)
    ... def of_values(assertion, x, y):
    ...     return assertion(x.values, y.values)
    >>> x = tf.sparse.from_dense([0., 2.])
    >>> tf.debugging.assert_equal(x, x)
    >>> tf.experimental.unregister_dispatch_for(of_values)

    Raises ValueError where there is a handler for the types, or where one is not supported.
    """
    return _elementwise("binary elementwise assert", ASSERTIONS, (x_type, y_type))


def unregister_dispatch_for(dispatch_target: Any) -> None:
    """Forgets a function that one of the decorators `tf.experimental.dispatch_for_...` registered.

    >>> tf.experimental.unregister_dispatch_for(print)
    Traceback (most recent call last):
    ValueError: Function <built-in function print> was not registered using a `@dispatch_for_*` \
decorator.
    """
    found = [d for d in _dispatchers.values() if d.has(dispatch_target)]
    if not found:
        raise ValueError(
            f"Function {dispatch_target} was not registered using a `@dispatch_for_*` decorator."
        )
    for dispatcher in found:
        dispatcher.remove(dispatch_target)
    for key in [key for key, handler in _handlers.items() if handler is dispatch_target]:
        del _handlers[key]


# ---- classes of this house -----------------------------------------------------------------------


def serve(kind: type, *functions: Any) -> Callable[[Callable], Callable]:
    """A decorator: the function below it answers for `functions` where an argument is a `kind`.

    kind: a class of values that are no tensors, with `__tf_op__ = staticmethod(answered)`.
    functions: public ones, whose parameters the decorated function has. An argument may also be a
    list with such a value in it. An answer of NotImplemented lets the refusal stand.
    """

    def decorator(handler: Callable) -> Callable:
        for function in functions:
            # Only what the quick way cannot serve comes to what is behind a door.
            dispatcher = _dispatcher(getattr(function, "behind", function))
            if not hasattr(function, "op"):
                dispatcher.enter()
            dispatcher.guests[kind] = handler
        return handler

    return decorator


def answered(op: Any, inputs: tuple, attributes: tuple, name: str | None) -> Any:
    """What an op makes of values that are no tensors, by what `serve` knows; or NotImplemented."""
    dispatcher = _dispatchers.get(op.function)
    if dispatcher is None:
        return NotImplemented
    return dispatcher.ask((*inputs, *attributes), {} if name is None else {"name": name})


def add_fallback(function: Any, fallback: Callable[[tuple, dict[str, Any]], Any]) -> None:
    """Has `fallback(args, kwargs)` asked where a function of the library refuses its arguments.

    Its answer NotImplemented lets the refusal stand. Raises ValueError for other functions.
    """
    dispatcher = _dispatcher(getattr(function, "behind", function))
    dispatcher.enter()
    dispatcher.fallbacks.append(fallback)


# ---- types ---------------------------------------------------------------------------------------

_NO, _YES, _COMPOSITE = 0, 1, 2
_Check = Callable[[Any], int]


def _is_composite(value: Any) -> bool:
    return hasattr(type(value), "_type_spec") and not isinstance(value, Readable)


def _check(annotation: Any) -> _Check:
    """Whether a value is of a type, and whether that is because it is of a composite class."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation is Any:
        return lambda value: _YES
    if origin is list and len(inner) == 1:
        return _list_of(_check(inner[0]))
    if origin is Union:
        checks = [_check(part) for part in inner]
        return lambda value: max(check(value) for check in checks)
    if origin is None and isinstance(annotation, type):
        return lambda value: (
            (_COMPOSITE if _is_composite(value) else _YES) if isinstance(value, annotation) else _NO
        )
    raise ValueError(
        f"Type annotation {getattr(annotation, '__forward_arg__', annotation)} is not currently "
        f"supported by dispatch.  {_SUPPORTED}"
    )


def _list_of(check: _Check) -> _Check:
    def all_of(value: Any) -> int:
        if not isinstance(value, (list, tuple)) or not value:
            return _NO
        found = [check(item) for item in value]
        return max(found) if min(found) else _NO

    return all_of


# ---- targets of one function ---------------------------------------------------------------------


class _Target:
    """A function that serves another one for some types.

    owner: what was registered, by which it is found again; function: what is called. signatures:
    checks of parameters. takes_name: whether `name` is passed on.
    """

    def __init__(
        self, owner: Any, function: Any, signatures: list[dict[str, _Check]], takes_name: bool
    ) -> None:
        self.owner, self.function = owner, function
        self.signatures, self.takes_name = signatures, takes_name

    def matches(self, values: dict[str, Any]) -> bool:
        for signature in self.signatures:
            found = [check(values[name]) for name, check in signature.items()]
            if found and min(found) and max(found) == _COMPOSITE:
                return True
        return False

    def __call__(self, args: tuple, kwargs: dict[str, Any], given: dict[str, Any]) -> Any:
        if self.takes_name or "name" not in given:
            return self.function(*args, **kwargs)
        return self.function(**{key: value for key, value in given.items() if key != "name"})


class _Dispatcher:
    """What a public function does while there are targets for it."""

    def __init__(self, api: FunctionType) -> None:
        self.api = api
        self.signature = inspect.signature(api)
        self.targets: list[_Target] = []
        self.fallbacks: list[Callable[[tuple, dict[str, Any]], Any]] = []
        self.guests: dict[type, Callable] = {}
        self.original: Any = None

    def add(self, target: _Target) -> None:
        self.enter()
        self.targets.append(target)

    def has(self, owner: Any) -> bool:
        return any(target.owner is owner for target in self.targets)

    def remove(self, owner: Any) -> None:
        self.targets = [target for target in self.targets if target.owner is not owner]
        if self.original and not (self.targets or self.guests or self.fallbacks):
            self._leave()

    def __call__(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        if self.targets and (any(map(_concerns, args)) or any(map(_concerns, kwargs.values()))):
            try:
                bound = self.signature.bind(*args, **kwargs)
            except TypeError:
                return self.original(*args, **kwargs)  # which says so
            given = dict(bound.arguments)
            bound.apply_defaults()
            found = [target for target in self.targets if target.matches(bound.arguments)]
            if len(found) > 1:
                raise ValueError(
                    f"Multiple dispatch targets that were registered with tf.dispatch_for "
                    f"({found[0].function} and {found[1].function}) match the arguments to "
                    f"{self.api.__name__}"
                )
            for target in found:
                answer = target(args, kwargs, given)
                if answer is not NotImplemented:
                    return answer
        try:
            return self.original(*args, **kwargs)
        except (TypeError, ValueError, AttributeError) as error:
            refusal = error
        for answers in (self.ask, *self.fallbacks):
            answer = answers(args, kwargs)
            if answer is not NotImplemented:
                return answer
        raise refusal

    def ask(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        """What the handler for the first value that has one makes of the call."""
        for value in (*args, *kwargs.values()):
            for item in value if isinstance(value, (list, tuple)) else (value,):
                for kind in type(item).__mro__:
                    if kind in self.guests:
                        return self.guests[kind](*args, **kwargs)
        return NotImplemented

    def enter(self) -> None:
        """Exchanges the function's code for one that asks here, if that is not done yet."""
        if self.original:
            return
        api = self.api
        self.original = FunctionType(
            api.__code__, api.__globals__, api.__name__, api.__defaults__, api.__closure__
        )
        self.original.__kwdefaults__ = api.__kwdefaults__
        code = _asking(api.__code__.co_freevars).replace(
            co_name=api.__code__.co_name, co_qualname=api.__code__.co_qualname
        )
        api.__signature__ = self.signature  # type: ignore[attr-defined]
        api.__defaults__ = None
        api.__code__ = code
        api.__kwdefaults__ = {"dispatcher_": self}

    def _leave(self) -> None:
        api, original = self.api, self.original
        self.original = None
        api.__code__ = original.__code__
        api.__defaults__ = original.__defaults__
        api.__kwdefaults__ = original.__kwdefaults__
        del api.__signature__  # type: ignore[attr-defined]


def _concerns(value: Any) -> bool:
    """Whether a value is composite, or a list with such a value in it."""
    if isinstance(value, (list, tuple)):
        return any(map(_is_composite, value)) or _is_composite(value)
    return _is_composite(value)


def _asking(free: tuple[str, ...]) -> Any:
    """The code that asks a dispatcher. It closes over what the code that it stands for does, since
    Python exchanges only codes with as many free variables.
    """
    scope: dict[str, Any] = {}
    mention = f"        {', '.join(free)},\n" if free else ""
    source = (
        f"def outer({', '.join(free)}):\n"
        "    def asking(*args, dispatcher_, **kwargs):\n"
        "        return dispatcher_(args, kwargs)\n"
        f"{mention}"
        "    return asking\n"
    )
    # As if it stood in this file: what users are shown of a stack leaves the library's files out.
    exec(compile(source, __file__, "exec"), scope)
    return scope["outer"](*free).__code__


_dispatchers: dict[Any, _Dispatcher] = {}


def _dispatcher(api: Any) -> _Dispatcher:
    found = _dispatchers.get(api) if isinstance(api, FunctionType) else None
    if found is None:
        if not isinstance(api, FunctionType) or not api.__module__.startswith("headrace._src."):
            raise ValueError(f"{api} does not support dispatch.")
        found = _dispatchers[api] = _Dispatcher(api)
    return found


def _checked(dispatcher: _Dispatcher, signature: Any) -> dict[str, _Check]:
    """A signature as checks by names."""
    if not isinstance(signature, dict):
        raise TypeError(
            "signatures must be dictionaries mapping parameter names to type annotations."
        )
    names = list(dispatcher.signature.parameters)
    checks: dict[str, _Check] = {}
    for key, annotation in signature.items():
        if isinstance(key, int) and -len(names) <= key < len(names):
            name = names[key]
        elif key in names:
            name = key
        else:
            raise ValueError(f"signature includes annotation for unknown parameter {key!r}.")
        check = _check(annotation)
        checks[name] = _both(checks[name], check) if name in checks else check
    return checks


def _both(first: _Check, second: _Check) -> _Check:
    """What is asked of a parameter that is named twice."""
    return lambda value: min(first(value), second(value))


def _annotated(dispatcher: _Dispatcher, target: Any) -> dict[str, _Check]:
    annotations = {
        name: parameter.annotation
        for name, parameter in inspect.signature(target).parameters.items()
        if parameter.annotation is not parameter.empty
    }
    if not annotations:
        raise ValueError(
            "The dispatch_for_api decorator must be called with at least one signature, or applied "
            "to a function that has type annotations on its parameters."
        )
    return _checked(dispatcher, annotations)


def _takes_name(dispatcher: _Dispatcher, target: Any) -> bool:
    """Whether a target has a parameter `name`; raises where the others are not the function's."""
    theirs, ours = inspect.signature(target), dispatcher.signature
    kinds = [(p.name, p.kind) for p in theirs.parameters.values()]
    wanted = [(p.name, p.kind) for p in ours.parameters.values()]
    if [kind for _, kind in kinds] == [
        inspect.Parameter.VAR_POSITIONAL,
        inspect.Parameter.VAR_KEYWORD,
    ] or kinds == wanted:
        return True
    if kinds == [(name, kind) for name, kind in wanted if name != "name"]:
        return False
    raise ValueError(
        f"Dispatch function's signature {_plain(theirs)} does not match API's signature "
        f"{_plain(ours)}."
    )


def _plain(signature: inspect.Signature) -> inspect.Signature:
    empty = inspect.Signature.empty
    plain = [p.replace(annotation=empty) for p in signature.parameters.values()]
    return signature.replace(parameters=plain, return_annotation=empty)


# ---- elementwise functions -----------------------------------------------------------------------

# By the files in which they are. TensorFlow counts the strings' among them.
UNARY = {
    "activations": "elu gelu leaky_relu log_softmax relu relu6 selu silu",
    "bessel": "bessel_i0 bessel_i0e bessel_i1 bessel_i1e bessel_j0 bessel_j1 bessel_k0 bessel_k0e"
    " bessel_k1 bessel_k1e bessel_y0 bessel_y1",
    "bitwise": "invert",
    "cast": "cast",
    "clip": "clip_by_value saturate_cast",
    "compare": "is_finite is_inf is_nan logical_not",
    "complex": "angle conj imag real",
    "constant": "ones_like zeros_like",
    "debugging": "check_numerics",
    "image": "adjust_brightness convert_image_dtype",
    "image_color": "adjust_gamma",
    "image_random": "random_brightness stateless_random_brightness",
    "math": "abs negative reciprocal_no_nan sign square",
    "powers": "exp expm1 log log1p log_sigmoid reciprocal rsqrt sigmoid softplus softsign sqrt",
    "raw_bytes": "decode_base64 decode_compressed encode_base64",
    "rounding": "ceil floor nextafter rint round",
    "special": "dawsn digamma erf erfc erfcinv erfinv expint fresnel_cos fresnel_sin lgamma ndtri"
    " spence",
    "substr": "substr",
    "trigonometry": "acos acosh asin asinh atan atanh cos cosh sin sinh tan tanh",
}
BINARY = {
    "bitwise": "bitwise_and bitwise_or bitwise_xor left_shift right_shift",
    "compare": "equal greater greater_equal less less_equal logical_and logical_or logical_xor"
    " not_equal",
    "complex": "complex",
    "losses": "sigmoid_cross_entropy_with_logits",
    "math": "add divide divide_no_nan floordiv floormod maximum minimum multiply multiply_no_nan"
    " scalar_mul squared_difference subtract truediv",
    "powers": "pow xdivy xlog1py xlogy",
    "special": "zeta",
    "trigonometry": "atan2",
    "truncation": "realdiv truncatediv truncatemod",
}
ASSERTIONS = {
    "debugging": "assert_equal assert_greater assert_greater_equal assert_less assert_less_equal"
    " assert_near assert_none_equal",
}

_handlers: dict[tuple, Any] = {}


def functions(table: dict[str, str]) -> list[FunctionType]:
    """The functions of one of the tables above."""
    return [
        getattr(import_module(f"headrace._src.ops.{file}"), name)
        for file, names in table.items()
        for name in names.split()
    ]


def _elementwise(kind: str, table: dict[str, str], types: tuple) -> Callable[[Callable], Callable]:
    checks = [_check(annotation) for annotation in types]
    key = (kind, *types)

    def decorator(handler: Callable) -> Callable:
        if key in _handlers:
            told = types[0] if len(types) == 1 else types
            raise ValueError(
                f"A {kind} dispatch handler ({_handlers[key]}) has already been registered for "
                f"{told}."
            )
        _handlers[key] = handler
        for api in functions(table):
            dispatcher = _dispatcher(api)
            signature = dict(zip(dispatcher.signature.parameters, checks, strict=False))
            target = _handled(dispatcher, handler, len(types))
            dispatcher.add(_Target(handler, target, [signature], True))
        return handler

    return decorator


def _handled(dispatcher: _Dispatcher, handler: Callable, count: int) -> Callable:
    """The handler as a target for one function."""

    def target(*args: Any, **kwargs: Any) -> Any:
        given = dispatcher.signature.bind(*args, **kwargs).arguments
        names = list(dispatcher.signature.parameters)[:count]
        values = [given.pop(name) for name in names]
        given.pop("name", None)
        if not given:
            return handler(dispatcher.api, *values)
        rest = dict(given)
        return handler(
            lambda *more: dispatcher.api(**dict(zip(names, more, strict=True)), **rest), *values
        )

    target.__name__ = f"elementwise_dispatch_target_for_{dispatcher.api.__name__}"
    return target
