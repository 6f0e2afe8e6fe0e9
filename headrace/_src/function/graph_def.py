"""A graph as a message: what `tf.Graph.as_graph_def()` and `ConcreteFunction.function_def` answer.

Nodes and messages say the same in almost the same words. What differs: a node's inputs are tensors
there and names here; all attributes of the registry's entry are written, those that the engine does
without being read off the inputs; and a graph that a node calls becomes a function of the library,
where inputs and outputs have names of their own.

One thing must be added. Headrace runs what has a state in the order of the nodes; TensorFlow runs
whatever is ready. So in a function every stateful node waits for the one before it.

Read next: function/import_graph_def.py, the way back.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from headrace._src.core import version
from headrace._src.core.dtypes import DType, resource
from headrace._src.core.shapes import TensorShape
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.graph import Graph, Operation, SymbolicTensor
from headrace._src.engine.opdef import Argument
from headrace._src.engine.schedule import is_stateful
from headrace._src.function.attr_value import attr_value
from headrace._src.function.protos import FunctionDef, GraphDef, NodeDef
from headrace._src.objects.custom_gradient import RULE
from headrace._src.proto.tensor import tensor_proto

# The key in a graph's notes under which it keeps the name that a library gave it.
LIBRARY_NAME = "library name"


def graph_def(graph: Graph, add_shapes: bool = False) -> Any:
    """The graph as a GraphDef, with all functions that it calls.

    add_shapes: whether each node tells the shapes of its outputs, in the attribute
        "_output_shapes".

    Raises NotImplementedError for a node that means nothing outside of this process.
    """
    message = GraphDef()
    message.versions.producer = version.GRAPH_DEF_VERSION
    library = Library(graph)
    after = _order(graph)
    for node in graph.get_operations():
        made = message.node.add()
        made.CopyFrom(node_def(node, after.get(node), library))
        if add_shapes and node.outputs:
            shapes = [tensor.shape for tensor in node.outputs]
            made.attr["_output_shapes"].CopyFrom(attr_value("list(shape)", shapes))
    for (inner, interface), name in library.names.items():
        message.library.function.append(function_def(inner, name, interface, library))
    return message


def node_def(
    node: Operation, after: Operation | None = None, library: "Library | None" = None
) -> Any:
    """A node as a NodeDef.

    after: a node that it has to wait for besides its control inputs. library: names the graphs that
        it calls.
    """
    message = NodeDef(name=node.name, op=node.type, device=node.device)
    message.input.extend(_tensor_name(tensor) for tensor in node.inputs)
    message.input.extend(_controls(node, after))
    _write_attributes(message, node, library or Library(node.graph))
    return message


def function_def(
    graph: FuncGraph,
    name: str | None = None,
    interface: "Interface | None" = None,
    library: "Library | None" = None,
) -> Any:
    """The graph of a function as a FunctionDef; `name` is what the library calls it."""
    if any(tensor is None for tensor in graph.outputs):
        raise NotImplementedError(
            f"The graph {graph.name!r} is a branch of a forward program that a gradient has asked "
            "to answer more than the other branches; it cannot be written into a GraphDef. Write "
            "the graph of the function that was not differentiated."
        )
    library = library or Library(graph)
    interface = interface or Interface.of(graph)
    message = FunctionDef()
    signature = message.signature
    signature.name = name or function_name(graph)
    inside = graph.all_inputs()
    taken = {node.name for node in graph.get_operations()} - {t.op.name for t in inside}
    names: dict[Operation, str] = {}
    arguments = []
    for place, (positions, dtype) in enumerate(interface.arguments):
        tensors = [inside[i] for i in positions]
        label = tensors[0].op.name if tensors else f"unused_{place}"
        argument = _argument(label, taken)
        arguments.append(argument)
        names.update((tensor.op, argument) for tensor in tensors)
        signature.input_arg.add(name=argument, type=int(dtype))
        told = message.arg_attr[place].attr
        told["_user_specified_name"].s = label.encode()
        if tensors and dtype is not resource:
            told["_output_shapes"].CopyFrom(attr_value("list(shape)", [tensors[0].shape]))
    message.attr["_construction_context"].s = b"kEagerRuntime"

    after = _order(graph)
    for node in graph.get_operations():
        if node in names:
            continue
        made = message.node_def.add()
        made.CopyFrom(node_def(node, None, library))
        del made.input[:]
        made.input.extend(_name_inside(tensor, names) for tensor in node.inputs)
        controls = _controls(node, after.get(node))
        made.input.extend(c for c in controls if c[1:] not in {n.name for n in names})
        if is_stateful(node):
            signature.is_stateful = True
            signature.control_output.append(node.name)
            message.control_ret[node.name] = node.name
    answered: set[str] = set()
    for tensor in graph.outputs:
        output = _argument(tensor.op.name, answered)
        signature.output_arg.add(name=output, type=int(tensor.dtype))
        message.ret[output] = _name_inside(tensor, names)
    for place in interface.passed:
        output = _argument(arguments[place], answered)
        signature.output_arg.add(name=output, type=int(interface.arguments[place][1]))
        message.ret[output] = arguments[place]
    return message


# ---- functions -----------------------------------------------------------------------------------


class Interface(NamedTuple):
    """How a message calls a graph, which may be wider than the graph itself.

    A node gives each of its graphs what this one uses. In a message all graphs of a node take all
    that the node takes, and the body of a loop answers all of it.

    arguments: for each argument the inputs of the graph that it is for (positions, mostly one, none
        where the graph does not use it), and its dtype.
    passed: the arguments that are answered as they came, after the graph's own outputs.
    """

    arguments: tuple[tuple[tuple[int, ...], DType], ...]
    passed: tuple[int, ...] = ()

    @classmethod
    def of(cls, graph: FuncGraph) -> "Interface":
        """That of a graph which is called with just what it takes."""
        return cls(tuple(((i,), t.dtype) for i, t in enumerate(graph.all_inputs())))


def interfaces(node: Operation) -> Iterator[tuple[FuncGraph, Interface]]:
    """The graphs that a node runs, and how its message calls them."""
    layout_of = getattr(node.op, "layout", None)
    if layout_of is None:
        return
    first = 0 if node.op.definition.inputs[0].count else 1  # after the index of a branch
    given = node.inputs[first:]
    for graph, places in layout_of(node):
        positions: list[list[int]] = [[] for _ in given]
        for position, place in enumerate(places):
            positions[place - first].append(position)
        arguments = tuple((tuple(p), t.dtype) for p, t in zip(positions, given, strict=True))
        is_body = node.attributes.get("body") is graph
        yield graph, Interface(arguments, tuple(range(len(node.outputs), len(given))) * is_body)


class Library:
    """The functions that a graph calls, and those that these call, with their names.

    names: by graph and interface, in the order in which they are met.
    """

    def __init__(self, graph: Graph) -> None:
        self.names: dict[tuple[FuncGraph, Interface], str] = {}
        rest = [graph]
        while rest:
            for node in rest.pop().get_operations():
                for inner, interface in interfaces(node):
                    if (inner, interface) not in self.names:
                        times = sum(known is inner for known, _ in self.names)
                        suffix = f"_{times}" if times else ""
                        self.names[inner, interface] = function_name(inner) + suffix
                        rest.append(inner)

    def __call__(self, node: Operation, graph: FuncGraph) -> str:
        """What a node calls one of its graphs."""
        return next(self.names[found] for found in interfaces(node) if found[0] is graph)


def function_name(graph: FuncGraph) -> str:
    """What a library calls a graph: its name, told apart from all others of this process."""
    if LIBRARY_NAME in graph.notes:
        return graph.notes[LIBRARY_NAME]
    plain = re.sub(r"\W", "_", graph.name)
    return f"__inference_{plain}_{graph.serial}"


# ---- inputs --------------------------------------------------------------------------------------


def _tensor_name(tensor: SymbolicTensor) -> str:
    """A tensor as a node's input: the first output of a node goes without its number."""
    return tensor.name if tensor.value_index else tensor.op.name


