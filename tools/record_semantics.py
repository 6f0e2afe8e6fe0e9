"""Records what the real TensorFlow prints for tests/function/semantics/, or checks the record.

Run it in an environment with TensorFlow, from the repository's root:

    python tools/record_semantics.py [NUMBER ...]

It tells which programs print what the files say; with --show, also what the others print; with
--write, it stores that; with --mistakes, it counts instead whose fault TensorFlow's errors name
(tests/function/mistakes/). The one idea: each program runs in a process of its own, forked from one
that has imported TensorFlow and done nothing with it, whose output is a file: so `print`,
`tf.print` (which writes from C++) and the logger keep their order, and a program that hangs is
ended after a while. What a program that TensorFlow never finishes has printed ends with HANGS.

Read next: tests/function/semantics/test_semantics.py.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

os.environ.update(TF_ENABLE_ONEDNN_OPTS="0", TF_CPP_MIN_LOG_LEVEL="3")

import tensorflow as tf

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.function.mistakes.blame import blame, mistakes  # noqa: E402
from tests.function.semantics.normal import normal  # noqa: E402
from tests.function.semantics.programs import Program, files, read, write  # noqa: E402
from tests.function.semantics.running import run  # noqa: E402

HANGS = "(does not end)"


def printed(program: Program, patience: float) -> str:
    """What TensorFlow prints for a program, made comparable."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        child = os.fork()
        if not child:
            _run(program, Path(folder), output)
        end = ""
        if not _ended(child, patience):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            end = HANGS
        return normal(output.read_text(errors="replace") + end, folder, program.whole)


def _run(program: Program, folder: Path, output: Path) -> None:
    """The child's part: it never returns."""
    file = os.open(output, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    try:
        run(program.number, program.source, "tensorflow", folder)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _ended(child: int, patience: float) -> bool:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        time.sleep(0.02)
    return False


def count_mistakes() -> None:
    """Tells for how many of tests/function/mistakes/ TensorFlow's error blames the right line."""
    right = 0
    for mistake in mistakes():
        with tempfile.TemporaryDirectory() as folder:
            found = blame(mistake, "tensorflow", Path(folder))
        right += found.line == mistake.line
        if found.line != mistake.line:
            print(f"{mistake.title}: line {found.line} and not {mistake.line}")
            print(f"    {found.message[:300]}")
    print(
        f"{right} of {len(mistakes())} errors of TensorFlow {tf.__version__} blame the right line"
    )


def main() -> None:
    """Runs all programs, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("numbers", nargs="*", help="the programs' numbers; all, if there is none")
    parser.add_argument("--show", action="store_true", help="print what does not match")
    parser.add_argument("--write", action="store_true", help="store what TensorFlow prints")
    parser.add_argument("--patience", type=float, default=40.0, help="seconds for one program")
    parser.add_argument(
        "--mistakes", action="store_true", help="count the mistakes that TensorFlow blames rightly"
    )
    options = parser.parse_args()
    if options.mistakes:
        count_mistakes()
        return
    tf.get_logger()  # it makes its own handler once, which the programs' runner then replaces
    matching, total = 0, 0
    for path in files():
        programs = read(path)
        for program in programs:
            if options.numbers and program.number not in options.numbers:
                continue
            text = printed(program, options.patience)
            total += 1
            matching += text == program.prints
            if text != program.prints:
                print(f"{program.number} {program.title}")
                if options.show:
                    print(text)
            program.prints = text
        if options.write:
            write(path, programs)
    print(f"{matching} of {total} programs print what the files say (TensorFlow {tf.__version__})")


if __name__ == "__main__":
    main()
