"""`tf.test.TestCase`: values, sessions, threads, streams, seeds.

Read next: headrace/_src/testing/case.py.
"""

import random
import subprocess
import sys
import unittest
from pathlib import Path

import numpy as np
import pytest
from absl.testing import absltest, parameterized

import headrace as tf

ROOT = Path(__file__).resolve().parents[2]


class Case(tf.test.TestCase):
    """A case to call methods of."""

    def runTest(self):
        """Nothing: the tests below call what they test."""


@pytest.fixture
def case():
    return Case()


def test_it_is_one_of_absls():
    assert issubclass(tf.test.TestCase, absltest.TestCase)

    class Mixed(tf.test.TestCase, parameterized.TestCase):
        @parameterized.parameters(1, 2)
        def test_square(self, x):
            self.assertAllClose(tf.square(float(x)), x * x)

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Mixed).run(result)
    assert result.wasSuccessful()
    assert (result.testsRun, len(result.skipped)) == (3, 1)  # `test_session` is skipped


def test_a_session_is_no_test():
    result = unittest.TestResult()
    tf.test.TestCase("test_session").run(result)
    assert [reason for _, reason in result.skipped] == ["Not a test."]


def test_every_test_begins_with_the_same_seeds(case):
    drawn = []
    for _ in range(2):
        case.setUp()
        drawn.append((random.random(), np.random.rand(), tf.random.uniform([]).numpy()))
    assert drawn[0] == drawn[1]
    # TensorFlow's own begins so.
    np.testing.assert_allclose(drawn[0], (0.3499765785632496, 0.18463433217903202, 0.5836375))


def test_evaluate(case):
    assert case.evaluate(tf.constant([1, 2])).tolist() == [1, 2]
    assert case.evaluate({"a": tf.Variable(3.0), "b": (None, tf.constant(b"x"))}) == {
        "a": 3.0,
        "b": (None, b"x"),
    }
    assert case.evaluate(lambda: tf.constant(4)) == 4
    sparse = case.evaluate(tf.SparseTensor([[0, 1]], [1.0], [2, 3]))
    assert type(sparse).__name__ == "SparseTensorValue"
    assert (sparse.indices.tolist(), sparse.dense_shape.tolist()) == ([[0, 1]], [2, 3])


@pytest.mark.parametrize("x", [3, "a", np.ones(2), [tf.constant(1), 4], object()])
def test_evaluate_refuses_what_is_no_tensor(case, x):
    with pytest.raises(ValueError, match="Unsupported type"):
        case.evaluate(x)


def test_graphs_need_a_session(case):
    with tf.Graph().as_default():
        with pytest.raises(NotImplementedError, match=r"compat\.v1\.Session"):
            case.evaluate(tf.constant(1))
        with pytest.raises(NotImplementedError, match="cached_session"), case.cached_session():
            pass


def test_sessions_in_eager_mode(case):
    with case.session() as session, pytest.raises(AttributeError, match="eager"):
        session.run(tf.constant(1))
    with case.test_session() as nothing:
        assert nothing is None
    with case.cached_session(use_gpu=False) as session:
        assert session.run([tf.constant(1)]) == [1]
        assert tf.constant(1.0).device.endswith("CPU:0")
        with pytest.raises(RuntimeError, match="feed_dict"):
            session.run(tf.constant(1), feed_dict={"x": 1})


def test_a_checked_thread_tells_its_error(case):
    answers = []
    thread = case.checkedThread(answers.append, args=(1,))
    thread.start()
    thread.join()
    assert answers == [1] and not thread.is_alive()

    def fail(text):
        raise ValueError(text)

    failing = case.checkedThread(fail, kwargs={"text": "oh"})
    failing.start()
    with pytest.raises(AssertionError, match="oh"):
        failing.join()
    forgotten = case.checkedThread(answers.append, args=(2,))
    forgotten.start()
    with pytest.raises(AssertionError, match="not joined"):
        case.tearDown()
    forgotten.join()


def test_capture_of_a_stream(case, tmp_path):
    with open(tmp_path / "stream", "w") as stream:
        with case.captureWritesToStream(stream) as captured:
            print("hello", file=stream)
        print("beside", file=stream)
    assert captured.contents() == "hello\n"
    assert (tmp_path / "stream").read_text() == "beside\n"


def test_a_folder_for_each_test(case):
    folder = Path(case.get_temp_dir())
    assert folder.is_dir() and case.get_temp_dir() == str(folder)
    assert Case().get_temp_dir() != str(folder)


def test_decorators():
    def method(self):
        return 5

    @tf.test.with_eager_op_as_function
    class One:
        pass

    assert One.__name__ == "One"
    assert tf.test.with_eager_op_as_function(only_as_function=True)(One) is One
    assert tf.test.disable_with_predicate(lambda: False, "no")(method)(None) == 5
    with pytest.raises(unittest.SkipTest, match="why"):
        tf.test.disable_with_predicate(lambda: True, "why")(method)(Case())
    tf.test.experimental.sync_devices()


PROGRAM = """
import tensorflow as tf

class ATest(tf.test.TestCase):
    def test_good(self):
        self.assertAllEqual(tf.range(3), [0, 1, 2])
        with self.cached_session():
            self.assertEqual(self.evaluate(tf.constant(1)), 1)
    def test_bad(self):
        self.assertAllClose(tf.constant([1., 2.]), [1., 2.5])

class ABenchmark(tf.test.Benchmark):
    def benchmark_it(self):
        self.report_benchmark(iters=3, wall_time=0.5, extras={"a": 1}, name="named")

if __name__ == "__main__":
    tf.test.main()
"""


def run_program(tmp_path, *args):
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "headrace", "run", str(tmp_path / "program.py"), *args]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_main_runs_the_tests_of_a_program(tmp_path):
    ended = run_program(tmp_path)
    assert ended.returncode == 1, ended.stderr
    assert "Ran 3 tests" in ended.stderr and "FAILED (failures=1, skipped=1)" in ended.stderr
    assert "not close rhs = [2.5]" in ended.stderr
    assert run_program(tmp_path, "ATest.test_good").returncode == 0


def test_main_runs_benchmarks(tmp_path):
    ended = run_program(tmp_path, "--benchmarks=all")
    assert ended.returncode == 0, ended.stderr
    assert 'name: "ABenchmark.named"' in ended.stdout and "double_value: 1" in ended.stdout
    assert run_program(tmp_path, "--benchmarks", "nothing").returncode == 1


def test_benchmarks_of_operations_need_a_session():
    with pytest.raises(NotImplementedError, match="run_op_benchmark"):
        tf.test.Benchmark().run_op_benchmark(None, tf.constant(1))
    with pytest.raises(ValueError, match="name"):
        tf.test.Benchmark().report_benchmark(iters=1)


def test_import_does_not_load_absl():
    code = "import headrace, sys; headrace.constant(1); print('absl' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stdout == "False\n"
