"""`tf.test.compute_gradient`: a function's gradient beside what differences say it is.

The one idea: both are Jacobians in the same layout, one row for each element of the result and one
column for each element of the argument, where a complex element counts as two real ones.

Read next: objects/gradient_tape.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.engine.convert import convert_to_tensor
from headrace._src.objects.gradient_tape import GradientTape

_FLOATING = {"float16", "bfloat16", "float32", "float64", "complex64", "complex128"}


def compute_gradient(f: Callable, x: Any, delta: float | None = None) -> tuple[tuple, tuple]:
    """The Jacobians of a function by its gradient, and by differences.

    f: a function of `len(x)` tensors that answers one. x: a list or tuple of the arguments,
    floating-point or complex. delta: the step of the differences; 1/1024 by default.

    Answers two tuples, each with an array [elements of f(x), elements of the argument] for each
    argument.

    >>> theoretical, numerical = tf.test.compute_gradient(tf.square, [[3., 4.]])
    >>> theoretical[0]
    array([[6., 0.],
           [0., 8.]], dtype=float32)
    >>> bool(abs(theoretical[0] - numerical[0]).max() < 1e-2)
    True

    Raises ValueError unless `x` is a list or tuple; AssertionError for integers among them.
    """
    if not isinstance(x, (list, tuple)):
        raise ValueError(
            "`x` must be a list or tuple of values convertible to a Tensor (arguments to `f`), not "
            f"a {type(x)}"
        )
    step = 1.0 / 1024 if delta is None else delta
    given = [convert_to_tensor(each) for each in x]
    for i, tensor in enumerate(given):
        if tensor.dtype.name not in _FLOATING:
            raise AssertionError(
                f"Cannot compute gradient for unsupported type {tensor.dtype.name} of argument {i}"
            )
    places = range(len(given))
    return (
        tuple(_theoretical(f, given, i) for i in places),
        tuple(_numerical(f, given, i, step) for i in places),
    )


def _theoretical(f: Callable, given: list[Any], place: int) -> np.ndarray:
    x = given[place]
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = convert_to_tensor(f(*given))
    seeds = _units(tuple(y.shape), y.dtype.as_numpy_dtype)
    columns = _parts(np.zeros(tuple(x.shape), x.dtype.as_numpy_dtype))
    answer = np.zeros((len(seeds), columns.size), columns.dtype)
    for row, seed in zip(answer, seeds, strict=True):
        gradient = tape.gradient(y, x, output_gradients=convert_to_tensor(seed))
        if gradient is not None:
            row[:] = _parts(convert_to_tensor(gradient).numpy())
    return answer


def _numerical(f: Callable, given: list[Any], place: int, step: float) -> np.ndarray:
    x = given[place].numpy()
    columns = []
    for unit in _units(x.shape, x.dtype):
        around = []
        for moved in (x + unit * x.dtype.type(step), x - unit * x.dtype.type(step)):
            arguments = [*given[:place], convert_to_tensor(moved), *given[place + 1 :]]
            around.append(_parts(convert_to_tensor(f(*arguments)).numpy()))
        columns.append((around[0] - around[1]) / around[0].dtype.type(2 * step))
    if not columns:
        y = convert_to_tensor(f(*given)).numpy()
        return np.zeros((_parts(y).size, 0), _parts(y).dtype)
    return np.stack(columns, axis=1)


def _units(shape: tuple[int, ...], dtype: Any) -> list[np.ndarray]:
    """An array for each element that is 1 there and else 0; for a complex one also 1j."""
    dtype = np.dtype(dtype)
    values = (1, 1j) if dtype.kind == "c" else (1,)
    units = []
    for place in np.ndindex(*shape):
        for value in values:
            unit = np.zeros(shape, dtype)
            unit[place] = value
            units.append(unit)
    return units


def _parts(x: Any) -> np.ndarray:
    """The elements in a row, real and imaginary part of each side by side."""
    x = np.ravel(np.ascontiguousarray(x))
    return x.view(x.real.dtype) if x.dtype.kind == "c" else x
