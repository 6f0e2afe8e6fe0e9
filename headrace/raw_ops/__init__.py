"""`tf.raw_ops`: every op that exists, by its registry name.

No list: the registry (headrace/_src/engine/op.py) is the list, and the code tells who is in it.
"""

from headrace._src.ops.raw import face as _face

__getattr__, __dir__ = _face(__name__)
