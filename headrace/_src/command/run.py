"""`headrace run`: a script or a module, run as plain Python would run it, with the alias in place.

The one idea: the program must not notice. `sys.argv`, `sys.path[0]`, `__main__`, `__file__`, the
exit status and the traceback are what `python script.py` or `python -m module` would give. To that
end the error is shown without the frames of this file, by the program's own `sys.excepthook`, and
then raised again in silence, so that the interpreter ends the process in its usual way (130 for
Ctrl-C).

Read next: headrace/_src/command/alias.py.
"""

import builtins
import io
import os
import runpy
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType, TracebackType
from typing import NoReturn

from headrace._src.command.alias import install


def run_script(script: str, args: list[str]) -> int:
    """The exit status of `python script args...` with `tensorflow` meaning Headrace."""
    path = os.path.abspath(script)
    try:
        with io.open_code(path) as file:
            source = file.read()
    except OSError as error:
        print(
            f"headrace: can't open file {path!r}: [Errno {error.errno}] {error.strerror}",
            file=sys.stderr,
        )
        return 2
    _prepare([script, *args], os.path.dirname(os.path.realpath(path)))
    # Not runpy.run_path: it takes __main__ away again at the end of the script, when threads, exit
    # handlers and pickles may still need it.
    main = ModuleType("__main__")
    main.__dict__.update(
        __file__=path,
        __cached__=None,
        __builtins__=builtins,
        __annotations__={},
        __loader__=SourceFileLoader("__main__", path),
    )
    sys.modules["__main__"] = main
    try:
        exec(compile(source, path, "exec", dont_inherit=True), main.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        _die(error)
    return 0


def run_module(module: str, args: list[str]) -> int:
    """The exit status of `python -m module args...` with `tensorflow` meaning Headrace."""
    _prepare([module, *args], os.getcwd())
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit:
        raise
    except BaseException as error:
        if isinstance(error, ImportError) and _program_frames(error.__traceback__) is None:
            print(f"headrace: {error}", file=sys.stderr)  # there is no such module to run
            return 1
        _die(error)
    return 0


def _prepare(argv: list[str], folder: str) -> None:
    sys.argv[:] = argv
    if not sys.flags.safe_path:  # under python -P nothing was put at the front
        sys.path[0] = folder
    install()


def _program_frames(traceback: TracebackType | None) -> TracebackType | None:
    """The part of a traceback that begins with the program's own code."""
    while traceback and traceback.tb_frame.f_globals.get("__name__") in (__name__, "runpy"):
        traceback = traceback.tb_next
    return traceback


def _die(error: BaseException) -> NoReturn:
    error = error.with_traceback(_program_frames(error.__traceback__))
    sys.excepthook(type(error), error, error.__traceback__)
    sys.excepthook = lambda *shown: None
    raise error
