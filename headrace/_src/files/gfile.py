"""`tf.io.gfile`: files and folders by path, on this machine or behind a URL.

The one idea: a path is text, bytes or a `PathLike`, and whose it is its scheme says
(files/systems.py); so `gs://bucket/file` works where a local path does. Names come in the order in
which the system has them, not sorted.

Read next: files/systems.py.
"""

import os
import re
from collections.abc import Callable, Iterator
from typing import IO, Any

from headrace._src.core import errors
from headrace._src.files.systems import FileStatistics, scheme, schemes, system_of


def text_of(path: Any) -> str:
    """A path as text; raises TypeError for what is none."""
    if isinstance(path, os.PathLike):
        path = os.fspath(path)
    if isinstance(path, bytes):
        return path.decode(errors="surrogateescape")
    if not isinstance(path, str):
        raise TypeError(f"Expected binary or unicode string, got {path!r}")
    return path


# ---- what is there -------------------------------------------------------------------------------


def exists(path: Any) -> bool:
    """Whether there is a file or a folder at `path`.

    >>> tf.io.gfile.exists("/no/such/file")
    False

    Raises tf.errors.UnimplementedError for an unknown scheme.
    """
    name = text_of(path)
    return system_of(name).exists(name)


def isdir(path: Any) -> bool:
    """Whether `path` is a folder.

    >>> tf.io.gfile.isdir("/")
    True
    """
    name = text_of(path)
    try:
        return system_of(name).is_folder(name)
    except errors.UnimplementedError:
        return False


def listdir(path: Any) -> list[str]:
    """The names of the files and folders in a folder, in no order.

    >>> tf.io.gfile.makedirs("memory://listed/folder")
    >>> tf.io.gfile.listdir("memory://listed")
    ['folder']

    Raises tf.errors.NotFoundError where `path` is no folder.
    """
    name = text_of(path)
    if not isdir(name):
        raise errors.NotFoundError(None, None, f"Could not find directory {name}")
    return system_of(name).names(name)


def stat(path: Any) -> FileStatistics:
    """What is known of a file: `length` in bytes, `mtime_nsec`, `is_directory`.

    >>> tf.io.gfile.stat("/").is_directory
    True

    Raises tf.errors.NotFoundError where it does not exist.
    """
    name = text_of(path)
    return system_of(name).statistics(name)


def walk(
    top: Any, topdown: bool = True, onerror: Callable | None = None
) -> Iterator[tuple[str, list[str], list[str]]]:
    """For a folder, and all folders below it: its path, the folders in it, the files in it.

    topdown: whether a folder comes before what is in it. onerror: called with the error where a
    folder cannot be listed, which is passed over then.

    >>> tf.io.gfile.makedirs("memory://walked/a/b")
    >>> [path for path, _, _ in tf.io.gfile.walk("memory://walked")]
    ['memory://walked', 'memory://walked/a', 'memory://walked/a/b']
    """
    name = text_of(top)
    try:
        found = listdir(name)
    except errors.NotFoundError as error:
        if onerror:
            onerror(error)
        return
    folders = [each for each in found if isdir(join(name, each))]
    files = [each for each in found if each not in folders]
    if topdown:
        yield name, folders, files
    for each in folders:
        yield from walk(join(name, each), topdown, onerror)
    if not topdown:
        yield name, folders, files


def join(path: Any, *paths: Any) -> Any:
    """Parts of a path put together with slashes.

    >>> tf.io.gfile.join("gs://bucket", "folder", "file")
    'gs://bucket/folder/file'

    Raises TypeError for text and bytes together.
    """
    return os.path.join(os.fspath(path), *paths)


def get_registered_schemes() -> list[str]:
    """The schemes of the paths that can be used: "" and "file", and those that fsspec can serve.

    >>> "file" in tf.io.gfile.get_registered_schemes()
    True
    """
    return schemes()


# ---- patterns ------------------------------------------------------------------------------------


def glob(pattern: Any) -> list[str]:
    r"""The paths that match a pattern, or any of a list of patterns; in no order.

    pattern: `*` stands for any number of characters but "/", `?` for one, `[a-z]` and `[^a-z]` for
    one of some; `\` takes the meaning off the next.

    >>> tf.io.gfile.glob("/no/such/*")
    []
    """
    if isinstance(pattern, str):
        pattern = [pattern]
    return [found for each in pattern for found in _matching(text_of(each))]


def _matching(pattern: str) -> list[str]:
    special = re.search(r"[*?\[\\]", pattern)
    if special is None:
        return [pattern] if pattern and exists(pattern) else []
    system = system_of(pattern)
    fixed = pattern.rfind("/", 0, special.start())
    start = pattern[: fixed + 1]
    if fixed < 0:
        start = "./"
    elif scheme(pattern) and start.endswith("://"):
        fixed = len(start) - 1
    found = [start]
    for part in filter(None, pattern[fixed + 1 :].split("/")):
        like = _expression(part)
        if like is None:
            return []
        folders = [each if each.endswith("/") else f"{each}/" for each in found]
        found = [
            f"{folder}{name}"
            for folder in folders
            if system.is_folder(folder)
            for name in system.names(folder)
            if like.fullmatch(name)
        ]
    return found


