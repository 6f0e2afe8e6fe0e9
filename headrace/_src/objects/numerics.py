"""`enable_check_numerics`: the floats of every op are looked at; a NaN or infinity is an error.

The one idea: whatever listens to a thread's ops (engine/tape.py, `Recorder`) sees every output, so
the watch is a recorder like a tape, the outermost one. It passes over ops that only move values
about, for these are not where a NaN comes from, in the selection that TensorFlow makes.

In a graph it adds a node behind each output that looks at it when the graph runs; so a function
that was traced before the watch began is not watched, and one that was traced under it always is.

Read next: engine/tape.py.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.graph import Operation, SymbolicTensor
from headrace._src.engine.step import step
from headrace._src.ops.compare import is_finite

# Ops whose outputs are not looked at, as in TensorFlow 2.21.
_PASSED_OVER = frozenset(
    "Bitcast CheckNumerics Concat ConcatV2 Const Empty ExpandDims Fill Identity IdentityN Maximum "
    "Minimum NextIteration PlaceholderWithDefault Reshape Slice Squeeze StridedSlice "
    "TensorScatterUpdate TopKV2 Transpose Unpack".split()
)


class Watch:
    """A recorder that records nothing and raises InvalidArgumentError at the first bad number.

    stack_height_limit, path_length_limit: how much of the user's stack the error in a graph tells.
    """

    derives = False
    stays = True

    def __init__(self, stack_height_limit: int, path_length_limit: int) -> None:
        self.stack_height_limit = stack_height_limit
        self.path_length_limit = path_length_limit

    def record(self, op: Any, inputs: tuple, attributes: tuple, outputs: Any) -> None:
        """An op ran: its outputs are looked at."""
        if op.name in _PASSED_OVER:
            return
        flat = [outputs] if isinstance(outputs, Tensor) else list(outputs)
        for slot, output in enumerate(flat):
            self._look(op.name, inputs, output, slot, len(flat))

    def read(self, variable: Any, tensor: Tensor) -> None:
        """A variable was read: its value is looked at."""
        self._look("ReadVariableOp", (variable.handle,), tensor, 0, 1)

    def call(self, rule: Callable, inputs: Sequence, outputs: Sequence, fills: bool = True) -> None:
        """A function ran: its ops have been looked at."""

    def step(self, node: Operation) -> None:
        """A step became a node: the ops of its graphs are looked at."""

    def grown(self, node: Operation) -> None:
        """A node has got more outputs, of ops that are looked at."""

    def _look(self, op: str, inputs: Sequence, output: Any, slot: int, count: int) -> None:
        if not output.dtype.is_floating:
            return
        if isinstance(output, EagerTensor):
            _look_at(op, inputs, output, slot, count)
        elif isinstance(output, SymbolicTensor):
            self._add_check(op, output, count)

    def _add_check(self, op: str, output: SymbolicTensor, count: int) -> None:
        """Adds the node that looks at an output."""
        node = output.op
        graph = node.graph
        message = (
            f'\n!!! Detected Infinity or NaN in output {output.value_index} of graph op "{op}" '
            f"(# of outputs: {count}) !!!\n  dtype: {output.dtype}\n  shape: {output.shape}\n\n"
            f'{_given(node.inputs)}  Graph name: "{getattr(graph, "name", "")}"\n\n'
            f"{self._stack(node)}"
        )
        attributes = {"message": message, "T": output.dtype}
        name = graph._unique(f"{node.name}/CheckNumericsV2")
        graph.add(check_numerics, [output], attributes, [(output.dtype, output.shape)], name)

    def _stack(self, node: Operation) -> str:
        """The lines of the user's program that made the node, innermost last."""
        frames = node.frames[: self.stack_height_limit]
        omitted = len(node.frames) - len(frames)
        lines = [f"    + ... (Omitted {omitted} frames)\n"] if omitted else []
        for code, line in reversed(frames):
            path = code.co_filename
            if len(path) > self.path_length_limit:
                path = f"...{path[len(path) - self.path_length_limit :]}"
            lines.append(f"    -> {path} (L{line}) {code.co_name}\n")
        return f"  Stack trace of op's creation:\n{''.join(lines)}\n"


