"""Adding along an axis: one `np.add.reduce` beside the two steps of ops/folding.py.

    python benchmarks/folding.py

For each shape the time of either in milliseconds, and the error of the sum of 0.1s in units in the
last place. One idea: the choice in ops/folding.py stands on these columns, so whoever doubts it
runs this.

Read next: headrace/_src/ops/folding.py.
"""

import timeit

import numpy as np

from headrace._src.ops.folding import fold

SHAPES = ((100_000, 4), (4096, 64), (1000, 250), (1_000_000, 4), (2000, 2000))


def main() -> None:
    """Prints the table."""
    print(f"{'shape':>14} {'one step':>10} {'two steps':>10} {'ulp':>9} {'ulp':>9}")
    for shape in SHAPES:
        x = np.full(shape, 0.1, np.float32)
        exact = x.astype(np.float64).sum(0)
        ways = (lambda x=x: np.add.reduce(x, 0), lambda x=x: fold(np.add, x, 0, False))
        times = [min(timeit.repeat(way, number=5, repeat=5)) * 200 for way in ways]
        unit = np.spacing(exact.astype(np.float32))
        errors = [np.abs(way() - exact).max() / unit.max() for way in ways]
        print(
            f"{'x'.join(map(str, shape)):>14} {times[0]:10.3f} {times[1]:10.3f} "
            f"{errors[0]:9.1f} {errors[1]:9.1f}"
        )


if __name__ == "__main__":
    main()
