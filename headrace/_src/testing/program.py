"""`tf.test.main`: a file of tests as a program.

Read next: testing/case.py, testing/benchmark.py.
"""

import sys
from typing import Any

from absl.testing import absltest

from headrace._src.testing.benchmark import run_benchmarks

_FLAG = "--benchmarks"


def main(argv: Any = None) -> None:
    """Runs the tests of the program's main module, and ends the process with their outcome.

    argv: the arguments, the program's name first; those of the process by default. They are absl's
        and unittest's: `-v`, `-k PATTERN`, `TestClass.test_method`. `--benchmarks=REGEX` runs the
        benchmarks whose names match instead, "all" every one.

    Raises SystemExit: 0 where all tests succeeded.
    """
    arguments = list(sys.argv if argv is None else argv)
    for i, argument in enumerate(arguments):
        name, _, pattern = argument.partition("=")
        if name == _FLAG:
            pattern = pattern or "".join(arguments[i + 1 : i + 2])
            sys.exit(run_benchmarks(pattern))
    absltest.main(argv=arguments)
