"""`py_function` and `numpy_function`: a Python function in the place of an op.

In eager mode they call the function; in a graph a host step does when the graph runs, outside of
all locks, so the function may do what it likes: call the same graph again, or wait for another
thread that does.

`py_function` is strict about what comes back: its dtypes are `Tout`'s, and what the function raises
becomes the error of an op; its gradient is what a tape inside says (objects/recorded_calls.py).
`numpy_function` is a plain call on arrays, which has no gradient.

Read next: objects/recorded_calls.py.
"""

import functools
import itertools
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core import errors, nest
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, string
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import DenseSpec, TensorSpec, TypeSpec
from headrace._src.core.tensor import EagerTensor, Readable
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import Operation
from headrace._src.engine.step import Step, step
from headrace._src.objects.recorded_calls import (
    Call,
    back,
    eagerly,
    gradient_nodes,
    listened,
    recorded,
)
from headrace._src.objects.variable import Variable

# What TensorFlow makes of a Python exception; all others are unknown to it.
_ERRORS = (
    ((TypeError, ValueError), errors.InvalidArgumentError),
    ((StopIteration,), errors.OutOfRangeError),
    ((MemoryError,), errors.ResourceExhaustedError),
    ((NotImplementedError,), errors.UnimplementedError),
)

_names = itertools.count()


def py_function(
    func: Callable | None = None, inp: Any = None, Tout: Any = None, name: str | None = None
) -> Any:
    """What a Python function of eager tensors answers; differentiable.

    func: called with the values of `inp`; without it, this is a decorator. inp: a list of tensors
    and of values that consist of tensors, such as `tf.RaggedTensor`. Tout: the dtype or the spec of
    the result, or a list of them for a list of results; a function without results has []. name: of
    the operation in a graph.

    In a graph nothing is known of the results' shapes; say what you know by `set_shape`.

    >>> tf.py_function(lambda x: x + 1., [tf.constant([1., 2.])], tf.float32).numpy()
    array([2., 3.], dtype=float32)

    Raises tf.errors.InvalidArgumentError where the function raises TypeError or ValueError or
    answers something else than `Tout` says, tf.errors.UnknownError for most of what else it raises.
    Op: EagerPyFunc.
    """
    if Tout is None:
        raise TypeError(_WITHOUT_TOUT.format("py_function"))
    if func is None:
        if inp is not None:
            raise TypeError(_WITH_INP.format("py_function"))
        return lambda f: functools.wraps(f)(lambda *args: py_function(f, args, Tout, name))
    if inp is None:
        raise TypeError(_WITHOUT_INP.format("py_function"))
    if _has_composites(inp, Tout):
        return _with_composites(func, list(inp), Tout, name)
    is_single = not isinstance(Tout, (list, tuple))
    dtypes = [_dtype(t) for t in ([Tout] if is_single else Tout)]
    inputs = [convert(value) for value in inp]
    if thread.context.graph is not None:
        node = _node(eager_py_func, func, inputs, dtypes, is_single, name)
        return _answer(node, is_single)
    try:
        call = recorded(_checked(func, dtypes, is_single), inputs, bool(thread.context.recorders))
    except errors.OpError as error:
        op = f"__wrapped__EagerPyFunc_Tin_{len(inputs)}_Tout_{len(dtypes)}"
        where = f"{{{{function_node {op}_device_/job:localhost/replica:0/task:0/device:CPU:0}}}}"
        kind: Any = type(error)
        text = f"{where} {error.message} [Op:EagerPyFunc] name: "
        raise kind(None, None, text) from error.__cause__
    results = listened(call, inputs)
    return results[0] if is_single else results


def numpy_function(
    func: Callable | None = None,
    inp: Any = None,
    Tout: Any = None,
    stateful: bool = True,
    name: str | None = None,
) -> Any:
    """What a Python function of NumPy arrays answers; without gradient.

    func: called with the arrays of `inp`; without it, this is a decorator. inp: a list of tensors.
    Tout: the dtypes of the results; in eager mode, as in TensorFlow, they are what comes back.
    stateful: whether a graph may leave a call out whose results nobody wants. name: of a graph's
    operation.

    >>> tf.numpy_function(lambda x: x.sum(), [tf.constant([1., 2.])], tf.float32).numpy()
    np.float32(3.0)

    In eager mode what the function raises stays what it is; in a graph it is the error of an op, as
    with `tf.py_function`. Ops: PyFunc, PyFuncStateless.
    """
    if Tout is None:
        raise TypeError(_WITHOUT_TOUT.format("numpy_function"))
    if func is None:
        if inp is not None:
            raise TypeError(_WITH_INP.format("numpy_function"))
        return lambda f: functools.wraps(f)(
            lambda *args: numpy_function(f, args, Tout, stateful, name)
        )
    if inp is None:
        raise TypeError(_WITHOUT_INP.format("numpy_function"))
    if thread.context.graph is not None:
        is_single = not isinstance(Tout, (list, tuple))
        dtypes = [as_dtype(t) for t in ([Tout] if is_single else Tout)]
        kind = py_func if stateful else py_func_stateless
        inputs = [convert(value) for value in inp]
        return _answer(_node(kind, func, inputs, dtypes, is_single, name), len(dtypes) == 1)
    arrays = [np.asarray(convert(value).numpy()) for value in inp]
    with eagerly():
        answer = func(*arrays)
        if answer is None:
            return None
        if isinstance(answer, dict):
            values = [convert(value) for _, value in sorted(answer.items())]
        elif isinstance(answer, (list, tuple)):
            values = [convert(value) for value in answer]
        else:
            return convert(answer)
        return values[0] if len(values) == 1 else values


