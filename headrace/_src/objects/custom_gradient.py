"""Functions that bring their own gradient: `custom_gradient`, `recompute_grad`,
`grad_pass_through`.

A function under `custom_gradient` answers its result and a function for its gradient. The result is
handed out as fresh tensors, which the tapes connect to the arguments by that gradient and by
nothing else. What the function computed on the way stays recorded as usual, so that a gradient
written in terms of it can be differentiated again.

In a graph the results go through a node, an IdentityN of results, arguments and variables, whose
gradient is the function's; it finds its way into the graphs that are made of this one, and is asked
when one of them is differentiated.

Read next: objects/forward_accumulator.py.
"""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from headrace._src.core import nest
from headrace._src.core.context import thread
from headrace._src.core.tensor import EagerTensor, Readable, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.gradient import zeros_for
from headrace._src.engine.graph import Operation
from headrace._src.engine.step import Step, step
from headrace._src.objects.composite_gradient import components, gradient_components, replaced
from headrace._src.objects.gradient_tape import GradientTape


class VariableWatcher:
    """A recorder that only notes which trainable variables are read."""

    derives = False
    stays = False

    def __init__(self) -> None:
        self.variables: dict[int, Any] = {}

    def record(self, op: Any, inputs: tuple, attributes: tuple, outputs: Any) -> None:
        """An op ran: nothing to note."""

    def call(self, rule: Callable, inputs: Sequence, outputs: Sequence, fills: bool = True) -> None:
        """A function with its own gradient ran: its variables are ours."""
        for x in inputs:
            if isinstance(x, Readable):
                self.read(x, None)

    def step(self, node: Any) -> None:
        """A step became a node: its variables are ours."""
        for x in node.inputs:
            if isinstance(x.element, Readable):
                self.read(x.element, None)

    def grown(self, node: Any) -> None:
        """A node has got more outputs: nothing to note."""

    def read(self, variable: Any, tensor: Tensor | None) -> None:
        """A variable was read."""
        if variable.trainable:
            self.variables.setdefault(variable._id, variable)

    def __enter__(self) -> "VariableWatcher":
        thread.context.recorders.append(self)
        return self

    def __exit__(self, *_: Any) -> None:
        thread.context.recorders.remove(self)


def custom_gradient(f: Callable | None = None) -> Callable:
    """A decorator for a function that answers its result and its own gradient.

    f: called with tensors; answers `(result, grad_fn)`. `grad_fn(*upstream)` gets a gradient for
        each tensor of the result and answers one for each argument. A function that reads variables
        must have a `grad_fn(*upstream, variables=None)`, which answers `(argument_grads,
        variable_grads)`.

    >>> @tf.custom_gradient
    ... def clipped(x):
    ...     return x, lambda upstream: tf.clip_by_value(upstream, -1., 1.)
    >>> x = tf.constant(2.)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = clipped(x) * 10.
    >>> tape.gradient(y, x).numpy()
    np.float32(1.0)

    Raises TypeError where the function reads variables and `grad_fn` has no `variables`, ValueError
    where the gradients are not as many as the arguments.
    """
    if f is None:
        return lambda function: custom_gradient(function)

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        return _call(f, args, kwargs)

    return decorated


def _call(f: Callable, args: tuple, kwargs: dict) -> Any:
    with VariableWatcher() as watcher:
        result, grad_fn = f(*args, **kwargs)
    everything = components(args)
    flat_args = [a for a in everything if isinstance(a, (Tensor, Readable))]
    own = {a._id for a in flat_args if isinstance(a, Readable)}
    variables = [v for key, v in watcher.variables.items() if key not in own]
    if variables and not _takes_variables(grad_fn):
        raise TypeError(
            "@tf.custom_gradient grad_fn must accept keyword argument 'variables', since function "
            f"uses variables: {variables}"
        )
    flat_result = [convert(r) for r in components(result)]

    def rule(*flat_upstream: Any) -> list[Any]:
        upstream = replaced(nest.flatten(result), list(flat_upstream))
        if variables:
            arg_grads, variable_grads = grad_fn(*upstream, variables=variables)
            variable_grads = nest.flatten(variable_grads)
            if len(variable_grads) != len(variables):
                raise ValueError(
                    f"Must return gradient for each variable from @custom_gradient grad_fn. "
                    f"There are {len(variables)} variables and {len(variable_grads)} gradients."
                )
        else:
            arg_grads, variable_grads = grad_fn(*upstream), []
        found = arg_grads if isinstance(arg_grads, (list, tuple)) else [arg_grads]
        found = gradient_components(found)
        if len(found) != len(everything):
            raise ValueError(
                f"custom_gradient function expected to return {len(everything)} gradients, but "
                f"returned {len(found)} instead."
            )
        of_tensors = [
            g for g, a in zip(found, everything, strict=True) if isinstance(a, (Tensor, Readable))
        ]
        return [None if g is None else _gradient(g) for g in of_tensors + list(variable_grads)]

    outputs = _connected(flat_result, [*flat_args, *variables], rule)
    return replaced(result, outputs)


