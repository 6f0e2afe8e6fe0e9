"""Records how the real TensorFlow names the nodes of a graph, for tests/function/names.tsv.

Run it in an environment with TensorFlow, from the repository's root:

    TF_ENABLE_ONEDNN_OPTS=0 PYTHONPATH=. python tools/record_names.py

The one idea: a name is a fact that anybody can see who traces a function. Each line of the file is
one call of a public function (tests/function/calls.py): its public name, what tells the call apart,
the nodes that its result comes from, and all nodes it made, in order, as `name=OpType`; a name that
is the op's type stands alone. Placeholders and what `tf.function` adds are left out. Of a
function's calls those whose nodes are called alike stand for each other.

Read next: tools/scopes.py, which makes a table of it, and tests/function/test_names.py.
"""

import pathlib
import sys

import numpy as np
import tensorflow as tf

from tests.function.calls import NamedCall, calls

OUT = pathlib.Path(__file__).parents[1] / "tests" / "function" / "names.tsv"


def traced(call: NamedCall) -> tuple[list[str], list[tuple[str, str]]]:
    """The names of the result's nodes, and name and type of all nodes that the call made."""
    seen: dict[str, list] = {}
    variable = tf.Variable(call.inputs[-1]) if call.has_variable else None

    def function(*tensors):
        graph = tf.compat.v1.get_default_graph()
        before = len(graph.get_operations())
        inputs = [*tensors, variable] if call.has_variable else list(tensors)
        result = call.run(tf, inputs)
        seen["nodes"] = [(op.name, op.type) for op in graph.get_operations()[before:]]
        leaves = tf.nest.flatten(result, expand_composites=True)
        seen["outputs"] = [node_of(leaf) for leaf in leaves]

    specs = [
        tf.TensorSpec(array.shape, dtype, f"argument_{place}")
        for place, (array, dtype) in enumerate(zip(call.inputs, call.dtypes))
    ]
    if call.has_variable:
        specs.pop()
    tf.function(function, autograph=False).get_concrete_function(*specs)
    return seen["outputs"], seen["nodes"]


def node_of(leaf) -> str:
    """The name of the node that made a tensor, or an operation's own; "-" of what has none."""
    if isinstance(leaf, tf.Operation):
        return leaf.name
    return leaf.op.name if tf.is_tensor(leaf) and hasattr(leaf, "op") else "-"


def written(name: str, kind: str) -> str:
    return name if name == kind else f"{name}={kind}"


def main() -> None:
    """Writes the file."""
    lines, failed = ["name\tcall\toutputs\tnodes"], []
    seen = set()
    for call in calls():
        np.random.seed(0)
        try:
            outputs, nodes = traced(call)
        except Exception as error:  # whatever a call of a foreign library may raise
            failed.append(f"{call.name} {call.title}: {type(error).__name__}: {error}")
            continue
        words = " ".join(written(*node) for node in nodes)
        if (call.name, words) not in seen:
            seen.add((call.name, words))
            lines.append(f"{call.name}\t{call.title}\t{' '.join(outputs)}\t{words}")
    OUT.write_text("\n".join(lines) + "\n")
    print(f"{len(lines) - 1} calls, {OUT.stat().st_size} bytes: {OUT}")
    print("not traced:", *failed, sep="\n  ", file=sys.stderr)


if __name__ == "__main__":
    main()
