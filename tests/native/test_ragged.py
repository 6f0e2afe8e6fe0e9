"""Kernels over rows of values: those of the library against their definitions in NumPy.

Read next: headrace/_src/native/ragged.py.
"""

import numpy as np
import pytest

from headrace._src.native import ragged as kernels

# Many rows, of which some are empty, and so many that two threads share them.
LENGTHS = np.random.default_rng(20240229).integers(0, 5, 70_000)
SPLITS = np.concatenate([[0], np.cumsum(LENGTHS)])
STARTS = np.random.default_rng(1).integers(0, 100, len(LENGTHS))
ROWS, COUNT = len(LENGTHS), int(SPLITS[-1])


def both(kernel, *arguments, out):
    """Asserts that the kernel and its definition write the same bytes."""
    written = out.copy(), out.copy()
    for function, into in zip((kernel, kernel.body), written, strict=True):
        assert function(*arguments, into) == 0
    assert written[0].tobytes() == written[1].tobytes()


@pytest.mark.parametrize("kind", ["i4", "i8", "f4", "f8"])
def test_rows_that_count(kind):
    dtype = np.dtype(kind)
    steps = np.random.default_rng(2).normal(0, 3, ROWS).astype(dtype)
    how = dtype.itemsize, int(dtype.kind == "f")
    both(kernels.rows_that_count, ROWS, SPLITS, STARTS.astype(dtype), steps, *how,
         out=np.zeros(COUNT, dtype))  # fmt: skip


def test_integers_wrap_around():
    splits, starts, steps = np.array([0, 3]), np.array([2**31 - 2], "i4"), np.array([1], "i4")
    both(kernels.rows_that_count, 1, splits, starts, steps, 4, 0, out=np.zeros(3, "i4"))


@pytest.mark.parametrize("kind", ["i1", "f4", "c16"])
@pytest.mark.parametrize("inner", [(), (3,), (0,)])
def test_rows_copied(kind, inner):
    values = np.arange(110 * int(np.prod(inner))).reshape(110, *inner).astype(kind)
    size = values.itemsize * int(np.prod(inner))
    both(kernels.copy_rows, ROWS, SPLITS, STARTS, size, values,
         out=np.zeros((COUNT, *inner), kind))  # fmt: skip


@pytest.mark.parametrize("rank", [1, 3])
def test_positions(rank):
    around = np.random.default_rng(3).integers(0, 9, (ROWS, rank))
    both(
        kernels.row_positions, ROWS, rank, SPLITS, around, out=np.zeros((COUNT, rank + 1), np.int64)
    )
