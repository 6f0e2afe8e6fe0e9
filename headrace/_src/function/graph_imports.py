"""`tf.graph_util.import_graph_def`: the nodes of a GraphDef in the graph that is being built.

Read next: function/import_graph_def.py, which makes the nodes.
"""

from collections.abc import Mapping
from typing import Any

from headrace._src.core.context import thread
from headrace._src.engine.convert import convert_to_tensor
from headrace._src.engine.graph import Graph


def import_graph_def(
    graph_def: Any,
    input_map: Any = None,
    return_elements: Any = None,
    name: str | None = None,
    op_dict: Any = None,
    producer_op_list: Any = None,
) -> list[Any] | None:
    """The nodes of a GraphDef, added to the current graph.

    graph_def: a GraphDef message. input_map: tensors to be used in place of the message's own, by
    their name there, "x:0" or "x". return_elements: names of operations ("y") and tensors ("y:0")
    of the message. name: what their names get as a prefix; "import" by default, "" for none.
    op_dict: ignored, in TensorFlow too. In eager mode the graph is a new one.

    Answers what `return_elements` names as a list, or None.

    >>> graph = tf.Graph()
    >>> with graph.as_default():
    ...     y = tf.constant(2., name="x") * 3.
    >>> @tf.function
    ... def tripled(x):
    ...     message = graph.as_graph_def()
    ...     return tf.graph_util.import_graph_def(message, {"x:0": x}, ["mul:0"])[0]
    >>> tripled(tf.constant(5.)).numpy()
    np.float32(15.0)

    Raises:
        NotImplementedError: headrace lacks an op of the message, or `producer_op_list` is given.
        TypeError: `graph_def` is no message, or `input_map` no dictionary.
        ValueError: a name is not there.
    """
    from headrace._src.function.import_graph_def import fill, parsed

    del op_dict
    if producer_op_list is not None:
        raise NotImplementedError(
            "tf.graph_util.import_graph_def: headrace has no `producer_op_list` yet."
        )
    if not hasattr(graph_def, "SerializeToString"):
        raise TypeError("Argument `graph_def` must be a GraphDef proto.")
    if not isinstance(input_map or {}, Mapping):
        raise TypeError(
            f"Argument `input_map` must be a dictionary. Obtained {type(input_map).__name__}"
        )
    message = parsed(graph_def)
    nodes = {node.name for node in message.node}
    unknown = [key for key in input_map or {} if key.partition(":")[0] not in nodes]
    if unknown:
        raise ValueError(
            "Attempted to map inputs that were not found in graph_def: "
            f"[{', '.join(f'{key}' if ':' in key else f'{key}:0' for key in unknown)}]"
        )
    wanted = list(return_elements or ())
    graph: Any = thread.context.graph or Graph()
    with graph.name_scope("import" if name is None else name) as prefix, graph.as_default():
        given = {}
        if input_map:
            with graph.name_scope(f"{prefix}_inputs/"):
                for key, value in input_map.items():
                    given[key] = graph.input(convert_to_tensor(value), "input")
        known = fill(graph, message, prefix, given)
    found = [_element(each, known, nodes) for each in wanted]
    return found if return_elements is not None else None


def _element(name: str, known: dict[str, Any], nodes: set[str]) -> Any:
    """The operation or tensor of a name in the message."""
    node, colon, place = name.partition(":")
    if node not in nodes:
        kind = "tensor" if colon else "node"
        raise ValueError(f"Requested return {kind} '{name}' not found in graph def")
    operation = known[f"^{node}"]
    if not colon:
        return operation
    if not place.isdigit() or int(place) >= len(operation.outputs):
        raise ValueError(
            f"Invalid return output {place} of node '{node}', which has "
            f"{len(operation.outputs)} output(s)"
        )
    return operation.outputs[int(place)]
