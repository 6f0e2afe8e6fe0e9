"""The record: what happened between watched tensors.

While a tape is in a thread's `context.recorders`, every op reports to it. The tape knows tensors by
their identity (`_id`, given when a tape first takes an interest) and writes an entry only if an
input is watched; then the outputs are watched too. What an entry keeps alive is exactly what the
op's gradient rule names.

Anything with the three methods of `Recorder` can listen: the tapes here, the forward accumulators
and the watcher by which `custom_gradient` learns which variables a function reads (objects/).

Read next: engine/gradient.py, then objects/gradient_tape.py for what users see of it.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from headrace._src.core.dtypes import variant
from headrace._src.core.tensor import EagerTensor, Readable, Tensor, next_id
from headrace._src.engine.gradient import Entry, broadcast_from

if TYPE_CHECKING:
    from headrace._src.engine.graph import Operation
    from headrace._src.engine.op import Op


class Recorder(Protocol):
    """Who may listen to what a thread computes.

    derives: whether it wants derivatives, so that a function that is called must keep what these
        need. stays: whether it goes on listening inside a graph and an `init_scope`.
    """

    derives: bool
    stays: bool

    def record(self, op: "Op", inputs: tuple, attributes: tuple, outputs: Any) -> None:
        """An op ran."""

    def read(self, variable: Any, tensor: EagerTensor) -> None:
        """A variable was read; `tensor` is its value."""

    def call(
        self,
        rule: Callable,
        inputs: Sequence[Tensor],
        outputs: Sequence[Tensor],
        fills: bool = True,
    ) -> None:
        """A function with its own gradient ran: `rule`, from the outputs' to the inputs'.

        fills: whether the rule wants zeros, rather than None, for an output nobody used.
        """

    def step(self, node: "Operation") -> None:
        """A step, such as a loop, became a node of the graph that is being built."""

    def grown(self, node: "Operation") -> None:
        """A node recorded before has got more outputs."""


class Tape:
    """A record of computations; the part of a `GradientTape` that ops and variables
    talk to.
    """

    derives = True
    stays = False
    __slots__ = ("entries", "roots", "variables", "watched", "watches_variables")

    def __init__(self, watches_variables: bool = True) -> None:
        self.entries: list[Entry] = []
        # All that depends on the roots, which are what somebody asked to watch.
        self.watched: set[int] = set()
        self.roots: set[int] = set()
        # In the order of their first use: `watched_variables` shows them so.
        self.variables: dict[int, Any] = {}
        self.watches_variables = watches_variables

    def continued(self) -> "Tape":
        """A tape that begins with all that this one holds."""
        other = Tape(self.watches_variables)
        other.entries = list(self.entries)
        other.watched, other.roots = set(self.watched), set(self.roots)
        other.variables = dict(self.variables)
        return other

    def watch(self, tensor: Any) -> None:
        """Takes an interest in `tensor`."""
        self._follow(tensor)
        self.roots.add(tensor._id)

    def _follow(self, tensor: Any) -> None:
        """Counts `tensor` among what depends on the roots."""
        if not tensor._id:
            tensor._id = next_id()
        self.watched.add(tensor._id)

    def record(self, op: "Op", inputs: tuple, attributes: tuple, outputs: Any) -> None:
        # Written for speed (benchmarks/tape.py): this runs for every op under a tape.
        positions = op.positions
        if positions is None:
            ids = _ids(op, inputs)
        elif len(positions) == 1:
            ids = (inputs[positions[0]]._id,)
        else:
            ids = tuple([inputs[i]._id for i in positions])
        watched = self.watched
        rule = op.rule
        if rule is None or watched.isdisjoint(ids):
            return
        if type(outputs) is EagerTensor:
            if not outputs._dtype.is_differentiable:
                return
            serial = outputs._id
            if not serial:
                outputs._id = serial = next_id()
            watched.add(serial)
            shapes = None
            if op.broadcasts:
                shape = outputs._array.shape
                for x in inputs:
                    if x._array.shape != shape:
                        shapes = tuple([x._array.shape for x in inputs])
                        break
            saved = op.save(*inputs, *attributes, outputs)
            self.entries.append((rule, saved, ids, serial, shapes, None, False))
            return
        if isinstance(outputs, Tensor):
            if outputs.dtype.is_differentiable:
                self._follow(outputs)
                wide = broadcast_from(inputs, outputs) if op.broadcasts else None
                saved = op.save(*inputs, *attributes, outputs)
                self.entries.append((rule, saved, ids, outputs._id, wide, None, False))
            return
        is_list = type(outputs) is list
        saved = op.save(*inputs, *attributes, *([outputs] if is_list else outputs))
        if not is_list and any(type(output) is list for output in outputs):
            outputs = [
                t for output in outputs for t in (output if type(output) is list else [output])
            ]
        self._append(rule, saved, ids, outputs, is_list)

    def _append(
        self,
        rule: Callable,
        saved: tuple,
        ids: tuple,
        outputs: Sequence[Any],
        grouped: bool,
        fills: bool = True,
    ) -> None:
        for output in outputs:
            self._follow_output(output)
        likes = tuple(outputs) if fills else _UNFILLED
        serials = tuple(o._id for o in outputs)
        self.entries.append((rule, saved, ids, serials, None, likes, grouped))

    def read(self, variable: Any, tensor: EagerTensor) -> None:
        serial = variable._id
        if not self._watches(variable):
            return
        if tensor._id not in self.watched and tensor.dtype.is_differentiable:
            self._follow(tensor)
            self.entries.append((_unchanged, (), (serial,), tensor._id, None, None, False))

    def _watches(self, variable: Any) -> bool:
        """Whether the tape watches `variable`, from now on if it does so unasked."""
        if variable._id in self.watched:
            return True
        if self.watches_variables and variable.trainable:
            self.watch_variable(variable)
            return True
        return False

    def watch_variable(self, variable: Any) -> None:
        """Takes an interest in what is computed from `variable`."""
        self.watched.add(variable._id)
        self.roots.add(variable._id)
        self.variables[variable._id] = variable

    def call(
        self,
        rule: Callable,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        fills: bool = True,
    ) -> None:
        for x in inputs:
            if isinstance(x, Readable):
                self._watches(x)
        ids = tuple(x._id for x in inputs)
        if not self.watched.isdisjoint(ids):
            if not fills:
                # A call is one thing: as in TensorFlow its integers depend on the inputs too, with
                # gradients of zero.
                for output in outputs:
                    if output is not None and output.dtype.is_integer:
                        self._follow(output)
            self._append(rule, (), ids, outputs, False, fills)

    def step(self, node: "Operation") -> None:
        rule = node.op.rule
        if rule is None:
            return
        for x in node.inputs:
            if isinstance(x.element, Readable):
                self._watches(x.element)
        ids = tuple([x._id for x in node.inputs])
        if not self.watched.isdisjoint(ids):
            for output in node.outputs:
                self._follow_output(output)
            self.entries.append((rule, (node,), ids, node, None, _UNFILLED, False))

    def grown(self, node: "Operation") -> None:
        if any(t._id in self.watched for t in node.outputs):
            for output in node.outputs:
                self._follow_output(output)

    def _follow_output(self, output: Any) -> None:
        # A list of tensors says what it holds: see engine/graph.py.
        if output.dtype.is_differentiable or (
            output.dtype is variant
            and output.element is not None
            and output.element.dtype.is_differentiable
        ):
            self._follow(output)


def _ids(op: "Op", inputs: tuple) -> tuple[int, ...]:
    """The identities of an op's tensors where some inputs are lists of tensors."""
    flat: list[int] = []
    for kind, value in zip(op.inputs.values(), inputs, strict=True):
        if kind == "tensor":
            flat.append(value._id)
        elif kind == "tensors":
            flat.extend(t._id for t in value)
    return tuple(flat)


# In place of the outputs: the rule takes None for those without a gradient.
_UNFILLED: tuple = ()


def _unchanged(dz: Any) -> Any:
    return dz