def _name_inside(tensor: SymbolicTensor, arguments: dict[Operation, str]) -> str:
    """A tensor inside a function: an argument, or `node:output:place in that output`."""
    node = tensor.op
    if node in arguments:
        return arguments[node]
    for argument, places in layout(node.op.definition.outputs, len(node.outputs), node):
        if tensor.value_index in places:
            return f"{node.name}:{argument.name}:{tensor.value_index - places.start}"
    raise AssertionError(f"{node.type} has no output {tensor.value_index}")


def _controls(node: Operation, after: Operation | None) -> list[str]:
    found = dict.fromkeys(f"^{control.name}" for control in node.control_inputs)
    if after is not None and all(tensor.op is not after for tensor in node.inputs):
        found[f"^{after.name}"] = None
    return list(found)


def _order(graph: Graph) -> dict[Operation, Operation]:
    """For each stateful node of a function the stateful one before it."""
    if not graph.building_function:
        return {}
    stateful = [node for node in graph.get_operations() if is_stateful(node)]
    return dict(zip(stateful[1:], stateful))


def _argument(name: str, taken: set[str]) -> str:
    """A name of a function's argument: small letters, digits and underscores, not yet taken."""
    plain = re.sub(r"[^a-z0-9_]", "_", name.lower())
    if not plain[:1].isalpha():
        plain = f"arg_{plain}" if plain else "arg"
    unique, number = plain, 1
    while unique in taken:
        unique, number = f"{plain}_{number}", number + 1
    taken.add(unique)
    return unique


