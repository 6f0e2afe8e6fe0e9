"""Where an op on the CPU runs: NumPy or XLA. The rule is `xla_from`; benchmarks/large_arrays.py measures it.

NumPy starts in 0.3 µs and works on one core; a compiled XLA kernel starts in 5 to 10 µs, works on all of them
and fuses what a body does in several steps. Where one overtakes the other depends on what an element costs:

    light     one memory-bound step (add, neg): NumPy holds out to 2^21 elements
    heavy     some arithmetic an element (exp, tanh), or several steps in the body: to 2^18
    host      sort, unique, cumsum: XLA's are slower on a CPU at every size
    xla       convolutions and pooling: NumPy has none worth the name
"""

from typing import Literal

Cost = Literal["light", "heavy", "host", "xla"]

_XLA_FROM = {"light": 2**21, "heavy": 2**18, "host": 2**62, "xla": 0}


def xla_from(cost: Cost) -> int:
    """The number of elements (in the largest operand) from which XLA runs an op of this cost."""
    return _XLA_FROM[cost]
