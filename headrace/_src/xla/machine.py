"""The compiler's machine: runs a graph once, on tracers, while `jax.jit` watches.

It gives steps what the host's machine gives them (engine/machine.py), over values of two kinds. A
NumPy array is *static*: known while the program is compiled, as constants are and, since shapes are
concrete here, whatever follows from `tf.shape`. Ops over small static values run at once; so axes
and target shapes get the constants they need. All else is a tracer.

State is threaded through: a variable is a `Cell`, its value an entry of `state`, and branches and
loops carry the entries that they may write. So are the counters of random ops, whether all checks
have held (`OK`), and whether a list outgrew its buffer (`FITS`): the last two are asked by
engine/execute.py when the program has run.

What cannot be compiled raises `HostStep`, which names the node; the host will run that one.

Read next: xla/values.py, xla/lists.py, engine/execute.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.errors import OpError
from headrace._src.core.static import static_value
from headrace._src.xla import run as _run  # fills the namespace's slots
from headrace._src.xla.lists import Stack
from headrace._src.xla.lists import stack_of as stack_of
from headrace._src.xla.values import Cell, Fallible, HostStep, Mixed

# A node over static values runs at once if they are no larger than this.
STATIC = 1024

# From so many elements on the host sorts, on a CPU.
MANY = 2**14

OK = "ok"
FITS = "fits"

# What JAX raises where a value would have to be known.
REFUSALS = (jax.errors.JAXTypeError, jax.errors.JAXIndexError, NotImplementedError)


class XlaMachine:
    """Runs graphs while a program is being traced.

    state: by cell or name, the values at this moment.
    keys: for each random node that may draw, its key.
    capacity: how many elements a list gets whose size nobody knows.
    checks: whether the program checks what the host's kernels check.
    """

    is_host = False

    def __init__(
        self, state: dict[Any, Any], keys: dict[Any, tuple], capacity: int, checks: bool
    ) -> None:
        self.state = state
        self.keys = keys
        self.capacity = capacity
        self.checks = checks
        # Whether what a kernel refuses is computed all the same, as TensorFlow's compiler does.
        self.drops = False
        self.path: tuple = ()

    # ---- what steps ask for

    def read(self, cell: Cell) -> Any:
        """The value of a variable."""
        return self.state[cell]

    def write(self, cell: Cell, array: Any) -> None:
        """Puts a value into a variable."""
        self.state[cell] = jnp.asarray(array)

    def compute(self, op: Any, inputs: list[Any], attributes: tuple = ()) -> Any:
        """What an op answers."""
        return op.kernels.get("xla", op.body)(*map(_traced, inputs), *attributes)

    def number(self, value: Any) -> np.ndarray:
        """A value that is known."""
        return np.asarray(value)

    def refuse(self, text: str) -> None:
        """Leaves it to the host to say."""
        raise NotImplementedError(text)

    def require(self, holds: Any) -> None:
        """Notes that the program has failed unless `holds`."""
        if not self.checks or (not isinstance(holds, jax.Array) and np.all(holds)):
            return
        if OK not in self.state:
            raise Fallible
        self.state[OK] = self.state[OK] & jnp.all(holds)

    def outgrown(self, is_full: Any) -> None:
        """Notes that a list would need a larger buffer."""
        self.state[FITS] = self.state[FITS] & ~is_full

    def zeros_of(self, value: Any) -> Any:
        """Zeros like a value, which may be a list."""
        return jax.tree_util.tree_map(jnp.zeros_like, value)

    def draw(self, name: Any, seed: int, seed2: int, blocks: int) -> tuple:
        """Key and counter of the next random numbers of a node; its seeds have made the key."""
        del seed, seed2
        cell = (self.path, name)
        counter = self.state[cell]
        self.state[cell] = _advanced(counter, blocks)
        return (
            tuple(jnp.uint32(word) for word in self.keys[cell]),
            tuple(counter[i] for i in range(4)),
        )

    def run_inside(self, node: Any, graph: Any, values: list[Any]) -> list[Any]:
        """The outputs of a graph that a node runs."""
        path = self.path
        self.path = (*path, _node_key(node))
        try:
            return self.run(graph, values)
        finally:
            self.path = path

    # ---- lists

    def traced(self, value: Any) -> Any:
        """A value as a tracer."""
        return _traced(value)

    def integer(self, value: Any) -> Any:
        """A length as an int32."""
        return value.astype(np.int32)

    def stack(self, length: Any, capacity: int, like: Any) -> Stack:
        """A list with room for `capacity` elements, with a buffer if it is known what they are."""
        items = None if like is None else jnp.zeros((capacity, *like[0]), like[1])
        known = None if isinstance(length, jax.Array) else int(length)
        return Stack(items, jnp.asarray(length, np.int32), capacity, known)

    def with_buffer(self, items: Stack, output: Any, lead: int = 0) -> Stack:
        """A list with a buffer, where it has none yet of zeros like what `output` consists of.

        lead: how many axes of `output` come before those of an element.
        """
        if items.items is not None:
            return items
        element = output.element
        if output.dtype.name == "variant":
            known = element.inner is None and element.shape.is_fully_defined()
            like = (tuple(element.shape), element.dtype.array_dtype) if known else None
            return items.ready(self.stack(0, self.capacity, like))
        sizes = output.shape.as_list()[lead:] if output.shape.rank is not None else [None]
        if None in sizes:
            raise HostStep(output.op, "it reads a list of which it is not known what it holds")
        return items.ready(jax.ShapeDtypeStruct(sizes, output.dtype.array_dtype))

    def stacked(self, items: Stack, output: Any) -> Any:
        """The elements of a list side by side, where it is known how many there are."""
        return self.with_buffer(items, output, 1).items[: _certain(items, output)]

    def joined(self, items: Stack, output: Any) -> tuple[Any, Any]:
        """The elements of a list end to end, and the length of each."""
        rows = self.with_buffer(items, output).items[: _certain(items, output)]
        if rows.ndim < 2:
            raise ValueError("Concat saw a scalar shape but requires at least vectors.")
        lengths = np.full(len(rows), rows.shape[1], np.int64)
        return rows.reshape(-1, *rows.shape[2:]), lengths

    def cut(self, value: Any, lengths: Any) -> Stack:
        """Pieces of a tensor, of equal lengths that are known, as a list."""
        if type(lengths) is not np.ndarray or len(set(lengths.tolist())) != 1:
            raise ValueError("The pieces of a tensor have different lengths.")
        if lengths.sum() != value.shape[0] or lengths[0] < 0:
            raise ValueError("The pieces do not make up the tensor.")
        rows = _traced(value).reshape(len(lengths), lengths[0], *value.shape[1:])
        return self.unstacked(rows)

    def unstacked(self, rows: Any) -> Stack:
        """The rows of a tensor as a list."""
        rows = _traced(rows)
        count = rows.shape[0]
        return Stack(rows, jnp.int32(count), count, count)

    def zeroed(self, items: Stack) -> Stack:
        """A list of zeros as long as another."""
        return items.mapped(jnp.zeros_like)

    def summed(self, one: Stack, other: Stack) -> Stack:
        """Two lists, added element by element."""
        return one.plus(other)

    def sum_of_products(self, a: Stack, d: Stack, output: Any) -> Any:
        """The sum of the products of two lists of matrices; what is not in use is zero."""
        if a.items is None or d.items is None:
            return jnp.zeros(tuple(output.shape), output.dtype.array_dtype)
        rows = [stack.items.reshape(-1, stack.items.shape[2]) for stack in (a, d)]
        return rows[0].T @ rows[1]

    def list_times(self, items: Stack, matrix: Any) -> Stack:
        """Each matrix of a list times one matrix."""
        return items.mapped(lambda leaf: leaf @ _traced(matrix))

    # ---- running

    def run(self, graph: Any, values: list[Any]) -> list[Any]:
        """The outputs of `graph`, flat."""
        plan = _schedule(graph)
        places = plan.begun(values)
        self.nodes(plan.nodes, places)
        return plan.answers(places)

    def nodes(self, nodes: list[Any], places: list[Any]) -> None:
        """Runs nodes over their places."""
        for node, inputs, outputs in nodes:
            try:
                found = self.node(node, [places[i] for i in inputs])
            except HostStep as step:
                step.nodes.append(node)
                raise
            except REFUSALS as error:
                raise HostStep(node, _reason(node, error)) from error
            except (ValueError, TypeError, IndexError) as error:
                # The host's kernel will say what is wrong with these shapes.
                raise HostStep(node, str(error).partition("\n")[0]) from error
            for place, value in zip(outputs, found, strict=True):
                places[place] = value

    def node(self, node: Any, values: list[Any]) -> list[Any]:
        """The outputs of one node."""
        op = node.op
        if hasattr(op, "run"):
            if op.is_host:
                raise HostStep(node, op.is_host)
            found = op.run(self, node, *values)
            return list(found) if isinstance(found, tuple) else [found]
        if any(t.dtype.name in ("string", "resource") for t in (*node.inputs, *node.outputs)):
            raise HostStep(node, "XLA has no strings")
        if all(type(v) is np.ndarray and v.size <= STATIC for v in values) and values:
            known = self._known(node, values)
            if known is not None:
                return known
        if op.name == "Pack" and _is_vector(node):
            return [Mixed(values)]
        if op.cost == "sort" and self._is_slow(values):
            raise HostStep(node, "XLA sorts many elements slowly on a CPU")
        if op.name == "SparseTensorDenseMatMul" and self._is_slow(values):
            raise HostStep(node, "XLA adds up many rows slowly on a CPU")
        attributes = tuple(node.attributes[a] for a in op.attributes)
        kernel = op.kernels.get("xla", op.body)
        statics = [v for v, kind in _by_kind(node, values) if kind == "static"]
        if any(type(v) is not np.ndarray for v in statics):
            # What should be known is not; some ops have a form in which it need not be.
            kernel = op.kernels.get("dynamic")
            if kernel is None:
                raise HostStep(node, "it needs a value that only the running program knows")
        arguments = self._arguments(node, values)
        context = thread.context
        before, context.streams = context.streams, (self, _node_key(node))
        try:
            if op.check is not None and self.checks:
                self.require(op.check(*arguments, *attributes))
            found = kernel(*arguments, *attributes)
        finally:
            context.streams = before
        return _flat_outputs(op, found)

    def _is_slow(self, values: list[Any]) -> bool:
        """Whether the host had better do it: it can where the program may be cut."""
        can_be_cut = not self.path and not self.drops
        return can_be_cut and values[0].size >= MANY and jax.default_backend() == "cpu"

    def _known(self, node: Any, values: list[Any]) -> list[Any] | None:
        """The outputs of a pure op over small static values, if they are small too."""
        op = node.op
        if op.definition.is_stateful or op.cost == "xla":
            return None
        try:
            with np.errstate(all="ignore"):
                found = _evaluated(node, values)
        except (ValueError, IndexError, ArithmeticError, OpError) as error:
            if self.drops:  # the program answers what XLA answers
                return None
            raise HostStep(node, str(error)) from error
        return found if all(v.size <= 4 * STATIC for v in found) else None

    def _arguments(self, node: Any, values: list[Any]) -> list[Any]:
        """The inputs as an op's body takes them: tracers, and statics as Python values."""
        grouped: list[Any] = []
        rest = iter(values)
        shape_only = node.op.name in _OF_SHAPES
        for kind, count in zip(node.op.inputs.values(), node.counts, strict=True):
            if kind == "tensors":
                grouped.append([_traced(next(rest), shape_only) for _ in range(count or 0)])
            elif kind == "static":
                grouped.append(_static(next(rest)))
            else:
                grouped.append(_traced(next(rest), shape_only))
        return grouped

    # ---- branches and loops

    def branch(self, node: Any, index: Any, graphs: list[Any], values: list[list[Any]]) -> list:
        """The outputs of the graph that `index`, clamped, picks; `values` are their inputs."""
        last = len(graphs) - 1
        if type(index) is np.ndarray:
            chosen = int(index.reshape(()))
            chosen = chosen if 0 <= chosen <= last else last
            found = self.run_inside(node, graphs[chosen], values[chosen])
            return self._filled(node, graphs, values, found, chosen)
        carried = self._carried(graphs, values)

        def function(i: int) -> Any:
            def run(state: list[Any]) -> Any:
                machine = self._twin({**self.state, **dict(zip(carried, state, strict=True))})
                found = machine.run_inside(node, graphs[i], values[i])
                return (
                    [None if v is None else _traced(v) for v in found],
                    [machine.state[cell] for cell in carried],
                )

            return run

        functions = [function(i) for i in range(len(graphs))]
        state = [_traced(self.state[cell]) for cell in carried]
        shapes = [jax.eval_shape(f, state)[0] for f in functions]
        likes = _likes(node, shapes)

        def complete(f: Any) -> Any:
            def run(state: list[Any]) -> Any:
                found, after = f(state)
                return [_like(v, like) for v, like in zip(found, likes, strict=True)], after

            return run

        index = jnp.where((index < 0) | (index > last), last, index).astype(np.int32).reshape(())
        found, after = jax.lax.switch(index, [complete(f) for f in functions], state)
        self.state.update(zip(carried, after, strict=True))
        return found

    def _filled(self, node: Any, graphs: Any, values: Any, found: list, chosen: int) -> list:
        """What a branch does not answer, because another one does: nobody will look at it."""
        if all(v is not None for v in found):
            return found
        shapes = []
        for i, graph in enumerate(graphs):
            machine = self._twin(dict(self.state))
            shapes.append(
                found
                if i == chosen
                else jax.eval_shape(
                    lambda machine=machine, graph=graph, i=i: [
                        None if v is None else _traced(v)
                        for v in machine.run_inside(node, graph, values[i])
                    ]
                )
            )
        likes = _likes(node, shapes, strict=False)
        return [_zeros(like) if v is None else v for v, like in zip(found, likes, strict=True)]

    def loop(
        self, node: Any, condition: Any, body: Any, variables: list[Any], given: list[list[Any]]
    ) -> list[Any]:
        """The loop variables when `condition` no longer holds.

        given: what condition and body get besides the loop variables.
        """
        carried = self._carried([condition, body], [variables + g for g in given])
        handles = [v if isinstance(v, Cell) else None for v in variables]

        def whole(values: list[Any]) -> list[Any]:
            return [v if h is None else h for v, h in zip(values, handles, strict=True)]

        def test(carry: Any) -> Any:
            values, state = carry
            machine = self._twin({**self.state, **dict(zip(carried, state, strict=True))})
            (found,) = machine.run_inside(node, condition, whole(values) + given[0])
            return jnp.asarray(found).reshape(())

        def step(carry: Any) -> Any:
            values, state = carry
            machine = self._twin({**self.state, **dict(zip(carried, state, strict=True))})
            found = machine.run_inside(node, body, whole(values) + given[1])
            return (
                [None if isinstance(v, Cell) else _traced(v) for v in found],
                [machine.state[cell] for cell in carried],
            )

        start = (
            [None if isinstance(v, Cell) else _traced(v) for v in variables],
            [_traced(self.state[cell]) for cell in carried],
        )
        start = _settled(node, step, start)
        values, state = jax.lax.while_loop(test, step, start)
        self.state.update(zip(carried, state, strict=True))
        return whole(values)

    def _carried(self, graphs: list[Any], values: list[list[Any]]) -> list[Any]:
        """The entries of the state that the graphs may write."""
        found: dict[Any, None] = {}
        for graph, given in zip(graphs, values, strict=True):
            handles = _written(graph)
            for inner, value in zip(graph.all_inputs(), given, strict=True):
                if isinstance(value, Cell) and id(inner) in handles:
                    found[value] = None
        found.update((cell, None) for cell in self.state if not isinstance(cell, Cell))
        return list(found)

    def _twin(self, state: dict) -> "XlaMachine":
        machine = XlaMachine(state, self.keys, self.capacity, self.checks)
        machine.path, machine.drops = self.path, self.drops
        return machine


