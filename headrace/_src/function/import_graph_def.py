"""A message as a graph: the way back from GraphDef and FunctionDef.

Every node is made as a program would make it, by its op (engine/op.py) or its step
(engine/step.py), so shapes and dtypes are found anew and a message that makes no sense is refused
where it goes wrong. Messages list nodes in any order; here a node comes after what it takes and
what it waits for, and else in the order of the message.

Read next: function/graph_def.py, the way there.
"""

import pkgutil
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from inspect import Parameter
from typing import Any

from headrace._src import objects
from headrace._src.core.dtypes import DType, as_dtype, resource, variant
from headrace._src.core.shapes import TensorShape
from headrace._src.engine import op as ops
from headrace._src.engine import step as steps
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.graph import CONST, PLACEHOLDER, Graph, Operation
from headrace._src.engine.node import add_node, known_value
from headrace._src.function.attr_value import value_of
from headrace._src.function.graph_def import LIBRARY_NAME, layout
from headrace._src.function.protos import GraphDef
from headrace._src.objects import branches, custom_gradient, loops
from headrace._src.objects.custom_gradient import RULE
from headrace._src.objects.tensor_list import Element
from headrace._src.ops import raw

# What runs Python code of the process that wrote the graph.
_BOUND_TO_A_PROCESS = {"EagerPyFunc", "PyFunc", "PyFuncStateless"}


def from_graph_def(message: Any) -> Graph:
    """The graph that a GraphDef describes.

    message: ours, or the bytes of anybody's.

    Raises:
        NotImplementedError: headrace has no such op, which the message names.
        ValueError: an input is not there, or an op refuses what it gets.
    """
    graph = Graph()
    fill(graph, message)
    return graph


def function_from_graph_def(
    message: Any, inputs: Sequence[str], outputs: Sequence[str], name: str = "pruned"
) -> FuncGraph:
    """A function of some tensors of a GraphDef: from `inputs` to `outputs`, all by name ("x:0").

    What an input was made from is not part of the function. Raises as `from_graph_def`, and
    ValueError for a name that is not there.
    """
    message = parsed(message)
    graph = FuncGraph(name)
    with graph.as_default():
        given = {_full(each) for each in inputs}
        made = {node.name: node for node in message.node}
        _check(inputs, made, "inputs")
        _check(outputs, made, "outputs")
        library = Library(message.library)
        known: dict[str, Any] = {}
        for full in map(_full, inputs):
            node = made[full.rpartition(":")[0]]
            if node.op != "Placeholder":
                raise NotImplementedError(
                    f"The input {full!r} is made by a node of type {node.op}; only placeholders "
                    "can be inputs."
                )
            attributes = _decoded(node)
            known[full] = graph.placeholder(
                attributes["dtype"], attributes.get("shape", TensorShape(None)), node.name
            )
        needed = [node for node in message.node if f"{node.name}:0" not in given]
        _build(graph, needed, library, known, _of_graph)
        graph.outputs = [known[_full(each)] for each in outputs]
    return graph


def fill(graph: Graph, message: Any, prefix: str = "", given: dict[str, Any] | None = None) -> dict:
    """Adds the nodes of a GraphDef to a graph, their names after `prefix`.

    given: tensors to be used in place of the message's own, by their name there.

    Answers all tensors by their name in the message, and all operations.
    """
    message = parsed(message)
    known = {_full(name): tensor for name, tensor in (given or {}).items()}
    with graph.as_default():
        _build(graph, message.node, Library(message.library), known, _of_graph, prefix)
    return known


def parsed(message: Any) -> Any:
    """Our GraphDef, of our own, of bytes or of somebody else's message."""
    if isinstance(message, GraphDef):
        return message
    if not isinstance(message, bytes):
        message = message.SerializeToString()
    return GraphDef.FromString(message)


class Library:
    """The functions of a message, built when a node first calls them."""

    def __init__(self, message: Any) -> None:
        self._messages = {f.signature.name: f for f in message.function}
        self._graphs: dict[tuple[str, tuple], FuncGraph] = {}

    def __call__(self, name: str, given: Sequence[Any] = ()) -> FuncGraph:
        """The graph of a function, for arguments like `given`."""
        elements = tuple(getattr(tensor, "element", None) for tensor in given)
        if (name, elements) not in self._graphs:
            if name not in self._messages:
                raise ValueError(f"The GraphDef calls a function {name!r} that it does not hold.")
            made = from_function_def(self._messages[name], self, elements)
            self._graphs[name, elements] = made
        return self._graphs[name, elements]


def from_function_def(
    message: Any, library: "Library", elements: Sequence[Element | None] = ()
) -> FuncGraph:
    """The graph of a function; `library` answers those that it calls.

    elements: of each argument that is a list of tensors, what it holds.
    """
    signature = message.signature
    graph = FuncGraph(signature.name)
    graph.notes[LIBRARY_NAME] = signature.name
    with graph.as_default():
        known: dict[str, Any] = {}
        for place, argument in enumerate(signature.input_arg):
            told = message.arg_attr[place].attr if place in message.arg_attr else {}
            shape = TensorShape([] if argument.type == int(resource) else None)
            if "_output_shapes" in told:
                (shape,) = value_of(told["_output_shapes"]) or (shape,)
            label = argument.name
            if "_user_specified_name" in told:
                label = told["_user_specified_name"].s.decode() or label
            made = graph.placeholder(DType(argument.type), shape, label)
            made.element = elements[place] if elements else None
            known[argument.name] = made
        _build(graph, message.node_def, library, known, _of_function)
        graph.outputs = [known[message.ret[output.name]] for output in signature.output_arg]
    return graph


