"""The command line of `headrace`, also `python -m headrace`.

    headrace run train.py --epochs 3      run an unchanged TensorFlow program
    headrace run -m package.module        the same for a module
    headrace doctor                       what this installation is made of
    headrace version

What follows the script belongs to the script, so the arguments are cut there before argparse sees
them: it would take `--` and `-h` for its own.

Read next: headrace/_src/command/run.py.
"""

import argparse
import sys
from collections.abc import Sequence

from headrace._src.command import doctor, run
from headrace._src.core import version


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status of the command line `argv`, by default the process's own."""
    argv = list(sys.argv[1:] if argv is None else argv)
    end = len(argv)
    if argv[:1] == ["run"]:
        words = (place for place, word in enumerate(argv) if place and not word.startswith("-"))
        end = next(words, end - 1) + 1
    asked = _parser().parse_args(argv[:end])
    return asked.act(asked, argv[end:])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "headrace", description="TensorFlow programs without TensorFlow."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser(
        "run",
        help="run a program in which `import tensorflow` means Headrace",
        usage="headrace run [-h] [-m] SCRIPT [ARGS ...]",
    )
    command.add_argument("-m", action="store_true", help="SCRIPT is the name of a module")
    command.add_argument(
        "script", metavar="SCRIPT", help="what follows it is passed to the program"
    )
    command.set_defaults(act=_run)

    command = commands.add_parser("doctor", help="show versions, devices and what is missing")
    command.set_defaults(act=lambda asked, rest: doctor.doctor())

    command = commands.add_parser("version", help="show Headrace's version and TensorFlow's")
    command.set_defaults(act=_version)
    return parser


def _run(asked: argparse.Namespace, args: list[str]) -> int:
    return (run.run_module if asked.m else run.run_script)(asked.script, args)


def _version(asked: argparse.Namespace, args: list[str]) -> int:
    print(f"headrace {version.HEADRACE_VERSION} (the API of TensorFlow {version.VERSION})")
    return 0