# Ops that look at the shape of their input alone: a static value may stay what it is.
_OF_SHAPES = frozenset({"Shape", "ShapeN", "Size", "Rank"})


def _certain(items: Stack, output: Any) -> int:
    """How long a list is, which has to be known."""
    if items.known is None:
        raise HostStep(output.op, "only the running program knows how long the list is")
    return items.known


def _traced(value: Any, shape_only: bool = False) -> Any:
    """A value as a tracer; lists and cells are what they are."""
    if isinstance(value, (Stack, Cell)) or shape_only:
        return value
    if isinstance(value, Mixed):
        return value.traced()
    if type(value) is np.ndarray and value.size > 1 and not any(value.strides):
        # One number, repeated: the program need not hold it as often.
        return jnp.full(value.shape, value.flat[0], value.dtype)
    return jnp.asarray(value)


def as_output(value: Any) -> Any:
    """A value that leaves the program."""
    return value if value is None else _traced(value)


def _is_vector(node: Any) -> bool:
    """Whether a Pack makes a vector of integers."""
    return not node.attributes["axis"] and all(
        t.shape.rank == 0 and t.dtype.is_integer for t in node.inputs
    )


def _by_kind(node: Any, values: list[Any]) -> list[tuple[Any, str]]:
    """The values of single inputs, with the kind of each."""
    found = []
    rest = iter(values)
    for kind, count in zip(node.op.inputs.values(), node.counts, strict=True):
        if kind == "tensors":
            for _ in range(count or 0):
                next(rest)
        else:
            found.append((next(rest), kind))
    return found


