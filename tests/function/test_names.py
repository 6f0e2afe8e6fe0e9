"""The nodes that results come from are called as in TensorFlow, wherever they once were.

names.tsv tells what TensorFlow calls them (tools/record_names.py). names_equal.txt lists the calls
that give the same names here, and only grows: `python -m tests.function.test_names` writes it anew.
A call that is not in it and has become equal fails too, so that the list stays true.

Read next: headrace/_src/engine/naming.py.
"""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

import headrace as tf
from headrace._src.core.dtypes import as_dtype
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.graph import Operation, SymbolicTensor
from tests.function.calls import NamedCall, calls

RECORD = Path(__file__).with_name("names.tsv")
EQUAL = Path(__file__).with_name("names_equal.txt")


@cache
def recorded() -> dict[str, list[str]]:
    """The output nodes' names in TensorFlow, by call."""
    found = {}
    for line in RECORD.read_text().splitlines()[1:]:
        name, title, outputs, _ = line.split("\t")
        found[f"{name} | {title}"] = outputs.split()
    return found


CALLS = {
    f"{call.name} | {call.title}": call
    for call in calls()
    if f"{call.name} | {call.title}" in recorded()
}


def traced(call: NamedCall) -> list[str]:
    """The names of the nodes that the result comes from."""
    variable = tf.Variable(call.inputs[-1]) if call.has_variable else None
    graph = FuncGraph("call")
    with graph.as_default():
        inputs: list[Any] = [
            graph.placeholder(as_dtype(dtype), array.shape, f"argument_{place}")
            for place, (array, dtype) in enumerate(zip(call.inputs, call.dtypes, strict=True))
        ]
        if variable is not None:
            inputs[-1] = variable
        return [name_of(leaf) for leaf in leaves(call.run(tf, inputs))]


def leaves(result: Any) -> list[Any]:
    if isinstance(result, IndexedSlices):
        return [result.values, result.indices]
    return tf.nest.flatten(result)


def name_of(leaf: Any) -> str:
    """The name of the node that made a tensor, or an operation's own; "-" of what has none."""
    if isinstance(leaf, Operation):
        return leaf.name
    return leaf.op.name if isinstance(leaf, SymbolicTensor) else "-"


def names(call: NamedCall) -> list[str]:
    """As `traced`; what cannot be traced has no names."""
    try:
        return traced(call)
    except Exception as error:  # other tests say what is wrong
        return [f"{type(error).__name__}: {error}"]


EQUAL_CALLS = set(EQUAL.read_text().splitlines()) if EQUAL.exists() else set()


@pytest.mark.parametrize("key", CALLS)
def test_the_output_nodes_are_called_as_in_tensorflow(key):
    found, wanted = names(CALLS[key]), recorded()[key]
    if key in EQUAL_CALLS:
        assert found == wanted
    else:
        assert found != wanted, "equal now: add it to names_equal.txt"


def test_every_listed_call_is_made():
    assert not EQUAL_CALLS - CALLS.keys()


def main() -> None:
    """Writes the list, and tells what differs."""
    equal = []
    for key, call in CALLS.items():
        found, wanted = names(call), recorded()[key]
        if found == wanted:
            equal.append(key)
        else:
            print(f"{key}\n    {' '.join(found)[:100]}\n    {' '.join(wanted)[:100]}")
    EQUAL.write_text("".join(f"{key}\n" for key in equal))
    print(f"{len(equal)} of {len(CALLS)}")


if __name__ == "__main__":
    main()
