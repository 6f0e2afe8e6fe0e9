"""The public names of `tf.experimental.extension_type`, listed in `__init__.pyi`."""

from headrace._lazy import face as _face

__getattr__, __dir__, __all__ = _face(__name__)
