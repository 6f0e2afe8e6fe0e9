"""Loops in graphs: `While`, a node with a graph for the condition and one for the body.

Its inputs are the loop variables, of which the first two count the iterations and bound them, and
then what condition and body capture; its outputs are the loop variables at the end.

The gradient is a loop too, of as many iterations, counted down. What an iteration of the way back
needs of the one of the way there, the forward body pushes onto lists (objects/tensor_list.py),
which become further loop variables of the forward loop, and the backward body pops. What the body
captures gets the sum of the gradients of all iterations. Nothing here needs to know how often the
loop will run; where that is known, the lists have just the room they need.

Read next: objects/tensor_list.py.
"""

from collections.abc import Callable, Sequence
from typing import Any

from headrace._src.core import nest
from headrace._src.core.context import thread
from headrace._src.core.dtypes import bool as bool_
from headrace._src.core.dtypes import int32
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import TensorSpec, TypeSpec
from headrace._src.core.tensor import Readable
from headrace._src.engine.call import call
from headrace._src.engine.convert import convert, in_graph
from headrace._src.engine.derive import (
    backward_of,
    copied,
    differentiable,
    is_of,
    packed,
    sources_of,
)
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.gradient import accumulated, dense, zeros_for
from headrace._src.engine.graph import Operation, SymbolicTensor
from headrace._src.engine.node import known_value
from headrace._src.engine.schedule import has_effects, written
from headrace._src.engine.step import Step, step
from headrace._src.objects.graph_array import TensorArray
from headrace._src.objects.list_products import factors, total
from headrace._src.objects.state import read_variable
from headrace._src.objects.tensor_list import (
    Slots,
    element_of,
    make_empty,
    pop,
    push,
    reserve,
    set_item,
)
from headrace._src.objects.trace import trace
from headrace._src.ops.compare import less, logical_and

# The loop variables that every loop has: how many iterations there were, and how many may be.
_OWN = 2


def loop(
    cond: Callable,
    body: Callable,
    loop_vars: Any,
    shape_invariants: Any,
    maximum_iterations: Any,
    name: str,
    told: str = "",
) -> Any:
    """What `body` ends with, as a node of the graph that is being built.

    told: whose loop it is, in errors: "" for `tf.while_loop`, which speaks of tensors, or
        "autograph", which speaks of variables.
    """
    outer = thread.context.graph
    node_name = outer.unique_name(name)
    flat = [
        in_graph(_tensor(outer, x), "Const")
        for x in nest.flatten(loop_vars, expand_composites=True)
    ]
    shapes, kept = _invariants(flat, loop_vars, shape_invariants)
    most = -1 if maximum_iterations is None else maximum_iterations
    limit = outer.input(convert(most, int32), f"{node_name}/maximum_iterations")
    counter = outer.input(convert(0), f"{node_name}/loop_counter")
    inits = [counter, limit, *(outer.input(x, f"{node_name}/loop_var") for x in flat)]
    all_shapes = [TensorShape([]), TensorShape([]), *shapes]
    scope = f"{node_name}/"

    def placeholders(graph: FuncGraph) -> list[SymbolicTensor]:
        made = []
        for i, (x, shape) in enumerate(zip(inits, all_shapes, strict=True)):
            label = ("loop_counter", "maximum_iterations")[i] if i < _OWN else "Placeholder"
            made.append(graph.placeholder(x.dtype, shape, f"{scope}{label}"))
            made[-1].element = x.element
        return made

    def structured(made: list[SymbolicTensor]) -> list[Any]:
        return list(nest.pack_sequence_as(kept, made[_OWN:], expand_composites=True))

    def test(*made: Any) -> Any:
        holds = cond(*structured(list(made)))
        holds = convert(holds)
        if maximum_iterations is not None:
            holds = logical_and(less(made[0], made[1]), holds)
        return holds

    def advance(*made: Any) -> list[Any]:
        result = body(*structured(list(made)))
        result = _checked_structure(result, loop_vars)
        flat = nest.flatten(result, expand_composites=True)
        values = [
            x._read() if isinstance(x, Readable) else _of_dtype(x, p)
            for x, p in zip(flat, made[_OWN:], strict=True)
        ]
        return [made[0] + 1, made[1], *values]

    def arguments(graph: FuncGraph) -> Any:
        return placeholders(graph), {}

    stem = node_name.replace("/", "_")
    condition = trace(test, f"{stem}_cond", arguments, is_top=False, scope=scope)
    done = trace(advance, f"{stem}_body", arguments, is_top=False, scope=scope)
    _check_shapes(done, inits, all_shapes, shape_invariants is not None)
    node = make(condition, done, inits, all_shapes, node_name)
    return nest.pack_sequence_as(
        kept, list(node.outputs[_OWN : len(inits)]), expand_composites=True
    )