def _expression(part: str) -> re.Pattern | None:
    """One part of a pattern as a regular expression; None where a bracket stays open."""
    text, place = "", 0
    while place < len(part):
        letter = part[place]
        place += 1
        if letter == "*":
            text += ".*"
        elif letter == "?":
            text += "."
        elif letter == "[":
            end = part.find("]", place + 1 + (part[place : place + 1] in ("!", "^")))
            if end < 0:
                return None
            inside = part[place:end].replace("\\", "\\\\").replace("[", r"\[")
            if inside[0] in "!^":
                inside = f"^{inside[1:]}"
            text += f"[{inside}]"
            place = end + 1
        elif letter == "\\" and place < len(part):
            text += re.escape(part[place])
            place += 1
        else:
            text += re.escape(letter)
    return re.compile(text, re.DOTALL)


# ---- changes -------------------------------------------------------------------------------------


def mkdir(path: Any) -> None:
    """Makes a folder; where there is something already, nothing happens.

    >>> tf.io.gfile.mkdir("memory://made")

    Raises tf.errors.NotFoundError where the folder around it does not exist.
    """
    name = text_of(path)
    system = system_of(name)
    if name and not system.exists(name):
        system.make_folder(name)


def makedirs(path: Any) -> None:
    """Makes a folder and all folders around it; where it exists, nothing happens.

    >>> tf.io.gfile.makedirs("memory://outer/inner")

    Raises tf.errors.FailedPreconditionError where one of them is a file.
    """
    name = text_of(path)
    system = system_of(name)
    root = len(f"{scheme(name)}://") if scheme(name) else 0
    missing = []
    end = len(name.rstrip("/"))
    while end > root and not system.exists(name[:end]):
        missing.append(name[:end])
        end = name.rfind("/", 0, end)
    if end > root and not system.is_folder(name[:end]):
        raise errors.FailedPreconditionError(None, None, f"{name[:end]} is not a directory")
    for folder in reversed(missing):
        system.make_folder(folder)


def remove(path: Any) -> None:
    """Deletes a file.

    >>> tf.io.gfile.remove("/no/such/file")
    Traceback (most recent call last):
    headrace._src.core.errors.NotFoundError: /no/such/file; No such file or directory

    Raises tf.errors.NotFoundError where there is none, FailedPreconditionError for a folder.
    """
    name = text_of(path)
    system = system_of(name)
    if system.is_folder(name):
        raise errors.FailedPreconditionError(None, None, f"{name}; Is a directory")
    system.remove(name)


def rmtree(path: Any) -> None:
    """Deletes a folder with everything in it, or a file.

    >>> tf.io.gfile.makedirs("memory://gone/inner")
    >>> tf.io.gfile.rmtree("memory://gone")
    >>> tf.io.gfile.exists("memory://gone")
    False

    Raises tf.errors.NotFoundError where there is none.
    """
    name = text_of(path)
    system = system_of(name)
    if not system.exists(name):
        raise errors.NotFoundError(None, None, f"{name} not found")
    system.remove_tree(name)