def _static(value: Any) -> Any:
    """A `Static` input: Python's numbers, and tracers in the place of those that are not known."""
    if type(value) is np.ndarray:
        return static_value(value)
    if isinstance(value, Mixed):
        return tuple([_static(element) for element in value.elements])
    return value if not value.ndim else tuple([value[i] for i in range(value.shape[0])])


def _advanced(counter: Any, blocks: int) -> Any:
    """A 128-bit counter, in four 32-bit words from the lowest, after `blocks` more."""
    words = []
    carry = jnp.uint32(0)
    for i in range(4):
        add = jnp.uint32(blocks >> 32 * i & 0xFFFFFFFF)
        total = counter[i] + add
        first = total < add
        total2 = total + carry
        carry = (first | (total2 < carry)).astype(jnp.uint32)
        words.append(total2)
    return jnp.stack(words)


def _settled(node: Any, step: Any, start: Any) -> Any:
    """What a loop starts with, once its lists know what they hold; raises for changing shapes."""
    for _ in range(8):
        after = jax.eval_shape(step, start)
        grown, is_same = [], True
        for value, like in zip(start[0], after[0], strict=True):
            if isinstance(value, Stack):
                made = value.like(like)
                is_same = is_same and made is value
                grown.append(made)
            elif value is not None and (value.shape, value.dtype) != (like.shape, like.dtype):
                raise HostStep(node, "a loop variable changes its shape")
            else:
                grown.append(value)
        if is_same:
            return start
        start = (grown, start[1])
    raise HostStep(node, "its lists do not settle on a shape")