def _tensor(outer: Any, x: Any) -> Any:
    return x._read() if isinstance(x, Readable) else convert(x)


def _of_dtype(x: Any, like: SymbolicTensor) -> Any:
    try:
        return convert(x, hint=like.dtype)
    except (TypeError, ValueError):
        return convert(x)


def _invariants(flat: list[Any], loop_vars: Any, given: Any) -> tuple[list[TensorShape], Any]:
    """The shape that each tensor keeps, and the loop variables as far as all iterations know them:
    a value of several tensors is its spec there if its shape may change.
    """
    if given is None:
        return [x.shape for x in flat], loop_vars
    given = _flat_shapes(given)
    values = nest.flatten(loop_vars)
    kept = loop_vars
    if len(values) == len(given):
        known = [_known(value, shape) for value, shape in zip(values, given, strict=True)]
        kept = nest.pack_sequence_as(
            loop_vars,
            [value if spec is None else spec for value, spec in zip(values, known, strict=True)],
        )
        given = [
            part
            for shape, spec in zip(given, known, strict=True)
            for part in _component_shapes(shape if spec is None else spec)
        ]
    shapes = [TensorShape(s.shape if isinstance(s, TensorSpec) else s) for s in given]
    if len(shapes) != len(flat):
        raise ValueError(
            f"'shape_invariants' must have one shape for each of the {len(flat)} loop variables, "
            f"but has {len(shapes)}."
        )
    for x, shape in zip(flat, shapes, strict=True):
        if not shape.is_compatible_with(x.shape) or not _fits(x.shape, shape):
            raise ValueError(
                f"The shape invariant specified for {x.name if hasattr(x, 'name') else x} is not "
                f"compatible with the initial shape of the loop variable. It enters the loop with "
                f"shape {x.shape}, but the specified shape invariant is {shape}."
            )
    return shapes, kept


def _known(value: Any, invariant: Any) -> TypeSpec | None:
    """What all iterations know of a value of several tensors, None of a single one or an array.

    invariant: a spec or, if the class of the value says what that means, a shape.
    """
    kind = type(value)
    if isinstance(value, (Readable, TensorArray)) or not hasattr(kind, "_type_spec"):
        return None
    if isinstance(invariant, TypeSpec):
        spec = invariant
    elif hasattr(kind, "_shape_invariant_to_type_spec"):
        spec = value._shape_invariant_to_type_spec(TensorShape(invariant))
    else:
        wanted = type(value._type_spec).__qualname__
        raise TypeError(
            f"To describe or constrain a {kind.__name__}, use a {wanted} instead of a TensorShape."
        )
    if not spec.is_compatible_with(value):
        raise TypeError(f"TypeSpec {spec} is not compatible with {value}")
    return spec


def _component_shapes(invariant: Any) -> list[Any]:
    """The shapes of the tensors that a spec speaks of; a shape is that of one tensor."""
    return list(invariant._flat_tensor_specs) if isinstance(invariant, TypeSpec) else [invariant]


def _flat_shapes(given: Any) -> list[Any]:
    if given is None or isinstance(given, (TensorShape, TypeSpec)) or hasattr(given, "shape"):
        return [given]
    if isinstance(given, dict):
        return [s for key in sorted(given) for s in _flat_shapes(given[key])]
    return [s for item in given for s in _flat_shapes(item)]


def _fits(shape: TensorShape, invariant: TensorShape) -> bool:
    """Whether every shape that `shape` stands for is one that `invariant` does."""
    if invariant.rank is None:
        return True
    if shape.rank != invariant.rank:
        return False
    pairs = zip(shape.as_list(), invariant.as_list(), strict=True)
    return all(b is None or a == b for a, b in pairs)


