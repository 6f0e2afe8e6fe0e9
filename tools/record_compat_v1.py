"""The recorder of `tests/reference/compat_v1.tsv`: the names below `tf.compat.v1`, from TensorFlow.

    PYTHON-WITH-TENSORFLOW tools/record_compat_v1.py > tests/reference/compat_v1.tsv

The one idea: most of these names are TensorFlow 2's own objects under a second name, and a machine
can tell which. A row's `canonical` is the name of TensorFlow 2 (or, for what only TensorFlow 1 has,
the first of its own names) that holds the same object. TensorFlow wraps a few functions for only
one of their names; those are the same if they were defined in one place with one signature.

Read next: tools/face.py, which makes lists of the table.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import tensorflow as tf

OTHER = {"compat.v1.compat", "compat.v1.keras", "compat.v1.raw_ops"}  # whole namespaces of others
DUNDER = ("__version__", "__git_version__", "__compiler_version__")


def walk(module: Any, home: str, skip: set[str], path: tuple[str, ...] = ()) -> Iterator[tuple]:
    """Pairs of a public name, without `tf.`, and its object; namespaces before what is in them."""
    for leaf in sorted(dir(module)):
        name = f"{home}.{leaf}".lstrip(".")
        if name in skip or (leaf.startswith("_") and leaf not in DUNDER):
            continue
        value = getattr(module, leaf)
        origin = vars(value).get("__name__", "") if isinstance(value, ModuleType) else ""
        if "Loader" in type(value).__name__:
            continue  # Keras 2, which is not there
        yield name, value
        if "._api." in origin and origin not in path:
            yield from walk(value, name, skip, (*path, origin))


def signature(value: Any) -> str:
    try:
        text = str(inspect.signature(value)) if callable(value) else ""
        return re.sub("0x[0-9a-f]+", "0xADDR", text)
    except (TypeError, ValueError):
        return ""


def place(value: Any) -> Any:
    """Where a function was defined, and how it is called; wrapping changes neither."""
    if not inspect.isfunction(value):
        return None
    return value.__module__, value.__qualname__, signature(value)


def main() -> None:
    skip = {"compat.v1", "compat.v2", "keras", "raw_ops", "test.mock"}
    same: dict[Any, list[str]] = {}
    for name, value in walk(tf, "", skip):
        if not isinstance(value, (ModuleType, int, str, float, tuple)):
            same.setdefault(id(value), []).append(name)
            if place(value):
                same.setdefault(place(value), []).append(name)
    seconds = dict(walk(tf, "", skip))
    rows = {f"compat.v1.{leaf}": ("alias", "", leaf) for leaf in ("keras", "raw_ops")}
    rows["compat.v1.compat"] = "alias", "", "compat"
    for name, value in walk(tf.compat.v1, "compat.v1", OTHER):
        leaf = name.removeprefix("compat.v1.")
        kind = "class" if inspect.isclass(value) else "function" if callable(value) else "constant"
        if isinstance(value, ModuleType):
            kind = "module" if "._api." in value.__name__ else "object"
            rows[name] = kind, "", ""
            continue
        if isinstance(value, (int, str, float, tuple)):
            equal = type(seconds.get(leaf)) is type(value) and seconds[leaf] == value
            names = [leaf] if equal else []
        else:
            names = same.get(id(value)) or same.get(place(value)) or []
            if not names:
                same.setdefault(id(value), []).append(name)
                if place(value):
                    same.setdefault(place(value), []).append(name)
        canonical = leaf if leaf in names else min(names, key=len, default="")
        rows[name] = kind, "" if canonical else signature(value), canonical
    print("name", "kind", "signature", "canonical", sep="\t")
    for name, (kind, sign, canonical) in sorted(rows.items()):
        text = " ".join(sign.split())
        print(f"tf.{name}", kind, text, canonical and f"tf.{canonical}", sep="\t")


if __name__ == "__main__":
    sys.exit(main())
