"""Files that belong to a model: a saved model takes a copy of them along.

Read next: lookup/initializers.py, whose files are such.
"""

import os
from typing import Any

from headrace._src.core.dtypes import DType, string
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.trackable import Trackable


class Asset(Trackable):
    """A file that a model needs, such as a vocabulary.

    path: its path, a string or a tensor of one. An attribute of a module that is an asset is saved
    with it, and may stand for the tensor of its path.

    >>> vocabulary = tf.saved_model.Asset("words.txt")
    >>> vocabulary.asset_path
    <tf.Tensor: shape=(), dtype=string, numpy=b'words.txt'>

    Raises TypeError or ValueError for what is no path.
    """

    def __init__(self, path: Any) -> None:
        path = os.fspath(path) if isinstance(path, os.PathLike) else path
        self._path = convert(path, string)

    @property
    def asset_path(self) -> Tensor:
        """The path: a scalar of dtype string."""
        return self._path

    def __tf_tensor__(self, dtype: DType | None = None, name: str | None = None) -> Any:
        return convert(self._path, dtype, name=name)


Asset.__module__ = "tensorflow.python.trackable.asset"
