"""`py_function` and `numpy_function`: a Python function in the place of an op.

In eager mode they call the function. `py_function` is strict about what comes back: its dtypes are
`Tout`'s, and what the function raises becomes the error of an op; its gradient is what a tape
inside says, for the tensors that went in and no other. `numpy_function` is a plain call on arrays,
whose errors stay as they are and which has no gradient.

Read next: objects/gradient_tape.py.
"""

import functools
import itertools
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype
from headrace._src.core.spec import DenseSpec
from headrace._src.core.tensor import EagerTensor
from headrace._src.engine.convert import convert
from headrace._src.engine.gradient import play_back, zeros
from headrace._src.engine.tape import Tape
from headrace._src.objects.variable import Variable
from headrace._src.ops.math import add

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

    func: called with the tensors of `inp`; without it, this is a decorator. inp: a list of tensors.
    Tout: the dtype (or `TensorSpec`) of the result, or a list of them for a list of results; a
    function without results has []. name: of the operation in a graph.

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
    is_single = not isinstance(Tout, (list, tuple))
    dtypes = [_dtype(t) for t in ([Tout] if is_single else Tout)]
    inputs = [convert(value) for value in inp]
    op = f"__wrapped__EagerPyFunc_Tin_{len(inputs)}_Tout_{len(dtypes)}"
    watches = bool(thread.context.recorders)
    # Copies: within, a tape must know the arguments from whatever else the function sees.
    arguments = [EagerTensor(x._array, x._dtype) for x in inputs] if watches else inputs
    tape = Tape(watches_variables=False)
    context = thread.context
    outer, context.recorders = context.recorders, [tape] if watches else []
    for argument in arguments if watches else ():
        if argument.dtype.is_differentiable:
            tape.watch(argument)
    try:
        results = _results(func(*arguments), dtypes, is_single)
    except Exception as error:
        raise _as_op_error(error, op) from error
    finally:
        context.recorders = outer
    if len(results) != len(dtypes):
        raise errors.InvalidArgumentError(
            None,
            None,
            f"{_where(op)} pyfunc_{next(_names)} returns {len(results)} values, but expects to see "
            f"{len(dtypes)} values. [Op:EagerPyFunc] name: ",
        )
    if watches and results:
        results = _recorded(tape, inputs, arguments, results)
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
    stateful: whether a graph may leave a call out or do it twice. name: of a graph's operation.

    >>> tf.numpy_function(lambda x: x.sum(), [tf.constant([1., 2.])], tf.float32).numpy()
    np.float32(3.0)

    What the function raises stays what it is. Op: PyFunc.
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
    context = thread.context
    arrays = [np.asarray(convert(value).numpy()) for value in inp]
    outer, context.recorders = context.recorders, []
    try:
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
    finally:
        context.recorders = outer


def _dtype(wanted: Any) -> DType:
    return wanted.dtype if isinstance(wanted, DenseSpec) else as_dtype(wanted)


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


def _recorded(
    tape: Tape,
    inputs: list[EagerTensor],
    arguments: list[EagerTensor],
    results: list[EagerTensor],
) -> list[EagerTensor]:
    """The results, and for the tapes outside the way back through the function."""
    sources = [argument._id for argument in arguments]
    targets = [result._id for result in results]

    def rule(*dzs: Any) -> tuple:
        gradients: dict[int, Any] = {}
        for target, dz in zip(targets, dzs, strict=True):
            if target and dz is not None:
                known = gradients.get(target)
                gradients[target] = dz if known is None else add(known, dz)
        found = play_back(tape, gradients, set(sources))
        # An argument that the results do not depend on gets a zero, as in TensorFlow.
        return tuple(
            found.get(argument._id, zeros((), argument.dtype))
            if argument.dtype.is_differentiable
            else None
            for argument in arguments
        )

    outputs = [EagerTensor(r._array, r._dtype) for r in results]
    for recorder in thread.context.recorders:
        recorder.call(rule, inputs, outputs)
    return outputs


def _as_op_error(error: Exception, op: str) -> errors.OpError:
    kind = next(
        (ours for theirs, ours in _ERRORS if isinstance(error, theirs)), errors.UnknownError
    )
    lines = "".join(traceback.format_exception(error))
    return kind(
        None,
        None,
        f"{_where(op)} {type(error).__name__}: {error}\n{lines}\n\n [Op:EagerPyFunc] name: ",
    )


def _where(op: str) -> str:
    return f"{{{{function_node {op}_device_/job:localhost/replica:0/task:0/device:CPU:0}}}}"


_WITHOUT_TOUT = (
    "Missing required argument: 'Tout'\n  If using tf.{0} as a decorator, set `Tout`\n"
    "  **by name** above the function:\n  `@tf.{0}(Tout=tout)`"
)
_WITHOUT_INP = (
    "Missing argument `inp`:\n  You must set the `inp` argument (the list of arguments to the\n"
    "  function), unless you use `tf.{0}` as a decorator(`func=None`)."
)
_WITH_INP = "Don't set the `inp` argument when using tf.{0} as a decorator (`func=None`)."