def _checked_structure(result: Any, loop_vars: Any) -> Any:
    """What the body answered, as the sequence that the loop variables are."""
    is_sequence = isinstance(result, (list, tuple))
    if not is_sequence or hasattr(result, "_fields") != hasattr(loop_vars, "_fields"):
        result = [result]
    nest.assert_same_structure(result, list(loop_vars), check_types=False, expand_composites=True)
    for before, after in zip(nest.flatten(loop_vars), nest.flatten(result), strict=True):
        if isinstance(before, TensorArray):
            merge: Any = before
            merge.becomes(after)
    return list(result)


def _check_shapes(
    body: FuncGraph, inits: list[Any], shapes: list[TensorShape], has_invariants: bool
) -> None:
    for x, out, shape in zip(inits, body.outputs, shapes, strict=False):
        if out.dtype is not x.dtype:
            raise TypeError(
                f"Loop var {x.name} enters the loop with type {x.dtype} but has type "
                f"{out.dtype} after 1 iteration. {x.name} type should remain constant."
            )
        if _fits(out.shape, shape):
            continue
        if has_invariants:
            raise ValueError(
                f"Input tensor `{x.name}` enters the loop with shape {shape}, but has shape "
                f"{out.shape} after one iteration. To allow the shape to vary across iterations, "
                "use the `shape_invariants` argument of tf.while_loop to specify a less-specific "
                "shape."
            )
        raise ValueError(
            f"Input tensor `{x.name}` enters the loop with shape {x.shape}, but has shape "
            f"{out.shape} after one iteration. To allow the shape to vary across iterations, use "
            "the `shape_invariants` argument of tf.while_loop to specify a less-specific shape."
        )


def make(
    cond: FuncGraph,
    body: FuncGraph,
    inits: Sequence[SymbolicTensor],
    shapes: Sequence[TensorShape],
    name: str,
) -> Operation:
    """The node: its inputs are what the loop variables start with, and the captures."""
    context = thread.context
    outer = context.graph
    taken = list(inits)
    count = len(taken)
    where: dict[int, int] = {}
    places = []
    for graph in (cond, body):
        own = []
        inputs = {id(t) for t in graph.all_inputs()}
        for x, inner in graph.captures:
            if id(inner) not in inputs:
                continue
            if isinstance(x, Readable):
                tensor = outer.handle_of(x, lambda: f"{name}/input")
            else:
                tensor = outer.input(x, f"{name}/input")
            if id(tensor) not in where:
                where[id(tensor)] = len(taken)
                taken.append(tensor)
            own.append(where[id(tensor)])
        places.append(tuple(own))
    is_stateful = has_effects(cond) or has_effects(body)
    kind = stateful_while if is_stateful else stateless_while
    node = outer.add(
        kind,
        taken,
        {
            "cond": cond,
            "body": body,
            "count": count,
            "places": tuple(places),
            "T": [t.dtype for t in taken],
        },
        [(t.dtype, shape) for t, shape in zip(inits, shapes, strict=True)],
        name,
    )
    for tensor, init in zip(node.outputs, inits, strict=True):
        tensor.element = init.element
    for recorder in context.recorders:
        recorder.step(node)
    return node


def _run(machine: Any, node: Operation, *values: Any) -> tuple:
    """Runs the loop."""
    (holds,) = node.attributes["cond"].outputs
    if holds.dtype is not bool_:
        machine.refuse(
            f"Input 'input' passed {holds.dtype.name} expected bool while building NodeDef "
            f"'{node.name}/LoopCond' using Op<name=LoopCond; signature=input:bool -> output:bool>"
        )
    count = node.attributes["count"]
    given = [[values[k] for k in places] for places in node.attributes["places"]]
    cond, body = node.attributes["cond"], node.attributes["body"]
    return tuple(machine.loop(node, cond, body, list(values[:count]), given))


stateless_while: Step = step("StatelessWhile")(_run)
stateful_while: Step = step("While")(_run)


def _layout(node: Operation) -> list[tuple[FuncGraph, Sequence[int]]]:
    own = tuple(range(node.attributes["count"]))
    cond_places, body_places = node.attributes["places"]
    return [
        (node.attributes["cond"], own + cond_places),
        (node.attributes["body"], own + body_places),
    ]


# ---- the gradient --------------------------------------------------------------------------------


