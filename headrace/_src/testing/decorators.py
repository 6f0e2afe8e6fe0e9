"""Decorators of tests, and how to wait for all devices.

Read next: testing/case.py.
"""

import functools
import sys
from collections.abc import Callable
from typing import Any


def disable_with_predicate(pred: Callable[[], Any], skip_message: str) -> Callable:
    """A decorator of test methods: the test is skipped where `pred()` is true when it begins.

    >>> class ATest(tf.test.TestCase):
    ...     @tf.test.disable_with_predicate(lambda: True, "not today")
    ...     def test_nothing(self):
    ...         self.fail("never")
    >>> import unittest
    >>> result = ATest("test_nothing").run(unittest.TestResult())
    >>> [reason for test, reason in result.skipped]
    ['not today']
    """

    def decorator(method: Callable) -> Callable:
        @functools.wraps(method)
        def decorated(self: Any, *args: Any, **kwargs: Any) -> Any:
            if pred():
                self.skipTest(skip_message)
            return method(self, *args, **kwargs)

        return decorated

    return decorator


def sync_devices() -> None:
    """Waits until all devices have computed what they were told to.

    >>> tf.test.experimental.sync_devices()
    """
    if "jax" not in sys.modules:
        return  # nothing was told to any
    from headrace._src.xla.devices import wait_for_all

    wait_for_all()


def with_eager_op_as_function(cls: Any = None, only_as_function: bool = False) -> Any:
    """A decorator that changes nothing: TensorFlow 2.21 keeps it for tests written when eager ops
    could be run as functions, and ignores `only_as_function` too.

    >>> @tf.test.with_eager_op_as_function
    ... class ATest(tf.test.TestCase):
    ...     pass
    >>> ATest.__name__
    'ATest'
    """
    return (lambda decorated: decorated) if cls is None else cls
