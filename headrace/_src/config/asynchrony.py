"""Asynchronous execution: large ops may still be running when they return.

The one idea: they are anyway, as far as XLA pleases, and errors are raised where they happen. So a
block of asynchronous execution has only its end to see to: that everything in it is done.

Read next: config/modes.py.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def async_scope() -> Iterator[None]:
    """A block whose ops may run after they return; when it ends, all of them are done.

    >>> with tf.experimental.async_scope():
    ...     y = tf.constant(1.) + 1.
    """
    yield
    if "jax" in sys.modules:
        from headrace._src.xla.devices import wait_for_all

        wait_for_all()


def async_clear_error() -> None:
    """Forgets the error of an `async_scope`, of which there is never one left.

    Errors are raised by the op that makes them, so a loop that ends by catching one may call this,
    and goes on.

    >>> tf.experimental.async_clear_error()
    """