def rename(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Gives a file or a folder another path.

    overwrite: whether a file at `dst` is replaced.

    >>> tf.io.gfile.makedirs("memory://before")
    >>> tf.io.gfile.rename("memory://before", "memory://after")
    >>> tf.io.gfile.exists("memory://after")
    True

    Raises tf.errors.NotFoundError where there is no `src`, AlreadyExistsError where there is a
    `dst`, UnimplementedError where they are in different file systems.
    """
    name, to = text_of(src), text_of(dst)
    if system_of(name) is not system_of(to):
        raise errors.UnimplementedError(None, None, f"Renaming {name} to {to} not implemented")
    _refuse_existing(to, overwrite)
    system_of(name).rename(name, to)


def copy(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Writes what is in a file into another one, also across file systems.

    overwrite: whether a file at `dst` is replaced.

    >>> with tf.io.gfile.GFile("memory://one", "w") as file:
    ...     file.write("text")
    >>> tf.io.gfile.copy("memory://one", "memory://two")
    >>> tf.io.gfile.GFile("memory://two").read()
    'text'

    Raises tf.errors.NotFoundError where there is no `src`, AlreadyExistsError where there is a
    `dst`.
    """
    name, to = text_of(src), text_of(dst)
    _refuse_existing(to, overwrite)
    if system_of(name).is_folder(name):
        raise errors.FailedPreconditionError(None, None, f"{name}; Is a directory")
    with system_of(name).open(name, "rb") as source, system_of(to).open(to, "wb") as target:
        while piece := source.read(1 << 20):
            target.write(piece)


def _refuse_existing(name: str, overwrite: bool) -> None:
    if not overwrite and exists(name):
        raise errors.AlreadyExistsError(None, None, "file already exists")


# ---- one file ------------------------------------------------------------------------------------

_MODES = ("r", "w", "a", "r+", "w+", "a+")


class GFile:
    """A file that is read and written without threads; opened when it is first used.

    name: a path. mode: "r", "w" or "a" for reading, writing and adding, with "+" for both, with "b"
        for bytes instead of text in UTF-8. What is both is read and written apart: writing begins
        an empty file, or its end with "a", and does not move the place of reading.

    >>> with tf.io.gfile.GFile("memory://greeting", "w") as file:
    ...     file.write("hello\\nworld\\n")
    >>> tf.io.gfile.GFile("memory://greeting").readlines()
    ['hello\\n', 'world\\n']

    Raises tf.errors.NotFoundError where a file to be read does not exist, PermissionDeniedError for
    reading what is open for writing alone and the other way round, InvalidArgumentError for another
    mode.
    """

    def __init__(self, name: Any, mode: str = "r") -> None:
        self._name = name
        self._mode = mode
        self._is_binary = "b" in mode
        mode = mode.replace("b", "")
        if mode not in _MODES:
            raise errors.InvalidArgumentError(
                None, None, "mode is not 'r' or 'w' or 'a' or 'r+' or 'w+' or 'a+'"
            )
        self._may_read = mode in ("r", "r+", "a+", "w+")
        self._may_write = mode != "r"
        self._adds = mode in ("a", "a+")
        self._source: IO[bytes] | None = None
        self._target: IO[bytes] | None = None

    @property
    def name(self) -> Any:
        """The path, as it was given."""
        return self._name

    @property
    def mode(self) -> str:
        """The mode, as it was given."""
        return self._mode

    def _reader(self) -> IO[bytes]:
        if self._source is None:
            if not self._may_read:
                raise errors.PermissionDeniedError(None, None, "File isn't open for reading")
            name = text_of(self._name)
            self._source = system_of(name).open(name, "rb")
        return self._source

    def _writer(self) -> IO[bytes]:
        if self._target is None:
            if not self._may_write:
                raise errors.PermissionDeniedError(None, None, "File isn't open for writing")
            name = text_of(self._name)
            self._target = system_of(name).open(name, "ab" if self._adds else "wb")
        return self._target

    def _text(self, content: bytes) -> Any:
        return content if self._is_binary else content.decode()

    def size(self) -> int:
        """How many bytes the file has on its disk."""
        return stat(self._name).length

    def read(self, n: int = -1) -> Any:
        """The next `n` bytes, or all that follow: text, or bytes in a binary mode."""
        if n < -1:
            raise errors.InvalidArgumentError(
                None, None, f"Can't read a negative number of bytes: {n}"
            )
        return self._text(self._reader().read(n))

    def readline(self) -> Any:
        """The next line with its end, without carriage returns; empty after the last one."""
        return self._text(self._reader().readline().replace(b"\r", b""))

    def readlines(self) -> list:
        """All lines that follow."""
        return list(iter(self.readline, self._text(b"")))

    def __iter__(self) -> "GFile":
        return self

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def next(self) -> Any:
        """The next line; StopIteration after the last one."""
        return self.__next__()

    def write(self, file_content: Any) -> None:
        """Writes text or bytes."""
        if isinstance(file_content, str):
            file_content = file_content.encode()
        elif not isinstance(file_content, bytes):
            raise TypeError(f"Expected binary or unicode string, got {file_content!r}")
        self._writer().write(file_content)

    def seek(self, offset: int | None = None, whence: int = 0, position: int | None = None) -> None:
        """Goes to a byte of the file that is read.

        offset: counted from the beginning (whence=0), from here (1) or from the end (2).
        position: the old name of `offset`.

        Raises tf.errors.OutOfRangeError behind the end, where it stays then.
        """
        source = self._reader()
        if offset is None and position is None:
            raise TypeError("seek(): offset argument required")
        offset = position if offset is None else offset
        if whence not in (0, 1, 2):
            raise errors.InvalidArgumentError(
                None, None, f"Invalid whence argument: {whence}. Valid values are 0, 1, or 2."
            )
        place = offset + (0, source.tell(), self.size())[whence]  # type: ignore[operator]
        if place < 0:
            raise errors.InvalidArgumentError(
                None, None, f"Seeking to a negative position: {place}"
            )
        end = self.size()
        source.seek(min(place, end))
        if place > end:
            raise errors.OutOfRangeError(None, None, "reached end of file")

    def seekable(self) -> bool:
        """True: one can go anywhere in it."""
        return True

    def tell(self) -> int:
        """How many bytes are before the place of reading; of writing, where it is not read."""
        return self._reader().tell() if self._may_read else self._writer().tell()

    def flush(self) -> None:
        """Sees to it that what was written can be read."""
        if self._target is not None:
            self._target.flush()

    def close(self) -> None:
        """Ends reading and writing; whatever is done next opens the file again."""
        source, target = self._source, self._target
        self._source = self._target = None
        for stream in (source, target):
            if stream is not None:
                stream.close()

    def __enter__(self) -> "GFile":
        return self

    def __exit__(self, unused_type: Any, unused_value: Any, unused_traceback: Any) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_target"):
            self.close()
