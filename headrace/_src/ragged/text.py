"""Strings in ragged tensors: elementwise functions, joining, and ragged tensors as text.

The one idea: what is done to each string is done to the flat values; joining along an axis is a
reduction like any other, whose segments are joined instead of added (ragged/reductions.py).

Read next: ragged/strings.py, for functions that make ragged tensors of strings.
"""

from functools import partial
from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.context import thread
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.step import own_step
from headrace._src.ops import hashing, printing, regex, string_joining, string_numbers, strings
from headrace._src.ops import unicode as characters
from headrace._src.ops.dispatch import serve
from headrace._src.ragged.elementwise import serve_unary, with_flat_values
from headrace._src.ragged.nn import check_same_rows
from headrace._src.ragged.ragged_tensor import RaggedTensor
from headrace._src.ragged.reductions import Fold, reduced

for _function in (
    characters.unicode_script,
    characters.unicode_transcode,
    hashing.to_hash_bucket,
    hashing.to_hash_bucket_fast,
    hashing.to_hash_bucket_strong,
    regex.regex_full_match,
    regex.regex_replace,
    string_numbers.as_string,
    string_numbers.to_number,
    strings.length,
    strings.lower,
    strings.strip,
    strings.upper,
):
    serve_unary(_function)


@serve(RaggedTensor, string_joining.join)
def join(inputs: Any, separator: str = "", name: str | None = None) -> Any:
    """The strings at the same places joined; those of a tensor go with the flat values."""
    ragged = [x for x in inputs if isinstance(x, RaggedTensor)]
    for other in ragged[1:]:
        check_same_rows(ragged[0], other)
    flat = [x.flat_values if isinstance(x, RaggedTensor) else x for x in inputs]
    return with_flat_values(ragged[0], string_joining.join(flat, separator, name))


@serve(RaggedTensor, string_joining.reduce_join)
def reduce_join(
    inputs: Any,
    axis: Any = None,
    keepdims: bool | None = False,
    separator: str = "",
    name: str | None = None,
) -> Any:
    """The strings along axes joined, those of the innermost axis first."""
    fold = Fold(
        lambda x, axis=None: string_joining.reduce_join(x, axis, False, separator),
        partial(string_joining.unsorted_segment_join, separator=separator),
    )
    return reduced(fold, inputs, axis, bool(keepdims))


# ---- as text -------------------------------------------------------------------------------------


def written(x: RaggedTensor, summarize: int) -> str:
    """A ragged tensor as `tf.print` and `tf.strings.format` write it: `[[1, 2], [], [3]]`.

    summarize: how many elements of a row are shown at each end; a negative number for all.
    """
    splits = [np.asarray(part) for part in x.nested_row_splits]
    is_string = x.dtype is dtypes.string
    flat = x.flat_values if is_string else string_numbers.as_string(x.flat_values)
    return _written(np.asarray(flat), splits, is_string, summarize)


def _written(flat: np.ndarray, splits: list[np.ndarray], is_string: bool, summarize: int) -> str:
    """The text of elements that are strings, of their own or made of numbers."""
    parts = [printing.decoded(value) for value in flat.reshape(-1).tolist()]
    if is_string:
        parts = [f"'{part}'" for part in parts]
    for size in reversed(flat.shape[1:]):
        count = len(parts) // size if size else 0
        parts = [_row(parts[i * size : (i + 1) * size], summarize) for i in range(count)]
    for cuts in reversed(splits):
        pairs = zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)
        parts = [_row(parts[start:limit], summarize) for start, limit in pairs]
    return _row(parts, summarize)


def _row(parts: list[str], summarize: int) -> str:
    if 0 <= 2 * summarize < len(parts):
        parts = [*parts[:summarize], "...", *parts[len(parts) - summarize :]]
    return f"[{', '.join(parts)}]"


@own_step("HeadraceRaggedText")
def ragged_text(machine: Any, node: Any, flat: Any, *splits: Any) -> np.ndarray:
    """The text of a ragged tensor when the graph runs."""
    if not machine.is_host:
        raise NotImplementedError("XLA has no strings")
    found = node.attributes["is_string"], node.attributes["summarize"]
    text = _written(machine.number(flat), [machine.number(part) for part in splits], *found)
    return np.array(text.encode(errors="surrogateescape"), object)


def _text_node(x: RaggedTensor, summarize: int) -> Tensor:
    graph = thread.context.graph
    is_string = x.dtype is dtypes.string
    flat = x.flat_values if is_string else string_numbers.as_string(x.flat_values)
    name = graph.unique_name("RaggedText")
    inputs = [graph.input(part, f"{name}/part") for part in (flat, *x.nested_row_splits)]
    attributes = {"is_string": is_string, "summarize": summarize}
    promised = [(dtypes.string, TensorShape([]))]
    return graph.add(ragged_text, inputs, attributes, promised, name).outputs[0]


def _line(parts: list, summarize: int) -> Tensor:
    """The text of a line when the graph runs: that of each part, joined."""

    def text(part: Any) -> Any:
        if isinstance(part, RaggedTensor):
            return _text_node(part, summarize)
        return part if isinstance(part, str) else printing.format_node([part], summarize)

    return string_joining.join([text(part) for part in parts])


printing.texts[RaggedTensor] = written
printing.lines[RaggedTensor] = _line
