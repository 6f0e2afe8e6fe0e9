"""NumPy against XLA, op by op and size by size: what the rule in engine/placement.py rests on.

    python benchmarks/placement.py [Exp Softmax ...]

Runs each op both ways whatever the rule says, and prints milliseconds.

Read next: headrace/_src/engine/placement.py.
"""

import sys
import timeit

import jax
import numpy as np

from headrace._src.core.tensor import eager
from headrace._src.engine.op import Op, registry
from headrace._src.engine.run import run
from headrace._src.ops import raw

UNARY = "Exp Log Tanh Sqrt Sin Sigmoid Erf Lgamma Square Relu Softplus Elu Softmax".split()
BINARY = "AddV2 Mul RealDiv Maximum Pow SquaredDifference TanhGrad".split()


def best(call) -> float:
    """Milliseconds, the best of five times five."""
    return min(timeit.repeat(call, number=5, repeat=5)) / 5 * 1e3


def both_ways(op: Op, inputs: tuple) -> tuple[float, float]:
    """The time on NumPy and on XLA."""
    rule, times = op.xla_from, []
    for limit in (2**62, 0):
        op.xla_from = limit
        times.append(best(lambda: jax.block_until_ready(run(op, inputs, (), None)._array)))
    op.xla_from = rule
    return times[0], times[1]


def main(names: list[str]) -> None:
    """Prints the table."""
    raw.load()
    print(f"{'op':20}{'cost':8}" + "".join(f"{'2^' + str(k):>20}" for k in (14, 18, 20, 22)))
    for name in names or UNARY + BINARY:
        op, row = registry[name], ""
        for k in (14, 18, 20, 22):
            x = eager(np.random.default_rng(0).random((2**k // 1024, 1024), np.float32))
            times = both_ways(op, (x, x) if list(op.inputs.values()) == ["tensor"] * 2 else (x,))
            row += f"{times[0]:>10.3f}{times[1]:>10.3f}"
        print(f"{name:20}{op.cost:8}{row}")


if __name__ == "__main__":
    main(sys.argv[1:])