# ---- names of tensors ----------------------------------------------------------------------------


def _full(name: str) -> str:
    return name if ":" in name else f"{name}:0"


def _check(names: Sequence[str], made: dict[str, Any], what: str) -> None:
    for name in map(_full, names):
        if name.rpartition(":")[0] not in made:
            raise ValueError(f"Of the {what}, {name!r} is not in the GraphDef.")


def _of_graph(node: Operation) -> Iterator[tuple[str, Any]]:
    """What a graph calls the outputs of a node."""
    for i, tensor in enumerate(node.outputs):
        yield f"{i}", tensor


def _of_function(node: Operation) -> Iterator[tuple[str, Any]]:
    """What a function calls them."""
    for argument, places in layout(node.op.definition.outputs, len(node.outputs), node):
        for i in places:
            yield f"{argument.name}:{i - places.start}", node.outputs[i]


# ---- nodes ---------------------------------------------------------------------------------------


def _build(
    graph: Graph,
    messages: Sequence[Any],
    library: Library,
    known: dict[str, Any],
    naming: Callable[[Operation], Iterator[tuple[str, Any]]],
    prefix: str = "",
) -> None:
    """Makes the nodes and adds their outputs to `known`; nodes themselves as "^name"."""
    _load()
    for message in _in_order(messages, known):
        inputs = []
        for name in (n for n in message.input if n[0] != "^"):
            full = _full(name) if naming is _of_graph else name
            if full not in known:
                raise ValueError(f"The node {message.name!r} takes {name!r}, which is not there.")
            inputs.append(known[full])
        controls = [known[n] for n in message.input if n[0] == "^" and n in known]
        before, graph.controls = graph.controls, controls
        try:
            node = _made(graph, message, f"{prefix}{message.name}", inputs, library)
        finally:
            graph.controls = before
        if message.device:
            node.device = message.device
        known[f"^{message.name}"] = node
        for name, tensor in naming(node):
            known.setdefault(f"{message.name}:{name}", tensor)


@cache
def _load() -> None:
    """Imports every file that may hold an op or a step."""
    raw.load()
    for found in pkgutil.iter_modules(objects.__path__, f"{objects.__name__}."):
        import_module(found.name)


def _in_order(messages: Sequence[Any], known: dict[str, Any]) -> list[Any]:
    """The nodes, each after those that it takes and waits for."""
    by_name = {message.name: message for message in messages}
    found: dict[str, Any] = {}
    for first in messages:
        # Depth first, without recursion: graphs are deep.
        path = [(first, iter(first.input))]
        above = {first.name}
        while path:
            message, rest = path[-1]
            name = next(rest, None)
            if name is None:
                path.pop()
                above.discard(message.name)
                found.setdefault(message.name, message)
                continue
            needed = name.lstrip("^").split(":")[0]
            if needed in found or needed not in by_name or _full(name) in known:
                continue
            if needed in above:
                raise NotImplementedError(
                    f"The nodes around {needed!r} form a loop, as in TensorFlow 1; headrace "
                    "imports loops as `While` nodes only."
                )
            above.add(needed)
            path.append((by_name[needed], iter(by_name[needed].input)))
    return list(found.values())


def _made(graph: Graph, message: Any, name: str, inputs: list, library: Library) -> Operation:
    """The node that a NodeDef describes."""
    kind = message.op
    if kind in _BOUND_TO_A_PROCESS:
        raise NotImplementedError(
            f"The node {message.name!r} ({kind}) calls a Python function of the process that wrote "
            "the GraphDef; it cannot be imported."
        )
    unique = graph._unique(name)
    is_of_lists = any(tensor.dtype is variant for tensor in inputs)
    if kind in ops.registry and not (is_of_lists and kind in steps.registry):
        return _of_op(graph, ops.registry[kind], inputs, _decoded(message), unique)
    if kind not in steps.registry:
        raise NotImplementedError(
            f"headrace has no op {kind!r}, which the node {message.name!r} of the GraphDef needs. "
            "docs/coverage.md lists what works and what is absent."
        )
    if kind in ("If", "StatelessIf", "Case", "StatelessCase"):
        return _branch(message, inputs, library, unique)
    if kind in ("While", "StatelessWhile"):
        return _loop(message, inputs, library, unique)
    return _of_step(graph, steps.registry[kind], message, inputs, library, unique)


def _branch(message: Any, inputs: list, library: Library, name: str) -> Operation:
    attributes = _decoded(message, lambda called: library(called, inputs[1:]))
    is_if = "branches" not in attributes
    graphs = attributes.get("branches") or (attributes["then_branch"], attributes["else_branch"])
    places = [range(len(inputs) - 1)] * len(graphs)
    return branches.make(inputs[0], list(graphs), name, is_if, inputs[1:], places)


