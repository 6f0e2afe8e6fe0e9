"""Tensors as text: `tf.print` and the rules by which TensorFlow writes the elements of a tensor.

The one idea is that of the op StringFormat: a tensor is nested brackets whose long axes are cut in
the middle (`written`), and each element is written by its dtype (`_elements`): floats with as few
digits as 6 or 9 (15 or 17) will do, bools as 0 and 1, strings quoted and escaped. Everything that
is no tensor is Python's affair: strings as they are, all else by `pprint`, with the tensors inside
put in afterwards. So a line is a list of texts and tensors; in a graph the texts become a template,
which an op fills in when the graph runs, and another op writes.

A sparse tensor is a line of its three parts; ragged tensors say in `texts` how they are written.

Read next: ops/debugging.py.
"""

import itertools
import pprint
import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core import errors, nest
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, string
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.shapes import TensorShape
from headrace._src.core.sparse_tensor import SparseTensor
from headrace._src.core.tensor import EagerTensor, Readable, Tensor, array_of
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import Operation
from headrace._src.engine.step import step

# For a class of composite tensors: from a value and `summarize` to its text. Filled by objects/.
texts: dict[type, Callable[[Any, int], str]] = {}

# By class: what makes the text of a line with such a value among its parts when a graph runs.
lines: dict[type, Callable[[list, int], Tensor]] = {}


def print(*inputs: Any, **kwargs: Any) -> Operation | None:
    """The inputs, written on a line of text; in a graph the operation that does it when it runs.

    inputs: tensors, variables, strings, anything else, and nested structures of these.
    output_stream: `sys.stderr` (the default), `sys.stdout`, or "file://PATH", to which is added.
    summarize: how many elements of an axis are shown at each end; 3 by default, -1 for all.
    sep, end: what is put between the inputs and after the last: " " and a line break by default.
    name: the name of the operation in a graph.

    >>> tf.print("x =", tf.constant([1., 2.5]), {"b": [True], "a": tf.range(9)},
    ...          output_stream=sys.stdout)
    x = [1 2.5] {'a': [0 1 2 ... 6 7 8], 'b': [True]}

    Raises ValueError for another stream or an unknown argument. Ops: StringFormat, PrintV2.
    """
    options = dict(kwargs)
    stream = _stream(options.pop("output_stream", sys.stderr))
    name = options.pop("name", None)
    summarize = options.pop("summarize", 3)
    separator = options.pop("sep", " ")
    end = options.pop("end", "\n")
    if options:
        raise ValueError(f"Unrecognized keyword arguments for tf.print: {options}")
    if not isinstance(end, str):
        raise TypeError(f"Expected string for argument 'end' not {end}.")
    summarize = 3 if summarize is None else int(summarize)
    if thread.context.graph is not None:
        return _print_node(inputs, stream, summarize, separator, end, name)
    text = _sole_string(inputs)
    if text is None:
        text = "".join(
            part if isinstance(part, str) else written_value(part, summarize)
            for part in _parts(inputs, separator)
        )
    try:
        _write(stream, text + end)
    except FileNotFoundError:
        raise errors.NotFoundError(
            None,
            None,
            "{{function_node __wrapped__PrintV2_device_/job:localhost/replica:0/task:0"
            f"/device:CPU:0}}}} {_missing(stream)} [Op:PrintV2] name: ",
        ) from None
    return None


_FILE = "file://"


def _stream(stream: Any) -> str:
    """A stream as the op's attribute tells it; raises ValueError for what is none."""
    if isinstance(stream, str) and stream.startswith(_FILE):
        return stream
    if stream is not None:
        if stream is sys.stdout:
            return "stdout"
        if stream is sys.stderr:
            return "stderr"
    raise ValueError(
        f"Unsupported output stream, logging level, or file.{stream}. Supported streams are "
        "sys.stdout, sys.stderr, tf.logging.info, tf.logging.warning, tf.logging.error. File needs "
        "to be in the form of 'file://<filepath>'."
    )


def _missing(stream: str) -> str:
    return f"{stream.removeprefix(_FILE)}; No such file or directory"


