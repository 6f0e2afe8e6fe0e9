"""A text with tensors in it: `tf.strings.format`.

The one idea: the text is cut at its placeholders, and between the pieces stand the tensors as
`tf.print` writes them.

Read next: printing.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import string
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Readable, Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.forms import form
from headrace._src.ops.printing import format_node, lines, string_format, texts, written_value
from headrace._src.ops.strings import word


def format(
    template: str, inputs: Any, placeholder: str = "{}", summarize: int = 3, name: str | None = None
) -> Tensor:
    """A string with tensors in the places of `placeholder`, written as by `tf.print`.

    inputs: a tensor, or a list or tuple of them, one for each place. summarize: how many elements
    of an axis are shown at each end; -1 for all.

    >>> tf.strings.format("x: {}, y: {}", (tf.range(9), tf.constant("a"))).numpy()
    b'x: [0 1 2 ... 6 7 8], y: "a"'

    Raises ValueError where there are not as many places as tensors. Op: StringFormat.
    """
    if isinstance(inputs, (Tensor, Readable)) or hasattr(type(inputs), "_type_spec"):
        inputs = [inputs]
    count = template.count(placeholder)
    if count != len(inputs):
        raise ValueError(
            f"The template expects {count} tensors, but the inputs only has {len(inputs)}. Please "
            "ensure the number of placeholders in template matches inputs length."
        )
    if type(summarize) is not int:
        raise TypeError(f"Expected int for argument 'summarize' not {summarize!r}.")
    if thread.context.graph is not None:
        if not isinstance(inputs, (list, tuple)):
            raise TypeError(
                f"Expected list for 'inputs' argument to 'StringFormat' Op, not {inputs}."
            )
        return _format_node(template, inputs, placeholder, summarize, name)
    pieces = template.split(placeholder)
    filled = [
        text
        for pair in zip(pieces, [*(written_value(v, summarize) for v in inputs), ""], strict=True)
        for text in pair
    ]
    return EagerTensor(np.array("".join(filled).encode(errors="surrogateescape"), object), string)


@form("StringFormat")
def _(
    inputs: list[Tensor],
    template: Any = "%s",
    placeholder: Any = "%s",
    summarize: int = 3,
    name: str | None = None,
) -> Tensor:
    """A string with tensors in the places of `placeholder`."""
    return format(word(template), inputs, word(placeholder), summarize, name)


def _format_node(
    template: str, inputs: list | tuple, placeholder: str, summarize: int, name: str | None
) -> Tensor:
    graph = thread.context.graph
    if any(type(value) in lines for value in inputs):
        first, *rest = template.split(placeholder)
        parts = [part for pair in zip(inputs, rest, strict=True) for part in pair]
        return format_node([first, *parts], summarize)
    for value in inputs:
        if type(value) in texts:
            raise NotImplementedError(
                f"tf.strings.format: headrace cannot write a {type(value).__name__} inside a "
                "tf.function yet. Write its parts."
            )
    tensors = [_convertible(value) for value in inputs]
    if any(t is None for t in tensors):
        kinds = ["<NOT CONVERTIBLE TO TENSOR>" if t is None else t.dtype.name for t in tensors]
        raise TypeError(
            "Tensors in list passed to 'inputs' of 'StringFormat' Op have types "
            f"[{', '.join(kinds)}] that are invalid. Tensors: {inputs}"
        )
    node_name = graph.unique_name(name or "StringFormat")
    return graph.add(
        string_format,
        [graph.input(t, f"{node_name}/inputs_{i}") for i, t in enumerate(tensors)],
        {
            "T": [t.dtype for t in tensors],
            "template": template,
            "placeholder": placeholder,
            "summarize": summarize,
        },
        [(string, TensorShape([]))],
        node_name,
    ).outputs[0]


def _convertible(value: Any) -> Any:
    """`value` as a tensor, or None."""
    try:
        return convert(value)
    except (TypeError, ValueError):
        return None
