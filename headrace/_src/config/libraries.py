"""Libraries of kernels: shared objects compiled against TensorFlow, which headrace cannot load.

The one idea: say which of two things is wrong. A file that is not there, or is no library, is the
caller's mistake and raises as in TensorFlow; a real library is refused with the reason.

Read next: docs/recipes/new-op.md, how an op is added here.
"""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from headrace._src.core import errors

_ELF = b"\x7fELF"


def load_op_library(library_filename: str) -> NoReturn:
    """Refused: the ops of a shared library, compiled against TensorFlow's C++ interface.

    Raises NotFoundError where there is no such file or it is no library, NotImplementedError for a
    library: its kernels call TensorFlow's C++ runtime, which headrace does not have.
    """
    if not isinstance(library_filename, (str, os.PathLike)):
        raise TypeError(
            f"tf.load_op_library: wants a path, got a {type(library_filename).__name__}."
        )
    _check(Path(library_filename))
    _refuse("tf.load_op_library", library_filename)


def load_library(library_location: str) -> None:
    """Refused: the kernels of a shared library, or of all libraries in a folder.

    A folder without libraries is no error. Raises FileNotFoundError where nothing is there,
    NotFoundError for a file that is no library, NotImplementedError for one that is: its kernels
    call TensorFlow's C++ runtime, which headrace does not have.
    """
    if not os.path.exists(library_location):
        raise FileNotFoundError(
            errno.ENOENT,
            "The file or folder to load kernel libraries from does not exist.",
            library_location,
        )
    for path in _libraries(Path(library_location)):
        _check(path)
        _refuse("tf.load_library", path)


def _libraries(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for inner in sorted(path.iterdir()):
        if inner.suffix in (".so", ".dylib", ".dll"):
            yield inner


def _check(path: Path) -> None:
    """Raises NotFoundError where `path` is no shared library, in the loader's words."""
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        text = f"{path}: cannot open shared object file: {error.strerror}"
        raise errors.NotFoundError(None, None, text) from None
    if len(start) < 64:
        raise errors.NotFoundError(None, None, f"{path}: file too short")
    if os.name == "posix" and start[:4] != _ELF and start[:2] not in (b"\xcf\xfa", b"\xca\xfe"):
        raise errors.NotFoundError(None, None, f"{path}: invalid ELF header")


def _refuse(name: str, path: Any) -> NoReturn:
    raise NotImplementedError(
        f"{name}: {str(path)!r} is a library compiled against TensorFlow's C++ runtime, which "
        "headrace does not have: its kernels cannot run here. Write the op in TensorFlow's own "
        "ops, or as a tf.numpy_function."
    )
