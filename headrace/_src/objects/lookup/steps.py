"""What is done with tables, at once or as nodes of a graph.

The one idea: a handle is a tensor of dtype `resource` whose value is the table's contents. A
function captures it as it captures any tensor, so `tf.cond`, `tf.while_loop` and functions within
functions pass it on, and the table lives as long as a graph that uses it. XLA has no tables.

Read next: tables.py.
"""

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, int64, resource
from headrace._src.core.names import name_scope
from headrace._src.core.shapes import TensorShape, scalar
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.objects.lookup import text_file
from headrace._src.objects.lookup.contents import Contents
from headrace._src.ops.host_steps import host_step

_WHY = "it reads or changes a table"
_UNKNOWN = TensorShape(None)
_NOWHERE = contextlib.nullcontext()


def handle_of(contents: Contents) -> EagerTensor:
    """A tensor that stands for a table: what graphs capture."""
    box = np.empty((), object)
    box[()] = contents
    return EagerTensor(box, resource)


def _step(name: str) -> Callable[[Callable], Any]:
    """Makes a step of the function below it, which gets attributes, the contents and arrays."""

    def decorate(run: Callable) -> Any:
        def compute(attributes: dict[str, Any], handle: Any, *values: Any) -> Any:
            contents = handle[()]
            if not isinstance(contents, Contents):
                raise ValueError(
                    f"cannot compute {name} as input #0(zero-based) was expected to be the "
                    f"resource of a table but is {contents!r}"
                )
            return run(attributes, contents, *map(np.asarray, values))

        return host_step(name, _WHY, is_stateful=True)(compute)

    return decorate


def _added(
    kind: Any,
    label: str,
    inputs: dict[str, Tensor],
    attributes: dict[str, Any],
    promised: list[tuple[DType, TensorShape]],
) -> Any:
    """The outputs, or in a graph those of a node in a name scope called `label`."""
    with scope(label):
        return kind(inputs, attributes, promised)


def scope(label: str) -> Any:
    """A name scope while a graph is built; at once nothing has a name."""
    return _NOWHERE if thread.context.graph is None else name_scope(label)


@_step("LookupTableFindV2")
def _find(attributes: dict, contents: Contents, keys: Any, default_value: Any) -> tuple:
    contents.check(attributes["Tin"], attributes["Tout"])
    return (contents.find(keys, default_value),)


def find(
    handle: Tensor, keys: Tensor, default_value: Tensor, label: str, shape: TensorShape = _UNKNOWN
) -> Tensor:
    """The values of keys. shape: what is known of theirs."""
    inputs = {"table_handle": handle, "keys": keys, "default_value": default_value}
    attributes = {"Tin": keys.dtype, "Tout": default_value.dtype}
    return _added(_find, label, inputs, attributes, [(default_value.dtype, shape)])[0]


@_step("LookupTableSizeV2")
def _size(attributes: dict, contents: Contents) -> tuple:
    return (np.array(len(contents), np.int64),)


def size(handle: Tensor, label: str) -> Tensor:
    """The number of keys: int64."""
    return _added(_size, label, {"table_handle": handle}, {}, [(int64, scalar)])[0]


@_step("LookupTableExportV2")
def _export(attributes: dict, contents: Contents) -> tuple:
    return contents.export()


def export(handle: Tensor, dtypes: tuple[DType, DType], label: str) -> tuple[Tensor, Tensor]:
    """All keys and their values."""
    attributes = dict(zip(("Tkeys", "Tvalues"), dtypes, strict=True))
    promised = [(dtype, _UNKNOWN) for dtype in dtypes]
    keys, values = _added(_export, label, {"table_handle": handle}, attributes, promised)
    return keys, values


@_step("LookupTableInsertV2")
def _insert(attributes: dict, contents: Contents, keys: Any, values: Any) -> tuple:
    contents.insert(keys, values)
    return ()


@_step("LookupTableImportV2")
def _replace(attributes: dict, contents: Contents, keys: Any, values: Any) -> tuple:
    contents.replace(keys, values)
    return ()


