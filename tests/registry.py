"""All ops: the registry (engine/op.py) once every file that may hold an op is imported.

Read next: tests/house/test_ops_complete.py.
"""

import pkgutil
from importlib import import_module

import headrace._src.objects
import headrace._src.ops
from headrace._src.engine.op import Op, registry

for package in (headrace._src.ops, headrace._src.objects):
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        import_module(found.name)

OPS: dict[str, Op] = dict(sorted(registry.items()))
