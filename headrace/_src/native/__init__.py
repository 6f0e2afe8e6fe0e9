"""The library of C++ kernels, and plain Python where it is missing.

The one idea: a kernel is a Python function that fills arrays, and that function is its definition.
If the library of native/*.cpp was built with this installation, the function of the same name there
does the work; without a compiler, in another version or under HEADRACE_NATIVE=0 everything runs all
the same, more slowly.

How to add one: native/strings.cpp. Read next: native/hashes.py.
"""

import ctypes
import functools
import os
import sys
import sysconfig
from collections.abc import Callable
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

import numpy as np

# Of what the library offers; the same number stands in native/strings.cpp.
VERSION = 3


def _found() -> tuple[ctypes.PyDLL | None, str]:
    """The library and where it is, or None and why."""
    if os.environ.get("HEADRACE_NATIVE") == "0":
        return None, "switched off by HEADRACE_NATIVE=0"
    if refused := _refused():
        return None, refused
    folder = Path(__file__).parent
    paths = [path for end in EXTENSION_SUFFIXES if (path := folder / f"kernels{end}").exists()]
    if not paths:
        return None, "not built: installing headrace builds them where there is a C++ compiler"
    example = np.array([b"four"], object)
    try:
        # PyDLL keeps the GIL and raises what a kernel leaves as Python's error.
        found = ctypes.PyDLL(str(paths[0]))
        version = found.native_version()
        is_sound = found.is_four(_passed(example))
    except (AttributeError, OSError) as error:
        return None, f"{paths[0]} cannot be loaded: {error}"
    if version != VERSION:
        return None, f"{paths[0]} has version {version}, not {VERSION}: install headrace again"
    if not is_sound:
        return None, f"{paths[0]} does not know this Python's bytes objects"
    return found, str(paths[0])


def _refused() -> str:
    """Why no library can serve this Python, if so: it takes objects and words as they lie there."""
    if sys.implementation.name != "cpython":
        return f"it is for CPython, not for {sys.implementation.name}"
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "it is not for Python without the GIL, whose objects lie otherwise in memory"
    if sys.byteorder != "little":
        return "it is for machines whose words begin with the lowest byte"
    return ""


def kernel(body: Callable[..., int]) -> Callable[..., int]:
    """The native function of the same name where there is one, else the body itself.

    The arguments are contiguous arrays, whole numbers and bytes; `body` is kept as an attribute.
    """

    function: Any = getattr(library, body.__name__, None)
    if function is not None:
        function.restype = ctypes.c_int64

    @functools.wraps(body)
    def chosen(*arguments: Any) -> int:
        passed = map(_passed, arguments)
        if library is None or function is None:
            list(passed)  # what C refuses, Python does too
            return body(*arguments)
        return function(*passed)

    chosen.body = body  # type: ignore[attr-defined]
    return chosen


def _passed(argument: Any) -> Any:
    """An argument as C has it; raises OverflowError for a number that it has not."""
    if isinstance(argument, np.ndarray):
        if not argument.flags.c_contiguous:
            raise ValueError("Kernels take contiguous arrays.")
        return ctypes.c_void_p(argument.__array_interface__["data"][0])  # quicker than .ctypes
    if isinstance(argument, bytes):
        return argument
    if not -(2**63) <= argument < 2**63:  # ctypes would keep the lowest bits
        raise OverflowError("int too big to convert")
    return ctypes.c_int64(argument)


library, state = _found()