def _write(stream: str, text: str) -> None:
    """Writes text that may hold bytes that are no UTF-8, which a stream of characters replaces."""
    if stream.startswith(_FILE):
        path = stream.removeprefix(_FILE)
        with open(path, "a", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        return
    target = sys.stdout if stream == "stdout" else sys.stderr
    buffer = getattr(target, "buffer", None)
    if buffer is None:
        target.write(text.encode(errors="surrogateescape").decode(errors="replace"))
    else:
        target.flush()
        buffer.write(text.encode(errors="surrogateescape"))
    target.flush()


# ---- in a graph ----------------------------------------------------------------------------------


@step("StringFormat", is_host="XLA has no strings")
def string_format(machine: Any, node: Operation, *values: Any) -> np.ndarray:
    """The template with a text in each of its places."""
    pieces = node.attributes["template"].split(node.attributes["placeholder"])
    filled = [
        written(machine.number(value), tensor.dtype, node.attributes["summarize"])
        for value, tensor in zip(values, node.inputs, strict=True)
    ]
    text = pieces[0] + "".join(t + rest for t, rest in zip(filled, pieces[1:], strict=True))
    return np.array(text.encode(errors="surrogateescape"), object)


@step("PrintV2", is_stateful=True, is_host="it writes to a stream")
def print_v2(machine: Any, node: Operation, text: Any) -> tuple:
    """Writes a line."""
    stream = node.attributes["output_stream"]
    try:
        _write(stream, decoded(text[()]) + node.attributes["end"])
    except FileNotFoundError:
        raise errors.NotFoundError(None, None, _missing(stream)) from None
    return ()


def _print_node(
    inputs: tuple, stream: str, summarize: int, separator: str, end: str, name: str | None
) -> Operation:
    graph = thread.context.graph
    text = _sole_string_tensor(inputs)
    if text is None:
        text = format_node(_parts(inputs, separator), summarize)
    node_name = graph.unique_name(name or "PrintV2")
    return graph.add(
        print_v2,
        [graph.input(text, f"{node_name}/input")],
        {"output_stream": stream, "end": end},
        [],
        node_name,
    )


def format_node(parts: list[Any], summarize: int) -> Tensor:
    """The op that makes the text of a line when the graph runs."""
    graph = thread.context.graph
    fixed = [part for part in parts if isinstance(part, str)]
    number = itertools.count()
    placeholder = "{}"
    while placeholder in "".join(fixed):  # the user's text is not to be filled in
        placeholder = f"{{}}{next(number)}"
    for part in parts:
        if type(part) in lines:
            return lines[type(part)](parts, summarize)
        if type(part) in texts:
            raise NotImplementedError(
                f"tf.print: headrace cannot print a {type(part).__name__} inside a tf.function "
                "yet. Print its parts."
            )
    tensors = [convert(part) for part in parts if not isinstance(part, str)]
    node_name = graph.unique_name("StringFormat")
    node = graph.add(
        string_format,
        [graph.input(t, f"{node_name}/inputs_{i}") for i, t in enumerate(tensors)],
        {
            "T": [t.dtype for t in tensors],
            "template": "".join(p if isinstance(p, str) else placeholder for p in parts),
            "placeholder": placeholder,
            "summarize": summarize,
        },
        [(string, TensorShape([]))],
        node_name,
    )
    return node.outputs[0]


# ---- inputs --------------------------------------------------------------------------------------


def _sole_string_tensor(inputs: tuple) -> Tensor | None:
    """A scalar string tensor that is the only input: that one goes without quotes."""
    if len(inputs) == 1 and isinstance(inputs[0], (Tensor, Readable)):
        tensor = convert(inputs[0])
        if tensor.dtype is string and tensor.shape.rank == 0:
            return tensor
    return None


def _sole_string(inputs: tuple) -> str | None:
    tensor: Any = _sole_string_tensor(inputs)
    return None if tensor is None else decoded(array_of(tensor).item())


def _parts(inputs: tuple, separator: str) -> list[Any]:
    """The line in pieces: texts, and what is written as tensors are."""
    parts: list[Any] = []
    for i, value in enumerate(inputs):
        if i:
            parts.append(separator)
        parts += _parts_of(value)
    return parts


def _parts_of(value: Any) -> list[Any]:
    """An input in pieces: a tensor as it is, a string likewise, all else laid out by pprint."""
    if isinstance(value, str) or _is_written(value):
        return [value]
    found: list[Any] = []

    def mark(tensor: Any) -> str:
        found.append(tensor)
        return "\U000f0000" + chr(_FIRST + len(found) - 1)

    def stand_in(leaf: Any) -> Any:
        if isinstance(leaf, SparseTensor):
            parts = (leaf.indices, leaf.values, leaf.dense_shape)
            text = "'SparseTensor(indices={}, values={}, shape={})'"
            return _StandIn(text.format(*map(mark, parts)))
        return _StandIn(mark(leaf)) if _is_written(leaf) else leaf

    text = pprint.pformat(nest.map_structure(stand_in, value))
    pieces = _STAND_IN.split(text)
    return [piece if i % 2 == 0 else found[ord(piece) - _FIRST] for i, piece in enumerate(pieces)]


# Two characters of the private use areas stand for a tensor: nobody's text holds them.
_FIRST = 0x100000
_STAND_IN = re.compile("\U000f0000([\U00100000-\U0010ffff])")


class _StandIn:
    """What stands for a tensor while pprint lays out the structure around it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _is_written(value: Any) -> bool:
    return isinstance(value, (Tensor, Readable, IndexedSlices)) or type(value) in texts


def written_value(value: Any, summarize: int) -> str:
    text = texts.get(type(value))
    if text is not None:
        return text(value, summarize)
    tensor = convert(value)
    assert isinstance(tensor, EagerTensor)
    return written(array_of(tensor), tensor.dtype, summarize)


# ---- tensors -------------------------------------------------------------------------------------


def written(array: np.ndarray, dtype: DType, summarize: int) -> str:
    """A tensor as TensorFlow writes it: `[[1 2]\\n [3 4]]`.

    summarize: how many elements of an axis are shown at each end; a negative number for all.
    """
    if not array.ndim:
        return _elements(array.reshape(1), dtype)[0]
    return _axis(array, dtype, summarize, 0)


def _axis(array: np.ndarray, dtype: DType, summarize: int, depth: int) -> str:
    count = len(array)
    # Each axis further out has one more line break between its parts.
    separator = "\n" * (array.ndim - 1) + " " * (depth + 1 if array.ndim > 1 else 1)
    if not array.size:
        return f"[{separator}...]" if count else "[]"
    is_cut = summarize >= 0 and count > 2 * summarize
    shown = [*range(summarize), *range(count - summarize, count)] if is_cut else range(count)
    if array.ndim == 1:
        parts = _elements(array[list(shown)], dtype)
    else:
        parts = [_axis(array[i], dtype, summarize, depth + 1) for i in shown]
    if not is_cut:
        return f"[{separator.join(parts)}]"
    first, last = parts[:summarize], parts[summarize:]
    return f"[{separator.join(first)}{separator}{separator.join(['...', *last])}]"


def _elements(array: np.ndarray, dtype: DType) -> list[str]:
    """The text of each element."""
    if dtype.name == "string":
        return [f'"{_escaped(value)}"' for value in array.tolist()]
    if dtype.is_complex:
        return ["?"] * len(array)  # TensorFlow has no way to write them
    if dtype.is_floating:
        few, enough = (15, 17) if dtype.name == "float64" else (6, 9)
        wide = array.astype(np.float64 if few == 15 else np.float32)
        return [_number(value, few, enough) for value in wide]
    return [str(int(value)) for value in array]


def _number(value: np.floating, few: int, enough: int) -> str:
    """A float with `few` significant digits if they say all, else with `enough`."""
    if np.isnan(value):
        return "-nan" if np.signbit(value) else "nan"
    if abs(value) < np.finfo(value.dtype).tiny:
        value = np.copysign(
            value.dtype.type(0), value
        )  # as TensorFlow's kernels, which flush these
    short = f"{value:.{few}g}"
    return short if value.dtype.type(short) == value else f"{value:.{enough}g}"


_ESCAPES = {10: "\\n", 13: "\\r", 9: "\\t", 34: '\\"', 39: "\\'", 92: "\\\\"}


def _escaped(value: bytes) -> str:
    """A string with C's escapes; what is not ASCII stays as it is."""
    out = "".join(
        _ESCAPES.get(byte) or (f"\\{byte:03o}" if byte < 32 or byte == 127 else chr(byte))
        if byte < 128
        else chr(byte)
        for byte in value
    )
    return decoded(out.encode("latin-1"))


def decoded(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
