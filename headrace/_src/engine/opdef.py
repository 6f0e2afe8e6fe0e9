"""What TensorFlow's op registry says of an op: argument names, dtypes, attributes.

The registry is a public contract: GraphDef, SavedModel, `tf.raw_ops` and error messages all speak
its names. It ships as `opdefs.tsv` (written by tools/opdefs.py, which describes the columns), one
op a line; only the lines that somebody asks for are parsed.

Read next: engine/op.py.
"""

import json
import pathlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from headrace._src.core.dtypes import DType, as_dtype


@dataclass(frozen=True, slots=True)
class Argument:
    """An input or output: its name, and whence its dtype: a type attribute or a fixed dtype.

    count: the attribute that counts it, where the argument is a list; "*" for a list of mixed
    dtypes.
    """

    name: str
    type: str
    count: str


@dataclass(frozen=True, slots=True)
class OpDef:
    """One op of the registry.

    attrs: for each attribute its kind, its default and the values it may take (None: any).
    cpu: for a type attribute the dtypes that TensorFlow has CPU kernels for, where it lacks some.
    not_xla: for a type attribute the dtypes that TensorFlow does not compile; None where it does
        not compile the op at all.
    """

    name: str
    inputs: tuple[Argument, ...]
    outputs: tuple[Argument, ...]
    attrs: dict[str, tuple]
    is_stateful: bool
    cpu: dict[str, list[str]]
    not_xla: dict[str, list[str]] | None

    def allowed(self, attr: str) -> tuple[DType, ...] | None:
        """The dtypes that a type attribute may be, or None where it may be any."""
        names = self.attrs[attr][2]
        return None if names is None else tuple(as_dtype(name) for name in names)

    def has_cpu_kernel(self, attr: str, dtype: DType) -> bool:
        """Whether TensorFlow has a CPU kernel for this dtype."""
        return attr not in self.cpu or dtype.name in self.cpu[attr]

    def compiles(self, attributes: dict[str, Any]) -> bool:
        """Whether TensorFlow has an XLA kernel for these attributes."""
        return self.not_xla is not None and not any(
            attributes[attr].name in dtypes
            for attr, dtypes in self.not_xla.items()
            if isinstance(attributes.get(attr), DType)
        )


@cache
def _lines() -> dict[str, str]:
    text = pathlib.Path(__file__).with_name("opdefs.tsv").read_text()
    return dict(line.split("\t", 1) for line in text.splitlines())


def names() -> frozenset[str]:
    """The names of all ops in the registry, ours or not."""
    return frozenset(_lines())


@cache
def opdef(name: str) -> OpDef:
    """The registry's entry for the op called `name`; raises KeyError where there is none."""
    inputs, outputs, attrs, is_stateful, cpu, xla = json.loads(_lines()[name])
    return OpDef(
        name,
        tuple(Argument(*row) for row in inputs),
        tuple(Argument(*row) for row in outputs),
        {attr: tuple(row) for attr, row in attrs.items()},
        bool(is_stateful),
        cpu,
        None if xla == 0 else xla,
    )