def _loop(message: Any, inputs: list, library: Library, name: str) -> Operation:
    attributes = _decoded(message, lambda called: library(called, inputs))
    body = attributes["body"]
    shapes = attributes.get("output_shapes")
    if not shapes:
        pairs = zip(inputs, body.outputs, strict=True)
        shapes = [one.shape.most_specific_compatible_shape(other.shape) for one, other in pairs]
    return loops.make(attributes["cond"], body, inputs, shapes, name)


def _of_step(
    graph: Graph, step: Any, message: Any, inputs: list, library: Library, name: str
) -> Operation:
    attributes = _decoded(message, lambda called: library(called, inputs))
    answered: list[Any] = []
    if step is CONST:
        array, dtype = attributes["value"]
        attributes = {"value": array, "dtype": dtype}
        outputs = [(dtype, TensorShape(array.shape))]
    elif step is PLACEHOLDER:
        shape = attributes.get("shape", TensorShape(None))
        attributes = {"dtype": attributes["dtype"], "shape": shape}
        outputs = [(attributes["dtype"], shape)]
    elif step is custom_gradient.identity_n:
        outputs = [(tensor.dtype, tensor.shape) for tensor in inputs]
    elif "f" in attributes:
        answered = attributes["f"].outputs
        outputs = [(tensor.dtype, tensor.shape) for tensor in answered]
    else:
        if step.name == "TensorListReserve":
            attributes.setdefault("grows", True)
        outputs = _outputs(step.definition, attributes)
    node = graph.add(step, inputs, attributes, outputs, name)
    for i, tensor in enumerate(node.outputs):
        if tensor.dtype is variant:
            tensor.element = answered[i].element if answered else _element(node)
    if step.name == "TensorListStack":
        _known_shape(node)
    return node


def _element(node: Operation) -> Element:
    """What the list that a node answers holds: what its input does, or what it is made for."""
    if node.inputs and node.inputs[0].dtype is variant:
        return node.inputs[0].element
    if node.type == "TensorListFromTensor":
        rows = node.inputs[0].shape
        shape = rows[1:] if rows.rank else TensorShape(None)
    else:
        shape = _told(node.inputs[0])
    dtype = node.attributes["element_dtype"]
    if dtype is variant:
        raise NotImplementedError(
            f"The node {node.name!r} ({node.type}) makes a list of lists; what these hold, a "
            "GraphDef does not tell."
        )
    return Element(dtype, shape)


def _told(sizes: Any) -> TensorShape:
    """The shape that a list is told of its elements: a vector of sizes; -1 for what is unknown."""
    known = known_value(sizes)
    if known is None or not known.ndim:
        return TensorShape(None)
    return TensorShape([None if n < 0 else n for n in known.tolist()])


def _known_shape(stack: Operation) -> None:
    """The shape of stacked elements, as far as it is known."""
    inner = stack.inputs[0].element.shape.merge_with(_told(stack.inputs[1]))
    count = stack.attributes.get("num_elements", -1)
    if inner.rank is not None:
        first = TensorShape([None if count < 0 else count])
        stack.outputs[0].set_shape(first.concatenate(inner))


def _of_op(graph: Graph, op: Any, inputs: list, attributes: dict, name: str) -> Operation:
    given: list[Any] = []
    for argument, places in layout(op.definition.inputs, len(inputs), None, attributes):
        here = [inputs[i] for i in places]
        given.append(here if argument.count else here[0])
    missing = [
        a for a in op.attributes if a not in attributes and op.attributes[a] is Parameter.empty
    ]
    if missing:
        raise ValueError(f"The node {name!r} ({op.name}) lacks the attribute {missing[0]!r}.")
    values = tuple(attributes.get(a, default) for a, default in op.attributes.items())
    add_node(op, tuple(given), values, f"{name}/")
    return graph.get_operations()[-1]


def _no_function(name: str) -> Any:
    raise ValueError(f"An op that calls no function has an attribute that names one: {name!r}")


def _decoded(message: Any, graph_of: Callable[[str], Any] = _no_function) -> dict[str, Any]:
    """The attributes by name, without TensorFlow's remarks (those that begin with "_")."""
    return {
        name.removeprefix("_headrace_"): value_of(value, graph_of)
        for name, value in message.attr.items()
        if not name.startswith("_") or name.startswith(("_headrace_", RULE))
    }


def _outputs(definition: Any, attributes: dict) -> list[tuple[DType, TensorShape]]:
    """What the registry's entry and the attributes tell of a step's outputs."""
    found = []
    for argument in definition.outputs:
        kind = attributes.get(argument.type, argument.type)
        if argument.count == "*":
            found += [as_dtype(each) for each in kind]
        else:
            times = attributes[argument.count] if argument.count else 1
            found += [as_dtype(kind)] * times
    unknown = TensorShape(None)
    return [(dtype, TensorShape([]) if dtype is variant else unknown) for dtype in found]
