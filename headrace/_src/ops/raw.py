"""Ops by their registry names, for `tf.raw_ops`: called with keywords only, as in TensorFlow.

To know all ops, all files of this folder must be imported, which takes a while; so it happens when
the first raw op is asked for.

Ops that exist as a composition of others answer too (ops/forms.py).

Read next: engine/op.py.
"""

import pkgutil
from collections.abc import Callable
from importlib import import_module
from inspect import Parameter
from typing import Any

from headrace._src import ops
from headrace._src.core.context import thread
from headrace._src.engine.attributes import python_name
from headrace._src.engine.op import Op, registry
from headrace._src.engine.opdef import names
from headrace._src.ops.forms import Form, forms


def load() -> None:
    """Imports every file that may hold an op."""
    for found in pkgutil.iter_modules(ops.__path__, f"{ops.__name__}."):
        import_module(found.name)


# Arguments that the functions of `tf.raw_ops` call otherwise than the registry does.
_RENAMED = {"reduction_indices": "axis", "split_dim": "axis", "squeeze_dims": "axis"}
_RENAMED_OF = {
    "ExpandDims": {"dim": "axis"},
    "ReduceJoin": {"reduction_indices": "reduction_indices"},
    "SparseSplit": {"split_dim": "split_dim"},
    "Where": {"input": "condition"},
}


def raw(op: Op | Form) -> Callable:
    """The op's function under its registry name, which takes keywords only.

    In a graph its node bears that name too, unless it is given another one.
    """
    renamed = _RENAMED | _RENAMED_OF.get(op.name, {})
    keys = {renamed.get(key, key): key for key in (*op.inputs, *op.attributes, "name")}
    function = python_name(op.name)
    optional = {
        "name",
        *(k for k, default in op.attributes.items() if default is not Parameter.empty),
    }
    needed = [shown for shown, key in keys.items() if key not in optional]

    def call(*args: Any, **kwargs: Any) -> Any:
        if args:
            raise TypeError(
                f"{function} only takes keyword args (possible keys: {list(keys)}). "
                "Please pass these args as kwargs instead."
            )
        for key in kwargs:
            if key not in keys:
                raise TypeError(f"{function}() got an unexpected keyword argument '{key}'")
        if missing := [key for key in needed if key not in kwargs]:
            raise TypeError(_missing(function, missing))
        given = {keys[key]: value for key, value in kwargs.items()}
        if thread.context.graph is not None and given.get("name") is None:
            given["name"] = op.name
        return op.function(**given)

    call.__name__ = call.__qualname__ = op.name
    call.__doc__ = op.body.__doc__
    return call


def _missing(function: str, keys: list[str]) -> str:
    """As Python says it of the function that TensorFlow calls so."""
    some = [repr(key) for key in keys]
    listed = " and ".join(some) if len(some) < 3 else f"{', '.join(some[:-1])}, and {some[-1]}"
    plural = "s" if len(some) > 1 else ""
    return f"{function}() missing {len(some)} required positional argument{plural}: {listed}"


def face(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and `__dir__` of the namespace."""

    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        load()
        if name in registry:
            return raw(registry[name])
        if name in forms:
            return raw(forms[name])
        if name in names():
            raise AttributeError(
                f"headrace has no 'tf.raw_ops.{name}' yet. It is an op of TensorFlow 2.21; "
                "docs/coverage.md lists what works and what is absent."
            )
        raise AttributeError(f"module '{package}' has no attribute '{name}'")

    def __dir__() -> list[str]:
        load()
        return sorted({*registry, *forms})

    return __getattr__, __dir__
