"""The public names of `tf.compat.v1.lookup`, listed in `__init__.pyi`."""

from headrace._lazy import face as _face

__getattr__, __dir__, __all__ = _face(__name__)
