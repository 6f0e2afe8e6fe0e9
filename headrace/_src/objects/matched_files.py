"""match_filenames_once: the files that match a pattern, looked up once and kept in a variable.

The one idea: what is kept in a variable does not change when files come and go.

Read next: ops/files.py.
"""

from typing import Any

from headrace._src.objects.variable import Variable
from headrace._src.ops.files import matching_files


def match_filenames_once(pattern: Any, name: str | None = None) -> Variable:
    """A variable of the paths that match a pattern now: strings, not trainable.

    pattern: a string scalar or vector of patterns as `tf.io.gfile.glob` has them. name: of the
    operation that looks them up.

    >>> tf.io.write_file("memory://once/a", "")
    >>> tf.io.match_filenames_once("memory://once/*").numpy()
    array([b'memory://once/a'], dtype=object)

    Op: MatchingFiles.
    """
    return Variable(matching_files(pattern, name), trainable=False)
