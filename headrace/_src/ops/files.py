"""Whole files as strings: `read_file`, `write_file`, `matching_files`.

The one idea: these do from inside a graph what `tf.io.gfile` does from Python, and they do it when
the graph runs, in the order of the program. TensorFlow's registry calls reading pure, so that a
constant file name might be read once and for all; but another may write the file.

Read next: files/gfile.py.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import string
from headrace._src.core.shape_rules import ShapeError, bracketed, scalar
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op
from headrace._src.files.gfile import glob, makedirs
from headrace._src.files.systems import system_of
from headrace._src.ops.host_steps import host_step, refuse


def _scalar(what: str, shape: TensorShape) -> TensorShape:
    if shape.rank not in (None, 0):
        raise ShapeError(
            f"{what} tensor must be scalar, but had shape: {bracketed(shape)}",
            f"Shape must be rank 0 but is rank {shape.rank}",
        )
    return scalar


@op("ReadFile", shape=lambda filename: _scalar("Input filename", filename), cost="host")
def read_file(filename: Tensor, name: str | None = None) -> Tensor:
    """The bytes of a file, as a string.

    filename: a string scalar, a path of `tf.io.gfile`.

    >>> tf.io.write_file("memory://page", "text")
    >>> tf.io.read_file("memory://page")
    <tf.Tensor: shape=(), dtype=string, numpy=b'text'>

    Raises tf.errors.NotFoundError where there is no such file, FailedPreconditionError for a
    folder. Op: ReadFile.
    """
    _scalar("Input filename", TensorShape(filename.shape))
    path = _path(filename)
    with system_of(path).open(path, "rb") as file:
        return np.array(file.read(), object)


def _path(filename: Any) -> str:
    return filename[()].decode(errors="surrogateescape")


no_gradient(read_file, why="A file's name is no number.")


def matching_files(pattern: Any, name: str | None = None) -> Tensor:
    """The paths that match a pattern, sorted.

    pattern: a string scalar or vector of patterns as `tf.io.gfile.glob` has them.

    >>> tf.io.write_file("memory://pages/b", ""), tf.io.write_file("memory://pages/a", "")
    (None, None)
    >>> tf.io.matching_files("memory://pages/*").numpy()
    array([b'memory://pages/a', b'memory://pages/b'], dtype=object)

    Raises tf.errors.InvalidArgumentError where `pattern` is a matrix. Op: MatchingFiles.
    """
    return matching_files_op(pattern, name)


def _listed(pattern: TensorShape) -> TensorShape:
    if pattern.rank is not None and pattern.rank > 1:
        raise ShapeError(
            f"Input patterns tensor must be scalar or vector, but had shape: {bracketed(pattern)}",
            f"Shape must be at most rank 1 but is rank {pattern.rank}",
        )
    return vector(None)


@op("MatchingFiles", shape=_listed, cost="host")
def matching_files_op(pattern: Tensor, name: str | None = None) -> Tensor:
    """The paths that match any of the patterns."""
    _listed(TensorShape(pattern.shape))
    found = sorted(path for each in pattern.reshape(-1) for path in glob([each]))
    out = np.empty(len(found), object)
    out[:] = [path.encode(errors="surrogateescape") for path in found]
    return out


no_gradient(matching_files_op, why="A pattern is no number.")

# What is read may change between two runs: see the top of this file.
for reading in (read_file, matching_files_op):
    reading.op.definition = replace(reading.op.definition, is_stateful=True)


# ---- writing -------------------------------------------------------------------------------------


def write_file(filename: Any, contents: Any, name: str | None = None) -> Any:
    """Writes a string into a file, which it replaces, and makes the folders around it.

    filename: a string scalar, a path of `tf.io.gfile`. contents: a string scalar. Answers None, in
    a graph the operation.

    >>> tf.io.write_file("memory://deep/inside/note", "text")
    >>> tf.io.gfile.exists("memory://deep/inside/note")
    True

    Raises tf.errors.InvalidArgumentError where one is no scalar, FailedPreconditionError where
    there is a folder of that name. Op: WriteFile.
    """
    filename, contents = convert(filename, string), convert(contents, string)
    inputs = {"filename": filename, "contents": contents}
    if thread.context.graph is not None:
        try:
            _check(filename.shape, contents.shape)
        except ShapeError as error:
            raise refuse("WriteFile", error, [filename, contents]) from None
    return write_file_step(inputs, {}, [], name)


def _check(filename: TensorShape, contents: TensorShape) -> None:
    _scalar("Input filename", filename)
    _scalar("Contents", contents)


@host_step("WriteFile", why="it writes a file", is_stateful=True)
def write_file_step(
    attributes: dict[str, Any], filename: np.ndarray, contents: np.ndarray
) -> tuple:
    """Writes a string into a file."""
    _check(TensorShape(filename.shape), TensorShape(contents.shape))
    path = _path(filename)
    system = system_of(path)
    folder = path.rpartition("/")[0]
    if folder and not folder.endswith(":/") and not system.exists(folder):
        makedirs(folder)
    with system.open(path, "wb") as file:
        file.write(contents[()])
    return ()
