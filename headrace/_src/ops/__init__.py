"""The op blocks, one file a subject: name, signature, words, mathematics, gradient, all together.

Importing any of them gives tensors their operators (ops/operators.py) and the engine the few ops
that the backward walk is written in (ops/walk.py), and looks whether there is an accelerator to run
on.
"""

from headrace._src.core.device import notice_accelerators
from headrace._src.ops import operators as operators
from headrace._src.ops import walk as walk

notice_accelerators()