def layout(
    arguments: Sequence[Argument], count: int, node: Any, attributes: dict | None = None
) -> list[tuple[Argument, range]]:
    """Which of `count` tensors are which of an op's inputs or outputs.

    A list is as long as its attribute says, or as it must be for all to fit.
    """
    attributes = node.attributes if attributes is None else attributes
    lengths: list[int | None] = []
    for argument in arguments:
        length: Any = 1
        if argument.count == "*":
            length = attributes.get(argument.type)
            length = None if length is None else len(length)
        elif argument.count:
            length = attributes.get(argument.count)
        lengths.append(length)
    rest = count - sum(length or 0 for length in lengths)
    found, start = [], 0
    for argument, length in zip(arguments, lengths, strict=True):
        if length is None or (argument.count and rest):
            length, rest = (length or 0) + rest, 0
        found.append((argument, range(start, start + length)))
        start += length
    return found


# ---- attributes ----------------------------------------------------------------------------------


def _write_attributes(message: Any, node: Operation, library: Library) -> None:
    """All attributes of the registry's entry."""
    definition = node.op.definition
    derived = _derived(node)
    for name, (kind, default, _) in definition.attrs.items():
        value = derived.get(name, node.attributes.get(name))
        value = default if value is None else value
        if kind == "tensor":
            if node.type == "Const":
                value = tensor_proto(node.attributes["value"], node.outputs[0].dtype)
            else:
                value = node.attributes.get(name)
        if kind == "shape" and isinstance(value, dict):
            value = TensorShape(value["shape"])
        if value is None and kind != "shape":
            continue  # TensorFlow's own default, or an attribute that only other machines ask for
        try:
            message.attr[name].CopyFrom(attr_value(kind, value, lambda g: library(node, g)))
        except (TypeError, ValueError) as error:
            raise NotImplementedError(
                f"The attribute {name!r} of the node {node.name!r} ({node.type}) cannot be written "
                f"into a GraphDef as {kind}: {value!r} ({error})"
            ) from None
    rule = node.attributes.get(RULE)
    if "rule" in node.attributes:  # a Python function, by tf.custom_gradient
        rule = f"CustomGradient-{id(node.attributes['rule'])}"
    if rule:
        message.attr[RULE].s = rule.encode()
    for name in OWN_ATTRIBUTES & node.attributes.keys():
        message.attr[f"_headrace_{name}"].b = node.attributes[name]


# What our steps know and the registry does not; TensorFlow skips what begins with "_".
OWN_ATTRIBUTES = {"grows"}


def _derived(node: Operation) -> dict[str, Any]:
    """The attributes that the tensors of a node tell: dtypes, and how long the lists are."""
    definition = node.op.definition
    found: dict[str, Any] = {}
    # The inputs last: a loop answers less here than in the message, where it also passes on what
    # its graphs capture.
    sides = ((definition.outputs, node.outputs), (definition.inputs, node.inputs))
    for arguments, tensors in sides:
        for argument, places in layout(arguments, len(tensors), node):
            here = [tensors[i].dtype for i in places]
            if argument.count == "*":
                found[argument.type] = tuple(here)
                continue
            if argument.count:
                found[argument.count] = len(here)
            if argument.type in definition.attrs and here:
                found[argument.type] = here[0]
    if "output_shapes" in definition.attrs:
        passed = node.inputs[len(node.outputs) :] if "body" in definition.attrs else []
        found["output_shapes"] = tuple(tensor.shape for tensor in [*node.outputs, *passed])
    return found
