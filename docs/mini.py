"""Headrace in one sitting: tensors, ops, eager dispatch, the tape, the backward walk and traced
functions, small but whole.

    python docs/mini.py

Every part has the name, and the shape, of the real one; the comment above it says where that lives.
What is left out is checking, conversion, most of the ops and all of the error texts. The tests run
this file.
"""

import itertools
from collections.abc import Callable

import numpy as np

# ---- core/context.py: what this thread is doing --------------------------------------------------


class Context:
    """One record, looked at once per op. The real one is thread-local."""

    recorders: list["Tape"] = []
    graph: "Graph | None" = None


context = Context()

# ---- core/tensor.py: an array that never changes -------------------------------------------------

serials = itertools.count(1)


class Tensor:
    """One array. `id` is 0 until a tape takes an interest."""

    __slots__ = ("array", "id")

    def __init__(self, array):
        self.array = np.asarray(array, np.float32)
        self.id = 0

    def __repr__(self):
        return f"Tensor({self.array})"

    # ops/operators.py puts the ops in here: `x * y` is the op, and so is differentiable.
    def __add__(self, other):
        return add(self, lift(other))

    def __mul__(self, other):
        return multiply(self, lift(other))

    def __neg__(self):
        return multiply(self, lift(-1.0))

    def __matmul__(self, other):
        return matmul(self, other)


def lift(value) -> Tensor:
    """engine/convert.py: from Python values to tensors."""
    return value if isinstance(value, Tensor) else Tensor(value)


# ---- core/namespace.py: one body for all machines ------------------------------------------------


def xp(x):
    """NumPy for NumPy's arrays; `jax.numpy` for what XLA's compiler hands to the body."""
    if isinstance(x, (np.ndarray, np.generic)):
        return np
    import jax.numpy

    return jax.numpy


# ---- engine/op.py: one op, one block -------------------------------------------------------------


class Op:
    """All there is to know of an op: its mathematics and its gradient rule."""

    def __init__(self, body: Callable, broadcasts: bool):
        self.body = body
        self.broadcasts = broadcasts
        self.rule: Callable | None = None
        self.needs: tuple[str, ...] = ()


def op(broadcasts: bool = False):
    """Makes the function below it an op. What it returns is the op's front door."""

    def decorate(body):
        made = Op(body, broadcasts)

        def front_door(*inputs: Tensor, **attributes) -> Tensor:
            # engine/run.py does this the careful way; the real front door is code written for this
            # op.
            result = Tensor(body(*(x.array for x in inputs), **attributes))
            if context.graph:
                context.graph.nodes.append((body, inputs, attributes, result))
            for recorder in context.recorders:
                recorder.record(made, inputs, attributes, result)
            return result

        def gradient(rule):
            made.rule = rule
            made.needs = rule.__code__.co_varnames[1 : rule.__code__.co_argcount]

        front_door.op, front_door.gradient = made, gradient
        return front_door

    return decorate


# ---- ops/math.py, ops/matmul.py, ops/reduce.py: the mathematics ----------------------------------


@op(broadcasts=True)
def add(x, y):
    return xp(x).add(x, y)


@add.gradient
def _(dz):
    return dz, dz


@op(broadcasts=True)
def multiply(x, y):
    return xp(x).multiply(x, y)


@multiply.gradient
def _(dz, x, y):  # names what it needs: the tape keeps x and y, and nothing else
    return dz * y, dz * x


@op()
def tanh(x):
    return xp(x).tanh(x)


@tanh.gradient
def _(dz, out):
    return (dz * (-(out * out) + 1.0),)


@op()
def matmul(a, b):
    return xp(a).matmul(a, b)


@matmul.gradient
def _(dz, a, b):
    return dz @ transpose(b), transpose(a) @ dz


@op()
def transpose(x):
    return xp(x).transpose(x)


@transpose.gradient
def _(dz):
    return (transpose(dz),)


@op()
def reduce_sum(x, axis=None, keepdims=False):
    return xp(x).sum(x, axis=axis, keepdims=keepdims)


@reduce_sum.gradient
def _(dz, x):
    return (broadcast_to(dz, shape=x.array.shape),)