def _gradient(node: Operation, *dzs: Any, wanted: Sequence[bool] | None = None) -> list[Any]:
    """The gradients of what the loop variables start with and of what the body captures."""
    if not node.notes.get("is_own"):
        # Other nodes may have the same graphs; this one's will change.
        node.attributes["cond"] = copied(node.attributes["cond"])
        node.attributes["body"] = copied(node.attributes["body"])
        node.notes["is_own"] = True
    body = node.attributes["body"]
    count = node.attributes["count"]
    _mark_written_once(node, body)
    sources = sources_of(body)
    asked = {id(t) for t in body.inputs}
    for t, k in zip(_captured(body), node.attributes["places"][1], strict=True):
        if wanted is None or wanted[k]:
            asked.add(id(t))
    mask = tuple(id(t) in asked and differentiable(t) for t in sources)
    backward, seeds, answers = backward_of(body, mask)
    invariant = dict(zip(map(id, _captured(body)), node.attributes["places"][1], strict=True))
    needed = [t for t in backward.external_captures if is_of(t, body) and id(t) not in invariant]
    reads = {id(t): _read_before(node, body, t) for t in needed if _is_constant_read(body, t)}
    needed = [t for t in needed if id(t) not in reads]
    lists = _accumulate(node, body, needed)
    invariant = dict(zip(map(id, _captured(body)), node.attributes["places"][1], strict=True))
    answer_of = dict(zip(map(id, sources), answers, strict=True))
    # Weights whose gradient is a sum of thin products: the factors are kept and multiplied at last.
    products: list[Any] = []
    for t, k in zip(_captured(body), node.attributes["places"][1], strict=True):
        answer: Any = answer_of.get(id(t))
        found = factors(backward, backward.outputs[answer]) if isinstance(answer, int) else None
        if found is not None:
            backward.outputs[answer] = found[0]
            backward.outputs.append(found[1])
            products.append((node.inputs[k], answer, len(backward.outputs) - 1))
            del answer_of[id(t)]
    summed = [
        (t, node.inputs[k])
        for t, k in zip(_captured(body), node.attributes["places"][1], strict=True)
        if answer_of.get(id(t)) is not None
    ]
    starts = [
        zeros_for(node.outputs[i]) if i >= len(dzs) or dzs[i] is None else dense(dzs[i])
        for i in seeds
    ]
    sums = [zeros_for(x.element if isinstance(x.element, Readable) else x) for _, x in summed]
    stacks = [node.outputs[i] for i in lists]
    kept = [
        make_empty(element_of(backward.outputs[place]), node.inputs[1])
        for _, *places in products
        for place in places
    ]

    def test(k: Any, *_: Any) -> Any:
        return k > 0

    def back(k: Any, *values: Any) -> list[Any]:
        dz_vars = list(values[: len(starts)])
        totals = list(values[len(starts) : len(starts) + len(sums)])
        rests, popped = [], {}
        rest = values[len(starts) + len(sums) :]
        for items, tensor in zip(rest[: len(needed)], needed, strict=True):
            shorter, element = pop(items)
            rests.append(shorter)
            popped[id(tensor)] = element
        captured = [
            popped[id(t)]
            if id(t) in popped
            else reads[id(t)]
            if id(t) in reads
            else node.inputs[invariant[id(t)]]
            if id(t) in invariant
            else t
            for t in backward.external_captures
        ]
        found = call(backward, dz_vars, captured)
        new = []
        for place, i in enumerate(seeds):
            dx = packed(answer_of.get(id(body.inputs[i])), found)
            new.append(zeros_for(dz_vars[place]) if dx is None else dense(dx))
        totals = [
            accumulated(so_far, _summand(packed(answer_of[id(t)], found)))
            for so_far, (t, _) in zip(totals, summed, strict=True)
        ]
        pushed = [
            push(items, found[place])
            for items, place in zip(
                rest[len(needed) :], [p for _, *places in products for p in places], strict=True
            )
        ]
        return [k - 1, *new, *totals, *rests, *pushed]

    made = loop(
        test,
        back,
        [node.outputs[0], *starts, *sums, *stacks, *kept],
        None,
        None if _is_unbounded(node) else node.inputs[1],
        f"gradients/{node.name.rpartition('/')[2]}_grad",
    )
    result: list[Any] = [None] * len(node.inputs)
    for place, i in enumerate(seeds):
        result[i] = made[1 + place]
    ends = list(made[len(made) - len(kept) :]) if kept else []
    for (x, *_), a, d in zip(products, ends[::2], ends[1::2], strict=True):
        k = next(j for j in range(count, len(node.inputs)) if node.inputs[j] is x)
        result[k] = total(a, d)
    for place, (_, x) in enumerate(summed):
        k = next(j for j in range(count, len(node.inputs)) if node.inputs[j] is x)
        result[k] = made[1 + len(starts) + place]
    return result


