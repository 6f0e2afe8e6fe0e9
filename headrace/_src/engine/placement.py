"""Where an op on the CPU runs: NumPy or XLA. The rule is `xla_from`.

NumPy starts in 0.3 µs, works on one core and takes arrays as they lie. A compiled XLA kernel starts
in 5 to 10 µs, works on all cores and fuses the steps of a body into one pass, but copies operands
in where NumPy has not laid them at a multiple of 64 bytes. Measured by benchmarks/placement.py on
two cores with AVX-512, at 4M float32: add 1.2 ms against 1.9, exp 2 against 2 to 8, sin 3.9 against
13; but erf, six passes and more, 28 against 2, softmax 6.5 against 3.4. So:

    light     one pass that NumPy has as one function: NumPy at every size
    passes    a few light passes, elementwise: NumPy at every size; a large array in blocks that
              stay in the cache, over all cores (engine/pieces.py)
    heavy     several passes in the body: XLA from 2^18 elements
    host      unique, cumsum: XLA's are slower on a CPU at every size, and what is left to the
              host for other reasons
    sort      likewise: top_k, sort and argsort, a hundred times slower (353 ms against 3.3 for 1M);
              a compiled program is cut in two for one of many elements, if it is not in a loop
    xla       convolutions and pooling: NumPy has none worth the name

Light and host differ on accelerators: light ops and passes run there, host ops and sorts never.
"""

from typing import Literal

Cost = Literal["light", "passes", "heavy", "host", "sort", "xla"]

# More elements than any array has.
NEVER = 2**62

# While there are no more shapes than these, one that is back is compiled for.
FEW_SHAPES = 4
_XLA_FROM = {
    "light": NEVER,
    "passes": NEVER,
    "heavy": 2**18,
    "host": NEVER,
    "sort": NEVER,
    "xla": 0,
}


def xla_from(cost: Cost) -> int:
    """The number of elements (in the largest operand) from which XLA runs an op of this cost."""
    return _XLA_FROM[cost]
