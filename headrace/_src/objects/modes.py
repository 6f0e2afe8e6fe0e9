"""The mode of the thread: eager or in a graph, in which name scope, on which device.

Read next: core/context.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from headrace._src.core import device
from headrace._src.core.context import thread


def get_current_name_scope() -> str:
    """The name scope around, its parts joined by "/"; "" outside of all.

    >>> with tf.name_scope("a"), tf.name_scope("b"):
    ...     tf.get_current_name_scope()
    'a/b'
    """
    return thread.context.scope.removesuffix("/")


def get_name_scope() -> str:
    """`tf.get_current_name_scope` under its older name.

    >>> tf.__internal__.get_name_scope()
    ''
    """
    return get_current_name_scope()


def get_device_name() -> str:
    """The device that is asked for by the blocks around, or "".

    >>> with tf.device("CPU:0"):
    ...     tf.__internal__.eager_context.get_device_name()
    '/job:localhost/replica:0/task:0/device:CPU:0'
    """
    return thread.context.device


@contextmanager
def eager_mode() -> Iterator[None]:
    """A block in which ops run at once, also while a function is traced.

    >>> with tf.Graph().as_default(), tf.__internal__.eager_context.eager_mode():
    ...     tf.constant(1) + 1
    <tf.Tensor: shape=(), dtype=int32, numpy=2>
    """
    context = thread.context
    before = context.graph, context.is_quick
    context.graph = None
    context.is_quick = device.is_on_cpu(context.device)
    try:
        yield
    finally:
        context.graph, context.is_quick = before


def enabled() -> bool:
    """True: the behaviour is TensorFlow 2's.

    >>> tf.__internal__.tf2.enabled()
    True
    """
    return True


def is_tfrt_enabled() -> bool:
    """False: the runtime is headrace's, not TFRT.

    >>> tf.__internal__.is_tfrt_enabled()
    False
    """
    return False
