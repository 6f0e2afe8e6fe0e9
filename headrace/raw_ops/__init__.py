"""`tf.raw_ops`: every op that exists, by its registry name.

No list: the registries (headrace/_src/engine/op.py, headrace/_src/ops/forms.py) are the list, and
the code tells who is in it.
"""

from headrace._src.objects.raw_tables import face as _face

__getattr__, __dir__ = _face(__name__)
