"""Conditions and loops with the arguments of TensorFlow 1.

The one idea: TensorFlow 1 took a list of one result for the result itself; `strict` and
`return_same_structure` asked it not to.

Read next: objects/control_flow.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.objects import control_flow
from headrace._src.objects.py_function import numpy_function


def cond(
    pred: Any,
    true_fn: Callable | None = None,
    false_fn: Callable | None = None,
    strict: bool = False,
    name: str | None = None,
    fn1: Callable | None = None,
    fn2: Callable | None = None,
) -> Any:
    """What one of two functions answers.

    strict: whether a list of one result stays a list. fn1, fn2: old names of `true_fn` and
    `false_fn`.

    >>> tf.compat.v1.cond(tf.constant(True), lambda: [tf.constant(1)], lambda: [tf.constant(2)])
    <tf.Tensor: shape=(), dtype=int32, numpy=1>

    Raises TypeError where a function is missing or given by both names.
    """
    true_fn = _one_of("true_fn", true_fn, "fn1", fn1)
    false_fn = _one_of("false_fn", false_fn, "fn2", fn2)
    result = control_flow.cond(pred, true_fn, false_fn, name)
    return result if strict else _unpacked(result)


def _one_of(new: str, value: Any, old: str, old_value: Any) -> Any:
    if old_value is not None and value is not None:
        raise TypeError(f"cond(): '{new}' and '{old}' may not be set simultaneously.")
    chosen = old_value if value is None else value
    if chosen is None:
        raise TypeError(f"cond(): '{new}' argument required")
    return chosen


def _unpacked(result: Any) -> Any:
    return result[0] if type(result) in (list, tuple) and len(result) == 1 else result


def while_loop(
    cond: Callable,
    body: Callable,
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
    maximum_iterations: Any = None,
    return_same_structure: bool = False,
) -> Any:
    """The values of a loop after its last round; see `tf.while_loop`.

    return_same_structure: whether the value of a loop with one variable comes in a list as well,
    and `body` answers it in one.

    >>> tf.compat.v1.while_loop(lambda i: i < 3, lambda i: i + 1, [tf.constant(0)])
    <tf.Tensor: shape=(), dtype=int32, numpy=3>

    Raises ValueError without variables.
    """
    if not loop_vars:
        raise ValueError("'loop_vars' must be provided.")
    if len(loop_vars) == 1 and not return_same_structure:
        once = body

        def body(*values: Any) -> Any:
            result = once(*values)
            return result if isinstance(result, (list, tuple)) else [result]

    result = control_flow.while_loop(
        cond,
        body,
        loop_vars,
        shape_invariants,
        parallel_iterations,
        back_prop,
        swap_memory,
        maximum_iterations,
        name,
    )
    return result if return_same_structure else _unpacked(result)


def py_func(
    func: Callable, inp: Any, Tout: Any, stateful: bool = True, name: str | None = None
) -> Any:
    """What a Python function of NumPy arrays answers; see `tf.numpy_function`.

    >>> tf.compat.v1.py_func(lambda x: x + 1, [tf.constant(1)], tf.int32)
    <tf.Tensor: shape=(), dtype=int32, numpy=2>
    """
    return numpy_function(func, inp, Tout, stateful, name)