def _gradient(value: Any) -> Any:
    return value if not isinstance(value, (int, float)) else convert(value)


def _connected(results: list[Any], sources: list[Any], rule: Callable) -> list[Any]:
    """The results as fresh tensors, which depend on the sources by `rule` alone."""
    context = thread.context
    graph = context.graph
    if graph is None:
        outputs = [EagerTensor(r._array, r._dtype) for r in results]
        for recorder in context.recorders:
            recorder.call(rule, sources, outputs)
        return outputs
    name = graph.unique_name("IdentityN")
    taken = [graph.input(r, f"{name}/input") for r in results]
    for x in sources:
        if isinstance(x, Readable):
            taken.append(graph.handle_of(x, lambda: f"{name}/resource"))
        else:
            taken.append(graph.input(x, f"{name}/input"))
    node = graph.add(
        with_gradient,
        taken,
        {"T": [t.dtype for t in taken], "rule": rule},
        [(t.dtype, t.shape) for t in taken[: len(results)]],
        name,
    )
    for tensor, result in zip(node.outputs, taken, strict=False):
        tensor.element = result.element
    for recorder in context.recorders:
        recorder.step(node)
    return list(node.outputs)


def _first(machine: Any, node: Operation, *values: Any) -> tuple:
    """The results as they are."""
    return values[: len(node.outputs)]


@step("IdentityN")
def identity_n(machine: Any, node: Operation, *values: Any) -> tuple:
    """The values as they are: what a GraphDef tells of a node with a gradient of its own, too."""
    return values


@identity_n.gradient
def _(node: Operation, *dzs: Any) -> list[Any]:
    if rule := node.attributes.get(RULE):
        raise LookupError(
            f"No gradient defined for operation '{node.name}' (op type: {rule}): its gradient is a "
            "Python function (tf.custom_gradient), which a GraphDef does not hold."
        )
    return list(dzs)


# The attribute by which a GraphDef names a gradient that is not the registry's.
RULE = "_gradient_op_type"

# Not the registry's IdentityN, which has the gradient of the identity.
with_gradient = Step("IdentityN", False, "", _first)


@with_gradient.gradient
def _(node: Operation, *dzs: Any) -> list[Any]:
    upstream = [
        zeros_for(result) if dz is None else dz
        for dz, result in zip(dzs, node.outputs, strict=True)
    ]
    return [None] * len(upstream) + node.attributes["rule"](*upstream)


def _takes_variables(grad_fn: Callable) -> bool:
    parameters = inspect.signature(grad_fn).parameters.values()
    return any(p.name == "variables" or p.kind is p.VAR_KEYWORD for p in parameters)


def recompute_grad(f: Callable) -> Callable:
    """A function like `f` that keeps nothing for its gradient but computes it all again.

    Memory against time: what `f` computes on the way is not kept between the forward and the
    backward pass. `f` takes and answers tensors and may read variables.

    >>> f = tf.recompute_grad(lambda x: tf.exp(tf.sin(x)))
    >>> x = tf.constant(0.)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = f(x)
    >>> tape.gradient(y, x).numpy()
    np.float32(1.0)
    """

    @functools.wraps(f)
    def recomputed(*args: Any, **kwargs: Any) -> Any:
        @custom_gradient
        def kept(*tensors: Any) -> tuple[Any, Callable]:
            context = thread.context
            # Only the watcher of `custom_gradient` hears of it: no tape keeps what is computed
            # here.
            listening = context.recorders
            context.recorders = [r for r in listening if isinstance(r, VariableWatcher)]
            try:
                result = f(*tensors, **kwargs)
            finally:
                context.recorders = listening

            def grad_fn(*upstream: Any, variables: Any = None) -> Any:
                sources = [t for t in components(tensors) if isinstance(t, (Tensor, Readable))]
                sources += variables or []
                with GradientTape() as tape:
                    tape.watch(sources)
                    outputs = nest.flatten(f(*tensors, **kwargs))
                found = tape.gradient(outputs, sources, output_gradients=list(upstream))
                if variables is None:
                    return found
                return found[: -len(variables)], found[-len(variables) :]

            return result, grad_fn

        return kept(*args)

    return recomputed


def grad_pass_through(f: Callable) -> Callable:
    """A function like `f` with the gradient of the identity.

    >>> x = tf.constant(1.4)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = tf.grad_pass_through(tf.round)(x)
    >>> tape.gradient(y, x).numpy()
    np.float32(1.0)
    """

    @custom_gradient
    def identity_in_reverse(*args: Any, **kwargs: Any) -> tuple[Any, Callable]:
        def grad_fn(*upstream: Any, variables: Any = None) -> Any:
            if variables is not None:
                return upstream, [None] * len(variables)
            return upstream

        return f(*args, **kwargs), grad_fn

    return identity_in_reverse