def _summand(dx: Any) -> Any:
    """What is added to a sum: of a list that was read, the elements alone."""
    return dx if isinstance(dx, Slots) else dense(dx)


def _mark_written_once(node: Operation, body: FuncGraph) -> None:
    """Tells the writes to lists that are new before the loop, at an index that always grows or
    always shrinks: no element is written twice.
    """
    for items, out, first in zip(body.inputs, body.outputs, node.inputs, strict=False):
        if first.op.op is reserve and out.op.op is set_item and out.op.inputs[0] is items:
            index = out.op.inputs[1]
            after = dict(zip(map(id, body.inputs), body.outputs, strict=False)).get(id(index))
            if after is not None and after.op.type in ("AddV2", "Sub"):
                one, step = after.op.inputs
                if one is index and known_value(step):
                    out.op.attributes["once"] = True


def _captured(graph: FuncGraph) -> list[SymbolicTensor]:
    """What stands in the graph for the node's inputs after the loop variables."""
    return graph.all_inputs()[len(graph.inputs) :]


def _is_unbounded(node: Operation) -> bool:
    most = known_value(node.inputs[1])
    return most is not None and int(most) < 0


def _is_constant_read(body: FuncGraph, tensor: SymbolicTensor) -> bool:
    """Whether the tensor is a variable's value that the body reads and never writes."""
    read = tensor.op
    return read.op is read_variable and id(read.inputs[0]) not in written(body)


def _read_before(node: Operation, body: FuncGraph, tensor: SymbolicTensor) -> SymbolicTensor:
    """The value of that variable, read once before the loop: no iteration has to keep it."""
    known = node.notes.setdefault("reads", {})
    handle = tensor.op.inputs[0]
    if id(handle) not in known:
        outer = dict(zip(map(id, _captured(body)), node.attributes["places"][1], strict=True))
        graph = node.graph
        place, before = graph.nodes.index(node), len(graph.nodes)
        with graph.as_default():
            made = graph.add(
                read_variable,
                [node.inputs[outer[id(handle)]]],
                dict(tensor.op.attributes),
                [(tensor.dtype, tensor.shape)],
                graph.unique_name("ReadVariableOp"),
            )
        graph.nodes[place:place] = graph.nodes[before:]
        del graph.nodes[before + 1 :]
        for recorder in thread.context.recorders:
            recorder.step(made)
        known[id(handle)] = made.outputs[0]
    return known[id(handle)]


def _accumulate(node: Operation, body: FuncGraph, needed: list[SymbolicTensor]) -> list[int]:
    """Makes the loop push these tensors of its body onto lists; the outputs that are the lists."""
    known = node.notes.setdefault("lists", {})
    missing = [t for t in needed if id(t) not in known]
    graph = node.graph
    cond = node.attributes["cond"]
    for tensor in missing:
        element = element_of(tensor)
        place = graph.nodes.index(node)
        before = len(graph.nodes)
        with graph.as_default():
            empty = make_empty(element, node.inputs[1])
        # The list has to be there before the loop.
        made = graph.nodes[before:]
        del graph.nodes[before:]
        graph.nodes[place:place] = made
        items = []
        for part in (cond, body):
            inner = part.placeholder(empty.dtype, empty.shape, "accumulator")
            inner.element = empty.element
            items.append(inner)
        with body.as_default():
            body.outputs.append(push(items[1], tensor))
        count = node.attributes["count"]
        node.inputs.insert(count, empty)
        node.attributes["places"] = tuple(
            tuple(k + 1 for k in places) for places in node.attributes["places"]
        )
        node.attributes["count"] = count + 1
        output = SymbolicTensor(node, count, empty.dtype, empty.shape)
        output.element = element
        node.outputs.append(output)
        known[id(tensor)] = count
    for recorder in thread.context.recorders:
        recorder.grown(node)
    return [known[id(t)] for t in needed]


for _kind in (stateless_while, stateful_while):
    _kind.takes_missing = True
    _kind.gradient(_gradient)
    _kind.layout = _layout
