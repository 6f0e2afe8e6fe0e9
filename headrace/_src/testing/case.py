"""`tf.test.TestCase`: a test of absl's that knows tensors.

The one idea: every test begins alike, with all seeds set, and the assertions (testing/arrays.py,
testing/messages.py) take tensors wherever they take arrays. TensorFlow 1 ran tests in sessions; in
eager mode those blocks are still there, so that tests written for both run, and decide the device.

Read next: testing/arrays.py.
"""

import atexit
import functools
import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.device import DeviceSpec, device
from headrace._src.ops.random import set_seed
from headrace._src.testing.arrays import ArrayAssertions
from headrace._src.testing.evaluation import evaluated, is_tensor
from headrace._src.testing.messages import MessageAssertions
from headrace._src.testing.streams import CapturedWrites, redirected
from headrace._src.testing.threads import CheckedThread

# The seed of Python's, NumPy's and TensorFlow's generators at the beginning of every test.
SEED = 87654321


class TestCase(ArrayAssertions, MessageAssertions):
    """A test case that knows tensors.

    >>> class SquareTest(tf.test.TestCase):
    ...     def test_square(self):
    ...         self.assertAllClose(tf.square([1., 2.]), [1., 4.])
    >>> import unittest
    >>> suite = unittest.defaultTestLoader.loadTestsFromTestCase(SquareTest)
    >>> suite.run(unittest.TestResult()).wasSuccessful()
    True

    It is an `absl.testing.absltest.TestCase`, and may be mixed with
    `absl.testing.parameterized.TestCase`.
    """

    def __init__(self, methodName: str = "runTest") -> None:
        super().__init__(methodName)
        self._threads: list[CheckedThread] = []
        self._folder: str | None = None

    def setUp(self) -> None:
        """Sets the seeds of `random`, `np.random` and `tf.random`."""
        super().setUp()
        random.seed(SEED)
        np.random.seed(SEED)
        set_seed(SEED)

    def tearDown(self) -> None:
        """Fails where a checked thread was not joined, or ended with an error."""
        for each in self._threads:
            each.check_termination()
        super().tearDown()

    # ---- values

    def evaluate(self, tensors: Any) -> Any:
        """The values of tensors as NumPy, in the structure given.

        tensors: a tensor, a variable, a SparseTensor (answered as a SparseTensorValue), None, a
        function that answers such, or a structure of them.

        Raises ValueError for anything else, NotImplementedError inside a graph.
        """
        return evaluated(tensors)

    def evaluate_if_both_tensors(self, a: Any, b: Any) -> Any:
        """The values of two tensors of a graph; in eager mode, or unless both are tensors, the two
        as they are.
        """
        if thread.context.graph is not None and is_tensor(a) and is_tensor(b):
            return self.evaluate(a), self.evaluate(b)
        return a, b

    # ---- sessions

    @contextmanager
    def session(
        self, graph: Any = None, config: Any = None, use_gpu: bool = True, force_gpu: bool = False
    ) -> Iterator[Any]:
        """A block that in eager mode is on the CPU without `use_gpu`, on a GPU with `force_gpu`.

        It gives an object that refuses whatever is asked of it: there is no session. As in
        TensorFlow, graph and config do not matter then.

        Raises NotImplementedError inside a graph: headrace has no sessions yet.
        """
        with _placed("session", use_gpu, force_gpu):
            yield NoSession()

    @contextmanager
    def cached_session(
        self, graph: Any = None, config: Any = None, use_gpu: bool = True, force_gpu: bool = False
    ) -> Iterator[Any]:
        """The block of `session`, whose object has `run`: it evaluates tensors."""
        with _placed("cached_session", use_gpu, force_gpu):
            yield EagerSession(self)

    def test_session(
        self, graph: Any = None, config: Any = None, use_gpu: bool = True, force_gpu: bool = False
    ) -> Any:
        """The block of `session`; it gives None.

        By its name it is a test too, which `unittest` skips, as in TensorFlow.
        """
        if self._testMethodName == "test_session":
            self.skipTest("Not a test.")
        return _placed("test_session", use_gpu, force_gpu)

    # pytest does not even count it.
    test_session.__test__ = False  # type: ignore[attr-defined]

    # ---- files, threads, streams

    def get_temp_dir(self) -> str:
        """A folder of this test alone, which is removed when the process ends."""
        if self._folder is None:
            self._folder = tempfile.mkdtemp(dir=_process_folder())
        return self._folder

    def checkedThread(self, target: Any, args: Any = None, kwargs: Any = None) -> CheckedThread:
        """A thread that calls `target(*args, **kwargs)`; an error in it fails the test.

        It is started by `start` and has to be joined by `join`.
        """
        made = CheckedThread(self, target, args, kwargs)
        self._threads.append(made)
        return made

    @contextmanager
    def captureWritesToStream(self, stream: Any) -> Iterator[CapturedWrites]:
        """A block that keeps what is written to a stream with a file number, such as `sys.stderr`.

        It gives an object whose `contents()` is the text.
        """
        with redirected(stream, self.get_temp_dir()) as captured:
            yield captured

    # ---- the rest

    def assertDeviceEqual(self, device1: Any, device2: Any, msg: Any = None) -> None:
        """Fails unless two names (or `tf.DeviceSpec`s) name the same device."""
        one, other = map(_device_name, (device1, device2))
        self.assertEqual(
            one,
            other,
            f"Devices {one} and {other} are not equal.{'' if msg is None else f' {msg}'}",
        )

    def assertStartsWith(self, actual: str, expected_start: str, msg: Any = None) -> None:
        """Fails unless a text begins so."""
        if not actual.startswith(expected_start):
            told = f"{actual!r} does not start with {expected_start!r}"
            self.fail(f"{told} : {msg!r}" if msg else told)

    def assertItemsEqual(self, first: Any, second: Any, msg: Any = None) -> None:
        """`assertCountEqual` under its older name."""
        self.assertCountEqual(first, second, msg)