def _likes(node: Any, shapes: list[list[Any]], strict: bool = True) -> list[Any]:
    """The shape of each output of several branches, of which some may lack some outputs."""
    likes = []
    for column in zip(*shapes, strict=True):
        there = [like for like in column if like is not None]
        first = there[0]
        if isinstance(first, Stack):
            # One branch may know more of a list than another.
            for other in there[1:] * 2:
                first = first.like(other)
            there = [like.like(first) for like in there]
        if strict and any(_signature(like) != _signature(first) for like in there):
            raise HostStep(node, "its branches answer different shapes")
        likes.append(first)
    return likes


def _signature(like: Any) -> Any:
    leaves, structure = jax.tree_util.tree_flatten(like)
    return structure, [(leaf.shape, leaf.dtype) for leaf in leaves]


def _like(value: Any, like: Any) -> Any:
    """An output of a branch in the form that it has in all branches."""
    if value is None:
        return _zeros(like)
    return value.like(like) if isinstance(value, Stack) else value


def _zeros(like: Any) -> Any:
    return jax.tree_util.tree_map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), like)


def _reason(node: Any, error: Exception) -> str:
    """Why XLA cannot have a node, in a line."""
    if isinstance(error, jax.errors.NonConcreteBooleanIndexError):
        return "the shape of its output depends on values"
    if isinstance(error, NotImplementedError):
        return str(error).partition("\n")[0] or "it has no form under XLA"
    if not all(t.shape.is_fully_defined() for t in node.outputs) and "static" not in (
        node.op.inputs.values() if hasattr(node.op, "inputs") else ()
    ):
        return "the shape of its output depends on values"
    return "it needs a value that only the running program knows"


# Filled by engine/execute.py, a floor above: what the machine asks of the graph's side.
def _unfilled(*_: Any) -> Any:
    raise RuntimeError("xla/machine.py: the slots are filled by engine/execute.py.")


_schedule = _written = _node_key = _evaluated = _flat_outputs = _unfilled


def compiled(program: Any, donated: tuple[int, ...] = ()) -> Any:
    """A program as XLA runs it; donated: the arguments whose memory it may use for its results."""
    return jax.jit(program, compiler_options=_run._options(), donate_argnums=donated)