def _dtype(wanted: Any) -> DType:
    return wanted.dtype if isinstance(wanted, DenseSpec) else as_dtype(wanted)


# ---- what consists of tensors --------------------------------------------------------------------


def _is_composite(x: Any) -> bool:
    return hasattr(type(x), "_type_spec") and not isinstance(x, Readable)


def _has_composites(inp: Any, wanted: Any) -> bool:
    return any(map(_is_composite, inp)) or any(
        isinstance(t, TypeSpec) and not isinstance(t, DenseSpec) for t in nest.flatten(wanted)
    )


def _with_composites(func: Callable, inp: list[Any], wanted: Any, name: str | None) -> Any:
    """A call in which composite values travel as the tensors that they consist of."""
    given = [x if _is_composite(x) else convert(x) for x in inp]
    is_single = not isinstance(wanted, (list, tuple))
    specs = [
        t if isinstance(t, TypeSpec) else TensorSpec(None, t)
        for t in ([wanted] if is_single else wanted)
    ]

    def flat(*tensors: Any) -> list[Any]:
        answer = func(*nest.pack_sequence_as(given, list(tensors), expand_composites=True))
        results = list(answer) if isinstance(answer, (list, tuple)) else [answer]
        for spec, result in zip(specs, results, strict=False):
            if isinstance(spec, DenseSpec):
                if _is_composite(result):
                    raise ValueError(
                        f"py_function: func={func} returned {results}, which did not match Tout="
                        f"{[t.dtype if isinstance(t, DenseSpec) else t for t in specs]}.\n"
                        f"In particular, {result!r} is not a Tensor."
                    )
                continue
            try:
                fits = spec.is_compatible_with(result)
            except TypeError:
                fits = False
            if not fits:
                raise ValueError(
                    f"py_function: func={func} returned {results}, which did not match Tout="
                    f"{specs}.\nIn particular, {result!r} is not compatible with {spec}."
                )
        return nest.flatten(results, expand_composites=True)

    tensors = py_function(
        flat,
        nest.flatten(given, expand_composites=True),
        [part.dtype for spec in specs for part in spec._flat_tensor_specs],
        name,
    )
    results = nest.pack_sequence_as(specs, tensors, expand_composites=True)
    return results[0] if is_single else results


# ---- calling -------------------------------------------------------------------------------------


def _checked(func: Callable, dtypes: list[DType], is_single: bool, token: str = "") -> Callable:
    """The function as the op sees it: from tensors to tensors of the dtypes promised."""

    def checked(*arguments: EagerTensor) -> list[EagerTensor]:
        try:
            results = _results(func(*arguments), dtypes, is_single)
        except Exception as error:
            raise _as_op_error(error) from error
        _check_count(len(results), len(dtypes), token)
        return results

    return checked


def _results(answer: Any, dtypes: list[DType], is_single: bool) -> list[EagerTensor]:
    """What the function answered as tensors of the dtypes promised, as far as there are some."""
    if answer is None:
        return []
    values = list(answer) if isinstance(answer, (list, tuple)) else [answer]
    for value in values:
        if isinstance(value, Variable):
            raise RuntimeError(
                "Attempting to return a variable from an eagerly executed py_func. Only numeric "
                "data structures like Tensors or NumPy arrays should be returned; to return the "
                "value of a variable, make sure to obtain the Tensor backing it by calling "
                f"`.read_value()` on the variable in question: {value}"
            )
    if is_single:
        values = values[:1]
    if len(values) > len(dtypes) and not dtypes:
        raise IndexError("list index out of range")
    values = values[: len(dtypes)]
    return [convert(value, dtype) for value, dtype in zip(values, dtypes, strict=False)]


def _check_count(count: int, wanted: int, token: str) -> None:
    if count != wanted:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"{token or f'pyfunc_{next(_names)}'} returns {count} values, but expects to see "
            f"{wanted} values.",
        )


