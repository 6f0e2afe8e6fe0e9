"""Benchmarks in test files: classes whose methods measure, and how they report.

The one idea: defining a class registers it; `tf.test.main` with `--benchmarks=REGEX` calls the
methods named `benchmark...` whose "Class.method" matches. A report is a message, printed, and
written to a file where the environment variable TEST_REPORT_FILE_PREFIX asks for it.

Read next: testing/program.py, proto/test_log.py.
"""

import os
import re
import sys
from typing import Any

from headrace._src.proto.test_log import BenchmarkEntries
from headrace._src.testing.evaluation import evaluated

_registered: list[type] = []


class _Registrar(type):
    def __new__(mcs, name: str, bases: tuple, body: dict[str, Any]) -> Any:
        made = super().__new__(mcs, name, bases, body)
        if not made.is_abstract():  # type: ignore[attr-defined]
            _registered.append(made)
        return made


class Benchmark(metaclass=_Registrar):
    """A class of benchmarks: its methods named `benchmark...` measure and report.

    >>> class AddBenchmark(tf.test.Benchmark):
    ...     def benchmark_add(self):
    ...         self.report_benchmark(iters=10, wall_time=0.5)
    >>> AddBenchmark().benchmark_add()
    entry {
      name: "AddBenchmark.benchmark_add"
      iters: 10
      wall_time: 0.5
    }
    <BLANKLINE>
    """

    @classmethod
    def is_abstract(cls) -> bool:
        """Whether the class has no benchmarks of its own."""
        return not any(name.startswith("benchmark") for name in dir(cls))

    def evaluate(self, tensors: Any) -> Any:
        """The values of tensors as NumPy; see `tf.test.TestCase.evaluate`."""
        return evaluated(tensors)

    def report_benchmark(
        self,
        iters: int | None = None,
        cpu_time: float | None = None,
        wall_time: float | None = None,
        throughput: float | None = None,
        extras: dict[str, Any] | None = None,
        name: str | None = None,
        metrics: list[dict[str, Any]] | None = None,
    ) -> None:
        """Prints what was measured, as a BenchmarkEntries message.

        iters: how often it ran. cpu_time, wall_time: seconds for each run. throughput: MB/s.
        extras: numbers and texts by name. name: by default the method that calls this. metrics:
        dictionaries with "name", "value", and maybe "min_value" and "max_value".
        """
        entries = BenchmarkEntries()
        entry = entries.entry.add(name=f"{type(self).__name__}.{name or _caller()}")
        for field, value in (
            ("iters", iters),
            ("cpu_time", cpu_time),
            ("wall_time", wall_time),
            ("throughput", throughput),
        ):
            if value is not None:
                setattr(entry, field, value)
        for key, value in (extras or {}).items():
            if isinstance(value, (int, float)):
                entry.extras[key].double_value = value
            else:
                entry.extras[key].string_value = str(value)
        for given in metrics or []:
            metric = entry.metrics.add(name=given["name"], value=given["value"])
            for bound in ("min_value", "max_value"):
                if given.get(bound) is not None:
                    getattr(metric, bound).value = given[bound]
        print(entries)
        prefix = os.environ.get("TEST_REPORT_FILE_PREFIX")
        if prefix:
            path = f"{prefix}{entry.name.replace('/', '__')}"
            with open(path, "wb") as file:
                file.write(entries.SerializeToString())

    def run_op_benchmark(
        self,
        sess: Any,
        op_or_tensor: Any,
        feed_dict: Any = None,
        burn_iters: int = 2,
        min_iters: int = 10,
        store_trace: bool = False,
        store_memory_usage: bool = True,
        name: str | None = None,
        extras: dict[str, Any] | None = None,
        mbs: float = 0,
    ) -> Any:
        """Refused: it measures an operation of a graph in a session, and headrace has none.

        Raises NotImplementedError. Measure a function with `time.perf_counter`, and report that.
        """
        raise NotImplementedError(
            "tf.test.Benchmark.run_op_benchmark: headrace has no tf.compat.v1.Session yet. Time a "
            "tf.function and call report_benchmark."
        )


def _caller() -> str:
    """The name of the innermost benchmark method that is running."""
    frame: Any = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_name.startswith("benchmark"):
            return frame.f_code.co_name
        frame = frame.f_back
    raise ValueError("report_benchmark: no method named benchmark... calls it; give it a `name`.")


def run_benchmarks(pattern: str) -> int:
    """Runs the registered benchmarks whose "Class.method" matches; 1 where none does, else 0."""
    wanted = re.compile(".*" if pattern == "all" else pattern)
    count = 0
    for cls in _registered:
        for name in dir(cls):
            if name.startswith("benchmark") and wanted.search(f"{cls.__name__}.{name}"):
                getattr(cls(), name)()
                count += 1
    if not count:
        print(f"No benchmarks matched the pattern {pattern!r}.", file=sys.stderr)
    return 0 if count else 1


Benchmark.__module__ = "tensorflow.python.platform.benchmark"
Benchmark.__name__ = Benchmark.__qualname__ = "TensorFlowBenchmark"