@step("CheckNumericsV2", is_stateful=True)
def check_numerics(machine: Any, node: Operation, value: Any) -> Any:
    """The value, which has neither NaN nor infinity."""
    finite = machine.compute(is_finite.op, [value])
    if machine.is_host:
        if not np.all(finite):
            had = _had(*_counts(np.asarray(value)))
            text = f"{node.attributes['message']} : Tensor had {had} values"
            raise errors.InvalidArgumentError(None, None, text)
    else:
        machine.require(finite)
    return value


def _counts(array: np.ndarray) -> tuple[int, int, int]:
    """How many elements are minus infinity, infinity and not a number."""
    is_inf, is_negative = np.isinf(array), np.signbit(array)
    return (
        int((is_inf & is_negative).sum()),
        int((is_inf & ~is_negative).sum()),
        int(np.isnan(array).sum()),
    )


def _had(negative: int, positive: int, nan: int) -> str:
    what = [name for name, n in (("-Inf", negative), ("+Inf", positive), ("NaN", nan)) if n]
    return what[0] if len(what) == 1 else f"{', '.join(what[:-1])} and {what[-1]}"


def _given(tensors: Sequence[Tensor]) -> str:
    """The lines about an op's inputs."""
    if len(tensors) == 1:
        return f"  Input tensor: {tensors[0]!s}\n"
    lines = "".join(f"         {i}: {tensor!s}\n" for i, tensor in enumerate(tensors))
    return f"  Input tensors ({len(tensors)}):\n{lines}"


def _look_at(op: str, inputs: Sequence, output: EagerTensor, slot: int, count: int) -> None:
    array = array_of(output)
    finite = np.isfinite(array)
    if finite.all():
        return
    kinds = _counts(array)
    signs = zip(("-Inf", "+Inf", "+NaN"), kinds, strict=True)
    counts = "".join(f"  # of {sign} elements: {n}\n" for sign, n in signs if n)
    given = _given([value for value in inputs if isinstance(value, Tensor)])
    had = _had(*kinds)
    raise errors.InvalidArgumentError(
        None,
        None,
        "{{function_node __wrapped__CheckNumericsV2_device_/job:localhost/replica:0/task:0"
        "/device:CPU:0}} \n\n!!! Detected Infinity or NaN in output "
        f'{slot} of eagerly-executing op "{op}" (# of outputs: {count}) !!!\n'
        f"  dtype: {output.dtype}\n  shape: {output.shape}\n{counts}\n{given}\n"
        f" : Tensor had {had} values [Op:CheckNumericsV2] name: ",
    )


def enable_check_numerics(stack_height_limit: int = 30, path_length_limit: int = 50) -> None:
    """A watch over the floats that this thread's ops compute, from here on.

    stack_height_limit, path_length_limit: of graphs, where the error quotes the lines that made the
    op. In eager mode Python's own traceback does that, so they change nothing, as in TensorFlow.

    >>> tf.debugging.enable_check_numerics()
    >>> try:
    ...     tf.math.log(0.)
    ... except tf.errors.InvalidArgumentError as error:
    ...     print(error.message.splitlines()[2])
    !!! Detected Infinity or NaN in output 0 of eagerly-executing op "Log" (# of outputs: 1) !!!
    >>> tf.debugging.disable_check_numerics()

    From then on an op with a NaN or an infinity among its results raises InvalidArgumentError.
    """
    recorders = thread.context.recorders
    if not any(isinstance(recorder, Watch) for recorder in recorders):
        recorders.insert(0, Watch(stack_height_limit, path_length_limit))


def disable_check_numerics() -> None:
    """The end of the watch that `enable_check_numerics` began; without one, nothing happens.

    >>> tf.debugging.disable_check_numerics()
    """
    recorders = thread.context.recorders
    recorders[:] = [recorder for recorder in recorders if not isinstance(recorder, Watch)]