def _as_op_error(error: Exception) -> errors.OpError:
    kind = next(
        (ours for theirs, ours in _ERRORS if isinstance(error, theirs)), errors.UnknownError
    )
    lines = "".join(traceback.format_exception(error))
    return kind(None, None, f"{type(error).__name__}: {error}\n{lines}")


# ---- in a graph ----------------------------------------------------------------------------------


def _node(
    kind: Step,
    func: Callable,
    inputs: list[Any],
    dtypes: list[DType],
    is_single: bool,
    name: str | None,
) -> Operation:
    graph = thread.context.graph
    token = f"pyfunc_{next(_names)}"
    if kind is eager_py_func:
        func = _checked(func, dtypes, is_single, token)
    node_name = graph.unique_name(name or kind.name)
    taken = [graph.input(x, f"{node_name}/input_{i}") for i, x in enumerate(inputs)]
    attributes = {"token": token, "function": func, "Tin": [t.dtype for t in taken]}
    outputs = [(dtype, TensorShape(None)) for dtype in dtypes]
    node = graph.add(kind, taken, {**attributes, "Tout": dtypes}, outputs, node_name)
    for recorder in thread.context.recorders:
        recorder.step(node)
    return node


def _answer(node: Operation, is_single: bool) -> Any:
    if not node.outputs:
        return [] if node.op is eager_py_func else node
    return node.outputs[0] if is_single else list(node.outputs)


@step("EagerPyFunc", is_stateful=True, is_host="it calls a Python function")
def eager_py_func(machine: Any, node: Operation, *values: Any) -> tuple:
    """Calls a function of tensors; a node that a gradient was asked of answers the call as well."""
    count = len(node.attributes["Tout"])
    keeps = len(node.outputs) > count
    tensors = [EagerTensor(_on_host(v), t.dtype) for v, t in zip(values, node.inputs, strict=True)]
    with eagerly():
        function = node.attributes["function"]
        if function is None:
            call = back(tensors[0]._array[()], node.attributes["seeds"], tensors, keeps)
        else:
            call = recorded(function, tensors, keeps)
    arrays = [_on_host(result._array) for result in call.results]
    return (*arrays, _boxed(call)) if keeps else tuple(arrays)


@eager_py_func.gradient
def _(node: Operation, *dzs: Any) -> list[Any]:
    return gradient_nodes(node, dzs)


def _numpy_call(machine: Any, node: Operation, *values: Any) -> tuple:
    """Calls a function of arrays."""
    wanted, token = node.attributes["Tout"], node.attributes["token"]
    with eagerly():
        try:
            answer = node.attributes["function"](*map(_own, values))
        except Exception as error:
            raise _as_op_error(error) from error
    if answer is None:
        found = []
    elif isinstance(answer, dict):
        found = [value for _, value in sorted(answer.items())]
    else:
        found = list(answer) if isinstance(answer, (list, tuple)) else [answer]
    _check_count(len(found), len(wanted), token)
    return tuple(
        _promised(value, dtype, f"{i}-th value returned by {token}")
        for i, (value, dtype) in enumerate(zip(found, wanted, strict=True))
    )


def _promised(value: Any, dtype: DType, what: str) -> Any:
    """A result as an array of the dtype promised; a Python number may become any of its kind."""
    try:
        tensor = convert(value)
    except (TypeError, ValueError):
        kind = type(value).__name__
        raise errors.InternalError(None, None, f"Unsupported object type {kind}") from None
    if tensor.dtype is not dtype:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"{what} is {tensor.dtype.kernel_name}, but expects {dtype.kernel_name}",
        )
    return _on_host(tensor._array)


py_func = step("PyFunc", is_stateful=True, is_host="it calls a Python function")(_numpy_call)
py_func_stateless = step("PyFuncStateless", is_host="it calls a Python function")(_numpy_call)
for _kind in (eager_py_func, py_func, py_func_stateless):
    _kind.is_python = True  # type: ignore[attr-defined]


def _on_host(array: Any) -> np.ndarray:
    return np.asarray(array)


def _own(array: Any) -> np.ndarray:
    """An array that the function may write to."""
    return np.array(array)


def _boxed(call: Call) -> np.ndarray:
    box = np.empty((), string.array_dtype)
    box[()] = call
    return box


_WITHOUT_TOUT = (
    "Missing required argument: 'Tout'\n  If using tf.{0} as a decorator, set `Tout`\n"
    "  **by name** above the function:\n  `@tf.{0}(Tout=tout)`"
)
_WITHOUT_INP = (
    "Missing argument `inp`:\n  You must set the `inp` argument (the list of arguments to the\n"
    "  function), unless you use `tf.{0}` as a decorator(`func=None`)."
)
_WITH_INP = "Don't set the `inp` argument when using tf.{0} as a decorator (`func=None`)."