class NoSession:
    """What `TestCase.session` gives in eager mode: nothing can be asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"Trying to access {name!r} of the result of self.session() or the like while eager "
            "execution is enabled: there is no session. Use self.evaluate(tensor)."
        )


class EagerSession:
    """What `TestCase.cached_session` gives in eager mode: `run` evaluates."""

    def __init__(self, case: TestCase) -> None:
        self._case = case

    def run(self, fetches: Any, feed_dict: Any = None) -> Any:
        """`TestCase.evaluate(fetches)`; raises RuntimeError for a `feed_dict`."""
        if feed_dict:
            raise RuntimeError(
                "feed_dict is not supported when eager execution is enabled: sess.run(t) is short "
                "for t.numpy() here."
            )
        return self._case.evaluate(fetches)


@contextmanager
def _placed(method: str, use_gpu: bool, force_gpu: bool) -> Iterator[None]:
    if thread.context.graph is not None:
        raise NotImplementedError(
            f"tf.test.TestCase.{method}: inside a graph it needs a session, and headrace has no "
            "tf.compat.v1.Session yet."
        )
    if force_gpu or not use_gpu:
        with device("/device:GPU:0" if force_gpu else "/device:CPU:0"):
            yield
    else:
        yield


def _device_name(name: Any) -> str:
    spec = DeviceSpec.from_string(name) if isinstance(name, str) else name
    return spec.to_string()


@functools.cache
def _process_folder() -> str:
    """The folder that holds those of all tests."""
    folder = tempfile.mkdtemp(prefix="headrace_test_", dir=os.environ.get("TEST_TMPDIR"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


TestCase.__module__ = "tensorflow.python.framework.test_util"
TestCase.__name__ = TestCase.__qualname__ = "TensorFlowTestCase"
