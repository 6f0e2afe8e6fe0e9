"""`tf.compat.v1.gfile`: files by path or URL, under their old names.

The one idea: they are the functions of `tf.io.gfile`, whose arguments had other names.

Read next: files/gfile.py.
"""

import inspect
import os

from headrace._src.compat.arguments import translated
from headrace._src.files import gfile

Exists = translated(
    gfile.exists, "Exists(filename)",
    "tf.compat.v1.gfile.Exists('/no/such/file') -> False", filename="path",
)  # fmt: skip
IsDirectory = translated(
    gfile.isdir, "IsDirectory(dirname)",
    "tf.compat.v1.gfile.IsDirectory('/') -> True", dirname="path",
)  # fmt: skip
ListDirectory = translated(
    gfile.listdir, "ListDirectory(dirname)",
    "len(tf.compat.v1.gfile.ListDirectory('/')) > 1 -> True", dirname="path",
)  # fmt: skip
Glob = translated(
    gfile.glob, "Glob(filename)",
    "tf.compat.v1.gfile.Glob('/no/such/*') -> []", filename="pattern",
)  # fmt: skip
Stat = translated(
    gfile.stat, "Stat(filename)",
    "tf.compat.v1.gfile.Stat('/').is_directory -> True", filename="path",
)  # fmt: skip
MkDir = translated(
    gfile.mkdir, "MkDir(dirname)",
    "tf.compat.v1.gfile.MkDir  # doctest: +ELLIPSIS -> <function MkDir at ...>", dirname="path",
)  # fmt: skip
MakeDirs = translated(
    gfile.makedirs, "MakeDirs(dirname)",
    "tf.compat.v1.gfile.MakeDirs('/')", dirname="path",
)  # fmt: skip
Remove = translated(
    gfile.remove, "Remove(filename)",
    "tf.compat.v1.gfile.Remove  # doctest: +ELLIPSIS -> <function Remove at ...>", filename="path",
)  # fmt: skip
DeleteRecursively = translated(
    gfile.rmtree, "DeleteRecursively(dirname)",
    "tf.compat.v1.gfile.DeleteRecursively  # doctest: +ELLIPSIS -> "
    "<function DeleteRecursively at ...>", dirname="path",
)  # fmt: skip
Copy = translated(
    gfile.copy, "Copy(oldpath, newpath, overwrite=False)",
    "tf.compat.v1.gfile.Copy  # doctest: +ELLIPSIS -> <function Copy at ...>",
    oldpath="src", newpath="dst",
)  # fmt: skip
Rename = translated(
    gfile.rename, "Rename(oldname, newname, overwrite=False)",
    "tf.compat.v1.gfile.Rename  # doctest: +ELLIPSIS -> <function Rename at ...>",
    oldname="src", newname="dst",
)  # fmt: skip


def Walk(top, in_order=True):
    """Pairs of a folder and what is in it, from `top` on downwards; see `tf.io.gfile.walk`.

    in_order: whether a folder comes before those inside it.

    >>> list(tf.compat.v1.gfile.Walk("/no/such/folder"))
    []
    """
    return gfile.walk(top, topdown=in_order)


class FastGFile(gfile.GFile):
    """A file by path or URL; the same as `tf.io.gfile.GFile`.

    >>> tf.compat.v1.gfile.FastGFile("/no/such/file", "r").name
    '/no/such/file'
    """


# ---- resources: files beside the code ------------------------------------------------------------


def get_data_files_path():
    """The folder of the file from which this is called, where its data files are looked for.

    >>> tf.compat.v1.resource_loader.get_data_files_path()
    ''
    """
    return os.path.dirname(inspect.getfile(inspect.currentframe().f_back))


def get_path_to_datafile(path):
    """The path of a file that lies beside the file from which this is called.

    >>> tf.compat.v1.resource_loader.get_path_to_datafile("words.txt")
    'words.txt'
    """
    return os.path.join(os.path.dirname(inspect.getfile(inspect.currentframe().f_back)), path)


def readahead_file_path(path, readahead="128M"):
    """`path`: nothing is read ahead, here or in TensorFlow.

    >>> tf.compat.v1.resource_loader.readahead_file_path("words.txt")
    'words.txt'
    """
    return path
