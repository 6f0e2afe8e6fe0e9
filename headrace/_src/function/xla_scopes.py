"""`tf.xla.experimental`: what asks for XLA by name, where all functions are compiled by it.

Read next: function/function.py.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from headrace._src.core import nest
from headrace._src.core.context import thread
from headrace._src.function.function import function


def compile(computation: Callable, inputs: Any = None) -> list[Any]:
    """What a function of tensors answers, compiled as one program: a list of tensors.

    computation: takes the `inputs`, a list, and answers a tensor or several.

    >>> [y] = tf.xla.experimental.compile(lambda x: x + 1, [tf.constant(2.)])
    >>> y.numpy()
    np.float32(3.0)
    """
    answer = function(computation, jit_compile=True, autograph=False)(*(inputs or ()))
    return nest.flatten(answer)


@contextmanager
def jit_scope(compile_ops: Any = True, separate_compiled_gradients: bool = False) -> Iterator[None]:
    """A block inside a `tf.function` whose ops are to be compiled by XLA, as all are here.

    >>> @tf.function
    ... def double(x):
    ...     with tf.xla.experimental.jit_scope():
    ...         return x + x
    >>> double(tf.constant(2.)).numpy()
    np.float32(4.0)

    Raises RuntimeError in eager mode; NotImplementedError for a `compile_ops` other than True and
    for `separate_compiled_gradients`: which programs are made is XLA's affair.
    """
    if thread.context.graph is None:
        raise RuntimeError(
            "xla.experimental.jit_scope is not supported when eager execution is enabled. Try use "
            "it inside tf.function."
        )
    if compile_ops is not True or separate_compiled_gradients:
        name = "compile_ops" if compile_ops is not True else "separate_compiled_gradients"
        raise NotImplementedError(f"tf.xla.experimental.jit_scope: headrace has no `{name}` yet.")
    yield
