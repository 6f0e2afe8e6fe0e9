"""A draw of random numbers on NumPy and as a compiled program: why ops/draws.py keeps to NumPy.

    python benchmarks/random_draws.py

Prints milliseconds for a draw, and for the first compiled one, which includes the compilation.

Read next: headrace/_src/ops/philox.py.
"""

import timeit

import jax
import jax.numpy as jnp
import numpy as np

from headrace._src.ops import philox

KEY, COUNTER = np.uint32([1, 2]), np.uint32([3, 4, 5, 6])


def best(call) -> float:
    """Milliseconds, the best of five."""
    return min(timeit.repeat(call, number=1, repeat=5)) * 1e3


def main() -> None:
    """Prints the table."""
    jax.config.update("jax_enable_x64", True)
    print(f"{'draw':20}{'values':>10}{'NumPy':>10}{'XLA':>10}{'first':>10}")
    for draw in (philox.uniform, philox.normal, philox.truncated_normal):
        for count in (2**10, 2**18, 2**20, 2**22):

            def on_numpy(draw=draw, count=count):
                return draw(np, KEY, COUNTER, (count,))

            @jax.jit
            def compiled(key, counter, draw=draw, count=count):
                return draw(jnp, key, counter, (count,))

            def on_xla(compiled=compiled):
                return compiled(KEY, COUNTER).block_until_ready()

            first = timeit.timeit(on_xla, number=1) * 1e3
            times = best(on_numpy), best(on_xla), first
            print(f"{draw.__name__:20}{count:>10}" + "".join(f"{t:>10.2f}" for t in times))


if __name__ == "__main__":
    main()
