"""`enable_check_numerics`: the floats of every op are looked at; a NaN or infinity is an error.

The one idea: whatever listens to a thread's ops (engine/tape.py, `Recorder`) sees every output, so
the watch is a recorder like a tape, the outermost one. It passes over ops that only move values
about, for these are not where a NaN comes from, in the selection that TensorFlow makes.

Read next: engine/tape.py.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.tensor import EagerTensor, Tensor, array_of

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

    def __init__(self, stack_height_limit: int, path_length_limit: int) -> None:
        self.stack_height_limit = stack_height_limit
        self.path_length_limit = path_length_limit

    def record(self, op: Any, inputs: tuple, attributes: tuple, outputs: Any) -> None:
        """An op ran: its outputs are looked at."""
        if op.name in _PASSED_OVER:
            return
        flat = [outputs] if isinstance(outputs, Tensor) else list(outputs)
        for slot, output in enumerate(flat):
            if isinstance(output, EagerTensor) and output.dtype.is_floating:
                _look_at(op.name, inputs, output, slot, len(flat))

    def read(self, variable: Any, tensor: Tensor) -> None:
        """A variable was read: its value is looked at."""
        if isinstance(tensor, EagerTensor) and tensor.dtype.is_floating:
            _look_at("ReadVariableOp", (variable.handle,), tensor, 0, 1)

    def call(self, rule: Callable, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
        """A function with its own gradient ran: its ops have been looked at."""


def _look_at(op: str, inputs: Sequence, output: EagerTensor, slot: int, count: int) -> None:
    array = array_of(output)
    finite = np.isfinite(array)
    if finite.all():
        return
    negative = int((np.isinf(array) & np.signbit(array)).sum())
    positive = int((np.isinf(array) & ~np.signbit(array)).sum())
    nan = int(np.isnan(array).sum())
    found = (("-Inf", "-Inf", negative), ("+Inf", "+Inf", positive), ("+NaN", "NaN", nan))
    counts = "".join(f"  # of {sign} elements: {n}\n" for sign, _, n in found if n)
    tensors = [value for value in inputs if isinstance(value, Tensor)]
    if len(tensors) == 1:
        given = f"  Input tensor: {tensors[0]!s}\n"
    else:
        lines = "".join(f"         {i}: {tensor!s}\n" for i, tensor in enumerate(tensors))
        given = f"  Input tensors ({len(tensors)}):\n{lines}"
    what = [name for _, name, n in found if n]
    had = what[0] if len(what) == 1 else f"{', '.join(what[:-1])} and {what[-1]}"
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
