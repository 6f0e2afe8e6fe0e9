"""Ops by their registry names, for `tf.raw_ops`: called with keywords only, as in TensorFlow.

To know all ops, all files of this folder must be imported, which takes a while; so it happens when
the first raw op is asked for.

Read next: engine/op.py.
"""

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any

from headrace._src import ops
from headrace._src.core.context import thread
from headrace._src.engine.attributes import python_name
from headrace._src.engine.op import Op, registry
from headrace._src.engine.opdef import names


def load() -> None:
    """Imports every file that may hold an op."""
    for found in pkgutil.iter_modules(ops.__path__, f"{ops.__name__}."):
        import_module(found.name)


# Arguments that the functions of `tf.raw_ops` call otherwise than the registry does.
_RENAMED = {"reduction_indices": "axis", "split_dim": "axis", "squeeze_dims": "axis"}
_RENAMED_OF = {"ExpandDims": {"dim": "axis"}, "Where": {"input": "condition"}}


def raw(op: Op) -> Callable:
    """The op's function under its registry name, which takes keywords only.

    In a graph its node bears that name too, unless it is given another one.
    """
    renamed = _RENAMED | _RENAMED_OF.get(op.name, {})
    keys = {renamed.get(key, key): key for key in (*op.inputs, *op.attributes, "name")}
    function = python_name(op.name)

    def call(*args: Any, **kwargs: Any) -> Any:
        if args:
            raise TypeError(
                f"{function} only takes keyword args (possible keys: {list(keys)}). "
                "Please pass these args as kwargs instead."
            )
        for key in kwargs:
            if key not in keys:
                raise TypeError(f"{function}() got an unexpected keyword argument '{key}'")
        given = {keys[key]: value for key, value in kwargs.items()}
        if thread.context.graph is not None and given.get("name") is None:
            given["name"] = op.name
        return op.function(**given)

    call.__name__ = call.__qualname__ = op.name
    call.__doc__ = op.body.__doc__
    return call


def face(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and `__dir__` of the namespace."""

    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        load()
        if name in registry:
            return raw(registry[name])
        if name in names():
            raise AttributeError(
                f"headrace has no 'tf.raw_ops.{name}' yet. It is an op of TensorFlow 2.21; "
                "docs/coverage.md lists what works and what is absent."
            )
        raise AttributeError(f"module '{package}' has no attribute '{name}'")

    def __dir__() -> list[str]:
        load()
        return sorted(registry)

    return __getattr__, __dir__