def insert(handle: Tensor, keys: Tensor, values: Tensor, label: str) -> Any:
    """Puts values in the place of those that the keys had."""
    return _written(_insert, handle, keys, values, label)


def replace(handle: Tensor, keys: Tensor, values: Tensor, label: str) -> Any:
    """Makes these all that a table holds."""
    return _written(_replace, handle, keys, values, label)


def _written(kind: Any, handle: Tensor, keys: Tensor, values: Tensor, label: str) -> Any:
    inputs = {"table_handle": handle, "keys": keys, "values": values}
    return _added(kind, label, inputs, {"Tin": keys.dtype, "Tout": values.dtype}, [])


@_step("LookupTableRemoveV2")
def _remove(attributes: dict, contents: Contents, keys: Any) -> tuple:
    contents.remove(keys)
    return ()


def remove(handle: Tensor, keys: Tensor, label: str) -> Any:
    """Forgets keys."""
    inputs = {"table_handle": handle, "keys": keys}
    return _added(_remove, label, inputs, {"Tin": keys.dtype}, [])


@_step("InitializeTableFromTextFileV2")
def _read(attributes: dict, contents: Contents, filename: Any) -> tuple:
    if filename.size != 1 or filename.ndim:
        sizes = ",".join(map(str, filename.shape))
        raise ValueError(f"filename should be a single string, but got [{sizes}]")
    dtypes = contents.key_dtype, contents.value_dtype
    contents.replace(*text_file.read(filename.item(), dtypes, **attributes))
    return ()


def read(handle: Tensor, filename: Tensor, label: str, **attributes: Any) -> Any:
    """Fills a table from a file. attributes: see text_file.read."""
    inputs = {"table_handle": handle, "filename": filename}
    return _added(_read, label, inputs, attributes, [])


# ---- which tables TensorFlow has -----------------------------------------------------------------

# By the op that makes the table: for keys of each dtype, the dtypes that values may have.
_KERNELS = {
    "HashTableV2": {
        "string": "string int64 int32 float double bool",
        "int64": "string int64 int32 float double",
        "int32": "string int32 float double",
    },
    "MutableHashTableV2": {
        "string": "int64 int32 float double bool",
        "int64": "variant string int64 int32 float double",
        "int32": "int32 float double",
    },
    "MutableHashTableOfTensorsV2": {
        "string": "int64 int32 float double bool",
        "int64": "string int64 int32 float double",
        "int32": "int32 float double",
    },
    "MutableDenseHashTableV2": {
        "string": "resource int64 int32 float double bool",
        "int64": "variant int64 int32 float double bool",
        "int32": "int32 float double",
    },
}


def shared(name: str) -> dict[str, str]:
    """What ops have that make a table with a name."""
    return {"container": '""', "shared_name": f'"{name}"', "use_node_name_sharing": "false"}


def check_kernel(
    kind: str, key_dtype: DType, value_dtype: DType, attributes: dict[str, str], name: str
) -> None:
    """Raises NotFoundError where TensorFlow has no table of these dtypes.

    kind: the op that makes such a table. attributes: its others, as error texts show them.
    """
    table = _KERNELS[kind.replace("Anonymous", "").removesuffix("V2") + "V2"]
    if value_dtype.kernel_name in table.get(key_dtype.kernel_name, "").split():
        return
    shown = attributes | {
        f"{what}_dtype": f"DT_{dtype.kernel_name.upper()}"
        for what, dtype in (("key", key_dtype), ("value", value_dtype))
    }
    kernels = "".join(
        f"  device='CPU'; key_dtype in [DT_{key.upper()}]; value_dtype in [DT_{value.upper()}]\n"
        for key, values in table.items()
        for value in values.split()
    )
    raise errors.NotFoundError(
        None,
        None,
        f"Could not find device for node: {{{{node {kind}}}}} = {kind}"
        f"[{', '.join(f'{key}={shown[key]}' for key in sorted(shown))}]\n"
        f"All kernels registered for op {kind}:\n{kernels} [Op:{kind}] name: {name}",
    )
