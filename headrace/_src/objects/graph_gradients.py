"""`tf.gradients` and `tf.hessians`, which walk a graph: in eager mode there is none.

Both refuse, as TensorFlow's do, and say what to use instead.

Read next: objects/gradient_tape.py.
"""

from typing import Any, NoReturn

from headrace._src.objects.gradient_tape import UnconnectedGradients


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    gate_gradients: bool = False,
    aggregation_method: Any = None,
    stop_gradients: Any = None,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
) -> NoReturn:
    """The gradients of `ys` with respect to `xs` in a graph: refused in eager mode.

    >>> tf.gradients(tf.constant(1.), tf.constant(1.))
    Traceback (most recent call last):
    RuntimeError: tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape instead.

    Raises RuntimeError.
    """  # noqa: E501 - the message in full
    _refuse()


def hessians(
    ys: Any,
    xs: Any,
    gate_gradients: bool = False,
    aggregation_method: Any = None,
    name: str = "hessians",
) -> NoReturn:
    """The Hessians of the sum of `ys` with respect to `xs` in a graph: refused in eager mode.

    >>> try:
    ...     tf.hessians(tf.constant(1.), tf.constant(1.))
    ... except RuntimeError:
    ...     print("use two nested tapes")
    use two nested tapes

    Raises RuntimeError.
    """
    _refuse()


def _refuse() -> NoReturn:
    raise RuntimeError(
        "tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape "
        "instead."
    )
