"""Tensors as text: `tf.print` and the rules by which TensorFlow writes the elements of a tensor.

The one idea is that of the op StringFormat: a tensor is nested brackets whose long axes are cut in
the middle (`written`), and each element is written by its dtype (`_elements`): floats with as few
digits as 6 or 9 (15 or 17) will do, bools as 0 and 1, strings quoted and escaped. Everything that
is no tensor is Python's affair: strings as they are, all else by `pprint`, with the tensors inside
put in afterwards.

Ragged and sparse tensors say in `texts` how they are written.

Read next: ops/debugging.py.
"""

import pprint
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core import errors, nest
from headrace._src.core.dtypes import DType
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.tensor import EagerTensor, Readable, Tensor, array_of
from headrace._src.engine.convert import convert

# For a class of composite tensors: from a value and `summarize` to its text. Filled by objects/.
texts: dict[type, Callable[[Any, int], str]] = {}


def print(*inputs: Any, **kwargs: Any) -> None:
    """The inputs, written on a line of text.

    inputs: tensors, variables, strings, anything else, and nested structures of these.
    output_stream: `sys.stderr` (the default), `sys.stdout`, or "file://PATH", to which is added.
    summarize: how many elements of an axis are shown at each end; 3 by default, -1 for all.
    sep, end: what is put between the inputs and after the last: " " and a line break by default.
    name: the name of the operation in a graph.

    >>> tf.print("x =", tf.constant([1., 2.5]), {"b": [True], "a": tf.range(9)},
    ...          output_stream=sys.stdout)
    x = [1 2.5] {'a': [0 1 2 ... 6 7 8], 'b': [True]}

    Raises ValueError for another stream or an unknown argument. Op: PrintV2.
    """
    options = dict(kwargs)
    stream = options.pop("output_stream", sys.stderr)
    options.pop("name", None)
    summarize = options.pop("summarize", 3)
    separator = options.pop("sep", " ")
    end = options.pop("end", "\n")
    if options:
        raise ValueError(f"Unrecognized keyword arguments for tf.print: {options}")
    path = _path(stream)
    if not isinstance(end, str):
        raise TypeError(f"Expected string for argument 'end' not {end}.")
    summarize = 3 if summarize is None else int(summarize)
    text = _sole_string(inputs)
    if text is None:
        text = separator.join([_text(value, summarize) for value in inputs])
    if path is None:
        _write(stream, text + end)
        return
    try:
        with open(path, "a", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text + end)
    except FileNotFoundError:
        raise errors.NotFoundError(
            None,
            None,
            "{{function_node __wrapped__PrintV2_device_/job:localhost/replica:0/task:0"
            f"/device:CPU:0}}}} {path}; No such file or directory [Op:PrintV2] name: ",
        ) from None


def _path(stream: Any) -> str | None:
    """The file to add to, or None for a stream; raises ValueError for what is neither."""
    if isinstance(stream, str) and stream.startswith("file://"):
        return stream.removeprefix("file://")
    if stream is not None and (stream is sys.stdout or stream is sys.stderr):
        return None
    raise ValueError(
        f"Unsupported output stream, logging level, or file.{stream}. Supported streams are "
        "sys.stdout, sys.stderr, tf.logging.info, tf.logging.warning, tf.logging.error. File needs "
        "to be in the form of 'file://<filepath>'."
    )


def _write(stream: Any, text: str) -> None:
    """Writes text that may hold bytes that are no UTF-8, which a stream of characters replaces."""
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        stream.write(text.encode(errors="surrogateescape").decode(errors="replace"))
    else:
        stream.flush()
        buffer.write(text.encode(errors="surrogateescape"))
    stream.flush()


# ---- inputs --------------------------------------------------------------------------------------


def _sole_string(inputs: tuple) -> str | None:
    """The text of a scalar string tensor that is the only input: that one goes without quotes."""
    if len(inputs) == 1 and isinstance(inputs[0], (Tensor, Readable)):
        tensor = convert(inputs[0])
        if tensor.dtype.name == "string" and not tensor.ndim:
            return _decoded(array_of(tensor)[()])
    return None


def _text(value: Any, summarize: int) -> str:
    """An input's text: a tensor as tensors are written, a string as it is, all else by pprint."""
    if isinstance(value, str):
        return value
    if _is_written(value):
        return _written_value(value, summarize)
    found: list[Any] = []

    def stand_in(leaf: Any) -> Any:
        if not _is_written(leaf):
            return leaf
        found.append(leaf)
        return _StandIn(len(found) - 1)

    text = pprint.pformat(nest.map_structure(stand_in, value))
    for i, leaf in enumerate(found):
        text = text.replace(repr(_StandIn(i)), _written_value(leaf, summarize))
    return text


class _StandIn:
    """What stands for a tensor while pprint lays out the structure around it."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __repr__(self) -> str:
        # Two characters of the private use area: nobody's text holds them.
        return "\U000f0000" + chr(0x100000 + self._number)


def _is_written(value: Any) -> bool:
    return isinstance(value, (Tensor, Readable, IndexedSlices)) or type(value) in texts


def _written_value(value: Any, summarize: int) -> str:
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
    return _decoded(out.encode("latin-1"))


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