@op()
def broadcast_to(x, shape):
    return xp(x).broadcast_to(x, shape)


@broadcast_to.gradient
def _(dz, x):
    return (unbroadcast(dz, x.array.shape),)


# ---- engine/tape.py: what happened ---------------------------------------------------------------


class Tape:
    """Entries, written only where an input is watched."""

    def __init__(self):
        self.entries, self.watched = [], set()

    def watch(self, tensor):
        tensor.id = tensor.id or next(serials)
        self.watched.add(tensor.id)

    def record(self, op, inputs, attributes, result):
        if self.watched.isdisjoint(x.id for x in inputs):
            return
        self.watch(result)
        names = op.body.__code__.co_varnames
        known = dict(zip(names, inputs, strict=False), out=result, **attributes)
        saved = [known[name] for name in op.needs]
        shapes = [x.array.shape for x in inputs] if op.broadcasts else None
        self.entries.append((op.rule, saved, [x.id for x in inputs], result.id, shapes))

    def __enter__(self):
        context.recorders.append(self)
        return self

    def __exit__(self, *_):
        context.recorders.remove(self)

    def gradient(self, target, source):
        ones = Tensor(np.ones_like(target.array))
        return play_back(self.entries, {target.id: ones}).get(source.id)


# ---- engine/gradient.py: the backward walk -------------------------------------------------------


def play_back(entries, gradients):
    """From the targets' gradients to all others. Written in ops: another tape may be listening."""
    for rule, saved, inputs, output, shapes in reversed(entries):
        dz = gradients.pop(output, None)
        if dz is None:
            continue
        for position, (serial, dx) in enumerate(zip(inputs, rule(dz, *saved), strict=True)):
            if shapes is not None:
                dx = unbroadcast(dx, shapes[position])
            gradients[serial] = gradients[serial] + dx if serial in gradients else dx
    return gradients


def unbroadcast(dx, shape):
    """The one place where a broadcast is undone."""
    wide = dx.array.shape
    extra = len(wide) - len(shape)
    if extra:
        dx = reduce_sum(dx, axis=tuple(range(extra)))
    axes = tuple(i for i, n in enumerate(shape) if n == 1 and wide[i + extra] != 1)
    return reduce_sum(dx, axis=axes, keepdims=True) if axes else dx


# ---- engine/graph.py, engine/execute.py: what Python did, to be done again without it -----------


class Graph:
    """A function's ops, in order. Tracing computes here; the real one asks each op's shape rule."""

    def __init__(self, function, examples):
        self.nodes, self.inputs = [], [Tensor(x.array) for x in examples]
        context.graph = self
        self.output = function(*self.inputs)
        context.graph = None

    def run(self, *arrays):
        """The output, on either machine: the bodies do not know whether XLA is watching."""
        known = dict(zip(map(id, self.inputs), arrays, strict=True))
        for body, inputs, attributes, output in self.nodes:  # what is not known was captured
            values = [known.get(id(x), xp(arrays[0]).asarray(x.array)) for x in inputs]
            known[id(output)] = body(*values, **attributes)
        return known[id(self.output)]


# ---- as a user -----------------------------------------------------------------------------------


def main():
    a, v = Tensor([[0.1, 0.2], [0.3, 0.4]]), Tensor([[0.5], [0.6]])

    def slope(v):
        with Tape() as tape:
            tape.watch(v)
            y = reduce_sum(tanh(a @ v + a))
        return tape.gradient(y, v)

    with Tape() as tape:
        tape.watch(v)
        first = slope(v)
    second = tape.gradient(first, v)
    print("dy/dv            ", first.array.ravel())
    print("d sum(dy/dv) / dv", second.array.ravel())

    # tf.function: Python runs once, with its tapes; one program of forward and backward remains.
    graph = Graph(slope, [v])
    print("nodes            ", len(graph.nodes))
    try:
        import jax
    except ImportError:
        return
    print("dy/dv by XLA     ", np.asarray(jax.jit(graph.run)(v.array)).ravel())


if __name__ == "__main__":
    main()
