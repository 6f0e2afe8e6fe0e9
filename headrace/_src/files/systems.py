"""File systems: what can be done with a path, on this machine or behind a URL.

The one idea: a path says by its scheme whose it is. Without one, or with "file", it is this
machine's (`Local`); with any other, such as "gs" or "s3", that of the package fsspec (`Remote`).
Both answer the same questions, and what goes wrong is one of TensorFlow's errors, whose text is
the path and what the system says of it.

Read next: files/gfile.py.
"""

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import IO, Any, NamedTuple

from headrace._src.core import errors

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*)://(.*)", re.DOTALL)

_KINDS: dict[int, Callable[..., errors.OpError]] = {
    errno.ENOENT: errors.NotFoundError,
    errno.ENODEV: errors.NotFoundError,
    errno.EEXIST: errors.AlreadyExistsError,
    errno.EPERM: errors.PermissionDeniedError,
    errno.EACCES: errors.PermissionDeniedError,
    errno.EROFS: errors.PermissionDeniedError,
    errno.EINVAL: errors.InvalidArgumentError,
    errno.ENAMETOOLONG: errors.InvalidArgumentError,
    errno.ELOOP: errors.InvalidArgumentError,
    errno.EISDIR: errors.FailedPreconditionError,
    errno.ENOTDIR: errors.FailedPreconditionError,
    errno.ENOTEMPTY: errors.FailedPreconditionError,
    errno.EBUSY: errors.FailedPreconditionError,
    errno.ENOSPC: errors.ResourceExhaustedError,
    errno.EDQUOT: errors.ResourceExhaustedError,
    errno.EMFILE: errors.ResourceExhaustedError,
    errno.EXDEV: errors.UnimplementedError,
    errno.ENOSYS: errors.UnimplementedError,
    errno.ETIMEDOUT: errors.DeadlineExceededError,
}


@contextmanager
def telling(path: str) -> Iterator[None]:
    """A block in which what the system says of `path` becomes TensorFlow's error."""
    try:
        yield
    except OSError as error:
        number = error.errno
        if number is None:  # fsspec raises FileNotFoundError with a name alone
            number = errno.ENOENT if isinstance(error, FileNotFoundError) else 0
            number = errno.EEXIST if isinstance(error, FileExistsError) else number
        kind = _KINDS.get(number, errors.UnknownError)
        said = os.strerror(number) if number else str(error)
        raise kind(None, None, f"{path}; {said}") from None


class FileStatistics(NamedTuple):
    """What is known of a file: its bytes, when it was written (in ns), whether it is a folder."""

    length: int
    mtime_nsec: int
    is_directory: bool


class Local:
    """The files of this machine. Paths may begin with "file://"."""

    @staticmethod
    def path(name: str) -> str:
        return name.removeprefix("file://")

    def exists(self, name: str) -> bool:
        path = self.path(name)
        return os.path.exists(path.rstrip("/") or path)

    def is_folder(self, name: str) -> bool:
        return os.path.isdir(self.path(name))

    def names(self, name: str) -> list[str]:
        """What is in a folder, in the order in which the system has it."""
        with telling(name):
            return os.listdir(self.path(name))

    def open(self, name: str, mode: str) -> IO[bytes]:
        with telling(name):
            return open(self.path(name), mode)

    def make_folder(self, name: str) -> None:
        with telling(name):
            os.mkdir(self.path(name))

    def remove(self, name: str) -> None:
        with telling(name):
            os.unlink(self.path(name))

    def remove_tree(self, name: str) -> None:
        with telling(name):
            path = self.path(name)
            shutil.rmtree(path) if self.is_folder(name) else os.unlink(path)

    def rename(self, name: str, to: str) -> None:
        with telling(name):
            os.replace(self.path(name), self.path(to))

    def statistics(self, name: str) -> FileStatistics:
        with telling(name):
            told = os.stat(self.path(name))
        is_folder = os.path.isdir(self.path(name))
        return FileStatistics(told.st_size, told.st_mtime_ns, is_folder)


# TensorFlow's name for files in the memory of this process, and fsspec's.
_ALIASES = {"ram": "memory"}


class Remote:
    """The files behind URLs of one scheme, through fsspec.

    system: fsspec's file system.
    """

    def __init__(self, system: Any) -> None:
        self._system = system

    def path(self, name: str) -> str:
        own, _, rest = name.partition("://")
        return self._system._strip_protocol(f"{_ALIASES.get(own, own)}://{rest}")

    def exists(self, name: str) -> bool:
        with telling(name):
            return self._system.exists(self.path(name))

    def is_folder(self, name: str) -> bool:
        with telling(name):
            return self._system.isdir(self.path(name))

    def names(self, name: str) -> list[str]:
        with telling(name):
            found = self._system.ls(self.path(name), detail=False)
        return [each.rstrip("/").rpartition("/")[2] for each in found]

    def open(self, name: str, mode: str) -> IO[bytes]:
        with telling(name):
            return self._system.open(self.path(name), mode)

    def make_folder(self, name: str) -> None:
        with telling(name):
            self._system.mkdir(self.path(name), create_parents=False)

    def remove(self, name: str) -> None:
        with telling(name):
            self._system.rm_file(self.path(name))

    def remove_tree(self, name: str) -> None:
        with telling(name):
            self._system.rm(self.path(name), recursive=True)

    def rename(self, name: str, to: str) -> None:
        with telling(name):
            self._system.mv(self.path(name), self.path(to), recursive=True)

    def statistics(self, name: str) -> FileStatistics:
        with telling(name):
            told = self._system.info(self.path(name))
            try:
                written = int(self._system.modified(self.path(name)).timestamp() * 1e9)
            except (NotImplementedError, KeyError, FileNotFoundError):
                written = 0  # of a folder that is no more than a name
        return FileStatistics(told["size"] or 0, written, told["type"] == "directory")


def scheme(name: str) -> str:
    """The scheme of a path, "" where it has none."""
    found = _SCHEME.match(name)
    return found[1] if found else ""


_local = Local()


def system_of(name: str) -> Any:
    """The file system that a path belongs to.

    Raises UnimplementedError for a scheme that nobody knows, or whose package is not installed.
    """
    found = scheme(name)
    if found in ("", "file"):
        return _local
    return _remote(found, name)


def _remote(found: str, name: str) -> Remote:
    try:
        return _system(found)
    except (ImportError, ValueError) as error:
        wanted = "pip install 'headrace[cloud]'" if find_spec("fsspec") is None else error
        raise errors.UnimplementedError(
            None,
            None,
            f"File system scheme '{found}' not implemented (file: '{name}'): {wanted}",
        ) from None


@cache
def _system(found: str) -> Remote:
    import fsspec

    return Remote(fsspec.filesystem(_ALIASES.get(found, found)))


def schemes() -> list[str]:
    """The schemes in use whose packages are installed; fsspec knows some more."""
    found = ["", "file"]
    if find_spec("fsspec") is not None:
        found += [name for name, package in _PACKAGES.items() if find_spec(package) is not None]
    return found


# What each scheme needs besides fsspec.
_PACKAGES = {
    "abfs": "adlfs",
    "abfss": "adlfs",
    "az": "adlfs",
    "ftp": "fsspec",
    "gcs": "gcsfs",
    "gs": "gcsfs",
    "hdfs": "pyarrow",
    "hf": "huggingface_hub",
    "http": "aiohttp",
    "https": "aiohttp",
    "memory": "fsspec",
    "ram": "fsspec",
    "s3": "s3fs",
    "s3a": "s3fs",
    "sftp": "paramiko",
    "webhdfs": "requests",
}
