"""The reader of the public lists: it turns a namespace's `__init__.pyi` into lazy attributes.

A list has one import per line, in one of two forms, and nothing else:

    from headrace._src.ops.math import reduce_sum as sum
    import keras as keras

The one idea is that of SPEC 1 (https://scientific-python.org/specs/spec-0001): the stub that
type checkers read is also the table that the run time reads, so the two cannot drift apart. A line
is split at white space rather than parsed with `ast`, which alone would cost more than all the rest
of `import headrace`.

Read next: headrace/__init__.pyi; who edits the lists is tools/face.py.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

COVERAGE = "docs/coverage.md"


def face(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """The `__getattr__`, `__dir__` and `__all__` of the namespace `package`, from its stub."""
    module = sys.modules[package]
    table = read(_beside(module, "__init__.pyi"))

    def __getattr__(name: str) -> Any:
        if name not in table:
            raise AttributeError(_absence(package, name), name=name, obj=module)
        source, attribute = table[name]
        if attribute is None:
            value = import_module(source)
        elif source == package:  # a namespace inside this one
            value = import_module(f"{source}.{attribute}")
        else:
            value = getattr(import_module(source), attribute)
        module.__dict__[name] = value  # from here on Python finds it without us
        return value

    return __getattr__, lambda: sorted(table), sorted(table)


def read(stub: str) -> dict[str, tuple[str, str | None]]:
    """The table `public name: (module, attribute)` of a stub; for `import m as n`, no attribute."""
    table: dict[str, tuple[str, str | None]] = {}
    for line in stub.splitlines():
        match line.split():
            case ["from", source, "import", attribute, "as", name]:
                table[name] = source, attribute
            case ["import", source, "as", name]:
                table[name] = source, None
            case words if words:
                raise SyntaxError(
                    f"a stub line is `from m import a as b` or `import m as b`: {line!r}"
                )
    return table


def _absence(package: str, name: str) -> str:
    """What to tell someone who asked for a name that is not there."""
    public = f"{package}.{name}".partition(".")[2]
    if public in _beside(sys.modules["headrace"], "_src/tensorflow_names.txt").split():
        return (
            f"headrace has no 'tf.{public}' yet. It is a public name of TensorFlow 2.21; "
            f"{COVERAGE} lists what works and what is absent."
        )
    return f"module '{package}' has no attribute '{name}'"


def _beside(module: Any, path: str) -> str:
    """The text of a file in a package's folder, through its loader: packages may be zipped."""
    folder = module.__file__.removesuffix("__init__.py")
    return module.__spec__.loader.get_data(folder + path).decode()
