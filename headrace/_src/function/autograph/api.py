"""`tf.autograph`: what a program may ask for by name.

Also `convert`, through which `tf.function` has its functions converted.

Read next: operators/calls.py, conversion.py.
"""

import ast
import functools
from types import FunctionType, MethodType
from typing import Any

from headrace._src.function.autograph import conversion, rules
from headrace._src.function.autograph.jumps import Unsupported
from headrace._src.function.autograph.operators.calls import operators
from headrace._src.function.autograph.options import options
from headrace._src.function.autograph.source import InaccessibleSourceCodeError
from headrace._src.function.autograph.user_errors import ConversionError
from headrace._src.function.autograph.verbosity import set_verbosity as set_verbosity


def convert(function: Any, features: Any = None, recursive: bool = True) -> Any:
    """`function`, any callable, converted; itself if it is to be left alone.

    features: optional conversions (`Feature`), one or several.
    recursive: whether what it calls is converted too.
    """
    return operators(options(features, recursive)).callable(function)


def to_graph(
    entity: Any, recursive: bool = True, experimental_optional_features: Any = None
) -> FunctionType:
    """The converted form of a function: a Python function that may be used in graphs.

    entity: a Python function or method; of a method, the function, which takes `self`.
    recursive: whether what it calls is converted too.
    experimental_optional_features: optional conversions, one `Feature` or several.

    >>> def absolute(x):
    ...     return x if x > 0 else -x
    >>> converted = tf.autograph.to_graph(absolute)
    >>> converted.__name__, converted(-3)
    ('tf__absolute', 3)

    Raises ConversionError for what has no source text.
    """
    function = _function(entity)
    chosen = options(experimental_optional_features, recursive)
    try:
        code = conversion.compiled(function, chosen)
    except (InaccessibleSourceCodeError, Unsupported) as error:
        raise _failed(entity, error) from error
    converted = conversion.function_with(code, function, operators(chosen))
    converted.__name__ = f"tf__{function.__name__}"
    return converted


def to_code(entity: Any, recursive: bool = True, experimental_optional_features: Any = None) -> str:
    """The source text of the converted form of a function.

    entity: a Python function or method.
    recursive, experimental_optional_features: as in `to_graph`.

    >>> def positive(x):
    ...     return not x < 0
    >>> print(tf.autograph.to_code(positive))
    def tf__positive(x):
        return ag__.not_(x < 0)

    Raises ConversionError for what has no source text.
    """
    function = _function(entity)
    chosen = options(experimental_optional_features, recursive)
    try:
        tree = conversion.converted_tree(function, chosen)
    except (InaccessibleSourceCodeError, Unsupported) as error:
        raise _failed(entity, error) from error
    if isinstance(tree, ast.FunctionDef):
        tree.name = f"tf__{tree.name}"
    return ast.unparse(ast.fix_missing_locations(tree))


def _function(entity: Any) -> FunctionType:
    function = entity.__func__ if isinstance(entity, MethodType) else entity
    if not isinstance(function, FunctionType):
        raise _failed(
            entity,
            ValueError(
                "Cannot apply autograph to a function that doesn't expose a __code__ object. If "
                "this is a @tf.function, try passing f.python_function instead."
            ),
        )
    return function


def _failed(entity: Any, error: Exception) -> ConversionError:
    return ConversionError(f"converting {entity}: {type(error).__name__}: {error}")


def do_not_convert(func: Any = None) -> Any:
    """A function that runs as it is, also when converted code calls it; works as a decorator.

    >>> @tf.autograph.experimental.do_not_convert
    ... def plain(x):
    ...     return x + 1
    >>> plain(1)
    2
    """
    if func is None:
        return do_not_convert

    @functools.wraps(func, functools.WRAPPER_ASSIGNMENTS)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    rules.mark(wrapper)
    return wrapper


def set_loop_options(
    parallel_iterations: Any = None,
    swap_memory: Any = None,
    maximum_iterations: Any = None,
    shape_invariants: Any = None,
) -> None:
    """Says how to run the loop that it is the first statement of.

    Where a loop is over tensors, AutoGraph takes the statement out and gives its arguments to
    `tf.while_loop`; everywhere else it does nothing.

    parallel_iterations, swap_memory, maximum_iterations: as `tf.while_loop` takes them.
    shape_invariants: pairs of a loop variable and the `tf.TensorShape` that it keeps to.

    >>> @tf.autograph.to_graph
    ... def double(x, times):
    ...     for _ in range(times):
    ...         tf.autograph.experimental.set_loop_options(
    ...             shape_invariants=[(x, tf.TensorShape([None]))])
    ...         x = tf.concat([x, x], 0)
    ...     return x
    >>> double(tf.constant([7]), 2).numpy().tolist()
    [7, 7, 7, 7]
    """


def trace(*args: Any) -> None:
    """Prints its arguments, while a function is traced.

    >>> tf.autograph.trace("here", 1)
    here 1
    """
    print(*args)
